"""The townships' page: each figure of its list is the table's, class by class."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest

from firecover.outputs.maps.layers import share_out
from firecover.outputs.maps.pages import write_maps
from firecover.outputs.maps.townships import townships_page
from firecover.outputs.results_json import results_to_dict
from support.map_data import data_of
from support.map_pages import (
    amount_label,
    chance_label,
    counted,
    label_of,
    legend_counts,
    legend_styles,
    share_label,
    time_label,
)
from support.tiny_results import SCENARIOS, tiny_results

MINUTES = (5.0, 8.0, 12.0)
NO_SEAT = "seat not known, or nobody gets there"
SHARES = {
    "people_5min": ("share_5min", "population_5min", "population_modelled"),
    "people_8min": ("share_8min", "population_8min", "population_modelled"),
    "people_12min": ("share_12min", "population_12min", "population_modelled"),
    "built_up": ("built_up_reached_share", "built_up_reached_km2", "built_up_km2"),
    "hydrants_present": ("hydrants_present_share", "hydrants_working", None),
    "villages": ("villages_reached_share", "villages_reached", "villages"),
}
TIMES = {f"seat_{name}": f"seat_{name}_s" for name in ("first", "second", "full", "call")}
AMOUNTS = {
    "published": "population",
    "modelled": "population_modelled",
    "hydrants_new": "hydrants_new",
}
BANDS = [
    ("fire", 5),
    ("township", 5),
    ("second", 5),
    ("second", 12),
    ("full", 5),
    ("full", 12),
]


@pytest.fixture(scope="module")
def results():
    return tiny_results()


@pytest.fixture(scope="module")
def page(results):
    return townships_page(share_out(results))


@pytest.fixture(scope="module")
def data(results, tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    write_maps(results, folder)
    return data_of(folder / "townships.html")


def changed(results, column, value, row=0):
    table = results.townships.copy()
    table.loc[table.index[row], column] = value
    return dataclasses.replace(results, townships=table)


def variant_of(page, key):
    return list(page.variant_ids).index(key)


def mine(results, scenario):
    return results.townships.loc[results.townships["scenario"] == scenario]


# ------------------------------------------------------------------------- the list


def test_the_list_has_what_the_study_has_data_for(page):
    assert list(page.variant_ids) == [
        "people_5min",
        "people_8min",
        "people_12min",
        "published",
        "modelled",
        "fire_5min",
        "township_5min",
        "second_5min",
        "second_12min",
        "full_5min",
        "full_12min",
        "built_up",
        "seat_first",
        "seat_second",
        "seat_full",
        "seat_call",
        "seat_chance",
        "hydrants_working",
        "hydrants_present",
        "hydrants_new",
        "villages",
    ]
    # Each group stands together, or the list would open it twice.
    groups = [group for i, group in enumerate(page.variant_groups)
              if not i or group != page.variant_groups[i - 1]]  # fmt: skip
    assert len(groups) == len(set(groups)) == 6
    assert len(set(page.variants)) == len(page.variants)


def test_what_nobody_knows_is_not_in_the_list(results):
    table = results.townships.assign(hydrants_new=np.nan, seat_p=np.nan)
    bands = results.township_bands
    bare = dataclasses.replace(
        results, townships=table, township_bands=bands.loc[bands["by"] != "full"]
    )
    ids = townships_page(share_out(bare)).variant_ids
    assert not {"hydrants_new", "seat_chance", "full_5min", "full_12min"} & set(ids)
    assert "second_12min" in ids


def test_a_study_without_townships_or_further_scenarios_has_its_page_too(results, tmp_path):
    bare = dataclasses.replace(
        results,
        scenarios=results.scenarios[:1],
        townships=results.townships.iloc[:0],
        township_bands=results.township_bands.iloc[:0],
    )
    write_maps(bare, tmp_path)
    data = data_of(tmp_path / "townships.html")
    assert data["places"] == {"baseline": []}
    assert data["variant_ids"] == ["people_5min"]


def test_the_page_opens_on_the_share_that_tells_townships_apart(page, results):
    # All are in two classes within 5, 8 and 12 minutes: the middle one is taken.
    shares = {
        key: len({share_label(value) for value in mine(results, "baseline")[column].dropna()})
        for key, (column, _, _) in SHARES.items()
        if key.startswith("people_")
    }
    chosen = page.variant_ids[page.variant]
    assert shares[chosen] == max(shares.values())


# -------------------------------------------------------------------------- classes


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("key", SHARES)
def test_the_legend_counts_townships_by_share(page, results, key, scenario):
    unknown = "no villages, or not known" if key == "villages" else "not known"
    expected = counted([share_label(v, unknown) for v in mine(results, scenario)[SHARES[key][0]]])
    counts = legend_counts(page, variant_of(page, key), scenario)
    assert {label: n for label, n in counts.items() if n} == expected
    assert len(counts) == 6
    assert sum(counts.values()) == 3


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize(("by", "minutes"), BANDS)
def test_the_legend_counts_townships_by_who_comes(page, results, by, minutes, scenario):
    table = results.township_bands
    rows = table.loc[
        (table["scenario"] == scenario) & (table["by"] == by) & (table["minutes"] == minutes)
    ]
    expected = counted([share_label(value) for value in rows["population_share"]])
    counts = legend_counts(page, variant_of(page, f"{by}_{minutes}min"), scenario)
    assert {label: n for label, n in counts.items() if n} == expected


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("key", TIMES)
def test_the_legend_counts_townships_by_time(page, results, key, scenario):
    times = mine(results, scenario)[TIMES[key]]
    expected = counted([time_label(value, MINUTES, NO_SEAT) for value in times])
    counts = legend_counts(page, variant_of(page, key), scenario)
    assert {label: n for label, n in counts.items() if n} == expected
    assert expected[NO_SEAT] == 1


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("key", AMOUNTS)
def test_the_legend_counts_townships_by_amount(page, results, key, scenario):
    counts = legend_counts(page, variant_of(page, key), scenario)
    values = mine(results, scenario)[AMOUNTS[key]]
    expected = counted(
        [amount_label(v if math.isnan(v) else round(v), list(counts)) for v in values]
    )
    assert {label: n for label, n in counts.items() if n} == expected
    assert counts["not known"] == int(values.isna().sum())


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_legend_counts_townships_by_chance_and_verdict(page, results, scenario):
    table = mine(results, scenario)
    counts = legend_counts(page, variant_of(page, "seat_chance"), scenario)
    expected = counted([chance_label(value) for value in table["seat_p"]])
    assert {label: n for label, n in counts.items() if n} == expected
    words = {
        "meets": "meets the rule (98 % or more)",
        "fails": "fails it (less than 98 %)",
        "cannot_say": "not known, or cannot be said",
    }
    counts = legend_counts(page, variant_of(page, "hydrants_working"), scenario)
    expected = counted([words[value] for value in table["hydrants_working_verdict"]])
    assert {label: n for label, n in counts.items() if n} == expected
    assert set(counts) == set(words.values())


def test_without_a_rule_hydrants_are_told_by_share(results):
    rules = {name: rule for name, rule in results.rules.items() if name != "hydrant_working_share"}
    page = townships_page(share_out(dataclasses.replace(results, rules=rules)))
    counts = legend_counts(page, variant_of(page, "hydrants_working"), "baseline")
    values = mine(results, "baseline")["hydrants_working_share"]
    expected = counted([share_label(value, "no hydrants, or not known") for value in values])
    assert {label: n for label, n in counts.items() if n} == expected


# ------------------------------------------------------------------ the map's colours


def test_a_township_is_drawn_as_its_class_in_the_legend(page, results):
    for layer in page.layers[:2]:
        table = mine(results, layer.scenario).set_index("name")
        for feature in layer.features:
            row = table.loc[label_of((feature.name[0], feature.name[0]))]
            for key, (column, _, _) in SHARES.items():
                variant = variant_of(page, key)
                look = layer.styles[feature.style[variant]]
                label = share_label(row[column], "not known")
                assert look == legend_styles(page, variant)[label]


def test_neighbouring_classes_differ_in_lightness(page):
    def lightness(colour):
        parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return sum(weight * part for weight, part in zip((0.3, 0.59, 0.11), parts, strict=True))

    for variant in range(len(page.variants)):
        fills = [look["fillColor"] for look in legend_styles(page, variant).values()]
        plain = [lightness(fill) for fill in fills if fill.startswith("#")]
        # In grey print each class is told from the next one.
        assert all(abs(a - b) > 12 for a, b in itertools.pairwise(plain))
        assert not fills[-1].startswith("#")


# ----------------------------------------------------------------------- the figures


def test_each_figure_shown_is_that_of_results_json(page, data, results):
    told = results_to_dict(results)["scenarios"]
    for scenario in SCENARIOS:
        rows = {row["name"]: row for row in told[scenario]["townships"]}
        for place in data["places"][scenario]:
            row = rows[place["name"][0]]
            for key, (column, top, whole) in SHARES.items():
                value, text, *detail = place["figures"][variant_of(page, key)]
                assert value == row[column]
                if row[column] is None:
                    assert label_of(text) in ("not known", "none")
                    continue
                assert text == f"{row[column] * 100:.1f} %"
                parts = [part for part in (row[top], whole and row[whole]) if part is not None]
                for part in parts:
                    told_as = f"{part:,.2f}" if "km2" in top else f"{part:,.0f}"
                    assert told_as in detail[0][1]
            for key, column in TIMES.items():
                value, text = place["figures"][variant_of(page, key)][:2]
                assert value == row[column]
                expected = "not known" if value is None else f"{value / 60:.1f} min"
                assert text[1] == expected
            for key, column in AMOUNTS.items():
                value, text = place["figures"][variant_of(page, key)][:2]
                assert value == row[column]
                assert text[1].split(" ")[0] == ("not" if value is None else f"{value:,.0f}")


def test_who_comes_is_that_of_the_bands_in_results_json(page, data, results):
    told = results_to_dict(results)["scenarios"]
    for scenario in SCENARIOS:
        rows = {
            (row["name"], row["by"], row["minutes"]): row
            for row in told[scenario]["township_bands"]
        }
        for place in data["places"][scenario]:
            for by, minutes in BANDS:
                row = rows[place["name"][0], by, minutes]
                variant = variant_of(page, f"{by}_{minutes}min")
                value, _, *detail = place["figures"][variant]
                assert value == row["population_share"]
                if value is not None:
                    parts = f"{row['population_reached']:,.0f} of {row['population']:,.0f} people"
                    assert detail[0][1] == parts


def test_a_township_without_a_place_on_the_map_is_still_listed(page, data):
    places = data["places"]["baseline"]
    assert len(places) == 3
    drawn = {feature["row"] for feature in data["layers"][0]["features"]}
    missing = next(i for i, place in enumerate(places) if place["name"][0] == "两罾乡")
    assert drawn == {0, 1, 2} - {missing}
    for key in (*SHARES, *TIMES, "fire_5min", "seat_chance", "hydrants_working"):
        figure = places[missing]["figures"][variant_of(page, key)]
        assert figure[0] is None, key
        assert label_of(figure[1]) in ("not known", "none")


def test_each_label_of_the_map_says_the_figure_of_its_township(data):
    names = next(layer for layer in data["layers"] if layer["key"] == "township_names")
    for feature in names["features"]:
        assert data["places"]["plan_2025"][feature["row"]]["name"] == feature["name"]


def test_a_share_that_cannot_be_said_is_hatched_not_zero(results):
    page = townships_page(share_out(changed(results, "share_5min", np.nan)))
    layer = page.layers[0]
    first = layer.features[0]
    assert layer.styles[first.style[0]]["fillColor"] == "url(#fc-hatch)"
    assert first.values[2] == ("无法得出", "cannot be said")
    assert legend_counts(page, 0, "baseline")["not known"] == 2
    assert page.own.data["places"]["baseline"][0]["figures"][0][:2] == [
        None,
        ("不详", "not known"),
    ]


def test_a_township_without_area_or_published_people_is_told(results, tmp_path):
    write_maps(changed(results, "population", np.nan), tmp_path)
    text = (tmp_path / "townships.html").read_text(encoding="utf-8")
    assert "1 个乡镇无界线资料，图上未绘：两罾乡。" in text
    assert "2 个乡镇的公布人口不详：钟多街道、两罾乡；不估算。" in text


def test_each_figure_says_what_it_is_made_of_and_what_of_it_is_modelled(page, results):
    notes = {note.variant: note.text for note in page.legends[0].notes}
    assert set(notes) == set(range(len(page.variants)))
    zh, en = notes[variant_of(page, "people_5min")]
    assert "÷" in zh
    assert "%" in en
    # tests/support/tiny_results.py: three layers are modelled.
    assert len(results.modelled) == 3
    assert "Modelled data in it: " in en
    assert "其中属模拟的数据：" in zh
    plain = dataclasses.replace(
        results, layers=tuple(s for s in results.layers if s.provenance.kind != "modelled")
    )
    for note in townships_page(share_out(plain)).legends[0].notes:
        assert note.text[1].endswith("None of its data is modelled.")


def test_the_popup_tells_all_figures_with_numerator_and_denominator(page):
    layer = page.layers[0]
    feature = next(f for f in layer.features if f.name == ("钟多街道", "Zhongduo"))
    told = dict(zip([label_of(field) for field in layer.fields], feature.values, strict=True))
    assert told["Published population"] == ("50,000 人", "50,000 people")
    assert told["People reached within 5 min"][1].endswith(" of 48,000 people)")
    # (2000, 4000) is 500 m, 1 + 1 minutes, from s1.
    assert told["First at the seat"] == ("2.0 分钟，城区消防救援站", "2.0 min, Town fire station")
    assert told["First at the seat, from the call"] == ("4.5 分钟", "4.5 min")

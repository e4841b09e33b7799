"""The villages' page: each figure of its list is the table's, class by class."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from firecover.outputs.maps.layers import share_out
from firecover.outputs.maps.pages import write_maps
from firecover.outputs.maps.villages import villages_page
from firecover.outputs.results_json import results_to_dict
from support.map_data import data_of
from support.map_pages import (
    amount_label,
    chance_label,
    counted,
    label_of,
    legend_counts,
    legend_styles,
    time_label,
)
from support.tiny_results import MARKUP_VILLAGE, SCENARIOS, tiny_results

MINUTES = (5.0, 8.0, 12.0)
TIMES = {
    "first": ("first_s", "nobody gets there"),
    "second": ("second_s", "not known, or nobody gets there"),
    "full": ("full_s", "not known, or nobody gets there"),
    "call": ("call_s", "not known, or nobody gets there"),
}
AMOUNTS = {
    "way": ("way_km", 1.0),
    "off_road": ("off_road_m", 1.0),
    "walk": ("walk_s", 60.0),
    "hydrant": ("hydrant_m", 1.0),
    "water": ("water_m", 1.0),
    "supply": ("supply_m", 1.0),
}


@pytest.fixture(scope="module")
def results():
    return tiny_results()


@pytest.fixture(scope="module")
def page(results):
    return villages_page(share_out(results))


@pytest.fixture(scope="module")
def data(results, tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    write_maps(results, folder)
    return data_of(folder / "villages.html")


def mine(results, scenario):
    return results.villages.loc[results.villages["scenario"] == scenario]


def variant_of(page, key):
    return list(page.variant_ids).index(key)


def points(page, scenario="baseline"):
    return next(
        layer for layer in page.layers if layer.key == "villages" and layer.scenario == scenario
    )


def test_the_list_has_what_the_study_has_data_for(page, results):
    everything = [
        *("first", "second", "full", "call", "chance"),
        *("way", "off_road", "walk", "vehicle", "hydrant", "water", "supply"),
    ]
    assert list(page.variant_ids) == everything
    table = results.villages.assign(p_reached=np.nan, widest_vehicle="", water_m=np.nan)
    bare = villages_page(share_out(dataclasses.replace(results, villages=table)))
    assert list(bare.variant_ids) == [
        key for key in everything if key not in ("chance", "vehicle", "water")
    ]


def test_villages_of_which_nothing_is_known_are_all_not_known(results):
    numbers = [name for name in results.villages if name.endswith(("_s", "_m", "_km", "_reached"))]
    table = results.villages.assign(**dict.fromkeys(numbers, np.nan), widest_vehicle="")
    page = villages_page(share_out(dataclasses.replace(results, villages=table)))
    assert list(page.variant_ids) == ["first"]
    counts = legend_counts(page, 0, "baseline")
    assert {label: n for label, n in counts.items() if n} == {"nobody gets there": 4}


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("key", TIMES)
def test_the_legend_counts_villages_by_time(page, results, key, scenario):
    column, never = TIMES[key]
    expected = counted(
        [time_label(value, MINUTES, never) for value in mine(results, scenario)[column]]
    )
    counts = legend_counts(page, variant_of(page, key), scenario)
    assert {label: n for label, n in counts.items() if n} == expected
    assert expected[never] >= 1


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("key", AMOUNTS)
def test_the_legend_counts_villages_by_amount(page, results, key, scenario):
    column, per = AMOUNTS[key]
    counts = legend_counts(page, variant_of(page, key), scenario)
    digits = {"way_km": 3, "walk_s": 1}.get(column, 1)
    values = [round(value, digits) / per for value in mine(results, scenario)[column]]
    expected = counted([amount_label(value, list(counts)) for value in values])
    assert {label: n for label, n in counts.items() if n} == expected


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_legend_counts_villages_by_chance_and_vehicle(page, results, scenario):
    table = mine(results, scenario)
    counts = legend_counts(page, variant_of(page, "chance"), scenario)
    expected = counted([chance_label(value) for value in table["p_reached"]])
    assert {label: n for label, n in counts.items() if n} == expected
    # The classes at either end are those of which the report says that they are sure.
    surely = counts["95 % or more: surely"], counts["5 % or less: surely not"]
    words = table["certainty"]
    assert surely == ((words == "sure_yes").sum(), (words == "sure_no").sum())
    counts = legend_counts(page, variant_of(page, "vehicle"), scenario)
    names = {"engine": "fire engine", "light_pumper": "light pumper"}
    expected = counted(
        [names.get(value, "not known, or none gets there") for value in table["widest_vehicle"]]
    )
    assert {label: n for label, n in counts.items() if n} == expected


def test_a_village_is_coloured_by_its_class(page):
    layer = points(page)
    variant = variant_of(page, "first")
    looks = legend_styles(page, variant)
    found = {feature.name[1]: layer.styles[feature.style[variant]] for feature in layer.features}
    # v1: 1 + (500 + 500) / 500 = 3 min; v2: 3 min; v3: 1 + 3000 / 500 = 7 min; v4: nobody.
    assert found == {
        "Village v1": looks["within 5 min"],
        "Village v2": looks["within 5 min"],
        "Village v3": looks["5–8 min"],
        "Village v4": looks["nobody gets there"],
    }
    # A village that nobody gets to is a ring, whatever the colours of the others.
    assert looks["nobody gets there"]["fillColor"] == "#ffffff"
    assert looks["nobody gets there"]["weight"] > 2 * looks["within 5 min"]["weight"]


def test_each_figure_shown_is_that_of_results_json(page, data, results):
    told = results_to_dict(results)["scenarios"]
    units = {"way": "km", "walk": "min"}
    for scenario in SCENARIOS:
        rows = {row["name"]: row for row in told[scenario]["villages"]}
        for place in data["places"][scenario]:
            row = rows[place["name"][0]]
            for key, (column, never) in TIMES.items():
                value, text = place["figures"][variant_of(page, key)][:2]
                assert value == row[column]
                assert text[1] == (never if value is None else f"{value / 60:.1f} min")
            for key, (column, per) in AMOUNTS.items():
                value, text = place["figures"][variant_of(page, key)][:2]
                if row[column] is None:
                    assert value is None
                    assert text[1] == "not known"
                    continue
                assert value == pytest.approx(row[column] / per, abs=1e-6)
                digits = 1 if key in units else 0
                assert text[1] == f"{value:,.{digits}f} {units.get(key, 'm')}"
            value, text, *detail = place["figures"][variant_of(page, "chance")]
            assert value == row["p_reached"]
            if row["first_p05_s"] is not None:
                low, high = row["first_p05_s"] / 60, row["first_p95_s"] / 60
                assert detail[0][1] == f"first after {low:.1f} to {high:.1f} min"


def test_who_comes_first_stands_beside_the_time(page, data):
    place = next(p for p in data["places"]["baseline"] if p["name"][1] == "Village v1")
    assert place["figures"][variant_of(page, "first")] == [
        180.0,
        ["3.0 分钟", "3.0 min"],
        ["城区消防救援站", "Town fire station"],
    ]


def test_what_is_not_known_is_told_and_never_nought(results):
    table = results.villages.copy()
    first = table.index[0]
    columns = ["second_s", "full_s", "hydrant_m", "water_m", "supply_m", "p_reached"]
    table.loc[first, columns] = np.nan
    table.loc[first, "widest_vehicle"] = ""
    page = villages_page(share_out(dataclasses.replace(results, villages=table)))
    layer, places = points(page), page.own.data["places"]["baseline"]
    for key in ("second", "full", "hydrant", "water", "supply", "chance", "vehicle"):
        variant = variant_of(page, key)
        given, text = places[0]["figures"][variant][:2]
        assert given is None
        assert "not known" in text[1]
        labels = list(legend_styles(page, variant))
        look = layer.styles[layer.features[0].style[variant]]
        assert look == legend_styles(page, variant)[labels[-1]]
        assert "not known" in labels[-1]


def test_the_popup_tells_who_comes_by_which_roads_and_how_surely(page, results):
    layer = points(page)
    row = mine(results, "baseline").set_index("name_en").loc["Village v1"]
    feature = next(f for f in layer.features if f.name[1] == "Village v1")
    told = dict(zip([label_of(field) for field in layer.fields], feature.values, strict=True))
    assert told["First arrival"] == ("3.0 分钟，城区消防救援站", "3.0 min, Town fire station")
    assert told["First arrival, from the call"] == ("5.5 分钟", "5.5 min")
    assert told["By which roads"] == row["way"]
    assert told["Drive of the first"][1] == f"{row['way_km']:.1f} km"
    assert told["Walk from the road"][1] == f"{row['walk_s'] / 60:.1f} min"
    assert told["Chance of arrival within 20 min"][1].endswith("%, surely in time")
    assert told["Widest vehicle that gets there"][1] in ("fire engine", "light pumper")
    assert told["Nearest river or lake"][1].startswith(f"{row['water_m']:,.0f} m, ")
    gone = next(f for f in layer.features if f.name[1] == "Village v4")
    told = dict(zip([label_of(field) for field in layer.fields], gone.values, strict=True))
    assert told["First arrival"] == ("无消防队可达", "nobody gets there")
    assert told["Why"] == ("距道路过远", "too far from a road")
    assert told["By which roads"] is None


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_targets_are_those_of_the_table(page, results, scenario):
    table = next(t for t in page.tables if t.scenario == scenario)
    villages = mine(results, scenario)
    for row, minutes in zip(table.rows, (10, 20, 30), strict=True):
        within = {
            name: int((villages[f"{name}_s"] <= minutes * 60).sum())
            for name in ("first", "second", "full")
        }
        cells = [label_of(cell) for cell in row.cells]
        share = f"{within['first'] / len(villages) * 100:.1f} %"
        assert cells[:4] == [
            f"{minutes} min",
            f"{within['first']} ({share})",
            str(within["second"]),
            str(within["full"]),
        ]
    assert [label_of(column) for column in table.columns][4:] == [
        "First, surely",
        "First, not sure",
    ]


def test_it_is_said_that_no_standard_sets_a_time_for_villages(page):
    said = [text[1] for text in page.told]
    assert any(
        "No national standard says how soon" in text and "10, 20, 30 min" in text for text in said
    )


def test_names_stay_text(data):
    names = {place["name"][0] for place in data["places"]["baseline"]}
    assert MARKUP_VILLAGE in names

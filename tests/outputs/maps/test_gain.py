"""What one scenario adds over another, held against the tables by other ways."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer
from shapely import Polygon, box

from firecover.outputs.maps.gain import gain_page
from firecover.outputs.maps.gain_data import (
    SLIVER_M2,
    Change,
    changes_of,
    figure_of,
    gained_ground,
    signed,
    standard_band,
    village_change,
)
from firecover.outputs.maps.gain_layers import GROUND_STYLES, VILLAGE_STYLES
from firecover.outputs.maps.geometry import DEGREE
from firecover.outputs.maps.layers import share_out
from firecover.outputs.maps.pages import write_maps
from firecover.outputs.results_json import results_to_dict
from firecover.outputs.styles import rgb
from firecover.results import band
from support.tiny_gain import ALL, CLOSED, LESS, first_s, gain_results, write_gain
from support.tiny_results import at, tiny_results
from support.tiny_town import MINUTES, ORIGIN, SIDE_M

PAIRS = list(itertools.permutations(ALL, 2))
PLAN = Change("baseline", "plan_2025")


@pytest.fixture(scope="module")
def page():
    return gain_page(share_out(gain_results()))


def isochrone(results, scenario, minutes):
    table = results.isochrones
    return table.geometry[(table.scenario == scenario) & (table.minutes == minutes)].iloc[0]


def of_step(page, key, step):
    return [layer for layer in page.layers if layer.key == key and layer.scenario == step]


def zh(text):
    return text if isinstance(text, str) else text[0]


def unpacked(areas, crs):
    back = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    parts = []
    for rings in areas:
        courses = [np.cumsum(np.array(ring).reshape(-1, 2), axis=0) / DEGREE for ring in rings]
        rings_m = [np.column_stack(back.transform(c[:, 1], c[:, 0])) for c in courses]
        parts.append(Polygon(rings_m[0], rings_m[1:]))
    return shapely.union_all(shapely.make_valid(parts))


# ------------------------------------------------------------------------------ ground


@pytest.mark.parametrize("minutes", MINUTES)
@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_ground_gained_is_what_both_reach_less_what_the_first_did(before, after, minutes):
    results = gain_results()
    a, b = (isochrone(results, name, minutes) for name in (before, after))
    gained = gained_ground(results, Change(before, after), minutes)
    lost = gained_ground(results, Change(after, before), minutes)
    assert gained.area == pytest.approx(a.union(b).area - a.area, abs=1e-3)
    areas = results.isochrones.set_index(["scenario", "minutes"])["area_km2"]
    difference_km2 = areas[after, minutes] - areas[before, minutes]
    assert (gained.area - lost.area) / 1e6 == pytest.approx(difference_km2, abs=1e-9)


def test_ground_gained_by_hand():
    # Diamonds of 2 km about (2, 4.5) and (3.5, 4.5): turned by 45 degrees they are squares of
    # side 4 km, half as large, which share (4 - 1.5)² ÷ 2 = 3.125 of their 8 km².
    assert gained_ground(gain_results(), PLAN, 5.0).area / 1e6 == pytest.approx(8 - 3.125)


@pytest.mark.parametrize("minutes", MINUTES)
@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_place_is_gained_where_somebody_comes_in_time_only_after(before, after, minutes):
    xy = np.random.default_rng(6).uniform(0, SIDE_M, (400, 2))
    was, now = (first_s(name, xy[:, 0], xy[:, 1]) for name in (before, after))
    gained = gained_ground(gain_results(), Change(before, after), minutes)
    inside = shapely.contains_xy(gained, xy[:, 0] + ORIGIN[0], xy[:, 1] + ORIGIN[1])
    assert inside.tolist() == ((now <= minutes * 60) & (was > minutes * 60)).tolist()


def test_slivers_are_no_gain_but_what_is_larger_is():
    results = gain_results()
    base = isochrone(results, "baseline", 5.0)
    left, bottom = at(9000, 9000)
    table = results.isochrones.copy()
    chosen = (table.scenario == "plan_2025") & (table.minutes == 5.0)
    for side_m, expected_m2 in ((9.0, 0.0), (11.0, 121.0)):
        piece = box(left, bottom, left + side_m, bottom + side_m)
        table.loc[chosen, "geometry"] = base.union(piece)
        gained = gained_ground(dataclasses.replace(results, isochrones=table), PLAN, 5.0)
        assert gained.area == pytest.approx(expected_m2)
    assert 9.0**2 < SLIVER_M2 < 11.0**2


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_the_map_and_its_legend_have_the_ground_gained_and_lost(page, before, after):
    results = gain_results()
    step = Change(before, after)
    legend = next(legend for legend in page.legends if legend.key == "ground")
    for entry, change in zip(legend.entries, (step, Change(after, before)), strict=True):
        (layer,) = of_step(page, "ground", change.id)
        for i, minutes in enumerate(MINUTES):
            ground = gained_ground(results, change, minutes)
            told = next(
                count.text[0]
                for count in entry.counts
                if count.scenario == step.id and count.variant == i
            )
            assert told == f"{ground.area / 1e6:,.2f} 平方公里"
            shown = [feature for feature in layer.features if feature.style[i] == 0]
            assert len(shown) == (0 if ground.is_empty else 1)
            if shown:
                # Simplified by 5 m, packed to a metre.
                drawn = unpacked(shown[0].form, page_crs(results))
                assert drawn.symmetric_difference(ground).area < 12 * ground.length


def page_crs(results):
    return results.study.study.crs


def test_the_first_view_is_of_what_is_gained(page):
    (south, west), (north, east) = page.focus
    to_m = Transformer.from_crs("EPSG:4326", "EPSG:4545", always_xy=True)
    left, bottom = to_m.transform(west, south)
    right, top = to_m.transform(east, north)
    seen = box(left, bottom, right, top)
    gained = gained_ground(gain_results(), PLAN, 5.0)
    assert seen.buffer(5).contains(gained)
    # 2.75 km by 4 km: at least 3 km are shown, and a tenth more on every side.
    assert seen.area / 1e6 == pytest.approx(3.6 * 4.8, rel=0.02)


def test_gained_and_lost_are_told_apart_without_hue():
    # How light they are in grey print, 0 to 255 (ITU-R BT.709).
    gained, lost = (
        float(np.dot(rgb(GROUND_STYLES[word]["color"]), (0.2126, 0.7152, 0.0722)))
        for word in ("gained", "lost")
    )
    assert lost - gained > 50
    assert GROUND_STYLES["lost"]["dashArray"] != GROUND_STYLES["gained"]["dashArray"] == ""
    assert len({tuple(sorted(look.items())) for look in VILLAGE_STYLES.values()}) == 5


# ---------------------------------------------------------------------------- villages


def kinds_by_brute_force(results, before, after):
    """Each village's change, from the table alone."""
    table = results.villages.set_index(["scenario", "id"])
    kinds = {}
    for key in results.villages["id"].unique():
        a, b = table.loc[(before, key)], table.loc[(after, key)]
        if a["reached"] != b["reached"]:
            kinds[key] = "gained" if b["reached"] else "lost"
        elif (pd.isna(a["first_s"]) and pd.isna(b["first_s"])) or a["first_s"] == b["first_s"]:
            kinds[key] = "unchanged"
        else:
            kinds[key] = "earlier" if b["first_s"] < a["first_s"] else "later"
    return kinds


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_villages_are_drawn_and_counted_as_the_table_has_them(page, before, after):
    results = gain_results()
    step = Change(before, after).id
    expected = kinds_by_brute_force(results, before, after)
    names = results.villages.drop_duplicates("id").set_index("id")["name"]
    (layer,) = of_step(page, "villages", step)
    drawn = {zh(f.name): list(VILLAGE_STYLES)[f.style] for f in layer.features}
    assert drawn == {names[key]: kind for key, kind in expected.items()}
    legend = next(legend for legend in page.legends if legend.key == "villages")
    told = [
        next(int(count.text) for count in entry.counts if count.scenario == step)
        for entry in legend.entries
    ]
    tally = Counter(expected.values())
    assert told == [tally[kind] for kind in VILLAGE_STYLES]


def test_villages_newly_in_time_are_those_of_the_headline_figure():
    results = gain_results()
    figures = {s.id: s.figures["villages_reached"] for s in results.scenarios}
    for before, after in PAIRS:
        tally = Counter(kinds_by_brute_force(results, before, after).values())
        assert tally["gained"] - tally["lost"] == figures[after] - figures[before]
    # Closing s2 and driving at half the speed, v2 is reached after 1 + 2 × 14 = 29 min.
    assert kinds_by_brute_force(results, "baseline", LESS) == {
        "v1": "later",
        "v2": "lost",
        "v3": "later",
        "v4": "unchanged",
    }


def test_a_village_tells_its_times_before_and_after(page):
    (layer,) = of_step(page, "villages", f"baseline>{LESS}")
    values = {each.name[1]: list(map(zh, each.values)) for each in layer.features}
    assert [zh(name) for name in layer.fields] == ["所属乡镇", "现状", "撤站", "增减"]
    # 1 + (500 + 500) ÷ 500 = 3 min; at half the speed 1 + 4 = 5 min.
    assert values["Village v1"] == [
        "钟多街道",
        "3.0 分钟，城区消防救援站",
        "5.0 分钟，城区消防救援站",
        "+2.0 分钟",
    ]
    assert values["Village v4"][1:] == ["无消防队可达", "无消防队可达", "没有变化"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((None, False), (700.0, True), "gained"),
        ((700.0, True), (None, False), "lost"),
        ((None, False), (1500.0, False), "earlier"),
        ((1500.0, False), (None, False), "later"),
        ((600.0, True), (600.04, True), "unchanged"),
        ((600.0, True), (599.9, True), "earlier"),
        ((None, False), (None, False), "unchanged"),
    ],
)
def test_kinds_of_change(before, after, expected):
    a, b = ({"first_s": s, "reached": reached} for s, reached in (before, after))
    assert village_change(a, b) == expected


# ---------------------------------------------------------------------------- stations


def test_stations_added_and_closed_are_marked(page):
    def names(step):
        return {
            (layer.styles[0]["symbol"], feature.name[1])
            for layer in of_step(page, "station_changes", step)
            for feature in layer.features
        }

    assert names("baseline>plan_2025") == {("fc-added", "Xiaoba fire station")}
    assert names("plan_2025>baseline") == {("fc-removed", "Xiaoba fire station")}
    assert names(f"plan_2025>{LESS}") == {
        ("fc-removed", "Xiaoba fire station"),
        ("fc-removed", "Longtan township squad"),
    }
    assert CLOSED not in set(gain_results().stations.query("scenario == @LESS")["id"])


def test_what_was_asked_is_said_by_name(page):
    about = {step["id"]: step["about"] for step in page.own.data["gain"]["steps"]}
    assert about["baseline>plan_2025"] == (
        "与“现状”相比，“规划2025”：增设小坝消防站。",
        "Plan 2025 against Today: adds Xiaoba fire station.",
    )
    assert about[f"baseline>{LESS}"] == (
        "与“现状”相比，“撤站”：撤销龙潭镇专职消防队；车速系数由 1 变为 0.5。",
        "Less against Today: closes Longtan township squad; speeds × 0.5 instead of × 1.",
    )


# ----------------------------------------------------------------------------- figures

#: Where each figure of the page stands in results.json, by a part of its Chinese label.
_KEYS = {
    "5 分钟内人口": ("population_reached_5min", "{:,.0f}", "{:+,.0f} 人", 1),
    "8 分钟内人口": ("population_reached_8min", "{:,.0f}", "{:+,.0f} 人", 1),
    "12 分钟内人口": ("population_reached_12min", "{:,.0f}", "{:+,.0f} 人", 1),
    "5 分钟内建成区": ("urban_reached_km2", "{:.2f}", "{:+.2f} 平方公里", 1),
    "占城市建成区": ("urban_reached_share", "{:.1f} %", "{:+.1f} 个百分点", 0.01),
    "平均每站辖区": ("area_per_station_km2", "{:.2f}", "{:+.2f} 平方公里", 1),
    "20 分钟内村寨": ("villages_reached", "{:.0f}", "{:+.0f} 个", 1),
    "村寨中位时间": ("village_median_s", "{:.1f}", "{:+.1f} 分钟", 60),
    "村寨最晚时间": ("village_worst_s", "{:.1f}", "{:+.1f} 分钟", 60),
}


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_figures_are_those_of_results_json(page, before, after):
    told = results_to_dict(gain_results())["scenarios"]
    shown = next(group for group in page.figures if group.scenario == f"{before}>{after}")
    assert [zh(figure.label) for figure in shown.figures] == list(_KEYS)
    for figure in shown.figures:
        key, plain, signed_as, unit = _KEYS[zh(figure.label)]
        a, b = (told[name]["figures"][key] for name in (before, after))
        if a == b:
            assert zh(figure.value) == "没有变化"
            assert zh(figure.detail).startswith(plain.format(a / unit))
            continue
        assert zh(figure.detail) == f"{plain.format(a / unit)} → {plain.format(b / unit)}"
        assert zh(figure.value) == signed_as.format((b - a) / unit).replace("-", "\u2212")


@pytest.mark.parametrize(
    ("difference", "unit", "expected"),
    [
        (7353, "people", ("+7,353 人", "+7,353 people")),
        (-0.196, "share", ("\u221219.6 个百分点", "\u221219.6 points")),
        (-90, "minutes", ("\u22121.5 分钟", "\u22121.5 min")),
        (0.001, "km2", ("+<0.01 平方公里", "+<0.01 km²")),
        (1e-12, "km2", ("没有变化", "No change")),
    ],
)
def test_differences_have_sign_and_unit(difference, unit, expected):
    assert signed(difference, unit) == expected


def test_a_figure_that_one_scenario_does_not_know():
    assert figure_of("x", None, np.nan, "people") is None
    figure = figure_of("x", None, 120.0, "minutes")
    assert figure.value == "–"
    assert figure.detail == ("不详 → 2.0", "not known → 2.0")


# --------------------------------------------------------------------------- townships


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_townships_are_in_order_of_the_people_that_they_gain(page, before, after):
    results = gain_results()
    table = results.townships.set_index(["scenario", "code"])
    column = f"population_{band(5.0)}"
    expected = {}
    for code in results.townships["code"].unique():
        a, b = (
            round(table.loc[(name, code), column])
            if not pd.isna(table.loc[(name, code), column])
            else None
            for name in (before, after)
        )
        if a is not None and a != b:
            expected[table.loc[(after, code), "name"]] = (a, b)
    shown = next(each for each in page.tables if each.scenario == f"{before}>{after}")
    if not expected:
        assert [zh(row.cells[0]) for row in shown.rows] == ["各乡镇均无变化"]
        return
    names = [zh(row.cells[0]) for row in shown.rows]
    gains = [expected[name][1] - expected[name][0] for name in names]
    assert set(names) == set(expected)
    assert gains == sorted(gains, reverse=True)
    for row, gain in zip(shown.rows, gains, strict=True):
        a, b = expected[zh(row.cells[0])]
        sign = f"{gain:+,} 人".replace("-", "\u2212")
        assert [zh(cell) for cell in row.cells[1:]] == [f"{a:,}", f"{b:,}", sign]
        layer, place = map(int, row.feature.split())
        assert page.layers[layer].features[place].name == row.cells[0]


def test_a_township_found_tells_its_people_before_and_after(page):
    step = next(s for s in page.own.data["gain"]["steps"] if s["id"] == f"baseline>{LESS}")
    told = dict(zip([zh(f.name) for f in page.layers[0].features], step["townships"], strict=True))
    shown = next(each for each in page.tables if each.scenario == f"baseline>{LESS}")
    for row in shown.rows:
        before, after, difference = told[zh(row.cells[0])]
        assert zh(before) == f"{zh(row.cells[1])} 人"
        assert zh(after) == f"{zh(row.cells[2])} 人"
        assert difference == row.cells[3]


# ------------------------------------------------------------------------------- steps


def test_steps_that_are_offered():
    assert [c.id for c in changes_of(("a", "b"))] == ["a>b", "b>a"]
    assert len(changes_of(("a", "b", "c"))) == 6
    assert [c.id for c in changes_of(("a", "b", "c", "d"))] == ["a>b", "a>c", "a>d"]


def test_the_band_is_the_standards_or_else_the_first():
    shared = share_out(tiny_results())
    assert standard_band(shared) == MINUTES.index(5.0) == 0
    other = dataclasses.replace(
        shared, results=dataclasses.replace(shared.results, minutes=(4.0, 5.0))
    )
    assert standard_band(other) == 1
    none = dataclasses.replace(
        shared, results=dataclasses.replace(shared.results, minutes=(4.0, 6.0))
    )
    assert standard_band(none) == 0


def renamed(table, new):
    chosen = table[table["scenario"] == "baseline"]
    return pd.concat([chosen, chosen.assign(scenario=new)], ignore_index=True)


def test_scenarios_that_do_not_differ_are_said_to():
    results = tiny_results()
    tables = ("stations", "isochrones", "reach_edges", "villages", "townships", "built_up")
    twin = dataclasses.replace(results.scenarios[0], id="twin", title_zh="同", title_en="Twin")
    same = dataclasses.replace(
        results,
        scenarios=(results.scenarios[0], twin),
        **{name: renamed(getattr(results, name), "twin") for name in tables},
    )
    page = gain_page(share_out(same))
    for step in page.own.data["gain"]["steps"]:
        assert step["same"]
        assert step["about"] == ""
        assert not any(step["views"])
    assert page.focus == []
    villages = same.villages.copy()
    villages.loc[(villages.scenario == "twin") & (villages.id == "v1"), "first_s"] += 1
    other = gain_page(share_out(dataclasses.replace(same, villages=villages)))
    assert not any(step["same"] for step in other.own.data["gain"]["steps"])
    assert not any(s["same"] for s in gain_page(share_out(results)).own.data["gain"]["steps"])


def test_a_study_with_one_scenario_has_no_such_page(tmp_path):
    results = tiny_results()
    tables = ("stations", "jurisdictions", "built_up", "townships", "villages", "isochrones")
    one = dataclasses.replace(
        results,
        scenarios=results.scenarios[:1],
        what_if=None,
        **{
            name: getattr(results, name).query("scenario == 'baseline'").reset_index(drop=True)
            for name in tables
        },
    )
    files = write_maps(one, tmp_path)
    assert "gain.html" not in {file.name for file in files}
    assert "gain.html" not in files[0].read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="two scenarios"):
        gain_page(share_out(one))


def test_every_step_stands_on_the_page(tmp_path):
    text = write_gain(gain_results(), tmp_path).read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="fc-data">(.*?)</script>', text, re.DOTALL)[1])
    assert data["scenarios"] == [f"{a}>{b}" for a, b in PAIRS]
    places = {layer["scenario"] for layer in data["layers"] if layer["draw"] == "bands"}
    assert places == set(ALL)

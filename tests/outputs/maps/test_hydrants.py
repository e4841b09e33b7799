"""The hydrants' page: gaps by both measures, new hydrants, spacing, and villages' water."""

from __future__ import annotations

import dataclasses
import re

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer
from shapely import LineString, Point

from firecover.outputs.maps.pages import write_maps
from firecover.outputs.maps.supply import numbered, supply_class
from firecover.outputs.maps.text import short_name
from support.map_data import data_of, layers_of, plain, popup, unpack
from support.tiny_results import tiny_results
from support.tiny_town import CRS, HYDRANTS, VILLAGES, at

PAGE = "hydrants.html"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    write_maps(tiny_results(), folder)
    return folder / PAGE


@pytest.fixture(scope="module")
def text(page):
    return plain(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("measure", "key"), [("straight", "gaps"), ("road", "gaps_road")])
def test_gaps_are_those_of_the_table_by_either_measure(page, measure, key):
    gaps = tiny_results().hydrant_gaps
    mine = gaps[gaps["measure"] == measure]
    (layer,) = layers_of(page, key)
    told = [popup(layer, feature)["Area"] for feature in layer["features"]]
    assert told == [f"{area:.2f} km²" for area in mine["area_km2"]]
    assert layer["styles"][0]["fillColor"] != "url(#fc-gap)" or measure == "straight"


def test_gaps_by_road_are_never_smaller_and_the_legend_adds_them_up(page, text):
    gaps = tiny_results().hydrant_gaps
    whole = gaps.groupby("measure")["area_km2"].sum()
    assert whole["road"] > whole["straight"]
    html = page.read_text(encoding="utf-8")
    for key, measure in (("gaps", "straight"), ("gaps_road", "road")):
        legend = re.search(rf'data-legend="{key}">(.*?)</div>', html, re.DOTALL)[1]
        assert f"{whole[measure]:.2f} km²" in legend
    assert "Hose follows the streets" in text


def test_shares_by_both_measures_stand_beside_each_other(text):
    # tests/support: three circles of 150 m around working hydrants, which do not touch, of 9 km²
    figures = tiny_results().scenarios[0].figures
    straight, road = (figures[f"hydrant_{name}_km2"] for name in ("radius", "road"))
    assert straight == pytest.approx(3 * 3.1416 * 0.0225, rel=0.01)
    # along the grid, a square on its corner with diagonals of 300 m
    assert road == pytest.approx(3 * 0.3**2 / 2)
    assert f"Urban area protected (150 m straight) {straight / 9:.1%}".replace("%", " %") in text
    assert f"Urban area protected (150 m by road) {road / 9:.1%}".replace("%", " %") in text
    assert f"{road:.2f} of 9.00 km²" in text


def test_new_hydrants_are_numbered_by_the_area_that_they_add(page, text):
    results = tiny_results()
    table = results.hydrant_proposals
    (layer,) = layers_of(page, "proposals")
    by_number = {feature["badge"]: feature for feature in layer["features"]}
    assert len(by_number) == len(layer["features"]) == len(table) > 3
    assert [int(key) for key in by_number] == sorted(table["order"], reverse=True)
    back = Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    for row in table.itertuples():
        feature = by_number[str(row.order)]
        told = popup(layer, feature)
        assert told["Area gained (those before it in place)"] == f"{row.gain_km2 * 100:.2f} ha"
        assert told["Road"] == row.road
        lat, lon = unpack(feature["form"])[0]
        x, y = back.transform(lon, lat)
        assert (x, y) == pytest.approx((row.geometry.x, row.geometry.y), abs=1.0)
    assert layer["badge_from"] > 13
    figures = results.scenarios[0].figures
    assert f"New hydrants proposed {len(table)} " in text
    assert f"fewer than {figures['hydrants_new_bound']:g}" in text
    assert f"no place on a street protects {figures['hydrant_uncoverable_km2']:.2f} km²" in text


def test_hydrants_are_coloured_by_state_and_by_spacing(page):
    data, (layer,) = data_of(page), layers_of(page, "hydrants")
    assert data["variants"] == 2
    assert data["variant_ids"] == ["state", "spacing"]
    states = ["working", "broken", "unknown"]
    for row, feature in zip(HYDRANTS.values(), layer["features"], strict=True):
        by_state, by_spacing = feature["style"]
        assert by_state == states.index(row[2])
        # all that work stand farther apart than 120 m; the others are not judged
        assert by_spacing == 3 + (1 if row[2] == "working" else 2)
        assert popup(layer, feature)["By road to the next working one"].endswith(" m")
    html = page.read_text(encoding="utf-8")
    entries = re.findall(r'<li data-variant="(\d)">.*?class="fc-count">(\d+)<', html, re.DOTALL)
    assert entries == [("0", "3"), ("0", "2"), ("0", "1"), ("1", "0"), ("1", "3"), ("1", "3")]


def test_villages_are_coloured_by_their_nearest_water(page):
    results = tiny_results()
    layer = next(layer for layer in layers_of(page, "supply") if layer["draw"] == "points")
    first = results.villages[results.villages["scenario"] == "baseline"].set_index("name")
    assert len(layer["features"]) == len(VILLAGES)
    for feature in layer["features"]:
        row = first.loc[feature["name"][0]]
        limits = [500, 1000, 2000, 5000]
        expected = sum(row["supply_m"] > limit for limit in limits)
        assert feature["style"] % 5 == expected
        assert (feature["style"] >= 5) == (row["supply_kind"] == "water")
        told = popup(layer, feature)
        assert told["To the nearest supply"] == f"{row['supply_m']:,.0f} m"
    html = page.read_text(encoding="utf-8")
    assert '<input type="checkbox" data-layer="supply">' in html  # off at first
    assert '<input type="checkbox" data-layer="gaps_road">' in html


def test_a_line_leads_to_the_supply_and_is_as_long_as_the_table_says(page, tmp_path):
    results = tiny_results()
    first = results.villages[results.villages["scenario"] == "baseline"].set_index("name")
    back = Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    ends = {Point(at(x, y)) for x, y, status in HYDRANTS.values() if status == "working"}

    def lines(file):
        layer = next(layer for layer in layers_of(file, "supply") if layer["draw"] == "lines")
        return layer["features"]

    drawn = lines(page)
    assert {"城南村", "龙潭村"} <= {feature["name"][0] for feature in drawn}
    for feature in drawn:
        row = first.loc[feature["name"][0]]
        points = unpack(feature["form"][0])
        line = LineString(np.column_stack(back.transform(points[:, 1], points[:, 0])))
        assert line.length == pytest.approx(row["supply_m"], abs=3)
        assert Point(line.coords[0]).distance(row.geometry) < 1.5
        assert feature["style"] == ["hydrant", "water"].index(row["supply_kind"])
        if row["supply_kind"] == "hydrant":
            assert min(Point(line.coords[-1]).distance(end) for end in ends) < 1.5
    # A distance to something that is not on the map gets no line.
    table = results.villages.copy()
    table["supply_m"] = table["supply_m"] + 50
    write_maps(dataclasses.replace(results, villages=table), tmp_path)
    assert lines(tmp_path / PAGE) == []


def test_parts_that_share_a_name_are_numbered_alike_everywhere(tmp_path):
    results = tiny_results()
    tables = {}
    for name, column in (
        ("built_up", "name"),
        ("hydrant_gaps", "built_up_name"),
        ("hydrant_proposals", "built_up_name"),
    ):
        tables[name] = getattr(results, name).copy()
        tables[name][column] = "城区（模拟）"
    write_maps(dataclasses.replace(results, **tables), tmp_path)
    (areas,) = layers_of(tmp_path / PAGE, "built_up")
    names = [feature["name"][0] for feature in areas["features"]]
    assert names == ["城区（模拟）\u00a01", "城区（模拟）\u00a02"]
    ids = list(results.built_up["id"][results.built_up["scenario"] == "baseline"])
    (layer,) = layers_of(tmp_path / PAGE, "proposals")
    by_order = results.hydrant_proposals.set_index("order")["built_up_id"]
    for feature in layer["features"]:
        expected = names[ids.index(by_order[int(feature["badge"])])]
        assert popup(layer, feature)["Built-up part"] == expected
    html = (tmp_path / PAGE).read_text(encoding="utf-8")
    assert '<td class="fc-text"><span lang="zh">城区\u00a01</span>' in html


def test_a_part_named_after_a_township_has_its_english_name(tmp_path):
    results = tiny_results()
    town = results.townships[results.townships["name_en"].astype(bool)].iloc[0]
    table = results.built_up.copy()
    first = table["id"].iloc[0]
    table.loc[table["id"] == first, "name"] = f"{town['name']}（模拟）"
    write_maps(dataclasses.replace(results, built_up=table), tmp_path)
    (areas,) = layers_of(tmp_path / PAGE, "built_up")
    names = [feature["name"] for feature in areas["features"]]
    assert [f"{town['name']}（模拟）", town["name_en"]] in names


def test_the_table_has_each_part_with_its_gaps_and_new_hydrants(page):
    results = tiny_results()
    html = page.read_text(encoding="utf-8")
    gaps = results.hydrant_gaps.set_index(["built_up_id", "measure"])["area_km2"]
    new = results.hydrant_proposals.groupby("built_up_id").size()
    rows = re.findall(r"<tr data-feature=.*?</tr>", html, re.DOTALL)
    cells = [re.findall(r"<td[^>]*>([\d.–]+)</td>", row) for row in rows]
    assert cells == [
        [f"{gaps[key, 'straight']:.3f}", f"{gaps[key, 'road']:.3f}", str(new.get(key, 0))]
        for key in results.hydrant_gaps["built_up_id"].unique()
    ]


def test_a_built_up_part_tells_how_it_is_protected_by_either_measure(page):
    table = tiny_results().built_up
    mine = table[table["scenario"] == "baseline"]
    (layer,) = layers_of(page, "built_up")
    for row, feature in zip(mine.itertuples(), layer["features"], strict=True):
        told = popup(layer, feature)
        assert told["Protected by hydrants, straight"] == (
            f"{row.hydrant_share * 100:.1f} % ({row.hydrant_km2:.2f} of {row.area_km2:.2f} km²)"
        )
        assert told["Protected by hydrants, by road"] == (
            f"{row.hydrant_road_share * 100:.1f} %"
            f" ({row.hydrant_road_km2:.2f} of {row.area_km2:.2f} km²)"
        )
        streets = told["Streets with hydrants spaced as required"]
        assert streets.endswith(f"({row.street_spaced_km:.1f} of {row.street_km:.1f} km)")


def test_a_study_without_proposals_or_gaps_has_a_page_all_the_same(tmp_path):
    results = tiny_results()
    bare = dataclasses.replace(
        results, hydrant_proposals=gpd.GeoDataFrame(), hydrant_gaps=gpd.GeoDataFrame()
    )
    write_maps(bare, tmp_path)
    html = (tmp_path / PAGE).read_text(encoding="utf-8")
    assert 'data-legend="proposals"' not in html
    assert layers_of(tmp_path / PAGE, "gaps")[0]["features"] == []


@given(st.floats(0, 50_000))
def test_a_class_of_water_holds_its_upper_limit(metres):
    assert supply_class(metres) == sum(metres > limit for limit in (500, 1000, 2000, 5000))


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("候选点 g007（桃花源大道（模拟））", "候选点 g007"),
        ("候选点 01（钟多街道）", "候选点 01"),
        (("候选点 01（钟多街道）", "Candidate 01 (Zhongduo)"), ("候选点 01", "Candidate 01")),
        ("小坝新城消防站", "小坝新城消防站"),
        ("（模拟）", "（模拟）"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("（新）站", "（新）站"),
    ],
)
def test_a_short_name_loses_the_brackets_at_its_end(name, short):
    assert short_name(name) == short


@given(st.lists(st.sampled_from(["甲", "乙", "丙"]), max_size=9))
def test_names_that_stand_more_than_once_are_numbered(names):
    told = numbered(names)
    assert len(set(told)) == len(told)
    for name, shown in zip(names, told, strict=True):
        assert shown == name if names.count(name) == 1 else shown[0].startswith(f"{name}\u00a0")

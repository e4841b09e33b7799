import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from firecover.assessment.county import built_up_figures
from firecover.assessment.detour import Measured
from firecover.assessment.jurisdictions import (
    area_cap_km2,
    area_verdict,
    jurisdictions,
    reached_by_patch,
)
from firecover.assessment.service import Facilities, arrivals
from firecover.demand import built_up_cells
from firecover.network.routing_graph import routing_graph
from firecover.network.snapping import snap
from firecover.network.travel_times import travel_matrix
from firecover.standards import load_rules
from support.networks import CRS, grid, network_of

RULES = load_rules("cn")


def town(stations, side=5, classes=None):
    """A grid town of 100 m blocks at 36 km/h, one built-up square over it."""
    network, _ = network_of(grid(side))
    width = (side - 1) * 100
    built_up = gpd.GeoDataFrame(
        {"id": ["b"], "name": ["town"], "zone": ["urban"]},
        geometry=[shapely.box(0, 0, width, width)],
        crs=CRS,
    )
    table = gpd.GeoDataFrame(
        {
            "id": [f"s{i}" for i in range(len(stations))],
            "name": [f"station {i}" for i in range(len(stations))],
            "tier": "fire",
            "station_class": classes or ["first"] * len(stations),
            "candidate": False,
        },
        geometry=[Point(*xy) for xy in stations],
        crs=CRS,
    )
    positions = snap(network, np.array(stations, dtype=float), 100)
    who = Facilities(table, positions, np.full(len(stations), 60.0))
    cells = built_up_cells(built_up, 50)
    places = snap(network, cells.xy, 200)
    travel_s = travel_matrix(routing_graph(network), positions, places)
    coming = arrivals(travel_s, who.start_s, np.ones(len(stations), bool))
    return built_up, cells, coming, who


def test_two_stations_share_a_grid_town_down_the_middle():
    built_up, cells, coming, who = town([(0, 200), (400, 200)])
    zone = np.full(len(cells.cells), "urban")
    held = jurisdictions(cells, zone, coming, who, RULES)
    assert list(held["station_id"]) == ["s0", "s1"]
    # 400 m × 400 m, half each; from (0, 200) the farthest served corner is 200 + 200 m away,
    # where the last cell's point lies 25 m short of both streets' ends
    assert held["area_km2"].to_numpy() == pytest.approx([0.08, 0.08])
    assert (held["area_verdict"] == "meets").all()
    assert held["reached_share"].to_numpy() == pytest.approx([1, 1])
    assert held["farthest_s"].to_numpy() == pytest.approx([60 + 37.5, 60 + 37.5])
    assert shapely.union_all(held.geometry.to_numpy()).symmetric_difference(
        built_up.geometry[0]
    ).area == pytest.approx(0, abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=1, max_size=4))
def test_jurisdictions_partition_the_urban_area(stations):
    built_up, cells, coming, who = town(stations)
    zone = np.full(len(cells.cells), "urban")
    held = jurisdictions(cells, zone, coming, who, RULES)
    assert held["area_km2"].sum() == pytest.approx(0.16)
    shapes = held.geometry.to_numpy()
    for i, a in enumerate(shapes):
        for b in shapes[:i]:
            assert shapely.intersection(a, b).area < 1e-6
    assert shapely.union_all(shapes).symmetric_difference(built_up.geometry[0]).area < 1e-6


def test_cells_that_nobody_reaches_are_told_and_not_given_away():
    _, cells, coming, who = town([(0, 200)])
    none = np.full((1, len(cells.cells)), np.inf)
    nobody = arrivals(none, who.start_s, np.ones(1, bool))
    held = jurisdictions(cells, np.full(len(cells.cells), "urban"), nobody, who, RULES)
    assert list(held["station_id"]) == [""]
    assert held["area_verdict"][0] == "cannot_say"
    assert held["reached_km2"][0] == 0
    assert (coming.first >= 0).all()


def test_a_townships_own_patch_is_no_urban_jurisdiction():
    _, cells, coming, who = town([(0, 200)])
    held = jurisdictions(cells, np.full(len(cells.cells), "town"), coming, who, RULES)
    assert len(held) == 0
    assert "area_km2" in held


def test_caps_follow_the_class_and_the_suburb():
    assert area_cap_km2("first", 0, RULES) == 7
    assert area_cap_km2("second", 0, RULES) == 4
    assert area_cap_km2("small", 0.5, RULES) == 2
    assert area_cap_km2("special", 0, RULES) == 7
    assert area_cap_km2("second", 0.6, RULES) == 15
    assert np.isnan(area_cap_km2("logistics", 0, RULES))
    assert area_verdict(7.0, 7.0) == "meets"
    assert area_verdict(7.01, 7.0) == "fails"
    assert area_verdict(1.0, np.nan) == "cannot_say"


def test_the_share_reached_counts_area_not_cells():
    built_up, cells, coming, _ = town([(0, 200)])
    # 120 s: 60 s of turnout leave 600 m at 10 m/s: all but nothing; 80 s leave 200 m
    patches = reached_by_patch(built_up, cells, coming, coming, 80)
    brute = cells.area_km2[coming.first_s <= 80].sum()
    assert patches["reached_km2"][0] == pytest.approx(brute)
    assert patches["reached_share"][0] == pytest.approx(brute / 0.16)
    assert 0 < patches["reached_share"][0] < 0.5
    assert reached_by_patch(built_up, cells, coming, coming, 300)["reached_share"][0] == 1


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=1, max_size=3),
    st.tuples(st.integers(0, 400), st.integers(0, 400)),
    st.integers(60, 110),
)
def test_one_more_station_never_shrinks_the_area_reached(stations, another, limit_s):
    built_up, cells, fewer, _ = town(stations)
    _, _, more, _ = town([*stations, another])
    before, after = (
        reached_by_patch(built_up, cells, coming, coming, limit_s)["reached_km2"].sum()
        for coming in (fewer, more)
    )
    assert after >= before - 1e-12
    assert (more.first_s <= fewer.first_s + 1e-9).all()


def test_what_is_measured_stands_beside_the_area():
    _, cells, coming, who = town([(0, 200), (400, 200)])
    zone = np.full(len(cells.cells), "urban")
    held = jurisdictions(
        cells, zone, coming, who, RULES, measured={1: Measured(1.3, 2.6, 8.0, 0.5, np.nan, 0.0)}
    )
    assert held["detour_factor"].to_numpy() == pytest.approx([np.nan, 1.3], nan_ok=True)
    assert held["reach_km"].to_numpy() == pytest.approx([np.nan, 2.6], nan_ok=True)
    assert held["formula_km2"].to_numpy() == pytest.approx([np.nan, 8.0], nan_ok=True)
    assert held["across_expressway_km2"][1] == 0.5
    assert held["across_river_km2"][1] == 0.0
    unknown = ["across_railway_km2", "reached_share_p05", "reached_share_p95", "area_sure"]
    assert held[unknown].isna().all().all()


def county_of(urban_km2, areas, classes, suburb=0.0):
    """The figures of a county: stations of some classes and the areas that they come first to.

    A station without an area comes first to nothing.
    """
    patches = gpd.GeoDataFrame(
        {
            "zone": ["urban", "town"],
            "area_km2": [urban_km2, 10.0],
            "reached_km2": [0.0, 0.0],
            "any_reached_km2": [0.0, 0.0],
        }
    )
    holders = gpd.GeoDataFrame(
        {"id": [f"s{i}" for i in range(len(classes))], "station_class": classes}
    )
    rows = [(f"s{i}", area) for i, area in enumerate(areas) if area]
    cap_km2 = [area_cap_km2(name, suburb, RULES) for name in classes]
    held = gpd.GeoDataFrame(
        {
            "station_id": [name for name, _ in rows],
            "cap_km2": [cap_km2[int(name[1:])] for name, _ in rows],
            "area_verdict": [area_verdict(a, cap_km2[int(name[1:])]) for name, a in rows],
        }
    )
    return built_up_figures(patches, held, RULES, holders)


def arithmetic(figures):
    keys = ("area_capacity_km2", "area_shortfall_km2")
    more = [figures[f"stations_more_{name}"] for name in ("first", "second", "small")]
    return [*(figures[key] for key in keys), *more, figures["area_verdict"]]


def test_the_plans_arithmetic_with_class_caps():
    # 14.7 km² and one 一级 station: 7.7 km² short, which two more, or two 二级, or four 小型 close
    today = county_of(14.7, [14.7], ["first"])
    assert arithmetic(today) == [7, pytest.approx(7.7), 2, 2, 4, "fails"]
    assert today["stations_least"] == 3
    assert (today["area_per_station_km2"], today["average_verdict"]) == (14.7, "fails")
    # a 二级 station adds 4 km², not 7
    plan = county_of(14.7, [7.5, 7.2], ["first", "second"])
    assert arithmetic(plan) == [11, pytest.approx(3.7), 1, 1, 2, "fails"]
    assert (plan["area_per_station_km2"], plan["average_verdict"]) == (7.35, "fails")
    # as a 特勤 station it would add 7
    assert arithmetic(county_of(14.7, [7.5, 7.2], ["first", "special"]))[:3] == [
        14,
        pytest.approx(0.7),
        1,
    ]
    three = county_of(14.7, [5.0, 5.0, 4.7], ["first"] * 3)
    assert arithmetic(three) == [21, 0, 0, 0, 0, "meets"]
    assert three["average_verdict"] == "meets"


def test_a_station_that_comes_first_to_nothing_has_room_all_the_same():
    idle = county_of(14.7, [14.7, 0], ["first", "second"])
    assert idle["stations_holding_area"] == 1
    assert arithmetic(idle)[:2] == [11, pytest.approx(3.7)]


def test_in_the_suburb_a_station_has_room_for_more():
    assert arithmetic(county_of(14.7, [14.7], ["second"], suburb=0.8))[0] == 15


def test_without_a_cap_the_arithmetic_cannot_be_said():
    figures = county_of(14.7, [7.0, 7.7], ["first", "logistics"])
    assert arithmetic(figures) == [None] * 5 + ["cannot_say"]
    nobody = county_of(14.7, [], [])
    assert arithmetic(nobody) == [0, 14.7, 3, 4, 8, "fails"]
    assert (nobody["area_per_station_km2"], nobody["average_verdict"]) == (None, "cannot_say")


@given(st.integers(0, 400), st.lists(st.sampled_from(["first", "second", "small"]), max_size=6))
def test_the_stations_still_needed_close_the_gap_and_one_fewer_does_not(tenths, classes):
    figures = county_of(tenths / 10, [0] * len(classes), classes)
    capacity = sum({"first": 7, "second": 4, "small": 2}[name] for name in classes)
    for name, cap in (("first", 7), ("second", 4), ("small", 2)):
        more = figures[f"stations_more_{name}"]
        assert capacity + more * cap >= tenths / 10 - 1e-9
        assert more == 0 or capacity + (more - 1) * cap < tenths / 10

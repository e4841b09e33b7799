import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

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

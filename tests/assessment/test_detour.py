from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from firecover.assessment.barriers import barriers
from firecover.assessment.detour import farthest_m, measured
from firecover.assessment.service import Facilities, Places, arrivals
from firecover.layers.model import VectorLayer, no_railways
from firecover.layers.provenance import Provenance
from firecover.network.along import ways_from, ways_to
from firecover.network.routing_graph import last_stretch, routing_graph
from firecover.network.snapping import Positions, snap
from firecover.network.travel_times import travel_matrix
from firecover.network.turns import TurnCosts, turns
from firecover.standards import load_rules
from support.networks import grid, network_of, place, positions_on, random_networks, roads_of

RULES = load_rules("cn")
COSTS = TurnCosts(straight_s=1.0, right_s=2.5, left_s=5.5, u_turn_s=12.0)
SQUARE = [[(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 100), (0, 100)], [(0, 100), (0, 0)]]


def measure(network, stations, spots, area_km2, *, start_s=60.0, rules=RULES, found=None):
    """Measure stations at some points, with cells beside some points; points are on the roads."""
    routing = routing_graph(network)
    at, cells = (
        snap(network, np.array(xy, dtype=float).reshape(-1, 2), 90) for xy in (stations, spots)
    )
    table = gpd.GeoDataFrame(
        {"vehicle": ["engine"] * len(stations)}, geometry=[None] * len(stations)
    )
    who = Facilities(table, at, np.full(len(stations), start_s))
    place = Places(np.array(spots, float), {"engine": cells}, {"engine": np.zeros(len(spots))})
    holds = np.ones(len(stations), bool)
    coming = arrivals(travel_matrix(routing, at, cells), who.start_s, holds)
    fleet = SimpleNamespace(network=network, drives={"engine": SimpleNamespace(routing=routing)})
    result = measured(
        fleet,
        who,
        holds,
        place=place,
        coming=coming,
        area_km2=np.asarray(area_km2, float),
        rules=rules,
        found=found,
    )
    return result, coming


def test_the_detour_to_known_cells_of_a_grid():
    network, _ = network_of(grid(5))
    # one cell diagonally across a block, one straight down the street
    result, _ = measure(network, [(0, 0)], [(100, 100), (300, 0)], [1.0, 2.0])
    expected = (1 * 200 + 2 * 300) / (1 * 100 * np.sqrt(2) + 2 * 300)
    assert result[0].detour_factor == pytest.approx(expected)
    alone, _ = measure(network, [(0, 0)], [(100, 100)], [1.0])
    assert alone[0].detour_factor == pytest.approx(np.sqrt(2))
    # a cell of no area (of another zone) does not count
    without, _ = measure(network, [(0, 0)], [(100, 100), (300, 0)], [1.0, 0.0])
    assert without[0].detour_factor == pytest.approx(np.sqrt(2))


def test_two_stations_of_a_grid_town_worked_out_by_hand():
    network, _ = network_of(grid(5))
    # cells beside the streets at 50 m from the corner of each block, 0.04 km² each
    spots = [(50, 0), (100, 50), (350, 400), (300, 350), (400, 350)]
    result, coming = measure(network, [(0, 0), (400, 400)], spots, [0.04] * 5)
    assert coming.first.tolist() == [0, 0, 1, 1, 1]
    # 50 of 50 m and 150 of √(100² + 50²) m; 50 of 50, 150 of the same, and 50 of 50
    slant = np.hypot(100, 50)
    assert result[0].detour_factor == pytest.approx((50 + 150) / (50 + slant))
    assert result[1].detour_factor == pytest.approx((50 + 150 + 50) / (50 + slant + 50))
    # the whole town is 80 s away at most: the far corner is the farthest drive
    assert result[0].reach_km == pytest.approx(0.8)
    assert result[0].formula_km2 == pytest.approx(2 * (0.8 / result[0].detour_factor) ** 2)


def test_the_formula_with_a_cut_by_hand():
    # 240 s at 10 m/s on a straight road: S = 2.4 km and λ = 1, A = 2 × 2.4² = 11.52 km²
    network, _ = network_of([[(0, 0), (5000, 0)]])
    result, _ = measure(network, [(1000, 0)], [(1500, 0), (0, 0)], [1.0, 1.0])
    assert result[0].detour_factor == pytest.approx(1)
    assert result[0].reach_km == pytest.approx(2.4)
    assert result[0].formula_km2 == pytest.approx(11.52)
    # the station's own start counts against the time
    late, _ = measure(network, [(1000, 0)], [(1500, 0)], [1.0], start_s=200.0)
    assert late[0].reach_km == pytest.approx(1.0)
    never, _ = measure(network, [(1000, 0)], [(1500, 0)], [1.0], start_s=300.0)
    assert (never[0].reach_km, never[0].formula_km2) == (0, 0)


def test_a_station_without_cells_has_a_reach_and_no_detour():
    network, _ = network_of(grid(3))
    result, coming = measure(network, [(0, 0), (0, 0)], [(100, 100)], [1.0])
    assert coming.first.tolist() == [0]
    assert result[1].reach_km == pytest.approx(0.4)
    assert np.isnan([result[1].detour_factor, result[1].formula_km2]).all()
    # all cells beside the station itself: no distance to compare with
    beside, _ = measure(network, [(0, 0)], [(0, 0)], [1.0])
    assert np.isnan(beside[0].detour_factor)


def test_a_pack_without_the_formula_says_no_area():
    network, _ = network_of(grid(3))
    rules = {name: rule for name, rule in RULES.items() if name != "area_formula_factor"}
    result, _ = measure(network, [(0, 0)], [(100, 100)], [1.0], rules=rules)
    assert np.isnan(result[0].formula_km2)
    assert result[0].detour_factor == pytest.approx(np.sqrt(2))


def test_area_across_a_river_with_one_bridge():
    # two banks 200 m apart, joined by a bridge at x = 200; cells at 0.25 km² each
    lines = [
        [(0, 100), (200, 100)],
        [(200, 100), (400, 100)],
        [(0, -100), (200, -100)],
        [(200, -100), (400, -100)],
        [(200, 100), (200, -100)],
    ]
    network, _ = network_of(lines)
    river = gpd.GeoDataFrame({"name": [""], "kind": ["river"]}, geometry=[box(-9, -20, 500, 20)])
    water = VectorLayer("water", river, Provenance(kind="modelled", source="made by a test"))
    found = barriers(network, roads_of(lines), water, no_railways())
    spots = [(100, 100), (300, 100), (100, -100), (300, -100), (400, -100)]
    result, _ = measure(network, [(0, 100)], spots, [0.25] * 5, found=found)
    assert result[0].across_river_km2 == pytest.approx(0.75)
    assert result[0].across_expressway_km2 == 0
    assert np.isnan(result[0].across_railway_km2)
    # a station on the other bank takes its own side over
    both, _ = measure(network, [(0, 100), (0, -100)], spots, [0.25] * 5, found=found)
    assert [both[i].across_river_km2 for i in (0, 1)] == [0, 0]
    plain, _ = measure(network, [(0, 100)], spots, [0.25] * 5)
    assert np.isnan(plain[0].across_river_km2)


@pytest.mark.parametrize("oneway", [0, 1, -1])
def test_the_farthest_drive_on_a_ring(oneway):
    network, _ = network_of(SQUARE, oneway=np.full(4, oneway, dtype=np.int8))
    ways = ways_from(routing_graph(network), place((0, 0.3)))
    # both ways round it ends on the far side; one way round, just behind the station
    assert farthest_m(ways, 1000) == pytest.approx(400 if oneway else 200)
    assert farthest_m(ways, 15) == pytest.approx(150)
    assert farthest_m(ways, 0) == 0


def test_the_farthest_drive_need_not_be_the_longest_in_time():
    # 20 s: 60 m of a slow street, or 300 m of a fast one
    lines = [[(0, 0), (100, 0)], [(100, 0), (1000, 0)], [(0, 0), (0, 900)]]
    network, _ = network_of(lines)
    seconds = np.array([10.0, 30.0, 300.0])
    network = type(network)(**vars(network) | {"forward_s": seconds, "backward_s": seconds})
    ways = ways_from(routing_graph(network), place((0, 0.0)))
    # 10 s over the first street, then 10 s at 30 m/s
    assert farthest_m(ways, 20) == pytest.approx(100 + 300)


def test_a_station_off_the_roads_measures_nothing():
    network, _ = network_of(SQUARE)
    nowhere = Positions(np.array([-1]), np.zeros(1), np.array([900.0]))
    assert np.isnan(farthest_m(ways_from(routing_graph(network), nowhere), 100))


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_the_farthest_drive_is_that_to_the_farthest_of_many_places(data):
    network = data.draw(random_networks())
    last = None
    if data.draw(st.booleans()):
        last = last_stretch(network, np.tile(network.length_m / 5, 2), against_m=30.0)
    onto = None if last is None else np.isfinite(last.seconds)
    costs = turns(network, COSTS, np.zeros(network.node_count), last=onto)
    routing = routing_graph(network, costs if data.draw(st.booleans()) else None, last)
    station = data.draw(positions_on(network, most=1))
    cutoff_s = data.draw(st.floats(1, 120))
    steps = np.concatenate(([1e-7], np.arange(0.5, 60) / 60, [1 - 1e-7]))
    edge = np.repeat(np.arange(network.edge_count), len(steps))
    fraction = np.tile(steps, network.edge_count)
    places = Positions(edge, fraction, np.zeros(len(edge)))
    found = ways_to(ways_from(routing, station), places)
    seconds, length_m = found.seconds, found.length_m
    sampled_m = length_m[seconds <= cutoff_s].max(initial=0)
    found_m = farthest_m(ways_from(routing, station, cutoff_s=cutoff_s), cutoff_s)
    assert found_m >= sampled_m - 1e-6
    assert found_m <= sampled_m + network.length_m.max() / 60 + 1e-4

import itertools
from dataclasses import replace

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from firecover.analysis.ground import Ground, lay_ground
from firecover.assessment.full_force import full_force
from firecover.assessment.service import (
    Facilities,
    Places,
    arrivals,
    places_on,
    snap_each,
    times_to,
)
from firecover.assessment.village_access import can_get_to, nearest_road, widest_vehicles
from firecover.assessment.village_ways import (
    driven_metres,
    told,
    village_ways,
    width_given,
)
from firecover.layers import read_layers
from firecover.layers.model import points_table
from firecover.network.fleet import Driving, build_fleet
from firecover.network.paths import path
from firecover.network.routing_graph import routing_graph
from firecover.network.snapping import Positions
from firecover.network.travel_times import travel_matrix
from firecover.network.vehicle import passable
from firecover.standards import vehicles
from firecover.study import load_study
from support.andorra import write_andorra
from support.networks import (
    CRS,
    network_of,
    place,
    positions_on,
    random_networks,
    roads_of,
    twin_with_turns,
)

NAN = np.nan
ENGINE, LIGHT, MOTORCYCLE = vehicles().values()
NO_POINTS = points_table()


# --- words -----------------------------------------------------------------------------------


def test_up_to_five_roads_are_all_told():
    assert told([], []) == ""
    assert told(["G326"], [1.0]) == "G326"
    assert told(list("abcde"), [1, 9, 1, 9, 1]) == "a → b → c → d → e"


@pytest.mark.parametrize(
    ("lengths_m", "expected"),
    [
        ([1, 2, 2, 5, 2, 1], "a → … → d → … → f"),
        ([1, 5, 2, 2, 2, 1], "a → b → … → f"),
        ([1, 2, 2, 2, 5, 1], "a → … → e → f"),
        ([99, 2, 5, 5, 2, 99], "a → … → c → … → f"),  # of two equally long the earlier
    ],
)
def test_of_more_the_first_the_longest_between_and_the_last_are_told(lengths_m, expected):
    assert told(list("abcdef"), lengths_m) == expected


# --- the way of the first arrival ------------------------------------------------------------

#: A road in three parts, 100 m each, then a lane of 50 m to the north: widths 6, none, 4 m
#: (as a limit), none.
LINES = [[(0, 0), (100, 0)], [(100, 0), (200, 0)], [(200, 0), (300, 0)], [(300, 0), (300, 50)]]
KNOWN = {
    "name": ["大街", "", "山路", ""],
    "ref": ["G1", "S2", "", ""],
    "width_m": np.array([6.0, NAN, NAN, NAN]),
    "maxwidth_m": np.array([NAN, NAN, 4.0, NAN]),
}


def town(**columns):
    """A fleet of engines on the four roads, and its stations at both ends of them."""
    fleet = build_fleet(
        roads_of(LINES, **(KNOWN | columns)), [ENGINE], Driving(turn_costs=False), ()
    )
    table = gpd.GeoDataFrame(
        {"vehicle": ["engine", "engine"], "name": ["西站", "东站"]},
        geometry=[Point(50, 0), Point(300, 50)],
        crs=CRS,
    )
    where = snap_each(fleet, table["vehicle"], np.array([[50.0, 0], [300, 50]]), 10)
    return fleet, Facilities(table, where, np.full(2, 60.0))


def ways_to(points, serves=(True, True), limit_m=100.0):
    fleet, who = town()
    places = places_on(fleet, np.array(points, dtype=float), limit_m, 3.6)
    coming = arrivals(times_to(fleet, who, places), who.start_s, np.array(serves))
    return village_ways(fleet, who, places, coming)


def test_the_way_to_a_village_is_worked_out_by_hand():
    # from (50, 0) to (300, 20): 50 m of the first road, two whole ones, 20 m of the lane
    found = ways_to([(310, 20)], serves=(True, False))
    assert list(found.way) == ["大街 → S2 → 山路"]
    assert found.way_km == pytest.approx([0.27])
    assert found.walk_s == pytest.approx([10])  # 10 m at 1 m/s
    assert found.width_known_share == pytest.approx([(50 + 100) / 270])


def test_only_what_is_driven_of_the_first_and_last_road_counts():
    found = ways_to([(250, 5), (20, 0)], serves=(True, False))
    assert found.way_km == pytest.approx([0.2, 0.03])
    assert found.width_known_share == pytest.approx([(50 + 50) / 200, 1])
    assert list(found.way) == ["大街 → S2 → 山路", "大街"]


def test_where_nobody_comes_there_is_no_way_and_where_nothing_is_driven_no_share():
    found = ways_to([(50, 4000), (50, 7)], limit_m=100)
    assert list(found.way) == ["", ""]
    assert found.way_km == pytest.approx([NAN, 0], nan_ok=True)
    assert found.walk_s == pytest.approx([NAN, 7], nan_ok=True)
    assert np.isnan(found.width_known_share).all()


@st.composite
def journeys(draw):
    network = draw(random_networks())
    return network, draw(positions_on(network, most=1)), draw(positions_on(network, most=1))


@given(journeys())
def test_what_is_driven_of_the_roads_adds_up_to_the_way(journey):
    network, station, goal = journey
    found = path(routing_graph(network), station, goal)
    edges, metres = driven_metres(network, found, station, goal)
    assert list(edges) == [arc % network.edge_count for arc in found.edges]
    assert metres.sum() == pytest.approx(found.length_m, abs=1e-6)
    assert (metres <= network.length_m[edges] + 1e-9).all()
    assert shapely.length(found.line) == pytest.approx(metres.sum(), abs=1e-6)


def test_a_width_is_given_of_the_carriageway_or_as_a_limit():
    network, _ = network_of(LINES, **KNOWN)
    assert list(width_given(network.attributes)) == [True, False, True, False]


# --- the widest vehicle ----------------------------------------------------------------------


def widest(stations, places, points=NO_POINTS, closed=(), **columns):
    network, _ = network_of(LINES, **({"width_m": np.full(4, 6.0)} | columns))
    found = widest_vehicles(network, place(*stations), place(*places), points, closed=closed)
    return list(found)


ALL = [(0, 0.2), (1, 0.5), (2, 0.5), (3, 0.5)]


def test_a_narrow_road_stops_the_engine_and_what_lies_behind_it():
    # 2.6 m: enough for the light pumper (2.5 m), not for the engine (3.0 m)
    found = widest([(0, 0.5)], ALL, width_m=np.array([6, 6, 2.6, 6]))
    assert found == ["engine", "engine", "light_pumper", "light_pumper"]
    found = widest([(0, 0.5)], ALL, width_m=np.array([6, 2.0, 2.6, 6]))
    assert found == ["engine", "motorcycle", "motorcycle", "motorcycle"]
    found = widest([(0, 0.5)], ALL, width_m=np.array([6, 2.0, 2.6, 0.9]))
    assert found == ["engine", "motorcycle", "motorcycle", ""]


def test_any_station_will_do():
    found = widest([(0, 0.5), (3, 0.9)], ALL, width_m=np.array([6, 2.6, 6, 6]))
    assert found == ["engine", "light_pumper", "engine", "engine"]
    assert widest([(0, 0.5), (-1, 0.0)], ALL)[3] == "engine"  # one without a place is nowhere
    network, _ = network_of(LINES, width_m=np.full(4, 6.0))
    assert list(widest_vehicles(network, place((-1, 0.0)), place(*ALL), NO_POINTS)) == [""] * 4


def test_a_place_at_the_junction_is_reached_with_it():
    found = widest([(0, 0.5)], [(2, 0.0), (2, 0.1)], width_m=np.array([6, 6, 2.6, 6]))
    assert found == ["engine", "light_pumper"]


def test_on_its_own_road_a_vehicle_goes_the_allowed_way():
    network, _ = network_of([[(0, 0), (100, 0)], [(100, 0), (100, 90), (0, 90), (0, 0)]])
    ahead, behind = place((0, 0.8)), place((0, 0.2))
    none = np.zeros(2, dtype=bool)
    for goal, one, back in ((ahead, True, False), (behind, False, True)):
        forward = np.array([True, False]), none
        assert can_get_to(network, forward, none, place((0, 0.5)), goal) == [one]
        backward = none, np.array([True, False])
        assert can_get_to(network, backward, none, place((0, 0.5)), goal) == [back]


def test_a_bollard_lets_the_narrow_pass():
    network, _ = network_of(LINES)
    at = network.node_vertex[network.tail[2]]
    bollard = {"vertex_id": at, "kind": "barrier", "barrier": "bollard", "access": ""}
    points = points_table([bollard | {"maxwidth_m": 1.2, "locked": False}])
    assert widest([(0, 0.5)], ALL, points) == ["engine", "engine", "motorcycle", "motorcycle"]
    assert widest([(0, 0.5)], [(2, 0.0)], points) == ["engine"]  # up to the bollard


def test_nothing_beside_a_closed_road_is_reached():
    assert widest([(0, 0.5)], ALL, closed=[2]) == ["engine", "engine", "", ""]
    assert widest([(0, 0.5)], [(2, 0.0), (1, 1.0)], closed=[2]) == ["", "engine"]
    assert widest([(0, 0.0)], ALL, closed=[0]) == [""] * 4  # and no station there leaves


def test_without_any_width_nothing_can_be_said():
    unknown = np.full(4, NAN)
    assert widest([(0, 0.5)], ALL, width_m=unknown) == [""] * 4
    one = np.array([NAN, NAN, NAN, 6.0])  # what is not known of the others stops nobody
    assert widest([(0, 0.5)], ALL, width_m=one) == ["engine"] * 4


def test_the_road_of_a_village_is_the_nearest_that_any_vehicle_can_drive():
    near = Positions(np.array([3, -1, -1]), np.array([0.3, 0, 0]), np.array([90.0, 500, NAN]))
    far = Positions(np.array([5, 6, -1]), np.array([0.5, 0.6, 0]), np.array([80.0, 90, NAN]))
    both = Places(np.zeros((3, 2)), {"engine": near, "motorcycle": far}, {})
    found = nearest_road(both)
    assert list(found.edge) == [5, 6, -1]
    assert found.fraction == pytest.approx([0.5, 0.6, 0])
    assert found.access_m == pytest.approx(both.access_m, nan_ok=True)


def reached_by_hand(network, ways, barred, stations, goal):
    """By networkx, from every station on its own, on a graph of junctions that can be passed."""
    forward, backward = ways
    graph = nx.DiGraph()
    ends = list(zip(network.tail.tolist(), network.head.tolist(), strict=True))
    for edge, (tail, head) in enumerate(ends):
        if forward[edge] and not barred[tail]:
            graph.add_edge(tail, head)
        if backward[edge] and not barred[head]:
            graph.add_edge(head, tail)
    (edge,), (at,) = goal.edge.tolist(), goal.fraction.tolist()
    tail, head = ends[edge]
    for station, start in zip(stations.edge.tolist(), stations.fraction.tolist(), strict=True):
        if station == edge and (
            at == start or (forward[edge] and at > start) or (backward[edge] and at < start)
        ):
            return True
        out = [ends[station][1]] if forward[station] or start == 1 else []
        out += [ends[station][0]] if backward[station] or start == 0 else []
        nodes = set(out).union(*(nx.descendants(graph, node) for node in out if node in graph))
        if tail in nodes and (at == 0 or (forward[edge] and not barred[tail])):
            return True
        if head in nodes and (at == 1 or (backward[edge] and not barred[head])):
            return True
    return False


@st.composite
def half_closed(draw):
    network = draw(random_networks())
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    forward, backward = (np.isfinite(s) for s in (network.forward_s, network.backward_s))
    ok = rng.random(network.edge_count) < 0.7
    barred = rng.random(network.node_count) < 0.15
    ways = forward & ok, backward & ok
    return network, ways, barred, draw(positions_on(network, most=3)), draw(positions_on(network))


@given(half_closed())
def test_where_a_vehicle_can_get_to_equals_searching_from_each_station(case):
    network, ways, barred, stations, places = case
    found = can_get_to(network, ways, barred, stations, places)
    for row in range(len(places)):
        goal = places.take(np.array([row]))
        assert found[row] == reached_by_hand(network, ways, barred, stations, goal)


@given(half_closed())
def test_one_more_station_or_road_never_shuts_a_place_out(case):
    network, ways, barred, stations, places = case
    fewer = stations.take(np.arange(len(stations) - 1))
    found = can_get_to(network, ways, barred, stations, places)
    assert (found >= can_get_to(network, ways, barred, fewer, places)).all()
    assert (can_get_to(network, ways, barred & False, stations, places) >= found).all()


# --- real roads ------------------------------------------------------------------------------

PLACED = 7


@pytest.fixture(scope="module")
def andorra(tmp_path_factory) -> Ground:
    study = load_study(write_andorra(tmp_path_factory.mktemp("andorra") / "study"))
    return lay_ground(study, read_layers(study), lambda _: None)


@pytest.fixture(scope="module")
def served(andorra):
    """Stations put beside junctions all over the country, engines of some not known."""
    network = andorra.fleet.network
    rng = np.random.default_rng(2020)
    xy = network.node_xy[rng.choice(network.node_count, PLACED, replace=False)] + 5.0
    engines = np.array([2, NAN, 1, 3, NAN, 0, 1.0])
    table = gpd.GeoDataFrame(
        {"vehicle": "engine", "engines": engines, "candidate": False},
        geometry=shapely.points(xy),
        crs=network.crs,
    )
    where = snap_each(andorra.fleet, table["vehicle"], xy, 500)
    return Facilities(table, where, rng.uniform(45, 120, PLACED))


def test_first_second_and_full_force_on_real_roads_equal_brute_force(andorra, served):
    places, drive = andorra.places["villages"], andorra.fleet.drives["engine"]
    times_s = times_to(andorra.fleet, served, places)
    everyone = np.ones(PLACED, dtype=bool)
    engines = served.table["engines"].to_numpy()
    found = arrivals(times_s, served.start_s, everyone)
    full = full_force(times_s, served.start_s, everyone, engines, 4)

    goal = places.positions["engine"]
    drive_s = twin_with_turns(drive.network, drive.turns, served.positions, goal)
    walk_s = goal.access_m / (4 / 3.6)
    assert np.isfinite(drive_s).any(axis=0).sum() >= 10
    for row in range(len(goal)):
        come = sorted(
            (float(served.start_s[i] + drive_s[i, row] + walk_s[row]), i)
            for i in range(PLACED)
            if np.isfinite(drive_s[i, row])
        )
        times = [seconds for seconds, _ in come] + [np.inf, np.inf]
        assert found.first_s[row] == pytest.approx(times[0], abs=1e-3)
        assert found.second_s[row] == pytest.approx(times[1], abs=1e-3)
        assert [found.first[row], found.second[row]] == ([i for _, i in come] + [-1, -1])[:2]
        brought = np.cumsum([1 if np.isnan(engines[i]) else engines[i] for _, i in come])
        enough = [seconds for (seconds, _), all_ in zip(come, brought, strict=True) if all_ >= 4]
        assert full.seconds[row] == pytest.approx(min(enough, default=np.inf), abs=1e-3)


def test_ways_on_real_roads_take_the_time_of_the_arrival(andorra, served):
    places = andorra.places["villages"]
    everyone = np.ones(PLACED, dtype=bool)
    coming = arrivals(times_to(andorra.fleet, served, places), served.start_s, everyone)
    ways = village_ways(andorra.fleet, served, places, coming)
    routing = andorra.fleet.drives["engine"].routing
    comes = np.flatnonzero(coming.first >= 0)
    assert len(comes) >= 10
    for row in comes:
        start = served.positions.take(coming.first[[row]])
        goal = places.positions["engine"].take(np.array([row]))
        way = path(routing, start, goal)
        total_s = served.start_s[coming.first[row]] + way.seconds + ways.walk_s[row]
        assert total_s == pytest.approx(coming.first_s[row])
        assert ways.way_km[row] == pytest.approx(way.line.length / 1000)
        names = [name for name in ways.way[row].split(" → ") if name]
        assert len(names) <= 5
        assert set(names) - {"…"} <= set(way.names)
        assert names[:1] == list(way.names[:1])
        assert names[-1:] == list(way.names[-1:])
        assert all(a != b for a, b in itertools.pairwise(names))
    assert (np.isnan(ways.way_km) == (coming.first < 0)).all()
    known = ways.width_known_share[comes]
    assert ((known >= 0) & (known <= 1 + 1e-12)).all()


def test_the_widest_vehicle_on_real_roads_has_a_finite_time(andorra, served):
    # The extract gives no width of any road: they are drawn here.
    network, goal = andorra.fleet.network, nearest_road(andorra.places["villages"])
    assert set(widest_vehicles(network, served.positions, goal, NO_POINTS)) == {""}
    widths, shares = [NAN, 1.0, 2.0, 2.6, 6], [0.3, 0.02, 0.04, 0.06, 0.58]
    width_m = np.random.default_rng(5).choice(widths, network.edge_count, p=shares)
    network = replace(network, attributes=network.attributes.assign(width_m=width_m))
    found = widest_vehicles(network, served.positions, goal, NO_POINTS)
    names = np.full(len(goal), "", dtype=object)
    for vehicle in (MOTORCYCLE, LIGHT, ENGINE):
        ok = passable(network.attributes, vehicle)[0]
        own = replace(
            network,
            forward_s=np.where(ok, network.forward_s, np.inf),
            backward_s=np.where(ok, network.backward_s, np.inf),
        )
        travel_s = travel_matrix(routing_graph(own), served.positions, goal)
        names[np.isfinite(travel_s).any(axis=0)] = vehicle.id
    assert list(found) == list(names)
    assert len(set(names)) >= 3

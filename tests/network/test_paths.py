import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from firecover.network.paths import path
from firecover.network.routing_graph import last_stretch, routing_graph
from firecover.network.snapping import Positions
from firecover.network.travel_times import travel_matrix
from firecover.network.turns import TurnCosts, turns
from support.networks import network_of, place, positions_on, random_networks

COSTS = TurnCosts(straight_s=1.0, right_s=2.5, left_s=5.5, u_turn_s=12.0)
SQUARE = [[(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 100), (0, 100)], [(0, 100), (0, 0)]]


def test_a_way_round_two_corners_is_worked_out_by_hand():
    network, _ = network_of(SQUARE, name=["South", "East", "North", ""], ref=["", "", "", "S4"])
    found = path(routing_graph(network), place((0, 0.75)), place((2, 0.5)))
    # 25 m on to the corner, the whole east side, 50 m of the north side, at 10 m/s
    assert found.seconds == pytest.approx(17.5)
    assert found.length_m == pytest.approx(175)
    assert list(found.line.coords) == [(75, 0), (100, 0), (100, 100), (50, 100)]
    assert found.edges == (0, 1, 2)
    assert found.names == ("South", "East", "North")
    back = path(routing_graph(network), place((2, 0.75)), place((0, 0.25)))
    assert back.edges == (2, 3, 0)
    assert back.names == ("North", "S4", "South")


def test_on_one_road_it_goes_straight_and_against_a_oneway_round():
    network, _ = network_of(SQUARE)
    found = path(routing_graph(network), place((0, 0.5)), place((0, 0.25)))
    assert (found.seconds, found.length_m, found.edges) == (2.5, 25, (4,))
    assert list(found.line.coords) == [(50, 0), (25, 0)]
    ring, _ = network_of(SQUARE, oneway=np.ones(4, dtype=np.int8))
    found = path(routing_graph(ring), place((0, 0.5)), place((0, 0.25)))
    assert found.length_m == pytest.approx(375)
    assert found.edges == (0, 1, 2, 3, 0)


def test_where_both_are_one_spot_nothing_is_driven():
    network, _ = network_of(SQUARE)
    found = path(routing_graph(network), place((1, 0.5)), place((1, 0.5)))
    assert (found.seconds, found.length_m, found.names) == (0, 0, ())
    assert list(found.line.coords) == [(100, 50), (100, 50)]


def test_a_costly_turn_is_driven_round():
    # From west to north by the crossing is a left turn; a curved slip road saves it.
    lines = [
        [(-200, 0), (-100, 0), (0, 0)],
        [(0, 0), (0, 100), (0, 200)],
        [(0, 0), (200, 0)],
        [(-100, 0), (-80, 4), (-4, 80), (0, 100)],
    ]
    network, _ = network_of(lines)
    west = np.flatnonzero((network.node_xy[network.tail] == (-200, 0)).all(axis=1))[0]
    north = np.flatnonzero((network.node_xy[network.head] == (0, 200)).all(axis=1))[0]
    ends = place((west, 0.0)), place((north, 1.0))
    dear = TurnCosts(left_s=60.0, u_turn_s=100.0)
    by_slip = path(routing_graph(network, turns(network, dear)), *ends)
    assert by_slip.length_m == pytest.approx(200 + 2 * np.hypot(20, 4) + np.hypot(76, 76))
    assert by_slip.seconds == pytest.approx(by_slip.length_m / 10)
    # where the slip may not be turned into, the left turn is made, and paid for
    forbidden = np.array([by_slip.edges[:2]])
    by_turn = path(routing_graph(network, turns(network, dear, forbidden=forbidden)), *ends)
    assert by_turn.seconds == pytest.approx(40 + 60)
    assert by_turn.length_m == pytest.approx(400)


def test_the_last_metres_against_a_oneway_are_driven_where_that_is_asked_for():
    network, _ = network_of(SQUARE, oneway=np.array([0, 1, 0, 0], dtype=np.int8))
    against_s = np.full(8, np.inf)
    against_s[5] = 10.0
    last = last_stretch(network, against_s, against_m=40.0)
    ends = place((2, 0.5)), place((1, 0.7))
    found = path(routing_graph(network, last=last), *ends)
    assert found.edges == (6, 5)
    assert list(found.line.coords) == [(50, 100), (100, 100), (100, 70)]
    assert path(routing_graph(network), *ends).length_m == pytest.approx(50 + 100 + 100 + 70)


def test_without_a_place_or_a_way_there_is_no_path():
    network, _ = network_of(SQUARE)
    nowhere = Positions(np.array([-1]), np.zeros(1), np.array([900.0]))
    routing = routing_graph(network)
    assert path(routing, nowhere, place((0, 0.5))) is None
    assert path(routing, place((0, 0.5)), nowhere) is None
    closed = turns(network, COSTS, np.full(network.node_count, np.inf))
    assert path(routing_graph(network, closed), place((0, 0.5)), place((2, 0.5))) is None


def arc_seconds(network):
    return np.concatenate((network.forward_s, network.backward_s))


def spot(network, position):
    return network.lines()[position.edge[0]].interpolate(position.fraction[0], normalized=True)


def driven_share(network, station, goal, arcs):
    """The share of each arc that is driven, for places that are not at the ends of roads."""
    m = network.edge_count
    at, to = station.fraction[0], goal.fraction[0]
    if len(arcs) == 1:
        return np.array([abs(to - at)])
    shares = np.ones(len(arcs))
    shares[0] = 1 - at if arcs[0] < m else at
    shares[-1] = to if arcs[-1] < m else 1 - to
    return shares


def inside(*places):
    return all(0 < place.fraction[0] < 1 for place in places)


def check(network, routing, station, goal):
    """The path of an arrival holds what its time says."""
    expected = travel_matrix(routing, station, goal)[0, 0]
    found = path(routing, station, goal)
    if np.isinf(expected):
        assert found is None
        return
    assert found.seconds == pytest.approx(expected, abs=1e-6)
    assert found.line.length == pytest.approx(found.length_m, abs=1e-6)
    first, last = (Point(found.line.coords[i]) for i in (0, -1))
    assert first.distance(spot(network, station)) < 1e-6
    assert last.distance(spot(network, goal)) < 1e-6
    m = network.edge_count
    arc_s = arc_seconds(network)[list(found.edges)]
    assert np.isfinite(arc_s).all()  # no one-way is driven against
    start = np.concatenate((network.tail, network.head))
    end = np.concatenate((network.head, network.tail))
    for before, after in itertools.pairwise(found.edges):
        assert end[before] == start[after]
    assert all(0 <= arc < 2 * m for arc in found.edges)
    # the time of the stretches alone; what turns cost comes on top
    whole_m = network.length_m[[arc % m for arc in found.edges]]
    assert arc_s[1:-1].sum() <= found.seconds + 1e-6
    assert found.length_m <= whole_m.sum() + 1e-6


@settings(max_examples=60)
@given(st.data())
def test_a_path_takes_the_time_of_the_matrix_and_can_be_driven(data):
    network = data.draw(random_networks())
    station, goal = (data.draw(positions_on(network, most=1)) for _ in range(2))
    routing = routing_graph(network)
    check(network, routing, station, goal)
    found = path(routing, station, goal)
    if found is not None and found.edges and inside(station, goal):
        shares = driven_share(network, station, goal, found.edges)
        arcs = list(found.edges)
        assert found.seconds == pytest.approx((arc_seconds(network)[arcs] * shares).sum(), abs=1e-6)
        whole_m = np.tile(network.length_m, 2)[arcs]
        assert found.length_m == pytest.approx((whole_m * shares).sum(), abs=1e-6)


@settings(max_examples=60)
@given(st.data())
def test_a_path_with_turn_costs_takes_the_time_of_the_matrix(data):
    network = data.draw(random_networks())
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    delay_s = np.where(rng.random(network.node_count) < 0.2, 5.0, 0.0)
    forbidden = rng.integers(0, 2 * network.edge_count, (4, 2))
    found = turns(network, COSTS, delay_s, forbidden)
    station, goal = (data.draw(positions_on(network, most=1)) for _ in range(2))
    routing = routing_graph(network, found)
    check(network, routing, station, goal)
    taken = path(routing, station, goal)
    if taken is None:
        return
    # every turn taken is an allowed one, and its cost is in the time
    cost = {
        (int(a), int(b)): s
        for a, b, s in zip(found.from_arc, found.to_arc, found.seconds, strict=True)
    }
    if inside(station, goal) and taken.edges:
        turn_s = sum(cost[pair] for pair in itertools.pairwise(taken.edges))
        shares = driven_share(network, station, goal, taken.edges)
        drive_s = (arc_seconds(network)[list(taken.edges)] * shares).sum()
        assert taken.seconds == pytest.approx(drive_s + turn_s, abs=1e-6)

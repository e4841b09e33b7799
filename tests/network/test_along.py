import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firecover.network.along import Crossings, ways_from, ways_to
from firecover.network.paths import path
from firecover.network.routing_graph import last_stretch, routing_graph
from firecover.network.snapping import Positions
from firecover.network.travel_times import travel_matrix
from firecover.network.turns import TurnCosts, turns
from support.networks import network_of, place, positions_on, random_networks

COSTS = TurnCosts(straight_s=1.0, right_s=2.5, left_s=5.5, u_turn_s=12.0)
SQUARE = [[(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 100), (0, 100)], [(0, 100), (0, 0)]]


def crossings_at(network, *at, sides=()):
    """One kind, crossed at (edge, fraction); ``sides`` are (edge, end, side)."""
    edge, fraction = (np.array(part) for part in zip(*at, strict=True)) if at else ([], [])
    ends = {"tail": np.full((1, network.edge_count), -1), "head": None}
    ends["head"] = ends["tail"].copy()
    for e, end, side in sides:
        ends[end][0, e] = side
    return Crossings(
        ("river",),
        np.asarray(edge, dtype=np.int64),
        np.asarray(fraction, dtype=float),
        np.zeros(len(edge), np.int64),
        ends["tail"],
        ends["head"],
    )


def along(routing, station, places):
    """Return the time and the length of the fastest way from a station to each place."""
    found = ways_to(ways_from(routing, station), places)
    return found.seconds, found.length_m


def test_lengths_round_a_square_are_worked_out_by_hand():
    network, _ = network_of(SQUARE)
    places = place((0, 0.25), (0, 1.0), (1, 0.5), (2, 0.5), (2, 0.9), (3, 0.5), (0, 0.5))
    seconds, length_m = along(routing_graph(network), place((0, 0.5)), places)
    # from the middle of the south side, clockwise or against it, 400 m round
    expected_m = [25, 50, 100, 200, 160, 100, 0]
    assert length_m == pytest.approx(expected_m)
    assert seconds == pytest.approx(np.array(expected_m) / 10)


def test_the_faster_way_is_told_though_it_is_longer():
    # straight on 200 m at 18 km/h take 40 s; round by the north 400 m at 54 km/h take 26.7 s
    lines = [
        [(0, 0), (200, 0)],
        [(0, 0), (0, 100)],
        [(0, 100), (200, 100)],
        [(200, 100), (200, 0)],
        [(0, 0), (-50, 0)],
        [(200, 0), (250, 0)],
    ]
    network, _ = network_of(lines)
    slow = np.array([40.0, 100 / 15, 200 / 15, 100 / 15, 5.0, 5.0])
    network = type(network)(**{**vars(network), "forward_s": slow, "backward_s": slow})
    places = place((5, 0.5), (0, 0.1), (0, 0.9))
    seconds, length_m = along(routing_graph(network), place((4, 1.0)), places)
    assert length_m == pytest.approx([50 + 400 + 25, 50 + 20, 50 + 400 + 20])
    assert seconds == pytest.approx([5 + 80 / 3 + 2.5, 5 + 4, 5 + 80 / 3 + 4])


def test_the_last_metres_against_a_oneway_count():
    network, _ = network_of(SQUARE, oneway=np.array([0, 1, 0, 0], dtype=np.int8))
    against_s = np.full(8, np.inf)
    against_s[5] = 10.0
    last = last_stretch(network, against_s, against_m=40.0)
    station, goals = place((2, 0.5)), place((1, 0.7), (1, 0.5))
    assert along(routing_graph(network, last=last), station, goals)[1] == pytest.approx(
        [50 + 30, 50 + 100 + 100 + 50]
    )


def test_without_a_place_or_a_way_nothing_is_reached():
    network, _ = network_of(SQUARE)
    routing = routing_graph(network)
    nowhere = Positions(np.array([-1]), np.zeros(1), np.array([900.0]))
    assert np.isinf(along(routing, nowhere, place((0, 0.5)))).all()
    assert np.isinf(along(routing, place((0, 0.5)), nowhere)).all()
    closed = turns(network, COSTS, np.full(network.node_count, np.inf))
    found = along(routing_graph(network, closed), place((0, 0.5)), place((2, 0.5)))
    assert np.isinf(found).all()


def test_ways_are_not_searched_for_beyond_the_cutoff():
    network, _ = network_of(SQUARE)
    ways = ways_from(routing_graph(network), place((0, 0.5)), cutoff_s=7.0)
    found = ways_to(ways, place((1, 0.5), (2, 0.5)))
    assert found.length_m == pytest.approx([100, np.inf])


def test_crossings_are_counted_on_the_way_driven():
    network, _ = network_of(SQUARE)
    # the river is crossed on the east side and twice on the north side
    river = crossings_at(network, (1, 0.5), (2, 0.2), (2, 0.4), (0, 0.3))
    ways = ways_from(routing_graph(network), place((0, 0.5)), river)
    places = place((0, 0.4), (0, 0.2), (1, 0.4), (1, 0.6), (2, 0.3), (2, 0.45), (3, 0.5), (2, 0.9))
    assert ways_to(ways, places).crossings[:, 0].tolist() == [0, 1, 0, 1, 2, 3, 1, 1]


def test_a_line_through_a_node_is_crossed_by_the_way_over_it_only():
    # a rail line along y = x through the corner (100, 0), with a third road off to the north
    lines = [[(0, 0), (100, 0)], [(100, 0), (200, 0)], [(100, 0), (60, 80)]]
    network, _ = network_of(lines)
    sides = [(0, "head", 1), (1, "tail", 0), (2, "tail", 1)]
    rail = crossings_at(network, sides=sides)
    ways = ways_from(routing_graph(network), place((0, 0.5)), rail)
    found = ways_to(ways, place((0, 1.0), (1, 0.5), (2, 0.5)))
    assert found.crossings[:, 0].tolist() == [0, 1, 0]
    back = ways_to(ways_from(routing_graph(network), place((1, 0.5)), rail), place((0, 0.5)))
    assert back.crossings[:, 0].tolist() == [1]


def random_routing(data, network):
    """The network with or without turn costs, and perhaps with a last stretch."""
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    last = None
    if data.draw(st.booleans()):
        against_s = np.tile(network.length_m / 5, 2)
        last = last_stretch(network, against_s, against_m=30.0)
    if data.draw(st.booleans()):
        return routing_graph(network, last=last), rng
    forbidden = rng.integers(0, 2 * network.edge_count, (4, 2))
    onto = None if last is None else np.isfinite(last.seconds)
    found = turns(network, COSTS, np.zeros(network.node_count), forbidden, onto)
    return routing_graph(network, found, last), rng


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_lengths_are_those_of_the_paths_one_by_one(data):
    network = data.draw(random_networks())
    routing, _ = random_routing(data, network)
    station = data.draw(positions_on(network, most=1))
    places = data.draw(positions_on(network))
    seconds, length_m = along(routing, station, places)
    assert seconds == pytest.approx(travel_matrix(routing, station, places)[0], abs=1e-6)
    for i in range(len(places)):
        one = path(routing, station, places.take(np.array([i])))
        if one is None:
            assert np.isinf(seconds[i])
            assert np.isinf(length_m[i])
        else:
            assert seconds[i] == pytest.approx(one.seconds, abs=1e-6)
            assert length_m[i] == pytest.approx(one.length_m, abs=1e-6)


def counted(network, crossings, found, station, goal):
    """Count the crossings of a path arc by arc."""
    m = network.edge_count
    total = 0
    for number, arc in enumerate(found.edges):
        begin, end = (0.0, 1.0) if arc < m else (1.0, 0.0)
        begin = station.fraction[0] if number == 0 else begin
        end = goal.fraction[0] if number == len(found.edges) - 1 else end
        here = crossings.fraction[crossings.edge == arc % m]
        total += ((here > min(begin, end)) & (here < max(begin, end))).sum()
    for before, after in itertools.pairwise(found.edges):
        a = crossings.head_side[0, before] if before < m else crossings.tail_side[0, before - m]
        b = crossings.tail_side[0, after] if after < m else crossings.head_side[0, after - m]
        total += a >= 0 and b >= 0 and a != b
    return total


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_crossings_are_those_of_the_paths_one_by_one(data):
    network = data.draw(random_networks())
    routing, rng = random_routing(data, network)
    m = network.edge_count
    at = zip(rng.integers(0, m, m), rng.uniform(0.01, 0.99, m), strict=True)
    sides = [(e, end, rng.integers(-1, 2)) for e in range(m) for end in ("tail", "head")]
    river = crossings_at(network, *at, sides=sides)
    inside = rng.uniform(0.02, 0.98, 7)
    spots = Positions(rng.integers(0, m, 7), inside, np.zeros(7))
    station, places = spots.take(np.array([0])), spots.take(np.arange(1, 7))
    count = ways_to(ways_from(routing, station, river), places).crossings[:, 0]
    for i in range(len(places)):
        goal = places.take(np.array([i]))
        one = path(routing, station, goal)
        assert count[i] == (0 if one is None else counted(network, river, one, station, goal))

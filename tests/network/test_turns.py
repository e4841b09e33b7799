import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firecover.isochrones import reach_edges
from firecover.network.routing_graph import last_stretch, routing_graph, seeds, targets
from firecover.network.travel_times import arrivals_at, earliest_arrivals, travel_matrix
from firecover.network.turns import TurnCosts, turns
from support.networks import (
    network_of,
    place,
    positions_on,
    random_networks,
    twin_with_turns,
)

COSTS = TurnCosts(straight_s=1.0, right_s=2.5, left_s=5.5, u_turn_s=12.0)
# A crossing at the origin: west 0, east 1, north 2, south 3; each drawn away from it.
CROSSING = [
    [(0, 0), (-100, 0)],
    [(0, 0), (100, 0)],
    [(0, 0), (0, 100)],
    [(0, 0), (0, -100)],
]


def cost(found, from_arc, to_arc):
    here = (found.from_arc == from_arc) & (found.to_arc == to_arc)
    assert here.sum() <= 1
    return float(found.seconds[here][0]) if here.any() else None


def test_turns_at_a_crossing_cost_by_their_angle():
    network, _ = network_of(CROSSING)
    found = turns(network, COSTS)
    m = 4
    from_west = m + 0  # driven back to the crossing, heading east
    assert cost(found, from_west, 1) == 1.0
    assert cost(found, from_west, 2) == 5.5  # to the north: left
    assert cost(found, from_west, 3) == 2.5  # to the south: right
    assert cost(found, from_west, 0) == 12.0  # back
    # 16 at the crossing, and turning round at each of the four ends
    assert len(found.from_arc) == 20


def test_a_bend_between_two_roads_is_no_junction():
    network, _ = network_of([[(0, 0), (100, 0)], [(100, 0), (100, 100)]])
    found = turns(network, COSTS)
    assert cost(found, 0, 1) == 0
    assert cost(found, 0, 2) == 12.0
    assert cost(found, 1, 3) == 12.0  # the dead end


def test_oneways_signals_gates_and_forbidden_turns():
    network, _ = network_of(
        [*CROSSING, [(100, 0), (0, -100)]], oneway=np.array([0, 1, 0, 0, 1], dtype=np.int8)
    )
    m = network.edge_count
    centre = int(np.flatnonzero((network.node_xy == 0).all(axis=1))[0])
    north_end = int(np.flatnonzero((network.node_xy == (0, 100)).all(axis=1))[0])
    delay_s = np.zeros(network.node_count)
    delay_s[centre], delay_s[north_end] = 5.0, np.inf
    found = turns(network, COSTS, delay_s, np.array([[m + 0, 2]]))
    assert cost(found, m + 0, 1) == 6.0
    assert cost(found, m + 0, 2) is None  # forbidden
    assert cost(found, m + 1, 0) is None  # against the one-way
    assert cost(found, 2, m + 2) == 12.0  # an engine turns round before the closed end


@settings(max_examples=40)
@given(st.data())
def test_times_with_turn_costs_equal_an_edge_based_twin(data):

    network = data.draw(random_networks())
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    m = network.edge_count
    delay_s = np.where(rng.random(network.node_count) < 0.2, 5.0, 0.0)
    forbidden = rng.integers(0, 2 * m, (4, 2))
    found = turns(network, COSTS, delay_s, forbidden)
    stations = data.draw(positions_on(network))
    places = data.draw(positions_on(network))
    routing = routing_graph(network, found)
    expected = twin_with_turns(network, found, stations, places)
    assert travel_matrix(routing, stations, places) == pytest.approx(expected, abs=1e-6)


@settings(max_examples=30)
@given(st.data())
def test_free_turns_change_nothing(data):

    network = data.draw(random_networks())
    stations = data.draw(positions_on(network))
    places = data.draw(positions_on(network))
    inside = [0.25, 0.75]  # at the very ends a place is a junction's, not a road's
    stations.fraction[:] = np.clip(stations.fraction, *inside)
    places.fraction[:] = np.clip(places.fraction, *inside)
    by_arcs = routing_graph(network, turns(network, TurnCosts()))
    by_nodes = routing_graph(network)
    assert travel_matrix(by_arcs, stations, places) == pytest.approx(
        travel_matrix(by_nodes, stations, places), abs=1e-6
    )


def test_a_station_leaves_by_both_ends_of_its_road():
    network, _ = network_of(CROSSING)
    routing = routing_graph(network, turns(network, COSTS))
    found = seeds(routing, place((0, 0.25)), np.array([60.0]))
    # 75 m to the dead end and round (12 s), or 25 m to the crossing and four ways on
    assert sorted(found.offset_s) == pytest.approx(
        sorted([60 + 7.5 + 12, *(60 + 2.5 + s for s in (12, 1, 5.5, 2.5))])
    )
    reached = targets(routing, place((1, 0.5)))
    assert sorted(reached.offset_s) == pytest.approx([5, 5])


def test_the_last_metres_against_a_oneway_are_driven_where_that_is_asked_for():
    # a one-way street from (100, 0) to the crossing; a place 30 m from the crossing
    network, _ = network_of(
        [*CROSSING, [(100, 0), (100, -100), (0, -100)]],
        oneway=np.array([0, -1, 0, 0, 0], dtype=np.int8),
    )
    station, places = place((2, 0.5)), place((1, 0.3), (1, 0.8))
    m = network.edge_count
    against_s = np.concatenate((network.length_m / 10, network.length_m / 10))
    # 50 m to the crossing and 30 m on; or 50 m south, 100 m, 200 m round and back by the one-way
    round_s = np.array([5 + 10 + 20 + 7, 5 + 10 + 20 + 2.0])
    for found in (None, turns(network, TurnCosts())):
        routing = routing_graph(network, found)
        assert travel_matrix(routing, station, places)[0] == pytest.approx(round_s)
    last = last_stretch(network, against_s, against_m=50)
    onto = np.isfinite(last.seconds)
    for found in (None, turns(network, TurnCosts(), last=onto)):
        routing = routing_graph(network, found, last)
        times = travel_matrix(routing, station, places)[0]
        assert times == pytest.approx([8.0, round_s[1]])  # 80 m against it is too far
        earliest = earliest_arrivals(routing, station, np.zeros(1))
        assert arrivals_at([earliest], places) == pytest.approx(times)
        pieces = reach_edges(network, [earliest], [10 / 60])
        reached = pieces[pieces["edge"] == 1]
        assert list(reached["to_fraction"]) == pytest.approx([0.5])
    costly = turns(network, COSTS, last=onto)
    # driven against for the last stretch, and from nowhere on: no turn leads out of it
    assert (costly.to_arc == 1).any()
    assert not (costly.from_arc == 1).any()
    assert m == 5

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from firecover.network.forest import grow, times_without
from firecover.network.road_state import RoadState
from firecover.network.routing_graph import routing_graph
from firecover.network.travel_times import earliest_arrivals
from firecover.network.turns import TurnCosts, turns
from support.fleets import random_fleets
from support.networks import network_of, place, positions_on

# A trunk of three roads, with a branch at each of its ends; ten seconds a road.
TREE = [
    [(0, 0), (100, 0)],
    [(100, 0), (200, 0)],
    [(200, 0), (300, 0)],
    [(100, 0), (100, 100)],
    [(200, 0), (200, 100)],
]


def at_nodes(forest) -> np.ndarray:
    return forest.time_s[forest.spot]


def test_what_hangs_by_a_road_is_told_by_hand():
    network, _ = network_of(TREE)
    forest = grow(routing_graph(network), place((0, 0.0)), np.array([60.0]))
    ends = {tuple(xy): node for node, xy in enumerate(network.node_xy.tolist())}
    times = {(0, 0): 60, (100, 0): 70, (200, 0): 80, (100, 100): 80, (300, 0): 90, (200, 100): 90}
    for xy, seconds in times.items():
        assert at_nodes(forest)[ends[xy]] == seconds
    beyond = {int(forest.spot[ends[xy]]) for xy in ((200, 0), (300, 0), (200, 100))}
    assert set(forest.hanging_by(1)) == beyond
    weight = np.zeros(forest.size)
    weight[[forest.spot[ends[xy]] for xy in ((300, 0), (100, 100), (200, 100))]] = 5, 7, 9
    total = forest.total(weight)
    assert total[forest.spot[ends[200, 0]]] == 14
    assert total[forest.spot[ends[100, 0]]] == total[0] == 21
    loose, after_s = times_without(forest, 1)
    assert set(loose) == beyond
    assert np.isinf(after_s).all()


def test_a_road_driven_there_and_back_holds_what_hangs_by_it_once():
    # from the west nobody may turn north: one goes on to the dead end in the east, and turns round
    lines = [[(-100, 0), (0, 0)], [(0, 0), (100, 0)], [(0, 0), (0, 100)]]
    network, _ = network_of(lines)
    found = turns(network, TurnCosts(), forbidden=np.array([[0, 2]]))
    forest = grow(routing_graph(network, found), place((0, 0.5)), np.zeros(1))
    east, north = forest.entered(np.array([1 + 3, 2]))  # about to come back, to go north
    assert list(forest.time_s[[east, north]]) == [15, 25]
    hanging = forest.hanging_by(1)
    assert {east, north} <= set(hanging)
    assert (np.diff(hanging) > 0).all()


def test_beyond_the_cutoff_nothing_hangs():
    network, _ = network_of(TREE)
    forest = grow(routing_graph(network), place((0, 0.0)), np.array([60.0]), 80.0)
    assert forest.size == 5  # the start, and four nodes up to the cutoff itself
    assert sorted(forest.time_s) == [0, 60, 70, 80, 80, np.inf]
    nobody = grow(routing_graph(network), place((0, 0.0)).take(np.zeros(1, bool)), np.zeros(0))
    assert (nobody.size, len(nobody.hanging_by(0))) == (1, 0)


@settings(max_examples=50)
@given(st.data())
def test_times_without_any_road_equal_a_search_on_what_is_left_to_the_last_bit(data):
    fleet = data.draw(random_fleets())
    stations = data.draw(positions_on(fleet.network, most=4))
    start_s = np.array([data.draw(st.floats(0, 100)) for _ in range(len(stations))])
    cutoff_s = data.draw(st.sampled_from([np.inf, 60.0]))
    for name, drive in fleet.drives.items():
        forest = grow(drive.routing, stations, start_s, cutoff_s)
        arcs = np.arange(2 * fleet.network.edge_count)
        spot = forest.entered(arcs)
        whole = earliest_arrivals(drive.routing, stations, start_s)
        in_time = np.where(whole.enter_s <= cutoff_s, whole.enter_s, np.inf)
        assert (forest.time_s[spot] == in_time).all()
        for edge in range(fleet.network.edge_count):
            loose, after_s = times_without(forest, edge)
            assert (np.diff(loose) > 0).all()
            time_s = forest.time_s.copy()
            time_s[loose] = after_s
            shut = fleet.under(RoadState(closed=(edge,))).drives[name]
            left = earliest_arrivals(shut.routing, stations, start_s)
            others = arcs % fleet.network.edge_count != edge
            in_time = np.where(left.enter_s <= cutoff_s, left.enter_s, np.inf)
            assert (time_s[spot][others] == in_time[others]).all()

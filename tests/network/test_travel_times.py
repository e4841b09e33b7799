import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firecover.network.routing_graph import routing_graph
from firecover.network.snapping import Positions
from firecover.network.travel_times import arrivals_at, earliest_arrivals, travel_matrix
from support.networks import network_of, place, positions_on, random_networks, twin_times

# A square of 100 m streets, ten seconds a side, with a diagonal-less detour of a parallel road.
SQUARE = [[(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 100), (0, 100)], [(0, 100), (0, 0)]]


def test_times_part_way_along_edges_are_worked_out_by_hand():
    network, _ = network_of(SQUARE)
    station = place((0, 0.25))  # 25 m from the corner at the origin
    places = place((0, 0.75), (1, 0.5), (3, 0.5), (2, 0.5))
    # ahead on its own street 50 m; round the right corner 75 + 50; back 25 + 50; the far side
    # 75 + 100 + 50 one way and 25 + 100 + 50 the other
    assert travel_matrix(routing_graph(network), station, places) == pytest.approx(
        np.array([[5.0, 12.5, 7.5, 17.5]])
    )


def test_a_oneway_is_driven_round():
    network, _ = network_of(SQUARE, oneway=np.array([1, 1, 1, 1], dtype=np.int8))
    station = place((0, 0.5))
    # 10 m behind on a one-way ring of 400 m is 390 m away
    assert travel_matrix(routing_graph(network), station, place((0, 0.4))) == pytest.approx(
        np.array([[39.0]])
    )
    assert travel_matrix(routing_graph(network), station, place((0, 0.5))) == pytest.approx(
        np.array([[0.0]])
    )


def test_of_parallel_roads_the_faster_counts_and_they_are_not_added():
    network, _ = network_of([[(0, 0), (100, 0)], [(0, 0), (50, 40), (100, 0)]])
    ends = place((0, 0.0), (0, 1.0))
    assert travel_matrix(routing_graph(network), ends, ends) == pytest.approx(
        np.array([[0, 10], [10, 0]])
    )


def test_a_point_without_a_place_is_never_reached():
    network, _ = network_of(SQUARE)
    nowhere = Positions(np.array([-1]), np.zeros(1), np.array([900.0]))
    assert np.isinf(travel_matrix(routing_graph(network), place((0, 0.5)), nowhere)).all()
    assert np.isinf(travel_matrix(routing_graph(network), nowhere, place((0, 0.5)))).all()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_times_equal_the_twin_with_the_points_inserted(data):
    network = data.draw(random_networks())
    stations = data.draw(positions_on(network))
    places = data.draw(positions_on(network))
    expected = twin_times(network, stations, places)
    assert travel_matrix(routing_graph(network), stations, places) == pytest.approx(
        expected, abs=1e-6
    )


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_the_earliest_arrival_is_the_least_over_the_stations(data):
    network = data.draw(random_networks())
    stations = data.draw(positions_on(network))
    places = data.draw(positions_on(network))
    start_s = np.array(data.draw(st.lists(st.floats(0, 300), min_size=6, max_size=6)))
    start_s = start_s[: len(stations)]
    each = start_s[:, None] + twin_times(network, stations, places)
    earliest = earliest_arrivals(routing_graph(network), stations, start_s)
    assert arrivals_at([earliest], places) == pytest.approx(each.min(axis=0), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_one_more_station_never_makes_anybody_wait_longer(data):
    network = data.draw(random_networks())
    stations = data.draw(positions_on(network, least=2))
    places = data.draw(positions_on(network))
    start_s = np.full(len(stations), 60.0)
    fewer = earliest_arrivals(routing_graph(network), stations.take(np.arange(1)), start_s[:1])
    more = earliest_arrivals(routing_graph(network), stations, start_s)
    assert (arrivals_at([more], places) <= arrivals_at([fewer], places) + 1e-9).all()


def test_the_cutoff_leaves_out_what_is_beyond_and_nothing_else():
    network, _ = network_of(SQUARE)
    places = place((0, 0.75), (1, 0.5), (3, 0.5), (2, 0.5))
    within = travel_matrix(routing_graph(network), place((0, 0.25)), places, cutoff_s=12.5)
    assert within == pytest.approx(np.array([[5.0, 12.5, 7.5, np.inf]]))

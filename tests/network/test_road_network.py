import numpy as np
import pytest
from hypothesis import given, settings

from firecover.errors import NetworkError
from firecover.network.road_network import build_network
from support.networks import grid, network_of, random_networks, roads_of


def test_ways_are_split_where_they_share_a_vertex_and_nowhere_else():
    # A long street with a side street half way; the street's own bend is no junction.
    network, left_out = network_of([[(0, 0), (50, 20), (100, 0), (200, 0)], [(100, 0), (100, 90)]])
    assert network.node_count == 4
    assert sorted(np.round(network.length_m, 3)) == [
        90,
        100,
        pytest.approx(2 * np.hypot(50, 20), abs=1e-3),
    ]
    assert left_out.parts == 0
    assert network.forward_s == pytest.approx(network.length_m / 10)


def test_a_bridge_over_a_road_makes_no_junction():
    network, _ = network_of(
        [[(0, 0), (200, 0)], [(100, -50), (100, 50)], [(200, 0), (200, 50), (100, 50)]]
    )
    # the crossing at (100, 0) shares no vertex: ends at (0,0), (200,0), (100,-50), (100,50)
    assert network.node_count == 4


def test_a_grid_has_the_nodes_and_edges_of_a_grid():
    network, _ = network_of(grid(4))
    # four corners of a grid are bends of no way: each line ends there, so they are nodes
    assert network.node_count == 16
    assert network.edge_count == 24
    assert network.length_m == pytest.approx(np.full(24, 100.0))


def test_what_cannot_be_driven_to_and_back_is_left_out_with_its_length():
    network, left_out = network_of(
        [
            *grid(3),
            [(0, 0), (-30, -40)],  # a one-way into nowhere: no way back
            [(900, 900), (900, 950), (960, 950)],  # an island
            [(900, 900), (870, 900)],
        ],
        oneway=np.array([0, 0, 0, 0, 0, 0, 1, 0, 0], dtype=np.int8),
    )
    assert network.node_count == 9
    assert left_out.parts == 2
    assert left_out.lengths_m == pytest.approx((140.0, 50.0))
    assert left_out.length_m == pytest.approx(190.0)


def test_a_way_that_closes_on_itself_is_a_loop_and_a_lollipop_is_cut_at_its_neck():
    network, _ = network_of([[(0, 0), (100, 0), (150, 50), (150, -50), (100, 0)]])
    assert network.edge_count == 2
    assert (network.tail == network.head).sum() == 1


def test_no_roads_and_no_way_back_are_errors_that_say_so():
    with pytest.raises(NetworkError, match="no roads"):
        network_of([])
    with pytest.raises(NetworkError, match="one-way"):
        network_of([[(0, 0), (100, 0)]], oneway=np.array([1], dtype=np.int8))


@settings(max_examples=30, deadline=None)
@given(random_networks())
def test_edges_keep_their_shapes_and_lengths(network):
    lines = network.lines()
    assert np.array([line.length for line in lines]) == pytest.approx(network.length_m)
    first = np.array([line.coords[0] for line in lines])
    last = np.array([line.coords[-1] for line in lines])
    assert first == pytest.approx(network.node_xy[network.tail])
    assert last == pytest.approx(network.node_xy[network.head])


def test_expressways_and_tunnels_give_no_access():
    roads = roads_of(
        [[(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 100), (0, 0)]],
        road_class=["motorway", "secondary", "secondary"],
        tunnel=np.array([False, True, False]),
    )
    network, _ = build_network(roads, np.full(3, 36.0))
    assert list(network.gives_access) == [False, False, True]

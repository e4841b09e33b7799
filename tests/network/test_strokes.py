"""Chains of edges that go straight on."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from firecover.network.pieces import cut_edges, piece_ends
from firecover.network.profiles import smooth_along
from firecover.network.strokes import follow_roads
from support.networks import grid, network_of, random_networks


def chains(network, known=None):
    pieces = cut_edges(network)
    known = np.ones(network.edge_count, dtype=bool) if known is None else known
    return follow_roads(network, pieces, piece_ends(network, pieces), known), pieces


def test_streets_of_a_grid_go_through_its_crossings():
    strokes, _ = chains(network_of(grid(4))[0])
    assert np.diff(strokes.start).tolist() == [3] * 8


def test_the_straightest_goes_on_and_sharp_turns_do_not():
    network, _ = network_of(
        [[(-100, 0), (0, 0)], [(0, 0), (100, 5)], [(0, 0), (80, 60)], [(80, 60), (80, -60)]]
    )
    strokes, _ = chains(network)
    sizes = sorted(np.diff(strokes.start).tolist())
    assert sizes == [1, 1, 2]
    straight = int(np.flatnonzero(np.diff(strokes.start) == 2)[0])
    edges = strokes.edge[strokes.start[straight] : strokes.start[straight + 1]]
    assert abs(network.node_xy[network.head[edges], 1]).max() <= 5


def test_edges_not_known_are_joined_to_none():
    network, _ = network_of([[(0, 0), (100, 0)], [(100, 0), (200, 0)], [(200, 0), (300, 0)]])
    known = network.node_xy[network.tail, 0] != 100
    strokes, _ = chains(network, known)
    assert np.diff(strokes.start).tolist() == [1, 1, 1]


def test_a_ring_is_one_chain():
    angle = np.linspace(0, 2 * np.pi, 41)
    points = list(
        zip(np.round(300 * np.cos(angle), 6), np.round(300 * np.sin(angle), 6), strict=True)
    )
    points[-1] = points[0]
    parts = [points[i : i + 11] for i in range(0, 40, 10)]
    strokes, _ = chains(network_of(parts)[0])
    assert np.diff(strokes.start).tolist() == [4]


@given(network=random_networks())
def test_every_edge_is_in_one_chain_and_chains_hang_together(network):
    strokes, pieces = chains(network)
    assert sorted(strokes.edge.tolist()) == list(range(network.edge_count))
    enters = np.where(strokes.reverse, network.head[strokes.edge], network.tail[strokes.edge])
    leaves = np.where(strokes.reverse, network.tail[strokes.edge], network.head[strokes.edge])
    inner = np.ones(network.edge_count, dtype=bool)
    inner[strokes.start[:-1]] = False
    at = np.flatnonzero(inner)
    np.testing.assert_array_equal(enters[at], leaves[at - 1])
    assert sorted(strokes.points(pieces).tolist()) == list(
        range(int(pieces.start[-1]) + network.edge_count)
    )


def test_the_running_mean_by_hand():
    network, _ = network_of([[(0, 0), (40, 0)]])
    strokes, pieces = chains(network)
    pieces = cut_edges(network, 10)
    height_m = np.array([0.0, 0.0, 8.0, 0.0, 0.0])
    smooth, from_end_m = smooth_along(strokes, pieces, height_m, 20.0, 1)
    # ±10 m: at 10 m the mean over 0 … 20 is 40/20, in the middle 80/20; beyond 10 m from the
    # ends the mean goes on at the mean grade there, (8 - 0)/20.
    np.testing.assert_allclose(smooth, [-2, 2, 4, 2, -2])
    np.testing.assert_allclose(from_end_m, [0, 10, 20, 10, 0])
    network, _ = network_of([[(0, 0), (20, 0)], [(20, 0), (40, 0)]])
    strokes, _ = chains(network)
    pieces = cut_edges(network, 10)
    split, _ = smooth_along(strokes, pieces, np.array([0.0, 0, 8, 8, 0, 0]), 20.0, 1)
    np.testing.assert_allclose(split, [-2, 2, 4, 4, 2, -2])

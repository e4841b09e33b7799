"""Edges cut into equal pieces."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firecover.network.pieces import cut_edges, piece_ends
from support.networks import network_of, random_networks


def test_an_edge_is_cut_into_the_fewest_equal_pieces():
    network, _ = network_of([[(0, 0), (100, 0)], [(0, 0), (0, 30)], [(0, 0), (-7, 0)]])
    pieces = cut_edges(network, 15)
    by_length = dict(zip(network.length_m.tolist(), pieces.count.tolist(), strict=True))
    assert by_length == {100.0: 7, 30.0: 2, 7.0: 1}
    np.testing.assert_allclose(pieces.length_m * pieces.count, network.length_m)
    assert pieces.edge.tolist() == np.repeat([0, 1, 2], pieces.count).tolist()


def test_piece_ends_follow_the_shape():
    network, _ = network_of([[(0, 0), (20, 0), (20, 20)]])
    pieces = cut_edges(network, 10)
    np.testing.assert_allclose(
        piece_ends(network, pieces), [(0, 0), (10, 0), (20, 0), (20, 10), (20, 20)], atol=1e-9
    )
    np.testing.assert_allclose(pieces.fraction, [0.125, 0.375, 0.625, 0.875])


@given(network=random_networks(), step_m=st.floats(3, 200))
def test_pieces_of_any_network(network, step_m):
    pieces = cut_edges(network, step_m)
    assert (pieces.length_m <= step_m * (1 + 1e-9)).all()
    xy = piece_ends(network, pieces)
    assert len(xy) == pieces.start[-1] + network.edge_count
    np.testing.assert_array_equal(xy[pieces.first_point], network.node_xy[network.tail])
    np.testing.assert_array_equal(xy[pieces.last_point], network.node_xy[network.head])
    # A chord is never longer than the way along the road.
    chord = np.delete(np.hypot(*np.diff(xy, axis=0).T), pieces.last_point[:-1])
    assert (chord <= pieces.length_m[pieces.edge] * (1 + 1e-6) + 1e-6).all()

"""Heights and grades along edges: planes, noise, bridges, tunnels, and the edge of the terrain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firecover.network.elevation import edge_profiles, sample
from firecover.network.pieces import cut_edges
from support.networks import grid, network_of, random_networks
from support.terrain import plane, road_of, terrain_of


def profiles_of(network, dem, **keys):
    return edge_profiles(network, cut_edges(network), dem, **keys)


def test_bilinear_between_cell_centres_and_no_further():
    dem = replace(plane(), values=np.array([[0.0, 10.0], [20.0, np.nan]]))
    x = -3000 + np.array([15, 45, 30, 0, 29, 45, 61, 15, 52])
    y = 3000 - np.array([15, 15, 15, 0, 15, 44.9, 15, 62, 52.0])
    found = sample(dem, x, y)
    np.testing.assert_allclose(found[:5], [0, 10, 5, 0, 14 / 3])
    # Near the void the known corners count by their weights: 0.1 of 30 m above it.
    assert found[5] == pytest.approx(10)
    assert np.isnan(found[6:]).all()


@given(
    network=random_networks(),
    east=st.floats(-0.2, 0.2),
    north=st.floats(-0.2, 0.2),
)
def test_there_and_back_climb_and_drop_change_places(network, east, north):
    dem = terrain_of(lambda x, y: east * x + north * y + 40 * np.sin(x / 90) * np.cos(y / 70))
    there = profiles_of(network, dem)
    turned = replace(
        network,
        tail=network.head,
        head=network.tail,
        vertex_xy=np.concatenate(
            [
                network.vertex_xy[a:b][::-1]
                for a, b in zip(network.vertex_start[:-1], network.vertex_start[1:], strict=True)
            ]
        ),
    )
    back = profiles_of(turned, dem)
    np.testing.assert_allclose(there.climb_m, back.drop_m, atol=1e-6)
    np.testing.assert_allclose(there.drop_m, back.climb_m, atol=1e-6)
    ends = there.node_height_m[network.head] - there.node_height_m[network.tail]
    np.testing.assert_allclose(there.climb_m - there.drop_m, ends, atol=1e-6)


@given(network=random_networks(), at=st.floats(-100, 4000))
def test_a_level_terrain_has_no_grades(network, at):
    found = profiles_of(network, plane(at=at))
    np.testing.assert_allclose(found.grade, 0, atol=1e-9)
    np.testing.assert_allclose(found.climb_m, 0, atol=1e-9)


@pytest.mark.parametrize("cell_m", [30.0, 90.0])
def test_a_plane_gives_the_grade_of_each_direction(cell_m):
    dem = terrain_of(lambda x, y: 900 + 0.08 * x - 0.05 * y, cell_m=cell_m, west=-5000, north=5000)
    network, _ = network_of(grid(5, 130.0))
    pieces = cut_edges(network)
    found = edge_profiles(network, pieces, dem)
    step = network.node_xy[network.head] - network.node_xy[network.tail]
    expected = (0.08 * step[:, 0] - 0.05 * step[:, 1]) / network.length_m
    np.testing.assert_allclose(found.grade, expected[pieces.edge], atol=1e-6)
    np.testing.assert_allclose(found.climb_m, np.maximum(expected * network.length_m, 0), atol=1e-4)


def test_one_ramp_by_hand():
    network = road_of((0, 0), (1000, 0))
    found = profiles_of(network, plane(east=0.06, at=700))
    np.testing.assert_allclose(found.grade, 0.06)
    assert found.climb_m[0] == pytest.approx(60)
    assert found.drop_m[0] == pytest.approx(0)
    np.testing.assert_allclose(sorted(found.node_height_m), [700, 760], atol=1e-6)


def test_bumps_shorter_than_the_window_are_smoothed_through_junctions():
    bumps = terrain_of(lambda x, _: 300 + 4 * np.sin(x / 100 * 2 * np.pi), cell_m=10, size=400)
    whole = road_of((-1000, 0), (0, 0), (900, 0))
    rough = profiles_of(whole, bumps, window_m=1.0)
    smooth = profiles_of(whole, bumps)
    assert np.abs(rough.grade).max() > 0.2
    assert np.abs(smooth.grade).max() < 0.03
    parts, _ = network_of([[(x, 0), (x + 50, 0)] for x in range(-1000, 900, 50)])
    cut = profiles_of(parts, bumps)
    assert np.abs(cut.grade).max() < 0.03


def test_roads_agree_where_they_meet():
    dem = terrain_of(lambda x, y: 200 + 6 * np.sin(x / 40) + 5 * np.cos(y / 55))
    network, _ = network_of([[(-500, 0), (0, 0), (500, 0)], [(0, 0), (0, 400)], [(0, 400), (9, 9)]])
    pieces = cut_edges(network)
    found = edge_profiles(network, pieces, dem)
    for end, points in ((network.tail, pieces.first_point), (network.head, pieces.last_point)):
        np.testing.assert_allclose(found.height_m[points], found.node_height_m[end], atol=1e-9)


def valley(x, y):
    """200 m deep between x = -150 and 150, level ground beside it."""
    del y
    return 800 - 200 * np.clip((150 - np.abs(x)) / 100, 0, 1)


@pytest.mark.parametrize("kind", ["bridge", "tunnel"])
def test_decks_run_evenly_between_their_ends(kind):
    lines = [
        [(-900, 0), (-300, 0)],
        [(-300, 0), (-100, 0)],  # three edges make one deck
        [(-100, 0), (0, 0)],
        [(0, 0), (300, 0)],
        [(300, 0), (900, 0)],
    ]
    network, _ = network_of(lines, **{kind: np.array([False, True, True, True, False])})
    found = profiles_of(network, terrain_of(lambda x, y: valley(x, y) + 0.05 * (x + 900)))
    np.testing.assert_allclose(found.grade, 0.05, atol=1e-3)
    plain = profiles_of(network_of(lines)[0], terrain_of(valley))
    assert np.abs(plain.grade).max() > 0.1


def test_decks_that_branch_take_the_mean_by_inverse_length():
    lines = [
        [(-800, 0), (-200, 0)],
        [(-200, 0), (0, 0)],
        [(0, 0), (200, 0)],
        [(200, 0), (800, 0)],
        [(0, 0), (0, 400)],
        [(0, 400), (0, 900)],
    ]
    bridge = np.array([False, True, True, False, True, False])
    network, _ = network_of(lines, bridge=bridge)
    # Level at 100 m in the west and east, 160 m in the north; a hole where the decks meet.
    dem = terrain_of(
        lambda x, y: np.where(y > 300, 160.0, 100.0) - 50 * ((np.abs(x) < 90) & (np.abs(y) < 90))
    )
    found = profiles_of(network, dem, window_m=1.0)
    middle = np.flatnonzero((network.node_xy == 0).all(axis=1))[0]
    # Weights 1/200, 1/200, 1/400: (100 · 2 + 100 · 2 + 160) / 5.
    assert found.node_height_m[middle] == pytest.approx(112, abs=0.05)


def test_beyond_the_terrain_roads_are_level_and_told():
    network, _ = network_of([[(0, 0), (500, 0)], [(0, 0), (0, 9000)]])
    found = profiles_of(network, plane(east=0.1, north=0.1))
    assert sorted(found.known.tolist()) == [False, True]
    far = np.flatnonzero(~found.known)[0]
    assert network.length_m[far] == 9000
    pieces = cut_edges(network)
    np.testing.assert_array_equal(found.grade[pieces.edge == far], 0)
    np.testing.assert_allclose(found.grade[pieces.edge != far], 0.1, atol=1e-6)


def test_grades_beyond_belief_are_bounded_and_counted():
    network = road_of((0, 0), (1000, 0))
    found = profiles_of(network, plane(east=0.6))
    np.testing.assert_allclose(found.grade, 0.25)
    assert found.clipped_m[0] == pytest.approx(1000)
    assert found.climb_m[0] == pytest.approx(600)


def test_the_terrain_may_be_in_degrees():
    to_degrees = pytest.importorskip("pyproj").Transformer.from_crs(4545, 4326, always_xy=True)
    x0, y0 = 580_000.0, 3_190_000.0
    lon, lat = to_degrees.transform(x0, y0)
    cell = 1 / 1200
    rows, columns = np.mgrid[0:60, 0:60]
    west, north = lon - 30 * cell, lat + 30 * cell
    back = pytest.importorskip("pyproj").Transformer.from_crs(4326, 4545, always_xy=True)
    x, _ = back.transform(west + (columns + 0.5) * cell, north - (rows + 0.5) * cell)
    template = plane()
    dem = replace(
        template,
        values=500 + 0.07 * (x - x0),
        transform=type(template.transform)(cell, 0, west, 0, -cell, north),
        crs="EPSG:4326",
    )
    network = road_of((x0, y0), (x0 + 1200, y0), (x0 + 1200, y0 + 900))
    found = profiles_of(network, dem)
    assert found.climb_m[0] == pytest.approx(84, abs=1.5)
    assert found.node_height_m.min() == pytest.approx(500, abs=0.6)

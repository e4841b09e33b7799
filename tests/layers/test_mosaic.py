"""Tiles joined on one grid, and voids filled."""

from __future__ import annotations

import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from firecover.layers.mosaic import Mosaic, Tile, fill_voids, join_tiles

UTM = CRS.from_epsg(25831)
NAN = np.nan


def tile(values, west=0.0, north=0.0, cell=10.0, crs=UTM):
    return Tile(np.array(values, dtype=float), Affine(cell, 0, west, 0, -cell, north), crs)


def alone(values):
    """A mosaic of one tile."""
    return join_tiles([tile(values)])


def test_neighbours_on_one_grid_keep_their_values_and_the_first_wins():
    left = tile([[1, 2], [3, NAN]])
    right = tile([[20, 5], [NAN, 7]], west=10)  # shares a column with the left one
    joined = join_tiles([left, right])
    np.testing.assert_array_equal(joined.values, [[1, 2, 5], [3, NAN, 7]])
    np.testing.assert_array_equal(joined.tile, [[0, 0, 1], [0, 0, 1]])
    swapped = join_tiles([right, left])
    np.testing.assert_array_equal(swapped.values, [[1, 20, 5], [3, NAN, 7]])
    assert tuple(swapped.transform)[:6] == (10, 0, 0, 0, -10, 0)


def test_a_value_of_a_later_tile_stands_in_for_a_void():
    joined = join_tiles([tile([[1, NAN]]), tile([[9, 8]])])
    np.testing.assert_array_equal(joined.values, [[1, 8]])


def test_ground_between_tiles_belongs_to_none():
    joined = join_tiles([tile([[1.0]]), tile([[2.0]], west=20, north=-10)])
    np.testing.assert_array_equal(joined.values, [[1, NAN, NAN], [NAN, NAN, 2]])
    np.testing.assert_array_equal(joined.tile, [[0, -1, -1], [-1, -1, 1]])


def test_tiles_of_another_cell_size_are_interpolated():
    columns = np.arange(40)
    fine = tile(np.tile(columns * 5.0 + 2.5, (40, 1)), west=100, cell=5)  # height = x - 100
    coarse = tile(np.zeros((20, 10)))
    joined = join_tiles([coarse, fine])
    assert joined.values.shape == (20, 30)
    centres = np.arange(10, 30) * 10.0 + 5 - 100
    np.testing.assert_allclose(joined.values[5, 11:-1], centres[1:-1], atol=1e-6)
    assert (joined.tile[:, 10:] == 1).all()


def test_tiles_of_another_system_are_warped_to_the_first():
    to_degrees = Transformer.from_crs(UTM, 4326, always_xy=True)
    west, north = 400_000.0, 4_710_000.0
    lon, lat = to_degrees.transform(west + 3000, north)
    degrees = Affine(0.0005, 0, lon, 0, -0.0005, lat)
    rows, columns = np.mgrid[0:80, 0:80]
    back = Transformer.from_crs(4326, UTM, always_xy=True)
    x, y = back.transform(lon + 0.0005 * (columns + 0.5), lat - 0.0005 * (rows + 0.5))
    plane = 0.05 * (x - west) + 0.02 * (north - y)
    joined = join_tiles(
        [
            tile(np.full((40, 60), -1.0), west=west, north=north, cell=50),
            Tile(plane, degrees, CRS.from_epsg(4326)),
        ]
    )
    assert joined.crs == UTM
    inside = joined.values[5:35, 65:100]
    row, column = np.mgrid[5:35, 65:100]
    expected = 0.05 * 50 * (column + 0.5) + 0.02 * 50 * (row + 0.5)
    # The union may begin a few rows further north than the first tile.
    shift = round((joined.transform.f - north) / 50)
    # A tenth of what the plane rises over a cell: GDAL widens its kernel for larger cells.
    np.testing.assert_allclose(inside, expected - 0.02 * 50 * shift, atol=0.25)


def test_an_enclosed_void_of_a_plane_is_restored():
    row, column = np.mgrid[0:30, 0:40]
    plane = 1000 + 7.0 * column - 3.0 * row
    values = plane.copy()
    values[4:20, 3:30] = NAN
    values[25, 35] = NAN
    filled = fill_voids(alone(values))
    assert filled.voids.tolist() == [16 * 27 + 1]
    assert filled.left == 0
    np.testing.assert_allclose(filled.values, plane, atol=0.01)
    known = ~np.isnan(values)
    np.testing.assert_array_equal(filled.values[known], values[known])


@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0.01, 0.6))
def test_no_filled_cell_is_beyond_what_is_known(seed, share):
    rng = np.random.default_rng(seed)
    values = rng.uniform(200, 2900, (12, 15))
    values[rng.random(values.shape) < share] = NAN
    values[0, 0] = 500.0
    filled = fill_voids(alone(values))
    assert filled.voids.sum() + filled.left == np.isnan(values).sum()
    assert np.nanmin(filled.values) >= np.nanmin(values) - 0.01
    assert np.nanmax(filled.values) <= np.nanmax(values) + 0.01


def test_where_the_data_end_nothing_is_made_up():
    values = np.full((60, 60), NAN)
    values[:, :30] = 500.0
    filled = fill_voids(alone(values))
    assert filled.voids.sum() == 0
    assert filled.left == 30 * 60
    np.testing.assert_array_equal(filled.values, values)


def test_a_shallow_gap_at_the_edge_is_a_void():
    values = np.full((60, 60), 500.0)
    values[:4, 20:30] = NAN
    filled = fill_voids(alone(values))
    assert filled.voids.tolist() == [40]
    assert (filled.values == 500).all()


def test_voids_are_counted_by_tile_and_other_ground_is_left():
    left, right = np.full((20, 20), 1.0), np.full((20, 20), 3.0)
    left[5, 5] = right[8:10, 8] = NAN
    joined = join_tiles([tile(left), tile(right, west=200, north=200)])
    filled = fill_voids(joined)
    assert filled.voids.tolist() == [1, 2]
    assert np.isnan(filled.values[joined.tile < 0]).all()
    assert filled.left == 0


@pytest.mark.parametrize("rows", [1, 7])
def test_a_terrain_without_voids_stays_as_it_is(rows):
    values = np.arange(rows * 5.0).reshape(rows, 5)
    filled = fill_voids(alone(values))
    np.testing.assert_array_equal(filled.values, values)
    assert filled.voids.tolist() == [0]


def test_a_mosaic_is_not_changed_by_filling():
    values = np.full((5, 5), 1.0)
    values[2, 2] = NAN
    joined = alone(values)
    assert isinstance(joined, Mosaic)
    fill_voids(joined)
    assert np.isnan(joined.values[2, 2])

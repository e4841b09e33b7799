"""Join tiles of a raster on one grid, and fill the voids of a terrain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.warp import Resampling, reproject, transform_bounds
from scipy import ndimage
from scipy.sparse import coo_array, diags_array
from scipy.sparse.linalg import cg

Values = NDArray[np.float64]
#: A gap that is open to the outside counts as a void only if it is nowhere deeper (cells):
#: a deeper one is where the data end, and heights there would be made up.
OPEN_VOID_CELLS = 10.0
#: Grids are the same when their cells differ by less than this part of a cell.
_SAME_CELL = 1e-3
_DENSIFY = 21
#: Weight of a void cell's nearest value beside its neighbours': it decides only where a void
#: touches nothing else.
_ANCHOR = 1e-7


@dataclass(frozen=True)
class Tile:
    """One raster: values of shape (rows, columns), NaN where there is none, north up."""

    values: Values
    transform: Affine
    crs: CRS


@dataclass(frozen=True)
class Mosaic:
    """Tiles joined on the grid of the first.

    Attributes
    ----------
    values
        Shape (rows, columns), NaN where no tile has a value.
    tile
        Shape (rows, columns), the first tile that reaches over a cell, -1 where none does.
    """

    values: Values
    transform: Affine
    crs: CRS
    tile: NDArray[np.int16]


@dataclass(frozen=True)
class Filled:
    """A terrain whose voids are filled.

    Attributes
    ----------
    voids
        Shape (tiles,), how many cells were filled in each.
    left
        Cells within the tiles that are still without a value: outside the data.
    """

    values: Values
    voids: NDArray[np.int64]
    left: int


def shifted(transform: Affine, columns: int, rows: int) -> Affine:
    """Return the transform of a north-up grid that begins some cells further on."""
    t = transform
    return Affine(t.a, 0.0, t.c + columns * t.a, 0.0, t.e, t.f + rows * t.e)


def cell_at(transform: Affine, x: float, y: float) -> tuple[float, float]:
    """Return the (column, row) of a place in a north-up grid, with fractions."""
    return (x - transform.c) / transform.a, (y - transform.f) / transform.e


def join_tiles(tiles: Sequence[Tile]) -> Mosaic:
    """Join tiles; where several have a value, that of the first stays.

    Tiles on the grid of the first keep their values as they are; the others (another CRS,
    cell size or offset) are interpolated bilinearly on it.

    Parameters
    ----------
    tiles
        At least one.
    """
    first = tiles[0]
    rows, columns, transform = _union(tiles)
    values = np.full((rows, columns), np.nan)
    owner = np.full((rows, columns), -1, dtype=np.int16)
    for number, tile in enumerate(tiles):
        part, covered, (top, left) = _on_grid(tile, first.crs, transform, (rows, columns))
        window = np.s_[top : top + part.shape[0], left : left + part.shape[1]]
        values[window] = np.where(np.isnan(values[window]), part, values[window])
        owner[window] = np.where((owner[window] < 0) & covered, number, owner[window])
    return Mosaic(values, transform, first.crs, owner)


def _bounds(tile: Tile, crs: CRS) -> tuple[float, float, float, float]:
    rows, columns = tile.values.shape
    t = tile.transform
    bounds = (t.c, t.f + rows * t.e, t.c + columns * t.a, t.f)
    if tile.crs == crs:
        return bounds
    west, south, east, north = transform_bounds(
        tile.crs.to_wkt(), crs.to_wkt(), *bounds, densify_pts=_DENSIFY
    )
    return west, south, east, north


def _union(tiles: Sequence[Tile]) -> tuple[int, int, Affine]:
    """Return the first tile's grid, stretched to hold all of them."""
    t = tiles[0].transform
    west, south, east, north = np.transpose([_bounds(tile, tiles[0].crs) for tile in tiles])
    slack = _SAME_CELL
    left = int(np.floor((west.min() - t.c) / t.a + slack))
    right = int(np.ceil((east.max() - t.c) / t.a - slack))
    top = int(np.floor((north.max() - t.f) / t.e + slack))
    bottom = int(np.ceil((south.min() - t.f) / t.e - slack))
    return bottom - top, right - left, shifted(t, left, top)


def _on_grid(
    tile: Tile, crs: CRS, transform: Affine, shape: tuple[int, int]
) -> tuple[Values, NDArray[np.bool_], tuple[int, int]]:
    """Return a tile's values on a grid, which of them it covers, and its top left cell."""
    column, row = cell_at(transform, tile.transform.c, tile.transform.f)
    cell = (tile.transform.a / transform.a, tile.transform.e / transform.e)
    # Over the whole tile the grids may drift apart by no more than the allowed part of a cell.
    aligned = tile.crs == crs and np.allclose(
        (column, row, (cell[0] - 1) * tile.values.shape[1], (cell[1] - 1) * tile.values.shape[0]),
        (round(column), round(row), 0, 0),
        rtol=0,
        atol=_SAME_CELL,
    )
    if aligned:
        covered = np.ones(tile.values.shape, dtype=bool)
        return tile.values, covered, (round(row), round(column))
    known = np.isfinite(tile.values)
    args = {
        "src_transform": tile.transform,
        "src_crs": tile.crs.to_wkt(),
        "dst_transform": transform,
        "dst_crs": crs.to_wkt(),
    }
    values = np.full(shape, np.nan)
    reproject(
        np.where(known, tile.values, np.nan),
        values,
        src_nodata=np.nan,
        dst_nodata=np.nan,
        resampling=Resampling.bilinear,
        tolerance=0,
        **args,
    )
    covered = np.zeros(shape, dtype=np.uint8)
    reproject(np.ones(tile.values.shape, np.uint8), covered, resampling=Resampling.nearest, **args)
    return values, covered.astype(bool), (0, 0)


def fill_voids(mosaic: Mosaic) -> Filled:
    """Fill the voids of a terrain from their rims.

    A void is a gap that cells with values enclose, or one at the edge that is nowhere deeper
    than :data:`OPEN_VOID_CELLS`. It is filled by the smoothest surface through its rim: every
    cell is the mean of its four neighbours (Laplace's equation), so that a plane is restored
    exactly and no filled cell is higher or lower than the rim. What lies outside the data (a
    terrain cut to a boundary, ground between tiles) is left empty.
    """
    missing = np.isnan(mosaic.values)
    voids = missing & (mosaic.tile >= 0) & _is_void(missing, mosaic.tile < 0)
    values = mosaic.values.copy()
    if voids.any():
        values[voids] = _smoothest(mosaic.values, voids)
    tiles = int(mosaic.tile.max()) + 1
    counts = np.bincount(mosaic.tile[voids], minlength=tiles).astype(np.int64)
    left = int((np.isnan(values) & (mosaic.tile >= 0)).sum())
    return Filled(values, counts, left)


def _smoothest(values: Values, voids: NDArray[np.bool_]) -> Values:
    """Solve Laplace's equation in the voids; where nothing is known beside them, no flow."""
    row, column = np.nonzero(voids)
    number = np.full((voids.shape[0] + 2, voids.shape[1] + 2), -1, dtype=np.int64)
    number[row + 1, column + 1] = np.arange(len(row))
    padded = np.pad(values, 1, constant_values=np.nan)
    nearest_row, nearest_column = ndimage.distance_transform_edt(
        np.isnan(values), return_distances=False, return_indices=True
    )[:, row, column]
    nearest = values[nearest_row, nearest_column]
    weight, pull = np.full(len(row), _ANCHOR), _ANCHOR * nearest
    pairs: list[NDArray[np.int64]] = []
    for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        beside = (row + 1 + down, column + 1 + right)
        other, known = number[beside], np.isfinite(padded[beside])
        weight += known | (other >= 0)
        pull += np.where(known, padded[beside], 0.0)
        pairs.append(np.stack((np.flatnonzero(other >= 0), other[other >= 0])))
    i, j = np.concatenate(pairs, axis=1)
    matrix = diags_array(weight) - coo_array((np.ones(len(i)), (i, j)), (len(row), len(row)))
    solved, _ = cg(matrix.tocsr(), pull, x0=nearest, rtol=1e-9)
    # Centimetres: finer than any terrain, coarser than what the solver leaves open.
    return np.asarray(np.round(solved, 2), dtype=np.float64)


def _is_void(missing: NDArray[np.bool_], uncovered: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell, for each missing cell, whether the gap that it belongs to is a void."""
    padded = np.pad(missing, 1, constant_values=True)
    region, count = ndimage.label(padded, structure=np.ones((3, 3)))
    outside = np.pad(uncovered, 1, constant_values=True)
    is_open = np.zeros(count + 1, dtype=bool)
    is_open[np.unique(region[outside])] = True
    enclosed = missing & ~is_open[region[1:-1, 1:-1]]
    # Gaps at the edge are told apart one by one, without the way round outside.
    inner, count = ndimage.label(missing & ~uncovered & ~enclosed, structure=np.ones((3, 3)))
    depth = ndimage.distance_transform_edt(missing)
    deepest = ndimage.maximum(depth, inner, np.arange(count + 1))
    shallow = np.asarray(deepest) <= OPEN_VOID_CELLS
    shallow[0] = False
    return np.asarray(enclosed | shallow[inner])

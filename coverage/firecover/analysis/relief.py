"""Thin the terrain out to what a map of the whole study area can show."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
from affine import Affine
from rasterio.enums import Resampling
from rasterio.warp import reproject, transform

from firecover.layers.model import RasterLayer
from firecover.results import Relief

#: The most cells on the longer side: a screen shows no more of a county at once.
MOST_CELLS = 900
#: How far beyond the boundary it goes, of the longer side: slopes need their neighbours.
_MARGIN_SHARE = 0.02
_ROUNDING = 1e-6


def relief_of(dem: RasterLayer, boundary: gpd.GeoDataFrame, crs: str) -> Relief | None:
    """Resample a terrain to square cells over the study area.

    Each cell is the mean of the cells it takes the place of; no cell is smaller than those
    of the terrain itself.

    Parameters
    ----------
    dem
        Metres above the sea, in its own CRS.
    boundary
        The study area, in ``crs``.
    crs
        The study's CRS, metres.

    Returns
    -------
    relief
        North up, NaN where the terrain says nothing; None where it says nothing at all of
        the study area.
    """
    left, bottom, right, top = boundary.total_bounds
    if not np.isfinite([left, bottom, right, top]).all():
        return None
    longer_m = max(right - left, top - bottom)
    margin_m = longer_m * _MARGIN_SHARE
    cell_m = max((longer_m + 2 * margin_m) / MOST_CELLS, _own_cell_m(dem, crs))
    # Whole cells from the grid's corner on, so that the last one is not cut.
    columns = math.ceil((right - left + 2 * margin_m) / cell_m - _ROUNDING)
    rows = math.ceil((top - bottom + 2 * margin_m) / cell_m - _ROUNDING)
    grid = Affine(cell_m, 0.0, left - margin_m, 0.0, -cell_m, top + margin_m)
    elevation_m = np.full((rows, columns), np.nan, dtype=np.float32)
    reproject(
        np.ascontiguousarray(dem.values, dtype=np.float32),
        elevation_m,
        src_transform=dem.transform,
        src_crs=dem.crs,
        src_nodata=np.nan,
        dst_transform=grid,
        dst_crs=crs,
        dst_nodata=np.nan,
        resampling=Resampling.average,
        num_threads=1,
    )
    if not np.isfinite(elevation_m).any():
        return None
    a, b, c, d, e, f = tuple(grid)[:6]
    return Relief(elevation_m, (a, b, c, d, e, f), crs)


def _own_cell_m(dem: RasterLayer, crs: str) -> float:
    """Return the side of the terrain's middle cell in the study's CRS, if it were square."""
    rows, columns = dem.values.shape
    own = dem.transform
    left, top = own.c + columns // 2 * own.a, own.f + rows // 2 * own.e
    x, y = transform(dem.crs, crs, [left, left + own.a, left], [top, top, top + own.e])
    along, down = (x[1] - x[0], y[1] - y[0]), (x[2] - x[0], y[2] - y[0])
    return math.sqrt(abs(along[0] * down[1] - along[1] * down[0]))

"""Cut what is to be protected into demand: built-up cells and population cells."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from affine import Affine
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from firecover.layers.model import RasterLayer, VectorLayer

SQUARE_METRES_PER_KM2 = 1e6


@dataclass(frozen=True)
class BuiltUpCells:
    """Built-up area cut along a square grid; the cells of a patch add up to it exactly.

    Attributes
    ----------
    cells
        Shape (d,), the polygons: grid squares clipped to their patch.
    xy
        Shape (d, 2), a point inside each, in the layer's CRS.
    area_km2
        Shape (d,).
    patch
        Shape (d,), the row of the built-up layer that each belongs to.
    """

    cells: NDArray[np.object_]
    xy: NDArray[np.float64]
    area_km2: NDArray[np.float64]
    patch: NDArray[np.int64]


@dataclass(frozen=True)
class PopulationPoints:
    """Population at points: raster cells' centres, or the features of a vector layer.

    Attributes
    ----------
    xy
        Shape (d, 2), in the study's CRS.
    population
        Shape (d,), persons, above zero.
    """

    xy: NDArray[np.float64]
    population: NDArray[np.float64]


def built_up_cells(built_up: gpd.GeoDataFrame, cell_m: float) -> BuiltUpCells:
    """Cut built-up patches along a grid of squares that starts at the CRS's origin.

    Parameters
    ----------
    built_up
        Polygons in a projected CRS, metres.
    cell_m
        The side of a square.

    Returns
    -------
    cells
        The pieces of every patch, patch after patch, squares row by row.
    """
    pieces: list[NDArray[np.object_]] = []
    patches: list[NDArray[np.int64]] = []
    for row, shape in enumerate(built_up.geometry):
        squares = _squares_over(shape, cell_m)
        clipped = shapely.intersection(squares, shape)
        clipped = clipped[shapely.area(clipped) > 0]
        pieces.append(clipped)
        patches.append(np.full(len(clipped), row, dtype=np.int64))
    cells = np.concatenate(pieces) if pieces else np.empty(0, dtype=object)
    inside = shapely.point_on_surface(cells)
    return BuiltUpCells(
        cells=cells,
        xy=shapely.get_coordinates(inside).reshape(-1, 2),
        area_km2=shapely.area(cells) / SQUARE_METRES_PER_KM2,
        patch=np.concatenate(patches) if patches else np.empty(0, dtype=np.int64),
    )


def _squares_over(shape: BaseGeometry, cell_m: float) -> NDArray[np.object_]:
    """Return the squares of the grid that meet a shape."""
    left, bottom, right, top = (
        np.floor(shape.bounds[0] / cell_m),
        np.floor(shape.bounds[1] / cell_m),
        np.ceil(shape.bounds[2] / cell_m),
        np.ceil(shape.bounds[3] / cell_m),
    )
    rows, columns = np.meshgrid(np.arange(bottom, top), np.arange(left, right), indexing="ij")
    x, y = columns.ravel() * cell_m, rows.ravel() * cell_m
    squares = shapely.box(x, y, x + cell_m, y + cell_m)
    shapely.prepare(shape)
    return np.asarray(squares[shapely.intersects(shape, squares)])


def population_points(
    population: RasterLayer | VectorLayer | None, area: BaseGeometry, crs: str
) -> PopulationPoints:
    """Return the population within an area as points.

    Parameters
    ----------
    population
        A raster of persons per cell, a vector layer with a column ``population``, or None.
    area
        The study area, in ``crs``.
    crs
        The study's CRS.

    Returns
    -------
    points
        The centre of every cell (a point inside every feature) that holds somebody and lies
        in the area.
    """
    if population is None:
        return PopulationPoints(np.empty((0, 2)), np.empty(0))
    if isinstance(population, RasterLayer):
        xy, persons = _populated_cells(population, crs)
    else:
        inside = population.data.geometry.representative_point()
        xy = np.column_stack((inside.x, inside.y))
        persons = population.data["population"].to_numpy(dtype=np.float64)
    shapely.prepare(area)
    kept = (persons > 0) & shapely.contains_xy(area, xy[:, 0], xy[:, 1])
    return PopulationPoints(xy[kept], persons[kept])


def cell_centres(
    transform: Affine, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the coordinates of the centres of a raster's cells, in the raster's CRS."""
    right, down = columns + 0.5, rows + 0.5
    x = transform.a * right + transform.b * down + transform.c
    y = transform.d * right + transform.e * down + transform.f
    return x, y


def _populated_cells(
    raster: RasterLayer, crs: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows, columns = np.nonzero(np.nan_to_num(raster.values) > 0)
    x, y = cell_centres(raster.transform, rows, columns)
    to_study = pyproj.Transformer.from_crs(raster.crs, crs, always_xy=True)
    return np.column_stack(to_study.transform(x, y)), raster.values[rows, columns]


def containing(areas: gpd.GeoSeries, xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return, for each point, the first area that holds it (by row), or -1.

    Parameters
    ----------
    areas
        Polygons, None where an area is not known.
    xy
        Shape (k, 2), in the same CRS; NaN for a point without a position.
    """
    row = np.full(len(xy), -1, dtype=np.int64)
    known = np.flatnonzero(np.isfinite(xy).all(axis=1))
    tree = shapely.STRtree(np.asarray(areas.array))
    point, area = tree.query(shapely.points(xy[known]), predicate="intersects")
    order = np.lexsort((area, point))[::-1]  # written last, the first area stays
    row[known[point[order]]] = area[order]
    return row

"""Carry arrival times from the roads to the ground: the response-time surface.

Every cell of a grid takes the arrival on the road nearest to it, as long as that road is within
the off-road limit. Which road is nearest does not depend on the scenario, so it is found once;
a scenario's surface is then a look-up. Bands cut from one surface are nested by construction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from scipy.spatial import KDTree
from shapely.geometry.base import BaseGeometry

from firecover.demand import cell_centres
from firecover.network.road_network import RoadNetwork
from firecover.network.snapping import Positions
from firecover.network.travel_times import Earliest, arrivals_at


@dataclass(frozen=True)
class NearestRoad:
    """A grid whose cells know their nearest place on the roads.

    Attributes
    ----------
    shape
        (rows, columns) of the grid.
    transform
        From (column, row) to CRS coordinates, north up.
    crs
        The projected CRS.
    samples
        Places along the roads, as dense as the grid asks.
    cell
        Shape (c,), flat numbers of the cells that have a road within the limit.
    sample
        Shape (c,), the sample nearest to each of those cells' centres.
    """

    shape: tuple[int, int]
    transform: Affine
    crs: str
    samples: Positions
    cell: NDArray[np.int64]
    sample: NDArray[np.int64]


def sample_roads(network: RoadNetwork, step_m: float) -> tuple[Positions, NDArray[np.float64]]:
    """Return places at most ``step_m`` apart along every edge that gives access.

    Returns
    -------
    samples
        The places, edge after edge, both ends of each edge among them.
    xy
        Shape (samples, 2), their coordinates.
    """
    edges = np.flatnonzero(network.gives_access)
    steps = np.maximum(np.ceil(network.length_m[edges] / step_m).astype(np.int64), 1)
    edge = np.repeat(edges, steps + 1)
    first = np.concatenate(([0], np.cumsum(steps + 1)[:-1]))
    within = np.arange(len(edge)) - np.repeat(first, steps + 1)
    fraction = within / np.repeat(steps, steps + 1)
    lines = network.lines()
    points = shapely.line_interpolate_point(lines[edge], fraction, normalized=True)
    return Positions(edge, fraction, np.zeros(len(edge))), shapely.get_coordinates(points)


def nearest_roads(
    network: RoadNetwork, area: BaseGeometry, cell_m: float, limit_m: float
) -> NearestRoad:
    """Find the nearest place on the roads for every cell of a grid over an area.

    Parameters
    ----------
    network
        The network.
    area
        The study area, in the network's CRS; cells whose centre lies outside are left out.
    cell_m
        The side of a cell.
    limit_m
        The farthest that a cell's centre may lie off the road.
    """
    left, bottom, right, top = area.bounds
    left, top = np.floor(left / cell_m) * cell_m, np.ceil(top / cell_m) * cell_m
    columns = int(np.ceil((right - left) / cell_m))
    rows = int(np.ceil((top - bottom) / cell_m))
    transform = Affine.translation(left, top) @ Affine.scale(cell_m, -cell_m)
    samples, xy = sample_roads(network, cell_m / 2)

    cell, sample = _nearest_samples(xy, (rows, columns), transform, limit_m)
    x, y = cell_centres(transform, cell // columns, cell % columns)
    shapely.prepare(area)
    inside = shapely.contains_xy(area, x, y)
    return NearestRoad(
        (rows, columns), transform, network.crs, samples, cell[inside], sample[inside]
    )


def _nearest_samples(
    xy: NDArray[np.float64], shape: tuple[int, int], transform: Affine, limit_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the cells with a sample within the limit, and the nearest one; strip by strip."""
    rows, columns = shape
    tree = KDTree(xy)
    cells: list[NDArray[np.int64]] = [np.empty(0, dtype=np.int64)]
    nearest: list[NDArray[np.int64]] = [np.empty(0, dtype=np.int64)]
    strip = max(1, 1_000_000 // columns)
    for low in range(0, rows, strip):
        flat = np.arange(low * columns, min(low + strip, rows) * columns)
        centres = np.column_stack(cell_centres(transform, flat // columns, flat % columns))
        distance, index = tree.query(centres, distance_upper_bound=limit_m, workers=-1)
        near = np.isfinite(distance)
        cells.append(flat[near])
        nearest.append(np.asarray(index)[near])
    return np.concatenate(cells), np.concatenate(nearest)


def response_minutes(
    network: RoadNetwork, nearest: NearestRoad, earliest: Earliest
) -> NDArray[np.float32]:
    """Return the response time on the grid, shape (rows, columns), minutes, NaN for none."""
    at_sample_s = arrivals_at(network, earliest, nearest.samples)
    minutes = np.full(nearest.shape, np.nan, dtype=np.float32)
    seconds = at_sample_s[nearest.sample]
    minutes.flat[nearest.cell] = np.where(np.isfinite(seconds), seconds / 60, np.nan)
    return minutes

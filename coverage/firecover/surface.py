"""Carry arrival times from the roads to the ground they serve.

Every spot takes the arrival on the road nearest to it, as long as that road is within the off-road
limit. Roads are represented by places a few metres apart; which of them is nearest to a spot does
not depend on the scenario, so it is found once, as polygons for isochrones and on a grid for the
response-time raster. Both are looked up from the same places: they cannot contradict each other,
and bands cut from them are nested by construction.

Another station never takes ground away. Another road takes away at most the ground that is now
nearest to it, and only while it is itself not reached: the ground beside a road that no engine
reaches in time is not reached in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from scipy.spatial import KDTree, Voronoi
from shapely.geometry.base import BaseGeometry

from firecover.demand import cell_centres
from firecover.network.road_places import RoadPlaces, road_places
from firecover.network.travel_times import Earliest, arrivals_at

__all__ = [
    "NearestRoad",
    "RoadPlaces",
    "ServedGround",
    "divided_ground",
    "nearest_roads",
    "response_minutes",
    "road_places",
    "served_ground",
]

#: Roads are simplified by this share of the off-road limit before the ground within it is drawn.
LIMIT_DETAIL = 0.01


@dataclass(frozen=True)
class ServedGround:
    """The ground nearest to each place along the roads.

    Attributes
    ----------
    places
        The places, ``s`` of them.
    borders
        Shape (b, 2, 2), the segments that part the ground of neighbouring places; they
        meet exactly at their ends.
    sides
        Shape (b, 2), the two places that each border parts; -1 for the world outside.
    within
        The ground within the off-road limit and the study area.
    crs
        The projected CRS.
    """

    places: RoadPlaces
    borders: NDArray[np.float64]
    sides: NDArray[np.int64]
    within: BaseGeometry
    crs: str


@dataclass(frozen=True)
class NearestRoad:
    """A grid whose cells know their nearest place along the roads.

    Attributes
    ----------
    shape
        (rows, columns) of the grid.
    transform
        From (column, row) to CRS coordinates, north up.
    crs
        The projected CRS.
    places
        The places along the roads.
    cell
        Shape (c,), flat numbers of the cells that have a road within the limit.
    nearest
        Shape (c,), the place nearest to each of those cells' centres.
    """

    shape: tuple[int, int]
    transform: Affine
    crs: str
    places: RoadPlaces
    cell: NDArray[np.int64]
    nearest: NDArray[np.int64]


def served_ground(places: RoadPlaces, area: BaseGeometry, limit_m: float, crs: str) -> ServedGround:
    """Divide the ground among the places along the roads.

    Parameters
    ----------
    places
        The places.
    area
        The study area, in the places' CRS.
    limit_m
        The farthest that ground may lie off the road.
    crs
        The projected CRS.
    """
    left, bottom, right, top = shapely.total_bounds([area, shapely.MultiPoint(places.xy)])
    far = 4 * max(right - left, top - bottom, limit_m)
    middle = np.array([(left + right) / 2, (bottom + top) / 2])
    # Four places far outside close the cells of all others.
    around = np.array([(-far, 0), (far, 0), (0, -far), (0, far)])
    # Near the origin, coordinates keep the digits that the diagram's corners need.
    diagram = Voronoi(np.concatenate((places.xy - middle, around)))
    ends = np.asarray(diagram.ridge_vertices)
    pairs = np.asarray(diagram.ridge_points, dtype=np.int64)
    closed = (ends >= 0).all(axis=1)
    borders = diagram.vertices[ends[closed]] + middle
    sides = np.where(pairs[closed] < len(places.xy), pairs[closed], -1)
    roads = shapely.simplify(places.roads, LIMIT_DETAIL * limit_m)
    within = shapely.union_all(shapely.buffer(roads, limit_m, quad_segs=8))
    within = shapely.intersection(within, area)
    return ServedGround(places, borders, sides, within, crs)


def divided_ground(ground: ServedGround, label: NDArray[np.int64]) -> list[BaseGeometry]:
    """Return the ground of the places that bear each label, from 0 to the highest.

    Parameters
    ----------
    ground
        The ground of every place.
    label
        Shape (s,), a label for each place; -1 for places whose ground is left out.

    Returns
    -------
    parts
        One shape a label, within the off-road limit; they share their borders exactly.
    """
    of_side = np.where(ground.sides >= 0, label[ground.sides], -1)
    parting = of_side[:, 0] != of_side[:, 1]
    parting &= (ground.borders[:, 0] != ground.borders[:, 1]).any(axis=1)
    faces = shapely.get_parts(shapely.polygonize(shapely.linestrings(ground.borders[parting])))
    empty: BaseGeometry = shapely.MultiPolygon()
    shapes = [empty] * (int(label.max(initial=-1)) + 1)
    if not len(faces):
        return shapes
    inside = shapely.get_coordinates(shapely.point_on_surface(faces))
    of_face = label[KDTree(ground.places.xy).query(inside)[1]]
    kept = of_face >= 0
    # The faces do not overlap: cut by the limit they still share their borders.
    clipped = shapely.intersection(faces[kept], ground.within)
    for number in range(len(shapes)):
        shapes[number] = shapely.union_all(clipped[of_face[kept] == number])
    return shapes


def nearest_roads(
    places: RoadPlaces, area: BaseGeometry, cell_m: float, limit_m: float, crs: str
) -> NearestRoad:
    """Find the nearest place along the roads for every cell of a grid over an area.

    Parameters
    ----------
    places
        The places.
    area
        The study area, in the places' CRS; cells whose centre lies outside are left out.
    cell_m
        The side of a cell.
    limit_m
        The farthest that a cell's centre may lie off the road.
    crs
        The projected CRS.
    """
    left, bottom, right, top = area.bounds
    left, top = np.floor(left / cell_m) * cell_m, np.ceil(top / cell_m) * cell_m
    columns = int(np.ceil((right - left) / cell_m))
    rows = int(np.ceil((top - bottom) / cell_m))
    transform = Affine.translation(left, top) @ Affine.scale(cell_m, -cell_m)
    cell, nearest = _nearest_places(places.xy, (rows, columns), transform, limit_m)
    x, y = cell_centres(transform, cell // columns, cell % columns)
    shapely.prepare(area)
    inside = shapely.contains_xy(area, x, y)
    return NearestRoad((rows, columns), transform, crs, places, cell[inside], nearest[inside])


def _nearest_places(
    xy: NDArray[np.float64], shape: tuple[int, int], transform: Affine, limit_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the cells with a place within the limit, and the nearest one; strip by strip."""
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


def response_minutes(nearest: NearestRoad, earliest: Sequence[Earliest]) -> NDArray[np.float32]:
    """Return the response time on the grid, shape (rows, columns), minutes, NaN for none."""
    at_place_s = arrivals_at(earliest, nearest.places.positions)
    minutes = np.full(nearest.shape, np.nan, dtype=np.float32)
    seconds = at_place_s[nearest.nearest]
    minutes.flat[nearest.cell] = np.where(np.isfinite(seconds), seconds / 60, np.nan)
    return minutes

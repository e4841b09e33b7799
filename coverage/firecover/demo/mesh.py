"""The mesh on which roads are laid: scattered points, their Delaunay edges and what each costs.

Roads that follow edges of one Delaunay triangulation never cross but in a shared point, and an
irregular mesh leaves no trace of a raster in their directions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import Delaunay, cKDTree
from shapely.geometry import LineString, Polygon

from firecover.demo.geometry import Floats, Ints
from firecover.demo.terrain import Terrain

SPACING_M = 250.0
#: A grade at which a metre of road costs twice as much as on the level.
GRADE_SCALE = 0.075
RIVER_CROSSING_M = 2500.0


@dataclass(frozen=True)
class Mesh:
    """Points and edges that a road may follow.

    Attributes
    ----------
    xy
        Shape (points, 2), metres; the ``fixed`` points first, in their order.
    height_m
        Shape (points,).
    edges
        Shape (edges, 2), the lower point first, sorted, unique.
    length_m, cost
        Shape (edges,): plan length, and length weighted by grade and river crossings.
    """

    xy: Floats
    height_m: Floats
    edges: Ints
    length_m: Floats
    cost: Floats


def scatter(boundary: Polygon, keep_off: Floats, rng: np.random.Generator) -> Floats:
    """Scatter points over the county on a shaken hexagonal grid, off the fixed points.

    Parameters
    ----------
    keep_off
        Fixed points, shape (n, 2); scattered ones stay two thirds of the spacing away.
    """
    west, south, east, north = boundary.bounds
    rows = np.arange(south, north, SPACING_M * 0.866)
    columns = np.arange(west, east, SPACING_M)
    x, y = np.meshgrid(columns, rows)
    x[1::2] += SPACING_M / 2
    points = np.column_stack([x.ravel(), y.ravel()])
    points += rng.uniform(-0.34, 0.34, points.shape) * SPACING_M
    points = np.round(points, 2)
    inside = shapely.contains_xy(boundary.buffer(-60), points[:, 0], points[:, 1])
    points = points[inside]
    distance, _ = cKDTree(keep_off).query(points)
    return points[distance > SPACING_M * 0.62]


def build_mesh(
    boundary: Polygon,
    fixed: Floats,
    terrain: Terrain,
    rivers: list[LineString],
    rng: np.random.Generator,
) -> Mesh:
    """Triangulate fixed and scattered points and price each edge."""
    xy = np.vstack([fixed, scatter(boundary, fixed, rng)])
    triangles = Delaunay(xy).simplices
    pairs = np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    edges = np.unique(np.sort(pairs, axis=1), axis=0).astype(np.int64)
    length = np.hypot(*(xy[edges[:, 0]] - xy[edges[:, 1]]).T)
    edges, length = edges[length < 3 * SPACING_M], length[length < 3 * SPACING_M]
    lines = shapely.linestrings(xy[edges])
    area = boundary.buffer(-20)
    shapely.prepare(area)
    inside = shapely.covers(area, lines)
    edges, length, lines = edges[inside], length[inside], lines[inside]
    height = terrain.sample(xy)
    grade = np.abs(height[edges[:, 0]] - height[edges[:, 1]]) / length
    middle = terrain.sample((xy[edges[:, 0]] + xy[edges[:, 1]]) / 2)
    hump = np.abs(middle - (height[edges[:, 0]] + height[edges[:, 1]]) / 2) / length
    cost = length * (1 + (grade / GRADE_SCALE) ** 2 + (hump / GRADE_SCALE) ** 2)
    tree = shapely.STRtree(lines)
    for river in rivers:
        cost[tree.query(river, predicate="intersects")] += RIVER_CROSSING_M
    return Mesh(xy, height, edges, length, np.round(cost, 3))


def graph_of(mesh: Mesh, cost: Floats) -> csr_array:
    """Return the mesh as a sparse matrix of costs, both directions."""
    a, b = mesh.edges.T
    count = len(mesh.xy)
    return csr_array(
        (np.concatenate([cost, cost]), (np.concatenate([a, b]), np.concatenate([b, a]))),
        shape=(count, count),
    )


def edge_numbers(mesh: Mesh, path: Ints) -> Ints:
    """Find the edges between the consecutive points of a path.

    Raises
    ------
    ValueError
        If two consecutive points are not joined by an edge.
    """
    count = np.int64(len(mesh.xy))
    keys = mesh.edges[:, 0] * count + mesh.edges[:, 1]
    low = np.minimum(path[:-1], path[1:])
    high = np.maximum(path[:-1], path[1:])
    wanted = low * count + high
    found = np.searchsorted(keys, wanted)
    if not np.array_equal(keys[np.minimum(found, len(keys) - 1)], wanted):
        msg = "the path leaves the edges of the mesh"
        raise ValueError(msg)
    return found


def trace(predecessor: NDArray[np.int32] | Ints, target: int) -> Ints:
    """Follow predecessors from a target back to its source; the source comes first."""
    path = [target]
    while predecessor[path[-1]] >= 0:
        path.append(int(predecessor[path[-1]]))
    return np.asarray(path[::-1], dtype=np.int64)


def cheapest_path(graph: csr_array, source: int, target: int) -> Ints:
    """Find the cheapest path between two points of the mesh."""
    return trace(spread(graph, source)[1], target)


def spread(graph: csr_array, source: int, limit: float = np.inf) -> tuple[Floats, Ints]:
    """Find the cheapest ways from a point to all others.

    Returns
    -------
    cost
        Shape (points,); infinite beyond the limit.
    before
        Shape (points,): the point before each on its way, negative where there is none.
    """
    found: Any = dijkstra(graph, indices=[source], limit=limit, return_predecessors=True)
    return found[0][0], found[1][0].astype(np.int64)

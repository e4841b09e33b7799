"""Put points on the nearest edge, part way along it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from firecover.network.road_network import RoadNetwork


@dataclass(frozen=True)
class Positions:
    """Places on the network, one for each of ``k`` points.

    Attributes
    ----------
    edge
        Shape (k,), edge numbers; -1 where the point is too far from every road.
    fraction
        Shape (k,), how far along the edge, 0 at its tail, 1 at its head.
    access_m
        Shape (k,), straight distance from the point to the road; also given, where it
        can be, for points that are too far.
    """

    edge: NDArray[np.int64]
    fraction: NDArray[np.float64]
    access_m: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of points, k."""
        return len(self.edge)

    @property
    def on_network(self) -> NDArray[np.bool_]:
        """Shape (k,), True where the point has a place on the network."""
        return self.edge >= 0

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Positions:
        """Return the positions of some of the points."""
        return Positions(self.edge[rows], self.fraction[rows], self.access_m[rows])


def snap(network: RoadNetwork, xy: NDArray[np.float64], limit_m: float) -> Positions:
    """Put points on the nearest edge that can be driven and gives access to what lies beside it.

    Expressways and tunnels are passed over: an engine on them cannot stop for a place
    beside them. Among edges equally near, the first one counts.

    Parameters
    ----------
    network
        The network.
    xy
        Shape (k, 2), in the network's CRS; NaN for a point without a position.
    limit_m
        The farthest that a point may lie off the road, straight.

    Returns
    -------
    positions
        A place for every point; its edge is -1 where the point is farther off.
    """
    driven = np.isfinite(network.forward_s) | np.isfinite(network.backward_s)
    edges = np.flatnonzero(network.gives_access & driven)
    lines = network.lines()[edges]
    count = len(xy)
    edge = np.full(count, -1, dtype=np.int64)
    fraction = np.zeros(count)
    access_m = np.full(count, np.nan)
    known = np.flatnonzero(np.isfinite(xy).all(axis=1))
    if not len(known) or not len(edges):
        return Positions(edge, fraction, access_m)
    points = shapely.points(xy[known])
    (which, line), distance = shapely.STRtree(lines).query_nearest(
        points, all_matches=True, return_distance=True
    )
    order = np.lexsort((line, which))  # of equal distances, the first edge
    which, line, distance = which[order], line[order], distance[order]
    first = np.concatenate(([True], which[1:] != which[:-1]))
    which, line, distance = known[which[first]], line[first], distance[first]

    access_m[which] = distance
    near = distance <= limit_m
    which, line = which[near], line[near]
    edge[which] = edges[line]
    along = shapely.line_locate_point(lines[line], shapely.points(xy[which]))
    length = network.length_m[edges[line]]
    with np.errstate(invalid="ignore", divide="ignore"):
        fraction[which] = np.where(length > 0, np.clip(along / length, 0, 1), 0)
    return Positions(edge, fraction, access_m)

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
    count = len(xy)
    edge = np.full(count, -1, dtype=np.int64)
    fraction = np.zeros(count)
    access_m = np.full(count, np.nan)
    known = np.flatnonzero(np.isfinite(xy).all(axis=1))
    tree, first, owner = network.access_stretches
    if not len(known) or not len(owner):
        return Positions(edge, fraction, access_m)
    (which, stretch), distance = tree.query_nearest(
        shapely.points(xy[known]), all_matches=True, return_distance=True
    )
    order = np.lexsort((stretch, which))  # of equal distances, the first edge
    which, stretch, distance = which[order], stretch[order], distance[order]
    chosen = np.concatenate(([True], which[1:] != which[:-1]))
    which, stretch, distance = known[which[chosen]], stretch[chosen], distance[chosen]

    access_m[which] = distance
    near = distance <= limit_m
    which, first = which[near], first[stretch[near]]
    edge[which] = owner[stretch[near]]
    fraction[which] = _along(network, edge[which], first, xy[which])
    return Positions(edge, fraction, access_m)


def _along(
    network: RoadNetwork,
    edge: NDArray[np.int64],
    first: NDArray[np.int64],
    xy: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return how far along their edges points lie, given the stretch that is nearest to each."""
    steps_m = np.linalg.norm(np.diff(network.vertex_xy, axis=0), axis=1)
    steps_m[network.vertex_start[1:-1] - 1] = 0.0
    before_m = np.concatenate(([0.0], np.cumsum(steps_m)))
    start, step = network.vertex_xy[first], np.diff(network.vertex_xy, axis=0)[first]
    square = np.maximum((step**2).sum(axis=1), 1e-12)
    part = np.clip(((xy - start) * step).sum(axis=1) / square, 0, 1)
    along_m = before_m[first] - before_m[network.vertex_start[edge]] + part * steps_m[first]
    length_m = network.length_m[edge]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(length_m > 0, np.clip(along_m / length_m, 0, 1), 0.0)

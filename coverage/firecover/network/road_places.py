"""Places along the roads that stand for them when the ground is divided.

Each road has places of its own, from half a metre behind its beginning to half a metre before its
end: where roads meet, each keeps the ground beside it, whoever reaches the junction first. They
stand as far apart as was asked, and closer where another road runs near, since the border between
two rows of places is only as straight as the rows are dense.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from firecover.network.road_network import RoadNetwork
from firecover.network.snapping import Positions

#: Places nearer to each other than this are one, metres.
SAME_PLACE_M = 0.01
#: Two places stand this far before and behind each cut, and one this far from either end of a
#: road, metres: the ground parts right there.
ASTRIDE_M = 0.5
#: A gap between two places is halved where another road is nearer than this share of it. The
#: border between two rows of places a distance d apart, each with gaps s, leaves the middle by
#: up to s² / 4d; it stays between the roads while that is less than d / 2, so while d > 0.71 s.
CROWDED = 0.71
#: How often gaps are halved, at most.
HALVINGS = 2
#: Gaps up to this share of the asked step are fine enough, and roads up to this share of it have
#: one place, in their middle.
FINEST = 0.25
#: How many neighbours of a place are looked at: of its own road there are at most four nearer
#: than the gap.
NEIGHBOURS = 6


@dataclass(frozen=True)
class RoadPlaces:
    """Places along the roads that give access, no farther apart than was asked.

    Attributes
    ----------
    positions
        Where they are on the network.
    xy
        Shape (s, 2), their coordinates, all different.
    roads
        The shapes of the roads that they stand for.
    """

    positions: Positions
    xy: NDArray[np.float64]
    roads: NDArray[np.object_]

    def take(self, rows: NDArray[np.bool_]) -> RoadPlaces:
        """Return some of the places, along the same roads."""
        return RoadPlaces(self.positions.take(rows), self.xy[rows], self.roads)


def road_places(
    network: RoadNetwork,
    step_m: float,
    stations: Positions | None = None,
    cuts: Positions | None = None,
    edges: NDArray[np.int64] | None = None,
) -> RoadPlaces:
    """Return places at most ``step_m`` apart along every edge that gives access.

    Parameters
    ----------
    network
        The network.
    step_m
        How far apart they may be.
    stations
        Stations are places, too, so that even the first metres that an engine drives serve
        some ground.
    cuts
        Where bands end on the roads: a place stands closely before and behind each, so that
        the ground of a band ends there and nowhere else.
    edges
        The edges along which places are wanted; all without it.
    """
    edges = np.arange(network.edge_count) if edges is None else edges
    edges = edges[network.gives_access[edges]]
    edge, fraction = _evenly(network, edges, step_m)
    edge, fraction = _crowded(network, edge, fraction, FINEST * step_m)
    more = [stations.take(stations.on_network)] if stations is not None else []
    more += _astride(network, cuts) if cuts is not None else []
    edge = np.concatenate([*(places.edge for places in more), edge])
    fraction = np.concatenate([*(places.fraction for places in more), fraction])
    xy = network.spots(edge, fraction)
    # Of places at one spot the first stays.
    _, keep = np.unique(np.rint(xy / SAME_PLACE_M), axis=0, return_index=True)
    keep.sort()
    positions = Positions(edge[keep], fraction[keep], np.zeros(len(keep)))
    return RoadPlaces(positions, xy[keep], network.lines(edges))


Row = tuple[NDArray[np.int64], NDArray[np.float64]]


def _evenly(network: RoadNetwork, edges: NDArray[np.int64], step_m: float) -> Row:
    """Return places evenly along edges, the first and the last closely inside the ends."""
    length_m = network.length_m[edges]
    steps = np.maximum(np.ceil(length_m / step_m).astype(np.int64), 1)
    margin = np.minimum(ASTRIDE_M / np.maximum(length_m, 4 * ASTRIDE_M), 0.25)
    short = length_m <= FINEST * step_m
    count = np.where(short, 1, steps + 1)
    number = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    edge, margin = np.repeat(edges, count), np.repeat(np.where(short, 0.5, margin), count)
    return edge, np.clip(number / np.repeat(steps, count), margin, 1 - margin)


def _crowded(
    network: RoadNetwork, edge: NDArray[np.int64], fraction: NDArray[np.float64], finest_m: float
) -> Row:
    """Halve the gaps between places where another road, or a bend of the same, is near."""
    for _ in range(HALVINGS):
        if not len(edge):
            break
        along_m = fraction * network.length_m[edge]
        gap_m = np.where(edge[1:] == edge[:-1], np.diff(along_m), 0.0)
        xy = network.spots(edge, fraction)
        reach_m = CROWDED * gap_m.max(initial=0.0)
        distance_m, index = KDTree(xy).query(
            xy, k=NEIGHBOURS, distance_upper_bound=reach_m, workers=-1
        )
        index = np.minimum(index, len(edge) - 1)
        bent = np.abs(along_m[index] - along_m[:, None]) > 3 * distance_m
        other = np.isfinite(distance_m) & ((edge[index] != edge[:, None]) | bent)
        clear_m = np.where(other, distance_m, np.inf).min(axis=1)
        near_m = np.minimum(clear_m[1:], clear_m[:-1])
        wide = np.flatnonzero((near_m < CROWDED * gap_m) & (gap_m > finest_m))
        middle = (fraction[wide] + fraction[wide + 1]) / 2
        edge = np.insert(edge, wide + 1, edge[wide])
        fraction = np.insert(fraction, wide + 1, middle)
    return edge, fraction


def _astride(network: RoadNetwork, cuts: Positions) -> list[Positions]:
    cuts = cuts.take(network.gives_access[cuts.edge])
    length_m = network.length_m[cuts.edge]
    room_m = np.minimum(cuts.fraction, 1 - cuts.fraction) * length_m
    share = np.minimum(ASTRIDE_M, room_m / 2) / length_m
    none = np.zeros(len(cuts))
    return [
        Positions(cuts.edge, cuts.fraction - share, none),
        Positions(cuts.edge, cuts.fraction + share, none),
    ]

"""Shortest travel times between places part way along edges.

A station on an edge is given a node of its own, with arcs to the edge's two ends that take
the rest of the edge; a place is then reached from either end of its edge, or straight from a
station on the same edge. Nothing is rounded to a junction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from firecover.network.road_network import RoadNetwork
from firecover.network.snapping import Positions

#: Sources searched at once: bounds the sources × nodes block that is held in memory.
BLOCK = 64


@dataclass(frozen=True)
class Earliest:
    """The earliest arrival everywhere, from several stations that start at their own times.

    Attributes
    ----------
    node_s
        Shape (n,), seconds; infinite beyond the cutoff.
    stations
        Where the stations are on the network.
    start_s
        Shape (stations,), when each starts, seconds.
    """

    node_s: NDArray[np.float64]
    stations: Positions
    start_s: NDArray[np.float64]


def _part(seconds: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Time for a share of an edge; none for no share, even against a one-way."""
    with np.errstate(invalid="ignore"):
        return np.where(share > 0, seconds * share, 0.0)


def _graph(
    network: RoadNetwork, stations: Positions, start_s: NDArray[np.float64]
) -> tuple[csr_array, NDArray[np.int64]]:
    """Return the arcs between nodes, one more node a station, and those nodes' numbers."""
    n, k = network.node_count, len(stations)
    source = n + np.arange(k)
    on = stations.on_network
    edge, fraction = stations.edge[on], stations.fraction[on]
    to_head = start_s[on] + _part(network.forward_s[edge], 1 - fraction)
    to_tail = start_s[on] + _part(network.backward_s[edge], fraction)
    start = np.concatenate((network.tail, network.head, source[on], source[on]))
    end = np.concatenate((network.head, network.tail, network.head[edge], network.tail[edge]))
    seconds = np.concatenate((network.forward_s, network.backward_s, to_head, to_tail))
    return _csr(start, end, seconds, n + k), source


def _csr(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    seconds: NDArray[np.float64],
    size: int,
) -> csr_array:
    """Return the arcs as a matrix, the fastest of parallel ones (a matrix would add them)."""
    allowed = np.isfinite(seconds)
    start, end, seconds = start[allowed], end[allowed], seconds[allowed]
    order = np.lexsort((seconds, end, start))
    start, end, seconds = start[order], end[order], seconds[order]
    if len(start):
        first = np.concatenate(([True], (start[1:] != start[:-1]) | (end[1:] != end[:-1])))
        start, end, seconds = start[first], end[first], seconds[first]
    indptr = np.searchsorted(start, np.arange(size + 1)).astype(np.int32)
    return csr_array((seconds, end.astype(np.int32), indptr), shape=(size, size))


def travel_matrix(
    network: RoadNetwork,
    stations: Positions,
    places: Positions,
    cutoff_s: float = np.inf,
) -> NDArray[np.float64]:
    """Return the travel time from every station to every place.

    Parameters
    ----------
    network
        The network.
    stations, places
        Where they are on it, k and d of them.
    cutoff_s
        Times above it are not searched for.

    Returns
    -------
    travel_s
        Shape (k, d), seconds on the road, without turnout and without the way from the
        road to the place; infinite where nothing arrives within the cutoff.
    """
    travel_s = np.full((len(stations), len(places)), np.inf)
    none = np.zeros(len(stations))
    for low in range(0, len(stations), BLOCK):
        block = stations.take(np.arange(low, min(low + BLOCK, len(stations))))
        graph, source = _graph(network, block, none[: len(block)])
        node_s = dijkstra(graph, indices=source, limit=cutoff_s)[:, : network.node_count]
        for row in range(len(block)):
            alone = Earliest(node_s[row], block.take(np.array([row])), none[:1])
            travel_s[low + row] = arrivals_at(network, alone, places)
    travel_s[travel_s > cutoff_s] = np.inf
    return travel_s


def earliest_arrivals(
    network: RoadNetwork,
    stations: Positions,
    start_s: NDArray[np.float64],
    cutoff_s: float = np.inf,
) -> Earliest:
    """Return the earliest arrival at every node, whichever station it comes from.

    Parameters
    ----------
    network
        The network.
    stations
        Where the stations are on it; those without a place take no part.
    start_s
        Shape (stations,), when each starts to move (its turnout), seconds.
    cutoff_s
        Arrivals after it are not searched for.
    """
    on = stations.on_network
    stations, start_s = stations.take(on), start_s[on]
    node_s = np.full(network.node_count, np.inf)
    if len(stations):
        graph, source = _graph(network, stations, start_s)
        node_s = dijkstra(graph, indices=source, limit=cutoff_s, min_only=True)
        node_s = node_s[: network.node_count]
    return Earliest(node_s, stations, start_s)


def arrivals_at(network: RoadNetwork, earliest: Earliest, places: Positions) -> NDArray[np.float64]:
    """Return the earliest arrival at each place on the road, shape (places,), seconds.

    Infinite for places without a position and where nobody arrives.
    """
    arrival_s = np.full(len(places), np.inf)
    on = np.flatnonzero(places.on_network)
    edge, fraction = places.edge[on], places.fraction[on]
    from_tail = earliest.node_s[network.tail[edge]] + _part(network.forward_s[edge], fraction)
    from_head = earliest.node_s[network.head[edge]] + _part(network.backward_s[edge], 1 - fraction)
    arrival_s[on] = np.fmin(from_tail, from_head)
    for station_edge, at, start in zip(
        earliest.stations.edge, earliest.stations.fraction, earliest.start_s, strict=True
    ):
        same = on[edge == station_edge] if station_edge >= 0 else on[:0]
        if len(same):
            ahead = places.fraction[same] - at
            seconds = np.where(
                ahead >= 0,
                _part(network.forward_s[station_edge], np.maximum(ahead, 0)),
                _part(network.backward_s[station_edge], np.maximum(-ahead, 0)),
            )
            arrival_s[same] = np.fmin(arrival_s[same], start + seconds)
    return arrival_s

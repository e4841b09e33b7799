"""Shortest travel times between places part way along roads.

A station on a road leaves it by either end, after the rest of the road; a place is reached from
either end of its road, or straight from a station on the same road. Nothing is rounded to a
junction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firecover.network.engines import Engine, best_engine, engine
from firecover.network.routing_graph import RoutingGraph, seeds, targets
from firecover.network.snapping import Positions


@dataclass(frozen=True)
class Earliest:
    """The earliest arrival everywhere, from several stations that start at their own times.

    Attributes
    ----------
    routing
        What was searched.
    enter_s
        Shape (2m,), when somebody can first begin to drive each arc (see
        :class:`firecover.network.routing_graph.RoutingGraph`), seconds; infinite beyond
        the cutoff.
    stations
        Where the stations are on the network.
    start_s
        Shape (stations,), when each starts, seconds.
    """

    routing: RoutingGraph
    enter_s: NDArray[np.float64]
    stations: Positions
    start_s: NDArray[np.float64]


def travel_matrix(
    routing: RoutingGraph,
    stations: Positions,
    places: Positions,
    cutoff_s: float = np.inf,
    search: Engine | None = None,
) -> NDArray[np.float64]:
    """Return the travel time from every station to every place.

    Parameters
    ----------
    routing
        The graph to search.
    stations, places
        Where they are on the network, k and d of them.
    cutoff_s
        Times above it are not searched for.
    search
        The engine that searches; the best one at hand without it.

    Returns
    -------
    travel_s
        Shape (k, d), seconds on the road, without turnout and without the way from the
        road to the place; infinite where nothing arrives within the cutoff.
    """
    start_s = np.zeros(len(stations))
    search = search or _engine(routing, len(stations))
    leave, reach = seeds(routing, stations, start_s), targets(routing, places)
    travel_s = search.matrix(routing.graph, leave, reach, cutoff_s)
    for row, columns, seconds in _along_one_road(routing, stations, places):
        travel_s[row, columns] = np.minimum(travel_s[row, columns], seconds)
    travel_s[travel_s > cutoff_s] = np.inf
    return travel_s


def earliest_arrivals(
    routing: RoutingGraph,
    stations: Positions,
    start_s: NDArray[np.float64],
    cutoff_s: float = np.inf,
    search: Engine | None = None,
) -> Earliest:
    """Return the earliest arrival at the beginning of every road, whoever it is.

    Parameters
    ----------
    routing
        The graph to search.
    stations
        Where the stations are; those without a place take no part.
    start_s
        Shape (stations,), when each starts to move (its turnout), seconds.
    cutoff_s
        Arrivals after it are not searched for.
    search
        The engine that searches; the best one at hand without it.
    """
    on = stations.on_network
    stations, start_s = stations.take(on), start_s[on]
    search = search or _engine(routing, 1)
    node_s, _ = search.earliest(routing.graph, seeds(routing, stations, start_s), cutoff_s)
    enter_s = np.where(routing.enter >= 0, node_s[routing.enter], np.inf)
    return Earliest(routing, enter_s, stations, start_s)


def _engine(routing: RoutingGraph, sources: int) -> Engine:
    return engine(best_engine(routing.graph.node_count, sources))


def arrivals_at(earliest: Sequence[Earliest], places: Positions) -> NDArray[np.float64]:
    """Return the earliest arrival at each place on the road, shape (places,), seconds.

    Infinite for places without a position and where nobody arrives. Several kinds of vehicle
    make several ``earliest``, over the same roads; the first to come counts.
    """
    arrival_s = np.full(len(places), np.inf)
    on = np.flatnonzero(places.on_network)
    edge, fraction = places.edge[on], places.fraction[on]
    for each in earliest:
        last, m = each.routing.last, each.routing.network.edge_count
        from_tail = each.enter_s[edge] + last.within(edge, fraction)
        from_head = each.enter_s[edge + m] + last.within(edge + m, 1 - fraction)
        arrival_s[on] = np.minimum(arrival_s[on], np.fmin(from_tail, from_head))
        for row, columns, seconds in _along_one_road(each.routing, each.stations, places):
            arrival_s[columns] = np.minimum(arrival_s[columns], each.start_s[row] + seconds)
    return arrival_s


def _along_one_road(
    routing: RoutingGraph, stations: Positions, places: Positions
) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.float64]]]:
    """Yield, for every station with places on its own road, these and the times along it."""
    last, m = routing.last, routing.network.edge_count
    order = np.argsort(places.edge, kind="stable")
    edges = places.edge[order]
    low = np.searchsorted(edges, stations.edge, side="left")
    high = np.searchsorted(edges, stations.edge, side="right")
    for row in np.flatnonzero(stations.on_network & (high > low)):
        columns = order[low[row] : high[row]]
        edge = stations.edge[row]
        ahead = places.fraction[columns] - stations.fraction[row]
        forward_s = last.within(np.full(len(columns), edge), np.maximum(ahead, 0))
        backward_s = last.within(np.full(len(columns), edge + m), np.maximum(-ahead, 0))
        yield int(row), columns, np.where(ahead >= 0, forward_s, backward_s)

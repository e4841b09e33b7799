"""Distances along the roads in metres, either way: for hoses, which are laid on foot.

One-ways, turns and what a vehicle cannot pass do not matter; expressways and their ramps are
fenced off. The engines of :mod:`firecover.network` search, with metres for seconds.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from firecover.network.engines import best_engine, engine
from firecover.network.road_network import LIMITED_ACCESS, RoadNetwork
from firecover.network.routing_graph import RoutingGraph, routing_graph, seeds
from firecover.network.snapping import Positions
from firecover.network.travel_times import arrivals_at, earliest_arrivals


def walking(network: RoadNetwork) -> RoutingGraph:
    """Return the roads as one walks along them, metres for seconds.

    Points are put beside these roads by :func:`firecover.network.snapping.snap` on
    ``walking(...).network``: tunnels may be walked but give no access, nor does any road that
    is fenced off.

    Parameters
    ----------
    network
        The roads; :func:`firecover.network.road_network.streets` has those that no vehicle
        passes as well.
    """
    fenced = network.attributes["road_class"].isin(LIMITED_ACCESS).to_numpy()
    metres = np.where(fenced, np.inf, network.length_m)
    return routing_graph(replace(network, forward_s=metres, backward_s=metres))


def hose_m(
    walk: RoutingGraph, sources: Positions, places: Positions, cutoff_m: float = np.inf
) -> NDArray[np.float64]:
    """Return the length of hose from the nearest source to each place, along the roads.

    Straight from the source to its road, along the roads, straight from the road to the
    place: never shorter than the straight line.

    Parameters
    ----------
    walk
        From :func:`walking`.
    sources, places
        Where they are on its network, with ``access_m``.
    cutoff_m
        Longer ones need not be found.

    Returns
    -------
    metres
        Shape (places,), infinite where there is no way, or none within the cutoff.
    """
    earliest = earliest_arrivals(walk, sources, sources.access_m, cutoff_m)
    metres = arrivals_at([earliest], places) + np.nan_to_num(places.access_m)
    return np.where(metres <= cutoff_m, metres, np.inf)


def nearest_along_m(
    walk: RoutingGraph, sources: Positions, places: Positions
) -> NDArray[np.float64]:
    """Return the way along the roads from the nearest source to each place.

    The legs off the road are not counted. Shape (places,), infinite where there is no way.
    """
    return arrivals_at([earliest_arrivals(walk, sources, np.zeros(len(sources)))], places)


def nearest_other_m(walk: RoutingGraph, sources: Positions) -> NDArray[np.float64]:
    """Return the way along the roads from each source to the nearest other one.

    One search divides the roads among the sources; the shortest way from a source to another
    leaves its own part somewhere, so that only the stretches where two parts meet need be
    looked at (K. Mehlhorn, A faster approximation algorithm for the Steiner problem in graphs,
    Information Processing Letters 27, 1988: the same stretches hold a minimum spanning tree
    of the distances between sources).

    Parameters
    ----------
    walk
        From :func:`walking`.
    sources
        Where they are on its network.

    Returns
    -------
    metres
        Shape (sources,), without the legs off the road; infinite for a source without a place
        on the roads, and where there is no way to another.
    """
    network = walk.network
    on = np.flatnonzero(sources.on_network)
    edge, fraction = sources.edge[on], sources.fraction[on]
    entries = seeds(walk, sources.take(on), np.zeros(len(on)))
    node_m, owner = engine(best_engine(network.node_count, 1)).earliest(walk.graph, entries)

    # Every road as a row of stops: its tail, the sources on it, its head.
    m = network.edge_count
    stop_edge = np.concatenate((np.arange(m), edge, np.arange(m)))
    stop_at = np.concatenate((np.zeros(m), fraction, np.ones(m)))
    kind = np.repeat([0, 1, 2], (m, len(on), m))
    order = np.lexsort((kind, stop_at, stop_edge))
    mine = np.concatenate((owner[network.tail], np.arange(len(on)), owner[network.head]))[order]
    off_m = np.concatenate((node_m[network.tail], np.zeros(len(on)), node_m[network.head]))[order]
    along_m = (stop_at * network.length_m[stop_edge])[order]

    near, far, stop_edge = mine[:-1], mine[1:], stop_edge[order]
    meet = (stop_edge[:-1] == stop_edge[1:]) & np.isfinite(network.forward_s[stop_edge[1:]])
    meet &= (near != far) & (near >= 0) & (far >= 0)
    between_m = off_m[:-1][meet] + np.diff(along_m)[meet] + off_m[1:][meet]
    shortest_m = np.full(len(on), np.inf)
    np.minimum.at(shortest_m, near[meet], between_m)
    np.minimum.at(shortest_m, far[meet], between_m)
    metres = np.full(len(sources), np.inf)
    metres[on] = shortest_m
    return metres

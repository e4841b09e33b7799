"""The graph that engines search: nodes where turns are free, directed roads where they cost.

Without turn costs, a junction is a node of the graph and a road an arc. With them, a node of the
graph stands for *being about to enter a road in a direction*, and an arc for driving that road and
turning into the next: what a turn costs, or that it is forbidden, then belongs to the arc. Either
way a place part way along a road is left through the road's ends and reached from them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firecover.network.engines.graph import Graph, Seeds, Targets, graph_of_arcs
from firecover.network.road_network import RoadNetwork
from firecover.network.snapping import Positions
from firecover.network.turns import Turns


@dataclass(frozen=True)
class RoutingGraph:
    """A graph over a network, and how roads hang on it.

    Arc ``e`` is edge ``e`` driven forwards, arc ``m + e`` the same edge driven backwards.

    Attributes
    ----------
    network
        The network, with the times of one vehicle.
    graph
        What is searched.
    enter
        Shape (2m,), the graph's node for being about to drive each arc; -1 where there is
        none.
    exit_start, exit_node, exit_s
        Where one is after driving an arc to its end: entries
        ``exit_start[a]:exit_start[a + 1]``, each a node of the graph and the seconds that
        the turn into it takes.
    """

    network: RoadNetwork
    graph: Graph
    enter: NDArray[np.int64]
    exit_start: NDArray[np.int64]
    exit_node: NDArray[np.int64]
    exit_s: NDArray[np.float64]
    last: LastStretch


@dataclass(frozen=True)
class LastStretch:
    """How the road that a place lies on is driven, when it is the last.

    Attributes
    ----------
    seconds
        Shape (2m,), the time to drive each arc to its end; infinite where it may not be
        entered even for the last stretch.
    share
        Shape (2m,), the share of each arc that may be driven: all of it where it is
        allowed, and the last metres against a one-way where that is asked for. −1: not even
        its very ends, for a road that is closed.
    """

    seconds: NDArray[np.float64]
    share: NDArray[np.float64]

    def within(self, arc: NDArray[np.int64], share: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the time for a share of each arc, infinite where it may not be driven."""
        seconds = part_of(self.seconds[arc], share)
        return np.where(share <= self.share[arc], seconds, np.inf)


def last_stretch(
    network: RoadNetwork, against_s: NDArray[np.float64] | None = None, against_m: float = 0.0
) -> LastStretch:
    """Return how the last road is driven.

    Parameters
    ----------
    network
        The network.
    against_s
        Shape (2m,), the time to drive each arc that is against a one-way, if an emergency
        allows it; infinite where it never does. None: one-ways hold to the end.
    against_m
        How far against a one-way a vehicle goes for the last stretch.
    """
    seconds = np.concatenate((network.forward_s, network.backward_s))
    share = np.where(np.isfinite(seconds), 1.0, 0.0)
    if against_s is not None and against_m > 0:
        opened = np.isinf(seconds) & np.isfinite(against_s)
        length_m = np.maximum(np.tile(network.length_m, 2), 1e-9)
        share = np.where(opened, np.minimum(against_m / length_m, 1.0), share)
        seconds = np.where(opened, against_s, seconds)
    return LastStretch(seconds, share)


def routing_graph(
    network: RoadNetwork, turns: Turns | None = None, last: LastStretch | None = None
) -> RoutingGraph:
    """Make the graph to be searched.

    Parameters
    ----------
    network
        The network.
    turns
        The allowed turns and their costs; None where every turn is allowed and free.
    last
        How the last road is driven; as every other without it.
    """
    last = last or last_stretch(network)
    return _by_nodes(network, last) if turns is None else _by_arcs(network, turns, last)


def _by_nodes(network: RoadNetwork, last: LastStretch) -> RoutingGraph:
    start = np.concatenate((network.tail, network.head))
    end = np.concatenate((network.head, network.tail))
    seconds = np.concatenate((network.forward_s, network.backward_s))
    return RoutingGraph(
        network=network,
        graph=graph_of_arcs(start, end, seconds, network.node_count, network.node_xy),
        enter=start,
        exit_start=np.arange(len(start) + 1),
        exit_node=end,
        exit_s=np.zeros(len(start)),
        last=last,
    )


def _by_arcs(network: RoadNetwork, turns: Turns, last: LastStretch) -> RoutingGraph:
    seconds = np.concatenate((network.forward_s, network.backward_s))
    allowed = np.isfinite(last.seconds)  # those only for the last stretch are never left
    number = np.where(allowed, np.cumsum(allowed) - 1, -1)
    start_node = np.concatenate((network.tail, network.head))[allowed]
    graph = graph_of_arcs(
        number[turns.from_arc],
        number[turns.to_arc],
        seconds[turns.from_arc] + turns.seconds,
        int(allowed.sum()),
        network.node_xy[start_node],
    )
    return RoutingGraph(
        network=network,
        graph=graph,
        enter=number,
        exit_start=np.searchsorted(turns.from_arc, np.arange(len(seconds) + 1)),
        exit_node=number[turns.to_arc],
        exit_s=turns.seconds,
        last=last,
    )


def part_of(seconds: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the time for a share of a road; none for no share, even against a one-way."""
    with np.errstate(invalid="ignore"):
        return np.where(share > 0, seconds * share, 0.0)


@dataclass(frozen=True)
class Departures:
    """How stations come into the graph: after the rest of their road, either way.

    Attributes
    ----------
    owner, node
        Shape (entries,), a station and a node of the graph that it comes to.
    arc
        Shape (entries,), the arc that it drives the rest of.
    drive_s
        Shape (entries,), the time for that rest; infinite where it may not be driven.
    turn_s
        Shape (entries,), the turn at its end.
    """

    owner: NDArray[np.int64]
    node: NDArray[np.int64]
    arc: NDArray[np.int64]
    drive_s: NDArray[np.float64]
    turn_s: NDArray[np.float64]


def departures(routing: RoutingGraph, stations: Positions) -> Departures:
    """Return how stations come into the graph; one without a place has no entry."""
    network, m = routing.network, routing.network.edge_count
    on = np.flatnonzero(stations.on_network)
    edge, fraction = stations.edge[on], stations.fraction[on]
    parts = []
    for arc, seconds, share in (
        (edge, network.forward_s[edge], 1 - fraction),
        (edge + m, network.backward_s[edge], fraction),
    ):
        # at the very end of a road a station may leave it there, whatever its direction
        drive_s = part_of(seconds, share)
        count = routing.exit_start[arc + 1] - routing.exit_start[arc]
        row = np.repeat(np.arange(len(on)), count)
        number = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        entry = routing.exit_start[arc][row] + number
        node, turn_s = routing.exit_node[entry], routing.exit_s[entry]
        parts.append((on[row], node, arc[row], drive_s[row], turn_s))
    return Departures(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def seeds(routing: RoutingGraph, stations: Positions, start_s: NDArray[np.float64]) -> Seeds:
    """Return where stations enter the graph, and when.

    Parameters
    ----------
    routing
        The graph.
    stations
        Where the stations are; one without a place has no entry.
    start_s
        Shape (stations,), when each is on the road.
    """
    out = departures(routing, stations)
    offset_s = start_s[out.owner] + out.drive_s + out.turn_s
    return Seeds.of_pairs(out.owner, out.node, offset_s, len(stations))


def targets(routing: RoutingGraph, places: Positions) -> Targets:
    """Return from where in the graph places are reached: from the ends of their road."""
    m = routing.network.edge_count
    on = np.flatnonzero(places.on_network)
    edge, fraction = places.edge[on], places.fraction[on]
    arc = np.concatenate((edge, edge + m))
    offset_s = routing.last.within(arc, np.concatenate((fraction, 1 - fraction)))
    node, owner = routing.enter[arc], np.concatenate((on, on))
    given = node >= 0
    return Targets.of_pairs(owner[given], node[given], offset_s[given], len(places))

"""Fastest ways from all stations as a tree, and what becomes of them when a road is closed.

Every node of the graph hangs by the fastest way that leads to it. Closing a road loosens only
what hangs by that road: all else keeps its way, and its time to the last bit. So only the loose
nodes are searched anew, from those beside them that still hang.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import depth_first_order, dijkstra

from firecover.network.routing_graph import RoutingGraph, seeds
from firecover.network.snapping import Positions

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Forest:
    """The fastest ways to ``r`` spots: the start of all, number 0, and the nodes reached.

    Spots are numbered so that those which hang by a spot ``i`` follow it, up to ``end[i]``.
    One more number, ``r``, stands for all nodes that nobody reaches in time.

    Attributes
    ----------
    routing
        What was searched.
    stations
        Where the stations are.
    start_s
        Shape (stations,), when each starts, seconds.
    cutoff_s
        Nodes reached later are left out.
    spot
        Shape (n,), the spot of each node of the graph.
    time_s
        Shape (r + 1,), when somebody is first there, seconds; the last one infinite.
    parent
        Shape (r,), the spot before; -1 for the start.
    via
        Shape (r,), the edge driven from there; -1 for the start.
    end
        Shape (r,).
    into_start, into_from, into_s, into_edge
        All ways into each spot, ``into_start[i]:into_start[i + 1]``: from which spot, in how
        many seconds, by which edge.
    """

    routing: RoutingGraph
    stations: Positions
    start_s: Floats
    cutoff_s: float
    spot: Ints
    time_s: Floats
    parent: Ints
    via: Ints
    end: Ints
    into_start: Ints
    into_from: Ints
    into_s: Floats
    into_edge: Ints

    @property
    def size(self) -> int:
        """The number of spots, r."""
        return len(self.via)

    def entered(self, arc: Ints) -> Ints:
        """Return the spot at which arcs are begun; ``r`` where nobody is in time."""
        node = self.routing.enter[arc]
        return np.where(node >= 0, self.spot[node], self.size)

    def total(self, weight: Floats) -> Floats:
        """Return the weight of what hangs by each spot, its own included.

        Parameters
        ----------
        weight
            Shape (r,), not negative.
        """
        sums, parent = weight.tolist(), self.parent.tolist()
        for i in range(self.size - 1, 0, -1):
            sums[parent[i]] += sums[i]
        return np.array(sums, dtype=np.float64)

    def hanging_by(self, edge: int) -> Ints:
        """Return the spots that hang by an edge, rising."""
        parts, done = [], 0
        for top in np.flatnonzero(self.via == edge):
            if top >= done:
                done = int(self.end[top])
                parts.append(np.arange(top, done))
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)


@dataclass(frozen=True)
class _Ways:
    """Ways between nodes of the graph, the start being one more; several may join a pair."""

    start: Ints
    end: Ints
    seconds: Floats
    edge: Ints

    def take(self, rows: Ints | NDArray[np.bool_]) -> _Ways:
        return _Ways(self.start[rows], self.end[rows], self.seconds[rows], self.edge[rows])

    def fastest(self) -> _Ways:
        """Return the fastest of each pair's, by start, then end; of equal ones the first edge."""
        order = np.lexsort((self.edge, self.seconds, self.end, self.start))
        start, end = self.start[order], self.end[order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
        return self.take(order[first])

    def matrix(self, size: int) -> csr_array:
        """Return them as a sparse matrix; they must be as :meth:`fastest` returns them."""
        indptr = np.concatenate(([0], np.cumsum(np.bincount(self.start, minlength=size))))
        parts = self.seconds, self.end.astype(np.int32), indptr.astype(np.int32)
        return csr_array(parts, shape=(size, size))


def grow(
    routing: RoutingGraph, stations: Positions, start_s: Floats, cutoff_s: float = np.inf
) -> Forest:
    """Find the fastest ways from several stations, whoever comes.

    Parameters
    ----------
    routing
        The graph.
    stations
        Where the stations are; those without a place take no part.
    start_s
        Shape (stations,), when each starts to move, seconds.
    cutoff_s
        Nodes reached later are left out.
    """
    n = routing.graph.node_count
    ways = _ways(routing, stations, start_s)
    fastest = ways.fastest()
    found_s, previous = dijkstra(
        fastest.matrix(n + 1),
        directed=True,
        indices=np.array([n]),
        limit=cutoff_s,
        return_predecessors=True,
    )
    seconds, before = found_s[0], previous[0].astype(np.int64)
    order, spot = _numbered(before, n)
    parent = np.append(-1, spot[before[order[1:]]])
    pair = fastest.start * (n + 1) + fastest.end
    taken = np.searchsorted(pair, before[order[1:]] * (n + 1) + order[1:])

    known = (spot[ways.start] < len(order)) & (spot[ways.end] < len(order))
    ways = ways.take(known)
    end = spot[ways.end]
    by_end = np.argsort(end, kind="stable")
    counts = np.bincount(end, minlength=len(order))
    return Forest(
        routing=routing,
        stations=stations,
        start_s=start_s,
        cutoff_s=cutoff_s,
        spot=spot[:n],
        time_s=np.append(seconds[order], np.inf),
        parent=parent,
        via=np.append(-1, fastest.edge[taken]),
        end=_ends(parent),
        into_start=np.concatenate(([0], np.cumsum(counts))),
        into_from=spot[ways.start][by_end],
        into_s=ways.seconds[by_end],
        into_edge=ways.edge[by_end],
    )


def _ways(routing: RoutingGraph, stations: Positions, start_s: Floats) -> _Ways:
    """Return all ways: from the start to where stations enter, and along every arc."""
    network, m = routing.network, routing.network.edge_count
    leave = seeds(routing, stations, start_s)
    arc = np.repeat(np.arange(2 * m), np.diff(routing.exit_start))
    drive_s = np.concatenate((network.forward_s, network.backward_s))[arc]
    seconds = np.concatenate((leave.offset_s, drive_s + routing.exit_s))
    start = np.concatenate((np.full(len(leave.node), routing.graph.node_count), routing.enter[arc]))
    end = np.concatenate((leave.node.astype(np.int64), routing.exit_node))
    edge = np.concatenate((stations.edge[leave.owners()], arc % m))
    return _Ways(start, end, seconds, edge).take(np.isfinite(seconds))


def _numbered(before: Ints, n: int) -> tuple[Ints, Ints]:
    """Return the nodes reached, each before those that hang by it, and every node's number."""
    reached = np.flatnonzero(before >= 0)
    none = np.zeros(len(reached), np.int64)
    tree = _Ways(before[reached], reached, np.ones(len(reached)), none)
    order = depth_first_order(
        tree.fastest().matrix(n + 1), n, directed=True, return_predecessors=False
    ).astype(np.int64)
    spot = np.full(n + 1, len(order))
    spot[order] = np.arange(len(order))
    return order, spot


def _ends(parent: Ints) -> Ints:
    """Return one more than the last spot that hangs by each."""
    size, before = [1] * len(parent), parent.tolist()
    for i in range(len(size) - 1, 0, -1):
        size[before[i]] += size[i]
    return np.arange(len(size)) + np.array(size, dtype=np.int64)


def times_without(forest: Forest, edge: int) -> tuple[Ints, Floats]:
    """Return when somebody is first where the ways hang by an edge, once it is closed.

    Parameters
    ----------
    forest
        The fastest ways as they are.
    edge
        The edge, closed both ways; stations on it do not leave.

    Returns
    -------
    loose
        The spots that hang by it, rising: all others keep their times.
    time_s
        Their times without it, infinite beyond the forest's cutoff; equal, to the last bit,
        to those of a search on all roads without the edge.
    """
    loose = forest.hanging_by(edge)
    if not len(loose):
        return loose, np.zeros(0)
    counts = forest.into_start[loose + 1] - forest.into_start[loose]
    into = np.repeat(np.arange(len(loose)), counts)
    before = np.cumsum(counts) - counts
    way = np.repeat(forest.into_start[loose] - before, counts) + np.arange(len(into))
    still = forest.into_edge[way] != edge
    way, into = way[still], into[still]
    came_from = forest.into_from[way]
    number = np.full(forest.size, -1)
    number[loose] = np.arange(len(loose))
    inside = number[came_from] >= 0
    # One more node stands for all spots that keep their times.
    begin = len(loose)
    start = np.where(inside, number[came_from], begin)
    seconds = forest.into_s[way] + np.where(inside, 0.0, forest.time_s[came_from])
    ways = _Ways(start, into, seconds, forest.into_edge[way]).fastest()
    time_s = dijkstra(ways.matrix(begin + 1), indices=np.array([begin]), limit=forest.cutoff_s)
    return loose, time_s[0, :begin]

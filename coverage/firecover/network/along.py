"""How far, and across what, the fastest ways from one station lead: all places at once.

:func:`firecover.network.paths.path` draws one way; here one search serves every place. What a way
adds up to (metres, crossings) is carried along the tree of fastest ways, a doubling number of
steps at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from firecover.network.paths import arc_seconds, search_tree, ways_out
from firecover.network.routing_graph import RoutingGraph
from firecover.network.snapping import Positions

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Number = TypeVar("Number", np.float64, np.int64)


@dataclass(frozen=True)
class Crossings:
    """Where the edges of a network cross lines of several kinds.

    A line is crossed part way along an edge, or at a node that lies on it, by the way from a
    road on its one side to a road on the other.

    Attributes
    ----------
    kinds
        The names of the kinds.
    edge, fraction, kind
        Shape (c,): the crossings part way along edges; ``kind`` is a place in ``kinds``.
    tail_side, head_side
        Shape (kinds, m): on which side of a line an edge leaves its tail (its head), as a
        number from 0; -1 where that node lies on no line of the kind, or the edge runs along
        it. Sides are numbered for each node by itself.
    """

    kinds: tuple[str, ...]
    edge: Ints
    fraction: Floats
    kind: Ints
    tail_side: Ints
    head_side: Ints

    @classmethod
    def none(cls, edge_count: int) -> Crossings:
        """Return crossings of nothing."""
        sides = np.zeros((0, edge_count), np.int64)
        nothing = np.zeros(0, np.int64)
        return cls((), nothing, np.zeros(0), nothing, sides, sides)

    @cached_property
    def _keys(self) -> tuple[Floats, ...]:
        # Two units an edge keep the edges apart, so that one sorted array serves them all.
        key = 2.0 * self.edge + self.fraction
        return tuple(np.sort(key[self.kind == kind]) for kind in range(len(self.kinds)))

    def within(self, edge: Ints, one: Floats, other: Floats) -> Ints:
        """Return how often a line is crossed between two places on an edge.

        Parameters
        ----------
        edge, one, other
            Shape (k,), the edges and two places on each, as shares of its length.

        Returns
        -------
        count
            Shape (k, kinds); a crossing exactly at one of the places is not between them.
        """
        low, high = 2.0 * edge + np.minimum(one, other), 2.0 * edge + np.maximum(one, other)
        count = np.zeros((len(edge), len(self.kinds)), np.int64)
        for kind, key in enumerate(self._keys):
            count[:, kind] = np.searchsorted(key, high) - np.searchsorted(key, low, side="right")
        return np.maximum(count, 0)  # no length, and the crossing just there: none

    def between(self, arc: Ints, onto: Ints) -> Ints:
        """Return whether the way from one arc onto the next crosses a line at their node.

        Returns
        -------
        count
            Shape (k, kinds), 0 or 1.
        """
        arriving = np.concatenate((self.head_side, self.tail_side), axis=1)[:, arc]
        leaving = np.concatenate((self.tail_side, self.head_side), axis=1)[:, onto]
        across = (arriving >= 0) & (leaving >= 0) & (arriving != leaving)
        return np.asarray(across.T, dtype=np.int64)


@dataclass(frozen=True)
class Ways:
    """The fastest ways from one station to the beginning of every road.

    Attributes
    ----------
    routing
        What was searched.
    edge, fraction
        Where the station is; the edge is -1 for one without a place on the roads.
    enter_s, enter_m
        Shape (2m,), the drive until each arc can be begun: seconds, turns included, and
        metres; infinite where it cannot be.
    crossings
        What is counted.
    enter_crossings
        Shape (2m, kinds), the crossings on that drive, the turn into the arc included.
    """

    routing: RoutingGraph
    edge: int
    fraction: float
    enter_s: Floats
    enter_m: Floats
    crossings: Crossings
    enter_crossings: Ints


@dataclass(frozen=True)
class Along:
    """The fastest way from a station to each of ``d`` places.

    Attributes
    ----------
    seconds, length_m
        Shape (d,), the drive, without turnout and legs off the road; infinite where there
        is no way.
    crossings
        Shape (d, kinds), how often the way crosses a line of each kind.
    """

    seconds: Floats
    length_m: Floats
    crossings: Ints


def ways_from(
    routing: RoutingGraph,
    station: Positions,
    crossings: Crossings | None = None,
    cutoff_s: float = np.inf,
) -> Ways:
    """Find the fastest ways from a station to the beginning of every road.

    Parameters
    ----------
    routing
        The graph to search; its turns count.
    station
        One position.
    crossings
        What is to be counted on the way; nothing without it.
    cutoff_s
        Drives that take longer are not searched for.
    """
    assert len(station) == 1
    network, m = routing.network, routing.network.edge_count
    crossings = crossings or Crossings.none(m)
    edge, start = int(station.edge[0]), float(station.fraction[0])
    kinds = len(crossings.kinds)
    if edge < 0:
        never, nothing = np.full(2 * m, np.inf), np.zeros((2 * m, kinds), np.int64)
        return Ways(routing, edge, start, never, never, crossings, nothing)
    n = routing.graph.node_count
    node, offset_s, first = ways_out(routing, edge, start)
    node_s, previous = search_tree(routing, node, offset_s, cutoff_s)
    previous[~np.isfinite(node_s)] = n  # as if next to the station: their time tells
    via = _driven_to(routing, previous[:n])
    out = np.full(n, -1, np.int64)
    out[node] = first
    from_station = previous[:n] == n
    via[from_station] = out[from_station]
    known = np.flatnonzero(via >= 0)
    at_start = from_station[known]
    begin = np.where(at_start, np.where(via[known] < m, start, 1 - start), 0.0)
    step_m = np.zeros(n + 1)
    step_m[known] = network.length_m[via[known] % m] * (1 - begin)
    passed = np.zeros((n + 1, kinds), np.int64)
    tail_end = np.where(via[known] < m, begin, 1 - begin)
    passed[known] = crossings.within(via[known] % m, tail_end, (via[known] < m).astype(float))
    turned = known[~at_start]
    passed[turned] += crossings.between(via[previous[turned]], via[turned])
    length_m, passed = _summed(previous, step_m), _summed(previous, passed)
    return _entered(routing, (edge, start), (node_s, length_m, passed), via, crossings)


def _entered(
    routing: RoutingGraph,
    station: tuple[int, float],
    at_nodes: tuple[Floats, Floats, Ints],
    via: Ints,
    crossings: Crossings,
) -> Ways:
    """Hand the sums at the graph's nodes on to the arcs that are entered there."""
    seconds, length_m, passed = at_nodes
    enter = routing.enter
    enter_s = np.where(enter >= 0, seconds[enter], np.inf)
    open_ = np.flatnonzero(np.isfinite(enter_s))
    count = np.zeros((len(enter), len(crossings.kinds)), np.int64)
    count[open_] = passed[enter[open_]] + crossings.between(via[enter[open_]], open_)
    enter_m = np.full(len(enter), np.inf)
    enter_m[open_] = length_m[enter[open_]]
    return Ways(routing, *station, enter_s, enter_m, crossings, count)


def _driven_to(routing: RoutingGraph, previous: Ints) -> Ints:
    """Return the arc that leads to each node from the one before: the fastest of several.

    Shape (n,), -1 for nodes that no other is before.
    """
    count = np.diff(routing.exit_start)
    arc = np.repeat(np.arange(len(count)), count)
    used = previous[routing.exit_node] == routing.enter[arc]
    arc, end, turn_s = arc[used], routing.exit_node[used], routing.exit_s[used]
    seconds = arc_seconds(routing.network)[arc] + turn_s
    order = np.lexsort((arc, seconds, end))[::-1]  # written last, the fastest stays
    via = np.full(len(previous), -1, np.int64)
    via[end[order]] = arc[order]
    return via


def _summed(previous: Ints, step: NDArray[Number]) -> NDArray[Number]:
    """Add up the steps from every node back to the root, which is the last node."""
    root = len(previous) - 1
    up, total = previous.copy(), step.copy()
    up[root] = root
    while (up != root).any():
        total += total[up]
        up = up[up]
    return total


def ways_to(ways: Ways, places: Positions) -> Along:
    """Return the fastest way to each place: by either end of its road, or straight along it.

    Parameters
    ----------
    ways
        From :func:`ways_from`.
    places
        Where the places are, d of them; those without a position are not reached.
    """
    network, m = ways.routing.network, ways.routing.network.edge_count
    last, crossings = ways.routing.last, ways.crossings
    seconds, length_m = np.full(len(places), np.inf), np.full(len(places), np.inf)
    count = np.zeros((len(places), len(crossings.kinds)), np.int64)
    on = np.flatnonzero(places.on_network)
    edge, goal = places.edge[on], places.fraction[on]
    from_tail = ways.enter_s[edge] + last.within(edge, goal)
    from_head = ways.enter_s[edge + m] + last.within(edge + m, 1 - goal)
    arc = np.where(from_head < from_tail, edge + m, edge)
    begin = np.where(arc < m, 0.0, 1.0)
    best_s = np.minimum(from_tail, from_head)
    before_m, before = ways.enter_m[arc], ways.enter_crossings[arc]
    straight_s = _straight(ways, edge, goal)
    straight = np.isfinite(straight_s) & (straight_s <= best_s)
    begin[straight], before_m[straight], before[straight] = ways.fraction, 0.0, 0
    seconds[on] = np.where(straight, straight_s, best_s)
    length_m[on] = before_m + network.length_m[edge] * np.abs(goal - begin)
    count[on] = before + crossings.within(edge, begin, goal)
    nobody = ~np.isfinite(seconds)
    length_m[nobody], count[nobody] = np.inf, 0
    return Along(seconds, length_m, count)


def _straight(ways: Ways, edge: Ints, goal: Floats) -> Floats:
    """Return the time along the road that the station itself is on, infinite elsewhere."""
    seconds = np.full(len(edge), np.inf)
    here = np.flatnonzero(edge == ways.edge)
    ahead = goal[here] - ways.fraction
    arc = np.where(ahead >= 0, ways.edge, ways.edge + ways.routing.network.edge_count)
    seconds[here] = ways.routing.last.within(arc, np.abs(ahead))
    return seconds

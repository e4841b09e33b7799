"""A contraction hierarchy, laid out so that a sweep through it goes straight through memory."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from firecover.network.engines.compiled import compiled
from firecover.network.engines.contraction import LAST, contract
from firecover.network.engines.graph import Graph
from firecover.network.engines.order import renumber
from firecover.network.engines.remains import Rest, rest_of, span
from firecover.network.engines.witness import new_bench

Whole = NDArray[np.uint32]

UP, DOWN = 0, 1


@dataclass(frozen=True)
class Hierarchy:
    """Arcs and shortcuts between ``n`` nodes, at places 0 … n - 1.

    Every fastest path has an equal among those that first go up (to lower places) and then
    down (to higher places). So whatever leads down to a place comes from places before it.

    Attributes
    ----------
    place
        Shape (n,), the place of each node.
    node
        Shape (n,), the node at each place.
    up_start, up_head, up_s
        Arcs that lead up, by the place that they leave: shapes (n + 1,), (arcs,), (arcs,);
        the places that they lead to, and their times, seconds.
    down_start, down_tail, down_s
        Arcs that lead down, by the place that they lead *to*, with the places that they leave.
    """

    place: Whole
    node: Whole
    up_start: Whole
    up_head: Whole
    up_s: NDArray[np.float64]
    down_start: Whole
    down_tail: Whole
    down_s: NDArray[np.float64]

    @property
    def node_count(self) -> int:
        """The number of nodes, n."""
        return len(self.place)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays by name, as they are stored."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@compiled
def _places(rest: Rest) -> NDArray[np.int64]:
    """Put nodes in an order in which all that is above a node comes before it.

    Nodes are gone through in their numbers (neighbours together); each is preceded by what
    is above it and has not had its turn. A sweep then finds most of what it needs in cache.
    """
    n = len(rest.stand)
    done = np.zeros(n, np.bool_)
    order = np.empty(n, np.int64)
    stack, asked = np.empty(n, np.int64), np.zeros(n, np.uint64)
    count = 0
    for root in range(n):
        depth = 0
        if not done[root]:
            stack[0], depth = root, 1
        while depth > 0:
            v = stack[depth - 1]
            if asked[v] == rest.stand[v].size:
                order[count], done[v] = v, True
                count += 1
                depth -= 1
                continue
            u = np.int64(rest.records[rest.stand[v].first + asked[v]].node)
            asked[v] += np.uint64(1)
            if not done[u]:
                stack[depth] = u
                depth += 1
    return order


@compiled
def _laid_out(
    rest: Rest, order: NDArray[np.int64], place: Whole, way: int
) -> tuple[Whole, Whole, NDArray[np.float64]]:
    """Arrange the arcs up from, or down to, each place, rising by their other ends."""
    n = len(order)
    start = np.zeros(n + 1, np.uint32)
    other = np.empty(len(rest.records), np.uint32)
    seconds = np.empty(len(rest.records), np.float64)
    count = 0
    for p in range(n):
        for i in span(rest, order[p]):
            record = rest.records[i]
            time_s = record.out if way == UP else record.back
            if time_s < np.inf:
                q, at = place[record.node], count
                while at > start[p] and other[at - 1] > q:
                    other[at], seconds[at] = other[at - 1], seconds[at - 1]
                    at -= 1
                other[at], seconds[at] = q, time_s
                count += 1
        start[p + 1] = count
    return start, other[:count].copy(), seconds[:count].copy()


def build_hierarchy(graph: Graph, last: int = LAST) -> Hierarchy:
    """Contract a graph; the same graph gives the same hierarchy every time.

    Parameters
    ----------
    graph
        The graph.
    last
        The number of nodes that are contracted one by one, with more care, at the end.

    Returns
    -------
    hierarchy
        Of all its nodes.
    """
    n = graph.node_count
    near = renumber(graph)
    rest = contract(rest_of(near.graph), new_bench(n), last)
    order = _places(rest)
    place = np.empty(n, np.uint32)
    place[order] = np.arange(n, dtype=np.uint32)
    by_node = np.empty(n, np.uint32)
    by_node[near.old] = place
    return Hierarchy(
        by_node,
        near.old[order].astype(np.uint32),
        *_laid_out(rest, order, place, UP),
        *_laid_out(rest, order, place, DOWN),
    )

"""A contraction hierarchy, laid out so that a sweep through it goes straight through memory."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from firecover.network.engines.compiled import compiled
from firecover.network.engines.contraction import contract
from firecover.network.engines.graph import Graph
from firecover.network.engines.order import renumber
from firecover.network.engines.witness import Rest, new_bench, rest_of

Whole = NDArray[np.uint32]


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
    n = len(rest.first)
    done = np.zeros(n, np.bool_)
    order = np.empty(n, np.int64)
    stack, asked = np.empty(n, np.int64), np.zeros(n, np.int32)
    count = 0
    for root in range(n):
        depth = 0
        if not done[root]:
            stack[0], depth = root, 1
        while depth > 0:
            v = stack[depth - 1]
            if asked[v] == rest.size[v]:
                order[count], done[v] = v, True
                count += 1
                depth -= 1
                continue
            u = np.int64(rest.records[rest.first[v] + asked[v]].node)
            asked[v] += 1
            if not done[u]:
                stack[depth] = u
                depth += 1
    return order


def _csr(
    owner: NDArray[np.int64], other: Whole, seconds: NDArray[np.float64], n: int
) -> tuple[Whole, Whole, NDArray[np.float64]]:
    given = np.isfinite(seconds)
    owner, other, seconds = owner[given], other[given], seconds[given]
    start = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=n)))).astype(np.uint32)
    order = np.lexsort((other, owner))
    return start, other[order], seconds[order]


def build_hierarchy(graph: Graph) -> Hierarchy:
    """Contract a graph; the same graph gives the same hierarchy every time."""
    n = graph.node_count
    near = renumber(graph)
    rest, _, _ = contract(rest_of(near.graph), new_bench(n))
    order = _places(rest)
    place = np.empty(n, np.uint32)
    place[order] = np.arange(n, dtype=np.uint32)
    size = rest.size[order]
    owner = np.repeat(np.arange(n), size)
    begins = np.concatenate(([0], np.cumsum(size)))[:-1]
    records = rest.records[np.repeat(rest.first[order] - begins, size) + np.arange(len(owner))]
    other = place[records["node"]]
    by_node = np.empty(n, np.uint32)
    by_node[near.old] = place
    return Hierarchy(
        by_node,
        near.old[order].astype(np.uint32),
        *_csr(owner, other, records["out"], n),
        *_csr(owner, other, records["back"], n),
    )

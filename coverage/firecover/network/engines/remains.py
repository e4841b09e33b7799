"""The graph that is left while nodes are contracted.

Each node's neighbours are held together: a record tells the neighbour, the time there (``out``)
and back (``back``; infinite where there is no arc). Both ends of an arc hold it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firecover.network.engines.compiled import compiled
from firecover.network.engines.graph import Graph

RECORD = np.dtype([("out", np.float64), ("back", np.float64), ("node", np.uint32)], align=True)
#: Where a node's records are: one piece, since all of it is looked at together.
STAND = np.dtype([("first", np.uint64), ("size", np.uint32), ("room", np.uint32)], align=True)

INF = np.inf
_ONE, _ROOM = np.uint64(1), np.uint64(4)

Longs = NDArray[np.int64]


class Rest(NamedTuple):
    """What is left of the graph: node ``v`` has ``size`` records from ``first`` on."""

    stand: Any
    records: Any
    used: NDArray[np.uint64]


@compiled
def _turned(
    indptr: Longs, head: NDArray[Any], seconds: NDArray[np.float64]
) -> tuple[Longs, NDArray[Any], NDArray[np.float64]]:
    """Arrange arcs by the node that they lead to, rising by the node that they leave."""
    n = len(indptr) - 1
    turned = np.zeros(n + 1, np.int64)
    for v in head:
        turned[v + 1] += 1
    for v in range(n):
        turned[v + 1] += turned[v]
    free = turned[:-1].copy()
    tail, times = np.empty_like(head), np.empty_like(seconds)
    for v in range(n):
        for arc in range(indptr[v], indptr[v + 1]):
            at = free[head[arc]]
            tail[at], times[at] = v, seconds[arc]
            free[head[arc]] += 1
    return turned, tail, times


@compiled
def _merge(outward: Any, inward: Any, stand: Any, pool: Any) -> int:
    """Fill the pool with what leads from and to each node, both rising; return its use."""
    out_start, out_head, out_s = outward
    in_start, in_tail, in_s = inward
    used = 0
    for v in range(len(stand)):
        i, j, at = out_start[v], in_start[v], used
        while i < out_start[v + 1] or j < in_start[v + 1]:
            has_out, has_back = i < out_start[v + 1], j < in_start[v + 1]
            if has_out and has_back and out_head[i] != in_tail[j]:
                has_out = out_head[i] < in_tail[j]
                has_back = not has_out
            record = pool[at]
            record.node = out_head[i] if has_out else in_tail[j]
            record.out = out_s[i] if has_out else INF
            record.back = in_s[j] if has_back else INF
            i, j, at = i + has_out, j + has_back, at + 1
        stand[v].first, stand[v].size, stand[v].room = used, at - used, at - used + 4
        used = at + 4
    return used


def rest_of(graph: Graph) -> Rest:
    """Return the whole of a graph, before anything is contracted."""
    n, m = graph.node_count, graph.arc_count
    inward = _turned(graph.indptr, graph.head, graph.seconds)
    outward = _turned(*inward)
    stand = np.zeros(n, STAND)
    pool = np.empty(4 * m + 4 * n + 1024, RECORD)
    used = _merge(outward, inward, stand, pool)
    return Rest(stand, pool, np.array([used], np.uint64))


@compiled
def span(rest: Rest, v: Any) -> Any:
    """Return the range of a node's records."""
    stand = rest.stand[np.uint64(v)]
    return range(stand.first, stand.first + np.uint64(stand.size))


@compiled
def _moved(rest: Rest, u: Any, room: Any) -> Rest:
    """Move a node's records to the end of the pool, where there is more room for them."""
    stand, records, used = rest
    begin, wanted = used[0], np.uint64(room)
    if begin + wanted > np.uint64(len(records)):
        larger = np.empty(len(records) + (len(records) >> 1) + np.int64(wanted), records.dtype)
        larger[:begin] = records[:begin]
        records = larger
    mine = stand[np.uint64(u)]
    for i in range(np.uint64(mine.size)):
        records[begin + i] = records[mine.first + i]
    mine.first, mine.room = begin, wanted
    used[0] += wanted
    return Rest(stand, records, used)


@compiled
def gather(rest: Rest, gone: NDArray[np.bool_]) -> Rest:
    """Put the records of the nodes that are left side by side."""
    for v in range(len(gone)):
        if not gone[v]:
            rest = _moved(rest, v, rest.stand[v].size + 4)
    return rest


@compiled
def _append(rest: Rest, u: Any, v: Any, times_s: tuple[float, float]) -> Rest:
    """Add a record to a node's."""
    mine = rest.stand[np.uint64(u)]
    if mine.size == mine.room:
        rest = _moved(rest, u, 2 * mine.size + 4)
    record = rest.records[mine.first + np.uint64(mine.size)]
    record.out, record.back = times_s
    record.node = v
    mine.size += 1
    return rest


@compiled
def join(rest: Rest, u: Any, x: Any, times_s: tuple[float, float]) -> Rest:
    """Add an arc from one node to another and one back, or make those there are faster."""
    there_s, back_s = times_s
    for i in span(rest, u):
        mine = rest.records[i]
        if mine.node == x:
            if there_s < mine.out or back_s < mine.back:
                mine.out, mine.back = min(mine.out, there_s), min(mine.back, back_s)
                for j in span(rest, x):
                    theirs = rest.records[j]
                    if theirs.node == u:
                        theirs.out, theirs.back = mine.back, mine.out
            return rest
    if there_s == INF and back_s == INF:
        return rest
    rest = _append(rest, u, x, (there_s, back_s))
    return _append(rest, x, u, (back_s, there_s))


@compiled
def _drop_record(rest: Rest, u: Any, i: Any) -> None:
    """Take a record out of a node's; the last one fills its place."""
    mine = rest.stand[np.uint64(u)]
    mine.size -= 1
    rest.records[i] = rest.records[mine.first + np.uint64(mine.size)]


@compiled
def drop_arc(rest: Rest, u: Any, i: Any) -> bool:
    """Take the arc out that a record holds; tell whether the record went with it."""
    mine = rest.records[i]
    x = mine.node
    mine.out = INF
    for j in span(rest, x):
        if rest.records[j].node == u:
            rest.records[j].back = INF
            if rest.records[j].out == INF:
                _drop_record(rest, x, j)
            break
    if mine.back < INF:
        return False
    _drop_record(rest, u, i)
    return True


@compiled
def forget(rest: Rest, v: Any) -> None:
    """Take a node out of its neighbours' records; its own stay: they lead to higher nodes."""
    for i in span(rest, v):
        u = rest.records[i].node
        for j in span(rest, u):
            if rest.records[j].node == v:
                _drop_record(rest, u, j)
                break

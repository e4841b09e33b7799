"""The graph that is left while nodes are contracted, and the shortcuts a node calls for.

Each node's neighbours are held together: a record tells the neighbour, the time there (``out``)
and back (``back``; infinite where there is no arc), and how many original arcs either stands for.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firecover.network.engines.compiled import compiled
from firecover.network.engines.graph import Graph

RECORD = np.dtype(
    [("out", np.float64), ("back", np.float64), ("node", np.uint32), ("hops", np.uint32)],
    align=True,
)
#: Nodes that a search for a way round may settle. Where it gives up there is one shortcut
#: more than needed, and nothing wrong.
SETTLED = 40

INF = np.inf
_ONE = np.uint64(1)


class Rest(NamedTuple):
    """What is left of the graph: node ``v`` has records ``first[v]`` … ``+ size[v]``."""

    first: NDArray[np.int64]
    size: NDArray[np.int32]
    room: NDArray[np.int32]
    records: Any
    used: NDArray[np.int64]


class Bench(NamedTuple):
    """What the searches for ways round work with."""

    dist: NDArray[np.float64]
    touched: NDArray[np.uint32]
    key: NDArray[np.float64]
    node: NDArray[np.uint32]
    wanted: NDArray[np.bool_]


class Shortcuts(NamedTuple):
    """Shortcuts from one neighbour of a node to another, with times and hops."""

    start: NDArray[np.uint32]
    end: NDArray[np.uint32]
    seconds: NDArray[np.float64]
    hops: NDArray[np.uint32]


def rest_of(graph: Graph) -> Rest:
    """Return the whole of a graph, before anything is contracted."""
    n, m = graph.node_count, graph.arc_count
    tail, head = graph.tails(), graph.head.astype(np.int64)
    start, end = np.concatenate((tail, head)), np.concatenate((head, tail))
    out = np.concatenate((graph.seconds, np.full(m, np.inf)))
    back = np.concatenate((np.full(m, np.inf), graph.seconds))
    order = np.lexsort((end, start))
    start, end, out, back = start[order], end[order], out[order], back[order]
    opens = np.ones(2 * m, dtype=bool)
    opens[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
    begins = np.flatnonzero(opens)
    records = np.zeros(len(begins), RECORD)
    if m:
        records["out"] = np.minimum.reduceat(out, begins)
        records["back"] = np.minimum.reduceat(back, begins)
    records["node"], records["hops"] = end[begins], 1
    size = np.bincount(start[begins], minlength=n).astype(np.int32)
    room = size + 4
    first = np.concatenate(([0], np.cumsum(room, dtype=np.int64)))
    pool = np.zeros(int(first[-1]) + 1024, RECORD)
    row = start[begins]
    within = np.arange(len(begins)) - np.repeat(np.cumsum(size) - size, size)
    pool[first[row] + within] = records
    return Rest(first[:-1].copy(), size, room, pool, first[-1:].copy())


def new_bench(node_count: int) -> Bench:
    """Return a place to work at for graphs of a size."""
    return Bench(
        np.full(node_count, np.inf),
        np.empty(node_count, np.uint32),
        np.empty(4096, np.float64),
        np.empty(4096, np.uint32),
        np.zeros(node_count, np.bool_),
    )


@compiled
def put(key: NDArray[np.float64], node: NDArray[np.uint32], size: int, at: float, v: Any) -> None:
    """Add an entry to a binary heap that holds ``size``."""
    i = np.uint64(size)
    while i > 0:
        up = (i - _ONE) >> _ONE
        if key[up] <= at:
            break
        key[i], node[i] = key[up], node[up]
        i = up
    key[i], node[i] = at, v


@compiled
def drop_least(key: NDArray[np.float64], node: NDArray[np.uint32], size: int) -> None:
    """Take the first entry off a binary heap that holds ``size``."""
    last = np.uint64(size - 1)
    at, v = key[last], node[last]
    i = np.uint64(0)
    while True:
        down = i + i + _ONE
        if down >= last:
            break
        if down + _ONE < last and key[down + _ONE] < key[down]:
            down += _ONE
        if key[down] >= at:
            break
        key[i], node[i] = key[down], node[down]
        i = down
    key[i], node[i] = at, v


@compiled
def _spread(rest: Rest, bench: Bench, ends: tuple[Any, Any], bound_s: float, wanted: int) -> int:
    """Search from the first of two nodes round the other; return how many were touched.

    It ends when ``wanted`` marked nodes are settled, beyond ``bound_s`` and after
    ``SETTLED`` nodes. Times of nodes not settled are those of real ways, too.
    """
    dist, touched, key, node, marked = bench
    start, without = ends
    dist[start], touched[0], count = 0.0, start, 1
    key[0], node[0], size = 0.0, start, 1
    settled = 0
    while size > 0 and settled < SETTLED:
        u, at = np.uint64(node[0]), key[0]
        drop_least(key, node, size)
        size -= 1
        if at != dist[u]:
            continue
        settled += 1
        if marked[u]:
            wanted -= 1
            if wanted == 0:
                break
        low = np.uint64(rest.first[u])
        for i in range(low, low + np.uint64(rest.size[u])):
            v, then = np.uint64(rest.records[i].node), at + rest.records[i].out
            if then < dist[v] and then <= bound_s and v != without and size < len(key):
                if dist[v] == INF:
                    touched[count] = v
                    count += 1
                dist[v] = then
                put(key, node, size, then, v)
                size += 1
    return count


@compiled
def find_shortcuts(rest: Rest, bench: Bench, v: Any, found: Shortcuts) -> tuple[int, int, int]:
    """List the shortcuts that keep all times right when a node goes; there must be room.

    Returns how many, how many original arcs they stand for, and how many those stand for
    that go with the node.
    """
    records, dist, wanted = rest.records, bench.dist, bench.wanted
    low = rest.first[v]
    high = low + rest.size[v]
    count, hops_added, hops_removed = 0, 0, 0
    for i in range(low, high):
        hops_removed += records[i].hops * ((records[i].out < INF) + (records[i].back < INF))
        u, to_v = records[i].node, records[i].back
        farthest, targets = -INF, 0
        for j in range(low, high):
            if j != i and records[j].out < INF:
                farthest = max(farthest, records[j].out)
                wanted[records[j].node] = True
                targets += 1
        touched = 0
        if targets > 0 and to_v < INF:
            touched = _spread(rest, bench, (u, v), to_v + farthest, targets)
        for j in range(low, high):
            x, through = records[j].node, to_v + records[j].out
            wanted[x] = False
            if j != i and through < dist[x]:
                found.start[count], found.end[count], found.seconds[count] = u, x, through
                found.hops[count] = records[i].hops + records[j].hops
                hops_added += found.hops[count]
                count += 1
        for j in range(touched):
            dist[bench.touched[j]] = INF
    return count, hops_added, hops_removed


@compiled
def _append(rest: Rest, u: Any, v: Any, times_s: tuple[float, float], hops: Any) -> Rest:
    """Add a record to a node's, moving them to the end of the pool if there is no room."""
    first, size, room, records, used = rest
    count = size[u]
    if count == room[u]:
        if used[0] + 2 * count + 4 > len(records):
            larger = np.zeros(len(records) + (len(records) >> 1) + 2 * count + 4, records.dtype)
            larger[: used[0]] = records[: used[0]]
            records = larger
        begin = used[0]
        for i in range(count):
            records[begin + i] = records[first[u] + i]
        first[u], room[u] = begin, 2 * count + 4
        used[0] += room[u]
    record = records[first[u] + count]
    record.out, record.back = times_s
    record.node, record.hops = v, hops
    size[u] = count + 1
    return Rest(first, size, room, records, used)


@compiled
def add_arc(rest: Rest, u: Any, x: Any, seconds: float, hops: Any) -> Rest:
    """Add an arc, or make the one that is there faster; at both of its ends."""
    known = False
    for i in range(rest.first[u], rest.first[u] + rest.size[u]):
        if rest.records[i].node == x:
            known = True
            if seconds < rest.records[i].out:
                rest.records[i].out, rest.records[i].hops = seconds, hops
    if not known:
        rest = _append(rest, u, x, (seconds, INF), hops)
        return _append(rest, x, u, (INF, seconds), hops)
    for i in range(rest.first[x], rest.first[x] + rest.size[x]):
        if rest.records[i].node == u:
            rest.records[i].back = min(seconds, rest.records[i].back)
    return rest


@compiled
def forget(rest: Rest, v: Any) -> None:
    """Take a node out of its neighbours' records; its own stay: they lead to higher nodes."""
    for i in range(rest.first[v], rest.first[v] + rest.size[v]):
        u = rest.records[i].node
        last = rest.first[u] + rest.size[u] - 1
        for j in range(rest.first[u], last + 1):
            if rest.records[j].node == v:
                rest.records[j] = rest.records[last]
                rest.size[u] -= 1
                break

"""The shortcuts that a node calls for, and the searches for ways round it that spare them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firecover.network.engines.compiled import compiled
from firecover.network.engines.remains import INF, Rest, drop_arc, span

#: What finding shortcuts is for.
COUNT, THIN_OUT = 0, 1
#: Nodes that a search for a way round may settle. Where it gives up there is one shortcut
#: more than needed, and nothing wrong.
SETTLED = 40
#: The same before the last nodes are left.
SETTLED_EARLY = 30
#: Up to so many neighbours ways round of a few arcs are looked for without a queue …
FEW = 6
#: … and of at most so many arcs.
ARCS = 3

#: A way is faster beyond doubt if it takes less than this part of the other's time.
SURE = 1 - 1e-12

_ONE = np.uint64(1)


class Bench(NamedTuple):
    """What the searches for ways round work with."""

    dist: NDArray[np.float64]
    touched: NDArray[np.uint32]
    key: NDArray[np.float64]
    node: NDArray[np.uint32]
    wanted: NDArray[np.bool_]


class Shortcuts(NamedTuple):
    """Shortcuts from one neighbour of a node to another, with times."""

    start: NDArray[np.uint32]
    end: NDArray[np.uint32]
    seconds: NDArray[np.float64]


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
def _near(rest: Rest, bench: Bench, ends: tuple[Any, Any], bound_s: float) -> int:
    """Follow all ways of a few arcs from the first of two nodes that pass by the other."""
    dist, touched = bench.dist, bench.touched
    start, without = ends
    dist[start], touched[0], count = 0.0, start, 1
    begin = 0
    for _ in range(ARCS):
        end = count
        for t in range(np.uint64(begin), np.uint64(end)):
            u = np.uint64(touched[t])
            at = dist[u]
            for i in span(rest, u):
                v, then = np.uint64(rest.records[i].node), at + rest.records[i].out
                if then < dist[v] and then <= bound_s and v != without:
                    if dist[v] == INF:
                        touched[count] = v
                        count += 1
                    dist[v] = then
        begin = end
    return count


@compiled
def _spread(
    rest: Rest, bench: Bench, ends: tuple[Any, Any], bound_s: float, limits: tuple[int, int]
) -> int:
    """Search from the first of two nodes round the other; return how many were touched.

    It ends when a number of marked nodes is settled, beyond ``bound_s`` and after a number
    of nodes. Times of nodes not settled are those of real ways, too.
    """
    dist, touched, key, node, marked = bench
    start, without = ends
    wanted, most = limits
    dist[start], touched[0], count = 0.0, start, 1
    key[0], node[0], size = 0.0, start, 1
    while size > 0 and most > 0:
        u, at = np.uint64(node[0]), key[0]
        drop_least(key, node, size)
        size -= 1
        if at != dist[u]:
            continue
        most -= 1
        if marked[u]:
            wanted -= 1
            if wanted == 0:
                break
        for i in span(rest, u):
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
def _thin_out(rest: Rest, bench: Bench, u: Any, v: Any) -> None:
    """Drop the arcs from a node that a way found round ``v`` beats: no fastest path has them.

    Beaten by more than rounding, that is, so that of equal ways none is taken for slower.
    """
    i = rest.stand[np.uint64(u)].first
    while i < rest.stand[np.uint64(u)].first + np.uint64(rest.stand[np.uint64(u)].size):
        x, out = np.uint64(rest.records[i].node), rest.records[i].out
        if out < INF and x != v and bench.dist[x] < SURE * out and drop_arc(rest, u, i):
            continue
        i += _ONE


@compiled
def find_shortcuts(
    rest: Rest, tools: tuple[Bench, Shortcuts], v: Any, settled: int, asks: int
) -> int:
    """List the shortcuts that keep all times right when a node goes; there must be room.

    Parameters
    ----------
    rest, tools, v
        The graph, what the searches work with and where the shortcuts go, and the node.
    settled
        Nodes that a search may settle; 0: only ways of few arcs are looked for.
    asks
        ``THIN_OUT``: arcs that a search proves needless are dropped; ``COUNT``: they stay.

    Returns
    -------
    count
        How many there are.
    """
    bench, found = tools
    dist, wanted = bench.dist, bench.wanted
    mine = span(rest, v)
    count = 0
    for i in mine:
        u, to_v = rest.records[i].node, rest.records[i].back
        farthest, targets = -INF, 0
        for j in mine:
            if j != i and rest.records[j].out < INF:
                farthest = max(farthest, rest.records[j].out)
                wanted[rest.records[j].node] = True
                targets += 1
        touched = 0
        if targets > 0 and to_v < INF:
            ends, bound_s = (u, v), to_v + farthest
            if settled > 0:
                touched = _spread(rest, bench, ends, bound_s, (targets, settled))
            else:
                touched = _near(rest, bench, ends, bound_s)
        for j in mine:
            x, through = rest.records[j].node, to_v + rest.records[j].out
            wanted[x] = False
            if j != i and through < dist[x]:
                found.start[count], found.end[count], found.seconds[count] = u, x, through
                count += 1
        if asks == THIN_OUT and touched > 0:
            _thin_out(rest, bench, u, v)
        for t in range(np.uint64(touched)):
            dist[bench.touched[t]] = INF
    return count

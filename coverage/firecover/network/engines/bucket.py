"""Dijkstra's algorithm with a bucket queue: fast where a cutoff keeps searches small.

Waiting nodes lie in buckets of equal width on a ring (R. B. Dial, "Algorithm 360: shortest-
path forest with topological ordering", CACM 12, 1969). Times are real numbers and arcs may
be shorter than a bucket is wide, so a node may be improved while its own bucket is emptied;
it is then put in again, and a bucket counts as done when it stays empty. Every improvement
makes one entry, and an entry is passed over if its node has since been improved: the result
is exact, whatever the width.

Indices are unsigned and the queue's state stands in local variables: that halves the time,
because the machine code then neither checks for negative indices nor writes back.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firecover.network.engines.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

INF = np.inf
_ONE = np.uint64(1)


class Arcs(NamedTuple):
    """Arcs by the node that they leave; unsigned, see the module."""

    indptr: NDArray[np.uint32]
    head: NDArray[np.uint32]
    seconds: Floats


class Queue(NamedTuple):
    """A ring of buckets, each a chain of entries.

    ``first`` holds a bucket's first entry; ``key``, ``node`` and ``after`` hold an entry's
    time, its node and the next entry in the same bucket (-1: none). There are ``per_s``
    buckets to a second.
    """

    first: Ints
    key: Floats
    node: NDArray[np.uint32]
    after: Ints
    per_s: float


class Space(NamedTuple):
    """What one thread works in: times (infinite between searches) and the nodes touched."""

    dist: Floats
    touched: NDArray[np.uint32]


def new_space(node_count: int) -> Space:
    """Return a working space for graphs of a size."""
    return Space(np.full(node_count, np.inf), np.empty(node_count, np.uint32))


def bucket_width_s(seconds: Floats) -> float:
    """Return a width that leaves few entries in a bucket and few buckets empty.

    Measured: between a tenth of the mean arc and the whole of it the width matters little.
    """
    mean = float(seconds.mean()) if len(seconds) else 1.0
    return max(mean / 4, 1e-9)


def new_queue(span_s: float, width_s: float) -> Queue:
    """Return an empty queue for times at most ``span_s`` apart.

    Buckets are made wider where more than 65,536 were needed.
    """
    width_s = max(width_s, span_s / 65_000)
    buckets = 1 << int(np.ceil(np.log2(span_s / width_s + 3)))
    room = 1 << 10
    return Queue(
        np.full(buckets, -1, np.int32),
        np.empty(room, np.float64),
        np.empty(room, np.uint32),
        np.empty(room, np.int32),
        1 / width_s,
    )


@compiled
def roomy(queue: Queue, needed: Any) -> Queue:
    """Return the queue with room for a number of entries."""
    size = max(2 * len(queue.key), needed)
    used = len(queue.key)
    key, node = np.empty(size, np.float64), np.empty(size, np.uint32)
    after = np.empty(size, np.int32)
    key[:used], node[:used], after[:used] = queue.key, queue.node, queue.after
    return Queue(queue.first, key, node, after, queue.per_s)


@compiled
def sow(
    queue: Queue, nodes: Ints, offset_s: Floats, limit_s: float, space: Space
) -> tuple[int, Any]:
    """Put in a source's entries, one each; return how many nodes, and the first bucket.

    There must be room for all of them, and no entry in the queue.
    """
    dist, touched = space
    first, key, node, after, per_s = queue
    ring = np.uint64(len(first) - 1)
    earliest = INF
    count = 0
    for i in range(len(nodes)):
        v = np.uint64(nodes[i])
        if offset_s[i] <= limit_s and offset_s[i] < dist[v]:
            if dist[v] == INF:
                touched[count] = v
                count += 1
            dist[v] = offset_s[i]
            earliest = min(earliest, offset_s[i])
    for slot in range(count):
        v = np.uint64(touched[slot])
        bucket = np.uint64(np.int64(dist[v] * per_s)) & ring
        key[slot], node[slot], after[slot] = dist[v], v, first[bucket]
        first[bucket] = slot
    return count, np.int64(earliest * per_s) if count else np.int64(0)


@compiled
def search(
    arcs: Arcs, seeds: tuple[Ints, Floats], limit_s: float, space: Space, queue: Queue
) -> tuple[Queue, int]:
    """Search from one source; return the queue, empty, and how many nodes were touched.

    ``space.dist`` must be infinite all over before, and holds all times up to the limit
    after; ``space.touched`` lists the nodes that have one.
    """
    indptr, head, weight = arcs
    nodes, offset_s = seeds
    dist, touched = space
    if len(nodes) > len(queue.key):
        queue = roomy(queue, len(nodes))
    count, start = sow(queue, nodes, offset_s, limit_s, space)
    first, key, node, after, per_s = queue
    ring = np.uint64(len(first) - 1)
    bucket = np.uint64(start) & ring
    live, used, free = count, count, np.int32(-1)
    while live > 0:
        slot = first[bucket]
        if slot < 0:
            bucket = (bucket + _ONE) & ring
            continue
        entry = np.uint64(slot)
        u, at = np.uint64(node[entry]), key[entry]
        first[bucket], after[entry], free = after[entry], free, slot
        live -= 1
        if at != dist[u]:
            continue
        low, high = np.uint64(indptr[u]), np.uint64(indptr[u + _ONE])
        if used + np.int64(high - low) > len(key):
            queue = roomy(queue, used + np.int64(high - low))
            first, key, node, after, per_s = queue
        for arc in range(low, high):
            v, then = np.uint64(head[arc]), at + weight[arc]
            known = dist[v]
            if then < known and then <= limit_s:
                if known == INF:
                    touched[count] = v
                    count += 1
                dist[v] = then
                if free >= 0:
                    entry = np.uint64(free)
                    free = after[entry]
                else:
                    entry = np.uint64(used)
                    used += 1
                home = np.uint64(np.int64(then * per_s)) & ring
                key[entry], node[entry], after[entry] = then, v, first[home]
                first[home] = np.int32(entry)
                live += 1
    return queue, count

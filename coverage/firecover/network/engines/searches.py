"""Many bucket searches after one another, with sparse, dense or matrix output."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firecover.network.engines.bucket import INF, Arcs, Queue, Space, roomy, search, sow
from firecover.network.engines.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Words = NDArray[np.uint64]

# The place of a word's lowest set bit, by the product with a de Bruijn sequence (C. Leiserson,
# H. Prokop, K. Randall, "Using de Bruijn sequences to index a 1 in a computer word", 1998).
_SEQUENCE = np.uint64(0x03F79D71B4CB0A89)
_PLACE = np.zeros(64, np.uint64)
for _bit in range(64):
    _PLACE[((int(_SEQUENCE) << _bit) & 0xFFFFFFFFFFFFFFFF) >> 58] = _bit
_ONE, _SIX, _LOW, _TOP = np.uint64(1), np.uint64(6), np.uint64(63), np.uint64(58)


def new_marks(node_count: int) -> tuple[Words, Words]:
    """Return a set of nodes, empty: a bit a node, and a bit for every word that has any."""
    words = (node_count >> 6) + 1
    return np.zeros(words, np.uint64), np.zeros((words >> 6) + 1, np.uint64)


@compiled
def _rising(
    space: Space,
    count: int,
    numbers: tuple[Ints, Ints],
    marks: tuple[Words, Words],
    out: tuple[Ints, Floats],
) -> None:
    """Write the touched nodes under their old numbers, rising, with their times; forget them.

    Setting bits and reading them off in order sorts without comparing.
    """
    dist, touched = space
    old, new = numbers
    bits, any_bits = marks
    nodes, seconds = out
    for i in range(count):
        v = np.uint64(old[touched[i]])
        word = v >> _SIX
        bits[word] |= _ONE << (v & _LOW)
        any_bits[word >> _SIX] |= _ONE << (word & _LOW)
    at = 0
    for top in range(len(any_bits)):
        while any_bits[top]:
            rest = any_bits[top]
            word = (np.uint64(top) << _SIX) + _PLACE[((rest & (~rest + _ONE)) * _SEQUENCE) >> _TOP]
            any_bits[top] = rest & (rest - _ONE)
            rest = bits[word]
            bits[word] = np.uint64(0)
            while rest:
                v = (word << _SIX) + _PLACE[((rest & (~rest + _ONE)) * _SEQUENCE) >> _TOP]
                rest &= rest - _ONE
                u = np.uint64(new[v])
                nodes[at], seconds[at] = np.int32(v), dist[u]
                dist[u] = INF
                at += 1


@compiled
def sparse_searches(
    arcs: Arcs,
    seeds: tuple[Longs, Ints, Floats],
    limits_s: tuple[float, float],
    numbers: tuple[Ints, Ints],
    work: tuple[Space, Queue, tuple[Words, Words]],
) -> tuple[Longs, Ints, Floats]:
    """Search from every source; return where each one's nodes start, the nodes and times.

    ``limits_s`` are the cutoff and what is searched to.
    """
    start, node, offset_s = seeds
    cutoff_s, limit_s = limits_s
    space, queue, marks = work
    begins = np.zeros(len(start), np.int64)
    nodes, seconds = np.empty(1024, np.int32), np.empty(1024, np.float64)
    for i in range(len(start) - 1):
        part = slice(start[i], start[i + 1])
        queue, count = search(arcs, (node[part], offset_s[part]), limit_s, space, queue)
        low = begins[i]
        high = low + count
        begins[i + 1] = high
        if high > len(nodes):
            size = max(2 * len(nodes), high)
            more_nodes, more_seconds = np.empty(size, np.int32), np.empty(size, np.float64)
            more_nodes[:low], more_seconds[:low] = nodes[:low], seconds[:low]
            nodes, seconds = more_nodes, more_seconds
        _rising(space, count, numbers, marks, (nodes[low:high], seconds[low:high]))
        for j in range(low, high):
            seconds[j] = min(seconds[j], cutoff_s)
    return begins, nodes[: begins[-1]].copy(), seconds[: begins[-1]].copy()


@compiled
def dense_searches(
    arcs: Arcs,
    seeds: tuple[Longs, Ints, Floats],
    old: Ints,
    work: tuple[Space, Queue],
    out: Floats,
) -> None:
    """Search from every source without a cutoff; fill ``out``, shape (sources, n)."""
    start, node, offset_s = seeds
    space, queue = work
    dist, touched = space
    out[:] = INF
    for i in range(len(start) - 1):
        part = slice(start[i], start[i + 1])
        queue, count = search(arcs, (node[part], offset_s[part]), INF, space, queue)
        for j in range(count):
            u = np.uint64(touched[j])
            out[i, old[u]] = dist[u]
            dist[u] = INF


@compiled
def target_searches(
    arcs: Arcs,
    ends: tuple[tuple[Longs, Ints, Floats], tuple[Longs, Ints, Floats]],
    limits_s: tuple[float, float],
    work: tuple[Space, Queue],
    out: Floats,
) -> None:
    """Search from every source; fill ``out``, shape (sources, targets).

    ``ends`` are the sources and the targets; ``limits_s`` as in :func:`sparse_searches`.
    """
    (start, node, offset_s), (target_start, target_node, target_offset_s) = ends
    cutoff_s, limit_s = limits_s
    space, queue = work
    dist, touched = space
    for i in range(len(start) - 1):
        part = slice(start[i], start[i + 1])
        queue, count = search(arcs, (node[part], offset_s[part]), limit_s, space, queue)
        for j in range(len(target_start) - 1):
            best = INF
            for entry in range(target_start[j], target_start[j + 1]):
                best = min(best, dist[target_node[entry]] + target_offset_s[entry])
            out[i, j] = min(best, cutoff_s) if best <= limit_s else INF
        for j in range(count):
            dist[touched[j]] = INF


@compiled
def _claim(nodes: Ints, offset_s: Floats, sources: Longs, dist: Floats, source: Longs) -> None:
    """Let the first (then the lowest) source have each node that several start at."""
    for i in range(len(nodes)):
        if offset_s[i] == dist[nodes[i]]:
            source[nodes[i]] = min(source[nodes[i]], sources[i])


@compiled
def labelled_search(
    arcs: Arcs,
    seeds: tuple[Ints, Floats, Longs],
    limit_s: float,
    work: tuple[Space, Queue],
    source: Longs,
) -> int:
    """Search from all sources at once; return how many nodes were touched.

    ``source`` must be larger than every source before; after, it tells for every node
    reached the lowest of the sources that arrive first.
    """
    nodes, offset_s, sources = seeds
    indptr, head, weight = arcs
    space, queue = work
    dist, touched = space
    queue = roomy(queue, len(nodes))
    count, bucket = sow(queue, nodes, offset_s, limit_s, space)
    _claim(nodes, offset_s, sources, dist, source)
    first, key, node, after, per_s = queue
    ring = len(first) - 1
    bucket &= ring
    live, used, free = count, count, np.int32(-1)
    while live > 0:
        slot = first[bucket]
        if slot < 0:
            bucket = (bucket + 1) & ring
            continue
        u, at = node[slot], key[slot]
        first[bucket], after[slot], free = after[slot], free, slot
        live -= 1
        # An entry of equal time is looked at again: its node may have a lower source now.
        if at != dist[u]:
            continue
        if used + indptr[u + 1] - indptr[u] > len(key):
            queue = roomy(queue, used + np.int64(indptr[u + 1] - indptr[u]))
            first, key, node, after, per_s = queue
        for arc in range(indptr[u], indptr[u + 1]):
            v, then = head[arc], at + weight[arc]
            if then > limit_s or then > dist[v] or (then == dist[v] and source[u] >= source[v]):
                continue
            if dist[v] == INF:
                touched[count] = v
                count += 1
            dist[v], source[v] = then, source[u]
            if free >= 0:
                slot = free
                free = after[slot]
            else:
                slot = np.int32(used)
                used += 1
            home = np.int64(then * per_s) & ring
            key[slot], node[slot], after[slot] = then, v, first[home]
            first[home] = slot
            live += 1
    return count

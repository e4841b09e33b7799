"""Sweeps through a hierarchy: from many sources to all nodes, or to chosen ones.

After D. Delling, A. Goldberg, A. Nowatzyk, R. Werneck, "PHAST: hardware-accelerated shortest
path trees", JPDC 73 (2013): search upwards from a source, then go once through all nodes
from the top down; many sources share a sweep, side by side in lanes. Restricted to what is
above chosen targets (RPHAST, D. Delling, A. Goldberg, R. Werneck, "Faster batched shortest
paths in road networks", ATMOS 2011) it makes matrices. Times are double precision.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firecover.network.engines.compiled import compiled

#: Sources that share a sweep.
LANES = 32

Floats = NDArray[np.float64]
Whole = NDArray[np.uint32]
Words = NDArray[np.uint64]

INF = np.inf
_ONE, _SIX, _TWELVE, _LOW = np.uint64(1), np.uint64(6), np.uint64(12), np.uint64(63)


class Ways(NamedTuple):
    """Arcs by place: those that leave it upwards, or those that come down to it."""

    start: Whole
    place: Whole
    seconds: Floats


class Lanes(NamedTuple):
    """What one thread works in.

    ``dist`` has shape (rows, LANES); ``begun`` tells which of its rows an upward search
    has set; ``up`` is infinite, ``waiting`` and ``words`` empty between searches.
    """

    dist: Floats
    begun: NDArray[np.bool_]
    up: Floats
    waiting: Words
    words: Words


def new_rows(rows: int) -> Floats:
    """Return room for the times of ``LANES`` sources."""
    return np.empty((rows, LANES), np.float64)


def new_lanes(rows: int, node_count: int, held: int | None = None) -> Lanes:
    """Return working space for sweeps over a number of rows of a hierarchy.

    ``held`` is the number of rows to make room for; None: all.
    """
    words = (node_count >> 6) + 1
    return Lanes(
        new_rows(rows if held is None else held),
        np.zeros(rows, np.bool_),
        np.full(node_count, np.inf),
        np.zeros(words, np.uint64),
        np.zeros((words >> 6) + 1, np.uint64),
    )


@compiled
def _highest(word: Any) -> Any:
    """Return the place of the highest bit that is set in a word."""
    rest, found, step = np.uint64(word), np.uint64(0), np.uint64(32)
    while step:
        if rest >> step:
            rest >>= step
            found += step
        step >>= _ONE
    return found


@compiled
def _wait(p: Any, waiting: Words, words: Words) -> None:
    """Put a place into the set of those that wait."""
    waiting[p >> _SIX] |= _ONE << (p & _LOW)
    words[p >> _TWELVE] |= _ONE << ((p >> _SIX) & _LOW)


@compiled
def _climb(ways: Ways, seed: tuple[Whole, Floats], lane: int, lanes: Lanes, row: Whole) -> None:
    """Search upwards from a source and set its lane in the rows that it comes to.

    All ways lead to lower places, so the waiting place of the highest number is always
    final: a set of bits serves as the queue.
    """
    start, head, seconds = ways
    nodes, offset_s = seed
    dist, begun, up, waiting, words = lanes
    top = np.int64(-1)
    for i in range(len(nodes)):
        p = np.uint64(nodes[i])
        up[p] = min(up[p], offset_s[i])
        _wait(p, waiting, words)
        top = max(top, np.int64(p >> _TWELVE))
    while top >= 0:
        if words[top] == 0:
            top -= 1
            continue
        word = (np.uint64(top) << _SIX) + _highest(words[top])
        bit = _highest(waiting[word])
        waiting[word] ^= _ONE << bit
        if waiting[word] == 0:
            words[top] ^= _ONE << (word & _LOW)
        p = (word << _SIX) + bit
        at, up[p] = up[p], INF
        for arc in range(np.uint64(start[p]), np.uint64(start[p + _ONE])):
            q = np.uint64(head[arc])
            up[q] = min(up[q], at + seconds[arc])
            _wait(q, waiting, words)
        r = np.uint64(row[p])
        if r < np.uint64(len(dist)):
            if not begun[r]:
                begun[r] = True
                dist[r, :] = INF
            dist[r, lane] = at


@compiled
def climb(
    ways: Ways, seeds: tuple[NDArray[np.int64], Whole, Floats], lanes: Lanes, row: Whole
) -> None:
    """Search upwards from up to ``LANES`` sources, whose entries are given by place.

    ``row`` tells the row of each place; the largest number for one that is not swept.
    """
    start, place, offset_s = seeds
    for lane in range(len(start) - 1):
        part = slice(start[lane], start[lane + 1])
        _climb(ways, (place[part], offset_s[part]), lane, lanes, row)


@compiled
def sweep(ways: Ways, row: Whole, lanes: Lanes) -> None:
    """Make all rows final, from the top down.

    ``ways`` come down to each place from *rows*; ``row`` tells the row of each place. A row
    is what its upward search found or, if that is faster, what comes down to it.
    """
    start, tail, seconds = ways
    dist, begun = lanes.dist, lanes.begun
    for place in range(np.uint64(len(row))):
        r = np.uint64(row[place])
        mine = dist[r]
        if begun[r]:
            begun[r] = False
        else:
            for lane in range(LANES):
                mine[lane] = INF
        for arc in range(np.uint64(start[place]), np.uint64(start[place + _ONE])):
            theirs, more = dist[np.uint64(tail[arc])], seconds[arc]
            for lane in range(LANES):
                then = theirs[lane] + more
                mine[lane] = then if then < mine[lane] else mine[lane]  # noqa: FURB136 - vector code


@compiled
def read_targets(
    targets: tuple[NDArray[np.int64], Whole, Floats],
    limits_s: tuple[float, float],
    dist: Floats,
    out: Floats,
) -> None:
    """Fill ``out``, shape (sources, targets), from rows that are final."""
    start, row, offset_s = targets
    cutoff_s, limit_s = limits_s
    for j in range(len(start) - 1):
        for lane in range(len(out)):
            best = INF
            for i in range(start[j], start[j + 1]):
                best = min(best, dist[np.uint64(row[i]), lane] + offset_s[i])
            out[lane, j] = min(best, cutoff_s) if best <= limit_s else INF


@compiled
def select(ways: Ways, wanted: Whole) -> tuple[Ways, Whole]:
    """Keep of the downward ways those that lead to wanted places.

    Returns them by row, coming from rows, and the row of each place (the largest number
    where it has none).
    """
    start, tail, seconds = ways
    n = len(start) - 1
    row = np.full(n, np.uint32(0xFFFFFFFF), np.uint32)
    keep = np.zeros(n, np.bool_)
    for p in wanted:
        keep[p] = True
    rows, arcs = 0, 0
    for p in range(n - 1, -1, -1):
        if keep[p]:
            rows += 1
            arcs += start[p + 1] - start[p]
            for arc in range(start[p], start[p + 1]):
                keep[tail[arc]] = True
    starts = np.zeros(rows + 1, np.uint32)
    tails, times = np.empty(arcs, np.uint32), np.empty(arcs, np.float64)
    r, a = 0, 0
    for p in range(n):
        if keep[p]:
            row[p] = r
            for arc in range(start[p], start[p + 1]):
                tails[a], times[a] = row[tail[arc]], seconds[arc]
                a += 1
            r += 1
            starts[r] = a
    return Ways(starts, tails, times), row

"""Contract the nodes of a graph into a hierarchy.

After R. Geisberger, P. Sanders, D. Schultes, D. Delling, "Contraction hierarchies: faster and
simpler hierarchical routing in road networks", WEA 2008: the least important node is taken
away, and shortcuts between its neighbours keep all times right where no other way is as fast.

The work is done in three parts, so that searches for ways round are spent where they tell:
dead ends and nodes on the way between two others go without any; most of the rest goes in
rounds of nodes that are no neighbours, by an importance that only counts the arcs that may
come; the last ones go one by one, by the shortcuts they really need.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firecover.network.engines.compiled import compiled
from firecover.network.engines.remains import INF, Rest, forget, gather, join, span
from firecover.network.engines.witness import (
    COUNT,
    FEW,
    SETTLED,
    SETTLED_EARLY,
    THIN_OUT,
    Bench,
    Shortcuts,
    drop_least,
    find_shortcuts,
    put,
)

#: Nodes that go one by one at the end.
LAST = 3000
#: The share of what is left that a round may take.
SHARE = 0.2
#: The neighbours of a node that is merely on the way between two others.
PAIR = 2
#: What a level counts beside the arcs added for each arc removed. These were measured
#: on the networks of ``tests/benchmarks``: less work, and no more arcs to sweep through.
LEVEL = 0.2

Levels = NDArray[np.int32]
Flags = NDArray[np.bool_]


@compiled
def _room_for(rest: Rest, v: Any, found: Shortcuts) -> Shortcuts:
    """Return room for a shortcut between any two neighbours of a node."""
    size: Any = np.int64(rest.stand[v].size)
    if size * size <= len(found.start):
        return found
    count = 2 * size * size
    start, end = np.empty(count, np.uint32), np.empty(count, np.uint32)
    return Shortcuts(start, end, np.empty(count, np.float64))


@compiled
def _raise(rest: Rest, v: Any, level: Levels) -> None:
    """Put a node's neighbours above it."""
    for i in span(rest, v):
        u = np.uint64(rest.records[i].node)
        level[u] = max(level[u], level[v] + 1)


@compiled
def _strip(rest: Rest, gone: Flags, level: Levels) -> None:
    """Contract what has one neighbour or none, as long as there is any: trees go whole."""
    for root in range(len(gone)):
        v: Any = root
        while not gone[v] and rest.stand[v].size <= 1:
            gone[v] = True
            forget(rest, v)
            if rest.stand[v].size == 1:
                _raise(rest, v, level)
                v = np.int64(rest.records[rest.stand[v].first].node)


@compiled
def _shorten(rest: Rest, gone: Flags, level: Levels) -> Rest:
    """Contract what has two neighbours, every other node of a chain at a time."""
    held = np.full(len(gone), -1, np.int32)  # the turn in which a neighbour went
    todo = np.flatnonzero(~gone)
    turn = 0
    while len(todo) > 0:
        kept = 0
        for t in range(len(todo)):
            v = todo[t]
            if gone[v] or rest.stand[v].size > PAIR:
                continue
            if held[v] == turn:
                todo[kept] = v
                kept += 1
                continue
            gone[v] = True
            forget(rest, v)
            _raise(rest, v, level)
            for i in span(rest, v):
                held[rest.records[i].node] = turn
            if rest.stand[v].size == PAIR:
                first = rest.stand[v].first
                a, b = rest.records[first], rest.records[first + np.uint64(1)]
                rest = join(rest, a.node, b.node, (a.back + b.out, b.back + a.out))
        turn += 1
        todo = todo[:kept]
    return rest


@compiled
def _take(rest: Rest, v: Any, level: Levels, found: Shortcuts, count: int) -> Rest:
    """Contract a node whose shortcuts are known."""
    forget(rest, v)
    _raise(rest, v, level)
    for i in range(count):
        rest = join(rest, found.start[i], found.end[i], (found.seconds[i], INF))
    return rest


@compiled
def _arcs(rest: Rest, v: Any) -> int:
    """Count the arcs that go with a node."""
    count = 0
    for i in span(rest, v):
        count += (rest.records[i].out < INF) + (rest.records[i].back < INF)
    return max(count, 1)


@compiled
def _fill(rest: Rest, v: Any) -> int:
    """Count the arcs between a node's neighbours that are not there and may have to come."""
    count = 0
    mine = rest.stand[v]
    end = mine.first + np.uint64(mine.size)
    for i in span(rest, v):
        a = rest.records[i]
        for j in range(i + np.uint64(1), end):
            b = rest.records[j]
            there, back = a.back + b.out < INF, b.back + a.out < INF
            for k in span(rest, a.node):
                if rest.records[k].node == b.node:
                    there = there and rest.records[k].out == INF
                    back = back and rest.records[k].back == INF
                    break
            count += there + back
    return count


@compiled
def _rounds(
    rest: Rest, tools: tuple[Bench, Shortcuts], gone: Flags, level: Levels, last: int
) -> Rest:
    """Contract in rounds until no more than ``last`` nodes are left.

    A round takes what is below a bar, and no two neighbours. A node's importance is looked
    at again only when its old one is below the bar and a neighbour has gone.
    """
    bench, found = tools
    importance = np.full(len(gone), -INF)
    changed = np.ones(len(gone), np.bool_)
    todo = np.flatnonzero(~gone)
    held = np.full(len(gone), -1, np.int32)
    for v in todo:
        importance[v] = LEVEL * level[v] + _fill(rest, v) / _arcs(rest, v)
        changed[v] = False
    turn = 0
    while len(todo) > last:
        bar = np.partition(importance[todo], int(SHARE * len(todo)))[int(SHARE * len(todo))]
        kept = 0
        for t in range(len(todo)):
            v = todo[t]
            goes = importance[v] <= bar and held[v] != turn
            if goes and changed[v]:
                importance[v] = LEVEL * level[v] + _fill(rest, v) / _arcs(rest, v)
                changed[v] = False
                goes = importance[v] <= bar
            if not goes:
                todo[kept] = v
                kept += 1
                continue
            gone[v] = True
            found = _room_for(rest, v, found)
            settled = 0 if rest.stand[v].size <= FEW else SETTLED_EARLY
            count = find_shortcuts(rest, (bench, found), v, settled, THIN_OUT)
            rest = _take(rest, v, level, found, count)
            for i in span(rest, v):
                u = rest.records[i].node
                held[u], changed[u] = turn, True
        turn += 1
        todo = todo[:kept]
    return rest


@compiled
def _one_by_one(rest: Rest, bench: Bench, gone: Flags, level: Levels, found: Shortcuts) -> Rest:
    """Contract what is left, the least important first.

    Importance is looked at again when a node's turn comes: it goes back if that has grown.
    """
    left = np.flatnonzero(~gone)
    key, node = np.empty(len(left) + 1, np.float64), np.empty(len(left) + 1, np.uint32)
    size = 0
    for v in left:
        found = _room_for(rest, v, found)
        count = find_shortcuts(rest, (bench, found), v, SETTLED, COUNT)
        put(key, node, size, LEVEL * level[v] + count / _arcs(rest, v), v)
        size += 1
    while size > 0:
        v = np.int64(node[0])
        drop_least(key, node, size)
        size -= 1
        found = _room_for(rest, v, found)
        count = find_shortcuts(rest, (bench, found), v, SETTLED, THIN_OUT)
        importance = LEVEL * level[v] + count / _arcs(rest, v)
        if size > 0 and importance > key[0]:
            put(key, node, size, importance, v)
            size += 1
            continue
        gone[v] = True
        rest = _take(rest, v, level, found, count)
    return rest


@compiled
def contract(rest: Rest, bench: Bench, last: int) -> Rest:
    """Contract all nodes, the ``last`` ones one by one; records then lead to higher nodes only."""
    gone, level = np.zeros(len(rest.stand), np.bool_), np.zeros(len(rest.stand), np.int32)
    room = 64 * 64
    start, end = np.empty(room, np.uint32), np.empty(room, np.uint32)
    found = Shortcuts(start, end, np.empty(room, np.float64))
    _strip(rest, gone, level)
    rest = _shorten(rest, gone, level)
    rest = gather(rest, gone)
    rest = _rounds(rest, (bench, found), gone, level, last)
    return _one_by_one(rest, bench, gone, level, found)

"""Contract the nodes of a graph one by one into a hierarchy.

After R. Geisberger, P. Sanders, D. Schultes, D. Delling, "Contraction hierarchies: faster and
simpler hierarchical routing in road networks", WEA 2008: the least important node is taken
away, and shortcuts between its neighbours keep all times right where no other way is as fast.
Importance is what J. Dibbelt, B. Strasser and D. Wagner use in RoutingKit: the node's level,
plus shortcuts added to arcs removed, plus the same quotient of the original arcs they stand for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firecover.network.engines.compiled import compiled
from firecover.network.engines.witness import (
    Bench,
    Rest,
    Shortcuts,
    add_arc,
    drop_least,
    find_shortcuts,
    forget,
    put,
)

Longs = NDArray[np.int64]


@compiled
def _room(count: int) -> Shortcuts:
    """Return room for a number of shortcuts."""
    start, end = np.empty(count, np.uint32), np.empty(count, np.uint32)
    return Shortcuts(start, end, np.empty(count, np.float64), np.empty(count, np.uint32))


@compiled
def _room_for(rest: Rest, v: Any, found: Shortcuts) -> Shortcuts:
    """Return room for a shortcut between any two neighbours of a node."""
    most: Any = np.int64(rest.size[v]) * np.int64(rest.size[v])
    return found if most <= len(found.start) else _room(2 * most)


@compiled
def importance(
    rest: Rest, bench: Bench, v: Any, level: NDArray[np.int32], found: Shortcuts
) -> tuple[float, int]:
    """Return how late a node should go, and how many shortcuts that would need."""
    count, hops_added, hops_removed = find_shortcuts(rest, bench, v, found)
    removed = 0
    for i in range(rest.first[v], rest.first[v] + rest.size[v]):
        record = rest.records[i]
        removed += (record.out < np.inf) + (record.back < np.inf)
    if removed == 0:
        return float(level[v]), 0
    return level[v] + count / removed + hops_added / hops_removed, count


@compiled
def contract(rest: Rest, bench: Bench) -> tuple[Rest, Longs, NDArray[np.int32]]:
    """Contract all nodes; return the records, the order of the nodes and their levels.

    Importance is looked at again when a node's turn comes: it goes back if that has grown.
    """
    n = len(rest.first)
    found = _room(64 * 64)
    level = np.zeros(n, np.int32)
    now = np.empty(n, np.float64)
    order = np.empty(n, np.int64)
    key, node = np.empty(2 * n + 16, np.float64), np.empty(2 * n + 16, np.uint32)
    size = 0
    for each in range(n):
        found = _room_for(rest, each, found)
        now[each], _ = importance(rest, bench, each, level, found)
        put(key, node, size, now[each], each)
        size += 1
    done = 0
    while done < n:
        v, at = node[0], key[0]
        drop_least(key, node, size)
        size -= 1
        if at != now[v]:
            continue
        found = _room_for(rest, v, found)
        now[v], count = importance(rest, bench, v, level, found)
        if size > 0 and now[v] > key[0]:
            put(key, node, size, now[v], v)
            size += 1
            continue
        forget(rest, v)
        for i in range(count):
            rest = add_arc(rest, found.start[i], found.end[i], found.seconds[i], found.hops[i])
        now[v] = np.nan
        order[done] = v
        done += 1
        for i in range(rest.first[v], rest.first[v] + rest.size[v]):
            u = np.int64(rest.records[i].node)
            level[u] = max(level[u], level[v] + 1)
    return rest, order, level

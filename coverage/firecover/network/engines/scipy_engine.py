"""The default engine, on scipy's Dijkstra."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from firecover.network.engines.graph import Graph, Reach, Seeds, Targets
from firecover.network.engines.limits import limit_s

Floats = NDArray[np.float64]

#: Bytes of a block of times that is held at once.
BLOCK_BYTES = 256 << 20
#: Sources that get nodes of their own in one copy of the arcs.
BATCH = 4096


def _with_sources(graph: Graph, seeds: Seeds) -> tuple[csr_array, NDArray[np.int64]]:
    """Return the arcs with one more node a source, from which arcs lead to its entries.

    A source that is exactly at a node needs none.
    """
    n, k = graph.node_count, len(seeds)
    sizes = np.diff(seeds.start)
    plain = bool((sizes == 1).all() and (seeds.offset_s == 0).all())
    if plain:
        return graph.matrix(), seeds.node.astype(np.int64)
    owner = seeds.owners()
    order = np.lexsort((seeds.offset_s, seeds.node, owner))
    owner, node, offset_s = owner[order], seeds.node[order], seeds.offset_s[order]
    first = np.ones(len(owner), dtype=bool)
    first[1:] = (owner[1:] != owner[:-1]) | (node[1:] != node[:-1])
    owner, node, offset_s = owner[first], node[first], offset_s[first]
    more = np.cumsum(np.bincount(owner, minlength=k))
    indptr = np.concatenate((graph.indptr, graph.arc_count + more)).astype(np.int32)
    head = np.concatenate((graph.head, node))
    seconds = np.concatenate((graph.seconds, offset_s))
    return csr_array((seconds, head, indptr), shape=(n + k, n + k)), n + np.arange(k)


@dataclass(frozen=True)
class ScipyEngine:
    """Dijkstra's algorithm as scipy has it: a heap, one core, dense results.

    See :class:`firecover.network.engines.Engine` for what the methods do.
    """

    name: str = "scipy"
    block_bytes: int = BLOCK_BYTES

    def prepare(self, graph: Graph) -> None:
        """Do nothing: there is nothing to prepare."""

    def _blocks(
        self, graph: Graph, seeds: Seeds, cutoff_s: float
    ) -> Iterator[tuple[slice, Floats]]:
        """Go through the sources; rows may hold more columns than the graph has nodes."""
        limit = limit_s(cutoff_s)
        size = max(1, self.block_bytes // (8 * (graph.node_count + 1)))
        for begin in range(0, len(seeds), BATCH):
            batch = seeds.between(begin, min(begin + BATCH, len(seeds)))
            matrix, source = _with_sources(graph, batch)
            for low in range(0, len(batch), size):
                high = min(low + size, len(batch))
                node_s = dijkstra(matrix, indices=source[low:high], limit=limit)
                yield slice(begin + low, begin + high), node_s

    def one_to_all(self, graph: Graph, seeds: Seeds) -> Iterator[tuple[slice, Floats]]:
        """Go through blocks of sources with their times to all nodes."""
        seeds.check_nodes(graph)
        for rows, node_s in self._blocks(graph, seeds, np.inf):
            yield rows, node_s[:, : graph.node_count]

    def within(self, graph: Graph, seeds: Seeds, cutoff_s: float) -> Reach:
        """Return the nodes that each source reaches within a cutoff."""
        seeds.check_nodes(graph)
        parts = []
        for low in range(0, len(seeds), BATCH):
            batch = seeds.between(low, min(low + BATCH, len(seeds)))
            if self._spreads_far(graph, batch, cutoff_s):
                small, kept, entries = graph, np.arange(graph.node_count), batch
            else:
                small, kept, entries = _reachable_part(graph, batch, cutoff_s)
            for _, node_s in self._blocks(small, entries, cutoff_s):
                parts.append(_sparse(node_s[:, : small.node_count], kept, cutoff_s))
        return Reach.joined(parts)

    def _spreads_far(self, graph: Graph, seeds: Seeds, cutoff_s: float) -> bool:
        """Judge by the first source whether together they reach most of the graph."""
        reached = sum(
            np.count_nonzero(np.isfinite(node_s))
            for _, node_s in self._blocks(graph, seeds.between(0, 1), cutoff_s)
        )
        return bool(reached * len(seeds) > graph.node_count / 4)

    def matrix(
        self, graph: Graph, seeds: Seeds, targets: Targets, cutoff_s: float = np.inf
    ) -> Floats:
        """Return the time from every source to every place."""
        seeds.check_nodes(graph)
        targets.check_nodes(graph)
        out = np.full((len(seeds), len(targets)), np.inf)
        some = np.flatnonzero(np.diff(targets.start))
        if not len(some):
            return out
        begins = targets.start[some]
        for rows, node_s in self._blocks(graph, seeds, cutoff_s):
            at_entries = node_s[:, targets.node] + targets.offset_s
            out[rows, some] = np.minimum.reduceat(at_entries, begins, axis=1)
        out[out > limit_s(cutoff_s)] = np.inf
        return np.where(np.isfinite(out), np.minimum(out, cutoff_s), out)

    def earliest(
        self, graph: Graph, seeds: Seeds, cutoff_s: float = np.inf
    ) -> tuple[Floats, NDArray[np.int64]]:
        """Return the earliest arrival at every node and the source that it comes from."""
        seeds.check_nodes(graph)
        n = graph.node_count
        node_s, source = np.full(n, np.inf), np.full(n, -1, np.int64)
        if not len(seeds.node):
            return node_s, source
        limit = limit_s(cutoff_s)
        matrix, starts = _with_sources(graph, seeds)
        node_s = dijkstra(matrix, indices=starts, limit=limit, min_only=True)[:n]
        source = _lowest_sources(graph, seeds, node_s)
        return np.where(np.isfinite(node_s), np.minimum(node_s, cutoff_s), node_s), source


def _reachable_part(
    graph: Graph, seeds: Seeds, cutoff_s: float
) -> tuple[Graph, NDArray[np.int64], Seeds]:
    """Return what any of the sources reaches, its nodes, and the sources in it.

    One search from all of them finds it; searches one by one then need no room for the rest.
    """
    n = graph.node_count
    if not len(seeds.node):
        nothing = Graph(np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0))
        return nothing, np.zeros(0, np.int64), seeds
    matrix, source = _with_sources(graph, seeds)
    node_s = dijkstra(matrix, indices=source, limit=limit_s(cutoff_s), min_only=True)[:n]
    kept = np.flatnonzero(np.isfinite(node_s))
    number = np.full(n, -1, np.int32)
    number[kept] = np.arange(len(kept), dtype=np.int32)
    sizes = np.diff(graph.indptr)[kept]
    begins = np.cumsum(sizes) - sizes
    arc = np.repeat(graph.indptr[kept] - begins, sizes) + np.arange(int(sizes.sum()))
    head = number[graph.head[arc]]
    inside = head >= 0
    tail = np.repeat(np.arange(len(kept)), sizes)[inside]
    indptr = np.concatenate(([0], np.cumsum(np.bincount(tail, minlength=len(kept)))))
    small = Graph(indptr.astype(np.int64), head[inside], graph.seconds[arc][inside])
    near = number[seeds.node] >= 0  # an entry later than the cutoff is at none of the nodes
    entries = Seeds.of_pairs(
        seeds.owners()[near], number[seeds.node[near]], seeds.offset_s[near], len(seeds)
    )
    return small, kept, entries


def _sparse(node_s: Floats, kept: NDArray[np.int64], cutoff_s: float) -> Reach:
    reached = [np.flatnonzero(np.isfinite(row)) for row in node_s]
    start = np.concatenate(([0], np.cumsum([len(columns) for columns in reached])))
    seconds = [row[columns] for row, columns in zip(node_s, reached, strict=True)]
    nodes = kept[np.concatenate(reached)].astype(np.int32)
    return Reach(start.astype(np.int64), nodes, np.minimum(np.concatenate(seconds), cutoff_s))


def _lowest_sources(graph: Graph, seeds: Seeds, node_s: Floats) -> NDArray[np.int64]:
    """Tell for every node reached the lowest source that arrives at the earliest time.

    Sources are handed on along the arcs that lie on fastest paths until nothing changes.
    """
    nobody = len(seeds)
    source = np.full(graph.node_count, nobody, np.int64)
    first = seeds.offset_s == node_s[seeds.node]
    np.minimum.at(source, seeds.node[first], seeds.owners()[first])
    tail = graph.tails()
    tight = np.flatnonzero(
        (node_s[tail] + graph.seconds == node_s[graph.head]) & np.isfinite(node_s[graph.head])
    )
    tail, head = tail[tight], graph.head[tight].astype(np.int64)
    begins = np.searchsorted(tail, np.arange(graph.node_count + 1))
    fresh = np.flatnonzero(source < nobody)
    while len(fresh):
        sizes = begins[fresh + 1] - begins[fresh]
        before = np.cumsum(sizes) - sizes
        arc = np.repeat(begins[fresh] - before, sizes) + np.arange(int(sizes.sum()))
        better = source[tail[arc]] < source[head[arc]]
        arc = arc[better]
        np.minimum.at(source, head[arc], source[tail[arc]])
        fresh = np.unique(head[arc])
    source[source == nobody] = -1
    return source

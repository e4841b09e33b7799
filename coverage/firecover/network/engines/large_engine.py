"""The engine for large work: compiled searches, and sweeps through a hierarchy."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from firecover.network.engines.bucket import (
    Arcs,
    Queue,
    Space,
    bucket_width_s,
    new_queue,
    new_space,
)
from firecover.network.engines.compiled import in_threads, thread_count
from firecover.network.engines.graph import Entries, Graph, Reach, Seeds, Targets
from firecover.network.engines.hierarchy import Hierarchy, build_hierarchy
from firecover.network.engines.limits import limit_s
from firecover.network.engines.order import Renumbered, renumber
from firecover.network.engines.phast import (
    LANES,
    Lanes,
    Ways,
    climb,
    new_lanes,
    new_rows,
    read_targets,
    select,
    sweep,
)
from firecover.network.engines.searches import (
    dense_searches,
    labelled_search,
    new_marks,
    sparse_searches,
    target_searches,
)
from firecover.network.engines.store import Store

Floats = NDArray[np.float64]
Whole = TypeVar("Whole", bound=np.integer)

#: Sources from which a hierarchy pays for its building.
MANY = 256
#: Sources that one thread searches from before it hands over what it has found.
CHUNK = 128


@dataclass
class _Prepared:
    """A graph in the forms that the compiled code wants, each made when first needed."""

    graph: Graph
    hierarchy: Hierarchy | None = None

    @cached_property
    def near(self) -> Renumbered:
        """The graph with neighbours side by side."""
        return renumber(self.graph)

    @cached_property
    def arcs(self) -> Arcs:
        """Its arcs."""
        near = self.near.graph
        return Arcs(near.indptr.astype(np.uint32), near.head.astype(np.uint32), near.seconds)

    @cached_property
    def longest_s(self) -> float:
        """The longest time of an arc."""
        return float(self.graph.seconds.max()) if self.graph.arc_count else 0.0

    @cached_property
    def width_s(self) -> float:
        """The width of a bucket."""
        return bucket_width_s(self.graph.seconds)


@dataclass
class LargeEngine:
    """Bucket searches where a cutoff keeps them small, hierarchy sweeps where none does.

    Which of the two answers depends on what was asked and on :meth:`prepare` alone, never
    on what happens to be stored. See :class:`firecover.network.engines.Engine` for what the
    methods do.

    Attributes
    ----------
    store
        Where hierarchies are kept between runs; None: nowhere.
    threads
        How many threads share the sources.
    """

    name: str = "large"
    store: Store | None = field(default_factory=Store)
    threads: int = field(default_factory=thread_count)
    _prepared: dict[str, _Prepared] = field(default_factory=dict, repr=False)

    def _of(self, graph: Graph) -> _Prepared:
        known = self._prepared.get(graph.digest)
        if known is None:
            known = _Prepared(graph)
            self._prepared = {graph.digest: known}  # one at a time: they are large
        return known

    def prepare(self, graph: Graph) -> None:
        """Load the graph's hierarchy, or build and store it."""
        known = self._of(graph)
        if known.hierarchy is None:
            known.hierarchy = stored_hierarchy(graph, self.store)

    def _hierarchy(self, graph: Graph, sources: int) -> Hierarchy | None:
        """Return the hierarchy if it was prepared or pays."""
        if sources >= MANY:
            self.prepare(graph)
        return self._of(graph).hierarchy

    def one_to_all(self, graph: Graph, seeds: Seeds) -> Iterator[tuple[slice, Floats]]:
        """Go through blocks of sources with their times to all nodes."""
        seeds.check_nodes(graph)
        hierarchy = self._hierarchy(graph, len(seeds))
        if hierarchy is None:
            return self._searched(graph, seeds)
        return _swept(hierarchy, seeds, self.threads)

    def _searched(self, graph: Graph, seeds: Seeds) -> Iterator[tuple[slice, Floats]]:
        known = self._of(graph)
        tools = _Tools(known, seeds)

        def work(rows: slice) -> tuple[slice, Floats]:
            part = seeds.between(rows.start, rows.stop)
            out = np.empty((len(part), graph.node_count))
            held = tools.take()
            numbered = _arrays(part, known.near.new)
            dense_searches(known.arcs, numbered, known.near.old, held, out)
            tools.give_back(held)
            return rows, out

        size = max(1, min(8, -(-len(seeds) // self.threads)))
        yield from in_threads(work, _slices(len(seeds), size), self.threads)

    def _chunks(self, seeds: Seeds) -> list[slice]:
        return _slices(len(seeds), max(1, min(CHUNK, -(-len(seeds) // self.threads))))

    def within(self, graph: Graph, seeds: Seeds, cutoff_s: float) -> Reach:
        """Return the nodes that each source reaches within a cutoff."""
        seeds.check_nodes(graph)
        known = self._of(graph)
        tools = _Tools(known, seeds)
        limits, numbers = _limits(cutoff_s), (known.near.old, known.near.new)

        def work(rows: slice) -> Reach:
            part = _arrays(seeds.between(rows.start, rows.stop), known.near.new)
            held = tools.take()
            space, queue = held
            marks = new_marks(graph.node_count)
            found = sparse_searches(known.arcs, part, limits, numbers, (space, queue, marks))
            tools.give_back(held)
            return Reach(*found)

        jobs = self._chunks(seeds)
        return Reach.joined(list(in_threads(work, jobs, self.threads)))

    def matrix(
        self, graph: Graph, seeds: Seeds, targets: Targets, cutoff_s: float = np.inf
    ) -> Floats:
        """Return the time from every source to every place."""
        seeds.check_nodes(graph)
        targets.check_nodes(graph)
        out = np.empty((len(seeds), len(targets)))
        hierarchy = self._hierarchy(graph, len(seeds)) if np.isinf(cutoff_s) else None
        if hierarchy is None and np.isfinite(cutoff_s):
            hierarchy = self._of(graph).hierarchy
            if hierarchy is not None and not self._sweep_pays(graph, seeds, targets, cutoff_s):
                hierarchy = None
        if hierarchy is None:
            self._searched_matrix(graph, seeds, targets, cutoff_s, out)
        else:
            _swept_matrix(hierarchy, (seeds, targets), cutoff_s, self.threads, out)
        return out

    def _sweep_pays(self, graph: Graph, seeds: Seeds, targets: Targets, cutoff_s: float) -> bool:
        """Judge by what the first sources reach whether searches would be dearer than sweeps.

        Measured: a node costs a search 50 ns and a sweep 3 ns; a sweep goes through some
        eight places a target, or all there are.
        """
        reached = len(self.within(graph, seeds.between(0, min(4, len(seeds))), cutoff_s).node)
        swept = min(graph.node_count, 8 * len(targets))
        return reached / max(1, min(4, len(seeds))) * 50 > swept * 3 + 25_000

    def _searched_matrix(
        self, graph: Graph, seeds: Seeds, targets: Targets, cutoff_s: float, out: Floats
    ) -> None:
        known = self._of(graph)
        tools = _Tools(known, seeds)
        places, limits = _arrays(targets, known.near.new), _limits(cutoff_s)

        def work(rows: slice) -> None:
            part = _arrays(seeds.between(rows.start, rows.stop), known.near.new)
            held = tools.take()
            target_searches(known.arcs, (part, places), limits, held, out[rows])
            tools.give_back(held)

        for _ in in_threads(work, self._chunks(seeds), self.threads):
            pass

    def earliest(
        self, graph: Graph, seeds: Seeds, cutoff_s: float = np.inf
    ) -> tuple[Floats, NDArray[np.int64]]:
        """Return the earliest arrival at every node and the source that it comes from."""
        seeds.check_nodes(graph)
        known = self._of(graph)
        space, queue = _Tools(known, seeds).take()
        nobody = len(seeds)
        source = np.full(graph.node_count, nobody, np.int64)
        _, node, offset_s = _arrays(seeds, known.near.new)
        entries = (node, offset_s, seeds.owners())
        labelled_search(known.arcs, entries, _limits(cutoff_s)[1], (space, queue), source)
        node_s, source = space.dist[known.near.new], source[known.near.new]
        source[source == nobody] = -1
        return np.where(np.isfinite(node_s), np.minimum(node_s, cutoff_s), node_s), source


class _Tools:
    """Working spaces for searches, used again: only what a search touched is reset."""

    def __init__(self, known: _Prepared, seeds: Seeds) -> None:
        late_s = float(seeds.offset_s.max()) if len(seeds.offset_s) else 0.0
        self._known = known
        self._span_s = max(known.longest_s, late_s)
        self._spare: list[Space] = []

    def take(self) -> tuple[Space, Queue]:
        """Return a space with nothing in it and an empty queue."""
        try:
            space = self._spare.pop()
        except IndexError:
            space = new_space(self._known.graph.node_count)
        return space, new_queue(self._span_s, self._known.width_s)

    def give_back(self, tools: tuple[Space, Queue]) -> None:
        """Keep a space for the next one."""
        self._spare.append(tools[0])


def _limits(cutoff_s: float) -> tuple[float, float]:
    return float(cutoff_s), float(limit_s(cutoff_s))


def _slices(count: int, size: int) -> list[slice]:
    return [slice(low, min(low + size, count)) for low in range(0, count, size)]


def _arrays(
    entries: Entries, number: NDArray[Whole]
) -> tuple[NDArray[np.int64], NDArray[Whole], Floats]:
    """Return entries as arrays of their own, their nodes by other numbers."""
    return entries.start.copy(), number[entries.node], entries.offset_s.copy()


def stored_hierarchy(graph: Graph, store: Store | None) -> Hierarchy:
    """Return a graph's hierarchy from a store, or build it and store it."""
    kept = store.load("hierarchy", graph.digest) if store else None
    if kept is not None:
        try:
            return Hierarchy(**kept)  # type: ignore[arg-type]
        except TypeError:  # of another form: build it anew
            pass
    hierarchy = build_hierarchy(graph)
    if store:
        store.save("hierarchy", graph.digest, hierarchy.arrays())
    return hierarchy


class _Blocks:
    """Blocks of times, used again as soon as nobody holds them or a part of them.

    New memory has to be cleared by the system first, which takes longer than the sweep.
    """

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._made: list[Floats] = []
        self._lock = threading.Lock()

    def take(self) -> Floats:
        """Return a block that is in nobody's hands."""
        with self._lock:
            for block in self._made:
                # The list, this loop and the question itself make three.
                if sys.getrefcount(block) <= 3:  # noqa: PLR2004
                    return block
            self._made.append(new_rows(self._rows))
            return self._made[-1]


def _swept(hierarchy: Hierarchy, seeds: Seeds, threads: int) -> Iterator[tuple[slice, Floats]]:
    n = hierarchy.node_count
    up = Ways(hierarchy.up_start, hierarchy.up_head, hierarchy.up_s)
    from_nodes = hierarchy.node[hierarchy.down_tail]
    down = Ways(hierarchy.down_start, from_nodes, hierarchy.down_s)

    spare: list[Lanes] = []
    blocks = _Blocks(n)

    def work(rows: slice) -> tuple[slice, Floats]:
        # The times are handed over, the rest is used again.
        lanes = (spare.pop() if spare else new_lanes(n, n, 0))._replace(dist=blocks.take())
        part = _arrays(seeds.between(rows.start, rows.stop), hierarchy.place)
        climb(up, part, lanes, hierarchy.node)
        sweep(down, hierarchy.node, lanes)
        spare.append(lanes._replace(dist=new_rows(0)))
        return rows, lanes.dist.T[: rows.stop - rows.start]

    yield from in_threads(work, _slices(len(seeds), LANES), threads)


def _swept_matrix(
    hierarchy: Hierarchy,
    ends: tuple[Seeds, Targets],
    cutoff_s: float,
    threads: int,
    out: Floats,
) -> None:
    seeds, targets = ends
    up = Ways(hierarchy.up_start, hierarchy.up_head, hierarchy.up_s)
    start, place, offset_s = _arrays(targets, hierarchy.place)
    whole = Ways(hierarchy.down_start, hierarchy.down_tail, hierarchy.down_s)
    down, row = select(whole, place)
    count = len(down.start) - 1
    in_order = np.arange(count, dtype=np.uint32)
    places = (start, row[place], offset_s)
    limits = _limits(cutoff_s)

    spare: list[Lanes] = []

    def work(rows: slice) -> None:
        lanes = spare.pop() if spare else new_lanes(count, hierarchy.node_count)
        climb(up, _arrays(seeds.between(rows.start, rows.stop), hierarchy.place), lanes, row)
        sweep(down, in_order, lanes)
        read_targets(places, limits, lanes.dist, out[rows])
        spare.append(lanes)

    for _ in in_threads(work, _slices(len(seeds), LANES), threads):
        pass

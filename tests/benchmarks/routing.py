"""Measure the engines beside their peers: ``python tests/benchmarks/routing.py``.

Peers are measured where they are installed (igraph, rustworkx, networkit, pandana,
osrm-bindings); none of them is a dependency. Use the ratios, not the times: everything is
measured in one run on one machine, the best of several repetitions each.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import peers
import real_networks
from osrm_peer import table_seconds
from scipy.sparse.csgraph import dijkstra

from firecover.network.engines import Graph, Seeds, Store, Targets
from firecover.network.engines.hierarchy import build_hierarchy
from firecover.network.engines.large_engine import LargeEngine
from firecover.network.engines.scipy_engine import ScipyEngine

CUTOFFS_S = (300.0, 600.0, 1800.0)
SOURCES = 64
Row = tuple[str, str, str, str, str]


def milliseconds(seconds: float) -> str:
    """A time a source in the table."""
    return f"{seconds * 1e3:.3g}"


def quiet_run(work: Callable[[], object]) -> float | None:
    """Seconds, or None where the library is missing."""
    try:
        return work()
    except ImportError as error:
        print(f"passed over: {error.name}", flush=True)
        return None


class Bench:
    """One network and the questions asked on it."""

    def __init__(self, graph: Graph, folder: Path) -> None:
        self.graph, self.folder = graph, folder
        rng = np.random.default_rng(0)
        part = real_networks.largest_part(graph)
        self.sources = rng.choice(part, SOURCES, replace=False)
        self.seeds = Seeds.at_nodes(self.sources)
        self.many = rng.choice(part, 1000, replace=False)
        self.places = rng.choice(part, 5000, replace=False)
        self.matrix = graph.matrix()
        self.warm = LargeEngine(store=Store(folder / "cache"))
        self.say(f"{graph.node_count:,} nodes, {graph.arc_count:,} arcs")

    @staticmethod
    def say(text: str) -> None:
        """Print at once: a run takes minutes."""
        print(text, flush=True)

    def row(self, name: str, *seconds: float | None) -> None:
        """Print a row of the table, seconds a source."""
        cells = " | ".join("–" if s is None else milliseconds(s) for s in seconds)
        self.say(f"| {name} | {cells} |")

    def run(self, part: str | None) -> None:
        """Ask all questions, or those of one part."""
        if part in {None, "searches"}:
            self.searches()
        if part in {None, "hierarchies"}:
            self.hierarchies()
        if part in {None, "table"}:
            self.table()

    def plain_scipy(self) -> list[float]:
        """One to all and the cutoffs, seconds a source, dense as scipy gives them."""
        times = []
        for cutoff_s in (np.inf, *CUTOFFS_S):
            seconds = peers.best_of(
                3, lambda c=cutoff_s: dijkstra(self.matrix, indices=self.sources, limit=c)
            )
            times.append(seconds / SOURCES)
        return times

    def engine(self, made: ScipyEngine | LargeEngine, repeats: int) -> list[float]:
        """The same, by one of our engines: dense blocks, sparse results with a cutoff."""

        def all_blocks() -> None:
            for _ in made.one_to_all(self.graph, self.seeds):
                pass

        times = [peers.best_of(repeats, all_blocks) / SOURCES]
        for cutoff_s in CUTOFFS_S:
            seconds = peers.best_of(
                repeats, lambda c=cutoff_s: made.within(self.graph, self.seeds, c)
            )
            times.append(seconds / SOURCES)
        return times

    def other(self, ask: peers.Ask, count: int) -> float:
        """One to all by another library, seconds a source."""
        each = [peers.best_of(1, lambda s=s: ask(int(s))) for s in self.sources[:count]]
        return min(each)

    def searches(self) -> None:
        """The first table: milliseconds a source."""
        self.say("\n| ms a source | one to all | 5 min | 10 min | 30 min |\n|---|---|---|---|---|")
        if asks := quiet_run(lambda: peers.networkx_asks(self.graph)):
            limited = [
                float(
                    np.mean([peers.best_of(1, lambda s=s, c=c: asks[1](int(s), c)) for s in some])
                )
                for c, some in zip(CUTOFFS_S, (self.sources,) * 3, strict=True)
            ]
            self.row("networkx", self.other(asks[0], 2), *limited)
            del asks
        for name, make, count in (
            ("igraph", peers.igraph_ask, 4),
            ("rustworkx", peers.rustworkx_ask, 4),
            ("networkit", peers.networkit_ask, 4),
        ):
            if ask := quiet_run(lambda make=make: make(self.graph)):
                self.row(name, self.other(ask, count), None, None, None)
        plain = self.plain_scipy()
        self.row("scipy, plain (dense)", *plain)
        self.row("**default engine**", *(default := self.engine(ScipyEngine(), 3)))
        searched = LargeEngine(store=None, threads=1)
        self.row("**large**, searches, 1 thread", *(self.engine(searched, 5)))
        swept = LargeEngine(store=self.warm.store, threads=1)
        swept.prepare(self.graph)
        self.row("**large**, hierarchy, 1 thread", *(one := self.engine(swept, 5)))
        swept.threads = 2
        self.row("**large**, hierarchy, 2 threads", *(two := self.engine(swept, 5)))
        for name, times in (("default", default), ("large, 1", one), ("large, 2", two)):
            ratios = ", ".join(f"{a / b:.3g}" for a, b in zip(plain, times, strict=True))
            self.say(f"plain scipy ÷ {name}: {ratios}")

    def hierarchies(self) -> None:
        """How long the building takes, in processor time; the code is compiled before."""
        begin = time.process_time()
        build_hierarchy(self.graph)
        own = time.process_time() - begin
        begin = time.perf_counter()
        LargeEngine(store=self.warm.store).prepare(self.graph)
        loaded = time.perf_counter() - begin
        self.say(f"\nhierarchy built in {own:.1f} s of processor time, loaded in {loaded:.2f} s")
        if built := quiet_run(lambda: peers.pandana_network(self.graph)):
            self.say(f"pandana's in {built[0]:.1f} s: {built[0] / own:.1f} times ours")
            network = built[1]
            for cutoff_s in CUTOFFS_S:
                seconds = peers.best_of(
                    2,
                    lambda c=cutoff_s: network.nodes_in_range(
                        self.sources.tolist(), c, imp_name="seconds"
                    ),
                )
                self.say(
                    f"pandana, {cutoff_s:.0f} s: {milliseconds(seconds / SOURCES)} ms a source"
                )

    def table(self) -> None:
        """1,000 × 5,000 times with the hierarchy stored."""
        seeds, targets = Seeds.at_nodes(self.many), Targets.at_nodes(self.places)
        for threads in (1, 2):
            made = LargeEngine(store=self.warm.store, threads=threads)
            made.prepare(self.graph)
            seconds = peers.best_of(5, lambda m=made: m.matrix(self.graph, seeds, targets))
            begin = time.perf_counter()
            if threads == 1:
                expected = ScipyEngine().matrix(self.graph, seeds, targets)
                scipy_s = time.perf_counter() - begin
                found = made.matrix(self.graph, seeds, targets)
                np.testing.assert_allclose(found, expected, rtol=1e-9)
                self.say(f"\n1,000 × 5,000: default engine (scipy) {scipy_s:.1f} s")
            self.say(
                f"1,000 × 5,000: large, {threads} thread(s) {seconds:.3f} s, "
                f"{scipy_s / seconds:.0f} times as fast; greatest difference within 1e-9"
            )
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            osrm = table_seconds(self.graph, self.many, self.places, Path(folder))
        if osrm is None:
            self.say("passed over: OSRM")
        else:
            self.say(
                f"OSRM: contracted in {osrm[0]:.1f} s, table {osrm[1]:.1f} s (2 threads, HTTP)"
            )


def main() -> None:
    """Measure on both networks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiles", type=int, nargs=2, default=(12, 13))
    parser.add_argument("--only", choices=("tiled", "world"))
    parser.add_argument("--part", choices=("searches", "hierarchies", "table"))
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        if arguments.only != "world":
            print("\n## A city laid out many times")
            bench = Bench(real_networks.tiled_city(*arguments.tiles), Path(folder))
            bench.warm.prepare(bench.graph)
            bench.run(arguments.part)
        if arguments.only != "tiled":
            print("\n## The world's highways")
            bench = Bench(real_networks.world_highways(), Path(folder))
            bench.warm.prepare(bench.graph)
            bench.run(arguments.part)


if __name__ == "__main__":
    main()

"""How time and memory grow with the network: ``python tests/benchmarks/growth.py``.

Each size runs in a process of its own, whose peak memory is what is told. Draws
``growth.svg`` beside this file. ``--scale`` measures the 1,000 sources with a 30-minute
cutoff on the world's highways instead.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np

#: Tiles across and down; a tile has 2,435 nodes.
SIZES = ((2, 2), (4, 3), (6, 7), (12, 13), (17, 25))
SOURCES = 64
CUTOFF_S = 1800.0


def peak_mb() -> float:
    """Return the most memory that this process has held, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def make(across: int, down: int, path: Path) -> None:
    """Lay out a network and keep it in a file: reading roads takes memory of its own."""
    import real_networks

    graph = real_networks.tiled_city(across, down)
    np.savez(path, indptr=graph.indptr, head=graph.head, seconds=graph.seconds, xy=graph.xy)


def measure(path: Path) -> dict[str, float]:
    """Measure one size, in this process."""
    import peers

    from firecover.network.engines import Graph, Seeds, Store, graph_of_arcs
    from firecover.network.engines.large_engine import LargeEngine
    from firecover.network.engines.scipy_engine import ScipyEngine

    with np.load(path) as arrays:
        graph = Graph(**arrays)
    rng = np.random.default_rng(0)
    seeds = Seeds.at_nodes(rng.choice(graph.node_count, SOURCES, replace=False))
    told: dict[str, float] = {"nodes": graph.node_count, "network_mb": peak_mb()}

    def all_blocks(made: object) -> None:
        for _ in made.one_to_all(graph, seeds):
            pass

    with tempfile.TemporaryDirectory() as folder:
        made = LargeEngine(store=Store(Path(folder)))
        tiny = graph_of_arcs(np.array([0]), np.array([1]), np.ones(1), 2)
        made.prepare(tiny)  # compiled before the clock runs
        begin = time.perf_counter()
        made.prepare(graph)
        told["build_s"] = time.perf_counter() - begin
        told["within_ms"] = peers.best_of(3, lambda: made.within(graph, seeds, CUTOFF_S))
        told["sweep_ms"] = peers.best_of(3, lambda: all_blocks(made))
        told["large_mb"] = peak_mb()
        begin = time.perf_counter()
        LargeEngine(store=made.store).prepare(graph)
        told["load_s"] = time.perf_counter() - begin
        told["scipy_ms"] = peers.best_of(1, lambda: all_blocks(ScipyEngine()))
    for name in ("within_ms", "sweep_ms", "scipy_ms"):
        told[name] *= 1e3 / SOURCES
    return told


def scale() -> dict[str, float]:
    """Build, store and ask the world's highways for 1,000 sources within 30 minutes."""
    import real_networks

    from firecover.network.engines import Seeds, Store
    from firecover.network.engines.large_engine import LargeEngine

    told: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        graph = real_networks.world_highways()
        told["nodes"], told["network_mb"] = graph.node_count, peak_mb()
        part = real_networks.largest_part(graph)
        seeds = Seeds.at_nodes(np.random.default_rng(0).choice(part, 1000, replace=False))
        made = LargeEngine(store=Store(Path(folder)))
        begin = time.perf_counter()
        reach = made.within(graph, seeds, CUTOFF_S)
        told["within_s"], told["reached"] = time.perf_counter() - begin, len(reach.node)
        told["within_mb"] = peak_mb()
        begin = time.perf_counter()
        made.prepare(graph)
        told["build_s"] = time.perf_counter() - begin
        begin = time.perf_counter()
        for _ in made.one_to_all(graph, seeds):
            pass
        told["all_s"], told["all_mb"] = time.perf_counter() - begin, peak_mb()
    return told


def draw(rows: list[dict[str, float]], path: Path) -> None:
    """Draw the growth, both axes logarithmic."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "growth"
    from matplotlib import pyplot as plt

    nodes = [row["nodes"] for row in rows]
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for name, label in (
        ("scipy_ms", "scipy, one to all, ms a source"),
        ("sweep_ms", "large, one to all, ms a source"),
        ("within_ms", "large, 30 min, ms a source"),
        ("build_s", "hierarchy built, s"),
        ("load_s", "hierarchy loaded, s"),
    ):
        left.loglog(nodes, [row[name] for row in rows], marker="o", label=label)
    right.loglog(nodes, [row["large_mb"] for row in rows], marker="o", label="peak, large engine")
    right.loglog(nodes, [row["network_mb"] for row in rows], marker="o", label="peak, network made")
    left.set(xlabel="nodes", ylabel="time")
    right.set(xlabel="nodes", ylabel="MB")
    for axes in (left, right):
        axes.grid(visible=True, which="major", alpha=0.3)
        axes.legend(fontsize=7)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Measure all sizes one after another, each in its own process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--make", nargs=3)
    parser.add_argument("--one", type=Path)
    parser.add_argument("--scale", action="store_true")
    arguments = parser.parse_args()
    if arguments.make:
        across, down, path = arguments.make
        make(int(across), int(down), Path(path))
    elif arguments.one:
        print(json.dumps(measure(arguments.one)))
    elif arguments.scale:
        print(json.dumps(scale(), indent=1))
    else:
        rows = []
        for across, down in SIZES:
            with tempfile.TemporaryDirectory() as folder:
                file = str(Path(folder) / "network.npz")
                again = [sys.executable, __file__]
                size = [str(across), str(down)]
                subprocess.run([*again, "--make", *size, file], check=True)
                done = subprocess.run(
                    [*again, "--one", file], check=True, capture_output=True, text=True
                )
            rows.append(json.loads(done.stdout.splitlines()[-1]))
            print(rows[-1], flush=True)
        names = list(rows[0])
        print(f"| {' | '.join(names)} |\n|{'---|' * len(names)}")
        for row in rows:
            print(f"| {' | '.join(f'{row[name]:,.4g}' for name in names)} |")
        draw(rows, Path(__file__).with_name("growth.svg"))


if __name__ == "__main__":
    main()

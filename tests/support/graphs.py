"""Small random graphs, and a twin that answers the engines' questions naively."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from firecover.network.engines import Graph, Seeds, Targets, graph_of_arcs

#: Times with many ties, sums of which round differently in another order.
STEPS_S = (0.0, 0.1, 0.2, 0.3, 0.7, 1.0, 2.5)


@st.composite
def random_graphs(draw, most: int = 25) -> Graph:
    """Directed graphs with parallel arcs, loops, zero times and parts apart."""
    n = draw(st.integers(1, most))
    m = draw(st.integers(0, 4 * n))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if draw(st.booleans()):
        seconds = rng.choice(STEPS_S, m)
    else:
        seconds = rng.uniform(0, 3, m) * rng.choice([1e-3, 1, 1e3], m)
    xy = rng.uniform(0, 1000, (n, 2)) if draw(st.booleans()) else None
    return graph_of_arcs(rng.integers(0, n, m), rng.integers(0, n, m), seconds, n, xy)


def _entries(draw, kind, graph: Graph, most: int):
    count = draw(st.integers(1, most))
    size = draw(st.integers(0, 2 * count))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    owner, node = rng.integers(0, count, size), rng.integers(0, graph.node_count, size)
    return kind.of_pairs(owner, node, rng.choice([0, 0.1, 0.2, 1.5, np.inf], size), count)


@st.composite
def seeds_on(draw, graph: Graph, most: int = 6) -> Seeds:
    """Sources with none, one or several entries each."""
    return _entries(draw, Seeds, graph, most)


@st.composite
def targets_on(draw, graph: Graph, most: int = 8) -> Targets:
    """Places with none, one or several entries each."""
    return _entries(draw, Targets, graph, most)


def twin_times(graph: Graph, seeds: Seeds) -> np.ndarray:
    """Times from every source to every node, by networkx, shape (k, n)."""
    twin = nx.DiGraph()
    twin.add_nodes_from(range(graph.node_count))
    for tail, head, seconds in zip(graph.tails(), graph.head, graph.seconds, strict=True):
        twin.add_edge(int(tail), int(head), weight=float(seconds))
    times = np.full((len(seeds), graph.node_count), np.inf)
    for owner, node, offset_s in zip(seeds.owners(), seeds.node, seeds.offset_s, strict=True):
        found = nx.single_source_dijkstra_path_length(twin, int(node))
        for reached, seconds in found.items():
            times[owner, reached] = min(times[owner, reached], offset_s + seconds)
    return times


def twin_matrix(graph: Graph, seeds: Seeds, targets: Targets) -> np.ndarray:
    """Times from every source to every place, by the same."""
    times = np.full((len(seeds), len(targets)), np.inf)
    node_s = twin_times(graph, seeds)
    for owner, node, offset_s in zip(targets.owners(), targets.node, targets.offset_s, strict=True):
        times[:, owner] = np.minimum(times[:, owner], node_s[:, node] + offset_s)
    return times

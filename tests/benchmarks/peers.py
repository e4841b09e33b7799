"""The same questions asked of other libraries; one that is not installed is passed over."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from firecover.network.engines import Graph

Ask = Callable[[int], object]


def best_of(repeats: int, work: Callable[[], object]) -> float:
    """Return the least wall-clock time of several, seconds."""
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - begin)
        del result
    return min(times)


def networkx_asks(graph: Graph) -> tuple[Ask, Callable[[int, float], object]]:
    """One to all, and with a cutoff."""
    import networkx as nx

    twin = nx.DiGraph()
    arcs = zip(graph.tails().tolist(), graph.head.tolist(), graph.seconds.tolist(), strict=True)
    twin.add_weighted_edges_from(arcs)
    return (
        lambda source: nx.single_source_dijkstra_path_length(twin, source),
        lambda source, cutoff_s: nx.single_source_dijkstra_path_length(
            twin, source, cutoff=cutoff_s
        ),
    )


def igraph_ask(graph: Graph) -> Ask:
    """One to all."""
    import igraph

    arcs = np.column_stack((graph.tails(), graph.head))
    twin = igraph.Graph(n=graph.node_count, edges=arcs, directed=True)
    weights = graph.seconds.tolist()
    return lambda source: twin.distances(source=[source], weights=weights)


def rustworkx_ask(graph: Graph) -> Ask:
    """One to all."""
    import rustworkx

    twin = rustworkx.PyDiGraph()
    twin.add_nodes_from(range(graph.node_count))
    arcs = zip(graph.tails().tolist(), graph.head.tolist(), graph.seconds.tolist(), strict=True)
    twin.add_edges_from(list(arcs))
    return lambda source: rustworkx.dijkstra_shortest_path_lengths(twin, source, float)


def networkit_ask(graph: Graph) -> Ask:
    """One to all."""
    import networkit

    networkit.setNumberOfThreads(1)
    twin = networkit.Graph(graph.node_count, weighted=True, directed=True)
    arcs = zip(graph.tails().tolist(), graph.head.tolist(), graph.seconds.tolist(), strict=True)
    for tail, head, seconds in arcs:
        twin.addEdge(tail, head, seconds)

    def ask(source: int) -> object:
        return networkit.distance.Dijkstra(twin, source, storePaths=False).run().getDistances()

    return ask


def pandana_network(graph: Graph) -> tuple[float, object]:
    """Build pandana's hierarchy; return the processor seconds of that, and the network."""
    import pandana
    import pandas as pd

    x, y = pd.Series(graph.xy[:, 0]), pd.Series(graph.xy[:, 1])
    tail, head = pd.Series(graph.tails()), pd.Series(graph.head.astype(np.int64))
    weights = pd.DataFrame({"seconds": graph.seconds})
    begin = time.process_time()
    network = pandana.Network(x, y, tail, head, weights, twoway=False)
    return time.process_time() - begin, network

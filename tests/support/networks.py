"""Small networks made by hand or by chance, and a twin that routes on them naively."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pandas as pd
from hypothesis import strategies as st

from firecover.layers.model import Roads
from firecover.layers.provenance import Provenance
from firecover.network.road_network import LeftOut, RoadNetwork, build_network
from firecover.network.snapping import Positions

CRS = "EPSG:4545"


def roads_of(lines, **columns) -> Roads:
    """Ways through the given points; equal points are the same vertex.

    ``lines`` are lists of (x, y); ``columns`` give road_class, oneway … one value a line.
    """
    sizes = [len(line) for line in lines]
    xy = np.array([point for line in lines for point in line], dtype=float).reshape(-1, 2)
    _, vertex_id = np.unique(xy, axis=0, return_inverse=True)
    count = len(lines)
    attributes = {
        "source_id": [str(i) for i in range(count)],
        "road_class": ["residential"] * count,
        "oneway": np.zeros(count, dtype=np.int8),
        "maxspeed_kmh": np.full(count, np.nan),
        "name": [""] * count,
        "ref": [""] * count,
        "bridge": np.zeros(count, dtype=bool),
        "tunnel": np.zeros(count, dtype=bool),
        "lanes": np.full(count, np.nan),
        "width_m": np.full(count, np.nan),
    } | columns
    return Roads(
        crs=CRS,
        xy=xy,
        vertex_id=vertex_id.astype(np.int64).ravel(),
        way_start=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        attributes=pd.DataFrame(attributes),
        provenance=Provenance(kind="modelled", source="made by a test"),
    )


def network_of(lines, speed_kmh=36.0, **columns) -> tuple[RoadNetwork, LeftOut]:
    """Build the network of some lines; at 36 km/h ten metres take a second."""
    return build_network(roads_of(lines, **columns), np.full(len(lines), float(speed_kmh)))


def grid(side: int, step_m: float = 100.0) -> list[list[tuple[float, float]]]:
    """Streets of a square grid with ``side`` crossings a side."""
    at = [i * step_m for i in range(side)]
    return [[(x, y) for x in at] for y in at] + [[(x, y) for y in at] for x in at]


def place(*edge_fraction: tuple[int, float]) -> Positions:
    """Positions given as (edge, fraction)."""
    edge, fraction = zip(*edge_fraction, strict=True)
    return Positions(np.array(edge), np.array(fraction, dtype=float), np.zeros(len(edge)))


def _inserted(network: RoadNetwork, **sets: Positions) -> nx.MultiDiGraph:
    """The network with every point as a node of its own, named after its set and number."""
    points: dict[int, list[tuple[float, str]]] = {}
    for kind, positions in sets.items():
        for number in np.flatnonzero(positions.on_network):
            edge, fraction = int(positions.edge[number]), float(positions.fraction[number])
            points.setdefault(edge, []).append((fraction, f"{kind}{number}"))
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(network.node_count))
    for edge in range(network.edge_count):
        ends = (0.0, int(network.tail[edge])), (1.0, int(network.head[edge]))
        chain = [ends[0], *sorted(points.get(edge, [])), ends[1]]
        for (a, u), (b, v) in itertools.pairwise(chain):
            for start, end, whole_s in (
                (u, v, network.forward_s[edge]),
                (v, u, network.backward_s[edge]),
            ):
                seconds = 0.0 if a == b else (b - a) * whole_s
                if np.isfinite(seconds):
                    graph.add_edge(start, end, weight=seconds)
    return graph


def twin_times(network: RoadNetwork, stations: Positions, places: Positions) -> np.ndarray:
    """Times by networkx on a graph into which every point is inserted."""
    graph = _inserted(network, s=stations, p=places)
    times = np.full((len(stations), len(places)), np.inf)
    for i in np.flatnonzero(stations.on_network):
        reached = nx.single_source_dijkstra_path_length(graph, f"s{i}", weight="weight")
        times[i] = [reached.get(f"p{j}", np.inf) for j in range(len(places))]
    return times


@st.composite
def random_networks(draw) -> RoadNetwork:
    """Grid-like networks with holes, one-ways, parallel roads, loops and dead ends."""
    side = draw(st.integers(2, 5))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    corner = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1) * 100.0
    corner = corner + rng.uniform(-30, 30, corner.shape)
    lines, oneway = [], []

    def road(points, one=0):
        lines.append([tuple(p) for p in points])
        oneway.append(one)

    for i in range(side):
        for j in range(side):
            for di, dj in ((0, 1), (1, 0)):
                if i + di >= side or j + dj >= side or rng.random() < 0.1:
                    continue
                a, b = corner[i, j], corner[i + di, j + dj]
                one = int(rng.choice([0, 0, 0, 1, -1]))
                road([a, (a + b) / 2 + rng.uniform(-20, 20, 2), b], one)
                if rng.random() < 0.15:  # a parallel road, and not always as fast
                    road([a, (a + b) / 2 + rng.uniform(30, 60, 2), b])
            if rng.random() < 0.15:  # a loop
                a = corner[i, j]
                road([a, a + np.array([20, 10]), a + np.array([25, -15]), a])
            if rng.random() < 0.2:  # a dead end
                road([corner[i, j], corner[i, j] + rng.uniform(-60, 60, 2)])
    # An outer ring both ways keeps the network in one piece.
    ring = [*corner[0], *corner[1:, -1], *corner[-1, -2::-1], *corner[-2:0:-1, 0], corner[0, 0]]
    road(ring)
    speeds = rng.choice([18.0, 36.0, 54.0], len(lines))
    return build_network(roads_of(lines, oneway=np.array(oneway, dtype=np.int8)), speeds)[0]


@st.composite
def positions_on(draw, network: RoadNetwork, least: int = 1, most: int = 6) -> Positions:
    """Places anywhere on a network, its ends among them, several on one edge at times."""
    count = draw(st.integers(least, most))
    edges = draw(st.lists(st.integers(0, network.edge_count - 1), min_size=count, max_size=count))
    fraction = st.one_of(st.sampled_from([0.0, 1.0, 0.5]), st.floats(0, 1))
    at = draw(st.lists(fraction, min_size=count, max_size=count))
    return Positions(np.array(edges), np.array(at), np.zeros(count))

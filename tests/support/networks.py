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
from firecover.network.turns import Turns
from firecover.standards import road_classes

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


def class_speeds_of(roads: Roads) -> np.ndarray:
    """The default speed of each way's class, or its sign's where that is lower, km/h."""
    speeds = {name: road_class.speed_kmh for name, road_class in road_classes().items()}
    by_class = roads.attributes["road_class"].map(speeds).to_numpy(dtype=float)
    return np.fmin(by_class, roads.attributes["maxspeed_kmh"].to_numpy(dtype=float))


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


def _driving_graph(network: RoadNetwork, turns: Turns) -> nx.DiGraph:
    """Driving an arc leads from its start to its end, a turn from an end to a start."""
    graph = nx.DiGraph()
    for a, b, seconds in zip(turns.from_arc, turns.to_arc, turns.seconds, strict=True):
        graph.add_edge(("end", int(a)), ("start", int(b)), weight=float(seconds))
    for arc, seconds in enumerate(np.concatenate((network.forward_s, network.backward_s))):
        if np.isfinite(seconds):
            graph.add_edge(("start", arc), ("end", arc), weight=float(seconds))
    return graph


def twin_with_turns(
    network: RoadNetwork, turns: Turns, stations: Positions, places: Positions
) -> np.ndarray:
    """Times by networkx on a graph of driven arcs, from station to place part way along."""
    m = network.edge_count
    arc_s = np.concatenate((network.forward_s, network.backward_s))
    graph = _driving_graph(network, turns)
    times = np.full((len(stations), len(places)), np.inf)
    for i in np.flatnonzero(stations.on_network):
        edge, at = int(stations.edge[i]), stations.fraction[i]
        ways = ((edge, 1 - at), (edge + m, at))
        own = {("end", arc): arc_s[arc] * left for arc, left in ways if np.isfinite(arc_s[arc])}
        graph.add_edges_from((i, end, {"weight": seconds}) for end, seconds in own.items())
        reached = nx.single_source_dijkstra_path_length(graph, i, weight="weight") if own else {}
        for j in np.flatnonzero(places.on_network):
            to, there = int(places.edge[j]), places.fraction[j]
            options = [
                reached.get(("start", arc), np.inf) + arc_s[arc] * share
                for arc, share in ((to, there), (to + m, 1 - there))
                if np.isfinite(arc_s[arc])
            ]
            if to == edge:
                along = (arc_s[to], there - at), (arc_s[to + m], at - there)
                options += [s * ahead for s, ahead in along if np.isfinite(s) and ahead >= 0]
            times[i, j] = min(options, default=np.inf)
        graph.remove_nodes_from([i] if own else [])
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

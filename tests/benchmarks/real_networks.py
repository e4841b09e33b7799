"""Large networks to measure on: a real city laid out many times, and the world's highways.

The files are read where they are, beside the repository; nothing of them is kept in it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from firecover.network.engines.graph import Graph, graph_of_arcs

REAL = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "real"
SEAM_KMH = 40.0
HIGHWAY_KMH = 80.0
DETOUR = 1.2
SEAMS = 12  # seam roads between two neighbouring tiles


def city(
    name: str = "north-bayreuth.osm.gz", crs: str = "EPSG:25832"
) -> tuple[NDArray[np.float64], Graph]:
    """One real city: coordinates in metres, and its directed arcs in seconds."""
    from firecover.layers.osm import read_osm
    from firecover.network.road_network import build_network
    from firecover.standards import road_classes
    from firecover.study import LayerTable

    path = REAL / "roads" / name
    source = {"kind": "observed", "source": "OpenStreetMap", "licence": "ODbL"}
    table = LayerTable.model_validate({"path": str(path), "provenance": source})
    roads = read_osm(path, table, crs)
    speeds = {name: road_class.speed_kmh for name, road_class in road_classes().items()}
    way_kmh = roads.attributes["road_class"].map(speeds).to_numpy(dtype=float)
    network, _ = build_network(roads, way_kmh)
    start = np.concatenate((network.tail, network.head))
    end = np.concatenate((network.head, network.tail))
    seconds = np.concatenate((network.forward_s, network.backward_s))
    xy = network.node_xy - network.node_xy.min(axis=0)
    return xy, graph_of_arcs(start, end, seconds, len(xy), xy)


def tiled_city(across: int = 12, down: int = 13) -> Graph:
    """The city laid out ``across`` × ``down`` times, joined by seam roads both ways."""
    xy, one = city()
    n = len(xy)
    width, height = xy.max(axis=0) + 100.0
    tail, head, seconds = one.tails(), one.head.astype(np.int64), one.seconds
    all_xy, starts, ends, times = [], [], [], []
    for i in range(across):
        for j in range(down):
            base = (i * down + j) * n
            all_xy.append(xy + np.array([i * width, j * height]))
            starts.append(base + tail)
            ends.append(base + head)
            times.append(seconds)
    far = np.concatenate(all_xy)
    for i in range(across):
        for j in range(down):
            here = (i * down + j) * n
            for di, dj in ((1, 0), (0, 1)):
                if i + di >= across or j + dj >= down:
                    continue
                there = ((i + di) * down + j + dj) * n
                a, b = _seam(xy, axis=0 if di else 1)
                length_m = np.linalg.norm(far[here + a] - far[there + b], axis=1) * DETOUR
                time = length_m / (SEAM_KMH / 3.6)
                starts += [here + a, there + b]
                ends += [there + b, here + a]
                times += [time, time]
    return graph_of_arcs(
        np.concatenate(starts), np.concatenate(ends), np.concatenate(times), len(far), far
    )


def _seam(xy: NDArray[np.float64], axis: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Nodes near the far edge of a tile, and the nearest ones at the near edge of the next."""
    across = 1 - axis
    size = xy.max(axis=0)
    places = np.linspace(0.05, 0.95, SEAMS) * size[across]
    tree = cKDTree(xy)
    far, near = np.empty((SEAMS, 2)), np.empty((SEAMS, 2))
    far[:, axis], near[:, axis] = size[axis], 0.0
    far[:, across] = near[:, across] = places
    _, a = tree.query(far)
    _, b = tree.query(near)
    return np.asarray(a, np.int64), np.asarray(b, np.int64)


def world_highways() -> Graph:
    """The world's highways, 560,282 nodes, both ways at one speed."""
    folder = REAL / "scale"
    nodes = pd.read_csv(folder / "scgraph-world_highways_nodes.csv.gz")
    edges = pd.read_csv(folder / "scgraph-world_highways_edges.csv.gz")
    u, v = edges["u"].to_numpy(np.int64), edges["v"].to_numpy(np.int64)
    seconds = edges["km"].to_numpy(np.float64) / HIGHWAY_KMH * 3600
    lat, lon = nodes["lat"].to_numpy(np.float64), nodes["lon"].to_numpy(np.float64)
    xy = np.column_stack((lon * np.cos(np.radians(lat)), lat)) * 111_320.0
    start, end = np.concatenate((u, v)), np.concatenate((v, u))
    return graph_of_arcs(start, end, np.concatenate((seconds, seconds)), len(nodes), xy)


def largest_part(graph: Graph) -> NDArray[np.int64]:
    """The nodes of the largest part in which each node can be reached from each."""
    n = graph.node_count
    arcs = coo_array((np.ones(len(graph.head), np.int8), (graph.tails(), graph.head)), shape=(n, n))
    _, label = connected_components(arcs, directed=True, connection="strong")
    return np.flatnonzero(label == np.bincount(label).argmax())

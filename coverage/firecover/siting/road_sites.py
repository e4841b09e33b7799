"""Places beside roads where a station's exit could be."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from shapely.geometry.base import BaseGeometry

from firecover.layers.model import RasterLayer
from firecover.network.elevation import sample
from firecover.network.pieces import cut_edges, piece_ends
from firecover.network.road_network import RoadNetwork, largest_part, take_edges
from firecover.network.strokes import Strokes, follow_roads

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
#: Where this many roads meet, an engine has a choice of ways.
JUNCTION_ROADS = 3
#: Junctions farther along the road than this are not looked for, metres. An assumption.
JUNCTION_REACH_M = 300.0
#: A slope is taken over no less than this, metres: about the side of a station's yard.
LEAST_RUN_M = 30.0


@dataclass(frozen=True)
class RoadSites:
    """Places beside roads, ``s`` of them, from west to east (and from south to north).

    Attributes
    ----------
    edge, fraction
        Shape (s,), where they are on the network: the station's exit, on the road's line.
    xy
        Shape (s, 2).
    road
        Shape (s,), the road's name, its number where it has none.
    road_class
        Shape (s,).
    both_ways
        Shape (s,), whether an engine may leave in both directions.
    junction_m
        Shape (s,), along the roads to the nearest junction of :data:`JUNCTION_ROADS` roads;
        infinite beyond :data:`JUNCTION_REACH_M`.
    slope
        Shape (s,), rise over run; NaN where there is no terrain.
    """

    edge: Ints
    fraction: Floats
    xy: Floats
    road: NDArray[np.object_]
    road_class: NDArray[np.object_]
    both_ways: Bools
    junction_m: Floats
    slope: Floats

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self.edge)


def road_sites(
    network: RoadNetwork,
    near: BaseGeometry,
    *,
    near_m: float,
    spacing_m: float,
    road_classes: Collection[str],
    dem: RasterLayer | None,
) -> RoadSites:
    """Find places at equal steps along the roads in or near an area.

    Roads are followed straight on through junctions; along each the places stand
    ``spacing_m`` apart, as far from its one end as from the other, and one in its middle where
    it is shorter. Taken are roads of the classes that the vehicle can drive to and back from,
    at least one way, and that give access; not expressways, tunnels and bridges.

    Parameters
    ----------
    network
        The network as the vehicle drives it.
    near
        The area, in the network's CRS; empty: there are no places.
    near_m
        How far outside it a place may lie, straight.
    dem
        The terrain, metres above the sea, in any CRS.
    """
    driven = _driven(network)
    edges = _edges_near(network, driven, near, near_m, road_classes)
    edge, fraction = _evenly(network, edges, spacing_m)
    xy = network.spots(edge, fraction)
    inside = np.asarray(shapely.dwithin(near, shapely.points(xy), near_m), dtype=bool)
    edge, fraction, xy = edge[inside], fraction[inside], xy[inside]
    order = np.lexsort((edge, xy[:, 1], xy[:, 0]))
    edge, fraction, xy = edge[order], fraction[order], xy[order]
    roads = network.attributes.iloc[edge]
    slope = np.full(len(edge), np.nan) if dem is None else ground_slope(dem, xy, network.crs)
    return RoadSites(
        edge=edge,
        fraction=fraction,
        xy=xy,
        road=roads["name"].where(roads["name"] != "", roads["ref"]).to_numpy(dtype=object),
        road_class=roads["road_class"].to_numpy(dtype=object),
        both_ways=np.isfinite(network.forward_s[edge]) & np.isfinite(network.backward_s[edge]),
        junction_m=_junction_m(network, driven, edge, fraction),
        slope=slope,
    )


def _driven(network: RoadNetwork) -> Bools:
    """Return the edges that the vehicle can drive to and back from, shape (m,)."""
    forward, backward = np.isfinite(network.forward_s), np.isfinite(network.backward_s)
    driven = np.zeros(network.edge_count, dtype=bool)
    driven[largest_part(network, forward, backward)[0]] = True
    return driven


def _edges_near(
    network: RoadNetwork,
    driven: Bools,
    near: BaseGeometry,
    near_m: float,
    road_classes: Collection[str],
) -> Ints:
    asked = network.attributes["road_class"].isin(list(road_classes)).to_numpy(dtype=bool)
    bridge = network.attributes["bridge"].to_numpy(dtype=bool)
    edges = np.flatnonzero(driven & network.gives_access & asked & ~bridge)
    shapely.prepare(near)
    inside: Ints = edges[
        np.asarray(shapely.dwithin(near, network.lines(edges), near_m), dtype=bool)
    ]
    return inside


def _evenly(network: RoadNetwork, edges: Ints, spacing_m: float) -> tuple[Ints, Floats]:
    """Return places ``spacing_m`` apart along the roads that edges make, in the roads' order."""
    if not len(edges):
        return edges, np.empty(0)
    part = take_edges(network, edges)
    pieces = cut_edges(part)
    known = np.ones(part.edge_count, dtype=bool)
    strokes: Strokes = follow_roads(part, pieces, piece_ends(part, pieces), known)
    length_m = part.length_m[strokes.edge]
    end_m = np.cumsum(length_m)
    chain_end = np.append(0.0, end_m)[strokes.start]
    chain_m = np.diff(chain_end)
    count = np.maximum(np.floor(chain_m / spacing_m + 1e-9).astype(np.int64), 1)
    margin_m = np.where(count > 1, (chain_m - (count - 1) * spacing_m) / 2, chain_m / 2)
    number = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    along_m = np.repeat(chain_end[:-1] + margin_m, count) + number * spacing_m
    first, last = (np.repeat(ends, count) for ends in (strokes.start[:-1], strokes.start[1:] - 1))
    at = np.clip(np.searchsorted(end_m, along_m), first, last)
    size_m = np.maximum(length_m[at], 1e-9)
    share = np.clip((along_m - (end_m[at] - length_m[at])) / size_m, 0, 1)
    return edges[strokes.edge[at]], np.where(strokes.reverse[at], 1 - share, share)


def _junction_m(network: RoadNetwork, driven: Bools, edge: Ints, fraction: Floats) -> Floats:
    """Return how far along the roads the nearest junction is, whatever the one-ways say."""
    tail, head = network.tail[driven], network.head[driven]
    n = network.node_count
    roads = np.bincount(np.concatenate((tail, head)), minlength=n)
    junctions = np.flatnonzero(roads >= JUNCTION_ROADS)
    node_m = np.full(n, np.inf)
    if len(junctions):
        length_m = np.maximum(network.length_m[driven], 0.01)  # a zero would be no edge
        pair = np.minimum(tail, head) * n + np.maximum(tail, head)
        order = np.lexsort((length_m, pair))
        _, at = np.unique(pair[order], return_index=True)  # of parallel roads the shortest
        short = order[at]
        graph = csr_array((length_m[short], (tail[short], head[short])), shape=(n, n))
        node_m = dijkstra(
            graph, directed=False, indices=junctions, min_only=True, limit=JUNCTION_REACH_M
        )
    along_m = fraction * network.length_m[edge]
    back_m = network.length_m[edge] - along_m
    found = np.minimum(node_m[network.tail[edge]] + along_m, node_m[network.head[edge]] + back_m)
    return np.where(found <= JUNCTION_REACH_M, found, np.inf)


def ground_slope(dem: RasterLayer, xy: Floats, crs: str) -> Floats:
    """Return how steep the ground is, rise over run.

    The steepest slope of the plane through four heights, half a cell of the terrain (at least
    half of :data:`LEAST_RUN_M`) to the east, west, north and south: of a 100 m terrain the
    slope of the cell, which a cut beside a road or a river's bank does not show in.

    Parameters
    ----------
    xy
        Shape (s, 2).
    crs
        Their CRS, metres.

    Returns
    -------
    slope
        Shape (s,); NaN where the terrain does not reach or has no value.
    """
    to_dem = pyproj.Transformer.from_crs(crs, dem.crs, always_xy=True)
    x, y = to_dem.transform(xy[:, 0], xy[:, 1])
    half_m = np.maximum(_cell_m(to_dem, x, y, dem), LEAST_RUN_M) / 2

    def height_m(east: int, north: int) -> Floats:
        spot = to_dem.transform(xy[:, 0] + east * half_m, xy[:, 1] + north * half_m)
        return sample(dem, *(np.asarray(each, dtype=np.float64) for each in spot))

    east = (height_m(1, 0) - height_m(-1, 0)) / (2 * half_m)
    north = (height_m(0, 1) - height_m(0, -1)) / (2 * half_m)
    return np.hypot(east, north)


def _cell_m(to_dem: pyproj.Transformer, x: Floats, y: Floats, dem: RasterLayer) -> Floats:
    """Return the longer side of the terrain's cells at some places, metres."""

    def metres(right: float, up: float) -> Floats:
        ends = [
            np.stack(to_dem.transform(x + sign * right, y + sign * up, direction="INVERSE"), axis=1)
            for sign in (-0.5, 0.5)
        ]
        return np.asarray(np.linalg.norm(ends[1] - ends[0], axis=1), dtype=np.float64)

    return np.maximum(metres(abs(dem.transform.a), 0.0), metres(0.0, abs(dem.transform.e)))

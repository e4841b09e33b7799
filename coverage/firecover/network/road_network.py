"""Build the routable network: ways split at junctions, held as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from firecover.errors import NetworkError
from firecover.layers.model import Roads

#: Road classes that carry engines but give no access to what lies beside them.
LIMITED_ACCESS = frozenset({"motorway", "motorway_link"})


@dataclass(frozen=True)
class RoadNetwork:
    """A road network of ``n`` nodes and ``m`` edges.

    An edge is a stretch of road between two junctions (or ends). It is held once, drawn
    from ``tail`` to ``head``; what may be driven in which direction is told by the two
    times.

    Attributes
    ----------
    crs
        The projected CRS of the coordinates, metres.
    node_xy
        Shape (n, 2).
    node_vertex
        Shape (n,), the identity of the vertex that each node is (``Roads.vertex_id``).
    tail, head
        Shape (m,), node numbers.
    length_m
        Shape (m,), planar length.
    forward_s, backward_s
        Shape (m,), time from tail to head and back; infinite where not allowed.
    vertex_xy, vertex_start
        The shapes: edge ``i`` holds ``vertex_xy[vertex_start[i]:vertex_start[i + 1]]``.
    gives_access
        Shape (m,), False for expressways and tunnels: they carry engines but serve no
        place along them.
    attributes
        One row an edge: the columns of ``Roads.attributes`` and ``way`` (the row there);
        ``oneway`` is along the edge as drawn.
    """

    crs: str
    node_xy: NDArray[np.float64]
    node_vertex: NDArray[np.int64]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    length_m: NDArray[np.float64]
    forward_s: NDArray[np.float64]
    backward_s: NDArray[np.float64]
    vertex_xy: NDArray[np.float64]
    vertex_start: NDArray[np.int64]
    gives_access: NDArray[np.bool_]
    attributes: pd.DataFrame

    @property
    def node_count(self) -> int:
        """The number of nodes, n."""
        return len(self.node_xy)

    @property
    def edge_count(self) -> int:
        """The number of edges, m."""
        return len(self.tail)

    def lines(self, edges: NDArray[np.int64] | None = None) -> NDArray[np.object_]:
        """Return the shapes of some edges, in the order given, or of all, in the network's CRS."""
        sizes = np.diff(self.vertex_start)
        if edges is None:
            owner = np.repeat(np.arange(self.edge_count), sizes)
            return np.asarray(shapely.linestrings(self.vertex_xy, indices=owner))
        count = sizes[edges]
        owner = np.repeat(np.arange(len(edges)), count)
        within = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
        rows = np.repeat(self.vertex_start[edges], count) + within
        return np.asarray(shapely.linestrings(self.vertex_xy[rows], indices=owner))

    def spots(self, edge: NDArray[np.int64], fraction: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the coordinates of places part way along edges, shape (places, 2)."""
        steps = np.linalg.norm(np.diff(self.vertex_xy, axis=0), axis=1)
        # All edges lie on one axis, a metre apart, so that one search serves them all.
        steps[self.vertex_start[1:-1] - 1] = 1.0
        along = np.concatenate(([0.0], np.cumsum(steps)))
        first, last = self.vertex_start[edge], self.vertex_start[edge + 1] - 1
        at = along[first] + fraction * (along[last] - along[first])
        before = np.clip(np.searchsorted(along, at, side="right") - 1, first, last - 1)
        part = (at - along[before]) / np.maximum(along[before + 1] - along[before], 1e-12)
        start, end = self.vertex_xy[before], self.vertex_xy[before + 1]
        xy: NDArray[np.float64] = start + np.clip(part, 0, 1)[:, None] * (end - start)
        return xy

    @cached_property
    def access_stretches(self) -> tuple[shapely.STRtree, NDArray[np.int64], NDArray[np.int64]]:
        """The straight stretches of the edges that can be driven and give access.

        A tree of them, the vertex that each begins at, and its edge, rising. Of a long road
        only the near stretch is measured when something is put beside it.
        """
        driven = np.isfinite(self.forward_s) | np.isfinite(self.backward_s)
        edges = np.flatnonzero(self.gives_access & driven)
        count = np.diff(self.vertex_start)[edges] - 1
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        first = np.repeat(self.vertex_start[edges], count) + within
        ends = np.stack((self.vertex_xy[first], self.vertex_xy[first + 1]), axis=1)
        tree = shapely.STRtree(np.asarray(shapely.linestrings(ends)))
        return tree, first, np.repeat(edges, count)


@dataclass(frozen=True)
class LeftOut:
    """What of the roads cannot be driven to *and* back from the largest part.

    ``parts`` counts the connected pieces, ``lengths_m`` gives their lengths, falling.
    """

    parts: int
    length_m: float
    lengths_m: tuple[float, ...]


def streets(roads: Roads) -> RoadNetwork:
    """Split ways at junctions, and where something stands that may stop or delay a vehicle.

    Returns
    -------
    network
        All edges, connected or not, that may be driven as their one-way signs say; the
        times are not yet known (NaN), infinite against a one-way.

    Raises
    ------
    NetworkError
        If there is no road at all.
    """
    way_of_vertex = np.repeat(np.arange(len(roads.attributes)), np.diff(roads.way_start))
    ids, compact, uses = np.unique(roads.vertex_id, return_inverse=True, return_counts=True)
    uses[np.isin(ids, roads.points["vertex_id"])] += 1
    is_break = uses[compact] > 1
    is_break[roads.way_start[:-1]] = True
    is_break[roads.way_start[1:] - 1] = True
    breaks = np.flatnonzero(is_break)
    same_way = way_of_vertex[breaks[:-1]] == way_of_vertex[breaks[1:]]
    first, last = breaks[:-1][same_way], breaks[1:][same_way]
    if not len(first):
        msg = "there are no roads to route on: check the roads layer and its clipping"
        raise NetworkError(msg)

    sizes = last - first + 1
    vertex_start = np.concatenate(([0], np.cumsum(sizes)))
    within = np.arange(vertex_start[-1]) - np.repeat(vertex_start[:-1], sizes)
    vertex_xy = roads.xy[np.repeat(first, sizes) + within]
    steps = np.append(np.linalg.norm(np.diff(vertex_xy, axis=0), axis=1), 0.0)
    steps[vertex_start[1:] - 1] = 0.0  # no step from one edge's end to the next one's start
    length_m = np.add.reduceat(steps, vertex_start[:-1])

    nodes, ends = np.unique(np.concatenate((compact[first], compact[last])), return_inverse=True)
    node_xy = np.empty((len(nodes), 2))
    node_xy[ends] = roads.xy[np.concatenate((first, last))]

    way = way_of_vertex[first]
    attributes = roads.attributes.iloc[way].reset_index(drop=True).assign(way=way)
    oneway = attributes["oneway"].to_numpy()
    limited = attributes["road_class"].isin(LIMITED_ACCESS).to_numpy()
    return RoadNetwork(
        crs=roads.crs,
        node_xy=node_xy,
        node_vertex=ids[nodes],
        tail=ends[: len(first)],
        head=ends[len(first) :],
        length_m=length_m,
        forward_s=np.where(oneway >= 0, np.nan, np.inf),
        backward_s=np.where(oneway <= 0, np.nan, np.inf),
        vertex_xy=vertex_xy,
        vertex_start=vertex_start,
        gives_access=~(limited | attributes["tunnel"].to_numpy(dtype=bool)),
        attributes=attributes,
    )


def largest_part(
    network: RoadNetwork, forward: NDArray[np.bool_], backward: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], LeftOut]:
    """Find the largest part in which every node can be driven to from every other.

    Parameters
    ----------
    network
        All edges.
    forward, backward
        Shape (m,), the directions in which edges can be driven.

    Returns
    -------
    edges
        The edges of that part, rising.
    left_out
        What does not belong to it.

    Raises
    ------
    NetworkError
        If nothing can be driven both ways.
    """
    start = np.concatenate((network.tail[forward], network.head[backward]))
    end = np.concatenate((network.head[forward], network.tail[backward]))
    n = network.node_count
    arcs = coo_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(n, n))
    count, label = connected_components(arcs, directed=True, connection="strong")
    drivable = forward | backward
    inside = drivable & (label[network.tail] == label[network.head])
    if not inside.any():
        msg = "no two junctions can be driven between both ways: check the one-way directions"
        raise NetworkError(msg)
    sizes = np.bincount(label, minlength=count)
    largest = int(np.argmax(sizes))
    kept = inside & (label[network.tail] == largest)
    return np.flatnonzero(kept), _left_out(network, drivable & ~kept)


def build_network(roads: Roads, way_speed_kmh: NDArray[np.float64]) -> tuple[RoadNetwork, LeftOut]:
    """Make the network of a vehicle that is as fast on a way as is said, and stopped by nothing.

    Parameters
    ----------
    roads
        The ways.
    way_speed_kmh
        Shape (ways,), the speed on each.

    Returns
    -------
    network
        The largest part that can be driven everywhere.
    left_out
        What does not belong to it.

    Raises
    ------
    NetworkError
        If there is no road at all, or nothing of it is connected.
    """
    whole = streets(roads)
    seconds = whole.length_m / (way_speed_kmh[whole.attributes["way"].to_numpy()] / 3.6)
    whole = replace(
        whole,
        forward_s=np.where(np.isnan(whole.forward_s), seconds, np.inf),
        backward_s=np.where(np.isnan(whole.backward_s), seconds, np.inf),
    )
    edges, left_out = largest_part(
        whole, np.isfinite(whole.forward_s), np.isfinite(whole.backward_s)
    )
    return take_edges(whole, edges), left_out


def take_edges(network: RoadNetwork, edges: NDArray[np.int64]) -> RoadNetwork:
    """Return the network of some edges, in the order given, and their nodes."""
    nodes, ends = np.unique(
        np.concatenate((network.tail[edges], network.head[edges])), return_inverse=True
    )
    sizes = np.diff(network.vertex_start)[edges]
    vertex_start = np.concatenate(([0], np.cumsum(sizes)))
    within = np.arange(vertex_start[-1]) - np.repeat(vertex_start[:-1], sizes)
    return RoadNetwork(
        crs=network.crs,
        node_xy=network.node_xy[nodes],
        node_vertex=network.node_vertex[nodes],
        tail=ends[: len(edges)],
        head=ends[len(edges) :],
        length_m=network.length_m[edges],
        forward_s=network.forward_s[edges],
        backward_s=network.backward_s[edges],
        vertex_xy=network.vertex_xy[np.repeat(network.vertex_start[edges], sizes) + within],
        vertex_start=vertex_start,
        gives_access=network.gives_access[edges],
        attributes=network.attributes.iloc[edges].reset_index(drop=True),
    )


def _left_out(network: RoadNetwork, edges: NDArray[np.bool_]) -> LeftOut:
    if not edges.any():
        return LeftOut(parts=0, length_m=0.0, lengths_m=())
    part = take_edges(network, np.flatnonzero(edges))
    n = part.node_count
    joined = coo_array((np.ones(part.edge_count, np.int8), (part.tail, part.head)), shape=(n, n))
    count, label = connected_components(joined, directed=False)
    lengths = np.bincount(label[part.tail], weights=part.length_m, minlength=count)
    falling = tuple(float(length) for length in np.sort(lengths)[::-1])
    return LeftOut(parts=int(count), length_m=float(lengths.sum()), lengths_m=falling)

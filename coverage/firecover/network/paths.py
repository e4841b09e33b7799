"""The way that a vehicle takes: from a station's spot on the road to a place's, as a line."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from shapely import LineString

from firecover.network.engines.limits import limit_s
from firecover.network.road_network import RoadNetwork
from firecover.network.routing_graph import RoutingGraph, part_of
from firecover.network.snapping import Positions

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Path:
    """A fastest way along the roads.

    Attributes
    ----------
    line
        From the station's spot on the road to the place's, in the network's CRS; two equal
        points where both are the same spot.
    seconds
        The drive, turns included; without turnout and without legs off the road.
    length_m
        The way driven.
    edges
        The arcs driven, in order: ``e`` is edge ``e`` from tail to head, ``m + e`` the same
        edge the other way. The first and the last are driven in part; the last one against
        a one-way, where :class:`firecover.network.routing_graph.LastStretch` opens it.
    names
        The roads, in order, one after another only where they change: their name, else
        their number; roads with neither are passed over.
    """

    line: LineString
    seconds: float
    length_m: float
    edges: tuple[int, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class _Stretch:
    """An arc driven between two shares of its edge, counted from the edge's tail."""

    arc: int
    begin: float
    end: float


def path(routing: RoutingGraph, station: Positions, place: Positions) -> Path | None:
    """Return the fastest way from a station to a place.

    Parameters
    ----------
    routing
        The graph to search; its turns count.
    station, place
        One position each.

    Returns
    -------
    path
        None where one of them has no position on the roads, or there is no way.
    """
    assert len(station) == len(place) == 1
    if not (station.on_network[0] and place.on_network[0]):
        return None
    here, there = (int(at.edge[0]) for at in (station, place))
    start, goal = (float(at.fraction[0]) for at in (station, place))
    seconds, stretches = _straight(routing, (here, start), (there, goal))
    found = _round(routing, (here, start), (there, goal), seconds)
    if found is not None:
        seconds, stretches = found
    if not np.isfinite(seconds):
        return None
    return _drawn(routing.network, seconds, stretches, (here, start))


def _straight(
    routing: RoutingGraph, station: tuple[int, float], place: tuple[int, float]
) -> tuple[float, list[_Stretch]]:
    """Return the way along the road that both are on; infinitely long where there is none."""
    (edge, start), (other, goal) = station, place
    if edge != other:
        return np.inf, []
    arc = edge if goal >= start else edge + routing.network.edge_count
    seconds = float(routing.last.within(np.array([arc]), np.array([abs(goal - start)]))[0])
    return seconds, [_Stretch(arc, start, goal)]


def _round(
    routing: RoutingGraph, station: tuple[int, float], place: tuple[int, float], before_s: float
) -> tuple[float, list[_Stretch]] | None:
    """Return the fastest way over the ends of the roads, if it takes less than ``before_s``."""
    m = routing.network.edge_count
    edge, start = station
    node, offset_s, via = ways_out(routing, edge, start)
    if not len(node):
        return None
    node_s, previous = search_tree(routing, node, offset_s)
    other, goal = place
    into = np.array([other, other + m])
    rest_s = routing.last.within(into, np.array([goal, 1 - goal]))
    arrival_s = np.where(routing.enter[into] >= 0, node_s[routing.enter[into]] + rest_s, np.inf)
    best, last = float(arrival_s.min()), int(into[arrival_s.argmin()])
    if not best < before_s:
        return None
    nodes = _chain(previous, int(routing.enter[last]), routing.graph.node_count)
    first = int(via[np.flatnonzero(node == nodes[0])[0]])
    whole = [
        _Stretch(arc, 0.0, 1.0) if arc < m else _Stretch(arc, 1.0, 0.0)
        for arc in _arcs_between(routing, nodes)
    ]
    out = _Stretch(first, start, 1.0 if first < m else 0.0)
    rest = _Stretch(last, 0.0 if last < m else 1.0, goal)
    return best, [out, *whole, rest]


def arc_seconds(network: RoadNetwork) -> Floats:
    """Return the time to drive each arc to its end, shape (2m,), infinite where not allowed."""
    return np.concatenate((network.forward_s, network.backward_s))


def ways_out(routing: RoutingGraph, edge: int, start: float) -> tuple[Ints, Floats, Ints]:
    """Return where one is after leaving a road: nodes, seconds, the arc driven; fastest once."""
    m, arc_s = routing.network.edge_count, arc_seconds(routing.network)
    node, offset_s, via = [], [], []
    for arc, share in ((edge, 1 - start), (edge + m, start)):
        drive_s = part_of(arc_s[[arc]], np.array([share]))[0]
        if not np.isfinite(drive_s):
            continue
        exits = slice(routing.exit_start[arc], routing.exit_start[arc + 1])
        node.append(routing.exit_node[exits])
        offset_s.append(drive_s + routing.exit_s[exits])
        via.append(np.full(len(node[-1]), arc))
    if not node:
        return np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64)
    nodes, seconds, arcs = (np.concatenate(part) for part in (node, offset_s, via))
    order = np.lexsort((seconds, nodes))
    nodes, seconds, arcs = nodes[order], seconds[order], arcs[order]
    first = np.concatenate(([True], nodes[1:] != nodes[:-1]))
    return nodes[first], seconds[first], arcs[first]


def search_tree(
    routing: RoutingGraph, node: Ints, offset_s: Floats, cutoff_s: float = np.inf
) -> tuple[Floats, Ints]:
    """Return the time to every node and the node before it.

    One more node, the last, stands for the station: its arcs lead to ``node`` and take
    ``offset_s``. Nodes later than ``cutoff_s`` are not searched for.
    """
    graph = routing.graph
    n = graph.node_count
    indptr = np.append(graph.indptr, graph.indptr[-1] + len(node)).astype(np.int32)
    heads = np.concatenate((graph.head, node.astype(np.int32)))
    times = np.concatenate((graph.seconds, offset_s))
    arcs = csr_array((times, heads, indptr), shape=(n + 1, n + 1))
    seconds, previous = dijkstra(
        arcs, indices=np.array([n]), return_predecessors=True, limit=limit_s(cutoff_s)
    )
    return seconds[0], previous[0].astype(np.int64)


def _chain(previous: Ints, last: int, station: int) -> list[int]:
    """Return the nodes passed, in order, without the station's own."""
    nodes = [last]
    while previous[nodes[-1]] != station:
        nodes.append(int(previous[nodes[-1]]))
    return nodes[::-1]


def _arcs_between(routing: RoutingGraph, nodes: list[int]) -> list[int]:
    """Return the arc that leads from each node of a chain to the next: the fastest of several."""
    arcs = np.flatnonzero(np.isin(routing.enter, nodes[:-1]))
    count = routing.exit_start[arcs + 1] - routing.exit_start[arcs]
    row = np.repeat(np.arange(len(arcs)), count)
    number = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    leave = routing.exit_start[arcs][row] + number
    seconds = arc_seconds(routing.network)[arcs][row] + routing.exit_s[leave]
    start, end = routing.enter[arcs][row], routing.exit_node[leave]
    fastest: dict[tuple[int, int], int] = {}
    for entry in np.lexsort((arcs[row], seconds)):
        fastest.setdefault((int(start[entry]), int(end[entry])), int(arcs[row[entry]]))
    return [fastest[pair] for pair in itertools.pairwise(nodes)]


def _drawn(
    network: RoadNetwork, seconds: float, stretches: list[_Stretch], start: tuple[int, float]
) -> Path:
    # A station at the very end of a road leaves it there without driving on it.
    driven = [stretch for stretch in stretches if stretch.begin != stretch.end]
    m = network.edge_count
    pieces = [_points(network, *start, start[1])[:1]]
    pieces += [_points(network, each.arc % m, each.begin, each.end) for each in driven]
    xy = np.concatenate(pieces)
    moved = np.concatenate(([True], (np.diff(xy, axis=0) != 0).any(axis=1)))
    xy = xy[moved] if moved.sum() > 1 else xy[[0, 0]]
    edges = [each.arc % m for each in driven]
    share = np.array([abs(each.end - each.begin) for each in driven])
    return Path(
        line=LineString(xy),
        seconds=seconds,
        length_m=float((network.length_m[edges] * share).sum()) if edges else 0.0,
        edges=tuple(each.arc for each in driven),
        names=_names(network, edges),
    )


def _points(network: RoadNetwork, edge: int, begin: float, end: float) -> Floats:
    """Return the points of an edge between two shares of its length, in the order driven."""
    low, high = min(begin, end), max(begin, end)
    xy = network.vertex_xy[network.vertex_start[edge] : network.vertex_start[edge + 1]]
    along = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(xy, axis=0), axis=1))))
    cut = np.array([low, high]) * along[-1]
    ends = np.column_stack([np.interp(cut, along, xy[:, axis]) for axis in (0, 1)])
    inner = xy[(along > cut[0]) & (along < cut[1])]
    points = np.concatenate((ends[:1], inner, ends[1:]))
    return points if begin <= end else points[::-1]


def _names(network: RoadNetwork, edges: list[int]) -> tuple[str, ...]:
    roads = network.attributes.iloc[edges]
    names: list[str] = []
    for name, ref in zip(roads["name"].astype(str), roads["ref"].astype(str), strict=True):
        told = name or ref
        if told and told != (names[-1] if names else ""):
            names.append(told)
    return tuple(names)

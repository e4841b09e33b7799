"""Measure the shape of a road network: nodes, links, detours, bends.

Terms: a *line* is a feature of the file; lines are joined where they end in the same point. A
*node* is a point in which one line ends or at least three do; a *link* leads from node to node
(lines that meet in twos are one link). A carriageway of a divided road is a link of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RADII_M = (15.0, 30.0, 60.0, 100.0, 200.0)
DISTANCE_BANDS_KM = ((0.5, 2.0), (2.0, 5.0), (5.0, 10.0), (10.0, 20.0))
SHORT_LINK_M = 300.0


@dataclass(frozen=True)
class Graph:
    """Lines joined in their end points.

    Attributes
    ----------
    xy
        Shape (points, 2): the end points.
    ends
        Shape (lines, 2): point numbers, in the direction of each line.
    length_m
        Shape (lines,).
    oneway
        Shape (lines,), bool: open only in the direction of the line.
    """

    xy: Floats
    ends: Ints
    length_m: Floats
    oneway: NDArray[np.bool_]


@dataclass(frozen=True)
class Link:
    """A link: its end nodes, its coordinates of shape (n, 2), and whether it is one-way."""

    start: int
    end: int
    xy: Floats
    oneway: bool

    @property
    def length_m(self) -> float:
        """Length along the link, metres."""
        return polyline_length(self.xy)


def polyline_length(xy: Floats) -> float:
    """Return the length of a line of shape (n, 2)."""
    return float(np.hypot(*np.diff(xy, axis=0).T).sum())


def join_lines(lines: list[Floats], oneway: NDArray[np.bool_], within_m: float = 0.05) -> Graph:
    """Join lines in their end points.

    Parameters
    ----------
    lines
        Coordinates, each of shape (n, 2), metres.
    oneway
        Shape (lines,).
    within_m
        End points so close are one.
    """
    tips = np.vstack([np.vstack([line[0], line[-1]]) for line in lines])
    pairs = cKDTree(tips).query_pairs(within_m, output_type="ndarray")
    graph = csr_array((np.ones(len(pairs)), tuple(pairs.T)), shape=(len(tips), len(tips)))
    count, label = connected_components(graph, directed=False)
    xy = np.zeros((count, 2))
    xy[label] = tips
    lengths = np.array([polyline_length(line) for line in lines])
    return Graph(xy, label.reshape(-1, 2).astype(np.int64), lengths, oneway)


def degrees(graph: Graph) -> Ints:
    """Count the line ends in each point."""
    return np.bincount(graph.ends.ravel(), minlength=len(graph.xy)).astype(np.int64)


def merge_links(graph: Graph, lines: list[Floats]) -> list[Link]:
    """Merge the lines that meet in twos into links; closed rings without a node are left out."""
    degree = degrees(graph)
    at: list[list[int]] = [[] for _ in range(len(graph.xy))]
    for number, (start, end) in enumerate(graph.ends.tolist()):
        at[start].append(number)
        at[end].append(number)
    seen: set[int] = set()
    links: list[Link] = []
    for node in np.flatnonzero(degree != 2):  # noqa: PLR2004 – a point of two lines is no node
        links += [
            _follow(_Joint(graph, lines, at), int(node), first, seen)
            for first in at[node]
            if first not in seen
        ]
    return links


@dataclass(frozen=True)
class _Joint:
    """A graph, its lines, and the lines that end in each point."""

    graph: Graph
    lines: list[Floats]
    at: list[list[int]]


def _follow(net: _Joint, node: int, first: int, seen: set[int]) -> Link:
    graph, lines, at = net.graph, net.lines, net.at
    point, number, parts = node, first, []
    while True:
        seen.add(number)
        start, end = graph.ends[number].tolist()
        ahead = start == point
        parts.append(lines[number] if ahead else lines[number][::-1])
        point = end if ahead else start
        if len(at[point]) != 2:  # noqa: PLR2004
            break
        number = at[point][0] if at[point][1] == number else at[point][1]
    xy = np.vstack([parts[0], *[part[1:] for part in parts[1:]]])
    return Link(node, point, xy, bool(graph.oneway[first]))


def sinuosities(links: list[Link]) -> Floats:
    """Return length over straight line of the links over 300 m that do not end where they begin."""
    out = []
    for link in links:
        straight = float(np.hypot(*(link.xy[-1] - link.xy[0])))
        if link.start != link.end and link.length_m > SHORT_LINK_M:
            out.append(link.length_m / straight)
    return np.asarray(out)


def bend_radii(xy: Floats) -> tuple[Floats, Floats]:
    """Return the radius of the circle through each inner vertex and its neighbours.

    Returns
    -------
    radius_m
        Shape (n - 2,); infinite on a straight.
    length_m
        Shape (n - 2,): half of the two segments that meet in the vertex.
    """
    before, after = np.diff(xy[:-1], axis=0), np.diff(xy[1:], axis=0)
    a, b = np.hypot(*before.T), np.hypot(*after.T)
    c = np.hypot(*(before + after).T)
    cross = np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0])
    with np.errstate(divide="ignore"):
        radius = np.where(cross > 1e-9, a * b * c / (2 * cross), np.inf)  # noqa: PLR2004
    return radius, (a + b) / 2


def bend_shares(links: list[Link], radii_m: tuple[float, ...] = RADII_M) -> Floats:
    """Return the share of the network's length on bends of radius under each of ``radii_m``."""
    parts = [bend_radii(link.xy) for link in links if len(link.xy) > 2]  # noqa: PLR2004
    radius = np.concatenate([part[0] for part in parts])
    weight = np.concatenate([part[1] for part in parts])
    total = sum(link.length_m for link in links)
    return np.array([weight[radius < limit].sum() / total for limit in radii_m])


def travel_graph(graph: Graph) -> csr_array:
    """Return the lengths as a sparse matrix that honours the one-ways."""
    a, b = graph.ends.T
    back = ~graph.oneway
    rows, columns = np.concatenate([a, b[back]]), np.concatenate([b, a[back]])
    length = np.concatenate([graph.length_m, graph.length_m[back]])
    # Of parallel lines the shorter counts; a sparse matrix would add them up.
    order = np.lexsort((length, columns, rows))
    rows, columns, length = rows[order], columns[order], length[order]
    first = np.ones(len(rows), dtype=bool)
    first[1:] = (np.diff(rows) != 0) | (np.diff(columns) != 0)
    size = (len(graph.xy),) * 2
    return csr_array((length[first], (rows[first], columns[first])), shape=size)


def detours(
    graph: Graph, places: Ints, bands_km: tuple[tuple[float, float], ...] = DISTANCE_BANDS_KM
) -> list[Floats]:
    """Return road over straight-line distance of all pairs of places, by distance band.

    Parameters
    ----------
    places
        Point numbers; pairs without a way between them are left out.
    """
    by_road = dijkstra(travel_graph(graph), indices=places)[:, places]
    xy = graph.xy[places]
    straight = np.hypot(*(xy[:, None, :] - xy[None, :, :]).transpose(2, 0, 1))
    out = []
    for low, high in bands_km:
        pick = (straight >= low * 1000) & (straight < high * 1000) & np.isfinite(by_road)
        out.append(by_road[pick] / straight[pick])
    return out

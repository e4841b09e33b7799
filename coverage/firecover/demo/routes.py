"""Lay the roads on the mesh: trunk roads, county roads, village spurs, loops between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from firecover.demo.geometry import Floats, Ints
from firecover.demo.mesh import Mesh, cheapest_path, edge_numbers, graph_of, spread, trace

#: Ranks of roads, low to high; the words are those of a Chinese road register.
VILLAGE, TOWNSHIP, STREET, COUNTY, PROVINCIAL, NATIONAL = range(6)
NO_ROAD = -1

Stop = str | tuple[float, float]
#: (number, rank, stops): seats by English name, other points in kilometres of the study's CRS.
ROUTES: tuple[tuple[str, int, tuple[Stop, ...]], ...] = (
    (
        "G319",
        NATIONAL,
        (
            (578.6, 3222.6),
            "Heishui",
            "Zhongduo",
            (575.9, 3183.4),
            "Banxi",
            "Longtan",
            (600.6, 3177.6),
        ),
    ),
    (
        "G326",
        NATIONAL,
        ((561.2, 3135.9), "Nanyaojie", "Lixi", "Xiaohe", "Banqiao", "Tonggu", (574.7, 3189.6)),
    ),
    (
        "G211",
        NATIONAL,
        ("Wanmu", "Dingshi", "Yiju", "Cangling", "Shuangquan", (568.6, 3219.6)),
    ),
    ("S304", PROVINCIAL, ("Tonggu", "Dingshi", "Tianguan", "Liangzeng", "Gongtan")),
    (
        "S422",
        PROVINCIAL,
        ("Longtan", "Mawang", "Ganxi", "Pianbai", "Youchou", "Keda", (627.0, 3215.0)),
    ),
    (
        "S540",
        PROVINCIAL,
        ("Youshuihe", "Youchou", "Daxi", "Wufu", "Chetian", "Xinglong", (602.4, 3253.0)),
    ),
    ("S305", PROVINCIAL, ("Zhongduo", "Tushi", "Mawang", "Youshuihe")),
    ("X401", COUNTY, ("Heishui", "Maoba", "Yudi", "Ganxi")),
    ("X402", COUNTY, ("Xinglong", "Muye", "Maoba")),
    ("X403", COUNTY, ("Cangling", "Huatian", "Zhongduo")),
    ("X404", COUNTY, ("Miaoxi", "Langping", "Shuangquan", "Heishui")),
    ("X405", COUNTY, ("Miaoxi", "Liangzeng")),
    ("X406", COUNTY, ("Gongtan", "Qingquan", "Houping", "Wanmu", "Xiaohe")),
    ("X407", COUNTY, ("Xiaohe", "Guanqing", "Nanmu", "Longtan")),
    ("X408", COUNTY, ("Banqiao", "Banxi", "Nanmu")),
    ("X409", COUNTY, ("Chetian", "Pianbai", "Youshuihe")),
    ("X410", COUNTY, ("Tianguan", "Qingquan")),
    ("X411", COUNTY, ("Yudi", "Tushi")),
    ("X412", COUNTY, ("Yiju", "Zhongduo")),
    ("X413", COUNTY, ("Houping", "Dingshi")),
    ("X414", COUNTY, ("Lixi", "Guanqing")),
    ("X415", COUNTY, ("Maoba", "Chetian")),
    ("X416", COUNTY, ("Longtan", "Youshuihe")),
    ("X417", COUNTY, ("Yiju", "Tianguan")),
)
_SITE_BATCHES = 9
#: How much more than main roads village roads shun grades: the exponent of an edge's extra cost.
WINDING = 1.6
#: Links between roads are sought within this distance.
NEARBY_M = 8000.0
#: Way by road over the cost of a link, below which the link is not worth its while.
LEAST_GAIN = 1.3
#: How strongly links go where roads are few: exponent of the road points around.
THIN_FIRST = 0.7
#: How much rather a link ends in a junction than on the open road.
CROSSROADS_BONUS = 1.25


@dataclass
class Laid:
    """The roads laid so far on a mesh; grows as roads are added.

    Attributes
    ----------
    rank
        Shape (edges,), int8: the rank of the road on each edge, or ``NO_ROAD``.
    ref
        Shape (edges,): the road's number, empty where none.
    town_factor
        Shape (edges,): keeps roads in towns on the streets.
    """

    mesh: Mesh
    rank: NDArray[np.int8]
    ref: NDArray[np.str_]
    town_factor: Floats

    @cached_property
    def rural_cost(self) -> Floats:
        """Price the edges for village roads, which wind rather than cut and fill."""
        length = self.mesh.length_m
        return length * (self.mesh.cost / length) ** WINDING

    def add(self, path: Ints, rank: int, ref: str = "") -> None:
        """Lay a road along a path of points; a road of higher rank stays what it is."""
        edges = edge_numbers(self.mesh, path)
        edges = edges[self.rank[edges] < rank]
        self.rank[edges] = rank
        self.ref[edges] = ref

    def points(self) -> Ints:
        """Name the points that lie on a road."""
        return np.unique(self.mesh.edges[self.rank >= 0].ravel())

    def cost(self, discount: float) -> Floats:
        """Price the edges; those with a road cost a share ``discount`` of the rest."""
        return self.mesh.cost * self.town_factor * np.where(self.rank >= 0, discount, 1.0)


def start_with_streets(mesh: Mesh, streets: Ints, fixed: int) -> Laid:
    """Put the streets of the towns on the mesh.

    Parameters
    ----------
    streets
        Shape (streets, 2), points of the mesh; the first ``fixed`` points are the towns'.
    """
    count = np.int64(len(mesh.xy))
    low, high = np.sort(streets, axis=1).T
    is_street = np.isin(mesh.edges[:, 0] * count + mesh.edges[:, 1], low * count + high)
    both_in_town = (mesh.edges < fixed).all(axis=1)
    factor = np.where(both_in_town & ~is_street, 40.0, np.where(is_street, 0.8, 1.0))
    rank = np.where(is_street, STREET, NO_ROAD).astype(np.int8)
    return Laid(mesh, rank, np.full(len(rank), "", dtype="<U8"), factor)


def lay_routes(laid: Laid, townships: pd.DataFrame) -> None:
    """Lay the numbered roads from stop to stop, the most important first."""
    seat = {name: k for k, name in enumerate(townships["name_en"])}
    tree = cKDTree(laid.mesh.xy)
    for ref, rank, stops in ROUTES:
        numbers = [
            seat[stop] if isinstance(stop, str) else int(tree.query(np.asarray(stop) * 1000)[1])
            for stop in stops
        ]
        for start, end in pairwise(numbers):
            graph = graph_of(laid.mesh, laid.cost(0.5))
            laid.add(cheapest_path(graph, start, end), rank, ref)


def join_point(laid: Laid, point: int, rank: int) -> None:
    """Join a point to the nearest road by the cheapest path."""
    roads = laid.points()
    graph = graph_of(laid.mesh, laid.cost(1.0))
    distance, predecessor = spread(graph, point)
    laid.add(trace(predecessor, int(roads[np.argmin(distance[roads])])), rank)


def choose_sites(
    laid: Laid,
    weight: Floats,
    count: int,
    *,
    apart_m: float,
    reach_m: float,
    rng: np.random.Generator,
) -> Ints:
    """Choose points for hamlets: by weight, apart from each other and off the roads.

    Parameters
    ----------
    weight
        Shape (points,): how likely people are to live at each.
    apart_m
        Least distance between two sites; half of it to a road.
    reach_m
        How fast people thin out away from the roads.
    """
    xy = laid.mesh.xy
    distance, _ = cKDTree(xy[laid.points()]).query(xy)
    chance = np.where(distance > apart_m / 2, weight * np.exp(-distance / reach_m), 0.0)
    order = rng.choice(
        len(xy), size=int((chance > 0).sum()), replace=False, p=chance / chance.sum()
    )
    tree = cKDTree(xy)
    blocked = np.zeros(len(xy), dtype=bool)
    sites: list[int] = []
    for point in order:
        if blocked[point]:
            continue
        sites.append(int(point))
        blocked[tree.query_ball_point(xy[point], apart_m)] = True
        if len(sites) == count:
            break
    return np.asarray(sites, dtype=np.int64)


def lay_spurs(laid: Laid, sites: Ints) -> None:
    """Join the sites to the roads, batch after batch; shared stretches become township roads."""
    for batch in np.array_split(sites, _SITE_BATCHES):
        graph = graph_of(laid.mesh, laid.rural_cost * laid.town_factor)
        roads = laid.points()
        _, predecessor, _ = dijkstra(graph, indices=roads, min_only=True, return_predecessors=True)
        uses: dict[int, int] = {}
        paths = [trace(predecessor, int(site)) for site in batch]
        paths = [path for path in paths if len(path) > 1]
        for path in paths:
            for edge in edge_numbers(laid.mesh, path):
                uses[int(edge)] = uses.get(int(edge), 0) + 1
        for path in paths:
            laid.add(path, VILLAGE)
        busy = np.array([edge for edge, n in uses.items() if n > 1], dtype=np.int64)
        laid.rank[busy] = np.maximum(laid.rank[busy], TOWNSHIP)


def lay_loops(
    laid: Laid, count: int, from_ends: float, limit_m: float, rng: np.random.Generator
) -> None:
    """Close loops: short links between points that are close by but far apart by road.

    Parameters
    ----------
    count
        How many links to add.
    from_ends
        Share of them that set out from dead ends.
    limit_m
        Largest cost of a link.
    """
    arcs = _Arcs.of(laid.mesh)
    starts = _rural_points(laid)
    added = 0
    for _ in range(count * 5):
        if added == count:
            return
        pool = starts[int(rng.random() < from_ends)]
        start = int(rng.choice(pool, p=_thinly_served(laid, pool)))
        path = _shortcut(laid, arcs, start, limit_m)
        if path is not None:
            laid.add(path, VILLAGE if rng.random() < 0.7 else TOWNSHIP)  # noqa: PLR2004 – shares
            starts = _rural_points(laid)
            added += 1


def _rural_points(laid: Laid) -> tuple[Ints, Ints]:
    """Return the points on roads outside the towns, and those of them that are dead ends."""
    rural = (laid.rank >= 0) & (laid.rank != STREET)
    count = np.bincount(laid.mesh.edges[rural].ravel(), minlength=len(laid.mesh.xy))
    return np.flatnonzero(count), np.flatnonzero(count == 1)


def _thinly_served(laid: Laid, points: Ints) -> Floats:
    """Return for each point a chance that falls with the number of road points around it."""
    cells = np.floor(laid.mesh.xy / 3000).astype(np.int64)
    keys = cells[:, 0] * 100_000 + cells[:, 1]
    found, count = np.unique(keys[laid.points()], return_counts=True)
    weight = 1 / count[np.searchsorted(found, keys[points])] ** THIN_FIRST
    return np.asarray(weight / weight.sum(), dtype=np.float64)


@dataclass(frozen=True)
class _Arcs:
    """The edges of a mesh as arcs in the order of their tails, built once."""

    tree: cKDTree
    head: Ints
    edge: Ints
    first: Ints

    @classmethod
    def of(cls, mesh: Mesh) -> _Arcs:
        a, b = mesh.edges.T
        tail, head = np.concatenate([a, b]), np.concatenate([b, a])
        edge = np.tile(np.arange(len(a)), 2)
        order = np.lexsort((head, tail))
        first = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=len(mesh.xy)))])
        return cls(cKDTree(mesh.xy), head[order], edge[order], first)

    def around(self, xy: Floats) -> tuple[Ints, Ints, Ints, Ints]:
        """Return the points near a place, and tail, head (places in that list) and edge of arcs."""
        points = np.sort(np.asarray(self.tree.query_ball_point(xy, NEARBY_M), dtype=np.int64))
        counts = self.first[points + 1] - self.first[points]
        tail = np.repeat(np.arange(len(points)), counts)
        start = np.repeat(self.first[points] - np.cumsum(counts) + counts, counts)
        arcs = start + np.arange(len(tail))
        head = np.searchsorted(points, self.head[arcs])
        inside = points[np.minimum(head, len(points) - 1)] == self.head[arcs]
        return points, tail[inside], head[inside], self.edge[arcs[inside]]


def _shortcut(laid: Laid, arcs: _Arcs, start: int, limit_m: float) -> Ints | None:
    """Find the link from a point that spares most of the way by road; None where little is won."""
    mesh = laid.mesh
    points, tail, head, edge = arcs.around(mesh.xy[start])
    here = int(np.searchsorted(points, start))
    road = laid.rank[edge] >= 0
    degree = np.bincount(tail[road], minlength=len(points))
    # A link may end on a road but not run through one.
    free = ~road & (laid.town_factor[edge] <= 1) & ((degree[tail] == 0) | (tail == here))
    size = (len(points),) * 2
    winding = csr_array((laid.rural_cost[edge][free], (tail[free], head[free])), shape=size)
    new, predecessor = spread(winding, here, limit_m)
    on_road = csr_array((mesh.length_m[edge][road], (tail[road], head[road])), shape=size)
    by_road, _ = spread(on_road, here)
    ends = np.flatnonzero((degree > 0) & np.isfinite(new) & (np.arange(len(points)) != here))
    if not ends.size:
        return None
    gain = np.minimum(by_road[ends], 40_000) / new[ends]
    # A crossroads is as good a place to join as any, and takes no new junction.
    gain = gain * np.where(degree[ends] == 3, CROSSROADS_BONUS, 1.0)  # noqa: PLR2004
    best = int(np.argmax(gain))
    if gain[best] < LEAST_GAIN:
        return None
    return points[trace(predecessor, int(ends[best]))]


def lay_rings(laid: Laid, count: int, rng: np.random.Generator) -> None:
    """Add ring roads of villages: out to a hamlet off the road and back by another way."""
    arcs = _Arcs.of(laid.mesh)
    for _ in range(count * 6):
        if count == 0:
            return
        path = _ring(laid, arcs, int(rng.choice(_rural_points(laid)[0])), rng)
        if path is not None:
            laid.add(path, VILLAGE)
            count -= 1


def _ring(laid: Laid, arcs: _Arcs, start: int, rng: np.random.Generator) -> Ints | None:
    mesh = laid.mesh
    points, tail, head, edge = arcs.around(mesh.xy[start])
    here = int(np.searchsorted(points, start))
    degree = np.bincount(tail[laid.rank[edge] >= 0], minlength=len(points))
    xy = mesh.xy[points]
    away = np.hypot(*(xy - xy[here]).T)
    cost = laid.rural_cost[edge]
    free = (laid.rank[edge] < 0) & (laid.town_factor[edge] <= 1)
    size = (len(points),) * 2
    out = free & ((degree[tail] == 0) | (tail == here)) & (degree[head] == 0)
    graph = csr_array((cost[out], (tail[out], head[out])), shape=size)
    reach, back = spread(graph, here)
    pivots = np.flatnonzero((degree == 0) & (away > 900) & (away < 2000) & np.isfinite(reach))  # noqa: PLR2004 – metres
    if not pivots.size:
        return None
    first = trace(back, int(rng.choice(pivots)))
    # The way back keeps off the way out, and off what lies next to it.
    taken = np.zeros(len(points), dtype=bool)
    taken[first] = True
    taken[head[taken[tail]]] = True
    pivot = int(first[-1])
    home = free & (degree[tail] == 0) & (~taken[head] | (degree[head] > 0))
    home &= ~taken[tail] | (tail == pivot) | np.isin(tail, head[tail == pivot])
    graph = csr_array((cost[home], (tail[home], head[home])), shape=size)
    reach, back = spread(graph, pivot)
    ends = np.flatnonzero((degree > 0) & np.isfinite(reach) & (away < 1200) & (away > 150))  # noqa: PLR2004 – metres
    if not ends.size:
        return None
    second = trace(back, int(ends[np.argmin(reach[ends] + 2 * away[ends])]))
    whole = np.concatenate([first, second[1:]])
    return points[whole] if len(np.unique(whole)) == len(whole) else None


def lay_islands(laid: Laid, count: int, rng: np.random.Generator) -> None:
    """Add short pieces that hang together with nothing, as every real extract has."""
    xy = laid.mesh.xy
    distance = np.asarray(cKDTree(xy[laid.points()]).query(xy)[0])
    lonely = np.flatnonzero((distance > 900) & (distance < 3000))  # noqa: PLR2004 – metres
    tree = cKDTree(xy)
    for start in rng.choice(lonely, size=count * 5, replace=False)[: count * 5]:
        if count == 0:
            return
        near = np.asarray(tree.query_ball_point(xy[start], 650))
        far = near[np.hypot(*(xy[near] - xy[start]).T) > 380]  # noqa: PLR2004 – metres
        if not far.size or distance[far].min() < 700:  # noqa: PLR2004 – metres
            continue
        graph = graph_of(laid.mesh, laid.mesh.cost)
        laid.add(cheapest_path(graph, int(start), int(far[0])), VILLAGE)
        distance = np.minimum(distance, np.hypot(*(xy - xy[start]).T))
        count -= 1

"""Lay the roads on the mesh: trunk roads, county roads, village spurs, loops between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from firecover.demo.mesh import Floats, Ints, Mesh, cheapest_path, edge_numbers, graph_of, trace

#: Ranks of roads, low to high; the words are those of a Chinese road register.
VILLAGE, TOWNSHIP, STREET, COUNTY, PROVINCIAL, NATIONAL = range(6)
NO_ROAD = -1

Stop = str | tuple[float, float]
#: (number, rank, stops): seats by English name, other points in kilometres of the study's CRS.
ROUTES: tuple[tuple[str, int, tuple[Stop, ...]], ...] = (
    (
        "G319",
        NATIONAL,
        ((578.6, 3222.6), "Heishui", "Zhongduo", (575.9, 3183.4), "Banxi", "Longtan", (600.6, 3177.6)),
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
    ("S422", PROVINCIAL, ("Longtan", "Mawang", "Ganxi", "Pianbai", "Youchou", "Keda", (627.0, 3215.0))),
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
)
_SITE_BATCHES = 9
#: How much rather a link ends in a junction than on the open road.
CROSSROADS_BONUS = 1.3


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
            seat[stop]
            if isinstance(stop, str)
            else int(tree.query(np.asarray(stop) * 1000)[1])
            for stop in stops
        ]
        for start, end in zip(numbers[:-1], numbers[1:], strict=True):
            graph = graph_of(laid.mesh, laid.cost(0.5))
            laid.add(cheapest_path(graph, start, end), rank, ref)


def join_point(laid: Laid, point: int, rank: int) -> None:
    """Join a point to the nearest road by the cheapest path."""
    roads = laid.points()
    graph = graph_of(laid.mesh, laid.cost(1.0))
    distance, predecessor = dijkstra(graph, indices=point, return_predecessors=True)
    laid.add(trace(predecessor, int(roads[np.argmin(distance[roads])])), rank)


def choose_sites(
    laid: Laid,
    weight: Floats,
    count: int,
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
    order = rng.choice(len(xy), size=int((chance > 0).sum()), replace=False, p=chance / chance.sum())
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
        graph = graph_of(laid.mesh, laid.cost(1.0))
        roads = laid.points()
        _, predecessor, _ = dijkstra(
            graph, indices=roads, min_only=True, return_predecessors=True
        )
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
    added = 0
    for _ in range(count * 5):
        if added == count:
            return
        start = int(rng.choice(_rural_points(laid, ends=bool(rng.random() < from_ends))))
        path = _shortcut(laid, arcs, start, limit_m)
        if path is not None:
            laid.add(path, VILLAGE if rng.random() < 0.7 else TOWNSHIP)  # noqa: PLR2004 – shares
            added += 1


def _rural_points(laid: Laid, *, ends: bool) -> Ints:
    rural = (laid.rank >= 0) & (laid.rank != STREET)
    points, count = np.unique(laid.mesh.edges[rural].ravel(), return_counts=True)
    return points[count == 1] if ends else points


@dataclass(frozen=True)
class _Arcs:
    """The edges of a mesh as arcs in the order of a sparse matrix, built once."""

    tail: Ints
    head: Ints
    edge: Ints
    first: NDArray[np.int32]

    @classmethod
    def of(cls, mesh: Mesh) -> _Arcs:
        a, b = mesh.edges.T
        tail, head = np.concatenate([a, b]), np.concatenate([b, a])
        edge = np.tile(np.arange(len(a)), 2)
        order = np.lexsort((head, tail))
        counts = np.bincount(tail, minlength=len(mesh.xy))
        first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        return cls(tail[order], head[order], edge[order], first)

    def graph(self, cost: Floats, keep: NDArray[np.bool_]) -> csr_array:
        """Return the arcs as a matrix; those not kept cost infinitely much."""
        data = np.where(keep, cost[self.edge], np.inf)
        size = (len(self.first) - 1,) * 2
        return csr_array((data, self.head.astype(np.int32), self.first), shape=size)


def _shortcut(laid: Laid, arcs: _Arcs, start: int, limit_m: float) -> Ints | None:
    mesh = laid.mesh
    on_road = np.zeros(len(mesh.xy), dtype=bool)
    on_road[laid.points()] = True
    free = (laid.rank < 0) & (laid.town_factor <= 1)
    # A link may end on a road but not run through one.
    keep = free[arcs.edge] & (~on_road[arcs.tail] | (arcs.tail == start))
    new, predecessor = dijkstra(
        arcs.graph(mesh.cost, keep), indices=start, limit=limit_m, return_predecessors=True
    )
    road = (laid.rank >= 0)[arcs.edge]
    by_road = dijkstra(arcs.graph(mesh.length_m, road), indices=start, limit=40_000)
    ends = np.flatnonzero(on_road & np.isfinite(new) & (np.arange(len(new)) != start))
    if not ends.size:
        return None
    gain = np.minimum(by_road[ends], 40_000) / new[ends]
    # A crossroads is as good a place to join as any, and takes no new junction.
    degree = np.bincount(mesh.edges[laid.rank >= 0].ravel(), minlength=len(mesh.xy))
    gain = gain * np.where(degree[ends] == 3, CROSSROADS_BONUS, 1.0)  # noqa: PLR2004
    best = int(np.argmax(gain))
    if gain[best] < 1.6:  # noqa: PLR2004 – a link must spare a good part of the way
        return None
    return trace(predecessor, int(ends[best]))


def lay_islands(laid: Laid, count: int, rng: np.random.Generator) -> None:
    """Add short pieces that hang together with nothing, as every real extract has."""
    xy = laid.mesh.xy
    distance, _ = cKDTree(xy[laid.points()]).query(xy)
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

"""Make up the roads of the county, from expressways to village roads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from firecover.demo.divided import add_one_ways, add_roundabouts, divide
from firecover.demo.expressway import Expressways, Road, draw_expressways
from firecover.demo.facts import COUNTY_SEAT, Facts
from firecover.demo.geometry import Floats, part_of, to_cm
from firecover.demo.lines import Piece, draw
from firecover.demo.mesh import Mesh, build_mesh
from firecover.demo.routes import (
    COUNTY,
    NATIONAL,
    PROVINCIAL,
    STREET,
    TOWNSHIP,
    VILLAGE,
    choose_sites,
    join_point,
    lay_islands,
    lay_loops,
    lay_rings,
    lay_routes,
    lay_spurs,
    start_with_streets,
)
from firecover.demo.terrain import River, Terrain
from firecover.demo.towns import Streets

#: How much of what: settled by trial so that the network has the measured shape.
#: First hamlets all over the county, then more of them near the roads.
FAR_SITES = 88
FAR_APART_M = 2900.0
FAR_REACH_M = 6000.0
SITES = 620
SITES_APART_M = 850.0
SITES_REACH_M = 900.0
LOOPS = 338
LOOPS_FROM_ENDS = 0.1
LOOP_LIMIT_M = 16_000.0
RINGS = 28
ISLANDS = 12
ROUNDABOUTS = 14
ONE_WAY_STREETS = 145
#: Towns with a divided main street: code, name of the street.
MAIN_STREETS = (
    (COUNTY_SEAT, "桃花源大道（模拟）"),
    ("500242101", "龙潭大道（模拟）"),
    ("500242102", "麻旺大道（模拟）"),
)
WORDS = {
    VILLAGE: ("村道", 4.5),
    TOWNSHIP: ("乡道", 6.0),
    STREET: ("街道", 9.0),
    COUNTY: ("县道", 7.0),
    PROVINCIAL: ("省道", 8.5),
    NATIONAL: ("国道", 9.0),
}
_BRIDGE_M = 45.0


@dataclass(frozen=True)
class RoadModel:
    """The roads, and what later steps need of their making.

    Attributes
    ----------
    roads
        All features; two are joined where they end in the same point.
    mesh
        The mesh they were laid on; its first points are the streets' and the tolls'.
    sites
        Shape (sites, 2): hamlets, at the ends of village roads when those were laid.
    """

    roads: tuple[Road, ...]
    mesh: Mesh
    sites: Floats
    expressways: Expressways


def make_roads(
    facts: Facts,
    terrain: Terrain,
    rivers: tuple[River, ...],
    streets: Streets,
    rng: np.random.Generator,
) -> RoadModel:
    """Lay out and draw all roads of the county."""
    expressways = draw_expressways(facts.boundary, terrain)
    fixed = np.vstack([streets.xy, expressways.tolls])
    mesh = build_mesh(facts.boundary, fixed, terrain, [river.line for river in rivers], rng)
    laid = start_with_streets(mesh, streets.edges, len(streets.xy))
    lay_routes(laid, facts.townships)
    for toll in range(len(streets.xy), len(fixed)):
        join_point(laid, toll, COUNTY)
    weight = _settled(facts, mesh)
    far = choose_sites(laid, weight, FAR_SITES, apart_m=FAR_APART_M, reach_m=FAR_REACH_M, rng=rng)
    lay_spurs(laid, far)
    near = choose_sites(laid, weight, SITES, apart_m=SITES_APART_M, reach_m=SITES_REACH_M, rng=rng)
    lay_spurs(laid, near)
    sites = np.concatenate([far, near])
    lay_loops(laid, LOOPS, LOOPS_FROM_ENDS, LOOP_LIMIT_M, rng)
    lay_rings(laid, RINGS, rng)
    lay_islands(laid, ISLANDS, rng)
    pieces = draw(laid, facts.boundary, len(fixed), len(facts.townships), rng)
    pieces = _rework_streets(pieces, facts, streets, rng)
    roads = [part for piece in pieces for part in _with_bridges(_as_road(piece), rivers)]
    return RoadModel((*expressways.roads, *roads), mesh, mesh.xy[sites], expressways)


def _settled(facts: Facts, mesh: Mesh) -> Floats:
    """Weigh the points of the mesh by how many people live around the nearest seats."""
    distance, nearest = cKDTree(facts.seats_m).query(mesh.xy, k=3)
    people = facts.townships["population"].to_numpy()[nearest]
    weight: Floats = (np.sqrt(people / 10_000) * np.exp(-distance / 7_000)).sum(axis=1)
    return np.round(weight + 0.25, 6)


def _rework_streets(
    pieces: list[Piece], facts: Facts, streets: Streets, rng: np.random.Generator
) -> list[Piece]:
    codes = facts.townships["code"].tolist()
    inner: set[int] = set()
    for code, name in MAIN_STREETS:
        number = codes.index(code)
        on_axis = set(streets.edges[(streets.town == number) & streets.axis].ravel().tolist())
        pieces = divide(pieces, on_axis, name, rng)
        inner |= set(streets.edges[streets.town == number].ravel().tolist())
    degree = pd.Series([p for piece in pieces for p in (piece.start, piece.end)]).value_counts()
    big = facts.townships.index[facts.townships["population"] > 11_000]  # noqa: PLR2004 – residents
    in_big = np.unique(streets.edges[np.isin(streets.town, big)].ravel())
    junctions = [int(p) for p in in_big if degree.get(p, 0) >= 3]  # noqa: PLR2004
    pieces = add_roundabouts(pieces, junctions, ROUNDABOUTS, rng)
    choices = [k for k, piece in enumerate(pieces) if piece.rank == STREET and not piece.oneway]
    long = [k for k in choices if shapely.LineString(pieces[k].xy).length > 60]  # noqa: PLR2004
    return add_one_ways(pieces, long, ONE_WAY_STREETS, rng)


def _as_road(piece: Piece) -> Road:
    kind, width = WORDS[piece.rank]
    name = piece.name
    if piece.ref and not name:
        name = f"{kind}{piece.ref}"
    return Road(piece.xy, kind, name, piece.ref, oneway=piece.oneway, width_m=width)


def _with_bridges(road: Road, rivers: tuple[River, ...]) -> list[Road]:
    """Cut a road on both sides of a river into road, bridge, road."""
    line = shapely.LineString(road.xy)
    cuts: list[tuple[float, float]] = []
    for river in rivers:
        for point in shapely.get_parts(shapely.intersection(line, river.line)):
            at = line.project(point.centroid)
            low, high = at - _BRIDGE_M, at + _BRIDGE_M
            if low > 5 and high < line.length - 5 and all(low > end for _, end in cuts):  # noqa: PLR2004
                cuts.append((low, high))
    if not cuts:
        return [road]
    bounds = [0.0, *[s for cut in cuts for s in cut], line.length]
    parts = []
    for k, (a, b) in enumerate(pairwise(bounds)):
        xy = to_cm(shapely.get_coordinates(part_of(line, a, b)))
        parts.append(replace(road, xy=xy, bridge=k % 2 == 1))
    parts[0].xy[0], parts[-1].xy[-1] = road.xy[0], road.xy[-1]
    return parts

"""Soft barriers (GB 51080-2015 4.1.3(4)): expressways, railways and rivers that ways cross.

A jurisdiction should not (不宜) reach across an expressway, a trunk railway or a larger river. What
lies across one is measured by the way driven: a cell counts if the fastest way of its station to
the road beside it crosses such a barrier.

- Expressways are the ways of class ``motorway`` outside tunnels, of both carriageways, whether or
  not they can be driven to; urban fast roads (城市快速路) are no class of ours and are not told
  apart. Expressways and their ramps cross none themselves.
- Railways are the lines of the layer of that name, trunk or not.
- Rivers are what the layer of water calls ``river``; each counts as a larger one, because the
  layer has no measure of size. An area is crossed by entering and leaving it.

Roads need not meet a barrier in a vertex to cross it, and one that merely meets it (a ramp that
joins, a road that ends at the bank) does not cross. Where a node of the roads lies on a barrier,
it is crossed by going from a road on its one side to a road on the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from firecover.layers.model import Roads, VectorLayer
from firecover.network.along import Crossings
from firecover.network.road_network import LIMITED_ACCESS, RoadNetwork

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: What is crossed, as counted; a river drawn as an area is crossed by two of its banks.
KINDS = ("expressway", "railway", "river", "bank")
#: What is told.
BARRIERS = ("expressway", "railway", "river")
#: Closer than this (metres), two places are one.
TOUCH_M = 0.01
#: So far from a meeting point (metres) it is seen where a road leads.
LOOK_M = 0.1
#: Closer than this (radians) to a barrier's direction, a road runs along it.
ALONG_RAD = 0.01


@dataclass(frozen=True)
class Barriers:
    """Where roads cross barriers.

    Attributes
    ----------
    crossings
        The crossings, of :data:`KINDS`.
    known
        Those of :data:`BARRIERS` that the study says where they are.
    """

    crossings: Crossings
    known: frozenset[str]


@dataclass(frozen=True)
class _Segments:
    """Straight stretches of barriers, s of them: a tree, and shape (s, 2, 2)."""

    tree: shapely.STRtree
    ends: Floats


def barriers(
    network: RoadNetwork, roads: Roads, water: VectorLayer, railways: VectorLayer
) -> Barriers:
    """Find where the edges of a network cross expressways, railways and rivers.

    Parameters
    ----------
    network
        The network.
    roads
        The ways that it was made from: expressways that nobody can drive to count, too.
    water, railways
        The layers, in the network's CRS.
    """
    edges = np.arange(network.edge_count)
    ordinary = edges[~network.attributes["road_class"].isin(LIMITED_ACCESS).to_numpy()]
    known = {"expressway"}
    if railways.provenance is not None:
        known.add("railway")
    kind = water.data["kind"].astype(str)
    if water.provenance is not None and (not len(kind) or (kind != "").any()):
        known.add("river")
    rivers = np.asarray(water.data.geometry.array)[np.asarray(kind == "river")]
    area = shapely.get_dimensions(rivers) == 2  # noqa: PLR2004 - areas have two dimensions
    # Neighbouring areas are one river: what parts them is no bank.
    banks = shapely.boundary(shapely.get_parts(shapely.union_all(rivers[area])))
    found = [
        _crossed(network, kind_edges, segments)
        for kind_edges, segments in (
            (ordinary, _expressways(roads)),
            (edges, _segments(np.asarray(railways.data.geometry.array))),
            (edges, _segments(rivers[~area])),
            (edges, _segments(banks)),
        )
    ]
    at, tail_side, head_side = zip(*found, strict=True)
    crossings = Crossings(
        kinds=KINDS,
        edge=np.concatenate([edge for edge, _ in at]),
        fraction=np.concatenate([fraction for _, fraction in at]),
        kind=np.repeat(np.arange(len(KINDS)), [len(edge) for edge, _ in at]),
        tail_side=np.stack(tail_side),
        head_side=np.stack(head_side),
    )
    return Barriers(crossings, frozenset(known))


def across_km2(found: Barriers, crossings: Ints, area_km2: Floats) -> dict[str, float]:
    """Return the area whose fastest way crosses a barrier, by :data:`BARRIERS`.

    Parameters
    ----------
    found
        The barriers.
    crossings
        Shape (d, kinds), from :func:`firecover.network.along.ways_to`.
    area_km2
        Shape (d,).

    Returns
    -------
    across
        km²; NaN where the study does not say where such barriers are.
    """
    expressway, railway, river, bank = crossings.T
    crossed = {
        "expressway": expressway >= 1,
        "railway": railway >= 1,
        "river": (river >= 1) | (bank >= 2),  # noqa: PLR2004 - into the water and out of it
    }
    return {
        name: float(area_km2[way].sum()) if name in found.known else np.nan
        for name, way in crossed.items()
    }


def _expressways(roads: Roads) -> _Segments:
    open_air = ~roads.attributes["tunnel"].to_numpy(dtype=np.bool_)
    wanted = np.asarray(roads.attributes["road_class"] == "motorway") & open_air
    way = np.repeat(np.arange(len(wanted)), np.diff(roads.way_start))
    return _between(roads.xy[wanted[way]], way[wanted[way]])


def _segments(shapes: NDArray[np.object_]) -> _Segments:
    # The boundary of an area with holes is a line in several parts.
    parts = shapely.get_parts(shapes)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    return _between(xy, part)


def _between(xy: Floats, line: Ints) -> _Segments:
    """Return the stretches between each vertex and the next of the same line."""
    ends = np.stack((xy[:-1], xy[1:]), axis=1)
    ends = ends[(line[:-1] == line[1:]) & (xy[:-1] != xy[1:]).any(axis=1)]
    return _Segments(shapely.STRtree(np.asarray(shapely.linestrings(ends))), ends)


def _crossed(
    network: RoadNetwork, edges: Ints, segments: _Segments
) -> tuple[tuple[Ints, Floats], Ints, Ints]:
    """Return where some edges cross a kind of barrier, and the sides at its nodes."""
    nodes, sides = _sides(network, edges, segments)
    shapes = network.lines(edges)
    row, segment = segments.tree.query(shapes, predicate="intersects")
    met = shapely.intersection(shapes[row], segments.tree.geometries[segment])
    met, index = shapely.get_parts(met, return_index=True)
    single = shapely.get_type_id(met) == 0  # where a road runs along a barrier, it crosses nothing
    met, row = met[single], row[index[single]]
    along_m = shapely.line_locate_point(shapes[row], met)
    length_m = network.length_m[edges[row]]
    at_tail = (along_m < TOUCH_M) & nodes[network.tail[edges[row]]]
    at_head = (along_m > length_m - TOUCH_M) & nodes[network.head[edges[row]]]
    inside = ~(at_tail | at_head)
    row, along_m = row[inside], along_m[inside]
    order = np.lexsort((along_m, row))
    row, along_m = row[order], along_m[order]
    if not len(row):
        return (np.zeros(0, np.int64), np.zeros(0)), *sides
    fresh = np.concatenate(([True], (np.diff(row) != 0) | (np.diff(along_m) > TOUCH_M)))
    row, along_m = row[fresh], along_m[fresh]
    through = _passes(shapes[row], along_m, segments)
    row, along_m = row[through], along_m[through]
    fraction = np.clip(along_m / network.length_m[edges[row]], 0.0, 1.0)
    return (edges[row], fraction), *sides


def _passes(shape: NDArray[np.object_], along_m: Floats, segments: _Segments) -> NDArray[np.bool_]:
    """Return whether lines go through barriers from side to side where they meet them.

    They do where, seen from the point, the barrier leads off on both hands: the lines merely
    touch otherwise, or the barrier ends there.

    Parameters
    ----------
    shape, along_m
        Shape (p,), the lines, and how far along each the meeting point is.
    segments
        The barriers.
    """
    here = _xy_at(shape, along_m)
    length_m = shapely.length(shape)
    behind = _angle(_xy_at(shape, np.maximum(along_m - LOOK_M, 0.0)) - here)
    ahead = _angle(_xy_at(shape, np.minimum(along_m + LOOK_M, length_m)) - here)
    arm, owner = _arms(here, segments)
    turn = _round(arm - behind[owner])
    left = turn > _round(ahead - behind)[owner]
    count = len(shape)
    hands = np.bincount(owner[left], minlength=count), np.bincount(owner[~left], minlength=count)
    return np.asarray((hands[0] > 0) & (hands[1] > 0))


def _sides(
    network: RoadNetwork, edges: Ints, segments: _Segments
) -> tuple[NDArray[np.bool_], tuple[Ints, Ints]]:
    """Return which nodes lie on a barrier, and on which side each edge leaves its ends."""
    on = np.zeros(network.node_count, np.bool_)
    sides = np.full((2, network.edge_count), -1, np.int64)
    arm, owner = _arms(network.node_xy, segments)
    on[owner] = True
    arms: dict[int, list[float]] = {}
    for which, angle in zip(owner.tolist(), arm.tolist(), strict=True):
        arms.setdefault(which, []).append(angle)
    for row, end in enumerate((network.tail, network.head)):
        for edge in edges[on[end[edges]]].tolist():
            away = _leaving(network, edge, at_head=row == 1)
            sides[row, edge] = _side(away, np.array(arms[int(end[edge])]))
    return on, (sides[0], sides[1])


def _leaving(network: RoadNetwork, edge: int, *, at_head: bool) -> float:
    """Return the direction in which an edge leaves one of its nodes, radians."""
    shape = network.lines(np.array([edge]))
    look_m = min(LOOK_M, float(network.length_m[edge]) / 2)
    end_m = float(network.length_m[edge]) if at_head else 0.0
    away_m = end_m - look_m if at_head else look_m
    return float(_angle(_xy_at(shape, np.array([away_m])) - _xy_at(shape, np.array([end_m])))[0])


def _side(angle: float, arms: Floats) -> int:
    """Return between which of the arms of a barrier a direction lies; -1 along one of them."""
    apart = np.minimum(_round(arms - angle), _round(angle - arms))
    if (apart < ALONG_RAD).any():
        return -1
    return int((arms < angle).sum()) % len(arms)


def _arms(here: Floats, segments: _Segments) -> tuple[Floats, Ints]:
    """Return in which directions barriers lead off from points on them, and whose they are.

    Of ``here``, shape (p, 2), points on no barrier have no such direction.
    """
    where = shapely.points(here)
    point, segment = segments.tree.query(where, predicate="dwithin", distance=TOUCH_M)
    ends = segments.ends[segment]
    angles, owners = [], []
    for end in (0, 1):
        away = ends[:, end] - here[point]
        far = np.linalg.norm(away, axis=1) > TOUCH_M
        angles.append(_angle(ends[far, end] - ends[far, 1 - end]))
        owners.append(point[far])
    return np.concatenate(angles), np.concatenate(owners)


def _xy_at(shape: NDArray[np.object_], along_m: Floats) -> Floats:
    return np.asarray(shapely.get_coordinates(shapely.line_interpolate_point(shape, along_m)))


def _angle(vector: Floats) -> Floats:
    return np.arctan2(vector[:, 1], vector[:, 0])


def _round(angle: Floats) -> Floats:
    """Return an angle as one from 0 to a whole turn."""
    return np.mod(angle, 2 * np.pi)

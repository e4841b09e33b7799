"""Positions for new hydrants: the fewest along the streets that close the gaps.

The gaps are cut along a square grid into pieces a third of the radius wide. A position closes a
piece by protecting all of it; pieces that no position on a street protects whole are told as
such. The positions stand at equal steps along the roads near the gaps, and the fewest of them that
close every other piece are chosen (:mod:`firecover.assessment.set_cover`). The answer is about
these pieces and positions: a piece that two positions protect only together counts as open, so
that what is said to be closed is closed.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from firecover.assessment.hydrants import QUARTER_SEGMENTS
from firecover.assessment.set_cover import smallest_cover
from firecover.demand import SQUARE_METRES_PER_KM2, built_up_cells, containing
from firecover.network.road_network import RoadNetwork

#: Pieces smaller than this are left over from cutting, square metres.
SLIVER_M2 = 1.0
#: The side of a piece as a share of the radius.
PIECE_SHARE = 1 / 3
#: Circles are drawn as polygons inside them: what lies within this share of the radius lies
#: within the polygon, too.
INSIDE_SHARE = float(np.cos(np.pi / 4 / QUARTER_SEGMENTS))
#: Positions nearer to each other than this are one, metres.
SAME_PLACE_M = 0.01


@dataclass(frozen=True)
class Proposals:
    """New hydrants, and what they leave.

    Attributes
    ----------
    hydrants
        ``id``, ``order`` (by area newly protected, the most first), ``built_up_id``,
        ``built_up_name`` (of the patch in or nearest to which it stands), ``township`` (code,
        empty where none), ``road``, ``gain_km2`` (newly protected, those before it in place);
        points.
    patches
        One row a gap: ``built_up_id``, ``gap_km2``, ``uncoverable_km2`` (in pieces that no
        position on a street protects whole), ``left_km2`` (outside every circle, exact, once all
        new hydrants stand: less, since circles take parts of these pieces).
    bound
        Fewer positions cannot close these pieces; the same number as there are hydrants where
        these are proven to be the fewest.
    slivers
        Pieces under a square metre, which were not asked to be closed.
    """

    hydrants: gpd.GeoDataFrame
    patches: pd.DataFrame
    bound: int
    slivers: int

    def figures(self) -> dict[str, float | int | str | None]:
        """Return the headline figures."""
        found = len(self.hydrants)
        return {
            "hydrants_new": found,
            "hydrants_new_bound": self.bound,
            "hydrants_new_gap": found - self.bound,
            "hydrant_uncoverable_km2": float(self.patches["uncoverable_km2"].sum()),
            "hydrant_left_km2": float(self.patches["left_km2"].sum()),
        }


@dataclass(frozen=True)
class _Spots:
    """Places along streets: the edge that each lies on, and coordinates, shape (s, 2)."""

    edge: NDArray[np.int64]
    xy: NDArray[np.float64]


@dataclass(frozen=True)
class _Pieces:
    """Pieces of gaps, the gap (row) that each belongs to, and their areas, square metres."""

    shapes: NDArray[np.object_]
    gap: NDArray[np.int64]
    area_m2: NDArray[np.float64]


def propose_hydrants(
    network: RoadNetwork,
    gaps: gpd.GeoDataFrame,
    built_up: gpd.GeoDataFrame,
    townships: gpd.GeoDataFrame,
    *,
    radius_m: float,
    step_m: float,
) -> Proposals:
    """Choose the fewest positions along the streets that close the gaps.

    Parameters
    ----------
    network
        The network of :func:`firecover.assessment.street_distance.walking`.
    gaps
        Those measured straight, from
        :func:`firecover.assessment.hydrants.hydrant_cover`; some of them, if only these
        are to be closed.
    built_up
        The patches, with ``id`` and ``name``.
    townships
        ``code`` and polygons, None where an area is not known.
    radius_m
        The protection radius.
    step_m
        How far apart the positions may be, at most.
    """
    cut = built_up_cells(gaps, radius_m * PIECE_SHARE)
    pieces = _Pieces(cut.cells, cut.patch, cut.area_km2 * SQUARE_METRES_PER_KM2)
    spots = _spots(network, gaps, radius_m, step_m)
    piece, spot = _protected_whole(pieces.shapes, spots.xy, radius_m * INSIDE_SHARE)

    is_sliver = pieces.area_m2 < SLIVER_M2
    coverable = np.zeros(len(pieces.shapes), dtype=bool)
    coverable[piece] = True
    # Of positions that serve alike the first is taken: those nearest to much of a gap.
    nearness_m2 = _nearness(pieces, spots.xy, piece, spot, radius_m)
    first = np.argsort(-nearness_m2, kind="stable")
    shape = (len(pieces.shapes), len(spots.xy))
    holds = csr_array((np.ones(len(piece), dtype=np.int8), (piece, spot)), shape=shape)[:, first]
    cover = smallest_cover(csr_array(holds[np.flatnonzero(coverable & ~is_sliver)]))

    chosen, gain_m2, left_m2 = _by_gain(first[cover.chosen], spots.xy, pieces, radius_m)
    count, told = len(gaps), ~coverable & ~is_sliver
    areas = {
        "gap_km2": np.bincount(pieces.gap, pieces.area_m2, count),
        "uncoverable_km2": np.bincount(pieces.gap[told], pieces.area_m2[told], count),
        "left_km2": np.bincount(pieces.gap, left_m2, count),
    }
    patches = pd.DataFrame({k: v / SQUARE_METRES_PER_KM2 for k, v in areas.items()})
    patches.insert(0, "built_up_id", gaps["built_up_id"].to_numpy())
    table = _table(network, spots, chosen, built_up, townships)
    table.insert(6, "gain_km2", gain_m2 / SQUARE_METRES_PER_KM2)
    return Proposals(table, patches, cover.bound, int(is_sliver.sum()))


def _spots(network: RoadNetwork, gaps: gpd.GeoDataFrame, radius_m: float, step_m: float) -> _Spots:
    """Return places at equal steps along the roads near the gaps, ends included, each once."""
    tree, _, owner = network.access_stretches
    shapes = gaps.geometry.to_numpy()
    shapely.prepare(shapes)
    _, stretch = tree.query(shapes, predicate="dwithin", distance=radius_m)
    edges = np.unique(owner[stretch])
    steps = np.maximum(np.ceil(network.length_m[edges] / step_m).astype(np.int64), 1)
    edge = np.repeat(edges, steps + 1)
    begin = np.cumsum(steps + 1) - (steps + 1)
    number = np.arange(len(edge)) - np.repeat(begin, steps + 1)
    xy = network.spots(edge, number / np.repeat(steps, steps + 1))
    _, once = np.unique(np.rint(xy / SAME_PLACE_M), axis=0, return_index=True)
    once.sort()
    return _Spots(edge[once], xy[once])


def _protected_whole(
    shapes: NDArray[np.object_], xy: NDArray[np.float64], radius_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of pieces and positions whose farthest corner is within the radius."""
    none = np.empty(0, dtype=np.int64)
    if not len(shapes) or not len(xy):
        return none, none
    hull = shapely.convex_hull(shapes)
    centre = shapely.get_coordinates(shapely.centroid(hull))
    near = KDTree(xy).query_ball_point(centre, radius_m, return_sorted=True)
    count = np.array([len(each) for each in np.asarray(near, dtype=object)])
    piece = np.repeat(np.arange(len(shapes)), count)
    spot = np.concatenate([np.asarray(each, dtype=np.int64) for each in near])
    if not len(spot):
        return none, none
    corner, owner = shapely.get_coordinates(hull, return_index=True)
    corners = np.bincount(owner, minlength=len(shapes))
    first = np.cumsum(corners) - corners
    each = corners[piece]
    begin = np.cumsum(each) - each
    within = np.arange(each.sum()) - np.repeat(begin, each)
    off_m = corner[np.repeat(first[piece], each) + within] - np.repeat(xy[spot], each, axis=0)
    farthest_m = np.sqrt(np.maximum.reduceat((off_m**2).sum(axis=1), begin))
    whole = farthest_m <= radius_m
    return piece[whole], spot[whole]


def _nearness(
    pieces: _Pieces,
    xy: NDArray[np.float64],
    piece: NDArray[np.int64],
    spot: NDArray[np.int64],
    radius_m: float,
) -> NDArray[np.float64]:
    """Return, for each position, the area that it protects, less of it what is farther off."""
    centre = shapely.get_coordinates(shapely.centroid(pieces.shapes))[piece]
    share = 1 - np.linalg.norm(centre - xy[spot], axis=1) / radius_m
    return np.bincount(spot, pieces.area_m2[piece] * share, len(xy)).astype(np.float64)


def _by_gain(
    chosen: NDArray[np.int64], xy: NDArray[np.float64], pieces: _Pieces, radius_m: float
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Put positions in order, each time the one that newly protects the most.

    Returns
    -------
    order, gain_m2
        The positions in order, and what each newly protects.
    left_m2
        Shape (pieces,), what of each piece lies outside all circles.
    """
    points = np.asarray(shapely.points(xy[chosen]))
    circles = np.asarray(shapely.buffer(points, radius_m, quad_segs=QUARTER_SEGMENTS))
    shapely.prepare(circles)
    rest, left_m2 = pieces.shapes.copy(), pieces.area_m2.copy()
    circle, piece = shapely.STRtree(rest).query(circles, predicate="intersects")
    whole = np.asarray(shapely.contains(circles[circle], rest[piece]))
    begin = np.searchsorted(circle, np.arange(len(circles) + 1))

    def taken(number: int) -> tuple[NDArray[np.int64], NDArray[np.int64], float]:
        """Return the pieces inside a circle, those across its border, and the area within."""
        mine = slice(begin[number], begin[number + 1])
        inside, across = piece[mine][whole[mine]], piece[mine][~whole[mine]]
        across = across[left_m2[across] > 0]
        part_m2 = shapely.area(shapely.intersection(rest[across], circles[number])).sum()
        return inside, across, float(left_m2[inside].sum() + part_m2)

    heap = [(-taken(number)[2], number) for number in range(len(chosen))]
    heapq.heapify(heap)
    order, gain_m2 = [], []
    while heap:
        promised_m2, number = heapq.heappop(heap)
        inside, across, area_m2 = taken(number)
        if heap and -area_m2 > heap[0][0] and area_m2 < -promised_m2:
            heapq.heappush(heap, (-area_m2, number))
            continue
        order.append(number)
        gain_m2.append(area_m2)
        rest[across] = shapely.difference(rest[across], circles[number])
        left_m2[across], left_m2[inside] = shapely.area(rest[across]), 0.0
    return chosen[np.array(order, dtype=np.int64)], np.array(gain_m2, dtype=float), left_m2


def _table(
    network: RoadNetwork,
    spots: _Spots,
    chosen: NDArray[np.int64],
    built_up: gpd.GeoDataFrame,
    townships: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    xy, road = spots.xy[chosen], network.attributes.iloc[spots.edge[chosen]]
    points = np.asarray(shapely.points(xy))
    patch = np.empty(0, dtype=np.int64)
    if len(points):
        tree = shapely.STRtree(built_up.geometry.to_numpy())
        _, patch = tree.query_nearest(points, all_matches=False)
    township = containing(townships.geometry, xy)
    codes = np.append(townships["code"].to_numpy(dtype=object), "")
    order = np.arange(1, len(points) + 1)
    table = {
        "id": [f"new-{number}" for number in order],
        "order": order,
        "built_up_id": built_up["id"].to_numpy()[patch],
        "built_up_name": built_up["name"].to_numpy()[patch],
        "township": codes[township],
        "road": road["name"].where(road["name"] != "", road["ref"]).to_numpy(),
    }
    return gpd.GeoDataFrame(table, geometry=points, crs=built_up.crs)

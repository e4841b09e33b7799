"""Hydrants along streets: how far apart they stand, and how much street has one near enough.

Streets are the roads inside built-up area that give access. A place on a street is spaced well
if a working hydrant stands within half the allowed spacing along the street: where that holds
for a whole street, no two neighbours on it are farther apart than allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from firecover.assessment.street_distance import nearest_along_m, nearest_other_m
from firecover.network.road_network import RoadNetwork
from firecover.network.routing_graph import RoutingGraph
from firecover.network.snapping import Positions
from firecover.network.travel_times import earliest_arrivals

METRES_PER_KM = 1000


@dataclass(frozen=True)
class StreetPieces:
    """Straight pieces of street inside built-up area, ``p`` of them.

    Attributes
    ----------
    edge
        Shape (p,), the edge that each lies on.
    start_m, end_m
        Shape (p,), where it begins and ends along the edge.
    patch
        Shape (p,), the row of the built-up patch that it lies in.
    """

    edge: NDArray[np.int64]
    start_m: NDArray[np.float64]
    end_m: NDArray[np.float64]
    patch: NDArray[np.int64]


def street_pieces(network: RoadNetwork, built_up: gpd.GeoSeries) -> StreetPieces:
    """Cut the streets exactly along the borders of built-up patches.

    Parameters
    ----------
    network
        The network of :func:`firecover.assessment.street_distance.walking`.
    built_up
        Polygons in its CRS. A street along a border that two patches share counts in both.
    """
    tree, first, owner = network.access_stretches
    patches = built_up.to_numpy()
    shapely.prepare(patches)
    patch, stretch = tree.query(patches, predicate="intersects")
    lines = tree.geometries[stretch]
    cut = ~shapely.contains_properly(patches[patch], lines)
    lines[cut] = shapely.intersection(lines[cut], patches[patch[cut]])
    parts, row = shapely.get_parts(lines, return_index=True)
    is_line = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    parts, patch, stretch = parts[is_line], patch[row[is_line]], stretch[row[is_line]]

    vertex = first[stretch]
    before_m = _before_m(network)[vertex]
    ends_m = np.stack(
        [
            np.linalg.norm(_xy(shapely.get_point(parts, end)) - network.vertex_xy[vertex], axis=1)
            for end in (0, -1)
        ]
    )
    return StreetPieces(
        owner[stretch], before_m + ends_m.min(axis=0), before_m + ends_m.max(axis=0), patch
    )


def _xy(points: NDArray[np.object_]) -> NDArray[np.float64]:
    return np.column_stack((shapely.get_x(points), shapely.get_y(points)))


def _before_m(network: RoadNetwork) -> NDArray[np.float64]:
    """Return how far along its edge each vertex lies."""
    steps_m = np.linalg.norm(np.diff(network.vertex_xy, axis=0), axis=1)
    steps_m[network.vertex_start[1:-1] - 1] = 0.0
    along_m = np.concatenate(([0.0], np.cumsum(steps_m)))
    begin_m = along_m[network.vertex_start[:-1]]
    before_m: NDArray[np.float64] = along_m - np.repeat(begin_m, np.diff(network.vertex_start))
    return before_m


def near_m(
    walk: RoutingGraph, sources: Positions, pieces: StreetPieces, reach_m: float
) -> NDArray[np.float64]:
    """Return how much of each piece lies within a distance of a source along the streets.

    Exact: of each edge, what is reached from either end and from the sources on it are
    intervals, and their union is measured.

    Parameters
    ----------
    walk
        From :func:`firecover.assessment.street_distance.walking`.
    sources
        Where they are on its network; their legs off the road are not counted.
    pieces
        Pieces of its edges.
    reach_m
        The distance.

    Returns
    -------
    metres
        Shape (p,).
    """
    network, m = walk.network, walk.network.edge_count
    earliest = earliest_arrivals(walk, sources, np.zeros(len(sources)), reach_m)
    length_m = network.length_m
    own, at_m = earliest.stations.edge, earliest.stations.fraction
    at_m = at_m * length_m[own]
    edge = np.concatenate((np.arange(m), np.arange(m), own))
    start_m = np.concatenate((np.zeros(m), length_m - reach_m + earliest.enter_s[m:], at_m))
    end_m = np.concatenate((reach_m - earliest.enter_s[:m], length_m, at_m + reach_m))
    start_m[2 * m :] -= reach_m
    # All edges lie end to end on one axis, so that one union serves them all.
    origin_m = np.cumsum(length_m) - length_m
    low, high = (origin_m[edge] + np.clip(part, 0, length_m[edge]) for part in (start_m, end_m))
    at, covered = _covered_up_to(low, high)
    ends = (origin_m[pieces.edge] + part for part in (pieces.start_m, pieces.end_m))
    before, after = (np.interp(each, at, covered) for each in ends)
    return np.asarray(after - before, dtype=np.float64)


def _covered_up_to(
    low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how much of an axis intervals cover up to some places; linear between these."""
    some = high > low
    order = np.argsort(low[some], kind="stable")
    low, high = low[some][order], high[some][order]
    if not len(low):
        return np.zeros(1), np.zeros(1)
    farthest = np.maximum.accumulate(high)
    begins = np.concatenate(([True], low[1:] > farthest[:-1]))
    begin = low[begins]
    end = farthest[np.append(np.flatnonzero(begins)[1:] - 1, len(low) - 1)]
    total = np.cumsum(end - begin)
    at = np.column_stack((begin, end)).ravel()
    return at, np.column_stack((total - (end - begin), total)).ravel()


def street_spacing(
    walk: RoutingGraph,
    working: Positions,
    built_up: gpd.GeoDataFrame,
    spacings_m: Mapping[str, float],
) -> pd.DataFrame:
    """Measure, for every built-up patch, its streets and how much of them is spaced well.

    Parameters
    ----------
    walk
        From :func:`firecover.assessment.street_distance.walking`.
    working
        Where the hydrants that work are on its network.
    built_up
        Polygons in its CRS.
    spacings_m
        The allowed spacings by the word that their columns have: ``{"spaced": 120}``.

    Returns
    -------
    streets
        One row a patch: ``street_km`` and, for every word, ``street_<word>_km`` and
        ``street_<word>_share`` (NaN without a street).
    """
    pieces = street_pieces(walk.network, built_up.geometry)
    count = len(built_up)
    street_km = np.bincount(pieces.patch, pieces.end_m - pieces.start_m, count) / METRES_PER_KM
    table = pd.DataFrame({"street_km": street_km})
    for word, spacing_m in spacings_m.items():
        metres = near_m(walk, working, pieces, spacing_m / 2)
        table[f"street_{word}_km"] = np.bincount(pieces.patch, metres, count) / METRES_PER_KM
        table[f"street_{word}_share"] = (
            table[f"street_{word}_km"] / table["street_km"].where(table["street_km"] > 0)
        ).clip(upper=1.0)  # sums round differently
    return table


def hydrant_spacing(
    walk: RoutingGraph, hydrants: Positions, works: NDArray[np.bool_], spacing_m: float
) -> pd.DataFrame:
    """Measure how far along the roads the next working hydrant stands from each.

    The nearest on any side: whether those on the other sides are near enough as well is told
    by :func:`street_spacing`.

    Parameters
    ----------
    walk
        From :func:`firecover.assessment.street_distance.walking`.
    hydrants
        Where they are on its network.
    works
        Shape (hydrants,), whether each works.
    spacing_m
        The allowed spacing (GB 50974-2014 7.2: 120 m).

    Returns
    -------
    spacing
        ``next_m`` (to the nearest *other* working one, legs off the road not counted; NaN
        where there is no road or no other) and ``spacing_verdict``: of those that work and
        stand by a road, ``meets`` or ``fails``; of the others, ``cannot_say``.
    """
    next_m = np.full(len(hydrants), np.inf)
    next_m[works] = nearest_other_m(walk, hydrants.take(works))
    next_m[~works] = nearest_along_m(walk, hydrants.take(works), hydrants.take(~works))
    verdict = np.where(next_m <= spacing_m, "meets", "fails")
    verdict = np.where(works & hydrants.on_network, verdict, "cannot_say")
    return pd.DataFrame(
        {
            "next_m": np.where(np.isfinite(next_m), next_m, np.nan),
            "spacing_verdict": verdict.astype(object),
        }
    )

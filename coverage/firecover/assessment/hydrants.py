"""Hydrants: the built-up area they protect, straight and by road, and the gaps between them.

Broken hydrants, and those whose status is not known, count for nothing in coverage.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from firecover.assessment.street_distance import hose_m
from firecover.demand import SQUARE_METRES_PER_KM2, BuiltUpCells
from firecover.network.routing_graph import RoutingGraph
from firecover.network.snapping import Positions, snap

#: Segments in a quarter of a circle: the polygon's area is 0.04 % below the circle's.
QUARTER_SEGMENTS = 32
#: Counts are compared up to this: 0.98 of 50 is a little more than 49 to a computer.
WHOLE = 1e-9


@dataclass(frozen=True)
class HydrantCover:
    """What working hydrants protect.

    Attributes
    ----------
    hydrants
        ``id``, ``name``, ``status`` and ``built_up_km2`` (built-up area within the radius of
        each, whether it works or not).
    protected_km2
        Shape (patches,), the area of each built-up patch within the radius of a working one.
    gaps
        ``built_up_id``, ``built_up_name``, ``area_km2``: what of each patch is outside.
    """

    hydrants: gpd.GeoDataFrame
    protected_km2: NDArray[np.float64]
    gaps: gpd.GeoDataFrame


def hydrant_cover(
    hydrants: gpd.GeoDataFrame, built_up: gpd.GeoDataFrame, radius_m: float
) -> HydrantCover:
    """Measure straight-line protection of built-up area by working hydrants.

    Parameters
    ----------
    hydrants
        Points with ``status``.
    built_up
        Polygons in the same projected CRS.
    radius_m
        The protection radius (GB 50974-2014 7.2: 150 m).
    """
    circles = shapely.buffer(hydrants.geometry.to_numpy(), radius_m, quad_segs=QUARTER_SEGMENTS)
    working = np.asarray(hydrants["status"] == "working")
    protected = shapely.union_all(circles[working])
    patches = built_up.geometry.to_numpy()
    gap = shapely.difference(patches, protected)
    gaps = gpd.GeoDataFrame(
        {
            "built_up_id": built_up["id"].to_numpy(),
            "built_up_name": built_up["name"].to_numpy(),
            "area_km2": shapely.area(gap) / SQUARE_METRES_PER_KM2,
        },
        geometry=gap,
        crs=built_up.crs,
    )
    protected_km2 = (shapely.area(patches) - shapely.area(gap)) / SQUARE_METRES_PER_KM2
    all_patches = shapely.union_all(patches)
    own = shapely.area(shapely.intersection(circles, all_patches)) / SQUARE_METRES_PER_KM2
    served = hydrants[["id", "name", "status", "geometry"]].assign(built_up_km2=own)
    return HydrantCover(served, protected_km2, gaps[gaps["area_km2"] > 0].reset_index(drop=True))


@dataclass(frozen=True)
class RoadCover:
    """What working hydrants protect along the roads, cell by cell.

    Attributes
    ----------
    reached
        Shape (d,), whether the hose from a working hydrant to the cell's point is no longer
        than the radius.
    protected_km2
        Shape (patches,), whole cells.
    """

    reached: NDArray[np.bool_]
    protected_km2: NDArray[np.float64]


def road_cover(
    walk: RoutingGraph, working: Positions, cells: BuiltUpCells, patches: int, radius_m: float
) -> RoadCover:
    """Measure protection along the roads: no hose goes straight through a block of houses.

    Parameters
    ----------
    walk
        From :func:`firecover.assessment.street_distance.walking`.
    working
        Where the hydrants that work are on its network.
    cells
        The built-up cells.
    patches
        How many patches they belong to.
    radius_m
        The longest hose: from the hydrant to its road, along the roads, and from there to the
        cell.
    """
    places = snap(walk.network, cells.xy, radius_m)
    reached = hose_m(walk, working, places, radius_m) <= radius_m
    protected_km2 = np.bincount(cells.patch, cells.area_km2 * reached, patches)
    return RoadCover(reached, protected_km2.astype(np.float64))


def hydrant_gaps(
    straight: gpd.GeoDataFrame,
    by_road: RoadCover,
    cells: BuiltUpCells,
    built_up: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    """Return the gaps by both measures, patch by patch.

    Parameters
    ----------
    straight
        The gaps of :func:`hydrant_cover`.
    by_road
        From :func:`road_cover`.
    cells
        The cells that it was measured on.
    built_up
        The patches, with ``id`` and ``name``.

    Returns
    -------
    gaps
        ``built_up_id``, ``built_up_name``, ``measure`` (``straight``: exact polygons;
        ``road``: whole cells), ``area_km2``.
    """
    beyond = ~by_road.reached
    rows = np.unique(cells.patch[beyond])
    area_km2 = np.bincount(cells.patch[beyond], cells.area_km2[beyond], len(built_up))
    road = gpd.GeoDataFrame(
        {
            "built_up_id": built_up["id"].to_numpy()[rows],
            "built_up_name": built_up["name"].to_numpy()[rows],
            "area_km2": area_km2[rows],
        },
        geometry=[shapely.union_all(cells.cells[beyond & (cells.patch == row)]) for row in rows],
        crs=built_up.crs,
    )
    both = [straight.assign(measure="straight"), road.assign(measure="road")]
    columns = ["built_up_id", "built_up_name", "measure", "area_km2", "geometry"]
    joined = pd.concat([each[columns] for each in both], ignore_index=True)
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=built_up.crs)


def working_verdicts(
    working: NDArray[np.float64],
    unsure: NDArray[np.float64],
    hydrants: NDArray[np.float64],
    least_share: float,
) -> NDArray[np.object_]:
    """Say whether enough hydrants work, in each township or in the county.

    Parameters
    ----------
    working, unsure, hydrants
        Shape (places,), how many work for certain, of how many nobody knows, and how many
        there are; NaN where that is not known.
    least_share
        The share that is to work; NaN where no rule says.

    Returns
    -------
    verdict
        Shape (places,): ``cannot_say`` where there is no hydrant or no rule, where
        nothing is known, and where it hangs on those of which nobody knows.
    """
    asked = least_share * hydrants - WHOLE
    known = hydrants > 0
    verdict = np.select(
        [known & (working >= asked), known & (working + unsure < asked)],
        ["meets", "fails"],
        default="cannot_say",
    )
    return verdict.astype(object)


def nearest_working_m(hydrants: gpd.GeoDataFrame, xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the straight distance from each point to the nearest working hydrant, NaN for none.

    Parameters
    ----------
    hydrants
        Points with ``status``.
    xy
        Shape (k, 2), in the same projected CRS.
    """
    working = np.asarray(hydrants.geometry.array)[hydrants["status"] == "working"]
    distance = np.full(len(xy), np.nan)
    if len(working) and len(xy):
        (point, _), metres = shapely.STRtree(working).query_nearest(
            shapely.points(xy), return_distance=True, all_matches=False
        )
        distance[point] = metres
    return distance

"""Hydrants: the built-up area they protect, the gaps between them, and what stands near a village.

Broken hydrants, and those whose status is not known, count for nothing in coverage.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from firecover.demand import SQUARE_METRES_PER_KM2

#: Segments in a quarter of a circle: the polygon's area is 0.04 % below the circle's.
QUARTER_SEGMENTS = 32


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

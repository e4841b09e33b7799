"""Villages: who comes first and second, after how long, and how far from the road."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from firecover.assessment.service import Arrivals, Facilities, Places


def name_of(who: Facilities, rows: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return the names of facilities by row, empty for -1."""
    names = np.append(who.table["name"].to_numpy(dtype=object), "")
    return np.asarray(names[rows], dtype=object)


def finite(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return times with NaN for those that never come."""
    return np.where(np.isfinite(seconds), seconds, np.nan)


def villages(
    data: gpd.GeoDataFrame,
    *,
    township: NDArray[np.int64],
    townships: gpd.GeoDataFrame,
    place: Places,
    coming: Arrivals,
    who: Facilities,
    hydrant_m: NDArray[np.float64],
    limit_s: float,
) -> gpd.GeoDataFrame:
    """Tell, for every village, who comes and when.

    Parameters
    ----------
    data
        The villages.
    township
        Shape (d,), the row of the township that each lies in, -1 where none.
    townships
        The townships.
    place
        The villages beside the roads.
    coming
        Arrivals at them, the leg off the road included.
    who
        The stations.
    hydrant_m
        Shape (d,), straight distance to the nearest working hydrant.
    limit_s
        The time that counts as reached.

    Returns
    -------
    villages
        As in :class:`firecover.results.Results`, without ``scenario``.
    """
    codes = np.append(townships["code"].to_numpy(dtype=object), "")
    names = np.append(townships["name"].to_numpy(dtype=object), "")
    reason = np.select(
        [np.isnan(place.access_m), ~place.on_network, np.isinf(coming.first_s)],
        ["no_road", "too_far_from_road", "no_station"],
        default="",
    )
    table = pd.DataFrame(
        {
            "id": data["id"],
            "name": data["name"],
            "name_en": data["name_en"],
            "township": codes[township],
            "township_name": names[township],
            "first_s": finite(coming.first_s),
            "first_station": name_of(who, coming.first),
            "second_s": finite(coming.second_s),
            "second_station": name_of(who, coming.second),
            "off_road_m": place.access_m,
            "hydrant_m": hydrant_m,
            "reached": coming.first_s <= limit_s,
            "reason": reason,
            "note": data["note"],
        }
    )
    return gpd.GeoDataFrame(table, geometry=data.geometry.to_numpy(), crs=data.crs)

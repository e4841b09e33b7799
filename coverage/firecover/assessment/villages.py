"""Villages: who comes first and second, after how long, by which way, and what water is near.

No national standard says how soon a village is to be reached: they are grouped by target times
that the study sets.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from firecover.assessment.service import Arrivals, Facilities, Places
from firecover.assessment.village_access import VillageWater
from firecover.assessment.village_ways import VillageWays


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
    full_s: NDArray[np.float64] | None = None,
    call_handling_s: float = np.nan,
    ways: VillageWays | None = None,
    widest_vehicle: NDArray[np.object_] | None = None,
    water: VillageWater | None = None,
    p_reached: NDArray[np.float64] | None = None,
    first_p05_s: NDArray[np.float64] | None = None,
    first_p95_s: NDArray[np.float64] | None = None,
    certainty: NDArray[np.object_] | None = None,
) -> gpd.GeoDataFrame:
    """Tell, for every village, who comes and when, and how.

    What is left out is not known: NaN, or empty.

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
    full_s
        Shape (d,), when a full force is there.
    call_handling_s
        From the call to the dispatch order, which all other times start at.
    ways
        How the first comes.
    widest_vehicle
        Shape (d,), from :func:`firecover.assessment.village_access.widest_vehicles`.
    water
        The nearest water.
    p_reached, first_p05_s, first_p95_s, certainty
        Shape (d,), over the draws: the probability that the first comes within ``limit_s``,
        the interval of its arrival, and what can be said in view of these.

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
    nan, nothing = np.full(len(data), np.nan), np.full(len(data), "", dtype=object)
    ways = ways or VillageWays(nothing, nan, nan, nan)
    water = water or VillageWater(nan, nothing, nan, nothing)
    first_s = finite(coming.first_s)
    table = pd.DataFrame(
        {
            "id": data["id"],
            "name": data["name"],
            "name_en": data["name_en"],
            "township": codes[township],
            "township_name": names[township],
            "first_s": first_s,
            "first_station": name_of(who, coming.first),
            "second_s": finite(coming.second_s),
            "second_station": name_of(who, coming.second),
            "off_road_m": place.access_m,
            "hydrant_m": hydrant_m,
            "reached": coming.first_s <= limit_s,
            "reason": reason,
            "full_s": nan if full_s is None else finite(full_s),
            "call_s": first_s + call_handling_s,
            "way": ways.way,
            "way_km": ways.way_km,
            "walk_s": ways.walk_s,
            "widest_vehicle": nothing if widest_vehicle is None else widest_vehicle,
            "width_known_share": ways.width_known_share,
            "water_m": water.water_m,
            "water_name": water.water_name,
            "supply_m": water.supply_m,
            "supply_kind": water.supply_kind,
            "p_reached": nan if p_reached is None else p_reached,
            "first_p05_s": nan if first_p05_s is None else finite(first_p05_s),
            "first_p95_s": nan if first_p95_s is None else finite(first_p95_s),
            "certainty": nothing if certainty is None else certainty,
            "note": data["note"],
        }
    )
    return gpd.GeoDataFrame(table, geometry=data.geometry.to_numpy(), crs=data.crs)


def village_targets(
    minutes: Sequence[float],
    coming: Arrivals,
    full_s: NDArray[np.float64],
    *,
    p_within: NDArray[np.float64] | None = None,
    sure_share: float = 0.95,
) -> pd.DataFrame:
    """Count the villages that are reached within each target.

    Parameters
    ----------
    minutes
        The targets, minutes from the dispatch order.
    coming
        Arrivals at the ``d`` villages.
    full_s
        Shape (d,), when a full force is there.
    p_within
        Shape (targets, d), the probability that the first comes within each target.
    sure_share
        The probability from which it is sure; that nobody comes in time is sure from the
        same one.

    Returns
    -------
    targets
        As in :class:`firecover.results.Results`, without ``scenario``. ``sure`` counts the
        villages that are surely reached, ``uncertain`` those of which it cannot be said (both
        NaN without probabilities); the others are surely not.
    """
    count = len(coming.first_s)
    limits_s = np.asarray(minutes, dtype=np.float64) * 60
    table: dict[str, object] = {"minutes": limits_s / 60, "villages": count}
    for name, seconds in (
        ("first", coming.first_s),
        ("second", coming.second_s),
        ("full", full_s),
    ):
        within = (seconds <= limits_s[:, None]).sum(axis=1)
        table[name] = within
        table[f"{name}_share"] = within / count if count else np.full(len(within), np.nan)
    sure = uncertain = np.full(len(limits_s), np.nan)
    if p_within is not None:
        sure = (p_within >= sure_share).sum(axis=1).astype(np.float64)
        uncertain = ((p_within < sure_share) & (1 - p_within < sure_share)).sum(axis=1)
    return pd.DataFrame(table | {"sure": sure, "uncertain": uncertain.astype(np.float64)})

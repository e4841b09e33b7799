"""Jurisdictions (辖区): who arrives first in each built-up cell, against the area standard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from firecover.assessment.detour import Measured
from firecover.assessment.service import Arrivals, Facilities
from firecover.demand import BuiltUpCells
from firecover.standards import AREA_RULES, Rule, Verdict

#: Zones of built-up area that the urban standard is about; a township's own patch is not.
URBAN_ZONES = ("urban", "suburb")
#: What only draws of speeds can say of a jurisdiction.
DRAWN = ("reached_share_p05", "reached_share_p95", "area_sure")
COLUMNS = [
    "station_id",
    "station_name",
    "area_km2",
    "cap_km2",
    "area_verdict",
    "reached_km2",
    "reached_share",
    "farthest_s",
    *(field.name for field in fields(Measured)),
    *DRAWN,
    "geometry",
]


def area_cap_km2(station_class: str, suburb_share: float, rules: Mapping[str, Rule]) -> float:
    """Return the largest jurisdiction of a station class, km², NaN where no rule says.

    A jurisdiction mostly in the near suburb has the suburb's cap.
    """
    if station_class not in AREA_RULES:
        return np.nan
    if suburb_share > 1 / 2:
        return rules["area_suburb_km2"].value
    return rules[AREA_RULES[station_class]].value


def area_verdict(area_km2: float, cap_km2: float) -> Verdict:
    """Say whether an area keeps its cap."""
    if np.isnan(cap_km2):
        return "cannot_say"
    return "meets" if area_km2 <= cap_km2 else "fails"


def jurisdictions(
    cells: BuiltUpCells,
    zone: NDArray[np.str_],
    coming: Arrivals,
    who: Facilities,
    rules: Mapping[str, Rule],
    *,
    measured: Mapping[int, Measured] | None = None,
) -> gpd.GeoDataFrame:
    """Give every urban cell to the station that arrives first, and measure the result.

    Parameters
    ----------
    cells
        The built-up cells.
    zone
        Shape (d,), the zone of each cell.
    coming
        Arrivals at the cells, of the stations that hold jurisdictions only.
    who
        The stations.
    rules
        The rule pack: area caps and the response time.
    measured
        From :func:`firecover.assessment.detour.measured`; what it would say is NaN without.

    Returns
    -------
    jurisdictions
        As in :class:`firecover.results.Results`, without ``scenario``. They partition the
        urban built-up area; cells that nobody reaches make a row with an empty
        ``station_id``. What the draws of speeds say of them is not known here (NaN).
    """
    nothing = Measured(np.nan, np.nan, np.nan)
    urban = np.isin(zone, URBAN_ZONES)
    limit_s = rules["response_s"].value
    rows = []
    for station in np.unique(coming.first[urban]):
        mine = urban & (coming.first == station)
        area_km2 = float(cells.area_km2[mine].sum())
        reached_km2 = float(cells.area_km2[mine & (coming.first_s <= limit_s)].sum())
        suburb_km2 = float(cells.area_km2[mine & (zone == "suburb")].sum())
        known = who.table.iloc[station] if station >= 0 else None
        station_class = "" if known is None else str(known["station_class"])
        cap_km2 = area_cap_km2(station_class, suburb_km2 / area_km2, rules)
        rows.append(
            {
                "station_id": "" if known is None else known["id"],
                "station_name": "" if known is None else known["name"],
                "area_km2": area_km2,
                "cap_km2": cap_km2,
                "area_verdict": area_verdict(area_km2, cap_km2),
                "reached_km2": reached_km2,
                "reached_share": reached_km2 / area_km2,
                "farthest_s": float(coming.first_s[mine].max()) if known is not None else np.nan,
                **asdict((measured or {}).get(int(station), nothing)),
                **dict.fromkeys(DRAWN, np.nan),
                "geometry": shapely.union_all(cells.cells[mine]),
            }
        )
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=COLUMNS), crs=who.table.crs)


def reached_by_patch(
    built_up: gpd.GeoDataFrame,
    cells: BuiltUpCells,
    by_holders: Arrivals,
    by_any: Arrivals,
    limit_s: float,
) -> gpd.GeoDataFrame:
    """Return, for every built-up patch, how much of it is reached within the standard.

    Returns
    -------
    patches
        ``id``, ``name``, ``zone``, ``area_km2`` and, by the stations that hold
        jurisdictions and by whoever comes first, ``reached_km2``, ``reached_share``,
        ``any_reached_km2``, ``any_reached_share``.
    """
    patches = built_up[["id", "name", "zone", "geometry"]].copy()
    count = len(patches)
    area_km2 = np.bincount(cells.patch, cells.area_km2, count)
    patches["area_km2"] = area_km2
    for prefix, coming in (("", by_holders), ("any_", by_any)):
        in_time = coming.first_s <= limit_s
        reached = np.bincount(cells.patch[in_time], cells.area_km2[in_time], count)
        patches[f"{prefix}reached_km2"] = reached
        patches[f"{prefix}reached_share"] = reached / area_km2
    return patches

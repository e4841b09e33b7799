"""The headline figures of a scenario for the whole study area."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from firecover.assessment.hydrant_proposals import Proposals
from firecover.assessment.hydrants import working_verdicts
from firecover.assessment.jurisdictions import URBAN_ZONES, area_cap_km2, area_verdict
from firecover.assessment.service import Arrivals
from firecover.standards import AREA_RULES, Rule

Figures = dict[str, float | int | str | None]

#: Areas added up from many cells differ by less than this (a square centimetre) by chance only.
ROUNDING_KM2 = 1e-10
#: How many more stations of a class are needed: the figure's key, and the rule that caps one.
MORE_STATIONS = {f"stations_more_{name}": AREA_RULES[name] for name in ("first", "second", "small")}

#: What of hydrants is told of the patches, and the column that it is a share of.
_OF_HYDRANTS: Mapping[str, str] = {
    "hydrant_road_km2": "area_km2",
    "street_spaced_km": "street_km",
    "street_timber_km": "street_km",
}


def ratio(part: float, whole: float) -> float | None:
    """Return part ÷ whole, None where there is no whole."""
    return part / whole if whole > 0 else None


def population_figures(
    population: NDArray[np.float64],
    coming: Arrivals,
    minutes: Sequence[tuple[str, float]],
    townships: gpd.GeoDataFrame,
) -> Figures:
    """Return how many people are reached within each band.

    Parameters
    ----------
    population
        Shape (d,), persons at each point; empty where the study gives no population.
    coming
        Arrivals at the points.
    minutes
        The bands: the ending of their keys, and their minutes.
    townships
        The townships with their published ``population``.
    """
    total = float(population.sum())
    published = townships["population"]
    figures: Figures = {
        "population_total": total if len(population) else None,
        "population_published": float(published.sum()) if published.notna().any() else None,
        "townships_population_unknown": int(published.isna().sum()),
    }
    for ending, band in minutes:
        reached = float(population[coming.first_s <= band * 60].sum())
        figures[f"population_reached_{ending}"] = reached if len(population) else None
        figures[f"population_share_{ending}"] = ratio(reached, total)
    return figures


def built_up_figures(
    patches: gpd.GeoDataFrame,
    jurisdictions: gpd.GeoDataFrame,
    rules: Mapping[str, Rule],
    holders: gpd.GeoDataFrame | None = None,
) -> Figures:
    """Return how much built-up area is reached, and how the stations' areas stand.

    Parameters
    ----------
    patches
        From :func:`firecover.assessment.jurisdictions.reached_by_patch`.
    jurisdictions
        From :func:`firecover.assessment.jurisdictions.jurisdictions`.
    rules
        The rule pack.
    holders
        The stations that hold jurisdictions (``id``, ``station_class``): one that comes first
        to nothing still has room for the area of its class. Those with a jurisdiction only,
        without it.
    """
    urban = patches[patches["zone"].isin(URBAN_ZONES)]
    urban_km2 = float(urban["area_km2"].sum())
    all_km2 = float(patches["area_km2"].sum())
    held = jurisdictions[jurisdictions["station_id"] != ""]
    verdicts = held["area_verdict"].value_counts()
    reached = {
        "urban_reached": (float(urban["reached_km2"].sum()), urban_km2),
        "urban_any_reached": (float(urban["any_reached_km2"].sum()), urban_km2),
        "built_up_any_reached": (float(patches["any_reached_km2"].sum()), all_km2),
    }
    figures: Figures = {
        "urban_km2": urban_km2,
        "built_up_km2": all_km2,
        "area_per_station_km2": ratio(urban_km2, len(held)),
        "stations_holding_area": len(held),
        "stations_meeting_area": int(verdicts.get("meets", 0)),
        "stations_failing_area": int(verdicts.get("fails", 0)),
        "stations_least": least_stations(urban_km2, rules["area_first_km2"].value),
    }
    for name, (part_km2, whole_km2) in reached.items():
        figures[f"{name}_km2"] = part_km2
        figures[f"{name}_share"] = ratio(part_km2, whole_km2)
    cap_km2 = rules["area_first_km2"].value if len(held) else np.nan
    figures["average_verdict"] = area_verdict(urban_km2 / max(len(held), 1), cap_km2)
    return figures | area_arithmetic(urban_km2, _caps_km2(held, rules, holders), rules)


def _caps_km2(
    held: gpd.GeoDataFrame, rules: Mapping[str, Rule], holders: gpd.GeoDataFrame | None
) -> list[float]:
    """Return the cap of each station: by its jurisdiction where it has one, else by its class."""
    cap_km2 = held.set_index("station_id")["cap_km2"].astype(float).to_dict()
    if holders is None:
        return list(cap_km2.values())
    classes = zip(holders["id"], holders["station_class"].astype(str), strict=True)
    return [cap_km2.get(each, area_cap_km2(name, 0.0, rules)) for each, name in classes]


def area_arithmetic(
    urban_km2: float, caps_km2: Sequence[float], rules: Mapping[str, Rule]
) -> Figures:
    """Return whether the stations together have room for the built-up area, by class caps.

    The plan's own arithmetic, with each station's class: one 一级 and one 二级 have room for
    7 + 4 = 11 km².

    Parameters
    ----------
    urban_km2
        The urban built-up area.
    caps_km2
        The largest area of each station, NaN where no rule says.
    rules
        The rule pack.

    Returns
    -------
    figures
        ``area_capacity_km2`` (sum of the caps), ``area_shortfall_km2`` (what of the area it
        lacks), ``stations_more_first``, ``_second``, ``_small`` (fewest further stations of
        that class that close the gap) and ``area_verdict``; None and ``cannot_say`` where the
        cap of a station is not known.
    """
    capacity_km2 = float(sum(caps_km2))
    if math.isnan(capacity_km2):
        keys = ("area_capacity_km2", "area_shortfall_km2", *MORE_STATIONS)
        return {**dict.fromkeys(keys), "area_verdict": "cannot_say"}
    short_km2 = max(0.0, urban_km2 - capacity_km2)
    if short_km2 < ROUNDING_KM2:
        short_km2 = 0.0
    return {
        "area_capacity_km2": capacity_km2,
        "area_shortfall_km2": short_km2,
        **{
            key: least_stations(short_km2, rules[rule].value) for key, rule in MORE_STATIONS.items()
        },
        "area_verdict": "fails" if short_km2 else "meets",
    }


def least_stations(area_km2: float, cap_km2: float) -> int:
    """Return the least number of stations that have room for an area."""
    return math.ceil((area_km2 - ROUNDING_KM2) / cap_km2) if area_km2 > ROUNDING_KM2 else 0


def village_figures(
    villages: gpd.GeoDataFrame,
    coming: Arrivals,
    limit_minutes: float,
    *,
    full_s: NDArray[np.float64] | None = None,
    call_handling_s: float | None = None,
    targets: pd.DataFrame | None = None,
) -> Figures:
    """Return how many villages are reached, by one and by two stations and by a full force.

    Parameters
    ----------
    villages
        From :func:`firecover.assessment.villages.villages`.
    coming
        Arrivals at them.
    limit_minutes
        The time that counts as reached.
    full_s
        Shape (d,), when a full force is there.
    call_handling_s
        From the call to the dispatch order.
    targets
        From :func:`firecover.assessment.villages.village_targets`.
    """
    first_s = villages["first_s"].dropna()
    median_s = float(first_s.median()) if len(first_s) else None
    reached = int(villages["reached"].sum())
    figures: Figures = {
        "villages": len(villages),
        "villages_reached": reached,
        "villages_reached_share": ratio(reached, len(villages)),
        "villages_two": int((coming.second_s <= limit_minutes * 60).sum()),
        "villages_full": None if full_s is None else int((full_s <= limit_minutes * 60).sum()),
        "village_minutes": limit_minutes,
        "village_median_s": median_s,
        "village_worst_s": float(first_s.max()) if len(first_s) else None,
        "villages_nobody": int(villages["first_s"].isna().sum()),
        "call_handling_s": call_handling_s,
        "village_call_median_s": None,
    }
    if median_s is not None and call_handling_s is not None:
        figures["village_call_median_s"] = median_s + call_handling_s
    for row in () if targets is None else targets.to_dict("records"):
        key = f"villages_reached_{row['minutes']:g}min"
        figures[key] = int(row["first"])
        figures[f"{key}_share"] = ratio(row["first"], row["villages"])
    return figures


def hydrant_figures(
    hydrants: gpd.GeoDataFrame,
    patches: gpd.GeoDataFrame,
    protected_km2: NDArray[np.float64],
    working_share: float | None = None,
    proposals: Proposals | None = None,
) -> Figures:
    """Return how many hydrants work, and how much urban built-up area they protect.

    Parameters
    ----------
    hydrants
        With ``status``; with ``spacing_verdict``, those that meet it are counted.
    patches
        The built-up patches; of the columns that stand in
        :class:`firecover.results.Results`, those about roads and streets are summed up where
        they are given.
    protected_km2
        Shape (patches,), within the radius of a working hydrant.
    working_share
        The share of hydrants that has to work.
    proposals
        New hydrants for all gaps, those of townships as well.
    """
    urban = patches[patches["zone"].isin(URBAN_ZONES)]
    working = int((hydrants["status"] == "working").sum())
    area_km2 = float(protected_km2[np.asarray(patches["zone"].isin(URBAN_ZONES))].sum())
    figures: Figures = {
        "hydrants": len(hydrants),
        "hydrants_working": working,
        "hydrants_working_share": ratio(working, len(hydrants)),
        "hydrant_radius_km2": area_km2,
        "hydrant_radius_share": ratio(area_km2, float(urban["area_km2"].sum())),
    }
    if working_share is not None:
        unsure = int((hydrants["status"] == "unknown").sum())
        works, unknown, total = np.array([[working], [unsure], [len(hydrants)]], dtype=np.float64)
        verdict = working_verdicts(works, unknown, total, working_share)[0]
        figures["hydrants_working_verdict"] = str(verdict)
    if "spacing_verdict" in hydrants:
        figures["hydrants_spacing_met"] = int((hydrants["spacing_verdict"] == "meets").sum())
    if "street_km" in urban:
        figures["street_km"] = float(urban["street_km"].sum())
    for column, whole in _OF_HYDRANTS.items():
        if column in urban:
            part = float(urban[column].sum())
            share = column.rpartition("_")[0] + "_share"
            figures |= {column: part, share: ratio(part, float(urban[whole].sum()))}
    return figures | (proposals.figures() if proposals is not None else {})


def seat_figures(
    townships: gpd.GeoDataFrame,
    minutes: Sequence[tuple[str, float]],
    known: int,
    *,
    full_s: NDArray[np.float64] | None = None,
    limit_minutes: float = np.inf,
) -> Figures:
    """Return how many township seats are reached within each band, and by a full force.

    None where no seat is known.

    Parameters
    ----------
    townships
        From :func:`firecover.assessment.townships.townships`.
    minutes
        The bands: the ending of their keys, and their minutes.
    known
        Of how many townships the seat is known.
    full_s
        Shape (townships,), when a full force is at the seat.
    limit_minutes
        Within which time it is to be there.
    """
    figures: Figures = {"townships": len(townships), "seats_known": known}
    for ending, band in minutes:
        reached = int((townships["seat_first_s"] <= band * 60).sum())
        figures[f"seats_reached_{ending}"] = reached if known else None
    if full_s is not None:
        in_time = np.isfinite(full_s) & (full_s <= limit_minutes * 60)
        figures["seats_full"] = int(in_time.sum()) if known else None
    return figures


def force_figures(asked: int, unknown: int) -> Figures:
    """Return what a full force is, and at how many stations it rests on an assumption.

    Parameters
    ----------
    asked
        How many engines make a full force.
    unknown
        How many stations in service do not tell their engines, and count for one
        (:func:`firecover.assessment.full_force.engines_unknown`).
    """
    return {"full_force_engines": asked, "stations_engines_unknown": unknown}


def isochrone_figures(isochrones: pd.DataFrame, minutes: Sequence[tuple[str, float]]) -> Figures:
    """Return the area and the length of road within each band."""
    figures: Figures = {}
    for (ending, _), (_, row) in zip(minutes, isochrones.iterrows(), strict=True):
        figures[f"isochrone_{ending}_km2"] = float(row["area_km2"])
        figures[f"reached_road_{ending}_km"] = float(row["road_km"])
    return figures

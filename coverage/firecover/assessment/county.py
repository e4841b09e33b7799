"""The headline figures of a scenario for the whole study area."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from firecover.assessment.jurisdictions import URBAN_ZONES
from firecover.assessment.service import Arrivals
from firecover.standards import Rule

Figures = dict[str, float | int | str | None]


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
    patches: gpd.GeoDataFrame, jurisdictions: gpd.GeoDataFrame, rules: Mapping[str, Rule]
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
        "stations_least": math.ceil(urban_km2 / rules["area_first_km2"].value - 1e-9),
    }
    for name, (part_km2, whole_km2) in reached.items():
        figures[f"{name}_km2"] = part_km2
        figures[f"{name}_share"] = ratio(part_km2, whole_km2)
    return figures


def village_figures(villages: gpd.GeoDataFrame, coming: Arrivals, limit_minutes: float) -> Figures:
    """Return how many villages are reached, by one and by two stations."""
    first_s = villages["first_s"].dropna()
    reached = int(villages["reached"].sum())
    return {
        "villages": len(villages),
        "villages_reached": reached,
        "villages_reached_share": ratio(reached, len(villages)),
        "villages_two": int((coming.second_s <= limit_minutes * 60).sum()),
        "village_minutes": limit_minutes,
        "village_median_s": float(first_s.median()) if len(first_s) else None,
        "village_worst_s": float(first_s.max()) if len(first_s) else None,
        "villages_nobody": int(villages["first_s"].isna().sum()),
    }


def hydrant_figures(
    hydrants: gpd.GeoDataFrame, patches: gpd.GeoDataFrame, protected_km2: NDArray[np.float64]
) -> Figures:
    """Return how many hydrants work and how much urban built-up area they protect."""
    urban = np.asarray(patches["zone"].isin(URBAN_ZONES))
    working = int((hydrants["status"] == "working").sum())
    area_km2 = float(protected_km2[urban].sum())
    return {
        "hydrants": len(hydrants),
        "hydrants_working": working,
        "hydrants_working_share": ratio(working, len(hydrants)),
        "hydrant_radius_km2": area_km2,
        "hydrant_radius_share": ratio(area_km2, float(patches["area_km2"][urban].sum())),
    }


def seat_figures(
    townships: gpd.GeoDataFrame, minutes: Sequence[tuple[str, float]], known: int
) -> Figures:
    """Return how many township seats are reached within each band."""
    figures: Figures = {"townships": len(townships), "seats_known": known}
    for ending, band in minutes:
        figures[f"seats_reached_{ending}"] = int((townships["seat_first_s"] <= band * 60).sum())
    return figures


def isochrone_figures(isochrones: pd.DataFrame, minutes: Sequence[tuple[str, float]]) -> Figures:
    """Return the area and the length of road within each band."""
    figures: Figures = {}
    for (ending, _), (_, row) in zip(minutes, isochrones.iterrows(), strict=True):
        figures[f"isochrone_{ending}_km2"] = float(row["area_km2"])
        figures[f"reached_road_{ending}_km"] = float(row["road_km"])
    return figures

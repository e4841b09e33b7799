"""The tiny study with a third scenario, in which one station closes and engines drive slowly."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
from shapely import Polygon, unary_union

from firecover.outputs.maps import pages as maps
from firecover.outputs.maps.gain import gain_page
from firecover.outputs.maps.text import say
from firecover.results import Results, band
from support.tiny_results import SCENARIOS, at, tiny_results
from support.tiny_town import MINUTES, ORIGIN, SIDE_M, STATIONS, VILLAGE_S, arrivals_s, rectangle
from support.tiny_town import responding as responding_in

LESS, CLOSED = "less", "s2"
#: Drives take twice their time: its speeds are half of what they are.
SLOWER = 2.0
ALL = (*SCENARIOS, LESS)


def first_s(scenario: str, x_m: np.ndarray, y_m: np.ndarray) -> np.ndarray:
    """Seconds until the first arrival at each point."""
    if scenario == LESS:
        places = {key: place for key, place in STATIONS.items() if key != CLOSED}
        return arrivals_s(places, x_m, y_m, SLOWER).min(axis=0)
    return arrivals_s(responding_in(scenario), x_m, y_m).min(axis=0)


def _first_rows(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["scenario"] == SCENARIOS[0]].copy().assign(scenario=LESS)


def _joined(table: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([table, more], ignore_index=True)


def _xy(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    return table.geometry.x.to_numpy() - ORIGIN[0], table.geometry.y.to_numpy() - ORIGIN[1]


def _diamond(x: float, y: float, reach_m: float) -> Polygon:
    steps = [(reach_m, 0), (0, reach_m), (-reach_m, 0), (0, -reach_m)]
    return Polygon([at(x + dx, y + dy) for dx, dy in steps])


def _isochrones(results: Results) -> pd.DataFrame:
    rows = _first_rows(results.isochrones)
    for i, minutes in zip(rows.index, rows["minutes"], strict=True):
        diamonds = [
            _diamond(*place, (minutes - 1) * 500 / SLOWER)
            for key, place in STATIONS.items()
            if key != CLOSED
        ]
        rows.loc[i, "geometry"] = unary_union(diamonds) & rectangle(0, 0, SIDE_M, SIDE_M)
        rows.loc[i, "area_km2"] = rows.geometry[i].area / 1e6
    return rows


def _villages(results: Results) -> pd.DataFrame:
    rows = _first_rows(results.villages)
    seconds = first_s(LESS, *_xy(rows))
    rows["first_s"] = np.where(rows["first_s"].isna(), np.nan, seconds)
    rows["reached"] = rows["first_s"] <= VILLAGE_S
    return rows


def _townships(results: Results) -> pd.DataFrame:
    rows = _first_rows(results.townships)
    people = results.demand[results.demand["kind"] == "population"]
    seconds = first_s(LESS, *_xy(people))
    for minutes in MINUTES:
        reached = people[seconds <= minutes * 60].groupby("township")["population"].sum()
        column = f"population_{band(minutes)}"
        there = rows[column].notna()
        rows.loc[there, column] = rows.loc[there, "code"].map(reached).fillna(0.0)
    return rows


@cache
def gain_results() -> Results:
    """Return the results; the same objects every time, not to be changed in place."""
    results = tiny_results()
    villages, townships = _villages(results), _townships(results)
    baseline = results.scenarios[0]
    people = {
        f"population_reached_{band(m)}": float(townships[f"population_{band(m)}"].sum())
        for m in MINUTES
    }
    figures = {
        **baseline.figures,
        **people,
        "villages_reached": int(villages["reached"].sum()),
        "village_median_s": float(villages["first_s"].median()),
        "village_worst_s": float(villages["first_s"].max()),
    }
    less = dataclasses.replace(
        baseline,
        id=LESS,
        title_zh="撤站",
        title_en="Less",
        close=(CLOSED,),
        speed_factor=1 / SLOWER,
        figures=figures,
    )
    stations = _first_rows(results.stations)
    edges = _first_rows(results.reach_edges)
    return dataclasses.replace(
        results,
        scenarios=(*results.scenarios, less),
        isochrones=_joined(results.isochrones, _isochrones(results)),
        reach_edges=_joined(results.reach_edges, edges),
        villages=_joined(results.villages, villages),
        townships=_joined(results.townships, townships),
        stations=_joined(results.stations, stations[stations["id"] != CLOSED]),
    )


def write_gain(results: Results, folder: Path) -> Path:
    """Write the entry page and the page of the gain alone, which is much faster than all maps."""
    with mock.patch.object(
        maps,
        "_pages",
        lambda shared: [(gain_page(shared), say("gain.short"), say("gain.card"))],
    ):
        return maps.write_maps(results, folder)[1]

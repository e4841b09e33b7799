"""The tables of answers, as :class:`firecover.results.Results` has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import LineString, MultiPoint

from firecover.analysis.siting_answers import told
from firecover.analysis.siting_demand import Choices, Valuer
from firecover.analysis.siting_models import Answer

SOLUTION_COLUMNS = [
    "id",
    "model",
    "assignment",
    "variant",
    "stations",
    "order",
    "status",
    "objective",
    "bound",
    "gap",
    "unit",
    "chosen",
    "names",
    "cost_10k_cny",
    "population_reached",
    "built_up_reached_km2",
    "villages_reached",
    "excess_km2",
    "unreached_km2",
    "note",
]
ALLOCATION_COLUMNS = [
    "solution",
    "station_id",
    "station_name",
    "built_up_km2",
    "minutes",
    "cells",
]

#: What is told of a search that ended without an answer.
LATE = ("限定时间内未找到方案", "nothing was found in the time given")


def solution_table(of: Choices, value: Valuer, answers: Sequence[Answer]) -> gpd.GeoDataFrame:
    """Return a row for each answer, with what its sites reach beside those that stand."""
    rows = [_row(of, value, each) for each in answers]
    sites = of.now.driven.who.table.geometry.to_numpy()[of.facilities]
    shapes = [MultiPoint([sites[site] for site in each.chosen]) for each in answers]
    return gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=SOLUTION_COLUMNS), geometry=shapes, crs=of.now.ground.layers.crs
    )


def _row(of: Choices, value: Valuer, answer: Answer) -> dict[str, object]:
    solution = answer.solution
    worth = value.worth(answer.chosen)
    known = bool(solution)

    def said(number: float) -> float:
        return number if known and np.isfinite(number) else np.nan

    told_ = [*answer.told, *([LATE] if solution.status == "unknown" else [])]
    zh, en = "；".join(each[0] for each in told_), "; ".join(each[1] for each in told_)
    return {
        "id": answer.id,
        "model": answer.model,
        "assignment": answer.assignment,
        "variant": answer.variant,
        "stations": len(answer.chosen),
        "order": answer.order,
        "status": solution.status,
        "objective": solution.objective,
        "bound": solution.bound if np.isfinite(solution.bound) else np.nan,
        "gap": said(solution.gap),
        "unit": answer.unit,
        **told(of, answer.chosen),
        "cost_10k_cny": said(worth.cost_10k_cny),
        "population_reached": said(worth.population),
        "built_up_reached_km2": said(worth.built_up_km2),
        "villages_reached": said(worth.villages),
        "excess_km2": said(worth.excess_km2),
        "unreached_km2": value.unreached_km2(),
        "note": f"{zh} / {en}" if told_ else "",
    }


def allocation_table(of: Choices, answers: Sequence[Answer]) -> gpd.GeoDataFrame:
    """Return who is given which urban area, of the answers that say so.

    A group is what one station is given of one built-up patch; its middle is the mean of its
    cells, by area.
    """
    given = [pair for each in answers for pair in _given(of, each)]
    return gpd.GeoDataFrame(
        pd.DataFrame([row for row, _ in given], columns=ALLOCATION_COLUMNS),
        geometry=[line for _, line in given],
        crs=of.now.ground.layers.crs,
    )


def _given(of: Choices, answer: Answer) -> Iterator[tuple[dict[str, object], LineString]]:
    if answer.holder is None:
        return
    ground, who = of.now.ground, of.now.driven.who.table
    cells, urban = ground.cells, of.urban
    km2, xy, patch = cells.area_km2[urban], cells.xy[urban], cells.patch[urban]
    held = np.flatnonzero(answer.holder >= 0)
    pairs = np.unique(np.column_stack([answer.holder[held], patch[held]]), axis=0)
    for station, its_patch in pairs.tolist():
        mine = held[(answer.holder[held] == station) & (patch[held] == its_patch)]
        arrival_s = of.now.cell_arrival_s(np.array([station]), urban[mine])[0]
        middle = np.average(xy[mine], axis=0, weights=km2[mine])
        at = who.geometry.iloc[station]
        row: dict[str, object] = {
            "solution": answer.id,
            "station_id": str(who["id"].iloc[station]),
            "station_name": str(who["name"].iloc[station]),
            "built_up_km2": float(km2[mine].sum()),
            "minutes": float(np.average(arrival_s, weights=km2[mine]) / 60),
            "cells": len(mine),
        }
        yield row, LineString([(at.x, at.y), middle.tolist()])

"""Write every figure of a run as one JSON file, which report and maps take theirs from.

Numbers are rounded by their unit, so that noise in the last digits does not look like a change:
seconds, metres and km/h to 0.1; minutes to 0.01; km to 0.001; km², probabilities and numbers
without a unit to 0.0001; shares to a millionth, so that a percentage rounded from them is right;
people and counts to whole ones; degrees to 0.000001 (a tenth of a metre).
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from firecover.errors import OutputError
from firecover.outputs.attribution import credits_of
from firecover.outputs.i18n import unit_digits, unit_key
from firecover.results import LayerSummary, Results, ScenarioSummary
from firecover.study import ACCESS_DEFAULTS

_DIGITS_DEGREES = 6
#: The tables of a scenario, by their key in its dictionary, in the order of the annex's sheets.
OF_SCENARIOS = (
    "stations",
    "jurisdictions",
    "built_up",
    "townships",
    "township_bands",
    "county_bands",
    "isochrones",
    "villages",
    "village_targets",
    "station_outages",
    "critical_roads",
)
_POINTS = frozenset({"stations", "villages", "station_outages"})
#: The tables of siting by their key in ``ranking``, and what they are called elsewhere.
SITING = {
    "candidates": "candidates",
    "excluded": "excluded_sites",
    "acceptability": "rank_acceptability",
    "solutions": "solutions",
    "steps": "siting_steps",
    "pareto": "pareto",
    "forcing": "forcing",
    "phasing": "phasing",
}
_SITING_POINTS = frozenset({"candidates", "excluded"})
#: Their columns of several codes, and what joins these.
_LISTED = ("chosen", "reasons")
_JOINT = "、"


def results_to_dict(results: Results) -> dict[str, Any]:
    """Return every figure of a run as plain values.

    Parameters
    ----------
    results
        What a run computed.

    Returns
    -------
    figures
        Keys and units as documented in ``data/README.md``. Points have ``lon`` and ``lat``
        (WGS-84); what is not known is None.
    """
    study = results.study.study
    return {
        "study": {
            "id": study.id,
            "title": {"zh": study.title.zh, "en": study.title.en},
            "crs": study.crs,
            "standard": study.standard,
            "handling": study.handling.model_dump() if study.handling else None,
            "map_approval": study.map_approval,
        },
        "credits": [asdict(credit) for credit in credits_of(results)],
        "data": [_layer(summary) for summary in results.layers],
        "modelled_layers": list(results.modelled),
        "quality": [_plain(asdict(note)) for note in results.quality],
        "not_known": [_plain(asdict(unknown)) for unknown in results.unknowns],
        "rules": [_plain(asdict(rule)) for rule in results.rules.values()],
        "network": _network(results),
        "settings": _settings(results),
        "minutes": [_plain_value("minutes", value) for value in results.minutes],
        "scenario_ids": [scenario.id for scenario in results.scenarios],
        "scenarios": {scenario.id: _scenario(results, scenario) for scenario in results.scenarios},
        "ranking": {
            "figures": _plain(results.ranking_figures),
            **{
                key: _siting_rows(getattr(results, table), points=key in _SITING_POINTS)
                for key, table in SITING.items()
            },
        },
        "hydrant_gaps": table_rows(results.hydrant_gaps),
        "hydrant_proposals": table_rows(results.hydrant_proposals, points=True),
        "plan_findings": _findings(results.plan_findings),
    }


def write_results_json(results: Results, path: Path) -> None:
    """Write the figures, keys sorted, UTF-8; the same results make the same bytes.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    figures = results_to_dict(results)
    text = json.dumps(figures, ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True)
    try:
        path.write_text(text + "\n", encoding="utf-8", newline="\n")
    except OSError as error:
        msg = f"{path} cannot be written: {error} → close the programs that have it open"
        raise OutputError(msg) from error


def table_rows(table: pd.DataFrame, *, points: bool = False) -> list[dict[str, Any]]:
    """Return the rows of a table without its geometry.

    Parameters
    ----------
    table
        A table of the results; one without rows need not have its columns.
    points
        Whether to add each point's ``lon`` and ``lat``, WGS-84.
    """
    if not len(table):
        return []
    located = isinstance(table, gpd.GeoDataFrame)
    plain = pd.DataFrame(table.drop(columns=table.geometry.name)) if located else table
    if points:
        degrees = table.geometry.to_crs("EPSG:4326") if table.crs is not None else table.geometry
        plain["lon"], plain["lat"] = degrees.x.to_numpy(), degrees.y.to_numpy()
    return [
        _plain(dict(zip(plain.columns, row, strict=True)))
        for row in plain.itertuples(index=False, name=None)
    ]


def _siting_rows(table: pd.DataFrame, *, points: bool) -> list[dict[str, Any]]:
    """Return the rows of a table of siting, ids and codes that are joined as lists."""
    rows = table_rows(table, points=points)
    for row in rows:
        for name in _LISTED:
            if name in row:
                row[name] = row[name].split(_JOINT) if row[name] else []
    return rows


def _findings(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the plan's findings, the numbers worked out by their names and as they are."""
    rows = table_rows(table)
    for row in rows:
        row["recomputed"] = json.loads(row["recomputed"], parse_constant=_unknown)
    return rows


def _unknown(_: str) -> None:
    """Stand for NaN and infinity, which JSON does not know."""


def _layer(summary: LayerSummary) -> dict[str, Any]:
    return {
        "layer": summary.name,
        "features": summary.features,
        **_plain(asdict(summary.provenance)),
    }


def _settings(results: Results) -> dict[str, Any]:
    """Return what the study asked for, and the defaults that it left."""
    study = results.study
    access = {}
    for name in ACCESS_DEFAULTS:
        limit_m, speed_kmh = study.access(name)
        access[name] = {"limit_m": limit_m, "speed_kmh": speed_kmh}
    return {
        **_plain(study.travel.model_dump(exclude={"speed_kmh"})),
        "speed_kmh": _rounded(study.travel.speed_kmh, "kmh"),
        "step_m": study.isochrones.step_m,
        "cell_m": study.isochrones.cell_m,
        "off_road_limit_m": study.isochrones.off_road_limit_m,
        "built_up_cell_m": study.assessment.built_up_cell_m,
        "jurisdiction_tiers": list(study.assessment.jurisdiction_tiers),
        "village_minutes": study.assessment.village_minutes,
        "village_targets_min": list(study.assessment.village_targets_min),
        "full_force_engines": study.assessment.full_force_engines,
        "hydrant_step_m": study.assessment.hydrant_step_m,
        "critical_roads": study.assessment.critical_roads,
        "uncertainty": study.uncertainty.model_dump(),
        "siting": study.siting.model_dump(mode="json"),
        "access": {name: access[name] for name in access if name in study.layers},
    }


def _network(results: Results) -> dict[str, Any]:
    plain = _plain(asdict(results.network))
    plain["speed_kmh"] = _rounded(results.network.speed_kmh, "kmh")
    plain["length_km_by_class"] = _rounded(results.network.length_km_by_class, "km")
    for told, vehicle in zip(plain["vehicles"], results.network.vehicles, strict=True):
        told["closed_km_by_reason"] = _rounded(vehicle.closed_km_by_reason, "km")
    return plain


def _rounded(by_name: Mapping[str, float], unit: str) -> dict[str, float]:
    """Round where the unit stands in the name of the mapping, not in its keys."""
    return {name: round(float(value), unit_digits(unit)) for name, value in by_name.items()}


def _scenario(results: Results, scenario: ScenarioSummary) -> dict[str, Any]:
    told: dict[str, Any] = {
        "title": {"zh": scenario.title_zh, "en": scenario.title_en},
        "open": list(scenario.open),
        "close": list(scenario.close),
        "close_roads": list(scenario.close_roads),
        "speed_factor": _number("speed_factor", scenario.speed_factor),
        "speed_factors": _rounded(scenario.speed_factors, ""),
        "turnout_factor": _number("turnout_factor", scenario.turnout_factor),
        "condition": scenario.condition,
        "figures": _plain(scenario.figures),
    }
    for name in OF_SCENARIOS:
        table: pd.DataFrame = getattr(results, name)
        if len(table):
            table = table.loc[table["scenario"] == scenario.id].drop(columns="scenario")
        told[name] = table_rows(table, points=name in _POINTS)
    return told


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name): _plain_value(str(name), value) for name, value in values.items()}


def _plain_value(name: str, value: Any) -> Any:
    """Return a value as JSON knows it, rounded by the unit of its column."""
    if isinstance(value, Mapping):
        return _plain(value)
    if isinstance(value, tuple | list | np.ndarray):
        return [_plain_value(name, item) for item in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    return _number(name, value) if isinstance(value, float | int) else str(value)


def _number(name: str, value: float) -> float | int | None:
    if isinstance(value, bool):
        return value
    if not math.isfinite(value):
        return None
    digits = unit_digits(unit_key(name))
    if isinstance(value, int) or digits == 0:
        return round(value)
    if name in ("lon", "lat"):
        return round(value, _DIGITS_DEGREES)
    # Adding zero turns -0.0 into 0.0.
    return round(value, digits) + 0.0

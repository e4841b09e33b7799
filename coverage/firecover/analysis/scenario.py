"""One scenario: who comes when, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from firecover.analysis.chances import chances
from firecover.analysis.gaps import NO_VERDICT, cannot_say
from firecover.analysis.ground import TARGETS, Divided, Ground
from firecover.analysis.scenario_tables import (
    band_tables,
    built_up_table,
    jurisdiction_table,
    station_table,
    target_table,
    township_table,
    village_table,
)
from firecover.analysis.service import Reach, Service
from firecover.analysis.states import Driven
from firecover.analysis.what_fails import critical_road_table, outage_table
from firecover.assessment import county
from firecover.assessment.full_force import engines_unknown, full_force
from firecover.assessment.service import Arrivals, arrivals, first_on_roads, in_service
from firecover.isochrones import isochrone_polygons, reach_edges, road_shares
from firecover.network.draws import Draws
from firecover.results import ScenarioSummary, Surface
from firecover.surface import response_minutes


@dataclass(frozen=True)
class Scenario:
    """What one scenario yields: its tables by name, and its headline.

    ``coming`` (who comes) and ``p_standard`` (the probability that somebody comes within the
    standard, NaN without draws) are by layer.
    """

    summary: ScenarioSummary
    tables: Mapping[str, pd.DataFrame]
    coming: Mapping[str, Arrivals]
    p_standard: Mapping[str, NDArray[np.float64]]


def reach(ground: Ground, driven: Driven, name: str) -> Reach:
    """Find out who responds in a scenario, and the roads that they reach."""
    study, who = ground.study, driven.who
    serves = in_service(who, name, study.scenarios[name], study.file.name)
    holds = serves & who.in_tiers(study.assessment.jurisdiction_tiers)
    earliest = first_on_roads(driven.fleet, who, serves)
    pieces = reach_edges(ground.fleet.network, earliest, study.isochrones.minutes)
    return Reach(serves, holds, earliest, pieces)


def run_scenario(  # noqa: PLR0917 - what all scenarios share, and which it is
    ground: Ground, driven: Driven, reached: Reach, divided: Divided, draws: Draws, name: str
) -> Scenario:
    """Compute one scenario."""
    service = _service(ground, driven, reached, draws)
    held = jurisdiction_table(ground, service)
    patches = built_up_table(ground, service)
    villages = village_table(ground, service)
    targets = target_table(ground, service)
    towns = township_table(ground, service, villages)
    surface, bands, pieces = _isochrones(ground, reached, divided)
    figures = _figures(ground, service, patches, held, (villages, targets), towns, bands)
    endings = [ending for ending, _ in ground.minutes]
    study = ground.study
    figures = {k: None if cannot_say(study, k, endings) else v for k, v in figures.items()}
    for frame in (towns, patches):
        for column in frame.columns.astype(str):
            if cannot_say(study, column, endings):
                frame[column] = NO_VERDICT if column.endswith("_verdict") else np.nan
    by_township, in_all = band_tables(ground, service)
    tables = {
        "stations": station_table(service, held),
        "jurisdictions": held,
        "built_up": patches,
        "townships": towns,
        "township_bands": by_township,
        "county_bands": in_all,
        "villages": villages,
        "village_targets": targets,
        "station_outages": outage_table(ground, service),
        "critical_roads": critical_road_table(ground, service, name),
        "isochrones": bands,
        "reach_edges": pieces,
    }
    p_standard = {
        "built_up": service.chances.cells.by_any,
        "population": service.chances.population_p,
    }
    summary = _summary(ground, driven, name, figures, surface)
    return Scenario(summary, tables, service.by_any, p_standard)


def _service(ground: Ground, driven: Driven, reached: Reach, draws: Draws) -> Service:
    who, asked = driven.who, ground.study.assessment.full_force_engines
    engines = who.table["engines"].to_numpy(dtype=np.float64)
    by_any: dict[str, Arrivals] = {}
    full_s: dict[str, NDArray[np.float64]] = {}
    for layer in TARGETS:
        times_s = driven.times_s[layer]
        by_any[layer] = arrivals(times_s, who.start_s, reached.serves)
        full_s[layer] = full_force(times_s, who.start_s, reached.serves, engines, asked).seconds
    by_holders = arrivals(driven.times_s["built_up"], who.start_s, reached.holds)
    return Service(
        driven=driven,
        reached=reached,
        by_any=by_any,
        full_s=full_s,
        by_holders=by_holders,
        chances=chances(ground, driven, reached.serves, reached.holds, by_holders, draws),
    )


def _figures(  # noqa: PLR0917 - every table has its figures
    ground: Ground,
    service: Service,
    patches: gpd.GeoDataFrame,
    held: gpd.GeoDataFrame,
    villages: tuple[gpd.GeoDataFrame, pd.DataFrame],
    towns: gpd.GeoDataFrame,
    bands: gpd.GeoDataFrame,
) -> county.Figures:
    asked, rules = ground.study.assessment, ground.rules
    who, reached, hydrants = service.driven.who, service.reached, ground.hydrants
    engines = who.table["engines"].to_numpy(dtype=np.float64)
    seats_known = int(np.isfinite(ground.places["townships"].xy).all(axis=1).sum())
    return (
        _station_figures(who.table, reached.serves)
        | county.population_figures(
            ground.persons, service.by_any["population"], ground.minutes, towns
        )
        | county.built_up_figures(patches, held, rules, who.table[reached.holds])
        | county.village_figures(
            villages[0],
            service.by_any["villages"],
            asked.village_minutes,
            full_s=service.full_s["villages"],
            call_handling_s=rules["call_handling_s"].value,
            targets=villages[1],
        )
        | county.hydrant_figures(
            hydrants.hydrants,
            patches,
            hydrants.patches["hydrant_km2"].to_numpy(),
            working_share=rules["hydrant_working_share"].value,
            proposals=hydrants.proposals,
        )
        | county.seat_figures(
            towns,
            ground.minutes,
            seats_known,
            full_s=service.full_s["townships"],
            limit_minutes=asked.village_minutes,
        )
        | county.force_figures(asked.full_force_engines, engines_unknown(reached.serves, engines))
        | county.isochrone_figures(bands, ground.minutes)
        | service.chances.figures
    )


def _station_figures(table: gpd.GeoDataFrame, serves: NDArray[np.bool_]) -> county.Figures:
    unlocated = table.geometry.isna() | table.geometry.is_empty
    figures: county.Figures = {
        f"stations_{tier}": int(((table["tier"] == tier) & serves).sum())
        for tier in ("fire", "township", "micro")
    }
    return figures | {"stations_unlocated": int((unlocated & ~table["candidate"]).sum())}


def _summary(
    ground: Ground, driven: Driven, name: str, figures: county.Figures, surface: Surface
) -> ScenarioSummary:
    table, title = ground.study.scenarios[name], ground.study.scenario_title(name)
    return ScenarioSummary(
        id=name,
        title_zh=title.zh,
        title_en=title.en,
        open=table.open,
        close=table.close,
        speed_factor=driven.state.roads.speed_factor,
        figures=figures,
        surface=surface,
        close_roads=table.close_roads,
        speed_factors=dict(driven.state.roads.class_factors),
        turnout_factor=driven.state.turnout_factor,
        condition=table.condition or "",
    )


def _isochrones(
    ground: Ground, reached: Reach, divided: Divided
) -> tuple[Surface, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    network, nearest = ground.fleet.network, divided.nearest
    response = response_minutes(nearest, reached.earliest)
    surface = Surface(response, nearest.transform, nearest.crs)
    bands = isochrone_polygons(divided.served, reached.earliest, ground.study.isochrones.minutes)
    bands = bands.join(road_shares(network, reached.earliest, bands))
    pieces = reached.pieces
    roads = network.attributes.iloc[pieces["edge"].to_numpy()]
    pieces = pieces[["minutes", "length_m", "geometry"]].assign(
        road_class=roads["road_class"].to_numpy(), name=roads["name"].to_numpy()
    )
    return surface, bands, pieces

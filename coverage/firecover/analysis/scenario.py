"""One scenario: who comes when, and the tables that follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from firecover.analysis.gaps import cannot_say
from firecover.analysis.ground import TARGETS, Divided, Driven, Ground
from firecover.assessment import county
from firecover.assessment.hydrants import nearest_working_m
from firecover.assessment.jurisdictions import URBAN_ZONES, jurisdictions, reached_by_patch
from firecover.assessment.service import (
    Arrivals,
    arrivals,
    first_on_roads,
    in_service,
    points_xy,
)
from firecover.assessment.townships import Counted, townships
from firecover.assessment.villages import villages
from firecover.demand import containing
from firecover.isochrones import isochrone_polygons, reach_edges, road_shares
from firecover.network.travel_times import Earliest
from firecover.results import ScenarioSummary, Surface
from firecover.siting.ranking import Criterion, rank_by_gain
from firecover.study import Study
from firecover.surface import response_minutes


@dataclass(frozen=True)
class Scenario:
    """What one scenario yields: its tables by name, and its headline."""

    summary: ScenarioSummary
    tables: Mapping[str, gpd.GeoDataFrame]
    coming: Mapping[str, Arrivals]


@dataclass(frozen=True)
class Reach:
    """Who responds in a scenario, and the roads that they reach.

    ``serves`` and ``holds`` tell, of every facility, whether it responds and whether it
    holds a jurisdiction; ``pieces`` are from :func:`firecover.isochrones.reach_edges`.
    """

    serves: NDArray[np.bool_]
    holds: NDArray[np.bool_]
    earliest: Sequence[Earliest]
    pieces: gpd.GeoDataFrame


def reach(ground: Ground, driven: Driven, name: str) -> Reach:
    """Find out who responds in a scenario, and the roads that they reach."""
    study, who = ground.study, ground.who
    serves = in_service(who, name, study.scenarios[name], study.file.name)
    holds = serves & who.in_tiers(study.assessment.jurisdiction_tiers)
    earliest = first_on_roads(driven.fleet, who, serves)
    pieces = reach_edges(ground.fleet.network, earliest, study.isochrones.minutes)
    return Reach(serves, holds, earliest, pieces)


def run_scenario(
    ground: Ground, driven: Driven, reached: Reach, divided: Divided, name: str
) -> Scenario:
    """Compute one scenario."""
    study, layers, who = ground.study, ground.layers, ground.who

    def coming(layer: str, which: NDArray[np.bool_]) -> Arrivals:
        return arrivals(driven.times_s[layer], who.start_s, which)

    by_any: dict[str, Arrivals] = {layer: coming(layer, reached.serves) for layer in TARGETS}
    by_holders = coming("built_up", reached.holds)
    limit_s = ground.rules["response_s"].value

    held = jurisdictions(ground.cells, ground.zone, by_holders, who, ground.rules)
    patches = reached_by_patch(
        layers.built_up.data, ground.cells, by_holders, by_any["built_up"], limit_s
    ).assign(hydrant_km2=ground.hydrants.protected_km2)
    patches["hydrant_share"] = patches["hydrant_km2"] / patches["area_km2"]
    village_table = villages(
        layers.villages.data,
        township=ground.township["villages"],
        townships=layers.townships.data,
        place=ground.places["villages"],
        coming=by_any["villages"],
        who=who,
        hydrant_m=nearest_working_m(layers.hydrants.data, ground.places["villages"].xy),
        limit_s=study.assessment.village_minutes * 60,
    )
    township_table = _townships(ground, by_any, village_table)
    surface, bands, pieces = _isochrones(ground, reached, divided)
    seats_known = int(np.isfinite(ground.places["townships"].xy).all(axis=1).sum())
    figures = (
        _station_figures(ground, reached.serves)
        | county.population_figures(
            ground.persons, by_any["population"], ground.minutes, township_table
        )
        | county.built_up_figures(patches, held, ground.rules)
        | county.village_figures(
            village_table, by_any["villages"], study.assessment.village_minutes
        )
        | county.hydrant_figures(layers.hydrants.data, patches, ground.hydrants.protected_km2)
        | county.seat_figures(township_table, ground.minutes, seats_known)
        | county.isochrone_figures(bands, ground.minutes)
    )
    endings = [ending for ending, _ in ground.minutes]
    figures = {k: None if cannot_say(study, k, endings) else v for k, v in figures.items()}
    for frame in (township_table, patches):
        for column in frame.columns.astype(str):
            if cannot_say(study, column, endings):
                frame[column] = np.nan
    tables = {
        "stations": _stations(ground, reached.serves, held),
        "jurisdictions": held,
        "built_up": patches,
        "townships": township_table,
        "villages": village_table,
        "isochrones": bands,
        "reach_edges": pieces,
    }
    return Scenario(_summary(study, name, figures, surface), tables, by_any)


def _summary(study: Study, name: str, figures: county.Figures, surface: Surface) -> ScenarioSummary:
    table, title = study.scenarios[name], study.scenario_title(name)
    return ScenarioSummary(
        id=name,
        title_zh=title.zh,
        title_en=title.en,
        open=table.open,
        close=table.close,
        speed_factor=table.speed_factor,
        figures=figures,
        surface=surface,
    )


def _townships(
    ground: Ground, by_any: Mapping[str, Arrivals], village_table: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    layers = ground.layers
    hydrant_xy = points_xy(layers.hydrants.data)
    hydrant_township = containing(layers.townships.data.geometry, hydrant_xy)
    return townships(
        layers.townships.data,
        who=ground.who,
        minutes=ground.minutes,
        seats=by_any["townships"],
        population=(Counted(ground.township["population"], ground.persons), by_any["population"]),
        built_up=(Counted(ground.township["built_up"], ground.cells.area_km2), by_any["built_up"]),
        hydrants=(
            Counted(hydrant_township, np.ones(len(hydrant_xy))),
            np.asarray(layers.hydrants.data["status"] == "working"),
        ),
        villages=(
            Counted(ground.township["villages"], np.ones(len(village_table))),
            np.asarray(village_table["reached"], dtype=np.bool_),
        ),
        limit_s=ground.rules["response_s"].value,
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


def _station_figures(ground: Ground, serves: NDArray[np.bool_]) -> county.Figures:
    table = ground.who.table
    unlocated = table.geometry.isna() | table.geometry.is_empty
    figures: county.Figures = {
        f"stations_{tier}": int(((table["tier"] == tier) & serves).sum())
        for tier in ("fire", "township", "micro")
    }
    return figures | {"stations_unlocated": int((unlocated & ~table["candidate"]).sum())}


def _stations(
    ground: Ground, serves: NDArray[np.bool_], held: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return the stations of a scenario with what they hold; those without a place as well."""
    who = ground.who
    unlocated = who.table.geometry.isna() & ~who.table["candidate"]
    stations = who.table.assign(access_m=who.positions.access_m)[serves | unlocated]
    figures = held.set_index("station_id")[
        ["area_km2", "cap_km2", "area_verdict", "reached_km2", "reached_share", "farthest_s"]
    ].rename(columns={"area_km2": "jurisdiction_km2"})
    stations = stations.join(figures, on="id").reset_index(drop=True)
    stations["area_verdict"] = stations["area_verdict"].fillna("not_applicable")
    return stations


def rank_candidates(ground: Ground, driven: Driven, reached: Reach) -> pd.DataFrame:
    """Rank the candidates by what each alone adds to the baseline.

    Population and villages count by whoever comes first; urban built-up area by the
    stations that hold jurisdictions.
    """
    who, times_s = ground.who, driven.times_s
    candidate = np.asarray(who.table["candidate"], dtype=np.bool_)
    limit_s = ground.rules["response_s"].value
    village_s = ground.study.assessment.village_minutes * 60
    urban = np.isin(ground.zone, URBAN_ZONES)
    asked = {
        "population_gain": ("population", ground.persons, reached.serves, limit_s),
        "built_up_gain_km2": ("built_up", ground.cells.area_km2 * urban, reached.holds, limit_s),
        "villages_gain": (
            "villages",
            np.ones(times_s["villages"].shape[1]),
            reached.serves,
            village_s,
        ),
    }
    criteria = {
        name: Criterion(
            weight=weight,
            today_s=arrivals(times_s[layer], who.start_s, today).first_s,
            with_candidate_s=who.start_s[candidate, None] + times_s[layer][candidate],
            limit_s=within_s,
        )
        for name, (layer, weight, today, within_s) in asked.items()
    }
    return rank_by_gain(criteria, int(candidate.sum()))

"""One scenario: who comes when, and the tables that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from firecover.analysis.gaps import cannot_say
from firecover.analysis.ground import Ground, Places
from firecover.assessment import county
from firecover.assessment.hydrants import nearest_working_m
from firecover.assessment.jurisdictions import URBAN_ZONES, jurisdictions, reached_by_patch
from firecover.assessment.service import Arrivals, arrivals, in_service, points_xy
from firecover.assessment.townships import Counted, townships
from firecover.assessment.villages import villages
from firecover.demand import containing
from firecover.isochrones import isochrone_polygons, reach_edges, road_shares
from firecover.network.routing_graph import routing_graph
from firecover.network.travel_times import earliest_arrivals
from firecover.results import ScenarioSummary, Surface
from firecover.siting.ranking import Criterion, rank_by_gain
from firecover.surface import response_minutes


@dataclass(frozen=True)
class Scenario:
    """What one scenario yields: its tables by name, and its headline."""

    summary: ScenarioSummary
    tables: Mapping[str, gpd.GeoDataFrame]
    coming: Mapping[str, Arrivals]


def run_scenario(ground: Ground, name: str) -> Scenario:
    """Compute one scenario."""
    study, layers, who = ground.study, ground.layers, ground.who
    table = study.scenarios[name]
    serves = in_service(who, name, table, study.file.name)
    holds = serves & who.in_tiers(study.assessment.jurisdiction_tiers)
    factor = table.speed_factor

    def coming(places: Places, which: NDArray[np.bool_]) -> Arrivals:
        return arrivals(places.travel_s, who.start_s, places.access_s, which, factor)

    by_any = {
        "built_up": coming(ground.built_up, serves),
        "population": coming(ground.population, serves),
        "villages": coming(ground.villages, serves),
        "seats": coming(ground.seats, serves),
    }
    by_holders = coming(ground.built_up, holds)
    limit_s = ground.rules["response_s"].value

    held = jurisdictions(ground.cells, ground.zone, by_holders, who, ground.rules)
    patches = reached_by_patch(
        layers.built_up.data, ground.cells, by_holders, by_any["built_up"], limit_s
    ).assign(hydrant_km2=ground.hydrants.protected_km2)
    patches["hydrant_share"] = patches["hydrant_km2"] / patches["area_km2"]
    village_table = villages(
        layers.villages.data,
        township=ground.villages.township,
        townships=layers.townships.data,
        place=ground.villages.position,
        coming=by_any["villages"],
        who=who,
        hydrant_m=nearest_working_m(layers.hydrants.data, ground.villages.xy),
        limit_s=study.assessment.village_minutes * 60,
    )
    township_table = _townships(ground, by_any, village_table)
    surface, bands, pieces = _isochrones(ground, serves, factor)
    seats_known = int(np.isfinite(ground.seats.xy).all(axis=1).sum())
    figures = (
        _station_figures(ground, serves)
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
    title = study.scenario_title(name)
    summary = ScenarioSummary(
        id=name,
        title_zh=title.zh,
        title_en=title.en,
        open=table.open,
        close=table.close,
        speed_factor=factor,
        figures=figures,
        surface=surface,
    )
    tables = {
        "stations": _stations(ground, serves, held),
        "jurisdictions": held,
        "built_up": patches,
        "townships": township_table,
        "villages": village_table,
        "isochrones": bands,
        "reach_edges": pieces,
    }
    return Scenario(summary, tables, by_any)


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
        seats=by_any["seats"],
        population=(Counted(ground.population.township, ground.persons), by_any["population"]),
        built_up=(Counted(ground.built_up.township, ground.cells.area_km2), by_any["built_up"]),
        hydrants=(
            Counted(hydrant_township, np.ones(len(hydrant_xy))),
            np.asarray(layers.hydrants.data["status"] == "working"),
        ),
        villages=(
            Counted(ground.villages.township, np.ones(len(village_table))),
            np.asarray(village_table["reached"], dtype=np.bool_),
        ),
        limit_s=ground.rules["response_s"].value,
    )


def _isochrones(
    ground: Ground, serves: NDArray[np.bool_], factor: float
) -> tuple[Surface, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    network = ground.network.driven_at(factor)
    routing = ground.routing if factor == 1 else routing_graph(network)
    minutes = ground.study.isochrones.minutes
    stations = ground.who.positions.take(serves)
    earliest = [earliest_arrivals(routing, stations, ground.who.start_s[serves])]
    response = response_minutes(ground.nearest, earliest)
    surface = Surface(response, ground.nearest.transform, ground.nearest.crs)
    bands = isochrone_polygons(ground.served, earliest, minutes)
    pieces = reach_edges(network, earliest, minutes)
    bands = bands.join(road_shares(network, earliest, bands))
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


def rank_candidates(ground: Ground, baseline: Scenario) -> pd.DataFrame:
    """Rank the candidates by what each alone adds to the baseline.

    Population and villages count by whoever comes first; urban built-up area by the
    stations that hold jurisdictions.
    """
    study, who = ground.study, ground.who
    candidate = np.asarray(who.table["candidate"], dtype=np.bool_)
    start_s = who.start_s[candidate][:, None]
    limit_s = ground.rules["response_s"].value
    serves = in_service(who, "baseline", study.scenarios["baseline"], study.file.name)
    holds = serves & who.in_tiers(study.assessment.jurisdiction_tiers)
    factor = study.scenarios["baseline"].speed_factor
    by_holders = arrivals(
        ground.built_up.travel_s, who.start_s, ground.built_up.access_s, holds, factor
    )

    def criterion(
        places: Places, weight: NDArray[np.float64], today: Arrivals, limit_s: float
    ) -> Criterion:
        own = start_s + places.travel_s[candidate] / factor + places.access_s
        return Criterion(weight, today.first_s, own, limit_s)

    urban = np.isin(ground.zone, URBAN_ZONES)
    criteria = {
        "population_gain": criterion(
            ground.population, ground.persons, baseline.coming["population"], limit_s
        ),
        "built_up_gain_km2": criterion(
            ground.built_up, ground.cells.area_km2 * urban, by_holders, limit_s
        ),
        "villages_gain": criterion(
            ground.villages,
            np.ones(len(ground.villages.xy)),
            baseline.coming["villages"],
            study.assessment.village_minutes * 60,
        ),
    }
    return rank_by_gain(criteria, int(candidate.sum()))

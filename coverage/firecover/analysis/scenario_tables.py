"""The tables of one scenario: stations, jurisdictions, built-up patches, townships, villages."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from firecover.analysis.ground import Ground
from firecover.analysis.service import Service
from firecover.assessment.detour import measured
from firecover.assessment.hydrants import nearest_working_m
from firecover.assessment.jurisdictions import URBAN_ZONES, jurisdictions, reached_by_patch
from firecover.assessment.service import points_xy
from firecover.assessment.township_bands import seconds_by_kind, township_bands
from firecover.assessment.townships import Counted, townships
from firecover.assessment.village_access import nearest_road, village_water, widest_vehicles
from firecover.assessment.village_ways import village_ways
from firecover.assessment.villages import village_targets, villages
from firecover.demand import containing

#: What a station's row tells of its jurisdiction, by the jurisdictions' columns.
_OF_JURISDICTION = {
    "area_km2": "jurisdiction_km2",
    "cap_km2": "cap_km2",
    "area_verdict": "area_verdict",
    "reached_km2": "reached_km2",
    "reached_share": "reached_share",
    "farthest_s": "farthest_s",
    "detour_factor": "detour_factor",
    "reach_km": "reach_km",
    "formula_km2": "formula_km2",
}


def jurisdiction_table(ground: Ground, service: Service) -> gpd.GeoDataFrame:
    """Divide the urban built-up area among the stations, and measure the parts."""
    who, holds = service.driven.who, service.reached.holds
    urban_km2 = np.where(np.isin(ground.zone, URBAN_ZONES), ground.cells.area_km2, 0.0)
    found = measured(
        service.driven.fleet,
        who,
        holds,
        place=ground.places["built_up"],
        coming=service.by_holders,
        area_km2=urban_km2,
        rules=ground.rules,
        found=ground.barriers,
    )
    table = jurisdictions(
        ground.cells, ground.zone, service.by_holders, who, ground.rules, measured=found
    )
    drawn = service.chances.held
    # a jurisdiction that nobody holds has no station, and nothing is drawn of it
    row = who.table["id"].reset_index(drop=True)
    at = table["station_id"].map(pd.Series(row.index, index=row)).fillna(-1).astype(int).to_numpy()
    for name in ("reached_share_p05", "reached_share_p95", "area_sure"):
        table[name] = np.append(getattr(drawn, name), np.nan)[at]
    return table


def station_table(service: Service, held: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the stations of a scenario with what they hold; those without a place as well."""
    who, serves = service.driven.who, service.reached.serves
    unlocated = who.table.geometry.isna() & ~who.table["candidate"]
    stations = who.table.assign(access_m=who.positions.access_m)[serves | unlocated]
    figures = held.set_index("station_id")[list(_OF_JURISDICTION)].rename(columns=_OF_JURISDICTION)
    stations = stations.join(figures, on="id").reset_index(drop=True)
    stations["area_verdict"] = stations["area_verdict"].fillna("not_applicable")
    return stations


def built_up_table(ground: Ground, service: Service) -> gpd.GeoDataFrame:
    """Return the built-up patches: what is reached of each, and what hydrants protect."""
    limit_s = ground.rules["response_s"].value
    patches = reached_by_patch(
        ground.layers.built_up.data,
        ground.cells,
        service.by_holders,
        service.by_any["built_up"],
        limit_s,
    )
    patches = patches.assign(**ground.hydrants.patches)
    for name in ("hydrant", "hydrant_road"):
        patches[f"{name}_share"] = patches[f"{name}_km2"] / patches["area_km2"]
    return patches


def village_table(ground: Ground, service: Service) -> gpd.GeoDataFrame:
    """Tell, for every village, who comes, when, by which way and with what."""
    study, layers, driven = ground.study, ground.layers, service.driven
    place, coming = ground.places["villages"], service.by_any["villages"]
    hydrant_m = nearest_working_m(layers.hydrants.data, place.xy)
    drawn = service.chances.villages
    return villages(
        layers.villages.data,
        township=ground.township["villages"],
        townships=layers.townships.data,
        place=place,
        coming=coming,
        who=driven.who,
        hydrant_m=hydrant_m,
        limit_s=study.assessment.village_minutes * 60,
        full_s=service.full_s["villages"],
        call_handling_s=ground.rules["call_handling_s"].value,
        ways=village_ways(driven.fleet, driven.who, place, coming),
        widest_vehicle=widest_vehicles(
            ground.fleet.network,
            driven.who.positions.take(service.reached.serves),
            nearest_road(place),
            layers.roads.points,
            closed=driven.state.roads.closed,
            ignore_oneway=study.travel.ignore_oneway,
        ),
        water=village_water(layers.water.data, hydrant_m, place.xy),
        p_reached=drawn.p_reached,
        first_p05_s=drawn.first_p05_s,
        first_p95_s=drawn.first_p95_s,
        certainty=drawn.certainty,
    )


def target_table(ground: Ground, service: Service) -> pd.DataFrame:
    """Count the villages reached within each target."""
    return village_targets(
        ground.study.assessment.village_targets_min,
        service.by_any["villages"],
        service.full_s["villages"],
        p_within=service.chances.villages.p_targets if service.chances.draws else None,
        sure_share=ground.study.uncertainty.sure_share,
    )


def _persons(ground: Ground) -> Counted:
    return Counted(ground.township["population"], ground.persons)


def _built_up(ground: Ground) -> Counted:
    return Counted(ground.township["built_up"], ground.cells.area_km2)


def township_table(
    ground: Ground, service: Service, village_rows: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Sum everything up by township."""
    layers, chances = ground.layers, service.chances
    hydrants = layers.hydrants.data
    hydrant_township = containing(layers.townships.data.geometry, points_xy(hydrants))
    return townships(
        layers.townships.data,
        who=service.driven.who,
        minutes=ground.minutes,
        seats=service.by_any["townships"],
        population=(_persons(ground), service.by_any["population"]),
        built_up=(_built_up(ground), service.by_any["built_up"]),
        hydrants=(
            Counted(hydrant_township, np.ones(len(hydrants))),
            np.asarray(hydrants["status"] == "working"),
        ),
        villages=(
            Counted(ground.township["villages"], np.ones(len(village_rows))),
            np.asarray(village_rows["reached"], dtype=np.bool_),
        ),
        limit_s=ground.rules["response_s"].value,
        working_share=ground.rules["hydrant_working_share"].value,
        hydrants_unsure=np.asarray(hydrants["status"] == "unknown"),
        hydrants_new=ground.hydrants.new_by_township(layers.townships.data),
        seat_full_s=service.full_s["townships"],
        call_handling_s=ground.rules["call_handling_s"].value,
        seat_p=chances.seats_p,
        share_p05=chances.share_p05,
        share_p95=chances.share_p95,
    )


def band_tables(ground: Ground, service: Service) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Count population and built-up area by kind of arrival and band, by township and in all."""
    given = ground.study.layers
    kinds = {
        layer: seconds_by_kind(
            service.driven.times_s[layer],
            service.driven.who,
            service.reached.serves,
            service.by_any[layer],
            service.full_s[layer],
        )
        for layer in ("population", "built_up")
        if layer in given
    }
    counted = {"population": _persons(ground), "built_up": _built_up(ground)}

    def bands(townships_data: gpd.GeoDataFrame, things: dict[str, Counted]) -> pd.DataFrame:
        population, built_up = (
            (things[layer], kinds[layer]) if layer in kinds else None for layer in things
        )
        return township_bands(townships_data, ground.study.isochrones.minutes, population, built_up)

    in_all = {
        layer: Counted(np.zeros_like(each.township), each.weight) for layer, each in counted.items()
    }
    whole = gpd.GeoDataFrame(
        {"code": [""], "name": [""]}, geometry=[ground.area], crs=ground.layers.crs
    )
    county = bands(whole, in_all).drop(columns=["code", "name"])
    return bands(ground.layers.townships.data, counted), county

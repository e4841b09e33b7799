"""Put what was computed into the tables that the outputs show."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from firecover.analysis.gaps import quality_notes, unknowns
from firecover.analysis.ground import Ground
from firecover.analysis.plan_audit import findings_frame
from firecover.analysis.relief import relief_of
from firecover.analysis.scenario import Scenario
from firecover.analysis.siting import Siting, candidate_table
from firecover.analysis.siting_sites import excluded_table
from firecover.assessment.service import points_xy
from firecover.assessment.villages import finite, name_of
from firecover.demand import containing
from firecover.layers.model import RasterLayer, Roads, VectorLayer
from firecover.network.fleet import Drive
from firecover.network.road_network import RoadNetwork
from firecover.results import LayerSummary, NetworkSummary, Results, VehicleSummary


def assemble(ground: Ground, scenarios: Sequence[Scenario], siting: Siting) -> Results:
    """Put the tables of all scenarios together."""
    study, layers = ground.study, ground.layers

    def stacked(name: str) -> gpd.GeoDataFrame:
        table = listed(name)
        return gpd.GeoDataFrame(table, crs=layers.crs)

    def listed(name: str) -> pd.DataFrame:
        frames = [s.tables[name].assign(scenario=s.summary.id) for s in scenarios]
        table = pd.concat(frames, ignore_index=True)
        shapes = [column for column in ("geometry",) if column in table]
        first = ["scenario", *table.columns.drop(["scenario", *shapes]), *shapes]
        return table[first]

    hydrant_xy = points_xy(layers.hydrants.data)
    hydrants = ground.hydrants.hydrants.assign(
        township=_codes(ground, containing(layers.townships.data.geometry, hydrant_xy)),
    )
    return Results(
        study=study,
        rules=ground.rules,
        layers=tuple(_summary(layer) for layer in layers),
        quality=(*quality_notes(ground), *siting.quality),
        unknowns=unknowns(ground),
        network=_network_summary(ground),
        scenarios=tuple(s.summary for s in scenarios),
        minutes=study.isochrones.minutes,
        stations=stacked("stations"),
        candidates=candidate_table(ground, siting.ranking),
        isochrones=stacked("isochrones"),
        reach_edges=stacked("reach_edges"),
        jurisdictions=stacked("jurisdictions"),
        built_up=stacked("built_up"),
        townships=stacked("townships"),
        township_bands=listed("township_bands"),
        county_bands=listed("county_bands"),
        villages=stacked("villages"),
        village_targets=listed("village_targets"),
        station_outages=stacked("station_outages"),
        critical_roads=stacked("critical_roads"),
        hydrants=hydrants,
        hydrant_gaps=ground.hydrants.gaps,
        hydrant_proposals=ground.hydrants.proposals.hydrants,
        demand=_demand(ground, scenarios),
        roads=_roads(ground),
        boundary=layers.boundary.data,
        water=layers.water.data,
        relief=(
            relief_of(layers.dem, layers.boundary.data, layers.crs)
            if layers.dem is not None
            else None
        ),
        ranking_figures=siting.figures,
        plan_findings=findings_frame(study),
        excluded_sites=excluded_table(ground.generated, layers.crs),
        rank_acceptability=siting.ranking.acceptability,
        solutions=siting.solutions,
        allocation=siting.allocation,
        siting_steps=siting.steps,
        pareto=siting.pareto,
        forcing=siting.forcing,
        phasing=siting.phasing,
    )


def _codes(ground: Ground, rows: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return the codes of townships by row, empty for -1."""
    codes = ground.layers.townships.data["code"].to_numpy(dtype=object)
    return np.append(codes, "")[rows]


def _summary(layer: Roads | VectorLayer | RasterLayer) -> LayerSummary:
    if isinstance(layer, Roads):
        name, features = "roads", len(layer.attributes)
    elif isinstance(layer, RasterLayer):
        name, features = layer.name, int(np.isfinite(layer.values).sum())
    else:
        name, features = layer.name, len(layer.data)
    if layer.provenance is None:
        msg = f"the layer {name} has no provenance"
        raise ValueError(msg)
    return LayerSummary(name, features, layer.provenance)


def _network_summary(ground: Ground) -> NetworkSummary:
    network, left_out = ground.fleet.network, ground.fleet.left_out
    oneway = _oneway(network)
    by_class = network.attributes["road_class"]
    km = pd.Series(network.length_m / 1000)
    open_km = km.where(_speed_kmh(network) > 0, 0.0)
    hours: pd.Series[float] = open_km / np.maximum(_speed_kmh(network), 1e-9)
    lengths = km.groupby(by_class).sum()
    speeds: pd.Series[float] = open_km.groupby(by_class).sum() / hours.groupby(by_class).sum()
    return NetworkSummary(
        nodes=network.node_count,
        edges=network.edge_count,
        length_km=float(km.sum()),
        oneway_length_km=float(km[oneway].sum()),
        left_out_parts=left_out.parts,
        left_out_length_km=left_out.length_m / 1000,
        speed_kmh={str(name): float(speed) for name, speed in speeds.dropna().items()},
        length_km_by_class={str(name): float(length) for name, length in lengths.items()},
        vehicles=tuple(_vehicle_summary(drive) for drive in ground.fleet.drives.values()),
    )


def _vehicle_summary(drive: Drive) -> VehicleSummary:
    vehicle, terrain = drive.vehicle, drive.terrain
    codes = {vehicle.evidence[table].code for table in ("body", "drive", "speed_kmh")}
    return VehicleSummary(
        id=vehicle.id,
        zh=vehicle.zh,
        en=vehicle.en,
        mass_t=vehicle.mass_t,
        width_m=vehicle.width_m,
        height_m=vehicle.height_m,
        # An assumption is the least sure of all.
        evidence="A" if "A" in codes else max(codes),
        closed_km=sum(drive.closed_m.values()) / 1000,
        closed_km_by_reason={code: metres / 1000 for code, metres in drive.closed_m.items()},
        slower_than_level=terrain.slower,
        curve_lost_share=terrain.slower_by_curves,
        grade_lost_share=terrain.slower_by_grades,
        curve_share=terrain.curve_share,
        grade_share=terrain.grade_share,
        grade_p99=terrain.grade_p99,
    )


def _demand(ground: Ground, scenarios: Sequence[Scenario]) -> gpd.GeoDataFrame:
    """Return population and built-up cells, each with who comes first in every scenario."""
    patch_zone = ground.zone.astype(object)
    sets = (
        ("population", ground.persons, np.nan, ""),
        ("built_up", np.nan, ground.cells.area_km2, patch_zone),
    )
    frames = []
    for kind, persons, area_km2, zone in sets:
        places = ground.places[kind]
        table = pd.DataFrame(
            {
                "kind": kind,
                "township": _codes(ground, ground.township[kind]),
                "zone": zone,
                "population": persons,
                "area_km2": area_km2,
                "road_m": places.access_m,
            },
            index=range(len(places.xy)),
        )
        for scenario in scenarios:
            coming = scenario.coming[kind]
            table[f"first_min_{scenario.summary.id}"] = finite(coming.first_s) / 60
            table[f"station_{scenario.summary.id}"] = name_of(ground.who, coming.first)
            table[f"p_standard_{scenario.summary.id}"] = scenario.p_standard[kind]
        points = gpd.points_from_xy(places.xy[:, 0], places.xy[:, 1])
        frames.append(gpd.GeoDataFrame(table, geometry=points, crs=ground.layers.crs))
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=ground.layers.crs)


def _roads(ground: Ground) -> gpd.GeoDataFrame:
    """Return the roads as the study's usual vehicle drives them."""
    network = ground.fleet.network
    drive = ground.fleet.drives[ground.study.travel.vehicle]
    table = network.attributes[["road_class", "name", "ref", "bridge", "tunnel"]].assign(
        speed_kmh=_speed_kmh(network),
        slow_reason=np.where(_closed(network), "closed", drive.reason),
        oneway=_oneway(network),
        length_m=network.length_m,
    )
    return gpd.GeoDataFrame(table, geometry=network.lines(), crs=network.crs)


def _closed(network: RoadNetwork) -> NDArray[np.bool_]:
    """Tell which edges the vehicle cannot pass, shape (m,)."""
    return np.isinf(network.forward_s) & np.isinf(network.backward_s)


def _oneway(network: RoadNetwork) -> NDArray[np.bool_]:
    """Tell which edges are driven one way only, shape (m,); a closed one is not one-way."""
    return np.isinf(network.forward_s) ^ np.isinf(network.backward_s)


def _speed_kmh(network: RoadNetwork) -> NDArray[np.float64]:
    """Return the mean speed along each edge, in the faster direction; 0 where it is closed."""
    seconds = np.minimum(network.forward_s, network.backward_s)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(seconds > 0, network.length_m / seconds * 3.6, 0.0)

"""All that does not depend on the scenario: the network, the places on it, the times between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from firecover.assessment.hydrants import HydrantCover, hydrant_cover
from firecover.assessment.service import (
    Facilities,
    access_seconds,
    facilities,
    in_service,
    points_xy,
)
from firecover.demand import BuiltUpCells, built_up_cells, containing, population_points
from firecover.layers.model import Layers
from firecover.network.road_network import LeftOut, RoadNetwork, build_network
from firecover.network.routing_graph import RoutingGraph, routing_graph
from firecover.network.snapping import Positions, snap
from firecover.network.speeds import class_speeds, way_speeds
from firecover.network.travel_times import travel_matrix
from firecover.results import band
from firecover.standards import Rule, load_rules
from firecover.study import LayerName, Study
from firecover.surface import NearestRoad, ServedGround, nearest_roads, road_places, served_ground


@dataclass(frozen=True)
class Places:
    """Something to be reached: ``d`` points on the network, and the times to them.

    ``travel_s`` has shape (k, d): from every station and candidate, on the road.
    """

    xy: NDArray[np.float64]
    position: Positions
    access_s: NDArray[np.float64]
    travel_s: NDArray[np.float64]
    township: NDArray[np.int64]


@dataclass(frozen=True)
class Ground:
    """All that does not depend on the scenario."""

    study: Study
    layers: Layers
    rules: Mapping[str, Rule]
    speed_kmh: Mapping[str, float]
    network: RoadNetwork
    routing: RoutingGraph
    left_out: LeftOut
    who: Facilities
    cells: BuiltUpCells
    zone: NDArray[np.str_]
    built_up: Places
    population: Places
    persons: NDArray[np.float64]
    villages: Places
    seats: Places
    hydrants: HydrantCover
    served: ServedGround
    nearest: NearestRoad

    @property
    def minutes(self) -> list[tuple[str, float]]:
        """The bands: the ending of their columns, and their minutes."""
        return [(band(m), m) for m in self.study.isochrones.minutes]


def lay_ground(study: Study, layers: Layers, on_step: Callable[[str], None]) -> Ground:
    """Build the network, put everything on it and compute the times between."""
    on_step("network")
    rules = load_rules(study.study.standard, study.rules)
    speed_kmh = class_speeds(study.travel.speed_kmh)
    on_way = way_speeds(layers.roads, speed_kmh, use_maxspeed=study.travel.use_maxspeed)
    network, left_out = build_network(layers.roads, on_way)
    routing = routing_graph(network)
    who = facilities(study, layers, network)
    for name, scenario in study.scenarios.items():
        in_service(who, name, scenario, study.file.name)
    area = shapely.union_all(layers.boundary.data.geometry.to_numpy())
    cells = built_up_cells(layers.built_up.data, study.assessment.built_up_cell_m)
    people = population_points(layers.population, area, layers.crs)
    seats = layers.townships.data[["seat_x_m", "seat_y_m"]].to_numpy(dtype=np.float64)

    def places(layer: LayerName, xy: NDArray[np.float64]) -> Places:
        limit_m, access_kmh = study.access(layer)
        position = snap(network, xy, limit_m)
        return Places(
            xy=xy,
            position=position,
            access_s=access_seconds(position, access_kmh),
            travel_s=travel_matrix(routing, who.positions, position),
            township=containing(layers.townships.data.geometry, xy),
        )

    beside = road_places(network, study.isochrones.step_m, who.positions)
    limit_m = study.isochrones.off_road_limit_m
    on_step("travel times")
    return Ground(
        study=study,
        layers=layers,
        rules=rules,
        speed_kmh=speed_kmh,
        network=network,
        routing=routing,
        left_out=left_out,
        who=who,
        cells=cells,
        zone=layers.built_up.data["zone"].to_numpy(dtype=np.str_)[cells.patch],
        built_up=places("built_up", cells.xy),
        population=places("population", people.xy),
        persons=people.population,
        villages=places("villages", points_xy(layers.villages.data)),
        seats=places("townships", seats),
        hydrants=hydrant_cover(
            layers.hydrants.data, layers.built_up.data, rules["hydrant_radius_m"].value
        ),
        served=served_ground(beside, area, limit_m, layers.crs),
        nearest=nearest_roads(beside, area, study.isochrones.cell_m, limit_m, layers.crs),
    )

"""All that does not depend on the scenario: the roads, places beside them, times between."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from firecover.analysis.hydrants import HydrantGround, lay_hydrants
from firecover.analysis.siting_sites import HAZARD_RULE, looked_for
from firecover.assessment.barriers import Barriers, barriers
from firecover.assessment.service import (
    Facilities,
    Places,
    facilities,
    in_service,
    places_on,
    points_xy,
    used_vehicles,
)
from firecover.demand import BuiltUpCells, built_up_cells, containing, population_points
from firecover.isochrones import cuts
from firecover.layers.model import Layers
from firecover.network.cache import kept_fleet
from firecover.network.fleet import Driving, Fleet
from firecover.network.snapping import Positions
from firecover.network.speeds import check_classes
from firecover.results import band
from firecover.siting.candidates import GeneratedSites
from firecover.standards import AREA_RULES, Rule, load_rules
from firecover.study import LayerName, Study
from firecover.surface import NearestRoad, ServedGround, nearest_roads, road_places, served_ground

#: The rules of a pack that figures and verdicts rest on.
USED_RULES = (
    "response_s",
    "turnout_s",
    *AREA_RULES.values(),
    "area_suburb_km2",
    "area_formula_factor",
    "detour_factor_min",
    "detour_factor_max",
    "call_handling_s",
    "hydrant_radius_m",
    "hydrant_spacing_m",
    "hydrant_spacing_timber_m",
    "hydrant_working_share",
)
#: The pack whose response times villages are grouped by where no national figure exists.
VILLAGE_PACK = "norway"
#: What is to be reached, in the order in which it is put beside the roads.
TARGETS: tuple[LayerName, ...] = ("built_up", "population", "villages", "townships")


@dataclass(frozen=True)
class Ground:
    """All that does not depend on the scenario.

    ``places`` and ``township`` (the row of the township that each place lies in, -1 where
    none) are by layer: see :data:`TARGETS`; those of the townships are their seats. The sites
    that were ``generated`` are among the candidates of ``layers``; None where the study asks for
    none.
    """

    study: Study
    layers: Layers
    rules: Mapping[str, Rule]
    area: BaseGeometry
    fleet: Fleet
    who: Facilities
    cells: BuiltUpCells
    zone: NDArray[np.str_]
    persons: NDArray[np.float64]
    places: Mapping[str, Places]
    township: Mapping[str, NDArray[np.int64]]
    hydrants: HydrantGround
    barriers: Barriers
    generated: GeneratedSites | None = None

    @property
    def minutes(self) -> list[tuple[str, float]]:
        """The bands: the ending of their columns, and their minutes."""
        return [(band(m), m) for m in self.study.isochrones.minutes]


@dataclass(frozen=True)
class Divided:
    """The ground divided among the roads, as polygons and on a grid."""

    served: ServedGround
    nearest: NearestRoad


def used_rules(study: Study) -> dict[str, Rule]:
    """Return the rules that the computation uses, and those that the study gives itself.

    The village targets that another pack's rules explain bring these rules along, their ids
    headed by the pack's.
    """
    rules = load_rules(study.study.standard, study.rules)
    named = {*USED_RULES, *([] if study.siting.generate is None else [HAZARD_RULE])}
    used = {name: r for name, r in rules.items() if name in named or r.overridden}
    targets_s = {minutes * 60 for minutes in study.assessment.village_targets_min}
    borrowed = (r for r in load_rules(VILLAGE_PACK).values() if r.pack == VILLAGE_PACK)
    if "villages" in study.layers:
        taken = {f"{r.pack}.{r.id}": r for r in borrowed if r.unit == "s" and r.value in targets_s}
        used |= {name: replace(r, id=name) for name, r in taken.items()}
    return used


def lay_ground(study: Study, layers: Layers, on_step: Callable[[str], None]) -> Ground:
    """Build the network and put everything beside it."""
    on_step("network")
    rules = used_rules(study)
    fleet = study_fleet(study, layers)
    layers, generated = looked_for(study, layers, fleet, rules)
    who = facilities(study, layers, fleet)
    for name, scenario in study.scenarios.items():
        in_service(who, name, scenario, study.file.name)
    area = shapely.union_all(layers.boundary.data.geometry.to_numpy())
    cells = built_up_cells(layers.built_up.data, study.assessment.built_up_cell_m)
    people = population_points(layers.population, area, layers.crs)
    seats = layers.townships.data[["seat_x_m", "seat_y_m"]].to_numpy(dtype=np.float64)
    points = points_xy(layers.villages.data)
    xy = dict(zip(TARGETS, (cells.xy, people.xy, points, seats), strict=True))
    townships = layers.townships.data.geometry
    return Ground(
        study=study,
        layers=layers,
        rules=rules,
        area=area,
        fleet=fleet,
        who=who,
        cells=cells,
        zone=layers.built_up.data["zone"].to_numpy(dtype=np.str_)[cells.patch],
        persons=people.population,
        places={name: places_on(fleet, xy[name], *study.access(name)) for name in TARGETS},
        township={name: containing(townships, xy[name]) for name in TARGETS},
        hydrants=lay_hydrants(study, layers, rules, cells),
        barriers=barriers(fleet.network, layers.roads, layers.water, layers.railways),
        generated=generated,
    )


def study_fleet(study: Study, layers: Layers) -> Fleet:
    """Return the roads and vehicles of a study, built now or in an earlier run.

    Raises
    ------
    StudyError
        If a speed is given for a road class that does not exist.
    NetworkError
        If the roads cannot be routed on.
    """
    travel = study.travel
    check_classes(travel.speed_kmh)
    driving = Driving(
        speed_kmh=travel.speed_kmh,
        use_maxspeed=travel.use_maxspeed,
        turn_costs=travel.turn_costs,
        ignore_oneway=travel.ignore_oneway,
        ignore_restrictions=travel.ignore_restrictions,
        contraflow_m=travel.contraflow_m,
    )
    dem = layers.dem if travel.terrain else None
    vehicles = used_vehicles(study, layers)
    return kept_fleet(layers.roads, vehicles, driving, list(layers.built_up.data.geometry), dem)


def divide(ground: Ground, pieces: Sequence[gpd.GeoDataFrame]) -> Divided:
    """Divide the ground among the roads, parting it where the bands of all scenarios end.

    Parameters
    ----------
    ground
        The ground.
    pieces
        The pieces of road that each scenario reaches.
    """
    asked, crs = ground.study.isochrones, ground.layers.crs
    ends = [cuts(each) for each in pieces]
    all_ends = Positions(
        np.concatenate([each.edge for each in ends]),
        np.concatenate([each.fraction for each in ends]),
        np.concatenate([each.access_m for each in ends]),
    )
    beside = road_places(ground.fleet.network, asked.step_m, ground.who.positions, all_ends)
    limit_m = asked.off_road_limit_m
    return Divided(
        served_ground(beside, ground.area, limit_m, crs),
        nearest_roads(beside, ground.area, asked.cell_m, limit_m, crs),
    )

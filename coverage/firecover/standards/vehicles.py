"""Vehicles as data: what they can pass, how fast they drive, what turns and gates cost them."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from firecover.errors import Problem, StudyError

#: The numbers of a vehicle that a study may change, with the range that is plausible.
CHANGEABLE: Mapping[str, tuple[float, float]] = {
    "mass_t": (0.1, 60),
    "width_m": (0.5, 4),
    "height_m": (1, 6),
    "power_kw": (1, 1000),
    "efficiency": (0.1, 1),
    "rolling": (0.001, 0.2),
    "lateral_friction": (0.05, 1),
    "minimum_width_m": (0.5, 6),
    "easy_width_m": (0.5, 8),
    "narrow_factor": (0.05, 1),
}


@dataclass(frozen=True)
class Evidence:
    """How sure a table of numbers is, and where it comes from."""

    code: str
    source: str


@dataclass(frozen=True)
class ClassSpeed:
    """The speed on a road class inside and outside built-up areas, km/h."""

    urban: float
    rural: float


@dataclass(frozen=True)
class TurnSeconds:
    """What junctions and turns cost, seconds; a turn holds the junction's delay already."""

    straight: float
    right: float
    left: float
    u_turn: float
    signal: float


@dataclass(frozen=True)
class Vehicle:
    """A vehicle; every number is explained in ``vehicles.toml``.

    Attributes
    ----------
    minimum_width_m, easy_width_m, narrow_factor
        A carriageway below the first stops it, below the second slows it by the factor.
    wades
        Whether it drives through fords.
    speed_kmh
        By road class.
    surface, tracktype, smoothness
        The factor on the speed by OSM word; 0 stops it.
    rough_already
        By road class, the factor that the class speed already holds.
    lane_width_m
        By road class, for roads of which only the number of lanes is known.
    point_s, barrier_s
        Delay by the kind of ``Roads.points`` and by the kind of barrier; inf stops it.
    open_s, locked_s
        Delay at a fixed barrier that is open to it, and what a lock adds.
    evidence
        By table of ``vehicles.toml``.
    """

    id: str
    zh: str
    en: str
    mass_t: float
    width_m: float
    height_m: float
    power_kw: float
    efficiency: float
    rolling: float
    lateral_friction: float
    minimum_width_m: float
    easy_width_m: float
    narrow_factor: float
    wades: bool
    speed_kmh: Mapping[str, ClassSpeed]
    surface: Mapping[str, float]
    tracktype: Mapping[str, float]
    smoothness: Mapping[str, float]
    rough_already: Mapping[str, float]
    lane_width_m: Mapping[str, float]
    turn_s: TurnSeconds
    point_s: Mapping[str, float]
    barrier_s: Mapping[str, float]
    open_s: float
    locked_s: float
    evidence: Mapping[str, Evidence]


@cache
def vehicles() -> Mapping[str, Vehicle]:
    """Return the vehicles by id, from the largest to the smallest."""
    path = resources.files("firecover.standards").joinpath("vehicles.toml")
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    evidence = {
        table: Evidence(content["evidence"], content["source"])
        for table, content in data.items()
        if isinstance(content, dict) and "evidence" in content
    }
    return {name: _vehicle(name, data, evidence) for name in data["order"]}


def _vehicle(name: str, data: Mapping[str, Any], evidence: Mapping[str, Evidence]) -> Vehicle:
    def column(table: str) -> dict[str, Any]:
        rows = data[table].items()
        return {word: row[name] for word, row in rows if isinstance(row, dict)}

    def numbers(table: str) -> dict[str, Any]:
        return {word: float(value) for word, value in column(table).items()}

    def shared(table: str) -> dict[str, float]:
        rows = data[table].items()
        return {word: float(value) for word, value in rows if not isinstance(value, str)}

    point_s, opening_s = numbers("point_s"), numbers("opening_s")
    return Vehicle(
        id=name,
        **data["names"][name],
        **numbers("body"),
        **numbers("drive"),
        **numbers("room"),
        **column("water"),
        speed_kmh={
            road_class: ClassSpeed(float(urban), float(rural))
            for road_class, (urban, rural) in column("speed_kmh").items()
        },
        surface=numbers("surface"),
        tracktype=numbers("tracktype"),
        smoothness=numbers("smoothness"),
        rough_already=shared("rough_already"),
        lane_width_m=shared("lane_width_m"),
        turn_s=TurnSeconds(**numbers("turn_s"), signal=point_s["signals"]),
        point_s=point_s,
        barrier_s=numbers("barrier_s"),
        open_s=opening_s["open"],
        locked_s=opening_s["locked"],
        evidence=evidence,
    )


def altered_vehicle(vehicle: Vehicle, values: Mapping[str, float]) -> Vehicle:
    """Return a vehicle with a study's own numbers put in.

    Parameters
    ----------
    values
        By the names of :data:`CHANGEABLE`.

    Raises
    ------
    StudyError
        With every name that is not there, and every number that is not plausible.
    """
    problems = []
    for name, value in values.items():
        key = f"vehicles.{vehicle.id}.{name}"
        if name not in CHANGEABLE:
            remedy = f"a study may set: {', '.join(CHANGEABLE)}"
            problems.append(Problem("a vehicle has no such number", key=key, remedy=remedy))
            continue
        low, high = CHANGEABLE[name]
        if not (math.isfinite(value) and low <= value <= high):
            remedy = f"give {low:g} to {high:g}"
            problems.append(Problem(f"{value:g} is not plausible", key=key, remedy=remedy))
    if problems:
        raise StudyError(problems)
    numbers: dict[str, Any] = {name: float(value) for name, value in values.items()}
    return replace(vehicle, **numbers)

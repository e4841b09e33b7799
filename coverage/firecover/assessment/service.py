"""Who responds: stations and candidates on the network, and who comes first and second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from firecover.errors import Problem, StudyError
from firecover.layers.model import Layers
from firecover.network.fleet import Fleet
from firecover.network.snapping import Positions, snap
from firecover.network.travel_times import Earliest, earliest_arrivals, travel_matrix
from firecover.standards.vehicles import Vehicle, vehicles
from firecover.study import ScenarioTable, Study

#: Station classes that are not 消防站 of the national standard, and the tier they make.
TIER_OF_CLASS = {"township": "township", "micro": "micro"}


@dataclass(frozen=True)
class Facilities:
    """Stations, then candidates; ``k`` of them.

    Attributes
    ----------
    table
        ``id``, ``name``, ``name_en``, ``tier``, ``station_class``, ``vehicle``,
        ``turnout_s``, ``engines``, ``candidate`` (bool), ``note``; points, None where not
        known.
    positions
        Where each is on the roads that its vehicle can drive.
    start_s
        Shape (k,), from the dispatch order until it is on the road.
    """

    table: gpd.GeoDataFrame
    positions: Positions
    start_s: NDArray[np.float64]

    def in_tiers(self, tiers: Sequence[str]) -> NDArray[np.bool_]:
        """Return which of them belong to the tiers, shape (k,)."""
        return np.asarray(self.table["tier"].isin(tiers), dtype=np.bool_)


@dataclass(frozen=True)
class Arrivals:
    """First and second arrival at each of ``d`` places, seconds from the dispatch order.

    ``first`` and ``second`` are rows of :attr:`Facilities.table`, -1 (and infinite times)
    where nobody comes. Of two that arrive together, the earlier row counts as first.
    """

    first_s: NDArray[np.float64]
    first: NDArray[np.int64]
    second_s: NDArray[np.float64]
    second: NDArray[np.int64]


def used_vehicles(study: Study, layers: Layers) -> list[Vehicle]:
    """Return the vehicles that stations and candidates leave with, the study's own first."""
    named = [*layers.stations.data["vehicle"], *layers.candidates.data["vehicle"]]
    names = dict.fromkeys([study.travel.vehicle, *sorted(name for name in set(named) if name)])
    return [vehicles()[name] for name in names]


def facilities(study: Study, layers: Layers, fleet: Fleet) -> Facilities:
    """Put stations and candidates on the roads that their vehicles can drive."""
    frames = []
    for layer, candidate in ((layers.stations, False), (layers.candidates, True)):
        columns = ["id", "name", "name_en", "station_class", "turnout_s", "note", "geometry"]
        frame = layer.data[columns].assign(
            candidate=candidate,
            engines=np.nan if candidate else layer.data["engines"],
            vehicle=layer.data["vehicle"].replace("", study.travel.vehicle),
        )
        limit_m, speed_kmh = study.access("candidates" if candidate else "stations")
        place = snap_each(fleet, frame["vehicle"], points_xy(layer.data), limit_m)
        frames.append((frame, place, access_seconds(place, speed_kmh)))
    table = gpd.GeoDataFrame(
        pd.concat([frame for frame, _, _ in frames], ignore_index=True), crs=layers.crs
    )
    table["turnout_s"] = table["turnout_s"].fillna(study.travel.turnout_s)
    table["tier"] = table["station_class"].map(TIER_OF_CLASS).fillna("fire")
    places = [place for _, place, _ in frames]
    positions = Positions(
        np.concatenate([place.edge for place in places]),
        np.concatenate([place.fraction for place in places]),
        np.concatenate([place.access_m for place in places]),
    )
    access_s = np.concatenate([seconds for _, _, seconds in frames])
    return Facilities(table, positions, table["turnout_s"].to_numpy(dtype=np.float64) + access_s)


def snap_each(
    fleet: Fleet, vehicle: pd.Series[str], xy: NDArray[np.float64], limit_m: float
) -> Positions:
    """Put each point on the nearest road that its own vehicle can drive.

    Parameters
    ----------
    fleet
        The vehicles.
    vehicle
        Shape (k,), the vehicle of each point.
    xy
        Shape (k, 2).
    limit_m
        The farthest that a point may lie off the road.
    """
    places = {name: snap(drive.network, xy, limit_m) for name, drive in fleet.drives.items()}
    edge, fraction, access_m = (
        np.select(
            [np.asarray(vehicle == name) for name in places],
            [getattr(place, part) for place in places.values()],
        )
        for part in ("edge", "fraction", "access_m")
    )
    return Positions(edge.astype(np.int64), fraction, access_m)


@dataclass(frozen=True)
class Places:
    """Something to be reached: ``d`` points, and the road beside each for every vehicle.

    Attributes
    ----------
    xy
        Shape (d, 2).
    positions
        By vehicle, where the points are on the roads that it can drive.
    access_s
        By vehicle, shape (d,), the time between that road and the point.
    """

    xy: NDArray[np.float64]
    positions: Mapping[str, Positions]
    access_s: Mapping[str, NDArray[np.float64]]

    @property
    def access_m(self) -> NDArray[np.float64]:
        """Shape (d,), the distance to the nearest road that any of the vehicles can drive."""
        each = np.stack([position.access_m for position in self.positions.values()])
        return np.asarray(np.fmin.reduce(each), dtype=np.float64)

    @property
    def on_network(self) -> NDArray[np.bool_]:
        """Shape (d,), whether any vehicle has a road near enough."""
        near = np.stack([position.on_network for position in self.positions.values()])
        return np.asarray(near.any(axis=0), dtype=np.bool_)


def places_on(
    fleet: Fleet, xy: NDArray[np.float64], limit_m: float, speed_kmh: float | None
) -> Places:
    """Put points beside the roads of every vehicle."""
    found = {name: snap(drive.network, xy, limit_m) for name, drive in fleet.drives.items()}
    access_s = {name: access_seconds(place, speed_kmh) for name, place in found.items()}
    return Places(xy, found, access_s)


def times_to(fleet: Fleet, who: Facilities, places: Places) -> NDArray[np.float64]:
    """Return the time from each station's door to each place, shape (k, d), seconds.

    The drive and the leg off the road, without turnout; infinite where a station's vehicle
    does not get there.
    """
    times_s = np.full((len(who.table), len(places.xy)), np.inf)
    for name, drive in fleet.drives.items():
        rows = np.flatnonzero(who.table["vehicle"] == name)
        stations = who.positions.take(rows)
        travel_s = travel_matrix(drive.routing, stations, places.positions[name])
        times_s[rows] = travel_s + places.access_s[name]
    return times_s


def first_on_roads(fleet: Fleet, who: Facilities, serves: NDArray[np.bool_]) -> list[Earliest]:
    """Return the earliest arrivals everywhere on the roads, one for each kind of vehicle."""
    found = []
    for name, drive in fleet.drives.items():
        rows = np.flatnonzero(serves & np.asarray(who.table["vehicle"] == name))
        stations = who.positions.take(rows)
        found.append(earliest_arrivals(drive.routing, stations, who.start_s[rows]))
    return found


def points_xy(data: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return the coordinates of points, shape (rows, 2), NaN where there is none."""
    known = np.asarray(~(data.geometry.isna() | data.geometry.is_empty))
    xy = np.full((len(data), 2), np.nan)
    xy[known, 0] = data.geometry[known].x
    xy[known, 1] = data.geometry[known].y
    return xy


def access_seconds(place: Positions, speed_kmh: float | None) -> NDArray[np.float64]:
    """Return the time between the road and each point; none without a speed for that leg."""
    if speed_kmh is None:
        return np.zeros(len(place))
    return np.nan_to_num(place.access_m) / (speed_kmh / 3.6)


def in_service(
    who: Facilities, name: str, scenario: ScenarioTable, study_file: str
) -> NDArray[np.bool_]:
    """Return which facilities respond in a scenario, shape (k,).

    Those without a place on the network do not.

    Raises
    ------
    StudyError
        If the scenario opens a candidate or closes a station that is not there.
    """
    candidate = who.table["candidate"].to_numpy(dtype=np.bool_)
    ids = who.table["id"].astype(str)
    problems = []
    for key, wanted, there in (
        ("open", scenario.open, ids[candidate]),
        ("close", scenario.close, ids[~candidate]),
    ):
        kind = "candidate" if key == "open" else "station"
        known = ", ".join(there[:20]) or "none"
        problems += [
            Problem(
                f"there is no {kind} with the id {item!r}",
                study_file,
                key=f"scenarios.{name}.{key}",
                remedy=f"the {kind}s are: {known}",
            )
            for item in wanted
            if item not in set(there)
        ]
    if problems:
        raise StudyError(problems)
    serves = np.where(candidate, ids.isin(scenario.open), ~ids.isin(scenario.close))
    return np.asarray(serves & who.positions.on_network, dtype=np.bool_)


def arrivals(
    times_s: NDArray[np.float64], start_s: NDArray[np.float64], serves: NDArray[np.bool_]
) -> Arrivals:
    """Return who comes first and second.

    Parameters
    ----------
    times_s
        Shape (k, d), from each facility's door to each place.
    start_s
        Shape (k,), when each facility is on the road.
    serves
        Shape (k,), who responds.
    """
    order, seconds = arrival_order(times_s, start_s, serves, 2)
    return Arrivals(seconds[0], order[0], seconds[1], order[1])


def arrival_order(
    times_s: NDArray[np.float64],
    start_s: NDArray[np.float64],
    serves: NDArray[np.bool_],
    units: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return who comes first, second … to each place, and when.

    Parameters
    ----------
    times_s, start_s, serves
        As for :func:`arrivals`.
    units
        How many arrivals are asked for.

    Returns
    -------
    who
        Shape (units, d), rows of the facilities, -1 where there is no such arrival. Of
        several that arrive together, the earlier row comes first.
    seconds
        Shape (units, d), from the dispatch order; infinite where there is none.
    """
    rows = np.flatnonzero(serves)
    arrival_s = np.full((len(rows) + units, times_s.shape[1]), np.inf)  # some that never come
    arrival_s[: len(rows)] = start_s[rows, None] + times_s[rows]
    order = np.argsort(arrival_s, axis=0, kind="stable")[:units]
    seconds = np.take_along_axis(arrival_s, order, axis=0)
    names = np.append(rows, np.full(units, -1))
    return np.where(np.isfinite(seconds), names[order], -1), seconds

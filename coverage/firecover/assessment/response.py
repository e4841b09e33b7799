"""The question turned round: from one place, who comes, in what order, when and by which way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from firecover.assessment.service import (
    Facilities,
    Places,
    arrival_order,
    places_on,
    points_xy,
    times_to,
)
from firecover.network.fleet import Fleet
from firecover.network.paths import Path, path

#: Why a station does not come: it is closed, its position is not known, it stands too far off
#: the roads of its vehicle, the place lies too far off them, or no way leads there.
Reason = Literal["not_in_service", "no_position", "station_off_road", "too_far_from_road", "no_way"]


@dataclass(frozen=True)
class Coming:
    """One arrival, seconds from the dispatch order.

    Attributes
    ----------
    rank
        1 for who comes first.
    facility
        The row of :attr:`firecover.assessment.service.Facilities.table`.
    id, name, name_en, vehicle
        Of the station.
    arrival_s
        ``turnout_s + station_s + drive_s + walk_s``.
    turnout_s
        From the dispatch order to wheels rolling.
    station_s
        From the station's door to the road.
    drive_s
        On the roads, turns included.
    walk_s
        From the road to the place.
    off_road_m
        The straight distance from the road to the place.
    path
        The way on the roads; None where it was not asked for.
    """

    rank: int
    facility: int
    id: str
    name: str
    name_en: str
    vehicle: str
    arrival_s: float
    turnout_s: float
    station_s: float
    drive_s: float
    walk_s: float
    off_road_m: float
    path: Path | None


@dataclass(frozen=True)
class Absent:
    """A station that does not come, and why.

    ``distance_m`` is how far the station, or the place, lies off the roads of the station's
    vehicle where that is the reason; NaN otherwise.
    """

    id: str
    name: str
    name_en: str
    reason: Reason
    distance_m: float


@dataclass(frozen=True)
class Response:
    """Who comes to a place, in order, and which stations do not."""

    coming: tuple[Coming, ...]
    absent: tuple[Absent, ...]


def who_comes(
    fleet: Fleet,
    who: Facilities,
    place_xy: tuple[float, float],
    serves: NDArray[np.bool_],
    *,
    limit_m: float,
    speed_kmh: float | None,
    units: int | None = None,
) -> Response:
    """Tell who comes to one place.

    Parameters
    ----------
    fleet
        The roads as the vehicles drive them.
    who
        Stations and candidates.
    place_xy
        The place, in the network's CRS.
    serves
        Shape (k,), who responds.
    limit_m, speed_kmh
        How far off the road the place may lie, and the speed on that leg (None: it takes
        no time).
    units
        The ways of so many arrivals are traced; those of all without it.

    Returns
    -------
    response
        All that come, and of the stations (not of candidates that are not open) those that
        do not.
    """
    place = places_on(fleet, np.array([place_xy], dtype=np.float64), limit_m, speed_kmh)
    times_s = times_to(fleet, who, place)
    order, seconds = arrival_order(times_s, who.start_s, serves, len(who.table))
    rows = [int(row) for row in order[:, 0] if row >= 0]
    coming = tuple(
        _coming(fleet, who, place, (rank, row, float(arrival_s)), traced=rank <= (units or rank))
        for rank, (row, arrival_s) in enumerate(
            zip(rows, seconds[: len(rows), 0], strict=True), start=1
        )
    )
    candidate = who.table["candidate"].to_numpy(dtype=np.bool_)
    others = np.setdiff1d(np.flatnonzero(serves | ~candidate), rows)
    return Response(coming, tuple(_absent(who, place, int(row), serves) for row in others))


def _coming(
    fleet: Fleet,
    who: Facilities,
    place: Places,
    arrival: tuple[int, int, float],
    *,
    traced: bool,
) -> Coming:
    rank, row, arrival_s = arrival
    station = who.table.iloc[row]
    vehicle, turnout_s = str(station["vehicle"]), float(station["turnout_s"])
    walk_s = float(place.access_s[vehicle][0])
    at = who.positions.take(np.array([row])), place.positions[vehicle]
    return Coming(
        rank=rank,
        facility=row,
        id=str(station["id"]),
        name=str(station["name"]),
        name_en=str(station["name_en"]),
        vehicle=vehicle,
        arrival_s=arrival_s,
        turnout_s=turnout_s,
        station_s=float(who.start_s[row]) - turnout_s,
        drive_s=arrival_s - float(who.start_s[row]) - walk_s,
        walk_s=walk_s,
        off_road_m=float(place.positions[vehicle].access_m[0]),
        path=path(fleet.drives[vehicle].routing, *at) if traced else None,
    )


def _absent(who: Facilities, place: Places, row: int, serves: NDArray[np.bool_]) -> Absent:
    station = who.table.iloc[row]
    position = place.positions[str(station["vehicle"])]
    reason: Reason = "no_way"
    distance_m = np.nan
    if not np.isfinite(points_xy(who.table.iloc[[row]])).all():
        reason = "no_position"
    elif not who.positions.on_network[row]:
        reason, distance_m = "station_off_road", float(who.positions.access_m[row])
    elif not serves[row]:
        reason = "not_in_service"
    elif not position.on_network[0]:
        reason, distance_m = "too_far_from_road", float(position.access_m[0])
    names = str(station["id"]), str(station["name"]), str(station["name_en"])
    return Absent(*names, reason=reason, distance_m=distance_m)

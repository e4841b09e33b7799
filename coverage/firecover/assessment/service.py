"""Who responds: stations and candidates on the network, and who comes first and second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from firecover.errors import Problem, StudyError
from firecover.layers.model import Layers
from firecover.network.road_network import RoadNetwork
from firecover.network.snapping import Positions, snap
from firecover.study import ScenarioTable, Study

#: Station classes that are not 消防站 of the national standard, and the tier they make.
TIER_OF_CLASS = {"township": "township", "micro": "micro"}


@dataclass(frozen=True)
class Facilities:
    """Stations, then candidates; ``k`` of them.

    Attributes
    ----------
    table
        ``id``, ``name``, ``name_en``, ``tier``, ``station_class``, ``turnout_s``,
        ``engines``, ``candidate`` (bool), ``note``; points, None where not known.
    positions
        Where each is on the network.
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


def facilities(study: Study, layers: Layers, network: RoadNetwork) -> Facilities:
    """Put stations and candidates on the network."""
    frames = []
    for layer, candidate in ((layers.stations, False), (layers.candidates, True)):
        columns = ["id", "name", "name_en", "station_class", "turnout_s", "note", "geometry"]
        frame = layer.data[columns].assign(
            candidate=candidate,
            engines=np.nan if candidate else layer.data["engines"],
        )
        limit_m, speed_kmh = study.access("candidates" if candidate else "stations")
        place = snap(network, points_xy(layer.data), limit_m)
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
    travel_s: NDArray[np.float64],
    start_s: NDArray[np.float64],
    access_s: NDArray[np.float64],
    serves: NDArray[np.bool_],
    speed_factor: float = 1.0,
) -> Arrivals:
    """Return who comes first and second.

    Parameters
    ----------
    travel_s
        Shape (k, d), travel times on the road at normal speed.
    start_s
        Shape (k,), when each facility is on the road.
    access_s
        Shape (d,), from the road to each place.
    serves
        Shape (k,), who responds.
    speed_factor
        What every speed on the road is multiplied by.
    """
    rows = np.flatnonzero(serves)
    count = travel_s.shape[1]
    times = np.full((len(rows) + 2, count), np.inf)  # two that never come
    times[: len(rows)] = start_s[rows, None] + travel_s[rows] / speed_factor + access_s
    order = np.argsort(times, axis=0, kind="stable")[:2]
    names = np.append(rows, [-1, -1])
    best = np.take_along_axis(times, order, axis=0)
    who = np.where(np.isfinite(best), names[order], -1)
    return Arrivals(best[0], who[0], best[1], who[1])

"""Who comes when in each draw: one search a vehicle and kind of station, places beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firecover.assessment.service import Facilities, Places
from firecover.network.draws import Approach, DrawnRoads, Draws, Party, approach, drawn_roads, party
from firecover.network.engines.limits import limit_s
from firecover.network.fleet import Fleet

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Moment:
    """Speeds and turnouts in one draw, and who is where then.

    Attributes
    ----------
    road_time
        Shape (classes,), the factors of times on the roads.
    start_s
        Shape (k,), when each facility is on the road.
    any_s
        By vehicle, when its first station comes to each node of its graph.
    held
        The same of those that hold jurisdictions only, and which station it is.
    """

    road_time: Floats
    start_s: Floats
    any_s: Mapping[str, Floats]
    held: Mapping[str, tuple[Floats, Ints]]


@dataclass(frozen=True)
class DrawnService:
    """The stations that respond in a scenario, and their vehicles' roads, to be drawn.

    Attributes
    ----------
    who
        The facilities, k of them.
    turnout_s
        Shape (k,), their usual turnouts in the scenario.
    roads
        What each vehicle drives; only vehicles with which somebody comes.
    stations
        By vehicle, the rows of all that come with it.
    holders, others
        By vehicle, those of them that hold jurisdictions, and those that do not.
    """

    who: Facilities
    turnout_s: Floats
    roads: Mapping[str, DrawnRoads]
    stations: Mapping[str, Ints]
    holders: Mapping[str, Party]
    others: Mapping[str, Party]

    @property
    def nobody(self) -> int:
        """The row that stands for nobody, k."""
        return len(self.who.table)

    def moments(self, draws: Draws) -> Iterator[Moment]:
        """Go through the draws, one after another."""
        for road_time, turnout in zip(draws.road_time, draws.turnout, strict=True):
            yield self.moment(road_time, turnout)

    def moment(self, road_time: Floats, turnout: Floats) -> Moment:
        """Search the roads anew.

        Parameters
        ----------
        road_time
            Shape (classes,), the factors of times on the roads.
        turnout
            Shape (k,), the factor of each turnout; the way from the door to the road takes
            what it did.
        """
        start_s = self.who.start_s + self.turnout_s * (turnout - 1)
        any_s, held = {}, {}
        for name, roads in self.roads.items():
            graph = roads.graph_at(road_time)
            found = []
            if name in self.holders:
                holders = self.holders[name]
                held[name] = holders.first(graph, road_time, start_s, self.nobody)
                found.append(held[name][0])
            if name in self.others:
                found.append(self.others[name].first_s(graph, road_time, start_s))
            any_s[name] = np.minimum.reduce(found)
        return Moment(road_time, start_s, any_s, held)


def drawn_service(
    fleet: Fleet, who: Facilities, serves: NDArray[np.bool_], holds: NDArray[np.bool_]
) -> DrawnService:
    """Gather who responds in a scenario.

    Parameters
    ----------
    fleet
        The vehicles at the scenario's usual speeds, its roads closed.
    who
        The facilities with their usual turnouts in the scenario, k of them.
    serves, holds
        Shape (k,), who responds, and who of these holds a jurisdiction.
    """
    roads: dict[str, DrawnRoads] = {}
    stations: dict[str, Ints] = {}
    holders: dict[str, Party] = {}
    others: dict[str, Party] = {}
    for name, vehicle in fleet.drives.items():
        mine = serves & np.asarray(who.table["vehicle"] == name)
        if not mine.any():
            continue
        stations[name], roads[name] = np.flatnonzero(mine), drawn_roads(vehicle.routing)
        for parties, which in ((holders, mine & holds), (others, mine & ~holds)):
            if which.any():
                parties[name] = party(roads[name], who.positions, np.flatnonzero(which))
    turnout_s = who.table["turnout_s"].to_numpy(dtype=np.float64)
    return DrawnService(who, turnout_s, roads, stations, holders, others)


@dataclass(frozen=True)
class Watched:
    """Of ``d`` places those that somebody reaches within a limit in some draw, perhaps.

    The others nobody reaches within it in any draw.

    Attributes
    ----------
    count
        The number of all places, d.
    rows
        Shape (u,), which are watched, rising.
    ways
        For each vehicle that may come first to some of them: its name, their places in
        ``rows``, and how it gets there.
    """

    count: int
    rows: Ints
    ways: tuple[tuple[str, Ints, Approach], ...]

    def first_s(self, moment: Moment) -> Floats:
        """Return when the first comes in a draw, shape (u,), seconds from the dispatch order.

        Exact wherever somebody comes within the limit; later or infinite elsewhere.
        """
        first = np.full(len(self.rows), np.inf)
        for name, at, way in self.ways:
            seconds = way.first_s(moment.any_s[name], moment.road_time, moment.start_s)
            if len(at) < len(first):
                seconds = np.minimum(first[at], seconds)
                first[at] = seconds
            else:
                np.minimum(first, seconds, out=first)
        return first

    def spread(self, values: NDArray[np.generic], else_: float) -> Floats:
        """Return values of the watched places for all, with another for those that are not."""
        full = np.full(self.count, else_, dtype=np.float64)
        full[self.rows] = values
        return full


def watched(
    service: DrawnService, places: Places, draws: Draws, within_s: float = np.inf
) -> Watched:
    """Find the places worth watching: those for which the draws can make a difference.

    Times never fall when a factor rises. So a vehicle that comes later than the limit, or later
    than another one at its slowest, even when all factors are the least of all draws, does so
    in every draw.

    Parameters
    ----------
    service
        Who responds.
    places
        The places, d of them.
    draws
        The draws; without any there is nothing to watch.
    within_s
        The greatest time that anybody will ask about.
    """
    if not len(draws):
        return Watched(len(places.xy), np.zeros(0, np.int64), ())
    ways = {
        name: approach(
            roads,
            service.who.positions,
            service.stations[name],
            places.positions[name],
            places.access_s[name],
        )
        for name, roads in service.roads.items()
    }
    early, late = (service.moment(*factors) for factors in (draws.fastest(), draws.slowest()))
    at_best, at_worst = (
        {
            name: way.first_s(moment.any_s[name], moment.road_time, moment.start_s)
            for name, way in ways.items()
        }
        for moment in (early, late)
    )
    never = np.full(len(places.xy), np.inf)
    needed_s = np.minimum.reduce([never, *at_worst.values()])
    needed_s = np.minimum(needed_s, limit_s(within_s))
    kept = {name: np.isfinite(s) & (s <= needed_s) for name, s in at_best.items()}
    rows = np.flatnonzero(np.logical_or.reduce([np.zeros(len(never), np.bool_), *kept.values()]))
    number = np.full(len(never), -1)
    number[rows] = np.arange(len(rows))
    found = tuple(
        (name, number[mine], ways[name].take(mine))
        for name, mine in ((name, np.flatnonzero(which)) for name, which in kept.items())
        if len(mine)
    )
    return Watched(len(never), rows, found)


@dataclass(frozen=True)
class WatchedHolders:
    """How the stations that hold jurisdictions get to places.

    Attributes
    ----------
    count
        The number of places, d.
    nobody
        The row that stands for nobody.
    ways
        By vehicle.
    """

    count: int
    nobody: int
    ways: Mapping[str, Approach]

    def first(self, moment: Moment) -> tuple[Floats, Ints]:
        """Return when the first comes to each place in a draw, and which it is.

        Returns
        -------
        first_s
            Shape (d,), infinite where nobody comes.
        station
            Shape (d,), rows of the facilities; of several that arrive together the lowest,
            ``nobody`` where none does.
        """
        first_s = np.full(self.count, np.inf)
        station = np.full(self.count, self.nobody)
        for name, way in self.ways.items():
            other_s, other = way.first(
                moment.held[name], moment.road_time, moment.start_s, self.nobody
            )
            lower = (other_s == first_s) & (other < station)
            station = np.where((other_s < first_s) | lower, other, station)
            first_s = np.minimum(first_s, other_s)
        return first_s, station


def watched_holders(service: DrawnService, places: Places) -> WatchedHolders:
    """Find out how the stations that hold jurisdictions get to places."""
    ways = {
        name: approach(
            holders.roads,
            service.who.positions,
            holders.stations,
            places.positions[name],
            places.access_s[name],
        )
        for name, holders in service.holders.items()
    }
    return WatchedHolders(len(places.xy), service.nobody, ways)

"""Who comes when in each draw of the speeds: the service of today, and each candidate alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from firecover.analysis.siting_state import Bools, Floats, Ints, Situation
from firecover.assessment.drawn_service import (
    DrawnService,
    Moment,
    WatchedHolders,
    drawn_service,
    watched_holders,
)
from firecover.assessment.service import Places
from firecover.network.draws import Approach, Draws, Party, approach, drawn_roads, party
from firecover.network.engines import Seeds, engine
from firecover.network.snapping import Positions
from firecover.siting.criteria import Coming, Reaching, Sought, can_differ

#: So many of the assessment's draws are searched anew for every candidate: one probability in a
#: hundred is told apart, and a run stays short.
MOST_DRAWS = 100


@dataclass(frozen=True)
class Alone:
    """Candidates that leave with one vehicle, each searched from by itself.

    Attributes
    ----------
    party
        How they come into the vehicle's graph.
    number
        Shape (their number,), their places among all candidates.
    """

    party: Party
    number: Ints

    def node_s(self, road_time: Floats, start_s: Floats) -> Floats:
        """Return when each comes to each node in a draw, shape (their number, n + 1)."""
        its = self.party
        offset_s = start_s[its.stations[its.owner]] + its.way.at(road_time)
        graph = its.roads.graph_at(road_time)
        leave = Seeds.of_pairs(its.owner, its.node, offset_s, len(its.stations))
        rows = [block for _, block in engine("scipy").one_to_all(graph, leave)]
        return np.pad(np.concatenate(rows), ((0, 0), (0, 1)), constant_values=np.inf)


@dataclass(frozen=True)
class Ways:
    """How places are reached: by those who stand, and by candidates, with each vehicle."""

    standing: Mapping[str, Approach]
    alone: Mapping[str, Approach]

    def take(self, rows: Ints) -> Ways:
        """Return the ways to some of the places."""
        return Ways(
            {name: way.take(rows) for name, way in self.standing.items()},
            {name: way.take(rows) for name, way in self.alone.items()},
        )


@dataclass(frozen=True)
class Drawn:
    """What is searched anew in each draw.

    Attributes
    ----------
    service
        Who stands.
    alone
        The candidates, by vehicle.
    would_hold
        Shape (c,), which candidates would hold a jurisdiction.
    ways
        By layer, how its places are reached.
    holders
        By layer (``built_up``, ``hydrants``), how those that hold jurisdictions reach them.
    """

    service: DrawnService
    alone: Mapping[str, Alone]
    would_hold: Bools
    ways: Mapping[str, Ways]
    holders: Mapping[str, WatchedHolders]

    def reaching(self, road_time: Floats, turnout: Floats) -> Reaching:
        """Return who comes when in a draw, given its factors."""
        moment = self.service.moment(road_time, turnout)
        node_s = {name: each.node_s(road_time, moment.start_s) for name, each in self.alone.items()}
        cells_s, holder = self.holders["built_up"].first(moment)
        hydrants_s, _ = self.holders["hydrants"].first(moment)

        def coming(layer: str, first_s: Floats | None = None) -> Coming:
            ways = self.ways[layer]
            by_candidate_s = self._by_candidate(ways, node_s, moment)
            if first_s is None:
                return Coming(self._first(ways, moment, by_candidate_s.shape[1]), by_candidate_s)
            by_candidate_s[~self.would_hold] = np.inf
            return Coming(first_s, by_candidate_s)

        return Reaching(
            population=coming("population"),
            villages=coming("villages"),
            built_up=coming("built_up", cells_s),
            hydrants=coming("hydrants", hydrants_s),
            holder=holder,
        )

    @staticmethod
    def _first(ways: Ways, moment: Moment, count: int) -> Floats:
        first_s = np.full(count, np.inf)
        for name, way in ways.standing.items():
            seconds = way.first_s(moment.any_s[name], moment.road_time, moment.start_s)
            np.minimum(first_s, seconds, out=first_s)
        return first_s

    def _by_candidate(self, ways: Ways, node_s: Mapping[str, Floats], moment: Moment) -> Floats:
        count = next((len(way.access_s) for way in ways.alone.values()), 0)
        arrival_s = np.full((len(self.would_hold), count), np.inf)
        for name, alone in self.alone.items():
            way = ways.alone[name]
            last_s = way.way.at(moment.road_time)
            each_s = np.minimum(
                node_s[name][:, way.node[0]] + last_s[0], node_s[name][:, way.node[1]] + last_s[1]
            )
            row = np.searchsorted(alone.party.stations, way.station)
            straight_s = moment.start_s[way.station] + way.straight.at(moment.road_time)
            np.minimum.at(each_s, (row, way.place), straight_s)
            arrival_s[alone.number] = each_s + way.access_s
        return arrival_s

    def only(self, rows: Mapping[str, Ints], places: Mapping[str, Places]) -> Drawn:
        """Return the same of some of the places only, given their rows by layer."""
        return replace(
            self,
            ways={layer: ways.take(rows[layer]) for layer, ways in self.ways.items()},
            holders={
                layer: watched_holders(self.service, _some(places[layer], rows[layer]))
                for layer in self.holders
            },
        )


def drawn(now: Situation) -> Drawn:
    """Make the roads, the stations and the candidates ready to be drawn."""
    who, fleet, reached = now.driven.who, now.driven.fleet, now.reached
    service = drawn_service(fleet, who, reached.serves, reached.holds)
    vehicle = now.column("vehicle")
    on_network = who.positions.on_network[now.candidates]
    alone = {}
    for name, its in fleet.drives.items():
        number = np.flatnonzero((vehicle == name) & on_network)
        if len(number):
            roads = service.roads.get(name) or drawn_roads(its.routing)
            alone[name] = Alone(party(roads, who.positions, now.candidates[number]), number)
    return Drawn(
        service=service,
        alone=alone,
        would_hold=now.would_hold,
        ways={layer: _ways(service, alone, places) for layer, places in now.places.items()},
        holders={
            layer: watched_holders(service, now.places[layer]) for layer in ("built_up", "hydrants")
        },
    )


def _ways(service: DrawnService, alone: Mapping[str, Alone], places: Places) -> Ways:
    def way(name: str, parties: Party | None, stations: Ints) -> Approach:
        roads = service.roads[name] if parties is None else parties.roads
        position, access_s = places.positions[name], places.access_s[name]
        return approach(roads, service.who.positions, stations, position, access_s)

    return Ways(
        {name: way(name, None, stations) for name, stations in service.stations.items()},
        {name: way(name, each.party, each.party.stations) for name, each in alone.items()},
    )


def _some(places: Places, rows: Ints) -> Places:
    positions: dict[str, Positions] = {
        name: each.take(rows) for name, each in places.positions.items()
    }
    access_s = {name: each[rows] for name, each in places.access_s.items()}
    return Places(places.xy[rows], positions, access_s)


def drawn_reaching(now: Situation, draws: Draws) -> tuple[Sought, Iterator[Reaching], int]:
    """Search the first draws anew, at the places for which they can make a difference.

    Parameters
    ----------
    now
        The service of today, and the candidates.
    draws
        The draws of the assessment.

    Returns
    -------
    sought, reaching, count
        What counts at those places, who comes there when in each draw, and how many draws
        there are, :data:`MOST_DRAWS` at most.
    """
    count = min(len(draws), MOST_DRAWS)
    used = Draws(draws.road_time[:count], draws.turnout[:count])
    every = drawn(now)
    sought = now.sought
    if not count:
        return sought, iter(()), 0
    fastest, slowest = every.reaching(*used.fastest()), every.reaching(*used.slowest())

    def rows(fast: Coming, slow: Coming, within_s: float) -> Ints:
        return np.flatnonzero(can_differ(fast, slow, within_s))

    kept = {
        "population": rows(fastest.population, slowest.population, sought.response_s),
        "villages": rows(fastest.villages, slowest.villages, sought.village_s),
        "hydrants": rows(fastest.hydrants, slowest.hydrants, sought.response_s),
        "built_up": np.flatnonzero(sought.urban_km2 > 0),
    }
    few = every.only(kept, now.places)
    reduced = replace(
        sought,
        persons=sought.persons[kept["population"]],
        hydrant_works=sought.hydrant_works[kept["hydrants"]],
        urban_km2=sought.urban_km2[kept["built_up"]],
        suburb=sought.suburb[kept["built_up"]],
    )
    factors = zip(used.road_time, used.turnout, strict=True)
    return reduced, (few.reaching(*each) for each in factors), count

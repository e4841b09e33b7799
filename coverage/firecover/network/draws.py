"""Random draws of how fast roads are driven and how soon stations leave, searched anew in each.

A draw makes all roads of a class faster or slower by the same factor, so the fastest way may be
another one in every draw. The shape of the graph stays; only the times on it are worked out again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from firecover.errors import NetworkError
from firecover.network.engines import Graph, Seeds, best_engine, engine
from firecover.network.paths import arc_seconds
from firecover.network.routing_graph import RoutingGraph, departures
from firecover.network.snapping import Positions
from firecover.standards import road_classes
from firecover.study_tables import UncertaintyTable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
#: So few stations are searched from one by one, sooner than told apart in a search from all.
ONE_BY_ONE = 6


@dataclass(frozen=True)
class Draws:
    """What is multiplied in each of ``n`` draws.

    Attributes
    ----------
    road_time
        Shape (n, classes), the factor of the times on roads of each class, in the order of
        :func:`firecover.standards.road_classes`.
    turnout
        Shape (n, stations), the factor of each station's turnout.
    """

    road_time: Floats
    turnout: Floats

    def __len__(self) -> int:
        """Return the number of draws, n."""
        return len(self.road_time)

    def fastest(self) -> tuple[Floats, Floats]:
        """Return the least factors of all draws: no draw is anywhere faster than these."""
        return self.road_time.min(axis=0), self.turnout.min(axis=0)

    def slowest(self) -> tuple[Floats, Floats]:
        """Return the greatest factors of all draws: no draw is anywhere slower than these."""
        return self.road_time.max(axis=0), self.turnout.max(axis=0)


def draw(table: UncertaintyTable, stations: int) -> Draws:
    """Draw the factors; the same table always gives the same.

    Speeds are multiplied by one lognormal factor for all roads and one for each class, turnouts
    by one for each station, all with the median 1.

    Parameters
    ----------
    table
        How many draws, their seed, and the standard deviations of the factors' logarithms.
    stations
        The number of stations and candidates. More of them, added at the end, change nothing
        for those before them.
    """
    random = np.random.Generator(np.random.PCG64(table.seed))
    network = random.standard_normal(table.draws)
    by_class = random.standard_normal((len(road_classes()), table.draws)).T
    by_station = random.standard_normal((stations, table.draws)).T
    log_speed = table.speed_sd * network[:, None] + table.class_sd * by_class
    return Draws(np.exp(-log_speed), np.exp(table.turnout_sd * by_station))


@dataclass(frozen=True)
class Stretches:
    """Times to drive stretches of road, each of one class.

    Attributes
    ----------
    drive_s
        The time to drive each; infinite where it may not be driven.
    road_class
        The place of its class in :func:`firecover.standards.road_classes`.
    fixed_s
        What is added whatever the draw: turns, signals, gates.
    """

    drive_s: Floats
    road_class: Ints
    fixed_s: Floats | float = 0.0

    def at(self, road_time: Floats) -> Floats:
        """Return the times in a draw, given the factor of each class."""
        seconds: Floats = self.drive_s * road_time[self.road_class]
        seconds += self.fixed_s
        return seconds


@dataclass(frozen=True)
class DrawnRoads:
    """A routing graph whose times can be drawn.

    Attributes
    ----------
    routing
        The graph at the usual times.
    arc_class
        Shape (2m,), the class of each arc, as a place in
        :func:`firecover.standards.road_classes`.
    ways
        All roads (and the turns after them) that lead from one node of the graph to another,
        those side by side together.
    begins
        Shape (arcs of the graph,), where those side by side begin: the fastest makes the
        graph's arc, and which that is depends on the draw.
    """

    routing: RoutingGraph
    arc_class: Ints
    ways: Stretches
    begins: Ints

    def graph_at(self, road_time: Floats) -> Graph:
        """Return the graph in a draw, given the factor of each class."""
        seconds = self.ways.at(road_time)
        if len(self.begins) < len(seconds):
            seconds = np.minimum.reduceat(seconds, self.begins)
        return replace(self.routing.graph, seconds=seconds)


def drawn_roads(routing: RoutingGraph) -> DrawnRoads:
    """Make the times of a routing graph ready to be drawn.

    Raises
    ------
    NetworkError
        If a road is of a class that is not known.
    """
    arc_class = np.tile(_classes(routing), 2)
    arc = np.repeat(np.arange(len(arc_class)), np.diff(routing.exit_start))
    start, end = routing.enter[arc], routing.exit_node
    drive_s, turn_s = arc_seconds(routing.network)[arc], routing.exit_s
    open_ = np.flatnonzero(np.isfinite(drive_s + turn_s) & (start != end))
    order = open_[np.lexsort((end[open_], start[open_]))]
    start, end, arc = start[order], end[order], arc[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
    ways = Stretches(drive_s[order], arc_class[arc], turn_s[order])
    drawn = DrawnRoads(routing, arc_class, ways, np.flatnonzero(first))
    assert np.array_equal(end[first], routing.graph.head)
    usual = drawn.graph_at(np.ones(len(road_classes())))
    assert np.array_equal(usual.seconds, routing.graph.seconds)
    return drawn


def _classes(routing: RoutingGraph) -> Ints:
    number = {name: i for i, name in enumerate(road_classes())}
    column = routing.network.attributes["road_class"].astype(str)
    unknown = sorted(set(column) - set(number))
    if unknown:
        msg = f"roads of no known class: {', '.join(unknown)}; known are {', '.join(number)}"
        raise NetworkError(msg)
    return np.array([number[name] for name in column], dtype=np.int64)


@dataclass(frozen=True)
class Party:
    """Stations that leave with the same vehicle, and how they come into its graph.

    Attributes
    ----------
    roads
        What the vehicle drives.
    stations
        Rows of all stations, rising.
    owner, node, way
        Shape (entries,): a place in ``stations``, a node of the graph, and the rest of the
        station's road with the turn at its end.
    """

    roads: DrawnRoads
    stations: Ints
    owner: Ints
    node: Ints
    way: Stretches

    def first_s(self, graph: Graph, road_time: Floats, start_s: Floats) -> Floats:
        """Return when the first of them comes to each node.

        Parameters
        ----------
        graph
            The graph in a draw.
        road_time
            Shape (classes,), the factors of that draw.
        start_s
            Shape (all stations,), when each is on the road in that draw.

        Returns
        -------
        node_s
            Shape (n + 1,), infinite where nobody comes; the last stands for no node.
        """
        # Who it is does not matter, so all leave from one and the same place.
        leave = Seeds.of_pairs(
            np.zeros_like(self.owner), self.node, self._entries(road_time, start_s), 1
        )
        search = engine(best_engine(graph.node_count, 1))
        _, node_s = next(iter(search.one_to_all(graph, leave)))
        return np.append(node_s[0], np.inf)

    def first(
        self, graph: Graph, road_time: Floats, start_s: Floats, nobody: int
    ) -> tuple[Floats, Ints]:
        """Return when the first of them comes to each node, and which it is.

        Returns
        -------
        node_s
            As of :meth:`first_s`.
        station
            Shape (n + 1,), the lowest row of those that come first; ``nobody`` where none
            does.
        """
        count = len(self.stations)
        leave = Seeds.of_pairs(self.owner, self.node, self._entries(road_time, start_s), count)
        search = engine(best_engine(graph.node_count, count))
        if count <= ONE_BY_ONE:
            each_s = np.concatenate([rows for _, rows in search.one_to_all(graph, leave)])
            source = each_s.argmin(axis=0)
            node_s = each_s[source, np.arange(graph.node_count)]
            source = np.where(np.isfinite(node_s), source, -1)
        else:
            node_s, source = search.earliest(graph, leave)
        station = np.append(self.stations, nobody)[source]  # -1 is the last
        return np.append(node_s, np.inf), np.append(station, nobody)

    def _entries(self, road_time: Floats, start_s: Floats) -> Floats:
        return start_s[self.stations[self.owner]] + self.way.at(road_time)


def party(roads: DrawnRoads, positions: Positions, stations: Ints) -> Party:
    """Gather stations that leave with one vehicle.

    Parameters
    ----------
    roads
        What it drives.
    positions
        Where all stations are on its roads.
    stations
        Rows of those that leave with it, rising.
    """
    out = departures(roads.routing, positions.take(stations))
    way = Stretches(out.drive_s, roads.arc_class[out.arc], out.turn_s)
    return Party(roads, stations, out.owner, out.node, way)


@dataclass(frozen=True)
class Approach:
    """How ``d`` places are reached with one vehicle: by either end of their road, or along it.

    Attributes
    ----------
    node
        Shape (2, d), the node from which the road is entered at its tail and at its head; the
        number of nodes where it cannot be.
    way
        Shape (2, d), the last stretch from there.
    place, station, straight
        Shape (pairs,), the places that lie on a station's own road: the place, the row of the
        station, and the stretch between them.
    access_s
        Shape (d,), the time between road and place.
    """

    node: Ints
    way: Stretches
    place: Ints
    station: Ints
    straight: Stretches
    access_s: Floats

    def take(self, places: Ints) -> Approach:
        """Return the approach to some of the places, in the order given, each once."""
        number = np.full(len(self.access_s), -1)
        number[places] = np.arange(len(places))
        kept = number[self.place] >= 0
        way, straight = self.way, self.straight
        return Approach(
            self.node[:, places],
            Stretches(way.drive_s[:, places], way.road_class[:, places]),
            number[self.place[kept]],
            self.station[kept],
            Stretches(straight.drive_s[kept], straight.road_class[kept]),
            self.access_s[places],
        )

    def first_s(self, node_s: Floats, road_time: Floats, start_s: Floats) -> Floats:
        """Return when the first comes to each place, shape (d,).

        Parameters
        ----------
        node_s
            When the first comes to each node, from :meth:`Party.first_s`.
        road_time, start_s
            As for that.
        """
        by_tail, by_head = node_s[self.node] + self.way.at(road_time)
        first: Floats = np.minimum(by_tail, by_head)
        np.minimum.at(first, self.place, self._straight(road_time, start_s))
        first += self.access_s
        return first

    def first(
        self, coming: tuple[Floats, Ints], road_time: Floats, start_s: Floats, nobody: int
    ) -> tuple[Floats, Ints]:
        """Return when the first comes to each place, and which it is, shape (d,) both.

        Parameters
        ----------
        coming
            From :meth:`Party.first`.
        road_time, start_s, nobody
            As for that.
        """
        node_s, node_station = coming
        ends = node_s[self.node] + self.way.at(road_time)
        straight = self._straight(road_time, start_s)
        first_s = ends.min(axis=0)
        np.minimum.at(first_s, self.place, straight)
        station = np.where(ends == first_s, node_station[self.node], nobody).min(axis=0)
        level = straight == first_s[self.place]
        np.minimum.at(station, self.place[level], self.station[level])
        station[np.isinf(first_s)] = nobody
        return first_s + self.access_s, station

    def _straight(self, road_time: Floats, start_s: Floats) -> Floats:
        return start_s[self.station] + self.straight.at(road_time)


def approach(
    roads: DrawnRoads, positions: Positions, stations: Ints, places: Positions, access_s: Floats
) -> Approach:
    """Find out how places are reached.

    Parameters
    ----------
    roads
        What the vehicle drives.
    positions
        Where all stations are on its roads.
    stations
        Rows of those that come.
    places
        Where the places are on its roads, d of them.
    access_s
        Shape (d,), the time between road and place.
    """
    routing, m = roads.routing, roads.routing.network.edge_count
    arc = np.stack((places.edge, places.edge + m))
    share = np.stack((places.fraction, 1 - places.fraction))
    entered = places.on_network & (routing.enter[arc] >= 0)
    node = np.where(entered, routing.enter[arc], routing.graph.node_count)
    way = Stretches(routing.last.within(arc, share), roads.arc_class[arc])
    place, station = _on_one_road(places, positions, stations)
    edge = places.edge[place]
    ahead = places.fraction[place] - positions.fraction[station]
    along = np.where(ahead >= 0, edge, edge + m)
    straight = Stretches(routing.last.within(along, np.abs(ahead)), roads.arc_class[edge])
    return Approach(node, way, place, station, straight, access_s)


def _on_one_road(places: Positions, positions: Positions, stations: Ints) -> tuple[Ints, Ints]:
    """Return all pairs of a place and a station on the same road."""
    stations = stations[positions.edge[stations] >= 0]
    order = np.argsort(places.edge, kind="stable")
    low, high = (
        np.searchsorted(places.edge[order], positions.edge[stations], side=side)
        for side in ("left", "right")
    )
    count = high - low
    number = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return order[np.repeat(low, count) + number], np.repeat(stations, count)

"""The roads whose closure hurts most: exact, without driving everything anew for each of them.

A place can only lose what its fastest way uses. So what hangs by a road (see
:mod:`firecover.network.forest`) bounds its loss from above; roads are tried in the order of that
bound, each exactly, until no other can come in among the worst.
"""

from __future__ import annotations

import heapq
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from firecover.assessment.service import Facilities, Places
from firecover.network.fleet import Fleet
from firecover.network.forest import Forest, grow, times_without
from firecover.network.routing_graph import RoutingGraph
from firecover.network.snapping import Positions
from firecover.network.travel_times import Earliest, arrivals_at

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Bounds are sums in another order than the losses; they are taken to be larger by this share.
ROUNDING = 1e-9
#: Stands for no limit: whoever comes at all comes within it.
EVER_S = sys.float_info.max


@dataclass(frozen=True)
class Served:
    """What is to be reached, and when it counts as reached.

    Attributes
    ----------
    places
        Where it is beside the roads, ``d`` points.
    weight
        Shape (d,), persons, or 1 for each village.
    limit_s
        The latest arrival that counts, seconds from the dispatch order.
    """

    places: Places
    weight: Floats
    limit_s: float


@dataclass(frozen=True)
class _Approach:
    """How ``c`` places are reached by one vehicle: from either end of their road, or along it.

    ``edge``, ``along_s`` (when a station on their own road is there, infinite: none) and
    ``access_s`` have shape (c,); ``spot`` (of the forest) and ``rest_s`` (from there on)
    shape (2, c).
    """

    edge: Ints
    spot: Ints
    rest_s: Floats
    along_s: Floats
    access_s: Floats

    def take(self, rows: Ints) -> _Approach:
        return _Approach(
            self.edge[rows],
            self.spot[:, rows],
            self.rest_s[:, rows],
            self.along_s[rows],
            self.access_s[rows],
        )

    def ways_s(self, time_s: Floats) -> Floats:
        """Return the arrivals from either end and along the road, shape (3, c)."""
        by_ends = time_s[self.spot] + self.rest_s
        return np.concatenate((by_ends, self.along_s[None])) + self.access_s


@dataclass(frozen=True)
class _Reached:
    """The places reached within the limit today, and how.

    ``rows`` are those of :class:`Served`; ``approaches`` one a vehicle, over these rows;
    ``at_spot`` and ``on_edge`` list, by vehicle, the places that each spot leads to and that
    lie on each edge.
    """

    rows: Ints
    weight: Floats
    limit_s: float
    approaches: tuple[_Approach, ...]
    at_spot: tuple[_Listed, ...]
    on_edge: tuple[_Listed, ...]


@dataclass(frozen=True)
class _Listed:
    """Places under numbers: ``place[start[i]:start[i + 1]]`` are those under ``i``."""

    start: Ints
    place: Ints

    @classmethod
    def under(cls, number: Ints, place: Ints, size: int) -> _Listed:
        some = (number >= 0) & (number < size)
        number, place = number[some], place[some]
        start = np.concatenate(([0], np.cumsum(np.bincount(number, minlength=size))))
        return cls(start, place[np.argsort(number, kind="stable")])

    def of(self, numbers: Ints) -> Ints:
        count = self.start[numbers + 1] - self.start[numbers]
        before = np.cumsum(count) - count
        return self.place[
            np.repeat(self.start[numbers] - before, count) + np.arange(int(count.sum()))
        ]


def critical_roads(
    fleet: Fleet,
    who: Facilities,
    serves: NDArray[np.bool_],
    population: Served,
    villages: Served,
    *,
    names: Sequence[str],
    count: int,
) -> gpd.GeoDataFrame:
    """Return the roads whose closure hurts most.

    A road is an edge of the network, a stretch between two junctions, closed from end to end
    and both ways: nothing beside it is reached, and no station on it leaves. The two
    carriageways of a divided road are two edges and are closed one at a time.

    Parameters
    ----------
    fleet
        The roads as the vehicles drive them.
    who, serves
        The facilities, and shape (k,), which of them respond.
    population, villages
        What is to be reached.
    names
        The names of the villages.
    count
        How many roads are told: so many by population lost and as many by villages lost, one
        list of both.

    Returns
    -------
    roads
        As in :class:`firecover.results.Results`, without ``scenario``; roads whose closure
        loses nobody and no village are left out, however few that leaves. Of equal losses, the
        longer road comes first. ``villages`` names the villages lost, and those cut off though
        they were not reached in time before.
    """
    stations = _stations(fleet, who, serves)
    both = (population, villages)
    within_s = max(served.limit_s for served in both)
    forests = [grow(*each, within_s) for each in stations]
    reached = [_reached(fleet, forests, served) for served in both]
    bound = np.stack([_bound(forests, each, fleet.network.edge_count) for each in reached])
    losses: dict[int, tuple[Ints, ...]] = {}

    def lost(edge: int) -> tuple[float, ...]:
        if edge not in losses:
            losses[edge] = _lost(forests, reached, edge)
        return tuple(
            float(served.weight[rows].sum())
            for served, rows in zip(both, losses[edge], strict=True)
        )

    length_m = fleet.network.length_m
    chosen = _worst(bound, lost, length_m, count)
    chosen |= _worst(bound[::-1], lambda edge: lost(edge)[::-1], length_m, count)
    edges = sorted(chosen, key=lambda edge: (*(-x for x in lost(edge)), -length_m[edge], edge))

    ever = [Served(served.places, served.weight, EVER_S) for served in both]
    forests = [grow(*each) for each in stations] if edges else []
    reached = [_reached(fleet, forests, served) for served in ever] if edges else []
    cut = {edge: _lost(forests, reached, edge) for edge in edges}
    return _table(fleet, both, names, [(edge, losses[edge], cut[edge]) for edge in edges])


def _stations(
    fleet: Fleet, who: Facilities, serves: NDArray[np.bool_]
) -> list[tuple[RoutingGraph, Positions, Floats]]:
    """Return, by vehicle, the graph, where its stations are, and when each starts."""
    found = []
    for name, drive in fleet.drives.items():
        serving = serves & who.positions.on_network & np.asarray(who.table["vehicle"] == name)
        rows = np.flatnonzero(serving)
        found.append((drive.routing, who.positions.take(rows), who.start_s[rows]))
    return found


def _reached(fleet: Fleet, forests: Sequence[Forest], served: Served) -> _Reached:
    approaches = [
        _approach(forest, served.places.positions[name], served.places.access_s[name])
        for name, forest in zip(fleet.drives, forests, strict=True)
    ]
    first_s = np.min([_first_s(a, f.time_s) for a, f in zip(approaches, forests, strict=True)], 0)
    rows = np.flatnonzero(first_s <= served.limit_s)
    kept = tuple(approach.take(rows) for approach in approaches)
    place, m = np.arange(len(rows)), fleet.network.edge_count
    return _Reached(
        rows=rows,
        weight=served.weight[rows],
        limit_s=served.limit_s,
        approaches=kept,
        at_spot=tuple(
            _Listed.under(each.spot.ravel(), np.tile(place, 2), forest.size)
            for each, forest in zip(kept, forests, strict=True)
        ),
        on_edge=tuple(_Listed.under(each.edge, place, m) for each in kept),
    )


def _approach(forest: Forest, positions: Positions, access_s: Floats) -> _Approach:
    routing = forest.routing
    m = routing.network.edge_count
    on = positions.on_network
    edge = np.where(on, positions.edge, 0)
    arcs = np.stack((edge, edge + m))
    share = np.stack((positions.fraction, 1 - positions.fraction))
    nobody = Earliest(routing, np.full(2 * m, np.inf), forest.stations, forest.start_s)
    return _Approach(
        edge=positions.edge,
        spot=np.where(on, forest.entered(arcs), forest.size),
        rest_s=routing.last.within(arcs, share),
        along_s=arrivals_at([nobody], positions),
        access_s=access_s,
    )


def _first_s(approach: _Approach, time_s: Floats) -> Floats:
    first_s: Floats = approach.ways_s(time_s).min(axis=0, initial=np.inf)
    return first_s


def _bound(forests: Sequence[Forest], reached: _Reached, edge_count: int) -> Floats:
    """Return the most that closing each edge can lose: what is reached by way of it, shape (m,).

    Each place counts with the one way by which it is reached first, whatever the vehicle.
    """
    bound = np.zeros(edge_count)
    if not len(reached.rows):
        return bound
    ways_s = np.concatenate(
        [
            approach.ways_s(forest.time_s)
            for approach, forest in zip(reached.approaches, forests, strict=True)
        ]
    )
    vehicle, way = np.divmod(ways_s.argmin(axis=0), 3)
    for number, (approach, forest) in enumerate(zip(reached.approaches, forests, strict=True)):
        by_end = np.flatnonzero((vehicle == number) & (way < 2))  # noqa: PLR2004 - the two ends
        spot = approach.spot[way[by_end], by_end]
        hanging = np.bincount(spot, weights=reached.weight[by_end], minlength=forest.size)
        np.add.at(bound, forest.via[1:], forest.total(np.asarray(hanging, np.float64))[1:])
        own = vehicle == number
        np.add.at(bound, approach.edge[own], reached.weight[own])
    return bound


def _lost(forests: Sequence[Forest], reached: Sequence[_Reached], edge: int) -> tuple[Ints, ...]:
    """Return, of each of the things served, the places lost when an edge is closed, rising."""
    loose, times_s = [], []
    for forest in forests:
        spots, seconds = times_without(forest, edge)
        time_s = forest.time_s
        if len(spots):
            time_s = time_s.copy()
            time_s[spots] = seconds
        loose.append(spots)
        times_s.append(time_s)
    return tuple(_no_longer(each, loose, times_s, edge) for each in reached)


def _no_longer(
    reached: _Reached, loose: Sequence[Ints], times_s: Sequence[Floats], edge: int
) -> Ints:
    closed = np.array([edge])
    touched = [listed.of(spots) for listed, spots in zip(reached.at_spot, loose, strict=True)]
    touched += [listed.of(closed) for listed in reached.on_edge]
    place = np.unique(np.concatenate(touched))
    first_s = np.full(len(place), np.inf)
    for whole, time_s in zip(reached.approaches, times_s, strict=True):
        approach = whole.take(place)
        arrival_s = _first_s(approach, time_s)
        first_s = np.minimum(first_s, np.where(approach.edge == edge, np.inf, arrival_s))
    return reached.rows[place[first_s > reached.limit_s]]


def _worst(
    bound: Floats, lost: Callable[[int], tuple[float, ...]], length_m: Floats, count: int
) -> set[int]:
    """Return the edges that lose most, by the first of their losses, then by the others.

    Parameters
    ----------
    bound
        Shape (losses, m), the most that each edge can lose.
    lost
        The losses of an edge.
    length_m
        Shape (m,); of equal losses the longer edge counts as worse, then the first one.
    count
        How many are asked for.
    """
    if not count:
        return set()
    found: list[tuple[tuple[float, ...], float, int]] = []
    bound = bound * (1 + ROUNDING)
    for edge in np.lexsort(bound[::-1])[::-1].tolist():
        most = tuple(bound[:, edge].tolist())
        # Bounds that are nowhere less than the losses come no earlier in a lexicon either.
        if not any(most) or (len(found) == count and most < found[0][0]):
            break
        losses = lost(edge)
        if any(losses):
            heapq.heappush(found, (losses, float(length_m[edge]), -edge))
        if len(found) > count:
            heapq.heappop(found)
    return {-edge for _, _, edge in found}


def _table(
    fleet: Fleet,
    both: tuple[Served, Served],
    names: Sequence[str],
    roads: Sequence[tuple[int, tuple[Ints, ...], tuple[Ints, ...]]],
) -> gpd.GeoDataFrame:
    persons = both[0].weight
    edges = np.array([edge for edge, _, _ in roads], dtype=np.int64)
    table = pd.DataFrame(
        {
            "order": np.arange(1, len(edges) + 1),
            "edge": edges,
            **{
                column: fleet.network.attributes[column].to_numpy()[edges]
                for column in ("road_class", "name", "ref", "bridge", "tunnel")
            },
            "length_m": fleet.network.length_m[edges],
            "population_lost": [float(persons[lost[0]].sum()) for _, lost, _ in roads],
            "villages_lost": [len(lost[1]) for _, lost, _ in roads],
            "population_cut": [float(persons[cut[0]].sum()) for _, _, cut in roads],
            "villages_cut": [len(cut[1]) for _, _, cut in roads],
            "villages": [
                "、".join(names[row] for row in np.union1d(lost[1], cut[1]))
                for _, lost, cut in roads
            ],
        }
    )
    lines = fleet.network.lines(edges)
    return gpd.GeoDataFrame(table, geometry=lines, crs=fleet.network.crs)

"""What a station's roads make of its jurisdiction: detour, reach and the area formula.

The formula of the standard's commentary, A = 2(S/λ)², takes the travel distance S and the detour
factor λ as given. Here both are measured on the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firecover.assessment.barriers import Barriers, across_km2
from firecover.assessment.service import Arrivals, Facilities, Places
from firecover.network.along import Along, Ways, ways_from, ways_to
from firecover.network.fleet import Fleet
from firecover.network.road_network import RoadNetwork
from firecover.network.snapping import Positions
from firecover.standards import Rule

Floats = NDArray[np.float64]

#: A station nearer to the end of its road than this share of it is there.
SAME_PLACE = 1e-12


@dataclass(frozen=True)
class Measured:
    """What is measured of a station and the jurisdiction that it holds; NaN: cannot be said.

    Attributes
    ----------
    detour_factor
        λ: the road distance to its cells, by the fastest way, ÷ the straight one, weighted by
        their area. Both run from the station's spot on the road to the spot on the road
        beside the cell, so that legs off the road count on neither side.
    reach_km
        S: the farthest drive within the travel time.
    formula_km2
        2(S/λ)², with the pack's factor.
    across_expressway_km2, across_railway_km2, across_river_km2
        The area of its cells that its fastest way reaches across such a barrier.
    """

    detour_factor: float
    reach_km: float
    formula_km2: float
    across_expressway_km2: float = np.nan
    across_railway_km2: float = np.nan
    across_river_km2: float = np.nan


def measured(
    fleet: Fleet,
    who: Facilities,
    holds: NDArray[np.bool_],
    *,
    place: Places,
    coming: Arrivals,
    area_km2: Floats,
    rules: Mapping[str, Rule],
    found: Barriers | None = None,
) -> dict[int, Measured]:
    """Measure every station that holds a jurisdiction.

    Parameters
    ----------
    fleet
        The vehicles, at the speed of the scenario.
    who
        The stations.
    holds
        Shape (k,), those that hold jurisdictions.
    place
        The cells, d of them.
    coming
        Arrivals at the cells, of the holders only.
    area_km2
        Shape (d,), the area of each cell; 0 for cells that are not divided among the holders.
    rules
        The rule pack: the response time, and the factor of the area formula, without which
        the formula cannot be said.
    found
        The barriers; without them what lies across one cannot be said.

    Returns
    -------
    measured
        By the row of the station; a station that comes first to no cell has a reach and no
        detour factor.
    """
    limit_s = rules["response_s"].value
    factor = rules["area_formula_factor"].value if "area_formula_factor" in rules else np.nan
    result = {}
    for row in np.flatnonzero(holds):
        vehicle = str(who.table["vehicle"].iloc[row])
        mine = np.flatnonzero((coming.first == row) & (area_km2 > 0))
        station = who.positions.take(np.array([row]))
        travel_s = limit_s - float(who.start_s[row])
        far_s = float((coming.first_s[mine] - who.start_s[row]).max(initial=0.0))
        ways = ways_from(
            fleet.drives[vehicle].routing,
            station,
            None if found is None else found.crossings,
            max(travel_s, far_s),
        )
        cells = place.positions[vehicle].take(mine)
        along = ways_to(ways, cells)
        ratio = detour_factor(fleet.network, station, cells, along, area_km2[mine])
        reach_km = farthest_m(ways, travel_s) / 1000
        across = {} if found is None else across_km2(found, along.crossings, area_km2[mine])
        result[int(row)] = Measured(
            detour_factor=ratio,
            reach_km=reach_km,
            formula_km2=factor * (reach_km / ratio) ** 2,
            **{f"across_{name}_km2": area for name, area in across.items()},
        )
    return result


def detour_factor(
    network: RoadNetwork, station: Positions, cells: Positions, along: Along, area_km2: Floats
) -> float:
    """Return λ = Σ area × road distance ÷ Σ area × straight distance.

    Parameters
    ----------
    network
        The network.
    station, cells
        One position, and d of them.
    along
        The ways from the station to the cells.
    area_km2
        Shape (d,).

    Returns
    -------
    ratio
        At least 1; NaN where no cell is reached, or all are beside the station.
    """
    reached = np.isfinite(along.length_m)
    weight, cells = area_km2[reached], cells.take(reached)
    away = network.spots(cells.edge, cells.fraction) - network.spots(station.edge, station.fraction)
    straight = float((weight * np.linalg.norm(away, axis=1)).sum())
    driven = float((weight * along.length_m[reached]).sum())
    return driven / straight if straight > 0 else np.nan


def farthest_m(ways: Ways, cutoff_s: float) -> float:
    """Return the length of the longest of the fastest ways that take a time or less.

    Every road is driven from both its ends until the time is up or the drive from the other
    end is there before: the longest drive may end where two fastest ways meet.

    Parameters
    ----------
    ways
        The fastest ways from the station, searched for up to that time at least.
    cutoff_s
        The driving time, seconds.

    Returns
    -------
    length_m
        0 where there is no time to drive; NaN for a station without a place on the roads.
    """
    if ways.edge < 0:
        return np.nan
    if cutoff_s <= 0:
        return 0.0
    network, m = ways.routing.network, ways.routing.network.edge_count
    last = ways.routing.last
    other = np.concatenate((np.arange(m, 2 * m), np.arange(m)))
    whole = _Drives(ways.enter_s, ways.enter_m, last.seconds, last.share)
    far_m = _ends(whole, whole.take(other), np.tile(network.length_m, 2), cutoff_s)
    far_m[[ways.edge, ways.edge + m]] = -np.inf  # the station parts its own road in two
    return max(float(far_m.max()), *(_beside(ways, piece, cutoff_s) for piece in (0, 1)))


@dataclass(frozen=True)
class _Drives:
    """Drives into stretches of road: when and after what way they begin, how long they take.

    ``share`` is how much of each stretch may be driven.
    """

    begin_s: Floats
    begin_m: Floats
    seconds: Floats
    share: Floats

    def take(self, rows: NDArray[np.int64]) -> _Drives:
        return _Drives(self.begin_s[rows], self.begin_m[rows], self.seconds[rows], self.share[rows])


def _ends(drives: _Drives, against: _Drives, length_m: Floats, cutoff_s: float) -> Floats:
    """Return how long the ways are where drives end; -inf for those that never begin.

    A drive ends where the time is up, at the stretch's end, or where the drive against it has
    come before.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        in_time = (cutoff_s - drives.begin_s) / drives.seconds
        meet = (against.begin_s + against.seconds - drives.begin_s) / (
            drives.seconds + against.seconds
        )
    opposed = np.isfinite(against.begin_s) & (against.share > 0)
    # What the drive against it may not reach is left to this one, however late.
    alone = np.where(against.share < 1, 1 - against.share, -1.0)
    meet = np.where(opposed, np.maximum(np.nan_to_num(meet, nan=1.0), alone), 1.0)
    in_time = np.nan_to_num(in_time, nan=0.0, posinf=1.0, neginf=-1.0)
    part = np.minimum(np.minimum(in_time, meet), drives.share)
    begun = (drives.begin_s <= cutoff_s) & (part >= 0)
    return np.where(begun, np.where(begun, drives.begin_m, 0.0) + part * length_m, -np.inf)


def _beside(ways: Ways, piece: int, cutoff_s: float) -> float:
    """Return the same for the piece of the station's own road behind it, or ahead of it."""
    last, m = ways.routing.last, ways.routing.network.edge_count
    size = 1 - ways.fraction if piece else ways.fraction
    if size < SAME_PLACE:
        return -np.inf
    out, back = (ways.edge, ways.edge + m) if piece else (ways.edge + m, ways.edge)
    arcs = np.array([out, back])
    begin_s, begin_m = np.array([0.0, ways.enter_s[back]]), np.array([0.0, ways.enter_m[back]])
    both = _Drives(begin_s, begin_m, last.seconds[arcs] * size, last.share[arcs] / size)
    both = _Drives(both.begin_s, both.begin_m, both.seconds, np.minimum(both.share, 1.0))
    length_m = np.full(2, ways.routing.network.length_m[ways.edge] * size)
    return float(_ends(both, both.take(np.array([1, 0])), length_m, cutoff_s).max())

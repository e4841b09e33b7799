"""By which roads the first station comes to a village, and how far it is on foot from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from firecover.assessment.service import Arrivals, Facilities, Places
from firecover.network.fleet import Fleet
from firecover.network.paths import Path, path
from firecover.network.road_network import RoadNetwork
from firecover.network.snapping import Positions

#: A way over more roads than this is told by its first, its longest and its last.
LONGEST_TOLD = 5
#: What stands between two roads, and for those that are passed over.
ARROW, SKIPPED = " → ", "…"


@dataclass(frozen=True)
class VillageWays:
    """The way of who comes first to each of ``d`` villages.

    Attributes
    ----------
    way
        Shape (d,), the roads in order (see :func:`told`); empty where nobody comes, and
        where the roads have neither names nor numbers.
    way_km
        Shape (d,), the drive; NaN where nobody comes.
    walk_s
        Shape (d,), the leg off the road, part of the arrival; NaN where nobody comes.
    width_known_share
        Shape (d,), the share of the drive on roads whose width is given (see
        :func:`width_given`); NaN where nobody comes or nothing is driven.
    """

    way: NDArray[np.object_]
    way_km: NDArray[np.float64]
    walk_s: NDArray[np.float64]
    width_known_share: NDArray[np.float64]


def village_ways(fleet: Fleet, who: Facilities, place: Places, coming: Arrivals) -> VillageWays:
    """Trace the way of who comes first to each village.

    Parameters
    ----------
    fleet
        The roads as the vehicles drive them in the scenario.
    who
        The stations.
    place
        The villages beside the roads.
    coming
        Arrivals at them, in the same scenario.
    """
    count = len(coming.first)
    found = VillageWays(
        np.full(count, "", dtype=object), *(np.full(count, np.nan) for _ in range(3))
    )
    given = width_given(fleet.network.attributes)
    vehicle = who.table["vehicle"].to_numpy(dtype=object)
    for row in np.flatnonzero(coming.first >= 0):
        station = int(coming.first[row])
        name = str(vehicle[station])
        found.walk_s[row] = place.access_s[name][row]
        start = who.positions.take(np.array([station]))
        goal = place.positions[name].take(np.array([row]))
        driven = path(fleet.drives[name].routing, start, goal)
        assert driven is not None, "who arrives has a way on the same roads"
        edges, metres = driven_metres(fleet.network, driven, start, goal)
        found.way[row] = told(*_runs(fleet.network.attributes, edges, metres))
        found.way_km[row] = driven.length_m / 1000
        if driven.length_m > 0:
            found.width_known_share[row] = metres[given[edges]].sum() / metres.sum()
    return found


def width_given(attributes: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell of which edges a width is given, of the carriageway or as a limit; shape (m,)."""
    given = np.zeros(len(attributes), dtype=np.bool_)
    for name in ("width_m", "maxwidth_m"):
        if name in attributes:
            given |= attributes[name].to_numpy(dtype=np.float64) > 0
    return given


def driven_metres(
    network: RoadNetwork, driven: Path, station: Positions, place: Positions
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the edges of a way in order, and how much of each is driven.

    All but the first and the last are driven from end to end.

    Parameters
    ----------
    network
        The roads.
    driven
        The way.
    station, place
        Where it begins and ends, one position each.
    """
    m = network.edge_count
    arcs = np.array(driven.edges, dtype=np.int64)
    edges = arcs % m
    if len(edges) <= 1:
        return edges, np.full(len(edges), driven.length_m)
    metres = network.length_m[edges].copy()
    for end, at, left in ((0, station, True), (-1, place, False)):
        share = float(at.fraction[0])
        share = 1 - share if (arcs[end] < m) == left else share
        # A road that is only touched at its end is not among the arcs driven.
        if edges[end] == at.edge[0] and share > 0:
            metres[end] *= share
    return edges, metres


def _runs(
    attributes: pd.DataFrame, edges: NDArray[np.int64], metres: NDArray[np.float64]
) -> tuple[list[str], list[float]]:
    """Return the roads as :class:`firecover.network.paths.Path` names them, and their lengths."""
    roads = attributes.iloc[edges]
    names: list[str] = []
    lengths: list[float] = []
    numbers = roads["ref"].astype(str)
    for name, ref, length_m in zip(roads["name"].astype(str), numbers, metres, strict=True):
        road = name or ref
        if not road:
            continue
        if names and names[-1] == road:
            lengths[-1] += float(length_m)
        else:
            names.append(road)
            lengths.append(float(length_m))
    return names, lengths


def told(names: Sequence[str], lengths_m: Sequence[float]) -> str:
    """Return a way in words that a cell can hold.

    Up to :data:`LONGEST_TOLD` roads are all told; of more, the first, the longest between
    (of equal ones the earlier) and the last, with a sign for those passed over.
    """
    if len(names) <= LONGEST_TOLD:
        return ARROW.join(names)
    last = len(names) - 1
    longest = 1 + int(np.argmax(lengths_m[1:last]))
    words = [names[0]]
    for before, row in ((0, longest), (longest, last)):
        words += [SKIPPED] * (row - before > 1) + [names[row]]
    return ARROW.join(words)

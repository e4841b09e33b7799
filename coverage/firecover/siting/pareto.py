"""The Pareto front: choices of sites that nothing betters in one respect but at a loss in another.

ε-constraints over search zones (Klamroth, Lacour and Vanderpooten 2015): each question asks for
the best sum of all aims among the choices that beat some corner in every aim. Its answer is on
the front; the corner is then split at it. When no zone is left the front is complete.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from firecover.siting.coverage_patterns import Cover
from firecover.siting.covering import Aim, mclp_of
from firecover.siting.sites import Sites, Solution
from firecover.siting.solver import Floats, left_s

#: Points that differ by less than this share of all there is are one point.
STEP = 1e-6


@dataclass(frozen=True)
class Point:
    """A choice on the front.

    Attributes
    ----------
    solution
        The choice; its objective is the sum of all aims as shares, and matters little.
    covered
        The demand covered of each kind.
    count, cost
        How many sites it opens, and what they cost.
    """

    solution: Solution
    covered: tuple[float, ...]
    count: int
    cost: float


@dataclass(frozen=True)
class Front:
    """The front, and whether it is complete.

    Attributes
    ----------
    points
        The choices, those that spend least first, of these those that cover least of the
        first kind.
    complete
        Nothing is missing; otherwise points or time ran out.
    """

    points: tuple[Point, ...]
    complete: bool


def pareto_front(
    covers: Sequence[Cover],
    sites: Sites,
    spend: Literal["count", "cost"] | None = "count",
    *,
    most_points: int | None = None,
    time_limit_s: float | None = None,
) -> Front:
    """Find every trade between kinds of demand covered, and the number or cost of sites.

    Parameters
    ----------
    covers
        The kinds of demand: who reaches each, and its weight (population, villages, km²).
    sites
        What may be built, with the most that may be spent.
    spend
        Whether the number of new sites or their cost shall be small, or neither counts.
    most_points
        Stop after so many points.
    time_limit_s
        Stop after so long; the points found until then are on the front all the same.
    """
    began = time.perf_counter()
    scale = np.array([cover.total or 1.0 for cover in covers])
    paid = _shares(sites, spend)
    free = sites if spend is None else replace(sites, exactly=False)
    # all in shares, to be made small: demand not covered, and what is spent
    zones = [np.full(len(covers) + (paid is not None), np.inf)]
    points: list[Point] = []
    while zones:
        left = left_s(time_limit_s, began)
        if (left is not None and left <= 0) or len(points) == most_points:
            break
        solution = _within(zones[-1], covers, free, scale=scale, paid=paid, time_limit_s=left)
        if solution is None or solution.status == "infeasible":
            zones.pop()
            continue
        if solution.status != "optimal":
            break
        point = _point(solution, covers, sites)
        place = [1 - covered / whole for covered, whole in zip(point.covered, scale, strict=True)]
        if paid is not None:
            place.append(float(paid[solution.chosen].sum()))
        if not (place < zones[-1]).all():
            # it beats the corner by less than numbers can tell
            zones.pop()
            continue
        points.append(point)
        zones = _split(zones, np.array(place))
    points.sort(key=lambda point: (point.cost if spend == "cost" else point.count, point.covered))
    return Front(tuple(points), complete=not zones)


def _shares(sites: Sites, spend: Literal["count", "cost"] | None) -> Floats | None:
    """Return the share of all spending that each site takes, shape (n,)."""
    if spend is None:
        return None
    paid = np.ones(len(sites)) if spend == "count" else sites.cost
    total = float(paid[sites.open_to_choice].sum())
    return paid / total if total > 0 else None


def _within(
    zone: Floats,
    covers: Sequence[Cover],
    sites: Sites,
    *,
    scale: Floats,
    paid: Floats | None,
    time_limit_s: float | None,
) -> Solution | None:
    """Ask for the best sum of all aims among what beats the corner of a zone in every aim."""
    aims = [
        Aim(cover, 1 / whole, 0.0 if np.isinf(corner) else (1 - corner + STEP) * whole)
        for cover, whole, corner in zip(covers, scale, zone, strict=False)
    ]
    if paid is None:
        return mclp_of(aims, sites, time_limit_s=time_limit_s)
    limited = _spending_less(sites, paid, float(zone[-1]))
    if limited is None:
        return None
    return mclp_of(aims, limited, toll=paid, time_limit_s=time_limit_s)


def _spending_less(sites: Sites, paid: Floats, corner: float) -> Sites | None:
    """Return the question with less to spend than a corner; nothing if that is not possible."""
    if np.isinf(corner):
        return sites
    least = float(paid.min(initial=np.inf))
    if np.ptp(paid) == 0:
        most = round(corner / least) - 1
        count = most if sites.count is None else min(most, sites.count)
        return None if most < 0 else replace(sites, count=count)
    budget = (corner - STEP) * float(sites.cost.sum() / paid.sum())
    if budget < 0:
        return None
    return replace(sites, budget=budget if sites.budget is None else min(budget, sites.budget))


def _split(zones: Sequence[Floats], place: Floats) -> list[Floats]:
    """Split the zones that hold a point at it, and leave out those within another one."""
    whole = [zone for zone in zones if not (place < zone).all()]
    for zone in zones:
        if (place < zone).all():
            for aim in range(place.size):
                part = zone.copy()
                part[aim] = place[aim]
                whole.append(part)
    distinct = np.unique(np.array(whole), axis=0)
    inside = np.all(distinct[:, None, :] <= distinct[None, :, :], axis=2)
    inside &= ~np.eye(len(distinct), dtype=bool)
    outer = ~np.any(inside, axis=1)
    return list(distinct[outer])


def _point(solution: Solution, covers: Sequence[Cover], sites: Sites) -> Point:
    opened = np.concatenate([np.flatnonzero(sites.locked), solution.chosen])
    return Point(
        solution,
        tuple(cover.covered_weight(opened) for cover in covers),
        len(solution.chosen),
        sites.price(solution.chosen),
    )

"""The area-capped cover: every built-up cell in time, and no jurisdiction above its area.

A station reaches a cell in time or not; and the cells that it is given add up to no more than
the km² that its class may have (辖区面积). Cells are given freely, or each to the station that
arrives first. Standing stations have caps, too, and are relieved by new ones.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from firecover.siting.area_first import FirstArrival
from firecover.siting.area_free import FreeAssignment
from firecover.siting.area_search import search
from firecover.siting.sites import (
    NO_OTHER,
    Shortfall,
    Sites,
    Solution,
    answer,
    contradictions,
    no_answer,
)
from firecover.siting.solver import SAME, Bools, Floats, Ints, left_s

#: The area would fit if cells could be divided.
UNFIT = Shortfall("capacity", "whole cells do not fit the caps of the sites, divided ones would")

#: Who is given a cell: any station in time, or the one that arrives first.
Assignment = Literal["free", "first"]


@dataclass(frozen=True)
class Cells:
    """Built-up cells and who reaches them.

    Attributes
    ----------
    time_s
        Shape (n, d), seconds from each site to each cell.
    limit_s
        The time within which a cell must be reached.
    area_km2
        Shape (d,), positive.
    cap_km2
        Shape (n,), the most that the jurisdiction of each site may measure; infinite: no cap.
    """

    time_s: Floats
    limit_s: float
    area_km2: Floats
    cap_km2: Floats

    @property
    def in_time(self) -> Bools:
        """Who reaches which cell in time, shape (n, d)."""
        return np.asarray(self.time_s <= self.limit_s)


def make_cells(time_s: Floats, limit_s: float, area_km2: ArrayLike, cap_km2: ArrayLike) -> Cells:
    """Say what is to be covered.

    Parameters
    ----------
    time_s
        Shape (n, d), seconds from each site to each cell.
    limit_s
        The time within which a cell must be reached.
    area_km2
        One number, or shape (d,).
    cap_km2
        One number, or shape (n,); NaN where no rule sets a cap.
    """
    number, places = time_s.shape
    cap = np.array(np.broadcast_to(np.asarray(cap_km2, dtype=np.float64), number))
    area = np.array(np.broadcast_to(np.asarray(area_km2, dtype=np.float64), places))
    return Cells(np.asarray(time_s), limit_s, area, np.where(np.isnan(cap), np.inf, cap))


def area_capped_cover(
    cells: Cells,
    sites: Sites,
    assignment: Assignment,
    *,
    by: Literal["count", "cost"] = "count",
    time_limit_s: float | None = None,
) -> Solution:
    """Reach every cell in time and keep every cap, with the fewest or cheapest new sites.

    Parameters
    ----------
    cells
        The cells, who reaches them, and the caps.
    sites
        What may be built, with or without a number or a budget to keep.
    assignment
        Whether cells are given freely or to the station that arrives first (of equals the
        first by index).
    by
        Whether the number of new sites or their cost shall be least.
    time_limit_s
        How long to go on; the best found then comes with its gap.

    Returns
    -------
    solution
        Its objective is that number or cost. If infeasible, it names the cells that no site
        reaches, or the km² that are too many and the sites that are full, or the number or
        money that is missing.
    """
    began = time.perf_counter()
    places = cells.area_km2.size
    why = contradictions(sites) or _unreached(cells, sites)
    if why:
        return no_answer(places, time.perf_counter() - began, why)
    model = _model(cells, sites, assignment)
    price = np.where(sites.locked, 0.0, 1.0 if by == "count" else sites.cost)
    useful = sites
    if isinstance(model, FirstArrival):
        useful = replace(sites, forbidden=sites.forbidden | (model.never() & ~sites.forced))
    found = search(
        _model(cells, useful, assignment),
        useful,
        price,
        cells.area_km2,
        left_s(time_limit_s, began),
    )
    if found.status == "infeasible":
        why = _why_not(cells, sites, model, by, left_s(time_limit_s, began))
        return no_answer(places, time.perf_counter() - began, why)
    seconds = time.perf_counter() - began
    if found.chosen is None:
        return no_answer(places, seconds, bound=found.bound)
    value = float(price[found.chosen].sum())
    bound = np.ceil(found.bound - 1e-6) if by == "count" else found.bound
    bound = value if found.status == "optimal" else min(bound, value)
    return answer(
        found.status, value, bound, found.chosen, assigned=found.assigned, seconds=seconds
    )


def area_capped_most(
    cells: Cells, sites: Sites, assignment: Assignment, *, time_limit_s: float | None = None
) -> Solution:
    """Bring the most built-up area in time and within the caps, as number and budget allow.

    Parameters
    ----------
    cells, sites, assignment, time_limit_s
        As in :func:`area_capped_cover`.

    Returns
    -------
    solution
        Its objective is the km² that are reached in time, without what jurisdictions measure
        above their caps. Freely given cells above a cap are given to nobody.
    """
    began = time.perf_counter()
    places = cells.area_km2.size
    why = contradictions(sites)
    if why:
        return no_answer(places, time.perf_counter() - began, why)
    model = _model(cells, sites, assignment)
    found = search(model, sites, None, cells.area_km2, time_limit_s)
    seconds = time.perf_counter() - began
    if found.status == "infeasible":
        return no_answer(places, seconds, (NO_OTHER,))
    if found.chosen is None:
        return no_answer(places, seconds, bound=found.bound)
    value = compliant_km2(cells, found.assigned)
    bound = value if found.status == "optimal" else max(found.bound, value)
    return answer(
        found.status, value, bound, found.chosen, assigned=found.assigned, seconds=seconds
    )


def compliant_km2(cells: Cells, assigned: Ints) -> float:
    """Return the km² that are given to somebody, without what is above the caps."""
    return float(np.minimum(jurisdictions_km2(cells, assigned), cells.cap_km2).sum())


def jurisdictions_km2(cells: Cells, assigned: Ints) -> Floats:
    """Return what the cells given to each site measure, shape (n,)."""
    given = assigned >= 0
    number = cells.cap_km2.size
    km2 = np.bincount(assigned[given], weights=cells.area_km2[given], minlength=number)
    return km2.astype(np.float64)


def _model(cells: Cells, sites: Sites, assignment: Assignment) -> FreeAssignment | FirstArrival:
    if assignment == "free":
        return FreeAssignment(cells.time_s, cells.in_time, cells.area_km2, cells.cap_km2, sites)
    return FirstArrival(cells.time_s, cells.in_time, cells.area_km2, cells.cap_km2, sites)


def _unreached(cells: Cells, sites: Sites) -> tuple[Shortfall, ...]:
    usable = sites.locked | sites.open_to_choice
    lost = np.flatnonzero(~cells.in_time[usable].any(axis=0))
    if not lost.size:
        return ()
    km2 = float(cells.area_km2[lost].sum())
    what = f"no site reaches {lost.size} cells ({km2:.4g} km²) in time"
    return (Shortfall("unreached", what, demand=lost, short=km2),)


def _why_not(
    cells: Cells,
    sites: Sites,
    model: FreeAssignment | FirstArrival,
    by: Literal["count", "cost"],
    time_limit_s: float | None,
) -> tuple[Shortfall, ...]:
    """Say whether the capacity, the number or the money is missing."""
    free = FreeAssignment(cells.time_s, cells.in_time, cells.area_km2, cells.cap_km2, sites)
    every = sites.locked | sites.open_to_choice
    short = float(cells.area_km2.sum()) - free.served_km2(every)
    if short > 1e-6 * float(cells.area_km2.sum()):
        far = free.cells(free.far(every))
        full = np.flatnonzero(every & cells.in_time[:, far].any(axis=1))
        what = f"{short:.4g} km² are too many for all the sites that reach them"
        return (Shortfall("capacity", what, demand=far, sites=full, short=short),)
    if isinstance(model, FirstArrival):
        why = _too_large(cells, sites, model)
        if why:
            return why
    if sites.count is None and sites.budget is None:
        return (NO_OTHER,) if sites.known else (UNFIT,)
    unlimited = replace(sites, count=None, exactly=False, budget=None, known=())
    assignment: Assignment = "first" if isinstance(model, FirstArrival) else "free"
    least = area_capped_cover(cells, unlimited, assignment, by=by, time_limit_s=time_limit_s)
    return (_limit_missed(sites, least, by) if least else UNFIT,)


def _too_large(cells: Cells, sites: Sites, model: FirstArrival) -> tuple[Shortfall, ...]:
    """Say which sites first reach more than their caps whatever else is opened."""
    never = model.never()
    left = (sites.locked | sites.open_to_choice) & ~never
    above = left & model.above(left)
    lost = np.flatnonzero(~cells.in_time[left].any(axis=0))
    if not above.any() and not lost.size:
        return ()
    fit = model.assign(left, soft=True)
    assert fit is not None
    over = jurisdictions_km2(cells, fit.assigned) - cells.cap_km2
    short = float(over[above].sum() + cells.area_km2[lost].sum())
    full = np.flatnonzero(above | never)
    what = f"{full.size} sites are first at more than their caps, whatever else is opened"
    return (Shortfall("capacity", what, demand=lost, sites=full, short=short),)


def _limit_missed(sites: Sites, least: Solution, by: Literal["count", "cost"]) -> Shortfall:
    if by == "count" and sites.count is not None and least.objective > sites.count:
        what = f"{least.objective:g} new sites are needed, {sites.count} may be opened"
        return Shortfall("count", what, sites=least.chosen, short=least.objective - sites.count)
    price = sites.price(least.chosen)
    if sites.budget is not None and price > sites.budget * (1 + SAME):
        what = f"the least that was found costs {price:g}, the budget is {sites.budget:g}"
        return Shortfall("budget", what, sites=least.chosen, short=price - sites.budget)
    return NO_OTHER

"""The p-median: open sites so that all demand together is served at the least cost."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import ArrayLike

from firecover.siting.branching import cheapest
from firecover.siting.coverage_patterns import cover_of, merge_identical
from firecover.siting.covering import lscp
from firecover.siting.lagrange import CostTable
from firecover.siting.sites import (
    NO_OTHER,
    Shortfall,
    Sites,
    Solution,
    answer,
    contradictions,
    no_answer,
)
from firecover.siting.solver import Floats, Ints


def p_median(
    time_s: Floats,
    sites: Sites,
    weight: ArrayLike = 1.0,
    *,
    time_limit_s: float | None = None,
) -> Solution:
    """Open sites so that demand times seconds to its nearest open site are least in all.

    Parameters
    ----------
    time_s
        Shape (n, d), seconds (or any cost) from each site to each demand, not negative,
        infinite where there is no way.
    sites
        What may be built; without a number or a budget everything useful is opened.
    weight
        The demand, one number or shape (d,), not negative. Demand of weight 0 need not be
        reached.
    time_limit_s
        How long to go on; the best found then comes with its gap.

    Returns
    -------
    solution
        Its objective is the sum of weight times seconds.
    """
    began = time.perf_counter()
    places = time_s.shape[1]
    weights = np.array(np.broadcast_to(np.asarray(weight, dtype=np.float64), places))
    counted = np.flatnonzero(weights > 0)
    cost = time_s[:, counted] * weights[counted]
    why = contradictions(sites) or unreached(cost, sites, counted)
    if why:
        return no_answer(places, time.perf_counter() - began, why)
    table, whole = _folded(cost, sites)
    free = np.flatnonzero(sites.open_to_choice)
    until = None if time_limit_s is None else began + time_limit_s
    first = None
    if np.isinf(np.minimum(table.cost, table.standing)).any():
        # not every choice serves everyone: one that does is a place to begin
        reach = lscp(cover_of(np.isfinite(cost)), sites, time_limit_s=time_limit_s)
        if not reach:
            return no_answer(places, time.perf_counter() - began, reach.why)
        first = np.searchsorted(free, reach.chosen).tolist()
    best = cheapest(table, sites.only(free), whole=whole, first=first, until=until)
    seconds = time.perf_counter() - began
    if best.chosen is None:
        why = (NO_OTHER,) if best.status == "optimal" else ()
        return no_answer(places, seconds, why, best.bound)
    chosen = free[best.chosen]
    assigned = nearest_open(time_s, sites, chosen)
    value = float((time_s[assigned[counted], counted] * weights[counted]).sum())
    bound = value if best.status == "optimal" else best.bound
    return answer(best.status, value, bound, chosen, assigned=assigned, seconds=seconds)


def nearest_open(time_s: Floats, sites: Sites, chosen: Ints | list[int]) -> Ints:
    """Return the nearest open site of each demand, shape (d,).

    Parameters
    ----------
    time_s
        Shape (n, d), seconds from each site to each demand.
    sites
        Which sites stand.
    chosen
        The sites opened beside them, by index.

    Returns
    -------
    nearest
        The first of those that are equally near; -1 where none has a way.
    """
    opened = np.sort(np.concatenate([np.flatnonzero(sites.locked), np.asarray(chosen, np.int64)]))
    if not opened.size:
        return np.full(time_s.shape[1], -1, dtype=np.int64)
    best = time_s[opened].argmin(axis=0)
    reached = np.isfinite(time_s[opened[best], np.arange(time_s.shape[1])])
    return np.where(reached, opened[best], -1)


def _folded(cost: Floats, sites: Sites) -> tuple[CostTable, bool]:
    """Fold in what stands and merge identical demand; tell whether all costs are whole."""
    standing = cost[sites.locked].min(axis=0, initial=np.inf)
    useful = np.minimum(cost[sites.open_to_choice], standing)
    number, first = merge_identical(np.column_stack([useful.T, standing]))
    many = np.bincount(number, minlength=len(first)).astype(np.float64)
    whole = bool((cost[np.isfinite(cost)] % 1 == 0).all())
    return CostTable(useful[:, first] * many, standing[first] * many), whole


def unreached(time_s: Floats, sites: Sites, counted: Ints) -> tuple[Shortfall, ...]:
    """Say which demand no site that may be open has a way to.

    Parameters
    ----------
    time_s
        Shape (n, d'), seconds to the demand that counts.
    sites
        The sites.
    counted
        Shape (d',), the indices of that demand.
    """
    usable = sites.open_to_choice | sites.locked
    lost = counted[~np.isfinite(time_s[usable]).any(axis=0)]
    if not lost.size:
        return ()
    return (Shortfall("unreached", f"no site has a way to {lost.size} places", demand=lost),)

"""The p-center: open sites so that the worst served demand is served soonest."""

from __future__ import annotations

import time

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike

from firecover.siting.coverage_patterns import cover_of
from firecover.siting.covering import cover_program, lscp, new_sites
from firecover.siting.median import nearest_open, unreached
from firecover.siting.sites import (
    Sites,
    Solution,
    answer,
    contradictions,
    no_answer,
)
from firecover.siting.solver import Floats, Ints, Outcome, left_s, solve


def p_center(
    time_s: Floats,
    sites: Sites,
    weight: ArrayLike = 1.0,
    *,
    time_limit_s: float | None = None,
) -> Solution:
    """Open sites so that the longest way of any demand to its nearest open site is shortest.

    The answer is one of the times in the table. Whether all demand can be reached within a
    time is a question of cover, so the times are searched by halving.

    Parameters
    ----------
    time_s
        Shape (n, d), seconds from each site to each demand, infinite where there is no way.
    sites
        What may be built; without a number or a budget everything may be opened.
    weight
        What a second counts at each demand, one number or shape (d,), not negative. Demand
        of weight 0 need not be reached.
    time_limit_s
        How long to go on; the best found then comes with its gap.

    Returns
    -------
    solution
        Its objective is the greatest weight times seconds.
    """
    began = time.perf_counter()
    places = time_s.shape[1]
    weights = np.array(np.broadcast_to(np.asarray(weight, dtype=np.float64), places))
    counted = np.flatnonzero(weights > 0)
    cost = time_s[:, counted] * weights[counted]
    why = contradictions(sites) or unreached(cost, sites, counted)
    if why:
        return no_answer(places, time.perf_counter() - began, why)
    times = _times(cost, sites)
    # the last question is asked first: can all be served at all?
    reach = lscp(cover_of(np.isfinite(cost)), sites, time_limit_s=time_limit_s)
    if not reach:
        return no_answer(places, time.perf_counter() - began, reach.why)
    best = reach.chosen
    low, high = 0, int(np.searchsorted(times, _longest(cost, sites, best)))
    proven = True
    while low < high:
        left = left_s(time_limit_s, began)
        middle = (low + high) // 2
        outcome = _within(cost, times[middle], sites, left)
        if outcome.values.size:
            best = new_sites(sites, outcome.values)
            high = int(np.searchsorted(times, _longest(cost, sites, best)))
        elif outcome.status == "infeasible":
            low = middle + 1
        else:
            proven = False
            break
    value = _longest(cost, sites, best)
    bound = value if proven else float(times[low])
    assigned = nearest_open(time_s, sites, best)
    seconds = time.perf_counter() - began
    return answer(
        "optimal" if proven else "feasible", value, bound, best, assigned=assigned, seconds=seconds
    )


def _times(cost: Floats, sites: Sites) -> Floats:
    """Return the times that can be the answer, in order."""
    standing = cost[sites.locked].min(axis=0, initial=np.inf)
    useful = np.minimum(cost[sites.open_to_choice | sites.locked], standing)
    # no choice serves the worst placed demand sooner than all sites together
    least = useful.min(axis=0).max(initial=0.0)
    times = np.unique(useful)
    return times[np.isfinite(times) & (times >= least)] if times.size else np.zeros(1)


def _longest(cost: Floats, sites: Sites, chosen: Ints) -> float:
    """Return the longest way to the nearest open site."""
    opened = np.concatenate([np.flatnonzero(sites.locked), chosen])
    return float(cost[opened].min(axis=0, initial=np.inf).max(initial=0.0))


def _within(cost: Floats, limit: float, sites: Sites, time_limit_s: float | None) -> Outcome:
    """Ask for any choice that serves all demand within a limit."""
    reached = cover_of(cost <= limit).reached
    model = cover_program(sp.csr_array(reached), sites)
    return solve(model, time_limit_s=time_limit_s, any_answer=True)

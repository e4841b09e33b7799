"""In what order to build over the years, under a yearly budget.

A station is paid in one sum and serves from the year in which that is done. Each year brings the
same budget; what is not spent is kept for the next. What counts is the demand covered, summed
over the years: a place covered a year earlier counts a year more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firecover.errors import InputError, Problem
from firecover.siting.nested_sets import SAME, Growth, best_growth, ceilings, value

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Plan:
    """What is built when.

    Attributes
    ----------
    sites
        Shape (s,), in the order in which they are built.
    year
        Shape (s,), the year (from 1) from which each serves.
    gain
        Shape (s,), the demand that each adds to those before it.
    covered
        Shape (years,), the demand covered in each year, with what stands already.
    left
        Shape (years,), what is left of the budget at the end of each year.
    """

    sites: Ints
    year: Ints
    gain: Floats
    covered: Floats
    left: Floats

    @property
    def value(self) -> float:
        """The demand covered, summed over the years."""
        return float(self.covered.sum())


@dataclass(frozen=True)
class Phasing:
    """The best order of building beside the greedy one.

    Attributes
    ----------
    optimal
        The best plan found over all years together.
    greedy
        What is built by taking, whenever something can be paid, what adds most demand for its
        cost, looking no further.
    status
        ``optimal`` (proven) or ``feasible`` (time ran out).
    bound
        No plan is worth more.
    ceiling
        Shape (years,), the most that any stations paid by the end of that year cover, whatever
        was built before (where time ran out, at most that).
    today
        The demand that what stands already covers.
    unaffordable
        Sites that cost more than all years' budgets together.
    """

    optimal: Plan
    greedy: Plan
    status: Literal["optimal", "feasible"]
    bound: float
    ceiling: Floats
    today: float
    unaffordable: Ints

    @property
    def gap(self) -> float:
        """By what share of its value the best plan may fall short of the bound."""
        short = self.bound - self.optimal.value
        return 0.0 if self.status == "optimal" else short / max(self.optimal.value, 1e-12)

    @property
    def loss(self) -> float:
        """What greed loses: demand, summed over the years."""
        return max(self.optimal.value - self.greedy.value, 0.0)

    @property
    def loss_share(self) -> float:
        """The same as a share of what the best plan adds to today."""
        added = self.optimal.value - self.today * len(self.ceiling)
        return self.loss / added if added > 0 else 0.0

    @property
    def order_price(self) -> float:
        """What is lost because later stations must go with earlier ones, summed over the years.

        Against the best stations for each year by itself; at most that where time ran out.
        """
        return max(float(self.ceiling.sum()) - self.optimal.value, 0.0)


def phase(
    reached: Bools,
    weight: ArrayLike,
    *,
    cost: ArrayLike,
    covered: Bools,
    budget: float,
    years: int,
    time_limit_s: float | None = None,
) -> Phasing:
    """Find the order of building that covers most demand over the years.

    Parameters
    ----------
    reached
        Shape (n, d), which demand each of n sites reaches in time.
    weight
        The demand, one number or shape (d,).
    cost
        What each site costs, one number or shape (n,).
    covered
        Shape (d,), the demand that stations of today reach in time.
    budget
        What there is to spend each year, in the unit of ``cost``.
    years
        How many years.
    time_limit_s
        How long to look for the optimum (and as long again for the ceilings) where there are
        more than :data:`firecover.siting.nested_sets.SUBSETS` sites; with fewer it is not
        needed.

    Returns
    -------
    phasing
        Sites that add nothing are not built. Where plans are worth the same, the site given
        first is built first; of one year's, the one that adds most.

    Raises
    ------
    InputError
        A cost is not known or negative, or there is no budget or no year; every such problem.
    """
    sites, places = reached.shape
    costs = np.array(np.broadcast_to(np.asarray(cost, dtype=np.float64), sites))
    weights = np.array(np.broadcast_to(np.asarray(weight, dtype=np.float64), places))
    _check(costs, budget, years)
    purse = budget * np.arange(1, years + 1, dtype=np.float64)
    today = float(weights[covered].sum())
    new = reached & ~covered & (weights > 0)
    affordable = costs <= purse[-1] * (1 + SAME)
    useful = np.flatnonzero(affordable & new.any(axis=1))
    growth = _merged(new[useful], weights, costs[useful], purse)
    found = best_growth(growth, time_limit_s)
    best, greedy = _best_order(growth, found.stage), _greedy(growth)
    if not found.proven and value(growth, greedy[1]) > value(growth, found.stage):
        best = greedy
    optimal = _plan(growth, useful, best, today)
    bound = found.bound + years * today
    return Phasing(
        optimal=optimal,
        greedy=_plan(growth, useful, greedy, today),
        status="optimal" if found.proven else "feasible",
        bound=optimal.value if found.proven else max(bound, optimal.value),
        ceiling=ceilings(growth, time_limit_s) + today,
        today=today,
        unaffordable=np.flatnonzero(~affordable),
    )


def _check(cost: Floats, budget: float, years: int) -> None:
    problems = []
    wrong = np.flatnonzero(~(np.isfinite(cost) & (cost >= 0)))
    if len(wrong):
        sites = ", ".join(str(site + 1) for site in wrong[:10])
        problems.append(
            Problem(
                f"the cost of {len(wrong)} sites is negative or not known (sites {sites})",
                key="cost_10k_cny",
                remedy="give each candidate, or its class, a cost",
            )
        )
    if not budget > 0 or not np.isfinite(budget):
        problems.append(Problem("there is no budget to spend", key="siting.budget_10k_cny"))
    if years < 1:
        problems.append(Problem("there is no year to build in", key="siting.years"))
    if problems:
        raise InputError(problems)


def _merged(reached: Bools, weight: Floats, cost: Floats, purse: Floats) -> Growth:
    """Put demand that the same sites reach together; leave out what none reaches."""
    some = reached.any(axis=0) if len(reached) else np.zeros(len(weight), dtype=bool)
    distinct, pattern = np.unique(
        np.packbits(reached[:, some], axis=0), axis=1, return_inverse=True
    )
    together = np.bincount(pattern, weight[some], distinct.shape[1]).astype(np.float64)
    sets = np.unpackbits(distinct, axis=0, count=len(reached)).astype(bool)
    return Growth(sets, together, cost, purse)


def _best_order(growth: Growth, stage: Ints) -> tuple[Ints, Ints]:
    """Return the sites in the order of their stages, of one stage by gain; and the stages."""
    order: list[int] = []
    missing = growth.weight.copy()
    for number in range(len(growth.purse)):
        due = [int(site) for site in np.flatnonzero(stage == number)]
        while due:
            gain = growth.reached[due] @ missing
            # sums of the same numbers in another order differ by a little
            site = due.pop(int((gain >= gain.max() * (1 - SAME)).argmax()))
            missing[growth.reached[site]] = 0.0
            order.append(site)
    return np.array(order, dtype=np.int64), stage


def _greedy(growth: Growth) -> tuple[Ints, Ints]:
    """Return what greed builds, in its order, and the stage of every site.

    Whenever something can be paid, it takes what adds most for its cost (of equals, what adds
    more, then the site given first); it never saves.
    """
    stages, sites = len(growth.purse), len(growth.cost)
    stage = np.full(sites, stages)
    order: list[int] = []
    missing = growth.weight.copy()
    spent, least = 0.0, SAME * float(growth.weight.sum())
    for number in range(stages):
        while True:
            gain = np.where(stage < stages, 0.0, growth.reached @ missing)
            payable = spent + growth.cost <= growth.purse[number] * (1 + SAME)
            open_ = np.flatnonzero(payable & (gain > least))
            if not len(open_):
                break
            free = growth.cost[open_] == 0
            rate = gain[open_] / np.where(free, 1.0, growth.cost[open_])
            rate[free] = np.inf
            site = int(open_[np.lexsort((open_, -gain[open_], -rate))[0]])
            stage[site], spent = number, spent + growth.cost[site]
            missing[growth.reached[site]] = 0.0
            order.append(site)
    return np.array(order, dtype=np.int64), stage


def _plan(growth: Growth, names: Ints, built: tuple[Ints, Ints], today: float) -> Plan:
    order, stage = built
    stages = len(growth.purse)
    missing, gain = growth.weight.copy(), np.zeros(len(order))
    for number, site in enumerate(order):
        gain[number] = missing[growth.reached[site]].sum()
        missing[growth.reached[site]] = 0.0
    covered = [growth.covered(stage <= number) for number in range(stages)]
    spent = [growth.cost[stage <= number].sum() for number in range(stages)]
    return Plan(
        sites=names[order],
        year=stage[order] + 1,
        gain=gain,
        covered=np.array(covered) + today,
        left=np.maximum(growth.purse - spent, 0.0),
    )

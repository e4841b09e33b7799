"""A lower bound on what a choice of sites costs, and sites that no better choice can hold.

The demand that each place be served once is priced instead of required (Cornuéjols, Fisher and
Nemhauser 1977; Beasley 1993): what remains decides site by site. The prices are improved step
by step; every step's bound is valid, so stopping early costs sharpness only.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from firecover.siting.sites import Sites
from firecover.siting.solver import SAME, Floats, Ints

#: Steps without a better bound before steps get shorter, by how much, and how much of the last
#: direction a step keeps: found by trial on instances of all models.
PATIENCE = 15
SHORTEN = 1.3
MEMORY = 0.85
SHORTEST = 1e-3

#: How much of the share of each site is kept from step to step.
KEPT_SHARE = 0.95


@dataclass(frozen=True)
class CostTable:
    """Demand whose cost differs by site.

    Attributes
    ----------
    cost
        Shape (n, d), infinite where a site cannot serve.
    standing
        Shape (d,), infinite where a site must serve.
    """

    cost: Floats
    standing: Floats
    _scratch: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Set memory aside: asking the system for it anew in each step takes as long as it."""
        object.__setattr__(self, "_scratch", np.empty_like(self.cost))

    def savings(self, price: Floats) -> Floats:
        """Return what each site saves at most, shape (n,)."""
        np.subtract(price, self.cost, out=self._scratch)
        np.maximum(self._scratch, 0.0, out=self._scratch)
        return np.asarray(self._scratch.sum(axis=1), dtype=np.float64)

    def served(self, price: Floats, opened: Ints) -> Floats:
        """Return how many of some sites would serve each place, shape (d,)."""
        return np.asarray((self.cost[opened] < price).sum(axis=0), dtype=np.float64)


@dataclass(frozen=True)
class Bound:
    """A lower bound and what follows from it.

    Attributes
    ----------
    value
        Nothing costs less.
    price
        Shape (d,), the prices that prove it.
    least
        Shape (n,), nothing that holds the site costs less.
    least_without
        Shape (n,), nothing that lacks the site costs less.
    share
        Shape (n,), how often the prices would open each site, later steps counting more.
    opened
        Choices that prices proposed on the way: not best, but good to go on from.
    """

    value: float
    price: Floats = field(repr=False)
    least: Floats = field(repr=False)
    least_without: Floats = field(repr=False)
    share: Floats = field(default_factory=lambda: np.empty(0), repr=False)
    opened: tuple[frozenset[int], ...] = field(default=(), repr=False)


def lower_bound(
    demand: CostTable,
    sites: Sites,
    known: float,
    *,
    start: Floats,
    steps: int = 600,
    length: float = 1.5,
) -> Bound:
    """Improve prices step by step and return the best bound.

    Parameters
    ----------
    demand
        The demand.
    sites
        What may be built; choices not wanted again are not held against it.
    known
        What a choice is known to cost, finite: sets the length of the steps; a bound beyond it
        is not improved.
    start
        Shape (d,), prices to begin with, finite.
    steps
        How many steps at most.
    length
        How far the first steps go, as a share of the way to ``known``.
    """
    price = np.minimum(start, demand.standing)
    best = Bound(-np.inf, price, np.empty(0), np.empty(0))
    idle = 0
    way = np.zeros_like(price)
    share = np.zeros(len(sites))
    proposed: dict[frozenset[int], None] = {}
    # a little beyond what is known, or the last steps towards it would be endlessly short
    goal = known + 1e-4 * abs(known)
    for _ in range(steps):
        bound, opened = _bound(demand, sites, price)
        proposed[frozenset(opened.tolist())] = None
        share = KEPT_SHARE * share
        share[opened] += 1 - KEPT_SHARE
        idle = 0 if bound.value > best.value + 1e-6 * abs(known) else idle + 1
        best = max(best, bound, key=lambda bound: bound.value)
        if best.value > known or length < SHORTEST:
            break
        if idle >= PATIENCE:
            length, idle, price, way = length / SHORTEN, 0, best.price, 0 * way
            continue
        way = _lacking(demand, price, opened) + MEMORY * way
        size = float(way @ way)
        if size == 0:
            break
        price = np.clip(price + length * (goal - bound.value) / size * way, 0.0, demand.standing)
    return replace(best, share=share, opened=tuple(proposed))


def _lacking(demand: CostTable, price: Floats, opened: Ints) -> Floats:
    """Return how each price should move: up where nobody serves, down where several do."""
    lacking = 1.0 - demand.served(price, opened)
    # a place at its top price stays there: standing service costs no more
    lacking[(lacking > 0) & (price >= demand.standing)] = 0.0
    return lacking


def _bound(demand: CostTable, sites: Sites, price: Floats) -> tuple[Bound, Ints]:
    """Return the bound that prices prove and the sites that it would open."""
    saved = demand.savings(price)
    toll = _toll(saved, sites)
    worth = np.where(sites.open_to_choice, saved - toll * sites.cost, -np.inf)
    free = np.flatnonzero(sites.open_to_choice & ~sites.forced)
    room = len(free) if sites.count is None else max(sites.count - int(sites.forced.sum()), 0)
    order = free[np.argsort(-worth[free], kind="stable")]
    taken = order[:room]
    taken = taken[worth[taken] > 0]
    opened = np.concatenate([np.flatnonzero(sites.forced), taken])
    paid = toll * (sites.budget if sites.budget is not None else 0.0) * (1 + SAME)
    value = float(price.sum() - worth[opened].sum() - paid)
    # with one site more, the least worth of those taken must go if there is no room for both
    last = worth[taken[-1]] if len(taken) == room and room else 0.0
    following = max(float(worth[order[len(taken)]]), 0.0) if len(taken) < len(order) else 0.0
    least = np.where(sites.open_to_choice, value + np.maximum(last - worth, 0.0), np.inf)
    if not room:
        least[free] = np.inf
    least[opened] = value
    least_without = np.full(len(sites), value)
    least_without[taken] = value + worth[taken] - following
    least_without[sites.forced] = np.inf
    return Bound(value, price, least, least_without), opened


def _toll(saved: Floats, sites: Sites) -> float:
    """Return the price of money under a budget: that of the site at which it would run out."""
    if sites.budget is None:
        return 0.0
    useful = np.flatnonzero(sites.open_to_choice & (sites.cost > 0))
    rate = saved[useful] / sites.cost[useful]
    order = np.argsort(-rate, kind="stable")
    spent = np.cumsum(sites.cost[useful][order])
    over = np.flatnonzero(spent > sites.budget)
    return float(rate[order[over[0]]]) if over.size else 0.0

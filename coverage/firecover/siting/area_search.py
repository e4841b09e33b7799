"""Choose sites under caps on jurisdictions: what a choice breaks is added to the question.

The program knows the sites, and at first only that every cell must be reached. Each answer is
held against the caps; where it breaks one, a row is added that every choice within the caps
keeps. So the program stays small, and the first answer that breaks nothing is the best.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import scipy.sparse as sp

from firecover.siting.coverage_patterns import Cover, cover_of
from firecover.siting.sites import Sites, limits
from firecover.siting.solver import (
    SAME,
    Block,
    Bools,
    Floats,
    Ints,
    Outcome,
    Status,
    left_s,
    program,
    solve,
)

#: Rounds of rows that are added before sites must be opened whole.
ROUGH_ROUNDS = 60

#: A share of all area that is not worth the search for choices that whole cells fit better.
CELLS = 1e-5

#: Choices that whole cells do not fit, before the best found is taken with its gap.
BARRED = 20


@dataclass(frozen=True)
class Extras:
    """Variables beside the sites: what they cost, their limits, the rows that they begin with."""

    cost: Floats
    lower: Floats
    upper: Floats
    rows: list[Block]


@dataclass(frozen=True)
class Fit:
    """Who is given which cell, and how much no other way of giving would exceed.

    ``assigned`` has shape (d,), -1 where nobody is given a cell.
    """

    assigned: Ints
    at_most_km2: float


class OutOfTimeError(Exception):
    """Time ran out before it was known whether whole cells fit."""


@dataclass(frozen=True)
class CappedCells:
    """The cells to be given to sites, and how much each site may be given.

    Attributes
    ----------
    time_s, in_time
        Shape (n, d), seconds, and who is in time.
    area_km2, cap_km2
        Shapes (d,) and (n,).
    sites
        What may be built.
    """

    time_s: Floats
    in_time: Bools
    area_km2: Floats
    cap_km2: Floats
    sites: Sites
    _cover: Cover = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Merge the cells that the same sites reach."""
        usable = self.sites.locked | self.sites.open_to_choice
        cover = cover_of(self.in_time & usable[:, None], self.area_km2)
        object.__setattr__(self, "_cover", cover)


class Rule(Protocol):
    """Who is given which cell."""

    def extras(self, *, soft: bool) -> Extras:
        """Return the variables beside the sites; ``soft`` if caps may be broken at a cost."""

    def broken(self, values: Floats, *, soft: bool) -> list[Block]:
        """Return rows that some values, shape (n + extras,), break and that no answer may."""

    def assign(self, opened: Bools, *, soft: bool, time_limit_s: float | None = None) -> Fit | None:
        """Give the cells to open sites; nothing if whole cells do not fit.

        Raises
        ------
        OutOfTimeError
            It could not be found out in the time.
        """

    def compliant_km2(self, assigned: Ints) -> float:
        """Return the km² that are given, without what is above the caps."""

    def served_km2(self, opened: Bools) -> float:
        """Return the km² that open sites serve within their caps, cells divided at will."""

    def barred(self, opened: Bools, km2: float, *, soft: bool) -> Block:
        """Return a row that only choices with other sites keep."""


@dataclass(frozen=True)
class Given:
    """A choice of sites and who is given which cell.

    ``chosen`` is nothing when there is none; ``bound`` is in the unit of what was asked.
    """

    status: Status
    chosen: Ints | None
    assigned: Ints
    bound: float


@dataclass
class _Search:
    """The state of a search: rows added, the best answer, what is proven."""

    rule: Rule
    sites: Sites
    price: Floats | None
    places: int
    total_km2: float
    rows: list[Block]
    bound: float = -np.inf
    value: float = np.inf
    chosen: Ints | None = None
    assigned: Ints | None = None

    @property
    def soft(self) -> bool:
        """Whether the most km² are asked for, and not all of them at the least price."""
        return self.price is None

    @property
    def slack(self) -> float:
        """What counts as the same value."""
        return 1e-7 * self.total_km2 if self.price is None else SAME * max(abs(self.bound), 1.0)

    def offer(self, opened: Bools, time_limit_s: float | None) -> float | None:
        """Try a choice; return the most km² that it can bring, or nothing if it does not fit."""
        fit = self.rule.assign(opened, soft=self.soft, time_limit_s=time_limit_s)
        if fit is None:
            return None
        km2 = self.rule.compliant_km2(fit.assigned)
        chosen = np.flatnonzero(opened & ~self.sites.locked)
        whole = km2 >= self.total_km2 * (1 - SAME)
        value = -km2 if self.price is None else float(self.price[chosen].sum())
        if (self.soft or whole) and value < self.value and self.sites.allows(chosen.tolist()):
            self.value, self.chosen, self.assigned = value, chosen, fit.assigned
        return fit.at_most_km2

    def ended(self, status: Status) -> Given:
        """Tell what was found."""
        sign = -1.0 if self.soft else 1.0
        if self.chosen is None or self.assigned is None:
            none = np.full(self.places, -1)
            said: Status = "unknown" if status != "infeasible" else "infeasible"
            return Given(said, None, none, sign * self.bound)
        if self.value <= self.bound + self.slack:
            status = "optimal"
        return Given(status, self.chosen, self.assigned, sign * min(self.bound, self.value))


def search(
    rule: Rule,
    sites: Sites,
    price: Floats | None,
    area_km2: Floats,
    time_limit_s: float | None,
) -> Given:
    """Find the choice of the least price that reaches all cells within the caps.

    Parameters
    ----------
    rule
        Who is given which cell.
    sites
        What may be built.
    price
        Shape (n,), what each new site counts; not given: the most km² are asked for.
    area_km2
        Shape (d,).
    time_limit_s
        How long to go on.
    """
    began = time.perf_counter()
    total = float(area_km2.sum())
    state = _Search(rule, sites, price, area_km2.size, total, list(limits(sites)[2]))
    try:
        return _searched(state, time_limit_s, began)
    except OutOfTimeError:
        return state.ended("feasible")


def _searched(state: _Search, time_limit_s: float | None, began: float) -> Given:
    """Add rows until an answer breaks none."""
    whole, rounds, barred = False, 0, 0
    while True:
        left = left_s(time_limit_s, began)
        if left == 0:
            return state.ended("feasible")
        outcome = _solved(state, left, whole=whole)
        if outcome.status == "infeasible":
            return state.ended("infeasible" if state.chosen is None else "optimal")
        state.bound = max(state.bound, _bound(state, outcome, whole=whole))
        if not outcome.values.size:
            return state.ended("feasible")
        broken = state.rule.broken(outcome.values, soft=state.soft)
        state.rows += broken
        if not whole:
            rounds += 1
            whole = not broken or rounds >= ROUGH_ROUNDS
            continue
        opened = outcome.values[: len(state.sites)] > 1 / 2
        km2 = (
            None if broken and not state.soft else state.offer(opened, left_s(time_limit_s, began))
        )
        if state.value <= state.bound + state.slack or outcome.status == "feasible":
            return state.ended(outcome.status)
        if broken:
            _repair(state, opened, left_s(time_limit_s, began))
            continue
        barred += 1
        if state.soft and (barred > BARRED or state.value <= state.bound + CELLS * state.total_km2):
            return state.ended("feasible")
        state.rows.append(state.rule.barred(opened, km2 or 0.0, soft=state.soft))


def _bound(state: _Search, outcome: Outcome, *, whole: bool) -> float:
    """Return what nothing undercuts; the number of sites is whole."""
    bound = outcome.bound if whole else outcome.objective
    if state.price is not None and (state.price % 1 == 0).all():
        return float(np.ceil(bound - 1e-6))
    return bound


def _solved(state: _Search, time_limit_s: float | None, *, whole: bool) -> Outcome:
    """Solve the program as it stands, with sites whole or in parts."""
    number = len(state.sites)
    extras = state.rule.extras(soft=state.soft)
    least, most, _ = limits(state.sites)
    price = np.zeros(number) if state.price is None else state.price
    width = number + extras.cost.size
    model = program(
        cost=np.concatenate([price, extras.cost]),
        lower=np.concatenate([least, extras.lower]),
        upper=np.concatenate([most, extras.upper]),
        whole=(np.arange(width) < number) & whole,
        blocks=[*extras.rows, *state.rows],
    )
    return solve(model, time_limit_s=time_limit_s)


def _repair(state: _Search, opened: Bools, time_limit_s: float | None) -> None:
    """Add the sites that bring most until all is within the caps: something to fall back on."""
    if state.soft or state.chosen is not None:
        return
    opened = opened.copy()
    usable = state.sites.open_to_choice
    while (usable & ~opened).any():
        tries = []
        for site in np.flatnonzero(usable & ~opened):
            more = opened.copy()
            more[site] = True
            tries.append(state.rule.served_km2(more))
        best = int(np.argmax(tries))
        opened[np.flatnonzero(usable & ~opened)[best]] = True
        km2 = tries[best]
        if km2 >= state.total_km2 * (1 - 1e-6):
            state.offer(opened, time_limit_s)
            return


def row(coefficients: Floats, least: float) -> Block:
    """Return one row: at least so much."""
    return Block(sp.csr_array(coefficients[None, :]), np.array([least]), np.array([np.inf]))

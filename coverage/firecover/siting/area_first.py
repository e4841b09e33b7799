"""Caps on jurisdictions when each cell belongs to the station that arrives first."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from firecover.siting.coverage_patterns import merge_identical
from firecover.siting.sites import Sites, limits
from firecover.siting.solver import (
    SAME,
    Block,
    Bools,
    Floats,
    Ints,
    Outcome,
    Status,
    block,
    program,
    solve,
)


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
class _Sets:
    """Sets of the sites that arrive first at some cell, numbered; set 0 is empty.

    ``steps`` holds (set, parent, site added); ``through`` the km² of the cells that pass each
    step, ``last`` those that end in each set.
    """

    number: dict[int, int] = field(default_factory=lambda: {0: 0})
    steps: dict[tuple[int, int, int], float] = field(default_factory=dict)
    last: dict[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class FirstArrival:
    """The program: a variable says for each set of first sites whether one of them is open.

    The sets are the first 1, 2, 3 … sites to arrive at a cell, as far as one that is open
    anyway; cells that share a set share its variable. A site is given what lies between the
    set before it and the set with it, so that each row has three entries.

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

    def all_reached(self, price: Floats, time_limit_s: float | None) -> Given:
        """Reach all cells within the caps at the least price, shape (n,)."""
        return self._solved(price, soft=False, time_limit_s=time_limit_s)

    def most_reached(self, time_limit_s: float | None) -> Given:
        """Reach the most km² within the caps."""
        return self._solved(None, soft=True, time_limit_s=time_limit_s)

    def _solved(self, price: Floats | None, *, soft: bool, time_limit_s: float | None) -> Given:
        number = len(self.sites)
        sets = self._sets()
        count = len(sets.number)
        ends = np.array(list(sets.last), dtype=np.int64)
        ending = np.array(list(sets.last.values()))
        least, most, rows = limits(self.sites)
        width = number + count + number
        cost = np.zeros(width)
        excess = np.zeros(number)
        lower = np.zeros(count)
        upper = np.ones(count)
        upper[0] = 0.0
        if soft:
            cost[number + ends] -= ending
            cost[number + count :] = 1.0
            excess[:] = np.inf
        else:
            assert price is not None
            cost[:number] = price
            lower[ends] = 1.0
        model = program(
            cost=cost,
            lower=np.concatenate([least, lower, np.zeros(number)]),
            upper=np.concatenate([most, upper, excess]),
            whole=np.arange(width) < number,
            blocks=[*rows, *self._rows(sets)],
        )
        if (lower > upper).any():
            return self._given(Outcome("infeasible", np.empty(0), np.inf, np.inf, 0.0), soft=soft)
        return self._given(solve(model, time_limit_s=time_limit_s), soft=soft)

    def _given(self, outcome: Outcome, *, soft: bool) -> Given:
        bound = -outcome.bound if soft else outcome.bound
        if not outcome.values.size:
            return Given(outcome.status, None, np.full(self.area_km2.size, -1), bound)
        opened = (outcome.values[: len(self.sites)] > 1 / 2) | self.sites.locked
        chosen = np.flatnonzero(opened & ~self.sites.locked)
        return Given(outcome.status, chosen, self.first(opened), bound)

    def first(self, opened: Bools) -> Ints:
        """Return the open site, shape (n,), that arrives first at each cell in time; -1: none."""
        coming = np.where(self.in_time & opened[:, None], self.time_s, np.inf)
        best = coming.argmin(axis=0)
        return np.where(np.isfinite(coming.min(axis=0)), best, -1)

    def _sets(self) -> _Sets:
        usable = self.sites.locked | self.sites.open_to_choice
        anyway = self.sites.locked | self.sites.forced
        coming = np.where(self.in_time & usable[:, None], self.time_s, np.inf)
        order = np.argsort(coming, axis=0, kind="stable")
        order[np.isinf(np.take_along_axis(coming, order, axis=0))] = -1
        closed = np.cumsum((order >= 0) & anyway[order], axis=0)
        # whoever arrives after a site that is open anyway never arrives first
        order[1:][closed[:-1] > 0] = -1
        alike, first = merge_identical(np.ascontiguousarray(order.T))
        area = np.bincount(alike, weights=self.area_km2, minlength=len(first))
        sets = _Sets()
        for column, km2 in zip(first, area, strict=True):
            members, here = 0, 0
            for site in order[:, column][order[:, column] >= 0].tolist():
                members |= 1 << site
                parent, here = here, sets.number.setdefault(members, len(sets.number))
                step = (here, parent, site)
                sets.steps[step] = sets.steps.get(step, 0.0) + float(km2)
            sets.last[here] = sets.last.get(here, 0.0) + float(km2)
        return sets

    def _rows(self, sets: _Sets) -> list[Block]:
        """Return the rows on the sets and on the caps."""
        number, count = len(self.sites), len(sets.number)
        width = number + count + number
        steps = np.array(list(sets.steps), dtype=np.int64).reshape(-1, 3)
        here, parent, site = steps.T
        through = np.array(list(sets.steps.values()))
        every = np.arange(len(steps))
        one = np.ones(len(steps))

        def table(*entries: tuple[Ints, Floats]) -> sp.csr_array:
            columns = np.concatenate([column for column, _ in entries])
            values = np.concatenate([value for _, value in entries])
            return sp.csr_array(
                (values, (np.tile(every, len(entries)), columns)), (len(steps), width)
            )

        grows = table((number + here, one), (number + parent, -one))
        opens = table((number + here, one), (site, -one))
        closes = table((number + here, one), (number + parent, -one), (site, -one))
        given = sp.csr_array((through, (site, every)), (number, len(steps))) @ grows
        capped = np.flatnonzero(np.isfinite(self.cap_km2))
        limit = sp.csr_array((self.cap_km2[capped] * (1 + SAME), (capped, capped)), (number, width))
        above = sp.eye_array(number, width, k=number + count)
        caps = sp.csr_array(given - limit - above)[capped]
        return [
            block(grows, 0.0, np.inf),
            block(opens, 0.0, np.inf),
            block(closes, -np.inf, 0.0),
            block(caps, -np.inf, 0.0),
        ]

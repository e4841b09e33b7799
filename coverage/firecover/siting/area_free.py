"""Caps on jurisdictions when cells are given freely to any station in time."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from firecover.siting.area_first import Given
from firecover.siting.coverage_patterns import cover_of
from firecover.siting.sites import Sites, limits
from firecover.siting.solver import (
    SAME,
    Bools,
    Floats,
    Ints,
    Outcome,
    Program,
    block,
    left_s,
    program,
    solve,
)


@dataclass(frozen=True)
class _Groups:
    """Cells that may be given alike, and the pairs of group and site.

    ``group`` has shape (d,); ``unit_km2`` is what one unit of a group measures, ``units`` how
    many there are; the pairs are ``of`` and ``to``.
    """

    group: Ints
    unit_km2: Floats
    units: Floats
    of: Ints
    to: Ints


@dataclass(frozen=True)
class FreeAssignment:
    """The program: how many of the cells that the same sites reach are given to each.

    It is first asked with areas that may be divided, which bounds the answer; then whether
    whole cells can be given to the sites chosen. Only if they cannot is it asked with whole
    cells from the start.

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
        return self._solved(price, time_limit_s)

    def most_reached(self, time_limit_s: float | None) -> Given:
        """Reach the most km² within the caps."""
        return self._solved(None, time_limit_s)

    def _solved(self, price: Floats | None, time_limit_s: float | None) -> Given:
        began = time.perf_counter()
        divided = self._groups(whole=False)
        sign = -1.0 if price is None else 1.0
        rough = solve(self._program(divided, price, whole=False), time_limit_s=time_limit_s)
        none = np.full(self.area_km2.size, -1)
        if not rough.values.size:
            return Given(rough.status, None, none, sign * rough.bound)
        groups = self._groups(whole=True)
        opened = (rough.values[: len(self.sites)] > 1 / 2) | self.sites.locked
        fixed = self._program(groups, price, whole=True, opened=opened)
        limit_s = left_s(time_limit_s, began)
        packed = solve(fixed, time_limit_s=limit_s, gap=1e-9 if price is None else 1e-3)
        if packed.values.size and self._as_good(packed, rough, price):
            return Given(rough.status, *self._read(groups, packed), sign * rough.bound)
        exact = solve(
            self._program(groups, price, whole=True), time_limit_s=left_s(time_limit_s, began)
        )
        bound = max(exact.bound, rough.bound)
        packs_better = price is None and packed.objective < exact.objective
        if exact.values.size and not packs_better:
            return Given(exact.status, *self._read(groups, exact), sign * bound)
        if packed.values.size:
            return Given("feasible", *self._read(groups, packed), sign * bound)
        return Given(exact.status, None, none, sign * bound)

    def _as_good(self, packed: Outcome, rough: Outcome, price: Floats | None) -> bool:
        """Tell whether whole cells do as well as divided ones."""
        if price is not None:
            return True
        return packed.objective <= rough.objective + SAME * float(self.area_km2.sum())

    def _groups(self, *, whole: bool) -> _Groups:
        usable = self.sites.locked | self.sites.open_to_choice
        reach = self.in_time & usable[:, None]
        cover = cover_of(reach, self.area_km2, apart=self.area_km2 if whole else None)
        count = np.bincount(cover.pattern, minlength=cover.weight.size).astype(np.float64)
        pairs = sp.coo_array(cover.reached)
        return _Groups(
            group=cover.pattern,
            unit_km2=cover.weight / count if whole else np.ones(cover.weight.size),
            units=count if whole else cover.weight,
            of=np.asarray(pairs.row, dtype=np.int64),
            to=np.asarray(pairs.col, dtype=np.int64),
        )

    def _program(
        self, groups: _Groups, price: Floats | None, *, whole: bool, opened: Bools | None = None
    ) -> Program:
        """Build the program over the sites and the units given to each."""
        number, pairs = len(self.sites), groups.of.size
        every = np.arange(pairs)
        least, most, rows = limits(self.sites)
        measure = groups.unit_km2[groups.of]
        if price is None:
            cost = np.concatenate([np.zeros(number), -measure])
        elif opened is None:
            cost = np.concatenate([price, np.zeros(pairs)])
        else:
            # the sites are settled: who gives the shorter ways?
            cost = np.concatenate([np.zeros(number), measure * self._mean_s(groups)])
        if opened is not None:
            least, most, rows = opened.astype(float), opened.astype(float), []
        given = sp.csr_array(
            (np.ones(pairs), (groups.of, number + every)), (groups.units.size, number + pairs)
        )
        area = sp.csr_array((measure, (groups.to, number + every)), (number, number + pairs))
        room = np.minimum(self.cap_km2 * (1 + SAME), float(self.area_km2.sum()) * (1 + SAME))
        linked = sp.csr_array(
            (
                np.concatenate([np.ones(pairs), -groups.units[groups.of]]),
                (np.tile(every, 2), np.concatenate([number + every, groups.to])),
            ),
            (pairs, number + pairs),
        )
        return program(
            cost=cost,
            lower=np.concatenate([least, np.zeros(pairs)]),
            upper=np.concatenate([most, groups.units[groups.of]]),
            whole=(np.arange(number + pairs) < number) | whole,
            blocks=[
                *rows,
                block(given, 0.0 if price is None else groups.units, groups.units),
                block(area - sp.diags_array(room, shape=area.shape), -np.inf, 0.0),
                block(linked, -np.inf, 0.0),
            ],
        )

    def _mean_s(self, groups: _Groups) -> Floats:
        """Return the mean seconds of each pair of group and site."""
        cells = sp.csr_array(
            (np.ones(groups.group.size), (groups.group, np.arange(groups.group.size)))
        )
        total = cells @ np.where(self.in_time, self.time_s, 0.0).T
        mean = total / np.asarray(cells.sum(axis=1))[:, None]
        return np.asarray(mean[groups.of, groups.to], dtype=np.float64)

    def _read(self, groups: _Groups, outcome: Outcome) -> tuple[Ints, Ints]:
        """Return the new sites and who is given which cell."""
        number = len(self.sites)
        chosen = np.flatnonzero((outcome.values[:number] > 1 / 2) & ~self.sites.locked)
        units = np.rint(outcome.values[number:]).astype(np.int64)
        assigned = np.full(self.area_km2.size, -1, dtype=np.int64)
        for group in np.unique(groups.of):
            cells = np.flatnonzero(groups.group == group)
            pairs = np.flatnonzero((groups.of == group) & (units > 0))
            for pair in pairs:
                site = int(groups.to[pair])
                free = cells[assigned[cells] < 0]
                # those that the site reaches soonest
                near = free[np.argsort(self.time_s[site, free], kind="stable")]
                assigned[near[: units[pair]]] = site
        return chosen, assigned

"""Caps on jurisdictions when cells are given freely to any station in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from firecover.siting.area_search import CELLS, CappedCells, Extras, Fit, OutOfTimeError, row
from firecover.siting.coverage_patterns import Cover, cover_of, without_supersets
from firecover.siting.solver import SAME, Block, Bools, Floats, Ints, block, program, solve

#: All area together in the whole numbers that the flows are counted in.
UNITS = 2**29


@dataclass(frozen=True)
class FreeAssignment(CappedCells):
    """Any open site in time may be given a cell, as long as its cap is kept.

    How much some sites can serve is a flow; where it is too little, a set of cells has sites
    too small to serve it (the least cut). So for each set of cells::

        sum over j of min(cap of j, area of the set that j reaches) x_j >= area of the set

    Rows for all sets together say that the area can be divided within the caps. They are
    added for the sets that a choice breaks. Whether whole cells fit is asked at the end.
    """

    @property
    def _total(self) -> float:
        return float(self.area_km2.sum())

    def extras(self, *, soft: bool) -> Extras:
        """Return the km² that are served, if not all must be."""
        reached = self._cover.reached
        if not soft:
            rows = sp.csr_array(reached[without_supersets(reached)])
            none = np.empty(0)
            return Extras(none, none, none, [block(rows, 1.0, np.inf)])
        return Extras(np.array([-1.0]), np.zeros(1), np.array([self._total]), [])

    def broken(self, values: Floats, *, soft: bool) -> list[Block]:
        """Return the row of a set of cells that the open sites are too small to serve."""
        number = len(self.sites)
        within = least_cut(self._cover, self.cap_km2, values[:number])
        weight = np.where(within, self._cover.weight, 0.0)
        room = np.minimum(self.cap_km2, np.asarray(self._cover.reached.T @ weight))
        area = float(weight.sum())
        have = float(room @ values[:number])
        # of all area what is outside the set is served anyway
        asked = area if not soft else area - (self._total - float(values[number]))
        if have >= asked - 1e-7 * self._total:
            return []
        if not soft:
            return [row(room, area - SAME * self._total)]
        return [row(np.append(room, -1.0), area - (1 + SAME) * self._total)]

    def assign(self, opened: Bools, *, soft: bool, time_limit_s: float | None = None) -> Fit | None:
        """Give whole cells to open sites, so that the most are given and ways are short."""
        cover = cover_of(self.in_time & opened[:, None], self.area_km2, apart=self.area_km2)
        units = np.bincount(cover.pattern, minlength=cover.weight.size).astype(np.float64)
        each_km2 = cover.weight / units
        pairs = sp.coo_array(cover.reached)
        of, to = np.asarray(pairs.row, np.int64), np.asarray(pairs.col, np.int64)
        every = np.arange(of.size)
        measure = each_km2[of]
        given = sp.csr_array((np.ones(of.size), (of, every)), (units.size, of.size))
        area = sp.csr_array((measure, (to, every)), (opened.size, of.size))
        room = np.minimum(self.cap_km2 * (1 + SAME), self._total * (1 + SAME))
        model = program(
            cost=-measure if soft else measure * self._mean_s(cover)[of, to],
            lower=np.zeros(of.size),
            upper=units[of],
            whole=np.ones(of.size, dtype=bool),
            blocks=[block(given, 0.0 if soft else units, units), block(area, -np.inf, room)],
        )
        if not soft and not np.isin(np.arange(units.size), of).all():
            return None
        outcome = solve(model, gap=CELLS if soft else 1e-3, time_limit_s=time_limit_s)
        if outcome.status == "unknown":
            raise OutOfTimeError
        if outcome.status == "infeasible":
            return None
        assigned = self._read(cover, of, to, outcome.values)
        return Fit(assigned, -outcome.bound if soft else self._total)

    def _mean_s(self, cover: Cover) -> Floats:
        """Return the mean seconds from each site to the cells of each group, (groups, n)."""
        cells = sp.csr_array(
            (np.ones(cover.pattern.size), (cover.pattern, np.arange(cover.pattern.size)))
        )
        total = cells @ np.where(self.in_time, self.time_s, 0.0).T
        return np.asarray(total / np.asarray(cells.sum(axis=1))[:, None], dtype=np.float64)

    def _read(self, cover: Cover, of: Ints, to: Ints, values: Floats) -> Ints:
        """Return who is given which cell: each site those of its share that it reaches soonest."""
        units = np.rint(values).astype(np.int64)
        assigned = np.full(self.area_km2.size, -1, dtype=np.int64)
        by_group = np.argsort(cover.pattern, kind="stable")
        starts = np.searchsorted(cover.pattern[by_group], np.arange(cover.weight.size + 1))
        for pair in np.flatnonzero(units > 0):
            cells = by_group[starts[of[pair]] : starts[of[pair] + 1]]
            free = cells[assigned[cells] < 0]
            near = free[np.argsort(self.time_s[to[pair], free], kind="stable")]
            assigned[near[: units[pair]]] = to[pair]
        return assigned

    def compliant_km2(self, assigned: Ints) -> float:
        """Return the km² that are given to somebody."""
        return float(self.area_km2[assigned >= 0].sum())

    def served_km2(self, opened: Bools) -> float:
        """Return the km² that open sites serve within their caps, cells divided at will."""
        weight = np.where(self.far(opened), self._cover.weight, 0.0)
        room = np.minimum(self.cap_km2, np.asarray(self._cover.reached.T @ weight))
        return self._total - float(weight.sum()) + float(room[opened].sum())

    def far(self, opened: Bools) -> Bools:
        """Return the patterns that open sites are least able to serve, shape (patterns,)."""
        return least_cut(self._cover, self.cap_km2, opened.astype(np.float64))

    def cells(self, patterns: Bools) -> Ints:
        """Return the cells of some patterns, by index."""
        return np.flatnonzero(patterns[self._cover.pattern])

    def barred(self, opened: Bools, km2: float, *, soft: bool) -> Block:
        """Return a row that choices with a site beyond these keep: fewer do no better."""
        other = (~opened & self.sites.open_to_choice).astype(np.float64)
        if not soft:
            return row(other, 1.0)
        return row(np.append(other * (self._total - km2), -1.0), -km2)


def least_cut(cover: Cover, cap_km2: Floats, opened: Floats) -> Bools:
    """Return the patterns on the far side of the least cut, shape (patterns,).

    Parameters
    ----------
    cover
        Who reaches which pattern, and its km² as weight.
    cap_km2
        Shape (n,).
    opened
        Shape (n,), how far each site is open, from 0 to 1.
    """
    pairs = sp.coo_array(cover.reached)
    patterns, number = cover.reached.shape
    unit = UNITS / cover.total
    reach = np.asarray(cover.reached.T @ cover.weight)
    room = np.floor(np.minimum(cap_km2, reach) * np.clip(opened, 0, 1) * unit)
    source, sink = number + patterns, number + patterns + 1
    tail = np.concatenate([np.full(number, source), pairs.col, number + np.arange(patterns)])
    head = np.concatenate([np.arange(number), number + pairs.row, np.full(patterns, sink)])
    size = np.concatenate([room, np.full(pairs.nnz, UNITS), np.round(cover.weight * unit)])
    graph = sp.csr_array((size.astype(np.int32), (tail, head)), (sink + 1, sink + 1))
    left = sp.csr_array(graph - maximum_flow(graph, source, sink).flow)
    left.eliminate_zeros()
    near = breadth_first_order(left, source, return_predecessors=False)
    far = np.ones(patterns, dtype=bool)
    far[near[(near >= number) & (near < source)] - number] = False
    return far

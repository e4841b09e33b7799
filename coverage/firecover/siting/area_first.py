"""Caps on jurisdictions when each cell belongs to the station that arrives first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from firecover.siting.area_free import least_cut
from firecover.siting.area_search import CappedCells, Extras, Fit, row
from firecover.siting.coverage_patterns import without_supersets
from firecover.siting.solver import SAME, Block, Bools, Floats, Ints, block


@dataclass(frozen=True)
class FirstArrival(CappedCells):
    """Each cell in time belongs to the open site that arrives first, of equals the first.

    If a site is open, a set of cells adds its whole area to the site's jurisdiction but for
    the cells at which another open site is sooner. So for each site j and each set of cells::

        sum over k of (area where k is sooner than j) x_k >= (area of the set - cap of j) x_j

    Rows for all sets together are just the caps. They are added for the sets that a choice
    breaks most: the cells at which the site is open and nobody sooner is.
    """

    def extras(self, *, soft: bool) -> Extras:
        """Return the km² above each cap, and those of each pattern that are not reached."""
        number = len(self.sites)
        reached = self._cover.reached
        if not soft:
            rows = sp.csr_array(reached[without_supersets(reached)])
            none = np.empty(0)
            return Extras(none, none, none, [block(rows, 1.0, np.inf)])
        weight = self._cover.weight
        above = sp.csr_array((weight.size, number))
        unreached = sp.csr_array(sp.eye_array(weight.size))
        rows = sp.hstack([sp.csr_array(sp.diags_array(weight) @ reached), above, unreached])
        # what is not reached is counted below nought: the objective is all that is reached
        return Extras(
            cost=np.ones(number + weight.size),
            lower=np.concatenate([np.zeros(number), -weight]),
            upper=np.concatenate([np.full(number, weight.sum()), np.zeros(weight.size)]),
            rows=[block(rows, 0.0, np.inf)],
        )

    def broken(self, values: Floats, *, soft: bool) -> list[Block]:
        """Return the caps that are broken."""
        number = len(self.sites)
        opened = np.where(values[:number] > SAME, values[:number], 0.0)
        capped = np.flatnonzero((opened > 0) & np.isfinite(self.cap_km2))
        found = [self._cap(int(site), opened, values if soft else None) for site in capped]
        found.append(self._flow(values) if soft else None)
        return [one for one in found if one is not None]

    def _flow(self, values: Floats) -> Block | None:
        """Return a row that first arrival brings no more than cells freely given would."""
        number, cover = len(self.sites), self._cover
        weight = np.where(least_cut(cover, self.cap_km2, values[:number]), cover.weight, 0.0)
        room = np.minimum(self.cap_km2, np.asarray(cover.reached.T @ weight))
        coefficients = np.concatenate([room, np.ones(values.size - number)])
        least = float(weight.sum()) - cover.total
        if float(coefficients @ values) >= least - 1e-7 * cover.total:
            return None
        return row(coefficients, least - SAME * cover.total)

    def never(self) -> Bools:
        """Return the sites that no choice within the caps holds, shape (n,).

        A jurisdiction is smallest when all other sites are open. A site above its cap even
        then cannot be opened; without it the others' jurisdictions grow, and so on.
        """
        usable = self.sites.locked | self.sites.open_to_choice
        left = usable.copy()
        while True:
            above = left & self.sites.open_to_choice & self.above(left)
            if not above.any():
                return usable & ~left
            left &= ~above

    def above(self, opened: Bools) -> Bools:
        """Return the sites above their caps when some are open, shape (n,)."""
        fit = self.assign(opened, soft=True)
        assert fit is not None
        given = fit.assigned >= 0
        km2 = np.bincount(fit.assigned[given], weights=self.area_km2[given], minlength=opened.size)
        return np.asarray(km2 > self.cap_km2 * (1 + SAME), dtype=np.bool_)

    def _cap(self, site: int, opened: Floats, values: Floats | None) -> Block | None:
        """Return the row of a site's cap over the cells that break it most."""
        number = len(self.sites)
        cells = np.flatnonzero(self.in_time[site])
        sooner = self._sooner(site, cells)
        kept = cells[opened[site] - opened @ sooner > SAME]
        sooner = sooner[:, opened[site] - opened @ sooner > SAME]
        area = self.area_km2[kept]
        excess = float(area.sum()) - self.cap_km2[site]
        if excess <= 0:
            return None
        # no more can be taken away than is too much
        coefficients = np.minimum(sooner @ area, excess)
        coefficients[site] = -excess
        if values is not None:
            coefficients = np.concatenate([coefficients, np.zeros(values.size - number)])
            coefficients[number + site] = 1.0
        have = float(coefficients @ (opened if values is None else values))
        if have >= -1e-7 * max(float(self.area_km2.sum()), 1e-9):
            return None
        return row(coefficients, -SAME * float(self.area_km2.sum()))

    def _sooner(self, site: int, cells: Ints) -> Bools:
        """Tell who arrives before a site at some cells, shape (n, cells)."""
        usable = self.sites.locked | self.sites.open_to_choice
        mine, theirs = self.time_s[site, cells], self.time_s[:, cells]
        earlier = np.arange(len(self.sites)) < site
        before = (theirs < mine) | ((theirs == mine) & earlier[:, None])
        return np.asarray(before & usable[:, None] & self.in_time[:, cells], dtype=np.bool_)

    def assign(
        self,
        opened: Bools,
        *,
        soft: bool,
        time_limit_s: float | None = None,  # noqa: ARG002 - it takes no time
    ) -> Fit | None:
        """Give each cell to whoever arrives first; -1 where nobody is in time."""
        coming = np.where(self.in_time & opened[:, None], self.time_s, np.inf)
        first = coming.argmin(axis=0)
        assigned = np.where(np.isfinite(coming.min(axis=0)), first, -1)
        km2 = self.compliant_km2(assigned)
        fits = km2 >= float(self.area_km2.sum()) * (1 - SAME)
        return Fit(assigned, km2) if soft or fits else None

    def compliant_km2(self, assigned: Ints) -> float:
        """Return the km² that are given, without what is above the caps."""
        given = assigned >= 0
        km2 = np.bincount(
            assigned[given], weights=self.area_km2[given], minlength=self.cap_km2.size
        )
        return float(np.minimum(km2, self.cap_km2).sum())

    def served_km2(self, opened: Bools) -> float:
        """Return the km² that open sites serve within their caps."""
        fit = self.assign(opened, soft=True)
        return 0.0 if fit is None else fit.at_most_km2

    def barred(self, opened: Bools, km2: float, *, soft: bool) -> Block:  # noqa: ARG002
        """Return a row that any other choice keeps."""
        # reached only where a cap is broken by less than the solver can tell
        changes = np.where(opened, -1.0, 1.0)
        return row(changes, 1.0 - float(opened.sum()))

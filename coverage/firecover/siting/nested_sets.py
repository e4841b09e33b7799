"""The best growing sets of stations: exactly, over all subsets or by an integer program."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from firecover.siting.solver import Block, block, program, solve

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Numbers that differ by less than this share of themselves are the same.
SAME = 1e-9
#: Up to so many sites all their subsets are gone through.
SUBSETS = 16


@dataclass(frozen=True)
class Growth:
    """Sets of sites that grow from stage to stage, each within what may be spent by then.

    Attributes
    ----------
    reached
        Shape (n, q), which pattern of demand each of n sites reaches.
    weight
        Shape (q,), the demand of each pattern.
    cost
        Shape (n,), what each site costs.
    purse
        Shape (stages,), what may be spent up to each stage, not falling.
    """

    reached: Bools
    weight: Floats
    cost: Floats
    purse: Floats

    def covered(self, chosen: Bools) -> float:
        """Return the demand that a set of sites, shape (n,), reaches."""
        return float(self.weight[self.reached[chosen].any(axis=0)].sum())

    def stage(self, cost: Floats | float) -> Ints:
        """Return the first stage (from 0) at which a sum can be paid; their number if never."""
        enough = self.purse * (1 + SAME)
        return np.asarray(np.searchsorted(enough, cost), dtype=np.int64)

    def until(self, stage: int) -> Growth:
        """Return the question of one set alone, with all that may be spent by a stage."""
        return Growth(self.reached, self.weight, self.cost, self.purse[stage : stage + 1])


@dataclass(frozen=True)
class Grown:
    """The best growing sets found.

    Attributes
    ----------
    stage
        Shape (n,), at which each site joins (from 0); the number of stages if never.
    bound
        No growing sets cover more, summed over the stages.
    proven
        Whether these cover as much.
    """

    stage: Ints
    bound: float
    proven: bool


def value(growth: Growth, stage: Ints) -> float:
    """Return the demand covered, summed over the stages, given when each site joins."""
    return sum(growth.covered(stage <= number) for number in range(len(growth.purse)))


def best_growth(growth: Growth, time_limit_s: float | None = None) -> Grown:
    """Find the growing sets that cover most demand, summed over the stages.

    Parameters
    ----------
    growth
        What may be chosen.
    time_limit_s
        How long HiGHS may look; for ever when not given. Subsets need no limit.

    Returns
    -------
    grown
        No site joins that adds nothing. Proven, unless time ran out.
    """
    if len(growth.cost) <= SUBSETS:
        return Subsets.of(growth).best_growth()
    return _by_program(growth, time_limit_s)


def ceilings(growth: Growth, time_limit_s: float | None = None) -> Floats:
    """Return the most that any set paid by each stage covers, shape (stages,).

    Each stage by itself: the sets need not grow one out of another. Where time ran out, what
    HiGHS proved that no set exceeds.
    """
    if len(growth.cost) <= SUBSETS:
        return Subsets.of(growth).ceilings()
    stages = len(growth.purse)
    each_s = None if time_limit_s is None else time_limit_s / stages
    return np.array([_by_program(growth.until(t), each_s).bound for t in range(stages)])


@dataclass(frozen=True)
class Subsets:
    """All sets of n sites; bit i of a set's number tells whether site i is in it.

    Attributes
    ----------
    growth
        What may be chosen.
    covered
        Shape (2ⁿ,), the demand that each set reaches.
    stage
        Shape (2ⁿ,), the first stage at which each can be paid.
    """

    growth: Growth
    covered: Floats
    stage: Ints

    @classmethod
    def of(cls, growth: Growth) -> Subsets:
        """Work out what every set covers and costs.

        A set misses the patterns whose sites are all outside it: a sum over the subsets of
        its complement, for all sets at once.
        """
        sites = len(growth.cost)
        who = (1 << np.arange(sites)) @ growth.reached.astype(np.int64)
        inside: Floats = np.bincount(who, growth.weight, 1 << sites).astype(np.float64)
        cost = np.zeros(1)
        for site in range(sites):
            halves = inside.reshape(-1, 2, 1 << site)
            halves[:, 1] += halves[:, 0]
            cost = np.concatenate([cost, cost + growth.cost[site]])
        return cls(growth, inside[-1] - inside[::-1], growth.stage(cost))

    def best_growth(self) -> Grown:
        """Add one site after another, each as soon as it can be paid, in the best order.

        What a set is worth from its stage on is the best of stopping there and of any site
        added next; sets are gone through from the largest down.
        """
        stages, sites = len(self.growth.purse), len(self.growth.cost)
        number = np.arange(len(self.covered))
        size = np.bitwise_count(number)
        worth = self.covered * (stages - self.stage)
        chosen, following = worth.copy(), np.full(len(number), -1)
        enough = SAME * stages * self.covered[-1]
        for count in range(sites - 1, -1, -1):
            for site in range(sites):
                small = number[(size == count) & (number >> site & 1 == 0)]
                large = small | 1 << site
                wait = self.stage[large] - self.stage[small]
                then = self.covered[small] * wait + worth[large]
                worth[small] = np.maximum(worth[small], then)
                # of equals stopping comes first, then the site given first
                better = then > chosen[small] + enough
                chosen[small[better]] = then[better]
                following[small[better]] = site
        stage = np.full(sites, stages)
        at = 0
        while following[at] >= 0:
            site = int(following[at])
            at |= 1 << site
            stage[site] = self.stage[at]
        return Grown(_without_idle(self.growth, stage), float(worth[0]), proven=True)

    def ceilings(self) -> Floats:
        """Return the most that any set paid by each stage covers."""
        stages = range(len(self.growth.purse))
        return np.array([self.covered[self.stage <= stage].max() for stage in stages])


def _by_program(growth: Growth, time_limit_s: float | None) -> Grown:
    """Choose by an integer program: who has joined by each stage, what is covered then."""
    sites, stages = len(growth.cost), len(growth.purse)
    joined = sites * stages
    cost = np.concatenate([np.zeros(joined), np.tile(-growth.weight, stages)])
    whole = np.arange(len(cost)) < joined
    model = program(cost, np.zeros(len(cost)), np.ones(len(cost)), whole, _rows(growth))
    found = solve(model, time_limit_s=time_limit_s)
    bound = min(-found.bound, stages * float(growth.weight.sum()))
    if not found.values.size:
        return Grown(np.full(sites, stages), bound, proven=False)
    has_joined = (found.values[:joined] > 1 / 2).reshape(stages, sites)
    first = np.where(has_joined.any(axis=0), has_joined.argmax(axis=0), stages)
    stage = _without_idle(growth, first)
    best = value(growth, stage)
    proven = found.status == "optimal" or bound <= best * (1 + SAME)
    return Grown(stage, best if proven else bound, proven)


def _rows(growth: Growth) -> list[Block]:
    """Return the rows: what is paid, what is covered, and that who has joined stays.

    The variables are, stage by stage, who has joined, then which patterns are covered.
    """
    sites, patterns = growth.reached.shape
    stages = len(growth.purse)
    each = sp.eye_array(stages, format="csr")
    who = sp.csr_array(growth.reached.T.astype(np.float64))
    covered = -sp.eye_array(patterns * stages, format="csr")
    steps = sp.eye_array(stages - 1, stages, k=1) - sp.eye_array(stages - 1, stages)
    return [
        block(
            sp.csr_array(sp.kron(each, growth.cost[None, :])), -np.inf, growth.purse * (1 + SAME)
        ),
        block(sp.csr_array(sp.hstack([sp.kron(each, who), covered])), 0.0, np.inf),
        block(sp.csr_array(sp.kron(steps, sp.eye_array(sites))), 0.0, np.inf),
    ]


def _without_idle(growth: Growth, stage: Ints) -> Ints:
    """Leave out sites without which just as much is covered, the last ones given first."""
    stages = len(growth.purse)
    kept, best = stage.copy(), value(growth, stage)
    for site in np.flatnonzero(stage < stages)[::-1]:
        without = kept.copy()
        without[site] = stages
        if value(growth, without) >= best * (1 - SAME):
            kept = without
    return kept

"""Sites and what may be built of them: those that stand, those asked for, number, budget."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike

from firecover.errors import InputError, Problem
from firecover.siting.solver import SAME, Block, Bools, Floats, Ints, Status, block

#: Why there is no answer: demand that no site reaches, sites that are too small, a number or
#: a budget that does not suffice, no other choice left.
Lack = Literal["unreached", "capacity", "count", "budget", "choice"]

_NONE = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Shortfall:
    """Why a question has no answer.

    Attributes
    ----------
    lack
        What is missing.
    what
        The same in words.
    demand
        The demand concerned, by index.
    sites
        The sites concerned, by index.
    short
        How much is missing: km² of capacity, sites, cost; NaN where that cannot be said.
    """

    lack: Lack
    what: str
    demand: Ints = field(default_factory=_NONE.copy)
    sites: Ints = field(default_factory=_NONE.copy)
    short: float = np.nan


#: Every choice that keeps the limits is among those not wanted again.
NO_OTHER = Shortfall("choice", "no other choice keeps all limits")


@dataclass(frozen=True)
class Solution:
    """An answer and what is known of it.

    Attributes
    ----------
    status
        ``optimal`` (proven), ``feasible`` (the best found in the time), ``infeasible``
        (proven: ``why`` says why), ``unknown`` (nothing found in the time, nothing proven).
    objective
        What the answer is worth, in the model's unit; NaN when there is none.
    bound
        Nothing is better than this; NaN when infeasible.
    gap
        ``|bound - objective| / |objective|``: 0 when proven, infinite without an answer.
    chosen
        The sites to open, by index and in order; those that stand already are not among them.
    assigned
        Shape (d,), the site that serves each demand, standing or chosen; -1: none.
    seconds
        How long it took.
    why
        Why there is no answer; empty otherwise.
    """

    status: Status
    objective: float
    bound: float
    gap: float
    chosen: Ints
    assigned: Ints = field(repr=False)
    seconds: float
    why: tuple[Shortfall, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is an answer."""
        return self.status in {"optimal", "feasible"}


@dataclass(frozen=True)
class Sites:
    """The sites of a question and what may be built; see :func:`make_sites`.

    Attributes
    ----------
    cost
        Shape (n,), what opening each costs.
    locked
        Shape (n,), stand already: open, free, and not counted.
    forced, forbidden
        Shape (n,), must and must not be opened.
    count
        The most that may be opened.
    exactly
        As many as ``count`` must be opened.
    budget
        The most that they may cost together.
    known
        Choices that are not wanted again.
    """

    cost: Floats
    locked: Bools
    forced: Bools
    forbidden: Bools
    count: int | None = None
    exactly: bool = False
    budget: float | None = None
    known: tuple[frozenset[int], ...] = ()

    def __len__(self) -> int:
        """Return the number of sites."""
        return self.cost.size

    @property
    def open_to_choice(self) -> Bools:
        """The sites that a choice may hold, shape (n,)."""
        return ~self.locked & ~self.forbidden

    def price(self, chosen: Iterable[int]) -> float:
        """Return what a choice costs."""
        return float(self.cost[list(chosen)].sum())

    def allows(self, chosen: Collection[int]) -> bool:
        """Tell whether a choice keeps every limit."""
        picked = np.zeros(len(self), dtype=bool)
        picked[list(chosen)] = True
        kept = not (picked & ~self.open_to_choice).any() and not (self.forced & ~picked).any()
        return kept and self._affords(chosen) and frozenset(chosen) not in self.known

    def _affords(self, chosen: Collection[int]) -> bool:
        if self.budget is not None and self.price(chosen) > self.budget * (1 + SAME):
            return False
        if self.count is None:
            return True
        return len(chosen) == self.count if self.exactly else len(chosen) <= self.count

    def force(self, site: int) -> Sites:
        """Return the same question with a site that must be opened."""
        return replace(self, forced=_with(self.forced, site))

    def forbid(self, site: int) -> Sites:
        """Return the same question with a site that must not be opened."""
        return replace(self, forbidden=_with(self.forbidden, site))

    def other_than(self, chosen: Iterable[int]) -> Sites:
        """Return the same question, a choice of sites not wanted again."""
        return replace(self, known=(*self.known, frozenset(int(site) for site in chosen)))

    def only(self, kept: Ints) -> Sites:
        """Return the question for some of the sites, numbered anew."""
        number = {int(site): place for place, site in enumerate(kept)}
        known = [choice for choice in self.known if all(site in number for site in choice)]
        return replace(
            self,
            cost=self.cost[kept],
            locked=self.locked[kept],
            forced=self.forced[kept],
            forbidden=self.forbidden[kept],
            known=tuple(frozenset(number[site] for site in choice) for choice in known),
        )


def make_sites(
    number: int,
    *,
    cost: ArrayLike = 1.0,
    locked: Sequence[int] | Ints = (),
    forced: Sequence[int] | Ints = (),
    forbidden: Sequence[int] | Ints = (),
    count: int | None = None,
    exactly: bool = False,
    budget: float | None = None,
) -> Sites:
    """Say what may be built.

    Parameters
    ----------
    number
        The number n of sites, standing ones and candidates together.
    cost
        What opening each costs, one number or shape (n,); not negative.
    locked
        Indices of the sites that stand already.
    forced, forbidden
        Indices of sites that must and must not be opened.
    count
        The most sites to open, without those that stand.
    exactly
        Open no fewer either.
    budget
        The most that opening them may cost, in the unit of ``cost``.

    Raises
    ------
    InputError
        Something contradicts itself; every contradiction is named.
    """
    costs = np.array(np.broadcast_to(np.asarray(cost, dtype=np.float64), number))
    sets = {"locked": locked, "forced": forced, "forbidden": forbidden}
    masks = {name: np.zeros(number, dtype=bool) for name in sets}
    problems = []
    for name, wanted in sets.items():
        indices = np.asarray(wanted, dtype=np.int64)
        if ((indices < 0) | (indices >= number)).any():
            problems.append(Problem(f"there are {number} sites, numbered from 0", key=name))
        else:
            masks[name][indices] = True
    if (masks["forbidden"] & (masks["locked"] | masks["forced"])).any():
        problems.append(Problem("a forbidden site also stands or is forced", key="forbidden"))
    if not (np.isfinite(costs) & (costs >= 0)).all():
        problems.append(Problem("a cost is negative or not a number", key="cost"))
    if exactly and count is None:
        problems.append(Problem("how many exactly is not said", key="count"))
    if problems:
        raise InputError(problems)
    masks["forced"] &= ~masks["locked"]
    return Sites(
        cost=costs,
        locked=masks["locked"],
        forced=masks["forced"],
        forbidden=masks["forbidden"],
        count=count,
        exactly=exactly,
        budget=budget,
    )


def contradictions(sites: Sites) -> tuple[Shortfall, ...]:
    """Say which limits cannot be kept whatever is chosen; empty if none."""
    found = []
    forced = np.flatnonzero(sites.forced)
    free = int(sites.open_to_choice.sum())
    if sites.count is not None and len(forced) > sites.count:
        what = f"{len(forced)} sites are forced, {sites.count} may be opened"
        found.append(Shortfall("count", what, sites=forced, short=len(forced) - sites.count))
    if sites.exactly and sites.count is not None and free < sites.count:
        what = f"{sites.count} sites shall be opened, there are {free}"
        found.append(Shortfall("count", what, short=sites.count - free))
    price = sites.price(forced)
    if sites.budget is not None and price > sites.budget * (1 + SAME):
        what = f"the forced sites cost {price:g}, the budget is {sites.budget:g}"
        found.append(Shortfall("budget", what, sites=forced, short=price - sites.budget))
    if not found and sites.exactly and sites.budget is not None and sites.count is not None:
        rest = np.sort(sites.cost[sites.open_to_choice & ~sites.forced])
        least = price + float(rest[: sites.count - len(forced)].sum())
        if least > sites.budget * (1 + SAME):
            what = f"{sites.count} sites cost {least:g} at least, the budget is {sites.budget:g}"
            found.append(Shortfall("budget", what, short=least - sites.budget))
    return tuple(found)


def limits(sites: Sites) -> tuple[Floats, Floats, list[Block]]:
    """Return the least and most of each site's variable, shape (n,), and the rows on them."""
    least = (sites.locked | sites.forced).astype(np.float64)
    most = (~sites.forbidden).astype(np.float64)
    new = (~sites.locked).astype(np.float64)
    rows = []
    if sites.count is not None:
        rows.append(block(new[None, :], sites.count if sites.exactly else -np.inf, sites.count))
    if sites.budget is not None:
        most_cost = sites.budget * (1 + SAME)
        rows.append(block((sites.cost * new)[None, :], -np.inf, most_cost))
    for choice in sites.known:
        # another choice differs in a site at least: one left out or one more
        picked = np.zeros(len(sites))
        picked[list(choice)] = 1.0
        rows.append(
            block(sp.csr_array((new * (1 - 2 * picked))[None, :]), 1 - picked.sum(), np.inf)
        )
    return least, most, rows


def answer(  # noqa: PLR0917 - the fields of a solution, in their order
    status: Status,
    objective: float,
    bound: float,
    chosen: ArrayLike,
    assigned: Ints,
    seconds: float,
) -> Solution:
    """Put an answer together; its gap follows from objective and bound."""
    gap = 0.0 if bound == objective else abs(bound - objective) / max(abs(objective), 1e-12)
    if gap <= SAME:
        gap, bound = 0.0, objective
    picked = np.sort(np.asarray(chosen, dtype=np.int64))
    said: Status = "optimal" if gap == 0 else status
    return Solution(said, objective, bound, gap, picked, assigned, seconds)


def no_answer(
    places: int, seconds: float, why: Sequence[Shortfall] = (), bound: float = np.nan
) -> Solution:
    """Say that there is no answer, and why; without a reason nothing was found in the time."""
    status: Status = "infeasible" if why else "unknown"
    unserved = np.full(places, -1, dtype=np.int64)
    return Solution(status, np.nan, bound, np.inf, _NONE, unserved, seconds, tuple(why))


def _with(mask: Bools, site: int) -> Bools:
    changed = mask.copy()
    changed[site] = True
    return changed

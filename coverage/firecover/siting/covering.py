"""Cover demand: everything with the fewest sites (LSCP), or the most with some (MCLP)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import scipy.sparse as sp

from firecover.siting.coverage_patterns import Cover, dominated, reduced
from firecover.siting.heuristics import Costs, good_choice
from firecover.siting.sites import (
    NO_OTHER,
    Shortfall,
    Sites,
    Solution,
    answer,
    contradictions,
    limits,
    no_answer,
)
from firecover.siting.solver import (
    SAME,
    Block,
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

#: The variable of a pattern is its covered weight times this, and not a share from 0 to 1: HiGHS
#: sees that such shares are whole, and spends most of its time on cuts that rest on it.
ODD = 2**0.5

#: Tables of sites by patterns larger than this are not made dense for a first choice.
DENSE = 20_000_000


@dataclass(frozen=True)
class Aim:
    """One kind of demand among several that a choice shall cover.

    Attributes
    ----------
    cover
        Who reaches it.
    share
        What a unit of it counts in the objective.
    at_least
        How much of it must be covered, in its own unit.
    """

    cover: Cover
    share: float = 1.0
    at_least: float = 0.0


def lscp(
    cover: Cover,
    sites: Sites,
    *,
    by: Literal["count", "cost"] = "count",
    time_limit_s: float | None = None,
) -> Solution:
    """Cover all demand with the fewest (or cheapest) new sites (Toregas and others 1971).

    Parameters
    ----------
    cover
        Who reaches whom; every pattern must be reached, whatever its weight.
    sites
        What may be built, with or without a number or a budget to keep.
    by
        Whether the number of sites or their cost shall be least.
    time_limit_s
        How long to go on; the best found then comes with its gap.

    Returns
    -------
    solution
        Its objective is the number or the cost of the new sites. If infeasible, it names the
        demand that no site reaches, or what the number or the budget lacks.
    """
    began = time.perf_counter()
    why = contradictions(sites) or unreached_demand(cover, sites)
    if why:
        return no_answer(cover.pattern.size, time.perf_counter() - began, why)
    model = cover_program(cover.reached, sites, by)
    outcome = solve(model, time_limit_s=left_s(time_limit_s, began))
    return _lscp_answer(cover, sites, outcome, began, by)


def cover_program(
    reached: sp.csr_array, sites: Sites, by: Literal["count", "cost"] = "count"
) -> Program:
    """Build the program that covers every pattern with the fewest or cheapest new sites.

    Parameters
    ----------
    reached
        Shape (patterns, n), ones where a site reaches a pattern.
    sites
        What may be built.
    by
        Whether the number of sites or their cost shall be least.
    """
    least, most, rows = limits(sites)
    price = np.ones(len(sites)) if by == "count" else sites.cost
    needed = sp.csr_array(reached[np.flatnonzero(reached @ least == 0)])
    if not sites.known and not sites.exactly:
        # a site replaces another if it costs no more in the objective, nor of the budget
        cost = sites.cost if sites.budget is not None else price
        left, columns = reduced(needed, cost, sites.open_to_choice & ~sites.forced)
        kept = least > 0
        kept[columns] = True
        most, needed = np.where(kept, most, 0.0), sp.csr_array(needed[left])
    return program(
        cost=np.where(sites.locked, 0.0, price),
        lower=least,
        upper=most,
        whole=np.ones(len(sites), dtype=bool),
        blocks=[block(needed, 1.0, np.inf), *rows],
    )


def _lscp_answer(
    cover: Cover,
    sites: Sites,
    outcome: Outcome,
    began: float,
    by: Literal["count", "cost"],
) -> Solution:
    places = cover.pattern.size
    if outcome.status == "infeasible":
        why = too_few(cover, sites)
        return no_answer(places, time.perf_counter() - began, why)
    if outcome.status == "unknown":
        return no_answer(places, time.perf_counter() - began, bound=outcome.bound)
    chosen = new_sites(sites, outcome.values)
    value = float(len(chosen)) if by == "count" else sites.price(chosen)
    bound = np.ceil(outcome.bound - SAME) if by == "count" else outcome.bound
    bound = value if outcome.status == "optimal" else bound
    assigned = any_open(cover, sites, chosen)
    return answer(
        outcome.status, value, bound, chosen, assigned=assigned, seconds=time.perf_counter() - began
    )


def too_few(cover: Cover, sites: Sites) -> tuple[Shortfall, ...]:
    """Say how many sites or how much money the limits lack."""
    found = []
    free = replace(sites, count=None, exactly=False, budget=None)
    if sites.count is not None:
        fewest = lscp(cover, free)
        if fewest and fewest.objective > sites.count:
            what = f"{fewest.objective:g} new sites are needed, {sites.count} may be opened"
            found.append(Shortfall("count", what, short=fewest.objective - sites.count))
    if sites.budget is not None:
        cheapest = lscp(cover, free, by="cost")
        if cheapest and cheapest.objective > sites.budget:
            what = f"covering all costs {cheapest.objective:g}, the budget is {sites.budget:g}"
            found.append(Shortfall("budget", what, short=cheapest.objective - sites.budget))
    return tuple(found) or (NO_OTHER,)


def unreached_demand(cover: Cover, sites: Sites, times: int = 1) -> tuple[Shortfall, ...]:
    """Say which demand too few sites reach that stand or may be opened; empty if none."""
    reach = cover.times_covered(np.flatnonzero(sites.locked | sites.open_to_choice))
    lost = np.flatnonzero((reach < times)[cover.pattern])
    if not lost.size:
        return ()
    who = "no site reaches" if times == 1 else f"fewer than {times} sites reach"
    return (Shortfall("unreached", f"{who} {lost.size} places in time", demand=lost),)


def new_sites(sites: Sites, values: Floats) -> Ints:
    """Return the sites that the first n variables of a program open, without the standing."""
    return np.flatnonzero((values[: len(sites)] > 1 / 2) & ~sites.locked)


def any_open(cover: Cover, sites: Sites, chosen: Ints) -> Ints:
    """Return an open site that reaches each demand, the first by index; -1: none."""
    opened = np.sort(np.concatenate([np.flatnonzero(sites.locked), chosen]))
    if not opened.size:
        return np.full(cover.pattern.size, -1, dtype=np.int64)
    part = cover.reached[:, opened].toarray() > 0
    return np.where(part.any(axis=1), opened[part.argmax(axis=1)], -1)[cover.pattern]


def mclp(cover: Cover, sites: Sites, *, time_limit_s: float | None = None) -> Solution:
    """Cover the most demand that a number of sites or a budget allows (Church, ReVelle 1974).

    Parameters
    ----------
    cover
        Who reaches whom, and the weight of demand (not negative).
    sites
        What may be built.
    time_limit_s
        How long to go on; the best found then comes with its gap.

    Returns
    -------
    solution
        Its objective is the demand covered, by what stands and what is opened.
    """
    return mclp_of([Aim(cover)], sites, time_limit_s=time_limit_s)


def mclp_of(
    aims: Sequence[Aim],
    sites: Sites,
    *,
    toll: Floats | None = None,
    time_limit_s: float | None = None,
) -> Solution:
    """Cover the most of several kinds of demand, at least so much of each.

    Parameters
    ----------
    aims
        The kinds of demand, their shares in the objective and what must be covered of each.
    sites
        What may be built.
    toll
        Shape (n,), what each new site takes from the objective, in proportion to its cost or
        the same for all; nothing when not given.
    time_limit_s
        How long to go on; the best found then comes with its gap.

    Returns
    -------
    solution
        Its objective is the sum of share times demand covered, less the tolls. ``assigned``
        tells of the demand of all aims, one after the other.
    """
    began = time.perf_counter()
    places = sum(aim.cover.pattern.size for aim in aims)
    why = contradictions(sites) or _too_little(aims, sites)
    if why:
        return no_answer(places, time.perf_counter() - began, why)
    parts = [_part(aim, sites) for aim in aims]
    tolls = np.zeros(len(sites)) if toll is None else np.where(sites.locked, 0.0, toll)
    model = _mclp_program(aims, parts, sites, tolls)
    plain = toll is None and not any(aim.at_least for aim in aims)
    first = _first_choice(aims, sites) if plain else None
    start = None if first is None else _start(parts, sites, first)
    limit_s = left_s(time_limit_s, began)
    outcome = solve(model, time_limit_s=limit_s, start=start, search_less=start is not None)
    seconds = time.perf_counter() - began
    if outcome.status == "infeasible":
        short = Shortfall("choice", "no choice covers as much of each kind as is asked for")
        return no_answer(places, seconds, (short,))
    constant = sum(aim.share * part.always for aim, part in zip(aims, parts, strict=True))
    if outcome.status == "unknown":
        return no_answer(places, seconds, bound=constant - outcome.bound)
    chosen = new_sites(sites, outcome.values)
    opened = np.concatenate([np.flatnonzero(sites.locked), chosen])
    value = float(sum(aim.share * aim.cover.covered_weight(opened) for aim in aims))
    value -= float(tolls[chosen].sum())
    bound = value if outcome.status == "optimal" else max(constant - outcome.bound, value)
    assigned = np.concatenate([any_open(aim.cover, sites, chosen) for aim in aims])
    return answer(outcome.status, value, bound, chosen, assigned=assigned, seconds=seconds)


@dataclass(frozen=True)
class _Part:
    """The patterns of an aim that the choice decides on.

    ``rows`` has shape (patterns, n); ``single`` holds the weight that hangs on one site alone,
    shape (n,); ``always`` what is covered whatever is chosen.
    """

    rows: sp.csr_array
    weight: Floats
    single: Floats
    always: float


def _part(aim: Aim, sites: Sites) -> _Part:
    """Set aside what is covered anyway, what never is, and what one site alone decides."""
    cover = aim.cover
    given = cover.times_covered(np.flatnonzero(sites.locked | sites.forced)) > 0
    usable = (sites.open_to_choice & ~sites.forced).astype(np.float64)
    reach = np.asarray(cover.reached @ usable)
    counted = ~given & (cover.weight > 0)
    alone = counted & (reach == 1)
    open_rows = np.flatnonzero(counted & (reach > 1))
    single = np.asarray(cover.reached[np.flatnonzero(alone)].T @ cover.weight[alone]) * usable
    rows = sp.csr_array(cover.reached[open_rows] * usable[None, :])
    rows.eliminate_zeros()
    return _Part(rows, cover.weight[open_rows], single, float(cover.weight[given].sum()))


def _mclp_program(
    aims: Sequence[Aim], parts: Sequence[_Part], sites: Sites, tolls: Floats
) -> Program:
    """Build ``max sum of weight x covered``, a variable for each site and open pattern."""
    number = len(sites)
    sizes = [part.weight.size for part in parts]
    starts = np.cumsum([number, *sizes])
    width = int(starts[-1])
    least, most, rows = limits(sites)
    if not sites.known and not sites.exactly:
        most = np.where(_replaced(aims, sites, tolls) & (least == 0), 0.0, most)
    worth = np.zeros(width)
    worth[:number] = -tolls
    upper = np.concatenate([most, np.zeros(width - number)])
    blocks: list[Block] = list(rows)
    for aim, part, begin in zip(aims, parts, starts[:-1], strict=True):
        covered = np.zeros(width)
        covered[:number] = part.single
        covered[begin : begin + part.weight.size] = 1 / ODD
        upper[begin : begin + part.weight.size] = part.weight * ODD
        worth += aim.share * covered
        if aim.at_least > part.always:
            # in thousandths: whatever the unit, a millionth of all is more than HiGHS's tolerance
            per_mille = 1000 / aim.cover.total
            missing = aim.at_least - part.always - SAME * aim.cover.total
            blocks.append(block(covered[None, :] * per_mille, missing * per_mille, np.inf))
        gap = sp.csr_array((part.weight.size, int(begin) - number))
        scaled = sp.diags_array(part.weight * ODD) @ part.rows
        rows_of = sp.hstack([scaled, gap, -sp.eye_array(part.weight.size)])
        blocks.append(block(rows_of, 0.0, np.inf))
    return program(
        cost=-worth,
        lower=np.concatenate([least, np.zeros(width - number)]),
        upper=upper,
        whole=np.arange(width) < number,
        blocks=blocks,
    )


def _replaced(aims: Sequence[Aim], sites: Sites, tolls: Floats) -> Bools:
    """Tell which sites another one replaces in every aim, at no higher cost."""
    together = Cover(
        sp.csr_array(sp.vstack([aim.cover.reached for aim in aims], format="csr")),
        np.concatenate([aim.cover.weight for aim in aims]),
        np.empty(0, dtype=np.int64),
    )
    cost = sites.cost if sites.budget is not None else tolls
    return dominated(together, cost, sites.open_to_choice) >= 0


def _too_little(aims: Sequence[Aim], sites: Sites) -> tuple[Shortfall, ...]:
    """Say which aims ask for more than all sites together cover."""
    every = np.flatnonzero(sites.locked | sites.open_to_choice)
    found = []
    for aim in aims:
        most = aim.cover.covered_weight(every)
        if most < aim.at_least - SAME * aim.cover.total:
            lost = np.flatnonzero((aim.cover.times_covered(every) == 0)[aim.cover.pattern])
            what = f"all sites together cover {most:g}, {aim.at_least:g} are asked for"
            found.append(Shortfall("unreached", what, demand=lost, short=aim.at_least - most))
    return tuple(found)


def _first_choice(aims: Sequence[Aim], sites: Sites) -> list[int] | None:
    """Return a good choice to begin with."""
    free = np.flatnonzero(sites.open_to_choice)
    if sum(aim.cover.weight.size for aim in aims) * free.size > DENSE:
        return None
    stands = np.flatnonzero(sites.locked)
    weight = np.concatenate([aim.share * aim.cover.weight for aim in aims])
    covered = np.concatenate([aim.cover.times_covered(stands) > 0 for aim in aims])
    reached = sp.vstack([aim.cover.reached[:, free] for aim in aims]).toarray().T > 0
    left = np.flatnonzero(~covered)
    costs = Costs(np.where(reached[:, left], 0.0, weight[left]), weight[left])
    choice = good_choice(costs, sites.only(free), rounds=10)
    return None if choice is None else free[choice].tolist()


def _start(parts: Sequence[_Part], sites: Sites, chosen: list[int]) -> Floats:
    """Return the variables of a program for a choice."""
    opened = (sites.locked | sites.forced).astype(np.float64)
    opened[chosen] = 1.0
    covered = [(part.rows @ opened > 0) * part.weight * ODD for part in parts]
    return np.concatenate([opened, *covered])

"""Cover demand more than once: backup cover (BACOP), and full force by several engines."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike

from firecover.errors import InputError, Problem
from firecover.siting.coverage_patterns import Cover
from firecover.siting.covering import any_open, new_sites, too_few, unreached_demand
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


def backup_cover(cover: Cover, sites: Sites, *, time_limit_s: float | None = None) -> Solution:
    """Cover all demand once and the most of it twice: BACOP1 (Hogan and ReVelle 1986).

    Parameters
    ----------
    cover
        Who reaches whom; every pattern must be reached, the weight counts the second time.
    sites
        What may be built.
    time_limit_s
        How long to go on; the best found then comes with its gap.

    Returns
    -------
    solution
        Its objective is the demand that at least two open sites reach. If infeasible, it
        names the demand that no site reaches, or the number or money that is missing.
    """
    began = time.perf_counter()
    places = cover.pattern.size
    why = contradictions(sites) or unreached_demand(cover, sites)
    if why:
        return no_answer(places, time.perf_counter() - began, why)
    patterns = cover.weight.size
    rows = block(_beside(cover.reached, -sp.eye_array(patterns)), 1.0, np.inf)
    model = _program(sites, np.concatenate([np.zeros(len(sites)), -cover.weight]), [rows])
    outcome = solve(model, time_limit_s=left_s(time_limit_s, began))
    if outcome.status == "infeasible":
        return no_answer(places, time.perf_counter() - began, too_few(cover, sites))

    def worth(opened: Ints) -> float:
        return cover.covered_weight(opened, times=2)

    return _answer(cover, sites, outcome, worth, began=began)


def backup_trade(
    cover: Cover, sites: Sites, backup_share: float, *, time_limit_s: float | None = None
) -> Solution:
    """Weigh demand covered once against demand covered twice: BACOP2.

    Parameters
    ----------
    cover
        Who reaches whom, and the weight of demand.
    sites
        What may be built.
    backup_share
        From 0 to 1, what the second time counts; the first counts the rest.
    time_limit_s
        How long to go on; the best found then comes with its gap.

    Returns
    -------
    solution
        Its objective is ``(1 - backup_share) x covered + backup_share x covered twice``.
    """
    began = time.perf_counter()
    places = cover.pattern.size
    if not 0 <= backup_share <= 1:
        raise InputError(Problem("a share lies between 0 and 1", key="backup_share"))
    why = contradictions(sites)
    if why:
        return no_answer(places, time.perf_counter() - began, why)
    patterns = cover.weight.size
    first, second = sp.eye_array(patterns), sp.eye_array(patterns)
    none = sp.csr_array((patterns, len(sites)))
    rows = [
        block(sp.hstack([cover.reached, -first, -second]), 0.0, np.inf),
        block(sp.hstack([none, first, -second]), 0.0, np.inf),
    ]
    worth = np.concatenate([cover.weight * (1 - backup_share), cover.weight * backup_share])
    # half covered twice over could outweigh once covered: then the first time is yes or no
    model = _program(
        sites,
        np.concatenate([np.zeros(len(sites)), -worth]),
        rows,
        whole=np.arange(2 * patterns) < (patterns if backup_share > 1 / 2 else 0),
    )
    outcome = solve(model, time_limit_s=left_s(time_limit_s, began))
    if outcome.status == "infeasible":
        return no_answer(places, time.perf_counter() - began, (NO_OTHER,))

    def value(opened: Ints) -> float:
        once, twice = (cover.covered_weight(opened, times) for times in (1, 2))
        return (1 - backup_share) * once + backup_share * twice

    return _answer(cover, sites, outcome, value, began=began)


@dataclass(frozen=True)
class Force:
    """How many engines come from where, and how many are needed.

    Attributes
    ----------
    engines
        Shape (n,), the engines of each site.
    needed
        Shape (patterns,), the engines that each pattern needs in time.
    """

    engines: Floats
    needed: Floats


def force_of(cover: Cover, engines: ArrayLike, needed: ArrayLike) -> Force:
    """Say how many engines come and how many are needed.

    Parameters
    ----------
    cover
        Who reaches whom.
    engines
        One number, or shape (n,).
    needed
        One number, or shape (d,). Demand of one pattern must need the same: give ``needed``
        as ``apart`` to :func:`firecover.siting.coverage_patterns.cover_of`.

    Raises
    ------
    InputError
        Demand of one pattern needs different numbers.
    """
    each = np.broadcast_to(np.asarray(needed, dtype=np.float64), cover.pattern.size)
    of_pattern = np.zeros(cover.weight.size)
    of_pattern[cover.pattern] = each
    if (of_pattern[cover.pattern] != each).any():
        raise InputError(Problem("merged demand needs different numbers of engines", key="needed"))
    number = cover.reached.shape[1]
    return Force(np.array(np.broadcast_to(np.asarray(engines, np.float64), number)), of_pattern)


def engines_coming(cover: Cover, force: Force, opened: ArrayLike) -> Floats:
    """Return how many engines of some sites (indices) reach each pattern, shape (patterns,)."""
    sent = np.zeros(force.engines.size)
    picked = np.asarray(opened, dtype=np.int64)
    sent[picked] = force.engines[picked]
    return np.asarray(cover.reached @ sent, dtype=np.float64)


def multi_cover(
    cover: Cover, sites: Sites, force: Force, *, time_limit_s: float | None = None
) -> Solution:
    """Let full force reach the most demand in time (after Daskin and Stern 1981).

    Parameters
    ----------
    cover
        Who reaches whom, and the weight of demand.
    sites
        What may be built.
    force
        The engines of each site and those needed.
    time_limit_s
        How long to go on; the best found then comes with its gap.

    Returns
    -------
    solution
        Its objective is the demand that as many engines as it needs reach.
    """
    began = time.perf_counter()
    places = cover.pattern.size
    why = contradictions(sites)
    if why:
        return no_answer(places, time.perf_counter() - began, why)
    useful = _useful_engines(cover, force)
    rows = block(_beside(useful, -sp.diags_array(force.needed)), 0.0, np.inf)
    model = _program(
        sites,
        np.concatenate([np.zeros(len(sites)), -cover.weight]),
        [rows],
        whole=np.ones(cover.weight.size, dtype=bool),
    )
    outcome = solve(model, time_limit_s=left_s(time_limit_s, began))
    if outcome.status == "infeasible":
        return no_answer(places, time.perf_counter() - began, (NO_OTHER,))

    def worth(opened: Ints) -> float:
        enough = engines_coming(cover, force, opened) >= force.needed
        return float(cover.weight[enough].sum())

    return _answer(cover, sites, outcome, worth, began=began)


def multi_cover_all(
    cover: Cover,
    sites: Sites,
    force: Force,
    *,
    by: Literal["count", "cost"] = "count",
    time_limit_s: float | None = None,
) -> Solution:
    """Let full force reach all demand in time with the fewest or cheapest new sites.

    Parameters
    ----------
    cover, sites, force, time_limit_s
        As in :func:`multi_cover`.
    by
        Whether the number of new sites or their cost shall be least.

    Returns
    -------
    solution
        Its objective is that number or cost. If infeasible, it names the demand that too few
        engines can reach.
    """
    began = time.perf_counter()
    places = cover.pattern.size
    every = np.flatnonzero(sites.locked | sites.open_to_choice)
    short = engines_coming(cover, force, every) < force.needed
    why = contradictions(sites)
    if short.any() and not why:
        lost = np.flatnonzero(short[cover.pattern])
        what = f"too few engines can reach {lost.size} places in time"
        why = (Shortfall("unreached", what, demand=lost),)
    if why:
        return no_answer(places, time.perf_counter() - began, why)
    price = np.where(sites.locked, 0.0, 1.0 if by == "count" else sites.cost)
    model = _program(sites, price, [block(_useful_engines(cover, force), force.needed, np.inf)])
    outcome = solve(model, time_limit_s=left_s(time_limit_s, began))
    if outcome.status == "infeasible":
        return no_answer(places, time.perf_counter() - began, too_few(cover, sites))

    def value(opened: Ints) -> float:
        return float(price[opened].sum())

    return _answer(cover, sites, outcome, value, began=began, sign=1.0)


def _useful_engines(cover: Cover, force: Force) -> sp.csr_array:
    """Return the engines that each site adds where it reaches, no more than are needed."""
    table = sp.coo_array(cover.reached)
    useful = np.minimum(force.engines[table.col], force.needed[table.row])
    return sp.csr_array((useful, (table.row, table.col)), table.shape)


def _beside(left: sp.sparray, right: sp.sparray) -> sp.csr_array:
    return sp.csr_array(sp.hstack([left, right], format="csr"))


def _program(
    sites: Sites, cost: Floats, rows: Sequence[Block], whole: Bools | None = None
) -> Program:
    """Build a program over the sites and shares from 0 to 1, some of them whole."""
    least, most, on_sites = limits(sites)
    shares = cost.size - len(sites)
    return program(
        cost=cost,
        lower=np.concatenate([least, np.zeros(shares)]),
        upper=np.concatenate([most, np.ones(shares)]),
        whole=np.concatenate(
            [np.ones(len(sites), bool), np.zeros(shares, bool) if whole is None else whole]
        ),
        blocks=[*rows, *on_sites],
    )


def _answer(
    cover: Cover,
    sites: Sites,
    outcome: Outcome,
    worth: Callable[[Ints], float],
    *,
    began: float,
    sign: float = -1.0,
) -> Solution:
    """Put the answer together; ``sign`` is -1 where the most is wanted."""
    seconds = time.perf_counter() - began
    if outcome.status == "unknown":
        return no_answer(cover.pattern.size, seconds, bound=sign * outcome.bound)
    chosen = new_sites(sites, outcome.values)
    value = worth(np.concatenate([np.flatnonzero(sites.locked), chosen]))
    bound = value if outcome.status == "optimal" else sign * outcome.bound
    assigned = any_open(cover, sites, chosen)
    return answer(outcome.status, value, bound, chosen, assigned=assigned, seconds=seconds)

"""More than one answer: the k best, what forcing a site costs, regret, what each site adds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from firecover.siting.coverage_patterns import Cover
from firecover.siting.sites import Sites, Solution
from firecover.siting.solver import SAME

#: A model and its data, asked for some sites: ``lambda sites: mclp(cover, sites)``.
Ask = Callable[[Sites], Solution]

#: Whether the objective of a model shall be great or small.
Sense = Literal["most", "least"]


@dataclass(frozen=True)
class Alternative:
    """One of the best choices, beside the best.

    Attributes
    ----------
    solution
        The choice and what is known of it.
    loss
        How much worse it is than the best; 0: just as good.
    added, dropped
        The sites that it opens and the best does not, and the other way round.
    """

    solution: Solution
    loss: float
    added: tuple[int, ...]
    dropped: tuple[int, ...]


def k_best(ask: Ask, sites: Sites, count: int, sense: Sense) -> list[Alternative]:
    """Return the best choices, each different from those before it.

    Parameters
    ----------
    ask
        The model.
    sites
        What may be built. With ``exactly`` no choice is another one less a site.
    count
        How many choices.
    sense
        Whether the objective shall be great or small.

    Returns
    -------
    alternatives
        The best first; fewer than asked for if there are no more, or no more were found in
        the time that the model is given.
    """
    found: list[Solution] = []
    left = sites
    while len(found) < count:
        solution = ask(left)
        if not solution:
            break
        found.append(solution)
        left = left.other_than(solution.chosen)
    # a model that ran out of time may find the better choice later
    found.sort(key=lambda one: -one.objective if sense == "most" else one.objective)
    return [_beside(one, found[0], sense) for one in found]


def _beside(solution: Solution, best: Solution, sense: Sense) -> Alternative:
    mine, theirs = set(solution.chosen.tolist()), set(best.chosen.tolist())
    return Alternative(
        solution,
        _worse(solution.objective, best.objective, sense),
        tuple(sorted(mine - theirs)),
        tuple(sorted(theirs - mine)),
    )


def _worse(value: float, best: float, sense: Sense) -> float:
    loss = best - value if sense == "most" else value - best
    return 0.0 if abs(loss) <= SAME * max(abs(best), 1.0) else loss


@dataclass(frozen=True)
class Forcing:
    """What it costs to insist on a site, or to do without it.

    Attributes
    ----------
    site
        The site.
    best, with_site, without_site
        The answers: free choice, the site forced, the site forbidden.
    price_in, price_out
        How much worse the objective gets by forcing and by forbidding it; infinite where
        that leaves no answer, NaN where none was found in time.
    """

    site: int
    best: Solution
    with_site: Solution
    without_site: Solution
    price_in: float
    price_out: float


def price_of_forcing(
    ask: Ask, sites: Sites, site: int, sense: Sense, *, best: Solution | None = None
) -> Forcing:
    """Ask for the best choice with a site and for the best one without it.

    Parameters
    ----------
    ask, sites, sense
        As in :func:`k_best`.
    site
        The site, a candidate that may be opened.
    best
        The answer of free choice, if it is known already.
    """
    free = ask(sites) if best is None else best
    inside = ask(sites.force(site))
    outside = ask(sites.forbid(site)) if not sites.forced[site] else free
    return Forcing(
        site, free, inside, outside, _price(inside, free, sense), _price(outside, free, sense)
    )


def _price(solution: Solution, best: Solution, sense: Sense) -> float:
    if solution.status == "infeasible":
        return np.inf
    if not solution or not best:
        return np.nan
    return _worse(solution.objective, best.objective, sense)


@dataclass(frozen=True)
class Regret:
    """A given choice beside the best one.

    Attributes
    ----------
    given, best
        The answers: just the given sites, and the best choice under the same limits.
    regret
        How much worse the given choice is; at most ``at_most`` where the best is not proven.
    at_most
        How much worse than the bound of the best.
    """

    given: Solution
    best: Solution
    regret: float
    at_most: float


def regret(ask: Ask, sites: Sites, chosen: Iterable[int], sense: Sense) -> Regret:
    """Compare a given choice with the best one of no greater number and cost.

    Parameters
    ----------
    ask, sense
        As in :func:`k_best`.
    sites
        What may be built; without a number and a budget the best choice may open as many
        sites as the given one.
    chosen
        The given choice.
    """
    picked = np.zeros(len(sites), dtype=bool)
    picked[list(chosen)] = True
    only = replace(sites, forced=picked, forbidden=~picked & ~sites.locked, count=None)
    given = ask(replace(only, exactly=False, budget=None, known=()))
    limited = sites
    if sites.count is None and sites.budget is None:
        limited = replace(sites, count=int(picked.sum()))
    best = ask(limited)
    worst = np.nan
    if given and best:
        worst = _worse(given.objective, best.bound, sense)
    return Regret(given, best, _price(given, best, sense), worst)


@dataclass(frozen=True)
class Gain:
    """What the next site of a list adds.

    Attributes
    ----------
    site
        The site.
    gain
        The demand that it newly covers.
    covered
        The demand covered with it and all before it.
    """

    site: int
    gain: float
    covered: float


def marginal_gains(cover: Cover, sites: Sites, count: int | None = None) -> list[Gain]:
    """List sites, each the one that adds most to those before it (the greedy order).

    Parameters
    ----------
    cover
        Who reaches whom, and the weight of demand.
    sites
        The sites; forced ones come first. Number and budget are not regarded.
    count
        How many at most; until nothing is added when not given.
    """
    covered = cover.times_covered(np.flatnonzero(sites.locked)) > 0
    total = float(cover.weight[covered].sum())
    left = sites.open_to_choice
    gains: list[Gain] = []
    by_site = cover.reached.T.tocsr()
    while left.any() and (count is None or len(gains) < count):
        first = left & sites.forced
        among = np.flatnonzero(first if first.any() else left)
        added = (by_site @ np.where(covered, 0.0, cover.weight))[among]
        best = int(added.argmax())
        if added[best] <= 0 and not first.any():
            break
        site = int(among[best])
        covered |= cover.times_covered([site]) > 0
        total += float(added[best])
        gains.append(Gain(site, float(added[best]), total))
        left[site] = False
    return gains

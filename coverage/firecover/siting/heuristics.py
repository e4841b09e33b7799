"""Good choices quickly: add the best site, then swap sites as long as that helps.

They are where the exact search begins; nothing here is claimed to be best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from firecover.siting.sites import Sites
from firecover.siting.solver import SAME, Floats, Ints


@dataclass(frozen=True)
class Costs:
    """What it costs to serve demand.

    Attributes
    ----------
    served
        Shape (n, d), from each site; finite.
    standing
        Shape (d,), from what stands already, or the penalty for no service; finite.
    """

    served: Floats
    standing: Floats

    def of(self, chosen: Ints | list[int]) -> float:
        """Return what a choice costs, each demand served from its cheapest site."""
        return float(self.nearest(chosen).sum())

    def nearest(self, chosen: Ints | list[int]) -> Floats:
        """Return what each demand costs with a choice, shape (d,)."""
        cheapest = self.served[list(chosen)].min(axis=0, initial=np.inf)
        return np.asarray(np.minimum(self.standing, cheapest))


def good_choice(costs: Costs, sites: Sites, *, rounds: int = 30) -> list[int] | None:
    """Return a good choice that keeps every limit, or nothing if none was found.

    Parameters
    ----------
    costs
        What it costs to serve demand.
    sites
        What may be built.
    rounds
        How often to exchange some sites at random and to swap on from there, before the best
        choice so far is taken. The same numbers every time: the answer is reproducible.
    """
    chosen = greedy(costs, sites)
    if chosen is None:
        return None
    best = _swapped(costs, sites, chosen)
    value = costs.of(best)
    random = np.random.default_rng(0)
    for _ in range(rounds):
        shaken = _shaken(sites, best, random)
        if shaken is None:
            continue
        again = _swapped(costs, sites, shaken)
        if costs.of(again) < value * (1 - SAME):
            best, value = again, costs.of(again)
    return best


def best_from(
    costs: Costs, sites: Sites, proposed: Sequence[frozenset[int]], *, most: int = 10
) -> list[int] | None:
    """Swap on from the best of some proposals and return the best choice that this finds."""
    allowed = [sorted(choice) for choice in proposed if sites.allows(choice)]
    allowed.sort(key=lambda choice: (costs.of(choice), choice))
    ends = [_swapped(costs, sites, choice) for choice in allowed[:most]]
    return min(ends, key=costs.of, default=None)


def _shaken(sites: Sites, chosen: list[int], random: np.random.Generator) -> list[int] | None:
    """Exchange some sites for others at random, as long as the limits are kept."""
    leaving = [site for site in chosen if not sites.forced[site]]
    coming = np.flatnonzero(sites.open_to_choice & ~_mask(len(sites), chosen))
    many = min(1 + len(leaving) // 5, len(leaving), len(coming), 8)
    if not many:
        return None
    out = set(random.choice(leaving, many, replace=False).tolist())
    new = [site for site in chosen if site not in out]
    new += random.choice(coming, many, replace=False).tolist()
    return new if sites.allows(new) else None


def greedy(costs: Costs, sites: Sites) -> list[int] | None:
    """Add the site that saves most (for its cost, under a budget) until a limit strikes."""
    chosen = [int(site) for site in np.flatnonzero(sites.forced)]
    now = costs.nearest(chosen)
    usable = sites.open_to_choice & ~sites.forced
    while True:
        fits = usable & _fits(sites, chosen)
        if not fits.any():
            break
        candidates = np.flatnonzero(fits)
        saved = np.maximum(now - costs.served[candidates], 0.0).sum(axis=1)
        per_cost = saved / np.maximum(sites.cost[candidates], 1e-12)
        best = int((per_cost if sites.budget is not None else saved).argmax())
        if saved[best] <= 0 and not sites.exactly:
            break
        site = int(candidates[best])
        chosen.append(site)
        usable[site] = False
        now = np.minimum(now, costs.served[site])
    return chosen if sites.allows(chosen) else _other(costs, sites, chosen)


def _fits(sites: Sites, chosen: list[int]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which sites can still be added, shape (n,)."""
    if sites.count is not None and len(chosen) >= sites.count:
        return np.zeros(len(sites), dtype=bool)
    if sites.budget is None:
        return np.ones(len(sites), dtype=bool)
    return sites.price(chosen) + sites.cost <= sites.budget * (1 + SAME)


def _other(costs: Costs, sites: Sites, chosen: list[int]) -> list[int] | None:
    """Return the best choice one swap away from one that is not wanted again."""
    return _best_swap(costs, sites, chosen, np.inf)


def _swapped(costs: Costs, sites: Sites, chosen: list[int]) -> list[int]:
    """Swap sites as long as that helps."""
    value = costs.of(chosen)
    while True:
        better = _best_swap(costs, sites, chosen, value)
        if better is None:
            return chosen
        chosen, value = better, costs.of(better)


def _best_swap(costs: Costs, sites: Sites, chosen: list[int], value: float) -> list[int] | None:
    """Return the best choice one swap away if it beats a value and keeps the limits.

    One pass over all costs gives every swap at once (after Whitaker 1983): when a site leaves,
    only demand that it served looks for its second nearest.
    """
    leaving = [place for place, site in enumerate(chosen) if not sites.forced[site]]
    coming = np.flatnonzero(sites.open_to_choice & ~_mask(len(sites), chosen))
    if not leaving or not coming.size:
        return None
    table = np.vstack([costs.served[chosen], costs.standing])
    order = np.argpartition(table, 1, axis=0)[:2] if len(table) > 1 else None
    assert order is not None
    demand = np.arange(table.shape[1])
    nearest, second = np.sort(table[order, demand], axis=0)
    by = order[table[order, demand].argmin(axis=0), demand]
    offered = costs.served[coming]
    kept = np.minimum(offered, nearest)
    lost = np.minimum(offered, second) - kept
    served_by = sp.csr_array((np.ones(len(demand)), (demand, by)), (len(demand), len(table)))
    # [coming, leaving]: what the choice would cost after the swap
    after = kept.sum(axis=1)[:, None] + (lost @ served_by)[:, leaving]
    for flat in np.argsort(after, axis=None, kind="stable"):
        add, drop = divmod(int(flat), len(leaving))
        if after[add, drop] >= value * (1 - SAME) - SAME:
            return None
        swapped = [site for place, site in enumerate(chosen) if place != leaving[drop]]
        swapped.append(int(coming[add]))
        if sites.allows(swapped):
            return swapped
    return None


def _mask(number: int, chosen: list[int]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    mask = np.zeros(number, dtype=bool)
    mask[chosen] = True
    return mask

"""Find the choice of sites that serves demand at the least cost, and prove it.

Branch and bound: a good choice and a bound from prices leave few sites that a better choice
could hold; among these each node forces or forbids one more site. Nodes need no linear program,
and take milliseconds.
"""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass, field, replace
from itertools import count

import numpy as np

from firecover.siting.heuristics import Costs, best_from, good_choice
from firecover.siting.lagrange import Bound, CostTable, lower_bound
from firecover.siting.sites import Sites
from firecover.siting.solver import SAME, Floats, Status

#: Steps of prices at the root and at each other node: found by trial.
ROOT_STEPS = 1500
NODE_STEPS = 40

#: Whole costs beyond this are not told apart by less than one.
WHOLE_COSTS = 1e10


@dataclass(frozen=True)
class Best:
    """The best choice that a search found, and what it proved.

    Attributes
    ----------
    status
        ``optimal``, or ``feasible`` when time ran out.
    chosen
        The choice; nothing if there is none (or none was found in the time).
    value
        What it costs; infinite if there is none.
    bound
        Nothing costs less.
    nodes
        How many nodes were looked at.
    """

    status: Status
    chosen: list[int] | None
    value: float
    bound: float
    nodes: int


@dataclass
class _Search:
    """The state of a search: the best choice so far."""

    table: CostTable
    costs: Costs
    sites: Sites
    whole: bool
    chosen: list[int] | None
    value: float
    nodes: int = 0
    waiting: list[tuple[float, int, Sites, Bound]] = field(default_factory=list)

    @property
    def target(self) -> float:
        """What a better choice cannot cost more than."""
        if self.whole and self.value < WHOLE_COSTS:
            return self.value - 1 + 1e-4
        return self.value * (1 - SAME)

    def offer(self, choice: list[int] | None) -> None:
        """Keep a choice if it is allowed and the best so far."""
        if choice is None or not self.sites.allows(choice):
            return
        value = self.costs.of(choice)
        if value < self.value:
            self.chosen, self.value = sorted(choice), value


def cheapest(
    table: CostTable,
    sites: Sites,
    *,
    whole: bool = False,
    first: list[int] | None = None,
    until: float | None = None,
) -> Best:
    """Find the choice that serves all demand at the least cost.

    Parameters
    ----------
    table
        What serving costs; the service of what stands already is ``standing``.
    sites
        What may be built; none of them locked.
    whole
        All costs are whole numbers: a better choice is better by one at least.
    first
        A choice to begin with; it must serve all demand.
    until
        When to stop, as ``time.perf_counter()`` tells it.
    """
    penalty = _penalty(table)
    costs = Costs(
        np.where(np.isfinite(table.cost), table.cost, penalty),
        np.where(np.isfinite(table.standing), table.standing, penalty),
    )
    search = _Search(table, costs, sites, whole, None, penalty)
    search.offer(first)
    search.offer(good_choice(costs, sites, rounds=5))
    root = lower_bound(
        table,
        sites,
        min(search.target, penalty),
        start=_first_prices(costs, search.chosen, penalty),
        steps=ROOT_STEPS,
    )
    search.offer(best_from(costs, sites, root.opened))
    if root.value <= search.target:
        return _proven(search, root, penalty, until)
    return _ended(search, penalty, search.value)


def _penalty(table: CostTable) -> float:
    """Return more than any choice costs that serves all demand."""
    dearest = np.where(np.isfinite(table.cost), table.cost, 0.0).max(axis=0, initial=0.0)
    standing = np.where(np.isfinite(table.standing), table.standing, 0.0)
    return float(np.maximum(dearest, standing).sum()) + 1.0


def _first_prices(costs: Costs, chosen: list[int] | None, penalty: float) -> Floats:
    """Return the cost from each demand's second nearest chosen site, or half the dearest."""
    if not chosen or len(chosen) == 1:
        served = np.where(costs.served < penalty, costs.served, 0.0)
        return np.asarray(served.max(axis=0, initial=0.0) / 2, dtype=np.float64)
    second = np.partition(costs.served[chosen], 1, axis=0)[1]
    return np.where(second < penalty, second, costs.nearest(chosen))


def _ended(search: _Search, penalty: float, bound: float) -> Best:
    proven = bound >= search.value
    found = search.value < penalty
    return Best(
        "optimal" if proven else "feasible",
        search.chosen if found else None,
        search.value if found else np.inf,
        np.inf if proven and not found else bound,
        search.nodes,
    )


def _proven(search: _Search, root: Bound, penalty: float, until: float | None) -> Best:
    """Branch among the sites that a better choice could hold."""
    whole = search.sites
    kept = np.flatnonzero((root.least <= search.target) | whole.forced)
    inner = _Search(
        CostTable(search.table.cost[kept], search.table.standing),
        Costs(search.costs.served[kept], search.costs.standing),
        whole.only(kept),
        search.whole,
        None,
        search.value,
    )
    narrowed = replace(root, share=root.share[kept], opened=())
    order = count()
    inner.waiting.append((root.value, next(order), inner.sites, narrowed))
    bound = np.inf
    while inner.waiting:
        value, _, sites, parent = heapq.heappop(inner.waiting)
        if value > inner.target:
            break
        if until is not None and time.perf_counter() > until:
            bound = value
            break
        for child in _children(inner, sites, parent):
            heapq.heappush(inner.waiting, (child[1].value, next(order), *child))
    if inner.chosen is not None:
        search.chosen, search.value = kept[inner.chosen].tolist(), inner.value
    search.nodes = inner.nodes
    return _ended(search, penalty, min(bound, search.value))


def _children(search: _Search, sites: Sites, parent: Bound) -> list[tuple[Sites, Bound]]:
    """Force and forbid one more site; return what must still be looked at."""
    free = np.flatnonzero(sites.open_to_choice & ~sites.forced)
    if not free.size:
        search.offer(np.flatnonzero(sites.forced).tolist())
        return []
    # the site of which the prices are least sure
    site = int(free[np.abs(parent.share[free] - 0.5).argmin()])
    children = []
    for child in (sites.force(site), sites.forbid(site)):
        search.nodes += 1
        if _over_limits(child):
            continue
        bound = lower_bound(
            search.table, child, search.target, start=parent.price, steps=NODE_STEPS, length=0.5
        )
        for choice in bound.opened[-5:]:
            search.offer(sorted(choice))
        if bound.value <= search.target:
            children.append((_decided(child, bound, search.target), replace(bound, opened=())))
    return children


def _decided(sites: Sites, bound: Bound, target: float) -> Sites:
    """Forbid the sites that no better choice can hold, force those that none can lack."""
    free = sites.open_to_choice & ~sites.forced
    return replace(
        sites,
        forbidden=sites.forbidden | (free & (bound.least > target)),
        forced=sites.forced | (free & (bound.least_without > target)),
    )


def _over_limits(sites: Sites) -> bool:
    """Tell whether the forced sites alone break a limit, or too few are left."""
    forced = int(sites.forced.sum())
    if sites.count is not None and forced > sites.count:
        return True
    if sites.exactly and sites.count is not None and sites.open_to_choice.sum() < sites.count:
        return True
    return sites.budget is not None and sites.cost[sites.forced].sum() > sites.budget * (1 + SAME)

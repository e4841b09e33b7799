"""In what order to build under the study's yearly budget."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from firecover.analysis.siting_answers import Figures
from firecover.analysis.siting_demand import Choices
from firecover.siting.phasing import Phasing, Plan, phase

COLUMNS = ["plan", "year", "id", "name", "cost_10k_cny", "spent_10k_cny", "demand_share"]


def phasing(of: Choices) -> tuple[pd.DataFrame, Figures]:
    """Find the order of building under the study's yearly budget, beside the greedy order.

    Nothing where the study gives no budget. Sites whose cost is not known are left aside.

    Returns
    -------
    table, figures
        The plans; and ``phasing_status``, ``phasing_loss_share`` (what greed loses, of what the
        best plan adds over the years), ``phasing_years``, ``phasing_budget_10k_cny``.
    """
    siting = of.now.ground.study.siting
    nothing = pd.DataFrame(columns=COLUMNS)
    priced = np.flatnonzero(np.isfinite(of.cost))
    if siting.budget_10k_cny is None or not of.share or not len(priced):
        return nothing, {}
    covered, reached, weight = [], [], []
    for kind, share in of.share.items():
        in_time = of.in_time(kind)
        covered.append(in_time[0])
        reached.append(in_time[1:][priced])
        weight.append(of.weight[kind] * share)
    found = phase(
        np.concatenate(reached, axis=1),
        np.concatenate(weight),
        cost=of.cost[priced],
        covered=np.concatenate(covered),
        budget=siting.budget_10k_cny,
        years=siting.years,
        time_limit_s=siting.time_limit_s,
    )
    rows = [
        row
        for name, plan in (("optimal", found.optimal), ("greedy", found.greedy))
        for row in _plan_rows(of, name, plan, priced.tolist())
    ]
    return pd.DataFrame(rows, columns=COLUMNS), _phasing_figures(of, found)


def _plan_rows(
    of: Choices, name: str, plan: Plan, priced: Sequence[int]
) -> Iterator[dict[str, object]]:
    built = [(int(year), priced[site]) for year, site in zip(plan.year, plan.sites, strict=True)]
    for year, site in built:
        yield {
            "plan": name,
            "year": year,
            "id": of.ids[site],
            "name": of.names[site],
            "cost_10k_cny": float(of.cost[site]),
            "spent_10k_cny": float(sum(of.cost[other] for by, other in built if by <= year)),
            "demand_share": float(plan.covered[year - 1]),
        }


def _phasing_figures(of: Choices, found: Phasing) -> Figures:
    siting = of.now.ground.study.siting
    return {
        "phasing_status": found.status,
        "phasing_gap": found.gap,
        "phasing_loss_share": found.loss_share,
        "phasing_years": siting.years,
        "phasing_budget_10k_cny": siting.budget_10k_cny,
    }

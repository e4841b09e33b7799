"""Not one answer but several: site by site, trades, what insisting on a site costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd

from firecover.analysis.siting_demand import KINDS, Choices, Valuer, Worth
from firecover.analysis.siting_sites import JOINT
from firecover.analysis.siting_state import TODAY, Bools, Floats
from firecover.siting.answers import marginal_gains, price_of_forcing, regret
from firecover.siting.coverage_patterns import stack
from firecover.siting.covering import mclp_of
from firecover.siting.pareto import pareto_front
from firecover.siting.sites import Sites, Solution, make_sites

Figures = dict[str, float | int | str | None]

#: So many sites are listed one after another.
MOST_STEPS = 10
#: Up to so many choices every one is compared with every other; beyond, trades are searched for.
MOST_CHOICES = 60_000
#: So many trades are searched for, at most.
MOST_TRADES = 100
#: Values that differ by less than this share are the same.
SAME = 1e-9

STEP_COLUMNS = [
    "order",
    "id",
    "name",
    "demand_gain",
    "population_gain",
    "built_up_gain_km2",
    "villages_gain",
]
PARETO_COLUMNS = [
    "stations",
    "chosen",
    "names",
    "population_reached",
    "built_up_reached_km2",
    "villages_reached",
    "excess_km2",
    "cost_10k_cny",
]
FORCING_COLUMNS = [
    "id",
    "name",
    "stations",
    "objective_with",
    "objective_without",
    "price",
    "price_share",
    "regret_share",
]


def told(of: Choices, chosen: Sequence[int]) -> dict[str, str]:
    """Return the ids and the names of a choice, joined."""
    ids, names = of.ids, of.names
    return {
        "chosen": JOINT.join(ids[site] for site in chosen),
        "names": JOINT.join(names[site] for site in chosen),
    }


def free_choice(of: Choices, count: int | None = None, *, exactly: bool = False) -> Sites:
    """Return row 0 (whoever stands) and the sites; a cost that is not known counts nothing."""
    cost = np.concatenate([[0.0], np.nan_to_num(of.cost)])
    return make_sites(1 + len(of), cost=cost, locked=[0], count=count, exactly=exactly)


def steps(of: Choices, value: Valuer) -> pd.DataFrame:
    """List sites, each the one that adds most of the mixed demand to those before it."""
    rows: list[dict[str, object]] = []
    if len(of) and of.share:
        cover = stack([of.cover[kind] for kind in of.share], list(of.share.values()))
        chosen: list[int] = []
        for gain in marginal_gains(cover, free_choice(of), MOST_STEPS):
            before = value.worth(chosen)
            chosen.append(gain.site - 1)
            after = value.worth(chosen)
            rows.append(
                {
                    "order": len(chosen),
                    "id": of.ids[gain.site - 1],
                    "name": of.names[gain.site - 1],
                    "demand_gain": after.demand - before.demand,
                    "population_gain": after.population - before.population,
                    "built_up_gain_km2": after.built_up_km2 - before.built_up_km2,
                    "villages_gain": after.villages - before.villages,
                }
            )
    return pd.DataFrame(rows, columns=STEP_COLUMNS)


@dataclass(frozen=True)
class Trades:
    """Choices that no other beats in all; whether all of them are told, of how many compared."""

    table: pd.DataFrame
    complete: bool
    compared: int


def pareto(of: Choices, value: Valuer, stations: int) -> Trades:
    """Find the choices of up to so many sites that no other betters but at a loss elsewhere.

    Compared are population, built-up area and villages reached, the area above the caps, the
    number of stations and their cost. Of choices that are the same in all of it the first is
    told. Every choice is compared with every other; beyond :data:`MOST_CHOICES` the trades
    between what is reached and the number of stations are searched for instead.
    """
    most = min(stations, len(of))
    count = sum(comb(len(of), size) for size in range(most + 1))
    if not len(of):
        return Trades(pd.DataFrame(columns=PARETO_COLUMNS), complete=True, compared=0)
    if count <= MOST_CHOICES:
        listed = list(_all_choices(of, most))
        worths = value.worths(listed)
        kept = np.flatnonzero(unbeaten(_aims(listed, worths)))
        told_ = [_trade(of, listed[row], value.worth(listed[row])) for row in kept]
        return Trades(_by_number(told_), complete=True, compared=count)
    covers = [of.cover[kind] for kind in KINDS if of.weight[kind].sum() > 0]
    front = pareto_front(covers, free_choice(of, most), most_points=MOST_TRADES)
    picked = [[int(site) - 1 for site in point.solution.chosen] for point in front.points]
    table = _by_number([_trade(of, chosen, value.worth(chosen)) for chosen in picked])
    return Trades(table, front.complete, len(front.points))


def _all_choices(of: Choices, most: int) -> Iterator[tuple[int, ...]]:
    for size in range(most + 1):
        yield from combinations(range(len(of)), size)


def _aims(listed: Sequence[Sequence[int]], worths: Floats) -> Floats:
    """Return what shall be great, shape (choices, aims)."""
    number = np.array([len(chosen) for chosen in listed], dtype=np.float64)
    sign = np.array([1.0, 1.0, 1.0, -1.0, -1.0])
    return np.column_stack([worths * sign, -number])


def unbeaten(aims: Floats) -> Bools:
    """Tell which rows no other is at least as good as in all, and better in one, shape (n,).

    Of equal rows the first stays. Numbers that differ in rounding only are equal.
    """
    scale = np.abs(aims).max(axis=0, initial=0.0)
    whole = np.rint(aims / np.where(scale > 0, scale * SAME, 1.0))
    # whoever beats a row comes before it when rows are sorted by all aims, the best first
    order = np.lexsort((np.arange(len(aims)), *(-whole.T[::-1])))
    kept: list[int] = []
    best = np.empty((0, whole.shape[1]))
    for row in order.tolist():
        if not (best >= whole[row]).all(axis=1).any():
            kept.append(row)
            best = whole[kept]
    stays = np.zeros(len(aims), dtype=bool)
    stays[kept] = True
    return stays


def _trade(of: Choices, chosen: Sequence[int], worth: Worth) -> dict[str, object]:
    return {
        "stations": len(chosen),
        **told(of, chosen),
        "population_reached": worth.population,
        "built_up_reached_km2": worth.built_up_km2,
        "villages_reached": worth.villages,
        "excess_km2": worth.excess_km2,
        "cost_10k_cny": worth.cost_10k_cny,
    }


def _by_number(rows: list[dict[str, object]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=PARETO_COLUMNS)
    by = ["stations", "cost_10k_cny", "population_reached", "chosen"]
    return table.sort_values(by, ignore_index=True)


def forcing(of: Choices, stations: int, time_limit_s: float) -> pd.DataFrame:
    """Tell, for every site that the study names, what insisting on it costs.

    ``regret_share`` is how much less the site alone covers than the best single one, as a share
    of that.
    """
    table = of.now.ground.layers.candidates.data
    named = table["origin"].to_numpy(dtype=object)[of.sites] == "named"
    rows: list[dict[str, object]] = []
    if len(of) and of.share:
        aims = of.aims()

        def ask(sites: Sites) -> Solution:
            return mclp_of(aims, sites, time_limit_s=time_limit_s)

        sites = free_choice(of, stations)
        alone = free_choice(of, 1, exactly=True)
        for site in np.flatnonzero(named).tolist():
            price = price_of_forcing(ask, sites, 1 + site, "most")
            single = regret(ask, alone, [1 + site], "most")
            best, only = price.best.objective, single.best.objective
            rows.append(
                {
                    "id": of.ids[site],
                    "name": of.names[site],
                    "stations": min(stations, len(of)),
                    "objective_with": price.with_site.objective,
                    "objective_without": price.without_site.objective,
                    "price": price.price_in,
                    "price_share": price.price_in / best if best > 0 else np.nan,
                    "regret_share": single.regret / only if only > 0 else np.nan,
                }
            )
    return pd.DataFrame(rows, columns=FORCING_COLUMNS)


def plan_regret(of: Choices, time_limit_s: float) -> Figures:
    """Hold the sites that a scenario opens against the best choice of as many.

    Returns
    -------
    figures
        By scenario that opens any: ``plan_<scenario>`` (ids), ``plan_demand_<scenario>``
        (share of the mixed demand reached), ``plan_best_<scenario>`` (ids of the best choice),
        ``plan_best_demand_<scenario>``, ``plan_regret_<scenario>`` (what is lost).
    """
    figures: Figures = {}
    number = {name: site for site, name in enumerate(of.ids)}
    aims = of.aims()
    for name, scenario in of.now.ground.study.scenarios.items():
        chosen = sorted(number[each] for each in scenario.open if each in number)
        if name == TODAY or not chosen or not aims:
            continue
        found = regret(
            lambda sites: mclp_of(aims, sites, time_limit_s=time_limit_s),
            free_choice(of, len(chosen), exactly=True),
            [1 + site for site in chosen],
            "most",
        )
        best = [int(site) - 1 for site in found.best.chosen]
        figures |= {
            f"plan_{name}": told(of, chosen)["chosen"],
            f"plan_demand_{name}": found.given.objective,
            f"plan_best_{name}": told(of, best)["chosen"],
            f"plan_best_demand_{name}": found.best.objective,
            f"plan_regret_{name}": found.regret,
        }
    return figures

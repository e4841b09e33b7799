"""Where the tiny study's next station goes: the tables of siting, each figure found plainly.

Two sites, so that every choice of them can be listed. One further station is asked for
(:data:`FURTHER`), `c1` (1200) or `c2` (1050); demand is mixed of shares, :data:`MIX`. People and
villages count by whoever comes first, urban built-up area by the stations that hold
jurisdictions, which both sites would. No choice reaches all of the town in time, which makes the
set cover and the area-capped cover infeasible; of what some site reaches they have an answer. The
phasing has three years. Given, not worked out: the chances of ranks, the bound of the p-median, as
if its search had been ended, and the sites ruled out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import LineString, MultiPoint, Point

from firecover.results import Results
from firecover.study_siting import CRITERIA
from support.tiny_town import (
    CANDIDATES,
    CRS,
    MARKUP_CANDIDATE,
    NAMES,
    RESPONSE_S,
    STATIONS,
    VILLAGE_S,
    VILLAGES,
    arrivals_s,
    at,
    frame,
)

FURTHER = 1
#: A year's budget does not pay for the better site: greed takes the other one at once.
YEARS = 3
BUDGET_10K_CNY = 1100.0
MIX = {"population": 0.4, "built_up": 0.4, "villages": 0.2}
COST_10K_CNY = {"c1": 1200.0, "c2": 1050.0}
CAP_KM2 = {"s1": 7.0, "c1": 4.0, "c2": 7.0}
CELL_KM2 = 0.0625
TOWN_CELLS = 144
#: P of rank 1 and of rank 2.
RANK_SHARE = {"c1": (0.9375, 0.0625), "c2": (0.0625, 0.9375)}
#: Nothing is better than this share of what the p-median found.
PMEDIAN_BOUND = 0.9375
#: The answers of the area-capped cover that there are.
ALLOCATED = tuple(
    f"area-cap-{assignment}-{variant}-1"
    for assignment in ("first", "free")
    for variant in ("reachable", "most")
)
_LESS_IS_BETTER = ("worst_s", "overlap_share", "cost_10k_cny")
_SITE_NAMES = {"c1": NAMES["c1"][0], "c2": MARKUP_CANDIDATE}


def with_siting(results: Results) -> Results:
    """Return the results with what is told of sites."""
    town = _Town(results)
    results = replace(results, candidates=_candidates(results.candidates, town))
    solutions = _solutions(town)
    return replace(
        results,
        excluded_sites=_excluded(),
        rank_acceptability=_acceptability(),
        solutions=solutions,
        allocation=_allocation(town),
        siting_steps=_steps(town),
        pareto=_pareto(town),
        forcing=_forcing(town),
        phasing=_phasing(town),
        ranking_figures=_figures(results, town),
    )


def _figures(results: Results, town: _Town) -> dict[str, float | int | str | None]:
    (optimal, greedy) = (sum(_shares(town, plan)) for plan in (_best_plan(town), _greedy(town)))
    added = optimal - YEARS * town.worth(()).demand
    demand = {choice: town.worth(choice).demand for choice in _choices(FURTHER)}
    return {
        "candidates": 2,
        "candidates_first": 1,
        "leading": "c1",
        "separable": 0,
        "not_separable": "c1、c2",
        "p_first_beats_second": RANK_SHARE["c1"][0],
        "weight_spread": results.study.siting.weight_spread,
        "sure_share": results.study.uncertainty.sure_share,
        **{f"weight_{name}": weight for name, weight in CRITERIA.items()},
        # the second reaches nothing of the town, so that nothing of what it reaches is so today
        "same_in": "villages_gain、overlap_share、hydrants",
        "speed_draws": 100,
        "rankings": 2000,
        "sites": len(CANDIDATES),
        "further": FURTHER,
        "unreached_km2": town.unreached_km2(),
        "demand_today": town.worth(()).demand,
        **{f"share_{kind}": share for kind, share in MIX.items()},
        "pareto_complete": 1,
        "pareto_compared": 1 + len(_choices(FURTHER + 1)),
        "plan_plan_2025": "c1",
        "plan_demand_plan_2025": demand["c1",],
        "plan_best_plan_2025": "c1",
        "plan_best_demand_plan_2025": max(demand.values()),
        "plan_regret_plan_2025": max(demand.values()) - demand["c1",],
        "phasing_status": "optimal",
        "phasing_gap": 0.0,
        "phasing_loss_share": (optimal - greedy) / added,
        "phasing_years": YEARS,
        "phasing_budget_10k_cny": BUDGET_10K_CNY,
    }


@dataclass(frozen=True)
class _Worth:
    """What stands there and a choice of sites are worth together."""

    population: float
    built_up_km2: float
    villages: int
    excess_km2: float
    demand: float


class _Town:
    """The places, and who reaches them."""

    def __init__(self, results: Results) -> None:
        demand = results.demand
        people = demand.loc[demand["kind"] == "population"]
        urban = demand.loc[demand["zone"] == "urban"]
        assert len(urban) == TOWN_CELLS
        self.persons = people["population"].to_numpy()
        self.people_xy, self.cells_xy = _xy(people), _xy(urban)
        # nobody gets to v4, which is far from any road
        self.villages_xy = tuple(
            np.array([place[axis] for key, place in VILLAGES.items() if key != "v4"])
            for axis in (0, 1)
        )

    def serving(self, choice: Iterable[str]) -> dict[str, tuple[float, float]]:
        return STATIONS | {site: CANDIDATES[site] for site in choice}

    def holding(self, choice: Iterable[str]) -> dict[str, tuple[float, float]]:
        return {"s1": STATIONS["s1"]} | {site: CANDIDATES[site] for site in choice}

    def cells_s(self, choice: Iterable[str]) -> np.ndarray:
        return arrivals_s(self.holding(choice), *self.cells_xy)

    def held_km2(self, choice: Iterable[str]) -> dict[str, float]:
        """The area that each comes first to."""
        first = self.cells_s(choice).argmin(axis=0)
        return {
            key: float((first == i).sum() * CELL_KM2) for i, key in enumerate(self.holding(choice))
        }

    def worth(self, choice: Iterable[str]) -> _Worth:
        places = self.serving(choice)
        people = arrivals_s(places, *self.people_xy).min(axis=0) <= RESPONSE_S
        cells = self.cells_s(choice).min(axis=0) <= RESPONSE_S
        villages = arrivals_s(places, *self.villages_xy).min(axis=0) <= VILLAGE_S
        population, built_up_km2 = float(self.persons[people].sum()), float(cells.sum() * CELL_KM2)
        shares = {
            "population": population / self.persons.sum(),
            "built_up": cells.mean(),
            "villages": villages.sum() / len(VILLAGES),
        }
        return _Worth(
            population=population,
            built_up_km2=built_up_km2,
            villages=int(villages.sum()),
            excess_km2=sum(
                max(0.0, km2 - CAP_KM2[key]) for key, km2 in self.held_km2(choice).items()
            ),
            demand=float(sum(MIX[kind] * share for kind, share in shares.items())),
        )

    def median_s(self, choice: Iterable[str]) -> float:
        """The mean first arrival, over the mixed demand that is reached."""
        places = self.serving(choice)
        told = {
            "population": (arrivals_s(places, *self.people_xy), self.persons),
            "built_up": (self.cells_s(choice), np.ones(TOWN_CELLS)),
            "villages": (arrivals_s(places, *self.villages_xy), np.ones(len(VILLAGES) - 1)),
        }
        share = MIX | {"villages": MIX["villages"] * (1 - 1 / len(VILLAGES))}
        mean_s = {
            kind: np.average(arrival_s.min(axis=0), weights=weights)
            for kind, (arrival_s, weights) in told.items()
        }
        return float(sum(share[kind] * mean_s[kind] for kind in share) / sum(share.values()))

    def backup_km2(self, choice: Iterable[str]) -> float:
        """Urban area that one station and that two reach in time, each counting half."""
        times = (self.cells_s(choice) <= RESPONSE_S).sum(axis=0)
        return float(((times >= 1).sum() + (times >= 2).sum()) / 2 * CELL_KM2)

    def reachable(self) -> np.ndarray:
        """The cells that some site or station reaches in time."""
        return np.asarray(self.cells_s(CANDIDATES).min(axis=0) <= RESPONSE_S)

    def unreached_km2(self) -> float:
        return float((~self.reachable()).sum() * CELL_KM2)


def _xy(table: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
    left, bottom = at(0, 0)
    return table.geometry.x.to_numpy() - left, table.geometry.y.to_numpy() - bottom


def _choices(most: int) -> list[tuple[str, ...]]:
    sizes = range(1, most + 1)
    return [choice for size in sizes for choice in combinations(CANDIDATES, size)]


def _candidates(table: gpd.GeoDataFrame, town: _Town) -> gpd.GeoDataFrame:
    today = town.worth(())
    rows = []
    for site in table["id"]:
        alone_s = arrivals_s({site: CANDIDATES[site]}, *town.cells_xy)[0]
        before = town.cells_s(()).min(axis=0) <= RESPONSE_S
        mine = alone_s <= RESPONSE_S
        worth = town.worth((site,))
        rows.append(
            {
                "population_gain": worth.population - today.population,
                "built_up_gain_km2": worth.built_up_km2 - today.built_up_km2,
                "villages_gain": worth.villages - today.villages,
                "area_gain_km2": today.excess_km2 - worth.excess_km2,
                "worst_s": float(town.cells_s((site,)).min(axis=0).max()),
                "overlap_share": (mine & before).sum() / mine.sum() if mine.any() else math.nan,
                # all three that work are reached by s1 already
                "hydrants": 0,
                "cost_10k_cny": COST_10K_CNY[site],
            }
        )
    criteria = pd.DataFrame(rows)[list(CRITERIA)]
    score, topsis = _weighted_sum(criteria), _topsis(criteria)
    gains = criteria[["population_gain", "built_up_gain_km2", "villages_gain"]]
    order = sorted(gains.index, key=lambda row: tuple(-gains.loc[row]))
    plain = pd.DataFrame(table.drop(columns="geometry"))
    before = ["id", "name", "name_en", "station_class", "vehicle", "origin"]
    judged = pd.concat(
        [
            plain[before],
            criteria[["cost_10k_cny"]],
            plain[["access_m"]],
            pd.DataFrame({"rank": _ranks(score), "tied": score[0] == score[1]}),
            criteria.drop(columns="cost_10k_cny"),
        ],
        axis=1,
    ).assign(
        score=score,
        score_topsis=topsis,
        rank_topsis=_ranks(topsis),
        rank_gain=[order.index(row) + 1 for row in gains.index],
        p_first=[RANK_SHARE[site][0] for site in table["id"]],
        rank_p05=1,
        rank_p95=2,
        dominated_by="",
        suitability=[math.nan, 0.625],
        note=plain["note"],
    )
    return gpd.GeoDataFrame(judged, geometry=table.geometry.to_numpy(), crs=CRS)


def _ranks(score: np.ndarray) -> list[int]:
    return [1 + int((score > mine).sum()) for mine in score]


def _weighted_sum(criteria: pd.DataFrame) -> np.ndarray:
    """Of two sites the better one has 1 in a criterion, the other 0, and both 0 if they tie.

    One that cannot be said stands as the worst of the others, here as the other one.
    """
    score = np.zeros(2)
    for name, weight in CRITERIA.items():
        one, other = criteria[name]
        if one != other and not math.isnan(one + other):
            score[int((other > one) != (name in _LESS_IS_BETTER))] += weight
    return score


def _topsis(criteria: pd.DataFrame) -> np.ndarray:
    weight = np.array(list(CRITERIA.values()))
    sign = np.array([-1.0 if name in _LESS_IS_BETTER else 1.0 for name in CRITERIA])
    values = criteria.fillna(criteria.max()).to_numpy(dtype=float)
    length = np.sqrt((values**2).sum(axis=0))
    scaled = weight * sign * values / np.where(length > 0, length, 1)
    from_best = np.linalg.norm(scaled - scaled.max(axis=0), axis=1)
    from_worst = np.linalg.norm(scaled - scaled.min(axis=0), axis=1)
    return np.asarray(from_worst / (from_best + from_worst))


def _excluded() -> gpd.GeoDataFrame:
    rows = [
        ("x0001", "slope", "slope、exclusion", "桃花源大道", (2000.0, 7000.0)),
        ("x0002", "crowded", "crowded、near_station", "国道319", (1800.0, 4500.0)),
        ("x0003", "near_better", "near_better", "国道319", (3600.0, 4500.0)),
    ]
    columns = ("id", "reason", "reasons", "road")
    return frame(
        [dict(zip(columns, row[:-1], strict=True)) for row in rows],
        [Point(at(*row[-1])) for row in rows],
    )


def _acceptability() -> pd.DataFrame:
    rows = [
        {"id": site, "rank": rank, "p": p}
        for site, shares in RANK_SHARE.items()
        for rank, p in enumerate(shares, start=1)
    ]
    return pd.DataFrame(rows)


def _joined(choice: Iterable[str]) -> dict[str, str]:
    return {
        "chosen": "、".join(choice),
        "names": "、".join(_SITE_NAMES[site] for site in choice),
    }


def _cost(choice: Iterable[str]) -> float:
    return sum(COST_10K_CNY[site] for site in choice)


def _solution(
    town: _Town,
    found: tuple[str, str, str, int],
    choice: tuple[str, ...] | None,
    objective: tuple[float, str],
    *,
    bound: float | None = None,
    note: str = "",
) -> dict[str, Any]:
    """Return a row; ``found`` is model, assignment, variant and order, no choice no answer."""
    model, assignment, variant, order = found
    picked = choice or ()
    worth, (value, unit) = town.worth(picked), objective
    limit = value if bound is None else bound
    status = "infeasible" if choice is None else "optimal" if limit == value else "feasible"
    told = choice is not None
    return {
        "id": "-".join(part for part in (model, assignment, variant, str(order)) if part),
        "model": model,
        "assignment": assignment,
        "variant": variant,
        "stations": len(picked),
        "order": order,
        "status": status,
        "objective": value,
        "bound": limit,
        "gap": abs(limit - value) / value if told else math.nan,
        "unit": unit,
        **_joined(picked),
        "cost_10k_cny": _cost(picked) if told else math.nan,
        "population_reached": worth.population if told else math.nan,
        "built_up_reached_km2": worth.built_up_km2 if told else math.nan,
        "villages_reached": worth.villages if told else math.nan,
        "excess_km2": worth.excess_km2 if told else math.nan,
        "unreached_km2": town.unreached_km2(),
        "note": note,
        "_choice": picked,
    }


def _solutions(town: _Town) -> gpd.GeoDataFrame:
    def best(value: Any, *, most: bool) -> list[tuple[tuple[str, ...], float]]:
        told = [(choice, value(choice)) for choice in _choices(FURTHER)]
        return sorted(told, key=lambda pair: -pair[1] if most else pair[1])

    lost = f"{town.unreached_km2():g}"
    none = f"城区有{lost}平方公里任何选址均不能按时到达 / no site reaches {lost} km² in time"
    part = "仅计有选址可达的城区 / of the urban area that some site reaches"
    fewest, number = _kept(town), (math.nan, "stations")
    answer = (float(len(fewest)), "stations")
    most = (float(town.reachable().sum() * CELL_KM2), "km2")
    rows = [
        _solution(town, ("lscp", "", "", 1), None, number, note=none),
        _solution(town, ("lscp", "", "reachable", 1), fewest, answer, note=part),
    ]
    ranked = best(lambda each: town.worth(each).demand, most=True)
    for order, (choice, value) in enumerate(ranked, start=1):
        rows.append(_solution(town, ("mclp", "", "", order), choice, (value, "share")))
    choice, value = best(town.median_s, most=False)[0]
    bound = value * PMEDIAN_BOUND
    rows.append(_solution(town, ("pmedian", "", "", 1), choice, (value, "s"), bound=bound))
    choice, value = best(lambda each: town.cells_s(each).min(axis=0).max(), most=False)[0]
    rows.append(_solution(town, ("pcenter", "", "", 1), choice, (float(value), "s")))
    choice, value = best(town.backup_km2, most=True)[0]
    rows.append(_solution(town, ("backup", "", "", 1), choice, (value, "km2")))
    for given in ("first", "free"):
        rows += [
            _solution(town, ("area-cap", given, "", 1), None, number, note=none),
            _solution(town, ("area-cap", given, "reachable", 1), fewest, answer, note=part),
            _solution(town, ("area-cap", given, "most", 1), fewest, most),
        ]
    geometry = [MultiPoint([at(*CANDIDATES[site]) for site in row.pop("_choice")]) for row in rows]
    return frame(rows, geometry)


def _kept(town: _Town) -> tuple[str, ...]:
    """The fewest sites that reach all that can be, nobody coming first to more than its cap."""
    return next(
        each
        for each in _choices(2)
        if town.worth(each).excess_km2 == 0
        and (town.cells_s(each).min(axis=0) <= RESPONSE_S)[town.reachable()].all()
    )


def _allocation(town: _Town) -> gpd.GeoDataFrame:
    """Who is given which of the cells that can be reached: first come, and so where it is free."""
    choice = _kept(town)
    arrival_s, places = town.cells_s(choice), town.holding(choice)
    x, y = town.cells_xy
    rows, geometry = [], []
    for solution in ALLOCATED:
        for i, (station, place) in enumerate(places.items()):
            mine = (arrival_s.argmin(axis=0) == i) & town.reachable()
            rows.append(
                {
                    "solution": solution,
                    "station_id": station,
                    "station_name": NAMES[station][0],
                    "built_up_km2": float(mine.sum() * CELL_KM2),
                    "minutes": float(arrival_s[i, mine].mean() / 60),
                    "cells": int(mine.sum()),
                }
            )
            middle = at(float(x[mine].mean()), float(y[mine].mean()))
            geometry.append(LineString([at(*place), middle]))
    return frame(rows, geometry)


def _steps(town: _Town) -> pd.DataFrame:
    chosen: tuple[str, ...] = ()
    rows: list[dict[str, Any]] = []
    while len(chosen) < len(CANDIDATES):
        before = town.worth(chosen)
        left = [site for site in CANDIDATES if site not in chosen]
        site = max(left, key=lambda each: town.worth((*chosen, each)).demand)
        chosen = (*chosen, site)
        after = town.worth(chosen)
        rows.append(
            {
                "order": len(chosen),
                "id": site,
                "name": _SITE_NAMES[site],
                "demand_gain": after.demand - before.demand,
                "population_gain": after.population - before.population,
                "built_up_gain_km2": after.built_up_km2 - before.built_up_km2,
                "villages_gain": after.villages - before.villages,
            }
        )
    return pd.DataFrame(rows)


def _pareto(town: _Town) -> pd.DataFrame:
    """Choices of up to one site more than is asked for, none at all among them."""
    told = {}
    for choice in [(), *_choices(FURTHER + 1)]:
        worth = town.worth(choice)
        good = (worth.population, worth.built_up_km2, worth.villages)
        told[choice] = (*good, -worth.excess_km2, -_cost(choice), -len(choice))
    rows = []
    for choice, mine in told.items():
        beaten = any(
            other != mine and all(a >= b for a, b in zip(other, mine, strict=True))
            for other in told.values()
        )
        if not beaten:
            rows.append(
                {
                    "stations": len(choice),
                    **_joined(choice),
                    "population_reached": mine[0],
                    "built_up_reached_km2": mine[1],
                    "villages_reached": mine[2],
                    "excess_km2": 0.0 - mine[3],
                    "cost_10k_cny": float(_cost(choice)),
                }
            )
    return pd.DataFrame(sorted(rows, key=lambda row: (row["stations"], row["cost_10k_cny"])))


def _forcing(town: _Town) -> pd.DataFrame:
    """The price of c1, which the study names, where one station more is asked for."""
    with_it, without = town.worth(("c1",)).demand, town.worth(("c2",)).demand
    best = max(with_it, without)
    row = {
        "id": "c1",
        "name": _SITE_NAMES["c1"],
        "stations": FURTHER,
        "objective_with": with_it,
        "objective_without": without,
        "price": best - with_it,
        "price_share": (best - with_it) / best,
        "regret_share": (best - with_it) / best,
    }
    return pd.DataFrame([row])


def _phasing(town: _Town) -> pd.DataFrame:
    """The years in which sites are built, so that the shares of all years add up to most."""
    rows = []
    for name, plan in {"optimal": _best_plan(town), "greedy": _greedy(town)}.items():
        shares = _shares(town, plan)
        for site, year in sorted(plan.items(), key=lambda pair: pair[1]):
            if year > YEARS:
                continue
            rows.append(
                {
                    "plan": name,
                    "year": year,
                    "id": site,
                    "name": _SITE_NAMES[site],
                    "cost_10k_cny": COST_10K_CNY[site],
                    "spent_10k_cny": _cost(each for each in plan if plan[each] <= year),
                    "demand_share": shares[year - 1],
                }
            )
    return pd.DataFrame(rows)


def _best_plan(town: _Town) -> dict[str, int]:
    plans = [dict(zip(CANDIDATES, years, strict=True)) for years in _years()]
    return max(plans, key=lambda plan: sum(_shares(town, plan)))


def _years() -> list[tuple[int, int]]:
    """The years of both sites that the budget allows; the year after the last one is never."""
    choices = product(range(1, YEARS + 2), repeat=2)
    return [
        years
        for years in choices
        if all(
            _cost(site for site, built in zip(CANDIDATES, years, strict=True) if built <= year)
            <= year * BUDGET_10K_CNY
            for year in range(1, YEARS + 1)
        )
    ]


def _shares(town: _Town, plan: dict[str, int]) -> list[float]:
    return [
        town.worth([site for site in plan if plan[site] <= year]).demand
        for year in range(1, YEARS + 1)
    ]


def _greedy(town: _Town) -> dict[str, int]:
    """Whatever can be paid is built at once, most demand for its cost first."""
    built: dict[str, int] = {}
    for year in range(1, YEARS + 1):
        while payable := [
            site
            for site in CANDIDATES
            if site not in built and _cost([*built, site]) <= year * BUDGET_10K_CNY
        ]:
            gain = {
                site: town.worth([*built, site]).demand - town.worth(built).demand
                for site in payable
            }
            built[max(payable, key=lambda site: gain[site] / COST_10K_CNY[site])] = year
    return built

"""p-median and p-center: every choice tried, published optima, properties."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firecover.siting.branching import cheapest
from firecover.siting.center import p_center
from firecover.siting.coverage_patterns import cover_within
from firecover.siting.covering import lscp, mclp
from firecover.siting.lagrange import CostTable, lower_bound
from firecover.siting.median import nearest_open, p_median
from firecover.siting.sites import make_sites
from support.or_library import published_optima, read_instance
from support.siting_twins import best_value, questions

REAL = Path(__file__).parents[3] / "shared/data/real"
calm = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)

# small enough to be proven in a second or two each; the others in tests/benchmarks/siting.py
SMALL = ("pmed1", "pmed2", "pmed3", "pmed4", "pmed5", "pmed6", "pmed7", "pmed10", "pmed11")


def check(solution, expected, sites):
    if expected is None:
        assert solution.status == "infeasible"
        assert solution.why
        return
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert solution.gap == 0
    assert sites.allows(solution.chosen.tolist())


def median_twin(time_s, weight):
    counted = weight > 0

    def cost(opened, _):
        nearest = time_s[opened].min(axis=0, initial=np.inf)
        return float((weight * np.where(counted, nearest, 0.0))[counted].sum())

    return cost


def center_twin(time_s, weight):
    counted = weight > 0

    def longest(opened, _):
        nearest = time_s[opened].min(axis=0, initial=np.inf)[counted]
        return float((weight[counted] * nearest).max(initial=0.0))

    return longest


@calm
@given(questions())
def test_median_is_the_best_of_all(question):
    time_s, weight, sites = question
    solution = p_median(time_s, sites, weight)
    check(solution, best_value(sites, median_twin(time_s, weight), min), sites)
    if solution:
        served = time_s[solution.assigned, np.arange(weight.size)][weight > 0]
        assert (served * weight[weight > 0]).sum() == pytest.approx(solution.objective)


@calm
@given(questions(most_sites=9), st.integers(1, 4))
def test_median_without_shortcuts_of_first_choices(question, p):
    # so many sites and places that the tree has several levels
    time_s, weight, _ = question
    time_s = np.where(np.isinf(time_s), 40.0, time_s)
    sites = make_sites(len(time_s), count=min(p, len(time_s)))
    check(
        p_median(time_s, sites, weight), best_value(sites, median_twin(time_s, weight), min), sites
    )


@calm
@given(questions())
def test_center_is_the_best_of_all(question):
    time_s, weight, sites = question
    solution = p_center(time_s, sites, weight)
    check(solution, best_value(sites, center_twin(time_s, weight), min), sites)


@calm
@given(questions())
def test_other_choices_are_other_and_next_best(question):
    time_s, weight, sites = question
    seen = []
    for _ in range(4):
        twin = best_value(sites, median_twin(time_s, weight), min)
        solution = p_median(time_s, sites, weight)
        check(solution, twin, sites)
        if not solution:
            break
        seen.append(solution.objective)
        sites = sites.other_than(solution.chosen)
    assert seen == sorted(seen)


@calm
@given(questions())
def test_bounds_are_bounds(question):
    time_s, weight, sites = question
    free = np.flatnonzero(sites.open_to_choice)
    if not free.size:
        return
    cost = np.where(np.isinf(time_s), 99.0, time_s) * weight
    inner = sites.only(free)
    bound = lower_bound(CostTable(cost[free], 99 * weight), inner, 500.0, start=cost[0])
    for site in range(len(free)):
        inside = best_value(
            replace(inner, forced=inner.forced | (np.arange(len(free)) == site)),
            lambda _, choice: _cost(cost[free], weight, choice),
            min,
        )
        assert inside is None or inside >= bound.least[site] - 1e-6
        if not inner.forced[site]:
            outside = best_value(
                inner.forbid(site), lambda _, choice: _cost(cost[free], weight, choice), min
            )
            assert outside is None or outside >= bound.least_without[site] - 1e-6


def _cost(cost, weight, choice):
    return float(np.minimum(cost[list(choice)].min(axis=0, initial=np.inf), 99 * weight).sum())


def test_reach_decides_where_not_everyone_is_reached_by_all():
    far = np.inf
    time_s = np.array([[1.0, 1.0, far], [far, 5.0, 5.0], [9.0, far, 9.0], [9.0, 9.0, 9.0]])
    assert p_median(time_s, make_sites(4, count=1)).chosen.tolist() == [3]
    assert p_median(time_s, make_sites(4, count=2)).objective == 1 + 1 + 5
    assert p_center(time_s, make_sites(4, count=2)).objective == 5
    short = p_median(time_s, make_sites(4, count=1, forbidden=[3])).why
    assert [(one.lack, one.short) for one in short] == [("count", 1.0)]
    lost = p_center(time_s, make_sites(4, forbidden=[1, 2, 3])).why
    assert [(one.lack, one.demand.tolist()) for one in lost] == [("unreached", [2])]
    assert p_median(time_s, make_sites(4, forbidden=[1, 2, 3]), [1, 1, 0]).objective == 2


def test_nearest_open_counts_what_stands():
    time_s = np.array([[1.0, 9.0, np.inf], [2.0, 3.0, np.inf]])
    sites = make_sites(2, locked=[1])
    assert nearest_open(time_s, sites, []).tolist() == [1, 1, -1]
    assert nearest_open(time_s, sites, [0]).tolist() == [0, 1, -1]
    assert nearest_open(time_s, make_sites(2), []).tolist() == [-1, -1, -1]


def test_no_choice_left():
    sites = make_sites(1, count=1, exactly=True).other_than([0])
    assert [short.lack for short in p_median(np.ones((1, 2)), sites).why] == ["choice"]


def test_time_limit_gives_the_best_found_with_its_gap():
    random = np.random.default_rng(3)
    time_s = np.hypot(*(random.random((300, 1, 2)) - random.random((1, 900, 2))).transpose(2, 0, 1))
    sites = make_sites(300, count=15)
    solution = p_median(time_s, sites, random.random(900), time_limit_s=0.05)
    assert solution.status == "feasible"
    assert 0 < solution.bound < solution.objective
    assert solution.gap == pytest.approx(1 - solution.bound / solution.objective)
    assert sites.allows(solution.chosen.tolist())
    center = p_center(time_s, sites, time_limit_s=1e-3)
    assert center.status in {"feasible", "unknown"}


@pytest.mark.parametrize("name", SMALL)
def test_published_median(name):
    folder = REAL / "siting"
    if not (folder / f"{name}.txt").exists():
        pytest.skip(f"no {name}.txt in {folder}")
    time_s, p = read_instance(folder / f"{name}.txt")
    solution = p_median(time_s, make_sites(len(time_s), count=p), time_limit_s=120)
    assert solution.status == "optimal"
    assert solution.gap == 0
    assert solution.objective == published_optima(folder)[name]


def test_published_answers_of_san_francisco():
    folder = REAL / "facilities"
    name = "SF_network_distance_candidateStore_16_censusTract_205_new.csv"
    if not (folder / name).exists():
        pytest.skip(f"no {name} in {folder}")
    with (folder / name).open() as file:
        rows = list(csv.DictReader(file))
    stores = sorted({row["name"] for row in rows})
    tracts = sorted({row["DestinationName"] for row in rows})
    metres = np.full((len(stores), len(tracts)), np.inf)
    people = np.zeros(len(tracts))
    for row in rows:
        place = tracts.index(row["DestinationName"])
        metres[stores.index(row["name"]), place] = float(row["distance"])
        people[place] = float(row["demand"])
    cover = cover_within(metres, 5000, people)
    assert lscp(cover, make_sites(16)).objective == 8
    assert mclp(cover, make_sites(16, count=4)).objective == 875_247
    median = p_median(metres, make_sites(16, count=4), people)
    assert median.objective / people.sum() == pytest.approx(2982.1269, abs=1e-3)
    assert p_center(metres, make_sites(16, count=4)).objective == pytest.approx(7403.0638, abs=1e-3)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("seed", range(2))
def test_same_as_spopt(seed):
    locate = pytest.importorskip("spopt.locate", exc_type=ImportError)
    pulp = pytest.importorskip("pulp")
    random = np.random.default_rng(seed)
    time_s = np.hypot(*(random.random((15, 1, 2)) - random.random((1, 60, 2))).transpose(2, 0, 1))
    weight = random.integers(1, 50, 60).astype(float)
    solver = pulp.HiGHS(msg=False, gapRel=0.0)
    theirs = locate.PMedian.from_cost_matrix(time_s.T, weight, p_facilities=4).solve(solver)
    ours = p_median(time_s, make_sites(15, count=4), weight)
    assert ours.objective == pytest.approx(theirs.problem.objective.value())
    theirs = locate.PCenter.from_cost_matrix(time_s.T, p_facilities=4).solve(solver)
    ours = p_center(time_s, make_sites(15, count=4))
    assert ours.objective == pytest.approx(theirs.problem.objective.value())


@calm
@given(questions())
def test_one_more_candidate_never_worsens(question):
    time_s, weight, _ = question
    time_s = np.where(np.isinf(time_s), 40.0, time_s)
    if len(time_s) == 1:
        return
    sites = make_sites(len(time_s), count=2)
    for model in (p_median, p_center):
        assert model(time_s, sites, weight).objective <= (
            model(time_s, sites.forbid(0), weight).objective + 1e-9
        )


def test_cheapest_tells_its_nodes():
    random = np.random.default_rng(0)
    cost = random.integers(1, 100, (30, 60)).astype(float)
    table = CostTable(cost, np.full(60, np.inf))
    best = cheapest(table, make_sites(30, count=4), whole=True)
    assert best.status == "optimal"
    assert best.nodes > 0
    assert best.bound == best.value

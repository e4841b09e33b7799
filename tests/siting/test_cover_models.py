"""Covering models: hand-worked cases, every choice tried, published optima, properties."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firecover.errors import InputError
from firecover.siting.backup import (
    backup_cover,
    backup_trade,
    engines_coming,
    force_of,
    multi_cover,
    multi_cover_all,
)
from firecover.siting.coverage_patterns import cover_of, cover_within, dominated, reduced, stack
from firecover.siting.covering import Aim, lscp, mclp, mclp_of
from firecover.siting.sites import make_sites
from support.siting_twins import best_value, questions

REAL = Path(__file__).parents[3] / "shared/data/real"
LIMIT_S = 8.0
calm = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def check(solution, expected, *, sites, cover=None):
    """Compare with the best of all choices; the answer keeps every limit."""
    if expected is None:
        assert solution.status == "infeasible"
        assert solution.why
        assert np.isnan(solution.objective)
        return
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert solution.gap == 0
    assert solution.bound == solution.objective
    assert sites.allows(solution.chosen.tolist())
    if cover is not None:
        opened = set(solution.chosen.tolist()) | set(np.flatnonzero(sites.locked).tolist())
        for place, site in enumerate(solution.assigned.tolist()):
            reaching = cover.reached[[cover.pattern[place]]].nonzero()[1]
            assert site in opened & set(reaching) if opened & set(reaching) else site == -1


# three sites on a line, 0, 4 and 8; five places 0, 2, 4, 6 and 8; reach 2
LINE = np.abs(np.array([0.0, 4.0, 8.0])[:, None] - np.array([0.0, 2.0, 4.0, 6.0, 8.0]))


def test_line_by_hand():
    cover = cover_within(LINE, 2.0, [5, 1, 1, 1, 4])
    # the middle reaches three places of weight 3, the ends two of 6 and 5
    assert lscp(cover, make_sites(3)).chosen.tolist() == [0, 1, 2]
    best = mclp(cover, make_sites(3, count=1))
    assert (best.objective, best.chosen.tolist()) == (6, [0])
    assert best.assigned.tolist() == [0, 0, -1, -1, -1]
    assert mclp(cover, make_sites(3, count=2)).objective == 11
    # places 2 and 6 are reached by two sites each
    assert backup_cover(cover, make_sites(3)).objective == 2
    assert backup_trade(cover, make_sites(3, count=2), 0.5).objective == 5.5


def test_just_in_time_counts():
    assert cover_within(LINE, 2.0).reached[[1]].toarray().tolist() == [[1, 1, 0]]
    assert cover_within(LINE, [0.0, 1.9, 0.0, 0.0, 0.0]).times_covered([0, 1, 2]).sum() == 3


def test_unreached_demand_is_named():
    cover = cover_within(np.array([[1.0, np.inf, 1.0], [np.inf, 9.0, 1.0]]), 5.0)
    solution = lscp(cover, make_sites(2))
    assert solution.status == "infeasible"
    assert not solution
    assert [(short.lack, short.demand.tolist()) for short in solution.why] == [("unreached", [1])]


def test_missing_number_and_money_are_told():
    cover = cover_within(LINE, 2.0)
    sites = make_sites(3, cost=[3, 4, 5], count=1, budget=10)
    assert [(short.lack, short.short) for short in lscp(cover, sites).why] == [
        ("count", 2.0),
        ("budget", 2.0),
    ]
    assert [short.lack for short in backup_cover(cover, sites).why] == ["count", "budget"]


def test_contradicting_limits():
    cover = cover_within(LINE, 2.0)
    sites = make_sites(3, forced=[0, 1], count=1, budget=1)
    assert [short.lack for short in mclp(cover, sites).why] == ["count", "budget"]
    assert [
        short.lack for short in mclp(cover, make_sites(3, forbidden=[0], count=3, exactly=True)).why
    ] == ["count"]
    with pytest.raises(InputError, match="forbidden") as caught:
        make_sites(3, forced=[0], forbidden=[0], locked=[7], cost=-1, exactly=True)
    assert len(caught.value.problems) == 4


def test_identical_demand_is_merged():
    reached = np.array([[1, 0, 1, 0], [1, 1, 1, 0]], dtype=bool)
    for table in (reached, sp.csr_array(reached)):
        cover = cover_of(table, [1, 2, 4, 8])
        assert cover.pattern.tolist() == [0, 1, 0, 2]
        assert cover.weight.tolist() == [5, 2, 8]
        assert cover.reached.toarray().tolist() == [[1, 1], [0, 1], [0, 0]]
        assert cover_of(table, 1.0, apart=[0, 0, 1, 0]).pattern.tolist() == [0, 1, 2, 3]


def test_dominated_sites_are_told():
    reached = np.array([[1, 0, 0], [1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=bool)
    cover = cover_of(reached)
    every = np.ones(4, dtype=bool)
    assert dominated(cover, np.ones(4), every).tolist() == [1, -1, 1, -1]
    # what costs less is not replaced by what costs more
    assert dominated(cover, np.array([1.0, 2.0, 2.0, 1.0]), every).tolist() == [-1, -1, 1, -1]
    assert dominated(cover, np.ones(4), np.array([True, False, True, True])).tolist() == [
        2,
        -1,
        -1,
        -1,
    ]


@calm
@given(questions())
def test_reduction_keeps_the_optimum(question):
    time_s, _, sites = question
    cover = cover_within(time_s, LIMIT_S)
    reached = sp.csr_array(cover.reached[np.flatnonzero(cover.reached.sum(axis=1) > 0)])
    rows, columns = reduced(reached, sites.cost, np.ones(len(sites), dtype=bool))
    free = make_sites(len(sites), cost=sites.cost)
    whole = best_value(free, _price_of_cover(reached, sites.cost), min)
    part = make_sites(len(columns), cost=sites.cost[columns])
    small = _price_of_cover(sp.csr_array(reached[rows][:, columns]), sites.cost[columns])
    assert best_value(part, small, min) == whole


def _price_of_cover(reached, cost):
    def price(opened, choice):
        done = not reached.shape[0] or (reached[:, opened].sum(axis=1) > 0).all()
        return float(cost[list(choice)].sum()) if done else np.inf

    return price


@calm
@given(questions(), st.sampled_from(["count", "cost"]))
def test_lscp_is_the_best_of_all(question, by):
    time_s, weight, sites = question
    cover = cover_within(time_s, LIMIT_S, weight)

    def price(opened, choice):
        covered = (time_s[opened] <= LIMIT_S).any(axis=0).all()
        return (len(choice) if by == "count" else sites.price(choice)) if covered else np.inf

    solution = lscp(cover, sites, by=by)
    check(solution, best_value(sites, price, min), sites=sites, cover=cover)
    if solution:
        assert (solution.assigned >= 0).all()


@calm
@given(questions())
def test_mclp_is_the_best_of_all(question):
    time_s, weight, sites = question
    cover = cover_within(time_s, LIMIT_S, weight)

    def covered(opened, _):
        return float(weight[(time_s[opened] <= LIMIT_S).any(axis=0)].sum())

    check(mclp(cover, sites), best_value(sites, covered), sites=sites, cover=cover)


@calm
@given(questions(), st.integers(0, 30))
def test_mclp_of_two_kinds(question, at_least):
    time_s, weight, sites = question
    first, second = cover_within(time_s, LIMIT_S, weight), cover_within(time_s, 4.0)
    toll = sites.cost * 0.25

    def worth(opened, choice):
        one = weight[(time_s[opened] <= LIMIT_S).any(axis=0)].sum()
        two = (time_s[opened] <= 4.0).any(axis=0).sum()
        return one + 0.5 * two - toll[list(choice)].sum() if one >= at_least else -np.inf

    aims = [Aim(first, at_least=at_least), Aim(second, share=0.5)]
    check(mclp_of(aims, sites, toll=toll), best_value(sites, worth), sites=sites)


@calm
@given(questions())
def test_backup_is_the_best_of_all(question):
    time_s, weight, sites = question
    cover = cover_within(time_s, LIMIT_S, weight)

    def twice(opened, _):
        times = (time_s[opened] <= LIMIT_S).sum(axis=0)
        return float(weight[times >= 2].sum()) if (times >= 1).all() else -np.inf

    check(backup_cover(cover, sites), best_value(sites, twice), sites=sites, cover=cover)


@calm
@given(questions(), st.sampled_from([0.0, 0.3, 0.5, 0.8, 1.0]))
def test_backup_trade_is_the_best_of_all(question, share):
    time_s, weight, sites = question
    cover = cover_within(time_s, LIMIT_S, weight)

    def worth(opened, _):
        times = (time_s[opened] <= LIMIT_S).sum(axis=0)
        return float((1 - share) * weight[times >= 1].sum() + share * weight[times >= 2].sum())

    check(backup_trade(cover, sites, share), best_value(sites, worth), sites=sites, cover=cover)


@calm
@given(questions(), st.integers(0, 2**32 - 1))
def test_full_force_is_the_best_of_all(question, seed):
    time_s, weight, sites = question
    random = np.random.default_rng(seed)
    engines = random.integers(1, 4, len(sites)).astype(float)
    needed = random.integers(1, 5, weight.size).astype(float)
    cover = cover_of(time_s <= LIMIT_S, weight, apart=needed)
    force = force_of(cover, engines, needed)

    def coming(opened):
        return (engines[opened, None] * (time_s[opened] <= LIMIT_S)).sum(axis=0)

    def most(opened, _):
        return float(weight[coming(opened) >= needed].sum())

    def fewest(opened, choice):
        return len(choice) if (coming(opened) >= needed).all() else np.inf

    assert (
        engines_coming(cover, force, np.arange(len(sites)))[cover.pattern].tolist()
        == coming(np.arange(len(sites))).tolist()
    )
    check(multi_cover(cover, sites, force), best_value(sites, most), sites=sites)
    check(multi_cover_all(cover, sites, force), best_value(sites, fewest, min), sites=sites)


def test_merged_demand_must_need_the_same():
    cover = cover_of(np.ones((1, 2), dtype=bool))
    with pytest.raises(InputError, match="different numbers"):
        force_of(cover, 1, [1, 2])
    with pytest.raises(InputError, match="between 0 and 1"):
        backup_trade(cover, make_sites(1), 1.5)


@calm
@given(questions())
def test_one_more_candidate_never_worsens(question):
    time_s, weight, sites = question
    before = make_sites(len(sites), cost=sites.cost, forbidden=[0], count=2)
    after = make_sites(len(sites), cost=sites.cost, count=2)
    cover = cover_within(time_s, LIMIT_S, weight)
    assert mclp(cover, after).objective >= mclp(cover, before).objective - 1e-9
    few, fewer = (lscp(cover, replace(one, count=None)) for one in (before, after))
    assert not few or fewer.objective <= few.objective


@calm
@given(questions())
def test_mclp_grows_with_the_number(question):
    time_s, weight, sites = question
    cover = cover_within(time_s, LIMIT_S, weight)
    values = [mclp(cover, make_sites(len(sites), count=p)).objective for p in range(len(sites))]
    assert all(more >= less - 1e-9 for less, more in pairwise(values))


def test_time_limit_gives_the_best_found_with_its_gap():
    random = np.random.default_rng(1)
    sites, places = random.random((200, 2)), random.random((3000, 2))
    time_s = np.hypot(*(sites[:, None] - places[None]).transpose(2, 0, 1))
    cover = cover_within(time_s, 0.13, random.integers(1, 100, 3000))
    solution = mclp(cover, make_sites(200, count=20), time_limit_s=0.5)
    assert solution.status == "feasible"
    assert solution.bound > solution.objective > 0
    assert solution.gap == pytest.approx(solution.bound / solution.objective - 1)
    assert cover.covered_weight(solution.chosen) == solution.objective


def test_stacked_covers_count_their_shares():
    first, second = cover_within(LINE, 2.0, 2.0), cover_within(LINE, 0.0)
    both = stack([first, second], [1.0, 10.0])
    assert both.total == first.total + 10 * second.total
    assert both.covered_weight([0]) == 4 + 10


def published():
    folder = REAL / "siting"
    table = folder / "sjc_optimal.csv"
    if not table.exists():
        pytest.skip(f"no {table.name} in {folder}")
    lines = [line.split(",") for line in table.read_text().splitlines()[1:]]
    return [(name, float(r), int(p), float(best)) for name, _, _, r, p, best, *_ in lines]


def test_published_mclp_optima():
    covers = {}
    for name, radius, p, best in published():
        if p > 3:  # all of them are in tests/benchmarks/siting.py
            continue
        if (name, radius) not in covers:
            rows = (REAL / "siting" / f"{name}.txt").read_text().split("\n")[1:]
            table = np.array([row.split()[:3] for row in rows if row.strip()], dtype=float)
            points = table[:, :2]
            time_s = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
            covers[name, radius] = cover_within(time_s, radius, table[:, 2])
        cover = covers[name, radius]
        solution = mclp(cover, make_sites(cover.reached.shape[1], count=p))
        assert (solution.status, solution.objective) == ("optimal", best), (name, radius, p)


# spopt builds its models in a way that PuLP 4 will not know any more
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("seed", range(3))
def test_same_as_spopt(seed):
    locate = pytest.importorskip("spopt.locate", exc_type=ImportError)
    pulp = pytest.importorskip("pulp")
    random = np.random.default_rng(seed)
    time_s = np.hypot(*(random.random((25, 1, 2)) - random.random((1, 120, 2))).transpose(2, 0, 1))
    weight = random.integers(1, 50, 120).astype(float)
    solver = pulp.HiGHS(msg=False, gapRel=0.0)
    theirs = locate.MCLP.from_cost_matrix(time_s.T, weight, 0.2, p_facilities=5).solve(solver)
    ours = mclp(cover_within(time_s, 0.2, weight), make_sites(25, count=5))
    assert ours.objective == pytest.approx(theirs.problem.objective.value())
    theirs = locate.LSCP.from_cost_matrix(time_s.T, 0.5).solve(solver)
    ours = lscp(cover_within(time_s, 0.5), make_sites(25))
    assert ours.objective == pytest.approx(theirs.problem.objective.value())

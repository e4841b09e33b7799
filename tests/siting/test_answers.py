"""More than one answer: k best, Pareto front, forcing, regret, marginal gains."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firecover.siting.answers import k_best, marginal_gains, price_of_forcing, regret
from firecover.siting.coverage_patterns import cover_within
from firecover.siting.covering import lscp, mclp
from firecover.siting.median import p_median
from firecover.siting.pareto import pareto_front
from firecover.siting.sites import make_sites
from support.siting_twins import choices, opened, questions

calm = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
LIMIT_S = 8.0


@calm
@given(questions(most_sites=6), st.integers(1, 6))
def test_k_best_are_the_k_best(question, k):
    time_s, weight, sites = question
    cover = cover_within(time_s, LIMIT_S, weight)
    values = sorted(
        (cover.covered_weight(opened(sites, choice)) for choice in choices(sites)), reverse=True
    )
    found = k_best(lambda part: mclp(cover, part), sites, k, "most")
    assert [one.solution.objective for one in found] == pytest.approx(values[:k])
    assert len({tuple(one.solution.chosen) for one in found}) == len(found)
    for one in found:
        assert one.loss == pytest.approx(values[0] - one.solution.objective)
        best = set(found[0].solution.chosen.tolist())
        assert (best | set(one.added)) - set(one.dropped) == set(one.solution.chosen.tolist())


@calm
@given(questions(most_sites=6, most_places=8), st.sampled_from(["count", "cost", None]))
def test_front_is_the_front(question, spend):
    time_s, weight, sites = question
    covers = [cover_within(time_s, LIMIT_S, weight), cover_within(time_s, 4.0)]
    if spend is not None and sites.exactly:
        return
    spent = {"count": len, "cost": sites.price, None: lambda _: 0.0}[spend]
    values = {
        (
            *(round(cover.covered_weight(opened(sites, choice)), 6) for cover in covers),
            -spent(choice),
        )
        for choice in choices(sites)
    }
    front = {
        one
        for one in values
        if not any(other != one and (np.array(other) >= one).all() for other in values)
    }
    found = pareto_front(covers, sites, spend)
    assert found.complete
    told = [
        (*(round(value, 6) for value in point.covered), -spent(point.solution.chosen.tolist()))
        for point in found.points
    ]
    assert len(told) == len(set(told))
    assert set(told) == front


def test_front_stops_when_told():
    time_s = np.random.default_rng(0).random((8, 30))
    covers = [cover_within(time_s, 0.3), cover_within(time_s, 0.1)]
    some = pareto_front(covers, make_sites(8), most_points=3)
    assert len(some.points) == 3
    assert not some.complete
    none = pareto_front(covers, make_sites(8), time_limit_s=0.0)
    assert (none.points, none.complete) == ((), False)


# places 0 to 8 on a line, sites at 1, 4 and 7, reach 1: each reaches three places
LINE = np.abs(np.array([1.0, 4.0, 7.0])[:, None] - np.arange(9.0))
COVER = cover_within(LINE, 1.0, [1, 1, 1, 2, 2, 2, 5, 5, 5])


def ask(sites):
    return mclp(COVER, sites)


def test_price_of_forcing_by_hand():
    sites = make_sites(3, count=1)
    poor = price_of_forcing(ask, sites, 0, "most")
    assert (poor.price_in, poor.price_out) == (12, 0)
    good = price_of_forcing(ask, sites, 2, "most", best=poor.best)
    assert (good.price_in, good.price_out) == (0, 9)
    # without the middle site not everything can be covered
    needed = price_of_forcing(lambda part: lscp(COVER, part), make_sites(3), 1, "least")
    assert (needed.price_in, needed.price_out) == (0, np.inf)


def test_regret_by_hand():
    poor = regret(ask, make_sites(3), [0], "most")
    assert (poor.given.objective, poor.best.objective, poor.regret, poor.at_most) == (3, 15, 12, 12)
    assert regret(ask, make_sites(3), [2, 1], "most").regret == 0
    far = regret(lambda part: p_median(LINE, part), make_sites(3, count=1), [0], "least")
    assert far.given.objective == 29
    assert far.regret == 9


def test_marginal_gains_by_hand():
    gains = marginal_gains(COVER, make_sites(3))
    assert [(one.site, one.gain, one.covered) for one in gains] == [
        (2, 15, 15),
        (1, 6, 21),
        (0, 3, 24),
    ]
    forced = marginal_gains(COVER, make_sites(3, forced=[0], locked=[2]), 1)
    assert [(one.site, one.gain, one.covered) for one in forced] == [(0, 3, 18)]


@calm
@given(questions())
def test_gains_never_grow(question):
    time_s, weight, sites = question
    cover = cover_within(time_s, LIMIT_S, weight)
    forced = int(sites.forced.sum())
    gains = [one.gain for one in marginal_gains(cover, sites)][forced:]
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(gains))

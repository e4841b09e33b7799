import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firecover.errors import InputError
from firecover.siting import nested_sets
from firecover.siting.nested_sets import Growth, Subsets, best_growth, ceilings
from firecover.siting.phasing import phase


def sets(*reached, places):
    table = np.zeros((len(reached), places), dtype=bool)
    for row, cells in zip(table, reached, strict=True):
        row[list(cells)] = True
    return table


def test_greed_spends_on_the_cheap_one_and_has_to_wait_for_the_good_one():
    # cheap: 6 for 1; good: 10 for 2. Budget 2 a year, three years.
    # good first: year 1 10, then 2 for the cheap one in year 2: 16, 16: 42 together.
    # greed: cheap (6 each) in year 1, 1 is left; year 2 3 to spend: good. 6 + 16 + 16 = 38
    found = phase(
        sets([0], [1], places=2),
        [6.0, 10.0],
        cost=[1.0, 2.0],
        covered=np.zeros(2, bool),
        budget=2.0,
        years=3,
    )
    assert found.optimal.sites.tolist() == [1, 0]
    assert found.optimal.year.tolist() == [1, 2]
    assert found.optimal.gain.tolist() == [10, 6]
    assert found.optimal.covered.tolist() == [10, 16, 16]
    assert found.optimal.left.tolist() == [0, 1, 3]
    assert found.greedy.sites.tolist() == [0, 1]
    assert found.greedy.year.tolist() == [1, 2]
    assert found.greedy.covered.tolist() == [6, 16, 16]
    assert found.greedy.left.tolist() == [1, 1, 3]
    assert (found.loss, found.loss_share) == (4, 4 / 42)
    assert (found.status, found.bound, found.gap) == ("optimal", 42, 0)
    assert found.ceiling.tolist() == [10, 16, 16]
    assert found.order_price == 0


def test_money_is_saved_for_what_no_single_year_pays():
    # 5 costs three years; small ones of 1 each year would bring 1, 2, 3, 4
    found = phase(
        sets([0], [1], [2], [3], [4], places=5),
        [20.0, 1, 1, 1, 1],
        cost=[3.0, 1, 1, 1, 1],
        covered=np.zeros(5, bool),
        budget=1.0,
        years=4,
    )
    assert found.optimal.sites.tolist() == [0, 1]
    assert found.optimal.year.tolist() == [3, 4]
    assert found.optimal.covered.tolist() == [0, 0, 20, 21]
    assert found.optimal.left.tolist() == [1, 2, 0, 0]
    assert found.greedy.covered.tolist() == [1, 2, 3, 4]
    assert found.loss == 41 - 10
    # the best set of each year by itself
    assert found.ceiling.tolist() == [1, 2, 20, 21]
    assert found.order_price == 3


def test_what_is_covered_today_counts_already_and_earns_a_site_nothing():
    found = phase(
        sets([0, 1], [1, 2], [0], places=3),
        [5.0, 3, 2],
        cost=1.0,
        covered=np.array([True, False, False]),
        budget=1.0,
        years=2,
    )
    assert found.today == 5
    assert found.optimal.sites.tolist() == [1]
    assert found.optimal.covered.tolist() == [10, 10]
    assert found.optimal.left.tolist() == [0, 1]
    assert found.ceiling.tolist() == [10, 10]


def test_stations_of_one_year_stand_in_the_order_of_what_they_add():
    found = phase(
        sets([0], [1, 2], [2, 3], places=4),
        [1.0, 4, 4, 3],
        cost=1.0,
        covered=np.zeros(4, bool),
        budget=9.0,
        years=1,
    )
    assert found.optimal.sites.tolist() == [1, 2, 0]
    assert found.optimal.gain.tolist() == [8, 3, 1]
    assert found.optimal.year.tolist() == [1, 1, 1]


def test_what_can_never_be_paid_is_told():
    found = phase(
        sets([0], [1], places=2),
        1.0,
        cost=[10.0, 2.0],
        covered=np.zeros(2, bool),
        budget=1.0,
        years=3,
    )
    assert found.unaffordable.tolist() == [0]
    assert found.optimal.sites.tolist() == [1]
    assert found.optimal.year.tolist() == [2]


def test_what_costs_nothing_is_built_at_once():
    found = phase(
        sets([0], [1], places=2),
        1.0,
        cost=[0.0, 1.0],
        covered=np.zeros(2, bool),
        budget=1.0,
        years=2,
    )
    assert found.optimal.year.tolist() == [1, 1]
    assert found.optimal.covered.tolist() == found.greedy.covered.tolist() == [2, 2]


@pytest.mark.parametrize("sites", [0, 2])
def test_where_nothing_can_be_gained_nothing_is_built(sites):
    found = phase(
        np.zeros((sites, 3), bool),
        [1.0, 2, 3],
        cost=1.0,
        covered=np.array([True, False, False]),
        budget=1.0,
        years=2,
    )
    assert found.optimal.sites.tolist() == found.greedy.sites.tolist() == []
    assert found.optimal.covered.tolist() == [1, 1]
    assert found.optimal.left.tolist() == [1, 2]
    assert found.loss_share == 0


def test_every_problem_is_told():
    with pytest.raises(InputError) as caught:
        phase(
            np.zeros((3, 1), bool),
            1.0,
            cost=[1.0, np.nan, -1.0],
            covered=np.zeros(1, bool),
            budget=0.0,
            years=0,
        )
    assert len(caught.value.problems) == 3
    assert "sites 2, 3" in str(caught.value)


def test_one_after_another_is_dearer_than_the_best_pair():
    # the middle site alone is best (8); the best pair leaves it out (6 + 6 = 12)
    found = phase(
        sets([1, 2], [0, 1], [2, 3], places=4),
        [2.0, 4, 4, 2],
        cost=1.0,
        covered=np.zeros(4, bool),
        budget=1.0,
        years=3,
    )
    assert found.ceiling.tolist() == [8, 12, 12]
    # middle first: 8, 10, 12: 30; a side first: 6, 12, 12: 30: the site given first
    assert found.optimal.value == 30
    assert found.optimal.sites.tolist()[0] == 0
    assert found.greedy.covered.tolist() == [8, 10, 12]
    assert found.order_price == 2
    assert found.loss == 0


def random_case(seed, sites, places):
    rng = np.random.default_rng(seed)
    return {
        "reached": rng.random((sites, places)) < 0.35,
        "weight": rng.integers(0, 9, places) * 1.0,
        "cost": rng.integers(0, 6, sites) * 1.0,
        "covered": rng.random(places) < 0.2,
        "budget": float(rng.integers(1, 5)),
    }


def brute(case, years):
    """Try every year, or never, for every site."""
    sites = len(case["cost"])
    best, alone = -1.0, np.full(years, -1.0)
    for plan in itertools.product(range(1, years + 2), repeat=sites):
        worth = 0.0
        for year in range(1, years + 1):
            built = np.array(plan, dtype=int) <= year
            if case["cost"][built].sum() > year * case["budget"] + 1e-9:
                worth = None
                break
            reached = case["reached"][built].any(axis=0) | case["covered"]
            here = case["weight"][reached].sum()
            worth += here
            alone[year - 1] = max(alone[year - 1], here)
        if worth is not None:
            best = max(best, worth)
    return best, alone


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(0, 4), st.integers(1, 8), st.integers(1, 4))
def test_the_optimum_is_that_of_a_brute_force(seed, sites, places, years):
    case = random_case(seed, sites, places)
    found = phase(**case, years=years)
    best, alone = brute(case, years)
    assert found.optimal.value == pytest.approx(best)
    assert found.bound == pytest.approx(best)
    # a set that is paid by a year and leaves no money amiss before is among those tried
    assert found.ceiling == pytest.approx(np.maximum.accumulate(alone))


def keeps_its_promises(plan, case, years):
    """Check a plan by itself: paid when it serves, covering what it says."""
    for year in range(1, years + 1):
        built = plan.sites[plan.year <= year]
        spent = case["cost"][built].sum()
        assert plan.left[year - 1] == pytest.approx(year * case["budget"] - spent)
        assert spent <= year * case["budget"] + 1e-6
        reached = case["reached"][built].any(axis=0) | case["covered"]
        assert plan.covered[year - 1] == pytest.approx(case["weight"][reached].sum())
    assert len(set(plan.sites.tolist())) == len(plan.sites)
    assert (np.diff(plan.year) >= 0).all()
    assert (plan.gain > 0).all()


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 6))
def test_greed_is_never_better_and_both_plans_can_be_paid(seed, sites, years):
    case = random_case(seed, sites, 20)
    found = phase(**case, years=years)
    keeps_its_promises(found.optimal, case, years)
    keeps_its_promises(found.greedy, case, years)
    assert found.optimal.value >= found.greedy.value - 1e-9
    assert (found.optimal.covered <= found.ceiling + 1e-9).all()
    assert 0 <= found.loss_share <= 1
    assert (np.diff(found.ceiling) >= 0).all()


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(1, 4))
def test_the_program_finds_what_all_subsets_give(seed, sites, years):
    case = random_case(seed, sites, 15)
    by_subsets = phase(**case, years=years)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nested_sets, "SUBSETS", 0)
        by_program = phase(**case, years=years)
    assert by_program.status == "optimal"
    assert by_program.optimal.value == pytest.approx(by_subsets.optimal.value)
    assert by_program.ceiling == pytest.approx(by_subsets.ceiling)
    keeps_its_promises(by_program.optimal, case, years)


def test_forty_sites_are_phased_with_proof_and_more_sites_never_do_worse():
    rng = np.random.default_rng(4)
    sites, places = rng.random((40, 2)), rng.random((800, 2))
    near = np.linalg.norm(sites[:, None] - places[None], axis=2) < 0.12
    asked = {
        "weight": rng.integers(1, 50, 800) * 1.0,
        "covered": rng.random(800) < 0.1,
        "budget": 1500.0,
        "years": 5,
    }
    cost = rng.choice([700.0, 1800.0, 3000.0], 40)
    found = phase(near, cost=cost, **asked)
    assert (found.status, found.gap) == ("optimal", 0)
    assert found.optimal.value >= found.greedy.value
    fewer = phase(near[:14], cost=cost[:14], **asked)
    assert fewer.optimal.value <= found.optimal.value
    assert (fewer.ceiling <= found.ceiling + 1e-6).all()


def test_without_time_the_best_found_is_told_with_its_gap():
    rng = np.random.default_rng(8)
    near = rng.random((60, 900)) < 0.06
    found = phase(
        near,
        rng.random(900),
        cost=rng.uniform(1, 3, 60),
        covered=np.zeros(900, bool),
        budget=5.0,
        years=6,
        time_limit_s=0.01,
    )
    assert found.status == "feasible"
    assert found.optimal.value >= found.greedy.value > 0
    assert found.bound > found.optimal.value
    assert 0 < found.gap < 10
    assert (found.ceiling >= found.optimal.covered).all()


def test_stages_are_those_in_which_a_sum_is_there():
    growth = Growth(np.zeros((0, 0), bool), np.empty(0), np.empty(0), np.array([2.0, 4, 6]))
    assert growth.stage(np.array([0, 2, 2 + 1e-12, 2.1, 6, 6.1])).tolist() == [0, 0, 0, 1, 2, 3]
    assert best_growth(growth).stage.tolist() == []
    assert ceilings(growth).tolist() == [0, 0, 0]


def test_all_subsets_know_what_they_cover():
    rng = np.random.default_rng(1)
    reached, weight = rng.random((5, 12)) < 0.4, rng.random(12)
    subsets = Subsets.of(Growth(reached, weight, np.ones(5), np.array([2.0])))
    for number in range(32):
        chosen = np.array([number >> site & 1 for site in range(5)], dtype=bool)
        direct = weight[reached[chosen].any(axis=0)].sum()
        assert subsets.covered[number] == pytest.approx(direct)
        assert subsets.stage[number] == (0 if chosen.sum() <= 2 else 1)

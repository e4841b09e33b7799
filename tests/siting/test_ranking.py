import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firecover.siting.ranking import Criterion, rank_by_gain


def criterion(weight, today, each, limit_s=300.0):
    return Criterion(
        np.array(weight, float), np.array(today, float), np.array(each, float), limit_s
    )


def test_only_places_not_reached_today_are_gained():
    gained = criterion([10, 20, 40], [200, 301, np.inf], [[100, 100, 400], [900, 300, 300]])
    assert gained.gain() == pytest.approx([20, 60])


def test_ties_in_the_first_gain_are_decided_by_the_next_and_exact_ties_are_told():
    people = criterion([5, 5], [900, 900], [[100, 900], [900, 100], [100, 900], [900, 900]])
    villages = criterion([1, 1], [900, 900], [[900, 900], [100, 900], [900, 900], [100, 100]])
    ranking = rank_by_gain({"population_gain": people, "villages_gain": villages}, 4)
    assert list(ranking["rank"]) == [2, 1, 2, 4]
    assert list(ranking["tied"]) == [True, False, True, False]


def test_no_candidates_make_an_empty_ranking():
    nothing = criterion([1.0], [900.0], np.empty((0, 1)))
    ranking = rank_by_gain({"population_gain": nothing}, 0)
    assert list(ranking.columns) == ["population_gain", "rank", "tied"]
    assert len(ranking) == 0


@given(st.integers(1, 8), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_ranks_follow_the_gains_of_a_brute_force(candidates, places, seed):
    rng = np.random.default_rng(seed)
    weight, today = rng.integers(0, 9, places), rng.uniform(0, 600, places)
    each = rng.uniform(0, 600, (candidates, places))
    ranking = rank_by_gain({"gain": criterion(weight, today, each)}, candidates)
    brute = [
        sum(w for w, a, b in zip(weight, today, row, strict=True) if a > 300 >= b) for row in each
    ]
    assert ranking["gain"].to_numpy() == pytest.approx(brute)
    for i in range(candidates):
        assert ranking["rank"][i] == 1 + sum(b > brute[i] for b in brute)

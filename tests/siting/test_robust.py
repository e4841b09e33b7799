import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firecover.errors import InputError
from firecover.siting.criteria import NAMES
from firecover.siting.normalise import normalise
from firecover.siting.robust import (
    lead,
    ranks,
    smaa,
    topsis,
    weight_sets,
    weight_vector,
    weighted_sum,
)


def test_weights_are_made_to_add_up_to_one_in_the_order_of_the_criteria():
    weights = weight_vector({"hydrants": 1, "population_gain": 3})
    assert dict(zip(NAMES, weights, strict=True)) == dict.fromkeys(NAMES, 0.0) | {
        "population_gain": 0.75,
        "hydrants": 0.25,
    }


def test_no_weight_at_all_is_an_error_that_says_what_to_do():
    with pytest.raises(InputError, match=r"siting\.weights.*no criterion.*population_gain"):
        weight_vector({"hydrants": 0})


def test_the_weighted_sum_by_hand():
    normalised = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])
    assert weighted_sum(normalised, np.array([0.75, 0.25])) == pytest.approx([0.75, 0.5, 0.25])


def test_topsis_by_hand():
    # lengths 5 and 13: shares (0.6, 5/13) and (0.8, 12/13); of the second criterion less is better
    values = np.array([[3.0, 5.0], [4.0, 12.0]])
    closeness = topsis(values, np.array([0.5, 0.5]), np.array([True, False]))
    plus, minus = 0.5 * (0.8 - 0.6), 0.5 * (12 - 5) / 13
    assert closeness == pytest.approx([minus / (plus + minus), plus / (plus + minus)])


def test_topsis_of_a_classical_three_by_two():
    # x/|x| = (1, 2, 2)/3 and (2, 1, 2)/3, weights 0.6 and 0.4
    closeness = topsis(
        np.array([[1.0, 2], [2, 1], [2, 2]]), np.array([0.6, 0.4]), np.array([True, True])
    )
    a, b = 0.6 / 3, 0.4 / 3  # a step of each criterion
    assert closeness == pytest.approx([b / (a + b), a / (a + b), 1.0])


def test_topsis_knows_no_best_among_equals_and_no_candidates():
    assert list(topsis(np.ones((3, 2)), np.array([0.5, 0.5]), np.array([True, False]))) == [0.5] * 3
    assert topsis(np.empty((0, 2)), np.array([0.5, 0.5]), np.array([True, True])).shape == (0,)
    assert list(topsis(np.zeros((1, 2)), np.array([0.5, 0.5]), np.array([True, True]))) == [0.5]


def test_topsis_lets_the_worst_stand_in_for_what_never_comes():
    closeness = topsis(np.array([[100.0], [200.0], [np.inf]]), np.array([1.0]), np.array([False]))
    assert closeness == pytest.approx([1, 2 / 3, 0])


def test_equal_scores_share_a_rank():
    assert list(ranks(np.array([0.5, 0.9, 0.5, 0.1, 0.5 + 1e-12]))) == [2, 1, 2, 5, 2]
    assert list(ranks(np.empty(0))) == []


def test_sets_of_weights_keep_their_share_of_the_given_ones():
    given_ = np.array([0.5, 0.3, 0.2, 0.0])
    drawn = weight_sets(given_, 0.4, 4000, 7)
    assert drawn.sum(axis=1) == pytest.approx(np.ones(4000))
    assert (drawn >= 0.6 * given_ - 1e-12).all()
    assert (drawn[:, 3] == 0).all()
    assert drawn[:, :3].mean(axis=0) == pytest.approx(0.6 * given_[:3] + 0.4 / 3, abs=0.01)
    assert weight_sets(given_, 0.0, 3, 7) == pytest.approx(np.tile(given_, (3, 1)))
    assert np.array_equal(weight_sets(given_, 0.4, 10, 7), drawn[:10])


def test_uniform_weights_on_two_opposite_candidates_by_hand():
    # u(A) = w, u(B) = 1 - w, u(C) = 0.6: A is first for w > 0.6, C between 0.4 and 0.6
    drawn = np.array([[[1.0, 0.0], [0.0, 1.0], [0.6, 0.6]]])
    found = smaa(drawn, np.array([0.5, 0.5]), spread=1.0, sets=40_000, seed=3)
    # first A 0.4, B 0.4, C 0.2; C is never last
    assert found.rank_share[:, 0] == pytest.approx([0.4, 0.4, 0.2], abs=0.01)
    assert found.rank_share[2] == pytest.approx([0.2, 0.8, 0], abs=0.01)
    assert found.beats[0, 1] == pytest.approx(0.5, abs=0.01)
    assert found.beats[2, 0] == pytest.approx(0.6, abs=0.01)
    assert found.central_weights[0] == pytest.approx([0.8, 0.2], abs=0.01)
    assert found.central_weights[2] == pytest.approx([0.5, 0.5], abs=0.01)
    assert list(found.confidence) == [1, 1, 1]
    assert found.order[0] == 2
    assert found.sets == 40_000


def test_draws_of_the_criteria_make_confidence():
    # at the given weights the first is ahead in three draws of four; they tie in none
    drawn = np.array([[[1.0], [0.0]]] * 3 + [[[0.0], [1.0]]])
    found = smaa(drawn, np.array([1.0]), spread=0.0, sets=1000, seed=1)
    assert found.sets == 4
    assert found.rank_share.tolist() == [[0.75, 0.25], [0.25, 0.75]]
    assert found.beats.tolist() == [[0, 0.75], [0.25, 0]]
    assert list(found.confidence) == [0.75, 0.25]
    assert list(found.mean_rank) == [1.25, 1.75]
    assert list(found.order) == [0, 1]


def test_sets_are_rounded_up_so_that_every_draw_counts_the_same():
    drawn = np.random.default_rng(5).random((7, 3, 2))
    assert smaa(drawn, np.array([0.5, 0.5]), spread=0.5, sets=10, seed=1).sets == 14
    assert smaa(drawn, np.array([0.5, 0.5]), spread=0.5, sets=0, seed=1).sets == 7


def test_ties_share_their_ranks_and_are_no_win():
    drawn = np.array([[[1.0], [1.0], [0.0]]])
    found = smaa(drawn, np.array([1.0]), spread=0.0, sets=1, seed=1)
    assert found.rank_share.tolist() == [[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]]
    assert found.beats.tolist() == [[0, 0, 1], [0, 0, 1], [0, 0, 0]]
    assert list(found.confidence[:2]) == [0.5, 0.5]
    assert math.isnan(found.confidence[2])
    assert np.isnan(found.central_weights[2]).all()


def test_one_candidate_none_and_no_draw():
    alone = smaa(np.ones((1, 1, 2)), np.array([0.5, 0.5]), spread=0.5, sets=5, seed=1)
    assert alone.rank_share.tolist() == [[1]]
    nobody = smaa(np.ones((1, 0, 2)), np.array([0.5, 0.5]), spread=0.5, sets=5, seed=1)
    assert nobody.rank_share.shape == (0, 0)
    assert nobody.order.shape == (0,)
    with pytest.raises(ValueError, match="at least one draw"):
        smaa(np.ones((0, 2, 2)), np.array([0.5, 0.5]), spread=0.5, sets=5, seed=1)


def test_the_leading_group_holds_all_that_the_first_does_not_surely_beat():
    beats = np.array([[0, 0.9, 0.97, 0.4], [0.1, 0, 1, 1], [0, 0, 0, 0], [0.6, 0, 0, 0]])
    found = lead(np.array([0, 2, 1, 3]), beats, 0.95)
    assert found.chance == 0.97
    assert not found.separable
    assert found.group == (0, 1, 3)
    sure = lead(np.array([1, 2, 3]), beats, 0.95)
    assert (sure.separable, sure.group) == (True, (1,))
    assert lead(np.array([3]), beats, 0.95).separable
    assert lead(np.empty(0, np.int64), beats, 0.95).group == ()


def brute(drawn, weight, draws):
    """Rank every set of weights by itself."""
    sets, count = len(weight), drawn.shape[1]
    share, beats = np.zeros((count, count)), np.zeros((count, count))
    for number in range(sets):
        scores = [
            sum(a * b for a, b in zip(row, weight[number], strict=True))
            for row in drawn[number % draws]
        ]
        for i in range(count):
            ahead = sum(scores[j] > scores[i] + 1e-9 for j in range(count))
            level = sum(abs(scores[j] - scores[i]) <= 1e-9 for j in range(count))
            share[i, ahead : ahead + level] += 1 / level / sets
            for j in range(count):
                beats[i, j] += (scores[i] > scores[j] + 1e-9) / sets
    return share, beats


@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 4), st.integers(0, 20))
def test_shares_are_those_of_a_brute_force_and_add_up_to_one(seed, count, draws, sets):
    rng = np.random.default_rng(seed)
    # few distinct values: many ties
    drawn = rng.integers(0, 3, (draws, count, 3)) / 2
    weights = rng.dirichlet(np.ones(3))
    found = smaa(drawn, weights, spread=0.5, sets=sets, seed=seed)
    weight = weight_sets(weights, 0.5, found.sets, seed) if sets else np.tile(weights, (draws, 1))
    share, beats = brute(drawn, weight, draws)
    assert found.rank_share == pytest.approx(share)
    assert found.beats == pytest.approx(beats)
    assert found.rank_share.sum(axis=0) == pytest.approx(np.ones(count))
    assert found.rank_share.sum(axis=1) == pytest.approx(np.ones(count))
    assert (found.rank_share >= 0).all()


@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_what_is_worse_in_everything_is_never_first(seed, spread):
    rng = np.random.default_rng(seed)
    drawn = rng.random((3, 4, 3))
    drawn[:, 2] = drawn[:, 0] - rng.uniform(1e-3, 0.5, (3, 3))
    found = smaa(drawn, rng.dirichlet(np.ones(3)), spread=spread, sets=50, seed=seed)
    assert found.rank_share[2, 0] == 0
    assert found.beats[2, 0] == 0
    assert found.beats[0, 2] == 1
    assert np.isnan(found.confidence[2])


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_certain_weights_and_speeds_give_the_plain_ranking(seed, count):
    rng = np.random.default_rng(seed)
    values = rng.random((count, len(NAMES))) * 100
    weights = rng.dirichlet(np.ones(len(NAMES)))
    scaled = normalise(values).scaled
    found = smaa(scaled[None], weights, spread=0.0, sets=100, seed=seed)
    plain = ranks(weighted_sum(scaled, weights))
    assert found.mean_rank == pytest.approx(plain)
    assert list(found.order) == list(np.argsort(plain, kind="stable"))
    assert found.rank_share[np.arange(count), plain - 1].tolist() == [1] * count


def test_the_same_seed_gives_the_same_bytes_and_pieces_change_nothing(monkeypatch):
    drawn = np.random.default_rng(2).random((4, 6, 8))
    weights = np.full(8, 1 / 8)
    once, again = (smaa(drawn, weights, spread=0.5, sets=200, seed=9) for _ in range(2))
    assert once.rank_share.tobytes() == again.rank_share.tobytes()
    monkeypatch.setattr("firecover.siting.robust.CHUNK", 7 * 36)
    pieces = smaa(drawn, weights, spread=0.5, sets=200, seed=9)
    assert pieces.rank_share == pytest.approx(once.rank_share)
    assert pieces.central_weights == pytest.approx(once.central_weights, nan_ok=True)
    assert np.array_equal(pieces.beats, once.beats)

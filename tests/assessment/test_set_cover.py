import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from firecover.assessment.set_cover import smallest_cover


@st.composite
def families(draw):
    """Which sets hold which elements; every element is in one at least."""
    elements, sets = draw(st.integers(1, 12)), draw(st.integers(1, 9))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    holds = rng.random((elements, sets)) < draw(st.sampled_from([0.1, 0.3, 0.6]))
    holds[np.arange(elements), rng.integers(0, sets, elements)] = True
    return holds


def fewest(holds):
    """By trying all."""
    sets = holds.shape[1]
    for count in range(1, sets + 1):
        for chosen in itertools.combinations(range(sets), count):
            if holds[:, chosen].any(axis=1).all():
                return count
    raise AssertionError


@given(families())
def test_small_covers_are_the_fewest(holds):
    cover = smallest_cover(csr_array(holds))
    assert holds[:, cover.chosen].any(axis=1).all()
    assert len(cover.chosen) == cover.bound == fewest(holds)


@given(families())
def test_a_cover_that_is_not_exact_keeps_its_bound(holds):
    cover = smallest_cover(csr_array(holds), exact_elements=0)
    assert holds[:, cover.chosen].any(axis=1).all()
    assert cover.bound <= fewest(holds) <= len(cover.chosen)


def test_a_ring_needs_half_its_edges():
    # a ring of 7 places, each set holds two neighbours: 4, though the relaxation says 3.5
    holds = np.zeros((7, 7), dtype=bool)
    holds[np.arange(7), np.arange(7)] = holds[np.arange(7), np.arange(1, 8) % 7] = True
    for limit in (0, 100):
        cover = smallest_cover(csr_array(holds), limit)
        assert (len(cover.chosen), cover.bound) == (4, 4)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_large_covers_are_near_the_exact_ones(seed):
    rng = np.random.default_rng(seed)
    spots, places = rng.uniform(0, 1000, (120, 2)), rng.uniform(0, 1000, (160, 2))
    off_m = np.linalg.norm(places[:, None] - spots, axis=2)
    holds = off_m <= np.maximum(120, off_m.min(axis=1))[:, None]
    exact = smallest_cover(csr_array(holds), 1000)
    near = smallest_cover(csr_array(holds), 0)
    assert holds[:, near.chosen].any(axis=1).all()
    assert near.bound <= exact.bound == len(exact.chosen) <= len(near.chosen)
    assert len(near.chosen) <= len(exact.chosen) + 1
    again = smallest_cover(csr_array(holds), 0)
    assert again.chosen.tolist() == near.chosen.tolist()


def test_nothing_to_hold_needs_nothing_and_what_nothing_holds_is_refused():
    assert smallest_cover(csr_array((0, 5))).chosen.tolist() == []
    assert smallest_cover(csr_array((0, 0))).bound == 0
    with pytest.raises(ValueError, match="no set"):
        smallest_cover(csr_array(np.array([[1, 0], [0, 0]])))

"""Rounding paths and laying bends over them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firecover.demo.bends import BendStyle, bent, rounded, thinned
from firecover.demo.measure import polyline_length

STYLE = BendStyle(0.6, 0.8, (600.0, 250.0, 100.0))


def test_a_rounded_path_goes_through_its_points():
    points = np.array([[0.0, 0.0], [250.0, 40.0], [420.0, 260.0], [300.0, 500.0]])
    line, at = rounded(points)
    assert line[at] == pytest.approx(points)
    assert np.hypot(*np.diff(line, axis=0).T).max() < 15


def test_a_straight_path_stays_straight():
    line, _ = rounded(np.array([[0.0, 0.0], [250.0, 0.0], [500.0, 0.0]]))
    assert np.abs(line[:, 1]).max() < 1e-9


@given(st.integers(0, 10_000), st.floats(0.5, 2.0))
def test_bends_keep_the_ends_lengthen_the_road_and_stay_near_the_path(seed, steepness):
    line = np.column_stack([np.arange(0.0, 1500.0, 5.0), np.zeros(300)])
    wound = bent(line, steepness, STYLE, np.random.default_rng(seed))
    assert wound[[0, -1]] == pytest.approx(line[[0, -1]])
    assert polyline_length(wound) >= polyline_length(line) - 1e-6
    assert np.abs(wound[:, 1]).max() < 175


def test_streets_are_not_bent():
    line, _ = rounded(np.array([[0.0, 0.0], [250.0, 10.0], [500.0, 0.0]]))
    straight = BendStyle(0.0, 0.0, (200.0,))
    assert bent(line, 2.0, straight, np.random.default_rng(1)) is line


def test_thinning_keeps_the_line_within_a_metre():
    angle = np.linspace(0, np.pi, 400)
    arc = 60 * np.column_stack([np.cos(angle), np.sin(angle)])
    thin = thinned(arc)
    assert len(thin) < 30
    assert np.abs(np.hypot(*thin.T) - 60).max() < 0.02
    middle = (thin[:-1] + thin[1:]) / 2
    assert 60 - np.hypot(*middle.T).min() < 1.0

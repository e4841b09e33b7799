"""Radius of bends: circles, straights, corners and trembling lines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firecover.network.curves import curve_radius
from firecover.network.pieces import cut_edges
from support.networks import network_of
from support.terrain import arc, road_of


def radii(*points):
    network = road_of(*points)
    return curve_radius(network, cut_edges(network))


@pytest.mark.parametrize("radius_m", [15, 20, 30, 60, 100, 200, 350, 500])
@pytest.mark.parametrize("vertex_m", [1.0, 3.0, 8.0])
def test_a_circle_gives_its_radius(radius_m, vertex_m):
    degrees = 300 if radius_m < 100 else 120
    length_m = radius_m * np.radians(degrees)
    found = radii(*arc(radius_m, degrees, round(length_m / vertex_m) + 1))
    inner = found[1:-1]
    assert inner.min() == pytest.approx(radius_m, rel=0.05)
    assert np.median(inner) == pytest.approx(radius_m, rel=0.05)


@pytest.mark.parametrize(("radius_m", "vertex_m"), [(60, 20), (100, 30), (200, 50), (500, 80)])
def test_a_coarsely_drawn_circle_is_not_a_row_of_corners(radius_m, vertex_m):
    count = round(radius_m * np.pi / vertex_m) + 1
    assert np.median(radii(*arc(radius_m, 180, count))) == pytest.approx(radius_m, rel=0.05)


@given(angle=st.floats(0, 6.28), length_m=st.floats(1, 5000), extra=st.integers(0, 5))
def test_a_straight_line_has_no_bend(angle, length_m, extra):
    along = np.linspace(0, length_m, extra + 2)
    points = [(float(a * np.cos(angle)), float(a * np.sin(angle))) for a in along]
    assert np.isinf(radii(*points)).all()


@given(
    seed=st.integers(0, 2**32 - 1),
    spacing_m=st.floats(2, 40),
    alternating=st.booleans(),
)
def test_trembling_digitising_is_no_bend(seed, spacing_m, alternating):
    x = np.arange(0, 600, spacing_m)
    if alternating:
        y = np.where(np.arange(len(x)) % 2, 0.5, -0.5)
    else:
        y = np.random.default_rng(seed).uniform(-0.5, 0.5, len(x))
    assert radii(*zip(x.tolist(), y.tolist(), strict=True)).min() > 200


def test_a_trembling_bend_keeps_its_radius_roughly():
    rng = np.random.default_rng(3)
    angle = np.linspace(0, np.pi / 2, 60)
    size = 150 + rng.uniform(-0.5, 0.5, 60)
    found = radii(*zip(size * np.sin(angle), size * (1 - np.cos(angle)), strict=True))
    assert 100 < np.median(found) < 220


def test_a_corner_between_long_straights_is_tight():
    found = radii((0, 0), (300, 0), (300, 300))
    at_corner = np.minimum.reduce(found)
    # The turn of 90° counts as 2 sin 45° spread over 24 m.
    assert at_corner == pytest.approx(24 / (2 * np.sin(np.pi / 4)), rel=0.05)
    assert np.isinf(found[:17]).all()
    assert np.isinf(found[-17:]).all()


def test_turns_at_junctions_are_not_bends():
    network, _ = network_of([[(0, 0), (100, 0)], [(100, 0), (100, 100)]])
    assert np.isinf(curve_radius(network, cut_edges(network))).all()


def test_bends_of_one_road_are_not_seen_on_another():
    straight = [(0.0, 0.0), (0.0, -400.0)]
    network, _ = network_of([straight, arc(40, 170, 60), [(0.0, 0.0), (-400.0, 0.0)]])
    pieces = cut_edges(network)
    found = curve_radius(network, pieces)
    bent = np.flatnonzero(network.length_m < 200)[0]
    assert np.isinf(found[pieces.edge != bent]).all()
    assert np.median(found[pieces.edge == bent]) == pytest.approx(40, rel=0.05)


def test_the_same_bend_both_ways_round():
    points = [*arc(35, 90, 12), (36.0, 120.0), (90.0, 180.0), (40.0, 230.0)]
    np.testing.assert_allclose(radii(*points), radii(*points[::-1])[::-1], rtol=1e-3)


def test_tiny_loops_do_no_harm():
    network, _ = network_of([[(0, 0), (50, 0)], [(0, 0), (0.2, 0), (0.2, 0.2), (0, 0)]])
    assert (curve_radius(network, cut_edges(network)) > 0).all()

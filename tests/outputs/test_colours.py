"""The colours of maps are told apart by every reader, and in grey print.

Two colours of one legend are at least 8 apart by CIEDE2000, of which about 1 is just seen side
by side: enough to tell a small patch by its legend. In grey, the steps of a ramp fall (or rise)
by at least 8 of L*; where a palette's colours do not differ in lightness, signs or hatching do.
"""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firecover.outputs import styles
from firecover.outputs.maps.geometry import BASE_STYLE
from firecover.outputs.maps.what_if import CHANGE_COLOURS
from support.colours import DEFICIENCIES, apart, ciede2000, lightness

APART = 8.0
STEP = 8.0
SIGHTS = ["", *DEFICIENCIES]
BANDS = [(4.0, 8.0, 12.0, 20.0, 30.0), (5.0, 8.0, 12.0, 20.0, 30.0), (5.0, 10.0), (5.0,)]


def least(colours, sight):
    return min(apart(a, b, sight) for a, b in itertools.combinations(colours, 2))


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [  # of the 34 pairs that Sharma, Wu and Dalal give
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (58, 24, 15), 19.4535),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((90.8027, -2.0831, 1.441), (91.1528, -1.6435, 0.0447), 1.4441),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_distances_are_those_of_the_formula_s_test_data(one, other, distance):
    assert ciede2000(one, other) == pytest.approx(distance, abs=5e-5)
    assert ciede2000(other, one) == pytest.approx(distance, abs=5e-5)


@given(st.integers(0, 255), st.sampled_from(SIGHTS))
def test_grey_is_grey_to_everyone(value, sight):
    grey = f"#{value:02x}{value:02x}{value:02x}"
    assert apart(grey, grey, sight) == 0
    assert ciede2000((lightness(grey), 0, 0), (lightness(grey), 0, 0)) == 0
    white = 100.0
    assert lightness("#ffffff") == pytest.approx(white, abs=0.01)


def test_red_and_green_of_one_lightness_are_lost_on_some_readers():
    """What the check is for: a pair that it refuses."""
    red, green = "#c0504d", "#6f8a35"
    assert apart(red, green) > 35
    assert min(apart(red, green, sight) for sight in SIGHTS) < 20


@pytest.mark.parametrize("minutes", BANDS)
def test_bands_fall_in_lightness_and_beyond_is_none_of_them(minutes):
    colours = styles.band_colours(minutes)
    levels = [lightness(colour) for colour in colours]
    assert all(after - before >= STEP for before, after in itertools.pairwise(levels))
    beyond = lightness(styles.BEYOND_COLOUR)
    assert min(abs(beyond - level) for level in levels) >= STEP / 2
    for sight in SIGHTS:
        assert least([*colours, styles.BEYOND_COLOUR], sight) >= APART, sight


@pytest.mark.parametrize(
    "ramp",
    [
        tuple(styles.ZONE_COLOURS.values()),
        tuple(CHANGE_COLOURS.values()),
    ],
    ids=["zones", "changes"],
)
def test_other_ramps_keep_an_order_in_grey_and_are_told_apart(ramp):
    levels = [lightness(colour) for colour in ramp]
    assert levels in (sorted(levels), sorted(levels, reverse=True))
    assert all(abs(b - a) >= STEP for a, b in itertools.pairwise(levels))
    for sight in SIGHTS:
        assert least(ramp, sight) >= APART, sight


def test_verdicts_and_signs_are_told_apart():
    """Their lightness is alike: words, shapes and hatching tell them in grey."""
    for sight in SIGHTS:
        assert least(styles.VERDICT_COLOURS.values(), sight) >= APART, sight
    for markers in (styles.STATION_MARKERS, styles.HYDRANT_MARKERS, styles.VILLAGE_MARKERS):
        shapes = [(marker.shape, marker.fill == "") for marker in markers.values()]
        assert len(set(shapes)) == len(shapes)


def test_land_is_lighter_than_anything_that_lies_on_it():
    assert lightness(BASE_STYLE["land"]) > 97
    for colour in (*styles.band_colours(BANDS[0]), styles.BEYOND_COLOUR):
        for sight in SIGHTS:
            assert apart(colour, BASE_STYLE["land"], sight) >= APART

"""The tags of roads."""

from __future__ import annotations

import math

import pytest

from firecover.layers.tags import (
    DRIVABLE,
    NOT_DRIVABLE,
    ROAD_WORDS,
    closed_to_engines,
    is_set,
    length_of,
    maxspeed_of,
    oneway_of,
)
from firecover.standards import road_classes


def test_every_class_that_is_kept_has_a_speed():
    assert set(DRIVABLE) == set(road_classes())
    assert not NOT_DRIVABLE & set(DRIVABLE)
    assert set(ROAD_WORDS.values()) <= set(DRIVABLE) | NOT_DRIVABLE


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("yes", 1),
        ("True", 1),
        ("1", 1),
        ("-1", -1),
        ("reverse", -1),
        ("no", 0),
        ("", 0),
        ("alternating", 0),
        ("是", 1),
        ("F", None),
        ("perhaps", None),
    ],
)
def test_oneway(value, expected):
    assert oneway_of(value) == expected


def test_roundabouts_and_motorways_are_oneway_unless_they_say_no():
    assert oneway_of("", junction="roundabout") == 1
    assert oneway_of("", road_class="motorway") == 1
    assert oneway_of("no", road_class="motorway") == 0
    assert oneway_of("-1", junction="roundabout") == -1
    assert oneway_of("", road_class="motorway_link") == 0


@pytest.mark.parametrize(
    ("value", "kmh"),
    [
        ("60", 60.0),
        ("60 km/h", 60.0),
        ("50 mph", 80.4672),
        ("30mph", 48.28032),
        ("walk", 5.0),
        ("90;30", 30.0),
        ("50|80", 50.0),
    ],
)
def test_maxspeed(value, kmh):
    assert maxspeed_of(value) == (pytest.approx(kmh), True)


@pytest.mark.parametrize(
    ("value", "understood"),
    [
        ("none", True),
        ("", True),
        ("signals", True),
        ("CN:urban", False),
        ("0", False),
        ("x", False),
    ],
)
def test_maxspeed_without_a_number(value, understood):
    speed, told = maxspeed_of(value)
    assert math.isnan(speed)
    assert told is understood


def test_lengths_and_flags():
    assert length_of("3.5") == 3.5
    assert length_of("3,5 m") == 3.5
    assert length_of("10'") == pytest.approx(3.048)
    assert length_of("2;3") == 2.0
    assert math.isnan(length_of("wide"))
    assert [is_set(value) for value in ("yes", "viaduct", "1", "no", "", "0", "F")] == [
        True,
        True,
        True,
        False,
        False,
        False,
        False,
    ]


def test_private_ways_are_open_and_shut_ones_need_a_reason():
    assert not closed_to_engines({"access": "private"})
    assert closed_to_engines({"access": "no"})
    assert not closed_to_engines({"access": "no", "emergency": "yes"})
    assert not closed_to_engines({"access": "no", "motor_vehicle": "yes"})
    assert closed_to_engines({"access": "no", "motor_vehicle": "no"})

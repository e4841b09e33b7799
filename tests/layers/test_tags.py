"""The tags of roads."""

from __future__ import annotations

import math

import pytest

from firecover.layers.road_limits import least_of, limit_of, weight_of
from firecover.layers.tags import (
    ACCESS_WORDS,
    DRIVABLE,
    NOT_DRIVABLE,
    ROAD_WORDS,
    SURFACE_WORDS,
    access_of,
    closed_to_engines,
    is_set,
    length_of,
    maxspeed_of,
    oneway_of,
    point_of,
)
from firecover.standards import road_classes, vehicles


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
    assert not closed_to_engines({"access": "no", "motor_vehicle": "agricultural;forestry"})
    assert closed_to_engines({"access": "no", "vehicle": "cars"})


@pytest.mark.parametrize(
    ("value", "metres"),
    [
        ("3.5", 3.5),
        ("3,5", 3.5),
        ("3.5 m", 3.5),
        ("3.5m", 3.5),
        ("350 cm", 3.5),
        ("4 米", 4.0),
        ("11'6\"", 3.5052),
        ("11' 6\"", 3.5052),
        ("11'6''", 3.5052),
        ("11 ft 6 in", 3.5052),
        ("11'", 3.3528),
        ("11ft", 3.3528),
        ('138"', 3.5052),
        ("6'7.5\"", 2.01930),
        ("4;3.5", 3.5),
    ],
)
def test_sizes(value, metres):
    assert limit_of(value) == (pytest.approx(metres), True)


@pytest.mark.parametrize(
    ("value", "tonnes"),
    [
        ("7.5", 7.5),
        ("7,5", 7.5),
        ("7.5 t", 7.5),
        ("7.5t", 7.5),
        ("10吨", 10.0),
        ("7500 kg", 7.5),
        ("7500", 7.5),  # no bridge carries a sign of 7500 t
        ("16 st", 14.51495584),
        ("10 lt", 10.160469088),
        ("8000 lbs", 3.62873896),
        ("20;12", 12.0),
    ],
)
def test_weights(value, tonnes):
    assert weight_of(value) == (pytest.approx(tonnes), True)


@pytest.mark.parametrize("read", [limit_of, weight_of])
@pytest.mark.parametrize(
    ("value", "understood"),
    [
        ("", True),
        ("none", True),
        ("default", True),
        ("unsigned", True),
        ("no_indications", True),
        ("0", False),
        ("-3", False),
        ("low", False),
        ("3.5 furlongs", False),
        ("'", False),
        ('"', False),
    ],
)
def test_limits_without_a_number(read, value, understood):
    limit, told = read(value)
    assert math.isnan(limit)
    assert told is understood


def test_of_several_limits_the_least_binds_and_none_is_dropped_in_silence():
    assert limit_of("3.5;high") == (3.5, False)
    tags = {"maxheight": "4", "maxheight:physical": "3.8"}
    assert least_of(tags, "maxheight", "maxheight:physical", read=limit_of) == (3.8, True)
    tags["maxheight"] = "odd"
    assert least_of(tags, "maxheight", "maxheight:physical", read=limit_of) == (3.8, False)
    assert math.isnan(least_of({}, "maxheight", read=limit_of)[0])


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, ""),
        ({"access": "private"}, "private"),
        ({"access": "no"}, "no"),
        ({"access": "no", "vehicle": "destination"}, "destination"),
        ({"access": "yes", "vehicle": "no"}, "no"),
        ({"vehicle": "no", "motor_vehicle": "permit"}, "permit"),
        ({"motor_vehicle": "no", "vehicle": "yes", "access": "yes"}, "no"),
        ({"motor_vehicle": "agricultural;forestry"}, "agricultural"),
        ({"motor_vehicle": "no;forestry"}, "forestry"),
        ({"motor_vehicle": "no", "emergency": "yes"}, "emergency"),
        ({"access": "no", "emergency": "designated"}, "emergency"),
        ({"access": "yes", "emergency": "no"}, "no"),
        ({"access": "yes", "emergency": "fire_hydrant"}, "yes"),
    ],
)
def test_the_tag_that_concerns_an_engine_most_decides(tags, expected):
    assert access_of(tags) == expected


def test_what_stands_at_a_node():
    def seen(**tags):
        return [tuple(row.values()) for row in point_of(tags)]

    nan = pytest.approx(math.nan, nan_ok=True)
    assert seen(highway="bus_stop", name="x") == []
    assert seen(highway="traffic_signals") == [("signals", "", nan, "", False)]
    assert seen(highway="stop") == [("stop", "", nan, "", False)]
    assert seen(barrier="gate", access="private", locked="yes") == [
        ("barrier", "gate", nan, "private", True)
    ]
    assert seen(barrier="bollard", maxwidth="1.6 m", access="yes") == [
        ("barrier", "bollard", 1.6, "", False)
    ]
    assert seen(barrier="bollard", motor_vehicle="yes") == [
        ("barrier", "bollard", nan, "yes", False)
    ]
    assert seen(barrier="gate", highway="crossing", ford="yes") == [
        ("crossing", "", nan, "", False),
        ("barrier", "gate", nan, "", False),
        ("barrier", "ford", nan, "", False),
    ]
    assert seen(barrier="no") == []


def test_words_for_surfaces_are_words_that_vehicles_know():
    for vehicle in vehicles().values():
        assert set(SURFACE_WORDS.values()) <= set(vehicle.surface)
    assert set(ACCESS_WORDS.values()) == {"no", "private", "yes", "emergency"}

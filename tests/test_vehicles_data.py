"""The vehicles' numbers: whole, sure of their source, and consistent with each other."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from firecover.errors import StudyError
from firecover.standards import altered_vehicle, road_classes, vehicles
from firecover.standards.vehicles import CHANGEABLE, ClassSpeed, TurnSeconds

ENGINE = vehicles()["engine"]
FROM_LARGE_TO_SMALL = list(pairwise(vehicles().values()))
TABLES = ("surface", "tracktype", "smoothness")


def test_the_profiles_and_the_engine_of_the_task():
    assert list(vehicles()) == ["engine", "light_pumper", "motorcycle"]
    body = (ENGINE.mass_t, ENGINE.width_m, ENGINE.height_m, ENGINE.power_kw)
    assert body == (16.0, 2.5, 3.5, 210.0)
    assert (ENGINE.efficiency, ENGINE.rolling, ENGINE.lateral_friction) == (0.85, 0.015, 0.2)
    assert ENGINE.speed_kmh["primary"] == ClassSpeed(urban=40.0, rural=50.0)
    assert ENGINE.turn_s == TurnSeconds(straight=1.0, right=3.0, left=6.0, u_turn=15.0, signal=5.0)


def test_rural_speeds_of_the_engine_are_those_of_the_road_classes():
    rural = {name: speed.rural for name, speed in ENGINE.speed_kmh.items()}
    assert rural == {name: row.speed_kmh for name, row in road_classes().items()}
    assert list(ENGINE.speed_kmh) == list(road_classes())


@pytest.mark.parametrize("vehicle", vehicles().values(), ids=lambda vehicle: vehicle.id)
def test_every_number_is_plausible_and_has_a_source(vehicle):
    assert vehicle.zh
    assert vehicle.en
    for name, (low, high) in CHANGEABLE.items():
        assert low <= getattr(vehicle, name) <= high
    assert vehicle.width_m < vehicle.minimum_width_m < vehicle.easy_width_m
    assert set(vehicle.speed_kmh) == set(vehicle.lane_width_m) == set(road_classes())
    for speed in vehicle.speed_kmh.values():
        assert 0 < speed.urban <= speed.rural <= 80
    factors = [factor for name in TABLES for factor in getattr(vehicle, name).values()]
    assert all(0 <= factor <= 1 for factor in factors)
    assert all(0 < factor <= 1 for factor in vehicle.rough_already.values())
    assert set(vehicle.rough_already) <= set(road_classes())
    assert all(seconds >= 0 for seconds in vehicle.barrier_s.values())
    assert set(vehicle.point_s) == {"signals", "stop", "crossing"}
    turns = vehicle.turn_s
    assert 0 <= turns.straight < turns.right < turns.left < turns.u_turn < 60
    expected = {"body", "drive", "room", "water", "lane_width_m", "speed_kmh", "surface"}
    expected |= {"tracktype", "smoothness", "rough_already", "turn_s", "point_s", "barrier_s"}
    assert set(vehicle.evidence) == expected | {"opening_s"}
    for evidence in vehicle.evidence.values():
        assert evidence.code in ("V", "S", "D", "A", "M-h", "M-m", "M-l")
        assert len(evidence.source) > 20


@pytest.mark.parametrize(("large", "small"), FROM_LARGE_TO_SMALL, ids=lambda vehicle: vehicle.id)
def test_a_smaller_vehicle_is_nowhere_worse_off(large, small):
    for name in ("mass_t", "width_m", "height_m", "minimum_width_m", "easy_width_m"):
        assert getattr(small, name) < getattr(large, name)
    assert small.narrow_factor >= large.narrow_factor
    assert small.wades >= large.wades
    assert small.power_kw / small.mass_t > large.power_kw / large.mass_t
    for road_class, speed in large.speed_kmh.items():
        assert small.speed_kmh[road_class].urban >= speed.urban
        assert small.speed_kmh[road_class].rural >= speed.rural
    for table in TABLES:
        for word, factor in getattr(large, table).items():
            assert getattr(small, table)[word] >= factor, (table, word)
    for word, seconds in large.barrier_s.items():
        assert small.barrier_s[word] <= seconds, word
    for name in ("straight", "right", "left", "u_turn", "signal"):
        assert getattr(small.turn_s, name) <= getattr(large.turn_s, name)
    assert (small.open_s, small.locked_s) <= (large.open_s, large.locked_s)


def test_words_that_grade_the_same_thing_fall_from_good_to_bad():
    for vehicle in vehicles().values():
        grades = [vehicle.tracktype[f"grade{grade}"] for grade in range(1, 6)]
        assert grades == sorted(grades, reverse=True)
        smooth = list(vehicle.smoothness.values())
        assert smooth == sorted(smooth, reverse=True)
    assert ENGINE.tracktype["grade5"] == ENGINE.smoothness["impassable"] == 0
    assert math.isinf(ENGINE.barrier_s["bollard"])
    assert math.isinf(ENGINE.barrier_s["block"])
    assert math.isfinite(vehicles()["motorcycle"].barrier_s["bollard"])


def test_a_study_may_change_a_vehicle_and_is_told_when_it_errs():
    heavy = altered_vehicle(ENGINE, {"mass_t": 25, "width_m": 2.55})
    assert (heavy.mass_t, heavy.width_m, heavy.height_m) == (25.0, 2.55, 3.5)
    assert ENGINE.mass_t == 16.0
    with pytest.raises(StudyError) as caught:
        altered_vehicle(ENGINE, {"weight": 25, "mass_t": 16_000, "rolling": math.nan})
    keys = [problem.key for problem in caught.value.problems]
    assert keys == ["vehicles.engine.weight", "vehicles.engine.mass_t", "vehicles.engine.rolling"]

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from firecover.assessment.service import (
    Facilities,
    access_seconds,
    arrival_order,
    arrivals,
    in_service,
    points_xy,
)
from firecover.errors import StudyError
from firecover.network.snapping import Positions
from firecover.study import ScenarioTable
from support.networks import CRS, place


def facilities(*rows) -> Facilities:
    """Facilities as (id, tier, candidate, on the network)."""
    table = gpd.GeoDataFrame(
        {
            "id": [row[0] for row in rows],
            "name": [f"name of {row[0]}" for row in rows],
            "tier": [row[1] for row in rows],
            "candidate": [row[2] for row in rows],
        },
        geometry=[Point(0, 0)] * len(rows),
        crs=CRS,
    )
    edge = np.array([0 if row[3] else -1 for row in rows])
    positions = Positions(edge, np.zeros(len(rows)), np.zeros(len(rows)))
    return Facilities(table, positions, np.full(len(rows), 60.0))


WHO = facilities(
    ("s1", "fire", False, True),
    ("s2", "township", False, True),
    ("s3", "township", False, False),
    ("c1", "fire", True, True),
)


def test_who_responds_follows_the_scenario_and_needs_a_road():
    assert list(in_service(WHO, "baseline", ScenarioTable(), "f")) == [True, True, False, False]
    plan = ScenarioTable(open=("c1",), close=("s1",))
    assert list(in_service(WHO, "plan", plan, "f")) == [False, True, False, True]
    assert list(WHO.in_tiers(["fire"])) == [True, False, False, True]


def test_a_scenario_that_names_what_is_not_there_is_refused():
    with pytest.raises(StudyError) as error:
        in_service(WHO, "plan", ScenarioTable(open=("s1",), close=("nobody",)), "study.toml")
    keys = [problem.key for problem in error.value.problems]
    assert keys == ["scenarios.plan.open", "scenarios.plan.close"]
    assert "c1" in error.value.problems[0].remedy


def test_first_and_second_arrival_are_worked_out_by_hand():
    times_s = np.array([[100.0, 430.0, np.inf], [150.0, 120.0, np.inf], [0.0, 0.0, 0.0]])
    coming = arrivals(
        times_s, start_s=np.array([60.0, 120.0, 0.0]), serves=np.array([True, True, False])
    )
    assert coming.first_s == pytest.approx([160, 240, np.inf])
    assert list(coming.first) == [0, 1, -1]
    assert coming.second_s == pytest.approx([270, 490, np.inf])
    assert list(coming.second) == [1, 0, -1]


def test_of_two_that_arrive_together_the_earlier_row_is_first():
    coming = arrivals(np.array([[50.0], [50.0]]), np.full(2, 60.0), np.array([True, True]))
    assert (list(coming.first), list(coming.second)) == ([0], [1])


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_arrivals_are_the_two_least_times(stations, places, seed):
    rng = np.random.default_rng(seed)
    travel_s = np.where(
        rng.random((stations, places)) < 0.2, np.inf, rng.uniform(0, 900, (stations, places))
    )
    start_s = rng.uniform(0, 200, stations)
    serves = rng.random(stations) < 0.7
    coming = arrivals(travel_s, start_s, serves)
    who, seconds = arrival_order(travel_s, start_s, serves, 3)
    assert seconds[:2] == pytest.approx(np.stack((coming.first_s, coming.second_s)))
    for j in range(places):
        times = sorted(start_s[i] + travel_s[i, j] for i in np.flatnonzero(serves))
        assert seconds[:, j] == pytest.approx([*times, np.inf, np.inf, np.inf][:3])
        for unit, station in enumerate(who[:, j]):
            if station >= 0:
                assert start_s[station] + travel_s[station, j] == pytest.approx(seconds[unit, j])


def test_the_leg_off_the_road_takes_its_own_speed():
    where = Positions(np.array([0, -1]), np.zeros(2), np.array([200.0, np.nan]))
    assert access_seconds(where, 4.0) == pytest.approx([180, 0])
    assert access_seconds(where, None) == pytest.approx([0, 0])
    assert len(place((0, 0.5))) == 1


def test_points_without_a_position_have_no_coordinates():
    frame = gpd.GeoDataFrame(geometry=[Point(3, 4), None, Point()], crs=CRS)
    assert points_xy(frame) == pytest.approx(
        np.array([[3, 4], [np.nan, np.nan], [np.nan, np.nan]]), nan_ok=True
    )

"""The figures as JSON."""

import datetime as dt
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firecover.errors import OutputError
from firecover.outputs.results_json import (
    _plain_value,
    results_to_dict,
    table_rows,
    write_results_json,
)
from support.tiny_results import MARKUP_CANDIDATE, MARKUP_VILLAGE, tiny_results


@pytest.fixture(scope="module")
def figures():
    return results_to_dict(tiny_results())


def test_the_keys_are_those_of_the_contract(figures):
    assert set(figures) == {
        "study",
        "data",
        "modelled_layers",
        "quality",
        "not_known",
        "rules",
        "network",
        "settings",
        "minutes",
        "scenario_ids",
        "scenarios",
        "ranking",
    }
    assert list(figures["scenarios"]) == figures["scenario_ids"] == ["baseline", "plan_2025"]
    assert set(figures["scenarios"]["baseline"]) == {
        "title",
        "open",
        "close",
        "speed_factor",
        "figures",
        "stations",
        "jurisdictions",
        "built_up",
        "townships",
        "villages",
        "isochrones",
    }
    assert figures["study"]["handling"] == {"zh": "内部资料，注意保管", "en": "internal, keep safe"}
    assert figures["modelled_layers"] == ["hydrants", "villages", "population"]


def test_figures_are_those_worked_out_by_hand(figures):
    today = figures["scenarios"]["baseline"]
    plan = figures["scenarios"]["plan_2025"]
    assert today["figures"]["urban_km2"] == 9
    assert today["figures"]["stations_failing_area"] == 1
    assert [row["area_km2"] for row in plan["jurisdictions"]] == [5.25, 3.75]
    assert [row["area_verdict"] for row in plan["jurisdictions"]] == ["meets", "meets"]
    assert [row["minutes"] for row in today["isochrones"]] == [5, 8, 12]
    # Village v1 lies 500 m east and 500 m south of s1: 60 s and two minutes of driving.
    village = next(row for row in today["villages"] if row["id"] == "v1")
    assert village["first_s"] == 180.0
    assert village["reached"] is True
    assert "scenario" not in village


def test_vehicles_are_told_with_what_stops_and_slows_them(figures):
    engine, pumper = figures["network"]["vehicles"]
    assert engine == {
        "id": "engine",
        "zh": "消防车",
        "en": "fire engine",
        "mass_t": 16,
        "width_m": 2.5,
        "height_m": 3.5,
        "evidence": "A",
        "closed_km": 3.75,
        "closed_km_by_reason": {"weak_bridge": 0.25, "narrow": 3.5},
        "slower_than_level": 1.375,
        "curve_lost_share": 0.25,
        "grade_lost_share": 0.125,
        "curve_share": 0.4,
        "grade_share": 0.2,
        "grade_p99": 0.105,
    }
    assert pumper["closed_km_by_reason"] == {}
    stations = figures["scenarios"]["plan_2025"]["stations"]
    assert [row["vehicle"] for row in stations] == ["engine", *["light_pumper"] * 2, "engine"]
    assert {row["vehicle"] for row in figures["ranking"]["candidates"]} == {"engine"}


def test_without_a_terrain_no_grade_is_told():
    whole = tiny_results()
    level = tuple(replace(each, grade_p99=math.nan) for each in whole.network.vehicles)
    network = replace(whole.network, vehicles=level)
    told = results_to_dict(replace(whole, network=network))["network"]["vehicles"]
    assert [each["grade_p99"] for each in told] == [None, None]


def test_settings_are_those_of_the_study(figures):
    settings = figures["settings"]
    travel = {
        "vehicle": "engine",
        "use_maxspeed": True,
        "turn_costs": True,
        "terrain": True,
        "ignore_oneway": False,
        "ignore_restrictions": False,
        "contraflow_m": 0,
        "speed_kmh": {},
        "turnout_s": 60,
        "step_m": 20,
    }
    assert {key: settings[key] for key in travel} == travel


def test_what_is_not_known_is_null(figures):
    today = figures["scenarios"]["baseline"]
    assert today["townships"][2]["population"] is None
    alone = next(row for row in today["villages"] if row["id"] == "v4")
    assert (alone["first_s"], alone["first_station"]) == (None, "")
    assert figures["ranking"]["candidates"][1]["cost_10k_cny"] is None
    assert figures["ranking"]["figures"]["gap"] is None
    assert figures["data"][1]["date"] is None
    assert figures["data"][0]["date"] == "2025-06-01"


def test_points_are_in_degrees(figures):
    # 108° E plus 72,000 m along the parallel of 28.86°: about 0.737°.
    station = figures["scenarios"]["baseline"]["stations"][0]
    metres_a_degree = 6378137 * math.cos(math.radians(28.855)) * math.pi / 180
    assert station["lon"] == pytest.approx(108 + 72_000 / metres_a_degree, abs=0.002)
    assert station["lat"] == pytest.approx(28.8466, abs=0.002)


def test_a_point_without_place_has_no_degrees():
    stations = tiny_results().stations.copy()
    stations.loc[0, "geometry"] = None
    row = table_rows(stations, points=True)[0]
    assert (row["lon"], row["lat"]) == (None, None)


def test_names_with_markup_are_kept_as_they_are(figures):
    assert figures["ranking"]["candidates"][1]["name"] == MARKUP_CANDIDATE
    names = {row["name"] for row in figures["scenarios"]["baseline"]["villages"]}
    assert MARKUP_VILLAGE in names


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("first_s", 123.456, 123.5),
        ("length_m", 1234.56, 1234.6),
        ("area_km2", 1.234567, 1.2346),
        ("urban_reached_share", 0.77777777, 0.777778),
        ("population_reached_5min", 18180.4, 18180),
        ("share_7.5min", 0.12345678, 0.123457),
        ("villages", 3.0, 3),
        ("lon", 108.12345678, 108.123457),
        ("made_up", 1.00004999, 1.0),
        ("first_s", -0.01, 0.0),
        ("first_s", np.float32(0.5), 0.5),
        ("first_s", math.inf, None),
        ("tied", np.True_, True),
        ("rank", np.int64(3), 3),
        ("date", dt.date(2025, 6, 1), "2025-06-01"),
        ("rows", ("a", "b"), ["a", "b"]),
    ],
)
def test_values_are_rounded_by_their_unit(column, value, expected):
    found = _plain_value(column, value)
    assert found == expected
    assert type(found) is type(expected)
    assert not str(found).startswith("-0.0")


@given(st.floats(), st.sampled_from(["first_s", "area_km2", "population", "lon", "note"]))
def test_any_number_can_be_written(value, column):
    text = json.dumps(_plain_value(column, value), allow_nan=False)
    found = json.loads(text)
    if not math.isfinite(value):
        assert found is None
    else:
        assert found == pytest.approx(value, abs=0.51)


def test_the_file_is_stable_sorted_and_utf8(tmp_path, figures):
    write_results_json(tiny_results(), tmp_path / "a.json")
    write_results_json(replace(tiny_results()), tmp_path / "b.json")
    raw = (tmp_path / "a.json").read_bytes()
    assert raw == (tmp_path / "b.json").read_bytes()
    text = raw.decode("utf-8")
    assert "试验县" in text
    assert "NaN" not in text
    found = json.loads(text)
    assert found == json.loads(json.dumps(figures))
    assert list(found) == sorted(found)


def test_a_file_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        write_results_json(tiny_results(), tmp_path / "nowhere" / "results.json")

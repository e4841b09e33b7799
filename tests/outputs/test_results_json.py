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
        "credits",
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
        "hydrant_gaps",
        "hydrant_proposals",
        "plan_findings",
    }
    assert list(figures["scenarios"]) == figures["scenario_ids"] == ["baseline", "plan_2025"]
    assert set(figures["scenarios"]["baseline"]) == {
        "title",
        "open",
        "close",
        "close_roads",
        "speed_factor",
        "speed_factors",
        "turnout_factor",
        "condition",
        "figures",
        "stations",
        "jurisdictions",
        "built_up",
        "townships",
        "township_bands",
        "county_bands",
        "villages",
        "village_targets",
        "isochrones",
        "station_outages",
        "critical_roads",
    }
    assert set(figures["ranking"]) == {
        "figures",
        "candidates",
        "excluded",
        "acceptability",
        "solutions",
        "steps",
        "pareto",
        "forcing",
        "phasing",
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


def test_settings_tell_what_the_assessment_was_asked(figures):
    settings = figures["settings"]
    assert settings["village_targets_min"] == [10, 20, 30]
    assert settings["full_force_engines"] == 3
    assert settings["hydrant_step_m"] == 25
    assert settings["critical_roads"] == 10
    assert settings["uncertainty"] == {
        "draws": 500,
        "seed": 1,
        "speed_sd": 0.15,
        "class_sd": 0,
        "turnout_sd": 0,
        "sure_share": 0.95,
    }


def test_settings_tell_what_siting_was_asked(figures):
    siting = figures["settings"]["siting"]
    assert (siting["stations"], siting["years"], siting["budget_10k_cny"]) == (1, 3, 1100)
    assert (siting["weight_spread"], siting["weight_draws"], siting["generate"]) == (
        0.5,
        2000,
        None,
    )
    # Weights are no people, and are not rounded to whole ones.
    assert siting["weights"]["population_gain"] == 0.3
    assert siting["demand_weights"] == {"population": 0.4, "built_up": 0.4, "villages": 0.2}
    assert siting["cost_10k_cny"]["second"] == 1800
    assert siting["models"][0] == "lscp"


def test_the_better_site_is_told_with_all_that_it_adds(figures):
    xiaoba, other = figures["ranking"]["candidates"]
    # c1 halves the town: what s1 holds above 7 km² is gone, and the farthest cell is 2250 m
    # away, 60 + 270 s.
    told = {
        "rank": 1,
        "tied": False,
        "built_up_gain_km2": 1.875,
        "area_gain_km2": 2.0,
        "worst_s": 330.0,
        "hydrants": 0,
        "p_first": 0.9375,
        "rank_p05": 1,
        "rank_p95": 2,
        "dominated_by": "",
    }
    assert {name: xiaoba[name] for name in told} == told
    # People, built-up area, area above the caps, the farthest cell; the other is cheaper.
    assert (xiaoba["score"], other["score"]) == (0.7, 0.05)
    assert (xiaoba["cost_10k_cny"], other["cost_10k_cny"]) == (1200.0, 1050.0)
    today = figures["scenarios"]["baseline"]["figures"]
    plan = figures["scenarios"]["plan_2025"]["figures"]
    gained = plan["population_reached_5min"] - today["population_reached_5min"]
    assert xiaoba["population_gain"] == gained


def test_sites_ruled_out_have_all_their_reasons_and_a_place(figures):
    steep, crowded, _ = figures["ranking"]["excluded"]
    assert (steep["reason"], steep["reasons"]) == ("slope", ["slope", "exclusion"])
    station = figures["scenarios"]["baseline"]["stations"][0]
    assert crowded["lat"] == pytest.approx(station["lat"], abs=2e-5)
    # 200 m west of the station, on a degree of some 97.5 km.
    assert station["lon"] - crowded["lon"] == pytest.approx(200 / 97_500, rel=0.01)


def test_answers_come_with_bound_and_choice(figures):
    answers = {row["id"]: row for row in figures["ranking"]["solutions"]}
    names = ("lscp-1", "mclp-1", "pmedian-1", "area-cap-free-most-1")
    none, best, median, capped = (answers[name] for name in names)
    assert (none["status"], none["chosen"], none["objective"]) == ("infeasible", [], None)
    assert (none["gap"], none["unreached_km2"]) == (None, 0.125)
    assert (best["status"], best["chosen"], best["gap"]) == ("optimal", ["c1"], 0.0)
    # 25,320 of 69,000 people, 8.875 of 9 km², three of four villages.
    assert best["objective"] == pytest.approx(
        0.4 * 25_320 / 69_000 + 0.4 * 8.875 / 9 + 0.2 * 3 / 4, abs=1e-4
    )
    assert (median["status"], median["gap"]) == ("feasible", 0.0625)
    assert "geometry" not in best
    # Two cells of 250 m of the town are out of reach of both sites and the station.
    assert (capped["objective"], capped["unit"]) == (9 - 2 * 0.0625, "km2")
    trades = figures["ranking"]["pareto"]
    assert [row["chosen"] for row in trades] == [[], ["c2"], ["c1"], ["c1", "c2"]]
    assert [row["stations"] for row in trades] == [0, 1, 1, 2]


def test_figures_of_the_ranking_keep_their_digits():
    results = tiny_results()
    sure = dict(results.ranking_figures) | {"separable": None, "p_first_beats_second": math.nan}
    told = results_to_dict(replace(results, ranking_figures=sure))["ranking"]["figures"]
    assert (told["separable"], told["p_first_beats_second"]) == (None, None)
    # A weight of a time is no time, and not rounded like one.
    weights = [
        value for name, value in told.items() if name.startswith("weight_") and "spread" not in name
    ]
    assert weights == [0.3, 0.25, 0.15, 0.1, 0.05, 0.05, 0.05, 0.05]
    assert (told["plan_plan_2025"], told["plan_regret_plan_2025"]) == ("c1", 0.0)
    # Demand above today's: .1247, then .1529 by the best plan; .0282 twice, then .1529 by greed.
    best, greed = 0.124725 + 0.152899, 2 * 0.028174 + 0.152899
    assert told["phasing_loss_share"] == pytest.approx((best - greed) / best, abs=1e-4)


def test_ranks_steps_prices_and_years_are_told(figures):
    ranking = figures["ranking"]
    assert ranking["acceptability"][0] == {"id": "c1", "rank": 1, "p": 0.9375}
    first, second = ranking["steps"]
    assert (first["order"], first["id"], second["id"]) == (1, "c1", "c2")
    assert first["demand_gain"] > second["demand_gain"] > 0
    (price,) = ranking["forcing"]
    assert (price["id"], price["price"], price["regret_share"]) == ("c1", 0.0, 0.0)
    # 1100 a year: greed takes the cheaper site at once, and waits two years for the better.
    built = [(row["plan"], row["year"], row["id"]) for row in ranking["phasing"]]
    assert built == [
        ("optimal", 2, "c1"),
        ("optimal", 3, "c2"),
        ("greedy", 1, "c2"),
        ("greedy", 3, "c1"),
    ]
    assert [row["spent_10k_cny"] for row in ranking["phasing"]] == [1200, 2250, 1050, 2250]


def test_the_bands_of_the_whole_area_come_by_scenario(figures):
    told = figures["scenarios"]["plan_2025"]
    assert len(told["county_bands"]) == 18
    row = told["county_bands"][0]
    assert (row["by"], row["minutes"], row["population"]) == ("first", 5.0, 69_000)
    assert row["population_reached"] == told["figures"]["population_reached_5min"]


def test_the_state_of_roads_and_service_is_told():
    results = tiny_results()
    icy = replace(
        results.scenarios[0],
        close_roads=("G319", "way 7"),
        speed_factor=0.6 * 0.7,
        speed_factors={"primary": 1 / 3},
        turnout_factor=1.55,
        condition="ice",
    )
    told = results_to_dict(replace(results, scenarios=(icy,)))["scenarios"]["baseline"]
    assert told["close_roads"] == ["G319", "way 7"]
    assert (told["speed_factor"], told["speed_factors"]) == (0.42, {"primary": 0.3333})
    assert (told["turnout_factor"], told["condition"]) == (1.55, "ice")


def test_tables_of_the_assessment_come_by_scenario(figures):
    today = figures["scenarios"]["baseline"]
    plan = figures["scenarios"]["plan_2025"]
    # s1, s2 and s3 respond today, c1 as well in the plan.
    assert [row["id"] for row in today["station_outages"]] == ["s1", "s2", "s3"]
    assert [row["id"] for row in plan["station_outages"]] == ["s1", "s2", "s3", "c1"]
    station = today["stations"][0]
    outage = today["station_outages"][0]
    assert (outage["lon"], outage["lat"]) == (station["lon"], station["lat"])
    # The trunk road leads east to west through the town: 10 km.
    road = today["critical_roads"][0]
    assert (road["order"], road["ref"], road["length_m"]) == (1, "G319", 10_000.0)
    assert road["villages"] == "城南村"
    assert "geometry" not in road
    # Of four villages three have an arrival within 10 minutes today.
    first = today["village_targets"][0]
    assert (first["minutes"], first["villages"], first["first"]) == (10.0, 4, 3)
    assert first["first_share"] == 0.75
    # Three townships, six kinds of arrival, three bands.
    assert len(today["township_bands"]) == len(plan["township_bands"]) == 54
    row = today["township_bands"][0]
    assert (row["by"], row["minutes"], row["built_up_reached_km2"]) == ("first", 5.0, 7.0)
    assert "scenario" not in row


def test_tables_without_scenario_come_once(figures):
    measures = [row["measure"] for row in figures["hydrant_gaps"]]
    assert measures == ["straight", "straight", "road", "road"]
    new = figures["hydrant_proposals"]
    assert [row["order"] for row in new] == list(range(1, len(new) + 1))
    assert {row["road"] for row in new} == {"国道319", "桃花源大道", "龙潭路"}
    assert all(107 < row["lon"] < 110 and 28 < row["lat"] < 29 for row in new)


def test_findings_carry_the_numbers_worked_out():
    results = tiny_results()
    figures = results_to_dict(results)["plan_findings"]
    assert figures[0]["grade"] == "contradiction"
    assert figures[0]["recomputed"] == {"difference": 70.0}
    assert figures[1]["recomputed"]["by_stations"] == 851_000.0
    odd = results.plan_findings.assign(recomputed='{"a": NaN, "b": 1.5}')
    told = results_to_dict(replace(results, plan_findings=odd))["plan_findings"]
    assert told[0]["recomputed"] == {"a": None, "b": 1.5}


NEW_TABLES = (
    "township_bands",
    "village_targets",
    "hydrant_proposals",
    "station_outages",
    "critical_roads",
    "plan_findings",
    "county_bands",
)
#: Tables of siting, by their key in ``ranking``.
SITING_TABLES = {
    "excluded": "excluded_sites",
    "acceptability": "rank_acceptability",
    "solutions": "solutions",
    "steps": "siting_steps",
    "pareto": "pareto",
    "forcing": "forcing",
    "phasing": "phasing",
}


@pytest.mark.parametrize("bare", [True, False])
def test_what_was_not_asked_is_an_empty_table(bare):
    results = tiny_results()
    none = {
        name: type(getattr(results, name))() if bare else getattr(results, name).iloc[:0]
        for name in (*NEW_TABLES, *SITING_TABLES.values())
    }
    figures = results_to_dict(replace(results, **none))
    json.dumps(figures, allow_nan=False)
    found = figures | figures["scenarios"]["plan_2025"]
    assert [found[name] for name in NEW_TABLES] == [[]] * len(NEW_TABLES)
    assert all(figures["ranking"][key] == [] for key in SITING_TABLES)
    assert len(figures["ranking"]["candidates"]) == 2


def test_columns_that_are_absent_do_not_show():
    results = tiny_results()
    villages = results.villages.drop(columns=["p_reached", "certainty", "way"])
    rows = results_to_dict(replace(results, villages=villages))["scenarios"]["baseline"]["villages"]
    assert rows[0].keys().isdisjoint({"p_reached", "certainty", "way"})


def test_what_is_not_known_is_null(figures):
    today = figures["scenarios"]["baseline"]
    assert today["townships"][2]["population"] is None
    alone = next(row for row in today["villages"] if row["id"] == "v4")
    assert (alone["first_s"], alone["first_station"]) == (None, "")
    # The first is named by the study, the second reaches nothing of the town in time.
    named, generated = figures["ranking"]["candidates"]
    assert (named["suitability"], generated["overlap_share"]) == (None, None)
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
        ("p_reached", 0.98765432, 0.9877),
        ("p_standard_plan_2025", 0.98765432, 0.9877),
        ("area_sure", 1 / 3, 0.3333),
        ("detour_factor", 1.29876543, 1.2988),
        ("reached_share_p05", 0.12345678, 0.123457),
        ("share_p95", 0.12345678, 0.123457),
        ("population_share_5min_p95", 0.12345678, 0.123457),
        ("first_p05_s", 123.456, 123.5),
        ("villages_reached_p05", 61.5, 62),
        ("villages_reached_10min_share", 0.12345678, 0.123457),
        ("of_the_user_km2", 1.23456, 1.2346),
        ("of_the_user_p95_s", 1.26, 1.3),
        ("population_lost", 12.6, 13),
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

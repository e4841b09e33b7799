"""What the assessment says of the small study on a grid, each figure found another way as well."""

import numpy as np
import pytest

from firecover.analysis.place import place_response
from firecover.errors import StudyError
from firecover.layers import read_layers
from firecover.pipeline import analyse
from firecover.study import load_study
from support.layers_files import write_study

SCENARIOS = {
    "without_s1": {"close": ["s1"]},
    "night": {"condition": "night"},
    "slow_streets": {"speed_factors": {"residential": 0.5, "tertiary": 0.5}},
    "half": {"speed_factor": 0.5},
}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("assessed")
    study = write_study(folder, travel={"turn_costs": False}, scenarios=SCENARIOS)
    return study, analyse(study)


def _of(table, scenario):
    return table[table["scenario"] == scenario].set_index("id" if "id" in table else "code")


def test_a_station_out_of_service_loses_what_a_scenario_without_it_loses(small):
    _, results = small
    before = results.scenario("baseline").figures
    after = results.scenario("without_s1").figures
    out = _of(results.station_outages, "baseline").loc["s1"]
    # the standard is 5 min; the bands are 4, 8, 12: count from the demand itself
    people = results.demand[results.demand["kind"] == "population"]
    lost = people["population"][
        (people["first_min_baseline"] <= 5) & ~(people["first_min_without_s1"] <= 5)
    ].sum()
    assert out["population_lost"] == pytest.approx(lost)
    assert out["villages_lost"] == before["villages_reached"] - after["villages_reached"]
    urban = before["urban_reached_km2"] - (after["urban_reached_km2"] or 0.0)
    assert out["built_up_lost_km2"] == pytest.approx(urban)
    assert out["takes_over"] == "东镇专职队"


def test_bands_by_township_add_up_to_the_headline(small):
    _, results = small
    bands = results.township_bands
    for summary in results.scenarios:
        first = bands[(bands["scenario"] == summary.id) & (bands["by"] == "first")]
        for minutes, rows in first.groupby("minutes"):
            reached = summary.figures[f"population_reached_{minutes:g}min"]
            assert rows["population_reached"].sum() == pytest.approx(reached)
            whole = results.county_bands.set_index(["scenario", "by", "minutes"])
            told = whole.loc[(summary.id, "first", minutes)]
            assert told["population_reached"] == pytest.approx(reached)
            km2 = rows["built_up_reached_km2"].sum()
            assert told["built_up_reached_km2"] == pytest.approx(km2)
        by_tier = bands[bands["scenario"] == summary.id].pivot_table(
            index=["code", "minutes"], columns="by", values="population_reached"
        )
        tiers = by_tier[["fire", "township"]] if "fire" in by_tier else by_tier[["township"]]
        assert (by_tier["first"] >= tiers.max(axis=1) - 1e-9).all()
        assert (by_tier["second"] <= by_tier["first"] + 1e-9).all()
        assert (by_tier["full"] <= by_tier["first"] + 1e-9).all()


def test_conditions_and_factors_of_classes_slow_what_they_name(small):
    _, results = small
    today = _of(results.villages, "baseline")
    night = _of(results.villages, "night")
    same = today["first_station"] == night["first_station"]
    turnout_s = today["first_station"].map({"城区站": 60.0, "东镇专职队": 90.0})
    # the night takes 55 % more turnout and nothing else
    expected = today["first_s"] + 0.55 * turnout_s
    assert same.any()
    assert np.allclose(night["first_s"][same], expected[same])
    half, slow = _of(results.villages, "half"), _of(results.villages, "slow_streets")
    assert (half["first_s"] >= slow["first_s"] - 1e-6).all()
    assert (slow["first_s"] >= today["first_s"] - 1e-6).all()
    assert (half["first_s"] > today["first_s"]).any()


def test_times_from_the_call_are_later_by_the_handling(small):
    _, results = small
    villages = results.villages
    assert np.allclose(villages["call_s"] - villages["first_s"], 150)
    figures = results.scenario("baseline").figures
    assert figures["village_call_median_s"] == pytest.approx(figures["village_median_s"] + 150)


def test_intervals_hold_the_usual_case_and_probabilities_are_shares_of_draws(small):
    _, results = small
    for summary in results.scenarios:
        figures = summary.figures
        for key in ("population_share_8min", "population_share_12min"):
            assert 0 <= figures[f"{key}_p05"] <= figures[f"{key}_p95"] <= 1
        p = _of(results.villages, summary.id)["p_reached"]
        assert np.allclose(p * 40, np.round(p * 40))
        sure = _of(results.villages, summary.id)["certainty"]
        assert figures["villages_uncertain"] == (sure == "uncertain").sum()


def test_without_draws_nothing_is_said_of_chances(tmp_path):
    results = analyse(write_study(tmp_path, uncertainty={"draws": 0}))
    assert results.villages["p_reached"].isna().all()
    assert set(results.villages["certainty"]) == {""}
    assert results.scenario("baseline").figures["population_share_8min_p05"] is None
    assert results.jurisdictions["area_sure"].isna().all()


def test_roads_that_are_closed_make_nothing_better(tmp_path):
    tables = {"closed": {"close_roads": ["东大街"]}}
    study = write_study(tmp_path, travel={"turn_costs": False}, scenarios=tables)
    with pytest.raises(StudyError) as told:
        analyse(study)
    assert "scenarios.closed.close_roads" in str(told.value)
    layers = read_layers(load_study(study))
    name = next(str(word) for word in layers.roads.attributes["source_id"])
    tables = {"closed": {"close_roads": [name]}}
    study = write_study(tmp_path, travel={"turn_costs": False}, scenarios=tables)
    results = analyse(study)
    open_s, closed_s = (_of(results.villages, s)["first_s"] for s in ("baseline", "closed"))
    assert (closed_s.fillna(np.inf) >= open_s.fillna(np.inf) - 1e-9).all()
    before, after = (results.scenario(s).figures for s in ("baseline", "closed"))
    assert after["reached_road_12min_km"] < before["reached_road_12min_km"]
    assert after["isochrone_12min_km2"] <= before["isochrone_12min_km2"] + 1e-4
    # the same question, asked for one place
    village = results.villages["id"].iloc[0]
    _, response = place_response(load_study(study), layers, village, "closed")
    assert response.coming[0].arrival_s == pytest.approx(closed_s[village])


def test_a_study_without_a_plan_has_no_findings_and_the_roads_that_matter_are_told(small):
    _, results = small
    assert results.plan_findings.empty
    roads = results.critical_roads
    assert set(roads["scenario"]) <= {"baseline"}
    assert list(roads["order"]) == sorted(roads["order"])
    assert (roads["population_lost"] + roads["villages_lost"] > 0).all()

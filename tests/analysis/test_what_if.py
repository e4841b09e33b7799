"""What the what-if map is made of tells what a run tells, for whatever stations are chosen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from firecover.analysis.what_if import LATER, SPEED_FACTORS, classes
from firecover.pipeline import analyse
from support.layers_files import write_study

SCENARIOS = {
    "swap": {"open": ["c1", "c2"], "close": ["s1"], "speed_factor": 0.8},
    "shut": {"close_roads": ["Road 5"], "open": ["c2"], "turnout_factor": 2.0},
    "brisk": {"speed_factor": 1.35},
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("what_if")
    assessment = {"built_up_cell_m": 100, "jurisdiction_tiers": ["fire", "township"]}
    return analyse(write_study(folder, scenarios=SCENARIOS, assessment=assessment))


def chosen(results, scenario):
    """Rows that respond in a scenario, and its state."""
    given, asked = results.what_if, results.study.scenarios[scenario]
    table = given.stations
    wanted = np.where(
        table["candidate"], table["id"].isin(asked.open), ~table["id"].isin(asked.close)
    )
    return np.flatnonzero(wanted & table["on_roads"]), given.states[given.scenario_state[scenario]]


@given(
    npst.arrays(np.float64, 20, elements=st.floats(0, 2000, width=16) | st.just(np.inf)),
    st.lists(st.sampled_from([30.0, 60.0, 90.5, 300.0, 1800.0]), min_size=1, unique=True),
)
def test_a_class_within_a_limit_is_an_arrival_within_it(arrival_s, limits_s):
    limits_s = np.sort(limits_s)
    found = classes(arrival_s, limits_s)
    for i, limit_s in enumerate(limits_s):
        assert ((found <= i) == (arrival_s <= limit_s)).all()
    assert ((found == LATER) == (arrival_s > limits_s[-1])).all()


def test_states_are_told_once_mere_speeds_first_and_rising(results):
    given = results.what_if
    mere = [state.speed_factor for state in given.states if not state.scenario]
    assert mere == sorted({*SPEED_FACTORS, 1.35})
    assert [state.scenario for state in given.states if state.scenario] == ["shut"]
    assert given.scenario_state["baseline"] == given.scenario_state["plan"] == mere.index(1.0)
    assert given.scenario_state["swap"] == mere.index(0.8)
    assert given.scenario_state["shut"] == len(mere)


def test_the_bands_and_the_standard_are_among_the_limits(results):
    limits_s = results.what_if.limits_s
    assert (np.diff(limits_s) > 0).all()
    asked = {*(m * 60 for m in results.minutes), results.rules["response_s"].value}
    assert asked <= set(limits_s)
    assert limits_s[-1] == max(asked)
    assert len(limits_s) < LATER


@pytest.mark.parametrize("scenario", ["baseline", "plan", *SCENARIOS])
def test_people_and_built_up_area_are_those_of_the_run(results, scenario):
    given, figures = results.what_if, results.scenario(scenario).figures
    rows, state = chosen(results, scenario)
    people, cells = state.population[rows].min(axis=0), state.built_up[rows].min(axis=0)
    for minutes in results.minutes:
        at = list(given.limits_s).index(minutes * 60)
        reached = given.population[people <= at].sum()
        assert reached == pytest.approx(figures[f"population_reached_{minutes:g}min"], rel=1e-12)
    at = list(given.limits_s).index(results.rules["response_s"].value)
    area_km2 = given.cell_km2[cells <= at].sum()
    assert area_km2 == pytest.approx(figures["built_up_any_reached_km2"], rel=1e-12)
    urban = np.isin(given.cell_zone, ["urban", "suburb"])
    assert given.cell_km2[urban & (cells <= at)].sum() == pytest.approx(
        figures["urban_any_reached_km2"], rel=1e-12
    )


@pytest.mark.parametrize("scenario", ["baseline", "plan", *SCENARIOS])
def test_the_order_of_arrival_gives_the_jurisdictions_of_the_run(results, scenario):
    given = results.what_if
    rows, state = chosen(results, scenario)
    holds = np.isin(state.holders, rows[given.stations["holds"].to_numpy()[rows]])
    first = np.where(
        holds.any(axis=0),
        np.take_along_axis(state.holders, holds.argmax(axis=0)[None], axis=0)[0],
        -1,
    )
    urban = np.isin(given.cell_zone, ["urban", "suburb"])
    told = results.jurisdictions[results.jurisdictions["scenario"] == scenario]
    for row in told.itertuples():
        number = -1 if not row.station_id else list(given.stations["id"]).index(row.station_id)
        area_km2 = given.cell_km2[urban & (first == number)].sum()
        assert area_km2 == pytest.approx(row.area_km2, rel=1e-12)
    assert len(told) == len(np.unique(first[urban]))


@pytest.mark.parametrize("scenario", ["baseline", "plan", *SCENARIOS])
def test_villages_and_seats_are_those_of_the_run_to_the_last_bit(results, scenario):
    rows, state = chosen(results, scenario)
    tables = ((results.villages, state.villages_s, "first_s"),)
    tables += ((results.townships, state.seats_s, "seat_first_s"),)
    for table, arrival_s, column in tables:
        told = table[table["scenario"] == scenario][column].to_numpy()
        first_s = arrival_s[rows].min(axis=0)
        assert np.array_equal(np.where(np.isinf(first_s), np.nan, first_s), told, equal_nan=True)

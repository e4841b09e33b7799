"""Ten characters for a DBF: no clash, no lie about a unit, always the same."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firecover.outputs.exports.short_names import short_names
from firecover.outputs.geopackage import LAYERS, TABLES
from support.tiny_results import tiny_results

names = st.lists(st.text("abcdefgh_0123456789é区", min_size=1, max_size=30), unique=True)


@given(names)
@example(["area_km2", "AREA_KM2", "area km2"])
@example([f"first_min_scenario_{i}" for i in range(120)])
def test_names_fit_are_plain_and_differ(columns):
    short = short_names(columns)
    assert list(short) == columns
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,9}", name) for name in short.values())
    assert len(set(short.values())) == len(columns)


@given(names)
@example(["_a", "a"])
def test_a_name_that_fits_is_kept(columns):
    short = short_names(columns)
    for name in columns:
        if re.fullmatch(r"[a-z][a-z0-9]{0,9}", name):
            assert short[name] == name


def test_names_of_results_stay_to_be_guessed():
    assert short_names(
        ["built_up_reached_km2", "population_12min", "first_min_plan_2025", "station_class", "name"]
    ) == {
        "built_up_reached_km2": "b_u_rc_km2",
        "population_12min": "pplt_12min",
        "first_min_plan_2025": "fminp2025",
        "station_class": "sttn_class",
        "name": "name",
    }


@pytest.mark.parametrize("table", [*LAYERS, *TABLES])
def test_a_unit_or_a_number_is_never_cut(table):
    columns = [str(name) for name in getattr(tiny_results(), table).columns]
    for name, short in short_names(columns).items():
        ending = re.search(r"(?:km2|kmh|\d+min|_km|_m|_s|\d+)$", name)
        if ending:
            assert short.endswith(ending[0].lstrip("_")), name


def test_a_clash_is_numbered_the_later_column_the_higher():
    assert list(short_names(["abcdefghijkl", "abcdefghijkm"]).values()) == [
        "abcdfghjkl",
        "abcdfghjkm",
    ]
    same = short_names(["a_1", "A_1", "a 1"])
    assert list(same.values()) == ["a_1", "a_12", "a_13"]

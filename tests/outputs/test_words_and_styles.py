"""The words for columns and values, and the colours of the maps."""

import re
from itertools import pairwise
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firecover.network.terrain import REASONS
from firecover.network.vehicle import CLOSED_REASONS, SPEED_REASONS
from firecover.outputs.i18n import (
    _words,
    column_heading,
    column_label,
    column_unit,
    knows_column,
    layer_label,
    value_label,
    vocabulary,
)
from firecover.outputs.styles import (
    STATION_MARKERS,
    VERDICT_COLOURS,
    band_colours,
    layer_style,
    rgb,
    road_stroke,
)
from firecover.outputs.styles_siting import SITING_LAYERS, siting_style
from firecover.plan import Finding, findings_table
from firecover.plan.findings import GRADES
from firecover.results import Results
from firecover.siting.exclusions import REASONS as EXCLUSIONS
from firecover.siting.solver import Status
from firecover.standards import road_classes, vehicles
from firecover.study import REQUIRED_LAYERS
from firecover.study_siting import SitingModel
from support.tiny_results import tiny_results


def luminance(colour: str) -> float:
    red, green, blue = rgb(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_column_and_figure_of_the_results_has_words():
    results = tiny_results()
    tables = {k: v for k, v in vars(results).items() if isinstance(v, pd.DataFrame)}
    assert {"township_bands", "village_targets", "plan_findings"} <= tables.keys()
    columns = {(table, str(c)) for table in tables for c in tables[table].columns}
    columns = {(table, column) for table, column in columns if column != "geometry"}
    figures = {("", key) for scenario in results.scenarios for key in scenario.figures}
    figures |= {("", key) for key in results.ranking_figures}
    assert [each for each in sorted(columns | figures) if not knows_column(each[1], each[0])] == []
    for table, column in columns | figures:
        zh, en = (column_label(column, lang, table) for lang in ("zh", "en"))
        assert column not in (zh, en) or column in ("zh", "en"), column
        assert re.search(r"[\u4e00-\u9fff]", zh), column
        assert not re.search(r"[\u4e00-\u9fff]", en), column
    for table in (*tables, *REQUIRED_LAYERS):
        assert layer_label(table, "zh") != table
        assert layer_label(table, "en") != table


def test_every_column_of_the_contract_has_words():
    """The columns that the docstring of the results names, also those no sample has."""
    ending = r"\b[a-z]+(?:_[a-z0-9]+)*_(?:s|m|km|km2|share|p05|p95)\b"
    named = re.findall(ending, Results.__doc__ or "")
    assert len(set(named)) > 40
    assert [name for name in sorted(set(named)) if not knows_column(name)] == []


def test_codes_of_the_tables_have_words():
    results = tiny_results()
    coded = {
        "township_bands": ["by"],
        "villages": ["certainty", "supply_kind", "widest_vehicle"],
        "hydrants": ["spacing_verdict"],
        "hydrant_gaps": ["measure"],
        "townships": ["hydrants_working_verdict", "hydrants_present_verdict"],
        "plan_findings": ["grade"],
        "station_outages": ["tier"],
        "candidates": ["station_class", "vehicle", "origin"],
        "excluded_sites": ["reason"],
        "solutions": ["model", "assignment", "status", "unit"],
        "phasing": ["plan"],
    }
    for table, columns in coded.items():
        for column in columns:
            found = set(getattr(results, table)[column]) - {""}
            assert found
            assert found <= vocabulary(column, "zh", table).keys(), column
            assert found <= vocabulary(column, "en", table).keys(), column


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_reasons_and_models_are_those_of_the_siting(lang):
    place = ("en", "zh").index(lang)
    said = {code: words[place] for code, words in EXCLUSIONS.items()}
    assert vocabulary("reason", lang, "excluded_sites") == said
    assert vocabulary("model", lang, "solutions").keys() == set(get_args(SitingModel))
    assert vocabulary("status", lang, "solutions").keys() == set(get_args(Status))
    assert vocabulary("reason", lang).keys().isdisjoint(said)


def test_a_column_can_hold_other_codes_in_one_table():
    assert value_label("status", "optimal", "zh", "solutions") == "最优（已证明）"
    assert value_label("status", "working", "zh", "hydrants") == "完好"
    assert value_label("status", "optimal", "zh") == "optimal"
    assert value_label("unit", "s", "zh", "solutions") == "秒"
    assert value_label("variant", "most", "en", "solutions") == "the most for so many stations"
    # A table without codes of its own has those of all.
    assert value_label("origin", "named", "zh", "solutions") == "规划提出"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_grades_are_called_as_the_audit_calls_them(lang):
    grades = vocabulary("grade", lang)
    assert tuple(grades) == GRADES
    for grade, words in grades.items():
        finding = Finding("x", grade, "x", "", "", ())
        assert findings_table([finding], lang)[0]["grade"] == words


def test_a_column_can_be_called_otherwise_in_one_table():
    assert column_heading("villages", "zh") == "村寨数（个）"
    assert column_heading("villages", "zh", "critical_roads") == "受影响村寨"
    assert column_heading("stations", "en", "critical_roads") == "Stations whose door is on it"
    assert column_heading("stations", "en") == "Further stations"
    assert column_heading("minutes", "en", "critical_roads") == "Within (min)"


def test_quantiles_have_the_words_of_their_quantity():
    assert column_heading("first_p05_s", "zh") == "首达时间·5%分位（秒）"
    assert column_heading("population_share_5min_p95", "en") == (
        "Share of people reached in 5 min, 95th percentile (0 to 1)"
    )
    assert not knows_column("of_the_user_p05")


def test_every_word_is_there_in_both_languages():
    words = _words()
    tables = [words["columns"], words["layers"], *words["tables"].values()]
    tables += [words["units"], *words["values"].values()]
    tables += [codes for columns in words["table_values"].values() for codes in columns.values()]
    assert all({"zh", "en", "digits"} == entry.keys() for entry in words["units"].values())
    for table in tables:
        for name, entry in table.items():
            assert {"zh", "en"} <= set(entry) <= {"zh", "en", "unit", "digits"}, name
            assert entry.get("unit", "s") in words["units"], name
            for part in ("{m}", "{s}"):
                assert (part in name) == (part in entry["zh"]) == (part in entry["en"]), name


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_reason_and_vehicle_of_the_routing_has_words(lang):
    place = ("en", "zh").index(lang)
    said = {code: words[place] for code, words in SPEED_REASONS.items()}
    slow = vocabulary("slow_reason", lang)
    assert {code: slow[code] for code in said} == said
    assert slow.keys() - said.keys() == {*REASONS, "closed"} - {"class"}
    assert vocabulary("closed_reason", lang).keys() == CLOSED_REASONS.keys()
    assert vocabulary("vehicle", lang).keys() == vehicles().keys()


def test_names_end_with_the_unit_that_they_are_given():
    endings = {"_s": "s", "_m": "m", "_km": "km", "_km2": "km2", "_kmh": "kmh", "_share": "share"}
    for name, entry in _words()["columns"].items():
        if name.startswith("weight_"):  # a number, whatever it weighs
            assert "unit" not in entry
            continue
        for ending, unit in endings.items():
            if name.endswith(ending):
                assert entry.get("unit") == unit, name


@pytest.mark.parametrize(
    ("name", "zh", "en"),
    [
        ("first_s", "首达时间（秒）", "First arrival (s)"),
        ("population_7.5min", "7.5分钟覆盖人口（人）", "People reached in 7.5 min (people)"),
        (
            "isochrone_5min_km2",
            "5分钟等时圈面积（平方公里）",
            "Area of the 5 min isochrone (km²)",
        ),
        ("station_plan_2025", "首达力量·plan_2025", "First to arrive, plan_2025"),
        ("station_id", "消防站编号", "Station's id"),
        ("of_the_user", "of_the_user", "of_the_user"),
    ],
)
def test_headings(name, zh, en):
    assert (column_heading(name, "zh"), column_heading(name, "en")) == (zh, en)


def test_label_and_unit_stand_apart():
    assert column_label("cap_km2", "zh") == "辖区面积上限"
    assert column_unit("cap_km2", "en") == "km²"
    assert column_unit("name", "en") == ""


@pytest.mark.parametrize(
    ("column", "value", "zh"),
    [
        ("area_verdict", "fails", "不达标"),
        ("station_class", "special", "特勤消防站"),
        ("road_class", "trunk", "国道"),
        ("oneway", -1, "逆向单行"),
        ("vehicle", "light_pumper", "轻型消防车"),
        ("slow_reason", "curve", "弯道"),
        ("closed_reason", "narrow", "路面过窄"),
        ("reached", np.True_, "是"),
        ("reached", False, "否"),
        ("first_s", float("nan"), ""),
        ("note", None, ""),
        ("name", "<b>", "<b>"),
    ],
)
def test_values_in_words(column, value, zh):
    assert value_label(column, value, "zh") == zh


def test_vocabularies_keep_their_order():
    assert list(vocabulary("verdict", "en")) == ["meets", "fails", "cannot_say", "not_applicable"]
    assert vocabulary("name", "zh") == {}


@given(st.integers(1, 12))
def test_bands_grow_lighter(count):
    colours = band_colours(list(range(1, count + 1)))
    assert len(set(colours)) == count
    light = [luminance(colour) for colour in colours]
    assert light == sorted(light)


def test_bands_keep_apart_without_colour():
    light = [luminance(colour) for colour in band_colours([5, 8, 12, 20, 30])]
    assert min(b - a for a, b in pairwise(light)) > 20


def test_verdicts_and_tiers_keep_apart():
    assert abs(luminance(VERDICT_COLOURS["meets"]) - luminance(VERDICT_COLOURS["fails"])) > 5
    assert len({marker.shape for marker in STATION_MARKERS.values()}) == len(STATION_MARKERS)


def test_ramps_are_drawn_thinner_than_their_roads():
    for name in road_classes():
        if name.endswith("_link"):
            main, ramp = road_stroke(name.removesuffix("_link")), road_stroke(name)
            assert ramp.colour == main.colour
            assert ramp.width_mm < main.width_mm


def test_legends_speak_the_language_asked_for():
    style = layer_style("isochrones", (5, 8), "en")
    assert [item.label for item in style.classes] == ["within 5 min", "within 8 min"]
    assert layer_style("stations", (5,), "zh").classes[0].label == "消防救援站"
    with pytest.raises(KeyError):
        layer_style("nothing", (5,))
    results = tiny_results()
    for layer in SITING_LAYERS:
        data = getattr(results, layer)
        labels = {lang: siting_style(layer, lang, data).classes for lang in ("zh", "en")}
        assert len(labels["zh"]) == len(labels["en"])
        if layer != "allocation":
            assert all(re.search(r"[\u4e00-\u9fff]", item.label) for item in labels["zh"])
            assert not any(re.search(r"[\u4e00-\u9fff]", item.label) for item in labels["en"])
    with pytest.raises(KeyError):
        siting_style("nothing", "zh", results.candidates)

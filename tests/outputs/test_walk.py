"""The walk of one number: from the report to a rule, a layer and a formula, as data/README.md says.

Here without QGIS, each expression worked out a second time; ``test_qgis.py`` has QGIS do it.
"""

import json
import re

import geopandas as gpd
import pytest

from firecover.outputs.geopackage import LAYERS, TABLES, write_geopackage
from firecover.outputs.report.compose import write_report
from firecover.outputs.results_json import results_to_dict, write_results_json
from firecover.standards import load_rules
from support.readme_walk import README, at, steps
from support.tiny_results import tiny_results

FORMULAS = {
    "area($geometry) / 1000000": lambda rows: rows.geometry.iloc[0].area / 1e6,
    """concat('area_', "station_class", '_km2')""": lambda rows: (
        f"area_{rows['station_class'].iloc[0]}_km2"
    ),
    """if("area_km2" <= "cap_km2", 'meets', 'fails')""": lambda rows: (
        "meets" if rows["area_km2"].iloc[0] <= rows["cap_km2"].iloc[0] else "fails"
    ),
    'sum("area_km2")': lambda rows: rows["area_km2"].sum(),
    'count("fid")': len,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("walk")
    write_geopackage(tiny_results(), path / "coverage.gpkg")
    write_results_json(tiny_results(), path / "results.json")
    return path


@pytest.fixture(scope="module")
def figures(folder):
    return json.loads((folder / "results.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("step", steps(), ids=lambda step: step.expression)
def test_a_layer_and_a_formula_give_the_figure(folder, figures, step):
    held = figures["scenarios"]["baseline"]["jurisdictions"][0]
    where = step.of_station(held["station_id"]).where
    rows = gpd.read_file(folder / "coverage.gpkg", layer=step.layer, where=where, engine="pyogrio")
    assert len(rows)
    found = FORMULAS[step.expression](rows)
    told = at(figures, step.pointer)
    if step.rule:
        (rule,) = [rule for rule in figures["rules"] if rule["id"] == found]
        assert rule["value"] == told
        assert rule["clause"]
        assert rule["source"]
        assert rule["evidence"]
    else:
        assert found == (pytest.approx(told, abs=5e-5) if isinstance(told, float) else told)


def test_the_walk_ends_where_hand_and_eye_say():
    """The town of 3 km by 3 km is one first-class station's: 9 km², above 7."""
    figures = results_to_dict(tiny_results())
    told = {step.expression: at(figures, step.pointer) for step in steps()}
    assert list(told) == list(FORMULAS)
    assert list(told.values()) == [9.0, load_rules("cn")["area_first_km2"].value, "fails", 9.0, 3]
    assert figures["settings"]["village_minutes"] * 60 == 1200


def test_the_walk_starts_in_the_report(tmp_path, figures):
    write_report(figures, tiny_results(), tmp_path / "report.html", "zh")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    starts = ("/scenarios/baseline/jurisdictions/0/area_km2", steps()[-1].pointer)
    assert all(f'data-key="{pointer}"' in text for pointer in starts)


def test_every_layer_table_and_key_is_in_the_readme(figures):
    text = README.read_text(encoding="utf-8")
    (row,) = re.findall(r"\| `coverage.gpkg` \| layers ([^;]+); tables ([^;]+);", text)
    layers, tables = (set(part.split(", ")) for part in row)
    assert layers == {*LAYERS, "water"}
    assert tables == set(TABLES)
    keys = figures.keys() | figures["scenarios"]["baseline"].keys() | figures["ranking"].keys()
    untold = {key for key in keys if f"`{key}`" not in text}
    assert untold == {"scenario_ids", "scenarios", "title"}


def test_what_the_layer_is_made_from_is_told_with_its_hash(figures):
    told = {row["layer"]: row for row in figures["data"]}
    for name in ("built_up", "roads", "stations"):
        assert told[name]["kind"] in ("observed", "published", "derived", "modelled")
        assert len(told[name]["sha256"]) == 64

"""The jurisdictions' page: what was measured by road, and the county's arithmetic of areas."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from firecover.outputs.maps.pages import write_maps
from support.map_data import layers_of, plain, popup
from support.tiny_results import tiny_results

PAGE = "jurisdictions.html"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    write_maps(tiny_results(), folder)
    return folder / PAGE


@pytest.fixture(scope="module")
def html(page):
    return page.read_text(encoding="utf-8")


def panel_of(html, scenario):
    """Return the figures and tables of a scenario, in English."""
    parts = re.findall(rf'<div data-scenario="{scenario}">(.*?)\n  </div>', html, re.DOTALL)
    return plain(f"<aside>{' '.join(parts)}</aside>")


def test_a_popup_tells_what_was_measured_by_road_beside_the_cap(page):
    table = tiny_results().jurisdictions
    layers = layers_of(page, "verdicts")
    assert [layer["scenario"] for layer in layers] == ["baseline", "plan_2025"]
    for layer in layers:
        mine = table[table["scenario"] == layer["scenario"]]
        for row, feature in zip(mine.itertuples(), layer["features"], strict=True):
            told = popup(layer, feature)
            assert told["Cap"] == f"{row.cap_km2:.2f} km²"
            assert told["λ (way by road ÷ straight)"] == f"{row.detour_factor:.2f}"
            assert told["S (farthest drive in the time)"] == f"{row.reach_km:.1f} km"
            assert told["To its farthest point"] == f"{row.farthest_s / 60:.1f} min"
            formula = next(value for name, value in told.items() if "(S/λ)²" in name)
            assert formula == f"{row.formula_km2:.2f} km²"
            for name in ("expressway", "railway", "river"):
                across = getattr(row, f"across_{name}_km2")
                label = f"Reached only across {'an' if name == 'expressway' else 'a'} {name}"
                assert told.get(label) == (None if np.isnan(across) else f"{across:.2f} km²")
            low, high = row.reached_share_p05, row.reached_share_p95
            interval = f"{low * 100:.1f} % to {high * 100:.1f} %"
            assert told["90% interval of that share"] == interval


def test_the_formula_is_told_as_from_memory_and_for_comparison(page):
    (layer, _) = layers_of(page, "verdicts")
    zh, en = next(pair for pair in layer["fields"] if "(S/λ)²" in pair[0])
    code = tiny_results().rules["area_formula_factor"].evidence
    assert code.startswith("M")
    assert "to compare only" in en
    assert f"evidence {code}: from memory" in en
    assert f"依据 {code}：凭记忆" in zh


def test_the_county_is_reckoned_up_for_each_scenario(html):
    # tests/support: 9 km²; a first-class station of 7 km², in the plan one of 4 km² beside it
    today, plan = (panel_of(html, name) for name in ("baseline", "plan_2025"))
    assert "Urban area per station 9.00 km² 9.00 km² ÷ 1" in today
    assert "Least stations by area 2 at 7 km² each" in today
    assert "Caps of the stations, together 7.00 km² Town fire station 7" in today
    short = "2.00 km² first-class stations to add: 1, or second-class: 1"
    assert f"Area that no cap covers {short}" in today
    assert "Urban area per station 4.50 km² 9.00 km² ÷ 2" in plan
    assert "11.00 km² Town fire station 7 + Xiaoba fire station 4" in plan
    assert "Area that no cap covers 0.00 km²" in plan
    assert "to add" not in plan


def test_caps_that_do_not_add_up_are_not_listed(tmp_path):
    results = tiny_results()
    table = results.jurisdictions.copy()
    table["cap_km2"] = np.nan
    write_maps(dataclasses.replace(results, jurisdictions=table), tmp_path)
    today = panel_of((tmp_path / PAGE).read_text(encoding="utf-8"), "baseline")
    assert "Caps of the stations, together 7.00 km² Area that no cap covers" in today


def test_the_interval_of_the_share_stands_below_it(html):
    figures = tiny_results().scenarios[0].figures
    low, high = (figures[f"urban_reached_share_{end}"] * 100 for end in ("p05", "p95"))
    assert f"90% interval {low:.1f} % to {high:.1f} %" in panel_of(html, "baseline")


def test_what_was_measured_has_a_table_and_what_was_not_has_none(html, tmp_path):
    row = tiny_results().jurisdictions.iloc[0]
    cells = [f"{row[key]:.2f}" for key in ("detour_factor", "reach_km", "formula_km2")]
    assert f"Town fire station {' '.join(cells)}" in panel_of(html, "baseline")
    results = tiny_results()
    table = results.jurisdictions.copy()
    measured = ["detour_factor", "reach_km", "formula_km2", "area_sure"]
    table[[*measured, "reached_share_p05", "reached_share_p95"]] = np.nan
    write_maps(dataclasses.replace(results, jurisdictions=table), tmp_path)
    assert "Measured by road" not in (tmp_path / PAGE).read_text(encoding="utf-8")
    (layer, _) = layers_of(tmp_path / PAGE, "verdicts")
    told = popup(layer, layer["features"][0])
    assert not {"λ (way by road ÷ straight)", "Probability that it keeps its cap"} & set(told)


def test_area_that_nobody_reaches_has_no_factor(tmp_path):
    results = tiny_results()
    table = results.jurisdictions.copy()
    table.loc[table.index[0], ["station_id", "station_name"]] = ""
    lost = ["cap_km2", "detour_factor", "reach_km", "formula_km2", "farthest_s"]
    table.loc[table.index[0], lost] = np.nan
    write_maps(dataclasses.replace(results, jurisdictions=table), tmp_path)
    (layer, _) = layers_of(tmp_path / PAGE, "verdicts")
    feature = layer["features"][0]
    assert feature["name"][1] == "Built-up area no station reaches"
    assert not [name for name in popup(layer, feature) if "λ" in name]

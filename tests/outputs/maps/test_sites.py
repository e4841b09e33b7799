"""The page of candidate sites: criteria, how sure the ranks are, and what the models choose."""

from __future__ import annotations

import dataclasses
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from firecover.outputs.maps.pages import write_maps
from firecover.outputs.report.reader import Reader
from firecover.outputs.report.sites import Sites
from firecover.outputs.report.siting_argument import next_choice
from firecover.outputs.results_json import results_to_dict
from support.map_data import data_of, layers_of, plain, popup, unpack
from support.tiny_results import tiny_results
from support.tiny_siting import RANK_SHARE
from support.tiny_town import CRS

PAGE = "candidates.html"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    write_maps(tiny_results(), folder)
    return folder / PAGE


@pytest.fixture(scope="module")
def html(page):
    return page.read_text(encoding="utf-8")


def best():
    """The best answer to each question, in the order of the table."""
    table = tiny_results().solutions
    return table[table["order"] == 1].reset_index(drop=True)


def figures_of(html, variant):
    """Return the figures and sentences that one choice from the list shows, in English."""
    found = re.search(rf'<div data-variant="{variant}">(.*?)</div>', html, re.DOTALL)
    return plain(f"<aside>{found[1]}</aside>")


def test_the_list_has_the_best_answer_of_each_model_and_what_has_none(page, html):
    answers = best()
    assert set(answers["status"]) == {"optimal", "feasible", "infeasible"}
    data = data_of(page)
    assert data["variants"] == 1 + len(answers)
    assert data["variant_ids"] == ["ranks", *answers["id"]]
    options = re.findall(r'<option value="(\d+)" data-zh="([^"]+)" data-en="([^"]+)"', html)
    assert [int(number) for number, _, _ in options] == list(range(len(answers) + 1))
    for row, (_, _, english) in zip(answers.itertuples(), options[1:], strict=True):
        end = "infeasible" if row.status == "infeasible" else f"stations added: {row.stations}"
        assert english.endswith(end)
    assert len({english for _, _, english in options}) == len(options)


def test_an_answer_lifts_the_sites_that_it_chooses_and_fades_the_rest(page):
    (layer,) = layers_of(page, "candidates")
    looks = layer["styles"]
    ids = dict(zip(tiny_results().candidates["name"], tiny_results().candidates["id"], strict=True))
    for feature in layer["features"]:
        name = feature["name"][0] if isinstance(feature["name"], list) else feature["name"]
        for row, style in zip(best().itertuples(), feature["style"][1:], strict=True):
            chosen = ids[name] in row.chosen.split("、")
            if row.status == "infeasible":
                assert style == feature["style"][0]
            else:
                assert (looks[style]["symbol"] == "fc-chosen") == chosen
                assert ("opacity" in looks[style]) != chosen


def test_an_answer_tells_its_figures_with_units_and_proof(html):
    for variant, row in enumerate(best().itertuples(), start=1):
        told = figures_of(html, variant)
        if row.status == "infeasible":
            assert "Result infeasible" in told
            assert "no site reaches" in told  # why
            assert "Chosen:" not in told
            continue
        assert f"People then reached {row.population_reached:,.0f} people" in told
        assert f"fire stations) {row.built_up_reached_km2:.2f} km²" in told
        assert f"Villages then reached {row.villages_reached:g}" in told
        assert f"Cost {row.cost_10k_cny:,.0f} × 10,000 CNY" in told
        assert f"Area above the caps {row.excess_km2:.2f} km²" in told
        proof = "optimal (proven)" if row.status == "optimal" else "feasible (with its gap)"
        assert f"Result {proof}" in told
        assert ("from the bound" in told) == (row.gap > 0)
        objective = {
            "share": f"{row.objective * 100:.1f} %",
            "s": f"{row.objective / 60:.1f} min",
            "km2": f"{row.objective:.2f} km²",
            "stations": f"{row.objective:g}",
        }[row.unit]
        assert told.strip().startswith("Figures of the answer")
        assert f" {objective} " in told[: told.index("Result")]


def test_what_each_model_seeks_has_a_name_of_its_own(tmp_path):
    results = tiny_results()
    table = results.solutions.copy()
    table.loc[table["model"] == "backup", ["model", "unit"]] = ["full-force", "km2"]
    write_maps(dataclasses.replace(results, solutions=table), tmp_path)
    html = (tmp_path / PAGE).read_text(encoding="utf-8")
    answers = table[table["order"] == 1]["model"].to_list()
    told = [figures_of(html, i) for i in range(1, len(answers) + 1)]
    assert not [text for text in told if "Objective" in text]
    force = told[answers.index("full-force")]
    assert "Urban area where the full force comes in time" in force


def test_the_part_that_no_site_reaches_is_told(html):
    lost = float(tiny_results().ranking_figures["unreached_km2"])
    assert lost > 0
    assert f"Even with every site built, {lost:.2f} km² of the urban area" in figures_of(html, 0)
    assert f"Urban area that no site reaches in time {lost:.2f} km²" in figures_of(html, 1)


def test_what_to_build_next_is_said_as_in_the_report_with_the_names_of_the_map(html):
    told = results_to_dict(tiny_results())
    said = next_choice(Sites(Reader(told, "en"))).striptags()
    assert len(said) > 100
    assert "alert(1)> (c2)" in said
    assert said.replace("alert(1)> (c2)", "alert(1)>") in figures_of(html, 0)
    zh = next_choice(Sites(Reader(told, "zh"))).striptags()
    assert zh.replace("（c2）", "") in plain(html, "zh")


def test_lines_lead_from_each_station_to_what_it_is_given(page):
    results = tiny_results()
    layers = layers_of(page, "allocation")
    answers = list(best()["id"])
    given = [name for name in answers if name in set(results.allocation["solution"])]
    lines = [layer for layer in layers if layer["draw"] == "lines"]
    assert [answers[layer["variant"] - 1] for layer in lines] == given
    back = Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    for layer, ends in zip(lines, layers[1::2], strict=True):
        mine = results.allocation[results.allocation["solution"] == answers[layer["variant"] - 1]]
        assert ends["variant"] == layer["variant"]
        for row, line, end in zip(
            mine.itertuples(), layer["features"], ends["features"], strict=True
        ):
            points = unpack(line["form"][0])
            drawn = shapely.linestrings(*back.transform(points[:, 1], points[:, 0]))
            assert drawn.hausdorff_distance(row.geometry) < 1.5
            assert popup(ends, end)["Area"] == f"{row.built_up_km2:.2f} km²"
            assert popup(ends, end)["Mean arrival"] == f"{row.minutes:.1f} min"
            assert popup(ends, end)["Cells"] == f"{row.cells}"
            assert list(end["form"]) == [round(float(x * 1e5)) for x in points[-1]]


def test_a_popup_has_every_criterion_with_its_unit_and_how_sure_the_rank_is(page):
    (layer,) = layers_of(page, "candidates")
    table = tiny_results().candidates.set_index("name")
    for feature in layer["features"]:
        name = feature["name"][0] if isinstance(feature["name"], list) else feature["name"]
        row, told = table.loc[name], popup(layer, feature)
        assert told["People gained"] == f"{row['population_gain']:,.0f} people"
        assert told["Built-up area gained (fire stations)"] == f"{row['built_up_gain_km2']:.2f} km²"
        assert told["Area above caps taken away"] == f"{row['area_gain_km2']:.2f} km²"
        assert told["Farthest urban place once it stands"] == f"{row['worst_s'] / 60:.1f} min"
        assert told["Cost"] == f"{row['cost_10k_cny']:,.0f} × 10,000 CNY"
        assert told["90% interval of its rank"] == "1 to 2"
        assert told["Probability of rank 1"] == f"{row['p_first'] * 100:.1f} %"
        assert told["Score"].startswith(f"{row['score']:.3f} ")
        assert ("Suitability" in told) == (not np.isnan(row["suitability"]))
        assert feature["bars"] == [
            [str(rank), p] for rank, p in enumerate(RANK_SHARE[row["id"]], start=1) if p
        ]


def test_a_dominated_site_names_the_one_that_is_nowhere_worse(tmp_path):
    results = tiny_results()
    table = results.candidates.copy()
    table.loc[table["id"] == "c2", "dominated_by"] = "c1"
    write_maps(dataclasses.replace(results, candidates=table), tmp_path)
    (layer,) = layers_of(tmp_path / PAGE, "candidates")
    told = [popup(layer, f).get("Nowhere better than") for f in layer["features"]]
    names = dict(zip(table["id"], table["name_en"], strict=True))
    assert sorted(told, key=str) == sorted([names["c1"], None], key=str)


def test_places_ruled_out_tell_all_their_reasons_and_are_off_at_first(page, html):
    table = tiny_results().excluded_sites
    (layer,) = layers_of(page, "excluded")
    assert len(layer["features"]) == len(table)
    told = [popup(layer, feature)["Reasons"] for feature in layer["features"]]
    assert told == [
        "ground too steep; on ground shut to building",
        "too near an exit of a crowded place; too near a station",
        "too near a better site",
    ]
    # what another choice would have allowed is drawn otherwise
    assert [layer["styles"][f["style"]]["symbol"] for f in layer["features"]] == [
        "fc-out",
        "fc-out",
        "fc-out-other",
    ]
    assert '<input type="checkbox" data-layer="excluded">' in html


def test_long_names_are_short_in_the_table_and_full_in_the_title(tmp_path):
    results = tiny_results()
    table = results.candidates.copy()
    table.loc[table.index[0], ["name", "name_en"]] = ["候选点 g007（桃花源大道（模拟））", ""]
    write_maps(dataclasses.replace(results, candidates=table), tmp_path)
    html = (tmp_path / PAGE).read_text(encoding="utf-8")
    row = re.search(r"<tr data-feature=[^>]*g007[^>]*>.*?</tr>", html, re.DOTALL)[0]
    assert 'data-label-zh="候选点 g007（桃花源大道（模拟））"' in row
    assert '<td class="fc-text">候选点 g007</td>' in row
    (layer,) = layers_of(tmp_path / PAGE, "candidates")
    feature = next(f for f in layer["features"] if "g007" in f["name"])
    assert feature["name"] == "候选点 g007（桃花源大道（模拟））"
    assert feature["label"] == "候选点 g007"


def test_a_study_that_asked_no_model_has_ranks_only(tmp_path):
    results = tiny_results()
    bare = dataclasses.replace(
        results,
        solutions=gpd.GeoDataFrame(),
        allocation=gpd.GeoDataFrame(),
        excluded_sites=gpd.GeoDataFrame(),
        rank_acceptability=pd.DataFrame(),
        ranking_figures={},
    )
    write_maps(bare, tmp_path)
    html = (tmp_path / PAGE).read_text(encoding="utf-8")
    assert "fc-variant" not in html[html.index("<aside") : html.index("</aside>")]
    assert 'data-legend="excluded"' not in html
    assert 'data-legend="allocation"' not in html
    (layer,) = layers_of(tmp_path / PAGE, "candidates")
    assert all("bars" not in feature for feature in layer["features"])

"""The entry page: its tiles against results.json, the verdicts against the report's rules."""

from __future__ import annotations

import dataclasses
import html
import re

import pandas as pd
import pytest

from firecover.outputs.maps.index import index_page
from firecover.outputs.maps.layers import share_out
from firecover.outputs.maps.pages import write_maps
from firecover.outputs.results_json import results_to_dict
from support.tiny_results import tiny_results

MARKUP = "<img src=x onerror=alert(1)>"
SIGNS = {"meets": "✓", "fails": "✗", "cannot_say": "?", "": ""}
FILES = [
    f"{name}.html"
    for name in ("response", "jurisdictions", "townships", "villages", "hydrants", "candidates")
]


@pytest.fixture(scope="module")
def results():
    return tiny_results()


@pytest.fixture(scope="module")
def told(results):
    scenarios = results_to_dict(results)["scenarios"]
    return [scenarios[name]["figures"] for name in ("baseline", "plan_2025")]


@pytest.fixture(scope="module")
def page(results):
    return index_page(share_out(results), FILES)


def tile(page, start):
    (found,) = [tile for tile in page.tiles if tile.name[0].startswith(start)]
    return found


def changed(results, scenario, **figures):
    """Give results with other headline figures in one scenario."""
    scenarios = [
        dataclasses.replace(each, figures={**each.figures, **figures})
        if each.id == scenario
        else each
        for each in results.scenarios
    ]
    return dataclasses.replace(results, scenarios=tuple(scenarios))


@pytest.mark.parametrize(
    ("start", "keys", "shown_as"),
    [
        ("城市建成区 5", "urban_reached_share urban_reached_km2 urban_km2", "2 平方公里"),
        (
            "5 分钟内可达人口",
            "population_share_5min population_reached_5min population_total",
            "0 人",
        ),
        ("20 分钟", "villages_reached_share villages_reached villages", "0 个"),
    ],
)
def test_a_tile_tells_a_share_through_the_scenarios(page, told, start, keys, shown_as):
    (share, top, whole), (decimals, unit) = keys.split(), shown_as.split()
    found = tile(page, start)
    values = [f"{figures[share] * 100:.1f} %" for figures in told]
    shown = [step.value for step in found.steps]
    assert shown == (values if len(set(values)) > 1 else values[:1])
    assert found.same == (len(shown) == 1)
    tops = list(dict.fromkeys(f"{figures[top]:,.{decimals}f}" for figures in told))
    assert found.detail[0] == f"{' → '.join(tops)} / {told[0][whole]:,.{decimals}f} {unit}"


def test_the_verdicts_are_those_of_the_rules(page, told):
    meets_area = [figures["stations_failing_area"] == 0 for figures in told]
    found = tile(page, "辖区面积")
    assert [step.verdict == "meets" for step in found.steps] == meets_area
    assert [step.value for step in found.steps] == [
        f"{f['stations_meeting_area']} / {f['stations_meeting_area'] + f['stations_failing_area']}"
        for f in told
    ]
    urban = tile(page, "城市建成区 5")
    whole = [figures["urban_reached_km2"] == figures["urban_km2"] for figures in told]
    assert [step.verdict == "meets" for step in urban.steps] == whole
    for each in page.tiles:
        for step in each.steps:
            assert (
                step.sign == {"meets": "✓", "fails": "✗", "cannot_say": "?", "": ""}[step.verdict]
            )


def test_what_is_not_known_has_no_tile_and_a_lacking_figure_no_parts(results, page):
    assert tile(page, "完好的消火栓")
    without = results
    for scenario in ("baseline", "plan_2025"):
        without = changed(without, scenario, hydrants_working_share=None)
    names = [each.name[0] for each in index_page(share_out(without), FILES).tiles]
    assert not [name for name in names if name.startswith("完好的消火栓")]
    once = changed(results, "plan_2025", population_share_5min=None, population_reached_5min=None)
    found = tile(index_page(share_out(once), FILES), "5 分钟内可达人口")
    assert found.steps[1].value == ("无法得出", "cannot be said")
    assert found.detail == ""


def test_caps_that_cover_the_town_fall_short_of_nothing(results):
    short = changed(results, "baseline", area_shortfall_km2=1.5)
    for scenario, km2, told in (
        ("plan_2025", 0.0, "their caps fall 1.50 → 0.00 km² short of the town"),
        ("baseline", 0.0, ""),
    ):
        short = changed(short, scenario, area_shortfall_km2=km2)
        found = tile(index_page(share_out(short), FILES), "辖区面积")
        assert (found.detail[1] if found.detail else "") == told


def test_of_many_scenarios_the_first_and_the_last_are_compared(results):
    first, plan = results.scenarios
    frames = {}
    many = [first, *(dataclasses.replace(plan, id=f"plan_{i}") for i in range(3))]
    for name in ("stations", "villages", "townships", "jurisdictions", "built_up", "isochrones"):
        table = getattr(results, name)
        rows = [table[table.scenario == "baseline"]]
        rows += [
            table[table.scenario == "plan_2025"].assign(scenario=f"plan_{i}") for i in range(3)
        ]
        frames[name] = type(table)(pd.concat(rows, ignore_index=True), crs=table.crs)
    page = index_page(
        share_out(dataclasses.replace(results, scenarios=tuple(many), **frames)), FILES
    )
    assert page.abreast == [0, 3]
    assert len(tile(page, "城市建成区 5").steps) == 2
    # In snow a figure does not tell what the stations do.
    many[3] = dataclasses.replace(many[3], condition="snow", speed_factor=0.6)
    snowy = dataclasses.replace(results, scenarios=tuple(many), **frames)
    assert index_page(share_out(snowy), FILES).abreast == [0, 1, 2]
    all_snow = tuple(
        each if each is first else dataclasses.replace(each, condition="snow") for each in many
    )
    only = dataclasses.replace(results, scenarios=all_snow, **frames)
    assert index_page(share_out(only), FILES).abreast == [0, 3]


def test_a_tile_leads_to_a_page_that_is_there(results):
    page = index_page(share_out(results), ["response.html"])
    assert {each.file for each in page.tiles} == {"response.html"}


def test_the_outline_fits_its_box_and_shows_every_placed_station(results, page):
    numbers = [float(each) for each in re.findall(r"-?\d+\.?\d*", page.outline.path)]
    assert min(numbers) == 0
    assert max(numbers) == pytest.approx(max(page.outline.width, page.outline.height), abs=0.1)
    plan = results.stations[results.stations.scenario == "plan_2025"]
    assert len(page.outline.stations) == len(plan)
    assert [sign for *_, sign in page.outline.stations].count("new") == plan.candidate.sum()


def test_every_map_has_its_sign_on_the_entry_page(tmp_path, results):
    files = write_maps(results, tmp_path)
    text = files[0].read_text(encoding="utf-8")
    symbols = set(re.findall(r'<symbol id="fc-icon-([a-z_]+)"', text))
    assert {file.stem for file in files[1:]} <= symbols


# -------------------------------------------------------------- approval and handling


def with_words(results, **study):
    table = results.study.study.model_copy(update=study)
    return dataclasses.replace(results, study=results.study.model_copy(update={"study": table}))


def banner(file):
    text = file.read_text(encoding="utf-8")
    return re.search(r'id="fc-banner".*?</div>', text, re.DOTALL)[0]


@pytest.mark.parametrize("given", ["审图号：渝S（2025）001号", "渝S（2025）001号"])
def test_the_approval_stands_in_every_banner_once(tmp_path, results, given):
    for file in write_maps(with_words(results, map_approval=given), tmp_path):
        text = html.unescape(re.sub(r"<[^>]+>", "", banner(file)))
        assert text.count("审图号") == 1
        assert "审图号：Map approval: 渝S（2025）001号" in text


def test_without_an_approval_none_is_told(tmp_path, results):
    for file in write_maps(results, tmp_path):
        assert "审图号" not in banner(file)


def test_who_must_be_named_stands_below_the_sources_of_every_page(tmp_path, results):
    odd = [
        dataclasses.replace(
            layer, provenance=dataclasses.replace(layer.provenance, attribution="某测绘院")
        )
        for layer in results.layers
    ]
    for file in write_maps(dataclasses.replace(results, layers=tuple(odd)), tmp_path):
        text = file.read_text(encoding="utf-8")
        (credits_told,) = re.findall(r'id="fc-credits">(.*?)</p>', text, re.DOTALL)
        assert credits_told.count("某测绘院") == 2  # once in each language


def test_words_of_the_study_are_never_markup(tmp_path, results):
    title = type(results.study.study.title)
    layers = [
        dataclasses.replace(
            layer,
            provenance=dataclasses.replace(
                layer.provenance, source=MARKUP, licence=MARKUP, attribution=MARKUP
            ),
        )
        for layer in results.layers
    ]
    odd = with_words(
        results,
        handling=title(zh=MARKUP, en=MARKUP),
        map_approval=MARKUP,
        title=title(zh=MARKUP, en=MARKUP),
    )
    for file in write_maps(dataclasses.replace(odd, layers=tuple(layers)), tmp_path):
        text = file.read_text(encoding="utf-8")
        assert MARKUP not in text
        assert "<img src=x" not in text
        assert banner(file).count(html.escape(MARKUP)) == 3

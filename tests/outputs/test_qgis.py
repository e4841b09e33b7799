"""The QGIS project: as XML, and, where QGIS is installed, as QGIS reads it."""

import json
import os
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from firecover.errors import OutputError
from firecover.outputs.geopackage import write_geopackage
from firecover.outputs.qgis import project_xml, write_qgis_project
from firecover.outputs.qgis_items import Sheet, scale_step_km
from firecover.outputs.qgis_layers import layer_id
from firecover.outputs.qgis_layout import arranged, map_extent, round_scale
from firecover.outputs.rasters import surface_name, write_relief, write_surface
from firecover.outputs.results_json import results_to_dict
from firecover.results import Relief
from support.readme_walk import at, steps
from support.tiny_results import SCENARIOS, tiny_results

QGIS_PYTHON = "/usr/bin/python3"
OPEN_IN_QGIS = Path(__file__).parents[1] / "support" / "open_in_qgis.py"
#: Layers of a scenario's group: the renderer, and the features that the tiny results have.
EXPECTED = {
    "stations": ("categorizedSymbol", (3, 4)),
    "villages": ("RuleRenderer", (4, 4)),
    "station_outages": ("RuleRenderer", (3, 4)),
    "critical_roads": ("RuleRenderer", (2, 2)),
    "townships": ("singleSymbol", (3, 3)),
    "jurisdictions": ("categorizedSymbol", (1, 2)),
    "built_up": ("categorizedSymbol", (2, 2)),
    "isochrones": ("graduatedSymbol", (3, 3)),
    "reach_edges": ("graduatedSymbol", (15, 13)),
    "demand": ("graduatedSymbol", (260, 260)),
}
COMMON = {
    "candidates": ("RuleRenderer", 2),
    "solutions": ("RuleRenderer", 13),
    "excluded_sites": ("categorizedSymbol", 3),
    "hydrant_proposals": ("singleSymbol", 22),
    "hydrants": ("categorizedSymbol", 6),
    "hydrant_gaps": ("categorizedSymbol", 4),
    "boundary": ("singleSymbol", 1),
    "roads": ("RuleRenderer", 4),
    "water": ("singleSymbol", 1),
}
#: Tables without geometry, and their rows.
TABLES = {
    "township_bands": 108,
    "county_bands": 36,
    "village_targets": 6,
    "plan_findings": 3,
    "rank_acceptability": 4,
    "siting_steps": 2,
    "pareto": 4,
    "forcing": 1,
    "phasing": 4,
}
#: Solutions that give cells to stations: a layer each, two lines in each.
ALLOCATED = {
    "area-cap-first-reachable-1": "首达归属，仅计可达城区",
    "area-cap-first-most-1": "首达归属，给定站数覆盖最多",
    "area-cap-free-reachable-1": "自由分配，仅计可达城区",
    "area-cap-free-most-1": "自由分配，给定站数覆盖最多",
}


def steps_of_s1():
    """The walk in data/README.md, of the first jurisdiction's station."""
    return [step.of_station("s1") for step in steps()]


#: Columns of free text and of ids that a study gives.
FREE_TEXT = frozenset(
    {"id", "station_id", "solution", "chosen", "built_up_id", "code", "township", "name_en",
     "en", "dominated_by", "reasons", "rule", "recomputed"}
)  # fmt: skip
#: The themes of a scenario, and the titles of their sheets.
SUBJECTS = {
    "覆盖": "消防站响应时间图",
    "辖区": "消防站辖区图",
    "薄弱环节": "消防救援薄弱环节图",
    "消防供水": "消防供水图",
}
SHEETS = [f"{title}：{when}" for when in ("现状", "规划2025") for title in SUBJECTS.values()]
BOOKS = ["乡镇图册：现状", "乡镇图册：规划2025"]
APPROVAL = "审图号：渝S（2025）001号"


def whole_results():
    """The tiny results with level ground below them, and an approval."""
    results = tiny_results()
    ground = np.full((60, 60), 640.0, dtype=np.float32)
    relief = Relief(ground, (200.0, 0.0, 569_000.0, 0.0, -200.0, 3_199_000.0), "EPSG:4545")
    study = results.study.study.model_copy(update={"map_approval": APPROVAL})
    return replace(results, relief=relief, study=results.study.model_copy(update={"study": study}))


def write_all(folder: Path) -> Path:
    results = whole_results()
    write_geopackage(results, folder / "coverage.gpkg")
    write_relief(results, folder)
    for scenario in results.scenarios:
        path = folder / surface_name(scenario.id)
        write_surface(scenario.surface, path, title=scenario.title_zh)
    return write_qgis_project(results, folder)


@pytest.fixture(scope="module")
def root():
    return ET.fromstring(project_xml(tiny_results()))


def test_tree_and_layers_name_the_same_ids(root):
    in_tree = [layer.get("id") for layer in root.find("layer-tree-group").iter("layer-tree-layer")]
    described = [layer.findtext("id") for layer in root.iter("maplayer")]
    assert sorted(in_tree) == sorted(described)
    assert max(Counter(described).values()) == 1
    assert all(len(identity) > 10 for identity in described)


def test_paths_are_relative_and_filtered_by_scenario(root):
    sources = {m.findtext("id"): m.findtext("datasource") for m in root.iter("maplayer")}
    assert all(source.startswith("./") for source in sources.values())
    assert sources["firecover_isochrones_plan_2025"] == (
        "./coverage.gpkg|layername=isochrones|subset=\"scenario\" = 'plan_2025'"
    )
    assert sources["firecover_roads"] == "./coverage.gpkg|layername=roads"
    assert sources["firecover_response_time_baseline"] == "./response_time_baseline.tif"


def test_demand_shows_the_times_of_its_scenario(root):
    attributes = {
        m.findtext("id"): m.find("renderer-v2").get("attr")
        for m in root.iter("maplayer")
        if "demand" in m.findtext("id")
    }
    assert attributes == {
        "firecover_demand_baseline": "first_min_baseline",
        "firecover_demand_plan_2025": "first_min_plan_2025",
    }


def test_groups_are_chinese_and_only_the_first_scenario_is_ticked(root):
    groups = root.find("layer-tree-group").findall("layer-tree-group")
    assert [(group.get("name"), group.get("checked")) for group in groups] == [
        ("选址", "Qt::Checked"),
        ("消火栓", "Qt::Checked"),
        ("情景：现状", "Qt::Checked"),
        ("情景：规划2025", "Qt::Unchecked"),
        ("底图", "Qt::Checked"),
        ("表格", "Qt::Checked"),
    ]


def test_tables_stand_in_a_group_of_their_own(root):
    groups = root.find("layer-tree-group").findall("layer-tree-group")
    tables = [layer.get("id") for layer in groups[-1].iter("layer-tree-layer")]
    assert tables == [layer_id(name) for name in TABLES]
    described = {m.findtext("id"): m for m in root.iter("maplayer")}
    for identity in tables:
        assert described[identity].get("geometry") == "No geometry"
        assert described[identity].find("renderer-v2") is None
        assert "subset" not in described[identity].findtext("datasource")


def test_themes_name_layers_and_groups_that_are_there(root):
    tree = root.find("layer-tree-group")
    layers = {layer.get("id") for layer in tree.iter("layer-tree-layer")}
    groups = {group.get("name") for group in tree.findall("layer-tree-group")}
    themes = {theme.get("name"): theme for theme in root.iter("visibility-preset")}
    assert list(themes) == [
        f"{what}：{scenario}" for scenario in ("现状", "规划2025") for what in SUBJECTS
    ] + ["选址", "位置图"]
    for theme in themes.values():
        assert {layer.get("id") for layer in theme.iter("layer")} <= layers
        assert {group.get("id") for group in theme.iter("checked-group-node")} <= groups
    weak = [layer.get("id") for layer in themes["薄弱环节：规划2025"].iter("layer")]
    assert layer_id("critical_roads", "plan_2025") in weak
    assert layer_id("station_outages", "plan_2025") in weak
    assert not any("baseline" in identity for identity in weak)


def test_sites_stand_in_a_group_and_a_theme_of_their_own(root):
    group = root.find("layer-tree-group").find("layer-tree-group[@name='选址']")
    found = {layer.get("id"): layer.get("checked") for layer in group}
    assert list(found) == [
        layer_id("candidates"),
        layer_id("solutions"),
        *(layer_id("allocation", solution) for solution in ALLOCATED),
        layer_id("excluded_sites"),
    ]
    ticked = [identity for identity, checked in found.items() if checked == "Qt::Checked"]
    assert ticked == [layer_id("candidates")]
    described = {m.findtext("id"): m for m in root.iter("maplayer")}
    for solution, words in ALLOCATED.items():
        layer = described[layer_id("allocation", solution)]
        assert layer.findtext("layername") == f"分配关系（{words}）"
        assert layer.findtext("datasource").endswith(f"|subset=\"solution\" = '{solution}'")
    theme = root.find("visibility-presets/visibility-preset[@name='选址']")
    shown = [layer.get("id") for layer in theme.iter("layer")]
    assert shown[:2] == [layer_id("candidates"), layer_id("solutions")]
    # One allocation only: several above each other cannot be told apart.
    shown_allocations = [each for each in shown if each.startswith(layer_id("allocation"))]
    assert shown_allocations == [layer_id("allocation", "area-cap-first-reachable-1")]
    assert layer_id("stations", "baseline") in shown


def test_an_allocation_is_called_by_what_is_known_of_its_solution():
    results = tiny_results()
    table = results.solutions.copy()
    renamed = table["id"] == "area-cap-first-most-1"
    table.loc[renamed, ["id", "variant", "order"]] = ("area-cap-first-2", "", 2)
    table = table[table["id"] != "area-cap-free-reachable-1"]
    lines = results.allocation.replace({"area-cap-first-most-1": "area-cap-first-2"})
    root = ET.fromstring(project_xml(replace(results, solutions=table, allocation=lines)))
    names = {m.findtext("id"): m.findtext("layername") for m in root.iter("maplayer")}
    assert names[layer_id("allocation", "area-cap-first-2")] == "分配关系（首达归属，方案2）"
    unknown = "area-cap-free-reachable-1"
    assert names[layer_id("allocation", unknown)] == f"分配关系（{unknown}）"


def test_without_sites_there_is_no_theme_of_them():
    results = tiny_results()
    none = replace(
        results,
        candidates=results.candidates.iloc[:0],
        allocation=results.allocation.iloc[:0],
        solutions=results.solutions.iloc[:0],
    )
    root = ET.fromstring(project_xml(none))
    assert root.find("visibility-presets/visibility-preset[@name='选址']") is None
    assert layer_id("allocation") in {m.findtext("id") for m in root.iter("maplayer")}


def test_roads_are_told_of_the_scenarios_that_they_were_asked_for():
    results = tiny_results()
    roads = results.critical_roads
    some = replace(results, critical_roads=roads[roads["scenario"] == "baseline"])
    root = ET.fromstring(project_xml(some))
    told = {m.findtext("id") for m in root.iter("maplayer")}
    assert layer_id("critical_roads", "baseline") in told
    assert layer_id("critical_roads", "plan_2025") not in told
    assert layer_id("station_outages", "plan_2025") in told


def test_what_was_not_asked_is_left_out():
    results = tiny_results()
    layers = ("hydrant_proposals", "station_outages", "critical_roads")
    names = (*layers, "excluded_sites", "solutions", "allocation", *TABLES)
    bare = replace(results, **{name: type(getattr(results, name))() for name in names})
    root = ET.fromstring(project_xml(bare))
    sources = " ".join(m.findtext("datasource") for m in root.iter("maplayer"))
    assert not any(name in sources for name in names)
    groups = root.find("layer-tree-group").findall("layer-tree-group")
    assert "表格" not in [group.get("name") for group in groups]
    layers = {layer.get("id") for layer in root.iter("layer-tree-layer")}
    shown = {layer.get("id") for layer in root.findall("visibility-presets/*/layer")}
    assert layer_id("stations", "baseline") in shown
    assert shown <= layers


def test_there_is_a_sheet_for_each_theme_and_a_book_for_each_scenario(root):
    layouts = {layout.get("name"): layout for layout in root.findall("Layouts/Layout")}
    assert list(layouts) == [*SHEETS, "消防站选址图", *BOOKS]
    themes = {theme.get("name") for theme in root.iter("visibility-preset")}
    for name, layout in layouts.items():
        items = {item.get("id"): item for item in layout.iter("LayoutItem")}
        assert {"page", "map", "legend", "scale", "north", "title", "footer", "scale text"} <= set(
            items
        )
        assert items["page"].get("size") == "420,297,mm"
        assert items["map"].get("followPresetName") in themes
        assert items["legend"].get("map_uuid") == items["map"].get("uuid")
        footer = items["footer"].get("labelText")
        assert "含模拟数据，不可当作实测：市政消火栓、村寨、人口分布" in footer
        assert "© OpenStreetMap 贡献者（ODbL）" in footer
        assert "内部资料，注意保管" in items["subtitle"].get("labelText")
        told = [layer.get("id") for layer in items["legend"].iter("layer-tree-layer")]
        other = "plan_2025" if "现状" in name else "baseline"
        assert not any(other in identity for identity in told) or name == "消防站选址图"
    uuids = [item.get("uuid") for item in root.iter("LayoutItem")]
    assert len(set(uuids)) == len(uuids)


def sheet(extent, detail=None, legend_mm=100.0):
    layer = SimpleNamespace(id="layer", name="", source="", provider="", legend_mm=legend_mm)
    return Sheet("", "", "", "", "", "", "", extent, (layer,), detail)


@pytest.mark.parametrize(
    "asked",
    [
        sheet((0, 0, 100, 120)),
        sheet((0, 0, 100, 120), (0, 0, 5, 13)),
        sheet((0, 0, 100, 120), (0, 0, 5, 13), 400.0),
        sheet((0, 0, 100, 120), (0, 0, 13, 5)),
        sheet((0, 0, 300, 100)),
        sheet((0, 0, 300, 100), (0, 0, 5, 5)),
    ],
)
def test_nothing_on_a_sheet_overlaps_or_leaves_it(asked):
    boxes = arranged(asked)
    used = [box for box in (boxes.map, boxes.detail, boxes.legend) if box[2] and box[3]]
    assert len(used) == (3 if asked.detail else 2)
    for left, top, width, height in used:
        assert left >= 10
        assert left + width <= 410
        assert top >= 26
        assert top + height <= 271
    for (ax, ay, aw, ah), (bx, by, bw, bh) in combinations(used, 2):
        assert ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay


def test_a_long_legend_makes_room_beside_a_high_detail():
    high = (0, 0, 5, 13)
    upright = arranged(sheet((0, 0, 100, 120), high))
    stacked = arranged(sheet((0, 0, 100, 120), high, 400.0))
    assert upright.detail[3] == upright.map[3]
    assert stacked.legend[2] > upright.legend[2]
    # A wide study area has its map across the sheet.
    assert arranged(sheet((0, 0, 300, 100))).map[2] == 400


@pytest.mark.parametrize(
    ("needed", "given"), [(515_429, 550_000), (100_000, 100_000), (11, 12), (96_000, 100_000)]
)
def test_sheets_have_round_scales(needed, given):
    assert round_scale(needed) == pytest.approx(given)


def test_the_map_fills_its_frame_without_distortion():
    left, bottom, right, top = map_extent((0, 0, 1000, 1000), (0, 0, 400, 200))
    assert (left, bottom, right, top) == (-500, 0, 1500, 1000)
    left, bottom, right, top = map_extent((0, 0, 4000, 1000), (0, 0, 400, 200))
    assert (left, bottom, right, top) == (0, -500, 4000, 1500)


@pytest.mark.parametrize(
    ("width_m", "step_km"),
    [(10_000, 1), (16_800, 1), (20_000, 2), (100_000, 10), (70_000, 5), (900, 0.05)],
)
def test_scale_bar_takes_round_steps(width_m, step_km):
    assert scale_step_km(width_m) == pytest.approx(step_km)


def test_same_results_same_bytes(tmp_path):
    first = write_qgis_project(tiny_results(), tmp_path).read_bytes()
    second = write_qgis_project(replace(tiny_results()), tmp_path).read_bytes()
    assert first == second
    with zipfile.ZipFile(tmp_path / "coverage.qgz") as archive:
        assert archive.namelist() == ["coverage.qgs"]
        assert archive.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)


def test_a_file_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(OutputError, match=r"coverage\.qgz cannot be written"):
        write_qgis_project(tiny_results(), tmp_path / "nowhere")


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What QGIS makes of the project after its folder was moved."""
    probe = [QGIS_PYTHON, "-c", "import qgis.core"]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    environment.pop("PYTHONPATH", None)
    if (
        not Path(QGIS_PYTHON).exists()
        or subprocess.run(probe, check=False, capture_output=True, env=environment).returncode
    ):
        pytest.skip("QGIS for Python (python3-qgis) is not installed")
    written, moved = (
        tmp_path_factory.mktemp("written"),
        tmp_path_factory.mktemp("moved") / "新 位置",
    )
    write_all(written)
    shutil.move(written, moved)
    pictures = tmp_path_factory.mktemp("pictures")
    walk = [(it.layer, it.where, it.expression) for it in steps_of_s1()]
    command = [QGIS_PYTHON, OPEN_IN_QGIS, moved / "coverage.qgz", pictures, json.dumps(walk)]
    home = {"HOME": str(tmp_path_factory.mktemp("home"))}
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env=environment | home, timeout=300
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("QGIS says:")]
    assert lines, done.stderr
    told = json.loads(lines[0].removeprefix("QGIS says:"))
    # GDAL tells its warnings on the error stream, past the log of QGIS.
    warnings = re.findall(r"^(?:Warning|ERROR) \d+.*", done.stderr, re.MULTILINE)
    return told | {"pictures": pictures, "gdal": warnings}


@pytest.mark.qgis
def test_qgis_reads_the_project_without_a_warning(seen):
    assert seen["read"]
    assert seen["log"] == []
    assert seen["gdal"] == []
    assert seen["title"] == "试验县"
    assert seen["crs"] == "EPSG:4545"
    # The area of 10 km with 3 % around it.
    assert seen["extent"].replace(".0000000000000000", "") == ("569700,3187700 : 580300,3198300")


@pytest.mark.qgis
def test_qgis_finds_every_layer_as_designed(seen):
    layers = seen["layers"]
    # The response times of each scenario, and the hill-shade.
    rasters = 2 + 1
    assert len(layers) == (2 * len(EXPECTED) + rasters + len(COMMON) + len(ALLOCATED) + len(TABLES))
    assert all(layer["valid"] for layer in layers.values())
    assert {layer["crs"] for layer in layers.values() if layer.get("spatial", True)} == {
        "EPSG:4545"
    }
    for name, (renderer, counts) in EXPECTED.items():
        for scenario, count in zip(SCENARIOS, counts, strict=True):
            layer = layers[layer_id(name, scenario)]
            assert (layer["renderer"], layer["features"]) == (renderer, count), name
    for name, (renderer, count) in COMMON.items():
        layer = layers[layer_id(name)]
        assert (layer["renderer"], layer["features"]) == (renderer, count), name
    for scenario in SCENARIOS:
        assert layers[layer_id("response_time", scenario)]["renderer"] == ("singlebandpseudocolor")
    for solution in ALLOCATED:
        layer = layers[layer_id("allocation", solution)]
        assert (layer["renderer"], layer["features"]) == ("categorizedSymbol", 2)
        assert layer["legend"] == ["小坝消防站", "城区消防救援站"]
    for name, count in TABLES.items():
        layer = layers[layer_id(name)]
        assert (layer["spatial"], layer["features"]) == (False, count)


@pytest.mark.qgis
def test_qgis_keeps_every_layer_in_the_tree(seen):
    nodes = [node for group in seen["tree"].values() for node in group]
    assert len(nodes) == len(seen["layers"])
    assert all(found for _, found, _ in nodes)
    visible = {identity for identity, _, shown in nodes if shown}
    assert layer_id("isochrones", "baseline") in visible
    assert layer_id("isochrones", "plan_2025") not in visible
    assert layer_id("demand", "baseline") not in visible


@pytest.mark.qgis
def test_qgis_shows_what_a_theme_holds(seen):
    background = {
        "firecover_boundary",
        "firecover_roads",
        "firecover_water",
        "firecover_relief",
    }
    layers = ("stations", "station_outages", "critical_roads", "villages", "townships")
    assert set(seen["themes"]["薄弱环节：规划2025"]) == background | {
        layer_id(name, "plan_2025") for name in layers
    }
    assert set(seen["themes"]["消防供水：现状"]) == background | {
        *map(layer_id, ("hydrant_proposals", "hydrants", "hydrant_gaps")),
        *(layer_id(name, "baseline") for name in ("villages", "townships", "built_up")),
    }
    assert set(seen["themes"]["选址"]) == background | {
        *map(layer_id, ("candidates", "solutions", "excluded_sites")),
        layer_id("allocation", "area-cap-first-reachable-1"),
        *(layer_id(name, "baseline") for name in ("stations", "built_up")),
    }
    assert set(seen["themes"]["位置图"]) == {
        layer_id("townships", "baseline"), "firecover_boundary", "firecover_relief"
    }  # fmt: skip
    assert len(seen["themes"]) == 10


@pytest.mark.qgis
def test_qgis_shows_chinese_names_and_labels(seen):
    stations = seen["layers"][layer_id("stations", "baseline")]
    assert stations["name"] == "消防站"
    assert stations["aliases"]["jurisdiction_km2"] == "辖区面积（平方公里）"
    assert stations["widgets"]["area_verdict"] == "ValueMap"
    assert (stations["aliases"]["vehicle"], stations["widgets"]["vehicle"]) == (
        "出动车型",
        "ValueMap",
    )
    roads = seen["layers"]["firecover_roads"]
    assert (roads["aliases"]["slow_reason"], roads["widgets"]["slow_reason"]) == (
        "车速制约因素",
        "ValueMap",
    )
    assert stations["legend"] == ["消防救援站", "乡镇专职消防队"]
    outages = seen["layers"][layer_id("station_outages", "baseline")]
    assert outages["name"] == "停用影响"
    assert outages["legend"] == [
        "超过10,000人",
        "1,000至10,000人",
        "100至1,000人",
        "不超过100人",
    ]
    labelled = {name for name, layer in seen["layers"].items() if layer.get("labels")}
    assert labelled == {
        "firecover_candidates",
        "firecover_roads",
        "firecover_water",
        *(
            layer_id(name, scenario)
            for name in ("stations", "townships", "villages", "critical_roads", "jurisdictions")
            for scenario in SCENARIOS
        ),
    }
    assert seen["layers"][layer_id("isochrones", "baseline")]["opacity"] == 0.65
    assert "含模拟数据" in seen["layers"]["firecover_hydrants"]["abstract"]


@pytest.mark.qgis
def test_qgis_shows_values_as_words_and_rounded(seen):
    bands = seen["layers"]["firecover_township_bands"]["first"]
    assert bands["by"] == "首达力量"
    # Seven of nine square kilometres of the town are reached within five minutes.
    assert bands["built_up_share"] == "0.7778"
    assert bands["population"] == "48,000"
    road = seen["layers"][layer_id("critical_roads", "baseline")]["first"]
    assert (road["road_class"], road["length_m"], road["villages"]) == (
        "国道",
        "10,000.0",
        "城南村",
    )
    alone = seen["layers"][layer_id("villages", "baseline")]["first"]
    assert alone["certainty"] == "确定能按时到达"
    finding = seen["layers"]["firecover_plan_findings"]
    assert finding["first"]["grade"] == "矛盾"
    assert finding["aliases"]["recomputed"] == "复算数值"
    assert "规划文本表格" in finding["abstract"]


@pytest.mark.qgis
def test_qgis_shows_sites_in_words(seen):
    candidates = seen["layers"]["firecover_candidates"]
    assert candidates["legend"] == [
        "第1名",
        "第2至3名",
        "第4至10名",
        "第11名及以后",
        "未排名",
    ]
    # The best site's name stays where there is no room for all.
    assert candidates["label"] == ["1 小坝消防站", 10]
    assert seen["layers"][layer_id("townships", "baseline")]["label"] == ["钟多街道", -1]
    assert (candidates["first"]["p_first"], candidates["first"]["origin"]) == ("0.9375", "规划提出")
    assert candidates["first"]["suitability"] == "NULL"
    excluded = seen["layers"]["firecover_excluded_sites"]
    assert excluded["legend"] == ["坡度过大", "距人员密集场所疏散出口过近", "距更优站址过近"]
    assert excluded["first"]["reason"] == "坡度过大"
    solution = seen["layers"]["firecover_solutions"]["first"]
    told = {name: solution[name] for name in ("model", "status", "unit", "unreached_km2")}
    assert told == {
        "model": "集合覆盖（最少站数）",
        "status": "无解",
        "unit": "站数",
        "unreached_km2": "0.1250",
    }
    plan = seen["layers"]["firecover_phasing"]["first"]
    assert (plan["plan"], plan["year"], plan["demand_share"]) == ("最优", "2", "0.6912")


@pytest.mark.qgis
def test_qgis_draws_every_feature_with_the_styles_in_the_package(seen):
    sites = ("candidates", "excluded_sites", "solutions", "allocation")
    for name in ("station_outages", "critical_roads", "hydrant_proposals", *sites):
        style = seen["styles"][name]
        assert style["drawn"] == style["features"] == len(getattr(tiny_results(), name))
    for table in TABLES:
        aliases = seen["styles"][table]["aliases"]
        assert all(alias for field, alias in aliases.items() if field != "fid"), table


@pytest.mark.qgis
def test_qgis_takes_the_styles_in_the_package(seen):
    renderers = {name: what[0] for name, what in (EXPECTED | COMMON).items()}
    renderers |= {"allocation": "categorizedSymbol", **dict.fromkeys(TABLES, "")}
    assert {name: style["renderer"] for name, style in seen["styles"].items()} == renderers
    assert all(style["loaded"] for style in seen["styles"].values())
    assert "含模拟数据" in seen["styles"]["villages"]["abstract"]


@pytest.mark.qgis
def test_qgis_walks_from_a_figure_to_rule_layer_and_formula(seen):
    figures = results_to_dict(tiny_results())
    values = {rule["id"]: rule["value"] for rule in figures["rules"]}
    assert len(seen["walk"]) == 5
    for step, (valid, found, error) in zip(steps_of_s1(), seen["walk"], strict=True):
        assert (valid, error) == (True, ""), step
        told = at(figures, step.pointer)
        given = values[found] if step.rule else found
        assert given == (pytest.approx(told, abs=5e-5) if isinstance(told, float) else told)


@pytest.mark.qgis
def test_qgis_shows_every_column_of_every_layer_in_words(seen):
    spoken = [
        (identity, field)
        for identity, layer in seen["layers"].items()
        for field, alias in layer.get("aliases", {}).items()
        if field != "fid" and not re.search("[\u3400-\u9fff]|^TOPSIS", alias)
    ]
    assert spoken == []
    codes = [
        (identity, field, shown)
        for identity, layer in seen["layers"].items()
        for field, values in layer.get("shown", {}).items()
        if field not in FREE_TEXT
        for raw, shown in values
        # A code without words is shown in brackets, one that nothing is said of as it is.
        if re.fullmatch(r"\(.*\)|[a-z][a-z0-9_]*", shown) and raw
    ]
    assert codes == []
    jurisdiction = seen["layers"][layer_id("jurisdictions", "baseline")]["shown"]
    assert jurisdiction["area_verdict"] == [["fails", "不达标"]]
    assert jurisdiction["scenario"] == [["baseline", "现状"]]
    roads = seen["layers"]["firecover_roads"]
    assert dict(roads["shown"]["bridge"]) == {"False": "否", "True": "是"}
    demand = seen["layers"][layer_id("demand", "baseline")]
    assert demand["aliases"]["first_min_plan_2025"] == "首达时间·规划2025（分钟）"
    assert dict(demand["shown"]["kind"])["built_up"] == "建成区格网"


@pytest.mark.qgis
def test_qgis_draws_every_row_that_has_a_place(seen):
    placed = {"stations": 1, "townships": 1}  # what tiny results have without a place
    for identity, layer in seen["layers"].items():
        if layer.get("spatial"):
            name = identity.removeprefix("firecover_")
            without = next((n for key, n in placed.items() if name.startswith(f"{key}_")), 0)
            times = layer["shown"].get(f"first_min_{name.partition('_')[2]}", [])
            without += 3 * (["NULL", "NULL"] in times)  # cells that nobody comes to
            assert layer["features"] - without <= layer["drawn"] <= layer["features"], identity


@pytest.mark.qgis
def test_qgis_leaves_out_what_would_be_a_blot(seen):
    layers = seen["layers"]
    scaled = {
        identity.removeprefix("firecover_").removesuffix("_baseline"): layer["scale"]
        for identity, layer in layers.items()
        if layer["scale"] and "plan_2025" not in identity and "allocation" not in identity
    }
    assert scaled == {
        "demand": 275_000,
        "hydrants": 225_000,
        "hydrant_proposals": 125_000,
        "excluded_sites": 275_000,
        "solutions": 275_000,
    }
    scales = layers["firecover_roads"]["scales"]
    assert scales == {"国道": 0, "县道": 0, "乡道": 1_000_000, "村道": 620_000}


@pytest.mark.qgis
def test_qgis_shades_the_hills_below_everything(seen):
    relief = seen["layers"]["firecover_relief"]
    assert (relief["renderer"], relief["light"], relief["rows"]) == ("hillshade", [315, 45], 60)
    assert relief["name"] == "地形晕渲"
    assert [node[0] for node in seen["tree"]["底图"]][-1] == "firecover_relief"


@pytest.mark.qgis
def test_qgis_is_told_who_made_the_data_and_how_to_treat_it(seen):
    for identity, layer in seen["layers"].items():
        if identity != "firecover_relief":  # the tiny study reads no terrain
            assert layer["abstract"], identity
            assert layer["kinds"], identity
        assert (
            "© OpenStreetMap 贡献者（ODbL） / © OpenStreetMap contributors (ODbL)"
            in (layer["rights"])
        )
        assert APPROVAL in layer["rights"]
        assert "内部资料，注意保管 internal, keep safe" in layer["rights"]
    for style in seen["styles"].values():
        assert APPROVAL in style["rights"]
    assert "含模拟数据" in seen["about"]
    assert "© OpenStreetMap 贡献者（ODbL）" in seen["about"]
    assert APPROVAL in seen["about"]


@pytest.mark.qgis
def test_qgis_prints_every_sheet(seen):
    assert list(seen["layouts"]) == [*SHEETS, "消防站选址图", *BOOKS]
    for i, (name, layout) in enumerate(seen["layouts"].items()):
        assert layout["codes"] == [0, 0], name
        assert (seen["pictures"] / f"sheet{i}.pdf").read_bytes()[:5] == b"%PDF-"
        texts = layout["texts"]
        assert "[%" not in "".join(texts.values())
        assert APPROVAL in texts["scale text"]
        # The legend has room for all of it.
        assert layout["legend"]["wants"] <= layout["legend"]["has"], name
        assert layout["legend"]["wants"][1] <= layout["legend"]["has"][1], name
    for scenario, when in zip(SCENARIOS, ("现状", "规划2025"), strict=True):
        for theme, title in SUBJECTS.items():
            layout = seen["layouts"][f"{title}：{when}"]
            assert layout["texts"]["title"] == f"试验县{title}——{when}"
            assert layout["maps"]["map"]["theme"] == f"{theme}：{when}"
            assert layout["maps"]["map"]["scale"] == pytest.approx(45_000, rel=1e-3), scenario


@pytest.mark.qgis
def test_qgis_prints_a_page_for_each_township_with_an_area(seen):
    for book, theme in zip(BOOKS, ("覆盖：现状", "覆盖：规划2025"), strict=True):
        pages = seen["layouts"][book]["pages"]
        assert [page["name"] for page in pages] == ["钟多街道", "龙潭镇"]
        for page in pages:
            assert page["texts"]["title"].startswith(f"{page['name']}消防救援覆盖图——")
            assert page["texts"]["facts"].startswith(page["name"])
            assert page["maps"]["map"]["theme"] == theme
            steps_of_5000 = page["maps"]["map"]["scale"] / 5000
            assert steps_of_5000 == pytest.approx(round(steps_of_5000), abs=1e-6)
            assert page["maps"]["detail"] | {"extent": 0, "scale": 0} == {
                "theme": "位置图", "framed": ["map"], "extent": 0, "scale": 0
            }  # fmt: skip
        assert pages[0]["maps"]["map"]["extent"] != pages[1]["maps"]["map"]["extent"]
    west = tiny_results().townships.iloc[0]
    facts = seen["layouts"][BOOKS[0]]["pages"][0]["texts"]["facts"]
    assert f"常住人口：{west['population']:,.0f}人" in facts
    assert f"驻地首达：{west['seat_first_s'] / 60:.1f}分钟，{west['seat_station']}" in facts
    assert f"5分钟{100 * west['share_5min']:.1f}%" in facts


@pytest.mark.qgis
def test_sheets_show_the_reach_of_their_own_scenario(seen):
    from matplotlib.image import imread

    results = tiny_results()
    hidden = results.built_up.geometry.union_all()
    seen_km2, dark = [], []
    for i, scenario in ((0, "baseline"), (4, "plan_2025")):
        picture = imread(seen["pictures"] / f"sheet{i}.png")[..., :3]
        # A3 at 100 dots an inch.
        assert picture.shape[:2] == (1169, 1653)
        box = seen["layouts"][SHEETS[i]]["boxes"]["map"]
        left, top, right, bottom = (round(mm / 25.4 * 100) for mm in box)
        county = picture[top:bottom, left:right]
        rows = results.isochrones
        reach = rows[(rows["scenario"] == scenario) & (rows["minutes"] == 5)].geometry.iloc[0]
        seen_km2.append(reach.difference(hidden).area / 1e6)
        # The band's colour at 65 % over level ground (229 of 255) in a light from one side.
        dark.append(int((abs(county - [0.365, 0.452, 0.549]).max(axis=2) < 0.03).sum()))
    assert dark[0] > 1000
    assert dark[1] / dark[0] == pytest.approx(seen_km2[1] / seen_km2[0], rel=0.03)

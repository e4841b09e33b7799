"""The GeoPackage: what is in it, read back by other means than it was written."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from shapely import LineString, box

from firecover.errors import OutputError
from firecover.outputs.geopackage import LAYERS, TABLES, package_layers, write_geopackage
from firecover.outputs.i18n import knows_column, layer_label
from firecover.results import Results
from firecover.standards import road_classes
from support.tiny_results import MARKUP_VILLAGE, SCENARIOS, at, tiny_results

RENDERERS = {
    "stations": "categorizedSymbol",
    "candidates": "RuleRenderer",
    "excluded_sites": "categorizedSymbol",
    "solutions": "RuleRenderer",
    "allocation": "categorizedSymbol",
    "isochrones": "graduatedSymbol",
    "reach_edges": "graduatedSymbol",
    "jurisdictions": "categorizedSymbol",
    "built_up": "categorizedSymbol",
    "townships": "singleSymbol",
    "villages": "RuleRenderer",
    "hydrants": "categorizedSymbol",
    "hydrant_gaps": "categorizedSymbol",
    "hydrant_proposals": "singleSymbol",
    "station_outages": "RuleRenderer",
    "critical_roads": "RuleRenderer",
    "demand": "graduatedSymbol",
    "roads": "RuleRenderer",
    "boundary": "singleSymbol",
    "water": "singleSymbol",
}
SYMBOLS = {
    "Point": "marker",
    "MultiPoint": "marker",
    "MultiLineString": "line",
    "MultiPolygon": "fill",
}


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    path = tmp_path_factory.mktemp("package") / "coverage.gpkg"
    write_geopackage(tiny_results(), path)
    return path


def rows(path, query, *values):
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query, values).fetchall()


def emptied(results: Results) -> Results:
    names = [name for name in (*LAYERS, "water", *TABLES) if name != "boundary"]
    tables = {name: getattr(results, name).iloc[:0] for name in names}
    return replace(results, **tables)


def test_layers_are_those_of_the_contract_in_their_order(package):
    names = [name for name, kind in pyogrio.list_layers(package) if kind is not None]
    assert names == [*LAYERS, "water"]


def test_columns_of_the_vehicles_have_chinese_names(package):
    query = "SELECT title FROM gpkg_data_columns WHERE table_name = ? AND column_name = ?"
    told = {"stations": "vehicle", "candidates": "vehicle", "roads": "slow_reason"}
    titles = [rows(package, query, *place)[0][0] for place in told.items()]
    assert titles == ["出动车型", "出动车型", "车速制约因素"]


@pytest.mark.parametrize("layer", [*LAYERS, "water"])
def test_every_layer_comes_back_as_it_was(package, layer):
    expected = getattr(tiny_results(), layer)
    info = pyogrio.read_info(package, layer=layer)
    assert info["crs"] == "EPSG:4545"
    assert info["geometry_type"] == {**LAYERS, "water": "MultiLineString"}[layer]
    assert info["features"] == len(expected)
    found = gpd.read_file(package, layer=layer, engine="pyogrio")
    assert list(found.columns.drop("geometry")) == list(expected.columns.drop("geometry"))
    pd.testing.assert_frame_equal(
        pd.DataFrame(found.drop(columns="geometry")),
        pd.DataFrame(expected.drop(columns="geometry")),
        check_dtype=False,
    )
    here = ~expected.geometry.isna().to_numpy()
    assert (found.geometry.isna().to_numpy() == ~here).all()
    apart = found.geometry[here].hausdorff_distance(expected.geometry[here])
    assert float(apart.max()) == 0


@pytest.mark.parametrize("table", TABLES)
def test_every_table_comes_back_as_it_was(package, table):
    expected = getattr(tiny_results(), table)
    assert len(expected)
    found = pyogrio.read_dataframe(package, layer=table)
    assert not isinstance(found, gpd.GeoDataFrame)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    assert rows(
        package,
        "SELECT data_type, srs_id, identifier FROM gpkg_contents WHERE table_name = ?",
        table,
    ) == [("attributes", 0, layer_label(table, "zh"))]
    query = "SELECT count(*) FROM gpkg_geometry_columns WHERE table_name = ?"
    assert rows(package, query, table) == [(0,)]


def test_what_was_not_asked_is_left_out(tmp_path, package):
    results = tiny_results()
    layers = ("hydrant_proposals", "station_outages", "critical_roads")
    nothing = (*layers, "excluded_sites", "solutions", "allocation", *TABLES)
    bare = replace(results, **{name: type(getattr(results, name))() for name in nothing})
    path = tmp_path / "bare.gpkg"
    write_geopackage(bare, path)
    names = {name for name, _ in pyogrio.list_layers(path)}
    assert names == {name for name, _ in pyogrio.list_layers(package)} - set(nothing)
    styled = {name for (name,) in rows(path, "SELECT f_table_name FROM layer_styles")}
    assert styled.isdisjoint(nothing)
    assert rows(path, "PRAGMA foreign_key_check") == []


def test_a_township_without_area_is_there(package):
    found = gpd.read_file(package, layer="townships", engine="pyogrio")
    bare = found[found["code"] == "500242299"]
    assert len(bare) == len(SCENARIOS)
    assert bare.geometry.isna().all()
    assert bare["population"].isna().all()


def test_names_with_markup_are_kept_as_they_are(package):
    names = {name for (name,) in rows(package, "SELECT name FROM villages")}
    assert MARKUP_VILLAGE in names


def test_empty_layers_keep_their_type_and_columns(tmp_path):
    path = tmp_path / "empty.gpkg"
    results = tiny_results()
    write_geopackage(emptied(results), path)
    for layer, kind in LAYERS.items():
        info = pyogrio.read_info(path, layer=layer)
        assert info["geometry_type"] == kind
        assert info["crs"] == "EPSG:4545"
        assert list(info["fields"]) == list(getattr(results, layer).columns.drop("geometry"))
    assert pyogrio.read_info(path, layer="stations")["features"] == 0
    for table in TABLES:
        info = pyogrio.read_info(path, layer=table)
        assert (info["features"], info["geometry_type"]) == (0, None)
        assert list(info["fields"]) == list(getattr(results, table).columns)
    assert "water" not in [name for name, _ in pyogrio.list_layers(path)]


def test_same_results_same_bytes(tmp_path, package):
    again = tmp_path / "again.gpkg"
    again.write_bytes(b"what was there before")
    write_geopackage(tiny_results(), again)
    assert again.read_bytes() == package.read_bytes()


def test_no_time_stamp_comes_from_the_clock(package):
    stamps = rows(
        package,
        "SELECT last_change FROM gpkg_contents UNION SELECT update_time FROM layer_styles"
        " UNION SELECT timestamp FROM gpkg_metadata_reference",
    )
    assert stamps == [("1980-01-01T00:00:00.000Z",)]


def test_version_and_soundness(package):
    assert rows(package, "PRAGMA user_version") == [(10300,)]
    assert rows(package, "PRAGMA integrity_check") == [("ok",)]
    assert rows(package, "PRAGMA foreign_key_check") == []
    extensions = {name for (name,) in rows(package, "SELECT extension_name FROM gpkg_extensions")}
    assert {"gpkg_rtree_index", "gpkg_schema", "gpkg_metadata"} <= extensions
    indexed = rows(
        package,
        "SELECT count(*) FROM gpkg_extensions WHERE extension_name = 'gpkg_rtree_index'",
    )
    assert indexed == [(len(LAYERS) + 1,)]


def test_every_layer_has_a_style_that_fits_it(package):
    found = rows(
        package,
        "SELECT f_table_name, f_table_schema, f_geometry_column, useAsDefault, styleQML"
        " FROM layer_styles",
    )
    assert {row[0] for row in found} == {*RENDERERS, *TABLES}
    for layer, schema, column, default, qml in found:
        assert (schema, column, default) == ("", "" if layer in TABLES else "geom", 1)
        root = ET.fromstring(qml)
        if layer in TABLES:
            assert root.find("renderer-v2") is None
            continue
        renderer = root.find("renderer-v2")
        assert renderer.get("type") == RENDERERS[layer]
        kind = {**LAYERS, "water": "MultiLineString"}[layer]
        symbols = renderer.findall("symbols/symbol")
        assert symbols
        assert {symbol.get("type") for symbol in symbols} == {SYMBOLS[kind]}
        named = {symbol.get("name") for symbol in symbols}
        used = {entry.get("symbol") for entry in renderer.iter() if entry.get("symbol")}
        assert used <= named
        attribute = renderer.get("attr")
        fields = pyogrio.read_info(package, layer=layer)["fields"]
        assert attribute is None or attribute in fields


def test_isochrones_are_drawn_with_the_largest_band_below(package):
    ((qml,),) = rows(package, "SELECT styleQML FROM layer_styles WHERE f_table_name = 'isochrones'")
    renderer = ET.fromstring(qml).find("renderer-v2")
    bounds = [(float(r.get("lower")), float(r.get("upper"))) for r in renderer.iter("range")]
    assert bounds == [(0, 5), (5, 8), (8, 12)]
    clause = renderer.find("orderby/orderByClause")
    assert (clause.get("asc"), clause.text) == ("0", '"minutes"')


def shown(package, layer, values):
    """Return the labels of the rules that hold for each of some values of people lost."""
    query = "SELECT styleQML FROM layer_styles WHERE f_table_name = ?"
    ((qml,),) = rows(package, query, layer)
    renderer = ET.fromstring(qml).find("renderer-v2")
    symbols = {symbol.get("name"): symbol for symbol in renderer.iter("symbol")}
    found = []
    for value in values:
        asked = "SELECT 1 FROM (SELECT ? AS population_lost) WHERE "
        rules = [r for r in renderer.iter("rule") if rows(package, asked + r.get("filter"), value)]
        found.append([(rule.get("label"), symbols[rule.get("symbol")]) for rule in rules])
    return found


@pytest.mark.parametrize(
    ("layer", "option"), [("station_outages", "size"), ("critical_roads", "line_width")]
)
def test_lost_cover_is_drawn_the_larger_the_more_people(package, layer, option):
    values = (None, 0, 100, 100.5, 1000, 1001, 10_000, 10_001, 800_000)
    found = shown(package, layer, values)
    # One rule for each value, the unknown among them: nothing goes undrawn or is drawn twice.
    assert [len(rules) for rules in found] == [1] * len(values)
    labels = [rules[0][0] for rules in found]
    assert labels == [
        *["不超过100人"] * 3,
        *["100至1,000人"] * 2,
        *["1,000至10,000人"] * 2,
        *["超过10,000人"] * 2,
    ]
    sizes = [float(rules[0][1].find(f".//prop[@k='{option}']").get("v")) for rules in found]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 4


def test_proposed_hydrants_are_plus_marks(package):
    query = "SELECT styleQML FROM layer_styles WHERE f_table_name = 'hydrant_proposals'"
    ((qml,),) = rows(package, query)
    assert ET.fromstring(qml).find(".//symbol//prop[@k='name']").get("v") == "cross"


def test_a_fire_station_is_drawn_above_a_township_squad(package):
    ((qml,),) = rows(package, "SELECT styleQML FROM layer_styles WHERE f_table_name = 'stations'")
    clause = ET.fromstring(qml).find("renderer-v2/orderby/orderByClause")
    drawn = sorted(["fire", "township"], reverse=clause.get("asc") == "0")
    assert (clause.text, drawn) == ('"tier"', ["township", "fire"])


def test_legends_hold_what_is_there_and_nothing_goes_undrawn():
    results = tiny_results()
    roads = results.roads.assign(road_class=["trunk", "trunk", "goat_path", "tertiary"])
    layers = {layer.name: layer for layer in package_layers(replace(results, roads=roads))}
    classes = layers["roads"].style(results).classes
    assert [(item.value, item.label) for item in classes] == [
        ("trunk", "国道"),
        ("tertiary", "乡道"),
        ("", "其他"),
    ]
    known = ", ".join(f"'{key}'" for key in road_classes())
    assert classes[-1].where == f'"road_class" is null or "road_class" not in ({known})'
    # The larger road is above the smaller one, and seen from farther off.
    assert classes[0].level > classes[1].level > classes[2].level
    assert [item.scale for item in classes] == [0, 1_000_000, 0]
    gaps = layers["hydrant_gaps"]
    assert [item.label for item in gaps.style(results).classes] == ["直线", "沿路"]
    bare = replace(gaps, data=gaps.data.drop(columns="measure")).style(results)
    assert (bare.kind, len(bare.classes), bare.attribute) == ("single", 1, "")
    tiers = [item.value for item in layers["stations"].style(results).classes]
    assert tiers == ["fire", "township"]


def test_every_column_has_its_words(package):
    words = {
        (table, column): (name, title, english)
        for table, column, name, title, english in rows(
            package,
            "SELECT table_name, column_name, name, title, description FROM gpkg_data_columns",
        )
    }
    for layer in [*LAYERS, "water", *TABLES]:
        for column in pyogrio.read_info(package, layer=layer)["fields"]:
            assert knows_column(column, layer), column
            assert words[layer, column][0]
    assert words["stations", "cap_km2"] == (
        "辖区面积上限",
        "辖区面积上限（平方公里）",
        "Largest area of the standard (km²)",
    )
    assert words["townships", "population_5min"][1] == "5分钟覆盖人口（人）"
    assert words["critical_roads", "villages"][1] == "受影响村寨"
    assert words["demand", "p_standard_baseline"][0] == "规定时间到达概率·baseline"
    assert words["plan_findings", "grade"][0] == "程度"


def test_aliases_stand_in_the_styles_too(package):
    ((qml,),) = rows(package, "SELECT styleQML FROM layer_styles WHERE f_table_name = 'stations'")
    root = ET.fromstring(qml)
    aliases = {alias.get("field"): alias.get("name") for alias in root.iter("alias")}
    assert aliases["turnout_s"] == "出动时间（秒）"
    field = next(f for f in root.iter("field") if f.get("name") == "tier")
    codes = {option.get("value"): option.get("name") for option in field.iter("Option")}
    assert codes["township"] == "乡镇专职消防队"
    assert codes[""] == ""


def test_tables_have_words_for_columns_and_codes(package):
    query = "SELECT styleQML FROM layer_styles WHERE f_table_name = 'township_bands'"
    root = ET.fromstring(rows(package, query)[0][0])
    aliases = {alias.get("field"): alias.get("name") for alias in root.iter("alias")}
    assert aliases["population"] == "总人口（栅格）（人）"
    fields = {field.get("name"): field for field in root.iter("field")}
    codes = {option.get("value"): option.get("name") for option in fields["by"].iter("Option")}
    assert codes["full"] == "全部所需力量"
    shown_digits = fields["population_share"].find(".//Option[@name='Precision']").get("value")
    assert shown_digits == "4"


def fields_of(package, layer):
    """Return the fields of a layer's style, and the words for the codes of each."""
    query = "SELECT styleQML FROM layer_styles WHERE f_table_name = ?"
    root = ET.fromstring(rows(package, query, layer)[0][0])
    return {
        field.get("name"): {
            option.get("value"): option.get("name")
            for option in field.iter("Option")
            if option.get("type") == "QString"
        }
        for field in root.iter("field")
    }


def test_a_column_has_the_codes_of_its_table(package):
    solutions, hydrants = fields_of(package, "solutions"), fields_of(package, "hydrants")
    assert solutions["status"] == {
        "optimal": "最优（已证明）",
        "feasible": "可行（附差距）",
        "infeasible": "无解",
        "unknown": "限时内未得出结论",
        "": "",
    }
    assert hydrants["status"]["unknown"] == "不详"
    assert fields_of(package, "excluded_sites")["reason"]["near_better"] == "距更优站址过近"
    assert "near_better" not in fields_of(package, "villages")["reason"]
    assert fields_of(package, "phasing")["plan"]["greedy"] == "贪心（逐年择优）"
    assert fields_of(package, "candidates")["origin"]["generated"] == "自动生成"


def drawn_by(style, data):
    """Return, for each row of some data, the labels of the rules that hold for it."""
    with closing(sqlite3.connect(":memory:")) as database:
        data.to_sql("rows", database, index=False)
        asked = ", ".join(f"({item.where})" for item in style.classes)
        found = database.execute(f"SELECT {asked} FROM rows").fetchall()
    labels = [item.label for item in style.classes]
    return [[label for label, holds in zip(labels, row, strict=True) if holds] for row in found]


def test_candidates_are_drawn_the_larger_the_better_their_rank():
    layers = {layer.name: layer for layer in package_layers(tiny_results())}
    style = layers["candidates"].style(tiny_results())
    ranks = pd.DataFrame({"rank": [1, 2, 3, 4, 10, 11, 400, None]})
    assert drawn_by(style, ranks) == [
        ["第1名"],
        *[["第2至3名"]] * 2,
        *[["第4至10名"]] * 2,
        *[["第11名及以后"]] * 2,
        ["未排名"],
    ]
    sizes = [item.symbol.size_mm for item in style.classes[:4]]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == 4
    # The best is drawn last, above all others.
    assert (style.attribute, style.largest_first) == ("rank", True)


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        (100_000, ["2 河湾", "4 小坝", "5", None]),
        (10_000, ["2 河湾", "4 小坝", "5 桥头", "坡上"]),
    ],
)
def test_far_off_the_best_and_the_named_sites_are_named(scale, expected):
    layers = {layer.name: layer for layer in package_layers(tiny_results())}
    style = layers["candidates"].style(tiny_results())
    names = pd.DataFrame(
        {
            "rank": [2, 4, 5, None],
            "name": ["河湾", "小坝", "桥头", "坡上"],
            "origin": ["generated", "named", "generated", "generated"],
        }
    )
    with closing(sqlite3.connect(":memory:")) as database:
        names.astype({"rank": "Int64"}).to_sql("rows", database, index=False)
        asked = f"SELECT {style.name_column} FROM rows"
        told = database.execute(asked, {"map_scale": scale}).fetchall()
    assert [name for (name,) in told] == expected
    assert style.label_priority == 'max(0, 11 - coalesce("rank", 11))'


def test_every_solution_has_the_ring_of_its_model_or_that_of_the_rest():
    layers = {layer.name: layer for layer in package_layers(tiny_results())}
    solutions = layers["solutions"]
    style = solutions.style(tiny_results())
    labels = drawn_by(style, pd.DataFrame(solutions.data[["model", "order"]]))
    assert labels == [
        *[["集合覆盖（最少站数）"]] * 2,
        ["最大覆盖"],
        ["其余较优方案"],
        ["p-中值"],
        ["p-中心"],
        ["备份覆盖"],
        *[["面积受限覆盖"]] * 6,
    ]
    sizes = [item.symbol.size_mm for item in style.classes]
    assert len(set(sizes)) == len(sizes)
    assert not any(item.symbol.fill for item in style.classes)
    odd = solutions.data.assign(model="of_the_user")
    (rest,) = replace(solutions, data=odd).style(tiny_results()).classes
    assert rest.label == "其余较优方案"
    assert drawn_by(replace(style, classes=(rest,)), pd.DataFrame({"model": ["x"], "order": [1]}))


def test_the_allocation_has_a_colour_for_each_station():
    allocation = {layer.name: layer for layer in package_layers(tiny_results())}["allocation"]
    style = allocation.style(tiny_results())
    assert [(item.value, item.label) for item in style.classes] == [
        ("c1", "小坝消防站"),
        ("s1", "城区消防救援站"),
    ]
    assert len({item.symbol.colour for item in style.classes}) == 2
    many = pd.concat([allocation.data.iloc[:1]] * 20, ignore_index=True)
    many["station_id"] = [f"s{i:02}" for i in range(20)]
    classes = replace(allocation, data=many).style(tiny_results()).classes
    assert len(classes) == 20
    assert len({item.symbol.colour for item in classes}) == 8


def test_an_answer_that_there_is_none_is_kept_without_a_place(package):
    found = gpd.read_file(package, layer="solutions", engine="pyogrio").set_index("id")
    none = found["status"] == "infeasible"
    assert list(found.index[none]) == ["lscp-1", "area-cap-first-1", "area-cap-free-1"]
    assert found.geometry[none].is_empty.all()
    assert found.loc[none, "objective"].isna().all()
    assert [len(each.geoms) for each in found.geometry[~none]] == [1] * 10
    assert "任何选址均不能按时到达" in found.loc["lscp-1", "note"]


def metadata_of(path, layer):
    ((text,),) = rows(
        path,
        "SELECT m.metadata FROM gpkg_metadata m JOIN gpkg_metadata_reference r"
        " ON r.md_file_id = m.id WHERE r.table_name IS ?",
        layer,
    )
    return ET.fromstring(text)


def test_metadata_tell_sources_models_and_handling(package):
    whole = metadata_of(package, None)
    assert whole.findtext("title") == "试验县 Test county"
    told = [(c.get("type"), c.text) for c in whole.findall("constraints")]
    credit = "© OpenStreetMap 贡献者（ODbL） / © OpenStreetMap contributors (ODbL)"
    assert told == [
        ("security", "内部资料，注意保管"),
        ("security", "internal, keep safe"),
        ("attribution", credit),
    ]
    assert [each.text for each in whole.findall("rights")] == [
        "内部资料，注意保管 internal, keep safe",
        credit,
    ]
    villages = metadata_of(package, "villages").findtext("abstract")
    assert villages.startswith(
        "含模拟数据，不可当作实测：村寨、市政消火栓。"
        "Contains modelled data, not to be taken for real: villages, hydrants."
    )
    outages = metadata_of(package, "station_outages").findtext("abstract")
    assert "不可当作实测：人口分布、村寨" in outages
    findings = metadata_of(package, "plan_findings")
    assert [word.text for word in findings.iter("keyword")] == ["published"]
    assert "规划文本表格" in findings.findtext("abstract")
    roads = metadata_of(package, "roads")
    assert "modelled" not in ET.tostring(roads, encoding="unicode")
    assert "OpenStreetMap contributors; ODbL-1.0; 2025-06-01" in roads.findtext("abstract")
    assert [word.text for word in roads.iter("keyword")] == ["observed"]


def test_metadata_tell_the_approval_of_a_map_that_has_one(tmp_path):
    results = tiny_results()
    study = results.study.study.model_copy(update={"map_approval": "渝S（2025）001号"})
    approved = replace(results, study=results.study.model_copy(update={"study": study}))
    path = tmp_path / "approved.gpkg"
    write_geopackage(approved, path)
    for layer in (None, "stations"):
        told = metadata_of(path, layer)
        assert "渝S（2025）001号" in [each.text for each in told.findall("rights")]
        (approval,) = told.findall("constraints[@type='map approval']")
        assert approval.text == "渝S（2025）001号"


def test_codes_are_told_as_lists_of_words(package):
    """What GDAL, ArcGIS and newer QGIS show in the place of codes: domains of columns."""
    lists: dict[str, dict[str, str]] = {}
    for name, kind, code, words in rows(
        package,
        "SELECT constraint_name, constraint_type, value, description"
        " FROM gpkg_data_column_constraints",
    ):
        assert kind == "enum"
        lists.setdefault(name, {})[code] = words
    named = rows(
        package,
        "SELECT table_name, column_name, constraint_name FROM gpkg_data_columns"
        " WHERE constraint_name IS NOT NULL",
    )
    assert {name for _, _, name in named} == lists.keys()
    for table, column, name in named:
        data = getattr(tiny_results(), table)
        assert set(data[column].dropna()) - {""} <= lists[name].keys(), (table, column)
    assert lists["scenario"] == {"baseline": "现状", "plan_2025": "规划2025"}
    assert lists["jurisdictions_area_verdict"]["meets"] == "达标"
    assert ("hydrants", "status", "hydrants_status") in named


def test_gdal_tells_names_and_descriptions(package):
    found = rows(package, "SELECT table_name, identifier, description FROM gpkg_contents")
    told = {name: (identifier, description) for name, identifier, description in found}
    for layer in LAYERS:
        assert told[layer][0] == layer_label(layer, "zh")
    assert "含模拟数据" in told["hydrants"][1]
    assert "含模拟数据" not in told["boundary"][1]


def test_water_of_both_kinds_makes_two_layers(tmp_path):
    results = tiny_results()
    both = gpd.GeoDataFrame(
        {"name": ["酉水", "水库"], "kind": ["river", "lake"]},
        geometry=[LineString([at(0, 0), at(9, 9)]), box(*at(0, 0), *at(5, 5))],
        crs="EPSG:4545",
    )
    path = tmp_path / "water.gpkg"
    write_geopackage(replace(results, water=both), path)
    for layer, kind in {"water": "MultiLineString", "water_areas": "MultiPolygon"}.items():
        info = pyogrio.read_info(path, layer=layer)
        assert (info["geometry_type"], info["features"]) == (kind, 1)
    write_geopackage(replace(results, water=both.iloc[1:]), path)
    assert pyogrio.read_info(path, layer="water")["geometry_type"] == "MultiPolygon"


def test_missing_values_stay_missing(package):
    found = gpd.read_file(package, layer="villages", engine="pyogrio")
    alone = found[found["id"] == "v4"]
    assert alone["first_s"].isna().all()
    assert (alone["reason"] == "too_far_from_road").all()
    assert not alone["reached"].any()
    stations = gpd.read_file(package, layer="stations", engine="pyogrio")
    assert np.isnan(stations.loc[stations["id"] == "s3", "engines"]).all()


def test_a_file_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        write_geopackage(tiny_results(), tmp_path / "nowhere" / "coverage.gpkg")
    (tmp_path / "coverage.gpkg").mkdir()
    with pytest.raises(OutputError, match=r"coverage\.gpkg cannot be written"):
        write_geopackage(tiny_results(), tmp_path / "coverage.gpkg")

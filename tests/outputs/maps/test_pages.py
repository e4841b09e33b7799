"""The maps' files: what they hold, that they are the same each time, that they fetch nothing."""

from __future__ import annotations

import dataclasses
import json
import re
from importlib import resources

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer
from shapely import LineString, MultiLineString, Point, Polygon, box

from firecover.errors import OutputError
from firecover.outputs.i18n import layer_label
from firecover.outputs.maps import text as map_text
from firecover.outputs.maps.geometry import (
    DEGREE,
    borders,
    pack_area,
    pack_lines,
    pack_point,
    simplify_together,
)
from firecover.outputs.maps.layers import arrival_class, arrival_labels, arrival_styles
from firecover.outputs.maps.offline import outside_sources
from firecover.outputs.maps.pages import write_maps
from support.tiny_results import MARKUP_CANDIDATE, MARKUP_VILLAGE, at, tiny_results

CRS = "EPSG:4545"
PAGES = [
    "index.html",
    "response.html",
    "gain.html",
    "jurisdictions.html",
    "townships.html",
    "villages.html",
    "hydrants.html",
    "candidates.html",
    "resilience.html",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps") / "tiny"
    write_maps(tiny_results(), folder)
    return folder


def data_of(file):
    text = file.read_text(encoding="utf-8")
    found = re.search(
        r'<script type="application/json" id="fc-data">(.*?)</script>', text, re.DOTALL
    )
    return json.loads(found[1])


def named(files, name):
    return next(file for file in files if file.name == name)


def unpack(code):
    return np.cumsum(np.array(code).reshape(-1, 2), axis=0) / DEGREE


def changed(results, table, column, value, row=0):
    copy = getattr(results, table).copy()
    copy.loc[copy.index[row], column] = value
    return dataclasses.replace(results, **{table: copy})


# ---------------------------------------------------------------------------- files


def test_the_entry_page_comes_first_and_each_page_is_told(tmp_path):
    told = []
    files = write_maps(tiny_results(), tmp_path / "maps" / "tiny", on_page=told.append)
    assert [file.name for file in files] == PAGES
    assert told == files
    assert sorted(file.name for file in (tmp_path / "maps" / "tiny").iterdir()) == sorted(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fetches_nothing_and_is_small(folder, name):
    text = (folder / name).read_text(encoding="utf-8")
    assert outside_sources(text) == []
    assert len(text) < 400_000
    assert text.count("<title>") == 1
    assert '<html lang="zh-CN">' in text
    assert 'name="viewport"' in text
    assert "user-scalable=no" not in text


def test_the_same_results_give_the_same_bytes(folder, tmp_path):
    for file in write_maps(tiny_results(), tmp_path):
        assert file.read_bytes() == (folder / file.name).read_bytes()


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    file = tmp_path / "maps"
    file.write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written to"):
        write_maps(tiny_results(), file)


def test_a_layer_that_the_study_has_not_gets_no_page(tmp_path):
    results = tiny_results()
    bare = dataclasses.replace(
        results,
        villages=results.villages.iloc[:0],
        candidates=results.candidates.iloc[:0],
        hydrants=results.hydrants.iloc[:0],
        hydrant_gaps=results.hydrant_gaps.iloc[:0],
        water=results.water.iloc[:0],
    )
    files = write_maps(bare, tmp_path)
    left_out = {"villages.html", "hydrants.html", "candidates.html"}
    assert [file.name for file in files] == [name for name in PAGES if name not in left_out]
    assert "villages.html" not in files[0].read_text(encoding="utf-8")


# ------------------------------------------------------------------------- contents


@pytest.mark.parametrize("name", PAGES)
def test_every_page_tells_what_is_modelled_and_how_to_handle_it(folder, name):
    text = (folder / name).read_text(encoding="utf-8")
    results = tiny_results()
    banner = re.search(r'id="fc-banner".*?</div>', text, re.DOTALL)[0]
    zh, en = ([layer_label(name, lang) for name in results.modelled] for lang in ("zh", "en"))
    assert len(zh) == 3
    for words in ("、".join(zh), ", ".join(en), "内部资料，注意保管", "internal, keep safe"):
        assert words in banner
    assert "ODbL-1.0" in text
    assert "https://www.openstreetmap.org/copyright" in text


def test_a_study_without_modelled_layers_says_so(tmp_path):
    results = tiny_results()
    layers = tuple(s for s in results.layers if s.provenance.kind != "modelled")
    files = write_maps(dataclasses.replace(results, layers=layers), tmp_path)
    assert "均非模拟数据" in files[1].read_text(encoding="utf-8")


def test_openstreetmap_is_named_only_where_it_is_a_source(tmp_path):
    results = tiny_results()
    layers = tuple(s for s in results.layers if "OpenStreetMap" not in s.provenance.source)
    files = write_maps(dataclasses.replace(results, layers=layers), tmp_path)
    assert "openstreetmap" not in files[1].read_text(encoding="utf-8").lower()


@pytest.mark.parametrize("name", PAGES)
def test_names_from_the_data_are_never_markup(folder, name):
    text = (folder / name).read_text(encoding="utf-8")
    assert "<img" not in text
    assert "<script>alert" not in text


def test_hostile_names_stand_in_the_data_as_they_are(folder):
    villages = {
        f["name"][0]
        for layer in data_of(folder / "villages.html")["layers"]
        for f in layer["features"]
        if layer["key"] == "villages"
    }
    assert MARKUP_VILLAGE in villages
    sites = [
        layer
        for layer in data_of(folder / "candidates.html")["layers"]
        if layer["key"] == "candidates"
    ]
    assert MARKUP_CANDIDATE in [feature["name"] for feature in sites[0]["features"]]


def test_a_name_that_looks_like_a_template_is_text(tmp_path):
    results = changed(tiny_results(), "candidates", "name", "{{ 7 * 7 }}{% if %}")
    files = write_maps(results, tmp_path)
    text = named(files, "candidates.html").read_text(encoding="utf-8")
    assert "{{ 7 * 7 }}{% if %}" in text
    names = {
        feature["name"][0]
        for feature in data_of(named(files, "candidates.html"))["layers"][-1]["features"]
    }
    assert "{{ 7 * 7 }}{% if %}" in names


def test_each_band_is_in_the_legend_and_on_the_map(folder):
    text = (folder / "response.html").read_text(encoding="utf-8")
    legend = re.search(r'data-legend="bands">(.*?)</ul>', text, re.DOTALL)[1]
    assert re.findall(r"<li>.*?lang=\"zh\">(.*?)</span>", legend, re.DOTALL) == [
        "5 分钟内",
        "8 分钟内",
        "12 分钟内",
    ]
    bands = [
        layer for layer in data_of(folder / "response.html")["layers"] if layer["key"] == "bands"
    ]
    assert [layer["scenario"] for layer in bands] == ["baseline", "plan_2025"]
    # The widest is drawn first, so that the shorter ones lie on it.
    assert [feature["style"] for feature in bands[0]["features"]] == [2, 1, 0]
    fills = re.findall(r'fill="(#[0-9a-f]{6})"', legend)
    assert fills == [style["fillColor"] for style in bands[0]["styles"]]


def test_figures_are_shown_with_what_they_are_a_share_of(folder):
    # tests/support/tiny_results.py: 18,180 of 69,000 people within 5 minutes, 7 of 9 km².
    assert "18,180 / 69,000 人" in (folder / "response.html").read_text(encoding="utf-8")
    text = (folder / "jurisdictions.html").read_text(encoding="utf-8")
    assert "7.00 of 9.00 km²" in text
    townships = data_of(folder / "townships.html")["layers"][0]["features"]
    zhongduo = next(f for f in townships if f["name"] == ["钟多街道", "Zhongduo"])
    assert zhongduo["values"][0] == ["50,000 人", "50,000 people"]
    assert zhongduo["values"][1] == ["48,000 人", "48,000 people"]
    assert zhongduo["values"][2][0].endswith(" / 48,000 人）")


def test_gaps_on_the_map_are_those_of_the_circles_on_it(folder):
    results = tiny_results()
    page = folder / "hydrants.html"
    gaps = next(layer for layer in data_of(page)["layers"] if layer["key"] == "gaps")
    measures = results.hydrant_gaps["measure"]
    assert set(measures) == {"straight", "road"}
    assert len(gaps["features"]) == (measures == "straight").sum()


def test_ties_are_told(tmp_path):
    results = tiny_results()
    candidates = results.candidates.copy()
    candidates["rank"], candidates["tied"] = 1, True
    files = write_maps(dataclasses.replace(results, candidates=candidates), tmp_path)
    text = named(files, "candidates.html").read_text(encoding="utf-8")
    assert "有 2 个站址名次并列" in text
    assert text.count("1 并列") == 2
    values = data_of(named(files, "candidates.html"))["layers"][-1]["features"][0]["values"]
    assert values[0] == ["第 1 名（并列）", "1 (tied)"]


def test_sites_that_cannot_be_told_apart_are_named(tmp_path):
    results = tiny_results()
    figures = {**results.ranking_figures, "separable": 0, "not_separable": "c1、c2"}
    told = dataclasses.replace(results, ranking_figures=figures)
    text = named(write_maps(told, tmp_path), "candidates.html").read_text(encoding="utf-8")
    assert "下列站址不能区分先后：" in text
    figures = {**figures, "separable": 1, "sure_share": 0.95}
    sure = dataclasses.replace(results, ranking_figures=figures)
    text = named(write_maps(sure, tmp_path), "candidates.html").read_text(encoding="utf-8")
    assert "第 1 名仍为最好（概率不低于 95%）" in text
    assert "不能区分先后" not in text


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, 0), (300, 0), (300.0000001, 0), (300.1, 1), (720, 2), (721, 3), (np.nan, 4), (None, 4)],
)
def test_arrival_classes(seconds, expected):
    assert arrival_class(seconds, (5, 8, 12)) == expected
    assert len(arrival_labels((5, 8, 12))) == len(arrival_styles((5, 8, 12))) == 5


# ------------------------------------------------------------------------- geometry


def test_a_point_is_packed_as_latitude_and_longitude():
    lon, lat = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform(570_000, 3_188_000)
    assert pack_point(Point(570_000, 3_188_000), CRS) == [round(lat * 1e5), round(lon * 1e5)]


@given(st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 40_000)), min_size=3, max_size=30))
def test_an_unpacked_ring_is_where_it_was_within_a_metre(points):
    shape = Polygon([at(x, y) for x, y in points]).convex_hull
    if shape.geom_type != "Polygon":
        return
    ring = unpack(pack_area(shape, CRS)[0][0])
    back = Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(ring[:, 1], ring[:, 0])
    packed = LineString(np.column_stack(back))
    assert packed.hausdorff_distance(shape.exterior) < 1.0


def test_lines_that_touch_are_joined_and_those_that_cross_kept():
    lines = [
        LineString([at(0, 0), at(100, 0)]),
        None,
        MultiLineString([[at(100, 0), at(200, 0)], [at(500, 500), at(600, 500)]]),
    ]
    packed = pack_lines(lines, CRS)
    assert len(packed) == 2
    # Three points in a row are two.
    assert sorted(len(line) for line in packed) == [4, 4]
    assert pack_lines([], CRS) == []


def test_a_line_shorter_than_the_grid_stays_a_line():
    assert len(pack_lines([LineString([at(0, 0), at(0.1, 0)])], CRS)[0]) == 4


def test_neighbours_share_their_border_after_simplifying():
    bends = [(500 + (20 if i % 2 else -20), i * 50) for i in range(21)]
    left = Polygon([at(0, 0), *(at(*p) for p in bends), at(0, 1000)])
    right = Polygon([at(1000, 0), *(at(*p) for p in bends), at(1000, 1000)])
    table = gpd.GeoDataFrame({"name": ["a", "b", "c"]}, geometry=[left, right, None], crs=CRS)
    simple = simplify_together(table)
    a, b = simple.geometry.iloc[:2]
    assert len(a.exterior.coords) < len(left.exterior.coords)
    assert a.intersection(b).area < 1e-6
    assert a.union(b).area == pytest.approx(left.union(right).area, rel=0.02)
    assert simple.geometry.iloc[2] is None
    shared = borders(simple)[0]
    # The border between the two is one line, and each outer line is there once.
    assert shared.length == pytest.approx(a.union(b).length + a.intersection(b).length, rel=1e-6)


def test_holes_and_parts_are_kept():
    shape = box(*at(0, 0), *at(1000, 1000)) - box(*at(400, 400), *at(600, 600))
    shape = shape | box(*at(2000, 0), *at(3000, 1000))
    assert [len(area) for area in pack_area(shape, CRS, 15)] == [2, 1]
    assert pack_area(None, CRS) == []


# ---------------------------------------------------------------------------- words


def all_words():
    for section, texts in map_text.words().items():
        for key, (zh, en) in texts.items():
            yield f"{section}.{key}", zh, en


def test_every_text_stands_in_both_languages_with_the_same_places():
    for key, zh, en in all_words():
        assert zh, key
        assert en, key
        assert set(re.findall(r"{(\w+)}", zh)) == set(re.findall(r"{(\w+)}", en)), key
        assert not re.search(r"[\u4e00-\u9fff]", en), key


def test_every_text_is_used():
    code = "".join(
        entry.read_text(encoding="utf-8")
        for folder in (
            resources.files("firecover.outputs") / "maps",
            resources.files("firecover.outputs") / "templates",
        )
        for entry in folder.iterdir()
        if entry.is_file() and not entry.name.startswith("report")
    )
    for key, _, _ in all_words():
        name = key.split(".")[1]
        assert re.search(rf"\b{re.escape(name)}\b", code) or f"{key.split('.')[0]}.{{" in code, key


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0.0 %"), (0.0001, "<0.1 %"), (0.25, "25.0 %"), (0.9999, ">99.9 %"), (1, "100.0 %")],
)
def test_a_share_is_never_rounded_to_nothing_or_all(share, text):
    assert map_text.percent(share) == text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(0, 0, "0"), (-0.0, 2, "0.00"), (0.3, 0, "<1"), (1234.5, 1, "1,234.5"), (-3, 0, "-3")],
)
def test_numbers(value, decimals, text):
    assert map_text.number(value, decimals) == text


def test_amounts_carry_their_unit_and_nothing_is_made_up():
    assert map_text.amount(276, "minutes") == ("4.6 分钟", "4.6 min")
    assert map_text.amount(float("nan"), "metres") == ("不详", "not known")
    assert map_text.share(0.5, 3, 6, "count") == ("50.0 %（3 / 6 个）", "50.0 % (3 of 6)")
    assert map_text.share(None, 0, 0, "km2") == ("无法得出", "cannot be said")

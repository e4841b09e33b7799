"""KML: valid, escaped, in WGS-84, with styles and folders; read back by GDAL too."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from firecover.outputs.exports.export import export_files
from firecover.outputs.exports.kml import BULKY
from firecover.outputs.exports.kml_styles import kml_colour
from firecover.outputs.geopackage import LAYERS
from support.places import somewhere
from support.tiny_results import MARKUP_VILLAGE, tiny_results

KML = "{http://www.opengis.net/kml/2.2}"
IMAGE = "<img src=x onerror=alert(1)>"


def document(package, *layers):
    export_files(package, "kml", layers)
    root = ET.parse(package.parent / "export/kml/tiny.kml").getroot()
    assert root.tag == f"{KML}kml"
    return root.find(f"{KML}Document")


def folders(parent):
    return {item.findtext(f"{KML}name"): item for item in parent.findall(f"{KML}Folder")}


def places(parent):
    return parent.findall(f".//{KML}Placemark")


class Tags(HTMLParser):
    """The tags and cells of a description, as a browser reads it."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.cells = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))
        self.cells.append("")

    def handle_data(self, data):
        self.cells[-1] += data


def test_folders_bear_chinese_names_and_hold_every_row_that_is_somewhere(package):
    found = folders(document(package))
    results = tiny_results()
    assert list(found)[:3] == ["消防站", "备选站址", "已排除站址"]
    assert len(found) == len(set(LAYERS) - BULKY) + 1
    for label, layer in {"消防站": "stations", "乡镇街道": "townships", "村寨": "villages"}.items():
        assert len(places(found[label])) == somewhere(getattr(results, layer).geometry).sum()


def test_the_first_scenario_is_shown_and_the_others_wait(package):
    scenarios = folders(folders(document(package))["消防站"])
    assert {name: item.findtext(f"{KML}visibility") for name, item in scenarios.items()} == {
        "消防站·现状": "1",
        "消防站·规划2025": "0",
    }


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (MARKUP_VILLAGE, MARKUP_VILLAGE),
        (IMAGE, IMAGE),
        ("a & b ]]> &lt;村", "a & b ]]> &lt;村"),
        ("bell\x07村", "bell村"),  # no XML 1.0 can hold it
    ],
)
def test_a_name_of_markup_stays_text(package, name, shown):
    data = tiny_results().villages.assign(name=name)
    pyogrio.write_dataframe(data, package, layer="村", driver="GPKG", append=True)
    found = places(document(package, "村"))
    text = (package.parent / "export/kml/tiny.kml").read_text("utf-8")
    assert "<img" not in text
    assert "<script" not in text
    assert len(found) == len(data)
    for place in found:
        assert place.findtext(f"{KML}name") == shown
        read = Tags(place.findtext(f"{KML}description"))
        assert {tag for tag, _ in read.tags} == {"table", "tr", "td"}
        assert shown in read.cells


def test_a_balloon_shows_the_table_and_not_the_raw_name(package):
    styles = document(package).findall(f"{KML}Style")
    assert styles
    for style in styles:
        assert style.findtext(f"{KML}BalloonStyle/{KML}text") == "$[description]"


def test_every_place_has_a_style_that_is_there(package):
    found = document(package)
    known = {f"#{style.get('id')}" for style in found.findall(f"{KML}Style")}
    used = {place.findtext(f"{KML}styleUrl") for place in places(found)}
    assert used <= known
    order = [item.tag.removeprefix(KML) for item in found]
    assert order.index("Folder") > max(i for i, tag in enumerate(order) if tag == "Style")


def test_colours_follow_the_legend(package):
    found = document(package)
    villages = tiny_results().villages
    colours = {
        f"#{style.get('id')}": style.findtext(f"{KML}IconStyle/{KML}color")
        for style in found.findall(f"{KML}Style")
    }
    shown = [colours[p.findtext(f"{KML}styleUrl")] for p in places(folders(found)["村寨"])]
    # In the colours of styles.VILLAGE_MARKERS: reached in time, too late, nobody comes.
    want = np.where(villages["reached"], "ff739e00", "ff29b4f0")
    want = np.where(villages["first_s"].isna(), "ff005ed5", want)
    assert shown == want.tolist()


def test_a_colour_is_turned_around():
    assert kml_colour("#112233", 1.0) == "ff332211"
    assert kml_colour("#112233", 0.5) == "80332211"


def test_the_table_tells_values_in_words_with_units_and_leaves_out_the_unknown(package):
    place = places(folders(document(package))["消防站"])[0]
    read = Tags(place.findtext(f"{KML}description"))
    cells = [text for text in read.cells if text]
    told = dict(zip(cells[::2], cells[1::2], strict=True))
    assert told["名称"] == "城区消防救援站"
    assert told["站级"].startswith("一级")
    assert told["辖区面积（平方公里）"] == "9"
    assert told["规定时间可达比例（0至1）"] == "0.777778"
    assert "备注" not in told


def test_wider_bands_lie_below_narrower_ones(package):
    scenario = folders(folders(document(package))["等时圈"])["等时圈·现状"]
    names = [place.findtext(f"{KML}name") for place in places(scenario)]
    assert names == ["12 分钟", "8 分钟", "5 分钟"]


def test_outer_rings_run_anticlockwise_and_holes_stay(package):
    outer, inner = 0, 0
    for polygon in document(package).iter(f"{KML}Polygon"):
        for tag, sign in (("outerBoundaryIs", True), ("innerBoundaryIs", None)):
            for ring in polygon.findall(f"{KML}{tag}/{KML}LinearRing/{KML}coordinates"):
                pairs = [tuple(map(float, p.split(","))) for p in ring.text.split()]
                assert pairs[0] == pairs[-1]
                if sign:
                    assert shapely.LinearRing(pairs).is_ccw
                outer, inner = outer + bool(sign), inner + (not sign)
    assert outer
    assert inner


def test_gdal_reads_the_same_places(package):
    export_files(package, "kml")
    path = package.parent / "export/kml/tiny.kml"
    found = gpd.read_file(path, layer="市政消火栓", engine="pyogrio")
    given = tiny_results().hydrants.to_crs(4326)
    assert shapely.distance(found.geometry.to_numpy(), given.geometry.to_numpy()).max() < 1e-7


def test_what_is_left_out_is_told_with_its_number(package):
    done = export_files(package, "kml")
    told = {note.layer: note for note in done.notes if note.action == "left out"}
    assert told["demand"].count == len(tiny_results().demand)
    assert told["townships"].count == (~somewhere(tiny_results().townships.geometry)).sum()
    assert "phasing" in told[""].en
    text = (package.parent / "export/kml/README.txt").read_text("utf-8-sig")
    assert re.search(r"- demand: \d+条为便于手机打开", text)


def test_a_bulky_layer_comes_when_it_is_named(package):
    found = folders(document(package, "demand"))
    assert len(places(found["需求点"])) == len(tiny_results().demand)
    urls = [place.findtext(f"{KML}styleUrl") for place in places(found["需求点"])]
    bands = np.digitize(tiny_results().demand["first_min_baseline"], [5, 8, 12], right=True)
    assert urls == [f"#demand-{band}" if band < 3 else None for band in bands]


def test_what_the_document_says_of_itself(package):
    found = document(package)
    told = found.findtext(f"{KML}description")
    assert "内部资料，注意保管" in told
    assert "不可当作实测" in told
    assert found.findtext(f"{KML}name") == "试验县 Test county"
    stations = folders(found)["消防站"].findtext(f"{KML}description")
    assert "道路 Roads [实测 observed]: OpenStreetMap contributors" in stations

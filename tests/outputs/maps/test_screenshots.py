"""Each page as a picture: wide and on a phone, in both languages; nothing blank, cut or covered.

The pictures go into the folder that ``FIRECOVER_SCREENSHOTS`` names, to be looked at, else into
pytest's own temporary folder.
"""

from __future__ import annotations

import os
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
import rasterio
from affine import Affine

from firecover.outputs.maps.pages import write_maps
from firecover.pipeline import analyse
from support.browser import DESKTOP, PHONE, console, open_page, wait_until
from support.layers_files import CRS, ORIGIN, SIDE_M, degrees
from support.what_if_study import write_what_if_study

pytestmark = pytest.mark.browser
SIZES = {"wide": DESKTOP, "narrow": (1280, 720), "phone": PHONE}
FOLDER = "FIRECOVER_SCREENSHOTS"
HANDLING = {"zh": "内部资料，公开前须依法送审", "en": "For internal use; to be approved first"}

#: What overlaps although it should not, what is cut, and what lies outside the window.
LOOK = """
function box(e) { return e.getBoundingClientRect(); }
function shown(e) {
  var b = box(e), s = getComputedStyle(e);
  return b.width > 0 && b.height > 0 && s.visibility !== 'hidden' && s.display !== 'none';
}
function all(query) {
  return Array.from(document.querySelectorAll(query)).filter(shown);
}
function name(e) { return (e.className.baseVal || e.className) + '#' + e.id; }
function cover(a, b) {
  var p = box(a), q = box(b);
  return Math.min(p.right, q.right) - Math.max(p.left, q.left) > 1 &&
    Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top) > 1;
}
function pairs(list) {
  list.forEach(function (a, i) {
    list.slice(i + 1).forEach(function (b) {
      if (cover(a, b)) { wrong.push(name(a) + ' covers ' + name(b)); }
    });
  });
}
var wrong = [], wide = window.innerWidth, high = window.innerHeight;
if (document.documentElement.scrollWidth > wide) {
  wrong.push('wider than the window: ' + document.documentElement.scrollWidth);
}
pairs(all('.fc-head > *'));
pairs(all('.fc-head, #fc-banner, .fc-side, .folium-map, .fc-wi-results').filter(function (e) {
  return getComputedStyle(e).position !== 'fixed';
}));
pairs(all('.folium-map .leaflet-control'));
all('.fc-head, .folium-map, .fc-head > *, .folium-map .leaflet-control').forEach(function (e) {
  var b = box(e);
  if (b.left < -1 || b.top < -1 || b.right > wide + 1 || b.bottom > high + 1) {
    wrong.push(name(e) + ' lies outside the window');
  }
});
all('.fc-side').forEach(function (e) {
  var b = box(e);
  if (b.left < -1 || b.right > wide + 1 || b.top > high) {
    wrong.push('the legend lies outside the window');
  }
});
var nav = document.querySelector('.fc-nav'), title = document.querySelector('.fc-title');
if (wide > 760 && nav.scrollWidth > nav.clientWidth + 1) { wrong.push('the pages are cut'); }
if (wide > 760 && title.scrollWidth > title.clientWidth + 1) { wrong.push('the title is cut'); }
all('.folium-map').forEach(function (e) {
  var b = box(e);
  if (b.width * b.height < 0.3 * wide * high) { wrong.push('the map is small'); }
});
return wrong;
"""


def write_hills(file):
    """Write a terrain of gentle hills around the study, with one peak in its south-west."""
    cell = 100.0
    rows, columns = np.indices((160, 160))
    heights = 600 + 40 * np.sin(rows / 8) * np.cos(columns / 11)
    heights[104, 55] = 1400  # a cell of 100 m, whose middle is PEAK
    transform = Affine(cell, 0, ORIGIN[0] - 3000, 0, -cell, ORIGIN[1] + SIDE_M + 3000)
    settings = {"driver": "GTiff", "dtype": "float32", "count": 1, "crs": CRS}
    with rasterio.open(file, "w", height=160, width=160, transform=transform, **settings) as out:
        out.write(heights.astype("float32"), 1)


#: Metres from the lower left corner of the study.
PEAK = (2550.0, 2550.0)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    write_hills(folder / "dem.tif")
    dem = {"path": "dem.tif", "provenance": {"kind": "modelled", "source": "a formula"}}
    return analyse(
        write_what_if_study(
            folder,
            layers={"dem": dem},
            study={
                "title": {"zh": "示例山地土家族苗族自治县", "en": "Sample Highland County"},
                "handling": HANDLING,
                "map_approval": "示S（2026）001号",
            },
        )
    )


@pytest.fixture(scope="module")
def maps(results, tmp_path_factory):
    return write_maps(results, tmp_path_factory.mktemp("maps"))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    asked = os.environ.get(FOLDER)
    if not asked:
        return tmp_path_factory.mktemp("screenshots")
    folder = Path(asked)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def blank(file):
    """Tell whether a picture shows next to nothing."""
    pixels = (matplotlib.image.imread(file)[..., :3] * 255).astype(np.uint32)
    _, counts = np.unique(pixels @ np.array([65536, 256, 1], np.uint32), return_counts=True)
    return len(counts) < 100 or counts.max() > 0.9 * counts.sum()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("label", SIZES)
def test_no_page_is_blank_cut_or_covered(browser, maps, pictures, lang, label):
    wrong, size = {}, SIZES[label]
    for file in maps:
        open_page(browser, file, size, f"?lang={lang}")
        if file.stem == "what_if":
            wait_until(browser, "return document.querySelectorAll('#fc-wi-figures tr').length > 3")
        picture = pictures / f"{file.stem}.{lang}.{label}.png"
        browser.save_screenshot(str(picture))
        found = browser.execute_script(LOOK)
        if blank(picture):
            found.append("blank")
        found += console(browser)
        if found:
            wrong[file.stem] = found
    assert wrong == {}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_entry_page_tells_verdicts_and_maps_in_one_screen(browser, maps, lang):
    open_page(browser, maps[0], DESKTOP, f"?lang={lang}")
    tiles, cards = browser.execute_script(
        "return ['.fc-tile', '.fc-card'].map(function (each) { return Math.max.apply(null,"
        " Array.from(document.querySelectorAll(each)).map(function (e) {"
        " return e.getBoundingClientRect().bottom; })); })"
    )
    assert tiles < 0.6 * DESKTOP[1]
    assert cards <= DESKTOP[1]


def test_what_is_looked_for_is_found(browser, maps):
    """A page with a header over its map, and one that is too wide."""
    open_page(browser, maps[1], DESKTOP)
    assert browser.execute_script(LOOK) == []
    browser.execute_script(
        "document.querySelector('.fc-search').style.marginLeft = '-300px';"
        "document.querySelector('.fc-side').style.width = '700px';"
    )
    found = " ".join(browser.execute_script(LOOK))
    assert "covers fc-search" in found
    assert "fc-side#fc-side" in found


def test_a_run_gives_the_maps_their_terrain(results):
    relief = results.relief
    row, column = np.unravel_index(np.nanargmax(relief.elevation_m), relief.elevation_m.shape)
    a, _, c, _, e, f = relief.transform
    there = (c + (column + 0.5) * a - ORIGIN[0], f + (row + 0.5) * e - ORIGIN[1])
    assert there == pytest.approx(PEAK, abs=a)
    assert "dem" in results.modelled


def test_the_peak_lies_at_its_place_on_the_page(browser, maps):
    """Its slope away from the light is the darkest pixel, within a pixel south-east of it."""
    open_page(browser, maps[1], DESKTOP)
    at_x, at_y, peak_x, peak_y = browser.execute_async_script(
        """
        var done = arguments[2], relief = firecover.page.base.relief, image = new Image();
        image.onload = function () {
          var canvas = document.createElement('canvas');
          canvas.width = image.width;
          canvas.height = image.height;
          var context = canvas.getContext('2d');
          context.drawImage(image, 0, 0);
          var data = context.getImageData(0, 0, image.width, image.height).data;
          var count = 0, sums = [0, 0], least = 256;
          for (var i = 0; i < data.length; i += 4) {
            if (data[i + 3] && data[i] < least) { least = data[i]; count = 0; sums = [0, 0]; }
            if (data[i + 3] && data[i] === least) {
              count += 1;
              sums[0] += (i / 4) % image.width + 0.5;
              sums[1] += Math.floor(i / 4 / image.width) + 0.5;
            }
          }
          var low = firecover.map.project(L.latLng(relief.corners[0]), 12);
          var high = firecover.map.project(L.latLng(relief.corners[1]), 12);
          var peak = firecover.map.project(L.latLng(arguments_[1], arguments_[0]), 12);
          done([sums[0] / count, sums[1] / count,
            (peak.x - low.x) / (high.x - low.x) * image.width,
            (peak.y - high.y) / (low.y - high.y) * image.height]);
        };
        var arguments_ = arguments;
        image.src = relief.uri;
        """,
        *degrees(*PEAK),
    )
    pixels = 900 / SIDE_M * 100  # of one cell of the terrain
    assert 0 < at_x - peak_x < 1.5 * pixels
    assert 0 < at_y - peak_y < 1.5 * pixels

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

from firecover.outputs.maps import write_maps
from firecover.pipeline import analyse
from support.browser import DESKTOP, PHONE, chromium, console, needs_chromium, open_page, wait_until
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


@pytest.fixture(scope="module")
def maps(tmp_path_factory):
    results = analyse(
        write_what_if_study(
            tmp_path_factory.mktemp("study"),
            study={
                "title": {
                    "zh": "示例山地土家族苗族自治县",
                    "en": "Sample Highland County",
                },
                "handling": HANDLING,
                "map_approval": "示S（2026）001号",
            },
        )
    )
    folder = tmp_path_factory.mktemp("maps")
    return write_maps(results, folder)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    asked = os.environ.get(FOLDER)
    if not asked:
        return tmp_path_factory.mktemp("screenshots")
    folder = Path(asked)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    needs_chromium()
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


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

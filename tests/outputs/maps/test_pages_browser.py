"""The maps opened in headless Chromium with no network: what a planner sees and can do."""

from __future__ import annotations

import base64
import re

import matplotlib.image
import numpy as np
import pytest

from support.browser import DESKTOP, PHONE, console, open_page, wait_until
from support.tiny_results import MARKUP_CANDIDATE, MARKUP_VILLAGE

pytestmark = pytest.mark.browser
MAPS = ["response", "jurisdictions", "townships", "villages", "hydrants", "candidates"]


def text_of(driver, selector):
    return driver.execute_script(
        "return document.querySelector(arguments[0]).innerText", selector
    ).strip()


def click(driver, selector):
    driver.execute_script("document.querySelector(arguments[0]).click()", selector)


def type_into_search(driver, text):
    driver.execute_script(
        "var box = document.getElementById('fc-search'); box.focus(); box.value = arguments[0];"
        "box.dispatchEvent(new Event('input'))",
        text,
    )


def popup(driver):
    """Return the text of the popup that was opened last; one that closes fades for a moment."""
    return driver.execute_script(
        "var open = document.querySelectorAll('.fc-popup'); return open[open.length - 1].innerText"
    ).strip()


def choose_first(driver):
    driver.execute_script(
        "document.getElementById('fc-search').dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'Enter'}))"
    )
    wait_until(driver, "return document.querySelector('.fc-popup') !== null")


def ticked(driver):
    return set(
        driver.execute_script(
            "return Array.from(document.querySelectorAll('input[data-layer]:checked')).map("
            "function (box) { return box.getAttribute('data-layer'); })"
        )
    )


def boxes(driver, *selectors):
    return [
        driver.execute_script(
            "var b = document.querySelector(arguments[0]).getBoundingClientRect();"
            "return [b.left, b.top, b.right, b.bottom]",
            selector,
        )
        for selector in selectors
    ]


def overlap(a, b):
    return min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 1


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", ["index", *MAPS])
def test_a_page_opens_without_network_or_complaint(browser, folder, tmp_path, name, size):
    open_page(browser, folder / f"{name}.html", size)
    picture = tmp_path / f"{name}.png"
    browser.save_screenshot(str(picture))
    assert console(browser) == []
    loads = browser.execute_script(
        "return performance.getEntriesByType('resource').map(function (e) { return e.name; })"
    )
    assert [url for url in loads if not url.startswith("data:")] == []
    pixels = matplotlib.image.imread(picture)[..., :3]
    assert pixels.shape[:2] == size[::-1]
    assert len(np.unique((pixels * 255).astype(np.uint8).reshape(-1, 3), axis=0)) > 100
    # Nothing is wider than the window.
    assert browser.execute_script("return document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize("name", MAPS)
def test_a_map_has_its_layers_legend_frame_and_warning(browser, folder, name):
    open_page(browser, folder / f"{name}.html")
    keys = browser.execute_script(
        "var map = firecover.map; return firecover.page.layers.filter(function (l) {"
        " return map.hasLayer(l.group) && l.group.getLayers().length > 0;"
        " }).map(function (l) { return l.key; })"
    )
    theme = {"response": "bands", "jurisdictions": "verdicts", "townships": "shares"}
    assert {theme.get(name, name), "stations", "township_names"} <= set(keys)
    switches = browser.execute_script(
        "return Array.from(document.querySelectorAll('input[data-layer]')).map("
        "function (box) { return box.getAttribute('data-layer'); })"
    )
    assert len(switches) == len(set(switches))
    there = browser.execute_script(
        "return firecover.page.layers.filter(function (l) { return l.features.length > 0; })"
        ".map(function (l) { return l.key; })"
    )
    assert set(there) == set(switches)
    assert set(keys) == ticked(browser) - {"allocation"}  # which belongs to the models' answers
    assert text_of(browser, ".leaflet-control-scale").endswith(" m") or text_of(
        browser, ".leaflet-control-scale"
    ).endswith(" km")
    assert browser.execute_script("return document.querySelector('.fc-north') !== null")
    assert "OpenStreetMap" in text_of(browser, ".leaflet-control-attribution")
    assert "含模拟数据" in text_of(browser, "#fc-banner")


@pytest.mark.parametrize("name", ["index", *MAPS])
def test_the_language_switches_every_text(browser, folder, name):
    open_page(browser, folder / f"{name}.html")
    chinese = text_of(browser, "body")
    assert "Contains modelled data" not in chinese
    assert "试验县" in browser.title
    click(browser, "#fc-language")
    english = text_of(browser, "body")
    assert "Contains modelled data" in english
    assert "含模拟数据" not in english
    assert "Test county" in browser.title
    assert browser.execute_script("return document.documentElement.lang") == "en"
    links = browser.execute_script(
        "return Array.from(document.querySelectorAll('a[data-page]')).map("
        "function (a) { return a.getAttribute('href'); })"
    )
    assert all("?lang=en" in link for link in links)
    click(browser, "#fc-language")
    assert text_of(browser, "body") == chinese


def test_the_address_chooses_language_and_scenario(browser, folder):
    open_page(browser, folder / "response.html", query="?lang=en&scenario=plan_2025")
    assert "Response time" in text_of(browser, ".fc-page-name")
    # tests/support/tiny_results.py: today 18,180 people are reached, with the plan more.
    assert "18,180" not in text_of(browser, ".fc-panel")
    assert browser.execute_script("return firecover.state.scenario") == "plan_2025"
    open_page(browser, folder / "response.html", query="?scenario=nonsense&lang=xx")
    assert browser.execute_script("return firecover.state.scenario") == "baseline"
    assert "18,180" in text_of(browser, ".fc-panel")


def test_choosing_a_scenario_changes_figures_and_layers(browser, folder):
    open_page(browser, folder / "villages.html")
    shown = (
        "return firecover.page.layers.filter(function (l) { return l.key === 'stations' &&"
        " firecover.map.hasLayer(l.group); }).map(function (l) { return l.features.length; })"
    )
    assert browser.execute_script(shown) == [3]
    click(browser, "input[value=plan_2025]")
    assert browser.execute_script(shown) == [4]


def test_a_box_of_the_legend_switches_its_layer(browser, folder):
    open_page(browser, folder / "hydrants.html")
    count = "return document.querySelectorAll('.fc-marker').length"
    all_signs = browser.execute_script(count)
    click(browser, "input[data-layer=stations]")
    assert browser.execute_script(count) == all_signs - 3
    click(browser, "input[data-layer=stations]")
    assert browser.execute_script(count) == all_signs


def test_a_click_tells_the_band(browser, folder):
    open_page(browser, folder / "response.html", query="?lang=en")

    def told_at(lat, lon):
        browser.execute_script(
            "firecover.map.closePopup();"
            "firecover.map.fire('click', {latlng: L.latLng(arguments[0], arguments[1])})",
            lat,
            lon,
        )
        return popup(browser)

    ends = browser.execute_script("return firecover.page.view")
    (south, west), (north, east) = ends

    def place(x_km, y_km):
        return south + (north - south) * y_km / 10, west + (east - west) * x_km / 10

    # s1 stands at (2, 4.5) km; bands reach 2, 3.5 and 5.5 km along the grid.
    assert told_at(*place(2.0, 4.5)) == "Here: reached within 5 min"
    assert told_at(*place(4.6, 4.5)) == "Here: reached within 8 min"
    assert told_at(*place(1.0, 1.0)) == "Here: reached within 12 min"
    assert told_at(*place(0.2, 9.8)) == "Here: not reached within 12 min"


def test_search_finds_by_either_language_and_opens_the_popup(browser, folder):
    open_page(browser, folder / "villages.html")
    type_into_search(browser, "城南")
    assert "城南村" in text_of(browser, "#fc-found")
    choose_first(browser)
    shown = popup(browser)
    assert "城南村" in shown
    assert "3.0 分钟，城区消防救援站" in shown
    assert "120 米" in shown
    type_into_search(browser, "LONGTAN town")
    assert browser.execute_script("return document.querySelectorAll('#fc-found li').length") == 1
    choose_first(browser)
    click(browser, "#fc-language")
    assert "Longtan township squad" in popup(browser)
    type_into_search(browser, "no such place")
    assert "Nothing found" in text_of(browser, "#fc-found")


@pytest.mark.parametrize("name", MAPS)
def test_every_map_finds_townships_and_stations(browser, folder, name):
    open_page(browser, folder / f"{name}.html")
    for searched in ("龙潭镇", "城区消防救援站"):
        type_into_search(browser, searched)
        choose_first(browser)
        assert searched in popup(browser)
    assert re.search(r"出动车型\s+消防车\n", popup(browser))
    assert console(browser) == []


@pytest.mark.parametrize(
    ("name", "searched", "hostile"),
    [("villages", "alert", MARKUP_VILLAGE), ("candidates", "onerror", MARKUP_CANDIDATE)],
)
def test_a_name_that_is_markup_shows_as_text_and_does_nothing(
    browser, folder, name, searched, hostile
):
    browser.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument",
        {"source": "window.alerts = []; window.alert = function (x) { alerts.push(x); };"},
    )
    open_page(browser, folder / f"{name}.html")
    type_into_search(browser, searched)
    assert hostile in text_of(browser, "#fc-found")
    choose_first(browser)
    assert hostile in popup(browser)
    browser.execute_script(
        "firecover.page.layers.forEach(function (l) { l.features.forEach(function (f) {"
        " if (f.shape && firecover.map.hasLayer(f.shape)) { f.shape.openTooltip(); } }); })"
    )
    tips = browser.execute_script(
        "return Array.from(document.querySelectorAll('.leaflet-tooltip')).map("
        "function (tip) { return tip.innerText; })"
    )
    assert any(tip.startswith(hostile) for tip in tips)
    labels = browser.execute_script(
        "return Array.from(document.querySelectorAll('.fc-label')).map("
        "function (label) { return label.textContent; })"
    )
    assert any(hostile in label for label in labels)
    assert browser.execute_script("return document.querySelectorAll('img').length") == 0
    assert browser.execute_script("return alerts") == []
    assert console(browser) == []


def test_the_table_leads_to_the_map(browser, folder):
    open_page(browser, folder / "candidates.html", query="?lang=en")
    click(browser, "tr[data-feature]")
    wait_until(browser, "return document.querySelector('.fc-popup') !== null")
    assert "Xiaoba fire station" in popup(browser)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_panels_do_not_cover_one_another(browser, folder, size):
    open_page(browser, folder / "townships.html", size)
    names = [".fc-head", ".fc-banner", ".folium-map"]
    if size == DESKTOP:
        names.append(".fc-side")
    places = boxes(browser, *names)
    for i, first in enumerate(places):
        assert first[2] - first[0] > 100
        for other in places[i + 1 :]:
            assert not overlap(first, other)
    frame = boxes(
        browser,
        ".leaflet-control-zoom",
        ".fc-north",
        ".leaflet-control-scale",
        ".leaflet-control-attribution",
        ".fc-search",
    )
    for i, first in enumerate(frame):
        for other in frame[i + 1 :]:
            assert not overlap(first, other)


@pytest.mark.parametrize("size", [(900, 700), PHONE], ids=["narrow", "phone"])
def test_the_scale_bar_stands_beside_or_above_credits_of_any_length(browser, folder, size):
    open_page(browser, folder / "response.html", size)
    for more in ("", " OpenStreetMap" * 8, " OpenStreetMap" * 40):
        browser.execute_script(
            "document.querySelector('.leaflet-control-attribution').append(arguments[0])", more
        )
        scale, credit, frame = boxes(
            browser, ".leaflet-control-scale", ".leaflet-control-attribution", ".folium-map"
        )
        assert not overlap(scale, credit)
        assert scale[0] - frame[0] < 20
        for each in (scale, credit):
            assert frame[0] <= each[0] < each[2] <= frame[2]
            assert each[3] <= frame[3]


#: A sign put on a township's name, and what the name does then.
ASIDE = """
var map = firecover.map, name = arguments[0], put = arguments[1];
var area = firecover.page.layers.filter(function (l) { return l.search && l.draw === 'areas'; })
  .map(function (l) { return l.features; }).flat().filter(function (f) {
    return f.name[0] === name || f.name === name; })[0];
var label = Array.from(document.querySelectorAll('.fc-label-township')).filter(function (b) {
  return b.textContent.indexOf(name) >= 0; })[0];
function box(e) {
  var b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; }
if (!put) { return [box(label), box(label), true]; }
var at = label.getBoundingClientRect(), frame = map.getContainer().getBoundingClientRect();
var sign = document.createElement('span');
sign.className = 'fc-marker';
sign.innerHTML = '<svg width="10" height="10"></svg>';
sign.style.cssText = 'position: fixed; left: ' + (at.left + at.width / 2 - 5) + 'px; top: ' +
  (at.top + at.height / 2 - 5) + 'px';
map.getContainer().appendChild(sign);
map.fire('resize');
var now = box(label), middle = map.containerPointToLatLng(
  [(now[0] + now[2]) / 2 - frame.left, (now[1] + now[3]) / 2 - frame.top]);
var answer = [now, box(sign.firstChild), area.drawn.getBounds().contains(middle)];
sign.remove();
return answer;
"""


@pytest.mark.parametrize("page", ["response", "townships"])
def test_the_name_of_a_township_makes_way_for_a_sign_and_stays_in_its_area(browser, folder, page):
    open_page(browser, folder / f"{page}.html")
    name = browser.execute_script(
        "return Array.from(document.querySelectorAll('.fc-label-township')).filter(function (b) {"
        " return getComputedStyle(b).visibility === 'visible'; })[0].firstChild.textContent"
    )
    before, _, _ = browser.execute_script(ASIDE, name, 0)
    after, sign, inside = browser.execute_script(ASIDE, name, 1)
    assert before != after
    assert not overlap(after, sign)
    assert inside


def test_on_a_phone_the_panel_opens_and_closes(browser, folder):
    open_page(browser, folder / "townships.html", PHONE)
    hidden = "return getComputedStyle(document.querySelector('.fc-side')).visibility"
    assert browser.execute_script(hidden) == "hidden"
    click(browser, "[data-toggle-side]")
    wait_until(browser, f"{hidden} === 'visible'")
    click(browser, "[data-toggle-side]")
    wait_until(browser, f"{hidden} === 'hidden'")


def test_a_printed_map_is_one_sheet_with_its_legend_and_warning(browser, folder):
    open_page(browser, folder / "response.html")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        browser.execute_script("window.dispatchEvent(new Event('beforeprint'))")
        shown = "return getComputedStyle(document.querySelector(arguments[0])).display"
        assert browser.execute_script(shown, "#fc-banner") != "none"
        assert browser.execute_script(shown, ".fc-nav") == "none"
        (left, _, right, bottom), legend = boxes(browser, ".folium-map", "[data-legend=bands]")
        # An A4 sheet across, less its margins, is 1054 by 725 CSS pixels.
        assert right - left <= 781
        assert bottom <= 725
        assert legend[0] >= right
        browser.execute_script("window.dispatchEvent(new Event('afterprint'))")
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    width = browser.execute_script("return document.querySelector('.folium-map').offsetWidth")
    assert width > 900
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    assert base64.b64decode(printed["data"]).startswith(b"%PDF")

"""The page of weak points in headless Chromium, with no network: questions, clicks, rows."""

from __future__ import annotations

import matplotlib.image
import numpy as np
import pytest

from firecover.outputs.maps.pages import write_maps
from support.browser import DESKTOP, PHONE, console, open_page, wait_until
from support.tiny_results import tiny_results

pytestmark = pytest.mark.browser
ROADS, OUTAGES, CHANCE = range(3)
SHOWN = (
    "var map = firecover.map; return Array.from(new Set(firecover.page.layers.filter("
    "function (l) { return map.hasLayer(l.group) && l.group.getLayers().length > 0; })"
    ".map(function (l) { return l.key; }))).sort()"
)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    return {file.name: file for file in write_maps(tiny_results(), folder)}["resilience.html"]


def ask(driver, question):
    driver.execute_script(
        "var box = document.getElementById('fc-variant'); box.value = arguments[0];"
        "box.dispatchEvent(new Event('change'))",
        str(question),
    )


def text_of(driver, selector):
    return driver.execute_script(
        "return document.querySelector(arguments[0]).innerText", selector
    ).strip()


def click(driver, selector):
    driver.execute_script("document.querySelector(arguments[0]).click()", selector)


def popup(driver):
    """Return the popup that was opened last; one that closes fades for a moment."""
    return driver.execute_script(
        "var open = document.querySelectorAll('.fc-popup');"
        "return open.length ? open[open.length - 1].innerText : ''"
    ).strip()


def tables(driver):
    """Return the names of the tables that are seen."""
    return driver.execute_script(
        "return Array.from(document.querySelectorAll('.fc-tables > div')).filter("
        "function (t) { return t.offsetHeight > 0; }).map("
        "function (t) { return t.querySelector('h2').innerText; })"
    )


def click_on(driver, script):
    """Click with the mouse where a script's rectangle has its middle."""
    x, y = driver.execute_script(
        f"var b = ({script}).getBoundingClientRect();"
        "return [(b.left + b.right) / 2, (b.top + b.bottom) / 2]"
    )
    for kind in ("mousePressed", "mouseReleased"):
        driver.execute_cdp_cmd(
            "Input.dispatchMouseEvent",
            {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1},
        )
    wait_until(driver, "return document.querySelector('.fc-popup') !== null")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("question", [ROADS, OUTAGES, CHANCE])
def test_each_question_opens_without_network_or_complaint(browser, page, tmp_path, size, question):
    open_page(browser, page, size)
    ask(browser, question)
    picture = tmp_path / "page.png"
    browser.save_screenshot(str(picture))
    assert console(browser) == []
    loads = browser.execute_script(
        "return performance.getEntriesByType('resource').map(function (e) { return e.name; })"
    )
    assert [url for url in loads if not url.startswith("data:")] == []
    pixels = (matplotlib.image.imread(picture)[..., :3] * 255).astype(np.uint8)
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 100
    assert browser.execute_script("return document.documentElement.scrollWidth") <= size[0]


def test_a_question_shows_its_layers_and_its_table(browser, page):
    open_page(browser, page, query="?lang=en")
    names = ["township_names"]
    assert browser.execute_script(SHOWN) == ["roads", "stations", *names]
    assert tables(browser) == ["Today: people lost, cut off, and villages lost"]
    ask(browser, OUTAGES)
    assert browser.execute_script(SHOWN) == ["outages", *names]
    assert tables(browser) == ["Today: people, built-up area and villages lost"]
    first = "return document.querySelector('.fc-legend').getAttribute('data-legend')"
    assert browser.execute_script(first) == "outages"
    ask(browser, CHANCE)
    assert browser.execute_script(SHOWN) == ["chance", "chance_villages", *names]
    assert browser.execute_script(first) == "chance"
    click(browser, "input[data-layer=chance_built_up]")
    assert "chance_built_up" in browser.execute_script(SHOWN)
    # A layer of another question may be ticked beside those of this one.
    click(browser, "input[data-layer=roads]")
    assert "roads" in browser.execute_script(SHOWN)
    ask(browser, ROADS)
    assert browser.execute_script(SHOWN) == ["roads", "stations", *names]
    assert console(browser) == []


def test_choosing_a_scenario_changes_the_answer_and_keeps_the_question(browser, page):
    open_page(browser, page, query="?lang=en")
    ask(browser, OUTAGES)
    count = (
        "return firecover.page.layers.filter(function (l) { return l.key === 'outages' &&"
        " firecover.map.hasLayer(l.group); }).map(function (l) { return l.features.length; })"
    )
    assert browser.execute_script(count) == [3]
    click(browser, "input[value=plan_2025]")
    assert browser.execute_script(count) == [4]
    assert tables(browser)[0].startswith("Plan 2025: people, built-up area")
    assert len(tables(browser)) == 1


def test_a_click_on_a_road_tells_what_its_closure_costs(browser, page):
    open_page(browser, page, query="?lang=en")
    # Beside its rank, that is on the line itself: the view shows a part without stations.
    browser.execute_script(
        "var line = firecover.page.layers.find(function (l) {"
        " return l.draw === 'ways' && l.scenario === 'baseline'; }).features[1].drawn;"
        "window.line = line; var ends = line.getLatLngs()[0];"
        "firecover.map.setView(L.latLng(ends[0].lat, ends[0].lng * 0.6 + ends[1].lng * 0.4), 15,"
        " { animate: false })"
    )
    x, y = browser.execute_script(
        "var b = firecover.map.getContainer().getBoundingClientRect();"
        "return [b.left + b.width / 2, b.top + b.height / 2]"
    )
    for kind in ("mousePressed", "mouseReleased"):
        browser.execute_cdp_cmd(
            "Input.dispatchMouseEvent",
            {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1},
        )
    wait_until(browser, "return document.querySelector('.fc-popup') !== null")
    shown = popup(browser)
    # tests/support/tiny_assessment.py: what the closure of national road 319 costs is given.
    for words in ("319", "5,760 people", "Rank\t1", "national road", "10,000 m"):
        assert words in shown
    click(browser, "#fc-language")
    wait_until(browser, "return document.querySelector('.fc-popup').innerText.includes('5,760 人')")
    assert "第 1 名" in popup(browser)
    assert "Rank" not in popup(browser)


def test_a_row_leads_to_the_whole_road_and_opens_its_popup(browser, page):
    open_page(browser, page)
    before = browser.execute_script("return firecover.map.getCenter().toString()")
    rows = "Array.from(document.querySelectorAll('tr[data-feature]'))"
    browser.execute_script(f"{rows}.find(function (r) {{ return r.offsetHeight; }}).click()")
    wait_until(browser, "return document.querySelector('.fc-popup') !== null")
    assert "5,760 人" in popup(browser)
    assert browser.execute_script("return firecover.map.getCenter().toString()") != before
    inside = (
        "var line = firecover.page.layers.find(function (l) {"
        " return l.draw === 'ways' && l.scenario === 'baseline'; }).features[1].drawn;"
        "return firecover.map.getBounds().pad(0.1).contains(line.getBounds())"
    )
    assert browser.execute_script(inside)


def test_a_circle_tells_who_comes_instead(browser, page):
    open_page(browser, page, query="?lang=en")
    ask(browser, OUTAGES)
    place = (
        "firecover.page.layers.find(function (l) { return l.key === 'outages' &&"
        " l.scenario === 'baseline'; }).features[0].drawn.getElement()"
    )
    click_on(browser, place)
    shown = popup(browser)
    assert "If this station is out of service" in shown
    mine = tiny_results().station_outages.query("scenario == 'baseline'")
    worst = mine.sort_values("population_lost", ascending=False).iloc[0]
    assert worst["name_en"] in shown
    assert f"{worst['population_lost']:,.0f} people" in shown
    assert "Who comes instead" in shown


def test_a_square_tells_its_chance_and_people(browser, page):
    open_page(browser, page, query="?lang=en")
    ask(browser, CHANCE)
    click(browser, "input[data-layer=chance_villages]")
    place = (
        "firecover.page.layers.find(function (l) { return l.key === 'chance' && l.fields &&"
        " l.scenario === 'baseline'; }).features[0].drawn.getElement()"
    )
    click_on(browser, place)
    assert "Square of 1,000 m" in popup(browser)
    assert "960 people" in popup(browser) or "420 people" in popup(browser)


def test_the_language_switches_every_text(browser, page):
    open_page(browser, page)
    for question in (ROADS, OUTAGES, CHANCE):
        ask(browser, question)
        chinese = text_of(browser, ".fc-panel")
        assert "people" not in chinese
        click(browser, "#fc-language")
        english = text_of(browser, ".fc-panel")
        assert "人口" not in english
        assert "最多失去" not in english
        click(browser, "#fc-language")
        assert text_of(browser, ".fc-panel") == chinese
    assert console(browser) == []


def test_search_ticks_the_layer_it_finds_in(browser, page):
    open_page(browser, page)
    ask(browser, OUTAGES)
    browser.execute_script(
        "var box = document.getElementById('fc-search'); box.focus(); box.value = '城南村';"
        "box.dispatchEvent(new Event('input'));"
        "box.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter'}))"
    )
    wait_until(browser, "return document.querySelector('.fc-popup') !== null")
    assert "20 分钟内到达的概率" in popup(browser)
    assert "chance_villages" in browser.execute_script(SHOWN)

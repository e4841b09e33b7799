"""The divider between two scenarios, in headless Chromium with no network."""

from __future__ import annotations

import base64
import dataclasses
import re

import matplotlib.image
import numpy as np
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from support.browser import DESKTOP, PHONE, console, open_page, wait_until
from support.tiny_gain import LESS, gain_results, write_gain
from support.tiny_results import MARKUP_VILLAGE
from support.tiny_town import CANDIDATES, SIDE_M

pytestmark = pytest.mark.browser
GRIP = "document.querySelector('.fc-swipe-grip')"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    write_gain(gain_results(), folder)
    return folder


@pytest.fixture
def page(browser, folder):
    open_page(browser, folder / "gain.html")
    yield browser
    assert console(browser) == []


def text_of(driver, selector):
    return driver.execute_script(
        "return document.querySelector(arguments[0]).innerText", selector
    ).strip()


def popup(driver):
    return driver.execute_script(
        "var open = document.querySelectorAll('.fc-popup'); return open[open.length - 1].innerText"
    ).strip()


def slider(driver):
    """Return what the divider says of itself, and where it is: per cent, and share of the map."""
    now, at = driver.execute_script(
        f"var box = firecover.map.getContainer().getBoundingClientRect(), grip = {GRIP};"
        "var mine = grip.getBoundingClientRect();"
        "return [grip.getAttribute('aria-valuenow'),"
        " ((mine.left + mine.right) / 2 - box.left) / box.width]"
    )
    return int(now), at


def clips(driver):
    """Return the horizontal extent, as shares of the map, that each clipped layer is shown in."""
    found = driver.execute_script(
        "var map = firecover.map, from = map.containerPointToLayerPoint([0, 0]);"
        "return firecover.swipe.layers.filter(function (item) {"
        " return map.hasLayer(item.layer.group) && map.getPane(item.layer.pane).style.clipPath;"
        "}).map(function (item) {"
        " return [item.layer.key, item.of, map.getPane(item.layer.pane).style.clipPath,"
        "  from.x, map.getSize().x]; })"
    )
    shown = {}
    for key, scenario, path, left, width in found:
        xs = [float(x) for x in re.findall(r"(-?[\d.]+)px -?[\d.]+px", path)]
        assert len(xs) == 4
        ends = tuple(round((x - left) / width, 2) for x in (min(xs), max(xs)))
        shown[key, scenario] = ends
    return shown


def choose(driver, side, scenario):
    driver.execute_script(
        "var list = document.querySelector('select[data-side=' + arguments[0] + ']');"
        "list.value = arguments[1]; list.dispatchEvent(new Event('change'))",
        side,
        scenario,
    )


def chosen(driver):
    return driver.execute_script(
        "return ['before', 'after'].map(function (side) {"
        " return document.querySelector('select[data-side=' + side + ']').value; })"
    )


def colour(driver, tmp_path, lat, lon):
    """Return the colour of a place on the map as it is seen."""
    driver.execute_script("document.activeElement.blur()")
    picture = tmp_path / "seen.png"
    driver.save_screenshot(str(picture))
    x, y = driver.execute_script(
        "var box = firecover.map.getContainer().getBoundingClientRect();"
        "var at = firecover.map.latLngToContainerPoint([arguments[0], arguments[1]]);"
        "return [box.left + at.x, box.top + at.y]",
        lat,
        lon,
    )
    return matplotlib.image.imread(picture)[round(y), round(x), :3]


def place(driver, x_m, y_m):
    (south, west), (north, east) = driver.execute_script("return firecover.page.view")
    return south + (north - south) * y_m / SIDE_M, west + (east - west) * x_m / SIDE_M


# ---------------------------------------------------------------------------- the divider


def test_each_side_shows_its_own_scenario(page):
    assert slider(page) == (50, pytest.approx(0.5, abs=0.01))
    shown = clips(page)
    for key in ("bands", "reach", "stations"):
        assert shown.pop((key, "baseline")) == (0.0, 0.5)
        assert shown.pop((key, "plan_2025")) == (0.5, 1.0)
    # What changes between the two, and the names, are on both sides.
    assert shown == {}
    assert text_of(page, ".fc-swipe-left") == "现状"
    assert text_of(page, ".fc-swipe-right") == "规划2025"


def test_the_divider_is_dragged_by_mouse(page):
    grip = page.find_element(By.CSS_SELECTOR, ".fc-swipe-grip")
    before = page.execute_script("return firecover.map.getCenter()")
    ActionChains(page).drag_and_drop_by_offset(grip, 200, 0).perform()
    width = page.execute_script("return firecover.map.getSize().x")
    now, at = slider(page)
    assert at == pytest.approx(0.5 + 200 / width, abs=0.01)
    assert now == round(at * 100)
    assert clips(page)["bands", "baseline"] == (0.0, pytest.approx(at, abs=0.011))
    assert clips(page)["bands", "plan_2025"] == (pytest.approx(at, abs=0.011), 1.0)
    # The map under it stays where it is.
    assert page.execute_script("return firecover.map.getCenter()") == before


def test_the_divider_is_moved_by_keys(page):
    grip = page.find_element(By.CSS_SELECTOR, "[role=slider]")
    before = page.execute_script("return firecover.map.getCenter()")
    for key, expected in (
        (Keys.ARROW_RIGHT, 52),
        (Keys.ARROW_LEFT, 50),
        (Keys.ARROW_LEFT, 48),
        (Keys.PAGE_UP, 58),
        (Keys.PAGE_DOWN, 48),
        (Keys.HOME, 0),
        (Keys.ARROW_LEFT, 0),
        (Keys.END, 100),
        (Keys.ARROW_UP, 100),
    ):
        grip.send_keys(key)
        assert slider(page) == (expected, pytest.approx(expected / 100, abs=0.01))
        assert clips(page)["stations", "baseline"] == (0.0, expected / 100)
    assert page.execute_script("return firecover.map.getCenter()") == before
    assert grip.get_attribute("aria-valuemin") == "0"
    assert grip.get_attribute("aria-valuemax") == "100"
    assert grip.get_attribute("aria-valuetext") == "现状: 左侧占 100%"


def test_the_divider_is_dragged_by_touch(browser, folder):
    open_page(browser, folder / "gain.html", PHONE)
    browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    try:
        x, y = browser.execute_script(
            f"var b = {GRIP}.getBoundingClientRect();"
            "return [(b.left + b.right) / 2, (b.top + b.bottom) / 2]"
        )
        before = browser.execute_script("return firecover.map.getCenter()")

        def touch(kind, points):
            browser.execute_cdp_cmd(
                "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points}
            )

        touch("touchStart", [{"x": x, "y": y}])
        for step in range(1, 6):
            touch("touchMove", [{"x": x - 20 * step, "y": y + 3 * step}])
        touch("touchEnd", [])
        assert slider(browser)[1] == pytest.approx((x - 100) / PHONE[0], abs=0.02)
        assert browser.execute_script("return firecover.map.getCenter()") == before
    finally:
        browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
    assert console(browser) == []


def test_the_divider_stays_when_the_map_moves_and_grows(page):
    page.execute_script("firecover.map.panBy([137, -60], {animate: false})")
    assert slider(page)[1] == pytest.approx(0.5, abs=0.01)
    page.execute_script("firecover.map.setZoom(firecover.map.getZoom() + 1, {animate: false})")
    assert slider(page)[1] == pytest.approx(0.5, abs=0.01)
    assert clips(page)["bands", "baseline"] == (0.0, 0.5)
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 1000, "height": 700, "deviceScaleFactor": 1, "mobile": False},
    )
    wait_until(page, "return firecover.map.getSize().x < 800")
    assert slider(page)[1] == pytest.approx(0.5, abs=0.01)
    assert clips(page)["bands", "plan_2025"] == (0.5, 1.0)


def test_the_two_sides_look_as_their_scenarios(page, tmp_path):
    page.execute_script(
        "document.querySelector('input[data-layer=ground]').click();"
        "document.querySelector('input[data-layer=township_names]').click()"
    )
    # 4.6 km east, 5.2 km north: 8 to 12 minutes today, with c1 within 5.
    spot = place(page, 4600, 5200)
    page.execute_script("firecover.swipe.move(1)")
    today = colour(page, tmp_path, *spot)
    page.execute_script("firecover.swipe.move(0)")
    planned = colour(page, tmp_path, *spot)
    # The shorter the time, the darker.
    assert planned.sum() < today.sum() - 0.3


# --------------------------------------------------------------------------- the choices


def test_scenarios_are_chosen_from_lists(page):
    assert chosen(page) == ["baseline", "plan_2025"]
    choose(page, "after", LESS)
    assert chosen(page) == ["baseline", LESS]
    assert set(clips(page)) == {
        (key, name) for key in ("bands", "reach", "stations") for name in ("baseline", LESS)
    }
    assert text_of(page, ".fc-swipe-right") == "撤站"
    assert "撤销龙潭镇专职消防队" in text_of(page, ".fc-swipe-about")
    # The same in both lists: the other side takes what this one had.
    choose(page, "before", LESS)
    assert chosen(page) == [LESS, "baseline"]
    assert "增设龙潭镇专职消防队" in text_of(page, ".fc-swipe-about")
    links = page.execute_script(
        "return Array.from(document.querySelectorAll('a[data-page]')).map("
        "function (a) { return a.getAttribute('href'); })"
    )
    assert all(link.endswith("?lang=zh&scenario=baseline") for link in links)


def test_figures_table_and_ground_follow_the_choice(page):
    def looks():
        return page.execute_script(
            "var found = {}; firecover.swipe.layers.forEach(function (item) {"
            " if (item.layer.key === 'ground' && firecover.map.hasLayer(item.layer.group)) {"
            "  item.layer.features.forEach(function (feature) {"
            "   if (feature.drawn.options.fill !== false) {"
            "    found[item.of] = feature.drawn.options.fillColor; } }); } });"
            "return found"
        )

    figures = text_of(page, "dl.fc-figures:not([hidden] *)")
    assert looks() == {"baseline>plan_2025": "url(#fc-gained)"}
    choose(page, "before", "plan_2025")
    # What the one step gains the step back loses.
    assert looks() == {"baseline>plan_2025": "url(#fc-lost)"}
    assert figures != text_of(page, "dl.fc-figures:not([hidden] *)")


def test_the_address_keeps_the_choice(page, browser, folder):
    choose(page, "after", LESS)
    query = page.execute_script("return location.search")
    open_page(browser, folder / "gain.html", query=query)
    assert chosen(browser) == ["baseline", LESS]
    # Another page asks for a scenario: it is compared with the first one.
    open_page(browser, folder / "gain.html", query=f"?lang=en&scenario={LESS}")
    assert chosen(browser) == ["baseline", LESS]
    open_page(browser, folder / "gain.html", query="?scenario=nonsense")
    assert chosen(browser) == ["baseline", "plan_2025"]


def test_the_band_of_the_ground_is_chosen_in_the_legend(page):
    shown = (
        "return firecover.swipe.layers.filter(function (item) {"
        " return item.of === 'baseline>plan_2025' && item.layer.key === 'ground'; })[0]"
        ".layer.features.map(function (f) { return f.drawn.options.fill !== false; })"
    )
    told = []
    for i in range(3):
        page.execute_script(
            "var list = document.querySelector('[data-legend=ground] #fc-variant');"
            "list.value = String(arguments[0]); list.dispatchEvent(new Event('change'))",
            i,
        )
        assert page.execute_script(shown) == [j == i for j in range(3)]
        told.append(text_of(page, "[data-legend=ground] .fc-count:not([hidden])"))
    assert len(set(told)) == 3
    # By hand, see test_gain.py: 8 - 3.125 km².
    assert told[0] == "4.88 平方公里"


def test_layers_are_switched(page):
    on = (
        "var key = arguments[0]; return firecover.page.layers.some(function (layer) {"
        " return layer.key === key && firecover.map.hasLayer(layer.group) &&"
        "  layer.group.getLayers().length > 0; })"
    )
    switches = page.execute_script(
        "return Array.from(document.querySelectorAll('input[data-layer]')).map("
        "function (box) { return box.getAttribute('data-layer'); })"
    )
    assert switches == [
        "ground",
        "bands",
        "reach",
        "villages",
        "station_changes",
        "stations",
        "township_names",
    ]
    for key in switches:
        assert page.execute_script(on, key), key
        page.execute_script(f"document.querySelector('input[data-layer={key}]').click()")
        assert not page.execute_script(on, key), key
    page.execute_script("document.querySelector('input[data-layer=bands]').click()")
    assert page.execute_script(on, "bands")


def test_the_button_goes_back_to_where_they_differ(page):
    start = page.execute_script("return firecover.map.getBounds().toBBoxString()")
    page.execute_script("document.querySelector('.fc-whole').click()")
    whole = page.execute_script("return firecover.map.getBounds().toBBoxString()")
    assert whole != start
    page.execute_script("document.querySelector('.fc-swipe-button').click()")
    assert page.execute_script("return firecover.map.getBounds().toBBoxString()") == start
    lat, lon = place(page, *CANDIDATES["c1"])
    assert page.execute_script(
        "return firecover.map.getBounds().contains([arguments[0], arguments[1]])", lat, lon
    )


# ------------------------------------------------------------------------------ told


def test_a_click_tells_the_band_in_both(page):
    lat, lon = place(page, 4600, 5200)
    tell = "firecover.map.fire('click', {latlng: L.latLng(arguments[0], arguments[1])})"
    page.execute_script(tell, lat, lon)
    # s1 is 2.6 + 0.7 km away: 7.6 min; c1 1.1 + 0.7 km: 4.6 min.
    assert popup(page).split("\n") == ["该处最先到达的时间", "现状\t8 分钟内", "规划2025\t5 分钟内"]
    page.execute_script("firecover.map.closePopup()")
    page.execute_script(tell, *place(page, 200, 9800))
    assert popup(page).count("12 分钟内无人到达") == 2


def search(driver, text):
    driver.execute_script(
        "var box = document.getElementById('fc-search'); box.focus(); box.value = arguments[0];"
        "box.dispatchEvent(new Event('input'));"
        "box.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter'}))",
        text,
    )
    wait_until(driver, "return document.querySelector('.fc-popup') !== null")
    return popup(driver)


def test_villages_stations_and_townships_are_found(page):
    choose(page, "after", LESS)
    village = search(page, "龙潭村")
    assert "3.0 分钟，龙潭镇专职消防队" in village
    # 1 + 2 × 14 = 29 min, and nobody nearer.
    assert "29.0 分钟" in village
    assert "+26.0 分钟" in village
    assert "龙潭镇专职消防队" in search(page, "龙潭镇专职消防队")
    assert "撤销的站（队）" in popup(page)
    township = search(page, "钟多街道")
    assert "5 分钟内人口，现状" in township
    assert "人" in township


def test_a_name_that_is_markup_is_text(page):
    shown = search(page, "script")
    assert MARKUP_VILLAGE in shown
    assert page.execute_script("return document.querySelectorAll('.fc-popup script').length") == 0


def test_a_township_of_the_table_is_shown(page):
    row = "#fc-side [data-scenario='baseline>plan_2025'] tr[data-feature]"
    name = text_of(page, f"{row} td")
    page.execute_script(f'document.querySelector("{row}").click()')
    wait_until(page, "return document.querySelector('.fc-popup') !== null")
    assert popup(page).startswith(name)


def test_every_text_switches_language(page):
    chinese = text_of(page, "body")
    page.execute_script("document.getElementById('fc-language').click()")
    english = text_of(page, "body")
    for word in ("Left of the divider", "Today", "Plan 2025", "Ground gained and lost", "people"):
        assert word in english
    mine = page.execute_script(
        "return ['.fc-swipe-choice', '.fc-swipe', '.fc-legend', 'dl.fc-figures'].map("
        "function (s) { return document.querySelector(s).innerText; }).join()"
    )
    assert not re.search(r"[\u4e00-\u9fff]", mine)
    grip = page.find_element(By.CSS_SELECTOR, "[role=slider]")
    assert grip.get_attribute("aria-label").startswith("Divider")
    assert grip.get_attribute("aria-valuetext") == "Today: the left one has 50% of the map"
    page.execute_script("document.getElementById('fc-language').click()")
    assert text_of(page, "body") == chinese


def test_scenarios_that_do_not_differ_are_said_to(browser, tmp_path):
    results = gain_results()
    tables = ("stations", "isochrones", "reach_edges", "villages", "townships")
    parts = {}
    for name in tables:
        table = getattr(results, name)
        first = table[table["scenario"] == "baseline"]
        other = first.assign(scenario="plan_2025")
        parts[name] = type(table)(
            np.concatenate([first.to_numpy(), other.to_numpy()]), columns=table.columns
        ).set_geometry("geometry", crs=table.crs)
    twin = dataclasses.replace(results.scenarios[1], figures=results.scenarios[0].figures)
    same = dataclasses.replace(results, scenarios=(results.scenarios[0], twin), **parts)
    write_gain(same, tmp_path)
    open_page(browser, tmp_path / "gain.html")
    assert "没有差别" in text_of(browser, ".fc-swipe-choice .fc-told")
    assert browser.execute_script("return document.querySelector('.fc-swipe-button').hidden")
    assert console(browser) == []


# ------------------------------------------------------------------------------- frame


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_divider_and_names_are_inside_the_window(browser, folder, size):
    open_page(browser, folder / "gain.html", size)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= size[0]
    look = (
        "firecover.swipe.move(arguments[0]);"
        "return ['.folium-map', '.fc-swipe-left', '.fc-swipe-right', '.fc-swipe-grip',"
        " '.leaflet-control-zoom', '.leaflet-control .fc-whole', '.fc-north'].map(function (s) {"
        " var b = document.querySelector(s).getBoundingClientRect();"
        " return [b.left, b.top, b.right, b.bottom]; })"
    )
    whole, *names, grip = browser.execute_script(look, 0.5)[:4]
    for left, top, right, bottom in (*names, grip):
        assert left >= whole[0] - 1
        assert right <= whole[2] + 1
        assert top >= whole[1] - 1
        assert bottom <= whole[3] + 1
    # Large enough for a finger (WCAG 2.2, 2.5.5 asks for 44 px).
    assert grip[2] - grip[0] >= 44
    assert grip[3] - grip[1] >= 44
    for share in (0, 0.1, 0.2, 0.5, 0.8, 0.9, 1):
        _, *names, _, zoom, all_of_it, north = browser.execute_script(look, share)
        for name in names:
            for sign in (zoom, all_of_it, north):
                assert (
                    name[2] <= sign[0]
                    or name[0] >= sign[2]
                    or name[3] <= sign[1]
                    or name[1] >= sign[3]
                ), share
    assert console(browser) == []


def test_printed_the_two_halves_stay_and_a_line_says_which_is_which(page):
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        page.execute_script("window.dispatchEvent(new Event('beforeprint'))")
        shown = "return getComputedStyle(document.querySelector(arguments[0])).display"
        assert page.execute_script(shown, ".fc-swipe-which") == "block"
        assert text_of(page, ".fc-swipe-which") == "分隔线左侧：现状；右侧：规划2025"
        assert page.execute_script(shown, ".fc-swipe-grip") == "none"
        assert page.execute_script(shown, ".fc-swipe-choice label") == "none"
        assert clips(page)["bands", "baseline"] == (0.0, 0.5)
        # An A4 sheet across, less its margins, is 725 CSS pixels high.
        ends = page.execute_script(
            "return ['.fc-panel', '[data-legend=base]'].map(function (s) {"
            " return document.querySelector(s).getBoundingClientRect().bottom + scrollY; })"
        )
        assert max(ends) <= 725
        page.execute_script("window.dispatchEvent(new Event('afterprint'))")
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    printed = page.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    assert base64.b64decode(printed["data"]).startswith(b"%PDF")

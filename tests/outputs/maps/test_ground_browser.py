"""The background in headless Chromium: hill-shade, and tiles from a server on loopback."""

from __future__ import annotations

import dataclasses
import io
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import matplotlib.image
import numpy as np
import pytest

from firecover.outputs.maps.pages import write_maps
from firecover.results import Relief
from firecover.study_maps import MapsTable
from support.browser import chromium, console, needs_chromium, open_page, wait_until
from support.tiny_results import tiny_results

pytestmark = pytest.mark.browser
MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def server():
    """Give a tile server: its port, what it was asked, and a switch that makes it refuse."""
    picture = io.BytesIO()
    matplotlib.image.imsave(picture, np.full((256, 256, 3), (40, 90, 200), np.uint8), format="png")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked[self.path.split("/")[1]] += 1
            self.send_response(404 if self.server.refuses else 200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if not self.server.refuses:
                self.wfile.write(picture.getvalue())

        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        listening.asked, listening.refuses = Counter(), False
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def page(tmp_path_factory, server):
    results = tiny_results()
    west, _, east, north = results.boundary.total_bounds
    rows, columns = np.indices((60, 60))
    cell = (east - west) / 60
    relief = Relief(
        (200 * np.sin(rows / 3) * np.cos(columns / 4)).astype(np.float32),
        (cell, 0.0, west, 0.0, -cell, north),
        str(results.boundary.crs),
    )
    url = f"http://127.0.0.1:{server.server_address[1]}"
    tiles = [
        {"kind": "xyz", "url": f"{url}/one/{{z}}/{{x}}/{{y}}.png", "attribution": MARKUP},
        {"kind": "xyz", "url": f"{url}/two/{{z}}/{{x}}/{{y}}.png", "attribution": "Two"},
        {"kind": "osm"},
        {"kind": "xyz", "url": "https://tiles.invalid/{z}/{x}/{y}.png", "attribution": "None"},
    ]
    study = results.study.model_copy(update={"maps": MapsTable(tiles=tiles)})
    folder = tmp_path_factory.mktemp("maps")
    write_maps(dataclasses.replace(results, study=study, relief=relief), folder)
    return folder / "villages.html"


@pytest.fixture(scope="module")
def online(tmp_path_factory):
    needs_chromium()
    with chromium(tmp_path_factory.mktemp("online"), loopback=True) as driver:
        yield driver


@pytest.fixture(autouse=True)
def _fresh(server):
    server.asked.clear()
    server.refuses = False


def click(driver, selector):
    driver.execute_script("document.querySelector(arguments[0]).click()", selector)


def ticked(driver):
    return driver.execute_script(
        "return Array.from(document.querySelectorAll('input[data-tiles]'))"
        ".map(function (box) { return box.checked; })"
    )


def state(driver):
    return driver.execute_script(
        "var note = document.querySelector('.fc-tiles-note');"
        "return [note.hidden, document.querySelectorAll('.leaflet-tile').length,"
        " firecover.map.getContainer().classList.contains('fc-online')]"
    )


def credits_shown(driver):
    return driver.execute_script(
        "return document.querySelector('.leaflet-control-attribution').innerText"
    )


def test_the_hill_shade_lies_under_water_and_roads_and_is_switched(browser, page):
    open_page(browser, page)
    look = (
        "var image = document.querySelector('img.fc-relief');"
        "var pane = document.querySelector('.leaflet-fc-relief-pane');"
        "return [image.complete && image.naturalWidth > 0, Number(pane.style.zIndex),"
        " getComputedStyle(pane).display]"
    )
    wait_until(browser, "return document.querySelector('img.fc-relief').complete")
    loaded, order, shown = browser.execute_script(look)
    assert (loaded, shown) == (True, "block")
    panes = browser.execute_script(
        "return ['fc-land', 'fc-ground', 'fc-ways'].map(function (name) {"
        " return Number(firecover.map.getPane(name).style.zIndex); })"
    )
    assert panes[0] < order < panes[1] < panes[2]
    click(browser, "input[data-relief]")
    assert browser.execute_script(look)[2] == "none"
    click(browser, "input[data-relief]")
    assert browser.execute_script(look)[2] == "block"
    assert console(browser) == []


def test_nothing_is_asked_for_unasked_and_offline_a_tick_says_why_not(browser, page, server):
    open_page(browser, page)
    assert ticked(browser) == [False] * 4
    assert state(browser) == [True, 0, False]
    click(browser, "input[data-tiles='0']")
    assert ticked(browser) == [False] * 4
    assert state(browser) == [False, 0, False]
    note = browser.execute_script("return document.querySelector('.fc-tiles-note').innerText")
    assert note == "在线底图取不到：没有网络，或服务方未应答。地图照常使用。"
    assert not server.asked
    assert console(browser) == []


def test_with_a_network_nothing_is_asked_for_until_it_is_ticked(online, page, server):
    open_page(online, page)
    assert online.execute_script("return navigator.onLine")
    assert not server.asked
    assert console(online) == []


def test_ticked_tiles_show_with_their_credit_and_give_way_again(online, page, server):
    open_page(online, page)
    before = credits_shown(online)
    click(online, "input[data-tiles='0']")
    wait_until(online, "return document.querySelectorAll('.leaflet-tile-loaded').length > 3")
    assert server.asked["one"] > 3
    assert state(online)[0::2] == [True, True]
    # Named as text, whatever it is.
    assert credits_shown(online) == f"{MARKUP} · {before}"
    hidden = online.execute_script(
        "return ['land', 'relief', 'ground'].map(function (name) { return getComputedStyle("
        "document.querySelector('.leaflet-fc-' + name + '-pane')).display; })"
    )
    assert hidden == ["none"] * 3
    assert online.execute_script("return document.querySelectorAll('.fc-marker').length") > 0
    click(online, "input[data-tiles='1']")
    wait_until(online, "return document.querySelectorAll('.leaflet-tile-loaded').length > 3")
    assert ticked(online) == [False, True, False, False]
    assert server.asked["two"] > 3
    assert credits_shown(online) == f"Two · {before}"
    click(online, "input[data-tiles='1']")
    assert ticked(online) == [False] * 4
    assert state(online) == [True, 0, False]
    assert credits_shown(online) == before
    assert console(online) == []


@pytest.mark.parametrize("box", [0, 3], ids=["refused", "no such host"])
def test_tiles_that_do_not_come_are_taken_off_with_a_word(online, page, server, box):
    server.refuses = True
    open_page(online, page)
    before = credits_shown(online)
    click(online, f"input[data-tiles='{box}']")
    wait_until(online, "return !document.querySelector('.fc-tiles-note').hidden")
    assert ticked(online) == [False] * 4
    assert state(online) == [False, 0, False]
    assert credits_shown(online) == before
    # The browser itself writes down each failed load; the page adds nothing.
    assert all("Failed to load resource" in line for line in console(online))
    server.refuses = False
    click(online, "input[data-tiles='0']")
    wait_until(online, "return document.querySelectorAll('.leaflet-tile-loaded').length > 3")
    assert state(online)[0]


def test_a_network_that_goes_away_takes_the_tiles_with_it(online, page):
    open_page(online, page)
    click(online, "input[data-tiles='0']")
    wait_until(online, "return document.querySelectorAll('.leaflet-tile-loaded').length > 3")
    online.execute_script("window.dispatchEvent(new Event('offline'))")
    assert state(online) == [False, 0, False]


def test_a_service_that_refuses_pages_from_a_disk_is_not_asked(online, page):
    open_page(online, page)
    click(online, "input[data-tiles='2']")
    notes = online.execute_script(
        "return Array.from(document.querySelectorAll('[data-tiles-note]')).filter("
        "function (note) { return !note.hidden; }).map(function (note) { return note.innerText; })"
    )
    assert notes == ["此在线底图只应答网站上的页面：把地图文件夹放到网页服务器上再打开，即可使用。"]
    assert ticked(online) == [False] * 4
    assert state(online)[1] == 0
    assert console(online) == []

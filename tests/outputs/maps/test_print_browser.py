"""Maps on paper: the first sheet of A4 holds the map with all that belongs to it."""

from __future__ import annotations

import base64
import dataclasses
import re

import pytest

from firecover.outputs.maps.pages import write_maps
from support.browser import console, open_page
from support.tiny_results import tiny_results

pytestmark = pytest.mark.browser
#: A4 on its side without its margins, in the pixels of a style sheet (96 to the inch).
SHEET = (round((297 - 18) / 25.4 * 96), round((210 - 18) / 25.4 * 96))
APPROVAL = "渝S（2025）001号"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    results = tiny_results()
    table = results.study.study.model_copy(update={"map_approval": APPROVAL})
    study = results.study.model_copy(update={"study": table})
    folder = tmp_path_factory.mktemp("maps")
    write_maps(dataclasses.replace(results, study=study), folder)
    return folder


def as_paper(driver):
    """Show the page as it would lie on the first sheet."""
    driver.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": SHEET[0], "height": SHEET[1], "deviceScaleFactor": 1, "mobile": False},
    )
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})


def as_screen(driver):
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    driver.execute_script("window.dispatchEvent(new Event('afterprint'))")


def box(driver, selector):
    return driver.execute_script(
        "var b = document.querySelector(arguments[0]).getBoundingClientRect();"
        "return [b.left, b.top, b.right, b.bottom]",
        selector,
    )


def inside(small, large, slack=1.5):
    before = all(a >= b - slack for a, b in zip(small[:2], large[:2], strict=True))
    return before and all(a <= b + slack for a, b in zip(small[2:], large[2:], strict=True))


def names(folder):
    return sorted(file.name for file in folder.iterdir() if file.name != "index.html")


@pytest.fixture(autouse=True)
def _screen(browser):
    """Leave no page as paper, whatever a test found."""
    yield
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.parametrize(("lang", "word"), [("zh", "审图号："), ("en", "Map approval: ")])
def test_every_map_fits_its_first_sheet_with_all_that_belongs_to_it(browser, folder, lang, word):
    for name in names(folder):
        open_page(browser, folder / name, query=f"?lang={lang}")
        as_paper(browser)
        whole = [0, 0, *SHEET]
        for selector in (".fc-head", "#fc-banner", ".folium-map", ".fc-under"):
            found = box(browser, selector)
            assert inside(found, whole), (name, selector, found)
        sheet, panel = box(browser, ".fc-sheet"), box(browser, ".fc-panel")
        assert panel[0] >= sheet[2], name
        plan = box(browser, ".folium-map")
        for part in (".leaflet-control-scale", ".fc-north", ".leaflet-control-attribution"):
            assert inside(box(browser, part), plan), (name, part)
        text = browser.execute_script("return document.body.innerText")
        assert f"{word}{APPROVAL}" in text
        for hidden in (".fc-nav", ".fc-search", ".fc-tools"):
            shown = browser.execute_script(
                "return getComputedStyle(document.querySelector(arguments[0])).display", hidden
            )
            assert shown == "none", (name, hidden)
        as_screen(browser)
    assert console(browser) == []


def test_after_printing_the_page_is_as_it_was(browser, folder):
    skeleton = (
        "return Array.from(document.querySelectorAll('.fc-side *, body > *')).map("
        "function (e) { return e.tagName + '.' + e.className + '#' + e.id; }).join(' ')"
    )
    for name in names(folder):
        open_page(browser, folder / name)
        before = browser.execute_script(skeleton)
        where = box(browser, ".folium-map")
        for _ in range(2):
            browser.execute_script("window.dispatchEvent(new Event('beforeprint'))")
            assert browser.execute_script(skeleton) != before
            browser.execute_script("window.dispatchEvent(new Event('afterprint'))")
        assert browser.execute_script(skeleton) == before, name
        assert box(browser, ".folium-map") == where


@pytest.mark.parametrize("name", ["index", "response", "townships"])
def test_the_paper_is_a4_on_its_side(browser, folder, name):
    open_page(browser, folder / f"{name}.html")
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    pdf = base64.b64decode(printed["data"])
    boxes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]", pdf)
    assert boxes
    for width, height in boxes:
        assert float(width) == pytest.approx(297 / 25.4 * 72, abs=1)
        assert float(height) == pytest.approx(210 / 25.4 * 72, abs=1)

"""The townships' and villages' pages in headless Chromium: choose a figure, and all follows."""

from __future__ import annotations

import pytest

from support.browser import DESKTOP, PHONE, console, open_page, wait_until
from support.tiny_results import MARKUP_VILLAGE

pytestmark = pytest.mark.browser
PAGES = {"townships": "shares", "villages": "villages"}


def choose(driver, variant):
    """Choose a figure by the list, as a reader does."""
    driver.execute_script(
        "var box = document.getElementById('fc-variant'); box.value = arguments[0];"
        "box.dispatchEvent(new Event('change'))",
        str(variant),
    )


def click(driver, selector):
    driver.execute_script("document.querySelector(arguments[0]).click()", selector)


def text_of(driver, selector):
    return driver.execute_script(
        "return document.querySelector(arguments[0]).innerText", selector
    ).strip()


def ids(driver):
    return driver.execute_script("return firecover.page.variant_ids")


def legend(driver, key):
    """Return what the legend of the page's figure shows: label and count, line by line."""
    return driver.execute_script(
        "var box = document.querySelector('[data-legend=' + arguments[0] + ']');"
        "function seen(e) { return e.offsetParent !== null; }"
        "return Array.from(box.querySelectorAll('li')).filter(seen).map(function (line) {"
        " var count = Array.from(line.querySelectorAll('.fc-count')).filter(seen);"
        " return [line.querySelector('span').innerText, count.length, Number(count[0].innerText)];"
        "})",
        key,
    )


def table(driver):
    return driver.execute_script(
        "return Array.from(document.querySelectorAll('.fc-places tbody tr')).map(function (line) {"
        " return Array.from(line.cells).map(function (cell) { return cell.innerText.trim(); }); })"
    )


def fills(driver, key):
    return driver.execute_script(
        "var key = arguments[0];"
        "return firecover.page.layers.filter(function (l) { return l.key === key &&"
        " firecover.map.hasLayer(l.group); })[0].features.map(function (f) {"
        " return f.drawn.options.fillColor; })",
        key,
    )


def address(driver):
    return driver.execute_script("return window.location.search")


def popup(driver):
    wait_until(driver, "return document.querySelector('.fc-popup') !== null")
    return driver.execute_script(
        "var open = document.querySelectorAll('.fc-popup'); return open[open.length - 1].innerText"
    ).strip()


@pytest.mark.parametrize("name", PAGES)
def test_map_legend_and_table_follow_the_figure(browser, folder, name):
    key = PAGES[name]
    open_page(browser, folder / f"{name}.html", query="?lang=en")
    places = browser.execute_script("return firecover.page.places.baseline")
    legends, heads = set(), set()
    for variant, figure in enumerate(ids(browser)):
        choose(browser, variant)
        lines = legend(browser, key)
        # Every place is in one class, one count a class is seen, and the last is: not known.
        assert sum(line[2] for line in lines) == len(places)
        assert {line[1] for line in lines} == {1}
        assert "not known" in lines[-1][0] or "nobody" in lines[-1][0] or "none" in lines[-1][0]
        legends.add(str(lines))
        shown = table(browser)
        assert len(shown) == len(places)
        expected = {place["name"][1]: place["figures"][variant][1] for place in places}
        for cells in shown:
            told = expected[cells[0]]
            assert cells[1].split("\n")[0] == (told if isinstance(told, str) else told[1])
        head = text_of(browser, ".fc-turn")
        heads.add(head)
        assert head in text_of(browser, ".fc-map-caption")
        assert f"figure={figure}" in address(browser)
        assert len(fills(browser, key)) >= 2
    assert len(heads) == len(ids(browser))
    assert len(legends) > len(heads) / 2
    assert console(browser) == []


@pytest.mark.parametrize("name", PAGES)
def test_the_table_is_sorted_and_can_be_turned_round(browser, folder, name):
    open_page(browser, folder / f"{name}.html", query="?lang=en")
    for variant, _ in enumerate(ids(browser)):
        choose(browser, variant)
        first = browser.execute_script(
            "return firecover.page.listed.first[firecover.state.variant]"
        )

        def values():
            given = browser.execute_script(
                "return firecover.page.places.baseline.map(function (p) {"
                " return [p.name[1], p.figures[firecover.state.variant][0]]; })"
            )
            by_name = dict(given)
            return [by_name[cells[0]] for cells in table(browser)]

        for turned in (False, True):
            listed = values()
            told = [value for value in listed if value is not None]
            assert told == sorted(told, reverse=(first == "high") != turned)
            assert listed == told + [None] * (len(listed) - len(told))
            click(browser, ".fc-turn")
    assert console(browser) == []


@pytest.mark.parametrize("name", PAGES)
def test_the_address_keeps_figure_scenario_and_language(browser, folder, name):
    file = folder / f"{name}.html"
    open_page(browser, file)
    assert address(browser) == ""
    wanted = len(ids(browser)) - 2
    choose(browser, wanted)
    click(browser, "input[value=plan_2025]")
    click(browser, "#fc-language")
    link = browser.current_url
    seen = (fills(browser, PAGES[name]), table(browser), text_of(browser, ".fc-map-caption"))
    browser.get("about:blank")
    browser.get(link)
    wait_until(browser, "return document.body.getAttribute('data-ready') === 'true'")
    assert browser.execute_script("return firecover.state.variant") == wanted
    assert browser.execute_script("return firecover.state.scenario") == "plan_2025"
    assert browser.execute_script("return document.getElementById('fc-variant').value") == str(
        wanted
    )
    now = (fills(browser, PAGES[name]), table(browser), text_of(browser, ".fc-map-caption"))
    assert now == seen
    assert "Plan 2025" in now[2]
    open_page(browser, file, query="?figure=no_such_figure")
    assert len(table(browser)) == len(seen[1])
    assert console(browser) == []


def test_the_list_has_its_groups_in_both_languages(browser, folder):
    open_page(browser, folder / "townships.html")
    groups = (
        "return Array.from(document.querySelectorAll('#fc-variant optgroup')).map("
        "function (g) { return [g.label, g.children.length]; })"
    )
    chinese = browser.execute_script(groups)
    click(browser, "#fc-language")
    english = browser.execute_script(groups)
    assert [count for _, count in chinese] == [count for _, count in english]
    assert sum(count for _, count in chinese) == len(ids(browser))
    assert ["乡镇驻地", 5] in chinese
    assert ["Township seat", 5] in english


def test_colours_change_with_figure_and_scenario(browser, folder):
    open_page(browser, folder / "townships.html", query="?figure=people_5min")
    shares = fills(browser, "shares")
    choose(browser, ids(browser).index("hydrants_working"))
    # Half of the hydrants of either township, or fewer, work: both fail.
    assert set(fills(browser, "shares")) == {"url(#fc-gap)"}
    assert "url(#fc-gap)" not in shares
    choose(browser, ids(browser).index("full_12min"))
    before = table(browser)
    click(browser, "input[value=plan_2025]")
    assert table(browser) != before


def test_names_on_the_map_carry_the_figure(browser, folder):
    open_page(browser, folder / "townships.html", query="?figure=seat_call&lang=en")
    labels = (
        "return Array.from(document.querySelectorAll('.fc-label-township')).map("
        "function (l) { return l.innerText.replace(/\\s+/g, ' ').trim(); })"
    )
    # (2000, 4000) is 500 m from s1: 2.5 + 1 + 1 minutes from the call.
    assert "Zhongduo 4.5 min" in browser.execute_script(labels)
    choose(browser, ids(browser).index("modelled"))
    assert "Zhongduo 48,000 people" in browser.execute_script(labels)
    tip = browser.execute_script(
        "var f = firecover.page.layers[0].features[0]; f.shape.openTooltip();"
        "return document.querySelector('.leaflet-tooltip').innerText"
    )
    assert tip.startswith("Zhongduo")
    assert tip.endswith("48,000 people")


@pytest.mark.parametrize(
    ("name", "place", "told"),
    [
        ("townships", "Longtan", ["Published population", "Full force (3 engines) at the seat"]),
        (
            "villages",
            "Village v1",
            ["3.0 min, Town fire station", "By which roads", "surely in time", "fire engine"],
        ),
    ],
)
def test_a_line_of_the_table_leads_to_the_place(browser, folder, name, place, told):
    open_page(browser, folder / f"{name}.html", query="?lang=en")
    browser.execute_script(
        "var name = arguments[0];"
        "Array.from(document.querySelectorAll('tr[data-place]')).filter(function (line) {"
        " return line.cells[0].innerText.trim() === name; })[0].click()",
        place,
    )
    shown = popup(browser)
    assert place in shown
    for words in told:
        assert words in shown
    # What stands on the map makes way for what was asked for.
    assert browser.execute_script("return document.querySelector('.fc-map-caption').hidden")
    browser.execute_script("firecover.map.closePopup()")
    assert not browser.execute_script("return document.querySelector('.fc-map-caption').hidden")


def test_a_township_that_is_not_drawn_is_listed_but_leads_nowhere(browser, folder):
    open_page(browser, folder / "townships.html")
    lines = browser.execute_script(
        "return Array.from(document.querySelectorAll('.fc-places tbody tr')).map(function (line) {"
        " return [line.cells[0].innerText.trim(), line.hasAttribute('data-place')]; })"
    )
    assert dict(lines) == {"钟多街道": True, "龙潭镇": True, "两罾乡": False}


def test_a_hostile_name_is_text_in_the_table_too(browser, folder):
    browser.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument",
        {"source": "window.alerts = []; window.alert = function (x) { alerts.push(x); };"},
    )
    open_page(browser, folder / "villages.html")
    assert MARKUP_VILLAGE in [cells[0] for cells in table(browser)]
    assert browser.execute_script("return alerts") == []
    assert console(browser) == []


@pytest.mark.parametrize("name", PAGES)
def test_on_paper_the_tables_come_after_the_map_and_then_go_back(browser, folder, name):
    open_page(browser, folder / f"{name}.html")
    held = (
        "return Array.from(document.querySelectorAll('.fc-tables')).map(function (tables) {"
        " return [tables.className, Boolean(tables.closest('.fc-more'))]; })"
    )
    before = browser.execute_script(held)
    browser.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    printed = browser.execute_script(held)
    assert ["fc-tables fc-listed", True] in printed
    assert all(after for _, after in printed)
    browser.execute_script("window.dispatchEvent(new Event('afterprint'))")
    assert browser.execute_script(held) == before
    assert ["fc-tables fc-listed", False] in before
    assert console(browser) == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_what_stands_on_the_map_covers_no_control(browser, folder, name, size):
    open_page(browser, folder / f"{name}.html", size, query="?lang=en&figure=full")
    for variant in range(len(ids(browser))):
        choose(browser, variant)
        places = browser.execute_script(
            "return ['.fc-map-caption p', '.leaflet-control-zoom', '.fc-north',"
            " '.leaflet-control-scale', '.leaflet-control-attribution'].map(function (s) {"
            " var b = document.querySelector(s).getBoundingClientRect();"
            " return [b.left, b.top, b.right, b.bottom]; })"
        )
        (left, top, right, bottom), *others = places
        assert right <= size[0]
        for other in others:
            apart = right <= other[0] or left >= other[2] or bottom <= other[1] or top >= other[3]
            assert apart, (variant, places)
    # No cell of the panel is wider than the panel.
    if size == DESKTOP:
        assert browser.execute_script(
            "var box = document.querySelector('.fc-listed .fc-table-box');"
            "return box.scrollWidth <= box.clientWidth"
        )

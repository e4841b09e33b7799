"""Hydrants, candidate sites and jurisdictions in headless Chromium with no network, by click."""

from __future__ import annotations

import pytest

from support.browser import DESKTOP, PHONE, console, open_page, wait_until
from support.tiny_results import tiny_results

pytestmark = pytest.mark.browser


def shown_keys(driver):
    """Return the keys of the layers that are on the map and have something on them."""
    return set(
        driver.execute_script(
            "return firecover.page.layers.filter(function (l) {"
            " return firecover.map.hasLayer(l.group) && l.group.getLayers().length > 0;"
            " }).map(function (l) { return l.key; })"
        )
    )


def switch(driver, key):
    driver.execute_script(
        "document.querySelector('input[data-layer=' + arguments[0] + ']').click()", key
    )


def choose(driver, place):
    driver.execute_script(
        "var box = document.getElementById('fc-variant'); box.value = arguments[0];"
        "box.dispatchEvent(new Event('change'))",
        str(place),
    )


def signs(driver, symbol):
    """Return how many markers with a symbol are seen, those that are faded left out."""
    return driver.execute_script(
        "var wanted = '#' + arguments[0];"
        "return Array.from(document.querySelectorAll('.folium-map .fc-marker')).filter("
        "function (m) { return m.querySelector('use').getAttribute('href') === wanted &&"
        " Number(getComputedStyle(m).opacity) === 1; }).length",
        symbol,
    )


def panel(driver):
    return driver.execute_script("return document.querySelector('.fc-panel').innerText")


def open_first(driver, key):
    """Click on the first feature of a layer and return its popup's text."""
    driver.execute_script(
        "var key = arguments[0]; firecover.map.closePopup();"
        "var layer = firecover.page.layers.filter(function (l) {"
        " return l.key === key && l.fields && firecover.map.hasLayer(l.group); })[0];"
        "layer.features[0].shape.fire('click', {latlng: L.latLng(firecover.map.getCenter())})",
        key,
    )
    wait_until(driver, "return document.querySelector('.fc-popup') !== null")
    return driver.execute_script(
        "var open = document.querySelectorAll('.fc-popup'); return open[open.length - 1].innerText"
    )


def variant_of(driver, name):
    return driver.execute_script("return firecover.page.variant_ids.indexOf(arguments[0])", name)


# ---------------------------------------------------------------------------- hydrants


def test_gaps_by_road_and_water_of_villages_are_switched_on(browser, folder):
    open_page(browser, folder / "hydrants.html", query="?lang=en")
    assert {"gaps", "proposals", "hydrants"} <= shown_keys(browser)
    assert not {"gaps_road", "supply"} & shown_keys(browser)
    for key in ("gaps_road", "supply"):
        switch(browser, key)
    assert {"gaps", "gaps_road", "supply"} <= shown_keys(browser)
    assert "along the roads" in open_first(browser, "gaps_road")
    assert "To the nearest supply" in open_first(browser, "supply")
    switch(browser, "gaps")
    assert "gaps" not in shown_keys(browser)
    assert console(browser) == []


def test_spacing_recolours_the_hydrants_and_the_legend(browser, folder):
    open_page(browser, folder / "hydrants.html", query="?lang=en")
    fills = (
        "return firecover.page.layers.filter(function (l) { return l.key === 'hydrants'; })[0]"
        ".features.map(function (f) { return f.drawn.options.color; })"
    )
    before, text = browser.execute_script(fills), panel(browser)
    assert "State not known" in text
    choose(browser, 1)
    after, text = browser.execute_script(fills), panel(browser)
    assert before != after
    assert "State not known" not in text
    assert "The next one is more than 120 m away" in text
    assert "figure=spacing" in browser.current_url
    sizes = browser.execute_script(
        "var l = firecover.page.layers.filter(function (l) { return l.key === 'hydrants'; })[0];"
        "return [l.features[0].drawn.options.radius, l.styles[l.features[0].style[1]].radius]"
    )
    choose(browser, 0)
    assert browser.execute_script(fills) == before
    # far off, points are smaller than close by, whatever they are coloured by
    zoom = browser.execute_script("return firecover.map.getZoom()")
    assert sizes[0] == pytest.approx(sizes[1] * max(0.5, min(1.3, 0.5 + (zoom - 11) * 0.16)))


def test_new_hydrants_show_their_numbers_when_zoomed_in(browser, folder):
    open_page(browser, folder / "hydrants.html", query="?lang=en")
    numbers = (
        "return Array.from(document.querySelectorAll('.fc-marker b')).filter(function (b) {"
        " return getComputedStyle(b).display !== 'none'; }).map(function (b) {"
        " return b.innerText; })"
    )
    assert browser.execute_script(numbers) == []
    browser.execute_script("firecover.map.setZoom(15.5, {animate: false})")
    shown = browser.execute_script(numbers)
    assert sorted(map(int, shown)) == list(range(1, len(tiny_results().hydrant_proposals) + 1))
    told = open_first(browser, "proposals")
    assert "Area gained (those before it in place)" in told
    assert console(browser) == []


def test_the_table_of_parts_leads_to_the_map(browser, folder):
    open_page(browser, folder / "hydrants.html")
    browser.execute_script("document.querySelector('tr[data-feature]').click()")
    wait_until(browser, "return document.querySelector('.fc-popup') !== null")
    assert console(browser) == []


# -------------------------------------------------------------------------- candidates


def test_an_answer_is_chosen_from_the_list(browser, folder):
    open_page(browser, folder / "candidates.html", query="?lang=en")
    assert "What to build next" in panel(browser)
    assert signs(browser, "fc-chosen") == 0
    choose(browser, variant_of(browser, "mclp-1"))
    results = tiny_results()
    row = results.solutions.set_index("id").loc["mclp-1"]
    assert signs(browser, "fc-chosen") == len(row["chosen"].split("、"))
    assert signs(browser, "fc-rank") == signs(browser, "fc-rank-low") == 0
    text = panel(browser)
    assert f"{row['population_reached']:,.0f} people" in text
    assert f"{row['objective'] * 100:.1f} %" in text
    assert "What to build next" not in text
    assert "figure=mclp-1" in browser.current_url
    choose(browser, 0)
    assert signs(browser, "fc-chosen") == 0
    assert signs(browser, "fc-rank") == len(results.candidates)
    assert console(browser) == []


def test_an_answer_that_does_not_exist_says_why_and_fades_nothing(browser, folder):
    open_page(browser, folder / "candidates.html", query="?lang=en&figure=lscp-1")
    text = panel(browser)
    assert "infeasible" in text
    assert "no site reaches" in text
    assert signs(browser, "fc-rank") == len(tiny_results().candidates)


def test_lines_show_only_with_the_answer_that_they_belong_to(browser, folder):
    results = tiny_results()
    solution = results.allocation["solution"].iloc[0]
    open_page(browser, folder / "candidates.html", query=f"?lang=en&figure={solution}")
    assert "allocation" in shown_keys(browser)
    told = open_first(browser, "allocation")
    assert f"{results.allocation['built_up_km2'].iloc[0]:.2f} km²" in told
    switch(browser, "allocation")
    assert "allocation" not in shown_keys(browser)
    switch(browser, "allocation")
    choose(browser, variant_of(browser, "mclp-1"))
    assert "allocation" not in shown_keys(browser)
    assert console(browser) == []


def test_places_ruled_out_are_switched_on_and_say_why(browser, folder):
    open_page(browser, folder / "candidates.html", query="?lang=en")
    assert "excluded" not in shown_keys(browser)
    switch(browser, "excluded")
    assert signs(browser, "fc-out") == 2
    assert signs(browser, "fc-out-other") == 1
    assert "ground too steep; on ground shut to building" in open_first(browser, "excluded")


def test_what_is_switched_off_is_not_in_the_printed_legend(browser, folder):
    open_page(browser, folder / "candidates.html")
    shown = (
        "return getComputedStyle(document.querySelector('[data-legend=' + arguments[0] + ']'))"
        ".display !== 'none'"
    )
    assert browser.execute_script(shown, "excluded")  # on the screen, to be switched on
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert not browser.execute_script(shown, "excluded")
        assert browser.execute_script(shown, "candidates")
        switch(browser, "excluded")
        assert browser.execute_script(shown, "excluded")
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_popup_with_all_criteria_has_room(browser, folder, size):
    open_page(browser, folder / "candidates.html", size, query="?lang=en")
    told = open_first(browser, "candidates")
    assert "Probability of rank 1" in told
    assert "Share of each rank" in told
    bars = browser.execute_script("return document.querySelectorAll('.fc-bars-columns b').length")
    assert bars == 2
    wait_until(browser, "return !firecover.map._panAnim || !firecover.map._panAnim._inProgress")
    box = browser.execute_script(
        "var b = document.querySelector('.leaflet-popup-content-wrapper').getBoundingClientRect();"
        "var m = document.querySelector('.folium-map').getBoundingClientRect();"
        "return [b.left - m.left, b.top - m.top, m.right - b.right, m.bottom - b.bottom]"
    )
    assert min(box) >= 0
    seen = "return getComputedStyle(document.querySelector(arguments[0])).visibility"
    for sign in (".fc-north", ".fc-side-toggle"):
        told = browser.execute_script(seen, sign)
        assert told == ("hidden" if size == PHONE else "visible")
    browser.execute_script("firecover.map.closePopup()")
    assert browser.execute_script(seen, ".fc-north") == "visible"


def test_a_row_of_the_table_has_one_line_and_its_full_name(browser, folder):
    open_page(browser, folder / "candidates.html")
    title = browser.execute_script("return document.querySelector('tr[data-feature]').title")
    assert title == "小坝消防站"
    browser.execute_script("document.getElementById('fc-language').click()")
    title = browser.execute_script("return document.querySelector('tr[data-feature]').title")
    assert title == "Xiaoba fire station"


# ----------------------------------------------------------------------- jurisdictions


def test_the_county_and_the_popup_follow_the_scenario(browser, folder):
    open_page(browser, folder / "jurisdictions.html", query="?lang=en")
    assert "9.00 km² ÷ 1" in panel(browser)
    browser.execute_script("document.querySelector('input[value=plan_2025]').click()")
    text = panel(browser)
    assert "9.00 km² ÷ 2" in text
    assert "9.00 km² ÷ 1" not in text
    assert "Town fire station 7 + Xiaoba fire station 4" in text
    told = open_first(browser, "verdicts")
    assert "λ (way by road ÷ straight)" in told
    assert "from memory" in told
    assert console(browser) == []

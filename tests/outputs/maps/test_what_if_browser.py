"""The what-if page opened in headless Chromium with no network: its figures are the run's."""

import dataclasses
import json
import math
import tomllib

import numpy as np
import pandas as pd
import pytest

from firecover.outputs.maps import text as map_text
from firecover.outputs.maps.pages import write_maps
from firecover.outputs.maps.what_if_figures import figure_keys
from firecover.outputs.results_json import results_to_dict
from firecover.pipeline import analyse
from support.browser import DESKTOP, PHONE, console, open_page, wait_until
from support.layers_files import VILLAGES
from support.what_if_study import MARKUP, SCENARIOS, write_what_if_study

pytestmark = pytest.mark.browser
ALL = ["baseline", "plan", *SCENARIOS]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return write_what_if_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def results(study):
    return analyse(study)


@pytest.fixture(scope="module")
def told(results):
    return results_to_dict(results)["scenarios"]


@pytest.fixture(scope="module")
def folder(results, tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    write_maps(results, folder)
    return folder


@pytest.fixture(scope="module")
def browser(browser):
    """Give a browser that keeps what a page would alert."""
    browser.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument",
        {"source": "window.alerts = []; window.alert = function (x) { alerts.push(x); };"},
    )
    return browser


def opened(driver, folder, size=DESKTOP, query=""):
    driver.get("about:blank")  # an address that differs in its hash alone would not load anew
    open_page(driver, folder / "what_if.html", size, query)
    wait_until(driver, "return document.body.getAttribute('data-what-if') === 'ready'")


def act(driver, script, *values):
    """Do something that makes the page tell its figures anew, and wait until it has."""
    turns = driver.execute_script("return firecover.whatIf.turns")
    driver.execute_script(script, *values)
    wait_until(driver, f"return firecover.whatIf.turns > {turns}")


def choose(driver, scenario):
    act(
        driver,
        "var b = document.getElementById('fc-wi-from'); b.value = arguments[0];"
        "b.dispatchEvent(new Event('change'))",
        scenario,
    )


def slide(driver, name, value):
    act(
        driver,
        "var b = document.getElementById('fc-wi-' + arguments[0]); b.value = arguments[1];"
        "b.dispatchEvent(new Event('input'))",
        name,
        str(value),
    )


def tick(driver, row):
    act(driver, f"document.querySelector('[data-station=\"{row}\"]').click()")


def figures(driver):
    return driver.execute_script("return firecover.whatIf.told.figures")


def lines(driver, body):
    return driver.execute_script(
        "return Array.from(document.querySelectorAll('#fc-wi-' + arguments[0] + ' tr')).map("
        "function (r) { return Array.from(r.cells).map(function (c) {"
        " return c.innerText.trim().replace(/\\s+/g, ' '); }); })",
        body,
    )


def agree(mine, theirs, minutes):
    for key in figure_keys(minutes):
        assert mine[key] == theirs[key], key


@pytest.mark.parametrize("scenario", ALL)
def test_the_figures_of_a_scenario_are_those_of_its_run(browser, folder, results, told, scenario):
    opened(browser, folder)
    choose(browser, scenario)
    theirs = told[scenario]["figures"]
    agree(figures(browser), theirs, results.minutes)
    shown = {row[0]: row[1] for row in lines(browser, "figures")}
    people = map_text.number(theirs["population_reached_8min"])
    whole = map_text.number(theirs["population_total"])
    share = map_text.percent(theirs["population_share_8min"])
    assert shown["8 分钟内可达人口"] == f"{share} {people} / {whole} 人"
    assert shown["20 分钟内可达的村寨"].endswith(f"{theirs['villages_reached']} / 4 个")
    median = map_text.amount(theirs["village_median_s"], "minutes")
    assert shown["村寨到达时间中位数"] == map_text.part(median, 0)
    urban = map_text.number(theirs["urban_reached_km2"], 2)
    assert f" {urban} / 9.00 平方公里" in shown["城市建成区标准内可达（承担辖区的站）"]
    assert console(browser) == []


def test_counts_that_share_a_line_each_tell_how_they_change(browser, folder, told):
    opened(browser, folder)
    key = "消防站 / 乡镇队 / 微型站"

    def change():
        return {row[0]: row[3] for row in lines(browser, "figures")}[key]

    assert change() == "—"
    tick(browser, browser.execute_script("return firecover.whatIf.given.stations.length - 1"))
    assert change() == "+1 / 0 / 0"
    assert told["baseline"]["figures"]["stations_fire"] + 1 == figures(browser)["stations_fire"]


@pytest.mark.parametrize("scenario", ALL)
def test_townships_and_villages_are_those_of_the_run(browser, folder, told, scenario):
    opened(browser, folder)
    choose(browser, scenario)
    for row, theirs in zip(lines(browser, "townships"), told[scenario]["townships"], strict=True):
        assert row[0] == theirs["name"]
        assert row[3] == map_text.percent(theirs["built_up_reached_share"])
        assert row[4] == f"{theirs['villages_reached']} / {theirs['villages']}"
        seat_s = theirs["seat_first_s"]
        assert row[5] == ("–" if seat_s is None else map_text.number(seat_s / 60, 1))
        assert row[6] == (theirs["seat_station"] or "–")
    villages = sorted(
        told[scenario]["villages"],
        key=lambda row: -math.inf if row["first_s"] is None else -row["first_s"],
    )
    listed = lines(browser, "village-list")
    assert [row[2] for row in listed] == [
        "–" if row["first_s"] is None else map_text.number(row["first_s"] / 60, 1)
        for row in villages
    ]
    reached = [row[4] for row in listed].count("时限内可达")
    assert reached == sum(row["reached"] for row in villages)


def test_ticking_and_sliding_lead_to_the_figures_of_the_same_scenario(
    browser, folder, results, told
):
    opened(browser, folder)
    table = results.what_if.stations
    rows = {name: i for i, name in enumerate(table["id"])}
    tick(browser, rows["c1"])
    agree(figures(browser), told["plan"]["figures"], results.minutes)
    tick(browser, rows["c2"])
    tick(browser, rows["s1"])
    factors = [state.speed_factor for state in results.what_if.states if not state.scenario]
    slide(browser, "speed", factors.index(0.8))
    agree(figures(browser), told["swap"]["figures"], results.minutes)
    tick(browser, rows["s1"])
    assert figures(browser)["stations_fire"] == 3
    act(browser, "document.getElementById('fc-wi-reset').click()")
    agree(figures(browser), told["baseline"]["figures"], results.minutes)
    assert console(browser) == []


def test_another_standard_and_time_for_villages_equal_a_run_with_them(
    browser, folder, results, tmp_path
):
    assessment = {"built_up_cell_m": 100, "jurisdiction_tiers": ["fire", "township"]}
    other = analyse(
        write_what_if_study(
            tmp_path, rules={"response_s": 450}, assessment={**assessment, "village_minutes": 11}
        )
    )
    opened(browser, folder)
    choose(browser, "swap")
    slide(browser, "standard", list(results.what_if.limits_s).index(450))
    slide(browser, "villages", 11)
    theirs = results_to_dict(other)["scenarios"]["swap"]
    agree(figures(browser), theirs["figures"], results.minutes)
    towns = lines(browser, "townships")
    assert [row[3] for row in towns] == [
        map_text.percent(row["built_up_reached_share"]) for row in theirs["townships"]
    ]
    assert "7.5 分钟" in lines(browser, "figures")[0][0]
    # What the file asks for besides stands in the snippet as well.
    snippet = browser.execute_script("return document.getElementById('fc-wi-snippet').value")
    assert "response_s = 450" in snippet
    assert "village_minutes = 11" in snippet


def test_the_snippet_makes_the_scenario_when_it_is_pasted(browser, folder, study, results):
    opened(browser, folder)
    rows = {name: i for i, name in enumerate(results.what_if.stations["id"])}
    choose(browser, "shut")
    tick(browser, rows["c1"])
    tick(browser, rows["s2"])
    slide(browser, "name", '加"密" <b>')
    snippet = browser.execute_script("return document.getElementById('fc-wi-snippet').value")
    asked = tomllib.loads(snippet)["scenarios"]["what_if"]
    assert asked == {
        "title": '加"密" <b>',
        "open": ["c1", "c2"],
        "close": ["s2"],
        "close_roads": ["Road 5"],
        "turnout_factor": 2.0,
    }
    mine = figures(browser)
    copy = study.with_name("pasted.toml")
    copy.write_text(study.read_text(encoding="utf-8") + "\n" + snippet, encoding="utf-8")
    theirs = results_to_dict(analyse(copy))["scenarios"]["what_if"]["figures"]
    agree(mine, theirs, results.minutes)


def test_the_address_keeps_the_choice(browser, folder, results):
    opened(browser, folder)
    rows = {name: i for i, name in enumerate(results.what_if.stations["id"])}
    tick(browser, rows["c2"])
    tick(browser, rows["s1"])
    slide(browser, "speed", 0)
    slide(browser, "standard", 3)
    browser.execute_script("document.querySelector('input[value=time]').click()")
    mine = figures(browser)
    address = browser.execute_script("return location.hash")
    opened(browser, folder, query=address)
    assert figures(browser) == mine
    assert browser.execute_script("return location.hash") == address
    assert browser.execute_script("return document.querySelector('input[value=time]').checked")
    # While the page is open, another address is followed, too.
    act(browser, "location.hash = '#from=plan&roads=shut'")
    state = browser.execute_script("return firecover.whatIf.choice.state")
    assert results.what_if.states[state].scenario == "shut"
    assert "c1" in browser.execute_script("return location.hash")


def test_the_page_starts_from_the_scenario_that_other_pages_showed(browser, folder, told):
    opened(browser, folder, query=f"?scenario={ALL[-1]}")
    assert figures(browser)["stations_fire"] == told[ALL[-1]]["figures"]["stations_fire"]
    assert browser.execute_script("return document.getElementById('fc-wi-from').value") == ALL[-1]
    opened(browser, folder, query="?scenario=no-such-one")
    assert browser.execute_script("return document.getElementById('fc-wi-from').value") == ALL[0]


def test_an_address_that_asks_for_what_is_not_there_says_so(browser, folder, results, told):
    asked = (
        "#from=nowhere&open=c9,%3Cimg%20src%3Dx%3E&close=c1&speed=7&standard=x&villages=-1&%E0=%E0"
    )
    opened(browser, folder, query=asked)
    agree(figures(browser), told["baseline"]["figures"], results.minutes)
    lost = browser.execute_script("return document.getElementById('fc-wi-lost').innerText")
    for word in ("nowhere", "c9", "<img src=x>", "c1", "7", "x"):
        assert word in lost
    assert browser.execute_script("return document.querySelectorAll('img').length") == 0
    assert console(browser) == []


def test_cells_are_recoloured_and_a_click_tells_their_time(browser, folder, results):
    opened(browser, folder, query="?lang=en")
    inks = (
        "var ink = {}; Array.from(firecover.whatIf.layers[0].colours).forEach(function (c) {"
        " ink[c] = (ink[c] || 0) + 1; }); return Object.values(ink)"
    )
    given = results.what_if
    at = list(given.limits_s).index(300)
    usual = given.states[given.scenario_state["baseline"]].population
    rows = {name: i for i, name in enumerate(given.stations["id"])}
    before = usual[[rows["s1"], rows["s2"]]].min(axis=0) <= at
    after = usual[[rows["s2"], rows["c1"]]].min(axis=0) <= at
    assert sorted(browser.execute_script(inks)) == sorted(np.bincount(before))
    tick(browser, rows["c1"])
    tick(browser, rows["s1"])
    kinds = np.bincount(2 * after + before, minlength=4)
    assert (kinds > 0).all()
    assert sorted(browser.execute_script(inks)) == sorted(kinds)
    # The pixels follow: the canvas holds the four colours.
    drawn = browser.execute_script(
        "var c = firecover.whatIf.cells.canvas, d = c.getContext('2d').getImageData(0, 0, c.width,"
        " c.height).data, n = {}; for (var i = 0; i < d.length; i += 4) { if (d[i + 3]) {"
        " n[[d[i], d[i + 1], d[i + 2]]] = 1; } } return Object.keys(n).length"
    )
    assert drawn == 4
    west, north = results.what_if.population_xy[0]
    assert (west, north) == (570_050, 3_197_950)
    browser.execute_script(
        "firecover.whatIf.layers[1].shown = false; var p = firecover.whatIf.layers[0].at;"
        "firecover.map.fire('click', {latlng: L.latLng(p.lats[0], p.lon[0])})"
    )
    told = browser.execute_script("return document.querySelector('.fc-popup').innerText").strip()
    limits_s = [*given.limits_s / 60, math.nan]
    place = min(int(usual[[rows["s2"], rows["c1"]], 0].min()), len(limits_s) - 1)
    expected = f"reached within {limits_s[place]:g} min"
    assert told.startswith("This cell: 6 people, ")
    assert told.endswith("or never" if place == len(limits_s) - 1 else expected)


def test_the_map_goes_to_where_a_choice_changes_something(browser, folder, results):
    opened(browser, folder)
    look = "document.getElementById('fc-wi-look')"
    assert browser.execute_script(f"return {look}.hidden")
    rows = list(results.what_if.stations["id"])
    tick(browser, rows.index("c1"))
    assert not browser.execute_script(f"return {look}.hidden")
    wide = browser.execute_script("return firecover.map.getZoom()")
    browser.execute_script(f"{look}.click()")
    wait_until(browser, f"return firecover.map.getZoom() > {wide}")
    inside = browser.execute_script(
        "var w = firecover.whatIf, seen = firecover.map.getBounds(), found = [0, 0];"
        "w.layers.forEach(function (layer) {"
        " w.now[layer.name].forEach(function (c, i) {"
        "  if ((c <= w.choice.standard) === (w.before[layer.name][i] <= w.choice.standard)) {"
        "   return; }"
        "  found[seen.contains([layer.at.lats[i], layer.at.lon[i]]) ? 0 : 1] += 1; }); });"
        "return found"
    )
    assert inside[0] > 0
    assert inside[1] == 0
    tick(browser, rows.index("c1"))
    assert browser.execute_script(f"return {look}.hidden")


def test_a_station_is_closed_from_its_popup(browser, folder):
    opened(browser, folder, query="?lang=en")
    stations = "var l = firecover.page.layers.find(function (l) { return l.key === 'stations'; });"
    browser.execute_script(stations + "l.features[0].shape.openPopup()")
    text = browser.execute_script("return document.querySelector('.fc-popup').innerText")
    assert "In service" in text
    act(browser, "document.querySelector('.fc-popup .fc-wi-button').click()")
    assert browser.execute_script("return firecover.whatIf.lists().close[0].id") == "s1"
    sign = browser.execute_script(
        stations + "return l.features[0].shape.getElement().querySelector('use')"
        ".getAttribute('href')"
    )
    assert sign == "#fc-wi-shut"
    assert "Town station" in browser.execute_script(
        "return document.getElementById('fc-wi-summary').innerText"
    )


def test_names_that_are_markup_show_as_text(browser, folder, results):
    opened(browser, folder)
    names = [row[0] for row in lines(browser, "village-list")]
    assert names.count(MARKUP) == 1
    assert len(names) == len(VILLAGES)
    rows = {name: i for i, name in enumerate(results.what_if.stations["id"])}
    tick(browser, rows["c1"])
    tick(browser, rows["s1"])
    for part in ("#fc-wi-summary", ".fc-wi-stations"):
        text = browser.execute_script(f"return document.querySelector('{part}').innerText")
        assert MARKUP in text
    browser.execute_script(
        "document.querySelectorAll('#fc-wi-village-list tr').forEach("
        "function (row) { row.click(); })"
    )
    wait_until(browser, "return document.querySelector('.fc-popup') !== null")
    assert browser.execute_script("return document.querySelectorAll('img').length") == 0
    assert browser.execute_script("return alerts") == []
    assert console(browser) == []


def test_villages_are_filtered(browser, folder, told, results):
    opened(browser, folder)
    rows = {name: i for i, name in enumerate(results.what_if.stations["id"])}
    tick(browser, rows["s1"])
    act(
        browser,
        "var b = document.getElementById('fc-wi-filter'); b.value = 'moved';"
        "b.dispatchEvent(new Event('change'))",
    )
    before = told["baseline"]["villages"]
    moved = [row["name"] for row in before if row["first_station"] == "城区站"]
    assert sorted(row[0] for row in lines(browser, "village-list")) == sorted(moved)
    assert all(row[3].startswith("+") for row in lines(browser, "village-list"))


@pytest.mark.parametrize("size", [DESKTOP, (1000, 700), PHONE], ids=["desktop", "narrow", "phone"])
def test_the_page_opens_without_network_or_complaint(browser, folder, size):
    opened(browser, folder, size)
    assert console(browser) == []
    loads = browser.execute_script(
        "return performance.getEntriesByType('resource').map(function (e) { return e.name; })"
    )
    assert [url for url in loads if not url.startswith("data:")] == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= size[0]
    boxes = browser.execute_script(
        "return ['.folium-map', '.fc-side', '.fc-wi-results'].map(function (s) {"
        " var b = document.querySelector(s).getBoundingClientRect();"
        " return [b.left, b.top, b.right, b.bottom]; })"
    )
    for i, first in enumerate(boxes):
        assert first[2] - first[0] > 200
        assert first[3] - first[1] > 150
        for other in boxes[i + 1 :]:
            wide = min(first[2], other[2]) - max(first[0], other[0])
            high = min(first[3], other[3]) - max(first[1], other[1])
            assert not (wide > 1 and high > 1)


@pytest.mark.parametrize(
    "left_out",
    [
        ("population",),
        ("built_up",),
        ("villages", "candidates", "hydrants"),
        ("population", "built_up"),
    ],
)
def test_a_study_with_few_layers_has_the_page_as_well(browser, tmp_path, left_out):
    scenarios = {"plan": None, "swap": {"close": ["s1"], "speed_factor": 0.8}, "shut": None}
    layers = dict.fromkeys(left_out)
    results = analyse(write_what_if_study(tmp_path, layers=layers, scenarios=scenarios))
    write_maps(results, tmp_path / "maps")
    opened(browser, tmp_path / "maps")
    choose(browser, "swap")
    theirs = results_to_dict(results)["scenarios"]["swap"]
    agree(figures(browser), theirs["figures"], results.minutes)
    assert len(lines(browser, "townships")) == len(theirs["townships"])
    assert console(browser) == []


def test_the_language_switches_every_text(browser, folder):
    opened(browser, folder)
    chinese = browser.execute_script("return document.body.innerText")
    browser.execute_script("document.getElementById('fc-language').click()")
    english = browser.execute_script("return document.body.innerText")
    assert "This choice" in english
    assert "This choice" not in chinese
    for word in ("分钟", "可达", "车速"):
        assert word in chinese
        assert word not in english


def test_numbers_are_rounded_and_written_as_the_run_does(browser, folder):
    opened(browser, folder)
    rng = np.random.default_rng(5)
    values = [
        0.0,
        0.5,
        1.5,
        2.5,
        0.125,
        0.375,
        1 / 32,
        3 / 32,
        2.675,
        0.0005,
        0.9995,
        1.0,
        1e-9,
        0.99949999,
        1234.5,
        1235.5,
        999.95,
        1e6 + 0.25,
        123456.75,
        9.995,
    ]
    values += [float(v) for v in rng.uniform(0, 2000, 200)] + [i / 64 for i in range(64)]
    for digits in (0, 1, 2, 4):
        mine = browser.execute_script(
            "var f = firecover.whatIf.format, d = arguments[1]; return arguments[0].map("
            "function (v) { return [f.rounded(v, d), f.number(v, d), f.percent(v / 2000)]; })",
            values,
            digits,
        )
        for value, (rounded, written, percent) in zip(values, mine, strict=True):
            assert rounded == round(value, digits)
            assert written == map_text.number(value, digits)
            assert percent == map_text.percent(value / 2000)


def test_a_county_is_told_anew_in_less_than_a_tenth_of_a_second(browser, results, tmp_path_factory):
    """130,000 points and 64 stations: as many as a large county has."""
    given, (times, many) = results.what_if, (13, 16)
    stations = pd.concat([given.stations] * many, ignore_index=True)
    stations["id"] = [f"{name}-{i}" for i, name in enumerate(stations["id"])]
    states = [
        dataclasses.replace(
            state,
            population=np.tile(state.population, (many, times)),
            built_up=np.tile(state.built_up, (many, 1)),
            villages_s=np.tile(state.villages_s, (many, 1)),
            seats_s=np.tile(state.seats_s, (many, 1)),
        )
        for state in given.states
    ]
    large = dataclasses.replace(
        given,
        stations=stations,
        states=tuple(states),
        population_xy=np.tile(given.population_xy, (times, 1)),
        population=np.tile(given.population, times),
        township={
            **given.township,
            "population": np.tile(given.township["population"], times),
        },
    )
    folder = tmp_path_factory.mktemp("large")
    write_maps(dataclasses.replace(results, what_if=large), folder)
    assert (folder / "what_if.html").stat().st_size < 5_000_000
    opened(browser, folder)
    took = []
    for row in (0, 2, 4, 6, 0, 2, 4, 6):
        tick(browser, row)
        took.append(browser.execute_script("return firecover.whatIf.tookMs"))
    assert min(took) < 100, json.dumps(took)

"""The page of weak points: what it tells is what the tables say, worked out another way."""

from __future__ import annotations

import dataclasses
import json
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Point, Polygon

from firecover.outputs.maps.certainty import chance, chance_class, squares
from firecover.outputs.maps.closures import listed, loss_steps, road_title
from firecover.outputs.maps.geometry import DEGREE
from firecover.outputs.maps.layers import share_out
from firecover.outputs.maps.pages import write_maps
from firecover.outputs.maps.resilience import has_weak_points, resilience_page
from firecover.outputs.results_json import results_to_dict
from support.tiny_results import MARKUP_VILLAGE, SCENARIOS, at, tiny_results

CRS = "EPSG:4545"


@pytest.fixture(scope="module")
def page():
    return resilience_page(share_out(tiny_results()))


@pytest.fixture(scope="module")
def told():
    return results_to_dict(tiny_results())["scenarios"]


def layers_of(page, key, scenario, draw=None):
    return [
        layer
        for layer in page.layers
        if (layer.key, layer.scenario) == (key, scenario) and draw in (None, layer.draw)
    ]


def value(layer, feature, field):
    """Return a popup's text in English by the English name of its row."""
    names = [name[1] for name in layer.fields]
    text = feature.as_data()["values"][names.index(field)]
    return text if isinstance(text, str) or text is None else text[1]


def degrees(xy):
    points = gpd.GeoSeries([Point(*p) for p in xy], crs=CRS).to_crs("EPSG:4326")
    return np.column_stack([points.y, points.x])


def unpack(code):
    return np.cumsum(np.array(code).reshape(-1, 2), axis=0) / DEGREE


def area_km2(form):
    parts = [Polygon(unpack(p[0])[:, ::-1], [unpack(r)[:, ::-1] for r in p[1:]]) for p in form]
    return gpd.GeoSeries(parts, crs="EPSG:4326").to_crs(CRS).area.sum() / 1e6


def figure_numbers(text):
    return [int(number.replace(",", "")) for number in re.findall(r"[\d,]+", text)]


# --------------------------------------------------------------------------------- roads


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_roads_stand_by_rank_and_tell_the_tables_figures(page, told, scenario):
    (ranks,) = layers_of(page, "roads", scenario, "markers")
    (lines,) = layers_of(page, "roads", scenario, "ways")
    rows = told[scenario]["critical_roads"]
    assert [feature.badge for feature in ranks.features] == [str(row["order"]) for row in rows]
    # The worst line is drawn last, and so lies on top.
    popups = [[f.as_data()["values"] for f in layer.features] for layer in (ranks, lines)]
    assert popups[0] == popups[1][::-1]
    for row, feature in zip(rows, ranks.features, strict=True):
        assert figure_numbers(value(ranks, feature, "People lost")) == [row["population_lost"]]
        assert figure_numbers(value(ranks, feature, "People cut off")) == [row["population_cut"]]
        assert value(ranks, feature, "Villages lost").startswith(f"{row['villages_lost']}: ")
        assert figure_numbers(value(ranks, feature, "Length")) == [round(row["length_m"])]
        assert value(ranks, feature, "Number") == (row["ref"] or None)
    # The first road's village has an English name, too.
    assert value(ranks, ranks.features[0], "Villages lost") == "1: Village v1"
    assert value(ranks, ranks.features[1], "Kind").endswith(", bridge")


def test_a_rank_stands_at_the_middle_of_its_road(page):
    results = tiny_results()
    (ranks,) = layers_of(page, "roads", "baseline", "markers")
    # National road 319 runs from (0, 4500) to (10 000, 4500), Longtan road north from (7500, 4500).
    expected = degrees([at(5000, 4500), at(7500, 7250)])
    for feature, place in zip(ranks.features, expected, strict=True):
        assert unpack(feature.form)[0] == pytest.approx(place, abs=2e-5)
    assert len(results.critical_roads) == 2 * len(ranks.features)


def test_the_worse_a_road_the_wider_and_darker(page):
    (lines,) = layers_of(page, "roads", "baseline", "ways")
    looks = {feature.name: lines.styles[feature.style] for feature in lines.features}
    (few,) = (look for name, look in looks.items() if "龙潭路" in name)
    (many,) = (look for name, look in looks.items() if "319" in str(name))
    assert many["weight"] > few["weight"]

    def lightness(colour):
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    assert lightness(many["color"]) < lightness(few["color"]) - 8
    widths = [style["weight"] for style in lines.styles]
    assert widths == sorted(widths)
    shades = [lightness(style["color"]) for style in lines.styles]
    assert shades == sorted(shades, reverse=True)


def test_a_road_of_a_few_metres_in_two_parts_still_has_its_rank():
    results = tiny_results()
    roads = results.critical_roads.copy()
    parts = MultiLineString([[at(10, 10), at(12, 10)], [at(20, 10), at(38, 10)]])
    roads.loc[roads.index[0], "geometry"] = parts
    roads["stations"] = "城区消防救援站"
    page = resilience_page(share_out(dataclasses.replace(results, critical_roads=roads)))
    (ranks,) = layers_of(page, "roads", "baseline", "markers")
    assert unpack(ranks.features[0].form)[0] == pytest.approx(degrees([at(29, 10)])[0], abs=2e-5)
    assert value(ranks, ranks.features[0], "Stations that cannot leave") == "Town fire station"


def test_roads_of_one_scenario_are_shown_with_all_and_told():
    results = tiny_results()
    roads = results.critical_roads
    only = dataclasses.replace(results, critical_roads=roads[roads["scenario"] == "baseline"])
    page = resilience_page(share_out(only))
    assert {layer.scenario for layer in page.layers if layer.key == "roads"} == {None}
    assert any("只按情景“现状”计算" in text[0] for text in page.told)
    for figures in page.figures:  # in the plan, too
        assert figures.figures[0].value == ("5,760 人", "5,760 people")
    (table,) = (table for table in page.tables if table.columns[1] == ("路段", "Road"))
    assert table.scenario is None
    assert table.name[1].startswith("Today: ")


@pytest.mark.parametrize(
    ("losses", "steps"),
    [
        ([18_050.4, 267.9], [2000, 5000, 10_000]),
        ([5760, 840], [500, 1000, 2000]),
        ([1000], [100, 200, 500]),
        ([13.0], [1, 2, 5]),
        ([2.0], [1]),
        ([0.4, 0.0], []),
        ([], []),
    ],
)
def test_classes_part_at_round_numbers_below_the_largest(losses, steps):
    assert loss_steps(losses) == steps


@given(st.floats(0, 1e7))
def test_no_class_is_above_the_largest_loss(most):
    steps = loss_steps([most])
    assert steps == sorted(set(steps))
    assert all(0 < step < most for step in steps)


def test_a_road_is_called_by_name_and_number_or_else_by_its_class():
    row = {"road_class": "tertiary", "name": "龙潭路", "ref": "X401"}
    assert road_title(row) == ("龙潭路（X401）", "龙潭路 (X401)")
    assert road_title({**row, "ref": ""}) == "龙潭路"
    assert road_title({**row, "name": ""}) == "X401"
    assert road_title({**row, "name": "县道X401"}) == "县道X401"
    zh, en = road_title({**row, "name": "", "ref": ""})
    assert zh.startswith("无名道路（")
    assert en.startswith("unnamed road (")


def test_names_are_translated_and_a_long_list_is_counted():
    assert listed("", {}) is None
    assert listed("甲、乙", {"乙": ("乙", "B")}) == ("甲、乙", "甲, B")
    many = "、".join("abcdefghij")
    assert listed(many, {}) == (
        "a、b、c、d、e、f、g、h等 10 个",
        "a, b, c, d, e, f, g, h and more, 10 in all",
    )


# ------------------------------------------------------------------------------ stations


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_stations_stand_by_their_loss(page, told, scenario):
    (circles,) = layers_of(page, "outages", scenario)
    table = tiny_results().station_outages
    mine = table[table["scenario"] == scenario].sort_values(
        ["population_lost", "villages_lost", "built_up_lost_km2", "id"],
        ascending=[False, False, False, True],
    )
    assert [f.name[1] for f in circles.features] == list(mine["name_en"])
    for row, feature in zip(mine.itertuples(), circles.features, strict=True):
        lost = value(circles, feature, "People lost")
        assert figure_numbers(lost) == [round(row.population_lost)]
        lost = value(circles, feature, "Urban area lost (fire stations)")
        assert lost == f"{row.built_up_lost_km2:.2f} km²"
        assert value(circles, feature, "Mean delay of those it serves first") == (
            f"{round(row.slower_s, 1) / 60:.1f} min"
        )
        assert value(circles, feature, "Who comes instead").count(", ") == row.takes_over.count(
            "、"
        )
    assert {row["id"] for row in told[scenario]["station_outages"]} == set(mine["id"])


def test_the_area_of_a_circle_goes_with_the_people(page):
    (circles,) = layers_of(page, "outages", "baseline")
    lost = [figure_numbers(value(circles, f, "People lost"))[0] for f in circles.features]
    areas = [circles.styles[f.style]["radius"] ** 2 for f in circles.features]
    most = tiny_results().station_outages["population_lost"].max()
    for people, area in zip(lost, areas, strict=True):
        if people:
            assert area / 26**2 == pytest.approx(max(people / most, (4.5 / 26) ** 2), rel=0.02)
        else:
            assert area == 4.5**2
    legend = next(legend for legend in page.legends if legend.key == "outages")
    for entry in legend.entries[:-1]:
        (people,) = figure_numbers(entry.label[1])
        assert entry.style["radius"] == pytest.approx(26 * np.sqrt(people / most), abs=0.06)
    assert legend.entries[-1].label[1] == "nobody is lost"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_row_of_a_table_leads_to_what_it_names(page, scenario):
    mine = [table for table in page.tables if table.scenario == scenario]
    assert len(mine) == 2
    for table in mine:
        assert table.rows
        for row in table.rows:
            layer, feature = (int(part) for part in row.feature.split())
            shown = page.layers[layer]
            assert shown.scenario == scenario
            named = row.cells[table.text_columns[0]]
            assert shown.features[feature].name == named
    roads, stations = ([row.cells[2] for row in table.rows] for table in mine[:2])
    for column in (roads, stations):
        people = [int(cell.replace(",", "")) for cell in column]
        assert people == sorted(people, reverse=True)


# ----------------------------------------------------------------------------- certainty


def test_squares_keep_the_people_and_are_means_over_them():
    random = np.random.default_rng(6)
    columns, rows = (part.ravel() for part in np.meshgrid(np.arange(23), np.arange(17)))
    people = random.gamma(0.7, 40, len(columns))
    people[:5] = 0
    p = random.random(len(columns))
    p[5:9] = np.nan
    x, y = 570_000 + 200 * columns, 3_188_000 + 200 * rows
    table = gpd.GeoDataFrame(
        {"population": people, "p": p}, geometry=[Point(*xy) for xy in zip(x, y, strict=True)]
    )
    found = squares(table, "p")
    # A multiple of the cells' 200 m that is nearest to 500 m, from the corner of the first cell.
    assert found.side_m == 400
    kept = pd.DataFrame({"i": columns // 2, "j": rows // 2, "w": people, "p": p}).dropna()
    kept = kept[kept["w"] > 0]
    mean = kept.groupby(["i", "j"]).apply(lambda group: np.average(group["p"], weights=group["w"]))
    total = kept.groupby(["i", "j"])["w"].sum()
    places = (found.corners - [569_900, 3_187_900]) / 400
    assert [tuple(place) for place in places] == list(mean.index)
    assert found.chance == pytest.approx(mean.to_numpy())
    assert found.people == pytest.approx(total.to_numpy())
    assert found.people.sum() == pytest.approx(kept["w"].sum())


def test_points_on_no_grid_get_squares_of_half_a_kilometre():
    xy = [(570_123.4, 3_188_010.0), (570_130.1, 3_188_499.9), (570_777.7, 3_188_003.3)]
    table = gpd.GeoDataFrame(
        {"population": [1.0, 3.0, 5.0], "p": [1.0, 0.5, 0.2]}, geometry=[Point(*p) for p in xy]
    )
    found = squares(table, "p")
    assert found.side_m == 500
    assert found.corners.tolist() == [[570_000, 3_188_000], [570_500, 3_188_000]]
    assert found.people.tolist() == [4, 5]
    assert found.chance == pytest.approx([(1 + 1.5) / 4, 0.2])


def class_by_hand(p):
    return 0 if p < 0.1 else 1 if p < 0.5 else 2 if p <= 0.9 else 3


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_inhabited_square_is_drawn_in_its_class(page, scenario):
    demand = tiny_results().demand
    people = demand[demand["kind"] == "population"]
    # The points of the tiny study are 1000 m apart: each is a square of its own.
    chances = people[f"p_standard_{scenario}"].to_numpy()
    low, squares_ = layers_of(page, "chance", scenario)
    assert low.fields is None
    hardly = (chances < 0.1).sum()  # of 1 km² each
    assert area_km2(low.features[0].form) == pytest.approx(hardly, rel=1e-3)
    told = sorted((value(squares_, f, "People in the square"), f.style) for f in squares_.features)
    expected = sorted(
        (f"{row.population:.0f} people", class_by_hand(getattr(row, f"p_standard_{scenario}")))
        for row in people.itertuples()
        if getattr(row, f"p_standard_{scenario}") >= 0.1
    )
    assert told == expected
    assert len(told) > 5


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_built_up_area_is_drawn_whole_and_by_class(page, scenario):
    demand = tiny_results().demand
    cells = demand[demand["kind"] == "built_up"]
    (layer,) = layers_of(page, "chance_built_up", scenario)
    by_class = cells["area_km2"].groupby(cells[f"p_standard_{scenario}"].map(class_by_hand)).sum()
    drawn = {feature.style: area_km2(feature.form) for feature in layer.features}
    assert drawn.keys() == set(by_class.index)
    for style, km2 in drawn.items():
        # The study's cells are 50 m wide, those of the tiny town 250 m.
        assert km2 == pytest.approx(by_class[style] * (50 / 250) ** 2, rel=0.05)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_villages_tell_chance_verdict_and_interval(page, told, scenario):
    (layer,) = layers_of(page, "chance_villages", scenario)
    rows = told[scenario]["villages"]
    assert [f.name for f in layer.features] == [(row["name"], row["name_en"]) for row in rows]
    for row, feature in zip(rows, layer.features, strict=True):
        assert feature.style == class_by_hand(row["p_reached"])
        words = {"sure_yes": "surely in time", "sure_no": "surely not in time"}
        assert value(layer, feature, "Verdict") == words.get(row["certainty"], "not sure")
        ends = value(layer, feature, "Nine in ten draws")
        if row["first_p05_s"] is None:
            assert ends is None
        else:
            assert ends == f"{row['first_p05_s'] / 60:.1f}–{row['first_p95_s'] / 60:.1f} min"
    legend = next(legend for legend in page.legends if legend.key == "chance_villages")
    counts = [
        int(count.text)
        for entry in legend.entries
        for count in entry.counts
        if count.scenario == scenario
    ]
    assert sum(counts) == len(rows)


def test_villages_that_are_not_sure_are_listed_by_chance():
    results = tiny_results()
    villages = results.villages.copy()
    for village, p in {"v1": 0.8, "v3": 0.3}.items():
        mine = (villages["id"] == village) & (villages["scenario"] == "baseline")
        villages.loc[mine, ["p_reached", "certainty"]] = [p, "uncertain"]
    page = resilience_page(share_out(dataclasses.replace(results, villages=villages)))
    (table,) = (table for table in page.tables if table.columns[0][1] == "Village")
    assert table.scenario == "baseline"
    assert [row.cells[:2] for row in table.rows] == [
        [(MARKUP_VILLAGE, "Village v3"), "30 %"],
        [("城南村", "Village v1"), "80 %"],
    ]
    # v1 is 3 min away, 2 of them driving; 1.645 deviations of 0.15 make the ends.
    low, high = (1 + 2 * np.exp(sign * 1.644854 * 0.15) for sign in (-1, 1))
    assert table.rows[1].cells[2] == f"{low:.1f}–{high:.1f}"
    layer, feature = (int(part) for part in table.rows[0].feature.split())
    assert page.layers[layer].features[feature].name[1] == "Village v3"
    assert page.layers[layer].features[feature].style == 1
    assert page.own.data["questions"][2]["tables"] == [4]


@pytest.mark.parametrize(
    ("p", "text"),
    [(0, "0 %"), (0.002, "<1 %"), (0.006, "1 %"), (0.5, "50 %"), (0.996, ">99 %"), (1, "100 %")],
)
def test_a_chance_is_never_rounded_to_none_or_all(p, text):
    assert chance(p) == text


@given(st.floats(0, 1))
def test_classes_of_a_chance(p):
    assert chance_class(p) == class_by_hand(p)


# ---------------------------------------------------------------------------------- page


def test_the_figures_are_those_of_results_json(page, told):
    for group in page.figures:
        figures = told[group.scenario]["figures"]
        roads, stations = (
            told[group.scenario][key] for key in ("critical_roads", "station_outages")
        )
        shown = {figure.label[1]: figure for figure in group.figures}
        worst = max(row["population_lost"] for row in roads)
        assert figure_numbers(shown["Worst road costs"].value[1]) == [worst]
        total = f"of {figures['population_total']:,.0f} people"
        assert shown["Worst road costs"].detail[1].endswith(f"; {worst:,.0f} {total}")
        most = max(row["population_lost"] for row in stations)
        assert figure_numbers(shown["Worst station costs"].value[1]) == [most]
        in_time = shown["People reached within 5 min"]
        key = "population_share_5min"
        assert in_time.value == f"{figures[key] * 100:.1f} %"
        ends = [f"{figures[f'{key}_{end}'] * 100:.1f} %" for end in ("p05", "p95")]
        assert in_time.detail[1] == f"nine draws in ten: {ends[0]} to {ends[1]}"


def test_each_question_has_its_layers_and_tables(page):
    questions = page.own.data["questions"]
    assert len(questions) == len(page.variants) == 3
    keys = [legend.key for legend in page.legends]
    assert len(keys) == len(set(keys))
    shown = {legend.key for legend in page.legends if legend.shown}
    assert shown == {*questions[0]["layers"], "township_names"}
    for question in questions:
        assert {*question["layers"], *question["beside"]} <= set(keys)
    places = [place for question in questions for place in question["tables"]]
    assert sorted(places) == list(range(len(page.tables)))


def without_draws(results):
    demand, villages = results.demand.copy(), results.villages.copy()
    for scenario in SCENARIOS:
        demand[f"p_standard_{scenario}"] = np.nan
    villages["p_reached"] = np.nan
    return dataclasses.replace(results, demand=demand, villages=villages)


def test_without_draws_certainty_is_left_out_and_told():
    page = resilience_page(share_out(without_draws(tiny_results())))
    assert {"roads", "outages"} <= {layer.key for layer in page.layers}
    assert not any(layer.key.startswith("chance") for layer in page.layers)
    assert any("未对车速和出动时间作随机抽样" in text[0] for text in page.told)
    assert [name[1] for name in page.variants] == [
        "Which road would be missed most?",
        "Which station would be missed most?",
    ]


def test_villages_without_a_chance_are_counted():
    results = tiny_results()
    villages = results.villages.copy()
    villages.loc[villages["id"] == "v2", "p_reached"] = np.nan
    page = resilience_page(share_out(dataclasses.replace(results, villages=villages)))
    assert any(text[1].startswith("1 villages have no chance") for text in page.told)


def test_there_is_a_page_only_where_something_was_computed(tmp_path):
    results = tiny_results()
    bare = dataclasses.replace(
        without_draws(results),
        critical_roads=gpd.GeoDataFrame(),
        station_outages=gpd.GeoDataFrame(),
    )
    assert not has_weak_points(bare)
    assert "resilience.html" not in {file.name for file in write_maps(bare, tmp_path / "bare")}
    for table in ("critical_roads", "station_outages"):
        some = dataclasses.replace(bare, **{table: getattr(results, table)})
        assert has_weak_points(some)
        page = resilience_page(share_out(some))
        assert page.variants == []
        assert len(page.own.data["questions"]) == 1
    chances = dataclasses.replace(bare, demand=results.demand)
    page = resilience_page(share_out(chances))
    assert {layer.key for layer in page.layers} >= {"chance", "chance_built_up"}
    assert page.tables == []


def test_the_page_holds_its_words_and_symbols(tmp_path):
    files = {file.name: file for file in write_maps(tiny_results(), tmp_path)}
    text = files["resilience.html"].read_text(encoding="utf-8")
    found = re.search(r'id="fc-data">(.*?)</script>', text, re.DOTALL)
    data = json.loads(found[1])
    symbols = {
        style["symbol"]
        for layer in data["layers"]
        if layer["draw"] == "markers"
        for style in layer["styles"]
    }
    for symbol in symbols:
        assert f'<symbol id="{symbol}"' in text
    assert "resilience.html" in files["index.html"].read_text(encoding="utf-8")


def test_a_line_is_packed_as_it_is(page):
    (lines,) = layers_of(page, "roads", "baseline", "ways")
    road = next(f for f in lines.features if "319" in str(f.name))
    back = unpack(road.form[0])
    expected = degrees(LineString([at(0, 4500), at(10_000, 4500)]).coords)
    assert back[[0, -1]] == pytest.approx(expected, abs=2e-5)

"""The figures of the report: a map a scenario, the county town, the candidates, a chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from markupsafe import Markup, escape
from matplotlib.axes import Axes

from firecover.outputs.report.fonts import Lettering
from firecover.outputs.report.map_drawing import (
    PAGE_MM,
    Bounds,
    Legend,
    Sheet,
    areas,
    as_image,
    lines,
    map_axes,
    new_sheet,
    paler,
    points,
    widened,
    write_name,
)
from firecover.outputs.report.map_labels import Room
from firecover.outputs.report.model import Image
from firecover.outputs.report.reader import Reader
from firecover.outputs.styles import (
    BOUNDARY_STROKE,
    CANDIDATE_MARKER,
    STATION_MARKERS,
    TOWNSHIP_STROKE,
    WATER_COLOUR,
    Marker,
    band_colours,
)
from firecover.results import Results

LEGEND_MM = 48.0
TALLEST_MM = 185.0
TOWN_PANELS = 4
#: The county town is drawn no taller, so that words stand beside it on its page.
TALLEST_TOWN_MM = 118.0
STATION_PT, STATION_ABOVE_MM, TOWNSHIP_PT = 6.5, 2.0, 5.4
INSET_MM = 80.0
_OPENED = Marker("star", "#c8102e", "#ffffff", 6.0, 0.4)
_OTHER_CANDIDATE = Marker("diamond", paler(CANDIDATE_MARKER.fill, 0.55), "#ffffff", 3.4, 0.3)
_LIGHT_ROAD = {"colors": "#a9a49d", "linewidths": 0.35, "zorder": 4}
_BORDER = {
    "colors": TOWNSHIP_STROKE.colour,
    "linewidths": 0.5,
    "linestyles": (0, (4, 2)),
    "zorder": 5,
}
_OUTER = {"colors": BOUNDARY_STROKE.colour, "linewidths": 1.1, "zorder": 6}
_JURISDICTION_FILLS = ("#f6c9a8", "#bfd9ee", "#cfe6c4", "#e7cfe6", "#f5e6a9", "#d9d4cc", "#c9e3e0")
_BUILT_UP = ("#e9e2da", "#b9a394")


def words_of(letters: Lettering, results: Reader) -> Reader:
    """Return the reader in the language that the figures can be lettered in."""
    return Reader(results.results, letters.lang)  # type: ignore[arg-type]


def plain(text: Markup) -> str:
    """Return a text of the report as a figure is lettered with it."""
    return text.striptags()


def label(reader: Reader, key: str, **parts: object) -> str:
    """Return one of the figures' own words."""
    return plain(reader.say("figure", key, **parts))


def _names(letters: Lettering, row: object, *columns: str) -> str:
    """Return a row's name in the figures' language, or what of it can be drawn."""
    order = columns or (("name_en", "name") if letters.lang == "en" else ("name", "name_en"))
    return letters.name(*(getattr(row, column, None) for column in order))


def _of(table: gpd.GeoDataFrame, scenario: str) -> gpd.GeoDataFrame:
    return table[table["scenario"] == scenario]


def _within(table: gpd.GeoDataFrame, bounds: Bounds) -> gpd.GeoDataFrame:
    known = table[~(table.geometry.isna() | table.geometry.is_empty)]
    return known[shapely.intersects(known.geometry.to_numpy(), shapely.box(*bounds))]


def county_map(results: Results, reader: Reader, letters: Lettering, scenario: str) -> Image:
    """Draw the county in a scenario: bands, stations, townships, roads."""
    bounds = widened(results.boundary.total_bounds, 0.02)
    sheet, axes, legend, scale = _map_with_legend(letters, bounds)
    colours = [paler(colour, 0.2) for colour in band_colours(results.minutes)]
    bands = _of(results.isochrones, scenario).sort_values("minutes", ascending=False)
    row: Any
    for row in bands.itertuples():
        colour = colours[results.minutes.index(row.minutes)]
        areas(axes, [row.geometry], fc=colour, ec="none", zorder=2)
    _background(results, axes, bounds)
    _township_names(sheet, axes, results, scenario, scale)
    tiers = _stations(sheet, axes, _of(results.stations, scenario))

    legend.north(label(reader, "north"))
    legend.scale_bar(scale, label(reader, "km"))
    legend.title(label(reader, "minutes_title"))
    for minutes, colour in zip(results.minutes, colours, strict=True):
        text = label(reader, "minutes", minutes=f"{minutes:g}")
        legend.area(text, fc=colour, ec="#888888", lw=0.3)
    legend.title(label(reader, "legend"))
    _explain_stations(legend, reader, tiers)
    _explain_background(legend, reader, results)
    title = plain(reader.title(scenario))
    alt = reader.say("figure", "alt", caption=label(reader, "scenario", scenario=title))
    return as_image(sheet, escape(alt.striptags()))


def _map_with_legend(letters: Lettering, bounds: Bounds) -> tuple[Sheet, Axes, Legend, float]:
    """Return a sheet with a map as large as fits, and a legend at its right."""
    wide_m, tall_m = bounds[2] - bounds[0], bounds[3] - bounds[1]
    scale = min((PAGE_MM - LEGEND_MM - 4) / wide_m, TALLEST_MM / tall_m)
    map_mm = wide_m * scale
    height_mm = max(tall_m * scale, 80.0)
    sheet = new_sheet(letters, PAGE_MM, height_mm + 1)
    left = (PAGE_MM - LEGEND_MM - 4 - map_mm) / 2 + 0.5
    axes = map_axes(sheet, left, height_mm - tall_m * scale + 0.5, bounds, scale)
    legend = Legend(sheet, (PAGE_MM - LEGEND_MM, 0, LEGEND_MM, height_mm))
    return sheet, axes, legend, scale


def _background(results: Results, axes: Axes, bounds: Bounds) -> None:
    water = _within(results.water, bounds).geometry
    lines(axes, water, colors=WATER_COLOUR, linewidths=0.7, zorder=3)
    lines(axes, _within(results.roads, bounds).geometry, **_LIGHT_ROAD)
    first = results.scenarios[0].id
    lines(axes, _within(_of(results.townships, first), bounds).geometry, **_BORDER)
    lines(axes, results.boundary.geometry, **_OUTER)


def _explain_background(legend: Legend, reader: Reader, results: Results) -> None:
    legend.line(label(reader, "roads"), color="#a9a49d", lw=0.8)
    if len(results.water):
        legend.line(label(reader, "water"), color=WATER_COLOUR, lw=1.2)
    dashes = {"color": TOWNSHIP_STROKE.colour, "lw": 0.8, "linestyle": (0, (4, 2))}
    legend.line(label(reader, "townships"), **dashes)
    legend.line(label(reader, "boundary"), color=BOUNDARY_STROKE.colour, lw=1.4)


def _township_names(
    sheet: Sheet, axes: Axes, results: Results, scenario: str, scale: float
) -> None:
    """Write the townships' names, clear of the stations and of the names that these have."""
    stations = _of(results.stations, scenario)
    room = Room()
    row: Any
    for row in stations[~(stations.geometry.isna() | stations.geometry.is_empty)].itertuples():
        at = row.geometry.x * scale, row.geometry.y * scale
        room.block_signs([at])
        if row.tier == "fire" or row.candidate:
            room.block_name(at, _names(sheet.letters, row), STATION_PT, STATION_ABOVE_MM)
    rows = _of(results.townships, scenario)
    for row in rows[~(rows.geometry.isna() | rows.geometry.is_empty)].itertuples():
        place = row.geometry.representative_point()
        name = _names(sheet.letters, row)
        above_mm = room.place((place.x * scale, place.y * scale), name, TOWNSHIP_PT)
        at = place.x, place.y
        write_name(sheet, axes, at, name, TOWNSHIP_PT, colour="#4a4458", above_mm=above_mm)


def _stations(sheet: Sheet, axes: Axes, stations: gpd.GeoDataFrame) -> list[str]:
    """Draw the stations, the small ones below; name fire stations; return what was drawn."""
    drawn: list[str] = []
    opened = stations["candidate"].astype(bool)
    for tier in ("micro", "township", "fire"):
        mine = stations[(stations["tier"] == tier) & ~opened]
        if len(mine):
            points(axes, mine.geometry, STATION_MARKERS[tier], 10)
            drawn.insert(0, tier)
    if opened.any():
        points(axes, stations[opened].geometry, _OPENED, 12)
        drawn.append("opened")
    named = stations[(stations["tier"] == "fire") | opened]
    row: Any
    for row in named[~(named.geometry.isna() | named.geometry.is_empty)].itertuples():
        name = _names(sheet.letters, row)
        at = row.geometry.x, row.geometry.y
        write_name(sheet, axes, at, name, STATION_PT, bold=True, above_mm=STATION_ABOVE_MM)
    return drawn


def _explain_stations(legend: Legend, reader: Reader, drawn: Sequence[str]) -> None:
    words = {
        "fire": ("stations", STATION_MARKERS["fire"]),
        "township": ("township_stations", STATION_MARKERS["township"]),
        "micro": ("micro_stations", STATION_MARKERS["micro"]),
        "opened": ("opened", _OPENED),
    }
    for tier in drawn:
        key, marker = words[tier]
        legend.point(label(reader, key), marker)


def town_map(
    results: Results, reader: Reader, letters: Lettering, scenarios: Sequence[str]
) -> Image | None:
    """Draw the county town's jurisdictions, scenarios beside each other; None without a town."""
    held = results.jurisdictions
    if held.empty or not np.isfinite(held.total_bounds).all():
        return None
    bounds = widened(held.total_bounds, 0.08)
    wide_m, tall_m = bounds[2] - bounds[0], bounds[3] - bounds[1]
    beside = min(len(scenarios), 2)
    rows = -(-len(scenarios) // 2)
    room_mm = (PAGE_MM - 4 * (beside - 1) - 1) / beside
    tallest_mm = TALLEST_TOWN_MM if rows == 1 else (TALLEST_MM - 40) / rows
    scale = min(room_mm / wide_m, tallest_mm / tall_m)
    panel_mm = tall_m * scale
    legend_mm = 24.0
    height_mm = rows * (panel_mm + 7) + legend_mm
    sheet = new_sheet(letters, PAGE_MM, height_mm)
    colour_of = _jurisdiction_colours(results, scenarios)
    drawn: list[str] = []
    for i, scenario in enumerate(scenarios):
        left = (i % 2) * (room_mm + 4) + (room_mm - wide_m * scale) / 2 + 0.5
        bottom = height_mm - (i // 2 + 1) * (panel_mm + 7) + 1
        axes = map_axes(sheet, left, bottom, bounds, scale)
        axes.set_title(
            letters.name(plain(reader.title(scenario)), scenario),
            fontproperties=letters.properties(8, bold=True),
            pad=3,
            parse_math=False,
        )
        drawn += _draw_town(sheet, axes, results, scenario, bounds=bounds, colour_of=colour_of)

    legend = Legend(sheet, (1, 0, PAGE_MM - 2, legend_mm - 2), column_mm=44)
    legend.scale_bar(scale, label(reader, "km"), 28)
    legend.north(label(reader, "north"))
    legend.area(label(reader, "jurisdictions"), fc=_JURISDICTION_FILLS[0], ec="#333333", lw=0.6)
    limit = results.standard_min
    reached = label(reader, "reached", limit=f"{limit:g}")
    legend.line(reached, color="#14365c", lw=1.5)
    legend.note(label(reader, "any_crew"))
    legend.line(label(reader, "roads"), color="#a9a49d", lw=0.8)
    order = [tier for tier in ("fire", "township", "micro", "opened") if tier in drawn]
    _explain_stations(legend, reader, order)
    alt = reader.say("figure", "alt", caption=label(reader, "town", limit=f"{limit:g}"))
    return as_image(sheet, alt)


def _jurisdiction_colours(results: Results, scenarios: Sequence[str]) -> dict[str, str]:
    """Return a colour for each station, the same in every scenario."""
    held = results.jurisdictions
    ids = held.loc[held["scenario"].isin(list(scenarios)), "station_id"].astype(str)
    fills = _JURISDICTION_FILLS
    known = sorted({name for name in ids if name})
    return {name: fills[i % len(fills)] for i, name in enumerate(known)} | {"": "#ffffff"}


def _draw_town(
    sheet: Sheet,
    axes: Axes,
    results: Results,
    scenario: str,
    *,
    bounds: Bounds,
    colour_of: dict[str, str],
) -> list[str]:
    row: Any
    for row in _of(results.jurisdictions, scenario).itertuples():
        fill = colour_of[str(row.station_id)]
        areas(axes, [row.geometry], fc=fill, ec="#333333", lw=0.6, zorder=2)
    lines(axes, _within(results.water, bounds).geometry, colors=WATER_COLOUR, lw=0.9, zorder=3)
    lines(axes, _within(results.roads, bounds).geometry, **_LIGHT_ROAD)
    edges = _of(results.reach_edges, scenario)
    near = edges[edges["minutes"] <= results.standard_min]
    reached = _within(near, bounds).geometry
    lines(axes, reached, colors="#14365c", linewidths=0.9, zorder=5)
    return _stations(sheet, axes, _within(_of(results.stations, scenario), bounds))


def candidate_map(results: Results, reader: Reader, letters: Lettering) -> Image | None:
    """Draw the candidates with their ranks, the county town enlarged; None without any."""
    table = results.candidates
    located = table[~(table.geometry.isna() | table.geometry.is_empty)]
    if located.empty:
        return None
    bounds = _candidate_bounds(results, located)
    sheet, axes, legend, scale = _map_with_legend(letters, bounds)
    town = _town_bounds(results, located, scale)
    _draw_candidates(sheet, axes, results, bounds, outside=town)

    legend.north(label(reader, "north"))
    legend.scale_bar(scale, label(reader, "km"))
    legend.title(label(reader, "legend"))
    legend.point(label(reader, "candidate_first"), CANDIDATE_MARKER)
    legend.point(label(reader, "candidate_other"), _OTHER_CANDIDATE)
    _explain_stations(legend, reader, ["fire"])
    legend.area(label(reader, "built_up"), fc=_BUILT_UP[0], ec=_BUILT_UP[1], lw=0.4)
    _explain_background(legend, reader, results)
    if town is not None:
        areas(axes, [shapely.box(*town)], fc="none", ec="#222222", lw=0.8, zorder=30)
        _inset(sheet, legend, reader, results, town)
    return as_image(sheet, reader.say("figure", "alt", caption=label(reader, "candidates")))


def _draw_candidates(
    sheet: Sheet, axes: Axes, results: Results, bounds: Bounds, outside: Bounds | None = None
) -> None:
    """Draw candidates with their ranks (only outside some bounds) and fire stations."""
    _background(results, axes, bounds)
    first_scenario = results.scenarios[0].id
    patches = _within(_of(results.built_up, first_scenario), bounds).geometry
    areas(axes, patches, fc=_BUILT_UP[0], ec=_BUILT_UP[1], lw=0.4, zorder=1)
    stations = _within(_of(results.stations, first_scenario), bounds)
    fire = stations[stations["tier"] == "fire"]
    points(axes, fire.geometry, STATION_MARKERS["fire"], 10)
    located = _within(results.candidates, bounds)
    best = located["rank"] == 1
    points(axes, located[~best].geometry, _OTHER_CANDIDATE, 13)
    points(axes, located[best].geometry, CANDIDATE_MARKER, 14)
    row: Any
    for row in located.sort_values("rank", ascending=False).itertuples():
        if outside is None or not shapely.box(*outside).contains(row.geometry):
            at, first = (row.geometry.x, row.geometry.y), row.rank == 1
            size_pt = 8 if first else 6.5
            write_name(sheet, axes, at, f"{row.rank:g}", size_pt, bold=bool(first), above_mm=1.4)


def _town_bounds(results: Results, located: gpd.GeoDataFrame, scale: float) -> Bounds | None:
    """Return the county town, if several candidates stand too close in it to be told apart."""
    held = results.jurisdictions
    if held.empty or not np.isfinite(held.total_bounds).all():
        return None
    town = widened(held.total_bounds, 0.08)
    too_small = max(town[2] - town[0], town[3] - town[1]) * scale < INSET_MM / 2
    return town if too_small and len(_within(located, town)) > 1 else None


def _inset(sheet: Sheet, legend: Legend, reader: Reader, results: Results, town: Bounds) -> None:
    """Draw the county town, enlarged, below the legend."""
    legend.title(label(reader, "inset"))
    wide_m, tall_m = town[2] - town[0], town[3] - town[1]
    room_mm = min(legend.y, INSET_MM)
    scale = min((LEGEND_MM - 2) / wide_m, room_mm / tall_m)
    bottom = legend.y - tall_m * scale
    axes = map_axes(sheet, PAGE_MM - LEGEND_MM, bottom, town, scale)
    _draw_candidates(sheet, axes, results, town)


def _candidate_bounds(results: Results, located: gpd.GeoDataFrame) -> Bounds:
    """Return the part of the county that holds the candidates."""
    x0, y0, x1, y1 = widened(located.total_bounds, 0.2, 6000)
    a0, b0, a1, b1 = widened(results.boundary.total_bounds, 0.02)
    return max(x0, a0), max(y0, b0), min(x1, a1), min(y1, b1)

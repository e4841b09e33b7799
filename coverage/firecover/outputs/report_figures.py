"""The figures of the report: a map a scenario, the county town, the candidates, a chart."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely
from markupsafe import Markup
from matplotlib.axes import Axes

from firecover.outputs.fonts import Lettering
from firecover.outputs.report_drawing import (
    PAGE_MM,
    Bounds,
    Legend,
    Sheet,
    areas,
    as_drawing,
    as_image,
    lines,
    map_axes,
    new_sheet,
    paler,
    points,
    widened,
    write_name,
)
from firecover.outputs.report_numbers import Reader
from firecover.outputs.styles import (
    BOUNDARY_STROKE,
    CANDIDATE_MARKER,
    STATION_MARKERS,
    TOWNSHIP_STROKE,
    WATER_COLOUR,
    Marker,
    band_colours,
)
from firecover.results import Results, band

LEGEND_MM = 48.0
TALLEST_MM = 185.0
TOWN_PANELS = 4
#: A name nearer to a fire station than this would cover the station's own.
CROWDED_MM = 5.0
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
_BARS = ("#6b7f99", "#c8102e", "#009e73", "#e69f00", "#7a4fa3", "#0072b2")


def words_of(letters: Lettering, results: Reader) -> Reader:
    """Return the reader in the language that the figures can be lettered in."""
    return Reader(results.results, letters.lang)  # type: ignore[arg-type]


def _plain(text: Markup) -> str:
    return text.striptags()


def _label(reader: Reader, key: str, **parts: object) -> str:
    return _plain(reader.say("figure", key, **parts))


def _names(letters: Lettering, row: object, *columns: str) -> str:
    """Return a row's name in the figures' language, or what of it can be drawn."""
    order = columns or (("name_en", "name") if letters.lang == "en" else ("name", "name_en"))
    return letters.name(*(getattr(row, column, None) for column in order))


def _of(table: gpd.GeoDataFrame, scenario: str) -> gpd.GeoDataFrame:
    return table[table["scenario"] == scenario]


def _within(table: gpd.GeoDataFrame, bounds: Bounds) -> gpd.GeoDataFrame:
    known = table[~(table.geometry.isna() | table.geometry.is_empty)]
    return known[shapely.intersects(known.geometry.to_numpy(), shapely.box(*bounds))]


def county_map(results: Results, reader: Reader, letters: Lettering, scenario: str) -> Markup:
    """Draw the county in a scenario: bands, stations, townships, roads."""
    bounds = widened(results.boundary.total_bounds, 0.02)
    sheet, axes, legend, scale = _map_with_legend(letters, bounds)
    colours = [paler(colour, 0.2) for colour in band_colours(results.minutes)]
    bands = _of(results.isochrones, scenario).sort_values("minutes", ascending=False)
    for row in bands.itertuples():
        colour = colours[results.minutes.index(row.minutes)]
        areas(axes, [row.geometry], fc=colour, ec="none", zorder=2)
    _background(results, axes, bounds)
    _township_names(sheet, axes, results, scenario, scale)
    tiers = _stations(sheet, axes, _of(results.stations, scenario))

    legend.north(_label(reader, "north"))
    legend.scale_bar(scale, _label(reader, "km"))
    legend.title(_label(reader, "minutes_title"))
    for minutes, colour in zip(results.minutes, colours, strict=True):
        text = _label(reader, "minutes", minutes=f"{minutes:g}")
        legend.area(text, fc=colour, ec="#888888", lw=0.3)
    legend.title(_label(reader, "legend"))
    _explain_stations(legend, reader, tiers)
    _explain_background(legend, reader, results)
    title = _plain(reader.title(scenario))
    alt = reader.say("figure", "alt", caption=_label(reader, "scenario", scenario=title))
    return as_image(sheet, Markup(alt.striptags()))  # noqa: S704


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
    legend.line(_label(reader, "roads"), color="#a9a49d", lw=0.8)
    if len(results.water):
        legend.line(_label(reader, "water"), color=WATER_COLOUR, lw=1.2)
    dashes = {"color": TOWNSHIP_STROKE.colour, "lw": 0.8, "linestyle": (0, (4, 2))}
    legend.line(_label(reader, "townships"), **dashes)
    legend.line(_label(reader, "boundary"), color=BOUNDARY_STROKE.colour, lw=1.4)


def _township_names(
    sheet: Sheet, axes: Axes, results: Results, scenario: str, scale: float
) -> None:
    """Write the townships' names, below a fire station whose name stands in the way."""
    stations = _of(results.stations, scenario)
    named = stations.geometry[(stations["tier"] == "fire") & ~stations.geometry.isna()]
    rows = _of(results.townships, scenario)
    for row in rows[~(rows.geometry.isna() | rows.geometry.is_empty)].itertuples():
        at = row.geometry.representative_point()
        name = _names(sheet.letters, row)
        crowded = bool((named.distance(at) * scale < CROWDED_MM).any())
        below_mm = -2.5 if crowded else 0.0
        write_name(sheet, axes, (at.x, at.y), name, 5.2, colour="#4a4458", above_mm=below_mm)


def _stations(sheet: Sheet, axes: Axes, stations: gpd.GeoDataFrame) -> list[str]:
    """Draw the stations, the small ones below; name fire stations; return what was drawn."""
    drawn = []
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
    for row in named[~(named.geometry.isna() | named.geometry.is_empty)].itertuples():
        name = _names(sheet.letters, row)
        write_name(sheet, axes, (row.geometry.x, row.geometry.y), name, 6.5, bold=True, above_mm=2)
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
        legend.point(_label(reader, key), marker)


def town_map(
    results: Results, reader: Reader, letters: Lettering, scenarios: Sequence[str]
) -> Markup | None:
    """Draw the county town's jurisdictions, scenarios beside each other; None without a town."""
    held = results.jurisdictions
    if held.empty or not np.isfinite(held.total_bounds).all():
        return None
    bounds = widened(held.total_bounds, 0.08)
    wide_m, tall_m = bounds[2] - bounds[0], bounds[3] - bounds[1]
    beside = min(len(scenarios), 2)
    rows = -(-len(scenarios) // 2)
    room_mm = (PAGE_MM - 4 * (beside - 1) - 1) / beside
    scale = min(room_mm / wide_m, (TALLEST_MM - 40) / rows / tall_m)
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
            letters.name(_plain(reader.title(scenario)), scenario),
            fontproperties=letters.properties(8, bold=True),
            pad=3,
            parse_math=False,
        )
        drawn += _draw_town(sheet, axes, results, scenario, bounds=bounds, colour_of=colour_of)

    legend = Legend(sheet, (1, 0, PAGE_MM - 2, legend_mm - 2), column_mm=44)
    legend.scale_bar(scale, _label(reader, "km"), 28)
    legend.north(_label(reader, "north"))
    legend.area(_label(reader, "jurisdictions"), fc=_JURISDICTION_FILLS[0], ec="#333333", lw=0.6)
    limit = _limit_minutes(results)
    reached = _label(reader, "reached", limit=f"{limit:g}")
    legend.line(reached, color="#14365c", lw=1.5)
    legend.note(_label(reader, "any_crew"))
    legend.line(_label(reader, "roads"), color="#a9a49d", lw=0.8)
    order = [tier for tier in ("fire", "township", "micro", "opened") if tier in drawn]
    _explain_stations(legend, reader, order)
    alt = reader.say("figure", "alt", caption=_label(reader, "town", limit=f"{limit:g}"))
    return as_image(sheet, alt)


def _limit_minutes(results: Results) -> float:
    return results.rules["response_s"].value / 60


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
    for row in _of(results.jurisdictions, scenario).itertuples():
        fill = colour_of[str(row.station_id)]
        areas(axes, [row.geometry], fc=fill, ec="#333333", lw=0.6, zorder=2)
    lines(axes, _within(results.water, bounds).geometry, colors=WATER_COLOUR, lw=0.9, zorder=3)
    lines(axes, _within(results.roads, bounds).geometry, **_LIGHT_ROAD)
    edges = _of(results.reach_edges, scenario)
    near = edges[edges["minutes"] <= _limit_minutes(results)]
    reached = _within(near, bounds).geometry
    lines(axes, reached, colors="#14365c", linewidths=0.9, zorder=5)
    return _stations(sheet, axes, _within(_of(results.stations, scenario), bounds))


def candidate_map(results: Results, reader: Reader, letters: Lettering) -> Markup | None:
    """Draw the candidates with their ranks; None where there are none."""
    table = results.candidates
    located = table[~(table.geometry.isna() | table.geometry.is_empty)]
    if located.empty:
        return None
    bounds = _candidate_bounds(results, located)
    sheet, axes, legend, scale = _map_with_legend(letters, bounds)
    _background(results, axes, bounds)
    urban = _within(_of(results.built_up, results.scenarios[0].id), bounds)
    areas(axes, urban.geometry, fc="#e9e2da", ec="#b9a394", lw=0.4, zorder=1)
    baseline = _within(_of(results.stations, results.scenarios[0].id), bounds)
    tiers = _stations(sheet, axes, baseline[baseline["tier"] == "fire"])
    first = located["rank"] == 1
    points(axes, located[~first].geometry, _OTHER_CANDIDATE, 13)
    points(axes, located[first].geometry, CANDIDATE_MARKER, 14)
    for row in located.sort_values("rank", ascending=False).itertuples():
        at, best = (row.geometry.x, row.geometry.y), row.rank == 1
        write_name(sheet, axes, at, f"{row.rank:g}", 8 if best else 6.5, bold=best, above_mm=1.4)

    legend.north(_label(reader, "north"))
    legend.scale_bar(scale, _label(reader, "km"))
    legend.title(_label(reader, "legend"))
    legend.point(_label(reader, "candidate_first"), CANDIDATE_MARKER)
    legend.point(_label(reader, "candidate_other"), _OTHER_CANDIDATE)
    _explain_stations(legend, reader, tiers)
    if len(urban):
        legend.area(_label(reader, "built_up"), fc="#e9e2da", ec="#b9a394", lw=0.4)
    _explain_background(legend, reader, results)
    return as_image(sheet, reader.say("figure", "alt", caption=_label(reader, "candidates")))


def _candidate_bounds(results: Results, located: gpd.GeoDataFrame) -> Bounds:
    """Return the part of the county that holds the candidates."""
    x0, y0, x1, y1 = widened(located.total_bounds, 0.2, 6000)
    a0, b0, a1, b1 = widened(results.boundary.total_bounds, 0.02)
    return max(x0, a0), max(y0, b0), min(x1, a1), min(y1, b1)


def share_chart(reader: Reader, letters: Lettering) -> Markup | None:
    """Draw which share of the people each scenario reaches within each band; None without."""
    names = [
        name
        for name in reader.scenarios
        if reader.figure(*reader.headline(name, "population_total"))
    ]
    if not names:
        return None
    minutes = reader.raw("minutes")
    sheet = new_sheet(letters, PAGE_MM, 72)
    axes = sheet.axes(14, 11, PAGE_MM - 15, 52)
    width = 0.8 / len(names)
    places = np.arange(len(minutes))
    for i, name in enumerate(names):
        shares = [
            100 * (reader.figure(*reader.headline(name, f"population_share_{band(m)}")) or 0)
            for m in minutes
        ]
        at = places + (i - (len(names) - 1) / 2) * width
        axes.bar(at, shares, width * 0.92, color=_BARS[i % len(_BARS)], zorder=3)
        for x, share, m in zip(at, shares, minutes, strict=True):
            told = _plain(
                reader.show("share", *reader.headline(name, f"population_share_{band(m)}"))
            )
            font = letters.properties(6.5)
            axes.text(x, share + 1.5, told, ha="center", fontproperties=font, parse_math=False)
    _dress_chart(axes, reader, letters, [f"{m:g}" for m in minutes])
    _explain_bars(sheet, reader, names)
    return as_drawing(sheet, "share")


def _dress_chart(axes: Axes, reader: Reader, letters: Lettering, ticks: Sequence[str]) -> None:
    font = letters.properties(7.5)
    axes.set_ylim(0, 112)
    axes.set_yticks(range(0, 101, 20), [str(n) for n in range(0, 101, 20)], fontproperties=font)
    axes.set_xticks(range(len(ticks)), ticks, fontproperties=font)
    axes.tick_params(length=2, width=0.5)
    axes.grid(axis="y", color="#dddddd", linewidth=0.5, zorder=0)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_linewidth(0.6)
    axes.set_xlabel(_label(reader, "minutes_axis"), fontproperties=font, labelpad=2)
    axes.set_ylabel(_label(reader, "share_axis"), fontproperties=font, labelpad=2)


def _explain_bars(sheet: Sheet, reader: Reader, names: Sequence[str]) -> None:
    legend = Legend(sheet, (14, 64, PAGE_MM - 15, 7), column_mm=(PAGE_MM - 15) / len(names))
    for i, name in enumerate(names):
        told = sheet.letters.name(_plain(reader.title(name)), name)
        legend.area(told, fc=_BARS[i % len(_BARS)], ec="none")

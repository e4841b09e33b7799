"""The entry page of the maps: the verdicts at a glance, the maps, the figures by scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from firecover.outputs.maps.layers import Shared, rows
from firecover.outputs.maps.parts import Figure
from firecover.outputs.maps.stations import told_unlocated
from firecover.outputs.maps.text import (
    Pair,
    Text,
    amount,
    join,
    known,
    minutes_name,
    number,
    own_name,
    part,
    percent,
    say,
    section,
    split_share,
    value_name,
)
from firecover.outputs.maps.townships import told_undrawn
from firecover.outputs.maps.what_if import FILE as WHAT_IF
from firecover.outputs.maps.what_if import anything_asked
from firecover.outputs.report.reader import Reader
from firecover.outputs.report.verdicts import (
    Judge,
    area,
    arrival,
    hydrant_radius,
    hydrant_working,
    villages,
)
from firecover.results import ScenarioSummary, band

INDEX = "index.html"
#: The most scenarios that stand side by side at a glance.
_ABREAST = 3
_ARROW: Pair = (" → ", " → ")
#: The side of the small outline of the study area, in the units of its drawing.
_OUTLINE = 200.0
_SIGNS = {"meets": "✓", "fails": "✗", "cannot_say": "?"}


@dataclass(frozen=True)
class Step:
    """A figure in one scenario, and whether it meets what is asked (empty: nothing is)."""

    value: Text
    verdict: str = ""
    told: Text = ""
    sign: str = ""


@dataclass(frozen=True)
class Tile:
    """A figure of the whole study area, through the scenarios.

    ``file`` is the map of it; ``same`` tells that one step stands for several scenarios.
    """

    name: Pair
    steps: Sequence[Step]
    detail: Text
    file: str
    same: bool = False


@dataclass(frozen=True)
class Line:
    """A headline figure in each scenario."""

    label: Pair
    cells: Sequence[Figure]


@dataclass(frozen=True)
class Outline:
    """The study area, drawn small: a path, and where the stations are (x, y, tier)."""

    path: str
    width: float
    height: float
    stations: Sequence[tuple[float, float, str]]


@dataclass(frozen=True)
class IndexPage:
    """The entry page.

    ``abreast`` are the numbers of the scenarios that the tiles compare.
    """

    title: Pair
    lead: Pair
    tiles: Sequence[Tile]
    abreast: Sequence[int]
    outline: Outline | None
    figures: Sequence[Line]
    told: Sequence[Text]
    file: str = INDEX
    words: Mapping[str, Pair] = field(default_factory=lambda: section("index"))


def index_page(shared: Shared, files: Sequence[str]) -> IndexPage:
    """Return the entry page of the maps in ``files``."""
    results = shared.results
    told: list[Text] = [
        *told_unlocated(shared.first_figures),
        *told_undrawn(shared),
    ]
    for unknown in results.unknowns:
        about: Pair = (unknown.zh, unknown.en)
        if unknown.rows:
            names = join(unknown.rows, say("frame.joint"))
            about = join([about, names], ("：", ": "))
        told.append(about)
    choices = results.what_if
    if choices is not None and WHAT_IF not in files and anything_asked(shared, choices):
        told.append(say("what_if.too_large"))
    tiles = [tile for tile in _tiles(shared) if tile.file in files]
    return IndexPage(
        say("index.title"),
        say("index.lead"),
        tiles,
        _abreast(shared),
        _outline(shared),
        _headlines(shared),
        told,
    )


def about_scenario(shared: Shared, summary: ScenarioSummary) -> Text:
    """Say what a scenario changes, by the names of its stations."""
    everyone = {str(row["id"]): own_name(row) for row in rows(shared.results.candidates)}
    for stations in shared.station_names.values():
        everyone |= stations
    parts: list[Text] = []
    for key, ids in (("index.opens", summary.open), ("index.closes", summary.close)):
        if ids:
            names = join([everyone.get(name, name) for name in ids], say("frame.joint"))
            parts.append(say(key, names=names))
    if summary.speed_factor != 1:
        parts.append(say("index.speed", n=summary.speed_factor))
    return join(parts, ("；", "; ")) if parts else ""


# ------------------------------------------------------------------------ at a glance


def _abreast(shared: Shared) -> list[int]:
    """Return which scenarios are compared: the first with plans, of many with the last.

    Where the roads or the speeds change too (closures, snow), a figure does not tell what the
    stations do: such scenarios are taken only where there are no others.
    """
    scenarios = shared.results.scenarios
    others = list(range(1, len(scenarios)))
    plans = [i for i in others if _is_plan(scenarios[i])] or others
    return [0, *plans] if len(plans) < _ABREAST else [0, plans[-1]]


def _is_plan(scenario: ScenarioSummary) -> bool:
    """Tell whether a scenario changes stations and nothing else."""
    unusual = scenario.close_roads or scenario.speed_factors or scenario.condition
    usual = scenario.speed_factor == 1 and scenario.turnout_factor == 1 and not unusual
    return usual and bool(scenario.open or scenario.close)


def _tiles(shared: Shared) -> list[Tile]:
    first = shared.first_figures
    standard = shared.results.standard_min
    minutes, end = minutes_name(standard), band(standard)
    tiles = [
        _share_tile(
            shared,
            say("index.tile_urban", m=minutes),
            ("urban_reached_share", "urban_reached_km2", "urban_km2"),
            "km2",
            file="jurisdictions.html",
            judge=arrival,
        ),
        _area_tile(shared),
        _share_tile(
            shared,
            say("index.people", m=minutes),
            (f"population_share_{end}", f"population_reached_{end}", "population_total"),
            "people",
            file="response.html",
        ),
        _share_tile(
            shared,
            say("index.tile_villages", m=minutes_name(known(first.get("village_minutes")) or 0)),
            ("villages_reached_share", "villages_reached", "villages"),
            "count",
            file="villages.html",
            judge=villages,
        ),
        _share_tile(
            shared,
            _hydrants_asked(shared),
            ("hydrants_working_share", "hydrants_working", "hydrants"),
            "count",
            file="hydrants.html",
            judge=hydrant_working,
        ),
        _share_tile(
            shared,
            say("index.radius"),
            ("hydrant_radius_share", "hydrant_radius_km2", "urban_km2"),
            "km2",
            file="hydrants.html",
            judge=hydrant_radius,
        ),
    ]
    return [tile for tile in tiles if tile is not None]


def _hydrants_asked(shared: Shared) -> Pair:
    rule = shared.results.rules.get("hydrant_working_share")
    name = say("index.hydrants")
    return name if rule is None else say("index.tile_hydrants", name=name, n=rule.value * 100)


def _abreast_figures(shared: Shared) -> list[tuple[str, Mapping[str, Any]]]:
    return [(shared.scenarios[i], shared.figures[shared.scenarios[i]]) for i in _abreast(shared)]


def _share_tile(
    shared: Shared,
    name: Pair,
    keys: Sequence[str],
    unit: str,
    *,
    file: str,
    judge: Judge | None = None,
) -> Tile | None:
    """Return a share through the scenarios; None where it is known in none of them."""
    share, reached, whole = keys
    there = _abreast_figures(shared)
    values = [known(figures.get(share)) for _, figures in there]
    if all(value is None for value in values):
        return None
    told: list[Text] = [
        say("amounts.cannot_say") if value is None else percent(value) for value in values
    ]
    parts = [(known(f.get(reached)), known(f.get(whole))) for _, f in there]
    steps = _steps(shared, told, judge)
    return Tile(name, steps, _parts(parts, unit), file, same=len(steps) < len(there))


def _parts(parts: Sequence[tuple[float | None, float | None]], unit: str) -> Text:
    """Return what shares are made of, the whole once where it is the same in all."""
    given = [(top, whole) for top, whole in parts if top is not None and whole is not None]
    if len(given) < len(parts):
        return ""
    decimals = 2 if unit == "km2" else 0
    told = [(number(top, decimals), number(whole, decimals)) for top, whole in given]
    if len({whole for _, whole in told}) == 1:
        tops = list(dict.fromkeys(top for top, _ in told))
        part_of = tops if len(tops) == 1 else [top for top, _ in told]
        return say(f"amounts.part_{unit}", part=" → ".join(part_of), whole=told[0][1])
    return join([say(f"amounts.part_{unit}", part=t, whole=w) for t, w in told], _ARROW)


def _area_tile(shared: Shared) -> Tile | None:
    """Return how many stations keep their area, and what the areas fall short of the town."""
    there = _abreast_figures(shared)
    counts = [_meeting(figures) for _, figures in there]
    if known(shared.first_figures.get("stations_meeting_area")) is None:
        return None
    told: list[Text] = [f"{meeting:g} / {holding:g}" for meeting, holding in counts]
    short = [known(figures.get("area_shortfall_km2")) for _, figures in there]
    detail: Text = ""
    # A county town that the caps cover in every scenario falls short of nothing.
    if all(value is not None for value in short) and any(short):
        texts = list(dict.fromkeys(number(value or 0, 2) for value in short))
        detail = say("index.tile_short", n=" → ".join(texts))
    return Tile(say("index.tile_area"), _steps(shared, told, area), detail, "jurisdictions.html")


def _steps(shared: Shared, values: Sequence[Text], judge: Judge | None) -> list[Step]:
    """Pair figures with their verdicts; figures that never change are told once."""
    steps = [
        Step(value, *(_verdict(shared, scenario, judge) if judge else ()))
        for value, (scenario, _) in zip(values, _abreast_figures(shared), strict=True)
    ]
    return steps[:1] if len({(part(s.value, 0), s.verdict) for s in steps}) == 1 else steps


def _verdict(shared: Shared, scenario: str, judge: Judge) -> tuple[str, Text, str]:
    """Return the report's own verdict, its words and its sign."""
    judged = judge(Reader(shared.told, "zh"), scenario)
    words: Text = value_name("area_verdict", judged.verdict)
    if judged.in_noise:
        words = join([words, say("index.in_noise")], ("", " "))
    return judged.verdict, words, _SIGNS.get(judged.verdict, "")


def _outline(shared: Shared) -> Outline | None:
    """Draw the study area and the stations of the last scenario abreast."""
    shape: BaseGeometry = shapely.union_all(
        [each for each in shared.results.boundary.geometry if each is not None]
    )
    if shape.is_empty:
        return None
    left, bottom, right, top = shape.bounds
    scale = _OUTLINE / max(right - left, top - bottom)

    def place(x: float, y: float) -> tuple[float, float]:
        return round((x - left) * scale, 1), round((top - y) * scale, 1)

    simple = shapely.simplify(shape, 0.8 / scale)
    lines = [
        "M" + "L".join("{:g} {:g}".format(*place(x, y)) for x, y in ring.coords) + "Z"
        for polygon in shapely.get_parts(simple)
        for ring in (polygon.exterior, *polygon.interiors)
    ]
    last = shared.scenarios[_abreast(shared)[-1]]
    stations = [
        (*place(row["geometry"].x, row["geometry"].y), _sign_of(row))
        for row in rows(shared.results.stations, last)
        if row["geometry"] is not None and not row["geometry"].is_empty
    ]
    order = ("micro", "township", "fire", "new")
    return Outline(
        "".join(lines),
        round((right - left) * scale, 1),
        round((top - bottom) * scale, 1),
        sorted(stations, key=lambda each: order.index(each[2])),
    )


def _sign_of(row: Mapping[str, Any]) -> str:
    return "new" if row["candidate"] else str(row["tier"])


# ---------------------------------------------------------------- figures by scenario


def _share_line(shared: Shared, label: Pair, keys: tuple[str, str, str], unit: str) -> Line | None:
    top, part_of, whole = keys
    cells = []
    for values in shared.figures.values():
        text = split_share(values.get(top), values.get(part_of), values.get(whole), unit)
        cells.append(Figure("", *text))
    there = any(known(values.get(top)) is not None for values in shared.figures.values())
    return Line(label, cells) if there else None


def _headlines(shared: Shared) -> list[Line]:
    results, first = shared.results, shared.first_figures
    tiers = ("stations_fire", "stations_township", "stations_micro")
    stations = Line(
        say("index.stations"),
        [
            Figure("", join([amount(f.get(key), "count") for key in tiers], (" / ", " / ")))
            for f in shared.figures.values()
        ],
    )
    lines: list[Line | None] = [stations]
    for minutes in results.minutes:
        end = band(minutes)
        keys = (f"population_share_{end}", f"population_reached_{end}", "population_total")
        label = say("index.people", m=minutes_name(minutes))
        lines.append(_share_line(shared, label, keys, "people"))
    urban = ("urban_reached_share", "urban_reached_km2", "urban_km2")
    lines.append(_share_line(shared, say("index.urban"), urban, "km2"))
    if known(first.get("stations_meeting_area")) is not None:
        lines.append(Line(say("index.meets"), [_meeting_cell(f) for f in shared.figures.values()]))
    village_minutes = minutes_name(known(first.get("village_minutes")) or 0)
    villages = ("villages_reached_share", "villages_reached", "villages")
    label = say("index.villages", m=village_minutes)
    lines.append(_share_line(shared, label, villages, "count"))
    hydrants = ("hydrants_working_share", "hydrants_working", "hydrants")
    lines.append(_share_line(shared, say("index.hydrants"), hydrants, "count"))
    radius = ("hydrant_radius_share", "hydrant_radius_km2", "urban_km2")
    lines.append(_share_line(shared, say("index.radius"), radius, "km2"))
    return [line for line in lines if line is not None]


def _meeting(figures: Mapping[str, Any]) -> tuple[float, float]:
    """Return how many stations keep their area, of those that are judged."""
    meeting, failing = (
        known(figures.get(f"stations_{key}_area")) or 0 for key in ("meeting", "failing")
    )
    return meeting, meeting + failing


def _meeting_cell(figures: Mapping[str, Any]) -> Figure:
    meeting, holding = _meeting(figures)
    detail = say("amounts.part_count", part=meeting, whole=holding)
    return Figure("", f"{meeting:g}", detail)

"""What the siting models choose: a list to choose from, the figures, who is given which area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import shapely
from markupsafe import Markup

from firecover.outputs.i18n import value_label
from firecover.outputs.maps.geometry import pack_lines, pack_point, view
from firecover.outputs.maps.layers import HATCH_ORDER, Shared, drawn, rows
from firecover.outputs.maps.parts import Entry, Feature, Figure, Figures, Layer, Legend, Style
from firecover.outputs.maps.sentences import sentence
from firecover.outputs.maps.text import (
    LANGUAGES,
    Pair,
    Text,
    amount,
    join,
    known,
    own_name,
    percent,
    say,
    short_name,
)
from firecover.outputs.report.reader import Place
from firecover.outputs.report.sites import Sites, is_answer
from firecover.outputs.report.siting_argument import next_choice

#: An answer's place among the rows of results.json, and the row.
Answer = tuple[int, Mapping[str, Any]]
#: What the objective of a model is called, by model and unit.
_OBJECTIVES = {
    ("mclp", "share"): "demand",
    ("lscp", "stations"): "fewest",
    ("lscp", "cny_10k"): "cheapest",
    ("pmedian", "s"): "mean",
    ("pcenter", "s"): "farthest",
    ("backup", "km2"): "twice",
    ("full-force", "km2"): "together",
    ("area-cap", "stations"): "fewest",
    ("area-cap", "cny_10k"): "cheapest",
    ("area-cap", "km2"): "capped",
}
_UNITS = {"s": "minutes", "km2": "km2", "share": "share", "cny_10k": "cost", "stations": "count"}
#: What an answer reaches: word, column and unit.
_REACHED = (
    ("reached_people", "population_reached", "people"),
    ("reached_km2", "built_up_reached_km2", "km2"),
    ("reached_villages", "villages_reached", "villages"),
    ("cost", "cost_10k_cny", "cost"),
    ("excess", "excess_km2", "km2"),
)
_LINE: Style = {"color": "#2a2140", "weight": 1.6, "opacity": 0.85, "dashArray": "6 4"}
#: Circles at the middle of an area given to a station, by the area.
_STEPS_KM2 = (0.25, 1.0, 2.5)
_RADII = (4.0, 6.5, 9.0, 12.0)


def best_answers(shared: Shared) -> list[Answer]:
    """Return the best answer to each question put to a model, those without one among them."""
    return [
        (i, row)
        for i, row in enumerate(shared.told["ranking"]["solutions"])
        if row["order"] == 1 and row["model"]
    ]


def _label(column: str, value: object) -> Pair:
    zh, en = (value_label(column, value, language, "solutions") for language in LANGUAGES)
    return zh, en


def answer_names(answers: Sequence[Answer]) -> list[Pair]:
    """Return what the answers are called in the list to choose from."""
    names = []
    for _, row in answers:
        how = [_label(key, row[key]) for key in ("assignment", "variant") if row[key]]
        name = _label("model", row["model"])
        if how:
            name = say("candidates.answer_how", model=name, how=join(how, ("、", ", ")))
        end = _label("status", row["status"])
        if is_answer(row):
            end = say("candidates.answer_stations", n=len(row["chosen"]))
        names.append(join([name, end], (" · ", " · ")))
    return names


def answer_focus(shared: Shared, answers: Sequence[Answer]) -> list[list[list[float]] | None]:
    """Return the corners of what each answer chooses, with the stations nearby in view."""
    places = {str(row["id"]): row["geometry"] for row in drawn(rows(shared.results.candidates))}
    told: list[list[list[float]] | None] = []
    for _, row in answers:
        shapes = [places[each] for each in row["chosen"] if each in places]
        if not shapes:
            told.append(None)
            continue
        around = shapely.buffer(shapely.multipoints(shapes), 1500)
        told.append(view(gpd.GeoDataFrame(geometry=[around], crs=shared.crs), 0.1))
    return told


# ----------------------------------------------------------------------------- figures


class _Called(Sites):
    """Sites by the names that they have on the map, without the brackets at their ends."""

    def mention(self, place: Place) -> Markup:
        """Return what a site is called, the same each time."""
        return Markup.escape(short_name(self.reader.name(*place).striptags()))


def told_of_choices(shared: Shared) -> list[Figures]:
    """Say which sites to build next and what no site reaches, beside the ranks."""
    told = sentence(shared, lambda reader: next_choice(_Called(reader)))
    lost = shared.told["ranking"]["figures"].get("unreached_km2")
    never = say("candidates.never", km2=amount(lost, "km2")) if known(lost) else None
    said = [text for text in (told, never) if text]
    return [Figures([], variant=0, name=say("candidates.next"), told=said)] if said else []


def answer_figures(shared: Shared, answers: Sequence[Answer]) -> list[Figures]:
    """Return the figures of each answer, shown when it is chosen from the list."""
    names = {str(row["id"]): own_name(row) for row in rows(shared.results.candidates)}
    return [
        Figures(
            _lines(row) if is_answer(row) else _no_answer(row),
            variant=variant,
            name=say("candidates.answer"),
            told=_said(shared, place, row, names),
        )
        for variant, (place, row) in enumerate(answers, start=1)
    ]


def _lines(row: Mapping[str, Any]) -> list[Figure]:
    key = _OBJECTIVES.get((str(row["model"]), str(row["unit"])), "value")
    unit = _UNITS.get(str(row["unit"]), "count")
    gap = known(row["gap"]) or 0.0
    proof: Text = say("candidates.gap", gap=percent(gap)) if gap else ""
    lines = [
        Figure(say(f"candidates.objective_{key}"), amount(row["objective"], unit)),
        Figure(say("candidates.status"), _label("status", row["status"]), proof),
        *(Figure(say(f"candidates.{name}"), amount(row[key], of)) for name, key, of in _REACHED),
    ]
    return [*lines, *_unreached(row)]


def _no_answer(row: Mapping[str, Any]) -> list[Figure]:
    return [Figure(say("candidates.status"), _label("status", row["status"])), *_unreached(row)]


def _unreached(row: Mapping[str, Any]) -> list[Figure]:
    lost = row.get("unreached_km2")
    return [Figure(say("candidates.unreached"), amount(lost, "km2"))] if known(lost) else []


def _said(
    shared: Shared, place: int, row: Mapping[str, Any], names: Mapping[str, Text]
) -> list[Text]:
    """Name the sites chosen, and say what the solver noted: why there is no answer, say."""
    told: list[Text] = []
    if is_answer(row):
        sites = [short_name(names.get(str(each), str(each))) for each in row["chosen"]]
        listed = join(sites, ("、", ", ")) if sites else say("candidates.no_site")
        told.append(say("candidates.chosen_sites", sites=listed))
    note = sentence(shared, lambda reader: reader.told("ranking", "solutions", place, "note"))
    return [*told, *([note] if note else [])]


# -------------------------------------------------------------------------- allocation


def allocation_layers(shared: Shared, answers: Sequence[Answer]) -> list[Layer]:
    """Return who is given which area: a line from each station to the middle of each group."""
    layers = []
    table = drawn(rows(shared.results.allocation))
    for variant, (_, answer) in enumerate(answers, start=1):
        mine = [row for row in table if row["solution"] == answer["id"]]
        if not mine:
            continue
        lines = [
            Feature(pack_lines([row["geometry"]], shared.crs), str(row["station_name"]))
            for row in mine
        ]
        ends = [_end(shared, row) for row in mine]
        layers += [
            Layer("allocation", "lines", lines, [_LINE], HATCH_ORDER, variant=variant),
            Layer(
                "allocation",
                "points",
                ends,
                _end_styles(),
                HATCH_ORDER + 5,
                kind=say("candidates.allocation_kind"),
                fields=[say(f"candidates.given_{name}") for name in ("area", "minutes", "cells")],
                variant=variant,
            ),
        ]
    return layers


def _end_styles() -> list[Style]:
    look = {"fillColor": "#ffffff", "fillOpacity": 0.85, "color": "#2a2140", "weight": 1.8}
    return [{**look, "radius": radius} for radius in _RADII]


def _end(shared: Shared, row: Mapping[str, Any]) -> Feature:
    area = known(row["built_up_km2"]) or 0.0
    values: list[Text | None] = [
        amount(row["built_up_km2"], "km2"),
        amount((known(row["minutes"]) or 0) * 60, "minutes"),
        amount(row["cells"], "count"),
    ]
    place = shapely.get_point(row["geometry"], -1)
    style = sum(area > step for step in _STEPS_KM2)
    name = short_name(str(row["station_name"]))
    return Feature(pack_point(place, shared.crs), name, style, values)


def allocation_legend(shared: Shared) -> list[Legend]:
    """Return the legend of the area given to stations; none where nothing was given out."""
    if not len(shared.results.allocation):
        return []
    limits, looks = [f"{limit:g}" for limit in _STEPS_KM2], _end_styles()
    entries = [
        Entry(say("candidates.allocation_line"), _LINE, "line"),
        Entry(say("candidates.given_upto", n=limits[0]), looks[0], "point"),
        Entry(say("candidates.given_between", low=limits[0], high=limits[1]), looks[1], "point"),
    ]
    note = say("candidates.allocation_note")
    return [Legend("allocation", say("candidates.allocation"), entries, note=note)]

"""Who is reached in time today, and what each scenario changes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup, escape

from firecover.outputs.report import areas as report_areas
from firecover.outputs.report import certainty as report_certainty
from firecover.outputs.report import figures, tables, townships, villages
from firecover.outputs.report import places as report_places
from firecover.outputs.report import sentences as report_sentences
from firecover.outputs.report.band_chart import share_chart
from firecover.outputs.report.fonts import CJK_FAMILIES, Lettering
from firecover.outputs.report.model import Block, Paragraph, Picture, Table
from firecover.outputs.report.places import Places
from firecover.outputs.report.reader import BASELINE, Reader
from firecover.results import Results

#: The layers that the maps of arrival and of the town are drawn from.
MAP_LAYERS = ("roads", "stations", "townships", "boundary", "water")
TOWN_LAYERS = ("built_up", "roads", "stations")
Blocks = list[Block | None]


def others(reader: Reader) -> tuple[str, ...]:
    """Return the scenarios besides today."""
    return reader.scenarios[1:]


def with_own_stations(reader: Reader) -> list[str]:
    """Return the scenarios that open or close stations."""
    return [
        name
        for name in others(reader)
        if reader.raw("scenarios", name, "open") or reader.raw("scenarios", name, "close")
    ]


def sources(reader: Reader, layers: Sequence[str]) -> Markup:
    """Return what kinds of data a figure is drawn from."""
    kinds = {row["layer"]: row["kind"] for row in reader.raw("data")}
    told = [
        reader.say(
            "figure",
            "layer_kind",
            layer=reader.layer(name),
            kind=reader.label("kind", kinds[name]),
        )
        for name in layers
        if name in kinds
    ]
    return reader.say("figure", "source", layers=reader.listing(told))


def today(reader: Reader, results: Results, letters: Lettering) -> Iterator[tuple[str, Blocks]]:
    """Go through the sections on today: people, and the county town with its stations."""
    alone = not others(reader)
    people: list[Table | None] = [
        townships.all_bands(reader, BASELINE, what) for what in ("population", "built_up")
    ]
    if not any(people):
        people = [*tables.population(reader, [(BASELINE,)])]
    told = townships.totals_told(reader) if townships.has_bands(reader) else None
    yield (
        "coverage",
        [
            _say(reader, "coverage"),
            told,
            *people,
            *([_chart(reader, letters), *report_certainty.intervals(reader)] if alone else []),
            _say(reader, "roads"),
            tables.roads(reader, [BASELINE]),
            _font_note(reader, letters),
            _map(reader, results, letters, BASELINE),
        ],
    )
    yield "stations", _town_today(reader, results, letters, drawn=alone)


def _town_today(reader: Reader, results: Results, letters: Lettering, *, drawn: bool) -> Blocks:
    held = report_areas.held(reader, [BASELINE])
    area = Paragraph(report_sentences.area(reader))
    if not any(held):
        why = reader.say("why", "no_built_up")
        return [_say(reader, "jurisdictions_none", why=why), area]
    return [
        Paragraph(report_sentences.town(reader)),
        report_places.town(Places(reader, BASELINE)),
        area,
        *held,
        *([_town_map(reader, results, letters, [BASELINE])] if drawn else []),
    ]


def compared(reader: Reader, results: Results, letters: Lettering) -> Iterator[tuple[str, Blocks]]:
    """Go through the sections on the scenarios besides today, all beside each other."""
    names, own = others(reader), with_own_stations(reader)
    sentences = [Paragraph(report_sentences.compared(reader, name)) for name in names]
    yield (
        "changes",
        [
            tables.scenarios(reader),
            *sentences,
            *report_certainty.intervals(reader),
            *townships.changes(reader),
            *villages.changes(reader),
        ],
    )
    bands = [
        townships.all_bands(reader, name, what)
        for name in own
        for what in ("population", "built_up")
    ]
    yield (
        "reached",
        [
            *tables.population(reader, tables.columns(reader)),
            _chart(reader, letters),
            *tables.built_up(reader),
            _say(reader, "built_up", "note"),
            *bands,
            tables.roads(reader, names),
            *(_map(reader, results, letters, name) for name in names),
        ],
    )
    shown = [BASELINE, *own][: figures.TOWN_PANELS]
    held = report_areas.held(reader, names)
    yield (
        "held",
        [
            *report_areas.county(reader),
            *held,
            _town_map(reader, results, letters, shown),
        ],
    )


def _say(reader: Reader, key: str, style: str = "", **parts: object) -> Paragraph:
    return Paragraph(reader.say("para", key, **parts), style)


def _chart(reader: Reader, letters: Lettering) -> Picture | None:
    chart = share_chart(figures.words_of(letters, reader), letters)
    if chart is None:
        return None
    return Picture(reader.say("figure", "share"), chart, sources(reader, ("population",)))


def _map(reader: Reader, results: Results, letters: Lettering, name: str) -> Picture:
    return Picture(
        reader.say("figure", "scenario", scenario=reader.title(name)),
        figures.county_map(results, figures.words_of(letters, reader), letters, name),
        sources(reader, MAP_LAYERS),
        style="page",
    )


def _town_map(
    reader: Reader, results: Results, letters: Lettering, names: Sequence[str]
) -> Picture | None:
    image = figures.town_map(results, figures.words_of(letters, reader), letters, names)
    if image is None:
        return None
    caption = reader.say("figure", "town", limit=reader.limit)
    return Picture(caption, image, sources(reader, TOWN_LAYERS))


def _font_note(reader: Reader, letters: Lettering) -> Paragraph | None:
    if letters.can_draw("消防站"):
        return None
    names = reader.listing([escape(name) for name in CJK_FAMILIES[:-1]])
    return _say(reader, "fonts", "note", names=names)

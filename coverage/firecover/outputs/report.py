"""Write the report: one HTML file that needs no network and prints on A4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from firecover.errors import OutputError
from firecover.outputs import (
    report_areas,
    report_certainty,
    report_cover,
    report_hydrants,
    report_plan,
    report_resilience,
    report_siting_answers,
    report_siting_chapter,
    report_townships,
    report_villages,
)
from firecover.outputs import report_figures as figures
from firecover.outputs import report_places as of_places
from firecover.outputs import report_tables as tables
from firecover.outputs.fonts import CJK_FAMILIES, Lettering, lettering
from firecover.outputs.i18n import Language
from firecover.outputs.report_chart import share_chart
from firecover.outputs.report_driving import driving
from firecover.outputs.report_model import (
    Block,
    Box,
    Items,
    Kinds,
    Paragraph,
    Picture,
    Report,
    Section,
    Table,
)
from firecover.outputs.report_numbers import BASELINE, Reader, words
from firecover.outputs.report_page import render_page
from firecover.outputs.report_places import Places
from firecover.outputs.report_rules import rules
from firecover.outputs.report_summary import summary
from firecover.results import Results


def write_report(
    results_dict: Mapping[str, Any], results: Results, path: Path, lang: Language
) -> None:
    """Write the report in a language.

    Every figure of the text and the tables comes from ``results_dict`` and says where it
    stands there; the geometries of the maps come from ``results``. The same inputs make the
    same bytes.

    Parameters
    ----------
    results_dict
        What ``results.json`` holds.
    results
        The results that it was made from.
    path
        The file to write, ``report.zh.html`` or ``report.en.html``.
    lang
        The language.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    write_page(report_of(results_dict, results, lang, lettering(lang)), path)


def write_page(report: Report, path: Path) -> None:
    """Write a report as a page.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    text = render_page(report)
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        msg = f"the report cannot be written to {path}: {error.strerror}"
        raise OutputError(msg) from error


def render_report(
    results_dict: Mapping[str, Any], results: Results, lang: Language, letters: Lettering
) -> str:
    """Return the report as HTML, its figures lettered with the fonts given."""
    return render_page(report_of(results_dict, results, lang, letters))


def report_of(
    results_dict: Mapping[str, Any], results: Results, lang: Language, letters: Lettering
) -> Report:
    """Return what the report says and shows, for every format to be written from."""
    reader = Reader(results_dict, lang)
    return Report(
        lang=lang,
        title=reader.say("document", "title", study=reader.both("study", "title")),
        handling=_handling(reader),
        standard=_standard(reader),
        box=_box(reader),
        sections=_numbered(reader, _sections(reader, results, letters)),
        approval=report_cover.approval(reader),
        credits=report_cover.credits_line(reader),
    )


def _handling(reader: Reader) -> Markup:
    return reader.both("study", "handling") if reader.raw("study", "handling") else Markup("")


def _standard(reader: Reader) -> Markup:
    return reader.say(
        "document",
        "standard",
        standard=reader.text("study", "standard"),
        crs=reader.text("study", "crs"),
    )


def _box(reader: Reader) -> Box:
    """Return which layers are modelled, published, derived and observed."""
    lines = []
    for kind in ("modelled", "derived", "published", "observed"):
        layers = [reader.layer(r["layer"]) for r in reader.raw("data") if r["kind"] == kind]
        if layers:
            word, means = reader.label("kind", kind), reader.say("kind_means", kind)
            lines.append(Kinds(kind, word, reader.listing(layers), means))
    key = "modelled" if reader.raw("modelled_layers") else "real"
    colon = reader.say("punctuation", "colon")
    return Box(reader.say("box", "title"), lines, colon, reader.say("box", key))


def _credited(block: Table | Picture, below: Markup) -> Block:
    """Put below a map who must be named and its approval."""
    if below and isinstance(block, Picture) and block.image.is_map:
        return replace(block, note=block.note + Markup("<br>") + below)
    return block


def _numbered(reader: Reader, sections: Iterable[Section]) -> list[Section]:
    """Give tables and figures their numbers, in the order in which they stand."""
    count = {"table": 0, "figure": 0}
    below = report_cover.below_map(reader)
    done = []
    for section in sections:
        blocks: list[Block] = []
        for block in section.blocks:
            if isinstance(block, Table | Picture):
                kind = "table" if isinstance(block, Table) else "figure"
                count[kind] += 1
                number = Markup('<span class="number">{0}</span>').format(count[kind])
                caption = reader.say("document", kind, number=number, caption=block.caption)
                counted = replace(block, caption=caption, number=count[kind])
                blocks.append(_credited(counted, below))
            else:
                blocks.append(block)
        done.append(replace(section, blocks=blocks))
    return done


def _sections(reader: Reader, results: Results, letters: Lettering) -> Iterable[Section]:
    def titled(
        key: str, blocks: Iterable[Block | None], level: int = 2, style: str = ""
    ) -> Section:
        kept = tuple(block for block in blocks if block is not None)
        return Section(reader.say("section", key), kept, level, style)

    own = _with_own_stations(reader)
    yield titled("summary", _summary(reader), 1)
    yield titled("data", (), 1)
    yield titled("sources", [tables.data(reader)])
    yield titled("quality", _or_paragraph(reader, tables.quality(reader), "quality"))
    yield titled("unknowns", _or_paragraph(reader, tables.unknowns(reader), "unknowns"))
    yield titled("method", (), 1)
    yield titled("steps", _steps(reader))
    yield titled("speeds", driving(reader))
    yield titled("rules", [_para(reader, "rules"), rules(reader)])
    yield titled("findings", [tables.scenarios(reader)], 1, "new-page")
    yield titled("coverage", _coverage(reader, results, letters))
    yield titled("stations", _jurisdictions(reader, results, letters, own))
    yield titled("hydrants", _built_up(reader))
    yield titled("villages", report_villages.blocks(reader))
    yield titled("townships", report_townships.blocks(reader, own))
    yield titled("certainty", report_certainty.blocks(reader))
    yield titled("resilience", report_resilience.blocks(reader))
    yield titled("ranking", report_siting_chapter.opening(reader), 1, "new-page")
    for key, blocks in report_siting_chapter.parts(reader, results, letters, _sources):
        yield titled(key, blocks)
    yield titled("plan", report_plan.blocks(reader), 1)
    yield titled("rerun", _rerun(reader), 1)
    yield titled("annex", _annex(reader), 1, "new-page")


def _para(reader: Reader, key: str, style: str = "", **parts: object) -> Paragraph:
    return Paragraph(reader.say("para", key, **parts), style)


def _or_paragraph(reader: Reader, table: Table | None, key: str) -> list[Block]:
    if table is None:
        return [_para(reader, f"no_{key}")]
    return [_para(reader, key), table]


def _summary(reader: Reader) -> list[Block]:
    return [
        *tables.verdicts(reader),
        Items(summary(reader)),
    ]


def _steps(reader: Reader) -> list[Block]:
    response, turnout = reader.rule("response_s"), reader.rule("turnout_s")
    clock = _para(
        reader,
        "clock",
        limit=reader.limit,
        turnout=reader.show("plain_min", *turnout),
        travel=reader.change("plain_min", response, turnout),
        call=reader.show("plain_min", *reader.rule("call_handling_s")),
    )
    network = _para(
        reader,
        "network",
        nodes=reader.show("count", "network", "nodes"),
        edges=reader.show("count", "network", "edges"),
        length=reader.show("km", "network", "length_km"),
        oneway=reader.show("km", "network", "oneway_length_km"),
        parts=reader.show("count", "network", "left_out_parts"),
        left=reader.show("km", "network", "left_out_length_km"),
    )
    radius = reader.show("plain", *reader.rule("hydrant_radius_m"))
    return [
        clock,
        network,
        _para(reader, "snapping"),
        tables.access(reader),
        _para(
            reader,
            "isochrones",
            step=reader.show("plain", "settings", "step_m"),
            limit=reader.show("plain", "settings", "off_road_limit_m"),
        ),
        _para(reader, "jurisdictions"),
        _para(reader, "hydrant_rule", radius=radius),
        _para(reader, "traffic"),
    ]


def _sources(reader: Reader, layers: Sequence[str]) -> Markup:
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


def _font_note(reader: Reader, letters: Lettering) -> Paragraph | None:
    if letters.can_draw("消防站"):
        return None
    names = reader.listing([escape(name) for name in CJK_FAMILIES[:-1]])
    return _para(reader, "fonts", "note", names=names)


def _coverage(reader: Reader, results: Results, letters: Lettering) -> list[Block | None]:
    in_figures = figures.words_of(letters, reader)
    chart = share_chart(in_figures, letters)
    pictures = [
        Picture(
            reader.say("figure", "scenario", scenario=reader.title(name)),
            figures.county_map(results, in_figures, letters, name),
            _sources(reader, ("roads", "stations", "townships", "boundary", "water")),
            style="page",
        )
        for name in reader.scenarios
    ]
    return [
        _para(reader, "coverage"),
        *tables.population(reader),
        None
        if chart is None
        else Picture(reader.say("figure", "share"), chart, _sources(reader, ("population",))),
        tables.roads(reader),
        _font_note(reader, letters),
        *pictures,
    ]


def _jurisdictions(
    reader: Reader, results: Results, letters: Lettering, own: Sequence[str]
) -> list[Block | None]:
    found = report_areas.blocks(reader, own)
    if not any(found):
        return [_para(reader, "jurisdictions_none", why=reader.say("why", "no_built_up"))]
    shown = own[: figures.TOWN_PANELS]
    in_figures = figures.words_of(letters, reader)
    image = figures.town_map(results, in_figures, letters, shown)
    caption = reader.say("figure", "town", limit=reader.limit)
    source = _sources(reader, ("built_up", "roads", "stations"))
    picture = None if image is None else Picture(caption, image, source)
    return [*found, picture]


def _with_own_stations(reader: Reader) -> list[str]:
    """Return today and the scenarios that open or close stations."""
    return [
        name
        for name in reader.scenarios
        if name == BASELINE
        or reader.raw("scenarios", name, "open")
        or reader.raw("scenarios", name, "close")
    ]


def _built_up(reader: Reader) -> list[Block | None]:
    reached = tables.built_up(reader)
    return [_para(reader, "built_up"), *reached, *report_hydrants.blocks(reader)]


def _rerun(reader: Reader) -> list[Block | None]:
    command = Markup("firecover run {0}").format(words(reader.lang)["document"]["folder"])
    return [
        _para(reader, "rerun"),
        Paragraph(command, "command"),
        _para(reader, "hashes"),
        tables.hashes(reader),
    ]


def _annex(reader: Reader) -> list[Block | None]:
    today = Places(reader, BASELINE)
    opened = [of_places.stations(Places(reader, name)) for name in reader.scenarios[1:]]
    bands = report_townships.bands_told(reader)
    return [
        report_townships.townships(today),
        report_townships.seats(today),
        *(report_townships.by_kind(today, "population", i) for i in bands),
        *(report_townships.by_kind(today, "built_up", i) for i in bands[:1]),
        report_townships.hydrants(today),
        report_hydrants.gaps(reader),
        report_hydrants.proposals(reader),
        report_villages.unreached(today),
        report_villages.arrivals(today),
        report_villages.ways(today),
        *_all_outages(today),
        *report_siting_answers.annex(reader),
        of_places.stations(today),
        *opened,
    ]


def _all_outages(today: Places) -> list[Table | None]:
    """Return every station's outage, where the chapter told some of them only."""
    if len(today.rows("station_outages")) <= report_resilience.MOST_STATIONS:
        return []
    return [report_resilience.outages(today)]

"""The chapters of the report, in their order: what stands in each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from markupsafe import Markup

from firecover.outputs.report import areas as report_areas
from firecover.outputs.report import certainty as report_certainty
from firecover.outputs.report import coverage as of_coverage
from firecover.outputs.report import hydrants as report_hydrants
from firecover.outputs.report import places as of_places
from firecover.outputs.report import plan as report_plan
from firecover.outputs.report import resilience as report_resilience
from firecover.outputs.report import siting_answers as report_siting_answers
from firecover.outputs.report import siting_chapter as report_siting_chapter
from firecover.outputs.report import tables
from firecover.outputs.report import townships as report_townships
from firecover.outputs.report import villages as report_villages
from firecover.outputs.report.driving import driving
from firecover.outputs.report.fonts import Lettering
from firecover.outputs.report.headings import headed
from firecover.outputs.report.model import Block, Items, Paragraph, Section, Table
from firecover.outputs.report.places import Places
from firecover.outputs.report.reader import BASELINE, Reader, words
from firecover.outputs.report.rules import rules
from firecover.outputs.report.summary import further, questions
from firecover.outputs.report.versions import versions_table
from firecover.results import Results

Blocks = Iterable[Block | None]
#: What a section is made of: its key, what stands in it, its level and its style.
Part = tuple[str, Blocks, int, str]


def chapters(reader: Reader, results: Results, letters: Lettering) -> list[Section]:
    """Return the report's chapters, numbered, with all that stands in them.

    Parameters
    ----------
    reader, results, letters
        The figures, the geometries of the maps, and how drawings are lettered.
    """
    names = of_coverage.others(reader)
    scenario = reader.title(names[0]) if len(names) == 1 else Markup("")
    sections = []
    for key, blocks, level, style in _parts(reader, results, letters):
        kept = tuple(block for block in blocks if block is not None)
        title = reader.say("section", key, scenario=scenario)
        sections.append(Section(title, kept, level, style))
    return list(headed(reader, sections))


def _parts(reader: Reader, results: Results, letters: Lettering) -> Iterator[Part]:
    yield "summary", _summary(reader), 1, ""
    yield "data", (), 1, ""
    yield "sources", [tables.data(reader)], 2, ""
    yield "quality", _or_paragraph(reader, tables.quality(reader), "quality"), 2, ""
    yield "method", (), 1, ""
    yield "steps", _steps(reader), 2, ""
    yield "speeds", driving(reader), 2, ""
    yield "rules", [_para(reader, "rules"), rules(reader)], 2, ""
    yield "today", (), 1, "new-page"
    for key, told in of_coverage.today(reader, results, letters):
        yield key, told, 2, ""
    yield from _scenarios(reader, results, letters)
    yield "townships", report_townships.blocks(reader), 1, ""
    yield "villages", report_villages.blocks(reader), 1, ""
    yield "hydrants", report_hydrants.blocks(reader), 1, ""
    yield "resilience", report_resilience.blocks(reader), 1, ""
    yield "ranking", report_siting_chapter.opening(reader), 1, "new-page"
    sources = of_coverage.sources
    for key, blocks in report_siting_chapter.parts(reader, results, letters, sources):
        yield key, blocks, 2, ""
    yield "plan", report_plan.blocks(reader), 1, ""
    yield "unknowns", _or_paragraph(reader, tables.unknowns(reader), "unknowns"), 1, ""
    yield "rerun", _rerun(reader), 1, ""
    yield "annex", _annex(reader), 1, "new-page unnumbered"


def _scenarios(reader: Reader, results: Results, letters: Lettering) -> Iterator[Part]:
    """Go through the chapter on what the scenarios change; it says so where there are none."""
    names = of_coverage.others(reader)
    if not names:
        yield "scenarios", [_para(reader, "no_scenarios")], 1, ""
        return
    yield "scenario" if len(names) == 1 else "scenarios", (), 1, "new-page"
    for key, told in of_coverage.compared(reader, results, letters):
        yield key, told, 2, ""


def _para(reader: Reader, key: str, style: str = "", **parts: object) -> Paragraph:
    return Paragraph(reader.say("para", key, **parts), style)


def _or_paragraph(reader: Reader, table: Table | None, key: str) -> list[Block]:
    if table is None:
        return [_para(reader, f"no_{key}")]
    return [_para(reader, key), table]


def _summary(reader: Reader) -> list[Block]:
    """Return the questions with their answers, the verdicts, and what else was found."""
    told = further(reader)
    return [
        *(Paragraph(text) for text in questions(reader)),
        *tables.verdicts(reader),
        *([Items(told)] if told else []),
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
    )
    if reader.figure("network", "left_out_parts"):
        network = Paragraph(
            network.text
            + reader.say(
                "para",
                "network_left_out",
                parts=reader.counted("part", "network", "left_out_parts"),
                left=reader.show("km", "network", "left_out_length_km"),
            )
        )
    radius = reader.rule("hydrant_radius_m")
    hydrants = "hydrant_rule" if reader.figure(*radius) else "hydrant_rule_none"
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
        *report_areas.how_measured(reader),
        _para(reader, hydrants, radius=reader.show("plain", *radius)),
        *report_certainty.assumed(reader),
        _para(reader, "traffic"),
    ]


def _rerun(reader: Reader) -> list[Block | None]:
    command = Markup("firecover run {0}").format(words(reader.lang)["document"]["folder"])
    return [
        _para(reader, "rerun"),
        Paragraph(command, "command"),
        _para(reader, "hashes"),
        tables.hashes(reader),
        versions_table(reader),
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
        of_places.patches(today),
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

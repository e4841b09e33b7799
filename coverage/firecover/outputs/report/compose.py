"""Put the report together for every format, its parts numbered, and write it as a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from firecover.errors import OutputError
from firecover.outputs.i18n import Language
from firecover.outputs.report import cover as report_cover
from firecover.outputs.report.chapters import chapters
from firecover.outputs.report.fonts import Lettering, lettering
from firecover.outputs.report.html_file import render_page
from firecover.outputs.report.model import Block, Box, Kinds, Picture, Report, Section, Table
from firecover.outputs.report.reader import Reader, words
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
        sections=_numbered(reader, chapters(reader, results, letters)),
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
        pack=_pack(reader),
        crs=reader.text("study", "crs"),
    )


def _pack(reader: Reader) -> Markup:
    """Return whose rules the pack has; its id where it is not known."""
    name = str(reader.raw("study", "standard"))
    return escape(words(reader.lang)["pack"].get(name, name))


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

"""The elements of a document: paragraphs, runs, fields, and the fonts they are set in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import zip_longest

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from markupsafe import Markup

from firecover.outputs.report.office_files import as_xml_text
from firecover.outputs.report.runs import PLAIN, Run, runs_of

TWIPS_PER_MM = 1440 / 25.4
#: A sign of no width at which a line may end.
LINE_MAY_END = "\u200b"
_BEGINS_ID = re.compile("[A-Za-z0-9]")
_BETWEEN_IDS = re.compile("、(?=[A-Za-z0-9])")
#: Sizes of the text of tables, points; ``small`` words are this much smaller.
TABLE_PT = {"TableText": 8.5, "TableDense": 7.5}
SMALL_BY_PT = 1.0


@dataclass(frozen=True)
class Face:
    """A pair of font families: of Latin letters and of Chinese characters."""

    latin: str
    east: str


#: Song and Hei are what offices in China set a report in; they come with Windows and Office.
BODY = {"zh": Face("Times New Roman", "SimSun"), "en": Face("Arial", "SimHei")}
HEAD = {"zh": Face("Arial", "SimHei"), "en": Face("Arial", "SimHei")}
MONO = Face("Consolas", "SimHei")


def element(tag: str, *children: BaseOxmlElement, **attributes: object) -> BaseOxmlElement:
    """Return an element of WordprocessingML."""
    made = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), str(value))
    made.extend(children)
    return made


def twips(mm: float) -> int:
    """Return a length in twentieths of a point."""
    return round(mm * TWIPS_PER_MM)


@dataclass(frozen=True)
class Look:
    """How the runs of a paragraph are set: its language and the points of its text."""

    lang: str
    points: float = 10.5

    def smaller(self) -> int:
        """Return the half points of small words."""
        return round(2 * (self.points - SMALL_BY_PT))


def run(piece: Run, look: Look) -> BaseOxmlElement:
    """Return a run of text, or the break of a line."""
    said = element("r", _properties(piece, look))
    if piece.text == "\n":
        said.append(element("br"))
    else:
        said.append(_text(piece.text))
    return said


def _properties(piece: Run, look: Look) -> BaseOxmlElement:
    """Return a run's properties, in the order that the schema asks for."""
    told = element("rPr")
    if piece.kind in ("figure", "text"):
        told.append(
            element("rStyle", val="ResultFigure" if piece.kind == "figure" else "ResultText")
        )
    fonts = element("rFonts")
    if piece.mono:
        for place in ("ascii", "hAnsi", "cs"):
            fonts.set(qn(f"w:{place}"), MONO.latin)
        fonts.set(qn("w:eastAsia"), MONO.east)
    if look.lang == "zh":
        # Quotation marks, dashes and the like stand in both fonts: Chinese ones are wide.
        fonts.set(qn("w:hint"), "eastAsia")
    if len(fonts.attrib):
        told.append(fonts)
    if piece.bold:
        told.extend((element("b"), element("bCs")))
    if piece.colour:
        told.append(element("color", val=piece.colour))
    if piece.small or piece.mono:
        told.extend((element("sz", val=look.smaller()), element("szCs", val=look.smaller())))
    return told


def _text(text: str) -> BaseOxmlElement:
    said = element("t")
    said.text = as_xml_text(text)
    said.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return said


def field(
    code: str, shown: str, properties: BaseOxmlElement | None = None
) -> list[BaseOxmlElement]:
    """Return a field: its code, and what it shows until a program works it out anew, if at all."""

    def piece(*children: BaseOxmlElement) -> BaseOxmlElement:
        copied = [] if properties is None else [deepcopy(properties)]
        return element("r", *copied, *children)

    told = element("instrText")
    told.text = f" {code} "
    told.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return [
        piece(element("fldChar", fldCharType="begin")),
        piece(told),
        piece(element("fldChar", fldCharType="separate")),
        *([piece(_text(shown))] if shown else []),
        piece(element("fldChar", fldCharType="end")),
    ]


def paragraph(
    style: str, content: Iterable[BaseOxmlElement] = (), *extra: BaseOxmlElement
) -> BaseOxmlElement:
    """Return a paragraph; ``extra`` are further properties, in the schema's order."""
    told = element("pPr", element("pStyle", val=style), *extra)
    return element("p", told, *content)


def content_of(
    text: Markup | str,
    look: Look,
    base: Run = PLAIN,
    sequence: str = "",
) -> list[BaseOxmlElement]:
    """Return a text as runs; its numbers of tables or figures count in a sequence."""
    made: list[BaseOxmlElement] = []
    for piece in _with_ends(runs_of(text, base)):
        if piece.kind == "number" and sequence:
            told = _properties(replace(piece, kind="words"), look)
            made += field(f"SEQ {sequence} \\* ARABIC", piece.text, told)
        else:
            made.append(run(piece, look))
    return made


def _with_ends(runs: Sequence[Run]) -> Iterator[Run]:
    """Let a line end between ids in a list, which LibreOffice breaks amid an id otherwise."""
    for piece, after in zip_longest(runs, runs[1:]):
        text = _BETWEEN_IDS.sub(f"、{LINE_MAY_END}", piece.text)
        if text.endswith("、") and after is not None and _BEGINS_ID.match(after.text):
            text += LINE_MAY_END
        yield replace(piece, text=text)


def borders(tag: str, sides: Sequence[tuple[str, int, str]]) -> BaseOxmlElement:
    """Return borders: side, eighths of a point, colour."""
    return element(
        tag,
        *(
            element(side, val="single" if size else "nil", sz=size, space=0, color=colour)
            for side, size, colour in sides
        ),
    )

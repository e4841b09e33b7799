"""Tables of the report's document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from docx.oxml.xmlchemy import BaseOxmlElement
from markupsafe import Markup
from numpy.typing import NDArray

from firecover.outputs.report.docx_parts import (
    SMALL_BY_PT,
    TABLE_PT,
    Look,
    borders,
    content_of,
    element,
    paragraph,
    twips,
)
from firecover.outputs.report.docx_widths import (
    LANDSCAPE_MM,
    LEAST_EM,
    LEAST_HEAD_EM,
    PORTRAIT_MM,
    Asked,
    column_widths,
    extent,
    table_height,
)
from firecover.outputs.report.model import SHORT, Cell, Table
from firecover.outputs.report.runs import ACCENT, WARNING, Run, runs_of

INK, LINE, HEAD_FILL = "1D2126", "B9BEC5", "EEF1F4"
#: The share of the page that a narrow table takes.
NARROW = 0.7
#: How many more pages the same rows take on their long side, for these are lower.
MORE_PAGES = 1.6
#: Only tables of more rows are worth turning the page for.
LONG_ROWS = 30
#: Left and right of a cell's words, twips.
MARGIN = 70
_SIDES = {"l": "left", "r": "right", "c": "center"}
#: How the words of a cell stand out, by its class in the style sheet.
_CELLS = {
    "unverified": Run(colour=WARNING),
    "memory": Run(colour=ACCENT, bold=True),
}


@dataclass(frozen=True)
class Placed:
    """A cell, the columns that it spans, and where its words stand in them."""

    text: Markup
    first: int
    span: int
    align: str
    base: Run


@dataclass(frozen=True)
class Laid:
    """A table whose columns have their widths, and the way that its page has to lie."""

    table: Table
    rows: tuple[tuple[Placed, ...], ...]
    widths_mm: tuple[float, ...]
    style: str
    landscape: bool


def lay_out(table: Table, *, lying: bool = False) -> Laid:
    """Choose the widths of a table's columns, and turn the page where they do not fit.

    ``lying`` says that the page lies on its long side already: a short table stays there.
    """
    rows = _rows(table)
    if lying and len(table.rows) <= SHORT:
        asked = _asked(table, rows, "TableDense")
        return _on_its_side(table, rows, asked)
    for style in _styles(table):
        asked = _asked(table, rows, style)
        if asked.least_mm <= PORTRAIT_MM:
            narrow = NARROW if "narrow" in table.style.split() else 1.0
            widths = column_widths(asked, max(PORTRAIT_MM * narrow, asked.least_mm))
            if _lies_better(asked, widths):
                break
            return Laid(table, rows, tuple(widths), style, landscape=False)
    return _on_its_side(table, rows, asked)


def lay_upright(table: Table) -> Laid:
    """Choose the widths of a table's columns on an upright page, broken words or not."""
    rows = _rows(table)
    for style in _styles(table):
        asked = _asked(table, rows, style)
        if asked.least_mm <= PORTRAIT_MM:
            break
    if asked.least_mm > PORTRAIT_MM:
        asked = replace(asked, words=asked.words * PORTRAIT_MM / asked.least_mm)
    narrow = NARROW if "narrow" in table.style.split() else 1.0
    widths = column_widths(asked, max(PORTRAIT_MM * narrow, asked.least_mm))
    return Laid(table, rows, tuple(widths), style, landscape=False)


def _styles(table: Table) -> tuple[str, ...]:
    """Return the styles that a table's text may have, the larger one first."""
    dense = {"long", "verdicts"} & set(table.style.split())
    return ("TableDense",) if dense else ("TableText", "TableDense")


def _on_its_side(table: Table, rows: tuple[tuple[Placed, ...], ...], asked: Asked) -> Laid:
    if asked.least_mm > LANDSCAPE_MM:
        asked = replace(asked, words=asked.words * LANDSCAPE_MM / asked.least_mm)
    widths = column_widths(asked, LANDSCAPE_MM)
    return Laid(table, rows, tuple(widths), "TableDense", landscape=True)


def _lies_better(asked: Asked, upright: NDArray[np.float64]) -> bool:
    """Tell whether a long table takes fewer pages on their long side."""
    if len(asked.words) <= LONG_ROWS:
        return False
    lying = column_widths(asked, LANDSCAPE_MM)
    return table_height(asked, lying) * MORE_PAGES < table_height(asked, upright)


def _rows(table: Table) -> tuple[tuple[Placed, ...], ...]:
    """Return the head and the rows, each filled up to the last column."""
    head = tuple(
        Placed(text, i, 1, table.align[i], Run(bold=True)) for i, text in enumerate(table.head)
    )
    return (head, *(_row(table, row) for row in table.rows))


def _row(table: Table, row: Sequence[Cell | Markup]) -> tuple[Placed, ...]:
    placed: list[Placed] = []
    at = 0
    for given in row:
        cell = given if isinstance(given, Cell) else Cell(given)
        base = _CELLS.get(cell.style, Run())
        placed.append(Placed(cell.text, at, cell.span, table.align[at], base))
        at += cell.span
    placed += [Placed(Markup(""), i, 1, table.align[i], Run()) for i in range(at, len(table.head))]
    return tuple(placed)


def _asked(table: Table, rows: Sequence[Sequence[Placed]], style: str) -> Asked:
    """Return the room that each cell asks for."""
    points = TABLE_PT[style]
    shape = (len(rows), len(table.head))
    words, lines, whole = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for i, row in enumerate(rows):
        for cell in row:
            runs = runs_of(cell.text, cell.base)
            one_line = i > 0 and cell.align != "l"
            least_em = LEAST_EM if i else LEAST_HEAD_EM
            asked = extent(runs, points, points - SMALL_BY_PT, least_em=least_em, one_line=one_line)
            spanned = slice(cell.first, cell.first + cell.span)
            words[i, spanned] = asked.word / cell.span
            lines[i, spanned] = asked.line / cell.span
            whole[i, spanned] = asked.whole / cell.span
    return Asked(words, lines, whole)


def table_element(laid: Laid, lang: str) -> BaseOxmlElement:
    """Return a table: its head on every page, no row broken, a short one kept together."""
    columns = [twips(width) for width in laid.widths_mm]
    together = len(laid.table.rows) <= SHORT and "plan" not in laid.table.style.split()
    made = element(
        "tbl",
        element(
            "tblPr",
            element("tblW", w=sum(columns), type="dxa"),
            element("jc", val="center"),
            borders("tblBorders", (("top", 8, INK), ("bottom", 8, INK), ("insideH", 4, LINE))),
            element("tblLayout", type="fixed"),
            # Not every program takes these from the style.
            element(
                "tblCellMar",
                *(
                    element(
                        side, w=MARGIN if side in ("left", "right") else MARGIN // 2, type="dxa"
                    )
                    for side in ("top", "left", "bottom", "right")
                ),
            ),
            element("tblLook", val="0020", firstRow="1", noHBand="1", noVBand="1"),
        ),
        element("tblGrid", *(element("gridCol", w=width) for width in columns)),
    )
    look = Look(lang, TABLE_PT[laid.style])
    last = len(laid.rows) - 1
    for i, row in enumerate(laid.rows):
        # Head and first rows, and the last ones, stay together, so that none stands alone.
        kept = i < last and (together or i <= 1 or i >= last - 2)
        made.append(_row_element(row, columns, laid.style, look, head=i == 0, kept=kept))
    return made


def _row_element(
    row: Sequence[Placed],
    columns: Sequence[int],
    style: str,
    look: Look,
    *,
    head: bool,
    kept: bool,
) -> BaseOxmlElement:
    told = element("trPr", element("cantSplit"))
    if head:
        told.append(element("tblHeader"))
    made = element("tr", told)
    for cell in row:
        width = sum(columns[cell.first : cell.first + cell.span])
        box = element("tcPr", element("tcW", w=width, type="dxa"))
        if cell.span > 1:
            box.append(element("gridSpan", val=cell.span))
        if head:
            box.append(borders("tcBorders", (("bottom", 6, INK),)))
            box.append(element("shd", val="clear", color="auto", fill=HEAD_FILL))
            box.append(element("vAlign", val="bottom"))
        extra = [element("keepNext")] if kept else []
        extra.append(element("jc", val=_SIDES[cell.align]))
        words = content_of(cell.text, look, cell.base)
        made.append(element("tc", box, paragraph(style, words, *extra)))
    return made

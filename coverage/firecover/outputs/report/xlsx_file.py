"""Write the annex: a workbook with every table of figures, as they stand in ``results.json``."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from firecover.outputs.i18n import Language, layer_label
from firecover.outputs.manifest import versions
from firecover.outputs.report.document_words import word
from firecover.outputs.report.office_files import as_xml_text, write_packed
from firecover.outputs.report.xlsx_tables import Sheet, number_format, sheets

#: What stands in a cell where nothing is known.
NOTHING = "—"
#: A text that begins so is no formula, and must not become one when the cell is edited.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MOST_SIGNS = 32_767
_MOST_SIGNS_OF_A_TITLE = 31
_WIDEST, _NARROWEST = 60.0, 7.0
#: The widths of sheets, in digits, that are printed upright, and on A4 at all.
_UPRIGHT, _MOST_ON_A4 = 100.0, 240.0
_HEAD = PatternFill("solid", fgColor="EEF1F4")
_LINE = Border(bottom=Side("thin", color="1D2126"))
_TOP, _WRAPPED = Alignment(vertical="top"), Alignment(vertical="top", wrap_text=True)
_MIDDLE = Alignment(wrap_text=True, vertical="center", horizontal="center")
_RIGHT = Alignment(horizontal="right", vertical="top")
_ACCENT = "8A1C2B"
_FONT = {"zh": "SimSun", "en": "Arial"}


def write_xlsx(results_dict: Mapping[str, Any], path: Path, lang: Language) -> None:
    """Write the annex; the same results make the same bytes.

    Numbers are numbers, unrounded; texts of the data never are formulas.

    Parameters
    ----------
    results_dict
        What ``results.json`` holds.
    path
        The file to write, ``annex.xlsx``.
    lang
        The language of headings and codes.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    book = _new_book(lang)
    first = book.active
    assert isinstance(first, Worksheet)
    first.title = word("xlsx", "about", lang)
    handling = (results_dict["study"]["handling"] or {}).get(lang, "")
    made: list[tuple[str, int]] = []
    for sheet in sheets(results_dict, lang):
        page = book.create_sheet(_title(sheet.title, book.sheetnames))
        _fill(page, sheet, lang)
        _print_setup(page, handling)
        made.append((page.title, len(sheet.rows)))
    _tell(first, results_dict, made, lang)
    _print_setup(first, handling)
    stream = io.BytesIO()
    book.save(stream)
    title = word("xlsx", "title", lang).format(study=results_dict["study"]["title"][lang])
    write_packed(stream.getvalue(), path, title, "zh-CN" if lang == "zh" else "en-GB")


def _new_book(lang: Language) -> Workbook:
    """Return a workbook whose cells are set in the report's font."""
    book: Any = Workbook()
    book._named_styles["Normal"].font = Font(name=_FONT[lang], size=10)  # noqa: SLF001 - no other
    made: Workbook = book
    return made


def _title(text: str, taken: Sequence[str]) -> str:
    """Return a sheet's title that a workbook allows and does not have yet."""
    plain = re.sub(r"[\[\]:*?/\\']", " ", text)[:_MOST_SIGNS_OF_A_TITLE].strip()
    title, n = plain, 1
    while title.lower() in {name.lower() for name in taken}:
        n += 1
        title = f"{plain[: _MOST_SIGNS_OF_A_TITLE - len(str(n)) - 1]} {n}"
    return title


def _cell(page: Worksheet, row: int, column: int) -> Cell:
    cell = page.cell(row, column)
    assert isinstance(cell, Cell)
    return cell


def _put(cell: Cell, value: object) -> None:
    """Put a value into a cell: a number as a number, all else as text."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        cell.value = value
        return
    text = NOTHING if value is None else as_xml_text(str(value))
    if not text:
        return
    if len(text) > _MOST_SIGNS:
        text = text[: _MOST_SIGNS - 20] + " … results.json"
    cell.value = text
    cell.data_type = "s"
    if text.startswith(_FORMULA):
        cell.quotePrefix = True
    if value is None:
        cell.alignment = _RIGHT


def _fill(page: Worksheet, sheet: Sheet, lang: Language) -> None:
    """Write a table: its head stays in view, its columns can be filtered."""
    bold = Font(name=_FONT[lang], size=10, bold=True)
    for j, column in enumerate(sheet.columns, start=1):
        head = _cell(page, 1, j)
        _put(head, column.heading)
        head.font, head.fill, head.border, head.alignment = bold, _HEAD, _LINE, _MIDDLE
    for j, column in enumerate(sheet.columns):
        values = [row[j] for row in sheet.rows]
        among_numbers = bool(sheet.row_units) and j > 1
        shown = number_format(column.unit, values)
        width = _width(column.heading, values, shown)
        page.column_dimensions[get_column_letter(j + 1)].width = width
        for i, value in enumerate(values):
            cell = _cell(page, i + 2, j + 1)
            _put(cell, value)
            if sheet.row_units:
                shown = number_format(sheet.row_units[i], sheet.rows[i])
            if cell.data_type == "n":
                cell.number_format = shown
            elif value is not None:
                long = _signs(str(value)) > width
                cell.alignment = _RIGHT if among_numbers else _WRAPPED if long else _TOP
    page.row_dimensions[1].height = 44
    names = [column.name for column in sheet.columns]
    named = names.index("name") + 1 if "name" in names[:3] else 1
    page.freeze_panes = f"{get_column_letter(named + 1)}2"
    last = f"{get_column_letter(len(sheet.columns))}{len(sheet.rows) + 1}"
    page.auto_filter.ref = f"A1:{last}"


def _signs(text: str) -> float:
    """Return the width of the longest line of a text, in digits."""
    lines = text.split("\n")
    return max(sum(1 + (unicodedata.east_asian_width(s) in "WF") for s in line) for line in lines)


def _width(heading: str, values: Sequence[object], shown: str) -> float:
    """Return a column's width: its words within limits, the heading in three lines."""
    texts = [_signs(str(v)) for v in values if isinstance(v, str)]
    numbers = [v for v in values if isinstance(v, int | float)]
    digits = max((len(f"{v:,.0f}") for v in numbers), default=0)
    decimals = len(shown.partition(".")[2]) if "." in shown else 5 * (shown == "General")
    wanted = max([*texts, digits + decimals + 1, _signs(heading) / 2.5 + 2])
    return float(min(max(wanted + 2, _NARROWEST), _WIDEST))


def _tell(
    page: Worksheet, results: Mapping[str, Any], made: Sequence[tuple[str, int]], lang: Language
) -> None:
    """Write the first sheet: what this is, what it rests on, and where to find what."""

    def said(key: str, **parts: object) -> str:
        return word("xlsx", key, lang).format(**parts)

    study = results["study"]
    title = _cell(page, 1, 1)
    _put(title, said("title", study=study["title"][lang]))
    title.font = Font(name=_FONT[lang], size=14, bold=True)
    layers = [layer_label(name, lang) for name in results["modelled_layers"]]
    scenarios = [results["scenarios"][name]["title"][lang] for name in results["scenario_ids"]]
    joint = "、" if lang == "zh" else ", "
    named = [f"{it[lang]} {it['href']}".strip() for it in results["credits"]]
    lines = [
        (said("handling"), (study["handling"] or {}).get(lang)),
        (said("approval"), study["map_approval"]),
        (said("credits"), "\n".join(named) or None),
        (said("modelled"), joint.join(layers) or said("no_modelled")),
        (said("what"), said("what_told")),
        (said("study"), study["id"]),
        (said("scenarios_told"), joint.join(scenarios)),
        (said("standard"), study["standard"]),
        (said("crs"), study["crs"]),
        (said("times"), said("times_told")),
        (said("shares"), said("shares_told")),
        (said("unknown", mark=NOTHING), said("unknown_told")),
        (said("versions"), joint.join(f"{k} {v}" for k, v in versions().items())),
    ]
    for i, (label, told) in enumerate(lines, start=3):
        _put(_cell(page, i, 1), label)
        _put(_cell(page, i, 2), told)
        _cell(page, i, 1).font = Font(name=_FONT[lang], size=10, bold=True)
        _cell(page, i, 1).alignment, _cell(page, i, 2).alignment = _TOP, _WRAPPED
        page.row_dimensions[i].height = 15.0 * sum(
            max(1, -(-_signs(part) // 90)) for part in str(told).split("\n")
        )
    for row in (3, 6):
        _cell(page, row, 2).font = Font(name=_FONT[lang], size=10, bold=True, color=_ACCENT)
    _index(page, len(lines) + 4, made, lang)
    page.column_dimensions["A"].width = 24
    page.column_dimensions["B"].width = 95


def _index(page: Worksheet, at: int, made: Sequence[tuple[str, int]], lang: Language) -> None:
    """List the sheets with links to them."""
    _put(_cell(page, at, 1), word("xlsx", "sheets", lang))
    _cell(page, at, 1).font = Font(name=_FONT[lang], size=10, bold=True)
    for i, (title, count) in enumerate(made, start=at + 1):
        cell = _cell(page, i, 1)
        _put(cell, title)
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{title}'!A1")
        cell.font = Font(name=_FONT[lang], size=10, color="0563C1", underline="single")
        _put(_cell(page, i, 2), word("xlsx", "rows_told", lang).format(count=count))


def _print_setup(page: Any, handling: str) -> None:
    """Print as wide as the paper, the head on each page and the handling line above.

    A narrow sheet stands upright on A4, a very wide one lies on A3.
    """
    wide = sum(column.width for column in page.column_dimensions.values())
    page.page_setup.orientation = "portrait" if wide <= _UPRIGHT else "landscape"
    page.page_setup.paperSize = page.PAPERSIZE_A4 if wide <= _MOST_ON_A4 else page.PAPERSIZE_A3
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    if page.freeze_panes:
        page.print_title_rows = "1:1"
    page.oddHeader.right.text = as_xml_text(handling).replace("&", "&&")
    page.oddHeader.left.text = page.title.replace("&", "&&")
    page.oddFooter.center.text = "&P / &N"

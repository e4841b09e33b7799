"""Set a report as a page: one HTML file that needs no network and prints on A4."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markupsafe import Markup

from firecover.outputs.i18n import Language
from firecover.outputs.report.document_words import word
from firecover.outputs.report.docx_tables import lay_upright
from firecover.outputs.report.docx_widths import PORTRAIT_MM
from firecover.outputs.report.model import Report, Table
from firecover.outputs.template_files import environment


@dataclass(frozen=True)
class Columns:
    """How a table is set: its classes, its share of the page and those of its columns, percent."""

    classes: str
    width: float
    shares: tuple[float, ...]


def render_page(report: Report) -> str:
    """Return a report as HTML."""
    templates = environment()
    templates.globals["columns"] = columns_of
    return templates.get_template("report.html").render(
        lang="zh-CN" if report.lang == "zh" else "en",
        plain_title=report.title.striptags(),
        report=report,
        contents=word("cover", "contents", report.lang),
        running_head=css_text(report.handling.striptags()),
        foot=_foot(report.lang),
    )


def columns_of(table: Table) -> Columns:
    """Return how a table is set on an upright page: the document's widths hold for both."""
    laid = lay_upright(table)
    width = sum(laid.widths_mm)
    classes = [table.classes, "dense" if laid.style == "TableDense" else ""]
    shares = tuple(round(100 * mm / width, 2) for mm in laid.widths_mm)
    share = min(100.0, round(100 * width / PORTRAIT_MM, 1))
    return Columns(" ".join(name for name in classes if name), share, shares)


def css_text(text: str) -> Markup:
    """Return a text as a string of a style sheet, whatever signs it holds."""
    signs = (s if s.isalnum() else f"\\{ord(s):x} " for s in text if s != "\0")
    return Markup('"{0}"').format(Markup("").join(signs))


def _foot(lang: Language) -> Markup:
    """Return what a style sheet sets at the foot of a page: its number, and how many there are."""
    pieces = re.split(r"({\w+})", word("cover", "footer", lang))
    counters = {"{page}": Markup("counter(page)"), "{pages}": Markup("counter(pages)")}
    return Markup(" ").join(counters.get(p) or css_text(p) for p in pieces if p)

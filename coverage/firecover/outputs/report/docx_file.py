"""Write the report as a document: the same sections, sentences and tables as the page has."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from docx.document import Document
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm
from markupsafe import Markup

from firecover.outputs.report import docx_parts as parts
from firecover.outputs.report.document_words import word
from firecover.outputs.report.docx_frame import (
    lay_pages,
    new_document,
    section_break,
    turn,
    without_title_page,
)
from firecover.outputs.report.docx_parts import Look, borders, content_of, element, paragraph, twips
from firecover.outputs.report.docx_tables import lay_out, table_element
from firecover.outputs.report.docx_widths import PORTRAIT_MM
from firecover.outputs.report.model import (
    Block,
    Box,
    Items,
    Paragraph,
    Picture,
    Report,
    Section,
    Table,
)
from firecover.outputs.report.office_files import as_xml_text, write_packed
from firecover.outputs.report.runs import ACCENT, GREY, WARNING, Run, runs_of

#: The styles of paragraphs, by their class in the page's style sheet.
_STYLES = {"note": "Note", "command": "Command"}
_KINDS = {"modelled": "D55E00", "derived": "E69F00", "published": "0072B2", "observed": "009E73"}


def write_docx(report: Report, path: Path) -> None:
    """Write a report as a document of Word; the same report makes the same bytes.

    Figures of the results are in the character style ``Result Figure``, texts of the results in
    ``Result Text``; captions count in fields, and the contents show without being worked out
    anew.

    Parameters
    ----------
    report
        What the report says and shows.
    path
        The file to write, ``report.zh.docx`` or ``report.en.docx``.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    stream = io.BytesIO()
    document_of(report).save(stream)
    language = "zh-CN" if report.lang == "zh" else "en-GB"
    write_packed(stream.getvalue(), path, report.title.striptags(), language)


def document_of(report: Report) -> Document:
    """Return a report as a document."""
    document = new_document(report.lang)
    lay_pages(document, report)
    writer = _Writer(document, report)
    writer.opening()
    for i, section in enumerate(report.sections):
        writer.section(i, section)
    writer.close()
    return document


@dataclass
class _Writer:
    """Puts a report into a document, block by block."""

    document: Document
    report: Report
    sections: int = 0
    pictures: int = 0
    landscape: bool = False
    #: Whether the section is the summary, which is set closer so that a page holds it.
    summary: bool = False
    body: list[BaseOxmlElement] = field(default_factory=list)
    #: Headings that wait for what stands below them, so that both stand on one page.
    headings: list[BaseOxmlElement] = field(default_factory=list)

    @property
    def look(self) -> Look:
        return Look(self.report.lang)

    def opening(self) -> None:
        """Write what stands before the first section: title, kinds of data, credits, contents."""
        report, look = self.report, self.look
        for line in (report.handling, report.approval):
            if line:
                self.body.append(paragraph("Handling", content_of(line, look)))
        self.body.append(paragraph("Title", content_of(report.title, look)))
        self.body.append(paragraph("Subtitle", content_of(report.standard, look)))
        self.body.append(_box(report.box, look))
        if report.credits:
            small = Look(report.lang, 8.5)
            self.body.append(paragraph("Credits", content_of(report.credits, small)))
        self.body.append(_contents(report))

    def section(self, i: int, section: Section) -> None:
        """Write a section of the report; the first one, the summary, has a page to itself."""
        chapters = [j for j, other in enumerate(self.report.sections) if other.level == 1]
        fresh = i in chapters[:2] or section.style == "new-page"
        extra = [element("pageBreakBefore")] if fresh else []
        words = content_of(section.title, self.look)
        heading = paragraph(
            f"Heading{section.level}",
            (
                element("bookmarkStart", id=i, name=_bookmark(i)),
                *words,
                element("bookmarkEnd", id=i),
            ),
            *extra,
        )
        self.headings.append(heading)
        self.summary = i == 0
        blocks = list(section.blocks)
        for j, block in enumerate(blocks):
            following = blocks[j + 1] if j + 1 < len(blocks) else None
            self._block(block, following)

    def close(self) -> None:
        """Put the content into the document; its last section is that of the document."""
        self.body += self.headings
        last = self.document.sections[-1]._sectPr  # noqa: SLF001 - no public name
        turn(last, landscape=self.landscape)
        if self.sections:
            without_title_page(last)
        for made in self.body:
            last.addprevious(made)

    def _block(self, block: Block, following: Block | None) -> None:
        if isinstance(block, Table):
            self._table(block)
            return
        self._turn(landscape=False)
        if isinstance(block, Paragraph):
            style = _STYLES.get(block.style, "Summary" if self.summary else "Normal")
            leads = isinstance(following, Table) or getattr(following, "style", "") == "command"
            extra = [element("keepNext")] if leads else []
            self.body.append(paragraph(style, content_of(block.text, self.look), *extra))
        elif isinstance(block, Items):
            for item in block.items:
                style = "SummaryBullet" if self.summary else "ListBullet"
                self.body.append(paragraph(style, content_of(item, self.look)))
        else:
            self.body += self._picture(block)

    def _table(self, table: Table) -> None:
        # A heading begins upright again; a short table goes on where the one before it lies.
        laid = lay_out(table, lying=self.landscape and not self.headings)
        self._turn(landscape=laid.landscape)
        words = content_of(
            table.caption, self.look, sequence=word("docx", "table", self.report.lang)
        )
        self.body.append(paragraph("Caption", words, element("keepNext")))
        self.body.append(table_element(laid, self.report.lang))
        self.body.append(paragraph("Spacer"))

    def _turn(self, *, landscape: bool) -> None:
        """End the section where the next page lies the other way; let the headings follow."""
        if landscape != self.landscape:
            first = self.sections == 0
            broken = section_break(self.document, first=first, landscape=self.landscape)
            self.body[-1].find(qn("w:pPr")).append(broken)
            self.sections += 1
            self.landscape = landscape
        self.body += self.headings
        self.headings = []

    def _picture(self, picture: Picture) -> Iterator[BaseOxmlElement]:
        self.pictures += 1
        stream = io.BytesIO(picture.image.png)
        width = Mm(min(picture.image.width_mm, PORTRAIT_MM))
        inline = self.document.part.new_pic_inline(stream, width)
        told = inline.docPr
        told.set("id", str(self.pictures))
        told.set("name", f"Figure {picture.number}")
        told.set("descr", as_xml_text(picture.caption.striptags()))
        yield paragraph("Figure", [element("r", element("drawing", inline))])
        caption = content_of(
            picture.caption, self.look, sequence=word("docx", "figure", self.report.lang)
        )
        small = Look(self.report.lang, 9.5)
        note = content_of(picture.note, small, Run(small=True, colour=GREY))
        ends = parts.run(Run("\n"), small)
        yield paragraph("Caption", [*caption, ends, *note])


def _bookmark(i: int) -> str:
    return f"_Toc{i + 1:06d}"


def _box(box: Box, look: Look) -> BaseOxmlElement:
    """Return the kinds of data in a frame."""
    cell = element(
        "tc",
        element("tcPr", element("tcW", w=twips(PORTRAIT_MM), type="dxa")),
        paragraph("BoxTitle", content_of(box.title, look)),
    )
    for line in box.lines:
        colour = WARNING if line.kind == "modelled" else ""
        told = content_of(line.word, look, Run(bold=True, colour=colour))
        told += content_of(
            Markup("{0}{1} <small>{2}</small>").format(box.colon, line.layers, line.means), look
        )
        bar = element("left", val="single", sz=36, space=6, color=_KINDS[line.kind])
        cell.append(paragraph("BoxText", told, element("pBdr", bar), element("ind", left=240)))
    cell.append(paragraph("BoxText", content_of(box.text, look)))
    edges = ("top", "left", "bottom", "right")
    return element(
        "tbl",
        element(
            "tblPr",
            element("tblW", w=twips(PORTRAIT_MM), type="dxa"),
            element("jc", val="center"),
            borders("tblBorders", tuple((edge, 14, ACCENT) for edge in edges)),
            element("tblLayout", type="fixed"),
            element(
                "tblCellMar", *(element(edge, w=180, type="dxa") for edge in ("left", "right"))
            ),
        ),
        element("tblGrid", element("gridCol", w=twips(PORTRAIT_MM))),
        element("tr", element("trPr", element("cantSplit")), cell),
    )


def _contents(report: Report) -> BaseOxmlElement:
    """Return the contents: an entry a heading, with the field of its page's number.

    Only a program that sets pages knows the numbers. LibreOffice works such fields out as it
    opens a document, Word after asking (the settings tell it to); until then there are none
    rather than wrong ones. In the field of a table of contents LibreOffice would show what is
    stored and nothing else, so the entries stand without it.
    """
    look = Look(report.lang)
    told = word("cover", "contents", report.lang)
    title = paragraph("TOCHeading", content_of(told, look))
    content = element("sdtContent", title, *_entries(report, look))
    return element(
        "sdt", element("sdtPr", element("alias", val=told.replace("\u3000", ""))), content
    )


def _entries(report: Report, look: Look) -> Iterable[BaseOxmlElement]:
    for i, section in enumerate(report.sections):
        link = element("hyperlink", anchor=_bookmark(i), history="1")
        # Runs in a character style of their own would look like links of the web.
        plain = (replace(piece, kind="words") for piece in runs_of(section.title))
        link.extend(parts.run(piece, look) for piece in plain)
        link.append(element("r", element("tab")))
        link.extend(parts.field(f"PAGEREF {_bookmark(i)} \\h", ""))
        yield paragraph(f"TOC{section.level}", [link])

"""Read a report's document and its annex back."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from docx.document import Document
from docx.oxml.ns import qn

#: What stands in the annex where nothing is known; written down here a second time.
NOTHING = "—"


def body(document: Document) -> Any:
    return document.element.body


def text_of(element: Any) -> str:
    """The text of an element, its contents left out, without any space or mark of a line's end."""
    said = [t.text or "" for t in element.iter(qn("w:t")) if not within(t, "w:sdt")]
    return re.sub(r"[\s\u200b]", "", "".join(said))


def within(element: Any, tag: str) -> bool:
    return any(parent.tag == qn(tag) for parent in element.iterancestors())


def styled(document: Document, style: str) -> list[str]:
    """The texts of all runs in a character style, in their order."""
    path = f'.//w:r[w:rPr/w:rStyle/@w:val="{style}"]'
    return [
        "".join(t.text or "" for t in run.iter(qn("w:t"))) for run in body(document).xpath(path)
    ]


def style_of(paragraph: Any) -> str:
    found = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    return "" if found is None else found.get(qn("w:val"))


def paragraphs(document: Document, *styles: str) -> list[Any]:
    return [p for p in body(document).iter(qn("w:p")) if style_of(p) in styles]


def fields(element: Any) -> list[tuple[str, str]]:
    """The fields of an element: the code, and what is shown for it."""
    found, code, shown, state = [], "", "", ""
    for run in element.iter(qn("w:r")):
        for child in run:
            if child.tag == qn("w:fldChar"):
                state = child.get(qn("w:fldCharType"))
                if state == "begin":
                    code, shown = "", ""
                elif state == "end":
                    found.append((code.strip(), shown))
                    state = ""
            elif child.tag == qn("w:instrText"):
                code += child.text
            elif child.tag == qn("w:t") and state == "separate":
                shown += child.text
    return found


@dataclass(frozen=True)
class Line:
    """A line of a printed page: its text and its sides, points from the left and the top."""

    text: str
    left: float
    right: float
    top: float
    bottom: float


def printed_pages(pdf: Path) -> Iterator[tuple[float, float, list[Line]]]:
    """Go through the pages of a PDF: width, height, and the lines from top to bottom."""
    command = ["pdftotext", "-bbox-layout", str(pdf), "-"]
    told = subprocess.run(command, capture_output=True, check=True, timeout=120).stdout
    space = "{http://www.w3.org/1999/xhtml}"
    for page in ET.fromstring(re.sub(rb"&#\d+;|[\x00-\x08\x0b\x0c\x0e-\x1f]", b"", told)).iter(
        f"{space}page"
    ):
        lines = [
            Line(
                "".join(word.text or "" for word in line.iter(f"{space}word")),
                *(float(line.get(name)) for name in ("xMin", "xMax", "yMin", "yMax")),
            )
            for line in page.iter(f"{space}line")
        ]
        yield (
            float(page.get("width")),
            float(page.get("height")),
            sorted(lines, key=lambda i: i.top),
        )


def sheet_rows(sheet: Any) -> list[dict[str, Any]]:
    """The rows of a sheet by their headings."""
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def same(cell: Any, value: Any) -> bool:
    """Whether a cell of the annex holds a number, a text or a gap of the results."""
    if value is None:
        return cell == NOTHING
    if isinstance(value, bool | list | Mapping):
        return isinstance(cell, str | None)
    if value == "":
        return cell in (None, "")
    return type(cell) in (int, float) and cell == value if isinstance(value, int | float) else True

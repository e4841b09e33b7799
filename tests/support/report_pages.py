"""Read a report back: its marked figures, its marked texts, and the words around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

#: Elements that have no end.
EMPTY = {"meta", "br", "img", "link", "input", "hr"}


@dataclass
class Mark:
    """A ``<data>``, or another element with a ``data-key``, and what it shows."""

    tag: str
    attributes: Mapping[str, str]
    text: str = ""

    @property
    def key(self) -> str:
        return self.attributes["data-key"]


@dataclass
class Page(HTMLParser):
    """A page: ``figures`` and ``texts`` are marked, ``words`` are all the rest."""

    figures: list[Mark] = field(default_factory=list)
    texts: list[Mark] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    all_text: str = ""
    tags: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    _open: list[tuple[str, Mark | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in given.items()]
        mark = None
        if "data-key" in given:
            mark = Mark(tag, given)
            (self.figures if tag == "data" else self.texts).append(mark)
        elif tag == "cite" or given.get("class") in ("number", "code"):
            mark = Mark(tag, given)
        if tag not in EMPTY:
            self._open.append((tag, mark))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if any(tag in ("style", "svg", "script") for tag, _ in self._open):
            return
        self.all_text += data
        marks = [mark for _, mark in self._open if mark]
        if marks:
            marks[-1].text += data
        else:
            self.words.append(data)


def read_page(html: str) -> Page:
    """Read a page."""
    page = Page()
    page.feed(html)
    page.close()
    return page


def at_pointer(tree: Any, pointer: str) -> Any:
    """Follow a JSON Pointer (RFC 6901); KeyError or IndexError where it leads nowhere."""
    here = tree
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        here = here[int(key)] if isinstance(here, list) else here[key]
    return here


def rows_where(table: list[Mapping[str, Any]], where: str) -> list[Mapping[str, Any]]:
    """Return the rows that hold what `column=value;column=value` asks for."""
    asked = [pair.split("=", 1) for pair in where.split(";") if pair]
    return [row for row in table if all(str(row[name]) == value for name, value in asked)]

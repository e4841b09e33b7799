"""Take a text of the report apart into runs, each with how it looks and what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Literal

from markupsafe import Markup

#: Words of the report's own, a figure or a text of the results, a number of a table or figure.
Kind = Literal["words", "figure", "text", "number"]
_SPACE = re.compile(r"[ \t\r\n]+")
_BLANKS = re.compile(r"[ \t\r]*\n[ \t\r\n]*")


@dataclass(frozen=True)
class Run:
    """A piece of text of one look; ``text`` is a line feed for the end of a line."""

    text: str = ""
    kind: Kind = "words"
    bold: bool = False
    small: bool = False
    mono: bool = False
    as_set: bool = False
    colour: str = ""


PLAIN = Run()
ACCENT = "8A1C2B"
WARNING = "B34700"
GREY = "4C545C"
#: How a class of the style sheet looks.
_LOOKS: Mapping[str, Mapping[str, object]] = {
    "verdict meets": {"bold": True, "colour": "00704F"},
    "verdict fails": {"bold": True, "colour": "B3261E"},
    "verdict cannot_say": {"bold": True, "colour": "6A5200"},
    "verdict not_applicable": {"colour": "6B7178"},
    "kind modelled": {"bold": True, "colour": WARNING},
    "nobody": {"colour": "B3261E"},
    "hash": {"mono": True},
    "code": {"mono": True},
    "cells": {"mono": True, "as_set": True},
    "number": {"kind": "number"},
}


@dataclass
class _Reader(HTMLParser):
    """Reads the few inline elements that the report's texts have."""

    base: Run
    runs: list[Run] = field(default_factory=list)
    _open: list[tuple[str, Run]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        here = self._open[-1][1] if self._open else self.base
        if tag == "br":
            self.runs.append(replace(here, text="\n"))
            return
        given = {name: value or "" for name, value in attrs}
        if tag == "small":
            # A share stands beside its figure by the style sheet, without a space.
            if given.get("class") == "of":
                self.runs.append(replace(here, text=" "))
            here = replace(here, small=True, colour=here.colour or GREY)
        elif tag in ("b", "strong"):
            here = replace(here, bold=True)
        elif tag == "data":
            here = replace(here, kind="figure")
        elif "data-key" in given:
            here = replace(here, kind="text")
        self._open.append((tag, replace(here, **_LOOKS.get(given.get("class", ""), {}))))  # type: ignore[arg-type]

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        here = self._open[-1][1] if self._open else self.base
        if here.as_set:
            for i, line in enumerate(_BLANKS.split(data)):
                ends = [replace(here, text="\n")] if i else []
                self.runs += [*ends, replace(here, text=_SPACE.sub(" ", line))]
        else:
            self.runs.append(replace(here, text=_SPACE.sub(" ", data)))


def runs_of(text: Markup | str, base: Run = PLAIN) -> list[Run]:
    """Return the runs of a text; ``base`` is how it looks where nothing else is said.

    A plain string is text, whatever signs it holds.
    """
    reader = _Reader(base)
    reader.feed(text if isinstance(text, Markup) else Markup.escape(text))
    reader.close()
    runs = list(_merged(reader.runs))
    while runs and runs[-1].text == "\n":
        del runs[-1]
    return runs


def _merged(runs: list[Run]) -> Iterator[Run]:
    """Join runs of own words of one look that stand beside each other."""
    last: Run | None = None
    for run in runs:
        if last is not None and "\n" not in (last.text, run.text) and last.kind == "words":
            joined = replace(last, text=run.text) == run
            if joined:
                last = replace(last, text=last.text + run.text)
                continue
        if last is not None and last.text:
            yield last
        last = run
    if last is not None and last.text:
        yield last

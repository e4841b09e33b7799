"""What a report is made of: sections of paragraphs, lists, tables and figures, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from firecover.outputs.i18n import Language

#: Rows of a table that is not broken over two pages.
SHORT = 8
NOTHING = Markup("")


@dataclass(frozen=True)
class Cell:
    """A cell of a table that spans columns, or that stands out."""

    text: Markup
    span: int = 1
    style: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; ``style`` is a class of the style sheet."""

    text: Markup
    style: str = ""
    kind: str = "paragraph"


@dataclass(frozen=True)
class Items:
    """A list."""

    items: Sequence[Markup]
    kind: str = "items"


@dataclass(frozen=True)
class Table:
    """A table; ``align`` has a sign a column: ``l`` words, ``r`` figures, ``c`` a mark."""

    caption: Markup
    head: Sequence[Markup]
    rows: Sequence[Sequence[Cell | Markup]]
    align: str
    style: str = ""
    number: int = 0
    kind: str = "table"

    @property
    def classes(self) -> str:
        """The table's classes in the style sheet; a short one is kept on one page."""
        return f"{self.style} short" if len(self.rows) <= SHORT else self.style


@dataclass(frozen=True)
class Image:
    """A drawing: ``html`` is an ``<img>`` or an ``<svg>``, ``png`` its picture, this wide.

    Below a map stand its approval and those who must be named.
    """

    html: Markup
    png: bytes
    width_mm: float
    is_map: bool = False

    def __html__(self) -> Markup:
        """Return what a page shows."""
        return self.html


@dataclass(frozen=True)
class Picture:
    """A figure."""

    caption: Markup
    image: Image
    note: Markup
    style: str = ""
    number: int = 0
    kind: str = "picture"


Block = Paragraph | Items | Table | Picture


@dataclass(frozen=True)
class Section:
    """A section; one of ``level`` 2 stands within the one of level 1 before it."""

    title: Markup
    blocks: Sequence[Block] = field(default_factory=tuple)
    level: int = 1
    style: str = ""


@dataclass(frozen=True)
class Kinds:
    """Layers that are of one kind of data, and what the kind means."""

    kind: str
    word: Markup
    layers: Markup
    means: Markup


@dataclass(frozen=True)
class Box:
    """The box that tells which layers are modelled, published, derived and observed."""

    title: Markup
    lines: Sequence[Kinds]
    colon: Markup
    text: Markup


@dataclass(frozen=True)
class Report:
    """A report, whatever the format it is written in.

    ``approval`` and ``credits`` are "" where there is nothing to be told.
    """

    lang: Language
    title: Markup
    handling: Markup
    standard: Markup
    box: Box
    sections: Sequence[Section]
    approval: Markup = NOTHING
    credits: Markup = NOTHING

"""What a report is made of: sections of paragraphs, lists, tables and figures, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

#: Rows of a table that is not broken over two pages.
SHORT = 8


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
class Picture:
    """A figure: ``image`` is an ``<img>`` or an ``<svg>``."""

    caption: Markup
    image: Markup
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

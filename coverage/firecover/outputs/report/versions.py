"""The versions that a report was made with: what a run needs to be repeated."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup, escape

from firecover.outputs.manifest import versions
from firecover.outputs.report.document_words import word
from firecover.outputs.report.model import Table
from firecover.outputs.report.reader import Reader

#: Names and versions stand in so many pairs of columns.
PAIRS = 3


def versions_table(reader: Reader, told: Mapping[str, str] | None = None) -> Table:
    """Return the versions of Python, the packages and the libraries, down and then across.

    Parameters
    ----------
    reader
        The results and the language.
    told
        The versions by name; those of this machine if none are given.
    """
    found = list((versions() if told is None else told).items())
    deep = -(-len(found) // PAIRS)
    rows = []
    for at in range(deep):
        row: list[Markup] = []
        for name, version in found[at::deep]:
            row += [_code(name), _code(version)]
        rows.append(row + [Markup("")] * (2 * PAIRS - len(row)))
    heads = [escape(word("versions", key, reader.lang)) for key in ("name", "version")]
    caption = escape(word("versions", "caption", reader.lang))
    return Table(caption, heads * PAIRS, rows, "ll" * PAIRS, style="versions")


def _code(text: str) -> Markup:
    return Markup('<span class="code">{0}</span>').format(text)

"""Sentences of the report on the maps: the same words, the same figures, as plain text."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

from firecover.outputs.maps.layers import Shared
from firecover.outputs.maps.text import LANGUAGES, Pair
from firecover.outputs.report.reader import Reader


def sentence(shared: Shared, write: Callable[[Reader], Markup]) -> Pair | None:
    """Return what the report says, in both languages; None where it says nothing.

    Parameters
    ----------
    shared
        What the pages draw from.
    write
        Writes the sentence from results.json in one language.
    """
    zh, en = (write(Reader(shared.told, lang)).striptags() for lang in LANGUAGES)
    return (zh, en) if zh and en else None

"""What kind of data a layer is, where it comes from, and what was done to it on reading."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from firecover.study import DataKind

Action = Literal["repaired", "left out", "noted"]


@dataclass(frozen=True)
class Provenance:
    """Where a layer comes from; see :class:`firecover.study.ProvenanceTable`.

    ``sha256`` is the hash of the file that was read (empty for a download).
    """

    kind: DataKind
    source: str
    licence: str = ""
    date: dt.date | None = None
    note: str = ""
    file: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class QualityNote:
    """Something that was repaired, left out or is worth knowing, counted.

    Attributes
    ----------
    layer
        The layer it concerns.
    action
        What was done: ``repaired``, ``left out`` or ``noted``.
    count
        How many features it concerns.
    en, zh
        What it is, in both languages, without the count.
    rows
        The first few features: their ids, names or row numbers.
    length_m
        The length of road it concerns, metres, where that says more than the count.
    """

    layer: str
    action: Action
    count: int
    en: str
    zh: str
    rows: tuple[str, ...] = ()
    length_m: float | None = None

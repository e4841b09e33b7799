"""What kind of data a layer is, where it comes from, and what was done to it on reading."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from glob import escape as glob_escape
from pathlib import Path
from typing import Literal

from firecover.study import DataKind, ProvenanceTable

Action = Literal["repaired", "left out", "noted"]


@dataclass(frozen=True)
class Provenance:
    """Where a layer comes from; see :class:`firecover.study.ProvenanceTable`.

    ``sha256`` is the hash of the file that was read, of several files their bytes one after
    the other (empty for a download).
    """

    kind: DataKind
    source: str
    licence: str = ""
    date: dt.date | None = None
    note: str = ""
    file: str = ""
    sha256: str = ""
    attribution: str = ""


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


def file_sha256(*paths: Path) -> str:
    """Return the hash of the bytes of files; of a Shapefile, of its .shp and .dbf together."""
    digest = hashlib.sha256()
    for part in (part for path in paths for part in _parts(path)):
        with part.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


def _parts(path: Path) -> list[Path]:
    if path.suffix.lower() != ".shp":
        return [path]
    sidecars = sorted(path.parent.glob(f"{glob_escape(path.stem)}.[dD][bB][fF]"))
    return [path, *sidecars[:1]]


def provenance_of(
    table: ProvenanceTable, path: Path | Sequence[Path] | None, given: str = ""
) -> Provenance:
    """Put together what the study says of a layer's source and what its file is.

    Parameters
    ----------
    table
        The layer's ``provenance`` in the study file.
    path
        The file or files that were read; None for a download.
    given
        The path as the study gives it.
    """
    files = (path,) if isinstance(path, Path) else tuple(path or ())
    return Provenance(
        kind=table.kind,
        source=table.source,
        licence=table.licence,
        date=table.date,
        note=table.note,
        file=given,
        sha256=file_sha256(*files) if files else "",
        attribution=table.attribution,
    )

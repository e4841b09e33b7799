"""What every format gets to write: a layer brought where it is to go, and its words."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from firecover.layers.provenance import QualityNote
from firecover.outputs.exports.package import Layer, Package
from firecover.outputs.i18n import column_label, column_unit, vocabulary

#: Excel takes a file for UTF-8 only if it begins with the mark of it.
ENCODING = "utf-8-sig"


@dataclass(frozen=True)
class Sheet:
    """A layer or table to be written.

    ``name`` is what it is called there (``stations_gcj02``); ``data`` is a GeoDataFrame in the
    output's CRS, or, of a table, a plain frame; both indexed by the package's keys.
    """

    package: Package
    layer: Layer
    name: str
    data: gpd.GeoDataFrame | pd.DataFrame

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns but the geometry."""
        located = isinstance(self.data, gpd.GeoDataFrame)
        geometry = str(self.data.geometry.name) if located else ""
        return tuple(str(name) for name in self.data.columns if name != geometry)

    @property
    def title(self) -> str:
        """The layer's name for people, and the datum where it is not what one would think."""
        shifted = self.name != self.layer.name
        return f"{self.layer.label} {self.layer.label_en}" + (" (GCJ-02)" if shifted else "")

    @property
    def description(self) -> str:
        """What the layer is made from, how it is to be handled, whom to name, and its datum."""
        shifted = self.name != self.layer.name
        datum = ["坐标已偏移为GCJ-02。Coordinates are shifted to GCJ-02."] if shifted else []
        return "\n".join([*self.package.told, *datum, self.layer.told])


@dataclass(frozen=True)
class Written:
    """A file of an export: what it holds, and what its columns are called there.

    ``crs`` is "" for a table.
    """

    file: str
    layer: Layer
    title: str
    rows: int
    names: Mapping[str, str]
    crs: str


@dataclass(frozen=True)
class Done:
    """What a format has written, and what is to be told of it."""

    files: tuple[Written, ...]
    notes: tuple[QualityNote, ...] = ()


def written(file: str, sheet: Sheet, names: Mapping[str, str] | None = None) -> Written:
    """Return what to remember of a file; ``names`` where the format has names of its own."""
    crs = getattr(sheet.data, "crs", None)
    return Written(
        file,
        sheet.layer,
        sheet.title,
        len(sheet.data),
        names or {name: name for name in sheet.columns},
        f"{crs.to_string()} ({crs.name})" if crs is not None else "",
    )


def write_csv_table(sheet: Sheet, folder: Path) -> Written:
    """Write a table without geometry as CSV (UTF-8, as Excel reads it)."""
    file = f"{sheet.name}.csv"
    sheet.data.to_csv(folder / file, index=False, encoding=ENCODING, lineterminator="\r\n")
    return written(file, sheet)


def write_words(folder: Path, files: Sequence[Written]) -> None:
    """Write what the columns are (``fields.csv``) and what their codes mean (``codes.csv``)."""
    _write(folder / "fields.csv", _FIELDS, _field_rows(files))
    _write(folder / "codes.csv", _CODES, _code_rows(files))


_FIELDS = ("file", "layer", "name", "original", "zh", "en", "unit", "unit_en")
_CODES = ("file", "layer", "name", "code", "zh", "en")


def _field_rows(files: Sequence[Written]) -> Iterable[tuple[str, ...]]:
    for each in files:
        table = each.layer.name
        for column, name in each.names.items():
            words = (column_label(column, "zh", table), column_label(column, "en", table))
            units = (column_unit(column, "zh", table), column_unit(column, "en", table))
            yield (each.file, table, name, column, *words, *units)


def _code_rows(files: Sequence[Written]) -> Iterable[tuple[str, ...]]:
    for each in files:
        table = each.layer.name
        for column, name in each.names.items():
            english = vocabulary(column, "en", table)
            for code, words in vocabulary(column, "zh", table).items():
                yield (each.file, table, name, code, words, english.get(code, ""))


def _write(path: Path, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding=ENCODING, newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(heads)
        writer.writerows(rows)

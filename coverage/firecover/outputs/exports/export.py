"""Export a finished run: read its package, bring it where it is to go, write the format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np

from firecover.errors import OutputError
from firecover.layers.provenance import QualityNote
from firecover.outputs.exports.crs import WGS84, Target, brought, checked, crs_notes
from firecover.outputs.exports.kml import write_kml
from firecover.outputs.exports.package import (
    Layer,
    Package,
    chosen_layers,
    open_package,
    read_rows,
    styles_of,
)
from firecover.outputs.exports.parquet import write_parquet
from firecover.outputs.exports.postgis import write_postgis
from firecover.outputs.exports.readme import note_en, readme_text
from firecover.outputs.exports.shapefile import write_shapefiles
from firecover.outputs.exports.sheets import Done, Sheet, write_words
from firecover.outputs.exports.vector import write_flatgeobuf, write_geojson
from firecover.outputs.folder import replaced_folder

FormatName = Literal["shp", "geojson", "fgb", "parquet", "kml"]
FORMATS: tuple[FormatName, ...] = ("shp", "geojson", "fgb", "parquet", "kml")
#: Formats whose own rules fix WGS-84.
WGS84_ONLY = frozenset({"geojson", "kml"})
FOLDER = "export"
AS_IT_IS = Target()


@dataclass(frozen=True)
class Exported:
    """Where an export went, and what is to be told of it."""

    place: str
    notes: tuple[QualityNote, ...]

    def __str__(self) -> str:
        """Return the place and the notes, a line each."""
        return "\n".join(
            [f"exported: {self.place}", *(f"  {note_en(note)}" for note in self.notes)]
        )


def export_files(
    package: Path, format_name: FormatName, layers: Sequence[str] = (), target: Target = AS_IT_IS
) -> Exported:
    """Write a finished run's layers in one format, into a folder beside its package.

    The folder ``export/<format>`` (``_gcj02`` behind it where coordinates are shifted) is built
    anew as a whole; a failure leaves the last one as it was.

    Parameters
    ----------
    package
        The ``coverage.gpkg`` of a finished run.
    format_name
        One of :data:`FORMATS`.
    layers
        The layers and tables wanted; all of them where none is named.
    target
        The CRS or datum.

    Raises
    ------
    InputError
        If there is no finished run, or no such layer or CRS.
    OutputError
        If the format cannot be written.
    """
    opened = open_package(package)
    chosen = chosen_layers(opened, layers)
    notes = []
    if format_name in WGS84_ONLY:
        if target.crs not in ("", WGS84):
            notes.append(_fixed(format_name, target.crs))
        target = replace(target, crs=WGS84)
    target = checked(target)
    folder = package.parent / FOLDER / f"{format_name}{target.ending}"
    with replaced_folder(folder) as building:
        sheets = _Sheets(opened, chosen, target)
        done = _writer(format_name, opened, target, named=bool(layers))(iter(sheets), building)
        notes += [*sheets.notes(), *done.notes]
        try:
            write_words(building, done.files)
            text = readme_text(opened, format_name, target, done.files, notes)
            (building / "README.txt").write_text(text, encoding="utf-8-sig", newline="\r\n")
        except OSError as error:
            msg = f"{folder} cannot be written: {error}"
            raise OutputError(msg) from error
    return Exported(str(folder), tuple(notes))


def export_postgis(
    package: Path,
    url: str,
    schema: str = "",
    layers: Sequence[str] = (),
    target: Target = AS_IT_IS,
) -> Exported:
    """Write a finished run's layers into a PostGIS database, in one transaction.

    Parameters
    ----------
    package, layers, target
        As for :func:`export_files`.
    url
        The database, as libpq takes it (``postgresql://user@host/db``); a password is better
        kept in ``~/.pgpass`` or ``PGPASSWORD``.
    schema
        The schema; the study's name where it is "".

    Raises
    ------
    InputError
        If there is no finished run, or no such layer or CRS.
    OutputError
        If the database cannot be written to; its tables are as they were.
    """
    opened = open_package(package)
    chosen = chosen_layers(opened, layers)
    target = checked(target)
    sheets = _Sheets(opened, chosen, target)
    styles = styles_of(opened)
    place, notes = write_postgis(iter(sheets), url, schema or opened.study, styles)
    return Exported(place, (*sheets.notes(), *notes))


class _Sheets:
    """The layers one after the other, so that only one is in memory, and what to tell of all."""

    def __init__(self, package: Package, layers: Sequence[Layer], target: Target) -> None:
        self._package, self._layers, self._target = package, layers, target
        self._bounds: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = []
        self._notes: list[QualityNote] = []

    def __iter__(self) -> Iterator[Sheet]:
        source = None
        for layer in self._layers:
            data = read_rows(self._package, layer)
            if isinstance(data, gpd.GeoDataFrame):
                source = data.crs
                if len(data) and np.isfinite(data.total_bounds).all():
                    self._bounds.append(data.total_bounds)
                data = brought(data, self._target, layer.name)
            ending = self._target.ending if layer.geometry_type else ""
            yield Sheet(self._package, layer, f"{layer.name}{ending}", data)
        if source is not None and self._bounds:
            several = np.array(self._bounds)
            whole = np.concatenate([several[:, :2].min(axis=0), several[:, 2:].max(axis=0)])
            self._notes = crs_notes(source, whole, self._target)

    def notes(self) -> list[QualityNote]:
        """Return what is to be told of the CRS, once all layers have been read."""
        return self._notes


def _writer(
    format_name: FormatName, package: Package, target: Target, *, named: bool
) -> Callable[[Iterator[Sheet], Path], Done]:
    writers: dict[FormatName, Callable[[Iterator[Sheet], Path], Done]] = {
        "shp": write_shapefiles,
        "geojson": write_geojson,
        "fgb": write_flatgeobuf,
        "parquet": write_parquet,
        "kml": partial(write_kml, package=package, ending=target.ending, named=named),
    }
    return writers[format_name]


def _fixed(format_name: FormatName, crs: str) -> QualityNote:
    name = {"geojson": "GeoJSON (RFC 7946)", "kml": "KML"}[format_name]
    en = f"{name} is in WGS-84 by its own rules; {crs} is not heeded"
    zh = f"{name}规定采用WGS-84，未采用{crs}"
    return QualityNote("", "noted", 0, en, zh)

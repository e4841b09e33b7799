"""Read a vector file as it is: formats, encodings, layers in a package, the CRS it names."""

from __future__ import annotations

import codecs
import csv
import io
import textwrap
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyogrio.errors
from pyproj import CRS
from pyproj.exceptions import CRSError

from firecover.errors import LayerError, Problem
from firecover.layers.provenance import QualityNote
from firecover.study import LayerTable

VECTOR_SUFFIXES = (".gpkg", ".geojson", ".json", ".shp", ".fgb", ".csv")
#: Share of undecodable characters up to which a dBASE file may still be in an encoding:
#: values cut off at the width of their column end in half a character.
MAX_BAD_SHARE = 0.02
_CODE_PAGE_936 = 0x4D


@dataclass(frozen=True)
class RawLayer:
    """A vector file as it was read, before our names and rules.

    Attributes
    ----------
    data
        The file's columns; the index is the feature's number in the file, from 1. For a
        CSV every value is text and the geometry is empty.
    crs
        The CRS that the file or the study names; None when neither does.
    """

    data: gpd.GeoDataFrame
    crs: CRS | None
    is_csv: bool
    notes: tuple[QualityNote, ...] = ()

    @property
    def columns(self) -> list[str]:
        """The file's attribute columns."""
        return [str(name) for name in self.data.columns if name != self.data.geometry.name]


def read_raw(path: Path, name: str, table: LayerTable) -> RawLayer:
    """Read a vector file.

    Parameters
    ----------
    path
        The file; its suffix says the format.
    name
        The layer's name in the study, for messages.
    table
        The layer's table in the study: ``layer``, ``encoding``, ``crs``.

    Raises
    ------
    LayerError
        If the format is not known, the file is corrupt, the layer in it is not clear, the
        encoding cannot be told, or a CRS is not one.
    """
    suffix = path.suffix.lower()
    if suffix not in VECTOR_SUFFIXES:
        what = f"files of the type {suffix or path.name!r} are not read here"
        remedy = f"give one of: {', '.join(VECTOR_SUFFIXES)}"
        raise LayerError(Problem(what, path.name, name, key="path", remedy=remedy))
    if suffix == ".csv":
        return _read_csv(path, name, table)
    notes: list[QualityNote] = []
    layer = _layer_in(path, name, table)
    encoding = _encoding_of(path, name, table, notes)
    data = _read_with_gdal(path, name, layer, encoding, notes)
    crs = _crs_of(data, path, name, table)
    data.index = pd.RangeIndex(1, len(data) + 1)
    return RawLayer(data, crs, is_csv=False, notes=tuple(notes))


def given_crs(path: Path, name: str, table: LayerTable) -> CRS | None:
    """Return the CRS that the study gives for a layer.

    Raises
    ------
    LayerError
        If it is not a CRS.
    """
    if table.crs is None:
        return None
    try:
        return CRS.from_user_input(table.crs)
    except CRSError as error:
        what = f"{table.crs!r} is not a coordinate reference system"
        remedy = 'write it as "EPSG:4490"'
        raise LayerError(Problem(what, path.name, name, key="crs", remedy=remedy)) from error


def _crs_of(data: gpd.GeoDataFrame, path: Path, name: str, table: LayerTable) -> CRS | None:
    given = given_crs(path, name, table)
    own = None if data.crs is None else CRS.from_user_input(data.crs)
    if own is None or given is None:
        return given or own
    # GeoJSON without a "crs" member is taken for WGS-84 by its standard, not by its maker.
    if own.equals(given, ignore_axis_order=True) or path.suffix.lower() in {".geojson", ".json"}:
        return given
    what = f"the file says its CRS is {own.to_string()[:60]}, the study says {table.crs}"
    remedy = "take `crs` out of the study, or correct the file"
    raise LayerError(Problem(what, path.name, name, key="crs", remedy=remedy))


def _layer_in(path: Path, name: str, table: LayerTable) -> str | None:
    """Choose the layer to read in a file that may hold several."""
    try:
        with warnings.catch_warnings():
            # What there is to say of the layer is said when it is read.
            warnings.simplefilter("ignore")
            listing = pyogrio.list_layers(path)
    except (pyogrio.errors.DataSourceError, RuntimeError, ValueError) as error:
        raise LayerError(_corrupt(path, name, error)) from error
    everything = [str(row[0]) for row in listing]
    spatial = [str(row[0]) for row in listing if row[1] is not None]
    if table.layer is not None:
        if table.layer in everything:
            return table.layer
        what = f"there is no layer {table.layer!r} in the file"
    else:
        choice = spatial or everything
        if not choice:
            raise LayerError(_corrupt(path, name, ValueError("it holds no layer")))
        if len(choice) == 1:
            return choice[0]
        what = f"the file holds {len(choice)} layers, and the study does not say which to read"
    remedy = f"set `layer` to one of: {', '.join(spatial or everything) or '(none)'}"
    raise LayerError(Problem(what, path.name, name, key="layer", remedy=remedy))


#: GDAL's own advice, which is for programmers.
_ADVICE = "; It might help to specify"
_LONGEST = 160


def reason_of(error: Exception, path: Path) -> str:
    """Return what a library says of a file it cannot read, in one line that ends at a word."""
    said = " ".join(str(error).replace(str(path), path.name).split())
    return textwrap.shorten(said.partition(_ADVICE)[0], _LONGEST, placeholder=" …")


def _corrupt(path: Path, name: str, error: Exception) -> Problem:
    reason = reason_of(error, path)
    what = f"the file cannot be read: {reason}" if reason else "the file cannot be read"
    remedy = "open it in QGIS to check it; export or download it again"
    if path.suffix.lower() == ".csv":
        remedy = "check its quotes and commas; save it from a spreadsheet again"
    return Problem(what, path.name, name, remedy=remedy)


def _read_with_gdal(
    path: Path, name: str, layer: str | None, encoding: str | None, notes: list[QualityNote]
) -> gpd.GeoDataFrame:
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            data = pyogrio.read_dataframe(path, layer=layer, encoding=encoding)
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FeatureError,
        pyogrio.errors.GeometryError,
        pyogrio.errors.FieldError,
        RuntimeError,
        ValueError,
        OSError,
    ) as error:
        raise LayerError(_corrupt(path, name, error)) from error
    told = sorted({" ".join(str(warning.message).split())[:160] for warning in caught})
    if told:
        en, zh = "messages of the file reader", "读取文件时的提示"
        notes.append(QualityNote(name, "noted", len(told), en, zh, tuple(told[:5])))
    if not isinstance(data, gpd.GeoDataFrame):
        data = gpd.GeoDataFrame(data, geometry=np.full(len(data), None, dtype=object))
    return data


# --- encodings -----------------------------------------------------------------------------


def _check_encoding(encoding: str, path: Path, name: str) -> None:
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        what = f"{encoding!r} is not an encoding"
        remedy = 'write "utf-8" or "gbk"'
        raise LayerError(Problem(what, path.name, name, key="encoding", remedy=remedy)) from error


def _encoding_of(path: Path, name: str, table: LayerTable, notes: list[QualityNote]) -> str | None:
    """Say in which encoding to read the attributes; None leaves it to the file."""
    if table.encoding is not None:
        _check_encoding(table.encoding, path, name)
    if path.suffix.lower() != ".shp":
        return table.encoding
    dbf = _sidecar(path, "dbf")
    if dbf is None:
        what = "the .dbf with the attributes is missing beside the .shp"
        remedy = "copy all files of the Shapefile (.shp .shx .dbf .prj .cpg) together"
        raise LayerError(Problem(what, path.name, name, key="path", remedy=remedy))
    if table.encoding is not None or _sidecar(path, "cpg") is not None:
        return table.encoding
    head, text = _dbf_text(dbf.read_bytes())
    if text.isascii():
        return None
    if _bad_share(text, "utf-8") <= MAX_BAD_SHARE:
        en, zh = "Shapefile without .cpg, read as UTF-8", "Shapefile 缺少 .cpg，按 UTF-8 读取"
        notes.append(QualityNote(name, "noted", 1, en, zh, (path.name,)))
        return "UTF-8"
    if head[29:30] == bytes([_CODE_PAGE_936]):
        return "gbk"
    looks_gbk = _bad_share(text, "gb18030") <= MAX_BAD_SHARE
    what = "there is no .cpg, so the encoding of the attributes is not known"
    if looks_gbk:
        what += "; it looks like GBK"
        remedy = 'set encoding = "gbk" in the study, or add a .cpg that holds the word GBK'
    else:
        remedy = "set `encoding` in the study, or add a .cpg that names it"
    raise LayerError(Problem(what, path.name, name, key="encoding", remedy=remedy))


def _sidecar(path: Path, suffix: str) -> Path | None:
    for candidate in sorted(path.parent.iterdir()):
        same_stem = candidate.stem.lower() == path.stem.lower()
        if same_stem and candidate.suffix.lower() == f".{suffix}":
            return candidate
    return None


def _dbf_text(content: bytes) -> tuple[bytes, bytes]:
    """Return a dBASE file's head and its text: the names of the columns, and the records.

    Layout: a head of 32 bytes (its length at bytes 8–9), then 32 bytes a column that
    begin with 11 bytes of name, then the records.
    """
    length = int.from_bytes(content[8:10], "little")
    names = b" ".join(
        content[start : start + 11].split(b"\0", maxsplit=1)[0]
        for start in range(32, max(length - 1, 32), 32)
    )
    return content[:32], names + b" " + content[length:]


def _bad_share(text: bytes, encoding: str) -> float:
    decoded = text.decode(encoding, errors="replace")
    foreign = sum(not character.isascii() for character in decoded)
    return decoded.count("\ufffd") / max(foreign, 1)


# --- CSV -----------------------------------------------------------------------------------


def _read_csv(path: Path, name: str, table: LayerTable) -> RawLayer:
    text = _csv_text(path, name, table)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
        rows = [row for row in reader if row]
    except csv.Error as error:
        raise LayerError(_corrupt(path, name, error)) from error
    if not rows:
        remedy = "give it a first row with the names of the columns"
        raise LayerError(Problem("the file is empty", path.name, name, remedy=remedy))
    header = [cell.strip() for cell in rows[0]]
    _check_header(header, path, name)
    problems = [
        Problem(
            f"the row has {len(row)} cells, the head has {len(header)}",
            path.name,
            name,
            row=number,
            remedy="put cells that hold a comma into double quotes",
        )
        for number, row in enumerate(rows[1:], start=1)
        if len(row) != len(header)
    ]
    if problems:
        raise LayerError(problems)
    frame = pd.DataFrame(rows[1:], columns=header, dtype=str)
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    data = gpd.GeoDataFrame(frame, geometry=np.full(len(frame), None, dtype=object))
    return RawLayer(data, given_crs(path, name, table), is_csv=True)


def _delimiter(text: str) -> str:
    """Tell commas from the semicolons and tabs that spreadsheets also write."""
    head = text.split("\n", maxsplit=1)[0]
    return max(",;\t", key=head.count)


def _check_header(header: Sequence[str], path: Path, name: str) -> None:
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        what = f"columns stand twice in the head: {', '.join(twice)}"
        remedy = "give each column its own name"
        raise LayerError(Problem(what, path.name, name, remedy=remedy))
    if "geometry" in header:
        what = "a column called 'geometry' cannot be read from a CSV"
        remedy = "rename it; positions go into the columns lon and lat"
        raise LayerError(Problem(what, path.name, name, key="geometry", remedy=remedy))


def _csv_text(path: Path, name: str, table: LayerTable) -> str:
    content = path.read_bytes()
    encoding = table.encoding or "utf-8-sig"
    _check_encoding(encoding, path, name)
    if encoding.lower() in {"utf-8", "utf8"}:
        encoding = "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        what = f"the text is not {table.encoding or 'UTF-8'}"
        remedy = "set `encoding` in the study, or save the file as UTF-8"
        if table.encoding is None and _bad_share(content, "gb18030") <= MAX_BAD_SHARE:
            what += "; it looks like GBK"
            remedy = 'set encoding = "gbk" in the study, or save the file as UTF-8'
        raise LayerError(Problem(what, path.name, name, key="encoding", remedy=remedy)) from error

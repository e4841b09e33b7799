"""Write layers as Shapefiles, and tables as DBF, so that Chinese survives.

A DBF holds names of ten characters and texts of 254 bytes, knows no null for text, and neither
part of a Shapefile may exceed 2 GB (ESRI Shapefile Technical Description, 1998; dBASE III).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from firecover.errors import OutputError
from firecover.layers.provenance import QualityNote
from firecover.outputs.exports.sheets import Done, Sheet, written
from firecover.outputs.exports.short_names import short_names
from firecover.outputs.exports.vector import write_vector

TEXT_BYTES = 254
FILE_BYTES = 2**31 - 1
_OPTIONS = {
    "ENCODING": "UTF-8",
    "2GB_LIMIT": "YES",
    # The head of a DBF holds the day; the same results make the same bytes.
    "DBF_DATE_LAST_UPDATE": "1980-01-01",
}
#: What one Shapefile may hold together → the ending of its name where a layer is parted.
_FAMILIES = {
    "Point": "point",
    "MultiPoint": "multipoint",
    "LineString": "line",
    "MultiLineString": "line",
    "Polygon": "polygon",
    "MultiPolygon": "polygon",
}
_TYPE_OF = {
    "point": "Point",
    "multipoint": "MultiPoint",
    "line": "MultiLineString",
    "polygon": "MultiPolygon",
}


def write_shapefiles(sheets: Iterable[Sheet], folder: Path) -> Done:
    """Write each layer as a Shapefile in UTF-8 with its ``.cpg``; tables as ``.dbf`` alone.

    Raises
    ------
    OutputError
        If a file cannot be written, or would be larger than 2 GB.
    """
    files, notes = [], []
    for sheet in sheets:
        for part in _parts(sheet):
            short, cut = _for_dbf(part)
            ending = "shp" if sheet.layer.geometry_type else "dbf"
            path = folder / f"{part.name}.{ending}"
            write_vector(short, path, "ESRI Shapefile", _OPTIONS)
            _check_size(path)
            files.append(written(path.name, part, short_names(part.columns)))
            notes += cut
    zh = "DBF中文本无空值（与空字符串相同）；数字空值在部分软件中显示为0，请以GeoPackage为准"
    en = (
        "in a DBF an empty text may be null, and some programs show a null number as 0: where it "
        "matters, look into the GeoPackage"
    )
    return Done(tuple(files), (*notes, QualityNote("", "noted", 0, en, zh)))


def _parts(sheet: Sheet) -> Iterator[Sheet]:
    """Part a layer by what a Shapefile may hold together; rows that are nowhere go first."""
    if not isinstance(sheet.data, gpd.GeoDataFrame):
        yield sheet
        return
    families = sheet.data.geometry.geom_type.map(_FAMILIES)
    present = [name for name in _TYPE_OF if (families == name).any()]
    declared = _FAMILIES.get(sheet.layer.geometry_type)
    if len(present) <= 1:
        family = (present or [declared or "point"])[0]
        yield _of_family(sheet, sheet.data, family, sheet.name)
        return
    for i, family in enumerate(present):
        rows = families.eq(family) | (families.isna() if i == 0 else False)
        yield _of_family(sheet, sheet.data[rows], family, f"{sheet.name}_{family}")


def _of_family(sheet: Sheet, data: gpd.GeoDataFrame, family: str, name: str) -> Sheet:
    kind = _TYPE_OF[family]
    return replace(sheet, data=data, name=name, layer=replace(sheet.layer, geometry_type=kind))


def _for_dbf(sheet: Sheet) -> tuple[Sheet, list[QualityNote]]:
    """Return the layer with short names and texts that fit, and tell which were cut."""
    data, notes = sheet.data.copy(), []
    for column in sheet.columns:
        if not (data[column].dtype == object or isinstance(data[column].dtype, pd.StringDtype)):
            continue
        texts = data[column].map(_cut, na_action="ignore")
        changed = int((texts.ne(data[column]) & data[column].notna()).sum())
        data[column] = texts
        if changed:
            en = f"texts in {column!r} are cut to {TEXT_BYTES} bytes, all that a DBF holds"
            zh = f"字段{column}的文本截至{TEXT_BYTES}字节（DBF上限）"
            notes.append(QualityNote(sheet.name, "noted", changed, en, zh))
    return replace(sheet, data=data.rename(columns=short_names(sheet.columns))), notes


def _cut(value: object) -> object:
    if not isinstance(value, str):
        return value
    encoded = value.encode()
    return value if len(encoded) <= TEXT_BYTES else encoded[:TEXT_BYTES].decode(errors="ignore")


def _check_size(path: Path) -> None:
    for part in path.parent.glob(f"{path.stem}.*"):
        if part.stat().st_size > FILE_BYTES:
            msg = (
                f"{part.name} would be larger than 2 GB, which no Shapefile may be → leave the "
                "layer out with --layers, or take --format fgb"
            )
            raise OutputError(msg)

"""Write layers as GeoJSON and FlatGeobuf, one file a layer; tables beside them as CSV."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import shapely

from firecover.errors import OutputError
from firecover.layers.provenance import QualityNote
from firecover.outputs.exports.sheets import Done, Sheet, write_csv_table, written

#: RFC 7946 advises no more: 1e-7 degrees are a centimetre.
DIGITS = 7
_FAILURES = (
    OSError,
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
)


def write_vector(sheet: Sheet, path: Path, driver: str, options: dict[str, str]) -> None:
    """Write one layer or table through GDAL, with the type of geometry that the package names.

    Raises
    ------
    OutputError
        If GDAL cannot.
    """
    kind = sheet.layer.geometry_type
    more: dict[str, Any] = {}
    if isinstance(sheet.data, gpd.GeoDataFrame):
        more = {"geometry_type": kind, "promote_to_multi": kind.startswith("Multi")}
    try:
        data = sheet.data.reset_index(drop=True)
        pyogrio.write_dataframe(data, path, driver=driver, layer_options=options, **more)
    except _FAILURES as error:
        msg = f"{path.name} cannot be written: {error} → leave it out with --layers"
        raise OutputError(msg) from error


def write_geojson(sheets: Iterable[Sheet], folder: Path) -> Done:
    """Write GeoJSON after RFC 7946: WGS-84, no ``crs`` member, outer rings anticlockwise.

    Parameters
    ----------
    sheets
        Layers in WGS-84, or shifted to GCJ-02 and called so.
    folder
        Where the files go.
    """
    files = []
    for sheet in sheets:
        if not sheet.layer.geometry_type:
            files.append(write_csv_table(sheet, folder))
            continue
        name = f"{sheet.name}.geojson"
        members = {"title": sheet.title, "description": sheet.description}
        options = {
            "RFC7946": "YES",
            "COORDINATE_PRECISION": str(DIGITS),
            "FOREIGN_MEMBERS_COLLECTION": json.dumps(members, ensure_ascii=False),
        }
        write_vector(sheet, folder / name, "GeoJSON", options)
        files.append(written(name, sheet))
    return Done(tuple(files))


def write_flatgeobuf(sheets: Iterable[Sheet], folder: Path) -> Done:
    """Write FlatGeobuf, with a spatial index where every row has a geometry.

    With an index, the format puts the rows into the order of a Hilbert curve.
    """
    files, notes = [], []
    for sheet in sheets:
        if not isinstance(sheet.data, gpd.GeoDataFrame):
            files.append(write_csv_table(sheet, folder))
            continue
        name = f"{sheet.name}.fgb"
        shapes = sheet.data.geometry.to_numpy()
        nowhere = int((shapely.is_missing(shapes) | shapely.is_empty(shapes)).sum())
        options = {
            "TITLE": sheet.title,
            "DESCRIPTION": sheet.description,
            "SPATIAL_INDEX": "NO" if nowhere else "YES",
        }
        write_vector(sheet, folder / name, "FlatGeobuf", options)
        files.append(written(name, sheet))
        if nowhere:
            en = "without a geometry: FlatGeobuf allows no spatial index beside them"
            zh = "无几何图形，按FlatGeobuf格式规定该图层不建空间索引"
            notes.append(QualityNote(sheet.name, "noted", nowhere, en, zh))
    return Done(tuple(files), tuple(notes))

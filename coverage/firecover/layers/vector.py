"""Read a layer of features: our columns, our words, the study's CRS, checked and repaired."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from firecover.layers import placing
from firecover.layers.columns import (
    check_rows,
    check_values_keys,
    find_columns,
    map_words,
    to_number,
)
from firecover.layers.files import RawLayer, read_raw
from firecover.layers.findings import Findings
from firecover.layers.model import VectorLayer
from firecover.layers.provenance import provenance_of
from firecover.layers.schema import SCHEMAS, Field, LayerSchema, canonical_columns
from firecover.study import LayerTable

#: Township seats may lie this far outside a boundary that is itself generalised.
SEAT_REACH_M = 5_000.0
_COORDINATES = ("lon", "lat", "x", "y")
#: Columns that GIS programs add by themselves, so that nobody misses them.
_BOOKKEEPING = frozenset(
    {"fid", "ogc_fid", "objectid", "objectid_1", "shape_leng", "shape_length", "shape_area"}
)
#: Line breaks and tabs become a space; other control characters, and those that turn the
#: direction of writing, are taken out.
_BREAKS = re.compile(r"[\t\n\r\v\f\x85\u2028\u2029]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def read_vector(
    name: str,
    path: Path,
    table: LayerTable,
    study_crs: str,
    area: BaseGeometry | None = None,
    *,
    given: str = "",
) -> VectorLayer:
    """Read a layer of features and check it against its schema.

    Parameters
    ----------
    name
        The layer's name in the study; its schema goes by it.
    path
        GeoPackage, Shapefile, GeoJSON, FlatGeobuf or CSV.
    table
        The layer's table in the study.
    study_crs
        The CRS to bring it to.
    area
        The study area in that CRS; None while it is not known, then nothing is said of
        features that lie far off.
    given
        The path as the study gives it, for the provenance.

    Raises
    ------
    LayerError
        With every problem found in the layer.
    """
    schema = SCHEMAS[name]
    findings = Findings(path.name, name)
    raw = read_raw(path, name, table)
    findings.notes.extend(raw.notes)
    if raw.data.empty:
        findings.problem(
            "the layer has no features", remedy="check the file; or take the layer out"
        )
        findings.stop_if_any()
    raw = without_duplicates(raw, findings)
    columns = _columns(raw, schema, table, findings)
    geometry = _raw_geometry(raw, columns, schema, findings)
    frame = _attributes(raw, columns, schema, table, findings)
    labels = _labels(frame, schema)
    placed = placing.no_shapes(frame.index, study_crs)
    if geometry is not None:
        placed = _place(
            geometry,
            schema,
            table,
            study_crs=study_crs,
            area=area,
            labels=labels,
            findings=findings,
        )
    if "seat_lon" in frame:
        frame = _place_seats(frame, table, study_crs, area, findings)
    findings.stop_if_any()
    if "area_m2" in schema.measured:
        frame["area_m2"] = placed.area
    data = gpd.GeoDataFrame(
        frame[canonical_columns(schema)], geometry=placed, crs=study_crs
    ).reset_index(drop=True)
    source = provenance_of(table.provenance, path, given or str(table.path))
    return VectorLayer(name, data, source, tuple(findings.notes))


def empty_layer(name: str, study_crs: str) -> VectorLayer:
    """Return a layer that the study does not give: all columns, no rows."""
    schema = SCHEMAS[name]
    kinds = {field.name: field.kind for field in schema.fields}
    columns = {
        column: pd.Series(dtype="str" if kinds.get(column) == "text" else "float64")
        for column in canonical_columns(schema)
    }
    data = gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=study_crs))
    return VectorLayer(name, data, None)


# --- attributes ----------------------------------------------------------------------------


def as_text(values: pd.Series[str]) -> pd.Series[str]:
    """Write the values of any column as text: whole numbers without a point, none as ""."""

    def text(value: object) -> str:
        if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
            return ""
        if isinstance(value, float | np.floating) and float(value).is_integer():
            return str(int(value))
        if isinstance(value, bool | np.bool_):
            return "true" if value else "false"
        return str(value).strip()

    texts = [text(value) for value in values.astype(object)]
    return pd.Series(texts, index=values.index, dtype="str")


def clean_text(values: pd.Series[str]) -> pd.Series[str]:
    """Take control characters out of texts."""
    cleaned = [_CONTROLS.sub("", _BREAKS.sub(" ", value)).strip() for value in values]
    return pd.Series(cleaned, index=values.index, dtype="str")


def without_duplicates(raw: RawLayer, findings: Findings) -> RawLayer:
    """Leave out features that repeat another one, attributes and geometry alike."""
    keys = pd.DataFrame({column: as_text(raw.data[column]) for column in raw.columns})
    keys["__wkb"] = [
        "" if shape is None else shapely.to_wkb(shape, hex=True) for shape in raw.data.geometry
    ]
    keys.index = raw.data.index
    twice = keys.duplicated(keep="first").to_numpy()
    rows = [f"row {row}" for row in raw.data.index[twice]]
    findings.note("left out", "exact duplicates of other features", "与其他要素完全重复", rows)
    if not twice.any():
        return raw
    kept = raw.data.loc[~twice]
    return RawLayer(kept, raw.crs, raw.is_csv, raw.notes)


def _columns(
    raw: RawLayer, schema: LayerSchema, table: LayerTable, findings: Findings
) -> dict[str, str]:
    check_values_keys(schema, table, findings)
    generated = "id" if schema.identity == "id" else ""
    extra = _COORDINATES if raw.is_csv else ()
    columns = find_columns(
        schema.fields, raw.columns, table, findings, extra=extra, generated=generated
    )
    used = set(columns.values())
    unused = [
        column
        for column in raw.columns
        if column not in used and column.lower() not in _BOOKKEEPING
    ]
    en, zh = "columns of the file that are not used", "文件中未使用的字段"
    findings.note("noted", en, zh, unused)
    return columns


def _attributes(
    raw: RawLayer,
    columns: dict[str, str],
    schema: LayerSchema,
    table: LayerTable,
    findings: Findings,
) -> pd.DataFrame:
    """Return our columns, checked; the index is the row in the file."""
    frame = pd.DataFrame(index=raw.data.index)
    checked: list[Field] = []
    dirty: set[int] = set()
    for field in schema.fields:
        if field.name in columns:
            texts = as_text(raw.data[columns[field.name]])
            cleaned = clean_text(texts)
            dirty.update(int(row) for row in texts.index[texts != cleaned])
            checked.append(field)
        else:
            cleaned = pd.Series("", index=frame.index, dtype="str")
        if field.kind == "number":
            frame[field.name] = to_number(cleaned, field, findings)
        else:
            frame[field.name] = map_words(cleaned, field, table, findings)
    if schema.identity == "id" and "id" not in columns and "id" not in table.fields:
        ids = [f"{schema.name}-{row}" for row in frame.index]
        frame["id"] = pd.Series(ids, index=frame.index, dtype="str")
        en, zh = "no column id: ids were made from the row numbers", "无 id 字段：按行号生成编号"
        findings.note("noted", en, zh, [], count=len(ids))
    en, zh = "control characters taken out of texts", "已去除文本中的控制字符"
    findings.note("repaired", en, zh, [f"row {row}" for row in sorted(dirty)])
    check_rows(frame, checked, findings)
    return frame


def _labels(frame: pd.DataFrame, schema: LayerSchema) -> list[str]:
    """Name each row for the notes: by its name, else its id, else its number."""
    labels = pd.Series([f"row {row}" for row in frame.index], index=frame.index, dtype="str")
    for column in (schema.identity, "name"):
        if column in frame:
            labels = frame[column].where(frame[column] != "", labels)
    return [str(label) for label in labels]


# --- positions -----------------------------------------------------------------------------


def _raw_geometry(
    raw: RawLayer, columns: dict[str, str], schema: LayerSchema, findings: Findings
) -> gpd.GeoSeries | None:
    """Return the geometries in the file's CRS; None where a problem was added."""
    if not raw.is_csv:
        if raw.crs is None and not raw.data.geometry.isna().all():
            findings.problem(
                "the file names no CRS",
                key="crs",
                remedy='say it in the study, such as crs = "EPSG:4490", or add a .prj',
            )
            return None
        crs = raw.crs or CRS.from_user_input(placing.WGS84)
        return raw.data.geometry.set_crs(crs, allow_override=True)
    if "point" not in schema.geometry:
        if not schema.geometry_optional:
            remedy = "give a GeoPackage, Shapefile, GeoJSON or FlatGeobuf"
            findings.problem("a CSV holds no areas", key="path", remedy=remedy)
            return None
        return placing.no_shapes(raw.data.index, placing.WGS84)
    return _csv_points(raw, columns, findings)


def _csv_points(raw: RawLayer, columns: dict[str, str], findings: Findings) -> gpd.GeoSeries | None:
    projected = raw.crs is not None and not raw.crs.is_geographic
    pair = ("x", "y") if projected or not {"lon", "lat"} <= columns.keys() else ("lon", "lat")
    if not set(pair) <= columns.keys():
        wanted = ("x", "y") if projected else ("lon", "lat")
        what = f"the columns {wanted[0]} and {wanted[1]} are missing; it has: "
        remedy = f'say which they are: fields = {{ {wanted[0]} = "…", {wanted[1]} = "…" }}'
        findings.problem(what + ", ".join(raw.columns), key=wanted[0], remedy=remedy)
        return None
    if pair == ("x", "y") and raw.crs is None:
        remedy = 'say it in the study, such as crs = "EPSG:4545"'
        findings.problem("x and y are given, but no CRS", key="crs", remedy=remedy)
        return None
    x, y = (
        to_number(as_text(raw.data[columns[key]]), Field(columns[key], "number"), findings)
        for key in pair
    )
    return points_of(x, y, raw.crs or CRS.from_user_input(placing.WGS84), pair, findings)


def points_of(
    x: pd.Series[float], y: pd.Series[float], crs: CRS, names: tuple[str, str], findings: Findings
) -> gpd.GeoSeries:
    """Make points of two columns; none where both are empty, a problem where one is."""
    half = x.index[x.isna() != y.isna()]
    findings.problem_rows(
        [int(row) for row in half],
        f"only one of {names[0]} and {names[1]} is given",
        key=names[0],
        remedy="give both, or leave both empty",
    )
    given = (x.notna() & y.notna()).to_numpy()
    points = np.full(len(x), None, dtype=object)
    points[given] = shapely.points(x.to_numpy()[given], y.to_numpy()[given])
    return gpd.GeoSeries(points, index=x.index, crs=crs)


def _place(
    geometry: gpd.GeoSeries,
    schema: LayerSchema,
    table: LayerTable,
    *,
    study_crs: str,
    area: BaseGeometry | None,
    labels: list[str],
    findings: Findings,
) -> gpd.GeoSeries:
    nowhere = placing.no_shapes(geometry.index, study_crs)
    _tell_missing(geometry, schema, labels, findings)
    empty = (geometry.isna() | geometry.is_empty).to_numpy()
    present = placing.take(geometry, ~empty)
    if present.empty:
        return nowhere
    present = placing.check_types(present, schema.geometry, findings)
    if not placing.check_range(present, findings):
        return nowhere
    placed = placing.to_study(present, table.datum, study_crs)
    placing.note_rough_datum(present, study_crs, findings)
    placed = placing.repair_polygons(
        placed, [label for label, none in zip(labels, empty, strict=True) if not none], findings
    )
    if schema.name == "boundary":
        placing.check_area_of_use(placed, present, findings)
    else:
        placing.check_place(
            present, placed, schema, area=area, datum=table.datum, findings=findings
        )
    nowhere[~empty] = placed
    return nowhere


def _tell_missing(
    geometry: gpd.GeoSeries, schema: LayerSchema, labels: list[str], findings: Findings
) -> None:
    missing = (geometry.isna() | geometry.is_empty).to_numpy()
    if schema.geometry_optional:
        names = [label for label, none in zip(labels, missing, strict=True) if none]
        if schema.geometry == "point":
            findings.note("noted", "no position known", "位置未知", names)
        else:
            findings.note("noted", "no area known", "范围未知", names)
        return
    findings.problem_rows(
        [int(row) for row in geometry.index[missing]],
        "the feature has no geometry",
        key="geometry",
        remedy="give it one, or take it out of the file",
    )


def _place_seats(
    frame: pd.DataFrame,
    table: LayerTable,
    study_crs: str,
    area: BaseGeometry | None,
    findings: Findings,
) -> pd.DataFrame:
    """Turn seat_lon and seat_lat into seat_x_m and seat_y_m."""
    wgs84 = CRS.from_user_input(placing.WGS84)
    names = ("seat_lon", "seat_lat")
    seats = points_of(frame["seat_lon"], frame["seat_lat"], wgs84, names, findings)
    seats = placing.take(seats, seats.notna().to_numpy())
    xy = pd.DataFrame(np.nan, index=frame.index, columns=["seat_x_m", "seat_y_m"])
    if placing.check_range(seats, findings) and not seats.empty:
        placed = placing.to_study(seats, table.datum, study_crs)
        placing.check_place(
            seats,
            placed,
            SCHEMAS["townships"],
            area=area,
            datum=table.datum,
            findings=findings,
            key="seat_lon",
            reach_m=SEAT_REACH_M,
        )
        xy.loc[placed.index, "seat_x_m"] = placed.x
        xy.loc[placed.index, "seat_y_m"] = placed.y
    return frame.join(xy)


def study_area(boundary: VectorLayer) -> BaseGeometry:
    """Return the study area, the union of the boundary's polygons, in the study's CRS."""
    area: BaseGeometry = shapely.union_all(boundary.data.geometry.to_numpy())
    return area

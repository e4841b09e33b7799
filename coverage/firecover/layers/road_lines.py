"""Read roads from a file of lines, and find out where they meet."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from firecover.layers import placing
from firecover.layers.columns import check_values_keys, find_columns, map_words
from firecover.layers.files import RawLayer, read_raw
from firecover.layers.findings import Findings
from firecover.layers.joining import join_ends
from firecover.layers.model import Roads
from firecover.layers.provenance import provenance_of
from firecover.layers.road_limits import limit_of, weight_of
from firecover.layers.road_parts import (
    CLIP_M,
    Ways,
    clip,
    leave_out,
    make_roads,
    not_for_engines,
)
from firecover.layers.schema import Field, LayerSchema
from firecover.layers.tags import (
    ACCESS_WORDS,
    DRIVABLE,
    NOT_DRIVABLE,
    ROAD_WORDS,
    SURFACE_WORDS,
    access_of,
    is_set,
    length_of,
    maxspeed_of,
    oneway_of,
)
from firecover.layers.vector import as_text, clean_text, without_duplicates
from firecover.study import LayerTable

#: Coordinates that agree to this are the same point, metres.
IDENTITY_M = 0.001
SCHEMA = LayerSchema(
    "roads",
    "line",
    (
        Field("road_class", required=True, words=ROAD_WORDS),
        Field("name"),
        Field("ref"),
        Field("oneway"),
        Field("maxspeed_kmh"),
        Field("lanes"),
        Field("width_m"),
        Field("bridge"),
        Field("tunnel"),
        Field("surface", words=SURFACE_WORDS),
        Field("tracktype"),
        Field("smoothness"),
        Field("maxweight_t"),
        Field("maxheight_m"),
        Field("maxwidth_m"),
        Field("access", words=ACCESS_WORDS),
        Field("ford"),
        Field("id"),
    ),
)
#: One-way letters of OpenStreetMap extracts as Shapefiles: forward, against, both.
_LETTERS = {"f": 1, "t": -1, "b": 0}


def read_road_lines(
    path: Path,
    table: LayerTable,
    study_crs: str,
    area: BaseGeometry | None = None,
    *,
    clip_m: float = CLIP_M,
    given: str = "",
) -> Roads:
    """Read roads from lines.

    Lines meet where they share a vertex (equal to a millimetre), and where the end of one
    comes within ``snap_tolerance_m`` of another; lines that merely cross do not meet.

    Parameters
    ----------
    path
        GeoPackage, Shapefile, GeoJSON or FlatGeobuf of lines.
    table
        The layer's table in the study, with ``fields`` and ``values``.
    study_crs
        The CRS to bring the roads to.
    area
        The study area in that CRS; None keeps all.
    clip_m
        Lines with no vertex within this distance of the study area are left out, metres.
    given
        The path as the study gives it, for the provenance.

    Raises
    ------
    LayerError
        With every problem found: unknown road classes, no class column, no CRS.
    """
    findings = Findings(path.name, "roads")
    raw = read_raw(path, "roads", table)
    findings.notes.extend(raw.notes)
    if raw.data.empty:
        findings.problem("the layer has no features", remedy="check the file")
        findings.stop_if_any()
    raw = without_duplicates(raw, findings)
    attributes = _attributes(raw, table, findings)
    lines = _lines(raw, table, study_crs, area, findings)
    findings.stop_if_any()
    ways = _flat(lines, attributes)
    reasons = [
        None if road_class in DRIVABLE else not_for_engines(road_class)
        for road_class in ways.attributes["road_class"]
    ]
    ways, kept = clip(ways, reasons, area, clip_m, findings)
    ways = leave_out(ways, kept, findings)
    ways = join_ends(ways, table.snap_tolerance_m, findings)
    source = provenance_of(table.provenance, path, given or str(table.path))
    return make_roads(ways, study_crs, source, findings)


# --- attributes ----------------------------------------------------------------------------


def _attributes(raw: RawLayer, table: LayerTable, findings: Findings) -> pd.DataFrame:
    """Return the columns of ``Roads.attributes``; the index is the row in the file."""
    check_values_keys(SCHEMA, table, findings)
    columns = find_columns(SCHEMA.fields, raw.columns, table, findings)
    texts = {}
    for field in SCHEMA.fields:
        if field.name in columns:
            text = clean_text(as_text(raw.data[columns[field.name]]))
            texts[field.name] = map_words(text, field, table, findings)
        else:
            texts[field.name] = pd.Series("", index=raw.data.index, dtype="str")
    road_class = texts["road_class"].str.lower()
    if "road_class" in columns:
        _check_classes(road_class, columns["road_class"], findings)
    ids = texts["id"].where(
        texts["id"] != "", pd.Series(raw.data.index.astype(str), raw.data.index)
    )
    return pd.DataFrame(
        {
            "source_id": ids,
            "road_class": road_class,
            "oneway": _oneways(texts["oneway"], road_class, findings),
            "maxspeed_kmh": _maxspeeds(texts["maxspeed_kmh"], findings),
            "name": texts["name"],
            "ref": texts["ref"],
            "bridge": [is_set(value) for value in texts["bridge"]],
            "tunnel": [is_set(value) for value in texts["tunnel"]],
            "lanes": [_positive(length_of(value)) for value in texts["lanes"]],
            "width_m": _limits(texts["width_m"], limit_of, "road widths", "路宽", findings),
            "surface": texts["surface"],
            "tracktype": _tracktypes(texts["tracktype"], raw, columns.get("road_class")),
            "smoothness": texts["smoothness"],
            "maxweight_t": _limits(
                texts["maxweight_t"], weight_of, "weight limits", "限重", findings
            ),
            "maxheight_m": _limits(
                texts["maxheight_m"], limit_of, "height limits", "限高", findings
            ),
            "maxwidth_m": _limits(texts["maxwidth_m"], limit_of, "width limits", "限宽", findings),
            "access": [access_of({"access": value.lower()}) for value in texts["access"]],
            "ford": [is_set(value) for value in texts["ford"]],
        },
        index=raw.data.index,
    )


def _positive(value: float) -> float:
    return value if value > 0 else math.nan


def _tracktypes(texts: pd.Series[str], raw: RawLayer, class_column: str | None) -> pd.Series[str]:
    """Take the grade of a track from its class where the file has it there."""
    if class_column is None:
        return texts
    kinds = clean_text(as_text(raw.data[class_column])).str.lower()
    grades = kinds.where(kinds.str.startswith("track_grade"), "").str.removeprefix("track_")
    return texts.where(texts != "", grades)


def _limits(
    texts: pd.Series[str],
    read: Callable[[str], tuple[float, bool]],
    en: str,
    zh: str,
    findings: Findings,
) -> list[float]:
    # As with speeds, 0 stands for "not known" in many a file.
    read_texts = [read("" if value in {"0", "0.0", "-1"} else value) for value in texts]
    odd = [value for value, (_, good) in zip(texts, read_texts, strict=True) if not good]
    en, zh = f"{en} not understood, taken as none", f"无法识别的{zh}，按未给出处理"
    findings.note("noted", en, zh, sorted(set(odd)), count=len(odd))
    return [limit for limit, _ in read_texts]


def _check_classes(road_class: pd.Series[str], column: str, findings: Findings) -> None:
    known = {*DRIVABLE, *NOT_DRIVABLE}
    unknown = Counter(value for value in road_class if value not in known)
    if not unknown:
        return
    listing = ", ".join(
        f"{value or '(empty)'} ({count})" for value, count in unknown.most_common(30)
    )
    first = unknown.most_common(1)[0][0]
    findings.problem(
        f"road classes that are not known: {listing}",
        row=int(road_class.index[road_class == first][0]),
        key=column,
        remedy=(
            f'map each in the study: values.road_class = {{ "{first}" = "tertiary" }}; '
            f"known are: {', '.join(DRIVABLE)}"
        ),
    )


def _oneways(texts: pd.Series[str], road_class: pd.Series[str], findings: Findings) -> list[int]:
    letters = {value.lower() for value in texts.unique()} - {""}
    if "b" in letters and letters <= _LETTERS.keys():
        return [_LETTERS.get(value.lower(), 0) for value in texts]
    read = [
        oneway_of(value, road_class=kind) for value, kind in zip(texts, road_class, strict=True)
    ]
    odd = Counter(value for value, way in zip(texts, read, strict=True) if way is None)
    if odd:
        listing = ", ".join(f"{value} ({count})" for value, count in odd.most_common(30))
        remedy = (
            f'map each in the study: values.oneway = {{ "{odd.most_common(1)[0][0]}" = "yes" }} '
            '(or "no", "-1" for against the line)'
        )
        findings.problem(f"one-way values not understood: {listing}", key="oneway", remedy=remedy)
    return [way or 0 for way in read]


def _maxspeeds(texts: pd.Series[str], findings: Findings) -> list[float]:
    # 0 stands for "not known" in many a file.
    read = [maxspeed_of("" if value in {"0", "-1"} else value) for value in texts]
    odd = [value for value, (_, understood) in zip(texts, read, strict=True) if not understood]
    en, zh = "speed limits not understood, taken as none", "无法识别的限速，按无限速处理"
    findings.note("noted", en, zh, sorted(set(odd)), count=len(odd))
    return [speed for speed, _ in read]


# --- geometry ------------------------------------------------------------------------------


def _lines(
    raw: RawLayer,
    table: LayerTable,
    study_crs: str,
    area: BaseGeometry | None,
    findings: Findings,
) -> gpd.GeoSeries:
    """Return the lines in the study's CRS; rows without one are a problem."""
    nowhere = placing.no_shapes(raw.data.index, study_crs)
    if raw.is_csv:
        remedy = "give a GeoPackage, Shapefile, GeoJSON, FlatGeobuf or OpenStreetMap file"
        findings.problem("a CSV holds no lines", key="path", remedy=remedy)
        return nowhere
    if raw.crs is None:
        remedy = 'say it in the study, such as crs = "EPSG:4490", or add a .prj'
        findings.problem("the file names no CRS", key="crs", remedy=remedy)
        return nowhere
    lines = raw.data.geometry.set_crs(raw.crs, allow_override=True)
    missing = (lines.isna() | lines.is_empty).to_numpy()
    findings.problem_rows(
        [int(row) for row in lines.index[missing]],
        "the feature has no geometry",
        key="geometry",
        remedy="give it one, or take it out of the file",
    )
    present = placing.check_types(placing.take(lines, ~missing), SCHEMA.geometry, findings)
    if findings.problems or not placing.check_range(present, findings):
        return nowhere
    placed = placing.to_study(present, table.datum, study_crs)
    placing.note_rough_datum(present, study_crs, findings)
    finite = np.isfinite(shapely.bounds(placed.to_numpy()))
    findings.problem_rows(
        [int(row) for row in placed.index[np.flatnonzero(~finite.all(axis=1))]],
        "the line has a vertex where the study's CRS cannot show it",
        key="geometry",
        remedy="correct its coordinates, or take it out",
    )
    placing.check_place(present, placed, SCHEMA, area=area, datum=table.datum, findings=findings)
    return placed


def _flat(lines: gpd.GeoSeries, attributes: pd.DataFrame) -> Ways:
    """Split multi-part lines and give equal points equal ids."""
    parts, line_of_part = shapely.get_parts(lines.to_numpy(), return_index=True)
    xy, way = shapely.get_coordinates(parts, return_index=True)
    rows = attributes.loc[lines.index].iloc[line_of_part].reset_index(drop=True)
    return Ways(way.astype(np.int64), identities(xy), xy, rows)


def identities(xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give points that are equal to a millimetre the same number.

    Parameters
    ----------
    xy
        Shape (points, 2), metres; points that are not finite each get their own number.
    """
    grid = np.full(xy.shape, 0, dtype=np.int64)
    finite = np.isfinite(xy).all(axis=1)
    grid[finite] = np.round(xy[finite] / IDENTITY_M).astype(np.int64)
    _, ids = np.unique(grid, axis=0, return_inverse=True)
    numbers = ids.reshape(-1).astype(np.int64)
    numbers[~finite] = len(xy) + np.arange(int((~finite).sum()))
    return numbers

"""Write small studies whose every figure can be worked out by hand.

The study is a square of 10 km in EPSG:4545 near 108.77° E, 28.85° N, with its lower left
corner at :data:`ORIGIN`; the places below are metres east and north of that corner.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
from affine import Affine
from pyproj import Transformer
from shapely import LineString, Point, Polygon, box

CRS = "EPSG:4545"
ORIGIN = (570_000.0, 3_188_000.0)
SIDE_M = 10_000.0
#: The grid of roads: ten lines each way, a kilometre apart, from 500 m to 9500 m.
GRID_M = tuple(500.0 + 1000.0 * step for step in range(10))
STATIONS = {"s1": (2500.0, 2500.0), "s2": (7500.0, 7500.0)}
CANDIDATES = {"c1": (7500.0, 2500.0), "c2": (2500.0, 7500.0)}
HYDRANTS = {f"h{i + 1}": (x, 4510.0) for i, x in enumerate(GRID_M)}
VILLAGES = {
    "v1": (1000.0, 1000.0),
    "v2": (9000.0, 1000.0),
    "v3": (1000.0, 9000.0),
    "v4": (9000.0, 9100.0),
}

_TO_DEGREES = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)


def at(x_m: float, y_m: float) -> tuple[float, float]:
    """Metres from the lower left corner → metres in the study's CRS."""
    return ORIGIN[0] + x_m, ORIGIN[1] + y_m


def degrees(x_m: float, y_m: float) -> tuple[float, float]:
    """Metres from the lower left corner → longitude and latitude, WGS-84."""
    lon, lat = _TO_DEGREES.transform(*at(x_m, y_m))
    return float(lon), float(lat)


def square(x_m: float, y_m: float, width_m: float, height_m: float | None = None) -> Polygon:
    """A rectangle by its lower left corner, in the study's CRS."""
    left, bottom = at(x_m, y_m)
    return box(left, bottom, left + width_m, bottom + (height_m or width_m))


def grid_lines() -> list[LineString]:
    """The lines of the road grid in the study's CRS, a vertex at every crossing."""
    across = [LineString([at(x, y) for x in GRID_M]) for y in GRID_M]
    up = [LineString([at(x, y) for y in GRID_M]) for x in GRID_M]
    return across + up


def write_geojson(path: Path, data: gpd.GeoDataFrame) -> Path:
    """Write features in metres of the study's CRS as GeoJSON in degrees, to 0.1 mm."""
    frame = data.copy()
    if frame.crs is None:
        frame = frame.set_crs(CRS)
    frame = frame.to_crs("EPSG:4326")
    frame.to_file(path, driver="GeoJSON", engine="pyogrio", COORDINATE_PRECISION=9)
    return path


def write_points_csv(path: Path, rows: list[dict[str, Any]], encoding: str = "utf-8") -> Path:
    """Write rows as they are; a row's ``at`` (metres) becomes lon and lat."""
    flat = []
    for row in rows:
        rest = {key: value for key, value in row.items() if key != "at"}
        if "at" in row:
            rest["lon"], rest["lat"] = degrees(*row["at"])
        flat.append(rest)
    pd.DataFrame(flat).to_csv(path, index=False, encoding=encoding, lineterminator="\n")
    return path


def write_raster(
    path: Path,
    values: np.ndarray,
    *,
    west_north_m: tuple[float, float] = (0.0, SIDE_M),
    cell_m: float = 100.0,
    crs: str | None = CRS,
    nodata: float | None = -9999.0,
) -> Path:
    """Write one band, float32, its upper left corner in metres from the corner."""
    left, top = at(*west_north_m)
    profile = {
        "driver": "GTiff",
        "height": values.shape[0],
        "width": values.shape[1],
        "count": 1,
        "dtype": "float32",
        "crs": crs,
        "nodata": nodata,
        "transform": Affine(cell_m, 0.0, left, 0.0, -cell_m, top),
    }
    with rasterio.open(path, "w", **profile) as target:
        target.write(values.astype("float32"), 1)
    return path


def roads_frame() -> gpd.GeoDataFrame:
    """The road grid: the two middle lines (4500 m) primary, the others tertiary."""
    lines = grid_lines()
    middle = (4, 14)
    return gpd.GeoDataFrame(
        {
            "road_class": ["primary" if i in middle else "tertiary" for i in range(len(lines))],
            "name": [f"Road {i + 1}" for i in range(len(lines))],
            "oneway": ["no"] * len(lines),
        },
        geometry=lines,
        crs=CRS,
    )


def townships_frame() -> gpd.GeoDataFrame:
    """Two townships: the west half (30,000 people) and the east half (20,000)."""
    west, east = degrees(2500, 4500), degrees(7500, 4500)
    return gpd.GeoDataFrame(
        {
            "code": ["500242101", "500242102"],
            "name": ["西镇", "东镇"],
            "name_en": ["West", "East"],
            "population": [30000.0, 20000.0],
            "seat_lon": [west[0], east[0]],
            "seat_lat": [west[1], east[1]],
        },
        geometry=[square(0, 0, 5000, 10_000), square(5000, 0, 5000, 10_000)],
        crs=CRS,
    )


def write_study_files(folder: Path) -> None:
    """Write the input files of the small study."""
    boundary = gpd.GeoDataFrame(
        {"name": ["试验县"], "name_en": ["Test county"], "code": ["500242"]},
        geometry=[square(0, 0, SIDE_M)],
        crs=CRS,
    )
    boundary.to_file(folder / "boundary.gpkg", layer="boundary", engine="pyogrio")
    townships_frame().to_file(folder / "townships.gpkg", layer="townships", engine="pyogrio")
    built_up = gpd.GeoDataFrame(
        {"id": ["b1", "b2"], "name": ["县城", "东镇"], "zone": ["urban", "town"]},
        geometry=[square(3000, 3000, 3000), square(7000, 7000, 1000)],
        crs=CRS,
    )
    built_up.to_file(folder / "built_up.gpkg", layer="built_up", engine="pyogrio")
    write_geojson(folder / "roads.geojson", roads_frame())
    write_points_csv(
        folder / "stations.csv",
        [
            {
                "id": "s1",
                "name": "城区站",
                "name_en": "Town station",
                "station_class": "first",
                "turnout_s": 60,
                "engines": 3,
                "township": "500242101",
                "at": STATIONS["s1"],
            },
            {
                "id": "s2",
                "name": "东镇专职队",
                "name_en": "East squad",
                "station_class": "township",
                "turnout_s": 90,
                "engines": 1,
                "township": "500242102",
                "at": STATIONS["s2"],
            },
        ],
    )
    candidates = gpd.GeoDataFrame(
        {
            "id": ["c1", "c2"],
            "name": ["候选一", "候选二"],
            "station_class": ["second", "first"],
            "cost_10k_cny": [1200.0, 2000.0],
            "origin": ["named", "generated"],
        },
        geometry=[Point(at(*CANDIDATES["c1"])), Point(at(*CANDIDATES["c2"]))],
        crs=CRS,
    )
    write_geojson(folder / "candidates.geojson", candidates)
    status = ["working"] * 7 + ["broken"] * 2 + ["unknown"]
    write_points_csv(
        folder / "hydrants.csv",
        [
            {"id": key, "status": status[i], "at": place}
            for i, (key, place) in enumerate(HYDRANTS.items())
        ],
    )
    write_points_csv(
        folder / "villages.csv",
        [
            {
                "id": key,
                "name": f"{key}村",
                "name_en": f"Village {key}",
                "township": "500242101" if place[0] < SIDE_M / 2 else "500242102",
                "population": 400 + 100 * i,
                "at": place,
            }
            for i, (key, place) in enumerate(VILLAGES.items())
        ],
    )
    people = np.full((100, 100), 4.0)
    people[:, :50] = 6.0
    write_raster(folder / "population.tif", people)


def _provenance(kind: str, source: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "source": source,
        "licence": "CC0-1.0",
        "date": dt.date(2025, 6, 1),
        "note": "",
    }


def study_tables() -> dict[str, Any]:
    """The small study's tables, as they stand in its file."""
    files = {
        "roads": ("roads.geojson", "observed"),
        "boundary": ("boundary.gpkg", "published"),
        "townships": ("townships.gpkg", "published"),
        "built_up": ("built_up.gpkg", "derived"),
        "stations": ("stations.csv", "observed"),
        "candidates": ("candidates.geojson", "derived"),
        "hydrants": ("hydrants.csv", "observed"),
        "villages": ("villages.csv", "modelled"),
        "population": ("population.tif", "modelled"),
    }
    layers = {
        name: {"path": path, "provenance": _provenance(kind, f"Test {name}")}
        for name, (path, kind) in files.items()
    }
    return {
        "study": {"id": "small", "title": {"zh": "试验县", "en": "Test county"}, "crs": CRS},
        "layers": layers,
        "isochrones": {"minutes": [4, 8, 12]},
        "uncertainty": {"draws": 40},
        "scenarios": {
            "baseline": {},
            "plan": {"title": {"zh": "规划", "en": "Plan"}, "open": ["c1"]},
        },
    }


def merge(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Merge nested tables; a value of None takes the key away."""
    merged = dict(base)
    for key, value in changes.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = value
    return merged


def toml_value(value: object) -> str:
    """Write a value as TOML, tables in line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        inside = ", ".join(f"{json.dumps(k)} = {toml_value(v)}" for k, v in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml_value(item) for item in value)}]"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(str(value), ensure_ascii=False)


def to_toml(tables: dict[str, Any]) -> str:
    """Write the tables of a study as TOML text."""
    lines = []
    for name, table in tables.items():
        nested = name in {"layers", "scenarios"}
        for head, body in table.items() if nested else [(None, table)]:
            lines.append(f"[{name}.{head}]" if nested else f"[{name}]")
            lines += [f"{json.dumps(k)} = {toml_value(v)}" for k, v in body.items()]
            lines.append("")
    return "\n".join(lines)


def write_study(folder: Path, **overrides: Any) -> Path:
    """Write the complete small study and return the path of its ``study.toml``.

    ``overrides`` are merged into the tables, a None takes a key away::

        write_study(tmp_path, travel={"turnout_s": 90}, layers={"hydrants": None})

    A layer's own file can be replaced after (or before, under another name) the call.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_study_files(folder)
    path = folder / "study.toml"
    path.write_text(to_toml(merge(study_tables(), overrides)), encoding="utf-8")
    return path

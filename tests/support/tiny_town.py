"""Where everything of the tiny study stands, and how long engines take: see `tiny_results`."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import Point, Polygon, box, unary_union
from shapely.geometry.base import BaseGeometry

CRS = "EPSG:4545"
ORIGIN = (570_000.0, 3_188_000.0)
SIDE_M = 10_000.0
MINUTES = (5.0, 8.0, 12.0)
SCENARIOS = ("baseline", "plan_2025")
RESPONSE_S = 300.0
VILLAGE_S = 20 * 60.0
MARKUP_CANDIDATE = "<img src=x onerror=alert(1)>"
MARKUP_VILLAGE = "<script>alert(1)</script>村"

STATIONS = {"s1": (2000.0, 4500.0), "s2": (7500.0, 7500.0), "s3": (8500.0, 2500.0)}
CANDIDATES = {"c1": (3500.0, 4500.0), "c2": (6000.0, 2000.0)}
#: Engines; a station whose number is not known brings one.
ENGINES = {"s1": 6, "s2": 1}
NAMES = {
    "s1": ("城区消防救援站", "Town fire station", "first"),
    "s2": ("龙潭镇专职消防队", "Longtan township squad", "township"),
    "s3": ("酉酬镇专职消防队", "Youchou township squad", "township"),
    "c1": ("小坝消防站", "Xiaoba fire station", "second"),
}
VILLAGES = {
    "v1": (2500.0, 4000.0),
    "v2": (7500.0, 8500.0),
    "v3": (9500.0, 500.0),
    "v4": (500.0, 9500.0),
}
HYDRANTS = {
    "h1": (1500.0, 4500.0, "working"),
    "h2": (2500.0, 4500.0, "working"),
    "h3": (3500.0, 4500.0, "broken"),
    "h4": (2000.0, 3500.0, "working"),
    "h5": (2000.0, 5500.0, "unknown"),
    "h6": (7500.0, 7500.0, "broken"),
}
URBAN = (1000.0, 3000.0, 4000.0, 6000.0)
TOWN = (7000.0, 7000.0, 8000.0, 8000.0)
TOWNSHIPS = ("500242001", "500242109", "500242299")


def at(x_m: float, y_m: float) -> tuple[float, float]:
    """Metres from the lower left corner → metres in the study's CRS."""
    return ORIGIN[0] + x_m, ORIGIN[1] + y_m


def rectangle(left: float, bottom: float, right: float, top: float) -> Polygon:
    return box(*at(left, bottom), *at(right, top))


def responding(scenario: str) -> dict[str, tuple[float, float]]:
    """Where the stations that respond in a scenario stand."""
    extra = {"c1": CANDIDATES["c1"]} if scenario == "plan_2025" else {}
    return STATIONS | extra


def holding(scenario: str) -> dict[str, tuple[float, float]]:
    """Those of them that hold jurisdictions."""
    return {key: place for key, place in responding(scenario).items() if key in ("s1", "c1")}


def tier(station: str) -> str:
    return "township" if NAMES[station][2] == "township" else "fire"


def arrivals_s(
    places: dict[str, tuple[float, float]],
    x_m: np.ndarray,
    y_m: np.ndarray,
    slower: float = 1.0,
) -> np.ndarray:
    """Seconds from each station (rows) to each point (columns); drives take `slower` times."""
    return np.array(
        [60 + slower * (np.abs(x_m - x) + np.abs(y_m - y)) / 500 * 60 for x, y in places.values()]
    )


def working_hydrants() -> list[Point]:
    return [Point(at(x, y)) for x, y, status in HYDRANTS.values() if status == "working"]


def protected(radius_m: float = 150.0) -> BaseGeometry:
    """The ground within the radius of a working hydrant."""
    return unary_union([point.buffer(radius_m) for point in working_hydrants()])


def frame(rows: list[dict[str, Any]], geometry: list[Any]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=geometry, crs=CRS)

"""Bring geometries into the study's CRS and check that they are where they can be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

from firecover.layers import datum as datums
from firecover.layers.findings import Findings
from firecover.layers.schema import GeometryKind, LayerSchema
from firecover.study import Datum

WGS84 = "EPSG:4326"
MAX_LON_DEG, MAX_LAT_DEG = 180.0, 90.0
#: How far the study area may lie outside the area of use of its CRS, degrees: one zone of
#: three degrees. Beyond, lengths are off by more than 0.2 %.
CRS_MARGIN_DEG = 3.0
#: Of layers that may run far beyond the study area, something must lie this near to it.
WATER_REACH_M = 20_000.0
#: Datums that agree within a metre.
_SAME_DATUM = frozenset({"WGS 84", "WGS 84 (CRS84)", "China Geodetic Coordinate System 2000"})
_SWAP_REMEDY = (
    'exchange them: in a CSV by fields = { lon = "lat", lat = "lon" } (or x and y), '
    "in another file by exporting it again"
)

_TYPES: dict[GeometryKind, tuple[str, ...]] = {
    "point": ("Point",),
    "polygon": ("Polygon", "MultiPolygon"),
    "line": ("LineString", "MultiLineString"),
    "line or polygon": ("LineString", "MultiLineString", "Polygon", "MultiPolygon"),
    "point or polygon": ("Point", "Polygon", "MultiPolygon"),
}


def no_shapes(index: pd.Index[int], crs: CRS | str | None = None) -> gpd.GeoSeries:
    """Return a series of missing geometries."""
    return gpd.GeoSeries(np.full(len(index), None, dtype=object), index=index, crs=crs)


def take(geometry: gpd.GeoSeries, keep: NDArray[np.bool_]) -> gpd.GeoSeries:
    """Return the geometries for which ``keep`` holds, with their rows."""
    index = geometry.index[keep]
    return gpd.GeoSeries(geometry.to_numpy()[keep], index=index, crs=geometry.crs)


def crs_of(geometry: gpd.GeoSeries) -> CRS:
    """Return the CRS of geometries that are known to have one."""
    assert geometry.crs is not None
    return geometry.crs


def swap_axes(geometry: gpd.GeoSeries) -> gpd.GeoSeries:
    """Exchange the two coordinates of every vertex."""
    swapped = shapely.transform(geometry.to_numpy(), lambda xy: xy[:, ::-1])
    return gpd.GeoSeries(swapped, index=geometry.index, crs=geometry.crs)


def to_study(geometry: gpd.GeoSeries, datum: Datum, study_crs: str) -> gpd.GeoSeries:
    """Project geometries, after bringing a shifted datum to WGS-84.

    Parameters
    ----------
    geometry
        With its CRS set, x before y, longitude before latitude.
    """
    if datum in {"gcj02", "bd09"}:
        degrees = geometry if crs_of(geometry).is_geographic else geometry.to_crs(WGS84)

        def convert(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.column_stack(datums.to_wgs84(xy[:, 0], xy[:, 1], datum))

        shifted = shapely.transform(degrees.to_numpy(), convert)
        geometry = gpd.GeoSeries(shifted, index=geometry.index, crs=WGS84)
    return geometry.to_crs(study_crs)


def note_rough_datum(geometry: gpd.GeoSeries, study_crs: str, findings: Findings) -> None:
    """Note where no transformation between two geodetic datums is known.

    The parameters for Beijing 1954 and Xi'an 1980 are not public: PROJ then takes the
    coordinates over as they are, which is off by some 50 to 150 m.
    """
    source = crs_of(geometry).geodetic_crs
    if source is None or source.name in _SAME_DATUM:
        return
    transformer = Transformer.from_crs(source, study_crs, always_xy=True)
    operations = transformer.operations or ()
    if any("ballpark" in operation.name.lower() for operation in operations):
        en = "features of a datum without a public transformation: off by 100 m or so"
        zh = "坐标基准无公开转换参数：位置可能偏差约百米"
        findings.note("noted", en, zh, [source.name], count=len(geometry))


def check_range(geometry: gpd.GeoSeries, findings: Findings) -> bool:
    """Check that coordinates in degrees can be degrees; tell swapped ones apart.

    Returns
    -------
    ok
        False when a problem was added.
    """
    if geometry.empty or not crs_of(geometry).is_geographic:
        return True
    bounds = shapely.bounds(geometry.to_numpy())
    west, south, east, north = np.abs(bounds).T
    x, y = np.fmax(west, east), np.fmax(south, north)
    rows = geometry.index.to_numpy()
    bad = ~((x <= MAX_LON_DEG) & (y <= MAX_LAT_DEG)) & ~shapely.is_missing(geometry.to_numpy())
    if not bad.any():
        return True
    swapped = bad & (y <= MAX_LON_DEG) & (x <= MAX_LAT_DEG)
    if swapped.any():
        tell_swapped(take(geometry, swapped), findings)
    remedy = 'these are not degrees; say in which CRS they are: crs = "EPSG:…"'
    findings.problem_rows(
        [int(row) for row in rows[bad & ~swapped]],
        lambda row: f"coordinates out of range: {_coordinates(geometry[row])}",
        key="geometry",
        remedy=remedy,
    )
    return False


def tell_swapped(geometry: gpd.GeoSeries, findings: Findings, key: str = "geometry") -> None:
    """Add the problem that the coordinates of these features are swapped."""
    first = geometry.index[0]
    names = "longitude and latitude" if crs_of(geometry).is_geographic else "x and y"
    what = f"{names} are swapped (here {_coordinates(geometry[first])})"
    if len(geometry) > 1:
        what += f"; so they are in {len(geometry)} features"
    findings.problem(what, row=int(first), key=key, remedy=_SWAP_REMEDY)


def _coordinates(geometry: BaseGeometry) -> str:
    x, y = shapely.get_coordinates(geometry)[0]
    return f"{x:.6g}, {y:.6g}"


def check_types(geometry: gpd.GeoSeries, kind: GeometryKind, findings: Findings) -> gpd.GeoSeries:
    """Check the types of geometries; a multi-point of one point becomes a point."""
    allowed = _TYPES[kind]
    array = geometry.to_numpy().copy()
    types = geometry.geom_type
    if "Point" in allowed:
        single = ((types == "MultiPoint") & (shapely.get_num_geometries(array) == 1)).to_numpy()
        array[single] = shapely.get_geometry(array[single], 0)
    fixed = gpd.GeoSeries(shapely.force_2d(array), index=geometry.index, crs=geometry.crs)
    types = fixed.geom_type
    wrong = fixed.index[types.notna() & ~types.isin(allowed)]
    findings.problem_rows(
        [int(row) for row in wrong],
        lambda row: f"the geometry is a {types[row]}, needed is a {kind}",
        key="geometry",
        remedy="check that this is the right file for the layer",
    )
    return fixed


def repair_polygons(
    geometry: gpd.GeoSeries, labels: Sequence[str], findings: Findings
) -> gpd.GeoSeries:
    """Make invalid polygons valid, keeping what of them has an area."""
    array = geometry.to_numpy().copy()
    invalid = np.flatnonzero(~shapely.is_missing(array) & ~shapely.is_valid(array))
    repaired = []
    for position in invalid.tolist():
        if array[position].geom_type not in {"Polygon", "MultiPolygon"}:
            continue
        valid = shapely.make_valid(array[position], method="structure", keep_collapsed=False)
        parts = [part for part in shapely.get_parts([valid]) if part.area > 0]
        if not parts:
            row = int(geometry.index[position])
            findings.problem(
                "the polygon has no area", row=row, key="geometry", remedy="draw it again"
            )
            continue
        array[position] = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
        repaired.append(labels[position])
    findings.note("repaired", "invalid rings made valid", "无效多边形已修复", repaired)
    return gpd.GeoSeries(array, index=geometry.index, crs=geometry.crs)


def check_place(
    original: gpd.GeoSeries,
    placed: gpd.GeoSeries,
    schema: LayerSchema,
    *,
    area: BaseGeometry | None,
    datum: Datum,
    findings: Findings,
    key: str = "geometry",
    reach_m: float | None = None,
) -> None:
    """Check that features lie in or near the study area; tell swapped ones apart.

    Parameters
    ----------
    original, placed
        The features as the file has them, and in the study's CRS; none missing.
    area
        The study area in the study's CRS; None when it is not known.
    reach_m
        How far out a feature may lie, instead of what the schema says.
    """
    reach_m = schema.reach_m if reach_m is None else reach_m
    if area is None or placed.empty:
        return
    distance = _distance_m(placed, area)
    if reach_m is None:
        # Rivers and the like may run far beyond; but some of it must be near.
        reach_m = WATER_REACH_M
        far = np.full(len(placed), not (distance <= reach_m).any())
    else:
        far = ~(distance <= reach_m)
    if not far.any():
        return
    outside = take(original, far)
    back = _distance_m(to_study(swap_axes(outside), datum, crs_of(placed).to_wkt()), area)
    swapped = back <= reach_m
    if swapped.any():
        tell_swapped(take(outside, swapped), findings, key)
    distance_km = pd.Series(distance[far][~swapped] / 1000, index=outside.index[~swapped])
    degrees_in_metres = not crs_of(original).is_geographic and _looks_like_degrees(outside)
    _tell_far(distance_km, reach_m, findings, key, degrees_in_metres=degrees_in_metres)


def _tell_far(
    distance_km: pd.Series[float],
    reach_m: float,
    findings: Findings,
    key: str,
    *,
    degrees_in_metres: bool,
) -> None:
    limit = f"up to {reach_m / 1000:g} km is allowed" if reach_m else "it must lie in it"
    remedy = "correct its coordinates, its CRS or its datum, or take it out"
    if degrees_in_metres:
        remedy = 'its coordinates look like degrees: say crs = "EPSG:4326" (or correct the file)'

    def what(row: int) -> str:
        km = distance_km[row]
        if not np.isfinite(km):
            return "the feature lies where the study's CRS cannot show it"
        return f"the feature lies {km:.1f} km outside the study area ({limit})"

    findings.problem_rows([int(row) for row in distance_km.index], what, key=key, remedy=remedy)


def _looks_like_degrees(geometry: gpd.GeoSeries) -> bool:
    west, south, east, north = geometry.total_bounds
    return bool(
        west >= -MAX_LON_DEG
        and east <= MAX_LON_DEG
        and south >= -MAX_LAT_DEG
        and north <= MAX_LAT_DEG
    )


def _distance_m(placed: gpd.GeoSeries, area: BaseGeometry) -> NDArray[np.float64]:
    array = placed.to_numpy()
    finite = np.isfinite(shapely.bounds(array)).all(axis=1)
    distance = np.full(len(array), np.inf)
    distance[finite] = shapely.distance(array[finite], area)
    return distance


def check_area_of_use(placed: gpd.GeoSeries, original: gpd.GeoSeries, findings: Findings) -> None:
    """Check that the boundary lies where the study's CRS is made for."""
    crs = crs_of(placed)
    use: Any = crs.area_of_use
    if use is None or placed.empty:
        return
    if not np.isfinite(placed.total_bounds).all():
        inside = False
    else:
        lon, lat = _middle(placed.to_crs(WGS84))
        inside = _in_use(use, lon, lat)
    if inside:
        return
    if crs_of(original).is_geographic:
        lat, lon = _middle(original)
        if _in_use(use, lon, lat):
            tell_swapped(original, findings)
            return
    what = (
        f"the boundary lies outside the area that {crs.to_string()[:40]} is made for ({use.name})"
    )
    remedy = "correct the boundary's CRS, or take another `study.crs`"
    findings.problem(what, key="crs", remedy=remedy)


def _middle(geometry: gpd.GeoSeries) -> tuple[float, float]:
    west, south, east, north = geometry.total_bounds
    return float(west + east) / 2, float(south + north) / 2


def _in_use(use: Any, lon: float, lat: float) -> bool:
    margin = CRS_MARGIN_DEG
    return bool(
        use.west - margin <= lon <= use.east + margin
        and use.south - margin <= lat <= use.north + margin
    )

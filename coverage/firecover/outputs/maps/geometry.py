"""Geometry for the HTML maps: WGS-84, simplified, packed into few characters.

A page holds its whole county as text, so each character counts: a line is a list of whole
numbers of 1/100 000 degree (about a metre), latitude and longitude by turns, the first point
whole and each later one as the step from the one before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

#: A packed line, and an area as its rings.
Line = list[int]
Area = list[Line]

DEGREE = 100_000
#: Detail that cannot be seen at a county's scale, metres.
TOLERANCE_M = 15.0


@cache
def _transformer(crs: str) -> Transformer:
    return Transformer.from_crs(crs, "EPSG:4326", always_xy=True)


def _steps(degrees: NDArray[np.float64]) -> Line:
    """Pack points of shape (n, 2), longitude and latitude in degrees."""
    whole = np.rint(degrees[:, ::-1] * DEGREE).astype(np.int64)
    moved = np.ones(len(whole), dtype=bool)
    moved[1:] = np.any(np.diff(whole, axis=0) != 0, axis=1)
    kept = whole[moved]
    if len(kept) == 1 and len(whole) > 1:  # a piece shorter than the grid stays a line
        kept = whole[[0, -1]]
    steps = np.diff(kept, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    packed: Line = steps.ravel().tolist()
    return packed


def _pack(geometry: BaseGeometry, transformer: Transformer) -> Line:
    xy = shapely.get_coordinates(geometry)
    lon, lat = transformer.transform(xy[:, 0], xy[:, 1])
    return _steps(np.column_stack([lon, lat]))


def pack_lines(geometries: Iterable[BaseGeometry | None], crs: str) -> list[Line]:
    """Pack lines given in a projected CRS, simplified, parts that touch joined.

    Parameters
    ----------
    geometries
        Lines or collections of lines; None and empty ones are passed over.
    crs
        Their CRS, metres.

    Returns
    -------
    lines
        One packed line a part.
    """
    given = [geometry for geometry in geometries if geometry is not None]
    if not given:
        return []
    parts = shapely.get_parts(shapely.get_parts(given))
    lines = parts[shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING]
    merged = shapely.line_merge(shapely.multilinestrings(lines))
    simple = shapely.simplify(shapely.get_parts(merged), TOLERANCE_M, preserve_topology=True)
    transformer = _transformer(crs)
    return [_pack(line, transformer) for line in simple if not line.is_empty]


def pack_area(geometry: BaseGeometry | None, crs: str, tolerance_m: float = 0.0) -> list[Area]:
    """Pack a polygon or multipolygon given in a projected CRS; None gives no area.

    ``tolerance_m`` simplifies it, keeping its topology; a part is never simplified away.
    """
    if geometry is None or geometry.is_empty:
        return []
    if tolerance_m > 0:
        geometry = shapely.simplify(geometry, tolerance_m, preserve_topology=True)
    transformer = _transformer(crs)
    return [
        [_pack(ring, transformer) for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(geometry)
        if part.geom_type == "Polygon" and not part.is_empty
    ]


def pack_line(geometry: BaseGeometry, crs: str) -> Line:
    """Pack a line given in a projected CRS as it is."""
    return _pack(geometry, _transformer(crs))


def pack_point(geometry: BaseGeometry, crs: str) -> Line:
    """Pack a point given in a projected CRS."""
    return _pack(geometry, _transformer(crs))


def simplify_together(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Simplify polygons that share borders, so that they still share them afterwards."""
    simple = table.copy()
    drawn = simple.geometry.notna() & ~simple.geometry.is_empty
    shapes = np.asarray(simple.geometry[drawn])
    if len(shapes):
        # The tolerance is the side of the triangles that are cut off, not a distance.
        cut = shapely.coverage_simplify(shapes, 3 * TOLERANCE_M)
        simple.loc[drawn, simple.geometry.name] = gpd.GeoSeries(
            cut, index=simple.index[drawn], crs=simple.crs
        )
    return simple


def borders(table: gpd.GeoDataFrame) -> list[BaseGeometry]:
    """Return the borders between the polygons of a table, each once."""
    shapes = [shape for shape in table.geometry if shape is not None and not shape.is_empty]
    if not shapes:
        return []
    return [shapely.line_merge(shapely.union_all(shapely.boundary(shapes)))]


def view(table: gpd.GeoDataFrame, around: float = 0.0) -> list[list[float]]:
    """Return the south-west and north-east corner of a table, latitude and longitude.

    ``around`` widens the view on every side by that share of its size.
    """
    west, south, east, north = table.to_crs("EPSG:4326").total_bounds
    wider, higher = (east - west) * around, (north - south) * around
    west, south, east, north = west - wider, south - higher, east + wider, north + higher
    return [[round(south, 5), round(west, 5)], [round(north, 5), round(east, 5)]]


#: Roads by how they are drawn: classes, colour, casing, widths in pixels at zoom 9 and 15, and
#: the zoom from which they show. The small ones stay pale, so that results stand out.
ROAD_LOOKS: tuple[Mapping[str, Any], ...] = (
    {
        "key": "minor",
        "classes": None,
        "color": "#d5d1c8",
        "casing": "",
        "widths": (0.5, 2.2),
        "from": 0,
    },
    {
        "key": "county",
        "classes": ("secondary", "secondary_link", "tertiary", "tertiary_link"),
        "color": "#c4bdae",
        "casing": "",
        "widths": (0.9, 3.2),
        "from": 0,
    },
    {
        "key": "main",
        "classes": ("trunk", "trunk_link", "primary", "primary_link"),
        "color": "#f3d9a4",
        "casing": "#b89a62",
        "widths": (1.5, 4.5),
        "from": 0,
    },
    {
        "key": "motorway",
        "classes": ("motorway", "motorway_link"),
        "color": "#e8a87c",
        "casing": "#a9623a",
        "widths": (2.0, 5.0),
        "from": 0,
    },
)
BASE_STYLE = {
    "land": "#fbfaf7",
    "water": "#a9cde0",
    "border": "#8d8797",
    "boundary": "#5b5566",
    "halo": "#c9c2d3",
}


def base_map(
    boundary: gpd.GeoDataFrame,
    townships: gpd.GeoDataFrame,
    water: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
) -> dict[str, Any]:
    """Return the background every map shares: land, water, roads by class, borders.

    Parameters
    ----------
    boundary, townships, water, roads
        Tables of :class:`firecover.results.Results`, in one projected CRS; the townships
        of one scenario, already simplified together.

    Returns
    -------
    base
        As ``map_2_draw.js`` draws it.
    """
    crs = str(boundary.crs)
    land = [area for shape in boundary.geometry for area in pack_area(shape, crs, TOLERANCE_M)]
    wet = [shape for shape in water.geometry if shape is not None]
    lakes = [shape for shape in wet if shape.geom_type.endswith("Polygon")]
    rivers = [shape for shape in wet if shape.geom_type.endswith("LineString")]
    return {
        "style": BASE_STYLE,
        "land": land,
        "lakes": [area for shape in lakes for area in pack_area(shape, crs, TOLERANCE_M)],
        "rivers": [{"widths": (1.2, 4.0), "lines": pack_lines(rivers, crs)}] if rivers else [],
        "roads": _roads(roads),
        "borders": pack_lines(borders(townships), crs),
    }


def _roads(roads: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    named = {name for look in ROAD_LOOKS for name in look["classes"] or ()}
    drawn = []
    for look in ROAD_LOOKS:
        classes = look["classes"]
        chosen = roads.road_class.isin(classes) if classes else ~roads.road_class.isin(named)
        lines = pack_lines(roads.geometry[chosen], str(roads.crs))
        if lines:
            kept = {name: value for name, value in look.items() if name != "classes"}
            drawn.append({**kept, "lines": lines})
    return drawn

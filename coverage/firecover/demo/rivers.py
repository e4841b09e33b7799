"""Lay the modelled rivers: three lines through waypoints, bent a little."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from shapely.geometry import LineString, Point, Polygon

from firecover.demo.geometry import part_of
from firecover.demo.terrain import River

#: Where the county border leaves and enters the bank of the Wu, kilometres in the study's CRS.
_WU_ENDS_KM = ((533.0, 3173.6), (530.1, 3209.3))
_APENG_KM = (
    (558.6, 3219.0),
    (556.6, 3214.5),
    (552.0, 3209.0),
    (545.5, 3206.2),
    (539.6, 3203.0),
    (533.4, 3200.8),
)
_YOU_KM = (
    (616.7, 3226.5),
    (613.6, 3221.2),
    (614.7, 3213.5),
    (612.6, 3206.4),
    (614.0, 3201.5),
    (611.4, 3197.4),
    (608.4, 3191.5),
    (606.0, 3189.4),
)


def _winding(points_km: tuple[tuple[float, float], ...], rng: np.random.Generator) -> LineString:
    points = np.asarray(points_km) * 1000
    steps = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    spline = CubicSpline(along, points)
    at = np.arange(0.0, along[-1], 60.0)
    tangent = spline(at, 1)
    normal = np.column_stack([-tangent[:, 1], tangent[:, 0]])
    normal /= np.hypot(*normal.T)[:, None]
    offset = np.zeros(at.size)
    for wavelength, width in ((2900.0, 260.0), (1300.0, 120.0)):
        phase = rng.uniform(0, 2 * np.pi)
        offset += width * np.sin(2 * np.pi * at / wavelength + phase)
    fade = np.minimum(1.0, np.minimum(at, along[-1] - at) / 1500)
    line: NDArray[np.float64] = spline(at) + normal * (offset * fade)[:, None]
    return LineString(shapely.get_coordinates(shapely.simplify(LineString(np.round(line, 1)), 4.0)))


def make_rivers(boundary: Polygon, rng: np.random.Generator) -> tuple[River, ...]:
    """Lay the Wu along the western border, the Apeng into it, and the You in the east.

    The rivers' courses are modelled; only their names and rough situation are real.
    """
    ring = LineString(boundary.exterior.coords)
    ends = sorted(ring.project(Point(x * 1000, y * 1000)) for x, y in _WU_ENDS_KM)
    inner = part_of(ring, ends[0], ends[1])
    outer = shapely.line_merge(
        shapely.union_all([part_of(ring, ends[1], ring.length), part_of(ring, 0, ends[0])])
    )
    # Of the two arcs of the border, the river is the western one.
    wu = LineString(shapely.get_coordinates(min((inner, outer), key=lambda line: line.centroid.x)))
    if wu.coords[0][1] > wu.coords[-1][1]:
        wu = LineString(wu.coords[::-1])
    clip = boundary.buffer(-5)
    apeng, you = (
        _longest(shapely.intersection(_winding(points, rng), clip))
        for points in (_APENG_KM, _YOU_KM)
    )
    return (
        River("乌江（模拟）", wu, 285, 262),
        River("阿蓬江（模拟）", apeng, 430, 270),
        River("酉水河（模拟）", you, 390, 290),
    )


def _longest(geometry: shapely.Geometry) -> LineString:
    parts = [part for part in shapely.get_parts(geometry) if isinstance(part, LineString)]
    return max(parts, key=lambda part: part.length)

"""Convert between WGS-84 and the shifted datums of Chinese web maps, GCJ-02 and BD-09.

GCJ-02 (used by Amap and Tencent) displaces each point by a smooth function of its
position, some 300 to 700 m; BD-09 (Baidu) adds another shift on top of GCJ-02. Neither is
defined outside China: points outside the rectangle of :data:`CHINA` are returned as they
are. CGCS2000 is the same as WGS-84 to within a metre and is taken for it.

The displacement is the one published for GCJ-02 (a polynomial with sines, in metres on the
Krasovsky 1940 ellipsoid, about 105° E 35° N); there is no closed inverse, so the way back
is iterated until it moves by less than :data:`TOLERANCE_DEG`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firecover.study import Datum

FloatArray = NDArray[np.float64]
Conversion = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]

#: West, south, east and north of the rectangle in which GCJ-02 is defined, degrees.
CHINA = (72.004, 0.8293, 137.8347, 55.8271)
#: Iteration stops below this step: 1e-10° is a hundredth of a millimetre.
TOLERANCE_DEG = 1e-10
MAX_ITERATIONS = 50

_SEMI_MAJOR_AXIS_M = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BD_FREQUENCY = np.pi * 3000.0 / 180.0
_BD_OFFSET_LON_DEG, _BD_OFFSET_LAT_DEG = 0.0065, 0.006


def in_china(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Tell which points lie in the rectangle in which the shifted datums are defined."""
    west, south, east, north = CHINA
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    inside: NDArray[np.bool_] = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    return inside


def _waves(value: FloatArray, terms: tuple[tuple[float, float], ...]) -> FloatArray:
    total = np.zeros_like(value)
    for amplitude_m, frequency in terms:
        total += amplitude_m * np.sin(frequency * np.pi * value)
    return total * 2.0 / 3.0


def _gcj_shift(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the displacement of GCJ-02 from WGS-84 at a point, degrees."""
    x, y = lon - 105.0, lat - 35.0
    common_m = 0.1 * x * y + _waves(x, ((20.0, 6.0), (20.0, 2.0)))
    root = np.sqrt(np.abs(x))
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.2 * root + common_m
    north_m += _waves(y, ((20.0, 1.0), (40.0, 1 / 3), (160.0, 1 / 12), (320.0, 1 / 30)))
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * root + common_m
    east_m += _waves(x, ((20.0, 1.0), (40.0, 1 / 3), (150.0, 1 / 12), (300.0, 1 / 30)))
    radians = np.radians(lat)
    w = 1.0 - _ECCENTRICITY_SQUARED * np.sin(radians) ** 2
    meridian_m = _SEMI_MAJOR_AXIS_M * (1.0 - _ECCENTRICITY_SQUARED) / (w * np.sqrt(w))
    parallel_m = _SEMI_MAJOR_AXIS_M / np.sqrt(w) * np.cos(radians)
    return np.degrees(east_m / parallel_m), np.degrees(north_m / meridian_m)


def _wgs_to_gcj(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    shift_lon, shift_lat = _gcj_shift(lon, lat)
    return lon + shift_lon, lat + shift_lat


def _gcj_to_bd(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_FREQUENCY)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_FREQUENCY)
    return (
        radius * np.cos(angle) + _BD_OFFSET_LON_DEG,
        radius * np.sin(angle) + _BD_OFFSET_LAT_DEG,
    )


def _wgs_to_bd(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    return _gcj_to_bd(*_wgs_to_gcj(lon, lat))


def _invert(forward: Conversion, lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    # The shift changes by less than 2 % of a step, so that each round gains two digits.
    guess_lon, guess_lat = lon.copy(), lat.copy()
    for _ in range(MAX_ITERATIONS):
        there_lon, there_lat = forward(guess_lon, guess_lat)
        step_lon, step_lat = lon - there_lon, lat - there_lat
        guess_lon += step_lon
        guess_lat += step_lat
        if max(np.abs(step_lon).max(), np.abs(step_lat).max()) < TOLERANCE_DEG:
            break
    return guess_lon, guess_lat


def _within_china(
    conversion: Conversion, lon: ArrayLike, lat: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    x, y = np.array(lon, dtype=float), np.array(lat, dtype=float)
    inside = in_china(x, y)
    if inside.any():
        x[inside], y[inside] = conversion(x[inside], y[inside])
    return x, y


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Convert WGS-84 to GCJ-02.

    Parameters
    ----------
    lon, lat
        Degrees, any shape, both alike; NaN stays NaN.

    Returns
    -------
    lon, lat
        Degrees; points outside China unchanged.
    """
    return _within_china(_wgs_to_gcj, lon, lat)


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Convert GCJ-02 to WGS-84, as :func:`wgs84_to_gcj02` the other way."""
    return _within_china(lambda x, y: _invert(_wgs_to_gcj, x, y), lon, lat)


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Convert WGS-84 to BD-09, as :func:`wgs84_to_gcj02`."""
    return _within_china(_wgs_to_bd, lon, lat)


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Convert BD-09 to WGS-84, as :func:`wgs84_to_gcj02` the other way."""
    return _within_china(lambda x, y: _invert(_wgs_to_bd, x, y), lon, lat)


def to_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> tuple[FloatArray, FloatArray]:
    """Convert from the datum that a layer's table names to WGS-84, degrees."""
    if datum == "gcj02":
        return gcj02_to_wgs84(lon, lat)
    if datum == "bd09":
        return bd09_to_wgs84(lon, lat)
    return np.array(lon, dtype=float), np.array(lat, dtype=float)

"""The lie of the land as a faint picture under the maps: hill-shade."""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.enums import Resampling
from rasterio.features import geometry_mask
from rasterio.warp import reproject

from firecover.results import Relief

#: Where the light comes from, degrees: north-west, as on printed maps, halfway up the sky.
AZIMUTH_DEG, ALTITUDE_DEG = 315.0, 45.0
#: Heights are raised by this for the picture: at a county's scale slopes look flat.
EXAGGERATION = 1.5
#: The most that the picture may weigh on each page, characters of its data URI.
LIMIT = 200_000
#: Pixels on the longer side that are tried, the finest first, until it is light enough.
_SIDES = (900, 760, 640, 540, 450, 380, 320)
#: Greys between the darkest slope and the brightest: no more are told apart so faint.
_LEVELS = 20
_DARKEST, _BRIGHTEST = 220, 255
#: The shade that is drawn darkest, and the one that is drawn brightest.
_SHADES = (0.25, 0.98)
_WEB_MERCATOR = "EPSG:3857"


def hillshade(
    elevation_m: NDArray[np.floating[Any]],
    cell_m: float,
    *,
    azimuth_deg: float = AZIMUTH_DEG,
    altitude_deg: float = ALTITUDE_DEG,
    exaggeration: float = 1.0,
) -> NDArray[np.float64]:
    """Shade a terrain as if it were lit by a far lamp.

    The light that a matt surface throws back goes with the cosine of the angle between its
    normal and the light; slopes are taken over the eight neighbours, those beside a cell
    counting twice: B. K. P. Horn, "Hill shading and the reflectance map", Proceedings of the
    IEEE 69 (1981), no. 1, pp. 14-47.

    Parameters
    ----------
    elevation_m
        Shape (rows, columns), metres, north up, NaN where it is not known.
    cell_m
        The side of a cell, metres.
    azimuth_deg
        Where the light comes from, clockwise from north.
    altitude_deg
        How high it stands above the horizon.
    exaggeration
        What heights are multiplied by.

    Returns
    -------
    shade
        Shape (rows, columns), from 0 (turned away from the light) to 1 (facing it); level
        ground is the sine of the light's altitude; NaN where the elevation is.
    """
    east, north = _slopes(np.asarray(elevation_m, dtype=np.float64) * exaggeration, cell_m)
    azimuth, altitude = math.radians(azimuth_deg), math.radians(altitude_deg)
    towards = (
        math.cos(altitude) * math.sin(azimuth),
        math.cos(altitude) * math.cos(azimuth),
        math.sin(altitude),
    )
    lit = -east * towards[0] - north * towards[1] + towards[2]
    shade = np.clip(lit / np.sqrt(east**2 + north**2 + 1), 0, 1)
    return np.where(np.isnan(elevation_m), np.nan, shade)


def _slopes(
    height_m: NDArray[np.float64], cell_m: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return rise over run towards east and north; a neighbour not known is as high as here."""
    rows, columns = height_m.shape
    padded = np.pad(height_m, 1, constant_values=np.nan)

    def beside(down: int, right: int) -> NDArray[np.float64]:
        there = padded[1 + down : 1 + down + rows, 1 + right : 1 + right + columns]
        return np.where(np.isnan(there), height_m, there)

    def side(*places: tuple[int, int]) -> NDArray[np.float64]:
        first, middle, last = (beside(*place) for place in places)
        return first + 2 * middle + last

    east = side((-1, 1), (0, 1), (1, 1)) - side((-1, -1), (0, -1), (1, -1))
    north = side((-1, -1), (-1, 0), (-1, 1)) - side((1, -1), (1, 0), (1, 1))
    return east / (8 * cell_m), north / (8 * cell_m)


def relief_picture(relief: Relief | None, boundary: gpd.GeoDataFrame) -> Mapping[str, Any] | None:
    """Return the hill-shade as a picture that lies on a map in Web Mercator.

    Parameters
    ----------
    relief
        The terrain; None: there is none.
    boundary
        The study area, which the picture is cut to.

    Returns
    -------
    picture
        ``uri`` (a PNG of at most :data:`LIMIT` characters) and ``corners`` (south-west and
        north-east, latitude and longitude), as Leaflet's image overlay takes them; None
        where there is nothing to draw. The same terrain gives the same bytes.
    """
    if relief is None:
        return None
    shade = hillshade(relief.elevation_m, relief.transform[0], exaggeration=EXAGGERATION)
    area = boundary.to_crs(_WEB_MERCATOR)
    for side in _SIDES:
        levels, transform = _levels(shade, relief, area, side)
        if not levels.any():
            return None
        uri = "data:image/png;base64," + base64.b64encode(_png(levels)).decode("ascii")
        if len(uri) <= LIMIT:
            break
    return {"uri": uri, "corners": _corners(levels.shape, transform)}


def _levels(
    shade: NDArray[np.float64], relief: Relief, area: gpd.GeoDataFrame, side: int
) -> tuple[NDArray[np.uint8], Affine]:
    """Return the greys in Web Mercator, ``side`` pixels long: 0 is clear, 1 the darkest."""
    left, bottom, right, top = area.total_bounds
    pixel = max(right - left, top - bottom) / side
    shape = (max(1, math.ceil((top - bottom) / pixel)), max(1, math.ceil((right - left) / pixel)))
    transform = Affine(pixel, 0.0, left, 0.0, -pixel, top)
    there = np.full(shape, np.nan)
    reproject(
        shade,
        there,
        src_transform=Affine(*relief.transform),
        src_crs=relief.crs,
        src_nodata=np.nan,
        dst_transform=transform,
        dst_crs=_WEB_MERCATOR,
        dst_nodata=np.nan,
        resampling=Resampling.bilinear,
        num_threads=1,
    )
    outside = geometry_mask(area.geometry, shape, transform, all_touched=True)
    dark, bright = _SHADES
    part = np.clip((there - dark) / (bright - dark), 0, 1)
    clear = outside | np.isnan(there)
    levels = np.where(clear, 0, 1 + np.rint(np.nan_to_num(part) * (_LEVELS - 1)))
    return levels.astype(np.uint8), transform


def _corners(shape: tuple[int, ...], transform: Affine) -> list[list[float]]:
    rows, columns = shape
    to_degrees = Transformer.from_crs(_WEB_MERCATOR, "EPSG:4326", always_xy=True)
    west, north = to_degrees.transform(transform.c, transform.f)
    east, south = to_degrees.transform(
        transform.c + columns * transform.a, transform.f + rows * transform.e
    )
    return [[round(south, 6), round(west, 6)], [round(north, 6), round(east, 6)]]


def _png(levels: NDArray[np.uint8]) -> bytes:
    """Write a PNG with a palette of greys, of which the first is clear (W3C, PNG, 2003).

    Five bits would do, but PNG has four or eight: bytes compress better.
    """
    rows, columns = levels.shape
    greys = np.rint(np.linspace(_DARKEST, _BRIGHTEST, _LEVELS)).astype(np.uint8)
    palette = np.repeat(np.insert(greys, 0, 255), 3).tobytes()
    lines = np.zeros((rows, columns + 1), dtype=np.uint8)  # each begins with its filter: none
    lines[:, 1:] = levels
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 3, 0, 0, 0)),
        (b"PLTE", palette),
        (b"tRNS", b"\x00"),
        (b"IDAT", zlib.compress(lines.tobytes(), 9)),
        (b"IEND", b""),
    )
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body

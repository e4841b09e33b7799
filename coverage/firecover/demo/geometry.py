"""Small helpers for lines and points that several steps of the generator share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import LineString
from shapely.ops import substring

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def to_cm(xy: Floats) -> Floats:
    """Round metres to centimetres, so that equal points are equal to the last digit."""
    return np.asarray(np.round(xy, 2), dtype=np.float64)


def steps_m(xy: Floats) -> Floats:
    """Return the lengths of the segments of a line of shape (n, 2), shape (n - 1,)."""
    return np.asarray(np.hypot(*np.diff(xy, axis=0).T), dtype=np.float64)


def away_m(xy: Floats, place: Floats) -> Floats:
    """Return the distances of points of shape (n, 2) from a place."""
    return np.asarray(np.hypot(*(xy - place).T), dtype=np.float64)


def part_of(line: LineString, start_m: float, end_m: float) -> LineString:
    """Return the part of a line between two distances from its beginning.

    Raises
    ------
    ValueError
        If the two distances are equal, so that there is no line between them.
    """
    part = substring(line, start_m, end_m)
    if not isinstance(part, LineString):
        msg = f"there is no line between {start_m} m and {end_m} m"
        raise ValueError(msg)  # noqa: TRY004 – the values are wrong, not their types
    return part

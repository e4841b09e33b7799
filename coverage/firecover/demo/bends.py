"""Turn a coarse path into the line of a mountain road: rounded corners, bends, hairpins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from shapely.geometry import LineString

STEP_M = 5.0
#: Largest deviation of a stored line from the drawn one.
TOLERANCE_M = 0.8
#: The bends keep within this distance of the rounded path.
SWAY_M = 170.0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BendStyle:
    """How winding a class of roads is.

    Attributes
    ----------
    turn_rad
        Typical deviation of the heading from the path's, radians; 0 for straight streets.
    spread
        Spread (log) of that deviation along the road: straight stretches beside hairpins.
    wave_m
        Typical distances from bend to bend; the deviation is shared out among them.
    """

    turn_rad: float
    spread: float
    wave_m: tuple[float, ...]


def rounded(points: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Round a path by a centripetal Catmull-Rom spline through its points.

    The spline is that of Barry and Goldman, with knots at the square root of the distances.

    Parameters
    ----------
    points
        Shape (n, 2), metres, no two alike in a row.

    Returns
    -------
    line
        Shape (m, 2), about every ``STEP_M``.
    at
        Shape (n,): where the given points stand in it; they are kept exactly.
    """
    ends = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    pieces, at = [points[:1]], [0]
    for p0, p1, p2, p3 in zip(ends[:-3], ends[1:-2], ends[2:-1], ends[3:], strict=True):
        count = max(1, round(float(np.hypot(*(p2 - p1))) / STEP_M))
        piece = _catmull_rom(p0, p1, p2, p3, np.arange(1, count + 1) / count)
        piece[-1] = p2
        pieces.append(piece)
        at.append(at[-1] + count)
    return np.vstack(pieces), np.asarray(at, dtype=np.int64)


def _catmull_rom(p0: Floats, p1: Floats, p2: Floats, p3: Floats, share: Floats) -> Floats:
    k1 = np.hypot(*(p1 - p0)) ** 0.5
    k2 = k1 + np.hypot(*(p2 - p1)) ** 0.5
    k3 = k2 + np.hypot(*(p3 - p2)) ** 0.5
    t = (k1 + share * (k2 - k1))[:, None]
    a1 = (k1 - t) / k1 * p0 + t / k1 * p1
    a2 = (k2 - t) / (k2 - k1) * p1 + (t - k1) / (k2 - k1) * p2
    a3 = (k3 - t) / (k3 - k2) * p2 + (t - k2) / (k3 - k2) * p3
    b1 = (k2 - t) / k2 * a1 + t / k2 * a2
    b2 = (k3 - t) / (k3 - k1) * a2 + (t - k1) / (k3 - k1) * a3
    line: Floats = (k2 - t) / (k2 - k1) * b1 + (t - k1) / (k2 - k1) * b2
    return line


def _band(count: int, wave_m: float, rng: np.random.Generator) -> Floats:
    """Draw noise of unit variance whose waves are about ``wave_m`` long."""
    sigma = wave_m / STEP_M / 2 / np.pi * 1.2
    pad = int(4 * sigma) + 2
    noise = gaussian_filter1d(rng.standard_normal(count + 2 * pad), sigma, mode="wrap")
    slope = np.gradient(noise)
    return np.asarray(slope[pad : pad + count] / max(float(slope.std()), 1e-12), dtype=np.float64)


def bent(line: Floats, steepness: float, style: BendStyle, rng: np.random.Generator) -> Floats:
    """Lay bends over a rounded path; its ends stay in place and keep their direction.

    The heading deviates from the path's by band-limited noise, as in the sine-generated curves
    by which Langbein and Leopold (1966) describe meanders; where the deviation passes a right
    angle, the road turns back on itself: a hairpin.

    Parameters
    ----------
    line
        Shape (n, 2), about every ``STEP_M`` metres.
    steepness
        1 on average ground; more makes the road wind more.
    """
    length = float(np.hypot(*np.diff(line, axis=0).T).sum())
    if length < 60 or style.turn_rad == 0:  # noqa: PLR2004 – metres: too short for a bend
        return line
    strength = style.turn_rad * steepness
    for _ in range(6):
        along, across = _swing(length, strength, style, rng)
        if np.abs(across).max() < min(SWAY_M, 0.28 * length):
            break
        strength *= 0.7
    else:
        return line
    walked = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    base = np.column_stack([np.interp(along, walked, line[:, k]) for k in (0, 1)])
    tangent = np.column_stack(
        [np.interp(along, walked, np.gradient(line[:, k], walked)) for k in (0, 1)]
    )
    tangent = gaussian_filter1d(tangent, 4, axis=0, mode="nearest")
    tangent /= np.hypot(*tangent.T)[:, None]
    out: Floats = base + np.column_stack([-tangent[:, 1], tangent[:, 0]]) * across[:, None]
    out[0], out[-1] = line[0], line[-1]
    return out


def _swing(
    length: float, strength: float, style: BendStyle, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    count = int(length / STEP_M * (1 + 0.35 * min(strength, 1.2) ** 2)) + 2
    share = 1 / len(style.wave_m) ** 0.5
    heading = sum((share * _band(count, wave, rng) for wave in style.wave_m), np.zeros(count))
    # The heading changes faster where the road winds more: one slow factor for the stretch.
    slow = gaussian_filter1d(rng.standard_normal(count + 400), 70, mode="wrap")[200 : 200 + count]
    slow = slow * (2 * 70 * np.pi**0.5) ** 0.5
    limit = np.exp(style.spread * slow - style.spread**2 / 2)
    heading = np.clip(heading * strength * limit, -1.9, 1.9)
    edge = np.minimum(np.arange(count), np.arange(count)[::-1]) * STEP_M
    heading = heading * np.clip(edge / 45, 0, 1)
    heading = gaussian_filter1d(heading, 1.2, mode="nearest")
    along = np.concatenate([[0.0], np.cumsum(np.cos(heading))])
    across = np.concatenate([[0.0], np.cumsum(np.sin(heading))]) * STEP_M
    drift = gaussian_filter1d(across, 90, mode="nearest")
    across = across - drift
    ends = np.linspace(0, 1, across.size)
    across -= across[0] * (1 - ends) ** 6 + across[-1] * ends**6
    return along / along[-1] * length, across * (length / (along[-1] * STEP_M))


def thinned(line: Floats) -> Floats:
    """Drop the vertices that the line does not need, and round to a centimetre."""
    simple = LineString(line).simplify(TOLERANCE_M)
    return np.round(shapely.get_coordinates(simple), 2)

"""How far colours are apart, as people see them: CIELAB, and colour-vision deficiencies."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: Linear sRGB as seen without one kind of cone, severity 1.0: G. M. Machado, M. M. Oliveira and
#: L. A. F. Fernandes, "A physiologically-based model for simulation of color vision deficiency",
#: IEEE Transactions on Visualization and Computer Graphics 15 (2009), no. 6, table of matrices.
DEFICIENCIES = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
#: sRGB to XYZ, and the white of D65 (IEC 61966-2-1).
_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_WHITE = (0.95047, 1.0, 1.08883)


def linear(colour: str) -> NDArray[np.float64]:
    """Return ``#rrggbb`` as linear sRGB."""
    coded = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def seen(colour: str, deficiency: str = "") -> NDArray[np.float64]:
    """Return a colour as linear sRGB, as it is seen with a deficiency."""
    light = linear(colour)
    return np.clip(np.array(DEFICIENCIES[deficiency]) @ light, 0, 1) if deficiency else light


def lab(colour: str, deficiency: str = "") -> NDArray[np.float64]:
    """Return L*, a*, b* (CIE 1976) under D65."""
    xyz = np.array(_TO_XYZ) @ seen(colour, deficiency) / np.array(_WHITE)
    cut = (6 / 29) ** 3
    f = np.where(xyz > cut, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def lightness(colour: str) -> float:
    """Return L*, 0 (black) to 100 (white): what is left of a colour in grey print."""
    return float(lab(colour)[0])


def apart(one: str, other: str, deficiency: str = "") -> float:
    """Return the distance of two colours by CIEDE2000 (ISO/CIE 11664-6)."""
    return ciede2000(lab(one, deficiency), lab(other, deficiency))


def ciede2000(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the distance of two colours in CIELAB.

    As G. Sharma, W. Wu and E. N. Dalal write it out: "The CIEDE2000 color-difference formula",
    Color Research and Application 30 (2005), no. 1; checked by their test data.
    """
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean_c = (math.hypot(a1, b1) + math.hypot(a2, b2)) / 2
    g = 0.5 * (1 - math.sqrt(mean_c**7 / (mean_c**7 + 25**7)))
    c1, c2 = math.hypot((1 + g) * a1, b1), math.hypot((1 + g) * a2, b2)
    h1 = math.degrees(math.atan2(b1, (1 + g) * a1)) % 360 if c1 else 0.0
    h2 = math.degrees(math.atan2(b2, (1 + g) * a2)) % 360 if c2 else 0.0
    turn, mean_h = _hues(h1, h2, grey=c1 * c2 == 0)
    dh = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2))
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * math.cos(math.radians(mean_h - 30))
        + 0.24 * math.cos(math.radians(2 * mean_h))
        + 0.32 * math.cos(math.radians(3 * mean_h + 6))
        - 0.20 * math.cos(math.radians(4 * mean_h - 63))
    )
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / math.sqrt(20 + (mean_l - 50) ** 2)
    s_c, s_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    twist = 2 * math.sqrt(mean_c**7 / (mean_c**7 + 25**7))
    twist *= -math.sin(math.radians(60 * math.exp(-(((mean_h - 275) / 25) ** 2))))
    light, chroma, hue = (l2 - l1) / s_l, (c2 - c1) / s_c, dh / s_h
    return math.sqrt(light**2 + chroma**2 + hue**2 + twist * chroma * hue)


def _hues(h1: float, h2: float, *, grey: bool) -> tuple[float, float]:
    """Return the turn from one hue to the other, and the hue between them, degrees."""
    if grey:
        return 0.0, h1 + h2
    turn = (h2 - h1 + 180) % 360 - 180
    if abs(h1 - h2) <= 180:
        return h2 - h1, (h1 + h2) / 2
    return turn, (h1 + h2 + (360 if h1 + h2 < 360 else -360)) / 2

"""Read the limits that signs set: widths, heights and weights, in the units of many countries."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

_METRES = re.compile(r"^(\d+(?:[.,]\d+)?)\s*(m|metres|meters|cm|米)?$", re.IGNORECASE)
_FEET = re.compile(
    r"^(?:(\d+(?:[.,]\d+)?)\s*(?:'|ft|feet))?\s*(?:(\d+(?:[.,]\d+)?)\s*(?:\"|''|in|inch|inches))?$",
    re.IGNORECASE,
)
_WEIGHT = re.compile(r"^(\d+(?:[.,]\d+)?)\s*([a-z]+|吨)?$", re.IGNORECASE)
#: The kilogram, the short ("st") and long ("lt") ton, the pound and the hundredweight in tonnes
#: (NIST Special Publication 811, appendix B.8).
_TO_TONNES = {
    "": 1.0,
    "t": 1.0,
    "ton": 1.0,
    "tons": 1.0,
    "吨": 1.0,
    "kg": 0.001,
    "st": 0.90718474,
    "lt": 1.0160469088,
    "lb": 0.00045359237,
    "lbs": 0.00045359237,
    "cwt": 0.0508023454,
}
#: No sign limits a road to so many tonnes: such a number without a unit is in kilograms.
_SURELY_KG = 500.0
#: Words in place of a size or weight that set no limit of their own.
_NO_LIMIT = frozenset(
    {"", "none", "no", "default", "below_default", "no_sign", "no_indications", "unsigned"}
    | {"unknown", "nan"}
)


def limit_of(value: str) -> tuple[float, bool]:
    """Read a width or height, in metres or in feet and inches (``11'6"``).

    Returns
    -------
    limit_m
        The least of several; NaN where none is given (``none``, ``default``).
    understood
        False when the text is neither a size nor a word that stands for no limit.
    """
    return _least(value, _metres)


def weight_of(value: str) -> tuple[float, bool]:
    """Read a weight limit, in tonnes unless it names its unit (``7500 kg``, ``16 st``).

    Returns
    -------
    limit_t
        The least of several; NaN where none is given.
    understood
        False when the text is neither a weight nor a word that stands for no limit.
    """
    return _least(value, _tonnes)


def _least(value: str, read: Callable[[str], float | None]) -> tuple[float, bool]:
    if not value or value.strip().lower() in _NO_LIMIT:
        return math.nan, True
    found = [read(part.strip()) for part in re.split(r"[;|]", value)]
    numbers = [number for number in found if number is not None and number > 0]
    return min(numbers, default=math.nan), len(numbers) == len(found)


def _metres(text: str) -> float | None:
    match = _METRES.match(text)
    if match is not None:
        return _decimal(match[1]) * (0.01 if (match[2] or "").lower() == "cm" else 1.0)
    match = _FEET.match(text)
    if match is None or not (match[1] or match[2]):
        return None
    return _decimal(match[1] or "0") * 0.3048 + _decimal(match[2] or "0") * 0.0254


def _tonnes(text: str) -> float | None:
    match = _WEIGHT.match(text)
    if match is None:
        return None
    number, unit = _decimal(match[1]), (match[2] or "").lower()
    if not unit and number > _SURELY_KG:
        unit = "kg"
    return number * _TO_TONNES[unit] if unit in _TO_TONNES else None


def _decimal(text: str) -> float:
    return float(text.replace(",", "."))


def least_of(
    tags: Mapping[str, str], *keys: str, read: Callable[[str], tuple[float, bool]]
) -> tuple[float, bool]:
    """Read several tags that limit the same thing; the least binds, NaN where none does."""
    found = [read(tags[key]) for key in keys if key in tags]
    numbers = [number for number, _ in found if not math.isnan(number)]
    return min(numbers, default=math.nan), all(understood for _, understood in found)

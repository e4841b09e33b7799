"""The words for columns, figures, layers and values, Chinese and English."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Literal

from firecover.standards import road_classes, vehicles

Language = Literal["zh", "en"]

#: Columns whose values are those of a vocabulary with another name.
_VOCABULARY = {"area_verdict": "verdict", "jurisdiction_tiers": "tier"}
_PLACEHOLDER = re.compile(r"\\\{([ms])\\\}")
_ENDINGS = {"m": r"(?P<m>\d+(?:\.\d+)?)", "s": r"(?P<s>.+)"}


@cache
def _words() -> Mapping[str, Any]:
    text = resources.files("firecover.outputs.i18n").joinpath("columns.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the names with a placeholder as patterns, the longest and so the closest first."""
    names = sorted((name for name in _words()["columns"] if "{" in name), key=len, reverse=True)
    return tuple(
        (re.compile(_PLACEHOLDER.sub(lambda found: _ENDINGS[found[1]], re.escape(name))), name)
        for name in names
    )


def _entry(name: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return a column's words, and what its placeholders stand for."""
    columns = _words()["columns"]
    if name in columns:
        return columns[name], {}
    for pattern, key in _patterns():
        found = pattern.fullmatch(name)
        if found:
            return columns[key], found.groupdict()
    return {"zh": name, "en": name}, {}


def knows_column(name: str) -> bool:
    """Tell whether there are words for a column or figure."""
    return name in _words()["columns"] or any(p.fullmatch(name) for p, _ in _patterns())


def column_label(name: str, lang: Language) -> str:
    """Return the name of a column or headline figure, without its unit.

    A name that has no words stands for itself: a table may carry columns of its own.
    """
    words, parts = _entry(name)
    label = words[lang]
    for key, value in parts.items():
        label = label.replace(f"{{{key}}}", value)
    return label


def unit_key(name: str) -> str:
    """Return the unit of a column as ``columns.toml`` calls it, "" where it has none."""
    return _entry(name)[0].get("unit", "")


def column_unit(name: str, lang: Language) -> str:
    """Return the unit of a column, "" where it has none; a share's is "0 to 1"."""
    unit = unit_key(name)
    return _words()["units"][unit][lang] if unit else ""


def column_heading(name: str, lang: Language) -> str:
    """Return the name of a column with its unit in brackets."""
    label, unit = column_label(name, lang), column_unit(name, lang)
    if not unit:
        return label
    return f"{label}（{unit}）" if lang == "zh" else f"{label} ({unit})"


def layer_label(name: str, lang: Language) -> str:
    """Return the name of a layer of the inputs or results."""
    words = _words()["layers"].get(name)
    return words[lang] if words else name


def vocabulary(column: str, lang: Language) -> dict[str, str]:
    """Return the words of a column of coded values, in their order; {} for other columns."""
    if column == "road_class":
        return {key: getattr(words, lang) for key, words in road_classes().items()}
    if column == "vehicle":
        return {key: getattr(words, lang) for key, words in vehicles().items()}
    values = _words()["values"].get(_VOCABULARY.get(column, column), {})
    return {key: words[lang] for key, words in values.items()}


def value_label(column: str, value: object, lang: Language) -> str:
    """Return a value in words: codes and yes/no translated, nothing for NaN, else as it is."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return vocabulary("yes_no", lang)[str(bool(value)).lower()]
    return vocabulary(column, lang).get(str(value), str(value))

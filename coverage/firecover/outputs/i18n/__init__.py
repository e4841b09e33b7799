"""The words for columns, figures, layers and values, Chinese and English."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Literal

from firecover.standards import conditions, road_classes, vehicles

Language = Literal["zh", "en"]

#: Columns whose values are those of a vocabulary with another name; all verdicts share one.
_VOCABULARY = {"jurisdiction_tiers": "tier", "widest_vehicle": "vehicle"}
_PLACEHOLDER = re.compile(r"\\\{([ms])\\\}")
_ENDINGS = {"m": r"(?P<m>\d+(?:\.\d+)?)", "s": r"(?P<s>.+)"}
#: The quantiles over the draws, in the name of a column and in words.
_PERCENTILE = re.compile(r"(?P<before>.+)_p(?P<percent>05|95)(?P<after>_.+|)")
_PERCENTILE_WORDS = {"zh": "{label}·{n}%分位", "en": "{label}, {n}th percentile"}
_UNIT_ENDING = re.compile(r".+_(s|min|m|km|km2|kmh|share)")
_DIGITS_WITHOUT_UNIT = 4


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


@cache
def _entry(name: str, table: str) -> Mapping[str, str] | None:
    """Return the words and the unit of a column, its placeholders filled in; None if unknown."""
    columns = _words()["columns"]
    exact: Mapping[str, str] | None = _words()["tables"].get(table, columns).get(name)
    if exact is not None or name in columns:
        return exact or dict(columns[name])
    for pattern, key in _patterns():
        found = pattern.fullmatch(name)
        if found:
            return {kind: _filled(text, found.groupdict()) for kind, text in columns[key].items()}
    quantile = _PERCENTILE.fullmatch(name)
    base = _entry(quantile["before"] + quantile["after"], table) if quantile else None
    if quantile is None or base is None:
        return None
    percent = str(int(quantile["percent"]))
    told = {
        lang: words.format(label=base[lang], n=percent) for lang, words in _PERCENTILE_WORDS.items()
    }
    return {**base, **told}


def _filled(text: str, parts: Mapping[str, str]) -> str:
    for key, value in parts.items():
        text = text.replace(f"{{{key}}}", value)
    return text


def knows_column(name: str, table: str = "") -> bool:
    """Tell whether there are words for a column or figure."""
    return _entry(name, table) is not None


def column_label(name: str, lang: Language, table: str = "") -> str:
    """Return the name of a column or headline figure, without its unit.

    A name that has no words stands for itself: a table may carry columns of its own. Some
    columns mean something else in one table: ``table`` is its name.
    """
    words = _entry(name, table)
    return words[lang] if words else name


def unit_key(name: str, table: str = "") -> str:
    """Return the unit of a column as ``columns.toml`` calls it, "" where it has none.

    A column without words has the unit that its name ends with.
    """
    words = _entry(name, table)
    if words is not None:
        return words.get("unit", "")
    quantile = _PERCENTILE.fullmatch(name)
    ending = _UNIT_ENDING.fullmatch(quantile["before"] + quantile["after"] if quantile else name)
    return ending[1] if ending else ""


def unit_digits(unit: str) -> int:
    """Return the decimals to which numbers of a unit are told."""
    return int(_words()["units"][unit]["digits"]) if unit else _DIGITS_WITHOUT_UNIT


def column_unit(name: str, lang: Language, table: str = "") -> str:
    """Return the unit of a column, "" where it has none; a share's is "0 to 1"."""
    unit = unit_key(name, table)
    return str(_words()["units"][unit][lang]) if unit else ""


def column_heading(name: str, lang: Language, table: str = "") -> str:
    """Return the name of a column with its unit in brackets."""
    label, unit = column_label(name, lang, table), column_unit(name, lang, table)
    if not unit:
        return label
    return f"{label}（{unit}）" if lang == "zh" else f"{label} ({unit})"


def layer_label(name: str, lang: Language) -> str:
    """Return the name of a layer of the inputs or results."""
    words = _words()["layers"].get(name)
    return words[lang] if words else name


def vocabulary(column: str, lang: Language, table: str = "") -> dict[str, str]:
    """Return the words of a column of coded values, in their order; {} for other columns.

    Some columns hold other codes in one table: ``table`` is its name.
    """
    own = _words()["table_values"].get(table, {}).get(column)
    if own is not None:
        return {key: words[lang] for key, words in own.items()}
    name = "verdict" if column.endswith("_verdict") else _VOCABULARY.get(column, column)
    listed = {"road_class": road_classes, "vehicle": vehicles, "condition": conditions}.get(name)
    if listed is not None:
        return {key: getattr(words, lang) for key, words in listed().items()}
    values = _words()["values"].get(name, {})
    return {key: words[lang] for key, words in values.items()}


def value_label(column: str, value: object, lang: Language, table: str = "") -> str:
    """Return a value in words: codes and yes/no translated, nothing for NaN, else as it is.

    ``table`` is as in :func:`vocabulary`.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return vocabulary("yes_no", lang)[str(bool(value)).lower()]
    return vocabulary(column, lang, table).get(str(value), str(value))

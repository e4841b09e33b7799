"""Texts of the maps in both languages at once: a page switches without being made anew."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

from firecover.outputs.i18n import Language, column_label, layer_label, value_label

_BRACKET = re.compile(r"^(.*\S)\s*[（(][^）)]*(?:[（(][^）)]*[）)])?[^）)]*[）)]$")

#: Chinese and English.
Pair = tuple[str, str]
#: One string where both languages say the same (a name from the data), else a pair.
Text = str | Pair

LANGUAGES: tuple[Language, Language] = ("zh", "en")


@cache
def words() -> Mapping[str, Mapping[str, list[str]]]:
    """Return the maps' own wording, ``[Chinese, English]`` by section and key.

    Each page has a file in ``i18n/maps/``; ``{…}`` is filled in by the page. Words for
    columns and values stand in ``i18n/columns.toml``.
    """
    folder = resources.files("firecover.outputs.i18n").joinpath("maps")
    sections: dict[str, dict[str, list[str]]] = {}
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        for name, texts in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if name in sections:
                msg = f"the section [{name}] stands twice in i18n/maps"
                raise ValueError(msg)
            sections[name] = texts
    return sections


def say(key: str, **values: Text | float) -> Pair:
    """Return a text of ``i18n/maps/``, its places filled in.

    Parameters
    ----------
    key
        Section and name, as in ``"villages.first"``.
    values
        What the places stand for; a pair gives each language its own.
    """
    section, name = key.split(".")
    zh, en = words()[section][name]
    if not values:
        return zh, en
    filled = [
        text.format(**{place: part(value, index) for place, value in values.items()})
        for index, text in enumerate((zh, en))
    ]
    return filled[0], filled[1]


def part(text: Text | float, index: int) -> str:
    """Return a text in Chinese (0) or English (1)."""
    if isinstance(text, float | int):
        return f"{text:g}"
    return text if isinstance(text, str) else text[index]


def section(name: str) -> dict[str, Pair]:
    """Return all texts of a section."""
    return {key: (zh, en) for key, (zh, en) in words()[name].items()}


def join(texts: Iterable[Text], between: Pair) -> Pair:
    """Join texts in each language."""
    given = list(texts)
    zh, en = (between[i].join(part(text, i) for text in given) for i in (0, 1))
    return zh, en


def layer_name(name: str) -> Pair:
    """Return the name of an input layer."""
    return layer_label(name, "zh"), layer_label(name, "en")


def column_name(name: str) -> Pair:
    """Return the name of a column or figure."""
    return column_label(name, "zh"), column_label(name, "en")


def value_name(column: str, value: object) -> Pair:
    """Return a coded value in words."""
    zh, en = (value_label(column, value, language) for language in LANGUAGES)
    return zh, en


def own_name(row: Mapping[str, object]) -> Text:
    """Return a feature's name: as given, and its English one where there is one."""
    name, other = str(row.get("name") or ""), str(row.get("name_en") or "")
    return (name, other) if other and other != name else name


def short_name(name: Text) -> Text:
    """Return a name without the brackets at its end, for where there is little room."""
    short = [_BRACKET.sub(r"\1", part(name, i)) for i in (0, 1)]
    return short[0] if isinstance(name, str) else (short[0], short[1])


# ------------------------------------------------------------------------------- amounts


def known(value: object) -> float | None:
    """Return a number of the results, None where it is missing or NaN."""
    if value is None or isinstance(value, str):
        return None
    number = float(value)  # type: ignore[arg-type]
    return None if math.isnan(number) else number


def number(value: float, decimals: int = 0) -> str:
    """Return a number with thousands separated; a tiny one is not told as nothing."""
    least = 10.0**-decimals
    if 0 < value < least / 2:
        return f"<{least:g}"
    text = f"{value:,.{decimals}f}"
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text


def percent(share: float) -> str:
    """Return a share in per cent; 0 % and 100 % stand for nothing and all, never nearly so."""
    if 0 < share < 0.0005:  # noqa: PLR2004 - half of the last digit shown
        return "<0.1 %"
    if 0.9995 <= share < 1:  # noqa: PLR2004
        return ">99.9 %"
    return f"{share * 100:.1f} %"


def amount(value: object, unit: str) -> Text:
    """Return a number of the results with its unit.

    Parameters
    ----------
    value
        The number; None or NaN is told as not known.
    unit
        ``minutes`` (of seconds), ``seconds``, ``metres``, ``km2``, ``kilometres``,
        ``people``, ``count``, ``villages``, ``cost`` or ``share``.
    """
    given = known(value)
    if given is None:
        return say("amounts.unknown")
    if unit == "share":
        return percent(given)
    if unit == "minutes":
        return say("amounts.minutes", n=number(given / 60, 1))
    decimals = {"km2": 2, "kilometres": 1}.get(unit, 0)
    return say(f"amounts.{unit}", n=number(given, decimals))


def share(value: object, numerator: object, denominator: object, unit: str) -> Text:
    """Return a share with what it is a share of.

    ``unit`` is ``people``, ``km2``, ``kilometres`` or ``count``. A share of nothing cannot be said.
    """
    given, top, whole = known(value), known(numerator), known(denominator)
    if given is None:
        return say("amounts.cannot_say")
    if top is None or whole is None:
        return percent(given)
    decimals = {"km2": 2, "kilometres": 1}.get(unit, 0)
    detail = say(f"amounts.part_{unit}", part=number(top, decimals), whole=number(whole, decimals))
    return say("amounts.with_detail", share=percent(given), detail=detail)


def split_share(value: object, top: object, whole: object, unit: str) -> tuple[Text, Text]:
    """Return a share, and apart from it what it is a share of."""
    given, part_of, total = known(value), known(top), known(whole)
    if given is None:
        return say("amounts.cannot_say"), ""
    if part_of is None or total is None:
        return percent(given), ""
    decimals = {"km2": 2, "kilometres": 1}.get(unit, 0)
    detail = say(
        f"amounts.part_{unit}", part=number(part_of, decimals), whole=number(total, decimals)
    )
    return percent(given), detail


def minutes_name(minutes: float) -> str:
    """Return a band's limit without needless digits."""
    return f"{minutes:g}"

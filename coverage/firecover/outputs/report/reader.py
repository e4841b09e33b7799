"""Figures and texts of the report, each with the place in ``results.json`` it stands at.

A figure is shown as ``<data value="0.4123" data-key="/scenarios/…/urban_reached_share">41.2%
</data>``: the key is a JSON Pointer (RFC 6901), so that a reader, or a test, can follow any
figure of the report to the file. ``data-minus`` names a place whose figure is taken away;
``data-of`` says that the key is a table of which the items are counted, those of ``data-where``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from markupsafe import Markup, escape

from firecover.outputs.i18n import Language, layer_label, value_label
from firecover.results import band

#: What a place in the results is named by: keys and numbers of list items.
Place = tuple[str | int, ...]

#: How a figure is shown: what it is multiplied by, its decimals (None: as many as it has,
#: four at most) and the sign after it.
STYLES: dict[str, tuple[float, int | None, str]] = {
    "count": (1, 0, ""),
    "km2": (1, 2, ""),
    "km": (1, 1, ""),
    "m": (1, 0, ""),
    "m_as_km": (1e-3, 1, ""),
    "share": (100, 1, "%"),
    "fine_share": (100, 2, "%"),
    "points": (100, 1, ""),
    "fine_points": (100, 2, ""),
    "min": (1 / 60, 1, ""),
    "times": (1, 2, ""),
    "plain": (1, None, ""),
    "plain_min": (1 / 60, None, ""),
    "plain_share": (100, None, "%"),
    "tenthousand": (1e-4, 2, ""),
    "degrees": (1, 5, ""),
    "hectares": (100, 2, ""),
    "million": (1e-2, None, ""),
}
_TEN_THOUSAND = 10_000
_BETWEEN_LANGUAGES = re.compile(r"\s*/\s")
BASELINE = "baseline"


@cache
def words(lang: str) -> Mapping[str, Any]:
    """Return the report's own wording in a language."""
    file = resources.files("firecover.outputs").joinpath("i18n", f"report.{lang}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def pointer(place: Place) -> str:
    """Return the JSON Pointer of a place."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def shown(value: float, style: str) -> str:
    """Return a figure as the report shows it.

    A share that is neither nothing nor all is never rounded to 0 % or 100 %.
    """
    scale, decimals, sign = STYLES[style]
    scaled = value * scale
    if decimals is None:
        text = f"{scaled:,.4f}".rstrip("0").rstrip(".")
        return ("0" if text == "-0" else text) + sign
    least = 10.0**-decimals
    if style in ("share", "fine_share") and 0 < value < 1:
        if scaled < least / 2:
            return f"<{least:g}{sign}"
        if scaled >= 100 - least / 2:
            return f">{100 - least:.{decimals}f}{sign}"
    text = f"{scaled:,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text + sign


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def _holds(row: Any, where: Mapping[str, object]) -> bool:
    return all(row[column] == value for column, value in where.items())


def _told(where: Mapping[str, object]) -> str:
    return ";".join(f"{column}={value}" for column, value in where.items())


@dataclass(frozen=True)
class Reader:
    """The results as a report in one language reads them.

    Attributes
    ----------
    results
        What ``results.json`` holds.
    lang
        ``zh`` or ``en``.
    """

    results: Mapping[str, Any]
    lang: Language

    def raw(self, *place: str | int) -> Any:
        """Return what stands at a place; None where there is nothing."""
        here: Any = self.results
        for part in place:
            try:
                here = here[part]
            except (KeyError, IndexError, TypeError):
                return None
        return here

    def figure(self, *place: str | int) -> float | None:
        """Return the number at a place, None where none is known."""
        value = self.raw(*place)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return value

    def show(self, style: str, *place: str | int) -> Markup:
        """Return the figure at a place, told as not known where there is none."""
        return self._data(self.figure(*place), style, place)

    def people(self, *place: str | int) -> Markup:
        """Return a number of people with its unit, in Chinese by the ten thousand."""
        value = self.figure(*place)
        large = self.lang == "zh" and value is not None and value >= _TEN_THOUSAND
        number = self.show("tenthousand" if large else "count", *place)
        if value is None:
            return number
        one = number.striptags() == "1"
        return number + self.say("units", "people_10k" if large else "person" if one else "people")

    def heads(self, *place: str | int) -> Markup:
        """Return a number of people where the sentence has their word: in English, bare."""
        return self.people(*place) if self.lang == "zh" else self.show("count", *place)

    def counted(self, noun: str, *place: str | int) -> Markup:
        """Return a number of things with their word, in its singular for one."""
        return self.things(noun, self.show("count", *place))

    def things(self, noun: str, number: Markup) -> Markup:
        """Return a number that is shown with the word for what it counts."""
        one, more = words(self.lang)["noun"][noun]
        form = one if number.striptags() == "1" else more
        return Markup(form).format(n=number)  # noqa: S704 - the report's own words

    def cost(self, *place: str | int) -> Markup:
        """Return a cost without its unit: 10,000 yuan in Chinese, a million in English."""
        return self.show("plain" if self.lang == "zh" else "million", *place)

    def change(self, style: str, place: Place, minus: Place) -> Markup:
        """Return by how much the figure at one place is above that at another."""
        value, less = self.figure(*place), self.figure(*minus)
        known = value is not None and less is not None
        change = value - less if known else None  # type: ignore[operator]
        return self._data(change, style, place, minus=pointer(minus))

    def rows(self, *place: str | int) -> list[tuple[Place, Mapping[str, Any]]]:
        """Return the rows of a table, each with its place; none where there is no table."""
        return [((*place, i), row) for i, row in enumerate(self.raw(*place) or ())]

    def count(self, *place: str | int, **where: object) -> Markup:
        """Return how many items stand at a place; only the rows that hold such values."""
        items = [row for _, row in self.rows(*place) if _holds(row, where)]
        return self._data(len(items), "count", place, of="items", where=_told(where))

    def text(self, *place: str | int) -> Markup:
        """Return the text at a place, nothing where there is none."""
        value = self.raw(*place)
        if value is None or value == "":
            return Markup("")
        return Markup('<span data-key="{0}">{1}</span>').format(pointer(place), str(value))

    def told(self, *place: str | int) -> Markup:
        """Return a text of one language only, in this one where its words are known.

        A source given as ``中文 / English`` is told in the report's language.
        """
        value = str(self.raw(*place) or "")
        text = words(self.lang)["translated"].get(value, value)
        parts = _BETWEEN_LANGUAGES.split(text, maxsplit=1)
        if [_is_chinese(part) for part in parts] == [True, False]:
            text = parts[0 if self.lang == "zh" else 1]
        if not text:
            return Markup("")
        return Markup('<span data-key="{0}">{1}</span>').format(pointer(place), text)

    def both(self, *place: str | int) -> Markup:
        """Return the text of a place that holds one in each language."""
        return self.text(*place, self.lang)

    def name(self, *row: str | int) -> Markup:
        """Return the name of a row: in English the English one, where there is one."""
        english = self.lang == "en" and bool(self.raw(*row, "name_en"))
        return self.text(*row, "name_en" if english else "name")

    def say(self, *key: str, **parts: object) -> Markup:
        """Return a text of the report's own, with figures put in its places."""
        here: Any = words(self.lang)
        for part in key:
            here = here[part]
        return Markup(here).format(**parts) if parts else Markup(here)  # noqa: S704

    def label(self, column: str, value: object) -> Markup:
        """Return the word for a coded value (a class, a verdict); the value if there is none."""
        return escape(value_label(column, value, self.lang))

    def layer(self, name: object) -> Markup:
        """Return the name of a layer."""
        return escape(layer_label(str(name), self.lang))

    def listing(self, items: Sequence[Markup]) -> Markup:
        """Join items in a row of words."""
        return Markup(words(self.lang)["punctuation"]["list"]).join(items)  # noqa: S704

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The scenarios' ids, the baseline first."""
        others = [name for name in self.raw("scenario_ids") if name != BASELINE]
        return (BASELINE, *others)

    def title(self, scenario: str) -> Markup:
        """Return the name of a scenario."""
        return self.both("scenarios", scenario, "title")

    def headline(self, scenario: str, key: str) -> Place:
        """Return the place of a headline figure."""
        return ("scenarios", scenario, "figures", key)

    def rule(self, name: str) -> Place:
        """Return the place of a rule's value; a place that holds nothing if it is not there."""
        rules = self.raw("rules") or ()
        row = next((i for i, rule in enumerate(rules) if rule["id"] == name), len(rules))
        return ("rules", row, "value")

    @property
    def limit(self) -> Markup:
        """The response time of the rules, minutes."""
        return self.show("plain_min", *self.rule("response_s"))

    @property
    def village_limit(self) -> Markup:
        """The time that the study sets for villages, minutes."""
        known = self.headline(BASELINE, "village_minutes")
        if self.figure(*known) is None:
            known = ("settings", "village_minutes")
        return self.show("plain", *known)

    @property
    def response_band(self) -> str | None:
        """The ending of the band that is the response time of the rules, if there is one."""
        limit_s = self.figure(*self.rule("response_s"))
        bands = self.raw("minutes") or ()
        return next((band(m) for m in bands if limit_s is not None and m * 60 == limit_s), None)

    def _data(self, value: float | None, style: str, place: Place, **how: str) -> Markup:
        """Return a figure in its mark; ``how`` it comes from the place, where it is not there."""
        mark = Markup('<data value="{0}" data-key="{1}" data-style="{2}"').format(
            "" if value is None else repr(value), pointer(place), style
        )
        for name, told in how.items():
            if told:
                mark += Markup(' data-{0}="{1}"').format(name, told)
        text = self.say("words", "not_known") if value is None else shown(value, style)
        return mark + Markup(">{0}</data>").format(text)

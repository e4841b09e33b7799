"""The classes of the figures that a map may be coloured by, and how each is drawn.

What is not known is a class of its own in every figure, never the lowest number.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from firecover.outputs import styles
from firecover.outputs.maps.layers import arrival_class
from firecover.outputs.maps.parts import Style
from firecover.outputs.maps.text import Pair, Text, known, minutes_name, number, say

#: A row of a table as results.json tells it.
Row = Mapping[str, Any]
Value = Callable[[Row], float | None]

#: Ways of drawing that are no colours: not known, nobody gets there, against the rule.
UNKNOWN, NEVER, FAILS = "unknown", "never", "fails"
#: Later than the last band: darker than that, so that it is told from it in grey.
_LATER = "#c3bab0"
_MEETS = styles.VERDICT_COLOURS["meets"]
_SHARE_CLASSES = 5
#: Amounts are neither good nor bad: a ramp of another hue than that of times and shares.
_AMOUNTS = ("#f9e6c3", "#efbe7d", "#d88c45", "#a7571f", "#5f2c0d")
_NICE = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_SLACK = 1e-9


@dataclass(frozen=True)
class Scale:
    """The classes of a figure in the order of the legend; the last is for what is not known.

    ``colours`` has a colour for each, or one of the ways of drawing that are none; ``place``
    says which class a row belongs to.
    """

    labels: Sequence[Text]
    colours: Sequence[str]
    place: Callable[[Row], int]


def column(name: str) -> Value:
    """Return what reads a number from a row."""
    return lambda row: known(row.get(name))


def share_scale(value: Value, unknown: Text | None = None) -> Scale:
    """Return five classes of a share, the highest first; a limit belongs to the class above.

    ``unknown`` is what the class for what is not known is called, where it says more than that.
    """
    step = 100 // _SHARE_CLASSES
    labels: list[Text] = [f"{i * step}–{(i + 1) * step} %" for i in reversed(range(_SHARE_CLASSES))]

    def place(row: Row) -> int:
        given = value(row)
        if given is None:
            return _SHARE_CLASSES
        return _SHARE_CLASSES - 1 - min(int(given * _SHARE_CLASSES + _SLACK), _SHARE_CLASSES - 1)

    colours = styles.band_colours(range(_SHARE_CLASSES))
    return Scale([*labels, unknown or say("amounts.unknown")], [*colours, UNKNOWN], place)


def minutes_scale(
    value: Value, minutes: Sequence[float], never: Text, look: str = UNKNOWN
) -> Scale:
    """Return the study's bands for a time in seconds, later, and ``never``: no time is known."""
    limits = [minutes_name(limit) for limit in minutes]
    labels: list[Text] = [say("amounts.within", n=limits[0])]
    labels += [
        say("amounts.from_to", low=low, high=high) for low, high in itertools.pairwise(limits)
    ]
    labels += [say("amounts.later", n=limits[-1]), never]
    colours = [*styles.band_colours(minutes), _LATER, look]
    return Scale(labels, colours, lambda row: arrival_class(value(row), minutes))


def chance_scale(value: Value, sure: float, word: Callable[[Row], object] | None = None) -> Scale:
    """Return four classes of a probability: surely, rather, rather not, surely not.

    Parameters
    ----------
    value
        The probability.
    sure
        From which one on it is beyond the noise.
    word
        What has been said of a row in view of it (``sure_yes`` …), if that was said.
    """
    high, low = f"{sure * 100:g} %", f"{(1 - sure) * 100:g} %"
    labels: list[Text] = [
        say("figures.surely", p=high),
        say("figures.rather", low="50 %", high=high),
        say("figures.rather_not", low=low, high="50 %"),
        say("figures.surely_not", p=low),
        say("amounts.unknown"),
    ]

    def place(row: Row) -> int:
        given, said = value(row), word(row) if word else None
        if given is None:
            return len(labels) - 1
        if said == "sure_yes" or (not said and given >= sure - _SLACK):
            return 0
        if said == "sure_no" or (not said and given <= 1 - sure + _SLACK):
            return 3
        return 1 if given >= 0.5 else 2  # noqa: PLR2004 - as likely as not

    return Scale(labels, [*styles.band_colours(range(4)), UNKNOWN], place)


def verdict_scale(verdict: Callable[[Row], object], limit: str) -> Scale:
    """Return the classes of a verdict against a rule whose value is told."""
    labels = [
        say("figures.meets", limit=limit),
        say("figures.fails", limit=limit),
        say("figures.cannot_say"),
    ]
    places = {"meets": 0, "fails": 1}
    colours = [_MEETS, FAILS, UNKNOWN]
    return Scale(labels, colours, lambda row: places.get(str(verdict(row)), 2))


def amount_scale(value: Value, rows: Sequence[Row], unit: str, *, whole: bool = False) -> Scale:
    """Return classes of amounts, about as many places in each, between rounded limits.

    Parameters
    ----------
    value
        The amount.
    rows
        All rows, those of every scenario: the classes are the same in all.
    unit
        The word for the unit in ``amounts``.
    whole
        Whether amounts are whole numbers, so that a class may be told by its ends.
    """
    given = [found for row in rows if (found := value(row)) is not None]
    limits = rounded_limits(given, whole=whole)
    labels = [*_amount_labels(limits, unit, whole=whole), say("amounts.unknown")]
    count = len(limits) + 1
    last = len(_AMOUNTS) - 1
    colours = [_AMOUNTS[round(i * last / max(count - 1, 1))] for i in range(count)]

    def place(row: Row) -> int:
        found = value(row)
        return count if found is None else int(np.searchsorted(limits, found - _SLACK))

    return Scale(labels, [*colours, UNKNOWN], place)


def rounded_limits(given: Sequence[float], *, whole: bool = False) -> list[float]:
    """Return up to four limits near the quintiles, rounded; a limit belongs to the class below.

    There are none where all values are the same: then one class holds them all.
    """
    if not given:
        return []
    quintiles = np.quantile(np.asarray(given), [0.2, 0.4, 0.6, 0.8])
    limits = {_rounded(float(value), whole=whole) for value in quintiles}
    return sorted(limit for limit in limits if min(given) <= limit < max(given))


def _rounded(value: float, *, whole: bool) -> float:
    if value < _SLACK:
        return 0.0
    if whole and value < _NICE[-1]:
        return float(round(value))
    scale = 10.0 ** np.floor(np.log10(value))
    nearest = min(_NICE, key=lambda step: abs(step - value / scale))
    return float(f"{nearest * scale:.6g}")


def _amount_labels(limits: Sequence[float], unit: str, *, whole: bool) -> list[Text]:
    def told(limit: float, more: float = 0) -> str:
        exact = limit + more
        return f"{exact:g}" if exact < 1 else number(exact, 0 if exact == round(exact) else 1)

    if not limits:
        return [say("figures.any_amount")]
    labels = [say("figures.up_to", n=_unit(told(limits[0]), unit))]
    for low, high in itertools.pairwise(limits):
        start = told(low, 1) if whole else told(low)
        text = told(high) if start == told(high) else f"{start}–{told(high)}"
        labels.append(_unit(text, unit))
    return [*labels, say("figures.over", n=_unit(told(limits[-1]), unit))]


def _unit(text: str, unit: str) -> Pair:
    return say(f"amounts.{unit}", n=text)


def code_scale(code: Callable[[Row], object], names: Mapping[str, Text], none: Text) -> Scale:
    """Return a class for each code, the first the darkest, and ``none`` for all else."""
    order = list(names)
    colours = styles.band_colours(range(max(len(order), 2)))[: len(order)]

    def place(row: Row) -> int:
        found = str(code(row))
        return order.index(found) if found in order else len(order)

    return Scale([*names.values(), none], [*colours, NEVER], place)


def area_style(colour: str) -> Style:
    """Return how areas of a class are drawn: what is no colour is hatched."""
    hatches = {UNKNOWN: "url(#fc-hatch)", NEVER: "url(#fc-hatch)", FAILS: "url(#fc-gap)"}
    edge = "#7b8288" if colour in hatches else "#ffffff"
    return {
        "color": edge,
        "weight": 1.2,
        "opacity": 1,
        "fillOpacity": 0.78,
        "fillColor": hatches.get(colour, colour),
    }


def point_style(colour: str) -> Style:
    """Return how points of a class are drawn: what is no colour is a ring."""
    if colour in (UNKNOWN, NEVER, FAILS):
        ring = styles.VERDICT_COLOURS["cannot_say"] if colour == UNKNOWN else styles.GAP_COLOUR
        edge = {"radius": 5.5, "color": ring, "weight": 2.6}
        return {**edge, "opacity": 1, "fillColor": "#ffffff", "fillOpacity": 1}
    edge = {"radius": 4.5 if colour == _LATER else 6, "color": "#33414c", "weight": 1}
    return {**edge, "opacity": 1, "fillColor": colour, "fillOpacity": 1}

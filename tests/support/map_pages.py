"""What a map page whose figure is chosen from a list says, as a test reads it."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Any


def legend_counts(page: Any, variant: int, scenario: str) -> dict[str, int]:
    """Return how many places the legend counts in each class, by its English label."""
    return {
        label_of(entry.label): int(count.text)
        for entry in page.legends[0].entries
        if entry.variant == variant
        for count in entry.counts
        if count.scenario == scenario
    }


def legend_styles(page: Any, variant: int) -> dict[str, Any]:
    """Return how each class is drawn in the legend, by its English label."""
    return {
        label_of(entry.label): dict(entry.style)
        for entry in page.legends[0].entries
        if entry.variant == variant
    }


def label_of(text: Any) -> str:
    return text if isinstance(text, str) else text[1]


def counted(labels: list[str]) -> dict[str, int]:
    return dict(Counter(labels))


def share_label(share: float, unknown: str = "not known") -> str:
    """The class of a share, worked out plainly: five of equal width, a limit in the upper."""
    if math.isnan(share):
        return unknown
    for low in (80, 60, 40, 20):
        if share * 100 >= low - 1e-9:
            return f"{low}–{low + 20} %"
    return "0–20 %"


def time_label(seconds: float, minutes: tuple[float, ...], never: str) -> str:
    """The band of a time, worked out plainly."""
    if math.isnan(seconds):
        return never
    below = 0.0
    for limit in minutes:
        if seconds <= limit * 60 + 0.05:
            return f"within {limit:g} min" if not below else f"{below:g}–{limit:g} min"
        below = limit
    return f"later than {below:g} min"


def chance_label(p: float) -> str:
    """The class of a probability where 95 % is sure."""
    if math.isnan(p):
        return "not known"
    if p >= 0.95:
        return "95 % or more: surely"
    if p <= 0.05:
        return "5 % or less: surely not"
    return "50 %–95 %: rather yes" if p >= 0.5 else "5 %–50 %: rather not"


def amount_label(value: float, labels: list[str]) -> str:
    """The class of an amount, read from the words of the legend."""
    if math.isnan(value):
        return "not known"
    for label in labels:
        ends = [float(part.replace(",", "")) for part in re.findall(r"[\d,.]*\d", label)]
        if label.startswith("up to") and value <= ends[0]:
            return label
        if label.startswith("over") and value > ends[0]:
            return label
        if label == "the same everywhere":
            return label
        if len(ends) == 1 and label[0].isdigit() and value == ends[0]:
            return label
        whole = len(ends) == 2 and ends[0] == round(ends[0]) and value == round(value)
        if len(ends) == 2 and value <= ends[1] and (value >= ends[0] if whole else value > ends[0]):
            return label
    raise AssertionError((value, labels))

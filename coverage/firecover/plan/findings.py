"""What an audit finds, in words built from the numbers."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Literal, NamedTuple

from firecover.plan.amounts import Amount, Interval
from firecover.plan.declared import Column, Names
from firecover.plan.tables import Cell

__all__ = [
    "GRADES",
    "Both",
    "Finding",
    "Grade",
    "amount",
    "both",
    "findings_table",
    "joined",
    "place",
    "rounded",
    "say",
    "spread",
]

Grade = Literal["contradiction", "cannot_be_reconciled", "note"]
#: From the gravest to the least.
GRADES: tuple[Grade, ...] = ("contradiction", "cannot_be_reconciled", "note")
_DIGITS = {d: n for n, d in enumerate("一二三四五六七八九十", start=1)}
_SECTION_WORDS = (
    (r"第([一二三四五六七八九十])章", "chapter {}"),
    (r"第([一二三四五六七八九十])节", "section {}"),
    (r"专栏(\d+)", "table {}"),
    (r"附件(\d+)", "annex {}"),
    (r"备注", "remark"),
)


class Both(NamedTuple):
    """A text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class Finding:
    """One thing an audit found.

    Attributes
    ----------
    id
        The rule and what it was applied to; stays the same when a number changes.
    grade
        ``contradiction``: cannot both be right. ``cannot_be_reconciled``: no single reading
        makes the numbers fit, though each may be right in a sense the plan does not give.
        ``note``: to be known, not wrong.
    rule
        The general rule that found it.
    cells
        The cells that it rests on, as printed.
    recomputed
        The numbers that the rule worked out, by name.
    """

    id: str
    grade: Grade
    rule: str
    zh: str
    en: str
    cells: tuple[Cell, ...]
    recomputed: Mapping[str, float] = field(default_factory=dict)


@cache
def _templates() -> Mapping[str, Mapping[str, str]]:
    text = resources.files("firecover.plan").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def both(named: Names | Column) -> Both:
    """Return the two names of a declared thing."""
    return Both(named.zh, named.en)


def say(template: str, **values: Both | str) -> Both:
    """Fill a template; plain strings are the same in both languages."""
    words = _templates()[template]
    told = [
        words[language].format_map(
            {k: v[i] if isinstance(v, Both) else v for k, v in values.items()}
        )
        for i, language in enumerate(("zh", "en"))
    ]
    return Both(*told)


def joined(texts: Iterable[Both], *, comma: bool = False) -> Both:
    """Join clauses (or, with ``comma``, the items of a list)."""
    texts = list(texts)
    zh, en = ("、", ", ") if comma else ("；", "; ")
    return Both(zh.join(text.zh for text in texts), en.join(text.en for text in texts))


def place(sections: Sequence[str]) -> Both:
    """Name the sections of the plan."""
    return joined((Both(section, _section_en(section)) for section in sections), comma=True)


def _section_en(section: str) -> str:
    text = section
    for pattern, english in _SECTION_WORDS:
        for found in re.finditer(pattern, section):
            text = text.replace(found[0], english.format(*map(_digit, found.groups())))
    return text


def _digit(text: str) -> str:
    return str(_DIGITS.get(text, text))


def amount(value: Amount | Decimal | int) -> str:
    """Write a number as printed, thousands set apart; a dash for an empty cell."""
    number = value.value if isinstance(value, Amount) else value
    return (
        "—" if number is None else f"{number:,f}" if isinstance(number, Decimal) else f"{number:,}"
    )


def rounded(value: Fraction, digits: int = 0) -> str:
    """Write a number that was worked out."""
    return f"{float(value):,.{digits}f}"


def spread(value: Interval, digits: int = 0) -> str:
    """Write an interval."""
    return f"{rounded(value.low, digits)}–{rounded(value.high, digits)}"


def findings_table(
    findings: Iterable[Finding], language: Literal["zh", "en"]
) -> list[dict[str, str]]:
    """Return the findings as rows of texts, for a table in a terminal or a report.

    Returns
    -------
    rows
        ``grade``, ``id``, ``text`` and ``cells`` (one a line).
    """
    rows = []
    for finding in findings:
        grade = _templates()[f"grade_{finding.grade}"][language]
        text = finding.zh if language == "zh" else finding.en
        cells = "\n".join(str(cell) for cell in finding.cells)
        rows.append({"grade": grade, "id": finding.id, "text": text, "cells": cells})
    return rows

"""Find declared quantities in the tables, with the cells they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from firecover.errors import Problem
from firecover.plan.declared import PlanError, RowsOf, Selector, SeriesSide
from firecover.plan.tables import Cell, Plan, Row, number_in

__all__ = ["Amount", "Interval", "as_printed", "exact", "pick", "pick_rows", "pick_series"]


@dataclass(frozen=True)
class Amount:
    """A quantity with its cells; ``value`` is None where the cells are empty."""

    value: Decimal | None
    cells: tuple[Cell, ...]
    sections: tuple[str, ...]

    @property
    def known(self) -> Decimal:
        """The value, none counting as zero."""
        return Decimal(0) if self.value is None else self.value


@dataclass(frozen=True)
class Interval:
    """All numbers from ``low`` to ``high``, both included."""

    low: Fraction
    high: Fraction

    @property
    def middle(self) -> Fraction:
        """The number as printed, where this is what it may stand for."""
        return (self.low + self.high) / 2

    def __mul__(self, other: Interval) -> Interval:
        return Interval(self.low * other.low, self.high * other.high)

    def __truediv__(self, other: Interval) -> Interval:
        return Interval(self.low / other.high, self.high / other.low)

    def meets(self, other: Interval) -> bool:
        """Whether the two have a number in common."""
        return self.low <= other.high and other.low <= self.high

    def whole_numbers(self) -> range:
        """Return the whole numbers inside."""
        return range(-(-self.low.numerator // self.low.denominator), int(self.high) + 1)


def exact(value: Decimal | int) -> Interval:
    """Return a number as an interval of no width."""
    return Interval(Fraction(value), Fraction(value))


def as_printed(value: Decimal) -> Interval:
    """Return what a rounded number may stand for: half of its last printed place either way."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    half = Fraction(10) ** exponent / 2
    return Interval(Fraction(value) - half, Fraction(value) + half)


def pick_rows(plan: Plan, which: RowsOf) -> tuple[Row, ...]:
    """Return the rows that a selector names."""
    table = plan.tables[which.table]
    return tuple(
        row
        for row in (table.totals if which.kind == "total" else table.parts)
        if all(row.values[column] == text for column, text in which.where.items())
        and all(text in row.values[column] for column, text in which.contains.items())
    )


def pick(plan: Plan, which: Selector) -> Amount:
    """Return a declared quantity.

    Raises
    ------
    PlanError
        If no row, or for one value more than one row, answers to the selector, or a text holds
        no number where one is declared.
    """
    rows = pick_rows(plan, which)
    form = plan.tables[which.table].form
    if which.take in ("rows", "distinct"):
        column = which.column or form.count or form.key or form.columns[0].name
        texts = [row.values[column] for row in rows]
        count = len(texts if which.take == "rows" else set(texts))
        last = rows[-1:]
        return Amount(Decimal(count), _cells(last, column), _sections(last))
    if not rows or (which.take == "value" and len(rows) > 1):
        what = f"{len(rows) or 'no'} rows answer to {_asked(which)}"
        remedy = "correct the table, or what quantities.toml asks for"
        raise PlanError(Problem(what, file=form.file, key=which.column, remedy=remedy))
    if which.take == "merged":
        rows = rows[:1]
    numbers = [_number(row, which.column, which.number) for row in rows]
    given = [number for number in numbers if number is not None]
    value = sum(given, Decimal(0)) if given else None
    return Amount(value, _cells(rows, which.column), _sections(rows))


def pick_series(plan: Plan, side: SeriesSide) -> dict[str, Amount]:
    """Return a quantity by key; rows with the same key add up."""
    found: dict[str, Amount] = {}
    for key, row, columns in _keyed(plan, side):
        numbers = [_number(row, column, side.number) for column in columns]
        cells = _cells([row], *columns)
        before = found.get(key, Amount(Decimal(0), (), ()))
        total = sum((number or Decimal(0) for number in numbers), before.known)
        shown = cells if len(columns) == 1 else tuple(c for c in cells if c.value not in ("", "-"))
        found[key] = Amount(total, before.cells + shown, (*before.sections, row.section))
    return found


def _keyed(plan: Plan, side: SeriesSide) -> Iterator[tuple[str, Row, tuple[str, ...]]]:
    for row in pick_rows(plan, side):
        if side.keyed:
            for key, column in side.keyed.items():
                yield key, row, (column,)
        else:
            yield row.values[side.key], row, side.columns


def _number(row: Row, column: str, pattern: str) -> Decimal | None:
    text = row.values[column]
    if not pattern:
        return number_in(text)
    found = re.search(pattern, text)
    if found is None:
        what = f"{text!r} holds no number of the form {pattern}"
        raise PlanError(Problem(what, file=row.file, row=row.number, key=column))
    return Decimal(found[1])


def _cells(rows: Sequence[Row], *columns: str) -> tuple[Cell, ...]:
    return tuple(row.cell(column) for row in rows for column in columns)


def _sections(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.section for row in rows))


def _asked(which: Selector) -> str:
    asked = [f"{column} = {text!r}" for column, text in which.where.items()]
    asked += [f"{column} contains {text!r}" for column, text in which.contains.items()]
    return " and ".join(asked) or f"the rows of kind {which.kind!r}"

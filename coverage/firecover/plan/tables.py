"""The plan's tables as printed: read from CSV, strictly, each cell with its place."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from firecover.errors import Problem
from firecover.plan.declared import Declared, PlanError, TableForm, read_declared

__all__ = ["BLANK", "NONE_SIGN", "Cell", "Plan", "Row", "Table", "number_in", "read_plan"]

#: The plan's own sign for none.
NONE_SIGN = "-"
#: A cell that is empty in print.
BLANK = ""
_NUMBER = re.compile(r"\d+(\.\d+)?")
_YEAR = re.compile(r"(19|20)\d\d")
_KINDS = ("part", "total")


@dataclass(frozen=True)
class Cell:
    """A cell as printed; ``row`` counts the rows under the header from 1."""

    file: str
    row: int
    column: str
    value: str

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}, {self.column}: {self.value or '(empty)'}"


@dataclass(frozen=True)
class Row:
    """A row of a table, as printed."""

    table: str
    file: str
    number: int
    values: Mapping[str, str]

    @property
    def total(self) -> bool:
        """Whether this is the row of totals."""
        return self.values["row_kind"] == "total"

    @property
    def section(self) -> str:
        """The section of the plan that the row comes from."""
        return self.values["section"]

    def cell(self, column: str) -> Cell:
        """Return the cell in a column."""
        return Cell(self.file, self.number, column, self.values[column])


@dataclass(frozen=True)
class Table:
    """A table of the plan: its declared form and its rows."""

    name: str
    form: TableForm
    rows: tuple[Row, ...]

    @property
    def parts(self) -> tuple[Row, ...]:
        """The rows but the total."""
        return tuple(row for row in self.rows if not row.total)

    @property
    def totals(self) -> tuple[Row, ...]:
        """The rows of totals, at most one."""
        return tuple(row for row in self.rows if row.total)


@dataclass(frozen=True)
class Plan:
    """The tables by name, and what is declared of them."""

    folder: Path
    declared: Declared
    tables: Mapping[str, Table]


def number_in(text: str) -> Decimal | None:
    """Return the number in a cell, zero for the sign of none, or None for an empty cell."""
    if text == BLANK:
        return None
    return Decimal(0) if text == NONE_SIGN else Decimal(text)


def read_plan(folder: Path) -> Plan:
    """Read a plan's tables.

    Parameters
    ----------
    folder
        Holds the CSV files (UTF-8), and perhaps its own ``quantities.toml``.

    Raises
    ------
    PlanError
        If a file is absent or unreadable, a column is absent, unknown or out of its order, or
        a cell holds no number where one is declared. All problems, each with its place.
    """
    declared = read_declared(folder)
    problems: list[Problem] = []
    tables = {
        name: Table(name, form, tuple(_rows(folder, name, form, problems)))
        for name, form in declared.tables.items()
    }
    if problems:
        raise PlanError(problems)
    return Plan(folder, declared, tables)


def _lines(path: Path, problems: list[Problem]) -> list[list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))
    except OSError as error:
        problems.append(Problem(f"cannot be read: {error.strerror}", file=path.name))
    except UnicodeDecodeError:
        problems.append(Problem("is not UTF-8", file=path.name, remedy="save it as UTF-8"))
    return []


def _rows(folder: Path, name: str, form: TableForm, problems: list[Problem]) -> Iterator[Row]:
    lines = _lines(folder / form.file, problems)
    expected = [column.name for column in form.columns]
    if not lines:
        if not any(problem.file == form.file for problem in problems):
            problems.append(Problem("is empty", file=form.file))
        return
    if lines[0] != expected:
        problems.extend(_header_problems(form.file, lines[0], expected))
        return
    totals = 0
    for number, line in enumerate(lines[1:], start=1):
        if len(line) != len(expected):
            what = f"has {len(line)} cells, the header {len(expected)}"
            problems.append(Problem(what, file=form.file, row=number))
            continue
        row = Row(name, form.file, number, dict(zip(expected, map(str.strip, line), strict=True)))
        problems.extend(_cell_problems(row, form))
        totals += row.total
        yield row
    if totals > 1:
        problems.append(Problem(f"has {totals} rows of totals, not one", file=form.file))


def _header_problems(file: str, found: list[str], expected: list[str]) -> Iterator[Problem]:
    for name in expected:
        if name not in found:
            yield Problem("the column is absent", file=file, key=name)
    for name in found:
        if name not in expected:
            yield Problem("there is no such column in this table", file=file, key=name)
    if sorted(found) == sorted(expected):
        remedy = f"put them as: {', '.join(expected)}"
        yield Problem("the columns are out of order", file=file, remedy=remedy)
    elif len(found) != len(set(found)):
        yield Problem("a column stands twice", file=file)


def _cell_problems(row: Row, form: TableForm) -> Iterator[Problem]:
    if row.values["row_kind"] not in _KINDS:
        what = f"{row.values['row_kind']!r} is no kind of row"
        remedy = f"write one of: {', '.join(_KINDS)}"
        yield Problem(what, file=row.file, row=row.number, key="row_kind", remedy=remedy)
    for column in form.columns:
        text = row.values[column.name]
        if column.kind == "text" or text in (BLANK, NONE_SIGN):
            continue
        # the corner of a total row holds a sum and no year
        as_year = column.kind == "year" and not (row.total and column.name == form.corner)
        if not (_YEAR if as_year else _NUMBER).fullmatch(text):
            what = f"{text!r} is not a {'year' if as_year else 'number'}"
            remedy = "give it as printed; leave the cell empty where nothing is printed"
            yield Problem(what, file=row.file, row=row.number, key=column.name, remedy=remedy)

"""Rules over one table: parts and totals, numbering, names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from firecover.plan.findings import Both, Finding, amount, both, place, say
from firecover.plan.tables import Cell, Row, Table, number_in

__all__ = ["table_findings"]


def table_findings(table: Table) -> Iterator[Finding]:
    """Recompute every total of a table and follow its numbering."""
    yield from _down(table)
    yield from _across(table)
    yield from _corner(table)
    yield from _numbering(table)
    yield from _no_gap(table)
    yield from _one_name(table)
    yield from _keys(table)
    yield from _years(table)


def _sum(cells: Iterable[Cell]) -> Decimal:
    return sum((number_in(cell.value) or Decimal(0) for cell in cells), Decimal(0))


def _label(table: Table, column: str) -> Both:
    return both(next(c for c in table.form.columns if c.name == column))


def _unequal(
    rule: str, table: Table, row: Row, column: str, parts: tuple[Cell, ...]
) -> Iterator[Finding]:
    cell = row.cell(column)
    total = _sum(parts)
    printed = number_in(cell.value)
    if (printed or Decimal(0)) == total:
        return
    text = say(
        rule,
        place=place([row.section]),
        row=str(row.number),
        column=_label(table, column),
        sum=amount(total),
        printed=amount(printed) if printed is not None else "—",
        gap=amount(abs(total - (printed or Decimal(0)))),
    )
    where = column if row.total else f"{column}:{row.number}"
    yield Finding(
        f"{rule}:{table.name}:{where}",
        "contradiction",
        rule,
        *text,
        cells=(*parts, cell),
        recomputed={"sum": float(total)},
    )


def _down(table: Table) -> Iterator[Finding]:
    for total in table.totals:
        for column in table.form.down:
            parts = tuple(row.cell(column) for row in table.parts)
            yield from _unequal("sum_down", table, total, column, parts)


def _across(table: Table) -> Iterator[Finding]:
    for row in table.rows:
        for column, parts in table.form.across.items():
            yield from _unequal("sum_across", table, row, column, tuple(map(row.cell, parts)))


def _corner(table: Table) -> Iterator[Finding]:
    column = table.form.corner
    for total in table.totals if column else ():
        parts = tuple(map(total.cell, table.form.down))
        yield from _unequal("sum_corner", table, total, column, parts)


def _out_of_order(table: Table, row: Row, column: str, expected: int) -> Finding:
    cell = row.cell(column)
    text = say(
        "number_out_of_order",
        place=place([row.section]),
        row=str(row.number),
        column=_label(table, column),
        printed=cell.value or "—",
        expected=str(expected),
    )
    return Finding(
        f"number_out_of_order:{table.name}:{column}:{row.number}",
        "contradiction",
        "number_out_of_order",
        *text,
        cells=(cell,),
        recomputed={"expected": float(expected)},
    )


def _numbering(table: Table) -> Iterator[Finding]:
    form = table.form
    expected, group = 0, None
    for row in table.parts if form.count else ():
        here = row.values[form.count_within] if form.count_within else ""
        expected = expected + 1 if here == group else 1
        group = here
        if number_in(row.values[form.count]) != expected:
            yield _out_of_order(table, row, form.count, expected)


def _no_gap(table: Table) -> Iterator[Finding]:
    column = table.form.no_gap
    before = 0
    for row in table.parts if column else ():
        found = number_in(row.values[column])
        if found not in (before, before + 1) or found == 0:
            yield _out_of_order(table, row, column, before + 1)
        before = before if found is None else int(found)


def _grouped(rows: Iterable[Row], column: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.values[column], []).append(row)
    return groups


def _one_name(table: Table) -> Iterator[Finding]:
    pairs = table.form.one_name.items()
    for column, other in [pair for a, b in pairs for pair in ((a, b), (b, a))]:
        for value, rows in _grouped(table.parts, column).items():
            names = list(dict.fromkeys(row.values[other] for row in rows))
            if len(names) == 1:
                continue
            text = say(
                "two_names",
                place=place(list(dict.fromkeys(row.section for row in rows))),
                column=_label(table, column),
                value=value,
                count=str(len(names)),
                names=" / ".join(names),
            )
            yield Finding(
                f"two_names:{table.name}:{column}:{value}",
                "contradiction",
                "two_names",
                *text,
                cells=tuple(row.cell(c) for row in rows for c in (column, other)),
            )


def _keys(table: Table) -> Iterator[Finding]:
    column = table.form.key
    for value, rows in _grouped(table.parts, column).items() if column else ():
        if len(rows) == 1:
            continue
        text = say(
            "key_twice",
            place=place(list(dict.fromkeys(row.section for row in rows))),
            column=_label(table, column),
            value=value,
            count=str(len(rows)),
        )
        yield Finding(
            f"key_twice:{table.name}:{value}",
            "contradiction",
            "key_twice",
            *text,
            cells=tuple(row.cell(column) for row in rows),
        )


def _years(table: Table) -> Iterator[Finding]:
    """Follow the years of a table that has one row a year."""
    key = table.form.key
    if not any(c.name == key and c.kind == "year" for c in table.form.columns):
        return
    before: int | None = None
    for row in table.parts:
        found = number_in(row.values[key])
        if before is not None and found != before + 1:
            yield _out_of_order(table, row, key, before + 1)
        before = None if found is None else int(found)

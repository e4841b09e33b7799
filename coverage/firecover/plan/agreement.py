"""Rules over several places: one quantity has one value, a part is at most its whole."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from firecover.plan.amounts import Amount, pick, pick_series
from firecover.plan.declared import Agreement, AtMost, Series, SeriesSide
from firecover.plan.findings import Finding, Grade, amount, both, joined, place, say
from firecover.plan.tables import Cell, Plan

__all__ = ["agreement_findings", "at_most_findings", "series_findings"]


def series_findings(plan: Plan, series: Series) -> Iterator[Finding]:
    """Compare a quantity by year in two tables, and the totals over the years."""
    nothing = Amount(None, (), ())
    left, right = (pick_series(plan, side) for side in (series.left, series.right))
    years = sorted(
        year
        for year in left.keys() | right.keys()
        if left.get(year, nothing).known != right.get(year, nothing).known
    )
    if not years:
        return
    left_place, right_place = (
        place(list(dict.fromkeys(s for a in side.values() for s in a.sections)))
        for side in (left, right)
    )
    told = [
        say(
            "series_year",
            year=year or "—",
            left=amount(left.get(year, nothing)),
            right=amount(right.get(year, nothing)),
            left_place=left_place,
            right_place=right_place,
        )
        for year in years
    ]
    sums = [sum((a.known for a in side.values()), Decimal(0)) for side in (left, right)]
    text = say(
        "series" if sums[0] != sums[1] else "series_totals_alike",
        what=both(series),
        years=joined(told),
        left=amount(sums[0]),
        right=amount(sums[1]),
        left_place=left_place,
        right_place=right_place,
        gap=amount(abs(sums[0] - sums[1])),
    )
    cells = tuple(
        cell for year in years for side in (left, right) for cell in side.get(year, nothing).cells
    )
    totals = (*_total_cells(plan, series.left), *_total_cells(plan, series.right))
    yield Finding(
        f"series:{series.id}",
        "contradiction",
        "series",
        *text,
        cells=cells + totals,
        recomputed={
            "left_total": float(sums[0]),
            "right_total": float(sums[1]),
            **{f"left_{year}": float(left.get(year, nothing).known) for year in years},
            **{f"right_{year}": float(right.get(year, nothing).known) for year in years},
        },
    )


def _total_cells(plan: Plan, side: SeriesSide) -> tuple[Cell, ...]:
    if side.kind == "total" or side.number:
        return ()
    rows = plan.tables[side.table].totals
    return tuple(row.cell(column) for row in rows for column in side.columns)


def agreement_findings(plan: Plan, same: Agreement) -> Iterator[Finding]:
    """Compare the places in which a quantity is printed."""
    found = [pick(plan, which) for which in same.places]
    empty = [cell for a in found if a.value is None for cell in a.cells]
    if empty:
        text = say("empty", what=both(same), cells=" / ".join(map(str, empty)))
        yield Finding(f"empty:{same.id}", "note", "empty", *text, cells=tuple(empty))
    given = [a for a in found if a.value is not None]
    values = sorted({a.known for a in given})
    if len(values) > 1:
        rule, grade = _disagreement(same)
        times = f"{values[-1] / values[0]:.1f}" if values[0] else "—"
        yield _compared(same, given, rule, grade, times)
    elif same.counted_once and len(given) > 1:
        yield _compared(same, given, "counted_once", "note", "1")


def _disagreement(same: Agreement) -> tuple[str, Grade]:
    return ("same_alike", "cannot_be_reconciled") if same.alike else ("same", "contradiction")


def _compared(same: Agreement, found: list[Amount], rule: str, grade: Grade, times: str) -> Finding:
    told = [say("same_place", place=place(a.sections), value=amount(a)) for a in found]
    text = say(rule, what=both(same), places=joined(told, comma=True), times=times)
    return Finding(
        f"{rule}:{same.id}",
        grade,
        rule,
        *text,
        cells=tuple(cell for a in found for cell in a.cells),
        recomputed={f"value_{i}": float(a.known) for i, a in enumerate(found, start=1)},
    )


def at_most_findings(plan: Plan, pair: AtMost) -> Iterator[Finding]:
    """Say when a part is more than its whole or, where declared, when it is less."""
    part, whole = pick(plan, pair.part), pick(plan, pair.whole)
    if part.value is None or whole.value is None or part.value == whole.value:
        return
    above = part.value > whole.value
    if not above and not pair.note_below:
        return
    rule = "at_most" if above else "below"
    text = say(
        rule,
        what=both(pair),
        part=amount(part),
        whole=amount(whole),
        part_place=place(part.sections),
        whole_place=place(whole.sections),
        gap=amount(abs(whole.value - part.value)),
    )
    yield Finding(
        f"{rule}:{pair.id}",
        "contradiction" if above else "note",
        rule,
        *text,
        cells=part.cells + whole.cells,
        recomputed={"part": float(part.value), "whole": float(whole.value)},
    )

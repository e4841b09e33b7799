"""Rules over what is to be built: in time for its target, of one class, large enough."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from firecover.plan.amounts import Amount, as_printed, exact, pick, pick_rows
from firecover.plan.declared import AreaCheck, ClassCheck, Timeline
from firecover.plan.findings import Both, Finding, amount, both, joined, place, rounded, say
from firecover.plan.ratios import implied
from firecover.plan.tables import Cell, Plan, Row

__all__ = ["area_findings", "class_findings", "timeline_findings"]


def timeline_findings(plan: Plan, check: Timeline) -> Iterator[Finding]:
    """Compare the count that a ratio's target needs with what its timeline delivers by then.

    The count needed is the target times the denominator that the same ratio implies in its
    first period, as a whole number.
    """
    ratio = next(one for one in plan.declared.ratio if one.id == check.ratio)
    denominators = implied(plan, ratio)
    if not denominators or ratio.base is None:
        return
    target = ratio.periods[-1]
    quotient, base = pick(plan, target.quotient), pick(plan, ratio.base)
    added = [pick(plan, which) for which in target.added]
    bound = as_printed(quotient.known) * denominators[0].within / exact(ratio.per)
    needed = math.ceil(bound.low)
    steps = pick_rows(plan, check.steps)
    done = any(_in_time(step, check, check.ends, target.year) for step in steps)
    started = [
        step for step in steps if any(word in step.values[check.text] for word in check.starts)
    ]
    if needed <= base.known or done or not started:
        return
    first = min(started, key=lambda step: step.values[check.year])
    late = first.values[check.year] >= str(target.year)
    rule = "late" if late else "end_not_said"
    text = say(
        rule,
        ratio=both(ratio),
        year=str(target.year),
        quotient=amount(quotient),
        needed=str(needed),
        base=amount(base),
        base_place=place(base.sections),
        what=both(check),
        added=amount(sum((a.known for a in added), Decimal(0))),
        start=first.values[check.year],
        text=first.values[check.text],
    )
    yield Finding(
        f"{rule}:{check.id}",
        "contradiction" if late else "note",
        rule,
        *text,
        cells=(
            *quotient.cells,
            *base.cells,
            *(cell for a in added for cell in a.cells),
            first.cell(check.year),
            first.cell(check.text),
        ),
        recomputed={"needed": float(needed), "in_service": float(base.known)},
    )


def _in_time(step: Row, check: Timeline, words: tuple[str, ...], year: int) -> bool:
    text, when = step.values[check.text], step.values[check.year]
    return any(word in text for word in words) and when <= str(year)


@dataclass(frozen=True)
class _Classed:
    """A class as written somewhere."""

    station_class: str
    text: str
    section: str
    cell: Cell


def _classes(plan: Plan, check: ClassCheck) -> list[_Classed]:
    found = []
    for which in check.places:
        for row in pick_rows(plan, which):
            text = row.values[which.column]
            word = next((word for word in plan.declared.classes if word in text), "")
            if word:
                name = plan.declared.classes[word]
                found.append(_Classed(name, text, row.section, row.cell(which.column)))
    return found


def class_findings(
    plan: Plan, check: ClassCheck, caps_km2: Mapping[str, float]
) -> Iterator[Finding]:
    """Say where a station has one class here and another there, with what each allows."""
    found = _classes(plan, check)
    if len({one.station_class for one in found}) < 2:  # noqa: PLR2004
        return
    told = [
        say(
            "station_class_place" if one.station_class in caps_km2 else "station_class_no_cap",
            place=place([one.section]),
            text=one.text,
            cap=f"{caps_km2.get(one.station_class, 0):g}",
        )
        for one in found
    ]
    yield Finding(
        f"station_class:{check.id}",
        "contradiction",
        "station_class",
        *say("station_class", what=both(check), classes=joined(told)),
        cells=tuple(one.cell for one in found),
        recomputed={
            f"cap_{one.station_class}_km2": caps_km2[one.station_class]
            for one in found
            if one.station_class in caps_km2
        },
    )


def area_findings(
    plan: Plan, check: AreaCheck, caps_km2: Mapping[str, float], built_up_km2: float | None
) -> Iterator[Finding]:
    """Divide the built-up area by the stations, and add up what their classes allow."""
    printed, limit = pick(plan, check.area), pick(plan, check.limit)
    if built_up_km2 is not None and not math.isclose(built_up_km2, float(printed.known)):
        yield _measured(check, printed, built_up_km2)
    if "first" in caps_km2 and float(limit.known) != caps_km2["first"]:
        yield _misquoted(check, limit, caps_km2["first"])
    area = printed.known if built_up_km2 is None else Decimal(str(built_up_km2))
    stations, added = pick(plan, check.stations), pick(plan, check.added)
    counts = [stations.known, stations.known + added.known]
    if not all(counts):
        return
    each = [Fraction(area) / Fraction(count) for count in counts]
    sums = _cap_sums(plan, check, caps_km2, stations.known * limit.known, added.known)
    if each[-1] <= limit.known and all(total >= area for total in sums.values()):
        return
    cases = [
        say(
            "area_case",
            stations=amount(count),
            each=rounded(one, 2),
            fits=say("area_above" if one > limit.known else "area_within"),
        )
        for count, one in zip(counts, each, strict=True)
    ]
    text = say(
        "area",
        area=amount(area),
        place=place(printed.sections),
        cases=joined(cases),
        limit=amount(limit),
        caps=_caps(sums, area),
    )
    yield Finding(
        f"area:{check.id}",
        "cannot_be_reconciled",
        "area",
        *text,
        cells=printed.cells + limit.cells + stations.cells + added.cells,
        recomputed={
            **{f"km2_each_of_{count}": float(e) for count, e in zip(counts, each, strict=True)},
            **{f"caps_km2_{i}": float(s) for i, s in enumerate(sums.values(), start=1)},
        },
    )


def _cap_sums(
    plan: Plan, check: AreaCheck, caps_km2: Mapping[str, float], before: Decimal, added: Decimal
) -> dict[str, Decimal]:
    """Return the sum of the stations' caps for each class that the new station is given."""
    classes = [c for c in plan.declared.station_class if c.id == check.added_class]
    found = [one for c in classes for one in _classes(plan, c) if one.station_class in caps_km2]
    return {one.text: before + added * Decimal(str(caps_km2[one.station_class])) for one in found}


def _caps(sums: Mapping[str, Decimal], area: Decimal) -> Both | str:
    if not sums:
        return ""
    told = [
        say(
            "area_cap",
            sum=f"{float(total):g}",
            text=text,
            short=say("area_short", gap=f"{float(area - total):g}")
            if total < area
            else say("area_enough"),
        )
        for text, total in sums.items()
    ]
    return say("area_caps", sums=joined(told, comma=True))


def _measured(check: AreaCheck, printed: Amount, built_up_km2: float) -> Finding:
    text = say(
        "area_measured",
        place=place(printed.sections),
        printed=amount(printed),
        measured=f"{built_up_km2:,.2f}",
    )
    return Finding(
        f"area_measured:{check.id}",
        "note",
        "area_measured",
        *text,
        cells=printed.cells,
        recomputed={"measured_km2": built_up_km2},
    )


def _misquoted(check: AreaCheck, limit: Amount, cap_km2: float) -> Finding:
    text = say(
        "area_limit",
        place=place(limit.sections),
        printed=amount(limit),
        cap=f"{cap_km2:g}",
    )
    return Finding(
        f"area_limit:{check.id}",
        "contradiction",
        "area_limit",
        *text,
        cells=limit.cells,
        recomputed={"cap_km2": cap_km2},
    )

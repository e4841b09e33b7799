"""Rules over printed ratios: what they imply, given that they were rounded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from firecover.plan.amounts import Amount, Interval, as_printed, exact, pick
from firecover.plan.declared import Alternative, Declared, Ratio, ShareCheck
from firecover.plan.findings import (
    Both,
    Finding,
    amount,
    both,
    joined,
    place,
    rounded,
    say,
    spread,
)
from firecover.plan.tables import Cell, Plan

__all__ = ["Implied", "implied", "ratio_findings", "share_findings"]


@dataclass(frozen=True)
class Implied:
    """A ratio's denominator in one year, from its numerator.

    Attributes
    ----------
    about
        Numerator x per / printed ratio.
    within
        The same for every number that rounds to the printed ratio.
    """

    ratio: Ratio
    year: int
    quotient: Amount
    count: Decimal
    about: Fraction
    within: Interval
    cells: tuple[Cell, ...]


def implied(plan: Plan, ratio: Ratio) -> list[Implied]:
    """Return the denominators that a ratio implies, a period each; none without a base."""
    if ratio.base is None:
        return []
    base = pick(plan, ratio.base)
    found = []
    for period in ratio.periods:
        quotient = pick(plan, period.quotient)
        added = [pick(plan, which) for which in period.added]
        count = sum((a.known for a in added), base.known)
        if base.value is None or not quotient.known:
            continue
        printed = as_printed(quotient.known)
        if printed.low <= 0:
            continue
        top = exact(count * ratio.per)
        about = Fraction(count) * ratio.per / Fraction(quotient.known)
        cells = quotient.cells + base.cells + tuple(c for a in added for c in a.cells)
        found.append(Implied(ratio, period.year, quotient, count, about, top / printed, cells))
    return found


def ratio_findings(plan: Plan, declared: Declared) -> Iterator[Finding]:
    """Compare the denominators of the ratios that share one, and turn them into counts."""
    for name, words in declared.denominators.items():
        ratios = [ratio for ratio in declared.ratio if ratio.denominator == name]
        known = {ratio.id: implied(plan, ratio) for ratio in ratios}
        yield from _denominators(name, both(words), [i for found in known.values() for i in found])
        for ratio in ratios:
            if ratio.base is None:
                bases = [found for found in known.values() if found]
                yield from _counts(plan, both(words), ratio, bases)


def _denominators(name: str, words: Both, found: Sequence[Implied]) -> Iterator[Finding]:
    years = sorted({one.year for one in found})
    apart = [year for year in years if not _common([i.within for i in found if i.year == year])]
    if not apart:
        return
    told = [
        say(
            "denominator",
            ratio=both(one.ratio),
            year=str(one.year),
            quotient=amount(one.quotient),
            count=amount(one.count),
            value=rounded(one.about),
            range=spread(one.within),
        )
        for one in found
    ]
    text = say(
        "denominators",
        what=words,
        ratios=joined(told),
        years=joined([Both(f"{year}年", str(year)) for year in apart], comma=True),
    )
    yield Finding(
        f"denominators:{name}",
        "cannot_be_reconciled",
        "denominators",
        *text,
        cells=tuple(dict.fromkeys(cell for one in found for cell in one.cells)),
        recomputed={
            f"{one.ratio.id}_{one.year}{end}": float(value)
            for one in found
            for end, value in (
                ("", one.about),
                ("_least", one.within.low),
                ("_most", one.within.high),
            )
        },
    )


def _common(intervals: Sequence[Interval]) -> bool:
    return max(i.low for i in intervals) <= min(i.high for i in intervals)


@dataclass(frozen=True)
class _Counted:
    """A ratio without a printed count, by the denominators that another ratio implies.

    Attributes
    ----------
    counts
        What the printed ratio may stand for, a period each.
    after
        Whole numbers of the first period with what is added since.
    """

    base: Sequence[Implied]
    counts: Sequence[Interval]
    after: Sequence[int]

    @property
    def fits(self) -> bool:
        return any(number in self.counts[-1].whole_numbers() for number in self.after)


def _counts(
    plan: Plan, words: Both, ratio: Ratio, bases: Sequence[Sequence[Implied]]
) -> Iterator[Finding]:
    quotients = [pick(plan, period.quotient) for period in ratio.periods]
    added = [pick(plan, which) for period in ratio.periods for which in period.added]
    new = int(sum(a.known for a in added))
    years = [period.year for period in ratio.periods]
    cases = [
        _counted(base, quotients, ratio.per, new)
        for base in bases
        if [one.year for one in base] == years
    ]
    if not cases:
        return
    fits = any(case.fits for case in cases)
    text = say(
        "implied_counts",
        what=both(ratio),
        cases=joined(_counted_told(case, words, quotients, new) for case in cases),
        verdict=say("counts_fit" if fits else "counts_fit_not"),
    )
    yield Finding(
        f"implied_counts:{ratio.id}",
        "note" if fits else "cannot_be_reconciled",
        "implied_counts",
        *text,
        cells=tuple(cell for a in (*quotients, *added) for cell in a.cells),
        recomputed={
            f"by_{one.ratio.id}_{one.year}_{end}": float(value)
            for case in cases
            for one, count in zip(case.base, case.counts, strict=True)
            for end, value in (("least", count.low), ("most", count.high))
        },
    )


def _counted(base: Sequence[Implied], quotients: Sequence[Amount], per: int, new: int) -> _Counted:
    counts = [
        as_printed(quotient.known) * one.within / exact(per)
        for quotient, one in zip(quotients, base, strict=True)
    ]
    return _Counted(base, counts, [number + new for number in counts[0].whole_numbers()])


def _counted_told(case: _Counted, words: Both, quotients: Sequence[Amount], new: int) -> Both:
    first, last = case.base[0], case.base[-1]
    return say(
        "implied_count",
        denominator=words,
        ratio=both(first.ratio),
        from_year=str(first.year),
        to_year=str(last.year),
        from_population=rounded(first.about),
        to_population=rounded(last.about),
        from_quotient=amount(quotients[0]),
        to_quotient=amount(quotients[-1]),
        from_count=_whole(case.counts[0]),
        to_count=_whole(case.counts[-1]),
        added=amount(new),
        fits=_fit(case.after, fits=case.fits),
    )


def _whole(count: Interval) -> Both:
    numbers = count.whole_numbers()
    rule = "whole_numbers" if numbers else "no_whole_number"
    return say(rule, range=spread(count, 1), numbers=_listed(numbers))


def _listed(numbers: Sequence[int]) -> str:
    return f"{numbers[0]}–{numbers[-1]}" if len(numbers) > 1 else "".join(map(str, numbers))


def _fit(after: Sequence[int], *, fits: bool) -> Both:
    if not after:
        return say("nothing_to_add_to")
    return say("fits") if fits else say("fits_not", numbers=_listed(after))


@dataclass(frozen=True)
class _Whole:
    """A whole with what a share makes of it."""

    alternative: Alternative
    total: Amount
    years: int
    share: Fraction
    part: Fraction
    fits: bool

    @property
    def mean(self) -> Fraction:
        return Fraction(self.total.known) / self.years


def share_findings(plan: Plan, check: ShareCheck) -> Iterator[Finding]:
    """Say which of the wholes a printed share belongs to, unless it fits all of them.

    A share fits a whole when some number that rounds to the printed share, times the whole, is
    a number that rounds to the printed part.
    """
    quotient, part = pick(plan, check.quotient), pick(plan, check.part)
    if not quotient.known or not part.known:
        return
    ratio = as_printed(quotient.known) / exact(check.per)
    top = as_printed(part.known) if check.rounded else exact(part.known)
    wholes = [_whole_of(plan, one, ratio, top) for one in check.wholes]
    if all(one.fits for one in wholes):
        return
    years = max(one.years for one in wholes)
    bound = top / ratio
    about = Fraction(part.known) * check.per / Fraction(quotient.known)
    total = say(
        "share_total",
        years=str(years),
        total=rounded(about * years),
        range=spread(Interval(bound.low * years, bound.high * years)),
    )
    some = any(one.fits for one in wholes)
    text = say(
        "share",
        what=both(check),
        quotient=amount(quotient),
        part=amount(part),
        part_place=place(part.sections),
        cases=joined(_told(one, check.per) for one in wholes),
        implied=rounded(about, 1),
        implied_total=total if years > 1 else "",
        verdict=say("share_some" if some else "share_none"),
    )
    recomputed = {"implied_whole": float(about), "implied_total": float(about * years)}
    for one in wholes:
        key = one.total.cells[0].file.removesuffix(".csv")
        recomputed |= {f"{key}_share": float(one.share * check.per), f"{key}_fits": float(one.fits)}
    yield Finding(
        f"share:{check.id}",
        # where another whole fits, the disagreement of the wholes is told by its own rule
        "note" if some else "contradiction",
        "share",
        *text,
        cells=quotient.cells + part.cells + tuple(c for one in wholes for c in one.total.cells),
        recomputed=recomputed,
    )


def _whole_of(plan: Plan, one: Alternative, quotient: Interval, part: Interval) -> _Whole:
    total = pick(plan, one.whole)
    years = 1 if one.over is None else int(pick(plan, one.over).known)
    mean = Fraction(total.known) / years
    share = part.middle / mean if mean else Fraction(0)
    fits = part.meets(quotient * Interval(mean, mean))
    return _Whole(one, total, years, share, quotient.middle * mean, fits)


def _told(one: _Whole, per: int) -> Both:
    return say(
        "share_case" if one.alternative.over is None else "share_case_mean",
        place=place(one.total.sections),
        what=both(one.alternative),
        whole=amount(one.total),
        mean=rounded(one.mean, 1),
        share=rounded(one.share * per, 2),
        part=rounded(one.part, 1),
        fits=say("share_fits" if one.fits else "share_fits_not"),
    )

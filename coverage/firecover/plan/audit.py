"""Check a plan's tables against themselves, by general rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from firecover.plan.agreement import agreement_findings, at_most_findings, series_findings
from firecover.plan.findings import GRADES, Finding
from firecover.plan.ratios import ratio_findings, share_findings
from firecover.plan.sums import table_findings
from firecover.plan.tables import Plan
from firecover.plan.works import area_findings, class_findings, timeline_findings

__all__ = ["audit"]


def audit(
    plan: Plan,
    *,
    built_up_km2: float | None = None,
    caps_km2: Mapping[str, float] | None = None,
) -> list[Finding]:
    """Recompute what a plan prints and compare what it prints twice.

    Parameters
    ----------
    plan
        The tables.
    built_up_km2
        The built-up area as measured in a study, used in place of the plan's own.
    caps_km2
        Largest area of a station by class, from a rule pack; by default as declared.

    Returns
    -------
    findings
        The gravest first, otherwise in the order of the rules.

    Raises
    ------
    PlanError
        If a table lacks a cell that a declared quantity stands in.
    """
    caps = plan.declared.caps_km2 if caps_km2 is None else caps_km2
    found = [*_findings(plan), *_building_findings(plan, caps, built_up_km2)]
    return sorted(found, key=lambda finding: GRADES.index(finding.grade))


def _findings(plan: Plan) -> Iterator[Finding]:
    declared = plan.declared
    for series in declared.series:
        yield from series_findings(plan, series)
    for table in plan.tables.values():
        yield from table_findings(table)
    for same in declared.same:
        yield from agreement_findings(plan, same)
    for pair in declared.at_most:
        yield from at_most_findings(plan, pair)
    for share in declared.share:
        yield from share_findings(plan, share)
    yield from ratio_findings(plan, declared)


def _building_findings(
    plan: Plan, caps_km2: Mapping[str, float], built_up_km2: float | None
) -> Iterator[Finding]:
    declared = plan.declared
    for timeline in declared.timeline:
        yield from timeline_findings(plan, timeline)
    for check in declared.station_class:
        yield from class_findings(plan, check, caps_km2)
    for area in declared.area:
        yield from area_findings(plan, area, caps_km2, built_up_km2)

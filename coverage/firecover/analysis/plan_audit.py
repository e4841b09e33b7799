"""The county's plan checked against itself, with the caps of the study's rule pack."""

from __future__ import annotations

import json

import pandas as pd

from firecover.analysis.ground import used_rules
from firecover.errors import Problem
from firecover.plan import Finding, PlanError, audit, read_plan
from firecover.standards import AREA_RULES
from firecover.study import Study

#: The folder beside a study file that holds the plan's tables.
PLAN_FOLDER = "plan"
COLUMNS = ("id", "grade", "rule", "zh", "en", "cells", "recomputed")


def plan_findings(study: Study) -> list[Finding]:
    """Return what does not add up in the plan's tables, the gravest first.

    Raises
    ------
    PlanError
        If the study's folder holds no plan, or its tables cannot be read.
    """
    folder = study.folder / PLAN_FOLDER
    if not folder.is_dir():
        what = f"the study has no plan to check: there is no folder {PLAN_FOLDER!r} beside it"
        remedy = "put the plan's tables there, as in data/raw/youyang/plan"
        raise PlanError(Problem(what, study.file.name, remedy=remedy))
    rules = used_rules(study)
    caps_km2 = {name: rules[rule].value for name, rule in AREA_RULES.items()}
    return audit(read_plan(folder), caps_km2=caps_km2)


def findings_frame(study: Study) -> pd.DataFrame:
    """Return the findings as a table of the results; empty where there is no plan.

    Raises
    ------
    PlanError
        If the plan's tables cannot be read.
    """
    found = plan_findings(study) if (study.folder / PLAN_FOLDER).is_dir() else []
    rows = [
        (
            finding.id,
            finding.grade,
            finding.rule,
            finding.zh,
            finding.en,
            "\n".join(str(cell) for cell in finding.cells),
            json.dumps(dict(finding.recomputed), sort_keys=True),
        )
        for finding in found
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))

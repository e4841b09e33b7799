"""The county's plan: its tables as data, and what does not add up in them."""

from firecover.plan.audit import audit
from firecover.plan.declared import PlanError
from firecover.plan.findings import Finding, Grade, findings_table
from firecover.plan.tables import Cell, Plan, read_plan

__all__ = [
    "Cell",
    "Finding",
    "Grade",
    "Plan",
    "PlanError",
    "audit",
    "findings_table",
    "read_plan",
]

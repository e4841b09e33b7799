"""The plan checked against itself, in the report: what does not add up, and by which cells."""

from __future__ import annotations

from markupsafe import Markup

from firecover.outputs.report.model import Block, Paragraph, Table
from firecover.outputs.report.reader import Place, Reader
from firecover.outputs.report.tables import head

GRADES = ("contradiction", "cannot_be_reconciled", "note")


def blocks(reader: Reader) -> list[Block | None]:
    """Return the chapter on the plan."""
    if not reader.raw("plan_findings"):
        return [Paragraph(reader.say("para", "no_plan"))]
    return [
        Paragraph(reader.say("para", "plan", found=found(reader))),
        *(findings(reader, grade) for grade in GRADES),
    ]


def found(reader: Reader) -> Markup:
    """Return how many findings there are of each grade, without grades that have none."""
    counts = {grade: reader.count("plan_findings", grade=grade) for grade in GRADES}
    told = [reader.things(key, n) for key, n in counts.items() if n.striptags() != "0"]
    return reader.listing(told)


def findings(reader: Reader, grade: str) -> Table | None:
    """Return the findings of one grade; None where there are none."""
    rows = [
        [
            reader.text(*place, reader.lang),
            Markup('<span class="cells">{0}</span>').format(reader.text(*place, "cells")),
            _recomputed(reader, place),
        ]
        for place, row in reader.rows("plan_findings")
        if row["grade"] == grade
    ]
    if not rows:
        return None
    caption = reader.say("table", "findings", grade)
    return Table(caption, head(reader, "findings"), rows, "lll", style="plan")


def _recomputed(reader: Reader, place: Place) -> Markup:
    """Return the numbers worked out, each by the name that it has in the results."""
    told = [
        Markup('<span class="code">{0}</span>&nbsp;=&nbsp;{1}').format(
            name, reader.show("plain", *place, "recomputed", name)
        )
        for name in reader.raw(*place, "recomputed") or ()
    ]
    return Markup("<br>").join(told)


def sentence(reader: Reader) -> Markup:
    """Say how many findings there are; nothing without a plan."""
    if not reader.raw("plan_findings"):
        return Markup("")
    return reader.say("sentence", "plan", found=found(reader))

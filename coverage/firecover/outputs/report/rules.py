"""The rules in the report: what each asks, and how sure it is that it asks that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup

from firecover.outputs.report.model import Cell, Table
from firecover.outputs.report.reader import Place, Reader, words

#: Evidence that needs no mark: the clause's text was seen, or the value is worked out.
EVIDENT = ("V", "D")
#: Evidence of rules whose text nobody saw: it may be followed by h, m or l.
MEMORY = "M"


def from_memory(rule: Mapping[str, Any]) -> bool:
    """Tell whether nobody saw the rule's text or a page that quotes it."""
    return str(rule.get("evidence", "")).startswith(MEMORY) and not rule.get("overridden")


def memory_note(reader: Reader, names: Iterable[str]) -> Markup:
    """Say that a rule among these is from memory; nothing where none is."""
    known = (reader.raw(*reader.rule(name)[:-1]) for name in names)
    if any(rule and from_memory(rule) for rule in known):
        return reader.say("requirement", "memory")
    return Markup("")


def memory_in_brackets(reader: Reader, names: Iterable[str]) -> Markup:
    """Say the same in brackets, to be set after what rests on the rules."""
    note = memory_note(reader, names)
    if not note:
        return note
    return reader.say("punctuation", "open") + note + reader.say("punctuation", "close")


def unit_of(reader: Reader, unit: str) -> Markup:
    """Return the word for a rule's unit; the unit itself if there is none."""
    return Markup(words(reader.lang)["rule_unit"].get(unit, unit))  # noqa: S704


def evidence_of(reader: Reader, code: str) -> Markup:
    """Return what a code of evidence means; nothing if it is not known."""
    known = words(reader.lang)["evidence"]
    return Markup(known.get(code, known.get(code[:1], "")))  # noqa: S704


def rules(reader: Reader) -> Table:
    """Return the rules with clause, modality and evidence."""
    rows: list[list[Cell | Markup]] = []
    for place, rule in reader.rows("rules"):
        value = reader.show("plain_share" if _is_share(rule) else "plain", *place, "value")
        rows.append(
            [
                reader.text(*place, reader.lang),
                value + unit_of(reader, rule["unit"]),
                reader.label("modality", rule["modality"]),
                reader.told(*place, "clause"),
                reader.told(*place, "source"),
                _evidence(reader, place, rule),
            ]
        )
    caption = reader.say("table", "rules", "caption")
    head = [Markup(text) for text in words(reader.lang)["table"]["rules"]["head"]]  # noqa: S704
    return Table(caption, head, rows, "lrclll", style="rules")


def _is_share(rule: Mapping[str, Any]) -> bool:
    """Tell whether a rule is a part of a whole; other bare numbers are factors."""
    return rule["unit"] == "1" and "share" in str(rule["id"]).split("_")


def _evidence(reader: Reader, place: Place, rule: Mapping[str, Any]) -> Cell:
    if rule.get("overridden"):
        return Cell(Markup("<small>{0}</small>").format(evidence_of(reader, "own")))
    code = str(rule["evidence"])
    style = "memory" if from_memory(rule) else "" if code in EVIDENT else "unverified"
    told = Markup("{0} <small>{1}</small>").format(
        reader.text(*place, "evidence"), evidence_of(reader, code)
    )
    return Cell(told, style=style)

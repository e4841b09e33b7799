"""The steps of the walk in data/README.md: what a reviewer does to check one number."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

README = Path(__file__).parents[2] / "data" / "README.md"
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Step:
    """Work out ``expression`` over the rows of ``layer`` that hold ``where``.

    ``pointer`` is the place in ``results.json`` (a JSON pointer) of the same number; a ``rule``
    is the id of a rule whose value stands there.
    """

    layer: str
    where: str
    expression: str
    pointer: str
    rule: bool

    def of_station(self, station: str) -> Step:
        return replace(self, where=self.where.replace("STATION", station))


def steps() -> list[Step]:
    text = README.read_text(encoding="utf-8").split("## The walk of one number")[1]
    found = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or "`" not in line:
            continue
        layer, where, expression, gives = cells
        (where,), (expression,) = _CODE.findall(where), _CODE.findall(expression)
        pointer = _CODE.findall(gives)[-1]
        found.append(Step(layer, where, expression, pointer, rule="/rules" in gives))
    return found


def at(document: object, pointer: str) -> object:
    """What stands at a JSON pointer (RFC 6901)."""
    for key in pointer.split("/")[1:]:
        document = document[int(key)] if isinstance(document, list) else document[key]
    return document

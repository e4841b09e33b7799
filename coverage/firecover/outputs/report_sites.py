"""Sites and the answers of siting models, as the report names them and words their proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup

from firecover.outputs.report_model import Cell
from firecover.outputs.report_numbers import Place, Reader

#: What ids stand in a row with, in the figures of the ranking.
JOINT = "、"
#: Sites named in one sentence.
MOST_NAMES = 8
#: Sites of the study that are told in sentences.
MOST_TOLD = 3
FIGURES: Place = ("ranking", "figures")
SETTINGS: Place = ("settings", "siting")
Row = tuple[Place, Mapping[str, Any]]
Body = list[list[Cell | Markup]]


@dataclass(frozen=True)
class Sites:
    """The candidates and the answers of a run."""

    reader: Reader

    @cached_property
    def ranked(self) -> list[Row]:
        """The candidates, the best first."""
        rows = self.reader.rows("ranking", "candidates")
        return sorted(rows, key=lambda it: (it[1]["rank"], str(it[1]["id"])))

    @property
    def named(self) -> list[Row]:
        """The first of the candidates that the study itself names."""
        return [it for it in self.ranked if it[1]["origin"] == "named"][:MOST_TOLD]

    @cached_property
    def _places(self) -> dict[str, Place]:
        return {str(row["id"]): place for place, row in self.reader.rows("ranking", "candidates")}

    def names(self, ids: Sequence[str]) -> Markup:
        """Return the names of sites, some of them where they are many."""
        known = [self._places[each] for each in ids if each in self._places]
        told = self.reader.listing([self.reader.name(*place) for place in known[:MOST_NAMES]])
        if len(known) <= MOST_NAMES:
            return told
        return self.reader.say("words", "and_others", names=told)

    def name(self, place: Place) -> Markup:
        """Return the name of the site that a row of another table is about."""
        known = self._places.get(str(self.reader.raw(*place, "id")))
        return self.reader.name(*known) if known else self.reader.text(*place, "name")

    def chosen(self, place: Place) -> Markup:
        """Return the names of the sites that a row chooses."""
        ids = self.reader.raw(*place, "chosen") or ()
        told = [self._places.get(str(each)) for each in ids]
        if not told:
            return self.reader.say("siting", "no_site")
        return self.reader.listing(
            [
                self.reader.name(*known) if known else self.reader.text(*place, "chosen", i)
                for i, known in enumerate(told)
            ]
        )

    def listed(self, key: str) -> list[str]:
        """Return the ids that a figure of the ranking holds."""
        told = str(self.reader.raw(*FIGURES, key) or "")
        return told.split(JOINT) if told else []

    def answers(self, model: str, assignment: str = "", variant: str = "") -> list[Row]:
        """Return the answers to one question, the best first."""
        found = [
            (place, row)
            for place, row in self.reader.rows("ranking", "solutions")
            if (row["model"], row["assignment"] or "", row["variant"] or "")
            == (model, assignment, variant)
        ]
        return sorted(found, key=lambda it: it[1]["order"])

    def proof(self, place: Place) -> Markup:
        """Return how sure an answer is: proven, with its gap, or none."""
        status = str(self.reader.raw(*place, "status"))
        gap = self.reader.show("fine_share", *place, "gap")
        return self.reader.say("siting", status, gap=gap)


def is_answer(row: Mapping[str, Any]) -> bool:
    """Tell whether a row has an answer, proven or not."""
    return row["status"] in ("optimal", "feasible")

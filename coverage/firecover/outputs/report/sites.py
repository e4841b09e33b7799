"""Sites and the answers of siting models, as the report names them and words their proof.

Sites that were generated are called by their ids, which are short, once their names were given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from markupsafe import Markup

from firecover.outputs.report.model import Cell
from firecover.outputs.report.reader import BASELINE, Place, Reader

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
    """The candidates and the answers of a run, and which of them were named in full already."""

    reader: Reader
    _told: set[Place] = field(default_factory=set)

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

    def full(self, place: Place) -> Markup:
        """Return the whole name of a site, before it the id that it is called by."""
        reader, row = self.reader, self.reader.raw(*place)
        name = reader.name(*place)
        if not _is_short(row) or str(row["id"]) in str(row["name"]):
            return name
        return reader.say("siting", "full", id=reader.text(*place, "id"), name=name)

    def short(self, place: Place) -> Markup:
        """Return what a site is called in tables: the name of one of the study, an id."""
        if _is_short(self.reader.raw(*place)):
            return self.reader.text(*place, "id")
        return self.reader.name(*place)

    def mention(self, place: Place) -> Markup:
        """Return a site's whole name when it is mentioned first, what it is called later on."""
        if place in self._told:
            return self.short(place)
        self._told.add(place)
        return self.full(place)

    def names(self, ids: Sequence[str]) -> Markup:
        """Return what sites are called, of some of them where they are many."""
        known = [self._places[each] for each in ids if each in self._places]
        told = self.reader.listing([self.mention(place) for place in known[:MOST_NAMES]])
        if len(known) <= MOST_NAMES:
            return told
        return self.reader.say("words", "and_others", names=told)

    def name(self, place: Place) -> Markup:
        """Return what the site is called that a row of another table is about."""
        known = self._places.get(str(self.reader.raw(*place, "id")))
        return self.short(known) if known else self.reader.text(*place, "name")

    def chosen(self, place: Place, *, joint: str = "list") -> Markup:
        """Return what the sites are called that a row chooses, in words joined for a sentence."""
        return self._joined(place, self.mention, joint)

    def chosen_short(self, place: Place) -> Markup:
        """Return what the sites are called that a row chooses, for a table."""
        return self._joined(place, self.short, "list")

    def _joined(self, place: Place, called: Callable[[Place], Markup], joint: str) -> Markup:
        ids = self.reader.raw(*place, "chosen") or ()
        told = [self._places.get(str(each)) for each in ids]
        if not told:
            return self.reader.say("siting", "no_site")
        names = [
            called(known) if known else self.reader.text(*place, "chosen", i)
            for i, known in enumerate(told)
        ]
        if joint == "list" or len(names) == 1:
            return self.reader.listing(names)
        last = self.reader.say("punctuation", joint)
        return self.reader.listing(names[:-1]) + last + names[-1]

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

    def demand(self, place: Place) -> Markup:
        """Say which share of demand an answer reaches, and from what it rises."""
        reader, today = self.reader, (*FIGURES, "demand_today")
        return reader.say(
            "siting",
            "share_is" if reader.figure(*today) is None else "share_from",
            today=reader.show("share", *today),
            then=reader.show("share", *place, "objective"),
        )

    def proof(self, place: Place) -> Markup:
        """Return how sure an answer is: proven, with its gap, or none."""
        status = str(self.reader.raw(*place, "status"))
        gap = self.reader.show("fine_share", *place, "gap")
        return self.reader.say("siting", status, gap=gap)


def added(reader: Reader, place: Place) -> Markup:
    """Say what a site adds by itself, without figures that are nought."""
    gains = ("population_gain", "built_up_gain_km2")
    people, area = (reader.figure(*place, gain) != 0 for gain in gains)
    key = "both" if people and area else "people" if people else "area" if area else "neither"
    told = reader.say(
        "siting",
        f"adds_{key}",
        limit=reader.limit,
        population=reader.people(*place, "population_gain"),
        area=reader.show("km2", *place, "built_up_gain_km2"),
    )
    if not reader.figure(*reader.headline(BASELINE, "villages")):
        return told
    return told + reader.say(
        "siting",
        "adds_no_villages" if reader.figure(*place, "villages_gain") == 0 else "adds_villages",
        villages=reader.counted("village", *place, "villages_gain"),
        minutes=reader.village_limit,
    )


def gains_listed(reader: Reader, place: Place) -> Markup:
    """Return what a site adds by itself as a short list, without what is nought."""
    gains = (
        ("gain_people", reader.people(*place, "population_gain"), "population_gain"),
        ("gain_area", reader.show("km2", *place, "built_up_gain_km2"), "built_up_gain_km2"),
        ("gain_villages", reader.counted("village", *place, "villages_gain"), "villages_gain"),
    )
    told = [
        reader.say("siting", key, n=n) for key, n, column in gains if reader.figure(*place, column)
    ]
    return reader.listing(told) if told else reader.say("siting", "gain_nothing")


def cost_told(reader: Reader, place: Place) -> Markup:
    """Return the cost that a row holds with its unit, or that it is not known."""
    if reader.figure(*place, "cost_10k_cny") is None:
        return reader.say("siting", "cost_unknown")
    return reader.say("siting", "cost", cost=reader.cost(*place, "cost_10k_cny"))


def _is_short(row: Mapping[str, Any]) -> bool:
    return bool(row["origin"] != "named")


def is_answer(row: Mapping[str, Any]) -> bool:
    """Tell whether a row has an answer, proven or not."""
    return row["status"] in ("optimal", "feasible")

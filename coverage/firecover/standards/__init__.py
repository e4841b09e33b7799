"""Rules as data: each value with its unit, clause, source and evidence."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import Any, Literal

from firecover.errors import Problem, StudyError
from firecover.standards.vehicles import Vehicle, altered_vehicle, vehicles

__all__ = [
    "AREA_RULES",
    "BASE_PACK",
    "NEEDED_RULES",
    "Condition",
    "RoadClass",
    "Rule",
    "Vehicle",
    "Verdict",
    "altered_vehicle",
    "conditions",
    "load_rules",
    "road_classes",
    "rule_packs",
    "vehicles",
]

#: What can be said of something against a rule.
Verdict = Literal["meets", "fails", "cannot_say", "not_applicable"]
#: Station classes with an area of their own, and the rule that caps it.
AREA_RULES = {
    "first": "area_first_km2",
    "second": "area_second_km2",
    "small": "area_small_km2",
    "special": "area_special_km2",
}
#: Rules that the assessment asks for by id; a pack without one takes it from ``BASE_PACK``.
NEEDED_RULES = (
    "response_s",
    "turnout_s",
    "call_handling_s",
    *AREA_RULES.values(),
    "area_suburb_km2",
    "area_formula_factor",
    "detour_factor_min",
    "detour_factor_max",
    "hydrant_radius_m",
    "hydrant_spacing_m",
    "hydrant_spacing_timber_m",
    "hydrant_working_share",
    "micro_response_s",
)
#: Where a study names its pack and its own values.
_STUDY_FILE = "study.toml"
#: The pack that has every needed rule.
BASE_PACK = "cn"


@dataclass(frozen=True)
class Rule:
    """One rule; ``evidence`` and ``modality`` as explained at the head of the pack's file.

    Attributes
    ----------
    overridden
        The value is a study's own.
    pack
        The pack whose file holds the rule: not always the one that a study picked.
    """

    id: str
    value: float
    unit: str
    modality: str
    clause: str
    source: str
    evidence: str
    zh: str
    en: str
    overridden: bool = False
    pack: str = ""

    @property
    def from_memory(self) -> bool:
        """Whether nobody saw the rule's text or a page that quotes it."""
        return self.evidence.startswith("M") and not self.overridden


@dataclass(frozen=True)
class RoadClass:
    """A road class with its default speed (assumption A) and its names."""

    id: str
    speed_kmh: float
    zh: str
    en: str


@dataclass(frozen=True)
class Condition:
    """A state of the roads and of the service, with what it does to speeds and turnouts."""

    id: str
    zh: str
    en: str
    evidence: str
    source: str
    speed_factor: float = 1.0
    speed_factors: Mapping[str, float] = field(default_factory=dict)
    turnout_factor: float = 1.0


def _read(name: str) -> dict[str, Any]:
    text = resources.files("firecover.standards").joinpath(name).read_text(encoding="utf-8")
    return tomllib.loads(text)


def rule_packs() -> list[str]:
    """Return the ids of the rule packs there are."""
    names = (entry.name for entry in resources.files("firecover.standards").iterdir())
    packs = (name.removesuffix(".toml") for name in names if name.endswith(".toml"))
    return sorted(pack for pack in packs if pack not in {"conditions", "road_classes", "vehicles"})


def load_rules(pack: str, overrides: Mapping[str, float] | None = None) -> dict[str, Rule]:
    """Return the rules of a pack by id, with a study's own values put in.

    A rule that the assessment needs and the pack has not is taken from the base pack, and its
    ``pack`` says so.

    Raises
    ------
    StudyError
        If there is no such pack, an override names no rule of it or of what it takes, or is
        not a number above zero.
    """
    if pack not in rule_packs():
        what = f"there is no rule pack {pack!r}"
        remedy = f"take one of: {', '.join(rule_packs())}"
        raise StudyError(Problem(what, _STUDY_FILE, key="study.standard", remedy=remedy))
    rules = _rules(pack)
    base = _rules(BASE_PACK)
    rules |= {name: base[name] for name in NEEDED_RULES if name not in rules}
    problems = [_no_rule(name, pack, rules) for name in overrides or {} if name not in rules]
    problems += [
        Problem(f"{value:g} cannot be a rule's value", _STUDY_FILE, key=f"rules.{name}")
        for name, value in (overrides or {}).items()
        if name in rules and not 0 < value < math.inf
    ]
    if problems:
        raise StudyError(problems)
    for name, value in (overrides or {}).items():
        rules[name] = replace(rules[name], value=value, overridden=True)
    return rules


def _no_rule(name: str, pack: str, rules: Mapping[str, Rule]) -> Problem:
    near = difflib.get_close_matches(name, rules, n=3)
    told = f"did you mean {' or '.join(repr(each) for each in near)}?"
    remedy = told if near else f"the assessment asks for: {', '.join(NEEDED_RULES)}"
    what = f"there is no such rule in the pack {pack!r}"
    return Problem(what, _STUDY_FILE, key=f"rules.{name}", remedy=remedy)


def _rules(pack: str) -> dict[str, Rule]:
    return {row["id"]: Rule(**row, pack=pack) for row in _read(f"{pack}.toml")["rules"]}


@cache
def road_classes() -> Mapping[str, RoadClass]:
    """Return the road classes by id, from the largest to the smallest."""
    table = _read("road_classes.toml")["classes"]
    return {name: RoadClass(id=name, **row) for name, row in table.items()}


@cache
def conditions() -> Mapping[str, Condition]:
    """Return the conditions that a scenario may name, by id."""
    return {name: Condition(id=name, **row) for name, row in _read("conditions.toml").items()}

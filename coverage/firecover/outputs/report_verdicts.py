"""The requirements a service is judged by: meets, fails, or cannot be said, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from firecover.outputs.report_numbers import BASELINE, Reader
from firecover.standards import Verdict

#: Areas in the results are rounded to this.
ROUNDED_KM2 = 1e-4
#: Evidence that needs no mark: the clause's text was seen, or the value is worked out.
EVIDENT = ("V", "D")


@dataclass(frozen=True)
class Judgement:
    """A verdict with the figures it rests on, or with the reason why there is none."""

    verdict: Verdict
    told: Markup


@dataclass(frozen=True)
class Requirement:
    """A requirement.

    Attributes
    ----------
    title
        What is required.
    basis
        By which clause, and whether it binds.
    layers
        The inputs that its figures come from.
    judge
        Judges a scenario.
    """

    title: Markup
    basis: Markup
    layers: tuple[str, ...]
    judge: Callable[[Reader, str], Judgement]


def requirements(reader: Reader) -> list[Requirement]:
    """Return the requirements, in the order of the report."""
    roads = ("roads", "stations", "built_up")
    target = reader.show("plain_share", *reader.rule("hydrant_working_share"))
    minutes = reader.show("plain", *reader.headline(BASELINE, "village_minutes"))
    radius = reader.show("plain", *reader.rule("hydrant_radius_m"))
    return [
        Requirement(
            reader.say("requirement", "arrival", limit=reader.limit),
            _basis(reader, "response_s"),
            roads,
            arrival,
        ),
        Requirement(
            reader.say("requirement", "area"), _basis(reader, "area_first_km2"), roads, area
        ),
        Requirement(
            reader.say("requirement", "villages", minutes=minutes),
            reader.say("requirement", "own_target"),
            ("roads", "stations", "villages"),
            villages,
        ),
        Requirement(
            reader.say("requirement", "hydrant_radius", radius=radius),
            _basis(reader, "hydrant_radius_m"),
            ("built_up", "hydrants"),
            hydrant_radius,
        ),
        Requirement(
            reader.say("requirement", "hydrant_working", target=target),
            reader.say("requirement", "plan_target"),
            ("hydrants",),
            hydrant_working,
        ),
    ]


def _basis(reader: Reader, name: str) -> Markup:
    rule = reader.rule(name)[:-1]
    modality = reader.label("modality", reader.raw(*rule, "modality"))
    if str(reader.raw(*rule, "evidence")) not in EVIDENT:
        modality += reader.say("requirement", "unverified")
    return reader.say(
        "requirement", "basis", clause=reader.told(*rule, "clause"), modality=modality
    )


def cannot_say(reader: Reader, why: str) -> Judgement:
    """Return a judgement that there is none, with the reason."""
    return Judgement("cannot_say", reader.say("why", why))


def arrival(reader: Reader, scenario: str) -> Judgement:
    """Judge whether all of the county town is reached within the response time."""
    places = {
        "reached": ("km2", reader.headline(scenario, "urban_reached_km2")),
        "total": ("km2", reader.headline(scenario, "urban_km2")),
        "share": ("share", reader.headline(scenario, "urban_reached_share")),
    }
    total = reader.figure(*places["total"][1])
    reached = reader.figure(*places["reached"][1])
    if not total:
        return cannot_say(reader, "no_built_up")
    if reached is None:
        return cannot_say(reader, "no_figure")
    parts = {key: reader.show(style, *place) for key, (style, place) in places.items()}
    meets = reached >= total - ROUNDED_KM2
    return Judgement("meets" if meets else "fails", reader.say("shown", "arrival", **parts))


def area(reader: Reader, scenario: str) -> Judgement:
    """Judge whether every jurisdiction keeps the cap of its station's class."""
    meeting_at = reader.headline(scenario, "stations_meeting_area")
    failing_at = reader.headline(scenario, "stations_failing_area")
    meeting, failing = reader.figure(*meeting_at) or 0, reader.figure(*failing_at) or 0
    holding = reader.figure(*reader.headline(scenario, "stations_holding_area"))
    if not reader.figure(*reader.headline(scenario, "urban_km2")):
        return cannot_say(reader, "no_built_up")
    if holding == 0 or (holding is None and not meeting + failing):
        return cannot_say(reader, "no_holder")
    if not failing and (holding or 0) > meeting:
        return cannot_say(reader, "no_cap")
    told = reader.say(
        "shown",
        "area",
        meeting=reader.show("count", *meeting_at),
        failing=reader.show("count", *failing_at),
        per=reader.show("km2", *reader.headline(scenario, "area_per_station_km2")),
    )
    return Judgement("fails" if failing else "meets", told)


def villages(reader: Reader, scenario: str) -> Judgement:
    """Judge whether every village is reached within the study's time."""
    total_at = reader.headline(scenario, "villages")
    reached_at = reader.headline(scenario, "villages_reached")
    total, reached = reader.figure(*total_at), reader.figure(*reached_at)
    if not total or reached is None:
        return cannot_say(reader, "no_villages")
    told = reader.say(
        "shown",
        "villages",
        reached=reader.show("count", *reached_at),
        total=reader.show("count", *total_at),
        share=reader.show("share", *reader.headline(scenario, "villages_reached_share")),
    )
    return Judgement("meets" if reached >= total else "fails", told)


def hydrant_radius(reader: Reader, scenario: str) -> Judgement:
    """Judge whether all of the county town lies within the radius of a working hydrant."""
    reached_at = reader.headline(scenario, "hydrant_radius_km2")
    total_at = reader.headline(scenario, "urban_km2")
    total, reached = reader.figure(*total_at), reader.figure(*reached_at)
    if not total:
        return cannot_say(reader, "no_built_up")
    if not reader.figure(*reader.headline(scenario, "hydrants")) or reached is None:
        return cannot_say(reader, "no_hydrants")
    told = reader.say(
        "shown",
        "hydrant_radius",
        reached=reader.show("km2", *reached_at),
        total=reader.show("km2", *total_at),
        share=reader.show("share", *reader.headline(scenario, "hydrant_radius_share")),
    )
    return Judgement("meets" if reached >= total - ROUNDED_KM2 else "fails", told)


def hydrant_working(reader: Reader, scenario: str) -> Judgement:
    """Judge whether enough hydrants work; by the counts, since the share is rounded."""
    working_at = reader.headline(scenario, "hydrants_working")
    total_at = reader.headline(scenario, "hydrants")
    working, total = reader.figure(*working_at), reader.figure(*total_at)
    target = reader.figure(*reader.rule("hydrant_working_share"))
    if not total or working is None:
        return cannot_say(reader, "no_hydrants")
    if target is None:
        return cannot_say(reader, "no_figure")
    told = reader.say(
        "shown",
        "hydrant_working",
        working=reader.show("count", *working_at),
        total=reader.show("count", *total_at),
        share=reader.show("share", *reader.headline(scenario, "hydrants_working_share")),
    )
    return Judgement("meets" if working >= target * total else "fails", told)

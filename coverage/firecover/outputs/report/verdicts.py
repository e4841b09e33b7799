"""The requirements a service is judged by: meets, fails, or cannot be said, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from firecover.outputs.report.reader import Reader
from firecover.outputs.report.rules import EVIDENT, from_memory
from firecover.standards import Verdict

#: Areas in the results are rounded to this.
ROUNDED_KM2 = 1e-4
#: Shares in the results are rounded to this.
ROUNDED_SHARE = 1e-6


@dataclass(frozen=True)
class Judgement:
    """A verdict with the figures it rests on, or with the reason why there is none.

    ``in_noise`` tells that draws of other speeds often enough turn it round.
    """

    verdict: Verdict
    told: Markup
    in_noise: bool = False


Judge = Callable[[Reader, str], Judgement]


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
    rules
        The ids of the rules that it rests on; none for a target of the study's own.
    judge
        Judges a scenario.
    """

    title: Markup
    basis: Markup
    layers: tuple[str, ...]
    rules: tuple[str, ...]
    judge: Judge


def requirements(reader: Reader) -> list[Requirement]:
    """Return the requirements, in the order of the report."""
    roads = ("roads", "stations", "built_up")
    caps = ("area_first_km2", "area_second_km2", "area_small_km2", "area_suburb_km2")
    target = reader.show("plain_share", *reader.rule("hydrant_working_share"))
    minutes = reader.village_limit
    radius = reader.show("plain", *reader.rule("hydrant_radius_m"))
    spacing = reader.show("plain", *reader.rule("hydrant_spacing_m"))
    asked: list[tuple[Markup, Markup, tuple[str, ...], tuple[str, ...], Judge]] = [
        (
            reader.say("requirement", "arrival", limit=reader.limit),
            _basis(reader, "response_s"),
            roads,
            ("response_s",),
            arrival,
        ),
        (
            reader.say("requirement", "area"),
            _basis(reader, "area_first_km2"),
            roads,
            caps,
            area,
        ),
        (
            reader.say("requirement", "capacity"),
            _basis(reader, "area_first_km2"),
            ("stations", "built_up"),
            caps,
            capacity,
        ),
        (
            reader.say("requirement", "villages", minutes=minutes),
            reader.say("requirement", "own_target"),
            ("roads", "stations", "villages"),
            (),
            villages,
        ),
        (
            reader.say("requirement", "hydrant_radius", radius=radius),
            _basis(reader, "hydrant_radius_m"),
            ("built_up", "hydrants"),
            ("hydrant_radius_m",),
            hydrant_radius,
        ),
        (
            reader.say("requirement", "hydrant_spacing", spacing=spacing),
            _basis(reader, "hydrant_spacing_m"),
            ("roads", "hydrants"),
            ("hydrant_spacing_m",),
            hydrant_spacing,
        ),
        (
            reader.say("requirement", "hydrant_working", target=target),
            reader.say("requirement", "plan_target"),
            ("hydrants",),
            ("hydrant_working_share",),
            hydrant_working,
        ),
    ]
    return [Requirement(*each) for each in asked]


def _basis(reader: Reader, name: str) -> Markup:
    place = reader.rule(name)[:-1]
    rule = reader.raw(*place) or {"evidence": "", "modality": ""}
    modality = reader.label("modality", rule["modality"])
    if from_memory(rule):
        modality += reader.say("requirement", "from_memory")
    elif str(rule["evidence"]) not in EVIDENT:
        modality += reader.say("requirement", "unverified")
    return reader.say(
        "requirement", "basis", clause=reader.told(*place, "clause"), modality=modality
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
    told = reader.say("shown", "arrival", **parts)
    noise = _in_noise(reader, scenario, "urban_reached_share", 1 - ROUNDED_SHARE, meets=meets)
    return Judgement("meets" if meets else "fails", told, noise)


def _in_noise(reader: Reader, scenario: str, key: str, enough: float, *, meets: bool) -> bool:
    """Tell whether the draws' interval of a figure holds the other verdict too."""
    end = reader.figure(*reader.headline(scenario, f"{key}_{'p05' if meets else 'p95'}"))
    return end is not None and (end >= enough) != meets


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
        holding=reader.show("count", *reader.headline(scenario, "stations_holding_area")),
        failing=reader.show("count", *failing_at),
        per=reader.show("km2", *reader.headline(scenario, "area_per_station_km2")),
    )
    return Judgement("fails" if failing else "meets", told, _areas_in_noise(reader, scenario))


def _areas_in_noise(reader: Reader, scenario: str) -> bool:
    """Tell whether it hangs on the draws if every jurisdiction keeps its cap."""
    sure = reader.figure("settings", "uncertainty", "sure_share")
    rows = reader.rows("scenarios", scenario, "jurisdictions")
    chances = [chance for _, row in rows if (chance := row.get("area_sure")) is not None]
    if sure is None or not chances:
        return False
    return min(chances) > 1 - sure and any(chance < sure for chance in chances)


def capacity(reader: Reader, scenario: str) -> Judgement:
    """Judge whether the caps of the stations together hold all of the county town."""
    if not reader.figure(*reader.headline(scenario, "urban_km2")):
        return cannot_say(reader, "no_built_up")
    if not reader.figure(*reader.headline(scenario, "stations_holding_area")):
        return cannot_say(reader, "no_holder")
    verdict = reader.raw(*reader.headline(scenario, "area_verdict"))
    if verdict not in ("meets", "fails"):
        why = "no_cap" if verdict == "cannot_say" else "not_computed"
        return cannot_say(reader, why)
    told = reader.say(
        "shown",
        f"capacity_{verdict}",
        capacity=reader.show("km2", *reader.headline(scenario, "area_capacity_km2")),
        total=reader.show("km2", *reader.headline(scenario, "urban_km2")),
        short=reader.show("km2", *reader.headline(scenario, "area_shortfall_km2")),
    )
    return Judgement("meets" if verdict == "meets" else "fails", told)


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
    meets = reached >= total
    noise = _in_noise(reader, scenario, "villages_reached", total, meets=meets)
    return Judgement("meets" if meets else "fails", told, noise)


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


def hydrant_spacing(reader: Reader, scenario: str) -> Judgement:
    """Judge whether every working hydrant has another one near enough along the street."""
    working_at = reader.headline(scenario, "hydrants_working")
    met_at = reader.headline(scenario, "hydrants_spacing_met")
    working, met = reader.figure(*working_at), reader.figure(*met_at)
    if not working:
        return cannot_say(reader, "no_hydrants")
    if met is None:
        return cannot_say(reader, "not_computed")
    told = reader.say(
        "shown",
        "hydrant_spacing",
        met=reader.show("count", *met_at),
        working=reader.show("count", *working_at),
    )
    return Judgement("meets" if met >= working else "fails", told)


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
    said = reader.raw(*reader.headline(scenario, "hydrants_working_verdict"))
    if said == "cannot_say":
        return cannot_say(reader, "no_figure")
    # by the counts where the results say nothing: the share is rounded
    meets = working >= target * total if said is None else said == "meets"
    return Judgement("meets" if meets else "fails", told)

"""The sentences of the report's first page."""

from __future__ import annotations

from markupsafe import Markup

from firecover.outputs import report_sentences as sentences
from firecover.outputs import report_verdicts as judge
from firecover.outputs.report_certainty import has_draws, interval
from firecover.outputs.report_hydrants import proposed
from firecover.outputs.report_numbers import BASELINE, Place, Reader
from firecover.outputs.report_plan import sentence as plan_sentence
from firecover.outputs.report_resilience import worst_sentence


def summary(reader: Reader) -> list[Markup]:
    """Return the sentences of the summary: today, each scenario, the best candidate."""
    today = [
        sentences.forces(reader),
        sentences.arrival(reader),
        sentences.population(reader),
        sentences.area(reader) + capacity(reader),
        sentences.villages(reader),
        hydrants(reader),
    ]
    others = [sentences.compared(reader, name) for name in reader.scenarios[1:]]
    rest = [sure(reader), worst_sentence(reader), sentences.best(reader), plan_sentence(reader)]
    return [sentence for sentence in (*today, *others, *rest) if sentence]


def capacity(reader: Reader) -> Markup:
    """Say how much the stations may hold by their classes; nothing where it cannot be said."""
    told = []
    for name in reader.scenarios:
        if judge.capacity(reader, name).verdict == "cannot_say":
            continue
        place = reader.headline(name, "area_capacity_km2")
        if name != BASELINE and reader.figure(*place) == reader.figure(
            *reader.headline(BASELINE, "area_capacity_km2")
        ):
            continue
        told.append(
            reader.say(
                "sentence",
                "capacity_short",
                scenario=reader.title(name),
                capacity=reader.show("km2", *place),
                short=reader.show("km2", *reader.headline(name, "area_shortfall_km2")),
            )
        )
    if not told:
        return Markup("")
    whole = reader.say("punctuation", "part").join(told)
    return reader.say("sentence", "capacity_all", told=whole)


def hydrants(reader: Reader) -> Markup:
    """Say what hydrants protect, and how many more are needed; nothing without hydrants."""
    if judge.hydrant_radius(reader, BASELINE).verdict == "cannot_say":
        return Markup("")
    told = reader.say(
        "sentence",
        "hydrants",
        radius=reader.show("plain", *reader.rule("hydrant_radius_m")),
        share=reader.show("share", *reader.headline(BASELINE, "hydrant_radius_share")),
    )
    road = reader.headline(BASELINE, "hydrant_road_share")
    if reader.figure(*road) is not None:
        told += reader.say("sentence", "hydrants_road", share=reader.show("share", *road))
    told += reader.say("punctuation", "stop")
    if reader.figure(*reader.headline(BASELINE, "hydrants_new")) is not None:
        told += proposed(reader)
    return told


def sure(reader: Reader) -> Markup:
    """Say within what interval the town's share lies; nothing without draws."""
    place: Place = ("scenarios", BASELINE, "figures")
    if not has_draws(reader) or reader.figure(*place, "urban_reached_share_p05") is None:
        return Markup("")
    return reader.say(
        "sentence",
        "sure",
        draws=reader.show("count", "settings", "uncertainty", "draws"),
        limit=reader.limit,
        interval=interval(reader, "share", place, "urban_reached_share"),
    )

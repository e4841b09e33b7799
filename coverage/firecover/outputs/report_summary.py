"""The sentences of the report's first page."""

from __future__ import annotations

from markupsafe import Markup

from firecover.outputs import report_sentences as sentences
from firecover.outputs import report_verdicts as judge
from firecover.outputs.report_certainty import has_draws, interval
from firecover.outputs.report_numbers import BASELINE, Place, Reader
from firecover.outputs.report_plan import sentence as plan_sentence
from firecover.outputs.report_resilience import worst_sentence
from firecover.outputs.report_siting import summary as siting_sentence


def summary(reader: Reader) -> list[Markup]:
    """Return the sentences of the summary: today, each scenario, the best candidate."""
    today = [
        sentences.forces(reader),
        sentences.arrival(reader) + sure(reader),
        sentences.population(reader),
        sentences.area(reader),
        sentences.villages(reader),
        hydrants(reader),
    ]
    others = [sentences.compared(reader, name) for name in reader.scenarios[1:]]
    rest = [worst_sentence(reader), siting_sentence(reader), plan_sentence(reader)]
    return [sentence for sentence in (*today, *others, *rest) if sentence]


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
    new, bound = (reader.headline(BASELINE, f"hydrants_{key}") for key in ("new", "new_bound"))
    if reader.figure(*new):
        parts = {"new": reader.show("count", *new), "bound": reader.show("count", *bound)}
        told += reader.say("sentence", "hydrants_more", **parts)
    return told + reader.say("punctuation", "stop")


def sure(reader: Reader) -> Markup:
    """Say within what interval the share of the town lies; nothing without draws."""
    place: Place = ("scenarios", BASELINE, "figures")
    if not has_draws(reader) or reader.figure(*place, "urban_reached_share_p05") is None:
        return Markup("")
    return reader.say(
        "sentence",
        "sure",
        draws=reader.show("count", "settings", "uncertainty", "draws"),
        interval=interval(reader, "share", place, "urban_reached_share"),
    )

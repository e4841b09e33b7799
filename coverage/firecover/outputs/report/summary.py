"""The sentences of the report's first page."""

from __future__ import annotations

from markupsafe import Markup

from firecover.outputs.report import sentences
from firecover.outputs.report import verdicts as judge
from firecover.outputs.report.certainty import has_draws, interval
from firecover.outputs.report.plan import sentence as plan_sentence
from firecover.outputs.report.reader import BASELINE, Place, Reader
from firecover.outputs.report.resilience import worst_sentence
from firecover.outputs.report.siting_summary import answers as siting_answers

#: The layers that the answers to the questions rest on.
LAYERS = ("roads", "stations", "candidates", "built_up", "population", "villages")


def questions(reader: Reader) -> list[Markup]:
    """Return who is reached today, what sites add and where to build, each in one paragraph."""
    told = [("today", _today(reader)), *siting_answers(reader)]
    lines = [
        reader.say("siting", "lead", title=reader.say("question", key), told=text)
        for key, text in told
    ]
    modelled = reader.raw("modelled_layers") or ()
    layers = [reader.layer(name) for name in LAYERS if name in modelled]
    if layers:
        lines.append(reader.say("question", "modelled", layers=reader.listing(layers)))
    return lines


def _today(reader: Reader) -> Markup:
    told = [
        sentences.arrival(reader) + sure(reader),
        sentences.population(reader),
        sentences.villages(reader, times=False),
    ]
    return reader.say("punctuation", "between").join(each.strip() for each in told if each)


def further(reader: Reader) -> list[Markup]:
    """Return what else was found: crews, hydrants, scenarios, failures, the plan."""
    told = [
        sentences.forces(reader),
        hydrants(reader),
        *(sentences.compared(reader, name) for name in reader.scenarios[1:]),
        worst_sentence(reader),
        plan_sentence(reader),
    ]
    return [sentence for sentence in told if sentence]


def hydrants(reader: Reader) -> Markup:
    """Say what hydrants protect, and how many more are needed; nothing without hydrants."""
    if judge.hydrant_radius(reader, BASELINE).verdict == "cannot_say":
        return Markup("")
    told = reader.say(
        "sentence",
        "hydrants",
        radius=reader.show("plain", *reader.rule("hydrant_radius_m")),
        clause=reader.told(*reader.rule("hydrant_radius_m")[:-1], "clause"),
        share=reader.show("share", *reader.headline(BASELINE, "hydrant_radius_share")),
    )
    road = reader.headline(BASELINE, "hydrant_road_share")
    if reader.figure(*road) is not None:
        told += reader.say("sentence", "hydrants_road", share=reader.show("share", *road))
    new, bound = (reader.headline(BASELINE, f"hydrants_{key}") for key in ("new", "new_bound"))
    if reader.figure(*new):
        fewest = reader.figure(*new) == reader.figure(*bound)
        parts = {"new": reader.counted("hydrant", *new), "bound": reader.show("count", *bound)}
        told += reader.say("sentence", "hydrants_fewest" if fewest else "hydrants_more", **parts)
    return told + reader.say("punctuation", "stop")


def sure(reader: Reader) -> Markup:
    """Say within what interval the share of the town lies; nothing without draws."""
    place: Place = ("scenarios", BASELINE, "figures")
    if not has_draws(reader) or reader.figure(*place, "urban_reached_share_p05") is None:
        return Markup("")
    noise = judge.arrival(reader, BASELINE).in_noise
    return reader.say(
        "sentence",
        "sure_noise" if noise else "sure",
        draws=reader.show("count", "settings", "uncertainty", "draws"),
        interval=interval(reader, "share", place, "urban_reached_share"),
    )

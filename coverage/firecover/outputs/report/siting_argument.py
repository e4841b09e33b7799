"""The chapter on where the next stations go, as an argument that can be followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from firecover.outputs.report.areas import county_sentence
from firecover.outputs.report.model import Block, Paragraph
from firecover.outputs.report.reader import BASELINE, Place, Reader
from firecover.outputs.report.sites import (
    FIGURES,
    MOST_TOLD,
    SETTINGS,
    Row,
    Sites,
    added,
    cost_told,
    gains_listed,
    is_answer,
)
from firecover.outputs.report.siting_sure import how_sure

#: Sites that are told in sentences besides those of the study.
MOST_OTHERS = 3
#: The layers that the chapter rests on.
LAYERS = ("candidates", "stations", "roads", "population", "built_up", "villages", "hydrants")
#: To whom the area-capped cover gives area.
ASSIGNMENTS = ("first", "free")


def argument(reader: Reader) -> list[Block | None]:
    """Return what the plan's site adds, what others do, how sure that is, and what is next."""
    sites = Sites(reader)
    told = (
        ("named", Markup("").join(_site(sites, row) for row in sites.named)),
        ("others", _others(sites)),
        ("sure", how_sure(sites)),
        ("next", next_choice(sites)),
        ("capped", _capped(sites)),
        ("regret", _regret(sites)),
    )
    lines: list[Block | None] = [
        Paragraph(
            reader.say("siting", "lead", title=reader.say("siting", f"{key}_title"), told=text)
        )
        for key, text in told
        if text
    ]
    return [*lines, _modelled(reader), Paragraph(reader.say("siting", "scope"))]


def _modelled(reader: Reader) -> Paragraph | None:
    layers = [name for name in LAYERS if name in (reader.raw("modelled_layers") or ())]
    if not layers:
        return None
    told = reader.listing([reader.layer(name) for name in layers])
    return Paragraph(reader.say("siting", "modelled", layers=told), "note")


def _site(sites: Sites, row: Row) -> Markup:
    """Say what a site adds, and where it ranks."""
    reader, (place, values) = sites.reader, row
    rank = reader.say(
        "siting",
        "rank_tied" if values["tied"] else "rank",
        rank=reader.show("count", *place, "rank"),
    )
    relief = reader.say(
        "siting",
        "relief" if reader.figure(*place, "area_gain_km2") else "relief_none",
        relief=reader.show("km2", *place, "area_gain_km2"),
    )
    return reader.say(
        "siting",
        "named",
        name=sites.mention(place),
        station_class=reader.label("station_class", values["station_class"]),
        added=added(reader, place),
        relief=relief,
        total=reader.things("site", reader.count("ranking", "candidates")),
        rank=rank,
    )


def _others(sites: Sites) -> Markup:
    """Say what the best sites add besides those told already."""
    reader = sites.reader
    told = [place for place, _ in sites.named]
    others = [place for place, _ in sites.ranked if place not in told][:MOST_OTHERS]
    if not others:
        return Markup("")
    each = [
        reader.say(
            "siting",
            "other",
            rank=reader.show("count", *place, "rank"),
            name=sites.mention(place),
            score=reader.show("times", *place, "score"),
            gains=gains_listed(reader, place),
            cost=cost_told(reader, place),
        )
        for place in others
    ]
    return reader.say("siting", "others", told=reader.say("punctuation", "part").join(each))


def next_choice(sites: Sites) -> Markup:
    """Say which sites maximal cover chooses, what they reach, and the next best choice."""
    reader, found = sites.reader, sites.answers("mclp")
    if not found:
        return Markup("")
    place, row = found[0]
    asked = (*FIGURES, "further") if not is_answer(row) else (*place, "stations")
    count = reader.counted("more_station", *asked)
    if not is_answer(row):
        return reader.say("siting", "next_none", count=count, proof=sites.proof(place))
    then = (*place, "objective")
    weights = {
        kind: reader.show("plain_share", *SETTINGS, "demand_weights", kind)
        for kind in ("population", "built_up", "villages")
    }
    told = reader.say(
        "siting",
        "next",
        count=count,
        names=sites.chosen(place, joint="and"),
        proof=sites.proof(place),
        demand=reader.say("siting", "demand", **weights),
        share=sites.demand(place),
        limit=reader.limit,
        population=reader.people(*place, "population_reached"),
        area=reader.show("km2", *place, "built_up_reached_km2"),
        villages=reader.counted("village", *place, "villages_reached"),
        minutes=reader.village_limit,
        cost=cost_told(reader, place),
    )
    for other, values in found[1:2]:
        if is_answer(values):
            told += reader.say(
                "siting",
                "second",
                names=sites.chosen(other, joint="and"),
                loss=reader.change("fine_points", then, (*other, "objective")),
                cost=cost_told(reader, other),
            )
    first = [values for _, values in sites.ranked if values["rank"] == 1]
    missed = [str(values["id"]) for values in first if values["id"] not in row["chosen"]]
    if len(missed) == len(first):
        told += reader.say("siting", "other_view", names=sites.names(missed))
    return told


def _by_assignment(sites: Sites, variant: str) -> list[tuple[Markup, Row]]:
    """Return the answers of the area-capped cover; one for both ways where they are the same."""
    reader = sites.reader
    rows = [(name, sites.answers("area-cap", name, variant)[:1]) for name in ASSIGNMENTS]
    found = [(name, row[0]) for name, row in rows if row]
    same = {
        (row["status"], row["objective"], row["note"], tuple(row["chosen"]))
        for _, (_, row) in found
    }
    if len(found) == len(ASSIGNMENTS) and len(same) == 1:
        return [(reader.say("siting", "by", "both"), found[0][1])]
    return [(reader.say("siting", "by", name), row) for name, row in found]


def _capped(sites: Sites) -> Markup:
    """Say which sites reach most with no jurisdiction above its cap."""
    reader, told = sites.reader, []
    found = _by_assignment(sites, "most")
    for by, (place, row) in found:
        told.append(
            reader.say(
                "siting",
                "capped" if is_answer(row) else "capped_none",
                assignment=by,
                count=reader.counted("more_station", *place, "stations"),
                names=sites.chosen(place, joint="and"),
                area=reader.show("km2", *place, "objective"),
                proof=sites.proof(place),
            )
        )
    if not told:
        return Markup("")
    text = _sentence(reader, reader.say("punctuation", "part").join(told))
    best = sites.answers("mclp")[:1]
    if best and is_answer(best[0][1]) and all(is_answer(row) for _, (_, row) in found):
        chosen = {tuple(row["chosen"]) for _, (_, row) in found}
        same = chosen == {tuple(best[0][1]["chosen"])}
        text += reader.say("siting", "capped_same" if same else "capped_other")
    return text


def _sentence(reader: Reader, text: Markup) -> Markup:
    """Begin with a capital and end with a stop."""
    return text[:1].upper() + text[1:] + reader.say("punctuation", "stop")


def _regret(sites: Sites) -> Markup:
    """Say what each scenario's sites give away, and what insisting on a named site costs."""
    reader = sites.reader
    told = [_plan(sites, name) for name in reader.scenarios]
    told += [_price(sites, row) for row in reader.rows("ranking", "forcing")[:MOST_TOLD]]
    return Markup("").join(told)


def _plan(sites: Sites, scenario: str) -> Markup:
    reader, chosen = sites.reader, sites.listed(f"plan_{scenario}")
    regret = reader.figure(*FIGURES, f"plan_regret_{scenario}")
    if not chosen or regret is None:
        return Markup("")
    return reader.say(
        "siting",
        "plan_regret" if regret > 0 else "plan_best",
        scenario=reader.title(scenario),
        names=sites.names(chosen),
        given=reader.show("share", *FIGURES, f"plan_demand_{scenario}"),
        best=sites.names(sites.listed(f"plan_best_{scenario}")),
        most=reader.show("share", *FIGURES, f"plan_best_demand_{scenario}"),
        regret=reader.show("fine_points", *FIGURES, f"plan_regret_{scenario}"),
    )


def _price(sites: Sites, row: tuple[Place, Mapping[str, Any]]) -> Markup:
    reader, (place, values) = sites.reader, row
    if values["objective_with"] is None or values["objective_without"] is None:
        return Markup("")
    with_it = (*place, "objective_with")
    without = (*place, "objective_without")
    return reader.say(
        "siting",
        "price" if values["price"] else "price_none",
        name=sites.name(place),
        count=reader.counted("more_station", *place, "stations"),
        **{"with": reader.show("share", *with_it)},
        without=reader.show("share", *without),
        best=reader.show("share", *without),
        price=reader.show("fine_points", *place, "price"),
        share=reader.show("share", *place, "price_share"),
    )


def area(reader: Reader) -> list[Block | None]:
    """Return what the county town needs by area, in one paragraph."""
    sites = Sites(reader)
    told = county_sentence(reader, BASELINE) + reader.say("punctuation", "between")
    whole = _by_assignment(sites, "")
    if whole:
        needs = _joined(reader, [_needs(sites, by, row) for by, row in whole])
        told += reader.say("siting", "needs", limit=reader.limit, told=needs)
    part = _by_assignment(sites, "reachable")
    if part:
        needs = _joined(reader, [_needs(sites, by, row) for by, row in part])
        told += reader.say("siting", "needs_part", told=needs)
    lost = (*FIGURES, "unreached_km2")
    if reader.figure(*lost):
        told += reader.say("siting", "unreached", area=reader.show("km2", *lost))
    return [Paragraph(told)]


def _joined(reader: Reader, told: Sequence[Markup]) -> Markup:
    return reader.say("punctuation", "part").join(told)


def _needs(sites: Sites, by: Markup, row: Row) -> Markup:
    """Say how many stations it takes to reach everything within the caps, or why none do."""
    reader, (place, values) = sites.reader, row
    status = values["status"]
    key = {"optimal": "proven", "feasible": "found"}.get(status, status)
    if status == "optimal" and not values["chosen"]:
        key = "none_more"
    return reader.say(
        "siting",
        f"needs_{key}",
        assignment=by,
        count=reader.counted("more_station", *place, "objective"),
        names=sites.chosen_short(place),
        bound=reader.show("plain", *place, "bound"),
        gap=reader.show("fine_share", *place, "gap"),
        why=reader.told(*place, "note") or reader.say("siting", "no_reason"),
    )

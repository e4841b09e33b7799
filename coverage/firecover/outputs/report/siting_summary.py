"""What the first page says of sites: what each adds, how sure that is, and what to build next."""

from __future__ import annotations

from markupsafe import Markup

from firecover.outputs.report.reader import Place, Reader
from firecover.outputs.report.sites import FIGURES, Sites, added, is_answer

#: What a site may add by itself.
GAINS = ("population_gain", "built_up_gain_km2", "villages_gain")


def answers(reader: Reader) -> list[tuple[str, Markup]]:
    """Return what sites add and where to build next, by the key of the question."""
    sites = Sites(reader)
    told = (("sites", _sites(sites)), ("next", _next(sites)))
    return [(key, text) for key, text in told if text]


def _sites(sites: Sites) -> Markup:
    reader = sites.reader
    if not sites.ranked:
        return reader.say("sentence", "no_candidates")
    total = reader.things("site", reader.count("ranking", "candidates"))
    places = [place for place, _ in sites.ranked]
    if not any(reader.figure(*place, gain) for place in places for gain in GAINS):
        return reader.say("sentence", "best_none", total=total)
    told = [_named(sites, place, total) for place, _ in sites.named]
    first = [place for place, row in sites.ranked if row["rank"] == 1]
    named = [place for place, _ in sites.named]
    if not any(place in named for place in first):
        told.append(_first(sites, first, total))
    told.append(_sure(sites))
    return reader.say("punctuation", "between").join(each.strip() for each in told if each)


def _named(sites: Sites, place: Place, total: Markup) -> Markup:
    reader = sites.reader
    tied = reader.raw(*place, "tied")
    rank = reader.say(
        "siting", "rank_tied" if tied else "rank", rank=reader.show("count", *place, "rank")
    )
    return reader.say(
        "siting",
        "summary_named",
        name=sites.mention(place),
        added=added(reader, place),
        rank=rank,
        total=total,
        chance=_chance(reader, place),
    )


def _first(sites: Sites, first: list[Place], total: Markup) -> Markup:
    reader = sites.reader
    return reader.say(
        "siting",
        "summary_tied" if len(first) > 1 else "summary_first",
        name=reader.listing([sites.mention(place) for place in first]),
        added=added(reader, first[0]),
        total=total,
        chance=_chance(reader, first[0]),
    )


def _chance(reader: Reader, place: Place) -> Markup:
    if reader.figure(*place, "p_first") is None:
        return Markup("")
    return reader.say("siting", "summary_chance", p=reader.show("share", *place, "p_first"))


def _sure(sites: Sites) -> Markup:
    """Say whether the first can be told from the others; nothing where there is one only."""
    reader = sites.reader
    if len(sites.ranked) < 2:  # noqa: PLR2004 - an order takes two
        return Markup("")
    if reader.figure(*FIGURES, "p_first_beats_second") is None:
        return reader.say("siting", "not_drawn")
    sure = reader.show("plain_share", *FIGURES, "sure_share")
    if reader.figure(*FIGURES, "separable"):
        return reader.say("siting", "summary_separable", sure=sure)
    group = sites.names(sites.listed("not_separable"))
    return reader.say("siting", "summary_even", names=group, sure=sure)


def _next(sites: Sites) -> Markup:
    """Say what to build next, what that reaches, and what no site reaches."""
    reader, found = sites.reader, sites.answers("mclp")
    if not sites.ranked:
        return Markup("")
    told = []
    for place, row in found[:1]:
        if not is_answer(row):
            count = reader.counted("more_station", *FIGURES, "further")
            told.append(reader.say("siting", "next_none", count=count, proof=sites.proof(place)))
            continue
        told.append(
            reader.say(
                "siting",
                "summary_next",
                count=reader.counted("more_station", *place, "stations"),
                names=sites.chosen(place, joint="and"),
                proof=sites.proof(place),
                limit=reader.limit,
                population=reader.people(*place, "population_reached"),
                area=reader.show("km2", *place, "built_up_reached_km2"),
                share=sites.demand(place),
            )
        )
    for place, row in found[1:2]:
        if is_answer(row) and is_answer(found[0][1]):
            loss = reader.change("fine_points", (*found[0][0], "objective"), (*place, "objective"))
            names = sites.chosen(place, joint="and")
            told.append(reader.say("siting", "summary_second", names=names, loss=loss))
    lost = (*FIGURES, "unreached_km2")
    if reader.figure(*lost):
        area = reader.show("km2", *lost)
        told.append(reader.say("siting", "summary_unreached", area=area, limit=reader.limit))
    return reader.say("punctuation", "between").join(each.strip() for each in told)

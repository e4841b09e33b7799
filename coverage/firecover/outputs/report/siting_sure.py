"""How sure the order of the candidates is, in sentences."""

from __future__ import annotations

from markupsafe import Markup

from firecover.outputs.report.sites import FIGURES, Sites


def how_sure(sites: Sites) -> Markup:
    """Say how probable the first rank is, and who cannot be told from the first."""
    reader, rows = sites.reader, sites.ranked
    if len(rows) < 2:  # noqa: PLR2004 - an order takes two
        return reader.say("siting", "only_one")
    if reader.figure(*FIGURES, "p_first_beats_second") is None:
        return reader.say("siting", "not_drawn")
    sure = reader.show("plain_share", *FIGURES, "sure_share")
    told = _tied(sites) + _chances(sites)
    if reader.figure(*FIGURES, "separable"):
        return told + reader.say("siting", "separable", sure=sure)
    second = str(rows[1][1]["id"]) in sites.listed("not_separable")
    key = "not_separable_second" if second else "not_separable"
    return told + reader.say("siting", key, sure=sure) + _more_often(sites) + _group(sites)


def _tied(sites: Sites) -> Markup:
    reader = sites.reader
    leading = [sites.mention(place) for place, row in sites.ranked if row["rank"] == 1]
    if len(leading) == 1:
        return Markup("")
    return reader.say("siting", "tied_first", names=reader.listing(leading))


def _chances(sites: Sites) -> Markup:
    """Say how often the first is first, and before the second."""
    reader = sites.reader
    (first, _), (second, _) = sites.ranked[:2]
    return reader.say(
        "siting",
        "sure" if reader.figure(*FIGURES, "speed_draws") else "sure_without",
        rankings=reader.show("count", *FIGURES, "rankings"),
        draws=reader.show("count", *FIGURES, "speed_draws"),
        first=sites.mention(first),
        p=reader.show("share", *first, "p_first"),
        second=sites.mention(second),
        beats=reader.show("share", *FIGURES, "p_first_beats_second"),
    )


def _more_often(sites: Sites) -> Markup:
    """Say which site is first more often than the one of the best score; nothing if none is."""
    reader, rows = sites.reader, sites.ranked
    place, row = max(rows, key=lambda it: it[1]["p_first"] or 0)
    if (row["p_first"] or 0) <= (rows[0][1]["p_first"] or 0):
        return Markup("")
    p = reader.show("share", *place, "p_first")
    return reader.say("siting", "more_often", name=sites.mention(place), p=p)


def _group(sites: Sites) -> Markup:
    """Name the leading sites, and say whether those of the study are among them."""
    reader, group = sites.reader, sites.listed("not_separable")
    told = reader.say("siting", "group", names=sites.names(group))
    named = [(str(row["id"]) in group, place) for place, row in sites.named]
    for key, inside in (("named_in", True), ("named_out", False)):
        names = [sites.mention(place) for among, place in named if among is inside]
        if names:
            told += reader.say("siting", key, names=reader.listing(names))
    return told

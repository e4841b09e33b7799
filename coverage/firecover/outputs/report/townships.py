"""Townships in the report: what is reached in each, and in all of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from firecover.outputs.report.certainty import has_draws, interval
from firecover.outputs.report.model import Block, Cell, Paragraph, Table
from firecover.outputs.report.places import Places
from firecover.outputs.report.reader import BASELINE, Place, Reader
from firecover.outputs.report.sentences import population_kind
from firecover.outputs.report.tables import head, verdict_mark
from firecover.results import band

#: What is told by arrival, whoever it is, and by tier.
ARRIVALS = ("first", "second", "full")
TIERS = ("fire", "township", "micro")
#: A crew that drives no longer than this stands at the place.
ON_SPOT_S = 30.0


def blocks(reader: Reader) -> list[Block | None]:
    """Return what is told of townships, but for the lists of all of them."""
    unknown = reader.headline(BASELINE, "townships_population_unknown")
    published = reader.headline(BASELINE, "population_published")
    key = "townships" if reader.figure(*unknown) else "townships_all"
    return [
        Paragraph(
            reader.say(
                "para",
                key if reader.figure(*published) else "townships_none",
                published=reader.people(*published),
                unknown=reader.counted("township", *unknown),
                kind=population_kind(reader),
            )
        ),
        _seats_told(reader),
        _hydrants_told(reader),
    ]


def changes(reader: Reader) -> list[Block | None]:
    """Return what each scenario changes of the townships."""
    told: list[Block | None] = []
    for name in reader.scenarios[1:]:
        table = townships(Places(reader, name), changed_only=True)
        key = "townships_changed" if table else "townships_unchanged"
        told += [Paragraph(reader.say("para", key, scenario=reader.title(name))), table]
    return told


def _seats_told(reader: Reader) -> Paragraph | None:
    """Say at how many of the townships' seats a crew arrives in time; nothing if none is known."""
    known = reader.headline(BASELINE, "seats_known")
    reached = reader.headline(BASELINE, f"seats_reached_{reader.response_band}")
    if not reader.figure(*known) or reader.figure(*reached) is None:
        return None
    told = reader.say(
        "para",
        "seats",
        townships=reader.counted("township", *reader.headline(BASELINE, "townships")),
        known=reader.counted("seat", *known),
        reached=reader.show("count", *reached),
        limit=reader.limit,
    )
    if _brigades_at_seats(reader):
        told += reader.say("para", "seats_on_spot")
    return Paragraph(told)


def _brigades_at_seats(reader: Reader) -> bool:
    """Tell whether whoever comes first to a seat hardly drives, at every seat."""
    longest_s = float(reader.raw("settings", "turnout_s")) + ON_SPOT_S
    rows = [row for _, row in Places(reader, BASELINE).rows("townships")]
    arrivals_s = [row["seat_first_s"] for row in rows if row.get("seat_first_s") is not None]
    return all(arrival_s <= longest_s for arrival_s in arrivals_s)


def has_bands(reader: Reader) -> bool:
    """Tell whether what is reached was added up by kind of arrival."""
    return all_bands(reader, BASELINE, "population") is not None


def totals_told(reader: Reader) -> Paragraph:
    """Say how the tables by kind of arrival are to be read."""
    return Paragraph(reader.say("para", "township_totals"))


def _hydrants_told(reader: Reader) -> Paragraph | None:
    """Say in how many townships enough hydrants work, and all that are needed are there."""
    place: Place = ("scenarios", BASELINE, "townships")
    columns = ("hydrants_working_verdict", "hydrants_present_verdict")
    rows = [row for _, row in reader.rows(*place)]
    if not any(row.get(column) for row in rows for column in columns):
        return None
    told = [_by_verdict(reader, place, column) for column in columns]
    target = reader.show("plain_share", *reader.rule("hydrant_working_share"))
    text = reader.say("para", "township_hydrants", target=target, working=told[0], present=told[1])
    return Paragraph(text)


def _by_verdict(reader: Reader, place: Place, column: str) -> Markup:
    """Return in how many townships a verdict was given, without verdicts that none has."""
    told = []
    for verdict in ("meets", "fails", "cannot_say"):
        count = reader.count(*place, **{column: verdict})
        if count.striptags() != "0":
            label = reader.label("verdict", verdict)
            told.append(
                reader.say(
                    "para", "with_verdict", count=reader.things("township", count), verdict=label
                )
            )
    return reader.listing(told)


def kinds(reader: Reader, scenario: str) -> list[str]:
    """Return the kinds of arrival that are told: of tiers, those with a station."""
    there = [t for t in TIERS if reader.figure(*reader.headline(scenario, f"stations_{t}"))]
    return [*ARRIVALS, *there]


def all_bands(reader: Reader, scenario: str, what: str) -> Table | None:
    """Return what is reached of the whole area, by kind of arrival and band; None without it.

    ``what`` is ``population`` or ``built_up``.
    """
    part, whole, style, share = _columns(what)
    found = {
        (row["by"], row["minutes"]): place
        for place, row in reader.rows("scenarios", scenario, "county_bands")
        if row.get(whole)
    }
    minutes = list(reader.raw("minutes"))
    rows = [
        [
            reader.say("by", kind),
            *(_with_share(reader, style, found[kind, limit], part, share) for limit in minutes),
        ]
        for kind in kinds(reader, scenario)
        if all((kind, limit) in found for limit in minutes)
    ]
    if not rows:
        return None
    heads = [
        reader.say("figure", "minutes", minutes=reader.show("plain", "minutes", i))
        for i in range(len(minutes))
    ]
    total = reader.show(style, *next(iter(found.values())), whole)
    caption = reader.say("table", "all_bands", what, scenario=reader.title(scenario), total=total)
    return Table(caption, [*head(reader, "all_bands"), *heads], rows, "l" + "r" * len(minutes))


def _columns(what: str) -> tuple[str, str, str, str]:
    """Return the columns of part, whole and share, with how the first two are shown."""
    if what == "population":
        return "population_reached", "population", "count", "population_share"
    return "built_up_reached_km2", "built_up_km2", "km2", "built_up_share"


def by_kind(places: Places, what: str, minutes: int) -> Table | None:
    """Return what is reached in each township within a band, by kind of arrival.

    Parameters
    ----------
    what
        ``population`` or ``built_up``.
    minutes
        The band, by its place among the bands.
    """
    reader = places.reader
    limit = reader.raw("minutes")[minutes]
    part, whole, style, share = _columns(what)
    told = kinds(reader, places.scenario)
    of: dict[str, dict[str, Place]] = {}
    for place, row in places.rows("township_bands"):
        if row["minutes"] == limit and row["by"] in told:
            of.setdefault(str(row["code"]), {})[str(row["by"])] = place
    rows = []
    for place, row in places.rows("townships"):
        mine = of.get(str(row["code"]), {})
        if "first" not in mine or reader.figure(*mine["first"], whole) == 0:
            continue
        rows.append(
            [
                reader.name(*place),
                reader.show(style, *mine["first"], whole),
                *(_with_share(reader, style, mine[kind], part, share) for kind in told),
            ]
        )
    if not rows:
        return None
    caption = reader.say(
        "table",
        "by_kind",
        what,
        scenario=places.title(),
        minutes=reader.show("plain", "minutes", minutes),
    )
    heads = head(reader, "by_kind") + [reader.say("by", kind) for kind in told]
    return Table(caption, heads, rows, "lr" + "r" * len(told), style="long bands")


def _with_share(reader: Reader, style: str, place: Place, part: str, share: str) -> Markup:
    told = reader.show(style, *place, part)
    if reader.figure(*place, part) is None:
        return told
    return told + Markup(' <small class="of">{0}</small>').format(
        reader.show("share", *place, share)
    )


def bands_told(reader: Reader) -> list[int]:
    """Return the bands that are told by township: the response time's and the villages'."""
    return [i for i, _ in _township_bands(reader)]


def seats(places: Places) -> Table | None:
    """Return who arrives when at the townships' seats; None where it was not computed."""
    reader = places.reader
    rows = []
    if any(row.get("seat_call_s") is not None for _, row in places.rows("townships")):
        for place, _ in places.rows("townships"):
            rows.append(
                [
                    reader.name(*place),
                    reader.show("min", *place, "seat_first_s"),
                    reader.show("min", *place, "seat_call_s"),
                    places.station(place, "seat_station") or reader.say("words", "not_known"),
                    reader.show("min", *place, "seat_second_s"),
                    reader.show("min", *place, "seat_full_s"),
                    *([places.chance(place, "seat_p")] if has_draws(reader) else ()),
                    *([_interval(reader, place)] if has_draws(reader) else ()),
                ]
            )
    if not rows:
        return None
    heads = head(reader, "seats")
    caption = reader.say("table", "seats", "caption", scenario=places.title(), limit=reader.limit)
    drawn = has_draws(reader)
    return Table(
        caption,
        heads if drawn else heads[:-2],
        rows,
        "lrrlrr" + "rr" * drawn,
        style="long seats",
    )


def _interval(reader: Reader, place: Place) -> Markup:
    return interval(reader, "share", place, "share")


def hydrants(places: Places) -> Table | None:
    """Return the hydrants of each township that has any, or needs any; None without."""
    reader = places.reader
    rows: list[list[Cell | Markup]] = []
    for place, row in places.rows("townships"):
        if row.get("hydrants_working_verdict") is None:
            continue
        if not row.get("hydrants") and not row.get("hydrants_new"):
            continue
        none = reader.say("words", "none")
        rows.append(
            [
                reader.name(*place),
                _of(reader, place, "hydrants_working", "hydrants") if row["hydrants"] else none,
                reader.show("share", *place, "hydrants_working_share") if row["hydrants"] else none,
                verdict_mark(reader, row["hydrants_working_verdict"]),
                reader.show("count", *place, "hydrants_new"),
                reader.show("share", *place, "hydrants_present_share"),
                verdict_mark(reader, row["hydrants_present_verdict"]),
            ]
        )
    if not rows:
        return None
    target = reader.show("plain_share", *reader.rule("hydrant_working_share"))
    caption = reader.say("table", "township_hydrants", "caption", target=target)
    return Table(caption, head(reader, "township_hydrants"), rows, "lrrcrrc", style="long")


def _of(reader: Reader, place: Place, part: str, whole: str) -> Markup:
    counts = {
        "part": reader.show("count", *place, part),
        "whole": reader.show("count", *place, whole),
    }
    return reader.say("table", "townships", "of", **counts)


def townships(places: Places, *, changed_only: bool = False) -> Table | None:
    """Return the townships of a scenario, or those whose figures differ from today's."""
    reader = places.reader
    bands = _township_bands(reader)
    watched = ("seat_first_s", "built_up_reached_share", "villages_reached")
    before = {str(row["code"]): row for _, row in Places(reader, BASELINE).rows("townships")}

    def stays(row: Mapping[str, Any]) -> bool:
        then = before.get(str(row["code"]), {})
        keys = [*watched, *(f"share_{band(minutes)}" for _, minutes in bands)]
        return all(then.get(key) == row.get(key) for key in keys)

    rows = [
        _township(places, place, row, bands)
        for place, row in places.rows("townships")
        if not (changed_only and stays(row))
    ]
    if not rows:
        return None
    heads = head(reader, "townships")
    shares = [
        reader.say("table", "townships", "share", minutes=reader.show("plain", "minutes", i))
        for i, _ in bands
    ]
    tail = [reader.say("table", "townships", key) for key in ("built_up", "hydrants", "villages")]
    caption = reader.say("table", "townships", "caption", scenario=places.title())
    align = "lrrl" + "r" * (len(shares) + 3)
    return Table(caption, [*heads, *shares, *tail], rows, align, style="long townships")


def _township_bands(reader: Reader) -> list[tuple[int, float]]:
    """Return the two bands told by township: the response time's and the villages'."""
    minutes = list(reader.raw("minutes"))
    wanted = reader.figure(*reader.headline(BASELINE, "village_minutes"))
    late = minutes.index(wanted) if wanted in minutes else len(minutes) - 1
    early = next((i for i, m in enumerate(minutes) if band(m) == reader.response_band), 0)
    return [(i, minutes[i]) for i in sorted({early, late})]


def _township(
    places: Places, place: Place, row: Mapping[str, Any], bands: Sequence[tuple[int, float]]
) -> list[Cell | Markup]:
    reader = places.reader
    none, unknown = reader.say("words", "none"), reader.say("words", "not_known")

    def share(key: str, whole: str) -> Markup:
        if row.get(whole) == 0:
            return none
        return reader.show("share", *place, key)

    def part(key: str, whole: str) -> Markup:
        if row.get(whole) is None:
            return unknown
        if row[whole] == 0:
            return none
        return reader.say(
            "table",
            "townships",
            "of",
            part=reader.show("count", *place, key),
            whole=reader.show("count", *place, whole),
        )

    return [
        reader.name(*place),
        reader.show("count", *place, "population"),
        reader.show("min", *place, "seat_first_s"),
        places.station(place, "seat_station") or unknown,
        *(share(f"share_{band(m)}", "population_modelled") for _, m in bands),
        share("built_up_reached_share", "built_up_km2"),
        part("hydrants_working", "hydrants"),
        part("villages_reached", "villages"),
    ]

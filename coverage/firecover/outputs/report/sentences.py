"""The sentences on today and on what scenarios change, each with its figures."""

from __future__ import annotations

from markupsafe import Markup, escape

from firecover.outputs.report import verdicts as judge
from firecover.outputs.report.reader import BASELINE, Place, Reader
from firecover.standards import conditions


def forces(reader: Reader) -> Markup:
    """Say who takes part."""
    places = {
        noun: reader.headline(BASELINE, f"stations_{tier}")
        for tier, noun in (
            ("fire", "fire_station"),
            ("township", "brigade"),
            ("micro", "micro_station"),
        )
    }
    there = [reader.counted(noun, *place) for noun, place in places.items() if _some(reader, place)]
    key = "forces" if there else "forces_none"
    told = reader.say("sentence", key, scenario=reader.title(BASELINE), told=reader.listing(there))
    unlocated = reader.headline(BASELINE, "stations_unlocated")
    if reader.figure(*unlocated):
        told += reader.say("sentence", "unlocated", count=reader.counted("crew", *unlocated))
    return told


def _some(reader: Reader, place: Place) -> bool:
    return bool(reader.figure(*place))


def arrival(reader: Reader) -> Markup:
    """Say how much of the county town is reached in time today."""
    judgement = judge.arrival(reader, BASELINE)
    if judgement.verdict == "cannot_say":
        return town(reader)
    return town(reader) + reader.say(
        "sentence",
        "arrival",
        clause=reader.told(*reader.rule("response_s")[:-1], "clause"),
        limit=reader.limit,
        verdict=reader.label("verdict", judgement.verdict),
    )


def town(reader: Reader) -> Markup:
    """Say how much of the county town is reached, by fire stations and by whoever is first."""
    judgement = judge.arrival(reader, BASELINE)
    if judgement.verdict == "cannot_say":
        return reader.say("sentence", "arrival_unknown", why=judgement.told)
    return reader.say(
        "sentence",
        "town",
        limit=reader.limit,
        reached=reader.show("km2", *reader.headline(BASELINE, "urban_reached_km2")),
        total=reader.show("km2", *reader.headline(BASELINE, "urban_km2")),
        share=reader.show("share", *reader.headline(BASELINE, "urban_reached_share")),
        any=reader.show("km2", *reader.headline(BASELINE, "urban_any_reached_km2")),
        any_share=reader.show("share", *reader.headline(BASELINE, "urban_any_reached_share")),
    )


def population(reader: Reader) -> Markup:
    """Say how many people are reached in time today; nothing without a population layer."""
    band = reader.response_band
    total = reader.headline(BASELINE, "population_total")
    if band is None or not reader.figure(*total):
        return Markup("")
    return reader.say(
        "sentence",
        "population",
        limit=reader.limit,
        total=reader.people(*total),
        kind=population_kind(reader),
        reached=reader.heads(*reader.headline(BASELINE, f"population_reached_{band}")),
        share=reader.show("share", *reader.headline(BASELINE, f"population_share_{band}")),
    )


def population_kind(reader: Reader) -> Markup:
    """Return what kind of data the population is."""
    kinds = [row["kind"] for row in reader.raw("data") if row["layer"] == "population"]
    return reader.label("kind", kinds[0]) if kinds else reader.say("words", "not_known")


def area(reader: Reader) -> Markup:
    """Say how large the jurisdictions are today, and how many stations the rule asks for."""
    judgement = judge.area(reader, BASELINE)
    if reader.figure(*reader.headline(BASELINE, "area_per_station_km2")) is None:
        return reader.say("sentence", "area_unknown", why=judgement.told)
    return reader.say(
        "sentence",
        "area",
        urban=reader.show("km2", *reader.headline(BASELINE, "urban_km2")),
        per=reader.show("km2", *reader.headline(BASELINE, "area_per_station_km2")),
        clause=reader.told(*reader.rule("area_first_km2")[:-1], "clause"),
        cap=reader.show("plain", *reader.rule("area_first_km2")),
        least=reader.counted("station", *reader.headline(BASELINE, "stations_least")),
    )


def villages(reader: Reader, *, times: bool = True) -> Markup:
    """Say how many villages are reached in time today, and when crews arrive."""
    judgement = judge.villages(reader, BASELINE)
    if judgement.verdict == "cannot_say":
        return reader.say("sentence", "villages_unknown", why=judgement.told)
    minutes = reader.village_limit
    reached, two = (reader.headline(BASELINE, f"villages_{key}") for key in ("reached", "two"))
    told = reader.say(
        "sentence",
        "villages" if reader.figure(*reached) else "villages_none",
        total=reader.counted("village", *reader.headline(BASELINE, "villages")),
        reached=reader.show("count", *reached),
        share=reader.show("share", *reader.headline(BASELINE, "villages_reached_share")),
        minutes=minutes,
    )
    if reader.figure(*two):
        told += reader.say("sentence", "villages_two", two=reader.show("count", *two))
    median, worst = (reader.headline(BASELINE, f"village_{key}_s") for key in ("median", "worst"))
    if times and reader.figure(*median) is not None and reader.figure(*worst) is not None:
        when = {"median": reader.show("min", *median), "worst": reader.show("min", *worst)}
        told += reader.say("sentence", "villages_times", **when)
    return told + reader.say("sentence", "villages_target", minutes=minutes)


def what_changes(reader: Reader, scenario: str) -> Markup:
    """Say in what a scenario differs from today: stations opened, closed, speeds."""
    parts = [
        reader.say("sentence", key, names=names)
        for key, names in (
            ("opens", names_of(reader, scenario, "open")),
            ("closes", names_of(reader, scenario, "close")),
        )
        if names
    ]
    closed = roads_closed(reader, scenario)
    if closed:
        parts.append(reader.say("sentence", "cuts", names=closed))
    for key in ("speed_factor", "turnout_factor"):
        factor = ("scenarios", scenario, key)
        if reader.figure(*factor) not in (None, 1):
            parts.append(reader.say("sentence", key, factor=reader.show("plain", *factor)))
    parts += conditions_of(reader, scenario)
    if not parts:
        return reader.say("sentence", "as_today")
    return reader.say("punctuation", "part").join(parts)


def roads_closed(reader: Reader, scenario: str) -> Markup:
    """Return the names of the roads that a scenario closes."""
    place: Place = ("scenarios", scenario, "close_roads")
    return reader.listing([reader.text(*place, i) for i in range(len(reader.raw(*place) or ()))])


def conditions_of(reader: Reader, scenario: str) -> list[Markup]:
    """Return the state of the roads in a scenario, and the factors of single road classes."""
    place: Place = ("scenarios", scenario)
    state = conditions().get(str(reader.raw(*place, "condition") or ""))
    told = [escape(getattr(state, reader.lang))] if state else []
    return told + [
        reader.say(
            "sentence",
            "class_factor",
            road_class=reader.label("road_class", name),
            factor=reader.show("plain", *place, "speed_factors", name),
        )
        for name in reader.raw(*place, "speed_factors") or ()
    ]


def names_of(reader: Reader, scenario: str, change: str) -> Markup:
    """Return the names of the stations that a scenario opens or closes."""
    tables: list[Place] = [("ranking", "candidates"), ("scenarios", BASELINE, "stations")]
    known = {
        str(row["id"]): (*table, i) for table in tables for i, row in enumerate(reader.raw(*table))
    }
    names = [
        reader.name(*known[name]) if name in known else Markup("{}").format(name)
        for name in reader.raw("scenarios", scenario, change) or ()
    ]
    return reader.listing(names)


def compared(reader: Reader, scenario: str) -> Markup:
    """Say what changes from today to a scenario."""
    people = f"population_reached_{reader.response_band}"
    told = []
    for sentence, whole, key, kind in (
        ("change_urban", "urban_km2", "urban_reached_km2", "km2"),
        ("change_population", "population_total", people, "people"),
        ("change_area", "area_per_station_km2", "area_per_station_km2", "km2"),
        ("change_villages", "villages", "villages_reached", "villages"),
    ):
        ends = [reader.headline(name, key) for name in (BASELINE, scenario)]
        known = all(reader.figure(*end) is not None for end in ends)
        if not known or not reader.figure(*reader.headline(scenario, whole)):
            continue
        told.append(
            reader.say(
                "sentence",
                sentence,
                limit=reader.limit,
                minutes=reader.village_limit,
                moves=_moves(reader, scenario, key, kind),
                share_moves=_share_moves(reader, scenario),
            )
        )
    return reader.say(
        "sentence",
        "scenario" if told else "scenario_unknown",
        scenario=reader.title(scenario),
        what=what_changes(reader, scenario),
        changes=reader.say("punctuation", "part").join(told),
    )


def _share_moves(reader: Reader, scenario: str) -> Markup:
    moves = _moves(reader, scenario, "urban_reached_share", "share")
    return moves + _points(reader, scenario, "urban_reached_share")


def _moves(reader: Reader, scenario: str, key: str, kind: str) -> Markup:
    before_at, after_at = reader.headline(BASELINE, key), reader.headline(scenario, key)
    before, after = reader.figure(*before_at), reader.figure(*after_at)

    def told(place: Place) -> Markup:
        if kind == "people":
            return reader.heads(*place)
        return reader.show("count" if kind == "villages" else kind, *place)

    same = before == after or told(before_at).striptags() == told(after_at).striptags()
    rises = before is not None and after is not None and after > before
    verb = "stays" if same else "rises" if rises else "falls"
    parts = {"before": told(before_at), "after": told(after_at)}
    return reader.say("sentence", verb, unit=reader.say("changed_unit", kind), **parts)


def _points(reader: Reader, scenario: str, key: str) -> Markup:
    after_at, before_at = reader.headline(scenario, key), reader.headline(BASELINE, key)
    after, before = reader.figure(*after_at), reader.figure(*before_at)
    if after is None or before is None or after == before:
        return Markup("")
    points = reader.change("points", after_at, before_at)
    return reader.say("sentence", "points", sign="+" if after > before else "", points=points)

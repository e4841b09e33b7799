"""What may fail, in the report: stations out of service, and roads that are closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from firecover.outputs.report.model import Block, Cell, Paragraph, Table
from firecover.outputs.report.places import Places
from firecover.outputs.report.reader import BASELINE, Place, Reader
from firecover.outputs.report.tables import head

#: Stations told in the chapter; the annex has all of them.
MOST_STATIONS = 8
#: Names told in one cell.
MOST_NAMES = 3
#: What a station's outage, or a road's closure, costs first of all.
TOWN_LOST = "built_up_lost_km2"
LOSSES = ("population_lost", "villages_lost", TOWN_LOST)


def blocks(reader: Reader) -> list[Block | None]:
    """Return what is told of stations and roads that fail."""
    told: list[Block | None] = []
    for name in reader.scenarios:
        places = Places(reader, name)
        told += [outages(places, MOST_STATIONS), critical_roads(places)]
    if not any(told):
        return [Paragraph(reader.say("para", "no_resilience"))]
    minutes = reader.village_limit
    intro = reader.say("para", "resilience", limit=reader.limit, minutes=minutes)
    return [Paragraph(intro), *told]


def worst_first(places: Places) -> list[tuple[Place, Mapping[str, Any]]]:
    """Return the outages of a scenario, the worst first."""

    def loss(row: Mapping[str, Any]) -> tuple[float, ...]:
        return tuple(-(row.get(key) or 0) for key in LOSSES)

    return sorted(places.rows("station_outages"), key=lambda it: (*loss(it[1]), str(it[1]["id"])))


def missed_in_town(places: Places) -> tuple[Place, Mapping[str, Any]] | None:
    """Return the outage that costs most of the county town; None where none costs any."""
    found = max(worst_first(places), key=lambda it: it[1].get(TOWN_LOST) or 0, default=None)
    return found if found and found[1].get(TOWN_LOST) else None


def _told_outages(places: Places, most: int | None) -> list[tuple[Place, Mapping[str, Any]]]:
    """Return the worst outages, and the one that the town misses most where it is not among them.

    A county's only fire station may cost no people, where a brigade is as near.
    """
    told, town = worst_first(places)[:most], missed_in_town(places)
    return [*told, town] if town and town[0] not in [place for place, _ in told] else told


def outages(places: Places, most: int | None = None) -> Table | None:
    """Return what is lost with each station; None where it was not computed.

    ``most`` are told, and the one that the town misses most; without it, all of them.
    """
    reader = places.reader
    rows: list[list[Cell | Markup]] = [
        [
            reader.name(*place),
            reader.label("tier", row["tier"]),
            reader.show("count", *place, "population_lost"),
            reader.show("km2", *place, "built_up_lost_km2"),
            reader.show("count", *place, "villages_lost"),
            places.names(place, "takes_over", MOST_NAMES) or reader.say("words", "none"),
            _slower(reader, place),
            reader.show("count", *place, "nobody"),
        ]
        for place, row in _told_outages(places, most)
    ]
    if not rows:
        return None
    everyone = most is None or len(places.rows("station_outages")) <= most
    told = "caption_worst" if places.scenario == BASELINE else "caption_some"
    key = "caption" if everyone else told
    caption = reader.say("table", "outages", key, scenario=places.title())
    return Table(caption, head(reader, "outages"), rows, "llrrrlrr", style="long outages")


def _slower(reader: Reader, place: Place) -> Markup:
    if reader.figure(*place, "slower_s") is None:
        return reader.say("words", "not_due")
    return reader.show("min", *place, "slower_s")


def road_name(reader: Reader, place: Place) -> Markup:
    """Return a road's name and number, or that it has neither."""
    name, ref = reader.text(*place, "name"), reader.text(*place, "ref")
    if name and ref:
        return name + reader.say("punctuation", "open") + ref + reader.say("punctuation", "close")
    return name or ref or reader.say("words", "no_name")


def critical_roads(places: Places) -> Table | None:
    """Return the roads whose closure hurts most; None where it was not computed."""
    reader = places.reader
    rows = [
        [
            reader.show("count", *place, "order"),
            _road_and_stations(places, place),
            _kind(reader, row),
            reader.show("m", *place, "length_m"),
            reader.show("count", *place, "population_lost"),
            reader.show("count", *place, "population_cut"),
            reader.show("count", *place, "villages_lost"),
            reader.show("count", *place, "villages_cut"),
            places.names(place, "villages", MOST_NAMES),
        ]
        for place, row in places.rows("critical_roads")
    ]
    if not rows:
        return None
    caption = reader.say("table", "critical_roads", "caption", scenario=places.title())
    return Table(caption, head(reader, "critical_roads"), rows, "rllrrrrrl", style="long roads")


def _stations_on(places: Places, place: Place) -> Markup:
    """Return the names of the stations that a closed stretch keeps in; empty where none are."""
    if not places.reader.raw(*place).get("stations"):
        return Markup("")
    return places.names(place, "stations", MOST_NAMES)


def _road_and_stations(places: Places, place: Place) -> Markup:
    name, kept_in = road_name(places.reader, place), _stations_on(places, place)
    if not kept_in:
        return name
    told = places.reader.say("table", "critical_roads", "stations", names=kept_in)
    return Markup("{0}<br><small>{1}</small>").format(name, told)


def _kind(reader: Reader, row: Mapping[str, Any]) -> Markup:
    kinds = [reader.label("road_class", row["road_class"])]
    kinds += [
        reader.say("table", "critical_roads", key) for key in ("bridge", "tunnel") if row[key]
    ]
    return reader.listing(kinds)


def worst_sentence(reader: Reader) -> Markup:
    """Say which station and which road are missed most; nothing where none was computed."""
    places = Places(reader, BASELINE)
    told = [*_worst_station(places), *_worst_in_town(places), *_worst_road(places)]
    if not told:
        return Markup("")
    whole = reader.say("punctuation", "part").join(told)
    return reader.say("sentence", "resilience", told=whole)


def _worst_station(places: Places) -> Iterator[Markup]:
    reader = places.reader
    for place, _ in worst_first(places)[:1]:
        lost = _lost(reader, place)
        if lost:
            name = reader.name(*place)
            yield reader.say("sentence", "worst_station", name=name, lost=lost)


def _worst_in_town(places: Places) -> Iterator[Markup]:
    reader, town = places.reader, missed_in_town(places)
    reached = reader.headline(BASELINE, "urban_reached_km2")
    if town and reader.figure(*reached):
        yield reader.say(
            "sentence",
            "worst_town",
            name=reader.name(*town[0]),
            lost=reader.show("km2", *town[0], TOWN_LOST),
            reached=reader.show("km2", *reached),
        )


def _worst_road(places: Places) -> Iterator[Markup]:
    reader = places.reader
    for place, _ in places.rows("critical_roads")[:1]:
        lost, kept_in = _lost(reader, place), _stations_on(places, place)
        if lost:
            parts = {"name": road_name(reader, place), "lost": lost, "stations": kept_in}
            key = "worst_road_stations" if kept_in else "worst_road"
            yield reader.say("sentence", key, **parts)


def _lost(reader: Reader, place: Place) -> Markup:
    """Say what is no longer reached in time, people and villages; nothing where nothing is."""
    told = []
    if reader.figure(*place, "population_lost"):
        people = reader.people(*place, "population_lost")
        told.append(reader.say("sentence", "lost_people", limit=reader.limit, people=people))
    if reader.figure(*place, "villages_lost"):
        minutes = reader.village_limit
        villages = reader.counted("village", *place, "villages_lost")
        told.append(reader.say("sentence", "lost_villages", minutes=minutes, villages=villages))
    return reader.say("punctuation", "and_also").join(told)

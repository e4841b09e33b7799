"""Villages in the report: who comes when and by which road, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from firecover.outputs.report.certainty import has_draws, interval
from firecover.outputs.report.model import Block, Cell, Paragraph, Table
from firecover.outputs.report.places import Places
from firecover.outputs.report.reader import BASELINE, Place, Reader, words
from firecover.outputs.report.sentences import villages
from firecover.outputs.report.tables import head, part_of, village_summary

SECONDS_PER_MINUTE = 60


def blocks(reader: Reader) -> list[Block | None]:
    """Return what is told of villages, but for the lists of all of them."""
    if not reader.raw("scenarios", BASELINE, "villages"):
        why = reader.say("why", "no_villages")
        return [Paragraph(reader.say("sentence", "villages_unknown", why=why))]
    told: list[Block | None] = [Paragraph(villages(reader)), *village_summary(reader)]
    table = targets(reader)
    if table:
        told += [_what_is_asked(reader), table]
    return told


def changes(reader: Reader) -> list[Block | None]:
    """Return which villages each scenario brings within the time, or out of it."""
    if not reader.raw("scenarios", BASELINE, "villages"):
        return []
    told: list[Block | None] = []
    for name in reader.scenarios[1:]:
        table = village_changes(Places(reader, name))
        key = "villages_changed" if table else "villages_unchanged"
        told += [Paragraph(reader.say("para", key, scenario=reader.title(name))), table]
    return told


def _what_is_asked(reader: Reader) -> Paragraph:
    engines = reader.counted("engine", "settings", "full_force_engines")
    told = reader.say("para", "village_targets", engines=engines)
    unknown = reader.headline(BASELINE, "stations_engines_unknown")
    if reader.figure(*unknown):
        told += reader.say("para", "engines_unknown", count=reader.counted("crew", *unknown))
    return Paragraph(told)


def targets(reader: Reader) -> Table | None:
    """Return how many villages each target time holds for; None where there is no table."""
    drawn = has_draws(reader)
    rows = []
    for name in reader.scenarios:
        for place, row in reader.rows("scenarios", name, "village_targets"):
            rows.append(
                [
                    reader.title(name),
                    reader.show("plain", *place, "minutes"),
                    _basis(reader, float(row["minutes"])),
                    reader.show("count", *place, "villages"),
                    *(
                        part_of(reader, "count", (*place, kind), (*place, f"{kind}_share"))
                        for kind in ("first", "second", "full")
                    ),
                    *(reader.show("count", *place, key) for key in ("sure", "uncertain") if drawn),
                ]
            )
    if not rows:
        return None
    heads = head(reader, "village_targets")
    return Table(
        reader.say("table", "village_targets", "caption"),
        heads if drawn else heads[:-2],
        rows,
        "lrlrrrr" + "rr" * drawn,
        style="targets",
    )


def _basis(reader: Reader, minutes: float) -> Markup:
    """Return the foreign rule that a target is taken from, or that the study sets it."""
    for place, rule in reader.rows("rules"):
        borrowed = "." in str(rule["id"]) and rule["unit"] == "s"
        if borrowed and rule["value"] == minutes * SECONDS_PER_MINUTE:
            return _borrowed(reader, place, str(rule["pack"]))
    return reader.say("table", "village_targets", "own")


def _borrowed(reader: Reader, place: Place, pack: str) -> Markup:
    known = words(reader.lang)["pack"]
    rule = reader.text(*place, reader.lang)
    return reader.say("table", "village_targets", "borrowed", pack=known.get(pack, pack), rule=rule)


def arrivals(places: Places) -> Table | None:
    """Return when crews arrive in each village of a scenario; None where there is none."""
    reader = places.reader
    drawn = has_draws(reader)
    more = _has(places, "full_s")
    rows = []
    for place, row in places.rows("villages"):
        rows.append(
            [
                reader.name(*place),
                places.township(place),
                places.arrival(place, "first_s"),
                *([interval(reader, "min", place, "first", "_s")] if drawn else ()),
                *([_time(reader, place, "call_s")] if more else ()),
                places.station(place, "first_station"),
                places.arrival(place, "second_s"),
                places.station(place, "second_station"),
                *([_time(reader, place, "full_s")] if more else ()),
                *([places.chance(place, "p_reached")] if drawn else ()),
                _in_time(reader, row),
            ]
        )
    if not rows:
        return None
    every = head(reader, "villages")
    dropped = {3: drawn, 4: more, 8: more, 9: drawn}
    kept = [i for i in range(len(every)) if dropped.get(i, True)]
    return Table(
        reader.say("table", "villages", "caption", scenario=places.title()),
        [every[i] for i in kept],
        rows,
        "".join("llrrrlrlrrc"[i] for i in kept),
        style="long arrivals",
    )


def _time(reader: Reader, place: Place, column: str) -> Markup:
    if reader.figure(*place, column) is None:
        return reader.say("words", "not_due")
    return reader.show("min", *place, column)


def _in_time(reader: Reader, row: Mapping[str, Any]) -> Markup:
    told = reader.say("table", "villages", "in_time" if row["reached"] else "late")
    if row.get("certainty") != "uncertain":
        return told
    unsure = reader.say("words", "in_noise")
    return Markup("{0}<br><small>{1}</small>").format(told, unsure)


def _has(places: Places, column: str) -> bool:
    return any(row.get(column) is not None for _, row in places.rows("villages"))


def ways(places: Places) -> Table | None:
    """Return by which road each village is reached, and what water is near; None without it."""
    reader = places.reader
    if not _has(places, "way_km"):
        return None
    rows: list[list[Cell | Markup]] = []
    for place, row in places.rows("villages"):
        way = [reader.text(*place, "way") or reader.say("words", "no_name"), _km(reader, place)]
        if row["first_s"] is None:
            way = [
                Markup('<span class="nobody">{0}</span>').format(_why(reader, row)),
                _km(reader, place),
            ]
        rows.append(
            [
                reader.name(*place),
                *way,
                reader.show("m", *place, "off_road_m"),
                _time(reader, place, "walk_s"),
                reader.label("vehicle", row["widest_vehicle"]) or reader.say("words", "none"),
                places.chance(place, "width_known_share"),
                _near(reader, place, "hydrant_m"),
                _water(reader, place),
            ]
        )
    caption = reader.say("table", "ways", "caption", scenario=places.title())
    return Table(caption, head(reader, "ways"), rows, "llrrrlrrl", style="long ways")


def _km(reader: Reader, place: Place) -> Markup:
    if reader.figure(*place, "way_km") is None:
        return reader.say("words", "not_due")
    return reader.show("km", *place, "way_km")


def _near(reader: Reader, place: Place, column: str) -> Markup:
    if reader.figure(*place, column) is None:
        return reader.say("words", "none")
    return reader.show("m", *place, column)


def _water(reader: Reader, place: Place) -> Markup:
    if reader.figure(*place, "water_m") is None:
        return reader.say("words", "none")
    return reader.show("m", *place, "water_m") + Markup(" ") + reader.text(*place, "water_name")


def _why(reader: Reader, row: Mapping[str, Any]) -> Markup:
    slow = reader.say("table", "unreached", "slow")
    return reader.label("reason", row["reason"]) if row["reason"] else slow


def unreached(places: Places) -> Table | None:
    """Return the villages that nobody reaches in time; None where there are none."""
    reader = places.reader
    rows = [
        [
            reader.name(*place),
            places.township(place),
            places.arrival(place, "first_s"),
            places.station(place, "first_station"),
            reader.show("m", *place, "off_road_m"),
            _why(reader, row),
        ]
        for place, row in places.rows("villages")
        if not row["reached"]
    ]
    if not rows:
        return None
    caption = reader.say("table", "unreached", "caption", scenario=places.title())
    return Table(caption, head(reader, "unreached"), rows, "llrlrl", style="long villages")


def village_changes(places: Places) -> Table | None:
    """Return the villages that come within the time or fall out of it, compared with today."""
    reader = places.reader
    today = Places(reader, BASELINE)
    before = {str(row["id"]): (place, row) for place, row in today.rows("villages")}
    rows = []
    for place, row in places.rows("villages"):
        then = before.get(str(row["id"]))
        if then is None or then[1]["reached"] == row["reached"]:
            continue
        key = "gained" if row["reached"] else "lost"
        rows.append(
            [
                reader.name(*place),
                places.township(place),
                today.arrival(then[0], "first_s"),
                places.arrival(place, "first_s"),
                places.station(place, "first_station"),
                reader.say("table", "village_changes", key),
            ]
        )
    if not rows:
        return None
    caption = reader.say("table", "village_changes", "caption", scenario=places.title())
    return Table(caption, head(reader, "village_changes"), rows, "llrrll", style="long villages")

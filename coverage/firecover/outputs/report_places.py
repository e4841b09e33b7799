"""The tables of the report with a row a place: jurisdictions, villages, townships, stations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup

from firecover.outputs.report_model import Cell, Table
from firecover.outputs.report_numbers import BASELINE, Place, Reader
from firecover.outputs.report_tables import head, verdict_mark
from firecover.results import band


@dataclass(frozen=True)
class Places:
    """The places of one scenario, and the names that their columns refer to."""

    reader: Reader
    scenario: str

    def rows(self, table: str) -> Iterator[tuple[Place, dict[str, Any]]]:
        """Go through a table of the scenario: each row's place and what it holds."""
        place: Place = ("scenarios", self.scenario, table)
        for i, row in enumerate(self.reader.raw(*place) or ()):
            yield (*place, i), row

    @cached_property
    def _stations(self) -> dict[str, Place]:
        found: dict[str, Place] = {}
        for place, row in self.rows("stations"):
            found.setdefault(str(row["name"]), place)
            found[str(row["id"])] = place
        return found

    @cached_property
    def _townships(self) -> dict[str, Place]:
        return {str(row["code"]): place for place, row in self.rows("townships")}

    def station(self, place: Place, column: str) -> Markup:
        """Return the name of the station that a column names; nothing where it names none."""
        value = self.reader.raw(*place, column)
        known = self._stations.get(str(value))
        return self.reader.name(*known) if known else self.reader.text(*place, column)

    def township(self, place: Place) -> Markup:
        """Return the name of the township that a place lies in."""
        known = self._townships.get(str(self.reader.raw(*place, "township")))
        if known:
            return self.reader.name(*known)
        return self.reader.text(*place, "township_name") or self.reader.say("words", "not_known")

    def arrival(self, place: Place, column: str) -> Markup:
        """Return a time in minutes, or that nobody arrives."""
        if self.reader.figure(*place, column) is None:
            return Markup('<span class="nobody">{0}</span>').format(
                self.reader.say("words", "nobody")
            )
        return self.reader.show("min", *place, column)

    def title(self) -> Markup:
        """Return the name of the scenario."""
        return self.reader.title(self.scenario)


def jurisdictions(places: Places) -> Table | None:
    """Return the jurisdictions of a scenario; None where there are none."""
    reader = places.reader
    classes = {str(row["id"]): row["station_class"] for _, row in places.rows("stations")}
    rows: list[list[Cell | Markup]] = []
    # what nobody reaches stands last
    for place, row in sorted(places.rows("jurisdictions"), key=lambda it: not it[1]["station_id"]):
        held = str(row["station_id"] or "")
        name = places.station(place, "station_id") if held else Markup("")
        dash = reader.say("words", "not_due")
        rows.append(
            [
                name or reader.say("table", "jurisdictions", "nobody"),
                reader.label("station_class", classes.get(held, "")),
                reader.show("km2", *place, "area_km2"),
                reader.show("plain", *place, "cap_km2") if held else dash,
                verdict_mark(reader, row["area_verdict"]) if held else dash,
                reader.show("km2", *place, "reached_km2"),
                reader.show("share", *place, "reached_share"),
                places.arrival(place, "farthest_s"),
            ]
        )
    if not rows:
        return None
    caption = reader.say("table", "jurisdictions", "caption", scenario=places.title())
    return Table(caption, head(reader, "jurisdictions"), rows, "llrrcrrr", style="held")


def patches(places: Places) -> Table | None:
    """Return the built-up patches of a scenario; None where there are none."""
    reader = places.reader
    rows = [
        [
            reader.text(*place, "name") or reader.text(*place, "id"),
            reader.label("zone", row["zone"]),
            reader.show("km2", *place, "area_km2"),
            reader.show("share", *place, "reached_share"),
            reader.show("share", *place, "any_reached_share"),
            reader.show("share", *place, "hydrant_share"),
        ]
        for place, row in places.rows("built_up")
    ]
    if not rows:
        return None
    caption = reader.say("table", "patches", "caption", scenario=places.title())
    return Table(caption, head(reader, "patches"), rows, "llrrrr")


def villages(places: Places) -> Table | None:
    """Return all villages of a scenario; None where there are none."""
    reader = places.reader
    rows = []
    for place, row in places.rows("villages"):
        key = "in_time" if row["reached"] else "late"
        rows.append(
            [
                reader.name(*place),
                places.township(place),
                places.arrival(place, "first_s"),
                places.station(place, "first_station"),
                places.arrival(place, "second_s"),
                places.station(place, "second_station"),
                reader.say("table", "villages", key),
                reader.show("m", *place, "hydrant_m"),
            ]
        )
    if not rows:
        return None
    caption = reader.say("table", "villages", "caption", scenario=places.title())
    return Table(caption, head(reader, "villages"), rows, "llrlrlcr", style="long villages")


def unreached(places: Places) -> Table | None:
    """Return the villages that nobody reaches in time; None where there are none."""
    reader = places.reader
    slow = reader.say("table", "unreached", "slow")
    rows = [
        [
            reader.name(*place),
            places.township(place),
            places.arrival(place, "first_s"),
            places.station(place, "first_station"),
            reader.show("m", *place, "off_road_m"),
            reader.label("reason", row["reason"]) if row["reason"] else slow,
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


def townships(places: Places, *, changed_only: bool = False) -> Table | None:
    """Return the townships of a scenario, or those whose figures differ from today's."""
    reader = places.reader
    bands = _township_bands(reader)
    watched = ("seat_first_s", "built_up_reached_share", "villages_reached")
    before = {str(row["code"]): row for _, row in Places(reader, BASELINE).rows("townships")}

    def stays(row: dict[str, Any]) -> bool:
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
    places: Places, place: Place, row: dict[str, Any], bands: Sequence[tuple[int, float]]
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


def stations(places: Places) -> Table | None:
    """Return the stations of a scenario; in all but today's, only those that it opens."""
    reader = places.reader
    rows = []
    for place, row in places.rows("stations"):
        if places.scenario != BASELINE and not row["candidate"]:
            continue
        located = reader.figure(*place, "access_m") is not None
        rows.append(
            [
                reader.name(*place),
                reader.label("station_class", row["station_class"]),
                reader.label("vehicle", row["vehicle"]),
                reader.show("plain", *place, "turnout_s"),
                reader.show("plain", *place, "engines"),
                reader.show("m", *place, "access_m")
                if located
                else reader.say("table", "stations", "nowhere"),
                reader.told(*place, "note"),
            ]
        )
    if not rows:
        return None
    caption = reader.say("table", "stations", "caption", scenario=places.title())
    return Table(caption, head(reader, "stations"), rows, "lllrrrl", style="long stations")

"""Places and their names in the report's tables; built-up areas and stations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup

from firecover.outputs.report.model import Table
from firecover.outputs.report.reader import BASELINE, Place, Reader
from firecover.outputs.report.tables import head

#: The zones of built-up area that make up the county town.
TOWN_ZONES = ("urban", "suburb")
#: What names stand in a row of with, in the results.
BETWEEN_NAMES = "、"


@dataclass(frozen=True)
class Places:
    """The places of one scenario, and the names that their columns refer to."""

    reader: Reader
    scenario: str

    def rows(self, table: str) -> list[tuple[Place, Mapping[str, Any]]]:
        """Return the rows of a table of the scenario, each with its place."""
        return self.reader.rows("scenarios", self.scenario, table)

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

    @cached_property
    def _villages(self) -> dict[str, Place]:
        return {str(row["name"]): place for place, row in self.rows("villages")}

    def names(self, place: Place, column: str, most: int) -> Markup:
        """Return the first of the names of stations or villages that a column holds in a row."""
        told = str(self.reader.raw(*place, column) or "")
        known = [self._stations.get(n) or self._villages.get(n) for n in told.split(BETWEEN_NAMES)]
        if not told or not all(known):
            return self.reader.text(*place, column)
        names = [self.reader.name(*found) for found in known if found]
        row = self.reader.listing(names[:most])
        return self.reader.say("words", "and_others", names=row) if len(names) > most else row

    def chance(self, place: Place, column: str) -> Markup:
        """Return a probability, a dash where none was drawn."""
        if self.reader.figure(*place, column) is None:
            return self.reader.say("words", "not_due")
        return self.reader.show("share", *place, column)

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


def patches(places: Places) -> Table | None:
    """Return the built-up patches of a scenario; None where there are none."""
    reader = places.reader
    # not there where nothing was measured along the streets
    more = [
        key
        for key in ("hydrant_road_share", "street_spaced_share")
        if any(row.get(key) is not None for _, row in places.rows("built_up"))
    ]
    rows = [
        [
            reader.text(*place, "name") or reader.text(*place, "id"),
            reader.label("zone", row["zone"]),
            reader.show("km2", *place, "area_km2"),
            reader.show("share", *place, "reached_share"),
            reader.show("share", *place, "any_reached_share"),
            reader.show("share", *place, "hydrant_share"),
            *(reader.show("share", *place, key) for key in more),
        ]
        for place, row in places.rows("built_up")
    ]
    if not rows:
        return None
    caption = reader.say("table", "patches", "caption", scenario=places.title())
    heads = head(reader, "patches") + [reader.say("table", "patches", key) for key in more]
    return Table(caption, heads, rows, "llrrrr" + "r" * len(more), style="patches")


def town(places: Places) -> Table | None:
    """Return what is not reached in each patch of the county town; None where there are none."""
    reader = places.reader
    rows = [
        _patch(reader, place)
        for place, row in places.rows("built_up")
        if row["zone"] in TOWN_ZONES and row.get("reached_km2") is not None
    ]
    if not rows:
        return None
    total = [
        (reader.headline(places.scenario, f"urban_{key}"))
        for key in ("km2", "reached_km2", "reached_share", "any_reached_km2")
    ]
    rows.append([reader.say("table", "town", "total"), *_unreached(reader, *total)])
    caption = reader.say("table", "town", "caption", scenario=places.title(), limit=reader.limit)
    return Table(caption, head(reader, "town"), rows, "lrrrrr", style="patches")


def _patch(reader: Reader, place: Place) -> list[Markup]:
    name, number = reader.text(*place, "name"), reader.text(*place, "id")
    if name:
        number = Markup("{0}<br><small>{1}</small>").format(name, number)
    keys = ("area_km2", "reached_km2", "reached_share", "any_reached_km2")
    return [number, *_unreached(reader, *((*place, key) for key in keys))]


def _unreached(
    reader: Reader, area: Place, reached: Place, share: Place, by_any: Place
) -> list[Markup]:
    """Return what is reached of an area, and what is left."""
    return [
        reader.show("km2", *area),
        reader.show("km2", *reached),
        reader.show("share", *share),
        reader.change("km2", area, reached),
        reader.change("km2", area, by_any),
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

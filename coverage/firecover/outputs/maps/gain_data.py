"""What one scenario adds over another, in figures: for the page of the gain."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import shapely
from shapely.geometry.base import BaseGeometry

from firecover.outputs.maps.layers import Shared, drawn, rows
from firecover.outputs.maps.parts import Figure, Figures, Row, Table
from firecover.outputs.maps.text import (
    Pair,
    Text,
    amount,
    join,
    known,
    minutes_name,
    number,
    own_name,
    part,
    percent,
    say,
)
from firecover.results import Results, band

#: With more scenarios than these, each is compared with the first one only: every pair brings
#: its figures, its table, its villages and its ground, and the page would grow with the square.
ALL_PAIRS = 3
#: Pieces below the last digit that results.json gives of an area, m²: where two isochrones
#: share their edge, its simplified course may differ by a few metres.
SLIVER_M2 = 100.0

#: How a village's arrival changes, the first and second across the villages' time.
VillageChange = Literal["gained", "lost", "earlier", "later", "unchanged"]
#: Results give times to a tenth of a second; a change of less is none.
_SAME_S = 0.05
_MINUS = "\u2212"


@dataclass(frozen=True)
class Change:
    """The step from one scenario to another.

    Attributes
    ----------
    before, after
        Their ids.
    """

    before: str
    after: str

    @property
    def id(self) -> str:
        """What the page knows it by."""
        return f"{self.before}>{self.after}"


def changes_of(scenarios: Sequence[str]) -> list[Change]:
    """Return the steps that the page offers, from the first scenario to the next one first.

    Every scenario against every other where there are few, see :data:`ALL_PAIRS`; else the
    others against the first.
    """
    if len(scenarios) <= ALL_PAIRS:
        return [Change(a, b) for a, b in itertools.permutations(scenarios, 2)]
    return [Change(scenarios[0], other) for other in scenarios[1:]]


def gained_ground(results: Results, change: Change, minutes: float) -> BaseGeometry:
    """Return the ground reached within a band after a step, and not before it.

    The isochrone of the one scenario less that of the other, without pieces smaller than
    :data:`SLIVER_M2`. What is lost is what the step back gains.

    Parameters
    ----------
    results
        The isochrones' table, in a projected CRS, metres.
    change
        From which scenario to which.
    minutes
        The band.

    Returns
    -------
    ground
        A multipolygon in the CRS of the table, empty where nothing is gained.
    """
    table = results.isochrones
    before, after = (
        _whole(table.geometry[(table.scenario == name) & (table.minutes == minutes)])
        for name in (change.before, change.after)
    )
    parts = shapely.get_parts(shapely.difference(after, before))
    areas = [part for part in parts if part.geom_type == "Polygon" and part.area >= SLIVER_M2]
    return shapely.MultiPolygon(areas)


def _whole(shapes: Any) -> BaseGeometry:
    given = [shape for shape in shapes if shape is not None]
    return shapely.union_all(shapely.make_valid(given)) if given else shapely.Polygon()


def standard_band(shared: Shared) -> int:
    """Return which band is the standard's response time; the first where none is."""
    limit = shared.results.standard_min
    minutes = shared.results.minutes
    return minutes.index(limit) if limit in minutes else 0


def village_change(before: Mapping[str, Any], after: Mapping[str, Any]) -> VillageChange:
    """Return how the arrival at a village changes, by its rows in the two scenarios.

    It is gained or lost where it comes within, or falls out of, the villages' time.
    """
    if bool(after["reached"]) != bool(before["reached"]):
        return "gained" if after["reached"] else "lost"
    early, late = (known(row["first_s"]) for row in (after, before))
    if early is None or late is None:
        if early is late:
            return "unchanged"
        return "later" if early is None else "earlier"
    if abs(early - late) < _SAME_S:
        return "unchanged"
    return "earlier" if early < late else "later"


def village_pairs(shared: Shared, change: Change) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return each village's rows before and after, those that have a place on the map."""
    before = {str(row["id"]): row for row in rows(shared.results.villages, change.before)}
    return [
        (before[str(row["id"])], row)
        for row in drawn(rows(shared.results.villages, change.after))
        if str(row["id"]) in before
    ]


# ------------------------------------------------------------------------------ in words


def signed(difference: float, unit: str) -> Text:
    """Return a difference with its sign and unit, in the units of :func:`amount`.

    That of shares is told in percentage points; none at all as "no change".
    """
    if abs(difference) < 1e-9:  # noqa: PLR2004 - figures are rounded, so only their noise is less
        return say("gain.unchanged")
    size = abs(difference)
    told = say("gain.points", n=number(size * 100, 1)) if unit == "share" else amount(size, unit)
    sign = "+" if difference > 0 else _MINUS
    return join([sign, told], ("", ""))


def _bare(value: float | None, unit: str) -> Text:
    """Return a number without its unit, which the difference beside it tells."""
    if value is None:
        return say("amounts.unknown")
    if unit == "share":
        return percent(value)
    if unit == "minutes":
        return number(value / 60, 1)
    return number(value, 2 if unit == "km2" else 0)


def figure_of(label: Text, before: object, after: object, unit: str) -> Figure | None:
    """Return a figure's difference and what it is the difference of.

    None where neither scenario knows it.
    """
    a, b = known(before), known(after)
    if a is None and b is None:
        return None
    if a is not None and b is not None and abs(b - a) < 1e-9:  # noqa: PLR2004 - see signed
        return Figure(label, say("gain.unchanged"), amount(a, unit))
    ends = join([_bare(a, unit), _bare(b, unit)], (" → ", " → "))
    difference = "–" if a is None or b is None else signed(b - a, unit)
    return Figure(label, difference, ends)


def figures_of(shared: Shared, change: Change) -> Figures:
    """Return the headline figures of a step, as results.json tells those of its scenarios."""
    before, after = shared.figures[change.before], shared.figures[change.after]
    village_minutes = minutes_name(known(before.get("village_minutes")) or 0)
    asked: list[tuple[Pair, str, str]] = [
        (
            say("gain.people", m=minutes_name(minutes)),
            f"population_reached_{band(minutes)}",
            "people",
        )
        for minutes in shared.results.minutes
    ]
    standard = minutes_name(shared.results.standard_min)
    asked += [
        (say("gain.urban", m=standard), "urban_reached_km2", "km2"),
        (say("gain.urban_share"), "urban_reached_share", "share"),
        (say("gain.per_station"), "area_per_station_km2", "km2"),
    ]
    if len(shared.results.villages):
        asked += [
            (say("gain.in_time_count", m=village_minutes), "villages_reached", "villages"),
            (say("gain.median"), "village_median_s", "minutes"),
            (say("gain.worst"), "village_worst_s", "minutes"),
        ]
    found = [figure_of(label, before.get(key), after.get(key), unit) for label, key, unit in asked]
    return Figures([figure for figure in found if figure is not None], change.id)


def _township_people(
    shared: Shared, change: Change
) -> list[tuple[dict[str, Any], float | None, float | None]]:
    """Return each township with its people within the standard's time before and after."""
    column = f"population_{band(shared.results.minutes[standard_band(shared)])}"
    before = {
        str(row["code"]): known(row.get(column))
        for row in rows(shared.results.townships, change.before)
    }
    return [
        (row, before.get(str(row["code"])), known(row.get(column)))
        for row in rows(shared.results.townships, change.after)
    ]


def township_table(shared: Shared, change: Change, layer: int) -> Table:
    """Return the townships that change, those first that gain most people.

    Counted are the people reached within the standard's time, see :func:`standard_band`.

    Parameters
    ----------
    shared, change
        What is compared.
    layer
        The number of the layer of :func:`firecover.outputs.maps.layers.township_search`, which
        its rows lead to.
    """
    minutes = minutes_name(shared.results.minutes[standard_band(shared)])
    places = {str(row["code"]): i for i, row in enumerate(drawn(rows(shared.townships)))}
    found = []
    for row, before, after in _township_people(shared, change):
        if before is not None and after is not None and before != after:
            code, name = str(row["code"]), own_name(row)
            place = f"{layer} {places[code]}" if code in places else ""
            cells = [name, number(before), number(after), signed(after - before, "people")]
            found.append((before - after, part(name, 0), Row(cells, place)))
    lines = [row for _, _, row in sorted(found, key=lambda item: item[:2])]
    names = [shared.results.scenario(name).title for name in (change.before, change.after)]
    columns = [say("gain.township"), *names, say("gain.difference")]
    nothing = [Row([say("gain.no_township"), "", "", ""])]
    return Table(say("gain.table", m=minutes), columns, lines or nothing, change.id)


def township_values(shared: Shared, change: Change) -> list[list[Text]]:
    """Return what a township's popup says, for each that is drawn: before, after, difference."""
    people = {
        str(row["code"]): (before, after) for row, before, after in _township_people(shared, change)
    }
    values = []
    for row in drawn(rows(shared.townships)):
        before, after = people.get(str(row["code"]), (None, None))
        difference = "–" if before is None or after is None else signed(after - before, "people")
        values.append([amount(before, "people"), amount(after, "people"), difference])
    return values

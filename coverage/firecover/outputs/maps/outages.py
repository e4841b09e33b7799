"""What the loss of a station costs: circles, legend and tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from firecover.outputs.maps.closures import (
    counts_of,
    listed,
    people_counted,
    place_of,
    steps_of,
    told_scenarios,
)
from firecover.outputs.maps.geometry import pack_point
from firecover.outputs.maps.layers import LABELS, MARKERS_ORDER, Shared, drawn, rows
from firecover.outputs.maps.parts import Entry, Feature, Layer, Legend, Row, Style, Table
from firecover.outputs.maps.text import Pair, Text, amount, join, known, number, own_name, say

#: The circle of the station that most people would miss, pixels.
_RADIUS_PX, _LEAST_RADIUS_PX = 26.0, 4.5
_COLOUR, _EDGE = "#56b4e9", "#14365c"
_FIELDS = (
    "rank",
    "people_lost",
    "built_up_lost",
    "villages_lost",
    "takes_over",
    "slower",
    "nobody",
)
_COUNTS = (("population_lost", 0), ("built_up_lost_km2", 2), ("villages_lost", 0))


def outage_rows(shared: Shared, scenario: str) -> list[dict[str, Any]]:
    """Return the stations of a scenario, the one that is missed most first."""

    def order(row: dict[str, Any]) -> tuple[Any, ...]:
        losses = ("population_lost", "villages_lost", "built_up_lost_km2")
        return (*(-(known(row[name]) or 0) for name in losses), str(row["id"]))

    table = shared.results.station_outages
    return sorted(drawn(rows(table, scenario)) if len(table) else [], key=order)


def _circle(lost: float, most: float) -> Style:
    """Return a circle whose area goes with the people lost."""
    if lost <= 0:
        return {
            "radius": _LEAST_RADIUS_PX,
            "fillColor": "#ffffff",
            "fillOpacity": 1,
            "color": _EDGE,
            "weight": 1.6,
        }
    return {
        "radius": round(max(_RADIUS_PX * math.sqrt(lost / most), _LEAST_RADIUS_PX), 1),
        "fillColor": _COLOUR,
        "fillOpacity": 0.72,
        "color": _EDGE,
        "weight": 1.4,
    }


def _most(shared: Shared) -> float:
    lost = known(shared.results.station_outages.population_lost.max())
    return max(lost or 0.0, 1.0)


def outage_layers(shared: Shared) -> list[Layer]:
    """Return the stations as circles by the people who would miss them."""
    table = shared.results.station_outages
    layers = []
    for scenario, told in told_scenarios(shared, table):
        found = outage_rows(shared, told)
        layers.append(
            Layer(
                "outages",
                "points",
                # Large circles are drawn first, and so lie below.
                [_outage(shared, told, row, i) for i, row in enumerate(found)],
                [_circle(known(row["population_lost"]) or 0, _most(shared)) for row in found],
                MARKERS_ORDER - 10,
                scenario=scenario,
                kind=say("resilience.outage_kind"),
                fields=[say(f"resilience.{name}") for name in _FIELDS],
                label=LABELS["station"],
            )
        )
    return layers


def _outage(shared: Shared, scenario: str, row: dict[str, Any], place: int) -> Feature:
    values: list[Text | None] = [
        say("resilience.rank_of", n=place + 1),
        amount(row["population_lost"], "people"),
        amount(row["built_up_lost_km2"], "km2"),
        amount(row["villages_lost"], "villages"),
        listed(row["takes_over"], shared.station_names[scenario]) or say("resilience.none"),
        None if known(row["slower_s"]) is None else amount(row["slower_s"], "minutes"),
        amount(row["nobody"], "people"),
    ]
    return Feature(pack_point(row["geometry"], shared.crs), own_name(row), place, values)


def outage_legend(shared: Shared, note: Pair, *, shown: bool) -> Legend:
    """Return the legend of the circles: the sizes of some round numbers."""
    most = _most(shared)
    entries = [
        Entry(say("resilience.about", n=number(step)), _circle(step, most), "point")
        for step in reversed(steps_of(shared.results.station_outages))
    ]
    counted = people_counted(shared.results.station_outages)
    none = say("resilience.outage_none" if counted else "resilience.uncounted")
    entries.append(Entry(none, _circle(0, most), "point"))
    text = join([say("resilience.outages_note"), note], ("", " "))
    return Legend("outages", say("resilience.outages"), entries, shown=shown, note=text)


def outage_tables(shared: Shared, layers: Sequence[Layer]) -> list[Table]:
    """Return the stations, the one that is missed most first."""
    columns: list[Text] = [
        say(f"resilience.{name}")
        for name in ("rank_short", "station", "people_short", "built_up_short", "villages_short")
    ]
    tables = []
    for scenario, told in told_scenarios(shared, shared.results.station_outages):
        place = place_of(layers, "outages", scenario, "points")
        lines = [
            Row([f"{i + 1}", own_name(row), *counts_of(row, _COUNTS)], f"{place} {i}")
            for i, row in enumerate(outage_rows(shared, told))
        ]
        name = say("resilience.outages_table", scenario=shared.results.scenario(told).title)
        tables.append(Table(name, columns, lines, scenario, text_columns=(1,)))
    return tables

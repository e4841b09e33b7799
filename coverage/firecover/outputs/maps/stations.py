"""The stations, which every map page shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firecover.outputs.maps.geometry import pack_point
from firecover.outputs.maps.layers import LABELS, MARKERS_ORDER, Shared, drawn, rows
from firecover.outputs.maps.parts import Entry, Feature, Layer, Legend, Style
from firecover.outputs.maps.text import (
    Text,
    amount,
    join,
    known,
    own_name,
    say,
    share,
    value_name,
)

_SHAPES = ("fire", "township", "micro")
_STATION_FIELDS = (
    "tier",
    "class",
    "vehicle",
    "turnout",
    "engines",
    "jurisdiction",
    "verdict",
    "reached",
    "farthest",
    "access",
    "note",
)


def station_layers(shared: Shared, *, by_scenario: bool = True) -> list[Layer]:
    """Return the stations, a layer a scenario, or those of the first scenario for all."""
    return [
        Layer(
            key="stations",
            draw="markers",
            features=[
                _station(row, shared.crs) for row in drawn(rows(shared.results.stations, scenario))
            ],
            styles=_station_styles(),
            order=MARKERS_ORDER,
            scenario=scenario if by_scenario else None,
            kind=say("stations.name"),
            fields=[say(f"stations.{name}") for name in _STATION_FIELDS],
            search=True,
            label=LABELS["station"],
        )
        for scenario in (shared.scenarios if by_scenario else shared.scenarios[:1])
    ]


def _station_styles() -> list[Style]:
    sizes = {"fire": 24, "township": 18, "micro": 13}
    above = {"fire": 800, "township": 400, "micro": 0}
    looks: list[Style] = [
        {"symbol": f"fc-{tier}", "size": sizes[tier], "above": above[tier]} for tier in _SHAPES
    ]
    return [*looks, {"symbol": "fc-new", "size": 26, "above": 900}]


def _station(row: dict[str, Any], crs: str) -> Feature:
    held = known(row["jurisdiction_km2"]) is not None
    cap = amount(row["cap_km2"], "km2")
    area = join([amount(row["jurisdiction_km2"], "km2"), cap], (" / ", " / "))
    reached = share(row["reached_share"], row["reached_km2"], row["jurisdiction_km2"], "km2")
    engines = known(row["engines"])
    values: list[Text | None] = [
        value_name("tier", row["tier"]),
        value_name("station_class", row["station_class"]),
        value_name("vehicle", row["vehicle"]),
        amount(row["turnout_s"], "seconds"),
        say("stations.engine_count", n=engines) if engines is not None else None,
        area if held else None,
        value_name("area_verdict", row["area_verdict"]) if held else None,
        reached if held else None,
        amount(row["farthest_s"], "minutes") if held else None,
        amount(row["access_m"], "metres"),
        str(row["note"]) if row["note"] else None,
    ]
    tier = str(row["tier"])
    style = 3 if row["candidate"] else _SHAPES.index(tier) if tier in _SHAPES else 0
    return Feature(pack_point(row["geometry"], crs), own_name(row), style, values)


def station_legend(shared: Shared, *, by_scenario: bool = True) -> Legend:
    """Return the legend of the stations that there are."""
    tiers = set(shared.results.stations.tier)
    entries = [
        Entry(say(f"stations.{tier}"), {"symbol": f"fc-{tier}"}, "marker")
        for tier in _SHAPES
        if tier in tiers
    ]
    if by_scenario and shared.results.stations.candidate.any():
        entries.append(Entry(say("stations.new"), {"symbol": "fc-new"}, "marker"))
    return Legend("stations", say("stations.name"), entries)


def told_unlocated(figures: Mapping[str, Any]) -> list[Text]:
    """Tell of the stations that are not on the map."""
    missing = known(figures.get("stations_unlocated"))
    return [say("stations.unlocated", n=missing)] if missing else []

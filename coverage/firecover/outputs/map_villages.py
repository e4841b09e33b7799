"""The page of the villages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from firecover.outputs.map_geometry import pack_point
from firecover.outputs.map_layers import (
    LABELS,
    POINTS_ORDER,
    Shared,
    arrival_class,
    arrival_labels,
    arrival_styles,
    drawn,
    names_legend,
    rows,
    township_codes,
    township_names,
    township_search,
)
from firecover.outputs.map_pages import split_share, told_unlocated
from firecover.outputs.map_parts import (
    Count,
    Entry,
    Feature,
    Figure,
    Figures,
    Layer,
    Legend,
    MapPage,
)
from firecover.outputs.map_stations import station_layers, station_legend
from firecover.outputs.map_text import (
    Text,
    amount,
    known,
    minutes_name,
    own_name,
    say,
    value_name,
)

_VILLAGE_FIELDS = ("township", "first", "second", "reason", "off_road", "hydrant")


def villages_page(shared: Shared) -> MapPage:
    """Return the page of the villages by their first arrival."""
    points = [_village_layer(shared, scenario) for scenario in shared.scenarios]
    labels, looks = arrival_labels(shared.results.minutes), arrival_styles(shared.results.minutes)
    tallies = [(layer.scenario, Counter(f.style for f in layer.features)) for layer in points]
    entries = [
        Entry(label, look, "point", counts=[Count(str(tally[i]), name) for name, tally in tallies])
        for i, (label, look) in enumerate(zip(labels, looks, strict=True))
    ]
    return MapPage(
        file="villages.html",
        title=say("villages.title"),
        lead=say("villages.lead"),
        layers=[
            township_search(shared),
            *points,
            township_names(shared),
            *station_layers(shared),
        ],
        legends=[
            Legend("villages", say("villages.first"), entries),
            station_legend(shared),
            names_legend(),
        ],
        figures=[
            Figures(_village_figures(figures), scenario)
            for scenario, figures in shared.figures.items()
        ],
        told=told_unlocated(shared.first_figures),
    )


def _village_figures(figures: Mapping[str, Any]) -> list[Figure]:
    minutes = minutes_name(known(figures.get("village_minutes")) or 0)
    reached = split_share(
        figures.get("villages_reached_share"),
        figures.get("villages_reached"),
        figures.get("villages"),
        "count",
    )
    return [
        Figure(say("villages.reached", m=minutes), *reached),
        Figure(say("villages.two", m=minutes), amount(figures.get("villages_two"), "villages")),
        Figure(say("villages.median"), amount(figures.get("village_median_s"), "minutes")),
        Figure(say("villages.worst"), amount(figures.get("village_worst_s"), "minutes")),
    ]


def _village_layer(shared: Shared, scenario: str) -> Layer:
    minutes, stations = shared.results.minutes, shared.station_names[scenario]
    townships = township_codes(shared)
    features = [
        Feature(
            pack_point(row["geometry"], shared.crs),
            own_name(row),
            arrival_class(row["first_s"], minutes),
            _village_values(row, stations, townships),
        )
        for row in drawn(rows(shared.results.villages, scenario))
    ]
    return Layer(
        "villages",
        "points",
        features,
        arrival_styles(minutes),
        POINTS_ORDER,
        scenario=scenario,
        kind=say("villages.kind"),
        fields=[say(f"villages.{name}") for name in _VILLAGE_FIELDS],
        search=True,
        label=LABELS["village"],
    )


def _arrival(seconds: object, station: object, stations: Mapping[str, Text]) -> Text:
    if known(seconds) is None:
        return say("amounts.nobody")
    name = stations.get(str(station), str(station))
    return say("villages.arrival", time=amount(seconds, "minutes"), station=name)


def _village_values(
    row: dict[str, Any], stations: Mapping[str, Text], townships: Mapping[str, Text]
) -> list[Text | None]:
    return [
        townships.get(str(row["township"]), str(row["township_name"] or "")) or None,
        _arrival(row["first_s"], row["first_station"], stations),
        _arrival(row["second_s"], row["second_station"], stations),
        value_name("reason", row["reason"]) if row["reason"] else None,
        amount(row["off_road_m"], "metres"),
        amount(row["hydrant_m"], "metres"),
    ]

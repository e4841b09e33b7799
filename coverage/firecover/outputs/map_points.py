"""The pages of villages and hydrants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from firecover.outputs import styles
from firecover.outputs.map_geometry import pack_area, pack_point
from firecover.outputs.map_layers import (
    AREAS_ORDER,
    LABELS,
    POINTS_ORDER,
    Shared,
    arrival_class,
    arrival_labels,
    arrival_styles,
    built_up_layers,
    built_up_legend,
    drawn,
    names_legend,
    rows,
    township_codes,
    township_names,
    township_search,
    urban_view,
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
    Style,
)
from firecover.outputs.map_stations import station_layers, station_legend
from firecover.outputs.map_text import (
    Text,
    amount,
    known,
    minutes_name,
    number,
    own_name,
    say,
    value_name,
)
from firecover.outputs.map_townships import told_undrawn

# ---------------------------------------------------------------------------- villages


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


# ---------------------------------------------------------------------------- hydrants


_STATES = ("working", "broken", "unknown")
_GAP: list[Style] = [
    {"fillColor": "url(#fc-gap)", "fillOpacity": 1, "color": styles.GAP_COLOUR, "weight": 1}
]
#: Circles are opaque in a see-through pane: where they overlap, they are no darker.
_RADIUS_OPACITY = 0.22
_RADIUS: list[Style] = [{"fillColor": "#0072b2", "fillOpacity": 1, "stroke": False}]


def hydrants_page(shared: Shared) -> MapPage:
    """Return the page of the hydrants and the built-up area outside their radius."""
    radius_m = shared.results.rules["hydrant_radius_m"].value
    metres = minutes_name(radius_m)
    gap = say("hydrants.gap", m=metres)
    tally = Counter(shared.results.hydrants.status)
    entries = [
        Entry(say(f"hydrants.{state}"), look, "point", counts=[Count(number(tally[state]))])
        for state, look in zip(_STATES, _state_styles(), strict=True)
    ]
    figures = shared.first_figures
    radius = say("hydrants.radius", m=metres)
    return MapPage(
        file="hydrants.html",
        title=say("hydrants.title"),
        lead=say("hydrants.lead"),
        layers=[
            *built_up_layers(shared, by_scenario=False),
            _gaps(shared),
            _circles(shared, radius_m),
            township_search(shared),
            _hydrant_layer(shared),
            township_names(shared),
            *station_layers(shared, by_scenario=False),
        ],
        legends=[
            Legend("hydrants", say("hydrants.points"), entries),
            Legend("gaps", say("hydrants.gaps"), [Entry(gap, _GAP[0])]),
            Legend("radius", radius, [Entry(radius, _RADIUS[0], opacity=_RADIUS_OPACITY)]),
            built_up_legend(shared),
            station_legend(shared, by_scenario=False),
            names_legend(),
        ],
        figures=[Figures(_hydrant_figures(figures))],
        told=told_undrawn(shared),
        by_scenario=False,
        focus=urban_view(shared),
    )


def _hydrant_figures(figures: Mapping[str, Any]) -> list[Figure]:
    working = split_share(
        figures.get("hydrants_working_share"),
        figures.get("hydrants_working"),
        figures.get("hydrants"),
        "count",
    )
    radius = split_share(
        figures.get("hydrant_radius_share"),
        figures.get("hydrant_radius_km2"),
        figures.get("urban_km2"),
        "km2",
    )
    return [
        Figure(say("hydrants.working_share"), *working),
        Figure(say("hydrants.radius_share"), *radius),
    ]


def _state_styles() -> list[Style]:
    """Return filled dots, rings and pale rings: told apart without their colours, too."""
    marks = styles.HYDRANT_MARKERS
    return [
        {
            "radius": 4.5,
            "fillColor": marks["working"].fill,
            "fillOpacity": 1,
            "color": "#ffffff",
            "weight": 1,
        },
        {
            "radius": 5,
            "fillColor": "#ffffff",
            "fillOpacity": 1,
            "color": marks["broken"].fill,
            "weight": 3,
        },
        {
            "radius": 3.5,
            "fillColor": "#ffffff",
            "fillOpacity": 1,
            "color": marks["unknown"].stroke,
            "weight": 1.5,
        },
    ]


def _hydrant_layer(shared: Shared) -> Layer:
    names = township_codes(shared)
    features = []
    for row in drawn(rows(shared.results.hydrants)):
        state = str(row["status"])
        style = _STATES.index(state) if state in _STATES else len(_STATES) - 1
        name = str(row["name"] or "") or say("hydrants.nameless", id=str(row["id"]))
        values: list[Text | None] = [
            value_name("status", state),
            names.get(str(row["township"]), str(row["township"] or "")) or None,
            amount(row["road_m"], "metres"),
            amount(row["built_up_km2"], "km2"),
        ]
        features.append(Feature(pack_point(row["geometry"], shared.crs), name, style, values))
    fields = [
        say("hydrants.points"),
        say("villages.township"),
        say("hydrants.road"),
        say("hydrants.serves"),
    ]
    return Layer(
        "hydrants",
        "points",
        features,
        _state_styles(),
        POINTS_ORDER,
        kind=say("hydrants.kind"),
        fields=fields,
        search=True,
        grow=True,
    )


def _gaps(shared: Shared) -> Layer:
    """Return the gaps measured straight, as the page's circles are; those by road are not."""
    gaps = shared.results.hydrant_gaps
    features = [
        Feature(
            pack_area(row["geometry"], shared.crs, 2.0),
            say("hydrants.gap_name", name=str(row["built_up_name"] or row["built_up_id"])),
            0,
            [amount(row["area_km2"], "km2")],
        )
        for row in drawn(rows(gaps[gaps["measure"] == "straight"]))
    ]
    fields = [say("hydrants.area")]
    return Layer(
        "gaps", "areas", features, _GAP, AREAS_ORDER, kind=say("hydrants.gaps"), fields=fields
    )


def _circles(shared: Shared, radius_m: float) -> Layer:
    features = [
        Feature(pack_point(row["geometry"], shared.crs), "")
        for row in drawn(rows(shared.results.hydrants))
        if row["status"] == "working"
    ]
    return Layer(
        "radius",
        "circles",
        features,
        _RADIUS,
        AREAS_ORDER + 5,
        opacity=_RADIUS_OPACITY,
        radius_m=radius_m,
    )

"""The page of the hydrants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from firecover.outputs import styles
from firecover.outputs.map_geometry import pack_area, pack_point
from firecover.outputs.map_layers import (
    AREAS_ORDER,
    POINTS_ORDER,
    Shared,
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
from firecover.outputs.map_pages import split_share
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
    minutes_name,
    number,
    say,
    value_name,
)
from firecover.outputs.map_townships import told_undrawn

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

"""The page of the hydrants: what they protect, what they leave, and what would close the gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from firecover.outputs import styles
from firecover.outputs.maps.geometry import pack_area, pack_point
from firecover.outputs.maps.layers import (
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
from firecover.outputs.maps.parts import (
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
from firecover.outputs.maps.sentences import sentence
from firecover.outputs.maps.stations import station_layers, station_legend
from firecover.outputs.maps.supply import (
    part_names,
    proposal_layer,
    proposal_legend,
    supply_layer,
    supply_legend,
    supply_lines,
    water_table,
)
from firecover.outputs.maps.text import (
    Pair,
    Text,
    amount,
    known,
    minutes_name,
    number,
    say,
    split_share,
    value_name,
)
from firecover.outputs.maps.townships import told_undrawn
from firecover.outputs.report import hydrants as report_hydrants

_STATES = ("working", "broken", "unknown")
_SPACING = ("meets", "fails", "cannot_say")
#: The two ways to colour the hydrants; their numbers are those of the page's variants.
_BY_STATE, _BY_SPACING = 0, 1
#: By how they are measured: the switch of the legend, and the hatching.
_GAPS: Mapping[str, tuple[str, Style]] = {
    "straight": (
        "gaps",
        {"fillColor": "url(#fc-gap)", "fillOpacity": 1, "color": styles.GAP_COLOUR, "weight": 1},
    ),
    "road": (
        "gaps_road",
        {"fillColor": "url(#fc-gap-road)", "fillOpacity": 1, "color": "#5b2a86", "weight": 1},
    ),
}
#: Circles are opaque in a see-through pane: where they overlap, they are no darker.
_RADIUS_OPACITY = 0.22
_RADIUS: list[Style] = [{"fillColor": "#0072b2", "fillOpacity": 1, "stroke": False}]


def hydrants_page(shared: Shared) -> MapPage:
    """Return the page of the hydrants, the gaps by both measures, and the new ones proposed."""
    rules = shared.results.rules
    radius_m = rules["hydrant_radius_m"].value
    metres, spacing = minutes_name(radius_m), minutes_name(rules["hydrant_spacing_m"].value)
    radius = say("hydrants.radius", m=metres)
    parts = part_names(shared)
    areas = [
        replace(layer, features=_named(layer.features, list(parts.values())))
        for layer in built_up_layers(shared, by_scenario=False)
    ]
    return MapPage(
        file="hydrants.html",
        title=say("hydrants.title"),
        lead=say("hydrants.lead"),
        layers=[
            *areas,
            _gaps(shared, "straight", parts),
            _gaps(shared, "road", parts),
            _circles(shared, radius_m),
            township_search(shared),
            supply_lines(shared),
            supply_layer(shared),
            _hydrant_layer(shared),
            proposal_layer(shared, parts),
            township_names(shared),
            *station_layers(shared, by_scenario=False),
        ],
        legends=[
            Legend("hydrants", say("hydrants.points"), _hydrant_entries(shared, spacing)),
            _gap_legend(shared, "straight", metres, shown=True),
            _gap_legend(shared, "road", metres, shown=False),
            Legend("radius", radius, [Entry(radius, _RADIUS[0], opacity=_RADIUS_OPACITY)]),
            *proposal_legend(shared),
            *supply_legend(shared),
            built_up_legend(shared),
            station_legend(shared, by_scenario=False),
            names_legend(),
        ],
        figures=_figures(shared, metres, spacing),
        table_first=True,
        tables=water_table(shared, parts),
        told=told_undrawn(shared),
        by_scenario=False,
        variants=[say("hydrants.by_state"), say("hydrants.by_spacing", m=spacing)],
        variant_ids=["state", "spacing"],
        variant_name=say("hydrants.variant"),
        focus=urban_view(shared),
    )


def _named(features: Sequence[Feature], names: Sequence[Text]) -> list[Feature]:
    return [replace(feature, name=name) for feature, name in zip(features, names, strict=True)]


# ----------------------------------------------------------------------------- figures


def _figures(shared: Shared, metres: str, spacing: str) -> list[Figures]:
    figures = shared.first_figures
    told = sentence(shared, report_hydrants.proposed) if _proposed(figures) else None
    lines = [
        *_protection_figures(figures, metres),
        *_spacing_figures(figures, spacing),
        *_proposal_figures(figures),
    ]
    return [Figures(lines, told=[told] if told else [])]


def _share(
    figures: Mapping[str, Any], label: Pair, keys: tuple[str, str, str], unit: str
) -> Figure:
    share, part, whole = (figures.get(key) for key in keys)
    return Figure(label, *split_share(share, part, whole, unit))


def _protection_figures(figures: Mapping[str, Any], metres: str) -> list[Figure]:
    working = ("hydrants_working_share", "hydrants_working", "hydrants")
    lines = [_share(figures, say("hydrants.working_share"), working, "count")]
    for measure, prefix in (("straight", "hydrant_radius"), ("road", "hydrant_road")):
        if f"{prefix}_share" in figures:
            keys = (f"{prefix}_share", f"{prefix}_km2", "urban_km2")
            lines.append(_share(figures, say(f"hydrants.share_{measure}", m=metres), keys, "km2"))
    return lines


def _spacing_figures(figures: Mapping[str, Any], spacing: str) -> list[Figure]:
    """Return how many hydrants, and how much of the streets, keep the spacing."""
    lines = []
    met, working = known(figures.get("hydrants_spacing_met")), figures.get("hydrants_working")
    if met is not None and known(working):
        detail = say("amounts.part_count", part=number(met), whole=number(known(working) or 0))
        lines.append(Figure(say("hydrants.spaced", m=spacing), number(met), detail))
    if known(figures.get("street_spaced_share")) is not None:
        keys = ("street_spaced_share", "street_spaced_km", "street_km")
        lines.append(_share(figures, say("hydrants.streets"), keys, "kilometres"))
    return lines


def _proposed(figures: Mapping[str, Any]) -> bool:
    return known(figures.get("hydrants_new")) is not None


def _proposal_figures(figures: Mapping[str, Any]) -> list[Figure]:
    if not _proposed(figures):
        return []
    bound = known(figures.get("hydrants_new_bound"))
    detail: Text = "" if bound is None else say("hydrants.bound", n=number(bound))
    lines = [Figure(say("hydrants.new"), amount(figures.get("hydrants_new"), "count"), detail)]
    lost = figures.get("hydrant_uncoverable_km2")
    if known(lost):
        left = figures.get("hydrant_left_km2")
        more: Text = "" if known(left) is None else say("hydrants.left", km2=amount(left, "km2"))
        lines.append(Figure(say("hydrants.uncoverable"), amount(lost, "km2"), more))
    return lines


# ---------------------------------------------------------------------------- hydrants


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


def _spacing_styles() -> list[Style]:
    """Return the styles of the spacing, told apart by size and filling as by colour."""
    colours = styles.VERDICT_COLOURS
    ring = {"fillColor": "#ffffff", "fillOpacity": 1}
    return [
        {
            "radius": 4,
            "fillColor": colours["meets"],
            "fillOpacity": 1,
            "color": "#ffffff",
            "weight": 1,
        },
        {**ring, "radius": 5, "color": colours["fails"], "weight": 3},
        {**ring, "radius": 3.5, "color": colours["cannot_say"], "weight": 1.5},
    ]


def _place(names: tuple[str, ...], value: object) -> int:
    """Return the place of a coded value, the last one for any other."""
    return names.index(str(value)) if value in names else len(names) - 1


def _hydrant_entries(shared: Shared, spacing: str) -> list[Entry]:
    table = shared.results.hydrants
    states = Counter(_place(_STATES, value) for value in table.status)
    verdicts = Counter(_place(_SPACING, value) for value in table.spacing_verdict)
    by_state = [
        Entry(say(f"hydrants.{name}"), look, "point", 1.0, [Count(number(states[i]))], _BY_STATE)
        for i, (name, look) in enumerate(zip(_STATES, _state_styles(), strict=True))
    ]
    by_spacing = [
        Entry(
            say(f"hydrants.spacing_{name}", m=spacing),
            look,
            "point",
            1.0,
            [Count(number(verdicts[i]))],
            _BY_SPACING,
        )
        for i, (name, look) in enumerate(zip(_SPACING, _spacing_styles(), strict=True))
    ]
    return [*by_state, *by_spacing]


def _hydrant_layer(shared: Shared) -> Layer:
    names = township_codes(shared)
    features = []
    for row in drawn(rows(shared.results.hydrants)):
        state = str(row["status"])
        looks = [_place(_STATES, state), len(_STATES) + _place(_SPACING, row["spacing_verdict"])]
        name = str(row["name"] or "") or say("hydrants.nameless", id=str(row["id"]))
        values: list[Text | None] = [
            value_name("status", state),
            names.get(str(row["township"]), str(row["township"] or "")) or None,
            amount(row["road_m"], "metres"),
            amount(row["built_up_km2"], "km2"),
            amount(row["next_m"], "metres"),
            value_name("spacing_verdict", row["spacing_verdict"]),
        ]
        features.append(Feature(pack_point(row["geometry"], shared.crs), name, looks, values))
    fields = ["hydrants.points", "villages.township", "hydrants.road", "hydrants.serves"]
    fields += ["hydrants.next", "hydrants.spacing"]
    return Layer(
        "hydrants",
        "points",
        features,
        [*_state_styles(), *_spacing_styles()],
        POINTS_ORDER,
        kind=say("hydrants.kind"),
        fields=[say(name) for name in fields],
        search=True,
        grow=True,
    )


# -------------------------------------------------------------------------------- gaps


def _gaps(shared: Shared, measure: str, parts: Mapping[str, Text]) -> Layer:
    """Return the gaps by one measure: straight, as the page's circles are, or by road.

    ``parts`` are the names of the built-up parts that they lie in, by their ids.
    """
    key, look = _GAPS[measure]
    gaps = shared.results.hydrant_gaps
    features = [
        Feature(
            pack_area(row["geometry"], shared.crs, 2.0),
            say(f"hydrants.{key}_name", name=_part(row, parts)),
            0,
            [value_name("measure", measure), amount(row["area_km2"], "km2")],
        )
        for row in drawn(rows(gaps[gaps["measure"] == measure] if len(gaps) else gaps))
    ]
    fields = [say("hydrants.measure"), say("hydrants.area")]
    return Layer(
        key, "areas", features, [look], AREAS_ORDER, kind=say(f"hydrants.{key}"), fields=fields
    )


def _part(row: Mapping[str, Any], parts: Mapping[str, Text]) -> Text:
    key = str(row["built_up_id"])
    return parts.get(key, str(row["built_up_name"] or "") or key)


def _gap_legend(shared: Shared, measure: str, metres: str, *, shown: bool) -> Legend:
    key, look = _GAPS[measure]
    gaps = shared.results.hydrant_gaps
    mine = [
        known(row["area_km2"]) or 0
        for row in rows(gaps[gaps["measure"] == measure] if len(gaps) else gaps)
    ]
    entry = Entry(
        say(f"hydrants.{key}_entry", m=metres), look, counts=[Count(amount(sum(mine), "km2"))]
    )
    note = say(f"hydrants.{key}_note")
    return Legend(key, say(f"hydrants.{key}"), [entry], shown=shown, note=note)


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

"""The layers that several map pages share: names, bands, the built-up area."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd

from firecover.outputs import styles
from firecover.outputs.maps.geometry import (
    TOLERANCE_M,
    pack_area,
    pack_lines,
    pack_point,
    simplify_together,
    view,
)
from firecover.outputs.maps.parts import Count, Entry, Feature, Layer, Legend, Style
from firecover.outputs.maps.text import (
    Pair,
    Text,
    amount,
    known,
    minutes_name,
    own_name,
    part,
    say,
    share,
    short_name,
    value_name,
)
from firecover.outputs.results_json import results_to_dict, table_rows
from firecover.results import Results

#: How high the layers lie: background below 300, areas to 450, points from 500 on.
BANDS_ORDER, ROADS_ORDER, AREAS_ORDER, HATCH_ORDER = 300, 310, 430, 440
POINTS_ORDER, MARKERS_ORDER = 520, 600

LABELS: Mapping[str, Mapping[str, Any]] = {
    "station": {"kind": "station", "order": 1, "from": 10.75},
    "candidate": {"kind": "candidate", "order": 0, "from": 10.75},
    "township": {"kind": "township", "order": 2, "from": 8.5},
    "village": {"kind": "village", "order": 3, "from": 11.5},
}
_OPEN_EDGE = "#33414c"


@dataclass(frozen=True)
class Shared:
    """What the pages draw from, made once for all of them.

    Attributes
    ----------
    townships
        The townships' table, simplified so that neighbours still share their borders.
    station_names
        For each scenario, the stations' names in both languages, by id and by name.
    figures
        For each scenario, the headline figures as results.json tells them.
    told
        All that results.json tells.
    """

    results: Results
    townships: gpd.GeoDataFrame
    station_names: Mapping[str, Mapping[str, Text]]
    figures: Mapping[str, Mapping[str, Any]]
    told: Mapping[str, Any]

    @property
    def crs(self) -> str:
        """The CRS of every table."""
        return self.results.study.study.crs

    @property
    def first_figures(self) -> Mapping[str, Any]:
        """The headline figures of the scenario that the others are compared with."""
        return self.figures[self.scenarios[0]]

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The scenarios' ids, the one that the others are compared with first."""
        return tuple(summary.id for summary in self.results.scenarios)


def share_out(results: Results) -> Shared:
    """Prepare what the pages have in common."""
    names: dict[str, dict[str, Text]] = {summary.id: {} for summary in results.scenarios}
    for row in rows(results.stations):
        # Tables refer to a station by its id or, as villages do, by its name.
        mine = names.setdefault(str(row["scenario"]), {})
        mine.setdefault(str(row["name"]), own_name(row))
        mine[str(row["id"])] = own_name(row)
    tables = [
        simplify_together(results.townships[results.townships.scenario == summary.id])
        for summary in results.scenarios[:1]
    ]
    first = tables[0] if tables else results.townships
    told = results_to_dict(results)
    figures = {name: scenario["figures"] for name, scenario in told["scenarios"].items()}
    return Shared(results, first, names, figures, told)


def rows(table: gpd.GeoDataFrame, scenario: str | None = None) -> list[dict[str, Any]]:
    """Return a table's rows as results.json tells them, with their geometry.

    Of one scenario where one is named, else all. A table without rows need not have columns.
    """
    if not len(table):
        return []
    chosen = table if scenario is None else table[table.scenario == scenario]
    return [
        {**row, "geometry": shape}
        for row, shape in zip(table_rows(chosen), chosen.geometry, strict=True)
    ]


def drawn(table_rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep the rows that have a place on the map."""
    return [
        row for row in table_rows if row["geometry"] is not None and not row["geometry"].is_empty
    ]


# ------------------------------------------------------------------------------- names


def township_names(shared: Shared) -> Layer:
    """Return the names of the townships, each well inside its area."""
    features = [
        Feature(pack_point(row["geometry"].representative_point(), shared.crs), own_name(row))
        for row in drawn(rows(shared.townships))
    ]
    return Layer("township_names", "names", features, [{}], MARKERS_ORDER, label=LABELS["township"])


def township_codes(shared: Shared) -> dict[str, Text]:
    """Return the names of the townships by their codes."""
    return {str(row["code"]): own_name(row) for row in rows(shared.townships)}


def township_search(shared: Shared) -> Layer:
    """Return the townships as areas that are not seen, but found and clicked."""
    features = [
        Feature(pack_area(row["geometry"], shared.crs), own_name(row))
        for row in drawn(rows(shared.townships))
    ]
    return Layer(
        "township_names",
        "areas",
        features,
        [{"stroke": False, "fill": False}],
        AREAS_ORDER - 20,
        kind=say("townships_page.kind"),
        search=True,
    )


def names_legend() -> Legend:
    """Return the switch of the townships' names."""
    return Legend("township_names", say("townships.names"))


# ------------------------------------------------------------------------------- bands


def band_styles(minutes: Sequence[float]) -> list[Style]:
    """Return how areas of the bands are drawn, shortest first."""
    return [
        {"fillColor": colour, "fillOpacity": 1, "color": "#ffffff", "weight": 0.6, "opacity": 1}
        for colour in styles.band_colours(minutes)
    ]


def band_layers(shared: Shared) -> list[Layer]:
    """Return the isochrones, the widest first: they lie on one another, opaque in one pane."""
    order = {round(minutes, 2): i for i, minutes in enumerate(shared.results.minutes)}
    layers = []
    for scenario in shared.scenarios:
        found = sorted(rows(shared.results.isochrones, scenario), key=lambda row: -row["minutes"])
        features = [
            Feature(
                pack_area(row["geometry"], shared.crs, TOLERANCE_M),
                say("response.band_at", m=minutes_name(row["minutes"])),
                order[row["minutes"]],
            )
            for row in drawn(found)
        ]
        opacity = styles.layer_style("isochrones", shared.results.minutes).opacity
        layers.append(
            Layer(
                "bands",
                "bands",
                features,
                band_styles(shared.results.minutes),
                BANDS_ORDER,
                scenario=scenario,
                opacity=opacity,
            )
        )
    return layers


def reach_layers(shared: Shared) -> list[Layer]:
    """Return the roads reached, in the bands' colours."""
    table = shared.results.reach_edges
    looks: list[Style] = [
        {"color": colour, "weight": 2, "opacity": 1}
        for colour in styles.band_colours(shared.results.minutes)
    ]
    layers = []
    for scenario in shared.scenarios:
        mine = table[table.scenario == scenario]
        features = [
            Feature(lines, minutes_name(minutes), i)
            for i, minutes in enumerate(shared.results.minutes)
            if (lines := pack_lines(mine.geometry[mine.minutes == minutes], shared.crs))
        ]
        layers.append(
            Layer("reach", "lines", features[::-1], looks, ROADS_ORDER, scenario=scenario)
        )
    return layers


def band_entries(shared: Shared) -> list[Entry]:
    """Return the legend of the bands with the area reached in each scenario."""
    minutes = shared.results.minutes
    opacity = styles.layer_style("isochrones", minutes).opacity
    areas = {
        (row["scenario"], row["minutes"]): amount(row["area_km2"], "km2")
        for row in rows(shared.results.isochrones)
    }
    return [
        Entry(
            say("amounts.within", n=minutes_name(limit)),
            look,
            opacity=opacity,
            counts=[
                Count(areas[scenario, round(limit, 2)], scenario)
                for scenario in shared.scenarios
                if (scenario, round(limit, 2)) in areas
            ],
        )
        for limit, look in zip(minutes, band_styles(minutes), strict=True)
    ]


# ---------------------------------------------------------------------------- built-up


def built_up_layers(shared: Shared, *, by_scenario: bool = True) -> list[Layer]:
    """Return the built-up area with its figures, by zone."""
    zones = list(styles.ZONE_COLOURS)
    looks: list[Style] = [
        {"fillColor": colour, "fillOpacity": 0.75, "color": "#8a7565", "weight": 0.8}
        for colour in styles.ZONE_COLOURS.values()
    ]
    fields = [
        say("jurisdictions.zone"),
        say("hydrants.area"),
        say("jurisdictions.own_reached"),
        say("jurisdictions.any_reached"),
        say("hydrants.part_straight"),
        say("hydrants.part_road"),
        say("hydrants.part_streets"),
    ]
    return [
        Layer(
            "built_up",
            "areas",
            [
                _built_up(row, built_up_name(shared, row), zones, shared.crs)
                for row in drawn(rows(shared.results.built_up, scenario))
            ],
            looks,
            AREAS_ORDER - 10,
            scenario=scenario if by_scenario else None,
            kind=say("jurisdictions.built_up"),
            fields=fields,
        )
        for scenario in (shared.scenarios if by_scenario else shared.scenarios[:1])
    ]


def built_up_name(shared: Shared, row: Mapping[str, Any]) -> Text:
    """Return the name of a built-up part: one named after a township has its English one, too."""
    name = str(row["name"] or "") or str(row["id"])
    english = {part(town, 0): part(town, 1) for town in township_codes(shared).values()}
    other = english.get(part(short_name(name), 0), name)
    return (name, other) if other != part(short_name(name), 0) and other != name else name


def _built_up(row: dict[str, Any], name: Text, zones: list[str], crs: str) -> Feature:
    zone = str(row["zone"])
    values = [
        value_name("zone", zone),
        amount(row["area_km2"], "km2"),
        share(row["reached_share"], row["reached_km2"], row["area_km2"], "km2"),
        share(row["any_reached_share"], row["any_reached_km2"], row["area_km2"], "km2"),
        share(row["hydrant_share"], row["hydrant_km2"], row["area_km2"], "km2"),
        share(row["hydrant_road_share"], row["hydrant_road_km2"], row["area_km2"], "km2"),
        share(row["street_spaced_share"], row["street_spaced_km"], row["street_km"], "kilometres"),
    ]
    style = zones.index(zone) if zone in zones else 0
    return Feature(pack_area(row["geometry"], crs, TOLERANCE_M), name, style, values)


def urban_view(shared: Shared) -> list[list[float]]:
    """Return the corners of the urban built-up area, none where there is none."""
    table = shared.results.built_up
    urban = table[table.zone == "urban"]
    urban = urban[urban.geometry.notna() & ~urban.geometry.is_empty]
    return view(urban, 0.12) if len(urban) else []


def built_up_legend(shared: Shared) -> Legend:
    """Return the legend of the zones that there are."""
    there = set(shared.results.built_up.zone)
    entries = [
        Entry(
            value_name("zone", zone),
            {"fillColor": colour, "fillOpacity": 0.75, "color": "#8a7565", "weight": 0.8},
        )
        for zone, colour in styles.ZONE_COLOURS.items()
        if zone in there
    ]
    return Legend("built_up", say("jurisdictions.built_up"), entries)


# ------------------------------------------------------------------- bands of a point


def arrival_class(seconds: object, minutes: Sequence[float]) -> int:
    """Return the band an arrival falls in; after the bands: later, and never."""
    given = known(seconds)
    if given is None:
        return len(minutes) + 1
    for i, limit in enumerate(minutes):
        # A time that is the limit but for rounding is within it.
        if given <= limit * 60 + 1e-6:
            return i
    return len(minutes)


def arrival_styles(minutes: Sequence[float]) -> list[Style]:
    """Return how points are drawn by their first arrival: bands, later, never."""
    edge = {"color": _OPEN_EDGE, "weight": 1, "fillOpacity": 1, "opacity": 1}
    colours = [*styles.band_colours(minutes), styles.BEYOND_COLOUR]
    looks: list[Style] = [{**edge, "radius": 6, "fillColor": colour} for colour in colours]
    never = {"radius": 5.5, "color": styles.GAP_COLOUR, "weight": 2.6, "opacity": 1}
    return [*looks, {**never, "fillColor": "#ffffff", "fillOpacity": 1}]


def arrival_labels(minutes: Sequence[float]) -> list[Pair]:
    """Return the words for :func:`arrival_class`."""
    limits = [minutes_name(limit) for limit in minutes]
    first = [say("amounts.within", n=limits[0])]
    between = [
        say("amounts.from_to", low=low, high=high) for low, high in itertools.pairwise(limits)
    ]
    return [*first, *between, say("amounts.later", n=limits[-1]), say("amounts.nobody")]

"""The pages of response time and of jurisdictions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import shapely

from firecover.outputs import styles
from firecover.outputs.map_geometry import TOLERANCE_M, pack_area
from firecover.outputs.map_layers import (
    AREAS_ORDER,
    HATCH_ORDER,
    Shared,
    band_entries,
    band_layers,
    built_up_layers,
    built_up_legend,
    drawn,
    names_legend,
    reach_layers,
    rows,
    township_names,
    township_search,
    urban_view,
)
from firecover.outputs.map_parts import (
    Count,
    Entry,
    Feature,
    Figure,
    Figures,
    Layer,
    Legend,
    MapPage,
    Row,
    Style,
    Table,
)
from firecover.outputs.map_stations import station_layers, station_legend
from firecover.outputs.map_text import (
    Text,
    amount,
    join,
    known,
    minutes_name,
    number,
    percent,
    say,
    share,
    value_name,
)
from firecover.results import band


def told_unlocated(figures: Mapping[str, Any]) -> list[Text]:
    """Tell of the stations that are not on the map."""
    missing = known(figures.get("stations_unlocated"))
    return [say("stations.unlocated", n=missing)] if missing else []


def _limit(shared: Shared) -> float:
    """Return the standard's response time, minutes."""
    return shared.results.rules["response_s"].value / 60


# ---------------------------------------------------------------------------- response


def response_page(shared: Shared) -> MapPage:
    """Return the page of isochrones and roads reached, scenario against scenario."""
    figures = []
    for scenario, values in shared.figures.items():
        shown = []
        for minutes in shared.results.minutes:
            name, end = minutes_name(minutes), band(minutes)
            text = split_share(
                values.get(f"population_share_{end}"),
                values.get(f"population_reached_{end}"),
                values.get("population_total"),
                "people",
            )
            shown.append(Figure(say("response.within_people", m=name), *text))
        figures.append(Figures(shown, scenario))
    bands = Legend(
        "bands", say("response.bands"), band_entries(shared), note=say("response.bands_note")
    )
    reach = Legend("reach", say("response.roads"), note=say("response.roads_note"))
    return MapPage(
        file="response.html",
        title=say("response.title"),
        lead=say("response.lead"),
        layers=[
            *band_layers(shared),
            *reach_layers(shared),
            township_search(shared),
            township_names(shared),
            *station_layers(shared),
        ],
        legends=[bands, reach, station_legend(shared), names_legend()],
        figures=figures,
        told=told_unlocated(shared.first_figures),
        click=say("response.none_at", m=minutes_name(shared.results.minutes[-1])),
    )


def split_share(value: object, top: object, whole: object, unit: str) -> tuple[Text, Text]:
    """Return a share, and apart from it what it is a share of."""
    given, part_of, total = known(value), known(top), known(whole)
    if given is None:
        return say("amounts.cannot_say"), ""
    if part_of is None or total is None:
        return percent(given), ""
    decimals = 2 if unit == "km2" else 0
    detail = say(
        f"amounts.part_{unit}", part=number(part_of, decimals), whole=number(total, decimals)
    )
    return percent(given), detail


# ----------------------------------------------------------------------- jurisdictions

_VERDICTS = ("meets", "fails", "cannot_say")
_JURISDICTION_FIELDS = ("area", "cap", "verdict", "reached", "farthest")


def jurisdictions_page(shared: Shared) -> MapPage:
    """Return the page that holds the jurisdictions against the standard's caps."""
    minutes = minutes_name(_limit(shared))
    held = _jurisdiction_layers(shared)
    reached = _reached_layers(shared)
    layers = [
        *built_up_layers(shared),
        *reached,
        *held,
        township_search(shared),
        township_names(shared),
        *station_layers(shared),
    ]
    legends = [_verdict_legend(shared), built_up_legend(shared)]
    if reached:
        label = say("jurisdictions.built_up_reached", m=minutes)
        legends.append(Legend("reached", label, [Entry(label, _REACHED[0])]))
    return MapPage(
        file="jurisdictions.html",
        title=say("jurisdictions.title"),
        lead=say("jurisdictions.lead"),
        layers=layers,
        legends=[*legends, station_legend(shared), names_legend()],
        figures=[
            Figures(_area_figures(figures, minutes), scenario)
            for scenario, figures in shared.figures.items()
        ],
        table_first=True,
        focus=urban_view(shared),
        tables=_jurisdiction_tables(shared, layers.index(held[0]) if held else 0),
        told=told_unlocated(shared.first_figures),
    )


def _area_figures(figures: Mapping[str, Any], minutes: str) -> list[Figure]:
    urban = split_share(
        figures.get("urban_reached_share"),
        figures.get("urban_reached_km2"),
        figures.get("urban_km2"),
        "km2",
    )
    anyone = split_share(
        figures.get("urban_any_reached_share"),
        figures.get("urban_any_reached_km2"),
        figures.get("urban_km2"),
        "km2",
    )
    counts = [
        amount(figures.get(f"stations_{verdict}_area"), "count")
        for verdict in ("meeting", "failing")
    ]
    return [
        Figure(say("jurisdictions.urban_share", m=minutes), *urban),
        Figure(say("jurisdictions.any_share"), *anyone),
        Figure(
            say("jurisdictions.per_station"), amount(figures.get("area_per_station_km2"), "km2")
        ),
        Figure(say("jurisdictions.verdict_counts"), join(counts, (" / ", " / "))),
        Figure(say("jurisdictions.least"), amount(figures.get("stations_least"), "count")),
    ]


def _verdict_styles() -> list[Style]:
    return [
        {
            "fillColor": styles.VERDICT_COLOURS[verdict],
            "fillOpacity": 0.42,
            "color": "#2b3238",
            "weight": 1.4,
            "opacity": 0.9,
        }
        for verdict in (*_VERDICTS, "not_applicable")
    ]


def _verdict_style(verdict: object) -> int:
    return _VERDICTS.index(str(verdict)) if verdict in _VERDICTS else len(_VERDICTS)


def _jurisdiction_values(row: dict[str, Any]) -> list[Text | None]:
    return [
        amount(row["area_km2"], "km2"),
        amount(row["cap_km2"], "km2"),
        value_name("area_verdict", row["area_verdict"]),
        share(row["reached_share"], row["reached_km2"], row["area_km2"], "km2"),
        amount(row["farthest_s"], "minutes"),
    ]


def _holder(shared: Shared, scenario: str, row: dict[str, Any]) -> Text:
    """Name the station that holds a jurisdiction, or say that none does."""
    given = str(row["station_name"] or "")
    name = shared.station_names[scenario].get(str(row["station_id"]), given)
    return name or say("jurisdictions.nobody")


def _jurisdiction_layers(shared: Shared) -> list[Layer]:
    minutes = minutes_name(_limit(shared))
    return [
        Layer(
            "verdicts",
            "areas",
            [
                Feature(
                    pack_area(row["geometry"], shared.crs, TOLERANCE_M / 3),
                    _holder(shared, scenario, row),
                    _verdict_style(row["area_verdict"]),
                    _jurisdiction_values(row),
                )
                for row in drawn(rows(shared.results.jurisdictions, scenario))
            ],
            _verdict_styles(),
            AREAS_ORDER,
            scenario=scenario,
            kind=say("jurisdictions.verdicts"),
            fields=[say(f"jurisdictions.{name}", m=minutes) for name in _JURISDICTION_FIELDS],
        )
        for scenario in shared.scenarios
    ]


def _verdict_legend(shared: Shared) -> Legend:
    table = shared.results.jurisdictions
    tally = Counter(zip(table.scenario, table.area_verdict, strict=True))
    entries = [
        Entry(
            say(f"jurisdictions.{verdict}"),
            look,
            counts=[Count(str(tally[name, verdict]), name) for name in shared.scenarios],
        )
        for verdict, look in zip(_VERDICTS, _verdict_styles(), strict=False)
    ]
    return Legend("verdicts", say("jurisdictions.verdicts"), entries)


_REACHED: list[Style] = [{"fillColor": "url(#fc-reached)", "fillOpacity": 1, "stroke": False}]


def _reached_layers(shared: Shared) -> list[Layer]:
    """Return the built-up area inside the isochrone of the standard, where there is one."""
    table = shared.results.isochrones
    if _limit(shared) not in shared.results.minutes:
        return []
    layers = []
    for scenario in shared.scenarios:
        chosen = table[(table.scenario == scenario) & (table.minutes == _limit(shared))]
        areas = [row["geometry"] for row in drawn(rows(shared.results.built_up, scenario))]
        built = shapely.union_all(shapely.make_valid(areas)) if areas else None
        features = [
            Feature(pack_area(shapely.intersection(shape, built), shared.crs, TOLERANCE_M / 2), "")
            for shape in chosen.geometry
            if built is not None and shape is not None
        ]
        layers.append(Layer("reached", "areas", features, _REACHED, HATCH_ORDER, scenario=scenario))
    return layers


def _jurisdiction_tables(shared: Shared, first_layer: int) -> list[Table]:
    minutes = minutes_name(_limit(shared))
    names = ("station", "area_column", "cap_column", "verdict", "reached_column")
    tables = []
    for i, scenario in enumerate(shared.scenarios):
        found = drawn(rows(shared.results.jurisdictions, scenario))
        lines = [
            Row(
                [_holder(shared, scenario, row), *_short_values(row)],
                f"{first_layer + i} {position}",
            )
            for position, row in enumerate(found)
        ]
        columns = [say(f"jurisdictions.{name}", m=minutes) for name in names]
        tables.append(Table(say("jurisdictions.table"), columns, lines, scenario, (0, 3)))
    return tables


def _short_values(row: dict[str, Any]) -> list[Text]:
    area, cap, reached = (known(row[name]) for name in ("area_km2", "cap_km2", "reached_share"))
    return [
        "–" if area is None else number(area, 2),
        "–" if cap is None else f"{cap:g}",
        value_name("area_verdict", row["area_verdict"]),
        "–" if reached is None else percent(reached),
    ]

"""The page of the jurisdictions: their areas against the caps, and what was measured by road."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import shapely

from firecover.outputs import styles
from firecover.outputs.maps.geometry import TOLERANCE_M, pack_area
from firecover.outputs.maps.layers import (
    AREAS_ORDER,
    HATCH_ORDER,
    Shared,
    built_up_layers,
    built_up_legend,
    drawn,
    names_legend,
    rows,
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
    Row,
    Style,
    Table,
)
from firecover.outputs.maps.stations import station_layers, station_legend, told_unlocated
from firecover.outputs.maps.text import (
    Pair,
    Text,
    amount,
    join,
    known,
    minutes_name,
    number,
    percent,
    say,
    share,
    split_share,
    value_name,
)

_VERDICTS = ("meets", "fails", "cannot_say")
#: What an area may be reached across; told as advice.
_BARRIERS = ("expressway", "railway", "river")
#: Caps are whole km²; a sum of them that is off by more is another sum.
_SAME_KM2 = 1e-3


def jurisdictions_page(shared: Shared) -> MapPage:
    """Return the page that holds the jurisdictions against the standard's caps."""
    minutes = minutes_name(shared.results.standard_min)
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
            *(
                Figures(_reach_figures(figures, minutes), scenario)
                for scenario, figures in shared.figures.items()
            ),
            *(_county(shared, scenario) for scenario in shared.scenarios),
        ],
        table_first=True,
        focus=urban_view(shared),
        tables=_jurisdiction_tables(shared, layers.index(held[0]) if held else 0),
        told=told_unlocated(shared.first_figures),
    )


# ----------------------------------------------------------------------------- figures


def _reach_figures(figures: Mapping[str, Any], minutes: str) -> list[Figure]:
    lines = []
    for label, prefix in (("urban_share", "urban_reached"), ("any_share", "urban_any_reached")):
        value, detail = split_share(
            figures.get(f"{prefix}_share"),
            figures.get(f"{prefix}_km2"),
            figures.get("urban_km2"),
            "km2",
        )
        between = _interval(figures, f"{prefix}_share")
        if between:
            detail = join([detail, say("jurisdictions.interval", told=between)], ("\n", "\n"))
        lines.append(Figure(say(f"jurisdictions.{label}", m=minutes), value, detail))
    counts = [
        amount(figures.get(f"stations_{verdict}_area"), "count")
        for verdict in ("meeting", "failing")
    ]
    told = join(counts, (" / ", " / "))
    return [*lines, Figure(say("jurisdictions.verdict_counts"), told)]


def _interval(figures: Mapping[str, Any], key: str) -> Pair | None:
    """Return the 90 % interval of a share over the speed draws; None without draws."""
    low, high = (known(figures.get(f"{key}_{end}")) for end in ("p05", "p95"))
    if low is None or high is None:
        return None
    return say("jurisdictions.between", low=percent(low), high=percent(high))


def _county(shared: Shared, scenario: str) -> Figures:
    """Return the arithmetic of the whole county town: what the stations may hold, what lacks."""
    figures = shared.figures[scenario]
    urban, holding = known(figures.get("urban_km2")), known(figures.get("stations_holding_area"))
    divided: Text = ""
    if urban is not None and holding:
        divided = say("jurisdictions.divided", km2=number(urban, 2), n=number(holding))
    per, least = figures.get("area_per_station_km2"), figures.get("stations_least")
    cap = number(shared.results.rules["area_first_km2"].value)
    lines = [
        Figure(say("jurisdictions.per_station"), amount(per, "km2"), divided),
        Figure(
            say("jurisdictions.least"), amount(least, "count"), say("jurisdictions.by_cap", km2=cap)
        ),
    ]
    if known(figures.get("area_capacity_km2")) is not None:
        whole = figures["area_capacity_km2"]
        lines.append(
            Figure(
                say("jurisdictions.capacity"), amount(whole, "km2"), _caps(shared, scenario, whole)
            )
        )
        lines.append(_shortfall(figures))
    return Figures(lines, scenario, name=say("jurisdictions.county"))


def _caps(shared: Shared, scenario: str, whole: float) -> Text:
    """Name the caps that add up to the capacity; nothing where the rows are not all of them."""
    held = [row for row in rows(shared.results.jurisdictions, scenario) if row["station_id"]]
    caps = [known(row["cap_km2"]) or 0 for row in held]
    if abs(sum(caps) - whole) > _SAME_KM2:
        return ""
    told = [
        join([_holder(shared, scenario, row), f"{cap:g}"], (" ", " "))
        for row, cap in zip(held, caps, strict=True)
    ]
    return join(told, (" + ", " + "))


def _shortfall(figures: Mapping[str, Any]) -> Figure:
    """Say by how much the caps fall short, and how many more stations make up for it."""
    short = figures.get("area_shortfall_km2")
    more = [
        say(f"jurisdictions.more_{name}", n=number(count))
        for name in ("first", "second", "small")
        if (count := known(figures.get(f"stations_more_{name}"))) is not None
    ]
    detail: Text = join(more, ("，或", ", or ")) if known(short) and more else ""
    return Figure(say("jurisdictions.shortfall"), amount(short, "km2"), detail)


# ------------------------------------------------------------------------------ layers


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


def _formula_label(shared: Shared) -> Pair:
    """Name the formula's area, with how sure the formula itself is."""
    rule = shared.results.rules.get("area_formula_factor")
    if rule is None:
        return say("jurisdictions.formula_plain")
    # Evidence from memory may be followed by how sure that is: M-h, M-m, M-l.
    sure = value_name("evidence", rule.evidence.split("-")[0])
    factor = minutes_name(rule.value)
    return say("jurisdictions.formula", factor=factor, code=rule.evidence, evidence=sure)


def _fields(shared: Shared) -> list[Pair]:
    minutes = minutes_name(shared.results.standard_min)
    first = ("area", "cap", "verdict", "area_sure", "reached", "reached_between", "farthest")
    return [
        *(say(f"jurisdictions.{name}", m=minutes) for name in first),
        say("jurisdictions.detour"),
        say("jurisdictions.reach"),
        _formula_label(shared),
        *(say(f"jurisdictions.across_{name}") for name in _BARRIERS),
    ]


def _jurisdiction_values(row: dict[str, Any]) -> list[Text | None]:
    sure, detour = known(row["area_sure"]), known(row["detour_factor"])
    held = detour is not None
    across = [
        amount(area, "km2") if (area := known(row[f"across_{name}_km2"])) is not None else None
        for name in _BARRIERS
    ]
    return [
        amount(row["area_km2"], "km2"),
        amount(row["cap_km2"], "km2"),
        value_name("area_verdict", row["area_verdict"]),
        None if sure is None else percent(sure),
        share(row["reached_share"], row["reached_km2"], row["area_km2"], "km2"),
        _interval(row, "reached_share"),
        amount(row["farthest_s"], "minutes"),
        number(detour, 2) if detour is not None else None,
        amount(row["reach_km"], "kilometres") if held else None,
        amount(row["formula_km2"], "km2") if held else None,
        *across,
    ]


def _holder(shared: Shared, scenario: str, row: dict[str, Any]) -> Text:
    """Name the station that holds a jurisdiction, or say that none does."""
    given = str(row["station_name"] or "")
    name = shared.station_names[scenario].get(str(row["station_id"]), given)
    return name or say("jurisdictions.nobody")


def _jurisdiction_layers(shared: Shared) -> list[Layer]:
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
            fields=_fields(shared),
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
    note = say("jurisdictions.barriers_note")
    return Legend("verdicts", say("jurisdictions.verdicts"), entries, note=note)


_REACHED: list[Style] = [{"fillColor": "url(#fc-reached)", "fillOpacity": 1, "stroke": False}]


def _reached_layers(shared: Shared) -> list[Layer]:
    """Return the built-up area inside the isochrone of the standard, where there is one."""
    table = shared.results.isochrones
    if shared.results.standard_min not in shared.results.minutes:
        return []
    layers = []
    for scenario in shared.scenarios:
        chosen = table[
            (table.scenario == scenario) & (table.minutes == shared.results.standard_min)
        ]
        areas = [row["geometry"] for row in drawn(rows(shared.results.built_up, scenario))]
        built = shapely.union_all(shapely.make_valid(areas)) if areas else None
        features = [
            Feature(pack_area(shapely.intersection(shape, built), shared.crs, TOLERANCE_M / 2), "")
            for shape in chosen.geometry
            if built is not None and shape is not None
        ]
        layers.append(Layer("reached", "areas", features, _REACHED, HATCH_ORDER, scenario=scenario))
    return layers


# ------------------------------------------------------------------------------ tables


def _jurisdiction_tables(shared: Shared, first_layer: int) -> list[Table]:
    minutes = minutes_name(shared.results.standard_min)
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
        tables += _road_table(shared, scenario, found, first_layer + i)
    return tables


def _road_table(
    shared: Shared, scenario: str, found: list[dict[str, Any]], layer: int
) -> list[Table]:
    """Return what was measured along the roads; none where nothing was."""
    lines = [
        Row([_holder(shared, scenario, row), *_road_values(row)], f"{layer} {position}")
        for position, row in enumerate(found)
        if known(row["detour_factor"]) is not None
    ]
    names = ("station", "detour_column", "reach_column", "formula_column", "expressway_column")
    columns = [say(f"jurisdictions.{name}") for name in names]
    return [Table(say("jurisdictions.road_table"), columns, lines, scenario)] if lines else []


def _road_values(row: dict[str, Any]) -> list[Text]:
    keys = ("detour_factor", "reach_km", "formula_km2", "across_expressway_km2")
    shown = [known(row[key]) for key in keys]
    return ["–" if value is None else number(value, 2) for value in shown]


def _short_values(row: dict[str, Any]) -> list[Text]:
    area, cap, reached = (known(row[name]) for name in ("area_km2", "cap_km2", "reached_share"))
    return [
        "–" if area is None else number(area, 2),
        "–" if cap is None else f"{cap:g}",
        value_name("area_verdict", row["area_verdict"]),
        "–" if reached is None else percent(reached),
    ]

"""The page of the villages: a figure chosen from a list, on the map and beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from firecover.outputs.maps.figures import Topic, figure_legend, list_of_figures, palette, styles_of
from firecover.outputs.maps.geometry import pack_point
from firecover.outputs.maps.layers import (
    LABELS,
    POINTS_ORDER,
    Shared,
    names_legend,
    township_codes,
    township_names,
    township_search,
)
from firecover.outputs.maps.parts import Feature, Figure, Figures, Layer, MapPage, Row, Table
from firecover.outputs.maps.scales import point_style
from firecover.outputs.maps.stations import station_layers, station_legend, told_unlocated
from firecover.outputs.maps.text import (
    Pair,
    Text,
    amount,
    join,
    known,
    minutes_name,
    own_name,
    percent,
    say,
    split_share,
    value_name,
)
from firecover.outputs.maps.village_figures import (
    call_handling_s,
    interval_ends,
    named_distance,
    village_rows,
    village_topics,
)
from firecover.outputs.results_json import table_rows

_KEY = "villages"


def villages_page(shared: Shared) -> MapPage:
    """Return the page whose list chooses what the villages are coloured by."""
    table = village_rows(shared)
    topics = village_topics(shared, table)
    return MapPage(
        file="villages.html",
        title=say("villages.title"),
        lead=say("villages.lead"),
        layers=[
            township_search(shared),
            *(_village_layer(shared, topics, table[name], name) for name in shared.scenarios),
            township_names(shared),
            *station_layers(shared),
        ],
        legends=[
            figure_legend(_KEY, topics, table, shared.results.modelled, "point"),
            station_legend(shared),
            names_legend(),
        ],
        figures=[
            Figures(_village_figures(figures), scenario)
            for scenario, figures in shared.figures.items()
        ],
        tables=_target_tables(shared),
        table_first=True,
        told=[*told_unlocated(shared.first_figures), _no_rule(shared)],
        variants=[topic.name for topic in topics],
        variant_ids=[topic.key for topic in topics],
        variant_groups=[topic.group for topic in topics],
        variant_name=say("figures.choose"),
        own=list_of_figures(topics, table, shared, _KEY, say("villages.name")),
    )


def _no_rule(shared: Shared) -> Pair:
    """Say that the times which count here are the study's own."""
    given = shared.results.study.assessment
    targets = join([minutes_name(each) for each in given.village_targets_min], ("、", ", "))
    return say("villages.no_rule", targets=targets, m=minutes_name(given.village_minutes))


# --------------------------------------------------------------------- headline figures


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
        Figure(say("villages.median"), amount(figures.get("village_median_s"), "minutes")),
        Figure(say("villages.worst"), amount(figures.get("village_worst_s"), "minutes")),
    ]


_TARGET_COLUMNS = ("second", "full", "sure", "uncertain")


def _target_tables(shared: Shared) -> list[Table]:
    """Return how many villages are reached by each target of the study."""
    given = table_rows(shared.results.village_targets)
    names = [
        name for name in _TARGET_COLUMNS if any(known(row.get(name)) is not None for row in given)
    ]
    columns = [say(f"villages.target_{name}") for name in ("minutes", "first", *names)]
    return [
        Table(
            say("villages.targets"),
            columns,
            [_target(row, names) for row in given if row["scenario"] == scenario],
            scenario,
        )
        for scenario in shared.scenarios
        if given
    ]


def _target(row: Mapping[str, Any], names: Sequence[str]) -> Row:
    share = known(row["first_share"])
    first = (
        say("amounts.unknown")
        if share is None
        else say("villages.count_share", n=known(row["first"]) or 0, p=percent(share))
    )
    counts = [amount(row.get(name), "count") for name in names]
    return Row([say("amounts.minutes", n=minutes_name(row["minutes"])), first, *counts])


# ------------------------------------------------------------------------------ points


def _village_layer(
    shared: Shared, topics: Sequence[Topic], mine: Sequence[dict[str, Any]], scenario: str
) -> Layer:
    features = [
        Feature(
            pack_point(row["geometry"], shared.crs),
            own_name(row),
            styles_of(topics, row),
            _village_values(shared, row, scenario),
            row=place,
        )
        for place, row in enumerate(mine)
        if row["geometry"] is not None and not row["geometry"].is_empty
    ]
    return Layer(
        _KEY,
        "points",
        features,
        [point_style(colour) for colour in palette(topics)],
        POINTS_ORDER,
        scenario=scenario,
        kind=say("villages.kind"),
        fields=_village_fields(shared),
        search=True,
        label=LABELS["village"],
    )


def _village_fields(shared: Shared) -> list[Pair]:
    given = shared.results.study.assessment
    return [
        say("villages.township"),
        say("villages.first"),
        say("villages.second"),
        say("villages.full", n=given.full_force_engines),
        say("villages.call", s=call_handling_s(shared)),
        say("villages.reason"),
        say("villages.chance", m=minutes_name(given.village_minutes)),
        say("villages.interval_field"),
        say("villages.roads"),
        say("villages.way"),
        say("villages.off_road"),
        say("villages.walk"),
        say("villages.vehicle"),
        say("villages.width_known"),
        say("villages.hydrant"),
        say("villages.water"),
        say("villages.supply"),
        say("stations.note"),
    ]


def _village_values(shared: Shared, row: dict[str, Any], scenario: str) -> list[Text | None]:
    stations, townships = shared.station_names[scenario], township_codes(shared)
    full = amount(row.get("full_s"), "minutes")
    township = townships.get(str(row["township"]), str(row["township_name"] or ""))
    return [
        township or None,
        _arrival(row["first_s"], row["first_station"], stations),
        _arrival(row["second_s"], row["second_station"], stations),
        say("villages.never") if known(row.get("full_s")) is None else full,
        None if known(row.get("call_s")) is None else amount(row["call_s"], "minutes"),
        value_name("reason", row["reason"]) if row["reason"] else None,
        *_chances(row),
        *_way(row),
        *_water(row),
        str(row["note"]) if row["note"] else None,
    ]


def _arrival(seconds: object, station: object, stations: Mapping[str, Text]) -> Text:
    if known(seconds) is None:
        return say("amounts.nobody")
    name = stations.get(str(station), str(station))
    return say("villages.arrival", time=amount(seconds, "minutes"), station=name)


def _chances(row: dict[str, Any]) -> list[Text | None]:
    """Return the chance with what may be said in view of it, and the interval of the arrival."""
    chance, ends = known(row.get("p_reached")), interval_ends(row)
    told: Text | None = None
    if chance is not None:
        word = value_name("certainty", row.get("certainty"))
        told = say("villages.certain", p=percent(chance), word=word)
    between = say("villages.from_to", low=ends[0], high=ends[1]) if ends else None
    return [told, between]


def _way(row: dict[str, Any]) -> list[Text | None]:
    walk, known_share = known(row.get("walk_s")), known(row.get("width_known_share"))
    vehicle = str(row.get("widest_vehicle") or "")
    km = known(row.get("way_km"))
    return [
        str(row.get("way") or "") or None,
        None if km is None else amount(km, "kilometres"),
        amount(row["off_road_m"], "metres"),
        None if walk is None else amount(walk, "minutes"),
        value_name("vehicle", vehicle) if vehicle else say("villages.no_vehicle"),
        None if known_share is None else percent(known_share),
    ]


def _water(row: dict[str, Any]) -> list[Text | None]:
    supply = row.get("supply_kind")
    return [
        amount(row["hydrant_m"], "metres"),
        named_distance(row.get("water_m"), str(row.get("water_name") or "")),
        named_distance(row.get("supply_m"), value_name("supply_kind", supply) if supply else ""),
    ]

"""The page of the townships: a figure chosen from a list, on the map and beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from firecover.outputs.maps.figures import Topic, figure_legend, list_of_figures, palette, styles_of
from firecover.outputs.maps.geometry import pack_area, pack_point
from firecover.outputs.maps.layers import (
    AREAS_ORDER,
    LABELS,
    MARKERS_ORDER,
    Shared,
    drawn,
    names_legend,
    rows,
)
from firecover.outputs.maps.parts import Feature, Layer, MapPage
from firecover.outputs.maps.scales import area_style
from firecover.outputs.maps.stations import station_layers, station_legend
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
    share,
)
from firecover.outputs.maps.township_figures import (
    township_rows,
    township_topics,
)
from firecover.results import band

Rows = Mapping[str, Sequence[dict[str, Any]]]
_KEY = "shares"


def townships_page(shared: Shared) -> MapPage:
    """Return the page whose list chooses what the townships are coloured by."""
    table = township_rows(shared)
    topics = township_topics(shared, table)
    return MapPage(
        file="townships.html",
        title=say("townships_page.title"),
        lead=say("townships_page.lead"),
        layers=[
            *(_township_layer(shared, topics, table, name) for name in shared.scenarios),
            _names(shared),
            *station_layers(shared),
        ],
        legends=[
            figure_legend(_KEY, topics, table, shared.results.modelled, "area"),
            station_legend(shared),
            names_legend(),
        ],
        told=_told_townships(shared),
        variants=[topic.name for topic in topics],
        variant_ids=[topic.key for topic in topics],
        variant_groups=[topic.group for topic in topics],
        variant_name=say("figures.choose"),
        variant=_telling_variant(topics, table[shared.scenarios[0]]),
        own=list_of_figures(topics, table, shared, _KEY, say("townships_page.name")),
    )


def _telling_variant(topics: Sequence[Topic], table: Sequence[dict[str, Any]]) -> int:
    """Return the share of people that tells townships apart best, the middle one of equals."""
    bands = [i for i, topic in enumerate(topics) if topic.key.startswith("people_")]

    def told_apart(variant: int) -> tuple[int, float]:
        classes = {topics[variant].scale.place(row) for row in table}
        return len(classes), -abs(variant - len(bands) // 2)

    return max(bands, key=told_apart, default=0)


# ------------------------------------------------------------------------------ layers


def _shapes(shared: Shared) -> dict[str, Any]:
    return {row["code"]: pack_area(row["geometry"], shared.crs) for row in rows(shared.townships)}


def _township_layer(shared: Shared, topics: Sequence[Topic], table: Rows, scenario: str) -> Layer:
    shapes = _shapes(shared)
    features = [
        Feature(
            shapes[row["code"]],
            own_name(row),
            styles_of(topics, row),
            _township_values(shared, row, scenario),
            row=place,
        )
        for place, row in enumerate(table[scenario])
        if shapes.get(row["code"])
    ]
    return Layer(
        _KEY,
        "areas",
        features,
        [area_style(colour) for colour in palette(topics)],
        AREAS_ORDER - 30,
        scenario=scenario,
        kind=say("townships_page.kind"),
        fields=_township_fields(shared),
        search=True,
    )


def _names(shared: Shared) -> Layer:
    """Return the names, below which the page writes what the chosen figure says."""
    places = {row["code"]: place for place, row in enumerate(rows(shared.townships))}
    features = [
        Feature(
            pack_point(row["geometry"].representative_point(), shared.crs),
            own_name(row),
            row=places[row["code"]],
        )
        for row in drawn(rows(shared.townships))
    ]
    return Layer("township_names", "names", features, [{}], MARKERS_ORDER, label=LABELS["township"])


# ------------------------------------------------------------------------------ popups


def _township_fields(shared: Shared) -> list[Pair]:
    results = shared.results
    standard = minutes_name(shared.results.standard_min)
    engines = results.study.assessment.full_force_engines
    call = results.rules.get("call_handling_s")
    village = minutes_name(results.study.assessment.village_minutes)
    limits = [minutes_name(limit) for limit in results.minutes]
    return [
        say("townships_page.published"),
        say("townships_page.modelled"),
        *(say("townships_page.reached", m=limit) for limit in limits),
        say("townships_page.interval", m=standard),
        say("townships_page.seat_first"),
        say("townships_page.seat_second"),
        say("townships_page.seat_full", n=engines),
        say("townships_page.seat_call", s=call.value if call else 0),
        say("townships_page.seat_chance", m=standard),
        say("townships_page.built_up", m=standard),
        say("townships_page.hydrants"),
        say("townships_page.hydrants_present"),
        say("townships_page.hydrants_new"),
        say("townships_page.villages", m=village),
        say("stations.note"),
    ]


def _township_values(shared: Shared, row: dict[str, Any], scenario: str) -> list[Text | None]:
    people = row["population_modelled"]
    reached = [
        share(row[f"share_{band(limit)}"], row[f"population_{band(limit)}"], people, "people")
        for limit in shared.results.minutes
    ]
    first = amount(row["seat_first_s"], "minutes")
    if known(row["seat_first_s"]) is not None and row["seat_station"]:
        name = str(row["seat_station"])
        station = shared.station_names[scenario].get(name, name)
        first = say("villages.arrival", time=first, station=station)
    chance = known(row.get("seat_p"))
    return [
        amount(row["population"], "people"),
        amount(people, "people"),
        *reached,
        _interval(row),
        first,
        amount(row["seat_second_s"], "minutes"),
        amount(row.get("seat_full_s"), "minutes"),
        amount(row.get("seat_call_s"), "minutes"),
        None if chance is None else percent(chance),
        *_counted(row),
        str(row["note"]) if row["note"] else None,
    ]


def _interval(row: dict[str, Any]) -> Text | None:
    """Return within what the share of people is, over the draws, if there were any."""
    low, high = (known(row.get(f"share_{end}")) for end in ("p05", "p95"))
    if low is None or high is None:
        return None
    return say("townships_page.from_to", low=percent(low), high=percent(high))


def _counted(row: dict[str, Any]) -> list[Text | None]:
    working, new = known(row["hydrants_working"]), known(row.get("hydrants_new"))
    wanted = None if working is None or new is None else working + new
    return [
        share(
            row["built_up_reached_share"], row["built_up_reached_km2"], row["built_up_km2"], "km2"
        ),
        share(row["hydrants_working_share"], working, row["hydrants"], "count"),
        share(row.get("hydrants_present_share"), working, wanted, "count"),
        amount(new, "pieces"),
        share(row["villages_reached_share"], row["villages_reached"], row["villages"], "count"),
    ]


# -------------------------------------------------------------------------------- told


def _told_townships(shared: Shared) -> list[Text]:
    told: list[Text] = []
    mine = rows(shared.results.townships, shared.scenarios[0])
    unknown = [own_name(row) for row in mine if known(row["population"]) is None]
    if unknown:
        names = join(unknown, say("frame.joint"))
        told.append(say("townships_page.population_unknown", n=len(unknown), names=names))
    return [*told, *told_undrawn(shared)]


def told_undrawn(shared: Shared) -> list[Text]:
    """Tell of the townships without an area."""
    missing = [
        own_name(row)
        for row in rows(shared.townships)
        if row["geometry"] is None or row["geometry"].is_empty
    ]
    if not missing:
        return []
    names = join(missing, say("frame.joint"))
    return [say("townships.undrawn", n=len(missing), names=names)]

"""The page of the townships: the share of people reached, band by band."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from firecover.outputs import styles
from firecover.outputs.map_geometry import pack_area
from firecover.outputs.map_layers import (
    AREAS_ORDER,
    HATCH_ORDER,
    Shared,
    drawn,
    names_legend,
    rows,
    township_names,
)
from firecover.outputs.map_parts import (
    Count,
    Entry,
    Feature,
    Layer,
    Legend,
    MapPage,
    Row,
    Style,
    Table,
)
from firecover.outputs.map_stations import station_layers, station_legend
from firecover.outputs.map_text import (
    Pair,
    Text,
    amount,
    join,
    known,
    minutes_name,
    own_name,
    say,
    share,
)
from firecover.results import band

_SHARE_CLASSES = 5


def townships_page(shared: Shared) -> MapPage:
    """Return the page of each township's share of people reached, band by band."""
    shares = [_township_layer(shared, scenario) for scenario in shared.scenarios]
    hatched = _hatched(shared)
    layers = [
        *shares,
        hatched,
        township_names(shared),
        *station_layers(shared),
    ]
    minutes = shared.results.minutes
    return MapPage(
        file="townships.html",
        title=say("townships_page.title"),
        lead=say("townships_page.lead"),
        layers=layers,
        legends=[
            _share_legend(shared, shares),
            *([_hatched_legend()] if hatched.features else []),
            station_legend(shared),
            names_legend(),
        ],
        tables=[
            _township_table(shared, scenario, i) for i, scenario in enumerate(shared.scenarios)
        ],
        told=_told_townships(shared),
        variants=[say("amounts.within", n=minutes_name(limit)) for limit in minutes],
        variant_name=say("townships_page.variant"),
        variant=_telling_variant(shares[0], len(minutes)),
    )


_HATCH: list[Style] = [{"fillColor": "url(#fc-hatch)", "fillOpacity": 0.75, "stroke": False}]


def _share_styles() -> list[Style]:
    """Return the classes of a share, rising, and the one for a share that cannot be said."""
    colours = styles.band_colours(range(_SHARE_CLASSES))[::-1]
    edge = {"color": "#ffffff", "weight": 1.2, "opacity": 1, "fillOpacity": 0.78}
    return [{**edge, "fillColor": colour} for colour in (*colours, "#c2c5c7")]


def _share_class(value: object) -> int:
    given = known(value)
    if given is None:
        return _SHARE_CLASSES
    return min(int(given * _SHARE_CLASSES), _SHARE_CLASSES - 1)


def _township_fields(minutes: Sequence[float]) -> list[Pair]:
    reached = [say("townships_page.reached", m=minutes_name(limit)) for limit in minutes]
    names = ("seat_first", "seat_second", "built_up", "hydrants", "villages")
    return [
        say("townships_page.population"),
        say("townships_page.modelled"),
        *reached,
        *(say(f"townships_page.{name}") for name in names),
        say("stations.note"),
    ]


def _township_values(
    row: dict[str, Any], minutes: Sequence[float], stations: Mapping[str, Text]
) -> list[Text | None]:
    people = row["population_modelled"]
    reached = [
        share(row[f"share_{band(limit)}"], row[f"population_{band(limit)}"], people, "people")
        for limit in minutes
    ]
    first = amount(row["seat_first_s"], "minutes")
    if known(row["seat_first_s"]) is not None and row["seat_station"]:
        station = stations.get(str(row["seat_station"]), str(row["seat_station"]))
        first = say("villages.arrival", time=first, station=station)
    counts = [
        share(row[f"{name}_share"], row[name], row[whole], "count")
        for name, whole in (("hydrants_working", "hydrants"), ("villages_reached", "villages"))
    ]
    built_up = share(
        row["built_up_reached_share"], row["built_up_reached_km2"], row["built_up_km2"], "km2"
    )
    return [
        amount(row["population"], "people"),
        amount(people, "people"),
        *reached,
        first,
        amount(row["seat_second_s"], "minutes"),
        built_up,
        *counts,
        str(row["note"]) if row["note"] else None,
    ]


def _shapes(shared: Shared) -> dict[str, Any]:
    return {row["code"]: pack_area(row["geometry"], shared.crs) for row in rows(shared.townships)}


def _township_layer(shared: Shared, scenario: str) -> Layer:
    minutes, shapes = shared.results.minutes, _shapes(shared)
    features = [
        Feature(
            shapes[row["code"]],
            own_name(row),
            [_share_class(row[f"share_{band(limit)}"]) for limit in minutes],
            _township_values(row, minutes, shared.station_names[scenario]),
        )
        for row in rows(shared.results.townships, scenario)
        if shapes.get(row["code"])
    ]
    return Layer(
        "shares",
        "areas",
        features,
        _share_styles(),
        AREAS_ORDER - 30,
        scenario=scenario,
        kind=say("townships_page.kind"),
        fields=_township_fields(minutes),
        search=True,
    )


def _hatched(shared: Shared) -> Layer:
    features = [
        Feature(pack_area(row["geometry"], shared.crs), own_name(row))
        for row in drawn(rows(shared.townships))
        if known(row["population"]) is None
    ]
    return Layer("hatched", "areas", features, _HATCH, HATCH_ORDER)


def _hatched_legend() -> Legend:
    label = say("townships_page.hatched")
    return Legend("hatched", label, [Entry(label, _HATCH[0])])


def _telling_variant(layer: Layer, variants: int) -> int:
    """Return the band that tells the townships apart best, the middle one among equals."""

    def told_apart(variant: int) -> tuple[int, int]:
        classes = {_style_of(feature, variant) for feature in layer.features}
        return len(classes), -abs(variant - variants // 2)

    return max(range(variants), key=told_apart)


def _share_legend(shared: Shared, layers: Sequence[Layer]) -> Legend:
    looks = _share_styles()
    step = 100 // _SHARE_CLASSES
    labels: list[Text] = [f"{i * step}–{(i + 1) * step} %" for i in range(_SHARE_CLASSES)]
    labels.append(say("townships_page.unknown"))
    tallies = [
        (
            layer.scenario,
            variant,
            Counter(_style_of(feature, variant) for feature in layer.features),
        )
        for layer in layers
        for variant in range(len(shared.results.minutes))
    ]
    entries = [
        Entry(
            label,
            look,
            counts=[
                Count(str(tally[i]), scenario, variant) for scenario, variant, tally in tallies
            ],
        )
        for i, (label, look) in enumerate(zip(labels, looks, strict=True))
    ]
    order = [*range(_SHARE_CLASSES - 1, -1, -1), _SHARE_CLASSES]
    return Legend(
        "shares",
        say("townships_page.shares"),
        [entries[i] for i in order],
        note=say("townships_page.share_note"),
    )


def _style_of(feature: Feature, variant: int) -> int:
    return feature.style[variant] if isinstance(feature.style, list) else feature.style


def _told_townships(shared: Shared) -> list[Text]:
    told: list[Text] = []
    table = shared.results.townships
    mine = rows(table, shared.scenarios[0])
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


def _township_table(shared: Shared, scenario: str, layer: int) -> Table:
    minutes, shapes = shared.results.minutes, _shapes(shared)
    lines, position = [], 0
    for row in rows(shared.results.townships, scenario):
        feature = ""
        if shapes.get(row["code"]):
            feature, position = f"{layer} {position}", position + 1
        cells: list[Text] = [own_name(row)]
        for limit in minutes:
            given = known(row[f"share_{band(limit)}"])
            cells.append("–" if given is None else f"{given * 100:.0f}")
        lines.append(Row(cells, feature))
    columns: list[Text] = [say("townships_page.name")]
    columns += [f"≤{minutes_name(limit)} min %" for limit in minutes]
    return Table(say("townships_page.table"), columns, lines, scenario)

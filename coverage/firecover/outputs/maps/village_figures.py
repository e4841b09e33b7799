"""The figures that the villages' page may show, each with its classes and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from firecover.outputs.maps.figures import Tell, Topic, said_of
from firecover.outputs.maps.layers import Shared, rows
from firecover.outputs.maps.scales import (
    NEVER,
    Row,
    Value,
    amount_scale,
    chance_scale,
    code_scale,
    column,
    minutes_scale,
)
from firecover.outputs.maps.text import (
    Pair,
    Text,
    amount,
    known,
    minutes_name,
    number,
    percent,
    say,
    value_name,
)
from firecover.outputs.maps.township_figures import ARRIVALS, amount_text, share_text
from firecover.standards.vehicles import vehicles

_ARRIVING = (*ARRIVALS, "villages")


def village_rows(shared: Shared) -> dict[str, list[dict[str, Any]]]:
    """Return each scenario's villages, in one order."""
    return {name: rows(shared.results.villages, name) for name in shared.scenarios}


def village_topics(shared: Shared, rows_by_scenario: Mapping[str, Sequence[Row]]) -> list[Topic]:
    """Return the figures that the study has data for, in the order of the list."""
    every = [row for mine in rows_by_scenario.values() for row in mine]
    topics = [*_arrivals(shared), _chance(shared), *_ways(shared, every), *_water(every)]
    return said_of(topics, every)


def call_handling_s(shared: Shared) -> float:
    """Return how long a call is handled before anybody is sent; 0 where no rule says."""
    rule = shared.results.rules.get("call_handling_s")
    return rule.value if rule else 0


def vehicle_names(shared: Shared, every: Sequence[Row]) -> dict[str, Pair]:
    """Return the names of the study's vehicles and of others found, the widest first."""
    found = {str(row.get("widest_vehicle") or "") for row in every}
    found |= {vehicle.id for vehicle in shared.results.network.vehicles}
    known_ones = sorted(vehicles().values(), key=lambda vehicle: -vehicle.width_m)
    return {
        vehicle.id: value_name("vehicle", vehicle.id)
        for vehicle in known_ones
        if vehicle.id in found
    }


def named_distance(metres: object, name: Text) -> Text:
    """Return a distance with what it is to, where that has a name."""
    told = amount(metres, "metres")
    if known(metres) is None or not name:
        return told
    return say("villages.distance", metres=told, name=name)


# ----------------------------------------------------------------------------- arrival


def _arrivals(shared: Shared) -> list[Topic]:
    results = shared.results
    words: dict[str, Mapping[str, float]] = {
        "first": {},
        "second": {},
        "full": {"n": results.study.assessment.full_force_engines},
        "call": {"s": call_handling_s(shared)},
    }
    topics = []
    for name, values in words.items():
        value = column(f"{name}_s")
        # The first's row says why nobody comes; others may lack data.
        never = say("amounts.nobody") if name == "first" else say("villages.never")
        scale = minutes_scale(value, results.minutes, never, NEVER)
        topics.append(
            Topic(
                name,
                say("villages.arrival_group"),
                say(f"villages.{name}", **values),
                scale,
                value,
                _time(value, never),
                say(f"villages.{name}_made", **values),
                _ARRIVING,
                _station(shared, f"{name}_station"),
            )
        )
    return topics


def _time(value: Value, never: Pair) -> Tell:
    return lambda row: never if value(row) is None else amount(value(row), "minutes")


def _station(shared: Shared, name: str) -> Tell:
    """Return what tells who comes, of arrivals that are one station's."""

    def tell(row: Row) -> Text:
        found = str(row.get(name) or "")
        return shared.station_names[str(row["scenario"])].get(found, found)

    return tell


def _chance(shared: Shared) -> Topic:
    results = shared.results
    value = column("p_reached")
    minutes = minutes_name(results.study.assessment.village_minutes)
    return Topic(
        "chance",
        say("villages.chance_group"),
        say("villages.chance", m=minutes),
        chance_scale(value, results.study.uncertainty.sure_share, lambda row: row.get("certainty")),
        value,
        share_text(value),
        say("villages.chance_made", n=results.study.uncertainty.draws, m=minutes),
        _ARRIVING,
        _interval,
        "low",
    )


def interval_ends(row: Row) -> tuple[str, str] | None:
    """Return between how many minutes the first comes, over the draws, if there were any."""
    low, high = (known(row.get(f"first_{end}_s")) for end in ("p05", "p95"))
    if low is None or high is None:
        return None
    return number(low / 60, 1), number(high / 60, 1)


def _interval(row: Row) -> Text:
    ends = interval_ends(row)
    return say("villages.interval", low=ends[0], high=ends[1]) if ends else ""


# ----------------------------------------------------------------------- way and water


def _ways(shared: Shared, every: Sequence[Row]) -> list[Topic]:
    names = vehicle_names(shared, every)
    amounts = {
        "way": ("way_km", "kilometres", _ARRIVING),
        "off_road": ("off_road_m", "metres", ("roads", "villages")),
    }
    topics = [
        _amount(name, column(source), every, unit, layers)
        for name, (source, unit, layers) in amounts.items()
    ]
    walk = column("walk_s")

    def walk_min(row: Row) -> float | None:
        seconds = walk(row)
        return None if seconds is None else seconds / 60

    topics.append(
        Topic(
            "walk",
            say("villages.way_group"),
            say("villages.walk"),
            amount_scale(walk_min, every, "minutes"),
            walk_min,
            amount_text(walk, "minutes"),
            say("villages.walk_made"),
            ("roads", "villages"),
        )
    )

    def widest(row: Row) -> Text:
        return names.get(str(row.get("widest_vehicle")), say("villages.no_vehicle"))

    order = list(names)

    def width_order(row: Row) -> float | None:
        found = str(row.get("widest_vehicle") or "")
        return float(len(order) - order.index(found)) if found in order else None

    vehicle = Topic(
        "vehicle",
        say("villages.way_group"),
        say("villages.vehicle"),
        code_scale(lambda row: row.get("widest_vehicle"), names, say("villages.no_vehicle")),
        width_order,
        widest,
        say("villages.vehicle_made"),
        ("roads", "stations", "villages"),
        _width_known,
        "low",
    )
    return [*topics, vehicle]


def _width_known(row: Row) -> Text:
    given = known(row.get("width_known_share"))
    return "" if given is None else say("villages.width_short", p=percent(given))


def _amount(
    name: str, value: Value, every: Sequence[Row], unit: str, layers: Sequence[str]
) -> Topic:
    return Topic(
        name,
        say("villages.way_group"),
        say(f"villages.{name}"),
        amount_scale(value, every, unit),
        value,
        amount_text(value, unit),
        say(f"villages.{name}_made"),
        layers,
    )


def _water(every: Sequence[Row]) -> list[Topic]:
    def water_name(row: Row) -> Text:
        return str(row.get("water_name") or "")

    def supply_kind(row: Row) -> Text:
        found = row.get("supply_kind")
        return value_name("supply_kind", found) if found else ""

    details: dict[str, tuple[Tell, tuple[str, ...]]] = {
        "hydrant": (lambda _: "", ("hydrants", "villages")),
        "water": (water_name, ("water", "villages")),
        "supply": (supply_kind, ("hydrants", "water", "villages")),
    }
    return [
        Topic(
            name,
            say("villages.water_group"),
            say(f"villages.{name}"),
            amount_scale(column(f"{name}_m"), every, "metres"),
            column(f"{name}_m"),
            amount_text(column(f"{name}_m"), "metres"),
            say(f"villages.{name}_made"),
            layers,
            detail,
        )
        for name, (detail, layers) in details.items()
    ]

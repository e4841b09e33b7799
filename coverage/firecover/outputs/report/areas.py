"""Jurisdictions in the report: each against its cap, and the county's stations against its area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from firecover.outputs.report import verdicts as judge
from firecover.outputs.report.certainty import has_draws, interval, near_the_limit
from firecover.outputs.report.model import Block, Cell, Paragraph, Table
from firecover.outputs.report.places import Places
from firecover.outputs.report.reader import BASELINE, Place, Reader
from firecover.outputs.report.rules import memory_in_brackets
from firecover.outputs.report.tables import Measure, head, measures, verdict_mark

#: What the area of a jurisdiction may lie across; told as advice.
BARRIERS = ("across_expressway_km2", "across_railway_km2", "across_river_km2")
#: Caps are whole km²; a sum of them that is off by more is another sum.
SAME_KM2 = 1e-3


def jurisdictions(places: Places) -> Table | None:
    """Return the jurisdictions of a scenario; None where there are none."""
    reader = places.reader
    drawn = has_draws(reader)
    rows: list[list[Cell | Markup]] = []
    for place, row in held_last(places):
        held = bool(row["station_id"])
        dash = reader.say("words", "not_due")
        verdict = verdict_mark(reader, row["area_verdict"]) + near_the_limit(
            reader, row.get("area_sure")
        )
        share = interval(reader, "share", place, "reached_share")
        rows.append(
            [
                _station(places, place),
                class_of(places, place),
                reader.show("km2", *place, "area_km2"),
                reader.show("plain", *place, "cap_km2") if held else dash,
                verdict if held else dash,
                reader.show("km2", *place, "reached_km2"),
                reader.show("share", *place, "reached_share"),
                *([share if held else dash] if drawn else ()),
                places.arrival(place, "farthest_s"),
            ]
        )
    if not rows:
        return None
    caption = reader.say("table", "jurisdictions", "caption", scenario=places.title())
    heads = head(reader, "jurisdictions")
    if drawn:
        heads.insert(-1, reader.say("words", "interval"))
    return Table(caption, heads, rows, "llrrcrr" + "r" * (1 + drawn), style="held")


def held_last(places: Places) -> list[tuple[Place, Mapping[str, Any]]]:
    """Return the jurisdictions, what nobody reaches last."""
    return sorted(places.rows("jurisdictions"), key=lambda it: not it[1]["station_id"])


def _station(places: Places, place: Place) -> Markup:
    if not places.reader.raw(*place, "station_id"):
        return places.reader.say("table", "jurisdictions", "nobody")
    return places.station(place, "station_id")


def class_of(places: Places, place: Place) -> Markup:
    """Return the class of the station that holds a jurisdiction."""
    held = str(places.reader.raw(*place, "station_id") or "")
    classes = {str(row["id"]): row["station_class"] for _, row in places.rows("stations")}
    return places.reader.label("station_class", classes.get(held, ""))


def on_the_road(places: Places) -> Table | None:
    """Return what was measured on the roads, and what lies across barriers; None without it."""
    reader = places.reader
    rows = [
        [
            places.station(place, "station_id"),
            reader.show("times", *place, "detour_factor"),
            reader.show("times", *place, "reach_km"),
            reader.show("km2", *place, "formula_km2"),
            reader.show("plain", *place, "cap_km2"),
            *(reader.show("km2", *place, key) for key in BARRIERS),
        ]
        for place, row in places.rows("jurisdictions")
        if row["station_id"] and row.get("detour_factor") is not None
    ]
    if not rows:
        return None
    caption = reader.say("table", "on_the_road", "caption", scenario=places.title())
    return Table(caption, head(reader, "on_the_road"), rows, "lrrrrrrr", style="held")


def county(reader: Reader) -> list[Table]:
    """Return the whole county's arithmetic of areas, scenarios beside each other."""
    rows = (
        Measure("urban", "km2", "urban_km2"),
        Measure("holding", "count", "stations_holding_area"),
        Measure("per", "km2", "area_per_station_km2"),
        Measure("least", "count", "stations_least"),
        Measure("capacity", "km2", "area_capacity_km2"),
        Measure("shortfall", "km2", "area_shortfall_km2"),
        Measure("more_first", "count", "stations_more_first"),
        Measure("more_second", "count", "stations_more_second"),
        Measure("more_small", "count", "stations_more_small"),
    )
    return measures(reader, "county", reader.say("table", "county", "caption"), rows)


def county_sentence(reader: Reader, scenario: str) -> Markup:
    """Say whether a scenario's stations together have room for the county town."""
    judgement = judge.capacity(reader, scenario)
    if judgement.verdict == "cannot_say":
        return reader.say(
            "sentence", "capacity_unknown", scenario=reader.title(scenario), why=judgement.told
        )
    parts = {
        "scenario": reader.title(scenario),
        "urban": reader.show("km2", *reader.headline(scenario, "urban_km2")),
        "holding": reader.counted("held_by", *reader.headline(scenario, "stations_holding_area")),
        "per": reader.show("km2", *reader.headline(scenario, "area_per_station_km2")),
        "capacity": reader.show("km2", *reader.headline(scenario, "area_capacity_km2")),
        "stations": _caps(Places(reader, scenario)),
        "short": reader.show("km2", *reader.headline(scenario, "area_shortfall_km2")),
        "first": reader.counted("first_class", *reader.headline(scenario, "stations_more_first")),
        "second": reader.counted(
            "second_class", *reader.headline(scenario, "stations_more_second")
        ),
        "verdict": verdict_mark(reader, judgement.verdict),
    }
    return reader.say("sentence", f"capacity_{judgement.verdict}", **parts)


def _caps(places: Places) -> Markup:
    """Return the caps that add up to the capacity; nothing where the rows are not all of them."""
    reader = places.reader
    rows = [(place, row) for place, row in places.rows("jurisdictions") if row["station_id"]]
    whole = reader.figure(*reader.headline(places.scenario, "area_capacity_km2"))
    added = sum(float(row["cap_km2"] or 0) for _, row in rows)
    if whole is None or abs(added - whole) > SAME_KM2:
        return Markup("")
    told = [
        reader.say(
            "sentence",
            "capacity_of",
            name=places.station(place, "station_id"),
            station_class=class_of(places, place),
            cap=reader.show("plain", *place, "cap_km2"),
        )
        for place, _ in rows
    ]
    opened, closed = reader.say("punctuation", "open"), reader.say("punctuation", "close")
    return opened + reader.listing(told) + closed


def held(reader: Reader, scenarios: Sequence[str]) -> list[Block | None]:
    """Return the jurisdictions of some scenarios, each with what its caps add up to."""
    summed = reader.raw(*reader.headline(BASELINE, "area_verdict")) is not None
    told: list[Block | None] = []
    for name in scenarios:
        places = Places(reader, name)
        table = jurisdictions(places)
        if table is None:
            continue
        told += [table, on_the_road(places)]
        if summed:
            told.append(Paragraph(county_sentence(reader, name)))
    return told


def how_measured(reader: Reader) -> list[Block]:
    """Return how jurisdictions are measured and added up, as far as that was done."""
    told: list[Block] = []
    if any(on_the_road(Places(reader, name)) for name in reader.scenarios):
        low, high, factor = (
            reader.show("plain", *reader.rule(name))
            for name in ("detour_factor_min", "detour_factor_max", "area_formula_factor")
        )
        memory = memory_in_brackets(reader, ("area_formula_factor", "detour_factor_min"))
        formula = reader.say(
            "para", "area_formula", low=low, high=high, factor=factor, memory=memory
        )
        told += [Paragraph(formula), Paragraph(reader.say("para", "barriers"))]
    if reader.raw(*reader.headline(BASELINE, "area_verdict")) is not None:
        cap = reader.show("plain", *reader.rule("area_first_km2"))
        told.append(Paragraph(reader.say("para", "county_area", cap=cap)))
    return told

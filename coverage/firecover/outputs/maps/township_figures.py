"""The figures that the townships' page may show, each with its classes and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from firecover.outputs.maps.figures import Tell, Topic, said_of
from firecover.outputs.maps.layers import Shared, rows
from firecover.outputs.maps.scales import (
    Row,
    Value,
    amount_scale,
    chance_scale,
    column,
    minutes_scale,
    share_scale,
    verdict_scale,
)
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
)
from firecover.outputs.results_json import table_rows
from firecover.results import band

#: The input layers that arrivals rest on.
ARRIVALS = ("roads", "dem", "stations", "candidates")
_PEOPLE = (*ARRIVALS, "population", "townships")
#: Kinds of arrival that are told for the standard only, and those also for the widest band.
_TIERS, _LATER = ("fire", "township", "micro"), ("second", "full")


def township_rows(shared: Shared) -> dict[str, list[dict[str, Any]]]:
    """Return each scenario's townships, in one order, with their shares by kind of arrival.

    What :attr:`firecover.results.Results.township_bands` tells of a township stands in its row
    under ``bands``, by kind of arrival and band (``second_20min``).
    """
    bands: dict[tuple[str, str], dict[str, Row]] = {}
    for row in table_rows(shared.results.township_bands):
        mine = bands.setdefault((str(row["scenario"]), str(row["code"])), {})
        mine[f"{row['by']}_{band(row['minutes'])}"] = row
    order = [str(row["code"]) for row in rows(shared.townships)]
    told = {}
    for scenario in shared.scenarios:
        found = {str(row["code"]): row for row in rows(shared.results.townships, scenario)}
        told[scenario] = [
            {**found[code], "bands": bands.get((scenario, code), {})} for code in order
        ]
    return told


def township_topics(shared: Shared, rows_by_scenario: Mapping[str, Sequence[Row]]) -> list[Topic]:
    """Return the figures that the study has data for, in the order of the list."""
    every = [row for mine in rows_by_scenario.values() for row in mine]
    topics = [
        *_people(shared, every),
        *_by_whom(shared),
        _built_up(shared),
        *_seats(shared),
        *_hydrants(shared, every),
        _villages(shared),
    ]
    return said_of(topics, every)


def share_text(value: Value, whole: Value | None = None) -> Tell:
    """Return what tells a share in per cent, and of a ``whole`` of nothing that there is none."""

    def tell(row: Row) -> Text:
        given = value(row)
        if given is not None:
            return percent(given)
        return say("figures.none") if whole and whole(row) == 0 else say("amounts.unknown")

    return tell


def made_of(top: Value, whole: Value, unit: str) -> Tell:
    """Return what tells the numerator and denominator of a share."""
    decimals = 2 if unit == "km2" else 0

    def tell(row: Row) -> Text:
        part_of, total = top(row), whole(row)
        if part_of is None or not total:
            return ""
        return say(
            f"amounts.part_{unit}", part=number(part_of, decimals), whole=number(total, decimals)
        )

    return tell


def amount_text(value: Value, unit: str) -> Tell:
    """Return what tells an amount with its unit."""
    return lambda row: amount(value(row), unit)


@dataclass(frozen=True)
class _Share:
    """A share: its numerator, its denominator, and what a denominator of nothing is called."""

    value: Value
    top: Value
    whole: Value
    unit: str
    none: Pair | None = None

    def topic(self, key: str, group: Pair, name: Pair, made: Pair, layers: Sequence[str]) -> Topic:
        """Return the figure, the lowest first."""
        return Topic(
            key,
            group,
            name,
            share_scale(self.value, self.none),
            self.value,
            share_text(self.value, self.whole),
            made,
            layers,
            made_of(self.top, self.whole, self.unit),
            "low",
        )


def _people(shared: Shared, every: Sequence[Row]) -> list[Topic]:
    group = say("townships_page.people")
    topics = []
    for limit in shared.results.minutes:
        end, minutes = band(limit), minutes_name(limit)
        share = _Share(
            column(f"share_{end}"),
            column(f"population_{end}"),
            column("population_modelled"),
            "people",
        )
        name = say("townships_page.reached", m=minutes)
        made = say("townships_page.reached_made", m=minutes)
        topics.append(share.topic(f"people_{end}", group, name, made, _PEOPLE))
    amounts = {"population": ("townships",), "population_modelled": ("population", "townships")}
    words = {"population": "published", "population_modelled": "modelled"}
    for name_of, layers in amounts.items():
        value = column(name_of)
        topics.append(
            Topic(
                words[name_of],
                group,
                say(f"townships_page.{words[name_of]}"),
                amount_scale(value, every, "people", whole=True),
                value,
                amount_text(value, "people"),
                say(f"townships_page.{words[name_of]}_made"),
                layers,
            )
        )
    return topics


def _by_whom(shared: Shared) -> list[Topic]:
    """Return the shares of people by kind of arrival, which has bands of its own."""
    given = shared.results.minutes
    standard = shared.results.standard_min
    first = min(given, key=lambda limit: abs(limit - standard))
    serving = set(shared.results.stations["tier"])
    wanted = [(by, first) for by in _TIERS if by in serving]
    wanted += [(by, limit) for by in _LATER for limit in dict.fromkeys((first, given[-1]))]
    return [_kind_of_arrival(shared, by, limit) for by, limit in wanted]


def _kind_of_arrival(shared: Shared, by: str, limit: float) -> Topic:
    key = f"{by}_{band(limit)}"

    def of(name: str) -> Value:
        return lambda row: known(row["bands"].get(key, {}).get(name))

    engines = shared.results.study.assessment.full_force_engines
    minutes = minutes_name(limit)
    who = (
        say(f"townships_page.by_{by}", n=engines)
        if by == "full"
        else say(f"townships_page.by_{by}")
    )
    share = _Share(of("population_share"), of("population_reached"), of("population"), "people")
    return share.topic(
        key,
        say("townships_page.by_whom"),
        say("townships_page.by_name", who=who, m=minutes),
        say("townships_page.by_made", who=who, m=minutes),
        _PEOPLE,
    )


def _built_up(shared: Shared) -> Topic:
    minutes = minutes_name(shared.results.standard_min)
    share = _Share(
        column("built_up_reached_share"),
        column("built_up_reached_km2"),
        column("built_up_km2"),
        "km2",
    )
    return share.topic(
        "built_up",
        say("townships_page.built_up_group"),
        say("townships_page.built_up", m=minutes),
        say("townships_page.built_up_made", m=minutes),
        (*ARRIVALS, "built_up", "townships"),
    )


def _seats(shared: Shared) -> list[Topic]:
    results = shared.results
    group = say("townships_page.seat")
    engines = results.study.assessment.full_force_engines
    call = results.rules.get("call_handling_s")
    words: dict[str, Mapping[str, float]] = {
        "first": {},
        "second": {},
        "full": {"n": engines},
        "call": {"s": call.value if call else 0},
    }
    topics = []
    for name, values in words.items():
        value = column(f"seat_{name}_s")
        detail = _seat_station(shared) if name == "first" else _nothing
        topics.append(
            Topic(
                f"seat_{name}",
                group,
                say(f"townships_page.seat_{name}", **values),
                minutes_scale(value, results.minutes, say("townships_page.seat_never")),
                value,
                amount_text(value, "minutes"),
                say(f"townships_page.seat_{name}_made", **values),
                (*ARRIVALS, "townships"),
                detail,
            )
        )
    value = column("seat_p")
    minutes = minutes_name(shared.results.standard_min)
    chance = Topic(
        "seat_chance",
        group,
        say("townships_page.seat_chance", m=minutes),
        chance_scale(value, results.study.uncertainty.sure_share),
        value,
        share_text(value),
        say("townships_page.seat_chance_made", n=results.study.uncertainty.draws),
        (*ARRIVALS, "townships"),
        first="low",
    )
    return [*topics, chance]


def _nothing(_: Row) -> Text:
    return ""


def _seat_station(shared: Shared) -> Tell:
    def tell(row: Row) -> Text:
        name = str(row["seat_station"] or "")
        return shared.station_names[str(row["scenario"])].get(name, name)

    return tell


def _hydrants(shared: Shared, every: Sequence[Row]) -> list[Topic]:
    group = say("townships_page.hydrants_group")
    new = column("hydrants_new")
    present = _Share(column("hydrants_present_share"), column("hydrants_working"), _wanted, "count")
    more = ("hydrants", "built_up", "roads", "townships")
    return [
        _working(shared, group),
        present.topic(
            "hydrants_present",
            group,
            say("townships_page.hydrants_present"),
            say("townships_page.hydrants_present_made"),
            more,
        ),
        Topic(
            "hydrants_new",
            group,
            say("townships_page.hydrants_new"),
            amount_scale(new, every, "pieces", whole=True),
            new,
            amount_text(new, "pieces"),
            say("townships_page.hydrants_new_made"),
            more,
        ),
    ]


def _wanted(row: Row) -> float | None:
    """Return how many hydrants would work once the proposed ones stand."""
    working, proposed = known(row.get("hydrants_working")), known(row.get("hydrants_new"))
    return None if working is None or proposed is None else working + proposed


def _working(shared: Shared, group: Pair) -> Topic:
    """Return the share of hydrants that work, held against the rule where there is one."""
    rule = shared.results.rules.get("hydrant_working_share")
    share = _Share(
        column("hydrants_working_share"),
        column("hydrants_working"),
        column("hydrants"),
        "count",
        say("townships_page.hydrants_none"),
    )
    made = say("townships_page.hydrants_made")
    topic = share.topic(
        "hydrants_working",
        group,
        say("townships_page.hydrants"),
        made,
        ("hydrants", "townships"),
    )
    if rule is None:
        return topic
    told = say("townships_page.hydrants_rule", rule=(rule.zh, rule.en))
    scale = verdict_scale(
        lambda row: row.get("hydrants_working_verdict"), f"{rule.value * 100:g} %"
    )
    return replace(topic, scale=scale, made=join([made, told], ("", " ")))


def _villages(shared: Shared) -> Topic:
    minutes = minutes_name(shared.results.study.assessment.village_minutes)
    share = _Share(
        column("villages_reached_share"),
        column("villages_reached"),
        column("villages"),
        "count",
        say("townships_page.villages_none"),
    )
    return share.topic(
        "villages",
        say("townships_page.villages_group"),
        say("townships_page.villages", m=minutes),
        say("townships_page.villages_made", m=minutes),
        (*ARRIVALS, "villages", "townships"),
    )

"""The page of weak points: roads that are closed, stations out of service, and certainty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from firecover.outputs.maps.certainty import (
    built_up_layers,
    drawn_scenarios,
    limit,
    people_layers,
    people_legends,
    village_layers,
    village_legend,
    village_minutes,
    village_rows,
    village_tables,
)
from firecover.outputs.maps.closures import (
    ROAD_LOOKS,
    road_layers,
    road_legend,
    road_rows,
    road_tables,
    road_title,
    told_scenarios,
)
from firecover.outputs.maps.layers import (
    Shared,
    drawn,
    names_legend,
    rows,
    township_names,
    township_search,
)
from firecover.outputs.maps.outages import (
    outage_layers,
    outage_legend,
    outage_rows,
    outage_tables,
)
from firecover.outputs.maps.parts import Figure, Figures, Layer, Legend, MapPage, Own, Table
from firecover.outputs.maps.stations import station_layers, station_legend, told_unlocated
from firecover.outputs.maps.text import Pair, Text, amount, known, number, own_name, percent, say
from firecover.results import Results, band

#: The layers of each question, the first of which is asked when the page opens.
_QUESTIONS: Mapping[str, Sequence[str]] = {
    "ask_roads": ("roads", "stations"),
    # The circles are the stations, and the people reached live around them: signs would cover both.
    "ask_outages": ("outages",),
    "ask_chance": ("chance", "chance_villages"),
}
#: Layers that a question offers beside its own.
_BESIDE = {"ask_chance": ("chance_built_up",)}
_TABLES = {"roads": "ask_roads", "outages": "ask_outages", "chance_villages": "ask_chance"}


def has_weak_points(results: Results) -> bool:
    """Tell whether closures, outages or chances were computed."""
    drawn_ones = [name for name in results.demand if str(name).startswith("p_standard_")]
    chances = bool(results.demand[drawn_ones].notna().any(axis=None)) if drawn_ones else False
    return bool(len(results.critical_roads) or len(results.station_outages) or chances)


def resilience_page(shared: Shared) -> MapPage:
    """Return the page of what may fail, what that costs, and how sure arrivals are.

    One question is asked at a time (the page's variants): a county with all of the answers
    drawn at once cannot be read.
    """
    own = [
        *people_layers(shared),
        *built_up_layers(shared),
        *road_layers(shared),
        *outage_layers(shared),
        *village_layers(shared),
    ]
    layers = [
        township_search(shared),
        *own,
        township_names(shared),
        *station_layers(shared),
    ]
    there = {layer.key for layer in own}
    asked = [name for name, keys in _QUESTIONS.items() if there & set(keys)]
    tables = _tables(shared, layers, there)
    return MapPage(
        file="resilience.html",
        title=say("resilience.title"),
        lead=say("resilience.lead"),
        layers=layers,
        legends=_legends(shared, layers, asked),
        figures=[
            Figures(_figures(shared, scenario, figures), scenario)
            for scenario, figures in shared.figures.items()
        ],
        tables=[table for _, table in tables],
        table_first=True,
        told=_told(shared),
        variants=[say(f"resilience.{name}") for name in asked] if len(asked) > 1 else [],
        variant_name=say("resilience.question"),
        own=Own(
            body="map_resilience.html",
            scripts=("map_resilience.js",),
            sheets=("map_resilience.css",),
            data={"questions": _questions(asked, [question for question, _ in tables])},
            parts={"road_colours": [colour for colour, _ in ROAD_LOOKS]},
        ),
    )


def _questions(asked: Sequence[str], told: Sequence[str]) -> list[dict[str, Any]]:
    """Return for each question its layers, and the places of its tables on the page."""
    return [
        {
            "layers": list(_QUESTIONS[name]),
            "beside": list(_BESIDE.get(name, ())),
            "tables": [i for i, question in enumerate(told) if question == name],
        }
        for name in asked
    ]


def _tables(shared: Shared, layers: Sequence[Layer], there: set[str]) -> list[tuple[str, Table]]:
    makers = {"roads": road_tables, "outages": outage_tables, "chance_villages": village_tables}
    return [
        (_TABLES[key], table)
        for key, maker in makers.items()
        if key in there
        for table in maker(shared, layers)
    ]


def _legends(shared: Shared, layers: Sequence[Layer], asked: Sequence[str]) -> list[Legend]:
    there, first = {layer.key for layer in layers}, _QUESTIONS[asked[0]] if asked else ()
    lost = say("resilience.lost_note", m=limit(shared), v=village_minutes(shared))
    legends = []
    if "roads" in there:
        legends.append(road_legend(shared, lost))
    if "outages" in there:
        legends.append(outage_legend(shared, lost, shown="outages" in first))
    legends += people_legends(shared, layers, shown="chance" in first)
    if "chance_villages" in there:
        legends.append(village_legend(shared, layers, shown="chance_villages" in first))
    stations = replace(station_legend(shared), shown="stations" in first)
    return [*legends, stations, names_legend()]


# ------------------------------------------------------------------------------- figures


def _figures(shared: Shared, scenario: str, figures: Mapping[str, Any]) -> list[Figure]:
    shown = []
    for _, told in told_scenarios(shared, shared.results.critical_roads):
        if told in (scenario, *_only(shared)):
            worst = road_rows(shared, told)[:1]
            shown += [_worst("worst_road", road_title(row), row, figures) for row in worst]
    worst = outage_rows(shared, scenario)[:1]
    shown += [_worst("worst_station", own_name(row), row, figures) for row in worst]
    return [*shown, *_sure_figures(shared, figures)]


def _only(shared: Shared) -> list[str]:
    """Return the scenario whose roads are shown with every other, if there is one such."""
    told = told_scenarios(shared, shared.results.critical_roads)
    return [name for scenario, name in told if scenario is None]


def _worst(key: str, name: Text, row: Mapping[str, Any], figures: Mapping[str, Any]) -> Figure:
    lost = _loss(row)
    total = known(figures.get("population_total"))
    if total is None or known(row["population_lost"]) is None:
        return Figure(say(f"resilience.{key}"), lost, name)
    part = say("amounts.part_people", part=number(row["population_lost"]), whole=number(total))
    return Figure(say(f"resilience.{key}"), lost, say("resilience.loss_of", name=name, part=part))


def _loss(row: Mapping[str, Any]) -> Text:
    """Return the first of the losses that can be counted: people, villages, built-up area."""
    if known(row["population_lost"]) is not None:
        return amount(row["population_lost"], "people")
    villages = known(row["villages_lost"])
    if villages is not None:
        return say("resilience.villages_count", n=number(villages))
    return amount(row.get("built_up_lost_km2"), "km2")


def _sure_figures(shared: Shared, figures: Mapping[str, Any]) -> list[Figure]:
    shown = []
    minutes = limit(shared)
    key = f"population_share_{band(float(minutes))}"
    share, *ends = (known(figures.get(name)) for name in (key, f"{key}_p05", f"{key}_p95"))
    if share is not None and None not in ends:
        low, high = (percent(end or 0.0) for end in ends)
        detail = say("resilience.nine_in_ten", low=low, high=high)
        shown.append(Figure(say("resilience.in_time", m=minutes), percent(share), detail))
    unsure, whole = (known(figures.get(name)) for name in ("villages_uncertain", "villages"))
    if unsure is not None and whole is not None:
        detail = say("amounts.part_count", part=number(unsure), whole=number(whole))
        count = amount(unsure, "villages")
        shown.append(Figure(say("resilience.unsure_villages"), count, detail))
    return shown


def _told(shared: Shared) -> list[Text]:
    told: list[Text] = [*told_unlocated(shared.first_figures)]
    only = _only(shared)
    if only and len(shared.scenarios) > 1:
        title: Pair = shared.results.scenario(only[0]).title
        told.append(say("resilience.roads_only", scenario=title))
    of_villages = any(village_rows(shared, name) for name in shared.scenarios)
    if not drawn_scenarios(shared) and not of_villages:
        return [*told, say("resilience.no_draws")]
    first = shared.scenarios[0]
    found = drawn(rows(shared.results.villages, first))
    missing = len(found) - len(village_rows(shared, first))
    return [*told, say("resilience.villages_undrawn", n=missing)] if missing else told

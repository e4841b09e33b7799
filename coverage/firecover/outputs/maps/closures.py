"""What the closure of a road costs: layers, legend and tables."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import shapely
from shapely.geometry.base import BaseGeometry

from firecover.outputs.maps.geometry import pack_lines, pack_point
from firecover.outputs.maps.layers import (
    POINTS_ORDER,
    Shared,
    drawn,
    rows,
)
from firecover.outputs.maps.parts import Entry, Feature, Layer, Legend, Row, Style, Table
from firecover.outputs.maps.text import (
    Pair,
    Text,
    amount,
    join,
    known,
    number,
    own_name,
    say,
    value_name,
)

#: Above the names: a rank that a station's name covers tells nothing.
RANKS_ORDER = 645
#: Names told in one row of a popup.
MOST_NAMES = 8
#: A road from the fewest people lost to the most: colour (ever darker) and width, pixels.
ROAD_LOOKS = (("#a85c91", 4.0), ("#8c3873", 6.0), ("#6a1851", 8.5), ("#40022c", 11.0))
_BADGE_PX = (20, 22, 24, 28)
_CASING_PX = 3
_STEPS = 3
_ROAD_FIELDS = (
    "rank",
    "road_class",
    "ref",
    "length",
    "people_lost",
    "people_cut",
    "villages_lost",
    "villages_cut",
    "stations_on",
)


def told_scenarios(shared: Shared, table: gpd.GeoDataFrame) -> list[tuple[str | None, str]]:
    """Return the scenarios that a table tells of, each with the one that its layers belong to.

    A table that tells of a single one is shown with all of them (None).
    """
    there = [name for name in shared.scenarios if len(table) and (table.scenario == name).any()]
    return [(None if len(there) == 1 else name, name) for name in there]


def loss_steps(losses: Iterable[float]) -> list[int]:
    """Return where the classes of a loss part: round numbers below the largest loss, rising."""
    most = max(losses, default=0.0)
    powers = range(max(math.ceil(math.log10(most)), 1) if most > 1 else 0)
    round_ones = [digit * 10**power for power in powers for digit in (1, 2, 5)]
    # A highest class that nothing falls into would say nothing.
    return [step for step in round_ones if step <= most * 0.7][-_STEPS:]


def road_title(row: Mapping[str, Any]) -> Text:
    """Return a road's name and number; one that has neither is called by its class."""
    name, ref = str(row.get("name") or ""), str(row.get("ref") or "")
    if name and ref and ref not in name:
        return say("resilience.road_named", name=name, ref=ref)
    return name or ref or say("resilience.road_nameless", kind=_road_class(row))


def listed(joined: object, names: Mapping[str, Text]) -> Text | None:
    """Return names that a table has joined, in both languages; None where there is none."""
    given = [name for name in str(joined or "").split("、") if name]
    if not given:
        return None
    shown = join([names.get(name, name) for name in given[:MOST_NAMES]], say("frame.joint"))
    if len(given) <= MOST_NAMES:
        return shown
    return say("resilience.more", names=shown, n=len(given))


# ------------------------------------------------------------------------------- roads


def road_rows(shared: Shared, scenario: str) -> list[dict[str, Any]]:
    """Return the roads of a scenario by rank."""
    table = shared.results.critical_roads
    found = drawn(rows(table, scenario)) if len(table) else []
    return sorted(found, key=lambda row: row["order"])


def steps_of(table: gpd.GeoDataFrame) -> list[int]:
    """Return where the classes of the people lost part in a table."""
    return loss_steps(table.population_lost.dropna()) if len(table) else []


def people_counted(table: gpd.GeoDataFrame) -> bool:
    """Tell whether it is known of anyone in a table how many people are lost."""
    return bool(table.population_lost.notna().any()) if len(table) else True


def _road_styles(steps: Sequence[int]) -> list[Style]:
    return [
        {"color": colour, "weight": width, "opacity": 1}
        for colour, width in ROAD_LOOKS[-len(steps) - 1 :]
    ]


def road_layers(shared: Shared) -> list[Layer]:
    """Return the roads: an edging, the lines, and their ranks; three layers a scenario.

    A road may be a few metres long, so that its rank is all that is seen of it from afar.
    """
    table = shared.results.critical_roads
    steps = steps_of(table)
    looks = _road_styles(steps)
    edging: list[Style] = [
        {"color": "#ffffff", "weight": look["weight"] + _CASING_PX, "opacity": 0.9}
        for look in looks
    ]
    layers = []
    for scenario, told in told_scenarios(shared, table):
        roads, names = road_rows(shared, told), _Names.of(shared, told)
        classes = [bisect_right(steps, row["population_lost"]) for row in roads]
        popups = [_road_feature(row, i, names) for i, row in enumerate(roads)]
        lines = [
            Feature(pack_lines([row["geometry"]], shared.crs), popup.name, style, popup.values)
            for row, popup, style in zip(roads, popups, classes, strict=True)
        ]
        fields = [say(f"resilience.{name}") for name in _ROAD_FIELDS]
        kind = say("resilience.road_kind")
        layers += [
            Layer("roads", "lines", lines[::-1], edging, POINTS_ORDER - 40, scenario=scenario),
            Layer(
                "roads",
                "ways",
                lines[::-1],
                looks,
                POINTS_ORDER - 39,
                scenario=scenario,
                kind=kind,
                fields=fields,
            ),
            Layer(
                "roads",
                "markers",
                popups,
                [_badge(style, len(steps), i) for i, style in enumerate(classes)],
                RANKS_ORDER,
                scenario=scenario,
                kind=kind,
                fields=fields,
            ),
        ]
    return layers


def _middle(line: BaseGeometry) -> BaseGeometry:
    longest = max(shapely.get_parts(line), key=lambda part: part.length)
    middle: BaseGeometry = longest.interpolate(0.5, normalized=True)
    return middle


@dataclass(frozen=True)
class _Names:
    """What names that tables have joined are in both languages, and the CRS beside them."""

    stations: Mapping[str, Text]
    villages: Mapping[str, Text]
    crs: str

    @classmethod
    def of(cls, shared: Shared, scenario: str) -> _Names:
        """Return the names of a scenario's stations and villages."""
        table = shared.results.villages
        found = rows(table, scenario) if len(table) else []
        villages = {str(row["name"]): own_name(row) for row in found}
        return cls(shared.station_names[scenario], villages, shared.crs)


def _badge(style: int, steps: int, place: int) -> Style:
    """Return a rank's sign: by the class of its road, and the worst on top of others."""
    look = style + len(ROAD_LOOKS) - 1 - steps
    return {"symbol": f"fc-closed-{look}", "size": _BADGE_PX[look], "above": 1000 - 20 * place}


def _road_feature(row: dict[str, Any], place: int, names: _Names) -> Feature:
    """Return the rank of a road, at its middle, with what its popup tells."""
    lost = amount(row["villages_lost"], "villages")
    which = listed(row["villages"], names.villages)
    kind = _road_class(row)
    for special in ("bridge", "tunnel"):
        if row[special]:
            kind = say(f"resilience.{special}", kind=kind)
    values: list[Text | None] = [
        say("resilience.rank_of", n=row["order"]),
        kind,
        str(row["ref"]) if row["ref"] else None,
        amount(row["length_m"], "metres"),
        amount(row["population_lost"], "people"),
        amount(row["population_cut"], "people"),
        lost if which is None else say("resilience.villages_named", n=lost, names=which),
        amount(row["villages_cut"], "villages"),
        listed(row.get("stations"), names.stations),
    ]
    return Feature(
        pack_point(_middle(row["geometry"]), names.crs),
        road_title(row),
        place,
        values,
        f"{row['order']}",
    )


def _road_class(row: Mapping[str, Any]) -> Pair:
    return value_name("road_class", row["road_class"])


def road_legend(shared: Shared, note: Pair) -> Legend:
    """Return the legend of the roads by the people lost."""
    steps = steps_of(shared.results.critical_roads)
    counted = people_counted(shared.results.critical_roads)
    labels = _step_labels(steps) if counted else [say("resilience.uncounted")]
    entries = [
        Entry(label, look, "line") for label, look in zip(labels, _road_styles(steps), strict=True)
    ]
    text = join([say("resilience.roads_note"), note], ("", " "))
    return Legend("roads", say("resilience.roads"), entries[::-1], note=text)


def _step_labels(steps: Sequence[int]) -> list[Pair]:
    """Return the words for the classes that the steps part, rising."""
    if not steps:
        return [say("resilience.people_lost")]
    told = [number(step) for step in steps]
    between = [
        say("resilience.between", low=low, high=high) for low, high in itertools.pairwise(told)
    ]
    return [
        say("resilience.least", n=told[0]),
        *between,
        say("resilience.most", n=told[-1]),
    ]


def road_tables(shared: Shared, layers: Sequence[Layer]) -> list[Table]:
    """Return the roads by rank; a row leads to the road's rank on the map."""
    columns: list[Text] = [
        say(f"resilience.{name}")
        for name in ("rank_short", "road", "people_short", "cut_short", "villages_short")
    ]
    tables = []
    for scenario, told in told_scenarios(shared, shared.results.critical_roads):
        roads = road_rows(shared, told)
        place = place_of(layers, "roads", scenario, "markers")
        lines = [
            Row(
                [f"{row['order']}", road_title(row), *counts_of(row, _ROAD_COUNTS)],
                f"{place} {i}",
            )
            for i, row in enumerate(roads)
        ]
        name = say("resilience.roads_table", scenario=shared.results.scenario(told).title)
        tables.append(Table(name, columns, lines, scenario, text_columns=(1,)))
    return tables


_ROAD_COUNTS = (("population_lost", 0), ("population_cut", 0), ("villages_lost", 0))


def counts_of(row: Mapping[str, Any], names: Sequence[tuple[str, int]]) -> list[Text]:
    """Return the numbers of a row, each with its decimals, as the cells of a table."""
    given = [(known(row[name]), decimals) for name, decimals in names]
    return ["–" if value is None else number(value, decimals) for value, decimals in given]


def place_of(layers: Sequence[Layer], key: str, scenario: str | None, draw: str) -> int:
    """Return the number of a layer on its page."""
    return next(
        i
        for i, layer in enumerate(layers)
        if (layer.key, layer.scenario, layer.draw) == (key, scenario, draw)
    )

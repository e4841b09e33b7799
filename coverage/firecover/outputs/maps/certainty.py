"""How sure it is that somebody arrives in time: squares of people, built-up area, villages."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from firecover.outputs.maps.geometry import pack_area, pack_point
from firecover.outputs.maps.layers import (
    AREAS_ORDER,
    LABELS,
    POINTS_ORDER,
    Shared,
    drawn,
    rows,
    township_codes,
)
from firecover.outputs.maps.parts import Count, Entry, Feature, Layer, Legend, Row, Style, Table
from firecover.outputs.maps.text import (
    Pair,
    Text,
    amount,
    known,
    minutes_name,
    number,
    own_name,
    say,
    value_name,
)

#: Where the classes of a probability part, and their colours: ever darker, in grey too.
STEPS = (0.1, 0.5, 0.9)
_CLASSES = ("low", "doubtful", "likely", "high")
_COLOURS = ("#d8d2c6", "#f0b429", "#2f8f93", "#14365c")
_LOW_OPACITY, _OPACITY = 0.5, 0.82
#: The side of a square is the multiple of the people's grid that is nearest to it, metres.
SQUARE_M = 500.0
_LEAST_CELL_M = 1.0
_VILLAGE_FIELDS = ("village_p", "certainty", "first", "interval")


def chance_class(p: float) -> int:
    """Return the class of a probability: 10 % and 50 % open theirs, 90 % still is below 'sure'."""
    return int(p >= STEPS[0]) + int(p >= STEPS[1]) + int(p > STEPS[2])


def chance(p: float) -> str:
    """Return a probability in whole per cent; 0 and 100 % stand for no draw and all of them."""
    if 0 < p < 0.005:  # noqa: PLR2004 - half of the last digit shown
        return "<1 %"
    if 0.995 <= p < 1:  # noqa: PLR2004
        return ">99 %"
    return f"{p * 100:.0f} %"


@dataclass(frozen=True)
class Squares:
    """People by square.

    Attributes
    ----------
    side_m
        The side of a square.
    corners
        Shape (n, 2), the lower left corners, study CRS.
    people
        Shape (n,), persons, above zero.
    chance
        Shape (n,), the mean probability of their arrival in time, weighted by people.
    """

    side_m: float
    corners: NDArray[np.float64]
    people: NDArray[np.float64]
    chance: NDArray[np.float64]

    def boxes(self, chosen: NDArray[np.bool_]) -> NDArray[np.object_]:
        """Return the squares chosen as polygons."""
        low = self.corners[chosen]
        return np.asarray(shapely.box(*low.T, *(low + self.side_m).T), dtype=np.object_)


def squares(people: gpd.GeoDataFrame, column: str) -> Squares:
    """Sum people into squares, with the mean of a probability.

    Parameters
    ----------
    people
        Points with ``population`` and a probability, in a projected CRS; those without one,
        or without people, are left out.
    column
        The probability's.
    """
    weight = people["population"].to_numpy(dtype=np.float64)
    p = people[column].to_numpy(dtype=np.float64)
    kept = (weight > 0) & ~np.isnan(p)
    xy = shapely.get_coordinates(people.geometry.to_numpy())
    side_m, origin = _grid(xy)
    places = np.floor((xy[kept] - origin) / side_m).astype(np.int64)
    there, number_of = np.unique(places, axis=0, return_inverse=True)
    number_of = number_of.ravel()
    total = np.bincount(number_of, weight[kept], len(there)).astype(np.float64)
    hoped = np.bincount(number_of, weight[kept] * p[kept], len(there))
    return Squares(side_m, origin + there * side_m, total, hoped / total)


def _grid(xy: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Return the side of the squares and where they start, so that no cell lies in two.

    Points that lie on no grid get squares of :data:`SQUARE_M`.
    """
    steps = [_step(xy[:, axis]) for axis in (0, 1)]
    cell_m = max(steps)
    if cell_m < _LEAST_CELL_M or (min(steps) and not math.isclose(*steps, rel_tol=1e-5)):
        return SQUARE_M, np.floor(xy.min(axis=0, initial=np.inf) / SQUARE_M) * SQUARE_M
    return cell_m * max(1, round(SQUARE_M / cell_m)), xy.min(axis=0) - cell_m / 2


def _step(values: NDArray[np.float64]) -> float:
    """Return the spacing of values that lie evenly (with gaps), 0 where they do not."""
    steps = np.diff(np.unique(np.round(values, 2)))
    if not len(steps):
        return 0.0
    times = steps / steps.min()
    return float(steps.min()) if np.allclose(times, np.round(times), atol=0.02) else 0.0


# -------------------------------------------------------------------------------- people


def drawn_scenarios(shared: Shared) -> list[str]:
    """Return the scenarios for which speeds were drawn."""
    demand = shared.results.demand
    return [
        name
        for name in shared.scenarios
        if f"p_standard_{name}" in demand and demand[f"p_standard_{name}"].notna().any()
    ]


def _of(shared: Shared, kind: str) -> gpd.GeoDataFrame:
    return shared.results.demand[shared.results.demand["kind"] == kind]


def _styles(edge: str = "#ffffff", weight: float = 0.4, opacity: float = 0.0) -> list[Style]:
    return [
        {
            "fillColor": colour,
            "fillOpacity": opacity or (_OPACITY if i else _LOW_OPACITY),
            "color": edge,
            "weight": weight,
            "opacity": 0.8,
        }
        for i, colour in enumerate(_COLOURS)
    ]


def _built_up_styles() -> list[Style]:
    # Opaque: what its squares tell must not shine through.
    return _styles("#4a4038", 1, 1.0)


def limit(shared: Shared) -> str:
    """Return the standard's response time, minutes."""
    return minutes_name(shared.results.standard_min)


def people_layers(shared: Shared) -> list[Layer]:
    """Return the squares: those where hardly anybody is reached as one area, the others each."""
    people = _of(shared, "population")
    layers = []
    for scenario in drawn_scenarios(shared) if len(people) else ():
        found = squares(people, f"p_standard_{scenario}")
        classes = np.array([chance_class(p) for p in found.chance])
        low = shapely.union_all(found.boxes(classes == 0))
        features = [
            Feature(
                pack_area(shape, shared.crs),
                say("resilience.chance_at", p=chance(p)),
                int(style),
                [chance(p), amount(count, "people")],
            )
            for shape, p, count, style in zip(
                found.boxes(classes > 0),
                found.chance[classes > 0],
                found.people[classes > 0],
                classes[classes > 0],
                strict=True,
            )
        ]
        looks: list[Style] = [{**_styles()[0], "stroke": False}, *_styles()[1:]]
        whole = [Feature(pack_area(low, shared.crs), "")]
        fields = [say("resilience.chance_mean", m=limit(shared)), say("resilience.people_here")]
        layers += [
            Layer("chance", "areas", whole, looks, AREAS_ORDER - 40, scenario=scenario),
            Layer(
                "chance",
                "areas",
                features,
                looks,
                AREAS_ORDER - 38,
                scenario=scenario,
                kind=say("resilience.chance_kind", side=number(found.side_m)),
                fields=fields,
            ),
        ]
    return layers


def built_up_layers(shared: Shared) -> list[Layer]:
    """Return the built-up area by class of the probability, of its cells as they are."""
    cells = _of(shared, "built_up")
    cell_m = shared.results.study.assessment.built_up_cell_m
    layers = []
    for scenario in drawn_scenarios(shared) if len(cells) else ():
        told = cells[cells[f"p_standard_{scenario}"].notna()]
        # A cell at the edge is cut off, but its middle still lies in the whole one.
        low = np.floor(shapely.get_coordinates(told.geometry.to_numpy()) / cell_m) * cell_m
        classes = np.array([chance_class(p) for p in told[f"p_standard_{scenario}"]])
        areas = [row["geometry"] for row in drawn(rows(shared.results.built_up, scenario))]
        inside = shapely.union_all(shapely.make_valid(areas)) if areas else None
        features = []
        for style in sorted(set(classes.tolist())):
            mine = low[classes == style]
            shape = shapely.union_all(shapely.box(*mine.T, *(mine + cell_m).T))
            shape = shape if inside is None else shapely.intersection(shape, inside)
            features.append(Feature(pack_area(shape, shared.crs, cell_m / 10), "", style))
        looks = _built_up_styles()
        layers.append(
            Layer("chance_built_up", "areas", features, looks, AREAS_ORDER - 30, scenario=scenario)
        )
    return layers


def _class_label(name: str) -> Pair:
    return say(f"resilience.class_{name}")


def people_legends(shared: Shared, layers: Sequence[Layer], *, shown: bool) -> list[Legend]:
    """Return the legends of the squares and of the built-up area, if there are such layers."""
    keys = {layer.key for layer in layers}
    minutes, legends = limit(shared), []
    if "chance" in keys:
        side_m, _ = _grid(shapely.get_coordinates(_of(shared, "population").geometry.to_numpy()))
        draws = number(shared.results.study.uncertainty.draws)
        entries = [
            Entry(_class_label(name), look) for name, look in zip(_CLASSES, _styles(), strict=True)
        ]
        note = say("resilience.chance_note", side=number(side_m), draws=draws)
        name = say("resilience.chance", m=minutes)
        legends.append(Legend("chance", name, entries[::-1], shown=shown, note=note))
    if "chance_built_up" in keys:
        name = say("resilience.chance_built_up", m=minutes)
        legends.append(
            Legend(
                "chance_built_up",
                name,
                [Entry(name, _built_up_styles()[2])],
                shown=False,
                note=say("resilience.built_up_note"),
            )
        )
    return legends


# ------------------------------------------------------------------------------ villages


def village_minutes(shared: Shared) -> str:
    """Return the time within which a village is to be reached, minutes."""
    return minutes_name(shared.results.study.assessment.village_minutes)


def _village_styles() -> list[Style]:
    edge = {"color": "#1f2a33", "weight": 1.4, "opacity": 1, "fillOpacity": 1, "radius": 6}
    return [{**edge, "fillColor": colour} for colour in ("#ffffff", *_COLOURS[1:])]


def village_rows(shared: Shared, scenario: str) -> list[dict[str, Any]]:
    """Return the villages of a scenario that have a probability."""
    found = drawn(rows(shared.results.villages, scenario))
    return [row for row in found if known(row.get("p_reached")) is not None]


def village_layers(shared: Shared) -> list[Layer]:
    """Return the villages by the probability that they are reached in time."""
    minutes, townships = village_minutes(shared), township_codes(shared)
    fields = [say("villages.township")]
    fields += [say(f"resilience.{name}", v=minutes) for name in _VILLAGE_FIELDS]
    return [
        Layer(
            "chance_villages",
            "points",
            [_village(row, shared, townships) for row in village_rows(shared, scenario)],
            _village_styles(),
            POINTS_ORDER,
            scenario=scenario,
            kind=say("resilience.village_kind"),
            fields=fields,
            search=True,
            label=LABELS["village"],
        )
        for scenario in shared.scenarios
        if village_rows(shared, scenario)
    ]


def _interval(row: dict[str, Any]) -> list[str] | None:
    ends = [known(row[f"first_{end}_s"]) for end in ("p05", "p95")]
    told = [number(end / 60, 1) for end in ends if end is not None]
    return told if len(told) == len(ends) else None


def _village(row: dict[str, Any], shared: Shared, townships: dict[str, Text]) -> Feature:
    ends = _interval(row)
    values: list[Text | None] = [
        townships.get(str(row["township"]), str(row["township_name"] or "")) or None,
        chance(row["p_reached"]),
        value_name("certainty", row["certainty"]) if row["certainty"] else None,
        amount(row["first_s"], "minutes")
        if known(row["first_s"]) is not None
        else say("amounts.nobody"),
        say("resilience.from_to", low=ends[0], high=ends[1]) if ends else None,
    ]
    style = chance_class(row["p_reached"])
    return Feature(pack_point(row["geometry"], shared.crs), own_name(row), style, values)


def village_legend(shared: Shared, layers: Sequence[Layer], *, shown: bool) -> Legend:
    """Return the legend of the villages, with their number by class."""
    tallies = [
        (layer.scenario, Counter(feature.style for feature in layer.features))
        for layer in layers
        if layer.key == "chance_villages"
    ]
    entries = [
        Entry(
            _class_label(name),
            look,
            "point",
            counts=[Count(str(tally[i]), scenario) for scenario, tally in tallies],
        )
        for i, (name, look) in enumerate(zip(_CLASSES, _village_styles(), strict=True))
    ]
    name = say("resilience.villages", v=village_minutes(shared))
    return Legend("chance_villages", name, entries[::-1], shown=shown)


def village_tables(shared: Shared, layers: Sequence[Layer]) -> list[Table]:
    """Return the villages of which it is not sure whether they are reached in time."""
    columns: list[Text] = [
        say(f"resilience.{name}") for name in ("village", "chance_short", "interval_short")
    ]
    tables = []
    for place, layer in enumerate(layers):
        if layer.key != "chance_villages" or layer.scenario is None:
            continue
        doubtful = [
            (row["p_reached"], str(row["id"]), i, row)
            for i, row in enumerate(village_rows(shared, layer.scenario))
            if row["certainty"] == "uncertain"
        ]
        lines = [
            Row([own_name(row), chance(p), "–".join(_interval(row) or [])], f"{place} {i}")
            for p, _, i, row in sorted(doubtful)
        ]
        if not lines:
            continue
        name = say(
            "resilience.villages_table", scenario=shared.results.scenario(layer.scenario).title
        )
        tables.append(Table(name, columns, lines, layer.scenario, text_columns=(0,)))
    return tables

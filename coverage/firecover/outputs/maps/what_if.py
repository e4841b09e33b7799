"""The what-if page: stations ticked on and off, the standard and speeds moved, told at once.

The page carries the arrivals of every station and candidate, and works out the figures by the
same definitions as a run (``assessment/``): its script is a second telling of these, which
tests hold against results.json.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from firecover.assessment.county import ROUNDING_KM2
from firecover.assessment.jurisdictions import area_cap_km2
from firecover.outputs import styles
from firecover.outputs.i18n import unit_digits, unit_key
from firecover.outputs.maps.geometry import pack_point
from firecover.outputs.maps.layers import (
    LABELS,
    MARKERS_ORDER,
    POINTS_ORDER,
    Shared,
    drawn,
    names_legend,
    rows,
    township_names,
    township_search,
)
from firecover.outputs.maps.parts import Feature, Layer, MapPage, Own, Style
from firecover.outputs.maps.stations import told_unlocated
from firecover.outputs.maps.text import (
    Pair,
    Text,
    known,
    minutes_name,
    own_name,
    say,
    section,
    value_name,
)
from firecover.outputs.maps.what_if_figures import figure_keys, figure_rows, said_keys
from firecover.outputs.maps.what_if_pack import LIMIT, fitting, pack_common, spacing_m
from firecover.results import Results, WhatIf, WhatIfState, band

FILE = "what_if.html"
_SCRIPTS = tuple(
    f"what_if_{name}.js"
    for name in ("1_data", "2_figures", "3_map", "4_page", "5_tables", "6_keep")
)
#: Lightness falls from "not reached" to "newly reached", so that grey print keeps them apart.
CHANGE_COLOURS = {"gained": "#4b1560", "kept": "#3d86b8", "lost": "#f0a030", "never": "#dfdbd4"}


def what_if_page(shared: Shared, limit: int = LIMIT) -> MapPage | None:
    """Return the what-if page; None where there is nothing to arrive at, or too much."""
    given = shared.results.what_if
    if given is None or not anything_asked(shared, given):
        return None
    common = pack_common(given, _degrees(given, shared.crs))
    states, left_out = fitting(given, common, limit)
    if not states:
        return None
    layers = [
        township_search(shared),
        township_names(shared),
        _village_layer(shared),
        _station_layer(shared, given),
    ]
    data = {
        "packed": common.as_data(),
        "states": [
            {**_state(shared.results, given.states[i]), "packed": packed.as_data()}
            for i, packed in states
        ],
        **_choices(shared, given, [i for i, _ in states]),
        **_drawing(shared, given),
        "words": section("what_if"),
        "amounts": section("amounts"),
    }
    told: list[Text] = told_unlocated(shared.first_figures)
    if left_out:
        names = "、".join(minutes_name(factor) for factor in left_out)
        told.append(say("what_if.left_out", names=names))
    return MapPage(
        file=FILE,
        title=say("what_if.title"),
        lead=say("what_if.lead"),
        layers=layers,
        legends=[names_legend()],
        told=told,
        by_scenario=False,
        own=Own(
            body="what_if.html",
            scripts=_SCRIPTS,
            sheets=("what_if.css",),
            classes="fc-map fc-what-if",
            data={"what_if": data},
            parts=_parts(shared, given),
        ),
    )


def anything_asked(shared: Shared, given: WhatIf) -> bool:
    """Tell whether there is anything that a choice of stations could reach."""
    places = len(given.population) + len(given.cell_km2) + len(_villages(shared))
    return places > 0 or _seats_known(shared)


def _seats_known(shared: Shared) -> bool:
    return bool(known(shared.first_figures.get("seats_known")))


def _degrees(given: WhatIf, crs: str) -> dict[str, NDArray[np.float64]]:
    to_degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    return {
        name: np.column_stack(to_degrees.transform(xy[:, 0], xy[:, 1])).reshape(-1, 2)
        for name, xy in (("population", given.population_xy), ("built_up", given.cells_xy))
    }


# ------------------------------------------------------------------------------ choices


def _choices(shared: Shared, given: WhatIf, kept: Sequence[int]) -> dict[str, Any]:
    """Return what can be chosen, and what a run chose."""
    results = shared.results
    assessment = results.study.assessment
    return {
        "stations": [_station(results, row) for row in _stations(given)],
        "scenarios": [
            {
                "id": summary.id,
                "name": summary.title,
                "open": list(summary.open),
                "close": list(summary.close),
                "state": kept.index(given.scenario_state[summary.id]),
            }
            for summary in results.scenarios
        ],
        "limits_s": given.limits_s.tolist(),
        "standard_s": results.rules["response_s"].value,
        "villages_min": assessment.village_minutes,
        "minutes": [[band(m), m * 60] for m in results.minutes],
        "suburb_cap_km2": results.rules["area_suburb_km2"].value,
        "rounding_km2": ROUNDING_KM2,
        "digits": {key: unit_digits(unit_key(key)) for key in figure_keys(results.minutes)},
        "said": said_keys(results.study, seats=_seats_known(shared)),
    }


def _station(results: Results, row: Mapping[str, Any]) -> dict[str, Any]:
    cap_km2 = area_cap_km2(str(row["station_class"]), 0.0, results.rules)
    return {
        "id": str(row["id"]),
        "name": own_name(row),
        "tier": str(row["tier"]),
        "candidate": bool(row["candidate"]),
        "there": bool(row["on_roads"]),
        "holds": bool(row["holds"]),
        "cap_km2": known(cap_km2),
    }


def _stations(given: WhatIf) -> list[dict[str, Any]]:
    return [
        {str(name): value for name, value in row.items()}
        for row in given.stations.to_dict("records")
    ]


def _state(results: Results, state: WhatIfState) -> dict[str, Any]:
    """Return a state, and how a study file asks for it."""
    asked = {"speed_factor": state.speed_factor} if state.speed_factor != 1 else {}
    name: Text = ""
    if state.scenario:
        table = results.study.scenarios[state.scenario]
        left = ("title", "open", "close")
        asked = table.model_dump(exclude_defaults=True, exclude=set(left))
        summary = results.scenario(state.scenario)
        name = summary.title
    lines = [f"{key} = {_toml(value)}" for key, value in asked.items()]
    return {"speed": state.speed_factor, "scenario": state.scenario, "name": name, "toml": lines}


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        inside = ", ".join(f"{json.dumps(str(k))} = {_toml(v)}" for k, v in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(each) for each in value)}]"
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(str(value), ensure_ascii=False)


# ------------------------------------------------------------------------------ drawing


def _drawing(shared: Shared, given: WhatIf) -> dict[str, Any]:
    """Return what the tables and the map are drawn with."""
    results = shared.results
    towns = rows(shared.townships)
    known_area = [i in _placed(towns) for i in range(len(towns))]
    return {
        "rows": figure_rows(results.minutes),
        "townships": [
            {"name": own_name(row), "area": area}
            for row, area in zip(towns, known_area, strict=True)
        ],
        "villages": [own_name(row) for row in _villages(shared)],
        # Of what is drawn, its row in the tables: what has no place is told all the same.
        "drawn": {
            "township_names": np.flatnonzero(known_area).tolist(),
            "villages": _placed(_villages(shared)),
            "stations": _placed(_stations(given)),
        },
        "cell_m": {"population": spacing_m(given.population_xy), "built_up": given.cell_m},
        "bands": [[colour, m * 60] for colour, m in _bands(results)],
        "change": CHANGE_COLOURS,
        "beyond": styles.BEYOND_COLOUR,
    }


def _bands(results: Results) -> list[tuple[str, float]]:
    return list(zip(styles.band_colours(results.minutes), results.minutes, strict=True))


def _villages(shared: Shared) -> list[dict[str, Any]]:
    return rows(shared.results.villages, shared.scenarios[0])


def _placed(table: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return which rows have a place on the map."""
    shapes = [row["geometry"] for row in table]
    return [i for i, shape in enumerate(shapes) if shape is not None and not shape.is_empty]


def _village_layer(shared: Shared) -> Layer:
    """Return the villages; how each is drawn, and what it says, follows the choices."""
    edge: Style = {"color": "#1f2a33", "weight": 1, "radius": 4.5, "fillOpacity": 1}
    looks = [{**edge, "fillColor": CHANGE_COLOURS[name]} for name in ("gained", "kept", "lost")]
    never: Style = {**edge, "fillColor": "#ffffff", "color": styles.GAP_COLOUR, "weight": 2}
    return Layer(
        "villages",
        "points",
        [
            Feature(pack_point(row["geometry"], shared.crs), own_name(row), 1)
            for row in drawn(_villages(shared))
        ],
        [*looks, never],
        POINTS_ORDER,
        kind=say("villages.kind"),
        fields=[say("villages.township"), say("villages.first"), say("villages.second")],
        search=True,
        label=LABELS["village"],
        grow=True,
    )


_TIERS = ("fire", "township", "micro")


def _station_layer(shared: Shared, given: WhatIf) -> Layer:
    """Return stations and candidates, whose signs follow the choices."""
    sizes = {"fire": 24, "township": 16, "micro": 13}
    looks: list[Style] = [
        {"symbol": f"fc-{tier}", "size": sizes[tier], "above": 400 + i}
        for i, tier in enumerate(_TIERS)
    ]
    features = [
        Feature(
            pack_point(row["geometry"], shared.crs),
            own_name(row),
            3 if row["candidate"] else max(0, _TIERS.index(str(row["tier"]))),
            [
                None,
                value_name("tier", row["tier"]),
                value_name("station_class", row["station_class"]),
            ],
        )
        for row in drawn(_stations(given))
    ]
    return Layer(
        "stations",
        "markers",
        features,
        [*looks, {"symbol": "fc-wi-site", "size": 20, "above": 600}],
        MARKERS_ORDER,
        kind=say("what_if.kind"),
        fields=[say("what_if.state"), say("stations.tier"), say("stations.class")],
        search=True,
        label=LABELS["station"],
    )


# ------------------------------------------------------------------------------ template


def _parts(shared: Shared, given: WhatIf) -> dict[str, Any]:
    """Return what the template needs besides the page."""
    results = shared.results
    listed = [
        {
            "row": i,
            "name": own_name(row),
            "about": value_name("station_class", row["station_class"]),
            "candidate": bool(row["candidate"]),
            "there": bool(row["on_roads"]),
        }
        for i, row in enumerate(_stations(given))
    ]
    return {
        "words": section("what_if"),
        "groups": [
            (say("what_if.candidates"), [each for each in listed if each["candidate"]]),
            (say("what_if.stations"), [each for each in listed if not each["candidate"]]),
        ],
        "scenarios": [{"id": s.id, "name": s.title} for s in results.scenarios],
        "village_range": _village_range(results),
        "signs": _signs(given),
        "change": CHANGE_COLOURS,
        "bands": [
            (colour, say("amounts.within", n=minutes_name(m))) for colour, m in _bands(results)
        ],
        "beyond": (
            styles.BEYOND_COLOUR,
            say("amounts.beyond", n=minutes_name(results.minutes[-1])),
        ),
        "gap": styles.GAP_COLOUR,
        "has": {
            "population": len(given.population) > 0,
            "built_up": len(given.cell_km2) > 0,
            "villages": len(_villages(shared)) > 0,
        },
    }


def _village_range(results: Results) -> tuple[float, float, float]:
    """Return the ends and the step of the villages' slider, minutes; the study's own is on it."""
    asked, step = results.study.assessment.village_minutes, 1.0
    low = asked % step or step
    return low, max(60.0 + low - step, asked + 30 * step), step


def _signs(given: WhatIf) -> list[tuple[Pair, str]]:
    tiers = [tier for tier in _TIERS if (given.stations["tier"] == tier).any()]
    return [
        *((say(f"stations.{tier}"), f"fc-{tier}") for tier in tiers),
        (say("what_if.closed"), "fc-wi-shut"),
        (say("what_if.opened"), "fc-new"),
        (say("what_if.candidates_sign"), "fc-wi-site"),
    ]

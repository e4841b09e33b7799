"""Arrivals of every station and candidate, so that any choice of them can be told at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from firecover.analysis.ground import Ground
from firecover.analysis.states import Driven, State, drive
from firecover.assessment.service import arrival_order
from firecover.network.road_state import RoadState
from firecover.results import WhatIf, WhatIfState

#: Speed factors that are worked out besides those of the study's scenarios. Turns, turnouts and
#: legs on foot do not scale with speeds, and routes change: between them nothing is told.
SPEED_FACTORS = (0.6, 0.8, 1.0, 1.2)
#: How far apart the limits are, seconds: the first step that keeps them few enough.
_STEPS_S = (30, 60, 300, 600)
_MOST_LIMITS = 200
#: The class of those who come later than every limit, or never.
LATER = 255

_COLUMNS = ["id", "name", "name_en", "tier", "station_class", "candidate", "geometry"]


def what_if(
    ground: Ground,
    states: Mapping[str, State],
    driven: Mapping[State, Driven],
    factors: Sequence[float] = SPEED_FACTORS,
) -> WhatIf:
    """Collect the arrivals of all stations and candidates, whoever a scenario lets respond.

    Parameters
    ----------
    ground
        The ground.
    states
        By scenario, its state.
    driven
        The states that have been driven already; others are driven here.
    factors
        Speed factors to be told.
    """
    speeds = {State(RoadState(speed_factor=factor), 1.0) for factor in factors}
    speeds |= {state for state in states.values() if _mere_speed(state)}
    rising = sorted(speeds, key=lambda state: state.roads.speed_factor)
    own = [state for state in dict.fromkeys(states.values()) if state not in speeds]
    order = [*rising, *own]
    limits_s = told_limits_s(ground)
    table, positions = ground.who.table, ground.who.positions
    stations = table[_COLUMNS].assign(
        on_roads=positions.on_network,
        holds=ground.who.in_tiers(ground.study.assessment.jurisdiction_tiers),
    )
    told = []
    for state in order:
        name = next((name for name, its in states.items() if its == state), "")
        each = driven.get(state) or drive(ground, state)
        told.append(_told(each, stations["holds"], limits_s, name if state in own else ""))
    return WhatIf(
        stations=stations,
        limits_s=limits_s,
        states=tuple(told),
        scenario_state={name: order.index(state) for name, state in states.items()},
        population_xy=ground.places["population"].xy,
        population=ground.persons,
        cells_xy=ground.cells.xy,
        cell_km2=ground.cells.area_km2,
        cell_zone=ground.zone,
        cell_m=ground.study.assessment.built_up_cell_m,
        township={name: ground.township[name] for name in ("population", "built_up", "villages")},
    )


def _mere_speed(state: State) -> bool:
    return state == State(RoadState(speed_factor=state.roads.speed_factor), 1.0)


def told_limits_s(ground: Ground) -> NDArray[np.float64]:
    """Return the times that arrivals are told against: the bands, the standard, and steps."""
    asked_s = [minutes * 60 for _, minutes in ground.minutes]
    asked_s.append(ground.rules["response_s"].value)
    longest_s = max(asked_s)
    few = [step for step in _STEPS_S if longest_s / step + len(asked_s) <= _MOST_LIMITS]
    step_s = few[0] if few else longest_s
    return np.unique([*np.arange(step_s, longest_s, step_s), *asked_s])


def classes(arrival_s: NDArray[np.float64], limits_s: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return how many of the limits each arrival exceeds, :data:`LATER` if all.

    ``arrival_s <= limits_s[i]`` is then the same as ``classes <= i``, exactly.
    """
    exceeded = np.searchsorted(limits_s, arrival_s, side="left")
    return np.where(exceeded < len(limits_s), exceeded, LATER).astype(np.uint8)


def _told(
    driven: Driven, holds: pd.Series[bool], limits_s: NDArray[np.float64], scenario: str
) -> WhatIfState:
    who = driven.who
    arrival_s = {name: who.start_s[:, None] + times for name, times in driven.times_s.items()}
    may_hold = np.asarray(holds & who.positions.on_network, dtype=np.bool_)
    order, _ = arrival_order(driven.times_s["built_up"], who.start_s, may_hold, int(may_hold.sum()))
    return WhatIfState(
        speed_factor=driven.state.roads.speed_factor,
        scenario=scenario,
        population=classes(arrival_s["population"], limits_s),
        built_up=classes(arrival_s["built_up"], limits_s),
        holders=order.astype(np.int16),
        villages_s=arrival_s["villages"],
        seats_s=arrival_s["townships"],
    )

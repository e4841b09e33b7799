"""States of the roads and of the service: the fleet as scenarios have it, and its times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from firecover.analysis.ground import TARGETS, Ground
from firecover.assessment.service import Facilities, times_to
from firecover.network.fleet import Fleet
from firecover.network.road_state import RoadState, road_state, turnout_factor


@dataclass(frozen=True)
class State:
    """What scenarios may have in common: equal states are driven once."""

    roads: RoadState
    turnout_factor: float


@dataclass(frozen=True)
class Driven:
    """The fleet and the stations in a state, and the times.

    ``times_s`` has, by layer, the time from every facility's door to every place, shape
    (k, d).
    """

    state: State
    fleet: Fleet
    who: Facilities
    times_s: Mapping[str, NDArray[np.float64]]


def state_of(ground: Ground, name: str) -> State:
    """Return the state that a scenario asks for.

    Raises
    ------
    StudyError
        If it closes roads or slows down classes that are not there.
    """
    scenario = ground.study.scenarios[name]
    roads = road_state(ground.fleet.network, name, scenario, ground.study.file.name)
    return State(roads, turnout_factor(scenario))


def drive(ground: Ground, state: State) -> Driven:
    """Compute the times of the fleet in a state."""
    fleet = ground.fleet.under(state.roads)
    who = turning_out(ground.who, state.turnout_factor)
    times: dict[str, NDArray[np.float64]] = {
        name: times_to(fleet, who, ground.places[name]) for name in TARGETS
    }
    return Driven(state, fleet, who, times)


def turning_out(who: Facilities, factor: float) -> Facilities:
    """Return the stations with their turnouts multiplied."""
    if factor == 1:
        return who
    turnout_s = who.table["turnout_s"].to_numpy(dtype=np.float64)
    table = who.table.assign(turnout_s=turnout_s * factor)
    return replace(who, table=table, start_s=who.start_s + turnout_s * (factor - 1))

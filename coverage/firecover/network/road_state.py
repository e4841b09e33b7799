"""The state of the roads in a scenario: which are closed, and how fast the others are driven."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firecover.errors import Problem, StudyError
from firecover.network.road_network import RoadNetwork
from firecover.standards import Condition, conditions, road_classes
from firecover.study import ScenarioTable

#: How many near matches a problem names.
NEAR = 3


@dataclass(frozen=True)
class RoadState:
    """A state of the roads; equal states are equal objects, so they can serve as keys.

    Attributes
    ----------
    closed
        The edges that are closed from end to end, rising.
    speed_factor
        What multiplies every speed.
    class_factors
        Pairs of a road class and what multiplies its speeds besides, in alphabetical order;
        classes whose factor is 1 are left out.
    """

    closed: tuple[int, ...] = ()
    speed_factor: float = 1.0
    class_factors: tuple[tuple[str, float], ...] = ()

    @property
    def usual(self) -> bool:
        """Whether roads are driven as ever."""
        return self == RoadState()

    def factors(self, network: RoadNetwork) -> NDArray[np.float64]:
        """Return what multiplies the speeds of each edge, shape (m,)."""
        factor = np.full(network.edge_count, self.speed_factor)
        road_class = network.attributes["road_class"]
        for name, class_factor in self.class_factors:
            factor[np.asarray(road_class == name)] *= class_factor
        return factor


def road_state(
    network: RoadNetwork, name: str, scenario: ScenarioTable, study_file: str
) -> RoadState:
    """Return the state of the roads that a scenario asks for, its condition's factors included.

    Parameters
    ----------
    network
        The roads.
    name
        The scenario's id, for messages.
    scenario
        The scenario.
    study_file
        The file that it stands in, for messages.

    Raises
    ------
    StudyError
        If a road to be closed is none of the network's, or there is no such road class; all
        such problems at once.
    """
    table = f"scenarios.{name}"
    roads = _roads_by_word(network) if scenario.close_roads else {}
    problems = [
        Problem(
            f"no road that is driven on has the id, number or name {word!r}",
            study_file,
            key=f"{table}.close_roads",
            remedy=_near(word, list(roads)),
        )
        for word in scenario.close_roads
        if word not in roads
    ]
    problems += [
        Problem(
            f"there is no road class {word!r}",
            study_file,
            key=f"{table}.speed_factors.{word}",
            remedy=f"the classes are: {', '.join(road_classes())}",
        )
        for word in scenario.speed_factors
        if word not in road_classes()
    ]
    if problems:
        raise StudyError(problems)
    condition = _condition(scenario)
    by_class = {
        word: scenario.speed_factors.get(word, 1.0) * condition.speed_factors.get(word, 1.0)
        for word in sorted({*scenario.speed_factors, *condition.speed_factors})
    }
    return RoadState(
        closed=tuple(sorted({edge for word in scenario.close_roads for edge in roads[word]})),
        speed_factor=scenario.speed_factor * condition.speed_factor,
        class_factors=tuple((word, factor) for word, factor in by_class.items() if factor != 1),
    )


def turnout_factor(scenario: ScenarioTable) -> float:
    """Return what multiplies turnouts in a scenario, its condition's factor included."""
    return scenario.turnout_factor * _condition(scenario).turnout_factor


def _condition(scenario: ScenarioTable) -> Condition:
    if scenario.condition is None:
        return Condition(id="", zh="", en="", evidence="", source="")
    return conditions()[scenario.condition]


def _roads_by_word(network: RoadNetwork) -> dict[str, list[int]]:
    """Return the edges that go by each id, number and name."""
    found: dict[str, list[int]] = {}
    columns = network.attributes[["source_id", "ref", "name"]].astype(str)
    for edge, (source_id, ref, name) in enumerate(columns.itertuples(index=False)):
        for word in set(_words(source_id, ref, name)):
            found.setdefault(word, []).append(edge)
    return found


def _words(source_id: str, ref: str, name: str) -> Iterator[str]:
    """Go through what a road is called; one with several numbers goes by each of them."""
    for word in (source_id, name, ref, *ref.split(";")):
        if word.strip():
            yield word.strip()


def _near(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=NEAR)
    if not near:
        return "name a road as the roads layer does: by its id, its number or its name"
    return f"did you mean {' or '.join(repr(each) for each in near)}?"

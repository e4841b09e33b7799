"""From layers to results: the order of the computations, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from firecover.analysis.assemble import assemble
from firecover.analysis.ground import divide, drive, lay_ground
from firecover.analysis.scenario import rank_candidates, reach, run_scenario
from firecover.layers.model import Layers
from firecover.results import Results
from firecover.study import Study

__all__ = ["compute"]


def compute(
    study: Study, layers: Layers, on_step: Callable[[str], None] = lambda _: None
) -> Results:
    """Compute everything that the outputs show.

    Parameters
    ----------
    study
        What is asked.
    layers
        Its inputs.
    on_step
        Called with the name of each step as it begins.

    Raises
    ------
    InputError
        If rules, speeds or scenarios name what is not there.
    NetworkError
        If the roads cannot be routed on.
    """
    ground = lay_ground(study, layers, on_step)
    on_step("travel times")
    driven = {f: drive(ground, f) for f in {s.speed_factor for s in study.scenarios.values()}}
    of = {name: driven[scenario.speed_factor] for name, scenario in study.scenarios.items()}
    reached = {name: reach(ground, of[name], name) for name in study.scenarios}
    on_step("ground beside the roads")
    divided = divide(ground, [each.pieces for each in reached.values()])
    scenarios = []
    for name in study.scenarios:
        on_step(f"scenario {name}")
        scenarios.append(run_scenario(ground, of[name], reached[name], divided, name))
    on_step("ranking")
    ranking = rank_candidates(ground, of["baseline"], reached["baseline"])
    return assemble(ground, scenarios, ranking)

"""From layers to results: the order of the computations, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from firecover.analysis.assemble import assemble
from firecover.analysis.ground import lay_ground
from firecover.analysis.scenario import rank_candidates, run_scenario
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
    scenarios = []
    for name in study.scenarios:
        on_step(f"scenario {name}")
        scenarios.append(run_scenario(ground, name))
    on_step("ranking")
    baseline = next(s for s in scenarios if s.summary.id == "baseline")
    return assemble(ground, scenarios, rank_candidates(ground, baseline))

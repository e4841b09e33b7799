"""From layers to results: the order of the computations, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from firecover.analysis.assemble import assemble
from firecover.analysis.chances import lay_draws
from firecover.analysis.ground import divide, lay_ground
from firecover.analysis.scenario import reach, run_scenario
from firecover.analysis.siting import site
from firecover.analysis.states import drive, state_of
from firecover.analysis.what_if import what_if
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
    states = {name: state_of(ground, name) for name in study.scenarios}
    driven = {state: drive(ground, state) for state in dict.fromkeys(states.values())}
    of = {name: driven[state] for name, state in states.items()}
    reached = {name: reach(ground, of[name], name) for name in study.scenarios}
    on_step("ground beside the roads")
    divided = divide(ground, [each.pieces for each in reached.values()])
    draws = lay_draws(ground)
    scenarios = []
    for name in study.scenarios:
        on_step(f"scenario {name}")
        scenarios.append(run_scenario(ground, of[name], reached[name], divided, draws, name))
    on_step("ranking")
    siting = site(ground, of["baseline"], reached["baseline"], draws)
    on_step("what if")
    choices = what_if(ground, states, driven)
    return replace(assemble(ground, scenarios, siting), what_if=choices)

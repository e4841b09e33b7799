"""The draws of the bundled study: ``python tests/benchmarks/uncertainty.py [DRAWS]``.

Both scenarios with all their draws, every part of them. Seconds by the clock and of the
processor; nothing is read from a cache but the roads as the vehicles drive them.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from firecover.analysis.ground import Ground, lay_ground
from firecover.assessment.service import in_service
from firecover.assessment.townships import Counted
from firecover.assessment.uncertainty import Demand, Limits, Uncertainty, uncertainty
from firecover.layers import read_layers
from firecover.network.draws import draw
from firecover.study import load_study
from support.real_roads import BUNDLED


def demand_of(ground: Ground) -> Demand:
    """What is to be reached in a study."""
    return Demand(
        built_up=ground.places["built_up"],
        population=ground.places["population"],
        villages=ground.places["villages"],
        seats=ground.places["townships"],
        cells=ground.cells,
        zone=ground.zone,
        persons=Counted(ground.township["population"], ground.persons),
        townships=len(ground.layers.townships.data),
    )


def limits_of(ground: Ground) -> Limits:
    """What a study holds arrivals against."""
    assessment = ground.study.assessment
    return Limits(
        response_s=ground.rules["response_s"].value,
        minutes=ground.minutes,
        village_s=assessment.village_minutes * 60,
        village_targets_s=[minutes * 60 for minutes in assessment.village_targets_min],
        sure_share=ground.study.uncertainty.sure_share,
    )


def drawn(ground: Ground, name: str, draws: int) -> Uncertainty:
    """A scenario of the bundled study, which changes neither speeds nor roads."""
    study, who = ground.study, ground.who
    table = study.uncertainty.model_copy(update={"draws": draws})
    serves = in_service(who, name, study.scenarios[name], study.file.name)
    holds = serves & who.in_tiers(study.assessment.jurisdiction_tiers)
    return uncertainty(
        ground.fleet,
        who,
        serves,
        holds,
        draw(table, len(who.table)),
        demand=demand_of(ground),
        caps_km2=np.full(len(who.table), ground.rules["area_first_km2"].value),
        limits=limits_of(ground),
    )


def main() -> None:
    """Measure."""
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    study = load_study(BUNDLED)
    ground = lay_ground(study, read_layers(study), lambda _: None)
    for name in study.scenarios:
        clock, processor = time.perf_counter(), time.process_time()
        found = drawn(ground, name, draws)
        clock, processor = time.perf_counter() - clock, time.process_time() - processor
        print(f"{name}: {draws} draws, {clock:.1f} s, {processor:.1f} s of the processor")
        for key, value in found.figures.items():
            print(f"  {key} {value if value is None else round(value, 4)}")


if __name__ == "__main__":
    main()

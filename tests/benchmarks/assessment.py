"""How long the assessment of the bundled study takes, step by step.

Run: ``python tests/benchmarks/assessment.py [STUDY]``. Reading the layers is not counted; laying
the ground (network, places, hydrants), dividing it and the isochrones are told apart from what the
assessment adds: townships, villages, jurisdictions, draws, outages and closures.
"""

import sys
import time
from collections import Counter
from pathlib import Path
from unittest.mock import patch

from firecover.analysis import compute, scenario
from firecover.layers import read_layers
from firecover.study import load_study

BUNDLED = Path(__file__).parents[2] / "data" / "raw" / "youyang"


def main(study_file: Path) -> None:
    """Time a study."""
    study = load_study(study_file)
    layers = read_layers(study)
    spent: Counter[str] = Counter()
    marks = [("", time.perf_counter())]

    def on_step(name: str) -> None:
        now = time.perf_counter()
        spent[marks[-1][0].split()[0] if marks[-1][0] else ""] += now - marks[-1][1]
        marks.append((name, now))

    drawn, usual = Counter(), scenario._isochrones

    def timed(*given):
        began = time.perf_counter()
        found = usual(*given)
        drawn["isochrones"] += time.perf_counter() - began
        return found

    began, processor = time.perf_counter(), time.process_time()
    with patch.object(scenario, "_isochrones", timed):
        compute(study, layers, on_step)
    on_step("end")
    whole, cpu = time.perf_counter() - began, time.process_time() - processor
    for name, seconds in spent.items():
        if name:
            print(f"{name:12} {seconds:6.1f} s")
    print(f"{'isochrones':12} {drawn['isochrones']:6.1f} s, within the scenarios")
    assessed = spent["scenario"] - drawn["isochrones"] + spent["travel"]
    draws = study.uncertainty.draws
    print(f"assessment of {len(study.scenarios)} scenarios, {draws} draws: {assessed:.1f} s")
    print(f"all from layers to results: {whole:.1f} s by the clock, {cpu:.1f} s of processor")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else BUNDLED)

"""Drive times beside the published RAND formula: a sanity band, not a pass or fail.

RAND, used by ISO since: T = 0.65 + 1.7 D, minutes and road miles, from runs of 0.5 to 8 miles in
mostly level American cities at 35 miles an hour on the whole; T = 0.65 + 1.056 D in kilometres.

    python tests/benchmarks/rand.py STUDY …
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

from firecover.analysis.ground import lay_ground
from firecover.layers import read_layers
from firecover.network.routing_graph import routing_graph
from firecover.network.snapping import Positions
from firecover.network.travel_times import travel_matrix
from firecover.study import load_study

BANDS_KM = ((0.8, 2), (2, 5), (5, 8), (8, 12.9))
SAMPLE = 300


def rand_minutes(km: np.ndarray) -> np.ndarray:
    """The formula in metric units."""
    return 0.65 + 1.056 * km


def sample(network, rng) -> Positions:
    """Places on roads that give access, by length."""
    weight = network.length_m * network.gives_access
    edge = rng.choice(network.edge_count, SAMPLE, p=weight / weight.sum())
    return Positions(edge, rng.random(SAMPLE), np.zeros(SAMPLE))


def table(study_file: str) -> list[str]:
    """Rows of the median and the middle half of drive times, beside the formula."""
    study = load_study(study_file)
    fleet = lay_ground(study, read_layers(study), lambda _: None).fleet
    drive = fleet.drives[study.travel.vehicle]
    rng = np.random.default_rng(20)
    starts, ends = sample(drive.network, rng), sample(drive.network, rng)
    minutes = travel_matrix(drive.routing, starts, ends) / 60
    metres = replace(
        drive.network,
        forward_s=np.where(np.isfinite(drive.network.forward_s), drive.network.length_m, np.inf),
        backward_s=np.where(np.isfinite(drive.network.backward_s), drive.network.length_m, np.inf),
    )
    km = travel_matrix(routing_graph(metres), starts, ends) / 1000
    rows = []
    for low, high in BANDS_KM:
        here = (km >= low) & (km < high) & np.isfinite(minutes)
        formula = rand_minutes(km[here])
        quarter, median, three = np.percentile(minutes[here] / formula, [25, 50, 75])
        own, theirs = np.median(minutes[here]), np.median(formula)
        spread = f"{median:.2f} ({quarter:.2f}–{three:.2f})"
        cells = (study.study.id, f"{low:g}–{high:g}", here.sum(), f"{own:.1f}", f"{theirs:.1f}")
        rows.append(f"| {' | '.join(map(str, cells))} | {spread} |")
    return rows


if __name__ == "__main__":
    print("| study | road km | pairs | drive min | formula min | ratio, median (middle half) |")
    print("|---|---|---|---|---|---|")
    for name in sys.argv[1:] or ["data/raw/youyang"]:
        print("\n".join(table(name)))

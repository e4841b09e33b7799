"""Siting models: published optima, and times beside spopt's with HiGHS through PuLP.

    python tests/benchmarks/siting.py published   # every instance at hand, with its time
    python tests/benchmarks/siting.py peer        # the same questions to spopt (half an hour)
    python tests/benchmarks/siting.py peer mclp-sparse p-center
    python tests/benchmarks/siting.py large       # p-median, 5,000 places, 60 s at most
    python tests/benchmarks/siting.py area        # the area-capped cover of a modelled town

Each question is answered by one run that builds and solves. Times are the processor's, with the
clock's beside them: on a busy machine only the former compare.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "coverage"))

import numpy as np
from numpy.typing import NDArray

from firecover.siting.area_cap import area_capped_cover, make_cells
from firecover.siting.center import p_center
from firecover.siting.coverage_patterns import cover_within
from firecover.siting.covering import lscp, mclp
from firecover.siting.median import p_median
from firecover.siting.sites import Solution, make_sites
from support.or_library import published_optima, read_instance

REAL = Path(__file__).resolve().parents[3] / "shared/data/real"
SITES, P = 200, 20
PEER_LIMIT_S = 900


def question(places: int, side: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return whole times (n, d) between points in a square, and demand from 1 to 99."""
    random = np.random.default_rng(1)
    sites = side * random.random((SITES, 2))
    points = side * random.random((places, 2))
    weight = random.integers(1, 100, places).astype(np.float64)
    return np.rint(np.hypot(*(sites[:, None] - points[None]).transpose(2, 0, 1))), weight


def timed(ask: Callable[[], Solution | float | str]) -> tuple[Solution | float | str, str]:
    """Return an answer, and the seconds of the processor and of the clock."""
    clock, processor = time.perf_counter(), time.process_time()
    answer = ask()
    spent = time.process_time() - processor
    return answer, f"{spent:.2f} | {time.perf_counter() - clock:.2f}"


def published() -> None:
    """Solve every published instance at hand."""
    print("| instance | sites | p | published | ours | gap | cpu s | clock s |")
    print("|---|---|---|---|---|---|---|---|")
    for name, best in published_optima(REAL / "siting").items():
        cost, p = read_instance(REAL / "siting" / f"{name}.txt")
        sites = make_sites(len(cost), count=p)
        answer, spent = timed(lambda cost=cost, sites=sites: p_median(cost, sites))
        tell = f"{best:g} | {answer.objective:g} | {answer.gap:g} | {spent}"
        print(f"| {name} | {len(cost)} | {p} | {tell} |", flush=True)
    lines = (REAL / "siting" / "sjc_optimal.csv").read_text().splitlines()[1:]
    for name, _, _, radius, p, best, *_ in (line.split(",") for line in lines):
        rows = (REAL / "siting" / f"{name}.txt").read_text().split("\n")[1:]
        table = np.array([row.split()[:3] for row in rows if row.strip()], dtype=np.float64)
        points = table[:, :2]
        metres = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
        sites = make_sites(len(points), count=int(p))

        def ask(metres=metres, radius=radius, weight=table[:, 2], sites=sites) -> Solution:
            return mclp(cover_within(metres, float(radius), weight), sites)

        answer, spent = timed(ask)
        tell = f"{best} | {answer.objective:g} | {answer.gap:g} | {spent}"
        print(f"| {name}, {radius} m | {len(points)} | {p} | {tell} |", flush=True)


def models() -> dict[str, tuple[Callable[[], Solution], Callable[[], object]]]:
    """Return our way and spopt's way to ask each question."""
    import pulp
    from spopt import locate

    solver = pulp.HiGHS(msg=False, timeLimit=PEER_LIMIT_S)
    many, weight = question(5_000, 1_000)
    fewer, fewer_weight = question(1_000, 1_000)
    few, _ = question(500, 10_000)
    some = make_sites(SITES, count=P)

    def cover(limit: float) -> tuple[Callable[[], Solution], Callable[[], object]]:
        return (
            lambda: mclp(cover_within(many, limit, weight), some),
            lambda: locate.MCLP.from_cost_matrix(many.T, weight, limit, p_facilities=P).solve(
                solver
            ),
        )

    def least(limit: float) -> tuple[Callable[[], Solution], Callable[[], object]]:
        return (
            lambda: lscp(cover_within(many, limit), make_sites(SITES)),
            lambda: locate.LSCP.from_cost_matrix(many.T, limit).solve(solver),
        )

    return {
        "mclp-sparse": cover(50),
        "mclp-dense": cover(150),
        "lscp-sparse": least(200),
        "lscp-dense": least(300),
        "p-median": (
            lambda: p_median(fewer, some, fewer_weight),
            lambda: locate.PMedian.from_cost_matrix(fewer.T, fewer_weight, p_facilities=P).solve(
                solver
            ),
        ),
        "p-center": (
            lambda: p_center(few, some),
            lambda: locate.PCenter.from_cost_matrix(few.T, p_facilities=P).solve(solver),
        ),
    }


def objective(solved: Callable[[], object]) -> Callable[[], float | str]:
    """Return what spopt's answer is worth, or that it gave none."""

    def ask() -> float | str:
        try:
            return float(solved().problem.objective.value())
        except RuntimeError as error:
            return f"none ({error})"

    return ask


def peer(names: list[str]) -> None:
    """Ask spopt and firecover the same."""
    # spopt builds its models in a way that PuLP 4 will not know any more
    warnings.simplefilter("ignore", DeprecationWarning)
    print("| question | ours | cpu s | clock s | spopt | cpu s | clock s |")
    print("|---|---|---|---|---|---|---|")
    for name, (ours, theirs) in models().items():
        if names and name not in names:
            continue
        mine, spent = timed(ours)
        print(f"| {name} | {mine.objective:g} ({mine.status}) | {spent} |", end=" ", flush=True)
        other, spent = timed(objective(theirs))
        print(f"{other} | {spent} |", flush=True)


def large() -> None:
    """Ask for a p-median of 5,000 places."""
    cost, weight = question(5_000, 1_000)
    sites = make_sites(SITES, count=P)
    answer, spent = timed(lambda: p_median(cost, sites, weight, time_limit_s=60))
    print(f"{answer.status} {answer.objective:g}, gap {answer.gap:.2g}, {spent}")


def area() -> None:
    """Cover a modelled town of 14.7 km² in cells of 50 m, with 60 candidates and caps."""
    random = np.random.default_rng(0)
    steps = np.arange(0, 14.7**0.5, 0.05) + 0.025
    places = np.array(np.meshgrid(steps, steps)).reshape(2, -1).T
    spots = 14.7**0.5 * random.random((60, 2))
    # along streets, at 25 km/h, after a minute
    time_s = 60 + np.abs(spots[:, None] - places[None]).sum(axis=2) / 25 * 3600
    at_edge = random.random(len(places)) < 0.15
    area_km2 = np.where(at_edge, 0.0025 * random.random(len(places)), 0.0025)
    print("| cap, km² | given | sites standing | stations | cpu s | clock s |")
    print("|---|---|---|---|---|---|")
    for cap_km2, given, locked in product((7.0, 4.0, 2.0), ("free", "first"), ([], [0])):
        cells = make_cells(time_s, 300.0, area_km2, cap_km2)
        sites = make_sites(60, locked=locked)
        answer, spent = timed(lambda a=cells, b=sites, c=given: area_capped_cover(a, b, c))
        tell = f"{answer.objective:g} ({answer.status}) | {spent}"
        print(f"| {cap_km2:g} | {given} | {len(locked)} | {tell} |", flush=True)


if __name__ == "__main__":
    what, *rest = sys.argv[1:] or ["published"]
    asked = {"published": published, "large": large, "area": area}
    peer(rest) if what == "peer" else asked[what]()

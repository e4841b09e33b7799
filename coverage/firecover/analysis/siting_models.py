"""The exact siting models, asked of a study: which sites, proven or with the gap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

import numpy as np

from firecover.analysis.siting_answers import free_choice
from firecover.analysis.siting_demand import Choices
from firecover.analysis.siting_force import most_full_force
from firecover.analysis.siting_state import Floats, Ints
from firecover.network.engines.limits import limit_s
from firecover.siting.answers import k_best
from firecover.siting.area_cap import (
    Assignment,
    Cells,
    area_capped_cover,
    area_capped_most,
    make_cells,
)
from firecover.siting.backup import backup_trade
from firecover.siting.center import p_center
from firecover.siting.coverage_patterns import cover_within
from firecover.siting.covering import lscp, mclp_of
from firecover.siting.median import p_median
from firecover.siting.sites import Shortfall, Sites, Solution, make_sites
from firecover.study_siting import SitingModel

#: Up to so many times are compared one by one.
LISTED = 500_000_000
#: In backup cover, what the second station counts; the first counts the rest.
BACKUP_SHARE = 0.5


@dataclass(frozen=True)
class Answer:
    """The answer of a model.

    Attributes
    ----------
    model, assignment
        The model; of area-cap ``first`` or ``free``, else empty.
    variant
        What was asked besides the model's first question: ``reachable`` (only of the area that
        some site reaches), ``most`` (as much as can be with so many stations), or empty.
    order
        1: the best, then the next best distinct ones.
    status, objective, bound, gap
        As in :class:`firecover.siting.sites.Solution`.
    unit
        Of the objective: ``stations``, ``share`` (of the mixed demand), ``s``, ``km2``.
    chosen
        The sites, by number from 0.
    why
        Why there is no answer.
    holder
        Shape (urban cells,), the facility that each cell is given to, -1: none; of area-cap
        only.
    told
        What is to be told of it besides, Chinese and English.
    """

    model: SitingModel
    solution: Solution
    unit: str
    chosen: tuple[int, ...]
    assignment: str = ""
    variant: str = ""
    order: int = 1
    holder: Ints | None = None
    told: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        """The answer's id, such as ``mclp-2`` or ``area-cap-first-reachable-1``."""
        parts = (self.model, self.assignment, self.variant, str(self.order))
        return "-".join(part for part in parts if part)

    @property
    def why(self) -> tuple[Shortfall, ...]:
        """Why there is no answer; empty otherwise."""
        return self.solution.why


@dataclass(frozen=True)
class Asked:
    """What is asked: how many further stations, the next best answers, for how long."""

    stations: int
    best: int
    time_limit_s: float


def solve_models(of: Choices, models: tuple[SitingModel, ...]) -> list[Answer]:
    """Ask every model.

    Parameters
    ----------
    of
        What may be chosen.
    models
        The models; those without anything to cover are not asked.
    """
    siting = of.now.ground.study.siting
    asked = Asked(min(siting.stations, len(of)), siting.best, siting.time_limit_s)
    found: list[Answer] = []
    if not len(of):
        return found
    for model in models:
        if model == "mclp" or (model == "pmedian" and of.share):
            found += _OF[model](of, asked) if of.share else []
        elif len(of.urban):
            found += _OF[model](of, asked)
    return found


def _answer(model: SitingModel, solution: Solution, unit: str, **more: object) -> Answer:
    chosen = tuple(int(site) - 1 for site in solution.chosen)
    return Answer(model, solution, unit, chosen, **more)  # type: ignore[arg-type]


def _proven(objective: float, chosen: Ints, assigned: Ints) -> Solution:
    return Solution("optimal", objective, objective, 0.0, chosen, assigned=assigned, seconds=0.0)


def _mclp(of: Choices, asked: Asked) -> list[Answer]:
    """Cover the most of the mixed demand with so many sites: the best distinct choices."""
    aims = of.aims()
    best = k_best(
        lambda sites: mclp_of(aims, sites, time_limit_s=asked.time_limit_s),
        free_choice(of, asked.stations, exactly=True),
        asked.best,
        "most",
    )
    return [
        _answer("mclp", each.solution, "share", order=order)
        for order, each in enumerate(best, start=1)
    ]


def _lscp(of: Choices, asked: Asked) -> list[Answer]:
    """Cover all urban area with the fewest sites; if none can, all that any site reaches."""
    times_s, within_s = of.times("built_up"), limit_s(of.within_s["built_up"])
    weight = of.weight["built_up"]
    if (times_s[0] <= within_s).all():
        nothing = _proven(0.0, np.empty(0, np.int64), np.zeros(len(weight), np.int64))
        return [_answer("lscp", nothing, "stations")]
    every = lscp(
        cover_within(times_s, within_s, weight), free_choice(of), time_limit_s=asked.time_limit_s
    )
    found = [_answer("lscp", every, "stations", told=_lost(every, weight))]
    some = (times_s <= within_s).any(axis=0)
    if not every and some.any():
        part = cover_within(times_s[:, some], within_s, weight[some])
        rest = lscp(part, free_choice(of), time_limit_s=asked.time_limit_s)
        found.append(_answer("lscp", rest, "stations", variant="reachable", told=REACHABLE))
    return found


#: What is told of answers that leave aside what no site reaches.
REACHABLE = (("仅计有选址可达的城区", "of the urban area that some site reaches"),)


def _lost(solution: Solution, weight: Floats) -> tuple[tuple[str, str], ...]:
    """Tell how much area no site reaches."""
    lost = [each.demand for each in solution.why if each.lack == "unreached"]
    km2 = float(sum(weight[demand].sum() for demand in lost))
    if not km2:
        return ()
    zh = f"城区有{km2:.2f}平方公里任何选址均不能按时到达"
    return ((zh, f"no site reaches {km2:.2f} km² of the urban area in time"),)


def _pmedian(of: Choices, asked: Asked) -> list[Answer]:
    """Bring the mixed demand its first arrival soonest, on average.

    Counted is what is reached today (or, where nobody stands, by some site): what a choice may
    or may not reach at all has no mean.
    """
    moving: list[tuple[Floats, Floats]] = []
    fixed_s = total = left_out = 0.0
    for kind, share in of.share.items():
        coming, weight = of.coming[kind], of.weight[kind] * share
        standing = np.isfinite(coming.first_s)
        counted = standing if standing.any() else np.isfinite(coming.by_candidate_s).any(axis=0)
        left_out += float(weight[~counted].sum())
        total += float(weight[counted].sum())
        varies = counted & (coming.by_candidate_s < coming.first_s).any(axis=0)
        # what no site comes to sooner takes as long whatever is chosen
        still = counted & ~varies
        fixed_s += float((weight[still] * coming.first_s[still]).sum())
        moving.append((of.times(kind)[:, varies], weight[varies]))
    if total <= 0:
        return []
    times_s = np.concatenate([each for each, _ in moving], axis=1)
    weights = np.concatenate([each for _, each in moving])
    sites = free_choice(of, asked.stations)
    if comb(len(of), asked.stations) * len(weights) <= LISTED:
        found = median_of_all(times_s, asked.stations, weights / total)
    else:
        found = p_median(times_s, sites, weights / total, time_limit_s=asked.time_limit_s)
    still_s = fixed_s / total
    objective, bound = found.objective + still_s, found.bound + still_s
    gap = abs(bound - objective) / objective if found and objective > 0 else found.gap
    mean = replace(found, objective=objective, bound=bound, gap=gap)
    told = (
        f"按可达需求平均，{left_out:.1%}的需求无站可达，未计入",
        f"mean over the demand that is reached; {left_out:.1%} of it is not, and does not count",
    )
    return [_answer("pmedian", mean, "s", told=(told,))]


def median_of_all(times_s: Floats, count: int, weight: Floats) -> Solution:
    """Find the p-median by comparing every choice: where they are few, sooner than by prices.

    Parameters
    ----------
    times_s
        Shape (1 + m, d), row 0 whoever stands, then each site.
    count
        How many sites are opened, 1 at least.
    weight
        Shape (d,).
    """
    best_s = np.inf
    best: tuple[int, ...] = ()
    sites = len(times_s) - 1
    for begun in combinations(range(1, sites + 1), count - 1):
        following = np.arange(max(begun, default=0) + 1, sites + 1)
        if not len(following):
            continue
        standing_s = times_s[[0, *begun]].min(axis=0)
        # one order of adding up, whatever the number of threads
        mean_s = np.einsum("sd,d->s", np.minimum(standing_s, times_s[following]), weight)
        last = int(mean_s.argmin())
        if mean_s[last] < best_s:
            best_s, best = float(mean_s[last]), (*begun, int(following[last]))
    chosen = np.array(best, dtype=np.int64)
    first = times_s[[0, *best]].argmin(axis=0)
    assigned = np.array([0, *best], dtype=np.int64)[first]
    return _proven(best_s, chosen, assigned)


def _pcenter(of: Choices, asked: Asked) -> list[Answer]:
    """Bring the urban cell that waits longest its first arrival soonest."""
    # whoever stands comes whatever is chosen: each site brings the sooner of both
    times_s = of.coming["built_up"].with_candidate_s
    some = np.isfinite(times_s).any(axis=0)
    if not some.any():
        return []
    sites = make_sites(len(of), count=asked.stations)
    found = p_center(times_s[:, some], sites, time_limit_s=asked.time_limit_s)
    chosen = tuple(int(site) for site in found.chosen)
    return [Answer("pcenter", found, "s", chosen, told=() if some.all() else REACHABLE)]


def _backup(of: Choices, asked: Asked) -> list[Answer]:
    """Bring two stations in time to as much urban area as can be, one counting as much."""
    now = of.now
    holders = np.flatnonzero(now.reached.holds)
    standing_s = now.cell_arrival_s(holders, of.urban)
    times_s = np.concatenate([standing_s, of.coming["built_up"].by_candidate_s])
    cover = cover_within(times_s, limit_s(of.within_s["built_up"]), of.weight["built_up"])
    first = len(holders)
    sites = make_sites(first + len(of), locked=np.arange(first), count=asked.stations)
    found = backup_trade(cover, sites, BACKUP_SHARE, time_limit_s=asked.time_limit_s)
    chosen = tuple(int(site) - first for site in found.chosen)
    opened = np.concatenate([np.arange(first), found.chosen])
    once, twice = (cover.covered_weight(opened, times) for times in (1, 2))
    told = (
        f"一站可达{once:.2f}平方公里，两站可达{twice:.2f}平方公里，各计一半",
        f"one station reaches {once:.2f} km², two reach {twice:.2f} km²; each counts half",
    )
    return [Answer("backup", found, "km2", chosen, told=(told,) if found else ())]


def _full_force(of: Choices, asked: Asked) -> list[Answer]:
    """Let enough engines together reach as much urban area as can be."""
    found, sites, told = most_full_force(of, asked.stations, asked.time_limit_s)
    chosen = tuple(int(site) for site in sites)
    return [Answer("full-force", found, "km2", chosen, told=(told,) if found else ())]


@dataclass(frozen=True)
class _Capped:
    """The urban cells and the stations that may be given them: those that hold, then sites."""

    cells: Cells
    facilities: Ints
    first: int
    sites: Ints
    reachable: Ints

    def make(self, count: int | None = None) -> Sites:
        return make_sites(len(self.facilities), locked=np.arange(self.first), count=count)

    def of(self, rows: Ints) -> Cells:
        its = self.cells
        return make_cells(its.time_s[:, rows], its.limit_s, its.area_km2[rows], its.cap_km2)


def _capped(of: Choices) -> _Capped:
    now, coming = of.now, of.coming["built_up"]
    within_s = limit_s(of.within_s["built_up"])
    holders = np.flatnonzero(now.reached.holds)
    # a site that reaches no cell in time can take nothing off anybody
    useful = np.flatnonzero((coming.by_candidate_s <= within_s).any(axis=1))
    times_s = np.concatenate([now.cell_arrival_s(holders, of.urban), coming.by_candidate_s[useful]])
    rows = np.concatenate([holders, of.facilities[useful]])
    cells = make_cells(times_s, within_s, of.weight["built_up"], now.sought.cap_km2[rows])
    reachable = np.flatnonzero(cells.in_time.any(axis=0))
    return _Capped(cells, rows, len(holders), useful, reachable)


def _area_cap(of: Choices, asked: Asked) -> list[Answer]:
    """Reach all urban area within every cap, with the fewest sites and as far as so many do."""
    capped = _capped(of)
    found: list[Answer] = []
    every = np.arange(len(of.urban))
    assignments: tuple[Assignment, ...] = ("first", "free")
    for assignment in assignments:
        fewest = _fewest(capped, every, assignment, asked)
        found.append(_given(capped, fewest, every, assignment, told=_lacking(of, fewest)))
        rows = capped.reachable
        if not fewest and 0 < len(rows) < len(every):
            part = _fewest(capped, rows, assignment, asked)
            told = (*REACHABLE, *_lacking(of, part))
            found.append(_given(capped, part, rows, assignment, variant="reachable", told=told))
        if len(rows):
            count = min(asked.stations, len(capped.sites))
            most = area_capped_most(
                capped.of(rows), capped.make(count), assignment, time_limit_s=asked.time_limit_s
            )
            found.append(
                replace(_given(capped, most, rows, assignment, variant="most"), unit="km2")
            )
    return found


def _fewest(capped: _Capped, rows: Ints, assignment: Assignment, asked: Asked) -> Solution:
    return area_capped_cover(
        capped.of(rows), capped.make(), assignment, time_limit_s=asked.time_limit_s
    )


def _given(
    capped: _Capped,
    solution: Solution,
    rows: Ints,
    assignment: Assignment,
    *,
    variant: str = "",
    told: tuple[tuple[str, str], ...] = (),
) -> Answer:
    holder = np.full(capped.cells.area_km2.size, -1)
    given = solution.assigned >= 0
    holder[rows[given]] = capped.facilities[solution.assigned[given]]
    return Answer(
        model="area-cap",
        solution=solution,
        unit="stations",
        chosen=tuple(int(site) for site in capped.sites[solution.chosen - capped.first]),
        assignment=assignment,
        variant=variant,
        holder=holder if solution else None,
        told=told,
    )


def _lacking(of: Choices, solution: Solution) -> tuple[tuple[str, str], ...]:
    """Tell why jurisdictions cannot be kept below their caps."""
    told = list(_lost(solution, of.weight["built_up"]))
    for each in solution.why:
        if each.lack == "capacity":
            zh = f"各站辖区面积上限不足：最好的选址仍有{each.short:.2f}平方公里无站可划"
            en = f"the caps are too small: {each.short:.2f} km² are left even with the best sites"
            told.append((zh, en))
        elif each.lack != "unreached":
            told.append(("没有满足全部限制的选址", "no choice keeps all limits"))
    return tuple(told)


_OF: Mapping[SitingModel, Callable[[Choices, Asked], list[Answer]]] = {
    "mclp": _mclp,
    "lscp": _lscp,
    "pmedian": _pmedian,
    "pcenter": _pcenter,
    "backup": _backup,
    "full-force": _full_force,
    "area-cap": _area_cap,
}

"""Full force as a siting question: which sites let enough engines come together in time."""

from __future__ import annotations

import numpy as np

from firecover.analysis.siting_demand import Choices
from firecover.analysis.siting_state import Ints
from firecover.network.engines.limits import limit_s
from firecover.siting.backup import force_of, multi_cover
from firecover.siting.coverage_patterns import cover_within
from firecover.siting.sites import Solution, make_sites


def most_full_force(
    of: Choices, stations: int, time_limit_s: float
) -> tuple[Solution, Ints, tuple[str, str]]:
    """Let full force reach the most urban area in time, with so many further stations.

    Everyone who responds counts, as in the assessment's full force: a station brings all its
    engines, one where their number is not known.

    Parameters
    ----------
    of
        What may be chosen; its study says how many engines make a full force
        (``assessment.full_force_engines``) and within what time (``siting.full_force_min``).
    stations
        How many further stations.
    time_limit_s
        How long to go on; the best found then comes with its gap.

    Returns
    -------
    solution
        Its objective is the urban area, km².
    chosen
        The sites, by number from 0.
    told
        What full force means here and how much of it stands today, Chinese and English.
    """
    now, study = of.now, of.now.ground.study
    needed, minutes = study.assessment.full_force_engines, study.siting.full_force_min
    standing = np.flatnonzero(now.reached.serves)
    rows = np.concatenate([standing, of.facilities])
    given = now.driven.who.table["engines"].to_numpy(dtype=np.float64)[rows]
    engines = np.where(np.isnan(given), 1.0, np.floor(given))
    times_s = now.cell_arrival_s(rows, of.urban)
    cover = cover_within(times_s, limit_s(minutes * 60), of.weight["built_up"])
    force = force_of(cover, engines, needed)
    locked = np.arange(len(standing))
    sites = make_sites(len(rows), locked=locked, count=stations)
    found = multi_cover(cover, sites, force, time_limit_s=time_limit_s)
    chosen = found.chosen - len(standing)
    none = make_sites(len(rows), locked=locked, count=0)
    today_km2 = multi_cover(cover, none, force).objective
    unknown = int(np.isnan(given).sum())
    zh = (
        f"{needed}辆消防车{minutes:g}分钟内到齐的城区；现状{today_km2:.2f}平方公里；"
        f"{unknown}个站（点）车辆数不详，各按1辆计"
    )
    en = (
        f"urban area that {needed} engines reach together within {minutes:g} min; today "
        f"{today_km2:.2f} km²; {unknown} stations and sites do not tell their engines and count "
        "for one each"
    )
    return found, chosen, (zh, en)

"""What each candidate alone adds to the baseline, and how sure the order of candidates is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from firecover.analysis.siting_draws import drawn_reaching
from firecover.analysis.siting_sites import JOINT, suitability
from firecover.analysis.siting_state import Bools, Floats, Ints, Situation
from firecover.network.draws import Draws
from firecover.siting.criteria import NAMES, Coming, Reaching, criteria, criteria_in_draws, reaching
from firecover.siting.normalise import MORE, finite_values, normalise
from firecover.siting.ranking import Criterion, rank_by_gain
from firecover.siting.robust import (
    Acceptability,
    lead,
    ranks,
    smaa,
    topsis,
    weight_vector,
    weighted_sum,
)
from firecover.study import LayerName

Figures = Mapping[str, float | int | str | None]

#: The ends of the interval of a rank.
RANK_LOW, RANK_HIGH = 0.05, 0.95
#: Criteria that differ by less than this share are the same.
SAME = 1e-9
#: The decimals of each criterion; coordinates are not known well enough to tell more, and what
#: differs by less must not decide a rank.
DECIMALS: Mapping[str, int] = {
    "population_gain": 3,
    "built_up_gain_km2": 6,
    "villages_gain": 0,
    "area_gain_km2": 6,
    "worst_s": 2,
    "overlap_share": 6,
    "hydrants": 0,
    "cost_10k_cny": 4,
}
#: The layer that each criterion is of: without it nothing is said of the criterion.
OF_LAYER: Mapping[str, LayerName] = {
    "population_gain": "population",
    "built_up_gain_km2": "built_up",
    "villages_gain": "villages",
    "area_gain_km2": "built_up",
    "worst_s": "built_up",
    "overlap_share": "built_up",
    "hydrants": "hydrants",
}


@dataclass(frozen=True)
class Ranking:
    """The candidates, judged.

    Attributes
    ----------
    table
        One row a candidate: the columns of ``candidates`` in :class:`firecover.results.Results`
        from ``cost_10k_cny`` on.
    acceptability
        ``rank_acceptability`` of the same.
    figures
        ``candidates``, ``candidates_first`` (how many share the first rank), ``leading`` (their
        ids), ``separable`` (1: the first is better than each other one with the sure
        probability, 0: it is not, None without draws of weights or speeds), ``not_separable``
        (ids of the first and of those it cannot be told from), ``p_first_beats_second``,
        ``weight_<criterion>`` (adding up to one), ``same_in`` (criteria in which all candidates
        are the same, so that they decide nothing), ``speed_draws``, ``rankings`` (drawn in
        all), ``weight_spread``, ``sure_share``.
    reached
        Who comes when today and with each candidate.
    """

    table: pd.DataFrame
    acceptability: pd.DataFrame
    figures: Figures
    reached: Reaching


def rank_candidates(now: Situation, draws: Draws) -> Ranking:
    """Rank the candidates by the weighted sum, and tell how sure the ranks are.

    Population and villages count by whoever comes first; urban built-up area and hydrants by
    the stations that hold jurisdictions. The weights are drawn as the study asks, the speeds
    are some of the assessment's own draws (see
    :data:`firecover.analysis.siting_draws.MOST_DRAWS`).
    """
    asked, study = now.ground.study.siting, now.ground.study
    reached = reaching(
        now.times_s,
        now.driven.who.start_s,
        serves=now.reached.serves,
        holds=now.reached.holds,
        candidates=now.candidates,
        would_hold=now.would_hold,
    )
    values = rounded(criteria(now.sought, reached))
    scaled = normalise(values)
    weights = weight_vector({str(name): weight for name, weight in asked.weights.items()})
    scores = weighted_sum(scaled.scaled, weights)
    speeds, drawn = _drawn(now, draws, scaled.scaled)
    unsure = speeds > 0 or (asked.weight_spread > 0 and asked.weight_draws > 0)
    spread = smaa(
        drawn,
        weights,
        spread=asked.weight_spread,
        sets=asked.weight_draws,
        seed=study.uncertainty.seed,
    )
    table = _table(now, values, scores, topsis(values, weights), _by_gain(now, reached))
    table = table.join(_chances(spread, known=unsure))
    table["dominated_by"] = _dominated_by(now.ids, values, scores)
    table["suitability"] = suitability(now.ground.generated, now.ids)
    return Ranking(
        table=table,
        acceptability=_acceptability(now, table, spread, known=unsure),
        figures={
            **_figures(now, table, spread, known=unsure),
            **{f"weight_{name}": float(each) for name, each in zip(NAMES, weights, strict=True)},
            "same_in": JOINT.join(np.array(NAMES)[scaled.constant]),
            "speed_draws": speeds,
            "rankings": spread.sets if unsure else 0,
        },
        reached=reached,
    )


def rounded(values: Floats) -> Floats:
    """Round criteria, shape (…, c, 8), to their :data:`DECIMALS`; 0 stays without a sign."""
    columns = [np.round(values[..., at], DECIMALS[name]) for at, name in enumerate(NAMES)]
    return np.stack(columns, axis=-1) + 0.0


def _drawn(now: Situation, draws: Draws, usual: Floats) -> tuple[int, Floats]:
    """Return how many draws of the speeds there are, and the normalised criteria in each."""
    if not len(now.candidates):
        return 0, usual[None]
    sought, searched, count = drawn_reaching(now, draws)
    if not count:
        return 0, usual[None]
    return count, normalise(rounded(criteria_in_draws(sought, searched))).scaled


def _by_gain(now: Situation, reached: Reaching) -> Ints:
    """Rank by population gained, its ties by built-up area, and these by villages."""
    sought = now.sought

    def criterion(coming: Coming, weight: Floats, limit_s: float) -> Criterion:
        return Criterion(weight, coming.first_s, coming.by_candidate_s, limit_s)

    villages = np.ones(len(reached.villages.first_s))
    asked = {
        "population_gain": criterion(reached.population, sought.persons, sought.response_s),
        "built_up_gain_km2": criterion(reached.built_up, sought.urban_km2, sought.response_s),
        "villages_gain": criterion(reached.villages, villages, sought.village_s),
    }
    return rank_by_gain(asked, len(now.candidates))["rank"].to_numpy(dtype=np.int64)


def _table(
    now: Situation, values: Floats, scores: Floats, closeness: Floats, by_gain: Ints
) -> pd.DataFrame:
    rank = ranks(scores) if len(scores) else np.empty(0, np.int64)
    _, place, shared = np.unique(rank, return_inverse=True, return_counts=True)
    columns = pd.DataFrame(values, columns=list(NAMES))
    columns["worst_s"] = columns["worst_s"].where(np.isfinite(columns["worst_s"]))
    for name, layer in OF_LAYER.items():
        if layer not in now.ground.study.layers:
            columns[name] = np.nan
    columns.insert(0, "cost_10k_cny", columns.pop("cost_10k_cny"))
    columns.insert(1, "access_m", now.driven.who.positions.access_m[now.candidates])
    columns.insert(2, "rank", rank)
    columns.insert(3, "tied", shared[place] > 1)
    return columns.assign(
        score=scores,
        score_topsis=closeness,
        rank_topsis=ranks(closeness) if len(closeness) else rank,
        rank_gain=by_gain,
    )


def _chances(spread: Acceptability, *, known: bool) -> pd.DataFrame:
    """Return how probable the first rank is, and the interval of the rank."""
    count = len(spread.order)
    if not known or not count:
        nothing = np.full((count, 3), np.nan)
        return pd.DataFrame(nothing, columns=["p_first", "rank_p05", "rank_p95"])
    up_to = np.cumsum(spread.rank_share, axis=1)
    low, high = ((up_to < share - SAME).sum(axis=1) + 1 for share in (RANK_LOW, RANK_HIGH))
    return pd.DataFrame(
        {
            "p_first": spread.rank_share[:, 0],
            "rank_p05": low.astype(np.float64),
            "rank_p95": np.minimum(high, count).astype(np.float64),
        }
    )


def _dominated_by(ids: NDArray[np.object_], values: Floats, scores: Floats) -> list[str]:
    """Return, for each candidate, the best of those at least as good in every criterion.

    Of candidates that are the same in every criterion the first dominates the others.
    """
    filled, _ = finite_values(values, MORE)
    good = np.where(MORE, filled, -filled)
    tolerance = SAME * np.abs(good).max(axis=0, initial=0.0)
    as_good = (good[:, None, :] >= good[None, :, :] - tolerance).all(axis=2)
    number = np.arange(len(ids))
    dominates = as_good & (~as_good.T | (number[:, None] < number[None, :]))
    np.fill_diagonal(dominates, val=False)
    found = []
    for row in number:
        better = np.flatnonzero(dominates[:, row])
        found.append(str(ids[better[np.argmax(scores[better])]]) if len(better) else "")
    return found


def _acceptability(
    now: Situation, table: pd.DataFrame, spread: Acceptability, *, known: bool
) -> pd.DataFrame:
    count = len(table) if known else 0
    order = np.lexsort((np.arange(len(table)), table["rank"]))[:count]
    return pd.DataFrame(
        {
            "id": pd.Series(np.repeat(now.ids[order], count), dtype="str"),
            "rank": np.tile(np.arange(1, count + 1), count),
            "p": spread.rank_share[order].ravel(),
        }
    )


def _figures(now: Situation, table: pd.DataFrame, spread: Acceptability, *, known: bool) -> Figures:
    study = now.ground.study
    first: Bools = np.asarray(table["rank"] == 1, dtype=np.bool_)
    order = np.lexsort((np.arange(len(table)), table["rank"]))
    told = lead(order, spread.beats, study.uncertainty.sure_share)
    sure = known and len(table) > 1
    return {
        "candidates": len(table),
        "candidates_first": int(first.sum()),
        "leading": JOINT.join(now.ids[first]),
        "separable": int(told.separable) if sure else None,
        "not_separable": JOINT.join(now.ids[list(told.group)]) if sure else "",
        "p_first_beats_second": told.chance if sure else None,
        "weight_spread": study.siting.weight_spread,
        "sure_share": study.uncertainty.sure_share,
    }

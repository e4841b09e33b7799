"""Rank candidates by what each alone adds to the service of today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

#: Gains that differ by less than this are the same: sums of floats in another order do.
SAME = 1e-6


@dataclass(frozen=True)
class Criterion:
    """Something a candidate can newly bring within a time.

    Attributes
    ----------
    weight
        Shape (d,), persons, km² or 1 for each place.
    today_s
        Shape (d,), the first arrival without the candidate.
    with_candidate_s
        Shape (candidates, d), the arrival of each candidate alone.
    limit_s
        The time within which a place counts as reached.
    """

    weight: NDArray[np.float64]
    today_s: NDArray[np.float64]
    with_candidate_s: NDArray[np.float64]
    limit_s: float

    def gain(self) -> NDArray[np.float64]:
        """Return what each candidate newly brings within the limit, shape (candidates,)."""
        missing = self.today_s > self.limit_s
        in_time = self.with_candidate_s[:, missing] <= self.limit_s
        return np.asarray(in_time @ self.weight[missing], dtype=np.float64)


def rank_by_gain(criteria: Mapping[str, Criterion], count: int) -> pd.DataFrame:
    """Order candidates by the first criterion, its ties by the second, and so on.

    Parameters
    ----------
    criteria
        The criteria by the name of their column, the deciding one first.
    count
        The number of candidates.

    Returns
    -------
    ranking
        One row a candidate, in their order: the gains, ``rank`` (1 is best; candidates equal
        in every gain share a rank) and ``tied`` (shares its rank).
    """
    gains = pd.DataFrame({name: criterion.gain() for name, criterion in criteria.items()})
    if not count:
        return gains.assign(rank=np.empty(0, dtype=np.int64), tied=np.empty(0, dtype=bool))
    steps = np.rint(gains.to_numpy() / SAME)
    _, place, shared = np.unique(-steps, axis=0, return_inverse=True, return_counts=True)
    before = np.concatenate(([0], np.cumsum(shared)[:-1]))
    return gains.assign(rank=before[place] + 1, tied=shared[place] > 1)

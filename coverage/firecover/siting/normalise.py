"""Criteria of different units on one scale, openly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firecover.siting.criteria import NAMES

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: By criterion, whether more of it is better.
MORE_IS_BETTER: Mapping[str, bool] = {
    "population_gain": True,
    "built_up_gain_km2": True,
    "villages_gain": True,
    "area_gain_km2": True,
    "worst_s": False,
    "overlap_share": False,
    "hydrants": True,
    "cost_10k_cny": False,
}
MORE: Bools = np.array([MORE_IS_BETTER[name] for name in NAMES])
#: How many times the worst known value stands in for an infinite one where less is better.
NEVER = 2.0
#: Values that differ by less than this share of the greater one are the same.
SAME = 1e-9


@dataclass(frozen=True)
class Normalised:
    """Criteria on a scale from 0 (the worst candidate) to 1 (the best one).

    Attributes
    ----------
    scaled
        Shape (…, c, m).
    constant
        Shape (…, m), criteria in which all candidates are the same: 0 for all of them, so that
        they decide nothing.
    stands_in
        Shape (…, c, m), where the value was not finite, and another one stood in for it.
    """

    scaled: Floats
    constant: Bools
    stands_in: Bools


def normalise(values: Floats, more: Bools = MORE) -> Normalised:
    """Put every criterion on the same scale: linear from its worst value to its best.

    In each draw the scale is that draw's own: every draw is ranked just as the usual times
    are. Values that are not finite stand in as :func:`finite_values` says.

    Parameters
    ----------
    values
        Shape (…, c, m), the criteria of the candidates, in each draw perhaps.
    more
        Shape (m,), whether more is better.
    """
    filled, stands_in = finite_values(values, more)
    least = filled.min(axis=-2, keepdims=True, initial=np.inf)
    most = filled.max(axis=-2, keepdims=True, initial=-np.inf)
    if not values.shape[-2]:
        least, most = np.zeros_like(least), np.zeros_like(most)
    span = most - least
    constant = span <= SAME * np.maximum(np.abs(least), np.abs(most))
    from_worst = np.where(more, filled - least, most - filled)
    scaled = np.where(constant, 0.0, from_worst / np.where(constant, 1.0, span))
    return Normalised(scaled, constant[..., 0, :], stands_in)


def finite_values(values: Floats, more: Bools = MORE) -> tuple[Floats, Bools]:
    """Let finite values stand in for those that are not.

    Where less is better, an infinite value (nobody ever comes) stands as :data:`NEVER` times
    the worst finite one; anything else that is not finite (not known, or of nothing) as the
    worst finite one. In a criterion without any finite value all candidates are the same.

    Returns
    -------
    filled, stands_in
        Shape (…, c, m), the values, and which of them stand in.
    """
    finite = np.isfinite(values)
    least = np.where(finite, values, np.inf).min(axis=-2, keepdims=True, initial=np.inf)
    most = np.where(finite, values, -np.inf).max(axis=-2, keepdims=True, initial=-np.inf)
    known = finite.any(axis=-2, keepdims=True)
    worst = np.where(known, np.where(more, least, most), 0.0)
    never = np.isposinf(values) & ~more
    return np.where(finite, values, np.where(never, NEVER * worst, worst)), ~finite

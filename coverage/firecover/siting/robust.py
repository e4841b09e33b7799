"""Rank candidates by many criteria, and tell how sure the ranking is.

A weighted sum and TOPSIS rank at the given weights; SMAA-2 (Lahdelma & Salminen 2001, *Operations
Research* 49(3), 444-454) asks how often each candidate has each rank when weights and criteria
are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firecover.errors import InputError, Problem
from firecover.siting.criteria import NAMES
from firecover.siting.normalise import MORE, finite_values

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Scores, from 0 to 1, that differ by less than this are the same.
SAME = 1e-9
#: Comparisons held in memory at once.
CHUNK = 4_000_000


def weight_vector(weights: Mapping[str, float]) -> Floats:
    """Return the weights in the order of the criteria, made to add up to one.

    Parameters
    ----------
    weights
        By criterion; one that is not named counts nothing.

    Raises
    ------
    InputError
        If they add up to nothing.
    """
    vector = np.array([weights.get(name, 0.0) for name in NAMES])
    if not vector.sum() > 0:
        what = "no criterion has a weight"
        remedy = f"give one of {', '.join(NAMES)} a weight above 0"
        raise InputError(Problem(what, key="siting.weights", remedy=remedy))
    return np.asarray(vector / vector.sum(), dtype=np.float64)


def weighted_sum(normalised: Floats, weights: Floats) -> Floats:
    """Return the scores of candidates, 0 to 1.

    Parameters
    ----------
    normalised
        Shape (…, c, m), from :func:`firecover.siting.normalise.normalise`.
    weights
        Shape (m,), adding up to one.
    """
    return np.asarray(normalised @ weights, dtype=np.float64)


def topsis(values: Floats, weights: Floats, more: Bools = MORE) -> Floats:
    """Return how close each candidate is to the ideal one, 0 to 1 (Hwang & Yoon 1981).

    Every criterion is divided by its Euclidean length and weighted; the ideal candidate has the
    best value of each, the anti-ideal the worst. The closeness is d⁻ ÷ (d⁺ + d⁻), d⁺ and d⁻ the
    Euclidean distances from these two. Values that are not finite stand in as
    :func:`firecover.siting.normalise.finite_values` says.

    Parameters
    ----------
    values
        Shape (c, m), the criteria as they are.
    weights
        Shape (m,), adding up to one.
    more
        Shape (m,), whether more is better.

    Returns
    -------
    closeness
        Shape (c,); one half for all where they are the same in everything.
    """
    if not len(values):
        return np.empty(0)
    filled, _ = finite_values(values, more)
    # divided by the largest first: squares of large numbers do not overflow
    largest = np.abs(filled).max(axis=0)
    filled = filled / np.where(largest > 0, largest, 1.0)
    length = np.sqrt((filled**2).sum(axis=0))
    weighted = weights * filled / np.where(length > 0, length, 1.0)
    least, most = weighted.min(axis=0), weighted.max(axis=0)
    from_ideal = np.linalg.norm(weighted - np.where(more, most, least), axis=1)
    from_worst = np.linalg.norm(weighted - np.where(more, least, most), axis=1)
    both = from_ideal + from_worst
    closeness = np.full(len(both), 0.5)
    np.divide(from_worst, both, out=closeness, where=both > SAME)
    return closeness


def ranks(scores: Floats) -> Ints:
    """Return the rank of each candidate by its score: 1 is best, equal ones share a rank."""
    first, _ = _places(scores[None, :])
    return np.asarray(first[0] + 1, dtype=np.int64)


def weight_sets(weights: Floats, spread: float, sets: int, seed: int) -> Floats:
    """Draw sets of weights around the given ones.

    A set is ``(1 - spread) · given + spread · any``, ``any`` uniform on the simplex of the
    criteria whose given weight is not 0 (Dirichlet with ones). So every criterion keeps at least
    the share ``1 - spread`` of its given weight, and the rest may go anywhere: 0 are the given
    weights, 1 any weights at all. A criterion that the study gives no weight gets none. The mean
    of the sets is drawn towards equal weights: ``(1 - spread) · given + spread ÷ m``, m the
    number of criteria with a weight.

    Parameters
    ----------
    weights
        Shape (m,), the given ones, adding up to one.
    spread
        From 0 to 1.
    sets
        How many sets.
    seed
        Of the PCG64 generator; the same seed, the same sets.

    Returns
    -------
    drawn
        Shape (sets, m); each row adds up to one.
    """
    random = np.random.Generator(np.random.PCG64(seed))
    parts = random.standard_exponential((sets, len(weights))) * (weights > 0)
    anything = parts / parts.sum(axis=1, keepdims=True)
    return np.asarray((1 - spread) * weights + spread * anything, dtype=np.float64)


@dataclass(frozen=True)
class Acceptability:
    """What SMAA-2 says of ``c`` candidates and ``m`` criteria.

    Attributes
    ----------
    rank_share
        Shape (c, c), the probability that a candidate (row) has a rank (column, best first).
        Candidates that tie share their ranks equally. Rows and columns add up to one.
    central_weights
        Shape (c, m), the mean of the weights at which each is first; NaN if it never is.
    confidence
        Shape (c,), the probability that it is first at its central weights, over the draws of
        the criteria; NaN if it never is.
    beats
        Shape (c, c), the probability that one (row) is better than another (column); a tie is
        no win of either.
    mean_rank
        Shape (c,), the mean of its ranks.
    order
        Shape (c,), rows by mean rank, ties by how often they are first, then as given.
    sets
        How many rankings were drawn.
    """

    rank_share: Floats
    central_weights: Floats
    confidence: Floats
    beats: Floats
    mean_rank: Floats
    order: Ints
    sets: int


def smaa(drawn: Floats, weights: Floats, *, spread: float, sets: int, seed: int) -> Acceptability:
    """Tell how often each candidate has each rank (SMAA-2).

    Every draw of the criteria is ranked by the weighted sum with sets of weights of its own,
    equally many for each; ``sets`` is rounded up to a whole number of sets a draw. At a spread
    of 0, or without sets, every draw is ranked once, at the given weights.

    Parameters
    ----------
    drawn
        Shape (n, c, m), the normalised criteria in each draw of the speeds; n = 1 where speeds
        are certain.
    weights
        Shape (m,), the given weights, adding up to one.
    spread
        How unsure the weights are; see :func:`weight_sets`.
    sets
        How many sets of weights are drawn.
    seed
        The seed of the weights.

    Raises
    ------
    ValueError
        If there is no draw of the criteria.
    """
    draws, count, width = drawn.shape
    if not draws:
        msg = "give at least one draw of the criteria: the usual one"
        raise ValueError(msg)
    certain = spread == 0 or sets == 0
    total = draws if certain else -(-sets // draws) * draws
    weight = np.tile(weights, (total, 1)) if certain else weight_sets(weights, spread, total, seed)
    steps, beats = np.zeros((count, count)), np.zeros((count, count))
    first_weight = np.zeros((count, width))
    for some in _chunks(total, count):
        scores = np.einsum("bcm,bm->bc", drawn[some % draws], weight[some])
        first, size = _places(scores)
        steps += _steps(first, size)
        beats += (first[:, :, None] < first[:, None, :]).sum(axis=0)
        first_weight += ((first == 0) / size).T @ weight[some]
    shares = np.cumsum(steps, axis=1) / total
    shares[shares < SAME] = 0.0
    often_first = shares[:, :1].sum(axis=1)
    central = first_weight / np.where(often_first > 0, often_first * total, np.nan)[:, None]
    number = np.arange(count)
    mean_rank = shares @ (number + 1.0)
    return Acceptability(
        rank_share=shares,
        central_weights=central,
        confidence=_confidence(drawn, central),
        beats=beats / total,
        mean_rank=mean_rank,
        order=np.lexsort((number, -often_first, np.round(mean_rank, 9))),
        sets=total,
    )


@dataclass(frozen=True)
class Lead:
    """Whether the first of a ranking can be told apart from those behind.

    Attributes
    ----------
    chance
        The probability that the first is better than the second; NaN with fewer than two.
    separable
        Whether it is better than every other one with at least the sure probability.
    group
        Rows of the first and of all that it cannot be told apart from, in the order.
    """

    chance: float
    separable: bool
    group: tuple[int, ...]


def lead(order: Ints, beats: Floats, sure_share: float) -> Lead:
    """Tell whether the first of a ranking can be told apart.

    Parameters
    ----------
    order
        Shape (c,), rows of the candidates, the best first, by any method.
    beats
        Shape (c, c), from :func:`smaa`.
    sure_share
        The probability from which one is taken to be better than another.
    """
    first, *others = (int(row) for row in order) if len(order) else (-1,)
    if not others:
        return Lead(np.nan, bool(len(order)), (first,) if len(order) else ())
    unsure = [other for other in others if beats[first, other] < sure_share]
    return Lead(float(beats[first, others[0]]), not unsure, (first, *unsure))


def _places(scores: Floats) -> tuple[Ints, Ints]:
    """Return where each candidate stands in each ranking, and with how many it stands there.

    Parameters
    ----------
    scores
        Shape (b, c).

    Returns
    -------
    first, size
        Shape (b, c): the best place (from 0) of those that are equal, and how many they are.
    """
    rankings, count = scores.shape
    order = np.argsort(-scores, axis=1, kind="stable")
    falling = np.take_along_axis(scores, order, axis=1)
    new = np.ones((rankings, count), dtype=bool)
    new[:, 1:] = falling[:, :-1] - falling[:, 1:] > SAME
    place = np.arange(count)
    begin = np.maximum.accumulate(np.where(new, place, 0), axis=1)
    last = np.ones((rankings, count), dtype=bool)
    last[:, :-1] = new[:, 1:]
    end = np.minimum.accumulate(np.where(last, place, count)[:, ::-1], axis=1)[:, ::-1]
    first, size = np.empty_like(order), np.empty_like(order)
    np.put_along_axis(first, order, begin, axis=1)
    np.put_along_axis(size, order, end + 1 - begin, axis=1)
    return first, size


def _steps(first: Ints, size: Ints) -> Floats:
    """Return by how much the share of each rank differs from that of the rank before.

    Each candidate (row) has a share of 1 ÷ ``size`` of as many ranks (columns) from ``first`` on.
    """
    count = first.shape[1]
    row = np.arange(count) * (count + 1)

    def at(place: Ints) -> Floats:
        shares: Floats = np.bincount(
            (row + place).ravel(), (1 / size).ravel(), count * (count + 1)
        ).astype(np.float64)
        return shares.reshape(count, count + 1)[:, :count]

    return at(first) - at(first + size)


def _chunks(total: int, count: int) -> Iterator[Ints]:
    length = max(1, CHUNK // max(1, count * count))
    for start in range(0, total, length):
        yield np.arange(start, min(start + length, total))


def _confidence(drawn: Floats, central: Floats) -> Floats:
    confidence = np.full(len(central), np.nan)
    for row in np.flatnonzero(np.isfinite(central).all(axis=1)):
        first, size = _places(drawn @ central[row])
        confidence[row] = ((first[:, row] == 0) / size[:, row]).mean()
    return confidence

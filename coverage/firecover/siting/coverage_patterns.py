"""Which sites reach which demand, with identical demand merged into patterns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from firecover.siting.solver import Bools, Floats, Ints

#: Comparing all patterns with each other beyond so many operations takes longer than it saves.
WORTHWHILE = 5e10


@dataclass(frozen=True)
class Cover:
    """Demand by the set of sites that reach it: demand with the same set is one pattern.

    Attributes
    ----------
    reached
        Shape (patterns, n), ones where a site reaches a pattern.
    weight
        Shape (patterns,), the demand of each pattern together.
    pattern
        Shape (d,), the pattern of each demand.
    """

    reached: sp.csr_array
    weight: Floats
    pattern: Ints

    @property
    def total(self) -> float:
        """All the demand there is, reached or not."""
        return float(self.weight.sum())

    def times_covered(self, opened: ArrayLike) -> Floats:
        """Return how many of some sites (indices) reach each pattern, shape (patterns,)."""
        picked = np.zeros(self.reached.shape[1])
        picked[np.asarray(opened, dtype=np.int64)] = 1.0
        return np.asarray(self.reached @ picked, dtype=np.float64)

    def covered_weight(self, opened: ArrayLike, times: int = 1) -> float:
        """Return the demand that at least so many of some sites (indices) reach."""
        return float(self.weight[self.times_covered(opened) >= times].sum())


def cover_within(time_s: Floats, limit_s: float | Floats, weight: ArrayLike = 1.0) -> Cover:
    """Return who reaches whom within a time.

    Parameters
    ----------
    time_s
        Shape (n, d), seconds from each site to each demand, infinite where there is no way.
    limit_s
        The most seconds, one number or shape (d,). A site that takes just as long reaches.
    weight
        The demand, one number or shape (d,).
    """
    return cover_of(np.asarray(time_s) <= limit_s, weight)


def cover_of(
    reached: Bools | sp.sparray, weight: ArrayLike = 1.0, apart: ArrayLike | None = None
) -> Cover:
    """Merge identical demand.

    Parameters
    ----------
    reached
        Shape (n, d), dense or sparse: which site reaches which demand.
    weight
        The demand, one number or shape (d,).
    apart
        Shape (d,), numbers; demand that differs in them is not merged.
    """
    if isinstance(reached, np.ndarray):
        packed = np.packbits(reached, axis=0).T
    else:
        packed = _packed(sp.csc_array(reached))
    if apart is not None:
        _, kind = np.unique(np.asarray(apart), return_inverse=True)
        packed = np.hstack([packed, kind.astype(np.int64)[:, None].view(np.uint8)])
    pattern, first = merge_identical(packed)
    places = len(packed)
    weights = np.broadcast_to(np.asarray(weight, dtype=np.float64), places)
    together = np.bincount(pattern, weights=weights, minlength=len(first)).astype(np.float64)
    if isinstance(reached, np.ndarray):
        distinct = sp.csr_array(np.asarray(reached[:, first].T, dtype=np.float64))
    else:
        distinct = sp.csr_array(sp.csc_array(reached)[:, first].T.astype(np.float64))
    return Cover(distinct, together, pattern)


def _packed(reached: sp.csc_array, chunk: int = 65536) -> NDArray[np.uint8]:
    """Return a row of bits for each column of a sparse table."""
    sites, places = reached.shape
    packed = np.zeros((places, -(-sites // 8)), dtype=np.uint8)
    for begin in range(0, places, chunk):
        part = reached[:, begin : begin + chunk].toarray() != 0
        packed[begin : begin + chunk] = np.packbits(part, axis=0).T
    return packed


def merge_identical(rows: NDArray[Any]) -> tuple[Ints, Ints]:
    """Give numbers to the distinct rows of a table, in the order in which they first appear.

    Returns
    -------
    number, first
        Shape (r,), the number of each row; shape (distinct,), where each first stands.
    """
    if not rows.size:
        return np.zeros(len(rows), dtype=np.int64), np.arange(min(len(rows), 1))
    solid = np.ascontiguousarray(rows)
    width = solid.dtype.itemsize * solid.shape[1]
    keys = solid.view(np.dtype((np.void, width)))[:, 0].tolist()
    numbers: dict[bytes, int] = {}
    number = np.fromiter((numbers.setdefault(key, len(numbers)) for key in keys), np.int64)
    first = np.full(len(numbers), len(number), dtype=np.int64)
    np.minimum.at(first, number, np.arange(len(number)))
    return number, first


def stack(covers: Sequence[Cover], shares: Sequence[float]) -> Cover:
    """Return one cover of several kinds of demand, each weighted by its share."""
    starts = np.cumsum([0, *(len(cover.weight) for cover in covers)])
    return Cover(
        reached=sp.csr_array(sp.vstack([cover.reached for cover in covers], format="csr")),
        weight=np.concatenate(
            [cover.weight * share for cover, share in zip(covers, shares, strict=True)]
        ),
        pattern=np.concatenate(
            [cover.pattern + start for cover, start in zip(covers, starts[:-1], strict=True)]
        ),
    )


def dominated(cover: Cover, cost: Floats, usable: Bools) -> Ints:
    """Tell which sites another one replaces: it reaches all that they reach, and costs no more.

    Where sites reach the same at the same cost, the first one stays.

    Parameters
    ----------
    cover
        Who reaches whom.
    cost
        Shape (n,), what each site costs.
    usable
        Shape (n,), the sites that are compared.

    Returns
    -------
    by
        Shape (n,), the site that replaces each, itself not replaced by any; -1: none.
    """
    reached = sp.csc_array(cover.reached)
    count = reached.shape[1]
    by = np.full(count, -1, dtype=np.int64)
    if not count:
        return by
    shared = (reached.T @ reached).toarray()
    size = np.diag(shared)
    sites = np.arange(count)
    # [other, site]: the other reaches everything that the site does
    within = (shared == size[None, :]) & usable[:, None] & usable[None, :]
    cheaper = cost[:, None] <= cost[None, :]
    alike = within & within.T & cheaper & cheaper.T
    better = within & cheaper & (~alike | (sites[:, None] < sites[None, :]))
    better &= sites[:, None] != sites[None, :]
    replaced = better.any(axis=0)
    final = better & ~replaced[:, None]
    by[replaced] = final.argmax(axis=0)[replaced]
    return by


def reduced(reached: sp.csr_array, cost: Floats, usable: Bools) -> tuple[Ints, Ints]:
    """Leave out what does not matter when everything must be covered at the least cost.

    A pattern that is reached by all the sites of another one is covered with it; a site that
    another one replaces is not needed. Leaving out the one lets more of the other go.

    Parameters
    ----------
    reached
        Shape (patterns, n), ones where a site reaches a pattern.
    cost
        Shape (n,), what each site costs.
    usable
        Shape (n,), the sites that may be opened.

    Returns
    -------
    rows, columns
        The patterns and the sites that are left, by index. An optimum over them is one over
        all, though not the only one.
    """
    rows = np.arange(reached.shape[0])
    columns = np.flatnonzero(usable)
    while True:
        part = sp.csr_array(reached[rows][:, columns])
        kept_rows = without_supersets(part)
        part = sp.csr_array(part[kept_rows])
        cover = Cover(part, np.ones(kept_rows.size), kept_rows)
        useful = np.asarray(part.sum(axis=0)).ravel() > 0
        by = dominated(cover, cost[columns], useful)
        kept_columns = np.flatnonzero(useful & (by < 0))
        if kept_columns.size == columns.size and kept_rows.size == rows.size:
            return rows, columns
        rows, columns = rows[kept_rows], columns[kept_columns]


def without_supersets(reached: sp.csr_array, chunk: int = 1024) -> Ints:
    """Return the rows that hold no other row; of equal rows the first."""
    count, width = reached.shape
    if count * count * width > WORTHWHILE:
        return np.arange(count)
    table = reached.toarray().astype(np.float32)
    size = table.sum(axis=1)
    earlier = np.arange(count)
    kept = np.ones(count, dtype=bool)
    for begin in range(0, count, chunk):
        here = slice(begin, begin + chunk)
        holds = table[here] @ table.T == size[None, :]
        larger = size[here, None] > size[None, :]
        later = (size[here, None] == size[None, :]) & (earlier[here, None] > earlier[None, :])
        kept[here] = ~(holds & (larger | later)).any(axis=1)
    return np.flatnonzero(kept)

"""Number nodes so that neighbours in space are neighbours in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firecover.network.engines.graph import Graph

_BITS = 16  # the curve's grid: 65,536 cells a side


def hilbert_order(xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return points in the order of a Hilbert curve through their bounding box.

    Two cells that follow each other on the curve share a side, so a search that spreads
    over an area stays within few stretches of memory. Bit-wise form of the curve after
    J. Skilling, "Programming the Hilbert curve", AIP Conference Proceedings 707 (2004).

    Parameters
    ----------
    xy
        Shape (n, 2).

    Returns
    -------
    order
        Shape (n,), a permutation; equal places keep their order.
    """
    if not len(xy):
        return np.zeros(0, np.int64)
    low, size = xy.min(axis=0), max(float(np.ptp(xy, axis=0).max()), 1e-9)
    cell = np.minimum((xy - low) / size * (1 << _BITS), (1 << _BITS) - 1).astype(np.int32)
    x, y = cell[:, 0].copy(), cell[:, 1].copy()
    along = np.zeros(len(xy), np.uint32)
    for bit in range(_BITS - 1, -1, -1):
        right, up = (x >> bit) & 1, (y >> bit) & 1
        along = (along << 2) | ((3 * right) ^ up).astype(np.uint32)
        # Turn the quadrant so that the curve inside it begins where it was entered.
        mask = (1 << bit) - 1
        x, y = x & mask, y & mask
        flip = (up == 0) & (right == 1)
        x, y = np.where(flip, mask - x, x), np.where(flip, mask - y, y)
        swap = up == 0
        x, y = np.where(swap, y, x), np.where(swap, x, y)
    return np.argsort(along, kind="stable")


@dataclass(frozen=True)
class Renumbered:
    """A graph whose nodes were given new numbers.

    Attributes
    ----------
    graph
        The arcs between new numbers, without coordinates; within a node in the order that
        they had.
    old
        Shape (n,), int32, the old number of each new one.
    new
        Shape (n,), int32, the new number of each old one.
    """

    graph: Graph
    old: NDArray[np.int32]
    new: NDArray[np.int32]


def renumber(graph: Graph) -> Renumbered:
    """Give nodes numbers along a Hilbert curve; without coordinates they keep theirs."""
    n = graph.node_count
    old = np.arange(n) if graph.xy is None else hilbert_order(graph.xy)
    new = np.empty(n, np.int32)
    new[old] = np.arange(n, dtype=np.int32)
    sizes = np.diff(graph.indptr)[old]
    indptr = np.concatenate(([0], np.cumsum(sizes)))
    arc = np.repeat(graph.indptr[:-1][old] - indptr[:-1], sizes) + np.arange(indptr[-1])
    renumbered = Graph(indptr.astype(np.int64), new[graph.head[arc]], graph.seconds[arc])
    return Renumbered(renumbered, old.astype(np.int32), new)

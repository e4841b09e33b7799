"""Cut edges into short pieces of equal length, to tell grade and curvature piece by piece."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firecover.network.road_network import RoadNetwork

#: Longest piece (metres): short enough for a hairpin, and finer than any terrain at hand.
STEP_M = 15.0
#: Pieces that are reckoned with at a time; bounds the memory.
BLOCK = 1_000_000


@dataclass(frozen=True)
class EdgePieces:
    """Edges cut into ``p`` pieces; those of one edge are equally long.

    Attributes
    ----------
    start
        Shape (m + 1,): edge ``i`` holds pieces ``start[i]:start[i + 1]``, at least one. Its
        piece ends are the points ``start[i] + i`` to ``start[i + 1] + i``.
    length_m
        Shape (m,), length of one piece of each edge.
    """

    start: NDArray[np.int64]
    length_m: NDArray[np.float64]

    @property
    def count(self) -> NDArray[np.int64]:
        """Shape (m,), the number of pieces of each edge."""
        return np.diff(self.start)

    @property
    def edge(self) -> NDArray[np.int64]:
        """Shape (p,), the edge of each piece."""
        return np.repeat(np.arange(len(self.length_m)), self.count)

    @property
    def first_point(self) -> NDArray[np.int64]:
        """Shape (m,), the number of the point at each edge's tail."""
        return self.start[:-1] + np.arange(len(self.length_m))

    @property
    def last_point(self) -> NDArray[np.int64]:
        """Shape (m,), the number of the point at each edge's head."""
        return self.start[1:] + np.arange(len(self.length_m))

    @property
    def fraction(self) -> NDArray[np.float64]:
        """Shape (p,), where the middle of each piece lies on its edge, 0 to 1."""
        number = np.arange(self.start[-1]) - np.repeat(self.start[:-1], self.count)
        return (number + 0.5) / np.repeat(self.count, self.count)

    def part(self, first: int, last: int) -> EdgePieces:
        """Return the pieces of edges ``first`` to ``last`` (not included), numbered from 0."""
        return EdgePieces(
            self.start[first : last + 1] - self.start[first], self.length_m[first:last]
        )

    def points_of(self, first: int, last: int) -> slice:
        """Return the points of edges ``first`` to ``last`` (not included)."""
        return slice(int(self.start[first]) + first, int(self.start[last]) + last)


def in_blocks(start: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Go through runs of rows, with ``start`` as in a ragged array, about a block long each."""
    marks = np.searchsorted(start, np.arange(0, start[-1], BLOCK))
    yield from itertools.pairwise(np.unique(np.append(marks, len(start) - 1)).tolist())


def cut_edges(network: RoadNetwork, step_m: float = STEP_M) -> EdgePieces:
    """Cut every edge into the fewest equal pieces no longer than ``step_m``."""
    count = np.maximum(np.ceil(network.length_m / step_m - 1e-9), 1).astype(np.int64)
    start = np.concatenate(([0], np.cumsum(count)))
    return EdgePieces(start, network.length_m / count)


def piece_ends(network: RoadNetwork, pieces: EdgePieces) -> NDArray[np.float64]:
    """Return the ends of all pieces, shape (p + m, 2); an edge's first and last are its nodes."""
    start = network.vertex_start
    along = np.linalg.norm(np.diff(network.vertex_xy, axis=0), axis=1)
    # All edges lie on one axis, a metre apart, so that one interpolation serves them all.
    along[start[1:-1] - 1] = 1.0
    along = np.concatenate(([0.0], np.cumsum(along)))
    points = pieces.count + 1
    first = pieces.first_point
    number = np.arange(points.sum()) - np.repeat(first, points)
    at = np.repeat(along[start[:-1]], points) + number * np.repeat(pieces.length_m, points)
    xy = np.column_stack([np.interp(at, along, network.vertex_xy[:, axis]) for axis in (0, 1)])
    xy[first] = network.node_xy[network.tail]
    xy[pieces.last_point] = network.node_xy[network.head]
    return xy

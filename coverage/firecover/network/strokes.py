"""Follow roads through junctions: chains of edges, each the straight continuation of the last."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firecover.network.pieces import EdgePieces
from firecover.network.road_network import RoadNetwork

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
#: A road goes on where it turns by less than this at a junction (degrees).
MAX_TURN_DEG = 60.0
_ROUNDS = 3


@dataclass(frozen=True)
class Strokes:
    """Every edge in one chain, in the order and sense in which the chain runs.

    Attributes
    ----------
    edge
        Shape (m,), chain after chain.
    reverse
        Shape (m,), whether the chain runs through that edge from head to tail.
    start
        Shape (chains + 1,), chain ``k`` holds ``edge[start[k]:start[k + 1]]``.
    """

    edge: Ints
    reverse: NDArray[np.bool_]
    start: Ints

    def points(self, pieces: EdgePieces) -> Ints:
        """Return the numbers of all piece ends, shape (p + m,), in the order of the chains."""
        count = pieces.count[self.edge] + 1
        begin = np.cumsum(count) - count
        number = np.arange(count.sum()) - np.repeat(begin, count)
        first, last = pieces.first_point[self.edge], pieces.last_point[self.edge]
        from_end = np.repeat(np.where(self.reverse, last, first), count)
        return from_end + np.where(np.repeat(self.reverse, count), -number, number)


def follow_roads(
    network: RoadNetwork, pieces: EdgePieces, xy: Floats, known: NDArray[np.bool_]
) -> Strokes:
    """Join edges that go straight on into chains ("strokes").

    At each node the two edges that turn least into each other are joined, then the next two
    of those left, as long as the turn is below :data:`MAX_TURN_DEG`.

    Parameters
    ----------
    xy
        Shape (p + m, 2), the ends of the pieces.
    known
        Shape (m,), False for edges that are joined to none.
    """
    joined = _joined_ends(network, pieces, xy, known)
    m = network.edge_count
    node = np.column_stack((network.tail, network.head)).ravel().tolist()
    order: list[int] = []
    starts: list[int] = []
    seen = [False] * m
    # Ends are numbered: edge i has its tail as 2 i and its head as 2 i + 1. Chains begin at
    # ends that go nowhere; what is left then are rings, which begin at their lowest node.
    for begin in [*np.flatnonzero(joined < 0).tolist(), *range(0, 2 * m, 2)]:
        end = begin
        if seen[end >> 1]:
            continue
        starts.append(len(order))
        chain = []
        while end >= 0 and not seen[end >> 1]:
            seen[end >> 1] = True
            chain.append(end)
            end = joined[end ^ 1]
        turn = 0 if end < 0 else min(range(len(chain)), key=lambda i: node[chain[i]])
        order += chain[turn:] + chain[:turn]
    entered = np.array(order, dtype=np.int64)
    return Strokes(entered >> 1, (entered & 1).astype(bool), np.array([*starts, m], dtype=np.int64))


def _joined_ends(
    network: RoadNetwork, pieces: EdgePieces, xy: Floats, known: NDArray[np.bool_]
) -> Ints:
    """Return, for each end of an edge, the end of another that goes straight on, or -1."""
    m = network.edge_count
    node = np.column_stack((network.tail, network.head)).ravel()
    first, last = pieces.first_point, pieces.last_point
    away = np.stack((xy[first + 1] - xy[first], xy[last - 1] - xy[last]), axis=1).reshape(-1, 2)
    size = np.hypot(away[:, 0], away[:, 1])
    usable = (size > 0) & np.repeat(known, 2)
    away[usable] /= size[usable, None]
    joined = np.full(2 * m, -1, dtype=np.int64)
    for _ in range(_ROUNDS):
        free = np.flatnonzero((joined < 0) & usable)
        free = free[np.argsort(node[free], kind="stable")]
        one, other = _straightest(free, node, away)
        if not len(one):
            break
        joined[one], joined[other] = other, one
    return joined


def _straightest(ends: Ints, node: Ints, away: Floats) -> tuple[Ints, Ints]:
    """Return, at each node, the two ends that turn least into each other, if little enough."""
    pairs: list[Ints] = [np.empty((2, 0), dtype=np.int64)]
    gap = 1
    while gap < len(ends):
        same = node[ends[gap:]] == node[ends[:-gap]]
        if not same.any():
            break
        pairs.append(np.stack((ends[:-gap][same], ends[gap:][same])))
        gap += 1
    one, other = np.concatenate(pairs, axis=1)
    turn = (away[one] * away[other]).sum(axis=1)  # -1 is straight on
    good = (turn < -np.cos(np.radians(MAX_TURN_DEG))) & (one >> 1 != other >> 1)
    one, other, turn = one[good], other[good], turn[good]
    best = np.lexsort((one, turn, node[one]))
    _, at = np.unique(node[one[best]], return_index=True)
    return one[best[at]], other[best[at]]

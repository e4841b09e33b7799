"""What it costs to pass from one road into another: turns, U-turns, signals, forbidden turns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from firecover.network.road_network import RoadNetwork

#: Below this angle a driver goes straight on, above the other one turns round; degrees.
STRAIGHT_DEG, U_TURN_DEG = 30.0, 150.0
#: Directions are taken this far from the junction: the last metre of a line is often crooked.
LOOK_BACK_M = 15.0


@dataclass(frozen=True)
class TurnCosts:
    """Seconds that a vehicle loses in passing a junction, by the turn it makes.

    ``u_turn_s`` also holds at dead ends. At a node where just two roads meet, going on costs
    nothing: that is a bend, not a junction.
    """

    straight_s: float = 0.0
    right_s: float = 0.0
    left_s: float = 0.0
    u_turn_s: float = 0.0

    @property
    def free(self) -> bool:
        """Whether no turn costs anything."""
        return self.straight_s == self.right_s == self.left_s == self.u_turn_s == 0


@dataclass(frozen=True)
class Turns:
    """All allowed turns, ``t`` of them, between directed arcs.

    Arc ``e`` is edge ``e`` driven forwards, arc ``m + e`` the same edge driven backwards.

    Attributes
    ----------
    from_arc, to_arc
        Shape (t,), sorted by ``from_arc``, then ``to_arc``.
    seconds
        Shape (t,), what the turn costs, signals and barriers included.
    """

    from_arc: NDArray[np.int64]
    to_arc: NDArray[np.int64]
    seconds: NDArray[np.float64]


def turns(
    network: RoadNetwork,
    costs: TurnCosts,
    node_delay_s: NDArray[np.float64] | None = None,
    forbidden: NDArray[np.int64] | None = None,
    last: NDArray[np.bool_] | None = None,
) -> Turns:
    """List the turns at every node, with their costs.

    Parameters
    ----------
    network
        The network.
    costs
        What turns cost.
    node_delay_s
        Shape (n,), what passing a node costs besides (signals, gates); infinite where it
        cannot be passed. An engine may still turn round before a closed node.
    forbidden
        Shape (f, 2), pairs of arcs that may not follow each other.
    last
        Shape (2m,), arcs against a one-way that may be turned into, but only as the last.
    """
    m = network.edge_count
    start = np.concatenate((network.tail, network.head))
    end = np.concatenate((network.head, network.tail))
    allowed = np.isfinite(np.concatenate((network.forward_s, network.backward_s)))
    arcs = np.flatnonzero(allowed)
    onto = arcs if last is None else np.flatnonzero(allowed | last)

    out = onto[np.argsort(start[onto], kind="stable")]
    first = np.searchsorted(start[out], np.arange(network.node_count + 1))
    leaving = np.diff(first)[end[arcs]]
    from_arc = np.repeat(arcs, leaving)
    number = np.arange(len(from_arc)) - np.repeat(np.cumsum(leaving) - leaving, leaving)
    to_arc = out[first[end[from_arc]] + number]

    at = end[from_arc]
    back = (from_arc % m == to_arc % m) & (from_arc != to_arc)
    seconds = _costs(network, costs, from_arc, to_arc, back)
    if node_delay_s is not None:
        seconds = seconds + np.where(back & np.isinf(node_delay_s[at]), 0.0, node_delay_s[at])
    keep = np.isfinite(seconds)
    if forbidden is not None and len(forbidden):
        pair = from_arc * (2 * m) + to_arc
        keep &= ~np.isin(pair, forbidden[:, 0] * (2 * m) + forbidden[:, 1])
    from_arc, to_arc, seconds = from_arc[keep], to_arc[keep], seconds[keep]
    order = np.lexsort((to_arc, from_arc))
    return Turns(from_arc[order], to_arc[order], seconds[order])


def _costs(
    network: RoadNetwork,
    costs: TurnCosts,
    from_arc: NDArray[np.int64],
    to_arc: NDArray[np.int64],
    back: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return the cost of each turn by its angle."""
    if costs.free:
        return np.zeros(len(from_arc))
    arriving, setting_out = _directions(network)
    before, after = arriving[from_arc], setting_out[to_arc]
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    angle = np.degrees(np.arctan2(cross, (before * after).sum(axis=1)))
    turn = np.select(
        [back | (np.abs(angle) > U_TURN_DEG), angle > STRAIGHT_DEG, angle < -STRAIGHT_DEG],
        [costs.u_turn_s, costs.left_s, costs.right_s],
        default=costs.straight_s,
    )
    ends = np.bincount(np.concatenate((network.tail, network.head)), minlength=network.node_count)
    m = network.edge_count
    at = np.where(from_arc < m, network.head[from_arc % m], network.tail[from_arc % m])
    bend = (ends[at] == 2) & ~back  # noqa: PLR2004 - two roads meet
    return np.where(bend, 0.0, turn)


def _directions(network: RoadNetwork) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return, for every arc, the directions in which it arrives and sets out, shape (2m, 2)."""
    lines, length_m = network.lines(), network.length_m
    step_m = np.minimum(LOOK_BACK_M, length_m / 2)
    near_tail = shapely.get_coordinates(shapely.line_interpolate_point(lines, step_m))
    near_head = shapely.get_coordinates(shapely.line_interpolate_point(lines, length_m - step_m))
    from_tail = near_tail - network.node_xy[network.tail]
    into_head = network.node_xy[network.head] - near_head
    return np.concatenate((into_head, -from_tail)), np.concatenate((from_tail, -into_head))

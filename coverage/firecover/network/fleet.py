"""The network as each kind of vehicle drives it: one set of roads, several sets of times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from firecover.layers.model import RasterLayer, Roads
from firecover.layers.provenance import QualityNote
from firecover.network.road_network import (
    LeftOut,
    RoadNetwork,
    largest_part,
    streets,
    take_edges,
)
from firecover.network.road_state import RoadState
from firecover.network.routing_graph import (
    LastStretch,
    RoutingGraph,
    last_stretch,
    routing_graph,
)
from firecover.network.terrain import (
    REASONS,
    EdgeTimes,
    RoadShape,
    VehiclePhysics,
    edge_times,
    road_shape,
)
from firecover.network.terrain_summary import TerrainSummary, terrain_notes, terrain_summary
from firecover.network.turns import TurnCosts, Turns, turns
from firecover.network.vehicle import (
    CLOSED_REASONS,
    allowed_directions,
    base_speed,
    blocked_vertices,
    passable,
    restrictions_for,
    urban_edges,
    vehicle_report,
)
from firecover.standards.vehicles import Vehicle


@dataclass(frozen=True)
class Driving:
    """How vehicles are driven.

    Attributes
    ----------
    speed_kmh
        Speeds by road class that replace those of every vehicle.
    use_maxspeed
        Whether posted limits bind.
    turn_costs
        Whether turns, signals and gates take time, and forbidden turns are forbidden.
    ignore_oneway, ignore_restrictions
        Whether vehicles drive against one-ways (never on expressways), and make forbidden
        turns.
    contraflow_m
        How far they go against a one-way for the last stretch.
    """

    speed_kmh: Mapping[str, float] = field(default_factory=dict)
    use_maxspeed: bool = True
    turn_costs: bool = True
    ignore_oneway: bool = False
    ignore_restrictions: bool = False
    contraflow_m: float = 0.0


@dataclass(frozen=True)
class Drive:
    """The network as one vehicle drives it.

    Attributes
    ----------
    vehicle
        The vehicle.
    network
        The roads with its times.
    turns
        What turns cost it; None where they are free.
    routing
        The graph to search.
    reason
        Shape (m,), what makes each edge as slow as it is: what sets the speed on the level
        (see :data:`firecover.network.vehicle.SPEED_REASONS`), or ``curve`` or ``grade``
        where most of the time passes under these, in the slower direction.
    terrain
        What hills and bends cost.
    closed_m
        Length of the roads that it cannot pass, by reason (see
        :data:`firecover.network.vehicle.CLOSED_REASONS`); of all roads, those left out too.
    """

    vehicle: Vehicle
    network: RoadNetwork
    turns: Turns | None
    routing: RoutingGraph
    reason: NDArray[np.str_]
    terrain: TerrainSummary
    closed_m: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Fleet:
    """The roads, and each vehicle's way of driving them.

    Attributes
    ----------
    network
        The roads with the times of the first vehicle.
    drives
        By the vehicle's id, the first vehicle first; all over the same edges.
    left_out
        Roads that cannot be driven to and back, by any vehicle.
    quality
        What is closed to whom and why, and what the terrain does not say.
    """

    network: RoadNetwork
    drives: Mapping[str, Drive]
    left_out: LeftOut
    quality: tuple[QualityNote, ...]

    def under(self, state: RoadState) -> Fleet:
        """Return the fleet on roads in some state; turns cost what they did.

        A closed road is closed from end to end and both ways: nobody drives on it, nothing
        beside it is reached, not even from a junction that it meets, and no station on it
        leaves. What lies beside it stays beside it: points put on these roads come to where
        they were on the open ones, so that closing a road never brings anything nearer.
        """
        if state.usual:
            return self
        factor = state.factors(self.network)
        closed = np.zeros(self.network.edge_count, dtype=bool)
        closed[list(state.closed)] = True
        drives = {name: _under(drive, factor, closed) for name, drive in self.drives.items()}
        return replace(self, network=next(iter(drives.values())).network, drives=drives)


def _under(drive: Drive, factor: NDArray[np.float64], closed: NDArray[np.bool_]) -> Drive:
    network = replace(
        drive.network,
        forward_s=np.where(closed, np.inf, drive.network.forward_s / factor),
        backward_s=np.where(closed, np.inf, drive.network.backward_s / factor),
    )
    # Where points lie beside the roads is told by the open ones.
    network.__dict__["access_stretches"] = drive.network.access_stretches
    shut, last, found = np.tile(closed, 2), drive.routing.last, drive.turns
    last = LastStretch(
        seconds=np.where(shut, np.inf, last.seconds / np.tile(factor, 2)),
        share=np.where(shut, -1.0, last.share),  # less than none: its very ends are closed, too
    )
    if found is not None:
        open_ = ~(shut[found.from_arc] | shut[found.to_arc])
        found = Turns(found.from_arc[open_], found.to_arc[open_], found.seconds[open_])
    routing = routing_graph(network, found, last)
    arc = np.repeat(np.arange(len(shut)), np.diff(routing.exit_start))
    routing = replace(routing, exit_s=np.where(shut[arc], np.inf, routing.exit_s))
    return replace(drive, network=network, turns=found, routing=routing)


def build_fleet(
    roads: Roads,
    vehicles: Sequence[Vehicle],
    driving: Driving,
    built_up: Sequence[BaseGeometry],
    dem: RasterLayer | None = None,
) -> Fleet:
    """Give every vehicle its times on every road.

    Speed = min(class or sign or surface, curve, grade); a road that a vehicle cannot pass
    takes it infinitely long.

    Parameters
    ----------
    roads
        The ways.
    vehicles
        The vehicles, the usual one first.
    driving
        How they are driven.
    built_up
        Built-up areas, in the roads' CRS: urban speeds hold inside.
    dem
        The terrain; without it all roads are level, and only bends slow down.

    Raises
    ------
    NetworkError
        If there are no roads, or none that can be driven both ways.
    """
    whole = streets(roads)
    urban = urban_edges(whole.lines(), built_up)
    forward, backward = allowed_directions(whole.attributes, ignore_oneway=driving.ignore_oneway)
    can, why_not = zip(*(passable(whole.attributes, vehicle) for vehicle in vehicles), strict=True)
    anyone = np.logical_or.reduce(can)
    edges, left_out = largest_part(whole, forward & anyone, backward & anyone)
    network = take_edges(whole, edges)
    shape = road_shape(network, dem)
    drives, notes = {}, list(terrain_notes(network, shape))
    for vehicle, ok, why in zip(vehicles, can, why_not, strict=True):
        ways = forward[edges] & ok[edges], backward[edges] & ok[edges]
        points = blocked_vertices(roads.points, vehicle)
        drive = _drive(roads, network, shape, vehicle, driving, urban[edges], ways, points)
        drives[vehicle.id] = replace(drive, closed_m=_closed_m(whole.length_m, why))
        notes += vehicle_report(whole.attributes, whole.length_m, vehicle, vertices=points)
    first = drives[vehicles[0].id].network
    return Fleet(first, drives, left_out, tuple(notes))


def _closed_m(length_m: NDArray[np.float64], why: NDArray[np.str_]) -> dict[str, float]:
    return {code: float(length_m[why == code].sum()) for code in CLOSED_REASONS if code in why}


def _drive(  # noqa: PLR0917 - private, called once
    roads: Roads,
    network: RoadNetwork,
    shape: RoadShape,
    vehicle: Vehicle,
    driving: Driving,
    urban: NDArray[np.bool_],
    ways: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    points: pd.DataFrame,
) -> Drive:
    speed_kmh, why = base_speed(
        network.attributes, vehicle, urban, driving.speed_kmh, use_maxspeed=driving.use_maxspeed
    )
    physics = VehiclePhysics(
        mass_t=vehicle.mass_t,
        power_kw=vehicle.power_kw,
        efficiency=vehicle.efficiency,
        rolling=vehicle.rolling,
        lateral_friction=vehicle.lateral_friction,
    )
    times = edge_times(shape, np.where(speed_kmh > 0, speed_kmh, 1.0), physics)
    own = replace(
        network,
        forward_s=np.where(ways[0], times.forward_s, np.inf),
        backward_s=np.where(ways[1], times.backward_s, np.inf),
    )
    last = _last_stretch(own, times, speed_kmh > 0, driving.contraflow_m)
    found = None
    if driving.turn_costs:
        found = _turns(roads, own, vehicle, driving, points, last)
    return Drive(
        vehicle=vehicle,
        network=own,
        turns=found,
        routing=routing_graph(own, found, last),
        reason=_reason(times, why),
        terrain=terrain_summary(own, shape, times),
    )


def _reason(times: EdgeTimes, why: NDArray[np.str_]) -> NDArray[np.str_]:
    slower = times.backward_s > times.forward_s
    code = np.where(slower, times.backward.reason, times.forward.reason)
    names = np.array(REASONS)[code]
    return np.where(names == "class", why, names)


def _last_stretch(
    network: RoadNetwork, times: EdgeTimes, ok: NDArray[np.bool_], contraflow_m: float
) -> LastStretch:
    """Open the last metres against one-ways, on roads that the vehicle can pass at all."""
    forward, backward = allowed_directions(network.attributes, ignore_oneway=True)
    passes = ok & (np.isfinite(network.forward_s) | np.isfinite(network.backward_s))
    against_s = np.concatenate(
        (
            np.where(forward & passes, times.forward_s, np.inf),
            np.where(backward & passes, times.backward_s, np.inf),
        )
    )
    return last_stretch(network, against_s, contraflow_m)


def _turns(  # noqa: PLR0917 - private, called once
    roads: Roads,
    network: RoadNetwork,
    vehicle: Vehicle,
    driving: Driving,
    points: pd.DataFrame,
    last: LastStretch,
) -> Turns:
    delay_s = np.zeros(network.node_count)
    order = np.argsort(network.node_vertex)
    at = np.searchsorted(network.node_vertex[order], points["vertex_id"])
    at = order[np.minimum(at, len(order) - 1)]
    there = network.node_vertex[at] == points["vertex_id"].to_numpy()
    wait_s = np.where(points["blocked"], np.inf, points["delay_s"])
    delay_s[at[there]] = wait_s[there]
    holding = restrictions_for(
        roads.restrictions, vehicle, ignore_restrictions=driving.ignore_restrictions
    )
    seconds = vehicle.turn_s
    costs = TurnCosts(seconds.straight, seconds.right, seconds.left, seconds.u_turn)
    onto = np.isfinite(last.seconds)
    return turns(network, costs, delay_s, forbidden_turns(network, holding), onto)


def forbidden_turns(network: RoadNetwork, restrictions: pd.DataFrame) -> NDArray[np.int64]:
    """Return the pairs of arcs that turn restrictions forbid, shape (f, 2).

    A restriction whose ways do not end where it holds is passed over: which turn it means
    cannot be told. Of "only" restrictions, turning round is forbidden, too.
    """
    m = network.edge_count
    way = np.tile(network.attributes["way"].to_numpy(), 2)
    start = np.concatenate((network.tail, network.head))
    end = np.concatenate((network.head, network.tail))
    node_of = {int(vertex): node for node, vertex in enumerate(network.node_vertex)}
    pairs: list[tuple[int, int]] = []
    for row in restrictions.to_dict("records"):
        node = node_of.get(int(row["via_vertex"]))
        if node is None:
            continue
        arriving = np.flatnonzero((end == node) & (way == row["from_way"]))
        leaving = np.flatnonzero(start == node)
        onto = leaving[way[leaving] == row["to_way"]]
        if len(arriving) != 1 or len(onto) != 1:
            continue
        barred = onto if row["kind"] == "no" else leaving[leaving != onto[0]]
        pairs += [(int(arriving[0]), int(arc)) for arc in barred]
    assert all(a < 2 * m for a, _ in pairs)
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)

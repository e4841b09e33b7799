"""Cap speeds by bends and grades: what an engine's power and its tyres allow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firecover.layers.model import RasterLayer
from firecover.network.curves import curve_radius
from firecover.network.elevation import MAX_GRADE, WINDOW_M, EdgeProfiles, edge_profiles
from firecover.network.pieces import STEP_M, EdgePieces, cut_edges, in_blocks
from firecover.network.road_network import RoadNetwork

Floats = NDArray[np.float64]
GRAVITY_M_S2 = 9.81
_KMH = 3.6
#: What may hold an engine back; ``reason`` of an edge is a number in this tuple.
REASONS = ("class", "curve", "grade")
CLASS, CURVE, GRADE = range(3)


@dataclass(frozen=True)
class VehiclePhysics:
    """What of a vehicle bends and grades ask for; the defaults are a loaded 16 t engine.

    Attributes
    ----------
    efficiency
        Share of the power that reaches the wheels.
    rolling
        Coefficient of rolling resistance.
    lateral_friction
        Share of the weight that may be asked of the tyres sideways, in comfort.
    braking_kw
        Power that the engine brake and retarder hold on a descent; None: descents are as
        fast as the road's class and bends allow, because nothing is known of the brakes.
    """

    mass_t: float = 16.0
    power_kw: float = 210.0
    efficiency: float = 0.85
    rolling: float = 0.015
    lateral_friction: float = 0.2
    braking_kw: float | None = None


@dataclass(frozen=True)
class RoadShape:
    """What the ground does to the edges of a network, the same for every vehicle.

    Attributes
    ----------
    pieces
        How the edges are cut.
    radius_m
        Shape (p,), of the bend each piece lies in; infinite where straight.
    grade
        Shape (p,), rise over run from tail to head; 0 without a terrain.
    profiles
        Heights, climbs, and what of them was bounded or not known; None without a terrain.
    """

    pieces: EdgePieces
    radius_m: Floats
    grade: Floats
    profiles: EdgeProfiles | None

    @property
    def smallest_radius_m(self) -> Floats:
        """Shape (m,), of the tightest bend of each edge."""
        return np.asarray(np.minimum.reduceat(self.radius_m, self.pieces.start[:-1]))

    @property
    def steepest_up(self) -> Floats:
        """Shape (m,), steepest rise over run from tail to head, 0 where it never rises."""
        highest = np.maximum.reduceat(self.grade, self.pieces.start[:-1])
        return np.asarray(np.maximum(highest, 0.0))

    @property
    def steepest_down(self) -> Floats:
        """Shape (m,), steepest fall from tail to head: the steepest rise on the way back."""
        lowest = np.minimum.reduceat(self.grade, self.pieces.start[:-1])
        return np.asarray(np.maximum(-lowest, 0.0))


@dataclass(frozen=True)
class Drive:
    """Driving every edge in one direction, whether or not that is allowed.

    Attributes
    ----------
    seconds
        Shape (m,).
    reason
        Shape (m,), int8 in :data:`REASONS`: under which of them most of the time passes.
    curve_m, grade_m
        Shape (m,), the length on which a bend (a grade) holds the vehicle below the base
        speed; where both do, the stricter counts.
    curve_lost_s, grade_lost_s
        Shape (m,), the time that this takes beyond that at the base speed.
    """

    seconds: Floats
    reason: NDArray[np.int8]
    curve_m: Floats
    grade_m: Floats
    curve_lost_s: Floats
    grade_lost_s: Floats


@dataclass(frozen=True)
class EdgeTimes:
    """Times over every edge, shape (m,); ``flat_s`` is that at the base speed, no caps."""

    flat_s: Floats
    forward: Drive
    backward: Drive

    @property
    def forward_s(self) -> Floats:
        """Seconds from tail to head."""
        return self.forward.seconds

    @property
    def backward_s(self) -> Floats:
        """Seconds from head to tail."""
        return self.backward.seconds


def road_shape(
    network: RoadNetwork,
    dem: RasterLayer | None,
    *,
    step_m: float = STEP_M,
    window_m: float = WINDOW_M,
    max_grade: float = MAX_GRADE,
) -> RoadShape:
    """Measure the bends and grades of every edge.

    Parameters
    ----------
    dem
        Metres above the sea; None: all roads are level.
    step_m
        Longest piece into which an edge is cut.
    window_m, max_grade
        See :func:`~firecover.network.elevation.edge_profiles`.
    """
    pieces = cut_edges(network, step_m)
    radius_m = curve_radius(network, pieces)
    if dem is None:
        return RoadShape(pieces, radius_m, np.zeros(len(radius_m)), None)
    profiles = edge_profiles(network, pieces, dem, window_m=window_m, max_grade=max_grade)
    return RoadShape(pieces, radius_m, profiles.grade, profiles)


def curve_cap_kmh(radius_m: Floats, vehicle: VehiclePhysics) -> Floats:
    """Return the speed in bends, √(g R μ): 30 m with μ = 0.2 gives 28 km/h."""
    return np.asarray(_KMH * np.sqrt(GRAVITY_M_S2 * radius_m * vehicle.lateral_friction))


def grade_cap_kmh(grade: Floats, vehicle: VehiclePhysics) -> Floats:
    """Return the speed at which the power is used up, η P / (m g (i + f)).

    Parameters
    ----------
    grade
        Rise over run in the direction of driving, negative downhill.

    Returns
    -------
    speed
        km/h. Where the slope outdoes the rolling resistance no power is needed: there is no
        cap then, but for ``braking_kw``: the same balance with the power of the brakes.
    """
    slope = np.asarray(grade, dtype=np.float64)
    weight_kn = vehicle.mass_t * GRAVITY_M_S2
    speed = np.full(slope.shape, np.inf)
    resistance_kn = weight_kn * (slope + vehicle.rolling)
    power_kw = vehicle.efficiency * vehicle.power_kw
    np.divide(_KMH * power_kw, resistance_kn, out=speed, where=resistance_kn > 0)
    if vehicle.braking_kw is not None:
        np.divide(-_KMH * vehicle.braking_kw, resistance_kn, out=speed, where=resistance_kn < 0)
    return speed


def edge_times(shape: RoadShape, base_speed_kmh: Floats, vehicle: VehiclePhysics) -> EdgeTimes:
    """Return the times over every edge, both ways.

    Each piece is driven at min(base speed, curve cap, grade cap). Between pieces the speed
    changes at once: braking and gathering speed are not counted.

    Parameters
    ----------
    base_speed_kmh
        Shape (m,), above 0: the speed that class, sign and surface allow.
    """
    length_m = shape.pieces.length_m * shape.pieces.count
    flat_s = length_m / (base_speed_kmh / _KMH)
    blocks = in_blocks(shape.pieces.start)
    parts = [_both_ways(shape, base_speed_kmh, vehicle, *block) for block in blocks]
    ways = []
    for way in (0, 1):
        under_s, lost_s, capped_m = (
            np.concatenate([part[way][i] for part in parts], axis=1) for i in range(3)
        )
        ways.append(
            Drive(
                # Flat time and what is lost: never below the flat time by rounding.
                seconds=flat_s + lost_s.sum(axis=0),
                reason=under_s.argmax(axis=0).astype(np.int8),
                curve_m=capped_m[0],
                grade_m=capped_m[1],
                curve_lost_s=lost_s[0],
                grade_lost_s=lost_s[1],
            )
        )
    return EdgeTimes(flat_s, ways[0], ways[1])


def _both_ways(
    shape: RoadShape, base_speed_kmh: Floats, vehicle: VehiclePhysics, first: int, last: int
) -> list[tuple[Floats, Floats, Floats]]:
    """Return, forward and backward, of a range of ``k`` edges in rows.

    Seconds passed under class, curve and grade (3, k), seconds lost to curves and grades
    (2, k), and metres under them (2, k).
    """
    pieces = shape.pieces
    part = slice(pieces.start[first], pieces.start[last])
    count = pieces.count[first:last]
    begin = pieces.start[first:last] - pieces.start[first]
    length_m = np.repeat(pieces.length_m[first:last], count)
    base = np.repeat(_KMH / base_speed_kmh[first:last], count)  # seconds a metre
    curve = _KMH / curve_cap_kmh(shape.radius_m[part], vehicle)
    ways = []
    for sign in (1, -1):
        grade = _KMH / grade_cap_kmh(sign * shape.grade[part], vehicle)
        by_curve = (curve > base) & (curve >= grade)
        by_grade = (grade > base) & (grade > curve)
        held = np.stack((~(by_curve | by_grade), by_curve, by_grade))
        pace = np.maximum(base, np.maximum(curve, grade))
        under_s = np.add.reduceat(held * (length_m * pace), begin, axis=1)
        lost_s = np.add.reduceat(held[1:] * (length_m * (pace - base)), begin, axis=1)
        capped_m = np.add.reduceat(held[1:] * length_m, begin, axis=1)
        ways.append((under_s, lost_s, capped_m))
    return ways

"""Draw the expressways: two carriageways, trumpet interchanges, service areas, tunnels, bridges."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d
from shapely.geometry import LineString, Polygon

from firecover.demo.geometry import Floats, to_cm
from firecover.demo.terrain import Terrain

HALF_MEDIAN_M = 12.5
_STUB_M = 90.0
_TOLL_M = 380.0
_TUNNEL_COVER_M = 22.0
_BRIDGE_HEIGHT_M = 16.0
_BESIDE_RAMP_M = 260.0


@dataclass(frozen=True)
class Road:
    """One feature of the road layer.

    Attributes
    ----------
    xy
        Shape (n, 2), metres; in the direction of travel where ``oneway``.
    kind
        The class, in the words of the register: 高速公路, 匝道, 国道 …
    """

    xy: Floats
    kind: str
    name: str = ""
    ref: str = ""
    oneway: bool = False
    bridge: bool = False
    tunnel: bool = False
    width_m: float = 0.0


@dataclass(frozen=True)
class Course:
    """The middle line of an expressway, by distance from its beginning."""

    ref: str
    name: str
    spline: CubicSpline
    length_m: float

    def at(self, s: Floats | float) -> Floats:
        """Return the point or points at ``s`` metres."""
        return np.asarray(self.spline(s), dtype=np.float64)

    def heading(self, s: Floats | float) -> Floats:
        """Return the unit direction at ``s`` metres."""
        tangent = np.asarray(self.spline(s, 1), dtype=np.float64)
        out: Floats = tangent / np.linalg.norm(tangent, axis=-1, keepdims=True)
        return out

    def side(self, s: Floats | float, right_m: float) -> Floats:
        """Return the point or points ``right_m`` to the right of the middle."""
        ahead = self.heading(s)
        right = np.stack([ahead[..., 1], -ahead[..., 0]], axis=-1)
        return self.at(s) + right * right_m


@dataclass(frozen=True)
class Interchange:
    """A trumpet: where it stands on its course and towards which town it opens.

    ``frame`` has the direction of the near carriageway and, to its right, that of the town.
    """

    course: int
    s: float
    frame: Floats

    def place(self, centre: Floats, p: float, q: float) -> Floats:
        """Return the point ``p`` along and ``q`` across from the centre."""
        out: Floats = centre + self.frame[0] * p + self.frame[1] * q
        return out


#: Number, name, waypoints (kilometres), interchanges: (place on the course, town) in kilometres.
_XY = tuple[float, float]
_PLANS: tuple[
    tuple[str, str, tuple[_XY, ...], tuple[tuple[_XY, _XY], ...], tuple[_XY, ...]], ...
] = (
    (
        "G65",
        "包茂高速",
        (
            (579.3, 3223.6),
            (579.6, 3215.0),
            (578.6, 3206.0),
            (577.6, 3198.0),
            (577.9, 3190.0),
            (578.0, 3184.6),
            (583.0, 3178.6),
            (591.0, 3179.2),
            (597.5, 3178.6),
            (600.3, 3174.6),
        ),
        (
            ((579.6, 3215.2), (577.6, 3215.7)),
            ((578.2, 3204.0), (576.0, 3204.0)),
            ((577.5, 3194.6), (575.4, 3194.6)),
            ((577.9, 3187.6), (575.6, 3187.6)),
            ((582.0, 3179.4), (579.8, 3180.1)),
            ((592.4, 3179.3), (594.2, 3182.7)),
        ),
        ((578.6, 3209.5), (587.4, 3178.6)),
    ),
    (
        "S26",
        "酉沿高速",
        (
            (577.40, 3191.30),
            (576.4, 3191.1),
            (572.0, 3189.8),
            (566.0, 3187.6),
            (559.0, 3184.0),
            (552.0, 3181.6),
            (545.5, 3178.2),
            (541.0, 3172.6),
        ),
        (
            ((566.4, 3187.75), (566.7, 3185.3)),
            ((553.4, 3182.0), (553.4, 3184.5)),
            ((543.6, 3176.4), (538.9, 3175.6)),
        ),
        ((560.5, 3184.7),),
    ),
)


@dataclass(frozen=True)
class Expressways:
    """The courses with their interchanges, and the tolls where they meet the other roads."""

    courses: tuple[Course, ...]
    interchanges: tuple[Interchange, ...]
    tolls: Floats
    roads: tuple[Road, ...]


def _course(ref: str, name: str, points: Floats, area: Polygon) -> Course:
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    dense = CubicSpline(along, points)(np.arange(0.0, along[-1], 25.0))
    inside = shapely.intersection(LineString(dense), area)
    line = max(shapely.get_parts(inside), key=lambda part: part.length)
    count = max(8, int(line.length // 700))
    stations = np.linspace(0, line.length, count)
    knots = shapely.get_coordinates(line.interpolate(stations))
    return Course(ref, name, CubicSpline(stations, knots), float(line.length))


def _nearest_s(course: Course, point: Floats) -> float:
    s = np.arange(0.0, course.length_m, 10.0)
    return float(s[np.argmin(np.hypot(*(course.at(s) - point).T))])


def _interchange(courses: list[Course], number: int, at: Floats, town: Floats) -> Interchange:
    course = courses[number]
    s = _nearest_s(course, at)
    ahead = course.heading(s)
    right = np.array([ahead[1], -ahead[0]])
    turn = 1.0 if (town - course.at(s)) @ right >= 0 else -1.0
    return Interchange(number, s, np.vstack([ahead * turn, right * turn]))


def _hermite(start: Floats, end: Floats, leave: Floats, arrive: Floats, pull: float) -> Floats:
    span = float(np.hypot(*(end - start))) * pull
    t = np.linspace(0, 1, max(8, int(span / 18)))[:, None]
    a, b = leave * span, arrive * span
    return np.round(
        (2 * t**3 - 3 * t**2 + 1) * start
        + (t**3 - 2 * t**2 + t) * a
        + (3 * t**2 - 2 * t**3) * end
        + (t**3 - t**2) * b,
        2,
    )


def _ramps(course: Course, spot: Interchange) -> tuple[list[Road], list[tuple[str, float]], Floats]:
    """Draw the four ramps; return also the cuts of the carriageways and the points M and D."""
    forward = float(np.sign(course.heading(spot.s) @ spot.frame[0]))
    centre = course.at(spot.s)
    merge, part = spot.place(centre, -14, 290), spot.place(centre, 14, 290)
    q = spot.frame[1]
    near, far = ("R", "L") if forward > 0 else ("L", "R")
    cuts: list[tuple[str, float]] = []

    def on(way: str, shift: float) -> Floats:
        s = spot.s + forward * shift
        cuts.append((way, s))
        return np.round(course.side(s, HALF_MEDIAN_M if way == "R" else -HALF_MEDIAN_M), 2)

    def along(shift: float) -> Floats:
        return course.heading(spot.s + forward * shift) * forward

    drawn = [
        _hermite(on(near, -420), merge, along(-420), q, 1.1),
        _hermite(part, on(near, 420), -q, along(420), 1.1),
        _hermite(on(far, 560), merge, -along(560), q, 1.35),
        _hermite(part, on(far, -560), -q, -along(-560), 1.35),
    ]
    name = f"{course.name}匝道"
    roads = [Road(line, "匝道", name, "", oneway=True, width_m=8.5) for line in drawn]
    return roads, cuts, to_cm(np.vstack([merge, part, spot.place(centre, 0, _TOLL_M)]))


def _service_area(course: Course, at: Floats) -> tuple[list[Road], list[tuple[str, float]]]:
    s = _nearest_s(course, at)
    roads, cuts = [], []
    for way, sign in (("R", 1.0), ("L", -1.0)):
        first, last = s - 260 * sign, s + 260 * sign
        ahead = course.heading(s) * sign
        side = course.side(s, sign * 95.0)
        start, end = (np.round(course.side(x, sign * HALF_MEDIAN_M), 2) for x in (first, last))
        line = np.vstack(
            [
                _hermite(start, side, course.heading(first) * sign, ahead, 1.0)[:-1],
                _hermite(side, end, ahead, course.heading(last) * sign, 1.0),
            ]
        )
        roads.append(Road(line, "匝道", f"{course.name}服务区", "", oneway=True, width_m=8.5))
        cuts += [(way, first), (way, last)]
    return roads, cuts


def _structures(course: Course, terrain: Terrain) -> list[tuple[float, float, str]]:
    """Find the stretches that a smooth profile leads through or over the ground."""
    s = np.arange(20.0, course.length_m, 50.0)
    ground = terrain.sample(course.at(s))
    over = ground - gaussian_filter1d(gaussian_filter1d(ground, 22), 14)
    kind = np.where(over > _TUNNEL_COVER_M, 1, np.where(over < -_BRIDGE_HEIGHT_M, 2, 0))
    edges = np.flatnonzero(np.diff(np.r_[0, kind, 0]))
    out = []
    for a, b in pairwise(edges.tolist()):
        start, end = float(s[a]), float(s[min(b, len(s) - 1)])
        if kind[a] and end - start >= 150 and start > 300 and end < course.length_m - 300:  # noqa: PLR2004 – metres
            out.append((start, end, "tunnel" if kind[a] == 1 else "bridge"))
    return out


def _at_joint(s: float, joints: list[float]) -> float:
    """Move the end of a structure to a ramp close by: a cut beside a ramp would touch it."""
    return next((joint for joint in joints if abs(joint - s) < _BESIDE_RAMP_M), s)


def _carriageways(
    course: Course,
    cuts: list[tuple[str, float]],
    ends: tuple[Floats, Floats, bool],
    terrain: Terrain,
) -> list[Road]:
    """Draw both carriageways, cut where ramps join and where structures begin and end."""
    out_end, in_end, is_open = ends
    spans = _structures(course, terrain)
    last = course.length_m - _STUB_M
    first = _STUB_M if is_open else 60.0
    roads = []
    for way, offset in (("R", HALF_MEDIAN_M), ("L", -HALF_MEDIAN_M)):
        stations = [s for name, s in cuts if name == way]
        structures = [
            (_at_joint(a, stations), _at_joint(b, stations), kind) for a, b, kind in spans
        ]
        stations += [s for start, end, _ in structures for s in (start, end)]
        stations = sorted(s for s in set(stations) if first < s < last)
        bounds = [first, *stations, last]
        for a, b in pairwise(bounds):
            s = np.linspace(a, b, max(2, int((b - a) / 40) + 1))
            line = np.round(course.side(s, offset), 2)
            if a == first:
                tip = out_end if way == "R" else in_end
                line = np.vstack([tip, line[1:] if is_open else line])
            if b == last:
                line[-1] = np.round(course.at(last), 2)
            middle = (a + b) / 2
            over = {kind for start, end, kind in structures if start <= middle <= end}
            roads.append(
                Road(
                    line if way == "R" else line[::-1],
                    "高速公路",
                    course.name,
                    course.ref,
                    oneway=True,
                    bridge="bridge" in over,
                    tunnel="tunnel" in over,
                    width_m=11.25,
                )
            )
    return roads


def draw_expressways(boundary: Polygon, terrain: Terrain) -> Expressways:
    """Draw all expressways and their junctions.

    At the border the two carriageways end in one point, from which a short two-way piece leads
    to the border: the network ends there, and every one-way can be left again.
    """
    area = boundary.buffer(-60)
    courses = [
        _course(ref, name, np.asarray(points) * 1000, area) for ref, name, points, _, _ in _PLANS
    ]
    roads: list[Road] = []
    cuts: list[list[tuple[str, float]]] = [[] for _ in courses]
    spots, tolls = [], []
    starts: list[tuple[Floats, Floats, bool]] = []
    for number, course in enumerate(courses):
        if number == 0:
            tip = np.round(course.at(_STUB_M), 2)
            starts.append((tip, tip, True))
            roads.append(_stub(course, 0.0, _STUB_M))
        else:
            # A branch begins at the main line, as a trumpet without a toll.
            spot = _interchange(courses, 0, course.at(0.0), course.at(600.0))
            ramps, joined, ends = _ramps(courses[0], spot)
            roads += ramps
            cuts[0] += joined
            starts.append((ends[0], ends[1], False))
        roads.append(_stub(course, course.length_m - _STUB_M, course.length_m))
        for at, town in _PLANS[number][3]:
            spot = _interchange(courses, number, np.asarray(at) * 1000, np.asarray(town) * 1000)
            ramps, joined, ends = _ramps(course, spot)
            roads += ramps
            for line in (ends[[0, 2]], ends[[2, 1]]):
                roads.append(
                    Road(line, "匝道", f"{course.name}收费站", "", oneway=True, width_m=8.5)
                )
            cuts[number] += joined
            spots.append(spot)
            tolls.append(ends[2])
        for at in _PLANS[number][4]:
            service, joined = _service_area(course, np.asarray(at) * 1000)
            roads += service
            cuts[number] += joined
    for course, joined, ends_of in zip(courses, cuts, starts, strict=True):
        roads += _carriageways(course, joined, ends_of, terrain)
    return Expressways(tuple(courses), tuple(spots), np.asarray(tolls), tuple(roads))


def _stub(course: Course, start: float, end: float) -> Road:
    line = np.round(course.at(np.array([start, end])), 2)
    return Road(line, "高速公路", course.name, course.ref, width_m=22.5)

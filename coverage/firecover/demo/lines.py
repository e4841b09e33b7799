"""Draw the roads laid on the mesh as lines, so that through roads run smoothly and none cross."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

from firecover.demo.bends import BendStyle, bent, rounded, thinned
from firecover.demo.geometry import Floats, Ints, to_cm
from firecover.demo.routes import COUNTY, NATIONAL, PROVINCIAL, STREET, TOWNSHIP, VILLAGE, Laid

STYLES: dict[int, BendStyle] = {
    VILLAGE: BendStyle(0.76, 0.9, (750.0, 280.0, 110.0, 70.0)),
    TOWNSHIP: BendStyle(0.60, 0.85, (700.0, 300.0, 120.0, 75.0)),
    STREET: BendStyle(0.0, 0.0, (200.0,)),
    COUNTY: BendStyle(0.48, 0.75, (700.0, 330.0, 150.0)),
    PROVINCIAL: BendStyle(0.40, 0.65, (700.0, 360.0, 170.0)),
    NATIONAL: BendStyle(0.32, 0.6, (800.0, 400.0, 200.0)),
}
#: Spread (log) of the winding from road to road.
PIECE_SPREAD = 1.1
_USUAL_GRADE = 0.05
#: Rounds of evening out, for all roads and for county roads and better.
EASING = 3
EASING_MAIN = 8
#: Points so close to the border are not evened out, and no line comes closer to it than that.
_BORDER_M = 250.0
_CLEAR_M = 3.0


@dataclass(frozen=True)
class Piece:
    """A road from one point of the network to the next.

    Attributes
    ----------
    start, end
        Point numbers.
    xy
        Shape (n, 2), metres.
    oneway
        Open only from start to end.
    """

    start: int
    end: int
    xy: Floats
    rank: int
    ref: str = ""
    oneway: bool = False
    kind: str = ""
    name: str = ""


@dataclass(frozen=True)
class _Net:
    """The edges of the mesh that carry a road, and what meets in each point."""

    edges: Ints
    rank: NDArray[np.int8]
    ref: NDArray[np.str_]
    at: dict[int, list[int]]
    partner: dict[tuple[int, int], int]

    def other(self, edge: int, point: int) -> int:
        a, b = self.edges[edge]
        return int(b if a == point else a)


def _net(laid: Laid) -> _Net:
    used = np.flatnonzero(laid.rank >= 0)
    edges = laid.mesh.edges[used]
    at: dict[int, list[int]] = {}
    for number, (a, b) in enumerate(edges.tolist()):
        at.setdefault(a, []).append(number)
        at.setdefault(b, []).append(number)
    net = _Net(edges, laid.rank[used], laid.ref[used], at, {})
    for point, numbers in at.items():
        _pair(net, laid.mesh.xy, point, numbers)
    return net


def _pair(net: _Net, xy: Floats, point: int, numbers: list[int]) -> None:
    """Pair the edges that run on through a point: straight ahead, and the same road if possible."""
    if len(numbers) == 2:  # noqa: PLR2004
        net.partner[point, numbers[0]] = numbers[1]
        net.partner[point, numbers[1]] = numbers[0]
        return
    way = {n: xy[net.other(n, point)] - xy[point] for n in numbers}
    way = {n: v / np.hypot(*v) for n, v in way.items()}
    scored = []
    for k, a in enumerate(numbers):
        for b in numbers[k + 1 :]:
            straight = float(-way[a] @ way[b])
            same = 0.6 * (net.ref[a] == net.ref[b] != "") + 0.2 * (net.rank[a] == net.rank[b])
            if straight > 0.3:  # noqa: PLR2004 – cosine: sharper is a turn-off
                scored.append((straight + same, a, b))
    taken: set[int] = set()
    for _, a, b in sorted(scored, reverse=True):
        if not taken & {a, b}:
            taken |= {a, b}
            net.partner[point, a], net.partner[point, b] = b, a


def _strokes(net: _Net) -> list[tuple[list[int], list[int]]]:
    """Join the edges up to through roads: points and, between them, edges."""
    seen: set[int] = set()
    strokes = []
    open_ends = [
        (point, edge)
        for point, numbers in net.at.items()
        for edge in numbers
        if (point, edge) not in net.partner
    ]
    rings = [(int(a), number) for number, (a, _) in enumerate(net.edges)]
    for point, edge in [*open_ends, *rings]:
        if edge in seen:
            continue
        points, edges = [point], []
        here, number = point, edge
        while number not in seen:
            seen.add(number)
            edges.append(number)
            here = net.other(number, here)
            points.append(here)
            number = net.partner.get((here, number), number)
        strokes.append((points, edges))
    return strokes


def _eased(net: _Net, xy: Floats, held: NDArray[np.bool_]) -> Floats:
    """Even out the through roads: each free point moves towards its two neighbours on the road."""
    triples = []
    for point, numbers in net.at.items():
        pairs = {
            tuple(sorted((n, net.partner[point, n]))) for n in numbers if (point, n) in net.partner
        }
        if not held[point] and len(pairs) == 1:
            a, b = pairs.pop()
            rank = min(net.rank[a], net.rank[b])
            triples.append((point, net.other(a, point), net.other(b, point), rank))
    table = np.asarray(sorted(triples), dtype=np.int64)
    out = xy.copy()
    for turn in range(EASING_MAIN):
        # Main roads are engineered: they are evened out further than village roads.
        moved = table if turn < EASING else table[table[:, 3] >= COUNTY]
        middle = (out[moved[:, 1]] + out[moved[:, 2]]) / 2
        out[moved[:, 0]] = (out[moved[:, 0]] + middle) / 2
    return to_cm(out)


def draw(
    laid: Laid, area: Polygon, fixed: int, seats: int, rng: np.random.Generator
) -> list[Piece]:
    """Draw every laid road, cut where roads meet and where the class or number changes.

    Parameters
    ----------
    area
        The county: no road leaves it.
    fixed
        The first so many points of the mesh stay where they are (streets, seats, tolls).
    seats
        The first so many points are seats, which every road keeps to that comes there.
    """
    net = _net(laid)
    held = ~shapely.contains_xy(area.buffer(-_BORDER_M), laid.mesh.xy)
    held[:fixed] = True
    xy = _eased(net, laid.mesh.xy, held)
    versions: list[list[Piece]] = []
    for points, edges in _strokes(net):
        line, at = rounded(xy[points])
        breaks = [0]
        for k in range(1, len(edges)):
            changed = (
                net.rank[edges[k]] != net.rank[edges[k - 1]]
                or net.ref[edges[k]] != net.ref[edges[k - 1]]
            )
            if len(net.at[points[k]]) != 2 or changed or points[k] < seats:  # noqa: PLR2004
                breaks.append(k)
        breaks.append(len(edges))
        for a, b in pairwise(breaks):
            coarse = xy[points[a : b + 1]]
            rise = np.abs(np.diff(laid.mesh.height_m[points[a : b + 1]])).sum()
            grade = rise / np.hypot(*np.diff(coarse, axis=0).T).sum()
            steep = float(np.clip((grade / _USUAL_GRADE) ** 0.7, 0.4, 2.2))
            steep *= float(np.exp(PIECE_SPREAD * rng.standard_normal()))
            rank = int(net.rank[edges[a]])
            smooth = line[at[a] : at[b] + 1]
            wound = bent(smooth, steep, STYLES[rank], rng)
            first = Piece(points[a], points[b], thinned(wound), rank, str(net.ref[edges[a]]))
            versions.append([first, replace(first, xy=thinned(smooth)), replace(first, xy=coarse)])
    return _uncrossed(versions, area.buffer(-_CLEAR_M))


def _uncrossed(versions: list[list[Piece]], area: Polygon) -> list[Piece]:
    """Take of each piece the most winding version that crosses no other and stays in the area."""
    level = np.zeros(len(versions), dtype=np.int64)
    for _ in range(8):
        pieces = [versions[k][level[k]] for k in range(len(versions))]
        bad = np.union1d(crossings(pieces), _outside(pieces, area))
        bad = np.unique(bad[level[bad] < 2])  # noqa: PLR2004 – the last version
        if not bad.size:
            break
        level[bad] += 1
    return [versions[k][level[k]] for k in range(len(versions))]


def _outside(pieces: list[Piece], area: Polygon) -> Ints:
    shapely.prepare(area)
    lines = np.array([shapely.LineString(piece.xy) for piece in pieces])
    return np.flatnonzero(~shapely.covers(area, lines))


def crossings(pieces: list[Piece]) -> Ints:
    """Name the pieces that touch themselves, or others elsewhere than in a common end."""
    lines = np.array([shapely.LineString(piece.xy) for piece in pieces])
    bad = set(np.flatnonzero(~shapely.is_simple(lines)).tolist())
    left, right = shapely.STRtree(lines).query(lines, predicate="intersects")
    upper = left < right
    left, right = left[upper], right[upper]
    shared = shapely.intersection(lines[left], lines[right])
    for a, b, cut in zip(left.tolist(), right.tolist(), shared.tolist(), strict=True):
        tips = {tuple(p) for p in (pieces[a].xy[0], pieces[a].xy[-1])}
        tips &= {tuple(p) for p in (pieces[b].xy[0], pieces[b].xy[-1])}
        found = {tuple(p) for p in shapely.get_coordinates(cut)}
        if not found <= tips:
            bad |= {a, b}
    return np.asarray(sorted(bad), dtype=np.int64)

"""Rework the streets of the larger towns: divided main streets, roundabouts, one-way streets."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from firecover.demo.geometry import Floats, to_cm
from firecover.demo.lines import Piece
from firecover.demo.routes import COUNTY, STREET

HALF_WIDTH_M = 9.0
ROUNDABOUT_M = 20.0
_OPENING_CHANCE = 0.45


class _Numbers:
    """Hand out numbers for new points of the network."""

    def __init__(self, first: int) -> None:
        self._next = first

    def new(self) -> int:
        self._next += 1
        return self._next - 1


def _first_number(pieces: list[Piece]) -> int:
    return max(max(piece.start, piece.end) for piece in pieces) + 1


def _chain(pieces: list[Piece], on_axis: set[int]) -> list[int]:
    """Order the pieces whose ends both lie on the axis into one chain, by walking it."""
    inside = {k for k, p in enumerate(pieces) if p.start in on_axis and p.end in on_axis}
    ends: dict[int, list[int]] = {}
    for k in sorted(inside):
        for point in (pieces[k].start, pieces[k].end):
            ends.setdefault(point, []).append(k)
    tips = [point for point, at in ends.items() if len(at) == 1]
    point = min(tips)
    chain: list[int] = []
    while True:
        ahead = [k for k in ends[point] if k not in chain]
        if not ahead:
            return chain
        chain.append(ahead[0])
        piece = pieces[ahead[0]]
        point = piece.end if piece.start == point else piece.start


def _joined(pieces: list[Piece], chain: list[int]) -> tuple[list[int], Floats, list[int]]:
    """Return the chain's points, its line, and where the points stand in the line."""
    first = pieces[chain[0]]
    begins_there = len(chain) > 1 and first.start in {
        pieces[chain[1]].start,
        pieces[chain[1]].end,
    }
    point = first.end if begins_there else first.start
    points, at = [point], [0]
    parts: list[Floats] = []
    for k in chain:
        piece = pieces[k]
        ahead = piece.start == point
        xy = piece.xy if ahead else piece.xy[::-1]
        point = piece.end if ahead else piece.start
        parts.append(xy if not parts else xy[1:])
        points.append(point)
        at.append(at[-1] + len(xy) - 1)
    return points, np.vstack(parts), at


def divide(
    pieces: list[Piece], on_axis: set[int], name: str, rng: np.random.Generator
) -> list[Piece]:
    """Divide a main street into two carriageways.

    Side streets join the carriageway on their side; where streets meet from both sides, where a
    numbered road joins, and at some other places the median is open.

    Parameters
    ----------
    on_axis
        The points of the street, in one row.
    """
    chain = _chain(pieces, on_axis)
    points, line, at = _joined(pieces, chain)
    numbers = _Numbers(_first_number(pieces))
    heading = np.gradient(line, axis=0)
    heading /= np.hypot(*heading.T)[:, None]
    right = np.column_stack([heading[:, 1], -heading[:, 0]]) * HALF_WIDTH_M
    sides = {"R": to_cm(line + right), "L": to_cm(line - right)}
    out = [piece for k, piece in enumerate(pieces) if k not in set(chain)]
    meets = _side_roads(out, points, at, right)
    cuts: dict[str, list[tuple[int, int]]] = {"R": [], "L": []}
    moved: dict[tuple[int, int], tuple[int, Floats]] = {}
    for point, here in zip(points[1:-1], at[1:-1], strict=True):
        found = meets.get(point, [])
        used = {side for _, side in found}
        major = any(out[k].rank >= COUNTY for k, _ in found)
        is_open = len(used) > 1 or major or rng.random() < _OPENING_CHANCE
        used = {"R", "L"} if is_open else used
        fresh = {side: numbers.new() for side in sorted(used)}
        for side, number in fresh.items():
            cuts[side].append((here, number))
        for k, side in found:
            moved[k, point] = (fresh[side], sides[side][here])
        if is_open:
            xy = np.vstack([sides["R"][here], sides["L"][here]])
            out.append(Piece(fresh["R"], fresh["L"], xy, STREET))
    out = [_moved(piece, k, moved) for k, piece in enumerate(out)]
    template = replace(max((pieces[k] for k in chain), key=lambda piece: piece.rank), name=name)
    tips = (points[0], points[-1], line[[0, -1]])
    for side in ("R", "L"):
        out += _carriageway(sides[side], cuts[side], tips, template, against=side == "L")
    return out


def _carriageway(
    line: Floats,
    cuts: list[tuple[int, int]],
    tips: tuple[int, int, Floats],
    template: Piece,
    *,
    against: bool,
) -> list[Piece]:
    """Cut a carriageway where it is joined; at its tips it meets the other one."""
    line = line.copy()
    line[[0, -1]] = tips[2]
    out = []
    for (a, start), (b, end) in pairwise([(0, tips[0]), *cuts, (len(line) - 1, tips[1])]):
        piece = replace(template, start=start, end=end, xy=line[a : b + 1], oneway=True)
        if against:
            piece = replace(piece, start=end, end=start, xy=piece.xy[::-1])
        out.append(piece)
    return out


def _side_roads(
    pieces: list[Piece], points: list[int], at: list[int], right: Floats
) -> dict[int, list[tuple[int, str]]]:
    place = dict(zip(points[1:-1], at[1:-1], strict=True))
    meets: dict[int, list[tuple[int, str]]] = {}
    for k, piece in enumerate(pieces):
        for point, xy in ((piece.start, piece.xy), (piece.end, piece.xy[::-1])):
            if point in place:
                side = "R" if (xy[1] - xy[0]) @ right[place[point]] > 0 else "L"
                meets.setdefault(point, []).append((k, side))
    return meets


def _moved(piece: Piece, k: int, moved: dict[tuple[int, int], tuple[int, Floats]]) -> Piece:
    xy = piece.xy.copy()
    start, end = piece.start, piece.end
    if (k, start) in moved:
        number, xy[0] = moved[k, start]
        piece = replace(piece, start=number)
    if (k, end) in moved:
        number, xy[-1] = moved[k, end]
        piece = replace(piece, end=number)
    return replace(piece, xy=xy)


def add_roundabouts(
    pieces: list[Piece], candidates: list[int], count: int, rng: np.random.Generator
) -> list[Piece]:
    """Replace junctions by roundabouts, driven anticlockwise.

    Parameters
    ----------
    candidates
        Points that may become one; those whose roads are short or one-way are passed over.
    """
    numbers = _Numbers(_first_number(pieces))
    out = list(pieces)
    touched: set[int] = set()
    for point in rng.permutation(candidates).tolist():
        arms = [k for k, piece in enumerate(out) if point in (piece.start, piece.end)]
        fits = all(
            not out[k].oneway
            and shapely.LineString(out[k].xy).length > 5 * ROUNDABOUT_M
            and out[k].start != out[k].end
            for k in arms
        )
        near = {p for k in arms for p in (out[k].start, out[k].end)}
        if len(arms) < 3 or not fits or near & touched:  # noqa: PLR2004
            continue
        out = _ring(out, point, arms, numbers)
        touched |= near
        count -= 1
        if count == 0:
            break
    return out


def _ring(pieces: list[Piece], point: int, arms: list[int], numbers: _Numbers) -> list[Piece]:
    out = list(pieces)
    sample = out[arms[0]]
    centre = sample.xy[0] if sample.start == point else sample.xy[-1]
    entries = []
    for k in arms:
        piece = out[k]
        outward = piece.xy if piece.start == point else piece.xy[::-1]
        beyond = np.flatnonzero(np.hypot(*(outward - centre).T) > ROUNDABOUT_M)[0]
        step = outward[beyond] - centre
        angle = float(np.arctan2(step[1], step[0]))
        number = numbers.new()
        tip = _on_ring(centre, angle)
        xy = np.vstack([tip, outward[beyond:]])
        fresh = replace(piece, start=number, xy=xy)
        if piece.start != point:
            fresh = replace(piece, end=number, xy=xy[::-1])
        out[k] = fresh
        entries.append((angle, number))
    entries.sort()
    for (a, start), (b, end) in zip(entries, [*entries[1:], entries[0]], strict=True):
        sweep = (b - a) % (2 * np.pi)
        angles = a + np.linspace(0, sweep, max(3, int(sweep / 0.4) + 1))
        xy = np.vstack([_on_ring(centre, float(angle)) for angle in angles])
        xy[-1] = _on_ring(centre, b)
        out.append(Piece(start, end, xy, STREET, oneway=True))
    return out


def _on_ring(centre: Floats, angle: float) -> Floats:
    return to_cm(centre + ROUNDABOUT_M * np.array([np.cos(angle), np.sin(angle)]))


def add_one_ways(
    pieces: list[Piece], choices: list[int], count: int, rng: np.random.Generator
) -> list[Piece]:
    """Make streets one-way as long as every place can still be reached and left.

    Parameters
    ----------
    choices
        Numbers of the pieces that may become one-way.
    """
    out = list(pieces)
    parts = _strong_parts(out)
    for k in rng.permutation(choices).tolist():
        if count == 0:
            break
        before = out[k]
        if before.oneway:
            continue
        turned = replace(before, oneway=True)
        if rng.random() < 0.5:  # noqa: PLR2004 – either direction
            turned = replace(turned, start=before.end, end=before.start, xy=before.xy[::-1])
        out[k] = turned
        if _strong_parts(out) != parts:
            out[k] = before
        else:
            count -= 1
    return out


def _strong_parts(pieces: list[Piece]) -> int:
    ends = np.array([(p.start, p.end) for p in pieces])
    back = ends[[not p.oneway for p in pieces]][:, ::-1]
    both = np.vstack([ends, back])
    _, numbered = np.unique(both, return_inverse=True)
    both = numbered.reshape(both.shape)
    size = (int(both.max()) + 1,) * 2
    graph = csr_array((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=size)
    count, _ = connected_components(graph, directed=True, connection="strong")
    return int(count)

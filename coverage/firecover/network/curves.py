"""Radius of the bends along the edges, from their drawn shapes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from firecover.network.pieces import EdgePieces, in_blocks
from firecover.network.road_network import RoadNetwork

Floats = NDArray[np.float64]
#: Length over which turning is averaged (metres): about two engines; a tighter corner is
#: driven as a bend of this length.
WINDOW_M = 24.0
#: Lines may stray this far from the road by digitising (metres, from crest to crest).
NOISE_M = 1.0
#: A road may round off a drawn corner by this much (metres).
CORNER_M = 2.0

#: Sums over many edges leave rounding where nothing turns.
_NO_TURN = 1e-6


@dataclass(frozen=True)
class _Bends:
    """Simplified lines: inner vertices, where their turning is spread, and how much it is.

    ``begin`` and ``end`` are positions on one axis on which all edges lie one after the
    other, ``offset`` where each begins, ``length_m`` how long each is once simplified.
    """

    begin: Floats
    end: Floats
    turning: Floats
    offset: Floats
    length_m: Floats


def curve_radius(network: RoadNetwork, pieces: EdgePieces) -> Floats:
    """Return the radius of the bend that each piece lies in.

    Lines are first simplified by :data:`NOISE_M` (Douglas–Peucker), which takes the tremble
    out of the digitising but keeps the vertices of bends. At each inner vertex that is left
    the circle through it and its neighbours gives the curvature, ``2 sin(θ/2)`` per mean
    length of the two segments for a turn by ``θ`` (exact on a circle, however coarsely it was
    drawn). It holds half way to the neighbours, but no further than a fillet that strays
    :data:`CORNER_M` from the drawn corner can reach: between long straights a corner is tight.
    The radius of a piece is that of its mean curvature, left and right turns set off against
    each other, over :data:`WINDOW_M` around it, moved inside the edge near its ends. On edges
    shorter than that, their turning counts as if spread over the window.

    Turns at the ends of an edge are not bends but turns at junctions, costed there.

    Returns
    -------
    radius_m
        Shape (p,), infinite on straight pieces.
    """
    radius_m = np.empty(int(pieces.start[-1]))
    for first, last in in_blocks(network.vertex_start):
        part = slice(pieces.start[first], pieces.start[last])
        radius_m[part] = _radius(_bends(network, first, last), pieces.part(first, last))
    return radius_m


def _radius(bends: _Bends, pieces: EdgePieces) -> Floats:
    radius_m = np.full(int(pieces.start[-1]), np.inf)
    if not len(bends.turning):
        return radius_m
    at = np.column_stack((bends.begin, bends.end)).ravel()
    total = np.cumsum(bends.turning)
    turned = np.column_stack((total - bends.turning, total)).ravel()
    length_m, offset = (np.repeat(of, pieces.count) for of in (bends.length_m, bends.offset))
    half = np.minimum(WINDOW_M, length_m) / 2
    centre = np.clip(pieces.fraction * length_m, half, length_m - half) + offset
    net = np.abs(np.interp(centre + half, at, turned) - np.interp(centre - half, at, turned))
    np.divide(WINDOW_M, net, out=radius_m, where=net > _NO_TURN)
    return radius_m


def _bends(network: RoadNetwork, first: int, last: int) -> _Bends:
    start = network.vertex_start[first : last + 1]
    vertices = network.vertex_xy[start[0] : start[-1]]
    edges = np.repeat(np.arange(last - first), np.diff(start))
    lines = np.asarray(shapely.linestrings(vertices, indices=edges))
    simple = np.asarray(shapely.simplify(lines, NOISE_M, preserve_topology=False))
    simple = np.where(shapely.is_empty(simple), lines, simple)
    xy, edge = shapely.get_coordinates(simple, return_index=True)
    moved = np.ones(len(xy), dtype=bool)
    moved[1:] = (edge[1:] != edge[:-1]) | (np.diff(xy, axis=0) != 0).any(axis=1)
    xy, edge = xy[moved], edge[moved]

    step = np.diff(xy, axis=0)
    same = edge[1:] == edge[:-1]
    size = np.where(same, np.hypot(step[:, 0], step[:, 1]), 0.0)
    along = np.concatenate(([0.0], np.cumsum(size)))
    length_m: Floats = np.bincount(edge[1:], size, last - first).astype(np.float64)
    offset = np.concatenate(([0.0], np.cumsum(length_m)[:-1]))

    inner = np.flatnonzero(same[:-1] & same[1:])  # the segment before an inner vertex
    before, after = step[inner], step[inner + 1]
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    theta = np.arctan2(cross, (before * after).sum(axis=1))
    a, b = size[inner] / 2, size[inner + 1] / 2
    reach = CORNER_M / np.tan(np.maximum(np.abs(theta), 1e-9) / 4)
    left, right = np.minimum(a, reach), np.minimum(b, reach)
    curvature = 2 * np.sin(theta / 2) / (left + right)
    # A bend that holds to the middle of an edge's first or last segment goes on to its end.
    starts = np.append(True, ~same)[inner] & (reach >= a)
    stops = np.append(~same, True)[inner + 2] & (reach >= b)
    left, right = np.where(starts, 2 * a, left), np.where(stops, 2 * b, right)
    at = along[inner + 1]
    return _Bends(at - left, at + right, curvature * (left + right), offset, length_m)

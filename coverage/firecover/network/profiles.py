"""Smooth heights along roads, through junctions, so that roads agree where they meet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from firecover.network.pieces import EdgePieces, in_blocks
from firecover.network.road_network import RoadNetwork
from firecover.network.strokes import Strokes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def smooth_along(
    strokes: Strokes, pieces: EdgePieces, height_m: Floats, window_m: float, passes: int
) -> tuple[Floats, Floats]:
    """Smooth heights by running means along chains of edges.

    Within half a window of a chain's end the mean goes on as a straight line, at the mean
    grade of the outermost window; a chain shorter than the window becomes such a line. An
    even grade stays as it is.

    Parameters
    ----------
    height_m
        Shape (p + m,), at the ends of the pieces, finite.
    window_m
        The whole length of the window.
    passes
        How many times the mean is taken.

    Returns
    -------
    height_m
        Shape (p + m,).
    from_end_m
        Shape (p + m,), the way along the chain to its nearer end.
    """
    points = strokes.points(pieces)
    count = pieces.count[strokes.edge] + 1
    begin = np.concatenate(([0], np.cumsum(count)))
    smooth, from_end_m = np.empty_like(height_m), np.empty_like(height_m)
    for first, last in in_blocks(begin[strokes.start]):
        edges = slice(strokes.start[first], strokes.start[last])
        block = points[begin[edges.start] : begin[edges.stop]]
        starts = begin[edges.start : edges.stop] - begin[edges.start]
        step = np.repeat(pieces.length_m[strokes.edge[edges]], count[edges])
        step[starts] = 0.0  # an edge begins where the last one ends
        chains = begin[strokes.start[first : last + 1]] - begin[edges.start]
        smooth[block], from_end_m[block] = _smooth_chains(
            height_m[block], np.cumsum(step), chains, window_m, passes
        )
    return smooth, from_end_m


def _smooth_chains(
    height_m: Floats, along: Floats, begin: Ints, window_m: float, passes: int
) -> tuple[Floats, Floats]:
    """Smooth chains that lie one after the other on one axis; see :func:`smooth_along`."""
    size = np.diff(begin)
    low, high = np.repeat(begin[:-1], size), np.repeat(begin[1:] - 1, size)
    base = height_m[low]
    half = np.minimum(along[high] - along[low], window_m) / 2
    above = height_m - base  # small numbers add up without loss; level stays level
    for _ in range(passes):
        above = _running_mean(above, along, half, (low, high))
    return above + base, np.minimum(along - along[low], along[high] - along)


def _running_mean(values: Floats, along: Floats, half: Floats, ends: tuple[Ints, Ints]) -> Floats:
    """Average a function, linear between points, over ± ``half`` about each of them.

    ``ends`` holds the first and last point of each point's chain.
    """
    low, high = ends
    area = np.diff(along) * (values[1:] + values[:-1]) / 2
    area = np.concatenate(([0.0], np.cumsum(area)))

    def at(place: Floats) -> tuple[Floats, Floats]:
        """Return the function and its integral."""
        k = np.searchsorted(along, place, side="right") - 1
        k = np.clip(k, low, np.maximum(high - 1, low))
        following = np.minimum(k + 1, high)
        beyond, run = place - along[k], along[following] - along[k]
        slope = np.zeros(len(place))
        np.divide(values[following] - values[k], run, out=slope, where=run > 0)
        there = values[k] + slope * beyond
        return there, area[k] + beyond * (values[k] + there) / 2

    centre = np.clip(along, along[low] + half, np.maximum(along[high] - half, along[low] + half))
    (first, before), (last, after) = at(centre - half), at(centre + half)
    mean, grade = values.copy(), np.zeros(len(values))
    has_length = half > 0
    np.divide(after - before, 2 * half, out=mean, where=has_length)
    np.divide(last - first, 2 * half, out=grade, where=has_length)
    return np.asarray(mean + grade * (along - centre))


def node_heights(
    network: RoadNetwork,
    strokes: Strokes,
    pieces: EdgePieces,
    smooth: tuple[Floats, Floats],
    known: NDArray[np.bool_],
) -> Floats:
    """Return one height for each node: that of the longest chain that goes through it.

    Where all chains end, it is that of the longest of them.

    Parameters
    ----------
    smooth
        Heights and ways to the ends from :func:`smooth_along`.
    known
        Shape (m,), False for edges whose heights do not count.

    Returns
    -------
    height_m
        Shape (n,), NaN where no known edge ends.
    """
    height_m, from_end_m = smooth
    chain = np.repeat(np.arange(len(strokes.start) - 1), np.diff(strokes.start))
    length_m = np.bincount(chain, network.length_m[strokes.edge])
    rank = np.empty(network.edge_count)
    rank[strokes.edge] = length_m[chain]
    node = np.concatenate((network.tail, network.head))
    point = np.concatenate((pieces.first_point, pieces.last_point))
    use = np.tile(known, 2)
    node, point, rank = node[use], point[use], np.tile(rank, 2)[use]
    through = from_end_m[point] > 0
    order = np.lexsort((rank, through, node))
    best = np.zeros(network.node_count, dtype=np.int64)
    best[node[order]] = order  # written last, the longest that goes through stays
    best = best[node]
    # The mean, where a chain crosses itself or comes back to where it began.
    chosen = (through == through[best]) & (rank == rank[best])
    total = np.bincount(node[chosen], height_m[point[chosen]], network.node_count)
    count = np.bincount(node[chosen], minlength=network.node_count)
    result = np.full(network.node_count, np.nan)
    np.divide(total, count, out=result, where=count > 0)
    return result


def meet_nodes(
    height_m: Floats, pieces: EdgePieces, ends: Sequence[Floats], taper_m: float
) -> Floats:
    """Bend profiles to given heights at their ends, the change fading out over ``taper_m``."""
    points = pieces.count + 1
    first, last = pieces.first_point, pieces.last_point
    number = np.arange(len(height_m)) - np.repeat(first, points)
    length_m = pieces.length_m * pieces.count
    fade = np.divide(
        np.repeat(pieces.count, points) * np.repeat(pieces.length_m, points),
        np.repeat(np.maximum(np.minimum(length_m, taper_m), 1e-9), points),
    )
    share = number / np.repeat(pieces.count, points)
    at_tail, at_head = (
        np.repeat(ends[i] - height_m[at], points) for i, at in ((0, first), (1, last))
    )
    bent = (
        height_m
        + at_tail * np.maximum(1 - share * fade, 0.0)
        + at_head * np.maximum(1 - (1 - share) * fade, 0.0)
    )
    bent[first], bent[last] = ends
    return np.asarray(bent)

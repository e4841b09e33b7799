"""Heights along the edges from a terrain model: smoothed, and level over bridges and tunnels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyproj
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import spsolve

from firecover.layers.model import RasterLayer
from firecover.network.pieces import BLOCK, EdgePieces, in_blocks, piece_ends
from firecover.network.profiles import meet_nodes, node_heights, smooth_along
from firecover.network.road_network import RoadNetwork
from firecover.network.strokes import follow_roads

Floats = NDArray[np.float64]
#: Length over which a profile is smoothed: a terrain of 30–90 m cells does not know a road's
#: bench in the slope, so that every metre off the true line shows as a bump. An assumption.
WINDOW_M = 200.0
#: Times that the running mean is taken: the second takes out the box's side lobes.
PASSES = 2
#: Roads are hardly built steeper; what is beyond comes from the terrain. An assumption.
MAX_GRADE = 0.25


@dataclass(frozen=True)
class EdgeProfiles:
    """The heights and grades of ``m`` edges in ``p`` pieces.

    Attributes
    ----------
    node_height_m
        Shape (n,), NaN outside the terrain. Inside chains of bridges or tunnels it is the
        height of the road deck, not of the ground.
    height_m
        Shape (p + m,), at the ends of the pieces, smoothed; NaN on edges that are not known.
    grade
        Shape (p,), rise over run from tail to head, within ± ``max_grade``; 0 where not known.
    climb_m, drop_m
        Shape (m,), the metres up and down from tail to head, before grades are bounded:
        their difference is the difference of the ends.
    clipped_m
        Shape (m,), the length whose grade was bounded.
    known
        Shape (m,), False where the terrain does not reach (or has no value): taken as level.
    """

    node_height_m: Floats
    height_m: Floats
    grade: Floats
    climb_m: Floats
    drop_m: Floats
    clipped_m: Floats
    known: NDArray[np.bool_]


def edge_profiles(
    network: RoadNetwork,
    pieces: EdgePieces,
    dem: RasterLayer,
    *,
    window_m: float = WINDOW_M,
    max_grade: float = MAX_GRADE,
) -> EdgeProfiles:
    """Read the heights along every edge.

    Heights are interpolated bilinearly between the centres of the terrain's cells. Bridges
    and tunnels run evenly between the ends of their chain: a junction at which only bridges
    and tunnels meet takes the height that makes the grades through it even (between the two
    ends of a simple chain, a straight line; where decks branch, the mean by inverse length).

    Profiles are smoothed by running means over ``window_m`` along roads, straight on through
    junctions (see :mod:`~firecover.network.strokes`); the longest road through a junction
    gives it its height, and those that end there are bent to it. An even grade stays as it
    is.

    Parameters
    ----------
    dem
        Metres above the sea, in any CRS.
    max_grade
        Steepest grade believed, rise over run.
    """
    xy = piece_ends(network, pieces)
    nodes, height_m = _heights(network.node_xy, network, dem), _heights(xy, network, dem)
    deck = np.asarray(network.attributes["bridge"] | network.attributes["tunnel"], dtype=bool)
    nodes = _deck_heights(network, deck, nodes)
    _lay_decks(height_m, pieces, deck, (nodes[network.tail], nodes[network.head]))
    known = np.asarray(np.logical_and.reduceat(np.isfinite(height_m), pieces.first_point))
    strokes = follow_roads(network, pieces, xy, known)
    height_m[~np.repeat(known, pieces.count + 1)] = 0.0  # in chains of their own; set NaN below
    smooth = smooth_along(strokes, pieces, height_m, window_m, PASSES)
    chosen = node_heights(network, strokes, pieces, smooth, known)
    nodes = _deck_heights(network, deck, np.where(np.isnan(chosen), nodes, chosen))

    profiles = EdgeProfiles(
        node_height_m=nodes,
        height_m=smooth[0],
        grade=np.zeros(int(pieces.start[-1])),
        climb_m=np.zeros(network.edge_count),
        drop_m=np.zeros(network.edge_count),
        clipped_m=np.zeros(network.edge_count),
        known=known,
    )
    for first, last in in_blocks(pieces.start):
        part = slice(first, last)
        ends = nodes[network.tail[part]], nodes[network.head[part]]
        points, own = pieces.points_of(first, last), pieces.part(first, last)
        bent = meet_nodes(smooth[0][points], own, ends, window_m)
        _lay_decks(bent, own, deck[part], ends)
        bent[~np.repeat(known[part], own.count + 1)] = np.nan
        profiles.height_m[points] = bent
        grade, climb_m, drop_m, clipped_m = _grades(bent, own, known[part], max_grade)
        profiles.grade[pieces.start[first] : pieces.start[last]] = grade
        profiles.climb_m[part], profiles.drop_m[part] = climb_m, drop_m
        profiles.clipped_m[part] = clipped_m
    return profiles


def _grades(
    height_m: Floats, pieces: EdgePieces, known: NDArray[np.bool_], max_grade: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return grades by piece, and climb, drop and bounded length by edge; 0 where not known."""
    rise = np.delete(np.diff(height_m), pieces.last_point[:-1])
    rise[~np.repeat(known, pieces.count)] = 0.0
    run = np.repeat(pieces.length_m, pieces.count)
    raw = np.divide(rise, run, out=np.zeros_like(rise), where=run > 0)
    begin = pieces.start[:-1]
    return (
        np.clip(raw, -max_grade, max_grade),
        np.add.reduceat(np.maximum(rise, 0.0), begin),
        np.add.reduceat(np.maximum(-rise, 0.0), begin),
        np.add.reduceat(np.where(np.abs(raw) > max_grade, run, 0.0), begin),
    )


def sample(dem: RasterLayer, x: Floats, y: Floats) -> Floats:
    """Interpolate a raster bilinearly between the centres of its cells.

    Parameters
    ----------
    x, y
        Shape (k,), in the raster's CRS.

    Returns
    -------
    values
        Shape (k,); NaN outside the raster and where none of the four cells has a value;
        where some have, the mean of those by their weights.
    """
    rows, columns = dem.values.shape
    column = (x - dem.transform.c) / dem.transform.a - 0.5
    row = (y - dem.transform.f) / dem.transform.e - 0.5
    inside = (np.abs(column - (columns - 1) / 2) <= columns / 2) & (
        np.abs(row - (rows - 1) / 2) <= rows / 2
    )
    # The outer half cell takes the value of the outermost centre.
    column = np.clip(np.where(inside, column, 0.0), 0, columns - 1)
    row = np.clip(np.where(inside, row, 0.0), 0, rows - 1)
    left = np.minimum(column.astype(np.int64), max(columns - 2, 0))
    top = np.minimum(row.astype(np.int64), max(rows - 2, 0))
    right, bottom = np.minimum(left + 1, columns - 1), np.minimum(top + 1, rows - 1)
    east, south = column - left, row - top
    total, weight = np.zeros(len(x)), np.zeros(len(x))
    for i, j, share in (
        (top, left, (1 - south) * (1 - east)),
        (top, right, (1 - south) * east),
        (bottom, left, south * (1 - east)),
        (bottom, right, south * east),
    ):
        value = dem.values[i, j]
        has = np.isfinite(value)
        total += np.where(has, value, 0.0) * share
        weight += np.where(has, share, 0.0)
    usable = inside & (weight > 0)
    values = np.full(len(x), np.nan)
    np.divide(total, weight, out=values, where=usable)
    return values


def _heights(xy: Floats, network: RoadNetwork, dem: RasterLayer) -> Floats:
    to_dem = pyproj.Transformer.from_crs(network.crs, dem.crs, always_xy=True)
    height_m = np.empty(len(xy))
    for begin in range(0, len(xy), BLOCK):
        part = slice(begin, begin + BLOCK)
        height_m[part] = sample(dem, *to_dem.transform(xy[part, 0], xy[part, 1]))
    return height_m


def _deck_heights(network: RoadNetwork, deck: NDArray[np.bool_], height_m: Floats) -> Floats:
    """Return the heights of the nodes, those between decks taken from the ends of the decks.

    A node stands on the ground if a plain road meets it or a deck ends at it; the others are
    the solution of Laplace's equation on the decks, weighted by inverse length.
    """
    if not deck.any():
        return height_m
    n = network.node_count
    tail, head = network.tail[deck], network.head[deck]
    ends = np.concatenate((tail, head))
    plain = np.concatenate((network.tail[~deck], network.head[~deck]))
    free = np.bincount(ends, minlength=n) > 1
    free[plain] = False
    free |= np.isin(np.arange(n), ends) & np.isnan(height_m)
    conductance = 1 / np.maximum(network.length_m[deck], 0.01)
    # Decks of which no end is known keep what they have: nothing would determine them.
    _, part = connected_components(coo_array((conductance, (tail, head)), (n, n)), directed=False)
    anchored = np.zeros(n, dtype=bool)
    anchored[part[ends[~free[ends]]]] = True
    unknown = np.flatnonzero(free & anchored[part])
    if not len(unknown):
        return height_m
    i, j = ends, np.concatenate((head, tail))
    weight = np.concatenate((conductance, conductance))
    number = np.full(n, -1)
    number[unknown] = np.arange(len(unknown))
    from_free = number[i] >= 0
    i, j, weight = i[from_free], j[from_free], weight[from_free]
    inner = number[j] >= 0
    size = (len(unknown), len(unknown))
    diagonal = coo_array((weight, (number[i], number[i])), size)
    beside = coo_array((weight[inner], (number[i[inner]], number[j[inner]])), size)
    pull = np.bincount(
        number[i[~inner]], weight[~inner] * height_m[j[~inner]], minlength=len(unknown)
    )
    solved = height_m.copy()
    solved[unknown] = spsolve((diagonal - beside).tocsc(), pull)
    return solved


def _lay_decks(
    height_m: Floats, pieces: EdgePieces, deck: NDArray[np.bool_], ends: tuple[Floats, Floats]
) -> None:
    """Let bridges and tunnels run evenly from the height of their tail to that of their head."""
    count = pieces.count[deck] + 1
    number = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    tail, head = (np.repeat(end[deck], count) for end in ends)
    share = number / np.repeat(pieces.count[deck], count)
    point = np.repeat(pieces.first_point[deck], count) + number
    height_m[point] = tail + share * (head - tail)

"""Draw the streets of the towns: bent brick lattices along the valley, the seat on a node."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry import LineString, Point, Polygon

from firecover.demo.facts import COUNTY_SEAT, Township
from firecover.demo.geometry import Floats, Ints, part_of, to_cm
from firecover.demo.terrain import FOLD_AZIMUTH_DEG

#: From, to (metres along the axis), and the rows of streets there.
Span = tuple[int, int, int, int]

#: Axis of the county town, metres from its seat: the old town in the north, Xiaoba in the south.
_COUNTY_AXIS_M = (
    (900, 2900),
    (420, 1500),
    (0, 0),
    (-160, -1500),
    (150, -3200),
    (520, -4700),
    (480, -6300),
    (900, -7900),
    (1500, -9300),
)
#: Stretches of that axis (metres from its northern end): rows of streets west and east of it.
_COUNTY_ROWS = (
    (0, 900, -1, 1),
    (900, 4300, -2, 3),
    (4300, 5000, -1, 1),
    (5000, 6500, 0, 0),
    (6500, 7300, -1, 1),
    (7300, 10400, -2, 2),
    (10400, 20000, -1, 1),
)
#: From the northern end of the axis to the middle of Xiaoba New Town, metres.
XIAOBA_AT_M = 8700.0
#: Residents from which a town has so many columns and rows of streets.
_SIZES = (
    (45_000, 11, 4),
    (30_000, 9, 3),
    (19_000, 7, 3),
    (13_000, 6, 2),
    (8_500, 5, 2),
    (0, 4, 2),
)
_COLUMN_M = 125.0
_ROW_M = 145.0
_COUNTY_COLUMN_M = 155.0
_COUNTY_ROW_M = 215.0


@dataclass(frozen=True)
class Streets:
    """The streets of all towns.

    Attributes
    ----------
    xy
        Shape (points, 2), metres; the seat of each town first, in the order of the townships.
    edges
        Shape (streets, 2), point numbers.
    town
        Shape (streets,): number of the township.
    axis
        Shape (streets,), bool: a piece of the town's main street.
    """

    xy: Floats
    edges: Ints
    town: Ints
    axis: NDArray[np.bool_]


def town_axes(
    townships: list[Township], boundary: Polygon, rng: np.random.Generator
) -> list[LineString]:
    """Draw each town's axis through its seat: along the folds, or along a border close by."""
    border = LineString(boundary.exterior.coords)
    axes = []
    for row in townships:
        seat = Point(row.x_m, row.y_m)
        if row.code == COUNTY_SEAT:
            bends = np.asarray(_COUNTY_AXIS_M, dtype=np.float64) + np.array([row.x_m, row.y_m])
            axes.append(_rounded(bends))
            continue
        azimuth = np.radians(FOLD_AZIMUTH_DEG + rng.normal(0, 14))
        if seat.distance(border) < 700:  # noqa: PLR2004 – metres: the town has one side only
            at = border.project(seat)
            here, there = (
                np.asarray(border.interpolate(at + step).coords[0]) for step in (-300.0, 300.0)
            )
            azimuth = np.arctan2(there[0] - here[0], there[1] - here[1])
        half = 650.0
        step = np.array([np.sin(azimuth), np.cos(azimuth)]) * half
        bow = np.array([step[1], -step[0]]) * rng.normal(0, 0.08)
        centre = np.array([row.x_m, row.y_m])
        axes.append(_rounded(np.vstack([centre - step + bow, centre, centre + step + bow])))
    return axes


def _rounded(points: Floats) -> LineString:
    from scipy.interpolate import CubicSpline

    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.union1d(np.arange(0.0, along[-1], 40.0), along)
    return LineString(np.round(CubicSpline(along, points)(at), 2))


def _lattice(
    axis: LineString, seat: Point, column_m: float, row_m: float, rng: np.random.Generator
) -> tuple[Floats, Ints]:
    """Return stations along the axis with the seat on one of them, and its number."""
    at_seat = axis.project(seat)
    before = int(at_seat // column_m)
    after = int((axis.length - at_seat) // column_m)
    steps = np.arange(-before, after + 1)
    shake = rng.uniform(-0.16, 0.16, steps.size) * column_m
    shake[before] = 0.0
    return at_seat + steps * column_m + shake, np.array([before, row_m], dtype=np.int64)


def _rows_at(at: float, spans: tuple[Span, ...]) -> range:
    for start, end, low, high in spans:
        if start <= at < end:
            return range(low, high + 1)
    return range(1)


def _town(
    axis: LineString,
    seat: Point,
    spans: tuple[Span, ...],
    pitch_m: tuple[float, float],
    rng: np.random.Generator,
) -> tuple[Floats, Ints, NDArray[np.bool_]]:
    stations, meta = _lattice(axis, seat, *pitch_m, rng)
    number: dict[tuple[int, int], int] = {}
    points: list[Floats] = []
    for i, at in enumerate(stations):
        here = np.asarray(axis.interpolate(at).coords[0])
        ahead = np.asarray(axis.interpolate(min(at + 30, axis.length)).coords[0])
        back = np.asarray(axis.interpolate(max(at - 30, 0)).coords[0])
        tangent = (ahead - back) / np.hypot(*(ahead - back))
        normal = np.array([tangent[1], -tangent[0]])
        for j in _rows_at(float(at), spans):
            number[i, j] = len(points)
            side = j * pitch_m[1]
            shake = rng.uniform(-0.13, 0.13, 2) * pitch_m[0] * (j != 0)
            points.append(here + normal * side + shake)
    points[number[int(meta[0]), 0]] = np.array([seat.x, seat.y])
    edges, is_axis = [], []
    for (i, j), here_number in number.items():
        if (i + 1, j) in number and (j == 0 or rng.random() < 0.86):  # noqa: PLR2004 – share of blocks closed
            edges.append((here_number, number[i + 1, j]))
            is_axis.append(j == 0)
        chance = 0.86 if (i + j) % 2 == 0 else 0.13
        if (i, j + 1) in number and rng.random() < chance:
            edges.append((here_number, number[i, j + 1]))
            is_axis.append(False)
    # The seat comes first, so that township k is point k of all streets.
    first = number[int(meta[0]), 0]
    order = np.r_[first, np.delete(np.arange(len(points)), first)]
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    return np.asarray(points)[order], place[np.asarray(edges)], np.asarray(is_axis)


def _within(
    xy: Floats, edges: Ints, axis: NDArray[np.bool_], area: Polygon
) -> tuple[Floats, Ints, NDArray[np.bool_]]:
    """Keep the streets inside an area that hang together with the seat (point 0)."""
    fits = shapely.covered_by(shapely.linestrings(xy[edges]), area)
    edges, axis = edges[fits], axis[fits]
    ones = np.ones(len(edges))
    graph = csr_array((ones, (edges[:, 0], edges[:, 1])), shape=(len(xy), len(xy)))
    _, label = connected_components(graph, directed=False)
    kept = label[edges[:, 0]] == label[0]
    edges, axis = edges[kept], axis[kept]
    used = np.unique(np.r_[0, edges.ravel()])
    place = np.full(len(xy), -1)
    place[used] = np.arange(used.size)
    return xy[used], place[edges], axis


def draw_streets(
    townships: list[Township], axes: list[LineString], boundary: Polygon, rng: np.random.Generator
) -> Streets:
    """Draw the streets of every town.

    Parameters
    ----------
    townships
        Those whose seat is known.
    axes
        From :func:`town_axes`, in the same order.
    """
    area = boundary.buffer(-30)
    towns = []
    for row, axis in zip(townships, axes, strict=True):
        seat = Point(row.x_m, row.y_m)
        if row.code == COUNTY_SEAT:
            spans: tuple[Span, ...] = _COUNTY_ROWS
            pitch = (_COUNTY_COLUMN_M, _COUNTY_ROW_M)
        else:
            columns, rows = next(
                (columns, rows) for least, columns, rows in _SIZES if row.population >= least
            )
            low = -int(rng.integers(0, rows))
            middle = axis.project(seat) + rng.uniform(-0.3, 0.3) * columns * _COLUMN_M
            half = columns * _COLUMN_M / 2
            axis = _clip(axis, seat, middle, half)  # noqa: PLW2901 – the part with streets
            spans = ((0, 10_000, low, low + rows - 1),)
            pitch = (_COLUMN_M, _ROW_M)
        towns.append(_within(*_town(axis, seat, spans, pitch, rng), area))
    count = len(towns)
    offset = count + np.cumsum([0] + [len(xy) - 1 for xy, _, _ in towns])[:-1]
    all_xy = [xy[:1] for xy, _, _ in towns] + [xy[1:] for xy, _, _ in towns]
    edges = [
        np.where(pairs == 0, k, pairs - 1 + offset[k]) for k, (_, pairs, _) in enumerate(towns)
    ]
    return Streets(
        to_cm(np.vstack(all_xy)),
        np.vstack(edges).astype(np.int64),
        np.concatenate([np.full(len(pairs), k) for k, (_, pairs, _) in enumerate(towns)]),
        np.concatenate([axis for _, _, axis in towns]).astype(bool),
    )


def _clip(axis: LineString, seat: Point, middle: float, half: float) -> LineString:
    at = axis.project(seat)
    start = max(0.0, min(middle - half, at - _COLUMN_M))
    end = min(axis.length, max(middle + half, at + _COLUMN_M))
    return part_of(axis, start, end)

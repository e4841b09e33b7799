"""Make up a ridge-and-valley terrain: folds from north-east to south-west, cut by rivers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates
from shapely.geometry import LineString, Polygon

CELL_M = 100.0
MARGIN_M = 3000.0
LOWEST_M = 263.0
HIGHEST_M = 1895.0
#: Direction of the folds: degrees east of north.
FOLD_AZIMUTH_DEG = 33.0

Grid = NDArray[np.float64]


@dataclass(frozen=True)
class Terrain:
    """A height model, north up.

    Attributes
    ----------
    height_m
        Shape (rows, columns), int16.
    west_m, north_m
        The outer corner of the first cell.
    """

    height_m: NDArray[np.int16]
    west_m: float
    north_m: float

    def sample(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Interpolate heights at points of shape (n, 2), metres, to the nearest 0.1 m."""
        column = (xy[:, 0] - self.west_m) / CELL_M - 0.5
        row = (self.north_m - xy[:, 1]) / CELL_M - 0.5
        heights = map_coordinates(
            self.height_m.astype(np.float64), [row, column], order=1, mode="nearest"
        )
        return np.round(heights, 1)


@dataclass(frozen=True)
class River:
    """A modelled river: its line, and its level at both ends in metres."""

    name: str
    line: LineString
    from_m: float
    to_m: float


def _axes(boundary: Polygon) -> tuple[Grid, Grid, float, float]:
    west, south, east, north = boundary.bounds
    west = np.floor((west - MARGIN_M) / CELL_M) * CELL_M
    north = np.ceil((north + MARGIN_M) / CELL_M) * CELL_M
    columns = int(np.ceil((east + MARGIN_M - west) / CELL_M))
    rows = int(np.ceil((north - south + MARGIN_M) / CELL_M))
    x = west + CELL_M * (np.arange(columns) + 0.5)
    y = north - CELL_M * (np.arange(rows) + 0.5)
    grid_x, grid_y = np.meshgrid(x, y)
    return grid_x, grid_y, float(west), float(north)


def _noise(
    shape: tuple[int, int], rng: np.random.Generator, along_m: float, across_m: float, fall: float
) -> Grid:
    """Filter white noise to given correlation lengths along and across the folds; unit variance."""
    rows, columns = shape
    ky = np.fft.fftfreq(rows, CELL_M)[:, None] * -1.0
    kx = np.fft.rfftfreq(columns, CELL_M)[None, :]
    angle = np.radians(FOLD_AZIMUTH_DEG)
    k_along = kx * np.sin(angle) + ky * np.cos(angle)
    k_across = kx * np.cos(angle) - ky * np.sin(angle)
    gain = (1 + (k_along * along_m) ** 2 + (k_across * across_m) ** 2) ** (-fall / 2)
    spectrum = np.fft.rfft2(rng.standard_normal(shape)) * gain
    field = np.fft.irfft2(spectrum, s=shape)
    return np.asarray((field - field.mean()) / field.std(), dtype=np.float64)


def _folds(grid_x: Grid, grid_y: Grid, rng: np.random.Generator) -> Grid:
    angle = np.radians(FOLD_AZIMUTH_DEG)
    across = grid_x * np.cos(angle) - grid_y * np.sin(angle)
    shape = (grid_x.shape[0], grid_x.shape[1])
    bent = across + 2600 * _noise(shape, rng, 30_000, 12_000, 3.0)
    large = 1 - np.abs(np.sin(np.pi * bent / 11_500))
    small = 1 - np.abs(np.sin(np.pi * bent / 4_700 + 1.5 * _noise(shape, rng, 9_000, 5_000, 3.0)))
    return np.asarray(560 * large + 210 * small, dtype=np.float64)


def _river_pull(
    terrain: Grid, river: River, west: float, north: float, width_m: float
) -> tuple[Grid, Grid]:
    count = int(river.line.length // 50) + 2
    points = shapely.get_coordinates(
        river.line.interpolate(np.linspace(0, 1, count), normalized=True)
    )
    row = np.clip(((north - points[:, 1]) // CELL_M).astype(int), 0, terrain.shape[0] - 1)
    column = np.clip(((points[:, 0] - west) // CELL_M).astype(int), 0, terrain.shape[1] - 1)
    level = np.full(terrain.shape, np.nan)
    level[row, column] = np.linspace(river.from_m, river.to_m, count)
    distance, nearest = distance_transform_edt(
        np.isnan(level), sampling=CELL_M, return_indices=True
    )
    return level[nearest[0], nearest[1]], np.exp(-((distance / width_m) ** 1.3))


def make_terrain(
    boundary: Polygon,
    rivers: tuple[River, ...],
    basins: tuple[tuple[LineString, float], ...],
    rng: np.random.Generator,
) -> Terrain:
    """Build the height model.

    Parameters
    ----------
    boundary
        The county; the model reaches ``MARGIN_M`` beyond its bounds.
    rivers
        Valleys are cut down to their levels.
    basins
        Axes of the towns' basins and their half widths in metres: the ground there is
        lowered and evened out, as seats lie on valley floors.
    rng
        Source of the relief.
    """
    grid_x, grid_y, west, north = _axes(boundary)
    shape = (grid_x.shape[0], grid_x.shape[1])
    height = 520 + _folds(grid_x, grid_y, rng)
    height += 130 * _noise(shape, rng, 16_000, 7_000, 2.6)
    height += 75 * _noise(shape, rng, 2_600, 1_600, 2.6)
    for river in rivers:
        level, pull = _river_pull(height, river, west, north, 4_200)
        height += pull * (level - height)
    height = gaussian_filter(height, 1.0)
    for axis, half_width in basins:
        height = _level_basin(height, axis, half_width, west, north)
    inside = shapely.contains_xy(boundary, grid_x, grid_y)
    low, high = height[inside].min(), height[inside].max()
    height = LOWEST_M + (height - low) / (high - low) * (HIGHEST_M - LOWEST_M)
    whole = np.rint(np.clip(height, LOWEST_M, HIGHEST_M)).astype(np.int16)
    return Terrain(whole, west, north)


def _level_basin(
    height: Grid, axis: LineString, half_width: float, west: float, north: float
) -> Grid:
    reach = 4 * half_width
    left, bottom, right, top = axis.bounds
    rows = slice(
        max(0, int((north - top - reach) // CELL_M)), int((north - bottom + reach) // CELL_M)
    )
    columns = slice(
        max(0, int((left - reach - west) // CELL_M)), int((right + reach - west) // CELL_M)
    )
    part = height[rows, columns]
    y = north - CELL_M * (np.arange(part.shape[0]) + rows.start + 0.5)
    x = west + CELL_M * (np.arange(part.shape[1]) + columns.start + 0.5)
    points = shapely.points(*np.meshgrid(x, y))
    distance = shapely.distance(points, axis)
    floor = float(np.quantile(part[distance < 1.5 * half_width], 0.2))
    pull = 0.92 * np.exp(-((distance / half_width) ** 2))
    out = height.copy()
    out[rows, columns] = part + pull * (floor - part)
    return out

"""The terrain, thinned out for maps: places kept, means taken, nothing made up."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from pyproj import Transformer
from shapely import Polygon, box

from firecover.analysis.relief import MOST_CELLS, relief_of
from firecover.layers.model import RasterLayer
from firecover.layers.provenance import Provenance

CRS = "EPSG:4545"
WEST, SOUTH = 560_000.0, 3_180_000.0
MODELLED = Provenance("modelled", "made for the test")


def terrain(values, cell, west=WEST, north=SOUTH + 20_000, crs=CRS):
    transform = Affine(cell, 0, west, 0, -cell, north)
    return RasterLayer("dem", np.asarray(values, dtype=float), transform, crs, MODELLED)


def area(left, bottom, right, top):
    return gpd.GeoDataFrame({"name": ["x"]}, geometry=[box(left, bottom, right, top)], crs=CRS)


def cell_of(relief, x, y):
    a, _, c, _, e, f = relief.transform
    return int((y - f) / e), int((x - c) / a)


def test_a_peak_lies_at_its_place_from_a_terrain_in_degrees():
    lon, lat = 108.5, 28.8
    side = 1 / 1200
    values = np.full((600, 600), 300.0)
    values[300, 300] = 2300.0
    dem = terrain(values, side, lon - 300.5 * side, lat + 300.5 * side, "EPSG:4326")
    x, y = Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(lon, lat)
    relief = relief_of(dem, area(x - 15_000, y - 15_000, x + 15_000, y + 15_000), CRS)
    row, column = np.unravel_index(np.nanargmax(relief.elevation_m), relief.elevation_m.shape)
    wanted = cell_of(relief, x, y)
    assert abs(row - wanted[0]) <= 1
    assert abs(column - wanted[1]) <= 1
    assert relief.crs == CRS


def test_a_cell_is_the_mean_of_those_that_it_stands_for():
    """Of a slope with a chequered pattern the mean is the slope, taking one cell would not be."""
    rows, columns = np.indices((4000, 4000))
    slope = 200 + 0.05 * 5 * columns + 0.02 * 5 * rows
    values = slope + np.where((rows + columns) % 2 == 0, 150.0, -150.0)
    relief = relief_of(terrain(values, 5.0), area(WEST, SOUTH, WEST + 20_000, SOUTH + 20_000), CRS)
    assert max(relief.elevation_m.shape) <= MOST_CELLS
    a, _, c, _, e, f = relief.transform
    row, column = np.indices(relief.elevation_m.shape) + 0.5
    east, south = c + column * a - WEST, SOUTH + 20_000 - (f + row * e)
    wanted = 200 + 0.05 * east + 0.02 * south
    inside = (abs(east - 10_000) < 9_900) & (abs(south - 10_000) < 9_900)
    np.testing.assert_allclose(relief.elevation_m[inside], wanted[inside], atol=12)


def test_no_cell_is_smaller_than_those_of_the_terrain():
    dem = terrain(np.full((40, 40), 500.0), 500.0)
    relief = relief_of(dem, area(WEST, SOUTH, WEST + 20_000, SOUTH + 20_000), CRS)
    assert relief.transform[0] == pytest.approx(500.0, rel=0.01)
    assert relief.transform[4] == -relief.transform[0]
    inside = relief.elevation_m[np.isfinite(relief.elevation_m)]
    np.testing.assert_allclose(inside, 500.0)


def test_what_the_terrain_does_not_say_stays_unknown():
    values = np.full((200, 200), 400.0)
    values[:, 100:] = np.nan
    relief = relief_of(
        terrain(values, 100.0), area(WEST, SOUTH, WEST + 20_000, SOUTH + 20_000), CRS
    )
    row, west_column = cell_of(relief, WEST + 5_000, SOUTH + 10_000)
    _, east_column = cell_of(relief, WEST + 15_000, SOUTH + 10_000)
    assert relief.elevation_m[row, west_column] == 400.0
    assert np.isnan(relief.elevation_m[row, east_column])


def test_a_terrain_elsewhere_and_a_study_without_an_area_give_none():
    dem = terrain(np.full((10, 10), 400.0), 100.0)
    far = area(WEST + 200_000, SOUTH, WEST + 220_000, SOUTH + 20_000)
    assert relief_of(dem, far, CRS) is None
    nowhere = gpd.GeoDataFrame({"name": ["x"]}, geometry=[Polygon()], crs=CRS)
    assert relief_of(dem, nowhere, CRS) is None

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from firecover.demand import built_up_cells, containing, population_points
from firecover.layers.model import RasterLayer, VectorLayer
from firecover.layers.provenance import Provenance
from support.networks import CRS

PROVENANCE = Provenance(kind="modelled", source="made by a test")


def frame(*shapes, **columns) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=CRS)


def test_a_square_on_the_grid_makes_whole_cells():
    cells = built_up_cells(frame(shapely.box(100, 100, 250, 200)), 50)
    assert len(cells.cells) == 6
    assert cells.area_km2 == pytest.approx(np.full(6, 0.0025))


def test_a_square_off_the_grid_is_cut_along_it():
    cells = built_up_cells(frame(shapely.box(25, 0, 75, 50)), 50)
    assert sorted(cells.area_km2) == pytest.approx([0.00125, 0.00125])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([20.0, 50.0, 130.0]))
def test_cells_partition_every_patch(seed, cell_m):
    rng = np.random.default_rng(seed)
    shapes = [
        shapely.convex_hull(shapely.MultiPoint(rng.uniform(0, 600, (6, 2)) + 900 * i))
        for i in range(3)
    ]
    shapes[1] = shapes[1].difference(shapes[1].centroid.buffer(60))  # a park in the middle
    cells = built_up_cells(frame(*shapes), cell_m)
    for row, shape in enumerate(shapes):
        mine = cells.patch == row
        assert cells.area_km2[mine].sum() == pytest.approx(shape.area / 1e6)
        assert shapely.union_all(cells.cells[mine]).symmetric_difference(shape).area < 1e-6
    assert shapely.contains_xy(shapely.union_all(shapes).buffer(1e-6), cells.xy).all()


def test_no_built_up_area_makes_no_cells():
    cells = built_up_cells(frame(), 50)
    assert len(cells.cells) == 0
    assert cells.xy.shape == (0, 2)


def test_population_is_taken_at_the_centres_of_the_cells_inside():
    values = np.array([[1.0, 2.0, np.nan], [0.0, 5.0, 7.0]])
    raster = RasterLayer("population", values, Affine(100, 0, 1000, 0, -100, 2000), CRS, PROVENANCE)
    points = population_points(raster, shapely.box(1000, 1700, 1240, 2100), CRS)
    assert points.population == pytest.approx([1, 2, 5])
    assert points.xy == pytest.approx(np.array([[1050, 1950], [1150, 1950], [1150, 1850]]))


def test_population_of_features_is_taken_at_a_point_inside():
    layer = VectorLayer(
        "population",
        frame(shapely.box(0, 0, 10, 10), shapely.Point(50, 50), population=[12.0, 0.0]),
        PROVENANCE,
    )
    points = population_points(layer, shapely.box(-100, -100, 100, 100), CRS)
    assert points.population == pytest.approx([12])
    assert points.xy == pytest.approx(np.array([[5, 5]]))
    assert len(population_points(None, shapely.box(0, 0, 1, 1), CRS).population) == 0


def test_points_are_told_the_first_area_that_holds_them():
    areas = gpd.GeoSeries([shapely.box(0, 0, 10, 10), None, shapely.box(5, 0, 20, 10)], crs=CRS)
    xy = np.array([[7.0, 5.0], [15.0, 5.0], [30.0, 5.0], [np.nan, np.nan]])
    assert list(containing(areas, xy)) == [0, 2, -1, -1]

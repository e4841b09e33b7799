"""The surface as GeoTIFF, read back cell by cell."""

from dataclasses import replace

import numpy as np
import pytest
import rasterio
from affine import Affine

from firecover.errors import OutputError
from firecover.outputs.rasters import (
    NODATA,
    RELIEF_NAME,
    overview_factors,
    surface_name,
    surface_tags,
    write_relief,
    write_surface,
)
from firecover.results import Relief, Surface
from support.tiny_results import tiny_results


@pytest.fixture
def surface():
    return tiny_results().scenario("baseline").surface


def test_values_place_and_words(tmp_path, surface):
    path = tmp_path / surface_name("baseline")
    write_surface(surface, path, title="现状", tags=surface_tags(tiny_results(), "baseline"))
    assert path.name == "response_time_baseline.tif"
    with rasterio.open(path) as source:
        assert source.crs.to_epsg() == 4545
        assert source.transform == Affine(250, 0, 570_000, 0, -250, 3_198_000)
        assert source.dtypes == ("float32",)
        assert source.nodata == NODATA
        assert source.compression.value == "DEFLATE"
        assert source.profile["tiled"]
        assert source.descriptions == ("minutes from the dispatch order",)
        assert source.overviews(1) == [2]
        assert source.tags()["SCENARIO"] == "baseline"
        assert source.tags()["DATA_KIND"] == "derived"
        assert source.tags()["TIFFTAG_IMAGEDESCRIPTION"] == "现状"
        values = source.read(1, masked=True)
        # Station s1 stands at 2000, 4500; the cell's centre is 125 m off both ways.
        row, column = source.index(570_000 + 2125, 3_188_000 + 4625)
    assert values[row, column] == pytest.approx(1 + 250 / 500)
    assert (values.mask == np.isnan(surface.minutes)).all()
    np.testing.assert_array_equal(values.filled(np.nan), surface.minutes)


def test_same_surface_same_bytes(tmp_path, surface):
    for name in ("a.tif", "b.tif"):
        write_surface(surface, tmp_path / name, title="x")
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


def test_modelled_sources_are_told_as_modelled():
    tags = surface_tags(tiny_results(), "plan_2025")
    assert tags["SCENARIO_TITLE"] == "规划2025 Plan 2025"
    assert tags["HANDLING"] == "内部资料，注意保管 internal, keep safe"
    assert "OpenStreetMap contributors" in tags["SOURCES"]


@pytest.mark.parametrize(
    ("shape", "factors"),
    [((1, 1), []), ((1, 900), []), ((40, 40), [2]), ((512, 300), [2]), ((513, 300), [2, 4])],
)
def test_overviews_go_on_until_one_tile_is_left(shape, factors):
    assert overview_factors(*shape) == factors


def test_overviews_hold_values_of_cells(tmp_path):
    rng = np.random.default_rng(7)
    minutes = rng.integers(1, 30, (600, 600)).astype(np.float32)
    minutes[::3] = np.nan
    surface = Surface(minutes, Affine(50, 0, 570_000, 0, -50, 3_198_000), "EPSG:4545")
    path = tmp_path / "big.tif"
    write_surface(surface, path, title="x")
    with rasterio.open(path, overview_level=1) as source:
        small = source.read(1)
    assert small.shape == (150, 150)
    assert set(np.unique(small)) <= {NODATA, *range(1, 30)}


def test_a_file_that_cannot_be_written_is_told(tmp_path, surface):
    with pytest.raises(OutputError, match="cannot be written"):
        write_surface(surface, tmp_path / "nowhere" / "x.tif", title="x")


def with_relief(results):
    """The tiny results with a slope that rises to the east, 12 km wide and 12 km high."""
    slope = np.tile(np.arange(60, dtype=np.float32) * 10 + 300, (60, 1))
    slope[30, 30] = np.nan
    relief = Relief(slope, (200.0, 0.0, 569_000.0, 0.0, -200.0, 3_199_000.0), "EPSG:4545")
    return replace(results, relief=relief)


def test_the_terrain_is_written_in_the_shape_of_the_study_area(tmp_path):
    results = with_relief(tiny_results())
    assert write_relief(results, tmp_path) == tmp_path / RELIEF_NAME
    with rasterio.open(tmp_path / RELIEF_NAME) as source:
        assert source.crs.to_epsg() == 4545
        assert source.transform == Affine(*results.relief.transform)
        assert (source.dtypes, source.nodata) == (("float32",), NODATA)
        assert source.overviews(1) == [2]
        assert source.units == ("m",)
        assert source.tags()["HANDLING"] == "内部资料，注意保管 internal, keep safe"
        assert source.tags()["CREDITS"] == "© OpenStreetMap contributors (ODbL)"
        values = source.read(1, masked=True)
    # The area of 10 km lies 1 km, five cells, inside the edges; what is not known stays so.
    inside = np.zeros((60, 60), dtype=bool)
    inside[5:55, 5:55] = True
    inside[30, 30] = False
    assert (~values.mask == inside).all()
    np.testing.assert_array_equal(values.data[inside], results.relief.elevation_m[inside])


def test_without_a_terrain_there_is_no_file(tmp_path):
    assert write_relief(tiny_results(), tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_without_a_boundary_the_whole_terrain_is_written(tmp_path):
    results = with_relief(tiny_results())
    none = replace(results, boundary=results.boundary.iloc[:0])
    write_relief(none, tmp_path)
    with rasterio.open(tmp_path / RELIEF_NAME) as source:
        values = source.read(1, masked=True)
    assert int(values.mask.sum()) == 1


def test_a_terrain_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(OutputError, match=r"relief\.tif cannot be written"):
        write_relief(with_relief(tiny_results()), tmp_path / "nowhere")

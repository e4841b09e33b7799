"""Rasters: values, nodata, and what is refused."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from firecover.errors import LayerError
from firecover.layers.raster import read_raster
from firecover.study import LayerTable
from support import layers_files as small

REAL = Path(__file__).parents[2] / "../shared/data/real/dem"
AREA = small.square(0, 0, 10_000)


def read(name, path, area=AREA, **keys):
    table = LayerTable(path=path.name, provenance={"kind": "modelled", "source": "Test"}, **keys)
    return read_raster(name, path, table, small.CRS, area)


def problems(name, path, **keys):
    with pytest.raises(LayerError) as caught:
        read(name, path, **keys)
    return caught.value.problems


def read_tiles(*paths, area=AREA, **keys):
    names = tuple(path.name for path in paths)
    table = LayerTable(path=names, provenance={"kind": "observed", "source": "Test"}, **keys)
    return read_raster("dem", list(paths), table, small.CRS, area)


def test_values_grid_and_nodata(tmp_path):
    values = np.array([[1.5, -9999.0], [0.0, 3.25]])
    path = small.write_raster(tmp_path / "p.tif", values, cell_m=5000)
    layer = read("population", path)
    assert layer.values.dtype == np.float64
    np.testing.assert_array_equal(layer.values, [[1.5, np.nan], [0.0, 3.25]])
    assert tuple(layer.transform)[:6] == (5000, 0, 570_000, 0, -5000, 3_198_000)
    assert layer.crs == small.CRS
    assert layer.quality == ()
    assert (layer.provenance.kind, layer.provenance.file) == ("modelled", "p.tif")
    assert len(layer.provenance.sha256) == 64


def test_no_crs_needs_one_from_the_study(tmp_path):
    path = small.write_raster(tmp_path / "p.tif", np.ones((2, 2)), cell_m=5000, crs=None)
    assert [problem.key for problem in problems("population", path)] == ["crs"]
    assert read("population", path, crs="EPSG:4545").crs == "EPSG:4545"


def test_negative_population_and_nobody_are_refused(tmp_path):
    path = small.write_raster(tmp_path / "p.tif", np.array([[5.0, -200.0]]), cell_m=5000)
    (problem,) = problems("population", path)
    assert "1 cells hold a negative population (-200)" in problem.what
    assert "nodata" in problem.remedy
    path = small.write_raster(tmp_path / "z.tif", np.zeros((2, 2)), cell_m=5000)
    assert "adds up to 0" in problems("population", path)[0].what


def test_nothing_but_nodata_is_refused(tmp_path):
    path = small.write_raster(tmp_path / "p.tif", np.full((2, 2), -9999.0), cell_m=5000)
    for name in ("population", "dem"):
        (problem,) = problems(name, path)
        assert "entirely without values" in problem.what


def test_heights_that_cannot_be_are_refused_and_voids_counted(tmp_path):
    heights = np.array([[400.0, -9999.0, -9999.0], [500.0, 600.0, 1895.0]])
    layer = read("dem", small.write_raster(tmp_path / "d.tif", heights, cell_m=5000))
    (note,) = layer.quality
    assert (note.action, note.count, note.rows) == ("repaired", 2, ("d.tif: 2",))
    assert np.isfinite(layer.values).all()
    assert 400 < layer.values[0, 1] < 1895
    heights[0, 1] = -32768.0
    bad = small.write_raster(tmp_path / "b.tif", heights, cell_m=5000)
    assert "-32768" in problems("dem", bad)[0].what


def test_a_tile_elsewhere_is_refused_and_a_partial_one_noted(tmp_path):
    away = small.write_raster(
        tmp_path / "a.tif", np.ones((2, 2)), cell_m=5000, west_north_m=(50_000, 10_000)
    )
    assert "does not reach the study area" in problems("population", away)[0].what
    half = small.write_raster(
        tmp_path / "h.tif", np.ones((2, 1)), cell_m=5000, west_north_m=(0, 10_000)
    )
    note = read("population", half).quality[0]
    assert note.rows == ("50 %",)
    assert read("population", half, area=None).quality == ()


def test_shifted_datums_are_refused(tmp_path):
    path = small.write_raster(tmp_path / "p.tif", np.ones((2, 2)), cell_m=5000)
    assert problems("population", path, datum="gcj02")[0].key == "datum"


@pytest.mark.parametrize("content", [b"", b"II*\x00garbage", b"\x00" * 100])
def test_corrupt_rasters_are_told(tmp_path, content):
    for name in ("p.tif", "p.zip", "p.hgt"):
        path = tmp_path / name
        path.write_bytes(content)
        (problem,) = problems("dem", path)
        assert problem.file == name


def test_complex_values_and_turned_grids_are_refused(tmp_path):
    for kind, turn, words in (("complex64", 0.0, "complex"), ("float32", 9.0, "not north up")):
        path = tmp_path / f"{kind}.tif"
        grid = Affine(5000, turn, 570_000, turn, -5000, 3_198_000)
        profile = {"driver": "GTiff", "height": 2, "width": 2, "count": 1, "dtype": kind}
        with rasterio.open(path, "w", crs=small.CRS, transform=grid, **profile) as target:
            target.write(np.ones((1, 2, 2), kind))
        assert words in problems("population", path)[0].what


def test_a_zip_must_hold_one_raster(tmp_path):
    inside = small.write_raster(tmp_path / "p.tif", np.ones((2, 2)), cell_m=5000)
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    with zipfile.ZipFile(one, "w") as archive:
        archive.write(inside, "deep/p.tif")
        archive.writestr("read.me", "x")
    with zipfile.ZipFile(two, "w") as archive:
        archive.write(inside, "a.tif")
        archive.write(inside, "b.tif")
    np.testing.assert_array_equal(read("population", one).values, np.ones((2, 2)))
    assert "holds 2 rasters" in problems("population", two)[0].what


@pytest.mark.skipif(not REAL.is_dir(), reason="the real terrain is not here")
def test_a_real_srtm_tile_in_a_zip():
    table = LayerTable(path="N42E001.hgt.zip", provenance={"kind": "observed", "source": "NASA"})
    layer = read_raster("dem", REAL / "N42E001.hgt.zip", table, "EPSG:25831")
    assert layer.values.shape == (1201, 1201)
    assert layer.crs == "EPSG:4326"
    # Andorra, 42.43–42.66° N, 1.41–1.79° E: from the Valira up to Coma Pedrosa (2,942 m).
    column = [round((lon - layer.transform.c) / layer.transform.a) for lon in (1.41, 1.79)]
    row = [round((lat - layer.transform.f) / layer.transform.e) for lat in (42.66, 42.43)]
    andorra = layer.values[row[0] : row[1], column[0] : column[1]]
    assert 780 < np.nanmin(andorra) < 860
    assert 2850 < np.nanmax(andorra) < 2950
    (note,) = layer.quality
    assert (note.action, note.count) == ("repaired", 7652)
    assert note.rows == ("N42E001.hgt.zip: 7652",)
    assert np.isfinite(layer.values).all()


@pytest.mark.skipif(not REAL.is_dir(), reason="the real terrain is not here")
def test_real_srtm_tiles_are_joined():
    names = ("N49E011.hgt.zip", "N50E011.hgt.zip")
    layer = read_tiles(*(REAL / name for name in names), area=None)
    assert layer.values.shape == (2401, 1201)  # they share a row
    assert layer.transform.f == pytest.approx(51 + 1 / 2400)
    assert [(note.count, note.rows) for note in layer.quality] == [
        (28, ("N49E011.hgt.zip: 20", "N50E011.hgt.zip: 8"))
    ]
    apart = [read_tiles(REAL / name, area=None).values for name in names]
    np.testing.assert_array_equal(layer.values[:1200], apart[1][:1200])
    np.testing.assert_array_equal(layer.values[1200:], apart[0])
    assert np.abs(apart[1][-1] - apart[0][0]).max() == 0  # the shared row is the same


def test_tiles_are_joined_and_told_of(tmp_path):
    west = np.full((20, 10), 300.0)
    west[4, 4] = -9999
    one = small.write_raster(tmp_path / "w.tif", west, cell_m=500)
    two = small.write_raster(
        tmp_path / "e.tif", np.full((20, 10), 500.0), cell_m=500, west_north_m=(5000, 10_000)
    )
    far = small.write_raster(
        tmp_path / "f.tif", np.ones((2, 2)), cell_m=500, west_north_m=(90_000, 10_000)
    )
    layer = read_tiles(one, two, far)
    assert layer.values.shape == (20, 20)
    assert (layer.values[:, :10] == 300).all()
    assert (layer.values[:, 10:] == 500).all()
    assert [(note.action, note.count, note.rows) for note in layer.quality] == [
        ("noted", 1, ("f.tif",)),
        ("repaired", 1, ("w.tif: 1",)),
    ]
    assert layer.provenance.file == "w.tif, e.tif, f.tif"
    parts = b"".join(path.read_bytes() for path in (one, two, far))
    assert layer.provenance.sha256 == hashlib.sha256(parts).hexdigest()


def test_problems_of_all_tiles_come_together(tmp_path):
    bare = small.write_raster(tmp_path / "a.tif", np.ones((2, 2)), cell_m=5000, crs=None)
    (tmp_path / "b.tif").write_bytes(b"nothing")
    with pytest.raises(LayerError) as caught:
        read_tiles(bare, tmp_path / "b.tif")
    assert [problem.file for problem in caught.value.problems] == ["a.tif", "b.tif"]


def test_the_terrain_is_read_around_the_area_only(tmp_path):
    rows, columns = np.mgrid[0:100, 0:100]
    heights = rows * 1.0 + columns * 0.25
    path = small.write_raster(
        tmp_path / "d.tif", heights, cell_m=500, west_north_m=(-20_000, 30_000)
    )
    layer = read("dem", path)
    assert layer.values.shape == (60, 60)  # 10 km, and 10 km on each side
    np.testing.assert_array_equal(layer.values, heights[20:80, 20:80])
    whole = read("dem", path, area=None)
    assert layer.transform.c == whole.transform.c + 20 * 500
    assert layer.transform.f == whole.transform.f - 20 * 500
    population = read("population", path)
    assert population.values.shape == (100, 100)

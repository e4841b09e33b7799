"""What holds for every format: the CRS, GCJ-02, what is said beside the files, and errors."""

import hashlib
import sqlite3
from contextlib import closing
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pyogrio
import pyproj
import pytest
from typer.testing import CliRunner

from firecover.cli import app
from firecover.errors import InputError
from firecover.layers.datum import gcj02_to_wgs84
from firecover.outputs.exports.crs import Target
from firecover.outputs.exports.export import export_files
from firecover.outputs.exports.package import open_package
from firecover.outputs.geopackage import write_geopackage
from firecover.study import load_study
from support.layers_files import write_study
from support.tiny_results import tiny_results

#: WGS-84 and GCJ-02 of one point in China, from the published test vectors of the shift.
SHANGHAI = (31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)


def read(package, file):
    return pyogrio.read_dataframe(package.parent / "export" / file)


def metres(found, given):
    """Distance of each row, in metres on the ellipsoid."""
    geod = pyproj.Geod(ellps="WGS84")
    return np.array(
        [
            geod.inv(a.x, a.y, b.x, b.y)[2]
            for a, b in zip(found.to_crs(4326).geometry, given.to_crs(4326).geometry, strict=True)
        ]
    )


@pytest.mark.parametrize("code", ["EPSG:4490", "EPSG:4544", "EPSG:32649", "EPSG:3857"])
def test_another_crs_is_written_and_the_place_stays(package, code):
    export_files(package, "fgb", ["hydrants"], Target(code))
    found = read(package, "fgb/hydrants.fgb")
    assert found.crs == pyproj.CRS(code)
    given = tiny_results().hydrants
    order = dict(zip(found["id"], range(len(found)), strict=True))
    assert metres(found.iloc[[order[key] for key in given["id"]]], given).max() < 0.01


def test_gcj02_is_shifted_some_hundred_metres_and_named(package):
    done = export_files(package, "shp", ["villages", "phasing"], Target(gcj02=True))
    assert done.place.endswith("shp_gcj02")
    found = read(package, "shp_gcj02/villages_gcj02.shp")
    given = tiny_results().villages.to_crs(4326)
    apart = metres(found, given)
    assert ((apart > 300) & (apart < 700)).all()
    back = gcj02_to_wgs84(found.geometry.x, found.geometry.y)
    assert np.allclose(back, [given.geometry.x, given.geometry.y], atol=1e-8)
    folder = package.parent / "export/shp_gcj02"
    assert "坐标系 CRS: GCJ-02" in (folder / "README.txt").read_text("utf-8-sig")
    assert (folder / "phasing.dbf").exists()  # a table has no coordinates to shift


def test_gcj02_is_the_published_shift(package):
    (lat, lon), (want_lat, want_lon) = SHANGHAI
    point = gpd.GeoDataFrame({"n": [1]}, geometry=gpd.points_from_xy([lon], [lat]), crs=4326)
    pyogrio.write_dataframe(point, package, layer="one", driver="GPKG", append=True)
    export_files(package, "kml", ["one"], Target(gcj02=True))
    path = package.parent / "export/kml_gcj02/tiny_gcj02.kml"
    found = gpd.read_file(path, engine="pyogrio").geometry[0]
    assert (found.x, found.y) == pytest.approx((want_lon, want_lat), abs=2e-7)
    assert "one (GCJ-02)" in path.read_text("utf-8")


def test_gcj02_of_maps_in_mercator_stands_where_their_tiles_do(package):
    export_files(package, "fgb", ["hydrants"], Target("EPSG:3857", gcj02=True))
    export_files(package, "shp", ["hydrants"], Target(gcj02=True))
    mercator = read(package, "fgb_gcj02/hydrants_gcj02.fgb").sort_values("id")
    degrees = read(package, "shp_gcj02/hydrants_gcj02.shp").sort_values("id")
    assert mercator.crs.to_epsg() == 3857
    assert metres(mercator, degrees).max() < 0.01


@pytest.mark.parametrize("format_name", ["geojson", "kml"])
def test_formats_in_wgs84_stay_there_and_say_so(package, format_name):
    done = export_files(package, format_name, ["stations"], Target("EPSG:4490"))
    assert any("EPSG:4490 is not heeded" in note.en for note in done.notes)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("EPSG:2383", "no public parameters"),  # Xian 1980
        ("EPSG:4534", "lies outside the area"),  # CGCS2000 at 75° E
    ],
)
def test_what_a_crs_does_to_the_places_is_told(package, code, words):
    done = export_files(package, "fgb", ["stations"], Target(code))
    assert [words in note.en for note in done.notes].count(True) == 1


@pytest.mark.parametrize("code", ["", "EPSG:4490", "EPSG:4545"])
def test_a_crs_that_fits_needs_no_words(package, code):
    assert export_files(package, "fgb", ["stations"], Target(code)).notes == ()


@pytest.mark.parametrize("code", ["EPSG:99999", "nonsense", "EPSG:4978", "EPSG:5773"])
def test_a_crs_that_is_none_of_the_ground_is_refused(package, code):
    with pytest.raises(InputError, match="EPSG:4490"):
        export_files(package, "fgb", (), Target(code))
    assert not (package.parent / "export").exists()


def test_a_layer_that_is_not_there_is_told_with_the_nearest(package):
    with pytest.raises(InputError) as caught:
        export_files(package, "shp", ["station", "xyz"])
    assert "did you mean 'stations'" in str(caught.value)
    assert len(caught.value.problems) == 2


def test_the_page_beside_says_what_the_files_are(package):
    export_files(package, "fgb", ["villages", "roads"])
    text = (package.parent / "export/fgb/README.txt").read_text("utf-8-sig")
    assert "内部资料，注意保管" in text
    assert "村寨 Villages [模拟 modelled]" in text
    assert "OpenStreetMap contributors; ODbL-1.0" in text
    assert hashlib.sha256(package.read_bytes()).hexdigest() in text
    assert "EPSG:4545" in text
    assert f"villages.fgb — 村寨 Villages: {len(tiny_results().villages)} 条 rows" in text


def test_an_export_does_not_touch_the_package(package):
    before = package.read_bytes()
    export_files(package, "kml")
    assert package.read_bytes() == before
    assert {path.name for path in package.parent.iterdir()} == {"coverage.gpkg", "export"}


def test_other_formats_exports_stay(package):
    export_files(package, "fgb", ["stations"])
    export_files(package, "kml", ["stations"])
    assert {path.name for path in (package.parent / "export").iterdir()} == {"fgb", "kml"}


def test_a_file_that_no_run_has_written_is_refused(tmp_path):
    path = tmp_path / "coverage.gpkg"
    path.write_bytes(b"not a package")
    with pytest.raises(InputError, match="firecover run"):
        open_package(path)
    path.unlink()
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE t (n int)")
    with pytest.raises(InputError, match="firecover run"):
        open_package(path)


@pytest.fixture
def called(tmp_path):
    """The command, for a study that has not been run."""
    study = write_study(tmp_path / "study")

    def call(*words):
        return CliRunner().invoke(
            app, ["export", str(study), "--out", str(tmp_path / "out"), *words]
        )

    return call


def test_without_a_run_the_command_says_what_to_do(called):
    result = called("--format", "shp")
    assert isinstance(result.exception, InputError)
    assert "no finished run" in str(result.exception)


def test_the_command_takes_formats_and_layers_in_both_ways(called, tmp_path, written_package):
    folder = tmp_path / "out" / load_study(tmp_path / "study").study.id
    folder.mkdir(parents=True)
    (folder / "coverage.gpkg").write_bytes(written_package.read_bytes())
    result = called(
        "--format", "fgb", "--format", "geojson", "--layers", "stations, roads", "--layers", "water"
    )
    assert result.exit_code == 0, result.output
    assert result.output.count("exported: ") == 2
    for ending in ("fgb", "geojson"):
        found = sorted(path.stem for path in (folder / "export" / ending).glob(f"*.{ending}"))
        assert found == ["roads", "stations", "water"]


def test_the_command_wants_to_know_where_to(called):
    result = called()
    assert result.exit_code == 2
    assert "--postgis" in result.output


def test_who_must_be_named_and_the_approval_go_with_every_export(tmp_path):
    results = tiny_results()
    study = results.study.study.model_copy(update={"map_approval": "渝S（2025）001号"})
    approved = replace(results, study=results.study.model_copy(update={"study": study}))
    write_geopackage(approved, tmp_path / "coverage.gpkg")
    credit = "© OpenStreetMap 贡献者（ODbL） / © OpenStreetMap contributors (ODbL)"
    for format_name, file in (("geojson", "stations.geojson"), ("kml", "tiny.kml")):
        export_files(tmp_path / "coverage.gpkg", format_name, ["stations"])
        folder = tmp_path / "export" / format_name
        for text in (
            (folder / file).read_text("utf-8"),
            (folder / "README.txt").read_text("utf-8-sig"),
        ):
            assert credit in text
            assert "渝S（2025）001号" in text
            assert "内部资料，注意保管" in text

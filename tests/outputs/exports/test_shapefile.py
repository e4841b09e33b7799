"""Shapefiles: read back by GDAL, and their DBF byte by byte."""

import csv
import struct

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from shapely import LineString, MultiPoint, Point, box

from firecover.errors import OutputError
from firecover.outputs.exports import shapefile
from firecover.outputs.exports.export import export_files
from firecover.outputs.exports.short_names import short_names
from support.places import assert_same_places
from support.tiny_results import MARKUP_VILLAGE, tiny_results


def dbf(path):
    """Read a DBF as dBASE III describes it; everything but numbers and logicals as UTF-8."""
    raw = path.read_bytes()
    rows, head, width = struct.unpack("<IHH", raw[4:12])
    fields = [raw[at : at + 32] for at in range(32, head - 1, 32)]
    told = [(f[:11].split(b"\0")[0].decode("ascii"), chr(f[11]), f[16]) for f in fields]
    table = []
    for i in range(rows):
        at, row = head + i * width + 1, {}
        for name, _, size in told:
            row[name] = raw[at : at + size].decode("utf-8").strip()
            at += size
        table.append(row)
    return told, table


@pytest.fixture
def exported(package):
    export_files(package, "shp")
    return package.parent / "export" / "shp"


@pytest.mark.parametrize("layer", ["stations", "townships", "isochrones", "roads", "solutions"])
def test_a_layer_comes_back_as_it_was(exported, layer):
    given = getattr(tiny_results(), layer)
    found = pyogrio.read_dataframe(exported / f"{layer}.shp")
    assert len(found) == len(given)
    assert found.crs.to_epsg() == 4545
    assert_same_places(found.geometry, given.geometry, 1e-6)
    short = short_names([name for name in given.columns if name != given.geometry.name])
    for column, name in short.items():
        values = given[column]
        if pd.api.types.is_numeric_dtype(values):
            pd.testing.assert_series_equal(
                found[name].astype(float),
                values.astype(float),
                check_names=False,
                check_index=False,
            )
        else:
            assert found[name].fillna("").tolist() == values.fillna("").tolist()


def test_names_in_the_dbf_are_utf8_and_said_to_be(exported):
    told, rows = dbf(exported / "villages.dbf")
    assert (exported / "villages.cpg").read_text() == "UTF-8"
    given = tiny_results().villages
    assert [row["name"] for row in rows] == given["name"].tolist()
    assert MARKUP_VILLAGE in [row["name"] for row in rows]
    assert max(len(name) for name, _, _ in told) <= 10


def test_a_null_number_is_no_zero_in_the_dbf(exported):
    _, rows = dbf(exported / "townships.dbf")
    given = tiny_results().townships["population"]
    assert given.isna().any()
    for row, value in zip(rows, given, strict=True):
        if pd.isna(value):
            assert set(row["population"]) <= {"*"}
        else:
            assert float(row["population"]) == value


def test_columns_are_explained_for_every_file(exported):
    with (exported / "fields.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    found = {(row["file"], row["original"]): row for row in rows}
    row = found["built_up.shp", "reached_km2"]
    assert (row["name"], row["zh"], row["unit"]) == (
        "reachd_km2",
        "规定时间可达面积",
        "平方公里",
    )
    for file in {row["file"] for row in rows}:
        told, _ = dbf((exported / file).with_suffix(".dbf"))
        assert [name for name, _, _ in told] == [r["name"] for r in rows if r["file"] == file]


def test_codes_are_explained(exported):
    with (exported / "codes.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    station = {(r["name"], r["code"]): r["zh"] for r in rows if r["file"] == "stations.shp"}
    assert station["tier", "township"]
    assert station["area_vrdct", "fails"]


def test_a_table_is_a_dbf_alone(exported):
    _, rows = dbf(exported / "county_bands.dbf")
    assert len(rows) == len(tiny_results().county_bands)
    assert (exported / "county_bands.cpg").read_text() == "UTF-8"
    assert not (exported / "county_bands.shp").exists()


def put(package, layer, data, **options):
    """Put a layer of someone else's into the package."""
    pyogrio.write_dataframe(data, package, layer=layer, driver="GPKG", append=True, **options)


def test_long_chinese_is_cut_between_characters_and_told(package):
    names = ["乡" * 84 + "AB", "乡" * 84 + "AB村", "短"]  # 254, 257 and 3 bytes
    put(
        package,
        "extra",
        gpd.GeoDataFrame({"name": names}, geometry=[Point(i, i) for i in range(3)], crs=4545),
    )
    done = export_files(package, "shp", ["extra"])
    found = pyogrio.read_dataframe(package.parent / "export/shp/extra.shp")
    assert found["name"].tolist() == ["乡" * 84 + "AB", "乡" * 84 + "AB", "短"]
    cut = [note for note in done.notes if note.layer == "extra"]
    assert [note.count for note in cut] == [1]
    assert "'name'" in cut[0].en
    assert "name" in (package.parent / "export/shp/README.txt").read_text("utf-8-sig")


def test_mixed_geometry_is_parted_and_nothing_is_lost(package):
    shapes = [
        Point(0, 0),
        LineString([(0, 0), (1, 1)]),
        box(0, 0, 1, 1),
        MultiPoint([(1, 1)]),
        None,
    ]
    put(
        package,
        "mixed",
        gpd.GeoDataFrame({"n": range(5)}, geometry=shapes, crs=4545),
        geometry_type="Unknown",
    )
    export_files(package, "shp", ["mixed"])
    folder = package.parent / "export/shp"
    found = {
        path.stem: pyogrio.read_dataframe(path)["n"].tolist()
        for path in sorted(folder.glob("*.shp"))
    }
    assert found == {
        "mixed_line": [1],
        "mixed_multipoint": [3],
        "mixed_point": [0, 4],
        "mixed_polygon": [2],
    }


def test_an_empty_layer_keeps_its_type_and_columns(package):
    empty = gpd.GeoDataFrame({"name": pd.Series([], dtype=str)}, geometry=[], crs=4545)
    put(package, "none", empty, geometry_type="MultiPolygon")
    export_files(package, "shp", ["none"])
    path = package.parent / "export/shp/none.shp"
    assert pyogrio.read_info(path)["geometry_type"] == "Polygon"
    assert pyogrio.read_info(path)["fields"].tolist() == ["name"]
    assert pyogrio.read_info(path)["features"] == 0


def test_a_file_that_is_too_large_is_refused_and_the_last_export_kept(package, monkeypatch):
    export_files(package, "shp", ["boundary"])
    monkeypatch.setattr(shapefile, "FILE_BYTES", 100_000)
    with pytest.raises(OutputError, match=r"demand\.\w+ would be larger than 2 GB"):
        export_files(package, "shp")
    assert (package.parent / "export/shp/boundary.shp").exists()
    assert [path.name for path in (package.parent / "export").iterdir()] == ["shp"]


def test_the_same_package_makes_the_same_bytes(package):
    def contents():
        export_files(package, "shp")
        folder = package.parent / "export/shp"
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    assert contents() == contents()

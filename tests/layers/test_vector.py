"""Layers of features: formats, encodings, columns, words, places, repairs."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import MultiPoint, Point, Polygon

from firecover.errors import LayerError
from firecover.layers import datum
from firecover.layers.schema import SCHEMAS, canonical_columns
from firecover.layers.vector import empty_layer, read_vector
from firecover.study import LayerTable
from support import layers_files as small

AREA = small.square(0, 0, 10_000)
PROVENANCE = {"kind": "observed", "source": "Test", "date": "2025-06-01"}


def table(path, **keys):
    return LayerTable(path=path.name, provenance=PROVENANCE, **keys)


def read(name, path, **keys):
    return read_vector(name, path, table(path, **keys), small.CRS, AREA)


def problems(name, path, **keys):
    with pytest.raises(LayerError) as caught:
        read(name, path, **keys)
    return caught.value.problems


def points(*rows, crs=small.CRS):
    data = [{key: value for key, value in row.items() if key != "at"} for row in rows]
    return gpd.GeoDataFrame(data, geometry=[Point(small.at(*row["at"])) for row in rows], crs=crs)


def notes(layer):
    return {(note.action, note.en): note for note in layer.quality}


# --- formats -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "driver"),
    [("gpkg", "GPKG"), ("geojson", "GeoJSON"), ("shp", "ESRI Shapefile"), ("fgb", "FlatGeobuf")],
)
def test_every_format_gives_the_same_layer(tmp_path, suffix, driver):
    frame = points(
        {"id": "a", "name": "Alpha", "turnout_s": 45.0, "at": (1000, 2000)},
        {"id": "b", "name": "Beta", "turnout_s": 60.5, "at": (3000, 4000)},
    )
    path = tmp_path / f"stations.{suffix}"
    if suffix == "geojson":
        small.write_geojson(path, frame)
    else:
        frame.to_file(path, driver=driver, engine="pyogrio")
    data = read("stations", path).data
    by_id = data.set_index("id").sort_index()
    assert by_id["name"].tolist() == ["Alpha", "Beta"]
    assert by_id["turnout_s"].tolist() == [45.0, 60.5]
    assert by_id["engines"].isna().all()
    assert by_id["note"].tolist() == ["", ""]
    xy = shapely.get_coordinates(by_id.geometry.to_numpy())
    np.testing.assert_allclose(xy, [small.at(1000, 2000), small.at(3000, 4000)], atol=0.001)
    assert data.crs == small.CRS
    assert list(data.columns) == [*canonical_columns(SCHEMAS["stations"]), "geometry"]
    assert isinstance(data.index, pd.RangeIndex)


def test_csv_with_bom_quotes_and_mapped_columns(tmp_path):
    lon, lat = small.degrees(1000, 2000)
    path = tmp_path / "s.csv"
    path.write_text(f'编号,名称,经度,纬度,车辆\n007,"甲, 乙",{lon},{lat},3\n', encoding="utf-8-sig")
    fields = {"id": "编号", "name": "名称", "lon": "经度", "lat": "纬度", "engines": "车辆"}
    row = read("stations", path, fields=fields).data.iloc[0]
    assert (row["id"], row["name"], row["engines"]) == ("007", "甲, 乙", 3.0)
    assert row.geometry.distance(Point(small.at(1000, 2000))) < 0.001


def test_csv_with_x_and_y_needs_a_crs(tmp_path):
    x, y = small.at(1000, 2000)
    path = tmp_path / "s.csv"
    path.write_text(f"id,name,x,y\ns1,One,{x},{y}\n")
    assert read("stations", path, crs=small.CRS).data.geometry[0].equals(Point(x, y))
    (problem,) = problems("stations", path)
    assert problem.key == "crs"
    assert "no CRS" in problem.what


def test_csv_in_gbk_is_refused_until_the_study_says_so(tmp_path):
    path = tmp_path / "s.csv"
    small.write_points_csv(path, [{"id": "s1", "name": "钟多消防站", "at": (1, 1)}], encoding="gbk")
    (problem,) = problems("stations", path)
    assert problem.key == "encoding"
    assert "GBK" in problem.what
    assert read("stations", path, encoding="gbk").data["name"].tolist() == ["钟多消防站"]
    (problem,) = problems("stations", path, encoding="gkb")
    assert "'gkb' is not an encoding" in problem.what


def test_csv_with_a_torn_row_names_the_row(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("id,name,lon,lat\ns1,One,108.77,28.85\ns2,Two,108.77,28.85,9\n")
    (problem,) = problems("stations", path)
    assert (problem.row, problem.file, problem.layer) == (2, "s.csv", "stations")


@pytest.mark.parametrize("mark", [";", "\t"])
def test_csv_with_semicolons_or_tabs(tmp_path, mark):
    path = tmp_path / "s.csv"
    lon, lat = small.degrees(1, 1)
    path.write_text(f"id,name,lon,lat\ns1,One,{lon},{lat}\n".replace(",", mark))
    assert read("stations", path).data["name"].tolist() == ["One"]


@pytest.mark.parametrize("content", [b"", b"id,name,lon,lat\n", b"id,id,lon,lat\na,b,1,2\n"])
def test_csv_without_features_or_with_a_column_twice(tmp_path, content):
    path = tmp_path / "s.csv"
    path.write_bytes(content)
    assert len(problems("stations", path)) == 1


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "shp", "fgb"])
def test_corrupt_files_are_told_and_not_thrown(tmp_path, suffix):
    path = tmp_path / f"stations.{suffix}"
    path.write_bytes(b"\x00garbage \xff" * 40)
    path.with_suffix(".dbf").write_bytes(b"\x03" + b"x" * 60)
    (problem,) = problems("stations", path)
    assert problem.file == path.name
    assert problem.remedy


def test_a_geojson_cut_short_is_corrupt(tmp_path):
    path = tmp_path / "stations.geojson"
    small.write_geojson(path, points({"id": "a", "name": "A", "at": (1, 1)}))
    path.write_bytes(path.read_bytes()[:-60])
    (problem,) = problems("stations", path)
    assert "cannot be read" in problem.what


def test_unknown_suffix_lists_the_known(tmp_path):
    path = tmp_path / "stations.xlsx"
    path.write_bytes(b"PK")
    (problem,) = problems("stations", path)
    assert ".gpkg" in problem.remedy


def test_packages_with_several_layers_need_a_choice(tmp_path):
    path = tmp_path / "all.gpkg"
    points({"id": "a", "name": "A", "at": (1, 1)}).to_file(path, layer="old", engine="pyogrio")
    points({"id": "b", "name": "B", "at": (2, 2)}).to_file(path, layer="new", engine="pyogrio")
    (problem,) = problems("stations", path)
    assert problem.key == "layer"
    assert "old" in problem.remedy
    assert "new" in problem.remedy
    assert read("stations", path, layer="new").data["id"].tolist() == ["b"]
    (problem,) = problems("stations", path, layer="nwe")
    assert "'nwe'" in problem.what


# --- Shapefiles in Chinese -----------------------------------------------------------------


def _gbk_shapefile(folder, name="酉阳消防救援站"):
    path = folder / "stations.shp"
    points({"id": "s1", "name": name, "at": (1000, 1000)}).to_file(
        path, driver="ESRI Shapefile", engine="pyogrio", encoding="GBK"
    )
    (folder / "stations.cpg").unlink(missing_ok=True)
    dbf = bytearray((folder / "stations.dbf").read_bytes())
    dbf[29] = 0  # no language id either, as most programs leave it
    (folder / "stations.dbf").write_bytes(dbf)
    assert name.encode("gbk") in bytes(dbf)
    return path


def test_gbk_shapefile_without_cpg_is_refused_with_the_way_out(tmp_path):
    path = _gbk_shapefile(tmp_path)
    (problem,) = problems("stations", path)
    assert problem.key == "encoding"
    assert "GBK" in problem.what
    assert 'encoding = "gbk"' in problem.remedy


def test_gbk_shapefile_is_read_with_encoding_or_cpg(tmp_path):
    path = _gbk_shapefile(tmp_path)
    assert read("stations", path, encoding="gbk").data["name"].tolist() == ["酉阳消防救援站"]
    (tmp_path / "stations.cpg").write_text("GBK")
    assert read("stations", path).data["name"].tolist() == ["酉阳消防救援站"]


def test_gbk_shapefile_with_a_name_cut_in_half_is_still_recognised(tmp_path):
    # 127 characters fill the column of 254 bytes; one byte more shifts the cut into one.
    path = _gbk_shapefile(tmp_path, "a" + "消防" * 60)
    (problem,) = problems("stations", path)
    assert "GBK" in problem.what


def test_shapefile_without_cpg_in_ascii_or_utf8(tmp_path):
    for name, expected in (("Plain", 0), ("酉阳", 1)):
        path = tmp_path / f"{expected}.shp"
        points({"id": "s1", "name": name, "at": (1, 1)}).to_file(
            path, driver="ESRI Shapefile", engine="pyogrio", encoding="UTF-8"
        )
        path.with_suffix(".cpg").unlink()
        layer = read("stations", path)
        assert layer.data["name"].tolist() == [name]
        assert len([note for note in layer.quality if "UTF-8" in note.en]) == expected


def test_shapefile_without_dbf_is_told(tmp_path):
    path = tmp_path / "stations.shp"
    points({"id": "s1", "name": "A", "at": (1, 1)}).to_file(
        path, driver="ESRI Shapefile", engine="pyogrio"
    )
    path.with_suffix(".dbf").unlink()
    (problem,) = problems("stations", path)
    assert ".dbf" in problem.what


def test_shapefile_without_prj_needs_a_crs(tmp_path):
    path = tmp_path / "stations.shp"
    points({"id": "s1", "name": "A", "at": (1, 1)}).to_file(
        path, driver="ESRI Shapefile", engine="pyogrio"
    )
    path.with_suffix(".prj").unlink()
    (problem,) = problems("stations", path)
    assert problem.key == "crs"
    assert read("stations", path, crs=small.CRS).data.geometry[0].equals(Point(small.at(1, 1)))


@pytest.mark.parametrize(("crs", "noted"), [("EPSG:4610", 1), ("EPSG:4490", 0), ("EPSG:4326", 0)])
def test_a_datum_without_public_parameters_is_noted(tmp_path, crs, noted):
    path = small.write_points_csv(tmp_path / "s.csv", [{"id": "a", "name": "A", "at": (1, 1)}])
    told = [note for note in read("stations", path, crs=crs).quality if "datum" in note.en]
    assert [note.rows for note in told] == [("Xian 1980",)] * noted


def test_a_crs_that_contradicts_the_file(tmp_path):
    path = tmp_path / "stations.gpkg"
    points({"id": "s1", "name": "A", "at": (1, 1)}).to_file(path, engine="pyogrio")
    (problem,) = problems("stations", path, crs="EPSG:4546")
    assert problem.key == "crs"
    (problem,) = problems("stations", path, crs="EPSG:99999999")
    assert "not a coordinate reference system" in problem.what


# --- columns and words ---------------------------------------------------------------------


def test_missing_columns_list_the_files_and_suggest(tmp_path):
    path = tmp_path / "stations.gpkg"
    points({"ID": "s1", "NAME_CH": "A", "at": (1, 1)}).to_file(path, engine="pyogrio")
    found = problems("stations", path)
    assert [problem.key for problem in found] == ["name"]
    assert "ID, NAME_CH" in found[0].what
    assert 'fields = { name = "NAME_CH" }' in found[0].remedy
    found = problems("stations", path, fields={"name": "NAMECH", "nmae": "X"})
    assert sorted(problem.key for problem in found) == ["NAMECH", "nmae"]
    assert any("did you mean 'NAME_CH'" in problem.remedy for problem in found)
    assert any("did you mean 'name'" in problem.remedy for problem in found)


def test_words_in_chinese_are_mapped_and_the_study_adds_its_own(tmp_path):
    classes = [
        "一级",
        "二级普通",
        "小型",
        "特勤",
        "战勤保障",
        "乡镇专职",
        "微型",
        "First",
        "甲等",
        "",
    ]
    path = small.write_points_csv(
        tmp_path / "s.csv",
        [
            {"id": f"s{i}", "name": "x", "station_class": word, "at": (100 + i, 100)}
            for i, word in enumerate(classes)
        ],
    )
    layer = read("stations", path, values={"station_class": {"甲等": "first"}})
    assert layer.data["station_class"].tolist() == [
        "first",
        "second",
        "small",
        "special",
        "logistics",
        "township",
        "micro",
        "first",
        "first",
        "",
    ]
    (problem,) = problems("stations", path)
    assert (problem.row, problem.key) == (9, "station_class")
    assert "'甲等'" in problem.what
    assert "values.station_class" in problem.remedy
    (problem,) = problems("stations", path, values={"station_class": {"甲等": "frist"}})[:1]
    assert "did you mean 'first'" in problem.remedy


def test_hydrants_get_words_ids_and_defaults(tmp_path):
    path = small.write_points_csv(
        tmp_path / "h.csv",
        [
            {"status": "完好", "at": (1, 1)},
            {"status": "损坏", "at": (2, 2)},
            {"status": "", "at": (3, 3)},
        ],
    )
    layer = read("hydrants", path)
    assert layer.data["id"].tolist() == ["hydrants-1", "hydrants-2", "hydrants-3"]
    assert layer.data["status"].tolist() == ["working", "broken", "unknown"]
    assert notes(layer)["noted", "no column id: ids were made from the row numbers"].count == 3


def test_implausible_and_unreadable_numbers_name_their_rows(tmp_path):
    path = small.write_points_csv(
        tmp_path / "v.csv",
        [
            {"id": "a", "name": "A", "population": "1,200", "at": (1, 1)},
            {"id": "b", "name": "B", "population": "-3", "at": (2, 2)},
            {"id": "c", "name": "C", "population": "6e6", "at": (3, 3)},
            {"id": "d", "name": "D", "population": "约五百", "at": (4, 4)},
            {"id": "e", "name": "E", "population": "", "at": (5, 5)},
        ],
    )
    found = problems("villages", path)
    assert [(p.row, p.key) for p in found] == [
        (4, "population"),
        (2, "population"),
        (3, "population"),
    ]
    assert "约五百" in found[0].what
    assert "-3 is not plausible" in found[1].what


def test_turnout_bounds_are_inclusive(tmp_path):
    rows = [
        {"id": f"s{i}", "name": "x", "turnout_s": value, "at": (i, i)}
        for i, value in enumerate([0, 3600, 3601, -1])
    ]
    found = problems("stations", small.write_points_csv(tmp_path / "s.csv", rows))
    assert [problem.row for problem in found] == [3, 4]


def test_duplicate_and_missing_ids(tmp_path):
    rows = [
        {"id": "s1", "name": "A", "at": (1, 1)},
        {"id": "", "name": "B", "at": (2, 2)},
        {"id": "s1", "name": "C", "at": (3, 3)},
        {"id": "", "name": "", "at": (4, 4)},
    ]
    found = problems("stations", small.write_points_csv(tmp_path / "s.csv", rows))
    told = {(problem.row, problem.key, problem.what) for problem in found}
    assert told == {
        (3, "id", "'s1' stands already in row 1"),
        (2, "id", "the value is missing"),
        (4, "id", "the value is missing"),
        (4, "name", "the value is missing"),
    }


def test_many_rows_with_one_mistake_are_told_once_at_the_end(tmp_path):
    rows = [{"id": f"v{i}", "name": "x", "population": -1, "at": (i + 1, 1)} for i in range(50)]
    found = problems("villages", small.write_points_csv(tmp_path / "v.csv", rows))
    assert len(found) == 21
    assert "30 more rows" in found[-1].what


def test_exact_duplicates_are_left_out_and_counted(tmp_path):
    rows = [{"id": "h1", "at": (1, 1)}, {"id": "h2", "at": (1, 1)}, {"id": "h1", "at": (1, 1)}]
    layer = read("hydrants", small.write_points_csv(tmp_path / "h.csv", rows))
    assert layer.data["id"].tolist() == ["h1", "h2"]
    note = notes(layer)["left out", "exact duplicates of other features"]
    assert (note.count, note.rows) == (1, ("row 3",))


def test_markup_passes_and_control_characters_are_taken_out(tmp_path):
    frame = points(
        {"id": "s1", "name": "<script>alert(1)</script>", "at": (1, 1)},
        {"id": "s2", "name": "A\x07B\u202ec\nD", "at": (2, 2)},
    )
    path = tmp_path / "stations.gpkg"
    frame.to_file(path, engine="pyogrio")
    layer = read("stations", path)
    assert layer.data["name"].tolist() == ["<script>alert(1)</script>", "ABc D"]
    note = notes(layer)["repaired", "control characters taken out of texts"]
    assert (note.count, note.rows) == (1, ("row 2",))


def test_columns_that_nothing_uses_are_noted(tmp_path):
    path = small.write_points_csv(
        tmp_path / "s.csv", [{"id": "s1", "name": "A", "turnout": 30, "at": (1, 1)}]
    )
    layer = read("stations", path)
    assert math.isnan(layer.data["turnout_s"][0])
    assert notes(layer)["noted", "columns of the file that are not used"].rows == ("turnout",)


def test_whole_number_codes_stay_codes(tmp_path):
    frame = small.townships_frame()
    frame["code"] = frame["code"].astype("int64")
    frame.loc[1, "population"] = np.nan
    path = tmp_path / "townships.gpkg"
    frame.to_file(path, engine="pyogrio")
    data = read("townships", path).data
    assert data["code"].tolist() == ["500242101", "500242102"]
    assert data["population"][0] == 30_000
    assert math.isnan(data["population"][1])


# --- places --------------------------------------------------------------------------------


def test_swapped_degrees_are_recognised_beyond_the_range_of_latitudes(tmp_path):
    lon, lat = small.degrees(1000, 1000)
    path = tmp_path / "s.csv"
    path.write_text(f"id,name,lon,lat\ns1,A,{lat},{lon}\ns2,B,{lat},{lon}\n")
    (problem,) = problems("stations", path)
    assert "longitude and latitude are swapped" in problem.what
    assert "2 features" in problem.what
    assert problem.row == 1


def test_swapped_metres_are_recognised_by_where_they_would_fall(tmp_path):
    x, y = small.at(1000, 1000)
    path = tmp_path / "s.csv"
    path.write_text(f"id,name,x,y\ns1,A,{y},{x}\n")
    (problem,) = problems("stations", path, crs=small.CRS)
    assert "x and y are swapped" in problem.what


def test_swapped_degrees_within_range_are_recognised_too(tmp_path):
    # An area at 40° E, 30° N: both ways round are possible degrees.
    frame = gpd.GeoSeries([Point(40.0, 30.0)], crs="EPSG:4326")
    crs = "EPSG:32637"
    area = frame.to_crs(crs)[0].buffer(5000)
    path = tmp_path / "s.csv"
    path.write_text("id,name,lon,lat\ns1,A,30.0,40.0\n")
    with pytest.raises(LayerError) as caught:
        read_vector("stations", path, table(path), crs, area)
    assert "swapped" in caught.value.problems[0].what


def test_a_station_40_km_outside_is_refused_and_one_15_km_outside_is_not(tmp_path):
    rows = [
        {"id": "near", "name": "A", "at": (-15_000, 5000)},
        {"id": "far", "name": "B", "at": (50_000, 5000)},
    ]
    (problem,) = problems("stations", small.write_points_csv(tmp_path / "s.csv", rows))
    assert problem.row == 2
    assert "40.0 km outside the study area" in problem.what
    assert len(read("stations", small.write_points_csv(tmp_path / "n.csv", rows[:1])).data) == 1


def test_hydrants_and_villages_may_lie_five_kilometres_out(tmp_path):
    rows = [
        {"id": "a", "name": "A", "at": (-4900, 5000)},
        {"id": "b", "name": "B", "at": (5000, -5100)},
    ]
    for name in ("hydrants", "villages"):
        (problem,) = problems(name, small.write_points_csv(tmp_path / f"{name}.csv", rows))
        assert problem.row == 2
        assert "5.1 km" in problem.what


def test_degrees_declared_as_metres_are_told(tmp_path):
    lon, lat = small.degrees(1000, 1000)
    path = tmp_path / "s.csv"
    path.write_text(f"id,name,x,y\ns1,A,{lon},{lat}\n")
    (problem,) = problems("stations", path, crs=small.CRS)
    assert "look like degrees" in problem.remedy


def test_metres_declared_as_degrees_are_out_of_range(tmp_path):
    x, y = small.at(1, 1)
    path = tmp_path / "s.csv"
    path.write_text(f"id,name,lon,lat\ns1,A,{x},{y}\n")
    (problem,) = problems("stations", path)
    assert "out of range" in problem.what


def test_shifted_datums_are_brought_back(tmp_path):
    lon, lat = small.degrees(1000, 1000)
    for name, forward in (("gcj02", datum.wgs84_to_gcj02), ("bd09", datum.wgs84_to_bd09)):
        x, y = (float(value) for value in forward(lon, lat))
        path = tmp_path / f"{name}.csv"
        path.write_text(f"id,name,lon,lat\ns1,A,{x!r},{y!r}\n")
        place = read("stations", path, datum=name).data.geometry[0]
        assert place.distance(Point(small.at(1000, 1000))) < 0.01
        assert 300 < read("stations", path).data.geometry[0].distance(place) < 2000


def test_a_shifted_datum_in_web_mercator(tmp_path):
    x, y = (float(v) for v in datum.wgs84_to_gcj02(*small.degrees(1000, 1000)))
    frame = gpd.GeoDataFrame(
        {"id": ["s1"], "name": ["A"]}, geometry=[Point(x, y)], crs="EPSG:4326"
    ).to_crs("EPSG:3857")
    path = tmp_path / "s.gpkg"
    frame.to_file(path, engine="pyogrio")
    place = read("stations", path, datum="gcj02").data.geometry[0]
    assert place.distance(Point(small.at(1000, 1000))) < 0.01


def test_a_missing_position_is_known_for_stations_only(tmp_path):
    rows = [{"id": "a", "name": "甲站", "at": (1, 1)}, {"id": "b", "name": "乙站"}]
    path = small.write_points_csv(tmp_path / "s.csv", rows)
    layer = read("stations", path)
    assert layer.data.geometry.isna().tolist() == [False, True]
    note = notes(layer)["noted", "no position known"]
    assert (note.count, note.rows) == (1, ("乙站",))
    (problem,) = problems("villages", path)
    assert (problem.row, problem.key) == (2, "geometry")


def test_half_a_position_is_a_problem(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("id,name,lon,lat\ns1,A,108.77,\n")
    (problem,) = problems("stations", path)
    assert "only one of lon and lat" in problem.what


def test_townships_may_lack_an_area_and_seats_become_metres(tmp_path):
    frame = small.townships_frame()
    frame.loc[1, "geometry"] = None
    frame.loc[1, ["seat_lon", "seat_lat"]] = np.nan
    path = tmp_path / "townships.gpkg"
    frame.to_file(path, engine="pyogrio")
    layer = read("townships", path)
    assert layer.data.geometry.isna().tolist() == [False, True]
    assert notes(layer)["noted", "no area known"].rows == ("东镇",)
    row = layer.data.iloc[0]
    x, y = small.at(2500, 4500)
    assert (row["seat_x_m"], row["seat_y_m"]) == pytest.approx((x, y), abs=0.001)
    assert layer.data[["seat_x_m", "seat_y_m"]].iloc[1].isna().all()


def test_townships_from_a_csv_have_no_area(tmp_path):
    lon, lat = small.degrees(2500, 4500)
    path = tmp_path / "t.csv"
    path.write_text(f"code,name,seat_lon,seat_lat\n1,A,{lon},{lat}\n2,B,,\n")
    layer = read("townships", path)
    assert layer.data.geometry.isna().all()
    assert layer.data.crs == small.CRS
    assert layer.data["seat_x_m"][0] == pytest.approx(small.at(2500, 4500)[0], abs=0.001)


def test_seats_that_are_swapped_or_far_off(tmp_path):
    lon, lat = small.degrees(2500, 4500)
    path = tmp_path / "t.csv"
    path.write_text(f"code,name,seat_lon,seat_lat\n1,A,{lat},{lon}\n")
    (problem,) = problems("townships", path)
    assert "swapped" in problem.what
    far = small.degrees(30_000, 4500)
    path.write_text(f"code,name,seat_lon,seat_lat\n1,A,{far[0]},{far[1]}\n")
    (problem,) = problems("townships", path)
    assert "20.0 km outside" in problem.what
    assert problem.key == "seat_lon"


def test_areas_must_touch_the_study_area(tmp_path):
    frame = small.townships_frame()
    frame.loc[1, "geometry"] = small.square(12_000, 0, 1000)
    path = tmp_path / "townships.gpkg"
    frame.to_file(path, engine="pyogrio")
    (problem,) = problems("townships", path)
    assert problem.row == 2
    assert "2.0 km outside" in problem.what


def test_a_bow_tie_is_repaired_and_counted(tmp_path):
    corners = [small.at(*p) for p in ((0, 0), (1000, 1000), (1000, 0), (0, 1000), (0, 0))]
    frame = gpd.GeoDataFrame(
        {"id": ["b1"], "name": ["x"]}, geometry=[Polygon(corners)], crs=small.CRS
    )
    path = tmp_path / "built_up.gpkg"
    frame.to_file(path, engine="pyogrio")
    layer = read("built_up", path)
    shape = layer.data.geometry[0]
    assert shape.is_valid
    assert shape.area == pytest.approx(500_000)  # two triangles of 1000 m by 500 m
    assert notes(layer)["repaired", "invalid rings made valid"].rows == ("x",)
    assert layer.data["zone"].tolist() == ["urban"]


def test_a_ring_without_area_is_refused(tmp_path):
    line = Polygon([small.at(0, 0), small.at(100, 100), small.at(200, 200), small.at(0, 0)])
    path = tmp_path / "built_up.gpkg"
    gpd.GeoDataFrame({"id": ["b1"]}, geometry=[line], crs=small.CRS).to_file(path, engine="pyogrio")
    (problem,) = problems("built_up", path)
    assert "no area" in problem.what


def test_the_wrong_kind_of_geometry_names_the_row(tmp_path):
    frame = points({"id": "b1", "at": (1, 1)})
    path = tmp_path / "built_up.gpkg"
    frame.to_file(path, engine="pyogrio")
    (problem,) = problems("built_up", path)
    assert "is a Point, needed is a polygon" in problem.what
    assert problem.row == 1


def test_points_in_space_and_single_multipoints_become_points(tmp_path):
    x, y = small.at(5, 5)
    frame = gpd.GeoDataFrame(
        {"id": ["a", "b"]}, geometry=[MultiPoint([(x, y)]), Point(x, y, 812.0)], crs=small.CRS
    )
    path = tmp_path / "hydrants.geojson"
    frame.to_crs("EPSG:4326").to_file(path, driver="GeoJSON", engine="pyogrio")
    shapes = read("hydrants", path).data.geometry
    assert shapes.geom_type.tolist() == ["Point", "Point"]
    assert not shapes.has_z.any()


def test_water_may_run_far_but_not_lie_elsewhere(tmp_path):
    near = shapely.LineString([small.at(5000, 5000), small.at(90_000, 5000)])
    far = shapely.LineString([small.at(60_000, 5000), small.at(90_000, 5000)])
    for path, line in ((tmp_path / "near.gpkg", near), (tmp_path / "far.gpkg", far)):
        gpd.GeoDataFrame({"kind": ["河流"]}, geometry=[line], crs=small.CRS).to_file(
            path, engine="pyogrio"
        )
    assert read("water", tmp_path / "near.gpkg").data["kind"].tolist() == ["river"]
    assert "50.0 km" in problems("water", tmp_path / "far.gpkg")[0].what


def test_a_boundary_elsewhere_or_swapped(tmp_path):
    path = tmp_path / "boundary.geojson"
    frame = gpd.GeoDataFrame({"name": ["x"]}, geometry=[AREA], crs=small.CRS).to_crs("EPSG:4326")
    swapped = frame.set_geometry(
        gpd.GeoSeries(shapely.transform(frame.geometry.to_numpy(), lambda c: c[:, ::-1]), crs=4326)
    )
    swapped.to_file(path, driver="GeoJSON", engine="pyogrio")
    with pytest.raises(LayerError, match="longitude and latitude are swapped"):
        read_vector("boundary", path, table(path), small.CRS)
    moved = frame.set_geometry(frame.geometry.translate(-80, 10))
    moved.to_file(path, driver="GeoJSON", engine="pyogrio")
    with pytest.raises(LayerError, match="outside the area that EPSG:4545 is made for"):
        read_vector("boundary", path, table(path), small.CRS)


def test_empty_layers_have_every_column_and_no_source():
    for name, schema in SCHEMAS.items():
        layer = empty_layer(name, small.CRS)
        assert layer.provenance is None
        assert len(layer.data) == 0
        assert list(layer.data.columns) == [*canonical_columns(schema), "geometry"]
        assert layer.data.crs == small.CRS
    assert empty_layer("townships", small.CRS).data["population"].dtype == float

"""GeoJSON, FlatGeobuf and GeoParquet, read back; what RFC 7946 asks for, checked on the text."""

import json
import re
from itertools import pairwise

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from firecover.errors import OutputError
from firecover.outputs.exports import parquet
from firecover.outputs.exports.export import export_files
from firecover.outputs.geopackage import LAYERS, TABLES
from support.places import assert_same_places, somewhere
from support.tiny_results import MARKUP_VILLAGE, tiny_results

HANDLING = "内部资料，注意保管"


@pytest.fixture
def geojson(package):
    export_files(package, "geojson")
    return package.parent / "export" / "geojson"


@pytest.mark.parametrize("layer", LAYERS)
def test_geojson_comes_back_within_a_centimetre(geojson, layer):
    given = getattr(tiny_results(), layer)
    found = gpd.read_file(geojson / f"{layer}.geojson", engine="pyogrio")
    assert len(found) == len(given)
    if len(found):
        # 1e-7° is 1.1 cm; half of it in each direction.
        assert_same_places(found.geometry.to_crs(4545), given.geometry, 0.012)


def test_geojson_has_no_crs_wgs84_and_at_most_seven_digits(geojson):
    for path in geojson.glob("*.geojson"):
        text = path.read_text(encoding="utf-8")
        told = json.loads(text)
        assert "crs" not in told
        assert HANDLING in told["description"]
        for feature in told["features"]:
            if feature["geometry"]:
                numbers = re.findall(r"-?\d+\.?\d*", json.dumps(feature["geometry"]["coordinates"]))
                pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
                assert all(108 < float(x) < 110 and 28 < float(y) < 30 for x, y in pairs)
                assert all(len(number.partition(".")[2]) <= 7 for number in numbers)


def signed_area(ring):
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring))


def test_geojson_keeps_the_right_hand_rule(geojson):
    rings = {"outer": 0, "inner": 0}
    for path in geojson.glob("*.geojson"):
        for feature in json.loads(path.read_text("utf-8"))["features"]:
            shape = feature["geometry"] or {"type": ""}
            parts = {"Polygon": lambda c: [c], "MultiPolygon": lambda c: c}.get(shape["type"])
            for outer, *inner in parts(shape["coordinates"]) if parts else []:
                assert signed_area(outer) > 0
                assert all(signed_area(ring) < 0 for ring in inner)
                rings["outer"] += 1
                rings["inner"] += len(inner)
    assert min(rings.values()) > 0, rings


def test_geojson_tells_null_from_zero_and_keeps_text(geojson):
    townships = json.loads((geojson / "townships.geojson").read_text("utf-8"))["features"]
    given = tiny_results().townships
    for feature, (_, row) in zip(townships, given.iterrows(), strict=True):
        value = feature["properties"]["population"]
        assert (value is None) if pd.isna(row["population"]) else value == row["population"]
    villages = json.loads((geojson / "villages.geojson").read_text("utf-8"))["features"]
    assert MARKUP_VILLAGE in [feature["properties"]["name"] for feature in villages]


@pytest.mark.parametrize("format_name", ["geojson", "fgb"])
def test_tables_lie_beside_as_csv_that_excel_reads(package, format_name):
    export_files(package, format_name)
    for table in TABLES:
        path = package.parent / "export" / format_name / f"{table}.csv"
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        given = getattr(tiny_results(), table)
        found = pd.read_csv(path, encoding="utf-8-sig", keep_default_na=False)
        assert list(found.columns) == list(given.columns)
        assert len(found) == len(given)


def rows(table):
    """Return the rows as text, sorted: an index puts them into an order of its own."""
    return sorted("|".join(map(str, row)) for row in table.itertuples(index=False))


@pytest.mark.parametrize("layer", LAYERS)
def test_flatgeobuf_comes_back(package, layer):
    export_files(package, "fgb", [layer])
    path = package.parent / "export/fgb" / f"{layer}.fgb"
    given = getattr(tiny_results(), layer)
    found = pyogrio.read_dataframe(path)
    info = pyogrio.read_info(path)
    assert info["crs"] == "EPSG:4545"
    assert info["geometry_type"] == LAYERS[layer]
    assert HANDLING in info["layer_metadata"]["DESCRIPTION"]
    columns = [name for name in given.columns if name != given.geometry.name]
    assert rows(found[columns]) == rows(given[columns].astype(found[columns].dtypes))
    there = somewhere(given.geometry)
    assert somewhere(found.geometry).sum() == there.sum()
    assert shapely.union_all(found.geometry.to_numpy()).equals_exact(
        shapely.union_all(given.geometry.to_numpy()), 1e-6, normalize=True
    )


def test_flatgeobuf_tells_where_there_can_be_no_index(package):
    done = export_files(package, "fgb", ["townships", "stations"])
    given = tiny_results().townships
    lost = int((~somewhere(given.geometry)).sum())
    assert lost
    assert [(note.layer, note.count) for note in done.notes] == [("townships", lost)]


def test_geoparquet_comes_back_with_its_words(package):
    pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow (extra parquet) is not installed")
    export_files(package, "parquet")
    folder = package.parent / "export/parquet"
    for layer in LAYERS:
        given = getattr(tiny_results(), layer)
        found = gpd.read_parquet(folder / f"{layer}.parquet")
        assert found.crs.to_epsg() == 4545
        assert len(found) == len(given)
        assert_same_places(found.geometry, given.geometry, 1e-6)
    metadata = pq.read_schema(folder / "townships.parquet").metadata
    assert json.loads(metadata[b"geo"])["version"] == "1.1.0"
    told = json.loads(metadata[b"firecover"])
    assert HANDLING in told["description"]
    assert told["columns"]["population"][0] == "人口（人）"
    bands = pd.read_parquet(folder / "county_bands.parquet")
    assert len(bands) == len(tiny_results().county_bands)


def test_without_pyarrow_geoparquet_says_what_to_install(package, monkeypatch):
    def absent(_):
        raise ImportError

    monkeypatch.setattr(parquet, "import_module", absent)
    with pytest.raises(OutputError, match=r"pip install 'firecover\[parquet\]'"):
        export_files(package, "parquet")
    assert not (package.parent / "export" / "parquet").exists()

"""All layers of a study in one call."""

from __future__ import annotations

import subprocess
import sys

import geopandas as gpd
import numpy as np
import pytest
import shapely

from firecover.errors import LayerError
from firecover.layers import RasterLayer, Roads, VectorLayer, check_layers, read_layers
from firecover.study import load_study
from support import layers_files as small
from support.layers_osm import SmallMap
from support.layers_overpass import overpass_server


def test_the_small_study_reads_whole(tmp_path):
    told = []
    layers = read_layers(load_study(small.write_study(tmp_path)), on_layer=told.append)
    assert told[0] == "boundary"
    assert sorted(told) == sorted(small.study_tables()["layers"])
    assert isinstance(layers.roads, Roads)
    assert len(layers.roads.attributes) == 20
    assert len(np.unique(layers.roads.vertex_id)) == 100
    step = np.diff(layers.roads.xy[:10], axis=0)
    np.testing.assert_allclose(step, [[1000, 0]] * 9, atol=0.001)
    assert layers.stations.data["station_class"].tolist() == ["first", "township"]
    assert layers.hydrants.data["status"].value_counts().to_dict() == {
        "working": 7,
        "broken": 2,
        "unknown": 1,
    }
    assert layers.built_up.data.geometry.area.tolist() == pytest.approx([9e6, 1e6])
    assert isinstance(layers.population, RasterLayer)
    assert layers.population.values.sum() == 50_000
    assert layers.water.provenance is None
    assert len(layers.water.data) == 0
    assert layers.dem is None
    assert len(list(layers)) == len(told)
    assert all(not layer.quality for layer in layers)
    assert layers.villages.provenance.kind == "modelled"
    assert layers.roads.provenance.date.isoformat() == "2025-06-01"


def test_problems_of_all_layers_come_together(tmp_path):
    study = load_study(small.write_study(tmp_path))
    (tmp_path / "stations.csv").write_text("id,lon,lat\ns1,108.77,28.85\n")
    (tmp_path / "hydrants.csv").unlink()
    (tmp_path / "population.tif").write_bytes(b"torn")
    with pytest.raises(LayerError) as caught:
        read_layers(study)
    assert {problem.layer for problem in caught.value.problems} == {
        "stations",
        "hydrants",
        "population",
    }
    check = check_layers(study)
    assert not check.ok
    rows = {row.name: row for row in check.rows}
    assert list(rows) == list(study.layers)
    assert rows["stations"].features is None
    assert [problem.key for problem in rows["stations"].problems] == ["name"]
    assert (rows["roads"].features, rows["roads"].kind) == (20, "observed")
    assert rows["townships"].problems == ()
    assert len(check.problems) == len(caught.value.problems)


def test_a_good_study_checks_ok_with_its_notes(tmp_path):
    study = load_study(small.write_study(tmp_path))
    small.write_points_csv(tmp_path / "hydrants.csv", [{"at": (1, 1)}, {"at": (2, 2)}])
    check = check_layers(study)
    assert check.ok
    hydrants = next(row for row in check.rows if row.name == "hydrants")
    assert (hydrants.features, hydrants.file) == (2, "hydrants.csv")
    assert [note.count for note in hydrants.quality] == [2]


def test_without_a_boundary_the_others_are_still_checked(tmp_path):
    study = load_study(small.write_study(tmp_path))
    (tmp_path / "boundary.gpkg").write_bytes(b"torn")
    (tmp_path / "stations.csv").write_text("id,lon,lat\ns1,108.77,28.85\n")
    check = check_layers(study)
    assert {problem.layer for problem in check.problems} == {"boundary", "stations"}


def test_an_id_may_not_name_a_station_and_a_candidate(tmp_path):
    study = load_study(small.write_study(tmp_path))
    frame = gpd.read_file(tmp_path / "candidates.geojson")
    frame["id"] = ["c1", "s1"]
    frame.to_file(tmp_path / "candidates.geojson", driver="GeoJSON", engine="pyogrio")
    with pytest.raises(LayerError, match="the id 's1' is a station's already"):
        read_layers(study)


def test_population_may_be_features(tmp_path):
    frame = gpd.GeoDataFrame(
        {"pop": [1200, 34]},
        geometry=shapely.points([small.at(1, 1), small.at(2, 2)]),
        crs=small.CRS,
    )
    changes = {"population": {"path": "pop.gpkg", "fields": {"population": "pop"}}}
    study = load_study(small.write_study(tmp_path, layers=changes))
    frame.to_file(tmp_path / "pop.gpkg", engine="pyogrio")
    population = read_layers(study).population
    assert isinstance(population, VectorLayer)
    assert population.data["population"].tolist() == [1200.0, 34.0]


def test_roads_by_suffix(tmp_path):
    small_map = SmallMap(nodes={1: (1000, 1000), 2: (2000, 1000)})
    small_map.way(5, [1, 2], highway="tertiary")
    small_map.write(tmp_path / "roads.osm")
    study = load_study(small.write_study(tmp_path, layers={"roads": {"path": "roads.osm"}}))
    assert read_layers(study).roads.vertex_id.tolist() == [1, 2]
    (tmp_path / "roads.dwg").write_bytes(b"AC1032")
    study = load_study(small.write_study(tmp_path, layers={"roads": {"path": "roads.dwg"}}))
    with pytest.raises(LayerError, match=r"\.osm\.gz"):
        read_layers(study)


def test_roads_from_overpass_and_only_roads(tmp_path):
    small_map = SmallMap(nodes={1: (1000, 1000), 2: (2000, 1000)})
    small_map.way(5, [1, 2], highway="tertiary")
    with overpass_server(small_map) as server:
        fetched = {"path": None, "source": "overpass", "url": server.url}
        study = load_study(small.write_study(tmp_path, layers={"roads": fetched}))
        assert read_layers(study).roads.attributes["source_id"].tolist() == ["5"]
        assert check_layers(study).rows[0].file == server.url
    study = load_study(small.write_study(tmp_path, layers={"hydrants": fetched}))
    with pytest.raises(LayerError, match="only roads come from Overpass"):
        read_layers(study)


def test_light_modules_do_not_load_the_readers():
    code = (
        "import sys, firecover.layers.provenance, firecover.layers.model;"
        "print([m for m in ('osmnx', 'osmium', 'pyogrio', 'pandera', 'rasterio') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

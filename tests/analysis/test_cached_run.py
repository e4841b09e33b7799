"""A run that loads its network says what one that builds it says."""

import json

import geopandas as gpd
import numpy as np
import pytest
from shapely import LineString

from firecover import pipeline
from firecover.network import cache
from support.layers_files import (
    CRS,
    at,
    merge,
    roads_frame,
    study_tables,
    to_toml,
    write_geojson,
    write_raster,
    write_study,
)

DEM = {
    "dem": {
        "path": "dem.tif",
        "provenance": {"kind": "modelled", "source": "a test"},
    }
}


def write_dem(folder, rise):
    slope = np.tile(np.arange(300) * 100.0 * rise, (300, 1))
    write_raster(folder / "dem.tif", slope, west_north_m=(-10_000.0, 20_000.0))


def write_roads(folder, lines):
    """The grid without its last lines, and a road apart from the rest, which is left out."""
    roads = roads_frame().iloc[:lines]
    apart = gpd.GeoDataFrame(
        {"road_class": ["tertiary"], "name": ["Apart"], "oneway": ["no"]},
        geometry=[LineString([at(600, 600), at(700, 700)])],
        crs=CRS,
    )
    frame = gpd.GeoDataFrame(
        {name: [*roads[name], *apart[name]] for name in ("road_class", "name", "oneway")},
        geometry=[*roads.geometry, *apart.geometry],
        crs=CRS,
    )
    write_geojson(folder / "roads.geojson", frame)


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.setenv("FIRECOVER_CACHE", str(tmp_path / "cache"))
    file = write_study(tmp_path / "study", layers=DEM)
    write_dem(file.parent, 0.05)
    write_roads(file.parent, 20)
    return file


@pytest.fixture
def built(monkeypatch):
    calls = []
    build = cache.build_fleet

    def counted(*asked):
        calls.append(asked)
        return build(*asked)

    monkeypatch.setattr(cache, "build_fleet", counted)
    return calls


def figures(study, out):
    folder = study.parent.parent / out
    done = pipeline.run(study, folder / "out", folder / "maps", only="assessment")
    return (done.folder / "results.json").read_bytes()


def entries(study):
    return {path.name for path in (study.parent.parent / "cache").glob("network-*")}


def test_a_cached_run_gives_the_same_bytes_and_tells_the_same_of_the_roads(
    study, built, monkeypatch
):
    first = figures(study, "first")
    assert len(built) == 1
    again = figures(study, "again")
    assert len(built) == 1
    assert again == first
    notes = [note for note in json.loads(again)["quality"] if note["layer"] == "roads"]
    assert any("to and back" in note["en"] for note in notes)
    monkeypatch.setenv("FIRECOVER_CACHE", "off")
    assert figures(study, "off") == first
    assert len(built) == 2


def test_whatever_changes_the_network_makes_an_entry_of_its_own(study, built):
    figures(study, "first")
    kept = entries(study)
    assert len(kept) == 1

    def anew(out):
        before, count = entries(study), len(built)
        figures(study, out)
        assert len(built) == count + 1
        assert len(entries(study)) == len(before) + 1

    tables = merge(study_tables(), {"layers": DEM, "travel": {"speed_kmh": {"tertiary": 31.0}}})
    study.write_text(to_toml(tables), encoding="utf-8")
    anew("speed")
    write_roads(study.parent, 19)
    anew("roads")
    write_dem(study.parent, 0.06)
    anew("terrain")
    # what does not belong to the roads does not build them anew
    changed = merge(tables, {"assessment": {"village_minutes": 15}})
    study.write_text(to_toml(changed), encoding="utf-8")
    count = len(built)
    figures(study, "other")
    assert len(built) == count


def test_a_damaged_entry_is_built_again(study, built):
    first = figures(study, "first")
    entry = study.parent.parent / "cache" / next(iter(entries(study)))
    for array in sorted(entry.glob("a*.npy"))[:3]:
        content = bytearray(array.read_bytes())
        content[-1] ^= 0xFF
        array.write_bytes(bytes(content))
    assert figures(study, "again") == first
    assert len(built) == 2
    assert figures(study, "third") == first
    assert len(built) == 2

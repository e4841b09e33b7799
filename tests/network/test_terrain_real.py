"""Grades and times of the real roads of Andorra over the real terrain."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from firecover.layers.osm import read_osm
from firecover.layers.raster import read_raster
from firecover.network.road_network import build_network
from firecover.network.terrain import VehiclePhysics, edge_times, road_shape
from firecover.network.terrain_summary import terrain_summary
from firecover.study import LayerTable
from support.networks import class_speeds_of

REAL = Path(__file__).parents[2] / "../shared/data/real"
CRS = "EPSG:25831"

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the real data are not here")


def table(path: Path) -> LayerTable:
    return LayerTable(path=path.name, provenance={"kind": "observed", "source": "real"})


@pytest.fixture(scope="module")
def andorra():
    roads_file = REAL / "roads/andorra.osm.pbf"
    dem_file = REAL / "dem/N42E001.hgt.zip"
    roads = read_osm(roads_file, table(roads_file), CRS, None)
    speeds = class_speeds_of(roads)
    network, _ = build_network(roads, speeds)
    dem = read_raster("dem", dem_file, table(dem_file), CRS)
    shape = road_shape(network, dem)
    return network, shape


def test_grades_are_plausible(andorra):
    network, shape = andorra
    assert shape.profiles.known.all()
    heights = shape.profiles.node_height_m
    assert heights.min() > 780  # the Valira leaves the country at 840 m; Spain lies below
    assert heights.max() < 2911  # the highest cell of the country
    length_m = np.repeat(shape.pieces.length_m, shape.pieces.count)
    steep = np.abs(shape.grade) >= 0.2
    # Forest tracks, which no engine depends on, are as steep as the slopes.
    road = ~network.attributes["road_class"].isin(["track", "service"]).to_numpy()
    on_road = road[shape.pieces.edge]
    assert length_m[on_road & steep].sum() / length_m[on_road].sum() < 0.01
    assert length_m[steep].sum() / length_m.sum() < 0.03
    main = network.attributes["road_class"].isin(["primary", "secondary"]).to_numpy()
    on_main = main[shape.pieces.edge]
    weighted = np.average(np.abs(shape.grade[on_main]), weights=length_m[on_main])
    assert 0.04 < weighted < 0.08  # roads over the passes were built at 5 to 8 %


def test_the_mountain_makes_it_slower(andorra):
    network, shape = andorra
    speeds = network.length_m / np.fmin(network.forward_s, network.backward_s) * 3.6
    summary = terrain_summary(network, shape, edge_times(shape, speeds, VehiclePhysics()))
    assert 1.02 < summary.slower < 1.10
    assert summary.slower_by_curves > 0.01
    assert summary.slower_by_grades > 0.01
    assert summary.clipped_m / summary.length_m < 0.015
    fast = edge_times(shape, speeds * 1.5, VehiclePhysics())
    assert terrain_summary(network, shape, fast).slower > summary.slower

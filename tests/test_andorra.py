"""The whole chain on real roads, against a brute-force computation on the same edges."""

import json

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely

from firecover import pipeline
from firecover.analysis.ground import lay_ground
from firecover.layers import read_layers
from firecover.network.snapping import Positions
from firecover.study import load_study
from support.andorra import write_andorra
from support.networks import twin_with_turns

CONTRACT = [
    "stations",
    "candidates",
    "isochrones",
    "reach_edges",
    "jurisdictions",
    "built_up",
    "townships",
    "villages",
    "hydrants",
    "hydrant_gaps",
    "demand",
    "roads",
    "boundary",
]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("andorra")
    study = write_andorra(folder / "study")
    run = pipeline.run(study, folder / "out", folder / "maps")
    return study, run


def nearest_by_hand(network, points, limit_m) -> Positions:
    """Put points on the nearest road by measuring every one."""
    lines = network.lines()
    edge, fraction, access_m = [], [], []
    for point in points:
        usable = network.gives_access & (
            np.isfinite(network.forward_s) | np.isfinite(network.backward_s)
        )
        distance = np.where(usable, shapely.distance(lines, point), np.inf)
        nearest = int(distance.argmin())
        edge.append(nearest if distance[nearest] <= limit_m else -1)
        fraction.append(lines[nearest].project(point) / lines[nearest].length)
        access_m.append(distance[nearest])
    return Positions(np.array(edge), np.array(fraction), np.array(access_m))


def brute_force(study_file):
    """First and second arrival at every village, by networkx on the same edges and turns."""
    study = load_study(study_file)
    layers = read_layers(study)
    drive = lay_ground(study, layers, lambda _: None).fleet.drives["engine"]
    network = drive.network
    stations = nearest_by_hand(network, layers.stations.data.geometry, 500)
    villages = nearest_by_hand(network, layers.villages.data.geometry, 1500)
    turnout_s = layers.stations.data["turnout_s"].to_numpy()[:, None]
    walk_s = villages.access_m / (4 / 3.6)
    times = turnout_s + twin_with_turns(network, drive.turns, stations, villages) + walk_s
    order = np.argsort(times, axis=0)
    return np.sort(times, axis=0), layers.stations.data["name"].to_numpy()[order]


def test_station_to_village_times_equal_brute_force(done):
    study, run = done
    times, names = brute_force(study)
    villages = run.results.villages
    villages = villages[villages["scenario"] == "baseline"]
    assert np.isfinite(times[0]).sum() >= 10
    first_s = villages["first_s"].fillna(np.inf).to_numpy()
    assert first_s == pytest.approx(times[0], abs=1e-3)
    assert villages["second_s"].fillna(np.inf).to_numpy() == pytest.approx(times[1], abs=1e-3)
    there = np.isfinite(times[0])
    assert (villages["first_station"].to_numpy()[there] == names[0][there]).all()


def test_a_village_far_off_the_road_is_told_with_its_distance(done):
    _, run = done
    refuge = run.results.villages.set_index(["scenario", "id"]).loc[("baseline", "v12")]
    assert refuge["reason"] == "too_far_from_road"
    assert refuge["off_road_m"] > 1500
    assert np.isnan(refuge["first_s"])


def test_slower_driving_and_one_more_station_show_in_the_plan(done):
    _, run = done
    table = run.results.villages.set_index(["id", "scenario"])["first_s"].unstack()
    assert table.loc["v03", "plan"] < table.loc["v03", "baseline"]  # Canillo gets its own
    assert table.loc["v07", "plan"] > table.loc["v07", "baseline"]  # Lòria is driven to slower


def test_every_file_of_the_contract_is_there_and_opens(done):
    _, run = done
    names = {path.name for path in run.folder.iterdir()}
    assert {
        "coverage.gpkg",
        "coverage.qgz",
        "results.json",
        "manifest.json",
        "report.zh.html",
        "report.en.html",
        "response_time_baseline.tif",
        "response_time_plan.tif",
    } <= names
    layers = {name for name, _ in pyogrio.list_layers(run.folder / "coverage.gpkg")}
    assert set(CONTRACT) <= layers
    for layer in CONTRACT:
        frame = pyogrio.read_dataframe(run.folder / "coverage.gpkg", layer=layer)
        assert frame.crs.to_epsg() == 25831
    with rasterio.open(run.folder / "response_time_plan.tif") as raster:
        assert raster.crs.to_epsg() == 25831
        assert raster.overviews(1)
    figures = json.loads((run.folder / "results.json").read_text(encoding="utf-8"))
    assert figures["modelled_layers"] == [
        "boundary",
        "townships",
        "built_up",
        "stations",
        "candidates",
        "villages",
    ]
    assert (run.maps / "index.html").is_file()

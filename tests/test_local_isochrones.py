"""The isochrones of one station: as true as asked on real roads, and the same as from afar."""

import numpy as np
import pytest
import shapely

from firecover.isochrones import (
    cuts,
    isochrone_polygons,
    reach_edges,
    road_shares,
    station_isochrones,
)
from firecover.network.routing_graph import routing_graph
from firecover.network.travel_times import earliest_arrivals
from firecover.surface import road_places, served_ground
from support.networks import grid, network_of, place
from support.real_roads import FILES, places_by_chance, real_drive


@pytest.fixture(params=sorted(FILES))
def drive(request):
    path, _ = FILES[request.param]
    if not path.exists():
        pytest.skip(f"the roads of {request.param} are not at hand")
    return real_drive(request.param)


def everywhere(network):
    return shapely.box(*network.vertex_xy.min(axis=0), *network.vertex_xy.max(axis=0)).buffer(1000)


def bands_of(drive, station, minutes):
    area = everywhere(drive.network)
    return station_isochrones(drive.routing, station, 0.0, minutes, area, limit_m=300)


@pytest.mark.parametrize("minutes", [4.0, 10.0])
def test_polygons_hold_the_roads_that_they_claim(drive, minutes):
    shares = [bands_of(drive, station, [minutes]).iloc[0] for station in places_by_chance(drive, 4)]
    reached_km = np.array([row["road_km"] for row in shares])
    recall = np.array([row["recall"] for row in shares])
    precision = np.array([row["precision"] for row in shares])
    assert (recall * reached_km).sum() / reached_km.sum() >= 0.999
    assert (recall * reached_km).sum() / (recall * reached_km / precision).sum() >= 0.99
    assert recall.min() >= 0.998
    assert precision.min() >= 0.99


def test_the_rest_of_the_network_makes_no_difference(drive):
    network, minutes = drive.network, [2.0, 4.0]
    station = places_by_chance(drive, 1)[0]
    local = bands_of(drive, station, minutes)
    earliest = [earliest_arrivals(drive.routing, station, np.zeros(1))]
    places = road_places(network, 20, station, cuts(reach_edges(network, earliest, minutes)))
    ground = served_ground(places, everywhere(network), 300, network.crs)
    whole = isochrone_polygons(ground, earliest, minutes)
    shares = road_shares(network, earliest, whole)
    for ours, theirs in zip(local.geometry, whole.geometry, strict=True):
        # where the ground within the limit is drawn from fewer roads, its corners may differ
        assert ours.symmetric_difference(theirs).area < 0.001 * theirs.area
    columns = ["road_km", "recall", "precision"]
    assert local[columns].to_numpy() == pytest.approx(shares.to_numpy(), abs=1e-3)


def test_bands_nest_and_a_late_start_reaches_nothing():
    network, _ = network_of(grid(4))
    station = place((3, 0.5))
    area = everywhere(network)
    bands = station_isochrones(routing_graph(network), station, 6.0, [0.2, 0.4, 9.0], area, 30)
    for inner, outer in zip(bands.geometry[:-1], bands.geometry[1:], strict=True):
        assert inner.area > 0
        assert inner.difference(outer).area < 1e-6
    # 12 s less 6 s at 10 m/s: 50 m to either end of the edge, then 10 m on two roads and on three
    assert bands["road_km"][0] == pytest.approx(0.1 + 5 * 0.01)
    late = station_isochrones(routing_graph(network), station, 600.0, [5.0], area, 30)
    assert late.geometry[0].is_empty
    assert late["road_km"][0] == 0

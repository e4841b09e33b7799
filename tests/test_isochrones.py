import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from firecover.isochrones import isochrone_polygons, reach_edges, road_shares
from firecover.network.travel_times import arrivals_at, earliest_arrivals
from firecover.surface import nearest_roads, response_minutes, sample_roads
from support.networks import CRS, grid, network_of, place, positions_on, random_networks


def test_roads_are_cut_exactly_where_the_time_is_up():
    network, _ = network_of([[(0, 0), (1000, 0)]])
    earliest = earliest_arrivals(network, place((0, 0.3)), np.array([60.0]))
    pieces = reach_edges(network, earliest, [1.5, 2.0, 5.0])
    # at 10 m/s: 300 m either way in the half minute after turnout, 600 m in the minute, all
    ends = [line.bounds[::2] for line in pieces.geometry]
    assert list(pieces["minutes"]) == [1.5, 2.0, 5.0]
    assert np.array(ends) == pytest.approx(np.array([(0, 600), (600, 900), (900, 1000)]))
    assert pieces["length_m"].sum() == pytest.approx(1000)


def test_an_edge_reached_from_both_ends_keeps_its_gap():
    network, _ = network_of(
        [[(0, 0), (1000, 0)], [(0, 0), (0, 10), (0, 0)], [(1000, 0), (1000, 10), (1000, 0)]]
    )
    stations = place((0, 0.0), (0, 1.0))
    earliest = earliest_arrivals(network, stations, np.zeros(2))
    pieces = reach_edges(network, earliest, [0.5])
    on_road = pieces[pieces["edge"] == 0]
    ends = np.array(sorted(line.bounds[::2] for line in on_road.geometry))
    assert ends == pytest.approx(np.array([(0, 300), (700, 1000)]))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_place_lies_on_a_piece_when_and_only_when_it_is_reached(data):
    network = data.draw(random_networks())
    stations = data.draw(positions_on(network, most=3))
    start_s = np.arange(len(stations)) * 5.0
    earliest = earliest_arrivals(network, stations, start_s)
    minutes = [0.2, 0.5, 1.0]
    pieces = reach_edges(network, earliest, minutes)
    samples, _ = sample_roads(network, 7)
    arrival_s = arrivals_at(network, earliest, samples)
    for limit in minutes:
        held = pieces[pieces["minutes"] <= limit]
        for edge, at, seconds in zip(samples.edge, samples.fraction, arrival_s, strict=True):
            own = held[held["edge"] == edge]
            inside = ((own["from_fraction"] <= at + 1e-9) & (own["to_fraction"] >= at - 1e-9)).any()
            # the end of an edge is reached with its junction, though nothing of the edge may be
            if 0 < at < 1 and abs(seconds - limit * 60) > 1e-6:
                assert inside == (seconds < limit * 60)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_pieces_do_not_overlap(data):
    network = data.draw(random_networks())
    stations = data.draw(positions_on(network, most=3))
    earliest = earliest_arrivals(network, stations, np.zeros(len(stations)))
    pieces = reach_edges(network, earliest, [0.2, 0.4, 0.8])
    for _, own in pieces.sort_values("from_fraction").groupby("edge"):
        assert (
            own["from_fraction"].to_numpy()[1:] >= own["to_fraction"].to_numpy()[:-1] - 1e-9
        ).all()
    assert pieces["length_m"].to_numpy() == pytest.approx(pieces.length.to_numpy(), abs=1e-6)


def polygons(network, stations, minutes, cell_m=10.0, limit_m=40.0):
    earliest = earliest_arrivals(network, stations, np.zeros(len(stations)))
    area = shapely.box(*shapely.total_bounds(network.lines())).buffer(100)
    nearest = nearest_roads(network, area, cell_m, limit_m)
    response = response_minutes(network, nearest, earliest)
    bands = isochrone_polygons(response, nearest.transform, CRS, minutes)
    return earliest, bands, response, nearest


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_bands_nest_and_more_stations_take_no_area_away(data):
    network = data.draw(random_networks())
    stations = data.draw(positions_on(network, least=2, most=3))
    minutes = [0.2, 0.4, 0.8]
    _, more, _, _ = polygons(network, stations, minutes)
    assert more.geometry.is_valid.all()
    for inner, outer in zip(more.geometry[:-1], more.geometry[1:], strict=True):
        assert inner.difference(outer).area < 1e-6
    _, _, fewer_min, _ = polygons(network, stations.take(np.arange(1)), minutes)
    _, _, more_min, _ = polygons(network, stations, minutes)
    assert (np.nan_to_num(more_min, nan=9e9) <= np.nan_to_num(fewer_min, nan=9e9)).all()


def test_holes_and_separate_parts_are_kept():
    # a ring road around nothing within reach of it, and an island reached from its own station
    ring = [(0, 0), (400, 0), (400, 400), (0, 400), (0, 0)]
    network, _ = network_of([ring, [(0, 0), (0, -1000)], [(0, -1000), (60, -1000)]])
    _, bands, _, _ = polygons(network, place((0, 0.0), (2, 0.5)), [0.5, 5.0])
    assert len(bands.geometry[0].geoms) == 2
    assert any(len(part.interiors) == 1 for part in bands.geometry[1].geoms)


def test_a_band_that_reaches_nothing_is_empty_and_still_told():
    network, _ = network_of(grid(3))
    earliest = earliest_arrivals(network, place((0, 0.5)), np.array([600.0]))
    nearest = nearest_roads(network, shapely.box(-50, -50, 250, 250), 10, 40)
    response = response_minutes(network, nearest, earliest)
    bands = isochrone_polygons(response, nearest.transform, CRS, [5, 20])
    assert bands.geometry[0].is_empty
    assert bands["area_km2"][0] == 0
    assert bands["area_km2"][1] > 0
    shares = road_shares(network, earliest, bands)
    assert np.isnan(shares["recall"][0])
    assert shares["recall"][1] == pytest.approx(1.0, abs=0.01)


def test_recall_and_precision_are_worked_out_by_hand():
    network, _ = network_of([[(0, 0), (1000, 0)]])
    earliest = earliest_arrivals(network, place((0, 0.0)), np.zeros(1))  # 600 m in the minute
    bands = isochrone_polygons(np.full((1, 1), np.nan, np.float32), Affine.identity(), CRS, [1.0])
    bands.loc[0, "geometry"] = shapely.MultiPolygon([shapely.box(200, -10, 900, 10)])
    shares = road_shares(network, earliest, bands)
    assert shares["road_km"][0] == pytest.approx(0.6)
    assert shares["recall"][0] == pytest.approx(400 / 600)
    assert shares["precision"][0] == pytest.approx(400 / 700)

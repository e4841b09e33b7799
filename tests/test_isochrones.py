import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from firecover import isochrones
from firecover.demand import cell_centres
from firecover.isochrones import SIMPLIFY_M, cuts, isochrone_polygons, reach_edges, road_shares
from firecover.network.road_network import build_network
from firecover.network.routing_graph import routing_graph
from firecover.network.snapping import snap
from firecover.network.travel_times import arrivals_at, earliest_arrivals
from firecover.surface import nearest_roads, response_minutes, road_places, served_ground
from support.networks import (
    CRS,
    grid,
    network_of,
    place,
    positions_on,
    random_networks,
    roads_of,
)


def test_roads_are_cut_exactly_where_the_time_is_up():
    network, _ = network_of([[(0, 0), (1000, 0)]])
    earliest = earliest_arrivals(routing_graph(network), place((0, 0.3)), np.array([60.0]))
    pieces = reach_edges(network, [earliest], [1.5, 2.0, 5.0])
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
    earliest = earliest_arrivals(routing_graph(network), stations, np.zeros(2))
    pieces = reach_edges(network, [earliest], [0.5])
    on_road = pieces[pieces["edge"] == 0]
    ends = np.array(sorted(line.bounds[::2] for line in on_road.geometry))
    assert ends == pytest.approx(np.array([(0, 300), (700, 1000)]))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_place_lies_on_a_piece_when_and_only_when_it_is_reached(data):
    network = data.draw(random_networks())
    stations = data.draw(positions_on(network, most=3))
    start_s = np.arange(len(stations)) * 5.0
    earliest = earliest_arrivals(routing_graph(network), stations, start_s)
    minutes = [0.2, 0.5, 1.0]
    pieces = reach_edges(network, [earliest], minutes)
    samples = road_places(network, 7).positions
    arrival_s = arrivals_at([earliest], samples)
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
    earliest = earliest_arrivals(routing_graph(network), stations, np.zeros(len(stations)))
    pieces = reach_edges(network, [earliest], [0.2, 0.4, 0.8])
    for _, own in pieces.sort_values("from_fraction").groupby("edge"):
        assert (
            own["from_fraction"].to_numpy()[1:] >= own["to_fraction"].to_numpy()[:-1] - 1e-9
        ).all()
    assert pieces["length_m"].to_numpy() == pytest.approx(pieces.length.to_numpy(), abs=1e-6)


def reach_of(network, stations, start_s=0.0):
    """Earliest arrivals of stations that start together."""
    starts = np.full(len(stations), start_s)
    return [earliest_arrivals(routing_graph(network), stations, starts)]


def divided(network, stations, reaches, minutes, *, step_m=5.0, limit_m=40.0):
    """The ground divided for several states of the service, and a grid over it."""
    area = shapely.box(*shapely.total_bounds(network.lines())).buffer(100)
    pieces = pd.concat([reach_edges(network, reach, minutes) for reach in reaches])
    places = road_places(network, step_m, stations, cuts(pieces))
    ground = served_ground(places, area, limit_m, CRS)
    return ground, nearest_roads(places, area, 10, limit_m, CRS)


def polygons(network, stations, minutes, *, start_s=0.0, **asked):
    """Earliest arrivals, the bands and the surface of stations that start together."""
    reach = reach_of(network, stations, start_s)
    ground, nearest = divided(network, stations, [reach], minutes, **asked)
    bands = isochrone_polygons(ground, reach, minutes)
    return reach, bands, response_minutes(nearest, reach), nearest


@settings(max_examples=15)
@given(st.data())
def test_bands_nest(data):
    network = data.draw(random_networks())
    stations = data.draw(positions_on(network, most=3))
    minutes = [0.2, 0.4, 0.8]
    _, bands, _, _ = polygons(network, stations, minutes)
    assert bands.geometry.is_valid.all()
    for inner, outer in zip(bands.geometry[:-1], bands.geometry[1:], strict=True):
        assert inner.difference(outer).area < 1e-6


@settings(max_examples=15)
@given(st.integers(0, 23), st.floats(0.05, 0.95))
def test_polygons_show_the_roads_they_stand_for(edge, fraction):
    network, _ = network_of(grid(4))
    reach, bands, _, _ = polygons(network, place((edge, fraction)), [0.2, 0.4])
    shares = road_shares(network, reach, bands, step_m=0.5)
    # simplifying may move a border by some metres at each of the few ends of the roads
    # reached; real networks are held to 0.999 in test_local_isochrones.py
    reached_m = shares["road_km"] * 1000
    inside_m = shares["recall"] * reached_m / shares["precision"]
    assert (reached_m * (1 - shares["recall"]) < 4 * SIMPLIFY_M).all()
    assert (inside_m * (1 - shares["precision"]) < 4 * SIMPLIFY_M).all()


@settings(max_examples=15)
@given(st.data())
def test_another_station_takes_no_ground_away(data):
    network = data.draw(random_networks())
    stations = data.draw(positions_on(network, least=2, most=3))
    minutes = [0.2, 0.4, 0.8]
    reaches = [reach_of(network, stations.take(np.arange(1))), reach_of(network, stations)]
    ground, nearest = divided(network, stations, reaches, minutes)
    fewer_min, more_min = (response_minutes(nearest, reach) for reach in reaches)
    assert (np.nan_to_num(more_min, nan=9e9) <= np.nan_to_num(fewer_min, nan=9e9)).all()
    fewer, more = (isochrone_polygons(ground, reach, minutes) for reach in reaches)
    for small, large in zip(fewer.geometry, more.geometry, strict=True):
        # simplifying moves a border by some metres, not more
        assert small.difference(large.buffer(2 * SIMPLIFY_M)).area < 1e-6


def test_holes_and_separate_parts_are_kept():
    # a ring road around nothing within reach of it, and an island reached from its own station
    ring = [(0, 0), (400, 0), (400, 400), (0, 400), (0, 0)]
    network, _ = network_of([ring, [(0, 0), (0, -1000)], [(0, -1000), (60, -1000)]])
    _, bands, _, _ = polygons(network, place((0, 0.0), (2, 0.5)), [0.5, 5.0])
    assert len(bands.geometry[0].geoms) == 2
    assert any(len(part.interiors) == 1 for part in bands.geometry[1].geoms)


def test_a_band_that_reaches_nothing_is_empty_and_still_told():
    network, _ = network_of(grid(3))
    earliest, bands, _, _ = polygons(network, place((0, 0.5)), [5, 20], start_s=600.0)
    assert bands.geometry[0].is_empty
    assert bands["area_km2"][0] == 0
    assert bands["area_km2"][1] > 0
    shares = road_shares(network, earliest, bands)
    assert np.isnan(shares["recall"][0])
    assert shares["recall"][1] == pytest.approx(1.0, abs=0.001)


def test_a_few_metres_of_road_reached_still_make_an_area():
    network, _ = network_of(grid(3))
    _, bands, _, _ = polygons(network, place((0, 0.53)), [0.001], step_m=10)  # 0.6 m either way
    assert bands["area_km2"][0] > 0
    assert shapely.contains_xy(bands.geometry[0], 53, 0)


def test_no_ground_lies_farther_off_the_road_than_the_limit():
    network, _ = network_of(grid(3, step_m=400))
    _, bands, _, _ = polygons(network, place((0, 0.5)), [60], limit_m=60)
    allowed = shapely.union_all(network.lines()).buffer(60 + SIMPLIFY_M)
    assert bands.geometry[0].difference(allowed).area < 1e-6
    assert len(shapely.get_parts(bands.geometry[0])[0].interiors) == 4  # the blocks' middles


@settings(max_examples=15)
@given(st.data())
def test_the_raster_says_what_the_polygons_say(data):
    network = data.draw(random_networks())
    stations = data.draw(positions_on(network, most=3))
    _, bands, response, nearest = polygons(network, stations, [0.2, 0.5])
    rows, columns = np.divmod(nearest.cell, nearest.shape[1])
    x, y = cell_centres(nearest.transform, rows, columns)
    for minutes, area in zip(bands["minutes"], bands.geometry, strict=True):
        within = response.flat[nearest.cell] <= minutes
        # simplifying moves a border by some metres, and cuts off needles of ground
        near_border = shapely.dwithin(shapely.points(x, y), area.boundary, 2 * SIMPLIFY_M)
        inside = shapely.contains_xy(area, x, y)
        off_road = ~shapely.contains_xy(shapely.union_all(network.lines()).buffer(35), x, y)
        assert (inside != within)[~near_border & ~off_road].mean() < 0.005


@settings(max_examples=15)
@given(st.data())
def test_another_road_takes_away_only_ground_beside_itself(data):
    before = data.draw(random_networks())
    lines = [list(line.coords) for line in before.lines()]
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    ends = before.node_xy[rng.choice(before.node_count, 2, replace=False)]
    speed = before.length_m / before.forward_s * 3.6
    both_ways = np.where(
        np.isfinite(before.forward_s), np.where(np.isfinite(before.backward_s), 0, 1), -1
    )
    speed = np.where(both_ways < 0, before.length_m / before.backward_s * 3.6, speed)
    roads = roads_of(
        [*lines, [tuple(p) for p in ends]], oneway=np.append(both_ways, 0).astype(np.int8)
    )
    after, _ = build_network(roads, np.append(speed, 36.0))
    spot = before.node_xy[before.tail[:1]] + 0.01
    results = []
    for network in (before, after):
        station = snap(network, spot, 50)
        earliest, bands, _, _ = polygons(network, station, [0.4])
        pieces = reach_edges(network, earliest, [0.4])
        results.append((bands.geometry[0], shapely.union_all(pieces.geometry.to_numpy())))
    (ground_before, reached_before), (ground_after, reached_after) = results
    # no road that was reached is lost …
    assert reached_before.difference(reached_after.buffer(0.05)).length < 0.1
    # … and ground only where the new road is the nearest, but for a simplified corner or two
    lost = ground_before.difference(ground_after)
    new_road = shapely.LineString(ends)
    assert lost.difference(new_road.buffer(40 + 3 * SIMPLIFY_M)).area < 2 * SIMPLIFY_M**2


def test_recall_and_precision_are_worked_out_by_hand():
    network, _ = network_of([[(0, 0), (1000, 0)]])
    # 600 m in the minute
    earliest, bands, _, _ = polygons(network, place((0, 0.0)), [1.0])
    bands.loc[0, "geometry"] = shapely.MultiPolygon([shapely.box(200, -10, 900, 10)])
    shares = road_shares(network, earliest, bands)
    assert shares["road_km"][0] == pytest.approx(0.6)
    assert shares["recall"][0] == pytest.approx(400 / 600)
    assert shares["precision"][0] == pytest.approx(400 / 700)


def test_measuring_only_the_roads_that_count_changes_nothing(monkeypatch):
    network, _ = network_of(grid(6))
    earliest, bands, _, _ = polygons(network, place((7, 0.3)), [0.2, 0.4])
    every = road_shares(network, earliest, bands)
    # 60 roads of 100 m are 1,200 pieces; those that are reached or touched are fewer
    monkeypatch.setattr(isochrones, "MOST_PIECES", 1100)
    assert road_shares(network, earliest, bands).equals(every)

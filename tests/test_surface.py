import numpy as np
import pytest
import shapely

from firecover.demand import cell_centres
from firecover.network.routing_graph import routing_graph
from firecover.network.travel_times import arrivals_at, earliest_arrivals
from firecover.surface import (
    divided_ground,
    nearest_roads,
    response_minutes,
    road_places,
    served_ground,
)
from support.networks import CRS, grid, network_of, place

AREA = shapely.box(-400, -400, 1000, 1000)


def test_places_are_dense_and_every_road_keeps_its_ends():
    network, _ = network_of([[(0, 0), (95, 0)], [(95, 0), (95, 30)]])
    places = road_places(network, 25)
    # the corner belongs to both streets: each begins half a metre beside it, and near it the
    # gap is halved twice
    on_first = np.sort(places.xy[places.positions.edge == 0, 0])
    last = 71.25 + 23.25 * np.array([0, 0.5, 0.75, 1])
    assert on_first == pytest.approx(np.concatenate(([0.5, 23.75, 47.5], last)))
    on_second = np.sort(places.xy[places.positions.edge == 1, 1])
    assert on_second[[0, -1]] == pytest.approx([0.5, 29.5])
    with_station = road_places(network, 25, place((1, 0.2)))
    assert with_station.xy[0] == pytest.approx([95, 6])


def test_places_stand_closer_where_another_road_is_near():
    # 10 m apart in the first half of 400 m, then diverging; a gap of 20 m needs 14.2 m
    network, _ = network_of(
        [[(0, 0), (400, 0)], [(0, 10), (200, 10), (400, 200)], [(0, 0), (0, 10)]]
    )
    places = road_places(network, 20)
    on_first = np.sort(places.xy[places.positions.edge == 0, 0])
    gaps = np.diff(on_first)
    assert gaps[on_first[1:] < 200].max() == pytest.approx(10)
    assert gaps[on_first[:-1] > 220] == pytest.approx([20.0] * 8 + [19.5])


def test_cells_take_the_nearest_road_and_none_beyond_the_limit():
    network, _ = network_of(grid(4))
    nearest = nearest_roads(road_places(network, 10), AREA, 20, 150, CRS)
    rows, columns = np.divmod(nearest.cell, nearest.shape[1])
    centres = shapely.points(np.column_stack(cell_centres(nearest.transform, rows, columns)))
    truth = shapely.distance(centres, shapely.union_all(network.lines()))
    xy = nearest.places.xy
    found = np.linalg.norm(shapely.get_coordinates(centres) - xy[nearest.nearest], axis=1)
    # half the spacing of the samples is the most that the nearest one can be out; at the ends
    # of a road the half metre that its first place keeps off
    assert (found <= np.hypot(truth, 5) + 0.5).all()
    assert (found <= 150).all()
    outside = np.setdiff1d(np.arange(np.prod(nearest.shape)), nearest.cell)
    rows, columns = np.divmod(outside, nearest.shape[1])
    far = shapely.points(np.column_stack(cell_centres(nearest.transform, rows, columns)))
    assert (shapely.distance(far, shapely.union_all(network.lines())) > 149).all()


def test_the_surface_shows_the_arrival_on_the_nearest_road():
    network, _ = network_of(grid(4))
    earliest = earliest_arrivals(routing_graph(network), place((0, 0.0)), np.array([60.0]))
    nearest = nearest_roads(road_places(network, 10), AREA, 20, 150, CRS)
    minutes = response_minutes(nearest, [earliest])
    expected = arrivals_at([earliest], nearest.places.positions)[nearest.nearest] / 60
    assert minutes.flat[nearest.cell] == pytest.approx(expected, rel=1e-6)
    assert np.isnan(minutes).sum() == minutes.size - len(nearest.cell)
    assert float(np.nanmin(minutes)) == pytest.approx(1.0, abs=0.02)


def test_cells_outside_the_study_area_are_left_out():
    network, _ = network_of(grid(4))
    nearest = nearest_roads(road_places(network, 10), shapely.box(0, 0, 150, 300), 20, 150, CRS)
    rows, columns = np.divmod(nearest.cell, nearest.shape[1])
    x, _ = cell_centres(nearest.transform, rows, columns)
    assert x.max() < 150


def test_the_ground_is_divided_without_gaps_and_within_the_limit():
    network, _ = network_of(grid(3))
    places = road_places(network, 20)
    ground = served_ground(places, AREA, 100, CRS)
    # a label of its own for each street: the parts share the ground within the limit
    parts = divided_ground(ground, places.positions.edge)
    assert shapely.area(parts).sum() == pytest.approx(ground.within.area)
    for edge, part in enumerate(parts):
        on_street = places.positions.edge == edge
        assert shapely.contains_xy(part, *places.xy[on_street].T).all()
    roads = shapely.union_all(network.lines())
    assert ground.within.difference(roads.buffer(100)).area < 1e-6
    assert roads.buffer(80).intersection(AREA).difference(ground.within).area < 1e-6

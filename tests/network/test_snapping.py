import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from firecover.network.road_network import build_network
from firecover.network.snapping import snap
from support.networks import grid, network_of, random_networks, roads_of


def test_a_point_is_put_part_way_along_the_nearest_street():
    network, _ = network_of([[(0, 0), (100, 0)], [(100, 0), (100, 100)]])
    where = snap(network, np.array([[30.0, 12.0], [108.0, 75.0]]), limit_m=50)
    assert list(where.edge) == [0, 1]
    assert where.fraction == pytest.approx([0.30, 0.75])
    assert where.access_m == pytest.approx([12.0, 8.0])


def test_a_point_too_far_off_keeps_its_distance_but_gets_no_place():
    network, _ = network_of([[(0, 0), (100, 0)]])
    where = snap(network, np.array([[50.0, 80.0], [np.nan, np.nan]]), limit_m=50)
    assert list(where.edge) == [-1, -1]
    assert where.access_m[0] == pytest.approx(80.0)
    assert np.isnan(where.access_m[1])


def test_of_edges_equally_near_the_first_counts():
    network, _ = network_of(grid(2))
    where = snap(network, np.array([[50.0, 50.0]]), limit_m=100)
    assert list(where.edge) == [0]


def test_places_are_served_from_the_street_beside_the_expressway():
    roads = roads_of(
        [[(0, 0), (100, 0)], [(100, 0), (100, 40), (0, 40), (0, 0)]],
        road_class=["motorway", "residential"],
    )
    network, _ = build_network(roads, np.full(2, 36.0))
    where = snap(network, np.array([[50.0, 5.0]]), limit_m=100)
    assert where.access_m == pytest.approx([35.0])
    assert list(where.edge) == [1]


@settings(max_examples=30, deadline=None)
@given(random_networks(), st.integers(0, 2**32 - 1))
def test_no_road_is_nearer_than_the_one_snapped_to(network, seed):
    xy = np.random.default_rng(seed).uniform(-100, 600, (20, 2))
    where = snap(network, xy, limit_m=1e6)
    lines = network.lines()
    points = shapely.points(xy)
    brute = np.array([min(shapely.distance(lines, point)) for point in points])
    assert where.access_m == pytest.approx(brute)
    spot = shapely.line_interpolate_point(lines[where.edge], where.fraction, normalized=True)
    assert shapely.distance(points, spot) == pytest.approx(brute, abs=1e-6)

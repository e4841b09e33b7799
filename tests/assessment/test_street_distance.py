import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firecover.assessment.street_distance import (
    hose_m,
    nearest_along_m,
    nearest_other_m,
    walking,
)
from firecover.network.snapping import Positions
from support.networks import network_of, place, positions_on, random_networks, twin_times


def test_a_tunnel_is_walked_and_an_expressway_is_not():
    lines = [[(0, 0), (100, 0)], [(100, 0), (200, 0)], [(200, 0), (300, 0)]]
    for columns, metres in (({"tunnel": [False, True, False]}, 200), ({}, 200)):
        walk = walking(network_of(lines, **columns)[0])
        assert nearest_along_m(walk, place((0, 0.5)), place((2, 0.5))) == pytest.approx([metres])
    fenced = walking(network_of(lines, road_class=["residential", "motorway_link", "service"])[0])
    assert np.isinf(nearest_along_m(fenced, place((0, 0.5)), place((2, 0.5))))
    assert np.isinf(nearest_other_m(fenced, place((0, 0.5), (2, 0.5)))).all()


def test_one_source_has_no_other_and_two_at_one_spot_are_no_way_apart():
    walk = walking(network_of([[(0, 0), (100, 0)], [(100, 0), (200, 0)]])[0])
    assert np.isinf(nearest_other_m(walk, place((0, 0.5))))
    assert nearest_other_m(walk, place((0, 1.0), (1, 0.0), (1, 0.5))) == pytest.approx([0, 0, 50])
    nowhere = Positions(np.array([-1]), np.zeros(1), np.full(1, np.nan))
    assert np.isinf(nearest_other_m(walk, nowhere))


@given(st.data())
def test_ways_along_the_roads_equal_a_search_from_every_source(data):
    network = data.draw(random_networks())
    walk = walking(network)
    sources = data.draw(positions_on(network, most=8))
    places = data.draw(positions_on(network))
    between_m = twin_times(walk.network, sources, sources)
    np.fill_diagonal(between_m, np.inf)
    assert nearest_other_m(walk, sources) == pytest.approx(between_m.min(axis=0), abs=1e-6)
    to_m = twin_times(walk.network, sources, places)
    assert nearest_along_m(walk, sources, places) == pytest.approx(to_m.min(axis=0), abs=1e-6)
    legs = np.arange(len(sources)) * 7.0
    off = Positions(sources.edge, sources.fraction, legs)
    far = Positions(places.edge, places.fraction, np.full(len(places), 11.0))
    hoses_m = (to_m + legs[:, None]).min(axis=0) + 11
    assert hose_m(walk, off, far) == pytest.approx(hoses_m, abs=1e-6)
    near = hose_m(walk, off, far, 100.0)
    assert (np.isfinite(near) == (hose_m(walk, off, far) <= 100)).all()

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from firecover.assessment.hydrant_spacing import (
    hydrant_spacing,
    near_m,
    street_pieces,
    street_spacing,
)
from firecover.assessment.street_distance import nearest_along_m, walking
from firecover.network.snapping import Positions, snap
from support.networks import CRS, network_of, positions_on, random_networks

SPACINGS = {"spaced": 120.0, "timber": 60.0}
#: A street of 1300 m.
STREET = [[(0, 0), (700, 0), (1300, 0)]]


def patches(*shapes):
    return gpd.GeoDataFrame({"id": range(len(shapes))}, geometry=list(shapes), crs=CRS)


def row_of_hydrants(walk, every_m, until_m=1300):
    x = np.arange(0, until_m + 1e-6, every_m)
    return snap(walk.network, np.column_stack((x, np.full(len(x), 2.0))), 150)


def test_hydrants_130_m_apart_leave_10_m_of_every_130():
    walk = walking(network_of(STREET)[0])
    table = street_spacing(
        walk, row_of_hydrants(walk, 130), patches(shapely.box(-10, -10, 1310, 10)), SPACINGS
    )
    assert table["street_km"][0] == pytest.approx(1.3)
    assert table["street_spaced_km"][0] == pytest.approx(1.2)
    assert table["street_spaced_share"][0] == pytest.approx(120 / 130)
    assert table["street_timber_share"][0] == pytest.approx(60 / 130)


def test_hydrants_120_m_apart_leave_nothing():
    walk = walking(network_of(STREET)[0])
    table = street_spacing(
        walk, row_of_hydrants(walk, 120), patches(shapely.box(-10, -10, 1210, 10)), SPACINGS
    )
    assert table["street_spaced_share"][0] == pytest.approx(1, abs=1e-12)
    assert table["street_km"][0] == pytest.approx(1.21)


def test_streets_are_cut_at_the_border_of_their_patch():
    walk = walking(network_of(STREET)[0])
    built_up = patches(
        shapely.box(-10, -10, 100, 10), shapely.box(100, -10, 250, 10), shapely.box(0, 50, 9, 60)
    )
    table = street_spacing(walk, row_of_hydrants(walk, 500), built_up, SPACINGS)
    assert table["street_km"].to_numpy() == pytest.approx([0.1, 0.15, 0])
    assert table["street_spaced_km"].to_numpy() == pytest.approx([0.06, 0, 0])
    assert np.isnan(table["street_spaced_share"][2])


def test_expressways_and_tunnels_are_no_streets():
    lines = [[(0, 0), (100, 0)], [(100, 0), (200, 0)], [(200, 0), (300, 0)]]
    built_up = patches(shapely.box(-10, -10, 310, 10))
    for columns in (
        {"road_class": ["residential", "motorway", "residential"]},
        {"tunnel": [False, True, False]},
    ):
        walk = walking(network_of(lines, **columns)[0])
        assert street_spacing(walk, snap(walk.network, np.empty((0, 2)), 9), built_up, SPACINGS)[
            "street_km"
        ][0] == pytest.approx(0.2)


def test_a_bend_of_one_street_is_not_near_across_the_block():
    # 200 m up, 20 m across, 200 m back: the far end is 20 m away and 420 m along
    walk = walking(network_of([[(0, 0), (0, 200), (20, 200), (20, 0)]])[0])
    one = snap(walk.network, np.array([[0.0, 0.0]]), 9)
    table = street_spacing(walk, one, patches(shapely.box(-5, -5, 25, 205)), SPACINGS)
    assert table["street_km"][0] == pytest.approx(0.42)
    assert table["street_spaced_km"][0] == pytest.approx(0.06)


def test_the_next_hydrant_is_one_that_works():
    walk = walking(network_of(STREET)[0])
    x = np.array([0.0, 100, 200, 330, 5000])
    works = np.array([True, False, True, True, True])
    hydrants = snap(walk.network, np.column_stack((x, np.zeros(5))), 150)
    spacing = hydrant_spacing(walk, hydrants, works, 120)
    assert spacing["next_m"].to_numpy() == pytest.approx([200, 100, 130, 130, np.nan], nan_ok=True)
    assert spacing["spacing_verdict"].tolist() == [
        "fails",
        "cannot_say",
        "fails",
        "fails",
        "cannot_say",
    ]
    assert hydrant_spacing(walk, hydrants, works, 130)["spacing_verdict"][3] == "meets"


def test_a_lone_hydrant_has_no_next_and_fails():
    walk = walking(network_of(STREET)[0])
    one = snap(walk.network, np.array([[50.0, 0.0]]), 150)
    spacing = hydrant_spacing(walk, one, np.array([True]), 120)
    assert np.isnan(spacing["next_m"][0])
    assert spacing["spacing_verdict"][0] == "fails"
    assert len(hydrant_spacing(walk, one.take(np.array([False])), np.empty(0, bool), 120)) == 0


@settings(max_examples=40)
@given(st.data())
def test_intervals_equal_places_every_half_metre(data):
    network = data.draw(random_networks())
    walk = walking(network)
    sources = data.draw(positions_on(network))
    reach_m = data.draw(st.floats(1, 200))
    left, low = data.draw(st.tuples(st.floats(-50, 200), st.floats(-50, 200)))
    built_up = patches(shapely.box(left, low, left + 130, low + 170))
    pieces = street_pieces(walk.network, built_up.geometry)
    found_m = near_m(walk, sources, pieces, reach_m)
    length_m = pieces.end_m - pieces.start_m
    assert (found_m <= length_m + 1e-6).all()

    inside = shapely.intersection(network.lines(), built_up.geometry[0])
    assert np.bincount(pieces.edge, length_m, network.edge_count) == pytest.approx(
        shapely.length(inside), abs=1e-6
    )
    for edge, start, end, metres in zip(
        pieces.edge, pieces.start_m, pieces.end_m, found_m, strict=True
    ):
        count = int(np.ceil((end - start) / 0.5))
        at_m = start + (np.arange(count) + 0.5) * (end - start) / max(count, 1)
        places = Positions(np.full(count, edge), at_m / network.length_m[edge], np.zeros(count))
        near = nearest_along_m(walk, sources, places) <= reach_m
        # every end of an interval is off by half a step at most
        assert near.sum() * (end - start) / max(count, 1) == pytest.approx(
            metres, abs=0.5 * (2 + len(sources)) + 1e-6
        )

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from firecover.assessment.hydrant_proposals import propose_hydrants
from firecover.assessment.hydrants import hydrant_cover
from firecover.assessment.street_distance import walking
from firecover.layers import read_layers
from firecover.network.road_network import streets
from firecover.study import load_study
from support.demo_study import BUNDLED
from support.networks import CRS, grid, network_of

TOWNSHIPS = gpd.GeoDataFrame(
    {"code": ["A", "B"]}, geometry=[shapely.box(-500, -500, 275, 2000), None], crs=CRS
)


def hydrants(*xy):
    return gpd.GeoDataFrame(
        {"id": [f"h{i}" for i in range(len(xy))], "name": "", "status": "working"},
        geometry=[Point(*each) for each in xy],
        crs=CRS,
    )


def patches(*shapes):
    names = [f"b{i}" for i in range(len(shapes))]
    return gpd.GeoDataFrame(
        {"id": names, "name": names, "zone": "urban"}, geometry=list(shapes), crs=CRS
    )


def proposed(lines, built_up, *standing, step_m=25.0, **columns):
    network = walking(network_of(lines, **columns)[0]).network
    gaps = hydrant_cover(hydrants(*standing), built_up, 150.0).gaps
    return gaps, propose_hydrants(network, gaps, built_up, TOWNSHIPS, radius_m=150.0, step_m=step_m)


STRIP = patches(shapely.box(0, -10, 600, 10))
STREET = [[(-100, 0), (700, 0)]]


def test_a_street_of_600_m_needs_three():
    # whole pieces of 50 m: one hydrant takes five of the twelve at most
    _, found = proposed(STREET, STRIP, name=["人民路"])
    assert (len(found.hydrants), found.bound) == (3, 3)
    assert found.patches["gap_km2"][0] == pytest.approx(0.012)
    assert found.patches[["uncoverable_km2", "left_km2"]].to_numpy() == pytest.approx(0, abs=1e-12)
    assert found.hydrants["road"].tolist() == ["人民路"] * 3
    assert found.hydrants["order"].tolist() == [1, 2, 3]
    assert found.hydrants["gain_km2"].is_monotonic_decreasing
    assert found.hydrants["gain_km2"].sum() == pytest.approx(0.012)
    west = found.hydrants.geometry.x <= 275
    assert (found.hydrants["township"] == np.where(west, "A", "")).all()
    assert found.figures() == {
        "hydrants_new": 3,
        "hydrants_new_bound": 3,
        "hydrants_new_gap": 0,
        "hydrant_uncoverable_km2": 0,
        "hydrant_left_km2": pytest.approx(0, abs=1e-12),
    }


def test_what_hydrants_protect_already_needs_none():
    _, found = proposed(STREET, STRIP, (125, 0))
    assert len(found.hydrants) == 2
    gaps, found = proposed(STREET, STRIP, *[(x, 0) for x in range(0, 700, 100)])
    assert (len(gaps), len(found.hydrants), found.bound, len(found.patches)) == (0, 0, 0, 0)


def test_of_positions_that_close_the_same_the_nearest_to_much_is_taken():
    # some 3 m² at the very end are left, which all positions from -149 to 149 protect
    _, found = proposed(STREET, STRIP, (150, 0))
    corner = found.hydrants.iloc[-1]
    assert corner["gain_km2"] == pytest.approx(3.3e-6, rel=0.2)
    assert (corner.geometry.x, corner.geometry.y) == (0, 0)


def test_what_lies_too_far_from_every_street_is_told():
    built_up = patches(shapely.box(0, 0, 50, 50), shapely.box(0, 500, 50, 550))
    _, found = proposed(STREET, built_up)
    assert len(found.hydrants) == 1
    assert found.patches["uncoverable_km2"].to_numpy() == pytest.approx([0, 0.0025])
    assert found.patches["left_km2"].to_numpy() == pytest.approx([0, 0.0025])
    assert found.hydrants["built_up_id"].tolist() == ["b0"]
    for columns in ({"road_class": ["motorway"]}, {"tunnel": [True]}):
        _, none = proposed(STREET, built_up, **columns)
        assert (len(none.hydrants), none.bound) == (0, 0)
        assert none.patches["uncoverable_km2"].sum() == pytest.approx(0.005)


def test_a_piece_partly_in_reach_is_told_but_what_is_left_is_exact():
    # the piece's far corners are 160 m off the street, the near ones 110 m
    _, found = proposed([[(-500, 0), (500, 0)]], patches(shapely.box(0, 110, 50, 160)))
    assert (len(found.hydrants), found.bound) == (0, 0)
    assert found.patches["uncoverable_km2"][0] == pytest.approx(0.0025)
    assert found.patches["left_km2"][0] == pytest.approx(0.0025)


def test_slivers_are_counted_and_not_asked_for():
    built_up = patches(shapely.box(0, 0, 0.5, 1), shapely.box(400, 0, 440, 10))
    _, found = proposed(STREET, built_up)
    assert (found.slivers, len(found.hydrants)) == (1, 1)
    assert found.patches["uncoverable_km2"].sum() == 0
    assert found.patches["left_km2"].to_numpy() == pytest.approx([5e-7, 0])


def test_the_fewest_by_trying_all():
    lines = [[(0, 0), (150, 0), (300, 0)], [(150, 0), (150, 250)]]
    built_up = patches(shapely.box(0, -40, 300, 60), shapely.box(100, 60, 200, 260))
    gaps, found = proposed(lines, built_up, step_m=50)
    spots = [(x, 0) for x in range(0, 301, 50)] + [(150, y) for y in range(50, 251, 50)]
    squares = [
        shapely.intersection(shapely.box(x, y, x + 50, y + 50), gap)
        for gap in gaps.geometry
        for x in range(0, 300, 50)
        for y in range(-50, 300, 50)
    ]
    squares = [square for square in squares if square.area > 1]
    holds = np.array(
        [
            [shapely.hausdorff_distance(Point(xy), square) <= 149.9 for xy in spots]
            for square in squares
        ]
    )
    assert holds.any(axis=1).all()
    fewest = next(
        count
        for count in range(1, len(spots))
        if any(
            holds[:, chosen].any(axis=1).all()
            for chosen in itertools.combinations(range(len(spots)), count)
        )
    )
    assert len(found.hydrants) == found.bound == fewest


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 600), st.floats(0, 600)), max_size=6), st.integers(0, 4))
def test_the_new_hydrants_close_what_they_are_said_to_close(standing, seed):
    rng = np.random.default_rng(seed)
    built_up = patches(
        shapely.box(0, 0, *rng.uniform(200, 500, 2)),
        Point(650, 650).buffer(200, quad_segs=3),
    )
    gaps, found = proposed(grid(4, 200.0), built_up, *standing)
    assert found.bound == len(found.hydrants)
    gap_m2 = shapely.area(gaps.geometry.to_numpy()).sum()
    everywhere = pd.concat([hydrants(*standing).geometry, found.hydrants.geometry])
    # circles drawn otherwise than those of the module
    circles = shapely.union_all(shapely.buffer(everywhere.to_numpy(), 150.0, quad_segs=500))
    left_m2 = shapely.union_all(shapely.difference(built_up.geometry.to_numpy(), circles)).area
    told_m2 = 1e6 * found.patches["uncoverable_km2"].sum() + found.slivers
    assert left_m2 <= told_m2 + 1e-6
    assert 1e6 * found.hydrants["gain_km2"].sum() == pytest.approx(
        gap_m2 - 1e6 * found.patches["left_km2"].sum(), abs=1e-3
    )
    after = hydrant_cover(
        pd.concat(
            [
                hydrants(*standing),
                found.hydrants[["id", "geometry"]].assign(status="working", name=""),
            ]
        ),
        built_up,
        150.0,
    )
    assert after.gaps["area_km2"].sum() == pytest.approx(found.patches["left_km2"].sum(), abs=1e-9)
    on_street = shapely.distance(
        found.hydrants.geometry.to_numpy(), shapely.union_all(shapely.linestrings(grid(4, 200.0)))
    )
    assert (on_street < 1e-6).all()


def test_the_bundled_study_is_closed_by_the_fewest():
    layers = read_layers(load_study(BUNDLED))
    standing, built_up = layers.hydrants.data, layers.built_up.data
    network = walking(streets(layers.roads)).network
    gaps = hydrant_cover(standing, built_up, 150.0).gaps
    found = propose_hydrants(
        network, gaps, built_up, layers.townships.data, radius_m=150.0, step_m=25.0
    )
    assert found.figures()["hydrants_new_gap"] == 0
    more = found.hydrants[["id", "geometry"]].assign(status="working", name="")
    after = hydrant_cover(pd.concat([standing, more]), built_up, 150.0)
    assert after.gaps["area_km2"].sum() == pytest.approx(found.patches["left_km2"].sum(), abs=1e-9)
    assert found.patches["left_km2"].sum() < found.patches["uncoverable_km2"].sum() + 1e-4
    # only some gaps may be asked for
    town = propose_hydrants(
        network, gaps[:1], built_up, layers.townships.data, radius_m=150.0, step_m=25.0
    )
    assert 0 < len(town.hydrants) < len(found.hydrants)
    assert set(town.patches["built_up_id"]) == {gaps["built_up_id"][0]}

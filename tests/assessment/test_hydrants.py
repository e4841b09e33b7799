import math

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from firecover.assessment import county
from firecover.assessment.hydrants import (
    hydrant_cover,
    hydrant_gaps,
    nearest_working_m,
    road_cover,
    working_verdicts,
)
from firecover.assessment.street_distance import walking
from firecover.demand import built_up_cells
from firecover.network.snapping import snap
from support.networks import CRS, grid, network_of


def hydrants(*rows) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "id": [f"h{i}" for i in range(len(rows))],
            "name": "",
            "status": [row[2] for row in rows],
        },
        geometry=[Point(row[0], row[1]) for row in rows],
        crs=CRS,
    )


def patches(*shapes) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"id": [f"b{i}" for i in range(len(shapes))], "name": "", "zone": "urban"},
        geometry=list(shapes),
        crs=CRS,
    )


def test_one_hydrant_protects_a_circle():
    built_up = patches(shapely.box(-1000, -1000, 1000, 1000))
    cover = hydrant_cover(hydrants((0, 0, "working")), built_up, 150)
    assert cover.protected_km2[0] == pytest.approx(math.pi * 0.15**2, rel=5e-4)
    assert cover.gaps["area_km2"][0] == pytest.approx(4 - cover.protected_km2[0])
    assert cover.hydrants["built_up_km2"][0] == pytest.approx(cover.protected_km2[0])


def test_hydrants_130_m_apart_overlap_by_a_lens():
    built_up = patches(shapely.box(-1000, -1000, 1000, 1000))
    cover = hydrant_cover(hydrants((0, 0, "working"), (130, 0, "working")), built_up, 150)
    r, d = 0.15, 0.13
    lens = 2 * r**2 * math.acos(d / (2 * r)) - d / 2 * math.sqrt(4 * r**2 - d**2)
    assert cover.protected_km2[0] == pytest.approx(2 * math.pi * r**2 - lens, rel=1e-3)


def test_broken_and_unknown_hydrants_protect_nothing():
    built_up = patches(shapely.box(0, 0, 100, 100))
    cover = hydrant_cover(hydrants((50, 50, "broken"), (20, 20, "unknown")), built_up, 150)
    assert cover.protected_km2[0] == 0
    assert cover.gaps["area_km2"][0] == pytest.approx(0.01)
    assert cover.hydrants["built_up_km2"][0] > 0  # what it would protect if it worked


def test_a_patch_wholly_protected_has_no_gap():
    built_up = patches(shapely.box(0, 0, 50, 50), shapely.box(900, 900, 950, 950))
    cover = hydrant_cover(hydrants((25, 25, "working")), built_up, 150)
    assert list(cover.gaps["built_up_id"]) == ["b1"]
    assert cover.protected_km2 == pytest.approx([0.0025, 0])


def test_the_nearest_working_hydrant_is_found():
    points = hydrants((0, 0, "working"), (90, 0, "broken"), (300, 0, "working"))
    assert nearest_working_m(points, np.array([[100.0, 0.0], [250.0, 0.0]])) == pytest.approx(
        [100, 50]
    )
    assert np.isnan(nearest_working_m(hydrants((0, 0, "broken")), np.zeros((1, 2)))).all()
    assert len(nearest_working_m(points, np.empty((0, 2)))) == 0


def test_no_hydrants_and_no_built_up_area_are_no_error():
    cover = hydrant_cover(hydrants(), patches(shapely.box(0, 0, 100, 100)), 150)
    assert cover.gaps["area_km2"][0] == pytest.approx(0.01)
    assert len(hydrant_cover(hydrants((0, 0, "working")), patches(), 150).gaps) == 0


def by_road(points, built_up, network, radius_m=150.0, cell_m=10.0):
    """The cover along the roads, and the cells that it was measured on."""
    walk = walking(network)
    working = points[points["status"] == "working"]
    xy = np.column_stack((working.geometry.x, working.geometry.y))
    cells = built_up_cells(built_up, cell_m)
    cover = road_cover(walk, snap(walk.network, xy, 150.0), cells, len(built_up), radius_m)
    return cover, cells


#: A road that runs 100 m away, 90 m across, and 100 m back.
ROUND = [[(0, 0), (0, 100), (90, 100), (90, 0)]]


def test_a_house_90_m_away_may_be_290_m_away_by_road():
    points = hydrants((0, 0, "working"))
    built_up = patches(shapely.box(85, -5, 95, 5), shapely.box(-5, 40, 5, 50))
    network, _ = network_of(ROUND)
    straight = hydrant_cover(points, built_up, 150)
    road, _ = by_road(points, built_up, network)
    assert straight.protected_km2 == pytest.approx([1e-4, 1e-4])
    assert road.protected_km2 == pytest.approx([0, 1e-4])
    farther, _ = by_road(points, built_up, network, radius_m=300)
    assert farther.protected_km2 == pytest.approx([1e-4, 1e-4])


def test_the_legs_off_the_road_count():
    network, _ = network_of([[(0, 0), (400, 0)]])
    built_up = patches(shapely.box(100, 20, 110, 30))  # its point is 105 along, 25 off the road
    reached, _ = by_road(hydrants((0, 20, "working")), built_up, network, radius_m=150.5)
    short, _ = by_road(hydrants((0, 20, "working")), built_up, network, radius_m=149.5)
    assert (reached.reached.all(), short.reached.any()) == (True, False)


def test_hoses_are_laid_against_one_ways_but_not_from_expressways():
    built_up = patches(shapely.box(-5, 0, 5, 10))
    lines = [[(0, 0), (100, 0)], [(100, 0), (100, 500), (0, 500), (0, 0)]]
    network, _ = network_of(lines, oneway=np.array([1, 1], dtype=np.int8))
    road, _ = by_road(hydrants((100, 0, "working")), built_up, network)
    assert road.reached.all()  # 100 m back along the one-way, 1500 m with it
    fenced, _ = network_of(lines, road_class=["motorway", "residential"])
    road, _ = by_road(hydrants((100, 0, "working")), built_up, fenced)
    assert not road.reached.any()


def test_gaps_are_told_by_both_measures():
    points = hydrants((0, 0, "working"), (90, 0, "broken"))
    built_up = patches(shapely.box(80, -10, 100, 10), shapely.box(-10, 400, 10, 420))
    road, cells = by_road(points, built_up, network_of(ROUND)[0])
    gaps = hydrant_gaps(hydrant_cover(points, built_up, 150).gaps, road, cells, built_up)
    rows = gaps[["built_up_id", "measure", "area_km2"]].to_numpy().tolist()
    assert rows == [
        ["b1", "straight", pytest.approx(4e-4)],
        ["b0", "road", pytest.approx(4e-4)],
        ["b1", "road", pytest.approx(4e-4)],
    ]
    assert shapely.equals(gaps.geometry.iloc[1], built_up.geometry.iloc[0])


def test_without_gaps_the_table_is_empty():
    points, built_up = hydrants((0, 0, "working")), patches(shapely.box(-10, 0, 10, 20))
    road, cells = by_road(points, built_up, network_of(ROUND)[0])
    gaps = hydrant_gaps(hydrant_cover(points, built_up, 150).gaps, road, cells, built_up)
    assert len(gaps) == 0
    assert gaps.crs == CRS


spot = st.tuples(st.floats(-100, 500), st.floats(-100, 500))


@given(st.lists(spot, max_size=5), spot)
def test_a_hydrant_more_never_shrinks_the_cover_and_one_broken_never_grows_it(others, one):
    built_up = patches(shapely.box(0, 0, 220, 300), shapely.box(250, 50, 400, 400))
    network, _ = network_of(grid(5))
    alone = hydrants(*[(*xy, "working") for xy in others])
    more = hydrants(*[(*xy, "working") for xy in others], (*one, "working"))
    broken = hydrants(*[(*xy, "working") for xy in others], (*one, "broken"))
    few, many, same = (hydrant_cover(each, built_up, 150) for each in (alone, more, broken))
    assert (many.protected_km2 >= few.protected_km2 - 1e-9).all()
    assert same.protected_km2 == pytest.approx(few.protected_km2)
    few, many, same = (
        by_road(each, built_up, network, cell_m=40) for each in (alone, more, broken)
    )
    assert (many[0].reached >= few[0].reached).all()
    assert (same[0].reached == few[0].reached).all()
    # a hose is never shorter than the straight line
    straight_m = nearest_working_m(more, many[1].xy)
    assert (straight_m[many[0].reached] <= 150 + 1e-6).all()


@pytest.mark.parametrize(
    ("working", "total", "verdict"),
    [(49, 50, "meets"), (48, 50, "fails"), (0, 0, "cannot_say"), (np.nan, np.nan, "cannot_say")],
)
def test_the_share_that_works_is_judged_by_the_counts(working, total, verdict):
    counts = (np.array([float(count)]) for count in (working, 0, total))
    assert list(working_verdicts(*counts, 0.98)) == [verdict]


def test_the_county_sums_up_urban_patches_only():
    built_up = patches(shapely.box(0, 0, 1000, 1000), shapely.box(0, 0, 1000, 500)).assign(
        zone=["urban", "town"],
        area_km2=[1.0, 0.5],
        hydrant_road_km2=[0.25, 0.5],
        street_km=[8.0, 4.0],
        street_spaced_km=[6.0, 4.0],
        street_timber_km=[2.0, 4.0],
    )
    points = hydrants((0, 0, "working"), (0, 0, "working"), (0, 0, "broken")).assign(
        spacing_verdict=["meets", "fails", "cannot_say"]
    )
    figures = county.hydrant_figures(points, built_up, np.array([0.5, 0.4]), working_share=0.98)
    assert figures == {
        "hydrants": 3,
        "hydrants_working": 2,
        "hydrants_working_share": pytest.approx(2 / 3),
        "hydrants_working_verdict": "fails",
        "hydrant_radius_km2": 0.5,
        "hydrant_radius_share": 0.5,
        "hydrants_spacing_met": 1,
        "hydrant_road_km2": 0.25,
        "hydrant_road_share": 0.25,
        "street_km": 8.0,
        "street_spaced_km": 6.0,
        "street_spaced_share": 0.75,
        "street_timber_km": 2.0,
        "street_timber_share": 0.25,
    }

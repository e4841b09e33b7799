import math

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import Point

from firecover.assessment.hydrants import hydrant_cover, nearest_working_m
from support.networks import CRS


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

"""The hill-shade: lit as a plane is lit, laid where the land lies, light enough to carry."""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import math
import re

import geopandas as gpd
import matplotlib.image
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer
from shapely import box

from firecover.outputs.maps.pages import write_maps
from firecover.outputs.maps.relief import LIMIT, hillshade, relief_picture
from firecover.results import Relief
from firecover.study_maps import MapsTable
from support.tiny_results import tiny_results

CRS = "EPSG:4545"
WEST, NORTH, CELL = 560_000.0, 3_200_000.0, 50.0
FLAT = math.sin(math.radians(45))


def plane(east, north, shape=(9, 9), cell_m=10.0):
    """Return heights that rise by ``east`` and ``north`` a metre; rows go south."""
    rows, columns = np.indices(shape)
    return (columns * east - rows * north) * cell_m


def relief(values):
    transform = (CELL, 0.0, WEST, 0.0, -CELL, NORTH)
    return Relief(np.asarray(values, dtype=np.float32), transform, CRS)


def area_of(shape, inset=0):
    rows, columns = shape
    square = box(
        WEST + inset * CELL,
        NORTH - (rows - inset) * CELL,
        WEST + (columns - inset) * CELL,
        NORTH - inset * CELL,
    )
    return gpd.GeoDataFrame({"name": ["x"]}, geometry=[square], crs=CRS)


def pixels(picture):
    png = base64.b64decode(picture["uri"].split(",", 1)[1])
    return matplotlib.image.imread(io.BytesIO(png), format="png")


# ------------------------------------------------------------------------------ light


def test_level_ground_is_the_cosine_of_the_zenith_angle():
    np.testing.assert_allclose(hillshade(np.full((5, 7), 812.0), 30.0), FLAT)
    low = hillshade(np.zeros((3, 3)), 30.0, altitude_deg=30.0)
    np.testing.assert_allclose(low, 0.5)


def test_a_slope_facing_the_light_is_brightest_and_one_facing_away_dark():
    towards = 1 / math.sqrt(2)  # falls to the north-west at 45°: its normal is the light's way
    facing = hillshade(plane(towards, -towards), 10.0)[1:-1, 1:-1]
    np.testing.assert_allclose(facing, 1.0)
    away = hillshade(plane(-towards, towards), 10.0)[1:-1, 1:-1]
    np.testing.assert_allclose(away, 0.0, atol=1e-12)


def test_a_slope_square_to_the_light_is_its_height_over_its_length():
    # Falls to the south-west: the light comes along its contour lines, 45° high.
    shade = hillshade(plane(0.3, 0.3), 10.0)[1:-1, 1:-1]
    np.testing.assert_allclose(shade, FLAT / math.sqrt(1 + 2 * 0.3**2))


def test_heights_may_be_raised():
    given_twice = hillshade(plane(0.2, 0.1), 10.0, exaggeration=2.0)
    np.testing.assert_allclose(given_twice, hillshade(plane(0.4, 0.2), 10.0))


@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(0, 360), st.floats(5, 90))
def test_a_plane_is_lit_as_its_normal_says(east, north, azimuth, altitude):
    shade = hillshade(plane(east, north), 10.0, azimuth_deg=azimuth, altitude_deg=altitude)
    normal = np.array([-east, -north, 1.0])
    turn, up = math.radians(azimuth), math.radians(altitude)
    light = [math.cos(up) * math.sin(turn), math.cos(up) * math.cos(turn), math.sin(up)]
    wanted = max(0.0, normal @ light / np.linalg.norm(normal))
    np.testing.assert_allclose(shade[1:-1, 1:-1], wanted, atol=1e-9)


def test_a_hole_stays_a_hole_and_does_not_spread():
    heights = plane(0.1, 0.1)
    heights[4, 4] = np.nan
    shade = hillshade(heights, 10.0)
    assert np.isnan(shade[4, 4])
    assert np.isfinite(np.delete(shade.ravel(), 4 * 9 + 4)).all()


# ---------------------------------------------------------------------------- picture


def test_a_ridge_lies_at_its_place():
    """West of a ridge that runs north and south is lit, east of it dark: the crest between."""
    shape, crest = (400, 300), 120
    columns = np.indices(shape)[1]
    heights = 2000.0 - np.abs(columns - crest) * CELL * 0.8
    picture = relief_picture(relief(heights), area_of(shape))
    grey = pixels(picture)[..., 0]
    (south, west), (north, east) = picture["corners"]
    middle = grey[grey.shape[0] // 2]
    edge = int(np.argmin(np.diff(middle))) + 1  # from bright to dark
    lon = west + (east - west) * edge / grey.shape[1]
    lat = (south + north) / 2
    x, _ = Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(lon, lat)
    pixel_m = 400 * CELL / max(grey.shape)
    assert x == pytest.approx(WEST + (crest + 0.5) * CELL, abs=CELL + pixel_m)


def test_the_picture_is_clear_outside_the_study_area():
    shape = (200, 200)
    round_ = area_of(shape).assign(geometry=[area_of(shape).geometry.iloc[0].centroid.buffer(3000)])
    alpha = pixels(relief_picture(relief(np.zeros(shape)), round_))[..., 3]
    rows, columns = alpha.shape
    assert alpha[0, 0] == alpha[-1, -1] == 0
    assert alpha[rows // 2, columns // 2] == 1
    assert (alpha == 1).mean() == pytest.approx(math.pi / 4, abs=0.02)


def test_it_is_faint_light_and_the_same_each_time():
    rng = np.random.default_rng(3)
    rough = relief(rng.uniform(0, 400, size=(900, 900)))
    picture = relief_picture(rough, area_of((900, 900), 2))
    assert len(picture["uri"]) <= LIMIT
    assert pixels(picture)[..., :3].min() > 0.75
    assert picture == relief_picture(rough, area_of((900, 900), 2))


def test_nothing_known_is_nothing_drawn():
    shape = (20, 20)
    assert relief_picture(None, area_of(shape)) is None
    assert relief_picture(relief(np.full(shape, np.nan)), area_of(shape)) is None


# ------------------------------------------------------------------------------ pages


def hilly():
    results = tiny_results()
    west, _, east, north = results.boundary.total_bounds
    rows, columns = np.indices((110, 110))
    heights = (300 + 200 * np.sin(rows / 9) * np.cos(columns / 7)).astype(np.float32)
    cell = (east - west) / 100
    transform = (cell, 0.0, west - 5 * cell, 0.0, -cell, north + 5 * cell)
    return dataclasses.replace(
        results, relief=Relief(heights, transform, str(results.boundary.crs))
    )


def base_of(file):
    text = file.read_text(encoding="utf-8")
    data = re.search(r'id="fc-data">(.*?)</script>', text, re.DOTALL)[1]
    return text, json.loads(data)["base"]


def test_pages_carry_the_relief_and_its_switch(tmp_path):
    write_maps(hilly(), tmp_path)
    text, base = base_of(tmp_path / "villages.html")
    assert base["relief"]["uri"].startswith("data:image/png;base64,")
    assert "data-relief" in text
    assert "高程夸大 1.5 倍" in text


@pytest.mark.parametrize("without", ["terrain", "wish"])
def test_a_page_without_it_has_no_switch(tmp_path, without):
    results = tiny_results() if without == "terrain" else hilly()
    if without == "wish":
        study = results.study.model_copy(update={"maps": MapsTable(hillshade=False)})
        results = dataclasses.replace(results, study=study)
    write_maps(results, tmp_path)
    text, base = base_of(tmp_path / "villages.html")
    assert base["relief"] is None
    assert "data-relief checked" not in text

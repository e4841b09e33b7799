"""GCJ-02 and BD-09: a pair worked out by hand, round trips, and a real county."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from firecover.layers import datum

FACTS = Path(__file__).parents[2] / "../shared/data/youyang"
METRES_PER_DEGREE = 111_320.0


def _distance_m(lon_a, lat_a, lon_b, lat_b):
    east = (lon_a - lon_b) * math.cos(math.radians(lat_a)) * METRES_PER_DEGREE
    return math.hypot(east, (lat_a - lat_b) * METRES_PER_DEGREE)


def test_shift_at_105_east_35_north_is_the_constant_terms():
    # At x = y = 0 every product and sine vanishes: 300 m east, 100 m south, on the
    # Krasovsky ellipsoid at 35° N: N = a/√w cos φ, M = a(1-e²)/(w√w), w = 1 - e² sin² φ.
    lon, lat = datum.wgs84_to_gcj02(105.0, 35.0)
    sine = math.sin(math.radians(35.0))
    w = 1 - 0.00669342162296594323 * sine * sine
    parallel = 6378245.0 / math.sqrt(w) * math.cos(math.radians(35.0))
    meridian = 6378245.0 * (1 - 0.00669342162296594323) / (w * math.sqrt(w))
    assert float(lon) == pytest.approx(105.0 + math.degrees(300.0 / parallel), abs=1e-12)
    assert float(lat) == pytest.approx(35.0 - math.degrees(100.0 / meridian), abs=1e-12)
    assert (float(lon) - 105.0) * 3600 == pytest.approx(11.83, abs=0.01)


def test_shift_on_the_meridian_of_105_by_hand():
    # x = 0, y = 1: north = -100 + 3 + 0.2 + (20·0 + 40 sin 60° + 160 sin 15° + 320 sin 6°)·2/3,
    # east = 300 + 2 (all waves of the east run with x).
    north_m = -96.8 + (40 * math.sqrt(3) / 2 + 160 * 0.258819045 + 320 * 0.104528463) * 2 / 3
    lon, lat = (float(v) for v in datum.wgs84_to_gcj02(105.0, 36.0))
    w = 1 - 0.00669342162296594323 * math.sin(math.radians(36.0)) ** 2
    assert math.radians(lat - 36.0) * 6378245 * (1 - 0.00669342162296594323) / (
        w * math.sqrt(w)
    ) == pytest.approx(north_m, abs=1e-4)
    assert math.radians(lon - 105.0) * 6378245 / math.sqrt(w) * math.cos(
        math.radians(36.0)
    ) == pytest.approx(302.0, abs=1e-4)


def test_bd09_of_a_gcj02_point_by_hand():
    # The published second step, in scalars, upon our own first step.
    gcj_lon, gcj_lat = (float(v) for v in datum.wgs84_to_gcj02(108.77, 28.85))
    k = math.pi * 3000 / 180
    z = math.sqrt(gcj_lon**2 + gcj_lat**2) + 0.00002 * math.sin(gcj_lat * k)
    theta = math.atan2(gcj_lat, gcj_lon) + 0.000003 * math.cos(gcj_lon * k)
    lon, lat = datum.wgs84_to_bd09(108.77, 28.85)
    assert float(lon) == pytest.approx(z * math.cos(theta) + 0.0065, abs=1e-12)
    assert float(lat) == pytest.approx(z * math.sin(theta) + 0.006, abs=1e-12)


@given(st.floats(74, 135), st.floats(4, 53))
def test_round_trips_close_within_a_centimetre(lon, lat):
    for there, back in (
        (datum.wgs84_to_gcj02, datum.gcj02_to_wgs84),
        (datum.wgs84_to_bd09, datum.bd09_to_wgs84),
    ):
        shifted = there(lon, lat)
        assert 50 < _distance_m(lon, lat, *map(float, shifted)) < 2500
        assert _distance_m(lon, lat, *map(float, back(*shifted))) < 0.01


def test_arrays_keep_their_shape_and_the_input():
    lon, lat = np.array([[108.0, 109.0], [110.0, math.nan]]), np.full((2, 2), 29.0)
    before = lon.copy()
    x, y = datum.wgs84_to_gcj02(lon, lat)
    assert x.shape == y.shape == (2, 2)
    assert np.isnan(x[1, 1])
    np.testing.assert_array_equal(lon, before)
    one = datum.wgs84_to_gcj02(109.0, 29.0)
    assert (float(one[0]), float(one[1])) == (x[0, 1], y[0, 1])


def test_outside_china_nothing_moves():
    for convert in (datum.wgs84_to_gcj02, datum.gcj02_to_wgs84, datum.bd09_to_wgs84):
        lon, lat = convert([1.5, 139.7], [42.5, 35.6])
        assert lon.tolist() == [1.5, 139.7]
        assert lat.tolist() == [42.5, 35.6]


def test_to_wgs84_goes_by_the_name_of_the_datum():
    given_lon, given_lat = 108.77, 28.85
    for name in ("wgs84", "cgcs2000"):
        assert [float(v) for v in datum.to_wgs84(given_lon, given_lat, name)] == [
            given_lon,
            given_lat,
        ]
    gcj = datum.to_wgs84(given_lon, given_lat, "gcj02")
    assert [float(v) for v in gcj] == [float(v) for v in datum.gcj02_to_wgs84(given_lon, given_lat)]
    assert float(datum.to_wgs84(given_lon, given_lat, "bd09")[0]) != float(gcj[0])


@pytest.mark.skipif(not FACTS.is_dir(), reason="the county's real data is not here")
def test_real_county_boundary_comes_into_place():
    raw = gpd.read_file(FACTS / "county_boundary_gcj02.geojson").union_all()
    truth = gpd.read_file(FACTS / "county_boundary.geojson").union_all()

    def convert(xy):
        return np.column_stack(datum.gcj02_to_wgs84(xy[:, 0], xy[:, 1]))

    placed = shapely.transform(raw, convert)
    with (FACTS / "townships.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["seat_lon"]]
    seats = [shapely.Point(float(row["seat_lon"]), float(row["seat_lat"])) for row in rows]
    assert len(seats) == 38
    assert sum(not raw.contains(seat) for seat in seats) == 2
    off_m = [placed.distance(seat) * METRES_PER_DEGREE for seat in seats]
    assert max(off_m) < 250
    assert sum(distance > 0 for distance in off_m) < 2
    east_m = (raw.centroid.x - placed.centroid.x) * METRES_PER_DEGREE * math.cos(math.radians(28.9))
    south_m = (placed.centroid.y - raw.centroid.y) * METRES_PER_DEGREE
    assert 400 < east_m < 600
    assert 200 < south_m < 400
    # Two surveys of one county agree far better once they share a datum.
    assert placed.symmetric_difference(truth).area < 0.6 * raw.symmetric_difference(truth).area

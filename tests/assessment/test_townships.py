import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from firecover.assessment.service import Arrivals, Facilities, Places
from firecover.assessment.townships import Counted, share, townships
from firecover.assessment.villages import villages
from firecover.network.snapping import Positions
from support.networks import CRS, place

TABLE = gpd.GeoDataFrame(
    {"id": ["s1", "s2"], "name": ["东站", "西站"], "tier": "fire", "candidate": False},
    geometry=[Point(0, 0), Point(9, 9)],
    crs=CRS,
)
WHO = Facilities(TABLE, place((0, 0.0), (0, 1.0)), np.full(2, 60.0))
TOWNS = gpd.GeoDataFrame(
    {
        "code": ["1", "2", "3"],
        "name": ["甲镇", "乙乡", "丙街道"],
        "name_en": "",
        "population": [1000.0, 500.0, np.nan],
        "note": "",
    },
    geometry=[shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10), None],
    crs=CRS,
)


def coming(*first_s) -> Arrivals:
    seconds = np.array(first_s, dtype=float)
    first = np.where(np.isfinite(seconds), 0, -1)
    none = np.full(len(seconds), np.inf)
    return Arrivals(seconds, first, none, np.full(len(seconds), -1))


def counted(township, weight) -> Counted:
    return Counted(np.array(township), np.array(weight, dtype=float))


def table():
    return townships(
        TOWNS,
        who=WHO,
        minutes=[("5min", 5.0), ("10min", 10.0)],
        seats=coming(100, np.inf, np.inf),
        population=(counted([0, 0, 1, -1], [600, 400, 500, 70]), coming(200, 500, 301, 1)),
        built_up=(counted([0, 1], [2.0, 1.0]), coming(300, 301)),
        hydrants=(counted([0, 0, 0], [1, 1, 1]), np.array([True, True, False])),
        villages=(counted([1, 1], [1, 1]), np.array([True, False])),
        limit_s=300,
    )


def test_shares_have_their_numerators_and_denominators():
    towns = table().set_index("code")
    first = towns.loc["1"]
    assert (first["population_5min"], first["population_modelled"]) == (600, 1000)
    assert first["share_5min"] == pytest.approx(0.6)
    assert first["share_10min"] == 1
    assert (first["built_up_reached_km2"], first["built_up_reached_share"]) == (2.0, 1.0)
    assert (first["hydrants"], first["hydrants_working"]) == (3, 2)
    assert first["hydrants_working_share"] == pytest.approx(2 / 3)
    second = towns.loc["2"]
    assert second["share_5min"] == 0  # 301 s is not within 5 minutes
    assert second["built_up_reached_km2"] == 0
    assert (second["villages"], second["villages_reached"]) == (2, 1)
    assert np.isnan(second["hydrants_working_share"])  # no hydrants: no share
    assert (first["seat_first_s"], first["seat_station"]) == (100, "东站")
    assert np.isnan(second["seat_first_s"])
    assert second["seat_station"] == ""


def test_what_is_not_known_stays_unknown():
    third = table().set_index("code").loc["3"]
    for column in ("population", "population_modelled", "share_5min", "hydrants", "villages"):
        assert np.isnan(third[column])


@given(st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_townships_add_up_to_what_lies_in_them(count, seed):
    rng = np.random.default_rng(seed)
    things = Counted(rng.integers(-1, 4, count), rng.uniform(0, 10, count))
    assert things.by_township(4).sum() == pytest.approx(things.weight[things.township >= 0].sum())
    which = rng.random(count) < 0.5
    assert (things.by_township(4, which) <= things.by_township(4) + 1e-9).all()


def test_a_share_of_nothing_is_not_a_number():
    assert share(np.array([0.0, 1.0]), np.array([0.0, 4.0])) == pytest.approx(
        [np.nan, 0.25], nan_ok=True
    )


def test_villages_tell_who_comes_and_why_nobody_does():
    data = gpd.GeoDataFrame(
        {"id": list("abcd"), "name": list("abcd"), "name_en": "", "note": ""},
        geometry=[Point(i, 0) for i in range(4)],
        crs=CRS,
    )
    where = Positions(np.array([0, 0, -1, -1]), np.zeros(4), np.array([12.0, 30.0, 5200.0, np.nan]))
    found = villages(
        data,
        township=np.array([0, 1, -1, 2]),
        townships=TOWNS,
        place=Places(np.zeros((4, 2)), {"engine": where}, {"engine": np.zeros(4)}),
        coming=coming(700, np.inf, np.inf, np.inf),
        who=WHO,
        hydrant_m=np.array([80.0, 90.0, 100.0, np.nan]),
        limit_s=1200,
    )
    assert list(found["reason"]) == ["", "no_station", "too_far_from_road", "no_road"]
    assert list(found["reached"]) == [True, False, False, False]
    assert list(found["township_name"]) == ["甲镇", "乙乡", "", "丙街道"]
    assert list(found["first_station"]) == ["东站", "", "", ""]
    assert found["first_s"].to_numpy() == pytest.approx([700, np.nan, np.nan, np.nan], nan_ok=True)

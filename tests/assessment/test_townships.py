import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from firecover.assessment.full_force import full_force
from firecover.assessment.hydrants import working_verdicts
from firecover.assessment.service import Arrivals, Facilities, arrivals
from firecover.assessment.township_bands import seconds_by_kind, township_bands
from firecover.assessment.townships import (
    Counted,
    present_verdicts,
    share,
    townships,
)
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
    return Counted(np.array(township, dtype=np.int64), np.array(weight, dtype=float))


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


NAN = np.nan


def test_verdicts_on_hydrants_have_three_values():
    # 98 of 100 work; 97; 97 and two unsure; none there; area not known
    working = np.array([98.0, 97, 97, 0, NAN])
    unsure = np.array([0.0, 0, 2, 0, NAN])
    hydrants = np.array([100.0, 100, 100, 0, NAN])
    found = working_verdicts(working, unsure, hydrants, 0.98)
    assert list(found) == ["meets", "fails", "cannot_say", "cannot_say", "cannot_say"]
    # even if the unsure one worked there would be too few; even if it did not, enough
    found = working_verdicts(np.array([96.0, 99]), np.array([1.0, 1]), np.full(2, 100.0), 0.98)
    assert list(found) == ["fails", "meets"]
    assert list(working_verdicts(working, unsure, hydrants, NAN)) == ["cannot_say"] * 5


def test_all_hydrants_are_there_only_where_none_is_proposed():
    proposed = np.array([0.0, 1, 0, 0, NAN, NAN])
    working = np.array([5.0, 9, 0, 0, 5, NAN])
    built_up_km2 = np.array([1.0, 1, 1, 0, 1, NAN])
    found = present_verdicts(working, proposed, built_up_km2)
    assert list(found) == [
        "meets",
        "fails",
        "cannot_say",  # no hydrant, and no street where one might stand
        "not_applicable",
        "cannot_say",
        "cannot_say",
    ]


def test_the_forces_the_call_and_the_draws_stand_beside_the_first_arrival():
    towns = townships(
        TOWNS,
        who=WHO,
        minutes=[("5min", 5.0)],
        seats=coming(100, np.inf, np.inf),
        population=(counted([], []), coming()),
        built_up=(counted([0, 1], [2.0, 1.0]), coming(300, 301)),
        hydrants=(counted([0, 0, 0], [1, 1, 1]), np.array([True, True, False])),
        villages=(counted([], []), np.array([], dtype=bool)),
        limit_s=300,
        working_share=0.98,
        hydrants_unsure=np.array([False, False, True]),
        hydrants_new=np.array([2.0, 0, 4]),
        seat_full_s=np.array([500, np.inf, np.inf]),
        call_handling_s=150,
        seat_p=np.array([0.9, 0, NAN]),
        share_p05=np.array([0.1, 0.2, NAN]),
        share_p95=np.array([0.3, 0.4, NAN]),
    ).set_index("code")
    first, second, third = (towns.loc[code] for code in "123")
    assert (first["seat_full_s"], first["seat_call_s"], first["seat_p"]) == (500, 250, 0.9)
    assert np.isnan([second["seat_full_s"], second["seat_call_s"]]).all()
    assert (first["share_p05"], first["share_p95"]) == (0.1, 0.3)
    assert first["hydrants_working_verdict"] == "cannot_say"  # 2 of 3 at least, 3 of 3 at most
    assert (first["hydrants_new"], first["hydrants_present_share"]) == (2, 0.5)
    assert first["hydrants_present_verdict"] == "fails"
    assert second["hydrants_working_verdict"] == "cannot_say"
    assert np.isnan(third["hydrants_new"])  # its area is not known, so nothing lies in it
    assert third["hydrants_present_verdict"] == "cannot_say"


def test_what_is_not_given_is_not_known():
    first = table().set_index("code").loc["1"]
    asked = ["seat_full_s", "seat_call_s", "seat_p", "share_p05", "hydrants_new"]
    assert first[asked].isna().all()
    assert first["hydrants_working_verdict"] == "cannot_say"
    assert first["hydrants_present_verdict"] == "cannot_say"


def facilities(*tiers, candidates=0) -> Facilities:
    """Stations of some tiers, the last of them candidates; all start after a minute."""
    count = len(tiers)
    frame = gpd.GeoDataFrame(
        {
            "tier": list(tiers),
            "candidate": np.arange(count) >= count - candidates,
            "engines": NAN,
        },
        geometry=[Point(0, 0)] * count,
        crs=CRS,
    )
    return Facilities(frame, place(*[(0, 0.0)] * count), np.full(count, 60.0))


def kinds(who, times_s, serves, asked=2):
    serves = np.array(serves)
    coming = arrivals(times_s, who.start_s, serves)
    engines = who.table["engines"].to_numpy(dtype=float)
    full_s = full_force(times_s, who.start_s, serves, engines, asked).seconds
    return seconds_by_kind(times_s, who, serves, coming, full_s)


def test_the_first_of_each_tier_is_told():
    who = facilities("fire", "fire", "township")
    times_s = np.array([[100.0, 500], [200, 400], [50, np.inf]])
    found = kinds(who, times_s, [True, True, True], asked=3)
    assert list(found) == ["first", "second", "full", "fire", "township"]
    assert {kind: list(seconds) for kind, seconds in found.items()} == {
        "first": [110, 460],
        "second": [160, 560],
        "full": [260, np.inf],
        "fire": [160, 460],
        "township": [110, np.inf],
    }


def test_a_tier_is_told_where_the_study_has_such_a_station():
    who = facilities("fire", "township", "micro", candidates=1)
    times_s = np.full((3, 1), 100.0)
    assert "micro" not in kinds(who, times_s, [True, True, False])
    assert "micro" in kinds(who, times_s, [True, True, True])
    closed = kinds(who, times_s, [True, False, False])  # the brigade is out of service
    assert np.isinf(closed["township"]).all()


@given(st.integers(1, 8), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_the_first_is_the_first_of_all_tiers(stations, places, seed):
    rng = np.random.default_rng(seed)
    who = facilities(*rng.choice(["fire", "township", "micro"], stations))
    times_s = np.where(
        rng.random((stations, places)) < 0.2, np.inf, rng.uniform(0, 900, (stations, places))
    )
    found = kinds(who, times_s, rng.random(stations) < 0.7)
    tiers = [found[tier] for tier in ("fire", "township", "micro") if tier in found]
    assert (np.min(tiers, axis=0) == found["first"]).all()
    assert (found["first"] <= found["second"]).all()


BANDS = (5.0, 10.0)


def bands(population, built_up):
    found = township_bands(TOWNS, BANDS, population, built_up)
    return found.set_index(["code", "by", "minutes"])


def test_bands_count_by_township_and_kind_with_numerator_and_denominator():
    persons = counted([0, 0, 1, -1], [600, 400, 500, 70])
    times = {
        "first": np.array([300.0, 301, np.inf, 10]),
        "second": np.array([600.0, 601, np.inf, 10]),
    }
    area = counted([0, 1], [2.0, 1.0]), {"first": np.array([300.0, 300]), "second": np.zeros(2)}
    found = bands((persons, times), area)
    assert len(found) == 3 * 2 * 2
    assert list(found.index[:4]) == [
        ("1", "first", 5.0),
        ("1", "first", 10.0),
        ("1", "second", 5.0),
        ("1", "second", 10.0),
    ]
    columns = ["population_reached", "population", "population_share"]
    assert list(found.loc[("1", "first", 5.0), columns]) == [600, 1000, 0.6]  # 300 s is within
    assert list(found.loc[("1", "first", 10.0), columns]) == [1000, 1000, 1]
    assert list(found.loc[("1", "second", 10.0), columns]) == [600, 1000, 0.6]
    assert list(found.loc[("2", "first", 10.0), columns]) == [0, 500, 0]
    built = ["built_up_reached_km2", "built_up_km2", "built_up_share"]
    assert list(found.loc[("2", "first", 5.0), built]) == [1, 1, 1]
    assert found.loc["3"][columns + built].isna().all().all()  # its area is not known
    assert list(found.loc["3", "name"].unique()) == ["丙街道"]


def test_bands_of_what_the_study_does_not_give_are_not_known():
    area = counted([0], [2.0]), {"first": np.array([0.0])}
    found = bands(None, area)
    assert found[["population_reached", "population", "population_share"]].isna().all().all()
    assert found.loc[("1", "first", 5.0), "built_up_share"] == 1
    assert found.loc[("2", "first", 5.0), "built_up_km2"] == 0  # known, and nothing
    assert np.isnan(found.loc[("2", "first", 5.0), "built_up_share"])
    assert len(bands(None, None)) == 0


@given(st.integers(0, 40), st.integers(0, 2**32 - 1))
def test_bands_equal_counting_one_by_one(count, seed):
    rng = np.random.default_rng(seed)
    things = Counted(rng.integers(-1, 3, count), rng.uniform(0, 9, count))
    times = {
        kind: rng.choice([0.0, 299.9, 300, 300.1, 600, 700, np.inf], count)
        for kind in ("first", "fire")
    }
    found = bands((things, times), (things, times))
    for code, row in (("1", 0), ("2", 1)):
        mine = things.township == row
        for kind, seconds in times.items():
            shares = []
            for minutes in BANDS:
                values = found.loc[(code, kind, minutes)]
                expected = things.weight[mine & (seconds <= minutes * 60)].sum()
                assert values["population_reached"] == pytest.approx(expected)
                assert values["built_up_reached_km2"] == pytest.approx(expected)
                assert values["population"] == pytest.approx(things.weight[mine].sum())
                shares.append(values["population_share"])
            if things.weight[mine].sum() > 0:
                assert 0 <= shares[0] <= shares[1] <= 1


@given(st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_bands_agree_with_the_columns_of_the_townships(count, seed):
    rng = np.random.default_rng(seed)
    persons = Counted(rng.integers(-1, 3, count), rng.uniform(0, 9, count))
    times = coming(*rng.uniform(0, 900, count))
    nothing = counted([], []), np.array([], dtype=bool)
    towns = townships(
        TOWNS,
        who=WHO,
        minutes=[("5min", 5.0), ("10min", 10.0)],
        seats=coming(1, 2, 3),
        population=(persons, times),
        built_up=(persons, times),
        hydrants=nothing,
        villages=nothing,
        limit_s=300,
    ).set_index("code")
    found = bands((persons, {"first": times.first_s}), None)
    for code in "123":
        for minutes in BANDS:
            told = found.loc[(code, "first", minutes)]
            column = towns.loc[code, f"population_{minutes:g}min"]
            assert told["population_reached"] == pytest.approx(column, nan_ok=True)

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from firecover.assessment import county
from firecover.assessment.service import Arrivals, Facilities, Places
from firecover.assessment.village_access import VillageWater, village_water
from firecover.assessment.village_ways import VillageWays
from firecover.assessment.villages import village_targets, villages
from firecover.network.snapping import Positions
from support.networks import CRS, place

NAN = np.nan
WHO = Facilities(
    gpd.GeoDataFrame({"name": ["东站", "西站"]}, geometry=[Point(0, 0), Point(9, 9)], crs=CRS),
    place((0, 0.0), (0, 1.0)),
    np.full(2, 60.0),
)
TOWNS = pd.DataFrame({"code": ["1", "2", "3"], "name": ["甲镇", "乙乡", "丙街道"]})
DATA = gpd.GeoDataFrame(
    {"id": list("abcd"), "name": list("abcd"), "name_en": "", "note": ""},
    geometry=[Point(i, 0) for i in range(4)],
    crs=CRS,
)
WHERE = Positions(np.array([0, 0, -1, -1]), np.zeros(4), np.array([12.0, 30.0, 5200.0, NAN]))


def coming(first_s, second_s=None) -> Arrivals:
    first_s = np.array(first_s, dtype=float)
    second_s = np.full(len(first_s), np.inf) if second_s is None else np.array(second_s, float)
    first, second = (np.where(np.isfinite(each), 0, -1) for each in (first_s, second_s))
    return Arrivals(first_s, first, second_s, second)


def table(**known):
    return villages(
        DATA,
        township=np.array([0, 1, -1, 2]),
        townships=TOWNS,
        place=Places(np.zeros((4, 2)), {"engine": WHERE}, {"engine": np.zeros(4)}),
        coming=coming([700, np.inf, np.inf, np.inf]),
        who=WHO,
        hydrant_m=np.array([80.0, 90.0, 100.0, NAN]),
        limit_s=1200,
        **known,
    )


def test_villages_tell_who_comes_and_why_nobody_does():
    found = table()
    assert list(found["reason"]) == ["", "no_station", "too_far_from_road", "no_road"]
    assert list(found["reached"]) == [True, False, False, False]
    assert list(found["township_name"]) == ["甲镇", "乙乡", "", "丙街道"]
    assert list(found["first_station"]) == ["东站", "", "", ""]
    assert found["first_s"].to_numpy() == pytest.approx([700, NAN, NAN, NAN], nan_ok=True)


def test_what_is_not_given_is_not_known():
    found = table()
    numbers = ["full_s", "call_s", "way_km", "walk_s", "width_known_share", "water_m", "supply_m"]
    assert found[[*numbers, "p_reached", "first_p05_s", "first_p95_s"]].isna().all().all()
    texts = ["way", "widest_vehicle", "water_name", "supply_kind", "certainty"]
    assert (found[texts] == "").all().all()


def test_how_and_when_they_come_stands_beside_the_village():
    texts = np.array(["国道G326 → 省道S305", "", "", ""], dtype=object)
    numbers = np.array([1.5, NAN, NAN, NAN])
    found = table(
        full_s=np.array([900.0, np.inf, np.inf, np.inf]),
        call_handling_s=150,
        ways=VillageWays(texts, numbers, numbers * 2, numbers / 3),
        widest_vehicle=np.array(["engine", "motorcycle", "", ""], dtype=object),
        water=VillageWater(np.full(4, 70.0), texts, np.full(4, 60.0), texts),
        p_reached=np.array([0.8, 0, 0, 0]),
        first_p05_s=np.array([600.0, np.inf, np.inf, np.inf]),
        first_p95_s=np.array([800.0, np.inf, np.inf, np.inf]),
        certainty=np.array(["uncertain", "sure_no", "sure_no", "sure_no"], dtype=object),
    )
    first = found.iloc[0]
    assert (first["full_s"], first["call_s"]) == (900, 850)
    assert (first["way"], first["way_km"], first["walk_s"]) == (texts[0], 1.5, 3)
    assert (first["width_known_share"], first["widest_vehicle"]) == (0.5, "engine")
    assert (first["water_m"], first["supply_m"]) == (70, 60)
    assert (first["p_reached"], first["first_p05_s"], first["first_p95_s"]) == (0.8, 600, 800)
    assert list(found["certainty"])[:2] == ["uncertain", "sure_no"]
    assert found.loc[1:, ["full_s", "call_s", "first_p05_s", "first_p95_s"]].isna().all().all()


# --- water -----------------------------------------------------------------------------------


def waters(*rows) -> gpd.GeoDataFrame:
    names, shapes = zip(*rows, strict=True) if rows else ((), ())
    return gpd.GeoDataFrame({"name": list(names)}, geometry=list(shapes), crs=CRS)


RIVER = ("河", shapely.LineString([(0, 0), (100, 0)]))
LAKE = ("湖", shapely.box(200, 0, 300, 100))


def test_the_nearest_water_is_measured_to_its_shape_and_the_nearer_supply_counts():
    xy = np.array([[50.0, 30.0], [190.0, 50.0], [250.0, 50.0], [NAN, NAN]])
    found = village_water(waters(RIVER, LAKE), np.array([20.0, 40.0, NAN, NAN]), xy)
    assert found.water_m == pytest.approx([30, 10, 0, NAN], nan_ok=True)
    assert list(found.water_name) == ["河", "湖", "湖", ""]
    assert found.supply_m == pytest.approx([20, 10, 0, NAN], nan_ok=True)
    assert list(found.supply_kind) == ["hydrant", "water", "water", ""]


def test_of_two_equally_near_the_hydrant_and_the_first_water_count():
    xy = np.array([[50.0, 30.0]])
    other = ("溪", shapely.LineString([(0, 60), (100, 60)]))
    assert list(village_water(waters(RIVER, other), np.array([30.0]), xy).water_name) == ["河"]
    assert list(village_water(waters(other, RIVER), np.array([NAN]), xy).water_name) == ["溪"]
    assert list(village_water(waters(RIVER), np.array([30.0]), xy).supply_kind) == ["hydrant"]


def test_without_water_there_is_the_hydrant_and_without_either_nothing():
    xy = np.zeros((2, 2))
    for water in (waters(), waters(("", None)), waters(("", shapely.Polygon()))):
        found = village_water(water, np.array([5.0, NAN]), xy)
        assert list(found.supply_kind) == ["hydrant", ""]
        assert found.supply_m == pytest.approx([5, NAN], nan_ok=True)
        assert np.isnan(found.water_m).all()
    assert len(village_water(waters(RIVER), np.empty(0), np.empty((0, 2))).water_m) == 0


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_the_nearest_water_is_the_nearest_of_all(features, places, seed):
    rng = np.random.default_rng(seed)
    lines = shapely.linestrings(rng.integers(0, 10, (features, 3, 2)) * 10.0)
    xy = rng.uniform(0, 100, (places, 2))
    found = village_water(
        waters(*((str(i), line) for i, line in enumerate(lines))), np.full(places, NAN), xy
    )
    for row, point in enumerate(shapely.points(xy)):
        distance = shapely.distance(lines, point)
        assert found.water_m[row] == pytest.approx(distance.min())
        assert distance[int(found.water_name[row])] == pytest.approx(distance.min())


# --- targets and figures ---------------------------------------------------------------------

COMING = coming([600, 601, 1800, np.inf], [1200, 1900, np.inf, np.inf])
FULL_S = np.array([1800, np.inf, np.inf, np.inf])


def test_targets_count_villages_by_first_second_and_full_force():
    found = village_targets([10, 20, 30], COMING, FULL_S).set_index("minutes")
    assert list(found["villages"]) == [4, 4, 4]
    assert list(found["first"]) == [1, 2, 3]  # 600 s is within 10 minutes, 601 s is not
    assert list(found["second"]) == [0, 1, 1]
    assert list(found["full"]) == [0, 0, 1]
    assert list(found["first_share"]) == [0.25, 0.5, 0.75]
    assert list(found["full_share"]) == [0, 0, 0.25]
    assert found[["sure", "uncertain"]].isna().all().all()


def test_targets_tell_how_many_are_beyond_the_noise():
    p_within = np.array([[0.95, 0.949, 0.051, 0.05], [1, 1, 1, 0]])
    found = village_targets([10, 20], COMING, FULL_S, p_within=p_within, sure_share=0.95)
    assert list(found["sure"]) == [1, 3]
    assert list(found["uncertain"]) == [2, 0]


def test_without_villages_there_are_no_shares():
    found = village_targets([10], coming([]), np.array([]))
    assert list(found["first"]) == [0]
    assert found[["first_share", "second_share", "full_share"]].isna().all().all()


@given(st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_a_longer_target_never_counts_fewer(count, seed):
    rng = np.random.default_rng(seed)
    first_s = rng.choice([100.0, 600, 900, np.inf], count)
    later = coming(first_s, first_s + 300)
    found = village_targets([5, 10, 15, 25], later, first_s + 600)
    for kind in ("first", "second", "full"):
        assert (np.diff(found[kind]) >= 0).all()
    assert (found["first"] >= found["second"]).all()
    assert (found["second"] >= found["full"]).all()


def test_the_headline_tells_villages_by_target_and_the_call():
    frame = table(full_s=np.array([900.0, np.inf, np.inf, np.inf]), call_handling_s=150)
    figures = county.village_figures(
        frame,
        coming([700, np.inf, np.inf, np.inf]),
        20,
        full_s=np.array([1200, 1201, np.inf, np.inf]),
        call_handling_s=150,
        targets=village_targets([10, 20], coming([700, 500, np.inf, np.inf]), np.full(4, np.inf)),
    )
    assert (figures["villages_full"], figures["call_handling_s"]) == (1, 150)
    assert (figures["village_median_s"], figures["village_call_median_s"]) == (700, 850)
    assert (figures["villages_reached_10min"], figures["villages_reached_10min_share"]) == (1, 0.25)
    assert (figures["villages_reached_20min"], figures["villages_reached_20min_share"]) == (2, 0.5)


def test_the_headline_says_nothing_of_what_is_not_known():
    figures = county.village_figures(table(), coming([700, np.inf, np.inf, np.inf]), 20)
    assert figures["villages_full"] is None
    assert figures["village_call_median_s"] is None
    nobody = table().iloc[1:]
    figures = county.village_figures(nobody, coming([np.inf] * 3), 20, call_handling_s=150)
    assert figures["village_call_median_s"] is None


def test_seats_with_a_full_force_in_time_are_counted():
    towns = pd.DataFrame({"seat_first_s": [200.0, 400.0, NAN]})
    full_s = np.array([1200, 1201, np.inf])
    figures = county.seat_figures(towns, [("5min", 5.0)], 2, full_s=full_s, limit_minutes=20)
    assert figures == {"townships": 3, "seats_known": 2, "seats_reached_5min": 1, "seats_full": 1}
    assert county.seat_figures(towns, [], 2, full_s=full_s)["seats_full"] == 2
    assert "seats_full" not in county.seat_figures(towns, [], 2)
    assert county.force_figures(3, 40) == {"full_force_engines": 3, "stations_engines_unknown": 40}

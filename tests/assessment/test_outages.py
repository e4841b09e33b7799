import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firecover.assessment.outages import Covered, station_outages
from firecover.assessment.service import arrivals
from support.fleets import facilities_of
from support.networks import place

WHO = facilities_of(place((0, 0.0), (0, 0.5), (0, 1.0)), "engine", [0, 0, 0])
ALL = np.ones(3, dtype=bool)


def covered(times_s, weight, limit_s, serves=ALL, who=WHO) -> Covered:
    coming = arrivals(np.asarray(times_s, float), who.start_s, serves)
    return Covered(coming, np.asarray(weight, float), limit_s)


def test_what_is_lost_and_who_takes_over_are_worked_out_by_hand():
    # four places; S3 reaches none of them in time, and the last one only S1 reaches at all
    times_s = [[100, 200, 290, 400], [310, 250, 100, np.inf], [500, 600, 700, np.inf]]
    people = covered(times_s, [10, 20, 40, 5], 300)
    built_up = covered(times_s, [0.1, 0.2, 0.4, 0.0], 300)
    villages = covered(np.array(times_s)[:, [0, 3]], [1, 1], 450)
    found = station_outages(WHO, ALL, people, built_up, villages).set_index("id")
    assert list(found.index) == ["S1", "S2", "S3"]
    # without S1 the first place is reached after 310 s, the second after 250 s, the last never
    assert list(found["population_lost"]) == [10, 0, 0]
    assert list(found["built_up_lost_km2"]) == pytest.approx([0.1, 0, 0])
    assert list(found["villages_lost"]) == [1, 0, 0]
    assert list(found["takes_over"]) == ["S2", "S1", ""]
    assert list(found["nobody"]) == [5, 0, 0]
    assert found["slower_s"].to_numpy() == pytest.approx([np.nan, 190, np.nan], nan_ok=True)
    assert found.crs == WHO.table.crs
    assert list(found.geometry) == list(WHO.table.geometry)


def test_who_takes_over_most_people_is_named_first_then_who_takes_villages_only():
    times_s = [[100, 100, 100], [200, 300, 300], [300, 200, 400]]
    nothing = covered(np.zeros((3, 0)), [], 300)
    for weight, names in (([5, 9, 0], "S3、S2"), ([5, 5, 9], "S2、S3"), ([5, 0, 0], "S2")):
        found = station_outages(WHO, ALL, covered(times_s, weight, 300), nothing, nothing)
        assert found["takes_over"][0] == names
    villages = covered(times_s, [0, 1, 0], 300)
    found = station_outages(WHO, ALL, covered(times_s, [5, 0, 0], 300), nothing, villages)
    assert found["takes_over"][0] == "S2、S3"


def test_a_delay_is_the_mean_over_people():
    times_s = [[100, 100], [160, 400], [500, 500]]
    nothing = covered(np.zeros((3, 0)), [], 300)
    found = station_outages(WHO, ALL, covered(times_s, [30, 10], 300), nothing, nothing)
    assert found["slower_s"][0] == pytest.approx((30 * 60 + 10 * 300) / 40)
    assert (found["population_lost"][0], found["nobody"][0]) == (10, 0)


def test_stations_that_do_not_respond_have_no_row_and_take_nothing_over():
    serves = np.array([True, False, True])
    times_s = [[100.0], [110.0], [120.0]]
    nothing = covered(np.zeros((3, 0)), [], 300)
    people = covered(times_s, [7], 300, serves)
    found = station_outages(WHO, serves, people, nothing, nothing)
    assert list(found["id"]) == ["S1", "S3"]
    assert list(found["takes_over"]) == ["S3", ""]


@given(st.integers(1, 6), st.integers(0, 12), st.integers(0, 2**32 - 1))
def test_each_outage_equals_leaving_the_station_out(stations, places, seed):
    rng = np.random.default_rng(seed)
    who = facilities_of(
        place(*[(0, 0.5)] * stations), "engine", rng.choice([0.0, 60.0, 90.0], stations)
    )
    serves, limit_s = rng.random(stations) < 0.8, 420.0
    holds = serves & (rng.random(stations) < 0.6)
    # whole minutes: some arrive together
    times_s = rng.integers(0, 10, (stations, places)) * 60.0
    times_s[rng.random((stations, places)) < 0.3] = np.inf
    weight = rng.integers(0, 50, places).astype(float)
    found = station_outages(
        who,
        serves,
        covered(times_s, weight, limit_s, serves, who),
        covered(times_s, weight, limit_s, holds, who),
        covered(times_s, np.ones(places), 2 * limit_s, serves, who),
    )

    def first_s(rows):
        each = (who.start_s[:, None] + times_s)[rows]
        return each.min(axis=0, initial=np.inf)

    def lost(rows, station, weight, limit_s):
        before, after = first_s(rows), first_s(rows & (np.arange(stations) != station))
        return weight[(before <= limit_s) & (after > limit_s)].sum()

    assert list(found["id"]) == [f"S{i + 1}" for i in np.flatnonzero(serves)]
    for station, row in zip(np.flatnonzero(serves), found.itertuples(), strict=True):
        others = serves & (np.arange(stations) != station)
        assert row.population_lost == lost(serves, station, weight, limit_s)
        assert row.built_up_lost_km2 == lost(holds, station, weight, limit_s)
        assert row.villages_lost == lost(serves, station, np.ones(places), 2 * limit_s)
        before, after = first_s(serves), first_s(others)
        assert row.nobody == weight[np.isfinite(before) & np.isinf(after)].sum()
        mine = arrivals(times_s, who.start_s, serves).first == station
        if row.nobody or not weight[mine].sum():
            assert np.isnan(row.slower_s)
        else:
            some = mine & (weight > 0)
            delay = ((after[some] - before[some]) * weight[some]).sum() / weight[some].sum()
            assert row.slower_s == pytest.approx(delay)
        instead = arrivals(times_s, who.start_s, others).first[mine]
        assert set(row.takes_over.split("、")) - {""} == {f"S{i + 1}" for i in instead if i >= 0}

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firecover.assessment.full_force import engines_unknown, full_force
from firecover.assessment.service import arrivals


def force(arrival_s, engines, asked, serves=None):
    """Stations that arrive at one place at the given times, all with a turnout of 60 s."""
    times_s = np.array(arrival_s, dtype=float)[:, None] - 60
    serves = np.full(len(times_s), fill_value=True) if serves is None else np.array(serves)
    found = full_force(
        times_s, np.full(len(times_s), 60.0), serves, np.array(engines, float), asked
    )
    return float(found.seconds[0]), int(found.stations[0]), int(found.assumed[0])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (1, (100, 1, 0)),
        (2, (200, 2, 1)),  # the second brings one engine, as nobody knows how many it has
        (3, (300, 3, 1)),
        (6, (300, 3, 1)),  # 1 + 1 + 4
        (7, (np.inf, 0, 0)),
    ],
)
def test_stations_bring_their_engines_in_the_order_of_arrival(asked, expected):
    assert force([300, 100, 200], [4, 1, np.nan], asked) == expected


def test_of_two_that_arrive_together_the_earlier_row_counts_first():
    assert force([200, 200, 200], [2, np.nan, 2], 2) == (200, 1, 0)
    assert force([200, 200, 200], [np.nan, 2, 2], 2) == (200, 2, 1)
    assert force([200, 200, 100], [2, 2, 1], 5) == (200, 3, 0)


def test_one_without_an_engine_brings_none_and_half_an_engine_is_none():
    assert force([100, 200], [0, 3], 3) == (200, 1, 0)
    assert force([100, 200], [0.5, 2.5], 2) == (200, 1, 0)
    assert force([100], [0], 1) == (np.inf, 0, 0)


def test_who_is_not_in_service_or_never_comes_brings_nothing():
    assert force([100, 200], [3, 1], 1, serves=[False, True]) == (200, 1, 0)
    assert force([100, np.inf], [1, 3], 2) == (np.inf, 0, 0)
    assert force([np.inf, np.inf], [1, 1], 1) == (np.inf, 0, 0)


def test_without_stations_or_places_there_is_nothing():
    nobody = full_force(np.empty((0, 2)), np.empty(0), np.empty(0, bool), np.empty(0), 3)
    assert np.isinf(nobody.seconds).all()
    nowhere = full_force(np.empty((2, 0)), np.zeros(2), np.ones(2, bool), np.ones(2), 3)
    assert len(nowhere.seconds) == len(nowhere.stations) == 0


def test_those_that_do_not_tell_their_engines_are_counted():
    engines = np.array([np.nan, 2, np.nan])
    assert engines_unknown(np.array([True, True, False]), engines) == 1


def by_hand(times_s, start_s, serves, engines, asked):
    """One engine after another, in the order in which they arrive."""
    rows = [i for i in range(len(engines)) if serves[i] and np.isfinite(times_s[i])]
    rows.sort(key=lambda i: (start_s[i] + times_s[i], i))
    come = [
        (float(start_s[i] + times_s[i]), i)
        for i in rows
        for _ in range(1 if np.isnan(engines[i]) else int(engines[i]))
    ]
    if len(come) < asked:
        return np.inf, 0, 0
    stations = {i for _, i in come[:asked]}
    return come[asked - 1][0], len(stations), sum(bool(np.isnan(engines[i])) for i in stations)


@st.composite
def services(draw):
    """Stations with few distinct times, so that many arrive together."""
    stations, places = draw(st.integers(1, 7)), draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    times_s = rng.choice([0.0, 60.0, 120.0, 300.0, np.inf], (stations, places))
    engines = rng.choice([0.0, 1.0, 2.0, 5.0, np.nan], stations)
    return times_s, rng.choice([60.0, 90.0], stations), rng.random(stations) < 0.7, engines


@given(services(), st.integers(1, 9))
def test_full_force_equals_counting_engine_by_engine(service, asked):
    times_s, start_s, serves, engines = service
    found = full_force(times_s, start_s, serves, engines, asked)
    for j in range(times_s.shape[1]):
        expected = by_hand(times_s[:, j], start_s, serves, engines, asked)
        assert (found.seconds[j], found.stations[j], found.assumed[j]) == expected


@given(services(), st.integers(1, 6), st.integers(0, 6))
def test_more_stations_never_lengthen_and_more_engines_never_shorten(service, asked, opened):
    times_s, start_s, serves, engines = service
    today = full_force(times_s, start_s, serves, engines, asked).seconds
    assert (full_force(times_s, start_s, serves, engines, asked + 1).seconds >= today).all()
    more = serves.copy()
    more[opened % len(more)] = True
    assert (full_force(times_s, start_s, more, engines, asked).seconds <= today).all()
    before, after = arrivals(times_s, start_s, serves), arrivals(times_s, start_s, more)
    assert (after.first_s <= before.first_s).all()
    assert (after.second_s <= before.second_s).all()


@given(services())
def test_one_engine_asked_is_the_first_arrival_where_all_have_one(service):
    times_s, start_s, serves, engines = service
    engines = np.where(engines == 0, 1, engines)
    one = full_force(times_s, start_s, serves, engines, 1).seconds
    assert (one == arrivals(times_s, start_s, serves).first_s).all()

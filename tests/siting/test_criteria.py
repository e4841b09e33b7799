import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firecover.siting.criteria import (
    NAMES,
    Coming,
    Sought,
    can_differ,
    criteria,
    criteria_in_draws,
    reaching,
)
from firecover.siting.normalise import finite_values, normalise

INF = np.inf


def column(values, name):
    return list(values[:, NAMES.index(name)])


def hand():
    """Return a fire (row 0) and a micro station (1), two fire and a micro candidate (2, 3, 4)."""
    times_s = {
        # persons 10, 20, 40: the micro station reaches the second
        "population": [
            [100, 400, 900],
            [900, 200, 900],
            [100, 100, 900],
            [900, 900, 200],
            [900, 900, 100],
        ],
        # villages within 1200 s
        "villages": [[600, 2000], [INF, INF], [100, 1100], [1200, 1201], [0, 0]],
        # urban cells 4, 3, 2 km2 and a patch of a township (not urban)
        "built_up": [
            [100, 300, 800, 100],
            [0, 0, 0, 0],
            [200, 100, 400, 100],
            [INF, 900, 100, 1],
            [0, 0, 0, 0],
        ],
        # hydrants: works, works, broken
        "hydrants": [[100, 900, 900], [0, 0, 0], [90, 90, 90], [900, 900, 0], [0, 0, 0]],
    }
    reached = reaching(
        {layer: np.array(rows, float) for layer, rows in times_s.items()},
        np.array([60.0, 0, 60, 60, 0]),
        serves=np.array([True, True, False, False, False]),
        holds=np.array([True, False, False, False, False]),
        candidates=np.array([2, 3, 4]),
        would_hold=np.array([True, True, False]),
    )
    sought = Sought(
        persons=np.array([10.0, 20, 40]),
        urban_km2=np.array([4.0, 3, 2, 0]),
        suburb=np.array([False, False, True, False]),
        hydrant_works=np.array([True, True, False]),
        cap_km2=np.array([7.0, np.nan, 4, 1, np.nan]),
        suburb_cap_km2=1.5,
        candidates=np.array([2, 3, 4]),
        cost_10k_cny=np.array([1800.0, 3000, np.nan]),
        response_s=300.0,
        village_s=1200.0,
    )
    return sought, reached


def test_the_criteria_of_three_candidates_by_hand():
    values = criteria(*hand())
    # 10 persons are reached today, 20 by the micro station; the others come at 960, 260, 100
    assert column(values, "population_gain") == [0, 40, 40]
    # today the first cell only (160 s; the second at 360): the others with 60 s of turnout
    assert column(values, "built_up_gain_km2") == [3, 2, 0]
    # the second village is not reached today (2060 s): 1160, 1261, 0 s
    assert column(values, "villages_gain") == [1, 0, 1]
    # last arrivals: (160, 160, 460), (160, 360, 160), (160, 360, 860)
    assert column(values, "worst_s") == [460, 360, 860]
    # 4 of 7 km2; none of 2 km2; the micro candidate holds nothing
    assert values[:2, NAMES.index("overlap_share")] == pytest.approx([4 / 7, 0])
    assert np.isnan(values[2, NAMES.index("overlap_share")])
    # today: 9 km2, cap 7: 2 too many. With the first: 4 km2 remain, its own 5 exceed 4 by 1.
    # With the second: 7 remain, its own 2 lie in the suburb, cap 1.5
    assert column(values, "area_gain_km2") == [1, 1.5, 0]
    assert column(values, "hydrants") == [1, 0, 0]
    assert column(values, "cost_10k_cny")[:2] == [1800, 3000]


def test_cells_that_nobody_can_reach_are_told_apart_from_those_that_some_candidate_reaches():
    sought, reached = hand()
    first_s, by_candidate_s = reached.built_up.first_s, reached.built_up.by_candidate_s
    first_s[[0, 2]] = INF
    by_candidate_s[:, 0] = INF
    by_candidate_s[1, 2] = 100
    by_candidate_s[0, 2] = INF
    values = criteria(sought, reached)
    assert column(values, "worst_s") == [INF, 360, INF]


def test_who_stands_already_keeps_what_both_reach_together():
    sought, reached = hand()
    reached.built_up.by_candidate_s[0] = reached.built_up.first_s
    assert column(criteria(sought, reached), "area_gain_km2")[0] == 0


def test_a_candidate_in_service_already_brings_nothing():
    sought, _ = hand()
    again = reaching(
        {"population": np.array([[900.0, 900, 900], [0, 0, 0]])},
        np.zeros(2),
        serves=np.array([True, True]),
        holds=np.array([True, True]),
        candidates=np.array([1]),
        would_hold=np.array([True]),
    )
    assert again.population.gain(sought.persons, 300) == [0]


def test_missing_layers_and_stations_make_empty_criteria():
    reached = reaching(
        {"built_up": np.array([[10.0, 400.0]])},
        np.array([60.0]),
        serves=np.array([False]),
        holds=np.array([False]),
        candidates=np.array([0]),
        would_hold=np.array([True]),
    )
    sought = Sought(
        persons=np.empty(0),
        urban_km2=np.array([2.0, 1.0]),
        suburb=np.zeros(2, bool),
        hydrant_works=np.empty(0, bool),
        cap_km2=np.array([2.5]),
        suburb_cap_km2=15.0,
        candidates=np.array([0]),
        cost_10k_cny=np.array([1.0]),
        response_s=300.0,
        village_s=1200.0,
    )
    (row,) = criteria(sought, reached)
    told = dict(zip(NAMES, row, strict=True))
    assert told == {
        "population_gain": 0,
        "built_up_gain_km2": 2,
        "villages_gain": 0,
        "area_gain_km2": -0.5,
        "worst_s": 460,
        "overlap_share": 0,
        "hydrants": 0,
        "cost_10k_cny": 1,
    }


def random_case(seed, stations, candidates, places):
    rng = np.random.default_rng(seed)
    k = stations + candidates

    def some(number):
        times = rng.integers(0, 12, (k, number)) * 50.0
        return np.where(rng.random((k, number)) < 0.15, INF, times)

    layers = ("population", "villages", "built_up", "hydrants")
    rows = np.arange(stations, k)
    case = {
        "times_s": {layer: some(places) for layer in layers},
        "start_s": rng.integers(0, 3, k) * 30.0,
        "serves": (np.arange(k) < stations) & (rng.random(k) < 0.8),
        "holds": rng.random(k) < 0.7,
        "would_hold": rng.random(candidates) < 0.8,
    }
    case["holds"] &= case["serves"]
    sought = Sought(
        persons=rng.integers(0, 99, places) * 1.0,
        urban_km2=rng.integers(0, 4, places) * 1.0,
        suburb=rng.random(places) < 0.4,
        hydrant_works=rng.random(places) < 0.7,
        cap_km2=np.where(rng.random(k) < 0.2, np.nan, rng.integers(1, 6, k) * 1.0),
        suburb_cap_km2=2.0,
        candidates=rows,
        cost_10k_cny=rng.integers(1, 9, candidates) * 100.0,
        response_s=300.0,
        village_s=400.0,
    )
    return sought, case


def brute(sought, case, number):
    """Judge one candidate by going through all places and stations."""
    row = int(sought.candidates[number])
    times, start = case["times_s"], case["start_s"]
    today = [i for i in range(len(start)) if case["serves"][i]]
    holders = [i for i in range(len(start)) if case["holds"][i]]
    mine = [row] if case["would_hold"][number] else []

    def first(layer, place, who):
        return min((start[i] + times[layer][i, place] for i in who), default=INF)

    def gained(layer, weight, who, new, limit):
        return sum(
            w
            for place, w in enumerate(weight)
            if first(layer, place, who) > limit >= first(layer, place, [*who, *new])
        )

    def too_large(who):
        areas = {}
        for place, km2 in enumerate(sought.urban_km2):
            came = [(start[i] + times["built_up"][i, place], i != row and -1, i) for i in who]
            when, _, i = min(came, default=(INF, 0, -1))
            if np.isfinite(when):
                area, in_suburb = areas.get(i, (0, 0))
                areas[i] = (area + km2, in_suburb + km2 * sought.suburb[place])
        total = 0.0
        for i, (area, in_suburb) in areas.items():
            cap = sought.cap_km2[i]
            if not np.isnan(cap):
                cap = sought.suburb_cap_km2 if in_suburb > area / 2 else cap
                total += max(0.0, area - cap)
        return total

    everybody = [
        *holders,
        *(int(r) for r, h in zip(sought.candidates, case["would_hold"], strict=True) if h),
    ]
    urban = [p for p, km2 in enumerate(sought.urban_km2) if km2 > 0]
    last = [
        first("built_up", p, [*holders, *mine])
        for p in urban
        if np.isfinite(first("built_up", p, everybody))
    ]
    reached = [p for p in urban if first("built_up", p, mine) <= 300]
    area = sum(sought.urban_km2[p] for p in reached)
    both = sum(sought.urban_km2[p] for p in reached if first("built_up", p, holders) <= 300)
    ones = [1] * times["villages"].shape[1]
    return {
        "population_gain": gained("population", sought.persons, today, [row], 300),
        "built_up_gain_km2": gained("built_up", sought.urban_km2, holders, mine, 300),
        "villages_gain": gained("villages", ones, today, [row], 400),
        "area_gain_km2": too_large(holders) - too_large([*holders, *mine]),
        "worst_s": max(last, default=np.nan),
        "overlap_share": both / area if area else np.nan,
        "hydrants": gained("hydrants", sought.hydrant_works, holders, mine, 300),
        "cost_10k_cny": sought.cost_10k_cny[number],
    }


@given(st.integers(0, 2**32 - 1), st.integers(0, 4), st.integers(1, 4), st.integers(0, 12))
def test_the_criteria_are_those_of_a_brute_force(seed, stations, candidates, places):
    sought, case = random_case(seed, stations, candidates, places)
    values = criteria(sought, reaching(**case, candidates=sought.candidates))
    for number in range(candidates):
        found = dict(zip(NAMES, values[number], strict=True))
        assert found == pytest.approx(brute(sought, case, number), nan_ok=True)


@given(st.integers(0, 2**32 - 1))
def test_draws_are_judged_one_by_one_and_places_that_cannot_differ_change_nothing(seed):
    sought, case = random_case(seed, 3, 3, 12)
    rng = np.random.default_rng(seed)
    factors = rng.uniform(0.5, 2.0, 5)
    drawn = [
        reaching(
            **{**case, "times_s": {layer: s * f for layer, s in case["times_s"].items()}},
            candidates=sought.candidates,
        )
        for f in factors
    ]
    fast, slow = drawn[int(factors.argmin())], drawn[int(factors.argmax())]
    differ = can_differ(fast.population, slow.population, 300.0)
    values = criteria_in_draws(sought, drawn)
    assert values.shape == (5, 3, len(NAMES))
    for number, each in enumerate(drawn):
        assert values[number] == pytest.approx(criteria(sought, each), nan_ok=True)
        part = each.population.at(differ).gain(sought.persons[differ], 300.0)
        assert part == pytest.approx(each.population.gain(sought.persons, 300.0))


def test_no_draws_make_no_criteria():
    sought, _ = hand()
    assert criteria_in_draws(sought, []).shape == (0, 3, len(NAMES))


def test_a_place_reached_exactly_at_the_limit_is_reached():
    coming = Coming(
        np.array([300.0, 300 * (1 + 2e-9), 301]), np.array([[0.0, 0, 300 * (1 + 1e-10)]])
    )
    assert list(coming.gain(np.array([1.0, 2, 4]), 300.0)) == [6]


def test_scales_run_from_the_worst_to_the_best_and_constant_criteria_decide_nothing():
    values = np.array([[10.0, 300, 5], [20, 100, 5], [40, 200, 5]])
    found = normalise(values, np.array([True, False, True]))
    assert found.scaled == pytest.approx(np.array([[0, 0, 0], [1 / 3, 1, 0], [1, 0.5, 0]]))
    assert list(found.constant) == [False, False, True]
    assert not found.stands_in.any()


def test_what_is_not_finite_stands_for_the_worst_or_beyond():
    more = np.array([False, False, True, False])
    values = np.array([[INF, np.nan, np.nan, INF], [100, 5, 7, INF], [300, 9, 8, INF]])
    filled, stands_in = finite_values(values, more)
    assert filled.tolist() == [[600, 9, 7, 0], [100, 5, 7, 0], [300, 9, 8, 0]]
    assert stands_in.tolist() == [
        [True, True, True, True],
        [False] * 3 + [True],
        [False] * 3 + [True],
    ]
    scaled = normalise(values, more).scaled
    assert scaled[:, 0] == pytest.approx([0, 1, 0.6])
    assert list(scaled[:, 3]) == [0, 0, 0]


def test_each_draw_has_its_own_scale():
    drawn = np.array([[[1.0], [3]], [[8], [6]], [[2], [2]]])
    found = normalise(drawn, np.array([True]))
    assert found.scaled[:, :, 0].tolist() == [[0, 1], [1, 0], [0, 0]]
    assert found.constant[:, 0].tolist() == [False, False, True]


def test_no_candidates_are_normalised_to_nothing():
    found = normalise(np.empty((0, len(NAMES))))
    assert found.scaled.shape == (0, len(NAMES))
    assert found.constant.all()


def test_the_earlier_of_two_holders_that_arrive_together_holds_the_cell():
    reached = reaching(
        {"built_up": np.array([[50.0, 90, INF], [0, 90, INF], [50, 50, INF]])},
        np.array([0.0, 0, 0]),
        serves=np.array([True, True, True]),
        holds=np.array([True, False, True]),
        candidates=np.array([1]),
        would_hold=np.array([True]),
    )
    assert reached.holder.tolist() == [0, 2, 0]
    assert reached.built_up.first_s.tolist() == [50, 50, INF]

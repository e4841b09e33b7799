from dataclasses import fields, is_dataclass, replace
from statistics import NormalDist

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from firecover.assessment.drawn_service import drawn_service, watched
from firecover.assessment.drawn_tallies import interval
from firecover.assessment.service import Facilities, Places, arrivals, times_to
from firecover.assessment.townships import Counted
from firecover.assessment.uncertainty import Demand, Limits, certainty, uncertainty
from firecover.demand import BuiltUpCells
from firecover.network.draws import Draws, draw
from firecover.network.road_state import RoadState
from firecover.network.snapping import Positions
from firecover.standards import road_classes
from firecover.study_tables import UncertaintyTable
from support.fleets import (
    drive_of,
    facilities_of,
    fleet_of,
    places_of,
    random_facilities,
    random_fleets,
    random_places,
)
from support.networks import network_of, place

CLASSES = tuple(road_classes())
LIMITS = Limits(
    response_s=300,
    minutes=[("5min", 5), ("8min", 8)],
    village_s=1200,
    village_targets_s=[600, 1200],
    sure_share=0.95,
)
#: One road of a class, 4 km long: 400 s from end to end at 36 km/h.
ROAD = [[(0, 0), (4000, 0)]]
STILL = {"speed_sd": 0, "class_sd": 0, "turnout_sd": 0}


def drawn(who: Facilities, **keys) -> Draws:
    return draw(UncertaintyTable.model_validate(keys), len(who.table))


def stations(positions: Positions, vehicle="engine", turnout_s=60.0, access_s=0.0) -> Facilities:
    """Stations whose start is turnout and then the way to the road."""
    who = facilities_of(positions, vehicle, np.asarray(turnout_s) + access_s)
    turnout = np.broadcast_to(np.asarray(turnout_s, float), len(positions))
    return replace(who, table=who.table.assign(turnout_s=turnout))


def nowhere(fleet) -> Places:
    none = Positions(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    return Places(
        np.zeros((0, 2)), dict.fromkeys(fleet.drives, none), {n: np.zeros(0) for n in fleet.drives}
    )


def demand_of(fleet, **given_) -> Demand:
    """What is to be reached; cells of 1 km², all urban, and persons all in one township."""
    places = {
        name: given_.get(name) or nowhere(fleet)
        for name in ("built_up", "population", "villages", "seats")
    }
    cells, points = len(places["built_up"].xy), len(places["population"].xy)
    x = np.arange(cells) * 1000.0
    squares = shapely.box(x, 0, x + 1000, 1000)
    xy = np.column_stack((x + 500, np.full(cells, 500.0)))
    return Demand(
        **places,
        cells=BuiltUpCells(squares, xy, np.ones(cells), np.zeros(cells, np.int64)),
        zone=given_.get("zone", np.full(cells, "urban")),
        persons=given_.get("persons") or Counted(np.zeros(points, np.int64), np.ones(points)),
        townships=given_.get("townships", 1),
    )


def asked(fleet, who, draws, *, holds=None, caps_km2=7.0, limits=LIMITS, serves=None, **given_):
    count = len(who.table)
    serves = who.positions.on_network if serves is None else serves
    return uncertainty(
        fleet,
        who,
        serves,
        serves if holds is None else holds & serves,
        draws,
        demand=demand_of(fleet, **given_),
        caps_km2=np.broadcast_to(np.asarray(caps_km2, float), count),
        limits=limits,
    )


def flat(value) -> list[bytes]:
    """All that a result holds, to the last bit."""
    if is_dataclass(value):
        return [part for each in fields(value) for part in flat(getattr(value, each.name))]
    if isinstance(value, np.ndarray):
        return [repr(value.tolist()).encode()]
    return [repr(value).encode()]


def one_road(at: float, access_s=0.0, **columns):
    network, _ = network_of(ROAD, **columns)
    fleet = fleet_of(drive_of(network, "engine"))
    return fleet, places_of(fleet, place((0, at)), access_s)


# --- worked out by hand ----------------------------------------------------------------------


def test_on_one_road_the_probability_is_that_of_one_lognormal_speed():
    fleet, _ = one_road(0.5, road_class=["tertiary"])
    at = np.array([0.45, 0.6, 0.7])
    there = places_of(fleet, place(*((0, f) for f in at)))
    who = stations(place((0, 0.0)), turnout_s=60.0, access_s=5.0)
    draws = drawn(who, draws=20_000, speed_sd=0.10, class_sd=0.15, turnout_sd=0)
    found = asked(fleet, who, draws, population=there, built_up=there, seats=there)
    # 60 s turnout, 5 s to the road, 400 · at s of driving, divided by a speed factor with
    # log-sd sqrt(0.10² + 0.15²): in time where that factor is at least drive ÷ (300 - 65)
    speed = NormalDist(0, np.hypot(0.10, 0.15))
    p = np.array([1 - speed.cdf(np.log(400 * f / (300 - 65))) for f in at])
    slack = 4 * np.sqrt(p * (1 - p) / 20_000)
    assert (slack < 0.015).all()
    for chance in (found.population_p, found.cells.by_any, found.cells.by_holders, found.seats_p):
        assert (np.abs(chance - p) < slack).all()


def test_turnout_and_walk_are_counted_as_they_are_drawn():
    fleet, there = one_road(0.5, access_s=30.0)
    who = stations(place((0, 0.0)), turnout_s=60.0, access_s=10.0)
    draws = drawn(who, draws=5000, speed_sd=0, class_sd=0, turnout_sd=0.25)
    found = asked(fleet, who, draws, villages=there, limits=replace(LIMITS, village_s=310))
    # 10 s to the road, 200 s drive, 30 s walk: 70 s are left for a turnout of 60 s · lognormal
    p = NormalDist(0, 0.25).cdf(np.log(70 / 60))
    assert found.villages.p_reached == pytest.approx([p], abs=4 * np.sqrt(p * (1 - p) / 5000))
    assert found.villages.certainty.tolist() == ["uncertain"]
    # percentiles of 240 + 60 · lognormal, at 5 and 95 percent of 5,000 draws: the error of
    # either is sqrt(0.05 · 0.95 / 5000) = 0.0031 over a density of 0.0104 and 0.0046 a second
    low, high = (240 + 60 * np.exp(0.25 * NormalDist().inv_cdf(q)) for q in (0.05, 0.95))
    assert found.villages.first_p05_s == pytest.approx([low], abs=4 * 0.0031 / 0.0104)
    assert found.villages.first_p95_s == pytest.approx([high], abs=4 * 0.0031 / 0.0046)


def test_the_way_may_be_another_in_every_draw():
    # straight 1000 m, round 1280 m, of two classes: the slower class alone never makes one late
    network, _ = network_of(
        [[(0, 0), (1000, 0)], [(0, 0), (500, 400), (1000, 0)], [(1000, 0), (1100, 0)]],
        road_class=["residential", "tertiary", "residential"],
    )
    fleet = fleet_of(drive_of(network, "engine"))
    there = places_of(fleet, place((2, 0.0)))
    who = stations(place((0, 0.0)), turnout_s=0.0)
    draws = drawn(who, draws=2000, speed_sd=0, class_sd=0.3)
    found = asked(fleet, who, draws, villages=there)
    number = {name: i for i, name in enumerate(CLASSES)}
    straight_s = 100 * draws.road_time[:, number["residential"]]
    round_s = 2 * np.hypot(500, 400) / 10 * draws.road_time[:, number["tertiary"]]
    # a station at the junction may leave it by either road
    best_s = np.minimum(straight_s, round_s)
    assert 0.1 < (round_s < straight_s).mean() < 0.5
    low, high = np.percentile(best_s, [5, 95])
    assert found.villages.first_p05_s == pytest.approx([low], rel=1e-9)
    assert found.villages.first_p95_s == pytest.approx([high], rel=1e-9)


def test_jurisdictions_and_their_areas_are_those_of_each_draw():
    # two stations at the ends of 4 km; six cells of 1 km² along it; only turnouts are drawn
    network, _ = network_of(ROAD)
    fleet = fleet_of(drive_of(network, "engine"))
    who = stations(place((0, 0.0), (0, 1.0)))
    cells = places_of(fleet, place(*((0, f) for f in (0.1, 0.3, 0.45, 0.55, 0.7, 0.9))))
    draws = Draws(np.ones((4, len(CLASSES))), np.array([[1, 1], [1, 2], [3, 1], [1, 1.9]]))
    found = asked(fleet, who, draws, built_up=cells, caps_km2=[3.0, np.nan])
    # the second leaves 0, +60, -120, +54 s later than the first: the border lies at 200 s and
    # half of that, at fractions 0.5, 0.575, 0.35 and 0.5675 of 400 s: 3, 4, 2 and 4 cells
    assert found.held.area_sure.tolist() == pytest.approx([2 / 4, np.nan], nan_ok=True)
    assert found.held.area_certainty.tolist() == ["uncertain", ""]
    low, high = np.percentile([3, 4, 2, 4], [5, 95])
    assert (found.held.area_p05_km2[0], found.held.area_p95_km2[0]) == pytest.approx((low, high))
    low, high = np.percentile([3, 2, 4, 2], [5, 95])
    assert (found.held.area_p05_km2[1], found.held.area_p95_km2[1]) == pytest.approx((low, high))
    # in time (240 s at a usual turnout) are drives to 0.6, 0.6, 0.3, 0.6 of the road: all its own
    assert found.held.reached_share_p05 == pytest.approx([1, 1])
    assert found.figures["urban_reached_share_p05"] == pytest.approx(1)


def test_what_a_station_reaches_late_is_not_reached():
    fleet, _ = one_road(0.5)
    who = stations(place((0, 0.0)))
    cells = places_of(fleet, place((0, 0.2), (0, 0.7)))  # 140 s and 340 s
    zone = np.array(["suburb", "urban"])
    draws = Draws(np.array([[1.0], [0.5], [3.0]]) * np.ones(len(CLASSES)), np.ones((3, 1)))
    found = asked(fleet, who, draws, built_up=cells, zone=zone, caps_km2=2.0)
    # drives of 80 and 280 s, half as long and three times: 240 s are just in time
    assert found.cells.by_any.tolist() == pytest.approx([1, 1 / 3])
    assert found.cells.by_holders.tolist() == pytest.approx([1, 1 / 3])
    low, high = np.percentile([0.5, 1, 0.5], [5, 95])
    assert (found.held.reached_share_p05[0], found.held.reached_share_p95[0]) == (low, high)
    assert found.figures["urban_any_reached_share_p95"] == pytest.approx(high)
    assert found.held.area_sure.tolist() == [1]
    assert found.held.area_certainty.tolist() == ["sure_yes"]
    town = asked(fleet, who, draws, built_up=cells, zone=np.array(["town", "town"]))
    assert town.figures["urban_reached_share_p05"] is None
    assert town.figures["built_up_any_reached_share_p95"] == pytest.approx(high)
    assert np.isnan(town.held.reached_share_p95).all()


def test_persons_are_counted_by_township_and_band():
    fleet, _ = one_road(0.5)
    who = stations(place((0, 0.0)))
    points = places_of(fleet, place((0, 0.2), (0, 0.7), (0, 1.0), (0, 0.1)))
    persons = Counted(np.array([0, 0, 1, -1]), np.array([30.0, 10, 5, 55]))
    draws = Draws(np.array([[1.0], [0.5]]) * np.ones(len(CLASSES)), np.ones((2, 1)))
    found = asked(fleet, who, draws, population=points, persons=persons, townships=3, limits=LIMITS)
    # 140, 340, 460, 100 s in the first draw, 100, 200, 260, 80 s in the second
    assert found.population_p.tolist() == [1, 0.5, 0.5, 1]
    assert found.share_p05[:2] == pytest.approx([0.75 + 0.05 * 0.25, 0.05])
    assert found.share_p95[:2] == pytest.approx([0.75 + 0.95 * 0.25, 0.95])
    assert np.isnan(found.share_p05[2])
    assert found.figures["population_share_5min_p05"] == pytest.approx(0.85 + 0.05 * 0.15)
    assert found.figures["population_share_8min_p05"] == pytest.approx(1)
    other = replace(LIMITS, response_s=330)
    again = asked(fleet, who, draws, population=points, persons=persons, townships=3, limits=other)
    assert "population_share_5.5min_p05" in again.figures


def test_villages_are_sure_or_not():
    fleet, _ = one_road(0.5)
    who = stations(place((0, 0.0)), turnout_s=0.0)
    places = place((0, 0.1), (0, 0.5), (0, 1.0), (-1, 0.0))
    there = places_of(fleet, place((0, 0.1), (0, 0.5), (0, 1.0), (0, 0.0)))
    there = Places(there.xy, dict.fromkeys(fleet.drives, places), there.access_s)
    draws = Draws(np.linspace(0.5, 1.5, 20)[:, None] * np.ones(len(CLASSES)), np.ones((20, 1)))
    limits = replace(LIMITS, village_s=200, village_targets_s=[60, 200, 600])
    found = asked(fleet, who, draws, villages=there, limits=limits)
    # 40, 200, 400 s times 0.5 … 1.5, and one that no road comes near
    assert found.villages.p_reached.tolist() == [1, 0.5, 0.05, 0]
    assert found.villages.certainty.tolist() == ["sure_yes", "uncertain", "sure_no", "sure_no"]
    assert found.villages.p_targets.tolist() == [[1, 0, 0, 0], [1, 0.5, 0.05, 0], [1, 1, 1, 0]]
    assert found.villages.sure.tolist() == [1, 1, 3]
    assert found.villages.uncertain.tolist() == [0, 1, 0]
    assert np.isnan(found.villages.first_p95_s).tolist() == [False, False, False, True]
    assert found.figures["villages_sure_yes"] == 1
    assert found.figures["villages_sure_no"] == 2
    assert found.figures["villages_uncertain"] == 1
    # one in time in every draw, a second in half of them, a third in one
    counts = [1 + (200 * f <= 200) + (400 * f <= 200) for f in np.linspace(0.5, 1.5, 20)]
    ends = (found.figures["villages_reached_p05"], found.figures["villages_reached_p95"])
    assert ends == pytest.approx(tuple(np.percentile(counts, [5, 95])))


def test_words_begin_exactly_at_the_sure_share():
    p = np.array([0.95, 0.05, 0.949, 0.051, 1, 0, np.nan])
    words = ["sure_yes", "sure_no", "uncertain", "uncertain", "sure_yes", "sure_no", ""]
    assert certainty(p, 0.95).tolist() == words


def test_an_interval_leaves_out_what_is_not_finite():
    values = np.array([[1.0, np.nan, np.inf], [2, 3, np.inf], [3, 5, np.inf]])
    low, high = interval(values)
    # between the first and the second of three at 0.05 · 2 = 0.1, of two at 0.05
    assert low == pytest.approx([1.1, 3.1, np.nan], nan_ok=True)
    assert high == pytest.approx([2.9, 4.9, np.nan], nan_ok=True)


def test_without_draws_nothing_is_said():
    fleet, there = one_road(0.5)
    who = stations(place((0, 0.0)))
    found = asked(
        fleet,
        who,
        drawn(who, draws=0),
        **dict.fromkeys(("built_up", "population", "villages", "seats"), there),
    )
    assert found.draws == 0
    arrays = [
        found.cells.by_holders,
        found.cells.by_any,
        found.population_p,
        found.seats_p,
        found.share_p05,
        found.share_p95,
        *(getattr(found.held, f.name) for f in fields(found.held) if f.name != "area_certainty"),
        *(getattr(found.villages, f.name) for f in fields(found.villages) if f.name != "certainty"),
    ]
    assert all(np.isnan(each).all() for each in arrays)
    assert [each.size for each in arrays] == [1] * 14 + [2, 2, 2][: len(arrays) - 14]
    assert found.villages.certainty.tolist() == [""]
    assert found.held.area_certainty.tolist() == [""]
    draws = asked(fleet, who, drawn(who, draws=3))
    assert set(found.figures) == set(draws.figures)
    assert found.figures.pop("draws") == 0
    assert set(found.figures.values()) == {None}


def test_a_scenario_in_which_nobody_comes():
    fleet, there = one_road(0.5)
    who = stations(place((0, 0.0)))
    found = asked(
        fleet,
        who,
        drawn(who, draws=5),
        serves=np.array([False]),
        **dict.fromkeys(("built_up", "population", "villages", "seats"), there),
    )
    for p in (found.cells.by_any, found.population_p, found.seats_p, found.villages.p_reached):
        assert p.tolist() == [0]
    assert np.isnan(found.villages.first_p95_s).all()
    assert found.figures["urban_reached_share_p95"] == 0
    assert np.isnan(found.held.area_sure).all()


# --- twins and properties --------------------------------------------------------------------


@st.composite
def services(draw_, most=5):
    """A fleet on roads of several classes, and stations with turnouts."""
    fleet = draw_(random_fleets())
    rng = np.random.default_rng(draw_(st.integers(0, 2**32 - 1)))
    names = rng.choice(CLASSES[:4], fleet.network.edge_count)
    attributes = fleet.network.attributes
    attributes["road_class"] = names  # every vehicle's network holds this table
    assert all(drive.routing.network.attributes is attributes for drive in fleet.drives.values())
    who = draw_(random_facilities(fleet, most=most))
    turnout_s = np.round(who.start_s * rng.choice([0.0, 0.5, 1.0], len(who.start_s)))
    return fleet, replace(who, table=who.table.assign(turnout_s=turnout_s))


def each_draw_s(fleet, who, draws, places):
    """Arrivals of every facility in every draw, the fleet built anew for each: (n, k, d)."""
    found = []
    for road_time, turnout in zip(draws.road_time, draws.turnout, strict=True):
        state = RoadState(
            class_factors=tuple(sorted(zip(CLASSES, (1 / road_time).tolist(), strict=True)))
        )
        access_s = who.start_s - who.table["turnout_s"].to_numpy()
        start_s = access_s + who.table["turnout_s"].to_numpy() * turnout
        found.append(start_s[:, None] + times_to(fleet.under(state), who, places))
    return np.array(found)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_every_number_equals_that_of_fleets_built_anew(data):
    fleet, who = data.draw(services(most=9))
    places = data.draw(random_places(fleet))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    count, d = len(who.table), len(places.xy)
    draws = draw(UncertaintyTable(draws=7, seed=int(rng.integers(1000))), count)
    serves = who.positions.on_network & (rng.random(count) < 0.8)
    holds = serves & (rng.random(count) < 0.6)
    persons = Counted(rng.integers(-1, 2, d), rng.uniform(1, 9, d))
    zone = rng.choice(["urban", "suburb", "town"], d)
    caps = rng.choice([1.0, 3.0, np.nan], count)
    limits = replace(LIMITS, response_s=40, village_s=60, village_targets_s=[20, 50])
    all_s = each_draw_s(fleet, who, draws, places)
    any_s = np.where(serves[:, None], all_s, np.inf).min(axis=1)
    held_s = np.where(holds[:, None], all_s, np.inf)
    found = asked(
        fleet,
        who,
        draws,
        serves=serves,
        holds=holds,
        caps_km2=caps,
        limits=limits,
        persons=persons,
        townships=2,
        zone=zone,
        **dict.fromkeys(("built_up", "population", "villages", "seats"), places),
    )
    in_time, held_in_time = any_s <= 40, held_s.min(axis=1) <= 40
    assert found.cells.by_any == pytest.approx(in_time.mean(axis=0))
    assert found.population_p == pytest.approx(in_time.mean(axis=0))
    assert found.seats_p == pytest.approx(in_time.mean(axis=0))
    assert found.cells.by_holders == pytest.approx(held_in_time.mean(axis=0))
    assert found.villages.p_reached == pytest.approx((any_s <= 60).mean(axis=0))
    finite = np.isfinite(any_s).all(axis=0)
    ends = np.percentile(any_s[:, finite], [5, 95], axis=0)
    assert found.villages.first_p05_s[finite] == pytest.approx(ends[0], rel=1e-9)
    assert found.villages.first_p95_s[finite] == pytest.approx(ends[1], rel=1e-9)
    assert np.isnan(found.villages.first_p95_s[~finite]).all()

    for township in (0, 1):
        mine = persons.township == township
        if mine.any():
            shares = in_time[:, mine] @ persons.weight[mine] / persons.weight[mine].sum()
            assert found.share_p05[township] == pytest.approx(np.percentile(shares, 5))
            assert found.share_p95[township] == pytest.approx(np.percentile(shares, 95))
    shares = (any_s <= 480) @ persons.weight / persons.weight.sum()
    assert found.figures["population_share_8min_p05"] == pytest.approx(np.percentile(shares, 5))

    urban = np.isin(zone, ["urban", "suburb"])
    first = np.where(np.isfinite(held_s.min(axis=1)), held_s.argmin(axis=1), count)
    near = np.isfinite(held_s) & (held_s <= held_s.min(axis=1, keepdims=True) + 1e-6)
    tied = near.sum(axis=1) > 1  # who is first is then a matter of rounding
    for row in np.flatnonzero(holds) if not tied.any() else ():
        mine = urban & (first == row)
        area = mine.sum(axis=1)
        assert found.held.area_p05_km2[row] == pytest.approx(np.percentile(area, 5))
        if not np.isnan(caps[row]):
            assert found.held.area_sure[row] == pytest.approx((area <= caps[row]).mean())
        some = area > 0
        if some.any():
            share = (mine & held_in_time).sum(axis=1)[some] / area[some]
            assert found.held.reached_share_p95[row] == pytest.approx(np.percentile(share, 95))
    assert np.isnan(found.held.area_p05_km2[~holds]).all()


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_without_spread_times_are_those_that_are_told_as_certain(data):
    fleet, who = data.draw(services())
    places = data.draw(random_places(fleet))
    serves = who.positions.on_network
    coming = arrivals(times_to(fleet, who, places), who.start_s, serves)
    found = asked(
        fleet,
        who,
        drawn(who, draws=3, **STILL),
        limits=replace(LIMITS, response_s=45),
        **dict.fromkeys(("built_up", "population", "villages"), places),
    )
    finite = np.isfinite(coming.first_s)
    for ends in (found.villages.first_p05_s, found.villages.first_p95_s):
        assert ends[finite] == pytest.approx(coming.first_s[finite], rel=1e-9, abs=1e-9)
        assert np.isnan(ends[~finite]).all()
    in_time = coming.first_s <= 45 * (1 + 1e-9)
    assert found.cells.by_holders.tolist() == in_time.tolist()
    assert found.cells.by_any.tolist() == in_time.tolist()
    assert found.population_p.tolist() == in_time.tolist()


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_tighter_standard_and_a_station_less_never_raise_a_probability(data):
    fleet, who = data.draw(services())
    places = data.draw(random_places(fleet))
    draws = drawn(who, draws=20, seed=data.draw(st.integers(0, 99)))
    everything = dict.fromkeys(("built_up", "population", "villages", "seats"), places)

    def chances(limits, serves):
        found = asked(fleet, who, draws, limits=limits, serves=serves, **everything)
        each = [found.cells.by_holders, found.cells.by_any, found.population_p]
        return [*each, found.seats_p, found.villages.p_reached, *found.villages.p_targets]

    def at(response_s):
        return replace(LIMITS, response_s=response_s, village_s=response_s)

    serves = who.positions.on_network
    for loose, tight in zip(chances(at(60.0), serves), chances(at(45.0), serves), strict=True):
        assert (tight <= loose).all()
    without = serves & (np.arange(len(serves)) > 0)
    for more, fewer in zip(chances(at(60.0), serves), chances(at(60.0), without), strict=True):
        assert (fewer <= more).all()


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_what_is_not_watched_nobody_reaches_in_time_in_any_draw(data):
    fleet, who = data.draw(services())
    places = data.draw(random_places(fleet))
    draws = drawn(who, draws=10, seed=data.draw(st.integers(0, 99)))
    within_s = data.draw(st.sampled_from([20.0, 40.0, 80.0, np.inf]))
    serves = who.positions.on_network
    if not serves.any():
        return
    service = drawn_service(fleet, who, serves, serves)
    found = watched(service, places, draws, within_s)
    seen = np.full((len(draws), len(places.xy)), np.inf)
    for row, moment in enumerate(service.moments(draws)):
        seen[row, found.rows] = found.first_s(moment)
    true_s = np.where(serves[:, None], each_draw_s(fleet, who, draws, places), np.inf).min(axis=1)
    within = np.isfinite(true_s) & (true_s <= within_s)
    assert seen[within] == pytest.approx(true_s[within], rel=1e-9, abs=1e-9)
    assert (seen >= true_s * (1 - 1e-9)).all()


def test_the_same_seed_gives_the_same_bytes_and_candidates_that_stay_closed_change_none():
    fleet, _ = one_road(0.5)
    there = places_of(fleet, place(*((0, f) for f in np.linspace(0, 1, 9))))
    everything = dict.fromkeys(("built_up", "population", "villages", "seats"), there)
    who = stations(place((0, 0.0), (0, 0.9)))
    more = stations(place((0, 0.0), (0, 0.9), (0, 0.5)))
    one, same = (asked(fleet, who, drawn(who, draws=50), **everything) for _ in range(2))
    assert flat(one) == flat(same)
    assert flat(one) != flat(asked(fleet, who, drawn(who, draws=50, seed=2), **everything))
    closed = np.array([True, True, False])
    with_more = asked(fleet, more, drawn(more, draws=50), serves=closed, **everything)
    held = type(one.held)(*(getattr(with_more.held, f.name)[:2] for f in fields(one.held)))
    assert flat(replace(with_more, held=held)) == flat(one)
    assert np.isnan(with_more.held.area_sure[2])

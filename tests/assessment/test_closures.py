import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firecover.assessment.closures import Served, critical_roads
from firecover.assessment.service import Places, first_on_roads, places_on
from firecover.layers.osm import read_osm
from firecover.network.fleet import Driving, Fleet, build_fleet
from firecover.network.road_state import RoadState
from firecover.network.travel_times import arrivals_at
from firecover.standards import vehicles
from firecover.study import LayerTable
from support.andorra import ROADS
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

# A street along each bank of a river, 1 km, and bridges of 100 m that join them; 36 km/h. Each
# side street from a crossing outwards is 100 m. West is 0.
WEST, EAST = [(0, 0), (0, 500), (0, 1000)], [(100, 0), (100, 500), (100, 1000)]
SOUTH_BRIDGE, NORTH_BRIDGE = [(0, 0), (100, 0)], [(0, 1000), (100, 1000)]
BEYOND = [(100, 1000), (200, 1000)]


def nobody(fleet: Fleet) -> Served:
    empty = np.zeros(0, dtype=np.int64)
    return Served(places_of(fleet, place((0, 0.0)).take(empty)), np.zeros(0), 600)


def served(fleet, positions, weight, limit_s, access_s=0.0) -> Served:
    return Served(places_of(fleet, positions, access_s), np.asarray(weight, float), limit_s)


def worst_of(fleet, who, people, count, serves=None):
    """The worst roads where no village is to be reached."""
    serves = np.ones(len(who.table), bool) if serves is None else serves
    return critical_roads(fleet, who, serves, people, nobody(fleet), names=[], count=count)


def river(*bridges, ring=False):
    """The banks, what lies beyond the east bank, and some bridges; the edges by their numbers.

    A ring road joins the ends of the west bank, a little longer than the street there.
    """
    lines = {"W": WEST, "E": EAST, "B": BEYOND}
    lines |= {f"bridge {i}": line for i, line in enumerate(bridges)}
    lines |= {"R": [(0, 0), (-100, 500), (0, 1000)]} if ring else {}
    bridge = np.array([name.startswith("bridge") for name in lines])
    network, _ = network_of(list(lines.values()), ref=list(lines), bridge=bridge)
    return fleet_of(drive_of(network, "engine")), {
        name: int(np.flatnonzero(network.attributes["ref"] == name)[0]) for name in lines
    }


def test_the_one_bridge_ranks_first_with_exactly_the_people_beyond_it():
    fleet, edge = river(SOUTH_BRIDGE, ring=True)
    who = facilities_of(place((edge["W"], 0.5), (edge["R"], 0.5)), "engine", 60)
    # 10 on the west bank; on the bridge 1; at its east end 30, half way up 20, at the top 7
    at = place(
        *((edge["W"], 0.9), (edge["bridge 0"], 0.5)),
        *((edge["E"], 0.0), (edge["E"], 0.5), (edge["B"], 1.0)),
    )
    # half way up is reached after 60 + 50 + 10 + 50 s; the top after another 50 + 10, too late
    people = served(fleet, at, [10, 1, 30, 20, 7], limit_s=175)
    villages = served(fleet, at.take(np.array([3, 4])), [1, 1], limit_s=3600)
    found = critical_roads(
        fleet, who, np.ones(2, bool), people, villages, names=["Mid", "Top"], count=10
    )
    worst = found.iloc[0]
    assert (worst["order"], worst["edge"], worst["ref"]) == (1, edge["bridge 0"], "bridge 0")
    assert worst["bridge"]
    assert (worst["population_lost"], worst["villages_lost"]) == (51, 2)
    assert (worst["population_cut"], worst["villages_cut"]) == (58, 2)
    assert worst["villages"] == "Mid、Top"
    assert worst["length_m"] == pytest.approx(100)
    assert list(worst.geometry.coords) == SOUTH_BRIDGE
    # the ring road's station still reaches half way up after 60 + 51 + 10 + 50 s
    assert list(found["ref"]) == ["bridge 0", "E", "W", "B"]
    assert list(found["population_lost"]) == [51, 50, 10, 0]
    assert list(found["villages_lost"]) == [2, 2, 0, 1]


def test_the_road_that_the_station_stands_on_comes_before_the_bridge():
    fleet, edge = river(SOUTH_BRIDGE)
    who = facilities_of(place((edge["W"], 0.5)), "engine", 60)
    at = place((edge["W"], 0.9), (edge["E"], 0.5))
    people = served(fleet, at, [100, 20], limit_s=600)
    found = worst_of(fleet, who, people, 3)
    # of the street beyond the bridge and the bridge, which lose the same, the longer one first
    assert list(found["edge"]) == [edge["W"], edge["E"], edge["bridge 0"]]
    assert list(found["population_lost"]) == [120, 20, 20]
    assert list(found["villages_lost"]) == [0, 0, 0]
    assert list(worst_of(fleet, who, people, 2)["edge"]) == [edge["W"], edge["E"]]


def test_with_two_bridges_closing_one_costs_only_the_detour():
    fleet, edge = river(SOUTH_BRIDGE, NORTH_BRIDGE)
    who = facilities_of(place((edge["W"], 0.0)), "engine", 0)
    # south end of the east bank: 10 s by the south bridge, 100 + 10 + 100 s by the north one
    at = place((edge["E"], 0.0), (edge["B"], 0.5))

    def lost(limit_s):
        people = served(fleet, at, [30, 7], limit_s)
        found = critical_roads(
            fleet, who, np.ones(1, bool), people, nobody(fleet), names=[], count=10
        )
        return dict(zip(found["ref"], found["population_lost"], strict=True))

    far = {"W": 37.0, "B": 7.0, "E": 30.0}
    assert lost(210) == far  # the detour is in time, to the second
    assert lost(209.5) == far | {"bridge 0": 30.0}
    # without the north bridge (or the west bank) the place beyond takes 10 + 100 + 5 s, not 115
    assert lost(114.5) == {"W": 30.0, "E": 30.0, "bridge 0": 30.0}


def test_roads_that_nobody_needs_are_left_out_and_none_is_asked_for_none_is_told():
    fleet, edge = river(SOUTH_BRIDGE, NORTH_BRIDGE)
    who = facilities_of(place((edge["W"], 0.0)), "engine", 0)
    people = served(fleet, place((edge["W"], 0.5)), [30], 600)
    found = worst_of(fleet, who, people, 10)
    assert list(found["ref"]) == ["W"]
    for responds, count in ((np.zeros(1, bool), 10), (np.ones(1, bool), 0)):
        none = critical_roads(fleet, who, responds, people, nobody(fleet), names=[], count=count)
        assert len(none) == 0
        assert list(none.columns) == list(found.columns)
        assert none.crs == found.crs


def test_another_vehicle_that_goes_another_way_saves_the_place():
    network = network_of([WEST, EAST, BEYOND, SOUTH_BRIDGE, NORTH_BRIDGE])[0]
    narrow = network.attributes["way"].to_numpy() == 3
    heavy = drive_of(network, "engine")
    barred = [np.where(narrow, np.inf, each) for each in (network.forward_s, network.backward_s)]
    other = network.__class__(
        **{**network.__dict__, "forward_s": barred[0], "backward_s": barred[1]}
    )
    fleet = fleet_of(heavy, drive_of(other, "light_pumper"))
    south, north = (int(np.flatnonzero(network.attributes["way"] == way)[0]) for way in (3, 4))
    east = int(np.flatnonzero(network.attributes["way"] == 1)[0])
    stations = place((0, 0.0), (0, 0.0))
    who = facilities_of(stations, ["engine", "light_pumper"], [0, 0])
    people = served(fleet, place((east, 0.1)), [9], limit_s=300)
    both = worst_of(fleet, who, people, 10)
    assert set(both["edge"]) == {0, east}  # by the south or by the north bridge
    only = critical_roads(
        fleet, who, np.array([False, True]), people, nobody(fleet), names=[], count=10
    )
    assert north in set(only["edge"])
    assert south not in set(only["edge"])


def first_s(fleet: Fleet, who, serves, *places: Places) -> list[np.ndarray]:
    """First arrivals at several sets of places, with everything searched anew."""
    earliest = dict(zip(fleet.drives, first_on_roads(fleet, who, serves), strict=True))
    return [
        np.min(
            [
                arrivals_at([by], each.positions[name]) + each.access_s[name]
                for name, by in earliest.items()
            ],
            axis=0,
        )
        for each in places
    ]


def losses(fleet: Fleet, who, serves, both, edges) -> dict[int, tuple]:
    """What closing each edge loses, and cuts off, with everything searched anew."""
    places = [each.places for each in both]
    before = first_s(fleet, who, serves, *places)
    every = {}
    for edge in edges:
        shut = fleet.under(RoadState(closed=(edge,)))
        after = first_s(shut, who, serves, *places)
        lost, cut = [], []
        for each, then, now in zip(both, before, after, strict=True):
            lost.append(float(each.weight[(then <= each.limit_s) & (now > each.limit_s)].sum()))
            cut.append(float(each.weight[np.isfinite(then) & np.isinf(now)].sum()))
        every[edge] = (*lost, *cut)
    return every


def told(found) -> dict[int, tuple]:
    columns = ["population_lost", "villages_lost", "population_cut", "villages_cut"]
    return dict(zip(found["edge"], found[columns].itertuples(index=False, name=None), strict=True))


def by_hand(every: dict[int, tuple], length_m, count: int) -> list[int]:
    """The edges that a list of so many must hold, in order."""
    some = [edge for edge, loss in every.items() if loss[0] or loss[1]]

    def worst(first, second):
        key = lambda edge: (-every[edge][first], -every[edge][second], -length_m[edge], edge)  # noqa: E731
        return sorted(some, key=key)

    chosen = {*worst(0, 1)[:count], *worst(1, 0)[:count]}
    return [edge for edge in worst(0, 1) if edge in chosen]


@settings(max_examples=60)
@given(st.data())
def test_every_road_loses_what_searching_everything_anew_finds(data):
    fleet = data.draw(random_fleets())
    who = data.draw(random_facilities(fleet))
    serves = np.random.default_rng(len(who.table)).random(len(who.table)) < 0.8
    serves &= who.positions.on_network
    both = []
    for most, weights in ((12, [0.1, 1.0, 7.3]), (6, [1.0])):
        places = data.draw(random_places(fleet, most))
        count = len(places.xy)
        weight = np.array(
            data.draw(st.lists(st.sampled_from(weights), min_size=count, max_size=count))
        )
        both.append(Served(places, weight, data.draw(st.sampled_from([30.0, 60.0, 90.0, 600.0]))))
    names = [f"V{i}" for i in range(len(both[1].weight))]
    m = fleet.network.edge_count
    every = losses(fleet, who, serves, both, range(m))
    whole = critical_roads(fleet, who, serves, *both, names=names, count=m)
    assert told(whole) == {edge: loss for edge, loss in every.items() if loss[0] or loss[1]}
    count = data.draw(st.integers(1, 4))
    found = critical_roads(fleet, who, serves, *both, names=names, count=count)
    assert list(found["edge"]) == by_hand(every, fleet.network.length_m, count)
    assert list(found["order"]) == list(range(1, len(found) + 1))
    assert all(told(found)[edge] == every[edge] for edge in found["edge"])


@settings(max_examples=30)
@given(st.data())
def test_what_is_closed_already_stays_lost(data):
    fleet = data.draw(random_fleets())
    who = data.draw(random_facilities(fleet))
    places = data.draw(random_places(fleet))
    serves = who.positions.on_network
    edges = data.draw(
        st.lists(st.integers(0, fleet.network.edge_count - 1), min_size=1, max_size=4, unique=True)
    )
    (before,) = first_s(fleet, who, serves, places)
    for closed in itertools.accumulate([edge] for edge in edges):
        shut = fleet.under(RoadState(closed=tuple(sorted(closed))))
        (after,) = first_s(shut, who, serves, places)
        assert (after >= before - 1e-9).all()
        before = after


def andorra():
    """Its roads, seven stations on them, 4,000 places with people and 40 villages."""
    if not ROADS.is_file():
        pytest.skip(f"the real extract {ROADS.name} is not at hand")
    source = {"kind": "observed", "source": "OpenStreetMap", "licence": "ODbL"}
    layer = LayerTable.model_validate({"path": ROADS, "provenance": source})
    roads = read_osm(ROADS, layer, "EPSG:25831")
    fleet = build_fleet(roads, [vehicles()["engine"]], Driving(), [])
    network, rng = fleet.network, np.random.default_rng(7)
    near = network.node_xy[rng.choice(network.node_count, 4047)]
    put = [
        places_on(fleet, xy, 500, 4)
        for xy in np.split(near + rng.normal(0, 100, near.shape), [7, 47])
    ]
    who = facilities_of(put[0].positions["engine"], "engine", 60)
    people = Served(put[2], rng.integers(1, 200, 4000).astype(float), 300)
    return fleet, who, who.positions.on_network, (people, Served(put[1], np.ones(40), 1200))


def test_the_ten_worst_roads_of_andorra_equal_exact_recomputation():
    fleet, who, serves, both = andorra()
    names = [f"V{i}" for i in range(40)]
    m = fleet.network.edge_count
    every = losses(fleet, who, serves, both, range(m))  # all 2,283 of them: most of a minute
    whole = critical_roads(fleet, who, serves, *both, names=names, count=m)
    assert told(whole) == {edge: loss for edge, loss in every.items() if loss[0] or loss[1]}
    assert len(whole) > 100
    found = critical_roads(fleet, who, serves, *both, names=names, count=10)
    assert list(found["edge"]) == by_hand(every, fleet.network.length_m, 10)
    worst = found[found["order"] <= 10]
    assert list(worst["edge"]) == list(whole["edge"][: len(worst)])
    assert all(told(found)[edge] == every[edge] for edge in found["edge"])

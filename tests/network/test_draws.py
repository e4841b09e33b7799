from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firecover.errors import NetworkError
from firecover.network.draws import approach, draw, drawn_roads, party
from firecover.network.routing_graph import last_stretch, routing_graph
from firecover.network.travel_times import travel_matrix
from firecover.network.turns import turns
from firecover.standards import road_classes
from firecover.study_tables import UncertaintyTable
from support.fleets import COSTS
from support.networks import network_of, place, positions_on, random_networks

CLASSES = tuple(road_classes())
NOBODY = 99


def table(**keys) -> UncertaintyTable:
    return UncertaintyTable.model_validate(keys)


def factors(**by_class) -> np.ndarray:
    return np.array([by_class.get(name, 1.0) for name in CLASSES])


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    one, same, other = (draw(table(seed=seed), 4) for seed in (7, 7, 8))
    assert one.road_time.tobytes() == same.road_time.tobytes()
    assert one.turnout.tobytes() == same.turnout.tobytes()
    assert (one.road_time != other.road_time).all()
    assert (one.turnout != other.turnout).all()
    assert len(one) == 500
    assert one.road_time.shape == (500, len(CLASSES))


def test_more_stations_change_nothing_for_those_before_them():
    few, many = draw(table(), 3), draw(table(), 5)
    assert np.array_equal(few.road_time, many.road_time)
    assert np.array_equal(few.turnout, many.turnout[:, :3])


def test_without_spread_every_factor_is_exactly_one():
    still = draw(table(speed_sd=0, class_sd=0, turnout_sd=0), 2)
    assert (still.road_time == 1).all()
    assert (still.turnout == 1).all()


def test_factors_have_the_spread_and_the_correlation_that_were_asked_for():
    many = draw(table(draws=20_000, speed_sd=0.12, class_sd=0.09, turnout_sd=0.25), 3)
    speed, turnout = np.log(many.road_time), np.log(many.turnout)
    # sd of one factor: sqrt(0.12² + 0.09²) = 0.15; the sample's own sd is 0.15 / sqrt(2n)
    assert speed.std(axis=0) == pytest.approx(np.full(len(CLASSES), 0.15), abs=4 * 0.15 / 200)
    assert turnout.std(axis=0) == pytest.approx(np.full(3, 0.25), abs=4 * 0.25 / 200)
    # medians are 1: that of a logarithm is 0, known to sd · sqrt(π / 2n)
    assert np.median(speed, axis=0) == pytest.approx(np.zeros(len(CLASSES)), abs=6e-3)
    # two classes share the whole network's factor: 0.12² / 0.15² = 0.64; stations share none
    assert np.corrcoef(speed[:, 0], speed[:, 5])[0, 1] == pytest.approx(0.64, abs=0.02)
    assert np.corrcoef(turnout[:, 0], turnout[:, 1])[0, 1] == pytest.approx(0, abs=0.03)
    assert np.corrcoef(turnout[:, 0], speed[:, 0])[0, 1] == pytest.approx(0, abs=0.03)


def test_extremes_bound_every_draw():
    drawn = draw(table(), 3)
    for low, high, all_ in zip(
        drawn.fastest(), drawn.slowest(), (drawn.road_time, drawn.turnout), strict=True
    ):
        assert (low <= all_).all()
        assert (all_ <= high).all()
        assert (low < high).all()


def test_which_of_two_parallel_roads_is_faster_depends_on_the_draw():
    # 100 m straight, a residential street of 10 s; a tertiary road round it, 128 m and 12.8 s
    network, _ = network_of(
        [[(0, 0), (100, 0)], [(0, 0), (50, 40), (100, 0)]],
        road_class=["residential", "tertiary"],
    )
    roads = drawn_roads(routing_graph(network))
    round_s = 2 * np.hypot(50, 40) / 10
    assert roads.graph_at(factors()).seconds == pytest.approx([10, 10])
    assert roads.graph_at(factors(residential=1.5)).seconds == pytest.approx([round_s, round_s])
    assert roads.graph_at(factors(residential=1.2, tertiary=1.5)).seconds == pytest.approx([12, 12])


def test_turns_take_what_they_took():
    network, _ = network_of([[(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 0), (200, 0)]])
    found = turns(network, COSTS)
    roads = drawn_roads(routing_graph(network, found))
    usual, slow = (roads.graph_at(factors(residential=f)).seconds for f in (1.0, 2.0))
    assert slow - usual == pytest.approx(np.full(len(usual), 10.0))
    assert usual.max() > 10  # some turns cost


def test_a_road_of_no_known_class_is_refused():
    network, _ = network_of([[(0, 0), (100, 0)]], road_class=["towpath"])
    with pytest.raises(NetworkError, match="towpath"):
        drawn_roads(routing_graph(network))


@st.composite
def classed_networks(draw_):
    network = draw_(random_networks())
    rng = np.random.default_rng(draw_(st.integers(0, 2**32 - 1)))
    names = rng.choice(CLASSES[:4], network.edge_count)
    network = replace(network, attributes=network.attributes.assign(road_class=names))
    closed = rng.random(network.edge_count) < draw_(st.sampled_from([0.0, 0.1]))
    return replace(
        network,
        forward_s=np.where(closed, np.inf, network.forward_s),
        backward_s=np.where(closed, np.inf, network.backward_s),
    )


def at_factors(network, with_turns, road_time, against_m):
    """The routing graph built from scratch, every edge at its class's factor."""
    factor = dict(zip(CLASSES, road_time, strict=True))
    edge = network.attributes["road_class"].map(factor).to_numpy(float)
    network = replace(
        network, forward_s=network.forward_s * edge, backward_s=network.backward_s * edge
    )
    last = last_stretch(network, np.tile(network.length_m / 10 * edge, 2), against_m)
    found = turns(network, COSTS, None, None, np.isfinite(last.seconds)) if with_turns else None
    return routing_graph(network, found, last)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_drawn_times_equal_those_of_a_graph_made_from_scratch(data):
    network = data.draw(classed_networks())
    with_turns = data.draw(st.booleans())
    against_m = data.draw(st.sampled_from([0.0, 60.0]))
    count = data.draw(st.integers(1, 9))  # few are searched one by one, many at once
    stations = data.draw(positions_on(network, count, count))
    places = data.draw(positions_on(network, 1, 12))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    road_time = rng.uniform(0.5, 2, len(CLASSES))
    start_s, access_s = rng.uniform(0, 90, count), rng.uniform(0, 9, len(places))

    twin = at_factors(network, with_turns, road_time, against_m)
    each_s = start_s[:, None] + travel_matrix(twin, stations, places) + access_s

    rows = np.arange(count)
    roads = drawn_roads(at_factors(network, with_turns, factors(), against_m))
    graph = roads.graph_at(road_time)
    assert np.array_equal(graph.head, twin.graph.head)
    assert graph.seconds == pytest.approx(twin.graph.seconds, rel=1e-9, abs=0)
    crew = party(roads, stations, rows)
    way = approach(roads, stations, rows, places, access_s)
    node_s = crew.first_s(graph, road_time, start_s)
    first_s = way.first_s(node_s, road_time, start_s)
    assert first_s == pytest.approx(each_s.min(axis=0), rel=1e-9, abs=1e-9)

    coming = crew.first(graph, road_time, start_s, NOBODY)
    found_s, station = way.first(coming, road_time, start_s, NOBODY)
    assert found_s == pytest.approx(first_s, rel=1e-9, abs=1e-9)
    reached = np.isfinite(found_s)
    assert (station[~reached] == NOBODY).all()
    its_own_s = each_s[station[reached], np.flatnonzero(reached)]
    assert its_own_s == pytest.approx(found_s[reached], rel=1e-9, abs=1e-9)

    some = np.flatnonzero(rng.random(len(places)) < 0.5)
    assert np.array_equal(way.take(some).first_s(node_s, road_time, start_s), first_s[some])


@pytest.mark.parametrize("count", [2, 9])
def test_of_stations_that_arrive_together_the_lowest_row_is_first(count):
    network, _ = network_of([[(0, 0), (100, 0)], [(100, 0), (200, 0)]])
    stations = place((1, 1.0), *[(0, 0.0)] * (count - 1))
    roads = drawn_roads(routing_graph(network))
    rows, ones = np.arange(count), factors()
    crew = party(roads, stations, rows)
    way = approach(roads, stations, rows, place((0, 1.0), (0, 0.5)), np.zeros(2))
    graph, start_s = roads.graph_at(ones), np.zeros(count)
    seconds, station = way.first(crew.first(graph, ones, start_s, NOBODY), ones, start_s, NOBODY)
    # the junction is 100 m from both sides; 50 m nearer, those on its own road are first
    assert seconds == pytest.approx([10, 5])
    assert station.tolist() == [0, 1]


def test_faster_factors_never_make_anybody_later():
    network, _ = network_of(
        [[(0, 0), (100, 0)], [(0, 0), (50, 40), (100, 0)], [(100, 0), (300, 0)]],
        road_class=["residential", "tertiary", "primary"],
    )
    stations, places = place((0, 0.2)), place((1, 0.7), (2, 0.9), (0, 0.1))
    roads = drawn_roads(routing_graph(network))
    crew = party(roads, stations, np.array([0]))
    way = approach(roads, stations, np.array([0]), places, np.zeros(3))
    drawn, usual_s = draw(table(draws=200), 1), np.array([60.0])

    def first_s(road_time, turnout):
        start_s = usual_s * turnout
        node_s = crew.first_s(roads.graph_at(road_time), road_time, start_s)
        return way.first_s(node_s, road_time, start_s)

    early, late = first_s(*drawn.fastest()), first_s(*drawn.slowest())
    for each in zip(drawn.road_time, drawn.turnout, strict=True):
        assert (early <= first_s(*each)).all()
        assert (first_s(*each) <= late).all()

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firecover.errors import StudyError
from firecover.isochrones import reach_edges
from firecover.network.fleet import Driving, build_fleet
from firecover.network.paths import path
from firecover.network.road_network import take_edges
from firecover.network.road_state import RoadState, road_state, turnout_factor
from firecover.network.routing_graph import routing_graph
from firecover.network.snapping import Positions, snap
from firecover.network.travel_times import arrivals_at, earliest_arrivals, travel_matrix
from firecover.standards import conditions, road_classes, vehicles
from firecover.study import ScenarioTable
from support.fleets import COSTS, drive_of, fleet_of, random_fleets
from support.networks import (
    network_of,
    place,
    positions_on,
    random_networks,
    roads_of,
    twin_with_turns,
)

# A square of streets, ten seconds a side.
SQUARE = [[(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 100), (0, 100)], [(0, 100), (0, 0)]]
NAMED = network_of(
    SQUARE,
    name=["South Street", "East Street", "North Street", "West Street"],
    ref=["S1;G319", "", "G319", ""],
    source_id=["r1", "r2", "r3", "r4"],
    road_class=["primary", "residential", "primary", "track"],
)[0]


def state(**table) -> RoadState:
    return road_state(NAMED, "ice", ScenarioTable(**table), "study.toml")


def square_fleet(costs=None, network=None):
    return fleet_of(drive_of(network or network_of(SQUARE)[0], "engine", costs))


def times(fleet, stations, places):
    (drive,) = fleet.drives.values()
    return travel_matrix(drive.routing, stations, places)


def test_roads_are_named_by_id_number_or_name_and_closed_once():
    assert state(close_roads=["r2"]).closed == (1,)
    assert state(close_roads=["G319"]).closed == (0, 2)
    assert state(close_roads=["S1;G319"]).closed == (0,)
    assert state(close_roads=["West Street", "G319", "S1"]).closed == (0, 2, 3)
    assert state().usual


def test_what_is_not_there_is_refused_all_at_once_with_near_matches():
    with pytest.raises(StudyError) as error:
        state(close_roads=["G31", "west street", "zzz"], speed_factors={"moterway": 0.5})
    first, second, third, fourth = error.value.problems
    assert (first.file, first.key) == ("study.toml", "scenarios.ice.close_roads")
    assert "'G319'" in first.remedy
    assert "'West Street'" in second.remedy
    assert "id, its number or its name" in third.remedy
    assert fourth.key == "scenarios.ice.speed_factors.moterway"
    assert "motorway" in fourth.remedy


def test_factors_of_scenario_class_and_condition_multiply():
    found = state(condition="ice", speed_factor=0.5, speed_factors={"primary": 0.8, "track": 1.0})
    assert found.speed_factor == pytest.approx(0.5 * conditions()["ice"].speed_factor)
    assert found.class_factors == (("primary", 0.8),)
    assert found.factors(NAMED) == pytest.approx([0.24, 0.3, 0.24, 0.3])
    night = ScenarioTable(condition="night", turnout_factor=2)
    assert turnout_factor(night) == pytest.approx(2 * conditions()["night"].turnout_factor)
    assert turnout_factor(ScenarioTable()) == 1


def test_the_conditions_there_are_name_road_classes_that_exist():
    for condition in conditions().values():
        assert set(condition.speed_factors) <= set(road_classes())
        assert road_state(NAMED, "c", ScenarioTable(condition=condition.id), "f") is not None


def test_scenarios_with_the_same_roads_share_a_key():
    one = state(close_roads=["South Street", "r3"], speed_factor=0.6)
    other = state(close_roads=["G319"], condition="ice")
    assert one == other
    assert len({one, other, state()}) == 2


def test_speeds_by_class_make_worked_out_times():
    fleet = square_fleet(network=NAMED)
    station, places = place((3, 1.0)), place((0, 0.5), (1, 1.0))
    assert times(fleet, station, places)[0] == pytest.approx([5, 20])
    slow = fleet.under(state(speed_factors={"primary": 0.5}))
    # 10 s of half the primary road; the far corner by east, 20 + 10, or by west and north, 10 + 20
    assert times(slow, station, places)[0] == pytest.approx([10, 30])
    assert (slow.network.forward_s == slow.drives["engine"].network.forward_s).all()


@pytest.mark.parametrize("costs", [None, COSTS])
def test_a_closed_road_is_closed_to_its_very_ends(costs):
    fleet = square_fleet(costs)
    closed = fleet.under(RoadState(closed=(0,)))
    # on the closed road, in the middle and where it meets others, there is nothing to reach …
    on_it = place((0, 0.0), (0, 0.5), (0, 1.0))
    assert np.isinf(times(closed, place((2, 0.5)), on_it)).all()
    assert np.isfinite(times(fleet, place((2, 0.5)), on_it)).all()
    # … and nobody leaves, not even to where he stands
    assert np.isinf(times(closed, on_it, place((1, 0.0), (3, 1.0), (0, 0.5)))).all()
    # what lies beyond is driven to round the square; two roads meet at a corner, so it is free
    assert times(closed, place((3, 0.5)), place((1, 0.5)))[0] == pytest.approx([20])
    (drive,) = closed.drives.values()
    earliest = earliest_arrivals(drive.routing, on_it, np.zeros(3))
    assert np.isinf(arrivals_at([earliest], place((2, 0.5), (0, 0.5)))).all()


@pytest.mark.parametrize("costs", [None, COSTS])
def test_no_piece_of_a_closed_road_is_reached(costs):
    fleet = square_fleet(costs)
    (drive,) = fleet.under(RoadState(closed=(0,))).drives.values()
    # one station in the north, one on the closed road itself, which does not leave
    earliest = earliest_arrivals(drive.routing, place((2, 0.5), (0, 0.5)), np.zeros(2))
    pieces = reach_edges(fleet.network, [earliest], [1.0])
    assert sorted(pieces["edge"]) == [1, 2, 3]
    assert pieces["length_m"].sum() == pytest.approx(300)
    assert path(drive.routing, place((0, 0.5)), place((2, 0.5))) is None
    assert path(drive.routing, place((2, 0.5)), place((0, 0.0))) is None


def test_where_points_lie_does_not_change_and_nothing_else_of_the_roads_does():
    open_ = square_fleet().network
    fleet = square_fleet(network=open_)
    closed = fleet.under(RoadState(closed=(0,), speed_factor=0.5))
    xy = np.array([[50.0, 5.0], [95.0, 20.0]])
    before, after = snap(open_, xy, 50), snap(closed.network, xy, 50)
    assert (before.edge == after.edge).all()
    assert (before.fraction == after.fraction).all()
    assert before.edge[0] == 0
    assert closed.network.gives_access is open_.gives_access
    assert closed.network.attributes is open_.attributes
    assert np.isfinite(open_.forward_s).all()


def test_the_usual_state_is_the_fleet_itself_and_one_factor_slows_all():
    fleet = square_fleet(COSTS)
    assert fleet.under(RoadState()) is fleet
    stations, places = place((0, 0.25)), place((1, 0.5), (2, 0.5))
    assert times(
        square_fleet().under(RoadState(speed_factor=0.5)), stations, places
    ) == pytest.approx(2 * times(square_fleet(), stations, places))


def test_a_fleet_as_it_is_built_from_roads_is_closed_too():
    roads = roads_of(SQUARE, ref=["G1", "", "", ""], maxspeed_kmh=np.full(4, 36.0))
    fleet = build_fleet(roads, list(vehicles().values()), Driving(contraflow_m=50), [])
    found = road_state(fleet.network, "x", ScenarioTable(close_roads=["G1"]), "f")
    closed = fleet.under(found)
    for name, drive in closed.drives.items():
        assert np.isinf(drive.network.forward_s[list(found.closed)]).all()
        reached = travel_matrix(drive.routing, place((2, 0.5)), place((0, 0.5), (1, 0.5)))
        assert np.isinf(reached[0, 0])
        assert np.isfinite(reached[0, 1])
        assert drive.terrain is fleet.drives[name].terrain


def some_edges(data, network, most=4):
    edges = st.sets(st.integers(0, network.edge_count - 1), min_size=1, max_size=most)
    return sorted(data.draw(edges))


@settings(max_examples=40)
@given(st.data())
def test_closing_equals_taking_the_roads_away(data):
    network = data.draw(random_networks())
    stations, places = data.draw(positions_on(network)), data.draw(positions_on(network))
    closed = some_edges(data, network)
    fleet = fleet_of(drive_of(network, "engine")).under(RoadState(closed=tuple(closed)))
    kept = np.setdiff1d(np.arange(network.edge_count), closed)
    number = np.full(network.edge_count, -1)
    number[kept] = np.arange(len(kept))

    def renumbered(at: Positions) -> Positions:
        return Positions(number[at.edge], at.fraction, at.access_m)

    without = travel_matrix(
        routing_graph(take_edges(network, kept)), renumbered(stations), renumbered(places)
    )
    assert times(fleet, stations, places) == pytest.approx(without, abs=1e-9)


@settings(max_examples=40)
@given(st.data())
def test_closing_with_turn_costs_equals_a_twin_that_never_drives_there(data):
    network = data.draw(random_networks())
    stations, places = data.draw(positions_on(network)), data.draw(positions_on(network))
    closed = some_edges(data, network)
    fleet = fleet_of(drive_of(network, "engine", COSTS))
    open_turns = fleet.drives["engine"].turns
    shut = fleet.under(RoadState(closed=tuple(closed)))
    expected = twin_with_turns(shut.network, open_turns, stations, places)
    assert times(shut, stations, places) == pytest.approx(expected, abs=1e-6)


@settings(max_examples=40)
@given(st.data())
def test_closing_more_roads_or_driving_slower_never_brings_anything_nearer(data):
    fleet = data.draw(random_fleets())
    network = fleet.network
    stations, places = data.draw(positions_on(network)), data.draw(positions_on(network))
    some = some_edges(data, network)
    more = sorted({*some, *some_edges(data, network)})
    before = None
    for found in (
        RoadState(),
        RoadState(closed=tuple(some)),
        RoadState(closed=tuple(more)),
        RoadState(closed=tuple(more), class_factors=(("residential", 0.7),)),
        RoadState(closed=tuple(more), speed_factor=0.5, class_factors=(("residential", 0.7),)),
    ):
        under = fleet.under(found)
        now = {
            name: travel_matrix(drive.routing, stations, places)
            for name, drive in under.drives.items()
        }
        for name in now if before else ():
            assert (now[name] >= before[name] - 1e-9).all()
        before = now

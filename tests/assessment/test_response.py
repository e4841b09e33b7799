import numpy as np
import pytest

from firecover.analysis.ground import study_fleet
from firecover.analysis.place import place_response
from firecover.assessment.response import who_comes
from firecover.assessment.service import facilities, in_service
from firecover.errors import StudyError
from firecover.layers import read_layers
from firecover.network.road_state import RoadState
from firecover.study import load_study
from support.layers_files import STATIONS, VILLAGES, at, degrees, write_points_csv, write_study

#: Township roads of the small study, metres a second.
ROAD_MS = 30 / 3.6
WALK_MS = 4 / 3.6


def lon_lat(x_m, y_m):
    lon, lat = degrees(x_m, y_m)
    return f"{lon:.9f},{lat:.9f}"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("who")
    closed = {"open": ["c1"], "close": ["s1"]}
    file = write_study(folder, travel={"turn_costs": False}, scenarios={"plan": closed})
    write_points_csv(
        folder / "stations.csv",
        [
            {"id": "s1", "name": "城区站", "turnout_s": 60, "at": STATIONS["s1"]},
            {"id": "s2", "name": "东镇专职队", "turnout_s": 90, "at": STATIONS["s2"]},
            {"id": "s3", "name": "remote", "turnout_s": 60, "at": (50, 50)},
            {"id": "s4", "name": "nowhere", "turnout_s": 60},
        ],
    )
    return load_study(file)


@pytest.fixture(scope="module")
def layers(study):
    return read_layers(study)


def ask(study, layers, text, **options):
    return place_response(study, layers, text, **options)[1]


def test_who_comes_along_one_road_is_worked_out_by_hand(study, layers):
    # 700 m up the street that the town station stands on, x = 2500 m; 20 m beside it
    response = ask(study, layers, lon_lat(2520, 3200))
    first, second = response.coming
    assert (first.rank, first.id, first.name, first.vehicle) == (1, "s1", "城区站", "engine")
    assert (first.turnout_s, first.station_s) == (60, 0)
    assert first.drive_s == pytest.approx(700 / ROAD_MS, abs=0.01)
    assert first.off_road_m == pytest.approx(20, abs=1e-3)
    assert first.walk_s == pytest.approx(20 / WALK_MS, abs=0.01)
    assert first.arrival_s == pytest.approx(60 + 84 + 18, abs=0.01)
    assert first.path.names == ("Road 13",)
    assert first.path.length_m == pytest.approx(700, abs=1e-3)
    assert first.path.line.coords[0] == pytest.approx(at(*STATIONS["s1"]), abs=1e-3)
    assert first.path.line.coords[-1] == pytest.approx(at(2500, 3200), abs=1e-3)
    # the squad comes the other way, 9300 m, part of it on the faster roads in the middle
    assert (second.rank, second.id) == (2, "s2")
    assert second.path.length_m == pytest.approx(9300, abs=1e-3)
    assert second.drive_s < 9300 / ROAD_MS


def test_every_arrival_adds_up_and_its_path_takes_its_drive(study, layers):
    for village in VILLAGES:
        response = ask(study, layers, village)
        assert [each.rank for each in response.coming] == [1, 2]
        arrivals = [each.arrival_s for each in response.coming]
        assert arrivals == sorted(arrivals)
        for each in response.coming:
            parts = each.turnout_s + each.station_s + each.drive_s + each.walk_s
            assert each.arrival_s == pytest.approx(parts, abs=1e-9)
            assert each.path.seconds == pytest.approx(each.drive_s, abs=1e-6)


def test_who_does_not_come_is_told_with_the_reason(study, layers):
    absent = {each.id: each for each in ask(study, layers, "v1").absent}
    assert {each.id: each.reason for each in absent.values()} == {
        "s3": "station_off_road",
        "s4": "no_position",
    }
    assert absent["s3"].distance_m == pytest.approx(np.hypot(450, 450), abs=0.01)
    plan = ask(study, layers, "v1", scenario="plan")
    assert {each.id for each in plan.coming} == {"c1", "s2"}
    assert {each.id: each.reason for each in plan.absent}["s1"] == "not_in_service"


def test_a_place_too_far_off_the_road_is_told_with_its_distance(study, layers):
    response = ask(study, layers, lon_lat(-3000, 4500))  # villages may lie 3000 m off
    assert response.coming == ()
    reasons = {each.id: (each.reason, each.distance_m) for each in response.absent}
    assert reasons["s1"] == ("too_far_from_road", pytest.approx(3500, abs=0.01))
    near = ask(study, layers, lon_lat(-2000, 4500))
    assert near.coming[0].walk_s == pytest.approx(2500 / WALK_MS, abs=0.1)


def test_only_the_first_units_are_traced(study, layers):
    first, second = ask(study, layers, "v1", units=1).coming
    assert first.path is not None
    assert second.path is None


def test_a_slower_scenario_takes_longer_on_the_road_only(study, layers):
    fleet = study_fleet(study, layers)
    who = facilities(study, layers, fleet)
    serves = in_service(who, "baseline", study.scenarios["baseline"], "study.toml")
    asked = {"serves": serves, "limit_m": 3000.0, "speed_kmh": 4.0}
    slowed = fleet.under(RoadState(speed_factor=0.5))
    usual, slow = (
        who_comes(each, who, at(2520, 3200), **asked).coming[0] for each in (fleet, slowed)
    )
    assert slow.drive_s == pytest.approx(2 * usual.drive_s)
    assert (slow.turnout_s, slow.walk_s) == (usual.turnout_s, usual.walk_s)


def told(study, layers, text, **options):
    with pytest.raises(StudyError) as error:
        place_response(study, layers, text, **options)
    return str(error.value)


def test_a_village_is_found_by_id_and_by_either_name(study, layers):
    asked = [place_response(study, layers, text)[0] for text in ("v2", "v2村", "village V2")]
    assert {place.name for place in asked} == {"v2村 (v2)"}
    assert asked[0].xy == pytest.approx(at(*VILLAGES["v2"]), abs=1e-3)


def test_an_unknown_place_is_told_with_those_that_are_near(study, layers):
    message = told(study, layers, "v5村")
    assert "villages.csv" in message
    assert "v1村 (v1)" in message
    assert "longitude,latitude" in told(study, layers, "nothing like it")
    assert "not on the Earth" in told(study, layers, "28.9,108.8")
    assert "plan" in told(study, layers, "v1", scenario="plann")


def test_a_name_that_several_have_is_asked_for_by_id(tmp_path):
    file = write_study(tmp_path)
    rows = [
        {"id": "a", "name": "大溪", "at": (1000, 1000)},
        {"id": "b", "name": "大溪", "at": (9000, 1000)},
    ]
    write_points_csv(tmp_path / "villages.csv", rows)
    study = load_study(file)
    message = told(study, read_layers(study), "大溪")
    assert "2 villages" in message
    assert "a, b" in message


def test_without_villages_a_point_can_still_be_asked_for(tmp_path):
    study = load_study(write_study(tmp_path, layers={"villages": None}))
    layers = read_layers(study)
    assert "give longitude,latitude" in told(study, layers, "v1")
    assert ask(study, layers, lon_lat(2520, 3200)).coming[0].id == "s1"

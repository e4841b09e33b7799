"""What a vehicle can pass, how fast, and what stops it at points."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from firecover.layers.model import points_table, restrictions_table
from firecover.layers.osm import read_osm
from firecover.network.vehicle import (
    CLOSED_REASONS,
    SPEED_REASONS,
    allowed_directions,
    base_speed,
    blocked_vertices,
    carriageway_m,
    passable,
    restrictions_for,
    urban_edges,
    vehicle_report,
)
from firecover.standards import vehicles
from firecover.study import LayerTable

REAL = Path(__file__).parents[2] / "../shared/data/real/roads"
ENGINE, LIGHT, MOTORCYCLE = vehicles().values()
DEFAULTS = {
    "source_id": "1",
    "road_class": "tertiary",
    "oneway": 0,
    "maxspeed_kmh": math.nan,
    "bridge": False,
    "tunnel": False,
    "lanes": math.nan,
    "width_m": math.nan,
    "surface": "",
    "tracktype": "",
    "smoothness": "",
    "maxweight_t": math.nan,
    "maxheight_m": math.nan,
    "maxwidth_m": math.nan,
    "access": "",
    "ford": False,
}


def edges(*rows):
    return pd.DataFrame([DEFAULTS | row for row in rows])


def why_closed(vehicle, **row):
    ok, reason = passable(edges(row), vehicle)
    assert ok[0] == (not reason[0])
    return str(reason[0])


def speed(vehicle, *, urban=False, overrides=None, use_maxspeed=True, **row):
    kmh, reason = base_speed(
        edges(row), vehicle, np.array([urban]), overrides, use_maxspeed=use_maxspeed
    )
    return float(kmh[0]), str(reason[0])


# --- passing -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "engine", "light", "motorcycle"),
    [
        ({}, "", "", ""),
        ({"access": "no"}, "closed", "closed", "closed"),
        ({"access": "private"}, "", "", ""),
        ({"access": "emergency"}, "", "", ""),
        ({"maxweight_t": 16.0}, "", "", ""),
        ({"maxweight_t": 15.9}, "weak_road", "", ""),
        ({"maxweight_t": 5.0, "bridge": True}, "weak_bridge", "weak_bridge", ""),
        ({"maxheight_m": 3.5}, "", "", ""),
        ({"maxheight_m": 3.4, "tunnel": True}, "low", "", ""),
        ({"maxheight_m": 1.7}, "low", "low", "low"),
        ({"maxwidth_m": 2.5}, "", "", ""),
        ({"maxwidth_m": 2.3}, "width_limit", "", ""),
        ({"width_m": 3.0}, "", "", ""),
        ({"width_m": 2.9}, "narrow", "", ""),
        ({"width_m": 1.3}, "narrow", "narrow", ""),
        ({"lanes": 1.0, "road_class": "track"}, "", "", ""),  # one lane of 3.0 m
        ({"ford": True}, "ford", "ford", "ford"),
        ({"surface": "mud"}, "surface", "", ""),
        ({"surface": "asphalt;mud"}, "surface", "", ""),
        ({"surface": "moon dust"}, "", "", ""),
        ({"tracktype": "grade5"}, "tracktype", "", ""),
        ({"tracktype": "grade4"}, "", "", ""),
        ({"smoothness": "horrible"}, "smoothness", "", ""),
        ({"smoothness": "impassable"}, "smoothness", "smoothness", "smoothness"),
        ({"smoothness": "impassable", "access": "no"}, "closed", "closed", "closed"),
    ],
)
def test_what_stops_whom(row, engine, light, motorcycle):
    assert why_closed(ENGINE, **row) == engine
    assert why_closed(LIGHT, **row) == light
    assert why_closed(MOTORCYCLE, **row) == motorcycle


def test_a_wider_vehicle_is_stopped_by_the_number_of_lanes():
    crane = replace(ENGINE, minimum_width_m=3.2)
    assert why_closed(crane, lanes=1.0, road_class="track") == "narrow"
    assert why_closed(crane, lanes=1.0, road_class="primary") == ""  # a lane of 3.5 m
    assert why_closed(crane, lanes=1.0, road_class="track", width_m=4.0) == ""
    assert why_closed(replace(ENGINE, wades=True), ford=True) == ""


def test_widths_come_from_lanes_only_where_none_is_given():
    table = edges(
        {"lanes": 2.0, "road_class": "primary"},
        {"lanes": 2.0, "width_m": 5.0},
        {"lanes": 0.0},
        {"width_m": 0.0, "lanes": 1.0, "road_class": "unclassified"},
        {},
    )
    expected = [7.0, 5.0, math.nan, 3.0, math.nan]
    np.testing.assert_array_equal(carriageway_m(table, ENGINE), expected)


def test_columns_of_which_nothing_is_known_stop_and_slow_nobody():
    bare = pd.DataFrame({"road_class": ["secondary", "track"]})
    assert passable(bare, ENGINE)[0].all()
    kmh, reason = base_speed(bare, ENGINE, np.array([True, False]))
    assert kmh.tolist() == [35.0, 12.0]
    assert reason.tolist() == ["class_urban", "class_rural"]
    assert vehicle_report(bare, np.ones(2), ENGINE) == ()
    none = edges({}).iloc[:0]
    assert passable(none, ENGINE)[0].shape == base_speed(none, ENGINE, np.zeros(0, bool))[0].shape


# --- speed ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "kmh", "reason"),
    [
        ({"road_class": "primary"}, 50, "class_rural"),
        ({"road_class": "primary", "urban": True}, 40, "class_urban"),
        ({"road_class": "primary", "overrides": {"primary": 33}}, 33, "class_study"),
        ({"road_class": "primary", "overrides": {"trunk": 33}}, 50, "class_rural"),
        ({"road_class": "primary", "maxspeed_kmh": 30.0}, 30, "maxspeed"),
        ({"road_class": "primary", "maxspeed_kmh": 90.0}, 50, "class_rural"),
        ({"road_class": "primary", "maxspeed_kmh": 50.0}, 50, "class_rural"),
        ({"road_class": "primary", "maxspeed_kmh": 30.0, "use_maxspeed": False}, 50, "class_rural"),
        # 50 × 0.7; of surface 0.7 and smoothness 0.4 the worse; limit and surface multiply.
        ({"road_class": "primary", "surface": "gravel"}, 35, "surface"),
        (
            {"road_class": "primary", "surface": "gravel", "smoothness": "very_bad"},
            20,
            "smoothness",
        ),
        ({"road_class": "primary", "surface": "gravel", "maxspeed_kmh": 20.0}, 14, "maxspeed"),
        ({"road_class": "primary", "surface": "paved;cobblestone"}, 37.5, "surface"),
        ({"road_class": "unclassified", "tracktype": "grade2"}, 16, "tracktype"),
        # A track's 12 km/h is for grade 3 (0.6): better is not faster, worse is 0.4 / 0.6.
        ({"road_class": "track", "tracktype": "grade1"}, 12, "class_rural"),
        ({"road_class": "track", "tracktype": "grade3"}, 12, "class_rural"),
        ({"road_class": "track", "tracktype": "grade4"}, 8, "tracktype"),
        ({"road_class": "tertiary", "width_m": 3.2}, 21, "narrow"),  # 30 × 0.7
        ({"road_class": "tertiary", "lanes": 1.0}, 21, "narrow"),  # a lane of 3.25 m
        ({"road_class": "tertiary", "width_m": 3.5}, 30, "class_rural"),
        ({"road_class": "tertiary", "tracktype": "grade5"}, 0, "tracktype"),
    ],
)
def test_speed_of_an_engine(row, kmh, reason):
    found = speed(ENGINE, **row)
    assert found == (pytest.approx(kmh), reason)


TEXTS = {
    "surface": st.sampled_from(["", "odd", "asphalt;mud", *ENGINE.surface]),
    "tracktype": st.sampled_from(["", *ENGINE.tracktype]),
    "smoothness": st.sampled_from(["", *ENGINE.smoothness]),
    "access": st.sampled_from(["", "no", "private", "emergency"]),
}
SIZES = {
    name: st.just(math.nan) | st.floats(0.5, most, allow_nan=False)
    for name, most in {
        "maxweight_t": 40,
        "maxheight_m": 5,
        "maxwidth_m": 4,
        "width_m": 8,
        "maxspeed_kmh": 120,
    }.items()
} | {"lanes": st.just(math.nan) | st.sampled_from([1.0, 2.0])}
ROWS = st.fixed_dictionaries(
    {"road_class": st.sampled_from(list(ENGINE.speed_kmh)), "ford": st.booleans()} | TEXTS | SIZES
)


@given(ROWS, st.booleans())
def test_a_smaller_vehicle_passes_wherever_a_larger_one_does_and_no_slower(row, urban):
    for large, small in pairwise((ENGINE, LIGHT, MOTORCYCLE)):
        if not why_closed(large, **row):
            assert not why_closed(small, **row)
        assert speed(small, urban=urban, **row)[0] >= speed(large, urban=urban, **row)[0] - 1e-9


@given(ROWS, st.booleans(), st.sampled_from(list(vehicles().values())))
def test_speed_stays_below_the_class_and_is_positive_where_one_can_pass(row, urban, vehicle):
    kmh, reason = speed(vehicle, urban=urban, **row)
    of_class = vehicle.speed_kmh[row["road_class"]]
    assert kmh <= (of_class.urban if urban else of_class.rural)
    assert reason in SPEED_REASONS
    if not why_closed(vehicle, **row):
        assert kmh > 0
    else:
        assert why_closed(vehicle, **row) in CLOSED_REASONS


@given(ROWS, ROWS, st.sampled_from([*TEXTS, *SIZES, "ford"]))
def test_a_limit_that_is_added_never_speeds_up_and_never_opens(row, other, name):
    unknown = row | {name: DEFAULTS[name]}
    known = row | {name: other[name]}
    if name == "width_m" and not math.isnan(row["lanes"]):
        return  # a width that is known takes the place of one guessed by lanes
    if why_closed(ENGINE, **unknown):
        assert why_closed(ENGINE, **known)
    assert speed(ENGINE, **known)[0] <= speed(ENGINE, **unknown)[0]


# --- directions and areas ------------------------------------------------------------------


def test_directions():
    table = edges(
        {"oneway": 0},
        {"oneway": 1},
        {"oneway": -1},
        {"oneway": 1, "road_class": "motorway"},
        {"oneway": 1, "road_class": "motorway_link"},
    )

    def told(**keys):
        return [side.tolist() for side in allowed_directions(table, **keys)]

    assert told() == [[True, True, False, True, True], [True, False, True, False, False]]
    assert told(ignore_oneway=True) == [[True] * 5, [True, True, True, False, False]]
    last = np.array([True, False, True, True, True])
    assert told(ignore_oneway=True, where=last) == [
        [True, True, True, True, True],
        [True, False, True, False, False],
    ]
    assert told(where=last) == told()


def test_edges_are_urban_by_half_of_their_length():
    lines = shapely.linestrings(
        [
            [(0, 5), (20, 5)],  # half inside
            [(0, 5), (20.1, 5)],  # a little less
            [(2, 2), (8, 8)],
            [(30, 0), (40, 0)],
            [(-20, 5), (20, 5)],  # a quarter in one area, a quarter in the other
            [(5, -30), (5, 12)],
        ]
    )
    one, other = shapely.box(0, 0, 10, 10), shapely.box(-15, 0, -5, 10)
    overlapping = shapely.box(1, 1, 9, 12)
    areas = [one, other, overlapping, None, shapely.Polygon()]
    assert urban_edges(lines, areas).tolist() == [True, False, True, False, True, False]
    assert not urban_edges(lines, []).any()
    assert urban_edges(lines[:0], areas).shape == (0,)


@given(st.integers(0, 2**32 - 1))
def test_urban_edges_agree_with_one_by_one(seed):
    rng = np.random.default_rng(seed)
    lines = shapely.linestrings(rng.uniform(0, 100, (12, 3, 2)))
    corner = rng.uniform(0, 80, (5, 2))
    areas = shapely.box(*corner.T, *(corner + rng.uniform(5, 50, (5, 2))).T)
    union = shapely.union_all(areas)
    expected = [line.intersection(union).length >= 0.5 * line.length for line in lines]
    assert urban_edges(lines, areas).tolist() == expected


# --- points and turns ----------------------------------------------------------------------


def at_point(vehicle, **point):
    blank = {"kind": "barrier", "barrier": "", "access": "", "maxwidth_m": math.nan}
    table = points_table([{"vertex_id": 7, "locked": False} | blank | point])
    (found,) = blocked_vertices(table, vehicle).itertuples()
    assert found.blocked == (found.reason != "")
    return found.reason or found.delay_s


@pytest.mark.parametrize(
    ("point", "engine", "motorcycle"),
    [
        ({"kind": "signals"}, 5, 5),
        ({"kind": "stop"}, 2, 2),
        ({"kind": "crossing"}, 0, 0),
        ({"barrier": "gate"}, 15, 10),
        ({"barrier": "gate", "access": "private"}, 15, 10),
        ({"barrier": "gate", "locked": True}, 60, 55),
        ({"barrier": "gate", "access": "no"}, "closed", "closed"),
        ({"barrier": "lift_gate"}, 8, 5),
        ({"barrier": "bollard"}, "barrier", 3),
        ({"barrier": "block"}, "barrier", 3),
        ({"barrier": "bollard", "access": "emergency"}, 20, 3),
        ({"barrier": "bollard", "access": "emergency", "locked": True}, 65, 48),
        ({"barrier": "bollard", "access": "private"}, "barrier", 3),
        ({"barrier": "bollard", "maxwidth_m": 2.2}, "width_limit", 3),
        ({"barrier": "bollard", "maxwidth_m": 2.6}, 20, 3),
        ({"barrier": "jersey_barrier"}, "barrier", "barrier"),
        ({"barrier": "height_restrictor"}, 0, 0),
        ({"barrier": "ford"}, "ford", "ford"),
    ],
)
def test_points(point, engine, motorcycle):
    assert at_point(ENGINE, **point) == engine
    assert at_point(MOTORCYCLE, **point) == motorcycle


def test_several_things_at_one_vertex():
    rows = [
        {"vertex_id": 9, "kind": "signals"},
        {"vertex_id": 9, "kind": "barrier", "barrier": "gate"},
        {"vertex_id": 3, "kind": "signals"},
        {"vertex_id": 3, "kind": "barrier", "barrier": "bollard"},
    ]
    blank = {"barrier": "", "access": "", "maxwidth_m": math.nan, "locked": False}
    found = blocked_vertices(points_table([blank | row for row in rows]), ENGINE)
    assert found.to_dict("list") == {
        "vertex_id": [3, 9],
        "blocked": [True, False],
        "delay_s": [0.0, 20.0],
        "reason": ["barrier", ""],
    }
    none = blocked_vertices(points_table(), ENGINE)
    assert none.dtypes.astype(str).to_dict() == found.dtypes.astype(str).to_dict()
    assert len(none) == 0


def test_restrictions_for_an_emergency_run():
    rows = [
        {"source_id": "a", "except_emergency": False, "only_for": ""},
        {"source_id": "b", "except_emergency": True, "only_for": ""},
        {"source_id": "c", "except_emergency": False, "only_for": "hgv"},
    ]
    blank = {"from_way": 0, "via_vertex": 1, "to_way": 2, "kind": "no"}
    table = restrictions_table([blank | row for row in rows])

    def kept(vehicle, **keys):
        return restrictions_for(table, vehicle, **keys)["source_id"].tolist()

    assert kept(ENGINE) == ["a", "c"]
    assert kept(MOTORCYCLE) == ["a"]
    assert kept(ENGINE, ignore_restrictions=True) == []
    assert len(restrictions_for(restrictions_table(), ENGINE)) == 0


# --- report --------------------------------------------------------------------------------


def test_the_report_says_how_much_road_is_closed_and_why():
    table = edges(
        {"source_id": "10", "maxweight_t": 8.0, "bridge": True},
        {"source_id": "11", "width_m": 2.0},
        {"source_id": "11", "width_m": 2.0},
        {"source_id": "12"},
    )
    vertices = pd.DataFrame(
        {
            "vertex_id": [5, 6, 7],
            "blocked": [True, False, True],
            "delay_s": [0.0, 15.0, 0.0],
            "reason": ["barrier", "", "barrier"],
        }
    )
    length_m = np.array([100.0, 30.0, 40.0, 500.0])
    weak, narrow, points = vehicle_report(table, length_m, ENGINE, vertices=vertices)
    assert weak.en == "roads closed to the fire engine: bridge too weak"
    assert weak.zh == "消防车不能通行的道路：桥梁限重不足"
    assert (weak.layer, weak.action, weak.count, weak.length_m) == ("roads", "left out", 1, 100.0)
    assert (narrow.count, narrow.rows, narrow.length_m) == (1, ("11",), 70.0)
    assert points.en == "points closed to the fire engine: fixed barrier"
    assert (points.count, points.rows, points.length_m) == (2, ("5", "7"), None)
    assert vehicle_report(table, length_m, LIGHT)[0].en.startswith("roads closed to the light")
    assert vehicle_report(table, length_m, MOTORCYCLE) == ()


@pytest.mark.skipif(not REAL.is_dir(), reason="the real extracts are not here")
@pytest.mark.parametrize(
    ("name", "crs", "closed_km"),
    [
        # As measured on the sphere from the tags alone, apart from ways that stop an engine
        # for two reasons, and those with access=no, which are not read at all.
        ("andorra.osm.pbf", 25831, {"closed": 0.34, "weak_road": 1.53, "tracktype": 1.22}),
        (
            "north-bayreuth.osm.gz",
            25832,
            {"tracktype": 67.33, "weak_road": 2.76, "closed": 2.13, "surface": 0.99},
        ),
        ("helsinki.osm.pbf", 3067, {"weak_road": 0.71, "closed": 0.65, "low": 0.08}),
    ],
)
def test_real_roads_closed_to_an_engine(name, crs, closed_km):
    table = LayerTable(path=name, provenance={"kind": "observed", "source": "Test"})
    roads = read_osm(REAL / name, table, f"EPSG:{crs}")
    way = np.repeat(np.arange(len(roads.attributes)), np.diff(roads.way_start))
    length_m = shapely.length(shapely.linestrings(roads.xy, indices=way))
    total = {}
    for vehicle in (ENGINE, LIGHT, MOTORCYCLE):
        ok, reason = passable(roads.attributes, vehicle)
        kmh, _ = base_speed(roads.attributes, vehicle, np.zeros(len(ok), dtype=bool))
        assert (kmh[ok] > 0).all()
        total[vehicle.id] = length_m[~ok].sum()
        if vehicle is ENGINE:
            found = {code: length_m[reason == code].sum() / 1000 for code in closed_km}
            assert found == pytest.approx(closed_km, abs=0.006)
            # Lengths of the report are the same, and nothing is counted twice.
            notes = vehicle_report(roads.attributes, length_m, vehicle)
            assert sum(note.length_m for note in notes) == pytest.approx(total[vehicle.id])
    assert total["engine"] >= total["light_pumper"] >= total["motorcycle"] > 0
    assert total["engine"] < 0.2 * length_m.sum()

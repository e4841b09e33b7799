"""Speeds capped by bends and grades, and the times that come of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firecover.network.terrain import (
    CLASS,
    CURVE,
    GRADE,
    VehiclePhysics,
    curve_cap_kmh,
    edge_times,
    grade_cap_kmh,
    road_shape,
)
from firecover.network.terrain_summary import terrain_notes, terrain_summary
from support.networks import network_of, random_networks
from support.terrain import arc, plane, road_of, terrain_of

ENGINE = VehiclePhysics()


def times_of(network, dem, speed_kmh, vehicle=ENGINE):
    speeds = np.broadcast_to(np.asarray(speed_kmh, dtype=float), (network.edge_count,))
    return edge_times(road_shape(network, dem), speeds, vehicle)


def test_curve_caps_of_the_standards_table():
    caps = curve_cap_kmh(np.array([15.0, 30, 60, 100, np.inf]), ENGINE)
    assert np.round(caps[:4]).tolist() == [20, 28, 39, 50]
    assert np.isinf(caps[4])


def test_grade_caps_of_the_standards_table():
    caps = grade_cap_kmh(np.array([0.04, 0.06, 0.08, 0.10, 0.12]), ENGINE)
    assert np.round(caps).tolist() == [74, 55, 43, 36, 30]


def test_downhill_there_is_no_cap_but_of_the_brakes():
    down = np.array([-0.015, -0.05, -0.25])
    assert np.isinf(grade_cap_kmh(down, ENGINE)).all()
    braked = grade_cap_kmh(down, VehiclePhysics(braking_kw=200))
    assert np.isinf(braked[0])
    # 200 kW / (16 t · 9.81 · (0.05 - 0.015)) = 36.4 m/s.
    np.testing.assert_allclose(braked[1:] / 3.6, [36.406, 5.422], rtol=1e-4)
    assert np.isinf(grade_cap_kmh(np.array([-0.015]), VehiclePhysics(braking_kw=200)))


def test_a_ramp_by_hand():
    network = road_of((0, 0), (1200, 0))
    times = times_of(network, plane(east=0.08), 60)
    up_m_s = 0.85 * 210 / (16 * 9.81 * (0.08 + 0.015))
    forward = network.node_xy[network.tail[0], 0] == 0
    up, down = (times.forward, times.backward) if forward else (times.backward, times.forward)
    assert up.seconds[0] == pytest.approx(1200 / up_m_s, rel=1e-6)
    assert down.seconds[0] == pytest.approx(72)
    assert times.flat_s[0] == pytest.approx(72)
    assert (up.reason[0], down.reason[0]) == (GRADE, CLASS)
    assert up.grade_m[0] == pytest.approx(1200)
    assert up.grade_lost_s[0] == pytest.approx(1200 / up_m_s - 72, rel=1e-6)
    assert (up.curve_m[0], down.grade_m[0]) == (0, 0)
    shape = road_shape(network, plane(east=0.08))
    assert {round(float(s[0]), 6) for s in (shape.steepest_up, shape.steepest_down)} == {0.08, 0}


def test_a_bend_by_hand():
    network = road_of(*arc(30, 270, 60))
    times = times_of(network, None, 40)
    bend_m_s = np.sqrt(9.81 * 30 * 0.2)
    for drive in (times.forward, times.backward):
        assert drive.seconds[0] == pytest.approx(network.length_m[0] / bend_m_s, rel=0.03)
        assert drive.reason[0] == CURVE
        assert drive.curve_m[0] == pytest.approx(network.length_m[0])
    assert road_shape(network, None).smallest_radius_m[0] == pytest.approx(30, rel=0.05)
    slow = times_of(network, None, 20)
    np.testing.assert_array_equal(slow.forward_s, slow.flat_s)
    assert slow.forward.reason[0] == CLASS


def test_the_reason_is_what_most_time_passes_under():
    # 900 m straight at 40 km/h take 81 s, the hairpin of R = 12 m at 17.5 km/h about 8 s.
    straight = [(-900.0, 0.0), (0.0, 0.0)]
    hairpin = arc(12, 180, 30)[1:]
    far = [(-900.0, 24.0)]
    long = times_of(road_of(*straight, *hairpin), None, 40)
    assert long.forward.reason[0] == CLASS
    assert long.forward.curve_lost_s[0] > 2
    steep = times_of(road_of(*straight, *hairpin, *far), plane(north=0.2), 40)
    assert steep.forward.reason[0] == CLASS
    bends = times_of(road_of(*arc(12, 180, 30)), None, 40)
    assert bends.forward.reason[0] == CURVE


def test_the_stricter_of_bend_and_grade_counts():
    network = road_of(*arc(200, 90, 60))
    # R = 200 m allows 71 km/h, 20 % up 19 km/h.
    times = times_of(network, terrain_of(lambda x, y: 0.2 * (x + y)), 80)
    assert GRADE in (times.forward.reason[0], times.backward.reason[0])
    assert CURVE in (times.forward.reason[0], times.backward.reason[0])


@given(
    network=random_networks(),
    speed_kmh=st.floats(5, 100),
    faster=st.floats(0, 60),
    relief_m=st.floats(0, 60),
)
def test_never_faster_than_flat_and_never_slower_for_a_faster_road(
    network, speed_kmh, faster, relief_m
):
    dem = terrain_of(lambda x, y: relief_m * np.sin(x / 150) * np.cos(y / 130))
    shape = road_shape(network, dem)
    speeds = np.full(network.edge_count, speed_kmh)
    slow, fast = (edge_times(shape, speeds + more, ENGINE) for more in (0, faster))
    for a, b in ((slow.forward, fast.forward), (slow.backward, fast.backward)):
        assert (a.seconds >= slow.flat_s).all()
        assert (b.seconds <= a.seconds * (1 + 1e-12)).all()
        assert (a.curve_m + a.grade_m <= network.length_m * (1 + 1e-9)).all()
        lost = a.curve_lost_s + a.grade_lost_s
        np.testing.assert_allclose(a.seconds, slow.flat_s + lost)
    weak = edge_times(shape, speeds, VehiclePhysics(power_kw=100))
    assert (weak.forward_s >= slow.forward_s * (1 - 1e-12)).all()


@given(network=random_networks(), speed_kmh=st.floats(5, 100))
def test_times_are_the_sum_over_the_pieces(network, speed_kmh):
    dem = terrain_of(lambda x, y: 30 * np.sin(x / 150) + 0.04 * y)
    shape = road_shape(network, dem)
    times = edge_times(shape, np.full(network.edge_count, speed_kmh), ENGINE)
    for edge in range(network.edge_count):
        for sign, found in ((1, times.forward_s[edge]), (-1, times.backward_s[edge])):
            seconds = 0.0
            for piece in range(shape.pieces.start[edge], shape.pieces.start[edge + 1]):
                slope = sign * shape.grade[piece] + 0.015
                power = 178.5 / (156.96 * slope) * 3.6 if slope > 0 else np.inf
                bend = 3.6 * np.sqrt(1.962 * shape.radius_m[piece])
                speed = min(speed_kmh, bend, power)
                seconds += shape.pieces.length_m[edge] / (speed / 3.6)
            assert found == pytest.approx(seconds, rel=1e-9)


def test_blocks_make_no_difference(monkeypatch):
    network = network_of([[(x, 0), (x + 90, 30), (x + 180, 0)] for x in range(0, 1800, 180)])[0]
    dem = terrain_of(lambda x, y: 30 * np.sin(x / 150) + 0.04 * y)
    whole = times_of(network, dem, 50)
    monkeypatch.setattr("firecover.network.pieces.BLOCK", 7)
    monkeypatch.setattr("firecover.network.elevation.BLOCK", 11)
    parts = times_of(network, dem, 50)
    np.testing.assert_allclose(whole.forward_s, parts.forward_s, rtol=1e-9)
    np.testing.assert_allclose(whole.backward.grade_m, parts.backward.grade_m)


def test_the_summary_by_hand():
    network, _ = network_of(
        [[(0, 0), (1000, 0)], [(0, 0), (0, 3000)]], oneway=np.array([0, 0], dtype=np.int8)
    )
    dem = terrain_of(lambda x, _: 0.11 * x, west=-6000, north=6000, size=400)
    shape = road_shape(network, dem)
    times = edge_times(shape, np.full(2, 60.0), ENGINE)
    summary = terrain_summary(network, shape, times)
    shares = {round(band.least, 2): band.share for band in summary.bands if band.share > 1e-6}
    assert shares == pytest.approx({0.0: 0.75, 0.1: 0.25})
    assert sum(band.share for band in summary.bands) == pytest.approx(1)
    assert summary.grade_p99 == pytest.approx(0.11, abs=1e-6)
    up_s = 1000 / (0.85 * 210 / (16 * 9.81 * 0.125))
    assert summary.slower == pytest.approx((up_s + 60 + 2 * 180) / (2 * 240), rel=1e-6)
    assert summary.slower_by_grades == pytest.approx(summary.slower - 1)
    assert summary.slower_by_curves == 0
    assert summary.grade_share == pytest.approx(1000 / 8000)
    assert (summary.length_m, summary.known_m, summary.clipped_m) == (4000, 4000, 0)
    assert terrain_notes(network, shape) == ()


def test_one_ways_count_once():
    lines = [[(0, 0), (500, 0)], [(500, 0), (500, 500), (0, 0)]]
    network, _ = network_of(lines, oneway=np.array([1, 1], dtype=np.int8))
    shape = road_shape(network, plane(east=0.12))
    times = edge_times(shape, np.full(2, 60.0), ENGINE)
    summary = terrain_summary(network, shape, times)
    assert summary.slower == pytest.approx(times.forward_s.sum() / times.flat_s.sum())


def test_without_a_terrain_there_are_bends_only():
    network = road_of(*arc(30, 90, 30))
    shape = road_shape(network, None)
    summary = terrain_summary(network, shape, edge_times(shape, np.array([50.0]), ENGINE))
    assert summary.bands == ()
    assert np.isnan(summary.grade_p99)
    assert summary.slower_by_grades == 0
    assert summary.slower_by_curves > 0.5
    assert terrain_notes(network, shape) == ()


def test_what_is_not_known_or_believed_is_told():
    network, _ = network_of([[(0, 0), (500, 0)], [(0, 0), (0, 9000)]])
    shape = road_shape(network, plane(east=0.5))
    notes = {note.action: note for note in terrain_notes(network, shape)}
    assert notes["left out"].length_m == pytest.approx(9000)
    assert notes["repaired"].length_m == pytest.approx(500)
    assert {note.count for note in notes.values()} == {1}

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firecover.outputs.report.map_labels import OFFSETS_MM, SIGN_MM, Room

EM_MM = 10 * 25.4 / 72


def test_a_name_stands_on_its_place_where_nothing_is_in_the_way():
    assert Room().place((50, 50), "钟多街道", 10) == 0.0


def test_a_name_gives_way_to_a_sign_and_to_a_name():
    room = Room()
    room.block_signs([(50, 50)])
    # 1.25 em of 10 pt are 4.4 mm: 2.6 mm below ends 1 mm above nothing of the sign
    assert room.place((50, 50), "甲", 10, (0.0, -2.6, 2.6)) == -2.6
    assert room.place((50, 50), "甲", 10, (0.0, -2.6, 2.6)) == 2.6


def test_a_sign_that_is_just_clear_moves_nothing():
    half = EM_MM / 2 + 0.3
    for distance, above in ((half + SIGN_MM + 0.01, 0.0), (half + SIGN_MM - 0.01, -2.6)):
        room = Room()
        room.block_signs([(50 + distance, 50)])
        assert room.place((50, 50), "甲", 10, (0.0, -2.6)) == above


def test_a_station_s_name_is_kept_clear_too():
    room = Room()
    room.block_name((50, 50), "酉阳县消防救援站", 6.5, 2.0)
    assert room.place((50, 53), "甲", 5.4) != 0.0


def test_where_all_is_taken_the_least_covered_offset_is_chosen():
    room = Room()
    room.taken = [(0, 0, 100, 100), (0, 0, 100, 52)]
    # what stands above 52 is covered once, all else twice
    assert room.place((50, 50), "甲", 10, (0.0, -2.6, 2.6)) == 2.6


@given(
    st.lists(st.tuples(st.floats(0, 60), st.floats(0, 60)), max_size=12),
    st.lists(st.tuples(st.floats(0, 60), st.floats(0, 60)), min_size=1, max_size=6),
)
def test_each_name_is_placed_as_offered_and_the_same_each_time(signs, places):
    def run():
        room = Room()
        room.block_signs(signs)
        return [room.place(at, "乡镇", 5.4) for at in places]

    assert run() == run()
    assert set(run()) <= set(OFFSETS_MM)


def test_names_as_wide_as_their_signs():
    room = Room()
    room.place((0, 0), "ab", 10)
    room.place((20, 0), "甲乙", 10)
    widths = [right - left for left, _, right, _ in room.taken]
    assert widths[1] - widths[0] == pytest.approx(2 * (1 - 0.56) * EM_MM)

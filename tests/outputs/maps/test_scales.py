"""The classes of the figures that a map may be coloured by."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firecover.outputs.maps.scales import (
    UNKNOWN,
    amount_scale,
    area_style,
    chance_scale,
    code_scale,
    column,
    minutes_scale,
    point_style,
    rounded_limits,
    share_scale,
    verdict_scale,
)

VALUE = column("x")
# As results.json has them: no figure has more than six digits after the point.
AMOUNTS = st.lists(st.floats(0, 60_000).map(lambda v: round(v, 6)), min_size=1, max_size=40)


def rows(values):
    return [{"x": value} for value in values]


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0, "0–20 %"), (0.19999, "0–20 %"), (0.2, "20–40 %"), (0.6, "60–80 %"), (1, "80–100 %")],
)
def test_a_share_at_a_limit_belongs_to_the_class_above(share, expected):
    scale = share_scale(VALUE)
    assert scale.labels[scale.place({"x": share})] == expected


@given(st.floats(0, 1))
def test_a_share_lies_within_what_its_class_is_called(share):
    scale = share_scale(VALUE)
    low, high = map(int, re.findall(r"\d+", scale.labels[scale.place({"x": share})]))
    assert low - 1e-6 <= share * 100 <= high + 1e-6


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_what_is_not_known_is_never_the_lowest_number(missing):
    row = {"x": missing}
    scales = [
        share_scale(VALUE),
        minutes_scale(VALUE, (5, 8, 12), "never"),
        chance_scale(VALUE, 0.95),
        amount_scale(VALUE, rows([1, 2, 3, 50, missing]), "metres"),
        amount_scale(VALUE, rows([missing]), "metres"),
        verdict_scale(column("x"), "98 %"),
        code_scale(lambda row: row["x"], {"engine": "engine"}, "none"),
    ]
    for scale in scales:
        assert scale.place(row) == len(scale.labels) - 1
        assert len(scale.labels) == len(scale.colours) == len(set(scale.colours))
        assert area_style(scale.colours[-1])["fillColor"].startswith("url(")
        assert point_style(scale.colours[-1])["fillColor"] == "#ffffff"


def test_nothing_is_not_the_same_as_not_known():
    for scale in (
        share_scale(VALUE),
        minutes_scale(VALUE, (5, 8), "never"),
        chance_scale(VALUE, 0.95),
        amount_scale(VALUE, rows([0, 1, 2, 3, 4, 5]), "pieces", whole=True),
    ):
        assert scale.place({"x": 0}) < len(scale.labels) - 1


@pytest.mark.parametrize(
    ("seconds", "expected"), [(300, 0), (300.1, 1), (480, 1), (719, 2), (721, 3), (None, 4)]
)
def test_minutes_fall_in_the_bands(seconds, expected):
    scale = minutes_scale(VALUE, (5, 8, 12), "never")
    assert scale.place({"x": seconds}) == expected
    assert scale.labels[3] == ("超过 12 分钟", "later than 12 min")


@pytest.mark.parametrize(
    ("p", "word", "expected"),
    [
        (1, "", 0),
        (0.95, "", 0),
        (0.949, "", 1),
        (0.5, "", 1),
        (0.499, "", 2),
        (0.05, "", 3),
        (0, "", 3),
        # What was said of the exact number counts, not what its rounding would be.
        (0.95, "uncertain", 1),
        (0.9499, "sure_yes", 0),
        (0.05, "uncertain", 2),
    ],
)
def test_a_chance_is_sure_only_beyond_the_noise(p, word, expected):
    scale = chance_scale(VALUE, 0.95, lambda row: row["word"])
    assert scale.place({"x": p, "word": word}) == expected


def test_a_verdict_tells_the_value_of_its_rule():
    scale = verdict_scale(lambda row: row["x"], "98 %")
    assert [scale.place({"x": word}) for word in ("meets", "fails", "cannot_say", "")] == [
        0,
        1,
        2,
        2,
    ]
    assert scale.labels[0] == ("达标（不低于 98 %）", "meets the rule (98 % or more)")
    # In grey print, too, what fails is told from what meets: it is hatched.
    assert area_style(scale.colours[1])["fillColor"] == "url(#fc-gap)"
    assert area_style(scale.colours[0])["fillColor"].startswith("#")


def test_limits_are_round_and_near_the_quintiles():
    assert rounded_limits([float(i) for i in range(0, 1001, 10)]) == [200, 400, 600, 800]
    assert rounded_limits([3720, 5110, 9880, 22_400, 61_300, 61_300]) == [
        5000,
        10_000,
        20_000,
        60_000,
    ]
    assert rounded_limits([0, 1, 2, 3, 4, 5], whole=True) == [1, 2, 3, 4]
    assert rounded_limits([7, 7, 7]) == []
    assert rounded_limits([]) == []


@given(AMOUNTS, st.booleans())
def test_an_amount_lies_within_what_its_class_is_called(values, whole):
    values = [float(round(value)) if whole else value for value in values]
    scale = amount_scale(VALUE, rows(values), "metres", whole=whole)
    limits = rounded_limits(values, whole=whole)
    assert limits == sorted(set(limits))
    assert len(set(scale.labels)) == len(scale.labels)
    assert scale.colours[-1] == UNKNOWN
    used = set()
    for value in values:
        place = scale.place({"x": value})
        used.add(place)
        low = limits[place - 1] if place else -math.inf
        high = limits[place] if place < len(limits) else math.inf
        assert low < value + 1e-6
        assert value <= high + 1e-6
    # The classes at either end hold some place.
    assert 0 in used
    assert len(limits) in used


def test_whole_numbers_are_told_by_the_ends_of_their_class():
    values = [1, 4, 4, 4, 4, 4, 6, 6, 6, 7, 30, 216]
    scale = amount_scale(VALUE, rows(values), "pieces", whole=True)
    assert [label[1] for label in scale.labels] == ["up to 4", "5–6", "7", "over 7", "not known"]
    scale = amount_scale(VALUE, rows([1500, 9000, 12_000, 20_000, 40_000]), "people", whole=True)
    assert scale.labels[1][1] == "8,001–10,000 people"

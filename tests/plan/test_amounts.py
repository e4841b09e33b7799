"""Printed numbers as what they may stand for."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firecover.plan import PlanError, audit, read_plan
from firecover.plan.amounts import Interval, as_printed, exact, pick
from firecover.plan.declared import Selector
from support.plan_tables import FOLDER, copied, put


def test_a_printed_number_stands_for_half_of_its_last_place_either_way():
    assert as_printed(Decimal("0.12")) == Interval(Fraction(115, 1000), Fraction(125, 1000))
    assert as_printed(Decimal(132)) == Interval(Fraction(263, 2), Fraction(265, 2))
    assert as_printed(Decimal("2.80")).high == Fraction(2805, 1000)


@given(
    st.integers(1, 5000),
    st.integers(1000, 2_000_000),
    st.integers(1, 4),
)
def test_a_rounded_ratio_never_rules_out_the_denominator_it_was_made_with(count, people, places):
    exactly = Fraction(count * 10_000, people)
    printed = Decimal(round(exactly * 10**places)) / 10**places
    printed = printed.quantize(Decimal(1).scaleb(-places))
    within = as_printed(printed)
    if within.low <= 0:
        return
    back = exact(count * 10_000) / within
    assert back.low <= people <= back.high
    assert count in (within * exact(people) / exact(10_000)).whole_numbers()


@given(st.fractions(-50, 50), st.fractions(0, 5))
def test_whole_numbers_are_those_inside(low, width):
    interval = Interval(abs(low), abs(low) + width)
    inside = [n for n in range(60) if interval.low <= n <= interval.high]
    assert list(interval.whole_numbers()) == inside


def test_a_selector_without_its_row_names_the_table_and_what_was_asked():
    plan = read_plan(FOLDER)
    with pytest.raises(PlanError, match=r"facts\.csv.*no rows answer to fact_id = 'moon'"):
        pick(plan, Selector(table="facts", column="value", where={"fact_id": "moon"}))
    with pytest.raises(PlanError, match=r"37 rows"):
        pick(plan, Selector(table="recruits", column="recruits"))


def test_a_text_without_its_number_is_told_with_its_place(tmp_path):
    folder = copied(tmp_path)
    put(folder, "projects.csv", 7, "what", "招录政府专职消防员若干名。")
    with pytest.raises(PlanError, match=r"projects\.csv, row 7, key 'what'"):
        audit(read_plan(folder))

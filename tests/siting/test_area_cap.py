"""Area-capped cover: hand-worked cases, every choice and every assignment tried."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firecover.siting.area_cap import (
    area_capped_cover,
    area_capped_most,
    compliant_km2,
    jurisdictions_km2,
    make_cells,
)
from firecover.siting.sites import make_sites
from support.siting_twins import best_value, questions

calm = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
LIMIT_S = 9.0


@st.composite
def capped(draw):
    time_s, _, sites = draw(questions(most_sites=5, most_places=5))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    number, places = time_s.shape
    area = random.integers(1, 4, places) * 1.0
    cap = random.integers(2, 8, number) * 1.0
    cap[random.random(number) < 0.2] = np.nan
    return make_cells(time_s, LIMIT_S, area, cap), sites


def first_given(cells, opened):
    coming = np.where(cells.in_time, cells.time_s, np.inf)[opened]
    if not opened:
        return np.full(cells.area_km2.size, -1)
    return np.where(np.isfinite(coming.min(axis=0)), np.array(opened)[coming.argmin(axis=0)], -1)


def freely_given(cells, opened):
    """Yield every way to give cells to open sites in time, or to nobody."""
    ways = [
        [-1, *(site for site in opened if cells.in_time[site, cell])]
        for cell in range(cells.area_km2.size)
    ]
    for given_to in product(*ways):
        assigned = np.array(given_to)
        if (jurisdictions_km2(cells, assigned) <= cells.cap_km2 + 1e-9).all():
            yield assigned


def compliant(cells, opened, assignment):
    if assignment == "first":
        return compliant_km2(cells, first_given(cells, opened))
    return max(cells.area_km2[way >= 0].sum() for way in freely_given(cells, opened))


@calm
@given(capped(), st.sampled_from(["free", "first"]), st.sampled_from(["count", "cost"]))
def test_cover_is_the_best_of_all(question, assignment, by):
    cells, sites = question

    def price(opened, choice):
        kept = compliant(cells, opened, assignment) >= cells.area_km2.sum() - 1e-9
        return (len(choice) if by == "count" else sites.price(choice)) if kept else np.inf

    expected = best_value(sites, price, min)
    solution = area_capped_cover(cells, sites, assignment, by=by)
    if expected is None:
        assert solution.status == "infeasible"
        assert solution.why
        return
    assert (solution.status, solution.objective) == ("optimal", expected)
    assert sites.allows(solution.chosen.tolist())
    check_given(cells, sites, solution)
    assert (solution.assigned >= 0).all()


@calm
@given(capped(), st.sampled_from(["free", "first"]))
def test_most_is_the_best_of_all(question, assignment):
    cells, sites = question

    def worth(opened, _):
        return compliant(cells, opened, assignment)

    expected = best_value(sites, worth)
    solution = area_capped_most(cells, sites, assignment)
    if expected is None:
        assert solution.status == "infeasible"
        return
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(expected)
    if assignment == "free":
        check_given(cells, sites, solution)


def check_given(cells, sites, solution):
    """Cells are given to open sites in time, and no cap is broken."""
    opened = {*solution.chosen.tolist(), *np.flatnonzero(sites.locked).tolist()}
    for cell, site in enumerate(solution.assigned.tolist()):
        assert site == -1 or (site in opened and cells.in_time[site, cell])
    assert (jurisdictions_km2(cells, solution.assigned) <= cells.cap_km2 + 1e-6).all()


# four cells of 2 km² on a line; a standing station at the left end, candidates at 1, 2 and 3
ROAD = np.abs(np.arange(4.0)[:, None] - np.arange(4.0))


def test_who_is_given_what_makes_a_difference():
    # each may have 4 km²: two stations suffice if cells are given freely …
    cells = make_cells(ROAD, 3.0, 2.0, 4.0)
    sites = make_sites(4, locked=[0])
    assert area_capped_cover(cells, sites, "free").objective == 1
    # … and also by first arrival, but only with the third place, not with the last but one
    first = area_capped_cover(cells, sites, "first")
    assert first.objective == 1
    assert first.chosen.tolist() in ([2], [3])
    only = area_capped_cover(cells, make_sites(4, locked=[0], forbidden=[2, 3]), "first")
    assert only.status == "infeasible"
    assert [(short.lack, short.short) for short in only.why] == [("capacity", 4.0)]
    # the place next to it would have 6 km² and cannot be opened; then all 8 km² are one's
    assert only.why[0].sites.tolist() == [0, 1]
    assert area_capped_cover(cells, make_sites(4, locked=[0], forbidden=[2, 3]), "free")


def test_reasons():
    cells = make_cells(ROAD, 1.0, 2.0, 4.0)
    lost = area_capped_cover(cells, make_sites(4, forbidden=[2, 3]), "free").why
    assert [(one.lack, one.demand.tolist(), one.short) for one in lost] == [("unreached", [3], 2)]
    few = area_capped_cover(cells, make_sites(4, count=1), "first").why
    assert [(one.lack, one.short) for one in few] == [("count", 1.0)]
    dear = area_capped_cover(cells, make_sites(4, cost=3, budget=5), "free", by="cost").why
    assert [(one.lack, one.short) for one in dear] == [("budget", 1.0)]
    full = area_capped_cover(make_cells(ROAD, 9.0, 2.0, 1.0), make_sites(4), "free").why
    assert [(one.lack, one.short, one.demand.size) for one in full] == [("capacity", 4.0, 4)]


def test_no_cap_where_no_rule_says():
    cells = make_cells(ROAD, 3.0, 2.0, [np.nan, 1, 1, 1])
    assert area_capped_cover(cells, make_sites(4), "free").chosen.tolist() == [0]


def test_a_town_of_cells():
    random = np.random.default_rng(5)
    spots, places = random.random((25, 2)), random.random((1500, 2))
    time_s = 300 * np.hypot(*(spots[:, None] - places[None]).transpose(2, 0, 1)) / 0.45
    # cells of 0.01 km², those at the edge smaller
    area = np.where(random.random(1500) < 0.1, 0.01 * random.random(1500), 0.01)
    cells = make_cells(time_s, 300.0, area, 4.0)
    sites = make_sites(25, locked=[0, 1])
    free = area_capped_cover(cells, sites, "free")
    first = area_capped_cover(cells, sites, "first")
    assert free.status == first.status == "optimal"
    # whatever first arrival gives may also be given freely
    assert free.objective <= first.objective
    check_given(cells, sites, free)
    check_given(cells, sites, first)
    assert (first.assigned == first_given(cells, [0, 1, *first.chosen.tolist()])).all()


def test_a_town_too_large_for_its_sites():
    cells = make_cells(ROAD, 9.0, 2.0, [1.0, 1.0, 1.0, 3.0])
    short = area_capped_cover(cells, make_sites(4), "first").why
    assert [(one.lack, one.short, one.sites.tolist()) for one in short] == [
        ("capacity", 2.0, [0, 1, 2, 3])
    ]
    # two cells of 2 km², caps of 3 and 1: divided cells would fit, whole cells do not
    halves = make_cells(ROAD[:2, :2], 9.0, 2.0, [3.0, 1.0])
    unfit = area_capped_cover(halves, make_sites(2), "free").why
    assert [(one.lack, "whole cells" in one.what) for one in unfit] == [("capacity", True)]


def test_time_limit_tells_what_is_known():
    random = np.random.default_rng(5)
    spots, places = random.random((60, 2)), random.random((3000, 2))
    time_s = 300 * np.hypot(*(spots[:, None] - places[None]).transpose(2, 0, 1)) / 0.3
    cells = make_cells(time_s, 300.0, 0.005, 1.0)
    for assignment in ("free", "first"):
        solution = area_capped_cover(cells, make_sites(60), assignment, time_limit_s=1e-3)
        assert solution.status in {"feasible", "unknown"}
        assert solution.gap > 0
        most = area_capped_most(cells, make_sites(60, count=3), assignment, time_limit_s=0.05)
        assert most.status in {"feasible", "unknown", "optimal"}
        if most:
            assert most.bound >= most.objective

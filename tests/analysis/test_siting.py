"""Where the small study's next stations go, every figure found another way as well."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from firecover.analysis import siting_models
from firecover.analysis.ground import lay_ground
from firecover.analysis.ranking import rounded
from firecover.analysis.scenario import reach
from firecover.analysis.siting import site
from firecover.analysis.siting_answers import unbeaten
from firecover.analysis.siting_demand import Valuer, choices
from firecover.analysis.siting_draws import MOST_DRAWS, drawn
from firecover.analysis.siting_state import situation
from firecover.analysis.states import drive, state_of
from firecover.assessment.full_force import full_force
from firecover.layers import read_layers
from firecover.network.draws import draw
from firecover.pipeline import analyse
from firecover.siting.criteria import NAMES, reaching
from firecover.study import load_study
from firecover.study_siting import CRITERIA
from support.layers_files import CANDIDATES, VILLAGES, write_points_csv, write_study

RESPONSE_S, VILLAGE_S = 300, 1200
SPEED_MS = 30 / 3.6
GENERATE = {"most": 3, "spacing_m": 500, "apart_m": 900}
FULL_FORCE_MIN = 6.0
SITING = {"budget_10k_cny": 1000.0, "stations": 2, "best": 3}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("siting")


@pytest.fixture(scope="module")
def plain(folder):
    """The two sites that the study names, nothing else."""
    study = write_study(folder / "plain", travel={"turn_costs": False}, siting=SITING)
    return study, analyse(study)


@pytest.fixture(scope="module")
def grown(folder):
    """Three more sites, found beside the roads."""
    siting = SITING | {"generate": GENERATE, "full_force_min": FULL_FORCE_MIN}
    study = write_study(
        folder / "grown",
        travel={"turn_costs": False},
        siting=siting,
        assessment={"full_force_engines": 4},
    )
    return study, analyse(study)


@pytest.fixture(scope="module")
def now(grown):
    study = load_study(grown[0])
    ground = lay_ground(study, read_layers(study), lambda _: None)
    driven = drive(ground, state_of(ground, "baseline"))
    reached = reach(ground, driven, "baseline")
    return situation(ground, driven, reached)


@pytest.fixture(scope="module")
def arrivals(now):
    """When each facility, by id, comes to the places of each kind; and what these weigh."""
    who = now.driven.who
    urban = np.flatnonzero(now.sought.urban_km2 > 0)
    weight = {
        "population": now.ground.persons,
        "built_up": now.sought.urban_km2[urban],
        "villages": np.ones(len(VILLAGES)),
    }
    times_s = {kind: now.driven.times_s[kind] for kind in weight}
    times_s["built_up"] = times_s["built_up"][:, urban]
    by_id = {
        key: {kind: who.start_s[row] + each[row] for kind, each in times_s.items()}
        for row, key in enumerate(who.table["id"])
    }
    return by_id, weight


def _reached(arrivals, kind, chosen):
    """What the stations of today and some sites reach in time, counted place by place."""
    by_id, weight = arrivals
    standing = ["s1"] if kind == "built_up" else ["s1", "s2"]
    first_s = np.min([by_id[key][kind] for key in (*standing, *chosen)], axis=0)
    limit_s = VILLAGE_S if kind == "villages" else RESPONSE_S
    return float(weight[kind][first_s <= limit_s * (1 + 1e-9)].sum())


def _demand(arrivals, chosen):
    mix = {"population": 0.4, "built_up": 0.4, "villages": 0.2}
    total = {kind: float(weight.sum()) for kind, weight in arrivals[1].items()}
    return sum(
        share * _reached(arrivals, kind, chosen) / total[kind] for kind, share in mix.items()
    )


def test_the_order_of_the_named_sites_can_be_worked_out_by_hand(plain):
    _, results = plain
    table = results.candidates.set_index("id")
    # Neither is near the town in time: both gain one village, and take 2 of its 9 km² off s1,
    # whose cap is 7. Roads are driven at 30 km/h, 240 s after the turnout: 2000 m along them.
    # People stand 100 m apart, walked at 4 km/h; c2 in the west has six of them where c1 in the
    # east has four. So c2 leads by the population (0.30) and c1 by its cost (0.05); all else is
    # the same, and decides nothing.
    assert list(table["villages_gain"]) == [1, 1]
    assert list(table["built_up_gain_km2"]) == pytest.approx([0, 0])
    assert list(table["area_gain_km2"]) == pytest.approx([2, 2])
    assert table.loc["c2", "population_gain"] == pytest.approx(
        table.loc["c1", "population_gain"] * 6 / 4, rel=0.02
    )
    assert table["score"].to_dict() == pytest.approx({"c1": 0.05, "c2": 0.30})
    assert table["rank"].to_dict() == {"c1": 2, "c2": 1}
    assert table["rank_gain"].to_dict() == {"c1": 2, "c2": 1}
    assert table["cost_10k_cny"].to_dict() == {"c1": 1200, "c2": 2000}
    # the cell in the town that waits longest is nearest to s1, whoever else stands
    assert table.loc["c1", "worst_s"] == pytest.approx(table.loc["c2", "worst_s"], abs=0.01)
    same = results.ranking_figures["same_in"].split("、")
    assert set(same) == set(NAMES) - {"population_gain", "cost_10k_cny"}


def test_with_two_sites_and_one_draw_of_speeds_weights_alone_decide(folder):
    study = write_study(
        folder / "certain", travel={"turn_costs": False}, uncertainty={"draws": 0}, siting=SITING
    )
    results = analyse(study)
    figures, table = results.ranking_figures, results.candidates.set_index("id")
    assert figures["speed_draws"] == 0
    # c2 leads where the drawn weight of the population is above that of the cost
    spread, drawn_weights = 0.5, np.random.default_rng(5).dirichlet(np.ones(8), 200_000)
    weights = (1 - spread) * np.array(list(CRITERIA.values())) + spread * drawn_weights
    expected = (weights[:, NAMES.index("population_gain")] > weights[:, -1]).mean()
    assert table.loc["c2", "p_first"] == pytest.approx(expected, abs=0.03)
    assert figures["p_first_beats_second"] == pytest.approx(table.loc["c2", "p_first"])
    shares = results.rank_acceptability.pivot_table(index="id", columns="rank", values="p")
    assert shares.sum(axis=1).tolist() == pytest.approx([1, 1])
    assert shares.sum(axis=0).tolist() == pytest.approx([1, 1])


def test_nothing_drawn_nothing_said(folder):
    study = write_study(
        folder / "sure",
        uncertainty={"draws": 0},
        siting={"weight_spread": 0.0, "models": []},
    )
    results = analyse(study)
    assert results.candidates[["p_first", "rank_p05", "rank_p95"]].isna().all(axis=None)
    assert len(results.rank_acceptability) == 0
    assert results.ranking_figures["separable"] is None
    assert len(results.solutions) == 0


def test_a_draw_of_one_is_the_usual_service(now):
    usual = reaching(
        now.times_s,
        now.driven.who.start_s,
        serves=now.reached.serves,
        holds=now.reached.holds,
        candidates=now.candidates,
        would_hold=now.would_hold,
    )
    ready = drawn(now)
    classes = draw(now.ground.study.uncertainty, 1).road_time.shape[1]
    again = ready.reaching(np.ones(classes), np.ones(len(now.driven.who.table)))
    for layer in ("population", "villages", "built_up", "hydrants"):
        first, second = getattr(usual, layer), getattr(again, layer)
        np.testing.assert_allclose(second.first_s, first.first_s, rtol=1e-9)
        np.testing.assert_allclose(second.by_candidate_s, first.by_candidate_s, rtol=1e-9)
    held = np.isfinite(usual.built_up.first_s)
    assert (again.holder[held] == usual.holder[held]).all()


def test_twice_the_time_on_every_road_is_twice_the_way_of_each_site(now):
    ready = drawn(now)
    classes = draw(now.ground.study.uncertainty, 1).road_time.shape[1]
    turnout = np.ones(len(now.driven.who.table))
    once, twice = (ready.reaching(np.full(classes, f), turnout) for f in (1.0, 2.0))
    # cells take no time from the road; the study counts no turns
    start_s = now.driven.who.start_s[now.candidates][:, None]
    way_s = once.built_up.by_candidate_s - start_s
    np.testing.assert_allclose(twice.built_up.by_candidate_s - start_s, 2 * way_s, rtol=1e-9)


def test_mclp_covers_the_most_of_every_pair_of_sites(grown, arrivals):
    _, results = grown
    found = results.solutions[results.solutions["model"] == "mclp"].sort_values("order")
    sites = [*CANDIDATES, "g001", "g002", "g003"]
    pairs = sorted(combinations(sites, 2), key=lambda pair: -_demand(arrivals, pair))
    assert (found["status"] == "optimal").all()
    assert (found["gap"] == 0).all()
    for row, pair in zip(found.itertuples(), pairs, strict=False):
        chosen = row.chosen.split("、")
        assert row.objective == pytest.approx(_demand(arrivals, chosen), rel=1e-9)
        assert row.objective == pytest.approx(_demand(arrivals, pair), rel=1e-9)
        for column, kind in (
            ("population_reached", "population"),
            ("built_up_reached_km2", "built_up"),
            ("villages_reached", "villages"),
        ):
            assert getattr(row, column) == pytest.approx(_reached(arrivals, kind, chosen))
    assert len(found) == 3
    assert found["chosen"].is_unique


def test_what_lscp_chooses_covers_the_town_and_fewer_do_not(grown, arrivals):
    _, results = grown
    row = results.solutions.set_index("id").loc["lscp-1"]
    town_km2 = float(arrivals[1]["built_up"].sum())
    chosen = row["chosen"].split("、")
    assert row["status"] == "optimal"
    assert _reached(arrivals, "built_up", chosen) == pytest.approx(town_km2)
    sites = [*CANDIDATES, "g001", "g002", "g003"]
    for fewer in combinations(sites, len(chosen) - 1):
        assert _reached(arrivals, "built_up", fewer) < town_km2 - 1e-6


def test_median_and_centre_are_the_least_of_every_choice(grown, arrivals):
    _, results = grown
    by_id, weight = arrivals
    sites = [*CANDIDATES, "g001", "g002", "g003"]
    rows = results.solutions.set_index("id")
    mix = {"population": 0.4, "built_up": 0.4, "villages": 0.2}

    def first_s(kind, chosen):
        standing = ["s1"] if kind == "built_up" else ["s1", "s2"]
        return np.min([by_id[key][kind] for key in (*standing, *chosen)], axis=0)

    def mean_s(chosen):
        return sum(
            share * np.average(first_s(kind, chosen), weights=weight[kind])
            for kind, share in mix.items()
        )

    pairs = list(combinations(sites, 2))
    assert rows.loc["pmedian-1", "objective"] == pytest.approx(min(map(mean_s, pairs)), rel=1e-6)
    assert mean_s(rows.loc["pmedian-1", "chosen"].split("、")) == pytest.approx(
        rows.loc["pmedian-1", "objective"], rel=1e-6
    )
    worst = min(first_s("built_up", pair).max() for pair in pairs)
    assert rows.loc["pcenter-1", "objective"] == pytest.approx(worst)


def test_full_force_reaches_the_most_of_every_pair_of_sites(now, grown):
    """Counted by the assessment's full force, which knows nothing of covers."""
    _, results = grown
    row = results.solutions.set_index("id").loc["full-force-1"]
    who, asked = now.driven.who, now.ground.study.assessment.full_force_engines
    ids = list(who.table["id"])
    urban = np.flatnonzero(now.sought.urban_km2 > 0)
    engines = who.table["engines"].to_numpy(float)

    def reached_km2(chosen):
        serves = now.reached.serves.copy()
        serves[[ids.index(key) for key in chosen]] = True
        times_s = now.driven.times_s["built_up"][:, urban]
        complete_s = full_force(times_s, who.start_s, serves, engines, asked).seconds
        return float(now.sought.urban_km2[urban][complete_s <= FULL_FORCE_MIN * 60].sum())

    pairs = combinations([*CANDIDATES, "g001", "g002", "g003"], 2)
    best = max(map(reached_km2, pairs))
    assert best > reached_km2(())
    assert row["status"] == "optimal"
    assert row["objective"] == pytest.approx(best)
    assert reached_km2(row["chosen"].split("、")) == pytest.approx(best)
    assert f"today {reached_km2(()):.2f} km²" in row["note"]


def test_comparing_every_choice_finds_what_the_search_by_prices_finds():
    random = np.random.default_rng(4)
    for count in (1, 2, 3):
        times_s = random.uniform(50, 900, (8, 120))
        weight = random.uniform(0, 3, 120)
        plain = siting_models.median_of_all(times_s, count, weight)
        sites = siting_models.make_sites(8, locked=[0], count=count)
        proven = siting_models.p_median(times_s, sites, weight)
        assert plain.objective == pytest.approx(proven.objective)
        assert plain.chosen.tolist() == proven.chosen.tolist()
        assert plain.assigned.tolist() == proven.assigned.tolist()


@pytest.mark.parametrize("assignment", ["first", "free"])
def test_every_cell_is_given_to_one_station_in_time_within_its_cap(grown, arrivals, assignment):
    _, results = grown
    by_id, weight = arrivals
    row = results.solutions.set_index("id").loc[f"area-cap-{assignment}-1"]
    assert row["status"] == "optimal"
    chosen = row["chosen"].split("、")
    caps = {"s1": 7.0, "c1": 4.0, "c2": 7.0, "g001": 4.0, "g002": 4.0, "g003": 4.0}
    table = results.allocation
    given = table[table["solution"] == row.name]
    assert set(given["station_id"]) <= {"s1", *chosen}
    assert given["built_up_km2"].sum() == pytest.approx(weight["built_up"].sum())
    assert given["cells"].sum() == len(weight["built_up"])
    for each in given.itertuples():
        assert each.built_up_km2 <= caps[each.station_id] * (1 + 1e-6)
        assert each.minutes <= RESPONSE_S / 60
    open_ = ["s1", *chosen]
    cells_s = np.array([by_id[key]["built_up"] for key in open_])
    assert (cells_s.min(axis=0) <= RESPONSE_S).all()
    if assignment == "first":
        first = cells_s.argmin(axis=0)
        for number, key in enumerate(open_):
            mine_km2 = weight["built_up"][first == number].sum()
            assert mine_km2 <= caps[key] * (1 + 1e-6)
            told = given.loc[given["station_id"] == key, "built_up_km2"].sum()
            assert told == pytest.approx(mine_km2)
        assert row["excess_km2"] == pytest.approx(0, abs=1e-6)


def test_fewer_sites_do_not_keep_the_caps(grown, arrivals):
    _, results = grown
    by_id, weight = arrivals
    row = results.solutions.set_index("id").loc["area-cap-first-1"]
    caps = {"s1": 7.0, "c1": 4.0, "c2": 7.0, "g001": 4.0, "g002": 4.0, "g003": 4.0}
    for fewer in combinations([*CANDIDATES, "g001", "g002", "g003"], int(row["stations"]) - 1):
        open_ = ["s1", *fewer]
        cells_s = np.array([by_id[key]["built_up"] for key in open_])
        first = cells_s.argmin(axis=0)
        held = [weight["built_up"][first == number].sum() for number in range(len(open_))]
        kept = all(km2 <= caps[key] + 1e-9 for km2, key in zip(held, open_, strict=True))
        assert not kept or (cells_s.min(axis=0) > RESPONSE_S).any()


def test_why_there_is_no_answer_is_told_in_square_kilometres(plain, now):
    _, results = plain
    rows = results.solutions.set_index("id")
    urban = np.flatnonzero(now.sought.urban_km2 > 0)
    named = now.driven.who.table["id"].isin(["s1", *CANDIDATES]).to_numpy()
    arrival_s = now.driven.who.start_s[named, None] + now.times_s["built_up"][np.ix_(named, urban)]
    lost_km2 = float(now.sought.urban_km2[urban][(arrival_s > RESPONSE_S).all(axis=0)].sum())
    for name in ("lscp-1", "area-cap-first-1", "area-cap-free-1"):
        row = rows.loc[name]
        assert row["status"] == "infeasible"
        assert row["chosen"] == ""
        assert row.geometry.is_empty
        assert pd.isna(row["objective"])
        assert row["unreached_km2"] == pytest.approx(lost_km2)
        assert f"{lost_km2:.2f} km²" in row["note"]
    # the rest is reached by s1 alone
    assert rows.loc["lscp-reachable-1", ["status", "stations"]].tolist() == ["optimal", 0]


def test_steps_add_most_each_time_and_add_up(grown, arrivals):
    _, results = grown
    chosen = []
    for row in results.siting_steps.itertuples():
        before = _demand(arrivals, chosen)
        left = [key for key in (*CANDIDATES, "g001", "g002", "g003") if key not in chosen]
        most = max(_demand(arrivals, [*chosen, key]) for key in left)
        chosen.append(row.id)
        assert _demand(arrivals, chosen) == pytest.approx(most)
        assert row.demand_gain == pytest.approx(most - before)


def test_no_choice_beats_one_on_the_front_and_each_beyond_is_beaten(grown, arrivals):
    _, results = grown
    sites = [*CANDIDATES, "g001", "g002", "g003"]
    costs = results.candidates.set_index("id")["cost_10k_cny"]
    told = {
        frozenset(filter(None, row.chosen.split("、"))): row for row in results.pareto.itertuples()
    }
    excess = results.pareto.set_index("chosen")["excess_km2"]
    assert (excess >= 0).all()
    worth = {}
    for size in range(4):
        for choice in combinations(sites, size):
            reached = [_reached(arrivals, kind, choice) for kind in ("population", "built_up")]
            villages = _reached(arrivals, "villages", choice)
            paid = -float(costs[list(choice)].sum())
            worth[frozenset(choice)] = np.array([*reached, villages, paid, -size])
    for choice, row in told.items():
        assert row.population_reached == pytest.approx(worth[choice][0])
        assert row.built_up_reached_km2 == pytest.approx(worth[choice][1])
        assert row.cost_10k_cny == pytest.approx(-worth[choice][3])
    # whoever is beaten by nobody in these five is on the front, whatever its areas
    for choice, mine in worth.items():
        better = [
            other for other, its in worth.items() if other != choice and (its >= mine - 1e-9).all()
        ]
        assert choice in told or better, choice
    assert results.ranking_figures["pareto_compared"] == len(worth)


def test_unbeaten_is_what_plain_comparison_says():
    random = np.random.default_rng(3)
    for _ in range(20):
        aims = random.integers(0, 4, (40, 3)).astype(float)
        beaten = np.array(
            [
                any(
                    (other >= mine).all() and ((other > mine).any() or at < row)
                    for at, other in enumerate(aims)
                    if at != row
                )
                for row, mine in enumerate(aims)
            ]
        )
        assert (unbeaten(aims) == ~beaten).all()


def test_the_price_of_a_named_site_and_the_regret_of_the_plan(grown, arrivals):
    _, results = grown
    (row,) = results.forcing.itertuples()
    sites = [*CANDIDATES, "g001", "g002", "g003"]
    pairs = list(combinations(sites, 2))
    with_it = max(_demand(arrivals, pair) for pair in pairs if "c1" in pair)
    without = max(_demand(arrivals, pair) for pair in pairs if "c1" not in pair)
    assert row.id == "c1"
    assert row.objective_with == pytest.approx(with_it)
    assert row.objective_without == pytest.approx(without)
    assert row.price == pytest.approx(max(with_it, without) - with_it)
    single = max(_demand(arrivals, [key]) for key in sites)
    regret = single - _demand(arrivals, ["c1"])
    assert row.regret_share == pytest.approx(regret / single)
    assert results.ranking_figures["plan_regret_plan"] == pytest.approx(regret)


def test_what_is_built_is_paid_for_and_greed_is_no_better(grown, arrivals):
    _, results = grown
    value = {}
    for plan, rows in results.phasing.groupby("plan"):
        demand = []
        for year in range(1, 6):
            built = rows[rows["year"] <= year]
            assert built["cost_10k_cny"].sum() <= 1000 * year + 1e-6
            demand.append(_demand(arrivals, list(built["id"])))
        for row in rows.itertuples():
            assert row.demand_share == pytest.approx(demand[row.year - 1])
            spent = rows.loc[rows["year"] <= row.year, "cost_10k_cny"].sum()
            assert row.spent_10k_cny == pytest.approx(spent)
        value[plan] = sum(demand)
    assert value["optimal"] >= value["greedy"] - 1e-9
    today = _demand(arrivals, [])
    share = (value["optimal"] - value["greedy"]) / (value["optimal"] - 5 * today)
    assert results.ranking_figures["phasing_loss_share"] == pytest.approx(share)


def test_generated_sites_are_candidates_and_the_others_have_their_reasons(grown):
    _, results = grown
    table = results.candidates
    new = table[table["id"].str.startswith("g")]
    assert len(new) == GENERATE["most"]
    assert new["suitability"].between(0, 1).all()
    assert table.loc[table["id"].isin(CANDIDATES), "suitability"].isna().all()
    assert (
        results.excluded_sites["reasons"].str.split("、").str[0] == results.excluded_sites["reason"]
    ).all()
    assert "near_better" in set(results.excluded_sites["reason"])
    assumed = [note for note in results.quality if "siting.cost_10k_cny" in note.en]
    assert assumed[0].rows == ("g001", "g002", "g003")
    assert (new["cost_10k_cny"] == 1800).all()  # of a second-class station


def test_area_above_the_caps_is_that_of_the_jurisdictions(plain, now):
    _, results = plain
    held = results.jurisdictions
    for scenario, chosen in (("baseline", ""), ("plan", "c1")):
        rows = held[(held["scenario"] == scenario) & held["cap_km2"].notna()]
        above = (rows["area_km2"] - rows["cap_km2"]).clip(lower=0).sum()
        front = results.pareto.set_index("chosen")
        assert front.loc[chosen, "excess_km2"] == pytest.approx(above, abs=1e-6)
    assert front.loc["", "excess_km2"] == pytest.approx(2)
    usual = reaching(
        now.times_s,
        now.driven.who.start_s,
        serves=now.reached.serves,
        holds=now.reached.holds,
        candidates=now.candidates,
        would_hold=now.would_hold,
    )
    of = choices(now, usual)
    value = Valuer(of)
    listed = [(), (0,), (1, 3), (0, 2, 4)]
    for many, chosen in zip(value.worths(listed), listed, strict=True):
        one = value.worth(chosen)
        assert many.tolist() == pytest.approx(
            [one.population, one.built_up_km2, one.villages, one.excess_km2, one.cost_10k_cny]
        )


def test_the_draws_are_the_assessments_first(now):
    every = draw(now.ground.study.uncertainty, len(now.driven.who.table))
    found = site(now.ground, now.driven, now.reached, every)
    assert found.ranking.figures["speed_draws"] == min(len(every), MOST_DRAWS) == 40


def test_criteria_that_differ_by_nothing_known_are_the_same():
    one = np.array([[1000.0, 1.0, 2, 0.5, 639.000011, 0.25, 3, 1800.0]])
    other = one + np.array([[1e-5, 1e-8, 0, -1e-8, -1e-5, 1e-9, 0, 0]])
    assert (rounded(one) == rounded(other)).all()
    assert (rounded(np.array([[-1e-9] * 8])) == 0).all()
    assert not np.signbit(rounded(np.array([[-1e-9] * 8]))).any()


@pytest.mark.parametrize(
    "without",
    [
        ("candidates",),
        ("built_up",),
        ("villages",),
        ("population",),
        ("built_up", "villages", "population", "hydrants"),
    ],
)
def test_a_study_without_a_layer_is_still_sited(folder, without):
    scenarios = {"plan": {"open": []}} if "candidates" in without else {}
    study = write_study(
        folder / "-".join(without),
        layers=dict.fromkeys(without),
        scenarios=scenarios,
        uncertainty={"draws": 3},
        siting=SITING,
    )
    results = analyse(study)
    assert len(results.candidates) == (0 if "candidates" in without else 2)
    solved = set(results.solutions["model"]) if len(results.solutions) else set()
    if "candidates" in without:
        assert solved == set()
        assert results.ranking_figures["candidates"] == 0
        assert any("candidate sites" in each.en for each in results.unknowns)
    elif without == ("built_up",):
        assert solved == {"mclp", "pmedian"}
        assert results.candidates["built_up_gain_km2"].isna().all()
        assert results.ranking_figures["share_population"] == pytest.approx(2 / 3)
    elif len(without) > 1:
        assert solved == set()
        assert len(results.siting_steps) == len(results.forcing) == len(results.phasing) == 0
    else:
        assert "mclp" in solved
    for column in {"population": "population_gain", "villages": "villages_gain"}.items():
        if column[0] in without:
            assert results.candidates[column[1]].isna().all()


@pytest.mark.parametrize(("at_c1", "at_c2", "best"), [(7, 2, "c1"), (2, 7, "c2")])
def test_past_fires_may_be_what_is_covered(tmp_path, at_c1, at_c2, best):
    provenance = {"kind": "observed", "source": "Test fires"}
    study = write_study(
        tmp_path,
        travel={"turn_costs": False},
        layers={"fires": {"path": "fires.csv", "provenance": provenance}},
        siting={"stations": 1, "models": ["mclp"], "demand_weights": {"fires": 1.0}},
    )
    x, y = CANDIDATES["c1"]
    rows = [
        # at a candidate's door, and 500 m down the street: 60 s of turnout and 60 s of driving
        {"id": "f1", "count": at_c1, "at": (x, y)},
        {"id": "f2", "count": at_c2, "at": (CANDIDATES["c2"][0] + 500, CANDIDATES["c2"][1])},
        {"id": "f3", "count": 1, "at": (2500.0, 2500.0)},  # the station of today is there
    ]
    write_points_csv(tmp_path / "fires.csv", rows)
    results = analyse(study)
    first = results.solutions.set_index("id").loc["mclp-1"]
    assert first["chosen"] == best
    assert first["objective"] == pytest.approx((1 + 7) / (1 + 7 + 2))
    assert results.ranking_figures["share_fires"] == 1
    assert results.ranking_figures["demand_today"] == pytest.approx(1 / 10)


def test_an_answers_id_is_made_of_what_was_asked(plain):
    _, results = plain
    asked = results.solutions[["model", "assignment", "variant", "order"]].astype(str)
    made = ["-".join(part for part in row if part) for row in asked.itertuples(index=False)]
    assert made == list(results.solutions["id"])
    assert len(set(made)) == len(made)
    assert set(results.solutions["variant"]) == {"", "reachable", "most"}

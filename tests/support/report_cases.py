"""Studies of which little is known, or one of everything: what a report must be able to word."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from firecover.outputs.report.model import Cell, Items, Paragraph, Picture, Report, Table
from support.report_pages import read_page

Tree = dict[str, Any]
#: Lists of the ranking, the siting's answers.
ANSWERS = ("solutions", "steps", "pareto", "forcing", "phasing")
#: Headline figures of what there is to be reached.
WHOLE = (
    "^(urban_km2|stations_least|built_up_km2|villages|townships|hydrants|population_total"
    "|.*minutes)$"
)


def each_scenario(tree: Tree) -> Iterator[Tree]:
    yield from tree["scenarios"].values()


def numbers(figures: Mapping[str, Any], *, but: str = "") -> list[str]:
    """The headline figures that are numbers, those of a pattern left out."""
    return [
        key
        for key, value in figures.items()
        if isinstance(value, int | float) and not (but and re.search(but, key))
    ]


def as_it_is(tree: Tree) -> None:
    """Leave everything."""


def one_of_everything(tree: Tree) -> None:
    """Make every count one, and every share all of it."""
    for scenario in each_scenario(tree):
        figures = scenario["figures"]
        figures |= dict.fromkeys(numbers(figures, but="minutes|_s$|_p05|_p95"), 1)
    ranking = tree["ranking"]
    ranking["candidates"] = ranking["candidates"][:1]
    for row in ranking["candidates"]:
        row |= {"population_gain": 1, "villages_gain": 1, "built_up_gain_km2": 1.0}
    ranking["figures"] |= {"further": 1, "phasing_years": 1, "rankings": 1, "speed_draws": 1}
    ranking["solutions"] = [row for row in ranking["solutions"] if row["order"] == 1]
    for name in ANSWERS[1:]:
        ranking[name] = ranking[name][:1]
    for row in ranking["solutions"]:
        row |= {"population_reached": 1, "villages_reached": 1}
    tree["plan_findings"] = tree["plan_findings"][:1]
    tree["network"] |= {"left_out_parts": 1}
    tree["settings"] |= {"full_force_engines": 1}
    for scenario in each_scenario(tree):
        for name in ("station_outages", "critical_roads"):
            scenario[name] = scenario[name][:1]
            for row in scenario[name]:
                row |= {"population_lost": 1, "villages_lost": 1}


def nothing_reached(tree: Tree) -> None:
    """Make every count and share nought, but for what there is to be reached."""
    for scenario in each_scenario(tree):
        figures = scenario["figures"]
        figures |= dict.fromkeys(numbers(figures, but=WHOLE), 0)
        figures |= {"village_median_s": None, "village_worst_s": None}
        for name in ("station_outages", "critical_roads"):
            for row in scenario[name]:
                row |= {"population_lost": 0, "villages_lost": 0, "built_up_lost_km2": 0.0}
    for row in tree["ranking"]["candidates"]:
        row |= {"population_gain": 0, "villages_gain": 0, "built_up_gain_km2": 0.0}
        row |= {"area_gain_km2": 0.0}
    tree["network"] |= {"left_out_parts": 0, "left_out_length_km": 0.0}


def nothing_known(tree: Tree) -> None:
    """Take every headline figure and every cost away."""
    for scenario in each_scenario(tree):
        scenario["figures"] = dict.fromkeys(scenario["figures"])
    ranking = tree["ranking"]
    for table in ("candidates", "solutions", "phasing", "pareto"):
        for row in ranking[table]:
            row["cost_10k_cny"] = None


def nothing_drawn(tree: Tree) -> None:
    """Take away what comes of draws."""
    for scenario in each_scenario(tree):
        figures = scenario["figures"]
        figures |= {key: None for key in figures if key.endswith(("_p05", "_p95"))}
    ranking = tree["ranking"]
    ranking["figures"] |= {"p_first_beats_second": None, "separable": None, "speed_draws": 0}
    for row in ranking["candidates"]:
        row |= {"p_first": None, "rank_p05": None, "rank_p95": None}


def nothing_solved(tree: Tree) -> None:
    """Leave every question to a model without an answer."""
    for row in tree["ranking"]["solutions"]:
        row |= {"status": "infeasible", "chosen": [], "objective": None, "gap": None, "note": ""}
    tree["ranking"]["figures"] |= {"plan_regret_plan_2025": None, "demand_today": None}


def nothing_proven(tree: Tree) -> None:
    """Let the time for every question run out."""
    for row in tree["ranking"]["solutions"]:
        if row["status"] == "optimal":
            row |= {"status": "feasible", "gap": 0.0123}


def no_candidates(tree: Tree) -> None:
    ranking = tree["ranking"]
    ranking["candidates"] = []
    for name in (*ANSWERS, "excluded", "acceptability"):
        ranking[name] = []


def no_hydrants(tree: Tree) -> None:
    for scenario in each_scenario(tree):
        figures = scenario["figures"]
        figures |= {key: None for key in figures if key.startswith(("hydrant", "street_"))}
        figures |= {"hydrants": 0, "hydrants_working": 0}
    tree |= {"hydrant_gaps": [], "hydrant_proposals": []}


def no_villages(tree: Tree) -> None:
    for scenario in each_scenario(tree):
        scenario["villages"], scenario["village_targets"] = [], []
        scenario["figures"] |= {"villages": 0, "villages_reached": 0}


def no_town(tree: Tree) -> None:
    for scenario in each_scenario(tree):
        figures = scenario["figures"]
        figures |= {key: None for key in figures if key.startswith(("urban_", "area_"))}
        figures |= {"urban_km2": 0.0}
        scenario["jurisdictions"], scenario["built_up"] = [], []


def one_scenario(tree: Tree) -> None:
    tree["scenario_ids"] = ["baseline"]
    tree["scenarios"] = {"baseline": tree["scenarios"]["baseline"]}


def no_plan(tree: Tree) -> None:
    tree["plan_findings"] = []


def three_scenarios(tree: Tree) -> None:
    other = copy.deepcopy(tree["scenarios"]["plan_2025"])
    other |= {"title": {"zh": "雨天", "en": "Rain"}, "open": [], "close": ["s2"]}
    other["speed_factor"] = 0.8
    tree["scenarios"]["rain"] = other
    tree["scenario_ids"] = [*tree["scenario_ids"], "rain"]


CASES: tuple[Callable[[Tree], None], ...] = (
    as_it_is,
    one_of_everything,
    nothing_reached,
    nothing_known,
    nothing_drawn,
    nothing_solved,
    nothing_proven,
    no_candidates,
    no_hydrants,
    no_villages,
    no_town,
    one_scenario,
    no_plan,
    three_scenarios,
)


def plain(text: object) -> str:
    """What a reader sees of a text."""
    said = read_page(f"<p>{text}</p>").all_text
    return said.replace("\n", " ").strip()


def sentences_of(report: Report) -> Iterator[str]:
    """Go through the report's paragraphs and items, as a reader sees them."""
    for section in report.sections:
        for block in section.blocks:
            if isinstance(block, Paragraph):
                yield plain(block.text)
            elif isinstance(block, Items):
                yield from (plain(item) for item in block.items)


def labels_of(report: Report) -> Iterator[str]:
    """Go through titles, captions, headings and cells."""
    for section in report.sections:
        yield plain(section.title)
        for block in section.blocks:
            if isinstance(block, Table):
                yield plain(block.caption)
                yield from (plain(each) for each in block.head)
                for row in block.rows:
                    yield from (plain(c.text if isinstance(c, Cell) else c) for c in row)
            elif isinstance(block, Picture):
                yield plain(block.caption)
                yield plain(block.note)

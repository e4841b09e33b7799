"""Where further stations may go: the candidates ranked, and the best choices among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from firecover.analysis.ground import Ground, lay_ground
from firecover.analysis.ranking import Ranking, rank_candidates
from firecover.analysis.scenario import reach
from firecover.analysis.service import Reach
from firecover.analysis.siting_answers import forcing, pareto, plan_regret, steps
from firecover.analysis.siting_demand import Choices, Valuer, choices
from firecover.analysis.siting_models import solve_models
from firecover.analysis.siting_phasing import phasing
from firecover.analysis.siting_state import TODAY, Situation, situation
from firecover.analysis.siting_tables import allocation_table, solution_table
from firecover.analysis.states import Driven, drive, state_of
from firecover.layers.model import Layers
from firecover.layers.provenance import QualityNote
from firecover.network.draws import Draws, draw
from firecover.study import Study
from firecover.study_siting import SitingModel

#: So many ids are named in a note; the rest is in its count.
LISTED = 10


@dataclass(frozen=True)
class Siting:
    """What is told of siting; the tables as in :class:`firecover.results.Results`.

    ``figures`` are those of the ranking (see :class:`firecover.analysis.ranking.Ranking`) and
    of the answers: ``sites`` (that may be chosen), ``further`` (stations asked for),
    ``unreached_km2`` (urban area that no choice of sites reaches), ``demand_today`` (share of
    the mixed demand reached), ``share_<kind>`` (what each kind counts in it), ``pareto_complete``
    and ``pareto_compared`` (choices), and those of
    :func:`firecover.analysis.siting_answers.plan_regret` and
    :func:`firecover.analysis.siting_phasing.phasing`.
    """

    ranking: Ranking
    figures: Mapping[str, float | int | str | None]
    quality: tuple[QualityNote, ...]
    solutions: gpd.GeoDataFrame
    allocation: gpd.GeoDataFrame
    steps: pd.DataFrame
    pareto: pd.DataFrame
    forcing: pd.DataFrame
    phasing: pd.DataFrame


def site(ground: Ground, driven: Driven, reached: Reach, draws: Draws) -> Siting:
    """Rank the candidates, and choose among them in every way that the study asks for.

    Parameters
    ----------
    ground
        The ground.
    driven, reached
        The baseline: its fleet and times, and who responds in it.
    draws
        The draws of the assessment.
    """
    asked = ground.study.siting
    now = situation(ground, driven, reached)
    ranking = rank_candidates(now, draws)
    of = choices(now, ranking.reached)
    value = Valuer(of)
    answers = solve_models(of, asked.models)
    trades = pareto(of, value, asked.stations + 1)
    plans, phased = phasing(of)
    return Siting(
        ranking=ranking,
        figures={
            **ranking.figures,
            **_figures(of, value),
            "pareto_complete": int(trades.complete),
            "pareto_compared": trades.compared,
            **plan_regret(of, asked.time_limit_s),
            **phased,
        },
        quality=quality(now),
        solutions=solution_table(of, value, answers),
        allocation=allocation_table(of, answers),
        steps=steps(of, value),
        pareto=trades.table,
        forcing=forcing(of, asked.stations, asked.time_limit_s),
        phasing=plans,
    )


def _figures(of: Choices, value: Valuer) -> dict[str, float | int | str | None]:
    weight = {kind: share * float(of.weight[kind].sum()) for kind, share in of.share.items()}
    return {
        "sites": len(of),
        "further": min(of.now.ground.study.siting.stations, len(of)),
        "unreached_km2": value.unreached_km2() if len(of.urban) else None,
        "demand_today": value.worth(()).demand if of.share else None,
        **{f"share_{kind}": weight.get(kind, 0.0) for kind in of.weight},
    }


def quality(now: Situation) -> tuple[QualityNote, ...]:
    """Tell what was assumed of the candidates, and what could not be."""
    notes = []
    for which, en, zh in (
        (
            now.assumed,
            "costs not given: taken by class from the study's [siting.cost_10k_cny], assumptions",
            "未给出造价，按研究文件[siting.cost_10k_cny]的站级造价（假定）",
        ),
        (
            pd.isna(now.sought.cost_10k_cny),
            "costs not known: the dearest in the ranking, nothing in models, in no phase",
            "造价未知：排序按最高计，模型中不计造价，不列入分期",
        ),
    ):
        ids = tuple(str(each) for each in now.ids[which])
        if ids:
            notes.append(QualityNote("candidates", "noted", len(ids), en, zh, ids[:LISTED]))
    return tuple(notes)


def asked_otherwise(
    study: Study, model: SitingModel, stations: int | None, time_limit_s: float | None
) -> Study:
    """Return the study with one model, and another number of stations and time where given."""
    changes = {"models": (model,), "stations": stations, "time_limit_s": time_limit_s}
    given = {name: value for name, value in changes.items() if value is not None}
    return study.model_copy(update={"siting": study.siting.model_copy(update=given)})


@dataclass(frozen=True)
class Ranked:
    """The candidates and the answers of one model, for who asks for no more."""

    candidates: gpd.GeoDataFrame
    ranking: Ranking
    solutions: gpd.GeoDataFrame
    figures: Mapping[str, float | int | str | None]


def rank(study: Study, layers: Layers, on_step: Callable[[str], None] = lambda _: None) -> Ranked:
    """Rank the candidates of a study and ask its models, and compute nothing else.

    Raises
    ------
    InputError
        If rules, speeds or scenarios name what is not there.
    NetworkError
        If the roads cannot be routed on.
    """
    ground = lay_ground(study, layers, on_step)
    on_step("travel times")
    driven = drive(ground, state_of(ground, TODAY))
    reached = reach(ground, driven, TODAY)
    on_step("ranking")
    now = situation(ground, driven, reached)
    ranking = rank_candidates(now, draw(study.uncertainty, len(driven.who.table)))
    of = choices(now, ranking.reached)
    value = Valuer(of)
    solutions = solution_table(of, value, solve_models(of, study.siting.models))
    figures = {**ranking.figures, **_figures(of, value)}
    return Ranked(candidate_table(ground, ranking), ranking, solutions, figures)


def candidate_table(ground: Ground, ranking: Ranking) -> gpd.GeoDataFrame:
    """Return the table ``candidates`` of :class:`firecover.results.Results`."""
    table = ground.layers.candidates.data
    candidate = ground.who.table["candidate"].to_numpy(dtype=bool)
    # The vehicle as it was resolved: the study's usual one where the file names none.
    vehicle = ground.who.table["vehicle"].to_numpy()[candidate]
    columns = ["id", "name", "name_en", "station_class", "vehicle", "origin"]
    known = pd.DataFrame(table.assign(vehicle=vehicle)[columns])
    return gpd.GeoDataFrame(
        pd.concat([known, ranking.table], axis=1).assign(note=table["note"]),
        geometry=table.geometry.to_numpy(),
        crs=table.crs,
    )

"""Where further stations may go: the candidates ranked, and the best choices among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from firecover.analysis.ground import Ground
from firecover.analysis.ranking import Ranking, rank_candidates
from firecover.analysis.service import Reach
from firecover.analysis.siting_state import Situation, situation
from firecover.analysis.states import Driven
from firecover.layers.provenance import QualityNote
from firecover.network.draws import Draws


@dataclass(frozen=True)
class Siting:
    """What is told of siting; tables as in :class:`firecover.results.Results`.

    ``figures`` are those of the ranking and of the answers together.
    """

    ranking: Ranking
    figures: Mapping[str, float | int | str | None]
    quality: tuple[QualityNote, ...]


def site(ground: Ground, driven: Driven, reached: Reach, draws: Draws) -> Siting:
    """Rank the candidates.

    Parameters
    ----------
    ground
        The ground.
    driven, reached
        The baseline: its fleet and times, and who responds in it.
    draws
        The draws of the assessment.
    """
    now = situation(ground, driven, reached)
    ranking = rank_candidates(now, draws)
    return Siting(ranking, dict(ranking.figures), quality(now))


def quality(now: Situation) -> tuple[QualityNote, ...]:
    """Tell what was assumed of the candidates."""
    ids = [str(each) for each in now.ids[now.assumed]]
    if not ids:
        return ()
    en = "costs not given: taken from the study's [siting.cost_10k_cny] by class, an assumption"
    zh = "未给出造价，按研究文件[siting.cost_10k_cny]的站级假定取值"
    return (QualityNote("candidates", "noted", len(ids), en, zh, tuple(ids[:10])),)

"""What each candidate alone adds to the baseline."""

from __future__ import annotations

import numpy as np
import pandas as pd

from firecover.analysis.ground import Ground
from firecover.analysis.service import Reach
from firecover.analysis.states import Driven
from firecover.assessment.jurisdictions import URBAN_ZONES
from firecover.assessment.service import arrivals
from firecover.siting.ranking import Criterion, rank_by_gain


def rank_candidates(ground: Ground, driven: Driven, reached: Reach) -> pd.DataFrame:
    """Rank the candidates by what each alone adds to the baseline.

    Population and villages count by whoever comes first; urban built-up area by the
    stations that hold jurisdictions.
    """
    who, times_s = driven.who, driven.times_s
    candidate = np.asarray(who.table["candidate"], dtype=np.bool_)
    limit_s = ground.rules["response_s"].value
    village_s = ground.study.assessment.village_minutes * 60
    urban = np.isin(ground.zone, URBAN_ZONES)
    asked = {
        "population_gain": ("population", ground.persons, reached.serves, limit_s),
        "built_up_gain_km2": ("built_up", ground.cells.area_km2 * urban, reached.holds, limit_s),
        "villages_gain": (
            "villages",
            np.ones(times_s["villages"].shape[1]),
            reached.serves,
            village_s,
        ),
    }
    criteria = {
        name: Criterion(
            weight=weight,
            today_s=arrivals(times_s[layer], who.start_s, today).first_s,
            with_candidate_s=who.start_s[candidate, None] + times_s[layer][candidate],
            limit_s=within_s,
        )
        for name, (layer, weight, today, within_s) in asked.items()
    }
    return rank_by_gain(criteria, int(candidate.sum()))

"""How sure a scenario's times are: its draws of speeds and turnouts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firecover.analysis.ground import Ground
from firecover.analysis.states import Driven
from firecover.assessment.jurisdictions import area_cap_km2
from firecover.assessment.townships import Counted
from firecover.assessment.uncertainty import Demand, Limits, Uncertainty, uncertainty
from firecover.network.draws import Draws, draw


def lay_draws(ground: Ground) -> Draws:
    """Return the draws that all scenarios share."""
    return draw(ground.study.uncertainty, len(ground.who.table))


def chances(
    ground: Ground,
    driven: Driven,
    serves: NDArray[np.bool_],
    holds: NDArray[np.bool_],
    draws: Draws,
) -> Uncertainty:
    """Search every draw of a scenario."""
    assessment, places = ground.study.assessment, ground.places
    classes = driven.who.table["station_class"].astype(str)
    return uncertainty(
        driven.fleet,
        driven.who,
        serves,
        holds,
        draws,
        demand=Demand(
            built_up=places["built_up"],
            population=places["population"],
            villages=places["villages"],
            seats=places["townships"],
            cells=ground.cells,
            zone=ground.zone,
            persons=Counted(ground.township["population"], ground.persons),
            townships=len(ground.layers.townships.data),
        ),
        caps_km2=np.array([area_cap_km2(name, 0.0, ground.rules) for name in classes]),
        limits=Limits(
            response_s=ground.rules["response_s"].value,
            minutes=ground.minutes,
            village_s=assessment.village_minutes * 60,
            village_targets_s=[minutes * 60 for minutes in assessment.village_targets_min],
            sure_share=ground.study.uncertainty.sure_share,
        ),
    )

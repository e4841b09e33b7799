"""How sure a scenario's times are: its draws of speeds and turnouts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firecover.analysis.ground import Ground
from firecover.analysis.states import Driven
from firecover.assessment.jurisdictions import URBAN_ZONES, area_cap_km2
from firecover.assessment.service import Arrivals
from firecover.assessment.townships import Counted
from firecover.assessment.uncertainty import Demand, Limits, Uncertainty, uncertainty
from firecover.network.draws import Draws, draw


def lay_draws(ground: Ground) -> Draws:
    """Return the draws that all scenarios share."""
    return draw(ground.study.uncertainty, len(ground.who.table))


def chances(  # noqa: PLR0917 - who comes, and what is drawn
    ground: Ground,
    driven: Driven,
    serves: NDArray[np.bool_],
    holds: NDArray[np.bool_],
    by_holders: Arrivals,
    draws: Draws,
) -> Uncertainty:
    """Search every draw of a scenario; jurisdictions keep the caps that they have without."""
    assessment, places = ground.study.assessment, ground.places
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
        caps_km2=_caps_km2(ground, driven, by_holders),
        limits=Limits(
            response_s=ground.rules["response_s"].value,
            minutes=ground.minutes,
            village_s=assessment.village_minutes * 60,
            village_targets_s=[minutes * 60 for minutes in assessment.village_targets_min],
            sure_share=ground.study.uncertainty.sure_share,
        ),
    )


def _caps_km2(ground: Ground, driven: Driven, by_holders: Arrivals) -> NDArray[np.float64]:
    """Return the cap of each facility's jurisdiction, shape (k,), NaN where no rule says."""
    classes = driven.who.table["station_class"].astype(str)
    held = np.isin(ground.zone, URBAN_ZONES) & (by_holders.first >= 0)
    station, area_km2 = by_holders.first[held], ground.cells.area_km2[held]
    suburb_km2 = np.where(ground.zone[held] == "suburb", area_km2, 0.0)
    whole, suburb = (np.bincount(station, km2, len(classes)) for km2 in (area_km2, suburb_km2))
    shares = np.divide(suburb, whole, out=np.zeros(len(classes)), where=whole > 0)
    caps = [
        area_cap_km2(name, float(part), ground.rules)
        for name, part in zip(classes, shares, strict=True)
    ]
    return np.array(caps, dtype=np.float64)

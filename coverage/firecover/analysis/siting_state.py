"""What siting starts from: the service of today, the candidates, and what counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firecover.analysis.ground import Ground
from firecover.analysis.service import Reach
from firecover.analysis.states import Driven
from firecover.assessment.jurisdictions import URBAN_ZONES, area_cap_km2
from firecover.assessment.service import Places, places_on, points_xy, times_to
from firecover.siting.criteria import Sought

#: The scenario that candidates are added to.
TODAY = "baseline"
#: What is reached, by the layers that criteria count.
COUNTED = ("built_up", "population", "villages", "hydrants")

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Situation:
    """The service of today, and the candidates beside it.

    Attributes
    ----------
    ground, driven, reached
        The ground, the baseline's fleet and times, and who responds in it.
    places, times_s
        By layer of :data:`COUNTED`: what is to be reached, and the times from every facility's
        door, shape (k, d).
    candidates
        Shape (c,), rows of the facilities.
    would_hold
        Shape (c,), which of them would hold a jurisdiction.
    sought
        What counts.
    fires_s, fires
        Shape (k, f), the times to the places of past fires; shape (f,), how many each stands
        for, one where the layer does not say.
    assumed
        Shape (c,), whose cost is the study's for the class, not the candidate's own.
    """

    ground: Ground
    driven: Driven
    reached: Reach
    places: Mapping[str, Places]
    times_s: Mapping[str, Floats]
    candidates: Ints
    would_hold: Bools
    sought: Sought
    assumed: Bools
    fires_s: Floats
    fires: Floats

    def cell_arrival_s(self, rows: Ints, cells: Ints) -> Floats:
        """Return when some facilities arrive at some built-up cells, shape (rows, cells)."""
        start_s = self.driven.who.start_s[rows, None]
        return start_s + self.times_s["built_up"][np.ix_(rows, cells)]

    @property
    def ids(self) -> NDArray[np.object_]:
        """Shape (c,), the candidates' ids."""
        return self.column("id")

    def column(self, name: str) -> NDArray[np.object_]:
        """Return a column of the candidates, shape (c,)."""
        return self.driven.who.table[name].to_numpy(dtype=object)[self.candidates]


def situation(ground: Ground, driven: Driven, reached: Reach) -> Situation:
    """Gather what siting needs; only the times to hydrants and past fires are worked out anew."""
    who, study = driven.who, ground.study
    hydrants = places_on(
        ground.fleet, points_xy(ground.layers.hydrants.data), *study.access("hydrants")
    )
    fires = ground.layers.fires.data
    fire_places = places_on(ground.fleet, points_xy(fires), *study.access("fires"))
    candidates = np.flatnonzero(who.table["candidate"].to_numpy(dtype=np.bool_))
    cost, assumed = costs(ground)
    places = {**ground.places, "hydrants": hydrants}
    times_s = {**driven.times_s, "hydrants": times_to(driven.fleet, who, hydrants)}
    classes = [str(name) for name in who.table["station_class"]]
    urban = np.isin(ground.zone, URBAN_ZONES)
    return Situation(
        ground=ground,
        driven=driven,
        reached=reached,
        places={layer: places[layer] for layer in COUNTED},
        times_s={layer: times_s[layer] for layer in COUNTED},
        candidates=candidates,
        would_hold=who.in_tiers(study.assessment.jurisdiction_tiers)[candidates],
        sought=Sought(
            persons=ground.persons,
            urban_km2=np.where(urban, ground.cells.area_km2, 0.0),
            suburb=np.asarray(ground.zone == "suburb", dtype=np.bool_),
            hydrant_works=np.asarray(
                ground.layers.hydrants.data["status"] == "working", dtype=np.bool_
            ),
            cap_km2=np.array(
                [area_cap_km2(name, 0.0, ground.rules) for name in classes], dtype=np.float64
            ),
            suburb_cap_km2=ground.rules["area_suburb_km2"].value,
            candidates=candidates,
            cost_10k_cny=cost,
            response_s=ground.rules["response_s"].value,
            village_s=study.assessment.village_minutes * 60,
        ),
        assumed=assumed,
        fires_s=times_to(driven.fleet, who, fire_places),
        fires=fires["count"].fillna(1.0).to_numpy(dtype=np.float64),
    )


def costs(ground: Ground) -> tuple[Floats, Bools]:
    """Return what each candidate costs, 10,000 yuan, and whose cost is the study's for its class.

    NaN where neither the candidate nor the study says.
    """
    table = ground.layers.candidates.data
    own = table["cost_10k_cny"].to_numpy(dtype=np.float64)
    by_class = ground.study.siting.cost_10k_cny
    usual = np.array([by_class.get(str(each), np.nan) for each in table["station_class"]])
    usual = usual.astype(np.float64)
    return np.where(np.isnan(own), usual, own), np.isnan(own) & ~np.isnan(usual)

"""Response time as a probability: what holds in how many draws of speeds and turnouts.

In each draw all speeds are multiplied by one lognormal factor, those of each road class by another
and each station's turnout by a third; the fastest ways are searched anew. A probability is the
share of the draws in which something holds; an interval runs from the 5th to the 95th percentile
of the draws (linear between neighbours). With ``n`` draws a probability is known to about
√(p(1 − p) / n): to 0.01 at p = 0.95 and 500 draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from firecover.assessment.county import Figures
from firecover.assessment.drawn_service import drawn_service
from firecover.assessment.drawn_tallies import (
    CellTally,
    cell_tally,
    chance,
    interval,
    people_tally,
    share_of_draws,
    spot_tally,
)
from firecover.assessment.service import Facilities, Places
from firecover.assessment.townships import Counted, share
from firecover.demand import BuiltUpCells
from firecover.network.draws import Draws
from firecover.network.engines.limits import ROUNDING, limit_s
from firecover.network.fleet import Fleet

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
#: Whether something holds for all that the draws know: beyond the noise, or within it.
Certainty = Literal["sure_yes", "sure_no", "uncertain", ""]


@dataclass(frozen=True)
class Limits:
    """What arrivals are held against.

    Attributes
    ----------
    response_s
        The response standard.
    minutes
        The bands: the ending of their keys, and their minutes.
    village_s
        The time that counts as reached for a village.
    village_targets_s
        The arrival times by which villages are grouped.
    sure_share
        The probability from which a verdict is beyond the noise.
    """

    response_s: float
    minutes: Sequence[tuple[str, float]]
    village_s: float
    village_targets_s: Sequence[float]
    sure_share: float

    @property
    def bands_s(self) -> dict[str, float]:
        """The bands by the ending of their keys, seconds; the standard is among them."""
        bands = {ending: minutes * 60 for ending, minutes in self.minutes}
        if self.response_s not in bands.values():
            bands[f"{self.response_s / 60:g}min"] = self.response_s
        return bands


@dataclass(frozen=True)
class Demand:
    """What is to be reached.

    Attributes
    ----------
    built_up, population, villages, seats
        The places.
    cells
        The built-up cells.
    zone
        Shape (cells,), the zone of each.
    persons
        The persons at each place of ``population``, and their townships.
    townships
        How many townships there are.
    """

    built_up: Places
    population: Places
    villages: Places
    seats: Places
    cells: BuiltUpCells
    zone: NDArray[np.str_]
    persons: Counted
    townships: int


@dataclass(frozen=True)
class CellChances:
    """P that each built-up cell is reached within the standard, shape (d,) both.

    ``by_holders`` counts the stations that hold jurisdictions, ``by_any`` whoever comes first.
    """

    by_holders: Floats
    by_any: Floats


@dataclass(frozen=True)
class VillageChances:
    """What the draws say of ``d`` villages.

    Attributes
    ----------
    p_reached
        Shape (d,), P of a first arrival within the villages' time.
    certainty
        Shape (d,), a :data:`Certainty` each.
    first_p05_s, first_p95_s
        Shape (d,), the interval of the first arrival; NaN where nobody comes.
    p_targets
        Shape (targets, d), P of a first arrival within each target.
    sure, uncertain
        Shape (targets,), how many villages are within each target beyond the noise, and of how
        many it cannot be said.
    """

    p_reached: Floats
    certainty: NDArray[np.object_]
    first_p05_s: Floats
    first_p95_s: Floats
    p_targets: Floats
    sure: Floats
    uncertain: Floats


@dataclass(frozen=True)
class HeldChances:
    """What the draws say of the jurisdictions, by row of the facilities, shape (k,) each.

    In each draw a jurisdiction is the urban built-up area that the station comes to first in
    that draw. NaN for facilities that hold none.

    Attributes
    ----------
    area_sure
        P that the area keeps its cap; NaN also without a cap.
    area_certainty
        A :data:`Certainty` each.
    area_p05_km2, area_p95_km2
        The interval of the area.
    reached_share_p05, reached_share_p95
        The interval of the share within the standard, over the draws in which the station
        comes first anywhere.
    """

    area_sure: Floats
    area_certainty: NDArray[np.object_]
    area_p05_km2: Floats
    area_p95_km2: Floats
    reached_share_p05: Floats
    reached_share_p95: Floats


@dataclass(frozen=True)
class Uncertainty:
    """What the draws say of one scenario; without draws every number is NaN, every word empty.

    Attributes
    ----------
    draws
        How many there were.
    cells
        Of the built-up cells.
    population_p
        Shape (population points,), P that somebody comes within the standard.
    seats_p
        Shape (townships,), the same of the seats; NaN where a seat is not known.
    villages
        Of the villages.
    share_p05, share_p95
        Shape (townships,), the interval of the share of the population within the standard;
        NaN where a township has none.
    held
        Of the jurisdictions.
    figures
        Of the study area: ``<figure>_p05`` and ``<figure>_p95`` for ``urban_reached_share``,
        ``urban_any_reached_share``, ``built_up_any_reached_share``,
        ``population_share_<band>`` and ``villages_reached``; ``villages_sure_yes``,
        ``villages_sure_no``, ``villages_uncertain``; ``draws``. None where it cannot be said.
    """

    draws: int
    cells: CellChances
    population_p: Floats
    seats_p: Floats
    villages: VillageChances
    share_p05: Floats
    share_p95: Floats
    held: HeldChances
    figures: Figures


def certainty(p: Floats, sure_share: float) -> NDArray[np.object_]:
    """Say of probabilities whether they are beyond the noise, a :data:`Certainty` each.

    Parameters
    ----------
    p
        Shape (d,), probabilities; NaN where there is none.
    sure_share
        The probability from which something is sure.
    """
    # Shares of draws are fractions: 0.95 of 500 draws are 475, however 1 - 0.95 is rounded.
    slack = 1e-9
    words = np.select(
        [np.isnan(p), p >= sure_share - slack, p <= 1 - sure_share + slack],
        ["", "sure_yes", "sure_no"],
        default="uncertain",
    )
    return words.astype(object)


def uncertainty(
    fleet: Fleet,
    who: Facilities,
    serves: NDArray[np.bool_],
    holds: NDArray[np.bool_],
    draws: Draws,
    *,
    demand: Demand,
    caps_km2: Floats,
    limits: Limits,
) -> Uncertainty:
    """Search every draw of a scenario, and count.

    Parameters
    ----------
    fleet
        The vehicles at the scenario's usual speeds, its roads closed.
    who
        The facilities with their usual turnouts in the scenario, k of them.
    serves, holds
        Shape (k,), who responds, and who of these holds a jurisdiction.
    draws
        The draws, the same for every scenario.
    demand
        What is to be reached.
    caps_km2
        Shape (k,), the cap of each jurisdiction; NaN where there is none.
    limits
        What arrivals are held against.
    """
    service = drawn_service(fleet, who, serves, holds)
    within_s = limits.response_s
    cells = cell_tally(
        service,
        draws,
        demand.built_up,
        cells=demand.cells,
        zone=demand.zone,
        within_s=within_s,
    )
    people = people_tally(
        service,
        draws,
        demand.population,
        persons=demand.persons,
        townships=demand.townships,
        within_s=within_s,
        bands_s=limits.bands_s,
    )
    villages = spot_tally(service, draws, demand.villages)
    seats = spot_tally(service, draws, demand.seats)
    for number, moment in enumerate(service.moments(draws)):
        for tally in (cells, people, villages, seats):
            tally.note(number, moment)
    known = np.isfinite(demand.seats.xy).all(axis=1)
    share_p05, share_p95 = interval(people.township_shares())
    unwatched = 0.0 if len(draws) else np.nan
    found = _village_chances(villages.first_s, limits)
    return Uncertainty(
        draws=len(draws),
        cells=CellChances(
            by_holders=share_of_draws(cells.held_count, len(draws)),
            by_any=cells.anybody.spread(share_of_draws(cells.any_count, len(draws)), unwatched),
        ),
        population_p=people.anybody.spread(share_of_draws(people.count, len(draws)), unwatched),
        seats_p=np.where(known, chance(seats.first_s, within_s), np.nan),
        villages=found,
        share_p05=share_p05,
        share_p95=share_p95,
        held=_held_chances(cells, holds, caps_km2, limits.sure_share),
        figures={"draws": len(draws)}
        | _spread_figures(cells.shares() | people.shares())
        | _village_figures(villages.first_s, found, limits),
    )


def _village_chances(first_s: Floats, limits: Limits) -> VillageChances:
    p_reached = chance(first_s, limits.village_s)
    low, high = interval(first_s)
    p_targets = np.full((len(limits.village_targets_s), first_s.shape[1]), np.nan)
    for row, target_s in enumerate(limits.village_targets_s):
        p_targets[row] = chance(first_s, target_s)
    words = certainty(p_targets, limits.sure_share)
    counts = [(words == word).sum(axis=1).astype(np.float64) for word in ("sure_yes", "uncertain")]
    if not len(first_s):
        counts = [np.full_like(count, np.nan) for count in counts]
    return VillageChances(
        p_reached=p_reached,
        certainty=certainty(p_reached, limits.sure_share),
        first_p05_s=low,
        first_p95_s=high,
        p_targets=p_targets,
        sure=counts[0],
        uncertain=counts[1],
    )


def _held_chances(
    cells: CellTally, holds: NDArray[np.bool_], caps_km2: Floats, sure_share: float
) -> HeldChances:
    def of_holders(values: Floats) -> Floats:
        return np.where(holds, values, np.nan)

    area_km2, reached_km2 = cells.area_km2[:, :-1], cells.reached_km2[:, :-1]
    area_p05_km2, area_p95_km2 = interval(area_km2)
    reached_p05, reached_p95 = interval(share(reached_km2, area_km2))
    keeps = share_of_draws((area_km2 <= caps_km2 * (1 + ROUNDING)).sum(axis=0), len(area_km2))
    area_sure = of_holders(np.where(np.isnan(caps_km2), np.nan, keeps))
    return HeldChances(
        area_sure=area_sure,
        area_certainty=certainty(area_sure, sure_share),
        area_p05_km2=of_holders(area_p05_km2),
        area_p95_km2=of_holders(area_p95_km2),
        reached_share_p05=of_holders(reached_p05),
        reached_share_p95=of_holders(reached_p95),
    )


def _village_figures(first_s: Floats, found: VillageChances, limits: Limits) -> Figures:
    reached = (first_s <= limit_s(limits.village_s)).sum(axis=1).astype(np.float64)
    figures = _spread_figures({"villages_reached": reached})
    for word in ("sure_yes", "sure_no", "uncertain"):
        count = int((found.certainty == word).sum())
        figures[f"villages_{word}"] = count if len(first_s) else None
    return figures


def _spread_figures(values: Mapping[str, Floats]) -> Figures:
    figures: Figures = {}
    for name, each in values.items():
        (low,), (high,) = interval(each[:, None])
        figures[f"{name}_p05"] = None if np.isnan(low) else float(low)
        figures[f"{name}_p95"] = None if np.isnan(high) else float(high)
    return figures

"""Townships: who in each is reached within each band, with numerator and denominator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from firecover.assessment.hydrants import working_verdicts
from firecover.assessment.service import Arrivals, Facilities
from firecover.assessment.villages import finite, name_of


@dataclass(frozen=True)
class Counted:
    """Something counted by township: ``d`` things that weigh something.

    Attributes
    ----------
    township
        Shape (d,), rows of the townships, -1 where a thing lies in none.
    weight
        Shape (d,), persons, km² or 1.
    """

    township: NDArray[np.int64]
    weight: NDArray[np.float64]

    def by_township(
        self, count: int, which: NDArray[np.bool_] | None = None
    ) -> NDArray[np.float64]:
        """Return the weight in each township, shape (count,); of some of the things only."""
        held = self.township >= 0 if which is None else (self.township >= 0) & which
        sums = np.bincount(self.township[held], self.weight[held], count)
        return sums.astype(np.float64)


def share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return part ÷ whole, NaN where there is no whole."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


def present_verdicts(
    working: NDArray[np.float64], proposed: NDArray[np.float64], built_up_km2: NDArray[np.float64]
) -> NDArray[np.object_]:
    """Say whether all the hydrants that each township needs are there.

    Parameters
    ----------
    working, proposed
        Shape (townships,), how many work, and how many new ones are proposed to close the
        gaps; NaN where that is not known.
    built_up_km2
        Shape (townships,), the built-up area that is to be protected.

    Returns
    -------
    verdict
        Shape (townships,): ``meets`` only where none is proposed, ``not_applicable`` where
        nothing is built up, ``cannot_say`` where something is known to be missing from the
        figures: no proposals, no area, or a built-up area with neither hydrants nor streets
        along which one might be proposed.
    """
    verdict = np.select(
        [proposed > 0, (proposed == 0) & (working > 0), (proposed == 0) & (built_up_km2 == 0)],
        ["fails", "meets", "not_applicable"],
        default="cannot_say",
    )
    return verdict.astype(object)


def townships(
    data: gpd.GeoDataFrame,
    *,
    who: Facilities,
    minutes: Sequence[tuple[str, float]],
    seats: Arrivals,
    population: tuple[Counted, Arrivals],
    built_up: tuple[Counted, Arrivals],
    hydrants: tuple[Counted, NDArray[np.bool_]],
    villages: tuple[Counted, NDArray[np.bool_]],
    limit_s: float,
    working_share: float = np.nan,
    hydrants_unsure: NDArray[np.bool_] | None = None,
    hydrants_new: NDArray[np.float64] | None = None,
    seat_full_s: NDArray[np.float64] | None = None,
    call_handling_s: float = np.nan,
    seat_p: NDArray[np.float64] | None = None,
    share_p05: NDArray[np.float64] | None = None,
    share_p95: NDArray[np.float64] | None = None,
) -> gpd.GeoDataFrame:
    """Sum up population, built-up area, hydrants and villages by township.

    Parameters
    ----------
    data
        The townships; a missing area or population stays unknown.
    who
        The stations.
    minutes
        The bands: the ending of their columns, and their minutes.
    seats
        Arrivals at the seats.
    population, built_up
        What is counted, and the arrivals there.
    hydrants, villages
        What is counted, and which of them work (are reached).
    limit_s
        The response standard for built-up area.
    working_share
        The share of hydrants that are to work; NaN where no rule says.
    hydrants_unsure
        Which of the hydrants may work or not, as nobody knows; none without it.
    hydrants_new
        Shape (townships,), how many new hydrants are proposed; NaN where that is not known.
    seat_full_s
        Shape (townships,), when a full force is at the seat.
    call_handling_s
        From the call to the dispatch order, which all other times start at.
    seat_p, share_p05, share_p95
        Shape (townships,), over the draws: the probability that the seat is reached within
        the standard, and the interval of the population share that is.

    Returns
    -------
    townships
        As in :class:`firecover.results.Results`, without ``scenario``. Where a township's
        area is not known, all that depends on it is NaN.
    """
    count = len(data)
    no_area = np.asarray(data.geometry.isna() | data.geometry.is_empty)

    def known(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(no_area, np.nan, values)

    persons, persons_coming = population
    total = known(persons.by_township(count))
    table: dict[str, object] = {
        "code": data["code"],
        "name": data["name"],
        "name_en": data["name_en"],
        "population": data["population"],
        "seat_first_s": finite(seats.first_s),
        "seat_station": name_of(who, seats.first),
        "seat_second_s": finite(seats.second_s),
        "population_modelled": total,
    }
    for ending, band in minutes:
        reached = known(persons.by_township(count, persons_coming.first_s <= band * 60))
        table[f"population_{ending}"] = reached
        table[f"share_{ending}"] = share(reached, total)
    area, area_coming = built_up
    built_up_km2 = known(area.by_township(count))
    built_up_reached_km2 = known(area.by_township(count, area_coming.first_s <= limit_s))
    hydrants_all = known(hydrants[0].by_township(count))
    hydrants_working = known(hydrants[0].by_township(count, hydrants[1]))
    unsure = np.zeros(len(hydrants[1]), bool) if hydrants_unsure is None else hydrants_unsure
    hydrants_unsure_all = known(hydrants[0].by_township(count, unsure))
    nan = np.full(count, np.nan)
    hydrants_proposed = nan if hydrants_new is None else known(hydrants_new)
    villages_all = known(villages[0].by_township(count))
    villages_reached = known(villages[0].by_township(count, villages[1]))
    table |= {
        "built_up_km2": built_up_km2,
        "built_up_reached_km2": built_up_reached_km2,
        "built_up_reached_share": share(built_up_reached_km2, built_up_km2),
        "hydrants": hydrants_all,
        "hydrants_working": hydrants_working,
        "hydrants_working_share": share(hydrants_working, hydrants_all),
        "hydrants_working_verdict": working_verdicts(
            hydrants_working, hydrants_unsure_all, hydrants_all, working_share
        ),
        "hydrants_new": hydrants_proposed,
        "hydrants_present_share": share(hydrants_working, hydrants_working + hydrants_proposed),
        "hydrants_present_verdict": present_verdicts(
            hydrants_working, hydrants_proposed, built_up_km2
        ),
        "villages": villages_all,
        "villages_reached": villages_reached,
        "villages_reached_share": share(villages_reached, villages_all),
        "seat_full_s": nan if seat_full_s is None else finite(seat_full_s),
        "seat_call_s": finite(seats.first_s) + call_handling_s,
        "seat_p": nan if seat_p is None else seat_p,
        "share_p05": nan if share_p05 is None else share_p05,
        "share_p95": nan if share_p95 is None else share_p95,
        "note": data["note"],
    }
    return gpd.GeoDataFrame(pd.DataFrame(table), geometry=data.geometry.to_numpy(), crs=data.crs)

"""Townships: who in each is reached within each band, with numerator and denominator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
    villages_all = known(villages[0].by_township(count))
    villages_reached = known(villages[0].by_township(count, villages[1]))
    table |= {
        "built_up_km2": built_up_km2,
        "built_up_reached_km2": built_up_reached_km2,
        "built_up_reached_share": share(built_up_reached_km2, built_up_km2),
        "hydrants": hydrants_all,
        "hydrants_working": hydrants_working,
        "hydrants_working_share": share(hydrants_working, hydrants_all),
        "villages": villages_all,
        "villages_reached": villages_reached,
        "villages_reached_share": share(villages_reached, villages_all),
        "note": data["note"],
    }
    return gpd.GeoDataFrame(pd.DataFrame(table), geometry=data.geometry.to_numpy(), crs=data.crs)

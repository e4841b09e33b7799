"""Each station out of service in turn: who loses cover, and who comes instead.

Without its first arrival a place is first reached by its second: both are known, so nothing is
driven anew.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from firecover.assessment.service import Arrivals, Facilities
from firecover.assessment.villages import name_of

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Covered:
    """What is reached, by whom, and when it counts as reached.

    Attributes
    ----------
    coming
        First and second arrival at each of ``d`` places.
    weight
        Shape (d,), persons, km², or 1 for each village.
    limit_s
        The latest arrival that counts, seconds from the dispatch order.
    """

    coming: Arrivals
    weight: Floats
    limit_s: float

    def lost(self, facilities: int) -> Floats:
        """Return the weight no longer reached in time without each facility, shape (k,)."""
        coming = self.coming
        lost = (coming.first_s <= self.limit_s) & (coming.second_s > self.limit_s)
        return self.by_first(np.where(lost, self.weight, 0.0), facilities)

    def by_first(self, amount: Floats, facilities: int) -> Floats:
        """Return the sum of an amount over the places that each facility reaches first."""
        served = self.coming.first >= 0
        first = self.coming.first[served]
        sums = np.bincount(first, weights=amount[served], minlength=facilities)
        return np.asarray(sums, dtype=np.float64)

    def taken_over(self, facilities: int) -> Floats:
        """Return the weight that each facility hands to each other, shape (k, k)."""
        coming = self.coming
        both = coming.second >= 0
        pair = coming.first[both] * facilities + coming.second[both]
        sums = np.bincount(pair, weights=self.weight[both], minlength=facilities**2)
        return np.asarray(sums, dtype=np.float64).reshape(facilities, facilities)


def station_outages(
    who: Facilities,
    serves: NDArray[np.bool_],
    population: Covered,
    built_up: Covered,
    villages: Covered,
) -> gpd.GeoDataFrame:
    """Tell what is lost when each station is out of service.

    Parameters
    ----------
    who, serves
        The facilities, and shape (k,), which of them respond.
    population, villages
        By whoever comes first.
    built_up
        The urban built-up area, by the stations that hold jurisdictions; cells that do not
        count have no weight.

    Returns
    -------
    outages
        As in :class:`firecover.results.Results`, without ``scenario``; one row for each
        station that responds, in their order. ``takes_over`` names those who come instead to
        people or villages, most people first, then most villages, parted by ``、``.
    """
    k = len(who.table)
    people = population.by_first(population.weight, k)
    alone = population.coming.second < 0
    nobody = population.by_first(np.where(alone, population.weight, 0.0), k)
    with np.errstate(invalid="ignore"):
        later_s = np.where(alone, 0.0, population.coming.second_s - population.coming.first_s)
        slower_s = population.by_first(population.weight * later_s, k) / people
    table = pd.DataFrame(
        {
            **{column: who.table[column] for column in ("id", "name", "name_en", "tier")},
            "population_lost": population.lost(k),
            "built_up_lost_km2": built_up.lost(k),
            "villages_lost": villages.lost(k).astype(np.int64),
            "takes_over": _names(who, population.taken_over(k), villages.taken_over(k)),
            "slower_s": np.where(nobody > 0, np.nan, slower_s),
            "nobody": nobody,
        }
    )
    outages = gpd.GeoDataFrame(table, geometry=who.table.geometry.to_numpy(), crs=who.table.crs)
    return outages[serves].reset_index(drop=True)


def _names(who: Facilities, people: Floats, villages: Floats) -> list[str]:
    """Return, for each facility, the names of those that take over from it."""
    told = []
    for row in range(len(people)):
        order = np.lexsort((-villages[row], -people[row]))
        takes = order[(people[row] + villages[row])[order] > 0]
        told.append("、".join(dict.fromkeys(name_of(who, takes))))
    return told

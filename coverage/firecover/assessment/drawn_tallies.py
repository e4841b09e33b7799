"""What is counted in each draw: built-up area, people, villages and seats; and percentiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firecover.assessment.drawn_service import (
    DrawnService,
    Moment,
    Watched,
    WatchedHolders,
    watched,
    watched_holders,
)
from firecover.assessment.jurisdictions import URBAN_ZONES
from firecover.assessment.service import Places
from firecover.assessment.townships import Counted, share
from firecover.demand import BuiltUpCells
from firecover.network.draws import Draws
from firecover.network.engines.limits import limit_s

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
#: The ends of an interval, percent.
INTERVAL = (5.0, 95.0)


def chance(first_s: Floats, within_s: float) -> Floats:
    """Return the share of the draws with an arrival in time, for each place.

    Parameters
    ----------
    first_s
        Shape (n, d), the first arrival in each draw.
    within_s
        The time.

    Returns
    -------
    p
        Shape (d,), NaN without draws.
    """
    return share_of_draws((first_s <= limit_s(within_s)).sum(axis=0), len(first_s))


def share_of_draws(count: Ints, draws: int) -> Floats:
    """Return in what share of the draws something held, NaN without draws."""
    return share(count.astype(np.float64), np.full(count.shape, float(draws)))


def interval(values: Floats) -> tuple[Floats, Floats]:
    """Return the 5th and the 95th percentile of each column over the draws.

    Parameters
    ----------
    values
        Shape (n, d); what is not finite does not count.

    Returns
    -------
    low, high
        Shape (d,), linear between neighbours; NaN where a column has no finite value.
    """
    low, high = np.full(values.shape[1], np.nan), np.full(values.shape[1], np.nan)
    finite = np.isfinite(values)
    some = finite.any(axis=0)
    whole = some & finite.all(axis=0)
    if whole.any():
        low[whole], high[whole] = np.percentile(values[:, whole], INTERVAL, axis=0)
    for column in np.flatnonzero(some & ~whole):
        low[column], high[column] = np.percentile(values[finite[:, column], column], INTERVAL)
    return low, high


@dataclass(frozen=True)
class CellTally:
    """The built-up cells, ``d`` of them, by holders of jurisdictions and by whoever comes.

    Attributes
    ----------
    cells
        The cells.
    urban
        Shape (d,), which the standard is about.
    within_s
        The standard.
    holders, anybody
        How they are reached.
    held_count
        Shape (d,), in how many draws a holder came in time.
    any_count
        Shape (watched cells,), in how many anybody did.
    area_km2, reached_km2
        Shape (n, k + 1), in each draw the urban area that each station comes to first, the
        last column nobody, and how much of it within the standard.
    any_urban_km2, any_km2
        Shape (n,), urban and all built-up area that anybody comes to in time.
    """

    cells: BuiltUpCells
    urban: NDArray[np.bool_]
    within_s: float
    holders: WatchedHolders
    anybody: Watched
    held_count: Ints
    any_count: Ints
    area_km2: Floats
    reached_km2: Floats
    any_urban_km2: Floats
    any_km2: Floats

    def note(self, number: int, moment: Moment) -> None:
        """Count one draw."""
        area_km2, urban, limit = self.cells.area_km2, self.urban, limit_s(self.within_s)
        first_s, station = self.holders.first(moment)
        in_time = first_s <= limit
        np.add(self.held_count, in_time, out=self.held_count)
        stations = self.area_km2.shape[1]
        for table, which in ((self.area_km2, urban), (self.reached_km2, urban & in_time)):
            table[number] = np.bincount(station[which], area_km2[which], stations)
        in_time = self.anybody.first_s(moment) <= limit
        np.add(self.any_count, in_time, out=self.any_count)
        reached = self.anybody.rows[in_time]
        self.any_km2[number] = area_km2[reached].sum()
        self.any_urban_km2[number] = area_km2[reached[urban[reached]]].sum()

    def shares(self) -> dict[str, Floats]:
        """Return the shares of area reached in each draw, shape (n,), by the figures' names."""
        urban_km2 = float(self.cells.area_km2[self.urban].sum())
        parts = {
            "urban_reached_share": (self.reached_km2[:, :-1].sum(axis=1), urban_km2),
            "urban_any_reached_share": (self.any_urban_km2, urban_km2),
            "built_up_any_reached_share": (self.any_km2, float(self.cells.area_km2.sum())),
        }
        return {
            name: share(part, np.full(len(part), whole)) for name, (part, whole) in parts.items()
        }


def cell_tally(
    service: DrawnService,
    draws: Draws,
    places: Places,
    *,
    cells: BuiltUpCells,
    zone: NDArray[np.str_],
    within_s: float,
) -> CellTally:
    """Prepare the counting of built-up cells of some zones."""
    anybody = watched(service, places, draws, within_s)
    n, k = len(draws), service.nobody
    return CellTally(
        cells=cells,
        urban=np.isin(zone, URBAN_ZONES),
        within_s=within_s,
        holders=watched_holders(service, places),
        anybody=anybody,
        held_count=np.zeros(len(places.xy), np.int64),
        any_count=np.zeros(len(anybody.rows), np.int64),
        area_km2=np.zeros((n, k + 1)),
        reached_km2=np.zeros((n, k + 1)),
        any_urban_km2=np.zeros(n),
        any_km2=np.zeros(n),
    )


@dataclass(frozen=True)
class PeopleTally:
    """Persons at ``d`` points, reached by whoever comes first.

    Attributes
    ----------
    persons
        At the watched points.
    total
        All of them, watched or not, by township; and their sum.
    within_s
        The standard.
    bands_s
        The bands, by the ending of their keys.
    anybody
        How the points are reached.
    count
        Shape (watched points,), in how many draws somebody came within the standard.
    reached
        Shape (n, townships), persons reached within the standard in each draw.
    in_band
        By band, shape (n,), persons reached within it.
    """

    persons: Counted
    total: tuple[Floats, float]
    within_s: float
    bands_s: Mapping[str, float]
    anybody: Watched
    count: Ints
    reached: Floats
    in_band: Mapping[str, Floats]

    def note(self, number: int, moment: Moment) -> None:
        """Count one draw."""
        first_s = self.anybody.first_s(moment)
        in_time = first_s <= limit_s(self.within_s)
        np.add(self.count, in_time, out=self.count)
        self.reached[number] = self.persons.by_township(self.reached.shape[1], in_time)
        for ending, band_s in self.bands_s.items():
            reached = self.persons.weight[first_s <= limit_s(band_s)].sum()
            self.in_band[ending][number] = reached

    def shares(self) -> dict[str, Floats]:
        """Return the share of people reached in each draw, shape (n,), by the figures' names."""
        return {
            f"population_share_{ending}": share(reached, np.full(len(reached), self.total[1]))
            for ending, reached in self.in_band.items()
        }

    def township_shares(self) -> Floats:
        """Return the share reached within the standard, shape (n, townships)."""
        return share(self.reached, np.broadcast_to(self.total[0], self.reached.shape))


def people_tally(
    service: DrawnService,
    draws: Draws,
    places: Places,
    *,
    persons: Counted,
    townships: int,
    within_s: float,
    bands_s: Mapping[str, float],
) -> PeopleTally:
    """Prepare the counting of persons, within the standard and within bands."""
    anybody = watched(service, places, draws, max(within_s, *bands_s.values()))
    rows = anybody.rows
    return PeopleTally(
        persons=Counted(persons.township[rows], persons.weight[rows]),
        total=(persons.by_township(townships), float(persons.weight.sum())),
        within_s=within_s,
        bands_s=bands_s,
        anybody=anybody,
        count=np.zeros(len(rows), np.int64),
        reached=np.zeros((len(draws), townships)),
        in_band={ending: np.zeros(len(draws)) for ending in bands_s},
    )


@dataclass(frozen=True)
class SpotTally:
    """Places of which every first arrival is kept: villages and seats.

    Attributes
    ----------
    anybody
        How they are reached.
    first_s
        Shape (n, d), the first arrival in each draw; infinite where nobody comes.
    """

    anybody: Watched
    first_s: Floats

    def note(self, number: int, moment: Moment) -> None:
        """Keep the arrivals of one draw."""
        self.first_s[number, self.anybody.rows] = self.anybody.first_s(moment)


def spot_tally(service: DrawnService, draws: Draws, places: Places) -> SpotTally:
    """Prepare the keeping of arrivals at places."""
    anybody = watched(service, places, draws)
    return SpotTally(anybody, np.full((len(draws), len(places.xy)), np.inf))

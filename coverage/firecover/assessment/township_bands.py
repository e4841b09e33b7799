"""Townships band by band: who is reached by the first, the second, a full force, and each tier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from firecover.assessment.service import Arrivals, Facilities
from firecover.assessment.townships import Counted, share

#: The tiers of stations, in the order in which they are told.
TIERS = ("fire", "township", "micro")


def seconds_by_kind(
    times_s: NDArray[np.float64],
    who: Facilities,
    serves: NDArray[np.bool_],
    coming: Arrivals,
    full_s: NDArray[np.float64],
) -> dict[str, NDArray[np.float64]]:
    """Return the time of each kind of arrival at ``d`` places, from the dispatch order.

    Parameters
    ----------
    times_s
        Shape (k, d), from each facility's door to each place.
    who
        The stations; a tier that the study has no station of (nor opens one) is no kind.
    serves
        Shape (k,), who responds.
    coming
        The first and second arrival of all who respond.
    full_s
        Shape (d,), when a full force is there.

    Returns
    -------
    seconds
        By ``first``, ``second``, ``full``, and the first of each tier: ``fire``,
        ``township``, ``micro``; infinite where nobody comes.
    """
    kinds = {"first": coming.first_s, "second": coming.second_s, "full": full_s}
    stations = serves | ~np.asarray(who.table["candidate"], dtype=np.bool_)
    for tier in TIERS:
        members = who.in_tiers([tier])
        if not (members & stations).any():
            continue
        earliest = np.full(times_s.shape[1], np.inf)
        for row in np.flatnonzero(members & serves):
            np.minimum(earliest, who.start_s[row] + times_s[row], out=earliest)
        kinds[tier] = earliest
    return kinds


def township_bands(
    data: gpd.GeoDataFrame,
    minutes: Sequence[float],
    population: tuple[Counted, Mapping[str, NDArray[np.float64]]] | None,
    built_up: tuple[Counted, Mapping[str, NDArray[np.float64]]] | None,
) -> pd.DataFrame:
    """Count population and built-up area by township, kind of arrival and band.

    Parameters
    ----------
    data
        The townships; where an area is missing nothing is known of what lies in it.
    minutes
        The bands, rising, minutes from the dispatch order.
    population, built_up
        What is counted (persons, km²), and the times from :func:`seconds_by_kind` there;
        None for what the study does not give: its figures are NaN. Both have the same kinds.

    Returns
    -------
    bands
        As in :class:`firecover.results.Results`, without ``scenario``: by township, then
        kind, then band.
    """
    count, bands = len(data), len(minutes)
    kinds = list(next((times for _, times in filter(None, (population, built_up))), {}))
    no_area = np.asarray(data.geometry.isna() | data.geometry.is_empty)
    shape = (count, len(kinds), bands)
    table: dict[str, object] = {
        name: np.repeat(data[name].to_numpy(dtype=object), len(kinds) * bands)
        for name in ("code", "name")
    }
    table["by"] = np.tile(np.repeat(np.array(kinds, dtype=object), bands), count)
    table["minutes"] = np.tile(np.asarray(minutes, dtype=np.float64), count * len(kinds))
    for counted, names in (
        (population, ("population_reached", "population", "population_share")),
        (built_up, ("built_up_reached_km2", "built_up_km2", "built_up_share")),
    ):
        reached, whole = np.full(shape, np.nan), np.full(shape, np.nan)
        if counted is not None:
            things, times = counted
            for column, kind in enumerate(kinds):
                reached[:, column] = _within(things, times[kind], minutes, count)
            whole[:] = things.by_township(count)[:, None, None]
            reached = np.minimum(reached, whole)  # summed in another order, they round apart
            reached[no_area] = whole[no_area] = np.nan
        columns = reached.ravel(), whole.ravel(), share(reached, whole).ravel()
        table |= dict(zip(names, columns, strict=True))
    return pd.DataFrame(table)


def _within(
    things: Counted, seconds: NDArray[np.float64], minutes: Sequence[float], count: int
) -> NDArray[np.float64]:
    """Return the weight in each township that is reached within each band."""
    limits_s = np.asarray(minutes, dtype=np.float64) * 60
    beyond = len(limits_s)
    # side "left": the first band whose end is not before the arrival
    band = np.searchsorted(limits_s, seconds, side="left")
    held = (things.township >= 0) & (band < beyond)
    cell = things.township[held] * beyond + band[held]
    sums = np.bincount(cell, things.weight[held], count * beyond).reshape(count, beyond)
    return np.cumsum(sums, axis=1)

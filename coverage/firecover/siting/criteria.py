"""What each candidate is judged by, from arrays of arrival times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from firecover.network.engines.limits import ROUNDING, limit_s
from firecover.study_siting import CRITERIA

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: The criteria in the order of the columns of every array of them.
NAMES = tuple(CRITERIA)


@dataclass(frozen=True)
class Coming:
    """When ``d`` places are reached: today, and by each of ``c`` candidates alone.

    Attributes
    ----------
    first_s
        Shape (d,), the first arrival without a candidate; infinite where nobody comes.
    by_candidate_s
        Shape (c, d), the arrival of each candidate.
    """

    first_s: Floats
    by_candidate_s: Floats

    @property
    def with_candidate_s(self) -> Floats:
        """The first arrival with each candidate, shape (c, d)."""
        return np.minimum(self.first_s, self.by_candidate_s)

    def at(self, places: Ints | Bools) -> Coming:
        """Return the same of some of the places only."""
        # taking columns by number is several times faster than by mask
        rows = np.arange(len(self.first_s))[places]
        return Coming(self.first_s[rows], self.by_candidate_s.take(rows, axis=1))

    def gain(self, weight: Floats, within_s: float) -> Floats:
        """Return the weight that each candidate newly reaches in time, shape (c,)."""
        limit = limit_s(within_s)
        missing = np.flatnonzero(self.first_s > limit)
        in_time = self.by_candidate_s.take(missing, axis=1) <= limit
        return _summed(in_time, weight[missing])


@dataclass(frozen=True)
class Reaching:
    """When everything is reached, usually or in one draw of the speeds.

    Attributes
    ----------
    population, villages
        By whoever comes first.
    built_up, hydrants
        By stations that hold jurisdictions only; a candidate that would hold none never comes.
    holder
        Shape (d,), the row of the station that comes first to each built-up cell; anything
        where nobody comes.
    """

    population: Coming
    villages: Coming
    built_up: Coming
    hydrants: Coming
    holder: Ints


@dataclass(frozen=True)
class Sought:
    """What counts at the places, and against what.

    Attributes
    ----------
    persons
        Shape (population places,).
    urban_km2
        Shape (built-up cells,), the area of each, 0 where the standard is not about it.
    suburb
        Shape (built-up cells,), whether each lies in the near suburb.
    hydrant_works
        Shape (hydrants,).
    cap_km2
        Shape (k,), the largest jurisdiction of each facility's class, stations and candidates;
        NaN where no rule says, and then nothing is too large.
    suburb_cap_km2
        The same for a jurisdiction that lies mostly in the near suburb.
    candidates
        Shape (c,), the candidates' rows among the facilities.
    cost_10k_cny
        Shape (c,), NaN where not known.
    response_s, village_s
        The time within which a place, and a village, counts as reached.
    """

    persons: Floats
    urban_km2: Floats
    suburb: Bools
    hydrant_works: Bools
    cap_km2: Floats
    suburb_cap_km2: float
    candidates: Ints
    cost_10k_cny: Floats
    response_s: float
    village_s: float


def reaching(
    times_s: Mapping[str, Floats],
    start_s: Floats,
    *,
    serves: Bools,
    holds: Bools,
    candidates: Ints,
    would_hold: Bools,
) -> Reaching:
    """Find out who comes when to everything.

    Parameters
    ----------
    times_s
        By layer (``population``, ``villages``, ``built_up``, ``hydrants``), shape (k, places),
        from each facility's door; a layer that is missing has no places.
    start_s
        Shape (k,), when each facility is on the road.
    serves, holds
        Shape (k,), who responds today, and who of these holds a jurisdiction.
    candidates
        Shape (c,), the rows of the candidates.
    would_hold
        Shape (c,), which of them would hold a jurisdiction.
    """
    none = np.empty((len(start_s), 0))
    arrival_s = {
        layer: start_s[:, None] + times_s.get(layer, none)
        for layer in ("population", "villages", "built_up", "hydrants")
    }

    def coming(layer: str, who: Bools, *, held: bool) -> Coming:
        first_s = arrival_s[layer][who].min(axis=0, initial=np.inf)
        by_candidate_s = arrival_s[layer][candidates]
        if held:
            by_candidate_s[~would_hold] = np.inf
        return Coming(first_s, by_candidate_s)

    rows = np.flatnonzero(holds)
    cells = arrival_s["built_up"][rows]
    nobody = np.full(cells.shape[1], -1)
    return Reaching(
        population=coming("population", serves, held=False),
        villages=coming("villages", serves, held=False),
        built_up=coming("built_up", holds, held=True),
        hydrants=coming("hydrants", holds, held=True),
        # of several that arrive together argmin takes the earlier row, as arrivals() does
        holder=rows[cells.argmin(axis=0)] if len(rows) else nobody,
    )


def criteria(sought: Sought, reached: Reaching) -> Floats:
    """Judge every candidate alone against the service of today.

    Parameters
    ----------
    sought
        What counts.
    reached
        Who comes when.

    Returns
    -------
    values
        Shape (c, 8), in the order of :data:`NAMES`: persons, urban km² and villages newly
        reached in time; urban km² by which jurisdictions are less too large than today, when
        every cell goes to whoever comes first (negative: the candidate's own is larger still);
        the last arrival at an urban cell, seconds, infinite when nobody comes to a cell that
        some candidate reaches; the share of the urban area reached by the candidate in time
        that is so today (NaN: it reaches none); working hydrants newly reached; the cost.
    """
    cells = sought.urban_km2 > 0
    km2, urban = sought.urban_km2[cells], reached.built_up.at(cells)
    gain_km2 = urban.gain(km2, sought.response_s)
    columns = {
        "population_gain": reached.population.gain(sought.persons, sought.response_s),
        "built_up_gain_km2": gain_km2,
        "villages_gain": reached.villages.gain(
            np.ones(len(reached.villages.first_s)), sought.village_s
        ),
        "area_gain_km2": _area_gain_km2(sought, urban, reached.holder[cells], cells),
        "worst_s": _worst_s(urban),
        "overlap_share": _overlap(urban, km2, sought.response_s),
        "hydrants": reached.hydrants.gain(
            sought.hydrant_works.astype(np.float64), sought.response_s
        ),
        "cost_10k_cny": sought.cost_10k_cny,
    }
    return np.column_stack([columns[name] for name in NAMES])


def criteria_in_draws(sought: Sought, drawn: Iterable[Reaching]) -> Floats:
    """Judge every candidate anew in each draw of the speeds, one draw in memory at a time.

    Returns
    -------
    values
        Shape (n, c, 8), n the number of draws; see :func:`criteria`.
    """
    found = [criteria(sought, reached) for reached in drawn]
    return np.stack(found) if found else np.empty((0, len(sought.candidates), len(NAMES)))


def can_differ(fastest: Coming, slowest: Coming, within_s: float) -> Bools:
    """Tell for which places a candidate can bring a gain in some draw.

    Times never fall when a factor rises. So what is reached in time today even at the slowest,
    and what no candidate reaches in time even at the fastest, adds to no gain in any draw and
    may be left out of :attr:`Reaching.population`, :attr:`~Reaching.villages` and
    :attr:`~Reaching.hydrants` (with its weight).

    Parameters
    ----------
    fastest, slowest
        Arrivals when all factors are the least, and the greatest, of all draws.
    within_s
        The time within which a place counts as reached.

    Returns
    -------
    differ
        Shape (d,).
    """
    limit = limit_s(within_s)
    within_reach = (fastest.by_candidate_s <= limit).any(axis=0)
    return np.asarray((slowest.first_s > limit) & within_reach, dtype=np.bool_)


def _summed(which: Bools, weight: Floats) -> Floats:
    """Return the weight of some places, shape (c, d), for each row: in one thread, in one order."""
    return np.asarray(np.einsum("cd,d->c", which, weight), dtype=np.float64)


def _worst_s(urban: Coming) -> Floats:
    arrival_s = urban.with_candidate_s
    reachable = np.isfinite(urban.first_s) | np.isfinite(arrival_s).any(axis=0)
    if not reachable.any():
        return np.full(len(arrival_s), np.nan)
    return np.asarray(arrival_s[:, reachable].max(axis=1), dtype=np.float64)


def _overlap(urban: Coming, km2: Floats, within_s: float) -> Floats:
    today = urban.first_s <= limit_s(within_s)
    in_time = urban.by_candidate_s <= limit_s(within_s)
    again, new = _summed(in_time, km2 * today), _summed(in_time, km2 * ~today)
    share = np.full(len(in_time), np.nan)
    np.divide(again, again + new, out=share, where=again + new > 0)
    return share


def _area_gain_km2(sought: Sought, urban: Coming, holder: Ints, cells: Bools) -> Floats:
    """Return by how much less, together, the jurisdictions are too large."""
    km2, suburb = sought.urban_km2[cells], sought.suburb[cells]
    held = np.isfinite(urban.first_s)
    stations = np.unique(holder[held])
    nobody = len(stations)
    # a row for who comes first today and another for the suburb alone, a column for each cell
    row = np.where(held, np.searchsorted(stations, holder), nobody)
    cell = np.arange(len(km2))
    table = sp.csr_array(
        (
            np.concatenate((km2, km2 * suburb)),
            (np.concatenate((row, row + nobody + 1)), np.concatenate((cell, cell))),
        ),
        shape=(2 * (nobody + 1), len(km2)),
    )
    # whoever stands already comes first of two that arrive together
    taken = (urban.by_candidate_s < urban.first_s).astype(np.float64)
    lost_km2 = np.asarray(table @ taken.T).T.reshape(len(taken), 2, nobody + 1)
    today_km2 = np.asarray(table @ np.ones(len(km2))).reshape(2, nobody + 1)
    today, after = (
        _excess_km2(area_km2[..., :nobody], sought.cap_km2[stations], sought.suburb_cap_km2)
        for area_km2 in (today_km2, today_km2 - lost_km2)
    )
    own = _excess_km2(
        lost_km2.sum(axis=2).T, sought.cap_km2[sought.candidates], sought.suburb_cap_km2
    )
    return np.asarray((today - after).sum(axis=1) - own, dtype=np.float64)


def _excess_km2(area_km2: Floats, cap_km2: Floats, suburb_cap_km2: float) -> Floats:
    """Return by how much areas, shape (…, 2, s) with their part in the suburb, exceed their caps.

    As in :func:`firecover.assessment.jurisdictions.area_cap_km2`, one that lies mostly in the
    near suburb has the suburb's cap, and a class without a rule has none.
    """
    whole, in_suburb = area_km2[..., 0, :], area_km2[..., 1, :]
    mostly = in_suburb > whole / 2 * (1 + ROUNDING)
    cap = np.where(mostly & ~np.isnan(cap_km2), suburb_cap_km2, cap_km2)
    return np.asarray(np.fmax(whole - cap, 0.0), dtype=np.float64)

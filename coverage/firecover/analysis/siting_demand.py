"""What a choice of sites is worth: population, built-up area and villages reached, and areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from firecover.analysis.siting_state import Bools, Floats, Ints, Situation
from firecover.network.engines.limits import ROUNDING, limit_s
from firecover.siting.coverage_patterns import Cover, cover_of
from firecover.siting.covering import Aim
from firecover.siting.criteria import Coming, Reaching

#: What choices are compared by.
KINDS = ("population", "built_up", "villages")
#: What is mixed into one demand.
MIXED = (*KINDS, "fires")


@dataclass(frozen=True)
class Choices:
    """The sites that may be chosen, ``m`` of them, and what they bring beside the service of today.

    A site is a candidate on the road network that does not stand in the baseline. In covers and
    tables of times, row 0 is whoever comes first today, row ``1 + i`` the site ``i``.

    Attributes
    ----------
    now
        The service of today.
    sites
        Shape (m,), their numbers among the candidates.
    coming
        By kind: when places are reached; of ``built_up`` the urban cells only, by stations that
        hold jurisdictions.
    weight
        By kind: persons, km², villages, past fires.
    within_s
        By kind: the time that counts as reached.
    share
        By kind: what one unit counts in the mixed demand; all of it counts 1. Kinds of which
        there is nothing, or that have no weight, are missing.
    """

    now: Situation
    sites: Ints
    coming: Mapping[str, Coming]
    weight: Mapping[str, Floats]
    within_s: Mapping[str, float]
    share: Mapping[str, float]

    def __len__(self) -> int:
        """Return the number of sites."""
        return len(self.sites)

    @property
    def ids(self) -> list[str]:
        """The sites' ids."""
        return [str(each) for each in self.now.ids[self.sites]]

    @property
    def names(self) -> list[str]:
        """The sites' names."""
        return [str(each) for each in self.now.column("name")[self.sites]]

    @property
    def cost(self) -> Floats:
        """Shape (m,), 10,000 yuan, NaN where not known."""
        return self.now.sought.cost_10k_cny[self.sites]

    @property
    def facilities(self) -> Ints:
        """Shape (m,), the sites' rows among the facilities."""
        return self.now.candidates[self.sites]

    @property
    def urban(self) -> Ints:
        """The urban cells, by row of all built-up cells."""
        return np.flatnonzero(self.now.sought.urban_km2 > 0)

    def times(self, kind: str) -> Floats:
        """Return arrivals, shape (1 + m, places): today's first, then each site's."""
        coming = self.coming[kind]
        return np.concatenate([coming.first_s[None, :], coming.by_candidate_s])

    def in_time(self, kind: str) -> Bools:
        """Return who reaches what in time, shape (1 + m, places)."""
        return np.asarray(self.times(kind) <= limit_s(self.within_s[kind]))

    @cached_property
    def cover(self) -> Mapping[str, Cover]:
        """By kind, who reaches what in time."""
        return {kind: cover_of(self.in_time(kind), self.weight[kind]) for kind in MIXED}

    def aims(self) -> list[Aim]:
        """Return the mixed demand as aims of a covering model."""
        return [Aim(self.cover[kind], share) for kind, share in self.share.items()]


def choices(now: Situation, reached: Reaching) -> Choices:
    """Gather what may be chosen, given who reaches what today and with each candidate."""
    serves = now.reached.serves[now.candidates]
    on_network = now.driven.who.positions.on_network[now.candidates]
    sites = np.flatnonzero(on_network & ~serves)
    sought = now.sought
    urban = np.flatnonzero(sought.urban_km2 > 0)
    everything = {
        "population": reached.population,
        "built_up": reached.built_up.at(urban),
        "villages": reached.villages,
        "fires": _to_fires(now),
    }
    weight = {
        "population": sought.persons,
        "built_up": sought.urban_km2[urban],
        "villages": np.ones(len(reached.villages.first_s)),
        "fires": now.fires,
    }
    return Choices(
        now=now,
        sites=sites,
        coming={
            kind: Coming(each.first_s, each.by_candidate_s[sites])
            for kind, each in everything.items()
        },
        weight=weight,
        within_s={
            "population": sought.response_s,
            "built_up": sought.response_s,
            "villages": sought.village_s,
            "fires": sought.response_s,
        },
        share=_shares(now, weight),
    )


def _to_fires(now: Situation) -> Coming:
    """Return when the places of past fires are reached, by whoever comes first."""
    arrival_s = now.driven.who.start_s[:, None] + now.fires_s
    serves = now.reached.serves
    nobody = np.full((1, arrival_s.shape[1]), np.inf)
    first_s = np.concatenate([nobody, arrival_s[serves]]).min(axis=0)
    return Coming(first_s, arrival_s[now.candidates])


def _shares(now: Situation, weight: Mapping[str, Floats]) -> dict[str, float]:
    asked = now.ground.study.siting.demand_weights
    given = {
        kind: float(asked.get(kind, 0.0))  # type: ignore[call-overload]
        for kind in MIXED
        if weight[kind].sum() > 0
    }
    total = sum(given.values())
    return {
        kind: mixed / total / float(weight[kind].sum())
        for kind, mixed in given.items()
        if mixed > 0
    }


@dataclass(frozen=True)
class Worth:
    """What the service of today and a choice of sites reach together."""

    demand: float
    population: float
    built_up_km2: float
    villages: float
    excess_km2: float
    cost_10k_cny: float


class Valuer:
    """Tells what choices of sites are worth."""

    def __init__(self, of: Choices) -> None:
        self._of = of
        self._covers = of.cover
        self._areas = Areas.of(of)
        self._excess: dict[tuple[int, ...], float] = {}

    @property
    def areas(self) -> Areas:
        """Who comes first to the urban cells."""
        return self._areas

    def worth(self, chosen: Sequence[int] | Ints) -> Worth:
        """Return what a choice, by the sites' numbers from 0, is worth."""
        sites = [int(site) for site in chosen]
        opened = [0, *(1 + site for site in sites)]
        reached = {kind: cover.covered_weight(opened) for kind, cover in self._covers.items()}
        return Worth(
            demand=float(sum(self._of.share[kind] * reached[kind] for kind in self._of.share)),
            population=reached["population"],
            built_up_km2=reached["built_up"],
            villages=reached["villages"],
            excess_km2=self._excess_km2(sites),
            cost_10k_cny=float(self._of.cost[sites].sum()),
        )

    def worths(self, listed: Sequence[Sequence[int]]) -> Floats:
        """Return what choices are worth, many at once.

        Returns
        -------
        worths
            Shape (choices, 5): population, built-up km², villages, km² above the caps, cost.
        """
        columns = [self._reached(kind, listed) for kind in KINDS]
        excess, cost = np.zeros(len(listed)), np.zeros(len(listed))
        known = np.nan_to_num(self._of.cost)
        for row, chosen in enumerate(listed):
            excess[row] = self._excess_km2(chosen)
            cost[row] = known[list(chosen)].sum()
        return np.column_stack([*columns, excess, cost])

    def _reached(self, kind: str, listed: Sequence[Sequence[int]]) -> Floats:
        """Return the weight of a kind that choices reach, shape (choices,)."""
        cover = self._covers[kind]
        reached = cover.reached.toarray() > 0
        today = float(cover.weight[reached[:, 0]].sum())
        missing = ~reached[:, 0] & reached[:, 1:].any(axis=1)
        by_site, weight = reached[missing, 1:].T, cover.weight[missing]
        total = np.full(len(listed), today)
        for row, chosen in enumerate(listed):
            if len(chosen):
                total[row] += weight[by_site[list(chosen)].any(axis=0)].sum()
        return total

    def _excess_km2(self, chosen: Sequence[int]) -> float:
        moving = tuple(sorted(site for site in chosen if self._areas.moves[site]))
        if moving not in self._excess:
            self._excess[moving] = self._areas.excess_km2(moving)
        return self._excess[moving]

    def unreached_km2(self) -> float:
        """Return the urban area that neither today's stations nor any site reach in time."""
        cover = self._covers["built_up"]
        every = np.arange(1 + len(self._of))
        return float(cover.weight[cover.times_covered(every) == 0].sum())


@dataclass(frozen=True)
class Areas:
    """Who comes first to the urban cells, and how much too large jurisdictions are.

    Attributes
    ----------
    of
        The choices.
    holder
        Shape (d,), the row of who comes first today to each urban cell.
    moves
        Shape (m,), the sites that come first to some cell.
    """

    choices: Choices
    holder: Ints
    moves: Bools

    @classmethod
    def of(cls, of: Choices) -> Areas:
        """Find out who comes first today, and which sites would anywhere."""
        coming = of.coming["built_up"]
        rows = np.flatnonzero(of.now.reached.holds)
        arrival_s = of.now.cell_arrival_s(rows, of.urban)
        first = arrival_s.argmin(axis=0) if len(rows) else np.zeros(len(of.urban), np.int64)
        holder = rows[first] if len(rows) else np.full(len(of.urban), -1)
        holder = np.where(np.isfinite(coming.first_s), holder, -1)
        sooner = coming.by_candidate_s < coming.first_s
        return cls(of, holder, np.asarray(sooner.any(axis=1), dtype=np.bool_))

    def first(self, chosen: Sequence[int]) -> Ints:
        """Return who comes first to each urban cell, rows of the facilities, -1: nobody.

        Of two that arrive together whoever stands already comes first, then the earlier site.
        """
        coming = self.choices.coming["built_up"]
        sites = np.sort(np.asarray(chosen, dtype=np.int64))
        if not len(sites):
            return self.holder
        by_s = coming.by_candidate_s[sites]
        best = by_s.argmin(axis=0)
        sooner = by_s[best, np.arange(by_s.shape[1])] < coming.first_s
        return np.where(sooner, self.choices.facilities[sites][best], self.holder)

    def excess_km2(self, chosen: Sequence[int]) -> float:
        """Return by how much, together, jurisdictions are above their caps.

        One that lies mostly in the near suburb has the suburb's cap.
        """
        first, sought = self.first(chosen), self.choices.now.sought
        km2 = self.choices.weight["built_up"]
        held = first >= 0
        count = len(sought.cap_km2)
        whole = np.bincount(first[held], km2[held], count)
        suburb_km2 = km2 * sought.suburb[self.choices.urban]
        suburb = np.bincount(first[held], suburb_km2[held], count)
        mostly = suburb > whole / 2 * (1 + ROUNDING)
        capped = ~np.isnan(sought.cap_km2)
        cap = np.where(mostly & capped, sought.suburb_cap_km2, sought.cap_km2)
        return float(np.fmax(whole - cap, 0.0).sum())

"""Small questions about sites, answered by trying every choice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
from hypothesis import strategies as st

from firecover.siting.sites import Sites, make_sites


def choices(sites: Sites) -> Iterator[tuple[int, ...]]:
    """Yield every choice that keeps the limits."""
    free = np.flatnonzero(sites.open_to_choice)
    for size in range(len(free) + 1):
        for choice in combinations(free.tolist(), size):
            if sites.allows(choice):
                yield choice


def opened(sites: Sites, choice: tuple[int, ...]) -> list[int]:
    """Return the open sites of a choice, standing ones included."""
    return sorted([*np.flatnonzero(sites.locked).tolist(), *choice])


def best_value(
    sites: Sites, worth: Callable[[list[int], tuple[int, ...]], float], pick: Callable = max
) -> float | None:
    """Return the best worth of any choice; nothing where none is worth anything."""
    values = [worth(opened(sites, choice), choice) for choice in choices(sites)]
    values = [value for value in values if np.isfinite(value)]
    return pick(values) if values else None


@st.composite
def questions(draw: st.DrawFn, *, most_sites: int = 7, most_places: int = 12):
    """Draw times from sites to places, demand, and limits on the choice."""
    number = draw(st.integers(1, most_sites))
    places = draw(st.integers(1, most_places))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    time_s = random.integers(1, 20, (number, places)).astype(float)
    time_s[random.random((number, places)) < draw(st.sampled_from([0.0, 0.3]))] = np.inf
    weight = random.integers(0, 9, places).astype(float)
    if draw(st.booleans()):
        weight += np.round(random.random(places), 3)
    cost = random.integers(1, 6, number).astype(float)
    roles = random.choice(4, number, p=[0.7, 0.1, 0.1, 0.1])
    count = draw(st.none() | st.integers(0, number))
    sites = make_sites(
        number,
        cost=cost,
        locked=np.flatnonzero(roles == 1),
        forced=np.flatnonzero(roles == 2),
        forbidden=np.flatnonzero(roles == 3),
        count=count,
        exactly=count is not None and draw(st.booleans()),
        budget=draw(st.none() | st.integers(0, 15).map(float)),
    )
    return time_s, weight, sites

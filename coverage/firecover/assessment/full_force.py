"""Full force: when the engines that a fire needs are all there, from however many stations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firecover.assessment.service import arrival_order


@dataclass(frozen=True)
class FullForce:
    """When enough engines have come to each of ``d`` places.

    Attributes
    ----------
    seconds
        Shape (d,), from the dispatch order; infinite where there are never so many.
    stations
        Shape (d,), from how many stations they come; 0 where there are never so many.
    assumed
        Shape (d,), of how many of these stations the number of engines is not known, so that
        one was counted.
    """

    seconds: NDArray[np.float64]
    stations: NDArray[np.int64]
    assumed: NDArray[np.int64]


def full_force(
    times_s: NDArray[np.float64],
    start_s: NDArray[np.float64],
    serves: NDArray[np.bool_],
    engines: NDArray[np.float64],
    asked: int,
) -> FullForce:
    """Return when so many engines have arrived, stations in the order of their arrival.

    A station brings all its engines. One whose number is not known counts for one engine: it
    has at least that, or it could not respond. One with none brings none, whoever it sends.

    Parameters
    ----------
    times_s
        Shape (k, d), from each station's door to each place.
    start_s
        Shape (k,), when each station is on the road.
    serves
        Shape (k,), who responds.
    engines
        Shape (k,), how many engines each has, NaN where not known.
    asked
        How many make a full force, at least one.
    """
    brought = np.where(np.isnan(engines), 1.0, np.floor(engines))
    # Each of these brings one at least, so that more stations than engines are never needed.
    order, seconds = arrival_order(times_s, start_s, serves & (brought >= 1), asked)
    there = np.cumsum(np.append(brought, 0.0)[order], axis=0)
    enough = there >= asked
    complete = enough[-1]
    last = enough.argmax(axis=0)
    finish_s = np.take_along_axis(seconds, last[None], axis=0)[0]
    needed = np.arange(asked)[:, None] <= last
    unknown = np.append(np.isnan(engines), [False])[order]  # the last: nobody, whose row is -1
    return FullForce(
        seconds=np.where(complete, finish_s, np.inf),
        stations=np.where(complete, last + 1, 0).astype(np.int64),
        assumed=np.where(complete, (unknown & needed).sum(axis=0), 0).astype(np.int64),
    )


def engines_unknown(serves: NDArray[np.bool_], engines: NDArray[np.float64]) -> int:
    """Return how many of those that respond do not tell their engines, and count for one."""
    return int((serves & np.isnan(engines)).sum())

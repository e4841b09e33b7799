"""Who responds in a scenario, the roads that they reach, and who comes where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from firecover.analysis.states import Driven
from firecover.assessment.service import Arrivals
from firecover.assessment.uncertainty import Uncertainty
from firecover.network.travel_times import Earliest


@dataclass(frozen=True)
class Reach:
    """Who responds in a scenario, and the roads that they reach.

    ``serves`` and ``holds`` tell, of every facility, whether it responds and whether it
    holds a jurisdiction; ``pieces`` are from :func:`firecover.isochrones.reach_edges`.
    """

    serves: NDArray[np.bool_]
    holds: NDArray[np.bool_]
    earliest: Sequence[Earliest]
    pieces: gpd.GeoDataFrame


@dataclass(frozen=True)
class Service:
    """Who comes to every place of a scenario.

    Attributes
    ----------
    driven, reached
        The fleet and its times, and who responds.
    by_any, full_s
        By layer, the first and second of all, and when a full force is there.
    by_holders
        At the built-up cells, of the stations that hold jurisdictions.
    chances
        What the draws say.
    """

    driven: Driven
    reached: Reach
    by_any: Mapping[str, Arrivals]
    full_s: Mapping[str, NDArray[np.float64]]
    by_holders: Arrivals
    chances: Uncertainty

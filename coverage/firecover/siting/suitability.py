"""How well a place suits a station, and which of many places to keep."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from firecover.siting.exclusions import SAME_M
from firecover.siting.road_sites import JUNCTION_REACH_M, Bools, Floats, Ints, RoadSites

#: The factors, each from 0 (bad) to 1 (good).
FACTORS = ("flat", "main_road", "built_up", "junction")
#: How good a road is to leave from. GB 51080-2015 4.1.5 wants a station beside a main or
#: secondary main road of the town; the steps below are an assumption.
MAIN_ROAD: Mapping[str, float] = {
    "trunk": 1.0,
    "primary": 1.0,
    "secondary": 0.8,
    "tertiary": 0.6,
    "residential": 0.4,
    "unclassified": 0.3,
    "road": 0.3,
    "living_street": 0.2,
    "service": 0.1,
}
#: The built-up area within this distance is what a station is in the middle of, metres. An
#: assumption: some two minutes of driving.
BUILT_UP_RADIUS_M = 1000.0
#: What leaving in one direction only leaves of a junction's worth. An assumption.
ONE_WAY_SHARE = 0.5
#: Suitabilities that differ by less are the same, so that rounding decides nothing.
_DIGITS = 9


def factors(
    places: RoadSites, urban: BaseGeometry, max_slope: float
) -> dict[str, NDArray[np.float64]]:
    """Return the factors of places, shape (s,) each.

    flat
        1 - slope / ``max_slope``, not below 0; NaN where the slope is not known.
    main_road
        By the road's class, :data:`MAIN_ROAD`; ramps and links count as the road they lead to.
    built_up
        The share of the circle of :data:`BUILT_UP_RADIUS_M` around that is urban built-up area.
    junction
        1 - distance / :data:`~firecover.siting.road_sites.JUNCTION_REACH_M` to the nearest
        junction along the road, 0 beyond; times :data:`ONE_WAY_SHARE` on a one-way road.
    """
    near = np.maximum(1 - places.junction_m / JUNCTION_REACH_M, 0.0)
    rank = [MAIN_ROAD.get(str(each).removesuffix("_link"), 0.0) for each in places.road_class]
    return {
        "flat": np.clip(1 - places.slope / max_slope, 0.0, 1.0),
        "main_road": np.array(rank, dtype=np.float64),
        "built_up": _built_up_share(places.xy, urban),
        "junction": near * np.where(places.both_ways, 1.0, ONE_WAY_SHARE),
    }


def _built_up_share(xy: Floats, urban: BaseGeometry) -> Floats:
    circles = np.asarray(shapely.buffer(shapely.points(xy), BUILT_UP_RADIUS_M, quad_segs=16))
    patches = shapely.get_parts(urban)
    circle, patch = shapely.STRtree(patches).query(circles, predicate="intersects")
    part_m2 = shapely.area(shapely.intersection(circles[circle], patches[patch]))
    # patches of a union do not overlap: their parts add up
    total_m2 = np.bincount(circle, weights=part_m2, minlength=len(circles))
    share: Floats = np.minimum(total_m2 / np.maximum(shapely.area(circles), 1.0), 1.0)
    return share


def suitability(values: Mapping[str, Floats], weights: Mapping[str, float]) -> Floats:
    """Return the weighted mean of the factors, shape (s,), 0 to 1.

    The weights are made to add up to one over the factors that are known: one that is not
    known (NaN) neither helps nor harms. All weights nought: 0.
    """
    table = np.stack([values[name] for name in FACTORS])
    weight = np.array([weights.get(name, 0.0) for name in FACTORS])[:, None]
    weight = np.where(np.isnan(table), 0.0, weight)
    total = weight.sum(axis=0)
    summed = (weight * np.nan_to_num(table)).sum(axis=0)
    mean: Floats = np.divide(summed, total, out=np.zeros_like(summed), where=total > 0)
    return mean


def thinned(
    xy: Floats, worth: Floats, allowed: Bools, apart_m: float, most: int
) -> tuple[Ints, Ints]:
    """Keep the best places that are far enough from each other.

    The best is kept, all nearer to it than ``apart_m`` (straight, not along the road) fall out,
    then the best of the others, and so on; of equals the westernmost, of these the southernmost.

    Parameters
    ----------
    xy, worth, allowed
        Shape (s, 2), (s,), (s,): the places, how good they are, which may be kept.
    most
        How many are kept, at most.

    Returns
    -------
    kept
        The rows kept, best first.
    better
        Shape (s,), the number in ``kept`` of the first that each place is too near to, -1 for
        those kept, those too many and those that may not be kept.
    """
    better = np.full(len(xy), -1, dtype=np.int64)
    open_ = allowed.copy()
    kept: list[int] = []
    order = np.lexsort((xy[:, 1], xy[:, 0], -np.round(worth, _DIGITS)))
    for row in order.tolist():
        if len(kept) == most:
            break
        if not open_[row]:
            continue
        open_[row] = False
        near = open_ & (np.hypot(*(xy - xy[row]).T) < apart_m - SAME_M)
        better[near] = len(kept)
        open_ &= ~near
        kept.append(row)
    return np.array(kept, dtype=np.int64), better

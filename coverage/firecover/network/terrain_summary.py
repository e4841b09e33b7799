"""Sum up what the terrain does to the roads, for the report."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firecover.layers.provenance import Action, QualityNote
from firecover.network.road_network import RoadNetwork
from firecover.network.terrain import EdgeTimes, RoadShape

Floats = NDArray[np.float64]
#: Limits of the bands of grade, rise over run; the last band is open.
GRADE_BANDS = (0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2)
_COMMON = 0.99


@dataclass(frozen=True)
class GradeBand:
    """The share of the length whose grade, up or down, lies from ``least`` to ``below``."""

    least: float
    below: float
    share: float


@dataclass(frozen=True)
class TerrainSummary:
    """What bends and grades do to a network.

    Attributes
    ----------
    length_m
        Of all edges.
    known_m
        Length with known heights; bands and percentile are shares of it.
    clipped_m
        Length whose grade was bounded as not believable.
    bands
        Share of the known length by grade; empty without a terrain.
    grade_p99
        99 % of the known length is no steeper than this; NaN without a terrain.
    slower
        Time over all edges in the directions allowed ÷ the same at the base speeds.
    slower_by_curves, slower_by_grades
        The parts of ``slower - 1`` lost to bends and to grades.
    curve_share, grade_share
        Share of the driven length (a two-way road counts twice) on which a bend, or a grade,
        holds the vehicle below the base speed.
    """

    length_m: float
    known_m: float
    clipped_m: float
    bands: tuple[GradeBand, ...]
    grade_p99: float
    slower: float
    slower_by_curves: float
    slower_by_grades: float
    curve_share: float
    grade_share: float


def terrain_summary(network: RoadNetwork, shape: RoadShape, times: EdgeTimes) -> TerrainSummary:
    """Sum up grades, bends and the time they cost.

    Parameters
    ----------
    network
        Its times tell which directions are allowed (finite); a direction closed to the
        vehicle does not count.
    """
    ways = (
        (times.forward, np.isfinite(network.forward_s)),
        (times.backward, np.isfinite(network.backward_s)),
    )
    driven_m = sum(float(network.length_m[allowed].sum()) for _, allowed in ways)
    flat_s = sum(float(times.flat_s[allowed].sum()) for _, allowed in ways)

    def over_ways(name: str) -> float:
        return sum(float(getattr(drive, name)[allowed].sum()) for drive, allowed in ways)

    curves, grades = over_ways("curve_lost_s") / flat_s, over_ways("grade_lost_s") / flat_s
    grade, length_m = _known_grades(shape)
    profiles = shape.profiles
    return TerrainSummary(
        length_m=float(network.length_m.sum()),
        known_m=float(length_m.sum()),
        clipped_m=0.0 if profiles is None else float(profiles.clipped_m.sum()),
        bands=_bands(grade, length_m),
        grade_p99=_percentile(grade, length_m, _COMMON),
        slower=over_ways("seconds") / flat_s,
        slower_by_curves=curves,
        slower_by_grades=grades,
        curve_share=over_ways("curve_m") / driven_m,
        grade_share=over_ways("grade_m") / driven_m,
    )


def terrain_notes(network: RoadNetwork, shape: RoadShape) -> tuple[QualityNote, ...]:
    """Tell what of the heights along the roads was not known or not believed."""
    profiles = shape.profiles
    if profiles is None:
        return ()
    steep = profiles.clipped_m > 0
    found: tuple[tuple[Action, NDArray[np.bool_], float, str, str], ...] = (
        (
            "left out",
            ~profiles.known,
            float(network.length_m[~profiles.known].sum()),
            "edges beyond the terrain, taken as level",
            "高程数据未覆盖的路段，按平路计",
        ),
        (
            "repaired",
            steep,
            float(profiles.clipped_m.sum()),
            "edges steeper by the terrain than roads are built, bounded",
            "由高程推得坡度超出合理范围的路段，已按上限计",
        ),
    )
    return tuple(
        QualityNote("dem", action, int(edges.sum()), en, zh, (), metres)
        for action, edges, metres, en, zh in found
        if edges.any()
    )


def _known_grades(shape: RoadShape) -> tuple[Floats, Floats]:
    """Return the grades, without sign, and lengths of the pieces with known heights."""
    pieces = shape.pieces
    if shape.profiles is None:
        return np.empty(0), np.empty(0)
    known = np.repeat(shape.profiles.known, pieces.count)
    return np.abs(shape.grade[known]), np.repeat(pieces.length_m, pieces.count)[known]


def _bands(grade: Floats, length_m: Floats) -> tuple[GradeBand, ...]:
    whole_m = float(length_m.sum())
    if not whole_m:
        return ()
    limits = (*GRADE_BANDS, np.inf)
    band = np.searchsorted(limits, grade, side="right") - 1
    in_band = np.bincount(band, length_m, len(GRADE_BANDS)) / whole_m
    return tuple(
        GradeBand(least, below, float(share))
        for (least, below), share in zip(itertools.pairwise(limits), in_band, strict=True)
    )


def _percentile(values: Floats, weight: Floats, share: float) -> float:
    """Return the smallest value that at least a share of the weight does not exceed."""
    if not weight.sum():
        return float("nan")
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(total, share * total[-1] * (1 - 1e-12))])

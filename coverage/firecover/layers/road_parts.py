"""Put ways together into :class:`~firecover.layers.model.Roads`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from firecover.layers.findings import Findings
from firecover.layers.model import Roads
from firecover.layers.provenance import Provenance

#: The columns of ``Roads.attributes`` and their types.
ATTRIBUTES = {
    "source_id": "str",
    "road_class": "str",
    "oneway": "int8",
    "maxspeed_kmh": "float64",
    "name": "str",
    "ref": "str",
    "bridge": "bool",
    "tunnel": "bool",
    "lanes": "float64",
    "width_m": "float64",
    "surface": "str",
    "tracktype": "str",
    "smoothness": "str",
    "maxweight_t": "float64",
    "maxheight_m": "float64",
    "maxwidth_m": "float64",
    "access": "str",
    "ford": "bool",
}
#: Why a way is left out, in English and Chinese.
Reason = tuple[str, str]
#: How far around the study area roads are kept: stations and detours may lie outside.
CLIP_M = 20_000.0


@dataclass(frozen=True)
class Ways:
    """Ways as flat arrays, not yet checked.

    Attributes
    ----------
    way
        Shape (vertices,): the way each vertex belongs to, rising.
    vertex_id, xy
        Shape (vertices,) and (vertices, 2), metres; NaN where the position is not known.
    attributes
        One row a way, with the columns of :data:`ATTRIBUTES`.
    """

    way: NDArray[np.int64]
    vertex_id: NDArray[np.int64]
    xy: NDArray[np.float64]
    attributes: pd.DataFrame


def lengths_m(way: NDArray[np.int64], xy: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return the length of each of ``count`` ways; steps to unknown vertices count nothing."""
    step = np.hypot(*np.diff(xy, axis=0).T)
    same = (way[1:] == way[:-1]) & np.isfinite(step)
    total = np.bincount(way[1:][same], weights=step[same], minlength=count)
    return total.astype(np.float64)


def take_ways(ways: Ways, keep: NDArray[np.bool_]) -> Ways:
    """Return the ways for which ``keep`` (shape (ways,)) holds, numbered anew."""
    vertices = keep[ways.way]
    number = np.cumsum(keep) - 1
    return Ways(
        number[ways.way[vertices]].astype(np.int64),
        ways.vertex_id[vertices],
        ways.xy[vertices],
        ways.attributes.loc[keep].reset_index(drop=True),
    )


def not_for_engines(road_class: str) -> Reason:
    """Say that no engine drives on the ways of a class."""
    en = f"ways of the class {road_class}: not for engines"
    return en, f"{road_class} 类道路：消防车不可通行"


def clip(
    ways: Ways,
    reasons: list[Reason | None],
    area: BaseGeometry | None,
    clip_m: float,
    findings: Findings,
) -> tuple[Ways, list[Reason | None]]:
    """Leave out the ways that come nowhere near the study area."""
    if area is None or not reasons:
        return ways, reasons
    count = len(reasons)
    around = area.buffer(clip_m)
    shapely.prepare(around)
    inside = shapely.contains_xy(around, ways.xy)
    near = np.bincount(ways.way[inside], minlength=count) > 0
    drivable = np.array([reason is None for reason in reasons])
    far = drivable & ~near
    findings.note(
        "left out",
        f"roads more than {clip_m / 1000:g} km outside the study area",
        f"研究区外 {clip_m / 1000:g} 公里以远的道路",
        [],
        count=int(far.sum()),
        length_m=float(lengths_m(ways.way, ways.xy, count)[far].sum()),
    )
    kept = [reason for reason, close in zip(reasons, near, strict=True) if close]
    return take_ways(ways, near), kept


def leave_out(ways: Ways, reasons: list[Reason | None], findings: Findings) -> Ways:
    """Leave out the ways that engines cannot use, counted by the reason."""
    if not reasons:
        return ways
    length = lengths_m(ways.way, ways.xy, len(reasons))
    groups: dict[Reason, list[int]] = defaultdict(list)
    for number, reason in enumerate(reasons):
        if reason is not None:
            groups[reason].append(number)
    for (en, zh), numbers in sorted(groups.items()):
        ids = [str(value) for value in ways.attributes["source_id"].iloc[numbers]]
        total = float(length[numbers].sum())
        findings.note("left out", en, zh, ids, length_m=total)
    return take_ways(ways, np.array([reason is None for reason in reasons]))


def cut_at_gaps(ways: Ways, findings: Findings) -> Ways:
    """Drop vertices whose position is not known, and cut ways there.

    Vertices that repeat the one before are dropped as well; ways left with fewer than two
    vertices, or with no length, are left out and counted.
    """
    known: NDArray[np.bool_] = np.isfinite(ways.xy[:, 0]) & np.isfinite(ways.xy[:, 1])
    gaps = np.unique(ways.way[~known])
    findings.note(
        "repaired",
        "ways cut where the file lacks their vertices (the edge of the extract)",
        "道路在缺失节点处截断（数据边缘）",
        _ids(ways.attributes, gaps),
        count=int((~known).sum()),
    )
    if not len(ways.way):
        return ways
    fresh = np.ones(len(ways.way), dtype=bool)
    fresh[1:] = (ways.way[1:] != ways.way[:-1]) | ~known[:-1]
    # A vertex said twice in a row (by identity) is one vertex.
    repeated = np.zeros(len(ways.way), dtype=bool)
    repeated[1:] = ~fresh[1:] & (ways.vertex_id[1:] == ways.vertex_id[:-1])
    part = np.cumsum(fresh) - 1
    use = known & ~repeated
    sizes = np.bincount(part[use], minlength=int(part[-1]) + 1)
    length = lengths_m(part[use], ways.xy[use], len(sizes))
    way_of_part = ways.way[fresh]
    good = (sizes >= 2) & (length > 0)  # noqa: PLR2004 a line has two ends
    lost = np.setdiff1d(way_of_part[~good], np.union1d(way_of_part[good], gaps))
    findings.note("left out", "ways without length", "长度为零的道路", _ids(ways.attributes, lost))
    rows = ways.attributes.iloc[way_of_part].reset_index(drop=True)
    return take_ways(
        Ways(part[use].astype(np.int64), ways.vertex_id[use], ways.xy[use], rows), good
    )


def _ids(attributes: pd.DataFrame, rows: Sequence[int] | NDArray[np.int64]) -> list[str]:
    return [str(value) for value in attributes["source_id"].iloc[np.asarray(rows, dtype=int)]]


def make_roads(ways: Ways, crs: str, provenance: Provenance, findings: Findings) -> Roads:
    """Cut ways at their gaps and make them the roads of a study.

    Raises
    ------
    LayerError
        If no way is left, besides the problems found before.
    """
    whole = cut_at_gaps(ways, findings)
    if whole.attributes.empty:
        findings.problem(
            "there is no road that an engine can drive on",
            remedy="check that the file holds roads of the study area, and their classes",
        )
    findings.stop_if_any()
    start = np.flatnonzero(np.diff(whole.way, prepend=-1, append=whole.way[-1] + 1))
    return Roads(
        crs=crs,
        xy=np.ascontiguousarray(whole.xy, dtype=np.float64),
        vertex_id=whole.vertex_id,
        way_start=start.astype(np.int64),
        attributes=whole.attributes[list(ATTRIBUTES)].astype(ATTRIBUTES),
        provenance=provenance,
        quality=tuple(findings.notes),
    )

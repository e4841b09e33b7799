"""Why no station may stand at a place: every rule that it breaks, not just the first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely

from firecover.layers.model import Layers
from firecover.siting.road_sites import Bools, Floats, Ints, RoadSites
from firecover.study_siting import GenerateTable

#: Why a place is no site, in English and Chinese; a place's first reason is the one that comes
#: first here. The first seven hold whatever else is chosen, the last two by comparison.
REASONS: Mapping[str, tuple[str, str]] = {
    "slope": ("ground too steep", "坡度过大"),
    "exclusion": ("on ground shut to building", "位于禁建区"),
    "crowded": ("too near an exit of a crowded place", "距人员密集场所疏散出口过近"),
    "hazard": ("too near a hazardous site", "距危险品场所过近"),
    "no_parcel": ("no land that may be built on", "无可用地块"),
    "near_station": ("too near a station", "距现有消防站过近"),
    "near_candidate": ("too near a candidate of the study", "距方案候选点过近"),
    "near_better": ("too near a better site", "距更优站址过近"),
    "beyond_most": ("more sites than are asked for", "超出候选点数量上限"),
}
#: A road's line runs in its middle: land this near to it fronts on it, metres. An assumption,
#: half of a wide street and its verge.
FRONTAGE_M = 30.0
#: Distances that differ by less are the same, metres.
SAME_M = 1e-6
#: Stations of these classes have no ground of their own.
NO_GROUND = ("micro",)


@dataclass(frozen=True)
class Near:
    """The nearest feature of a layer to each of ``s`` places.

    Attributes
    ----------
    row
        Shape (s,), the feature's row, -1 where none is within reach; of several equally near
        the first.
    distance_m
        Shape (s,), straight; 0 inside a polygon, infinite where none is within reach.
    """

    row: Ints
    distance_m: Floats

    def within(self, limit_m: float) -> Bools:
        """Return which places have one nearer than a limit; at the limit is not nearer."""
        return self.distance_m < limit_m - SAME_M


@dataclass(frozen=True)
class Excluded:
    """The rules that each of ``s`` places breaks.

    Attributes
    ----------
    broken
        By reason, in the order of :data:`REASONS`: shape (s,).
    detail
        By place, what the rule is broken by: a slope, an area's reason, a name and metres.
    notes
        By place, what is worth knowing though no rule is broken.
    parcel
        Shape (s,), the row of the nearest parcel, -1 where none fronts on the road.
    """

    broken: dict[str, Bools]
    detail: tuple[list[str], ...]
    notes: tuple[list[str], ...]
    parcel: Ints = field(repr=False)

    @property
    def any(self) -> Bools:
        """Shape (s,), whether a place breaks a rule."""
        return np.asarray(np.logical_or.reduce(list(self.broken.values())), dtype=np.bool_)


def nearest(data: gpd.GeoDataFrame, xy: Floats, reach_m: float) -> Near:
    """Find the nearest feature within a reach of each place.

    Parameters
    ----------
    data
        Features; rows without a geometry are passed over.
    xy
        Shape (s, 2), in the same CRS.
    reach_m
        The farthest that is looked for.
    """
    row = np.full(len(xy), -1, dtype=np.int64)
    distance_m = np.full(len(xy), np.inf)
    tree = shapely.STRtree(np.asarray(data.geometry.array))
    if not len(tree) or not len(xy):
        return Near(row, distance_m)
    (place, feature), found_m = tree.query_nearest(
        shapely.points(xy), max_distance=reach_m + 1.0, return_distance=True
    )
    order = np.lexsort((feature, place))[::-1]  # written last, the first feature stays
    row[place[order]], distance_m[place[order]] = feature[order], found_m[order]
    return Near(row, distance_m)


def ruled_out(
    places: RoadSites, layers: Layers, table: GenerateTable, hazard_soft_m: float
) -> Excluded:
    """Hold every place against every rule.

    Distances are straight, from the place on the road's line. Of stations those of a class in
    :data:`NO_GROUND` and those without a position do not count.

    Parameters
    ----------
    places
        The places.
    layers
        ``exclusions``, ``crowded``, ``hazards``, ``parcels``, ``stations``, ``candidates``; what
        is not given rules nothing out.
    table
        The limits.
    hazard_soft_m
        A place nearer to a hazardous site than this, but not excluded, gets a note.
    """
    stations = layers.stations.data
    near = {
        name: _Rule(data, limit_m, nearest(data, places.xy, max(limit_m, reach_m)))
        for name, data, limit_m, reach_m in (
            ("crowded", layers.crowded.data, table.crowded_m, 0.0),
            ("hazard", layers.hazards.data, table.hazard_m, hazard_soft_m),
            (
                "near_station",
                stations[~stations["station_class"].isin(NO_GROUND)],
                table.apart_m,
                0.0,
            ),
            ("near_candidate", layers.candidates.data, table.apart_m, 0.0),
        )
    }
    shut = _inside(layers.exclusions.data, places.xy)
    parcel = nearest(layers.parcels.data, places.xy, FRONTAGE_M)
    fronting = parcel.distance_m <= FRONTAGE_M + SAME_M
    broken = {
        # NaN is not above: where there is no terrain nothing is said of the slope
        "slope": np.asarray(places.slope > table.max_slope, dtype=np.bool_),
        "exclusion": np.array([bool(each) for each in shut], dtype=np.bool_),
        **{name: rule.near.within(rule.limit_m) for name, rule in near.items()},
        "no_parcel": ~fronting & (layers.parcels.provenance is not None),
    }
    broken = {name: broken[name] for name in REASONS if name in broken}
    return Excluded(
        broken=broken,
        detail=_details(broken, places.slope, shut, near),
        notes=_notes(places.slope, near["hazard"], hazard_soft_m),
        parcel=np.where(fronting, parcel.row, -1),
    )


@dataclass(frozen=True)
class _Rule:
    """Features that a place must not be nearer to than a limit, and the nearest of them."""

    data: gpd.GeoDataFrame
    limit_m: float
    near: Near

    def told(self, place: int) -> str:
        record = self.data.iloc[int(self.near.row[place])]
        return f"{record['name'] or record['id']} {whole_metres(self.near.distance_m[place])} m"


def _details(
    broken: Mapping[str, Bools],
    slope: Floats,
    shut: list[list[str]],
    near: Mapping[str, _Rule],
) -> tuple[list[str], ...]:
    """Tell what the rules are broken by, place by place, in the order of the rules."""
    detail: tuple[list[str], ...] = tuple([] for _ in range(len(slope)))
    for name, rows in broken.items():
        for place in np.flatnonzero(rows).tolist():
            if name == "slope":
                detail[place].append(f"{slope[place]:.3f}")
            elif name == "exclusion":
                detail[place].extend(shut[place])
            elif name in near:
                detail[place].append(near[name].told(place))
    return detail


def _notes(slope: Floats, hazards: _Rule, soft_m: float) -> tuple[list[str], ...]:
    """Tell of hazardous sites nearer than is wanted, and of slopes that are not known."""
    notes: tuple[list[str], ...] = tuple([] for _ in range(len(slope)))
    warned = hazards.near.within(soft_m) & ~hazards.near.within(hazards.limit_m)
    for place in np.flatnonzero(warned).tolist():
        what = hazards.told(place)
        zh, en = f"距危险品场所不足{soft_m:g}米：{what}", f"hazardous site within {soft_m:g} m"
        notes[place].append(f"{zh} / {en}: {what}")
    for place in np.flatnonzero(np.isnan(slope)).tolist():
        notes[place].append("坡度未知 / slope not known")
    return notes


def _inside(data: gpd.GeoDataFrame, xy: Floats) -> list[list[str]]:
    """Return, for each place, the reasons of the areas that it lies in or on the border of."""
    reasons: list[list[str]] = [[] for _ in range(len(xy))]
    tree = shapely.STRtree(np.asarray(data.geometry.array))
    place, area = tree.query(shapely.points(xy), predicate="intersects")
    for row in np.lexsort((area, place)).tolist():
        record = data.iloc[int(area[row])]
        told = record["reason"] or record["id"]
        if told not in reasons[place[row]]:
            reasons[place[row]].append(told)
    return reasons


def whole_metres(distance_m: float) -> int:
    """Round a distance down: one below a limit must not be told as the limit."""
    return math.floor(distance_m + SAME_M)


def reasons_of(broken: Mapping[str, Bools], place: int) -> list[str]:
    """Return the reasons of a place, in the order of :data:`REASONS`."""
    return [name for name in REASONS if name in broken and broken[name][place]]

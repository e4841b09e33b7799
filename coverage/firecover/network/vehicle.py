"""What a vehicle can pass and how fast it drives there, from what is known of the roads.

All functions take one row an edge (or a way) with the columns of
:class:`firecover.layers.model.Roads`; a column that is missing is a column of which nothing is
known. What is not known neither stops a vehicle nor slows it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from firecover.layers.provenance import QualityNote
from firecover.standards import Vehicle

#: Why a vehicle cannot pass, in English and Chinese; the first that holds is told.
CLOSED_REASONS: Mapping[str, tuple[str, str]] = {
    "closed": ("closed to motor vehicles", "禁止机动车通行"),
    "weak_bridge": ("bridge too weak", "桥梁限重不足"),
    "weak_road": ("weight limit too low", "道路限重不足"),
    "low": ("too little headroom", "净高不足"),
    "width_limit": ("width limit too tight", "限宽不足"),
    "narrow": ("too narrow", "路面过窄"),
    "ford": ("through water (ford)", "涉水路段"),
    "surface": ("surface too soft", "路面过软"),
    "tracktype": ("track of bare soil (grade5)", "土质机耕道（grade5）"),
    "smoothness": ("too rough", "路面过于颠簸"),
    "barrier": ("fixed barrier", "固定路障"),
}
#: What sets the speed of an edge, in English and Chinese.
SPEED_REASONS: Mapping[str, tuple[str, str]] = {
    "class_urban": ("road class, in a built-up area", "道路等级（建成区内）"),
    "class_rural": ("road class, outside built-up areas", "道路等级（建成区外）"),
    "class_study": ("road class, speed of the study", "道路等级（方案给定速度）"),
    "maxspeed": ("posted speed limit", "限速"),
    "surface": ("surface", "路面材质"),
    "tracktype": ("grade of the track", "机耕道等级"),
    "smoothness": ("roughness", "路面平整度"),
    "narrow": ("narrow road", "路面狭窄"),
}
#: Heavy vehicles, for which restrictions marked "hgv" hold, weigh more (OSM wiki, Key:hgv).
HEAVY_T = 3.5
#: Words by which a fixed barrier is said to open.
_OPENS = frozenset({"emergency", "yes", "designated", "official", "permissive"})
#: Nobody drives against the traffic here, whatever the hurry.
_NEVER_AGAINST = frozenset({"motorway", "motorway_link"})
_FACTORS: Mapping[str, Callable[[Vehicle], Mapping[str, float]]] = {
    "surface": lambda vehicle: vehicle.surface,
    "tracktype": lambda vehicle: vehicle.tracktype,
    "smoothness": lambda vehicle: vehicle.smoothness,
}


# --- edges ---------------------------------------------------------------------------------


def passable(
    attributes: pd.DataFrame, vehicle: Vehicle
) -> tuple[NDArray[np.bool_], NDArray[np.str_]]:
    """Tell which edges a vehicle can drive along.

    Returns
    -------
    ok
        Shape (m,).
    reason
        Shape (m,), a key of :data:`CLOSED_REASONS`, empty where it can.
    """
    weak = _numbers(attributes, "maxweight_t") < vehicle.mass_t
    bridge = _flags(attributes, "bridge")
    stops = {
        "closed": (_texts(attributes, "access") == "no").to_numpy(dtype=bool),
        "weak_bridge": weak & bridge,
        "weak_road": weak & ~bridge,
        "low": _numbers(attributes, "maxheight_m") < vehicle.height_m,
        "width_limit": _numbers(attributes, "maxwidth_m") < vehicle.width_m,
        "narrow": carriageway_m(attributes, vehicle) < vehicle.minimum_width_m,
        "ford": _flags(attributes, "ford") & (not vehicle.wades),
        **{
            name: _factor(_texts(attributes, name), table(vehicle)) == 0
            for name, table in _FACTORS.items()
        },
    }
    reason = np.select(list(stops.values()), list(stops), default="").astype(np.str_)
    return reason == "", reason


def carriageway_m(attributes: pd.DataFrame, vehicle: Vehicle) -> NDArray[np.float64]:
    """Return the width of each edge, shape (m,), metres; NaN where nothing is known of it.

    Where no width is given it is the number of lanes times a lane of the road's class.
    """
    width = _numbers(attributes, "width_m")
    lanes = _numbers(attributes, "lanes")
    lane_m = np.asarray(attributes["road_class"].map(vehicle.lane_width_m), dtype=np.float64)
    by_lanes = np.where(lanes >= 1, lanes * lane_m, np.nan)
    return np.where(width > 0, width, by_lanes)


def base_speed(
    attributes: pd.DataFrame,
    vehicle: Vehicle,
    urban: NDArray[np.bool_],
    overrides: Mapping[str, float] | None = None,
    *,
    use_maxspeed: bool = True,
) -> tuple[NDArray[np.float64], NDArray[np.str_]]:
    """Return the speed on each edge, as far as hills and bends allow it.

    speed = min(class, limit) × road × width, where the class has one speed inside and one
    outside built-up areas, "road" is the worst factor of surface, tracktype and smoothness,
    and "width" that of a narrow road.

    Parameters
    ----------
    urban
        Shape (m,): the edge lies in a built-up area.
    overrides
        Speeds by road class that hold inside and outside, km/h.
    use_maxspeed
        Whether posted limits bind.

    Returns
    -------
    speed_kmh
        Shape (m,); 0 where the surface stops the vehicle (see :func:`passable`).
    reason
        Shape (m,), a key of :data:`SPEED_REASONS`: what slows the vehicle most, the class
        where nothing else does.
    """
    by_class, reason = _class_speed(attributes["road_class"], vehicle, urban, overrides or {})
    limit = _numbers(attributes, "maxspeed_kmh")
    binds = use_maxspeed & (limit > 0) & (limit < by_class)
    shares = {"maxspeed": np.where(binds, limit / by_class, 1.0)}
    held = attributes["road_class"].map(vehicle.rough_already).fillna(1.0).to_numpy(np.float64)
    for name, table in _FACTORS.items():
        factor = _factor(_texts(attributes, name), table(vehicle))
        shares[name] = np.minimum(factor / held, 1.0)
    narrow = carriageway_m(attributes, vehicle) < vehicle.easy_width_m
    shares["narrow"] = np.where(narrow, vehicle.narrow_factor, 1.0)
    stack = np.stack(list(shares.values()))
    worst, names = stack.argmin(axis=0), np.array(list(shares))
    slowed = stack.min(axis=0) < 1
    road = np.min([shares[name] for name in _FACTORS], axis=0)
    speed = by_class * shares["maxspeed"] * road * shares["narrow"]
    return speed, np.where(slowed, names[worst], reason)


def _class_speed(
    road_class: pd.Series[str],
    vehicle: Vehicle,
    urban: NDArray[np.bool_],
    overrides: Mapping[str, float],
) -> tuple[NDArray[np.float64], NDArray[np.str_]]:
    inside = {name: speed.urban for name, speed in vehicle.speed_kmh.items()}
    outside = {name: speed.rural for name, speed in vehicle.speed_kmh.items()}
    speed = np.where(urban, road_class.map(inside | dict(overrides)).to_numpy(np.float64), 0.0)
    rural = road_class.map(outside | dict(overrides)).to_numpy(np.float64)
    speed = np.where(urban, speed, rural)
    given = road_class.isin(list(overrides)).to_numpy(dtype=bool)
    reason = np.where(given, "class_study", np.where(urban, "class_urban", "class_rural"))
    return speed, reason


def allowed_directions(
    attributes: pd.DataFrame,
    *,
    ignore_oneway: bool = False,
    where: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell in which directions edges may be driven.

    Parameters
    ----------
    ignore_oneway
        Drive against one-way traffic, save on expressways and their ramps.
    where
        Shape (m,): only on these edges (the last stretch before the fire); None for all.

    Returns
    -------
    forward, backward
        Shape (m,), along the edge as drawn and against it.
    """
    oneway = attributes["oneway"].to_numpy()
    forward, backward = oneway >= 0, oneway <= 0
    if not ignore_oneway:
        return forward, backward
    against = ~attributes["road_class"].isin(_NEVER_AGAINST).to_numpy(dtype=bool)
    if where is not None:
        against &= where
    return forward | against, backward | against


def urban_edges(
    lines: NDArray[np.object_], built_up: Sequence[BaseGeometry] | NDArray[np.object_]
) -> NDArray[np.bool_]:
    """Tell which lines lie in built-up areas by at least half of their length.

    Parameters
    ----------
    lines
        Shape (m,), LineStrings.
    built_up
        Polygons in the same CRS; they may overlap.

    Returns
    -------
    urban
        Shape (m,).
    """
    inside_m = np.zeros(len(lines))
    areas = [area for area in built_up if area is not None and not area.is_empty]
    if areas and len(lines):
        # Their union, in parts: what two areas share counts once.
        parts = shapely.get_parts(shapely.union_all(areas))
        edge, part = shapely.STRtree(parts).query(lines, predicate="intersects")[[0, 1]]
        cut = shapely.intersection(lines[edge], parts[part])
        np.add.at(inside_m, edge, shapely.length(cut))
    length_m = shapely.length(lines)
    # Half to a millionth, so that rounding does not decide.
    return np.asarray((length_m > 0) & (inside_m >= (0.5 - 1e-6) * length_m), dtype=np.bool_)


# --- vertices and turns --------------------------------------------------------------------


def blocked_vertices(points: pd.DataFrame, vehicle: Vehicle) -> pd.DataFrame:
    """Tell where a vehicle cannot pass a point of the network, and what others cost it.

    Fixed barriers stop what is wider than their gap; those that the map says are open to
    emergency or motor vehicles cost the time to open them. Gates are opened by the crew,
    whoever owns them, unless they say ``no``.

    Parameters
    ----------
    points
        As ``Roads.points``.

    Returns
    -------
    vertices
        One row a vertex, by rising ``vertex_id``: ``blocked`` (bool), ``delay_s`` (float,
        0 where blocked), ``reason`` (a key of :data:`CLOSED_REASONS`, empty where open).
    """
    found = [_at_point(vehicle, row) for row in points.to_dict("records")]
    delay_s = np.array([seconds for seconds, _ in found], dtype=np.float64)
    reasons = np.array([reason for _, reason in found], dtype=np.str_)
    table = pd.DataFrame(
        {
            "vertex_id": points["vertex_id"].to_numpy(np.int64),
            "blocked": reasons != "",
            "delay_s": delay_s,
            "reason": reasons.astype(object),
        }
    )
    # At one vertex the delays add up; what blocks it stands first.
    table = table.sort_values(["vertex_id", "blocked"], ascending=[True, False], kind="stable")
    merged = table.groupby("vertex_id", as_index=False).agg(
        {"blocked": "any", "delay_s": "sum", "reason": "first"}
    )
    merged["delay_s"] = merged["delay_s"].where(~merged["blocked"], 0.0)
    kinds = {"vertex_id": "int64", "blocked": "bool", "delay_s": "float64", "reason": "str"}
    return merged.astype(kinds)


def _at_point(vehicle: Vehicle, point: Mapping[Any, Any]) -> tuple[float, str]:
    """Return the delay at a point, or why the vehicle does not pass."""
    if point["kind"] != "barrier":
        return vehicle.point_s.get(point["kind"], 0.0), ""
    if point["barrier"] == "ford":
        return 0.0, "" if vehicle.wades else "ford"
    if point["access"] == "no":
        return 0.0, "closed"
    if point["maxwidth_m"] < vehicle.width_m:
        return 0.0, "width_limit"
    delay_s = vehicle.barrier_s.get(point["barrier"], 0.0)
    if math.isinf(delay_s):
        if point["access"] not in _OPENS and math.isnan(point["maxwidth_m"]):
            return 0.0, "barrier"
        delay_s = vehicle.open_s
    return delay_s + (vehicle.locked_s if point.get("locked", False) else 0.0), ""


def restrictions_for(
    restrictions: pd.DataFrame, vehicle: Vehicle, *, ignore_restrictions: bool = False
) -> pd.DataFrame:
    """Return the turn restrictions that hold for a vehicle on an emergency run.

    Those that except emergency vehicles do not, nor do those for heavy vehicles where it
    weighs no more than :data:`HEAVY_T`.

    Parameters
    ----------
    restrictions
        As ``Roads.restrictions``.
    ignore_restrictions
        None holds.
    """
    if ignore_restrictions:
        return restrictions.iloc[:0]
    holds = ~restrictions["except_emergency"].to_numpy(dtype=bool)
    if "only_for" in restrictions and vehicle.mass_t <= HEAVY_T:
        holds &= restrictions["only_for"].to_numpy() != "hgv"
    return restrictions[holds].reset_index(drop=True)


# --- report --------------------------------------------------------------------------------


def vehicle_report(
    attributes: pd.DataFrame,
    length_m: NDArray[np.float64],
    vehicle: Vehicle,
    *,
    vertices: pd.DataFrame | None = None,
) -> tuple[QualityNote, ...]:
    """Say how much road is closed to a vehicle, and why.

    Parameters
    ----------
    length_m
        Shape (m,).
    vertices
        As :func:`blocked_vertices` returns; the points that stop the vehicle are told too.

    Returns
    -------
    notes
        One for each reason; ``count`` is the number of roads (by ``source_id``), or points.
    """
    _, reason = passable(attributes, vehicle)
    source = _texts(attributes, "source_id").to_numpy()
    notes = []
    for code, (en, zh) in CLOSED_REASONS.items():
        here = reason == code
        if here.any():
            ids = tuple(dict.fromkeys(str(name) for name in source[here]))
            what = f"roads closed to the {vehicle.en}: {en}", f"{vehicle.zh}不能通行的道路：{zh}"
            total = float(length_m[here].sum())
            notes.append(QualityNote("roads", "left out", len(ids), *what, ids[:10], total))
    stops = pd.DataFrame({"reason": []}) if vertices is None else vertices[vertices["blocked"]]
    for code, (en, zh) in CLOSED_REASONS.items():
        here = (stops["reason"] == code).to_numpy(dtype=bool)
        if here.any():
            what = f"points closed to the {vehicle.en}: {en}", f"{vehicle.zh}不能通过的节点：{zh}"
            ids = tuple(str(vertex) for vertex in stops["vertex_id"][here])
            notes.append(QualityNote("roads", "noted", len(ids), *what, ids[:10]))
    return tuple(notes)


# --- columns -------------------------------------------------------------------------------


def _numbers(attributes: pd.DataFrame, name: str) -> NDArray[np.float64]:
    if name not in attributes:
        return np.full(len(attributes), np.nan)
    return attributes[name].to_numpy(dtype=np.float64)


def _flags(attributes: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    if name not in attributes:
        return np.zeros(len(attributes), dtype=np.bool_)
    return attributes[name].to_numpy(dtype=np.bool_)


def _texts(attributes: pd.DataFrame, name: str) -> pd.Series[str]:
    if name not in attributes:
        return pd.Series("", index=attributes.index, dtype="str")
    return attributes[name].fillna("")


def _factor(texts: pd.Series[str], table: Mapping[str, float]) -> NDArray[np.float64]:
    """Return the factor of each text; of several words the worst counts."""
    factors = {
        text: min(table.get(word.strip().lower(), 1.0) for word in text.split(";"))
        for text in texts.unique()
    }
    return texts.map(factors).to_numpy(dtype=np.float64)

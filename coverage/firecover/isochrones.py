"""Isochrones: the pieces of road reached within a cutoff, and the ground they serve.

The pieces of road are exact: an edge that is reached in part is cut where the cutoff falls. The
polygons are the ground nearest to those pieces, and their borders are simplified together, so that
bands stay nested and share their borders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import shapely.ops
from numpy.typing import NDArray
from scipy.spatial import KDTree
from shapely.geometry.base import BaseGeometry

from firecover.demand import SQUARE_METRES_PER_KM2
from firecover.network.road_network import RoadNetwork
from firecover.network.routing_graph import RoutingGraph
from firecover.network.snapping import Positions
from firecover.network.travel_times import Earliest, arrivals_at, earliest_arrivals
from firecover.surface import ServedGround, divided_ground, road_places, served_ground

#: Two cuts of an edge closer than this share of its length are one.
SAME_PLACE = 1e-12
#: Borders are simplified by corners that cut off less than the square of this, metres.
SIMPLIFY_M = 5.0
#: Roads are measured in no more pieces than this: some hundred megabytes.
MOST_PIECES = 4_000_000


def reach_edges(
    network: RoadNetwork, earliest: Sequence[Earliest], minutes: Sequence[float]
) -> gpd.GeoDataFrame:
    """Cut the roads where each band ends.

    Parameters
    ----------
    network
        The network.
    earliest
        Earliest arrivals, one for each kind of vehicle.
    minutes
        The bands, rising.

    Returns
    -------
    pieces
        ``minutes`` (the first band that holds the piece), ``edge``, ``from_fraction``,
        ``to_fraction``, ``length_m`` and the line; pieces do not overlap.
    """
    edges, low, high, band = [], [], [], []
    held: list[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]] = []
    for limit in minutes:
        now = _reached(earliest, limit * 60.0)
        new = _without(now, held[-1]) if held else now
        held.append(now)
        edges.append(new[0])
        low.append(new[1])
        high.append(new[2])
        band.append(np.full(len(new[0]), float(limit)))
    edge, start, end = np.concatenate(edges), np.concatenate(low), np.concatenate(high)
    shapes = network.lines(edge)
    lines = [
        shape if (a, b) == (0.0, 1.0) else shapely.ops.substring(shape, a, b, True)  # noqa: FBT003
        for shape, a, b in zip(shapes, start, end, strict=True)
    ]
    table = {
        "minutes": np.concatenate(band),
        "edge": edge,
        "from_fraction": start,
        "to_fraction": end,
        "length_m": (end - start) * network.length_m[edge],
    }
    return gpd.GeoDataFrame(table, geometry=lines, crs=network.crs)


def cuts(pieces: gpd.GeoDataFrame) -> Positions:
    """Return where the pieces of :func:`reach_edges` end part way along a road."""
    edge = np.concatenate((pieces["edge"], pieces["edge"])).astype(np.int64)
    fraction = np.concatenate((pieces["from_fraction"], pieces["to_fraction"])).astype(np.float64)
    inside = (fraction > 0) & (fraction < 1)
    found = np.unique(np.column_stack((edge[inside], fraction[inside])), axis=0)
    at = found[:, 1].astype(np.float64)
    return Positions(found[:, 0].astype(np.int64), at, np.zeros(len(found)))


Pieces = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]


def _reached(earliest: Sequence[Earliest], cutoff_s: float) -> Pieces:
    """Return the intervals of edges reached within a cutoff, as (edge, from, to)."""
    edge, start, end = [], [], []
    for each in earliest:
        last, m = each.routing.last, each.routing.network.edge_count
        with np.errstate(invalid="ignore", divide="ignore"):
            part = (cutoff_s - each.enter_s) / last.seconds
        # against a one-way nothing is reached; an edge of no length is reached with its node
        part = np.clip(np.nan_to_num(part, nan=0.0, posinf=1.0, neginf=0.0), 0, last.share)
        edge += [np.arange(m), np.arange(m)]
        start += [np.zeros(m), 1 - part[m:]]
        end += [part[:m], np.ones(m)]
        stations = each.stations
        left_s = cutoff_s - each.start_s
        for at, fraction, left in zip(stations.edge, stations.fraction, left_s, strict=True):
            if left > 0:
                ahead, behind = (
                    min(left / last.seconds[arc] if last.seconds[arc] > 0 else 1.0, last.share[arc])
                    for arc in (at, at + m)
                )
                edge.append(np.array([at]))
                start.append(np.array([max(0.0, fraction - behind)]))
                end.append(np.array([min(1.0, fraction + ahead)]))
    return _merged(np.concatenate(edge), np.concatenate(start), np.concatenate(end))


def _merged(
    edge: NDArray[np.int64], start: NDArray[np.float64], end: NDArray[np.float64]
) -> Pieces:
    """Join the intervals of an edge that overlap or meet, and drop those of no length."""
    some = end - start > SAME_PLACE
    edge, start, end = edge[some], start[some], end[some]
    order = np.lexsort((end, start, edge))
    edge, start, end = edge[order], start[order], end[order]
    if not len(edge):
        return edge, start, end
    # Two units an edge keep the edges apart, so that one running maximum serves them all.
    reach = np.maximum.accumulate(end + 2.0 * edge)
    opens = np.concatenate(([True], start[1:] + 2.0 * edge[1:] > reach[:-1] + 1e-9))
    first = np.flatnonzero(opens)
    return edge[first], start[first], np.maximum.reduceat(end, first)


def _without(now: Pieces, before: Pieces) -> Pieces:
    """Return what of the intervals ``now`` is not in those of ``before`` (a part of them)."""
    old: dict[int, list[tuple[float, float]]] = {}
    for e, a, b in zip(*before, strict=True):
        old.setdefault(int(e), []).append((float(a), float(b)))
    rows = []
    for e, a, b in zip(*now, strict=True):
        at = float(a)
        for c, d in old.get(int(e), []):
            if c >= b or d <= at:
                continue
            if c - at > SAME_PLACE:
                rows.append((int(e), at, c))
            at = d
        if b - at > SAME_PLACE:
            rows.append((int(e), at, float(b)))
    if not rows:
        return np.empty(0, dtype=np.int64), np.empty(0), np.empty(0)
    edge, start, end = zip(*rows, strict=True)
    return np.array(edge, dtype=np.int64), np.array(start), np.array(end)


def isochrone_polygons(
    ground: ServedGround, earliest: Sequence[Earliest], minutes: Sequence[float]
) -> gpd.GeoDataFrame:
    """Return the ground that lies nearest to a road reached within each band.

    Parameters
    ----------
    ground
        The ground served by each place along the roads.
    earliest
        Earliest arrivals, one for each kind of vehicle.
    minutes
        The bands, rising.

    Returns
    -------
    bands
        ``minutes``, ``area_km2`` and, as one (multi)polygon, the whole area reached within
        them; every part and hole is kept. A band that reaches nothing has an empty polygon.
    """
    arrival_s = arrivals_at(earliest, ground.places.positions)
    band = np.searchsorted(np.asarray(minutes) * 60.0, arrival_s, side="left")
    label = np.where(band < len(minutes), band, -1)
    parts = divided_ground(ground, label)
    parts += [shapely.MultiPolygon()] * (len(minutes) - len(parts))
    # Borders that two bands share are simplified once, for both: the bands stay nested.
    simple = shapely.coverage_simplify(_areas(parts), tolerance=SIMPLIFY_M)
    whole: BaseGeometry = shapely.MultiPolygon()
    shapes = []
    for part in _areas(simple):
        whole = shapely.union(whole, part)
        shapes.append(whole)
    table = gpd.GeoDataFrame(
        {"minutes": np.asarray(minutes, float)}, geometry=list(_areas(shapes)), crs=ground.crs
    )
    return table.assign(area_km2=table.area / SQUARE_METRES_PER_KM2)


def _areas(shapes: Sequence[BaseGeometry] | NDArray[np.object_]) -> NDArray[np.object_]:
    """Return shapes as multipolygons, without the points and lines that an overlay leaves."""
    found = [
        shapely.MultiPolygon([p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"])
        for shape in shapes
    ]
    return np.array(found, dtype=object)


def road_shares(
    network: RoadNetwork,
    earliest: Sequence[Earliest],
    bands: gpd.GeoDataFrame,
    step_m: float = 5.0,
    edges: NDArray[np.int64] | None = None,
) -> pd.DataFrame:
    """Say how truly each polygon shows the roads it stands for.

    Measured at the middles of pieces of road at most ``step_m`` long, each counting with its
    length.

    Parameters
    ----------
    network
        The network; only edges that give access count.
    earliest
        The arrivals that the polygons were made from.
    bands
        The polygons, from :func:`isochrone_polygons`.
    step_m
        The longest piece; longer where that would make more than :data:`MOST_PIECES`.
    edges
        The edges to measure on; all without it. Those left out must neither be reached
        nor pass through a polygon.

    Returns
    -------
    shares
        One row a band: ``road_km`` (reached), ``recall`` (share of the reached length that
        lies inside the polygon) and ``precision`` (share of the length inside that is
        reached); NaN where there is none.
    """
    edges = np.arange(network.edge_count) if edges is None else edges
    edges = edges[network.gives_access[edges]]
    if network.length_m[edges].sum() / step_m > MOST_PIECES:
        edges = _touched(network, edges, earliest, bands)
        step_m = max(step_m, float(network.length_m[edges].sum()) / MOST_PIECES)
    pieces = np.maximum(np.ceil(network.length_m[edges] / step_m).astype(np.int64), 1)
    edge = np.repeat(edges, pieces)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    middle = (number + 0.5) / np.repeat(pieces, pieces)
    length_m = np.repeat(network.length_m[edges] / pieces, pieces)
    arrival_s = arrivals_at(earliest, Positions(edge, middle, np.zeros(len(edge))))
    x, y = network.spots(edge, middle).T
    rows = []
    for minutes, area in zip(bands["minutes"], bands.geometry, strict=True):
        shapely.prepare(area)
        inside = shapely.contains_xy(area, x, y)
        reached = arrival_s <= minutes * 60
        reached_m, inside_m = length_m[reached].sum(), length_m[inside].sum()
        both_m = length_m[reached & inside].sum()
        rows.append(
            {
                "road_km": reached_m / 1000,
                "recall": both_m / reached_m if reached_m else np.nan,
                "precision": both_m / inside_m if inside_m else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _touched(
    network: RoadNetwork,
    edges: NDArray[np.int64],
    earliest: Sequence[Earliest],
    bands: gpd.GeoDataFrame,
) -> NDArray[np.int64]:
    """Return the edges that are reached within the last band or meet its polygon."""
    last_s = float(bands["minutes"].max()) * 60
    touched = np.zeros(network.edge_count, dtype=np.bool_)
    touched[_reached(earliest, last_s)[0]] = True
    parts = shapely.get_parts(bands.geometry.to_numpy()[np.argmax(bands["minutes"])])
    meeting = shapely.STRtree(network.lines(edges)).query(parts, predicate="intersects")[1]
    touched[edges[meeting]] = True
    return edges[touched[edges]]


def station_isochrones(  # noqa: PLR0917 - what is asked, and how finely
    routing: RoutingGraph,
    station: Positions,
    start_s: float,
    minutes: Sequence[float],
    area: BaseGeometry,
    limit_m: float,
    step_m: float = 20.0,
) -> gpd.GeoDataFrame:
    """Return the bands of one station, looking no farther than it drives.

    They are what :func:`isochrone_polygons` finds on the whole network: ground within the
    off-road limit of a reached road can only be nearer to roads within twice the limit.

    Parameters
    ----------
    routing
        The graph to search.
    station
        Where the station is on the network, or several that start together.
    start_s
        When it starts to move, seconds.
    minutes
        The bands, rising.
    area
        The study area, in the network's CRS.
    limit_m
        The farthest that ground may lie off the road.
    step_m
        How far apart the places are that the ground is divided among.

    Returns
    -------
    bands
        The columns of :func:`isochrone_polygons` and of :func:`road_shares`.
    """
    network = routing.network
    starts = np.full(len(station), float(start_s))
    earliest = [earliest_arrivals(routing, station, starts, max(minutes) * 60.0)]
    pieces = reach_edges(network, earliest, minutes)
    near = _edges_near(network, pieces, 2 * limit_m)
    places = road_places(network, step_m, station, cuts(pieces), near)
    reached = arrivals_at(earliest, places.positions) <= max(minutes) * 60
    if reached.any():
        far_m = 2 * (limit_m + step_m)
        away_m = KDTree(places.xy[reached]).query(places.xy, distance_upper_bound=far_m)[0]
        # Far places are gone: only beside what is reached is it known whose the ground is.
        driven = pieces.geometry.to_numpy()[network.gives_access[pieces["edge"].to_numpy()]]
        places = replace(places.take(np.isfinite(away_m)), roads=driven)
    ground = served_ground(places, area, limit_m, network.crs)
    bands = isochrone_polygons(ground, earliest, minutes)
    return bands.join(road_shares(network, earliest, bands, edges=near))


def _edges_near(
    network: RoadNetwork, pieces: gpd.GeoDataFrame, margin_m: float
) -> NDArray[np.int64]:
    """Return the edges whose frames come near the frame of some pieces, and one in any case."""
    if not len(pieces):
        return np.flatnonzero(network.gives_access)[:1]
    left, bottom, right, top = pieces.total_bounds
    low = np.minimum.reduceat(network.vertex_xy, network.vertex_start[:-1])
    high = np.maximum.reduceat(network.vertex_xy, network.vertex_start[:-1])
    beside = (low[:, 0] <= right + margin_m) & (high[:, 0] >= left - margin_m)
    beside &= (low[:, 1] <= top + margin_m) & (high[:, 1] >= bottom - margin_m)
    return np.flatnonzero(beside)

"""Isochrones: the pieces of road reached within a cutoff, and the ground they serve.

The pieces of road are exact: an edge that is reached in part is cut where the cutoff falls. The
polygons are cut from the response-time surface, and their borders simplified together, so that
bands stay nested and share their borders.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio.features
import shapely
import shapely.ops
from affine import Affine
from numpy.typing import NDArray

from firecover.demand import SQUARE_METRES_PER_KM2
from firecover.network.road_network import RoadNetwork
from firecover.network.snapping import Positions
from firecover.network.travel_times import Earliest, arrivals_at

#: Two cuts of an edge closer than this share of its length are one.
SAME_PLACE = 1e-12


def reach_edges(
    network: RoadNetwork, earliest: Earliest, minutes: Sequence[float]
) -> gpd.GeoDataFrame:
    """Cut the roads where each band ends.

    Parameters
    ----------
    network
        The network.
    earliest
        Earliest arrivals.
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
        now = _reached(network, earliest, limit * 60.0)
        new = _without(now, held[-1]) if held else now
        held.append(now)
        edges.append(new[0])
        low.append(new[1])
        high.append(new[2])
        band.append(np.full(len(new[0]), float(limit)))
    edge, start, end = np.concatenate(edges), np.concatenate(low), np.concatenate(high)
    shapes = network.lines()
    lines = [
        shapes[e] if (a, b) == (0.0, 1.0) else shapely.ops.substring(shapes[e], a, b, True)  # noqa: FBT003
        for e, a, b in zip(edge, start, end, strict=True)
    ]
    table = {
        "minutes": np.concatenate(band),
        "edge": edge,
        "from_fraction": start,
        "to_fraction": end,
        "length_m": (end - start) * network.length_m[edge],
    }
    return gpd.GeoDataFrame(table, geometry=lines, crs=network.crs)


Pieces = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]


def _reached(network: RoadNetwork, earliest: Earliest, cutoff_s: float) -> Pieces:
    """Return the intervals of edges reached within a cutoff, as (edge, from, to)."""
    count = network.edge_count
    with np.errstate(invalid="ignore", divide="ignore"):
        from_tail = (cutoff_s - earliest.node_s[network.tail]) / network.forward_s
        from_head = (cutoff_s - earliest.node_s[network.head]) / network.backward_s
    # against a one-way nothing is reached; an edge of no length is reached with its node
    from_tail = np.clip(np.nan_to_num(from_tail, nan=0.0, posinf=1.0, neginf=0.0), 0, 1)
    from_head = np.clip(np.nan_to_num(from_head, nan=0.0, posinf=1.0, neginf=0.0), 0, 1)
    edge = [np.arange(count), np.arange(count)]
    start = [np.zeros(count), 1 - from_head]
    end = [from_tail, np.ones(count)]
    stations = earliest.stations
    left_s = cutoff_s - earliest.start_s
    for at, fraction, left in zip(stations.edge, stations.fraction, left_s, strict=True):
        if left > 0:
            ahead = left / network.forward_s[at] if network.forward_s[at] > 0 else 1.0
            behind = left / network.backward_s[at] if network.backward_s[at] > 0 else 1.0
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
    response_min: NDArray[np.float32],
    transform: Affine,
    crs: str,
    minutes: Sequence[float],
) -> gpd.GeoDataFrame:
    """Cut nested polygons from a response-time surface.

    Parameters
    ----------
    response_min
        Shape (rows, columns), minutes, NaN for none.
    transform
        From (column, row) to CRS coordinates.
    crs
        The projected CRS, metres.
    minutes
        The bands, rising.

    Returns
    -------
    bands
        ``minutes``, ``area_km2`` and, as one (multi)polygon, the whole area reached within
        them; every part and hole is kept. A band that reaches nothing has an empty polygon.
    """
    # The surface is single precision: a cell at a cutoff belongs to the band that it closes.
    band = np.searchsorted(np.asarray(minutes, dtype=np.float32), response_min, side="left")
    band = np.where(np.isnan(response_min), len(minutes), band).astype(np.uint8)
    found = list(
        rasterio.features.shapes(
            band, mask=band < len(minutes), connectivity=4, transform=transform
        )
    )
    parts = np.array([shapely.geometry.shape(shape) for shape, _ in found], dtype=object)
    value = np.array([int(v) for _, v in found], dtype=np.int64)
    if len(parts):
        # Borders that two bands share are simplified once, for both.
        parts = shapely.coverage_simplify(parts, tolerance=abs(transform.a))
    whole: shapely.Geometry = shapely.MultiPolygon()
    shapes = []
    for index in range(len(minutes)):
        ring = parts[value == index]
        if len(ring):
            whole = shapely.union_all([whole, shapely.union_all(ring)])
        shapes.append(_multi(whole))
    table = gpd.GeoDataFrame({"minutes": np.asarray(minutes, float)}, geometry=shapes, crs=crs)
    return table.assign(area_km2=table.area / SQUARE_METRES_PER_KM2)


def _multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts)


def road_shares(
    network: RoadNetwork, earliest: Earliest, bands: gpd.GeoDataFrame, step_m: float = 5.0
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
        The longest piece.

    Returns
    -------
    shares
        One row a band: ``road_km`` (reached), ``recall`` (share of the reached length that
        lies inside the polygon) and ``precision`` (share of the length inside that is
        reached); NaN where there is none.
    """
    edges = np.flatnonzero(network.gives_access)
    pieces = np.maximum(np.ceil(network.length_m[edges] / step_m).astype(np.int64), 1)
    edge = np.repeat(edges, pieces)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    middle = (number + 0.5) / np.repeat(pieces, pieces)
    length_m = np.repeat(network.length_m[edges] / pieces, pieces)
    arrival_s = arrivals_at(network, earliest, Positions(edge, middle, np.zeros(len(edge))))
    spots = shapely.line_interpolate_point(network.lines()[edge], middle, normalized=True)
    x, y = shapely.get_coordinates(spots).T
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

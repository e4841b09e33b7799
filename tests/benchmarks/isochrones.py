"""Isochrone polygons beside simpler ones: ``python tests/benchmarks/isochrones.py``.

Ten places by chance on each of three networks, 4 and 10 minutes. All methods get the same exact
reach; recall is the share of the reached road length that lies inside, precision the share of the
length inside that is reached, over all ten together and of the worst. Seconds are processor time
a polygon, the greatest of ten; those of firecover hold the search, the cutting of the roads and
the measuring of the shares as well.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from firecover.isochrones import reach_edges, road_shares, station_isochrones
from firecover.network.fleet import Drive
from firecover.network.snapping import Positions
from firecover.network.travel_times import Earliest, earliest_arrivals
from support.real_roads import FILES, places_by_chance, real_drive

PLACES = 10
LIMIT_M = 300.0
BUFFER_M = 50.0
CONCAVE = 0.1

Row = tuple[float, float, float, float, int]


def reached_nodes(earliest: Earliest, cutoff_s: float) -> shapely.MultiPoint:
    """The junctions at which an engine arrives in time."""
    network, m = earliest.routing.network, earliest.routing.network.edge_count
    tails = network.tail[earliest.enter_s[:m] <= cutoff_s]
    heads = network.head[earliest.enter_s[m:] <= cutoff_s]
    return shapely.MultiPoint(network.node_xy[np.union1d(tails, heads)])


def shape_by(method: str, earliest: Earliest, minutes: float) -> BaseGeometry:
    """The polygon that a simpler method draws."""
    if method == "convex hull of reached nodes":
        return shapely.convex_hull(reached_nodes(earliest, minutes * 60))
    pieces = reach_edges(earliest.routing.network, [earliest], [minutes])
    if method == "concave hull of cut edges":
        points = shapely.MultiPoint(shapely.get_coordinates(pieces.geometry.to_numpy()))
        return shapely.concave_hull(points, ratio=CONCAVE)
    return shapely.union_all(shapely.buffer(pieces.geometry.to_numpy(), BUFFER_M))


def simple(method: str, drive: Drive, station: Positions, minutes: float) -> Row:
    """Recall, precision, reached km, seconds and vertices of a simpler method."""
    network = drive.network
    begin = time.process_time()
    earliest = earliest_arrivals(drive.routing, station, np.zeros(1), minutes * 60)
    shape = shape_by(method, earliest, minutes)
    seconds = time.process_time() - begin
    bands = gpd.GeoDataFrame({"minutes": [minutes]}, geometry=[shape], crs=network.crs)
    found = road_shares(network, [earliest], bands).iloc[0]
    vertices = shapely.get_num_coordinates(shape)
    return found["recall"], found["precision"], found["road_km"], seconds, vertices


def ours(_: str, drive: Drive, station: Positions, minutes: float) -> Row:
    """The same of firecover's bands, measured as the others are, on the whole network."""
    network = drive.network
    frame = (*network.vertex_xy.min(axis=0), *network.vertex_xy.max(axis=0))
    area = shapely.box(*frame).buffer(2 * LIMIT_M)
    begin = time.process_time()
    bands = station_isochrones(drive.routing, station, 0.0, [minutes], area, LIMIT_M)
    seconds = time.process_time() - begin
    earliest = earliest_arrivals(drive.routing, station, np.zeros(1), minutes * 60)
    found = road_shares(network, [earliest], bands[["minutes", "geometry"]]).iloc[0]
    vertices = shapely.get_num_coordinates(bands.geometry[0])
    return found["recall"], found["precision"], found["road_km"], seconds, vertices


METHODS: dict[str, Callable[[str, Drive, Positions, float], Row]] = {
    "convex hull of reached nodes": simple,
    "buffer of cut edges, 50 m": simple,
    "concave hull of cut edges": simple,
    "**firecover**": ours,
}


def main() -> None:
    """Print the table."""
    print("| network | minutes | method | recall | worst | precision | worst | s | vertices |")
    print("|" + "---|" * 9)
    for name, (path, _) in FILES.items():
        if not path.exists():
            print(f"passed over: {name}")
            continue
        drive = real_drive(name)
        stations = places_by_chance(drive, PLACES)
        for minutes in (4.0, 10.0):
            for method, measure in METHODS.items():
                rows = np.array([measure(method, drive, each, minutes) for each in stations])
                recall, precision, km, seconds, vertices = rows.T
                held = recall * km
                print(
                    f"| {name} | {minutes:.0f} | {method} | {held.sum() / km.sum():.5f} "
                    f"| {recall.min():.4f} | {held.sum() / (held / precision).sum():.5f} "
                    f"| {precision.min():.4f} | {seconds.max():.3f} | {vertices.mean():.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()

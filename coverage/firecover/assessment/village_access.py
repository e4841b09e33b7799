"""How wide a vehicle gets to a village, and where the nearest water is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from firecover.assessment.service import Places
from firecover.assessment.village_ways import width_given
from firecover.network.road_network import RoadNetwork
from firecover.network.snapping import Positions
from firecover.network.vehicle import allowed_directions, blocked_vertices, passable
from firecover.standards.vehicles import vehicles


def nearest_road(place: Places) -> Positions:
    """Return the road beside each place: the nearest that any of the study's vehicles can drive.

    It is the road that :attr:`firecover.assessment.service.Places.access_m` is measured to.
    """
    each = list(place.positions.values())
    edge, fraction, access_m = (
        np.stack([getattr(position, part) for position in each])
        for part in ("edge", "fraction", "access_m")
    )
    pick = np.where(edge >= 0, access_m, np.inf).argmin(axis=0)
    column = np.arange(edge.shape[1])
    return Positions(edge[pick, column], fraction[pick, column], access_m[pick, column])


def widest_vehicles(
    network: RoadNetwork,
    stations: Positions,
    places: Positions,
    points: pd.DataFrame,
    *,
    closed: Sequence[int] = (),
    ignore_oneway: bool = False,
) -> NDArray[np.object_]:
    """Return the widest vehicle that can get to each place from any of the stations.

    All vehicles of ``standards/vehicles.toml`` are tried, whether the study uses them or not,
    and time is ignored. A vehicle gets to a place if there is a way, in the allowed
    directions, over roads and past barriers that it can pass
    (:func:`firecover.network.vehicle.passable`,
    :func:`firecover.network.vehicle.blocked_vertices`), up to the place on its road. What is
    not known of a road stops nobody: ``width_known_share`` beside it tells how much is known.

    Parameters
    ----------
    network
        All roads that any vehicle of the study can pass
        (:attr:`firecover.network.fleet.Fleet.network`), so that one which only a narrower
        vehicle may pass counts.
    stations
        Where the stations in service are.
    places
        Shape (d,), the road beside each place (see :func:`nearest_road`).
    points
        As ``Roads.points``: the barriers.
    closed
        Edges closed from end to end: nothing beside them is reached, no station there leaves.
    ignore_oneway
        As for the study's vehicles.

    Returns
    -------
    vehicle
        Shape (d,), ids; empty where none gets there, and everywhere if no width is given of
        any road: how wide a vehicle may be cannot be said then.
    """
    widest = np.full(len(places), "", dtype=object)
    if not width_given(network.attributes).any():
        return widest
    forward, backward = allowed_directions(network.attributes, ignore_oneway=ignore_oneway)
    shut = np.zeros(network.edge_count, dtype=np.bool_)
    shut[list(closed)] = True
    stations = stations.take(stations.on_network)
    stations = stations.take(~shut[stations.edge])
    beside = places.on_network & ~shut[places.edge]
    # Of two that are equally wide the larger stands first in the file, and counts.
    for vehicle in sorted(vehicles().values(), key=lambda each: -each.width_m):
        ok = passable(network.attributes, vehicle)[0] & ~shut
        barriers = blocked_vertices(points, vehicle)
        barred = np.isin(network.node_vertex, barriers["vertex_id"][barriers["blocked"]])
        there = can_get_to(network, (forward & ok, backward & ok), barred, stations, places)
        widest[there & beside & (widest == "")] = vehicle.id
    return widest


def can_get_to(
    network: RoadNetwork,
    ways: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    barred: NDArray[np.bool_],
    stations: Positions,
    places: Positions,
) -> NDArray[np.bool_]:
    """Tell which places can be driven to from any station, shape (d,).

    Parameters
    ----------
    network
        The roads.
    ways
        Shape (m,) each, the edges that can be driven from tail to head, and back.
    barred
        Shape (n,), junctions that can be driven up to but not past.
    stations, places
        Where they are. A place at the very end of a road is reached with its junction.
    """
    stations, n = stations.take(stations.on_network), network.node_count
    forward, backward = ways
    leave = np.concatenate(
        (
            network.head[stations.edge][forward[stations.edge] | (stations.fraction == 1)],
            network.tail[stations.edge][backward[stations.edge] | (stations.fraction == 0)],
        )
    )
    begin = np.concatenate((network.tail[forward], network.head[backward]))
    end = np.concatenate((network.head[forward], network.tail[backward]))
    through = ~barred[begin]
    # One more node, the last, stands for all stations.
    begin = np.append(begin[through], np.full(len(leave), n))
    end = np.append(end[through], leave)
    arcs = csr_array((np.ones(len(begin)), (begin, end)), shape=(n + 1, n + 1))
    reached = np.zeros(n + 1, dtype=np.bool_)
    reached[breadth_first_order(arcs, n, return_predecessors=False)] = True

    on = places.on_network
    edge, at = places.edge[on], places.fraction[on]
    tail, head = network.tail[edge], network.head[edge]
    there = reached[tail] & ((forward[edge] & ~barred[tail]) | (at == 0))
    there |= reached[head] & ((backward[edge] & ~barred[head]) | (at == 1))
    for station, begins in zip(stations.edge, stations.fraction, strict=True):
        along = (forward[edge] & (at >= begins)) | (backward[edge] & (at <= begins))
        there |= (edge == station) & (along | (at == begins))
    result = np.zeros(len(places), dtype=np.bool_)
    result[on] = there
    return result


@dataclass(frozen=True)
class VillageWater:
    """The nearest water of each of ``d`` villages, in a straight line.

    Attributes
    ----------
    water_m, water_name
        Shape (d,), the nearest river or lake; NaN and empty where there is none.
    supply_m, supply_kind
        Shape (d,), the nearer of it (``water``) and the nearest working hydrant
        (``hydrant``, also of two equally near); NaN and empty where there is neither.
    """

    water_m: NDArray[np.float64]
    water_name: NDArray[np.object_]
    supply_m: NDArray[np.float64]
    supply_kind: NDArray[np.object_]


def village_water(
    water: gpd.GeoDataFrame, hydrant_m: NDArray[np.float64], xy: NDArray[np.float64]
) -> VillageWater:
    """Find the nearest water of each village.

    Parameters
    ----------
    water
        Lines and polygons with ``name``; empty where the study gives none.
    hydrant_m
        Shape (d,), the distance to the nearest working hydrant, NaN for none.
    xy
        Shape (d, 2), in the CRS of the water; NaN for a village without a position.
    """
    count = len(xy)
    water_m, nearest = np.full(count, np.nan), np.full(count, -1, dtype=np.int64)
    there = np.flatnonzero(~(water.geometry.isna() | water.geometry.is_empty))
    known = np.flatnonzero(np.isfinite(xy).all(axis=1))
    if len(there) and len(known):
        tree = shapely.STRtree(water.geometry.to_numpy()[there])
        (point, feature), metres = tree.query_nearest(
            shapely.points(xy[known]), return_distance=True, all_matches=True
        )
        order = np.lexsort((feature, point))[::-1]  # of equally near ones the first is put in last
        nearest[known[point[order]]] = there[feature[order]]
        water_m[known[point[order]]] = metres[order]
    names = np.append(water["name"].to_numpy(dtype=object), "")
    by_hydrant = ~np.isnan(hydrant_m) & ~(water_m < hydrant_m)
    return VillageWater(
        water_m=water_m,
        water_name=np.asarray(names[nearest], dtype=object),
        supply_m=np.fmin(water_m, hydrant_m),
        supply_kind=np.select(
            [by_hydrant, ~np.isnan(water_m)], ["hydrant", "water"], default=""
        ).astype(object),
    )

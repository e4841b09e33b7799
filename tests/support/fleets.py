"""Fleets, facilities and places made by hand or by chance."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
from hypothesis import strategies as st
from shapely import Point

from firecover.assessment.service import Facilities, Places
from firecover.network.fleet import Drive, Fleet
from firecover.network.road_network import LeftOut, RoadNetwork
from firecover.network.routing_graph import last_stretch, routing_graph
from firecover.network.snapping import Positions
from firecover.network.turns import TurnCosts, turns
from firecover.standards import vehicles
from support.networks import CRS, positions_on, random_networks

COSTS = TurnCosts(straight_s=1.0, right_s=2.5, left_s=5.5, u_turn_s=12.0)
NAMES = tuple(vehicles())


def drive_of(network: RoadNetwork, vehicle: str, costs=None, against_m=0.0, forbidden=None):
    """A vehicle that drives a network at the times that it holds."""
    as_long = np.where(np.isfinite(network.forward_s), network.forward_s, network.backward_s)
    last = last_stretch(network, np.tile(as_long, 2), against_m)
    onto = np.isfinite(last.seconds)
    found = None if costs is None else turns(network, costs, None, forbidden, onto)
    return Drive(
        vehicle=vehicles()[vehicle],
        network=network,
        turns=found,
        routing=routing_graph(network, found, last),
        reason=np.full(network.edge_count, "class"),
        terrain=None,
    )


def fleet_of(*drives: Drive) -> Fleet:
    """Vehicles over the same edges."""
    by_name = {drive.vehicle.id: drive for drive in drives}
    return Fleet(drives[0].network, by_name, LeftOut(0, 0.0, ()), ())


def facilities_of(positions: Positions, vehicle, start_s, *, tier="fire") -> Facilities:
    """Stations on the roads, named S1, S2 …"""
    count = len(positions)
    names = [f"S{i + 1}" for i in range(count)]
    table = gpd.GeoDataFrame(
        {
            "id": names,
            "name": names,
            "name_en": names,
            "tier": np.broadcast_to(tier, count),
            "vehicle": np.broadcast_to(vehicle, count),
            "candidate": np.zeros(count, dtype=bool),
        },
        geometry=[Point(i, 0) for i in range(count)],
        crs=CRS,
    )
    return Facilities(table, positions, np.broadcast_to(np.asarray(start_s, float), count).copy())


def places_of(fleet: Fleet, positions: Positions, access_s=0.0) -> Places:
    """Places beside the same roads for every vehicle."""
    xy = fleet.network.spots(positions.edge, positions.fraction)
    access = np.broadcast_to(np.asarray(access_s, float), len(positions)).copy()
    return Places(xy, dict.fromkeys(fleet.drives, positions), dict.fromkeys(fleet.drives, access))


@st.composite
def random_fleets(draw) -> Fleet:
    """One or two vehicles on a network; the second is slower and may not drive every road."""
    network = draw(random_networks())
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    m = network.edge_count
    forbidden = rng.integers(0, 2 * m, (4, 2))
    against_m = draw(st.sampled_from([0.0, 40.0]))
    costs = draw(st.sampled_from([None, COSTS, TurnCosts()]))
    drives = [drive_of(network, NAMES[0], costs, against_m, forbidden)]
    if draw(st.booleans()):
        slower = rng.uniform(1.0, 1.6, m)
        slower[rng.random(m) < 0.15] = np.inf
        other = replace(
            network, forward_s=network.forward_s * slower, backward_s=network.backward_s * slower
        )
        drives.append(drive_of(other, NAMES[1], costs, against_m, forbidden))
    return fleet_of(*drives)


@st.composite
def random_facilities(draw, fleet: Fleet, most: int = 4) -> Facilities:
    """Some stations, one of them perhaps off the roads, with different turnouts."""
    positions = draw(positions_on(fleet.network, least=1, most=most))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = len(positions)
    edge = np.where(rng.random(count) < 0.1, -1, positions.edge)
    vehicle = rng.choice(list(fleet.drives), count)
    return facilities_of(replace(positions, edge=edge), vehicle, rng.choice([0.0, 30, 60], count))


@st.composite
def random_places(draw, fleet: Fleet, most: int = 12) -> Places:
    """Places that may lie beside another road for the second vehicle, or beside none."""
    count = draw(st.integers(1, most))
    positions, access_s = {}, {}
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    at = draw(positions_on(fleet.network, least=count, most=count))
    for name in fleet.drives:
        edge = np.where(rng.random(count) < 0.1, -1, at.edge)
        positions[name] = replace(at, edge=edge)
        access_s[name] = np.round(rng.uniform(0, 20, count))
        moved = rng.random(count) < 0.3
        at = Positions(
            np.where(moved, rng.integers(0, fleet.network.edge_count, count), at.edge),
            np.where(moved, rng.choice([0.0, 0.3, 1.0], count), at.fraction),
            at.access_m,
        )
    return Places(np.zeros((count, 2)), positions, access_s)

"""Roads and terrains made by formula, for tests of heights and bends."""

from __future__ import annotations

import numpy as np
from affine import Affine

from firecover.layers.model import RasterLayer
from firecover.layers.provenance import Provenance
from firecover.network.road_network import RoadNetwork
from support.networks import CRS, network_of


def terrain_of(height, *, cell_m=30.0, west=-3000.0, north=3000.0, size=200) -> RasterLayer:
    """A terrain whose cell centres hold ``height(x, y)``, in the networks' CRS."""
    centre = (np.arange(size) + 0.5) * cell_m
    x, y = np.meshgrid(west + centre, north - centre)
    values = np.broadcast_to(np.asarray(height(x, y), dtype=float), x.shape).copy()
    grid = Affine(cell_m, 0, west, 0, -cell_m, north)
    return RasterLayer("dem", values, grid, CRS, Provenance("modelled", "a formula"))


def plane(east=0.0, north=0.0, at=500.0):
    """Heights that rise by ``east`` and ``north`` a metre."""
    return terrain_of(lambda x, y: at + east * x + north * y)


def road_of(*points, **columns) -> RoadNetwork:
    """One road both ways."""
    return network_of([list(points)], **columns)[0]


def arc(radius_m, degrees, points, start=(0.0, 0.0)):
    """Points along a circle, leaving the start to the east and turning left."""
    angle = np.radians(np.linspace(0, degrees, points))
    x = start[0] + radius_m * np.sin(angle)
    y = start[1] + radius_m * (1 - np.cos(angle))
    return list(zip(x.tolist(), y.tolist(), strict=True))

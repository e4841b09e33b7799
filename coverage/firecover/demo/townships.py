"""Model the areas of the townships: each point of the county belongs to the seat it costs least."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import shapes
from scipy.ndimage import distance_transform_edt, label
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree
from shapely.geometry import Polygon, shape

from firecover.demo.facts import COUNTY_SEAT, STUDY_CRS, Facts
from firecover.demo.geometry import Ints
from firecover.demo.mesh import Mesh, graph_of
from firecover.demo.towns import Streets

CELL_M = 200.0
#: How far the smoothed borders may leave the stepped ones, metres.
SMOOTHING_M = 260.0


def allocate(mesh: Mesh, facts: Facts, streets: Streets) -> Ints:
    """Give each point of the mesh to the township whose seat it is cheapest to reach from.

    Ways over a ridge cost more, so borders tend to follow the ridges. The county town counts as
    a whole: every point of its streets is a seat.
    """
    seats = np.arange(len(facts.townships))
    county = int(facts.townships.index[facts.townships["code"] == COUNTY_SEAT][0])
    town = np.unique(streets.edges[streets.town == county].ravel())
    sources = np.union1d(seats, town)
    _, _, nearest = dijkstra(
        graph_of(mesh, mesh.cost), indices=sources, min_only=True, return_predecessors=True
    )
    owner = np.where(nearest < len(seats), nearest, county)
    return owner.astype(np.int64)


def _whole(owner: NDArray[np.int32]) -> NDArray[np.int32]:
    """Give splinters that are cut off from their township to the neighbours."""
    out = owner.copy()
    loose = np.zeros(owner.shape, dtype=bool)
    for number in np.unique(owner):
        parts, count = label(owner == number)
        if count > 1:
            sizes = np.bincount(parts.ravel())[1:]
            loose |= (parts > 0) & (parts != 1 + int(np.argmax(sizes)))
    nearest = distance_transform_edt(loose, return_distances=False, return_indices=True)
    out[loose] = owner[nearest[0], nearest[1]][loose]
    return out


def township_areas(mesh: Mesh, facts: Facts, streets: Streets) -> list[Polygon]:
    """Return the areas, in the order of the townships; together they are the county exactly."""
    west, south, east, north = facts.boundary.buffer(1000).bounds
    columns, rows = int((east - west) // CELL_M) + 1, int((north - south) // CELL_M) + 1
    transform = Affine(CELL_M, 0, west, 0, -CELL_M, north)
    x, y = np.meshgrid(
        west + CELL_M * (np.arange(columns) + 0.5), north - CELL_M * (np.arange(rows) + 0.5)
    )
    _, nearest = cKDTree(mesh.xy).query(np.column_stack([x.ravel(), y.ravel()]))
    owner = _whole(allocate(mesh, facts, streets)[nearest].reshape(rows, columns).astype(np.int32))
    parts: list[list[Polygon]] = [[] for _ in range(len(facts.townships))]
    for geometry, number in shapes(owner, transform=transform):
        part = shape(geometry)
        if isinstance(part, Polygon):
            parts[int(number)].append(part)
    stepped = [shapely.union_all(found) for found in parts]
    smooth = shapely.coverage_simplify(stepped, SMOOTHING_M, simplify_boundary=False)
    return _joined([shapely.intersection(area, facts.boundary) for area in smooth])


def _joined(areas: list[Polygon]) -> list[Polygon]:
    """Give what the county's border cuts off from a township to the neighbour it adjoins most."""
    parts = [sorted(shapely.get_parts(area), key=lambda part: -part.area) for area in areas]
    whole = [found[0] for found in parts]
    for loose in [part for found in parts for part in found[1:]]:
        shared = [area.intersection(loose).length for area in whole]
        nearest = int(np.argmax(shared))
        whole[nearest] = shapely.union(whole[nearest], loose)
    return whole


def township_table(areas: list[Polygon], facts: Facts) -> gpd.GeoDataFrame:
    """Return the layer: the modelled areas, and without one the township whose seat is unknown."""
    columns = ["code", "name_zh", "name_en", "population", "seat_lon", "seat_lat"]
    known = facts.townships[columns].assign(note="范围为模拟；人口、驻地为公布数据")
    known.loc[known["code"] == COUNTY_SEAT, "note"] = (
        "范围为模拟，含桃花源街道（其驻地与人口不在来源中）；人口、驻地为公布数据"
    )
    note = "驻地与人口不在来源中，未作推定；其范围在此归入钟多街道"
    unknown = facts.unknown[["code", "name_zh", "name_en"]].assign(note=note)
    table = pd.concat([unknown, known], ignore_index=True)[[*columns, "note"]]
    shapes_or_none: Any = [None] * len(unknown) + list(areas)
    geometry = gpd.GeoSeries(shapes_or_none, crs=STUDY_CRS)
    frame = gpd.GeoDataFrame(table, geometry=geometry)
    return frame.rename(columns={"name_zh": "name"})

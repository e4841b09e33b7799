"""Model where people live: built-up patches, old villages, residents per cell."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import geometry_mask, rasterize
from scipy.ndimage import distance_transform_edt
from shapely.geometry import LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from firecover.demo.expressway import Road
from firecover.demo.facts import (
    BUILT_UP_KM2,
    COUNTY_SEAT,
    OLD_VILLAGES,
    STUDY_CRS,
    Facts,
    to_degrees,
)
from firecover.demo.geometry import Floats, part_of
from firecover.demo.terrain import CELL_M as DEM_CELL_M
from firecover.demo.terrain import Terrain
from firecover.demo.towns import Streets

POPULATION_CELL_M = 200.0
_SMOOTH_M = 45.0
#: Estates outside the county town: length along a road, metres, and how wide they grow.
_ESTATE_M = (420.0, 900.0)
_ESTATES = 5


def _patch(streets: list[LineString], grow: Floats, radius: float) -> BaseGeometry:
    """Grow each street by its own measure, and round the outline off."""
    blocks = shapely.buffer(np.asarray(streets), grow * radius)
    grown = shapely.union_all(blocks)
    closed = grown.buffer(_SMOOTH_M).buffer(-2 * _SMOOTH_M).buffer(_SMOOTH_M)
    return closed.simplify(6.0)


def _grown_to(
    area_m2: float, streets: list[LineString], grow: Floats, within: Polygon
) -> BaseGeometry:
    """Find the radius at which the patch has the wanted area; within a square metre or so."""
    low, high = 10.0, 900.0
    patch: BaseGeometry = MultiPolygon()
    for _ in range(48):
        middle = (low + high) / 2
        patch = _patch(streets, grow, middle).intersection(within)
        if abs(patch.area - area_m2) < 100:  # noqa: PLR2004 – square metres
            break
        low, high = (middle, high) if patch.area < area_m2 else (low, middle)
    return shapely.set_precision(patch, 0.01)


def _estates(
    streets: list[LineString], roads: tuple[Road, ...], rng: np.random.Generator
) -> list[LineString]:
    """Choose stretches of the roads that lead out of the county town."""
    town = shapely.union_all(streets)
    near, far = town.buffer(650), town.buffer(2400)
    found: list[LineString] = []
    pool = [
        r.xy for r in roads if r.kind in {"国道", "省道", "县道", "乡道", "村道"} and not r.oneway
    ]
    for k in rng.permutation(len(pool)).tolist():
        road = LineString(pool[k])
        length = float(rng.uniform(*_ESTATE_M))
        if road.length < length + 50:
            continue
        start = float(rng.uniform(0, road.length - length))
        stretch = part_of(road, start, start + length)
        fits = far.contains(stretch) and not near.intersects(stretch)
        if fits and all(stretch.distance(other) > 900 for other in found):  # noqa: PLR2004 – metres
            found.append(stretch)
        if len(found) == _ESTATES:
            break
    return found


def built_up_patches(
    facts: Facts, streets: Streets, roads: tuple[Road, ...], rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """Draw the built-up patches: the county town of the published size, and one a seat."""
    within = facts.boundary.buffer(-15)
    rows = []
    for number, township in enumerate(facts.each()):
        pairs = streets.edges[streets.town == number]
        is_axis = streets.axis[streets.town == number]
        urban = township.code == COUNTY_SEAT
        if urban:
            # The stretch of the main street between the two parts of the town is open country.
            crossings = np.bincount(pairs.ravel(), minlength=len(streets.xy))
            bare = is_axis & (crossings[pairs] <= 2).all(axis=1)  # noqa: PLR2004
            pairs = pairs[~bare]
            area = BUILT_UP_KM2 * 1e6
        else:
            area = 1e6 * (0.10 + 1.3 * township.population / 1e5)
        lines = list(shapely.linestrings(streets.xy[pairs]))
        grow = np.clip(np.exp(rng.normal(0, 0.38, len(lines))), 0.45, 2.1)
        if urban:
            estates = _estates(lines, roads, rng)
            lines += estates
            grow = np.append(grow, rng.uniform(0.45, 0.9, len(estates)))
        patch = _grown_to(area, lines, grow, within)
        parts = sorted(shapely.get_parts(patch), key=lambda part: -part.area)
        for k, part in enumerate(parts, start=1):
            zone = "urban" if urban else "town"
            name = f"{'县城建成区' if urban else township.name_zh}（模拟）"
            rows.append((f"bu-{township.code}-{k}", name, zone, township.code, part))
    columns = ["id", "name", "zone", "township", "geometry"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=STUDY_CRS)


def old_villages(
    facts: Facts,
    areas: list[Polygon],
    roads: tuple[Road, ...],
    sites: Floats,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Choose village committees by lot and place an old village in each, near a hamlet.

    Which committees have one is not in the source: the choice and the places are modelled.
    """
    drivable = [road for road in roads if road.kind not in {"高速公路", "匝道"}]
    tree = shapely.STRtree([LineString(road.xy) for road in drivable])
    area_of = dict(zip(facts.townships["code"], areas, strict=True))
    pool = facts.villages[facts.villages["township"].isin(list(area_of))]
    pool = pool[~pool["name"].str.contains("社区")]
    chosen = pool.loc[np.sort(rng.choice(pool.index.to_numpy(), OLD_VILLAGES, replace=False))]
    free = rng.permutation(len(sites)).tolist()
    rows: list[tuple[object, ...]] = []
    columns = [chosen[name].tolist() for name in ("code", "name", "township")]
    for code, name, township in zip(*columns, strict=True):
        area = area_of[township].buffer(-120)
        inside = [k for k in free if area.contains(Point(sites[k]))]
        off_m = float(rng.choice([60.0, 160.0, 420.0, 1000.0], p=[0.45, 0.25, 0.18, 0.12]))
        start = sites[inside[0]] if inside else np.asarray(area.representative_point().coords[0])
        if inside:
            free.remove(inside[0])
        point = _off_road(start, off_m * float(rng.uniform(0.6, 1.45)), area, tree, rng)
        households = int(np.clip(rng.lognormal(4.2, 0.5), 22, 260))
        identifier, short = f"V{len(rows) + 1:02d}", name.removesuffix("村民委员会")
        rows.append((identifier, code, short, township, *point, households))
    table = pd.DataFrame(
        rows, columns=["id", "committee_code", "name", "township", "x", "y", "households"]
    )
    degrees = np.round(to_degrees(table[["x", "y"]].to_numpy()), 6)
    table["lon"], table["lat"] = degrees[:, 0], degrees[:, 1]
    table["name"] = table["name"] + "古寨（模拟点）"
    table["note"] = "点位与所在村均为模拟；来源只有总数85处"
    return table[["id", "name", "committee_code", "township", "lon", "lat", "households", "note"]]


def _off_road(
    start: Floats, off_m: float, area: Polygon, tree: shapely.STRtree, rng: np.random.Generator
) -> tuple[float, float]:
    """Find a point about ``off_m`` from the nearest road, near a start; the best of some tries."""
    best, best_miss = (float(start[0]), float(start[1])), np.inf
    for _ in range(60):
        angle, reach = rng.uniform(0, 2 * np.pi), off_m * rng.uniform(0.9, 2.2)
        point = Point(start + reach * np.array([np.cos(angle), np.sin(angle)]))
        if not area.contains(point):
            continue
        _, distance = tree.query_nearest(point, return_distance=True, all_matches=False)
        miss = abs(float(distance[0]) - off_m)
        if miss < best_miss:
            best, best_miss = (point.x, point.y), miss
    return best


@dataclass(frozen=True)
class PopulationGrid:
    """Residents per cell, float32, shape (rows, columns), north up."""

    people: NDArray[np.float32]
    transform: Affine


def population_grid(
    facts: Facts,
    areas: list[Polygon],
    built_up: gpd.GeoDataFrame,
    roads: tuple[Road, ...],
    terrain: Terrain,
) -> PopulationGrid:
    """Spread each township's published residents over its area.

    Towns hold most, the rest lives near roads and on gentle ground. Cells that a township's
    border cuts stay empty, so that sums do not depend on how such cells are shared out.
    """
    cell = POPULATION_CELL_M
    west, south, east, north = facts.boundary.bounds
    west, north = np.floor(west / cell) * cell, np.ceil(north / cell) * cell
    columns, rows = int((east - west) // cell) + 1, int((north - south) // cell) + 1
    transform = Affine(cell, 0, west, 0, -cell, north)
    shape = (rows, columns)
    lines = [LineString(r.xy) for r in roads if r.kind not in {"高速公路", "匝道"}]
    on_road = rasterize(lines, out_shape=shape, transform=transform, all_touched=True)
    road_m = distance_transform_edt(on_road == 0, sampling=cell)
    x, y = np.meshgrid(
        west + cell * (np.arange(columns) + 0.5), north - cell * (np.arange(rows) + 0.5)
    )
    at = np.column_stack([x.ravel(), y.ravel()])
    step = 1.5 * DEM_CELL_M
    right, up = np.array([step, 0.0]), np.array([0.0, step])
    rise = terrain.sample(at + right) - terrain.sample(at - right)
    climb = terrain.sample(at + up) - terrain.sample(at - up)
    slope = (np.hypot(rise, climb) / (2 * step)).reshape(shape)
    rural = (0.02 + np.exp(-road_m / 350)) * np.exp(-((slope / 0.30) ** 2))
    # A fine grid gives the share of each cell that is built up.
    fine = rasterize(
        list(built_up.geometry),
        out_shape=(rows * 4, columns * 4),
        transform=transform @ Affine.scale(0.25),
    )
    town = fine.reshape(rows, 4, columns, 4).mean(axis=(1, 3))
    people = np.zeros(shape)
    for area, township in zip(areas, facts.each(), strict=True):
        whole = ~geometry_mask([area], shape, transform, all_touched=False)
        whole &= ~_cut_by_border(area, shape, transform)
        in_town = 0.74 if township.code == COUNTY_SEAT else 0.30
        for share, weight in ((in_town, town), (1 - in_town, rural)):
            part = np.where(whole, weight, 0.0)
            people += township.population * share * part / part.sum()
    return PopulationGrid(people.astype(np.float32), transform)


def _cut_by_border(area: Polygon, shape: tuple[int, int], transform: Affine) -> NDArray[np.bool_]:
    cut = rasterize([area.boundary], out_shape=shape, transform=transform, all_touched=True)
    return np.asarray(cut == 1)

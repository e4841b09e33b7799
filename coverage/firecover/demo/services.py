"""Model the fire service: stations and brigades, hydrants, candidate sites."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree
from shapely.geometry import LineString, Point, Polygon

from firecover.demo.expressway import Road
from firecover.demo.facts import COUNTY_SEAT, Facts, to_degrees
from firecover.demo.geometry import Floats, Ints, to_cm
from firecover.demo.settlements import PopulationGrid
from firecover.demo.towns import XIAOBA_AT_M

COUNTY_HYDRANTS = 450
WORKING_SHARE = 0.95
GENERATED_CANDIDATES = 24
CANDIDATES_APART_M = 1500.0
_STATION_FROM_SEAT_M = 200.0, 900.0
#: Assumed: no source says what the brigades drive.
_BRIGADE_VEHICLE = "light_pumper"
_SITE_CLASSES = ("国道", "省道", "县道", "街道")


def _on_roads(
    roads: tuple[Road, ...], kinds: tuple[str, ...], step_m: float
) -> tuple[Floats, Floats]:
    """Return points along roads of some classes, off bridges and tunnels, and their directions."""
    points, ways = [], []
    for road in roads:
        if road.kind not in kinds or road.bridge or road.tunnel:
            continue
        line = LineString(road.xy)
        for at in np.arange(step_m / 2, line.length, step_m):
            here, ahead = (line.interpolate(s) for s in (at, min(at + 1, line.length)))
            way = np.array([ahead.x - here.x, ahead.y - here.y])
            points.append((here.x, here.y))
            ways.append(way / max(float(np.hypot(*way)), 1e-9))
    return np.asarray(points), np.asarray(ways)


def _beside(point: Floats, way: Floats, off_m: float) -> Floats:
    out: Floats = point + np.array([way[1], -way[0]]) * off_m
    return out


def _degrees(xy: Floats) -> Floats:
    return np.round(to_degrees(xy), 6)


def stations(facts: Facts, roads: tuple[Road, ...]) -> pd.DataFrame:
    """List the county's station (its place modelled) and the brigades at the published seats."""
    # On a street that is driven both ways, close to the avenue: an engine leaves either way.
    points, ways = _on_roads(tuple(road for road in roads if not road.oneway), ("街道",), 20.0)
    seat = facts.townships.loc[facts.townships["code"] == COUNTY_SEAT, ["x_m", "y_m"]].to_numpy()[0]
    from_seat_m = np.hypot(*(points - seat).T)
    avenue = shapely.union_all([LineString(road.xy) for road in roads if "大道" in road.name])
    to_avenue_m = shapely.distance(shapely.points(points), avenue)
    near = (from_seat_m > _STATION_FROM_SEAT_M[0]) & (from_seat_m < _STATION_FROM_SEAT_M[1])
    pick = int(np.argmin(np.where(near, to_avenue_m, np.inf)))
    lon, lat = _degrees(_beside(points[pick], ways[pick], 15.0)[None, :])[0]
    words = "id name name_en station_class lon lat turnout_s engines vehicle township note"
    rows: list[tuple[object, ...]] = [
        (
            "county",
            "酉阳县消防救援站",
            "Youyang county fire station",
            "一级普通",
            lon,
            lat,
            60,
            None,
            "engine",
            COUNTY_SEAT,
            "规划载2020年全县1个消防站；位置为模拟，等级、车型为假定（来源未载）",
        )
    ]
    unknown = [facts.unknown[name].tolist() for name in ("code", "name_zh", "name_en")]
    for code, name_zh, name_en in zip(*unknown, strict=True):
        note = "规划载39支乡镇专职消防队；车型为假定；该街道驻地不在来源中，位置未知"
        names = (f"brigade-{code}", f"{name_zh}专职消防队", f"{name_en} brigade", "乡镇专职")
        rows.append((*names, None, None, None, None, _BRIGADE_VEHICLE, code, note))
    for row in facts.each():
        note = "规划载39支乡镇专职消防队；位置取公布的乡镇驻地，车型为假定"
        names = (
            f"brigade-{row.code}",
            f"{row.name_zh}专职消防队",
            f"{row.name_en} brigade",
            "乡镇专职",
        )
        place = row.seat_lon, row.seat_lat
        rows.append((*names, *place, None, None, _BRIGADE_VEHICLE, row.code, note))
    table = pd.DataFrame(rows, columns=words.split())
    return table.astype({"turnout_s": "Int64", "engines": "Int64"})


def hydrants(
    facts: Facts, built_up: gpd.GeoDataFrame, roads: tuple[Road, ...], rng: np.random.Generator
) -> pd.DataFrame:
    """Set hydrants along the streets of the towns, unevenly, with gaps."""
    rows = []
    streets = [road for road in roads if road.kind == "街道" or "大道" in road.name]
    lines = np.array([LineString(road.xy) for road in streets])
    for township in facts.each():
        patch = shapely.union_all(built_up.geometry[built_up["township"] == township.code])
        urban = township.code == COUNTY_SEAT
        spots: list[Floats] = []
        for line in shapely.intersection(lines[shapely.intersects(lines, patch)], patch):
            spots += _along(line, 62.0 if urban else 85.0, rng)
        if urban:
            keep = rng.permutation(len(spots))[:COUNTY_HYDRANTS]
        else:
            keep = np.flatnonzero(rng.random(len(spots)) < rng.uniform(0.45, 0.95))
        for k, spot in enumerate(np.sort(keep).tolist(), start=1):
            works = rng.random() < WORKING_SHARE
            name = f"{township.name_zh}消火栓{k:03d}（模拟）"
            rows.append((name, *spots[spot], "完好" if works else "损坏"))
    table = pd.DataFrame(rows, columns=["name", "x", "y", "status"])
    degrees = _degrees(table[["x", "y"]].to_numpy())
    table["lon"], table["lat"] = degrees[:, 0], degrees[:, 1]
    table["id"] = [f"H{k:04d}" for k in range(1, len(table) + 1)]
    return table[["id", "name", "lon", "lat", "status"]]


def _along(line: shapely.Geometry, pitch_m: float, rng: np.random.Generator) -> list[Floats]:
    """Set points beside a street: mostly at the pitch, now and then after a long gap."""
    spots = []
    for part in shapely.get_parts(line):
        at = float(rng.uniform(5, pitch_m))
        side = 6.0 if rng.random() < 0.5 else -6.0  # noqa: PLR2004 – either side
        while at < part.length - 2:
            here, ahead = part.interpolate(at), part.interpolate(min(at + 1, part.length))
            way = np.array([ahead.x - here.x, ahead.y - here.y])
            way /= max(float(np.hypot(*way)), 1e-9)
            spots.append(_beside(np.array([here.x, here.y]), way, side))
            gap = rng.random() < 0.08  # noqa: PLR2004 – share of long gaps
            at += pitch_m * float(rng.uniform(2.6, 4.0) if gap else rng.uniform(0.75, 1.35))
    return spots


def candidates(
    facts: Facts,
    areas: list[Polygon],
    axis: LineString,
    *,
    roads: tuple[Road, ...],
    built_up: gpd.GeoDataFrame,
    population: PopulationGrid,
) -> pd.DataFrame:
    """Propose sites: the named one in Xiaoba, and generated ones where many people live.

    The generated sites are taken one by one, each where most residents live within some
    kilometres that are not yet near a site.
    """
    points, ways = _on_roads(roads, _SITE_CLASSES, 250.0)
    points = np.vstack([_beside(p, w, 12.0) for p, w in zip(points, ways, strict=True)])
    xiaoba = np.asarray(axis.interpolate(XIAOBA_AT_M).coords[0])
    street, way = _on_roads(roads, ("街道", "国道"), 20.0)
    nearest = int(np.argmin(np.hypot(*(street - xiaoba).T)))
    chosen = [_beside(street[nearest], way[nearest], 15.0)]
    row, column = np.nonzero(population.people > 0)
    cells = _cell_centres(population, row, column)
    people = population.people[row, column].astype(np.float64)
    cell_tree, gap = cKDTree(cells), np.full(len(points), np.inf)
    gap = np.minimum(gap, np.hypot(*(points - chosen[0]).T))
    near = cell_tree.query_ball_point(points, 3000.0)
    seats = facts.seats_m
    # A county station or a brigade already stands in a seat; sites there would add little.
    people = people * (0.35 + 0.65 * np.minimum(1, cKDTree(seats).query(cells)[0] / 4000))
    for _ in range(GENERATED_CANDIDATES):
        worth = np.array([people[found].sum() for found in near])
        worth[gap < CANDIDATES_APART_M + 1] = -1
        best = int(np.argmax(worth))
        chosen.append(points[best])
        gap = np.minimum(gap, np.hypot(*(points - points[best]).T))
        people[near[best]] *= 0.35
    return _candidate_table(facts, areas, built_up, to_cm(np.vstack(chosen)))


def _cell_centres(grid: PopulationGrid, row: Ints, column: Ints) -> Floats:
    at = grid.transform
    return np.column_stack([at.c + at.a * (column + 0.5), at.f + at.e * (row + 0.5)])


def _candidate_table(
    facts: Facts, areas: list[Polygon], built_up: gpd.GeoDataFrame, xy: Floats
) -> pd.DataFrame:
    town = shapely.union_all(built_up.geometry[built_up["zone"] == "urban"]).buffer(300)
    names = facts.townships["name_zh"].tolist()
    rows = [
        ("xiaoba", "小坝新城消防站", "Xiaoba New Town fire station", "二级普通", "named",
         "规划附件2：新建，二级普通；位置为模拟"),
    ]  # fmt: skip
    for k, point in enumerate(xy[1:], start=1):
        here = next(
            name for name, area in zip(names, areas, strict=True) if area.contains(Point(point))
        )
        english = facts.townships["name_en"].tolist()[names.index(here)]
        station_class = "一级普通" if town.contains(Point(point)) else "小型普通"
        rows.append((f"c{k:02d}", f"候选点 {k:02d}（{here}）", f"Candidate {k:02d} ({english})",
                     station_class, "generated", "模拟候选点，未核实用地"))  # fmt: skip
    table = pd.DataFrame(rows, columns=["id", "name", "name_en", "station_class", "origin", "note"])
    degrees = _degrees(xy)
    table.insert(4, "lon", degrees[:, 0])
    table.insert(5, "lat", degrees[:, 1])
    table.insert(6, "vehicle", "engine")
    return table

"""A small, complete and consistent `Results`, whose figures can be checked by hand.

The study area is a square of 10 km, its lower left corner at :data:`ORIGIN`. Engines leave after
60 s and drive at 500 m a minute along the two directions of the grid, so that the arrival from
a station is ``1 + (|dx| + |dy|) / 500`` minutes: the bands of 5, 8 and 12 minutes are diamonds
that reach 2000, 3500 and 5500 m from each station.

Today the fire station s1 holds the whole urban area (9 km², too large for its 7 km²); in the
plan the candidate c1 opens, 1500 m to its east, and the urban area is cut at x = 2750 m.
"""

from __future__ import annotations

import datetime as dt
from functools import cache

import geopandas as gpd
import numpy as np
from affine import Affine
from shapely import LineString, Point, Polygon, unary_union
from shapely.geometry.base import BaseGeometry

from firecover.layers.provenance import Provenance, QualityNote
from firecover.results import (
    LayerSummary,
    NetworkSummary,
    Results,
    ScenarioSummary,
    Surface,
    Unknown,
    VehicleSummary,
    band,
)
from firecover.standards import load_rules
from firecover.study import Study
from support.tiny_assessment import SPEED_SD, with_assessment
from support.tiny_siting import BUDGET_10K_CNY, FURTHER, YEARS, with_siting
from support.tiny_town import (
    CANDIDATES,
    CRS,
    HYDRANTS,
    MARKUP_CANDIDATE,
    MARKUP_VILLAGE,
    MINUTES,
    NAMES,
    RESPONSE_S,
    SCENARIOS,
    SIDE_M,
    STATIONS,
    TOWN,
    TOWNSHIPS,
    URBAN,
    VILLAGES,
    arrivals_s,
    at,
    frame,
    holding,
    protected,
    rectangle,
    responding,
)

__all__ = ["MARKUP_CANDIDATE", "MARKUP_VILLAGE", "SCENARIOS", "at", "tiny_results"]


def _diamond(x: float, y: float, reach_m: float) -> Polygon:
    corners = [(x + reach_m, y), (x, y + reach_m), (x - reach_m, y), (x, y - reach_m)]
    return Polygon([at(*corner) for corner in corners])


def _reached(scenario: str, minutes: float) -> BaseGeometry:
    diamonds = [_diamond(x, y, (minutes - 1) * 500) for x, y in responding(scenario).values()]
    return unary_union(diamonds) & rectangle(0, 0, SIDE_M, SIDE_M)


@cache
def _roads() -> gpd.GeoDataFrame:
    lines = {
        "国道319": ("trunk", "G319", [(0, 4500), (10_000, 4500)]),
        "桃花源大道": ("secondary", "", [(2000, 0), (2000, 10_000)]),
        "龙潭路": ("tertiary", "", [(7500, 4500), (7500, 10_000)]),
        "": ("unclassified", "", [(8500, 0), (8500, 4500)]),
    }
    speeds = {"trunk": 50.0, "secondary": 36.4, "tertiary": 24.0, "unclassified": 20.0}
    reasons = {
        "trunk": "class_rural",
        "secondary": "curve",
        "tertiary": "grade",
        "unclassified": "narrow",
    }
    geometry = [LineString([at(*p) for p in points]) for _, _, points in lines.values()]
    rows = [
        {
            "road_class": road_class,
            "name": name,
            "ref": ref,
            "oneway": 0,
            "bridge": name == "龙潭路",
            "tunnel": False,
            "length_m": line.length,
            "speed_kmh": speeds[road_class],
            "slow_reason": reasons[road_class],
        }
        for (name, (road_class, ref, _)), line in zip(lines.items(), geometry, strict=True)
    ]
    return frame(rows, geometry)


@cache
def _demand() -> gpd.GeoDataFrame:
    rows, geometry = [], []
    centres = np.arange(500.0, SIDE_M, 1000.0)
    for x in centres:
        for y in centres:
            west = x < SIDE_M / 2
            rows.append(
                {
                    "kind": "population",
                    "township": TOWNSHIPS[0 if west else 1],
                    "zone": "",
                    "population": 960.0 if west else 420.0,
                    "area_km2": 1.0,
                    "road_m": 40.0,
                }
            )
            geometry.append((x, y))
    for zone, (left, bottom, right, top) in {"urban": URBAN, "town": TOWN}.items():
        for x in np.arange(left + 125, right, 250.0):
            for y in np.arange(bottom + 125, top, 250.0):
                rows.append(
                    {
                        "kind": "built_up",
                        "township": TOWNSHIPS[0 if zone == "urban" else 1],
                        "zone": zone,
                        "population": np.nan,
                        "area_km2": 0.0625,
                        "road_m": 20.0,
                    }
                )
                geometry.append((x, y))
    xy = np.array(geometry)
    table = frame(rows, [Point(at(x, y)) for x, y in geometry])
    for scenario in SCENARIOS:
        places = responding(scenario)
        arrival_s = arrivals_s(places, xy[:, 0], xy[:, 1])
        names = np.array([NAMES[key][0] for key in places])
        first_s = arrival_s.min(axis=0)
        far = first_s > MINUTES[-1] * 60
        table[f"first_min_{scenario}"] = np.where(far, np.nan, first_s / 60)
        table[f"station_{scenario}"] = np.where(far, "", names[arrival_s.argmin(axis=0)])
    table["_x"], table["_y"] = xy[:, 0], xy[:, 1]
    return table


def _built_up_km2(scenario: str, *, fire: bool, within: tuple[float, ...]) -> float:
    """Built-up cells inside a rectangle that are reached within the standard."""
    cells = _demand().loc[_demand()["kind"] == "built_up"]
    left, bottom, right, top = within
    x, y = cells["_x"].to_numpy(), cells["_y"].to_numpy()
    inside = (x > left) & (x < right) & (y > bottom) & (y < top)
    places = holding(scenario) if fire else responding(scenario)
    reached = arrivals_s(places, x, y).min(axis=0) <= RESPONSE_S
    return float((inside & reached).sum() * 0.0625)


_CUT_M = 2750.0
_HELD = {
    "baseline": {"s1": (URBAN, 7.0, 480.0)},
    "plan_2025": {
        "s1": ((URBAN[0], URBAN[1], _CUT_M, URBAN[3]), 7.0, 360.0),
        "c1": ((_CUT_M, URBAN[1], URBAN[2], URBAN[3]), 4.0, 330.0),
    },
}


def _jurisdictions() -> gpd.GeoDataFrame:
    rows, geometry = [], []
    for scenario, held in _HELD.items():
        for station, (bounds, cap_km2, farthest_s) in held.items():
            area = rectangle(*bounds)
            area_km2 = area.area / 1e6
            reached_km2 = _built_up_km2(scenario, fire=True, within=bounds)
            rows.append(
                {
                    "scenario": scenario,
                    "station_id": station,
                    "station_name": NAMES[station][0],
                    "area_km2": area_km2,
                    "cap_km2": cap_km2,
                    "area_verdict": "meets" if area_km2 <= cap_km2 else "fails",
                    "reached_km2": reached_km2,
                    "reached_share": reached_km2 / area_km2,
                    "farthest_s": farthest_s,
                }
            )
            geometry.append(area)
    return frame(rows, geometry)


def _stations() -> gpd.GeoDataFrame:
    held = _jurisdictions().set_index(["scenario", "station_id"])
    rows, geometry = [], []
    for scenario in SCENARIOS:
        for key, place in responding(scenario).items():
            name, name_en, station_class = NAMES[key]
            mine = held.loc[(scenario, key)] if (scenario, key) in held.index else None
            rows.append(
                {
                    "scenario": scenario,
                    "id": key,
                    "name": name,
                    "name_en": name_en,
                    "tier": "township" if station_class == "township" else "fire",
                    "station_class": station_class,
                    "vehicle": "light_pumper" if station_class == "township" else "engine",
                    "turnout_s": 60.0,
                    "engines": {"s1": 6.0, "s2": 1.0}.get(key, np.nan),
                    "candidate": key == "c1",
                    "access_m": 15.0,
                    "jurisdiction_km2": np.nan if mine is None else mine["area_km2"],
                    "cap_km2": np.nan if mine is None else mine["cap_km2"],
                    "area_verdict": "not_applicable" if mine is None else mine["area_verdict"],
                    "reached_km2": np.nan if mine is None else mine["reached_km2"],
                    "reached_share": np.nan if mine is None else mine["reached_share"],
                    "farthest_s": np.nan if mine is None else mine["farthest_s"],
                    "note": "",
                }
            )
            geometry.append(Point(at(*place)))
    return frame(rows, geometry)


def _candidates() -> gpd.GeoDataFrame:
    people = _demand().loc[_demand()["kind"] == "population"]
    x, y = people["_x"].to_numpy(), people["_y"].to_numpy()
    before = arrivals_s(STATIONS, x, y).min(axis=0) <= RESPONSE_S
    rows = []
    for rank, (key, place) in enumerate(CANDIDATES.items(), start=1):
        after = arrivals_s({key: place}, x, y)[0] <= RESPONSE_S
        rows.append(
            {
                "id": key,
                "name": "小坝消防站" if key == "c1" else MARKUP_CANDIDATE,
                "name_en": "Xiaoba fire station" if key == "c1" else MARKUP_CANDIDATE,
                "station_class": "second" if key == "c1" else "first",
                "vehicle": "engine",
                "origin": "named" if key == "c1" else "generated",
                "cost_10k_cny": 1200.0 if key == "c1" else np.nan,
                "access_m": 22.5,
                "rank": rank,
                "tied": False,
                "population_gain": float(people["population"][after & ~before].sum()),
                "built_up_gain_km2": (
                    _built_up_km2("plan_2025", fire=True, within=URBAN)
                    - _built_up_km2("baseline", fire=True, within=URBAN)
                    if key == "c1"
                    else 0.0
                ),
                "villages_gain": 0,
                "note": "",
            }
        )
    return frame(rows, [Point(at(*place)) for place in CANDIDATES.values()])


def _isochrones() -> gpd.GeoDataFrame:
    roads = unary_union(_roads().geometry.to_numpy())
    rows, geometry = [], []
    for scenario in SCENARIOS:
        for minutes in MINUTES:
            area = _reached(scenario, minutes)
            rows.append(
                {
                    "scenario": scenario,
                    "minutes": minutes,
                    "area_km2": area.area / 1e6,
                    "road_km": (area & roads).length / 1000,
                    "recall": 0.998,
                    "precision": 0.991,
                }
            )
            geometry.append(area)
    return frame(rows, geometry)


def _reach_edges() -> gpd.GeoDataFrame:
    rows, geometry = [], []
    for scenario in SCENARIOS:
        inner: BaseGeometry = Polygon()
        for minutes in MINUTES:
            outer = _reached(scenario, minutes)
            for road in _roads().itertuples():
                piece = road.geometry & (outer - inner)
                for line in getattr(piece, "geoms", [piece]):
                    if line.length < 1e-6:
                        continue
                    rows.append(
                        {
                            "scenario": scenario,
                            "minutes": minutes,
                            "road_class": road.road_class,
                            "name": road.name,
                            "length_m": line.length,
                        }
                    )
                    geometry.append(line)
            inner = outer
    return frame(rows, geometry)


def _built_up() -> gpd.GeoDataFrame:
    rows, geometry = [], []
    areas = {"b1": ("城区", "urban", URBAN), "b2": ("龙潭集镇", "town", TOWN)}
    for scenario in SCENARIOS:
        for key, (name, zone, bounds) in areas.items():
            area = rectangle(*bounds)
            area_km2 = area.area / 1e6
            held = _built_up_km2(scenario, fire=True, within=bounds)
            anyone = _built_up_km2(scenario, fire=False, within=bounds)
            hydrant_km2 = (area & protected()).area / 1e6
            rows.append(
                {
                    "scenario": scenario,
                    "id": key,
                    "name": name,
                    "zone": zone,
                    "area_km2": area_km2,
                    "reached_km2": held,
                    "reached_share": held / area_km2,
                    "any_reached_km2": anyone,
                    "any_reached_share": anyone / area_km2,
                    "hydrant_km2": hydrant_km2,
                    "hydrant_share": hydrant_km2 / area_km2,
                }
            )
            geometry.append(area)
    return frame(rows, geometry)


def _villages() -> gpd.GeoDataFrame:
    names = {"v1": "城南村", "v2": "龙潭村", "v3": MARKUP_VILLAGE, "v4": "高山村"}
    xy = np.array(list(VILLAGES.values()))
    working = [Point(x, y) for x, y, status in HYDRANTS.values() if status == "working"]
    rows, geometry = [], []
    for scenario in SCENARIOS:
        places = responding(scenario)
        station = np.array([NAMES[key][0] for key in places])
        arrival_s = arrivals_s(places, xy[:, 0], xy[:, 1])
        order = arrival_s.argsort(axis=0, kind="stable")
        for i, (key, place) in enumerate(VILLAGES.items()):
            gone = key == "v4"
            first, second = order[0, i], order[1, i]
            west = place[0] < SIDE_M / 2
            rows.append(
                {
                    "scenario": scenario,
                    "id": key,
                    "name": names[key],
                    "name_en": f"Village {key}",
                    "township": TOWNSHIPS[0 if west else 1],
                    "township_name": "钟多街道" if west else "龙潭镇",
                    "first_s": np.nan if gone else arrival_s[first, i],
                    "first_station": "" if gone else str(station[first]),
                    "second_s": np.nan if gone else arrival_s[second, i],
                    "second_station": "" if gone else str(station[second]),
                    "off_road_m": 3600.0 if gone else 120.0,
                    "hydrant_m": min(Point(place).distance(point) for point in working),
                    "reached": not gone and bool(arrival_s[first, i] <= 20 * 60),
                    "reason": "too_far_from_road" if gone else "",
                    "note": "",
                }
            )
            geometry.append(Point(at(*place)))
    return frame(rows, geometry)


def _hydrants() -> gpd.GeoDataFrame:
    rows, geometry = [], []
    built_up = rectangle(*URBAN) | rectangle(*TOWN)
    for key, (x, y, status) in HYDRANTS.items():
        point = Point(at(x, y))
        rows.append(
            {
                "id": key,
                "name": "",
                "status": status,
                "township": TOWNSHIPS[0 if x < SIDE_M / 2 else 1],
                "road_m": 3.0,
                "built_up_km2": (point.buffer(150) & built_up).area / 1e6,
            }
        )
        geometry.append(point)
    return frame(rows, geometry)


def _hydrant_gaps() -> gpd.GeoDataFrame:
    gaps = [rectangle(*URBAN) - protected(), rectangle(*TOWN) - protected()]
    rows = [
        {"built_up_id": key, "built_up_name": name, "area_km2": gap.area / 1e6}
        for (key, name), gap in zip({"b1": "城区", "b2": "龙潭集镇"}.items(), gaps, strict=True)
    ]
    return frame(rows, gaps)


def _townships() -> gpd.GeoDataFrame:
    known = [
        ("钟多街道", "Zhongduo", 50_000.0, 0.0, (2000.0, 4000.0)),
        ("龙潭镇", "Longtan", 20_000.0, 5000.0, (7500.0, 7000.0)),
    ]
    people = _demand().loc[_demand()["kind"] == "population"]
    villages = _villages()
    rows, geometry = [], []
    for scenario in SCENARIOS:
        places = responding(scenario)
        for code, (name, name_en, population, left, seat) in zip(TOWNSHIPS, known, strict=False):
            arrival_s = arrivals_s(places, np.array([seat[0]]), np.array([seat[1]]))[:, 0]
            mine = people.loc[people["township"] == code]
            bounds = URBAN if code == TOWNSHIPS[0] else TOWN
            built_up_km2 = rectangle(*bounds).area / 1e6
            reached_km2 = _built_up_km2(scenario, fire=False, within=bounds)
            theirs = villages.loc[
                (villages["scenario"] == scenario) & (villages["township"] == code)
            ]
            status = [
                s for x, _, s in HYDRANTS.values() if (x < SIDE_M / 2) == (code == TOWNSHIPS[0])
            ]
            row: dict[str, object] = {
                "scenario": scenario,
                "code": code,
                "name": name,
                "name_en": name_en,
                "population": population,
                "seat_first_s": float(np.sort(arrival_s)[0]),
                "seat_station": NAMES[list(places)[int(arrival_s.argmin())]][0],
                "seat_second_s": float(np.sort(arrival_s)[1]),
                "population_modelled": float(mine["population"].sum()),
            }
            for minutes in MINUTES:
                near = mine[f"first_min_{scenario}"] <= minutes
                count = float(mine["population"][near].sum())
                row[f"population_{band(minutes)}"] = count
                row[f"share_{band(minutes)}"] = count / float(mine["population"].sum())
            row |= {
                "built_up_km2": built_up_km2,
                "built_up_reached_km2": reached_km2,
                "built_up_reached_share": reached_km2 / built_up_km2,
                "hydrants": len(status),
                "hydrants_working": status.count("working"),
                "hydrants_working_share": status.count("working") / len(status),
                "villages": len(theirs),
                "villages_reached": int(theirs["reached"].sum()),
                "villages_reached_share": float(theirs["reached"].mean()),
                "note": "",
            }
            rows.append(row)
            geometry.append(rectangle(left, 0, left + SIDE_M / 2, SIDE_M))
        bare = dict.fromkeys(rows[0], np.nan) | {
            "scenario": scenario,
            "code": TOWNSHIPS[2],
            "name": "两罾乡",
            "name_en": "Liangzeng",
            "seat_station": "",
            "hydrants": 0,
            "hydrants_working": 0,
            "villages": 0,
            "villages_reached": 0,
            "note": "no area known",
        }
        rows.append(bare)
        geometry.append(None)
    return frame(rows, geometry)


def _figures(scenario: str) -> dict[str, float | int | str | None]:
    people = _demand().loc[_demand()["kind"] == "population"]
    total = float(people["population"].sum())
    stations = _stations().query("scenario == @scenario")
    held = _jurisdictions().query("scenario == @scenario")
    villages = _villages().query("scenario == @scenario")
    iso = _isochrones().query("scenario == @scenario").set_index("minutes")
    built_up = _built_up().query("scenario == @scenario")
    urban = built_up.loc[built_up["zone"] == "urban"]
    urban_km2 = float(urban["area_km2"].sum())
    fire_seats_s = _townships().query("scenario == @scenario")["seat_first_s"].dropna()
    figures: dict[str, float | int | str | None] = {
        "stations_fire": int((stations["tier"] == "fire").sum()),
        "stations_township": int((stations["tier"] == "township").sum()),
        "stations_micro": 0,
        "stations_unlocated": 1,
        "population_total": total,
    }
    for minutes in MINUTES:
        near = people[f"first_min_{scenario}"] <= minutes
        count = float(people["population"][near].sum())
        figures[f"population_reached_{band(minutes)}"] = count
        figures[f"population_share_{band(minutes)}"] = count / total
        figures[f"isochrone_{band(minutes)}_km2"] = float(iso.loc[minutes, "area_km2"])
        figures[f"reached_road_{band(minutes)}_km"] = float(iso.loc[minutes, "road_km"])
        figures[f"seats_reached_{band(minutes)}"] = int((fire_seats_s <= minutes * 60).sum())
    return figures | {
        "population_published": 70_000.0,
        "townships_population_unknown": 1,
        "urban_km2": urban_km2,
        "urban_reached_km2": float(urban["reached_km2"].sum()),
        "urban_reached_share": float(urban["reached_km2"].sum()) / urban_km2,
        "urban_any_reached_km2": float(urban["any_reached_km2"].sum()),
        "urban_any_reached_share": float(urban["any_reached_km2"].sum()) / urban_km2,
        "built_up_km2": float(built_up["area_km2"].sum()),
        "built_up_any_reached_km2": float(built_up["any_reached_km2"].sum()),
        "built_up_any_reached_share": float(
            built_up["any_reached_km2"].sum() / built_up["area_km2"].sum()
        ),
        "area_per_station_km2": urban_km2 / len(held),
        "stations_holding_area": len(held),
        "stations_meeting_area": int((held["area_verdict"] == "meets").sum()),
        "stations_failing_area": int((held["area_verdict"] == "fails").sum()),
        "stations_least": 2,
        "villages": len(villages),
        "villages_reached": int(villages["reached"].sum()),
        "villages_reached_share": float(villages["reached"].mean()),
        "villages_two": int((villages["second_s"] <= 20 * 60).sum()),
        "village_minutes": 20.0,
        "village_median_s": float(villages["first_s"].median()),
        "village_worst_s": float(villages["first_s"].max()),
        "villages_nobody": int(villages["first_s"].isna().sum()),
        "hydrants": 6,
        "hydrants_working": 3,
        "hydrants_working_share": 0.5,
        "hydrant_radius_km2": float(urban["hydrant_km2"].sum()),
        "hydrant_radius_share": float(urban["hydrant_km2"].sum()) / urban_km2,
        "townships": 3,
        "seats_known": 2,
    }


def _surface(scenario: str) -> Surface:
    cell_m = 250.0
    centres = np.arange(cell_m / 2, SIDE_M, cell_m)
    x, y = np.meshgrid(centres, centres[::-1])
    minutes = (
        arrivals_s(responding(scenario), x.ravel(), y.ravel()).min(axis=0).reshape(x.shape) / 60
    )
    minutes[minutes > MINUTES[-1]] = np.nan
    left, top = at(0, SIDE_M)
    transform = Affine(cell_m, 0, left, 0, -cell_m, top)
    return Surface(minutes.astype(np.float32), transform, CRS)


def _study() -> Study:
    layers = ("roads", "boundary", "townships", "built_up", "stations", "candidates")
    layers += ("hydrants", "villages", "water", "population")
    tables = {
        name: {"path": f"{name}.gpkg", "provenance": {"kind": kind, "source": source}}
        for name, (kind, source) in ((name, _SOURCES[name][:2]) for name in layers)
    }
    return Study.model_validate(
        {
            "study": {
                "id": "tiny",
                "title": {"zh": "试验县", "en": "Test county"},
                "crs": CRS,
                "handling": {"zh": "内部资料，注意保管", "en": "internal, keep safe"},
            },
            "layers": tables,
            "isochrones": {"minutes": list(MINUTES)},
            "uncertainty": {"speed_sd": SPEED_SD, "class_sd": 0, "turnout_sd": 0},
            "siting": {
                "stations": FURTHER,
                "budget_10k_cny": BUDGET_10K_CNY,
                "years": YEARS,
            },
            "scenarios": {
                "baseline": {},
                "plan_2025": {
                    "title": {"zh": "规划2025", "en": "Plan 2025"},
                    "open": ["c1"],
                },
            },
        }
    )


_SOURCES = {
    "roads": ("observed", "OpenStreetMap contributors", "ODbL-1.0", 4),
    "boundary": ("published", "县人民政府 2022-04-29", "", 1),
    "townships": ("published", "county yearbook 2021", "", 3),
    "built_up": ("derived", "land-cover raster, 2020", "CC-BY-4.0", 2),
    "stations": ("published", "county plan 2021-2025", "", 4),
    "candidates": ("derived", "county plan; grid of sites", "", 2),
    "hydrants": ("modelled", "spaced along the streets", "", 6),
    "villages": ("modelled", "placed by a model", "", 4),
    "water": ("observed", "OpenStreetMap contributors", "ODbL-1.0", 1),
    "population": ("modelled", "published totals spread over built-up land", "", 100),
}


_VEHICLES = (
    VehicleSummary(
        id="engine",
        zh="消防车",
        en="fire engine",
        mass_t=16.0,
        width_m=2.5,
        height_m=3.5,
        evidence="A",
        closed_km=3.75,
        closed_km_by_reason={"weak_bridge": 0.25, "narrow": 3.5},
        slower_than_level=1.375,
        curve_lost_share=0.25,
        grade_lost_share=0.125,
        curve_share=0.4,
        grade_share=0.2,
        grade_p99=0.105,
    ),
    VehicleSummary(
        id="light_pumper",
        zh="轻型消防车",
        en="light pumper",
        mass_t=7.0,
        width_m=2.1,
        height_m=2.8,
        evidence="A",
        closed_km=0.0,
        closed_km_by_reason={},
        slower_than_level=1.25,
        curve_lost_share=0.1875,
        grade_lost_share=0.0625,
        curve_share=0.3,
        grade_share=0.1,
        grade_p99=0.105,
    ),
)


@cache
def _everything() -> Results:
    layers = tuple(
        LayerSummary(
            name,
            features,
            Provenance(
                kind=kind,  # type: ignore[arg-type]
                source=source,
                licence=licence,
                date=dt.date(2025, 6, 1) if name == "roads" else None,
                note="",
                file=f"{name}.gpkg",
                sha256=f"{i:064x}",
            ),
        )
        for i, (name, (kind, source, licence, features)) in enumerate(_SOURCES.items())
    )
    roads = _roads()
    river = LineString([at(0, 1000), at(5000, 1500), at(10_000, 500)])
    bare = Results(
        study=_study(),
        rules=load_rules("cn"),
        layers=layers,
        quality=(
            QualityNote("built_up", "repaired", 1, "ring crosses itself", "边界自相交", ("b2",)),
            QualityNote(
                "roads",
                "left out",
                2,
                "parts cut off from the network",
                "与路网不连通的路段",
                ("way 7", "way 9"),
                1234.56,
            ),
            QualityNote("stations", "noted", 1, "no position known", "位置不详", ("麻旺站",)),
        ),
        unknowns=(
            Unknown("number of staff on duty", "执勤人数"),
            Unknown("population of a township", "乡镇人口", ("两罾乡",)),
        ),
        network=NetworkSummary(
            nodes=11,
            edges=10,
            length_km=float(roads["length_m"].sum()) / 1000,
            oneway_length_km=0.0,
            left_out_parts=2,
            left_out_length_km=1.23456,
            speed_kmh=dict(zip(roads["road_class"], roads["speed_kmh"], strict=True)),
            length_km_by_class=dict(
                zip(roads["road_class"], roads["length_m"] / 1000, strict=True)
            ),
            vehicles=_VEHICLES,
        ),
        scenarios=tuple(
            ScenarioSummary(
                id=scenario,
                title_zh="现状" if scenario == "baseline" else "规划2025",
                title_en="Today" if scenario == "baseline" else "Plan 2025",
                open=() if scenario == "baseline" else ("c1",),
                close=(),
                speed_factor=1.0,
                figures=_figures(scenario),
                surface=_surface(scenario),
            )
            for scenario in SCENARIOS
        ),
        minutes=MINUTES,
        stations=_stations(),
        candidates=_candidates(),
        isochrones=_isochrones(),
        reach_edges=_reach_edges(),
        jurisdictions=_jurisdictions(),
        built_up=_built_up(),
        townships=_townships(),
        villages=_villages(),
        hydrants=_hydrants(),
        hydrant_gaps=_hydrant_gaps(),
        demand=_demand().drop(columns=["_x", "_y"]),
        roads=roads.copy(),
        boundary=frame(
            [{"name": "试验县", "name_en": "Test county", "code": "500242"}],
            [rectangle(0, 0, SIDE_M, SIDE_M)],
        ),
        water=frame([{"name": "酉水", "kind": "river"}], [river]),
    )
    return with_siting(with_assessment(bare))


def tiny_results() -> Results:
    """Return the results; the same objects every time, not to be changed in place."""
    return _everything()

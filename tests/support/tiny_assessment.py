"""The assessment of the tiny study: what is added to its tables, and the tables of its own.

Worked out from the story of `tiny_results`, plainly and a second time:

- A draw makes every drive slower or faster by one lognormal factor of deviation
  :data:`SPEED_SD`; turnouts are certain. Quantiles of times are then exact, and
  ``P(60 + drive × factor ≤ limit)`` is a normal distribution's.
- Full force is :data:`FULL_ENGINES` engines; a station whose number is not known brings one.
- The clock from the call starts :data:`CALL_S` earlier.
- A railway runs along x = 1500 m, so that the 1.5 km² west of it are reached across it.
- Along the roads, a hydrant protects a diamond of 150 m, and 60 m (timber villages: 30 m) of
  each street to either side.
- New hydrants stand every 250 m along streets, where no working one is nearer than 150 m.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from statistics import NormalDist
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import LineString, Point, Polygon, unary_union
from shapely.geometry.base import BaseGeometry

from firecover.results import Results, ScenarioSummary, band
from support.tiny_town import (
    CANDIDATES,
    CRS,
    ENGINES,
    HYDRANTS,
    MINUTES,
    NAMES,
    RESPONSE_S,
    SCENARIOS,
    STATIONS,
    TOWN,
    TOWNSHIPS,
    URBAN,
    VILLAGE_S,
    arrivals_s,
    at,
    frame,
    holding,
    protected,
    rectangle,
    responding,
    tier,
    working_hydrants,
)

SPEED_SD = 0.15
FULL_ENGINES = 3
CALL_S = 150.0
TARGETS_MIN = (10.0, 20.0, 30.0)
SURE = 0.95
RAILWAY_X_M = 1500.0
_LATE = math.exp(NormalDist().inv_cdf(0.95) * SPEED_SD)
#: What drives are multiplied by at the 5 % and the 95 % quantile of their time.
SLOWER = {"p05": 1 / _LATE, "p95": _LATE}
_PATCHES = {"b1": ("城区", URBAN), "b2": ("龙潭集镇", TOWN)}
_STREETS = {
    "国道319": LineString([at(1000, 4500), at(4000, 4500)]),
    "桃花源大道": LineString([at(2000, 3000), at(2000, 6000)]),
    "龙潭路": LineString([at(7500, 7000), at(7500, 8000)]),
}


def with_assessment(results: Results) -> Results:
    """Return the results with the columns, tables and figures of the assessment."""
    results = replace(
        results,
        demand=_demand(results),
        jurisdictions=_jurisdictions(results),
        built_up=_built_up(results),
        hydrants=_hydrants(results.hydrants),
        hydrant_gaps=_hydrant_gaps(),
        hydrant_proposals=_proposals(),
        villages=_villages(results.villages),
        station_outages=_outages(results),
        critical_roads=_critical_roads(results.roads),
        plan_findings=_plan_findings(),
    )
    results = replace(results, stations=_stations(results), townships=_townships(results))
    results = replace(
        results,
        township_bands=_township_bands(results),
        county_bands=_county_bands(results),
        village_targets=_village_targets(results.villages),
    )
    scenarios = tuple(
        replace(each, figures={**each.figures, **_figures(results, each)})
        for each in results.scenarios
    )
    return replace(results, scenarios=scenarios)


def p_within(first_s: float, limit_s: float) -> float:
    """Return P that an arrival of this median is within a limit."""
    if math.isnan(first_s):
        return 0.0
    return NormalDist(sigma=SPEED_SD).cdf(math.log((limit_s - 60) / max(first_s - 60, 1e-9)))


def certainty(p: float) -> str:
    return "sure_yes" if p >= SURE else "sure_no" if p <= 1 - SURE else "uncertain"


def full_s(places: dict[str, tuple[float, float]], x: float, y: float) -> float:
    """Seconds until enough engines are there."""
    arrival_s = arrivals_s(places, np.array([x]), np.array([y]))[:, 0]
    engines = 0
    for i, station in sorted(enumerate(places), key=lambda it: arrival_s[it[0]]):
        engines += ENGINES.get(station, 1)
        if engines >= FULL_ENGINES:
            return float(arrival_s[i])
    return math.nan


def _xy(table: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
    left, bottom = at(0, 0)
    return table.geometry.x.to_numpy() - left, table.geometry.y.to_numpy() - bottom


def _people(results: Results) -> gpd.GeoDataFrame:
    return results.demand.loc[results.demand["kind"] == "population"]


def _cells(results: Results) -> gpd.GeoDataFrame:
    return results.demand.loc[results.demand["kind"] == "built_up"]


def _inside(table: gpd.GeoDataFrame, bounds: tuple[float, ...]) -> np.ndarray:
    x, y = _xy(table)
    left, bottom, right, top = bounds
    return (x > left) & (x < right) & (y > bottom) & (y < top)


def _demand(results: Results) -> gpd.GeoDataFrame:
    table = results.demand.copy()
    x, y = _xy(table)
    for scenario in SCENARIOS:
        first_s = arrivals_s(responding(scenario), x, y).min(axis=0)
        table[f"p_standard_{scenario}"] = [p_within(value, RESPONSE_S) for value in first_s]
    return table


def _reached_km2(
    results: Results,
    places: dict[str, tuple[float, float]],
    bounds: tuple[float, ...],
    slower: float = 1.0,
    limit_s: float = RESPONSE_S,
) -> float:
    cells = _cells(results)
    x, y = _xy(cells)
    first_s = arrivals_s(places, x, y, slower).min(axis=0)
    return float((_inside(cells, bounds) & (first_s <= limit_s)).sum() * 0.0625)


def _jurisdictions(results: Results) -> gpd.GeoDataFrame:
    table = results.jurisdictions.copy()
    left, bottom = at(0, 0)
    added = []
    for row in table.itertuples():
        x0, y0, x1, y1 = row.geometry.bounds
        bounds = (x0 - left, y0 - bottom, x1 - left, y1 - bottom)
        x, y = STATIONS.get(row.station_id) or CANDIDATES[row.station_id]
        mine = _cells(results).loc[_inside(_cells(results), bounds)]
        cell_x, cell_y = _xy(mine)
        along = np.abs(cell_x - x) + np.abs(cell_y - y)
        straight = np.hypot(cell_x - x, cell_y - y)
        detour = float((along / straight).mean())
        reach_km = min(float(along.max()), 2000.0) / 1000
        west = rectangle(URBAN[0], URBAN[1], RAILWAY_X_M, URBAN[3])
        share = {
            end: _reached_km2(results, holding(row.scenario), bounds, slower) / row.area_km2
            for end, slower in (("p05", SLOWER["p95"]), ("p95", SLOWER["p05"]))
        }
        added.append(
            {
                "detour_factor": detour,
                "reach_km": reach_km,
                "formula_km2": 2 * (reach_km / detour) ** 2,
                "across_expressway_km2": 0.0,
                "across_railway_km2": (row.geometry & west).area / 1e6,
                "across_river_km2": 0.0,
                "reached_share_p05": share["p05"],
                "reached_share_p95": share["p95"],
                "area_sure": 1.0 if row.area_km2 <= row.cap_km2 else 0.0,
            }
        )
    return _widened(table, added)


def _widened(table: gpd.GeoDataFrame, rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Return the table with columns added, its geometry last."""
    plain = pd.DataFrame(table.drop(columns="geometry")).reset_index(drop=True)
    wide = pd.concat([plain, pd.DataFrame(rows)], axis=1)
    if "note" in wide:
        wide["note"] = wide.pop("note")
    return gpd.GeoDataFrame(wide, geometry=table.geometry.to_numpy(), crs=CRS)


def _stations(results: Results) -> gpd.GeoDataFrame:
    held = results.jurisdictions.set_index(["scenario", "station_id"])
    columns = ["detour_factor", "reach_km", "formula_km2"]
    rows = [
        {name: held.loc[key, name] if (key := (row.scenario, row.id)) in held.index else np.nan
         for name in columns}
        for row in results.stations.itertuples()
    ]  # fmt: skip
    return _widened(results.stations, rows)


def _diamonds(radius_m: float = 150.0) -> BaseGeometry:
    shapes = []
    for point in working_hydrants():
        x, y = point.x, point.y
        corners = [(x + radius_m, y), (x, y + radius_m), (x - radius_m, y), (x, y - radius_m)]
        shapes.append(Polygon(corners))
    return unary_union(shapes)


def _streets(bounds: tuple[float, ...]) -> BaseGeometry:
    return unary_union(list(_STREETS.values())) & rectangle(*bounds)


def _built_up(results: Results) -> gpd.GeoDataFrame:
    rows = []
    for row in results.built_up.itertuples():
        area, streets = row.geometry, _streets(_PATCHES[row.id][1])
        road_km2 = (area & _diamonds()).area / 1e6
        street_km = streets.length / 1000
        spaced = {half: (streets & protected(half)).length / 1000 for half in (60.0, 30.0)}
        rows.append(
            {
                "hydrant_road_km2": road_km2,
                "hydrant_road_share": road_km2 / row.area_km2,
                "street_km": street_km,
                "street_spaced_km": spaced[60.0],
                "street_spaced_share": spaced[60.0] / street_km,
                "street_timber_km": spaced[30.0],
                "street_timber_share": spaced[30.0] / street_km,
            }
        )
    return _widened(results.built_up, rows)


def _hydrants(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    # along the roads, of which there are two in the county town, one north of the trunk road
    next_m = {"h1": 1000.0, "h2": 1000.0, "h3": 1000.0, "h4": 1500.0, "h5": 1500.0, "h6": 8000.0}
    rows = [
        {
            "next_m": next_m[key],
            "spacing_verdict": "fails" if HYDRANTS[key][2] == "working" else "not_applicable",
        }
        for key in table["id"]
    ]
    return _widened(table, rows)


def _hydrant_gaps() -> gpd.GeoDataFrame:
    rows, geometry = [], []
    for measure, safe in (("straight", protected()), ("road", _diamonds())):
        for key, (name, bounds) in _PATCHES.items():
            gap = rectangle(*bounds) - safe
            rows.append(
                {
                    "built_up_id": key,
                    "built_up_name": name,
                    "measure": measure,
                    "area_km2": gap.area / 1e6,
                }
            )
            geometry.append(gap)
    return frame(rows, geometry)


def _places() -> list[tuple[str, str, Point, Polygon]]:
    """Where a new hydrant may stand: street, patch and its area."""
    found = []
    for road, street in _STREETS.items():
        for along in np.arange(125.0, street.length, 250.0):
            point = street.interpolate(along)
            if all(point.distance(other) > 150 for other in working_hydrants()):
                key = "b1" if road != "龙潭路" else "b2"
                found.append((road, key, point, rectangle(*_PATCHES[key][1])))
    return found


def _proposals() -> gpd.GeoDataFrame:
    safe, todo = protected(), _places()
    rows, geometry = [], []
    while todo:
        gains = [((patch & point.buffer(150)) - safe).area / 1e6 for _, _, point, patch in todo]
        best = int(np.argmax(np.round(gains, 9)))
        road, key, point, _ = todo.pop(best)
        safe = safe | point.buffer(150)
        rows.append(
            {
                "id": f"new-{len(rows) + 1}",
                "order": len(rows) + 1,
                "built_up_id": key,
                "built_up_name": _PATCHES[key][0],
                "township": TOWNSHIPS[0 if key == "b1" else 1],
                "road": road,
                "gain_km2": gains[best],
            }
        )
        geometry.append(point)
    return frame(rows, geometry)


def _villages(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    river = LineString([at(0, 1000), at(5000, 1500), at(10_000, 500)])
    x, y = _xy(table)
    rows = []
    for i, row in enumerate(table.itertuples()):
        gone = bool(np.isnan(row.first_s))
        p = p_within(row.first_s, VILLAGE_S)
        drive_s = row.first_s - 60
        water_m = row.geometry.distance(river)
        near = row.hydrant_m <= water_m
        rows.append(
            {
                "full_s": math.nan if gone else full_s(responding(row.scenario), x[i], y[i]),
                "call_s": row.first_s + CALL_S,
                "way": "" if gone else "国道319 → 桃花源大道",
                "way_km": math.nan if gone else drive_s / 60 * 0.5,
                "walk_s": math.nan if gone else 0.0,
                "widest_vehicle": "" if gone else ("light_pumper" if row.id == "v3" else "engine"),
                "width_known_share": math.nan if gone else 0.25,
                "water_m": water_m,
                "water_name": "酉水",
                "supply_m": min(row.hydrant_m, water_m),
                "supply_kind": "hydrant" if near else "water",
                "p_reached": p,
                "first_p05_s": 60 + drive_s * SLOWER["p05"],
                "first_p95_s": 60 + drive_s * SLOWER["p95"],
                "certainty": "sure_yes"
                if p >= SURE
                else "sure_no"
                if p <= 1 - SURE
                else "uncertain",
            }
        )
    return _widened(table, rows)


def _village_targets(villages: gpd.GeoDataFrame) -> pd.DataFrame:
    rows = []
    for scenario in SCENARIOS:
        mine = villages.loc[villages["scenario"] == scenario]
        for minutes in TARGETS_MIN:
            chance = [p_within(value, minutes * 60) for value in mine["first_s"]]
            row: dict[str, Any] = {
                "scenario": scenario,
                "minutes": minutes,
                "villages": len(mine),
            }
            for kind in ("first", "second", "full"):
                count = int((mine[f"{kind}_s"] <= minutes * 60).sum())
                row |= {kind: count, f"{kind}_share": count / len(mine)}
            row["sure"] = sum(p >= SURE for p in chance)
            row["uncertain"] = sum(1 - SURE < p < SURE for p in chance)
            rows.append(row)
    return pd.DataFrame(rows)


def _townships(results: Results) -> gpd.GeoDataFrame:
    new = results.hydrant_proposals["township"].value_counts()
    people = _people(results)
    seats = {TOWNSHIPS[0]: (2000.0, 4000.0), TOWNSHIPS[1]: (7500.0, 7000.0)}
    rows = []
    for row in results.townships.itertuples():
        if row.code not in seats:
            rows.append(
                {
                    "hydrants_working_verdict": "cannot_say",
                    "hydrants_new": 0,
                    "hydrants_present_share": math.nan,
                    "hydrants_present_verdict": "cannot_say",
                    "seat_full_s": math.nan,
                    "seat_call_s": math.nan,
                    "seat_p": math.nan,
                    "share_p05": math.nan,
                    "share_p95": math.nan,
                }
            )
            continue
        mine = people.loc[people["township"] == row.code]
        x, y = _xy(mine)
        share = {
            end: float(
                mine["population"][
                    arrivals_s(responding(row.scenario), x, y, slower).min(axis=0) <= RESPONSE_S
                ].sum()
                / mine["population"].sum()
            )
            for end, slower in (("p05", SLOWER["p95"]), ("p95", SLOWER["p05"]))
        }
        proposed = int(new.get(row.code, 0))
        rows.append(
            {
                "hydrants_working_verdict": (
                    "meets" if row.hydrants_working_share >= 0.98 else "fails"
                ),
                "hydrants_new": proposed,
                "hydrants_present_share": row.hydrants_working / (row.hydrants_working + proposed),
                "hydrants_present_verdict": "fails" if proposed else "meets",
                "seat_full_s": full_s(responding(row.scenario), *seats[row.code]),
                "seat_call_s": row.seat_first_s + CALL_S,
                "seat_p": p_within(row.seat_first_s, RESPONSE_S),
                "share_p05": share["p05"],
                "share_p95": share["p95"],
            }
        )
    return _widened(results.townships, rows)


def _by(scenario: str, kind: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Seconds until the arrival of a kind at each point, inf where there is none."""
    places = responding(scenario)
    if kind in ("fire", "township", "micro"):
        theirs = {key: place for key, place in places.items() if tier(key) == kind}
        return arrivals_s(theirs, x, y).min(axis=0) if theirs else np.full(len(x), np.inf)
    if kind == "full":
        return np.array([full_s(places, *point) for point in zip(x, y, strict=True)])
    return np.sort(arrivals_s(places, x, y), axis=0)[{"first": 0, "second": 1}[kind]]


def _township_bands(results: Results) -> pd.DataFrame:
    people, cells = _people(results), _cells(results)
    rows = []
    for scenario in SCENARIOS:
        for code, name in results.townships.drop_duplicates("code")[["code", "name"]].to_numpy():
            for kind in ("first", "second", "full", "fire", "township", "micro"):
                theirs = people.loc[people["township"] == code]
                built = cells.loc[cells["township"] == code]
                people_s = _by(scenario, kind, *_xy(theirs)) if len(theirs) else np.empty(0)
                built_s = _by(scenario, kind, *_xy(built)) if len(built) else np.empty(0)
                population = float(theirs["population"].sum()) if len(theirs) else math.nan
                built_km2 = float(built["area_km2"].sum()) if len(built) else math.nan
                for minutes in MINUTES:
                    reached = float(theirs["population"][people_s <= minutes * 60].sum())
                    reached_km2 = float(built["area_km2"][built_s <= minutes * 60].sum())
                    rows.append(
                        {
                            "scenario": scenario,
                            "code": code,
                            "name": name,
                            "by": kind,
                            "minutes": minutes,
                            "population_reached": reached if len(theirs) else math.nan,
                            "population": population,
                            "population_share": reached / population,
                            "built_up_reached_km2": reached_km2 if len(built) else math.nan,
                            "built_up_km2": built_km2,
                            "built_up_share": reached_km2 / built_km2,
                        }
                    )
    return pd.DataFrame(rows)


def _county_bands(results: Results) -> pd.DataFrame:
    people, cells = _people(results), _cells(results)
    population, built_km2 = float(people["population"].sum()), float(cells["area_km2"].sum())
    rows = []
    for scenario in SCENARIOS:
        for kind in ("first", "second", "full", "fire", "township", "micro"):
            people_s, built_s = (_by(scenario, kind, *_xy(each)) for each in (people, cells))
            for minutes in MINUTES:
                reached = float(people["population"][people_s <= minutes * 60].sum())
                reached_km2 = float(cells["area_km2"][built_s <= minutes * 60].sum())
                rows.append(
                    {
                        "scenario": scenario,
                        "by": kind,
                        "minutes": minutes,
                        "population_reached": reached,
                        "population": population,
                        "population_share": reached / population,
                        "built_up_reached_km2": reached_km2,
                        "built_up_km2": built_km2,
                        "built_up_share": reached_km2 / built_km2,
                    }
                )
    return pd.DataFrame(rows)


def _outages(results: Results) -> gpd.GeoDataFrame:
    people, cells = _people(results), _cells(results)
    count = people["population"].to_numpy()
    rows, geometry = [], []
    for scenario in SCENARIOS:
        places = responding(scenario)
        villages = results.villages.loc[
            (results.villages["scenario"] == scenario) & results.villages["reached"]
        ]
        for i, (station, place) in enumerate(places.items()):
            left = {key: other for key, other in places.items() if key != station}
            before = arrivals_s(places, *_xy(people))
            after = arrivals_s(left, *_xy(people))
            lost = (before.min(axis=0) <= RESPONSE_S) & (after.min(axis=0) > RESPONSE_S)
            served = before.argmin(axis=0) == i
            slower_s = (after.min(axis=0) - before.min(axis=0))[served]
            others = np.array(list(left))[after.argmin(axis=0)][served]
            weight = {key: count[served][others == key].sum() for key in set(others)}
            order = sorted(weight, key=lambda key: (-weight[key], key))
            built_before = arrivals_s(places, *_xy(cells)).min(axis=0) <= RESPONSE_S
            built_after = arrivals_s(left, *_xy(cells)).min(axis=0) <= RESPONSE_S
            late = arrivals_s(left, *_xy(villages)).min(axis=0) > VILLAGE_S
            rows.append(
                {
                    "scenario": scenario,
                    "id": station,
                    "name": NAMES[station][0],
                    "name_en": NAMES[station][1],
                    "tier": tier(station),
                    "population_lost": float(count[lost].sum()),
                    "built_up_lost_km2": float((built_before & ~built_after).sum() * 0.0625),
                    "villages_lost": int(late.sum()),
                    "takes_over": "、".join(NAMES[key][0] for key in order),
                    "slower_s": float(np.average(slower_s, weights=count[served])),
                    "nobody": 0.0,
                }
            )
            geometry.append(Point(at(*place)))
    return frame(rows, geometry)


def _critical_roads(roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Two roads a scenario; what their closure costs is given, not worked out."""
    columns = ("population_lost", "villages_lost", "population_cut", "villages_cut")
    given = {0: (5760.0, 1, 0.0, 0), 2: (840.0, 1, 420.0, 1)}
    rows, geometry = [], []
    for scenario in SCENARIOS:
        for order, (edge, lost) in enumerate(given.items(), start=1):
            road = roads.iloc[edge]
            rows.append(
                {
                    "scenario": scenario,
                    "order": order,
                    "edge": edge,
                    "road_class": road["road_class"],
                    "name": road["name"],
                    "ref": road["ref"],
                    "bridge": bool(road["bridge"]),
                    "tunnel": False,
                    "length_m": road["length_m"],
                    **dict(zip(columns, lost, strict=True)),
                    "villages": "城南村" if edge == 0 else "龙潭村",
                }
            )
            geometry.append(road.geometry)
    return frame(rows, geometry)


def _plan_findings() -> pd.DataFrame:
    columns = ("id", "grade", "rule", "zh", "en", "cells", "recomputed")
    rows = [
        (
            "series:fires",
            "contradiction",
            "series",
            "起火：2020年在表1为229起，在表2为299起，相差70起。",
            "fires: 2020 has 229 in table 1 but 299 in table 2, 70 apart.",
            "fires.csv, row 5, fires: 229\nalarms.csv, row 5, fires_fought: 299",
            json.dumps({"difference": 70.0}),
        ),
        (
            "implied:residents",
            "cannot_be_reconciled",
            "implied",
            "人口：由每万人消防员数反推约58.7万人，由每十万人消防站数反推约85.1万人。",
            "residents: firefighters per 10,000 imply 587,000, stations per 100,000 imply 851,000.",
            "indicators.csv, row 4, value_2020: 2.8\nindicators.csv, row 2, value_2020: 0.12",
            json.dumps({"by_firefighters": 586_500.0, "by_stations": 851_000.0}),
        ),
        (
            "left_out:recruits",
            "note",
            "left_out",
            "招录计划表列37个乡镇，全县39个。",
            "The recruiting annex lists 37 townships, the county has 39.",
            "recruits.csv, row 37, name: 浪坪乡",
            json.dumps({"missing": 2.0}),
        ),
    ]
    return pd.DataFrame(rows, columns=list(columns))


def _quantiles(results: Results, scenario: str, measure: str) -> dict[str, float]:
    """Return a headline share at the 5 % and 95 % quantiles: slow drives make it small."""
    told = {}
    for end, slower in (("p05", SLOWER["p95"]), ("p95", SLOWER["p05"])):
        if measure == "urban_reached_share":
            told[f"{measure}_{end}"] = _reached_km2(results, holding(scenario), URBAN, slower) / 9
            continue
        places = results.villages if measure == "villages_reached" else _people(results)
        if measure == "villages_reached":
            mine = places.loc[(places["scenario"] == scenario) & (places["reason"] == "")]
            late_s, weight = VILLAGE_S, np.ones(len(mine))
        else:
            mine, late_s, weight = places, RESPONSE_S, places["population"].to_numpy()
        in_time = arrivals_s(responding(scenario), *_xy(mine), slower).min(axis=0) <= late_s
        count = float(weight[in_time].sum())
        whole = 1.0 if measure == "villages_reached" else float(weight.sum())
        told[f"{measure}_{end}"] = count / whole
    return told


def _figures(results: Results, scenario: ScenarioSummary) -> dict[str, float | int | str | None]:
    def mine(table: pd.DataFrame) -> pd.DataFrame:
        return table.loc[table["scenario"] == scenario.id]

    held = mine(results.jurisdictions)
    urban = mine(results.built_up).query("zone == 'urban'").iloc[0]
    villages = mine(results.villages)
    capacity_km2 = float(held["cap_km2"].sum())
    short_km2 = max(0.0, 9.0 - capacity_km2)
    gap = (rectangle(*URBAN) | rectangle(*TOWN)) - protected()
    coverable = gap & unary_union([point.buffer(150) for _, _, point, _ in _places()])
    figures: dict[str, float | int | str | None] = {
        "area_capacity_km2": capacity_km2,
        "area_shortfall_km2": short_km2,
        "stations_more_first": math.ceil(short_km2 / 7),
        "stations_more_second": math.ceil(short_km2 / 4),
        "area_verdict": "fails" if "fails" in set(held["area_verdict"]) else "meets",
        "village_call_median_s": float(villages["call_s"].median()),
        "villages_full": int((villages["full_s"] <= VILLAGE_S).sum()),
        "hydrant_road_km2": float(urban["hydrant_road_km2"]),
        "hydrant_road_share": float(urban["hydrant_road_share"]),
        "street_km": float(urban["street_km"]),
        "street_spaced_km": float(urban["street_spaced_km"]),
        "street_spaced_share": float(urban["street_spaced_share"]),
        "street_timber_share": float(urban["street_timber_share"]),
        "hydrants_spacing_met": int((results.hydrants["spacing_verdict"] == "meets").sum()),
        "hydrants_new": len(results.hydrant_proposals),
        "hydrants_new_bound": math.ceil(coverable.area / (math.pi * 150**2)),
        "hydrant_uncoverable_km2": (gap.area - coverable.area) / 1e6,
        "hydrants_working_verdict": "fails",
    }
    for minutes in TARGETS_MIN:
        count = int((villages["first_s"] <= minutes * 60).sum())
        figures[f"villages_reached_{band(minutes)}"] = count
        figures[f"villages_reached_{band(minutes)}_share"] = count / len(villages)
    for measure in ("urban_reached_share", "population_share_5min", "villages_reached"):
        figures |= _quantiles(results, scenario.id, measure)
    return figures

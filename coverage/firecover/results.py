"""The results of a run: plain tables, ready to be written and shown.

Every table is a GeoDataFrame in the study's CRS. A table that depends on the scenario has a
column ``scenario`` and one row per feature and scenario. Times are seconds from the dispatch
order (turnout included), NaN where nobody arrives; shares are 0 to 1, NaN where the
denominator is zero or not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
from affine import Affine
from numpy.typing import NDArray

from firecover.layers.provenance import Provenance, QualityNote
from firecover.standards import Rule
from firecover.study import Study


@dataclass(frozen=True)
class LayerSummary:
    """One input layer: how many features (or cells) it has, and where it comes from."""

    name: str
    features: int
    provenance: Provenance


@dataclass(frozen=True)
class VehicleSummary:
    """One vehicle, and how it drives the roads.

    Attributes
    ----------
    mass_t, width_m, height_m
        What bridges, gaps and headroom are compared with.
    evidence
        How sure its sizes, its power and its speeds are; the least sure counts.
    closed_km, closed_km_by_reason
        Length of road that it cannot pass, of all roads read, and the same by the keys of
        :data:`firecover.network.vehicle.CLOSED_REASONS`.
    slower_than_level
        Time over all roads ÷ the time that they would take straight and level.
    curve_lost_share, grade_lost_share
        What bends and grades add to that time; together ``slower_than_level - 1``.
    curve_share, grade_share
        Share of the length on which bends (grades) hold it below the road's speed.
    grade_p99
        The grade that 99 % of the length does not exceed, NaN without a terrain.
    """

    id: str
    zh: str
    en: str
    mass_t: float
    width_m: float
    height_m: float
    evidence: str
    closed_km: float
    closed_km_by_reason: Mapping[str, float]
    slower_than_level: float
    curve_lost_share: float
    grade_lost_share: float
    curve_share: float
    grade_share: float
    grade_p99: float


@dataclass(frozen=True)
class NetworkSummary:
    """The road network that was used, and what was left out of it.

    ``speed_kmh`` (the mean speed of the study's usual vehicle, bends and hills counted) and
    ``length_km_by_class`` are by road class; the ``left_out`` figures are the parts that
    cannot be driven to and back from the largest one.
    """

    nodes: int
    edges: int
    length_km: float
    oneway_length_km: float
    left_out_parts: int
    left_out_length_km: float
    speed_kmh: Mapping[str, float]
    length_km_by_class: Mapping[str, float]
    vehicles: tuple[VehicleSummary, ...] = ()


@dataclass(frozen=True)
class Surface:
    """Response time on a grid, north up.

    ``minutes`` has shape (rows, columns), float32, minutes from the dispatch order, NaN
    where no road is within reach.
    """

    minutes: NDArray[np.float32]
    transform: Affine
    crs: str


@dataclass(frozen=True)
class Unknown:
    """Something the inputs do not say, so that no figure was made up for it."""

    en: str
    zh: str
    rows: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScenarioSummary:
    """A scenario as computed, with the headline figures of the whole study area.

    ``speed_factor``, ``speed_factors`` (by road class) and ``turnout_factor`` are those in
    force, the condition's among them. ``figures`` has the keys listed in ``data/README.md``; a
    value is None where it cannot be said.
    """

    id: str
    title_zh: str
    title_en: str
    open: tuple[str, ...]
    close: tuple[str, ...]
    speed_factor: float
    figures: Mapping[str, float | int | str | None]
    surface: Surface
    close_roads: tuple[str, ...] = ()
    speed_factors: Mapping[str, float] = field(default_factory=dict)
    turnout_factor: float = 1.0
    condition: str = ""

    @property
    def title(self) -> tuple[str, str]:
        """Its name, Chinese and English."""
        return self.title_zh, self.title_en


@dataclass(frozen=True)
class Relief:
    """The lie of the land, thinned out, for the backgrounds of maps.

    Attributes
    ----------
    elevation_m
        Shape (rows, columns), float32, metres above the sea, NaN where it is not known.
    transform
        From (column, row) to coordinates, as rasterio has it (a, b, c, d, e, f), north up.
    crs
        The study's CRS.
    """

    elevation_m: NDArray[np.float32]
    transform: tuple[float, float, float, float, float, float]
    crs: str


@dataclass(frozen=True)
class WhatIfState:
    """When every station and candidate would arrive, in one state of the roads and service.

    Attributes
    ----------
    speed_factor
        What multiplies all speeds; in a state that is a scenario's own, besides all else that
        the scenario changes.
    scenario
        The id of the scenario whose own state this is, empty where nothing but
        ``speed_factor`` differs from the usual roads.
    population, built_up
        Shape (k, d), uint8, how many of :attr:`WhatIf.limits_s` the arrival at each point
        (cell) exceeds: it is within limit ``i`` where the number is ``i`` or less.
    holders
        Shape (h, d), the rows of :attr:`WhatIf.stations` that may hold jurisdictions, in the
        order of their arrival at each built-up cell; -1 where no more come.
    villages_s, seats_s
        Shape (k, v), float64, arrivals at the villages and at the townships' seats; infinite
        where a station does not get there.
    """

    speed_factor: float
    scenario: str
    population: NDArray[np.uint8]
    built_up: NDArray[np.uint8]
    holders: NDArray[np.int16]
    villages_s: NDArray[np.float64]
    seats_s: NDArray[np.float64]


@dataclass(frozen=True)
class WhatIf:
    """What is needed to tell the figures of any choice of stations without routing again.

    ``k`` stations and candidates. Villages and townships are in the order of their tables in
    :class:`Results`.

    Attributes
    ----------
    stations
        id, name, name_en, tier, station_class, candidate, on_roads (has a place on the road
        network), holds (of a tier that holds jurisdictions); points, None where not known.
    limits_s
        Rising: the times, seconds from the dispatch order, that arrivals are told against;
        the bands and the standard are among them.
    states
        The states of the roads, those of mere speed factors first, rising.
    scenario_state
        By scenario, its state's place among them.
    population_xy, population
        Shape (d, 2), study CRS, and (d,), persons, as :attr:`Results.demand` has them.
    cells_xy, cell_km2, cell_zone
        Shape (d, 2), (d,) and (d,): the built-up cells.
    cell_m
        The side of a whole built-up cell.
    township
        By layer (``population``, ``built_up``, ``villages``), the row of the township that
        each point lies in, -1 where none.
    """

    stations: gpd.GeoDataFrame
    limits_s: NDArray[np.float64]
    states: tuple[WhatIfState, ...]
    scenario_state: Mapping[str, int]
    population_xy: NDArray[np.float64]
    population: NDArray[np.float64]
    cells_xy: NDArray[np.float64]
    cell_km2: NDArray[np.float64]
    cell_zone: NDArray[np.str_]
    cell_m: float
    township: Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True)
class Results:
    """Everything that the outputs show.

    Attributes
    ----------
    minutes
        The bands, rising; columns named after a band end in ``_5min``, ``_8min`` …
    stations
        scenario, id, name, name_en, tier (``fire``/``township``/``micro``), station_class,
        vehicle (what it leaves with), turnout_s, engines, candidate (opened in this
        scenario), access_m (to the road), jurisdiction_km2, cap_km2, area_verdict,
        reached_km2, reached_share (of its jurisdiction within the standard), farthest_s,
        detour_factor, reach_km, formula_km2 (as in ``jurisdictions``), note; points.
        Jurisdiction figures are NaN and the verdict ``not_applicable`` for stations that hold
        none.
    candidates
        id, name, name_en, station_class, vehicle, origin, cost_10k_cny, access_m, rank
        (1 = best, by the weighted sum), tied (shares its rank); the criteria population_gain,
        built_up_gain_km2, villages_gain (newly reached), area_gain_km2 (area above the caps that
        it takes away), worst_s (farthest urban cell once it stands, NaN: some are never
        reached), overlap_share (of what it reaches in time, the share reached already),
        hydrants (working ones within what it newly reaches); score (weighted sum, 0 to 1),
        score_topsis, rank_topsis, rank_gain (by population, then built-up area, then villages),
        p_first (P of rank 1 over weights and speed draws, NaN without), rank_p05, rank_p95
        (interval of its rank), dominated_by (id of a candidate at least as good in every
        criterion, empty: none), suitability (of generated sites, NaN otherwise), note; points.
    excluded_sites
        id, reason (first code), reasons (all, joined by ``、``), road; points: places beside roads
        that were looked at and ruled out.
    rank_acceptability
        id, rank, p (share of the draws in which the candidate has the rank); without geometry.
    solutions
        id (``mclp-1``), model, assignment (of area-cap: ``first``/``free``, else empty), variant
        (``reachable``: without what no site reaches; ``most``: as much as so many sites can;
        else empty), stations
        (further ones), order (1: best, then the next best distinct ones), status
        (``optimal``/``feasible``/``infeasible``), objective, bound, gap, unit (of the
        objective), chosen (ids joined by ``、``), names, cost_10k_cny, population_reached,
        built_up_reached_km2, villages_reached (with the stations there are), excess_km2 (area
        above the caps, first-come), unreached_km2 (urban area that no choice of all candidates
        reaches), note; multipoints of the sites chosen, empty where there is no answer.
    allocation
        solution, station_id, station_name, built_up_km2, minutes (mean), cells; lines from each
        station to the middle of each group of urban cells given to it, of area-cap solutions.
    siting_steps
        order, id, name, demand_gain, population_gain, built_up_gain_km2, villages_gain: each time
        the site that adds most to the mixed demand; without geometry.
    pareto
        stations, chosen, names, population_reached, built_up_reached_km2, villages_reached,
        excess_km2, cost_10k_cny: choices that no other beats in all; without geometry.
    forcing
        id, name, stations, objective_with, objective_without, price (what forcing it in costs,
        of the best), price_share, regret_share: for each named candidate; without geometry.
    phasing
        plan (``optimal``/``greedy``), year, id, name, cost_10k_cny, spent_10k_cny, demand_share
        (reached in that year); without geometry.
    isochrones
        scenario, minutes, area_km2, road_km, recall, precision; nested polygons, each the
        whole area reached within ``minutes``.
    reach_edges
        scenario, minutes (the smallest band that holds the piece), road_class, name,
        length_m; lines: the pieces of road reached, cut exactly at the cutoff.
    jurisdictions
        scenario, station_id, station_name, area_km2, cap_km2, area_verdict, reached_km2,
        reached_share, farthest_s, detour_factor (λ, road ÷ straight distance to the cells,
        weighted by area), reach_km (S, the farthest drive within the travel time),
        formula_km2 (2(S/λ)²), across_expressway_km2, across_railway_km2, across_river_km2
        (area that the station reaches only across such a barrier), reached_share_p05,
        reached_share_p95, area_sure (P that the area keeps its cap; these three over the
        speed draws, NaN without); polygons that partition the urban built-up area.
    built_up
        scenario, id, name, zone, area_km2, reached_km2, reached_share (within the
        standard, by the tiers that hold jurisdictions), any_reached_km2, any_reached_share
        (by whoever comes first), hydrant_km2, hydrant_share (within the radius of a
        working hydrant, straight), hydrant_road_km2, hydrant_road_share (the same along the
        roads), street_km (streets inside), street_spaced_km, street_spaced_share (within half
        the allowed spacing of a working hydrant, along the street), street_timber_km,
        street_timber_share (the same at the spacing for timber villages); polygons.
    townships
        scenario, code, name, name_en, population (NaN: not known), seat_first_s,
        seat_station, seat_second_s, population_modelled (sum of the surface),
        population_{m}min, share_{m}min for every band, built_up_km2,
        built_up_reached_km2, built_up_reached_share, hydrants, hydrants_working,
        hydrants_working_share, hydrants_working_verdict (against the rule), hydrants_new
        (proposed new ones), hydrants_present_share (working ÷ working and proposed),
        hydrants_present_verdict, villages, villages_reached, villages_reached_share,
        seat_full_s (full force), seat_call_s (first arrival from the call), seat_p (P that the
        seat is reached within the standard), share_p05, share_p95 (of the population share
        within the standard, over the draws), note; polygons, None where the area is not known.
    township_bands
        scenario, code, name, by (``first``, ``second``, ``full``: whoever comes; ``fire``,
        ``township``, ``micro``: the first of that tier), minutes, population_reached,
        population, population_share, built_up_reached_km2, built_up_km2, built_up_share; one
        row for each township, kind of arrival and band; without geometry.
    villages
        scenario, id, name, name_en, township, township_name, first_s, first_station,
        second_s, second_station, off_road_m, hydrant_m (to the nearest working hydrant),
        reached (within ``assessment.village_minutes``), reason (why nobody comes: ``no_road``,
        ``too_far_from_road``, ``no_station``, or empty), full_s (full force), call_s (first
        arrival from the call), way (names and numbers of the roads that the first comes by,
        joined by `` → ``), way_km, walk_s (the leg off the road, part of first_s),
        widest_vehicle (the id of the widest vehicle that gets there from any station, empty:
        none), width_known_share (of the length of that way, NaN: nobody comes), water_m,
        water_name (nearest river or lake, straight), supply_m, supply_kind
        (``hydrant``/``water``: the nearer of the two), p_reached (P that it is reached within
        ``assessment.village_minutes``), first_p05_s, first_p95_s, certainty (``sure_yes``,
        ``sure_no``, ``uncertain``, empty without draws), note; points.
    county_bands
        the same for the whole study area, what lies in no township among it: scenario, by,
        minutes and the figures; without geometry.
    village_targets
        scenario, minutes, villages, first, first_share, second, second_share, full,
        full_share (villages with such an arrival in time), sure, uncertain (by the draws); one
        row for each of ``assessment.village_targets_min``; without geometry.
    hydrants
        id, name, status, township, road_m, built_up_km2 (built-up area within its radius),
        next_m (along the roads to the nearest other working hydrant), spacing_verdict (of
        next_m, for those that work); points.
    hydrant_gaps
        built_up_id, built_up_name, measure (``straight``/``road``), area_km2; polygons of
        built-up area outside every working hydrant's radius.
    hydrant_proposals
        id, order (by area newly protected), built_up_id, built_up_name, township (code), road,
        gain_km2 (newly protected, those before it in place); points on streets that together
        close every gap that a street comes near enough to.
    station_outages
        scenario, id, name, name_en, tier, population_lost, built_up_lost_km2, villages_lost
        (no longer within the standard, or the villages' time, when this station is out),
        takes_over (names of who comes instead, most people first), slower_s (mean delay of the
        people whom it serves first today, NaN: nobody comes to some of them), nobody
        (persons to whom nobody comes any more); points; stations that respond. Losses, here and
        in the next table, are NaN where the study has no layer of what would be lost.
    critical_roads
        scenario, order (by population lost, then villages lost), edge, road_class, name, ref,
        bridge, tunnel, length_m, population_lost, villages_lost, population_cut,
        villages_cut (to whom nobody comes any more), stations (names of those that stand on it
        and cannot leave), villages (names of those lost), both joined by ``、``; lines;
        the edges whose closure, from end to end, hurts most.
    plan_findings
        id, grade, rule, zh, en (the finding in words), cells (what it rests on, one a line),
        recomputed (numbers worked out, as JSON): see :mod:`firecover.plan`; gravest first;
        without geometry. Empty where the study's folder holds no plan.
    demand
        kind (``population``/``built_up``), township, zone, population, area_km2, road_m,
        and per scenario ``first_min_<scenario>``, ``station_<scenario>``,
        ``p_standard_<scenario>`` (P of arrival within the standard; NaN without draws); points.
    roads
        road_class, name, ref, oneway, bridge, tunnel, length_m, speed_kmh (0: closed),
        slow_reason (why it is no faster: a key of
        :data:`firecover.network.vehicle.SPEED_REASONS`, ``curve``, ``grade`` or ``closed``),
        of the study's usual vehicle; lines.
    boundary, water
        the study area and its rivers, for the background.
    relief
        the terrain as a background; None: the study has none.
    what_if
        what the what-if map tells other choices of stations by; None: no such map.
    """

    study: Study
    rules: Mapping[str, Rule]
    layers: tuple[LayerSummary, ...]
    quality: tuple[QualityNote, ...]
    unknowns: tuple[Unknown, ...]
    network: NetworkSummary
    scenarios: tuple[ScenarioSummary, ...]
    minutes: tuple[float, ...]
    stations: gpd.GeoDataFrame
    candidates: gpd.GeoDataFrame
    isochrones: gpd.GeoDataFrame
    reach_edges: gpd.GeoDataFrame
    jurisdictions: gpd.GeoDataFrame
    built_up: gpd.GeoDataFrame
    townships: gpd.GeoDataFrame
    villages: gpd.GeoDataFrame
    hydrants: gpd.GeoDataFrame
    hydrant_gaps: gpd.GeoDataFrame
    demand: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    boundary: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    ranking_figures: Mapping[str, float | int | str | None] = field(default_factory=dict)
    township_bands: pd.DataFrame = field(default_factory=pd.DataFrame)
    county_bands: pd.DataFrame = field(default_factory=pd.DataFrame)
    village_targets: pd.DataFrame = field(default_factory=pd.DataFrame)
    hydrant_proposals: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    station_outages: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    critical_roads: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    plan_findings: pd.DataFrame = field(default_factory=pd.DataFrame)
    what_if: WhatIf | None = None
    relief: Relief | None = None
    excluded_sites: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    rank_acceptability: pd.DataFrame = field(default_factory=pd.DataFrame)
    solutions: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    allocation: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    siting_steps: pd.DataFrame = field(default_factory=pd.DataFrame)
    pareto: pd.DataFrame = field(default_factory=pd.DataFrame)
    forcing: pd.DataFrame = field(default_factory=pd.DataFrame)
    phasing: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def modelled(self) -> tuple[str, ...]:
        """The layers that are modelled, to be told wherever their figures show."""
        return tuple(s.name for s in self.layers if s.provenance.kind == "modelled")

    @property
    def standard_min(self) -> float:
        """The standard's response time, minutes from the dispatch order."""
        return self.rules["response_s"].value / 60

    def scenario(self, name: str) -> ScenarioSummary:
        """Return a scenario by its id."""
        return next(summary for summary in self.scenarios if summary.id == name)


def band(minutes: float) -> str:
    """Return the ending of a band's columns: ``5min``, ``7.5min``."""
    return f"{minutes:g}min"

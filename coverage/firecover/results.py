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

    ``figures`` has the keys listed in ``data/README.md``; a value is None where it cannot
    be said.
    """

    id: str
    title_zh: str
    title_en: str
    open: tuple[str, ...]
    close: tuple[str, ...]
    speed_factor: float
    figures: Mapping[str, float | int | str | None]
    surface: Surface


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
        note; points. Jurisdiction figures are NaN and the verdict ``not_applicable`` for
        stations that hold none.
    candidates
        id, name, name_en, station_class, vehicle, origin, cost_10k_cny, access_m, rank
        (1 = best), tied (shares its rank), population_gain, built_up_gain_km2, villages_gain, note;
        points.
    isochrones
        scenario, minutes, area_km2, road_km, recall, precision; nested polygons, each the
        whole area reached within ``minutes``.
    reach_edges
        scenario, minutes (the smallest band that holds the piece), road_class, name,
        length_m; lines: the pieces of road reached, cut exactly at the cutoff.
    jurisdictions
        scenario, station_id, station_name, area_km2, cap_km2, area_verdict, reached_km2,
        reached_share, farthest_s; polygons that partition the urban built-up area.
    built_up
        scenario, id, name, zone, area_km2, reached_km2, reached_share (within the
        standard, by the tiers that hold jurisdictions), any_reached_km2, any_reached_share
        (by whoever comes first), hydrant_km2, hydrant_share (within the radius of a
        working hydrant); polygons.
    townships
        scenario, code, name, name_en, population (NaN: not known), seat_first_s,
        seat_station, seat_second_s, population_modelled (sum of the surface),
        population_{m}min, share_{m}min for every band, built_up_km2,
        built_up_reached_km2, built_up_reached_share, hydrants, hydrants_working,
        hydrants_working_share, villages, villages_reached, villages_reached_share, note;
        polygons, None where the area is not known.
    villages
        scenario, id, name, name_en, township, township_name, first_s, first_station,
        second_s, second_station, off_road_m, hydrant_m (to the nearest working hydrant),
        reached (within ``assessment.village_minutes``), reason (why nobody comes: ``no_road``,
        ``too_far_from_road``, ``no_station``, or empty), note;
        points.
    hydrants
        id, name, status, township, road_m, built_up_km2 (built-up area within its radius);
        points.
    hydrant_gaps
        built_up_id, built_up_name, area_km2; polygons of built-up area outside every
        working hydrant's radius.
    demand
        kind (``population``/``built_up``), township, zone, population, area_km2, road_m,
        and per scenario ``first_min_<scenario>``, ``station_<scenario>``; points.
    roads
        road_class, name, ref, oneway, bridge, tunnel, length_m, speed_kmh (0: closed),
        slow_reason (why it is no faster: a key of
        :data:`firecover.network.vehicle.SPEED_REASONS`, ``curve``, ``grade`` or ``closed``),
        of the study's usual vehicle; lines.
    boundary, water
        the study area and its rivers, for the background.
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

    @property
    def modelled(self) -> tuple[str, ...]:
        """The layers that are modelled, to be told wherever their figures show."""
        return tuple(s.name for s in self.layers if s.provenance.kind == "modelled")

    def scenario(self, name: str) -> ScenarioSummary:
        """Return a scenario by its id."""
        return next(summary for summary in self.scenarios if summary.id == name)


def band(minutes: float) -> str:
    """Return the ending of a band's columns: ``5min``, ``7.5min``."""
    return f"{minutes:g}min"

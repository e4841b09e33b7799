"""Sites that nobody has named: places beside roads, those that will not do, the best of the rest.

A place stands on a road's line, where a station's exit would be. Rules are held against that
point: they cannot say whether the land beside it is free, nor which way the wind blows from a
hazardous site. A generated site is a question to the land office, no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from firecover.errors import Problem, StudyError
from firecover.layers.model import Layers, VectorLayer
from firecover.layers.provenance import Provenance, QualityNote
from firecover.layers.schema import STATION_CLASSES
from firecover.network.road_network import RoadNetwork
from firecover.siting.exclusions import REASONS, Excluded, reasons_of, ruled_out, whole_metres
from firecover.siting.road_sites import RoadSites, road_sites
from firecover.siting.suitability import FACTORS, factors, suitability, thinned
from firecover.standards import road_classes
from firecover.study_siting import GenerateTable

#: Zones of built-up area that a station of the town is for.
URBAN_ZONES = ("urban", "suburb")
SOURCE = "道路沿线按规则生成 / generated beside the roads by rules"
_UNCHECKED = "生成点，未核实用地 / generated, land not checked"
_IDS_TOLD = 5


@dataclass(frozen=True)
class GeneratedSites:
    """Places looked at as sites.

    Attributes
    ----------
    sites
        Those kept, best first: ``id`` ("g001" …), ``name``, ``name_en``, ``station_class``,
        ``origin`` ("generated"), ``road`` (name or number), ``road_class``, ``slope`` (rise over
        run, NaN where not known), the factors ``flat`` (NaN with the slope), ``main_road``,
        ``built_up`` and ``junction`` (0 to 1, see
        :func:`firecover.siting.suitability.factors`), ``suitability`` (0 to 1), ``parcel`` (id,
        empty where no such layer), ``parcel_m2`` (NaN), ``note``; points.
    excluded
        The others, from west to east: ``id`` ("x0001" …), ``reason`` (a key of
        :data:`firecover.siting.exclusions.REASONS`), ``reasons`` (all keys, in that order,
        joined by ", "), ``detail`` (by what, joined by "; "), ``road``; points.
    counts
        How many were left out, by their first reason, in the order of ``REASONS``; all reasons.
    quality
        What is to be told of it.
    """

    sites: gpd.GeoDataFrame
    excluded: gpd.GeoDataFrame
    counts: Mapping[str, int]
    quality: tuple[QualityNote, ...]

    @property
    def places(self) -> int:
        """The number of places looked at."""
        return len(self.sites) + len(self.excluded)


def generate_sites(
    table: GenerateTable,
    network: RoadNetwork,
    layers: Layers,
    *,
    hazard_soft_m: float,
    study_file: str = "",
) -> GeneratedSites:
    """Look for sites beside the roads.

    Every place is held against every rule. What breaks none is ranked by its suitability, and
    the best are kept, ``apart_m`` from each other (straight), ``most`` of them. The standing
    stations stay where they are, and so do the study's candidates: a place nearer than
    ``apart_m`` to one adds nothing.

    Parameters
    ----------
    table
        ``[siting.generate]``.
    network
        The roads as the vehicle of a new station drives them: ``fleet.network``.
    layers
        All layers of the study.
    hazard_soft_m
        The distance from hazardous sites that is wanted but no duty (rule
        ``hazard_distance_soft_m``): sites nearer than that get a note.
    study_file
        Named in problems.

    Raises
    ------
    StudyError
        If the table names a road class or a station class that does not exist.
    """
    _check(table, study_file)
    built_up = layers.built_up.data
    patches = built_up.geometry[built_up["zone"].isin(URBAN_ZONES)]
    urban: BaseGeometry = shapely.union_all(np.asarray(patches.array))
    places = road_sites(
        network,
        urban,
        near_m=table.near_built_up_m,
        spacing_m=table.spacing_m,
        road_classes=table.road_classes,
        dem=layers.dem,
    )
    found = ruled_out(places, layers, table, hazard_soft_m)
    values = factors(places, urban, table.max_slope)
    worth = suitability(values, {str(name): share for name, share in table.weights.items()})
    kept, better = thinned(places.xy, worth, ~found.any, table.apart_m, table.most)
    sites = _sites_table(
        places,
        found,
        kept,
        {**values, "suitability": worth},
        station_class=table.station_class,
        layers=layers,
    )
    excluded = _excluded_table(places, found, kept, better, sites)
    first = excluded["reason"].value_counts()
    counts = {reason: int(first.get(reason, 0)) for reason in REASONS}
    return GeneratedSites(sites, excluded, counts, _quality(sites, excluded, counts, built=urban))


def with_generated(candidates: VectorLayer, generated: GeneratedSites) -> VectorLayer:
    """Append generated sites to the candidates of a study.

    The named ones keep their rows, ids and provenance. The generated ones have no cost and no
    turnout of their own (NaN) and the study's usual vehicle; ``origin`` tells them apart.

    Parameters
    ----------
    candidates
        The layer ``candidates``; empty where the study names none.
    generated
        The sites, made beside these candidates.
    """
    named, sites = candidates.data, generated.sites
    columns = {}
    for name, kind in named.dtypes.drop(named.geometry.name).items():
        nothing = np.nan if pd.api.types.is_numeric_dtype(kind) else ""
        columns[str(name)] = sites[name] if name in sites else pd.Series(nothing, sites.index)
        columns[str(name)] = columns[str(name)].astype(kind)
    rows = gpd.GeoDataFrame(columns, geometry=sites.geometry, crs=sites.crs)
    data = gpd.GeoDataFrame(pd.concat([named, rows], ignore_index=True), crs=sites.crs)
    count = len(rows)
    added = f"其中{count}个为沿路生成 / {count} of them generated beside roads (origin: generated)"
    if candidates.provenance is None:
        source = Provenance("derived", SOURCE, note=_UNCHECKED)
    else:
        before = candidates.provenance
        note = "; ".join(text for text in (before.note, added) if text)
        source = replace(before, note=note) if count else before
    return VectorLayer(candidates.name, data, source, (*candidates.quality, *generated.quality))


def _check(table: GenerateTable, study_file: str) -> None:
    problems = [
        Problem(
            f"there is no {what} {name!r}",
            study_file,
            key=f"siting.generate.{key}",
            remedy=f"the classes are: {', '.join(known)}",
        )
        for key, what, names, known in (
            ("road_classes", "road class", table.road_classes, tuple(road_classes())),
            ("station_class", "station class", (table.station_class,), STATION_CLASSES),
        )
        for name in names
        if name not in known
    ]
    if problems:
        raise StudyError(problems)


def _sites_table(
    places: RoadSites,
    found: Excluded,
    kept: NDArray[np.int64],
    values: Mapping[str, NDArray[np.float64]],
    *,
    station_class: str,
    layers: Layers,
) -> gpd.GeoDataFrame:
    taken = {*layers.stations.data["id"], *layers.candidates.data["id"]}
    ids = _free_ids(taken, len(kept))
    roads = [str(road) for road in places.road[kept]]
    parcels, parcel = layers.parcels.data, found.parcel[kept]
    columns = {
        "id": ids,
        "name": [f"候选点 {_of(i, road, '（', '）')}" for i, road in zip(ids, roads, strict=True)],
        # the network knows a road by one name only, in the language of its source
        "name_en": [f"Candidate {i}" for i in ids],
        "station_class": [station_class] * len(kept),
        "origin": ["generated"] * len(kept),
        "road": roads,
        "road_class": [str(each) for each in places.road_class[kept]],
        "parcel": np.append(parcels["id"].to_numpy(dtype=object), "")[parcel],
        "note": ["；".join([_UNCHECKED, *found.notes[row]]) for row in kept.tolist()],
    }
    frame = pd.DataFrame({name: pd.Series(each, dtype="str") for name, each in columns.items()})
    frame["slope"] = places.slope[kept]
    for name in (*FACTORS, "suitability"):
        frame[name] = values[name][kept]
    frame["parcel_m2"] = np.append(parcels["area_m2"].to_numpy(dtype=np.float64), np.nan)[parcel]
    order = ["id", "name", "name_en", "station_class", "origin", "road", "road_class", "slope"]
    order += [*FACTORS, "suitability", "parcel", "parcel_m2", "note"]
    points = shapely.points(places.xy[kept])
    return gpd.GeoDataFrame(frame[order], geometry=points, crs=layers.crs)


def _free_ids(taken: set[str], count: int) -> list[str]:
    """Return "g001", "g002" …, passing over ids that stations or candidates have."""
    ids: list[str] = []
    number = 0
    while len(ids) < count:
        number += 1
        name = f"g{number:03d}"
        if name not in taken:
            ids.append(name)
    return ids


def _of(number: str, road: str, begin: str, end: str) -> str:
    return f"{number}{begin}{road}{end}" if road else number


def _excluded_table(
    places: RoadSites,
    found: Excluded,
    kept: NDArray[np.int64],
    better: NDArray[np.int64],
    sites: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    out = np.ones(len(places), dtype=bool)
    out[kept] = False
    broken = {
        **found.broken,
        "near_better": better >= 0,
        "beyond_most": out & ~found.any & (better < 0),
    }
    rows = np.flatnonzero(out)
    reasons = [reasons_of(broken, row) for row in rows.tolist()]
    detail = []
    for row in rows.tolist():
        told = [*found.detail[row]]
        if better[row] >= 0:
            apart_m = float(np.hypot(*(places.xy[row] - places.xy[kept[better[row]]])))
            told.append(f"{sites['id'].iloc[better[row]]} {whole_metres(apart_m)} m")
        detail.append("; ".join(told))
    columns = {
        "id": [f"x{number:04d}" for number in range(1, len(rows) + 1)],
        "reason": [each[0] for each in reasons],
        "reasons": [", ".join(each) for each in reasons],
        "detail": detail,
        "road": [str(road) for road in places.road[rows]],
    }
    frame = pd.DataFrame({name: pd.Series(each, dtype="str") for name, each in columns.items()})
    return gpd.GeoDataFrame(frame, geometry=shapely.points(places.xy[rows]), crs=sites.crs)


def _quality(
    sites: gpd.GeoDataFrame,
    excluded: gpd.GeoDataFrame,
    counts: Mapping[str, int],
    *,
    built: BaseGeometry,
) -> tuple[QualityNote, ...]:
    if built.is_empty:
        en = "sites generated beside roads: there is no urban built-up area to look near to"
        return (
            QualityNote("candidates", "noted", 0, en, "沿路生成的候选点：无城镇建成区可供查找"),
        )
    notes = []
    if len(excluded):
        told = {reason: count for reason, count in counts.items() if count}
        en = "; ".join(f"{REASONS[reason][0]}: {count}" for reason, count in told.items())
        zh = "；".join(f"{REASONS[reason][1]}{count}处" for reason, count in told.items())
        en, zh = f"places beside roads that are no sites ({en})", f"不宜设站的沿路点（{zh}）"
        notes.append(QualityNote("candidates", "left out", len(excluded), en, zh))
    unknown = sites["id"][sites["slope"].isna()]
    if len(unknown):
        en, zh = "generated sites whose slope is not known", "坡度未知的生成候选点"
        rows = tuple(unknown.iloc[:_IDS_TOLD])
        notes.append(QualityNote("candidates", "noted", len(unknown), en, zh, rows))
    return tuple(notes)

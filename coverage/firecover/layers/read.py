"""Read and check all layers of a study."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

import numpy as np
from shapely.geometry.base import BaseGeometry

from firecover.errors import InputError, LayerError, Problem
from firecover.layers.files import VECTOR_SUFFIXES
from firecover.layers.graphs import GRAPH_SUFFIX, read_graphml
from firecover.layers.model import Layers, RasterLayer, Roads, VectorLayer
from firecover.layers.osm import OSM_SUFFIXES, is_osm, read_osm
from firecover.layers.overpass import roads_from_overpass
from firecover.layers.provenance import QualityNote
from firecover.layers.raster import RASTER_SUFFIXES, is_raster, read_raster
from firecover.layers.road_lines import read_road_lines
from firecover.layers.vector import empty_layer, read_vector, study_area
from firecover.study import LayerName, Study

Layer = Roads | VectorLayer | RasterLayer


@dataclass(frozen=True)
class LayerRow:
    """What the check of one layer found.

    Attributes
    ----------
    features
        Features, ways or cells with a value; None when the layer cannot be used.
    kind
        ``observed``, ``published``, ``derived`` or ``modelled``.
    """

    name: str
    file: str
    features: int | None
    kind: str
    quality: tuple[QualityNote, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class LayerCheck:
    """What the check of a study's layers found, one row a layer that the study gives."""

    rows: tuple[LayerRow, ...]

    @property
    def ok(self) -> bool:
        """Whether every layer can be used."""
        return not self.problems

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems of all layers."""
        return tuple(problem for row in self.rows for problem in row.problems)


@dataclass(frozen=True)
class _Reading:
    layers: dict[LayerName, Layer]
    problems: dict[LayerName, tuple[Problem, ...]]


def read_layers(study: Study, *, on_layer: Callable[[str], None] | None = None) -> Layers:
    """Read and check every layer of a study.

    Parameters
    ----------
    study
        The study, from :func:`firecover.study.load_study`.
    on_layer
        Called with the name of each layer before it is read.

    Returns
    -------
    layers
        All inputs, vectors and roads in the study's CRS; a layer that the study does not
        give is empty with all its columns (or None for ``population`` and ``dem``).

    Raises
    ------
    LayerError
        With the problems of all layers, not just of the first.
    """
    reading = _read_all(study, on_layer)
    problems = [problem for found in reading.problems.values() for problem in found]
    if problems:
        raise LayerError(problems)
    read = reading.layers
    crs = study.study.crs

    def vector(name: LayerName) -> VectorLayer:
        layer = read.get(name)
        return layer if isinstance(layer, VectorLayer) else empty_layer(name, crs)

    return Layers(
        crs=crs,
        roads=cast("Roads", read["roads"]),
        boundary=vector("boundary"),
        townships=vector("townships"),
        built_up=vector("built_up"),
        stations=vector("stations"),
        candidates=vector("candidates"),
        hydrants=vector("hydrants"),
        villages=vector("villages"),
        water=vector("water"),
        railways=vector("railways"),
        crowded=vector("crowded"),
        hazards=vector("hazards"),
        exclusions=vector("exclusions"),
        parcels=vector("parcels"),
        fires=vector("fires"),
        population=cast("RasterLayer | VectorLayer | None", read.get("population")),
        dem=cast("RasterLayer | None", read.get("dem")),
    )


def check_layers(study: Study) -> LayerCheck:
    """Check every layer of a study and list what was found; bad layers raise nothing."""
    reading = _read_all(study, None)
    rows = []
    for name in study.layers:
        layer = reading.layers.get(name)
        table = study.layers[name]
        rows.append(
            LayerRow(
                name=name,
                file=table.files_given or table.url or table.source,
                features=None if layer is None else count_features(layer),
                kind=table.provenance.kind,
                quality=() if layer is None else layer.quality,
                problems=reading.problems.get(name, ()),
            )
        )
    return LayerCheck(tuple(rows))


def count_features(layer: Layer) -> int:
    """Count the features of a layer: ways of roads, cells with a value of a raster."""
    if isinstance(layer, Roads):
        return len(layer.attributes)
    if isinstance(layer, RasterLayer):
        return int(np.isfinite(layer.values).sum())
    return len(layer.data)


def _read_all(study: Study, on_layer: Callable[[str], None] | None) -> _Reading:
    reading = _Reading({}, {})
    area: BaseGeometry | None = None
    for name in get_args(LayerName):
        if name not in study.layers:
            continue
        if on_layer is not None:
            on_layer(name)
        try:
            layer = _read_one(study, name, area)
        except InputError as error:
            reading.problems[name] = error.problems
            continue
        reading.layers[name] = layer
        if name == "boundary" and isinstance(layer, VectorLayer):
            area = study_area(layer)
    _check_references(reading)
    return reading


def _read_one(study: Study, name: LayerName, area: BaseGeometry | None) -> Layer:
    table = study.layers[name]
    crs = study.study.crs
    if table.source == "overpass":
        if name != "roads":
            remedy = "give its `path`"
            raise LayerError(
                Problem("only roads come from Overpass", layer=name, key="source", remedy=remedy)
            )
        return roads_from_overpass(study, area)
    given = table.files_given
    if name == "dem":
        tiles = study.layer_paths(name)
        unknown = [path for path in tiles if not is_raster(path)]
        if unknown:
            raise LayerError([_unknown_suffix(path, name, RASTER_SUFFIXES) for path in unknown])
        return read_raster(name, tiles, table, crs, area, given=given)
    path = study.layer_path(name)
    if name == "roads":
        return _read_roads(study, path, area)
    if name == "population" and is_raster(path):
        return read_raster(name, path, table, crs, area, given=given)
    if path.suffix.lower() not in VECTOR_SUFFIXES:
        known = (*VECTOR_SUFFIXES, *(RASTER_SUFFIXES if name == "population" else ()))
        raise LayerError(_unknown_suffix(path, name, known))
    return read_vector(name, path, table, crs, area, given=given)


def _read_roads(study: Study, path: Path, area: BaseGeometry | None) -> Roads:
    table = study.layers["roads"]
    given = table.files_given
    crs = study.study.crs
    if is_osm(path):
        return read_osm(path, table, crs, area, given=given)
    if path.suffix.lower() == GRAPH_SUFFIX:
        return read_graphml(path, table, crs, area, given=given)
    if path.suffix.lower() in VECTOR_SUFFIXES:
        return read_road_lines(path, table, crs, area, given=given)
    known = (*OSM_SUFFIXES, GRAPH_SUFFIX, *VECTOR_SUFFIXES)
    raise LayerError(_unknown_suffix(path, "roads", known))


def _unknown_suffix(path: Path, name: str, known: tuple[str, ...]) -> Problem:
    what = f"files of the type {path.suffix or path.name!r} are not read for this layer"
    remedy = f"give one of: {', '.join(known)}"
    return Problem(what, path.name, name, key="path", remedy=remedy)


def _check_references(reading: _Reading) -> None:
    """Check that ids are not used by both a station and a candidate, and township codes."""
    stations, candidates = (reading.layers.get(name) for name in ("stations", "candidates"))
    if not (isinstance(stations, VectorLayer) and isinstance(candidates, VectorLayer)):
        return
    taken = set(stations.data["id"])
    file = "" if candidates.provenance is None else candidates.provenance.file
    problems = tuple(
        Problem(
            f"the id {identity!r} is a station's already",
            file,
            "candidates",
            row=row,
            key="id",
            remedy="give the candidate another id: scenarios open and close by id",
        )
        for row, identity in enumerate(candidates.data["id"], start=1)
        if identity in taken
    )
    if problems:
        reading.problems["candidates"] = problems

"""The validated inputs of a study, all vectors in one projected CRS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
from affine import Affine
from numpy.typing import NDArray

from firecover.layers.provenance import Provenance, QualityNote

#: The columns of ``Roads.points`` and ``Roads.restrictions``, and their types.
POINT_COLUMNS = {
    "vertex_id": "int64",
    "kind": "str",
    "barrier": "str",
    "maxwidth_m": "float64",
    "access": "str",
    "locked": "bool",
}
RESTRICTION_COLUMNS = {
    "from_way": "int64",
    "via_vertex": "int64",
    "to_way": "int64",
    "kind": "str",
    "except_emergency": "bool",
    "only_for": "str",
    "source_id": "str",
}


def points_table(rows: Sequence[Mapping[str, object]] = ()) -> pd.DataFrame:
    """Return rows as a table with the columns of ``Roads.points``."""
    return pd.DataFrame(rows, columns=list(POINT_COLUMNS)).astype(POINT_COLUMNS)


def restrictions_table(rows: Sequence[Mapping[str, object]] = ()) -> pd.DataFrame:
    """Return rows as a table with the columns of ``Roads.restrictions``."""
    return pd.DataFrame(rows, columns=list(RESTRICTION_COLUMNS)).astype(RESTRICTION_COLUMNS)


@dataclass(frozen=True)
class VectorLayer:
    """A layer of features with our column names (see ``schema.py``).

    Attributes
    ----------
    name
        The layer's name in the study file.
    data
        The features in the study's CRS, with a plain ``RangeIndex``; empty, with all its
        columns, for a layer the study does not give.
    provenance
        Its source; None for a layer the study does not give.
    quality
        What was repaired, left out or noted on reading.
    """

    name: str
    data: gpd.GeoDataFrame
    provenance: Provenance | None
    quality: tuple[QualityNote, ...] = ()


@dataclass(frozen=True)
class RasterLayer:
    """One band of a raster in its own CRS.

    Attributes
    ----------
    values
        Shape (rows, columns), float64, NaN where there is no value.
    transform
        From (column, row) to CRS coordinates, north up.
    crs
        The raster's CRS, as an authority string or WKT.
    """

    name: str
    values: NDArray[np.float64]
    transform: Affine
    crs: str
    provenance: Provenance
    quality: tuple[QualityNote, ...] = ()


@dataclass(frozen=True)
class Roads:
    """Ways as they come from the source, with the identity of each vertex.

    Two ways are joined where they share a vertex *identity*, not where they merely cross:
    a bridge over a road shares no vertex with it.

    Attributes
    ----------
    xy
        Shape (vertices, 2), metres in the study's CRS; way after way.
    vertex_id
        Shape (vertices,), int64; equal numbers are the same point of the network.
    way_start
        Shape (ways + 1,), int64; way ``i`` holds vertices
        ``way_start[i]:way_start[i + 1]``, at least two.
    attributes
        One row a way, RangeIndex: ``source_id`` (str), ``road_class`` (str, OSM highway
        values: ``motorway`` … ``track``), ``oneway`` (int8: 1 along the way, -1 against
        it, 0 both), ``maxspeed_kmh`` (float, NaN where none), ``name``, ``ref`` (str),
        ``bridge``, ``tunnel`` (bool), ``lanes``, ``width_m`` (float, NaN where none);
        ``surface``, ``tracktype``, ``smoothness`` (str, OSM values, several parted by
        ``;``), ``maxweight_t``, ``maxheight_m``, ``maxwidth_m`` (float, NaN where none),
        ``access`` (str: the word that decides for an engine, "no" shuts it out,
        "emergency" lets it in by name), ``ford`` (bool).
    provenance, quality
        As for :class:`VectorLayer`.
    points
        What stands at vertices, one row each: ``vertex_id``, ``kind`` ("signals", "stop",
        "crossing" or "barrier"), and of barriers ``barrier`` (OSM values: ``gate``,
        ``bollard`` …), ``maxwidth_m`` (NaN where none), ``access``, ``locked`` (bool).
    restrictions
        Turns that are forbidden ("no") or the only ones allowed ("only"): ``from_way`` and
        ``to_way`` (rows of ``attributes``), ``via_vertex`` (a vertex id of both),
        ``kind``, ``except_emergency`` (bool), ``only_for`` (str: "" for all, "hgv" for
        heavy vehicles), ``source_id`` (the relation).
    """

    crs: str
    xy: NDArray[np.float64]
    vertex_id: NDArray[np.int64]
    way_start: NDArray[np.int64]
    attributes: pd.DataFrame
    provenance: Provenance
    quality: tuple[QualityNote, ...] = ()
    points: pd.DataFrame = field(default_factory=points_table)
    restrictions: pd.DataFrame = field(default_factory=restrictions_table)


def _nothing(name: str, *texts: str, numbers: Sequence[str] = ()) -> VectorLayer:
    columns = {column: pd.Series(dtype="str") for column in texts}
    columns |= {column: pd.Series(dtype="float64") for column in numbers}
    return VectorLayer(name, gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([])), None)


def no_railways() -> VectorLayer:
    """Return the layer of railways of a study that does not give it."""
    return _nothing("railways", "name")


def no_crowded() -> VectorLayer:
    """Return the layer of crowded places' exits of a study that does not give it."""
    return _nothing("crowded", "id", "name")


def no_hazards() -> VectorLayer:
    """Return the layer of hazardous places of a study that does not give it."""
    return _nothing("hazards", "id", "name")


def no_exclusions() -> VectorLayer:
    """Return the layer of ground shut to building of a study that does not give it."""
    return _nothing("exclusions", "id", "reason")


def no_parcels() -> VectorLayer:
    """Return the layer of land that may be built on of a study that does not give it."""
    return _nothing("parcels", "id", "name", numbers=("area_m2",))


def no_fires() -> VectorLayer:
    """Return the layer of past fires of a study that does not give it."""
    return _nothing("fires", "id", "name", numbers=("count",))


@dataclass(frozen=True)
class Layers:
    """All inputs of a study, validated; vectors and roads in ``crs``."""

    crs: str
    roads: Roads
    boundary: VectorLayer
    townships: VectorLayer
    built_up: VectorLayer
    stations: VectorLayer
    candidates: VectorLayer
    hydrants: VectorLayer
    villages: VectorLayer
    water: VectorLayer
    population: RasterLayer | VectorLayer | None = None
    dem: RasterLayer | None = None
    railways: VectorLayer = field(default_factory=no_railways)
    crowded: VectorLayer = field(default_factory=no_crowded)
    hazards: VectorLayer = field(default_factory=no_hazards)
    exclusions: VectorLayer = field(default_factory=no_exclusions)
    parcels: VectorLayer = field(default_factory=no_parcels)
    fires: VectorLayer = field(default_factory=no_fires)

    def __iter__(self) -> Iterator[Roads | VectorLayer | RasterLayer]:
        """Go through the layers that the study gives."""
        layers: tuple[Roads | VectorLayer | RasterLayer | None, ...] = (
            self.roads,
            self.boundary,
            self.townships,
            self.built_up,
            self.stations,
            self.candidates,
            self.hydrants,
            self.villages,
            self.water,
            self.railways,
            self.crowded,
            self.hazards,
            self.exclusions,
            self.parcels,
            self.fires,
            self.population,
            self.dem,
        )
        return (layer for layer in layers if layer is not None and layer.provenance is not None)

"""The validated inputs of a study, all vectors in one projected CRS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from affine import Affine
from numpy.typing import NDArray

from firecover.layers.provenance import Provenance, QualityNote


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
        ``bridge``, ``tunnel`` (bool), ``lanes``, ``width_m`` (float, NaN where none).
    provenance, quality
        As for :class:`VectorLayer`.
    """

    crs: str
    xy: NDArray[np.float64]
    vertex_id: NDArray[np.int64]
    way_start: NDArray[np.int64]
    attributes: pd.DataFrame
    provenance: Provenance
    quality: tuple[QualityNote, ...] = ()


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
            self.population,
            self.dem,
        )
        return (layer for layer in layers if layer is not None and layer.provenance is not None)

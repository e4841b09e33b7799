"""Bring exported layers into the CRS, or the datum, that was asked for."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.enums import TransformDirection
from pyproj.transformer import TransformerGroup

from firecover.errors import InputError, Problem
from firecover.layers.datum import wgs84_to_gcj02
from firecover.layers.provenance import QualityNote

WGS84 = "EPSG:4326"
#: Ends the names of layers and files whose coordinates are shifted.
GCJ02_ENDING = "_gcj02"
#: Alike to within a metre, and taken for each other.
_ALIKE = frozenset({"WGS 84", "China Geodetic Coordinate System 2000"})
_PLANE = 2


@dataclass(frozen=True)
class Target:
    """Where coordinates are to go: ``crs`` "" keeps the layer's own.

    With ``gcj02`` they are shifted to GCJ-02 on the way; no register has a code for that, so
    that the files carry the code of the CRS in which WGS-84 would stand there.
    """

    crs: str = ""
    gcj02: bool = False

    @property
    def ending(self) -> str:
        """What the names of layers and files end in."""
        return GCJ02_ENDING if self.gcj02 else ""


def checked(target: Target) -> Target:
    """Return the target with its CRS filled in as far as it does not depend on the layer.

    Raises
    ------
    InputError
        If the CRS is not known, or is not one of places on the ground.
    """
    if not target.crs:
        return Target(WGS84, gcj02=True) if target.gcj02 else target
    remedy = "name one like EPSG:4490 (CGCS2000) or EPSG:4545 (its 3-degree zone at 108° E)"
    try:
        crs = pyproj.CRS.from_user_input(target.crs)
    except pyproj.exceptions.CRSError as error:
        raise InputError(Problem(f"there is no CRS {target.crs!r}", remedy=remedy)) from error
    if not (crs.is_geographic or crs.is_projected) or len(crs.axis_info) != _PLANE:
        what = f"{target.crs} ({crs.name}) is not a CRS of longitude and latitude or of a map"
        raise InputError(Problem(what, remedy=remedy))
    return target


def brought(data: gpd.GeoDataFrame, target: Target, layer: str) -> gpd.GeoDataFrame:
    """Return a layer in the target's CRS.

    Parameters
    ----------
    data
        Any layer with a CRS.
    target
        As :func:`checked` returns it.
    layer
        Its name, for the message.

    Raises
    ------
    InputError
        If a place cannot be told in the CRS.
    """
    if not target.crs:
        return data
    if target.gcj02:
        data = data.to_crs(WGS84)
        shifted = shapely.transform(data.geometry.to_numpy(), _shifted)
        data = data.set_geometry(gpd.GeoSeries(shifted, index=data.index, crs=WGS84))
    there = data.to_crs(target.crs)
    if not np.isfinite(shapely.get_coordinates(there.geometry.to_numpy())).all():
        what = f"places of the layer cannot be told in {target.crs}"
        raise InputError(Problem(what, layer=layer, remedy="name a CRS for this part of the world"))
    return there


def _shifted(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack(wgs84_to_gcj02(xy[:, 0], xy[:, 1]))


def crs_notes(source: pyproj.CRS, bounds: NDArray[np.float64], target: Target) -> list[QualityNote]:
    """Tell what whoever asked for a CRS may not have thought of.

    Parameters
    ----------
    source
        The layers' CRS.
    bounds
        West, south, east and north of all that is exported, in ``source``.
    target
        As :func:`checked` returns it.
    """
    notes = []
    if target.gcj02:
        notes.append(
            QualityNote(
                "",
                "noted",
                0,
                "coordinates are shifted to GCJ-02 (some 300 to 700 m off WGS-84); the files name "
                f"{target.crs}, since GCJ-02 has no code: for maps on GCJ-02 only",
                f"坐标已偏移为GCJ-02（与WGS-84相差约300至700米）；GCJ-02无坐标系代码，文件中标为"
                f"{target.crs}：仅用于与GCJ-02底图叠加",
            )
        )
    if not target.crs:
        return notes
    crs = pyproj.CRS.from_user_input(target.crs)
    if _unsure(source, crs):
        notes.append(
            QualityNote(
                "",
                "noted",
                0,
                f"no public parameters lead from {source.name} to {crs.name}: coordinates may be "
                "off by tens of metres; have them converted by the surveying authority",
                f"由{source.name}到{crs.name}没有公开的转换参数，坐标可能相差数十米；"
                "应由测绘部门转换",
            )
        )
    if _outside(source, bounds, crs):
        notes.append(
            QualityNote(
                "",
                "noted",
                0,
                f"the study lies outside the area for which {target.crs} ({crs.name}) is meant: "
                "lengths and areas are distorted there",
                f"研究区域不在{target.crs}（{crs.name}）的适用范围内，长度和面积有变形",
            )
        )
    return notes


def _unsure(source: pyproj.CRS, target: pyproj.CRS) -> bool:
    names = {crs.geodetic_crs.name for crs in (source, target) if crs.geodetic_crs is not None}
    if len(names) == 1 or names <= _ALIKE:
        return False
    found = TransformerGroup(source, target, always_xy=True).transformers
    return not found or "Ballpark" in found[0].description


def _outside(source: pyproj.CRS, bounds: NDArray[np.float64], target: pyproj.CRS) -> bool:
    area = target.area_of_use
    if area is None or not np.isfinite(bounds).all():
        return False
    to_source = pyproj.Transformer.from_crs(WGS84, source, always_xy=True)
    corners = [float(value) for value in bounds]
    west, south, east, north = to_source.transform_bounds(
        corners[0], corners[1], corners[2], corners[3], direction=TransformDirection.INVERSE
    )
    return bool(west < area.west or south < area.south or east > area.east or north > area.north)

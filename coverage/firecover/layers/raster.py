"""Read one band of a raster: the population surface, or the terrain."""

from __future__ import annotations

import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.errors
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.warp import transform_bounds
from shapely import box
from shapely.geometry.base import BaseGeometry

from firecover.errors import LayerError, Problem
from firecover.layers.files import given_crs
from firecover.layers.findings import Findings
from firecover.layers.model import RasterLayer
from firecover.layers.provenance import provenance_of
from firecover.study import LayerTable

RASTER_SUFFIXES = (".tif", ".tiff", ".vrt", ".img", ".asc", ".hgt", ".zip")
_IN_ZIP = (".tif", ".tiff", ".img", ".asc", ".hgt")
#: Points on each side of the raster's outline when it is projected.
_DENSIFY = 21
#: Values beyond these are not metres above the sea.
LOWEST_M, HIGHEST_M = -500.0, 9000.0


@dataclass(frozen=True)
class _Band:
    values: NDArray[np.float64]
    transform: Affine
    crs: CRS | None
    nodata: bool


def is_raster(path: Path) -> bool:
    """Tell by the suffix whether a file is read as a raster."""
    return path.suffix.lower() in RASTER_SUFFIXES


def read_raster(
    name: str,
    path: Path,
    table: LayerTable,
    study_crs: str,
    area: BaseGeometry | None = None,
    *,
    given: str = "",
) -> RasterLayer:
    """Read the first band of a raster.

    Parameters
    ----------
    name
        ``population`` (people in each cell) or ``dem`` (metres above the sea).
    path
        GeoTIFF or another raster; a ``.zip`` is read for the one raster in it.
    area
        The study area in ``study_crs``; None while it is not known.
    given
        The path as the study gives it, for the provenance.

    Returns
    -------
    layer
        In the raster's own CRS and grid; cells without a value are NaN and not filled.

    Raises
    ------
    LayerError
        With every problem found: a corrupt file, no CRS, not north up, no value at all,
        negative population, or no overlap with the study area.
    """
    findings = Findings(path.name, name)
    band = _read_band(path, name, table)
    if table.datum in {"gcj02", "bd09"}:
        findings.problem(
            f"a raster in {table.datum} cannot be used",
            key="datum",
            remedy="give it in WGS-84 or CGCS2000",
        )
    if band.crs is None:
        findings.problem(
            "the file names no CRS",
            key="crs",
            remedy='say it in the study, such as crs = "EPSG:4326"',
        )
    if band.transform.b or band.transform.d or band.transform.e >= 0:
        remedy = "warp it to a plain grid in GIS (gdalwarp)"
        findings.problem("the raster is turned or not north up", remedy=remedy)
    _check_values(band, findings)
    if band.crs is not None and area is not None:
        _check_overlap(band, study_crs, area, findings)
    findings.stop_if_any()
    source = provenance_of(table.provenance, path, given or str(table.path))
    crs = "" if band.crs is None else band.crs.to_string()
    return RasterLayer(name, band.values, band.transform, crs, source, tuple(findings.notes))


def _address(path: Path, name: str) -> str:
    if path.suffix.lower() != ".zip":
        return str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = [item for item in archive.namelist() if item.lower().endswith(_IN_ZIP)]
    except (zipfile.BadZipFile, OSError) as error:
        raise LayerError(_corrupt(path, name, error)) from error
    if len(members) != 1:
        what = f"the archive holds {len(members)} rasters, needed is one"
        remedy = "unpack it and name the file to read"
        raise LayerError(Problem(what, path.name, name, key="path", remedy=remedy))
    return f"/vsizip/{path}/{members[0]}"


def _corrupt(path: Path, name: str, error: Exception) -> Problem:
    reason = " ".join(str(error).replace(str(path), path.name).split())[:160]
    remedy = "open it in QGIS to check it; export or download it again"
    return Problem(f"the raster cannot be read: {reason}", path.name, name, remedy=remedy)


def _read_band(path: Path, name: str, table: LayerTable) -> _Band:
    given = given_crs(path, name, table)
    address = _address(path, name)
    try:
        with warnings.catch_warnings():
            # A file without a transform is told below as one without a CRS.
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            with rasterio.open(address) as source:
                masked: Any = source.read(1, masked=True)
                own = None if source.crs is None else CRS.from_user_input(source.crs.to_wkt())
                transform = Affine(*source.transform[:6])
                nodata = source.nodata is not None
    except (rasterio.errors.RasterioError, OSError, ValueError) as error:
        raise LayerError(_corrupt(path, name, error)) from error
    if np.iscomplexobj(masked):
        raise LayerError(_corrupt(path, name, ValueError("its values are complex numbers")))
    values = np.ma.filled(masked.astype(np.float64), np.nan)
    values[~np.isfinite(values)] = np.nan
    return _Band(values, transform, own or given, nodata)


def _check_values(band: _Band, findings: Findings) -> None:
    values = band.values
    known = np.isfinite(values)
    if not known.any():
        remedy = "check that this is the right tile, and its nodata value"
        findings.problem("the raster is entirely without values", remedy=remedy)
        return
    if findings.layer == "population":
        _check_population(values, findings)
        return
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if low < LOWEST_M or high > HIGHEST_M:
        what = f"heights run from {low:g} to {high:g} m, which cannot be"
        remedy = "set the file's nodata value (SRTM: -32768), or give it in metres"
        findings.problem(what, remedy=remedy)
    voids = int((~known).sum())
    en, zh = "cells of the terrain without a height", "无高程值的像元"
    findings.note("noted", en, zh, [], count=voids)


def _check_population(values: NDArray[np.float64], findings: Findings) -> None:
    negative = int((values < 0).sum())
    if negative:
        low = float(np.nanmin(values))
        remedy = f"set the file's nodata value (is it {low:g}?), or correct the cells"
        findings.problem(f"{negative} cells hold a negative population ({low:g})", remedy=remedy)
    elif not np.nansum(values):
        findings.problem("nobody lives on the raster: it adds up to 0", remedy="check the file")


def _check_overlap(band: _Band, study_crs: str, area: BaseGeometry, findings: Findings) -> None:
    assert band.crs is not None
    rows, columns = band.values.shape
    t = band.transform
    west, north = t.c, t.f
    east, south = west + columns * t.a, north + rows * t.e
    # Only the area is projected, into the raster's CRS: a raster may span the globe.
    bounds = transform_bounds(study_crs, band.crs.to_wkt(), *area.bounds, densify_pts=_DENSIFY)
    outline, wanted = box(west, south, east, north), box(*bounds)
    if not wanted.is_valid or not outline.intersects(wanted):
        what = "the raster does not reach the study area"
        remedy = "check that this is the right tile, and its CRS"
        findings.problem(what, key="path", remedy=remedy)
        return
    share = outline.intersection(wanted).area / wanted.area
    if share < 1:
        percent = f"{100 * share:.0f} %"
        en, zh = (
            "the raster covers only part of the study area's extent",
            "栅格仅覆盖研究区范围的一部分",
        )
        findings.note("noted", en, zh, [percent], count=1)

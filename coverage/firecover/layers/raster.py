"""Read one band of a raster: the population surface, or the tiles of the terrain."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.errors
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.warp import transform_bounds
from rasterio.windows import Window
from shapely import Polygon, box
from shapely.geometry.base import BaseGeometry

from firecover.errors import LayerError, Problem
from firecover.layers.files import given_crs, reason_of
from firecover.layers.findings import Findings
from firecover.layers.model import RasterLayer
from firecover.layers.mosaic import Mosaic, Tile, cell_at, fill_voids, join_tiles, shifted
from firecover.layers.provenance import provenance_of
from firecover.study import LayerTable

RASTER_SUFFIXES = (".tif", ".tiff", ".vrt", ".img", ".asc", ".hgt", ".zip")
_IN_ZIP = (".tif", ".tiff", ".img", ".asc", ".hgt")
#: Points on each side of the raster's outline when it is projected.
_DENSIFY = 21
#: Shares this close to 1 are whole: areas of unions round.
_ROUNDING = 1e-9
#: Values beyond these are not metres above the sea.
LOWEST_M, HIGHEST_M = -500.0, 9000.0


#: The terrain is read this far beyond the study area's extent (metres): roads reach out of it.
DEM_MARGIN_M = 10_000.0


@dataclass(frozen=True)
class _Band:
    """One file's values, its whole outline, and the CRS it is in (None: not said)."""

    file: str
    values: NDArray[np.float64]
    transform: Affine
    crs: CRS | None
    outline: Polygon


def is_raster(path: Path) -> bool:
    """Tell by the suffix whether a file is read as a raster."""
    return path.suffix.lower() in RASTER_SUFFIXES


def read_raster(
    name: str,
    path: Path | Sequence[Path],
    table: LayerTable,
    study_crs: str,
    area: BaseGeometry | None = None,
    *,
    given: str = "",
) -> RasterLayer:
    """Read the first band of a raster, or of several tiles of one.

    Parameters
    ----------
    name
        ``population`` (people in each cell) or ``dem`` (metres above the sea).
    path
        GeoTIFF or another raster; a ``.zip`` is read for the one raster in it. Several
        tiles are joined on the grid of the first (see :func:`~.mosaic.join_tiles`).
    area
        The study area in ``study_crs``; None while it is not known. A terrain is read for
        its extent and :data:`DEM_MARGIN_M` around it.
    given
        The path as the study gives it, for the provenance.

    Returns
    -------
    layer
        In the CRS and grid of the (first) raster; cells without a value are NaN. The voids
        of a terrain are filled (see :func:`~.mosaic.fill_voids`) and counted by tile.

    Raises
    ------
    LayerError
        With every problem found: a corrupt file, no CRS, not north up, no value at all,
        negative population, or no overlap with the study area.
    """
    paths = [path] if isinstance(path, Path) else list(path)
    findings = Findings(", ".join(each.name for each in paths), name)
    if table.datum in {"gcj02", "bd09"}:
        findings.problem(
            f"a raster in {table.datum} cannot be used",
            key="datum",
            remedy="give it in WGS-84 or CGCS2000",
        )
    reach = None if area is None or name != "dem" else area.buffer(DEM_MARGIN_M).envelope
    bands = _read_bands(paths, table, study_crs, reach, findings)
    wanted = None if area is None or not bands else _extent(area, study_crs, bands[0])
    if wanted is not None:
        bands = _needed(bands, wanted, findings)
    findings.stop_if_any()
    joined = join_tiles([Tile(b.values, b.transform, b.crs) for b in bands if b.crs is not None])
    _check_values(joined.values, findings)
    findings.stop_if_any()
    values = joined.values
    if name == "dem":
        values = _filled(joined, [band.file for band in bands], findings)
    if wanted is not None:
        _note_cover(bands, wanted, findings)
    source = provenance_of(table.provenance, paths, given or table.files_given)
    crs = joined.crs.to_string()
    return RasterLayer(name, values, joined.transform, crs, source, tuple(findings.notes))


def _read_bands(
    paths: Sequence[Path],
    table: LayerTable,
    study_crs: str,
    reach: BaseGeometry | None,
    findings: Findings,
) -> list[_Band]:
    bands = []
    for path in paths:
        own = Findings(path.name, findings.layer)
        try:
            band = _read_band(path, findings.layer, table, study_crs, reach)
        except LayerError as error:
            findings.take(error)
            continue
        if band.crs is None:
            remedy = 'say it in the study, such as crs = "EPSG:4326"'
            own.problem("the file names no CRS", key="crs", remedy=remedy)
        if not _north_up(band.transform):
            remedy = "warp it to a plain grid in GIS (gdalwarp)"
            own.problem("the raster is turned or not north up", remedy=remedy)
        findings.problems.extend(own.problems)
        if not own.problems:
            bands.append(band)
    return bands


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
    reason = reason_of(error, path)
    remedy = "open it in QGIS to check it; export or download it again"
    return Problem(f"the raster cannot be read: {reason}", path.name, name, remedy=remedy)


def _read_band(
    path: Path, name: str, table: LayerTable, study_crs: str, reach: BaseGeometry | None
) -> _Band:
    given = given_crs(path, name, table)
    address = _address(path, name)
    try:
        with warnings.catch_warnings():
            # A file without a transform is told below as one without a CRS.
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            with rasterio.open(address) as source:
                own = None if source.crs is None else CRS.from_user_input(source.crs.to_wkt())
                whole = Affine(*source.transform[:6])
                crs = own or given
                window = Window(0, 0, source.width, source.height)
                if reach is not None and crs is not None and _north_up(whole):
                    window = _window(reach, study_crs, crs, whole, window)
                masked: Any = source.read(1, masked=True, window=window)
                right = whole.c + source.width * whole.a
                bottom = whole.f + source.height * whole.e
                outline = box(whole.c, bottom, right, whole.f)
    except (rasterio.errors.RasterioError, OSError, ValueError) as error:
        raise LayerError(_corrupt(path, name, error)) from error
    if np.iscomplexobj(masked):
        raise LayerError(_corrupt(path, name, ValueError("its values are complex numbers")))
    values = np.ma.filled(masked.astype(np.float64), np.nan)
    values[~np.isfinite(values)] = np.nan
    if _north_up(whole):
        whole = shifted(whole, window.col_off, window.row_off)
    return _Band(path.name, values, whole, crs, outline)


def _north_up(transform: Affine) -> bool:
    return not (transform.b or transform.d) and bool(transform.a > 0 > transform.e)


def _window(
    reach: BaseGeometry, study_crs: str, crs: CRS, transform: Affine, whole: Window
) -> Window:
    """Return the part of a raster that lies within reach; all of it where nothing does."""
    bounds = transform_bounds(study_crs, crs.to_wkt(), *reach.bounds, densify_pts=_DENSIFY)
    if not np.isfinite(bounds).all() or bounds[0] > bounds[2]:
        return whole
    left, top = cell_at(transform, bounds[0], bounds[3])
    right, bottom = cell_at(transform, bounds[2], bounds[1])
    columns = np.clip([np.floor(left), np.ceil(right)], 0, whole.width).astype(int)
    rows = np.clip([np.floor(top), np.ceil(bottom)], 0, whole.height).astype(int)
    if columns[0] >= columns[1] or rows[0] >= rows[1]:
        return whole
    return Window(columns[0], rows[0], columns[1] - columns[0], rows[1] - rows[0])


def _filled(joined: Mosaic, files: Sequence[str], findings: Findings) -> NDArray[np.float64]:
    """Fill the voids of the terrain and tell how many there were in each tile."""
    filled = fill_voids(joined)
    counts = zip(files, filled.voids, strict=False)  # tiles hidden by others own no cell
    told = [f"{file}: {count}" for file, count in counts if count]
    en, zh = "void cells filled from their neighbours", "高程空值像元，由邻近像元填补"
    findings.note("repaired", en, zh, told, count=int(filled.voids.sum()))
    en, zh = "cells of the terrain without a height, left empty", "无高程值的像元，未填补"
    findings.note("noted", en, zh, [], count=filled.left)
    return filled.values


def _check_values(values: NDArray[np.float64], findings: Findings) -> None:
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


def _check_population(values: NDArray[np.float64], findings: Findings) -> None:
    negative = int((values < 0).sum())
    if negative:
        low = float(np.nanmin(values))
        remedy = f"set the file's nodata value (is it {low:g}?), or correct the cells"
        findings.problem(f"{negative} cells hold a negative population ({low:g})", remedy=remedy)
    elif not np.nansum(values):
        findings.problem("nobody lives on the raster: it adds up to 0", remedy="check the file")


def _extent(area: BaseGeometry, study_crs: str, band: _Band) -> Polygon:
    """Return the extent of the study area in a raster's CRS (the area is the smaller)."""
    assert band.crs is not None
    crs = band.crs.to_wkt()
    bounds = transform_bounds(study_crs, crs, *area.bounds, densify_pts=_DENSIFY)
    extent: Polygon = box(*bounds)
    return extent


def _outline(band: _Band, crs: CRS | None) -> Polygon:
    assert crs is not None
    assert band.crs is not None
    if band.crs == crs:
        return band.outline
    own, wkt = band.crs.to_wkt(), crs.to_wkt()
    bounds = transform_bounds(own, wkt, *band.outline.bounds, densify_pts=_DENSIFY)
    outline: Polygon = box(*bounds)
    return outline


def _needed(bands: list[_Band], wanted: Polygon, findings: Findings) -> list[_Band]:
    """Return the tiles that meet the study area; that there are none is a problem."""
    crs = bands[0].crs
    meets = [wanted.is_valid and _outline(band, crs).intersects(wanted) for band in bands]
    if not any(meets):
        what = "the raster does not reach the study area"
        remedy = "check that this is the right tile, and its CRS"
        findings.problem(what, key="path", remedy=remedy)
    spare = [band.file for band, met in zip(bands, meets, strict=True) if not met]
    en, zh = "tiles that do not reach the study area, not used", "未触及研究区、未使用的图幅"
    findings.note("noted", en, zh, spare)
    return [band for band, met in zip(bands, meets, strict=True) if met]


def _note_cover(bands: list[_Band], wanted: Polygon, findings: Findings) -> None:
    outline = shapely.union_all([_outline(band, bands[0].crs) for band in bands])
    share = float(shapely.area(shapely.intersection(outline, wanted))) / wanted.area
    if share < 1 - _ROUNDING:
        percent = f"{100 * share:.0f} %"
        en, zh = (
            "the raster covers only part of the study area's extent",
            "栅格仅覆盖研究区范围的一部分",
        )
        findings.note("noted", en, zh, [percent], count=1)

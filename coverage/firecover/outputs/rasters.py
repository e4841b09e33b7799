"""Write the response-time surfaces and the terrain as GeoTIFFs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.features import geometry_mask

from firecover.errors import OutputError
from firecover.outputs.attribution import credits_of
from firecover.outputs.sources import Told, told_of
from firecover.results import Results, Surface

NODATA = -9999.0
BAND = "minutes from the dispatch order"
RELIEF_NAME = "relief.tif"
RELIEF_BAND = "metres above the sea"
_TILE = 256


@dataclass(frozen=True)
class _Grid:
    """Values to be written, NaN where there is none, and what the band is called."""

    values: NDArray[np.float32]
    transform: Affine
    crs: str
    band: str
    unit: str


def surface_name(scenario: str) -> str:
    """Return the name of a scenario's file."""
    return f"response_time_{scenario}.tif"


def surface_tags(results: Results, scenario: str) -> dict[str, str]:
    """Return what a surface's file says of itself: study, scenario, sources, handling, credits."""
    summary = results.scenario(scenario)
    return {
        "SCENARIO": summary.id,
        "SCENARIO_TITLE": f"{summary.title_zh} {summary.title_en}",
        **_tags(results, told_of(results, "response_time")),
    }


def _tags(results: Results, told: Told) -> dict[str, str]:
    study = results.study.study
    return {
        "STUDY": f"{study.title.zh} {study.title.en}",
        "DATA_KIND": "modelled" if told.modelled else "derived",
        "SOURCES": told.text,
        "HANDLING": f"{study.handling.zh} {study.handling.en}" if study.handling else "",
        "MAP_APPROVAL": study.map_approval or "",
        "CREDITS": "; ".join(credit.en for credit in credits_of(results)),
    }


def write_surface(
    surface: Surface, path: Path, *, title: str, tags: Mapping[str, str] | None = None
) -> None:
    """Write a surface: float32, compressed, tiled, with overviews.

    The same surface makes the same bytes.

    Parameters
    ----------
    surface
        Minutes from the dispatch order; NaN is written as :data:`NODATA`.
    path
        The file; one that is there is replaced.
    title
        What the file's description says.
    tags
        More that the file says of itself; see :func:`surface_tags`.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    grid = _Grid(surface.minutes, surface.transform, surface.crs, BAND, "min")
    # A cell of an overview is one that is there, not a mean of near and far.
    _write(grid, path, {"TIFFTAG_IMAGEDESCRIPTION": title, **(tags or {})}, Resampling.nearest)


def write_relief(results: Results, folder: Path) -> Path | None:
    """Write the terrain for the background, ``relief.tif``, in metres above the sea.

    Only the study area is in it, so that the background of a map has its shape.

    Parameters
    ----------
    results
        What a run computed.
    folder
        The folder of the results.

    Returns
    -------
    path
        The file; None where the study has no terrain.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    relief = results.relief
    if relief is None:
        return None
    path = folder / RELIEF_NAME
    tags = {
        "TIFFTAG_IMAGEDESCRIPTION": "Terrain, thinned out for a background",
        **_tags(results, told_of(results, "relief")),
    }
    transform = Affine(*relief.transform[:6])
    heights = np.where(
        _outside(results, relief.elevation_m.shape, transform), np.nan, relief.elevation_m
    )
    grid = _Grid(heights.astype(np.float32), transform, relief.crs, RELIEF_BAND, "m")
    _write(grid, path, tags, Resampling.average)
    return path


def _outside(results: Results, shape: tuple[int, ...], transform: Affine) -> NDArray[np.bool_]:
    """Tell which cells the study area does not touch; none where it has no boundary."""
    areas = [area for area in results.boundary.geometry if area is not None and not area.is_empty]
    if not areas:
        return np.zeros(shape, dtype=bool)
    outside: NDArray[np.bool_] = geometry_mask(areas, shape, transform, all_touched=True)
    return outside


def _write(grid: _Grid, path: Path, tags: Mapping[str, str], resampling: Resampling) -> None:
    rows, columns = grid.values.shape
    profile = {
        "driver": "GTiff",
        "height": rows,
        "width": columns,
        "count": 1,
        "dtype": "float32",
        "crs": grid.crs,
        "transform": grid.transform,
        "nodata": NODATA,
        "compress": "deflate",
        "predictor": 3,
        "tiled": True,
        "blockxsize": _TILE,
        "blockysize": _TILE,
    }
    values = np.where(np.isnan(grid.values), NODATA, grid.values).astype(np.float32)
    try:
        path.unlink(missing_ok=True)
        with rasterio.open(path, "w", **profile) as target:
            target.write(values, 1)
            target.set_band_description(1, grid.band)
            target.set_band_unit(1, grid.unit)
            target.update_tags(**tags)
        factors = overview_factors(rows, columns)
        if factors:
            with rasterio.open(path, "r+") as target:
                target.build_overviews(factors, resampling)
    except (OSError, RasterioError) as error:
        msg = f"{path} cannot be written: {error} → close the programs that have it open"
        raise OutputError(msg) from error


def overview_factors(rows: int, columns: int) -> list[int]:
    """Return the powers of two that shrink a grid until it fits into one tile, at least 2."""
    factors = [2] if min(rows, columns) > 1 else []
    while factors and max(rows, columns) / factors[-1] > _TILE:
        factors.append(factors[-1] * 2)
    return factors

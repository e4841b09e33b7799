"""Write the response-time surface as a GeoTIFF."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.errors import RasterioError

from firecover.errors import OutputError
from firecover.outputs.sources import told_of
from firecover.results import Results, Surface

NODATA = -9999.0
BAND = "minutes from the dispatch order"
_TILE = 256


def surface_name(scenario: str) -> str:
    """Return the name of a scenario's file."""
    return f"response_time_{scenario}.tif"


def surface_tags(results: Results, scenario: str) -> dict[str, str]:
    """Return what a surface's file says of itself: study, scenario, sources, handling."""
    summary, study = results.scenario(scenario), results.study.study
    told = told_of(results, "response_time")
    return {
        "STUDY": f"{study.title.zh} {study.title.en}",
        "SCENARIO": summary.id,
        "SCENARIO_TITLE": f"{summary.title_zh} {summary.title_en}",
        "DATA_KIND": "modelled" if told.modelled else "derived",
        "SOURCES": told.text,
        "HANDLING": f"{study.handling.zh} {study.handling.en}" if study.handling else "",
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
    rows, columns = surface.minutes.shape
    profile = {
        "driver": "GTiff",
        "height": rows,
        "width": columns,
        "count": 1,
        "dtype": "float32",
        "crs": surface.crs,
        "transform": surface.transform,
        "nodata": NODATA,
        "compress": "deflate",
        "predictor": 3,
        "tiled": True,
        "blockxsize": _TILE,
        "blockysize": _TILE,
    }
    values = np.where(np.isnan(surface.minutes), NODATA, surface.minutes).astype(np.float32)
    try:
        path.unlink(missing_ok=True)
        with rasterio.open(path, "w", **profile) as target:
            target.write(values, 1)
            target.set_band_description(1, BAND)
            target.set_band_unit(1, "min")
            target.update_tags(TIFFTAG_IMAGEDESCRIPTION=title, **(tags or {}))
        factors = overview_factors(rows, columns)
        if factors:
            with rasterio.open(path, "r+") as target:
                # A cell of an overview is one that is there, not a mean of near and far.
                target.build_overviews(factors, Resampling.nearest)
    except (OSError, RasterioError) as error:
        msg = f"{path} cannot be written: {error} → close the programs that have it open"
        raise OutputError(msg) from error


def overview_factors(rows: int, columns: int) -> list[int]:
    """Return the powers of two that shrink a grid until it fits into one tile, at least 2."""
    factors = [2] if min(rows, columns) > 1 else []
    while factors and max(rows, columns) / factors[-1] > _TILE:
        factors.append(factors[-1] * 2)
    return factors

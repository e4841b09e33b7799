"""Write the modelled inputs of the bundled study, the same bytes each time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray

from firecover.demo.expressway import Road
from firecover.demo.facts import (
    COUNTY_SEAT,
    GEOGRAPHIC_CRS,
    STUDY_CRS,
    Facts,
    read_facts,
    to_degrees,
)
from firecover.demo.rivers import make_rivers
from firecover.demo.road_model import RoadModel, make_roads
from firecover.demo.services import candidates, hydrants, stations
from firecover.demo.settlements import (
    PopulationGrid,
    built_up_patches,
    old_villages,
    population_grid,
)
from firecover.demo.terrain import CELL_M, River, Terrain, make_terrain
from firecover.demo.towns import draw_streets, town_axes
from firecover.demo.townships import township_areas, township_table

SEED = 500242
#: GeoPackages carry the time of writing; a fixed one keeps their bytes the same.
_WRITTEN_AT = "2026-11-23T00:00:00.000Z"
_COUNTY_BASIN_M = 900.0
_TOWN_BASIN_M = 600.0
STEPS = 8


@dataclass(frozen=True)
class Inputs:
    """All modelled inputs, before they are written."""

    facts: Facts
    terrain: Terrain
    rivers: tuple[River, ...]
    model: RoadModel
    townships: gpd.GeoDataFrame
    built_up: gpd.GeoDataFrame
    population: PopulationGrid
    tables: dict[str, pd.DataFrame]


def model_inputs(facts: Facts, tell: Callable[[str], None] = lambda _: None) -> Inputs:
    """Model all inputs from the published facts and a fixed seed.

    Parameters
    ----------
    tell
        Called with the name of each of the ``STEPS`` steps as it begins.
    """
    # One stream of numbers a step: a change in one leaves the others as they are.
    relief, towns, network, built, villages, water = np.random.default_rng(SEED).spawn(6)
    tell("terrain")
    rivers = make_rivers(facts.boundary, relief)
    axes = town_axes(facts.each(), facts.boundary, towns)
    widths = [
        _COUNTY_BASIN_M if c == COUNTY_SEAT else _TOWN_BASIN_M for c in facts.townships["code"]
    ]
    basins = tuple(zip(axes, widths, strict=True))
    terrain = make_terrain(facts.boundary, rivers, basins, relief)
    tell("roads")
    streets = draw_streets(facts.each(), axes, facts.boundary, towns)
    model = make_roads(facts, terrain, rivers, streets, network)
    tell("townships")
    areas = township_areas(model.mesh, facts, streets)
    tell("built-up patches")
    built_up = built_up_patches(facts, streets, model.roads, built)
    tell("residents")
    population = population_grid(facts, areas, built_up, model.roads, terrain)
    tell("villages")
    places = old_villages(facts, areas, model.roads, model.sites, villages)
    tell("fire service")
    county = facts.townships["code"].tolist().index(COUNTY_SEAT)
    tables = {
        "villages": places,
        "stations": stations(facts, model.roads),
        "hydrants": hydrants(facts, built_up, model.roads, water),
        "candidates": candidates(
            facts,
            areas,
            axes[county],
            roads=model.roads,
            built_up=built_up,
            population=population,
        ),
    }
    townships = township_table(areas, facts)
    return Inputs(facts, terrain, rivers, model, townships, built_up, population, tables)


def make_inputs(
    folder: Path, published: Path | None = None, tell: Callable[[str], None] = lambda _: None
) -> Inputs:
    """Model the inputs and write them.

    Parameters
    ----------
    folder
        Where to write; made if it is not there.
    published
        Where the published facts stand; ``folder`` itself when None.
    tell
        Called with the name of each of the ``STEPS`` steps as it begins.

    Raises
    ------
    InputError
        If published facts are missing.
    """
    inputs = model_inputs(read_facts(published or folder), tell)
    tell("files")
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in inputs.tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    _write_vector(road_table(inputs.model.roads), folder / "roads.gpkg", "roads")
    _write_vector(inputs.townships, folder / "townships.gpkg", "townships")
    _write_vector(inputs.built_up, folder / "built_up.gpkg", "built_up")
    _write_vector(river_table(inputs.rivers), folder / "water.gpkg", "water")
    terrain = inputs.terrain
    at = Affine(CELL_M, 0, terrain.west_m, 0, -CELL_M, terrain.north_m)
    _write_raster(terrain.height_m, at, folder / "dem.tif")
    _write_raster(inputs.population.people, inputs.population.transform, folder / "population.tif")
    return inputs


def road_table(roads: tuple[Road, ...]) -> gpd.GeoDataFrame:
    """Return the roads with the columns of a Chinese register, in degrees (CGCS2000)."""
    sizes = [len(road.xy) for road in roads]
    degrees = np.round(to_degrees(np.vstack([road.xy for road in roads])), 8)
    lines = shapely.linestrings(degrees, indices=np.repeat(np.arange(len(roads)), sizes))

    def said(flags: list[bool]) -> list[str]:
        return ["是" if flag else "否" for flag in flags]

    columns = {
        "道路编码": [f"R{k:05d}" for k in range(1, len(roads) + 1)],
        "道路类别": [road.kind for road in roads],
        "名称": [road.name or None for road in roads],
        "编号": [road.ref or None for road in roads],
        "单行": said([road.oneway for road in roads]),
        "桥梁": said([road.bridge for road in roads]),
        "隧道": said([road.tunnel for road in roads]),
        "宽度": [road.width_m for road in roads],
    }
    return gpd.GeoDataFrame(columns, geometry=lines, crs=GEOGRAPHIC_CRS)


def river_table(rivers: tuple[River, ...]) -> gpd.GeoDataFrame:
    """Return the rivers as a layer."""
    columns = {"name": [river.name for river in rivers], "kind": ["river"] * len(rivers)}
    return gpd.GeoDataFrame(columns, geometry=[river.line for river in rivers], crs=STUDY_CRS)


def _write_vector(frame: gpd.GeoDataFrame, path: Path, layer: str) -> None:
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _WRITTEN_AT})
    try:
        path.unlink(missing_ok=True)
        frame.to_file(path, layer=layer, driver="GPKG", engine="pyogrio")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _write_raster(
    values: NDArray[np.int16] | NDArray[np.float32], transform: Affine, path: Path
) -> None:
    profile = {
        "driver": "GTiff",
        "height": values.shape[0],
        "width": values.shape[1],
        "count": 1,
        "dtype": values.dtype.name,
        "crs": STUDY_CRS,
        "transform": transform,
        "compress": "deflate",
        "zlevel": 9,
        "predictor": 2 if values.dtype.kind == "i" else 3,
        "nodata": -32768 if values.dtype.kind == "i" else -1,
    }
    with rasterio.open(path, "w", **profile) as target:
        target.write(values, 1)

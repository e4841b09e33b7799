"""Write the results as one GeoPackage: layers, Chinese names, styles and where data come from.

Layers are written by GDAL; what GDAL does not write (styles as QGIS keeps them, the words for
the columns, the metadata) goes in with plain SQL, after the tables of the GeoPackage standard
(OGC 12-128r17, version 1.3: extensions *Schema* and *Metadata*).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from firecover.errors import OutputError
from firecover.outputs import gpkg_tables
from firecover.outputs.i18n import layer_label
from firecover.outputs.qml import FieldKind, fields_text, qml_text
from firecover.outputs.sources import Told, told_of
from firecover.outputs.styles import layer_style
from firecover.outputs.styles_siting import SITING_LAYERS, siting_style
from firecover.outputs.symbols import LayerStyle, StyleClass
from firecover.results import Results

FILE_NAME = "coverage.gpkg"
#: Version 1.4, GDAL's default, makes QGIS 3.22 warn.
GPKG_VERSION = "1.3"
GEOMETRY = "geom"
_GDAL_ERRORS = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError)

#: The layers and their type of geometry, in the order of the contract.
LAYERS = {
    "stations": "Point",
    "candidates": "Point",
    "excluded_sites": "Point",
    "solutions": "MultiPoint",
    "allocation": "MultiLineString",
    "isochrones": "MultiPolygon",
    "reach_edges": "MultiLineString",
    "jurisdictions": "MultiPolygon",
    "built_up": "MultiPolygon",
    "townships": "MultiPolygon",
    "villages": "Point",
    "hydrants": "Point",
    "hydrant_gaps": "MultiPolygon",
    "hydrant_proposals": "Point",
    "station_outages": "Point",
    "critical_roads": "MultiLineString",
    "demand": "Point",
    "roads": "MultiLineString",
    "boundary": "MultiPolygon",
}
#: The tables without geometry, after the layers.
TABLES = (
    "township_bands",
    "county_bands",
    "village_targets",
    "plan_findings",
    "rank_acceptability",
    "siting_steps",
    "pareto",
    "forcing",
    "phasing",
)


@dataclass(frozen=True)
class PackageLayer:
    """One layer of the package.

    ``style_name`` is the name under which :func:`firecover.outputs.styles.layer_style` or
    :func:`firecover.outputs.styles_siting.siting_style` knows how it is drawn; ``fields`` are
    all columns of the file but the geometry.
    """

    name: str
    geometry_type: str
    data: gpd.GeoDataFrame
    style_name: str
    told: Told

    @property
    def fields(self) -> dict[str, FieldKind]:
        """The columns in the file, the key first, and what each holds."""
        return _fields(self.data)

    def style(self, results: Results, scenario: str = "") -> LayerStyle:
        """Return how the layer is drawn, for a scenario (the first one: "").

        A legend names the categories that are there, and nothing that is there goes undrawn.
        """
        style = self._designed(results, scenario)
        if not len(self.data) or style.kind not in ("categorized", "rules"):
            return style
        present = self._values(style.attribute)
        if style.kind == "rules":
            told = [item for item in style.classes if not item.value or item.value in present]
            if all(item.value for item in style.classes):
                told += _others(style, present)
            return replace(style, classes=tuple(told))
        if style.attribute not in self.data.columns:
            return replace(style, kind="single", classes=style.classes[:1], attribute="")
        classes = [item for item in style.classes if item.value in present]
        if present - {item.value for item in style.classes}:
            classes.append(StyleClass("其他", style.classes[-1].symbol))
        return replace(style, classes=tuple(classes))

    def _values(self, column: str) -> set[str]:
        """Return the values of a column, none if there is no such column."""
        if column not in self.data.columns:
            return set()
        return set(self.data[column].astype("string").fillna(""))

    def _designed(self, results: Results, scenario: str) -> LayerStyle:
        if self.style_name in SITING_LAYERS:
            return siting_style(self.style_name, "zh", self.data)
        return layer_style(
            self.style_name, results.minutes, "zh", scenario or results.scenarios[0].id
        )


def _others(style: LayerStyle, present: set[str]) -> list[StyleClass]:
    """Return a rule for what none of a style's values holds; none where there is nothing."""
    known = [item.value for item in style.classes]
    if present <= set(known):
        return []
    listed = ", ".join(f"'{value}'" for value in known)
    where = f'"{style.attribute}" is null or "{style.attribute}" not in ({listed})'
    return [StyleClass("其他", style.classes[-1].symbol, where=where)]


@dataclass(frozen=True)
class PackageTable:
    """One table of the package that has no geometry."""

    name: str
    data: pd.DataFrame
    told: Told

    @property
    def fields(self) -> dict[str, FieldKind]:
        """The columns in the file, the key first, and what each holds."""
        return _fields(self.data)


def _fields(data: pd.DataFrame) -> dict[str, FieldKind]:
    named = ((str(name), data[name]) for name in data.columns if name != GEOMETRY)
    return {"fid": "key", **{name: _kind(values) for name, values in named}}


def _kind(values: pd.Series[Any]) -> FieldKind:
    if pd.api.types.is_bool_dtype(values):
        return "yes_no"
    if pd.api.types.is_float_dtype(values):
        return "number"
    return "whole" if pd.api.types.is_integer_dtype(values) else "text"


def scenario_titles(results: Results) -> dict[str, str]:
    """Return the scenarios' Chinese titles by their ids."""
    return {scenario.id: scenario.title_zh for scenario in results.scenarios}


def package_layers(results: Results) -> tuple[PackageLayer, ...]:
    """Return the layers of the package, in the order of the contract.

    A layer without features is there, with its columns; one without columns was not asked
    for, and is left out.
    """
    tables = {name: (kind, getattr(results, name)) for name, kind in LAYERS.items()}
    tables |= _water(results.water)
    layers = []
    for name, (kind, table) in tables.items():
        if not len(table.columns):
            continue
        style_name = "water_areas" if (name, kind) == ("water", "MultiPolygon") else name
        data = table.rename_geometry(GEOMETRY).reset_index(drop=True)
        layers.append(PackageLayer(name, kind, data, style_name, told_of(results, name)))
    return tuple(layers)


def package_tables(results: Results) -> tuple[PackageTable, ...]:
    """Return the tables without geometry; as of layers, those without columns are left out."""
    tables = {name: getattr(results, name) for name in TABLES}
    return tuple(
        PackageTable(name, data.reset_index(drop=True), told_of(results, name))
        for name, data in tables.items()
        if len(data.columns)
    )


def _water(water: gpd.GeoDataFrame) -> dict[str, tuple[str, gpd.GeoDataFrame]]:
    """Return the water by type of geometry: a layer of QGIS holds one type only."""
    area = water.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy(dtype=bool)
    if not len(water):
        return {}
    if area.all():
        return {"water": ("MultiPolygon", water)}
    lines = {"water": ("MultiLineString", water[~area])}
    return lines | ({"water_areas": ("MultiPolygon", water[area])} if area.any() else {})


def write_geopackage(results: Results, path: Path) -> None:
    """Write all layers of the results, styled and described.

    The same results make the same bytes: every time stamp in the file is a fixed one.

    Parameters
    ----------
    results
        What a run computed.
    path
        The file; one that is there is replaced.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    layers, tables = package_layers(results), package_tables(results)
    try:
        path.unlink(missing_ok=True)
        for layer in layers:
            _write_layer(layer, path, results.study.study.crs)
        for table in tables:
            pyogrio.write_dataframe(table.data, path, **_options(table, path))
        with closing(sqlite3.connect(path)) as database:
            _add_tables(database, results, layers, tables)
            database.commit()
            # Free pages and the order in which they were filled must not show in the bytes.
            database.execute("VACUUM")
    except (OSError, sqlite3.Error, *_GDAL_ERRORS) as error:
        msg = f"{path} cannot be written: {error} → close the programs that have it open"
        raise OutputError(msg) from error


def _write_layer(layer: PackageLayer, path: Path, crs: str) -> None:
    data = layer.data if layer.data.crs is not None else layer.data.set_crs(crs)
    pyogrio.write_dataframe(
        data,
        path,
        geometry_type=layer.geometry_type,
        promote_to_multi=layer.geometry_type.startswith("Multi"),
        **_options(layer, path, GEOMETRY_NAME=GEOMETRY),
    )


def _options(written: PackageLayer | PackageTable, path: Path, **more: str) -> dict[str, Any]:
    """Return what GDAL is asked for of a layer or table; ``more`` are options of the layer."""
    return {
        "layer": written.name,
        "driver": "GPKG",
        "append": path.exists(),
        "dataset_options": {"VERSION": GPKG_VERSION},
        "layer_options": {
            "FID": "fid",
            "IDENTIFIER": layer_label(written.name, "zh"),
            "DESCRIPTION": written.told.text,
            **more,
        },
    }


def _add_tables(
    database: sqlite3.Connection,
    results: Results,
    layers: tuple[PackageLayer, ...],
    tables: tuple[PackageTable, ...],
) -> None:
    everything: tuple[PackageLayer | PackageTable, ...] = (*layers, *tables)
    titles = scenario_titles(results)
    gpkg_tables.add_styles(database, _styles(results, layers, tables))
    gpkg_tables.add_column_words(database, {each.name: each.fields for each in everything}, titles)
    gpkg_tables.add_metadata(database, results, {each.name: each.told for each in everything})
    gpkg_tables.fix_times(database)


def _styles(
    results: Results, layers: tuple[PackageLayer, ...], tables: tuple[PackageTable, ...]
) -> Iterator[tuple[str, str, str]]:
    titles = scenario_titles(results)
    for layer in layers:
        style = layer.style(results)
        yield layer.name, GEOMETRY, qml_text(layer.name, style, layer.fields, titles)
    for table in tables:
        yield table.name, "", fields_text(table.name, table.fields, titles)

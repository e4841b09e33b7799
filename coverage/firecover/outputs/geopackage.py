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

import geopandas as gpd
import pyogrio

from firecover.errors import OutputError
from firecover.outputs import gpkg_tables
from firecover.outputs.i18n import layer_label
from firecover.outputs.qml import qml_text
from firecover.outputs.sources import Told, told_of
from firecover.outputs.styles import LayerStyle, StyleClass, layer_style
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
    "isochrones": "MultiPolygon",
    "reach_edges": "MultiLineString",
    "jurisdictions": "MultiPolygon",
    "built_up": "MultiPolygon",
    "townships": "MultiPolygon",
    "villages": "Point",
    "hydrants": "Point",
    "hydrant_gaps": "MultiPolygon",
    "demand": "Point",
    "roads": "MultiLineString",
    "boundary": "MultiPolygon",
}


@dataclass(frozen=True)
class PackageLayer:
    """One layer of the package.

    ``style_name`` is the name under which :func:`firecover.outputs.styles.layer_style` knows
    how it is drawn; ``columns`` are all columns of the file but the geometry.
    """

    name: str
    geometry_type: str
    data: gpd.GeoDataFrame
    style_name: str
    told: Told

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in the file, the key first."""
        return ("fid", *(str(name) for name in self.data.columns if name != GEOMETRY))

    def style(self, results: Results, scenario: str = "") -> LayerStyle:
        """Return how the layer is drawn, for a scenario (the first one: "").

        A legend names the categories that are there, and nothing that is there goes undrawn.
        """
        chosen = scenario or results.scenarios[0].id
        style = layer_style(self.style_name, results.minutes, "zh", chosen)
        if style.kind != "categorized" or not len(self.data):
            return style
        present = set(self.data[style.attribute].astype("string").fillna(""))
        classes = [item for item in style.classes if item.value in present]
        if present - {item.value for item in style.classes}:
            classes.append(StyleClass("其他", style.classes[-1].symbol))
        return replace(style, classes=tuple(classes))


def package_layers(results: Results) -> tuple[PackageLayer, ...]:
    """Return the layers of the package, in the order of the contract."""
    tables = {name: (kind, getattr(results, name)) for name, kind in LAYERS.items()}
    tables |= _water(results.water)
    layers = []
    for name, (kind, table) in tables.items():
        style_name = "water_areas" if (name, kind) == ("water", "MultiPolygon") else name
        data = table.rename_geometry(GEOMETRY).reset_index(drop=True)
        layers.append(PackageLayer(name, kind, data, style_name, told_of(results, name)))
    return tuple(layers)


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
    layers = package_layers(results)
    try:
        path.unlink(missing_ok=True)
        for layer in layers:
            _write_layer(layer, path, results.study.study.crs)
        with closing(sqlite3.connect(path)) as database:
            _add_tables(database, results, layers)
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
        layer=layer.name,
        driver="GPKG",
        geometry_type=layer.geometry_type,
        promote_to_multi=layer.geometry_type.startswith("Multi"),
        append=path.exists(),
        dataset_options={"VERSION": GPKG_VERSION},
        layer_options={
            "GEOMETRY_NAME": GEOMETRY,
            "FID": "fid",
            "IDENTIFIER": layer_label(layer.name, "zh"),
            "DESCRIPTION": layer.told.text,
        },
    )


def _add_tables(
    database: sqlite3.Connection, results: Results, layers: tuple[PackageLayer, ...]
) -> None:
    gpkg_tables.add_styles(database, _styles(results, layers), GEOMETRY)
    gpkg_tables.add_column_words(database, {layer.name: layer.columns for layer in layers})
    gpkg_tables.add_metadata(
        database, results.study, {layer.name: layer.told for layer in layers}, results.modelled
    )
    gpkg_tables.fix_times(database)


def _styles(results: Results, layers: tuple[PackageLayer, ...]) -> Iterator[tuple[str, str]]:
    for layer in layers:
        yield layer.name, qml_text(layer.style(results), layer.columns)

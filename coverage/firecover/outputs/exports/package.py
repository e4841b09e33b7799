"""Open the GeoPackage of a finished run: its layers, and what it says of itself.

Exports are made from the package alone, so that they hold what the run has written, whatever
became of the study file since.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd
import pyogrio

from firecover.errors import InputError, Problem
from firecover.layers.provenance import file_sha256
from firecover.outputs.gpkg_tables import (
    APPROVAL,
    ATTRIBUTION,
    HANDLING,
    QGIS_METADATA,
    SCENARIO_CODES,
)
from firecover.outputs.i18n import layer_label

_LAYERS = """
SELECT c.table_name, c.identifier, c.description, coalesce(g.geometry_type_name, ''),
       coalesce(g.column_name, '')
FROM gpkg_contents c LEFT JOIN gpkg_geometry_columns g ON g.table_name = c.table_name
WHERE c.data_type IN ('features', 'attributes') AND c.table_name <> 'layer_styles'
ORDER BY c.rowid
"""
_ABOUT = """
SELECT m.metadata FROM gpkg_metadata m JOIN gpkg_metadata_reference r ON r.md_file_id = m.id
WHERE r.reference_scope = 'geopackage' AND m.md_standard_uri = ?
"""
_SCENARIOS = """
SELECT value, description FROM gpkg_data_column_constraints
WHERE constraint_name = ? AND constraint_type = 'enum' ORDER BY rowid
"""
#: As the GeoPackage calls types of geometry → as GDAL and PostGIS do.
_TYPES = {
    name.upper(): name
    for name in (
        "Point",
        "LineString",
        "Polygon",
        "MultiPoint",
        "MultiLineString",
        "MultiPolygon",
    )
}
_RUN = "run `firecover run` for this study first"


@dataclass(frozen=True)
class Layer:
    """A layer or table of the package, without its rows.

    ``geometry_type`` is "" for a table, "Unknown" where types may be mixed; ``told`` says what
    it is made from and whether a model is in it.
    """

    name: str
    label: str
    label_en: str
    geometry_type: str
    told: str


@dataclass(frozen=True)
class Package:
    """A finished run's package, and what is to be told with everything taken from it.

    ``handling`` holds the handling line, Chinese and English; ``()`` where the study has none.
    ``approval`` is the map's, "" where it has none, and ``credits`` are who must be named.
    ``warning`` names the modelled layers, "" where none is. ``scenarios`` are the scenarios'
    titles by their ids. ``sha256`` is the file's hash.
    """

    path: Path
    study: str
    title: str
    warning: str
    handling: tuple[str, ...]
    approval: str
    credits: tuple[str, ...]
    scenarios: Mapping[str, str]
    sha256: str
    layers: tuple[Layer, ...]

    @property
    def told(self) -> tuple[str, ...]:
        """What goes with everything: how to treat it, its approval, who must be named."""
        named = f"数据署名 Credits: {'; '.join(self.credits)}" if self.credits else ""
        return tuple(line for line in (*self.handling, self.approval, named) if line)


def open_package(path: Path) -> Package:
    """Open the package of a finished run.

    Parameters
    ----------
    path
        The file ``coverage.gpkg``.

    Raises
    ------
    InputError
        If there is none, or it is not one that a run has written.
    """
    if not path.is_file():
        raise InputError(Problem("there is no finished run here", str(path), remedy=_RUN))
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            layers = tuple(_layer(row) for row in database.execute(_LAYERS))
            about = database.execute(_ABOUT, (QGIS_METADATA,)).fetchone()
            scenarios = dict(database.execute(_SCENARIOS, (SCENARIO_CODES,)).fetchall())
        # The program's own text, read back; the parser of the standard library loads nothing.
        told = ET.fromstring(about[0] if about else "<none/>")  # noqa: S314
    except (sqlite3.Error, ET.ParseError) as error:
        what = f"the results cannot be read ({error})"
        raise InputError(Problem(what, str(path), remedy=_RUN)) from error
    if about is None:
        what = "no run of firecover has written this file"
        raise InputError(Problem(what, str(path), remedy=_RUN))
    return Package(
        path=path,
        study=told.findtext("identifier", ""),
        title=told.findtext("title", ""),
        warning=told.findtext("abstract") or "",
        handling=_constraints(told, HANDLING),
        approval=" ".join(_constraints(told, APPROVAL)),
        credits=_constraints(told, ATTRIBUTION),
        scenarios=scenarios,
        sha256=file_sha256(path),
        layers=layers,
    )


def _constraints(told: ET.Element, kind: str) -> tuple[str, ...]:
    return tuple(item.text or "" for item in told.findall(f"constraints[@type='{kind}']"))


def styles_of(package: Package) -> dict[str, str]:
    """Return the styles that QGIS takes by default, as QML, by layer or table."""
    query = "SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault"
    try:
        with closing(sqlite3.connect(package.path)) as database:
            return dict(database.execute(query).fetchall())
    except sqlite3.Error as error:
        what = f"the styles cannot be read ({error})"
        raise InputError(Problem(what, str(package.path), remedy=_RUN)) from error


def _layer(row: tuple[str, str, str, str, str]) -> Layer:
    name, label, told, geometry, column = row
    kind = _TYPES.get(geometry.upper(), "Unknown") if column else ""
    return Layer(name, label or name, layer_label(name, "en"), kind, told or "")


def chosen_layers(package: Package, names: Sequence[str]) -> tuple[Layer, ...]:
    """Return the layers asked for, in the package's order; all of them where none is named.

    Raises
    ------
    InputError
        If the package has no layer of a name.
    """
    known = {layer.name: layer for layer in package.layers}
    problems = []
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            meant = f"did you mean {near[0]!r}? There are: " if near else "there are: "
            problems.append(
                Problem(
                    f"there is no layer {name!r}",
                    str(package.path),
                    key="layers",
                    remedy=meant + ", ".join(known),
                )
            )
    if problems:
        raise InputError(problems)
    return tuple(layer for name, layer in known.items() if name in names or not names)


def read_rows(package: Package, layer: Layer) -> gpd.GeoDataFrame | pd.DataFrame:
    """Read a layer's rows, indexed by the key that they have in the package."""
    try:
        rows: gpd.GeoDataFrame | pd.DataFrame = pyogrio.read_dataframe(
            package.path, layer=layer.name, fid_as_index=True
        )
    except pyogrio.errors.DataSourceError as error:
        what = f"the layer cannot be read ({error})"
        raise InputError(Problem(what, str(package.path), layer.name, remedy=_RUN)) from error
    return rows


def rows_where(package: Package, layer: Layer, condition: str) -> set[int]:
    """Return the keys of the rows of which a condition of a style (SQL) holds."""
    found = pyogrio.read_dataframe(
        package.path,
        layer=layer.name,
        where=condition,
        columns=[],
        read_geometry=False,
        fid_as_index=True,
    )
    return {int(key) for key in found.index}


def bands(package: Package) -> list[float]:
    """Return the bands of the run in minutes, rising; [] where it drew no isochrones."""
    for layer in package.layers:
        if layer.name == "isochrones":
            rows = pyogrio.read_dataframe(
                package.path, layer=layer.name, columns=["minutes"], read_geometry=False
            )
            return sorted({float(value) for value in rows["minutes"].dropna()})
    return []

"""The tables of a GeoPackage beside its layers: styles, words for columns, metadata."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from xml.etree import ElementTree as ET

from firecover.outputs.i18n import column_heading, column_label, layer_label
from firecover.outputs.sources import Told, modelled_warning
from firecover.study import Study

#: Every time stamp in the file: results are told apart by their content, not by the clock.
FIXED_TIME = "1980-01-01T00:00:00.000Z"
#: QGIS finds its own kind of metadata by this address, which stands in its files as a name.
QGIS_METADATA = "http://mrcc.com/qgis.dtd"

# As QGIS itself creates the table; without some of these columns it reads no style.
_STYLE_TABLE = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),
  f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME)
"""
_COLUMN_TABLE = """
CREATE TABLE IF NOT EXISTS gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
  mime_type TEXT, constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name))
"""
_CONSTRAINT_TABLE = """
CREATE TABLE IF NOT EXISTS gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC,
  min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value))
"""
_METADATA_TABLE = """
CREATE TABLE IF NOT EXISTS gpkg_metadata (
  id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, md_scope TEXT NOT NULL DEFAULT 'dataset',
  md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml',
  metadata TEXT NOT NULL DEFAULT '')
"""
_REFERENCE_TABLE = """
CREATE TABLE IF NOT EXISTS gpkg_metadata_reference (
  reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
  timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  md_file_id INTEGER NOT NULL, md_parent_id INTEGER,
  CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
  CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id))
"""
_EXTENSION_TABLE = """
CREATE TABLE IF NOT EXISTS gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
  scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))
"""
_EXTENSIONS = {
    "gpkg_schema": ("gpkg_data_columns", "gpkg_data_column_constraints"),
    "gpkg_metadata": ("gpkg_metadata", "gpkg_metadata_reference"),
}


def add_styles(database: sqlite3.Connection, styles: Iterable[tuple[str, str, str]]) -> None:
    """Add the styles that QGIS takes by default.

    Parameters
    ----------
    database
        The open package.
    styles
        Layer, the column of its geometry ("": it has none) and QML text.
    """
    database.execute(_STYLE_TABLE)
    database.executemany(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
        " f_geometry_column, styleName, styleQML, useAsDefault, description, owner, update_time)"
        " VALUES ('', '', ?, ?, ?, ?, 1, ?, '', ?)",
        [
            (layer, geometry, layer, qml, layer_label(layer, "zh"), FIXED_TIME)
            for layer, geometry, qml in styles
        ],
    )
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id)"
        " VALUES ('layer_styles', 'attributes', 'layer_styles', '', 0)"
    )


def add_column_words(database: sqlite3.Connection, columns: Mapping[str, tuple[str, ...]]) -> None:
    """Say what each column is: Chinese as name (no unit) and title, English as description."""
    _add_extension(database, "gpkg_schema", (_COLUMN_TABLE, _CONSTRAINT_TABLE))
    for layer, names in columns.items():
        taken: set[str] = set()
        for column in names:
            if column == "fid":
                continue
            label = column_label(column, "zh", layer)
            # The standard wants the names of a table's columns to differ.
            name = label if label not in taken else column
            taken.add(name)
            database.execute(
                "INSERT OR REPLACE INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, NULL)",
                (
                    layer,
                    column,
                    name,
                    column_heading(column, "zh", layer),
                    column_heading(column, "en", layer),
                ),
            )


def _add_extension(database: sqlite3.Connection, name: str, tables: tuple[str, ...]) -> None:
    for table in (_EXTENSION_TABLE, *tables):
        database.execute(table)
    database.executemany(
        "INSERT OR IGNORE INTO gpkg_extensions VALUES (?, NULL, ?, ?, 'read-write')",
        [
            (table, name, f"http://www.geopackage.org/spec130/#extension_{name[5:]}")
            for table in _EXTENSIONS[name]
        ],
    )


def add_metadata(
    database: sqlite3.Connection,
    study: Study,
    layers: Mapping[str, Told],
    modelled: tuple[str, ...],
) -> None:
    """Say of the package and of each layer what it is and where its data come from.

    Parameters
    ----------
    database
        The open package.
    study
        The study, for its title and its handling line.
    layers
        What is to be told of each layer.
    modelled
        The input layers that are modelled.
    """
    _add_extension(database, "gpkg_metadata", (_METADATA_TABLE, _REFERENCE_TABLE))
    title = study.study.title
    whole = f"{title.zh} {title.en}"
    text = modelled_warning(modelled) if modelled else ""
    parent = _insert(database, metadata_text(study, whole, text), None, None)
    for layer, told in layers.items():
        name = f"{layer_label(layer, 'zh')} {layer_label(layer, 'en')}"
        document = metadata_text(study, f"{name} — {whole}", told.text, told.kinds)
        _insert(database, document, layer, parent)


def _insert(
    database: sqlite3.Connection, document: str, layer: str | None, parent: int | None
) -> int:
    row = database.execute(
        "INSERT INTO gpkg_metadata (md_scope, md_standard_uri, mime_type, metadata)"
        " VALUES ('dataset', ?, 'text/xml', ?)",
        (QGIS_METADATA, document),
    )
    number = int(row.lastrowid or 0)
    database.execute(
        "INSERT INTO gpkg_metadata_reference VALUES (?, ?, NULL, NULL, ?, ?, ?)",
        ("table" if layer else "geopackage", layer, FIXED_TIME, number, parent),
    )
    return number


def metadata_text(study: Study, title: str, abstract: str, kinds: tuple[str, ...] = ()) -> str:
    """Return metadata as QGIS keeps it: title, abstract, kinds of data and the handling line."""
    root = ET.Element("qgis", version="3.22.0")
    ET.SubElement(root, "identifier").text = study.study.id
    ET.SubElement(root, "parentidentifier")
    ET.SubElement(root, "language").text = "ZHO"
    ET.SubElement(root, "type").text = "dataset"
    ET.SubElement(root, "title").text = title
    ET.SubElement(root, "abstract").text = abstract
    if kinds:
        words = ET.SubElement(root, "keywords", vocabulary="data kind")
        for kind in kinds:
            ET.SubElement(words, "keyword").text = kind
    handling = study.study.handling
    if handling is not None:
        ET.SubElement(root, "constraints", type="security").text = handling.zh
        ET.SubElement(root, "constraints", type="security").text = handling.en
        ET.SubElement(root, "rights").text = f"{handling.zh} {handling.en}"
    ET.indent(root)
    return ET.tostring(root, encoding="unicode")


def fix_times(database: sqlite3.Connection) -> None:
    """Set the time stamps that GDAL took from the clock."""
    database.execute("UPDATE gpkg_contents SET last_change = ?", (FIXED_TIME,))
    database.execute("UPDATE gpkg_metadata_reference SET timestamp = ?", (FIXED_TIME,))

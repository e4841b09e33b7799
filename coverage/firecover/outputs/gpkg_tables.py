"""The tables of a GeoPackage beside its layers: styles, words for columns, metadata."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from xml.etree import ElementTree as ET

from firecover.outputs.attribution import credits_of
from firecover.outputs.i18n import column_heading, column_label, layer_label
from firecover.outputs.qml import FieldKind, codes_of, heading_of
from firecover.outputs.sources import Told, modelled_warning
from firecover.results import Results

#: Every time stamp in the file: results are told apart by their content, not by the clock.
FIXED_TIME = "1980-01-01T00:00:00.000Z"
#: QGIS finds its own kind of metadata by this address, which stands in its files as a name.
QGIS_METADATA = "http://mrcc.com/qgis.dtd"
#: Kinds of constraints in the metadata: how to treat it, its approval, and who must be named.
HANDLING, APPROVAL, ATTRIBUTION = "security", "map approval", "attribution"
#: The list of the scenarios' titles, which columns called ``scenario`` share.
SCENARIO_CODES = "scenario"

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


def add_column_words(
    database: sqlite3.Connection,
    columns: Mapping[str, Mapping[str, FieldKind]],
    scenarios: Mapping[str, str],
) -> None:
    """Say what each column is: Chinese as name (no unit) and title, English as description.

    Codes are told as lists of words, which programs show in their place.

    Parameters
    ----------
    database
        The open package.
    columns
        By layer, its columns and what each holds.
    scenarios
        The scenarios' titles by their ids.
    """
    _add_extension(database, "gpkg_schema", (_COLUMN_TABLE, _CONSTRAINT_TABLE))
    for layer, fields in columns.items():
        taken: set[str] = set()
        for column, kind in fields.items():
            if column == "fid":
                continue
            label = column_label(column, "zh", layer)
            # The standard wants the names of a table's columns to differ.
            name = label if label not in taken else column
            taken.add(name)
            database.execute(
                "INSERT OR REPLACE INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, ?)",
                (
                    layer,
                    column,
                    name,
                    heading_of(layer, column, scenarios),
                    column_heading(column, "en", layer),
                    _add_codes(database, layer, column, kind, scenarios),
                ),
            )


def _add_codes(
    database: sqlite3.Connection,
    layer: str,
    column: str,
    kind: FieldKind,
    scenarios: Mapping[str, str],
) -> str | None:
    """List the words for a column's codes; return the list's name, None where there is none."""
    words = codes_of(layer, column, kind, scenarios) if kind == "text" else {}
    if not words:
        return None
    name = SCENARIO_CODES if column == "scenario" else f"{layer}_{column}"
    database.executemany(
        "INSERT OR IGNORE INTO gpkg_data_column_constraints"
        " VALUES (?, 'enum', ?, NULL, NULL, NULL, NULL, ?)",
        [(name, code, word) for code, word in words.items()],
    )
    return name


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
    database: sqlite3.Connection, results: Results, layers: Mapping[str, Told]
) -> None:
    """Say of the package and of each layer what it is and where its data come from.

    Parameters
    ----------
    database
        The open package.
    results
        What a run computed.
    layers
        What is to be told of each layer.
    """
    _add_extension(database, "gpkg_metadata", (_METADATA_TABLE, _REFERENCE_TABLE))
    title = results.study.study.title
    whole = f"{title.zh} {title.en}"
    text = modelled_warning(results.modelled) if results.modelled else ""
    parent = _insert(database, metadata_text(results, whole, text), None, None)
    for layer, told in layers.items():
        name = f"{layer_label(layer, 'zh')} {layer_label(layer, 'en')}"
        document = metadata_text(results, f"{name} — {whole}", told.text, told.kinds)
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


def metadata_text(results: Results, title: str, abstract: str, kinds: tuple[str, ...] = ()) -> str:
    """Return metadata as QGIS keeps it, as text."""
    root = ET.Element("qgis", version="3.22.0")
    root.extend(metadata_elements(results, title, abstract, kinds))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode")


def metadata_elements(
    results: Results, title: str, abstract: str, kinds: tuple[str, ...] = ()
) -> Iterator[ET.Element]:
    """Return metadata as QGIS keeps it.

    Parameters
    ----------
    results
        For the study's id, its handling line, its map approval and the credits.
    title, abstract
        What is described, and what is to be told of it.
    kinds
        The kinds of data in it.
    """
    study = results.study.study
    yield _told("identifier", study.id)
    yield ET.Element("parentidentifier")
    yield _told("language", "ZHO")
    yield _told("type", "dataset")
    yield _told("title", title)
    yield _told("abstract", abstract)
    if kinds:
        words = ET.Element("keywords", vocabulary="data kind")
        words.extend(_told("keyword", kind) for kind in kinds)
        yield words
    handling = study.handling
    if handling is not None:
        yield _told("constraints", handling.zh, type=HANDLING)
        yield _told("constraints", handling.en, type=HANDLING)
        yield _told("rights", f"{handling.zh} {handling.en}")
    if study.map_approval is not None:
        yield _told("constraints", study.map_approval, type=APPROVAL)
        yield _told("rights", study.map_approval)
    for credit in credits_of(results):
        both = credit.zh if credit.zh == credit.en else f"{credit.zh} / {credit.en}"
        yield _told("constraints", both, type=ATTRIBUTION)
        yield _told("rights", both)


def _told(tag: str, text: str, **attributes: str) -> ET.Element:
    element = ET.Element(tag, attributes)
    element.text = text
    return element


def fix_times(database: sqlite3.Connection) -> None:
    """Set the time stamps that GDAL took from the clock."""
    database.execute("UPDATE gpkg_contents SET last_change = ?", (FIXED_TIME,))
    database.execute("UPDATE gpkg_metadata_reference SET timestamp = ?", (FIXED_TIME,))

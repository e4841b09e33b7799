"""Write layers into a PostGIS database, all or none.

One transaction drops the tables of the last export, makes them anew, fills them by COPY and says
of each table and column what it is. A table that firecover has not made is never dropped. The
password, wherever it stands, is in no message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from firecover.errors import OutputError
from firecover.layers.provenance import QualityNote
from firecover.outputs.exports.postgis_styles import MARK, TableStyle, write_styles
from firecover.outputs.exports.sheets import Sheet
from firecover.outputs.i18n import column_heading

if TYPE_CHECKING:
    import psycopg

GEOMETRY = "geom"
KEY = "fid"
_CONNECT_S = 20
_LOCK_WAIT = "30s"


def write_postgis(
    sheets: Iterable[Sheet], url: str, schema: str, styles: Mapping[str, str]
) -> tuple[str, tuple[QualityNote, ...]]:
    """Write layers, tables and their styles into a schema, in one transaction.

    Parameters
    ----------
    sheets
        Layers in a CRS with an EPSG code.
    url
        The database, as libpq takes it.
    schema
        The schema, made where it is missing.
    styles
        How QGIS shows a layer or table, as QML, by its name in the package.

    Returns
    -------
    place
        Host, database and schema, for the user.
    notes
        What is to be told of it.

    Raises
    ------
    OutputError
        If psycopg is not installed, the database cannot be reached, has no PostGIS, or a
        table cannot be replaced. The tables are then as they were.
    """
    try:
        import psycopg
    except ImportError as error:
        msg = "PostGIS needs the package psycopg → pip install 'firecover[postgis]'"
        raise OutputError(msg) from error
    secret = _password(url)
    try:
        with psycopg.connect(url, connect_timeout=_CONNECT_S) as connection:
            writer = _Writer(connection, schema)
            styled = []
            for sheet in sheets:
                writer.write(sheet)
                if sheet.layer.name in styles:
                    located = isinstance(sheet.data, gpd.GeoDataFrame)
                    qml, column = styles[sheet.layer.name], GEOMETRY if located else None
                    styled.append(TableStyle(sheet.name, sheet.title, column, qml))
            notes = write_styles(connection, schema, styled)
            info = connection.info
            place = f"{info.host or 'localhost'}/{info.dbname}, schema {schema}"
    except psycopg.Error as error:
        # No cause is kept: a traceback of it could show what was connected with.
        told = _without(str(error).strip(), secret)
        msg = f"PostGIS: {told} → nothing was changed in the database"
        raise OutputError(msg) from None
    return place, notes


def _password(url: str) -> str:
    """Return the password in the connection's words, "" where there is none."""
    import psycopg

    try:
        return str(psycopg.conninfo.conninfo_to_dict(url).get("password") or "")
    except psycopg.ProgrammingError:
        # libpq's own message would repeat the part that it did not understand.
        msg = "the database's address cannot be understood → write postgresql://user@host/database"
        raise OutputError(msg) from None


def _without(text: str, secret: str) -> str:
    return text.replace(secret, "***") if secret else text


class _Writer:
    """An open transaction that replaces tables of one schema."""

    def __init__(self, connection: psycopg.Connection[Any], schema: str) -> None:
        from psycopg import sql

        self._sql, self._connection, self._schema = sql, connection, schema
        self._run("SET LOCAL lock_timeout = {}", sql.Literal(_LOCK_WAIT))
        self._postgis = self._postgis_schema()
        self._run("CREATE SCHEMA IF NOT EXISTS {}", sql.Identifier(schema))

    def write(self, sheet: Sheet) -> None:
        """Replace one table."""
        self._drop(sheet.name)
        self._create(sheet)
        self._fill(sheet)
        table = self._table(sheet.name)
        if isinstance(sheet.data, gpd.GeoDataFrame):
            index = self._sql.Identifier(GEOMETRY)
            self._run("CREATE INDEX ON {} USING gist ({})", table, index)
        self._comment(sheet)

    def _run(self, query: str, *parts: Any) -> psycopg.Cursor[Any]:
        return self._connection.execute(self._sql.SQL(query).format(*parts))

    def _table(self, name: str) -> Any:
        return self._sql.Identifier(self._schema, name)

    def _postgis_schema(self) -> str:
        row = self._run(
            "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
            " WHERE e.extname = 'postgis'"
        ).fetchone()
        if row is None:
            msg = (
                "the database has no PostGIS → have its administrator run "
                "CREATE EXTENSION postgis in it"
            )
            raise OutputError(msg)
        return str(row[0])

    def _drop(self, name: str) -> None:
        row = self._run(
            "SELECT c.relkind = 'r', obj_description(c.oid, 'pg_class') FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = {} AND c.relname = {}",
            self._sql.Literal(self._schema),
            self._sql.Literal(name),
        ).fetchone()
        if row is None:
            return
        is_table, comment = row
        if not is_table or not str(comment or "").endswith(MARK):
            msg = (
                f"{self._schema}.{name} is there already, and no export of firecover has made it "
                "→ name another schema with --schema"
            )
            raise OutputError(msg)
        self._run("DROP TABLE {}", self._table(name))

    def _create(self, sheet: Sheet) -> None:
        sql = self._sql
        columns = [sql.SQL("{} integer PRIMARY KEY").format(sql.Identifier(KEY))]
        columns += [
            sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(_type(sheet.data[name])))
            for name in sheet.columns
        ]
        if isinstance(sheet.data, gpd.GeoDataFrame):
            columns.append(
                sql.SQL("{} {}({}, {})").format(
                    sql.Identifier(GEOMETRY),
                    sql.Identifier(self._postgis, "geometry"),
                    sql.SQL(_geometry_type(sheet)),
                    sql.Literal(self._srid(sheet)),
                )
            )
        self._run("CREATE TABLE {} ({})", self._table(sheet.name), sql.SQL(", ").join(columns))

    def _srid(self, sheet: Sheet) -> int:
        code = _epsg(sheet)
        known = self._run(
            "SELECT 1 FROM {} WHERE srid = {}",
            self._sql.Identifier(self._postgis, "spatial_ref_sys"),
            self._sql.Literal(code or 0),
        ).fetchone()
        if code is None or known is None:
            msg = (
                f"the CRS of {sheet.name} has no code that this PostGIS "
                "knows → name one with --crs EPSG:…"
            )
            raise OutputError(msg)
        return code

    def _fill(self, sheet: Sheet) -> None:
        sql = self._sql
        names = [KEY, *sheet.columns]
        names += [GEOMETRY] if isinstance(sheet.data, gpd.GeoDataFrame) else []
        query = sql.SQL("COPY {} ({}) FROM STDIN").format(
            self._table(sheet.name), sql.SQL(", ").join(map(sql.Identifier, names))
        )
        with self._connection.cursor() as cursor, cursor.copy(query) as copy:
            for row in _rows(sheet):
                copy.write_row(row)

    def _comment(self, sheet: Sheet) -> None:
        sql = self._sql
        told = sql.Literal(f"{sheet.title}\n{sheet.description}\n{MARK}")
        self._run("COMMENT ON TABLE {} IS {}", self._table(sheet.name), told)
        for name in sheet.columns:
            words = [column_heading(name, lang, sheet.layer.name) for lang in ("zh", "en")]
            column = sql.Identifier(self._schema, sheet.name, name)
            self._run("COMMENT ON COLUMN {} IS {}", column, sql.Literal(" / ".join(words)))


def _epsg(sheet: Sheet) -> int | None:
    code = pyproj.CRS.from_user_input(sheet.data.crs).to_epsg()
    return int(code) if code is not None else None


def _geometry_type(sheet: Sheet) -> str:
    kind = sheet.layer.geometry_type
    return "Geometry" if kind == "Unknown" else kind


def _type(values: pd.Series[Any]) -> str:
    if pd.api.types.is_bool_dtype(values):
        return "boolean"
    if pd.api.types.is_integer_dtype(values):
        return "bigint"
    if pd.api.types.is_float_dtype(values):
        return "double precision"
    if pd.api.types.is_datetime64_any_dtype(values):
        return "timestamptz"
    return "text"


def _rows(sheet: Sheet) -> Iterator[tuple[object, ...]]:
    columns = [_values(sheet.data[name]) for name in sheet.columns]
    if isinstance(sheet.data, gpd.GeoDataFrame):
        columns.append(_geometries(sheet))
    keys = [int(key) for key in sheet.data.index]
    yield from zip(keys, *columns, strict=True)


def _values(values: pd.Series[Any]) -> list[object]:
    """Return plain values, None where there is none; text without what PostgreSQL cannot hold."""
    known = values.notna().to_numpy(dtype=bool)
    plain = values.astype(object).to_numpy().tolist()
    if _type(values) == "text":
        plain = [str(value).replace("\0", "") for value in plain]
    return [value if there else None for value, there in zip(plain, known, strict=True)]


def _geometries(sheet: Sheet) -> list[object]:
    geometry = sheet.data.geometry.to_numpy()
    if sheet.layer.geometry_type.startswith("Multi"):
        geometry = _as_multi(geometry)
    coded = shapely.set_srid(geometry, _epsg(sheet) or 0)
    return list(shapely.to_wkb(coded, hex=True, include_srid=True))


def _as_multi(geometry: np.ndarray[Any, np.dtype[np.object_]]) -> np.ndarray[Any, Any]:
    makers: dict[int, Callable[..., Any]] = {
        shapely.GeometryType.POINT: shapely.multipoints,
        shapely.GeometryType.LINESTRING: shapely.multilinestrings,
        shapely.GeometryType.POLYGON: shapely.multipolygons,
    }
    several = geometry.copy()
    for kind, make in makers.items():
        single = shapely.get_type_id(geometry) == kind
        several[single] = [make([part]) for part in geometry[single]]
    return several

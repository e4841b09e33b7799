"""Write the styles of exported tables where QGIS looks for them in a database.

QGIS reads the default style of a table from ``layer_styles``, a table of its own making, found
by the search path and usually in ``public``. It may hold what others have drawn: only rows that
an export has written are replaced, and a default of somebody else's stays the default.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from firecover.layers.provenance import QualityNote

if TYPE_CHECKING:
    import psycopg

#: Ends the comment of each table, and the description of each style, that an export has made,
#: and so may replace.
MARK = "[firecover]"
# As QGIS itself creates the table.
_TABLE = """
CREATE TABLE public.layer_styles (
  id serial PRIMARY KEY, f_table_catalog varchar, f_table_schema varchar, f_table_name varchar,
  f_geometry_column varchar, styleName text, styleQML xml, styleSLD xml, useAsDefault boolean,
  description text, owner varchar(63) DEFAULT CURRENT_USER, ui xml,
  update_time timestamp DEFAULT CURRENT_TIMESTAMP, type varchar)
"""
_INSERT = """
INSERT INTO {} (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,
                styleQML, useAsDefault, description)
SELECT current_database(), %(schema)s::text, %(table)s::text, %(geometry)s::text,
       %(title)s::text, XMLPARSE(DOCUMENT %(qml)s::text),
       NOT EXISTS (SELECT 1 FROM {} WHERE f_table_catalog = current_database()
                   AND f_table_schema = %(schema)s::text AND f_table_name = %(table)s::text
                   AND useAsDefault),
       %(title)s::text || ' ' || %(mark)s::text
"""
_DELETE = """
DELETE FROM {} WHERE f_table_catalog = current_database() AND f_table_schema = %s
AND f_table_name = %s AND right(description, %s) = %s
"""


@dataclass(frozen=True)
class TableStyle:
    """The style of one table; ``geometry`` is its column, None where it has none."""

    table: str
    title: str
    geometry: str | None
    qml: str


def write_styles(
    connection: psycopg.Connection[Any], schema: str, styles: Iterable[TableStyle]
) -> tuple[QualityNote, ...]:
    """Write the styles of a schema's tables, as a part of the transaction.

    Parameters
    ----------
    connection
        An open transaction.
    schema
        The schema of the tables.
    styles
        Their styles.

    Returns
    -------
    notes
        What is to be told: that the database lets this user write no styles. The tables are
        then written without.
    """
    import psycopg
    from psycopg import sql

    try:
        # A failure here undoes the styles, not the tables.
        with connection.transaction():
            place = _place(connection)
            for style in styles:
                connection.execute(
                    sql.SQL(_DELETE).format(place), (schema, style.table, len(MARK), MARK)
                )
                told = {"schema": schema, "table": style.table, "geometry": style.geometry}
                told |= {"title": style.title, "qml": style.qml, "mark": MARK}
                connection.execute(sql.SQL(_INSERT).format(place, place), told)
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedColumn) as error:
        reason = str(error).strip().splitlines()[0]
        en = f"QGIS' styles are not in the database ({reason}); layers show plainly there"
        zh = f"QGIS样式未写入数据库（{reason}），图层将以默认样式显示"
        return (QualityNote("", "noted", 0, en, zh),)
    return ()


def _place(connection: psycopg.Connection[Any]) -> Any:
    """Return the table of the styles, made where there is none."""
    from psycopg import sql

    query = (
        "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.oid = to_regclass('layer_styles')"
    )
    found = connection.execute(query).fetchone()
    if found is None:
        connection.execute(_TABLE)
    return sql.Identifier(str(found[0]) if found else "public", "layer_styles")

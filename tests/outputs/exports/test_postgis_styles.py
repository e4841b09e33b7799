"""The styles of exported tables: as QGIS finds them in a database, and beside those of others."""

import json
import os
import subprocess
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from firecover.outputs.exports.export import export_postgis
from firecover.outputs.exports.package import open_package, styles_of
from firecover.outputs.geopackage import LAYERS, TABLES
from support.postgres import PASSWORD, USER
from support.tiny_results import tiny_results

QGIS_PYTHON = "/usr/bin/python3"
POSTGIS_IN_QGIS = Path(__file__).parents[2] / "support" / "postgis_in_qgis.py"


def ask(database, query, *values):
    with psycopg.connect(database) as connection:
        return connection.execute(query, values).fetchall()


def do(database, *queries):
    with psycopg.connect(database) as connection:
        for query in queries:
            connection.execute(query)


def defaults(database):
    """Return the default style's name by table, and fail where a table has two."""
    found = ask(
        database, "SELECT f_table_name, styleName FROM public.layer_styles WHERE useAsDefault"
    )
    assert len(dict(found)) == len(found)
    return dict(found)


def test_every_table_has_a_style_and_a_second_export_adds_none(package, database):
    for _ in range(2):
        assert export_postgis(package, database).notes == ()
        assert set(defaults(database)) == {*LAYERS, "water", *TABLES}
        [(count,)] = ask(database, "SELECT count(*) FROM public.layer_styles")
        assert count == len(LAYERS) + 1 + len(TABLES)
    wanted = styles_of(open_package(package))
    found = dict(ask(database, "SELECT f_table_name, styleQML::text FROM public.layer_styles"))
    assert found == wanted


def test_what_others_have_drawn_stays_the_default(package, database):
    export_postgis(package, database)
    do(
        database,
        "UPDATE public.layer_styles SET useAsDefault = false WHERE f_table_name = 'villages'",
        "INSERT INTO public.layer_styles (f_table_catalog, f_table_schema, f_table_name,"
        " f_geometry_column, styleName, styleQML, useAsDefault, description)"
        " VALUES (current_database(), 'tiny', 'villages', 'geom', 'mine', '<qgis/>', true, 'mine')",
    )
    export_postgis(package, database)
    assert defaults(database)["villages"] == "mine"
    rows = ask(
        database, "SELECT styleName FROM public.layer_styles WHERE f_table_name = 'villages'"
    )
    assert sorted(name for (name,) in rows) == sorted(["mine", "村寨 Villages"])


def test_without_the_right_to_write_styles_the_tables_are_written_and_it_is_told(package, database):
    name = database.rpartition("/")[2]
    do(
        database,
        f"CREATE ROLE guest_{name} LOGIN PASSWORD 'guest'",
        f"GRANT CREATE ON DATABASE {name} TO guest_{name}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    )
    guest = database.replace(f"{USER}:{quote(PASSWORD, safe='')}", f"guest_{name}:guest")
    (note,) = export_postgis(package, guest).notes
    assert "permission denied for schema public" in note.en
    assert "QGIS样式未写入数据库" in note.zh
    [(count,)] = ask(database, "SELECT count(*) FROM tiny.stations")
    assert count == len(tiny_results().stations)


@pytest.mark.qgis
def test_qgis_shows_every_table_as_in_the_package(package, database, tmp_path):
    export_postgis(package, database)
    address, name = database.rpartition("@")[2].split("/")
    host, port = address.split(":")
    tables = [*(f"{layer}:geom" for layer in (*LAYERS, "water")), *TABLES]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)}
    environment |= {"PGPASSWORD": PASSWORD}
    environment.pop("PYTHONPATH", None)
    probe = [QGIS_PYTHON, "-c", "import qgis.core"]
    if (
        not Path(QGIS_PYTHON).exists()
        or subprocess.run(probe, check=False, capture_output=True, env=environment).returncode
    ):
        pytest.skip("QGIS for Python (python3-qgis) is not installed")
    command = [QGIS_PYTHON, POSTGIS_IN_QGIS, host, port, name, USER, "tiny", *tables]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env=environment, timeout=120
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("QGIS says:")]
    assert lines, done.stderr
    told = json.loads(lines[0].removeprefix("QGIS says:"))
    # What QGIS says of any table without a geometry, with a style or without.
    own = "NOTICE: row number 0 is out of range 0..-1"
    assert [text for _, _, text in told.pop("log") if text != own] == []
    assert set(told) == {*LAYERS, "water", *TABLES}
    for table, seen in told.items():
        assert (seen["valid"], seen["loaded"]) == (True, True), (table, seen)
        assert seen["features"] == len(getattr(tiny_results(), table))
        assert all(alias for field, alias in seen["aliases"].items() if field != "fid"), table
    assert told["stations"]["renderer"] == "categorizedSymbol"
    assert told["roads"]["renderer"] == "RuleRenderer"
    assert told["roads"]["drawn"] == len(tiny_results().roads)
    assert told["isochrones"]["renderer"] == "graduatedSymbol"
    assert told["candidates"]["aliases"]["p_first"] == "名列第一的概率（0至1）"

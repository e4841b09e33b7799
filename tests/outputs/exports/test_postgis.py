"""PostGIS: what arrives in a real database, what is never touched, what is never told."""

import json

import pandas as pd
import psycopg
import pytest
import shapely
from psycopg import sql

from firecover.errors import OutputError
from firecover.outputs.exports.crs import Target
from firecover.outputs.exports.export import export_postgis
from firecover.outputs.geopackage import LAYERS, TABLES
from support.places import assert_same_places
from support.postgres import PASSWORD, url
from support.tiny_results import MARKUP_VILLAGE, tiny_results


def ask(database, query, *values):
    with psycopg.connect(database) as connection:
        return connection.execute(query, values).fetchall()


def tables(database, schema="tiny"):
    """Return the tables of a schema and their numbers, which change when one is made anew."""
    return dict(
        ask(
            database,
            "SELECT relname, c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE nspname = %s AND relkind = 'r'",
            schema,
        )
    )


def geometry(database, layer, schema="tiny"):
    found = ask(database, f'SELECT ST_AsBinary(geom) FROM {schema}."{layer}" ORDER BY fid')
    return pd.Series([None if wkb is None else shapely.from_wkb(bytes(wkb)) for (wkb,) in found])


def test_every_layer_and_table_arrives_whole(package, database):
    told = export_postgis(package, database)
    assert told.place.endswith("schema tiny")
    assert PASSWORD not in str(told)
    assert set(tables(database)) == {*LAYERS, "water", *TABLES}
    for layer in (*LAYERS, *TABLES):
        given = getattr(tiny_results(), layer)
        columns = [name for name in given.columns if name != "geometry"]
        chosen = sql.SQL(", ").join(map(sql.Identifier, columns))
        query = sql.SQL("SELECT {} FROM {} ORDER BY fid").format(
            chosen, sql.Identifier("tiny", layer)
        )
        found = ask(database, query)
        want = [
            tuple(None if pd.isna(value) else value for value in row)
            for row in given[columns].astype(object).itertuples(index=False, name=None)
        ]
        assert found == want, layer
        if layer in LAYERS:
            assert_same_places(geometry(database, layer), given.geometry, 1e-6)


def test_types_indexes_keys_and_crs_are_as_gis_staff_expect(package, database):
    export_postgis(package, database)
    columns = ask(
        database,
        "SELECT f_table_name, type, srid FROM geometry_columns WHERE f_table_schema = 'tiny'",
    )
    assert {name: (kind.lower(), srid) for name, kind, srid in columns} == {
        **{layer: (kind.lower(), 4545) for layer, kind in LAYERS.items()},
        "water": ("multilinestring", 4545),
    }
    indexed = ask(
        database,
        "SELECT tablename FROM pg_indexes WHERE schemaname = 'tiny' AND indexdef LIKE '%%gist%%'",
    )
    assert {name for (name,) in indexed} == {*LAYERS, "water"}
    kinds = dict(
        ask(
            database,
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'tiny' AND table_name = 'candidates'",
        )
    )
    assert (kinds["tied"], kinds["rank"], kinds["worst_s"], kinds["name"]) == (
        "boolean",
        "bigint",
        "double precision",
        "text",
    )


def test_tables_and_columns_say_in_chinese_what_they_are(package, database):
    export_postgis(package, database)
    [(told,)] = ask(database, "SELECT obj_description('tiny.townships'::regclass)")
    assert told.startswith("乡镇街道 Townships")
    assert "内部资料，注意保管" in told
    assert "[模拟 modelled]" in told
    columns = ask(
        database,
        "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute"
        " WHERE attrelid = 'tiny.townships'::regclass AND attnum > 1 AND attname <> 'geom'",
    )
    assert dict(columns)["population"].startswith("人口（人） / ")
    assert all(comment for _, comment in columns)


def test_gcj02_is_another_table_that_says_so(package, database):
    export_postgis(package, database, layers=["stations", "county_bands"])
    done = export_postgis(
        package, database, layers=["stations", "county_bands"], target=Target(gcj02=True)
    )
    assert set(tables(database)) == {"stations", "stations_gcj02", "county_bands"}
    [(told,)] = ask(database, "SELECT obj_description('tiny.stations_gcj02'::regclass)")
    assert "GCJ-02" in told
    assert any("GCJ-02" in note.en for note in done.notes)
    apart = ask(
        database,
        "SELECT ST_Distance(ST_Transform(a.geom, 4326)::geography, b.geom::geography)"
        " FROM tiny.stations a JOIN tiny.stations_gcj02 b USING (fid)",
    )
    assert all(300 < metres < 700 for (metres,) in apart)


def test_names_of_schemas_and_texts_are_quoted(package, database):
    schema = "酉阳\"; DROP SCHEMA public CASCADE; --'"
    export_postgis(package, database, schema, ["villages"])
    found = ask(
        database,
        sql.SQL("SELECT name FROM {}").format(sql.Identifier(schema, "villages")),
    )
    assert MARKUP_VILLAGE in {name for (name,) in found}
    assert ask(database, "SELECT 1 FROM pg_namespace WHERE nspname = 'public'")


def test_an_export_replaces_the_last_one(package, database):
    export_postgis(package, database, layers=["stations"])
    before = tables(database)
    export_postgis(package, database, layers=["stations"])
    assert before["stations"] != tables(database)["stations"]
    [(count,)] = ask(database, "SELECT count(*) FROM tiny.stations")
    assert count == len(tiny_results().stations)


def test_a_failure_at_the_last_table_leaves_all_of_the_old_ones(package, database):
    export_postgis(package, database)
    with psycopg.connect(database) as connection:
        connection.execute("CREATE VIEW tiny.mine AS SELECT * FROM tiny.phasing")
    before = tables(database)
    with pytest.raises(OutputError, match="nothing was changed") as caught:
        export_postgis(package, database)
    assert "phasing" in str(caught.value)
    assert tables(database) == before
    [(count,)] = ask(database, "SELECT count(*) FROM tiny.demand")
    assert count == len(tiny_results().demand)


def test_a_table_of_someone_else_is_never_dropped(package, database):
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE public.roads (n int)")
        connection.execute("INSERT INTO public.roads VALUES (7)")
    with pytest.raises(OutputError, match=r"public\.roads is there already.*--schema"):
        export_postgis(package, database, "public")
    assert ask(database, "SELECT n FROM public.roads") == [(7,)]
    assert "stations" not in tables(database, "public")


def test_a_database_without_postgis_is_told(package, server):
    with pytest.raises(OutputError, match="CREATE EXTENSION postgis"):
        export_postgis(package, url(server, "postgres"))
    assert not ask(url(server, "postgres"), "SELECT 1 FROM pg_namespace WHERE nspname = 'tiny'")


def test_a_crs_without_a_code_is_told(package, database):
    target = Target("+proj=tmerc +lon_0=108.77 +x_0=500000 +ellps=GRS80 +units=m")
    with pytest.raises(OutputError, match="--crs EPSG"):
        export_postgis(package, database, layers=["stations"], target=target)


@pytest.mark.parametrize("password", ["wrong-but-secret", "%zz%secret"])
@pytest.mark.parametrize(
    "address",
    [
        "postgresql://planner:{}@127.0.0.1:{port}/postgres",
        "postgresql://planner:{}@127.0.0.1:1/postgres",
        "postgresql://planner:{}@[::1/postgres",
        "host=127.0.0.1 port={port} user=planner password='{} dbname=x",
        "{}",
    ],
)
def test_a_password_is_in_no_message(package, server, address, password):
    with pytest.raises(OutputError) as caught:
        export_postgis(package, address.format(password, port=server))
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert "→" in str(caught.value)


def test_without_psycopg_it_says_what_to_install(package, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(OutputError, match=r"pip install 'firecover\[postgis\]'"):
        export_postgis(package, "postgresql://planner@127.0.0.1/x")


def test_what_the_database_holds_is_what_geojson_says(package, database):
    """The database's own GeoJSON, worked out by PROJ in PostGIS, stands where ours does."""
    export_postgis(package, database, layers=["villages"])
    found = ask(
        database, "SELECT ST_AsGeoJSON(ST_Transform(geom, 4326), 9) FROM tiny.villages ORDER BY fid"
    )
    given = tiny_results().villages.to_crs(4326).geometry
    for (text,), point in zip(found, given, strict=True):
        assert json.loads(text)["coordinates"] == pytest.approx((point.x, point.y), abs=1e-8)

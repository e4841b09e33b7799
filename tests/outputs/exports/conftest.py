"""The small study's package, the place of a run that has written it, and a database."""

import itertools
import shutil

import psycopg
import pytest
from psycopg import sql

from firecover.outputs.geopackage import FILE_NAME, write_geopackage
from support.postgres import postgres_server, url
from support.tiny_results import tiny_results


@pytest.fixture(scope="session")
def written_package(tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / FILE_NAME
    write_geopackage(tiny_results(), path)
    return path


@pytest.fixture
def package(written_package, tmp_path):
    """A package in a folder of its own: exports go beside it."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    return shutil.copy(written_package, folder / FILE_NAME)


_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def server():
    with postgres_server() as port:
        yield port


@pytest.fixture
def database(server):
    """A database of its own for each test, with PostGIS in it."""
    name = f"db{next(_NUMBERS)}"
    with psycopg.connect(url(server, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    with psycopg.connect(url(server, name)) as connection:
        connection.execute("CREATE EXTENSION postgis")
    return url(server, name)

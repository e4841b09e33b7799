"""A PostgreSQL with PostGIS for the length of a test session: Debian's, on loopback.

A new cluster in a folder of its own, run by a user without rights, with a password, gone at the
end; the machine's own clusters are not touched.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

USER = "planner"
#: Every part of it would do harm in a URL or in SQL that is not quoted.
PASSWORD = "ge:heim@'\"%24 ü"
_START_S = 60


def _programs() -> Path:
    """Return the folder of the newest server; skip, saying why, where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("PostgreSQL (postgresql) is not installed")
    version = found[-1].parents[1].name
    if not Path(f"/usr/share/postgresql/{version}/extension/postgis.control").exists():
        pytest.skip("PostGIS (postgresql-postgis) is not installed")
    return found[-1].parent


def _runner() -> dict[str, str | int]:
    """Return who runs the server: it refuses to be run by root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid}
    return pytest.skip("there is no user without rights to run PostgreSQL")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def postgres_server() -> Iterator[int]:
    """Start a cluster; yield its port on 127.0.0.1."""
    programs, runner = _programs(), _runner()
    folder = Path(tempfile.mkdtemp(prefix="firecover-pg-"))
    data, secret = folder / "data", folder / "password"
    secret.write_text(PASSWORD, encoding="utf-8")
    if runner:
        for path in (folder, secret):
            os.chown(path, int(runner["user"]), int(runner["group"]))

    def call(program: str, *words: str | Path) -> None:
        subprocess.run(
            [programs / program, *words],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            timeout=_START_S,
            **runner,
        )

    port = _free_port()
    try:
        call("initdb", "-D", data, "-U", USER, "--pwfile", secret, "-A", "scram-sha-256",
             "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c max_connections=20"
        call("pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", options, "start")
        try:
            yield port
        finally:
            call("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def url(port: int, database: str, password: str = PASSWORD) -> str:
    """Return the address of a database, as a user would write it."""
    return f"postgresql://{USER}:{quote(password, safe='')}@127.0.0.1:{port}/{database}"

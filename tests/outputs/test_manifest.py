"""The manifest of a run."""

import datetime as dt
import hashlib
import json
import platform

import pytest

from firecover.errors import OutputError
from firecover.outputs.manifest import PACKAGES, write_manifest
from support.tiny_results import tiny_results

STARTED = dt.datetime(2025, 6, 1, 8, 30, tzinfo=dt.UTC)


@pytest.fixture
def manifest(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "results.json").write_bytes(b"{}\n")
    (tmp_path / "sub" / "page.html").write_bytes(b"abc")
    (tmp_path / ".hidden").write_bytes(b"not told")
    path = tmp_path / "manifest.json"
    write_manifest(
        tiny_results(), path, command=["firecover", "run", "study"], started=STARTED, seconds=12.34
    )
    return json.loads(path.read_text(encoding="utf-8"))


def test_how_it_was_run(manifest):
    assert manifest["run"] == {
        "command": ["firecover", "run", "study"],
        "started": "2025-06-01T08:30:00+00:00",
        "seconds": 12.3,
    }
    assert manifest["versions"]["python"] == platform.python_version()
    assert set(PACKAGES) | {"GDAL", "GEOS", "PROJ"} <= set(manifest["versions"])
    assert "not installed" not in manifest["versions"].values()
    assert manifest["system"]["os"]


def test_what_went_in(manifest):
    roads = manifest["inputs"][0]
    assert roads == {
        "layer": "roads",
        "file": "roads.gpkg",
        "sha256": "0" * 64,
        "kind": "observed",
    }
    configuration = manifest["study"]["configuration"]
    assert configuration["isochrones"]["minutes"] == [5, 8, 12]
    assert configuration["scenarios"]["plan_2025"]["open"] == ["c1"]
    assert manifest["study"]["file"] == "study.toml"


def test_what_came_out(manifest):
    assert manifest["files"] == [
        {"file": "results.json", "bytes": 3, "sha256": hashlib.sha256(b"{}\n").hexdigest()},
        {"file": "sub/page.html", "bytes": 3, "sha256": hashlib.sha256(b"abc").hexdigest()},
    ]


def test_a_file_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        write_manifest(
            tiny_results(), tmp_path / "no" / "m.json", command=[], started=STARTED, seconds=0
        )

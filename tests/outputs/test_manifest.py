"""The manifest of a run."""

import datetime as dt
import hashlib
import json
import platform
from dataclasses import replace

import pandas as pd
import pytest

from firecover.analysis import plan_audit
from firecover.errors import OutputError
from firecover.outputs.manifest import PACKAGES, PLAN_FOLDER, write_manifest
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


def test_the_plan_is_among_the_inputs_where_there_is_one(tmp_path):
    assert PLAN_FOLDER == plan_audit.PLAN_FOLDER
    folder = tmp_path / "study" / PLAN_FOLDER
    folder.mkdir(parents=True)
    (folder / "fires.csv").write_bytes(b"abc")
    (folder / "notes.md").write_bytes(b"not read")
    results = tiny_results()
    study = results.study.model_copy()
    study._file = folder.parent / "study.toml"
    results = replace(results, study=study)

    def told(which):
        write_manifest(which, tmp_path / "m.json", command=[], started=STARTED, seconds=0)
        return json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))["inputs"]

    assert told(results)[-1] == {
        "layer": "plan",
        "file": "plan/fires.csv",
        "sha256": hashlib.sha256(b"abc").hexdigest(),
        "kind": "published",
    }
    assert len(told(results)) == len(results.layers) + 1
    assert len(told(replace(results, plan_findings=pd.DataFrame()))) == len(results.layers)


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

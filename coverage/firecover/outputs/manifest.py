"""Write down how a run was made: versions, inputs, configuration, files."""

from __future__ import annotations

import datetime as dt
import json
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pyogrio
import pyproj
import shapely

from firecover.errors import OutputError
from firecover.layers.provenance import file_sha256
from firecover.results import Results

#: Packages whose version can change a figure or the look of an output.
PACKAGES = (
    "firecover",
    "folium",
    "folium-offline",
    "geopandas",
    "highspy",
    "jinja2",
    "matplotlib",
    "networkx",
    "numpy",
    "openpyxl",
    "osmium",
    "osmnx",
    "pandas",
    "pandera",
    "pydantic",
    "pyogrio",
    "pyproj",
    "python-docx",
    "rasterio",
    "scipy",
    "shapely",
)
#: The folder beside the study file that holds the plan's tables.
PLAN_FOLDER = "plan"


def write_manifest(
    results: Results, path: Path, *, command: Sequence[str], started: dt.datetime, seconds: float
) -> None:
    """Write the manifest of a run, listing every file that lies beside it.

    Parameters
    ----------
    results
        What the run computed.
    path
        The manifest's file; write it last.
    command
        What was called, word by word.
    started
        When the run began, with its time zone.
    seconds
        How long it took.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    try:
        manifest = {
            "run": {
                "command": list(command),
                "started": started.isoformat(timespec="seconds"),
                "seconds": round(seconds, 1),
            },
            "versions": versions(),
            "system": {"os": platform.platform(), "machine": platform.machine()},
            "study": _study(results),
            "inputs": _inputs(results),
            "files": _files(path),
        }
        text = json.dumps(manifest, ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True)
        path.write_text(text + "\n", encoding="utf-8", newline="\n")
    except OSError as error:
        msg = f"{path} cannot be written: {error} → close the programs that have it open"
        raise OutputError(msg) from error


def versions() -> dict[str, str]:
    """Return the versions of Python, the packages and the libraries below them."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found | {
        "GDAL": ".".join(str(part) for part in pyogrio.__gdal_version__),
        "GEOS": shapely.geos_version_string,
        "PROJ": pyproj.proj_version_str,
    }


def _study(results: Results) -> dict[str, Any]:
    study = results.study
    return {
        "file": study.file.name,
        "sha256": study.sha256,
        "configuration": study.model_dump(mode="json"),
    }


def _inputs(results: Results) -> list[dict[str, str]]:
    return [
        {
            "layer": summary.name,
            "file": summary.provenance.file,
            "sha256": summary.provenance.sha256,
            "kind": summary.provenance.kind,
        }
        for summary in results.layers
    ] + _plan(results)


def _plan(results: Results) -> list[dict[str, str]]:
    """Return the plan's tables, where there are findings from them."""
    folder = results.study.folder / PLAN_FOLDER
    if not len(results.plan_findings.columns) or not folder.is_dir():
        return []
    return [
        {
            "layer": PLAN_FOLDER,
            "file": f"{PLAN_FOLDER}/{path.name}",
            "sha256": file_sha256(path),
            "kind": "published",
        }
        for path in sorted(folder.iterdir())
        if path.suffix in (".csv", ".toml")
    ]


def _files(manifest: Path) -> list[dict[str, Any]]:
    found = sorted(path for path in manifest.parent.rglob("*") if path.is_file())
    return [
        {
            "file": path.relative_to(manifest.parent).as_posix(),
            "bytes": path.stat().st_size,
            "sha256": file_sha256(path),
        }
        for path in found
        if path != manifest and not path.name.startswith(".")
    ]

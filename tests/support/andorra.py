"""A study on the real roads of Andorra; its other layers are a few places put by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[1] / "studies" / "andorra"
REAL = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "real"
ROADS = REAL / "roads" / "andorra.osm.pbf"

STUDY = """
[study]
id = "andorra"
title = {{ zh = "安道尔（试验）", en = "Andorra (test)" }}
crs = "EPSG:25831"

[layers.roads]
path = "{roads}"
[layers.roads.provenance]
kind = "observed"
source = "OpenStreetMap 2013"
licence = "ODbL, © OpenStreetMap contributors"
[layers.boundary]
path = "boundary.geojson"
provenance = {{ kind = "modelled", source = "a box" }}
[layers.townships]
path = "parishes.geojson"
provenance = {{ kind = "modelled", source = "two halves of the box" }}
[layers.built_up]
path = "built_up.geojson"
provenance = {{ kind = "modelled", source = "two boxes" }}
[layers.stations]
path = "stations.csv"
provenance = {{ kind = "modelled", source = "put by hand" }}
[layers.candidates]
path = "candidates.csv"
provenance = {{ kind = "modelled", source = "put by hand" }}
[layers.villages]
path = "villages.csv"
access_limit_m = 1500
provenance = {{ kind = "modelled", source = "put by hand" }}

[isochrones]
minutes = [4, 8, 12, 20]
[scenarios.baseline]
[scenarios.plan]
open = ["canillo"]
speed_factor = 0.8
"""


def write_andorra(folder: Path, roads: Path = ROADS) -> Path:
    """Write the study into a folder and return its file; skip where the roads are absent."""
    if not roads.is_file():
        pytest.skip(f"the real extract {roads.name} is not at hand")
    folder.mkdir(parents=True, exist_ok=True)
    for part in HERE.iterdir():
        shutil.copy(part, folder)
    file = folder / "study.toml"
    file.write_text(STUDY.format(roads=roads), encoding="utf-8")
    return file

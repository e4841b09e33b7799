"""A whole run on the world's highways: ``python tests/benchmarks/scale.py``.

Writes a study of 560,282 nodes into a temporary folder (roads as straight lines in metres of
EPSG:6933, all driven at 60 km/h; 200 candidates, 50 stations and 5,000 points of population by
chance beside the roads) and runs ``firecover run`` on it in a process of its own, whose time and
peak memory are told. Roads that cross the edge of the map are left out.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "real" / "scale"
CRS = "EPSG:6933"
MADE = 'provenance = { kind = "modelled", source = "made by a benchmark" }'
STUDY = f"""
[study]
id = "world"
title = {{ zh = "规模试验", en = "Scale" }}
crs = "{CRS}"
[layers.roads]
path = "roads.gpkg"
{MADE}
[layers.boundary]
path = "boundary.gpkg"
{MADE}
[layers.townships]
path = "townships.gpkg"
{MADE}
[layers.stations]
path = "stations.csv"
access_limit_m = 10000
{MADE}
[layers.candidates]
path = "candidates.csv"
access_limit_m = 10000
{MADE}
[layers.population]
path = "population.gpkg"
access_limit_m = 10000
{MADE}
[travel]
turn_costs = false
terrain = false
[travel.speed_kmh]
primary = 60
[isochrones]
minutes = [30]
step_m = 5000
cell_m = 50000
off_road_limit_m = 5000
[scenarios.baseline]
"""


def write_study(folder: Path) -> int:
    """Write the study, and return how many roads it has."""
    nodes = pd.read_csv(FOLDER / "scgraph-world_highways_nodes.csv.gz")
    edges = pd.read_csv(FOLDER / "scgraph-world_highways_edges.csv.gz")
    lon, lat = nodes["lon"].to_numpy(), nodes["lat"].to_numpy()
    xy = np.column_stack(Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(lon, lat))
    u, v = edges["u"].to_numpy(), edges["v"].to_numpy()
    plain = (np.abs(lon[u] - lon[v]) < 180) & (u != v)
    lines = shapely.linestrings(np.stack((xy[u[plain]], xy[v[plain]]), axis=1))
    table = {"id": np.flatnonzero(plain).astype(str), "road_class": "primary"}
    gpd.GeoDataFrame(table, geometry=lines, crs=CRS).to_file(folder / "roads.gpkg")
    frame = shapely.box(*xy.min(axis=0), *xy.max(axis=0)).buffer(10_000)
    for name, columns in (("boundary", {"name": ["W"]}), ("townships", {"code": "1", "name": "W"})):
        area = gpd.GeoDataFrame(columns, geometry=[frame], crs=CRS, index=[0])
        area.to_file(folder / f"{name}.gpkg")
    rng = np.random.default_rng(0)
    for name, count in (("stations", 50), ("candidates", 200)):
        at = rng.choice(len(nodes), count, replace=False)
        rows = pd.DataFrame({"id": [f"{name}{i}" for i in range(count)], "lon": lon[at]})
        rows = rows.assign(lat=lat[at], name=rows["id"], station_class="first")
        rows.to_csv(folder / f"{name}.csv", index=False)
    spots = xy[rng.choice(len(nodes), 5000, replace=False)] + rng.uniform(-500, 500, (5000, 2))
    people = {"population": rng.integers(1, 500, 5000)}
    points = gpd.GeoDataFrame(people, geometry=shapely.points(spots), crs=CRS)
    points.to_file(folder / "population.gpkg")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return int(plain.sum())


def main() -> None:
    """Write, run, and tell time and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="a folder in which the study is left")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = arguments.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        print(f"{write_study(folder):,} roads", flush=True)
        command = [sys.executable, "-m", "firecover.cli", "run", folder / "study.toml"]
        begin = time.perf_counter()
        subprocess.run([*command, "--out", folder / "out", "--maps", folder / "maps"], check=True)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(
            f"{time.perf_counter() - begin:.0f} s, {used.ru_utime + used.ru_stime:.0f} s of "
            f"processor time, peak {used.ru_maxrss / 1024:,.0f} MB"
        )


if __name__ == "__main__":
    main()

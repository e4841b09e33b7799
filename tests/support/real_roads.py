"""Three networks as the usual engine drives them: two real extracts, and the bundled study."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from firecover.layers import read_layers
from firecover.layers.model import Roads
from firecover.layers.osm import read_osm
from firecover.network.fleet import Drive, Driving, build_fleet
from firecover.network.snapping import Positions
from firecover.standards.vehicles import vehicles
from firecover.study import LayerTable, load_study

ROOT = Path(__file__).resolve().parents[2]
EXTRACTS = ROOT.parent / "shared" / "data" / "real" / "roads"
BUNDLED = ROOT / "data" / "raw" / "youyang"
#: The file of each network, and the CRS in which it is measured.
FILES = {
    "andorra": (EXTRACTS / "andorra.osm.pbf", "EPSG:25831"),
    "north-bayreuth": (EXTRACTS / "north-bayreuth.osm.gz", "EPSG:25832"),
    "youyang": (BUNDLED, ""),
}


def extract(name: str) -> Roads:
    """The roads of a real extract."""
    path, crs = FILES[name]
    source = {"kind": "observed", "source": "OpenStreetMap", "licence": "ODbL"}
    return read_osm(path, LayerTable.model_validate({"path": path, "provenance": source}), crs)


@cache
def real_drive(name: str) -> Drive:
    """A network as an engine drives it, turns included; the bundled one with its terrain."""
    engine = [vehicles()["engine"]]
    if name != "youyang":
        fleet = build_fleet(extract(name), engine, Driving(), [])
    else:
        layers = read_layers(load_study(BUNDLED))
        built_up = list(layers.built_up.data.geometry)
        fleet = build_fleet(layers.roads, engine, Driving(), built_up, layers.dem)
    return fleet.drives["engine"]


def places_by_chance(drive: Drive, count: int) -> list[Positions]:
    """Middles of roads that give access and are open both ways; the same at every run."""
    network = drive.network
    usable = network.gives_access & np.isfinite(network.forward_s + network.backward_s)
    rng = np.random.default_rng(1)
    edges = rng.choice(np.flatnonzero(usable), count, replace=False)
    return [Positions(edges[i : i + 1], np.array([0.5]), np.zeros(1)) for i in range(count)]

"""Car times beside Valhalla's: ``pip install pyvalhalla`` first, then run this file.

Tiles are built from the extract of Andorra in a temporary folder. Speeds are matched road by
road: each of our edges drives at the speed that Valhalla holds for the edge of the same OSM way
at its middle, so that what is left are turns, and which roads and turns are allowed to whom.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from firecover.network.fleet import Driving, build_fleet
from firecover.network.routing_graph import routing_graph
from firecover.network.snapping import Positions
from firecover.network.travel_times import travel_matrix
from firecover.standards.vehicles import vehicles
from support.real_roads import FILES, extract

PAIRS = 500
NAME = "andorra"
#: Gates, tolls and service roads without a penalty: what is left is driving and turning.
FREE = {
    "maneuver_penalty": 0,
    "gate_cost": 0,
    "gate_penalty": 0,
    "private_access_penalty": 0,
    "destination_only_penalty": 0,
    "toll_booth_cost": 0,
    "toll_booth_penalty": 0,
    "service_penalty": 0,
    "service_factor": 1,
    "use_tracks": 1,
    "use_living_streets": 1,
}


def actor(folder: Path) -> Any:
    """Build tiles and open them."""
    import valhalla

    tiles = folder / "tiles"
    tiles.mkdir()
    config = valhalla.get_config(tile_extract="", tile_dir=str(tiles), verbose=False)
    config["service_limits"]["auto"]["max_distance"] = 1e6
    file = folder / "config.json"
    file.write_text(json.dumps(config), encoding="utf-8")
    programs = Path(valhalla.__file__).parent / "bin"
    command = [programs / "valhalla_build_tiles", "-c", file, FILES[NAME][0]]
    subprocess.run(command, check=True, capture_output=True)
    return valhalla.Actor(str(file))


def its_speeds(
    peer: Any, degrees: NDArray[np.float64], ways: NDArray[np.str_]
) -> NDArray[np.float64]:
    """Valhalla's speed on the OSM way of each place, km/h; NaN where it has no such road."""
    speeds = np.full(len(ways), np.nan)
    for i, ((lon, lat), way) in enumerate(zip(degrees.tolist(), ways, strict=True)):
        place = {"lat": lat, "lon": lon, "radius": 5}
        answer = peer.locate({"locations": [place], "costing": "auto", "verbose": True})
        own = [e for e in answer[0].get("edges") or [] if str(e["edge_info"]["way_id"]) == way]
        if own:
            speeds[i] = own[0]["edge"]["speeds"]["default"]
    return speeds


def its_times(peer: Any, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """Valhalla's times between pairs, shape (pairs, 2, 2) of degrees; NaN where it has none."""
    import valhalla

    seconds = np.full(len(degrees), np.nan)
    for i, pair in enumerate(degrees.tolist()):
        places = [{"lat": lat, "lon": lon, "radius": 0} for lon, lat in pair]
        asked = {"locations": places, "costing": "auto", "costing_options": {"auto": FREE}}
        try:
            seconds[i] = peer.route(asked)["trip"]["summary"]["time"]
        except (valhalla.ValhallaError, RuntimeError):
            continue
    return seconds


def compare(folder: Path) -> dict[str, NDArray[np.float64]]:
    """Return the ratios of our times to Valhalla's, by how turns are counted."""
    peer = actor(folder)
    drive = build_fleet(extract(NAME), [vehicles()["motorcycle"]], Driving(), []).drives
    network, turns = drive["motorcycle"].network, drive["motorcycle"].turns
    back = Transformer.from_crs(network.crs, "EPSG:4326", always_xy=True)

    def degrees(edge: NDArray[np.int64]) -> NDArray[np.float64]:
        xy = network.spots(edge, np.full(len(edge), 0.5))
        return np.column_stack(back.transform(*xy.T))

    ways = network.attributes["source_id"].astype(str).to_numpy()
    speed = its_speeds(peer, degrees(np.arange(network.edge_count)), ways)
    known = np.isfinite(speed) & (speed > 0)
    print(f"{known.sum()} of {len(known)} edges are Valhalla's, too")
    seconds = network.length_m / np.where(known, speed, 20.0) * 3.6
    network = replace(
        network,
        forward_s=np.where(np.isfinite(network.forward_s), seconds, np.inf),
        backward_s=np.where(np.isfinite(network.backward_s), seconds, np.inf),
    )
    rng = np.random.default_rng(0)
    usable = np.flatnonzero(known & network.gives_access & (network.length_m > 20))
    pairs = rng.choice(usable, (PAIRS, 2))
    theirs = its_times(peer, degrees(pairs.ravel()).reshape(-1, 2, 2))
    half = np.full(PAIRS, 0.5)
    start, end = (Positions(pairs[:, i], half, 0 * half) for i in (0, 1))
    found = {}
    for name, costs in (("turns free", None), ("turns counted", turns)):
        ours = travel_matrix(routing_graph(network, costs), start, end).diagonal()
        usual = np.isfinite(theirs) & np.isfinite(ours) & (theirs > 60)
        found[name] = ours[usual] / theirs[usual]
    return found


def main() -> None:
    """Print how the ratios are spread."""
    with tempfile.TemporaryDirectory() as folder:
        for name, ratio in compare(Path(folder)).items():
            marks = np.percentile(ratio, [1, 5, 25, 50, 75, 95, 99])
            within = [float((np.abs(ratio - 1) <= band).mean()) for band in (0.05, 0.1, 0.2)]
            spread = ", ".join(f"{mark:.3f}" for mark in marks)
            print(f"{name}: {len(ratio)} pairs; 1, 5, 25, 50, 75, 95, 99 %: {spread}")
            print("  within 5, 10, 20 %: " + ", ".join(f"{share:.3f}" for share in within))


if __name__ == "__main__":
    main()

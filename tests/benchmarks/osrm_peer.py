"""OSRM's table service on a network of ours: ``pip install osrm-bindings`` brings the programs.

The service runs on this machine and is asked over loopback HTTP; its answer in JSON is part of
the time, as it is for whoever uses it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np

from firecover.network.engines import Graph

PORT = 52117
DEGREE_M = 111_320.0


def programs() -> Path | None:
    """The folder of OSRM's programs: ``OSRM_BIN``, or that of the installed package."""
    given = os.environ.get("OSRM_BIN")
    if given:
        return Path(given)
    spec = importlib.util.find_spec("osrm")
    if spec is not None and spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations))) / "bin"
    found = shutil.which("osrm-routed")
    return Path(found).parent if found else None


def write_osm(graph: Graph, path: Path) -> None:
    """Write every road as a way of its own, straight, with the speed that gives its time."""
    degrees = graph.xy / DEGREE_M
    tail, head = graph.tails(), graph.head.astype(np.int64)
    length_m = np.linalg.norm(graph.xy[tail] - graph.xy[head], axis=1)
    kmh = np.clip(length_m / np.maximum(graph.seconds, 1e-3) * 3.6, 5, 130).astype(int)
    arcs = {(int(a), int(b)): int(v) for a, b, v in zip(tail, head, kmh, strict=True)}
    with path.open("w", encoding="ascii") as out:
        out.write('<osm version="0.6">\n')
        for i, (lon, lat) in enumerate(degrees.tolist(), start=1):
            out.write(f'<node id="{i}" version="1" lat="{lat:.7f}" lon="{lon:.7f}"/>\n')
        number = 0
        for (a, b), speed in arcs.items():
            both = (b, a) in arcs
            if both and b < a:
                continue
            number += 1
            oneway = "no" if both else "yes"
            out.write(
                f'<way id="{number}" version="1"><nd ref="{a + 1}"/><nd ref="{b + 1}"/>'
                f'<tag k="highway" v="secondary"/><tag k="maxspeed" v="{speed}"/>'
                f'<tag k="oneway" v="{oneway}"/></way>\n'
            )
        out.write("</osm>\n")


def table_seconds(
    graph: Graph, sources: np.ndarray, targets: np.ndarray, folder: Path
) -> tuple[float, float] | None:
    """Seconds for contracting, and for a table from nodes to nodes; None without OSRM."""
    bin_dir = programs()
    if bin_dir is None:
        return None
    source = folder / "network.osm"
    write_osm(graph, source)
    profile = bin_dir.parent / "share" / "profiles" / "car.lua"
    _quietly(bin_dir / "osrm-extract", "-p", profile, source)
    begin = time.perf_counter()
    _quietly(bin_dir / "osrm-contract", folder / "network.osrm")
    contracted = time.perf_counter() - begin
    command = [bin_dir / "osrm-routed", "-i", "127.0.0.1", "-p", str(PORT)]
    command += ["--max-table-size", "20000", folder / "network.osrm"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            return contracted, _ask(graph, sources, targets)
        finally:
            server.terminate()


def _quietly(*command: Path | str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _ask(graph: Graph, sources: np.ndarray, targets: np.ndarray) -> float:
    degrees = graph.xy[np.concatenate((sources, targets))] / DEGREE_M
    k, d = len(sources), len(targets)
    body = {
        "coordinates": np.round(degrees, 7).tolist(),
        "sources": list(range(k)),
        "destinations": list(range(k, k + d)),
    }
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}/table/v1/driving",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    best = np.inf
    for _ in range(3):
        answer, seconds = _answer(request)
        best = min(best, seconds)
    durations = np.array(json.loads(answer)["durations"], dtype=float)
    assert durations.shape == (k, d)
    assert np.isfinite(durations).mean() > 0.9
    return best


def _answer(request: urllib.request.Request) -> tuple[bytes, float]:
    for _ in range(120):
        begin = time.perf_counter()
        try:
            with urllib.request.urlopen(request, timeout=600) as response:
                return response.read(), time.perf_counter() - begin
        except ConnectionError:
            time.sleep(0.5)  # still reading its files
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionError):
                raise
            time.sleep(0.5)
    msg = "OSRM did not start"
    raise RuntimeError(msg)

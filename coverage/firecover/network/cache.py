"""The built network kept between runs, under a hash of everything that it was built from.

What counts is what is put into the building, not which file it came from: the ways as read and
clipped, the terrain as read, the built-up areas, the vehicles, and the code that builds. A
change of any of them (of a projection file beside a Shapefile as well, or of a tile that a
mosaic names) therefore makes a new entry, and a change of nothing but a file's date does not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cache
from importlib import metadata
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from firecover.errors import NetworkError
from firecover.layers.model import RasterLayer, Roads
from firecover.network.engines.store import Store
from firecover.network.fleet import Driving, Fleet, build_fleet
from firecover.network.packing import pack, unpack
from firecover.standards.vehicles import Vehicle

#: Changed whenever what is stored changes its form or its meaning.
FORMAT = 1
KIND = "network"
_CODE_FOLDERS = ("network", "standards")


def kept_fleet(
    roads: Roads,
    vehicles: Sequence[Vehicle],
    driving: Driving,
    built_up: Sequence[BaseGeometry],
    dem: RasterLayer | None = None,
    *,
    store: Store | None = None,
) -> Fleet:
    """Return the fleet from the store, or build it and put it there.

    Parameters
    ----------
    roads, vehicles, driving, built_up, dem
        As for :func:`firecover.network.fleet.build_fleet`.
    store
        Where networks are kept; the user's cache without it.

    Raises
    ------
    NetworkError
        If there are no roads, or none that can be driven both ways.
    """
    store = store or Store()
    if store.folder is None:
        return build_fleet(roads, vehicles, driving, built_up, dem)
    key = fleet_key(roads, vehicles, driving, built_up, dem)
    found = load_fleet(store, key)
    if found is None:
        found = build_fleet(roads, vehicles, driving, built_up, dem)
        save_fleet(store, key, found)
    return found


def load_fleet(store: Store, key: str) -> Fleet | None:
    """Return a stored fleet; None if it is not there, damaged or of another form."""
    arrays = store.load(KIND, key)
    if arrays is None:
        return None
    try:
        fleet = unpack(arrays)
    except (KeyError, TypeError, ValueError, NetworkError):
        return None
    return fleet if isinstance(fleet, Fleet) else None


def save_fleet(store: Store, key: str, fleet: Fleet) -> bool:
    """Store a fleet; return whether that was possible."""
    try:
        arrays = pack(fleet)
    except TypeError:  # a column of something else than words and numbers
        return False
    return store.save(KIND, key, arrays)


def fleet_key(
    roads: Roads,
    vehicles: Sequence[Vehicle],
    driving: Driving,
    built_up: Sequence[BaseGeometry],
    dem: RasterLayer | None = None,
) -> str:
    """Return a hash of everything that a fleet is built from, the code included."""
    digest = hashlib.sha256()
    for name, content in _parts(roads, vehicles, driving, built_up, dem):
        digest.update(json.dumps([name, len(content)]).encode())
        digest.update(content)
    return digest.hexdigest()


def _parts(
    roads: Roads,
    vehicles: Sequence[Vehicle],
    driving: Driving,
    built_up: Sequence[BaseGeometry],
    dem: RasterLayer | None,
) -> Iterator[tuple[str, bytes | memoryview]]:
    told = {"format": FORMAT, "code": _code(), "crs": roads.crs}
    asked = {"vehicles": [asdict(each) for each in vehicles], "driving": asdict(driving)}
    yield "told", json.dumps(told | asked).encode()
    for name in ("xy", "vertex_id", "way_start"):
        yield from _array(name, getattr(roads, name))
    for table in ("attributes", "points", "restrictions"):
        for name, column in getattr(roads, table).items():
            yield from _column(f"{table}.{name}", column)
    areas = np.array(built_up, dtype=object)
    for number, area in enumerate(np.atleast_1d(shapely.to_wkb(areas))):
        yield f"area {number}", area or b""
    if dem is not None:
        yield "dem", json.dumps([dem.crs, list(dem.transform)]).encode()
        yield from _array("heights", dem.values)


def _array(name: str, array: NDArray[np.generic]) -> Iterator[tuple[str, bytes | memoryview]]:
    told = f"{name} {array.dtype.str} {array.shape}"
    yield told, np.ascontiguousarray(array).tobytes()


def _column(name: str, column: pd.Series[str]) -> Iterator[tuple[str, bytes | memoryview]]:
    if isinstance(column.dtype, np.dtype) and not column.dtype.hasobject:
        yield from _array(name, column.to_numpy())
    else:
        words = [None if pd.isna(word) else str(word) for word in column]
        yield f"{name} {column.dtype}", json.dumps(words).encode()


@cache
def _code() -> str:
    """Return a hash of what builds networks: the program's version, its code and its data."""
    digest = hashlib.sha256(metadata.version("firecover").encode())
    package = Path(__file__).parents[1]
    for folder in _CODE_FOLDERS:
        for file in sorted((package / folder).rglob("*.*")):
            if file.suffix in (".py", ".toml"):
                digest.update(file.relative_to(package).as_posix().encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()

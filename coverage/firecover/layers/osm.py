"""Read roads from OpenStreetMap files: .osm.pbf, .osm, .osm.gz, .osm.bz2."""

from __future__ import annotations

import bz2
import gzip
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.parsers import expat

import numpy as np
import osmium
import osmium.filter
import osmium.osm
import pandas as pd
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from firecover.errors import LayerError, Problem
from firecover.layers import datum as datums
from firecover.layers.findings import Findings
from firecover.layers.model import Roads
from firecover.layers.provenance import Provenance, provenance_of
from firecover.layers.road_parts import (
    ATTRIBUTES,
    CLIP_M,
    Reason,
    Ways,
    clip,
    leave_out,
    make_roads,
    not_for_engines,
)
from firecover.layers.tags import (
    DRIVABLE,
    closed_to_engines,
    is_set,
    length_of,
    maxspeed_of,
    oneway_of,
)
from firecover.study import Datum, LayerTable

OSM_SUFFIXES = (".pbf", ".osm", ".osm.gz", ".osm.bz2")
_CHUNK_BYTES = 1 << 16


def is_osm(path: Path) -> bool:
    """Tell by the name whether a file is read as OpenStreetMap data."""
    return path.name.lower().endswith(OSM_SUFFIXES)


@dataclass
class _Collected:
    """All ways with a ``highway`` tag: their nodes end to end, and one row each."""

    refs: array[int] = field(default_factory=lambda: array("q"))
    sizes: list[int] = field(default_factory=list)
    rows: list[dict[str, object]] = field(default_factory=list)
    reasons: list[Reason | None] = field(default_factory=list)
    odd: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    repeated: list[str] = field(default_factory=list)


def read_osm(
    path: Path,
    table: LayerTable,
    study_crs: str,
    area: BaseGeometry | None = None,
    *,
    clip_m: float = CLIP_M,
    given: str = "",
) -> Roads:
    """Read the roads that a fire engine can drive on.

    Ways with ``access=private`` are kept, those with ``access=no`` are not unless they are
    open to emergency or motor vehicles; see :func:`firecover.layers.tags.closed_to_engines`.

    Parameters
    ----------
    path
        An OpenStreetMap file.
    table
        The layer's table in the study.
    study_crs
        The CRS to bring the roads to.
    area
        The study area in that CRS; None keeps all.
    clip_m
        Ways with no vertex within this distance of the study area are left out, metres.
    given
        The path as the study gives it, for the provenance.

    Returns
    -------
    roads
        ``vertex_id`` is the OSM node id, ``source_id`` the way id.

    Raises
    ------
    LayerError
        If the file is corrupt, declares XML entities, or holds no such road.
    """
    findings = Findings(path.name, "roads")
    refuse_entities(path)
    with _told(path):
        collected = _collect_ways(path)
        ids, lon, lat = _collect_nodes(path, collected.refs)
    ways = _flat(collected, ids, _project(lon, lat, table.datum, study_crs))
    ways, reasons = clip(ways, collected.reasons, area, clip_m, findings)
    ways = leave_out(ways, reasons, findings)
    _note_oddities(collected, findings)
    provenance: Provenance = provenance_of(table.provenance, path, given or str(table.path))
    return make_roads(ways, study_crs, provenance, findings)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what libosmium raises into a problem for the user."""
    try:
        yield
    except (RuntimeError, ValueError, OSError) as error:
        reason = " ".join(str(error).replace(str(path), path.name).split())[:160]
        what = f"the file cannot be read, it is corrupt or cut short ({reason})"
        remedy = "download it again, and compare its size and checksum with the source's"
        raise LayerError(Problem(what, path.name, "roads", remedy=remedy)) from error


# --- reading -------------------------------------------------------------------------------


class _EntitiesFoundError(Exception):
    pass


class _RootFoundError(Exception):
    pass


def _open_xml(path: Path) -> IO[bytes] | gzip.GzipFile | bz2.BZ2File:
    name = path.name.lower()
    if name.endswith(".gz"):
        return gzip.open(path, "rb")
    if name.endswith(".bz2"):
        return bz2.open(path, "rb")
    return path.open("rb")


def refuse_entities(path: Path) -> None:
    """Refuse XML with a document type: its entities can blow up memory or name files.

    Only what stands before the first element is read; a declaration can stand nowhere else.

    Raises
    ------
    LayerError
        If there is a declaration, or the file is no XML.
    """
    if path.name.lower().endswith(".pbf"):
        return

    def found(*_: object) -> None:
        raise _EntitiesFoundError

    def root(*_: object) -> None:
        raise _RootFoundError

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = found
    parser.EntityDeclHandler = found
    parser.StartElementHandler = root
    try:
        with _open_xml(path) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                parser.Parse(chunk, False)  # noqa: FBT003 the library takes it by position
    except _RootFoundError:
        return
    except _EntitiesFoundError:
        what = "the XML declares a document type or entities, which no file of roads needs"
        remedy = "take the file from a source that you trust"
        raise LayerError(Problem(what, path.name, "roads", remedy=remedy)) from None
    except (expat.ExpatError, OSError, EOFError) as error:
        what = f"the file is not XML ({error})"
        remedy = "download it again; check that its suffix says what it is"
        raise LayerError(Problem(what, path.name, "roads", remedy=remedy)) from error
    what, remedy = "the file is empty", "download it again"
    raise LayerError(Problem(what, path.name, "roads", remedy=remedy))


def _collect_ways(path: Path) -> _Collected:
    collected = _Collected()
    seen: set[int] = set()
    stream = osmium.FileProcessor(str(path), osmium.osm.WAY)
    for way in stream.with_filter(osmium.filter.KeyFilter("highway")):
        assert isinstance(way, osmium.osm.Way)
        if way.id in seen:
            collected.repeated.append(str(way.id))
            continue
        seen.add(way.id)
        tags = {tag.k: tag.v for tag in way.tags}
        refs = [node.ref for node in way.nodes]
        collected.refs.extend(refs)
        collected.sizes.append(len(refs))
        collected.rows.append(attributes_of(tags, str(way.id), collected.odd))
        collected.reasons.append(_reason(tags))
    return collected


def _reason(tags: Mapping[str, str]) -> Reason | None:
    """Say why an engine cannot use a way, in English and Chinese; None if it can."""
    road_class = tags["highway"]
    if road_class not in DRIVABLE:
        return not_for_engines(road_class)
    if tags.get("area") == "yes":
        return "squares mapped as areas, not as ways", "以面表示的场地"
    if closed_to_engines(tags):
        return "ways closed even to fire engines (access=no)", "禁止通行的道路（access=no）"
    return None


def attributes_of(
    tags: Mapping[str, str], source_id: str, odd: dict[str, Counter[str]]
) -> dict[str, object]:
    """Read the tags of a way into a row of ``Roads.attributes``.

    ``odd`` takes, by key, the values that were not understood.
    """
    road_class = tags.get("highway", "")
    oneway = oneway_of(
        tags.get("oneway", ""), junction=tags.get("junction", ""), road_class=road_class
    )
    maxspeed_kmh, understood = maxspeed_of(tags.get("maxspeed", ""))
    if road_class in DRIVABLE and oneway is None:
        odd["oneway"][tags.get("oneway", "")] += 1
    if road_class in DRIVABLE and not understood:
        odd["maxspeed"][tags.get("maxspeed", "")] += 1
    return {
        "source_id": source_id,
        "road_class": road_class,
        "oneway": oneway or 0,
        "maxspeed_kmh": maxspeed_kmh,
        "name": tags.get("name", ""),
        "ref": tags.get("ref", ""),
        "bridge": is_set(tags.get("bridge", "")),
        "tunnel": is_set(tags.get("tunnel", "")),
        "lanes": length_of(tags.get("lanes", "")),
        "width_m": length_of(tags.get("width", "")),
    }


def _collect_nodes(
    path: Path, refs: array[int]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Read the positions of the nodes that ways use, by rising id; degrees."""
    wanted = np.unique(np.array(refs, dtype=np.int64))
    ids, lon, lat = array("q"), array("d"), array("d")
    stream = osmium.FileProcessor(str(path), osmium.osm.NODE)
    for node in stream.with_filter(osmium.filter.IdFilter(wanted.tolist())):
        assert isinstance(node, osmium.osm.Node)
        location = node.location
        if location.valid():
            ids.append(node.id)
            lon.append(location.lon)
            lat.append(location.lat)
    found, first = np.unique(np.array(ids, dtype=np.int64), return_index=True)
    return found, np.array(lon)[first], np.array(lat)[first]


def _project(
    lon: NDArray[np.float64], lat: NDArray[np.float64], datum: Datum, study_crs: str
) -> NDArray[np.float64]:
    x, y = datums.to_wgs84(lon, lat, datum)
    transformer = Transformer.from_crs("EPSG:4326", study_crs, always_xy=True)
    xy = np.column_stack(transformer.transform(x, y)).astype(np.float64)
    xy[~np.isfinite(xy).all(axis=1)] = np.nan
    return xy


def _flat(collected: _Collected, ids: NDArray[np.int64], xy: NDArray[np.float64]) -> Ways:
    refs = np.array(collected.refs, dtype=np.int64)
    way = np.repeat(np.arange(len(collected.sizes), dtype=np.int64), collected.sizes)
    place = np.searchsorted(ids, refs)
    known = np.zeros(len(refs), dtype=bool)
    within = place < len(ids)
    known[within] = ids[place[within]] == refs[within]
    positions = np.full((len(refs), 2), np.nan)
    positions[known] = xy[place[known]]
    attributes = pd.DataFrame(collected.rows, columns=list(ATTRIBUTES))
    return Ways(way, refs, positions, attributes)


def _note_oddities(collected: _Collected, findings: Findings) -> None:
    findings.note(
        "left out", "ways that the file holds twice", "文件中重复的道路", collected.repeated
    )
    words = {
        "maxspeed": ("speed limits not understood, taken as none", "无法识别的限速，按无限速处理"),
        "oneway": (
            "one-way tags not understood, taken as two-way",
            "无法识别的单行标记，按双向处理",
        ),
    }
    for key, (en, zh) in words.items():
        values = collected.odd[key]
        rows = [value for value, _ in values.most_common()]
        findings.note("noted", en, zh, rows, count=values.total())

"""Read roads from OpenStreetMap files: .osm.pbf, .osm, .osm.gz, .osm.bz2."""

from __future__ import annotations

import bz2
import gzip
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any
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
from firecover.layers.model import Roads, points_table
from firecover.layers.osm_relations import NotTaken, Turn, place_turns, turns_of
from firecover.layers.provenance import Provenance, provenance_of
from firecover.layers.road_limits import least_of, limit_of, weight_of
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
    access_of,
    closed_to_engines,
    is_set,
    length_of,
    maxspeed_of,
    oneway_of,
    point_of,
)
from firecover.study import Datum, LayerTable

OSM_SUFFIXES = (".pbf", ".osm", ".osm.gz", ".osm.bz2")
_CHUNK_BYTES = 1 << 16
_FERRIES = "ferries", "轮渡"
#: Limits: our column, the tags that give it, how they are read.
_LIMITS = (
    ("maxweight_t", ("maxweight",), weight_of),
    ("maxheight_m", ("maxheight", "maxheight:physical"), limit_of),
    ("maxwidth_m", ("maxwidth", "maxwidth:physical"), limit_of),
)
_NOT_UNDERSTOOD = {
    "maxspeed": ("speed limits not understood, taken as none", "无法识别的限速，按无限速处理"),
    "oneway": ("one-way tags not understood, taken as two-way", "无法识别的单行标记，按双向处理"),
    "width": ("widths not understood, taken as unknown", "无法识别的路宽，按未知处理"),
    "maxweight": ("weight limits not understood, taken as none", "无法识别的限重，按无限重处理"),
    "maxheight": ("height limits not understood, taken as none", "无法识别的限高，按无限高处理"),
    "maxwidth": ("width limits not understood, taken as none", "无法识别的限宽，按无限宽处理"),
}


def is_osm(path: Path) -> bool:
    """Tell by the name whether a file is read as OpenStreetMap data."""
    return path.name.lower().endswith(OSM_SUFFIXES)


@dataclass
class _Collected:
    """All ways with a ``highway`` tag, and ferries: nodes end to end, and one row each."""

    refs: array[int] = field(default_factory=lambda: array("q"))
    sizes: list[int] = field(default_factory=list)
    rows: list[dict[str, object]] = field(default_factory=list)
    reasons: list[Reason | None] = field(default_factory=list)
    odd: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    repeated: list[str] = field(default_factory=list)
    turns: list[Turn | NotTaken] = field(default_factory=list)
    points: list[dict[str, object]] = field(default_factory=list)


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
    What only some vehicles cannot pass is kept, with its limits. Ferries are left out.

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
        ids, lon, lat = _collect_nodes(path, collected)
    known = frozenset(int(str(row["source_id"])) for row in collected.rows)
    ways = _flat(collected, ids, _project(lon, lat, table.datum, study_crs))
    ways, reasons = clip(ways, collected.reasons, area, clip_m, findings)
    ways = leave_out(ways, reasons, findings)
    _note_oddities(collected, findings)
    provenance: Provenance = provenance_of(table.provenance, path, given or str(table.path))
    roads = make_roads(ways, study_crs, provenance, findings)
    points = points_table(collected.points)
    points = points[points["vertex_id"].isin(roads.vertex_id)].reset_index(drop=True)
    turns = place_turns(roads, collected.turns, known, findings)
    return replace(roads, points=points, restrictions=turns, quality=tuple(findings.notes))


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
    """Read ways and turn restrictions in one pass."""
    collected = _Collected()
    seen: set[int] = set()
    stream = osmium.FileProcessor(str(path), osmium.osm.WAY | osmium.osm.RELATION)
    for thing in stream.with_filter(osmium.filter.KeyFilter("highway", "route", "type")):
        if isinstance(thing, osmium.osm.Relation):
            members = ((member.role, member.type, member.ref) for member in thing.members)
            collected.turns += turns_of(str(thing.id), _tags(thing), members)
            continue
        assert isinstance(thing, osmium.osm.Way)
        tags = _tags(thing)
        if "highway" not in tags and tags.get("route") != "ferry":
            continue
        if thing.id in seen:
            collected.repeated.append(str(thing.id))
            continue
        seen.add(thing.id)
        refs = [node.ref for node in thing.nodes]
        collected.refs.extend(refs)
        collected.sizes.append(len(refs))
        collected.rows.append(attributes_of(tags, str(thing.id), collected.odd))
        collected.reasons.append(_reason(tags))
    return collected


def _tags(thing: Any) -> dict[str, str]:
    return {tag.k: tag.v for tag in thing.tags}


def _reason(tags: Mapping[str, str]) -> Reason | None:
    """Say why an engine cannot use a way, in English and Chinese; None if it can."""
    if tags.get("route") == "ferry":
        return _FERRIES
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
    drivable = road_class in DRIVABLE

    def tell(key: str, *keys: str, understood: bool) -> None:
        if drivable and not understood:
            odd[key][";".join(tags[name] for name in (key, *keys) if name in tags)] += 1

    oneway = oneway_of(
        tags.get("oneway", ""), junction=tags.get("junction", ""), road_class=road_class
    )
    tell("oneway", understood=oneway is not None)
    maxspeed_kmh, understood = maxspeed_of(tags.get("maxspeed", ""))
    tell("maxspeed", understood=understood)
    width_m, understood = limit_of(tags.get("width", "") or tags.get("est_width", ""))
    tell("width", "est_width", understood=understood)
    limits = {}
    for column, keys, read in _LIMITS:
        limits[column], understood = least_of(tags, *keys, read=read)
        tell(*keys, understood=understood)
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
        "width_m": width_m,
        "surface": tags.get("surface", ""),
        "tracktype": tags.get("tracktype", ""),
        "smoothness": tags.get("smoothness", ""),
        **limits,
        "access": access_of(tags),
        "ford": is_set(tags.get("ford", "")),
    }


def _collect_nodes(
    path: Path, collected: _Collected
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Read the nodes that ways use: positions by rising id, degrees; and what stands there."""
    wanted = np.unique(np.array(collected.refs, dtype=np.int64))
    ids, lon, lat = array("q"), array("d"), array("d")
    points: dict[int, list[dict[str, object]]] = {}
    stream = osmium.FileProcessor(str(path), osmium.osm.NODE)
    for node in stream.with_filter(osmium.filter.IdFilter(wanted.tolist())):
        assert isinstance(node, osmium.osm.Node)
        location = node.location
        if location.valid():
            ids.append(node.id)
            lon.append(location.lon)
            lat.append(location.lat)
        if node.tags:
            points[node.id] = point_of(_tags(node))
    collected.points += [
        {"vertex_id": node, **row} for node in sorted(points) for row in points[node]
    ]
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
    for key, (en, zh) in _NOT_UNDERSTOOD.items():
        values = collected.odd[key]
        rows = [value for value, _ in values.most_common()]
        findings.note("noted", en, zh, rows, count=values.total())

"""Take roads from a graph: a GraphML file, or one that osmnx made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import networkx as nx
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from firecover.errors import LayerError, Problem
from firecover.layers import datum as datums
from firecover.layers.files import given_crs
from firecover.layers.findings import Findings
from firecover.layers.graph_edges import (
    EDGE_ATTRIBUTES,
    NOT_UNDERSTOOD,
    Edges,
    listed,
    row_of,
    text_of,
)
from firecover.layers.model import Roads, points_table
from firecover.layers.osm import refuse_entities
from firecover.layers.provenance import Provenance, provenance_of
from firecover.layers.road_parts import (
    ATTRIBUTES,
    CLIP_M,
    Ways,
    clip,
    leave_out,
    make_roads,
    not_for_engines,
)
from firecover.layers.tags import DRIVABLE, point_of
from firecover.study import Datum, LayerTable

Graph: TypeAlias = "nx.MultiDiGraph[Any] | nx.MultiGraph[Any]"

GRAPH_SUFFIX = ".graphml"


# --- from any graph ------------------------------------------------------------------------


def roads_from_graph(
    graph: Graph,
    study_crs: str,
    provenance: Provenance,
    *,
    crs: CRS | str | None = None,
    datum: Datum = "wgs84",
    area: BaseGeometry | None = None,
    clip_m: float = CLIP_M,
    fields: Mapping[str, str] | None = None,
    values: Mapping[str, Mapping[str, str]] | None = None,
) -> Roads:
    """Turn the edges of a graph into roads.

    The edges u→v and v→u of the same ``osmid`` and shape become one two-way road. Where
    simplification merged ways of several classes, the first counts.

    Parameters
    ----------
    graph
        Nodes have ``x`` and ``y``; edges have ``highway`` and may have a ``geometry``
        (LineString or WKT) and what :data:`EDGE_ATTRIBUTES` lists. In an undirected graph
        all roads are two-way.
    study_crs
        The CRS to bring the roads to.
    provenance
        Where the graph comes from; its ``file`` is named in messages.
    crs
        The CRS of the coordinates where the graph itself (``graph.graph["crs"]``) says none.
    datum
        The datum of the coordinates.
    area, clip_m
        Roads with no vertex within ``clip_m`` metres of this area (study CRS) are left out.
    fields, values
        As in a layer's table of the study.

    Raises
    ------
    LayerError
        If nodes have no position, edges no class, or no CRS is known.
    """
    findings = Findings(provenance.file, "roads")
    node_xy = _node_positions(graph, findings)
    source = _graph_crs(graph, crs, findings)
    findings.stop_if_any()
    assert source is not None
    names = {**EDGE_ATTRIBUTES, **(fields or {})}
    edges = _collect(graph, node_xy, names, (values or {}).get("road_class", {}))
    if edges.without_class:
        findings.problem(
            f"{edges.without_class} roads of the graph have no {names['road_class']!r}",
            key=names["road_class"],
            remedy='say which attribute holds the class: fields = { road_class = "…" }',
        )
    findings.stop_if_any()
    en, zh = (
        "roads merged of several classes, taken for the first",
        "合并了多种等级的道路，取第一种",
    )
    findings.note("noted", en, zh, edges.several_classes)
    for key, (en, zh) in NOT_UNDERSTOOD.items():
        findings.note("noted", en, zh, sorted(edges.odd[key]), count=edges.odd[key].total())
    en, zh = "roads of a graph, which names no turn restrictions", "图数据道路，不含转弯限制信息"
    findings.note("noted", en, zh, [], count=len(edges.rows))
    numbers = _numbers(edges)
    ways = _flat(edges, numbers, _Projection(source, datum, study_crs))
    reasons = [
        None if road_class in DRIVABLE else not_for_engines(road_class)
        for road_class in ways.attributes["road_class"]
    ]
    ways, kept = clip(ways, reasons, area, clip_m, findings)
    ways = leave_out(ways, kept, findings)
    roads = make_roads(ways, study_crs, provenance, findings)
    points = _points(graph, numbers)
    points = points[points["vertex_id"].isin(roads.vertex_id)].reset_index(drop=True)
    return replace(roads, points=points)


def _points(graph: Graph, numbers: Mapping[Any, int]) -> pd.DataFrame:
    """Say what of the nodes delays or stops vehicles, by the tags that they carry."""
    rows: list[dict[str, object]] = []
    for node, data in graph.nodes(data=True):
        if node in numbers and ("highway" in data or "barrier" in data or "ford" in data):
            tags = {str(key): text_of(value) for key, value in data.items()}
            rows += [{"vertex_id": numbers[node], **row} for row in point_of(tags)]
    return points_table(rows)


def _numbers(edges: Edges) -> dict[Any, int]:
    """Give the nodes that edges use their identity."""
    numbers: dict[Any, int] = {}
    for u, v in edges.ends:
        numbers.setdefault(u, len(numbers))
        numbers.setdefault(v, len(numbers))
    return numbers


def _node_positions(graph: Graph, findings: Findings) -> dict[Any, tuple[float, float]]:
    positions = {}
    bad = []
    for node, data in graph.nodes(data=True):
        try:
            x, y = float(data["x"]), float(data["y"])
        except (KeyError, TypeError, ValueError):
            bad.append(str(node))
            continue
        positions[node] = (x, y)
    if bad:
        findings.problem(
            f"{len(bad)} of {len(graph)} nodes have no x and y (the first: {bad[0]})",
            key="x",
            remedy="write the graph with osmnx.save_graphml, or give every node x and y",
        )
    if not positions and not bad:
        findings.problem("the graph has no nodes", remedy="check the file")
    return positions


def _graph_crs(graph: Graph, crs: CRS | str | None, findings: Findings) -> CRS | None:
    given = graph.graph.get("crs") or crs
    if given is None:
        remedy = 'say it in the study, such as crs = "EPSG:4326"'
        findings.problem("the graph names no CRS", key="crs", remedy=remedy)
        return None
    try:
        return CRS.from_user_input(given)
    except CRSError:
        remedy = 'write the graph with a CRS such as "epsg:4326"'
        findings.problem(f"{given!r} is not a CRS", key="crs", remedy=remedy)
        return None


def _collect(
    graph: Graph,
    node_xy: Mapping[Any, tuple[float, float]],
    names: Mapping[str, str],
    words: Mapping[str, str],
) -> Edges:
    edges = Edges()
    seen: dict[tuple[object, ...], tuple[int, bytes]] = {}
    for u, v, data in graph.edges(data=True):
        xy = _edge_line(node_xy[u], node_xy[v], data.get("geometry"))
        along, against = xy.tobytes(), xy[::-1].tobytes()
        ids = tuple(sorted(str(item) for item in listed(data.get("osmid", ""))))
        key = (frozenset((u, v)), ids, min(along, against))
        if key in seen:
            number, first = seen[key]
            if first != along:
                edges.rows[number]["oneway"] = 0
            continue
        seen[key] = (len(edges.rows), along)
        edges.ends.append((u, v))
        edges.coordinates.append(xy)
        row = row_of(data, ids, names, words, edges)
        if not graph.is_directed():
            row["oneway"] = 0
        edges.rows.append(row)
    return edges


def _edge_line(
    start: tuple[float, float], end: tuple[float, float], shape: object
) -> NDArray[np.float64]:
    """Return the vertices of an edge from its first node to its second."""
    straight = np.array([start, end], dtype=np.float64)
    if isinstance(shape, str):
        shape = shapely.from_wkt(shape, on_invalid="ignore")
    if not isinstance(shape, shapely.LineString) or shape.is_empty:
        return straight
    xy = shapely.get_coordinates(shape)
    forward = np.hypot(*(xy[0] - straight[0])) + np.hypot(*(xy[-1] - straight[1]))
    backward = np.hypot(*(xy[-1] - straight[0])) + np.hypot(*(xy[0] - straight[1]))
    if backward < forward:
        xy = xy[::-1]
    return np.ascontiguousarray(np.vstack([straight[:1], xy[1:-1], straight[1:]]))


@dataclass(frozen=True)
class _Projection:
    source: CRS
    datum: Datum
    study_crs: str

    def apply(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y, source = xy[:, 0], xy[:, 1], self.source
        if self.datum in {"gcj02", "bd09"}:
            if not source.is_geographic:
                degrees = Transformer.from_crs(source, "EPSG:4326", always_xy=True)
                x, y = degrees.transform(x, y)
            x, y = datums.to_wgs84(x, y, self.datum)
            source = CRS.from_epsg(4326)
        to_study = Transformer.from_crs(source, self.study_crs, always_xy=True)
        placed = np.column_stack(to_study.transform(x, y)).astype(np.float64)
        placed[~np.isfinite(placed).all(axis=1)] = np.nan
        return placed


def _flat(edges: Edges, numbers: Mapping[Any, int], projection: _Projection) -> Ways:
    """Give every vertex between the nodes an identity of its own."""
    sizes = np.array([len(xy) for xy in edges.coordinates], dtype=np.int64)
    total = int(sizes.sum())
    vertex_id = len(numbers) + np.arange(total, dtype=np.int64)
    last = np.cumsum(sizes) - 1
    vertex_id[last - sizes + 1] = [numbers[u] for u, _ in edges.ends]
    vertex_id[last] = [numbers[v] for _, v in edges.ends]
    xy = np.vstack(edges.coordinates) if total else np.empty((0, 2))
    way = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
    attributes = pd.DataFrame(edges.rows, columns=list(ATTRIBUTES))
    return Ways(way, vertex_id, projection.apply(xy), attributes)


# --- GraphML -------------------------------------------------------------------------------


def read_graphml(
    path: Path,
    table: LayerTable,
    study_crs: str,
    area: BaseGeometry | None = None,
    *,
    clip_m: float = CLIP_M,
    given: str = "",
) -> Roads:
    """Read roads from GraphML, as osmnx or networkx write it.

    Parameters
    ----------
    path
        The file.
    table
        The layer's table in the study.
    study_crs, area, clip_m
        As for :func:`roads_from_graph`.
    given
        The path as the study gives it, for the provenance.

    Raises
    ------
    LayerError
        If the file is corrupt, declares XML entities, or its graph cannot be used.
    """
    refuse_entities(path)
    try:
        graph: Any = nx.read_graphml(path, node_type=str, force_multigraph=True)
    except (OSError, SyntaxError, ValueError, KeyError, nx.NetworkXError) as error:
        what = f"the file cannot be read as GraphML ({' '.join(str(error).split())[:160]})"
        remedy = "write it again with osmnx.save_graphml"
        raise LayerError(Problem(what, path.name, "roads", remedy=remedy)) from error
    source = provenance_of(table.provenance, path, given or str(table.path))
    return roads_from_graph(
        graph,
        study_crs,
        source,
        crs=given_crs(path, "roads", table),
        datum=table.datum,
        area=area,
        clip_m=clip_m,
        fields=table.fields,
        values=table.values,
    )

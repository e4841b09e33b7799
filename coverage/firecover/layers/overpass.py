"""Fetch roads from an Overpass server."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from firecover.errors import LayerError, Problem
from firecover.layers.graphs import roads_from_graph
from firecover.layers.model import Roads
from firecover.layers.provenance import provenance_of
from firecover.layers.road_parts import CLIP_M
from firecover.layers.tags import DRIVABLE, ENGINE_ALLOWED, ENGINE_KEYS, point_of
from firecover.study import Study

#: Tags that osmnx is to keep besides those that it keeps by default.
_WAY_TAGS = (
    "surface",
    "tracktype",
    "smoothness",
    "maxweight",
    "maxheight",
    "maxwidth",
    "vehicle",
    "motor_vehicle",
    "emergency",
    "ford",
)
_NODE_TAGS = (
    "barrier",
    "access",
    "vehicle",
    "motor_vehicle",
    "emergency",
    "maxwidth",
    "locked",
    "ford",
)
#: Roads that differ in one of these are not merged into one.
_KEPT_APART = (
    "highway",
    "maxspeed",
    "access",
    "lanes",
    "width",
    "est_width",
    "bridge",
    "tunnel",
    *_WAY_TAGS,
)
#: The name by which nodes are marked that must not be lost between two crossings.
_MARK = "firecover_point"
_DOWNLOAD_REMEDY = (
    "check `url` and the network connection, or download an extract (.osm.pbf) and give its `path`"
)


def overpass_filters() -> list[str]:
    """Return the filters for ways that an engine can drive on, in Overpass QL.

    They ask for the same ways that :func:`firecover.layers.osm.read_osm` keeps.
    """
    drivable = f'["highway"~"^({"|".join(DRIVABLE)})$"]["area"!~"^yes$"]'
    keys, allowed = "|".join(ENGINE_KEYS), "|".join(ENGINE_ALLOWED)
    return [
        f'{drivable}["access"!~"^no$"]',
        f'{drivable}["access"~"^no$"][~"^({keys})$"~"(^|;)({allowed})($|;)"]',
    ]


def roads_from_overpass(
    study: Study, area: BaseGeometry | None, *, clip_m: float = CLIP_M
) -> Roads:
    """Fetch roads from an Overpass server, with osmnx.

    Parameters
    ----------
    study
        Its roads' ``url`` is the server's address up to ``/api``.
    area
        The study area in the study's CRS.
    clip_m
        Roads are fetched up to this distance around it, metres.

    Raises
    ------
    LayerError
        If the study area is not known, the server cannot be reached, or it has no roads.
    """
    table = study.layers["roads"]
    if area is None:
        remedy = "correct the boundary first"
        what = "the roads cannot be fetched without a study area"
        raise LayerError(Problem(what, layer="roads", key="source", remedy=remedy))
    around = area.buffer(clip_m)
    to_degrees = Transformer.from_crs(study.study.crs, "EPSG:4326", always_xy=True)
    polygon: Any = shapely.transform(
        around, lambda xy: np.column_stack(to_degrees.transform(xy[:, 0], xy[:, 1]))
    )
    graph = _fetch(polygon, table.url)
    source = provenance_of(table.provenance, None, table.url or "Overpass")
    return roads_from_graph(
        graph, study.study.crs, source, crs="EPSG:4326", area=area, clip_m=clip_m
    )


def _fetch(polygon: Any, url: str | None) -> Any:
    import osmnx
    import requests
    from osmnx import _errors as osmnx_errors

    errors = (
        requests.RequestException,
        osmnx_errors.InsufficientResponseError,
        osmnx_errors.ResponseStatusCodeError,
        osmnx_errors.GraphSimplificationError,
        ValueError,
        OSError,
    )
    with tempfile.TemporaryDirectory() as folder, _osmnx_settings(url, folder):
        try:
            graph = osmnx.graph_from_polygon(
                polygon,
                simplify=False,
                retain_all=True,
                truncate_by_edge=True,
                custom_filter=overpass_filters(),
            )
            for _, data in graph.nodes(data=True):
                if point_of({str(key): str(value) for key, value in data.items()}):
                    data[_MARK] = True
            return osmnx.simplify_graph(
                graph, node_attrs_include=[_MARK], edge_attrs_differ=_KEPT_APART
            )
        except errors as error:
            reason = " ".join(str(error).split())[:200]
            what = f"no roads could be fetched from Overpass ({reason})"
            problem = Problem(what, url or "", "roads", key="url", remedy=_DOWNLOAD_REMEDY)
            raise LayerError(problem) from error


@contextmanager
def _osmnx_settings(url: str | None, folder: str) -> Iterator[None]:
    """Set osmnx up for one request and put everything back afterwards.

    osmnx also replaces ``socket.getaddrinfo``, to pin the server to one address.
    """
    from osmnx import settings

    changes: dict[str, object] = {
        "use_cache": False,
        "cache_folder": folder,
        "useful_tags_way": sorted({*settings.useful_tags_way, *_WAY_TAGS}),
        "useful_tags_node": sorted({*settings.useful_tags_node, *_NODE_TAGS}),
    }
    if url is not None:
        changes["overpass_url"] = url.rstrip("/")
        host = urlsplit(url).hostname or ""
        changes["overpass_rate_limit"] = host not in {"localhost", "127.0.0.1", "::1"}
    before = {name: getattr(settings, name) for name in changes}
    lookup = socket.getaddrinfo
    try:
        for name, value in changes.items():
            setattr(settings, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(settings, name, value)
        socket.getaddrinfo = lookup

"""Read the attributes of a graph's edges, as osmnx and networkx write them."""

from __future__ import annotations

import ast
import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firecover.layers.road_limits import limit_of, weight_of
from firecover.layers.tags import ROAD_WORDS, access_of, is_set, length_of, maxspeed_of, oneway_of

#: The attribute of an edge for each of our columns, unless the study's ``fields`` says else.
EDGE_ATTRIBUTES = {
    "road_class": "highway",
    "name": "name",
    "ref": "ref",
    "oneway": "oneway",
    "maxspeed_kmh": "maxspeed",
    "lanes": "lanes",
    "width_m": "width",
    "bridge": "bridge",
    "tunnel": "tunnel",
    "est_width": "est_width",
    "surface": "surface",
    "tracktype": "tracktype",
    "smoothness": "smoothness",
    "maxweight_t": "maxweight",
    "maxheight_m": "maxheight",
    "maxwidth_m": "maxwidth",
    "access": "access",
    "vehicle": "vehicle",
    "motor_vehicle": "motor_vehicle",
    "emergency": "emergency",
    "ford": "ford",
}
_ACCESS = ("access", "vehicle", "motor_vehicle", "emergency")
_LIMITS = (
    ("width_m", limit_of),
    ("maxweight_t", weight_of),
    ("maxheight_m", limit_of),
    ("maxwidth_m", limit_of),
)
NOT_UNDERSTOOD = {
    "maxspeed_kmh": ("speed limits not understood, taken as none", "无法识别的限速，按无限速处理"),
    "width_m": ("widths not understood, taken as unknown", "无法识别的路宽，按未知处理"),
    "maxweight_t": ("weight limits not understood, taken as none", "无法识别的限重，按无限重处理"),
    "maxheight_m": ("height limits not understood, taken as none", "无法识别的限高，按无限高处理"),
    "maxwidth_m": ("width limits not understood, taken as none", "无法识别的限宽，按无限宽处理"),
}


@dataclass
class Edges:
    """Edges as they come, one row for both directions of a two-way road."""

    rows: list[dict[str, object]] = field(default_factory=list)
    ends: list[tuple[Any, Any]] = field(default_factory=list)
    coordinates: list[NDArray[np.float64]] = field(default_factory=list)
    odd: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    several_classes: list[str] = field(default_factory=list)
    without_class: int = 0


def listed(value: object) -> list[object]:
    """Return the items of an attribute that may be a list, or a list written as text."""
    if isinstance(value, str) and value.startswith("[") and value.endswith("]"):
        try:
            value = ast.literal_eval(value)
        except (SyntaxError, ValueError):
            return [value]
    if isinstance(value, list | tuple | set):
        return list(value)
    return [value]


def text_of(value: object) -> str:
    """Return an attribute as text, empty where there is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return str(value).strip()


def row_of(
    data: Mapping[str, object],
    ids: tuple[str, ...],
    names: Mapping[str, str],
    words: Mapping[str, str],
    edges: Edges,
) -> dict[str, object]:
    """Read an edge into a row of ``Roads.attributes``.

    Parameters
    ----------
    data
        The edge's attributes.
    ids
        The ways it is made of.
    names
        The attribute for each of our columns.
    words
        The study's words for road classes.
    edges
        Takes what was not understood.
    """
    texts = {
        ours: [text for item in listed(data.get(theirs)) if (text := text_of(item))]
        for ours, theirs in names.items()
    }

    def first(key: str) -> str:
        return texts.get(key, [""])[0] if texts.get(key) else ""

    classes = [words.get(item, ROAD_WORDS.get(item, item)) for item in texts["road_class"]]
    source_id = ";".join(ids)
    if not classes:
        edges.without_class += 1
    elif len(set(classes)) > 1:
        edges.several_classes.append(source_id)
    texts["width_m"] = texts["width_m"] or texts["est_width"]
    numbers = {}
    for column, read in (("maxspeed_kmh", maxspeed_of), *_LIMITS):
        # Of merged ways the tightest limit binds.
        numbers[column], understood = read(";".join(texts[column]))
        if not understood:
            edges.odd[column][";".join(texts[column])] += 1
    lanes = [number for item in texts["lanes"] if (number := length_of(item)) > 0]
    said = oneway_of(first("oneway"))
    # Without a word on it, an edge leads from its first node to its second.
    oneway = 1 if not texts["oneway"] or said is None else said
    return {
        "source_id": source_id,
        "road_class": classes[0] if classes else "",
        "oneway": oneway,
        "name": "; ".join(texts["name"]),
        "ref": "; ".join(texts["ref"]),
        "bridge": any(is_set(item) for item in texts["bridge"]),
        "tunnel": any(is_set(item) for item in texts["tunnel"]),
        "lanes": min(lanes, default=math.nan),
        **numbers,
        **{key: ";".join(texts[key]) for key in ("surface", "tracktype", "smoothness")},
        # A way that is shut shuts the road that it was merged into.
        "access": access_of(
            {key: "no" if "no" in texts[key] else first(key) for key in _ACCESS if texts[key]}
        ),
        "ford": any(is_set(item) for item in texts["ford"]),
    }

"""What each layer must hold: its columns, their words and ranges, its geometry.

The checks themselves are in ``columns.py`` (attributes) and ``placing.py`` (geometry).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from firecover.standards import vehicles

Kind = Literal["text", "number"]
GeometryKind = Literal["point", "line", "polygon", "line or polygon", "point or polygon"]

STATION_WORDS: Mapping[str, str] = {
    "一级": "first",
    "一级普通": "first",
    "一级站": "first",
    "一级普通消防站": "first",
    "二级": "second",
    "二级普通": "second",
    "二级站": "second",
    "二级普通消防站": "second",
    "小型": "small",
    "小型普通": "small",
    "小型站": "small",
    "小型普通消防站": "small",
    "特勤": "special",
    "特勤站": "special",
    "特勤消防站": "special",
    "战勤保障": "logistics",
    "战勤保障站": "logistics",
    "战勤保障消防站": "logistics",
    "乡镇": "township",
    "乡镇专职": "township",
    "乡镇专职队": "township",
    "乡镇消防队": "township",
    "专职队": "township",
    "微型": "micro",
    "微型站": "micro",
    "微型消防站": "micro",
}
STATION_CLASSES = ("first", "second", "small", "special", "logistics", "township", "micro")
HYDRANT_WORDS: Mapping[str, str] = {
    "完好": "working",
    "正常": "working",
    "可用": "working",
    "损坏": "broken",
    "故障": "broken",
    "停用": "broken",
    "未知": "unknown",
    "不详": "unknown",
}
ZONE_WORDS: Mapping[str, str] = {
    "城区": "urban",
    "建成区": "urban",
    "近郊": "suburb",
    "郊区": "suburb",
    "集镇": "town",
    "乡镇": "town",
}


@dataclass(frozen=True)
class Field:
    """One of our columns.

    Attributes
    ----------
    required
        The file must have the column, and every row a value.
    default
        The text put in where a row has none.
    allowed
        The only texts there may be (besides none, where the default is none).
    words
        The texts of a file that stand for ours.
    low, high
        The range of plausible numbers.
    """

    name: str
    kind: Kind = "text"
    required: bool = False
    unique: bool = False
    default: str = ""
    allowed: tuple[str, ...] = ()
    words: Mapping[str, str] | None = None
    low: float = -np.inf
    high: float = np.inf


@dataclass(frozen=True)
class LayerSchema:
    """What a layer must hold.

    Attributes
    ----------
    identity
        The column that names a row; made up when the file has no ``id``.
    geometry_optional
        A row may have no geometry.
    reach_m
        How far from the study area a feature may lie; None where that is not checked.
    measured
        Columns that are computed from the geometry, not read: ``area_m2``.
    """

    name: str
    geometry: GeometryKind
    fields: tuple[Field, ...]
    identity: str = ""
    geometry_optional: bool = False
    reach_m: float | None = None
    measured: tuple[Literal["area_m2"], ...] = ()


_ID = Field("id", required=True, unique=True)
_NAME = Field("name", required=True)
_NAME_EN, _NOTE = Field("name_en"), Field("note")
_TOWNSHIP = Field("township")
_POPULATION = Field("population", "number", low=0, high=5e6)
_TURNOUT = Field("turnout_s", "number", low=0, high=3600)
_VEHICLE = Field(
    "vehicle",
    allowed=tuple(vehicles()),
    words={vehicle.zh: name for name, vehicle in vehicles().items()},
)


def _station_class(default: str) -> Field:
    return Field("station_class", default=default, allowed=STATION_CLASSES, words=STATION_WORDS)


SCHEMAS: Mapping[str, LayerSchema] = {
    schema.name: schema
    for schema in (
        LayerSchema("boundary", "polygon", (_NAME, _NAME_EN, Field("code"))),
        LayerSchema(
            "townships",
            "polygon",
            (
                Field("code", required=True, unique=True),
                _NAME,
                _NAME_EN,
                _POPULATION,
                Field("seat_lon", "number"),
                Field("seat_lat", "number"),
                _NOTE,
            ),
            identity="code",
            geometry_optional=True,
            reach_m=0,
        ),
        LayerSchema(
            "built_up",
            "polygon",
            (
                _ID,
                Field("name"),
                Field(
                    "zone",
                    default="urban",
                    allowed=("urban", "suburb", "town"),
                    words=ZONE_WORDS,
                ),
            ),
            identity="id",
            reach_m=0,
        ),
        LayerSchema(
            "stations",
            "point",
            (
                _ID,
                _NAME,
                _NAME_EN,
                _station_class(""),
                _TURNOUT,
                Field("engines", "number", low=0, high=1000),
                _VEHICLE,
                _TOWNSHIP,
                _NOTE,
            ),
            identity="id",
            geometry_optional=True,
            reach_m=20_000,
        ),
        LayerSchema(
            "candidates",
            "point",
            (
                _ID,
                _NAME,
                _NAME_EN,
                _station_class("first"),
                _TURNOUT,
                _VEHICLE,
                Field("cost_10k_cny", "number", low=0, high=1e7),
                Field(
                    "origin",
                    default="named",
                    allowed=("named", "generated"),
                    words={"规划": "named", "生成": "generated"},
                ),
                _NOTE,
            ),
            identity="id",
            reach_m=20_000,
        ),
        LayerSchema(
            "hydrants",
            "point",
            (
                _ID,
                Field(
                    "status",
                    default="unknown",
                    allowed=("working", "broken", "unknown"),
                    words=HYDRANT_WORDS,
                ),
                Field("name"),
            ),
            identity="id",
            reach_m=5_000,
        ),
        LayerSchema(
            "villages",
            "point",
            (
                _ID,
                _NAME,
                _NAME_EN,
                _TOWNSHIP,
                _POPULATION,
                Field("households", "number", low=0, high=5e6),
                _NOTE,
            ),
            identity="id",
            reach_m=5_000,
        ),
        LayerSchema(
            "water",
            "line or polygon",
            (
                Field("name"),
                Field(
                    "kind",
                    allowed=("river", "lake"),
                    words={
                        "河流": "river",
                        "河": "river",
                        "溪": "river",
                        "stream": "river",
                        "canal": "river",
                        "湖泊": "lake",
                        "湖": "lake",
                        "水库": "lake",
                        "reservoir": "lake",
                    },
                ),
            ),
        ),
        LayerSchema("railways", "line", (Field("name"),)),
        LayerSchema("crowded", "point", (_ID, Field("name")), identity="id", reach_m=20_000),
        LayerSchema(
            "hazards", "point or polygon", (_ID, Field("name")), identity="id", reach_m=20_000
        ),
        LayerSchema("exclusions", "polygon", (_ID, Field("reason")), identity="id"),
        LayerSchema(
            "fires",
            "point",
            (_ID, Field("name"), Field("count", "number", low=0, high=1e6)),
            identity="id",
            reach_m=20_000,
        ),
        LayerSchema(
            "parcels", "polygon", (_ID, Field("name")), identity="id", measured=("area_m2",)
        ),
        LayerSchema(
            "population",
            "point or polygon",
            (Field("population", "number", required=True, low=0, high=5e6),),
        ),
    )
}


def canonical_columns(schema: LayerSchema) -> list[str]:
    """Return the attribute columns of a layer after reading."""
    names = [field.name for field in schema.fields]
    swap = {"seat_lon": "seat_x_m", "seat_lat": "seat_y_m"}
    return [*(swap.get(name, name) for name in names), *schema.measured]

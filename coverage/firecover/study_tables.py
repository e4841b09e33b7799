"""The tables of a study file: their keys, defaults and ranges."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    field_validator,
    model_validator,
)

from firecover.standards import conditions, vehicles

#: In the order in which they are read: the boundary first, the others are checked against it.
LayerName = Literal[
    "boundary",
    "townships",
    "roads",
    "built_up",
    "stations",
    "candidates",
    "hydrants",
    "villages",
    "water",
    "railways",
    "crowded",
    "hazards",
    "exclusions",
    "parcels",
    "fires",
    "population",
    "dem",
]
#: Layers without which there is nothing to compute.
REQUIRED_LAYERS: tuple[LayerName, ...] = ("roads", "boundary", "townships", "stations")
DataKind = Literal["observed", "published", "derived", "modelled"]
Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-]{0,62}$")]


#: How far off the road a point of a layer may lie (metres), and the speed on that leg (km/h;
#: None: the leg takes no time, because the engine itself or its hose covers it). Assumptions.
ACCESS_DEFAULTS: Mapping[LayerName, tuple[float, float | None]] = {
    "stations": (500, None),
    "candidates": (500, None),
    "townships": (1000, None),
    "built_up": (500, None),
    "hydrants": (150, None),
    "population": (3000, 4),
    "villages": (3000, 4),
    "fires": (500, None),
}


#: Layers that may be given as several files: the tiles of the terrain.
TILED_LAYERS: frozenset[LayerName] = frozenset({"dem"})


class Table(BaseModel):
    """A table that cannot be changed, and that knows no other keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _as_title(value: object) -> object:
    return {"zh": value, "en": value} if isinstance(value, str) else value


class Title(Table):
    """A name in both languages; a plain string in the file serves for both."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def in_language(self, language: str) -> str:
        """Return the name in ``zh`` or ``en``."""
        return self.zh if language == "zh" else self.en


TitleField = Annotated[Title, BeforeValidator(_as_title)]


class ProvenanceTable(Table):
    """Where a layer comes from, and what kind of data it is.

    ``kind`` is ``observed`` (measured or surveyed), ``published`` (printed by an
    authority), ``derived`` (computed from observed or published data) or
    ``modelled`` (made up by a model: never to be taken for the real thing).
    ``attribution`` is who the licence asks to be named on maps and reports; the
    well-known sources are recognised without it.
    """

    kind: DataKind
    source: str = Field(min_length=1)
    licence: str = ""
    attribution: str = ""
    date: dt.date | None = None
    note: str = ""


def _as_paths(value: object) -> Path | tuple[Path, ...] | None:
    if value is None:
        return None
    if isinstance(value, str | Path) and str(value):
        return Path(value)
    if not isinstance(value, list | tuple) or not value:
        msg = "`path` is the name of a file, or a list of names"
        raise ValueError(msg)
    if not all(isinstance(item, str | Path) and str(item) for item in value):
        msg = "every entry of `path` is the name of a file"
        raise ValueError(msg)
    paths = tuple(Path(item) for item in value)
    twice = sorted({str(path) for path in paths if paths.count(path) > 1})
    if twice:
        msg = f"`path` names {', '.join(twice)} more than once"
        raise ValueError(msg)
    return paths


def _path_names(value: Path | tuple[Path, ...] | None) -> str | list[str] | None:
    # pydantic's own way for a union of a path and a list of them warns, and not of a fault.
    if value is None or isinstance(value, Path):
        return None if value is None else str(value)
    return [str(path) for path in value]


PathField = Annotated[
    Path | tuple[Path, ...] | None,
    PlainValidator(_as_paths),
    PlainSerializer(_path_names, when_used="json"),
]


class LayerTable(Table):
    """One input layer.

    ``path`` is a file; for the terrain it may be a list of them, tiles to be joined.
    ``fields`` maps our column names to the file's; ``values`` maps, for one of our
    columns, the file's values to ours (``values.road_class = {"高速" = "motorway"}``).
    ``datum`` is the datum of the file's coordinates, ``crs`` its CRS where the file
    itself says none. ``access_limit_m`` is the farthest a point of the layer may lie
    off the road; ``access_speed_kmh`` the speed on that leg.
    """

    path: PathField = None
    source: Literal["file", "overpass"] = "file"
    url: str | None = None
    layer: str | None = None
    encoding: str | None = None
    crs: str | None = None
    datum: Datum = "wgs84"
    fields: Mapping[str, str] = Field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)
    snap_tolerance_m: float = Field(default=0.5, ge=0, le=50)
    access_limit_m: float | None = Field(default=None, gt=0)
    access_speed_kmh: float | None = Field(default=None, gt=0, le=120)
    provenance: ProvenanceTable

    @model_validator(mode="after")
    def _path_or_overpass(self) -> Self:
        if self.source == "file" and self.path is None:
            msg = "a layer needs `path`"
            raise ValueError(msg)
        if self.source == "overpass" and self.path is not None:
            msg = 'with source = "overpass" there is no `path`'
            raise ValueError(msg)
        return self

    @property
    def files(self) -> tuple[Path, ...]:
        """The layer's files as the study gives them; empty for a download."""
        if self.path is None:
            return ()
        return (self.path,) if isinstance(self.path, Path) else self.path

    @property
    def files_given(self) -> str:
        """The layer's files in words, for tables and provenance."""
        return ", ".join(str(path) for path in self.files)


class StudyTable(Table):
    """What the study is called and computed in.

    ``handling`` says how maps and reports are to be treated; ``map_approval`` is the number
    under which the map was approved for publication (审图号), where it has one.
    """

    id: Identifier
    title: TitleField
    crs: str
    standard: str = "cn"
    handling: TitleField | None = None
    map_approval: str | None = Field(default=None, min_length=1)

    @field_validator("crs")
    @classmethod
    def _projected_metres(cls, value: str) -> str:
        from pyproj import CRS
        from pyproj.exceptions import CRSError

        try:
            crs = CRS.from_user_input(value)
        except CRSError as error:
            msg = f"{value!r} is not a coordinate reference system"
            raise ValueError(msg) from error
        if not crs.is_projected or crs.axis_info[0].unit_conversion_factor != 1:
            msg = f"{value!r} is not a projected system in metres; take one such as EPSG:4545"
            raise ValueError(msg)
        return value


class TravelTable(Table):
    """How engines leave and travel.

    ``turnout_s`` is the time from the dispatch order to wheels rolling, for stations that
    give none; ``vehicle`` what leaves stations that name none. ``speed_kmh`` overrides, by
    road class, the speeds of every vehicle. ``turn_costs`` counts turns, signals and gates;
    ``terrain`` grades, where the study gives a terrain. ``ignore_oneway`` and
    ``ignore_restrictions`` let vehicles drive against one-ways (never on expressways) and
    make forbidden turns; ``contraflow_m`` lets them go against a one-way for that far on
    the road that the place lies on.
    """

    turnout_s: float = Field(default=60, ge=0, le=3600)
    speed_kmh: Mapping[str, Annotated[float, Field(gt=0, le=160)]] = Field(default_factory=dict)
    vehicle: str = "engine"
    use_maxspeed: bool = True
    turn_costs: bool = True
    terrain: bool = True
    ignore_oneway: bool = False
    ignore_restrictions: bool = False
    contraflow_m: float = Field(default=0, ge=0, le=1000)

    @field_validator("vehicle")
    @classmethod
    def _known_vehicle(cls, value: str) -> str:
        known = vehicles()
        if value not in known:
            near = difflib.get_close_matches(value, known, n=1) or list(known)
            msg = f"{value!r} is no vehicle; did you mean {near[0]!r}?"
            raise ValueError(msg)
        return value


class IsochroneTable(Table):
    """The bands of the isochrones, minutes from the dispatch order.

    ``step_m`` is how far apart the places along the roads are, at most, that the ground is
    divided among; ``cell_m`` the side of the response-time raster's cells.
    """

    minutes: tuple[Annotated[float, Field(gt=0, le=600)], ...] = (5, 8, 12, 20, 30)
    step_m: float = Field(default=20, ge=1, le=5000)
    cell_m: float = Field(default=50, ge=5, le=50_000)
    off_road_limit_m: float = Field(default=300, ge=10, le=50_000)

    @field_validator("minutes")
    @classmethod
    def _rising(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not value:
            msg = "give at least one band"
            raise ValueError(msg)
        return tuple(sorted(set(value)))


class AssessmentTable(Table):
    """How demand is cut up, who holds a jurisdiction, and what is asked of arrivals.

    ``full_force_engines`` is how many engines make a full force; ``village_targets_min`` the
    arrival times by which villages are grouped (no national figure exists for them; 10, 20 and
    30 min are Norway's); ``village_minutes`` the one that counts as reached.
    ``hydrant_step_m`` is how far apart the places along streets are where a new hydrant may be
    proposed; ``critical_roads`` how many of the roads whose closure hurts most are told.
    """

    built_up_cell_m: float = Field(default=50, ge=5, le=500)
    jurisdiction_tiers: tuple[Literal["fire", "township", "micro"], ...] = ("fire",)
    village_minutes: float = Field(default=20, gt=0, le=600)
    village_targets_min: tuple[Annotated[float, Field(gt=0, le=600)], ...] = (10, 20, 30)
    full_force_engines: int = Field(default=3, ge=1, le=50)
    hydrant_step_m: float = Field(default=25, ge=5, le=500)
    critical_roads: int = Field(default=10, ge=0, le=1000)

    @field_validator("village_targets_min")
    @classmethod
    def _rising(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(sorted(set(value)))


class UncertaintyTable(Table):
    """How unsure speeds and turnouts are; assumptions, to be replaced by the unit's own records.

    A draw multiplies all speeds by one factor, those of each road class by another, and each
    station's turnout by a third: all lognormal with the median 1. ``speed_sd`` and ``class_sd``
    are the standard deviations of the logarithms of the first two, ``turnout_sd`` of the third.
    No ``draws``: times are told as if they were certain. ``sure_share`` is the probability from
    which a verdict is beyond the noise.
    """

    draws: int = Field(default=500, ge=0, le=20_000)
    seed: int = Field(default=1, ge=0)
    speed_sd: float = Field(default=0.10, ge=0, le=1)
    class_sd: float = Field(default=0.10, ge=0, le=1)
    turnout_sd: float = Field(default=0.25, ge=0, le=2)
    sure_share: float = Field(default=0.95, gt=0.5, lt=1)


class ScenarioTable(Table):
    """A state of the service and of the roads.

    ``open`` and ``close`` name candidates and stations by id. ``close_roads`` names roads by
    id, number or name: all edges of each are closed from end to end, and nothing beside them
    is reached. ``speed_factor`` multiplies all speeds, ``speed_factors`` those of road
    classes, ``turnout_factor`` the turnouts. ``condition`` is one of those in
    ``standards/conditions.toml`` (``night``, ``ice`` …), whose factors are multiplied in.
    """

    title: TitleField | None = None
    open: tuple[str, ...] = ()
    close: tuple[str, ...] = ()
    close_roads: tuple[str, ...] = ()
    speed_factor: float = Field(default=1.0, gt=0, le=3)
    speed_factors: Mapping[str, Annotated[float, Field(gt=0, le=3)]] = Field(default_factory=dict)
    turnout_factor: float = Field(default=1.0, gt=0, le=10)
    condition: str | None = None

    @field_validator("condition")
    @classmethod
    def _known_condition(cls, value: str | None) -> str | None:
        known = conditions()
        if value is not None and value not in known:
            msg = f"{value!r} is no condition; known are {', '.join(known)}"
            raise ValueError(msg)
        return value

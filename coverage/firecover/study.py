"""Read and validate a study file: the TOML that says what is asked of which data."""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from firecover.errors import Problem, StudyError
from firecover.standards import vehicles

STUDY_FILE = "study.toml"

LayerName = Literal[
    "roads",
    "boundary",
    "townships",
    "built_up",
    "stations",
    "candidates",
    "hydrants",
    "villages",
    "water",
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
}


#: Layers that may be given as several files: the tiles of the terrain.
TILED_LAYERS: frozenset[LayerName] = frozenset({"dem"})


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _as_title(value: object) -> object:
    return {"zh": value, "en": value} if isinstance(value, str) else value


class Title(_Table):
    """A name in both languages; a plain string in the file serves for both."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def in_language(self, language: str) -> str:
        """Return the name in ``zh`` or ``en``."""
        return self.zh if language == "zh" else self.en


TitleField = Annotated[Title, BeforeValidator(_as_title)]


class ProvenanceTable(_Table):
    """Where a layer comes from, and what kind of data it is.

    ``kind`` is ``observed`` (measured or surveyed), ``published`` (printed by an
    authority), ``derived`` (computed from observed or published data) or
    ``modelled`` (made up by a model: never to be taken for the real thing).
    """

    kind: DataKind
    source: str = Field(min_length=1)
    licence: str = ""
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


PathField = Annotated[Path | tuple[Path, ...] | None, PlainValidator(_as_paths)]


class LayerTable(_Table):
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


class StudyTable(_Table):
    """What the study is called and computed in."""

    id: Identifier
    title: TitleField
    crs: str
    standard: str = "cn"
    handling: TitleField | None = None

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


class TravelTable(_Table):
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


class IsochroneTable(_Table):
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


class AssessmentTable(_Table):
    """How demand is cut up and who holds a jurisdiction."""

    built_up_cell_m: float = Field(default=50, ge=5, le=500)
    jurisdiction_tiers: tuple[Literal["fire", "township", "micro"], ...] = ("fire",)
    village_minutes: float = Field(default=20, gt=0, le=600)


class ScenarioTable(_Table):
    """A state of the service: which candidates open, which stations close."""

    title: TitleField | None = None
    open: tuple[str, ...] = ()
    close: tuple[str, ...] = ()
    speed_factor: float = Field(default=1.0, gt=0, le=3)


class Study(_Table):
    """A validated study; :func:`load_study` is the way to get one."""

    study: StudyTable
    layers: Mapping[LayerName, LayerTable]
    travel: TravelTable = TravelTable()
    isochrones: IsochroneTable = IsochroneTable()
    assessment: AssessmentTable = AssessmentTable()
    rules: Mapping[str, float] = Field(default_factory=dict)
    scenarios: Mapping[Identifier, ScenarioTable] = Field(
        default_factory=lambda: {"baseline": ScenarioTable()}
    )
    _file: Path = PrivateAttr(default=Path(STUDY_FILE))
    _sha256: str = PrivateAttr(default="")

    @field_validator("layers")
    @classmethod
    def _lists_only_of_tiles(
        cls, value: Mapping[LayerName, LayerTable]
    ) -> Mapping[LayerName, LayerTable]:
        for name, table in value.items():
            if isinstance(table.path, tuple) and name not in TILED_LAYERS:
                msg = f"layers.{name}.path is a list; only {', '.join(TILED_LAYERS)} may be"
                raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _layers_and_scenarios(self) -> Self:
        missing = [name for name in REQUIRED_LAYERS if name not in self.layers]
        if missing:
            msg = f"layers that every study needs are missing: {', '.join(missing)}"
            raise ValueError(msg)
        if "baseline" not in self.scenarios:
            msg = "scenarios.baseline is missing: it is what the others are compared with"
            raise ValueError(msg)
        return self

    @property
    def file(self) -> Path:
        """The study file that this was read from."""
        return self._file

    @property
    def folder(self) -> Path:
        """The folder that relative paths start from."""
        return self._file.parent

    @property
    def sha256(self) -> str:
        """The hash of the study file's bytes."""
        return self._sha256

    def layer_paths(self, name: LayerName) -> list[Path]:
        """Return the files of a layer, resolved, in the order of the study; at least one.

        Raises
        ------
        StudyError
            With every problem found: the layer comes from no file, a relative path leaves
            the study's folder, or a file cannot be read.
        """
        files = self.layers[name].files
        if not files:
            what, remedy = "the layer comes from no file", "give its `path`"
            raise StudyError(Problem(what, self._file.name, name, remedy=remedy))
        found: list[Path] = []
        problems: list[Problem] = []
        for file in files:
            try:
                found.append(_resolve(file, self._file, name))
            except StudyError as error:
                problems.extend(error.problems)
        if problems:
            raise StudyError(problems)
        return found

    def layer_path(self, name: LayerName) -> Path:
        """Return the file of a layer that has one, resolved.

        Raises
        ------
        StudyError
            As :meth:`layer_paths`, and if the layer is given as several files.
        """
        found = self.layer_paths(name)
        if len(found) > 1:
            what, remedy = f"the layer is {len(found)} files", "give one"
            raise StudyError(Problem(what, self._file.name, name, key="path", remedy=remedy))
        return found[0]

    def access(self, name: LayerName) -> tuple[float, float | None]:
        """Return how far off the road a layer's points may lie, m, and the speed there, km/h."""
        limit_m, speed_kmh = ACCESS_DEFAULTS[name]
        table = self.layers.get(name)
        if table is None:
            return limit_m, speed_kmh
        return table.access_limit_m or limit_m, table.access_speed_kmh or speed_kmh

    def scenario_title(self, scenario: str) -> Title:
        """Return the name of a scenario in both languages."""
        given = self.scenarios[scenario].title
        if given is not None:
            return given
        if scenario == "baseline":
            return Title(zh="现状", en="Today")
        return Title(zh=scenario, en=scenario)


def _resolve(path: Path, study_file: Path, layer: str) -> Path:
    folder = study_file.parent.resolve()
    resolved = path if path.is_absolute() else (folder / path).resolve()
    if not path.is_absolute() and not resolved.is_relative_to(folder):
        what = f"the path {str(path)!r} leaves the study's folder"
        remedy = "put the file into the folder, or give its absolute path"
        raise StudyError(Problem(what, study_file.name, layer, key="path", remedy=remedy))
    if not resolved.is_file() or not os.access(resolved, os.R_OK):
        what = f"there is no readable file {str(path)!r}"
        remedy = f"put it at {resolved}, or correct the path"
        raise StudyError(Problem(what, study_file.name, layer, key="path", remedy=remedy))
    return resolved


def load_study(path: Path | str) -> Study:
    """Read and validate a study file.

    Parameters
    ----------
    path
        The TOML file, or the folder that holds ``study.toml``.

    Returns
    -------
    study
        The validated study.

    Raises
    ------
    StudyError
        With every problem found: no such file, not TOML, unknown keys (with the nearest
        known one), values out of range, missing layers.
    """
    file = Path(path)
    if file.is_dir():
        file = file / STUDY_FILE
    try:
        raw = file.read_bytes()
    except OSError as error:
        remedy = "name a study file or its folder; `firecover new DIR` writes one"
        raise StudyError(
            Problem("there is no such study file", str(path), remedy=remedy)
        ) from error
    try:
        tables = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        problem = Problem("the file is not UTF-8", file.name, remedy="save it as UTF-8")
        raise StudyError(problem) from error
    except tomllib.TOMLDecodeError as error:
        raise StudyError(Problem(f"this is not TOML: {error}", file.name)) from error
    try:
        study = Study.model_validate(tables)
    except ValidationError as error:
        raise StudyError(_problems(error, file.name)) from error
    study._file = file.resolve()  # noqa: SLF001 - frozen to everyone else
    study._sha256 = hashlib.sha256(raw).hexdigest()  # noqa: SLF001
    return study


def _problems(error: ValidationError, file: str) -> list[Problem]:
    found = []
    for item in error.errors():
        where = [str(part) for part in item["loc"] if part != "[key]"]
        layer = where[1] if where[:1] == ["layers"] and len(where) > 1 else ""
        key = ".".join(where)
        if item["type"] == "extra_forbidden":
            known = _known_keys(where[:-1])
            near = difflib.get_close_matches(where[-1], known, n=1, cutoff=0.5)
            remedy = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}"
            what = "there is no such key"
        elif item["type"] == "missing":
            what, remedy = "the key is missing", "add it"
        elif item["type"] == "literal_error":
            given = str(item.get("input"))
            near = difflib.get_close_matches(given, _quoted(str(item["ctx"]["expected"])), n=1)
            what = f"{given!r} is not one of {item['ctx']['expected']}"
            remedy = f"did you mean {near[0]!r}?" if near else ""
        else:
            what, remedy = item["msg"].removeprefix("Value error, "), ""
        found.append(Problem(what, file, layer, key=key, remedy=remedy))
    return found


def _quoted(listing: str) -> list[str]:
    return listing.split("'")[1::2]


def _known_keys(where: list[str]) -> list[str]:
    """Name the keys that stand at a place of the study file."""
    model: type[BaseModel] = Study
    tables: dict[str, type[BaseModel]] = {
        "study": StudyTable,
        "travel": TravelTable,
        "isochrones": IsochroneTable,
        "assessment": AssessmentTable,
    }
    if where[:1] == ["layers"]:
        if len(where) == 1:
            return list(get_args(LayerName))
        model = ProvenanceTable if where[-1] == "provenance" else LayerTable
    elif where[:1] == ["scenarios"] and len(where) > 1:
        model = ScenarioTable
    elif where[-1:] in (["title"], ["handling"]):
        model = Title
    elif where:
        model = tables.get(where[0], Study)
    return list(model.model_fields)

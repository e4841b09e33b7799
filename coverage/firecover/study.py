"""Read and validate a study file: the TOML that says what is asked of which data."""

from __future__ import annotations

import difflib
import hashlib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Self, get_args

from pydantic import (
    BaseModel,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from firecover.errors import Problem, StudyError
from firecover.study_maps import MapsTable, TilesTable
from firecover.study_siting import GenerateTable, SitingTable
from firecover.study_tables import (
    ACCESS_DEFAULTS,
    REQUIRED_LAYERS,
    TILED_LAYERS,
    AssessmentTable,
    DataKind,
    Datum,
    Identifier,
    IsochroneTable,
    LayerName,
    LayerTable,
    ProvenanceTable,
    ScenarioTable,
    StudyTable,
    Table,
    Title,
    TravelTable,
    UncertaintyTable,
)

__all__ = [
    "ACCESS_DEFAULTS",
    "REQUIRED_LAYERS",
    "STUDY_FILE",
    "DataKind",
    "Datum",
    "LayerName",
    "LayerTable",
    "ProvenanceTable",
    "ScenarioTable",
    "Study",
    "load_study",
]

STUDY_FILE = "study.toml"


class Study(Table):
    """A validated study; :func:`load_study` is the way to get one."""

    study: StudyTable
    layers: Mapping[LayerName, LayerTable]
    travel: TravelTable = TravelTable()
    isochrones: IsochroneTable = IsochroneTable()
    assessment: AssessmentTable = AssessmentTable()
    uncertainty: UncertaintyTable = UncertaintyTable()
    siting: SitingTable = SitingTable()
    maps: MapsTable = MapsTable()
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
        elif item["type"] == "string_pattern_mismatch":
            what = f"{str(item.get('input'))!r} cannot be an id"
            remedy = "take letters A-Z, digits, - and _, at most 63, the first no sign"
        elif item["type"] == "finite_number":
            what, remedy = f"{item.get('input')!r} is not a number to reckon with", ""
        elif item["type"] in _OUT_OF_RANGE:
            sign, limit = _OUT_OF_RANGE[item["type"]], next(iter(item["ctx"].values()))
            what, remedy = f"{item.get('input')!r} is not {sign} {limit:g}", ""
        else:
            what, remedy = item["msg"].removeprefix("Value error, "), ""
        found.append(Problem(what, file, layer, key=key, remedy=remedy))
    return found


#: In words, what a number that is out of its range is not.
_OUT_OF_RANGE = {
    "greater_than": "above",
    "greater_than_equal": "at least",
    "less_than": "below",
    "less_than_equal": "at most",
}


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
        "uncertainty": UncertaintyTable,
        "siting": SitingTable,
        "maps": MapsTable,
    }
    if where[:1] == ["layers"]:
        if len(where) == 1:
            return list(get_args(LayerName))
        model = ProvenanceTable if where[-1] == "provenance" else LayerTable
    elif where[:2] == ["siting", "generate"]:
        model = GenerateTable
    elif where[:2] == ["maps", "tiles"]:
        model = Title if where[-1] == "title" else TilesTable
    elif where[:1] == ["scenarios"] and len(where) > 1:
        model = ScenarioTable
    elif where[-1:] in (["title"], ["handling"]):
        model = Title
    elif where:
        model = tables.get(where[0], Study)
    return list(model.model_fields)

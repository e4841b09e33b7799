"""What the plan's tables hold and which cells mean the same quantity, as declared in a TOML."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from firecover.errors import InputError, Problem

__all__ = [
    "Agreement",
    "Alternative",
    "AreaCheck",
    "AtMost",
    "ClassCheck",
    "Column",
    "Declared",
    "Names",
    "Period",
    "PlanError",
    "Ratio",
    "RowsOf",
    "Selector",
    "Series",
    "SeriesSide",
    "ShareCheck",
    "TableForm",
    "Timeline",
    "read_declared",
]

#: The file that declares the quantities, in the package or beside the tables.
FILE = "quantities.toml"


class PlanError(InputError):
    """The plan's tables cannot be used."""


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Names(_Declared):
    """A thing with its two names."""

    zh: str
    en: str


class Column(Names):
    """A column: what it is called, and what stands in it."""

    name: str
    kind: Literal["text", "number", "year"] = "number"


class TableForm(Names):
    """A table: its file, its columns in their order, and what adds up to what.

    Attributes
    ----------
    down
        Columns whose parts add up to the cell in the total row.
    across
        Columns that are, in every row, the sum of other columns.
    corner
        The cell of the total row that holds the sum of that row's ``down`` columns, where the
        grand total is printed in a column with another meaning.
    count
        A column that numbers the rows 1, 2, 3 …, from 1 again where ``count_within`` changes.
    no_gap
        A column that starts at 1 and from row to row stays or grows by 1.
    one_name
        Pairs of columns that name the same thing: one value of the one, one of the other.
    key
        The column whose value is another in every row.
    """

    file: str
    columns: tuple[Column, ...]
    down: tuple[str, ...] = ()
    across: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    corner: str = ""
    count: str = ""
    count_within: str = ""
    no_gap: str = ""
    one_name: dict[str, str] = Field(default_factory=dict)
    key: str = ""


class RowsOf(_Declared):
    """Rows of a table: those whose cells are, or contain, the given texts."""

    table: str
    kind: Literal["part", "total"] = "part"
    where: dict[str, str] = Field(default_factory=dict)
    contains: dict[str, str] = Field(default_factory=dict)


class Selector(RowsOf):
    r"""Where a quantity stands: rows of a table, a column, and what to take of them.

    Attributes
    ----------
    number
        A pattern with one group that finds the number in a text.
    take
        The one value, that of a cell merged over several rows, the sum of the values, or the
        number of rows or of different values.
    """

    column: str = ""
    number: str = ""
    take: Literal["value", "merged", "sum", "rows", "distinct"] = "value"


class Agreement(Names):
    """Places where the same quantity is printed.

    Attributes
    ----------
    alike
        The names differ, so that another value may be another quantity: cannot be reconciled.
    counted_once
        The same thing stands in two tables of things to build: to be counted once.
    """

    id: str
    places: tuple[Selector, ...]
    alike: bool = False
    counted_once: bool = False


class SeriesSide(RowsOf):
    """A quantity by key: a column of keys, or a column for each key.

    Attributes
    ----------
    key
        The column with the keys.
    columns
        The columns that add up to the value in each row.
    keyed
        Key and column, where each key has a column in one row.
    number
        A pattern with one group that finds the number in a text.
    """

    key: str = ""
    columns: tuple[str, ...] = ()
    keyed: dict[str, str] = Field(default_factory=dict)
    number: str = ""


class Series(Names):
    """The same quantity by key in two tables, with the totals over the keys."""

    id: str
    left: SeriesSide
    right: SeriesSide


class AtMost(Names):
    """A quantity that cannot exceed another; ``note_below`` tells when it is smaller."""

    id: str
    part: Selector
    whole: Selector
    note_below: bool = False


class Period(_Declared):
    """A ratio as printed for a year, and what is added to the base by then."""

    year: int
    quotient: Selector
    added: tuple[Selector, ...] = ()


class Ratio(Names):
    """A quantity per so many of a denominator that several ratios share.

    Attributes
    ----------
    per
        The ratio is per this number.
    base
        The quantity in the first period; absent where the plan never prints it.
    """

    id: str
    denominator: str
    per: int
    periods: tuple[Period, ...]
    base: Selector | None = None


class Alternative(Names):
    """A whole that a share may be a share of; ``over`` rows make its mean over years."""

    whole: Selector
    over: Selector | None = None


class ShareCheck(Names):
    """A printed share, its part, and the wholes that it may belong to.

    Attributes
    ----------
    rounded
        The part is itself a rounded number (a mean).
    """

    id: str
    quotient: Selector
    part: Selector
    wholes: tuple[Alternative, ...]
    per: int = 100
    rounded: bool = False


class Timeline(Names):
    """Works that a ratio's target counts on, with the year and the words of their timeline."""

    id: str
    ratio: str
    steps: RowsOf
    year: str
    text: str
    starts: tuple[str, ...]
    ends: tuple[str, ...]


class ClassCheck(Names):
    """A station's class as written in several places."""

    id: str
    places: tuple[Selector, ...]


class AreaCheck(Names):
    """Built-up area over the stations, against the area of one."""

    id: str
    area: Selector
    limit: Selector
    stations: Selector
    added: Selector
    added_class: str


class Declared(_Declared):
    """All that is declared of a plan's tables.

    Attributes
    ----------
    classes
        Words for station classes, the most telling first.
    caps_km2
        Largest area of a station by class; a caller may give those of its rule pack.
    """

    tables: dict[str, TableForm]
    denominators: dict[str, Names] = Field(default_factory=dict)
    classes: dict[str, str] = Field(default_factory=dict)
    caps_km2: dict[str, float] = Field(default_factory=dict)
    same: tuple[Agreement, ...] = ()
    series: tuple[Series, ...] = ()
    at_most: tuple[AtMost, ...] = ()
    ratio: tuple[Ratio, ...] = ()
    share: tuple[ShareCheck, ...] = ()
    timeline: tuple[Timeline, ...] = ()
    station_class: tuple[ClassCheck, ...] = ()
    area: tuple[AreaCheck, ...] = ()


def read_declared(folder: Path) -> Declared:
    """Return what is declared beside the tables or, where nothing is, in the package.

    Raises
    ------
    PlanError
        If the folder's own declaration cannot be read; every fault is named by its key.
    """
    own = folder / FILE
    packaged = resources.files("firecover.plan").joinpath(FILE)
    try:
        source = own if own.is_file() else packaged
        return Declared.model_validate(tomllib.loads(source.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PlanError(Problem(f"not a TOML file: {error}", file=str(own))) from None
    except ValidationError as error:
        raise PlanError(
            [
                Problem(fault["msg"], file=str(own), key=".".join(map(str, fault["loc"])))
                for fault in error.errors()
            ]
        ) from None

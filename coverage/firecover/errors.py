"""The errors a user can meet: what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class FirecoverError(Exception):
    """Base of every error that is told to the user without a traceback."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input, and where it stands.

    Attributes
    ----------
    what
        What is wrong, in words.
    file
        The file, as the study names it; empty when no file is concerned.
    layer
        The layer (``roads``, ``stations`` …) or the table of the study file.
    row
        The row: a feature's number in the file, counted from 1.
    key
        The column, or the key of the study file.
    remedy
        What to do about it.
    """

    what: str
    file: str = ""
    layer: str = ""
    row: int | None = None
    key: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        places = [
            self.file,
            f"layer {self.layer}" if self.layer else "",
            f"row {self.row}" if self.row is not None else "",
            f"key {self.key!r}" if self.key else "",
        ]
        where = ", ".join(place for place in places if place)
        text = f"{where}: {self.what}" if where else self.what
        return f"{text} → {self.remedy}" if self.remedy else text


class InputError(FirecoverError, ValueError):
    """An input cannot be used; carries every problem found, not just the first.

    Attributes
    ----------
    problems
        The problems, in the order in which they were found.
    """

    def __init__(self, problems: Sequence[Problem] | Problem) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class StudyError(InputError):
    """The study file cannot be used."""


class LayerError(InputError):
    """A layer cannot be used."""


class NetworkError(FirecoverError, ValueError):
    """The roads do not make a usable network."""


class OutputError(FirecoverError, OSError):
    """A result cannot be written."""

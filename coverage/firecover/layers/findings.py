"""Collect what is wrong with a layer, and what was repaired, while it is being read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from firecover.errors import LayerError, Problem
from firecover.layers.provenance import Action, QualityNote

#: Rows told one by one for the same mistake; of the others only the number is told.
MAX_ROWS_TOLD = 20
MAX_ROWS_NOTED = 10


@dataclass
class Findings:
    """The problems and notes of one layer, in the order in which they were found."""

    file: str
    layer: str
    problems: list[Problem] = field(default_factory=list)
    notes: list[QualityNote] = field(default_factory=list)

    def problem(
        self, what: str, *, row: int | None = None, key: str = "", remedy: str = ""
    ) -> None:
        """Add a problem."""
        self.problems.append(Problem(what, self.file, self.layer, row, key, remedy))

    def problem_rows(
        self,
        rows: Sequence[int],
        what: str | Callable[[int], str],
        *,
        key: str = "",
        remedy: str = "",
    ) -> None:
        """Add the same problem for each of several rows; ``what`` may depend on the row."""
        for row in list(rows)[:MAX_ROWS_TOLD]:
            text = what if isinstance(what, str) else what(row)
            self.problem(text, row=row, key=key, remedy=remedy)
        if len(rows) > MAX_ROWS_TOLD:
            rest = len(rows) - MAX_ROWS_TOLD
            self.problem(f"the same in {rest} more rows", key=key, remedy=remedy)

    def note(
        self,
        action: Action,
        en: str,
        zh: str,
        rows: Sequence[str],
        *,
        count: int | None = None,
        length_m: float | None = None,
    ) -> None:
        """Add a quality note, unless it concerns nothing."""
        number = len(rows) if count is None else count
        if number:
            told = tuple(str(row) for row in rows[:MAX_ROWS_NOTED])
            self.notes.append(QualityNote(self.layer, action, number, en, zh, told, length_m))

    def take(self, error: LayerError) -> None:
        """Add the problems of an error."""
        self.problems.extend(error.problems)

    def stop_if_any(self) -> None:
        """Raise all problems found so far.

        Raises
        ------
        LayerError
            If there are any.
        """
        if self.problems:
            raise LayerError(self.problems)

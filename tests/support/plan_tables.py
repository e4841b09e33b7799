"""The bundled county's plan tables, to read and to alter."""

import csv
import shutil
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "data/raw/youyang/plan"


def copied(to: Path) -> Path:
    """Copy the tables into a folder."""
    for path in FOLDER.glob("*.csv"):
        shutil.copy(path, to / path.name)
    return to


def read_csv(path: Path) -> list[list[str]]:
    """Return the lines of a table, the header first."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write_csv(path: Path, lines: list[list[str]]) -> None:
    """Write the lines of a table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)


def put(folder: Path, file: str, row: int, column: str, text: str) -> None:
    """Put a text into a cell; rows count from 1 under the header."""
    lines = read_csv(folder / file)
    lines[row][lines[0].index(column)] = text
    write_csv(folder / file, lines)


def find(file: str, column: str, **where: str) -> int:
    """Return the number of the one row with these cells."""
    lines = read_csv(FOLDER / file)
    header = lines[0]
    assert column in header
    rows = [
        number
        for number, line in enumerate(lines[1:], start=1)
        if all(line[header.index(name)] == text for name, text in where.items())
    ]
    assert len(rows) == 1, where
    return rows[0]

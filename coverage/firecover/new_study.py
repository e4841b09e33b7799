"""Write a commented study file for another county."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from firecover.errors import OutputError
from firecover.study import STUDY_FILE


def write_new_study(folder: Path) -> Path:
    """Write ``study.toml`` into a folder, which is made if it is not there.

    Returns
    -------
    file
        The file written.

    Raises
    ------
    OutputError
        If there is a study file already, or the folder cannot be written to.
    """
    file = folder / STUDY_FILE
    text = resources.files("firecover").joinpath("new_study.toml").read_text(encoding="utf-8")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8", newline="\n") as target:
            target.write(text)
    except FileExistsError as error:
        msg = f"{file} is there already: name another folder, or edit that file"
        raise OutputError(msg) from error
    except OSError as error:
        msg = f"{folder} cannot be written to: {error.strerror}"
        raise OutputError(msg) from error
    return file

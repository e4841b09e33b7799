"""Put a folder of results in place as a whole, or leave the last good one as it is.

A run builds into a hidden folder beside its target. Only when everything is there is the old
folder moved aside and the new one moved in; a run that fails or is stopped leaves no trace.
What a killed process leaves behind is cleared away by the next run.
"""

from __future__ import annotations

import os
import platform
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firecover.errors import OutputError

#: Marks a folder as one that a run may replace.
MARKER = ".firecover-results"
#: A run that took longer than this is dead, whoever it was.
_DEAD_AFTER_S = 24 * 3600.0
_CLOSE = "close the programs that have files in it open, and check that you may write there"


@contextmanager
def replaced_folder(target: Path) -> Iterator[Path]:
    """Build a folder anew and swap it in at the end.

    Parameters
    ----------
    target
        The folder of results; its parent is made where it is missing.

    Yields
    ------
    folder
        The temporary folder to write into.

    Raises
    ------
    OutputError
        If the target is a file, holds files that no run has written, or cannot be
        replaced.
    """
    target = target.resolve()
    _check(target)
    here = f"{_host()}-{os.getpid()}-{secrets.token_hex(4)}"
    building = target.with_name(f".{target.name}.new-{here}")
    aside = target.with_name(f".{target.name}.old-{here}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _recover(target)
        building.mkdir()
    except OSError as error:
        msg = f"{target.parent} cannot be written to: {error} → {_CLOSE}"
        raise OutputError(msg) from error
    try:
        yield building
        _swap(building, target, aside)
    except BaseException:  # an interrupted run, too, must leave nothing behind
        shutil.rmtree(building, ignore_errors=True)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _check(target: Path) -> None:
    if target.is_file():
        msg = f"{target} is a file → name a folder for the results, or move the file away"
        raise OutputError(msg)
    try:
        strange = target.is_dir() and any(target.iterdir()) and not (target / MARKER).exists()
    except OSError as error:
        msg = f"{target} cannot be read: {error} → {_CLOSE}"
        raise OutputError(msg) from error
    if strange:
        msg = (
            f"{target} holds files that firecover has not written, and a run replaces its whole "
            "folder → name another folder, or move them away"
        )
        raise OutputError(msg)


def _swap(building: Path, target: Path, aside: Path) -> None:
    moved = False
    try:
        (building / MARKER).write_text("made by firecover; replaced by the next run\n", "utf-8")
        if target.exists():
            target.rename(aside)
            moved = True
        building.rename(target)
    except OSError as error:
        if moved:
            aside.rename(target)
        msg = f"{target} cannot be replaced: {error} → {_CLOSE}; the last results are still there"
        raise OutputError(msg) from error


def _host() -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", platform.node()) or "host"


def _recover(target: Path) -> None:
    """Clear away what dead runs left; one that died between two moves left the old results."""
    pattern = re.compile(
        rf"\.{re.escape(target.name)}\.(?P<kind>new|old)-(?P<host>\w*)-(?P<pid>\d+)-[0-9a-f]+"
    )
    for path in sorted(target.parent.iterdir()):
        found = pattern.fullmatch(path.name)
        if found is None or not path.is_dir() or not _dead(path, found["host"], int(found["pid"])):
            continue
        if found["kind"] == "old" and not target.exists():
            path.rename(target)
        else:
            shutil.rmtree(path, ignore_errors=True)


def _dead(path: Path, host: str, pid: int) -> bool:
    if time.time() - path.stat().st_mtime > _DEAD_AFTER_S:
        return True
    if os.name != "posix" or host != _host():
        return False  # another machine's process cannot be asked
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False

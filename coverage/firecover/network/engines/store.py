"""Arrays kept on disk between runs, under a hash of what they were made from."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[np.generic]]

#: Changed whenever what is stored changes its form or its meaning.
FORMAT = 1
_CONTENTS = "contents.json"
#: The environment variable that names the folder, and its value for doing without one.
VARIABLE, OFF = "FIRECOVER_CACHE", "off"


def cache_dir() -> Path | None:
    """Return the folder that caches live in.

    ``FIRECOVER_CACHE`` (None where that is ``off``), else ``firecover`` in the user's cache
    folder (``XDG_CACHE_HOME``, ``LOCALAPPDATA`` or ``~/.cache``).
    """
    own = os.environ.get(VARIABLE)
    if own == OFF:
        return None
    if own:
        return Path(own).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "firecover"


@dataclass(frozen=True)
class Store:
    """A folder of stored arrays, or None, where nothing is ever stored.

    Nothing in it is needed: what is missing, damaged or of another format is made anew,
    and a folder that cannot be written to is done without.
    """

    folder: Path | None = field(default_factory=cache_dir)

    def load(self, kind: str, key: str) -> Arrays | None:
        """Return stored arrays, mapped from disk; writing to them changes memory only.

        Parameters
        ----------
        kind
            What is stored, a plain word.
        key
            A hash of what it was made from.

        Returns
        -------
        arrays
            None if they are not there, or not as they were stored.
        """
        if self.folder is None:
            return None
        entry = _entry(self.folder, kind, key)
        try:
            contents = json.loads((entry / _CONTENTS).read_text(encoding="utf-8"))
            return {name: _read(entry / f"{name}.npy", told) for name, told in contents.items()}
        except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def save(self, kind: str, key: str, arrays: Mapping[str, NDArray[np.generic]]) -> bool:
        """Store arrays; return whether that was possible.

        They are written beside their place and moved there when complete, so that a run
        that breaks off, or another one at the same time, leaves no half of them.
        """
        if self.folder is None:
            return False
        entry = _entry(self.folder, kind, key)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.folder, prefix=".new-") as made:
                new = Path(made) / "entry"
                new.mkdir()
                contents = {name: _write(new, name, array) for name, array in arrays.items()}
                (new / _CONTENTS).write_text(json.dumps(contents), encoding="utf-8")
                if entry.exists():
                    # Whoever has it mapped keeps reading it; the files live on until then.
                    shutil.rmtree(entry, ignore_errors=True)
                new.rename(entry)
        except OSError:
            return False
        return True


def _entry(folder: Path, kind: str, key: str) -> Path:
    return folder / f"{kind}-{FORMAT}-{key}"


def _checksum(array: NDArray[np.generic]) -> int:
    return zlib.crc32(np.ascontiguousarray(array).data) if array.size else 0


def _write(folder: Path, name: str, array: NDArray[np.generic]) -> dict[str, object]:
    np.save(folder / f"{name}.npy", np.ascontiguousarray(array), allow_pickle=False)
    return {"dtype": array.dtype.str, "shape": list(array.shape), "crc32": _checksum(array)}


def _read(path: Path, told: Mapping[str, object]) -> NDArray[np.generic]:
    mapped: NDArray[np.generic] = np.load(path, mmap_mode="c", allow_pickle=False)
    array = np.asarray(mapped)
    is_same = array.dtype.str == told["dtype"] and list(array.shape) == told["shape"]
    if not is_same or _checksum(array) != told["crc32"]:
        msg = f"{path.name} is not as it was stored"
        raise ValueError(msg)
    return array

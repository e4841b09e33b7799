"""Compile functions with numba, which only the large engine needs."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from firecover.errors import FirecoverError
from firecover.network.engines.store import cache_dir

F = TypeVar("F", bound=Callable[..., Any])
Job = TypeVar("Job")
Result = TypeVar("Result")


class EngineMissingError(FirecoverError, ImportError):
    """The large engine was asked for, and what it needs is not installed."""


def is_installed() -> bool:
    """Tell whether numba can be imported, without importing it."""
    return importlib.util.find_spec("numba") is not None


def numba() -> Any:
    """Return the module.

    Raises
    ------
    EngineMissingError
        If it is not installed.
    """
    try:
        return importlib.import_module("numba")
    except ImportError as error:
        msg = "the large engine needs numba → pip install firecover[large]"
        raise EngineMissingError(msg) from error


@cache
def _code_folder() -> Path | None:
    """Return the folder for machine code, one for each state of these modules' sources.

    numba by itself looks only at the file that a function stands in, not at those of the
    functions compiled into it. None where nothing can, or shall, be written.
    """
    caches = cache_dir()
    if caches is None:
        return None
    hasher = hashlib.blake2b(digest_size=12)
    for source in sorted(Path(__file__).parent.glob("*.py")):
        hasher.update(source.read_bytes())
    folder = caches / "compiled" / hasher.hexdigest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def compiled(function: F) -> F:
    """Compile a function on its first call; the machine code is kept on disk.

    It runs without the interpreter's lock, so that threads share the work.
    """
    module, folder = numba(), _code_folder()
    usual = module.config.CACHE_DIR
    module.config.CACHE_DIR = str(folder) if folder else usual
    try:
        decorate = module.njit(cache=folder is not None, nogil=True, error_model="numpy")
        made: F = decorate(function)
    finally:
        module.config.CACHE_DIR = usual
    return made


def thread_count() -> int:
    """Return how many threads the compiled engines use.

    ``FIRECOVER_THREADS``, or as many as this process may run at once.
    """
    asked = os.environ.get("FIRECOVER_THREADS", "")
    if asked.isdecimal() and int(asked) > 0:
        return int(asked)
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def in_threads(
    work: Callable[[Job], Result], jobs: Sequence[Job], threads: int
) -> Iterator[Result]:
    """Do jobs in threads and give their results in the order of the jobs.

    At most ``threads`` results beyond the one being used are held.
    """
    if threads == 1 or len(jobs) < 2:  # noqa: PLR2004 - one job needs no pool
        yield from map(work, jobs)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting = [pool.submit(work, job) for job in jobs[:threads]]
        for job in jobs[threads:]:
            done = waiting.pop(0).result()
            waiting.append(pool.submit(work, job))
            yield done
        for future in waiting:
            yield future.result()

"""Settings for all tests."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings

# A loaded machine is no failure of the program: timings live in benchmarks/.
settings.register_profile("firecover", deadline=None, print_blob=True)
settings.load_profile("firecover")

_CACHE = "FIRECOVER_CACHE"


def pytest_configure(config):
    """Keep the user's cache out of the tests, and what they store out of it.

    Set before anything is collected: compiled functions choose their folder on import. Machine
    code is kept from one session to the next, beside what pytest itself keeps: it is the same
    for all that have the same sources, and takes a minute to make.
    """
    folder = Path(tempfile.mkdtemp(prefix="firecover-tests-"))
    os.environ[_CACHE] = str(folder)
    with contextlib.suppress(OSError):  # where links are not allowed, it is compiled anew
        (folder / "compiled").symlink_to(config.cache.mkdir("compiled"), target_is_directory=True)


def pytest_unconfigure():
    """Leave nothing behind."""
    folder = os.environ.pop(_CACHE, None)
    if folder and Path(folder).name.startswith("firecover-tests-"):
        shutil.rmtree(folder, ignore_errors=True)

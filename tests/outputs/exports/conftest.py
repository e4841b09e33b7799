"""The small study's package, written once, and the place of a run that has written it."""

import shutil

import pytest

from firecover.outputs.geopackage import FILE_NAME, write_geopackage
from support.tiny_results import tiny_results


@pytest.fixture(scope="session")
def written_package(tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / FILE_NAME
    write_geopackage(tiny_results(), path)
    return path


@pytest.fixture
def package(written_package, tmp_path):
    """A package in a folder of its own: exports go beside it."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    return shutil.copy(written_package, folder / FILE_NAME)

"""What the tests share that open the maps in a browser."""

import pytest

from firecover.outputs.maps.pages import write_maps
from support.browser import chromium, needs_chromium
from support.tiny_results import tiny_results


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """Give a browser without a network; the test is skipped where there is none."""
    needs_chromium()
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Give the maps of the small made-up study; a test of another study has its own."""
    folder = tmp_path_factory.mktemp("maps")
    write_maps(tiny_results(), folder)
    return folder

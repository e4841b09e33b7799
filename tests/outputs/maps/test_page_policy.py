"""The content security policy of each page: its own scripts, its own pictures, no more."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import html
import re

import pytest

from firecover.outputs.maps.page_policy import with_policy
from firecover.outputs.maps.pages import write_maps
from firecover.study_maps import MapsTable
from support.tiny_results import tiny_results

TILES = [
    {"kind": "osm"},
    {"kind": "xyz", "url": "http://127.0.0.1:9/{z}/{x}/{y}.png", "attribution": "A"},
]


def rules_of(text):
    found = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)
    assert len(found) == 1
    return dict(rule.split(" ", 1) for rule in html.unescape(found[0]).split("; "))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    plain, tiled = (tmp_path_factory.mktemp(name) for name in ("plain", "tiled"))
    results = tiny_results()
    write_maps(results, plain)
    study = results.study.model_copy(update={"maps": MapsTable(tiles=TILES)})
    write_maps(dataclasses.replace(results, study=study), tiled)
    return plain, tiled


def test_every_page_runs_its_own_scripts_alone(folders):
    for file in sorted(folders[0].iterdir()):
        text = file.read_bytes().decode("utf-8")
        rules = rules_of(text)
        code = re.findall(r"<script(?![^>]*json)[^>]*>(.*?)</script>", text, re.DOTALL)
        hashes = {
            f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'"
            for each in code
        }
        assert set(rules["script-src"].split()) == hashes, file.name
        assert rules["default-src"] == rules["connect-src"] == "'none'"
        assert "unsafe" not in rules["script-src"] + rules["img-src"]
        # What stands before the policy is not bound by it.
        assert text.index("Content-Security-Policy") < text.index("<script")


def test_pictures_come_from_the_page_and_the_tiles_of_the_study_alone(folders):
    plain, tiled = folders
    for file in sorted(plain.iterdir()):
        assert rules_of(file.read_text(encoding="utf-8"))["img-src"] == "data:"
        images = rules_of((tiled / file.name).read_text(encoding="utf-8"))["img-src"]
        own = "data: https://tile.openstreetmap.org http://127.0.0.1:9"
        assert images == ("data:" if file.name == "index.html" else own)


def test_line_ends_are_those_that_a_browser_hashes():
    text = with_policy("<head></head><script>a();\r\nb();</script>")
    digest = base64.b64encode(hashlib.sha256(b"a();\nb();").digest()).decode()
    assert rules_of(text)["script-src"] == f"'sha256-{digest}'"
    assert "\r" not in text


def test_a_page_without_scripts_runs_none():
    assert rules_of(with_policy("<head></head>"))["script-src"] == "'none'"

"""A page is made one file, or not at all."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import folium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firecover.errors import OutputError
from firecover.outputs.maps.offline import (
    UNUSED_ASSETS,
    inline_assets,
    json_text,
    outside_sources,
    script_text,
    style_text,
)

LEAFLET = "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js"


class _Scripts(HTMLParser):
    """Collect the text of each script as a browser's parser cuts it."""

    def __init__(self):
        super().__init__()
        self.texts = []
        self.tags = []

    def handle_starttag(self, tag, attrs):  # noqa: ARG002
        self.tags.append(tag)
        if tag == "script":
            self.texts.append("")

    def handle_data(self, data):
        if self.texts and self.lasttag == "script":
            self.texts[-1] += data


def test_leaflet_is_put_in_and_the_unused_assets_are_left_out():
    html = folium.Map(tiles=None).get_root().render()
    assert html.count("https://cdn.jsdelivr.net") > 3
    whole = inline_assets(html)
    assert 't.version="1.9.3"' in whole
    assert ".leaflet-pane" in whole
    assert outside_sources(whole) == []
    assert "jQuery" not in whole
    assert "Bootstrap v5" not in whole
    assert "sourceMappingURL" not in whole


def test_every_asset_of_folium_is_at_hand_when_nothing_is_left_out():
    whole = inline_assets(folium.Map(tiles=None).get_root().render(), unused=())
    assert "jQuery v3.7.1" in whole
    assert outside_sources(whole) == []


def test_what_is_left_out_are_folium_s_own_assets_without_leaflet():
    urls = {url for _, url in (*folium.Map.default_js, *folium.Map.default_css)}
    assert urls > UNUSED_ASSETS
    assert len(urls - UNUSED_ASSETS) == 2


@pytest.mark.parametrize(
    "tag",
    [
        '<script src="https://example.org/a.js"></script>',
        '<link rel="stylesheet" href="https://example.org/a.css"/>',
    ],
)
def test_an_unknown_address_is_an_error_and_names_it(tag):
    with pytest.raises(OutputError, match=r"no offline copy of https://example\.org/a"):
        inline_assets(f"<html><head>{tag}</head></html>")


@pytest.mark.parametrize(
    ("tag", "source"),
    [
        ('<img src="https://example.org/a.png">', "https://example.org/a.png"),
        ('<img src="a.png">', "a.png"),
        ("<script src='//example.org/a.js' defer></script>", "//example.org/a.js"),
        ('<link href="https://example.org/i.ico" rel="icon">', "https://example.org/i.ico"),
        ('<iframe src="https://example.org/"></iframe>', "https://example.org/"),
        (
            "<style>a{background:url( 'https://example.org/b.png')}</style>",
            "https://example.org/b.png",
        ),
        ("<style>@import '//example.org/c.css';</style>", "//example.org/c.css"),
        ('<p style="background:url(//example.org/d.png)">', "//example.org/d.png"),
    ],
)
def test_anything_else_that_would_be_fetched_is_an_error(tag, source):
    assert outside_sources(tag) == [source]
    with pytest.raises(OutputError, match="would still load"):
        inline_assets(tag)


@pytest.mark.parametrize(
    "tag",
    [
        '<a href="https://www.openstreetmap.org/copyright">OSM</a>',
        '<img src="data:image/png;base64,AAAA">',
        '<svg><use href="#fc-fire"/></svg>',
        "<style>a{fill:url(#fc-hatch);behavior:url(#default#VML)}</style>",
        "<script>var space = 'http://www.w3.org/2000/svg';</script>",
    ],
)
def test_links_and_what_is_in_the_page_are_no_loads(tag):
    assert inline_assets(tag) == tag


def test_a_script_cannot_end_itself():
    code = 'var a = "</script><b>", c = "</SCRIPT >", d = "<!--<script>";'
    reader = _Scripts()
    reader.feed(f"<script>{script_text(code)}</script><i>")
    assert reader.tags == ["script", "i"]
    # A backslash before / or ! changes nothing inside a string.
    assert re.sub(r"\\(?=[/!])", "", reader.texts[0]) == code
    assert style_text("a{content:'</style>'}") == r"a{content:'<\/style>'}"


@given(st.recursive(st.text() | st.integers() | st.none(), st.lists))
def test_json_comes_back_as_it_was_and_holds_no_markup(data):
    text = json_text(data)
    assert json.loads(text) == data
    assert not set("<>&\u2028\u2029") & set(text)


def test_a_figure_that_is_no_number_is_an_error():
    with pytest.raises(OutputError, match="not a number"):
        json_text({"share": float("nan")})

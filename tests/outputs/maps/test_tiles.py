"""Online backgrounds: the addresses that Leaflet is given, and the hosts a page may ask."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firecover.errors import OutputError
from firecover.outputs.maps.tiles import TileSet, tile_sets
from firecover.study_maps import TilesTable


def only(**given):
    (found,) = tile_sets([TilesTable(**given)])
    return found


@pytest.mark.parametrize(("layer", "names"), [("vec", "cva"), ("img", "cia"), ("ter", "cta")])
def test_tianditu_has_a_map_and_the_names_upon_it(layer, names):
    tiles = only(kind="tianditu", key="0a1b", layer=layer)
    assert tiles.urls == tuple(
        f"https://t{{s}}.tianditu.gov.cn/{each}_w/wmts?SERVICE=WMTS&REQUEST=GetTile"
        f"&VERSION=1.0.0&LAYER={each}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles"
        "&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=0a1b"
        for each in (layer, names)
    )
    assert tiles.hosts() == [f"https://t{i}.tianditu.gov.cn" for i in range(8)]
    assert tiles.credit == ("© 天地图", "© Tianditu")


def test_openstreetmap_and_who_is_named():
    tiles = only(kind="osm")
    assert tiles.urls == ("https://tile.openstreetmap.org/{z}/{x}/{y}.png",)
    assert tiles.hosts() == ["https://tile.openstreetmap.org"]
    assert "OpenStreetMap" in tiles.credit[0]
    assert tiles.href == "https://www.openstreetmap.org/copyright"


def test_own_tiles_keep_their_address_name_and_credit():
    url = "http://127.0.0.1:8123/{z}/{x}/{y}.png"
    tiles = only(kind="xyz", url=url, attribution="测绘院", max_zoom=16)
    assert (tiles.urls, tiles.hosts()) == ((url,), ["http://127.0.0.1:8123"])
    assert (tiles.name, tiles.credit) == (("127.0.0.1",) * 2, ("测绘院",) * 2)
    assert tiles.as_data()["max_zoom"] == 16
    title = {"zh": "内网影像", "en": "Own imagery"}
    named = only(kind="xyz", url=url, attribution="测绘院", title=title)
    assert named.name == ("内网影像", "Own imagery")


def test_servers_of_an_address_are_named_one_by_one():
    tiles = only(kind="xyz", url="https://{s}.a.org/{z}/{x}/{y}", attribution="A")
    assert tiles.hosts() == ["https://a.a.org", "https://b.a.org", "https://c.a.org"]


@pytest.mark.parametrize("host", ["a;script-src *", 'a" onload="x', "a b", "é.org", ""])
def test_a_host_that_would_widen_the_policy_is_refused(host):
    tiles = TileSet(("a", "a"), (f"https://{host}/{{z}}/{{x}}/{{y}}",), "", 18, ("a", "a"))
    with pytest.raises(OutputError, match="no plain host"):
        tiles.hosts()


@given(st.text(max_size=20))
def test_no_host_can_say_more_than_where_it_is(host):
    tiles = TileSet(("a", "a"), (f"https://{host}/{{z}}/{{x}}/{{y}}",), "", 18, ("a", "a"))
    try:
        hosts = tiles.hosts()
    except (OutputError, ValueError):  # urlsplit itself refuses some
        return
    assert not set(";, '\"<>\n") & set("".join(hosts))

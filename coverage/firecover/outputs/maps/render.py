"""How a map page becomes one HTML file.

folium lays out the page and starts Leaflet; the layers, panels and popups are this package's
own (``templates/map_*``), because they switch language and scenario without a reload and
because names from the data must never be read as markup.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import folium
from branca.element import MacroElement
from folium.template import Template
from jinja2 import Environment
from markupsafe import Markup

from firecover.outputs import styles
from firecover.outputs.maps.offline import inline_assets, json_text, script_text, style_text
from firecover.outputs.maps.page_policy import with_policy
from firecover.outputs.maps.parts import Frame, MapPage, Own
from firecover.outputs.maps.text import Pair
from firecover.outputs.template_files import environment


@cache
def _templates() -> Environment:
    return environment()


@cache
def _file(name: str) -> str:
    folder = resources.files("firecover.outputs").joinpath("templates")
    return folder.joinpath(name).read_text(encoding="utf-8")


def _symbols() -> Markup:
    text = (
        _templates()
        .get_template("map_symbols.html")
        .render(
            station=styles.STATION_MARKERS, candidate=styles.CANDIDATE_MARKER, gap=styles.GAP_COLOUR
        )
    )
    return Markup(text)  # noqa: S704 - our own template, filled with our own colours


_HEAD, _BODY = "<!-- firecover: head -->", "<!-- firecover: body -->"


class _Parts(MacroElement):
    """Marks the places of the page's own parts in folium's layout.

    branca takes what an element renders for a template once more: a village named
    ``{{ … }}`` would be carried out as code. So the parts themselves are put in only after
    folium is done.
    """

    _template = Template(
        f"{{% macro header(this, kwargs) %}}{_HEAD}{{% endmacro %}}"
        f"{{% macro html(this, kwargs) %}}{_BODY}{{% endmacro %}}"
        "{% macro script(this, kwargs) %}firecoverStart({{ this.map_name }});{% endmacro %}"
    )

    def __init__(self, map_name: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name, self._id = "Parts", "firecover"
        self.map_name = map_name


_SCRIPTS = (
    "map_1_text.js",
    "map_2_draw.js",
    "map_3_use.js",
    "map_4_ground.js",
    "map_5_labels.js",
)
_SHEETS = ("map_page.css",)


def _head(title: Pair, own: Own | None = None) -> str:
    own = own or Own()
    sheet = style_text("\n".join(_file(name) for name in (*_SHEETS, *own.sheets)))
    parts = "\n".join(_file(name) for name in (*_SCRIPTS, *own.scripts))
    code = script_text(f'(function () {{\n"use strict";\n{parts}}}());')
    name = Markup.escape(title[0])
    return f"<title>{name}</title>\n<style>{sheet}</style>\n<script>{code}</script>"


def _finish(html: str, classes: str) -> str:
    """Set what folium leaves open: the language, and how a phone may zoom."""
    html = html.replace("<html>", '<html lang="zh-CN">', 1)
    html = html.replace("<body>", f'<body class="{classes}">', 1)
    return html.replace("maximum-scale=1.0, user-scalable=no", "viewport-fit=cover", 1)


def page_title(frame: Frame, title: Pair) -> Pair:
    """Return the title of a page's window."""
    return f"{title[0]} – {frame.title[0]}", f"{title[1]} – {frame.title[1]}"


def _data(frame: Frame, page: MapPage) -> dict[str, Any]:
    names = ("zoom_in", "zoom_out", "whole", "north")
    return {
        "title": page_title(frame, page.title),
        "scenarios": [item["id"] for item in frame.scenarios] if page.by_scenario else [],
        "view": frame.view,
        "focus": page.focus or frame.view,
        "base": frame.base,
        "credits": frame.credits,
        "labels": {name: frame.words[name] for name in names},
        "none_found": frame.words["none_found"],
        "variants": len(page.variants),
        "variant_ids": list(page.variant_ids),
        "click": page.click,
        "tiles": [tiles.as_data() for tiles in frame.tiles],
        "layers": [layer.as_data() for layer in page.layers],
        **page.own.data,
    }


def render_map(frame: Frame, page: MapPage) -> str:
    """Return a page with a map as one HTML file that fetches nothing.

    The same page gives the same text, byte by byte.

    Raises
    ------
    OutputError
        If an asset is missing, or a figure cannot be written.
    """
    south_west, north_east = frame.view
    centre = [(a + b) / 2 for a, b in zip(south_west, north_east, strict=True)]
    leaflet = folium.Map(
        location=centre,
        tiles=None,
        zoom_start=9,
        min_zoom=6,
        max_zoom=18,
        prefer_canvas=True,
        zoom_control=False,
        zoom_snap=0.25,
        zoom_delta=0.5,
        max_bounds_viscosity=0.6,
    )
    # Without these, folium draws lots for the names of its elements at every run, and Leaflet
    # stops at the first marker of a map that has no tiles to say how far one may zoom in.
    leaflet._id = "firecover"  # noqa: SLF001
    body = _templates().get_template(page.own.body)
    data = Markup(json_text(_data(frame, page)))  # noqa: S704 - escaped by json_text
    leaflet.get_root().add_child(_Parts(leaflet.get_name()))
    html: str = leaflet.get_root().render()
    html = html.replace(_HEAD, _head(page_title(frame, page.title), page.own), 1)
    html = html.replace(
        _BODY, body.render(frame=frame, page=page, symbols=_symbols(), data=data), 1
    )
    hosts = [host for tiles in frame.tiles for host in tiles.hosts()]
    return with_policy(_finish(inline_assets(html), page.own.classes), hosts)


def render_index(frame: Frame, page: Any) -> str:
    """Return the entry page, which has no map, as one HTML file that fetches nothing."""
    data = {
        "title": page_title(frame, page.title),
        "scenarios": [item["id"] for item in frame.scenarios],
    }
    html = _templates().get_template("map_index.html")
    text = html.render(
        frame=frame,
        page=page,
        symbols=_symbols(),
        head_text=Markup(_head(page_title(frame, page.title))),  # noqa: S704 - escaped by _head
        data=Markup(json_text(data)),  # noqa: S704 - escaped by json_text
    )
    return with_policy(inline_assets(text))

"""Write the HTML maps of a study: an entry page and a page a theme, each one file, no network."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from firecover.errors import OutputError
from firecover.outputs.attribution import credits_of
from firecover.outputs.maps.gain import gain_page
from firecover.outputs.maps.geometry import BASE_STYLE, ROAD_LOOKS, base_map, view
from firecover.outputs.maps.hydrants import hydrants_page
from firecover.outputs.maps.index import INDEX, about_scenario, index_page
from firecover.outputs.maps.jurisdictions import jurisdictions_page
from firecover.outputs.maps.layers import Shared, share_out
from firecover.outputs.maps.parts import Entry, Frame, MapPage
from firecover.outputs.maps.relief import (
    ALTITUDE_DEG,
    AZIMUTH_DEG,
    EXAGGERATION,
    relief_picture,
)
from firecover.outputs.maps.render import render_index, render_map
from firecover.outputs.maps.resilience import has_weak_points, resilience_page
from firecover.outputs.maps.response import response_page
from firecover.outputs.maps.sites import candidates_page
from firecover.outputs.maps.text import (
    Pair,
    join,
    layer_name,
    say,
    value_name,
)
from firecover.outputs.maps.tiles import tile_sets
from firecover.outputs.maps.townships import townships_page
from firecover.outputs.maps.villages import villages_page
from firecover.outputs.maps.what_if import what_if_page
from firecover.results import Results

_LEAFLET = "https://leafletjs.com"


def write_maps(
    results: Results, folder: Path, *, on_page: Callable[[Path], None] | None = None
) -> list[Path]:
    """Write the maps of a study.

    Each page is one file that works with no network and no server, in Chinese and English.
    The same results give the same bytes.

    Parameters
    ----------
    results
        What to show.
    folder
        Where the pages go; made if there is none.
    on_page
        Called with the path of each page once it is written.

    Returns
    -------
    pages
        The files, the entry page first.

    Raises
    ------
    OutputError
        If a page cannot be written, or would need the network.
    """
    shared = share_out(results)
    pages = _pages(shared)
    frame = _frame(shared, pages)
    files = []
    texts = [(INDEX, render_index(frame, index_page(shared, [page.file for page, _, _ in pages])))]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts:
            files.append(_write(folder / name, text, on_page))
        for page, _, _ in pages:
            files.append(_write(folder / page.file, render_map(frame, page), on_page))
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        msg = f"the maps cannot be written to {folder}: {error.strerror or error}"
        raise OutputError(msg) from error
    return files


def _write(file: Path, text: str, on_page: Callable[[Path], None] | None) -> Path:
    file.write_bytes(text.encode("utf-8"))
    if on_page is not None:
        on_page(file)
    return file


def _pages(shared: Shared) -> list[tuple[MapPage, Pair, Pair]]:
    """Return the pages that have something to show, each with its short name and description."""
    results = shared.results
    pages = [(response_page(shared), say("response.title"), say("response.card"))]

    def add(page: MapPage, section_name: str) -> None:
        pages.append((page, say(f"{section_name}.short"), say(f"{section_name}.card")))

    if len(results.scenarios) > 1:
        add(gain_page(shared), "gain")
    if len(results.jurisdictions) or len(results.built_up):
        add(jurisdictions_page(shared), "jurisdictions")
    add(townships_page(shared), "townships_page")
    if len(results.villages):
        add(villages_page(shared), "villages")
    if len(results.hydrants) or len(results.hydrant_gaps):
        add(hydrants_page(shared), "hydrants")
    if len(results.candidates):
        add(candidates_page(shared), "candidates")
    if has_weak_points(results):
        add(resilience_page(shared), "resilience")
    choices = what_if_page(shared)
    if choices is not None:
        add(choices, "what_if")
    return pages


# ------------------------------------------------------------------------------- frame


def _frame(shared: Shared, pages: Sequence[tuple[MapPage, Pair, Pair]]) -> Frame:
    results = shared.results
    study = results.study.study
    modelled = [layer_name(name) for name in results.modelled]
    base = base_map(results.boundary, shared.townships, results.water, results.roads)
    maps = results.study.maps
    base["relief"] = relief_picture(results.relief, results.boundary) if maps.hillshade else None
    nav = [
        {"file": page.file, "name": short, "title": page.title, "card": card}
        for page, short, card in pages
    ]
    handling = study.handling
    return Frame(
        title=(study.title.zh, study.title.en),
        modelled=join(modelled, say("frame.joint")) if modelled else None,
        handling=(handling.zh, handling.en) if handling else None,
        scenarios=[
            {
                "id": summary.id,
                "name": summary.title,
                "about": about_scenario(shared, summary),
            }
            for summary in results.scenarios
        ],
        nav=[{"file": INDEX, "name": say("frame.overview")}, *nav],
        sources=_sources(results),
        credits=_credits(results),
        base=base,
        view=view(results.boundary),
        base_legend=_base_legend(base),
        approval=_approval(study.map_approval),
        relief_note=_relief_note() if base["relief"] else None,
        tiles=tile_sets(maps.tiles),
    )


def _approval(given: str | None) -> str | None:
    """Return the number alone: what it is stands before it in both languages."""
    return re.sub(r"^\s*审图号\s*[：:]?\s*", "", given) if given else None


def _relief_note() -> Pair:
    return say("frame.relief_note", azimuth=AZIMUTH_DEG, altitude=ALTITUDE_DEG, times=EXAGGERATION)


def _sources(results: Results) -> list[dict[str, Any]]:
    return [
        {
            "name": layer_name(layer.name),
            "kind": value_name("kind", layer.provenance.kind),
            "modelled": layer.provenance.kind == "modelled",
            "source": layer.provenance.source,
            "licence": layer.provenance.licence,
            "date": layer.provenance.date.isoformat() if layer.provenance.date else "",
        }
        for layer in results.layers
    ]


def _credits(results: Results) -> list[dict[str, Any]]:
    """Name those who must be named on the map itself."""
    named: list[dict[str, Any]] = [
        {"text": (credit.zh, credit.en), "href": credit.href} for credit in credits_of(results)
    ]
    named.append({"text": say("frame.own_base"), "href": ""})
    named.append({"text": say("frame.made_with"), "href": _LEAFLET})
    return named


def _base_legend(base: Mapping[str, Any]) -> list[Entry]:
    used = {road["key"] for road in base["roads"]}
    border = {"color": BASE_STYLE["boundary"], "weight": 2, "dashArray": "9 3 2 3"}
    township = {"color": BASE_STYLE["border"], "weight": 1.4, "dashArray": "6 3 1.5 3"}
    entries = [
        Entry(say("frame.boundary"), border, "line"),
        Entry(say("frame.border"), township, "line"),
    ]
    if base["lakes"] or base["rivers"]:
        water = {"color": BASE_STYLE["water"], "weight": 3, "dashArray": ""}
        entries.append(Entry(say("frame.water"), water, "line"))
    for look in reversed(ROAD_LOOKS):
        if look["key"] in used:
            drawn = {"color": look["color"], "casing": look["casing"] or look["color"]}
            entries.append(Entry(say(f"roads.{look['key']}"), drawn, "casing"))
    return entries

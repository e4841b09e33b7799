"""How layers look in KML: one style for each class of the legend that QGIS shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from firecover.outputs.exports.package import rows_where
from firecover.outputs.exports.sheets import Sheet
from firecover.outputs.styles import layer_style, rgb
from firecover.outputs.styles_siting import SITING_LAYERS, siting_style
from firecover.outputs.symbols import Fill, LayerStyle, Marker, Stroke, Symbol

_PX_PER_MM = 3.8
_HATCHED, _OUTLINE = 0.5, 0.0


@dataclass(frozen=True)
class Look:
    """The styles of a layer, and which of them each row has (−1: none)."""

    styles: tuple[ET.Element, ...]
    of_row: NDArray[np.int64]


def look_of(sheet: Sheet, minutes: Sequence[float]) -> Look:
    """Return how the rows of a layer are drawn.

    Parameters
    ----------
    sheet
        The layer.
    minutes
        The bands of the run, rising.
    """
    style = _style(sheet, minutes)
    if style is None:
        return Look((), np.full(len(sheet.data), -1))
    elements = tuple(
        _element(f"{sheet.name}-{i}", item.symbol, style.opacity)
        for i, item in enumerate(style.classes)
    )
    return Look(elements, _classes(sheet, style))


def _style(sheet: Sheet, minutes: Sequence[float]) -> LayerStyle | None:
    """Return the layer's style; None for a layer that someone else has put into the package."""
    name, polygons = sheet.layer.name, sheet.layer.geometry_type.endswith("Polygon")
    if name in SITING_LAYERS:
        return siting_style(name, "zh", sheet.data)
    scenario = next((c.removeprefix(_FIRST) for c in sheet.columns if c.startswith(_FIRST)), "")
    try:
        known = "water_areas" if (name, polygons) == ("water", True) else name
        return layer_style(known, minutes, "zh", scenario)
    except KeyError:
        return None


_FIRST = "first_min_"


def _classes(sheet: Sheet, style: LayerStyle) -> NDArray[np.int64]:
    """Return the first class that holds for each row."""
    found = np.full(len(sheet.data), -1)
    for i, item in reversed(list(enumerate(style.classes))):
        if style.kind == "single":
            holds = np.ones(len(found), dtype=bool)
        elif style.kind == "rules":
            holds = sheet.data.index.isin(rows_where(sheet.package, sheet.layer, item.where))
        elif style.attribute not in sheet.columns:
            continue
        elif style.kind == "categorized":
            holds = sheet.data[style.attribute].astype(str).eq(item.value).to_numpy(dtype=bool)
        else:
            values = sheet.data[style.attribute]
            holds = (values.gt(item.lower) & values.le(item.upper)).to_numpy(dtype=bool)
        found[holds] = i
    return found


def _element(name: str, symbol: Symbol, opacity: float) -> ET.Element:
    style = ET.Element("Style", id=name)
    if isinstance(symbol, Marker):
        icon = ET.SubElement(style, "IconStyle")
        _text(icon, "color", kml_colour(symbol.fill or symbol.stroke, opacity))
        _text(icon, "scale", f"{min(max(symbol.size_mm / 4, 0.4), 1.4):.2f}")
        _text(ET.SubElement(style, "LabelStyle"), "scale", "0.8")
    elif isinstance(symbol, Stroke):
        _line(style, symbol.colour, symbol.width_mm, opacity)
    else:
        _line(style, symbol.stroke or symbol.colour, symbol.stroke_mm, 1.0)
        filled = ET.SubElement(style, "PolyStyle")
        share = opacity * _share(symbol)
        _text(filled, "color", kml_colour(symbol.colour or "#ffffff", share))
        _text(filled, "fill", "1" if share else "0")
    # Without it, Google Earth would take a row's name for HTML.
    _text(ET.SubElement(style, "BalloonStyle"), "text", "$[description]")
    return style


def _share(fill: Fill) -> float:
    if not fill.colour:
        return _OUTLINE
    return _HATCHED if fill.hatched else 1.0


def _line(style: ET.Element, colour: str, width_mm: float, opacity: float) -> None:
    line = ET.SubElement(style, "LineStyle")
    _text(line, "color", kml_colour(colour, opacity))
    _text(line, "width", f"{max(width_mm * _PX_PER_MM, 1.0):.1f}")


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = text


def kml_colour(colour: str, opacity: float) -> str:
    """Return ``#rrggbb`` as KML writes it: opacity, blue, green, red."""
    red, green, blue = rgb(colour)
    return f"{round(opacity * 255):02x}{blue:02x}{green:02x}{red:02x}"

"""The print layout of the QGIS project: an A3 sheet with map, legend, scale and north arrow."""

from __future__ import annotations

import base64
import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from xml.etree import ElementTree as ET

from firecover.outputs.qml import FONTS, colour_text

Extent = tuple[float, float, float, float]
#: Left, top, width and height on the sheet, mm.
Box = tuple[float, float, float, float]

_SHEET_MM = (420.0, 297.0)
_MAP_BOX: Box = (10.0, 26.0, 400.0, 245.0)
# The numbers by which QGIS tells the kinds of items apart.
_PAGE, _MAP, _PICTURE, _LABEL, _LEGEND, _SCALE_BAR = (
    "65638",
    "65639",
    "65640",
    "65641",
    "65642",
    "65646",
)
#: An expression that QGIS works out: the scale of the map on the sheet.
_SCALE_TEXT = "比例尺 1 : [% format_number(map_get(item_variables('map'), 'map_scale'), 0) %]（A3）"
_NORTH_ARROW = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 56" width="40" height="56">'
    '<path d="M20 16 L33 54 L20 45 Z" fill="#ffffff" stroke="#222222" stroke-width="1.2"/>'
    '<path d="M20 16 L7 54 L20 45 Z" fill="#222222" stroke="#222222" stroke-width="1.2"/>'
    '<path d="M14.5 13 V1.5 L25.5 13 V1.5" fill="none" stroke="#222222" stroke-width="2.4"/>'
    "</svg>"
)


class Printed(Protocol):
    """What the layout needs to know of a layer."""

    @property
    def id(self) -> str:
        """Its id in the project."""

    @property
    def name(self) -> str:
        """Its name in the legend."""

    @property
    def source(self) -> str:
        """Its data source."""

    @property
    def provider(self) -> str:
        """Its provider."""


@dataclass(frozen=True)
class Sheet:
    """One printed sheet.

    ``identity`` tells the sheets of a project apart; ``layers`` are drawn from the last to
    the first, and make the legend in their order.
    """

    name: str
    title: str
    subtitle: str
    footer: str
    identity: str
    extent: Extent
    layers: Sequence[Printed]


def layout_element(sheet: Sheet) -> ET.Element:
    """Return the layout of a sheet, A3 landscape."""
    layout = ET.Element("Layout", name=sheet.name, units="mm", printResolution="200")
    layout.attrib |= {"worldFileMap": _uuid(sheet, "map")}
    pages = ET.SubElement(layout, "PageCollection")
    page = _item(_PAGE, sheet, "page", (0, 0, *_SHEET_MM))
    page.set("background", "true")
    pages.append(page)
    layout.append(_map(sheet))
    layout.append(_legend(sheet))
    layout.append(_scale_bar(sheet))
    layout.append(_north_arrow(sheet))
    _add_texts(layout, sheet)
    return layout


def _add_texts(layout: ET.Element, sheet: Sheet) -> None:
    left, _, width, _ = _MAP_BOX
    texts = {
        "title": (sheet.title, (left, 6, width, 13), 24, True, "center"),
        "subtitle": (sheet.subtitle, (left, 19, width, 6), 10, False, "center"),
        "footer": (sheet.footer, (left, 272, width - 55, 22), 7.5, False, "left"),
        "scale text": (_SCALE_TEXT, (left + width - 55, 272, 55, 7), 9, False, "right"),
    }
    for name, (text, box, size_pt, bold, align) in texts.items():
        if text:
            layout.append(_label(sheet, name, text, box, size_pt, bold=bold, align=align))


def _uuid(sheet: Sheet, item: str) -> str:
    """Return the same id every time, as no two items may share one."""
    return f"{{{uuid.uuid5(uuid.NAMESPACE_URL, f'firecover/{sheet.identity}/{item}')}}}"


def _item(kind: str, sheet: Sheet, name: str, box: Box, z: int = 0) -> ET.Element:
    left, top, width, height = box
    place = f"{left:g},{top:g},mm"
    item = ET.Element(
        "LayoutItem",
        type=kind,
        id=name,
        uuid=_uuid(sheet, name),
        templateUuid=_uuid(sheet, name),
        size=f"{width:g},{height:g},mm",
        position=place,
        positionOnPage=place,
        positionLock="false",
        referencePoint="0",
        itemRotation="0",
        opacity="1",
        visibility="1",
        zValue=str(z),
        background="false",
        frame="false",
    )
    ET.SubElement(item, "FrameColor", red="60", green="60", blue="60", alpha="255")
    ET.SubElement(item, "BackgroundColor", red="255", green="255", blue="255", alpha="255")
    return item


def _framed(item: ET.Element) -> ET.Element:
    item.attrib |= {"background": "true", "frame": "true", "outlineWidthM": "0.3,mm"}
    return item


def map_extent(extent: Extent, box: Box = _MAP_BOX) -> Extent:
    """Return the extent, widened to the proportions of the map on the sheet."""
    left, bottom, right, top = extent
    width, height = right - left, top - bottom
    ratio = box[2] / box[3]
    new_width, new_height = max(width, height * ratio), max(height, width / ratio)
    x, y = (left + right) / 2, (bottom + top) / 2
    return x - new_width / 2, y - new_height / 2, x + new_width / 2, y + new_height / 2


def _map(sheet: Sheet) -> ET.Element:
    item = _framed(_item(_MAP, sheet, "map", _MAP_BOX, 1))
    # The layers are fixed: a sheet is of one scenario, whatever is ticked in the project.
    item.attrib |= {"followPreset": "false", "keepLayerSet": "true", "mapRotation": "0"}
    names = ("xmin", "ymin", "xmax", "ymax")
    values = map_extent(sheet.extent)
    extent = {name: f"{value:.3f}" for name, value in zip(names, values, strict=True)}
    ET.SubElement(item, "Extent", extent)
    layers = ET.SubElement(item, "LayerSet")
    for layer in sheet.layers:
        entry = ET.SubElement(
            layers, "Layer", name=layer.name, source=layer.source, provider=layer.provider
        )
        entry.text = layer.id
    return item


def _legend(sheet: Sheet) -> ET.Element:
    left, top, width, _ = _MAP_BOX
    item = _framed(_item(_LEGEND, sheet, "legend", (left + width - 62, top + 3, 59, 120), 3))
    item.attrib |= {
        "title": "图例",
        "map_uuid": _uuid(sheet, "map"),
        "referencePoint": "2",
        "position": f"{left + width - 3:g},{top + 3:g},mm",
        "positionOnPage": f"{left + width - 3:g},{top + 3:g},mm",
        "resizeToContents": "1",
        "columnCount": "1",
        "symbolWidth": "7",
        "symbolHeight": "4",
        "boxSpace": "3",
    }
    tree = ET.SubElement(item, "layer-tree-group")
    for layer in sheet.layers:
        ET.SubElement(
            tree,
            "layer-tree-layer",
            id=layer.id,
            name=layer.name,
            source=layer.source,
            providerKey=layer.provider,
            checked="Qt::Checked",
            expanded="1",
        )
    styles = ET.SubElement(item, "styles")
    sizes = {"title": (14, True), "group": (11, True), "subgroup": (10, True)}
    sizes |= {"symbolLabel": (9, False)}
    for name, (size_pt, bold) in sizes.items():
        style = ET.SubElement(styles, "style", name=name, alignment="1")
        style.attrib |= {"marginTop": "2.2", "marginLeft": "2" if name == "symbolLabel" else "0"}
        style.append(_font("styleFont", size_pt, bold=bold))
    return item


def scale_step_km(extent_width_m: float) -> float:
    """Return the length of one segment of the scale bar: 1, 2 or 5 times a power of ten."""
    wanted = extent_width_m / 1000 / 10
    power = 10 ** math.floor(math.log10(wanted))
    return float(next(step * power for step in (5, 2, 1) if step * power <= wanted))


def _scale_bar(sheet: Sheet) -> ET.Element:
    left, top, _, height = _MAP_BOX
    item = _framed(_item(_SCALE_BAR, sheet, "scale", (left + 3, top + height - 18, 90, 15), 3))
    extent = map_extent(sheet.extent)
    item.attrib |= {
        "style": "Single Box",
        "mapUuid": _uuid(sheet, "map"),
        "unitType": "km",
        "unitLabel": "公里",
        "numSegments": "2",
        "numSegmentsLeft": "0",
        "numUnitsPerSegment": f"{scale_step_km(extent[2] - extent[0]):g}",
        "numMapUnitsPerScaleBarUnit": "1",
        "segmentSizeMode": "0",
        "height": "3",
        "outlineWidth": "0.3",
        "boxContentSpace": "2",
        "labelBarSpace": "1.5",
        "alignment": "0",
    }
    item.append(_font("scaleBarFont", 9))
    return item


def _north_arrow(sheet: Sheet) -> ET.Element:
    left, top, _, _ = _MAP_BOX
    item = _item(_PICTURE, sheet, "north", (left + 4, top + 4, 14, 20), 3)
    picture = base64.b64encode(_NORTH_ARROW.encode()).decode()
    item.attrib |= {
        "file": f"base64:{picture}",
        "mode": "0",
        "resizeMode": "0",
        "anchorPoint": "4",
        "northMode": "0",
        "mapUuid": _uuid(sheet, "map"),
        "svgFillColor": colour_text("#222222"),
        "svgBorderColor": colour_text("#222222"),
        "svgBorderWidth": "0.2",
    }
    return item


def _label(
    sheet: Sheet, name: str, text: str, box: Box, size_pt: float, *, bold: bool, align: str
) -> ET.Element:
    item = _item(_LABEL, sheet, name, box, 4)
    # Numbers of Qt's alignment flags; 32 is at the top, 128 midway from top to bottom.
    flags = {"left": "1", "right": "2", "center": "4"}
    item.attrib |= {
        "labelText": text,
        "htmlState": "0",
        "halign": flags[align],
        "valign": "32" if name == "footer" else "128",
        "marginX": "1",
        "marginY": "0",
    }
    item.append(_font("LabelFont", size_pt, bold=bold))
    ET.SubElement(item, "FontColor", red="34", green="34", blue="34")
    return item


def _font(tag: str, size_pt: float, *, bold: bool = False) -> ET.Element:
    weight = 75 if bold else 50
    style = "Bold" if bold else "Regular"
    description = f"{FONTS[0]},{size_pt:g},-1,5,{weight},0,0,0,0,0,{style}"
    return ET.Element(tag, description=description, style=style)

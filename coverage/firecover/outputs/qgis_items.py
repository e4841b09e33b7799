"""The parts of a printed sheet of QGIS: maps, legend, scale bar, north arrow and texts.

What QGIS reads of them was found by looking at what 3.22 makes of variants.
"""

from __future__ import annotations

import base64
import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from xml.etree import ElementTree as ET

from firecover.outputs.qml import FONTS, colour_text, symbol_element
from firecover.outputs.symbols import Fill

Extent = tuple[float, float, float, float]
#: Left, top, width and height on the sheet, mm.
Box = tuple[float, float, float, float]

# The numbers by which QGIS tells the kinds of items apart.
PAGE, _MAP, _PICTURE, _LABEL, _LEGEND, _SCALE_BAR = (
    "65638",
    "65639",
    "65640",
    "65641",
    "65642",
    "65646",
)
#: The legend: a column is as wide as this, and its title and margins take so much.
_COLUMN_MM, _LEGEND_EDGE_MM = 44.0, 16.0
#: With more columns than this, letters are smaller.
_ROOMY = 2
_NORTH_ARROW = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 56" width="40" height="56">'
    '<path d="M20 16 L33 54 L20 45 Z" fill="#ffffff" stroke="#222222" stroke-width="1.2"/>'
    '<path d="M20 16 L7 54 L20 45 Z" fill="#222222" stroke="#222222" stroke-width="1.2"/>'
    '<path d="M14.5 13 V1.5 L25.5 13 V1.5" fill="none" stroke="#222222" stroke-width="2.4"/>'
    "</svg>"
)
#: Scales of an atlas' pages are 1 : a multiple of this.
_ATLAS_STEP = 5000
_FRAME = Fill("", "#c8102e", 0.6)


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

    @property
    def legend_mm(self) -> float:
        """The height that it takes in a legend, 0: it is not in it."""


@dataclass(frozen=True)
class Pages:
    """A page for each feature of a layer: an atlas.

    ``facts`` is what is told of the feature, with expressions of QGIS in ``[% … %]``.
    """

    layer: Printed
    name: str
    order: str
    facts: str


@dataclass(frozen=True)
class Sheet:
    """A printed sheet, or with ``pages`` one for each feature.

    ``identity`` tells the sheets of a project apart; ``theme`` is what the maps follow;
    ``layers`` make the legend in their order. ``detail`` is the extent of the second map, which
    ``detail_title`` names; None: there is none. The second map of an atlas shows where the
    page lies in the ``extent``, by a theme of its own, ``detail_theme``.
    """

    name: str
    title: str
    subtitle: str
    footer: str
    approval: str
    identity: str
    theme: str
    extent: Extent
    layers: Sequence[Printed]
    detail: Extent | None = None
    detail_title: str = ""
    detail_theme: str = ""
    pages: Pages | None = None


def item_uuid(sheet: Sheet, item: str) -> str:
    """Return the same id every time, as no two items may share one."""
    return f"{{{uuid.uuid5(uuid.NAMESPACE_URL, f'firecover/{sheet.identity}/{item}')}}}"


def item_element(kind: str, sheet: Sheet, name: str, box: Box, z: int = 0) -> ET.Element:
    """Return an item of a kind of QGIS', bare, at its place on the sheet."""
    left, top, width, height = box
    place = f"{left:g},{top:g},mm"
    item = ET.Element(
        "LayoutItem",
        type=kind,
        id=name,
        uuid=item_uuid(sheet, name),
        templateUuid=item_uuid(sheet, name),
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


def framed(item: ET.Element) -> ET.Element:
    """Give an item a white ground and a frame."""
    item.attrib |= {"background": "true", "frame": "true", "outlineWidthM": "0.3,mm"}
    return item


def map_item(sheet: Sheet, name: str, box: Box, extent: Extent) -> ET.Element:
    """Return a map, the sheet's ``map`` or its ``detail``; it follows a theme."""
    item = framed(item_element(_MAP, sheet, name, box, 1))
    item.attrib |= {
        "followPreset": "true",
        "followPresetName": (name == "detail" and sheet.detail_theme) or sheet.theme,
        "keepLayerSet": "false",
        "mapRotation": "0",
    }
    names = ("xmin", "ymin", "xmax", "ymax")
    values = {key: f"{value:.3f}" for key, value in zip(names, extent, strict=True)}
    ET.SubElement(item, "Extent", values)
    if name == "map" and sheet.pages is not None:
        # 2: the page's feature and a margin fill the map; then the scale is rounded.
        driven = {"atlasDriven": "1", "scalingMode": "2", "margin": "0.12"}
        ET.SubElement(item, "AtlasMap", driven)
        _add_scale(item, box)
    other = "detail" if sheet.detail and sheet.pages is None else "map"
    if name != other and (sheet.detail or sheet.pages):
        _add_frame_of(item, sheet, other)
    return item


def _add_scale(item: ET.Element, box: Box) -> None:
    """Let an atlas' map take the next round scale that its page's feature fits in."""
    width, height = (f"bounds_{side}(@atlas_geometry)" for side in ("width", "height"))
    needed = f"1.15 * max({width} / {box[2] / 1000:g}, {height} / {box[3] / 1000:g})"
    told = ET.SubElement(ET.SubElement(item, "LayoutObject"), "dataDefinedProperties")
    options = ET.SubElement(told, "Option", type="Map")
    ET.SubElement(options, "Option", name="name", type="QString", value="")
    properties = ET.SubElement(options, "Option", name="properties", type="Map")
    ET.SubElement(options, "Option", name="type", type="QString", value="collection")
    scale = ET.SubElement(properties, "Option", name="dataDefinedMapScale", type="Map")
    ET.SubElement(scale, "Option", name="active", type="bool", value="true")
    expression = f"{_ATLAS_STEP} * ceil(({needed}) / {_ATLAS_STEP})"
    ET.SubElement(scale, "Option", name="expression", type="QString", value=expression)
    ET.SubElement(scale, "Option", name="type", type="int", value="3")


def _add_frame_of(item: ET.Element, sheet: Sheet, other: str) -> None:
    """Show on one map where the other one lies."""
    overview = ET.SubElement(
        item,
        "ComposerMapOverview",
        show="1",
        name="frame",
        uuid=item_uuid(sheet, "frame"),
        frameMap=item_uuid(sheet, other),
        blendMode="0",
        inverted="0",
        centered="0",
        position="3",
        stackingLayer="",
    )
    overview.append(symbol_element(_FRAME, ""))


def legend_columns(sheet: Sheet, box: Box) -> int:
    """Return how many columns of the box's height the legend takes."""
    height = sum(layer.legend_mm for layer in sheet.layers)
    return max(math.ceil(height / (box[3] - _LEGEND_EDGE_MM)), 1)


def legend_item(sheet: Sheet, box: Box) -> ET.Element:
    """Return the legend, in as many columns as it needs and the box has room for."""
    item = framed(item_element(_LEGEND, sheet, "legend", box, 3))
    shown = [layer for layer in sheet.layers if layer.legend_mm]
    most = max(int(box[2] / _COLUMN_MM), 1)
    columns = min(legend_columns(sheet, box), most)
    item.attrib |= {
        "title": "图例",
        "map_uuid": item_uuid(sheet, "map"),
        "resizeToContents": "0",
        "columnCount": str(columns),
        "splitLayer": "1",
        "equalColumnWidth": "0",
        "columnSpace": "3",
        "symbolWidth": "6",
        "symbolHeight": "3.2",
        "boxSpace": "2.5",
        "wrapString": "",
    }
    tree = ET.SubElement(item, "layer-tree-group")
    for layer in shown:
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
    # Size, weight, and the space above.
    text_pt = 8.0 if columns <= _ROOMY else 7.5
    sizes: dict[str, tuple[float, bool, float]]
    sizes = {"title": (12, True, 0), "group": (10, True, 2), "subgroup": (text_pt + 1, True, 2)}
    sizes |= {"symbol": (text_pt, False, 1.3), "symbolLabel": (text_pt, False, 1.3)}
    for name, (size_pt, bold, space_mm) in sizes.items():
        style = ET.SubElement(styles, "style", name=name, alignment="1")
        left = "2" if name == "symbolLabel" else "0"
        style.attrib |= {"marginTop": f"{space_mm:g}", "marginLeft": left}
        style.append(_font("styleFont", size_pt, bold=bold))
    return item


def scale_step_km(extent_width_m: float) -> float:
    """Return the length of one segment of the scale bar: 1, 2 or 5 times a power of ten."""
    wanted = extent_width_m / 1000 / 10
    power = 10 ** math.floor(math.log10(wanted))
    return float(next(step * power for step in (5, 2, 1) if step * power <= wanted))


def scale_bar(sheet: Sheet, of: str, box: Box, extent: Extent) -> ET.Element:
    """Return the scale bar of a map, in its lower left corner, in kilometres."""
    left, top, _, height = box
    name, wider = ("scale", 1) if of == "map" else (f"{of} scale", 2)
    item = framed(item_element(_SCALE_BAR, sheet, name, (left + 3, top + height - 17, 70, 14), 3))
    item.attrib |= {
        "style": "Single Box",
        "mapUuid": item_uuid(sheet, of),
        "unitType": "km",
        "unitLabel": "公里",
        "numSegments": "2",
        "numSegmentsLeft": "0",
        # A small map's bar takes more of its width.
        "numUnitsPerSegment": f"{scale_step_km((extent[2] - extent[0]) * wider):g}",
        "numMapUnitsPerScaleBarUnit": "1",
        "segmentSizeMode": "0",
        "height": "2.5",
        "outlineWidth": "0.3",
        "boxContentSpace": "2",
        "labelBarSpace": "1.5",
        "alignment": "0",
    }
    if of == "map" and sheet.pages is not None:
        # Pages have scales of their own: the bar's segments keep their length on paper.
        item.attrib |= {"segmentSizeMode": "1", "minBarWidth": "25", "maxBarWidth": "60"}
    item.append(_font("scaleBarFont", 8))
    return item


def north_arrow(sheet: Sheet, box: Box) -> ET.Element:
    """Return the arrow, which turns with the map."""
    item = item_element(_PICTURE, sheet, "north", (box[0] + 4, box[1] + 4, 14, 20), 3)
    picture = base64.b64encode(_NORTH_ARROW.encode()).decode()
    item.attrib |= {
        "file": f"base64:{picture}",
        "mode": "0",
        "resizeMode": "0",
        "anchorPoint": "4",
        "northMode": "0",
        "mapUuid": item_uuid(sheet, "map"),
        "svgFillColor": colour_text("#222222"),
        "svgBorderColor": colour_text("#222222"),
        "svgBorderWidth": "0.2",
    }
    return item


def label_item(
    sheet: Sheet, name: str, text: str, box: Box, size_pt: float, *, bold: bool, align: str
) -> ET.Element:
    """Return a text; QGIS works out what stands in it between ``[%`` and ``%]``."""
    item = item_element(_LABEL, sheet, name, box, 4)
    # Numbers of Qt's alignment flags; 32 is at the top, 128 midway from top to bottom.
    flags = {"left": "1", "right": "2", "center": "4"}
    at_top = name in ("footer", "facts", "scale text")
    item.attrib |= {
        "labelText": text,
        "htmlState": "0",
        "halign": flags[align],
        "valign": "32" if at_top else "128",
        "marginX": "2" if name == "facts" else "1",
        "marginY": "2" if name == "facts" else "0",
    }
    item.append(_font("LabelFont", size_pt, bold=bold))
    ET.SubElement(item, "FontColor", red="34", green="34", blue="34")
    return item


def atlas_element(pages: Pages) -> ET.Element:
    """Return what makes a layout an atlas."""
    return ET.Element(
        "Atlas",
        enabled="1",
        coverageLayer=pages.layer.id,
        coverageLayerName=pages.layer.name,
        coverageLayerSource=pages.layer.source,
        coverageLayerProvider=pages.layer.provider,
        hideCoverage="0",
        pageNameExpression=f'"{pages.name}"',
        sortFeatures="1",
        sortKey=f'"{pages.order}"',
        sortAscending="1",
        filterFeatures="1",
        # A township whose area is not known cannot be shown.
        featureFilter="$geometry is not null",
        filenamePattern=f"'{pages.layer.name}_' || @atlas_featurenumber || '_' || @atlas_pagename",
    )


def _font(tag: str, size_pt: float, *, bold: bool = False) -> ET.Element:
    weight = 75 if bold else 50
    style = "Bold" if bold else "Regular"
    description = f"{FONTS[0]},{size_pt:g},-1,5,{weight},0,0,0,0,0,{style}"
    return ET.Element(tag, description=description, style=style)

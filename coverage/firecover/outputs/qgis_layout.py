"""The print layouts of the QGIS project: A3 sheets with map, detail, legend, scale and north.

A sheet's maps follow a theme of the project: what the theme shows, the sheet prints.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from firecover.outputs.qgis_items import (
    PAGE,
    Box,
    Extent,
    Sheet,
    atlas_element,
    framed,
    item_element,
    item_uuid,
    label_item,
    legend_columns,
    legend_item,
    map_item,
    north_arrow,
    scale_bar,
)

_SHEET_MM = (420.0, 297.0)
_LEFT, _TOP, _WIDTH, _HEIGHT = 10.0, 26.0, 400.0, 245.0
_GUTTER_MM, _SIDE_MM, _BELOW_MM = 3.0, 137.0, 82.0
_DETAIL_MM, _LEGEND_MM, _LOCATOR_MM, _FACTS_MM = 112.0, 68.0, 90.0, 58.0
#: Scales of sheets are 1 : one of these times a power of ten.
_ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 7, 8, 9, 10)
#: An expression that QGIS works out: the scale of a map on the sheet.
_SCALE_TEXT = "1 : [% format_number(map_get(item_variables('{map}'), 'map_scale'), 0) %]"


@dataclass(frozen=True)
class Boxes:
    """Where a sheet's parts stand."""

    map: Box
    detail: Box
    legend: Box


def arranged(sheet: Sheet) -> Boxes:
    """Return where map, detail and legend stand: the map is as large as it can be.

    The detail and the legend stand beside a map that is as high as it is wide, and below one
    that is much wider; beside it, the one above the other or both upright, whichever shows the
    detail larger.
    """
    beside: Box = (_LEFT, _TOP, _WIDTH - _SIDE_MM - _GUTTER_MM, _HEIGHT)
    above: Box = (_LEFT, _TOP, _WIDTH, _HEIGHT - _BELOW_MM - _GUTTER_MM)
    if sheet.pages is not None:
        return _book(beside)
    if _metres_per_mm(sheet.extent, above) < _metres_per_mm(sheet.extent, beside):
        return _below(above, has_detail=sheet.detail is not None)
    left = beside[0] + beside[2] + _GUTTER_MM
    if sheet.detail is None:
        return Boxes(beside, (left, _TOP, 0.0, 0.0), (left, _TOP, _SIDE_MM, _HEIGHT))
    stacked = _stacked(beside, left)
    upright = _upright(beside, left)
    wide, high = (_metres_per_mm(sheet.detail, boxes.detail) for boxes in (stacked, upright))
    fits = legend_columns(sheet, upright.legend) == 1
    return upright if high < wide and fits else stacked


def _below(above: Box, *, has_detail: bool) -> Boxes:
    top = above[1] + above[3] + _GUTTER_MM
    width = _SIDE_MM if has_detail else 0.0
    left = _LEFT + width + (_GUTTER_MM if has_detail else 0.0)
    legend = (left, top, _LEFT + _WIDTH - left, _BELOW_MM)
    return Boxes(above, (_LEFT, top, width, _BELOW_MM if has_detail else 0.0), legend)


def _stacked(beside: Box, left: float) -> Boxes:
    top = _TOP + _DETAIL_MM + _GUTTER_MM
    legend = (left, top, _SIDE_MM, _TOP + _HEIGHT - top)
    return Boxes(beside, (left, _TOP, _SIDE_MM, _DETAIL_MM), legend)


def _upright(beside: Box, left: float) -> Boxes:
    legend_left = left + _SIDE_MM - _LEGEND_MM
    detail = (left, _TOP, _SIDE_MM - _LEGEND_MM - _GUTTER_MM, _HEIGHT)
    return Boxes(beside, detail, (legend_left, _TOP, _LEGEND_MM, _HEIGHT))


def _book(beside: Box) -> Boxes:
    """Return where the parts of an atlas stand; what is told stands below the second map."""
    left = beside[0] + beside[2] + _GUTTER_MM
    top = _TOP + _LOCATOR_MM + _FACTS_MM + 2 * _GUTTER_MM
    legend = (left, top, _SIDE_MM, _TOP + _HEIGHT - top)
    return Boxes(beside, (left, _TOP, _SIDE_MM, _LOCATOR_MM), legend)


def _metres_per_mm(extent: Extent, box: Box) -> float:
    return max((extent[2] - extent[0]) / box[2], (extent[3] - extent[1]) / box[3])


def layout_element(sheet: Sheet) -> ET.Element:
    """Return the layout of a sheet, A3 landscape."""
    boxes = arranged(sheet)
    layout = ET.Element("Layout", name=sheet.name, units="mm", printResolution="200")
    layout.attrib |= {"worldFileMap": item_uuid(sheet, "map")}
    pages = ET.SubElement(layout, "PageCollection")
    page = item_element(PAGE, sheet, "page", (0, 0, *_SHEET_MM))
    page.set("background", "true")
    pages.append(page)
    shown = _rounded(sheet.extent, boxes.map)
    layout.append(map_item(sheet, "map", boxes.map, shown))
    layout.append(legend_item(sheet, boxes.legend))
    layout.append(scale_bar(sheet, "map", boxes.map, shown))
    layout.append(north_arrow(sheet, boxes.map))
    if boxes.detail[2] and boxes.detail[3]:
        extent = _rounded(sheet.detail or sheet.extent, boxes.detail)
        layout.append(map_item(sheet, "detail", boxes.detail, extent))
        layout.append(scale_bar(sheet, "detail", boxes.detail, extent))
    _add_texts(layout, sheet, boxes)
    if sheet.pages is not None:
        layout.append(atlas_element(sheet.pages))
    return layout


def _add_texts(layout: ET.Element, sheet: Sheet, boxes: Boxes) -> None:
    left, width = _LEFT, _WIDTH
    foot = _TOP + _HEIGHT + 1
    scale = f"比例尺 {_SCALE_TEXT.format(map='map')}（A3）"
    right = "\n".join(part for part in (scale, sheet.approval) if part)
    detail = f"{sheet.detail_title}  {_SCALE_TEXT.format(map='detail')}"
    x, y, detail_width, height = boxes.detail
    texts: dict[str, tuple[str, Box, float, bool, str]] = {
        "title": (sheet.title, (left, 6, width, 13), 24, True, "center"),
        "subtitle": (sheet.subtitle, (left, 19, width, 6), 10, False, "center"),
        "footer": (sheet.footer, (left, foot, width - 72, 24), 7, False, "left"),
        "scale text": (right, (left + width - 70, foot, 70, 14), 9, False, "right"),
        "detail title": (
            detail if sheet.detail_title and detail_width and height else "",
            (x + 2, y + 2, min(62.0, detail_width - 4), 7),
            9,
            True,
            "left",
        ),
    }
    if sheet.pages is not None:
        facts = (x, y + height + _GUTTER_MM, _SIDE_MM, _FACTS_MM)
        texts["facts"] = (sheet.pages.facts, facts, 10, False, "left")
    for name, (text, box, size_pt, bold, align) in texts.items():
        if text:
            label = label_item(sheet, name, text, box, size_pt, bold=bold, align=align)
            layout.append(framed(label) if name in ("facts", "detail title") else label)


def map_extent(extent: Extent, box: Box) -> Extent:
    """Return the extent, widened to the proportions of the map on the sheet."""
    left, bottom, right, top = extent
    width, height = right - left, top - bottom
    ratio = box[2] / box[3]
    new_width, new_height = max(width, height * ratio), max(height, width / ratio)
    x, y = (left + right) / 2, (bottom + top) / 2
    return x - new_width / 2, y - new_height / 2, x + new_width / 2, y + new_height / 2


def round_scale(denominator: float) -> float:
    """Return the next round scale that shows no less than 1 : ``denominator``."""
    power = 10 ** math.floor(math.log10(denominator))
    return float(next(step * power for step in _ROUND if step * power >= denominator * (1 - 1e-9)))


def _rounded(extent: Extent, box: Box) -> Extent:
    """Return the extent of a map in the box, at a round scale."""
    left, bottom, right, top = map_extent(extent, box)
    x, y = (left + right) / 2, (bottom + top) / 2
    per_m = round_scale(1000 * (right - left) / box[2]) / 1000
    width, height = box[2] * per_m, box[3] * per_m
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2

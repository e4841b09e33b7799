"""Write one KML for Ovital (奥维) and Google Earth: a folder a layer, one in it a scenario.

Everything goes in through an XML tree, and a row's table of attributes through a second one, so
that a village called ``<img …>`` stays that text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from firecover.errors import OutputError
from firecover.layers.provenance import QualityNote
from firecover.outputs.exports.kml_styles import Look, look_of
from firecover.outputs.exports.package import Layer, Package, bands
from firecover.outputs.exports.sheets import Done, Sheet, written
from firecover.outputs.exports.vector import DIGITS
from firecover.outputs.i18n import unit_digits, unit_key, value_label
from firecover.outputs.qml import heading_of

_KML = "http://www.opengis.net/kml/2.2"
#: What would make the file too large for a phone; to be had by naming it.
BULKY = frozenset({"demand", "roads", "reach_edges", "allocation"})
#: Characters that XML 1.0 cannot hold.
_CONTROLS = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAMES = ("name", "station_name", "built_up_name", "names", "id")


def write_kml(
    sheets: Iterable[Sheet], folder: Path, package: Package, ending: str, *, named: bool
) -> Done:
    """Write all layers into one KML.

    Parameters
    ----------
    sheets
        Layers in WGS-84, or shifted to GCJ-02 and called so.
    folder
        Where the file goes.
    package
        What they are from.
    ending
        What the file's name ends in, the study's name before it.
    named
        Whether the layers were asked for by name: else bulky ones are left out, and told.
    """
    root = ET.Element("kml", xmlns=_KML)
    document = ET.SubElement(root, "Document")
    _text(document, "name", package.title)
    about = "\n".join([*package.told, package.warning])
    unknown = "表中未列出的属性为未知。An attribute that is not listed is not known."
    _text(document, "description", f"{about}\n{unknown}".strip())
    file = f"{package.study}{ending}.kml"
    files, notes = [], []
    minutes = bands(package)
    tables: list[Layer] = []
    for sheet in sheets:
        if not sheet.layer.geometry_type:
            tables.append(sheet.layer)
            continue
        if sheet.layer.name in BULKY and not named:
            name = sheet.layer.name
            en = f"written only where named, so that phones can open the file: --layers {name}"
            zh = f"为便于手机打开未写入，可用--layers {name}单独导出"
            notes.append(_left_out(sheet, en, zh))
            continue
        notes += _add_layer(document, sheet, look_of(sheet, minutes))
        files.append(written(file, sheet, _names(sheet)))
    if tables:
        en = f"tables have no place in a KML: {', '.join(table.name for table in tables)}"
        zh = f"属性表不写入KML：{'、'.join(table.label for table in tables)}"
        notes.append(QualityNote("", "left out", 0, en, zh))
    try:
        ET.ElementTree(root).write(folder / file, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        msg = f"{file} cannot be written: {error}"
        raise OutputError(msg) from error
    return Done(tuple(files), tuple(notes))


def _names(sheet: Sheet) -> dict[str, str]:
    table, scenarios = sheet.layer.name, sheet.package.scenarios
    return {name: heading_of(table, name, scenarios) for name in sheet.columns}


def _left_out(sheet: Sheet, en: str, zh: str) -> QualityNote:
    return QualityNote(sheet.name, "left out", len(sheet.data), en, zh)


def _add_layer(document: ET.Element, sheet: Sheet, look: Look) -> list[QualityNote]:
    # The schema wants a document's styles before its folders.
    place = next((i for i, item in enumerate(document) if item.tag == "Folder"), len(document))
    for style in reversed(look.styles):
        document.insert(place, style)
    folder = ET.SubElement(document, "Folder")
    shifted = " (GCJ-02)" if sheet.name != sheet.layer.name else ""
    _text(folder, "name", f"{sheet.layer.label}{shifted}")
    _text(folder, "description", sheet.description)
    data, order = sheet.data, np.arange(len(sheet.data))
    if "minutes" in sheet.columns and sheet.layer.geometry_type.endswith("Polygon"):
        # Bands nest: what comes later lies above.
        order = np.argsort(-data["minutes"].to_numpy(dtype=float), kind="stable")
    parents = _scenario_folders(folder, sheet)
    nowhere = 0
    values = zip(*(data[name].tolist() for name in sheet.columns), strict=True)
    records = [dict(zip(sheet.columns, row, strict=True)) for row in values]
    for i in order:
        geometry, row = data.geometry.iloc[i], records[i]
        if geometry is None or geometry.is_empty:
            nowhere += 1
            continue
        parent = parents.get(str(row.get("scenario")), folder)
        drawn = f"#{sheet.name}-{look.of_row[i]}" if look.of_row[i] >= 0 else ""
        _add_place(parent, sheet, row, geometry, drawn)
    if not nowhere:
        return []
    en, zh = "a place that is not known cannot be shown in a KML", "位置未知，无法写入KML"
    return [QualityNote(sheet.name, "left out", nowhere, en, zh)]


def _scenario_folders(folder: ET.Element, sheet: Sheet) -> dict[str, ET.Element]:
    """Add a folder for each scenario; the first one is shown, the others wait for a tick."""
    if "scenario" not in sheet.columns:
        return {}
    folders = {}
    for i, scenario in enumerate(dict.fromkeys(sheet.data["scenario"].dropna().map(str))):
        folders[scenario] = ET.SubElement(folder, "Folder")
        # Programs that flatten the tree show this name alone.
        title = sheet.package.scenarios.get(scenario, scenario)
        _text(folders[scenario], "name", f"{sheet.layer.label}·{title}")
        _text(folders[scenario], "visibility", "0" if i else "1")
    return folders


def _add_place(
    parent: ET.Element, sheet: Sheet, row: dict[str, Any], geometry: BaseGeometry, style: str
) -> None:
    place = ET.SubElement(parent, "Placemark")
    _text(place, "name", _title(sheet, row))
    _text(place, "description", _table(sheet, row))
    if style:
        _text(place, "styleUrl", style)
    place.append(_geometry(geometry))


def _title(sheet: Sheet, row: dict[str, Any]) -> str:
    if sheet.layer.name == "isochrones":
        return f"{row['minutes']:g} 分钟"
    found = (row.get(column) for column in _NAMES)
    return next((str(name) for name in found if name and not _unknown(name)), sheet.layer.label)


def _unknown(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _table(sheet: Sheet, row: dict[str, Any]) -> str:
    """Return the attributes as an HTML table; those that are not known are left out."""
    table = ET.Element("table")
    for column, value in row.items():
        if _unknown(value) or not str(value):
            continue
        line = ET.SubElement(table, "tr")
        _text(line, "td", heading_of(sheet.layer.name, column, sheet.package.scenarios))
        _text(line, "td", _words(sheet, column, value))
    return ET.tostring(table, encoding="unicode", method="html")


def _words(sheet: Sheet, column: str, value: object) -> str:
    table = sheet.layer.name
    if isinstance(value, float):
        digits = unit_digits(unit_key(column, table))
        text = f"{value:.{digits}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if column == "scenario":
        return sheet.package.scenarios.get(str(value), str(value))
    return value_label(column, value, "zh", table)


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = _CONTROLS.sub("", text)


def _geometry(geometry: BaseGeometry) -> ET.Element:
    if isinstance(geometry, shapely.Point):
        return _with_coordinates("Point", geometry)
    if isinstance(geometry, shapely.LineString):
        return _with_coordinates("LineString", geometry)
    if isinstance(geometry, shapely.Polygon):
        return _polygon(shapely.geometry.polygon.orient(geometry))
    several = ET.Element("MultiGeometry")
    several.extend(_geometry(part) for part in _parts(geometry))
    return several


def _parts(geometry: BaseGeometry) -> Iterator[BaseGeometry]:
    yield from (part for part in shapely.get_parts(geometry) if not part.is_empty)


def _with_coordinates(tag: str, geometry: BaseGeometry) -> ET.Element:
    element = ET.Element(tag)
    pairs = shapely.get_coordinates(geometry)
    _text(element, "coordinates", " ".join(f"{x:.{DIGITS}f},{y:.{DIGITS}f}" for x, y in pairs))
    return element


def _polygon(polygon: shapely.Polygon) -> ET.Element:
    element = ET.Element("Polygon")
    rings = [("outerBoundaryIs", polygon.exterior)]
    rings += [("innerBoundaryIs", ring) for ring in polygon.interiors]
    for tag, ring in rings:
        ET.SubElement(element, tag).append(_with_coordinates("LinearRing", ring))
    return element

"""The layers of the QGIS project: what each is read from, and how it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from pyproj import CRS

from firecover.outputs.geopackage import FILE_NAME, PackageLayer, PackageTable
from firecover.outputs.i18n import layer_label
from firecover.outputs.qml import add_style, field_elements
from firecover.outputs.rasters import surface_name
from firecover.outputs.sources import told_of
from firecover.outputs.styles import BEYOND_COLOUR, band_colours, band_label, beyond_label
from firecover.results import Results, ScenarioSummary

_GEOMETRIES = {
    "Point": "Point",
    "MultiPoint": "Point",
    "MultiLineString": "Line",
    "MultiPolygon": "Polygon",
}
#: Layers that are there unticked.
_HIDDEN = frozenset(
    {
        "station_outages",
        "critical_roads",
        "reach_edges",
        "demand",
        "hydrant_proposals",
        "hydrants",
        "hydrant_gaps",
        "jurisdictions",
        "excluded_sites",
        "solutions",
        "allocation",
    }
)


@dataclass(frozen=True)
class Part:
    """Some of a layer's features, shown as a layer of its own: those with one value.

    ``label`` is what it is called beside the layer's name.
    """

    column: str
    value: str
    label: str = ""


@dataclass(frozen=True)
class TreeLayer:
    """A layer of the project: its place in the tree, and the element that describes it."""

    id: str
    name: str
    source: str
    provider: str
    checked: bool
    element: ET.Element


def layer_id(name: str, part: str = "") -> str:
    """Return a layer's id in the project; QGIS replaces ids of ten characters or less.

    ``part`` is the scenario (the solution) whose features it shows.
    """
    return "_".join(each for each in ("firecover", name, part) if each)


def srs_element(crs: str) -> ET.Element:
    """Return a CRS; QGIS looks it up by its authority, and by its WKT where it has none."""
    element = ET.Element("spatialrefsys", nativeFormat="Wkt")
    known = CRS.from_user_input(crs)
    authority = known.to_authority()
    ET.SubElement(element, "wkt").text = known.to_wkt()
    if authority is not None:
        ET.SubElement(element, "srsid").text = "1"
        ET.SubElement(element, "srid").text = authority[1]
        ET.SubElement(element, "authid").text = ":".join(authority)
    ET.SubElement(element, "description").text = known.name
    return element


def _source(layer: PackageLayer, part: Part | None) -> str:
    source = f"./{FILE_NAME}|layername={layer.name}"
    if part is not None and part.column in layer.data.columns:
        quoted = part.value.replace("'", "''")
        source += f"|subset=\"{part.column}\" = '{quoted}'"
    return source


def vector_layer(results: Results, layer: PackageLayer, part: Part | None = None) -> TreeLayer:
    """Return a layer of the package, or one part of its features."""
    identity = layer_id(layer.name, part.value if part else "")
    source = _source(layer, part)
    name = layer_label(layer.name, "zh") + (part.label if part else "")
    scenario = part.value if part is not None and part.column == "scenario" else ""
    style = layer.style(results, scenario)
    crs = results.study.study.crs
    element = _map_layer("vector", identity, source, (name, layer.told.text), crs)
    element.set("geometry", _GEOMETRIES[layer.geometry_type])
    ET.SubElement(element, "provider", encoding="UTF-8").text = "ogr"
    add_style(element, layer.name, style, layer.columns)
    _add_preview(element, layer.columns)
    return TreeLayer(identity, name, source, "ogr", layer.name not in _HIDDEN, element)


def table_layer(table: PackageTable) -> TreeLayer:
    """Return a table of the package, which QGIS lists among the layers."""
    identity, source = layer_id(table.name), f"./{FILE_NAME}|layername={table.name}"
    name = layer_label(table.name, "zh")
    element = _map_layer("vector", identity, source, (name, table.told.text))
    element.set("geometry", "No geometry")
    ET.SubElement(element, "provider", encoding="UTF-8").text = "ogr"
    element.extend(field_elements(table.name, table.columns))
    _add_preview(element, table.columns)
    return TreeLayer(identity, name, source, "ogr", checked=True, element=element)


def _add_preview(element: ET.Element, columns: Sequence[str]) -> None:
    """Say what a feature is called by, where one is chosen from a list."""
    shown = "name" if "name" in columns else columns[1]
    ET.SubElement(element, "previewExpression").text = f'"{shown}"'


def _map_layer(
    kind: str, identity: str, source: str, name: tuple[str, str], crs: str = ""
) -> ET.Element:
    """Describe a layer; ``name`` is its name and what is to be told of it."""
    element = ET.Element("maplayer", type=kind)
    ET.SubElement(element, "id").text = identity
    ET.SubElement(element, "datasource").text = source
    ET.SubElement(element, "layername").text = name[0]
    ET.SubElement(element, "abstract").text = name[1]
    if crs:
        ET.SubElement(element, "srs").append(srs_element(crs))
    metadata = ET.SubElement(element, "resourceMetadata")
    ET.SubElement(metadata, "title").text = name[0]
    ET.SubElement(metadata, "abstract").text = name[1]
    return element


def raster_layer(results: Results, scenario: ScenarioSummary) -> TreeLayer:
    """Return the response times of a scenario on their grid."""
    name = layer_label("response_time", "zh") + "（分钟）"
    source = f"./{surface_name(scenario.id)}"
    identity = layer_id("response_time", scenario.id)
    told = told_of(results, "response_time").text
    element = _map_layer("raster", identity, source, (name, told), scenario.surface.crs)
    ET.SubElement(element, "provider").text = "gdal"
    pipe = ET.SubElement(element, "pipe")
    pipe.append(_raster_renderer(results.minutes))
    ET.SubElement(element, "blendMode").text = "0"
    return TreeLayer(identity, name, source, "gdal", checked=False, element=element)


def _raster_renderer(minutes: Sequence[float]) -> ET.Element:
    renderer = ET.Element(
        "rasterrenderer",
        type="singlebandpseudocolor",
        band="1",
        opacity="0.75",
        alphaBand="-1",
        classificationMin="0",
        classificationMax=f"{minutes[-1]:g}",
    )
    shader = ET.SubElement(ET.SubElement(renderer, "rastershader"), "colorrampshader")
    shader.attrib |= {"colorRampType": "DISCRETE", "classificationMode": "1", "clip": "0"}
    entries = [
        (f"{upper:g}", colour, band_label(upper, "zh"))
        for upper, colour in zip(minutes, band_colours(minutes), strict=True)
    ]
    entries.append(("inf", BEYOND_COLOUR, beyond_label(minutes[-1], "zh")))
    for value, colour, label in entries:
        ET.SubElement(shader, "item", value=value, color=colour, label=label, alpha="255")
    return renderer

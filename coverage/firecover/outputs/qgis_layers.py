"""The layers of the QGIS project: what each is read from, and how it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from pyproj import CRS

from firecover.outputs.geopackage import (
    FILE_NAME,
    PackageLayer,
    PackageTable,
    scenario_titles,
)
from firecover.outputs.gpkg_tables import metadata_elements
from firecover.outputs.i18n import layer_label
from firecover.outputs.qml import add_style, field_elements
from firecover.outputs.rasters import RELIEF_NAME, surface_name
from firecover.outputs.sources import Told, told_of
from firecover.outputs.styles import BEYOND_COLOUR, band_colours, band_label, beyond_label
from firecover.outputs.symbols import LayerStyle, Marker
from firecover.results import Results, ScenarioSummary

_GEOMETRIES = {
    "Point": "Point",
    "MultiPoint": "Point",
    "MultiLineString": "Line",
    "MultiPolygon": "Polygon",
}
#: What a line of a legend takes, a symbol's space to the next one, and a layer's name.
_LINE_MM, _SPACE_MM, _HEADING_MM = 4.7, 1.4, 6.2
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
    """A layer of the project: its place in the tree, and the element that describes it.

    ``legend_mm`` is the height that it takes in a legend.
    """

    id: str
    name: str
    source: str
    provider: str
    checked: bool
    element: ET.Element
    legend_mm: float = 0.0


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
    element = _map_layer(results, ("vector", identity, source, name), layer.told, crs)
    element.set("geometry", _GEOMETRIES[layer.geometry_type])
    ET.SubElement(element, "provider", encoding="UTF-8").text = "ogr"
    add_style(element, layer.name, style, layer.fields, scenario_titles(results))
    _add_preview(element, tuple(layer.fields))
    checked = layer.name not in _HIDDEN
    return TreeLayer(identity, name, source, "ogr", checked, element, _legend_mm(style))


def _legend_mm(style: LayerStyle) -> float:
    heights = (
        max(_LINE_MM, item.symbol.size_mm + _SPACE_MM)
        if isinstance(item.symbol, Marker)
        else _LINE_MM
        for item in style.classes
    )
    return sum(heights) + (_HEADING_MM if style.kind != "single" else 0.0)


def table_layer(results: Results, table: PackageTable) -> TreeLayer:
    """Return a table of the package, which QGIS lists among the layers."""
    identity, source = layer_id(table.name), f"./{FILE_NAME}|layername={table.name}"
    name = layer_label(table.name, "zh")
    element = _map_layer(results, ("vector", identity, source, name), table.told)
    element.set("geometry", "No geometry")
    ET.SubElement(element, "provider", encoding="UTF-8").text = "ogr"
    element.extend(field_elements(table.name, table.fields, scenario_titles(results)))
    _add_preview(element, tuple(table.fields))
    return TreeLayer(identity, name, source, "ogr", checked=True, element=element)


def _add_preview(element: ET.Element, columns: Sequence[str]) -> None:
    """Say what a feature is called by, where one is chosen from a list."""
    shown = "name" if "name" in columns else columns[1]
    ET.SubElement(element, "previewExpression").text = f'"{shown}"'


def _map_layer(
    results: Results, named: tuple[str, str, str, str], told: Told, crs: str = ""
) -> ET.Element:
    """Describe a layer; ``named`` are its type, id, source and name."""
    kind, identity, source, name = named
    element = ET.Element("maplayer", type=kind)
    ET.SubElement(element, "id").text = identity
    ET.SubElement(element, "datasource").text = source
    ET.SubElement(element, "layername").text = name
    ET.SubElement(element, "abstract").text = told.text
    if crs:
        ET.SubElement(element, "srs").append(srs_element(crs))
    metadata = ET.SubElement(element, "resourceMetadata")
    metadata.extend(metadata_elements(results, name, told.text, told.kinds))
    return element


def raster_layer(results: Results, scenario: ScenarioSummary) -> TreeLayer:
    """Return the response times of a scenario on their grid."""
    name = layer_label("response_time", "zh") + "（分钟）"
    source = f"./{surface_name(scenario.id)}"
    identity = layer_id("response_time", scenario.id)
    told = told_of(results, "response_time")
    named = ("raster", identity, source, name)
    element = _map_layer(results, named, told, scenario.surface.crs)
    _add_renderer(element, _raster_renderer(results.minutes))
    return TreeLayer(identity, name, source, "gdal", checked=False, element=element)


def relief_layer(results: Results) -> TreeLayer | None:
    """Return the hill-shade below everything; None where the study has no terrain."""
    if results.relief is None:
        return None
    identity, source = layer_id("relief"), f"./{RELIEF_NAME}"
    name = layer_label("relief", "zh")
    named = ("raster", identity, source, name)
    element = _map_layer(results, named, told_of(results, "relief"), results.relief.crs)
    renderer = ET.Element("rasterrenderer", _HILL_SHADE)
    _add_renderer(element, renderer)
    return TreeLayer(identity, name, source, "gdal", checked=True, element=element)


#: Light from the north-west, as maps are used to; pale, so that nothing above it suffers.
_HILL_SHADE = {
    "type": "hillshade",
    "band": "1",
    "azimuth": "315",
    "angle": "45",
    "zfactor": "1",
    "multidirection": "0",
    "opacity": "0.35",
    "alphaBand": "-1",
}


def _add_renderer(element: ET.Element, renderer: ET.Element) -> None:
    ET.SubElement(element, "provider").text = "gdal"
    pipe = ET.SubElement(element, "pipe")
    pipe.append(renderer)
    resampler = ET.SubElement(pipe, "rasterresampler", maxOversampling="2")
    if renderer.get("type") == "hillshade":
        # Close up, its cells would show as steps.
        resampler.attrib |= {"zoomedInResampler": "bilinear", "zoomedOutResampler": "bilinear"}
    ET.SubElement(pipe, "resamplingStage").text = "resamplingFilter"
    ET.SubElement(element, "blendMode").text = "0"


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

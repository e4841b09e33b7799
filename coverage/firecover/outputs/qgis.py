"""Write a QGIS project over the package and the rasters of a run.

The project is written with the standard library: QGIS itself need not be there. Which elements
it must hold was found by leaving them out one by one and opening the rest in QGIS 3.22: layer
ids of more than ten characters, a ``srsid`` beside the ``authid``, the renderer of every layer
(the styles in the package are not used by a project), and the extent of the canvas.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard
from xml.etree import ElementTree as ET

from firecover.errors import OutputError
from firecover.outputs.attribution import credits_of
from firecover.outputs.geopackage import PackageLayer, package_layers, package_tables
from firecover.outputs.i18n import value_label
from firecover.outputs.qgis_items import Extent
from firecover.outputs.qgis_layers import (
    Part,
    TreeLayer,
    raster_layer,
    relief_layer,
    srs_element,
    table_layer,
    vector_layer,
)
from firecover.outputs.qgis_layout import layout_element
from firecover.outputs.qgis_sheets import BACKGROUND, sheets, shown_subjects, themes
from firecover.outputs.qgis_themes import themes_element
from firecover.outputs.qml import QGIS_VERSION
from firecover.outputs.sources import modelled_warning
from firecover.results import Results

PROJECT_NAME = "coverage.qgz"
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)
#: The layers of a scenario's group, the topmost first.
_OF_SCENARIO = (
    "stations",
    "villages",
    "critical_roads",
    "station_outages",
    "reach_edges",
    "townships",
    "jurisdictions",
    "demand",
    "built_up",
    "isochrones",
)
#: Those that a scenario may be without: left out where it has none.
_OF_SOME_SCENARIOS = frozenset({"station_outages", "critical_roads"})
_SITING = ("candidates", "solutions", "allocation", "excluded_sites")
_HYDRANTS = ("hydrant_proposals", "hydrants", "hydrant_gaps")


@dataclass(frozen=True)
class Group:
    """A group of the tree."""

    name: str
    checked: bool
    layers: tuple[TreeLayer, ...]


def write_qgis_project(results: Results, folder: Path) -> Path:
    """Write ``coverage.qgz`` beside ``coverage.gpkg`` and the surfaces.

    Paths in it are relative: the folder can be moved. The same results make the same bytes.

    Parameters
    ----------
    results
        What a run computed.
    folder
        The folder that holds the package and the rasters.

    Returns
    -------
    path
        The project.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    path = folder / PROJECT_NAME
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo(f"{path.stem}.qgs", _FIXED_DATE)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, project_xml(results))
    try:
        path.write_bytes(buffer.getvalue())
    except OSError as error:
        msg = f"{path} cannot be written: {error} → close QGIS if it has it open"
        raise OutputError(msg) from error
    return path


def project_xml(results: Results) -> bytes:
    """Return the project as XML, UTF-8."""
    study = results.study.study
    extent = _extent(results)
    groups = _groups(results)
    root = ET.Element("qgis", projectname=study.title.zh, version=QGIS_VERSION)
    ET.SubElement(root, "title").text = study.title.zh
    ET.SubElement(root, "projectCrs").append(srs_element(study.crs))
    root.append(_tree(groups))
    root.append(_canvas(extent, study.crs))
    layers = ET.SubElement(root, "projectlayers")
    layers.extend(layer.element for group in groups for layer in group.layers)
    order = ET.SubElement(root, "layerorder")
    for group in groups:
        for layer in group.layers:
            ET.SubElement(order, "layer", id=layer.id)
    holders = {layer.id: group.name for group in groups for layer in group.layers}
    everything = [layer for group in groups for layer in group.layers]
    shown = shown_subjects(results, everything, _OF_SCENARIO)
    root.append(themes_element(themes(shown, holders)))
    root.append(_properties())
    root.append(_view(extent, study.crs))
    layouts = ET.SubElement(root, "Layouts")
    layouts.extend(layout_element(sheet) for sheet in sheets(results, shown, extent))
    root.append(_metadata(results))
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _extent(results: Results) -> Extent:
    """Return the study area with a margin of 3 %."""
    left, bottom, right, top = (float(value) for value in results.boundary.total_bounds)
    if not math.isfinite(left + bottom + right + top):
        left, bottom, right, top = (float(value) for value in results.roads.total_bounds)
    margin = 0.03 * max(right - left, top - bottom)
    return left - margin, bottom - margin, right + margin, top + margin


def _canvas(extent: Extent, crs: str) -> ET.Element:
    canvas = ET.Element("mapcanvas", name="theMapCanvas", annotationsVisible="1")
    ET.SubElement(canvas, "units").text = "meters"
    _add_extent(ET.SubElement(canvas, "extent"), extent)
    ET.SubElement(canvas, "rotation").text = "0"
    ET.SubElement(canvas, "destinationsrs").append(srs_element(crs))
    return canvas


def _add_extent(element: ET.Element, extent: Extent) -> None:
    for name, value in zip(("xmin", "ymin", "xmax", "ymax"), extent, strict=True):
        ET.SubElement(element, name).text = f"{value:.3f}"


def _view(extent: Extent, crs: str) -> ET.Element:
    """Return what "Zoom full" goes to, in place of the extent of whatever is ticked."""
    view = ET.Element("ProjectViewSettings", UseProjectScales="0")
    names = ("xmin", "ymin", "xmax", "ymax")
    box = {name: f"{value:.3f}" for name, value in zip(names, extent, strict=True)}
    for kind in ("DefaultViewExtent", "PresetFullExtent"):
        ET.SubElement(view, kind, box).append(srs_element(crs))
    return view


def _properties() -> ET.Element:
    properties = ET.Element("properties")
    system = ET.SubElement(properties, "SpatialRefSys")
    ET.SubElement(system, "ProjectionsEnabled", type="int").text = "1"
    paths = ET.SubElement(properties, "Paths")
    ET.SubElement(paths, "Absolute", type="bool").text = "false"
    measure = ET.SubElement(properties, "Measurement")
    ET.SubElement(measure, "DistanceUnits", type="QString").text = "meters"
    ET.SubElement(measure, "AreaUnits", type="QString").text = "km2"
    return properties


def _metadata(results: Results) -> ET.Element:
    """Return what the project says of itself (Project › Properties › Metadata)."""
    study = results.study.study
    modelled = modelled_warning(results.modelled) if results.modelled else ""
    told = [study.title.en, modelled]
    told += [f"{study.handling.zh} {study.handling.en}" if study.handling else ""]
    told += [study.map_approval or "", *(credit.zh for credit in credits_of(results))]
    metadata = ET.Element("projectMetadata")
    ET.SubElement(metadata, "identifier").text = study.id
    ET.SubElement(metadata, "language").text = "ZHO"
    ET.SubElement(metadata, "type").text = "project"
    # QGIS takes the project's own title from here.
    ET.SubElement(metadata, "title").text = study.title.zh
    ET.SubElement(metadata, "abstract").text = "\n".join(line for line in told if line)
    return metadata


def _groups(results: Results) -> tuple[Group, ...]:
    package = {layer.name: layer for layer in package_layers(results)}
    siting = _siting_layers(results, package)
    hydrants = [vector_layer(results, package[name]) for name in _HYDRANTS if name in package]
    background = [vector_layer(results, package[name]) for name in BACKGROUND if name in package]
    relief = relief_layer(results)
    background += [relief] if relief is not None else []
    scenarios = []
    for i, scenario in enumerate(results.scenarios):
        mine = [package[name] for name in _OF_SCENARIO if _asked(package.get(name), scenario.id)]
        layers = [vector_layer(results, layer, Part("scenario", scenario.id)) for layer in mine]
        layers.append(raster_layer(results, scenario))
        scenarios.append(Group(f"情景：{scenario.title_zh}", i == 0, tuple(layers)))
    tables = tuple(table_layer(results, table) for table in package_tables(results))
    return (
        Group("选址", checked=True, layers=tuple(siting)),
        Group("消火栓", checked=True, layers=tuple(hydrants)),
        *scenarios,
        Group("底图", checked=True, layers=tuple(background)),
        *([Group("表格", checked=True, layers=tables)] if tables else []),
    )


def _siting_layers(results: Results, package: Mapping[str, PackageLayer]) -> list[TreeLayer]:
    """Return the layers of siting, the allocation once for each solution that has one."""
    found = []
    for name in _SITING:
        if name not in package:
            continue
        parts = _allocated(results) if name == "allocation" else []
        found += [vector_layer(results, package[name], part) for part in parts or [None]]
    return found


def _allocated(results: Results) -> list[Part | None]:
    """Return the solutions that give cells to stations, in the order of their table."""
    if not len(results.allocation):
        return []
    told = {
        str(row["id"]): _solution_words(row) for row in results.solutions.to_dict(orient="records")
    }
    ids = dict.fromkeys(str(solution) for solution in results.allocation["solution"])
    return [Part("solution", each, f"（{told.get(each, each)}）") for each in ids]


def _solution_words(row: Mapping[Hashable, Any]) -> str:
    """Return what a solution is called: its rule, its variant, its number."""
    told = {column: row[column] for column in ("assignment", "variant")}
    words = [value_label(column, code, "zh", "solutions") for column, code in told.items()]
    number = "" if row["order"] == 1 else f"方案{row['order']}"
    return "，".join(part for part in (*words, number) if part)


def _asked(layer: PackageLayer | None, scenario: str) -> TypeGuard[PackageLayer]:
    """Tell whether a scenario has a layer: what is lost by closures is not asked of all."""
    if layer is None or layer.name not in _OF_SOME_SCENARIOS:
        return layer is not None
    return bool((layer.data["scenario"] == scenario).any())


def _tree(groups: Sequence[Group]) -> ET.Element:
    tree = ET.Element("layer-tree-group")
    for group in groups:
        node = ET.SubElement(
            tree,
            "layer-tree-group",
            name=group.name,
            checked="Qt::Checked" if group.checked else "Qt::Unchecked",
            expanded="1" if group.checked else "0",
        )
        for layer in group.layers:
            ET.SubElement(
                node,
                "layer-tree-layer",
                id=layer.id,
                name=layer.name,
                source=layer.source,
                providerKey=layer.provider,
                checked="Qt::Checked" if layer.checked else "Qt::Unchecked",
                expanded="0",
            )
    return tree

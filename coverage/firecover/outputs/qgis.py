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
from firecover.outputs.geopackage import PackageLayer, package_layers, package_tables
from firecover.outputs.i18n import layer_label, value_label
from firecover.outputs.qgis_layers import (
    Part,
    TreeLayer,
    layer_id,
    raster_layer,
    srs_element,
    table_layer,
    vector_layer,
)
from firecover.outputs.qgis_layout import Extent, Sheet, layout_element
from firecover.outputs.qgis_themes import Theme, themes_element
from firecover.outputs.qml import QGIS_VERSION
from firecover.results import Results, ScenarioSummary

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
_BACKGROUND = ("boundary", "roads", "water", "water_areas")
#: What a printed sheet shows, the topmost first.
_PRINTED = ("stations", "boundary", "townships", "isochrones", "roads", "water", "water_areas")
#: The themes of every scenario by their names: what each shows over the background.
_THEMES = {
    "覆盖": ("stations", "villages", "townships", "built_up", "isochrones"),
    "辖区": ("stations", "jurisdictions", "built_up", "townships"),
    "薄弱环节": ("stations", "station_outages", "critical_roads", "villages", "townships"),
    "消防供水": ("hydrant_proposals", "hydrants", "hydrant_gaps", "villages", "built_up"),
}
#: The theme of the sites: what it shows beside them, of the scenario that they are added to.
_SITING_THEME = "选址"
_BESIDE_SITES = ("stations", "built_up")


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
    root.append(themes_element(_themes(results, groups)))
    root.append(_properties())
    root.append(_view(extent, study.crs))
    layouts = ET.SubElement(root, "Layouts")
    for scenario in results.scenarios:
        layouts.append(layout_element(_sheet(results, scenario, groups, extent)))
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


def _groups(results: Results) -> tuple[Group, ...]:
    package = {layer.name: layer for layer in package_layers(results)}
    siting = _siting_layers(results, package)
    hydrants = [vector_layer(results, package[name]) for name in _HYDRANTS if name in package]
    background = [vector_layer(results, package[name]) for name in _BACKGROUND if name in package]
    scenarios = []
    for i, scenario in enumerate(results.scenarios):
        mine = [package[name] for name in _OF_SCENARIO if _asked(package.get(name), scenario.id)]
        layers = [vector_layer(results, layer, Part("scenario", scenario.id)) for layer in mine]
        layers.append(raster_layer(results, scenario))
        scenarios.append(Group(f"情景：{scenario.title_zh}", i == 0, tuple(layers)))
    tables = tuple(table_layer(table) for table in package_tables(results))
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


def _themes(results: Results, groups: Sequence[Group]) -> list[Theme]:
    """Return what can be chosen at a click: for each scenario, what belongs together."""
    holders = {layer.id: group.name for group in groups for layer in group.layers}
    background = [layer_id(name) for name in _BACKGROUND]
    themes = []
    for scenario in results.scenarios:
        for title, names in _THEMES.items():
            wanted = [layer_id(n, scenario.id if n in _OF_SCENARIO else "") for n in names]
            shown = [identity for identity in (*wanted, *background) if identity in holders]
            checked = dict.fromkeys(holders[identity] for identity in shown)
            themes.append(Theme(f"{title}：{scenario.title_zh}", tuple(shown), tuple(checked)))
    return themes + _siting_theme(results, holders)


def _siting_theme(results: Results, holders: Mapping[str, str]) -> list[Theme]:
    """Return the theme of the sites, with the first of the allocations; none without sites."""
    if not len(results.candidates):
        return []
    allocation = [each for each in holders if each.startswith(layer_id("allocation"))]
    wanted = [layer_id(name) for name in ("candidates", "solutions", "excluded_sites")]
    wanted += allocation[:1]
    wanted += [layer_id(name, results.scenarios[0].id) for name in _BESIDE_SITES]
    wanted += [layer_id(name) for name in _BACKGROUND]
    shown = tuple(identity for identity in wanted if identity in holders)
    groups = tuple(dict.fromkeys(holders[identity] for identity in shown))
    return [Theme(_SITING_THEME, shown, groups)]


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


def _sheet(
    results: Results, scenario: ScenarioSummary, groups: Sequence[Group], extent: Extent
) -> Sheet:
    study = results.study.study
    by_id = {layer.id: layer for group in groups for layer in group.layers}
    wanted = [layer_id(name, scenario.id if name in _OF_SCENARIO else "") for name in _PRINTED]
    modelled = "、".join(layer_label(name, "zh") for name in results.modelled)
    sources = dict.fromkeys(
        f"{summary.provenance.source} {summary.provenance.licence}".strip()
        for summary in results.layers
        if summary.name in _PRINTED
    )
    told = [
        f"含模拟数据，不可当作实测：{modelled}" if modelled else "",
        f"坐标系：{study.crs}；时间从接到出动指令起算",
        f"数据来源：{'；'.join(sources)}",
    ]
    return Sheet(
        name=f"打印图：{scenario.title_zh}",
        title=f"{study.title.zh}消防站响应时间图（{scenario.title_zh}）",
        subtitle=study.handling.zh if study.handling else "",
        footer="\n".join(part for part in told if part),
        identity=scenario.id,
        extent=extent,
        layers=tuple(by_id[key] for key in wanted if key in by_id),
    )

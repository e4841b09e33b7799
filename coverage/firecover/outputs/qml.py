"""Turn the styles into what QGIS reads: renderers, labels, aliases, words for codes.

The element and attribute names were found by writing variants and looking at what QGIS 3.22
makes of them. Properties are written in both of its notations (``prop`` and ``Option``), so that
older and newer versions read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from xml.etree import ElementTree as ET

from firecover.outputs.i18n import column_heading, unit_digits, unit_key, vocabulary
from firecover.outputs.styles import rgb
from firecover.outputs.symbols import Fill, LayerStyle, Marker, Stroke, StyleClass, Symbol

#: What a column holds: the file's key, yes or no, a number, a whole number, or text.
FieldKind = Literal["key", "yes_no", "number", "whole", "text"]

QGIS_VERSION = "3.22.0"
#: The first of these that a machine has is taken.
FONTS = ("Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "SimHei")
_CATEGORIES = "Symbology|Labeling|Fields|Forms|Rendering"
_SYMBOL_TYPES = {Marker: "marker", Stroke: "line", Fill: "fill"}
#: Labels: around a point in the usual order, along a line, and level inside an area.
_PLACEMENTS = {Marker: "6", Stroke: "2", Fill: "4"}
#: Tables and forms show no more decimals than these, whatever the unit.
_MOST_DIGITS_SHOWN = 4


def colour_text(colour: str, alpha: int = 255) -> str:
    """Return ``#rrggbb`` as QGIS writes it; an empty colour is fully transparent."""
    if not colour:
        return "0,0,0,0"
    red, green, blue = rgb(colour)
    return f"{red},{green},{blue},{alpha}"


def properties(parent: ET.Element, values: Mapping[str, str]) -> None:
    """Write properties in both notations."""
    options = ET.SubElement(parent, "Option", type="Map")
    for name, value in values.items():
        ET.SubElement(options, "Option", name=name, type="QString", value=value)
    for name, value in values.items():
        ET.SubElement(parent, "prop", k=name, v=value)


def symbol_element(symbol: Symbol, name: str, level: int = 0) -> ET.Element:
    """Return a symbol as QGIS reads it; ``level`` lifts it above those of lower levels."""
    element = ET.Element(
        "symbol",
        type=_SYMBOL_TYPES[type(symbol)],
        name=name,
        alpha="1",
        clip_to_extent="1",
        force_rhr="0",
    )
    classes = {Marker: "SimpleMarker", Stroke: "SimpleLine", Fill: "SimpleFill"}
    kind = classes[type(symbol)]
    layer = ET.SubElement(
        element, "layer", {"class": kind, "enabled": "1", "locked": "0", "pass": str(level)}
    )
    properties(layer, _symbol_properties(symbol))
    return element


def _symbol_properties(symbol: Symbol) -> dict[str, str]:
    if isinstance(symbol, Marker):
        return {
            "name": symbol.shape,
            "color": colour_text(symbol.fill),
            "outline_color": colour_text(symbol.stroke),
            "outline_style": "solid" if symbol.stroke_mm else "no",
            "outline_width": f"{symbol.stroke_mm:g}",
            "outline_width_unit": "MM",
            "size": f"{symbol.size_mm:g}",
            "size_unit": "MM",
        }
    if isinstance(symbol, Stroke):
        return {
            "capstyle": "round",
            "joinstyle": "round",
            "line_color": colour_text(symbol.colour),
            "line_style": "dash" if symbol.dashed else "solid",
            "line_width": f"{symbol.width_mm:g}",
            "line_width_unit": "MM",
        }
    filled = "b_diagonal" if symbol.hatched else "solid"
    outlined = "dash" if symbol.dashed else "solid"
    return {
        "color": colour_text(symbol.colour),
        "joinstyle": "bevel",
        "outline_color": colour_text(symbol.stroke),
        "outline_style": outlined if symbol.stroke else "no",
        "outline_width": f"{symbol.stroke_mm:g}",
        "outline_width_unit": "MM",
        "style": filled if symbol.colour else "no",
    }


_RENDERERS = {
    "single": "singleSymbol",
    "categorized": "categorizedSymbol",
    "graduated": "graduatedSymbol",
    "rules": "RuleRenderer",
}


def renderer_element(style: LayerStyle) -> ET.Element:
    """Return the renderer of a style."""
    element = ET.Element(
        "renderer-v2",
        type=_RENDERERS[style.kind],
        symbollevels=str(int(any(item.level for item in style.classes))),
        forceraster="0",
        enableorderby="1" if style.largest_first else "0",
    )
    if style.attribute:
        element.set("attr", style.attribute)
    if style.kind == "graduated":
        element.set("graduatedMethod", "GraduatedColor")
    _add_classes(element, style)
    symbols = ET.SubElement(element, "symbols")
    symbols.extend(
        symbol_element(item.symbol, str(i), item.level) for i, item in enumerate(style.classes)
    )
    if style.largest_first:
        order = ET.SubElement(element, "orderby")
        clause = ET.SubElement(order, "orderByClause", asc="0", nullsFirst="0")
        clause.text = f'"{style.attribute}"'
    return element


def _add_classes(element: ET.Element, style: LayerStyle) -> None:
    made = {"categorized": _category, "graduated": _range, "rules": _rule}.get(style.kind)
    if made is None:
        return
    root = {"key": "root"} if style.kind == "rules" else {}
    group = ET.SubElement(element, _GROUPS[style.kind], root)
    for i, item in enumerate(style.classes):
        group.append(made(i, item))


_GROUPS = {"categorized": "categories", "graduated": "ranges", "rules": "rules"}


def _category(i: int, item: StyleClass) -> ET.Element:
    return ET.Element("category", value=item.value, symbol=str(i), label=item.label, render="true")


def _range(i: int, item: StyleClass) -> ET.Element:
    return ET.Element(
        "range",
        lower=f"{item.lower:.6f}",
        upper=f"{item.upper:.6f}",
        symbol=str(i),
        label=item.label,
        render="true",
    )


def _rule(i: int, item: StyleClass) -> ET.Element:
    rule = ET.Element("rule", key=f"rule{i}", filter=item.where, symbol=str(i), label=item.label)
    if item.scale:
        rule.attrib |= {"scalemindenom": "0", "scalemaxdenom": str(item.scale)}
    return rule


def font_families(parent: ET.Element) -> None:
    """Name the fonts that hold Chinese, the wanted one first."""
    families = ET.SubElement(parent, "families")
    for name in FONTS:
        ET.SubElement(families, "family", name=name)


def labeling_element(style: LayerStyle) -> ET.Element | None:
    """Return the labels of a style; None where it names nothing."""
    if not style.name_column:
        return None
    element = ET.Element("labeling", type="simple")
    settings = ET.SubElement(element, "settings", calloutType="simple")
    text = ET.SubElement(
        settings,
        "text-style",
        fieldName=style.name_column,
        isExpression=str(int(style.name_is_expression)),
        fontFamily=FONTS[0],
        fontSize=f"{style.label_size_pt:g}",
        fontSizeUnit="Point",
        fontWeight="75" if style.label_bold else "50",
        namedStyle="Bold" if style.label_bold else "Regular",
        textColor=colour_text(style.label_colour),
        textOpacity="1",
        multilineHeight="1",
    )
    font_families(text)
    ET.SubElement(
        text,
        "text-buffer",
        bufferDraw="1",
        bufferSize="0.7",
        bufferSizeUnits="MM",
        bufferColor=colour_text("#ffffff"),
        bufferOpacity="0.85",
        bufferJoinStyle="128",
    )
    area = isinstance(style.classes[0].symbol, Fill)
    ET.SubElement(
        settings,
        "placement",
        placement=_PLACEMENTS[type(style.classes[0].symbol)],
        predefinedPositionOrder="TR,TL,BR,BL,R,L,TSR,BSR",
        dist="0.6",
        distUnits="MM",
        # A road that is shorter on the map than its label is named all the same.
        overrunDistance="20",
        overrunDistanceUnit="MM",
        offsetType="1",
        priority="5" if area else "7",
    )
    ET.SubElement(
        settings,
        "rendering",
        drawLabels="1",
        obstacle="0" if area else "1",
        scaleVisibility="1" if style.label_scale else "0",
        scaleMin="0",
        scaleMax=str(style.label_scale),
    )
    if style.label_priority:
        _add_priority(settings, style.label_priority)
    return element


def _add_priority(settings: ET.Element, expression: str) -> None:
    """Let an expression say which of several labels stays."""
    told = ET.SubElement(ET.SubElement(settings, "dd_properties"), "Option", type="Map")
    ET.SubElement(told, "Option", name="name", type="QString", value="")
    properties = ET.SubElement(told, "Option", name="properties", type="Map")
    ET.SubElement(told, "Option", name="type", type="QString", value="collection")
    priority = ET.SubElement(properties, "Option", name="Priority", type="Map")
    ET.SubElement(priority, "Option", name="active", type="bool", value="true")
    ET.SubElement(priority, "Option", name="expression", type="QString", value=expression)
    ET.SubElement(priority, "Option", name="type", type="int", value="3")


def field_elements(
    table: str, fields: Mapping[str, FieldKind], scenarios: Mapping[str, str]
) -> list[ET.Element]:
    """Return the Chinese names of a table's columns, the words for codes and the decimals.

    Parameters
    ----------
    table
        The table's name in the package.
    fields
        All columns of the file, the key first, and what each holds.
    scenarios
        The scenarios' titles by their ids.
    """
    configuration = ET.Element("fieldConfiguration")
    aliases = ET.Element("aliases")
    for index, (column, kind) in enumerate(fields.items()):
        field = ET.SubElement(configuration, "field", name=column, configurationFlags="None")
        words = codes_of(table, column, kind, scenarios)
        unit = unit_key(column, table)
        if words:
            _add_value_map(field, words)
        elif kind == "number" or unit:
            _add_decimals(field, min(unit_digits(unit), _MOST_DIGITS_SHOWN))
        heading = heading_of(table, column, scenarios)
        ET.SubElement(aliases, "alias", index=str(index), field=column, name=heading)
    return [configuration, aliases]


def codes_of(
    table: str, column: str, kind: FieldKind, scenarios: Mapping[str, str]
) -> Mapping[str, str]:
    """Return the words for a column's codes, none where it holds no codes."""
    if kind == "yes_no":
        return vocabulary("yes_no", "zh")
    return scenarios if column == "scenario" else vocabulary(column, "zh", table)


def heading_of(table: str, column: str, scenarios: Mapping[str, str]) -> str:
    """Return a column's name and unit; of one for each scenario, the scenario's title too."""
    heading = column_heading(column, "zh", table)
    for scenario, title in scenarios.items():
        if column.endswith(f"_{scenario}"):
            return heading.replace(f"·{scenario}", f"·{title}")
    return heading


def _add_value_map(field: ET.Element, words: Mapping[str, str]) -> None:
    widget = ET.SubElement(field, "editWidget", type="ValueMap")
    config = ET.SubElement(widget, "config")
    options = ET.SubElement(config, "Option", type="Map")
    entries = ET.SubElement(options, "Option", name="map", type="List")
    # A code that has no words is shown in brackets, and so would be one that is empty.
    for code, label in {**words, "": ""}.items():
        entry = ET.SubElement(entries, "Option", type="Map")
        ET.SubElement(entry, "Option", name=label, type="QString", value=code)


def _add_decimals(field: ET.Element, digits: int) -> None:
    """Show a number rounded; the number itself stays as it is in the file."""
    widget = ET.SubElement(field, "editWidget", type="Range")
    config = ET.SubElement(widget, "config")
    options = ET.SubElement(config, "Option", type="Map")
    ET.SubElement(options, "Option", name="Precision", type="int", value=str(digits))


def add_style(
    parent: ET.Element,
    table: str,
    style: LayerStyle,
    fields: Mapping[str, FieldKind],
    scenarios: Mapping[str, str],
) -> None:
    """Add everything that a style says of a layer, as in a QML file and in a project alike."""
    parent.append(renderer_element(style))
    labels = labeling_element(style)
    parent.set("labelsEnabled", "0" if labels is None else "1")
    if style.scale:
        # QGIS calls the smaller scale, which has the larger number, the minimum.
        parent.attrib |= {
            "hasScaleBasedVisibilityFlag": "1",
            "minScale": str(style.scale),
            "maxScale": "0",
        }
    if labels is not None:
        parent.append(labels)
    ET.SubElement(parent, "blendMode").text = "0"
    ET.SubElement(parent, "layerOpacity").text = f"{style.opacity:g}"
    parent.extend(field_elements(table, fields, scenarios))


def fields_text(table: str, fields: Mapping[str, FieldKind], scenarios: Mapping[str, str]) -> str:
    """Return what a table without geometry is shown with, as the text of a QML file."""
    root = ET.Element("qgis", version=QGIS_VERSION, styleCategories="Fields|Forms")
    root.extend(field_elements(table, fields, scenarios))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode")


def qml_text(
    table: str,
    style: LayerStyle,
    fields: Mapping[str, FieldKind],
    scenarios: Mapping[str, str],
) -> str:
    """Return a style as the text of a QML file.

    Parameters
    ----------
    table
        The layer's name in the package.
    style
        How the layer is drawn.
    fields
        All columns of the layer in the file, ``fid`` first, and what each holds.
    scenarios
        The scenarios' titles by their ids.
    """
    root = ET.Element("qgis", version=QGIS_VERSION, styleCategories=_CATEGORIES)
    add_style(root, table, style, fields, scenarios)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode")

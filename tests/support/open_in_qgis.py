"""Open a project in QGIS and print, as JSON, what QGIS makes of it.

Runs under the Python that QGIS comes with, not under that of the tests::

    python3 open_in_qgis.py PROJECT [FOLDER_FOR_PICTURES [STEPS_OF_A_WALK]]

The steps are JSON: for each a layer, a filter and an expression.
"""

import json
import os
import sys
from pathlib import Path

from qgis.core import (  # type: ignore[import-not-found]
    QgsApplication,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextScope,
    QgsExpressionContextUtils,
    QgsHillshadeRenderer,
    QgsLayerTreeModel,
    QgsLayoutExporter,
    QgsLayoutItem,
    QgsLayoutItemLabel,
    QgsLayoutItemMap,
    QgsLayoutSize,
    QgsPalLayerSettings,
    QgsProject,
    QgsRasterLayer,
    QgsRenderContext,
    QgsVectorLayer,
)


class Rules:
    """Stands for the rules of a renderer that has none."""

    @staticmethod
    def children():
        return []


def describe(layer):
    told = {
        "name": layer.name(),
        "valid": layer.isValid(),
        "crs": layer.crs().authid(),
        "renderer": layer.renderer().type() if layer.isValid() and layer.renderer() else "",
        "abstract": layer.metadata().abstract(),
        "rights": layer.metadata().rights(),
        "kinds": layer.metadata().keywords().get("data kind", []),
        "scale": layer.minimumScale() if layer.hasScaleBasedVisibility() else 0,
    }
    if isinstance(layer, QgsRasterLayer) and layer.isValid():
        told["rows"] = layer.height()
        if isinstance(layer.renderer(), QgsHillshadeRenderer):
            told["light"] = [layer.renderer().azimuth(), layer.renderer().altitude()]
    if isinstance(layer, QgsVectorLayer):
        told |= {
            "shown": every_value(layer),
            "features": layer.featureCount(),
            "labels": layer.labelsEnabled(),
            "label": label(layer),
            "opacity": layer.opacity(),
            "aliases": {field.name(): field.alias() for field in layer.fields()},
            "widgets": {
                field.name(): layer.editorWidgetSetup(i).type()
                for i, field in enumerate(layer.fields())
            },
            "spatial": layer.isSpatial(),
            "first": shown(layer),
        }
    if isinstance(layer, QgsVectorLayer) and layer.isSpatial():
        told["drawn"] = drawn(layer)
        told["scales"] = {
            rule.label(): rule.minimumScale()
            for rule in getattr(layer.renderer(), "rootRule", Rules)().children()
        }
        told["legend"] = [item.label() for item in layer.renderer().legendSymbolItems()]
    return told


def label(layer):
    """What features are named by, which names stay, and the first one's; nothing if unnamed."""
    if not layer.labelsEnabled():
        return []
    settings = layer.labeling().settings()
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    context.setFields(layer.fields())
    scope = QgsExpressionContextScope()
    scope.setVariable("map_scale", 100_000)
    context.appendScope(scope)
    feature = next(layer.getFeatures(), None)
    if feature is None:
        return []
    context.setFeature(feature)
    asked = settings.fieldName if settings.isExpression else f'"{settings.fieldName}"'
    priority = settings.dataDefinedProperties().property(QgsPalLayerSettings.Priority)
    return [
        QgsExpression(asked).evaluate(context),
        priority.valueAsInt(context, -1)[0] if priority.isActive() else -1,
    ]


def shown(layer):
    """The first row as the attribute table shows it."""
    feature = next(layer.getFeatures(), None)
    if feature is None:
        return {}
    registry = QgsApplication.fieldFormatterRegistry()
    told = {}
    for i, field in enumerate(layer.fields()):
        setup = layer.editorWidgetSetup(i)
        formatter = registry.fieldFormatter(setup.type())
        value = formatter.representValue(layer, i, setup.config(), None, feature[i])
        told[field.name()] = str(value)
    return told


def every_value(layer, most=40):
    """By field: the values that the file holds, and as the attribute table shows them."""
    registry = QgsApplication.fieldFormatterRegistry()
    told = {}
    for i, field in enumerate(layer.fields()):
        setup = layer.editorWidgetSetup(i)
        formatter = registry.fieldFormatter(setup.type())
        told[field.name()] = [
            [str(value), str(formatter.representValue(layer, i, setup.config(), None, value))]
            for value in sorted(layer.uniqueValues(i, most), key=str)
        ]
    return told


def themes(project):
    """What is seen once a theme is chosen: layers that are ticked, their groups too."""
    collection = project.mapThemeCollection()
    root = project.layerTreeRoot()
    told = {}
    for name in collection.mapThemes():
        collection.applyTheme(name, root, QgsLayerTreeModel(root))
        told[name] = sorted(node.layerId() for node in root.findLayers() if node.isVisible())
    return told


def drawn(layer):
    """How many features of a layer its renderer draws."""
    context = QgsRenderContext()
    renderer = layer.renderer().clone()
    renderer.startRender(context, layer.fields())
    count = sum(1 for each in layer.getFeatures() if draws(renderer, each, context))
    renderer.stopRender(context)
    return count


def draws(renderer, feature, context):
    context.expressionContext().setFeature(feature)
    return renderer.willRenderFeature(feature, context)


def walk(package, steps):
    """Work out expressions over the filtered rows of a layer, as a reviewer would."""
    told = []
    for layer_name, where, expression in steps:
        # Filtered as it is opened: a filter set later reopens the file beneath other readers.
        source = f"{package}|layername={layer_name}|subset={where}"
        layer = QgsVectorLayer(source, layer_name, "ogr")
        context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
        feature = next(layer.getFeatures(), None)
        if feature is not None:
            context.setFeature(feature)
        parsed = QgsExpression(expression)
        value = parsed.evaluate(context)
        error = parsed.parserErrorString() or parsed.evalErrorString()
        told.append([layer.isValid(), value, error])
    return told


def default_style(package, name):
    layer = QgsVectorLayer(f"{package}|layername={name}", name, "ogr")
    message, loaded = layer.loadDefaultStyle()
    return {
        "loaded": loaded,
        "message": message,
        "renderer": layer.renderer().type() if layer.renderer() else "",
        "crs": layer.crs().authid(),
        "features": layer.featureCount(),
        "abstract": layer.metadata().abstract(),
        "rights": layer.metadata().rights(),
        "aliases": {field.name(): field.alias() for field in layer.fields()},
        "drawn": drawn(layer) if layer.isSpatial() else 0,
    }


def tree(group):
    return {
        child.name(): [
            [node.layerId(), node.layer() is not None, node.isVisible()]
            for node in child.findLayers()
        ]
        for child in group.children()
    }


def export(project, folder):
    told = {}
    settings = QgsLayoutExporter.PdfExportSettings()
    for i, layout in enumerate(project.layoutManager().printLayouts()):
        exporter = QgsLayoutExporter(layout)
        picture, pdf = Path(folder) / f"sheet{i}.png", str(Path(folder) / f"sheet{i}.pdf")
        atlas = layout.atlas()
        pages = []
        if atlas.enabled():
            atlas.beginRender()
            atlas.updateFeatures()
            for page in range(atlas.count()):
                atlas.seekTo(page)
                atlas.refreshCurrentFeature()
                pages.append({"name": atlas.nameForPage(page), **sheet(layout)})
            atlas.seekTo(0)
            atlas.refreshCurrentFeature()
            code = QgsLayoutExporter.exportToPdf(atlas, pdf, settings)[0]
        else:
            code = exporter.exportToPdf(pdf, settings)
        told[layout.name()] = {
            # Not exportToImage: it makes GDAL complain that a PNG cannot be georeferenced.
            "codes": [
                0 if exporter.renderPageToImage(0, dpi=100).save(str(picture)) else 1,
                int(code),
            ],
            "pages": pages,
            **sheet(layout),
        }
    return told


def sheet(layout):
    """What a sheet says and shows, and the size that its legend would like to have."""
    items = {item.id(): item for item in layout.items() if isinstance(item, QgsLayoutItem)}
    told = {"texts": {}, "maps": {}, "boxes": {}}
    for name, item in items.items():
        if isinstance(item, QgsLayoutItemLabel):
            told["texts"][name] = item.currentText()
        if isinstance(item, QgsLayoutItemMap):
            theme = item.followVisibilityPresetName() if item.followVisibilityPreset() else ""
            box = item.extent()
            extent = [box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()]
            framed = [each.linkedMap().id() for each in item.overviews().asList()]
            told["maps"][name] = {
                "theme": theme, "scale": item.scale(), "extent": extent, "framed": framed
            }  # fmt: skip
        box = item.sceneBoundingRect()
        told["boxes"][name] = [box.left(), box.top(), box.right(), box.bottom()]
    legend = items["legend"]
    has = legend.rect().size()
    legend.setResizeToContents(True)
    legend.adjustBoxSize()
    wants = legend.rect().size()
    legend.setResizeToContents(False)
    legend.attemptResize(QgsLayoutSize(has.width(), has.height()))
    told["legend"] = {
        "has": [has.width(), has.height()], "wants": [wants.width(), wants.height()]
    }  # fmt: skip
    return told


def main():
    app = QgsApplication([], False)  # noqa: FBT003
    app.initQgis()
    log = []
    app.messageLog().messageReceived.connect(
        lambda text, tag, level: log.append([str(tag), int(level), str(text)])
    )
    project = QgsProject.instance()
    read = project.read(sys.argv[1])
    package = Path(sys.argv[1]).resolve().parent / "coverage.gpkg"
    layers = project.mapLayers()
    names = sorted(
        {
            layer.source().split("layername=")[1].split("|")[0]
            for layer in layers.values()
            if "layername=" in layer.source()
        }
    )
    told = {
        "read": read,
        "title": project.title(),
        "about": project.metadata().abstract(),
        "crs": project.crs().authid(),
        "extent": project.viewSettings().defaultViewExtent().toString(),
        "layers": {key: describe(layer) for key, layer in layers.items()},
        "styles": {name: default_style(package, name) for name in names},
        "tree": tree(project.layerTreeRoot()),
        "layouts": export(project, sys.argv[2]) if len(sys.argv) > 2 else {},
    }
    told["themes"] = themes(project)
    told["walk"] = walk(package, json.loads(sys.argv[3])) if len(sys.argv) > 3 else []
    told["log"] = [entry for entry in log if entry[1] > 0]
    sys.stdout.write(f"QGIS says:{json.dumps(told, ensure_ascii=False)}\n")
    sys.stdout.flush()
    os._exit(0)  # QGIS without a screen can crash on its way out


if __name__ == "__main__":
    main()

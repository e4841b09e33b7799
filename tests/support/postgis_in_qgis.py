"""Open the tables of a PostGIS schema in QGIS and print, as JSON, how QGIS shows them.

Runs under the Python that QGIS comes with; the password is in PGPASSWORD::

    python3 postgis_in_qgis.py HOST PORT DATABASE USER SCHEMA TABLE[:GEOMETRY] …
"""

import json
import os
import sys

from qgis.core import (  # type: ignore[import-not-found]
    QgsApplication,
    QgsDataSourceUri,
    QgsRenderContext,
    QgsVectorLayer,
)


def shown(connection, schema, table, geometry):
    uri = QgsDataSourceUri()
    uri.setConnection(*connection, "", "")
    uri.setDataSource(schema, table, geometry or None, "", "fid")
    layer = QgsVectorLayer(uri.uri(False), table, "postgres")  # noqa: FBT003
    message, loaded = layer.loadDefaultStyle()
    told = {
        "valid": layer.isValid(),
        "loaded": loaded,
        "message": message,
        "renderer": layer.renderer().type() if layer.renderer() else "",
        "aliases": {field.name(): field.alias() for field in layer.fields()},
        "features": layer.featureCount(),
    }
    if layer.renderer():
        context = QgsRenderContext()
        renderer = layer.renderer().clone()
        renderer.startRender(context, layer.fields())
        drawn = 0
        for feature in layer.getFeatures():
            context.expressionContext().setFeature(feature)
            drawn += renderer.willRenderFeature(feature, context)
        renderer.stopRender(context)
        told["drawn"] = drawn
    return told


def main():
    host, port, database, user, schema, *tables = sys.argv[1:]
    app = QgsApplication([], False)  # noqa: FBT003
    app.initQgis()
    log = []
    app.messageLog().messageReceived.connect(
        lambda text, tag, level: log.append([str(tag), int(level), str(text)])
    )
    # User and password are left to libpq.
    os.environ["PGUSER"] = user
    connection = (host, port, database)
    told = {}
    for each in tables:
        table, _, geometry = each.partition(":")
        told[table] = shown(connection, schema, table, geometry)
    told["log"] = [entry for entry in log if entry[1] > 0]
    sys.stdout.write(f"QGIS says:{json.dumps(told, ensure_ascii=False)}\n")
    sys.stdout.flush()
    os._exit(0)  # QGIS without a screen can crash on its way out


if __name__ == "__main__":
    main()

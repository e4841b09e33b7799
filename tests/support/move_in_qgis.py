"""Move a point in QGIS, as GIS staff would: CSV opened, saved as GeoPackage, edited, saved.

Runs under the Python that QGIS comes with::

    python3 move_in_qgis.py POINTS.csv POINTS.gpkg ID EAST NORTH CRS

EAST and NORTH are the new coordinates in CRS.
"""

import os
import sys
from pathlib import Path

from qgis.core import (  # type: ignore[import-not-found]
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
)


def saved_as(table, package):
    """Layer › Add Delimited Text Layer…, then Export › Save Features As…"""
    where = "delimiter=,&xField=lon&yField=lat&crs=EPSG:4326&detectTypes=yes"
    layer = QgsVectorLayer(f"{Path(table).resolve().as_uri()}?{where}", "points", "delimitedtext")
    assert layer.isValid()
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "GPKG"
    options.layerName = Path(package).stem
    context = QgsProject.instance().transformContext()
    done = QgsVectorFileWriter.writeAsVectorFormatV3(layer, package, context, options)
    assert done[0] == QgsVectorFileWriter.NoError, done


def moved(package, identity, place, crs):
    """Toggle editing, move one point, save."""
    layer = QgsVectorLayer(f"{package}|layername={Path(package).stem}", "points", "ogr")
    found = [each for each in layer.getFeatures() if str(each["id"]) == identity]
    assert len(found) == 1
    into = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem(crs), layer.crs(), QgsProject.instance()
    )
    assert layer.startEditing()
    point = QgsGeometry.fromPointXY(into.transform(QgsPointXY(*place)))
    assert layer.changeGeometry(found[0].id(), point)
    assert layer.commitChanges(), layer.commitErrors()


def main():
    table, package, identity, east, north, crs = sys.argv[1:]
    app = QgsApplication([], False)  # noqa: FBT003
    app.initQgis()
    saved_as(table, package)
    moved(package, identity, (float(east), float(north)), crs)
    sys.stdout.write("moved\n")
    sys.stdout.flush()
    os._exit(0)  # QGIS without a screen can crash on its way out


if __name__ == "__main__":
    main()

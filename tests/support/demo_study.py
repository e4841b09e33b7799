"""The bundled study, as committed."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

REPO = Path(__file__).resolve().parents[2]
BUNDLED = REPO / "data" / "raw" / "youyang"
FACTS = REPO / ".." / "shared" / "data" / "youyang"
CRS = "EPSG:4545"
TEXT = {"code": str, "township": str, "township_code": str, "village_list_code": str}


def layer(name):
    """Read a layer of the bundled study in its projected CRS."""
    return gpd.read_file(BUNDLED / name).to_crs(CRS)


def points(name):
    """Read a table of the bundled study, and its points in metres, in the order of its rows."""
    table = pd.read_csv(BUNDLED / name, dtype=TEXT)
    shapes = gpd.GeoSeries(gpd.points_from_xy(table["lon"], table["lat"]), crs="EPSG:4490")
    return table, shapes.to_crs(CRS)


def boundary():
    """Return the county in metres."""
    return layer("boundary.geojson").geometry.iloc[0]


def road_lines(roads):
    """Return the coordinates of each road."""
    return [shapely.get_coordinates(line) for line in roads.geometry]


def one_way(roads):
    """Tell which roads are one-way."""
    return (roads["单行"] == "是").to_numpy(dtype=bool)


def nearest_m(shapes, lines):
    """Return the distance of each shape to the nearest of the lines."""
    tree = shapely.STRtree(lines)
    pairs, distance = tree.query_nearest(shapes, return_distance=True, all_matches=False)
    out = np.full(len(shapes), np.nan)
    out[pairs[0]] = distance
    return out

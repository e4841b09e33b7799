"""Roads by hand, with what rules sites out beside them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import Point, box

from firecover.layers.model import Layers, VectorLayer
from firecover.layers.provenance import Provenance
from firecover.layers.schema import SCHEMAS
from firecover.layers.vector import empty_layer
from support.networks import CRS, roads_of

SOURCE = Provenance("modelled", "made by a test")
URBAN = box(-5000, -5000, 5000, 5000)


def layer(name, shapes=(), /, **columns) -> VectorLayer:
    """A layer of some shapes; columns not given are empty, and no shapes make none."""
    shapes = list(shapes)
    like = empty_layer(name, CRS)
    if not shapes:
        return like
    if SCHEMAS[name].identity == "id":
        columns = {"id": [f"{name}-{i + 1}" for i in range(len(shapes))]} | columns
    if "area_m2" in SCHEMAS[name].measured:
        columns |= {"area_m2": [shape.area for shape in shapes]}
    frame = pd.DataFrame(columns, index=range(len(shapes))).reindex(
        columns=[each for each in like.data.columns if each != "geometry"]
    )
    for column in frame:
        if not pd.api.types.is_numeric_dtype(like.data[column].dtype):
            frame[column] = frame[column].astype(object).fillna("").astype("str")
        else:
            frame[column] = frame[column].astype("float64")
    return VectorLayer(name, gpd.GeoDataFrame(frame, geometry=shapes, crs=CRS), SOURCE)


def layers_with(*, built_up=(URBAN,), zone="urban", dem=None, **given) -> Layers:
    """All layers of a study; those not given are empty."""
    zones = np.broadcast_to(zone, len(built_up)).tolist()
    made = {name: layer(name) for name in SCHEMAS if name != "population"}
    made["built_up"] = layer("built_up", built_up, zone=zones)
    made |= {
        name: each if isinstance(each, VectorLayer) else layer(name, each)
        for name, each in given.items()
    }
    return Layers(crs=CRS, roads=roads_of([[(0, 0), (1, 0)]]), dem=dem, **made)


def at(*places) -> list[Point]:
    """Points at coordinates."""
    return [Point(each) for each in places]

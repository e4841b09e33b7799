"""The layers by which sites are ruled out: exits, hazards, shut ground, parcels."""

import geopandas as gpd
import pytest
from shapely import Point

from firecover.errors import LayerError
from firecover.layers import read_layers
from firecover.layers.model import (
    no_crowded,
    no_exclusions,
    no_hazards,
    no_parcels,
    no_railways,
)
from firecover.layers.vector import empty_layer
from firecover.study import load_study
from support import layers_files as small

TABLE = '[layers.{0}]\npath = "{0}.gpkg"\nprovenance = {{ kind = "published", source = "x" }}\n'


def frame(shapes, **columns):
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=small.CRS)


def study_with(tmp_path, **layers):
    folder = small.write_study(tmp_path)
    text = (tmp_path / "study.toml").read_text(encoding="utf-8")
    for name, data in layers.items():
        data.to_file(tmp_path / f"{name}.gpkg", engine="pyogrio")
        text += "\n" + TABLE.format(name)
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    return load_study(folder)


def test_the_four_layers_are_read(tmp_path):
    layers = read_layers(
        study_with(
            tmp_path,
            crowded=frame([Point(small.at(100, 100))], id=["e1"], name=["县医院"]),
            hazards=frame(
                [Point(small.at(10, 10)), small.square(500, 500, 100)], name=["气库", "油库"]
            ),
            exclusions=frame([small.square(0, 0, 2000)], reason=["地质灾害"]),
            parcels=frame([small.square(10, 0, 40, 50), small.square(90, 0, 30)], name=["A", "B"]),
        )
    )
    assert layers.crowded.data["name"].tolist() == ["县医院"]
    assert layers.hazards.data["id"].tolist() == ["hazards-1", "hazards-2"]
    assert layers.hazards.data.geom_type.tolist() == ["Point", "Polygon"]
    assert layers.exclusions.data["reason"].tolist() == ["地质灾害"]
    assert layers.parcels.data["area_m2"].tolist() == pytest.approx([2000, 900])
    names = [layer.name for layer in layers if hasattr(layer, "name")]
    assert {"crowded", "hazards", "exclusions", "parcels"} <= set(names)


def test_an_area_in_the_file_is_not_believed(tmp_path):
    plots = frame([small.square(10, 0, 40, 50)], name=["A"], area_m2=[7.0])
    parcels = read_layers(study_with(tmp_path, parcels=plots)).parcels
    assert parcels.data["area_m2"].tolist() == pytest.approx([2000])
    assert [note.rows for note in parcels.quality if "not used" in note.en] == [("area_m2",)]


def test_an_exit_is_a_point_and_shut_ground_is_not(tmp_path):
    study = study_with(
        tmp_path,
        crowded=frame([small.square(0, 0, 50)], name=["a"]),
        exclusions=frame([Point(small.at(1, 1))], reason=["b"]),
    )
    with pytest.raises(LayerError) as caught:
        read_layers(study)
    told = {problem.layer: problem.what for problem in caught.value.problems}
    assert told["crowded"] == "the geometry is a Polygon, needed is a point"
    assert told["exclusions"] == "the geometry is a Point, needed is a polygon"


@pytest.mark.parametrize("make", [no_railways, no_crowded, no_hazards, no_exclusions, no_parcels])
def test_a_layer_not_given_has_the_columns_of_one_that_is(make):
    layer = make()
    like = empty_layer(layer.name, small.CRS)
    assert layer.provenance is None
    assert list(layer.data.columns) == list(like.data.columns)
    assert layer.data.dtypes.astype(str).to_dict() == like.data.dtypes.astype(str).to_dict()
    assert len(layer.data.geometry) == 0

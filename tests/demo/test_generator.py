"""Making the inputs anew gives the committed ones."""

import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from firecover.demo import STEPS, make_inputs
from firecover.demo.facts import read_facts
from firecover.errors import InputError
from support.demo_study import BUNDLED

VECTORS = ("roads.gpkg", "townships.gpkg", "built_up.gpkg", "water.gpkg")
TABLES = ("stations.csv", "candidates.csv", "hydrants.csv", "villages.csv")
RASTERS = ("dem.tif", "population.tif")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    told = []
    began = time.process_time()
    make_inputs(folder, published=BUNDLED, tell=told.append)
    assert time.process_time() - began < 60
    assert len(told) == STEPS
    return folder


@pytest.mark.parametrize("name", VECTORS)
def test_vectors_are_made_again(made, name):
    ours, theirs = gpd.read_file(made / name), gpd.read_file(BUNDLED / name)
    assert ours.crs == theirs.crs
    pd.testing.assert_frame_equal(
        ours.drop(columns="geometry"), theirs.drop(columns="geometry"), check_exact=True
    )
    places = 1e-3 if ours.crs.is_projected else 1e-6
    assert (ours.geometry.isna() == theirs.geometry.isna()).all()
    left, right = (shapely.get_coordinates(frame.geometry.to_numpy()) for frame in (ours, theirs))
    assert left.shape == right.shape
    np.testing.assert_allclose(left, right, rtol=0, atol=places)


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_made_again(made, name):
    assert (made / name).read_text(encoding="utf-8") == (BUNDLED / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", RASTERS)
def test_rasters_are_made_again(made, name):
    with rasterio.open(made / name) as ours, rasterio.open(BUNDLED / name) as theirs:
        assert ours.transform == theirs.transform
        np.testing.assert_array_equal(ours.read(1), theirs.read(1))


def test_missing_facts_are_all_named(tmp_path):
    with pytest.raises(InputError) as caught:
        read_facts(tmp_path)
    assert len(caught.value.problems) == 3

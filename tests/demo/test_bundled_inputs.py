"""The committed inputs of the bundled study agree with the published facts."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.features import rasterize

from firecover.study import load_study
from support.demo_study import BUNDLED, FACTS, boundary, layer, nearest_m, points

TOTAL = 578_058


def test_the_study_file_loads_and_names_the_modelled_layers():
    study = load_study(BUNDLED)
    assert study.study.crs == "EPSG:4545"
    assert study.scenarios["plan_2025"].open == ("xiaoba",)
    kinds = {name: table.provenance.kind for name, table in study.layers.items()}
    assert [name for name, kind in kinds.items() if kind != "modelled"] == ["boundary"]
    assert len(kinds) == 11
    for name in study.layers:
        assert study.layer_path(name).is_file()


def test_the_published_townships_are_the_facts_cell_by_cell():
    ours = pd.read_csv(BUNDLED / "townships_published.csv", dtype=str)
    assert ours["population"].astype(float).sum() == TOTAL
    unknown = ours[ours["seat_lon"].isna()]
    assert unknown["code"].tolist() == ["500242001"]
    assert unknown[["population", "seat_lat"]].isna().all(axis=None)
    assert "not in the source" in unknown["note"].iloc[0]
    if not FACTS.is_dir():
        pytest.skip("the facts are not at hand")
    facts = pd.read_csv(FACTS / "townships.csv", dtype=str)
    pd.testing.assert_frame_equal(ours[facts.columns], facts)
    ours_villages = (BUNDLED / "villages_codes.csv").read_text(encoding="utf-8")
    assert ours_villages == (FACTS / "villages_codes.csv").read_text(encoding="utf-8")
    shape = gpd.read_file(FACTS / "county_boundary.geojson").geometry.iloc[0]
    assert shape.equals(gpd.read_file(BUNDLED / "boundary.geojson").geometry.iloc[0])


def test_the_townships_part_the_county_without_gap_or_overlap():
    townships = layer("townships.gpkg")
    assert len(townships) == 39
    assert townships.loc[townships.geometry.isna(), "name"].tolist() == ["桃花源街道"]
    assert townships["population"].sum() == TOTAL
    assert np.isnan(townships.loc[townships.geometry.isna(), "population"]).all()
    areas = townships[townships.geometry.notna()]
    assert areas.geometry.is_valid.all()
    assert shapely.union_all(areas.geometry).symmetric_difference(boundary()).area < 1
    assert areas.area.sum() == pytest.approx(boundary().area, abs=1)
    seats = gpd.points_from_xy(areas["seat_lon"], areas["seat_lat"], crs="EPSG:4490").to_crs(4545)
    assert shapely.contains(areas.geometry.to_numpy(), seats.to_numpy()).all()
    assert (shapely.get_num_geometries(areas.geometry.to_numpy()) == 1).all()


def test_the_county_town_has_the_published_area_in_several_patches():
    patches = layer("built_up.gpkg")
    urban = patches[patches["zone"] == "urban"]
    assert urban.area.sum() / 1e6 == pytest.approx(14.70, abs=0.005)
    assert len(urban) >= 3
    assert patches["township"].nunique() == 38
    assert patches["id"].is_unique
    assert patches.geometry.is_valid.all()
    left, right = shapely.STRtree(patches.geometry).query(patches.geometry, predicate="overlaps")
    assert left.size == right.size == 0
    # Elongated as the valley is: a circle of its area would have a third of its outline.
    old_town = urban.geometry.iloc[0]
    assert old_town.length > 1.3 * 2 * np.sqrt(np.pi * old_town.area)


def test_residents_add_up_to_each_published_figure():
    townships = layer("townships.gpkg")
    known = townships[townships.geometry.notna()].reset_index(drop=True)
    with rasterio.open(BUNDLED / "population.tif") as source:
        people = source.read(1)
        owner = rasterize(
            zip(known.geometry, range(1, len(known) + 1), strict=True),
            out_shape=people.shape,
            transform=source.transform,
        )
        assert source.crs.to_epsg() == 4545
        assert source.res == (200, 200)
    sums = np.bincount(owner.ravel(), weights=people.ravel(), minlength=len(known) + 1)
    assert sums[0] == 0
    assert sums[1:] == pytest.approx(known["population"].to_numpy(), abs=0.5)
    assert people.min() >= 0


def test_there_are_85_old_villages_in_85_committees():
    table, spots = points("villages.csv")
    codes = pd.read_csv(BUNDLED / "villages_codes.csv", dtype=str)
    assert len(table) == 85
    assert table["id"].is_unique
    assert table["committee_code"].is_unique
    names = table["committee_code"].astype(str).map(codes.set_index("code")["name"])
    shown = names.str.removesuffix("村民委员会") + "古寨（模拟点）"
    assert shown.tolist() == table["name"].tolist()
    townships = layer("townships.gpkg").set_index("code").geometry
    homes = townships.loc[table["township"]]
    assert shapely.contains(homes.to_numpy(), spots.to_numpy()).all()
    roads = layer("roads.gpkg")
    local = roads.geometry[~roads["道路类别"].isin(["高速公路", "匝道"])]
    distance = nearest_m(spots.to_numpy(), local.to_numpy())
    assert distance.max() < 1700
    assert (distance > 300).mean() > 0.1
    assert (distance < 300).mean() > 0.5


def test_stations_and_brigades():
    table, spots = points("stations.csv")
    assert len(table) == 40
    assert table["id"].is_unique
    brigades = table[table["station_class"] == "乡镇专职"]
    assert len(brigades) == 39
    assert brigades.loc[brigades["lon"].isna(), "name"].tolist() == ["桃花源街道专职消防队"]
    published = pd.read_csv(BUNDLED / "townships_published.csv", dtype={"code": str})
    seats = published.set_index("code").loc[brigades["township"], ["seat_lon", "seat_lat"]]
    np.testing.assert_array_equal(seats.to_numpy(), brigades[["lon", "lat"]].to_numpy())
    urban = shapely.union_all(layer("built_up.gpkg").query("zone == 'urban'").geometry)
    assert urban.contains(spots[table["id"] == "county"].iloc[0])
    assert table["engines"].isna().all()
    assert (brigades["vehicle"] == "light_pumper").all()
    assert table.loc[table["id"] == "county", "vehicle"].item() == "engine"
    # No source says what they drive, and every row says so.
    assert table["note"].str.contains("车型为假定").all()


def test_hydrants_stand_beside_streets_in_the_towns():
    table, spots = points("hydrants.csv")
    assert table["id"].is_unique
    patches = layer("built_up.gpkg")
    urban = shapely.union_all(patches.geometry[patches["zone"] == "urban"])
    in_town = spots.within(urban.buffer(10))
    assert in_town.sum() == pytest.approx(450, abs=30)
    assert set(table["status"]) == {"完好", "损坏"}
    assert (table["status"] == "完好").mean() == pytest.approx(0.95, abs=0.03)
    roads = layer("roads.gpkg").geometry.to_numpy()
    assert nearest_m(spots.to_numpy(), roads).max() < 10
    everywhere = shapely.union_all(patches.geometry).buffer(10)
    assert spots.within(everywhere).all()
    # Unevenly spaced: most have a neighbour within 120 m, some have none.
    xy = shapely.get_coordinates(spots[in_town].to_numpy())
    apart = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    assert (apart.min(axis=0) <= 120).mean() > 0.8
    assert (apart.min(axis=0) > 120).sum() > 3


def test_candidates_stand_by_suitable_roads_apart_from_each_other():
    table, spots = points("candidates.csv")
    assert table["id"].is_unique
    assert table.loc[table["origin"] == "named", ["id", "station_class"]].to_numpy().tolist() == [
        ["xiaoba", "二级普通"]
    ]
    assert (table["origin"] == "generated").sum() == 24
    assert (table["vehicle"] == "engine").all()
    roads = layer("roads.gpkg")
    good = roads.geometry[roads["道路类别"].isin(["国道", "省道", "县道", "街道"])].to_numpy()
    assert nearest_m(spots.to_numpy(), good).max() < 16
    xy = shapely.get_coordinates(spots.to_numpy())
    apart = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    assert apart[~np.eye(len(xy), dtype=bool)].min() >= 1499
    urban = shapely.union_all(layer("built_up.gpkg").query("zone == 'urban'").geometry)
    assert urban.contains(spots.iloc[0])


def test_everything_lies_in_the_county():
    area = boundary().buffer(1)
    for name in ("built_up.gpkg", "water.gpkg"):
        assert layer(name).within(area).all()
    for name in ("stations.csv", "candidates.csv", "hydrants.csv", "villages.csv"):
        table, spots = points(name)
        assert spots[table["lon"].notna().to_numpy()].within(area).all()


def test_the_terrain_has_the_county_s_range():
    with rasterio.open(BUNDLED / "dem.tif") as source:
        height = source.read(1)
        inside = rasterize([boundary()], out_shape=height.shape, transform=source.transform) == 1
        assert source.crs.to_epsg() == 4545
    assert height.dtype == np.int16
    assert (height[inside].min(), height[inside].max()) == (263, 1895)


def test_the_files_are_small():
    sizes = [path.stat().st_size for path in BUNDLED.rglob("*") if path.is_file()]
    assert max(sizes) < 5_000_000
    assert sum(sizes) < 8_000_000

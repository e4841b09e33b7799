"""The committed roads have the measured shape of the real network."""

from functools import lru_cache

import numpy as np
import pytest
import shapely
from scipy.sparse.csgraph import connected_components

from firecover.demo import measure
from support.demo_study import boundary, layer, nearest_m, one_way, points, road_lines

#: Measured on a 2016 map of the county: value, and how far the model may be off.
BEND_TARGETS = (0.014, 0.054, 0.15, 0.26, 0.45)
DETOUR_TARGETS = ((1.44, 4.2), (1.67, 3.1), (1.66, 3.0), (1.58, 2.2))


@lru_cache
def network():
    roads = layer("roads.gpkg")
    lines = road_lines(roads)
    graph = measure.join_lines(lines, one_way(roads))
    return graph, measure.merge_links(graph, lines)


@lru_cache
def node_degrees():
    degree = measure.degrees(network()[0])
    return degree[degree != 2]


def part_labels(connection):
    graph = measure.travel_graph(network()[0])
    directed = connection == "strong"
    return connected_components(graph, directed=directed, connection=connection)


def test_the_length():
    assert network()[0].length_m.sum() / 1000 == pytest.approx(3290, rel=0.03)


def test_the_number_and_kinds_of_nodes():
    degree = node_degrees()
    assert len(degree) == pytest.approx(2140, rel=0.05)
    assert (degree == 1).mean() == pytest.approx(0.32, abs=0.03)
    assert (degree == 3).mean() == pytest.approx(0.61, abs=0.03)
    assert (degree >= 4).mean() == pytest.approx(0.07, abs=0.02)


def test_the_parts_and_that_the_largest_can_be_driven_both_ways_throughout():
    graph, _ = network()
    count, label = part_labels("weak")
    assert 10 <= count <= 16
    nodes = measure.degrees(graph) != 2
    sizes = np.bincount(label[nodes])
    assert sizes.max() / sizes.sum() == pytest.approx(0.99, abs=0.005)
    _, strong = part_labels("strong")
    # Were a one-way street a trap, its points would be a part of their own.
    assert np.bincount(strong).max() == np.bincount(label).max()


def test_the_share_of_one_way_links():
    _, links = network()
    assert np.mean([link.oneway for link in links]) == pytest.approx(0.16, abs=0.02)


def test_the_sinuosity_of_links():
    found = measure.sinuosities(network()[1])
    assert np.median(found) == pytest.approx(1.11, abs=0.04)
    assert found.mean() == pytest.approx(1.33, abs=0.10)
    assert np.quantile(found, 0.9) == pytest.approx(1.72, abs=0.2)


def test_the_bends():
    shares = measure.bend_shares(network()[1])
    assert shares == pytest.approx(np.array(BEND_TARGETS), rel=0.4)


def test_the_detours_between_places():
    graph, _ = network()
    nodes = np.flatnonzero(measure.degrees(graph) != 2)
    bands = measure.detours(graph, nodes)
    for found, (median, high) in zip(bands, DETOUR_TARGETS, strict=True):
        assert len(found) > 1000
        assert np.median(found) == pytest.approx(median, abs=0.2)
        assert np.quantile(found, 0.9) == pytest.approx(high, rel=0.4)


def test_every_road_stays_in_the_county():
    area = boundary().buffer(0.5)
    shapely.prepare(area)
    assert shapely.covers(area, layer("roads.gpkg").geometry.to_numpy()).all()


def test_every_seat_lies_on_the_largest_part():
    graph, _ = network()
    _, label = part_labels("weak")
    on_main = label[graph.ends[:, 0]] == np.argmax(np.bincount(label))
    main = layer("roads.gpkg").geometry.to_numpy()[on_main]
    table, spots = points("stations.csv")
    seats = spots[(table["station_class"] == "乡镇专职") & table["lon"].notna()]
    assert len(seats) == 38
    # A divided main street passes its seat at half its width; a roundabout's ring at its radius.
    assert nearest_m(seats.to_numpy(), main).max() < 21


def test_roads_below_the_expressways_meet_only_in_their_ends():
    roads = layer("roads.gpkg")
    lines = roads.geometry[~roads["道路类别"].isin(["高速公路", "匝道"])].to_numpy()
    left, right = shapely.STRtree(lines).query(lines, predicate="intersects")
    left, right = left[left < right], right[left < right]
    shared = shapely.intersection(lines[left], lines[right])
    tips = shapely.union(shapely.boundary(lines[left]), shapely.boundary(lines[right]))
    apart = shapely.distance(shared, tips)
    assert (shapely.get_type_id(shared) % 4 == 0).all(), "roads run along each other"
    assert np.nanmax(apart) < 0.01


def test_no_road_ends_just_short_of_another():
    # The reader joins ends that come within half a metre of a road: none may do so by accident.
    graph, _ = network()
    lines = layer("roads.gpkg").geometry.to_numpy()
    spots = shapely.points(graph.xy)
    point, line = shapely.STRtree(lines).query(spots, predicate="dwithin", distance=0.5)
    ends_here = (graph.ends[line] == point[:, None]).any(axis=1)
    assert ends_here.all()


def test_the_classes_and_attributes_of_a_register():
    roads = layer("roads.gpkg")
    length = roads.geometry.length.groupby(roads["道路类别"]).sum() / 1000
    assert set(length.index) == {
        "高速公路", "匝道", "国道", "省道", "县道", "乡道", "村道", "街道"
    }  # fmt: skip
    assert length["村道"] > 1500
    assert roads["道路编码"].is_unique
    numbered = roads["编号"].fillna("").str.match(r"^[GSX]\d{2,3}$")
    assert numbered[roads["道路类别"].isin(["国道", "省道"])].all()
    assert {"是", "否"} == set(roads["桥梁"]) == set(roads["隧道"]) == set(roads["单行"])

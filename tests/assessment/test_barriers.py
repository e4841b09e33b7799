import geopandas as gpd
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Polygon, box, get_parts, intersection

from firecover.assessment.barriers import KINDS, across_km2, barriers
from firecover.layers.model import VectorLayer, no_railways
from firecover.layers.provenance import Provenance
from firecover.layers.read import read_layers
from firecover.network.along import ways_from, ways_to
from firecover.network.routing_graph import routing_graph
from firecover.network.turns import TurnCosts, turns
from firecover.study import load_study
from support.networks import CRS, network_of, place, random_networks, roads_of

GIVEN = Provenance(kind="modelled", source="made by a test")


def layer(name, shapes, **columns):
    """A layer of barriers; rivers where nothing else is said."""
    if name == "water":
        columns = {"kind": ["river"] * len(shapes)} | columns
    data = gpd.GeoDataFrame({"name": [""] * len(shapes)} | columns, geometry=shapes, crs=CRS)
    return VectorLayer(name, data, GIVEN)


def found_on(lines, *, water=(), railways=(), **columns):
    """The network of some lines, and what its edges cross."""
    network, _ = network_of(lines, **columns)
    ground = layer("water", list(water)), layer("railways", list(railways))
    return network, barriers(network, roads_of(lines, **columns), *ground)


def met(found, kind):
    """The crossings of a kind as (edge, fraction)."""
    mine = found.crossings.kind == KINDS.index(kind)
    edge, fraction = found.crossings.edge[mine], found.crossings.fraction[mine]
    return [(int(e), round(float(f), 6)) for e, f in zip(edge, fraction, strict=True)]


def across(network, found, station, *goals, costs=None):
    """Which places are across what, by the fastest way."""
    routing = routing_graph(network, None if costs is None else turns(network, costs))
    ways = ways_to(ways_from(routing, place(station), found.crossings), place(*goals))
    one = np.ones(1)
    return [across_km2(found, row[None], one) for row in ways.crossings]


STREET = [[(0, 0), (100, 0)], [(100, 0), (200, 0)], [(200, 0), (300, 0)]]


def test_a_rail_line_is_crossed_where_it_meets_the_road():
    network, found = found_on(STREET, railways=[LineString([(130, -50), (130, 50)])])
    assert met(found, "railway") == [(1, 0.3)]
    near, far = across(network, found, (0, 0.5), (1, 0.2), (2, 0.5))
    assert near == {"expressway": 0, "railway": 0, "river": 0}
    assert far == {"expressway": 0, "railway": 1, "river": 0}


def test_a_line_met_in_its_own_vertex_and_the_roads_is_crossed_once():
    bent = [[(0, 0), (50, 0), (100, 0)], [(100, 0), (200, 0)]]
    parts = [LineString([(20, -60), (50, 0)]), LineString([(50, 0), (80, 60)])]
    for rails in (parts, [LineString([(20, -60), (50, 0), (80, 60)])]):
        _, found = found_on(bent, railways=rails)
        assert met(found, "railway") == [(0, 0.5)]


def test_a_line_that_bends_millimetres_beyond_the_road_is_crossed_once():
    for beyond_m in (-0.005, 0.0, 0.005):
        bend = LineString([(150, -40), (150, beyond_m), (170, 60)])
        _, found = found_on(STREET, railways=[bend])
        assert met(found, "railway") == [(1, pytest.approx(0.5, abs=1e-4))]


def test_touching_is_no_crossing():
    touching = [
        LineString([(50, 40), (50, 0)]),  # a siding that ends on the road
        LineString([(120, 30), (150, 0), (180, 30)]),  # comes to the road and turns back
        LineString([(220, 0), (280, 0)]),  # runs along it
    ]
    _, found = found_on(STREET, railways=touching)
    assert met(found, "railway") == []
    # the road comes to the line and turns back
    _, found = found_on([[(0, 0), (50, 50), (100, 0)]], railways=[LineString([(0, 50), (100, 50)])])
    assert met(found, "railway") == []


def test_a_road_that_ends_at_the_line_does_not_cross_it():
    lines = [[(0, 0), (100, 0)], [(100, 0), (60, 80)], [(0, 0), (60, 80)]]
    network, found = found_on(lines, railways=[LineString([(100, -50), (100, 50)])])
    assert met(found, "railway") == []
    for way in across(network, found, (0, 0.5), (0, 1.0), (1, 0.5), (2, 0.5)):
        assert way["railway"] == 0


@pytest.mark.parametrize("costs", [None, TurnCosts(1.0, 2.0, 3.0, 9.0)])
def test_at_a_node_on_the_line_the_way_over_it_crosses(costs):
    # two roads meet on the line from the west, one leads on to the east
    lines = [[(0, 0), (100, 0)], [(100, 0), (200, 0)], [(100, 0), (60, 80)]]
    network, found = found_on(lines, railways=[LineString([(100, -50), (100, 50)])])
    assert met(found, "railway") == []
    east, west = across(network, found, (0, 0.5), (1, 0.5), (2, 0.5), costs=costs)
    assert (east["railway"], west["railway"]) == (1, 0)
    back = across(network, found, (1, 0.5), (0, 0.5), costs=costs)
    assert back[0]["railway"] == 1


def test_an_expressway_is_crossed_over_it_and_not_by_its_ramps():
    lines = [
        [(-500, 0), (0, 0), (500, 0)],  # the expressway
        [(0, 0), (50, 50), (100, 100)],  # a ramp up to the street
        [(100, -200), (100, 100)],  # the street, over it
        [(100, 100), (300, 100)],
        [(500, 0), (520, 60), (300, 100)],  # another ramp
        [(-500, 0), (-520, 80), (100, 100)],
        [(100, -200), (-100, -200)],
    ]
    classes = ["motorway", "motorway_link", *["residential"] * 2, *["motorway_link"] * 2]
    network, found = found_on(lines, road_class=[*classes, "residential"])
    street = int(np.flatnonzero(np.isclose(network.length_m, 300))[0])
    assert met(found, "expressway") == [(street, pytest.approx(2 / 3))]
    south = int(np.flatnonzero((network.node_xy[network.head] == (-100, -200)).all(axis=1))[0])
    ways = across(network, found, (street, 0.9), (street, 0.8), (street, 0.5), (south, 0.5))
    assert [way["expressway"] for way in ways] == [0, 1, 1]


def test_an_expressway_in_a_tunnel_or_apart_from_the_network():
    over = [[(0, -50), (0, 50)], [(100, -50), (100, 50)], [(0, 50), (100, 50)]]
    expressway = [(-200, 0), (200, 0)]  # joined to nothing: nobody drives on it
    kinds = {"road_class": [*["residential"] * 3, "motorway"]}
    network, found = found_on([*over, expressway], **kinds)
    assert network.edge_count == 3
    assert met(found, "expressway") == [(0, 0.5), (1, 0.5)]
    _, found = found_on([*over, expressway], tunnel=np.array([0, 0, 0, 1], bool), **kinds)
    assert met(found, "expressway") == []


@pytest.mark.parametrize(
    "water",
    [
        [LineString([(-100, 0), (500, 0)])],
        [box(-100, -10, 500, 10)],
        [box(-100, -10, 60, 10), box(60, -10, 500, 10)],  # one river, mapped in two parts
        [MultiPolygon([box(-100, -10, 30, 10), box(30.5, -10, 500, 10)])],
    ],
)
def test_a_river_with_one_bridge_parts_the_town(water):
    # two streets along the banks, a bridge between them at their middle
    lines = [
        [(0, 100), (200, 100)],
        [(200, 100), (400, 100)],
        [(0, -100), (200, -100)],
        [(200, -100), (400, -100)],
        [(200, 100), (200, -100)],
    ]
    network, found = found_on(lines, water=water)
    goals = [(0, 0.1), (1, 0.5), (2, 0.5), (3, 0.5), (4, 0.9), (4, 0.1)]
    ways = across(network, found, (0, 0.5), *goals)
    assert [way["river"] for way in ways] == [0, 0, 1, 1, 1, 0]
    assert [way["railway"] for way in ways] == [0] * 6


def test_a_way_that_crosses_twice_is_across():
    # over the river and back: a bend of the river lies between, with no way round
    lines = [[(0, 0), (100, 0)], [(100, 0), (300, 0)], [(300, 0), (400, 0)]]
    bend = LineString([(150, -200), (150, 100), (250, 100), (250, -200)])
    network, found = found_on(lines, water=[bend])
    assert met(found, "river") == [(1, 0.25), (1, 0.75)]
    ways = across(network, found, (0, 0.5), (1, 0.2), (1, 0.5), (1, 0.9), (2, 0.5))
    assert [way["river"] for way in ways] == [0, 1, 1, 1]
    network, found = found_on(lines, water=[bend.buffer(10)])
    assert [edge for edge, _ in met(found, "bank")] == [1] * 4
    ways = across(network, found, (0, 0.5), (1, 0.2), (1, 0.5), (1, 0.9), (2, 0.5))
    assert [way["river"] for way in ways] == [0, 1, 1, 1]


def test_a_bridge_in_two_parts_is_one_crossing():
    # the bridge's way is parted in mid-river, and its other end lies on the bank exactly
    lines = [[(0, 0), (50, 0)], [(50, 0), (80, 0)], [(80, 0), (200, 0)]]
    network, found = found_on(lines, water=[box(20, -100, 80, 100)])
    ways = across(network, found, (0, 0.1), (1, 0.5), (2, 0.1), (2, 0.9))
    assert [way["river"] for way in ways] == [0, 1, 1]
    # along the bank, without going in
    network, found = found_on(lines, water=[box(-50, 0, 300, 40)])
    assert [way["river"] for way in across(network, found, (0, 0.1), (2, 0.9))] == [0]


def test_an_island_in_a_river_is_across_it():
    river = Polygon([(20, -100), (180, -100), (180, 100), (20, 100)]).difference(
        box(60, -50, 140, 50)
    )
    network, found = found_on([[(0, 0), (200, 0)]], water=[river])
    ways = across(network, found, (0, 0.0), (0, 0.05), (0, 0.2), (0, 0.5), (0, 1.0))
    assert [way["river"] for way in ways] == [0, 0, 1, 1]


def test_lakes_are_no_rivers_and_what_is_not_given_cannot_be_said():
    network, _ = network_of(STREET)
    roads = roads_of(STREET)
    line = [LineString([(130, -50), (130, 50)])]

    def river(water):
        found = barriers(network, roads, water, no_railways())
        return across(network, found, (0, 0.5), (2, 0.5))[0]["river"]

    assert river(layer("water", line)) == 1
    assert river(layer("water", line, kind=["lake"])) == 0
    assert river(layer("water", line * 2, kind=["lake", "river"])) == 1
    assert np.isnan(river(layer("water", line, kind=[""])))
    assert river(layer("water", [])) == 0
    nowhere = VectorLayer("water", layer("water", []).data, None)
    assert np.isnan(river(nowhere))
    found = barriers(network, roads, nowhere, no_railways())
    assert np.isnan(across(network, found, (0, 0.5), (2, 0.5))[0]["railway"])
    assert found.known == {"expressway"}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_crossings_are_where_the_lines_intersect(data):
    network = data.draw(random_networks())
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    rails = [LineString(rng.uniform(-100, 500, (4, 2))) for _ in range(2)]
    water = VectorLayer("water", layer("water", []).data, None)
    found = barriers(network, roads_of(STREET), water, layer("railways", rails))
    spots = network.spots(found.crossings.edge, found.crossings.fraction)
    bends = np.concatenate([network.vertex_xy, *(rail.coords for rail in rails)])
    for edge, shape in enumerate(network.lines()):
        parts = [part for rail in rails for part in get_parts(intersection(shape, rail))]
        points = [(part.x, part.y) for part in parts if not part.is_empty]
        expected = np.array(points).reshape(-1, 2)
        # within centimetres of a bend or of each other, crossing and touching are not told apart
        others = np.concatenate((bends, expected))
        apart = np.linalg.norm(expected[:, None] - others, axis=2)
        assume(((apart > 0.2) | (apart == 0)).all())
        mine = spots[found.crossings.edge == edge]
        assert mine[np.lexsort(mine.T)] == pytest.approx(expected[np.lexsort(expected.T)], abs=1e-6)


def test_railways_are_read_from_a_file(tmp_path):
    area = gpd.GeoDataFrame({"name": ["a"], "code": ["1"]}, geometry=[box(0, 0, 2e4, 2e4)], crs=CRS)
    area.geometry = area.geometry.translate(500_000, 3_200_000)
    line = gpd.GeoSeries([LineString([(1e3, 1e3), (9e3, 9e3)])], crs=CRS)
    rails = gpd.GeoDataFrame({"名称": ["渝怀线"]}, geometry=line.translate(500_000, 3_200_000))
    area.to_file(tmp_path / "area.gpkg", engine="pyogrio")
    rails.to_file(tmp_path / "rails.gpkg", engine="pyogrio")
    roads = gpd.GeoDataFrame({"road_class": ["primary"]}, geometry=rails.geometry)
    roads.to_file(tmp_path / "roads.gpkg", engine="pyogrio")
    stations = area.assign(id="s", station_class="first", geometry=area.centroid)
    stations.to_file(tmp_path / "stations.gpkg", engine="pyogrio")
    kind = '[layers.{0}]\npath = "{1}.gpkg"\nprovenance = {{ kind = "modelled", source = "x" }}\n'
    text = f'[study]\nid = "t"\ntitle = "t"\ncrs = "{CRS}"\n'
    for name, file in (
        ("boundary", "area"),
        ("townships", "area"),
        ("roads", "roads"),
        ("stations", "stations"),
        ("railways", "rails"),
    ):
        text += kind.format(name, file)
        if name == "railways":
            text += 'fields = { name = "名称" }\n'
    (tmp_path / "study.toml").write_text(text + "[scenarios.baseline]\n", encoding="utf-8")
    layers = read_layers(load_study(tmp_path))
    assert layers.railways.data["name"].tolist() == ["渝怀线"]
    assert "railways" in [each.name for each in layers if isinstance(each, VectorLayer)]

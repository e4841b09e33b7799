"""Roads from graphs: GraphML as osmnx and networkx write it, and Overpass."""

from __future__ import annotations

import math
import socket

import networkx as nx
import numpy as np
import osmnx
import pytest
from shapely import LineString

from firecover.errors import LayerError
from firecover.layers import Provenance
from firecover.layers.graphs import read_graphml, roads_from_graph
from firecover.layers.osm import read_osm
from firecover.layers.overpass import roads_from_overpass
from firecover.study import LayerTable, load_study
from support import layers_files as small
from support.layers_osm import SmallMap, pieces
from support.layers_overpass import overpass_server

SOURCE = Provenance("observed", "Test", file="roads.graphml")
TABLE = LayerTable(path="roads.osm", provenance={"kind": "observed", "source": "Test"})
AREA = small.square(0, 0, 10_000)


def town():
    """Two-way, one-way, reversed, a loop, a roundabout, a bend, a gate, a footway."""
    small_map = SmallMap(
        nodes={
            1: (1000, 1000),
            2: (2000, 1000),
            3: (3000, 1000),
            4: (2000, 2000),
            5: (2000, 100),
            6: (3000, 2000),
            7: (3500, 1500),
            8: (2500, 1300),
            9: (2500, 600),
            10: (4000, 1000),
            11: (4100, 1100),
            12: (4200, 1000),
            13: (4100, 900),
            14: (5000, 1000),
            15: (1500, 1200),
            16: (1000, 3000),
            17: (1400, 3300),
            18: (1000, 3600),
        }
    )
    small_map.way(10, [1, 15, 2, 3], highway="primary", name="正街", maxspeed="40")
    small_map.way(11, [5, 2, 4], highway="residential", oneway="yes")
    small_map.way(12, [4, 6], highway="residential", oneway="-1")
    small_map.way(13, [3, 7, 6], highway="secondary")
    small_map.way(14, [2, 8, 3], highway="primary")
    small_map.way(15, [5, 9, 3], highway="track", tracktype="grade2")
    small_map.way(16, [3, 10], highway="tertiary")
    small_map.way(17, [10, 13, 12, 11, 10], highway="tertiary", junction="roundabout")
    small_map.way(18, [12, 14], highway="tertiary", bridge="yes")
    small_map.way(19, [4, 16], highway="unclassified")
    small_map.way(20, [16, 17, 18, 16], highway="living_street")
    small_map.way(21, [1, 5], highway="service", access="private")
    small_map.way(22, [1, 4], highway="service", access="no")
    small_map.way(23, [1, 16], highway="service", access="no", motor_vehicle="yes")
    small_map.way(24, [5, 6], highway="footway")
    small_map.way(25, [6, 14], highway="service", area="yes")
    return small_map


def test_overpass_gives_the_same_network_as_a_file(tmp_path):
    small_map = town()
    settings_before = dict(vars(osmnx.settings))
    lookup = socket.getaddrinfo
    with overpass_server(small_map) as server:
        study = load_study(
            small.write_study(
                tmp_path,
                layers={"roads": {"path": None, "source": "overpass", "url": server.url}},
            )
        )
        fetched = roads_from_overpass(study, AREA)
    assert dict(vars(osmnx.settings)) == settings_before
    assert socket.getaddrinfo is lookup
    assert not (tmp_path / "cache").exists()
    assert len(server.queries) == 2
    assert '["access"!~"^no$"]' in server.queries[0]
    read = read_osm(small_map.write(tmp_path / "t.osm"), TABLE, small.CRS, AREA)
    assert pieces(fetched) == pieces(read)
    assert sum(pieces(read).values()) > 12
    kept = set(read.attributes["source_id"])
    assert kept == {str(number) for number in (*range(10, 22), 23)}
    assert {part for ids in fetched.attributes["source_id"] for part in ids.split(";")} == kept
    assert fetched.provenance.file == server.url
    assert fetched.provenance.sha256 == ""


def _limits_by_id(roads):
    """What is known of each way; osmnx may have cut it into pieces, or turned it round."""
    columns = ["surface", "tracktype", "smoothness", "access", "ford", "bridge"]
    columns += ["maxweight_t", "maxheight_m", "maxwidth_m", "width_m", "lanes", "maxspeed_kmh"]
    rows = roads.attributes[["source_id", *columns]].fillna(-1)
    found = {}
    for row in rows.itertuples(index=False):
        for source_id in row.source_id.split(";"):
            found.setdefault(source_id, set()).add(tuple(row)[1:])
    return found


def test_overpass_and_a_file_tell_the_same_of_the_roads(tmp_path):
    small_map = town()
    small_map.nodes[30] = (4500, 1000)  # a gate between two crossings, on way 18
    small_map.ways[18] = ([12, 30, 14], {"highway": "tertiary", "bridge": "yes"})
    small_map.tags = {
        3: {"highway": "traffic_signals"},
        30: {"barrier": "gate", "locked": "yes", "access": "private"},
        15: {"highway": "bus_stop"},
    }
    extra = {
        "surface": "gravel",
        "smoothness": "bad",
        "maxweight": "7.5 t",
        "maxheight": "11'6\"",
        "maxwidth": "2.3",
        "est_width": "2.8",
        "vehicle": "no",
        "motor_vehicle": "forestry",
        "ford": "yes",
    }
    small_map.ways[15][1].update(extra)
    # Two ways in line, alike but for their weight limit, must not be merged.
    small_map.nodes[31] = (6000, 1000)
    small_map.way(26, [14, 31], highway="tertiary", maxweight="3.5")
    with overpass_server(small_map) as server:
        layers = {"roads": {"path": None, "source": "overpass", "url": server.url}}
        fetched = roads_from_overpass(load_study(small.write_study(tmp_path, layers=layers)), AREA)
    read = read_osm(small_map.write(tmp_path / "t.osm"), TABLE, small.CRS, AREA)
    assert _limits_by_id(fetched) == _limits_by_id(read)
    assert _limits_by_id(read)["26"] != _limits_by_id(read)["18"]

    def points(roads):
        xy = {int(k): tuple(p) for k, p in zip(roads.vertex_id, roads.xy.round(1), strict=True)}
        rows = roads.points.fillna(-1).itertuples(index=False)
        return sorted((xy[row.vertex_id], *tuple(row)[1:]) for row in rows)

    assert points(fetched) == points(read)
    assert [row[1:3] for row in points(read)] == [("signals", ""), ("barrier", "gate")]
    assert len(fetched.restrictions) == 0
    note = next(note for note in fetched.quality if "turn restrictions" in note.en)
    assert note.action == "noted"


def test_pieces_tell_networks_apart(tmp_path):
    def counted(**changes):
        small_map = town()
        for number, tags in changes.items():
            nodes, old = small_map.ways[int(number[1:])]
            small_map.ways[int(number[1:])] = (nodes, {**old, **tags})
        path = small_map.write(tmp_path / "t.osm")
        return pieces(read_osm(path, TABLE, small.CRS, AREA))

    assert counted() == counted()
    assert counted() != counted(w13={"oneway": "yes"})
    assert counted(w13={"oneway": "-1"}) != counted(w13={"oneway": "yes"})
    assert counted() != counted(w13={"highway": "trunk"})


def test_overpass_failures_are_told(tmp_path):
    with overpass_server(SmallMap()) as server:
        study = load_study(
            small.write_study(
                tmp_path,
                layers={"roads": {"path": None, "source": "overpass", "url": server.url}},
            )
        )
        with pytest.raises(LayerError) as caught:
            roads_from_overpass(study, AREA)
    (problem,) = caught.value.problems
    assert problem.key == "url"
    assert ".osm.pbf" in problem.remedy
    with pytest.raises(LayerError, match="no roads could be fetched"):  # the server is gone
        roads_from_overpass(study, AREA)
    with pytest.raises(LayerError, match="without a study area"):
        roads_from_overpass(study, None)


def _graph():
    graph = nx.MultiDiGraph(crs=small.CRS)
    for node, place in {1: (0, 0), 2: (1000, 0), 3: (1000, 1000)}.items():
        x, y = small.at(*place)
        graph.add_node(node, x=x, y=y)
    bend = LineString([small.at(0, 0), small.at(500, 300), small.at(1000, 0)])
    both = {"osmid": [7, 8], "highway": ["primary", "tertiary"], "oneway": False}
    graph.add_edge(1, 2, geometry=bend, maxspeed=["60", "40"], reversed=False, **both)
    graph.add_edge(2, 1, geometry=bend.reverse(), reversed=True, **both)
    graph.add_edge(2, 3, osmid=9, highway="residential", oneway=True, bridge="yes", name="桥")
    return graph


def check_graph_roads(roads):
    assert len(roads.attributes) == 2
    first, second = (row for _, row in roads.attributes.iterrows())
    assert (first["source_id"], first["road_class"], first["oneway"]) == ("7;8", "primary", 0)
    assert first["maxspeed_kmh"] == 40
    assert (second["road_class"], second["oneway"], second["name"]) == ("residential", 1, "桥")
    assert bool(second["bridge"])
    assert math.isnan(second["lanes"])
    assert (roads.xy - small.ORIGIN).round(3).tolist() == [
        [0, 0],
        [500, 300],
        [1000, 0],
        [1000, 0],
        [1000, 1000],
    ]
    assert roads.vertex_id[2] == roads.vertex_id[3]
    assert len(set(roads.vertex_id.tolist())) == 4
    note = next(note for note in roads.quality if "several classes" in note.en)
    assert note.rows == ("7;8",)


def test_directed_twins_merge_and_lists_take_the_first():
    check_graph_roads(roads_from_graph(_graph(), small.CRS, SOURCE))


def test_of_merged_ways_the_tightest_limit_binds_and_a_shut_one_shuts():
    graph = _graph()
    graph.remove_edge(2, 1)
    graph.edges[1, 2, 0].update(
        {
            "surface": ["asphalt", "gravel"],
            "lanes": ["2", "1"],
            "width": ["6", "3.5"],
            "maxweight": ["10 t", "7500 kg", "x"],
            "access": ["yes", "no"],
            "maxheight": "none",
        }
    )
    roads = roads_from_graph(graph, small.CRS, SOURCE)
    row = roads.attributes.iloc[0]
    assert row["surface"] == "asphalt;gravel"
    assert row[["lanes", "width_m", "maxweight_t"]].tolist() == [1, 3.5, 7.5]
    assert row["access"] == "no"
    assert math.isnan(row["maxheight_m"])
    note = next(note for note in roads.quality if note.en.startswith("weight limits"))
    assert note.rows == ("10 t;7500 kg;x",)


def test_graphml_written_by_osmnx(tmp_path):
    path = tmp_path / "roads.graphml"
    osmnx.save_graphml(_graph(), path)
    roads = read_graphml(path, TABLE, small.CRS, AREA)
    check_graph_roads(roads)
    assert len(roads.provenance.sha256) == 64


def test_graphml_in_degrees_written_by_networkx(tmp_path):
    graph = nx.DiGraph()
    for node, place in {"a": (0, 0), "b": (1000, 0), "c": (1000, 1000)}.items():
        lon, lat = small.degrees(*place)
        graph.add_node(node, x=lon, y=lat)
    graph.add_edge("a", "b", kind="国道", lanes=2)
    graph.add_edge("b", "a", kind="国道", lanes=2)
    graph.add_edge("b", "c", kind="甲类")
    path = tmp_path / "roads.graphml"
    nx.write_graphml(graph, path)
    table = TABLE.model_copy(
        update={
            "crs": "EPSG:4326",
            "fields": {"road_class": "kind"},
            "values": {"road_class": {"甲类": "track"}},
        }
    )
    roads = read_graphml(path, table, small.CRS, AREA)
    assert roads.attributes["road_class"].tolist() == ["trunk", "track"]
    assert roads.attributes["oneway"].tolist() == [0, 1]
    assert roads.attributes["lanes"].fillna(-1).tolist() == [2, -1]
    np.testing.assert_allclose(roads.xy[0], small.at(0, 0), atol=0.001)
    with pytest.raises(LayerError, match="the graph names no CRS"):
        read_graphml(path, TABLE, small.CRS, AREA)
    with pytest.raises(LayerError, match="2 roads of the graph have no 'highway'"):
        read_graphml(path, table.model_copy(update={"fields": {}}), small.CRS, AREA)


def test_an_undirected_graph_is_two_way(tmp_path):
    graph = nx.Graph(crs=small.CRS)
    graph.add_node(1, x=small.at(0, 0)[0], y=small.at(0, 0)[1])
    graph.add_node(2, x=small.at(9, 0)[0], y=small.at(9, 0)[1])
    graph.add_edge(1, 2, highway="track")
    path = tmp_path / "roads.graphml"
    nx.write_graphml(graph, path)
    assert read_graphml(path, TABLE, small.CRS, AREA).attributes["oneway"].tolist() == [0]


def test_nodes_without_a_position_are_told(tmp_path):
    graph = nx.MultiDiGraph(crs=small.CRS)
    graph.add_edge("a", "b", highway="track")
    path = tmp_path / "roads.graphml"
    nx.write_graphml(graph, path)
    with pytest.raises(LayerError) as caught:
        read_graphml(path, TABLE, small.CRS, AREA)
    (problem,) = caught.value.problems
    assert "2 of 2 nodes have no x and y" in problem.what
    assert "save_graphml" in problem.remedy


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<graphml><graph></graphml>",
        "<html/>",
        '<?xml version="1.0"?><!DOCTYPE g [<!ENTITY a "b">]><graphml>&a;</graphml>',
    ],
)
def test_bad_graphml_is_told(tmp_path, content):
    path = tmp_path / "roads.graphml"
    path.write_text(content)
    with pytest.raises(LayerError) as caught:
        read_graphml(path, TABLE, small.CRS, AREA)
    assert caught.value.problems[0].file

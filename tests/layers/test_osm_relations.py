"""Turn restrictions of OpenStreetMap files."""

from __future__ import annotations

import pytest

from firecover.layers.osm import read_osm
from firecover.layers.osm_relations import NotTaken, Turn, turns_of
from firecover.study import LayerTable
from support import layers_files as small
from support.layers_osm import SmallMap

TABLE = LayerTable(path="roads.osm", provenance={"kind": "observed", "source": "Test"})
AREA = small.square(0, 0, 10_000)
MEMBERS = (("from", "w", 10), ("via", "n", 2), ("to", "w", 12))


def crossing():
    """Four arms around node 2: west 10, east 11, north 12, south 13; 14 goes on from 11."""
    small_map = SmallMap(
        nodes={
            1: (1000, 1000),
            2: (2000, 1000),
            3: (3000, 1000),
            4: (2000, 2000),
            5: (2000, 0),
            6: (4000, 1000),
        }
    )
    for number, nodes in {10: [1, 2], 11: [2, 3], 12: [4, 2], 13: [2, 5], 14: [3, 6]}.items():
        small_map.way(number, nodes, highway="residential")
    return small_map


def read(small_map, tmp_path):
    return read_osm(small_map.write(tmp_path / "m.osm"), TABLE, small.CRS, AREA)


def placed(roads):
    """The restrictions in the words of the file."""
    source = roads.attributes["source_id"]
    return [
        (int(source[row.from_way]), row.via_vertex, int(source[row.to_way]), row.kind)
        for row in roads.restrictions.itertuples()
    ]


def untaken(roads):
    notes = (note for note in roads.quality if note.en.startswith("turn restrictions"))
    return {note.en.removeprefix("turn restrictions ").split(" ")[0]: note.rows for note in notes}


def test_restrictions_are_found_among_the_rows_of_the_network(tmp_path):
    small_map = crossing()
    small_map.no_turn(90, 10, 2, 12, "no_left_turn")
    small_map.no_turn(91, 13, 2, 12, "only_straight_on", **{"except": "bus;emergency"})
    small_map.no_turn(92, 11, 2, 11, "no_u_turn", restriction__hgv="no_u_turn")
    small_map.no_turn(93, 12, 2, 11, restriction__hgv="no_left_turn")
    roads = read(small_map, tmp_path)
    assert placed(roads) == [
        (10, 2, 12, "no"),
        (13, 2, 12, "only"),
        (11, 2, 11, "no"),
        (11, 2, 11, "no"),
        (12, 2, 11, "no"),
    ]
    table = roads.restrictions
    assert table["source_id"].tolist() == ["90", "91", "92", "92", "93"]
    assert table["except_emergency"].tolist() == [False, True, False, False, False]
    assert table["only_for"].tolist() == ["", "", "", "hgv", "hgv"]
    assert untaken(roads) == {}


def test_several_members_where_the_word_allows_them(tmp_path):
    small_map = crossing()
    via = ("via", "node", 2)
    into = [("from", "way", 10), ("from", "way", 11), via, ("to", "way", 12)]
    out_of = [("from", "way", 13), via, ("to", "way", 10), ("to", "way", 12)]
    rule = {"type": "restriction"}
    small_map.relations[90] = into, {**rule, "restriction": "no_entry"}
    small_map.relations[91] = out_of, {**rule, "restriction": "no_exit"}
    small_map.relations[92] = into, {**rule, "restriction": "no_left_turn"}
    roads = read(small_map, tmp_path)
    assert placed(roads) == [
        (10, 2, 12, "no"),
        (11, 2, 12, "no"),
        (13, 2, 10, "no"),
        (13, 2, 12, "no"),
    ]
    assert untaken(roads) == {"not": ("92",)}


def test_what_is_not_taken_is_counted_by_its_reason(tmp_path):
    small_map = crossing()
    small_map.way(20, [2, 6], highway="footway")
    small_map.no_turn(90, 10, 2, 12, restriction__bus="no_left_turn")
    small_map.no_turn(91, 10, 2, 12, restriction__conditional="no_left_turn @ (07:00-09:00)")
    small_map.no_turn(92, 10, 2, 12, "give_way")
    small_map.no_turn(93, 10, 2, 999, "no_left_turn")
    small_map.no_turn(94, 10, 2, 20, "no_left_turn")
    small_map.no_turn(95, 10, 2, 14, "no_left_turn")  # 14 does not touch node 2
    small_map.relations[96] = (
        [("from", "way", 10)],
        {
            "type": "restriction",
            "restriction": "no_exit",
        },
    )
    small_map.no_turn(97, 10, 2, 12)  # says nothing
    small_map.relations[98] = [("", "way", 10)], {"type": "route", "restriction": "no_exit"}
    roads = read(small_map, tmp_path)
    assert placed(roads) == []
    assert untaken(roads) == {
        "for": ("90",),
        "at": ("91",),
        "not": ("92", "97"),
        "whose": ("96", "93"),
        "of": ("94", "95"),
    }


def test_a_vertex_inside_a_two_way_way_leaves_the_side_open(tmp_path):
    small_map = crossing()
    del small_map.ways[11]
    small_map.way(11, [1, 2, 3], highway="residential")
    small_map.way(15, [5, 2, 4], highway="residential", oneway="yes")
    small_map.no_turn(90, 11, 2, 12, "no_left_turn")
    small_map.no_turn(91, 15, 2, 10, "no_left_turn")  # one-way: only one side comes here
    roads = read(small_map, tmp_path)
    assert placed(roads) == [(15, 2, 10, "no")]
    assert untaken(roads) == {"at": ("90",)}


def dual_carriageway():
    """East-bound 10, 11 in the south, west-bound 12, 13 in the north, joined by 20."""
    small_map = SmallMap(
        nodes={
            1: (0, 0),
            2: (500, 0),
            3: (1000, 0),
            4: (1000, 20),
            5: (500, 20),
            6: (0, 20),
        }
    )
    small_map.way(10, [1, 2], highway="primary", oneway="yes")
    small_map.way(11, [2, 3], highway="primary", oneway="yes")
    small_map.way(12, [4, 5], highway="primary", oneway="yes")
    small_map.way(13, [5, 6], highway="primary", oneway="yes")
    small_map.way(20, [2, 5], highway="primary")
    members = [("from", "way", 10), ("via", "way", 20), ("to", "way", 13)]
    small_map.relations[90] = members, {"type": "restriction", "restriction": "no_u_turn"}
    return small_map


def test_a_way_between_is_expressed_where_one_comes_from_nowhere_else(tmp_path):
    roads = read(dual_carriageway(), tmp_path)
    assert placed(roads) == [(20, 5, 13, "no")]
    turned = dual_carriageway()
    turned.ways[20] = ([5, 2], {"highway": "primary"})
    assert placed(read(turned, tmp_path)) == [(20, 5, 13, "no")]
    other = dual_carriageway()
    other.nodes[7] = (500, -300)
    other.way(30, [7, 2], highway="residential")  # now one comes from here too
    roads = read(other, tmp_path)
    assert placed(roads) == []
    assert untaken(roads) == {"along": ("90",)}
    only = dual_carriageway()
    only.relations[90][1]["restriction"] = "only_straight_on"
    assert untaken(read(only, tmp_path)) == {"along": ("90",)}


def test_a_way_cut_at_a_gap_is_found_in_the_part_that_touches_the_junction(tmp_path):
    small_map = crossing()
    small_map.nodes[8] = (1200, 1000)
    small_map.ways[10] = ([1, 8, 999, 7, 2], {"highway": "residential"})
    small_map.nodes[7] = (1800, 1000)
    small_map.no_turn(90, 10, 2, 12, "no_left_turn")
    roads = read(small_map, tmp_path)
    (row,) = roads.restrictions.itertuples()
    span = slice(roads.way_start[row.from_way], roads.way_start[row.from_way + 1])
    assert roads.vertex_id[span].tolist() == [7, 2]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"type": "route"}, []),
        ({"type": "multipolygon", "restriction": "no_u_turn"}, []),
        (
            {"type": "restriction", "restriction": "no_u_turn"},
            [Turn("7", "no", (10,), (2,), (), (12,))],
        ),
        (
            {"type": "restriction:hgv", "restriction": "no_u_turn"},
            [Turn("7", "no", (10,), (2,), (), (12,), only_for="hgv")],
        ),
        ({"type": "restriction:bus", "restriction": "no_u_turn"}, [NotTaken("7", "other")]),
        (
            {"type": "restriction", "restriction": "only_right_turn", "except": "motor_vehicle"},
            [Turn("7", "only", (10,), (2,), (), (12,), except_emergency=True)],
        ),
        (
            {"type": "restriction", "restriction": "only_right_turn", "except": "bus;bicycle"},
            [Turn("7", "only", (10,), (2,), (), (12,))],
        ),
        (
            {"type": "restriction", "restriction:hgv:conditional": "no_u_turn @ wet"},
            [NotTaken("7", "timed")],
        ),
    ],
)
def test_tags_of_relations(tags, expected):
    assert turns_of("7", tags, MEMBERS) == expected

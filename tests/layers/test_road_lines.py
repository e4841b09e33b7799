"""Roads from lines: where they meet, what is joined, which words are known."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString

from firecover.errors import LayerError
from firecover.layers.road_lines import identities, read_road_lines
from firecover.study import LayerTable
from support import layers_files as small

AREA = small.square(0, 0, 10_000)


def line(*places):
    return LineString([small.at(*place) for place in places])


def write(path, lines, **columns):
    count = len(lines)
    columns.setdefault("road_class", ["tertiary"] * count)
    frame = gpd.GeoDataFrame(columns, geometry=lines, crs=small.CRS)
    frame.to_file(path, engine="pyogrio", driver="GPKG")
    return path


def read(path, area=AREA, **keys):
    table = LayerTable(path=path.name, provenance={"kind": "observed", "source": "Test"}, **keys)
    return read_road_lines(path, table, small.CRS, area)


def problems(path, **keys):
    with pytest.raises(LayerError) as caught:
        read(path, **keys)
    return caught.value.problems


def vertices(roads, way):
    return roads.vertex_id[roads.way_start[way] : roads.way_start[way + 1]].tolist()


def places(roads, way):
    span = slice(roads.way_start[way], roads.way_start[way + 1])
    return (roads.xy[span] - small.ORIGIN).round(3).tolist()


def notes(roads):
    return {note.en: note for note in roads.quality}


JOINED = "ends of lines joined to the road they nearly touch"


def test_lines_meet_at_equal_vertices_only(tmp_path):
    path = write(
        tmp_path / "r.gpkg",
        [
            line((0, 0), (100, 0), (200, 0)),
            line((100, 0), (100, 100)),  # starts at the first line's middle vertex
            line((150, -50), (150, 50)),  # crosses it between vertices
        ],
    )
    roads = read(path)
    first, second, third = (vertices(roads, way) for way in range(3))
    assert second[0] == first[1]
    assert not set(third) & {*first, *second}
    assert roads.quality == ()


def test_an_end_just_short_of_a_road_is_joined_with_a_new_vertex(tmp_path):
    path = write(
        tmp_path / "r.gpkg",
        [line((0, 0), (200, 0)), line((80, 0.4), (80, 100))],
        id=["main", "side"],
    )
    roads = read(path)
    assert places(roads, 0) == [[0, 0], [80, 0], [200, 0]]
    assert places(roads, 1) == [[80, 0], [80, 100]]
    assert vertices(roads, 0)[1] == vertices(roads, 1)[0]
    note = notes(roads)[JOINED]
    assert (note.action, note.count, note.rows) == ("repaired", 1, ("side",))


def test_an_end_on_a_road_without_a_vertex_there_is_joined(tmp_path):
    roads = read(write(tmp_path / "r.gpkg", [line((0, 0), (200, 0)), line((80, 0), (80, 9))]))
    assert places(roads, 0) == [[0, 0], [80, 0], [200, 0]]


def test_beyond_the_tolerance_nothing_is_joined(tmp_path):
    path = write(tmp_path / "r.gpkg", [line((0, 0), (200, 0)), line((80, 0.6), (80, 100))])
    assert JOINED not in notes(read(path))
    assert notes(read(path, snap_tolerance_m=0.7))[JOINED].count == 1
    touching = write(tmp_path / "t.gpkg", [line((0, 0), (200, 0)), line((80, 0), (80, 100))])
    assert JOINED not in notes(read(touching, snap_tolerance_m=0))


def test_ends_near_each_other_become_one_vertex(tmp_path):
    path = write(
        tmp_path / "r.gpkg",
        [
            line((0, 0), (100, 0)),
            line((100.3, 0), (200, 0)),
            line((100.1, 0.2), (100, 90)),
        ],
    )
    roads = read(path)
    ids = {vertices(roads, 0)[-1], vertices(roads, 1)[0], vertices(roads, 2)[0]}
    assert len(ids) == 1
    meeting = roads.xy[roads.vertex_id == ids.pop()]
    assert np.ptp(meeting, axis=0).tolist() == [0, 0]


def test_two_lines_that_share_an_end_on_a_third_are_joined_to_it(tmp_path):
    path = write(
        tmp_path / "r.gpkg",
        [line((0, 0), (200, 0)), line((80, 0), (80, 90)), line((80, -90), (80, 0))],
    )
    roads = read(path)
    assert vertices(roads, 0)[1] == vertices(roads, 1)[0] == vertices(roads, 2)[1]


def test_several_joins_on_one_line_stand_in_order(tmp_path):
    lines = [line((0, 0), (100, 0), (200, 0))]
    lines += [line((x, 0.2), (x, 50)) for x in (150, 20, 60)]
    roads = read(write(tmp_path / "r.gpkg", lines))
    assert places(roads, 0) == [[0, 0], [20, 0], [60, 0], [100, 0], [150, 0], [200, 0]]


def test_bridges_and_tunnels_are_joined_at_their_ends_only(tmp_path):
    path = write(
        tmp_path / "r.gpkg",
        [
            line((0, 0), (200, 0)),
            line((80, 0.1), (80, 100)),  # ends under the bridge
            line((200.2, 0), (300, 0)),  # goes on from the bridge
        ],
        bridge=["viaduct", "no", ""],
    )
    roads = read(path)
    assert roads.attributes["bridge"].tolist() == [True, False, False]
    assert len(places(roads, 0)) == 2
    assert places(roads, 1)[0] == [80, 0.1]
    assert vertices(roads, 0)[-1] == vertices(roads, 2)[0]


def test_multi_part_lines_are_split_and_lines_without_length_left_out(tmp_path):
    two = MultiLineString([line((0, 0), (10, 0)), line((50, 0), (60, 0))])
    point = line((500, 500), (500, 500))
    path = write(tmp_path / "r.gpkg", [two, point], id=["a", "b"], name=["甲", "乙"])
    roads = read(path)
    assert roads.attributes["source_id"].tolist() == ["a", "a"]
    assert roads.attributes["name"].tolist() == ["甲", "甲"]
    assert places(roads, 1) == [[50, 0], [60, 0]]
    assert notes(roads)["ways without length"].rows == ("b",)


def test_words_of_classes(tmp_path):
    words = ["高速公路", "国道", "省道", "县道", "乡道", "村道", "城市道路", "Primary", "footway"]
    lines = [line((0, 100 * i), (50, 100 * i)) for i in range(len(words))]
    roads = read(write(tmp_path / "r.gpkg", lines, road_class=words))
    assert roads.attributes["road_class"].tolist() == [
        "motorway",
        "trunk",
        "primary",
        "secondary",
        "tertiary",
        "unclassified",
        "residential",
        "primary",
    ]
    assert notes(roads)["ways of the class footway: not for engines"].length_m == pytest.approx(50)


def test_unknown_classes_are_listed_with_their_number(tmp_path):
    words = ["甲类", "甲类", "乙类", "国道"]
    lines = [line((0, 100 * i), (50, 100 * i)) for i in range(4)]
    path = write(tmp_path / "r.gpkg", lines, road_class=words)
    (problem,) = problems(path)
    assert "甲类 (2), 乙类 (1)" in problem.what
    assert "国道" not in problem.what
    assert 'values.road_class = { "甲类"' in problem.remedy
    given_words = {"road_class": {"甲类": "secondary", "乙类": "tertiary"}}
    assert read(path, values=given_words).attributes["road_class"].tolist() == [
        "secondary",
        "secondary",
        "tertiary",
        "trunk",
    ]


def test_a_missing_class_column_names_the_nearest(tmp_path):
    path = write(tmp_path / "r.gpkg", [line((0, 0), (9, 0))], road_class=["国道"])
    frame = gpd.read_file(path).rename(columns={"road_class": "RoadClass"})
    frame.to_file(tmp_path / "s.gpkg", engine="pyogrio")
    (problem,) = problems(tmp_path / "s.gpkg")
    assert 'fields = { road_class = "RoadClass" }' in problem.remedy
    assert len(read(tmp_path / "s.gpkg", fields={"road_class": "RoadClass"}).attributes) == 1


def test_attributes_are_read(tmp_path):
    path = write(
        tmp_path / "r.gpkg",
        [line((0, 100 * i), (50, 100 * i)) for i in range(4)],
        oneway=["yes", "-1", "否", None],
        maxspeed_kmh=["40", "0", "50 mph", "CN:rural"],
        lanes=["2", "", "1.5", "0"],
        width_m=["7", "3.5 m", None, "wide"],
        ref=["G319", "", "", ""],
        tunnel=["yes", "0", "no", ""],
    )
    roads = read(path)
    table = roads.attributes
    assert table["oneway"].tolist() == [1, -1, 0, 0]
    assert table["maxspeed_kmh"].fillna(-1).tolist() == pytest.approx([40, -1, 80.4672, -1])
    assert table["lanes"].fillna(-1).tolist() == [2, -1, 1.5, -1]
    assert table["width_m"].fillna(-1).tolist() == [7, 3.5, -1, -1]
    assert table["ref"].tolist() == ["G319", "", "", ""]
    assert table["tunnel"].tolist() == [True, False, False, False]
    assert notes(roads)["speed limits not understood, taken as none"].rows == ("CN:rural",)


def test_oneway_letters_are_read_only_where_they_are_clear(tmp_path):
    lines = [line((0, 100 * i), (50, 100 * i)) for i in range(3)]
    clear = write(tmp_path / "a.gpkg", lines, oneway=["F", "T", "B"])
    assert read(clear).attributes["oneway"].tolist() == [1, -1, 0]
    (problem,) = problems(write(tmp_path / "b.gpkg", lines, oneway=["F", "T", "T"]))
    assert "T (2), F (1)" in problem.what
    assert "values.oneway" in problem.remedy


def test_bad_files(tmp_path):
    path = write(tmp_path / "r.gpkg", [shapely.Point(small.at(1, 1))])
    assert "needed is a line" in problems(path)[0].what
    empty = tmp_path / "e.geojson"
    empty.write_text('{"type":"FeatureCollection","features":[]}')
    assert problems(empty)[0].what == "the layer has no features"
    far = write(tmp_path / "f.gpkg", [line((90_000, 0), (91_000, 0))])
    assert "80.0 km outside" in problems(far)[0].what
    csv_file = tmp_path / "r.csv"
    csv_file.write_text("road_class\ntertiary\n")
    assert any("no lines" in problem.what for problem in problems(csv_file))


def test_a_vertex_at_infinity_is_told(tmp_path):
    bad = LineString([(math.inf, 0.0), small.at(1, 1)])
    path = write(tmp_path / "r.gpkg", [line((0, 0), (9, 0)), bad])
    assert {problem.row for problem in problems(path)} == {2}


def test_swapped_lines_are_told(tmp_path):
    frame = gpd.GeoDataFrame(
        {"road_class": ["tertiary"]}, geometry=[line((0, 0), (900, 0))], crs=small.CRS
    ).to_crs("EPSG:4326")
    frame.geometry = shapely.transform(frame.geometry.to_numpy(), lambda c: c[:, ::-1])
    path = tmp_path / "r.geojson"
    frame.to_file(path, driver="GeoJSON", engine="pyogrio")
    assert "longitude and latitude are swapped" in problems(path)[0].what


def test_identities_are_equal_to_a_millimetre():
    xy = np.array([[0.0, 0.0], [0.0004, 0.0], [0.002, 0.0], [math.nan, 0.0], [math.nan, 0.0]])
    ids = identities(xy)
    assert ids[0] == ids[1]
    assert len(set(ids.tolist())) == 4


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.floats(1, 199), st.floats(-3, 3)), min_size=1, max_size=6))
def test_joining_follows_the_distance(tmp_path, spurs):
    # A spur from (x, y) away from the axis is joined exactly if |y| is within 1 m, whatever
    # the others do; spurs that come near one another are left to the other tests.
    kept = []
    for x, y in spurs:
        if all(abs(x - other) > 2.1 for other, _ in kept) and abs(abs(y) - 1) > 1e-6:
            kept.append((x, y))
    lines = [line((0, 0), (200, 0))]
    lines += [line((x, y), (x, y + math.copysign(50, y))) for x, y in kept]
    path = tmp_path / "r.gpkg"
    path.unlink(missing_ok=True)
    roads = read(write(path, lines), snap_tolerance_m=1.0)
    axis = set(vertices(roads, 0))
    for way, (_, y) in enumerate(kept, start=1):
        assert bool(axis & set(vertices(roads, way))) == (abs(y) < 1)


def test_limits_surfaces_and_access(tmp_path):
    path = write(
        tmp_path / "r.gpkg",
        [line((0, 0), (100, 0)), line((100, 0), (200, 0)), line((200, 0), (300, 0))],
        road_class=["村道", "track_grade4", "tertiary"],
        路面=["水泥", "砂石", "自定"],
        maxweight_t=["7.5", "0", "weak"],
        限高=["3.2 m", "", "default"],
        width_m=["3,5", None, "0"],
        通行=["禁止", "", "private"],
        ford=["no", "yes", ""],
    )
    roads = read(
        path,
        fields={"surface": "路面", "maxheight_m": "限高", "access": "通行"},
        values={"surface": {"自定": "dirt"}},
    )
    rows = roads.attributes
    assert rows["surface"].tolist() == ["concrete", "gravel", "dirt"]
    assert rows["tracktype"].tolist() == ["", "grade4", ""]
    assert rows["access"].tolist() == ["no", "", "private"]
    assert rows["ford"].tolist() == [False, True, False]
    assert rows["maxweight_t"].fillna(-1).tolist() == [7.5, -1, -1]
    assert rows["maxheight_m"].fillna(-1).tolist() == [3.2, -1, -1]
    assert rows["width_m"].fillna(-1).tolist() == [3.5, -1, -1]
    note = notes(roads)["weight limits not understood, taken as none"]
    assert (note.count, note.rows) == (1, ("weak",))
    assert len(roads.points) == len(roads.restrictions) == 0

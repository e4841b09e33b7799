"""Generated sites: where they may stand, why not elsewhere, which are kept."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box, union_all

from firecover.errors import StudyError
from firecover.layers.provenance import Provenance
from firecover.siting.candidates import GeneratedSites, generate_sites, with_generated
from firecover.siting.exclusions import FRONTAGE_M, REASONS
from firecover.siting.road_sites import ground_slope, road_sites
from firecover.siting.suitability import MAIN_ROAD, factors, suitability, thinned
from firecover.study_siting import GenerateTable
from support.networks import grid, network_of, random_networks
from support.siting_town import URBAN, at, layer, layers_with
from support.terrain import plane, terrain_of

#: A street of 2 km, cut in two by a lane of 300 m to the north in its middle.
STREET = [[(0, 0), (1000, 0), (2000, 0)], [(1000, 0), (1000, 300)]]
#: Where places stand 250 m apart on the street: (2000 - 7 * 250) / 2 from its ends.
ALONG = [125.0 + 250 * k for k in range(8)]
CLASSES = ["primary", "residential"]
TABLE = GenerateTable(apart_m=0, road_classes=("primary",))


def street(**columns):
    return network_of(STREET, **({"road_class": CLASSES} | columns))[0]


def places_on(network, *, near=URBAN, near_m=0.0, spacing_m=250.0, classes=("primary",), dem=None):
    return road_sites(
        network, near, near_m=near_m, spacing_m=spacing_m, road_classes=classes, dem=dem
    )


def made(layers=None, *, network=None, soft_m=300.0, **keys) -> GeneratedSites:
    table = TABLE.model_copy(update=keys)
    network = street() if network is None else network
    return generate_sites(table, network, layers or layers_with(), hazard_soft_m=soft_m)


def excluded_at(found):
    """The reasons of the places left out, by how far along the street they stand."""
    rows = zip(found.excluded.geometry.x, found.excluded["reasons"], strict=True)
    return {round(x): reasons for x, reasons in rows}


# --- places --------------------------------------------------------------------------------


def test_places_stand_at_equal_steps_through_junctions():
    places = places_on(street())
    assert places.xy[:, 0].tolist() == pytest.approx(ALONG)
    assert places.xy[:, 1].tolist() == [0.0] * 8
    assert set(places.road_class) == {"primary"}
    # 300 m of lane have room for one place, in the middle; 80 m apart for three
    lane = places_on(street(), classes=("residential",))
    assert lane.xy.tolist() == [[1000, 150]]
    lane = places_on(street(), classes=("residential",), spacing_m=80)
    assert lane.xy[:, 1].tolist() == pytest.approx([70, 150, 230])


def test_places_are_told_by_name_or_number():
    roads = street(name=["", "巷"], ref=["G319", "X1"])
    both = places_on(roads, classes=("primary", "residential"))
    assert dict(zip(both.xy[:, 1].tolist(), both.road, strict=True)) == {0: "G319", 150: "巷"}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"bridge": [True, False]}, 0),
        ({"tunnel": [True, False]}, 0),
        ({"road_class": ["motorway", "residential"]}, 0),
        ({"oneway": np.array([1, 0], dtype=np.int8)}, 0),  # out, and never back
        ({}, 8),
    ],
)
def test_bridges_tunnels_and_roads_without_return_have_no_places(columns, expected):
    found = places_on(street(**columns), classes=("primary", "motorway"))
    assert len(found) == expected


def test_roads_that_the_vehicle_cannot_drive_to_have_no_places():
    network = street()
    shut = network.attributes["road_class"] == "residential"
    forward_s = np.where(shut, np.inf, network.forward_s)
    backward_s = np.where(shut, np.inf, network.backward_s)
    barred = replace(network, forward_s=forward_s, backward_s=backward_s)
    assert len(places_on(network, classes=("residential",))) == 1
    assert len(places_on(barred, classes=("residential",))) == 0
    assert len(places_on(barred)) == 8


def test_a_one_way_ring_has_places_from_which_engines_leave_one_way():
    ring = [[(0, 0), (500, 0), (500, 500), (0, 500), (0, 0)]]
    network, _ = network_of(ring, oneway=np.array([1], dtype=np.int8))
    places = places_on(network, classes=("residential",), spacing_m=500)
    assert len(places) == 4
    assert not places.both_ways.any()
    assert places_on(street()).both_ways.all()


def test_places_lie_in_or_near_the_urban_area():
    town = box(-1000, -100, 600, 100)  # the next place is at 625 m
    assert len(places_on(street(), near=town)) == 2
    assert len(places_on(street(), near=town, near_m=24.9)) == 2
    assert len(places_on(street(), near=town, near_m=25)) == 3
    for zone, count in (("urban", 8), ("suburb", 8), ("town", 0)):
        assert made(layers_with(zone=zone)).places == count


def test_without_an_urban_area_there_are_none_and_it_is_told():
    found = made(layers_with(built_up=()))
    assert found.places == 0
    assert set(found.counts.values()) == {0}
    assert [note.en for note in found.quality] == [
        "sites generated beside roads: there is no urban built-up area to look near to"
    ]
    assert with_generated(layer("candidates"), found).data.empty


def test_junctions_are_as_far_as_the_road_to_them():
    places = places_on(street())
    # 125 and 375 m to the crossing at 1000 m; farther than 300 m is not looked for
    assert places.junction_m.tolist() == [np.inf] * 3 + [125, 125] + [np.inf] * 3
    bend = [[(0, 0), (0, 100), (100, 100)], [(0, 0), (-400, 0)], [(0, 0), (0, -400)]]
    network, _ = network_of(bend)
    found = places_on(network, classes=("residential",), spacing_m=400)
    far = np.abs(found.xy - [0, 0]).sum(axis=1)
    assert found.junction_m.tolist() == pytest.approx(far.tolist())


def test_the_way_in_which_a_road_is_drawn_does_not_matter():
    halves = [[(0, 0), (800, 0)], [(2000, 0), (800, 0)]]
    places = places_on(network_of(halves)[0], classes=("residential",))
    assert places.xy[:, 0].tolist() == pytest.approx(ALONG)
    # and where one way goes on as another there is no junction
    assert np.isinf(places.junction_m).all()


def test_of_two_ways_to_a_junction_the_shorter_counts():
    lines = [
        [(0, 0), (100, 0)],
        [(0, 0), (0, 150), (100, 150), (100, 0)],  # 400 m to the same end
        [(0, 0), (-400, 0)],
    ]
    places = places_on(network_of(lines)[0], classes=("residential",), spacing_m=50)
    at_m = {
        tuple(xy): d for xy, d in zip(places.xy.round(6).tolist(), places.junction_m, strict=True)
    }
    east = {xy: d for xy, d in at_m.items() if xy[0] == 100 and 0 < xy[1] < 150}
    assert east
    for (_, y), found_m in east.items():
        assert found_m == pytest.approx(100 + y)


def test_slopes_of_planes_are_theirs():
    xy = np.array([[0.0, 0.0], [35.0, -700.0], [99_000.0, 0.0]])
    found = ground_slope(plane(east=0.03, north=-0.04), xy, "EPSG:4545")
    assert found[:2] == pytest.approx([0.05, 0.05])
    assert np.isnan(found[2])


def test_the_slope_of_a_coarse_terrain_is_that_of_its_cell():
    # A step of 40 m between the cells left and right of x = 0: over one cell of 100 m
    cliff = terrain_of(lambda x, _y: np.where(x > 0, 40.0, 0.0), cell_m=100.0)
    assert ground_slope(cliff, np.array([[0.0, 0.0]]), "EPSG:4545") == pytest.approx([0.4])


# --- rules ---------------------------------------------------------------------------------


def test_steep_ground_is_no_site_and_unknown_ground_is():
    for slope, count in ((0.249, 0), (0.251, 8)):
        found = made(layers_with(dem=plane(east=slope)))
        assert found.counts["slope"] == count
        assert set(found.excluded["detail"]) <= {"0.251"}
    half = terrain_of(lambda x, _y: np.where(x < 700, 0.0, np.nan))
    found = made(layers_with(dem=half))
    assert (found.counts["slope"], len(found.sites)) == (0, 8)
    unknown = found.sites["slope"].isna()
    assert sorted(found.sites.geometry.x[unknown]) == pytest.approx(ALONG[3:])
    assert found.sites["note"].str.contains("坡度未知").tolist() == unknown.tolist()
    (note,) = found.quality
    assert (note.count, note.en) == (5, "generated sites whose slope is not known")


def test_shut_ground_tells_its_reason():
    flood, slide = box(300, -50, 400, 50), box(375, -10, 700, 10)
    shut = layer("exclusions", [flood, slide], reason=["洪水", "地质灾害"])
    found = made(layers_with(exclusions=shut))
    assert excluded_at(found) == {375: "exclusion", 625: "exclusion"}
    assert found.excluded["detail"].tolist() == ["洪水; 地质灾害", "地质灾害"]
    nameless = layer("exclusions", [flood])
    assert made(layers_with(exclusions=nameless)).excluded["detail"].tolist() == ["exclusions-1"]


@pytest.mark.parametrize(("off_m", "out"), [(50.0, False), (49.99, True)])
def test_fifty_metres_from_the_exits_of_crowded_places(off_m, out):
    # 3-4-5: 30 m along and 40 m off are 50 m
    exits = layer("crowded", at((125 + off_m * 0.6, off_m * 0.8)), name=["医院"])
    found = made(layers_with(crowded=exits))
    assert excluded_at(found) == ({125: "crowded"} if out else {})
    assert found.excluded["detail"].tolist() == (["医院 49 m"] if out else [])


@pytest.mark.parametrize(
    ("off_m", "out", "noted"),
    [(199.9, True, False), (200, False, True), (299.9, False, True), (300, False, False)],
)
def test_hazards_rule_out_within_200_and_warn_within_300_metres(off_m, out, noted):
    depot = box(125 - off_m - 90, -5, 125 - off_m, 5)  # its near side that far off
    found = made(layers_with(hazards=layer("hazards", [depot], name=["油库"])))
    assert excluded_at(found) == ({125: "hazard"} if out else {})
    notes = dict(zip(found.sites.geometry.x, found.sites["note"], strict=True))
    said = [x for x, note in notes.items() if "within 300 m" in note]
    assert said == ([125] if noted else [])
    if noted:
        assert f"油库 {int(off_m)} m" in notes[125]
    point = layer("hazards", at((125 - off_m, 0)))
    assert made(layers_with(hazards=point)).counts == found.counts


def test_of_two_equally_near_the_first_is_told():
    pair = layer("crowded", at((125, 20), (125, -20)), name=["医院", "学校"])
    assert made(layers_with(crowded=pair)).excluded["detail"].tolist() == ["医院 20 m"]


def test_inside_a_hazardous_site_is_nearest():
    found = made(layers_with(hazards=[box(100, -5, 150, 5)]))
    assert found.excluded["detail"].tolist() == ["hazards-1 0 m"]


def test_where_there_are_parcels_a_site_needs_one():
    plots = [box(100, FRONTAGE_M, 150, 100), box(350, FRONTAGE_M + 0.01, 400, 100)]
    found = made(layers_with(parcels=layer("parcels", plots, id=["A", "B"])))
    assert excluded_at(found) == dict.fromkeys(map(round, ALONG[1:]), "no_parcel")
    assert found.sites["parcel"].tolist() == ["A"]
    assert found.sites["parcel_m2"].tolist() == [50 * 70]
    free = made()
    assert set(free.sites["parcel"]) == {""}
    assert free.sites["parcel_m2"].isna().all()


def test_stations_stay_where_they_are():
    points = at((125, 400), (1875, 399), (625, 0), (1125, 0))
    standing = layer(
        "stations", points, name=list("abcd"), station_class=["first", "first", "micro", ""]
    )
    found = made(layers_with(stations=standing), apart_m=400, most=99)
    near = {x for x, reasons in excluded_at(found).items() if "near_station" in reasons}
    # 400 m is far enough, a micro-station has no ground of its own
    assert near == {1875, 875, 1125, 1375}
    details = dict(zip(found.excluded.geometry.x, found.excluded["detail"], strict=True))
    assert details[1875] == "b 399 m"


def test_stations_without_a_position_rule_nothing_out():
    nowhere = layer("stations", [None, None], name=["a", "b"], station_class=["first", "first"])
    assert made(layers_with(stations=nowhere), apart_m=400, most=99).counts["near_station"] == 0


def test_a_site_beside_a_candidate_adds_nothing():
    named = layer("candidates", at((375, 300)), name=["小坝"], station_class=["second"])
    found = made(layers_with(candidates=named), apart_m=350)
    reasons = excluded_at(found)
    assert reasons[375] == "near_candidate"
    assert reasons[625] != "near_candidate"  # 250 and 300 m: 390 m


def test_all_reasons_are_told_the_first_first():
    found = made(
        layers_with(
            dem=plane(north=0.5),
            exclusions=layer("exclusions", [box(100, -9, 150, 9)], reason=["生态红线"]),
            crowded=layer("crowded", at((125, 10)), name=["学校"]),
            hazards=layer("hazards", at((125, 20)), name=["气库"]),
            parcels=[box(1800, 0, 1900, 9)],
            stations=layer("stations", at((125, 30)), name=["站"]),
            candidates=layer("candidates", at((125, 60)), name=["点"]),
        ),
        apart_m=100,
    )
    row = found.excluded[found.excluded.geometry.x == 125].iloc[0]
    told = ["slope", "exclusion", "crowded", "hazard", "no_parcel", "near_station"]
    assert row["reasons"] == ", ".join([*told, "near_candidate"])
    assert row["reason"] == "slope"
    assert row["detail"] == "0.500; 生态红线; 学校 10 m; 气库 20 m; 站 30 m; 点 60 m"
    assert found.counts == dict.fromkeys(REASONS, 0) | {"slope": 8}
    assert len(found.sites) == 0
    assert [note.count for note in found.quality] == [8]


# --- which are kept ------------------------------------------------------------------------


def test_the_best_are_kept_apart_and_the_others_told_why():
    xy = np.array([[0, 0], [100, 0], [200, 0], [300, 0], [900, 0]], dtype=float)
    worth = np.array([0.5, 0.9, 0.8, 0.7, 0.1])
    kept, better = thinned(xy, worth, np.ones(5, dtype=bool), 200.0, 9)
    # 200 m is far enough from 0.9 for the third of 0.7 but not for that of 0.8
    assert kept.tolist() == [1, 3, 4]
    assert better.tolist() == [0, -1, 0, -1, -1]
    kept, better = thinned(xy, worth, np.array([1, 0, 1, 1, 1], dtype=bool), 200.0, 1)
    assert (kept.tolist(), better.tolist()) == ([2], [-1, -1, -1, 0, -1])


def test_of_equals_the_westernmost_then_the_southernmost():
    xy = np.array([[5, 5], [0, 9], [0, 3]], dtype=float)
    # a rounding does not decide
    kept, _ = thinned(xy, np.array([0.5 + 1e-13, 0.5, 0.5]), np.ones(3, dtype=bool), 0.0, 9)
    assert kept.tolist() == [2, 1, 0]


def test_too_near_and_too_many_are_reasons():
    found = made(apart_m=300, most=2)
    # the crossing's arms at 875 and 1125 m are best; of equals the western one
    assert found.sites.geometry.x.round().tolist() == [875, 125]
    assert excluded_at(found) == {
        375: "near_better",
        625: "near_better",
        1125: "near_better",
        1375: "beyond_most",
        1625: "beyond_most",
        1875: "beyond_most",
    }
    details = found.excluded["detail"].tolist()
    assert details == ["g002 250 m", "g001 250 m", "g001 250 m", "", "", ""]
    assert found.counts["near_better"] == found.counts["beyond_most"] == 3


def test_factors_by_hand():
    quarter = box(1000, 0, 9000, 9000)  # a quarter of the circle around (1000, 0)
    network = street(oneway=np.array([0, 0], dtype=np.int8))
    places = places_on(network, dem=plane(east=0.1))
    found = factors(places, quarter, 0.25)
    assert found["flat"] == pytest.approx(np.full(8, 0.6))
    assert found["main_road"].tolist() == [MAIN_ROAD["primary"]] * 8
    near = 1 - 125 / 300
    assert found["junction"].tolist() == pytest.approx([0, 0, 0, near, near, 0, 0, 0])
    once = replace(places, both_ways=np.zeros(8, dtype=bool))
    assert factors(once, quarter, 0.25)["junction"][3] == pytest.approx(near / 2)
    middle = replace(places, xy=np.tile([[1000.0, 0.0]], (8, 1)))
    assert factors(middle, quarter, 0.25)["built_up"] == pytest.approx(np.full(8, 0.25))
    link = replace(places, road_class=np.array(["trunk_link"] * 8, dtype=object))
    assert set(factors(link, quarter, 0.25)["main_road"]) == {1.0}


def test_built_up_area_is_counted_once_where_patches_overlap():
    twice = made(layers_with(built_up=(URBAN, URBAN, box(0, 0, 9, 9))))
    assert twice.sites["built_up"].tolist() == pytest.approx([1.0] * 8)


def test_weights_add_up_to_one_over_what_is_known():
    values = {
        "flat": np.array([1.0, np.nan]),
        "main_road": np.array([0.5, 0.5]),
        "built_up": np.array([0.0, 0.0]),
        "junction": np.array([1.0, 1.0]),
    }
    # (2 * 1 + 2 * 0.5) / 5; without the slope (2 * 0.5) / 3
    weights = {"flat": 0.2, "main_road": 0.2, "built_up": 0.1}
    assert suitability(values, weights).tolist() == pytest.approx([0.6, 1 / 3])
    assert suitability(values, {}).tolist() == [0, 0]
    assert suitability(values, {"flat": 1.0}).tolist() == [1, 0]


# --- what comes of it ----------------------------------------------------------------------


def test_the_table_of_sites():
    network = street(name=["桃花源大道", ""])
    found = made(network=network, station_class="small", most=2)
    first = found.sites.iloc[0]
    assert first["id"] == "g001"
    assert first["name"] == "候选点 g001（桃花源大道）"
    assert first["name_en"] == "Candidate g001"
    assert (first["station_class"], first["origin"]) == ("small", "generated")
    assert found.sites["suitability"].is_monotonic_decreasing
    weighted = 0.3 * 1 + 0.3 * 1 + 0.1 * (1 - 125 / 300)
    assert first["suitability"] == pytest.approx(weighted / 0.7)  # the slope is not known
    assert made(most=1).sites["name"].tolist() == ["候选点 g001"]
    assert found.excluded["id"].tolist() == [f"x{i:04d}" for i in range(1, 7)]


def test_the_same_twice():
    one, two = made(apart_m=300), made(apart_m=300)
    assert one.sites.to_json() == two.sites.to_json()
    assert one.excluded.to_json() == two.excluded.to_json()


def test_generated_sites_join_the_named():
    named = layer(
        "candidates",
        at((125, 900), (0, 900)),
        id=["xiaoba", "g001"],
        name=["小坝", "旧点"],
        station_class=["second", "small"],
        cost_10k_cny=[1500.0, np.nan],
        origin=["named", "named"],
    )
    named = replace(named, provenance=Provenance("published", "the plan", note="2022"))
    found = made(layers_with(candidates=named), most=2)
    joined = with_generated(named, found)
    assert joined.data["id"].tolist() == ["xiaoba", "g001", "g002", "g003"]
    assert joined.data["origin"].tolist() == ["named", "named", "generated", "generated"]
    assert joined.data["cost_10k_cny"].isna().tolist() == [False, True, True, True]
    assert joined.data["vehicle"].tolist() == [""] * 4
    assert list(joined.data.columns) == list(named.data.columns)
    assert joined.data.dtypes.tolist() == named.data.dtypes.tolist()
    assert joined.data.crs == named.data.crs
    assert joined.data.index.tolist() == [0, 1, 2, 3]
    assert (joined.provenance.kind, joined.provenance.source) == ("published", "the plan")
    assert joined.provenance.note.startswith("2022; ")
    assert "2 of them generated" in joined.provenance.note
    assert joined.quality == found.quality


def test_generated_sites_alone_are_derived():
    joined = with_generated(layer("candidates"), made())
    assert joined.provenance.kind == "derived"
    assert len(joined.data) == 8
    assert list(joined.data.columns) == list(layer("candidates").data.columns)
    assert joined.data.dtypes.tolist() == layer("candidates").data.dtypes.tolist()


def test_classes_that_do_not_exist_are_refused_together():
    table = GenerateTable(road_classes=("primary", "国道"), station_class="grand")
    with pytest.raises(StudyError) as caught:
        generate_sites(table, street(), layers_with(), hazard_soft_m=300, study_file="study.toml")
    assert [problem.key for problem in caught.value.problems] == [
        "siting.generate.road_classes",
        "siting.generate.station_class",
    ]
    assert "primary_link" in str(caught.value)


@st.composite
def towns(draw):
    """A network, layers around it that rule sites out, and limits."""
    network = draw(random_networks())
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    side = np.ptp(network.node_xy, axis=0).max() + 100

    def points(most):
        return at(*rng.uniform(-50, side, (rng.integers(0, most + 1), 2)).tolist())

    def boxes(most, size):
        return [
            box(*xy, *(xy + rng.uniform(1, size, 2))) for xy in rng.uniform(-50, side, (most, 2))
        ]

    wave = terrain_of(
        lambda x, y: 30 * np.sin(x / 90) + 20 * np.cos(y / 70),
        size=draw(st.sampled_from([110, 200])),
    )
    layers = layers_with(
        built_up=boxes(int(rng.integers(1, 4)), side),
        dem=draw(st.sampled_from([None, wave])),
        crowded=points(3),
        hazards=[*points(1), *boxes(int(rng.integers(0, 2)), 40)],
        exclusions=boxes(int(rng.integers(0, 3)), 120),
        parcels=boxes(int(rng.choice([0, 12])), 150),
        stations=points(1),
        candidates=points(1),
    )
    table = GenerateTable(
        spacing_m=draw(st.sampled_from([20, 45, 90])),
        near_built_up_m=draw(st.sampled_from([0, 30])),
        road_classes=("residential",),
        max_slope=draw(st.sampled_from([0.15, 0.3])),
        crowded_m=50,
        hazard_m=draw(st.sampled_from([0, 60])),
        apart_m=draw(st.sampled_from([0, 70, 150])),
        most=draw(st.sampled_from([1, 5, 500])),
    )
    return network, layers, table


def broken_by(point, layers, table, slope):
    """The rules that a place breaks, straight from their words, without any index."""
    data = {
        name: list(getattr(layers, name).data.geometry)
        for name in ("crowded", "hazards", "exclusions", "parcels", "stations", "candidates")
    }

    def nearer(name, limit):
        return any(point.distance(shape) < limit - 1e-6 for shape in data[name])

    return {
        "slope": slope > table.max_slope,
        "exclusion": any(point.intersects(shape) for shape in data["exclusions"]),
        "crowded": nearer("crowded", table.crowded_m),
        "hazard": nearer("hazards", table.hazard_m),
        "no_parcel": bool(data["parcels"]) and not nearer("parcels", FRONTAGE_M + 2e-6),
        "near_station": nearer("stations", table.apart_m),
        "near_candidate": nearer("candidates", table.apart_m),
    }


@settings(max_examples=40, deadline=None)
@given(towns())
def test_every_site_keeps_every_rule_and_every_other_place_has_its_reasons(town):
    network, layers, table = town
    found = generate_sites(table, network, layers, hazard_soft_m=100)
    urban = union_all(layers.built_up.data.geometry.to_numpy())
    roads = union_all(network.lines())
    everywhere = [*found.sites.geometry, *found.excluded.geometry]
    xy = np.array([(point.x, point.y) for point in everywhere]).reshape(-1, 2)
    slope = np.full(len(xy), np.nan)
    if layers.dem is not None:
        slope = ground_slope(layers.dem, xy, network.crs)
    kept = list(found.sites.geometry)
    rules = [broken_by(each, layers, table, s) for each, s in zip(everywhere, slope, strict=True)]
    for point in everywhere:
        assert point.distance(urban) <= table.near_built_up_m + 1e-6
        assert point.distance(roads) < 1e-6
    assert not any(any(rule.values()) for rule in rules[: len(kept)])
    for i, point in enumerate(kept):
        assert all(point.distance(other) >= table.apart_m - 2e-6 for other in kept[:i])
    assert len(kept) <= table.most
    for point, rule, told in zip(
        everywhere[len(kept) :], rules[len(kept) :], found.excluded["reasons"], strict=True
    ):
        hard = [name for name, broken in rule.items() if broken]
        beside = any(point.distance(other) < table.apart_m - 1e-6 for other in kept)
        soft = "near_better" if beside else "beyond_most"
        assert told == ", ".join(hard or [soft])
        assert hard or beside or len(kept) == table.most
    assert sum(found.counts.values()) == len(found.excluded)
    warned = [
        min((p.distance(h) for h in layers.hazards.data.geometry), default=np.inf) < 100 - 1e-6
        for p in kept
    ]
    assert found.sites["note"].str.contains("within 100 m").tolist() == warned


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 5), st.sampled_from([60.0, 100.0, 130.0]), st.sampled_from([40.0, 75.0]))
def test_on_a_grid_every_street_has_its_places(side, step_m, spacing_m):
    network, _ = network_of(grid(side, step_m))
    places = places_on(network, classes=("residential",), spacing_m=spacing_m)
    length_m = (side - 1) * step_m
    count = max(int(length_m // spacing_m), 1)
    expected = {
        (round((length_m - (count - 1) * spacing_m) / 2 + k * spacing_m, 6), round(i * step_m, 6))
        for k in range(count)
        for i in range(side)
    }
    expected |= {(y, x) for x, y in expected}
    assert {tuple(xy) for xy in np.round(places.xy, 6).tolist()} == expected
    assert len(places) == 2 * side * count


def test_the_bundled_study_has_sites_in_the_county_town():
    from firecover.analysis.ground import study_fleet
    from firecover.layers import read_layers
    from firecover.study import load_study
    from support.demo_study import BUNDLED

    study = load_study(BUNDLED)
    layers = read_layers(study)
    network = study_fleet(study, layers).network
    begin = time.perf_counter()
    found = generate_sites(GenerateTable(), network, layers, hazard_soft_m=300)
    assert time.perf_counter() - begin < 2
    assert (found.places, len(found.sites)) == (391, 40)
    assert {name: count for name, count in found.counts.items() if count} == {
        "slope": 51,
        "near_station": 24,
        "near_candidate": 49,
        "near_better": 196,
        "beyond_most": 31,
    }
    assert found.sites["slope"].notna().all()
    steps = [
        a.distance(b)
        for i, a in enumerate(found.sites.geometry)
        for b in list(found.sites.geometry)[:i]
    ]
    assert min(steps) >= 400
    joined = with_generated(layers.candidates, found)
    assert (joined.data["origin"] == "named").sum() == 1  # Xiaoba
    assert joined.data["id"].is_unique

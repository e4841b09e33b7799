import tomllib
from importlib import resources

import pytest

from firecover.errors import StudyError
from firecover.standards import (
    AREA_RULES,
    BASE_PACK,
    NEEDED_RULES,
    load_rules,
    road_classes,
    rule_packs,
)


def test_the_chinese_pack_holds_the_values_of_the_clauses():
    rules = load_rules("cn")
    values = {name: rule.value for name, rule in rules.items()}
    assert values["response_s"] == 300
    assert [values[AREA_RULES[c]] for c in ("first", "second", "small", "special")] == [7, 4, 2, 7]
    assert values["area_suburb_km2"] == 15
    assert values["hydrant_radius_m"] == 150


def test_every_rule_says_where_it_comes_from_and_how_sure_it_is():
    for pack in rule_packs():
        for rule in load_rules(pack).values():
            assert rule.clause
            assert rule.source
            assert rule.zh
            assert rule.en
            assert rule.unit
            assert rule.modality in ("shall", "should", "none")
            assert rule.evidence in ("V", "S", "D", "A", "M-h", "M-m", "M-l")


def test_a_study_may_override_a_value_and_is_told_when_it_misses():
    assert load_rules("cn", {"response_s": 480})["response_s"].value == 480
    assert load_rules("cn", {"response_s": 480})["response_s"].overridden
    with pytest.raises(StudyError, match=r"rules\.respons_s"):
        load_rules("cn", {"respons_s": 480})
    with pytest.raises(StudyError, match="cn"):
        load_rules("mars")


def test_road_classes_have_speeds_and_names():
    classes = road_classes()
    assert classes["motorway"].speed_kmh == 70
    assert classes["secondary"].zh == "县道"
    assert all(0 < c.speed_kmh <= 120 and c.zh and c.en for c in classes.values())


def test_there_are_four_packs():
    assert rule_packs() == ["cn", "iso_fsrs", "nfpa", "norway"]


@pytest.mark.parametrize("pack", rule_packs())
def test_a_pack_says_its_own_name_and_repeats_no_rule(pack):
    text = resources.files("firecover.standards").joinpath(f"{pack}.toml").read_text("utf-8")
    table = tomllib.loads(text)
    assert table["pack"]["id"] == pack
    assert table["pack"]["title"]["zh"]
    assert table["pack"]["title"]["en"]
    ids = [row["id"] for row in table["rules"]]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("pack", rule_packs())
def test_what_a_pack_lacks_comes_from_the_base_pack_and_says_so(pack):
    text = resources.files("firecover.standards").joinpath(f"{pack}.toml").read_text("utf-8")
    own = {row["id"] for row in tomllib.loads(text)["rules"]}
    rules = load_rules(pack)
    assert set(rules) == own | set(NEEDED_RULES)
    for name, rule in rules.items():
        assert rule.pack == (pack if name in own else BASE_PACK)
        assert not rule.overridden
    assert set(NEEDED_RULES) <= set(load_rules(BASE_PACK))


@pytest.mark.parametrize("pack", rule_packs())
def test_least_values_are_below_largest_and_shares_are_shares(pack):
    rules = load_rules(pack)
    for name, rule in rules.items():
        assert rule.value > 0
        if "share" in name:
            assert rule.unit == "1"
            assert rule.value <= 1
        if "_min" in name and name.replace("_min", "_max") in rules:
            assert rule.value < rules[name.replace("_min", "_max")].value


def test_a_pack_has_its_own_meaning_of_in_time():
    nfpa, iso, norway = (load_rules(pack) for pack in ("nfpa", "iso_fsrs", "norway"))
    assert nfpa["response_s"].value == 80 + 240 == nfpa["turnout_s"].value + 240
    # 1.5 miles take 0.65 + 1.7 x 1.5 = 3.2 minutes
    assert iso["response_s"].value == 80 + 3.2 * 60
    assert iso["hydrant_radius_m"].value == 305
    assert norway["response_s"].value == 10 * 60
    assert [r.value for r in norway.values() if r.pack == "norway"] == [600, 1200, 1800]
    for pack in ("nfpa", "iso_fsrs", "norway"):
        own = [rule for rule in load_rules(pack).values() if rule.pack == pack]
        assert {rule.modality for rule in own} == {"none"}


def test_a_study_may_override_a_rule_that_comes_from_the_base_pack():
    rule = load_rules("norway", {"hydrant_radius_m": 120})["hydrant_radius_m"]
    assert (rule.value, rule.overridden, rule.pack) == (120, True, "cn")


def test_sources_that_differ_stand_beside_each_other():
    rules = load_rules("cn")
    hard, soft = rules["hazard_distance_hard_m"], rules["hazard_distance_soft_m"]
    assert (hard.value, hard.modality, hard.evidence) == (200, "shall", "V")
    assert (soft.value, soft.modality, soft.evidence) == (300, "should", "S")
    assert "300" in hard.source
    assert "200" in soft.source


def test_values_of_the_other_chinese_clauses():
    rules = load_rules("cn")
    values = {
        "call_handling_s": (150, "S"),
        "exit_distance_m": (50, "V"),
        "hydrant_spacing_m": (120, "S"),
        "hydrant_spacing_timber_m": (60, "M-m"),
        "lane_height_m": (4, "V"),
        "lane_width_m": (4, "M-h"),
        "lane_spacing_m": (160, "V"),
        "pond_radius_m": (150, "S"),
        "micro_response_s": (180, "S"),
        "township_first_crew_min": (15, "S"),
        "crew_first_min": (30, "S"),
        "crew_second_max": (25, "S"),
        "vehicles_special_max": (11, "M-m"),
    }
    assert {name: (rules[name].value, rules[name].evidence) for name in values} == values


def test_rules_from_memory_say_so_unless_a_study_sets_them():
    assert load_rules("cn")["hydrant_spacing_timber_m"].from_memory
    assert not load_rules("cn")["hydrant_spacing_m"].from_memory
    assert not load_rules("cn", {"lane_width_m": 3.5})["lane_width_m"].from_memory


def test_a_rule_that_is_not_there_is_told_with_those_nearest():
    with pytest.raises(StudyError) as error:
        load_rules("cn", {"response": 300, "xyzzy": 1})
    near, far = error.value.problems
    assert near.file == far.file == "study.toml"
    assert "'response_s'" in near.remedy
    assert "response_s" in far.remedy
    assert len(far.remedy) < 500


@pytest.mark.parametrize("value", [-1.0, 0.0, float("nan"), float("inf")])
def test_a_rules_value_is_a_number_above_zero(value):
    with pytest.raises(StudyError, match=r"rules\.response_s"):
        load_rules("cn", {"response_s": value})

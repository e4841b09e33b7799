import pytest

from firecover.errors import StudyError
from firecover.standards import AREA_RULES, load_rules, road_classes, rule_packs


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

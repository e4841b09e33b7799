"""The report's chapters on the assessment, against values that the tiny study's story gives."""

from __future__ import annotations

import copy
import re

import pytest

from firecover.outputs.i18n import vocabulary
from firecover.outputs.report.compose import render_report
from firecover.outputs.report.fonts import lettering
from firecover.outputs.report.places import Places
from firecover.outputs.report.reader import Reader, words
from firecover.outputs.report.resilience import outages, worst_first
from firecover.outputs.report.rules import evidence_of
from firecover.outputs.results_json import results_to_dict
from firecover.standards import load_rules, rule_packs
from support.report_pages import read_page
from support.tiny_results import MARKUP_VILLAGE, tiny_results

LANGUAGES = ("zh", "en")
#: Tables and columns of the assessment: what a study without hydrants, plan or draws lacks.
TABLES = (
    "township_bands",
    "county_bands",
    "village_targets",
    "station_outages",
    "critical_roads",
)
FIRST_RELEASE = {
    "stations": "access_m",
    "jurisdictions": "farthest_s",
    "built_up": "hydrant_share",
    "townships": "villages_reached_share",
    "villages": "reason",
}


@pytest.fixture(scope="module")
def tree():
    return results_to_dict(tiny_results())


@pytest.fixture
def own(tree):
    """A tree that may be changed."""
    return copy.deepcopy(tree)


def said(tree, lang="zh"):
    """The report's text in one line."""
    text = read_page(render_report(tree, tiny_results(), lang, lettering(lang))).all_text
    return re.sub(r"\s+", " ", text)


@pytest.fixture(scope="module")
def chinese(tree):
    return said(tree)


@pytest.fixture(scope="module")
def english(tree):
    return said(tree, "en")


def table(text, caption):
    """What follows a caption, up to the next table or figure."""
    return re.split(
        r"(?:表|图)\d+ |(?:Table|Figure) \d+\. ", text.split(caption, 1)[1], maxsplit=1
    )[0]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("pack", rule_packs())
def test_every_unit_modality_and_evidence_of_every_pack_has_a_word(tree, pack, lang):
    units, modalities = words(lang)["rule_unit"], vocabulary("modality", lang)
    for rule in load_rules(pack).values():
        assert rule.unit in units, rule.id
        assert modalities[rule.modality], rule.id
        assert evidence_of(Reader(tree, lang), rule.evidence), rule.id


def test_rules_have_their_units_in_words_and_memory_is_marked(chinese, english):
    # 38 rules of cn are of the middle grade of memory, among them this one
    assert "5辆 非强制 建标152-2017，车辆配备 凭记忆，未查到网页 M-m 凭记忆，未核对" in chinese
    assert "0.14兆帕" in chinese
    assert "3级（蒲福风级）" in chinese
    assert "30人" in chinese
    assert "M-m from memory, unchecked" in english
    assert "2,700 m²" in english


def test_jurisdictions_have_intervals_and_what_was_measured_on_the_roads(chinese):
    # 5.25 of 7 km²; at the slowest twentieth of the draws 78.6 % of it in time, at best all
    assert "5.25 7 达标 5.12 97.6% 78.6%～100.0% 6.0" in table(chinese, "规划2025：消防站辖区")
    # 2(S/λ)² = 2 × (2 / 1.2965)² = 4.76; the railway at x = 1500 cuts 0.5 × 3 km off
    measured = table(chinese, "现状：辖区路网实测值与跨越界线的面积")
    assert "1.30 2.00 4.76 7 0.00 1.50 0.00" in measured
    assert "公式面积为2(S/λ)²，列在上限旁供对照，不据以判定（所依规则凭记忆，未核对）。" in chinese
    assert "“宜”为推荐性要求，故只作提示，不作判定" in chinese


def test_what_is_not_reached_of_the_town_stands_patch_by_patch(chinese, english):
    # 7 of 9 km² by the one fire station; the brigades come to none of the rest in time
    rows = table(chinese, "现状：城区各片区未能按时到达的面积（自接到出动指令起5分钟）")
    assert "城区b1 9.00 7.00 77.8% 2.00 2.00" in rows
    assert "城区合计 9.00 7.00 77.8% 2.00 2.00" in rows
    # the township's own patch is no part of the town
    assert "龙潭" not in rows.split("城区合计")[0]
    assert "Today: area of the county town not reached in time, by patch" in english


def test_the_county_adds_up_caps_by_class(chinese, english):
    assert "面积上限合计7.00平方公里（城区消防救援站为一级普通消防站，7平方公里）" in chinese
    assert "尚缺2.00平方公里，须再增设一级普通消防站1个，或二级普通消防站1个。" in chinese
    # a second-class station adds 4 km², not 7
    assert "面积上限合计11.00平方公里" in chinese
    assert "小坝消防站为二级普通消防站，4平方公里" in chinese
    assert "add up to 7.00 km² (Town fire station, first-class station: 7 km²)" in english
    assert "不达标：上限合计7.00／9.00平方公里，缺2.00平方公里" in chinese


@pytest.mark.parametrize(
    ("figures", "why"),
    [
        (
            {"area_verdict": "cannot_say", "area_capacity_km2": None},
            "规则没有给出所涉队站类别的面积上限",
        ),
        ({"stations_holding_area": 0}, "没有承担城区辖区的消防站"),
        ({"urban_km2": 0.0}, "没有城区建成区资料"),
        ({"area_verdict": None}, "本次未计算"),
    ],
)
def test_why_it_cannot_be_said_if_the_caps_are_enough(own, figures, why):
    for scenario in own["scenarios"].values():
        scenario["figures"] |= figures
    asked = "各站面积上限合计：不小于城区建成区面积"
    assert re.search(rf"{asked}.{{0,60}}无法判定：因为\S*{why}", said(own))


def test_caps_that_are_not_all_jurisdictions_are_not_added_up_in_words(own):
    # a station that comes first to nothing has room too, but no row
    for scenario in own["scenarios"].values():
        scenario["figures"]["area_capacity_km2"] += 4
    assert "城区消防救援站为一级普通消防站" not in said(own)


def test_townships_are_added_up_by_arrival_and_tier(chinese):
    people = table(chinese, "现状：各时限内可到达人口（共69,000人）")
    # 7,680 + 10,500 of 69,000 people within 5 min, the town's station alone 7,680
    assert "首到 18,180 26.3% 44,100 63.9%" in people
    assert "消防站 7,680 11.1%" in people
    assert "微型站" not in people
    built = table(chinese, "现状：各时限内可到达建成区（共10.00平方公里）")
    assert "乡镇专职队 1.00 10.0% 1.00 10.0% 1.38 13.8%" in built
    each = table(chinese, "现状：5分钟内可到达人口及占比")
    assert "龙潭镇 21,000 10,500 50.0% 0 0.0%" in each
    assert "两罾乡 未知 未知" in each


def test_townships_tell_hydrants_working_and_present_with_numerator_and_denominator(chinese):
    rows = table(chinese, "乡镇（街道）消火栓完好率（目标98%）与配齐情况")
    # 3 of 5 work; 3 ÷ (3 + 18 proposed)
    assert "钟多街道 3／5 60.0% 不达标 18 14.3% 不达标" in rows
    # no township meets it, and so none is told to
    assert "完好率以98%为界：不达标2个、无法判定1个。" in chinese
    seats = table(chinese, "现状：乡镇（街道）驻地到场时间（分钟）")
    # from the call 2.5 min more
    assert "钟多街道 2.0 4.5 城区消防救援站 17.0 2.0 100.0% 16.0%～34.0%" in seats


def test_seats_at_which_brigades_stand_are_said_to_prove_nothing(own, chinese):
    on_spot = "是因为队站就设在驻地，不能说明道路是否通畅"
    assert on_spot not in chinese
    seats = own["scenarios"]["baseline"]["townships"]
    for row in seats:
        if row["seat_first_s"] is not None:
            row["seat_first_s"] = own["settings"]["turnout_s"] + 5.0
    assert on_spot in said(own)
    assert "which says nothing of the roads" in said(own, "en")


def test_hydrants_are_told_straight_and_along_the_roads(chinese):
    rows = table(chinese, "消火栓覆盖与间距")
    # three circles of 150 m, three diamonds of 2 × 0.15² km², 3 × 120 m of 6 km of streets
    assert "按直线（平方公里） 0.21（2.4%）" in rows
    assert "沿道路（平方公里） 0.14（1.5%）" in rows
    assert "城区建成区内街道（公里） 6.0 其中间距合格（120米）的（公里） 0.4（6.0%）" in rows
    assert "（60米，情景）合格的占比（所依规则凭记忆，未核对） 3.0%" in rows
    gaps = table(chinese, "完好消火栓150米以外的建成区")
    assert "龙潭集镇 1.00 1.00" in gaps


def test_rules_without_a_radius_promise_none(own, chinese):
    assert "以直线距离150米为保护半径" in chinese
    own["rules"] = [rule for rule in own["rules"] if rule["id"] != "hydrant_radius_m"]
    text = said(own)
    assert "消火栓。只计完好的消火栓；" in text
    assert "以直线距离" not in text


def test_new_hydrants_are_listed_with_their_bound(chinese, own):
    # the proposals are for every built-up area, not for the county town alone
    whole = "补齐全部建成区（含乡镇）的空白区"
    assert f"{whole}，建议新增消火栓22具；在沿街每隔25米所取的位置中，理论下限为20具" in chinese
    assert f"{whole}建议新增22具（所比沿街位置中的理论下限20具）" in chinese
    rows = table(chinese, "建议新增消火栓（按新增保护面积排序）")
    assert len(re.findall(r"桃花源大道", rows)) == 10
    for scenario in own["scenarios"].values():
        scenario["figures"]["hydrants_new_bound"] = 22
    proved = said(own)
    assert "在沿街每隔25米所取的位置中，已证明不能更少。" in proved
    assert f"{whole}建议新增22具，在所比沿街位置中已证明不能更少" in proved


def test_villages_are_grouped_by_targets_that_no_national_rule_sets(chinese, own):
    assert "国家标准没有规定村寨到场时限" in chinese
    rows = table(chinese, "各目标时间内可到达的村寨（个）")
    assert "现状 10 本研究设定 4 3（75.0%） 0（0.0%） 1（25.0%） 3 0" in rows
    rule = copy.deepcopy(own["rules"][0])
    rule |= {"id": "norway.response_settlement_s", "value": 1200, "pack": "norway"}
    own["rules"].append(rule | {"zh": "其他居民点及时到场", "en": "other settlements in time"})
    assert "现状 20 挪威：其他居民点及时到场 4" in said(own)
    assert "Today 20 Norway: other settlements in time 4" in said(own, "en")


def test_villages_tell_way_water_call_and_chance(chinese):
    arrivals = table(chinese, "现状：村寨到场时间")
    assert "龙潭村 龙潭镇 3.0 2.6～3.6 5.5 龙潭镇专职消防队 15.0" in arrivals
    assert "20.0 100.0% 可到" in arrivals
    ways = table(chinese, "现状：村寨到场道路、车辆与水源")
    assert "国道319 → 桃花源大道 1.0 120 0.0 消防车 25.0% 500 2,736 酉水" in ways
    assert "高山村 距道路过远 — 3,600 — 无 — 5,099" in ways


def test_a_verdict_within_the_noise_says_so(own, chinese):
    # the plan reaches 98.6 %, and all of it in more than a twentieth of the draws
    noise = "在误差范围内，不宜据以定论"
    assert chinese.count(noise) == 1
    own["scenarios"]["plan_2025"]["figures"]["urban_reached_share_p95"] = 0.999
    assert noise not in said(own)
    own["scenarios"]["baseline"]["figures"]["villages_reached_p95"] = 4
    assert noise in said(own)
    assert "within the noise: not settled" in said(own, "en")


@pytest.mark.parametrize(
    ("chances", "noisy"), [((0.5, 1.0), True), ((0.0, 0.5), False), ((1.0, 0.96), False)]
)
def test_areas_are_within_the_noise_where_it_hangs_on_the_draws(own, chances, noisy):
    plan = own["scenarios"]["plan_2025"]
    plan["figures"]["urban_reached_share_p95"] = 0.999
    for row, chance in zip(plan["jurisdictions"], chances, strict=True):
        row["area_sure"] = chance
    assert ("在误差范围内，不宜据以定论" in said(own)) is noisy


def test_an_uncertain_village_says_so(own):
    own["scenarios"]["baseline"]["villages"][0] |= {"certainty": "uncertain", "p_reached": 0.6}
    assert "60.0% 可到在误差范围内" in said(own)


def test_draws_are_told_with_their_assumptions(chinese):
    assert "本次作500次随机抽样（随机种子1）" in chinese
    assert "对数标准差0.15" in chinese
    rows = table(chinese, "主要结果及其区间")
    assert "城区5分钟消防站到场占比 77.8%（54.2%～91.7%） 98.6%（81.9%～100.0%）" in rows


def test_what_fails_is_told_by_station_and_by_road(chinese, english):
    rows = table(chinese, "现状：逐一假定队站停勤的影响")
    assert "城区消防救援站 消防救援站 7,680 7.00 0 龙潭镇专职消防队、酉酬镇专职消防队 7.7 0" in rows
    roads = table(chinese, "现状：中断影响最大的路段")
    assert "1 国道319（G319） 国道 10,000 5,760 0 1 0 城南村" in roads
    assert "2 龙潭路 乡道、桥梁 5,500 840 420 1 1 龙潭村" in roads
    assert "Longtan township squad, Youchou township squad" in english
    assert "一个队站停勤，影响人口最多的是城区消防救援站，5分钟内可到达人口减少7,680人；" in chinese
    assert "影响城区最大的是城区消防救援站，消防站可到达的城区建成区" in chinese
    assert "一处道路中断，影响人口最多的是国道319（G319），5分钟内" in chinese


def test_the_towns_own_station_is_told_where_nobody_misses_it(own):
    # a brigade is as near: no person is lost without the station, all that it covers is
    for row in own["scenarios"]["baseline"]["station_outages"]:
        of_town = row["name"] == "城区消防救援站"
        lost = (0.0, 0, 7.0) if of_town else (100.0, 1, 0.0)
        keys = ("population_lost", "villages_lost", "built_up_lost_km2")
        row.update(zip(keys, lost, strict=True))
    places = Places(Reader(own, "zh"), "baseline")
    assert worst_first(places)[0][1]["name"] != "城区消防救援站"
    told = outages(places, 1)
    assert told is not None
    assert len(told.rows) == 2
    assert "城区消防救援站" in str(told.rows[-1])
    assert "影响城区最大的是城区消防救援站" in said(own)
    for row in own["scenarios"]["baseline"]["station_outages"]:
        row["built_up_lost_km2"] = 0.0
    told = outages(places, 1)
    assert told is not None
    assert len(told.rows) == 1
    assert "影响城区最大的是" not in said(own)


def test_stations_that_a_closed_road_keeps_in_are_named(own):
    own["scenarios"]["baseline"]["critical_roads"][0]["stations"] = "龙潭镇专职消防队"
    text = said(own)
    assert "国道319（G319）无法出动：龙潭镇专职消防队" in table(text, "现状：中断影响最大的路段")
    assert "影响人口最多的是国道319（G319），龙潭镇专职消防队因此无法出动，5分钟内" in text
    english = said(own, "en")
    assert "since Longtan township squad cannot leave: " in english
    assert "cannot leave: Longtan township squad" in table(english, "whose closure hurts most")


def test_names_in_a_row_are_text_and_not_more_than_a_few(own):
    row = own["scenarios"]["baseline"]["critical_roads"][0]
    row["villages"] = f"{MARKUP_VILLAGE}、城南村、龙潭村、高山村"
    assert f"{MARKUP_VILLAGE}、城南村、龙潭村等" in said(own)
    assert "Village v3, Village v1, Village v2 and others" in said(own, "en")


def test_the_plan_is_audited_by_grade(chinese, english):
    assert "发现矛盾1处、无法相互印证1处、提示1条。" in chinese
    rows = table(chinese, " 矛盾 核对结论")
    assert "起火：2020年在表1为229起，在表2为299起，相差70起。" in rows
    assert "fires.csv, row 5, fires: 229 alarms.csv, row 5, fires_fought: 299" in rows
    assert "difference = 70" in rows
    assert "fires: 2020 has 229 in table 1 but 299 in table 2, 70 apart." in english


def test_a_verdict_by_a_rule_from_memory_says_so_beside_it(own, chinese):
    beside = "不达标：7.00／9.00平方公里，77.8%所依规则凭记忆，未核对"
    assert beside not in chinese
    rule = next(rule for rule in own["rules"] if rule["id"] == "response_s")
    rule["evidence"] = "M-h"
    text = said(own)
    assert beside in text
    assert "GB 51080-2015第4.1.3条第1款（应，凭记忆，未核对）" in text
    rule["overridden"] = True
    assert beside not in said(own)


def test_closures_and_states_of_the_roads_are_told(own):
    own["scenarios"]["plan_2025"] |= {
        "close_roads": ["G319", "龙潭路"],
        "speed_factor": 0.6,
        "speed_factors": {"trunk": 0.5},
        "turnout_factor": 1.55,
        "condition": "ice",
    }
    text = said(own)
    row = table(text, "方案说明")
    assert "规划2025 小坝消防站 无 G319、龙潭路 0.6 1.55 路面结冰、国道车速另按0.5倍计" in row
    assert "中断道路G319、龙潭路；车速按0.6倍计；出动时间按1.55倍计；路面结冰" in text
    assert "closes the roads G319, 龙潭路; speeds times 0.6" in said(own, "en")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_was_not_computed_is_left_out_or_told(own, lang):
    known = tiny_results().scenarios[0].figures
    before = list(known).index("area_capacity_km2")
    for scenario in own["scenarios"].values():
        kept = {key: scenario["figures"][key] for key in list(known)[:before]}
        scenario.update({name: [] for name in TABLES}, figures=kept)
        for name, last in FIRST_RELEASE.items():
            scenario[name] = [_up_to(row, last) for row in scenario[name]]
    own |= {"hydrant_gaps": [], "hydrant_proposals": [], "plan_findings": []}
    text = said(own, lang)
    for key in ("no_draws", "no_resilience", "no_plan"):
        assert words(lang)["para"][key] in text
    assert not re.search(r"None(?! of)|\bnan\b", text)
    for name in ("village_targets", "on_the_road", "proposals", "gaps", "seats", "critical_roads"):
        caption = words(lang)["table"][name]["caption"].rpartition("}")[2]
        assert caption not in text, name


def _up_to(row, last):
    """A row as it was before the assessment: its columns up to one, and its note and place."""
    names = list(row)
    kept = names[: names.index(last) + 1]
    return {name: row[name] for name in names if name in kept or name in ("note", "lon", "lat")}

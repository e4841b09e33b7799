"""The report's chapter on where the next stations go, against the tiny study's story."""

from __future__ import annotations

import copy
import re
from dataclasses import replace

import pytest

from firecover.outputs.report.compose import render_report
from firecover.outputs.report.fonts import lettering
from firecover.outputs.report.model import Table
from firecover.outputs.report.reader import Reader, words
from firecover.outputs.report.sites import Sites
from firecover.outputs.report.siting_answers import (
    alternatives,
    annex,
    answers,
    criteria,
    excluded,
    method,
    phasing,
)
from firecover.outputs.report.siting_argument import area, argument
from firecover.outputs.report.siting_chapter import parts
from firecover.outputs.report.siting_chart import gain_chart, rank_chart
from firecover.outputs.report.siting_summary import answers as first_page
from firecover.outputs.results_json import results_to_dict
from support.report_pages import read_page
from support.tiny_results import MARKUP_CANDIDATE, tiny_results

LANGUAGES = ("zh", "en")
#: The study's own site; the generated one by its id, and by its whole name where it comes first.
FIRST, SECOND, SECOND_IN_FULL = "小坝消防站", "c2", f"{MARKUP_CANDIDATE}（c2）"


@pytest.fixture(scope="module")
def tree():
    return results_to_dict(tiny_results())


@pytest.fixture
def own(tree):
    """A tree that may be changed."""
    return copy.deepcopy(tree)


def text_of(blocks):
    """The words of paragraphs and tables, one line each."""
    told = []
    for block in blocks:
        if isinstance(block, Table):
            rows = [block.head, *block.rows]
            told += [" | ".join(_plain(cell) for cell in row) for row in rows]
        elif block is not None:
            told.append(_plain(block.text))
    return "\n".join(told)


def _plain(cell):
    text = getattr(cell, "text", cell)
    return re.sub(r"\s+", " ", read_page(f"<p>{text}</p>").all_text)


def said(tree, part, lang="zh"):
    return text_of(part(Reader(tree, lang)))


def summary(reader):
    """What the first page says of sites."""
    return "\n".join(text for _, text in first_page(reader))


def solution(tree, name):
    return next(row for row in tree["ranking"]["solutions"] if row["id"] == name)


def test_what_the_plans_site_adds_is_told_first(tree):
    lines = said(tree, argument).splitlines()
    # 17 cells of 420 people, and 30 of 144 cells of the town
    assert lines[0] == (
        f"规划站址。{FIRST}（二级普通消防站）在现状基础上单独建设，5分钟内新增可到达人口7,140人、"
        "消防站可到达的城区建成区1.88平方公里，20分钟内可到达的村寨不增加；现有辖区超出面积上限的部分"
        "减少2.00平方公里。按全部指标加权，在2处备选站址中排第1位。"
    )
    # what is nought is not listed
    assert lines[1] == (
        f"其他备选站址。单独建设时名次靠前的依次为：第2位{SECOND_IN_FULL}，"
        "新增人口4,860人，得分0.05，造价1,050万元。"
    )
    assert "Xiaoba fire station (second-class station), built alone" in said(tree, argument, "en")


def test_first_and_second_that_cannot_be_told_apart_are_named_as_a_group(tree):
    text = said(tree, argument)
    assert f"{FIRST}名列第一的概率为93.8%，优于第二名{SECOND}的概率为93.8%" in text
    assert "该概率未达到95%，第一、二名不能区分" in text
    assert f"{FIRST}、{SECOND}（含第一名）之间不能区分" in text
    assert f"规划站址{FIRST}在其中" in text
    first_page = _plain(summary(Reader(tree, "zh")))
    assert f"{FIRST}、{SECOND_IN_FULL}中，没有一处名次领先的概率达到95%" in first_page
    assert "the first and the second cannot be told apart" in said(tree, argument, "en")


def test_a_sure_first_is_told_as_such(own):
    own["ranking"]["figures"] |= {
        "separable": 1,
        "not_separable": "c1",
        "p_first_beats_second": 0.97,
    }
    text = said(own, argument)
    assert "它优于其余每一处站址的概率均不低于95%" in text
    assert "不能区分" not in text
    assert "第一名优于其余每一处站址的概率均不低于95%" in _plain(summary(Reader(own, "zh")))
    assert "尚不能定论" not in _plain(summary(Reader(own, "zh")))


def test_a_first_that_only_a_later_one_equals_is_not_said_to_equal_the_second(own):
    rows = own["ranking"]["candidates"]
    rows.append({**rows[1], "id": "c3", "name": "三号", "name_en": "Three", "rank": 3})
    own["ranking"]["figures"]["not_separable"] = "c1、c3"
    text = said(own, argument)
    assert "第一、二名不能区分" not in text
    assert "不能视为唯一的最佳站址" in text
    assert f"{FIRST}、c3（含第一名）之间不能区分" in text


def test_a_site_that_is_first_more_often_than_the_best_score_is_told(own):
    assert "概率最高" not in said(own, argument)
    first, second = own["ranking"]["candidates"]
    first["p_first"], second["p_first"] = 0.4, 0.6
    assert f"名列第一概率最高的不是得分第一的站址，而是{SECOND}，为60.0%" in said(own, argument)


def test_without_draws_nothing_is_said_to_be_sure(own):
    own["ranking"]["figures"] |= {"p_first_beats_second": None, "separable": None}
    for row in own["ranking"]["candidates"]:
        row |= {"p_first": None, "rank_p05": None, "rank_p95": None}
    own["ranking"]["acceptability"] = []
    assert "名次是否可靠无法判定" in said(own, argument)
    assert rank_chart(Reader(own, "zh"), lettering("zh")) is None
    assert "概率" not in _plain(summary(Reader(own, "zh"))).replace("名列第一的概率未", "")


def test_one_candidate_has_no_order(own):
    del own["ranking"]["candidates"][1]
    assert "只有一处备选站址" in said(own, argument)


def test_the_next_station_is_told_with_its_proof_and_the_next_best(tree):
    text = said(tree, argument)
    assert (
        f"再建1个站，按综合需求（人口40%、城区建成区40%、村寨20%加权）最大覆盖应选{FIRST}（已证明最优）"
        in text
    )
    best, second = (solution(tree, f"mclp-{order}")["objective"] for order in (1, 2))
    assert f"次优为{SECOND}，综合需求覆盖率低{100 * (best - second):.2f}个百分点" in text
    assert f"再建1个站，宜选{FIRST}（已证明最优）" in _plain(summary(Reader(tree, "zh")))


def test_a_first_that_the_model_leaves_out_is_explained(own):
    assert "口径不同" not in said(own, argument)
    first, second = own["ranking"]["candidates"]
    first["rank"], second["rank"] = 2, 1
    own["ranking"]["figures"]["not_separable"] = "c2"
    text = said(own, argument)
    assert f"两者口径不同，名次第一的{SECOND}因此没有入选" in text
    assert f"规划站址{FIRST}不在其中" in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_not_proven_is_never_called_so(own, lang):
    for row in own["ranking"]["solutions"]:
        if row["status"] == "optimal":
            row |= {"status": "feasible", "gap": 0.0123, "bound": row["objective"]}
    told = [said(own, part, lang) for part in (argument, area, answers)]
    told.append(_plain(summary(Reader(own, lang))))
    proven = {"zh": ("已证明", "证明不能更少"), "en": ("proven optimal", "; proven")}[lang]
    text = "\n".join(told).replace("not proven optimal", "")
    assert not [each for each in proven if each in text]
    assert "1.23%" in text
    assert "not proven optimal" in told[0] or "未证明最优" in told[0]


def test_nothing_found_in_the_time_is_told(own):
    for row in own["ranking"]["solutions"]:
        if row["model"] in ("mclp", "area-cap"):
            row |= {"status": "unknown", "chosen": [], "objective": None, "gap": None}
            row |= {"note": "", "population_reached": None}
    text = said(own, argument) + said(own, area)
    assert "按最大覆盖限时内未得出结论" in text
    assert "无论首达归属还是自由分配，限时内未得出结论" in text
    assert "应选" not in text


def test_two_ways_of_giving_area_are_told_apart_where_they_differ(own):
    solution(own, "area-cap-free-most-1")["chosen"] = ["c2"]
    text = said(own, argument)
    assert f"首达归属时，再建1个站应选{FIRST}" in text
    assert f"自由分配时，再建1个站应选{SECOND}" in text
    assert "与最大覆盖的选址不同" in text


def test_the_town_in_one_paragraph_says_why_it_cannot_be_covered(tree):
    paragraphs = area(Reader(tree, "zh"))
    assert len(paragraphs) == 1
    text = text_of(paragraphs)
    assert "尚缺2.00平方公里" in text
    # two cells of a sixteenth of a km² that neither site reaches in time
    assert "无解，因为城区有0.125平方公里任何选址均不能按时到达" in text
    assert f"至少须新增1个站（{FIRST}，已证明不能更少）" in text
    assert "仍有0.12平方公里城区不能按时到达" in text


def test_a_town_that_needs_no_more_stations_is_told(own):
    for assignment in ("first", "free"):
        row = solution(own, f"area-cap-{assignment}-1")
        row |= {"status": "optimal", "objective": 0, "bound": 0, "gap": 0, "chosen": []}
    assert "无论首达归属还是自由分配，不需新增" in said(own, area)


def test_what_the_plan_gives_away_is_told(own):
    assert "即为同样数量下的最优选址，没有损失" in said(own, argument)
    assert f"指定{FIRST}没有代价" in said(own, argument)
    figures = own["ranking"]["figures"]
    figures |= {"plan_best_plan_2025": "c2", "plan_best_demand_plan_2025": 0.75}
    figures |= {"plan_demand_plan_2025": 0.7, "plan_regret_plan_2025": 0.05}
    own["ranking"]["forcing"][0] |= {
        "objective_with": 0.7,
        "objective_without": 0.75,
        "price": 0.05,
        "price_share": 0.0667,
    }
    text = said(own, argument)
    assert f"同样数量下最优选址为{SECOND}，覆盖率75.0%，规划选址少5.00个百分点" in text
    assert "综合需求覆盖率最高70.0%；不指定时最高75.0%，代价为5.00个百分点，占最优值的6.7%" in text


def test_criteria_weights_and_ranks_stand_beside_each_other(tree):
    text = said(tree, criteria)
    assert f"1 | {FIRST} | 7,140 | 1.88 | 0 | 2.00 | 5.5 | 66.7% | 0 | 1,200" in text
    # the second reaches nothing of the town, so that it overlaps with nothing
    assert f"2 | {SECOND_IN_FULL} | 4,860 | 0.00 | 0 | 0.00 | 7.5 | — | 0 | 1,050" in text
    assert "新增覆盖人口 | 大者优 | 30%" in text
    assert "造价 | 小者优 | 5%" in text
    assert "各站址相同，不起作用" in text
    assert re.search(rf"1 \| {FIRST} \| .* \| 93\.8% \| 1～2 \| .* \| 1 \| 1 \| —", text)


def test_many_candidates_are_told_in_part_and_all_in_the_annex(own):
    rows = own["ranking"]["candidates"]
    rows += [{**rows[1], "id": f"x{n}", "name": f"站址{n}", "rank": n} for n in range(3, 14)]
    text = said(own, criteria)
    assert "全部13处见附表" in text
    assert "站址10" in text
    assert "站址11" not in text
    assert "站址13" in said(own, annex)


def test_few_candidates_are_not_told_twice(tree):
    assert annex(Reader(tree, "zh")) == []


def test_answers_stand_with_bound_and_gap(tree):
    text = said(tree, answers)
    row = solution(tree, "pmedian-1")
    assert row["status"] == "feasible"
    found, bound = (f"{row[key] / 60:.1f}分钟" for key in ("objective", "bound"))
    assert f"可行（附差距） | {found} | {bound} | 6.25%" in text
    assert "无解：城区有0.125平方公里任何选址均不能按时到达" in text
    assert "综合需求”由人口（40%）、城区建成区（40%）和村寨（20%）" in text
    assert "面积受限覆盖首达归属、给定站数覆盖最多 | 1 |" in text


def test_what_an_answer_counts_stands_below_the_answers(own):
    row = solution(own, "backup-1")
    row["note"] = "两站可达3.00平方公里 / two reach 3.00 km²"
    part = solution(own, "lscp-reachable-1")["note"].split(" / ")[0]
    for lang, note in (
        ("zh", "“备份覆盖”：两站可达3.00平方公里。"),
        ("en", "“backup cover”: two reach 3.00 km²."),
    ):
        text = said(own, answers, lang)
        assert note in text
        assert part not in text.split(note)[0][-200:]
    row["note"] = ""
    assert "各模型答案的口径" not in said(own, answers)


def test_choices_that_none_beats_are_told_in_part_where_they_are_many(own):
    front = own["ranking"]["pareto"]
    more = {**front[-1], "stations": 2, "chosen": ["c1", "c2"]}
    front += [{**more, "population_reached": 90_000 + n} for n in range(14)]
    text = said(own, alternatives)
    assert f"全部{len(front)}个见附表" in text
    # one station is asked for: choices of two are left to the annex
    assert "90,0" not in text
    assert said(own, annex).count("90,0") == 14
    own["ranking"]["figures"]["pareto_complete"] = 0
    assert "未能穷尽全部组合" in said(own, alternatives)


def test_phasing_tells_the_loss_of_greed_or_why_there_is_none(own):
    text = said(own, phasing)
    assert "每年投资1,100万元" in text
    # both sites are built in the end: 1,200 and 1,050
    assert "按最优顺序共建2处，造价合计2,250万元，末年综合需求覆盖率71.94%" in text
    assert "最优合计 |  | 2处 | 2,250 | 2,250 | 71.94%" in text
    assert "builds 2 sites for CNY 22.5 million" in said(own, phasing, "en")
    loss = own["ranking"]["figures"]["phasing_loss_share"]
    assert f"各年新增覆盖之和，逐年择优比最优顺序少{100 * loss:.1f}%" in text
    assert "求得的顺序已证明最优" in text
    own["ranking"]["figures"] |= {"phasing_loss_share": 0.0, "phasing_status": "feasible"}
    own["ranking"]["figures"]["phasing_gap"] = 0.02
    assert "未证明最优，与理论界相差2.00%" in said(own, phasing)
    assert "没有损失" in said(own, phasing)
    own["ranking"]["figures"]["phasing_status"] = None
    assert "没有给出年度投资" in said(own, phasing)


def test_places_ruled_out_are_counted_by_their_first_reason(own):
    text = said(own, excluded)
    assert "共排除3处" in text
    assert "坡度过大 | 1" in text
    assert "距更优站址过近 | 1" in text
    own["ranking"]["excluded"] = []
    assert "没有排除记录" in said(own, excluded)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_empty_is_left_out_with_a_sentence(own, lang):
    for key in ("solutions", "steps", "pareto", "forcing", "phasing", "excluded"):
        own["ranking"][key] = []
    told = words(lang)["siting"]
    assert told["no_solutions"] in said(own, answers, lang)
    assert told["no_forcing"] in said(own, alternatives, lang)
    assert told["no_pareto"] in said(own, alternatives, lang)
    assert gain_chart(Reader(own, lang), lettering(lang)) is None
    text = said(own, argument, lang) + said(own, area, lang)
    assert "None" not in text


def test_models_are_named_with_their_sources(tree):
    for lang in LANGUAGES:
        text = said(tree, method, lang)
        for name in ("Toregas", "Church & ReVelle", "Hakimi", "Hogan", "Lahdelma", "Hwang"):
            assert name in text
        assert "HiGHS" in text


def test_full_force_cover_tells_its_engines_and_its_time(own):
    own["settings"]["full_force_engines"] = 4
    own["settings"]["siting"]["full_force_min"] = 9.5
    assert "9.5分钟内有4辆到齐的城区建成区最多" in said(own, method)
    assert "4 engines there together within 9.5 minutes" in said(own, method, "en")


def test_charts_are_drawn_the_same_each_time(tree):
    for draw in (rank_chart, gain_chart):
        one, other = (draw(Reader(tree, "en"), lettering("en")) for _ in range(2))
        assert one.html == other.html
        assert one.png == other.png


def test_ranks_beyond_the_last_group_are_drawn_as_one(own):
    rows = own["ranking"]["candidates"]
    rows += [{**rows[1], "id": f"x{n}", "name": f"X{n}", "rank": n} for n in range(3, 14)]
    ids = [row["id"] for row in rows]
    own["ranking"]["acceptability"] = [
        {"id": name, "rank": rank, "p": 1 / len(ids)}
        for name in ids
        for rank in range(1, len(ids) + 1)
    ]
    assert rank_chart(Reader(own, "en"), lettering("en")) is not None


def test_many_names_are_cut_short(own):
    rows = own["ranking"]["candidates"]
    rows += [{**rows[1], "id": f"x{n}", "name": f"站址{n}", "rank": n} for n in range(3, 14)]
    told = _plain(Sites(Reader(own, "zh")).names([row["id"] for row in rows]))
    assert told.endswith("站址8（x8）等")


def test_without_candidates_there_is_no_section(own):
    own["ranking"]["candidates"] = []
    reader = Reader(own, "zh")
    assert list(parts(reader, tiny_results(), lettering("zh"), lambda *_: "")) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_answers_the_whole_report_is_written_too(lang):
    whole = tiny_results()
    empty = {
        name: getattr(whole, name).iloc[:0]
        for name in ("solutions", "siting_steps", "pareto", "forcing", "phasing")
    }
    bare = replace(whole, **empty, rank_acceptability=whole.rank_acceptability.iloc[:0])
    text = read_page(render_report(results_to_dict(bare), bare, lang, lettering(lang))).all_text
    assert words(lang)["siting"]["no_solutions"] in text

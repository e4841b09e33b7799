"""The report's sentences hold together whatever is known: one, none, nothing known, no answer."""

from __future__ import annotations

import copy
import re

import pytest
from markupsafe import Markup

from firecover.outputs.i18n import value_label
from firecover.outputs.report import coverage as report_coverage
from firecover.outputs.report import figures as report_figures
from firecover.outputs.report import siting_chapter as report_siting_chapter
from firecover.outputs.report.compose import report_of
from firecover.outputs.report.fonts import lettering
from firecover.outputs.report.model import Image
from firecover.outputs.report.reader import Reader, words
from firecover.outputs.results_json import results_to_dict
from support.report_cases import (
    CASES,
    labels_of,
    no_candidates,
    no_villages,
    nothing_known,
    nothing_reached,
    nothing_solved,
    one_of_everything,
    one_scenario,
    sentences_of,
    three_scenarios,
)
from support.tiny_results import tiny_results

LANGUAGES = ("zh", "en")
#: What stands in no sentence and no label.
EVERYWHERE = (r"None(?! of)", r"\bnan\b", r"  ", r"\( ?\)", r"（）", r"[{}]")
PLURALS = (
    "stations|villages|sites|hydrants|years|townships|brigades|people|parts|engines|seats|notes"
    "|contradictions|groups"
)
#: What stands in no sentence.
BROKEN = {
    "zh": (
        r"[、，；：（][。，；：、）]",
        r"。{2}",
        r"未知(个|处|人|米|公里|万元|分钟|平方公里|站)",
        r"由未知|占未知|至未知",
        r"(?<![\d.,])0(个|处|支|具)[^。；，]*中的",
        r"到达的0个",
        r" [。，；：、）]|[。，；：、（] ",
    ),
    "en": (
        rf"(?<![\d.,])1 (more )?(new )?(township )?(fire )?(\w+-class )?({PLURALS})\b",
        r"(?<![\d.,])1 (more )?(\w+ )?(station|site|village|person|crew) (are|do|have|see)\b",
        r" [,.;:)]",
        r"(?<!al)[,;:.][,;:.]",
        r"\.[A-Z]|[a-z],[a-z]|\( | \)",
        r"not known (km|minutes|people|villages)|not known%|from not known|to not known",
        r"\b0 (stations|villages|sites|brigades) (more )?(are|is|that)",
    ),
}


@pytest.fixture(scope="module")
def tree():
    return results_to_dict(tiny_results())


@pytest.fixture(autouse=True)
def _no_pictures(monkeypatch):
    """Leave the drawings out: they are looked at elsewhere, and take long."""
    image = Image(Markup("<img>"), b"", 10.0)
    for module, name in (
        (report_figures, "county_map"),
        (report_figures, "town_map"),
        (report_figures, "candidate_map"),
        (report_coverage, "share_chart"),
        (report_siting_chapter, "rank_chart"),
        (report_siting_chapter, "gain_chart"),
    ):
        monkeypatch.setattr(module, name, lambda *_args, **_kwargs: image)


def made(tree, case, lang):
    other = copy.deepcopy(tree)
    case(other)
    return report_of(other, tiny_results(), lang, lettering(lang))


def said(tree, case, lang="zh"):
    return "\n".join(sentences_of(made(tree, case, lang)))


def broken(texts, patterns):
    """What of some texts is broken, with what stands around it."""
    return [
        text[max(found.start() - 40, 0) : found.end() + 20]
        for text in texts
        for pattern in patterns
        if (found := re.search(pattern, text))
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_no_sentence_is_broken(tree, case, lang):
    report = made(tree, case, lang)
    sentences = list(sentences_of(report))
    assert len(sentences) > 20
    assert broken(sentences, (*EVERYWHERE, *BROKEN[lang])) == []
    assert broken(labels_of(report), EVERYWHERE) == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_every_sentence_ends(tree, case, lang):
    stops = {"zh": "。：", "en": ".:?"}[lang]
    for text in sentences_of(made(tree, case, lang)):
        command = text.startswith("firecover run")
        assert command or text[-1] in stops, text


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("zh", "可到达的村寨有、。"),
        ("zh", "由未知平方公里增至3.00平方公里"),
        ("zh", "在0个村寨中的排名"),
        ("zh", "与现状相比：。"),
        ("en", "at least 1 stations are needed"),
        ("en", "it takes 1 more stations"),
        ("en", "compared with today: ."),
        ("en", "falls to not known km²"),
        ("en", "within  5 minutes"),
        ("en", "Cost: None."),
    ],
)
def test_a_broken_sentence_is_seen(lang, text):
    assert broken([text], (*EVERYWHERE, *BROKEN[lang]))


def test_one_is_told_as_one(tree):
    english = said(tree, one_of_everything, "en")
    assert "1 fire station, 1 township brigade, 1 micro station" in english
    assert "so by area alone the least is 1 station." in english
    assert "it ranks no. 1 of 1 site" in english
    assert "With 1 more station, build" in english
    assert "1 new hydrant" in english
    assert "1 person no longer reached within 5 minutes" in english
    assert "1 contradiction." in english


def test_what_is_nought_is_said_and_not_counted(tree):
    chinese = said(tree, nothing_reached)
    assert "4个村寨中，没有一个能在20分钟内等到首支队伍。" in chinese
    assert "任何一处单独建设都不增加时限内的人口、建成区或村寨" in chinese
    assert "没有可参与计算的消防站（队）" in chinese
    assert "主体路网之间不能往返通行" not in chinese
    assert "Of 4 villages, none sees a first crew within 20 minutes." in said(
        tree, nothing_reached, "en"
    )


def test_what_is_not_known_is_said_once_with_its_reason(tree):
    chinese = said(tree, nothing_known)
    assert "城区到场无法判定，因为没有城区建成区资料。" in chinese
    assert "规划2025（新增小坝消防站）与现状的差别无法判定，因为所需数据不全。" in chinese
    assert "造价未知" in chinese
    assert "cost: not known" in said(tree, nothing_known, "en")


def test_without_an_answer_none_is_made_up(tree):
    chinese = said(tree, nothing_solved)
    assert "再建1个站，按最大覆盖无解。" in chinese
    assert "宜选" not in chinese
    assert "应选" not in chinese


def test_without_candidates_or_villages_nothing_is_said_of_them(tree):
    chinese = said(tree, no_candidates)
    assert chinese.count("本研究未提供备选站址，未作比选。") == 2
    assert "下一批站建在哪里" not in chinese
    without = said(tree, no_villages)
    assert "村寨到场无法判定，因为没有村寨点位资料。" in without
    assert "可到达的村寨不增加" not in without


def test_with_one_scenario_there_is_nothing_to_compare(tree):
    report = made(tree, one_scenario, "zh")
    titles = [section.title.striptags() for section in report.sections]
    assert "五、规划方案与现状比较" in titles
    assert "本研究未设现状以外的方案，无可比较。" in "\n".join(sentences_of(report))


def test_several_scenarios_share_a_chapter(tree):
    titles = [section.title.striptags() for section in made(tree, three_scenarios, "zh").sections]
    assert "五、规划方案与现状比较" in titles
    assert "五、规划2025与现状比较" in [
        section.title.striptags() for section in made(tree, lambda _: None, "zh").sections
    ]
    chinese = said(tree, three_scenarios)
    assert "雨天（停用龙潭镇专职消防队；车速按0.8倍计）与现状相比：" in chinese


def test_the_first_page_answers_its_questions_in_their_order(tree):
    report = made(tree, lambda _: None, "zh")
    asked = [words("zh")["question"][key] for key in ("today", "sites", "next", "modelled")]
    page = report.sections[0].blocks
    for block, question in zip(page, asked, strict=False):
        assert block.text.striptags().startswith(question.split("{")[0])
    # the first verdict, how sure it is, and the clause stand in the first answer
    first = page[0].text.striptags()
    verdict = value_label("verdict", "fails", "zh")
    assert (
        f"GB 51080-2015第4.1.3条第1款要求消防队接到出动指令后5分钟内到达辖区边缘，判定：{verdict}。"
        in first
    )
    assert "有九成落在54.2%～91.7%之间，判定不变。" in first


def test_sites_are_named_in_full_once_and_by_their_ids_after(tree):
    sections = made(tree, lambda _: None, "en").sections
    told = next(s for s in sections if s.title.striptags().endswith("The argument"))
    text = " ".join(block.text.striptags() for block in told.blocks if hasattr(block, "text"))
    row = tree["ranking"]["candidates"][1]
    full = str(Markup.escape(row["name_en"])) + " (c2)"
    assert Markup(str(text)).count(Markup(full).unescape()) == 1
    assert text.count("c2") > 2


def test_counts_have_their_words():
    for lang in LANGUAGES:
        reader = Reader({"a": 1, "b": 2, "c": None}, lang)
        for noun, (one, more) in words(lang)["noun"].items():
            assert reader.counted(noun, "a").striptags() == one.format(n=1)
            assert reader.counted(noun, "b").striptags() == more.format(n=2)
    english = Reader({"a": 1, "b": 1000, "c": 0}, "en")
    assert [english.people(key).striptags() for key in "abc"] == [
        "1 person",
        "1,000 people",
        "0 people",
    ]

from __future__ import annotations

import copy
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from firecover.errors import OutputError
from firecover.outputs.report.compose import render_report, write_report
from firecover.outputs.report.fonts import find_cjk_family, lettering
from firecover.outputs.report.reader import words
from firecover.outputs.results_json import results_to_dict
from support.report_pages import read_page
from support.tiny_results import MARKUP_CANDIDATE, MARKUP_VILLAGE, tiny_results

LANGUAGES = ("zh", "en")
CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def tree():
    return results_to_dict(tiny_results())


@pytest.fixture(scope="module")
def html(tree):
    return {lang: render_report(tree, tiny_results(), lang, lettering(lang)) for lang in LANGUAGES}


@pytest.fixture(scope="module")
def pages(html):
    return {lang: read_page(text) for lang, text in html.items()}


def said(tree, lang="zh"):
    """What a changed tree makes the report say; the maps stay those of the tiny study."""
    return read_page(render_report(tree, tiny_results(), lang, lettering(lang))).all_text


def test_both_languages_have_the_same_wording():
    def flat(table, path=()):
        for key, value in table.items():
            if isinstance(value, dict):
                yield from flat(value, (*path, key))
            else:
                yield (*path, key), value

    chinese, english = (dict(flat(words(lang))) for lang in LANGUAGES)
    chinese = {key: text for key, text in chinese.items() if key[0] != "translated"}
    assert chinese.keys() == english.keys()
    for key, text in chinese.items():
        if isinstance(text, list):
            assert len(text) == len(english[key]), key
        else:
            places = (set(re.findall(r"{(\w+)}", told)) for told in (text, english[key]))
            assert next(places) == next(places), key


@pytest.mark.parametrize("lang", LANGUAGES)
def test_names_from_files_are_text_and_nothing_else(pages, lang):
    page = pages[lang]
    assert "script" not in page.tags
    assert not [a for a in page.attributes if a[1].startswith("on")]
    assert MARKUP_CANDIDATE in page.all_text
    assert (MARKUP_VILLAGE if lang == "zh" else "Village v3") in page.all_text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_file_needs_no_other(pages, html, lang):
    outside = [
        value
        for _, name, value in pages[lang].attributes
        if name in ("src", "href", "xlink:href") and not value.startswith(("data:", "#"))
    ]
    assert outside == []
    assert "@import" not in html[lang]
    assert not re.search(r"url\((?!#)", html[lang])


def test_same_inputs_make_the_same_bytes(tree, html, tmp_path):
    path = tmp_path / "report.zh.html"
    write_report(copy.deepcopy(tree), tiny_results(), path, "zh")
    assert path.read_bytes() == html["zh"].encode()


def test_a_report_that_cannot_be_written_is_told(tree, tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        write_report(tree, tiny_results(), tmp_path / "no folder" / "report.zh.html", "zh")


def test_the_summary_says_what_was_worked_out_by_hand(pages):
    chinese = pages["zh"].all_text
    # 7 of 9 km² by the one fire station, which holds 9 km² against a cap of 7
    assert "消防站可到达城区建成区7.00平方公里，占全部9.00平方公里的77.8%" in chinese
    assert "平均每个承担辖区的消防站9.00平方公里" in chinese
    assert "至少需要2个站" in chinese
    # the plan's station takes 3.75 km² of them
    assert "由7.00平方公里增至8.88平方公里，占比由77.8%增至98.6%（+20.8个百分点）" in chinese
    assert "平均每个消防站承担的城区建成区由9.00平方公里降至4.50平方公里" in chinese
    assert "20分钟内可到达的村寨仍为3个" in chinese
    assert "规划站址小坝消防站单独建设，5分钟内新增可到达人口7,140人" in chinese
    assert "在2处备选站址中排第1位，名列第一的概率93.8%。" in chinese
    english = pages["en"].all_text
    assert "fire stations reach 7.00 of 9.00 km² of built-up county town (77.8%)" in english
    assert "rises from 77.8% to 98.6% (+20.8 percentage points)" in english
    assert "The plan's Xiaoba fire station, built alone, newly brings 7,140 people" in english
    assert "it ranks no. 1 of 2 sites, first with probability 93.8%." in english


def test_vehicles_and_what_the_mountains_cost_are_told(pages):
    chinese = pages["zh"].all_text
    assert "未注明车型的按消防车计算" in chinese
    assert "均为建模假设（证据代码A）" in chinese
    assert "消防车双向走遍全网所需时间为同样道路平直时的1.38倍" in chinese
    assert "其中弯道使时间增加25.0%，坡度使时间增加12.5%" in chinese
    assert "百分之九十九的里程坡度不大于10.5%" in chinese
    closed = "消防车不能通行的道路共3.8公里：桥梁限重不足0.2公里、路面过窄3.5公里。"
    assert closed in chinese
    assert "现有资料未载有下列车辆不能通行的道路：轻型消防车。" in chinese
    assert "单行道按规定方向行驶。" in chinese
    table = re.sub(r"\s+", " ", chinese)
    assert "轻型消防车 7 2.1 2.8 A 建模假设 0.0 1.25 18.8% 6.2%" in table
    english = pages["en"].all_text
    assert "the fire engine takes 1.38 times as long as if they were straight and level" in english
    assert "come to 3.8 km: bridge too weak 0.2 km, too narrow 3.5 km." in english


@pytest.mark.parametrize(
    ("changed", "zh", "en"),
    [
        ({"turn_costs": False}, "转弯、信号灯和道闸等不计时间", "gates take no time"),
        ({"ignore_restrictions": True}, "不受禁止转向限制", "forbidden turns do not bind"),
        ({"ignore_oneway": True}, "可逆向驶入单行道", "may go against one-way roads"),
        ({"contraflow_m": 80.0}, "可逆行至多80米", "at most 80 m on the road"),
        ({"use_maxspeed": False}, "道路限速按本研究设定不计", "posted limits do not bind"),
        ({"speed_kmh": {"trunk": 45.0}}, "国道45公里／小时", "national road 45 km/h"),
        ({"vehicle": "motorcycle"}, "按消防摩托车计算", "with the fire motorcycle"),
    ],
)
def test_options_of_travel_are_told_as_set(tree, changed, zh, en):
    other = copy.deepcopy(tree)
    assert zh not in said(other)
    assert en not in said(other, "en")
    other["settings"] |= changed
    assert zh in said(other)
    assert en in said(other, "en")


def test_without_a_terrain_grades_are_not_claimed(tree):
    level = copy.deepcopy(tree)
    for vehicle in level["network"]["vehicles"]:
        vehicle |= {"grade_p99": None, "grade_lost_share": 0.0, "grade_share": 0.0}
    assert "坡度未计" in said(level)
    assert "里程坡度不大于" not in said(level)
    assert "Grades are not counted" in said(level, "en")


def test_a_road_class_that_is_closed_throughout_is_listed(tree):
    closed = copy.deepcopy(tree)
    del closed["network"]["speed_kmh"]["unclassified"]
    assert re.search(r"村道\s+不能通行\s+4\.5", said(closed))


def test_the_cover_says_which_layers_are_modelled(pages):
    text = pages["zh"].all_text
    assert "内部资料，注意保管" in text
    assert "模拟：市政消火栓、村寨、人口分布" in text
    assert "internal, keep safe" in pages["en"].all_text


def test_unverified_rules_are_marked(pages):
    text = pages["zh"].all_text
    assert "GB 50974-2014第7.2节（应，未核实）" in text
    assert "GB 51080-2015第4.1.3条第1款（应）" in text
    assert "仅见二手资料，未核实" in text


def test_what_is_not_known_is_never_blank_or_nought(pages):
    text = re.sub(r"\s+", " ", pages["zh"].all_text)
    assert "两罾乡 未知 未知 未知 未知 未知 未知" in text
    assert "高山村 钟多街道 无法到达" in text


def test_without_data_it_cannot_be_said_and_the_reason_is_given(tree):
    bare = copy.deepcopy(tree)
    for scenario in bare["scenarios"].values():
        figures = scenario["figures"]
        figures |= dict.fromkeys(figures.keys() & {"hydrants", "villages", "hydrants_working"}, 0)
        figures |= {"urban_km2": 0.0, "urban_reached_share": None, "area_per_station_km2": None}
        figures |= {"hydrants_working_share": None, "hydrant_radius_share": None}
        scenario["jurisdictions"], scenario["villages"], scenario["built_up"] = [], [], []
    bare["ranking"]["candidates"] = []
    text = said(bare)
    assert "无法判定：因为没有城区建成区资料" in text
    assert "城区到场无法判定，因为没有城区建成区资料。" in text
    assert "辖区面积无法判定，因为没有城区建成区资料。" in text
    assert "村寨到场无法判定，因为没有村寨点位资料。" in text
    assert "无法判定：因为没有消火栓资料" in text
    assert "本研究未提供备选站址，未作比选。" in text
    assert "cannot be judged, because there are no data on villages." in said(bare, "en")


def test_nothing_known_at_all_is_told_without_a_figure(tree):
    blank = copy.deepcopy(tree)
    for scenario in blank["scenarios"].values():
        scenario["figures"] = dict.fromkeys(scenario["figures"])
    text = said(blank)
    assert "None" not in text
    assert "nan" not in text


@pytest.mark.parametrize(("working", "verdict"), [(9800, "达标"), (9799, "不达标")])
def test_a_share_that_rounds_to_its_target_is_not_taken_for_it(tree, working, verdict):
    close = copy.deepcopy(tree)
    for scenario in close["scenarios"].values():
        share = {"hydrants": 10_000, "hydrants_working": working, "hydrants_working_share": 0.98}
        # the verdict as worked out by the counts, where the results give none
        scenario["figures"] |= share | {"hydrants_working_verdict": None}
    text = re.sub(r"\s+", "", said(close))
    assert f"规划目标{verdict}：{working:,}／10,000具" in text


def test_ties_are_told(tree):
    tied = copy.deepcopy(tree)
    first, second = tied["ranking"]["candidates"]
    second |= {key: first[key] for key in first if key.endswith(("gain", "gain_km2", "rank"))}
    first["tied"] = second["tied"] = True
    text = said(tied)
    assert "小坝消防站、c2得分相同，并列第一" in text
    assert "share the first place" in said(tied, "en")


def test_candidates_that_add_nothing_are_told(tree):
    none = copy.deepcopy(tree)
    for row in none["ranking"]["candidates"]:
        row |= {"population_gain": 0, "built_up_gain_km2": 0, "villages_gain": 0, "rank": 1}
    assert "任何一处单独建设都不增加" in said(none)


def test_a_scenario_of_other_speeds_is_told(tree):
    slow = copy.deepcopy(tree)
    slow["scenarios"]["plan_2025"] |= {"speed_factor": 0.8, "open": [], "close": ["s2"]}
    assert "停用龙潭镇专职消防队；车速按0.8倍计" in said(slow)
    assert "closes Longtan township squad; speeds times 0.8" in said(slow, "en")


def test_many_scenarios_are_set_in_several_tables(tree):
    many = copy.deepcopy(tree)
    plan = many["scenarios"].pop("plan_2025")
    names = [f"s{i}" for i in range(5)]
    many["scenario_ids"] = ["baseline", *names]
    many["scenarios"] |= {name: copy.deepcopy(plan) for name in names}
    for name in names:
        many["scenarios"][name]["title"] = {"zh": f"方案{name}", "en": f"scenario {name}"}
    text = render_report(many, tiny_results(), "zh", lettering("zh"))
    assert read_page(text).all_text.count("判定结果（达标") == 2
    assert all(f"方案{name}" in read_page(text).all_text for name in names)


def test_without_a_chinese_font_figures_are_lettered_in_english_and_told(tree):
    letters = lettering("zh", ("No Such Font",))
    assert letters.lang == "en"
    text = read_page(render_report(tree, tiny_results(), "zh", letters)).all_text
    assert "本机未安装可绘制中文的字体" in text
    assert "Noto Sans CJK SC" in text


@pytest.mark.skipif(find_cjk_family() is None, reason="no font here can draw Chinese")
def test_with_a_chinese_font_nothing_is_told_of_fonts(pages):
    assert "未安装" not in pages["zh"].all_text


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_prints_and_nothing_is_wider_than_the_page(html, tmp_path: Path, lang):
    # as wide as A4 within the margins, at 96 dots an inch
    probe = """<script>
    document.body.style.width = '658px';
    document.querySelector('main').style.padding = 0;
    const wide = [...document.querySelectorAll('table, figure, p, h1, h2')]
      .filter(e => e.scrollWidth > 659).map(e => e.className || e.tagName);
    document.body.setAttribute('data-wide', JSON.stringify(wide));
    </script></body>"""
    file = tmp_path / "probe.html"
    file.write_text(html[lang].replace("</body>", probe), encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/c"]
    dom = subprocess.run(
        [CHROMIUM, *options, "--dump-dom", file.as_uri()],
        capture_output=True,
        check=True,
        timeout=120,
        text=True,
    ).stdout
    assert 'data-wide="[]"' in dom
    pdf = tmp_path / "report.pdf"
    subprocess.run(
        [CHROMIUM, *options, f"--print-to-pdf={pdf}", file.as_uri()],
        capture_output=True,
        check=True,
        timeout=120,
    )
    assert pdf.read_bytes().startswith(b"%PDF")
    # A4 in points
    assert re.search(rb"/MediaBox\s*\[0 0 59[45][.\d]* 84[12]", pdf.read_bytes())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_study_of_the_bare_minimum_has_a_report_too(lang):
    whole = tiny_results()
    tables = ("candidates", "jurisdictions", "built_up", "villages", "hydrants", "water")
    bare = replace(whole, **{name: getattr(whole, name).iloc[:0] for name in tables})
    kept = tuple(layer for layer in whole.layers if layer.name not in tables)
    bare = replace(bare, layers=kept, quality=(), unknowns=())
    text = read_page(render_report(results_to_dict(bare), bare, lang, lettering(lang))).all_text
    assert words(lang)["para"]["no_quality"] in text
    assert words(lang)["sentence"]["no_candidates"] in text

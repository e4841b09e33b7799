"""Every number in the report comes from results.json; no other source is let through."""

from __future__ import annotations

import copy
import hashlib
import re

import pytest

from firecover.outputs.manifest import versions
from firecover.outputs.report.compose import render_report
from firecover.outputs.report.fonts import lettering
from firecover.outputs.report.headings import chinese_number, letter, roman_number
from firecover.outputs.report.reader import words
from firecover.outputs.results_json import results_to_dict
from firecover.standards import load_rules, rule_packs
from support.report_pages import at_pointer, read_page, rows_where
from support.tiny_results import tiny_results

LANGUAGES = ("zh", "en")
#: What a figure is multiplied by before it is shown; written down here a second time.
SCALE = {
    "share": 100,
    "plain_share": 100,
    "points": 100,
    "fine_share": 100,
    "fine_points": 100,
    "min": 1 / 60,
    "plain_min": 1 / 60,
    "m_as_km": 1 / 1000,
    "tenthousand": 1 / 10_000,
    "hectares": 100,
    "million": 1 / 100,
}
#: What says how a figure comes from its place, where it does not stand there itself.
HOW = ("minus", "of", "where")
#: Where the figures and texts of each chapter stand in results.json.
CHAPTERS = {
    "summary": ("/scenarios/baseline/figures", "/scenarios/plan_2025/figures", "/ranking"),
    "data": ("/data", "/quality"),
    "method": ("/network", "/settings", "/rules"),
    "today": ("/scenarios/baseline/county_bands", "/scenarios/baseline/jurisdictions"),
    "scenario": ("/scenarios/plan_2025/figures", "/scenarios/plan_2025/jurisdictions"),
    "townships": ("/scenarios/baseline/townships", "/scenarios/baseline/figures"),
    "villages": ("/scenarios/baseline/village_targets", "/scenarios/baseline/figures/villages"),
    "hydrants": ("/scenarios/baseline/figures/hydrants",),
    "resilience": ("/scenarios/baseline/station_outages", "/scenarios/baseline/critical_roads"),
    "ranking": ("/ranking/candidates", "/ranking/solutions", "/ranking/phasing"),
    "plan": ("/plan_findings",),
    "unknowns": ("/not_known",),
    "rerun": ("/data/0/sha256",),
    "annex": ("/scenarios/baseline/villages", "/scenarios/baseline/townships"),
}
#: Shares that the wording tells in words, and the figures' names that they stand for.
IN_WORDS = {
    "zh": {"有九成落在": "_p05", "最高各半成": "_p05", "百分之九十九的里程": "grade_p99"},
    "en": {"nine in ten": "_p05", "twentieth": "_p05", "ninety-nine percent": "grade_p99"},
}


@pytest.fixture(scope="module")
def tree():
    return results_to_dict(tiny_results())


@pytest.fixture(scope="module")
def html(tree):
    return {lang: render_report(tree, tiny_results(), lang, lettering(lang)) for lang in LANGUAGES}


@pytest.fixture(scope="module")
def pages(html):
    return {lang: read_page(text) for lang, text in html.items()}


def chapters_of(html):
    """The chapters of a page, each with the text of its title before it."""
    told = re.split(r"<h2 ", html.split("<main>", 1)[1])[1:]
    return [(read_page(f"<h2 {each.split('</h2>')[0]}</h2>").all_text, each) for each in told]


def expected_value(tree, mark):
    raw = at_pointer(tree, mark.key)
    how = mark.attributes
    if how.get("data-of") == "items":
        return len(rows_where(raw, how.get("data-where", "")))
    if "data-minus" in how:
        return raw - at_pointer(tree, how["data-minus"])
    return raw


def is_shown_rightly(tree, mark, lang):
    """Whether a figure is the one at its place, rounded to the digits it is shown with."""
    raw = expected_value(tree, mark)
    if raw is None:
        return (mark.attributes["value"], mark.text) == ("", words(lang)["words"]["not_known"])
    if abs(float(mark.attributes["value"]) - raw) > 1e-12 * max(1.0, abs(raw)):
        return False
    digits = mark.text.strip("%<>").replace(",", "")
    decimals = len(digits.partition(".")[2])
    scaled = raw * SCALE.get(mark.attributes["data-style"], 1)
    if mark.text[0] == "<":
        return 0 < scaled < float(digits)
    if mark.text[0] == ">":
        return float(digits) < scaled < 100
    return abs(float(digits) - scaled) <= 0.5 * 10**-decimals + 1e-9


def loose_digits(page):
    """The own words of a page that hold a digit, clauses of the rules taken out."""
    clauses = {rule.clause for pack in rule_packs() for rule in load_rules(pack).values()}
    translated = words("zh")["translated"]
    known = {translated.get(clause, clause) for clause in clauses} | clauses
    known |= {name.upper().replace("SHA", "SHA-") for name in hashlib.algorithms_guaranteed}
    allowed = re.compile("|".join(re.escape(each) for each in sorted(known, key=len)[::-1]))
    return [text for text in page.words if re.search(r"\d", allowed.sub("", text))]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_figure_is_the_results_rounded(tree, pages, lang):
    figures = pages[lang].figures
    assert len(figures) > 200
    assert [mark for mark in figures if not is_shown_rightly(tree, mark, lang)] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_figures_follow_when_the_results_change(tree, lang):
    other = copy.deepcopy(tree)

    def moved(value):
        return value * 1.0137 if isinstance(value, float) else value

    for scenario in other["scenarios"].values():
        scenario["figures"] = {key: moved(value) for key, value in scenario["figures"].items()}
        for table in ("jurisdictions", "built_up", "townships", "villages", "county_bands"):
            scenario[table] = [
                {key: moved(value) for key, value in row.items()} for row in scenario[table]
            ]
    for rule in other["rules"]:
        rule["value"] = moved(rule["value"])
    page = read_page(render_report(other, tiny_results(), lang, lettering(lang)))
    assert [mark for mark in page.figures if not is_shown_rightly(other, mark, lang)] == []
    assert [mark for mark in page.figures if not is_shown_rightly(tree, mark, lang)]
    assert loose_digits(page) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_chapter_tells_what_is_its_own(html, lang):
    chapters = chapters_of(html[lang])
    titles = words(lang)["section"]
    for key, prefixes in CHAPTERS.items():
        title = titles[key].format(scenario="").strip(" ")
        body = "".join(text for told, text in chapters if title in told)
        page = read_page(f"<h2 {body}")
        keys = [mark.key for mark in (*page.figures, *page.texts)]
        for prefix in prefixes:
            assert [each for each in keys if each.startswith(prefix)], (key, prefix)
        assert loose_digits(page) == [], key


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_figure_stands_unmarked(pages, lang):
    assert loose_digits(pages[lang]) == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "forged",
    [
        "<p>5 minutes</p>",
        "<p>within <b>12.5</b> km</p>",
        "<td>GB 51080-2015 4.1.9</td>",
        "<td>SHA-999</td>",
        "<p>in 2031</p>",
    ],
)
def test_a_number_of_no_source_is_found(html, lang, forged):
    page = read_page(html[lang].replace("</main>", forged + "</main>"))
    assert len(loose_digits(page)) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (
            r'(<data value=")[^"]+(" data-key="/scenarios/baseline/figures/urban_km2")',
            r"\g<1>9.5\2",
        ),
        (r'(/figures/urban_km2" data-style="km2">)9\.00', r"\g<1>9.01"),
        (r"/figures/urban_reached_km2", "/figures/urban_km2"),
    ],
)
def test_a_figure_that_is_not_the_results_is_found(tree, html, lang, was, becomes):
    forged = re.sub(was, becomes, html[lang], count=1)
    assert forged != html[lang]
    page = read_page(forged)
    assert [mark for mark in page.figures if not is_shown_rightly(tree, mark, lang)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_numbers_outside_figures_are_what_they_are_marked_as(tree, html, lang):
    # tables and pictures count from one without a gap
    kinds = (words(lang)["document"][kind].split("{")[0] for kind in ("table", "figure"))
    for kind in kinds:
        found = re.findall(rf'{kind}<span class="number">(\d+)</span>', html[lang])
        assert [int(n) for n in found] == list(range(1, len(found) + 1))
        assert len(found) > 5
    # citations are those of the wording, and hold no figure
    cited = re.findall(r"<cite>(.*?)</cite>", html[lang])
    told = " ".join(str(text) for text in words(lang)["siting"].values())
    assert cited
    assert all(f"<cite>{each}</cite>" in told for each in cited)
    # code is the name of a number that a finding works out, or the software's own versions
    names = {name for row in tree["plan_findings"] for name in row["recomputed"]}
    code = re.findall(r'<span class="code">(.*?)</span>', html[lang])
    assert code
    software = {text for pair in versions().items() for text in pair}
    assert set(code) <= names | software


@pytest.mark.parametrize("lang", LANGUAGES)
def test_shares_told_in_words_are_those_of_the_figures_they_are_told_with(tree, pages, lang):
    named = set(tree["scenarios"]["baseline"]["figures"]) | set(tree["network"]["vehicles"][0])
    for told, name in IN_WORDS[lang].items():
        assert told in pages[lang].all_text
        assert any(name in key for key in named)
    words_of_shares = {
        "zh": r"[一二三四五六七八九半]成(?!员|立|本)|百分之",
        "en": r"\bpercent\b|\bin ten\b",
    }
    text = "".join(pages[lang].words)
    for told in IN_WORDS[lang]:
        text = text.replace(told, "")
    rest = re.sub("最低、|percentage", "", text)
    assert re.findall(words_of_shares[lang], rest) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_marked_texts_are_those_of_the_results(tree, pages, lang):
    translated = words(lang)["translated"]
    for mark in pages[lang].texts:
        raw = str(at_pointer(tree, mark.key))
        assert mark.text in (raw, translated.get(raw), *re.split(r"\s*/\s", raw)), mark


@pytest.mark.parametrize("pack", rule_packs())
def test_clauses_and_sources_are_told_in_chinese_with_the_same_numbers(pack):
    translated = words("zh")["translated"]
    for rule in load_rules(pack).values():
        for text in (rule.clause, rule.source):
            told = translated.get(text, text)
            if re.search(r"[a-z]{3}", text):
                assert re.search(r"[\u4e00-\u9fff]", told), text
            for number in range(1, 100):
                told = re.sub(f"第{chinese_number(number)}(条|章|节)", rf"第{number}\1", told)
            assert sorted(re.findall(r"\d+", told)) == sorted(re.findall(r"\d+", text)), text


def test_both_languages_show_the_same_figures(pages):
    shown = {
        lang: sorted(
            (m.key, *(m.attributes.get(f"data-{name}", "") for name in HOW), m.attributes["value"])
            for m in pages[lang].figures
        )
        for lang in LANGUAGES
    }
    assert shown["zh"] == shown["en"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_same_figure_is_always_rounded_the_same(pages, lang):
    # in sentences: tables may show more digits, people are told by the ten thousand there
    seen = {}
    for mark in pages[lang].figures:
        if mark.attributes["data-style"] in ("km2", "share", "min") and not mark.attributes.get(
            "data-minus"
        ):
            decimals = len(mark.text.strip("%<>").partition(".")[2])
            seen.setdefault(mark.key, set()).add(decimals)
    assert {key: found for key, found in seen.items() if len(found) > 1} == {}


def test_chapters_are_numbered_as_each_language_does():
    assert [chinese_number(n) for n in (1, 9, 10, 11, 20, 21)] == [
        "一",
        "九",
        "十",
        "十一",
        "二十",
        "二十一",
    ]
    assert [roman_number(n) for n in (1, 4, 9, 14, 39)] == ["I", "IV", "IX", "XIV", "XXXIX"]
    assert [letter(n) for n in (1, 26, 27, 52, 53)] == ["A", "Z", "AA", "AZ", "BA"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_chapters_count_on_without_a_gap(html, lang):
    titles = [title.strip() for title, _ in chapters_of(html[lang])][:-1]
    number = chinese_number if lang == "zh" else roman_number
    ends = "、" if lang == "zh" else ". "
    told = [title for title in titles if ends in title]
    assert [title.split(ends)[0] for title in told] == [number(n) for n in range(1, 14)]

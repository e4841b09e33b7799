from __future__ import annotations

import copy
import re

import docx
import openpyxl
import pytest

from firecover.outputs.report.compose import render_page, report_of
from firecover.outputs.report.docx_file import write_docx
from firecover.outputs.report.fonts import lettering
from firecover.outputs.report.html_file import columns_of, css_text
from firecover.outputs.report.model import Picture
from firecover.outputs.report.xlsx_file import write_xlsx
from firecover.outputs.results_json import results_to_dict
from support.report_documents import body, paragraphs, text_of
from support.report_pages import read_page
from support.tiny_results import tiny_results

LANGUAGES = ("zh", "en")
APPROVAL = "GS(2026)1234号 <img src=x onerror=alert(1)>"
CREDITS = [
    {
        "zh": "© 甲方<b>贡献者</b>",
        "en": "© A <b>contributors</b>",
        "href": "https://a.example/?q=1&r",
    },
    {"zh": "=乙", "en": "=B", "href": ""},
]
HANDLING = '内部资料 "}</style><script>alert(1)</script>\\'


@pytest.fixture(scope="module")
def tree():
    told = results_to_dict(tiny_results())
    told["study"]["map_approval"] = APPROVAL
    told["study"]["handling"] = {"zh": HANDLING, "en": HANDLING}
    told["credits"] = CREDITS
    return told


@pytest.fixture(scope="module")
def reports(tree):
    return {lang: report_of(tree, tiny_results(), lang, lettering(lang)) for lang in LANGUAGES}


@pytest.fixture(scope="module")
def pages(reports):
    return {lang: render_page(reports[lang]) for lang in LANGUAGES}


def _maps(report):
    return [
        block
        for section in report.sections
        for block in section.blocks
        if isinstance(block, Picture) and block.image.is_map
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_names_approval_and_credits_on_its_first_sheet(pages, lang):
    head = re.search(r"(?s)<header>.*?</header>", pages[lang])[0]
    said = read_page(head).all_text
    assert APPROVAL in said
    for credit in CREDITS:
        assert credit[lang] in said
        assert credit["href"] in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_below_every_map_stand_approval_and_credits(reports, lang):
    maps = _maps(reports[lang])
    assert len(maps) >= 3
    for picture in maps:
        note = picture.note.striptags()
        assert APPROVAL in read_page(str(picture.note)).all_text
        assert CREDITS[0]["href"] not in note
        for credit in CREDITS:
            assert credit[lang] in read_page(str(picture.note)).all_text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_of_them_becomes_markup(pages, lang):
    page = read_page(pages[lang])
    assert "script" not in page.tags
    assert not [a for a in page.attributes if a[1].startswith("on")]
    assert "<b>" in page.all_text
    style = re.search(r"(?s)<style>.*?</style>", pages[lang])[0]
    assert "script" not in style.replace(css_text(HANDLING), "")
    assert style.count(css_text(HANDLING)) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_document_names_them_on_its_first_page_and_below_maps(reports, tmp_path, lang):
    write_docx(reports[lang], tmp_path / "a.docx")
    made = docx.Document(str(tmp_path / "a.docx"))
    first = [text_of(p) for p in paragraphs(made, "Handling", "Credits")]
    asked = re.sub(r"\s", "", APPROVAL)
    assert asked in first[1]
    for credit in CREDITS:
        assert re.sub(r"\s", "", credit[lang]) in first[2]
        assert credit["href"] in first[2]
    captions = [text_of(p) for p in paragraphs(made, "Caption")]
    assert sum(asked in text for text in captions) == len(_maps(reports[lang]))
    # before the summary's heading
    order = [p.tag for p in body(made)]
    at = list(body(made)).index(paragraphs(made, "Credits")[0])
    assert at < list(body(made)).index(paragraphs(made, "Heading1")[0]) < len(order)


def test_the_annex_names_them_on_its_first_sheet(tree, tmp_path):
    write_xlsx(tree, tmp_path / "a.xlsx", "zh")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    told = {row[0].value: row[1] for row in sheet.iter_rows()}
    assert told["审图号"].value == APPROVAL
    assert told["数据署名"].value == f"{CREDITS[0]['zh']} {CREDITS[0]['href']}\n{CREDITS[1]['zh']}"
    assert {cell.data_type for cell in told.values() if cell.value is not None} == {"s"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_them_there_is_no_line(tree, lang):
    bare = copy.deepcopy(tree)
    bare["study"]["map_approval"] = None
    bare["credits"] = []
    report = report_of(bare, tiny_results(), lang, lettering(lang))
    assert report.approval == report.credits == ""
    assert 'class="credits"' not in render_page(report)
    assert all("<br>" not in picture.note for picture in _maps(report))


def test_a_text_of_a_style_sheet_holds_no_sign_that_ends_it():
    made = css_text('甲1"}</style>\n\\\0')
    assert made == '"甲1\\22 \\7d \\3c \\2f style\\3e \\a \\5c "'
    assert str(css_text("")) == '""'


@pytest.mark.parametrize("lang", LANGUAGES)
def test_contents_link_to_every_heading(reports, pages, lang):
    page = read_page(pages[lang])
    links = [value for _, name, value in page.attributes if name == "href" and value[0] == "#"]
    ids = [f"#{value}" for tag, name, value in page.attributes if name == "id" and tag[0] == "h"]
    assert links == ids
    assert len(links) == len(reports[lang].sections)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_columns_of_the_page_share_all_of_the_table(reports, lang):
    tables = [b for s in reports[lang].sections for b in s.blocks if hasattr(b, "head")]
    for table in tables:
        columns = columns_of(table)
        assert len(columns.shares) == len(table.head)
        assert sum(columns.shares) == pytest.approx(100, abs=0.2)
        assert 0 < columns.width <= 100

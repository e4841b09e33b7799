from __future__ import annotations

import copy
import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace

import docx
import numpy as np
import pytest
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from PIL import Image

from firecover.errors import OutputError
from firecover.outputs.report.compose import render_page, report_of
from firecover.outputs.report.docx_file import document_of, write_docx
from firecover.outputs.report.docx_parts import Look, content_of
from firecover.outputs.report.docx_tables import lay_out
from firecover.outputs.report.docx_widths import (
    LANDSCAPE_MM,
    PORTRAIT_MM,
    Asked,
    column_widths,
    extent,
)
from firecover.outputs.report.fonts import find_cjk_family, lettering
from firecover.outputs.report.model import Picture, Section, Table
from firecover.outputs.report.runs import Run, runs_of
from firecover.outputs.results_json import results_to_dict
from support.report_documents import (
    body,
    fields,
    paragraphs,
    printed_pages,
    style_of,
    styled,
    text_of,
    within,
)
from support.report_pages import at_pointer, read_page
from support.tiny_results import MARKUP_CANDIDATE, MARKUP_VILLAGE, tiny_results

LANGUAGES = ("zh", "en")
OFFICE = shutil.which("soffice")
SCALE = {"share": 100, "min": 1 / 60, "plain_min": 1 / 60, "m_as_km": 1e-3, "tenthousand": 1e-4}
#: What says that a figure does not stand at its place itself.
HOW = ("data-minus", "data-of")
HEAD_PT, FOOT_PT = 45, 45
TWIPS_PER_MM = 1440 / 25.4
A4 = {"w": "11906", "h": "16838", "orient": "portrait"}


@pytest.fixture(scope="module")
def tree():
    return results_to_dict(tiny_results())


@pytest.fixture(scope="module")
def reports(tree):
    return {lang: report_of(tree, tiny_results(), lang, lettering(lang)) for lang in LANGUAGES}


@pytest.fixture(scope="module")
def pages(reports):
    return {lang: read_page(render_page(reports[lang])) for lang in LANGUAGES}


@pytest.fixture(scope="module")
def files(reports, tmp_path_factory):
    folder = tmp_path_factory.mktemp("documents")
    for lang in LANGUAGES:
        write_docx(reports[lang], folder / f"report.{lang}.docx")
    return folder


@pytest.fixture(scope="module")
def documents(files):
    return {lang: docx.Document(str(files / f"report.{lang}.docx")) for lang in LANGUAGES}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_page_and_document_show_the_same_figures_one_by_one(pages, documents, lang):
    shown = styled(documents[lang], "ResultFigure")
    assert len(shown) > 200
    assert shown == [mark.text for mark in pages[lang].figures]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_figures_are_the_results_rounded(tree, pages, documents, lang):
    checked = 0
    shown = styled(documents[lang], "ResultFigure")
    for mark, text in zip(pages[lang].figures, shown, strict=True):
        raw = None if any(name in mark.attributes for name in HOW) else at_pointer(tree, mark.key)
        style = mark.attributes["data-style"]
        digits = text.strip("%").replace(",", "")
        if raw is None or text[0] in "<>" or style not in (*SCALE, "count", "km2", "km", "m"):
            continue
        decimals = len(digits.partition(".")[2])
        assert abs(float(digits) - raw * SCALE.get(style, 1)) <= 0.5 * 10**-decimals + 1e-9, mark
        checked += 1
    assert checked > 150


def without_contents(report):
    return read_page(re.sub(r"(?s)<nav>.*?</nav>", "", render_page(report)))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_page_and_document_say_the_same_from_title_to_annex(reports, documents, lang):
    page = re.sub(r"\s", "", without_contents(reports[lang]).all_text)
    assert page.endswith(text_of(body(documents[lang])))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_texts_of_the_results_are_marked(reports, documents, lang):
    asked = "".join(mark.text for mark in without_contents(reports[lang]).texts)
    told = "".join(styled(documents[lang], "ResultText"))
    assert re.sub(r"\s", "", told) == re.sub(r"\s", "", asked) != ""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_captions_count_in_fields_as_the_page_does(reports, documents, lang):
    blocks = [block for section in reports[lang].sections for block in section.blocks]
    for word, kind in (
        (("表", Table), ("图", Picture))
        if lang == "zh"
        else (
            ("Table", Table),
            ("Figure", Picture),
        )
    ):
        asked = [block.number for block in blocks if isinstance(block, kind)]
        told = [shown for code, shown in fields(body(documents[lang])) if f"SEQ {word} " in code]
        assert told == [str(number) for number in asked] == [str(i + 1) for i in range(len(asked))]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_headings_are_headings_and_the_contents_show_them(reports, documents, lang):
    headings = paragraphs(documents[lang], "Heading1", "Heading2")
    asked = [(f"Heading{s.level}", s.title.striptags()) for s in reports[lang].sections]
    said = ["".join(t.text for t in p.iter(qn("w:t"))) for p in headings]
    assert [(style_of(p), text) for p, text in zip(headings, said, strict=True)] == asked
    entries = paragraphs(documents[lang], "TOC1", "TOC2")
    assert ["".join(t.text for t in p.iter(qn("w:t"))) for p in entries] == said
    marks = {m.get(qn("w:name")) for m in body(documents[lang]).iter(qn("w:bookmarkStart"))}
    links = [a.get(qn("w:anchor")) for a in body(documents[lang]).iter(qn("w:hyperlink"))]
    assert set(links) == marks
    assert len(links) == len(headings)
    contents = next(body(documents[lang]).iter(qn("w:sdt")))
    # no number is stored: only a program that sets pages knows it
    assert fields(contents) == [(f"PAGEREF {link} \\h", "") for link in links]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_tables_keep_their_captions_heads_and_rows(reports, documents, lang):
    tables = list(body(documents[lang]).iterchildren(qn("w:tbl")))[1:]
    blocks = [block for section in reports[lang].sections for block in section.blocks]
    assert len(tables) == sum(isinstance(block, Table) for block in blocks)
    for table in tables:
        caption = table.getprevious()
        assert style_of(caption) == "Caption"
        assert caption.find(f"{qn('w:pPr')}/{qn('w:keepNext')}") is not None
        rows = list(table.iter(qn("w:tr")))
        assert all(row.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None for row in rows)
        heads = [row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for row in rows]
        assert heads == [True] + [False] * (len(rows) - 1)
        assert all(
            p.find(f"{qn('w:pPr')}/{qn('w:keepNext')}") is not None for p in rows[0].iter(qn("w:p"))
        )
        columns = [int(c.get(qn("w:w"))) for c in table.iter(qn("w:gridCol"))]
        assert sum(columns) <= LANDSCAPE_MM * TWIPS_PER_MM + len(columns)
        for row in rows:
            spans = [int(s.get(qn("w:val"))) for s in row.iter(qn("w:gridSpan"))]
            cells = len(list(row.iter(qn("w:tc"))))
            assert cells - len(spans) + sum(spans) == len(columns)


def test_east_asian_fonts_are_set_in_styles_and_have_substitutes(documents, files):
    for lang, east in (("zh", "SimSun"), ("en", "SimHei")):
        styles = documents[lang].styles.element
        default = styles.find(f"{qn('w:docDefaults')}//{qn('w:rFonts')}")
        assert default.get(qn("w:eastAsia")) == east
        for fonts in styles.iter(qn("w:rFonts")):
            assert fonts.get(qn("w:eastAsia")) in ("SimSun", "SimHei")
    table = zipfile.ZipFile(files / "report.zh.docx").read("word/fontTable.xml").decode()
    assert "黑体,Noto Sans CJK SC" in table
    assert "宋体" in table
    hinted = body(documents["zh"]).xpath('.//w:rFonts[@w:hint="eastAsia"]')
    assert len(hinted) > 500


def test_the_handling_line_heads_every_page_and_pages_are_numbered(documents):
    section = documents["zh"].sections[0]
    assert "内部资料，注意保管" in section.header.paragraphs[0].text
    first = paragraphs(documents["zh"], "Handling")
    assert text_of(first[0]) == "内部资料，注意保管"
    for foot in (section.footer, section.first_page_footer):
        assert [code for code, _ in fields(foot._element)] == ["PAGE", "NUMPAGES"]
    assert [s.header.is_linked_to_previous for s in documents["zh"].sections] == [False] * len(
        documents["zh"].sections
    )


def test_without_a_handling_line_there_is_none(tree):
    open_study = copy.deepcopy(tree)
    open_study["study"]["handling"] = None
    made = document_of(report_of(open_study, tiny_results(), "zh", lettering("zh")))
    assert paragraphs(made, "Handling") == []
    assert made.sections[0].header.paragraphs[0].text.endswith("分析报告")


def test_verdicts_and_kinds_have_their_colours(documents):
    def colours(text):
        runs = body(documents["zh"]).xpath(f'.//w:r[w:t="{text}"]')
        return {run.find(f"{qn('w:rPr')}/{qn('w:color')}").get(qn("w:val")) for run in runs}

    assert colours("不达标") == {"B3261E"}
    assert colours("达标") == {"00704F"}
    assert colours("模拟") == {"B34700"}
    box = next(body(documents["zh"]).iterchildren(qn("w:tbl")))
    assert "模拟：市政消火栓、村寨、人口分布" in text_of(box)
    assert {b.get(qn("w:color")) for b in box.iter(qn("w:left"))} >= {"D55E00", "8A1C2B"}


def test_pictures_are_those_of_the_page_with_words_for_who_cannot_see_them(
    reports, documents, files
):
    pictures = [b for s in reports["zh"].sections for b in s.blocks if isinstance(b, Picture)]
    told = list(body(documents["zh"]).iter(qn("wp:docPr")))
    assert [t.get("descr") for t in told] == [p.caption.striptags() for p in pictures]
    assert len({t.get("id") for t in told}) == len(pictures) >= 4
    packed = zipfile.ZipFile(files / "report.zh.docx")
    names = [name for name in packed.namelist() if name.startswith("word/media/")]
    stored = {packed.read(name) for name in names}
    assert stored == {p.image.png for p in pictures}
    for picture, size in zip(pictures, body(documents["zh"]).iter(qn("wp:extent")), strict=True):
        width_mm = int(size.get("cx")) / 36_000
        assert width_mm == pytest.approx(min(picture.image.width_mm, PORTRAIT_MM), abs=0.01)
        with Image.open(io.BytesIO(picture.image.png)) as image:
            assert image.width / width_mm * 25.4 == pytest.approx(200, abs=1)
            assert image.format == "PNG"


def test_names_from_files_are_text_and_nothing_else(documents):
    text = text_of(body(documents["zh"]))
    assert re.sub(r"\s", "", MARKUP_CANDIDATE) in text
    assert re.sub(r"\s", "", MARKUP_VILLAGE) in text
    drawn = list(body(documents["zh"]).iter(qn("w:drawing")))
    assert len(drawn) == len(paragraphs(documents["zh"], "Figure"))


def test_signs_that_xml_cannot_hold_are_replaced(tree, tmp_path):
    odd = copy.deepcopy(tree)
    odd["scenarios"]["baseline"]["title"]["zh"] = "现状\x07\ufffe</w:t>"
    write_docx(report_of(odd, tiny_results(), "zh", lettering("zh")), tmp_path / "a.docx")
    assert "现状\ufffd\ufffd</w:t>" in text_of(body(docx.Document(str(tmp_path / "a.docx"))))


def test_same_report_makes_the_same_bytes(files, tree, tmp_path):
    again = report_of(copy.deepcopy(tree), tiny_results(), "zh", lettering("zh"))
    write_docx(again, tmp_path / "report.zh.docx")
    made = (tmp_path / "report.zh.docx").read_bytes()
    assert made == (files / "report.zh.docx").read_bytes()
    with zipfile.ZipFile(io.BytesIO(made)) as packed:
        assert {part.date_time for part in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = packed.read("docProps/core.xml").decode()
        assert "thumbnail" not in " ".join(packed.namelist())
    assert re.findall(r"\d{4}-\d\d-\d\d", core) == []


def test_a_document_that_cannot_be_written_is_told(reports, tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        write_docx(reports["zh"], tmp_path / "no folder" / "report.zh.docx")


def _wide(columns: int) -> Table:
    row = [Markup('<data data-key="/x">{0:,}</data>').format(10**8 + i) for i in range(columns)]
    head = [Markup("面积（平方公里）")] * columns
    return Table(Markup("宽表"), head, [row] * 3, "r" * columns, number=1)


def test_a_table_that_is_too_wide_turns_its_pages_and_takes_its_heading_along(reports):
    sections = [
        Section(Markup("甲"), [Table(Markup("窄表"), [Markup("一")], [[Markup("1")]], "l")]),
        Section(Markup("乙")),
        # the short table goes on where the wide ones lie
        Section(Markup("丙"), [_wide(12), _wide(12), _wide(3)], 2),
        Section(Markup("丁"), [Table(Markup("窄表"), [Markup("一")], [[Markup("1")]], "l")]),
    ]
    made = document_of(replace(reports["zh"], sections=sections))
    sizes = [
        {name: size.get(qn(f"w:{name}")) for name in A4} for size in body(made).iter(qn("w:pgSz"))
    ]
    lying = {"w": A4["h"], "h": A4["w"], "orient": "landscape"}
    assert sizes == [A4, lying, A4]
    titled = [p.find(qn("w:titlePg")) is not None for p in body(made).iter(qn("w:sectPr"))]
    assert titled == [True, False, False]
    order = [
        text_of(p) if style_of(p).startswith("Heading") else "|"
        for p in body(made).iterchildren(qn("w:p"))
        if style_of(p).startswith("Heading")
        or p.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is not None
    ]
    assert order == ["甲", "|", "乙", "丙", "|", "丁"]


def test_figures_are_never_broken_however_many_columns():
    for columns in (5, 9, 12):
        laid = lay_out(_wide(columns))
        # eleven signs of eight and a half or seven and a half points, all but half as wide as high
        assert min(laid.widths_mm) >= 9 * 0.56 * 7.5 * 25.4 / 72
        room = LANDSCAPE_MM if laid.landscape else PORTRAIT_MM
        assert sum(laid.widths_mm) == pytest.approx(room)
    assert not lay_out(_wide(5)).landscape
    assert lay_out(_wide(12)).landscape


def test_a_figure_is_not_parted_from_what_it_stands_right_beside():
    glued = runs_of(Markup('<span class="code">a_long_name</span>&nbsp;=&nbsp;<data>1,234</data>'))
    apart = runs_of(Markup('<span class="code">a_long_name</span> = <data>1,234</data>'))
    whole = extent(glued, 8.5, 7.5)
    assert whole.word == pytest.approx(whole.line)
    # eleven signs of a fixed width of 7.5 points are the longest word, with the space after it
    longest = 11 * 0.6 * 7.5 * 25.4 / 72
    assert longest + 2.5 < extent(apart, 8.5, 7.5).word < longest * 1.06 + 4


@given(
    st.lists(st.tuples(st.floats(5, 20), st.floats(1, 20)), min_size=1, max_size=8),
    st.integers(1, 5),
)
def test_columns_share_all_the_room_and_none_is_too_narrow(asked, rows):
    words = np.array([[least for least, _ in asked]] * rows)
    lines = words * np.array([more for _, more in asked])
    widths = column_widths(Asked(words, lines, lines), PORTRAIT_MM)
    assert widths.sum() == pytest.approx(PORTRAIT_MM)
    assert (widths >= words[0] - 1e-9).all()


def test_the_longer_column_is_the_wider_one():
    words, lines = np.full((2, 2), 10.0), np.array([[20.0, 400.0], [20.0, 15.0]])
    narrow, wide = column_widths(Asked(words, lines, lines), 174.0)
    # with 20 mm the second row takes one line; what is left is enough for three of the first
    assert narrow == pytest.approx(20, abs=3)
    assert wide > 150


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("c01、c02、小坝、c03", ["c01、\u200b", "c02、小坝、\u200b", "c03"]),
        ("c01、c02、1", ["c01、\u200bc02、\u200b1"]),
        ("甲、乙", ["甲、乙"]),
        ("甲、", ["甲、"]),
    ],
)
def test_a_list_of_ids_may_end_its_line_between_them(text, lines):
    for marked in (text, re.sub(r"[a-z]\d+", r'<span data-key="/\g<0>">\g<0></span>', text)):
        told = content_of(Markup(marked), Look("zh"))
        said = "".join(run.text for run in told)
        assert said == "".join(lines)


def test_runs_keep_what_a_text_is_and_how_it_looks():
    text = Markup(
        '共<data data-key="/a">1,000</data>个&lt;b&gt; <small>（<span data-key="/b">甲 &amp; 乙'
        '</span>）</small><br><span class="verdict fails">不达标</span>'
    )
    assert runs_of(text) == [
        Run("共"),
        Run("1,000", kind="figure"),
        Run("个<b> "),
        Run("（", small=True, colour="4C545C"),
        Run("甲 & 乙", kind="text", small=True, colour="4C545C"),
        Run("）", small=True, colour="4C545C"),
        Run("\n"),
        Run("不达标", bold=True, colour="B3261E"),
    ]
    assert runs_of("<b>no markup</b>") == [Run("<b>no markup</b>")]
    cells = Markup(
        '<span class="cells">a.csv, row 1: <data data-key="/c">2</data>\n  b.csv\n</span>'
    )
    assert [run.text for run in runs_of(cells)] == ["a.csv, row 1: ", "2", "\n", "b.csv"]
    assert all(run.mono for run in runs_of(cells))


@pytest.fixture(scope="module")
def pdfs(files, tmp_path_factory):
    if OFFICE is None or shutil.which("pdftotext") is None:
        pytest.skip("there is no LibreOffice or no pdftotext here")
    if find_cjk_family() is None:
        pytest.skip("no font here can draw Chinese")
    folder = tmp_path_factory.mktemp("printed")
    home = f"-env:UserInstallation={(folder / 'office').as_uri()}"
    sources = [str(files / f"report.{lang}.docx") for lang in LANGUAGES]
    command = [OFFICE, "--headless", home, "--convert-to", "pdf", "--outdir", str(folder), *sources]
    subprocess.run(command, capture_output=True, check=True, timeout=300)
    return {lang: folder / f"report.{lang}.pdf" for lang in LANGUAGES}


@pytest.fixture(scope="module")
def printed(pdfs):
    return {lang: list(printed_pages(pdf)) for lang, pdf in pdfs.items()}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_printed_nothing_runs_over_the_margins(printed, lang):
    side = (210 - PORTRAIT_MM) / 2 * 72 / 25.4
    for width, height, lines in printed[lang]:
        assert sorted((round(width), round(height))) == [595, 842]
        for line in lines:
            assert line.left >= side - 1, line
            # punctuation at a line's end may hang over the margin
            hanging = 11 if line.text[-1] in "，。；：、）”" else 1
            assert line.right <= width - side + hanging, line
            assert line.bottom <= height - 20, line


@pytest.mark.parametrize("lang", LANGUAGES)
def test_printed_no_heading_or_caption_stands_alone_at_the_foot(printed, reports, lang):
    sections = reports[lang].sections
    above = {s.title.striptags() for s in sections}
    above |= {b.caption.striptags() for s in sections for b in s.blocks if isinstance(b, Table)}
    above = {re.sub(r"\s", "", text) for text in above}
    found = set()
    for number, (_, height, lines) in enumerate(printed[lang], start=1):
        foot = "".join(line.text for line in lines if line.top > height - FOOT_PT)
        assert f"第{number}页" in foot or f"Page{number}of" in foot
        said = "".join(line.text for line in lines if line.top <= height - FOOT_PT)
        said = re.sub(r"\s", "", said)
        if number > 1:  # the contents end the first page
            assert not [text for text in above if said.endswith(text)]
            found |= {text for text in above if text in said}
    # words of one line that stand apart may be told as two: most must be there all the same
    assert len(found) > 0.9 * len(above)


def _on_page(lines, height):
    """What stands on a page, its head and foot left out."""
    said = "".join(i.text for i in lines if HEAD_PT < i.top <= height - FOOT_PT)
    return re.sub(r"\s", "", said)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_printed_the_contents_stand_on_the_first_page_with_the_right_numbers(
    printed, reports, lang
):
    told = [_on_page(lines, height) for _, height, lines in printed[lang]]
    headings = [re.sub(r"\s", "", s.title.striptags()) for s in reports[lang].sections]
    contents, at = told[0][told[0].index("目录" if lang == "zh" else "Contents") :], 0
    numbers = []
    for heading in headings:
        at = contents.index(heading, at) + len(heading)
        numbers.append(int(re.match(r"\.{2,}(\d+)", contents[at:])[1]))
    assert numbers == sorted(numbers)
    assert numbers[0] == 2
    for heading, number in zip(headings, numbers, strict=True):
        assert heading in told[number - 1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_printed_the_summary_has_a_page_to_itself(printed, reports, lang):
    told = [_on_page(lines, height) for _, height, lines in printed[lang]]
    chapters = [
        re.sub(r"\s", "", s.title.striptags()) for s in reports[lang].sections if s.level == 1
    ]
    assert told[1].startswith(chapters[0])
    assert told[2].startswith(chapters[1])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_printed_no_sign_is_missing_and_fonts_are_embedded(pdfs, printed, lang):
    everything = "".join(line.text for _, _, lines in printed[lang] for line in lines)
    assert "Error" not in everything
    assert "\ufffd" not in everything
    told = subprocess.run(["pdffonts", str(pdfs[lang])], capture_output=True, check=True, text=True)
    rows = [line.split() for line in told.stdout.splitlines()[2:]]
    chinese = re.compile("CJK|Han|Hei|Song|Sun|Kai|Fang|Micro", re.IGNORECASE)
    assert any(chinese.search(row[0]) for row in rows)
    # name, kind (one or two words), encoding, embedded …
    assert all(row[-5] == "yes" for row in rows)


def test_no_paragraph_of_the_contents_is_within_a_table(documents):
    assert not [p for p in paragraphs(documents["zh"], "TOC1", "TOC2") if within(p, "w:tbl")]

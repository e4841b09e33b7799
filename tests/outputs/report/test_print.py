"""The page of the report, printed on A4 by a browser and read back from the PDF."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from firecover.outputs.report.compose import report_of, write_page
from firecover.outputs.report.fonts import find_cjk_family, lettering
from firecover.outputs.report.model import Picture, Table
from firecover.outputs.results_json import results_to_dict
from support.report_documents import printed_pages
from support.tiny_results import tiny_results

LANGUAGES = ("zh", "en")
CHROMIUM = shutil.which("chromium")
PT_PER_MM = 72 / 25.4
#: The margins of the page, as its style sheet has them.
TOP, SIDE, FOOT = 20 * PT_PER_MM, 18 * PT_PER_MM, 17 * PT_PER_MM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here"),
    pytest.mark.skipif(shutil.which("pdftotext") is None, reason="there is no pdftotext here"),
    pytest.mark.skipif(find_cjk_family() is None, reason="no font here can draw Chinese"),
]


def _plain(text):
    return re.sub(r"\s", "", text)


@pytest.fixture(scope="module")
def reports():
    tree = results_to_dict(tiny_results())
    return {lang: report_of(tree, tiny_results(), lang, lettering(lang)) for lang in LANGUAGES}


@pytest.fixture(scope="module")
def printed(reports, tmp_path_factory):
    folder = tmp_path_factory.mktemp("printed")
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/c"]
    options += ["--no-pdf-header-footer"]
    for lang, report in reports.items():
        page, pdf = folder / f"{lang}.html", folder / f"{lang}.pdf"
        write_page(report, page)
        subprocess.run(
            [CHROMIUM, *options, f"--print-to-pdf={pdf}", page.as_uri()],
            capture_output=True,
            check=True,
            timeout=120,
        )
    return {lang: list(printed_pages(folder / f"{lang}.pdf")) for lang in LANGUAGES}


def _said(height, lines):
    """What stands on a page within its margins."""
    return _plain("".join(i.text for i in lines if i.bottom >= TOP and i.top <= height - FOOT))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_has_its_number_and_all_but_the_first_the_handling_line(printed, reports, lang):
    handling = _plain(reports[lang].handling.striptags())
    count = len(printed[lang])
    assert count > 10
    for number, (_, height, lines) in enumerate(printed[lang], start=1):
        foot = _plain("".join(i.text for i in lines if i.top > height - FOOT))
        asked = f"第{number}页共{count}页" if lang == "zh" else f"Page{number}of{count}"
        assert foot == asked
        head = _plain("".join(i.text for i in lines if i.bottom < TOP))
        assert head == ("" if number == 1 else handling)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_runs_over_the_margins(printed, lang):
    for width, height, lines in printed[lang]:
        assert (round(width), round(height)) == (595, 842)
        for line in lines:
            assert SIDE - 1 <= line.left < line.right <= width - SIDE + 2, line


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_heading_or_caption_of_a_table_stands_alone_at_the_foot(printed, reports, lang):
    sections = reports[lang].sections
    above = {_plain(s.title.striptags()) for s in sections}
    above |= {
        _plain(b.caption.striptags()) for s in sections for b in s.blocks if isinstance(b, Table)
    }
    said = [_said(height, lines) for _, height, lines in printed[lang]]
    for text in said[1:]:
        assert not [title for title in above if text.endswith(title)]
    assert sum(any(title in text for text in said) for title in above) > 0.9 * len(above)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_cover_has_the_contents_and_the_summary_a_page_to_itself(printed, reports, lang):
    said = [_said(height, lines) for _, height, lines in printed[lang]]
    titles = [_plain(s.title.striptags()) for s in reports[lang].sections]
    assert all(title in said[0] for title in titles)
    chapters = [
        title for title, s in zip(titles, reports[lang].sections, strict=True) if s.level == 1
    ]
    assert said[1].startswith(chapters[0])
    assert said[2].startswith(chapters[1])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_page_is_empty_and_no_caption_of_a_figure_begins_one(printed, reports, lang):
    captions = [
        _plain(b.caption.striptags())
        for s in reports[lang].sections
        for b in s.blocks
        if isinstance(b, Picture)
    ]
    for _, height, lines in printed[lang]:
        text = _said(height, lines)
        assert text
        # a figure's own letters are outlines: its caption may be all that a page says of it
        tops = [i.top for i in lines if i.bottom >= TOP and _plain(i.text) in captions]
        assert all(top > TOP + 60 for top in tops), text

from __future__ import annotations

import re

import pytest

from firecover.outputs.manifest import versions
from firecover.outputs.report.compose import report_of
from firecover.outputs.report.fonts import lettering
from firecover.outputs.report.model import Table
from firecover.outputs.report.reader import Reader
from firecover.outputs.report.versions import versions_table
from firecover.outputs.results_json import results_to_dict
from support.report_pages import read_page
from support.tiny_results import tiny_results

LANGUAGES = ("zh", "en")


def _texts(table):
    return [[read_page(str(cell)).all_text for cell in row] for row in table.rows]


def test_versions_go_down_and_then_across():
    told = {name: str(i) for i, name in enumerate("abcdefg")}
    table = versions_table(Reader({}, "zh"), told)
    # seven in three pairs are three, three and one
    assert _texts(table) == [
        ["a", "0", "d", "3", "g", "6"],
        ["b", "1", "e", "4", "", ""],
        ["c", "2", "f", "5", "", ""],
    ]
    assert [str(text) for text in table.head] == ["软件", "版本"] * 3
    assert len(table.align) == len(table.head)


def test_a_version_is_text_and_nothing_else():
    table = versions_table(Reader({}, "en"), {"<b>x</b>": "1 & 2"})
    assert _texts(table)[0][:2] == ["<b>x</b>", "1 & 2"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_tells_versions_hashes_and_the_command(lang):
    tree = results_to_dict(tiny_results())
    report = report_of(tree, tiny_results(), lang, lettering(lang))
    titles = [section.title.striptags() for section in report.sections]
    title = "复核与重算" if lang == "zh" else "Checking and repeating"
    at = next(i for i, text in enumerate(titles) if title in text)
    blocks = report.sections[at].blocks
    tables = [block for block in blocks if isinstance(block, Table)]
    said = [text for table in tables for row in _texts(table) for text in row]
    for name, version in versions().items():
        assert said[said.index(name) + 1] == version
    for layer in tree["data"]:
        assert layer["sha256"] is None or layer["sha256"] in said
    commands = [block.text.striptags() for block in blocks if block.kind == "paragraph"]
    assert any(re.match("firecover run ", text) for text in commands)

from __future__ import annotations

import copy
import io
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from importlib.metadata import version

import openpyxl
import pytest

from firecover.errors import OutputError
from firecover.outputs.i18n import column_label, layer_label, value_label
from firecover.outputs.report.compose import render_page, report_of
from firecover.outputs.report.document_words import document_words, word
from firecover.outputs.report.fonts import lettering
from firecover.outputs.report.xlsx_file import write_xlsx
from firecover.outputs.report.xlsx_tables import OF_SCENARIOS, column, number_format
from firecover.outputs.results_json import SITING, results_to_dict
from support.report_documents import NOTHING, same, sheet_rows
from support.report_pages import at_pointer, read_page
from support.tiny_results import MARKUP_CANDIDATE, tiny_results

LANGUAGES = ("zh", "en")
OFFICE = shutil.which("soffice")
FORMULAS = ("=1+1", "+86 23", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "#N/A", "2026-01-01")
#: Tables beside the scenarios' and siting's: the sheet's word, and where they stand.
OTHERS = {"data": "data", "quality": "quality", "not_known": "not_known", "rules": "rules"}
LISTED = ("hydrant_gaps", "hydrant_proposals", "plan_findings")


@pytest.fixture(scope="module")
def tree():
    return results_to_dict(tiny_results())


@pytest.fixture(scope="module")
def files(tree, tmp_path_factory):
    folder = tmp_path_factory.mktemp("annex")
    for lang in LANGUAGES:
        write_xlsx(tree, folder / f"{lang}.xlsx", lang)
    return folder


@pytest.fixture(scope="module")
def books(files):
    return {lang: openpyxl.load_workbook(files / f"{lang}.xlsx") for lang in LANGUAGES}


def written(tree, folder, lang="zh"):
    write_xlsx(tree, folder / "annex.xlsx", lang)
    return openpyxl.load_workbook(folder / "annex.xlsx")


def tables(tree, lang):
    """Every table of the results: its sheet, its name among the words, and its rows."""
    for name in OF_SCENARIOS:
        yield (
            layer_label(name, lang),
            name,
            [row for s in tree["scenario_ids"] for row in tree["scenarios"][s][name]],
        )
    for key, name in SITING.items():
        yield layer_label(name, lang), name, tree["ranking"][key]
    for name in LISTED:
        yield layer_label(name, lang), name, tree[name]
    for name, place in OTHERS.items():
        yield word("xlsx", name, lang), name, tree[place]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_table_is_there_with_the_values_of_the_results(tree, books, lang):
    compared = 0
    for title, name, rows in tables(tree, lang):
        if not rows:
            assert title not in books[lang].sheetnames
            continue
        told = sheet_rows(books[lang][title])
        assert len(told) == len(rows), title
        for cells, row in zip(told, rows, strict=True):
            for key, value in row.items():
                if key in LANGUAGES:
                    assert (key == lang) == (value in cells.values())
                    continue
                heading = column(key, lang, name).heading
                assert same(cells[heading], value), (title, key, value, cells[heading])
                compared += isinstance(value, int | float)
    assert compared > 1000


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_headline_figure_is_there(tree, books, lang):
    rows = sheet_rows(books[lang][word("xlsx", "figures", lang)])
    told = {row[word("xlsx", "figure", lang)]: row for row in rows}
    for name in tree["scenario_ids"]:
        scenario = tree["scenarios"][name]
        for key, value in scenario["figures"].items():
            cell = told[column_label(key, lang)][scenario["title"][lang]]
            assert same(cell, value), key
    ranking = sheet_rows(books[lang][word("xlsx", "ranking_figures", lang)])
    assert len(ranking) == len(tree["ranking"]["figures"])


def where_in_annex(tree, pointer, lang):
    """The sheet, the row (a number, or what its first cell holds) and the heading of a figure."""
    parts = pointer.split("/")[1:]
    if parts[0] == "scenarios":
        return in_scenarios(tree, parts[1:], lang)
    if parts[0] == "network":
        return in_network(parts[1:], lang)
    if parts[0] in ("settings", "minutes"):
        path = ".".join(parts) if parts[0] == "settings" else "minutes"
        return word("xlsx", "settings", lang), path, column_label("value", lang)
    if parts[:2] == ["ranking", "figures"]:
        sheet = word("xlsx", "ranking_figures", lang)
        return sheet, column_label(parts[2], lang), layer_label("candidates", lang)
    if parts[0] == "ranking":
        parts = [SITING[parts[1]], *parts[2:]]
    table, row, key = parts[:3]
    title = word("xlsx", table, lang) if table in OTHERS else layer_label(table, lang)
    return title, int(row), column(key, lang, table).heading


def in_scenarios(tree, parts, lang):
    scenario, table, *rest = parts
    ids = tree["scenario_ids"]
    if table == "figures":
        heading = tree["scenarios"][scenario]["title"][lang]
        return word("xlsx", "figures", lang), column_label(rest[0], lang), heading
    if not rest:
        return word("xlsx", "scenarios", lang), ids.index(scenario), column(table, lang).heading
    before = ids[: ids.index(scenario)]
    at = int(rest[0]) + sum(len(tree["scenarios"][name][table]) for name in before)
    return layer_label(table, lang), at, column(rest[1], lang, table).heading


def in_network(parts, lang):
    table, *rest = parts
    if not rest:
        label = column_label(table, lang)
        return word("xlsx", "network", lang), label, column_label("value", lang)
    if table == "vehicles":
        heading = column(rest[1], lang, "vehicles").heading
        return word("xlsx", "vehicles", lang), int(rest[0]), heading
    heading = column({"length_km_by_class": "length_km"}.get(table, table), lang).heading
    return word("xlsx", "speeds", lang), value_label("road_class", rest[0], lang, "speeds"), heading


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_figure_of_the_page_is_in_the_annex(tree, books, lang):
    report = report_of(tree, tiny_results(), lang, lettering(lang))
    rows = {sheet.title: sheet_rows(sheet) for sheet in books[lang].worksheets[1:]}
    checked = Counter()
    for mark in read_page(render_page(report)).figures:
        if "data-of" in mark.attributes:
            continue
        # of a difference, both figures that it is made from
        for pointer in (mark.key, mark.attributes.get("data-minus")):
            if pointer is None:
                continue
            title, at, heading = where_in_annex(tree, pointer, lang)
            table = rows[title]
            row = table[at] if isinstance(at, int) else named(table, at)
            asked, cell = at_pointer(tree, pointer), row[heading]
            if asked is None:
                assert cell == NOTHING, mark
            elif isinstance(cell, str):
                # several numbers in one cell
                numbers = re.findall(r"-?\d+(?:\.\d+)?", cell)
                assert any(float(n) == pytest.approx(asked) for n in numbers), mark
            else:
                assert cell == asked, mark
            checked[pointer.split("/")[1]] += 1
    assert sum(checked.values()) > 800
    assert set(checked) >= {"scenarios", "ranking", "plan_findings", "rules", "network", "settings"}


def named(rows, name):
    """The row whose first cell holds a name."""
    return next(row for row in rows if next(iter(row.values())) == name)


def test_what_was_worked_out_by_hand(books):
    row = sheet_rows(books["zh"]["方案指标"])
    told = {cells["指标"]: cells for cells in row}
    # 7 of 9 km² of the town are reached today, 8.875 in the plan
    values = list(told["城市建成区规定时间可达面积"].values())
    assert values == ["城市建成区规定时间可达面积", "平方公里", 7, 8.875]
    share = told["城市建成区规定时间可达比例"]
    assert list(share.values())[1:] == ["%", 0.777778, 0.986111]
    held = sheet_rows(books["zh"]["消防站辖区"])[0]
    assert held["面积（平方公里）"] == 9
    assert held["面积判定"] == "不达标"


def test_numbers_are_numbers_and_look_like_their_units(books):
    stations = books["zh"]["消防站"]
    head = {cell.value: cell.column for cell in stations[1]}
    assert stations.cell(2, head["规定时间可达比例"]).number_format == "0.0%"
    assert stations.cell(2, head["出动时间（秒）"]).data_type == "n"
    figures = books["zh"]["方案指标"]
    by_name = {row[0].value: row for row in figures.iter_rows(min_row=2)}
    assert by_name["5分钟人口覆盖率"][2].number_format == "0.0%"
    assert by_name["城市建成区面积"][2].number_format.startswith("#,##0")
    for sheet in books["zh"]:
        for row in sheet.iter_rows(min_row=2):
            for cell in row:
                assert cell.data_type in ("n", "s"), (sheet.title, cell.coordinate)


@pytest.mark.parametrize(
    ("unit", "values", "shown"),
    [
        ("km2", [1.5, None, 2], "#,##0.0"),
        ("km2", [1.23456], "#,##0.0000"),
        ("people", [12.0], "#,##0"),
        ("share", [0.123456], "0.0%"),
        ("probability", [], "0.0%"),
        ("", [2026], "General"),
    ],
)
def test_formats_have_no_more_decimals_than_the_numbers(unit, values, shown):
    assert number_format(unit, values) == shown


def test_what_is_not_known_is_neither_blank_nor_nought(books):
    rows = sheet_rows(books["zh"]["乡镇街道"])
    gap = next(row for row in rows if row["名称"] == "两罾乡")
    assert gap["人口（人）"] == NOTHING
    about = {row[0].value: row[1].value for row in books["zh"]["说明"].iter_rows()}
    assert "不是零" in about[f"“{NOTHING}”"]


def test_the_first_sheet_says_what_this_is(tree, books):
    sheet = books["zh"].worksheets[0]
    told = {row[0].value: row[1].value for row in sheet.iter_rows(max_row=16)}
    assert sheet.title == "说明"
    assert told["使用要求"] == "内部资料，注意保管"
    assert told["模拟图层"] == "市政消火栓、村寨、人口分布"
    assert f"firecover {version('firecover')}" in told["软件版本"]
    assert told["采用规则"] == tree["study"]["standard"]
    links = {c.value: c.hyperlink.location for row in sheet.iter_rows() for c in row if c.hyperlink}
    assert list(links) == books["zh"].sheetnames[1:]
    assert all(location == f"'{title}'!A1" for title, location in links.items())


def test_heads_stay_in_view_and_can_be_filtered_and_printed(books):
    for sheet in books["zh"].worksheets[1:]:
        assert re.fullmatch(r"[B-D]2", sheet.freeze_panes), sheet.title
        assert sheet.auto_filter.ref == sheet.dimensions
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.oddHeader.right.text == "内部资料，注意保管"
        assert sheet.page_setup.fitToWidth == 1
        assert all(cell.value for cell in sheet[1])
        widths = [sheet.column_dimensions[cell.column_letter].width for cell in sheet[1]]
        assert all(7 <= width <= 60 for width in widths)


def test_texts_that_look_like_formulas_stay_texts(tree, tmp_path):
    odd = copy.deepcopy(tree)
    rows = odd["scenarios"]["baseline"]["villages"]
    for row, text in zip(rows, FORMULAS, strict=False):
        row["name"] = text
    odd["scenarios"]["baseline"]["title"]["zh"] = "=HYPERLINK(A1)"
    odd["study"]["title"]["zh"] = "=1+1"
    odd["study"]["handling"]["zh"] = "&A 内部&"
    book = written(odd, tmp_path)
    cells = [c for s in book for row in s.iter_rows() for c in row if c.value is not None]
    assert {cell.data_type for cell in cells} == {"n", "s"}
    names = [cell for cell in cells if cell.value in FORMULAS]
    assert {cell.value for cell in names} == set(FORMULAS[: len(rows)])
    quoted = {cell.value for cell in names if cell.quotePrefix}
    assert quoted == {text for text in FORMULAS[: len(rows)] if text[0] in "=+-@"}
    packed = zipfile.ZipFile(tmp_path / "annex.xlsx")
    for name in packed.namelist():
        assert b"<f>" not in packed.read(name)
    assert book.worksheets[1].oddHeader.right.text.replace("&&", "&") == "&A 内部&"


def test_markup_and_odd_signs_are_text(tree, books, tmp_path):
    assert MARKUP_CANDIDATE in {row["名称"] for row in sheet_rows(books["zh"]["备选站址"])}
    odd = copy.deepcopy(tree)
    odd["scenarios"]["baseline"]["villages"][0]["name"] = "甲\x07乙" + "长" * 40_000
    name = sheet_rows(written(odd, tmp_path)["村寨"])[0]["名称"]
    assert name.startswith("甲\ufffd乙长")
    assert name.endswith("results.json")
    assert len(name) <= 32_767


def test_same_results_make_the_same_bytes(tree, files, tmp_path):
    write_xlsx(copy.deepcopy(tree), tmp_path / "annex.xlsx", "zh")
    made = (tmp_path / "annex.xlsx").read_bytes()
    assert made == (files / "zh.xlsx").read_bytes()
    with zipfile.ZipFile(io.BytesIO(made)) as packed:
        assert {part.date_time for part in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = packed.read("docProps/core.xml").decode()
    assert "试验县" in core
    assert re.findall(r"\d{4}-\d\d-\d\d", core) == []


@pytest.mark.skipif(OFFICE is None, reason="there is no LibreOffice here")
def test_libreoffice_reads_every_cell_as_it_is(books, files, tmp_path):
    home = f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"
    command = [OFFICE, "--headless", home, "--convert-to", "xlsx", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(files / "zh.xlsx")], capture_output=True, check=True, timeout=300)
    again = openpyxl.load_workbook(tmp_path / "zh.xlsx")
    assert again.sheetnames == books["zh"].sheetnames
    for sheet in books["zh"]:
        read = again[sheet.title]
        for row in sheet.iter_rows():
            for cell in row:
                other = read[cell.coordinate]
                if isinstance(cell.value, float):
                    assert other.value == pytest.approx(cell.value, rel=1e-12), cell.coordinate
                else:
                    assert other.value == cell.value, (sheet.title, cell.coordinate)
                if cell.value is not None:
                    assert other.data_type == cell.data_type
        assert read.auto_filter.ref == sheet.auto_filter.ref


def test_narrow_sheets_are_printed_upright_and_very_wide_ones_on_a3(books):
    paper = {s.title: (s.page_setup.orientation, s.page_setup.paperSize) for s in books["zh"]}
    assert paper["名次概率表"] == ("portrait", 9)
    assert paper["方案指标"] == ("portrait", 9)
    assert paper["消防站"] == ("landscape", 8)


def test_an_annex_that_cannot_be_written_is_told(tree, tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        write_xlsx(tree, tmp_path / "no folder" / "annex.xlsx", "zh")


def test_a_bare_study_has_an_annex_too(tree, tmp_path):
    bare = copy.deepcopy(tree)
    bare["study"]["handling"] = None
    bare["modelled_layers"] = []
    for scenario in bare["scenarios"].values():
        scenario |= {name: [] for name in OF_SCENARIOS}
    for key in (*LISTED, "quality", "not_known"):
        bare[key] = []
    bare["ranking"] = {"figures": {}} | {key: [] for key in SITING}
    book = written(bare, tmp_path)
    assert {"说明", "方案指标", "方案设定", "数据来源"} <= set(book.sheetnames)
    assert not {layer_label(name, "zh") for name in OF_SCENARIOS} & set(book.sheetnames)
    told = {row[0].value: row[1].value for row in book.worksheets[0].iter_rows()}
    assert told["模拟图层"] == "无"


def test_words_are_there_in_both_languages():
    for table in document_words().values():
        for key, told in table.items():
            assert all(told[lang] for lang in LANGUAGES), key
            places = [set(re.findall(r"{(\w+)}", told[lang])) for lang in LANGUAGES]
            assert places[0] == places[1], key


def test_every_column_of_the_annex_has_words(books):
    heads = {cell.value for sheet in books["zh"].worksheets[1:] for cell in sheet[1]}
    # without words a column stands under its own name, which is plain ASCII
    assert {head for head in heads if head.isascii()} == set()


def test_values_are_at_their_places(tree, books):
    row = sheet_rows(books["zh"]["村寨"])[0]
    village = at_pointer(tree, "/scenarios/baseline/villages/0")
    assert row["首达时间（秒）"] == village["first_s"]
    assert row["时限内可达"] == ("是" if village["reached"] else "否")
    assert row["情景"] == tree["scenarios"]["baseline"]["title"]["zh"]

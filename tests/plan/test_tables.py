"""Reading the plan's tables: strict, and every problem with its place."""

import shutil

import pytest

from firecover.errors import InputError
from firecover.plan import Cell, PlanError, read_plan
from firecover.plan.declared import FILE
from support.plan_tables import FOLDER, copied, put, read_csv, write_csv


def _problems(folder):
    with pytest.raises(PlanError) as caught:
        read_plan(folder)
    assert isinstance(caught.value, InputError)
    return [(p.file, p.row, p.key) for p in caught.value.problems]


def test_cells_are_as_printed_and_rows_count_from_one_under_the_header():
    table = read_plan(FOLDER).tables["fires"]
    assert table.parts[0].cell("direct_loss_10k_cny") == Cell(
        "fires.csv", 1, "direct_loss_10k_cny", "1712.3746"
    )
    assert len(table.parts) == 5
    assert table.totals[0].cell("fires").value == "1201"
    assert len(read_plan(FOLDER).tables["recruits"].parts) == 37


def test_a_file_that_is_absent_empty_or_in_another_encoding_is_named(tmp_path):
    folder = copied(tmp_path)
    (folder / "fires.csv").unlink()
    (folder / "alarms.csv").write_text("", encoding="utf-8")
    (folder / "stations.csv").write_bytes("二级普通".encode("gbk"))
    assert {p[0] for p in _problems(folder)} == {"fires.csv", "alarms.csv", "stations.csv"}


def test_columns_are_exact(tmp_path):
    folder = copied(tmp_path)
    lines = read_csv(folder / "fires.csv")
    lines[0][3] = "blazes"
    write_csv(folder / "fires.csv", lines)
    lines = read_csv(folder / "alarms.csv")
    write_csv(folder / "alarms.csv", [line[:3] + line[:2:-1] for line in lines])
    assert _problems(folder) == [
        ("fires.csv", None, "fires"),
        ("fires.csv", None, "blazes"),
        ("alarms.csv", None, ""),
    ]


def test_every_bad_cell_is_told_with_row_and_column(tmp_path):
    folder = copied(tmp_path)
    put(folder, "fires.csv", 2, "fires", "about 200")
    put(folder, "fires.csv", 3, "year", "18")
    put(folder, "vehicles.csv", 2, "foam_trucks", "+1")
    put(folder, "recruits.csv", 1, "row_kind", "sum")
    assert _problems(folder) == [
        ("fires.csv", 2, "fires"),
        ("fires.csv", 3, "year"),
        ("vehicles.csv", 2, "foam_trucks"),
        ("recruits.csv", 1, "row_kind"),
    ]


def test_a_short_row_and_a_second_total_are_told(tmp_path):
    folder = copied(tmp_path)
    lines = read_csv(folder / "fires.csv")
    lines[1] = lines[1][:-1]
    write_csv(folder / "fires.csv", [*lines, lines[-1]])
    assert _problems(folder) == [("fires.csv", 1, ""), ("fires.csv", None, "")]


def test_a_declaration_beside_the_tables_takes_the_place_of_the_packaged_one(tmp_path):
    shutil.copy(FOLDER / "fires.csv", tmp_path / "fires.csv")
    (tmp_path / FILE).write_text(
        """
        [tables.fires]
        zh = "火灾"
        en = "fires"
        file = "fires.csv"
        columns = [
          { name = "section", kind = "text", zh = "章节", en = "section" },
          { name = "row_kind", kind = "text", zh = "行", en = "kind" },
          { name = "year", kind = "year", zh = "年", en = "year" },
          { name = "fires", zh = "火灾", en = "fires" },
          { name = "deaths", zh = "死亡", en = "deaths" },
          { name = "injuries", zh = "受伤", en = "injured" },
          { name = "direct_loss_10k_cny", zh = "损失", en = "loss" },
        ]
        """,
        encoding="utf-8",
    )
    assert list(read_plan(tmp_path).tables) == ["fires"]
    (tmp_path / FILE).write_text("[tables.fires]\nfile = 1\n", encoding="utf-8")
    with pytest.raises(PlanError, match=r"tables\.fires\.file"):
        read_plan(tmp_path)
    (tmp_path / FILE).write_text("[", encoding="utf-8")
    with pytest.raises(PlanError, match="not a TOML file"):
        read_plan(tmp_path)

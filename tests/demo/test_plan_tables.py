"""The plan's tables are as printed."""

import re

import pandas as pd
import pytest

from support.demo_study import BUNDLED, FACTS

PLAN = BUNDLED / "plan"
PLAN_TEXT = FACTS / "fire_rescue_plan_2021_2025.txt"


def table(name):
    return pd.read_csv(PLAN / name, dtype=str, keep_default_na=False)


@pytest.mark.parametrize("path", sorted(PLAN.glob("*.csv")), ids=lambda path: path.stem)
def test_every_row_names_its_section_and_kind(path):
    rows = table(path.name)
    assert rows["section"].str.match(r"^(第.章 第.节|附件\d)").all()
    assert set(rows["row_kind"]) <= {"part", "total"}
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in rows.columns)


def test_fires_and_alarms_keep_their_contradiction():
    fires, alarms = table("fires.csv"), table("alarms.csv")
    assert fires.iloc[-1].tolist()[1:] == ["total", "", "1201", "1", "21", "4782.9298"]
    assert alarms.iloc[-1].tolist()[1:] == ["total", "", "1844", "1271", "320", "235", "18"]
    assert fires.query("year == '2020'")["fires"].item() == "229"
    assert alarms.query("year == '2020'")["fires_fought"].item() == "299"


def test_the_total_of_vehicles_stands_in_the_year_column():
    total = table("vehicles.csv").query("row_kind == 'total'").iloc[0]
    assert (total["unit_name"], total["year"]) == ("合计", "4")
    numbers = [value for value in total.iloc[4:] if value != "-"]
    assert numbers == ["1", "1", "2"]


def test_recruits_leave_empty_what_is_empty():
    rows = table("recruits.csv")
    assert (rows["row_kind"] == "part").sum() == 37
    assert (rows.query("row_kind == 'part'")["recruits"] == "").sum() == 17
    total = rows.iloc[-1]
    assert total.tolist()[3:] == ["合计", "40", "", "10", "10", "10", "10"]
    assert rows["recruits_2021"].eq("").all()


def test_the_station_has_both_its_classes():
    assert table("stations.csv")["station_class"].tolist() == ["二级普通"]
    goals = table("projects.csv").query("project == '消防站建设'")["goal"].unique().tolist()
    assert goals == ["启动建设1个普通（特勤）消防站。"]


def test_loose_figures():
    facts = table("facts.csv").set_index("fact_id")["value"]
    wanted = {
        "built_up_area": "14.7",
        "township_brigades": "39",
        "micro_stations": "131",
        "full_time_firefighters": "164",
        "firefighters_per_10k": "0.35",
        "rural_fires_a_year": "132",
        "rural_fire_share": "51.97",
        "old_villages": "85",
        "hydrant_working_target": "98",
    }
    assert {key: facts[key] for key in wanted} == wanted


def test_every_printed_value_stands_in_the_plan():
    if not PLAN_TEXT.is_file():
        pytest.skip("the plan's text is not at hand")
    text = re.sub(r"\s", "", PLAN_TEXT.read_text(encoding="utf-8"))
    ours = {"section", "row_kind", "item_no", "year_from", "year_to", "unit", "fact_id"}
    ours |= {"description_zh", "description_en"}
    # Said otherwise in print: 22万, 4万, 9 as 9项 are there; areas are given in 万平方米.
    scaled = {"220000": "22万平方米", "40000": "4万平方米"}
    for path in sorted(PLAN.glob("*.csv")):
        rows = table(path.name)
        for name in set(rows.columns) - ours:
            for value in rows[name]:
                printed = re.sub(r"\s", "", scaled.get(value, value))
                assert printed in text, (path.name, name, value)

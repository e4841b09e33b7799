"""A changed digit in any cell that is part of a sum or stands in two places is found."""

import re

import pytest

from firecover.plan import PlanError, audit, read_plan
from support.plan_tables import FOLDER, copied, find, put, read_csv

#: Facts that the tables or other facts repeat exactly.
REPEATED_FACTS = (
    "station_area_limit",
    "township_brigades",
    "high_rises",
    "fires",
    "fire_deaths",
    "fire_injuries",
    "fire_direct_loss",
    "alarms",
    "townships",
    "townships_with_fire_plan",
    "fire_deaths_max_target",
    "hydrant_built_target",
    "hydrant_working_target",
    "new_stations_target",
    "new_training_bases_target",
    "new_vehicles_target",
    "key_projects",
)
#: Projects whose amounts and years an annex repeats.
REPEATED_PROJECTS = ("招录政府专职消防员", "消防装备建设")
#: Projects with an amount in goal and timeline, or in the text.
COUNTED_PROJECTS = (
    *REPEATED_PROJECTS,
    "消防站建设",
    "消防训练基地建设",
    "消防主题公园（示范场所）",
)
WHOLE_TABLES = ("fires.csv", "alarms.csv", "facilities.csv", "stations.csv", "vehicles.csv",
                "recruits.csv")  # fmt: skip


def _project_columns(line):
    columns = ["project_no", "item_no"]
    if line["project"] in COUNTED_PROJECTS:
        columns += ["goal", "what"]
    if line["project"] in REPEATED_PROJECTS:
        columns.append("year_from")
    return columns


def _checked(file, line):
    if file in WHOLE_TABLES:
        return [c for c in line if re.fullmatch(r"[\d.]+", line[c])]
    if file == "projects.csv":
        return _project_columns(line)
    if file == "facts.csv":
        return ["value"] if line["fact_id"] in REPEATED_FACTS else []
    return ["no"]


def _cases():
    for path in sorted(FOLDER.glob("*.csv")):
        header, *lines = read_csv(path)
        for row, cells in enumerate(lines, start=1):
            line = dict(zip(header, cells, strict=True))
            for column in _checked(path.name, line):
                if re.search(r"\d", line[column]):
                    yield path.name, row, column, line[column]
    row = find("projects.csv", "what", project="消防水源建设", item_no="2")
    text = read_csv(FOLDER / "projects.csv")[row][-1]
    yield "projects.csv", row, "what", text
    yield "indicators.csv", 1, "target_2025", "1"
    yield "indicators.csv", 3, "value_2020", "100"


CASES = list(_cases())


def _contradictions(folder):
    return {(f.id, f.zh) for f in audit(read_plan(folder)) if f.grade == "contradiction"}


def _altered(text):
    """Change one digit at a time; a year in a text is no amount, nor is one of 2025年."""
    for found in re.finditer(r"\d", text):
        at = found.start()
        if not re.match(r"\d*年", text[at:]):
            yield text[:at] + str((int(found[0]) + 1) % 10) + text[at + 1 :]


@pytest.fixture(scope="module")
def before():
    return _contradictions(FOLDER)


def test_the_cases_reach_every_table_and_every_total():
    assert {case[0] for case in CASES} == {path.name for path in FOLDER.glob("*.csv")}
    for file in ("fires.csv", "alarms.csv", "vehicles.csv", "recruits.csv"):
        last = len(read_csv(FOLDER / file)) - 1
        assert any(case[:2] == (file, last) for case in CASES)
    assert len(CASES) > 200


@pytest.mark.parametrize("case", CASES, ids=[f"{c[0]}-{c[1]}-{c[2]}" for c in CASES])
def test_a_changed_digit_is_found(case, tmp_path, before):
    file, row, column, text = case
    folder = copied(tmp_path)
    altered = list(_altered(text))
    assert altered
    for other in altered:
        put(folder, file, row, column, other)
        try:
            found = _contradictions(folder) - before
        except PlanError as error:
            # a year outside two centuries is refused when read, with its place
            found = {p for p in error.problems if (p.file, p.row, p.key) == (file, row, column)}
        assert found, other


# A ratio stands for all that rounds to it, and what only a ratio rests on is as loose: such a
# cell is checked by its first digit that is not zero, and the words of the audit must change.
LOOSE = [
    *(("indicators.csv", "value_2020", {"no": n}) for n in ("2", "4", "5")),
    *(("indicators.csv", "target_2025", {"no": n}) for n in ("2", "4", "5")),
    *(
        ("facts.csv", "value", {"fact_id": name})
        for name in (
            "built_up_area",
            "fire_stations",
            "full_time_firefighters",
            "firefighters_per_10k",
            "rural_fires_a_year",
            "rural_fire_share",
        )
    ),
]


@pytest.mark.parametrize(("file", "column", "where"), LOOSE)
def test_a_changed_digit_of_a_ratio_changes_the_findings(file, column, where, tmp_path):
    folder = copied(tmp_path)
    row = find(file, column, **where)
    lines = read_csv(FOLDER / file)
    text = lines[row][lines[0].index(column)]
    first = re.search(r"[1-9]", text)
    other = text[: first.start()] + str(int(first[0]) % 9 + 1) + text[first.end() :]
    put(folder, file, row, column, other)
    told = {(f.id, f.grade, f.zh) for f in audit(read_plan(folder))}
    assert told != {(f.id, f.grade, f.zh) for f in audit(read_plan(FOLDER))}


@pytest.mark.parametrize("fact_id", ["rural_fires_a_year", "rural_fire_share"])
def test_a_share_that_fits_no_whole_contradicts(fact_id, tmp_path, before):
    folder = copied(tmp_path)
    row = find("facts.csv", "value", fact_id=fact_id)
    put(folder, "facts.csv", row, "value", {"rural_fires_a_year": "133"}.get(fact_id, "52.97"))
    assert {name for name, _ in _contradictions(folder) - before} == {"share:rural_fires"}

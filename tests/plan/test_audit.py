"""What the audit finds in the bundled county's plan, and what it must leave alone."""

from decimal import Decimal

import pytest

from firecover.plan import audit, findings_table, read_plan
from firecover.plan.findings import GRADES
from firecover.standards import AREA_RULES, load_rules
from support.plan_tables import FOLDER, copied, find, put


@pytest.fixture(scope="module")
def findings():
    return {finding.id: finding for finding in audit(read_plan(FOLDER))}


def _cells(finding):
    return {(cell.file, cell.column, cell.value) for cell in finding.cells}


def test_these_and_no_others_are_found(findings):
    assert {name: finding.grade for name, finding in findings.items()} == {
        "series:fires": "contradiction",
        "late:new_station_in_time": "contradiction",
        "station_class:class_of_new_station": "contradiction",
        "same_alike:firefighters_per_10k": "cannot_be_reconciled",
        "denominators:population": "cannot_be_reconciled",
        "implied_counts:engines": "cannot_be_reconciled",
        "area:area_per_station": "cannot_be_reconciled",
        "counted_once:joint_building": "note",
        "below:townships_recruiting": "note",
        "share:rural_fires": "note",
    }


def test_the_gravest_come_first_and_every_finding_has_words_and_cells(findings):
    grades = [GRADES.index(finding.grade) for finding in findings.values()]
    assert grades == sorted(grades)
    for finding in findings.values():
        assert finding.zh
        assert finding.en
        assert "{" not in finding.zh + finding.en
        assert finding.cells


def test_fires_of_2020_differ_between_two_tables_and_so_do_the_totals(findings):
    finding = findings["series:fires"]
    assert _cells(finding) == {
        ("fires.csv", "fires", "229"),
        ("alarms.csv", "fires_fought", "299"),
        ("fires.csv", "fires", "1201"),
        ("alarms.csv", "fires_fought", "1271"),
    }
    assert finding.recomputed["left_2020"] == 229
    assert finding.recomputed["right_2020"] == 299
    # 182 + 213 + 239 + 338 = 972
    assert finding.recomputed["left_total"] == 972 + 229 == 1201
    assert finding.recomputed["right_total"] == 972 + 299 == 1271
    for text in (finding.zh, finding.en):
        assert all(number in text for number in ("2020", "229", "299", "1,201", "1,271", "70"))
    assert "2019" not in finding.zh


def test_the_rural_share_fits_the_second_table(findings):
    finding = findings["share:rural_fires"]
    assert finding.recomputed["fires_share"] == pytest.approx(100 * 132 / (1201 / 5))
    assert finding.recomputed["alarms_share"] == pytest.approx(100 * 132 / (1271 / 5))
    assert (finding.recomputed["fires_fits"], finding.recomputed["alarms_fits"]) == (0, 1)
    assert finding.recomputed["implied_total"] == pytest.approx(5 * 132 / 0.5197)
    for text in (finding.zh, finding.en):
        assert all(n in text for n in ("240.2", "254.2", "54.95", "51.93", "1,270"))


def test_two_ratios_of_one_table_imply_two_populations(findings):
    finding = findings["denominators:population"]
    about = finding.recomputed
    assert about["stations_2020"] == pytest.approx(1 / 0.12 * 1e5)
    assert about["stations_2025"] == pytest.approx(2 / 0.23 * 1e5)
    assert about["firefighters_2020"] == pytest.approx(164 / 2.8 * 1e4)
    assert about["firefighters_2025"] == pytest.approx((164 + 40) / 3.47 * 1e4)
    # 0.12 is printed for anything from 0.115 to 0.125
    assert about["stations_2020_least"] == pytest.approx(1 / 0.125 * 1e5)
    assert about["stations_2020_most"] == pytest.approx(1 / 0.115 * 1e5)
    for text in (finding.zh, finding.en):
        assert all(n in text for n in ("833,333", "869,565", "585,714", "587,896"))


def test_engines_are_turned_into_numbers_by_either_population(findings):
    finding = findings["implied_counts:engines"]
    counts = finding.recomputed
    assert counts["by_stations_2020_least"] == pytest.approx(0.115 * 80_000 / 1e3)
    assert counts["by_firefighters_2020_most"] == pytest.approx(0.125 * 164 / 2.75)
    assert counts["by_firefighters_2025_least"] == pytest.approx(0.175 * 204 / 3.475)
    # 7 + 4 = 11 engines for 204 / 3.47 = 58.79 times 10,000 residents print as 0.19, not 0.18
    assert round(Decimal(11) * Decimal("3.47") / 204, 2) == Decimal("0.19")
    # 10 + 4 = 14 for 2 / 2.3 x 10^6 = 86.96 times 10,000 print as 0.16
    assert round(Decimal(14) * Decimal("0.23") / 20, 2) == Decimal("0.16")
    assert "10.3–10.9" in finding.en
    assert "gives 11" in finding.en
    assert "gives 14" in finding.en


def test_the_second_station_is_only_started_in_the_year_it_should_serve(findings):
    finding = findings["late:new_station_in_time"]
    assert finding.recomputed == {"needed": 2, "in_service": 1}
    assert ("indicators.csv", "target_2025", "0.23") in _cells(finding)
    assert ("projects.csv", "year_from", "2025") in _cells(finding)


def test_the_new_station_has_two_classes_with_two_caps(findings):
    finding = findings["station_class:class_of_new_station"]
    assert finding.recomputed == {"cap_special_km2": 7, "cap_second_km2": 4}
    assert ("stations.csv", "station_class", "二级普通") in _cells(finding)
    assert "普通（特勤）" in finding.zh


def test_two_stations_still_have_more_than_the_limit_each(findings):
    finding = findings["area:area_per_station"]
    assert finding.recomputed["km2_each_of_2"] == pytest.approx(7.35)
    assert finding.recomputed["caps_km2_1"] == 14
    assert finding.recomputed["caps_km2_2"] == 11
    assert "3.7" in finding.zh


def test_a_measured_area_takes_the_place_of_the_printed_one():
    found = {f.id: f for f in audit(read_plan(FOLDER), built_up_km2=16.0)}
    assert found["area:area_per_station"].recomputed["km2_each_of_2"] == 8
    assert found["area_measured:area_per_station"].grade == "note"
    small = {f.id for f in audit(read_plan(FOLDER), built_up_km2=6.5)}
    assert "area:area_per_station" not in small


def test_caps_come_from_the_caller_or_agree_with_the_rule_pack():
    plan = read_plan(FOLDER)
    rules = load_rules("cn")
    caps = {name: rules[rule].value for name, rule in AREA_RULES.items()}
    assert plan.declared.caps_km2 == caps
    found = {f.id: f for f in audit(plan, caps_km2={**caps, "second": 5.0})}
    finding = found["station_class:class_of_new_station"]
    assert finding.recomputed["cap_second_km2"] == 5


def test_a_finding_goes_when_its_cause_is_put_right(tmp_path):
    folder = copied(tmp_path)
    put(folder, "fires.csv", 5, "fires", "299")
    put(folder, "fires.csv", 6, "fires", "1271")
    row = find("facts.csv", "value", fact_id="fires")
    put(folder, "facts.csv", row, "value", "1271")
    put(folder, "stations.csv", 1, "station_class", "特勤")
    row = find("projects.csv", "what", project="消防站建设")
    put(folder, "projects.csv", row, "what", "建成1个消防站。（小坝新城消防站）")
    found = {f.id for f in audit(read_plan(folder)) if f.grade == "contradiction"}
    assert found == set()
    assert "share:rural_fires" not in {f.id for f in audit(read_plan(folder))}


def test_a_station_started_early_is_only_told_as_open(tmp_path):
    folder = copied(tmp_path)
    row = find("projects.csv", "what", project="消防站建设")
    put(folder, "projects.csv", row, "year_from", "2023")
    found = {f.id: f.grade for f in audit(read_plan(folder))}
    assert found["end_not_said:new_station_in_time"] == "note"
    assert "late:new_station_in_time" not in found


def test_ratios_that_fit_within_their_rounding_are_left_alone(tmp_path):
    folder = copied(tmp_path)
    # 585,714 residents: 1 station is 0.171 and 2 of 587,896 are 0.340 per 100,000;
    # 7 engines are 0.1195, 11 are 0.187 per 10,000
    put(folder, "indicators.csv", 2, "value_2020", "0.17")
    put(folder, "indicators.csv", 2, "target_2025", "0.34")
    put(folder, "indicators.csv", 5, "target_2025", "0.19")
    found = {f.id: f for f in audit(read_plan(folder))}
    assert "denominators:population" not in found
    assert found["implied_counts:engines"].grade == "note"


def test_an_empty_cell_is_told_and_not_taken_for_zero(tmp_path):
    folder = copied(tmp_path)
    put(folder, "facts.csv", find("facts.csv", "value", fact_id="alarms"), "value", "")
    found = {f.id: f for f in audit(read_plan(folder))}
    assert found["empty:alarms"].grade == "note"
    assert "same:alarms" not in found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_findings_make_a_table_of_texts(findings, language):
    rows = findings_table(findings.values(), language)
    assert [row["id"] for row in rows] == list(findings)
    assert rows[0]["text"] == getattr(findings["series:fires"], language)
    assert "fires.csv, row 5, fires: 229" in rows[0]["cells"]

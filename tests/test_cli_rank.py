"""``firecover rank`` from the user's seat."""

import os
import subprocess
import sys

import pytest

from support.layers_files import write_study

FIRECOVER = [sys.executable, "-m", "firecover.cli"]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranked")
    return write_study(folder, travel={"turn_costs": False}, siting={"stations": 1})


def firecover(*words, **environment):
    return subprocess.run(
        [*FIRECOVER, *map(str, words)],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "220", "PYTHONIOENCODING": "utf-8", **environment},
        check=False,
    )


def _cells(text, beginning):
    rows = ([cell.strip() for cell in line.strip("│ ").split("│")] for line in text.splitlines())
    return next(cells for cells in rows if cells[0] == beginning)


def test_the_order_and_the_best_choice_are_printed_with_their_proof(study):
    done = firecover("rank", study)
    assert done.returncode == 0, done.stderr
    first, second = _cells(done.stdout, "1"), _cells(done.stdout, "2")
    assert first[1] == "候选二 (c2)"
    assert second[1] == "候选一 (c1)"
    assert first[-3] == "0.300"
    assert "too few to tell these apart: c2、c1" in done.stdout
    answer = _cells(done.stdout, "mclp-1")
    assert answer[1:3] == ["候选二 (c2)", "optimal"]
    assert answer[3].endswith(" share")
    assert answer[3].removesuffix(" share") == answer[4]
    assert answer[5] == "0.000000"
    assert _cells(done.stdout, "mclp-2")[1] == "候选一 (c1)"


def test_stations_and_model_can_be_asked_for(study):
    done = firecover("rank", study, "--stations", 2, "--model", "pcenter", "--time-limit", 30)
    assert done.returncode == 0, done.stderr
    assert _cells(done.stdout, "pcenter-1")[2] == "optimal"
    assert "mclp" not in done.stdout
    both = firecover("rank", study, "--stations", 2)
    assert "候选一 (c1)" in _cells(both.stdout, "mclp-1")[1]


def test_what_cannot_be_is_explained(study):
    done = firecover("rank", study, "--model", "area-cap")
    assert done.returncode == 0, done.stderr
    assert _cells(done.stdout, "area-cap-first-1")[1:5] == ["-", "infeasible", "-", "-"]
    assert "area-cap-first-1: no site reaches 8.5" in done.stdout


def test_a_search_without_time_claims_no_proof(study):
    done = firecover("rank", study, "--model", "backup", "--time-limit", 0.001)
    assert done.returncode == 0, done.stderr
    told = _cells(done.stdout, "backup-1")
    assert told[2] in {"optimal", "feasible", "unknown"}
    if told[2] == "unknown":
        assert told[1:6] == ["-", "unknown", "-", "-", "-"]
        assert "nothing was found in the time given" in done.stdout
    else:
        assert (told[2] == "optimal") == (told[5] == "0.000000")


def test_what_is_not_there_ends_with_2_and_is_told(study):
    for words, told in (
        (("rank", study, "--model", "mcpl"), "area-cap"),
        (("rank", study, "--stations", 0), "stations"),
        (("rank", study, "--time-limit", -1), "time-limit"),
        (("rank", study.parent / "nothing.toml"), "nothing.toml"),
    ):
        done = firecover(*words)
        assert done.returncode == 2, words
        assert told in done.stderr
        assert "Traceback" not in done.stderr


def test_a_study_without_candidates_says_so(tmp_path):
    bare = write_study(tmp_path, layers={"candidates": None}, scenarios={"plan": {"open": []}})
    done = firecover("rank", bare)
    assert done.returncode == 0, done.stderr
    assert "no candidates" in done.stdout
    assert "nothing to choose from" in done.stdout

"""``firecover who`` from the user's seat."""

import os
import subprocess
import sys

import pytest

from support.layers_files import degrees, write_study

FIRECOVER = [sys.executable, "-m", "firecover.cli"]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return write_study(tmp_path_factory.mktemp("study"), travel={"turn_costs": False})


def firecover(*words, **environment):
    return subprocess.run(
        [*FIRECOVER, *map(str, words)],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "200", "PYTHONIOENCODING": "utf-8", **environment},
        check=False,
    )


def test_a_table_tells_who_comes_when_and_by_which_roads(study):
    lon, lat = degrees(2520, 3200)
    done = firecover("who", study, f"{lon:.9f},{lat:.9f}", "--units", 1)
    assert done.returncode == 0, done.stderr
    row = next(line for line in done.stdout.splitlines() if "城区站 (s1)" in line)
    cells = [cell.strip() for cell in row.strip("│ ").split("│")]
    # 60 s of turnout, 700 m at 30 km/h, 20 m on foot at 4 km/h
    assert cells == ["1", "城区站 (s1)", "60", "1.4", "0.3", "2.7", "0.7", "Road 13"]
    assert "东镇专职队" not in done.stdout
    assert "1 more would come" in done.stdout
    both = firecover("who", study, "v4", "--scenario", "plan")
    assert both.returncode == 0, both.stderr
    assert all(name in both.stdout for name in ("(s1)", "(s2)", "(c1)"))


def test_what_is_not_there_ends_with_2_and_is_told(study):
    for words, told in (
        (("who", study, "v5"), "v1村 (v1)"),
        (("who", study, "v1", "--scenario", "plam"), "'plan'"),
        (("who", study, "200,100"), "not on the Earth"),
        (("who", study, "109.9,31.5"), "km outside the study area"),
        (("who", study.parent / "nothing.toml", "v1"), "nothing.toml"),
    ):
        done = firecover(*words)
        assert done.returncode == 2, words
        assert told in done.stderr
        assert "Traceback" not in done.stderr


def test_where_nobody_comes_the_reasons_are_told(study):
    lon, lat = degrees(-3000, 4500)
    done = firecover("who", study, f"{lon:.9f},{lat:.9f}")
    assert done.returncode == 0
    assert "Nobody comes" in done.stdout
    assert "3500 m, the limit is 3000 m" in done.stdout


def test_without_a_cache_nothing_is_kept(study, tmp_path):
    folder = tmp_path / "cache"
    done = firecover("who", study, "v1", "--no-cache", FIRECOVER_CACHE=str(folder))
    assert done.returncode == 0, done.stderr
    assert not folder.exists()
    kept = firecover("who", study, "v1", FIRECOVER_CACHE=str(folder))
    assert [entry.name.split("-")[0] for entry in folder.iterdir()] == ["network"]
    assert kept.stdout == done.stdout

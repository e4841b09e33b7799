"""The command line from the user's seat: good runs, bad input, nothing half-written."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import Point

from support.layers_files import (
    CRS,
    STATIONS,
    at,
    degrees,
    grid_lines,
    merge,
    study_tables,
    to_toml,
    write_points_csv,
    write_study,
)

ROOT = Path(__file__).resolve().parents[1]
FIRECOVER = [sys.executable, "-m", "firecover.cli"]


def firecover(*words, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "200", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [*FIRECOVER, *map(str, words)],
        capture_output=True,
        encoding="utf-8",
        cwd=cwd,
        env=environment,
        check=False,
    )


def rewrite(study: Path, **changes) -> None:
    """Write the small study's file again with other tables."""
    study.write_text(to_toml(merge(study_tables(), changes)), encoding="utf-8")


def no_crs(study: Path) -> None:
    stations = gpd.GeoDataFrame({"id": ["s1"], "name": ["x"]}, geometry=[Point(1, 2)])
    with pytest.warns(UserWarning, match="crs"):
        stations.to_file(study.parent / "stations.gpkg", engine="pyogrio")
    rewrite(study, layers={"stations": {"path": "stations.gpkg"}})


def missing_field(study: Path) -> None:
    write_points_csv(study.parent / "stations.csv", [{"id": "s1", "nmae": "x", "at": (2500, 2500)}])


def swapped_coordinates(study: Path) -> None:
    lon, lat = degrees(*STATIONS["s1"])
    (study.parent / "stations.csv").write_text(f"id,name,lon,lat\ns1,x,{lat},{lon}\n", "utf-8")


def far_outside(study: Path) -> None:
    write_points_csv(
        study.parent / "stations.csv",
        [
            {"id": "s1", "name": "x", "at": (2500, 2500)},
            {"id": "s9", "name": "far", "at": (50_000, 5000)},
        ],
    )


def empty_layer(study: Path) -> None:
    (study.parent / "stations.csv").write_text("id,name,lon,lat\n", "utf-8")


def corrupt_pbf(study: Path) -> None:
    (study.parent / "roads.osm.pbf").write_bytes(
        b"\x00\x00\x00\x0e\x0a\x09OSMHeader" + b"\xff" * 99
    )
    rewrite(study, layers={"roads": {"path": "roads.osm.pbf"}})


def gbk_without_cpg(study: Path) -> None:
    lines = grid_lines()
    roads = gpd.GeoDataFrame({"等级": ["乡道"] * len(lines)}, geometry=lines, crs=CRS)
    file = study.parent / "roads.shp"
    roads.to_file(file, engine="pyogrio", encoding="gbk")
    file.with_suffix(".cpg").unlink()
    rewrite(study, layers={"roads": {"path": "roads.shp", "fields": {"road_class": "等级"}}})


def unknown_key(study: Path) -> None:
    rewrite(study, travel={"turnuot_s": 60})


BAD_INPUT = {
    no_crs: ("stations.gpkg", "layer stations", "CRS"),
    missing_field: ("stations.csv", "layer stations", "'name'", "nmae"),
    swapped_coordinates: ("stations.csv", "layer stations", "swapped"),
    far_outside: ("stations.csv", "layer stations", "row 2", "40"),
    empty_layer: ("stations.csv", "layer stations"),
    corrupt_pbf: ("roads.osm.pbf", "layer roads"),
    gbk_without_cpg: ("roads.shp", "layer roads", ".cpg", "gbk"),
    unknown_key: ("study.toml", "travel.turnuot_s", "turnout_s"),
}


@pytest.mark.parametrize("spoil", BAD_INPUT, ids=lambda spoil: spoil.__name__)
def test_bad_input_ends_with_2_says_where_and_writes_nothing(tmp_path, spoil):
    study = write_study(tmp_path / "study")
    spoil(study)
    done = firecover("run", study, "--out", tmp_path / "out", "--maps", tmp_path / "maps")
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    for word in BAD_INPUT[spoil]:
        assert word in done.stderr
    assert not (tmp_path / "out" / "small").exists()
    assert not (tmp_path / "maps" / "small").exists()
    checked = firecover("check", study)
    assert checked.returncode == 2
    assert "Traceback" not in checked.stderr


def test_a_good_study_runs_and_a_bad_one_leaves_its_results_as_they_were(tmp_path):
    study = write_study(tmp_path / "study")
    where = ("--out", tmp_path / "out", "--maps", tmp_path / "maps")
    done = firecover("run", study, *where)
    assert done.returncode == 0, done.stderr
    assert "who is reached in time" in done.stdout
    written = {p: p.read_bytes() for p in (tmp_path / "out" / "small").iterdir()}
    assert {p.name for p in written} >= {"coverage.gpkg", "coverage.qgz", "results.json"}
    empty_layer(study)
    assert firecover("run", study, *where).returncode == 2
    assert {p: p.read_bytes() for p in (tmp_path / "out" / "small").iterdir()} == written
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["small"]


def test_a_name_that_holds_a_script_is_shown_as_text(tmp_path):
    study = write_study(tmp_path / "study")
    name = "<script>alert(1)</script>"
    write_points_csv(
        study.parent / "stations.csv",
        [
            {"id": "s1", "name": name, "station_class": "first", "at": STATIONS["s1"]},
            {"id": "s2", "name": "b", "station_class": "township", "at": STATIONS["s2"]},
        ],
    )
    done = firecover("run", study, "--out", tmp_path / "out", "--maps", tmp_path / "maps")
    assert done.returncode == 0, done.stderr
    pages = [*(tmp_path / "maps").rglob("*.html"), *(tmp_path / "out").rglob("*.html")]
    assert len(pages) > 5
    assert all(name not in page.read_text(encoding="utf-8") for page in pages)


def test_check_lists_every_layer(tmp_path):
    done = firecover("check", write_study(tmp_path / "study"))
    assert done.returncode == 0, done.stderr
    for layer in study_tables()["layers"]:
        assert layer in done.stdout
    assert "can be run" in done.stdout


def test_the_plan_is_audited():
    done = firecover("audit-plan", ROOT / "data" / "raw" / "youyang", "--lang", "en")
    assert done.returncode == 0, done.stderr
    for word in ("contradiction", "229", "299", "1,271"):
        assert word in done.stdout


def test_a_study_without_a_plan_says_so(tmp_path):
    done = firecover("audit-plan", write_study(tmp_path / "study"))
    assert done.returncode == 2
    assert "no folder 'plan'" in done.stderr
    assert "Traceback" not in done.stderr


def test_new_writes_a_study_that_check_reads(tmp_path):
    assert firecover("new", tmp_path / "county").returncode == 0
    checked = firecover("check", tmp_path / "county")
    assert checked.returncode == 2  # its files are still missing, and each is named
    assert "boundary.geojson" in checked.stdout + checked.stderr
    again = firecover("new", tmp_path / "county")
    assert again.returncode == 2
    assert "is there already" in again.stderr


@pytest.mark.skipif(os.name != "posix", reason="signals are sent another way elsewhere")
def test_a_run_that_is_stopped_says_that_nothing_was_lost(tmp_path):
    study = write_study(tmp_path / "study")
    # a parent in the background may have told its children to ignore Ctrl-C
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from firecover import cli; sys.exit(cli.main())"
    )
    words = ("run", study, "--out", tmp_path / "out", "--maps", tmp_path / "maps")
    with subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        told = first + process.stderr.read()
    assert process.returncode == 130, told
    assert "the last good results are as they were" in told
    assert "Traceback" not in told
    assert not [path for name in ("out", "maps") for path in (tmp_path / name).glob("*")]


def test_a_folder_that_cannot_be_written_to_is_the_users_to_mend(tmp_path):
    study = write_study(tmp_path / "study")
    (tmp_path / "file").write_text("x", "utf-8")
    done = firecover("run", study, "--out", tmp_path / "file", "--maps", tmp_path / "maps")
    assert done.returncode == 2
    assert str(tmp_path / "file") in done.stderr
    assert (tmp_path / "file").read_text("utf-8") == "x"


def test_help_answers_at_once():
    firecover("--help")  # the first call may compile
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        done = firecover("--help")
        seconds.append(time.perf_counter() - began)
    assert done.returncode == 0
    assert "check" in done.stdout
    assert min(seconds) < 1


def test_help_loads_nothing_heavy():
    code = (
        "import sys, firecover.cli, firecover.study; "
        "print([m for m in ('geopandas', 'osmnx', 'folium', 'rasterio', 'matplotlib', 'scipy') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_study_that_is_not_there_is_told(tmp_path):
    done = firecover("run", tmp_path / "nothing.toml")
    assert done.returncode == 2
    assert "nothing.toml" in done.stderr
    without = firecover("run", cwd=tmp_path)
    assert without.returncode == 2
    assert "firecover new" in without.stderr


def test_coordinates_of_the_small_study_are_where_they_say():
    assert at(0, 0) == (570_000.0, 3_188_000.0)

"""The way from QGIS back into a run: a candidate is moved there, and the figures follow."""

import os
import shutil
import subprocess
from pathlib import Path

import networkx as nx
import pandas as pd
import pytest

from firecover.layers import read_layers
from firecover.pipeline import analyse
from firecover.study import load_study
from support.layers_files import CANDIDATES, CRS, at, write_points_csv, write_study

QGIS_PYTHON = "/usr/bin/python3"
MOVE_IN_QGIS = Path(__file__).parents[1] / "support" / "move_in_qgis.py"
README = Path(__file__).parents[2] / "data" / "README.md"
BUNDLED = Path(__file__).parents[2] / "data" / "raw" / "youyang"
NEW_PLACE = (7500.0, 3500.0)
STATIONS = {"s1": ((2500.0, 2500.0), 60.0), "s2": ((7500.0, 7500.0), 90.0)}
TURNOUT_S = 60.0


@pytest.fixture(scope="module")
def move(tmp_path_factory):
    """A function that moves a point in QGIS."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    environment["HOME"] = str(tmp_path_factory.mktemp("home"))
    environment.pop("PYTHONPATH", None)
    probe = [QGIS_PYTHON, "-c", "import qgis.core"]
    if (
        not Path(QGIS_PYTHON).exists()
        or subprocess.run(probe, check=False, capture_output=True, env=environment).returncode
    ):
        pytest.skip("QGIS for Python (python3-qgis) is not installed")

    def moved(table, package, identity, place):
        command = [QGIS_PYTHON, MOVE_IN_QGIS, table, package, identity, *map(str, place), CRS]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, env=environment, timeout=120
        )
        assert done.stdout.strip() == "moved", done.stderr

    return moved


def with_candidates_in(study, path):
    """Point the study to another file of candidates, as the user would in an editor."""
    text = study.read_text("utf-8")
    for old in ("candidates.csv", "candidates.geojson"):
        text = text.replace(f'"{old}"', f'"{path}"')
    study.write_text(text, encoding="utf-8")


def reached_km(results, minutes, opened):
    """Road reached within a time of the plan, by Dijkstra over the table of roads."""
    graph = nx.Graph()
    for row in results.roads.itertuples():
        ends = [tuple(round(value) for value in row.geometry.coords[i]) for i in (0, -1)]
        graph.add_edge(*ends, s=row.length_m / row.speed_kmh * 3.6, m=row.length_m)
    for name, (place, turnout_s) in (STATIONS | {"c1": (opened, TURNOUT_S)}).items():
        graph.add_edge(name, tuple(round(value) for value in at(*place)), s=0.0, m=0.0)
        graph.add_edge("call", name, s=turnout_s, m=0.0)
    arrival = nx.single_source_dijkstra_path_length(graph, "call", weight="s")
    total = 0.0
    for start, end, told in graph.edges(data=True):
        if told["m"]:
            left = [max(minutes * 60 - arrival[node], 0.0) for node in (start, end)]
            total += told["m"] * min(sum(left) / told["s"], 1.0)
    return total / 1000


@pytest.mark.qgis
def test_a_candidate_moved_in_qgis_moves_in_the_next_run(move, tmp_path):
    quick = {"travel": {"turn_costs": False}, "uncertainty": {"draws": 0}}
    study = write_study(tmp_path, **quick)
    rows = [
        {"id": key, "name": f"候选{key}", "station_class": "second", "at": place}
        for key, place in CANDIDATES.items()
    ]
    table = write_points_csv(tmp_path / "candidates.csv", rows)
    with_candidates_in(study, "candidates.csv")
    before = analyse(study)

    move(table, tmp_path / "candidates.gpkg", "c1", at(*NEW_PLACE))
    with_candidates_in(study, "candidates.gpkg")
    after = analyse(study)

    places = {
        key: results.candidates.set_index("id").geometry
        for key, results in {"before": before, "after": after}.items()
    }
    assert places["after"]["c1"].distance(places["before"]["c1"]) == pytest.approx(1000, abs=0.01)
    assert places["after"]["c2"].distance(places["before"]["c2"]) < 0.01
    assert list(after.candidates["name"]) == list(before.candidates["name"])
    for results, opened in ((before, CANDIDATES["c1"]), (after, NEW_PLACE)):
        figures = results.scenario("plan").figures
        for minutes in results.minutes:
            told = figures[f"reached_road_{minutes:g}min_km"]
            # The table holds one speed a road; where a road leaves the town it has two.
            assert told == pytest.approx(reached_km(results, minutes, opened), rel=1e-3)
        # The east's seat stands on the candidate's own road, x = 7500 m, y = 4500 m.
        own = results.roads[results.roads["name"] == "Road 18"]
        speed_kmh = own["speed_kmh"].max()
        away_km = (4500 - opened[1]) / 1000
        seats = results.townships[results.townships["scenario"] == "plan"].set_index("name")
        want_s = TURNOUT_S + away_km / speed_kmh * 3600
        assert seats.loc["东镇", "seat_first_s"] == pytest.approx(want_s, abs=0.1)
    assert before.scenario("baseline").figures == after.scenario("baseline").figures


@pytest.mark.qgis
def test_the_bundled_candidates_can_be_moved_too(move, tmp_path):
    folder = shutil.copytree(BUNDLED, tmp_path / "youyang")
    study = folder / "study.toml"
    move(folder / "candidates.csv", folder / "candidates.gpkg", "xiaoba", (575_000, 3_187_000))
    with_candidates_in(study, "candidates.gpkg")
    assert 'path = "candidates.gpkg"' in study.read_text("utf-8")
    candidates = read_layers(load_study(study)).candidates
    found = candidates.data.set_index("id")
    given = pd.read_csv(BUNDLED / "candidates.csv")
    assert list(found.index) == given["id"].tolist()
    xiaoba = found.geometry["xiaoba"]
    assert (xiaoba.x, xiaoba.y) == pytest.approx((575_000, 3_187_000), abs=0.01)
    assert found.loc["xiaoba", "station_class"] == "second"
    assert found.loc["xiaoba", "name"] == "小坝新城消防站"


def test_the_steps_are_described():
    text = README.read_text("utf-8")
    for step in ("Delimited Text", "Save Features As", "candidates.gpkg", "firecover run"):
        assert step in text

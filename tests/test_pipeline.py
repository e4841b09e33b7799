import json
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from firecover import pipeline
from firecover.errors import StudyError
from firecover.outputs.report.fonts import find_cjk_family
from support.layers_files import write_study


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    study = write_study(folder / "study", travel={"turn_costs": False})
    return folder, study, pipeline.run(study, folder / "out", folder / "maps")


def test_the_first_arrivals_of_the_grid_are_worked_out_by_hand(small):
    _, _, done = small
    villages = done.results.villages.set_index(["scenario", "id"])
    # v1 at (1000, 1000) lies half way between two streets, 500 m off both at 4 km/h: 450 s.
    # It is put on the street at y = 500 or 1500, x = 1000, or x = 500 or 1500, y = 1000; by
    # whichever, the station at (2500, 2500) is 3000 m away less the 500 m walked, or farther.
    first_s = villages.loc[("baseline", "v1"), "first_s"]
    walk_s = 500 / (4 / 3.6)
    nearest, farthest = 60 + 2000 / (30 / 3.6) + walk_s, 60 + 3000 / (30 / 3.6) + walk_s
    assert nearest - 1e-3 <= first_s <= farthest + 1e-3
    # v4 at (9000, 9100): 400 m off the street at y = 9500, at x = 9000, where the squad at
    # (7500, 7500) comes by 1500 + 2000 m of township roads, after 90 s
    expected = 90 + 3500 / (30 / 3.6) + 400 / (4 / 3.6)
    assert villages.loc[("baseline", "v4"), "first_s"] == pytest.approx(expected, abs=0.01)
    assert villages.loc[("baseline", "v4"), "first_station"] == "东镇专职队"


def test_population_adds_up_and_bands_nest(small):
    _, _, done = small
    for summary in done.results.scenarios:
        figures = summary.figures
        assert figures["population_total"] == pytest.approx(50_000)
        reached = [figures[f"population_reached_{m}min"] for m in (4, 8, 12)]
        assert reached == sorted(reached)
    towns = done.results.townships
    by_town = towns[towns["scenario"] == "baseline"]["population_modelled"]
    assert list(by_town) == pytest.approx([30_000, 20_000])
    demand = done.results.demand
    people = demand[demand["kind"] == "population"]
    within = people["population"][people["first_min_baseline"] <= 8].sum()
    assert done.results.scenario("baseline").figures["population_reached_8min"] == within


def test_one_more_station_makes_no_figure_worse(small):
    _, _, done = small
    before = done.results.scenario("baseline").figures
    after = done.results.scenario("plan").figures
    for key, value in before.items():
        if "reached" in key and value is not None:
            assert after[key] >= value - 1e-9
    surfaces = [s.surface.minutes for s in done.results.scenarios]
    assert (np.nan_to_num(surfaces[1], nan=9e9) <= np.nan_to_num(surfaces[0], nan=9e9)).all()


def test_the_ranking_is_what_the_scenario_adds(small):
    _, _, done = small
    c1 = done.results.candidates.set_index("id").loc["c1"]
    people = done.results.demand[done.results.demand["kind"] == "population"]
    late = people["first_min_baseline"].fillna(np.inf) > 5
    in_time = people["first_min_plan"] <= 5
    assert c1["population_gain"] == pytest.approx(people["population"][late & in_time].sum())
    villages = done.results.villages.pivot_table(
        index="id", columns="scenario", values="reached", aggfunc="sum"
    )
    assert c1["villages_gain"] == (villages["plan"].astype(int) - villages["baseline"]).sum()


def test_the_same_inputs_give_the_same_bytes(small):
    folder, study, done = small
    again = pipeline.run(study, folder / "out2", folder / "maps2")
    for first, second in ((done.folder, again.folder), (done.maps, again.maps)):
        names = sorted(path.name for path in first.iterdir())
        assert names == sorted(path.name for path in second.iterdir())
        for name in names:
            if name != "manifest.json":
                assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_one_step_writes_its_own_outputs_and_keeps_the_others(small):
    folder, study, _ = small
    out, maps = folder / "out3", folder / "maps3"
    only = pipeline.run(study, out, maps, only="assessment")
    names = {path.name for path in only.folder.iterdir()}
    assert "results.json" in names
    assert "coverage.gpkg" not in names
    assert only.maps is None
    assert not maps.exists()
    pipeline.run(study, out, maps, only="report", languages=("en",))
    names = {path.name for path in only.folder.iterdir()}
    assert {"results.json", "report.en.html"} <= names
    assert "report.zh.html" not in names


def test_a_run_that_is_stopped_leaves_the_last_good_results(small, monkeypatch):
    _, study, done = small
    before = {path.name: path.read_bytes() for path in done.folder.iterdir()}

    def stopped(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "write_maps", stopped)
    with pytest.raises(KeyboardInterrupt):
        pipeline.run(study, done.folder.parent, done.maps.parent)
    assert {path.name: path.read_bytes() for path in done.folder.iterdir()} == before
    assert not [path for path in done.folder.parent.iterdir() if path.name.startswith(".")]


def test_results_json_tells_what_is_modelled_and_holds_the_headline(small):
    _, _, done = small
    figures = json.loads((done.folder / "results.json").read_text(encoding="utf-8"))
    assert figures["modelled_layers"] == ["villages", "population"]
    share = done.results.scenario("plan").figures["urban_reached_share"]
    assert figures["scenarios"]["plan"]["figures"]["urban_reached_share"] == pytest.approx(
        share, abs=5e-5
    )


def test_a_layer_that_is_not_given_makes_figures_unknown_not_zero(tmp_path):
    study = write_study(
        tmp_path / "study",
        layers={"hydrants": None, "villages": None, "population": None, "built_up": None},
    )
    done = pipeline.run(study, tmp_path / "out", tmp_path / "maps")
    figures = done.results.scenario("baseline").figures
    for key in ("hydrants", "villages", "population_total", "urban_km2", "hydrant_radius_share"):
        assert figures[key] is None
    assert figures["stations_fire"] == 1
    assert done.results.townships["hydrants"].isna().all()
    assert len(done.results.hydrant_gaps) == 0
    assert len(done.results.unknowns) >= 4


def test_a_scenario_that_opens_nothing_known_is_refused(tmp_path):
    study = write_study(tmp_path / "study", scenarios={"plan": {"open": ["c9"]}})
    with pytest.raises(StudyError, match="c9"):
        pipeline.run(study, tmp_path / "out", tmp_path / "maps")
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_roads_that_a_vehicle_cannot_pass_are_told_with_the_reason(tmp_path):
    study = write_study(tmp_path / "study")
    file = study.parent / "roads.geojson"
    roads = gpd.read_file(file)
    # an engine needs 3.0 m, a light pumper 2.5 m
    roads["width_m"] = np.where(np.arange(len(roads)) == 0, 2.7, 7.0)
    roads.to_file(file)
    stations = study.parent / "stations.csv"
    table = pd.read_csv(stations, dtype=str).assign(vehicle=["", "轻型消防车"])
    table.to_csv(stations, index=False)
    found = pipeline.analyse(study)
    engine, pumper = found.network.vehicles
    narrow_km = roads.geometry.iloc[[0]].to_crs(found.study.study.crs).length.item() / 1000
    assert engine.closed_km_by_reason == {"narrow": pytest.approx(narrow_km, rel=1e-3)}
    assert engine.closed_km == pytest.approx(narrow_km, rel=1e-3)
    assert (pumper.id, pumper.closed_km, pumper.closed_km_by_reason) == ("light_pumper", 0.0, {})
    closed = found.roads[found.roads["slow_reason"] == "closed"]
    assert closed["length_m"].sum() / 1000 == pytest.approx(narrow_km, rel=1e-3)
    # closed is not one-way
    assert (closed["speed_kmh"] == 0).all()
    assert not closed["oneway"].any()
    baseline = found.stations[found.stations["scenario"] == "baseline"]
    assert list(baseline["vehicle"]) == ["engine", "light_pumper"]
    assert set(found.candidates["vehicle"]) == {"engine"}


@pytest.mark.skipif(find_cjk_family() is None, reason="no font here can draw Chinese")
def test_a_machine_that_draws_no_chinese_is_told_what_to_install(small, monkeypatch, capsys):
    folder, study, _ = small
    report = partial(pipeline.run, study, folder / "out4", only="report")
    report()
    assert "font" not in capsys.readouterr().err
    monkeypatch.setattr(pipeline, "find_cjk_family", lambda: None)
    report(languages=("en",))
    assert "font" not in capsys.readouterr().err
    report()
    told = " ".join(capsys.readouterr().err.split())
    assert "No installed font draws Chinese" in told
    assert "fonts-noto-cjk" in told

from pathlib import Path

import pytest

from firecover.errors import OutputError, StudyError
from firecover.new_study import write_new_study
from firecover.study import load_study
from support.layers_files import write_study


@pytest.fixture
def study_file(tmp_path) -> Path:
    return write_study(tmp_path / "tiny")


def refused(file: Path, old: str, new: str) -> list:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(StudyError) as error:
        load_study(file)
    return list(error.value.problems)


def test_a_study_is_read_from_its_file_or_its_folder(study_file):
    study = load_study(study_file)
    assert load_study(study_file.parent) == study
    assert study.folder == study_file.parent.resolve()
    assert len(study.sha256) == 64
    assert study.scenario_title("baseline").zh


def test_an_unknown_key_is_refused_with_the_nearest_known_one(study_file):
    (problem,) = refused(study_file, "[study]", "[study]\ntitel = 'x'")
    assert problem.key == "study.titel"
    assert problem.file == "study.toml"
    assert "'title'" in problem.remedy


def test_an_unknown_layer_is_refused_with_the_nearest_known_one(study_file):
    problems = refused(study_file, "[layers.hydrants", "[layers.hydrant")
    assert any("hydrants" in problem.remedy for problem in problems)


def test_every_problem_is_told_at_once(study_file):
    text = study_file.read_text(encoding="utf-8")
    text += "\n[isochrones]\nminutes = [-1]\n[nonsense]\na = 1\n"
    text = text.replace('"crs" = "EPSG:4545"', '"crs" = "EPSG:4326"', 1)
    study_file.write_text(_without_table(text, "isochrones"), encoding="utf-8")
    with pytest.raises(StudyError) as error:
        load_study(study_file)
    keys = {problem.key for problem in error.value.problems}
    assert {"study.crs", "isochrones.minutes.0", "nonsense"} <= keys


def _without_table(text: str, name: str) -> str:
    """Keep the last of two tables of one name."""
    parts = text.split(f"[{name}]")
    if len(parts) < 3:
        return text
    first = parts[1]
    rest = first[first.index("\n[") :] if "\n[" in first else ""
    return parts[0] + rest + f"[{name}]".join(["", *parts[2:]])


def test_a_geographic_system_is_refused_by_its_name(study_file):
    (problem,) = refused(study_file, '"crs" = "EPSG:4545"', '"crs" = "EPSG:4326"')
    assert "projected" in problem.what


def test_a_path_out_of_the_folder_is_refused(study_file):
    study = load_study(study_file)
    outside = study_file.parent.parent / "outside.geojson"
    outside.write_text("{}", encoding="utf-8")
    table = study.layers["boundary"].model_copy(update={"path": Path("../outside.geojson")})
    moved = study.model_copy(update={"layers": {**study.layers, "boundary": table}})
    with pytest.raises(StudyError, match="leaves the study's folder"):
        moved.layer_path("boundary")
    absolute = table.model_copy(update={"path": outside})
    allowed = study.model_copy(update={"layers": {**study.layers, "boundary": absolute}})
    assert allowed.layer_path("boundary") == outside


def test_the_terrain_may_be_a_list_of_tiles(study_file):
    table = '[layers.dem]\n"path" = {}\nprovenance = {{ kind = "observed", source = "x" }}\n'
    text = study_file.read_text(encoding="utf-8")

    def dem(path):
        study_file.write_text(text + table.format(path), encoding="utf-8")
        return load_study(study_file)

    study = dem('["a.tif", "b.tif"]')
    assert study.layers["dem"].files == (Path("a.tif"), Path("b.tif"))
    assert study.layers["dem"].files_given == "a.tif, b.tif"
    with pytest.raises(StudyError) as error:
        study.layer_paths("dem")
    assert [problem.layer for problem in error.value.problems] == ["dem", "dem"]
    for name in ("a.tif", "b.tif"):
        (study.folder / name).write_bytes(b"")
    assert study.layer_paths("dem") == [study.folder / "a.tif", study.folder / "b.tif"]
    with pytest.raises(StudyError, match="2 files"):
        study.layer_path("dem")
    assert dem('"a.tif"').layer_paths("dem") == [study.folder / "a.tif"]
    with pytest.raises(StudyError, match="leaves the study's folder"):
        dem('["a.tif", "../b.tif"]').layer_paths("dem")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("[]", "list of names"),
        ('""', "list of names"),
        ("3", "list of names"),
        ('["a.tif", 3]', "every entry"),
        ('["a.tif", "a.tif"]', "more than once"),
    ],
)
def test_paths_that_cannot_be_are_refused(study_file, path, words):
    text = study_file.read_text(encoding="utf-8")
    table = f'[layers.dem]\npath = {path}\nprovenance = {{ kind = "observed", source = "x" }}\n'
    study_file.write_text(text + table, encoding="utf-8")
    with pytest.raises(StudyError) as error:
        load_study(study_file)
    (problem,) = error.value.problems
    assert problem.key == "layers.dem.path"
    assert words in problem.what


def test_only_the_terrain_may_be_several_files(study_file):
    text = study_file.read_text(encoding="utf-8")
    table = '[layers.water]\npath = ["a", "b"]\nprovenance = { kind = "observed", source = "x" }\n'
    study_file.write_text(text + table, encoding="utf-8")
    with pytest.raises(StudyError, match=r"layers\.water\.path is a list"):
        load_study(study_file)


def test_a_missing_file_names_the_layer_and_where_it_was_looked_for(study_file):
    study = load_study(study_file)
    study.layer_path("boundary").unlink()
    with pytest.raises(StudyError) as error:
        study.layer_path("boundary")
    assert error.value.problems[0].layer == "boundary"
    assert str(study.folder) in error.value.problems[0].remedy


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"[study\n", "not TOML"), ("[study]\nid = '酉阳'".encode("gbk"), "not UTF-8")],
)
def test_what_is_no_study_file_is_refused(tmp_path, content, message):
    file = tmp_path / "study.toml"
    file.write_bytes(content)
    with pytest.raises(StudyError, match=message):
        load_study(file)
    with pytest.raises(StudyError, match="no such study file"):
        load_study(tmp_path / "nothing.toml")


def test_bands_are_sorted_and_the_baseline_is_needed(study_file):
    text = study_file.read_text(encoding="utf-8")
    problems = refused(study_file, "[scenarios.baseline]", "[scenarios.today]")
    assert any("baseline" in problem.what for problem in problems)
    study_file.write_text(
        _without_table(text + "\n[isochrones]\nminutes = [20, 5, 5]\n", "isochrones"),
        encoding="utf-8",
    )
    assert load_study(study_file).isochrones.minutes == (5, 20)


def test_access_limits_have_defaults_that_a_layer_overrides(study_file):
    study = load_study(study_file)
    assert study.access("stations") == (500, None)
    table = study.layers["stations"].model_copy(update={"access_limit_m": 80.0})
    changed = study.model_copy(update={"layers": {**study.layers, "stations": table}})
    assert changed.access("stations") == (80, None)


def test_a_new_study_file_is_valid_and_never_overwrites(tmp_path):
    file = write_new_study(tmp_path / "county" / "deep")
    assert load_study(file).study.id == "my_county"
    with pytest.raises(OutputError, match="already"):
        write_new_study(file.parent)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ('kind = "tianditu"', "need your `key`"),
        ('kind = "tianditu"\nkey = "a b<"', "need your `key`"),
        ('kind = "osm"\nurl = "https://t/{z}/{x}/{y}"', '`url` goes with kind = "xyz"'),
        ('kind = "osm"\ndatum = "gcj02"', "hundreds of metres off"),
        ('kind = "xyz"\nurl = "ftp://t/{z}/{x}/{y}"\nattribution = "t"', "starts with https://"),
        ('kind = "xyz"\nurl = "https://t/{z}/{x}.png"\nattribution = "t"', "lacks {y}"),
        ('kind = "xyz"\nurl = "https://t/{z}/{x}/{y}"', "`attribution` is missing"),
        ('kind = "xyz"\nurl = "https://t/{z}/{x}/{y}{q}"\nattribution = "t"', "has {q}; known"),
        ('kind = "xyz"\nurl = "https://u:p@t/{z}/{x}/{y}"\nattribution = "t"', "no plain host"),
        ('kind = "xyz"\nurl = "https://t;a/{z}/{x}/{y}"\nattribution = "t"', "no plain host"),
        (
            'kind = "xyz"\nurl = "https://wprd01.is.autonavi.com/{z}/{x}/{y}"\nattribution = "t"',
            "shifted datum",
        ),
        ('kind = "google"', "'google' is not one of"),
        ('kind = "osm"\nkeys = "abc"', "did you mean 'key'?"),
    ],
)
def test_tiles_that_would_not_do_are_refused(study_file, keys, told):
    text = study_file.read_text(encoding="utf-8")
    study_file.write_text(f"{text}\n[[maps.tiles]]\n{keys}\n", encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        load_study(study_file)
    assert told in str(caught.value)
    assert "maps.tiles.0" in str(caught.value)


def test_tiles_that_would_do_are_kept(study_file):
    keys = 'kind = "tianditu"\nkey = "abc1"\nlayer = "img"'
    text = study_file.read_text(encoding="utf-8")
    study_file.write_text(f"{text}\n[[maps.tiles]]\n{keys}\n", encoding="utf-8")
    (tiles,) = load_study(study_file).maps.tiles
    assert (tiles.kind, tiles.key, tiles.layer) == ("tianditu", "abc1", "img")


@pytest.mark.parametrize("given", ["a/b", "..", "", "县"])
def test_an_id_that_cannot_name_a_folder_is_refused_in_words(tmp_path, given):
    file = write_study(tmp_path / "odd", study={"id": given})
    with pytest.raises(StudyError) as error:
        load_study(file)
    (problem,) = error.value.problems
    assert problem.key == "study.id"
    assert problem.what == f"{given!r} cannot be an id"
    assert "letters A-Z" in problem.remedy


def test_a_number_out_of_its_range_is_told_with_the_range(tmp_path):
    siting = {"full_force_min": -1, "stations": 51}
    file = write_study(tmp_path / "odd", siting=siting)
    with pytest.raises(StudyError) as error:
        load_study(file)
    told = {problem.key: problem.what for problem in error.value.problems}
    assert told == {
        "siting.full_force_min": "-1 is not above 0",
        "siting.stations": "51 is not at most 50",
    }


@pytest.mark.parametrize("path", ["dem.tif", ["n42e001.hgt", "n42e002.hgt"]])
def test_tiles_are_written_down_as_they_were_given(tmp_path, path):
    dem = {"path": path, "provenance": {"kind": "observed", "source": "x"}}
    file = write_study(tmp_path / "tiles", layers={"dem": dem})
    told = load_study(file).model_dump(mode="json")["layers"]
    assert told["dem"]["path"] == path
    assert told["roads"]["path"] == str(load_study(file).layers["roads"].path)


@pytest.mark.parametrize(
    ("table", "key"),
    [("siting", "budget_10k_cny"), ("travel", "turnout_s"), ("rules", "response_s")],
)
@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_number_without_an_end_is_refused(tmp_path, table, key, value):
    file = write_study(tmp_path / "odd")
    text = file.read_text(encoding="utf-8")
    if f"[{table}]" not in text:
        text += f"\n[{table}]\n"
    lines = [line for line in text.splitlines() if not line.startswith(f"{key} ")]
    lines.insert(lines.index(f"[{table}]") + 1, f"{key} = {value}")
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(StudyError) as error:
        load_study(file)
    (problem,) = error.value.problems
    assert problem.key == f"{table}.{key}"
    assert value in problem.what

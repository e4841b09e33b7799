"""The what-if page's file: what it carries, how large it is, that it is the same each time."""

import base64
import dataclasses
import gzip
import json
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from firecover import outputs
from firecover.outputs.maps.layers import share_out
from firecover.outputs.maps.pages import write_maps
from firecover.outputs.maps.text import section
from firecover.outputs.maps.what_if import CHANGE_COLOURS, what_if_page
from firecover.outputs.maps.what_if_figures import figure_keys
from firecover.outputs.maps.what_if_pack import LIMIT, fitting, pack, pack_common, spacing_m
from firecover.outputs.results_json import results_to_dict
from firecover.outputs.styles import rgb
from firecover.pipeline import analyse
from support.what_if_study import MARKUP, write_what_if_study


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return analyse(write_what_if_study(tmp_path_factory.mktemp("what_if")))


@pytest.fixture(scope="module")
def data(results):
    return what_if_page(share_out(results)).own.data["what_if"]


def unpack(packed):
    """Undo the packing in another way than the page does."""
    raw, at, found = gzip.decompress(base64.b64decode(packed["text"])), 0, {}
    for name, kind, length in packed["arrays"]:
        size = np.dtype(kind).itemsize
        part = np.frombuffer(raw[at : at + size * length], dtype=np.uint8)
        found[name] = part.reshape(size, length).T.copy().view(f"<{kind}").ravel()
        at += size * length
    assert at == len(raw)
    return found


def test_arrays_come_out_as_they_went_in():
    given = {
        "a": np.array([0.1, np.inf, -3e300, 0.0]),
        "b": np.array([[1, 255], [0, 7]], dtype=np.uint8),
        "c": np.array([-32768, 5], dtype=">i2"),
        "d": np.array([], dtype=np.float64),
    }
    found = unpack(pack(given).as_data())
    for name, array in given.items():
        assert np.array_equal(found[name], array.ravel()), name


def test_the_page_carries_the_arrivals_unrounded(results, data):
    given = results.what_if
    common = unpack(data["packed"])
    assert np.array_equal(common["population"], given.population)
    assert np.array_equal(common["built_up"], given.cell_km2)
    steps = common["built_up_at"].reshape(2, -1)
    west, east = (np.cumsum(steps, axis=1)[0] / 1e5)[[0, -1]]
    assert 108 < west < east < 109.5
    for place, told in enumerate(data["states"]):
        state, found = given.states[place], unpack(told["packed"])
        assert np.array_equal(found["population"], state.population.ravel())
        assert np.array_equal(found["villages_s"], state.villages_s.ravel())
        assert np.array_equal(found["seats_s"], state.seats_s.ravel())


def test_states_are_asked_for_as_a_study_file_does(data):
    told = {state["scenario"] or state["speed"]: state["toml"] for state in data["states"]}
    assert told[1.0] == []
    assert told[0.8] == ["speed_factor = 0.8"]
    asked = tomllib.loads("\n".join(told["shut"]))
    assert asked == {"close_roads": ["Road 5"], "turnout_factor": 2.0}


def _places(given):
    return {"population": given.population_xy, "built_up": given.cells_xy}


def test_factors_far_from_one_go_first_where_the_page_is_full(results):
    given = results.what_if
    shared = share_out(results)
    degrees = {name: xy / 1e5 for name, xy in _places(given).items()}  # near enough to pack
    common = pack_common(given, degrees)
    everything, nothing_left = fitting(given, common, LIMIT)
    assert len(everything) == len(given.states)
    assert nothing_left == []
    size = len(common.text) + sum(len(packed.text) for _, packed in everything)
    kept, left_out = fitting(given, common, size - 1)
    assert left_out == [0.6]  # 1.2 is nearer to 1, and scenarios ask for the others
    assert len(kept) == len(given.states) - 1
    page = what_if_page(shared, size - 1)
    assert any("0.6" in str(told) for told in page.told)
    assert [s["state"] for s in page.own.data["what_if"]["scenarios"]] == [1, 1, 0, 3]
    assert fitting(given, common, 100)[0] == []
    assert what_if_page(shared, 100) is None


def test_a_page_that_cannot_be_made_is_told_on_the_entry_page(results, tmp_path, monkeypatch):
    monkeypatch.setattr("firecover.outputs.maps.pages.what_if_page", lambda _: None)
    files = write_maps(results, tmp_path)
    assert "what_if.html" not in [file.name for file in files]
    assert section("what_if")["too_large"][0] in files[0].read_text(encoding="utf-8")


def test_there_is_no_page_without_arrivals(results):
    assert what_if_page(share_out(dataclasses.replace(results, what_if=None))) is None


def test_every_figure_of_the_page_is_one_of_results_json(results, data):
    figures = results_to_dict(results)["scenarios"]["plan"]["figures"]
    keys = figure_keys(results.minutes)
    assert set(keys) <= set(figures)
    assert set(data["digits"]) == set(keys)
    shown = {key for row in data["rows"] for key in row["keys"]}
    assert shown <= set(keys)


@pytest.mark.parametrize("layer", ["population", "built_up", "villages"])
def test_what_a_run_cannot_say_the_page_does_not_either(tmp_path, layer):
    results = analyse(write_what_if_study(tmp_path, layers={layer: None}))
    given = what_if_page(share_out(results)).own.data["what_if"]
    for told in results_to_dict(results)["scenarios"].values():
        unsaid = {key for key in given["digits"] if key not in given["said"]}
        assert unsaid
        assert all(told["figures"][key] is None for key in unsaid)
    assert f"{layer.removesuffix('s')}" in " ".join(unsaid)


def test_what_changes_keeps_apart_in_grey_print():
    def lightness(colour):
        """CIE L* of an sRGB colour."""
        share = np.array(rgb(colour)) / 255
        linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
        return 116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16

    found = [lightness(colour) for colour in CHANGE_COLOURS.values()]
    assert (np.diff(found) > 12).all()


def test_every_word_of_the_page_is_used_and_there():
    files = ("maps/what_if.py", "maps/what_if_figures.py", "maps/pages.py", "maps/index.py")
    folder = Path(outputs.__file__).parent
    texts = [(folder / name).read_text(encoding="utf-8") for name in files]
    texts += [path.read_text(encoding="utf-8") for path in (folder / "templates").glob("what_if*")]
    text = "\n".join(texts)
    for word in section("what_if"):
        stem = re.sub(r"^(village|by|filter|cells)_", "", word)
        assert re.search(rf"\b{word}\b|\"{stem}\"|_row\(\s*\"{word}\"", text), word


def test_the_file_is_the_same_each_time_and_in_the_index(results, tmp_path):
    for name in ("a", "b"):
        write_maps(results, tmp_path / name)
    page = (tmp_path / "a" / "what_if.html").read_bytes()
    assert page == (tmp_path / "b" / "what_if.html").read_bytes()
    index = (tmp_path / "a" / "index.html").read_text(encoding="utf-8")
    assert index.count('href="what_if.html"') == 2  # the bar and the card
    text = page.decode("utf-8")
    assert MARKUP not in text
    found = re.search(r'id="fc-data">(.*?)</script>', text, re.DOTALL)
    assert json.loads(found[1])["what_if"]["villages"][0][0] == MARKUP


@pytest.mark.parametrize(
    ("xy", "expected"),
    [([[0, 0], [200, 0], [400, 0], [0, 200]], 200.0), ([[5, 5]], 0.0), ([], 0.0)],
)
def test_the_usual_distance_of_neighbours_is_the_side_of_a_cell(xy, expected):
    assert spacing_m(np.array(xy, dtype=float).reshape(-1, 2)) == expected

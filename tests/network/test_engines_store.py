import json
import shutil

import numpy as np
import pytest

from firecover.network.engines import Store, graph_of_arcs
from firecover.network.engines.store import cache_dir

ARRAYS = {
    "numbers": np.arange(1000, dtype=np.uint32),
    "times": np.array([[0.1, np.inf], [2.0, -0.0]]),
    "none": np.zeros((0, 3), np.int64),
}


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "cache")


def stored_files(store, name):
    return next(store.folder.glob(f"*/{name}"))


def test_what_is_stored_comes_back(store):
    assert store.load("thing", "abc") is None
    assert store.save("thing", "abc", ARRAYS)
    back = store.load("thing", "abc")
    assert list(back) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)
    assert store.load("thing", "abd") is None
    assert store.load("other", "abc") is None


def test_storing_again_replaces(store):
    store.save("thing", "abc", ARRAYS)
    held = store.load("thing", "abc")
    store.save("thing", "abc", {"numbers": np.arange(3)})
    assert store.load("thing", "abc")["numbers"].tolist() == [0, 1, 2]
    assert held["numbers"][-1] == 999  # who has it keeps it
    assert [path.name for path in store.folder.iterdir()] == ["thing-1-abc"]


def flip(path):
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda s: flip(stored_files(s, "numbers.npy")), id="one bit"),
        pytest.param(lambda s: stored_files(s, "times.npy").write_bytes(b""), id="emptied"),
        pytest.param(lambda s: stored_files(s, "times.npy").unlink(), id="deleted"),
        pytest.param(
            lambda s: stored_files(s, "numbers.npy").write_bytes(
                stored_files(s, "numbers.npy").read_bytes()[:300]
            ),
            id="cut short",
        ),
        pytest.param(lambda s: stored_files(s, "contents.json").write_text("[1]"), id="a list"),
        pytest.param(lambda s: stored_files(s, "contents.json").write_text("{"), id="half"),
        pytest.param(
            lambda s: stored_files(s, "contents.json").write_text(json.dumps({"numbers": {}})),
            id="without checksum",
        ),
    ],
)
def test_what_is_damaged_counts_as_not_there_and_is_made_anew(store, damage):
    store.save("thing", "abc", ARRAYS)
    damage(store)
    assert store.load("thing", "abc") is None
    assert store.save("thing", "abc", ARRAYS)
    assert store.load("thing", "abc")["numbers"][7] == 7


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path):
    (tmp_path / "file").write_text("in the way")
    store = Store(tmp_path / "file" / "cache")
    assert not store.save("thing", "abc", ARRAYS)
    assert store.load("thing", "abc") is None


def test_a_write_that_breaks_off_leaves_nothing(store, monkeypatch):
    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    assert not store.save("thing", "abc", ARRAYS)
    assert list(store.folder.iterdir()) == []


def test_the_cache_folder_is_told_by_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("FIRECOVER_CACHE", str(tmp_path / "here"))
    assert cache_dir() == tmp_path / "here"
    monkeypatch.delenv("FIRECOVER_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_dir() == tmp_path / "firecover"


def test_a_hierarchy_is_built_once_and_then_loaded(store, monkeypatch):
    pytest.importorskip("numba", reason="the large engine is an extra")
    from firecover.network.engines import large_engine

    graph = graph_of_arcs(np.array([0, 1, 2]), np.array([1, 2, 0]), np.ones(3), 3)
    built = []

    def counted(asked):
        built.append(asked)
        return build(asked)

    build = large_engine.build_hierarchy
    monkeypatch.setattr(large_engine, "build_hierarchy", counted)
    first = large_engine.stored_hierarchy(graph, store)
    again = large_engine.stored_hierarchy(graph, store)
    assert len(built) == 1
    for name, array in first.arrays().items():
        np.testing.assert_array_equal(again.arrays()[name], array)
    flip(stored_files(store, "up_s.npy"))
    large_engine.stored_hierarchy(graph, store)
    assert len(built) == 2
    shutil.rmtree(store.folder)
    large_engine.stored_hierarchy(graph, store)
    assert len(built) == 3
    # arrays of another name are another form
    store.save("hierarchy", graph.digest, {"places": np.zeros(3)})
    large_engine.stored_hierarchy(graph, store)
    assert len(built) == 4

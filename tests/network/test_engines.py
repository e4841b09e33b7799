"""Both engines against a twin, and against each other."""

import sys
from subprocess import run

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firecover.errors import NetworkError
from firecover.network.engines import (
    EngineMissingError,
    Graph,
    Seeds,
    Targets,
    best_engine,
    compiled,
    engine,
    graph_of_arcs,
)
from firecover.network.engines.scipy_engine import ScipyEngine
from support.graphs import random_graphs, seeds_on, targets_on, twin_matrix, twin_times

EXACT = {"rtol": 1e-9, "atol": 1e-12}
CUTOFFS_S = (0.0, 0.3, 0.6, 2.5, 1e9)

# Four nodes in a row, a second apart, with a slow way back and a shortcut of no time 1 → 3.
ROW = graph_of_arcs(
    np.array([0, 1, 2, 3, 1]),
    np.array([1, 2, 3, 0, 3]),
    np.array([1.0, 1.0, 1.0, 10.0, 0.0]),
    node_count=4,
)


def large(*, threads=1):
    pytest.importorskip("numba", reason="the large engine is an extra")
    from firecover.network.engines.large_engine import LargeEngine

    return LargeEngine(store=None, threads=threads)


def engines():
    return [
        pytest.param(ScipyEngine, id="scipy"),
        pytest.param(large, id="large"),
        pytest.param(lambda: large(threads=2), id="large on two threads"),
    ]


def all_times(made, graph, seeds):
    out = np.full((len(seeds), graph.node_count), np.nan)
    for rows, node_s in made.one_to_all(graph, seeds):
        out[rows] = node_s
    return out


@pytest.mark.parametrize("make", engines())
def test_times_on_a_row_are_worked_out_by_hand(make):
    made = make()
    assert all_times(made, ROW, Seeds.at_nodes(np.array([0, 2]))).tolist() == [
        [0, 1, 2, 1],
        [11, 12, 0, 1],
    ]
    # a source part way between 2 and 3: a quarter of a second on to 3, which leads round
    part_way = Seeds(np.array([0, 1]), np.array([3], np.int32), np.array([0.25]))
    assert all_times(made, ROW, part_way).tolist() == [[10.25, 11.25, 12.25, 0.25]]
    # a place reached from 2 after half a second or from 3 after three
    place = Targets(np.array([0, 2]), np.array([2, 3], np.int32), np.array([0.5, 3.0]))
    assert made.matrix(ROW, Seeds.at_nodes(np.array([0, 3])), place).tolist() == [[2.5], [3.0]]
    assert made.matrix(ROW, Seeds.at_nodes(np.array([0, 3])), place, 2.5).tolist() == [
        [2.5],
        [np.inf],
    ]
    reach = made.within(ROW, Seeds.at_nodes(np.array([0, 3])), 1.0)
    assert (reach.start.tolist(), reach.node.tolist(), reach.seconds.tolist()) == (
        [0, 3, 4],
        [0, 1, 3, 3],
        [0, 1, 1, 0],
    )


@pytest.mark.parametrize("make", engines())
def test_of_equally_early_sources_the_lowest_is_named(make):
    # 1 arrives at 3 at once; 0 and 2 take a second: at node 1, source 1 itself is first
    seeds = Seeds.of_pairs(np.array([1, 0, 2]), np.array([3, 0, 2]), np.zeros(3), 4)
    node_s, source = make().earliest(ROW, seeds)
    assert node_s.tolist() == [0, 1, 0, 0]
    assert source.tolist() == [0, 0, 2, 1]
    # sources 0 and 1 both come to node 3 after one second, 1 from next door, 0 from far
    tie = Seeds.of_pairs(np.array([1, 0]), np.array([2, 0]), np.zeros(2), 2)
    node_s, source = make().earliest(ROW, tie)
    assert node_s.tolist() == [0, 1, 0, 1]
    assert source.tolist() == [0, 0, 1, 0]
    node_s, source = make().earliest(ROW, tie, 0.5)
    assert node_s.tolist() == [0, np.inf, 0, np.inf]
    assert source.tolist() == [0, -1, 1, -1]


@pytest.mark.parametrize("make", engines())
@settings(max_examples=40, deadline=None)
@given(st.data())
def test_times_equal_the_twin(make, data):
    graph = data.draw(random_graphs())
    seeds, targets = data.draw(seeds_on(graph)), data.draw(targets_on(graph))
    made, expected = make(), twin_times(graph, seeds)
    np.testing.assert_allclose(all_times(made, graph, seeds), expected, **EXACT)
    expected_matrix = twin_matrix(graph, seeds, targets)
    np.testing.assert_allclose(made.matrix(graph, seeds, targets), expected_matrix, **EXACT)
    node_s, source = made.earliest(graph, seeds)
    np.testing.assert_allclose(node_s, expected.min(axis=0), **EXACT)
    reached = np.flatnonzero(source >= 0)
    assert (np.isfinite(node_s) == (source >= 0)).all()
    np.testing.assert_allclose(expected[source[reached], reached], node_s[reached], **EXACT)


@pytest.mark.parametrize("make", engines())
@settings(max_examples=40, deadline=None)
@given(st.data())
def test_cutoffs_keep_what_is_exactly_at_them(make, data):
    graph = data.draw(random_graphs())
    seeds, targets = data.draw(seeds_on(graph)), data.draw(targets_on(graph))
    cutoff_s = data.draw(st.sampled_from(CUTOFFS_S))
    made, expected = make(), twin_times(graph, seeds)
    reach = made.within(graph, seeds, cutoff_s)
    assert len(reach) == len(seeds)
    for source in range(len(seeds)):
        node, seconds = reach.row(source)
        near = np.flatnonzero(expected[source] <= cutoff_s + 1e-9)
        assert node.tolist() == near.tolist()
        assert (seconds <= cutoff_s).all()
        np.testing.assert_allclose(seconds, expected[source, near], **EXACT)
    limited = twin_matrix(graph, seeds, targets)
    limited[limited > cutoff_s + 1e-9] = np.inf
    np.testing.assert_allclose(made.matrix(graph, seeds, targets, cutoff_s), limited, **EXACT)
    node_s, source = made.earliest(graph, seeds, cutoff_s)
    first = expected.min(axis=0)
    first[first > cutoff_s + 1e-9] = np.inf
    np.testing.assert_allclose(node_s, first, **EXACT)
    assert (np.isfinite(first) == (source >= 0)).all()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_engines_name_the_same_sources(data):
    graph = data.draw(random_graphs())
    seeds = data.draw(seeds_on(graph))
    cutoff_s = data.draw(st.sampled_from((*CUTOFFS_S, np.inf)))
    default = ScipyEngine().earliest(graph, seeds, cutoff_s)
    compiled_ones = large().earliest(graph, seeds, cutoff_s)
    assert default[1].tolist() == compiled_ones[1].tolist()
    assert default[0].tolist() == compiled_ones[0].tolist()


@pytest.mark.parametrize("make", engines())
def test_nobody_and_nothing_are_answered_too(make):
    made, nobody = make(), Seeds.at_nodes(np.zeros(0, np.int64))
    lost = Seeds.of_pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), 2)
    places = Targets.at_nodes(np.array([1, 2]))
    assert list(made.one_to_all(ROW, nobody)) == []
    assert np.isinf(all_times(made, ROW, lost)).all()
    assert made.matrix(ROW, nobody, places).shape == (0, 2)
    assert np.isinf(made.matrix(ROW, lost, places)).all()
    assert made.matrix(ROW, lost, Targets.at_nodes(np.zeros(0, np.int64))).shape == (2, 0)
    assert len(made.within(ROW, nobody, 5.0)) == 0
    assert made.within(ROW, lost, 5.0).start.tolist() == [0, 0, 0]
    assert (made.earliest(ROW, lost)[1] == -1).all()


def test_the_default_engine_holds_one_block_at_a_time():
    seeds = Seeds.at_nodes(np.array([0, 1, 2, 3, 0, 1, 2]))
    made = ScipyEngine(block_bytes=3 * 8 * 5)
    blocks = list(made.one_to_all(ROW, seeds))
    assert [(rows.start, rows.stop) for rows, _ in blocks] == [(0, 3), (3, 6), (6, 7)]
    at_once = all_times(ScipyEngine(), ROW, seeds)
    np.testing.assert_array_equal(np.concatenate([node_s for _, node_s in blocks]), at_once)


def test_parallel_arcs_loops_and_impassable_ones_are_sorted_out():
    graph = graph_of_arcs(
        np.array([1, 0, 0, 0, 0]),
        np.array([0, 1, 1, 0, 2]),
        np.array([3.0, 5.0, 4.0, 0.0, np.inf]),
        node_count=3,
    )
    assert graph.indptr.tolist() == [0, 1, 2, 2]
    assert (graph.head.tolist(), graph.seconds.tolist()) == ([1, 0], [4.0, 3.0])


def test_what_is_no_graph_is_refused():
    one = np.zeros(1, np.int64)
    with pytest.raises(NetworkError, match="negative or not a number"):
        graph_of_arcs(one, one + 1, np.array([-1.0]), 2)
    with pytest.raises(NetworkError, match="negative or not a number"):
        graph_of_arcs(one, one + 1, np.array([np.nan]), 2)
    with pytest.raises(NetworkError, match="does not exist"):
        graph_of_arcs(one, one + 2, np.array([1.0]), 2)
    with pytest.raises(NetworkError, match="arranged"):
        Graph(np.array([0, 2]), np.zeros(1, np.int32), np.zeros(1))
    with pytest.raises(NetworkError, match="arranged by place"):
        Seeds(np.array([0, 2]), np.zeros(1, np.int32), np.zeros(1))
    with pytest.raises(NetworkError, match="entry's time"):
        Seeds(np.array([0, 1]), np.zeros(1, np.int32), np.array([-0.5]))
    with pytest.raises(NetworkError, match="does not exist"):
        ScipyEngine().within(ROW, Seeds.at_nodes(np.array([4])), 1.0)


def test_equal_graphs_have_equal_digests():
    again = graph_of_arcs(ROW.tails(), ROW.head, ROW.seconds, 4)
    slower = graph_of_arcs(ROW.tails(), ROW.head, ROW.seconds + 1, 4)
    placed = graph_of_arcs(ROW.tails(), ROW.head, ROW.seconds, 4, np.zeros((4, 2)))
    assert again.digest == ROW.digest
    assert len({ROW.digest, slower.digest, placed.digest}) == 3


def test_without_numba_the_large_engine_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(EngineMissingError, match=r"pip install firecover\[large\]"):
        engine("large")
    assert engine("scipy").name == "scipy"


def test_the_large_engine_is_chosen_for_large_work_if_it_is_there(monkeypatch):
    assert best_engine(node_count=20_000, sources=200) == "scipy"
    monkeypatch.setattr("firecover.network.engines.is_installed", lambda: True)
    assert best_engine(node_count=300_000, sources=1000) == "large"
    monkeypatch.setattr("firecover.network.engines.is_installed", lambda: False)
    assert best_engine(node_count=300_000, sources=1000) == "scipy"


def test_numba_is_not_imported_before_it_is_asked_for():
    code = "import sys, firecover.network.engines; sys.exit('numba' in sys.modules)"
    assert run([sys.executable, "-c", code], check=False).returncode == 0


def test_threads_are_asked_for_by_the_environment(monkeypatch):
    monkeypatch.setenv("FIRECOVER_THREADS", "3")
    assert compiled.thread_count() == 3
    monkeypatch.setenv("FIRECOVER_THREADS", "many")
    assert compiled.thread_count() >= 1


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_of_threads_keep_the_order_of_the_jobs(threads):
    assert list(compiled.in_threads(lambda x: x * x, range(9), threads)) == [
        x * x for x in range(9)
    ]

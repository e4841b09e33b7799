"""The parts of the large engine: queue, hierarchy, sweeps."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firecover.network.engines import Seeds, Targets, graph_of_arcs
from firecover.network.engines.order import hilbert_order, renumber
from firecover.network.engines.scipy_engine import ScipyEngine
from support.graphs import random_graphs, seeds_on, targets_on, twin_matrix, twin_times

pytest.importorskip("numba", reason="the large engine is an extra")

from firecover.network.engines.contraction import LAST
from firecover.network.engines.hierarchy import build_hierarchy
from firecover.network.engines.large_engine import LargeEngine
from firecover.network.engines.phast import LANES
from firecover.network.engines.searches import _PLACE, _SEQUENCE

EXACT = {"rtol": 1e-9, "atol": 1e-12}
#: Nodes contracted one by one: all of these small graphs, few or none (the rest in rounds).
LASTS = (LAST, 3, 0)


def city(side, seed=0):
    """A grid of streets with a fifth of them one-way and some missing."""
    rng = np.random.default_rng(seed)
    node = np.arange(side * side).reshape(side, side)
    start = np.concatenate((node[:, :-1].ravel(), node[:-1].ravel()))
    end = np.concatenate((node[:, 1:].ravel(), node[1:].ravel()))
    kept = rng.random(len(start)) < 0.93
    start, end = start[kept], end[kept]
    back = rng.random(len(start)) < 0.8
    starts, ends = np.concatenate((start, end[back])), np.concatenate((end, start[back]))
    seconds = rng.choice([4.0, 7.5, 9.1, 30.0], len(starts))
    xy = np.stack(np.divmod(np.arange(side * side), side), axis=1) * 100.0
    shuffled = rng.permutation(side * side)
    placed = np.empty_like(xy)
    placed[shuffled] = xy
    return graph_of_arcs(shuffled[starts], shuffled[ends], seconds, side * side, placed)


def prepared(graph, threads=1, last=LAST):
    made = LargeEngine(store=None, threads=threads)
    made._of(graph).hierarchy = build_hierarchy(graph, last)
    return made


def all_times(made, graph, seeds):
    return np.concatenate([node_s for _, node_s in made.one_to_all(graph, seeds)])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_sweeps_equal_the_twin(data):
    graph = data.draw(random_graphs())
    seeds, targets = data.draw(seeds_on(graph)), data.draw(targets_on(graph))
    made = prepared(graph, last=data.draw(st.sampled_from(LASTS)))
    times = all_times(made, graph, seeds)
    np.testing.assert_allclose(times, twin_times(graph, seeds), **EXACT)
    expected = twin_matrix(graph, seeds, targets)
    np.testing.assert_allclose(made.matrix(graph, seeds, targets), expected, **EXACT)
    cutoff_s = data.draw(st.sampled_from([0.0, 0.3, 0.6, 2.5]))
    expected[expected > cutoff_s + 1e-9] = np.inf
    made._sweep_pays = lambda *_: True
    np.testing.assert_allclose(made.matrix(graph, seeds, targets, cutoff_s), expected, **EXACT)


@settings(max_examples=40, deadline=None)
@given(random_graphs(), st.sampled_from(LASTS))
def test_a_hierarchy_holds_ways_that_exist_and_every_arc_that_no_way_beats(graph, last):
    hierarchy = build_hierarchy(graph, last)
    n = graph.node_count
    assert sorted(hierarchy.node) == list(range(n))
    assert (hierarchy.place[hierarchy.node] == np.arange(n)).all()
    twin = nx.DiGraph()
    twin.add_nodes_from(range(n))
    for tail, head, seconds in zip(graph.tails(), graph.head, graph.seconds, strict=True):
        twin.add_edge(int(tail), int(head), weight=float(seconds))
    times = dict(nx.all_pairs_dijkstra_path_length(twin))
    up_from = np.repeat(np.arange(n), np.diff(hierarchy.up_start.astype(np.int64)))
    down_to = np.repeat(np.arange(n), np.diff(hierarchy.down_start.astype(np.int64)))
    assert (hierarchy.up_head < up_from).all()
    assert (hierarchy.down_tail < down_to).all()
    node = hierarchy.node
    ways = [
        *zip(node[up_from], node[hierarchy.up_head], hierarchy.up_s, strict=True),
        *zip(node[hierarchy.down_tail], node[down_to], hierarchy.down_s, strict=True),
    ]
    for u, v, seconds in ways:
        assert seconds >= times[int(u)][int(v)] * (1 - 1e-9)
    joined = {(int(u), int(v)) for u, v, _ in ways}
    for tail, head, seconds in zip(graph.tails(), graph.head, graph.seconds, strict=True):
        u, v = int(tail), int(head)
        assert (u, v) in joined or times[u][v] < seconds


@pytest.mark.parametrize("last", LASTS)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_city_is_answered_alike_by_searches_and_sweeps(threads, last):
    graph = city(40)
    rng = np.random.default_rng(5)
    sources = rng.integers(0, 1600, 2 * LANES + 7)  # the last block of lanes is not full
    seeds, targets = Seeds.at_nodes(sources), Targets.at_nodes(rng.integers(0, 1600, 50))
    expected = all_times(ScipyEngine(), graph, seeds)
    searched, swept = LargeEngine(store=None, threads=threads), prepared(graph, threads, last)
    np.testing.assert_allclose(all_times(searched, graph, seeds), expected, **EXACT)
    np.testing.assert_allclose(all_times(swept, graph, seeds), expected, **EXACT)
    np.testing.assert_allclose(
        swept.matrix(graph, seeds, targets), expected[:, targets.node], **EXACT
    )
    default = ScipyEngine().within(graph, seeds, 200.0)
    reach = searched.within(graph, seeds, 200.0)
    assert reach.start.tolist() == default.start.tolist()
    assert reach.node.tolist() == default.node.tolist()
    np.testing.assert_allclose(reach.seconds, default.seconds, **EXACT)
    assert len(reach.node) > 10 * len(seeds)


def test_only_few_blocks_are_held():
    graph = city(20)
    seeds = Seeds.at_nodes(np.arange(400))
    blocks = prepared(graph).one_to_all(graph, seeds)
    rows, node_s = next(blocks)
    assert (rows.start, rows.stop) == (0, LANES)
    assert node_s.base.nbytes <= 8 * LANES * 400
    assert sum(len(block) for _, block in blocks) == 400 - LANES


def test_blocks_that_somebody_holds_are_not_written_to_again():
    graph = city(20)
    seeds = Seeds.at_nodes(np.arange(400))
    expected = all_times(ScipyEngine(), graph, seeds)
    made = prepared(graph, threads=2)
    held = [node_s for _, node_s in made.one_to_all(graph, seeds)]
    np.testing.assert_allclose(np.concatenate(held), expected, **EXACT)
    parts = [node_s[3] for _, node_s in made.one_to_all(graph, seeds)]
    np.testing.assert_allclose(parts, expected[3::LANES], **EXACT)
    passing = {node_s.base.ctypes.data for _, node_s in made.one_to_all(graph, seeds)}
    assert len(passing) <= 5  # two being made, two waiting, one in hand


def test_a_hierarchy_is_built_where_there_are_many_sources(monkeypatch):
    monkeypatch.setattr("firecover.network.engines.large_engine.MANY", 10)
    graph = city(10)
    made = LargeEngine(store=None)
    made.matrix(graph, Seeds.at_nodes(np.arange(9)), Targets.at_nodes(np.arange(5)))
    assert made._of(graph).hierarchy is None
    made.matrix(graph, Seeds.at_nodes(np.arange(10)), Targets.at_nodes(np.arange(5)), 60.0)
    assert made._of(graph).hierarchy is None
    made.matrix(graph, Seeds.at_nodes(np.arange(10)), Targets.at_nodes(np.arange(5)))
    assert made._of(graph).hierarchy is not None


def test_the_same_graph_gives_the_same_hierarchy():
    one, two = build_hierarchy(city(15)), build_hierarchy(city(15))
    for name, array in one.arrays().items():
        np.testing.assert_array_equal(array, two.arrays()[name])


def test_entries_far_apart_in_time_share_one_ring_of_buckets():
    # times of microseconds to weeks in one search: the ring must be wide enough for all
    graph = graph_of_arcs(
        np.array([0, 1, 2, 3]),
        np.array([1, 2, 3, 4]),
        np.array([1e-6, 1e6, 1e-3, 5.0]),
        node_count=5,
    )
    seeds = Seeds.of_pairs(np.zeros(2, np.int64), np.array([0, 4]), np.array([0.0, 3e6]), 1)
    made = LargeEngine(store=None)
    expected = [[0.0, 1e-6, 1000000.000001, 1000000.001001, 1000005.001001]]
    np.testing.assert_allclose(all_times(made, graph, seeds), expected, rtol=1e-12)
    late = Seeds.of_pairs(np.zeros(2, np.int64), np.array([1, 4]), np.array([3e6, 7.5]), 1)
    np.testing.assert_allclose(
        all_times(made, graph, late)[0, [1, 2, 4]], [3e6, 4e6, 7.5], rtol=1e-12
    )


def test_neighbours_in_space_are_near_in_number():
    side = 32
    xy = np.stack(np.divmod(np.arange(side * side), side), axis=1).astype(float)
    order = hilbert_order(np.random.default_rng(1).permutation(xy))
    assert sorted(order) == list(range(side * side))
    # each step of the curve goes to a cell that shares a side
    steps = np.abs(np.diff(xy[hilbert_order(xy)], axis=0)).sum(axis=1)
    assert (steps == 1).all()
    near = renumber(city(16))
    assert (near.new[near.old] == np.arange(256)).all()


def test_the_lowest_bit_of_a_word_is_found():
    for bit in range(64):
        product = ((1 << bit) * int(_SEQUENCE)) & 0xFFFFFFFFFFFFFFFF
        assert _PLACE[product >> 58] == bit

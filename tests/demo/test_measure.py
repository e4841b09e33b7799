"""The measures of a network, on networks small enough to work out by hand."""

import numpy as np
import pytest

from firecover.demo import measure


def lines_of(*coordinates):
    return [np.asarray(line, dtype=float) for line in coordinates]


def test_lines_that_meet_in_twos_are_one_link_and_junctions_are_nodes():
    # A T: two lines in a row to the left of the junction, one to its right, one up.
    lines = lines_of(
        [(0, 0), (400, 0)], [(400, 0), (1000, 0)], [(1000, 0), (1500, 0)], [(1000, 0), (1000, 700)]
    )
    graph = measure.join_lines(lines, np.zeros(4, dtype=bool))
    assert sorted(measure.degrees(graph).tolist()) == [1, 1, 1, 2, 3]
    links = measure.merge_links(graph, lines)
    assert sorted(link.length_m for link in links) == [500, 700, 1000]


def test_a_link_keeps_its_direction_of_travel():
    lines = lines_of([(0, 0), (1, 0)], [(2, 0), (1, 0)])
    links = measure.merge_links(measure.join_lines(lines, np.zeros(2, dtype=bool)), lines)
    assert [link.xy.tolist() for link in links] == [[[0, 0], [1, 0], [2, 0]]]


def test_sinuosity_is_length_over_straight_line_and_passes_over_short_links_and_rings():
    lines = lines_of(
        [(0, 0), (0, 300), (400, 300)],  # 700 over 500
        [(0, 0), (0, -100)],  # too short
        [(0, 0), (-300, 0), (-300, 300), (0, 0)],  # ends where it begins
    )
    links = measure.merge_links(measure.join_lines(lines, np.zeros(3, dtype=bool)), lines)
    assert measure.sinuosities(links) == pytest.approx([1.4])


def test_the_radius_of_a_bend_is_that_of_the_circle_through_three_vertices():
    angle = np.radians([0, 20, 40, 60])
    arc = 50 * np.column_stack([np.cos(angle), np.sin(angle)])
    radius, length = measure.bend_radii(arc)
    chord = 2 * 50 * np.sin(np.radians(10))
    assert radius == pytest.approx([50, 50])
    assert length == pytest.approx([chord, chord])
    straight, _ = measure.bend_radii(np.array([[0.0, 0.0], [10.0, 0.0], [25.0, 0.0]]))
    assert np.isinf(straight).all()


def test_the_share_on_bends_counts_half_of_both_segments_at_a_vertex():
    # A right angle with legs of 100 m: circle of radius 70.7 m; half of 200 m stands for it.
    lines = lines_of([(0, 0), (100, 0), (100, 100)])
    links = measure.merge_links(measure.join_lines(lines, np.zeros(1, dtype=bool)), lines)
    assert measure.bend_shares(links, (60.0, 100.0)) == pytest.approx([0, 0.5])


def test_detours_honour_one_way_roads_and_distance_bands():
    # A square of 1 km sides, driven round one way: next corner 1, the one before 3 km.
    corners = [(0, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 0)]
    lines = lines_of(*[corners[k : k + 2] for k in range(4)])
    graph = measure.join_lines(lines, np.ones(4, dtype=bool))
    found = measure.detours(graph, np.arange(4), ((0.5, 1.2), (1.2, 2.0)))
    assert sorted(found[0]) == pytest.approx([1, 1, 1, 1, 3, 3, 3, 3])
    assert sorted(found[1]) == pytest.approx([2**0.5] * 4)


def test_of_two_parallel_roads_the_shorter_one_is_driven():
    lines = lines_of([(0, 0), (1000, 0)], [(0, 0), (500, 900), (1000, 0)])
    graph = measure.join_lines(lines, np.zeros(2, dtype=bool))
    assert measure.travel_graph(graph)[[0], [1]] == pytest.approx(1000)

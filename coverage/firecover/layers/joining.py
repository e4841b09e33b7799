"""Join the ends of lines that were drawn a little short of another line."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from firecover.layers.findings import Findings
from firecover.layers.road_parts import Ways


@dataclass
class _Points:
    """The distinct points of the network; points that are joined have one parent."""

    parent: list[int]
    xy: list[tuple[float, float]]

    def add(self, x: float, y: float) -> int:
        self.parent.append(len(self.parent))
        self.xy.append((x, y))
        return len(self.parent) - 1

    def find(self, point: int) -> int:
        while self.parent[point] != point:
            self.parent[point] = self.parent[self.parent[point]]
            point = self.parent[point]
        return point

    def join(self, moved: int, kept: int) -> None:
        self.parent[self.find(moved)] = self.find(kept)


@dataclass(frozen=True)
class _Lines:
    start: NDArray[np.int64]
    points: NDArray[np.int64]
    shapes: NDArray[np.object_]
    raised: NDArray[np.bool_]

    def of(self, line: int) -> NDArray[np.int64]:
        """Return the points of a line."""
        return self.points[self.start[line] : self.start[line + 1]]


def join_ends(ways: Ways, tolerance_m: float, findings: Findings) -> Ways:
    """Join each end of a line to the nearest other line within a tolerance.

    The end moves to the nearest vertex of that line if one is within the tolerance, else to
    the nearest point on it, where the line gets a vertex. Bridges and tunnels are joined at
    their ends only: what lies under a bridge does not lead onto it.

    Parameters
    ----------
    ways
        All positions known.
    tolerance_m
        In metres; 0 joins nothing.

    Returns
    -------
    ways
        With the joined vertices sharing id and position.
    """
    count = len(ways.attributes)
    if not tolerance_m or not count:
        return ways
    ids, first, points = np.unique(ways.vertex_id, return_index=True, return_inverse=True)
    network = _Points(list(range(len(ids))), [(x, y) for x, y in ways.xy[first].tolist()])
    lines = _lines_of(ways, points.reshape(-1).astype(np.int64), count)
    added: dict[int, list[tuple[float, int]]] = defaultdict(list)
    joined: list[int] = []
    for end, nearby in _ends_near_lines(lines, network, tolerance_m):
        target = _target(end, nearby, lines, network, tolerance_m)
        if target is None:
            continue
        line, point = target
        if point is None:
            place = shapely.Point(network.xy[network.find(end)])
            along_m = float(shapely.line_locate_point(lines.shapes[line], place))
            on_line = shapely.line_interpolate_point(lines.shapes[line], along_m)
            point = network.add(on_line.x, on_line.y)
            added[line].append((along_m, point))
        network.join(end, point)
        joined.append(end)
    owner = {int(point): line for line in range(count) for point in lines.of(line)[[0, -1]]}
    rows = [str(ways.attributes["source_id"].iloc[owner[end]]) for end in joined]
    en, zh = "ends of lines joined to the road they nearly touch", "道路端点已与邻近道路连接"
    findings.note("repaired", en, zh, rows)
    return _rebuilt(ways, lines, network, added)


def _lines_of(ways: Ways, points: NDArray[np.int64], count: int) -> _Lines:
    start = np.searchsorted(ways.way, np.arange(count + 1))
    sizes = np.diff(start)
    shapes = np.full(count, None, dtype=object)
    real = sizes >= 2  # noqa: PLR2004 a line has two ends
    use = real[ways.way]
    number = np.cumsum(real) - 1
    shapes[real] = shapely.linestrings(ways.xy[use], indices=number[ways.way[use]])
    raised = (ways.attributes["bridge"] | ways.attributes["tunnel"]).to_numpy(dtype=bool)
    return _Lines(start.astype(np.int64), points, shapes, raised)


def _ends_near_lines(
    lines: _Lines, network: _Points, tolerance_m: float
) -> list[tuple[int, list[int]]]:
    """List the points at the ends of lines, each with the lines near to it."""
    both = np.concatenate([lines.points[lines.start[:-1]], lines.points[lines.start[1:] - 1]])
    ends = np.unique(both)
    tree = shapely.STRtree(lines.shapes)
    places = shapely.points(np.array([network.xy[end] for end in ends]))
    pairs = tree.query(places, predicate="dwithin", distance=tolerance_m)
    near: dict[int, list[int]] = defaultdict(list)
    for place, line in pairs.T.tolist():
        near[int(ends[place])].append(line)
    return [(end, sorted(near[end])) for end in sorted(near)]


def _target(
    end: int, nearby: list[int], lines: _Lines, network: _Points, tolerance_m: float
) -> tuple[int, int | None] | None:
    """Choose the line to join an end to, and the vertex of it (None: between vertices)."""
    root = network.find(end)
    x, y = network.xy[root]
    place = shapely.Point(x, y)
    best: tuple[float, int, int | None] | None = None
    for line in nearby:
        points = lines.of(line)
        if any(network.find(int(point)) == root for point in points):
            continue
        choice: NDArray[np.int64] = points[[0, -1]] if lines.raised[line] else points
        roots = [network.find(int(point)) for point in choice]
        there = np.array([network.xy[point] for point in roots])
        distance_m = np.hypot(there[:, 0] - x, there[:, 1] - y)
        nearest = int(distance_m.argmin())
        point = int(choice[nearest])
        found: tuple[float, int, int | None] = (float(distance_m[nearest]), line, point)
        if found[0] > tolerance_m and not lines.raised[line]:
            found = (float(shapely.distance(lines.shapes[line], place)), line, None)
        if found[0] <= tolerance_m and (best is None or found[0] < best[0]):
            best = found
    return None if best is None else best[1:]


def _rebuilt(
    ways: Ways, lines: _Lines, network: _Points, added: dict[int, list[tuple[float, int]]]
) -> Ways:
    """Put the added vertices into their lines, and joined points into one place."""
    step_m = np.hypot(*np.diff(ways.xy, axis=0).T)
    total_m = np.concatenate([[0.0], np.cumsum(step_m)])
    along_m = total_m - total_m[lines.start[:-1]][ways.way]
    extra = [(line, along, point) for line, group in added.items() for along, point in group]
    way = np.concatenate([ways.way, [line for line, _, _ in extra]]).astype(np.int64)
    place_m = np.concatenate([along_m, [along for _, along, _ in extra]])
    points = np.concatenate([lines.points, [point for _, _, point in extra]]).astype(np.int64)
    # The sort is stable: vertices at the same place keep the order of their line.
    order = np.lexsort((place_m, way))
    way, points = way[order], points[order]
    roots = np.array([network.find(point) for point in range(len(network.parent))])
    vertex_id = roots[points].astype(np.int64)
    xy_all = np.array(network.xy)[vertex_id]
    return Ways(way, vertex_id, xy_all, ways.attributes)

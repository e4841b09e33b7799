"""Write small OpenStreetMap files, and say what a network is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np

from firecover.layers import Roads
from support.layers_files import degrees


@dataclass
class SmallMap:
    """Nodes by id (metres from the study's corner) and ways by id (nodes, tags).

    ``tags`` are those of nodes; relations have members (role, type, id) and tags.
    """

    nodes: dict[int, tuple[float, float]] = field(default_factory=dict)
    ways: dict[int, tuple[list[int], dict[str, str]]] = field(default_factory=dict)
    tags: dict[int, dict[str, str]] = field(default_factory=dict)
    relations: dict[int, tuple[list[tuple[str, str, int]], dict[str, str]]] = field(
        default_factory=dict
    )

    def way(self, number: int, nodes: list[int], **tags: str) -> None:
        """Add a way; a colon in a key is written as two underscores."""
        self.ways[number] = (nodes, {key.replace("__", ":"): v for key, v in tags.items()})

    def no_turn(
        self, number: int, from_way: int, via: int, to_way: int, word: str = "", **tags: str
    ) -> None:
        """Add a turn restriction over a node."""
        self.relations[number] = (
            [("from", "way", from_way), ("via", "node", via), ("to", "way", to_way)],
            {"type": "restriction"}
            | ({"restriction": word} if word else {})
            | {key.replace("__", ":"): value for key, value in tags.items()},
        )

    def xml(self) -> str:
        """Return the map as OSM XML."""
        lines = ["<?xml version='1.0' encoding='UTF-8'?>", '<osm version="0.6">']
        for number, place in self.nodes.items():
            lon, lat = degrees(*place)
            lines.append(f'<node id="{number}" version="1" lat="{lat:.7f}" lon="{lon:.7f}">')
            lines += _tag_lines(self.tags.get(number, {}))
            lines.append("</node>")
        for number, (nodes, tags) in self.ways.items():
            lines.append(f'<way id="{number}" version="1">')
            lines += [f'<nd ref="{node}"/>' for node in nodes]
            lines += _tag_lines(tags)
            lines.append("</way>")
        for number, (members, tags) in self.relations.items():
            lines.append(f'<relation id="{number}" version="1">')
            for role, kind, ref in members:
                lines.append(f'<member type="{kind}" ref="{ref}" role="{role}"/>')
            lines += _tag_lines(tags)
            lines.append("</relation>")
        return "\n".join([*lines, "</osm>"])

    def write(self, path: Path) -> Path:
        """Write the map as OSM XML."""
        path.write_text(self.xml(), encoding="utf-8")
        return path

    def elements(self, ways: Iterable[int]) -> list[dict[str, object]]:
        """Return ways and their nodes as an Overpass server answers."""
        chosen = list(ways)
        used = {node for number in chosen for node in self.ways[number][0]}
        found: list[dict[str, object]] = []
        for number in sorted(used):
            lon, lat = degrees(*self.nodes[number])
            found.append({"type": "node", "id": number, "lat": round(lat, 7), "lon": round(lon, 7)})
            if number in self.tags:
                found[-1]["tags"] = self.tags[number]
        for number in chosen:
            nodes, tags = self.ways[number]
            found.append({"type": "way", "id": number, "nodes": nodes, "tags": tags})
        return found


def _tag_lines(tags: dict[str, str]) -> list[str]:
    return [f"<tag k={quoteattr(key)} v={quoteattr(word)}/>" for key, word in tags.items()]


def pieces(roads: Roads) -> Counter[tuple[object, ...]]:
    """Say what a network is made of: its pieces between junctions and ends.

    A junction is a vertex where anything but two steps of the same kind meet; a piece is
    (its ends to a decimetre, length to a decimetre, class, one-way from its first end).
    """
    neighbours: dict[int, list[tuple[int, float, str, int]]] = {}
    xy = {}
    for way in range(len(roads.attributes)):
        span = slice(int(roads.way_start[way]), int(roads.way_start[way + 1]))
        ids, places = roads.vertex_id[span].tolist(), roads.xy[span]
        road_class = str(roads.attributes["road_class"].iloc[way])
        oneway = int(roads.attributes["oneway"].iloc[way])
        for k in range(len(ids) - 1):
            length = float(np.hypot(*(places[k + 1] - places[k])))
            neighbours.setdefault(ids[k], []).append((ids[k + 1], length, road_class, oneway))
            neighbours.setdefault(ids[k + 1], []).append((ids[k], length, road_class, -oneway))
        xy.update(zip(ids, places.round(1).tolist(), strict=True))

    def passes(vertex: int) -> bool:
        steps = neighbours[vertex]
        return (
            len(steps) == 2
            and steps[0][0] != steps[1][0]
            and steps[0][2] == steps[1][2]
            and steps[0][3] == -steps[1][3]
        )

    found: Counter[tuple[object, ...]] = Counter()
    for start in (vertex for vertex in neighbours if not passes(vertex)):
        for step in neighbours[start]:
            before, (here, length, road_class, oneway) = start, step
            while passes(here):
                onward = next(s for s in neighbours[here] if s[0] != before)
                before, here, length = here, onward[0], length + onward[1]
            ends = (tuple(xy[start]), tuple(xy[here]))
            # Each piece is walked from both its ends; two-way loops are alike either way.
            if oneway >= 0 and (oneway > 0 or ends[0] <= ends[1]):
                found[(*ends, round(length, 1), road_class, oneway)] += 1
    return found

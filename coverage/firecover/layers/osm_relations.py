"""Turn restrictions: read from relations, and found again among the ways of a network.

The meaning of the tags and roles is that of https://wiki.openstreetmap.org/wiki/Relation:restriction.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from firecover.layers.findings import Findings
from firecover.layers.model import Roads, restrictions_table

#: Vehicles whose own restrictions concern an engine; "hgv" only the heavy ones.
_OURS = {"": "", "motor_vehicle": "", "emergency": "", "hgv": "hgv"}
#: Vehicles that, where they are excepted, except an engine with them.
_EXCEPTED = frozenset({"emergency", "motor_vehicle", "vehicle"})
#: Why a restriction is not taken, in English and Chinese.
_WHY = {
    "other": (
        "turn restrictions for other vehicles only (bus, bicycle …)",
        "仅针对其他车辆的转弯限制",
    ),
    "timed": ("turn restrictions at certain hours only", "仅限特定时段的转弯限制"),
    "odd": ("turn restrictions not understood", "无法识别的转弯限制"),
    "missing": (
        "turn restrictions whose members are missing in the file",
        "成员缺失的转弯限制",
    ),
    "away": (
        "turn restrictions of ways that no engine uses, or outside the area",
        "涉及消防车不通行道路或研究区外道路的转弯限制",
    ),
    "through": (
        "turn restrictions along several ways, which a turn at one junction cannot express",
        "跨越多条道路、无法在单个路口表达的转弯限制",
    ),
    "unclear": (
        "turn restrictions at a vertex where it is not clear which way is meant",
        "路口位置或方向不明确的转弯限制",
    ),
}


@dataclass(frozen=True)
class Turn:
    """A turn restriction as the file gives it.

    Attributes
    ----------
    from_ways, via_nodes, via_ways, to_ways
        Ids of the members, by role.
    kind
        "no" forbids the turn, "only" forbids all others.
    only_for
        The vehicles it is for: "" all, "hgv" heavy ones.
    """

    source_id: str
    kind: Literal["no", "only"]
    from_ways: tuple[int, ...]
    via_nodes: tuple[int, ...]
    via_ways: tuple[int, ...]
    to_ways: tuple[int, ...]
    except_emergency: bool = False
    only_for: str = ""


@dataclass(frozen=True)
class NotTaken:
    """A turn restriction that is not taken; ``why`` is a key of the notes on reading."""

    source_id: str
    why: str


def turns_of(
    source_id: str, tags: Mapping[str, str], members: Iterable[tuple[str, str, int]]
) -> list[Turn | NotTaken]:
    """Read a relation.

    Parameters
    ----------
    members
        (role, type – "n", "w" or "r" –, id) of each.

    Returns
    -------
    turns
        One for each vehicle it names. Empty if the relation is no turn restriction.
    """
    kind_of_relation, _, vehicle = tags.get("type", "").partition(":")
    if kind_of_relation != "restriction":
        return []
    by_role: dict[tuple[str, str], list[int]] = defaultdict(list)
    for role, kind, number in members:
        by_role[(role, kind)].append(number)
    found: list[Turn | NotTaken] = []
    for key, word in sorted(tags.items()):
        head, _, rest = key.partition(":")
        if head == "restriction":
            turn = _turn(source_id, word, rest or vehicle, tags.get("except", ""), by_role)
            found.append(NotTaken(source_id, turn) if isinstance(turn, str) else turn)
    return found or [NotTaken(source_id, "odd")]


def _turn(
    source_id: str,
    word: str,
    vehicle: str,
    excepted: str,
    by_role: Mapping[tuple[str, str], Sequence[int]],
) -> Turn | str:
    if "conditional" in vehicle:
        return "timed"
    if vehicle not in _OURS:
        return "other"
    kind = word.partition("_")[0]
    if kind not in ("no", "only"):
        return "odd"
    ways_in, ways_out = tuple(by_role.get(("from", "w"), ())), tuple(by_role.get(("to", "w"), ()))
    nodes, ways = tuple(by_role.get(("via", "n"), ())), tuple(by_role.get(("via", "w"), ()))
    if not ways_in or not ways_out or not (nodes or ways):
        return "missing"
    # Only these two may name several ways, from or to which nobody turns.
    if (len(ways_in) > 1 and word != "no_entry") or (len(ways_out) > 1 and word != "no_exit"):
        return "odd"
    open_to_engines = not _EXCEPTED.isdisjoint(part.strip() for part in excepted.split(";"))
    return Turn(
        source_id,
        "no" if kind == "no" else "only",
        ways_in,
        nodes,
        ways,
        ways_out,
        open_to_engines,
        _OURS[vehicle],
    )


# --- among the ways of a network -----------------------------------------------------------


@dataclass(frozen=True)
class _Index:
    """The ways that restrictions name, and those at the ends of their via ways."""

    rows_of_source: Mapping[int, Sequence[int]]
    rows_at_vertex: Mapping[int, Sequence[int]]
    first: Sequence[int]
    last: Sequence[int]
    oneway: Sequence[int]

    def at(self, source: int, vertex: int) -> list[int]:
        """Return the rows of a source way that hold a vertex."""
        here = self.rows_at_vertex.get(vertex, ())
        return [row for row in self.rows_of_source.get(source, ()) if row in here]

    def one(self, source: int, vertex: int) -> int | None:
        """Return the row that is left or entered at a vertex in one direction only.

        None where the vertex lies inside a two-way way, or between two parts of one: then a
        restriction does not say from which side it counts.
        """
        rows = self.at(source, vertex)
        if len(rows) != 1:
            return None
        ends = (self.first[rows[0]], self.last[rows[0]]).count(vertex)
        return rows[0] if ends == 1 or self.oneway[rows[0]] else None

    def arrivals(self, vertex: int) -> set[int]:
        """Return the rows along which one can come to a vertex."""
        return {
            row
            for row in self.rows_at_vertex.get(vertex, ())
            if self.oneway[row] == 0
            or vertex not in (self.first[row], self.last[row])
            or vertex == (self.last[row] if self.oneway[row] > 0 else self.first[row])
        }


def place_turns(
    roads: Roads, turns: Iterable[Turn | NotTaken], known: frozenset[int], findings: Findings
) -> pd.DataFrame:
    """Find the ways of turn restrictions among the rows of a network.

    A restriction by way of another way is kept where one comes onto that way from nowhere
    else: then it forbids the turn at the way's far end.

    Parameters
    ----------
    roads
        Their ``source_id`` is the id of the OSM way.
    turns
        As :func:`turns_of` gives them.
    known
        The ids of all ways that the file holds.

    Returns
    -------
    restrictions
        As ``Roads.restrictions``; what is not taken is counted in the findings.
    """
    real: list[Turn] = []
    why: dict[str, list[str]] = defaultdict(list)
    for turn in turns:
        if isinstance(turn, Turn):
            real.append(turn)
        else:
            why[turn.why].append(turn.source_id)
    index = _index(roads, real)
    rows: list[dict[str, object]] = []
    for turn in real:
        placed = _place(turn, index, known)
        if isinstance(placed, str):
            why[placed].append(turn.source_id)
            continue
        rows += [
            {
                "from_way": from_way,
                "via_vertex": via,
                "to_way": to_way,
                "kind": turn.kind,
                "except_emergency": turn.except_emergency,
                "only_for": turn.only_for,
                "source_id": turn.source_id,
            }
            for from_way, via, to_way in placed
        ]
    for key, (en, zh) in _WHY.items():
        findings.note("left out", en, zh, why[key])
    return restrictions_table(rows)


def _place(turn: Turn, index: _Index, known: frozenset[int]) -> list[tuple[int, int, int]] | str:
    """Return the rows and vertex of a restriction, or why it has none."""
    named = (*turn.from_ways, *turn.via_ways, *turn.to_ways)
    if not all(way in known for way in named):
        return "missing"
    if not all(way in index.rows_of_source for way in named):
        return "away"
    if turn.via_ways:
        return _place_through(turn, index)
    if len(turn.via_nodes) != 1:
        return "unclear"
    via = turn.via_nodes[0]
    ends = [index.one(way, via) for way in (*turn.from_ways, *turn.to_ways)]
    found = [row for row in ends if row is not None]
    if len(found) < len(ends):
        return "unclear" if all(index.at(way, via) for way in named) else "away"
    count = len(turn.from_ways)
    pairs = itertools.product(found[:count], found[count:])
    return [(from_way, via, to_way) for from_way, to_way in pairs]


def _place_through(turn: Turn, index: _Index) -> list[tuple[int, int, int]] | str:
    single = len(turn.via_ways) == len(turn.from_ways) == len(turn.to_ways) == 1
    if turn.kind != "no" or not single or turn.via_nodes:
        return "through"
    middle = index.rows_of_source[turn.via_ways[0]]
    if len(middle) != 1:
        return "through"
    row = middle[0]
    for near, far in itertools.permutations((index.first[row], index.last[row])):
        came = index.one(turn.from_ways[0], near)
        leaves = index.one(turn.to_ways[0], far)
        if came is None or leaves is None:
            continue
        if index.arrivals(near) - {row} <= {came}:
            return [(row, far, leaves)]
    return "through"


def _index(roads: Roads, turns: Sequence[Turn]) -> _Index:
    named = {way for turn in turns for way in (*turn.from_ways, *turn.via_ways, *turn.to_ways)}
    rows_of_source: dict[int, list[int]] = defaultdict(list)
    if not named:
        return _Index({}, {}, (), (), ())
    first = roads.vertex_id[roads.way_start[:-1]]
    last = roads.vertex_id[roads.way_start[1:] - 1]
    vertices = {node for turn in turns for node in turn.via_nodes}
    through = {way for turn in turns for way in turn.via_ways}
    for row, source in enumerate(roads.attributes["source_id"]):
        number = int(source)
        if number in named:
            rows_of_source[number].append(row)
        if number in through:
            vertices |= {int(first[row]), int(last[row])}
    way = np.repeat(np.arange(len(first)), np.diff(roads.way_start))
    here = np.isin(roads.vertex_id, np.fromiter(vertices, np.int64, len(vertices)))
    rows_at_vertex: dict[int, list[int]] = defaultdict(list)
    for vertex, row in zip(roads.vertex_id[here].tolist(), way[here].tolist(), strict=True):
        if row not in rows_at_vertex[vertex]:
            rows_at_vertex[vertex].append(row)
    oneway = roads.attributes["oneway"].tolist()
    return _Index(dict(rows_of_source), rows_at_vertex, first.tolist(), last.tolist(), oneway)

"""What the engines route on and answer with: arcs, entries part way along roads, sparse times."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from firecover.errors import NetworkError


@dataclass(frozen=True)
class Graph:
    """Directed arcs between ``n`` nodes, arranged by the node that they leave (CSR).

    Attributes
    ----------
    indptr
        Shape (n + 1,), int64; node ``i`` is left by arcs ``indptr[i]:indptr[i + 1]``.
    head
        Shape (m,), int32, the nodes that the arcs lead to, rising within a node and each
        at most once: of parallel arcs only the fastest is held.
    seconds
        Shape (m,), float64, finite, not negative. Zero is a time like any other.
    xy
        Shape (n, 2), coordinates of any kind, or None. They never change a result; engines
        use them to put neighbours side by side in memory.
    """

    indptr: NDArray[np.int64]
    head: NDArray[np.int32]
    seconds: NDArray[np.float64]
    xy: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        """Refuse arrays that do not make a graph."""
        n = len(self.indptr) - 1
        if n < 0 or self.indptr[0] != 0 or self.indptr[-1] != len(self.head):
            _refuse("the arcs are not arranged by the nodes that they leave")
        if (np.diff(self.indptr) < 0).any():
            _refuse("the arcs are not arranged by the nodes that they leave")
        if len(self.head) != len(self.seconds):
            _refuse("there must be one time for every arc")
        if len(self.head) and (self.head.min() < 0 or self.head.max() >= n):
            _refuse("an arc leads to a node that does not exist")
        if not (np.isfinite(self.seconds).all() and (self.seconds >= 0).all()):
            _refuse("an arc's time is negative or not finite")
        if self.xy is not None and self.xy.shape != (n, 2):
            _refuse("there must be one pair of coordinates for every node")

    @property
    def node_count(self) -> int:
        """The number of nodes, n."""
        return len(self.indptr) - 1

    @property
    def arc_count(self) -> int:
        """The number of arcs, m."""
        return len(self.head)

    @cached_property
    def digest(self) -> str:
        """A hash of the content: equal graphs, and only they, have the same one."""
        hasher = hashlib.blake2b(digest_size=20)
        for array in (self.indptr, self.head, self.seconds, self.xy):
            hasher.update(b"none" if array is None else np.ascontiguousarray(array).data)
            hasher.update(b"|")
        return hasher.hexdigest()

    def tails(self) -> NDArray[np.int64]:
        """Return the nodes that the arcs leave, shape (m,)."""
        return np.repeat(np.arange(self.node_count), np.diff(self.indptr))

    def matrix(self) -> csr_array:
        """Return the arcs as scipy's sparse matrix; explicit zeros are arcs without a time."""
        n = self.node_count
        return csr_array((self.seconds, self.head, self.indptr.astype(np.int32)), shape=(n, n))


def graph_of_arcs(
    start: NDArray[np.integer],
    end: NDArray[np.integer],
    seconds: NDArray[np.float64],
    node_count: int,
    xy: NDArray[np.float64] | None = None,
) -> Graph:
    """Arrange arcs given in any order.

    Parameters
    ----------
    start, end, seconds
        Shape (arcs,); arcs that take infinitely long are left out, of parallel ones the
        fastest is kept, and those from a node to itself go (they never shorten a path).
    node_count
        The number of nodes.
    xy
        Shape (nodes, 2), or None.

    Raises
    ------
    NetworkError
        If an arc names a node that does not exist or its time is negative or not a number.
    """
    allowed = ~np.isposinf(seconds)
    start, end, seconds = start[allowed], end[allowed], seconds[allowed]
    if len(start) and (
        min(start.min(), end.min()) < 0 or max(start.max(), end.max()) >= node_count
    ):
        _refuse("an arc joins a node that does not exist")
    if not (seconds >= 0).all():
        _refuse("an arc's time is negative or not a number")
    apart = start != end
    start, end, seconds = start[apart], end[apart], seconds[apart]
    order = np.lexsort((seconds, end, start))
    start, end, seconds = start[order], end[order], seconds[order]
    first = np.ones(len(start), dtype=bool)
    first[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
    start, end, seconds = start[first], end[first], seconds[first]
    indptr = np.concatenate(([0], np.cumsum(np.bincount(start, minlength=node_count))))
    heads, times = end.astype(np.int32), np.ascontiguousarray(seconds, np.float64)
    return Graph(indptr.astype(np.int64), heads, times, xy)


@dataclass(frozen=True)
class Entries:
    """Where each of ``k`` places touches the nodes: none, one or several times.

    A station part way along a road is at its two ends after the time to either; a place
    part way along a road is reached from its two ends.

    Attributes
    ----------
    start
        Shape (k + 1,), int64; place ``i`` holds entries ``start[i]:start[i + 1]``.
    node
        Shape (entries,), int32.
    offset_s
        Shape (entries,), float64, the time between the place and the node, finite and not
        negative.
    """

    start: NDArray[np.int64]
    node: NDArray[np.int32]
    offset_s: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Refuse arrays that do not belong together."""
        if len(self.start) < 1 or self.start[0] != 0 or self.start[-1] != len(self.node):
            _refuse("the entries are not arranged by place")
        if (np.diff(self.start) < 0).any() or len(self.node) != len(self.offset_s):
            _refuse("the entries are not arranged by place")
        if not (np.isfinite(self.offset_s).all() and (self.offset_s >= 0).all()):
            _refuse("an entry's time is negative or not finite")

    def __len__(self) -> int:
        """Return the number of places, k."""
        return len(self.start) - 1

    @classmethod
    def at_nodes(cls, nodes: NDArray[np.integer]) -> Self:
        """Return places that are exactly at nodes, one each."""
        count = len(nodes)
        return cls(np.arange(count + 1), np.asarray(nodes, np.int32), np.zeros(count))

    @classmethod
    def of_pairs(
        cls,
        owner: NDArray[np.integer],
        node: NDArray[np.integer],
        offset_s: NDArray[np.float64],
        count: int,
    ) -> Self:
        """Return ``count`` places from entries in any order; infinite ones are left out.

        Parameters
        ----------
        owner
            Shape (entries,), the place that an entry belongs to, 0 … count - 1.
        node, offset_s
            Shape (entries,).
        count
            The number of places; one without an entry is allowed and never reached.
        """
        given = ~np.isposinf(offset_s)
        owner, node, offset_s = owner[given], node[given], offset_s[given]
        order = np.argsort(owner, kind="stable")
        start = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=count))))
        nodes, times = node[order].astype(np.int32), offset_s[order].astype(np.float64)
        return cls(start.astype(np.int64), nodes, times)

    def owners(self) -> NDArray[np.int64]:
        """Return the place that each entry belongs to, shape (entries,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.start))

    def between(self, low: int, high: int) -> Self:
        """Return places ``low`` … ``high - 1``."""
        first, last = int(self.start[low]), int(self.start[high])
        start = self.start[low : high + 1] - first
        return type(self)(start, self.node[first:last], self.offset_s[first:last])

    def check_nodes(self, graph: Graph) -> None:
        """Refuse entries at nodes that a graph does not have.

        Raises
        ------
        NetworkError
            If there is one.
        """
        if len(self.node) and (self.node.min() < 0 or self.node.max() >= graph.node_count):
            _refuse("an entry is at a node that does not exist")


class Seeds(Entries):
    """Where sources start, and after how long."""


class Targets(Entries):
    """Where places are reached from; a place's time is the least of node time + offset."""


@dataclass(frozen=True)
class Reach:
    """The nodes that each of ``k`` sources reaches within a cutoff, and nothing else.

    Attributes
    ----------
    start
        Shape (k + 1,), int64; source ``i`` reaches ``node[start[i]:start[i + 1]]``.
    node
        Shape (reached,), int32, rising within a source.
    seconds
        Shape (reached,), float64.
    """

    start: NDArray[np.int64]
    node: NDArray[np.int32]
    seconds: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of sources, k."""
        return len(self.start) - 1

    def row(self, source: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Return the nodes that one source reaches, and when."""
        part = slice(self.start[source], self.start[source + 1])
        return self.node[part], self.seconds[part]

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """Return the sources of several results as one, in their order."""
        if not parts:
            return cls(np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0))
        sizes = np.concatenate([np.diff(part.start) for part in parts])
        start = np.concatenate(([0], np.cumsum(sizes)))
        node = np.concatenate([part.node for part in parts])
        return cls(start, node, np.concatenate([part.seconds for part in parts]))


def _refuse(what: str) -> None:
    raise NetworkError(what)

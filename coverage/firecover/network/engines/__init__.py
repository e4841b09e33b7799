"""Engines that search for fastest paths; they differ in speed, not in results.

Times are sums of double-precision numbers, equal between engines to 1e-9 of themselves.
A time counts as within a cutoff if it is at most the cutoff, sums rounded or not (see
``limits.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from firecover.network.engines.compiled import EngineMissingError, is_installed, numba
from firecover.network.engines.graph import Entries, Graph, Reach, Seeds, Targets, graph_of_arcs
from firecover.network.engines.scipy_engine import ScipyEngine
from firecover.network.engines.store import Store

__all__ = [
    "Engine",
    "EngineMissingError",
    "EngineName",
    "Entries",
    "Graph",
    "Reach",
    "Seeds",
    "Store",
    "Targets",
    "best_engine",
    "engine",
    "graph_of_arcs",
]

EngineName = Literal["scipy", "large"]

#: Sources × nodes from which the compiled engine pays for its start: some ten seconds of scipy.
LARGE_WORK = 50_000_000


class Engine(Protocol):
    """What every engine answers, for ``k`` sources on a graph of ``n`` nodes."""

    @property
    def name(self) -> str:
        """The engine's name, ``scipy`` or ``large``."""
        ...

    def prepare(self, graph: Graph) -> None:
        """Make many later questions about a graph cheap, if the engine can."""
        ...

    def one_to_all(self, graph: Graph, seeds: Seeds) -> Iterator[tuple[slice, NDArray[np.float64]]]:
        """Go through blocks of sources with their times to all nodes.

        Yields
        ------
        rows
            Which sources, in order.
        node_s
            Shape (rows, n), seconds; infinite where there is no way. Its layout in memory
            is the engine's choice. Only a few blocks are held at once.
        """
        ...

    def within(self, graph: Graph, seeds: Seeds, cutoff_s: float) -> Reach:
        """Return the nodes that each source reaches within a cutoff, and when."""
        ...

    def matrix(
        self, graph: Graph, seeds: Seeds, targets: Targets, cutoff_s: float = np.inf
    ) -> NDArray[np.float64]:
        """Return the time from every source to every place, shape (k, places), seconds.

        Infinite where there is no way, or none within the cutoff.
        """
        ...

    def earliest(
        self, graph: Graph, seeds: Seeds, cutoff_s: float = np.inf
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return who arrives first at every node.

        Returns
        -------
        node_s
            Shape (n,), seconds; infinite where nobody arrives within the cutoff.
        source
            Shape (n,), the lowest of the sources that arrive first; -1 where nobody does.
        """
        ...


def engine(name: EngineName) -> Engine:
    """Return an engine by its name.

    Raises
    ------
    EngineMissingError
        If the large engine is asked for and numba is not installed.
    """
    if name == "scipy":
        return ScipyEngine()
    numba()
    from firecover.network.engines.large_engine import LargeEngine

    return LargeEngine()


def best_engine(node_count: int, sources: int) -> EngineName:
    """Return the engine that answers soonest, among those installed.

    Parameters
    ----------
    node_count
        The nodes that a search may come to: all of them, or those within a cutoff.
    sources
        How many searches there will be.
    """
    is_large = node_count * sources >= LARGE_WORK
    return "large" if is_large and is_installed() else "scipy"

"""OR-Library's p-median instances: graphs, and the number of sites."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import shortest_path


def read_instance(path: Path) -> tuple[NDArray[np.float64], int]:
    """Return the distances between all vertices and the number of sites.

    Where an edge repeats, its last cost is the one that the published optima rest on.
    """
    words = path.read_text().split()
    number, _, p = (int(word) for word in words[:3])
    edges = np.array(words[3:], dtype=np.float64).reshape(-1, 3)
    length = np.zeros((number, number))
    for one, other, cost in edges:
        length[int(one) - 1, int(other) - 1] = length[int(other) - 1, int(one) - 1] = cost
    return shortest_path(length, directed=False), p


def published_optima(folder: Path) -> dict[str, float]:
    """Return the published optimum of each instance."""
    lines = (folder / "pmed_optimal.txt").read_text().split("\n")[1:]
    return {line.split()[0]: float(line.split()[1]) for line in lines if line.strip()}

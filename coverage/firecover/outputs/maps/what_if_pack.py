"""Pack arrays into few characters: what the what-if page carries inside itself.

Arrays lie one after the other, each as the planes of its bytes (all lowest bytes, then all
next ones …), which compresses much better than number by number; gzip, then base64. The page
undoes this with the browser's own ``DecompressionStream``.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from firecover.results import WhatIf, WhatIfState

#: The most that a page may carry, characters.
LIMIT = 5_000_000
#: What stands for "none" among rows of stations.
NOBODY = 0xFFFF
#: Zones of the cells as the page knows them; others are outside the urban area.
_ZONES = {"urban": 1, "suburb": 2}


@dataclass(frozen=True)
class Packed:
    """Arrays as text: what each is (name, type as numpy calls it, length), and the text."""

    arrays: Sequence[tuple[str, str, int]]
    text: str

    def as_data(self) -> dict[str, Any]:
        """Return it as ``what_if_1_data.js`` reads it."""
        return {"arrays": [list(each) for each in self.arrays], "text": self.text}


def pack(arrays: Mapping[str, NDArray[Any]]) -> Packed:
    """Pack arrays; the same arrays give the same text."""
    kinds, planes = [], []
    for name, array in arrays.items():
        flat = np.ascontiguousarray(array).ravel()
        flat = flat.astype(flat.dtype.newbyteorder("<"))
        kinds.append((name, flat.dtype.str[1:], len(flat)))
        planes.append(flat.view(np.uint8).reshape(len(flat), flat.dtype.itemsize).T.tobytes())
    raw = gzip.compress(b"".join(planes), compresslevel=9, mtime=0)
    return Packed(kinds, base64.b64encode(raw).decode("ascii"))


def pack_common(what_if: WhatIf, degrees: Mapping[str, NDArray[np.float64]]) -> Packed:
    """Pack what does not depend on the state of the roads.

    Parameters
    ----------
    what_if
        The arrivals and places.
    degrees
        ``population`` and ``built_up``: shape (d, 2), longitude and latitude.
    """
    zone = np.zeros(len(what_if.cell_zone), dtype=np.uint8)
    for name, number in _ZONES.items():
        zone[what_if.cell_zone == name] = number
    return pack(
        {
            "population": what_if.population.astype(np.float64),
            "population_at": _steps(degrees["population"]),
            "population_township": what_if.township["population"].astype(np.int16),
            "built_up": what_if.cell_km2.astype(np.float64),
            "built_up_at": _steps(degrees["built_up"]),
            "built_up_township": what_if.township["built_up"].astype(np.int16),
            "zone": zone,
            "villages_township": what_if.township["villages"].astype(np.int16),
        }
    )


def pack_state(what_if: WhatIf, state: WhatIfState) -> Packed:
    """Pack one state; who holds what is told of the urban area alone."""
    urban = np.isin(what_if.cell_zone, list(_ZONES))
    return pack(
        {
            "population": state.population,
            "built_up": state.built_up,
            "holders": np.where(state.holders < 0, NOBODY, state.holders)[:, urban].astype(
                np.uint16
            ),
            "villages_s": state.villages_s,
            "seats_s": state.seats_s,
        }
    )


def _steps(degrees: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return points as steps of 1/100 000 degree: all longitudes, then all latitudes."""
    whole = np.rint(degrees * 100_000).astype(np.int32)
    return np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=np.int32)).T.astype(np.int32)


def fitting(
    what_if: WhatIf, common: Packed, limit: int = LIMIT
) -> tuple[list[tuple[int, Packed]], list[float]]:
    """Pack as many states as a page may carry.

    Returns
    -------
    kept
        Places among ``what_if.states``, rising, each with its packed state; empty where not
        even those of the scenarios fit.
    left_out
        The speed factors that do not fit, rising; farthest from 1 goes first.
    """
    asked = set(what_if.scenario_state.values())
    packed = [pack_state(what_if, state) for state in what_if.states]
    room = limit - len(common.text) - sum(len(packed[i].text) for i in asked)
    if room < 0:
        return [], [state.speed_factor for state in what_if.states if not state.scenario]
    kept, left_out = set(asked), []
    others = [i for i in range(len(packed)) if i not in asked]
    for i in sorted(others, key=lambda i: (abs(what_if.states[i].speed_factor - 1), i)):
        if len(packed[i].text) <= room:
            kept.add(i)
            room -= len(packed[i].text)
        else:
            left_out.append(what_if.states[i].speed_factor)
    return [(i, packed[i]) for i in sorted(kept)], sorted(left_out)


def spacing_m(xy: NDArray[np.float64]) -> float:
    """Return how far apart neighbours usually are: the side of a raster's cells; 0 of one point."""
    if len(xy) < 2:  # noqa: PLR2004 - one has no neighbour
        return 0.0
    distance, _ = cKDTree(xy).query(xy[:: max(1, len(xy) // 5000)], k=[2])
    return float(np.median(distance))

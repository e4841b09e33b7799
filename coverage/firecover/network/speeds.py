"""Give each way a speed: the sign where there is one, else the class's."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from firecover.errors import Problem, StudyError
from firecover.layers.model import Roads
from firecover.standards import road_classes


def class_speeds(overrides: Mapping[str, float]) -> dict[str, float]:
    """Return the speed of every road class, km/h, with a study's own values put in.

    Raises
    ------
    StudyError
        If an override names no road class.
    """
    speeds = {name: road_class.speed_kmh for name, road_class in road_classes().items()}
    unknown = [name for name in overrides if name not in speeds]
    if unknown:
        remedy = f"the classes are: {', '.join(speeds)}"
        what = "there is no such road class"
        raise StudyError(
            [Problem(what, key=f"travel.speed_kmh.{name}", remedy=remedy) for name in unknown]
        )
    return speeds | dict(overrides)


def way_speeds(
    roads: Roads, speed_kmh: Mapping[str, float], *, use_maxspeed: bool = True
) -> NDArray[np.float64]:
    """Return the speed on each way, shape (ways,), km/h.

    A posted limit only ever slows an engine down: speed = min(class, limit). The class
    speed stands for what the road itself allows.
    """
    by_class = np.asarray(roads.attributes["road_class"].map(speed_kmh), dtype=np.float64)
    if not use_maxspeed:
        return by_class
    limit = np.asarray(roads.attributes["maxspeed_kmh"], dtype=np.float64)
    return np.where(limit > 0, np.fmin(by_class, limit), by_class)

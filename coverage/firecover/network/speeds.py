"""The speeds by road class that a study gives."""

from __future__ import annotations

from collections.abc import Mapping

from firecover.errors import Problem, StudyError
from firecover.standards import road_classes


def check_classes(speed_kmh: Mapping[str, float]) -> None:
    """Refuse speeds of road classes that do not exist.

    Raises
    ------
    StudyError
        Naming each.
    """
    classes = road_classes()
    what, remedy = "there is no such road class", f"the classes are: {', '.join(classes)}"
    unknown = [name for name in speed_kmh if name not in classes]
    if unknown:
        raise StudyError(
            [Problem(what, key=f"travel.speed_kmh.{name}", remedy=remedy) for name in unknown]
        )

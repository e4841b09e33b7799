"""What a style is made of: signs, the classes of a legend, and how a layer is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: ``cross`` is a plus, ``cross2`` an x.
Shape = Literal["circle", "square", "triangle", "diamond", "star", "cross", "cross2"]


@dataclass(frozen=True)
class Marker:
    """A point's sign; ``fill`` is empty for a hollow one."""

    shape: Shape
    fill: str
    stroke: str
    size_mm: float
    stroke_mm: float = 0.2


@dataclass(frozen=True)
class Stroke:
    """A line."""

    colour: str
    width_mm: float
    dashed: bool = False


@dataclass(frozen=True)
class Fill:
    """An area; ``colour`` is empty for an outline only, ``hatched`` for oblique lines."""

    colour: str
    stroke: str
    stroke_mm: float = 0.2
    dashed: bool = False
    hatched: bool = False


Symbol = Marker | Stroke | Fill


@dataclass(frozen=True)
class StyleClass:
    """One entry of a legend.

    Attributes
    ----------
    label
        Its words in the legend.
    symbol
        How it is drawn.
    value
        The value of the attribute, for a style by category.
    lower, upper
        The range of the attribute, ``lower`` < value ≤ ``upper``, for a graduated style.
    where
        The condition, as a QGIS expression, for a style by rules.
    scale
        It is drawn at scales of 1 : ``scale`` and larger (0: at all).
    level
        What has a higher level lies above; all on 0: in the order of the features.
    """

    label: str
    symbol: Symbol
    value: str = ""
    lower: float = 0.0
    upper: float = 0.0
    where: str = ""
    scale: int = 0
    level: int = 0


@dataclass(frozen=True)
class LayerStyle:
    """How a layer is drawn, from the first class (lowest in the legend's order) on.

    ``opacity`` holds for the layer as a whole, so that nested bands do not add up;
    ``largest_first`` draws high values of the attribute below low ones. ``name_column`` is
    the column that names the features on the map (or, with ``name_is_expression``, a QGIS
    expression that does), shown at scales larger than 1 : ``label_scale`` (0: always);
    ``label_priority`` is an expression, 0 to 10, for which names stay where all have no room.
    The layer as a whole is drawn at scales of 1 : ``scale`` and larger (0: at all).
    """

    kind: Literal["single", "categorized", "graduated", "rules"]
    classes: tuple[StyleClass, ...]
    attribute: str = ""
    opacity: float = 1.0
    largest_first: bool = False
    name_column: str = ""
    name_is_expression: bool = False
    label_size_pt: float = 8.0
    label_scale: int = 0
    label_priority: str = ""
    label_bold: bool = False
    label_colour: str = "#222222"
    scale: int = 0

"""The floor that reads a study's inputs, checks them and brings them into one CRS."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from firecover.layers.model import Layers, RasterLayer, Roads, VectorLayer
from firecover.layers.provenance import Provenance, QualityNote
from firecover.study import Study

if TYPE_CHECKING:
    from firecover.layers.read import LayerCheck

__all__ = [
    "Layers",
    "Provenance",
    "QualityNote",
    "RasterLayer",
    "Roads",
    "VectorLayer",
    "check_layers",
    "read_layers",
]


def read_layers(study: Study, *, on_layer: Callable[[str], None] | None = None) -> Layers:
    """Read every layer of a study; see :func:`firecover.layers.read.read_layers`."""
    # The readers load GDAL, osmium and pandera: only when something is read.
    from firecover.layers import read

    return read.read_layers(study, on_layer=on_layer)


def check_layers(study: Study) -> LayerCheck:
    """Check every layer of a study; see :func:`firecover.layers.read.check_layers`."""
    from firecover.layers import read

    return read.check_layers(study)

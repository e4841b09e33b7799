"""The themes of the QGIS project: layers that are ticked together, chosen at a click."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as ET


@dataclass(frozen=True)
class Theme:
    """What a theme shows.

    ``layers`` are ids of the project's layers; ``groups`` the names of the groups at the top
    of the tree that have to be ticked for them to be seen. All others are not.
    """

    name: str
    layers: tuple[str, ...]
    groups: tuple[str, ...]


def themes_element(themes: Iterable[Theme]) -> ET.Element:
    """Return the themes as QGIS keeps them.

    No layer names a style: each has one only, whose name depends on the language of QGIS.
    """
    element = ET.Element("visibility-presets")
    for theme in themes:
        preset = ET.SubElement(
            element,
            "visibility-preset",
            {"name": theme.name, "has-checked-group-info": "1", "has-expanded-info": "0"},
        )
        for layer in theme.layers:
            ET.SubElement(preset, "layer", id=layer, visible="1", expanded="0")
        groups = ET.SubElement(preset, "checked-group-nodes")
        for group in theme.groups:
            ET.SubElement(groups, "checked-group-node", id=group)
    return element

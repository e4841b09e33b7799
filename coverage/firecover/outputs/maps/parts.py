"""What a map page is made of; :mod:`firecover.outputs.maps.render` makes it one HTML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from firecover.outputs.maps.text import Pair, Text, section
from firecover.outputs.maps.tiles import TileSet

#: A way of drawing, in the words of Leaflet (``fillColor`` …) or a marker's symbol and size.
Style = Mapping[str, Any]


@dataclass(frozen=True)
class Feature:
    """One thing on the map.

    ``form`` is its packed geometry; ``style`` the number of its style, or one a variant;
    ``values`` go with the layer's fields, None for a row that is left out; ``label`` is what it
    is called on the map, where that is not its name; ``bars`` are drawn as small columns in its
    popup, each with its label and height (0 to 1); ``row`` is its place in the page's table of
    figures (:mod:`firecover.outputs.maps.figures`), where it has one.
    """

    form: Any
    name: Text
    style: int | list[int] = 0
    values: Sequence[Text | None] = ()
    badge: str = ""
    label: Text = ""
    bars: Sequence[tuple[str, float]] = ()
    row: int | None = None

    def as_data(self) -> dict[str, Any]:
        """Return it as ``map_2_draw.js`` reads it, without what is empty."""
        data = {
            "form": self.form,
            "name": self.name,
            "style": self.style,
            "values": list(self.values),
        }
        data |= {"badge": self.badge} if self.badge else {}
        data |= {"label": self.label} if self.label else {}
        data |= {"row": self.row} if self.row is not None else {}
        return data | ({"bars": list(self.bars)} if self.bars else {})


@dataclass(frozen=True)
class Layer:
    """Features drawn alike.

    ``draw`` names the drawer in ``map_2_draw.js``; ``key`` the entry of the legend that
    switches it; ``order`` its height (z-index); ``fields`` the rows of its popups, None for a
    layer that cannot be clicked; ``search`` whether its names are found;
    ``grow`` whether its points grow with the zoom; ``variant`` the only one that shows it;
    ``badge_from`` the zoom below which its markers are small and without their badges;
    ``bars_name`` what the features' bars are called.
    """

    key: str
    draw: str
    features: Sequence[Feature]
    styles: Sequence[Style]
    order: int
    scenario: str | None = None
    opacity: float = 1.0
    kind: Text = ""
    fields: Sequence[Text] | None = None
    search: bool = False
    label: Mapping[str, Any] | None = None
    radius_m: float = 0.0
    grow: bool = False
    variant: int | None = None
    badge_from: float = 0.0
    bars_name: Text = ""

    def as_data(self) -> dict[str, Any]:
        """Return it as ``map_2_draw.js`` reads it."""
        names = ("key", "draw", "styles", "order", "scenario", "opacity", "kind", "fields")
        drawing = ("search", "label", "radius_m", "grow", "variant", "badge_from", "bars_name")
        data = {name: getattr(self, name) for name in (*names, *drawing)}
        return data | {"features": [feature.as_data() for feature in self.features]}


@dataclass(frozen=True)
class Count:
    """A small figure or note of a legend, of one scenario and variant or of all."""

    text: Text
    scenario: str | None = None
    variant: int | None = None


@dataclass(frozen=True)
class Entry:
    """A line of a legend, of one variant or of all.

    ``shape`` is ``area``, ``line``, ``casing``, ``point`` or ``marker``.
    """

    label: Text
    style: Style
    shape: str = "area"
    opacity: float = 1.0
    counts: Sequence[Count] = ()
    variant: int | None = None


@dataclass(frozen=True)
class Legend:
    """The entries of one layer, and the box that switches it."""

    key: str
    name: Text
    entries: Sequence[Entry] = ()
    shown: bool = True
    note: Text = ""
    notes: Sequence[Count] = ()


@dataclass(frozen=True)
class Figure:
    """A headline figure; ``detail`` says what it is made of."""

    label: Text
    value: Text
    detail: Text = ""


@dataclass(frozen=True)
class Figures:
    """The headline figures of a scenario (None: of every one) and variant.

    ``name`` stands above them, where it is not to be the usual heading; ``told`` are sentences
    below them.
    """

    figures: Sequence[Figure]
    scenario: str | None = None
    variant: int | None = None
    name: Text = ""
    told: Sequence[Text] = ()


@dataclass(frozen=True)
class Row:
    """A row of a table; ``feature`` is "layer feature" by their numbers on the page.

    ``title`` is what a row is called in full, where its cells have a short name.
    """

    cells: Sequence[Text]
    feature: str = ""
    title: Pair | None = None


@dataclass(frozen=True)
class Table:
    """A table beside the map; the columns in ``text_columns`` are set flush left."""

    name: Text
    columns: Sequence[Text]
    rows: Sequence[Row]
    scenario: str | None = None
    text_columns: Sequence[int] = (0,)


@dataclass(frozen=True)
class Own:
    """What a page has of its own, beside what all maps share.

    ``body`` is the template of its body, ``scripts`` and ``sheets`` files of ``templates/``
    that come after the shared ones, ``classes`` of the body; ``data`` is for its scripts and
    ``parts`` for its template.
    """

    body: str = "map_body.html"
    scripts: Sequence[str] = ()
    sheets: Sequence[str] = ()
    classes: str = "fc-map"
    data: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MapPage:
    """A page with its map.

    ``focus`` are the corners of what is shown at first, the whole study area by default.
    ``variant_ids`` name the variants in the address (``?figure=…``); those in a row that have
    the same of ``variant_groups`` are listed under it.
    """

    file: str
    title: Pair
    lead: Pair
    layers: Sequence[Layer]
    legends: Sequence[Legend]
    figures: Sequence[Figures] = ()
    tables: Sequence[Table] = ()
    table_first: bool = False
    told: Sequence[Text] = ()
    by_scenario: bool = True
    variants: Sequence[Pair] = ()
    variant_ids: Sequence[str] = ()
    variant_groups: Sequence[Pair] = ()
    variant_name: Pair = ("", "")
    variant: int = 0
    click: Text = ""
    focus: Sequence[Sequence[float]] = ()
    own: Own = field(default_factory=Own)


@dataclass(frozen=True)
class Frame:
    """What all pages of a study share.

    Attributes
    ----------
    title
        The study's name.
    modelled
        The names of its modelled layers, None where there is none.
    handling
        How the maps are to be handled, None where the study says nothing.
    scenarios
        Ids and names.
    nav
        Files and short names of the pages.
    sources
        The layers with their source, kind and licence.
    credits
        Who must be named on the map, some with a link.
    base, view
        The background, as drawn, and the corners of the study area.
    base_legend
        What the background is drawn with.
    approval
        The number under which the map is approved for publication, None where there is none.
    relief_note
        How the hill-shade is lit, None where there is none.
    tiles
        Backgrounds from the web that may be ticked.
    """

    title: Pair
    modelled: Pair | None
    handling: Pair | None
    scenarios: Sequence[Mapping[str, Any]]
    nav: Sequence[Mapping[str, Any]]
    sources: Sequence[Mapping[str, Any]]
    credits: Sequence[Mapping[str, Any]]
    base: Mapping[str, Any]
    view: Sequence[Sequence[float]]
    base_legend: Sequence[Entry]
    approval: str | None = None
    relief_note: Pair | None = None
    tiles: Sequence[TileSet] = ()
    words: Mapping[str, Pair] = field(default_factory=lambda: section("frame"))

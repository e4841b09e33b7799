"""Maps whose colour is a figure chosen from a list: the figures, their legend and their table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from firecover.outputs.maps.layers import Shared
from firecover.outputs.maps.parts import Count, Entry, Legend, Own
from firecover.outputs.maps.scales import Row, Scale, Value, area_style, point_style
from firecover.outputs.maps.text import Pair, Text, join, layer_name, own_name, say

Tell = Callable[[Row], Text]


@dataclass(frozen=True)
class Topic:
    """A figure that the map may show.

    Attributes
    ----------
    key
        What it is called in the page's address.
    group, name
        Where it stands in the list, and as what.
    scale
        Its classes.
    value
        What places are sorted by, None where it is not known.
    text, detail
        The figure with its unit, and what it is made of, empty where there is no more to say.
    made
        What it is made of in general.
    layers
        The input layers that it rests on.
    first
        Which end of it a list starts with.
    """

    key: str
    group: Pair
    name: Pair
    scale: Scale
    value: Value
    text: Tell
    made: Pair
    layers: Sequence[str]
    detail: Tell = lambda _: ""
    first: Literal["low", "high"] = "high"


# ------------------------------------------------------------------------- what is drawn


def said_of(topics: Sequence[Topic], rows: Sequence[Row]) -> list[Topic]:
    """Keep the figures that are known for any place; the first, not known, where none is."""
    told = [topic for topic in topics if any(topic.value(row) is not None for row in rows)]
    return told or list(topics[:1])


def palette(topics: Sequence[Topic]) -> list[str]:
    """Return all that places are coloured with, each once."""
    return list(dict.fromkeys(colour for topic in topics for colour in topic.scale.colours))


def styles_of(topics: Sequence[Topic], row: Row) -> list[int]:
    """Return a place's style in each figure, by its number in :func:`palette`."""
    order = palette(topics)
    return [order.index(topic.scale.colours[topic.scale.place(row)]) for topic in topics]


def figure_legend(
    key: str,
    topics: Sequence[Topic],
    rows: Mapping[str, Sequence[Row]],
    modelled: Sequence[str],
    shape: Literal["area", "point"],
) -> Legend:
    """Return the classes of each figure, how many places fall in each, and what it is made of.

    Parameters
    ----------
    key
        The layer that the legend's box switches.
    topics
        The figures.
    rows
        For each scenario its places, those without a place on the map among them.
    modelled
        The layers whose data are modelled.
    shape
        What the places are drawn as.
    """
    draw = area_style if shape == "area" else point_style
    entries, notes = [], []
    for variant, topic in enumerate(topics):
        scale = topic.scale
        tallies = {name: Counter(map(scale.place, mine)) for name, mine in rows.items()}
        for i, (label, colour) in enumerate(zip(scale.labels, scale.colours, strict=True)):
            counts = [Count(str(tally[i]), name, variant) for name, tally in tallies.items()]
            entries.append(Entry(label, draw(colour), shape, counts=counts, variant=variant))
        notes.append(
            Count(join([topic.made, _data_kinds(topic, modelled)], ("", " ")), None, variant)
        )
    return Legend(key, say("figures.chosen"), entries, notes=notes)


def _data_kinds(topic: Topic, modelled: Sequence[str]) -> Pair:
    names = [layer_name(name) for name in topic.layers if name in modelled]
    if not names:
        return say("figures.nothing_modelled")
    return say("figures.modelled", names=join(names, say("frame.joint")))


def place_tables(
    topics: Sequence[Topic], rows: Mapping[str, Sequence[Row]]
) -> dict[str, list[dict[str, Any]]]:
    """Return what each figure says of each place, by scenario, as ``map_places.js`` reads it."""

    def figure(topic: Topic, row: Row) -> list[Any]:
        value = topic.value(row)
        given = None if value is None else round(value, 6)
        told = [given, topic.text(row)]
        detail = topic.detail(row)
        return [*told, detail] if detail else told

    return {
        name: [
            {"name": own_name(dict(row)), "figures": [figure(topic, row) for topic in topics]}
            for row in mine
        ]
        for name, mine in rows.items()
    }


def list_of_figures(
    topics: Sequence[Topic],
    rows: Mapping[str, Sequence[Row]],
    shared: Shared,
    layer: str,
    place: Pair,
) -> Own:
    """Return the table beside the map and the words on it, which follow the chosen figure.

    Parameters
    ----------
    topics
        The figures.
    rows
        For each scenario its places.
    shared
        What the pages have in common.
    layer
        The key of the layers that the table's rows lead to.
    place
        What a place is called at the head of its column.
    """
    listed = {
        "layer": layer,
        "place": place,
        "names": [topic.name for topic in topics],
        "first": [topic.first for topic in topics],
        "scenarios": {summary.id: summary.title for summary in shared.results.scenarios},
        "title": say("figures.table"),
        "turn": say("figures.turn"),
    }
    return Own(
        scripts=("map_places.js",),
        sheets=("map_places.css",),
        data={"places": place_tables(topics, rows), "listed": listed},
    )

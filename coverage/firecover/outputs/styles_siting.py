"""How sites, and what is said of them, are drawn in QGIS."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

import pandas as pd

from firecover.outputs.i18n import Language, value_label, vocabulary
from firecover.outputs.symbols import LayerStyle, Marker, Stroke, StyleClass

#: The layers that are drawn by :func:`siting_style`.
SITING_LAYERS = frozenset({"candidates", "excluded_sites", "solutions", "allocation"})
#: Ranks: the first and the last of each class, the best one first.
_RANKS = ((1, 1), (2, 3), (4, 10), (11, None))
_RANK_MARKERS = (
    Marker("diamond", "#00436b", "#ffffff", 5.4, 0.5),
    Marker("diamond", "#0072b2", "#ffffff", 4.4, 0.4),
    Marker("diamond", "#6aaed6", "#ffffff", 3.6, 0.3),
    Marker("diamond", "#c6dbec", "#5b7f99", 2.8, 0.3),
)
#: Far off, the rank says enough of all but the best and those that the study names.
_NAMED = (
    """CASE WHEN coalesce("rank", 99) <= 3 OR "origin" = 'named' OR @map_scale < 25000"""
    """ THEN coalesce("rank" || ' ', '') || "name" ELSE "rank" || '' END"""
)
_UNRANKED = Marker("diamond", "", "#8c8c8c", 2.8, 0.3)
#: Rings of rising size, so that a site shows every model that takes it.
_MODEL_COLOURS = {
    "mclp": "#d55e00",
    "lscp": "#009e73",
    "pmedian": "#e69f00",
    "pcenter": "#cc79a7",
    "backup": "#56b4e9",
    "full-force": "#0072b2",
    "area-cap": "#333333",
}
_FIRST_RING_MM, _RING_STEP_MM = 6.5, 1.1
_NEXT_BEST = Marker("circle", "", "#a8a8a8", 5.2, 0.25)
#: What rules a place out for good is darker than what another choice would have allowed.
_BY_COMPARISON = frozenset({"near_station", "near_candidate", "near_better", "beyond_most"})
_DARK, _LIGHT = "#7a7a7a", "#b8b8b8"
_LINE_MM = 0.4
#: What lies close together in a town is drawn at this scale, 1 : so much, and larger.
_SITES_SCALE = 275_000
#: Lines of different stations; when there are more stations, colours come again.
_LINE_COLOURS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#7a4fa3",
    "#5c3b00",
)


def siting_style(layer: str, lang: Language, data: pd.DataFrame) -> LayerStyle:
    """Return how a layer of siting is drawn.

    Parameters
    ----------
    layer
        One of :data:`SITING_LAYERS`.
    lang
        The language of the legend.
    data
        Its rows, whose stations give the lines of the allocation their colours.

    Raises
    ------
    KeyError
        If there is no such layer.
    """
    if layer == "candidates":
        return _candidates(lang)
    if layer == "excluded_sites":
        return _excluded(lang)
    if layer == "solutions":
        return _solutions(lang)
    if layer == "allocation":
        return _allocation(data)
    raise KeyError(layer)


def _candidates(lang: Language) -> LayerStyle:
    classes = [
        StyleClass(_rank_label(first, last, lang), marker, where=_rank_rule(first, last))
        for (first, last), marker in zip(_RANKS, _RANK_MARKERS, strict=True)
    ]
    unranked = "未排名" if lang == "zh" else "not ranked"
    classes.append(StyleClass(unranked, _UNRANKED, where='"rank" is null'))
    return LayerStyle(
        "rules",
        tuple(classes),
        "rank",
        largest_first=True,
        name_column=_NAMED,
        name_is_expression=True,
        label_priority='max(0, 11 - coalesce("rank", 11))',
        label_bold=True,
    )


def _rank_label(first: int, last: int | None, lang: Language) -> str:
    if last == first:
        return f"第{first}名" if lang == "zh" else f"rank {first}"
    if last is None:
        return f"第{first}名及以后" if lang == "zh" else f"rank {first} and after"
    return f"第{first}至{last}名" if lang == "zh" else f"ranks {first} to {last}"


def _rank_rule(first: int, last: int | None) -> str:
    return f'"rank" >= {first}' + ("" if last is None else f' and "rank" <= {last}')


def _excluded(lang: Language) -> LayerStyle:
    reasons = vocabulary("reason", lang, "excluded_sites")
    classes = [
        StyleClass(
            words,
            Marker("cross", _LIGHT, _LIGHT, 1.6, 0.25)
            if reason in _BY_COMPARISON
            else Marker("cross2", _DARK, _DARK, 1.8, 0.3),
            value=reason,
        )
        for reason, words in reasons.items()
    ]
    return LayerStyle("categorized", tuple(classes), "reason", scale=_SITES_SCALE)


def _solutions(lang: Language) -> LayerStyle:
    """Return a ring for the best answer of each model, a thin one for the answers after it."""
    classes = [
        StyleClass(
            value_label("model", model, lang, "solutions"),
            Marker("circle", "", colour, _FIRST_RING_MM + i * _RING_STEP_MM, 0.5),
            value=model,
            where=f'"model" = \'{model}\' and "order" = 1',
        )
        for i, (model, colour) in enumerate(_MODEL_COLOURS.items())
    ]
    known = ", ".join(f"'{model}'" for model in _MODEL_COLOURS)
    rest = f'not ("order" = 1 and "model" in ({known}))'
    others = "其余较优方案" if lang == "zh" else "answers after the best"
    return LayerStyle(
        "rules",
        (*classes, StyleClass(others, _NEXT_BEST, where=rest)),
        attribute="model",
        scale=_SITES_SCALE,
    )


def _allocation(data: pd.DataFrame) -> LayerStyle:
    stations = _stations(data)
    if not stations:
        return LayerStyle("single", (StyleClass("", Stroke(_LINE_COLOURS[0], _LINE_MM)),))
    classes = [
        StyleClass(name, Stroke(colour, _LINE_MM), value=station)
        for (station, name), colour in zip(stations, cycle(_LINE_COLOURS), strict=False)
    ]
    return LayerStyle("categorized", tuple(classes), "station_id", opacity=0.8, scale=_SITES_SCALE)


def _stations(data: pd.DataFrame) -> Sequence[tuple[str, str]]:
    """Return the stations and their names, by their ids: the same colours in every run."""
    if not len(data):
        return ()
    names = dict(zip(data["station_id"], data["station_name"], strict=True))
    return sorted((str(station), str(name)) for station, name in names.items())

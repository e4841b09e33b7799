"""How everything is drawn: one place for the colours and signs of the maps and of QGIS.

Colours keep apart for readers with a colour-vision deficiency: the bands fall in lightness,
and what must not be confused differs in shape too. The qualitative colours follow the palette
of Okabe and Ito, "Color Universal Design" (2008).
"""

from __future__ import annotations

from collections.abc import Sequence

from firecover.outputs.i18n import Language, value_label
from firecover.outputs.symbols import Fill, LayerStyle, Marker, Stroke, StyleClass, Symbol
from firecover.standards import road_classes

__all__ = [
    "BEYOND_COLOUR",
    "BOUNDARY_STROKE",
    "CANDIDATE_MARKER",
    "DEMAND_SCALE",
    "GAP_COLOUR",
    "HYDRANT_MARKERS",
    "HYDRANT_SCALE",
    "LOST_STEPS",
    "PROPOSAL_MARKER",
    "PROPOSAL_SCALE",
    "STATION_MARKERS",
    "TOWNSHIP_STROKE",
    "VERDICT_COLOURS",
    "VILLAGE_MARKERS",
    "WATER_COLOUR",
    "ZONE_COLOURS",
    "Fill",
    "LayerStyle",
    "Marker",
    "Stroke",
    "StyleClass",
    "Symbol",
    "band_colours",
    "band_label",
    "beyond_label",
    "layer_style",
    "rgb",
    "road_stroke",
]

_ORANGE, _GREEN, _BLUE, _VERMILLION = "#e69f00", "#009e73", "#0072b2", "#d55e00"
_INK, _GREY, _PALE = "#333333", "#8c8c8c", "#c8c8c8"
#: The bands' colours between the shortest time (dark) and the longest (light).
_RAMP = ("#14365c", "#1c6a86", "#3f9e98", "#8cc79b", "#e6e88a")
#: Grey, so that it recedes, and in lightness between the ramp's last two steps.
BEYOND_COLOUR = "#ced0d0"
#: No arrival takes longer, minutes.
_EVER_MIN = 1e6

STATION_MARKERS = {
    "fire": Marker("circle", "#c8102e", "#ffffff", 4.4, 0.5),
    "township": Marker("triangle", _ORANGE, "#5c3b00", 3.8, 0.3),
    "micro": Marker("square", "#f7d774", "#5c3b00", 2.6, 0.2),
}
CANDIDATE_MARKER = Marker("diamond", _BLUE, "#ffffff", 4.2, 0.4)
HYDRANT_MARKERS = {
    "working": Marker("circle", _BLUE, "#ffffff", 1.8, 0.2),
    "broken": Marker("cross2", _VERMILLION, _VERMILLION, 2.2, 0.5),
    "unknown": Marker("circle", "", _GREY, 1.8, 0.3),
}
VERDICT_COLOURS = {
    "meets": _GREEN,
    "fails": _VERMILLION,
    "cannot_say": _GREY,
    "not_applicable": _PALE,
}
ZONE_COLOURS = {"urban": "#a68e7d", "suburb": "#c9b9ac", "town": "#e8ded6"}
VILLAGE_MARKERS = {
    "reached": Marker("circle", _GREEN, "#ffffff", 1.6, 0.15),
    "late": Marker("square", "#f0b429", _INK, 1.7, 0.15),
    "nobody": Marker("cross2", _VERMILLION, _VERMILLION, 2.0, 0.45),
}
PROPOSAL_MARKER = Marker("cross", _GREEN, _GREEN, 2.2, 0.5)
#: People who lose cover: where one class ends and the next begins.
LOST_STEPS = (100, 1_000, 10_000)
#: Diameters of a station's circle and widths of a road's line, mm, from the fewest to the most.
_OUTAGE_SIZES_MM = (3.0, 5.5, 8.5, 12.0)
_CRITICAL_WIDTHS_MM = (0.7, 1.2, 1.9, 2.8)
_OUTAGE_COLOUR, _CRITICAL_COLOUR = "#56b4e9", "#8e2a6b"
WATER_COLOUR = "#8fb8d6"
BOUNDARY_STROKE = Stroke("#5b3a70", 0.9, dashed=True)
TOWNSHIP_STROKE = Stroke("#7d7390", 0.3, dashed=True)
GAP_COLOUR = _VERMILLION
#: A jurisdiction's name: its station, its area and the cap.
_JURISDICTION = (
    """"station_name" || '\\n' || format_number("area_km2", 2) || '平方公里' || """
    """coalesce('（上限' || "cap_km2" || '）', '')"""
)

_ROAD_LOOK = {
    "motorway": ("#7a4fa3", 0.7),
    "trunk": ("#a8432f", 0.55),
    "primary": ("#a8432f", 0.4),
    "secondary": ("#b07d2b", 0.35),
    "tertiary": ("#7d7d7d", 0.25),
}
_MINOR_ROAD = ("#9a9a9a", 0.15)
#: Roads that are left out at scales smaller than 1 : this; those not named are never.
_ROAD_SCALES = {
    "tertiary": 1_000_000,
    "unclassified": 620_000,
    "residential": 310_000,
    "living_street": 160_000,
    "service": 90_000,
    "track": 90_000,
}
#: Layers of many points: nothing but a blot at scales smaller than 1 : this. Between two of the
#: round scales that sheets have: at the very scale, rounding would decide what is drawn.
DEMAND_SCALE, HYDRANT_SCALE, PROPOSAL_SCALE = 275_000, 225_000, 125_000


def band_colours(minutes: Sequence[float]) -> list[str]:
    """Return a colour for each band, dark for the shortest time to light for the longest.

    Parameters
    ----------
    minutes
        The bands, rising.
    """
    last = max(len(minutes) - 1, 1)
    return [_ramp(i / last) for i in range(len(minutes))]


def _ramp(share: float) -> str:
    place = share * (len(_RAMP) - 1)
    i = min(int(place), len(_RAMP) - 2)
    part = place - i
    mixed = [
        round(low + (high - low) * part)
        for low, high in zip(rgb(_RAMP[i]), rgb(_RAMP[i + 1]), strict=True)
    ]
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def rgb(colour: str) -> tuple[int, int, int]:
    """Return the red, green and blue of ``#rrggbb``, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def road_stroke(road_class: str) -> Stroke:
    """Return how a road of a class is drawn; a ramp as its road, but thinner."""
    main = road_class.removesuffix("_link")
    colour, width_mm = _ROAD_LOOK.get(main, _MINOR_ROAD)
    return Stroke(colour, round(width_mm * 0.7, 2) if main != road_class else width_mm)


def band_label(minutes: float, lang: Language) -> str:
    """Return a band's entry in a legend."""
    return f"{minutes:g} 分钟内" if lang == "zh" else f"within {minutes:g} min"


def beyond_label(minutes: float, lang: Language) -> str:
    """Return the legend's entry for times above the last band."""
    return f"超过 {minutes:g} 分钟" if lang == "zh" else f"over {minutes:g} min"


def _categories(column: str, symbols: dict[str, Symbol], lang: Language) -> tuple[StyleClass, ...]:
    return tuple(
        StyleClass(value_label(column, value, lang), symbol, value=value)
        for value, symbol in symbols.items()
    )


def _bands(
    minutes: Sequence[float], symbols: Sequence[Symbol], lang: Language
) -> tuple[StyleClass, ...]:
    lowers = (0.0, *minutes[:-1])
    return tuple(
        StyleClass(band_label(upper, lang), symbol, lower=lower, upper=upper)
        for lower, upper, symbol in zip(lowers, minutes, symbols, strict=True)
    )


def _single(symbol: Symbol, name: str = "") -> tuple[StyleClass, ...]:
    return (StyleClass(name, symbol),)


def layer_style(
    layer: str, minutes: Sequence[float], lang: Language = "zh", scenario: str = "baseline"
) -> LayerStyle:
    """Return how a layer of the results is drawn, those of siting excepted.

    Parameters
    ----------
    layer
        The layer's name in the GeoPackage.
    minutes
        The bands, rising.
    lang
        The language of the legend.
    scenario
        The scenario whose times the demand cells show.

    Raises
    ------
    KeyError
        If there is no such layer.
    """
    if layer in ("isochrones", "reach_edges", "demand"):
        return _band_style(layer, minutes, lang, scenario)
    if layer in ("stations", "hydrants", "hydrant_proposals", "villages"):
        return _point_style(layer, lang)
    if layer in ("station_outages", "critical_roads"):
        return _lost_style(layer, lang)
    if layer == "roads":
        return _road_style(lang)
    return _area_styles(lang)[layer]


def _road_style(lang: Language) -> LayerStyle:
    """Return the roads, the largest first in the legend and above the others on the map."""
    keys = list(road_classes())
    classes = [
        StyleClass(
            value_label("road_class", key, lang),
            road_stroke(key),
            value=key,
            where=f"\"road_class\" = '{key}'",
            scale=_ROAD_SCALES.get(key.removesuffix("_link"), 0),
            level=len(keys) - i,
        )
        for i, key in enumerate(keys)
    ]
    return LayerStyle(
        "rules",
        tuple(classes),
        "road_class",
        name_column="""coalesce(nullif("ref", ''), "name")""",
        name_is_expression=True,
        label_size_pt=6,
        label_scale=90_000,
        label_colour="#5a4634",
    )


def _band_style(layer: str, minutes: Sequence[float], lang: Language, scenario: str) -> LayerStyle:
    colours = band_colours(minutes)
    if layer == "isochrones":
        fills = [Fill(colour, "#ffffff", 0.15) for colour in colours]
        classes = _bands(minutes, fills, lang)
        return LayerStyle("graduated", classes, "minutes", opacity=0.65, largest_first=True)
    if layer == "reach_edges":
        lines = [Stroke(colour, 0.6) for colour in colours]
        return LayerStyle("graduated", _bands(minutes, lines, lang), "minutes")
    dots = [Marker("square", colour, colour, 1.0, 0.0) for colour in colours]
    last = minutes[-1]
    far = Marker("square", BEYOND_COLOUR, BEYOND_COLOUR, 1.0, 0.0)
    beyond = StyleClass(beyond_label(last, lang), far, lower=last, upper=_EVER_MIN)
    classes = (*_bands(minutes, dots, lang), beyond)
    return LayerStyle("graduated", classes, f"first_min_{scenario}", scale=DEMAND_SCALE)


def _point_style(layer: str, lang: Language) -> LayerStyle:
    if layer == "stations":
        classes = _categories("tier", dict(STATION_MARKERS), lang)
        # Where a township's brigade stands beside a fire station, the station is on top.
        return LayerStyle(
            "categorized",
            classes,
            "tier",
            largest_first=True,
            name_column="name",
            label_bold=True,
        )
    if layer == "hydrant_proposals":
        return LayerStyle("single", _single(PROPOSAL_MARKER), scale=PROPOSAL_SCALE)
    if layer == "hydrants":
        classes = _categories("status", dict(HYDRANT_MARKERS), lang)
        return LayerStyle("categorized", classes, "status", scale=HYDRANT_SCALE)
    words = {
        "reached": ("时限内可达", "reached in time", '"reached"'),
        "late": ("可达但超时", "reached too late", 'not "reached" and "first_s" is not null'),
        "nobody": ("无力量可达", "nobody comes", '"first_s" is null'),
    }
    rules = tuple(
        StyleClass(zh if lang == "zh" else en, VILLAGE_MARKERS[key], where=where)
        for key, (zh, en, where) in words.items()
    )
    return LayerStyle("rules", rules, name_column="name", label_size_pt=7, label_scale=110_000)


def _lost_style(layer: str, lang: Language) -> LayerStyle:
    """Return circles or lines that grow with the people who lose cover, the largest below."""
    symbols: list[Symbol]
    if layer == "station_outages":
        sizes = enumerate(_OUTAGE_SIZES_MM)
        symbols = [Marker("circle", _OUTAGE_COLOUR if i else "", _INK, mm, 0.3) for i, mm in sizes]
    else:
        symbols = [Stroke(_CRITICAL_COLOUR, mm) for mm in _CRITICAL_WIDTHS_MM]
    bounds = zip(symbols, (None, *LOST_STEPS), (*LOST_STEPS, None), strict=True)
    classes = [
        StyleClass(_lost_label(more, most, lang), symbol, where=_lost_rule(more, most))
        for symbol, more, most in bounds
    ]
    roads = layer == "critical_roads"
    return LayerStyle(
        "rules",
        tuple(reversed(classes)),
        "population_lost",
        opacity=0.85 if roads else 0.55,
        largest_first=True,
        name_column="order" if roads else "",
        label_bold=True,
        label_colour=_CRITICAL_COLOUR,
    )


def _lost_label(more: int | None, most: int | None, lang: Language) -> str:
    if more is None:
        return f"不超过{most:,}人" if lang == "zh" else f"{most:,} people at most"
    if most is None:
        return f"超过{more:,}人" if lang == "zh" else f"over {more:,} people"
    return f"{more:,}至{most:,}人" if lang == "zh" else f"{more:,} to {most:,} people"


def _lost_rule(more: int | None, most: int | None) -> str:
    # Where people are not known, a road or station that costs villages is drawn all the same.
    lost = 'coalesce("population_lost", 0)'
    parts = [f"{lost} > {more}"] if more is not None else []
    parts += [f"{lost} <= {most}"] if most is not None else []
    return " and ".join(parts)


def _area_styles(lang: Language) -> dict[str, LayerStyle]:
    verdicts: dict[str, Symbol] = {
        verdict: Fill(colour, _INK, 0.4) for verdict, colour in VERDICT_COLOURS.items()
    }
    zones: dict[str, Symbol] = {
        zone: Fill(colour, "#8a7565", 0.2) for zone, colour in ZONE_COLOURS.items()
    }
    # What lies outside along the roads holds most of what lies outside straight.
    gaps: dict[str, Symbol] = {
        "straight": Fill(GAP_COLOUR, "", 0.0, hatched=True),
        "road": Fill("", _ORANGE, 0.2, dashed=True),
    }
    boundary, township = BOUNDARY_STROKE, TOWNSHIP_STROKE
    return {
        "jurisdictions": LayerStyle(
            "categorized",
            _categories("area_verdict", verdicts, lang),
            "area_verdict",
            opacity=0.45,
            name_column=_JURISDICTION,
            name_is_expression=True,
            label_scale=160_000,
        ),
        # Streets and the lie of the land show through.
        "built_up": LayerStyle(
            "categorized", _categories("zone", zones, lang), "zone", opacity=0.6
        ),
        "townships": LayerStyle(
            "single",
            _single(Fill("", township.colour, township.width_mm, dashed=True)),
            name_column="name",
            label_size_pt=7,
            label_colour="#6a6280",
        ),
        "hydrant_gaps": LayerStyle("categorized", _categories("measure", gaps, lang), "measure"),
        "boundary": LayerStyle(
            "single", _single(Fill("", boundary.colour, boundary.width_mm, dashed=True))
        ),
        "water": LayerStyle(
            "single",
            _single(Stroke(WATER_COLOUR, 0.5)),
            name_column="name",
            label_size_pt=7,
            label_colour="#2f6690",
        ),
        "water_areas": LayerStyle("single", _single(Fill(WATER_COLOUR, WATER_COLOUR, 0.1))),
    }

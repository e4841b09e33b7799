"""Where water is to come from: new hydrants proposed, and each village's nearest supply."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import shapely

from firecover.outputs.maps.geometry import pack_line, pack_point
from firecover.outputs.maps.layers import (
    POINTS_ORDER,
    Shared,
    built_up_name,
    drawn,
    rows,
    township_codes,
)
from firecover.outputs.maps.parts import Count, Entry, Feature, Layer, Legend, Row, Style, Table
from firecover.outputs.maps.text import (
    Text,
    amount,
    known,
    minutes_name,
    number,
    own_name,
    part,
    say,
    short_name,
    value_name,
)

#: Below the zoom at which two neighbours have room for their numbers, the signs are small.
_NUMBERS_FROM = 15.0
#: Where one class of the distance to water ends and the next begins, metres: hoses, then the
#: shuttle of a water tender, which takes the longer the farther it goes.
_SUPPLY_STEPS_M = (500, 1000, 2000, 5000)
_SUPPLY_COLOURS = ("#fef6cf", "#fdcf7c", "#f0923e", "#b9471f", "#571307")
_KINDS = ("hydrant", "water")
#: Lines to a hydrant, and to a river or lake.
_LINES: Sequence[Style] = (
    {"color": "#33414c", "weight": 1.2, "opacity": 0.8},
    {"color": "#1b6a96", "weight": 1.8, "opacity": 0.9, "dashArray": "5 4"},
)
#: Distances of the tables are rounded to 0.1 m.
_SAME_M = 1.0


# --------------------------------------------------------------------------- proposals


def proposal_layer(shared: Shared, parts: Mapping[str, Text]) -> Layer:
    """Return the new hydrants proposed, numbered by the area that they add.

    ``parts`` are the names of the built-up parts that they stand in, by their ids.
    """
    names = township_codes(shared)
    features = []
    for row in reversed(drawn(rows(shared.results.hydrant_proposals))):
        values: list[Text | None] = [
            number(row["order"]),
            say("amounts.hectares", n=number(row["gain_km2"] * 100, 2)),
            parts.get(str(row["built_up_id"]), str(row["built_up_name"] or "")),
            str(row["road"]) if row["road"] else say("hydrants.no_road_name"),
            names.get(str(row["township"]), str(row["township"] or "")) or None,
        ]
        order = number(row["order"])
        name = say("hydrants.proposal", n=order)
        place = pack_point(row["geometry"], shared.crs)
        features.append(Feature(place, name, 0, values, badge=order))
    fields = ("order", "gain", "part", "street", "township")
    return Layer(
        "proposals",
        "markers",
        features,
        [{"symbol": "fc-proposal", "size": 19}],
        POINTS_ORDER + 5,
        kind=say("hydrants.proposal_kind"),
        fields=[say(f"hydrants.proposal_{name}") for name in fields],
        badge_from=_NUMBERS_FROM,
    )


def proposal_legend(shared: Shared) -> list[Legend]:
    """Return the legend of the new hydrants; none where none are proposed."""
    count = len(shared.results.hydrant_proposals)
    if not count:
        return []
    entry = Entry(
        say("hydrants.proposal_entry"),
        {"symbol": "fc-proposal"},
        "marker",
        counts=[Count(number(count))],
    )
    note = say("hydrants.proposal_note")
    return [Legend("proposals", say("hydrants.proposals"), [entry], note=note)]


# ----------------------------------------------------------------------------- supply


def supply_class(metres: float) -> int:
    """Return the class of the distance to water; a limit belongs to the class below it."""
    return bisect_left(_SUPPLY_STEPS_M, metres)


def _supply_styles() -> list[Style]:
    """Return the classes for hydrants and then for rivers and lakes, which have a thick rim."""
    rims = ({"color": "#33414c", "weight": 1}, {"color": "#111111", "weight": 3})
    return [
        {"radius": 6, "fillColor": colour, "fillOpacity": 1, "opacity": 1, **rim}
        for rim in rims
        for colour in _SUPPLY_COLOURS
    ]


def _villages(shared: Shared) -> list[dict[str, Any]]:
    """Return the villages whose nearest supply is known; water does not depend on scenarios."""
    found = drawn(rows(shared.results.villages, shared.scenarios[0]))
    return [row for row in found if known(row["supply_m"]) is not None]


def _supply_style(row: dict[str, Any]) -> int:
    kind = _KINDS.index(str(row["supply_kind"])) if row["supply_kind"] in _KINDS else 0
    return kind * len(_SUPPLY_COLOURS) + supply_class(row["supply_m"])


def supply_layer(shared: Shared) -> Layer:
    """Return the villages by how far they are from a working hydrant, a river or a lake."""
    features = []
    for row in _villages(shared):
        water = amount(row["water_m"], "metres")
        name = str(row["water_name"] or "")
        values: list[Text | None] = [
            str(row["township_name"] or "") or None,
            amount(row["supply_m"], "metres"),
            value_name("supply_kind", row["supply_kind"]),
            amount(row["hydrant_m"], "metres"),
            say("hydrants.water_named", metres=water, name=name) if name else water,
        ]
        place = pack_point(row["geometry"], shared.crs)
        features.append(Feature(place, own_name(row), _supply_style(row), values))
    fields = ("hydrants.proposal_township", "hydrants.supply_m", "hydrants.supply_kind")
    return Layer(
        "supply",
        "points",
        features,
        _supply_styles(),
        POINTS_ORDER - 10,
        kind=say("villages.kind"),
        fields=[
            *(say(name) for name in fields),
            say("villages.hydrant"),
            say("hydrants.nearest_water"),
        ],
        search=True,
    )


def supply_lines(shared: Shared) -> Layer:
    """Return a line from each village to its nearest supply.

    Where the nearest hydrant or water on the map is not as far off as the table says, no line
    is drawn: the village then rests on something that the map does not show.
    """
    hydrants = shared.results.hydrants
    works = hydrants.geometry[hydrants["status"] == "working"] if len(hydrants) else ()
    water = shared.results.water.geometry if len(shared.results.water) else ()
    supplies = {
        kind: shapely.union_all([shape for shape in shapes if shape is not None])
        for kind, shapes in (("hydrant", works), ("water", water))
    }
    features = []
    for row in _villages(shared):
        supply = supplies.get(str(row["supply_kind"]))
        if supply is None or supply.is_empty:
            continue
        line = shapely.shortest_line(row["geometry"], supply)
        if abs(line.length - row["supply_m"]) <= _SAME_M:
            place = [pack_line(line, shared.crs)]
            features.append(Feature(place, own_name(row), _KINDS.index(row["supply_kind"])))
    return Layer("supply", "lines", features, _LINES, POINTS_ORDER - 15)


def supply_legend(shared: Shared) -> list[Legend]:
    """Return the legend of the villages' supplies; none where there are no villages."""
    found = _villages(shared)
    if not found:
        return []
    tally = Counter(supply_class(row["supply_m"]) for row in found)
    limits = [minutes_name(limit / 1000) for limit in _SUPPLY_STEPS_M]
    labels = [
        say("hydrants.supply_within", n=limits[0]),
        *(say("hydrants.supply_between", low=low, high=high) for low, high in pairwise(limits)),
        say("hydrants.supply_beyond", n=limits[-1]),
    ]
    looks = _supply_styles()
    entries = [
        Entry(label, looks[i], "point", counts=[Count(number(tally[i]))])
        for i, label in enumerate(labels)
    ]
    kinds = Counter(str(row["supply_kind"]) for row in found)
    plain = {"fillColor": "#ffffff"}
    entries += [
        Entry(
            say(f"hydrants.supply_by_{kind}"),
            {**looks[i * len(_SUPPLY_COLOURS)], **plain},
            "point",
            counts=[Count(number(kinds[kind]))],
        )
        for i, kind in enumerate(_KINDS)
    ]
    note = say("hydrants.supply_note")
    return [Legend("supply", say("hydrants.supply"), entries, shown=False, note=note)]


# ------------------------------------------------------------------------------- table


def part_names(shared: Shared) -> dict[str, Text]:
    """Return the names of the built-up parts by their ids, numbered where several share one."""
    found = drawn(rows(shared.results.built_up, shared.scenarios[0]))
    names = numbered(built_up_name(shared, row) for row in found)
    return {str(row["id"]): name for row, name in zip(found, names, strict=True)}


def numbered(names: Iterable[Text]) -> list[Text]:
    """Return names with a number behind those that stand more than once."""
    given = list(names)
    often, seen = Counter(given), Counter[Text]()
    told: list[Text] = []
    for name in given:
        seen[name] += 1
        if often[name] > 1:
            # The space does not break: a number alone on a line says nothing.
            zh, en = (f"{part(name, i)}\N{NO-BREAK SPACE}{seen[name]}" for i in (0, 1))
            told.append((zh, en))
        else:
            told.append(name)
    return told


def water_table(shared: Shared, parts: Mapping[str, Text]) -> list[Table]:
    """Return a table of the built-up parts with their gaps and the hydrants proposed.

    Its rows lead to the features of the page's first layer, the built-up area, which has its
    ``parts`` in the same order.
    """
    gaps: dict[tuple[str, str], float] = {}
    for row in rows(shared.results.hydrant_gaps):
        gaps[str(row["built_up_id"]), str(row["measure"])] = known(row["area_km2"]) or 0.0
    proposed = Counter(str(row["built_up_id"]) for row in rows(shared.results.hydrant_proposals))
    found = drawn(rows(shared.results.built_up, shared.scenarios[0]))
    shorts = numbered(short_name(built_up_name(shared, row)) for row in found)
    lines = []
    for i, (key, short) in enumerate(zip(parts, shorts, strict=True)):
        measured = [gaps.get((key, measure)) for measure in ("straight", "road")]
        if not any(measured) and not proposed[key]:
            continue
        cells = ["–" if gap is None else number(gap, 3) for gap in measured]
        title = (part(parts[key], 0), part(parts[key], 1))
        lines.append(Row([short, *cells, number(proposed[key])], f"0 {i}", title))
    if not lines:
        return []
    columns = [say(f"hydrants.column_{name}") for name in ("part", "straight", "road", "new")]
    return [Table(say("hydrants.table"), columns, lines)]

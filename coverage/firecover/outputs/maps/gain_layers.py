"""What the page of the gain draws: ground, villages and stations, from scenario to scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shapely.geometry.base import BaseGeometry

from firecover.outputs.maps.gain_data import (
    Change,
    changes_of,
    gained_ground,
    signed,
    village_change,
    village_pairs,
)
from firecover.outputs.maps.geometry import TOLERANCE_M, pack_area, pack_point
from firecover.outputs.maps.layers import (
    HATCH_ORDER,
    LABELS,
    MARKERS_ORDER,
    POINTS_ORDER,
    Shared,
    drawn,
    rows,
    township_codes,
)
from firecover.outputs.maps.parts import Feature, Layer, Style
from firecover.outputs.maps.text import Text, amount, known, own_name, say
from firecover.outputs.maps.what_if import CHANGE_COLOURS

#: Dark against light, and hatched the other way: hue is not needed to tell them apart.
GAINED_COLOUR, LOST_COLOUR = CHANGE_COLOURS["gained"], "#b35a00"
GROUND_STYLES: Mapping[str, Style] = {
    "gained": {
        "stroke": True,
        "fill": True,
        "fillColor": "url(#fc-gained)",
        "fillOpacity": 1,
        "color": GAINED_COLOUR,
        "weight": 1.8,
        "dashArray": "",
    },
    "lost": {
        "stroke": True,
        "fill": True,
        "fillColor": "url(#fc-lost)",
        "fillOpacity": 1,
        "color": LOST_COLOUR,
        "weight": 1.8,
        "dashArray": "5 3",
    },
}
_HIDDEN: Style = {"stroke": False, "fill": False}
VILLAGE_STYLES: Mapping[str, Style] = {
    "gained": {"radius": 7, "fillColor": GAINED_COLOUR, "color": "#ffffff", "weight": 1.6},
    "lost": {"radius": 7, "fillColor": CHANGE_COLOURS["lost"], "color": "#1f2a33", "weight": 2.4},
    "earlier": {"radius": 5, "fillColor": "#ffffff", "color": GAINED_COLOUR, "weight": 2.4},
    "later": {"radius": 5, "fillColor": "#ffe3bd", "color": LOST_COLOUR, "weight": 1.4},
    "unchanged": {"radius": 3, "fillColor": "#8d949a", "color": "#ffffff", "weight": 0.8},
}


@dataclass(frozen=True)
class Step:
    """A change with what it moves: ground by band, and stations by id.

    Attributes
    ----------
    change
        From which scenario to which.
    gained, lost
        The ground in the study's CRS, for each band; empty where there is none.
    added, removed
        Stations that respond after it only, and before it only.
    """

    change: Change
    gained: Sequence[BaseGeometry]
    lost: Sequence[BaseGeometry]
    added: Sequence[str]
    removed: Sequence[str]


def steps_of(shared: Shared) -> list[Step]:
    """Return the steps that the page offers, with what each moves."""
    changes, minutes = changes_of(shared.scenarios), shared.results.minutes
    ground: dict[tuple[str, str], list[BaseGeometry]] = {}

    def between(before: str, after: str) -> list[BaseGeometry]:
        if (before, after) not in ground:
            change = Change(before, after)
            ground[before, after] = [gained_ground(shared.results, change, m) for m in minutes]
        return ground[before, after]

    ids = {
        name: [str(row["id"]) for row in rows(shared.results.stations, name)]
        for name in shared.scenarios
    }
    return [
        Step(
            change,
            between(change.before, change.after),
            between(change.after, change.before),
            [key for key in ids[change.after] if key not in ids[change.before]],
            [key for key in ids[change.before] if key not in ids[change.after]],
        )
        for change in changes
    ]


# ------------------------------------------------------------------------------- layers


def ground_layers(shared: Shared, steps: Sequence[Step]) -> list[Layer]:
    """Return the ground gained by each step, and by the step back, once each.

    The script draws the ground of a step as gained, that of the step back as lost.
    """
    ground = {}
    for step in steps:
        ground[step.change.id] = step.gained
        ground[Change(step.change.after, step.change.before).id] = step.lost
    count = len(shared.results.minutes)
    return [
        Layer(
            "ground",
            "areas",
            [
                Feature(
                    pack_area(shape, shared.crs, TOLERANCE_M / 3),
                    "",
                    [0 if i == variant else 1 for variant in range(count)],
                )
                for i, shape in enumerate(shapes)
                if not shape.is_empty
            ],
            [GROUND_STYLES["gained"], _HIDDEN],
            HATCH_ORDER,
            scenario=name,
        )
        for name, shapes in ground.items()
    ]


def village_layer(shared: Shared, change: Change) -> Layer:
    """Return the villages by how their arrival changes, with their times before and after."""
    kinds, townships = list(VILLAGE_STYLES), township_codes(shared)
    features = [
        Feature(
            pack_point(after["geometry"], shared.crs),
            own_name(after),
            kinds.index(village_change(before, after)),
            [
                townships.get(str(after["township"]), str(after["township_name"] or "")) or None,
                _arrival(before, shared.station_names[change.before]),
                _arrival(after, shared.station_names[change.after]),
                _difference(before, after),
            ],
        )
        for before, after in village_pairs(shared, change)
    ]
    names = [shared.results.scenario(name).title for name in (change.before, change.after)]
    return Layer(
        "villages",
        "points",
        features,
        [{**look, "fillOpacity": 1, "opacity": 1} for look in VILLAGE_STYLES.values()],
        POINTS_ORDER,
        scenario=change.id,
        kind=say("villages.kind"),
        fields=[say("villages.township"), *names, say("gain.difference")],
        search=True,
        label=LABELS["village"],
        grow=True,
    )


def _arrival(row: Mapping[str, Any], stations: Mapping[str, Text]) -> Text:
    if known(row["first_s"]) is None:
        return say("amounts.nobody")
    station = str(row["first_station"])
    time = amount(row["first_s"], "minutes")
    return say("villages.arrival", time=time, station=stations.get(station, station))


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> Text:
    first, then = known(before["first_s"]), known(after["first_s"])
    if first is None or then is None:
        if first is then:
            return say("gain.unchanged")
        return say("gain.newly") if first is None else say("gain.no_longer")
    return signed(then - first, "minutes")


def station_changes(
    shared: Shared, steps: Sequence[Step], stations: Sequence[Layer]
) -> list[Layer]:
    """Return the stations added and closed by each step, and the names of those that stay."""
    features = {
        layer.scenario: dict(
            zip(
                (str(row["id"]) for row in drawn(rows(shared.results.stations, layer.scenario))),
                layer.features,
                strict=True,
            )
        )
        for layer in stations
    }
    layers = []
    for step in steps:
        change = step.change
        before, after = features[change.before], features[change.after]
        stay = [Feature(after[key].form, after[key].name) for key in after if key in before]
        layers.append(
            Layer(
                "stations",
                "names",
                stay,
                [{}],
                MARKERS_ORDER,
                scenario=change.id,
                label=LABELS["station"],
            )
        )
        for word, ids, mine in (("added", step.added, after), ("removed", step.removed, before)):
            layers.append(
                replace(
                    stations[0],
                    key="station_changes",
                    features=[replace(mine[key], style=0) for key in ids if key in mine],
                    styles=[{"symbol": f"fc-{word}", "size": 36, "above": 1000}],
                    order=MARKERS_ORDER + 10,
                    scenario=change.id,
                    kind=say(f"gain.{word}"),
                    # What is added is found among the stations on the right already.
                    search=word == "removed",
                )
            )
    return [layer for layer in layers if layer.features]

"""The page of the gain: two scenarios on either side of a divider, and what one adds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import shapely

from firecover.outputs import styles
from firecover.outputs.maps.gain_data import (
    figures_of,
    standard_band,
    township_table,
    township_values,
)
from firecover.outputs.maps.gain_layers import (
    GAINED_COLOUR,
    GROUND_STYLES,
    LOST_COLOUR,
    VILLAGE_STYLES,
    Step,
    ground_layers,
    station_changes,
    steps_of,
    village_layer,
)
from firecover.outputs.maps.geometry import view
from firecover.outputs.maps.layers import (
    Shared,
    band_entries,
    band_layers,
    names_legend,
    reach_layers,
    township_names,
    township_search,
)
from firecover.outputs.maps.parts import Count, Entry, Layer, Legend, MapPage, Own
from firecover.outputs.maps.stations import station_layers, station_legend, told_unlocated
from firecover.outputs.maps.text import Text, amount, join, known, minutes_name, say
from firecover.results import band

FILE = "gain.html"
#: The first view is no smaller than this, metres, so that it shows where it is.
_LEAST_VIEW_M = 3000.0


def gain_page(shared: Shared) -> MapPage:
    """Return the page that holds two scenarios against each other.

    Raises
    ------
    ValueError
        If there are fewer than two scenarios.
    """
    if len(shared.scenarios) < 2:  # noqa: PLR2004 - two are compared
        msg = "the gain is between two scenarios"
        raise ValueError(msg)
    steps = steps_of(shared)
    villages = [village_layer(shared, step.change) for step in steps]
    stations = station_layers(shared)
    layers = [
        township_search(shared),
        *band_layers(shared),
        *reach_layers(shared),
        *ground_layers(shared, steps),
        *villages,
        township_names(shared),
        # Their names would be cut at the divider: those of both sides have a layer of their own.
        *(replace(layer, label=None) for layer in stations),
        *station_changes(shared, steps, stations),
    ]
    minutes = shared.results.minutes
    return MapPage(
        file=FILE,
        title=say("gain.title"),
        lead=say("gain.lead"),
        layers=layers,
        legends=_legends(shared, steps, villages),
        figures=[figures_of(shared, step.change) for step in steps],
        tables=[township_table(shared, step.change, 0) for step in steps],
        told=told_unlocated(shared.first_figures),
        by_scenario=False,
        variants=[say("amounts.within", n=minutes_name(limit)) for limit in minutes],
        variant_name=say("gain.variant"),
        variant=standard_band(shared),
        variant_ids=[band(limit) for limit in minutes],
        focus=_views(shared, steps[0])[standard_band(shared)],
        own=Own(
            scripts=("map_swipe.js",),
            sheets=("map_swipe.css",),
            classes="fc-map fc-gain",
            data={
                "scenarios": [step.change.id for step in steps],
                "gain": _data(shared, steps, villages),
            },
        ),
    )


# ------------------------------------------------------------------------------ legends


def _legends(shared: Shared, steps: Sequence[Step], villages: Sequence[Layer]) -> list[Legend]:
    legends = [_ground_legend(steps)]
    bands = [replace(entry, counts=()) for entry in band_entries(shared)]
    legends += [
        Legend("bands", say("gain.bands"), bands, note=say("response.bands_note")),
        Legend("reach", say("gain.reach"), note=say("response.roads_note")),
    ]
    if len(shared.results.villages):
        legends.append(_village_legend(shared, villages))
    signs = [
        Entry(
            say(f"gain.{word}"),
            {"symbol": f"fc-{word}"},
            "marker",
            counts=[Count(str(len(getattr(step, word))), step.change.id) for step in steps],
        )
        for word in ("added", "removed")
        if any(getattr(step, word) for step in steps)
    ]
    if signs:
        legends.append(Legend("station_changes", say("gain.stations"), signs))
    return [*legends, station_legend(shared), names_legend()]


def _ground_legend(steps: Sequence[Step]) -> Legend:
    entries = [
        Entry(
            say(f"gain.{word}"),
            GROUND_STYLES[word],
            counts=[
                Count(amount(round(shape.area / 1e6, 4), "km2"), step.change.id, i)
                for step in steps
                for i, shape in enumerate(getattr(step, word))
            ],
        )
        for word in ("gained", "lost")
    ]
    return Legend("ground", say("gain.ground"), entries, note=say("gain.ground_note"))


def _village_legend(shared: Shared, villages: Sequence[Layer]) -> Legend:
    minutes = minutes_name(known(shared.first_figures.get("village_minutes")) or 0)
    labels = {
        "gained": say("gain.in_time", m=minutes),
        "lost": say("gain.too_late", m=minutes),
        "earlier": say("gain.earlier"),
        "later": say("gain.later"),
        "unchanged": say("gain.unchanged"),
    }
    tallies = {layer.scenario: Counter(f.style for f in layer.features) for layer in villages}
    entries = [
        Entry(
            labels[kind],
            {**look, "fillOpacity": 1},
            "point",
            counts=[Count(str(tally[i]), name) for name, tally in tallies.items()],
        )
        for i, (kind, look) in enumerate(VILLAGE_STYLES.items())
    ]
    return Legend("villages", say("gain.villages"), entries)


# ------------------------------------------------------------------------ for the script


def _data(shared: Shared, steps: Sequence[Step], villages: Sequence[Layer]) -> dict[str, Any]:
    """Return what ``map_swipe.js`` needs: the choices, and what each step is told by."""
    minutes = [minutes_name(limit) for limit in shared.results.minutes]
    names = (
        "left",
        "right",
        "which",
        "divider",
        "place",
        "to_change",
        "same",
        "here",
        "difference",
    )
    return {
        "scenarios": [
            {"id": summary.id, "name": summary.title} for summary in shared.results.scenarios
        ],
        "steps": [
            {
                "id": step.change.id,
                "before": step.change.before,
                "after": step.change.after,
                "views": _views(shared, step),
                "about": _about(shared, step),
                "same": _same(shared, step, layer),
                "townships": township_values(shared, step.change),
            }
            for step, layer in zip(steps, villages, strict=True)
        ],
        "people": say("gain.people", m=minutes[standard_band(shared)]),
        "looks": GROUND_STYLES,
        "within": [say("amounts.within", n=limit) for limit in minutes],
        "beyond": say("amounts.beyond", n=minutes[-1]),
        "colours": {
            "gained": GAINED_COLOUR,
            "lost": LOST_COLOUR,
            "station": styles.STATION_MARKERS["fire"].fill,
        },
        "words": {name: say(f"gain.{name}") for name in names},
    }


def _same(shared: Shared, step: Step, villages: Layer) -> bool:
    """Return whether a step changes nothing that the page shows but signs of stations."""
    unchanged = list(VILLAGE_STYLES).index("unchanged")
    return (
        all(shape.is_empty for shape in (*step.gained, *step.lost))
        and all(feature.style == unchanged for feature in villages.features)
        and all(
            figure.value == say("gain.unchanged")
            for figure in figures_of(shared, step.change).figures
        )
    )


def _about(shared: Shared, step: Step) -> Text:
    """Say how the scenarios differ in what was asked."""
    before, after = (
        shared.results.scenario(name) for name in (step.change.before, step.change.after)
    )
    joint = say("frame.joint")
    parts: list[Text] = []
    for key, ids, summary in (
        ("gain.adds", step.added, after),
        ("gain.removes", step.removed, before),
    ):
        if ids:
            names = join([shared.station_names[summary.id].get(i, i) for i in ids], joint)
            parts.append(say(key, names=names))
    for key, name in (("gain.speed", "speed_factor"), ("gain.turnout", "turnout_factor")):
        a, b = getattr(before, name), getattr(after, name)
        if a != b:
            parts.append(say(key, before=a, after=b))
    if before.speed_factors != after.speed_factors:
        parts.append(say("gain.speeds"))
    if set(before.close_roads) != set(after.close_roads):
        parts.append(say("gain.roads"))
    if not parts:
        return ""
    who = say("gain.compared", before=before.title, after=after.title)
    return join([who, join(parts, ("；", "; ")), say("gain.end")], ("", ""))


def _views(shared: Shared, step: Step) -> list[list[list[float]]]:
    """Return, for each band, the corners of where a step changes something.

    The ground gained and lost within the band, and the stations added and closed; none where
    there is neither.
    """
    table = shared.results.stations
    signs = [
        shape
        for name, ids in ((step.change.after, step.added), (step.change.before, step.removed))
        for shape in table.geometry[(table.scenario == name) & table.id.astype(str).isin(ids)]
        if shape is not None and not shape.is_empty
    ]
    views: list[list[list[float]]] = []
    for gained, lost in zip(step.gained, step.lost, strict=True):
        shapes = [shape for shape in (gained, lost, *signs) if not shape.is_empty]
        if not shapes:
            views.append([])
            continue
        west, south, east, north = shapely.total_bounds(shapes)
        wide = max(_LEAST_VIEW_M - (east - west), 0) / 2
        high = max(_LEAST_VIEW_M - (north - south), 0) / 2
        box = shapely.box(west - wide, south - high, east + wide, north + high)
        views.append(view(gpd.GeoDataFrame(geometry=[box], crs=shared.crs), 0.1))
    return views

"""Which figures the what-if page tells, and how it shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from firecover.outputs.maps.text import Text, minutes_name, say
from firecover.results import band
from firecover.study import LayerName, Study


def figure_keys(minutes: Sequence[float]) -> list[str]:
    """Return the headline figures that the page tells, by their keys in results.json."""
    ends = [band(m) for m in minutes]
    return [
        *(f"stations_{tier}" for tier in ("fire", "township", "micro")),
        "population_total",
        *(f"population_{kind}_{end}" for end in ends for kind in ("reached", "share")),
        *("urban_km2", "built_up_km2", "area_per_station_km2", "area_capacity_km2"),
        *("area_shortfall_km2", "stations_holding_area", "stations_meeting_area"),
        "stations_failing_area",
        *(
            f"{name}_{kind}"
            for name in ("urban_reached", "urban_any_reached", "built_up_any_reached")
            for kind in ("km2", "share")
        ),
        *("villages", "villages_reached", "villages_reached_share", "villages_two"),
        *("villages_nobody", "village_median_s", "village_worst_s"),
        *(f"seats_reached_{end}" for end in ends),
    ]


#: Figures that cannot be said without a layer, by the beginnings of their keys.
_NEEDS: Mapping[LayerName, tuple[str, ...]] = {
    "population": ("population_",),
    "built_up": (
        "urban_",
        "built_up_",
        "area_",
        "stations_holding_",
        "stations_meeting_",
        "stations_failing_",
    ),
    "villages": ("village",),
}


def said_keys(study: Study, *, seats: bool) -> list[str]:
    """Return the figures that the study's layers allow to be told; ``seats``: some are known."""
    missing = tuple(
        start for layer, starts in _NEEDS.items() if layer not in study.layers for start in starts
    )
    missing += () if seats else ("seats_",)
    return [key for key in figure_keys(study.isochrones.minutes) if not key.startswith(missing)]


def _row(label: str, unit: str, *keys: str, **values: Text | float) -> dict[str, Any]:
    """Return a line; ``{m}`` and ``{v}`` of its label are filled in by the page."""
    zh, en = say(f"what_if.{label}")
    if values:
        zh, en = say(f"what_if.{label}", **values)
    return {"label": (zh, en), "unit": unit, "keys": list(keys)}


def figure_rows(minutes: Sequence[float]) -> list[dict[str, Any]]:
    """Return the lines of the table of figures; what no run could say is left out there."""
    people = [
        _row(
            "people",
            "people",
            *(f"population_{kind}_{band(m)}" for kind in ("share", "reached")),
            "population_total",
            n=minutes_name(m),
        )
        for m in minutes
    ]
    seats = [_row("seats", "count", f"seats_reached_{band(m)}", n=minutes_name(m)) for m in minutes]
    return [
        _row("count", "counts", "stations_fire", "stations_township", "stations_micro"),
        _row("urban", "km2", "urban_reached_share", "urban_reached_km2", "urban_km2"),
        _row("urban_any", "km2", "urban_any_reached_share", "urban_any_reached_km2", "urban_km2"),
        _row(
            "built_up",
            "km2",
            "built_up_any_reached_share",
            "built_up_any_reached_km2",
            "built_up_km2",
        ),
        _row("villages_row", "number", "villages_reached_share", "villages_reached", "villages"),
        _row("two", "count", "villages_two"),
        _row("median", "minutes", "village_median_s"),
        _row("worst", "minutes", "village_worst_s"),
        _row("nobody", "count", "villages_nobody"),
        *people,
        _row("meeting", "counts", "stations_meeting_area", "stations_failing_area"),
        _row("per_station", "area", "area_per_station_km2"),
        _row("shortfall", "area", "area_shortfall_km2"),
        *seats,
    ]

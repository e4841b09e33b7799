"""The page of the candidate sites: ranks, gains, ties."""

from __future__ import annotations

from typing import Any

from firecover.outputs.map_geometry import pack_point
from firecover.outputs.map_layers import (
    LABELS,
    MARKERS_ORDER,
    Shared,
    built_up_layers,
    built_up_legend,
    drawn,
    names_legend,
    rows,
    township_names,
    township_search,
)
from firecover.outputs.map_parts import (
    Entry,
    Feature,
    Layer,
    Legend,
    MapPage,
    Row,
    Table,
)
from firecover.outputs.map_stations import station_layers, station_legend
from firecover.outputs.map_text import (
    Pair,
    Text,
    amount,
    join,
    known,
    number,
    own_name,
    say,
    value_name,
)

_BEST = 5
_SITE_FIELDS = ("rank", "population", "built_up", "villages")


def candidates_page(shared: Shared) -> MapPage:
    """Return the page of the candidate sites by rank."""
    sites = sorted(drawn(rows(shared.results.candidates)), key=_site_order)
    layer = Layer(
        "candidates",
        "markers",
        # The best is drawn last, and so lies on top.
        [_site(row, shared.crs) for row in reversed(sites)],
        [
            {"symbol": "fc-rank", "size": 30, "above": 1000},
            {"symbol": "fc-rank-low", "size": 24, "above": 600},
        ],
        MARKERS_ORDER + 5,
        kind=say("candidates.kind"),
        fields=_site_fields(),
        search=True,
        label=LABELS["candidate"],
    )
    layers = [
        *built_up_layers(shared, by_scenario=False),
        township_search(shared),
        township_names(shared),
        *station_layers(shared, by_scenario=False),
        layer,
    ]
    tied = sum(bool(row["tied"]) for row in sites)
    legend = Legend(
        "candidates",
        say("candidates.sites"),
        [
            Entry(say("candidates.best"), {"symbol": "fc-rank"}, "marker"),
            Entry(say("candidates.others"), {"symbol": "fc-rank-low"}, "marker"),
        ],
        note=say("candidates.tie_note"),
    )
    last = len(sites) - 1
    lines = [Row(_site_cells(row), f"{len(layers) - 1} {last - i}") for i, row in enumerate(sites)]
    return MapPage(
        file="candidates.html",
        title=say("candidates.title"),
        lead=say("candidates.lead"),
        layers=layers,
        legends=[
            legend,
            station_legend(shared, by_scenario=False),
            built_up_legend(shared),
            names_legend(),
        ],
        table_first=True,
        tables=[Table(say("candidates.table"), _site_columns(), lines, text_columns=(1,))],
        told=[*([say("candidates.ties", n=tied)] if tied else []), *_how_sure(shared, sites)],
        by_scenario=False,
    )


def _how_sure(shared: Shared, sites: list[dict[str, Any]]) -> list[Pair]:
    """Tell whether the first can be told from the others; nothing where nothing was drawn."""
    figures = shared.results.ranking_figures
    if figures.get("separable") is None:
        return []
    if figures["separable"]:
        share = f"{float(figures['sure_share'] or 0):.0%}"
        return [say("candidates.separable", p=share)]
    group = str(figures["not_separable"]).split("、")
    names = [own_name(row) for row in sites if row["id"] in group]
    return [say("candidates.not_separable", sites=join(names, ("、", ", ")))]


def _site_order(row: dict[str, Any]) -> tuple[float, str]:
    rank = known(row["rank"])
    return (float("inf") if rank is None else rank, str(row["id"]))


def _site_fields() -> list[Pair]:
    return [
        *(say(f"candidates.{name}") for name in _SITE_FIELDS),
        say("stations.class"),
        say("stations.vehicle"),
        say("candidates.origin"),
        say("candidates.cost"),
        say("stations.access"),
        say("stations.note"),
    ]


def _rank(row: dict[str, Any]) -> Text:
    rank = known(row["rank"])
    if rank is None:
        return say("candidates.unranked")
    return say("candidates.tied" if row["tied"] else "candidates.untied", n=rank)


def _site(row: dict[str, Any], crs: str) -> Feature:
    rank = known(row["rank"])
    values: list[Text | None] = [
        _rank(row),
        amount(row["population_gain"], "people"),
        amount(row["built_up_gain_km2"], "km2"),
        amount(row["villages_gain"], "villages"),
        value_name("station_class", row["station_class"]),
        value_name("vehicle", row["vehicle"]),
        value_name("origin", row["origin"]) if row["origin"] else None,
        amount(row["cost_10k_cny"], "cost") if known(row["cost_10k_cny"]) is not None else None,
        amount(row["access_m"], "metres"),
        str(row["note"]) if row["note"] else None,
    ]
    badge = "" if rank is None else f"{rank:g}"
    style = 0 if rank is not None and rank <= _BEST else 1
    return Feature(pack_point(row["geometry"], crs), own_name(row), style, values, badge)


def _site_columns() -> list[Text]:
    return [
        say("candidates.rank"),
        say("candidates.kind"),
        say("candidates.people_short"),
        say("candidates.km2_short"),
        say("candidates.villages_short"),
    ]


def _site_cells(row: dict[str, Any]) -> list[Text]:
    rank = known(row["rank"])
    place: Text = "–" if rank is None else f"{rank:g}"
    if rank is not None and row["tied"]:
        place = say("candidates.tied_short", n=rank)
    gains = [
        (known(row["population_gain"]), 0),
        (known(row["built_up_gain_km2"]), 2),
        (known(row["villages_gain"]), 0),
    ]
    shown = ["–" if gain is None else number(gain, decimals) for gain, decimals in gains]
    return [place, own_name(row), *shown]

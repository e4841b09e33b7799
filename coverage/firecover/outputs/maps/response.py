"""The page of response time."""

from __future__ import annotations

from firecover.outputs.maps.layers import (
    Shared,
    band_entries,
    band_layers,
    names_legend,
    reach_layers,
    township_names,
    township_search,
)
from firecover.outputs.maps.parts import Figure, Figures, Legend, MapPage
from firecover.outputs.maps.stations import station_layers, station_legend, told_unlocated
from firecover.outputs.maps.text import minutes_name, say, split_share
from firecover.results import band


def response_page(shared: Shared) -> MapPage:
    """Return the page of isochrones and roads reached, scenario against scenario."""
    figures = []
    for scenario, values in shared.figures.items():
        shown = []
        for minutes in shared.results.minutes:
            name, end = minutes_name(minutes), band(minutes)
            text = split_share(
                values.get(f"population_share_{end}"),
                values.get(f"population_reached_{end}"),
                values.get("population_total"),
                "people",
            )
            shown.append(Figure(say("response.within_people", m=name), *text))
        figures.append(Figures(shown, scenario))
    bands = Legend(
        "bands", say("response.bands"), band_entries(shared), note=say("response.bands_note")
    )
    reach = Legend("reach", say("response.roads"), note=say("response.roads_note"))
    return MapPage(
        file="response.html",
        title=say("response.title"),
        lead=say("response.lead"),
        layers=[
            *band_layers(shared),
            *reach_layers(shared),
            township_search(shared),
            township_names(shared),
            *station_layers(shared),
        ],
        legends=[bands, reach, station_legend(shared), names_legend()],
        figures=figures,
        told=told_unlocated(shared.first_figures),
        click=say("response.none_at", m=minutes_name(shared.results.minutes[-1])),
    )

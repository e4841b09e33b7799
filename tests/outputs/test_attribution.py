"""Who is named on maps and reports, as the licences of the data ask."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firecover.layers.provenance import Provenance
from firecover.outputs.attribution import credits_of
from firecover.results import LayerSummary
from support.tiny_results import tiny_results


def named(*provenances: Provenance) -> list[str]:
    layers = tuple(LayerSummary(f"layer{i}", 1, each) for i, each in enumerate(provenances))
    return [credit.en for credit in credits_of(replace(tiny_results(), layers=layers))]


@pytest.mark.parametrize(
    ("source", "licence", "expected"),
    [
        ("OpenStreetMap", "ODbL", ["© OpenStreetMap contributors (ODbL)"]),
        ("Geofabrik", "ODbL 1.0", ["© OpenStreetMap contributors (ODbL)"]),
        ("residents: GeoNames (census of 2020)", "", ["GeoNames (CC BY 4.0)"]),
        ("WorldPop 2020", "CC BY 4.0", ["WorldPop (CC BY 4.0)"]),
        ("Copernicus GLO-30", "", ["Copernicus DEM © DLR, Airbus, provided under the EU and ESA"]),
        ("surveyed by the county, cosmos", "", []),
    ],
)
def test_sources_that_are_well_known_are_named(source, licence, expected):
    assert named(Provenance("observed", source, licence)) == expected


def test_what_the_study_says_comes_before_what_is_recognised():
    given = Provenance("observed", "OpenStreetMap", attribution="County survey office")
    assert named(given) == ["County survey office"]


def test_each_is_named_once_in_the_order_of_the_layers():
    seats, roads = Provenance("published", "GeoNames"), Provenance("observed", "OSM")
    expected = ["GeoNames (CC BY 4.0)", "© OpenStreetMap contributors (ODbL)"]
    assert named(seats, roads, seats, roads) == expected

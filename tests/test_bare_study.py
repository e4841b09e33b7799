"""A study of roads, borders and stations, and one with villages besides: nothing is made up."""

import dataclasses
import json
from html.parser import HTMLParser

import geopandas as gpd
import pytest

from firecover import pipeline
from firecover.outputs.maps.layers import share_out
from firecover.outputs.maps.pages import write_maps
from firecover.outputs.maps.resilience import resilience_page
from support.layers_files import write_study

OPTIONAL = ("built_up", "candidates", "hydrants", "villages", "population", "dem", "water")
#: It would end the attribute that it stands in, and begin others.
TITLE = '" onload="alert(1)" <b>'


def write_bare_study(folder, *, keep=()):
    """Write the small study with few layers and without townships' seats; return its file."""
    layers = {name: None for name in OPTIONAL if name not in keep}
    scenarios = {"baseline": {"title": TITLE}, "plan": None}
    file = write_study(folder, layers=layers, scenarios=scenarios)
    text = file.read_text(encoding="utf-8")
    for name in ("seat_lon", "seat_lat"):
        assert f"fields.{name}" not in text
    townships = gpd.read_file(folder / "townships.gpkg", layer="townships")
    seats = [name for name in townships if name.startswith("seat_")]
    townships.drop(columns=seats).to_file(folder / "townships.gpkg", layer="townships")
    return file


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bare")
    return pipeline.run(write_bare_study(folder / "study"), folder / "out", folder / "maps")


@pytest.fixture(scope="module")
def villages_only(tmp_path_factory):
    file = write_bare_study(tmp_path_factory.mktemp("villages") / "study", keep=["villages"])
    return pipeline.analyse(file)


def test_where_nothing_can_be_lost_no_loss_is_told(bare):
    told = json.loads((bare.folder / "results.json").read_text(encoding="utf-8"))
    for scenario in told["scenarios"].values():
        assert scenario["station_outages"] == scenario["critical_roads"] == []
        seats = [key for key in scenario["figures"] if key.startswith("seats_reached_")]
        assert seats
        assert all(scenario["figures"][key] is None for key in seats)


def test_pages_that_would_be_empty_are_left_out(bare):
    pages = {file.name for file in bare.maps.glob("*.html")}
    assert pages == {"index.html", "response.html", "townships.html"}
    entry = (bare.maps / "index.html").read_text(encoding="utf-8")
    assert "Nothing can be judged" in entry
    assert "the what-if page is left out" not in entry.casefold()


class Images(HTMLParser):
    """Collect the attributes of the images of a page."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.found.append(dict(attrs))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_title_cannot_leave_the_attribute_that_it_stands_in(bare, language):
    images = Images()
    images.feed((bare.folder / f"report.{language}.html").read_text(encoding="utf-8"))
    assert images.found
    assert all(set(image) == {"alt", "src"} for image in images.found)
    assert any(TITLE in image["alt"] for image in images.found)


def test_losses_are_counted_of_what_is_there_and_else_not_known(villages_only):
    outages, roads = villages_only.station_outages, villages_only.critical_roads
    assert len(outages)
    assert len(roads)
    for table in (outages, roads):
        assert table["population_lost"].isna().all()
        assert table["villages_lost"].notna().all()
    assert outages["built_up_lost_km2"].isna().all()
    assert outages["nobody"].isna().all()
    assert roads["population_cut"].isna().all()


def test_the_page_of_weak_points_does_not_call_unknown_people_none(villages_only, tmp_path):
    page = resilience_page(share_out(villages_only))
    words = [entry.label[1] for legend in page.legends for entry in legend.entries]
    assert any("not known" in text for text in words)
    assert "nobody is lost" not in words
    worst = [figure.value for figures in page.figures for figure in figures.figures]
    assert all("people" not in str(value) for value in worst)
    # Chances of villages are shown: that speeds were not drawn would be wrong.
    assert not any("not drawn in this run" in str(text) for text in page.told)
    written = write_maps(villages_only, tmp_path)
    assert "what_if.html" in {file.name for file in written}


def test_without_draws_that_is_told(villages_only):
    villages = villages_only.villages.assign(p_reached=float("nan"))
    without = dataclasses.replace(villages_only, villages=villages)
    told = resilience_page(share_out(without)).told
    assert any("not drawn in this run" in str(text) for text in told)

"""One place of a study, by a village's name or by coordinates, and who comes there."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pyproj import Transformer
from shapely import Point

from firecover.analysis.ground import study_fleet
from firecover.analysis.states import turning_out
from firecover.assessment.response import Response, who_comes
from firecover.assessment.service import facilities, in_service, points_xy
from firecover.errors import Problem, StudyError
from firecover.layers.model import Layers
from firecover.network.road_state import road_state, turnout_factor
from firecover.study import Study

_LON_LAT = re.compile(r"\s*([+-]?\d+(?:\.\d*)?)\s*[,，]\s*([+-]?\d+(?:\.\d*)?)\s*")
#: Farther outside the study area, no place is looked for: as for stations.
_FAR_M = 20_000.0
#: Villages offered where none has the name that was asked for.
_NEAR = 5


@dataclass(frozen=True)
class AskedPlace:
    """A place by name and position, in the study's CRS.

    ``limit_m`` is how far off the road it may lie.
    """

    name: str
    xy: tuple[float, float]
    limit_m: float


def place_response(
    study: Study, layers: Layers, text: str, scenario: str = "baseline", units: int | None = None
) -> tuple[AskedPlace, Response]:
    """Tell who comes to a place in a scenario.

    Parameters
    ----------
    study
        The study.
    layers
        Its inputs.
    text
        A village's id or name, or "longitude,latitude" in degrees, WGS-84.
    scenario
        The scenario's name.
    units
        The ways of so many arrivals are traced; those of all without it.

    Raises
    ------
    StudyError
        If there is no such place or scenario.
    NetworkError
        If the roads cannot be routed on.
    """
    if scenario not in study.scenarios:
        near = difflib.get_close_matches(scenario, study.scenarios, n=1)
        remedy = f"did you mean {near[0]!r}?" if near else f"one of: {', '.join(study.scenarios)}"
        raise StudyError(
            Problem(f"there is no scenario {scenario!r}", study.file.name, remedy=remedy)
        )
    place = find_place(study, layers, text)
    asked = study.scenarios[scenario]
    fleet = study_fleet(study, layers)
    who = turning_out(facilities(study, layers, fleet), turnout_factor(asked))
    serves = in_service(who, scenario, asked, study.file.name)
    limit_m, speed_kmh = study.access("villages")
    response = who_comes(
        fleet.under(road_state(fleet.network, scenario, asked, study.file.name)),
        who,
        place.xy,
        serves,
        limit_m=limit_m,
        speed_kmh=speed_kmh,
        units=units,
    )
    return place, response


def find_place(study: Study, layers: Layers, text: str) -> AskedPlace:
    """Find a village by its id or one of its names, or a point by its coordinates.

    Raises
    ------
    StudyError
        If there is none, or several; the message names those that are near.
    """
    limit_m = study.access("villages")[0]
    asked = text.strip()
    villages = layers.villages.data
    ids, names, names_en = (villages[name].astype(str) for name in ("id", "name", "name_en"))
    found = np.flatnonzero(ids == asked)
    if not len(found):
        found = np.flatnonzero((names == asked) | (names_en.str.lower() == asked.lower()))
    if not len(found) and (degrees := _LON_LAT.fullmatch(asked)):
        xy = _projected(study, float(degrees[1]), float(degrees[2]))
        _check_inside(layers, asked, xy)
        return AskedPlace(asked, xy, limit_m)
    file = study.layers["villages"].files_given if "villages" in study.layers else study.file.name
    if len(found) != 1:
        what = f"{len(found)} villages are called {asked!r}"
        remedy = f"give the id of one: {', '.join(ids.iloc[found])}"
        if not len(found):
            what, remedy = f"there is no village {asked!r}", _near(asked, ids, names, names_en)
        raise StudyError(Problem(what, file, "villages", remedy=remedy))
    row = int(found[0])
    x_m, y_m = points_xy(villages.iloc[[row]])[0].tolist()
    return AskedPlace(f"{names.iloc[row]} ({ids.iloc[row]})", (x_m, y_m), limit_m)


def _projected(study: Study, lon: float, lat: float) -> tuple[float, float]:
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):  # noqa: PLR2004 - the whole Earth
        what, remedy = f"{lon:g},{lat:g} is not on the Earth", "give longitude,latitude in degrees"
        raise StudyError(Problem(what, remedy=remedy))
    to_study = Transformer.from_crs("EPSG:4326", study.study.crs, always_xy=True)
    x_m, y_m = to_study.transform(lon, lat)
    if not np.isfinite([x_m, y_m]).all():
        what = f"{lon:g},{lat:g} lies outside what {study.study.crs} can show"
        raise StudyError(Problem(what, remedy="give longitude,latitude, in this order"))
    return float(x_m), float(y_m)


def _check_inside(layers: Layers, asked: str, xy: tuple[float, float]) -> None:
    """Refuse a point far outside the study area: of it, nothing can be said from these roads."""
    away_m = float(layers.boundary.data.distance(Point(xy)).min())
    if away_m > _FAR_M:
        what = f"{asked} lies {away_m / 1000:,.0f} km outside the study area"
        raise StudyError(Problem(what, remedy="give longitude,latitude, in this order"))


def _near(asked: str, *words: pd.Series[str]) -> str:
    """Offer the villages whose id or name is like the one that was asked for."""
    ids, names, _ = words
    row_of: dict[str, int] = {}
    for column in words:
        for row, word in enumerate(column):
            if word:
                row_of.setdefault(word.lower(), row)
    if not row_of:
        return "the study has no villages: give longitude,latitude"
    low = asked.lower()
    holding = [word for word in row_of if low and low in word]
    like = difflib.get_close_matches(low, row_of, n=_NEAR, cutoff=0.5)
    rows = list(dict.fromkeys(row_of[word] for word in (*holding, *like)))[:_NEAR]
    if not rows:
        return "give a village's id or name as the layer has it, or longitude,latitude"
    offered = ", ".join(f"{names.iloc[row]} ({ids.iloc[row]})" for row in rows)
    return f"did you mean {offered}?"

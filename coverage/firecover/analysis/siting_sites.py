"""Sites that the program looks for by itself, beside those that the study names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from firecover.layers.model import Layers
from firecover.network.fleet import Fleet
from firecover.siting.candidates import GeneratedSites, generate_sites, with_generated
from firecover.standards import Rule
from firecover.study import Study

#: The rule that sites near hazardous places are held against, besides what the study asks.
HAZARD_RULE = "hazard_distance_soft_m"
#: What lists of reasons, names and ids are joined by.
JOINT = "、"


def looked_for(
    study: Study, layers: Layers, fleet: Fleet, rules: Mapping[str, Rule]
) -> tuple[Layers, GeneratedSites | None]:
    """Look for sites beside the roads, where the study asks for it.

    Returns
    -------
    layers, generated
        The layers, the sites found among the candidates; and the search, None where the study
        asks for none.

    Raises
    ------
    StudyError
        If the study asks for classes of roads or stations that do not exist.
    """
    asked = study.siting.generate
    if asked is None:
        return layers, None
    found = generate_sites(
        asked,
        fleet.network,
        layers,
        hazard_soft_m=rules[HAZARD_RULE].value if HAZARD_RULE in rules else asked.hazard_m,
        study_file=study.file.name,
    )
    return replace(layers, candidates=with_generated(layers.candidates, found)), found


def excluded_table(generated: GeneratedSites | None, crs: str) -> gpd.GeoDataFrame:
    """Return the places that were ruled out, as in :class:`firecover.results.Results`."""
    columns = ["id", "reason", "reasons", "road"]
    if generated is None:
        return gpd.GeoDataFrame({name: [] for name in columns}, geometry=[], crs=crs)
    table = generated.excluded[[*columns, "geometry"]].copy()
    table["reasons"] = table["reasons"].str.replace(", ", JOINT)
    return table


def suitability(generated: GeneratedSites | None, ids: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the suitability of candidates, shape (c,), NaN for those the study names."""
    if generated is None:
        return np.full(len(ids), np.nan)
    known = dict(zip(generated.sites["id"], generated.sites["suitability"], strict=True))
    return np.array([known.get(each, np.nan) for each in ids], dtype=np.float64)

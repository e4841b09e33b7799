"""What is lost when a station is out of service, or a road is closed."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np

from firecover.analysis.ground import Ground
from firecover.analysis.service import Service
from firecover.assessment.closures import Served, critical_roads
from firecover.assessment.jurisdictions import URBAN_ZONES
from firecover.assessment.outages import Covered, station_outages
from firecover.study import LayerName, Study

#: The scenario whose roads are ranked; others would rank much the same roads again.
RANKED = "baseline"
#: What can be said to be lost only where the study has the layer.
_LOSSES: Mapping[LayerName, tuple[str, ...]] = {
    "population": ("population_lost", "population_cut", "nobody"),
    "built_up": ("built_up_lost_km2",),
    "villages": ("villages_lost", "villages_cut"),
}


def outage_table(ground: Ground, service: Service) -> gpd.GeoDataFrame:
    """Return what is lost when each station is out of service."""
    limit_s = ground.rules["response_s"].value
    village_s = ground.study.assessment.village_minutes * 60
    urban_km2 = np.where(np.isin(ground.zone, URBAN_ZONES), ground.cells.area_km2, 0.0)
    villages = service.by_any["villages"]
    outages = station_outages(
        service.driven.who,
        service.reached.serves,
        Covered(service.by_any["population"], ground.persons, limit_s),
        Covered(service.by_holders, urban_km2, limit_s),
        Covered(villages, np.ones(len(villages.first)), village_s),
    )
    return _known_losses(outages, ground.study)


def critical_road_table(ground: Ground, service: Service, name: str) -> gpd.GeoDataFrame:
    """Return the roads whose closure hurts most; of the baseline only."""
    places, assessment = ground.places, ground.study.assessment
    villages, who, serves = places["villages"], service.driven.who, service.reached.serves
    roads = critical_roads(
        service.driven.fleet,
        who,
        serves,
        Served(places["population"], ground.persons, ground.rules["response_s"].value),
        Served(villages, np.ones(len(villages.xy)), assessment.village_minutes * 60),
        names=[str(each) for each in ground.layers.villages.data["name"]],
        count=assessment.critical_roads if name == RANKED else 0,
    )
    shut = [
        "、".join(who.table["name"][serves & (who.positions.edge == edge)])
        for edge in roads["edge"]
    ]
    at = list(roads.columns).index("villages")
    roads.insert(at, "stations", np.array(shut, dtype=object))
    return _known_losses(roads, ground.study)


def _known_losses(table: gpd.GeoDataFrame, study: Study) -> gpd.GeoDataFrame:
    """Return losses as not known (NaN), not as none, where the study has no layer to count.

    Where it has none at all, nothing can be lost and nothing is told.
    """
    missing = [layer for layer in _LOSSES if layer not in study.layers]
    if len(missing) == len(_LOSSES):
        return table.iloc[:0]
    columns = [name for layer in missing for name in _LOSSES[layer] if name in table]
    return table.assign(**dict.fromkeys(columns, np.nan))

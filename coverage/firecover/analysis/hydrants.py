"""Hydrants: what is measured once, whoever comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from firecover.assessment.hydrant_proposals import Proposals, propose_hydrants
from firecover.assessment.hydrant_spacing import hydrant_spacing, street_spacing
from firecover.assessment.hydrants import hydrant_cover, hydrant_gaps, road_cover
from firecover.assessment.service import points_xy
from firecover.assessment.street_distance import walking
from firecover.demand import BuiltUpCells
from firecover.layers.model import Layers
from firecover.network.road_network import streets
from firecover.network.snapping import snap
from firecover.standards import Rule
from firecover.study import Study


@dataclass(frozen=True)
class HydrantGround:
    """What hydrants protect, and where new ones should stand.

    Attributes
    ----------
    hydrants, gaps
        As in :class:`firecover.results.Results`; of the hydrants without their township.
    patches
        One row a built-up patch: ``hydrant_km2``, ``hydrant_road_km2``, and the columns of
        :func:`firecover.assessment.hydrant_spacing.street_spacing`.
    proposals
        New hydrants.
    """

    hydrants: gpd.GeoDataFrame
    gaps: gpd.GeoDataFrame
    patches: pd.DataFrame
    proposals: Proposals

    def new_by_township(self, townships: gpd.GeoDataFrame) -> NDArray[np.float64]:
        """Return how many new hydrants are proposed in each township, shape (townships,)."""
        counts = self.proposals.hydrants["township"].value_counts()
        new = townships["code"].map(counts).fillna(0)
        return np.asarray(new, dtype=np.float64)


def lay_hydrants(
    study: Study, layers: Layers, rules: Mapping[str, Rule], cells: BuiltUpCells
) -> HydrantGround:
    """Measure what hydrants protect, straight and along the roads, and propose new ones.

    A study without hydrants has no gaps and gets no proposals: nothing is known of it.
    """
    hydrants, built_up = layers.hydrants.data, layers.built_up.data
    radius_m, spacing_m = rules["hydrant_radius_m"].value, rules["hydrant_spacing_m"].value
    walk = walking(streets(layers.roads))
    place = snap(walk.network, points_xy(hydrants), study.access("hydrants")[0])
    works = np.asarray(hydrants["status"] == "working", dtype=np.bool_)
    straight = hydrant_cover(hydrants, built_up, radius_m)
    by_road = road_cover(walk, place.take(works), cells, len(built_up), radius_m)
    spaced = street_spacing(
        walk,
        place.take(works),
        built_up,
        {"spaced": spacing_m, "timber": rules["hydrant_spacing_timber_m"].value},
    )
    given = None if "hydrants" in study.layers else 0
    gaps = hydrant_gaps(straight.gaps, by_road, cells, built_up)
    return HydrantGround(
        hydrants=straight.hydrants.assign(
            road_m=place.access_m, **hydrant_spacing(walk, place, works, spacing_m)
        ),
        gaps=gaps[:given],
        patches=spaced.assign(
            hydrant_km2=straight.protected_km2, hydrant_road_km2=by_road.protected_km2
        ),
        proposals=propose_hydrants(
            walk.network,
            straight.gaps[:given],
            built_up,
            layers.townships.data,
            radius_m=radius_m,
            step_m=study.assessment.hydrant_step_m,
        ),
    )

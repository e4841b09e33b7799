"""What a study says of siting: which places are looked at, and by what they are ranked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from firecover.study_tables import Table

Criterion = Literal[
    "population_gain",
    "built_up_gain_km2",
    "villages_gain",
    "area_gain_km2",
    "worst_s",
    "overlap_share",
    "hydrants",
    "cost_10k_cny",
]
#: What a site may be judged by, and the weight of each where the study gives none.
CRITERIA: Mapping[Criterion, float] = {
    "population_gain": 0.30,
    "built_up_gain_km2": 0.25,
    "villages_gain": 0.15,
    "area_gain_km2": 0.10,
    "worst_s": 0.05,
    "overlap_share": 0.05,
    "hydrants": 0.05,
    "cost_10k_cny": 0.05,
}
Factor = Literal["flat", "main_road", "built_up", "junction"]
#: What makes a place beside a road suit a station, and the usual weight of each.
FACTORS: Mapping[Factor, float] = {
    "flat": 0.3,
    "main_road": 0.3,
    "built_up": 0.3,
    "junction": 0.1,
}
DemandKind = Literal["population", "built_up", "villages", "fires"]
#: What demand is mixed of, and the usual weight of each as a share of its total.
DEMAND: Mapping[DemandKind, float] = {"population": 0.4, "built_up": 0.4, "villages": 0.2}
SitingModel = Literal["mclp", "lscp", "pmedian", "pcenter", "backup", "full-force", "area-cap"]
Share = Annotated[float, Field(ge=0, le=1)]


class GenerateTable(Table):
    """Which places beside roads are looked at as sites, besides the candidates layer.

    Places stand ``spacing_m`` apart along roads of ``road_classes``, in or within
    ``near_built_up_m`` of urban built-up area. Left out, with the reason: ground steeper than
    ``max_slope`` (rise ÷ run, where there is a terrain), the polygons of the layer
    ``exclusions``, less than ``crowded_m`` from a point of ``crowded`` (exits of hospitals,
    schools, theatres …: 50 m), less than ``hazard_m`` from ``hazards`` (hazardous production
    or storage: 200 m; 300 m with a station's own choice), outside ``parcels`` where that layer
    is given, and less than ``apart_m`` from a station or a better place.
    """

    spacing_m: float = Field(default=250, ge=20, le=5000)
    near_built_up_m: float = Field(default=300, ge=0, le=10_000)
    road_classes: tuple[str, ...] = (
        "trunk",
        "primary",
        "secondary",
        "tertiary",
        "residential",
        "unclassified",
    )
    max_slope: float = Field(default=0.25, gt=0, le=2)
    crowded_m: float = Field(default=50, ge=0, le=1000)
    hazard_m: float = Field(default=200, ge=0, le=5000)
    apart_m: float = Field(default=400, ge=0, le=20_000)
    most: int = Field(default=40, ge=1, le=2000)
    station_class: str = "second"
    weights: Mapping[Factor, Share] = Field(default_factory=lambda: dict(FACTORS))


class SitingTable(Table):
    """Where further stations may go, and by what they are ranked.

    ``stations`` is how many the next ones are; ``demand_weights`` mixes population, built-up
    area, villages and past fires (each as a share of its total) into one demand; ``weights``
    are those of the criteria, made to add up to one; ``weight_spread`` says how unsure they
    are (0: certain, 1: any weights at all), ``weight_draws`` how many sets are drawn.
    ``cost_10k_cny`` is what a station of a class costs where a candidate gives no cost
    (assumptions, 10,000 yuan). ``full_force_min`` is the time, from the dispatch order, within
    which a full force counts (the Chinese standards set none; NFPA 1710 allows 8 min of travel).
    ``time_limit_s`` ends the search for one optimum; what is found then is told with its gap.
    ``budget_10k_cny`` is what may be spent a year, over ``years``.
    """

    stations: int = Field(default=2, ge=1, le=50)
    models: tuple[SitingModel, ...] = (
        "lscp",
        "mclp",
        "pmedian",
        "pcenter",
        "backup",
        "full-force",
        "area-cap",
    )
    full_force_min: float = Field(default=8, gt=0, le=240)
    best: int = Field(default=3, ge=1, le=50)
    time_limit_s: float = Field(default=60, gt=0, le=86_400)
    demand_weights: Mapping[DemandKind, Share] = Field(default_factory=lambda: dict(DEMAND))
    weights: Mapping[Criterion, Annotated[float, Field(ge=0)]] = Field(
        default_factory=lambda: dict(CRITERIA)
    )
    weight_spread: Share = 0.5
    weight_draws: int = Field(default=2000, ge=0, le=200_000)
    cost_10k_cny: Mapping[str, Annotated[float, Field(ge=0)]] = Field(
        default_factory=lambda: {
            "first": 3000.0,
            "second": 1800.0,
            "small": 700.0,
            "special": 5000.0,
        }
    )
    budget_10k_cny: float | None = Field(default=None, gt=0)
    years: int = Field(default=5, ge=1, le=50)
    generate: GenerateTable | None = None

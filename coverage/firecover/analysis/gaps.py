"""What the inputs do not say, and what could not be used: told, never filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from firecover.analysis.ground import Ground
from firecover.assessment.service import Places
from firecover.layers.provenance import QualityNote
from firecover.network.snapping import Positions
from firecover.results import Unknown
from firecover.study import LayerName, Study

#: Names listed with a note; the rest is in the count.
LISTED = 10

#: Figures and columns that cannot be said without a layer, by the beginnings of their names.
NEEDS: Mapping[LayerName, tuple[str, ...]] = {
    "hydrants": ("hydrant", "street_spaced", "street_timber"),
    "villages": ("villages", "village_median", "village_worst", "village_call"),
    "built_up": (
        "urban_",
        "built_up_",
        "area_",
        "average_verdict",
        "stations_",
        "hydrant_radius",
        "hydrant_road",
        "street_",
    ),
    "population": ("population_modelled", "population_reached", "population_share", "share_"),
}
#: What begins like a figure of built-up area and is not one.
SAID_ANYWAY = (
    "stations_fire",
    "stations_township",
    "stations_micro",
    "stations_unlocated",
    "stations_engines_unknown",
)
#: What stands in a column of verdicts of which nothing can be said.
NO_VERDICT = "cannot_say"


def cannot_say(study: Study, name: str, bands: Sequence[str]) -> bool:
    """Tell whether a figure or column depends on a layer that the study does not give.

    Parameters
    ----------
    study
        The study.
    name
        The key of a figure, or the column of a table of townships or built-up patches.
    bands
        The endings of the columns of bands, which count population.
    """
    if name in SAID_ANYWAY:
        return False
    banded = tuple(f"population_{ending}" for ending in bands)
    return any(
        layer not in study.layers
        and name.startswith(starts + (banded if layer == "population" else ()))
        for layer, starts in NEEDS.items()
    )


def quality_notes(ground: Ground) -> tuple[QualityNote, ...]:
    """Return what was repaired or left out, from reading the layers to the snapping."""
    notes = [note for layer in ground.layers for note in layer.quality]
    notes += ground.fleet.quality
    left_out = ground.fleet.left_out
    if left_out.parts:
        notes.append(
            QualityNote(
                "roads",
                "left out",
                left_out.parts,
                "parts that cannot be driven to and back from the rest of the network",
                "与路网主体不能双向连通的部分",
                length_m=left_out.length_m,
            )
        )
    layers = ground.layers
    stations = ground.who.positions
    candidate = np.asarray(ground.who.table["candidate"], dtype=np.bool_)
    for layer, names, position in (
        ("stations", layers.stations.data["name"], stations.take(~candidate)),
        ("candidates", layers.candidates.data["name"], stations.take(candidate)),
        ("villages", layers.villages.data["name"], ground.places["villages"]),
        ("built_up", pd.Series([""] * len(ground.cells.cells)), ground.places["built_up"]),
        ("population", pd.Series([""] * len(ground.persons)), ground.places["population"]),
    ):
        notes += _too_far(ground, layer, names, position)
    return tuple(notes)


def _too_far(
    ground: Ground, layer: str, names: pd.Series[str], position: Positions | Places
) -> list[QualityNote]:
    far = np.flatnonzero(~position.on_network & np.isfinite(position.access_m))
    if not len(far):
        return []
    limit_m = ground.study.access(layer)[0]  # type: ignore[arg-type]
    what_en, what_zh = (
        ("cells", "网格") if layer in ("built_up", "population") else ("points", "点位")
    )
    return [
        QualityNote(
            layer,
            "noted",
            len(far),
            f"{what_en} more than {limit_m:g} m off every road: not joined to the network",
            f"{what_zh}距道路超过{limit_m:g}米，未接入路网，按不可达计",
            rows=tuple(
                f"{name} ({metres:.0f} m)"
                for name, metres in zip(
                    names.iloc[far[:LISTED]], position.access_m[far[:LISTED]], strict=True
                )
                if name
            ),
        )
    ]


def unknowns(ground: Ground) -> tuple[Unknown, ...]:
    """Return what the inputs do not say."""
    layers = ground.layers
    towns = layers.townships.data
    stations = layers.stations.data
    no_area = towns.geometry.isna() | towns.geometry.is_empty
    no_seat = pd.Series(~np.isfinite(ground.places["townships"].xy).all(axis=1), index=towns.index)
    no_place = stations.geometry.isna() | stations.geometry.is_empty
    unsure = layers.hydrants.data["status"] == "unknown"
    found = []
    for rows, en, zh in (
        (
            towns["name"][towns["population"].isna()],
            "townships whose population the source does not give: counted nowhere, not estimated",
            "来源未给出人口的乡镇（街道）：不计入，也不估计",
        ),
        (
            towns["name"][no_area],
            "townships whose area is not known: their figures are not known either",
            "范围未知的乡镇（街道）：相关指标均为未知",
        ),
        (
            towns["name"][no_seat],
            "townships whose seat is not known: no response time to the seat",
            "驻地位置未知的乡镇（街道）：无法计算驻地到达时间",
        ),
        (
            stations["name"][no_place],
            "stations whose position is not known: they respond nowhere in the computation",
            "位置未知的消防站（队）：未参与计算",
        ),
        (
            layers.hydrants.data["id"][unsure],
            "hydrants of unknown status: not counted as working",
            "状态未知的消火栓：不按完好计",
        ),
    ):
        if len(rows):
            found.append(Unknown(en, zh, tuple(str(row) for row in rows)))
    for name, layer, en, zh in (
        ("built_up", layers.built_up, "built-up area", "建成区"),
        ("hydrants", layers.hydrants, "hydrants", "消火栓"),
        ("villages", layers.villages, "villages", "村寨"),
        ("population", layers.population, "population by place", "人口分布"),
        ("candidates", layers.candidates, "candidate sites", "候选站址"),
    ):
        looked_for = name == "candidates" and ground.generated is not None
        if (name not in ground.study.layers or layer is None) and not looked_for:
            found.append(
                Unknown(
                    f"the study gives no layer of {en}: nothing is said of it",
                    f"本研究未提供{zh}图层：相关内容不作结论",
                )
            )
    return tuple(found)

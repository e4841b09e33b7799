"""A small study for the what-if page, with a village and a candidate whose names are markup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from support.layers_files import write_study

MARKUP = "<img src=x onerror=alert(1)>"
SCENARIOS: dict[str, Any] = {
    "swap": {"open": ["c1", "c2"], "close": ["s1"], "speed_factor": 0.8},
    "shut": {"close_roads": ["Road 5"], "open": ["c2"], "turnout_factor": 2.0},
}


def write_what_if_study(folder: Path, **overrides: Any) -> Path:
    """Write the small study of `layers_files` with hostile names; return its file."""
    assessment = {"built_up_cell_m": 100, "jurisdiction_tiers": ["fire", "township"]}
    tables = {
        "scenarios": SCENARIOS,
        "assessment": assessment,
        "uncertainty": {"draws": 0},
        **overrides,
    }
    file = write_study(folder, **tables)
    villages = pd.read_csv(folder / "villages.csv", dtype=str)
    villages.loc[0, "name"] = MARKUP
    villages.to_csv(folder / "villages.csv", index=False)
    candidates = gpd.read_file(folder / "candidates.geojson")
    candidates.loc[0, "name"] = MARKUP
    candidates.to_file(folder / "candidates.geojson", driver="GeoJSON")
    return file

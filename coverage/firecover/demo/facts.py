"""Read the published facts that the modelled inputs of the bundled study rest on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry import Polygon

from firecover.errors import InputError, Problem

STUDY_CRS = "EPSG:4545"
GEOGRAPHIC_CRS = "EPSG:4490"
#: The county seat: the town whose built-up area the plan gives.
COUNTY_SEAT = "500242002"
BUILT_UP_KM2 = 14.70
OLD_VILLAGES = 85


class Township(NamedTuple):
    """A township whose seat is known; see :attr:`Facts.townships`."""

    code: str
    name_zh: str
    name_en: str
    population: float
    seat_lon: float
    seat_lat: float
    x_m: float
    y_m: float


@dataclass(frozen=True)
class Facts:
    """The published facts, in the study's CRS.

    Attributes
    ----------
    townships
        The townships whose seat and population are known: ``code, name_zh, name_en,
        population`` (float), ``seat_lon, seat_lat`` (degrees), ``x_m, y_m``.
    unknown
        The townships whose seat is not in the source: ``code, name_zh, name_en, note``.
    boundary
        The county.
    villages
        Village committees: ``code, name, township`` (the code in ``townships``).
    """

    townships: pd.DataFrame
    unknown: pd.DataFrame
    boundary: Polygon
    villages: pd.DataFrame

    def each(self) -> list[Township]:
        """Return the townships one by one."""
        columns = [self.townships[name].tolist() for name in Township._fields]
        return [Township(*row) for row in zip(*columns, strict=True)]

    @property
    def seats_m(self) -> NDArray[np.float64]:
        """The seats, shape (townships, 2), metres."""
        return self.townships[["x_m", "y_m"]].to_numpy(dtype=np.float64)


def to_metres(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Project degrees (CGCS2000, within a metre of WGS-84) into the study's CRS, shape (n, 2)."""
    ahead = Transformer.from_crs(GEOGRAPHIC_CRS, STUDY_CRS, always_xy=True)
    return np.column_stack(ahead.transform(lon, lat)).astype(np.float64)


def to_degrees(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn metres of the study's CRS into longitude and latitude, shape (n, 2)."""
    back = Transformer.from_crs(STUDY_CRS, GEOGRAPHIC_CRS, always_xy=True)
    return np.column_stack(back.transform(xy[:, 0], xy[:, 1])).astype(np.float64)


def read_facts(folder: Path) -> Facts:
    """Read townships, boundary and village committees.

    Parameters
    ----------
    folder
        Holds ``townships_published.csv``, ``boundary.geojson`` and ``villages_codes.csv``.

    Raises
    ------
    InputError
        If one of the three is missing.
    """
    names = ("townships_published.csv", "boundary.geojson", "villages_codes.csv")
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise InputError(
            [Problem("there is no such file of published facts", name) for name in missing]
        )
    text = {"code": str, "village_list_code": str, "township_code": str, "note": str}
    table = pd.read_csv(folder / names[0], dtype=text, keep_default_na=True)
    table["note"] = table["note"].fillna("")
    known = table["seat_lon"].notna().to_numpy()
    townships = table.loc[known].reset_index(drop=True)
    xy = to_metres(townships["seat_lon"].to_numpy(), townships["seat_lat"].to_numpy())
    townships[["x_m", "y_m"]] = xy
    boundary = gpd.read_file(folder / names[1]).to_crs(STUDY_CRS).geometry.iloc[0]
    if not isinstance(boundary, Polygon):
        raise InputError(Problem("the boundary is not one polygon", names[1]))
    villages = pd.read_csv(folder / names[2], dtype=text)
    codes = table.set_index("village_list_code")["code"]
    villages["township"] = villages["township_code"].map(codes)
    return Facts(
        townships=townships[list(Township._fields)],
        unknown=table.loc[~known, ["code", "name_zh", "name_en", "note"]].reset_index(drop=True),
        boundary=boundary,
        villages=villages[["code", "name", "township"]].astype({"code": str}),
    )

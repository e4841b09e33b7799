"""Who must be named on every map and report, as the licences of the data ask."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from firecover.results import LayerSummary, Results


@dataclass(frozen=True)
class Credit:
    """A name to be given, in both languages, and where its licence is to be read."""

    zh: str
    en: str
    href: str = ""


#: What names a well-known source, and the words that its licence asks for.
_KNOWN: tuple[tuple[re.Pattern[str], Credit], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), credit)
    for pattern, credit in (
        (
            r"openstreetmap|\bosm\b|\bodbl\b|overpass",
            Credit(
                "© OpenStreetMap 贡献者（ODbL）",
                "© OpenStreetMap contributors (ODbL)",
                "https://www.openstreetmap.org/copyright",
            ),
        ),
        (
            r"geonames",
            Credit("GeoNames（CC BY 4.0）", "GeoNames (CC BY 4.0)", "https://www.geonames.org/"),
        ),
        (
            r"worldpop",
            Credit("WorldPop（CC BY 4.0）", "WorldPop (CC BY 4.0)", "https://www.worldpop.org/"),
        ),
        (
            r"copernicus|\bglo-?(30|90)\b",
            Credit(
                "Copernicus DEM © DLR、Airbus（欧盟与欧空局提供）",
                "Copernicus DEM © DLR, Airbus, provided under the EU and ESA",
                "https://dataspace.copernicus.eu/",
            ),
        ),
    )
)


def credits_of(results: Results) -> tuple[Credit, ...]:
    """Return who must be named for the layers of a study, each once, in their order.

    What a layer's provenance gives as ``attribution`` is taken as it is; without it, sources
    that are well known are recognised by their names.
    """
    found = [credit for layer in results.layers for credit in _credits(layer)]
    return tuple(dict.fromkeys(found))


def _credits(layer: LayerSummary) -> Iterable[Credit]:
    provenance = layer.provenance
    if provenance.attribution:
        return (Credit(provenance.attribution, provenance.attribution),)
    told = f"{provenance.source} {provenance.licence} {provenance.note}"
    return tuple(credit for pattern, credit in _KNOWN if pattern.search(told))

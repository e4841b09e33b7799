"""Tell of each layer of the results what it is made from, and whether a model is in it."""

from __future__ import annotations

from dataclasses import dataclass

from firecover.outputs.i18n import layer_label, value_label
from firecover.results import LayerSummary, Results

#: What sites are judged by, and what rules out those that nobody has named.
_SITING = ("candidates", "stations", "roads", "population", "built_up", "villages")
_SHUT = ("dem", "exclusions", "crowded", "hazards", "parcels")
#: The input layers that a layer of the results is made from, its own input first.
MADE_FROM = {
    "stations": ("stations", "roads", "built_up"),
    "candidates": (*_SITING, "hydrants", *_SHUT),
    "excluded_sites": ("roads", "built_up", "stations", "candidates", *_SHUT),
    "rank_acceptability": (*_SITING, "hydrants"),
    "solutions": _SITING,
    "allocation": ("candidates", "stations", "roads", "built_up"),
    "siting_steps": _SITING,
    "pareto": _SITING,
    "forcing": _SITING,
    "phasing": _SITING,
    "isochrones": ("roads", "stations", "candidates"),
    "reach_edges": ("roads", "stations", "candidates"),
    "jurisdictions": ("built_up", "roads", "stations", "candidates", "railways", "water"),
    "built_up": ("built_up", "roads", "stations", "hydrants"),
    "townships": (
        "townships",
        "population",
        "roads",
        "stations",
        "built_up",
        "villages",
        "hydrants",
    ),
    "township_bands": ("townships", "population", "roads", "stations", "candidates", "built_up"),
    "county_bands": ("population", "roads", "stations", "candidates", "built_up"),
    "villages": ("villages", "townships", "roads", "stations", "hydrants", "water"),
    "village_targets": ("villages", "roads", "stations", "candidates"),
    "hydrants": ("hydrants", "roads", "built_up"),
    "hydrant_gaps": ("built_up", "hydrants", "roads"),
    "hydrant_proposals": ("built_up", "hydrants", "roads"),
    "station_outages": (
        "stations",
        "candidates",
        "roads",
        "population",
        "built_up",
        "villages",
    ),
    "critical_roads": ("roads", "stations", "candidates", "population", "villages"),
    "plan_findings": (),
    "demand": ("population", "built_up", "roads", "stations"),
    "roads": ("roads",),
    "boundary": ("boundary",),
    "water": ("water",),
    "water_areas": ("water",),
    "response_time": ("roads", "stations", "candidates"),
    "relief": ("dem",),
}
#: What is made from no layer of the study: its kinds of data, and what is told of it.
_PLAN = (
    "规划文本表格 The plan's tables [公布 published]: 研究目录 plan/ 中的CSV，逐格注明出处; "
    "the CSV files in the study's folder plan/, each cell with its place in the plan"
)
_NO_LAYER = {"plan_findings": (("published",), _PLAN)}


@dataclass(frozen=True)
class Told:
    """What is to be told of a layer, Chinese first.

    Attributes
    ----------
    sources
        The input layers that it is made from, those the study gives.
    kinds
        The kinds of data in it: ``observed``, ``published``, ``derived``, ``modelled``.
    modelled
        The input layers among its sources that are modelled.
    text
        All of it in words, in both languages.
    """

    sources: tuple[LayerSummary, ...]
    kinds: tuple[str, ...]
    modelled: tuple[str, ...]
    text: str


def told_of(results: Results, layer: str) -> Told:
    """Return what is to be told of a layer of the results."""
    if layer in _NO_LAYER:
        kinds, text = _NO_LAYER[layer]
        return Told((), kinds, (), text)
    by_name = {summary.name: summary for summary in results.layers}
    sources = tuple(by_name[name] for name in MADE_FROM[layer] if name in by_name)
    modelled = tuple(s.name for s in sources if s.provenance.kind == "modelled")
    lines = [modelled_warning(modelled)] if modelled else []
    lines += [_source_line(summary) for summary in sources]
    found = tuple(dict.fromkeys(summary.provenance.kind for summary in sources))
    return Told(sources, found, modelled, "\n".join(lines))


def modelled_warning(modelled: tuple[str, ...]) -> str:
    """Return the warning that layers are modelled, in both languages."""
    zh = "、".join(layer_label(name, "zh") for name in modelled)
    en = ", ".join(layer_label(name, "en").lower() for name in modelled)
    return (
        f"含模拟数据，不可当作实测：{zh}。Contains modelled data, not to be taken for real: {en}."
    )


def _source_line(summary: LayerSummary) -> str:
    provenance = summary.provenance
    kind_zh, kind_en = (value_label("kind", provenance.kind, lang) for lang in ("zh", "en"))
    name_zh, name_en = (layer_label(summary.name, lang) for lang in ("zh", "en"))
    details = [provenance.source, provenance.licence]
    details += [provenance.date.isoformat() if provenance.date else "", provenance.note]
    told = "; ".join(part for part in details if part)
    return f"{name_zh} {name_en} [{kind_zh} {kind_en}]: {told}"

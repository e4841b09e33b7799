"""The themes and printed sheets of the QGIS project: what each shows, and what it says."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pyproj import CRS

from firecover.outputs.attribution import credits_of
from firecover.outputs.i18n import layer_label, value_label
from firecover.outputs.qgis_items import Extent, Pages, Sheet
from firecover.outputs.qgis_layers import TreeLayer, layer_id
from firecover.outputs.qgis_themes import Theme
from firecover.outputs.sources import told_of
from firecover.results import LayerSummary, Results, ScenarioSummary, band

#: The layers that lie under everything else, the topmost first.
BACKGROUND = ("boundary", "roads", "water", "water_areas", "relief")
#: Of these, those that a legend does without.
_UNTOLD = frozenset({"relief"})


@dataclass(frozen=True)
class Subject:
    """What a theme and its sheet are about: layers over the background, and a title."""

    theme: str
    title: str
    layers: tuple[str, ...]


#: Of every scenario.
SUBJECTS = (
    Subject(
        "覆盖",
        "消防站响应时间图",
        ("stations", "villages", "townships", "built_up", "isochrones"),
    ),
    Subject("辖区", "消防站辖区图", ("stations", "townships", "jurisdictions", "built_up")),
    Subject(
        "薄弱环节",
        "消防救援薄弱环节图",
        ("stations", "station_outages", "critical_roads", "villages", "townships"),
    ),
    Subject(
        "消防供水",
        "消防供水图",
        ("hydrant_proposals", "hydrants", "hydrant_gaps", "villages", "townships", "built_up"),
    ),
)
#: Of the sites, which are added to the first scenario.
SITING = Subject(
    "选址",
    "消防站选址图",
    ("candidates", "solutions", "allocation", "excluded_sites", "stations", "built_up"),
)
_BOOK, _LOCATOR = "乡镇图册", "位置图"
#: The second map is left out where it would show more than this share of the first.
_MOST_OF_MAP = 0.6
_HAN = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True)
class Shown:
    """A subject of a scenario: its theme's name, and the layers of the project that it shows."""

    subject: Subject
    name: str
    scenario: ScenarioSummary
    layers: tuple[TreeLayer, ...]


def shown_subjects(
    results: Results, layers: Sequence[TreeLayer], of_scenario: Sequence[str]
) -> tuple[Shown, ...]:
    """Return every subject of every scenario, and that of the sites, where there are any.

    Parameters
    ----------
    results
        What a run computed.
    layers
        The layers of the project.
    of_scenario
        The names of the layers that each scenario has its own of.
    """
    by_id = {layer.id: layer for layer in layers}
    found = [
        _shown(subject, scenario, by_id, of_scenario, f"{subject.theme}：{scenario.title_zh}")
        for scenario in results.scenarios
        for subject in SUBJECTS
    ]
    if len(results.candidates):
        first = results.scenarios[0]
        found.append(_shown(SITING, first, by_id, of_scenario, SITING.theme))
    return tuple(found)


def _shown(
    subject: Subject,
    scenario: ScenarioSummary,
    by_id: Mapping[str, TreeLayer],
    of_scenario: Sequence[str],
    name: str,
) -> Shown:
    ids: list[str] = []
    for layer in (*subject.layers, *BACKGROUND):
        if layer == "allocation":
            # The first one only: several above each other cannot be told apart.
            ids += [each for each in by_id if each.startswith(layer_id(layer))][:1]
        else:
            ids.append(layer_id(layer, scenario.id if layer in of_scenario else ""))
    return Shown(subject, name, scenario, tuple(by_id[each] for each in ids if each in by_id))


def themes(shown: Sequence[Shown], holders: Mapping[str, str]) -> list[Theme]:
    """Return what can be chosen at a click; ``holders`` are the groups of the layers."""
    found = [_theme(each.name, [layer.id for layer in each.layers], holders) for each in shown]
    locator = [layer_id("townships", shown[0].scenario.id), layer_id("boundary")]
    locator += [layer_id("relief")]
    return [*found, _theme(_LOCATOR, [each for each in locator if each in holders], holders)]


def _theme(name: str, layers: Sequence[str], holders: Mapping[str, str]) -> Theme:
    return Theme(name, tuple(layers), tuple(dict.fromkeys(holders[each] for each in layers)))


def sheets(results: Results, shown: Sequence[Shown], extent: Extent) -> Iterator[Sheet]:
    """Return a sheet for each theme, and for each scenario a book with a page a township."""
    for each in shown:
        yield _sheet(results, each, extent)
    for each in shown:
        if each.subject == SUBJECTS[0]:
            yield from _book(results, each, extent)


def _sheet(results: Results, shown: Shown, extent: Extent) -> Sheet:
    study = results.study.study
    title = shown.subject.title
    of_scenario = shown.subject != SITING
    detail = _town(results, extent)
    return Sheet(
        name=f"{title}：{shown.scenario.title_zh}" if of_scenario else title,
        title=f"{study.title.zh}{title}" + (f"——{shown.scenario.title_zh}" if of_scenario else ""),
        subtitle=study.handling.zh if study.handling else "",
        footer=_footer(results, shown),
        approval=study.map_approval or "",
        identity=shown.name,
        theme=shown.name,
        extent=extent,
        layers=_told(shown),
        detail=detail,
        detail_title="城区放大图" if detail else "",
    )


def _told(shown: Shown) -> tuple[TreeLayer, ...]:
    untold = {layer_id(name) for name in _UNTOLD}
    return tuple(layer for layer in shown.layers if layer.id not in untold)


def _town(results: Results, extent: Extent) -> Extent | None:
    """Return the extent of the urban area with a margin; None where it fills the map."""
    patches = results.built_up
    urban = patches[patches["zone"].isin(["urban", "suburb"])] if len(patches) else patches
    if not len(urban):
        return None
    left, bottom, right, top = (float(value) for value in urban.total_bounds)
    if not math.isfinite(left + bottom + right + top):
        return None
    margin = 0.06 * max(right - left, top - bottom)
    longest = max(extent[2] - extent[0], extent[3] - extent[1])
    if max(right - left, top - bottom) > _MOST_OF_MAP * longest:
        return None
    return left - margin, bottom - margin, right + margin, top + margin


def _footer(results: Results, shown: Shown) -> str:
    crs = CRS.from_user_input(results.study.study.crs)
    names = [*shown.subject.layers, *BACKGROUND]
    by_name = {summary.name: summary for summary in results.layers}
    asked = dict.fromkeys(
        source.name
        for name in names
        for source in told_of(results, name).sources
        if source.name in names or source.name in ("population", "dem")
    )
    credit = "；".join(each.zh for each in credits_of(results))
    modelled = "、".join(layer_label(name, "zh") for name in results.modelled)
    told = [
        f"含模拟数据，不可当作实测：{modelled}" if modelled else "",
        f"坐标系：{crs.name}（{results.study.study.crs}）；时间自接到出动指令起算",
        f"数据来源：{_sources(by_name[name] for name in asked)}",
        f"数据署名：{credit}" if credit else "",
    ]
    return "\n".join(part for part in told if part)


def _sources(summaries: Iterable[LayerSummary]) -> str:
    """Return layers with their kinds and sources, those of one source together."""
    layers: dict[str, list[str]] = {}
    for summary in summaries:
        # Of a source told in two languages the Chinese one is enough here.
        source = summary.provenance.source.split("/ ")[0].strip()
        if not _HAN.search(source):
            source = summary.provenance.source
        kind = value_label("kind", summary.provenance.kind, "zh")
        layers.setdefault(f"（{kind}）{source}", []).append(layer_label(summary.name, "zh"))
    return "；".join(f"{'、'.join(names)}{told}" for told, names in layers.items())


def _book(results: Results, shown: Shown, extent: Extent) -> Iterator[Sheet]:
    """Return the book of a scenario; none where no township has an area."""
    identity = layer_id("townships", shown.scenario.id)
    townships = next((layer for layer in shown.layers if layer.id == identity), None)
    if townships is None or results.townships.geometry.isna().all():
        return
    study = results.study.study
    yield Sheet(
        name=f"{_BOOK}：{shown.scenario.title_zh}",
        title=f'[% "name" %]消防救援覆盖图——{shown.scenario.title_zh}',
        subtitle="　".join([study.title.zh, *([study.handling.zh] if study.handling else [])]),
        footer=_footer(results, shown),
        approval=study.map_approval or "",
        identity=f"{_BOOK}：{shown.scenario.id}",
        theme=shown.name,
        extent=extent,
        layers=_told(shown),
        detail_title=_LOCATOR,
        detail_theme=_LOCATOR,
        pages=Pages(townships, "name", "code", _facts(results)),
    )


def _facts(results: Results) -> str:
    """Return what a page says of its township, as text with expressions of QGIS."""
    shares = "，".join(
        f"{minutes:g}分钟{_percent(f'share_{band(minutes)}')}" for minutes in results.minutes[:3]
    )
    first = "[% coalesce('，' || nullif(\"seat_station\", ''), '') %]"
    built_up = (_number("built_up_km2", 2, "平方公里"), _percent("built_up_reached_share"))
    hydrants = (_number("hydrants", 0, "处"), _percent("hydrants_working_share"))
    villages = (_number("villages", 0, "处"), _number("villages_reached", 0, "处"))
    return "\n".join(
        (
            '[% "name" %]（[% "code" %]）',
            f"常住人口：{_number('population', 0, '人')}",
            f"驻地首达：{_number('seat_first_s', 1, '分钟', 60)}{first}",
            f"第二力量到驻地：{_number('seat_second_s', 1, '分钟', 60)}",
            f"人口覆盖率：{shares}",
            f"建成区：{built_up[0]}，时限内可达{built_up[1]}",
            f"市政消火栓：{hydrants[0]}，完好率{hydrants[1]}",
            f"村寨：{villages[0]}，时限内可达{villages[1]}",
        )
    )


def _number(column: str, digits: int, unit: str, divisor: int = 1) -> str:
    return (
        f"""[% coalesce(format_number("{column}" / {divisor}.0, {digits}) || '{unit}', '未知') %]"""
    )


def _percent(column: str) -> str:
    return f"""[% coalesce(format_number(100 * "{column}", 1) || '%', '未知') %]"""

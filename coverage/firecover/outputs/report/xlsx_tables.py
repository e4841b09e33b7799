"""What the sheets of the annex hold: every table of figures of ``results.json``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from firecover.outputs.i18n import (
    Language,
    column_label,
    column_unit,
    layer_label,
    unit_digits,
    unit_key,
    value_label,
)
from firecover.outputs.report.document_words import document_words, word
from firecover.outputs.report.reader import BASELINE, words
from firecover.outputs.results_json import OF_SCENARIOS, SITING

Row = Mapping[str, Any]
#: What the townships' table tells of hydrants.
_HYDRANTS = (
    "code",
    "name",
    "hydrants",
    "hydrants_working",
    "hydrants_working_share",
    "hydrants_working_verdict",
    "hydrants_new",
    "hydrants_present_share",
    "hydrants_present_verdict",
)
_SHARES = ("share", "probability")


@dataclass(frozen=True)
class Column:
    """A column: its heading with its unit, and the unit's key, "" without one."""

    name: str
    heading: str
    unit: str = ""


@dataclass(frozen=True)
class Sheet:
    """A sheet: ``rows`` are what the cells hold, in the order of the columns.

    A cell of ``row_units`` has its row's unit, where the unit changes from row to row.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[object]]
    row_units: Sequence[str] = ()


def sheets(results: Mapping[str, Any], lang: Language) -> Iterator[Sheet]:
    """Go through the sheets; a table without rows has none."""
    for sheet in _all(results, lang):
        if sheet.rows:
            yield sheet


def _all(results: Mapping[str, Any], lang: Language) -> Iterator[Sheet]:
    scenarios = results["scenarios"]
    titles = {name: scenarios[name]["title"][lang] for name in results["scenario_ids"]}
    yield _figures(
        word("xlsx", "figures", lang),
        {titles[name]: scenarios[name]["figures"] for name in titles},
        lang,
    )
    yield _scenarios(results, titles, lang)
    for table in OF_SCENARIOS:
        rows = [
            {"scenario": titles[name], **row} for name in titles for row in scenarios[name][table]
        ]
        yield _table(layer_label(table, lang), table, rows, lang)
    yield _hydrants(results, lang)
    for table in ("hydrant_gaps", "hydrant_proposals"):
        yield _table(layer_label(table, lang), table, results[table], lang)
    figures = {layer_label("candidates", lang): results["ranking"]["figures"]}
    yield _figures(word("xlsx", "ranking_figures", lang), figures, lang)
    for key, table in SITING.items():
        yield _table(layer_label(table, lang), table, results["ranking"][key], lang)
    findings = layer_label("plan_findings", lang)
    yield _table(findings, "plan_findings", _in_one(results["plan_findings"], lang), lang)
    yield from _about_inputs(results, lang)


def _about_inputs(results: Mapping[str, Any], lang: Language) -> Iterator[Sheet]:
    network = results["network"]
    speeds = [
        {"road_class": name, "speed_kmh": network["speed_kmh"].get(name), "length_km": length}
        for name, length in network["length_km_by_class"].items()
    ]
    tables: dict[str, Sequence[Row]] = {
        "rules": _in_one(results["rules"], lang),
        "data": results["data"],
        "quality": _in_one(results["quality"], lang),
        "not_known": _in_one(results["not_known"], lang),
        "speeds": speeds,
        "vehicles": _in_one(network["vehicles"], lang),
    }
    for name, rows in tables.items():
        yield _table(word("xlsx", name, lang), name, rows, lang)
    value = column_label("value", lang)
    counted = {name: told for name, told in network.items() if isinstance(told, int | float)}
    yield _figures(word("xlsx", "network", lang), {value: counted}, lang)
    told = _teller("", lang)
    asked = {"settings": results["settings"], "minutes": results["minutes"]}
    listed = [[key, told(name, at)] for key, name, at in _flat(asked)]
    heads = (Column("", word("xlsx", "setting", lang)), Column("", value))
    yield Sheet(word("xlsx", "settings", lang), heads, listed)


def _flat(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str, object]]:
    """Go through the leaves of a tree: the path, the last part of it, and what stands there."""
    for name, here in tree.items():
        path = f"{above}{name}"
        if isinstance(here, Mapping) and here:
            yield from _flat(here, f"{path}.")
        else:
            yield path, name, here or (None if isinstance(here, Mapping | list) else here)


def _in_one(rows: Iterable[Row], lang: Language) -> list[Row]:
    """Return rows with the text of one language instead of both."""
    other = "en" if lang == "zh" else "zh"
    return [
        {("text" if name == lang else name): value for name, value in row.items() if name != other}
        for row in rows
    ]


def column(name: str, lang: Language, table: str = "") -> Column:
    """Return a column with its heading; shares show per cent, which is no unit to be told."""
    own = document_words()["xlsx_columns"].get(name)
    if own is not None:
        unit = own.get("unit", "")
        return Column(name, _headed(own[lang], unit and column_unit(f"x_{unit}", lang), lang), unit)
    unit = unit_key(name, table)
    told = "" if unit in _SHARES else column_unit(name, lang, table)
    return Column(name, _headed(column_label(name, lang, table), told, lang), unit)


def _headed(label: str, unit: str, lang: Language) -> str:
    if not unit:
        return label
    return f"{label}（{unit}）" if lang == "zh" else f"{label} ({unit})"


def _table(title: str, table: str, rows: Sequence[Row], lang: Language) -> Sheet:
    names = list(dict.fromkeys(name for row in rows for name in row))
    told = _teller(table, lang)
    cells = [[told(name, row.get(name)) for name in names] for row in rows]
    return Sheet(title, [column(name, lang, table) for name in names], cells)


def _teller(table: str, lang: Language) -> Callable[[str, object], object]:
    """Return what makes a cell of a value: numbers stay, codes become words, lists are joined."""

    def told(name: str, value: object) -> object:
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return value
        if isinstance(value, list):
            return "、".join(str(told(name, item)) for item in value)
        if isinstance(value, Mapping):
            return "；".join(f"{key} = {_plain(item)}" for key, item in value.items())
        if (table, name) == ("rules", "unit"):
            return words(lang)["rule_unit"].get(value, value)
        if name == "layer":
            return layer_label(str(value), lang)
        return value_label(name, value, lang, table)

    return told


def _plain(value: object) -> str:
    """Return a number among a cell's words, a whole one without decimals."""
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)


def _figures(title: str, columns: Mapping[str, Row], lang: Language) -> Sheet:
    """Return headline figures, a row each, with their units beside them."""
    names = list(dict.fromkeys(name for figures in columns.values() for name in figures))
    told = _teller("", lang)
    rows, units = [], []
    for name in names:
        unit = unit_key(name)
        shown = "%" if unit in _SHARES else column_unit(name, lang)
        values = [told(name, figures.get(name)) for figures in columns.values()]
        rows.append([column_label(name, lang), shown, *values])
        units.append(unit)
    heads = [word("xlsx", "figure", lang), word("xlsx", "unit", lang), *columns]
    return Sheet(title, [Column("", head) for head in heads], rows, units)


def _scenarios(results: Mapping[str, Any], titles: Mapping[str, str], lang: Language) -> Sheet:
    rows = []
    for name, title in titles.items():
        told = results["scenarios"][name]
        kept = {
            key: value
            for key, value in told.items()
            if key not in ("figures", "title", *OF_SCENARIOS)
        }
        rows.append({"id": name, "title": title, **kept})
    return _table(word("xlsx", "scenarios", lang), "", rows, lang)


def _hydrants(results: Mapping[str, Any], lang: Language) -> Sheet:
    """Return the hydrants of each township; they are the same in every scenario."""
    townships = results["scenarios"][BASELINE]["townships"]
    rows = [{name: row[name] for name in _HYDRANTS if name in row} for row in townships]
    return _table(word("xlsx", "hydrant_summary", lang), "townships", rows, lang)


def number_format(unit: str, values: Iterable[object]) -> str:
    """Return how a spreadsheet shows numbers of a unit, no more decimals than they have."""
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if unit in _SHARES:
        return "0.0%"
    if unit == "":
        return "General"
    most = unit_digits(unit)
    digits = next((n for n in range(most) if all(round(v, n) == v for v in numbers)), most)
    return "#,##0" + ("." + "0" * digits if digits else "")

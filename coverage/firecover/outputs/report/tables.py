"""The tables of the report: data, rules, and the scenarios side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from firecover.outputs.report import sentences
from firecover.outputs.report.model import Cell, Table
from firecover.outputs.report.reader import BASELINE, Place, Reader, words
from firecover.outputs.report.rules import memory_note
from firecover.outputs.report.verdicts import Judgement, requirements
from firecover.results import band
from firecover.standards import road_classes

#: Scenarios beside each other in a table: more do not fit on a page.
SIDE_BY_SIDE = 3


def head(reader: Reader, name: str) -> list[Markup]:
    """Return the headings of a table's columns."""
    return [Markup(text) for text in words(reader.lang)["table"][name]["head"]]  # noqa: S704


def columns(reader: Reader) -> Iterator[tuple[str, ...]]:
    """Go through the scenarios, as many at a time as fit beside each other."""
    names = reader.scenarios
    for start in range(0, len(names), SIDE_BY_SIDE):
        yield names[start : start + SIDE_BY_SIDE]


def verdict_mark(reader: Reader, verdict: object) -> Markup:
    """Return a verdict in its colour."""
    return Markup('<span class="verdict {0}">{1}</span>').format(
        verdict, reader.label("verdict", verdict)
    )


def scenarios(reader: Reader) -> Table:
    """Return what each scenario changes."""
    none = reader.say("words", "none")
    rows = [
        [
            reader.title(name),
            sentences.names_of(reader, name, "open") or none,
            sentences.names_of(reader, name, "close") or none,
            sentences.roads_closed(reader, name) or none,
            reader.show("plain", "scenarios", name, "speed_factor"),
            reader.show("plain", "scenarios", name, "turnout_factor"),
            reader.listing(sentences.conditions_of(reader, name)) or none,
        ]
        for name in reader.scenarios
    ]
    caption = reader.say("table", "scenarios", "caption")
    return Table(caption, head(reader, "scenarios"), rows, "llllrrl")


def verdicts(reader: Reader) -> list[Table]:
    """Return the verdicts on each requirement, scenarios beside each other."""
    tables = []
    modelled = set(reader.raw("modelled_layers") or ())
    for names in columns(reader):
        rows: list[list[Cell | Markup]] = []
        for asked in requirements(reader):
            said = [asked.judge(reader, name) for name in names]
            memory = memory_note(reader, asked.rules)
            resting_on = [reader.layer(name) for name in asked.layers if name in modelled]
            rows.append(
                [
                    Markup("{0}<br><small>{1}</small>").format(asked.title, asked.basis),
                    *_judgements(reader, said, memory),
                    reader.listing(resting_on) or reader.say("words", "none"),
                ]
            )
        titles = [reader.title(name) for name in names]
        last = reader.say("table", "verdicts", "modelled")
        tables.append(
            Table(
                reader.say("table", "verdicts", "caption"),
                [*head(reader, "verdicts"), *titles, last],
                rows,
                "l" + "l" * len(names) + "l",
                style="verdicts",
            )
        )
    return tables


def _judgements(reader: Reader, said: Sequence[Judgement], memory: Markup) -> list[Cell | Markup]:
    """Return a cell a scenario; one for all of them where all have the same figures."""
    cells = []
    for each in said:
        mark = verdict_mark(reader, each.verdict)
        cell = mark + reader.say("punctuation", "colon") + each.told
        notes = [memory] if memory and each.verdict != "cannot_say" else []
        notes += [reader.say("requirement", "noise")] if each.in_noise else []
        cells.append(
            cell + Markup("").join(Markup("<br><small>{0}</small>").format(n) for n in notes)
        )
    if len(cells) > 1 and len({cell.striptags() for cell in cells}) == 1:
        same = reader.say("words", "all_scenarios")
        opened, closed = reader.say("punctuation", "open"), reader.say("punctuation", "close")
        return [
            Cell(
                Markup("{0}<small>{1}{2}{3}</small>").format(cells[0], opened, same, closed),
                span=len(cells),
            )
        ]
    return list(cells)


def data(reader: Reader) -> Table:
    """Return the inputs and where they come from."""
    rows = []
    for i, layer in enumerate(reader.raw("data")):
        place: Place = ("data", i)
        kind = Markup('<span class="kind {0}">{1}</span>').format(
            layer["kind"], reader.label("kind", layer["kind"])
        )
        rows.append(
            [
                reader.layer(layer["layer"]),
                reader.show("count", *place, "features"),
                kind,
                *(_or_unknown(reader, *place, key) for key in ("source", "licence", "date")),
                reader.told(*place, "note"),
            ]
        )
    caption = reader.say("table", "data", "caption")
    return Table(caption, head(reader, "data"), rows, "lrcllll", style="data")


def _or_unknown(reader: Reader, *place: str | int) -> Markup:
    return reader.told(*place) or reader.say("words", "not_known")


def quality(reader: Reader) -> Table | None:
    """Return what was repaired, left out or noted; None where nothing was."""
    rows = []
    for i, note in enumerate(reader.raw("quality") or ()):
        place: Place = ("quality", i)
        length = reader.figure(*place, "length_m")
        rows.append(
            [
                reader.layer(note["layer"]),
                reader.label("action", note["action"]),
                reader.show("count", *place, "count"),
                reader.text(*place, reader.lang),
                Markup("") if length is None else reader.show("m_as_km", *place, "length_m"),
                _texts(reader, (*place, "rows")),
            ]
        )
    if not rows:
        return None
    caption = reader.say("table", "quality", "caption")
    return Table(caption, head(reader, "quality"), rows, "lcrlrl", style="quality")


def unknowns(reader: Reader) -> Table | None:
    """Return what the inputs do not say; None where nothing is missing."""
    rows = [
        [reader.text("not_known", i, reader.lang), _texts(reader, ("not_known", i, "rows"))]
        for i in range(len(reader.raw("not_known") or ()))
    ]
    if not rows:
        return None
    caption = reader.say("table", "unknowns", "caption")
    return Table(caption, head(reader, "unknowns"), rows, "ll", style="unknowns")


def _texts(reader: Reader, place: Place) -> Markup:
    return reader.listing([reader.text(*place, i) for i in range(len(reader.raw(*place) or ()))])


def speeds(reader: Reader) -> Table:
    """Return mean speed and length by road class; a class may be closed throughout."""
    closed = reader.say("table", "speeds", "closed")
    open_classes, order = reader.raw("network", "speed_kmh"), list(road_classes())
    rows = [
        [
            reader.label("road_class", name),
            reader.show("plain", "network", "speed_kmh", name) if name in open_classes else closed,
            reader.show("km", "network", "length_km_by_class", name),
        ]
        for name in sorted(reader.raw("network", "length_km_by_class"), key=order.index)
    ]
    caption = reader.say("table", "speeds", "caption")
    return Table(caption, head(reader, "speeds"), rows, "lrr", style="narrow")


def access(reader: Reader) -> Table:
    """Return how far off the road each layer may lie, and how fast the leg there is."""
    rows = []
    for name, leg in reader.raw("settings", "access").items():
        place: Place = ("settings", "access", name)
        none = reader.say("table", "access", "no_time")
        speed = none if leg["speed_kmh"] is None else reader.show("plain", *place, "speed_kmh")
        rows.append([reader.layer(name), reader.show("plain", *place, "limit_m"), speed])
    caption = reader.say("table", "access", "caption")
    return Table(caption, head(reader, "access"), rows, "lrr", style="narrow")


def population(reader: Reader, shown: Iterable[tuple[str, ...]]) -> list[Table]:
    """Return how many people are reached within each band, a table for the scenarios in a group."""
    tables = []
    for names in shown:
        rows = []
        for i, minutes in enumerate(reader.raw("minutes")):
            key = band(minutes)
            rows.append(
                [
                    reader.show("plain", "minutes", i),
                    *(
                        part_of(
                            reader,
                            "count",
                            reader.headline(name, f"population_reached_{key}"),
                            reader.headline(name, f"population_share_{key}"),
                        )
                        for name in names
                    ),
                ]
            )
        rows.append(
            [
                reader.say("table", "population", "total"),
                *(reader.show("count", *reader.headline(s, "population_total")) for s in names),
            ]
        )
        titles = [reader.title(name) for name in names]
        tables.append(
            Table(
                reader.say("table", "population", "caption"),
                head(reader, "population") + titles,
                rows,
                "l" + "r" * len(names),
            )
        )
    return tables


def part_of(reader: Reader, style: str, part: Place, share: Place) -> Markup:
    """Return a figure with its share of the whole in brackets."""
    told = reader.show(style, *part)
    if reader.figure(*part) is None:
        return told
    opened, closed = reader.say("punctuation", "open"), reader.say("punctuation", "close")
    return told + opened + reader.show("share", *share) + closed


def roads(reader: Reader, names: Sequence[str]) -> Table:
    """Return area, reached roads and their agreement, scenario by scenario."""
    rows: list[list[Cell | Markup]] = []
    for name in names:
        for i in range(len(reader.raw("scenarios", name, "isochrones"))):
            place: Place = ("scenarios", name, "isochrones", i)
            rows.append(
                [
                    reader.title(name),
                    reader.show("plain", *place, "minutes"),
                    reader.show("km2", *place, "area_km2"),
                    reader.show("km", *place, "road_km"),
                    reader.show("share", *place, "recall"),
                    reader.show("share", *place, "precision"),
                ]
            )
    caption = reader.say("table", "roads", "caption")
    return Table(caption, head(reader, "roads"), rows, "lrrrrr")


def built_up(reader: Reader) -> list[Table]:
    """Return how much built-up area is reached in time."""
    rows = (
        Measure("urban", "km2", "urban_km2"),
        Measure("urban_reached", "km2", "urban_reached_km2", "urban_reached_share"),
        Measure("urban_any", "km2", "urban_any_reached_km2", "urban_any_reached_share"),
        Measure("all", "km2", "built_up_km2"),
        Measure("all_any", "km2", "built_up_any_reached_km2", "built_up_any_reached_share"),
    )
    caption = reader.say("table", "built_up", "caption", limit=reader.limit)
    return measures(reader, "built_up", caption, rows)


def village_summary(reader: Reader) -> list[Table]:
    """Return how many villages are reached, and when."""
    minutes = reader.village_limit
    caption = reader.say("table", "village_summary", "caption", minutes=minutes)
    rows = (
        Measure("all", "count", "villages"),
        Measure("reached", "count", "villages_reached", "villages_reached_share"),
        Measure("two", "count", "villages_two"),
        Measure("full", "count", "villages_full"),
        Measure("nobody", "count", "villages_nobody"),
        Measure("median", "min", "village_median_s"),
        Measure("call_median", "min", "village_call_median_s"),
        Measure("worst", "min", "village_worst_s"),
    )
    return measures(reader, "village_summary", caption, rows)


@dataclass(frozen=True)
class Measure:
    """A row of headline figures: the key of its label, how it is shown, figure and share."""

    label: str
    style: str
    key: str
    share: str = ""


def measures(reader: Reader, table: str, caption: Markup, rows: Sequence[Measure]) -> list[Table]:
    """Return headline figures, a row each, scenarios beside each other.

    Figures that the results do not have at all are left out.
    """
    known = [row for row in rows if row.key in reader.raw("scenarios", BASELINE, "figures")]

    def cell(name: str, row: Measure) -> Markup:
        if row.share:
            return part_of(
                reader,
                row.style,
                reader.headline(name, row.key),
                reader.headline(name, row.share),
            )
        return reader.show(row.style, *reader.headline(name, row.key))

    tables = []
    for names in columns(reader):
        body = [
            [reader.say("table", table, row.label), *(cell(name, row) for name in names)]
            for row in known
        ]
        titles = [reader.title(name) for name in names]
        tables.append(Table(caption, head(reader, table) + titles, body, "l" + "r" * len(names)))
    return tables if known else []


def hashes(reader: Reader) -> Table:
    """Return the hashes of the input files."""
    rows = []
    for i, layer in enumerate(reader.raw("data")):
        sha256 = reader.text("data", i, "sha256") or reader.say("words", "none")
        rows.append(
            [
                reader.layer(layer["layer"]),
                reader.text("data", i, "file") or reader.say("words", "none"),
                Markup('<span class="hash">{0}</span>').format(sha256),
            ]
        )
    caption = reader.say("table", "hashes", "caption")
    return Table(caption, head(reader, "hashes"), rows, "lll", style="hashes")

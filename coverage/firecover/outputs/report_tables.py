"""The tables of the report: data, rules, and the scenarios side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from firecover.outputs import report_sentences as sentences
from firecover.outputs.report_model import Cell, Table
from firecover.outputs.report_numbers import BASELINE, Place, Reader, words
from firecover.outputs.report_verdicts import EVIDENT, Judgement, requirements
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
            reader.show("plain", "scenarios", name, "speed_factor"),
        ]
        for name in reader.scenarios
    ]
    caption = reader.say("table", "scenarios", "caption")
    return Table(caption, head(reader, "scenarios"), rows, "lllr")


def verdicts(reader: Reader) -> list[Table]:
    """Return the verdicts on each requirement, scenarios beside each other."""
    tables = []
    modelled = set(reader.raw("modelled_layers") or ())
    for names in columns(reader):
        rows: list[list[Cell | Markup]] = []
        for asked in requirements(reader):
            said = [asked.judge(reader, name) for name in names]
            resting_on = [reader.layer(name) for name in asked.layers if name in modelled]
            rows.append(
                [
                    asked.title,
                    asked.basis,
                    *_judgements(reader, said),
                    reader.listing(resting_on) or reader.say("words", "none"),
                ]
            )
        first, basis = head(reader, "verdicts")
        titles = [reader.title(name) for name in names]
        last = reader.say("table", "verdicts", "modelled")
        tables.append(
            Table(
                reader.say("table", "verdicts", "caption"),
                [first, basis, *titles, last],
                rows,
                "ll" + "l" * len(names) + "l",
                style="verdicts",
            )
        )
    return tables


def _judgements(reader: Reader, said: Sequence[Judgement]) -> list[Cell | Markup]:
    """Return a cell a scenario; one for all of them where all have the same figures."""
    cells = [
        Markup("{0}<br>{1}").format(verdict_mark(reader, each.verdict), each.told) for each in said
    ]
    if len(cells) > 1 and len({cell.striptags() for cell in cells}) == 1:
        same = reader.say("words", "all_scenarios")
        opened, closed = reader.say("punctuation", "open"), reader.say("punctuation", "close")
        return [
            Cell(
                Markup("{0} <small>{1}{2}{3}</small>").format(cells[0], opened, same, closed),
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


def rules(reader: Reader) -> Table:
    """Return the rules with clause, modality and evidence."""
    evidence = words(reader.lang)["evidence"]
    units = words(reader.lang)["rule_unit"]
    rows: list[list[Cell | Markup]] = []
    for i, rule in enumerate(reader.raw("rules")):
        place: Place = ("rules", i)
        code = "own" if rule.get("overridden") else str(rule["evidence"])
        whole = rule["unit"] == "1"
        value = reader.show("plain_share" if whole else "plain", *place, "value")
        seen = evidence.get(code, evidence.get(code[:1], ""))
        style = "" if code in EVIDENT else "unverified"
        rows.append(
            [
                reader.text(*place, reader.lang),
                value + Markup(units.get(rule["unit"], rule["unit"])),  # noqa: S704
                reader.label("modality", rule["modality"]),
                reader.told(*place, "clause"),
                reader.told(*place, "source"),
                Cell(
                    Markup("{0} <small>{1}</small>").format(
                        "" if code == "own" else code,
                        Markup(seen),  # noqa: S704
                    ),
                    style=style,
                ),
            ]
        )
    caption = reader.say("table", "rules", "caption")
    return Table(caption, head(reader, "rules"), rows, "lrclll", style="rules")


def population(reader: Reader) -> list[Table]:
    """Return how many people are reached within each band, scenarios beside each other."""
    tables = []
    for names in columns(reader):
        rows = []
        for i, minutes in enumerate(reader.raw("minutes")):
            key = band(minutes)
            rows.append(
                [
                    reader.show("plain", "minutes", i),
                    *(
                        _of(
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


def _of(reader: Reader, style: str, part: Place, share: Place) -> Markup:
    """Return a figure with its share of the whole in brackets."""
    told = reader.show(style, *part)
    if reader.figure(*part) is None:
        return told
    opened, closed = reader.say("punctuation", "open"), reader.say("punctuation", "close")
    return told + opened + reader.show("share", *share) + closed


def roads(reader: Reader) -> Table:
    """Return area, reached roads and their agreement, scenario by scenario."""
    rows: list[list[Cell | Markup]] = []
    for name in reader.scenarios:
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
    measures = (
        ("urban", "urban_km2", ""),
        ("urban_reached", "urban_reached_km2", "urban_reached_share"),
        ("urban_any", "urban_any_reached_km2", "urban_any_reached_share"),
        ("all", "built_up_km2", ""),
        ("all_any", "built_up_any_reached_km2", "built_up_any_reached_share"),
    )
    caption = reader.say("table", "built_up", "caption", limit=reader.limit)
    return _measures(reader, "built_up", caption, "km2", measures)


def village_summary(reader: Reader) -> list[Table]:
    """Return how many villages are reached, and when."""
    minutes = reader.show("plain", *reader.headline(BASELINE, "village_minutes"))
    caption = reader.say("table", "village_summary", "caption", minutes=minutes)
    counts = (
        ("all", "villages", ""),
        ("reached", "villages_reached", "villages_reached_share"),
        ("two", "villages_two", ""),
        ("nobody", "villages_nobody", ""),
    )
    times = (("median", "village_median_s", ""), ("worst", "village_worst_s", ""))
    known = [row for row in counts if row[1] in reader.raw("scenarios", BASELINE, "figures")]
    tables = _measures(reader, "village_summary", caption, "count", known)
    slow = _measures(reader, "village_summary", caption, "min", times)
    return [
        Table(one.caption, one.head, [*one.rows, *two.rows], one.align)
        for one, two in zip(tables, slow, strict=True)
    ]


def _measures(
    reader: Reader,
    table: str,
    caption: Markup,
    style: str,
    measures: Sequence[tuple[str, str, str]],
) -> list[Table]:
    """Return headline figures, a row each, scenarios beside each other."""

    def cell(name: str, key: str, share: str) -> Markup:
        if share:
            return _of(reader, style, reader.headline(name, key), reader.headline(name, share))
        return reader.show(style, *reader.headline(name, key))

    tables = []
    for names in columns(reader):
        rows = [
            [reader.say("table", table, label), *(cell(name, key, share) for name in names)]
            for label, key, share in measures
        ]
        titles = [reader.title(name) for name in names]
        tables.append(Table(caption, head(reader, table) + titles, rows, "l" + "r" * len(names)))
    return tables


def candidates(reader: Reader) -> Table | None:
    """Return the candidates by rank; None where there are none."""
    table = reader.raw("ranking", "candidates") or ()
    order = sorted(range(len(table)), key=lambda i: (table[i]["rank"], str(table[i]["id"])))
    rows = []
    for i in order:
        place: Place = ("ranking", "candidates", i)
        rank = reader.show("count", *place, "rank")
        if table[i]["tied"]:
            tied = reader.say("table", "candidates", "tied")
            rank += Markup(" <small>{0}</small>").format(tied)
        rows.append(
            [
                rank,
                reader.name(*place),
                reader.label("station_class", table[i]["station_class"]),
                reader.label("origin", table[i]["origin"]),
                reader.show("count", *place, "population_gain"),
                reader.show("km2", *place, "built_up_gain_km2"),
                reader.show("count", *place, "villages_gain"),
                reader.show("plain", *place, "cost_10k_cny"),
            ]
        )
    if not rows:
        return None
    caption = reader.say("table", "candidates", "caption")
    return Table(caption, head(reader, "candidates"), rows, "lllcrrrr", style="long sites")


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

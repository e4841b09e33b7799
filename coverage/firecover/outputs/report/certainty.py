"""How sure times are, in the report: what was drawn, and the intervals that come of it."""

from __future__ import annotations

from markupsafe import Markup

from firecover.outputs.report.model import Paragraph, Table
from firecover.outputs.report.reader import BASELINE, Place, Reader
from firecover.outputs.report.tables import columns, head

SETTINGS: Place = ("settings", "uncertainty")


def has_draws(reader: Reader) -> bool:
    """Tell whether speeds were drawn, and what came of it is in the results."""
    figures = reader.raw("scenarios", BASELINE, "figures") or {}
    return any(key.endswith("_p05") and value is not None for key, value in figures.items())


def interval(reader: Reader, style: str, place: Place, key: str, unit: str = "") -> Markup:
    """Return the interval of a figure, a dash where none was drawn."""
    ends = [(*place, f"{key}_{end}{unit}") for end in ("p05", "p95")]
    if any(reader.figure(*end) is None for end in ends):
        return reader.say("words", "not_due")
    low, high = (reader.show(style, *end) for end in ends)
    told = reader.say("words", "from_to", low=low, high=high)
    return Markup('<span class="interval">{0}</span>').format(told)


def near_the_limit(reader: Reader, chance: object) -> Markup:
    """Say that a verdict hangs on the draws; nothing where it does not."""
    sure = reader.figure(*SETTINGS, "sure_share")
    if sure is None or not isinstance(chance, int | float) or not 1 - sure < chance < sure:
        return Markup("")
    return Markup("<br><small>{0}</small>").format(reader.say("words", "in_noise"))


def assumed(reader: Reader) -> list[Paragraph]:
    """Return what was drawn, and how intervals are to be read."""
    if not has_draws(reader):
        return [Paragraph(reader.say("para", "no_draws"))]
    sds = {
        key: reader.show("plain", *SETTINGS, key) for key in ("speed_sd", "class_sd", "turnout_sd")
    }
    sure = reader.show("plain_share", *SETTINGS, "sure_share")
    return [
        Paragraph(
            reader.say(
                "para",
                "draws",
                draws=reader.show("count", *SETTINGS, "draws"),
                seed=reader.show("plain", *SETTINGS, "seed"),
                **sds,
            )
        ),
        Paragraph(reader.say("para", "draws_read", sure=sure)),
    ]


def intervals(reader: Reader) -> list[Table]:
    """Return the headline figures that were drawn, scenarios beside each other."""
    if not has_draws(reader):
        return []
    rows: list[tuple[str, str, str]] = [("urban", "share", "urban_reached_share")]
    if reader.response_band:
        rows.append(("population", "share", f"population_share_{reader.response_band}"))
    rows.append(("villages", "count", "villages_reached"))
    minutes = reader.village_limit
    known = reader.raw("scenarios", BASELINE, "figures")
    tables = []
    for names in columns(reader):
        body = [
            [
                reader.say("table", "intervals", label, limit=reader.limit, minutes=minutes),
                *(_told(reader, name, style, key) for name in names),
            ]
            for label, style, key in rows
            if f"{key}_p05" in known
        ]
        titles = [reader.title(name) for name in names]
        caption = reader.say("table", "intervals", "caption")
        align = "l" + "r" * len(names)
        tables.append(Table(caption, head(reader, "intervals") + titles, body, align))
    return tables


def _told(reader: Reader, scenario: str, style: str, key: str) -> Markup:
    place: Place = ("scenarios", scenario, "figures")
    return reader.say(
        "words",
        "with_interval",
        figure=reader.show(style, *place, key),
        interval=interval(reader, style, place, key),
    )

"""Hydrants in the report: their reach and spacing, and the new ones proposed."""

from __future__ import annotations

from markupsafe import Markup

from firecover.outputs.report.model import Block, Paragraph, Table
from firecover.outputs.report.places import Places
from firecover.outputs.report.reader import BASELINE, Place, Reader
from firecover.outputs.report.rules import memory_in_brackets
from firecover.outputs.report.tables import head, part_of

#: Figure and share of each row of the table; how the figure is shown.
ROWS = (
    ("straight", "km2", "hydrant_radius_km2", "hydrant_radius_share"),
    ("road", "km2", "hydrant_road_km2", "hydrant_road_share"),
    ("street", "km", "street_km", ""),
    ("spaced", "km", "street_spaced_km", "street_spaced_share"),
    ("timber", "share", "street_timber_share", ""),
    ("working", "count", "hydrants_working", "hydrants_working_share"),
    ("met", "count", "hydrants_spacing_met", ""),
)


def blocks(reader: Reader) -> list[Block | None]:
    """Return what is told of hydrants: what they protect, and what is missing."""
    told: list[Block | None] = []
    if reader.figure(*reader.headline(BASELINE, "hydrants")):
        told.append(measured(reader))
    if reader.figure(*reader.headline(BASELINE, "hydrants_new")) is not None:
        told.append(Paragraph(proposed(reader)))
    if not told:
        return [Paragraph(reader.say("para", "no_hydrants", why=reader.say("why", "no_hydrants")))]
    told.append(Paragraph(reader.say("para", "hydrant_gaps"), "note"))
    return told


def measured(reader: Reader) -> Table:
    """Return how far the working hydrants reach, and how far apart they stand."""
    parts = {
        name: reader.show("plain", *reader.rule(rule))
        for name, rule in (
            ("radius", "hydrant_radius_m"),
            ("spacing", "hydrant_spacing_m"),
            ("timber", "hydrant_spacing_timber_m"),
        )
    }
    parts["memory"] = memory_in_brackets(reader, ("hydrant_spacing_timber_m",))
    rows = []
    for label, style, key, share in ROWS:
        place = reader.headline(BASELINE, key)
        if reader.figure(*place) is None:
            continue
        figure = (
            part_of(reader, style, place, reader.headline(BASELINE, share))
            if share
            else reader.show(style, *place)
        )
        rows.append([reader.say("table", "hydrants", label, **parts), figure])
    caption = reader.say("table", "hydrants", "caption")
    return Table(caption, head(reader, "hydrants"), rows, "lr", style="narrow")


def proposed(reader: Reader) -> Markup:
    """Say how many new hydrants close the gaps, and how near that is to the fewest possible."""
    new, bound = (reader.headline(BASELINE, key) for key in ("hydrants_new", "hydrants_new_bound"))
    if not reader.figure(*new):
        return reader.say("sentence", "hydrants_none_new")
    fewest = reader.figure(*bound) == reader.figure(*new)
    parts = {
        "new": reader.counted("hydrant", *new),
        "bound": reader.show("count", *bound),
        "gap": reader.change("count", new, bound),
        "step": reader.show("plain", "settings", "hydrant_step_m"),
    }
    told = reader.say("sentence", "hydrants_least" if fewest else "hydrants_new", **parts)
    left = reader.headline(BASELINE, "hydrant_left_km2")
    if reader.figure(*left) is None:
        left = reader.headline(BASELINE, "hydrant_uncoverable_km2")
    if reader.figure(*left):
        told += reader.say("sentence", "hydrants_left", left=reader.show("km2", *left))
    return told


def gaps(reader: Reader) -> Table | None:
    """Return the gaps of each built-up area, straight and along the roads; None where none are."""
    found: dict[str, dict[str, Place]] = {}
    for place, row in reader.rows("hydrant_gaps"):
        measure = str(row.get("measure") or "straight")
        found.setdefault(str(row["built_up_id"]), {})[measure] = place
    none = reader.say("words", "none")
    rows = [
        [
            _area(reader, next(iter(of.values()))),
            *(
                reader.show("km2", *of[key], "area_km2") if key in of else none
                for key in ("straight", "road")
            ),
        ]
        for of in found.values()
    ]
    if not rows:
        return None
    radius = reader.show("plain", *reader.rule("hydrant_radius_m"))
    caption = reader.say("table", "gaps", "caption", radius=radius)
    return Table(caption, head(reader, "gaps"), rows, "lrr", style="narrow long")


def _area(reader: Reader, place: Place) -> Markup:
    return reader.text(*place, "built_up_name") or reader.text(*place, "built_up_id")


def proposals(reader: Reader) -> Table | None:
    """Return the new hydrants proposed, the most useful first; None where none are."""
    places = Places(reader, BASELINE)
    rows = [
        [
            reader.show("count", *place, "order"),
            _area(reader, place),
            places.township(place),
            reader.text(*place, "road") or reader.say("words", "no_name"),
            reader.show("degrees", *place, "lon"),
            reader.show("degrees", *place, "lat"),
            reader.show("hectares", *place, "gain_km2"),
        ]
        for place, _ in reader.rows("hydrant_proposals")
    ]
    if not rows:
        return None
    caption = reader.say("table", "proposals", "caption")
    return Table(caption, head(reader, "proposals"), rows, "rlllrrr", style="long proposals")

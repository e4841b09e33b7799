"""What the report says of vehicles: how fast they drive, what stops them, and on what rules."""

from __future__ import annotations

from markupsafe import Markup

from firecover.outputs.report.model import Block, Paragraph, Table
from firecover.outputs.report.reader import Place, Reader, words
from firecover.outputs.report.tables import head, speeds


def driving(reader: Reader) -> list[Block]:
    """Return the section on vehicles and speeds."""
    usual = reader.label("vehicle", reader.raw("settings", "vehicle"))
    posted = reader.raw("settings", "use_maxspeed")
    return [
        Paragraph(reader.say("para", "vehicles", vehicle=usual)),
        Paragraph(reader.say("para", "speeds" if posted else "speeds_unposted")),
        *_own_speeds(reader),
        vehicles(reader),
        Paragraph(_terrain(reader)),
        Paragraph(_closed(reader)),
        Paragraph(_junctions(reader)),
        Paragraph(reader.say("para", "mean_speeds", vehicle=usual)),
        speeds(reader),
    ]


def vehicles(reader: Reader) -> Table:
    """Return the vehicles side by side."""
    evidence = words(reader.lang)["evidence"]
    rows = []
    for i, vehicle in enumerate(reader.raw("network", "vehicles")):
        place: Place = ("network", "vehicles", i)
        code = vehicle["evidence"]
        meaning = Markup(evidence.get(code, evidence.get(code[:1], "")))  # noqa: S704
        rows.append(
            [
                _name(reader, i),
                reader.show("plain", *place, "mass_t"),
                reader.show("plain", *place, "width_m"),
                reader.show("plain", *place, "height_m"),
                Markup("{0} <small>{1}</small>").format(reader.text(*place, "evidence"), meaning),
                reader.show("km", *place, "closed_km"),
                reader.show("times", *place, "slower_than_level"),
                reader.show("share", *place, "curve_lost_share"),
                reader.show("share", *place, "grade_lost_share"),
            ]
        )
    caption = reader.say("table", "vehicles", "caption")
    return Table(caption, head(reader, "vehicles"), rows, "lrrrlrrrr", style="vehicles")


def _name(reader: Reader, row: int) -> Markup:
    return reader.text("network", "vehicles", row, reader.lang)


def _own_speeds(reader: Reader) -> list[Block]:
    """Return the speeds that the study sets; nothing where it sets none."""
    told = [
        reader.say(
            "table",
            "speeds",
            "own",
            road_class=reader.label("road_class", name),
            speed=reader.show("plain", "settings", "speed_kmh", name),
        )
        for name in reader.raw("settings", "speed_kmh")
    ]
    if not told:
        return []
    return [Paragraph(reader.say("para", "speeds_own", speeds=reader.listing(told)))]


def _terrain(reader: Reader) -> Markup:
    """Say what the shape of the roads costs the study's usual vehicle, which stands first."""
    place: Place = ("network", "vehicles", 0)
    level = reader.figure(*place, "grade_p99") is None
    parts = {
        "vehicle": _name(reader, 0),
        "slower": reader.show("times", *place, "slower_than_level"),
        "curve_share": reader.show("share", *place, "curve_share"),
    }
    if level:
        return reader.say("para", "terrain_level", **parts)
    return reader.say(
        "para",
        "terrain",
        **parts,
        curves=reader.show("share", *place, "curve_lost_share"),
        grades=reader.show("share", *place, "grade_lost_share"),
        grade_share=reader.show("share", *place, "grade_share"),
        steep=reader.show("share", *place, "grade_p99"),
    )


def _closed(reader: Reader) -> Markup:
    """Say how much road is closed to each vehicle, and why."""
    vehicles = list(enumerate(reader.raw("network", "vehicles")))
    told = [_closed_to(reader, i) for i, each in vehicles if each["closed_km_by_reason"]]
    free = [_name(reader, i) for i, each in vehicles if not each["closed_km_by_reason"]]
    if free:
        told.append(reader.say("para", "closed_none", vehicles=reader.listing(free)))
    return _in_a_row(reader, [*told, reader.say("para", "closed_unknown")])


def _closed_to(reader: Reader, row: int) -> Markup:
    place: Place = ("network", "vehicles", row)
    reasons = [
        reader.say(
            "table",
            "speeds",
            "reason",
            reason=reader.label("closed_reason", code),
            length=reader.show("km", *place, "closed_km_by_reason", code),
        )
        for code in reader.raw(*place, "closed_km_by_reason")
    ]
    return reader.say(
        "para",
        "closed",
        vehicle=_name(reader, row),
        length=reader.show("km", *place, "closed_km"),
        reasons=reader.listing(reasons),
    )


def _junctions(reader: Reader) -> Markup:
    """Say what junctions cost, and which rules of the road vehicles keep to."""
    told = [reader.say("para", "turns_free")]
    if reader.raw("settings", "turn_costs"):
        ignored = reader.raw("settings", "ignore_restrictions")
        key = "restrictions_ignored" if ignored else "restrictions"
        told = [reader.say("para", "turns"), reader.say("para", key)]
    if reader.raw("settings", "ignore_oneway"):
        told.append(reader.say("para", "oneway_ignored"))
    elif reader.figure("settings", "contraflow_m"):
        metres = reader.show("plain", "settings", "contraflow_m")
        told.append(reader.say("para", "oneway_last", contraflow=metres))
    else:
        told.append(reader.say("para", "oneway"))
    return _in_a_row(reader, told)


def _in_a_row(reader: Reader, sentences: list[Markup]) -> Markup:
    return reader.say("punctuation", "between").join(sentences)

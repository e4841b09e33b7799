"""Tables for the terminal: what a check found, the headline of a run, the ranking."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from firecover.analysis.place import AskedPlace
from firecover.assessment.response import Absent, Coming, Reason, Response
from firecover.layers.read import LayerCheck
from firecover.results import Results, band


def print_check(check: LayerCheck) -> None:
    """Print what every layer holds, what was repaired or left out, and what is refused."""
    console = Console()
    table = Table("layer", "file", "kind", "features", "found", title="layers")
    for row in check.rows:
        notes = [f"{note.action}: {note.count} {note.en}" for note in row.quality]
        refused = [f"[red]refused:[/] {escape(str(problem))}" for problem in row.problems]
        table.add_row(
            row.name,
            escape(row.file),
            row.kind,
            "-" if row.features is None else f"{row.features:,}",
            "\n".join([*(escape(note) for note in notes), *refused]) or "in order",
        )
    console.print(table)
    if check.ok:
        console.print("The study can be run.")
    else:
        console.print(f"{len(check.problems)} problem(s): the study cannot be run.")


def _share(value: object) -> str:
    return f"{float(value):.1%}" if isinstance(value, int | float) else "not known"


def _of(part: object, whole: object) -> str:
    return "not known" if part is None or whole is None else f"{part} of {whole}"


def print_headline(results: Results) -> None:
    """Print, for every scenario, who is reached in time."""
    table = Table(title=f"{results.study.study.title.en}: who is reached in time")
    table.add_column("reached, from the dispatch order")
    for summary in results.scenarios:
        table.add_column(escape(summary.title_en), justify="right")
    limit_min = results.rules["response_s"].value / 60
    rows = [
        (f"population within {m:g} min", f"population_share_{band(m)}") for m in results.minutes
    ]
    rows.append((f"urban built-up area within {limit_min:g} min (stations)", "urban_reached_share"))
    for label, key in rows:
        table.add_row(label, *(_share(s.figures.get(key)) for s in results.scenarios))
    village_min = results.study.assessment.village_minutes
    table.add_row(
        f"villages within {village_min:g} min",
        *(_of(s.figures["villages_reached"], s.figures["villages"]) for s in results.scenarios),
    )
    console = Console()
    console.print(table)
    if results.modelled:
        console.print(f"Modelled layers, not the real thing: {', '.join(results.modelled)}")


def print_findings(rows: Sequence[Mapping[str, str]]) -> None:
    """Print what an audit of the plan found, each finding with the cells it rests on."""
    table = Table("grade", "finding", "text", "cells", title="audit of the plan", show_lines=True)
    for row in rows:
        table.add_row(*(escape(row[key]) for key in ("grade", "id", "text", "cells")))
    console = Console()
    console.print(table)
    console.print(f"{len(rows)} finding(s)")


def print_ranking(results: Results) -> None:
    """Print the candidates in order, with what each adds to the baseline."""
    table = Table("rank", "candidate", "population", "built-up km²", "villages", title="candidates")
    for row in results.candidates.sort_values(["rank", "id"]).itertuples():
        rank = f"{row.rank} (tied)" if row.tied else str(row.rank)
        table.add_row(
            rank,
            escape(f"{row.name} ({row.id})"),
            f"{row.population_gain:,.0f}",
            f"{row.built_up_gain_km2:.2f}",
            f"{row.villages_gain:.0f}",
        )
    console = Console()
    console.print(table)
    console.print("Each column is what the candidate alone newly brings within the standard.")


_WHY: Mapping[Reason, str] = {
    "not_in_service": "not in service in this scenario",
    "no_position": "its position is not known",
    "station_off_road": "it stands too far off the roads that its vehicle can drive",
    "too_far_from_road": "the place lies too far off the roads that its vehicle can drive",
    "no_way": "no way leads there for its vehicle",
}


def print_response(place: AskedPlace, response: Response, units: int) -> None:
    """Print who comes to a place, in order, and which stations do not come, and why."""
    console = Console()
    table = Table(title=f"who comes to {escape(place.name)}, from the dispatch order")
    table.add_column("rank", justify="right")
    table.add_column("station")
    for name in ("turnout s", "drive min", "walk min", "arrival min", "km"):
        table.add_column(name, justify="right")
    table.add_column("roads")
    for each in response.coming[:units]:
        table.add_row(*_arrival(each))
    if response.coming:
        console.print(table)
        off_m = response.coming[0].off_road_m
        console.print(f"The place lies {off_m:.0f} m off the road.")
    else:
        console.print(f"Nobody comes to {escape(place.name)}.")
    more = len(response.coming) - units
    if more > 0:
        console.print(f"{more} more would come after these.")
    for absent in response.absent:
        console.print(_absence(absent, place.limit_m), highlight=False)


def _arrival(each: Coming) -> tuple[str, ...]:
    km = "" if each.path is None else f"{each.path.length_m / 1000:.1f}"
    roads = () if each.path is None else each.path.names
    return (
        str(each.rank),
        escape(f"{each.name} ({each.id})"),
        f"{each.turnout_s:.0f}",
        f"{(each.station_s + each.drive_s) / 60:.1f}",
        f"{each.walk_s / 60:.1f}",
        f"{each.arrival_s / 60:.1f}",
        km,
        escape(" → ".join(roads)),
    )


def _absence(absent: Absent, limit_m: float) -> str:
    told = f"does not come: {escape(f'{absent.name} ({absent.id})')}: {_WHY[absent.reason]}"
    if math.isnan(absent.distance_m):
        return told
    limit = f", the limit is {limit_m:g} m" if absent.reason == "too_far_from_road" else ""
    return f"{told} ({absent.distance_m:.0f} m{limit})"

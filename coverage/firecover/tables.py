"""Tables for the terminal: what a check found, the headline of a run, the ranking."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from firecover.analysis.place import AskedPlace
from firecover.assessment.response import Absent, Coming, Reason, Response
from firecover.layers.read import LayerCheck
from firecover.results import Results, band

#: Columns of a table with many figures, where nobody says how wide the terminal is.
WIDE = 150
#: What stands for a figure that no layer tells.
UNKNOWN = "not known"


def _wide_console() -> Console:
    """Return a console; one that writes to a file or a pipe is wide enough for every figure."""
    console = Console()
    return console if console.is_terminal else Console(width=max(console.width, WIDE))


def print_check(check: LayerCheck) -> None:
    """Print what every layer holds, what was repaired or left out, and what is refused."""
    console = Console()
    table = Table("layer", "kind", "features", title="layers")
    # A path that is cut short is of no use.
    table.add_column("file", overflow="fold")
    table.add_column("found", overflow="fold")
    for row in check.rows:
        notes = [f"{note.action}: {note.count} {note.en}" for note in row.quality]
        refused = [f"[red]refused:[/] {escape(str(problem))}" for problem in row.problems]
        table.add_row(
            row.name,
            row.kind,
            "-" if row.features is None else f"{row.features:,}",
            escape(row.file),
            "\n".join([*(escape(note) for note in notes), *refused]) or "in order",
        )
    console.print(table)
    if check.ok:
        console.print("The study can be run.")
    else:
        console.print(f"{len(check.problems)} problem(s): the study cannot be run.")


def _km(figures: Mapping[str, object], minutes: float) -> str:
    length_km = figures.get(f"reached_road_{band(minutes)}_km")
    return f"{float(length_km):,.1f} km" if isinstance(length_km, int | float) else UNKNOWN


def _share(value: object) -> str:
    return f"{float(value):.1%}" if isinstance(value, int | float) else UNKNOWN


def _of(part: object, whole: object) -> str:
    return UNKNOWN if part is None or whole is None else f"{part} of {whole}"


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
    village_min = results.study.assessment.village_minutes
    told = [(name, [_share(s.figures.get(key)) for s in results.scenarios]) for name, key in rows]
    villages = [
        _of(s.figures["villages_reached"], s.figures["villages"]) for s in results.scenarios
    ]
    told.append((f"villages within {village_min:g} min", villages))
    if all(cell == UNKNOWN for _, cells in told for cell in cells):
        told = [
            (f"roads within {m:g} min", [_km(s.figures, m) for s in results.scenarios])
            for m in results.minutes
        ]
    for name, cells in told:
        table.add_row(name, *cells)
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


def print_ranking(
    candidates: pd.DataFrame, figures: Mapping[str, float | int | str | None]
) -> None:
    """Print the candidates in order, by every criterion, and how sure the order is.

    Parameters
    ----------
    candidates, figures
        ``candidates`` and ``ranking_figures`` of :class:`firecover.results.Results`.
    """
    console = _wide_console()
    if not len(candidates):
        console.print("The study has no candidates: there is nothing to rank.")
        return
    table = Table("rank", title="candidates", caption=_CRITERIA_TOLD)
    table.add_column("candidate", min_width=12, ratio=1, overflow="fold")
    for heading in (*(heading for heading, _, _ in _CRITERIA), "score", "P first", "ranks"):
        table.add_column(heading, justify="right")
    for row in candidates.sort_values(["rank", "id"]).to_dict("records"):
        criteria = (_number(row[name], digits) for _, name, digits in _CRITERIA)
        ranks = (_number(row[name], 0) for name in ("rank_p05", "rank_p95"))
        table.add_row(
            f"{row['rank']} (tied)" if row["tied"] else str(row["rank"]),
            escape(f"{row['name']} ({row['id']})"),
            *criteria,
            _number(row["score"], 3),
            _number(row["p_first"], 2),
            "–".join(ranks),
        )
    console.print(table)
    console.print(_how_sure(figures), highlight=False)


_CRITERIA_TOLD = (
    "each alone, beside the stations of today: newly reached within the standard; km² by which "
    "jurisdictions are less above their caps; ranks: the interval of 90 % of the draws"
)
#: Heading, column and decimals of the criteria.
_CRITERIA = (
    ("population", "population_gain", 0),
    ("built-up km²", "built_up_gain_km2", 2),
    ("villages", "villages_gain", 0),
    ("caps km²", "area_gain_km2", 2),
    ("worst s", "worst_s", 0),
    ("overlap", "overlap_share", 2),
    ("hydrants", "hydrants", 0),
    ("10,000 yuan", "cost_10k_cny", 0),
)


def _number(value: float, digits: int) -> str:
    return "-" if math.isnan(value) else f"{value:,.{digits}f}"


def _how_sure(figures: Mapping[str, float | int | str | None]) -> str:
    """Tell whether the first can be told from the others."""
    chance = figures.get("p_first_beats_second")
    if not isinstance(chance, float):
        return (
            "Nothing is drawn, or there is nothing to compare: how sure the order is, is not known."
        )
    drawn = f"{figures['rankings']} rankings, {figures['speed_draws']} draws of speeds"
    told = f"The first beats the second in {chance:.0%} of {drawn}"
    if figures["separable"]:
        return f"{told}: it can be told apart from all others."
    group = escape(str(figures["not_separable"]))
    return f"{told}: that is too few to tell these apart: {group}."


def print_solutions(solutions: pd.DataFrame) -> None:
    """Print the answers of the models: which sites, proven or with the gap.

    Parameters
    ----------
    solutions
        ``solutions`` of :class:`firecover.results.Results`.
    """
    console = _wide_console()
    if not len(solutions):
        console.print("There is nothing to choose from, or nothing to cover.")
        return
    table = Table("answer", "further stations", "status", title="answers of the models")
    for heading in ("objective", "bound", "gap", "population", "built-up km²", "above caps km²"):
        table.add_column(heading, justify="right")
    for row in solutions.to_dict("records"):
        digits = _OBJECTIVE_DIGITS[str(row["unit"])]
        table.add_row(
            escape(str(row["id"])),
            escape(_chosen(row)),
            str(row["status"]),
            _objective(row, digits),
            _number(row["bound"], digits),
            _number(row["gap"], 6),
            _number(row["population_reached"], 0),
            _number(row["built_up_reached_km2"], 2),
            _number(row["excess_km2"], 2),
        )
    console.print(table)
    for row in solutions.to_dict("records"):
        if row["note"]:
            note = str(row["note"]).rpartition(" / ")[2]
            console.print(escape(f"{row['id']}: {note}"), highlight=False)


_OBJECTIVE_DIGITS = {"stations": 0, "share": 4, "s": 1, "km2": 3}


def _objective(row: Mapping[Hashable, Any], digits: int) -> str:
    value = _number(row["objective"], digits)
    return value if value == "-" else f"{value} {row['unit']}"


def _chosen(row: Mapping[Hashable, object]) -> str:
    if row["status"] in {"infeasible", "unknown"}:
        return "-"
    names, ids = (str(row[key]).split("、") for key in ("names", "chosen"))
    if not row["chosen"]:
        return "none"
    return "\n".join(f"{name} ({key})" for name, key in zip(names, ids, strict=True))


_WHY: Mapping[Reason, str] = {
    "not_in_service": "not in service in this scenario",
    "no_position": "its position is not known",
    "station_off_road": "it stands too far off the roads that its vehicle can drive",
    "too_far_from_road": "the place lies too far off the roads that its vehicle can drive",
    "no_way": "no way leads there for its vehicle",
}


def print_response(place: AskedPlace, response: Response, units: int) -> None:
    """Print who comes to a place, in order, and which stations do not come, and why."""
    console = _wide_console()
    table = Table(title=f"who comes to {escape(place.name)}, from the dispatch order")
    table.add_column("rank", justify="right")
    table.add_column("station", overflow="fold")
    for name in ("turnout s", "drive min", "walk min", "arrival min", "km"):
        table.add_column(name, justify="right")
    table.add_column("roads", overflow="fold")
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

"""Tables for the terminal: what a check found, the headline of a run, the ranking."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

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

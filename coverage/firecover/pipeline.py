"""Run a study from its files to its outputs: the only place that knows the order of the steps."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from firecover.analysis import compute
from firecover.layers import read_layers
from firecover.outputs.folder import replaced_folder
from firecover.outputs.geopackage import write_geopackage
from firecover.outputs.manifest import write_manifest
from firecover.outputs.maps.pages import write_maps
from firecover.outputs.qgis import write_qgis_project
from firecover.outputs.rasters import surface_name, surface_tags, write_relief, write_surface
from firecover.outputs.report.compose import report_of, write_page
from firecover.outputs.report.docx_file import write_docx
from firecover.outputs.report.fonts import CJK_FAMILIES, find_cjk_family, lettering
from firecover.outputs.report.xlsx_file import write_xlsx
from firecover.outputs.results_json import results_to_dict, write_results_json
from firecover.results import Results
from firecover.study import load_study

Step = Literal["isochrones", "assessment", "ranking", "maps", "report"]
Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
DEFAULT_STUDY = Path("data/raw/youyang/study.toml")

#: What each step writes; a run without a step writes all of it.
GIS_STEPS: tuple[Step, ...] = ("isochrones", "ranking")
FIGURE_STEPS: tuple[Step, ...] = ("assessment", "ranking")


@dataclass(frozen=True)
class Run:
    """Where a run has put its outputs, and what it found."""

    results: Results
    folder: Path
    maps: Path | None


@contextmanager
def _progress(steps: int) -> Iterator[Callable[[str], None]]:
    """Show the step under way and how far the run is; plain lines where nobody watches."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step: console.print(f"· {step}", highlight=False, markup=False)
        return
    columns = (SpinnerColumn(), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=steps)

        def on_step(step: str) -> None:
            progress.update(task, advance=1, description=escape(step))

        yield on_step
        progress.update(task, completed=steps, description="done")


def analyse(study: Path | str, on_step: Callable[[str], None] = lambda _: None) -> Results:
    """Read a study and compute its results, writing nothing.

    Parameters
    ----------
    study
        The study file, or its folder.
    on_step
        Called with the name of each step as it begins.

    Raises
    ------
    FirecoverError
        If the study or a layer cannot be used; the message says what, where and what to do.
    """
    on_step("study")
    asked = load_study(study)
    layers = read_layers(asked, on_layer=lambda name: on_step(f"layer {name}"))
    return compute(asked, layers, on_step)


def run(
    study: Path | str = DEFAULT_STUDY,
    out: Path | str = "data/processed",
    maps: Path | str | None = None,
    *,
    languages: Sequence[Language] = LANGUAGES,
    only: Step | None = None,
    command: Sequence[str] = ("firecover", "run"),
) -> Run:
    """Compute a study and write its outputs.

    The outputs are built beside their folders and swapped in at the end, so that a run that
    fails or is stopped leaves the last good ones as they were.

    Parameters
    ----------
    study
        The study file, or its folder.
    out
        The folder that gets a folder named after the study, with tables, layers, rasters
        and reports.
    maps
        The folder that gets a folder of maps named after the study: ``maps/`` beside the
        study's repository by default, or ``out``/``<study>``/``maps`` when another ``out`` is
        given.
    languages
        The languages of the reports.
    only
        Write the outputs of one step only, and keep the others as they are.
    command
        How the run was called, for the record in ``manifest.json``.

    Raises
    ------
    FirecoverError
        If an input cannot be used or an output cannot be written.
    """
    began, clock = datetime.now(tz=UTC), time.monotonic()
    asked = load_study(study)
    folder = Path(out) / asked.study.id
    # the study, its layers, five steps for all scenarios, one each, and the outputs
    steps = 1 + len(asked.layers) + 5 + len(asked.scenarios) + 4 + len(languages)
    with _progress(steps) as on_step:
        results = analyse(study, on_step)
        map_folder = Path("maps" if maps is None else maps) / asked.study.id
        wants_maps = only in (None, "maps")
        with replaced_folder(folder) as building:
            if only is not None and folder.is_dir():
                kept = shutil.ignore_patterns("export")  # made from the package that is replaced
                shutil.copytree(folder, building, dirs_exist_ok=True, ignore=kept)
            _write(results, building, languages, only, on_step)
            if wants_maps:
                on_step("maps")
                with replaced_folder(map_folder) as drawing:
                    write_maps(results, drawing)
            write_manifest(
                results,
                building / "manifest.json",
                command=command,
                started=began,
                seconds=time.monotonic() - clock,
            )
    if only in (None, "report") and "zh" in languages:
        _tell_if_no_chinese_font()
    return Run(results, folder, map_folder if wants_maps else None)


def _tell_if_no_chinese_font() -> None:
    if find_cjk_family() is None:
        Console(stderr=True).print(
            "No installed font draws Chinese: the figures of the Chinese report are lettered in "
            f"English. Install one of {', '.join(CJK_FAMILIES)} (Debian: fonts-noto-cjk) and run "
            "again.",
            style="yellow",
            highlight=False,
        )


def _write(
    results: Results,
    folder: Path,
    languages: Sequence[Language],
    only: Step | None,
    on_step: Callable[[str], None],
) -> None:
    if only is None or only in GIS_STEPS:
        on_step("GeoPackage and QGIS project")
        write_geopackage(results, folder / "coverage.gpkg")
        for scenario in results.scenarios:
            write_surface(
                scenario.surface,
                folder / surface_name(scenario.id),
                title=scenario.title_en,
                tags=surface_tags(results, scenario.id),
            )
        write_relief(results, folder)
        write_qgis_project(results, folder)
    if only is None or only in FIGURE_STEPS:
        on_step("figures")
        write_results_json(results, folder / "results.json")
    if only in (None, "report"):
        figures = results_to_dict(results)
        for language in languages:
            on_step(f"report ({language})")
            report = report_of(figures, results, language, lettering(language))
            write_page(report, folder / f"report.{language}.html")
            write_docx(report, folder / f"report.{language}.docx")
        on_step("annex")
        write_xlsx(figures, folder / "annex.xlsx", languages[0])

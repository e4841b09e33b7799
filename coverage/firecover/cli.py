"""The command line: each command parses, calls one function and prints."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="firecover",
    help="Plan fire-station coverage: who is reached in time, what each candidate site adds, "
    "and where the next stations should go.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

BUNDLED = Path("data/raw/youyang/study.toml")
StudyArgument = Annotated[Path, typer.Argument(help="The study file, or its folder.")]
NoCache = Annotated[
    bool,
    typer.Option("--no-cache", help="Build the network anew, and keep nothing for later runs."),
]
#: Exit codes: the program's own fault, an input or a folder that cannot be used, stopped by the
#: user.
INTERNAL, BAD_INPUT, STOPPED = 1, 2, 130


class StepName(StrEnum):
    """A step whose outputs alone are written."""

    ISOCHRONES = "isochrones"
    ASSESSMENT = "assessment"
    RANKING = "ranking"
    MAPS = "maps"
    REPORT = "report"


class ModelName(StrEnum):
    """A siting model."""

    MCLP = "mclp"
    LSCP = "lscp"
    PMEDIAN = "pmedian"
    PCENTER = "pcenter"
    BACKUP = "backup"
    FULL_FORCE = "full-force"
    AREA_CAP = "area-cap"


class FormatName(StrEnum):
    """A format to which a finished run's layers are exported."""

    SHP = "shp"
    GEOJSON = "geojson"
    FGB = "fgb"
    PARQUET = "parquet"
    KML = "kml"


class LanguageName(StrEnum):
    """A language of the reports."""

    ZH = "zh"
    EN = "en"


@app.command()
def run(
    study: StudyArgument = BUNDLED,
    out: Annotated[Path, typer.Option(help="The folder for results.")] = Path("data/processed"),
    maps: Annotated[Path, typer.Option(help="The folder for maps.")] = Path("maps"),
    lang: Annotated[
        list[LanguageName] | None,
        typer.Option(help="A language of the report; twice for two. Both without it."),
    ] = None,
    only: Annotated[
        StepName | None, typer.Option(help="Write the outputs of one step, keep the others.")
    ] = None,
    *,
    no_cache: NoCache = False,
) -> None:
    """Compute a study and write its layers, figures, maps and reports."""
    from firecover import pipeline
    from firecover.tables import print_headline

    _use_cache(wanted=not no_cache)
    done = pipeline.run(
        study,
        out,
        maps,
        languages=tuple(name.value for name in lang) if lang else pipeline.LANGUAGES,
        only=only.value if only else None,
        command=["firecover", *sys.argv[1:]],
    )
    print_headline(done.results)
    typer.echo(f"results: {done.folder}")
    if done.maps:
        typer.echo(f"maps:    {done.maps / 'index.html'}")


@app.command()
def check(study: StudyArgument = BUNDLED) -> None:
    """Check a study file and every layer: what was found, repaired, refused."""
    from firecover.layers.read import check_layers
    from firecover.study import load_study
    from firecover.tables import print_check

    found = check_layers(load_study(study))
    print_check(found)
    if not found.ok:
        raise typer.Exit(BAD_INPUT)


@app.command()
def who(
    study: Annotated[Path, typer.Argument(help="The study file, or its folder.")],
    place: Annotated[
        str, typer.Argument(help='A village\'s id or name, or "longitude,latitude" in degrees.')
    ],
    scenario: Annotated[str, typer.Option(help="A scenario of the study.")] = "baseline",
    units: Annotated[int, typer.Option(min=1, help="How many arrivals are shown.")] = 3,
    *,
    no_cache: NoCache = False,
) -> None:
    """Tell who comes to a place: which stations, when, and by which roads."""
    from firecover.analysis.place import place_response
    from firecover.layers import read_layers
    from firecover.study import load_study
    from firecover.tables import print_response

    _use_cache(wanted=not no_cache)
    asked = load_study(study)
    found, response = place_response(asked, read_layers(asked), place, scenario, units)
    print_response(found, response, units)


@app.command()
def rank(
    study: StudyArgument = BUNDLED,
    stations: Annotated[
        int | None, typer.Option(min=1, max=50, help="How many further stations.")
    ] = None,
    model: Annotated[ModelName, typer.Option(help="The model that is asked.")] = ModelName.MCLP,
    time_limit: Annotated[
        float | None,
        typer.Option(min=0.001, help="Seconds for one optimum; then the best with its gap."),
    ] = None,
    *,
    no_cache: NoCache = False,
) -> None:
    """Rank the candidates, say how sure that is, and choose the best further stations."""
    from firecover.analysis.siting import asked_otherwise
    from firecover.analysis.siting import rank as rank_study
    from firecover.layers import read_layers
    from firecover.study import load_study
    from firecover.tables import print_ranking, print_solutions

    _use_cache(wanted=not no_cache)
    asked = asked_otherwise(load_study(study), model.value, stations, time_limit)
    found = rank_study(asked, read_layers(asked))
    print_ranking(found.candidates, found.figures)
    print_solutions(found.solutions)


@app.command("audit-plan")
def audit_plan(
    study: StudyArgument = BUNDLED,
    lang: Annotated[LanguageName, typer.Option(help="The language.")] = LanguageName.ZH,
) -> None:
    """Recompute the plan's tables in the study's folder `plan`, and say what does not add up."""
    from firecover.analysis.plan_audit import plan_findings
    from firecover.plan import findings_table
    from firecover.study import load_study
    from firecover.tables import print_findings

    print_findings(findings_table(plan_findings(load_study(study)), lang.value))


@app.command()
def export(
    study: StudyArgument = BUNDLED,
    format_: Annotated[
        list[FormatName] | None, typer.Option("--format", help="A format; again for another.")
    ] = None,
    postgis: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="A database, postgresql://user@host/db; its password is taken from PGPASSWORD "
            "or ~/.pgpass.",
        ),
    ] = None,
    schema: Annotated[str, typer.Option(help="The schema in it; the study's id without it.")] = "",
    *,
    layers: Annotated[
        list[str] | None, typer.Option(help="Layers, with commas between; all without it.")
    ] = None,
    crs: Annotated[
        str, typer.Option(help="Another CRS, such as EPSG:4490; not for GeoJSON and KML.")
    ] = "",
    out: Annotated[Path, typer.Option(help="The folder for results, as for run.")] = Path(
        "data/processed"
    ),
    gcj02: Annotated[
        bool, typer.Option("--gcj02", help="Shift to GCJ-02, and end the layers' names in it.")
    ] = False,
) -> None:
    """Write the layers of a finished run for other programs, or into PostGIS."""
    if not format_ and postgis is None:
        raise typer.BadParameter("name a --format (shp, geojson, fgb, parquet, kml) or --postgis")  # noqa: EM101, TRY003
    from firecover.outputs.exports.crs import Target
    from firecover.outputs.exports.export import export_files, export_postgis
    from firecover.outputs.geopackage import FILE_NAME
    from firecover.study import load_study

    package = out / load_study(study).study.id / FILE_NAME
    names = [name.strip() for each in layers or () for name in each.split(",") if name.strip()]
    target = Target(crs, gcj02)
    for name in format_ or ():
        typer.echo(export_files(package, name.value, names, target))
    if postgis is not None:
        typer.echo(export_postgis(package, postgis, schema, names, target))


@app.command()
def new(folder: Annotated[Path, typer.Argument(help="The folder for the new study.")]) -> None:
    """Write a commented study file for another county."""
    from firecover.new_study import write_new_study

    typer.echo(f"written: {write_new_study(folder)}")


def _use_cache(*, wanted: bool) -> None:
    """Switch off, for this process, all that is kept between runs."""
    if not wanted:
        os.environ["FIRECOVER_CACHE"] = "off"


@contextmanager
def guarded(*, debug: bool = False) -> Iterator[None]:
    """Tell errors in words, and end with 2 (theirs to mend), 1 (a fault here) or 130 (stopped)."""
    from firecover.errors import FirecoverError

    try:
        yield
    except FirecoverError as error:
        if debug:
            raise
        typer.secho("firecover stops:", fg="red", err=True)
        for line in str(error).splitlines():
            typer.echo(f"  {line}", err=True)
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        _tell_stopped()
        sys.exit(STOPPED)
    except SystemExit as ended:  # what becomes of Ctrl-C inside a command
        if ended.code == STOPPED:
            _tell_stopped()
        raise
    except Exception as error:
        if debug:
            raise
        typer.echo(f"firecover failed: {type(error).__name__}: {error}", err=True)
        typer.echo("this is a fault of the program; --debug shows where", err=True)
        sys.exit(INTERNAL)


def _tell_stopped() -> None:
    typer.echo("stopped; the last good results are as they were", err=True)


def main() -> None:
    """Run the command line."""
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    with guarded(debug=debug):
        app()


if __name__ == "__main__":
    main()

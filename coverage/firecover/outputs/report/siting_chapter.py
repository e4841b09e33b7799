"""The chapter on where the next stations go: its sections, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from markupsafe import Markup

from firecover.outputs.report import figures
from firecover.outputs.report import siting_answers as told
from firecover.outputs.report import siting_argument as argued
from firecover.outputs.report.fonts import Lettering
from firecover.outputs.report.model import Block, Image, Paragraph, Picture
from firecover.outputs.report.reader import Reader
from firecover.outputs.report.siting_chart import gain_chart, rank_chart
from firecover.results import Results

#: What the charts are drawn from.
CRITERIA_LAYERS = ("candidates", "population", "built_up", "villages")
MAP_LAYERS = ("candidates", "stations", "roads")


def opening(reader: Reader) -> list[Block | None]:
    """Return what stands before the sections: nothing, or that there are no candidates."""
    if reader.raw("ranking", "candidates"):
        return []
    return [Paragraph(reader.say("sentence", "no_candidates"))]


def parts(
    reader: Reader,
    results: Results,
    letters: Lettering,
    sources: Callable[[Reader, Sequence[str]], Markup],
) -> Iterator[tuple[str, Iterable[Block | None]]]:
    """Go through the sections by key; none without candidates.

    Parameters
    ----------
    reader, results, letters
        The figures, the geometries of the map, and how drawings are lettered.
    sources
        Says which layers, of what kind, a figure is drawn from.
    """
    if not reader.raw("ranking", "candidates"):
        return
    in_figures = figures.words_of(letters, reader)

    def drawn(key: str, image: Image | None, layers: Sequence[str]) -> Picture | None:
        if image is None:
            return None
        return Picture(reader.say("figure", key), image, sources(reader, layers))

    chances, gains = rank_chart(in_figures, letters), gain_chart(in_figures, letters)
    places = figures.candidate_map(results, in_figures, letters)
    yield "site_argument", argued.argument(reader)
    yield "site_area", argued.area(reader)
    yield (
        "site_criteria",
        [
            *told.criteria(reader),
            drawn("site_ranks", chances, CRITERIA_LAYERS),
            drawn("candidates", places, MAP_LAYERS),
            *told.excluded(reader),
        ],
    )
    yield (
        "site_answers",
        [
            *told.answers(reader),
            drawn("site_gain", gains, CRITERIA_LAYERS),
            *told.alternatives(reader),
        ],
    )
    yield "site_phasing", told.phasing(reader)
    yield "site_method", told.method(reader)

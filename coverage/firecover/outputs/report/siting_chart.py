"""The charts on where the next stations go: chances of ranks, and what each further site adds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from firecover.outputs.report.figures import label
from firecover.outputs.report.fonts import Lettering
from firecover.outputs.report.map_drawing import PAGE_MM, Legend, as_drawing, new_sheet
from firecover.outputs.report.model import Image
from firecover.outputs.report.reader import BASELINE, Place, Reader
from firecover.outputs.report.sites import Sites

#: Sites whose ranks are drawn.
MOST_BARS = 10
#: The first and the last rank of each group that is drawn; the last group has no end.
RANKS = ((1, 1), (2, 2), (3, 3), (4, 5), (6, 10), (11, 0))
#: From dark to light, told apart in grey too; the letters on the dark ones are white.
SHADES = ("#08306b", "#2a6fb0", "#6aa7d6", "#a6cbe6", "#d3e3f2", "#f2f4f7")
DARK = 2
#: A chance is written on its bar from this on.
WRITTEN = 0.06
EDGE = "#1d2126"
NAMES_MM, BAR_MM = 46.0, 6.2
LEGEND_MM, LEGEND_COLUMNS = 4.6, 3
Group = tuple[int, int]


def rank_chart(reader: Reader, letters: Lettering) -> Image | None:
    """Draw how probable each rank is for the best ranked sites; None where nothing was drawn."""
    chance: dict[str, dict[int, float]] = {}
    for _, row in reader.rows("ranking", "acceptability"):
        chance.setdefault(str(row["id"]), {})[int(row["rank"])] = float(row["p"] or 0)
    bars = [it for it in Sites(reader).ranked if str(it[1]["id"]) in chance][:MOST_BARS]
    if not bars:
        return None
    groups = _groups(max(len(ranks) for ranks in chance.values()))
    across = min(len(groups), LEGEND_COLUMNS)
    legend_mm = LEGEND_MM * -(-len(groups) // across) + 2
    height, wide = legend_mm + 11 + BAR_MM * len(bars), PAGE_MM - NAMES_MM - 3
    sheet = new_sheet(letters, PAGE_MM, height)
    axes = sheet.axes(NAMES_MM, 10, wide, BAR_MM * len(bars))
    for at, (_, values) in enumerate(bars):
        ranks = chance[str(values["id"])].items()
        _bar(axes, letters, at, [_within(ranks, group) for group in groups])
    small = letters.properties(7)
    names = [_name(letters, reader, place) for place, _ in bars]
    _dress(axes, letters, label(reader, "site_ranks_axis"), grid="x")
    axes.set_yticks(range(len(bars)), names, fontproperties=small, parse_math=False)
    axes.set_xticks(range(0, 101, 20), [str(n) for n in range(0, 101, 20)], fontproperties=small)
    axes.set_xlim(0, 100)
    axes.set_ylim(len(bars) - 0.5, -0.5)
    place = (NAMES_MM, height - legend_mm, wide, legend_mm)
    legend = Legend(sheet, place, column_mm=wide / across)
    for shade, group in enumerate(groups):
        legend.area(_group(reader, group), fc=SHADES[shade], ec=EDGE, lw=0.35)
    return as_drawing(sheet, "ranks")


def _bar(axes: Axes, letters: Lettering, row: int, parts: Sequence[float]) -> None:
    """Draw one site's bar, the chance of each group of ranks after the other."""
    font, left = letters.properties(6.5), 0.0
    for shade, p in enumerate(parts):
        style: dict[str, Any] = {"color": SHADES[shade], "edgecolor": EDGE, "linewidth": 0.35}
        if p > 0:
            axes.barh(row, 100 * p, 0.74, left=left, zorder=3, **style)
        if p >= WRITTEN:
            axes.text(
                left + 50 * p,
                row,
                f"{100 * p:.0f}",
                ha="center",
                va="center",
                color="white" if shade < DARK else EDGE,
                fontproperties=font,
                zorder=4,
            )
        left += 100 * p


def _within(ranks: Iterable[tuple[int, float]], group: Group) -> float:
    low, high = group
    return sum(p for rank, p in ranks if low <= rank and (not high or rank <= high))


def _groups(count: int) -> list[Group]:
    """Return the groups of ranks that there are."""
    return [(low, min(high, count)) for low, high in RANKS if low <= count]


def _group(reader: Reader, group: Group) -> str:
    low, high = group
    if not high:
        return label(reader, "site_rank_from", low=low)
    if low == high:
        return label(reader, "site_rank", rank=low)
    return label(reader, "site_rank_range", low=low, high=high)


def _name(letters: Lettering, reader: Reader, place: Place) -> str:
    keys = ("name_en", "name") if letters.lang == "en" else ("name", "name_en")
    told = letters.name(*(reader.raw(*place, key) for key in keys))
    return told or str(reader.raw(*place, "id"))


def gain_chart(reader: Reader, letters: Lettering) -> Image | None:
    """Draw what is reached with each further site, one after another; None without steps."""
    if not reader.rows("ranking", "steps"):
        return None
    curves = [(key, share) for key, share in _curves(reader) if share is not None]
    if not curves:
        return None
    sheet = new_sheet(letters, PAGE_MM, 66)
    axes = sheet.axes(14, 11, PAGE_MM - 17, 46)
    legend = Legend(sheet, (14, 58, PAGE_MM - 17, 7), column_mm=(PAGE_MM - 17) / 3)
    small = letters.properties(7)
    for (key, shares), (colour, dashes, marker) in zip(curves, _LINES, strict=False):
        style: dict[str, Any] = {"color": colour, "linestyle": dashes, "marker": marker}
        axes.plot(range(len(shares)), shares, **style, linewidth=1.3, markersize=4, zorder=3)
        legend.line(label(reader, f"site_gain_{key}"), **style, lw=1.3, markersize=4, clip_on=False)
    count = len(curves[0][1])
    _dress(axes, letters, label(reader, "site_gain_axis"), grid="y")
    axes.set_ylabel(label(reader, "site_gain_share"), fontproperties=small, labelpad=2)
    axes.set_xticks(range(count), [str(n) for n in range(count)], fontproperties=small)
    axes.set_yticks(range(0, 101, 20), [str(n) for n in range(0, 101, 20)], fontproperties=small)
    axes.set_xlim(-0.2, count - 0.8)
    axes.set_ylim(0, 104)
    return as_drawing(sheet, "gains")


_LINES = (("#08306b", "-", "o"), ("#b3261e", "--", "s"), ("#4c545c", ":", "^"))


def _curves(reader: Reader) -> list[tuple[str, Sequence[float] | None]]:
    """Return by kind the share reached today and with each further site, in percent."""
    band = reader.response_band
    kinds = {
        "population": (f"population_reached_{band}", "population_total", "population_gain"),
        "built_up": ("urban_reached_km2", "urban_km2", "built_up_gain_km2"),
        "villages": ("villages_reached", "villages", "villages_gain"),
    }
    found: list[tuple[str, Sequence[float] | None]] = []
    for kind, (today, total, gain) in kinds.items():
        begin, whole = (reader.figure(*reader.headline(BASELINE, key)) for key in (today, total))
        if begin is None or not whole:
            found.append((kind, None))
            continue
        gains = [float(row[gain] or 0) for _, row in reader.rows("ranking", "steps")]
        found.append((kind, list(100 * (begin + np.cumsum([0.0, *gains])) / whole)))
    return found


def _dress(axes: Axes, letters: Lettering, text: str, grid: str) -> None:
    axes.tick_params(length=2, width=0.5)
    axes.grid(axis=grid, color="#dddddd", linewidth=0.5, zorder=0)  # type: ignore[arg-type]
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_linewidth(0.6)
    axes.set_xlabel(text, fontproperties=letters.properties(7.5), labelpad=2)

"""The chart of the report: who is reached within each band, scenario by scenario."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from firecover.outputs.report.figures import label, plain
from firecover.outputs.report.fonts import Lettering
from firecover.outputs.report.map_drawing import PAGE_MM, Legend, Sheet, as_drawing, new_sheet
from firecover.outputs.report.model import Image
from firecover.outputs.report.reader import Reader
from firecover.results import band

#: The bars of one scenario after the other: light and dark by turns, then hatched as well, so
#: that they are told apart in grey too.
_BARS: tuple[dict[str, Any], ...] = (
    {"facecolor": "#b9c5d3"},
    {"facecolor": "#a50f22"},
    {"facecolor": "#f0c75e", "hatch": "////"},
    {"facecolor": "#0b5a8a", "hatch": "...."},
    {"facecolor": "#d9d9d9", "hatch": "xxxx"},
    {"facecolor": "#4b3b6b", "hatch": "\\\\\\\\"},
)
_EDGE: dict[str, Any] = {"edgecolor": "#1d2126", "linewidth": 0.4}


def share_chart(reader: Reader, letters: Lettering) -> Image | None:
    """Draw which share of the people each scenario reaches within each band; None without."""
    names = [
        name
        for name in reader.scenarios
        if reader.figure(*reader.headline(name, "population_total"))
    ]
    if not names:
        return None
    minutes = reader.raw("minutes")
    sheet = new_sheet(letters, PAGE_MM, 72)
    axes = sheet.axes(14, 11, PAGE_MM - 15, 52)
    width = 0.8 / len(names)
    places = np.arange(len(minutes))
    for i, name in enumerate(names):
        shares = [
            100 * (reader.figure(*reader.headline(name, f"population_share_{band(m)}")) or 0)
            for m in minutes
        ]
        at = places + (i - (len(names) - 1) / 2) * width
        axes.bar(at, shares, width * 0.92, **_BARS[i % len(_BARS)], **_EDGE, zorder=3)
        for x, share, m in zip(at, shares, minutes, strict=True):
            told = plain(
                reader.show("share", *reader.headline(name, f"population_share_{band(m)}"))
            )
            font = letters.properties(6.5)
            axes.text(x, share + 1.5, told, ha="center", fontproperties=font, parse_math=False)
    _dress_chart(axes, reader, letters, [f"{m:g}" for m in minutes])
    _explain_bars(sheet, reader, names)
    return as_drawing(sheet, "share")


def _dress_chart(axes: Axes, reader: Reader, letters: Lettering, ticks: Sequence[str]) -> None:
    font = letters.properties(7.5)
    axes.set_ylim(0, 112)
    axes.set_yticks(range(0, 101, 20), [str(n) for n in range(0, 101, 20)], fontproperties=font)
    axes.set_xticks(range(len(ticks)), ticks, fontproperties=font)
    axes.tick_params(length=2, width=0.5)
    axes.grid(axis="y", color="#dddddd", linewidth=0.5, zorder=0)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_linewidth(0.6)
    axes.set_xlabel(label(reader, "minutes_axis"), fontproperties=font, labelpad=2)
    axes.set_ylabel(label(reader, "share_axis"), fontproperties=font, labelpad=2)


def _explain_bars(sheet: Sheet, reader: Reader, names: Sequence[str]) -> None:
    legend = Legend(sheet, (14, 64, PAGE_MM - 15, 7), column_mm=(PAGE_MM - 15) / len(names))
    for i, name in enumerate(names):
        told = sheet.letters.name(plain(reader.title(name)), name)
        legend.area(told, **_BARS[i % len(_BARS)], **_EDGE)

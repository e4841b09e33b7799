"""How wide the columns of a table are: nothing is cut, and the table is as low as can be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from firecover.outputs.report.runs import Run

PORTRAIT_MM = 174.0
LANDSCAPE_MM = 261.0
MM_PER_PT = 25.4 / 72
#: Margins of a cell, both sides.
CELL_MARGINS_MM = 2 * 70 * 25.4 / 1440 + 0.3
#: Room left for a face that runs wider than the usual ones.
SLACK = 1.06
#: Longer words are broken, as programs do; a figure is not, nor what it stands right beside.
LONGEST_WORD_EM = 11.0
LONGEST_FIGURE_EM = 26.0
MONO_EM = 0.6
#: Chinese characters that stand together in the narrowest column; words and figures of a
#: column that is set to the right or in the middle stand on one line up to this length.
LEAST_EM = 4.0
LEAST_HEAD_EM = 3.0
ONE_LINE_EM = 11.0
STEP_MM = 1.0
#: How much room a column gives to another at a time, and how often.
EXCHANGED_MM = (1.0, 2.5, 6.0, 12.0)
MOST_EXCHANGES = 12
#: Where a line may end, other than between Chinese characters.
_ENDS = re.compile(r"[ \t\n\u3000，。；：、）】／/～·→]")


@cache
def sign_em(sign: str) -> float:
    """Return the width of a sign as a share of its size, of common faces."""
    if unicodedata.east_asian_width(sign) in "WFA":
        return 1.0
    if sign in " .,:;'|!ijlftI()[]":
        return 0.34
    if sign in "mwMW%@—":
        return 0.92
    return 0.7 if sign.isupper() else 0.56


@dataclass(frozen=True)
class Extent:
    """How much room a cell asks for, millimetres.

    For its longest word, for its longest line, and for all its lines beside each other.
    """

    word: float
    line: float
    whole: float


@dataclass(frozen=True)
class Asked:
    """How much room the cells of a table ask for; shape (rows, columns), 0 where none is."""

    words: NDArray[np.float64]
    lines: NDArray[np.float64]
    whole: NDArray[np.float64]

    @property
    def least_mm(self) -> float:
        """The width below which words would be broken."""
        return float(self.words.max(axis=0).sum())


def extent(
    runs: Sequence[Run],
    points: float,
    small_points: float,
    *,
    least_em: float = LEAST_EM,
    one_line: bool = False,
) -> Extent:
    """Return how much room the runs of a cell ask for, its margins among it.

    ``one_line`` asks for all of it, unless that is long, at least.
    """
    lines, longest, word, limit_em = [0.0], 0.0, 0.0, LONGEST_WORD_EM
    for piece in runs:
        size = (small_points if piece.small or piece.mono else points) * MM_PER_PT
        size *= SLACK if piece.bold else 1.0
        for sign in piece.text:
            if sign == "\n":
                lines.append(0.0)
                word, limit_em = 0.0, LONGEST_WORD_EM
                continue
            width = (sign_em(sign) if _breaks(sign) or not piece.mono else MONO_EM) * size
            lines[-1] += width
            if piece.kind == "figure":
                limit_em = LONGEST_FIGURE_EM
            elif _breaks(sign):
                word, limit_em = 0.0, LONGEST_WORD_EM
            word += width
            longest = max(longest, min(word, limit_em * size))
            if _ENDS.match(sign) and piece.kind != "figure":
                word, limit_em = 0.0, LONGEST_WORD_EM
    widest = max(lines)
    whole_line = one_line and widest <= ONE_LINE_EM * points * MM_PER_PT
    least = widest if whole_line else least_em * points * MM_PER_PT
    margins = CELL_MARGINS_MM
    return Extent(
        max(longest, min(least, widest)) * SLACK + margins,
        widest * SLACK + margins,
        sum(lines) * SLACK + margins,
    )


def _breaks(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) in "WF"


def column_widths(asked: Asked, room_mm: float) -> NDArray[np.float64]:
    """Share the room among the columns so that the rows are as low as can be.

    Parameters
    ----------
    asked
        What each cell asks for.
    room_mm
        The width that the table has; the least widths must fit in it.

    Returns
    -------
    widths
        Shape (columns,), millimetres, ``room_mm`` in sum.
    """
    least = asked.words.max(axis=0)
    most = np.maximum(asked.lines, asked.words).max(axis=0)
    widths = least.copy()
    while widths.sum() + STEP_MM <= room_mm and (widths < most).any():
        widths[_best_column(asked.whole, widths, most)] += STEP_MM
    widths = np.minimum(widths, most)
    widths += max(0.0, room_mm - widths.sum()) * most / most.sum()
    return _exchanged(asked, least, widths)


def _exchanged(
    asked: Asked, least: NDArray[np.float64], widths: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Let columns give room to others for as long as that takes lines away."""
    best = table_height(asked, widths)
    for _ in range(MOST_EXCHANGES):
        tried = []
        for giver, taker, step in product(range(len(widths)), range(len(widths)), EXCHANGED_MM):
            if giver != taker and widths[giver] - step >= least[giver]:
                other = widths.copy()
                other[giver] -= step
                other[taker] += step
                tried.append((table_height(asked, other), step, giver, taker))
        if not tried or min(tried)[0] >= best:
            break
        best, step, giver, taker = min(tried)
        widths[giver] -= step
        widths[taker] += step
    return widths


def table_height(asked: Asked, widths: NDArray[np.float64]) -> float:
    """Return the lines of all rows, each as high as its highest cell."""
    room = np.maximum(widths - CELL_MARGINS_MM, 1.0)
    return float(np.ceil((asked.whole - CELL_MARGINS_MM) / room).max(axis=1).sum())


def _best_column(
    asked: NDArray[np.float64], widths: NDArray[np.float64], most: NDArray[np.float64]
) -> int:
    """Return the column that lowers the rows most by becoming a step wider."""
    now, then = asked / widths, asked / (widths + STEP_MM)
    ordered = np.sort(now, axis=1)
    highest, next_high = ordered[:, -1:], ordered[:, -2:-1] if now.shape[1] > 1 else 0.0
    others = np.where(now == highest, next_high, highest)
    gain = (highest - np.maximum(others, then)).sum(axis=0) + 1e-3 * (now - then).sum(axis=0)
    gain[widths >= most] = -1.0
    return int(gain.argmax())

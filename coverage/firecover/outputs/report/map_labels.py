"""Where names stand on a printed map: clear of the stations and of each other, if that can be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from firecover.outputs.report.docx_widths import MM_PER_PT, sign_em

#: Half the side of the room that a station's sign takes, and the room left around names.
SIGN_MM, GAP_MM = 1.6, 0.3
#: How far above its place a name is tried, the nearest first; a name is a little over 1 em high.
OFFSETS_MM = (0.0, -2.6, 2.6, -4.2, 4.2)
LINE_EM = 1.25
Box = tuple[float, float, float, float]


@dataclass
class Room:
    """What of a map is taken; places and boxes (left, foot, right, top) are millimetres."""

    taken: list[Box] = field(default_factory=list)

    def block_signs(self, places: Iterable[tuple[float, float]]) -> None:
        """Keep the room of signs."""
        self.taken += [(x - SIGN_MM, y - SIGN_MM, x + SIGN_MM, y + SIGN_MM) for x, y in places]

    def block_name(
        self, at: tuple[float, float], text: str, size_pt: float, above_mm: float
    ) -> None:
        """Keep the room of a name that stands where it stands."""
        self.taken.append(_box(at, text, size_pt, above_mm))

    def place(
        self,
        at: tuple[float, float],
        text: str,
        size_pt: float,
        offsets_mm: Sequence[float] = OFFSETS_MM,
    ) -> float:
        """Return how far above its place a name stands best, and keep its room.

        The first offset is taken where nothing is in the way, else the one with the least.
        """
        boxes = [_box(at, text, size_pt, above) for above in offsets_mm]
        covered = [sum(_shared(box, other) for other in self.taken) for box in boxes]
        best = covered.index(min(covered))
        self.taken.append(boxes[best])
        return offsets_mm[best]


def _box(at: tuple[float, float], text: str, size_pt: float, above_mm: float) -> Box:
    """Return the room of a name set above its place, below it (negative) or on it."""
    size = size_pt * MM_PER_PT
    half = sum(sign_em(sign) for sign in text) * size / 2 + GAP_MM
    high = LINE_EM * size
    foot = at[1] + (above_mm if above_mm > 0 else above_mm - high if above_mm < 0 else -high / 2)
    return at[0] - half, foot, at[0] + half, foot + high


def _shared(one: Box, other: Box) -> float:
    """Return the area that two boxes share, square millimetres."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return max(wide, 0.0) * max(high, 0.0)

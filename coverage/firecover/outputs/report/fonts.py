"""Find a font for the figures that can draw Chinese, and tell what a font cannot draw."""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from matplotlib import font_manager
from matplotlib.font_manager import FontProperties

#: Families that hold simplified Chinese, the first that is installed is taken. The last one is
#: the first face of Noto's collection file: all that matplotlib before 3.11 sees of it.
CJK_FAMILIES = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "Microsoft YaHei",
    "PingFang SC",
    "Noto Sans CJK JP",
)
#: Comes with matplotlib, so it is there on every machine.
LATIN_FAMILY = "DejaVu Sans"
_SAMPLE = "消防站辖区图例比例尺"


@dataclass(frozen=True)
class Lettering:
    """The language and the families that figures are lettered in.

    Attributes
    ----------
    lang
        The language of the figures' own words: English where no family can draw Chinese.
    families
        Families in the order in which a glyph is looked for.
    """

    lang: str
    families: tuple[str, ...]

    def properties(self, size_pt: float, *, bold: bool = False) -> FontProperties:
        """Return what matplotlib needs to draw a text."""
        weight = "bold" if bold else "normal"
        return FontProperties(family=list(self.families), size=size_pt, weight=weight)

    def can_draw(self, text: str) -> bool:
        """Tell whether one of the families has each of a text's signs."""
        return all(any(ord(sign) in _signs(name) for name in self.families) for sign in text)

    def name(self, *choices: object) -> str:
        """Return the first of several names of a thing that can be drawn, else nothing.

        Signs that are no glyphs (line ends, marks of direction) are left out, so that a name
        from a file can neither break a line nor turn round the text beside it.
        """
        for choice in choices:
            text = _printable(choice) if isinstance(choice, str) else ""
            if text and self.can_draw(text):
                return text
        return ""


def find_cjk_family(families: Sequence[str] = CJK_FAMILIES) -> str | None:
    """Return the first installed family that can draw Chinese, or None.

    Fonts that were installed after matplotlib took its list of them are looked for too.
    """
    found = _first_known(families)
    if found is None and _add_new_fonts():
        found = _first_known(families)
    return found


def lettering(lang: str, families: Sequence[str] = CJK_FAMILIES) -> Lettering:
    """Return how to letter the figures of a report in a language, with the fonts there are."""
    cjk = find_cjk_family(families)
    if cjk is None:
        return Lettering("en", (LATIN_FAMILY,))
    return Lettering(lang, (cjk, LATIN_FAMILY) if lang == "zh" else (LATIN_FAMILY, cjk))


def _first_known(families: Sequence[str]) -> str | None:
    known = {entry.name for entry in font_manager.fontManager.ttflist}
    sample = {ord(sign) for sign in _SAMPLE}
    return next((name for name in families if name in known and sample <= _signs(name)), None)


def _add_new_fonts() -> bool:
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    new = sorted(set(font_manager.findSystemFonts()) - known)
    for file in new:
        # A file that is no font, or a kind that matplotlib does not read, is no loss.
        with contextlib.suppress(Exception):
            font_manager.fontManager.addfont(file)
    return bool(new)


@cache
def _signs(family: str) -> frozenset[int]:
    """Return the code points that a family has a glyph for."""
    try:
        path = font_manager.findfont(FontProperties(family=[family]), fallback_to_default=False)
        return frozenset(font_manager.get_font(path).get_charmap())
    except (ValueError, OSError, RuntimeError):
        return frozenset()


def _printable(text: str) -> str:
    kept = "".join(" " if sign.isspace() else sign for sign in text)
    return " ".join("".join(sign for sign in kept if unicodedata.category(sign)[0] != "C").split())
